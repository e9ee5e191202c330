//! Pictures out of nothing: any windows, channel types and subsampling, any size.
//!
//! Each sample is a function of seed, channel and position, so that every region can be read in any order and nothing is
//! stored. Integers cover all codes; floats lie mostly in -1 ..= 4 and hold NaN with payloads, infinities, negative zero
//! and denormals among them. `null:` images of vfx-io are the plain relative for command lines.

use half::f16;
use vfx_core::{
    Access, Channel, ChannelSet, ImageSource, ImageSpec, IoError, PlanesMut, Region, SampleFormat,
    SampleType,
};

/// Bits of floats that code tends to forget, as single precision.
const SPECIAL: [u32; 8] = [
    0x7fc0_2000, // quiet NaN, a payload that half keeps
    0xffc1_4000, // negative NaN
    0x7f80_0000, // infinity
    0xff80_0000, // negative infinity
    0x8000_0000, // negative zero
    0x3380_0000, // the smallest half denormal
    0x477f_e000, // the largest half
    0xc77f_e000, // and its negative
];

/// A picture that is computed where it is read.
#[derive(Debug, Clone)]
pub struct Synthetic {
    spec: ImageSpec,
    access: Access,
    seed: u32,
    specials: bool,
}

impl Synthetic {
    /// A `width` x `height` picture with channels of these formats.
    pub fn new(width: usize, height: usize, formats: &[SampleFormat]) -> Self {
        let mut channels = ImageSpec::default_channels(formats.len(), SampleFormat::U8);
        for (channel, &format) in channels.iter_mut().zip(formats) {
            channel.format = format;
        }
        Self::with_spec(ImageSpec::new(width, height, channels))
    }
    /// A picture of this spec: windows, channel names, subsampling, metadata.
    pub fn with_spec(spec: ImageSpec) -> Self {
        let access = Access::Random {
            chunk: (64, 64),
            partial: true,
        };
        Self {
            spec,
            access,
            seed: 1,
            specials: true,
        }
    }
    /// Another picture.
    #[must_use]
    pub fn seed(mut self, seed: u32) -> Self {
        self.seed = seed;
        self
    }
    /// Claims another cost of reading, so that a planner takes its other ways.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }
    /// Only finite floats in -1 ..= 4.
    #[must_use]
    pub fn finite(mut self) -> Self {
        self.specials = false;
        self
    }
    fn hash(&self, channel: usize, x: i64, y: i64) -> u32 {
        let mut h =
            self.seed.wrapping_mul(0x9e37_79b9) ^ (channel as u32).wrapping_mul(0x85eb_ca6b);
        for word in [x as u32, y as u32] {
            h = (h ^ word).wrapping_mul(0xcc9e_2d51);
            h = (h ^ (h >> 15)).wrapping_mul(0x1b87_3593);
        }
        h ^ (h >> 13)
    }
    fn float(&self, h: u32) -> f32 {
        if self.specials && h.is_multiple_of(61) {
            return f32::from_bits(SPECIAL[(h / 61) as usize % SPECIAL.len()]);
        }
        // Multiples of 2^-8: exact in half.
        ((h >> 8) % 1280) as f32 / 256.0 - 1.0
    }
}

/// Positions of a channel's samples in an interval: multiples of the sampling.
pub(crate) fn positions(from: i64, to: i64, step: u32) -> impl Iterator<Item = i64> {
    let step = i64::from(step.max(1));
    let first = from.div_euclid(step) * step + if from.rem_euclid(step) == 0 { 0 } else { step };
    (first..to).step_by(step as usize)
}

impl ImageSource for Synthetic {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        self.access
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        for (plane, &c) in out.iter_mut().zip(&channels.0) {
            let Channel {
                format, sampling, ..
            } = self.spec.channels[c];
            for (row, y) in positions(region.y0, region.y1, sampling.1).enumerate() {
                for (i, x) in positions(region.x0, region.x1, sampling.0).enumerate() {
                    let h = self.hash(c, x, y);
                    let code = h >> (32 - u32::from(format.bits.clamp(1, 32)));
                    match format.sample {
                        SampleType::U8 => plane.row::<u8>(row)[i] = code as u8,
                        SampleType::U16 => plane.row::<u16>(row)[i] = code as u16,
                        SampleType::U32 => plane.row::<u32>(row)[i] = code,
                        SampleType::F16 => {
                            plane.row::<f16>(row)[i] = f16::from_f32(self.float(h));
                        }
                        SampleType::F32 => plane.row::<f32>(row)[i] = self.float(h),
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{first_difference, read_region, read_whole};

    fn subsampled() -> Synthetic {
        let mut chroma = Channel::new("BY", SampleFormat::F16);
        chroma.sampling = (2, 2);
        let mut spec = ImageSpec::new(0, 0, vec![Channel::new("Y", SampleFormat::F32), chroma]);
        spec.data_window = Region::new(-5, -3, 32, 18);
        Synthetic::with_spec(spec)
    }

    #[test]
    fn synthetic_regions_agree_with_the_whole() {
        let s = subsampled();
        let whole = read_whole(&s).unwrap();
        assert_eq!((whole[1].width(), whole[1].height()), (18, 10));
        let part = read_region(&s, Region::new(-2, 0, 10, 10)).unwrap();
        let (y, by) = (part[0].plane(0), part[1].plane(0));
        for row in 0..10 {
            assert_eq!(
                y.row_bytes(row),
                whole[0].plane(0).window(3, 3, 12, 10).row_bytes(row)
            );
        }
        for row in 0..5 {
            assert_eq!(
                by.row_bytes(row),
                whole[1].plane(0).window(1, 1, 6, 5).row_bytes(row)
            );
        }
    }

    #[test]
    fn synthetic_differs_by_seed_and_holds_specials() {
        let s = Synthetic::new(64, 64, &[SampleFormat::F32]);
        let a = read_whole(&s).unwrap();
        let b = read_whole(&s.clone().seed(2)).unwrap();
        assert!(first_difference(&a, &a).is_none());
        assert!(first_difference(&a, &b).is_some());
        let has = |f: fn(&f32) -> bool| (0..64).any(|y| a[0].plane(0).row::<f32>(y).iter().any(f));
        assert!(has(|v| v.is_nan()) && has(|v| v.is_infinite()) && has(|v| *v < 0.0));
        let f = read_whole(&s.finite()).unwrap();
        assert!((0..64).all(|y| f[0].plane(0).row::<f32>(y).iter().all(|v| v.is_finite())));
    }
}
