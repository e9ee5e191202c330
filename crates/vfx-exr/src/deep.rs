//! Deep samples: any number a pixel, as offsets and planes.
//!
//! [`DeepSamples`] is what a read gives and an encoder takes: pixels row by row, `offsets[i]..offsets[i + 1]` are the samples of pixel `i` in every plane.
//! Planes hold native-endian samples of the channels' types (2 or 4 bytes), in the file's order of depth, which need not be sorted.
//! In a file every line holds, channel after channel, all samples of its pixels; counts are a table of their own, cumulative along each line.
//! Source: OpenEXR file layout, "Deep scan line" and "Deep tile" chunks; `internal_zstd.c` of OpenEXRCore 3.5 for ZSTD.

use crate::error::Error;
use crate::window::Box2i;

mod packing;
mod read;
mod write;
mod zstandard;

pub(crate) use packing::allowed;

/// The samples of a rectangle of a deep part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeepSamples {
    /// The pixels, row by row.
    pub region: Box2i,
    /// One more than there are pixels: where the samples of each begin; the last is the number of samples.
    pub offsets: Vec<u64>,
    /// One plane a channel asked for: native-endian samples of the channel's type, no padding.
    pub planes: Vec<Vec<u8>>,
}

impl DeepSamples {
    /// A region whose pixels have these numbers of samples, all of them zero. `sizes` are the channels' sample sizes in bytes.
    ///
    /// # Errors
    /// [`Error::PlaneShape`] when there is not one count a pixel, [`Error::Limit`] when the samples exceed the address space.
    pub fn with_counts(region: Box2i, counts: &[u32], sizes: &[usize]) -> Result<Self, Error> {
        let pixels = region.width().saturating_mul(region.height());
        if pixels != counts.len() as u64 {
            return Err(Error::PlaneShape {
                plane: 0,
                expected: pixels,
                found: counts.len() as u64,
            });
        }
        let mut offsets = Vec::with_capacity(counts.len() + 1);
        let mut total = 0u64;
        offsets.push(0);
        for &n in counts {
            total += u64::from(n);
            offsets.push(total);
        }
        let planes = sizes
            .iter()
            .map(|&size| {
                let bytes = usize::try_from(total)
                    .ok()
                    .and_then(|n| n.checked_mul(size))
                    .filter(|n| isize::try_from(*n).is_ok());
                bytes.map(|n| vec![0; n]).ok_or(Error::Limit {
                    what: "deep samples",
                    limit: isize::MAX as u64,
                    found: total,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            region,
            offsets,
            planes,
        })
    }

    /// Pixels of the region.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Samples of all pixels together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Samples of pixel `i` (row by row).
    ///
    /// # Panics
    /// When there is no such pixel.
    #[must_use]
    pub fn count(&self, i: usize) -> u64 {
        self.offsets[i + 1] - self.offsets[i]
    }

    /// The number of a pixel, `None` outside the region.
    #[must_use]
    pub fn pixel(&self, x: i32, y: i32) -> Option<usize> {
        if !self.region.contains(&Box2i::new((x, y), (x, y))) {
            return None;
        }
        let row = (i64::from(y) - i64::from(self.region.min.1)) as u64;
        let column = (i64::from(x) - i64::from(self.region.min.0)) as u64;
        usize::try_from(row * self.region.width() + column).ok()
    }

    /// A rectangle of it. Costs the copy of its samples, row by row.
    ///
    /// # Errors
    /// [`Error::RegionOutside`].
    pub fn crop(&self, region: Box2i) -> Result<Self, Error> {
        if region.is_empty() || !self.region.contains(&region) {
            return Err(Error::RegionOutside {
                expected: self.region,
                found: region,
            });
        }
        let total = self.total();
        let sizes: Vec<usize> = self
            .planes
            .iter()
            .map(|p| p.len().checked_div(total as usize).unwrap_or(0))
            .collect();
        let mut out = Self {
            region,
            offsets: Vec::with_capacity((region.width() * region.height()) as usize + 1),
            planes: vec![Vec::new(); self.planes.len()],
        };
        out.offsets.push(0);
        for y in region.min.1..=region.max.1 {
            let first = self.pixel(region.min.0, y).expect("inside the region");
            let last = first + region.width() as usize;
            let (from, to) = (self.offsets[first], self.offsets[last]);
            let base = out.total();
            let row = self.offsets[first + 1..=last].iter();
            out.offsets.extend(row.map(|o| base + (o - from)));
            for ((plane, size), to_plane) in self.planes.iter().zip(&sizes).zip(&mut out.planes) {
                to_plane.extend_from_slice(&plane[from as usize * size..to as usize * size]);
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_crop_keeps_each_pixels_samples() {
        let region = Box2i::new((-1, 2), (2, 4));
        let counts: Vec<u32> = (0..12).map(|i| i % 4).collect();
        let mut deep = DeepSamples::with_counts(region, &counts, &[2]).unwrap();
        for (i, b) in deep.planes[0].iter_mut().enumerate() {
            *b = i as u8;
        }
        let part = Box2i::new((0, 3), (1, 4));
        let crop = deep.crop(part).unwrap();
        for y in 3..=4 {
            for x in 0..=1 {
                let of = |d: &DeepSamples| {
                    let i = d.pixel(x, y).unwrap();
                    let at = |o: u64| o as usize * 2;
                    d.planes[0][at(d.offsets[i])..at(d.offsets[i + 1])].to_vec()
                };
                assert_eq!(of(&crop), of(&deep));
            }
        }
        assert!(deep.crop(Box2i::new((0, 0), (0, 0))).is_err());
    }
}
