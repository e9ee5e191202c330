//! The SIMD level of this process, and small vector words that every encoder kernel uses.
//!
//! Kernels are generic over [`Simd`], `#[inline(always)]` all the way down, and entered once a row or a strip through
//! `simd!`, so a plain x86-64 build still runs AVX2. Levels without fused multiply-add round twice, so bytes may differ
//! between levels in rare quantisation ties; on one level they never depend on how rows were split.

use std::sync::OnceLock;

use fearless_simd::prelude::*;
use fearless_simd::{Level, f32x8, f32x16, i16x8, i16x16, i32x4, i32x8, i32x16};

/// The best level of this machine, detected once.
pub(super) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(Level::new)
}

/// Enters SIMD code: `simd!(s => kernel(s, ...))`.
macro_rules! simd {
    ($s:ident => $body:expr) => {
        fearless_simd::dispatch!($crate::encode::simd::level(), $s => $body)
    };
}
pub(super) use simd;

/// Eight 16-bit samples as `f32`.
#[inline(always)]
pub(super) fn load8<S: Simd>(s: S, row: &[i16]) -> f32x8<S> {
    let (low, high): (i32x4<S>, i32x4<S>) = i16x8::from_slice(s, &row[..8]).widen();
    let all: i32x8<S> = low.combine(high);
    all.to_float()
}

/// Sixteen 16-bit samples as `f32`.
#[inline(always)]
pub(super) fn load16<S: Simd>(s: S, row: &[i16]) -> f32x16<S> {
    wide16(s, row).to_float()
}

/// Sixteen `f32`, rounded to nearest even and saturated to 16 bits.
#[inline(always)]
pub(super) fn to_i16<S: Simd>(v: f32x16<S>) -> i16x16<S> {
    let v: i32x16<S> = v.round_ties_even().to_int();
    let (low, high): (i32x8<S>, i32x8<S>) = v.split();
    low.saturating_narrow(high)
}

/// `log2` of positive numbers, absolute error about 4e-6 (rational approximation of jpegli, `adaptive_quantization.cc:108`).
#[inline(always)]
pub(super) fn log2<S: Simd>(s: S, x: f32x8<S>) -> f32x8<S> {
    // A macro, as a closure is not inlined into the SIMD function at every level.
    macro_rules! k {
        ($v:expr) => {
            f32x8::splat(s, $v)
        };
    }
    let bits: i32x8<S> = x.bitcast();
    let shifted = (bits - i32x8::splat(s, 0x3f2a_aaab)) >> 23;
    let mantissa: f32x8<S> = (bits - (shifted << 23)).bitcast();
    let exponent: f32x8<S> = shifted.to_float();
    let m = mantissa - k!(1.0);
    let p = m
        .mul_add(k!(0.742_458_7), k!(1.428_716))
        .mul_add(m, k!(-1.850_383_3e-6));
    let q = m
        .mul_add(k!(0.174_093_43), k!(1.009_671_9))
        .mul_add(m, k!(0.990_328_13));
    p / q + exponent
}

/// `2^x` for `|x| < 126`, relative error about 3e-7 (rational approximation of jpegli, `adaptive_quantization.cc:134`).
#[inline(always)]
pub(super) fn exp2<S: Simd>(s: S, x: f32x8<S>) -> f32x8<S> {
    // A macro, as a closure is not inlined into the SIMD function at every level.
    macro_rules! k {
        ($v:expr) => {
            f32x8::splat(s, $v)
        };
    }
    let floor = x.floor();
    let whole: i32x8<S> = floor.to_int();
    let scale: f32x8<S> = ((whole + i32x8::splat(s, 127)) << 23).bitcast();
    let f = x - floor;
    let num = (f + k!(10.174_907))
        .mul_add(f, k!(48.868_78))
        .mul_add(f, k!(98.550_66))
        * scale;
    let den = f
        .mul_add(k!(0.210_242_96), k!(-0.022_232_886))
        .mul_add(f, k!(-19.441_5))
        .mul_add(f, k!(98.550_66));
    num / den
}

/// `1 / sqrt(x)` for positive normal numbers, relative error below 7e-4 and without bias: the bit trick with the constants of
/// Moroz et al. (2018) and one Newton step, for a division and a square root, which took twice as long here.
#[inline(always)]
pub(super) fn rsqrt<S: Simd>(s: S, x: f32x16<S>) -> f32x16<S> {
    let bits: i32x16<S> = x.bitcast();
    let y: f32x16<S> = (i32x16::splat(s, 0x5f1f_fff9) - (bits >> 1)).bitcast();
    let correction = (x * y).mul_add(
        y * f32x16::splat(s, -0.703_952_25),
        f32x16::splat(s, 0.703_952_25 * 2.389_244_6),
    );
    y * correction
}

/// Sixteen samples as `i32`.
#[inline(always)]
pub(super) fn wide16<S: Simd>(s: S, row: &[i16]) -> i32x16<S> {
    let (low, high): (i32x8<S>, i32x8<S>) = i16x16::from_slice(s, &row[..16]).widen();
    low.combine(high)
}
