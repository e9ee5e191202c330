//! Reading deep regions.
//!
//! Two passes over the chunks that touch the region: count tables first, which say how much memory the samples need, then the samples, which go straight
//! to their places. A chunk whose counts or samples are damaged has no samples in a lenient read.

use std::collections::BTreeSet;

use super::{DeepSamples, packing};
use crate::codec::DecodeScratch;
use crate::error::{Corruption, Damage, Error};
use crate::header::Header;
use crate::layout::{ChunkRegion, Layout};
use crate::limits::within;
use crate::offsets::{DEEP_SIZES, MAX_LEADER, place_bytes};
use crate::reader::fetch::check_place;
use crate::reader::{Reader, deep_sizes};
use crate::source::read_full;
use crate::window::Box2i;

/// A chunk whose counts are known.
struct Counted {
    chunk: usize,
    place: ChunkRegion,
    /// One a pixel of the chunk.
    counts: Vec<u32>,
    /// Where the packed samples are.
    samples_at: u64,
    packed: usize,
    unpacked: usize,
}

impl Reader {
    /// Reads the samples of a region of a deep part: one plane for each of `channels` (indices into the header's list).
    ///
    /// # Errors
    /// As [`Reader::read`]; [`Error::UnsupportedPart`] for a flat part; [`Error::Limit`] when the samples exceed
    /// [`crate::Limits::max_deep_bytes`]: read smaller regions.
    pub fn read_deep(
        &self,
        part: usize,
        level: (u32, u32),
        region: Box2i,
        channels: &[usize],
    ) -> Result<DeepSamples, Error> {
        self.read_deep_with(part, level, region, channels, &mut |e| Err(e))
    }

    /// As [`Reader::read_deep`], but missing and damaged chunks have no samples and are reported.
    ///
    /// # Errors
    /// Those of [`Reader::read_deep`] but [`Error::MissingChunk`] and [`Error::Corrupt`].
    pub fn read_deep_lenient(
        &self,
        part: usize,
        level: (u32, u32),
        region: Box2i,
        channels: &[usize],
    ) -> Result<(DeepSamples, Vec<Damage>), Error> {
        let mut report = Vec::new();
        let mut note = |reason| match reason {
            Error::MissingChunk { part, chunk } | Error::Corrupt { part, chunk, .. } => {
                report.push(Damage {
                    part,
                    chunk,
                    reason,
                });
                Ok(chunk)
            }
            other => Err(other),
        };
        let samples = self.read_deep_with(part, level, region, channels, &mut note)?;
        Ok((samples, report))
    }

    fn read_deep_with(
        &self,
        part: usize,
        level: (u32, u32),
        region: Box2i,
        channels: &[usize],
        on_error: &mut dyn FnMut(Error) -> Result<usize, Error>,
    ) -> Result<DeepSamples, Error> {
        let (header, layout) = self.deep_part(part)?;
        let no = |what, found: usize, count: usize| Error::NoSuch {
            what,
            found: found as u64,
            count: count as u64,
        };
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
        if let Some(&c) = channels.iter().find(|&&c| c >= header.channels.len()) {
            return Err(no("channel", c, header.channels.len()));
        }
        let pixels = region.width().saturating_mul(region.height());
        within(
            "deep bytes",
            pixels.saturating_mul(8),
            self.max_deep_bytes.min(isize::MAX as u64),
        )?;
        let mut chunks = Vec::new();
        layout.chunks_in(level, &region, |run| {
            chunks.extend(run);
            Ok(())
        })?;
        let mut scratch = DecodeScratch::new();
        let mut bad = BTreeSet::new();
        // Damage among the samples shows after the counts have been laid out: those chunks are then left out from the start.
        loop {
            let mut counted = Vec::new();
            for &chunk in chunks
                .iter()
                .filter(|c| !bad.contains(*c))
                .collect::<Vec<_>>()
            {
                match self.deep_counts(part, chunk, &mut scratch) {
                    Ok(c) => counted.push(c),
                    Err(e) => {
                        bad.insert(on_error(e)?);
                    }
                }
            }
            let before = bad.len();
            let mut out = self.laid_out(header, region, channels, &counted)?;
            for c in &counted {
                let done = self.deep_samples(part, c, channels, &mut out, &mut scratch);
                if let Err(e) = done {
                    bad.insert(on_error(e)?);
                }
            }
            if bad.len() == before {
                return Ok(out);
            }
        }
    }

