//! Compressing deep chunks.

use super::{DeepSamples, packing};
use crate::encoder::{ChunkIndex, EncodedChunk, Encoder};
use crate::error::Error;
use crate::offsets::{DEEP_SIZES, place_bytes};

impl Encoder {
    /// Compresses a chunk of a deep part. `samples` are exactly the chunk's region ([`Encoder::chunk_region`]) with planes in the order of
    /// [`Encoder::header`]'s channels.
    ///
    /// # Errors
    /// [`Error::UnsupportedPart`] for a flat part, [`Error::NoSuch`], [`Error::PlaneCount`], [`Error::RegionOutside`] for another region,
    /// [`Error::PlaneShape`], [`Error::Limit`] when a line has more than 2^31 - 1 samples.
    pub fn encode_deep(
        &self,
        index: ChunkIndex,
        samples: &DeepSamples,
    ) -> Result<EncodedChunk, Error> {
        let header = self.header();
        let (part, multi_part) = self.place();
        if !header.is_deep() {
            let found = header.part_type.as_ref().map_or("", |t| t.name());
            return Err(Error::UnsupportedPart {
                part,
                found: found.to_owned(),
            });
        }
        let place = self.chunk_region(index).ok_or(Error::NoSuch {
            what: "chunk",
            found: index.0 as u64,
            count: self.chunk_count() as u64,
        })?;
        if place.region != samples.region {
            return Err(Error::RegionOutside {
                expected: place.region,
                found: samples.region,
            });
        }
        if samples.planes.len() != header.channels.len() {
            return Err(Error::PlaneCount {
                expected: header.channels.len(),
                found: samples.planes.len(),
            });
        }
        self.check_samples(samples)?;
        let width = place.region.width() as usize;
        let sample: usize = header.channels.iter().map(|c| c.sample_type.size()).sum();
        let mut counts = Vec::with_capacity(samples.pixels() * 4);
        let mut rows = Vec::new();
        let mut block = Vec::with_capacity(samples.total() as usize * sample);
        let mut most = 0u64;
        for line in 0..samples.pixels() / width {
            let offsets = &samples.offsets[line * width..=(line + 1) * width];
            let (from, to) = (offsets[0], offsets[width]);
            for pair in offsets.windows(2) {
                most = most.max(pair[1] - pair[0]);
                let cumulative = i32::try_from(pair[1] - from).map_err(|_| Error::Limit {
                    what: "samples of a line",
                    limit: i32::MAX as u64,
                    found: to - from,
                })?;
                counts.extend_from_slice(&cumulative.to_le_bytes());
            }
            for (c, plane) in header.channels.iter().zip(&samples.planes) {
                let size = c.sample_type.size();
                let row = &plane[from as usize * size..to as usize * size];
                rows.push((size, row.len()));
                let start = block.len();
                block.extend_from_slice(row);
                if cfg!(target_endian = "big") {
                    block[start..]
                        .chunks_exact_mut(size)
                        .for_each(<[u8]>::reverse);
                }
            }
        }
        let first = place_bytes(multi_part, place.tile.is_some());
        let mut buf = self.buffer();
        buf.clear();
        buf.resize(first + DEEP_SIZES, 0);
        let (packed_counts, packed) = self.with_scratch(|scratch| {
            let table = [(4, counts.len())];
            let counts = packing::pack(header.compression, &counts, &table, scratch, &mut buf);
            let samples = packing::pack(header.compression, &block, &rows, scratch, &mut buf);
            (counts, samples)
        });
        self.write_place(&mut buf[..first], &place);
        let sizes = [packed_counts, packed, block.len()];
        for (out, v) in buf[first..].chunks_exact_mut(8).zip(sizes) {
            out.copy_from_slice(&(v as u64).to_le_bytes());
        }
        let len = buf.len();
        Ok(EncodedChunk::new(
            part,
            index,
            buf,
            len,
            Some(u32::try_from(most).unwrap_or(u32::MAX)),
        ))
    }

    /// Offsets that grow from 0, one a pixel and one more, and planes as long as they say.
    fn check_samples(&self, samples: &DeepSamples) -> Result<(), Error> {
        let pixels = samples.region.width() * samples.region.height();
        let sound = samples.offsets.len() as u64 == pixels + 1
            && samples.offsets[0] == 0
            && samples.offsets.windows(2).all(|p| p[0] <= p[1]);
        if !sound {
            return Err(Error::PlaneShape {
                plane: 0,
                expected: pixels + 1,
                found: samples.offsets.len() as u64,
            });
        }
        for (plane, (p, c)) in samples
            .planes
            .iter()
            .zip(&self.header().channels)
            .enumerate()
        {
            let expected = samples.total().saturating_mul(c.sample_type.size() as u64);
            if p.len() as u64 != expected {
                return Err(Error::PlaneShape {
                    plane,
                    expected,
                    found: p.len() as u64,
                });
            }
        }
        Ok(())
    }
}
