//! Sample types: what one number of a plane is, in memory and in a file.
//!
//! Integers hold code values `0 ..= 2^bits - 1`, low bits first in the smallest of u8, u16, u32 that fits; floats are
//! IEEE. `bits` below the container's width marks 1, 2, 4, 10, 12 ... bit files, whose planes keep the file's codes.

use crate::IoError;
use std::fmt;

/// The type of one sample in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum SampleType {
    /// 8-bit unsigned code values.
    U8,
    /// 16-bit unsigned code values.
    U16,
    /// 32-bit unsigned values.
    U32,
    /// IEEE half.
    F16,
    /// IEEE single.
    F32,
}

impl SampleType {
    /// Bytes of one sample.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::F16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
    /// Whether samples are floating point.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F32)
    }
}

/// A sample type with its significant bits: `u10` is ten bits in a [`SampleType::U16`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SampleFormat {
    /// The container.
    pub sample: SampleType,
    /// Significant bits, 1 ..= 32; for floats the container's width.
    pub bits: u8,
}

impl SampleFormat {
    /// 8-bit code values.
    pub const U8: Self = Self {
        sample: SampleType::U8,
        bits: 8,
    };
    /// 10-bit code values in 16 bits.
    pub const U10: Self = Self {
        sample: SampleType::U16,
        bits: 10,
    };
    /// 12-bit code values in 16 bits.
    pub const U12: Self = Self {
        sample: SampleType::U16,
        bits: 12,
    };
    /// 16-bit code values.
    pub const U16: Self = Self {
        sample: SampleType::U16,
        bits: 16,
    };
    /// 32-bit values.
    pub const U32: Self = Self {
        sample: SampleType::U32,
        bits: 32,
    };
    /// IEEE half.
    pub const F16: Self = Self {
        sample: SampleType::F16,
        bits: 16,
    };
    /// IEEE single.
    pub const F32: Self = Self {
        sample: SampleType::F32,
        bits: 32,
    };

    /// The smallest container for unsigned code values of so many bits (1 ..= 32).
    pub const fn unsigned(bits: u8) -> Self {
        let sample = match bits {
            0..=8 => SampleType::U8,
            9..=16 => SampleType::U16,
            _ => SampleType::U32,
        };
        Self { sample, bits }
    }
    /// Bytes of one sample in memory.
    pub const fn size(self) -> usize {
        self.sample.size()
    }
    /// Whether samples are floating point.
    pub const fn is_float(self) -> bool {
        self.sample.is_float()
    }
    /// The largest code value, which stands for 1.0; 1 for floats.
    pub const fn full_scale(self) -> u32 {
        if self.is_float() {
            1
        } else {
            ((1u64 << self.bits) - 1) as u32
        }
    }
}

impl fmt::Display for SampleFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            if self.is_float() { 'f' } else { 'u' },
            self.bits
        )
    }
}

impl std::str::FromStr for SampleFormat {
    type Err = IoError;
    /// `u1`..`u32`, `f16`, `f32`; oiiotool's `uint8`, `uint10`, `half`, `float` are understood too.
    fn from_str(s: &str) -> Result<Self, IoError> {
        let bits = |t: &str| {
            t.parse::<u8>()
                .ok()
                .filter(|b| (1..=32).contains(b))
                .map(Self::unsigned)
        };
        let found = match s {
            "f16" | "half" => Some(Self::F16),
            "f32" | "float" => Some(Self::F32),
            _ => s
                .strip_prefix("uint")
                .or_else(|| s.strip_prefix('u'))
                .and_then(bits),
        };
        found.ok_or_else(|| IoError::UnknownName {
            kind: "sample type",
            found: s.into(),
            expected: "u8 u10 u12 u16 u32 f16 f32",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_format_names_round_trip() {
        for n in ["u1", "u8", "u10", "u12", "u16", "u32", "f16", "f32"] {
            assert_eq!(n.parse::<SampleFormat>().unwrap().to_string(), n);
        }
        assert_eq!("half".parse::<SampleFormat>().unwrap(), SampleFormat::F16);
        assert!("u33".parse::<SampleFormat>().is_err());
        assert_eq!(SampleFormat::U10.full_scale(), 1023);
        assert_eq!(SampleFormat::U32.full_scale(), u32::MAX);
    }
}