    fn deep_part(&self, part: usize) -> Result<(&Header, &Layout), Error> {
        let (Some(header), Some(layout)) = (self.headers.get(part), self.layouts.get(part)) else {
            return Err(Error::NoSuch {
                what: "part",
                found: part as u64,
                count: self.headers.len() as u64,
            });
        };
        if !header.is_deep() {
            let found = header.part_type.as_ref().map_or("", |t| t.name());
            return Err(Error::UnsupportedPart {
                part,
                found: found.to_owned(),
            });
        }
        if !packing::allowed(header.compression, false) {
            return Err(Error::UnsupportedCompression {
                part,
                found: header.compression,
            });
        }
        Ok((header, layout))
    }

    /// Memory for the samples of a region.
    fn laid_out(
        &self,
        header: &Header,
        region: Box2i,
        channels: &[usize],
        counted: &[Counted],
    ) -> Result<DeepSamples, Error> {
        let mut counts = vec![0u32; (region.width() * region.height()) as usize];
        let mut total = 0u64;
        for c in counted {
            let Some(both) = c.place.region.intersect(&region) else {
                continue;
            };
            for y in both.min.1..=both.max.1 {
                let from = at(&c.place.region, both.min.0, y);
                let to = at(&region, both.min.0, y);
                let n = both.width() as usize;
                counts[to..to + n].copy_from_slice(&c.counts[from..from + n]);
                let row = c.counts[from..from + n].iter();
                total = total.saturating_add(row.map(|&n| u64::from(n)).sum());
            }
        }
        let sizes: Vec<usize> = channels
            .iter()
            .map(|&c| header.channels[c].sample_type.size())
            .collect();
        let bytes = total.saturating_mul(sizes.iter().sum::<usize>() as u64);
        let offsets = counts.len() as u64 * 8;
        within(
            "deep bytes",
            bytes.saturating_add(offsets),
            self.max_deep_bytes,
        )?;
        DeepSamples::with_counts(region, &counts, &sizes)
    }

    /// Reads the leader and count table of a chunk, where the table says or, failing that, where a walk finds it.
    fn deep_counts(
        &self,
        part: usize,
        chunk: usize,
        scratch: &mut DecodeScratch,
    ) -> Result<Counted, Error> {
        let Some(offset) = self.offset(part, chunk) else {
            return Err(Error::MissingChunk { part, chunk });
        };
        match self.deep_counts_at(part, chunk, offset, scratch) {
            Err(Error::Corrupt { reason, .. }) if reason.is_misplaced() => {
                match self.walked_offset(part, chunk).filter(|&o| o != offset) {
                    Some(found) => self.deep_counts_at(part, chunk, found, scratch),
                    None => Err(reason.at(part, chunk)),
                }
            }
            done => done,
        }
    }

    fn deep_counts_at(
        &self,
        part: usize,
        chunk: usize,
        offset: u64,
        scratch: &mut DecodeScratch,
    ) -> Result<Counted, Error> {
        let (header, layout) = (&self.headers[part], &self.layouts[part]);
        let place = layout.chunk(chunk).expect("chunk of the layout");
        let first = place_bytes(self.multi_part, layout.is_tiled());
        let mut leader = [0; MAX_LEADER];
        let leader = &mut leader[..first + DEEP_SIZES];
        if self.size.saturating_sub(offset) < leader.len() as u64 {
            return Err(Error::MissingChunk { part, chunk });
        }
        read_full(&*self.src, offset, leader, "chunk leader")?;
        let corrupt = |c: Corruption| c.at(part, chunk);
        check_place(part, self.multi_part, layout.is_tiled(), &place, leader).map_err(corrupt)?;
        let [packed_counts, packed, unpacked] = deep_sizes(&leader[first..]);
        let counts_at = offset + leader.len() as u64;
        let there = self.size - counts_at;
        let sum = packed_counts.saturating_add(packed);
        if sum > there {
            return Err(corrupt(Corruption::Truncated {
                expected: sum,
                found: there,
            }));
        }
        let width = place.region.width();
        let table = width
            .saturating_mul(place.region.height())
            .saturating_mul(4);
        let bound = self.max_chunk_bytes.min(isize::MAX as u64);
        within("unpacked chunk bytes", table, bound)?;
        let most = packing::most(header.compression, packed as usize);
        if packed > unpacked || unpacked > most as u64 {
            return Err(corrupt(Corruption::UnpackedSize {
                expected: unpacked as usize,
                found: most,
            }));
        }
        let most = packing::most(header.compression, packed_counts as usize) as u64;
        if table > most {
            return Err(corrupt(Corruption::UnpackedSize {
                expected: table as usize,
                found: most as usize,
            }));
        }
        for bytes in [packed_counts, packed, unpacked] {
            within("unpacked chunk bytes", bytes, bound)?;
        }
        let mut bytes = vec![0; packed_counts as usize];
        read_exact(self, counts_at, &mut bytes, part, chunk)?;
        let mut cumulative = vec![0; table as usize];
        let rows = [(4, table as usize)];
        packing::unpack(header.compression, &bytes, &rows, scratch, &mut cumulative)
            .map_err(corrupt)?;
        let mut counts = Vec::with_capacity(cumulative.len() / 4);
        let mut total = 0u64;
        let mut before = 0i64;
        for (pixel, b) in cumulative.chunks_exact(4).enumerate() {
            if (pixel as u64).is_multiple_of(width) {
                before = 0;
            }
            let found = i64::from(i32::from_le_bytes(b.try_into().expect("4 bytes")));
            let count = u32::try_from(found - before).map_err(|_| {
                corrupt(Corruption::Counts {
                    pixel,
                    before,
                    found,
                })
            })?;
            before = found;
            total += u64::from(count);
            counts.push(count);
        }
        let sample: usize = header.channels.iter().map(|c| c.sample_type.size()).sum();
        let expected = total.saturating_mul(sample as u64);
        if expected != unpacked {
            return Err(corrupt(Corruption::UnpackedSize {
                expected: expected as usize,
                found: unpacked as usize,
            }));
        }
        Ok(Counted {
            chunk,
            place,
            counts,
            samples_at: counts_at + packed_counts,
            packed: packed as usize,
            unpacked: unpacked as usize,
        })
    }

