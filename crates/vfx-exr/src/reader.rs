//! Random-access reading of flat parts.
//!
//! [`Reader::read`] takes any rectangle of any level and any set of channels, from any thread, and decodes only the chunks that touch it. Samples come out
//! native-endian as the file has them: NaN, infinities and negatives pass through, alpha stays as stored.
//! Cost: no allocation a chunk once the pooled scratch is warm; uncompressed data is read in ranges that hold what is wanted.

use crate::codec;
use crate::error::{Damage, Error};
use crate::header::Header;
use crate::header_read::read_headers;
use crate::layout::{ChunkRegion, Layout, Level};
use crate::limits::{Limits, within};
use crate::offsets::{leader_bytes, read_tables};
use crate::plane::{PlaneMut, needed};
use crate::pool::Pool;
use crate::source::ReadAt;
use crate::window::Box2i;

mod fetch;

use fetch::{Fetcher, Job};

/// An open OpenEXR file.
///
/// ```
/// use vfx_exr::*;
/// let mut header = Header::new(Box2i::from_size(4, 2), vec![Channel::new("Y", SampleType::Half)], Compression::Zip);
/// header.name = Some("gray".into());
/// let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), vec![header])?;
/// let encoder = writer.encoder(0).unwrap();
/// let chunk = encoder.encode(ChunkIndex(0), &[PlaneRef { bytes: &[0x3c; 16], stride: 8 }])?;
/// writer.commit(chunk)?;
/// let file = writer.finish()?.into_inner();
///
/// let reader = Reader::open(file, &Limits::default())?;
/// let window = reader.headers()[0].data_window;
/// let mut samples = [0; 16];
/// reader.read(0, (0, 0), window, &[0], &mut [PlaneMut { bytes: &mut samples, stride: 8 }])?;
/// assert_eq!(samples, [0x3c; 16]);
/// # Ok::<(), vfx_exr::Error>(())
/// ```
pub struct Reader {
    src: Box<dyn ReadAt>,
    size: u64,
    multi_part: bool,
    max_chunk_bytes: u64,
    headers: Vec<Header>,
    layouts: Vec<Layout>,
    tables: Vec<Vec<u64>>,
    pool: Pool<Fetcher>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("size", &self.size)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

impl Reader {
    /// Parses the headers and the offset tables.
    ///
    /// # Errors
    /// [`Error::NotExr`], [`Error::Version`], every header error, [`Error::Limit`], [`Error::Io`].
    pub fn open(src: impl ReadAt + 'static, limits: &Limits) -> Result<Self, Error> {
        Self::open_boxed(Box::new(src), limits)
    }

    fn open_boxed(src: Box<dyn ReadAt>, limits: &Limits) -> Result<Self, Error> {
        let size = src.size().map_err(|source| Error::Io {
            what: "file size",
            source,
        })?;
        let parsed = read_headers(&*src, size, limits)?;
        let mut layouts = Vec::with_capacity(parsed.headers.len());
        let mut chunks = 0;
        for h in &parsed.headers {
            let layout = Layout::new(h, limits)?;
            chunks += layout.chunk_count() as u64;
            within("chunks", chunks, limits.max_chunks)?;
            layouts.push(layout);
        }
        let tables = read_tables(
            &*src,
            size,
            parsed.end,
            parsed.multi_part,
            &parsed.headers,
            &layouts,
        )?;
        Ok(Self {
            src,
            size,
            multi_part: parsed.multi_part,
            max_chunk_bytes: limits.max_chunk_bytes,
            headers: parsed.headers,
            layouts,
            tables,
            pool: Pool::default(),
        })
    }

    /// The header of every part.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The levels of a part in file order; empty when there is no such part.
    #[must_use]
    pub fn levels(&self, part: usize) -> Vec<Level> {
        self.layouts
            .get(part)
            .map(Layout::levels)
            .unwrap_or_default()
    }

