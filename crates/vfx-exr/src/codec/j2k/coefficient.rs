//! The integers that hold wavelet coefficients: 32 bits where they are enough, else 64.
//!
//! A subband with at most [`Coefficient::PLANES`] bit planes fits. Sums wrap: only damaged data can overflow them.

use std::fmt::Debug;

/// A signed integer of 32 or 64 bits.
pub(super) trait Coefficient: Copy + Default + Debug + PartialEq + 'static {
    /// Most magnitude bit planes.
    const PLANES: u32;
    /// Sign and magnitude to two's complement: the sign is the lowest bit of `sign`; 0 unless `keep` is all ones.
    fn signed(magnitude: u64, sign: u64, keep: u64) -> Self;
    /// Magnitude, and 1 for negative values.
    fn parts(self) -> (u64, u64);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    /// Arithmetic shift right.
    fn shr(self, bits: u32) -> Self;
    fn from_i64(value: i64) -> Self;
    fn to_f32(self) -> f32;
}

macro_rules! coefficient {
    ($signed:ty, $unsigned:ty, $planes:expr) => {
        impl Coefficient for $signed {
            const PLANES: u32 = $planes;

            #[inline(always)]
            fn signed(magnitude: u64, sign: u64, keep: u64) -> Self {
                let negative = 0u64.wrapping_sub(sign & 1);
                (((magnitude ^ negative).wrapping_sub(negative)) & keep) as $signed
            }
            #[inline(always)]
            fn parts(self) -> (u64, u64) {
                (
                    u64::from(self.unsigned_abs()),
                    u64::from((self as $unsigned) >> (<$signed>::BITS - 1)),
                )
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn shr(self, bits: u32) -> Self {
                self >> bits
            }
            #[inline(always)]
            fn from_i64(value: i64) -> Self {
                value as $signed
            }
            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
        }
    };
}

// One bit for the sign, one because magnitudes are doubled while they are refined.
coefficient!(i32, u32, 30);
// A magnitude must fit one refill of its bit stream; 40 planes is what 32-bit samples need.
coefficient!(i64, u64, 54);
