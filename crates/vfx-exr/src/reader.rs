//! Random-access reading of flat parts.
//!
//! [`Reader::read`] takes any rectangle of any level and any set of channels, from any thread, and decodes only the chunks that touch it. Samples come out
//! native-endian as the file has them: NaN, infinities and negatives pass through, alpha stays as stored.
//! Cost: no allocation a chunk once the pooled scratch is warm; uncompressed data is read in ranges that hold what is wanted.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::codec;
use crate::error::{Corruption, Damage, Error};
use crate::header::Header;
use crate::header_read::read_headers;
use crate::layout::{ChunkRegion, Layout, Level};
use crate::limits::{Limits, within};
use crate::offsets::{DEEP_SIZES, leader_bytes, place_bytes, read_tables, walked_tables};
use crate::plane::{PlaneMut, needed};
use crate::pool::Pool;
use crate::source::{ReadAt, read_full};
use crate::window::Box2i;

pub(crate) mod fetch;

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
    pub(crate) src: Box<dyn ReadAt>,
    pub(crate) size: u64,
    pub(crate) multi_part: bool,
    version: u32,
    pub(crate) max_chunk_bytes: u64,
    pub(crate) headers: Vec<Header>,
    pub(crate) layouts: Vec<Layout>,
    tables: Vec<Vec<u64>>,
    /// Where chunks begin, and the tables that a walk over them gives: made when a table turns out to be wrong.
    chunks_at: u64,
    walked: OnceLock<Vec<Vec<u64>>>,
    /// Part and chunk of the entries that were wrong.
    repaired: Mutex<BTreeSet<(usize, usize)>>,
    pub(crate) max_deep_bytes: u64,
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
            version: parsed.version,
            max_chunk_bytes: limits.max_chunk_bytes,
            headers: parsed.headers,
            layouts,
            tables: tables.offsets,
            chunks_at: tables.chunks_at,
            walked: OnceLock::new(),
            repaired: Mutex::new(tables.repaired.into_iter().collect()),
            max_deep_bytes: limits.max_deep_bytes,
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

    /// Where a chunk is by the file's table.
    pub(crate) fn offset(&self, part: usize, chunk: usize) -> Option<u64> {
        self.tables[part].get(chunk).copied().filter(|&o| o != 0)
    }

    /// Where a chunk is by the chunks' own leaders, for tables that point elsewhere. The first call walks the file.
    pub(crate) fn walked_offset(&self, part: usize, chunk: usize) -> Option<u64> {
        let tables = self.walked.get_or_init(|| {
            let (size, at) = (self.size, self.chunks_at);
            walked_tables(
                &*self.src,
                size,
                at,
                self.multi_part,
                &self.headers,
                &self.layouts,
            )
        });
        let found = tables.get(part)?.get(chunk).copied().filter(|&o| o != 0)?;
        if self.offset(part, chunk) != Some(found) {
            let mut repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
            repaired.insert((part, chunk));
        }
        Some(found)
    }

    /// Chunks of a part whose offset in the file's table was absent or wrong and that were found nevertheless. Wrong offsets that lie inside
    /// the file show when their chunk is read.
    #[must_use]
    pub fn repaired_chunks(&self, part: usize) -> Vec<usize> {
        let repaired = self.repaired.lock().unwrap_or_else(PoisonError::into_inner);
        let of_part = repaired.range((part, 0)..=(part, usize::MAX));
        of_part.map(|r| r.1).collect()
    }

    /// The version word: the format version in the low byte, flags above (0x200 tiled, 0x400 long names, 0x800 deep, 0x1000 multi-part).
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of a chunk as the file stores them, without its place and (flat) size, for [`crate::Encoder::adopt`]. A deep chunk's begin with
    /// its three sizes. Nothing is decoded: a chunk that was read before without damage is sound.
    ///
    /// # Errors
    /// [`Error::MissingChunk`], [`Error::Corrupt`] when another chunk or none is found in its place, [`Error::Limit`], [`Error::Io`].
    pub fn packed_chunk(&self, part: usize, chunk: usize) -> Result<Vec<u8>, Error> {
        let missing = || Error::MissingChunk { part, chunk };
        let (Some(header), true) = (self.headers.get(part), chunk < self.chunk_count(part)) else {
            return Err(missing());
        };
        let offset = self.offset(part, chunk).ok_or_else(missing)?;
        match self.packed_at(part, chunk, header, offset) {
            Err(e @ Error::Corrupt { .. }) => match self.walked_offset(part, chunk) {
                Some(found) if found != offset => self.packed_at(part, chunk, header, found),
                _ => Err(e),
            },
            done => done,
        }
    }

    fn packed_at(
        &self,
        part: usize,
        chunk: usize,
        header: &Header,
        offset: u64,
    ) -> Result<Vec<u8>, Error> {
        let layout = &self.layouts[part];
        let tiled = layout.is_tiled();
        let place = place_bytes(self.multi_part, tiled);
        let sizes = if header.is_deep() { DEEP_SIZES } else { 4 };
        let mut leader = [0; crate::offsets::MAX_LEADER];
        let leader = &mut leader[..place + sizes];
        let there = self.size.saturating_sub(offset);
        if there < leader.len() as u64 {
            return Err(Error::MissingChunk { part, chunk });
        }
        read_full(&*self.src, offset, leader, "chunk leader")?;
        let region = layout.chunk(chunk).expect("chunk of the layout");
        let flat = fetch::check_place(part, self.multi_part, tiled, &region, leader)
            .map_err(|c| c.at(part, chunk))?;
        let (skip, bytes) = if header.is_deep() {
            let sizes = deep_sizes(&leader[place..]);
            let sum = sizes[0].saturating_add(sizes[1]);
            (place, sum.saturating_add(DEEP_SIZES as u64))
        } else {
            (place + sizes, flat.max(0).unsigned_abs())
        };
        if flat < 0 && !header.is_deep() || bytes > there - skip as u64 {
            let reason = Corruption::Truncated {
                expected: bytes,
                found: there - skip as u64,
            };
            return Err(reason.at(part, chunk));
        }
        within("packed chunk bytes", bytes, self.max_chunk_bytes)?;
        let mut out = vec![0; bytes as usize];
        let got = read_full(&*self.src, offset + skip as u64, &mut out, "chunk")?;
        if got < out.len() {
            return Err(Error::MissingChunk { part, chunk });
        }
        Ok(out)
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
            walked: &|chunk| self.walked_offset(part, chunk),
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

/// Packed counts, packed samples, unpacked samples.
pub(crate) fn deep_sizes(bytes: &[u8]) -> [u64; 3] {
    let mut sizes = [0; 3];
    for (v, b) in sizes.iter_mut().zip(bytes.chunks_exact(8)) {
        *v = u64::from_le_bytes(b.try_into().expect("8 bytes"));
    }
    sizes
}

fn swap_rows(plane: &mut PlaneMut<'_>, width: usize, height: usize, sample: usize) {
    for row in 0..height {
        plane.bytes[row * plane.stride..][..width * sample]
            .chunks_exact_mut(sample)
            .for_each(<[u8]>::reverse);
    }
}