    /// Chunks of a part; 0 when there is no such part.
    #[must_use]
    pub fn chunk_count(&self, part: usize) -> usize {
        self.layouts.get(part).map_or(0, Layout::chunk_count)
    }

    /// Pixels of a chunk.
    #[must_use]
    pub fn chunk_region(&self, part: usize, chunk: usize) -> Option<ChunkRegion> {
        self.layouts.get(part)?.chunk(chunk)
    }

    /// Chunks that were never written or lie beyond the end of the file, as after a crash.
    pub fn missing_chunks(&self, part: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.chunk_count(part)).filter(move |&chunk| self.offset(part, chunk).is_none())
    }

    fn offset(&self, part: usize, chunk: usize) -> Option<u64> {
        self.tables[part].get(chunk).copied().filter(|&o| o != 0)
    }

    /// The bytes of a chunk as the file stores them, without their leader, for [`crate::Encoder::adopt`]. Nothing is decoded: a chunk
    /// that was read before without damage is sound.
    ///
    /// # Errors
    /// [`Error::MissingChunk`], [`Error::Limit`], [`Error::Io`].
    pub fn packed_chunk(&self, part: usize, chunk: usize) -> Result<Vec<u8>, Error> {
        let missing = || Error::MissingChunk { part, chunk };
        let (Some(layout), Some(offset)) = (
            self.layouts.get(part),
            self.tables.get(part).and_then(|_| self.offset(part, chunk)),
        ) else {
            return Err(missing());
        };
        let mut leader = [0; 24];
        let leader = &mut leader[..leader_bytes(self.multi_part, layout.is_tiled())];
        let there = self.size.saturating_sub(offset);
        if there < leader.len() as u64 {
            return Err(missing());
        }
        crate::source::read_full(&*self.src, offset, leader, "chunk leader")?;
        let packed = crate::offsets::parse_leader(leader, self.multi_part, layout.is_tiled())
            .map_or(-1, |l| l.packed);
        let packed = u64::try_from(packed).map_err(|_| missing())?;
        if packed > there - leader.len() as u64 {
            return Err(missing());
        }
        within("packed chunk bytes", packed, self.max_chunk_bytes)?;
        let mut bytes = vec![0; packed as usize];
        crate::source::read_full(
            &*self.src,
            offset + leader.len() as u64,
            &mut bytes,
            "chunk",
        )?;
        Ok(bytes)
    }