    /// Unpacks the samples of a chunk and copies what the region wants.
    fn deep_samples(
        &self,
        part: usize,
        c: &Counted,
        channels: &[usize],
        out: &mut DeepSamples,
        scratch: &mut DecodeScratch,
    ) -> Result<(), Error> {
        let Some(both) = c.place.region.intersect(&out.region) else {
            return Ok(());
        };
        let header = &self.headers[part];
        let width = c.place.region.width() as usize;
        let mut rows = Vec::with_capacity(c.counts.len() / width * header.channels.len());
        let sum = |counts: &[u32]| counts.iter().map(|&n| n as usize).sum::<usize>();
        for line in c.counts.chunks_exact(width) {
            let n = sum(line);
            let sizes = header.channels.iter().map(|c| c.sample_type.size());
            rows.extend(sizes.map(|size| (size, n * size)));
        }
        let mut packed = vec![0; c.packed];
        read_exact(self, c.samples_at, &mut packed, part, c.chunk)?;
        let mut bytes = vec![0; c.unpacked];
        packing::unpack(header.compression, &packed, &rows, scratch, &mut bytes)
            .map_err(|e| e.at(part, c.chunk))?;
        drop(packed);
        let mut from = 0;
        let mut rows = rows.iter();
        for (y, line) in (c.place.region.min.1..).zip(c.counts.chunks_exact(width)) {
            let wanted = (both.min.1..=both.max.1).contains(&y);
            let left = (i64::from(both.min.0) - i64::from(c.place.region.min.0)) as usize;
            let (skip, take) = if wanted {
                let right = left + both.width() as usize;
                (sum(&line[..left]), sum(&line[left..right]))
            } else {
                (0, 0)
            };
            let first = if wanted {
                out.offsets[at(&out.region, both.min.0, y)] as usize
            } else {
                0
            };
            for (index, &(size, n)) in (0..header.channels.len()).zip(rows.by_ref()) {
                let planes = channels.iter().zip(&mut out.planes);
                for (_, plane) in planes.filter(|(c, _)| wanted && **c == index) {
                    let piece = &bytes[from + skip * size..from + (skip + take) * size];
                    let to = &mut plane[first * size..(first + take) * size];
                    to.copy_from_slice(piece);
                    if cfg!(target_endian = "big") {
                        to.chunks_exact_mut(size).for_each(<[u8]>::reverse);
                    }
                }
                from += n;
            }
        }
        Ok(())
    }
}

/// The pixel's place, row by row; the pixel lies inside.
fn at(region: &Box2i, x: i32, y: i32) -> usize {
    let row = (i64::from(y) - i64::from(region.min.1)) as u64;
    let column = (i64::from(x) - i64::from(region.min.0)) as u64;
    (row * region.width() + column) as usize
}

fn read_exact(
    reader: &Reader,
    offset: u64,
    buf: &mut [u8],
    part: usize,
    chunk: usize,
) -> Result<(), Error> {
    let got = read_full(&*reader.src, offset, buf, "chunk")?;
    if got < buf.len() {
        let reason = Corruption::Truncated {
            expected: buf.len() as u64,
            found: got as u64,
        };
        return Err(reason.at(part, chunk));
    }
    Ok(())
}