    /// Reads the region of some channels: `out[i]` gets channel `channels[i]` (an index into the header's list).
    ///
    /// Row 0 of a plane is `region.min.1`; a subsampled channel's plane holds [`Box2i::sampled`] of the region.
    /// After an error the planes' contents are unspecified.
    ///
    /// # Errors
    /// [`Error::NoSuch`], [`Error::RegionOutside`], [`Error::PlaneCount`], [`Error::PlaneShape`], [`Error::Duplicate`] for the call;
    /// [`Error::UnsupportedCompression`], [`Error::UnsupportedPart`], [`Error::MissingChunk`], [`Error::Corrupt`], [`Error::Limit`],
    /// [`Error::Io`] for the file.
    pub fn read(
        &self,
        part: usize,
        level: (u32, u32),
        region: Box2i,
        channels: &[usize],
        out: &mut [PlaneMut<'_>],
    ) -> Result<(), Error> {
        self.read_with(part, level, region, channels, out, &mut Err)
    }

    /// As [`Reader::read`], but missing and damaged chunks become zeros and are reported.
    ///
    /// # Errors
    /// Those of [`Reader::read`] but [`Error::MissingChunk`] and [`Error::Corrupt`].
    pub fn read_lenient(
        &self,
        part: usize,
        level: (u32, u32),
        region: Box2i,
        channels: &[usize],
        out: &mut [PlaneMut<'_>],
    ) -> Result<Vec<Damage>, Error> {
        let mut report = Vec::new();
        self.read_with(
            part,
            level,
            region,
            channels,
            out,
            &mut |reason| match reason {
                Error::MissingChunk { part, chunk } | Error::Corrupt { part, chunk, .. } => {
                    report.push(Damage {
                        part,
                        chunk,
                        reason,
                    });
                    Ok(())
                }
                other => Err(other),
            },
        )?;
        Ok(report)
    }

    fn read_with(
        &self,
        part: usize,
        level: (u32, u32),
        region: Box2i,
        channels: &[usize],
        out: &mut [PlaneMut<'_>],
        on_error: &mut dyn FnMut(Error) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let no = |what, found: usize, count: usize| Error::NoSuch {
            what,
            found: found as u64,
            count: count as u64,
        };
        let (Some(header), Some(layout)) = (self.headers.get(part), self.layouts.get(part)) else {
            return Err(no("part", part, self.headers.len()));
        };
        if header.is_deep() || matches!(header.part_type, Some(crate::PartType::Other(_))) {
            let found = header
                .part_type
                .as_ref()
                .map_or("", |t| t.name())
                .to_owned();
            return Err(Error::UnsupportedPart { part, found });
        }
        let codec = codec::codec(header.compression).ok_or(Error::UnsupportedCompression {
            part,
            found: header.compression,
        })?;
        let Some(window) = layout.level(level).map(|l| l.window) else {
            return Err(no(
                "level",
                level.0.max(level.1) as usize,
                layout.levels().len(),
            ));
        };
        if region.is_empty() || !window.contains(&region) {
            return Err(Error::RegionOutside {
                expected: window,
                found: region,
            });
        }
        if channels.len() != out.len() {
            return Err(Error::PlaneCount {
                expected: channels.len(),
                found: out.len(),
            });
        }
        let mut fetcher = self.pool.take(Fetcher::new);
        let fetcher = &mut *fetcher;
        fetcher.begin();
        fetcher.plane_of.resize(header.channels.len(), None);
        for (plane, &c) in channels.iter().enumerate() {
            let Some(channel) = header.channels.get(c) else {
                return Err(no("channel", c, header.channels.len()));
            };
            if fetcher.plane_of[c].replace(plane).is_some() {
                return Err(Error::Duplicate {
                    part,
                    what: "plane of channel",
                    name: channel.name.clone(),
                });
            }
            let grid = region.sampled(channel.sampling);
            let row = grid.width * channel.sample_type.size() as u64;
            let expected = needed(row, grid.height, out[plane].stride).unwrap_or(u64::MAX);
            if (out[plane].bytes.len() as u64) < expected {
                return Err(Error::PlaneShape {
                    plane,
                    expected,
                    found: out[plane].bytes.len() as u64,
                });
            }
        }
        let job = Job {
            src: &*self.src,
            size: self.size,
            part,
            multi_part: self.multi_part,
            leader: leader_bytes(self.multi_part, layout.is_tiled()),
            max_chunk_bytes: self.max_chunk_bytes,
            header,
            layout,
            table: &self.tables[part],
            codec,
            region,
        };
        layout.chunks_in(level, &region, |run| {
            for chunk in run.clone() {
                if let Err(e) = fetcher.chunk(&job, chunk, run.end, out) {
                    on_error(e)?;
                    fetcher.clear(out);
                }
            }
            Ok(())
        })?;
        if cfg!(target_endian = "big") {
            for (plane, &c) in out.iter_mut().zip(channels) {
                let channel = &header.channels[c];
                let grid = region.sampled(channel.sampling);
                swap_rows(
                    plane,
                    grid.width as usize,
                    grid.height as usize,
                    channel.sample_type.size(),
                );
            }
        }
        Ok(())
    }
}

fn swap_rows(plane: &mut PlaneMut<'_>, width: usize, height: usize, sample: usize) {
    for row in 0..height {
        plane.bytes[row * plane.stride..][..width * sample]
            .chunks_exact_mut(sample)
            .for_each(<[u8]>::reverse);
    }
}
