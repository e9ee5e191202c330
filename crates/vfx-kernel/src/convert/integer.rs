//! Integers to floats and back.
//!
//! `u8` and `u16` by vectors: widen, convert, divide by full scale, correctly rounded (the bare reciprocal is wrong for a
//! third of the codes). `u32` in `f64`, left to the compiler's vectoriser: 32-bit integer images are rare.
//! Remainders are scalar: every step is exact or correctly rounded, so they give the same bits. NaN to integer: 0.

#[cfg(target_arch = "x86_64")]
use fearless_simd::Level;
use fearless_simd::{Bytes, Simd, prelude::*};

use super::Samples;
use crate::level::simd;

/// `u8` to float.
pub(super) fn from_u8(src: &[u8], max: u32, dst: &mut [f32]) {
    simd!(s => from_u8_lanes(s, src, max as f32, dst));
}

/// `u16` to float.
pub(super) fn from_u16(src: &[u16], max: u32, dst: &mut [f32]) {
    simd!(s => from_u16_lanes(s, src, max as f32, dst));
}

/// `u32` to float, through `f64`.
pub(super) fn from_u32(src: &[u32], max: u32, dst: &mut [f32]) {
    let max = f64::from(max);
    simd!(_s => {
        let mut i = 0;
        let n = src.len().min(dst.len());
        while i < n {
            dst[i] = (f64::from(src[i]) / max) as f32;
            i += 1;
        }
    });
}

/// Float to `u8`.
pub(super) fn to_u8(src: &[f32], max: u32, dst: &mut [u8]) {
    simd!(s => to_u8_lanes(s, src, max as f32, dst));
}

/// Float to `u16`.
pub(super) fn to_u16(src: &[f32], max: u32, dst: &mut [u16]) {
    simd!(s => to_u16_lanes(s, src, max as f32, dst));
}

/// Float to `u32`, through `f64`.
#[allow(
    clippy::manual_clamp,
    reason = "clamp would keep a NaN; max turns it into 0"
)]
pub(super) fn to_u32(src: &[f32], max: u32, dst: &mut [u32]) {
    // Adding 2^52 leaves the rounded integer in the low bits.
    const MAGIC: f64 = 4_503_599_627_370_496.0;
    let max = f64::from(max);
    simd!(_s => {
        let mut i = 0;
        let n = src.len().min(dst.len());
        while i < n {
            let x = f64::from(src[i].max(0.0).min(1.0));
            dst[i] = (x * max + MAGIC).to_bits() as u32;
            i += 1;
        }
    });
}

/// Moves floats that a half would round from a tie the exact quotient does not have, by one ulp towards that quotient.
///
/// Without it one `u16` in some thousands is rounded twice, and wrongly.
pub(super) fn avoid_half_ties(src: Samples<'_>, bits: u8, floats: &mut [f32]) {
    let max = f64::from(u32::MAX >> (32 - u32::from(bits.clamp(1, 32))));
    for (i, f) in floats.iter_mut().enumerate() {
        if f.to_bits() & 0x1fff != 0x1000 {
            continue;
        }
        let v = match src {
            Samples::U8(s) => f64::from(s[i]),
            Samples::U16(s) => f64::from(s[i]),
            Samples::U32(s) => f64::from(s[i]),
            Samples::F16(_) | Samples::F32(_) => return,
        };
        // v and the product of a 24-bit float with up to 29 bits of full scale are exact.
        let below = f64::from(*f) * max;
        if below < v {
            *f = f32::from_bits(f.to_bits() + 1);
        } else if below > v {
            *f = f32::from_bits(f.to_bits() - 1);
        }
    }
}

/// Full scale, its reciprocal, and whether the level has fused multiply-add.
#[derive(Clone, Copy)]
struct Scale<S: Simd> {
    max: S::f32s,
    reciprocal: S::f32s,
    fused: bool,
}

impl<S: Simd> Scale<S> {
    #[inline(always)]
    fn new(s: S, max: f32) -> Self {
        Self {
            max: S::f32s::splat(s, max),
            reciprocal: S::f32s::splat(s, 1.0 / max),
            fused: fused(s),
        }
    }
}

/// Where the block of `n` samples after the one at `i` begins: the last one overlaps its neighbour and makes part of it again, the
/// same. Sample by sample, a cell's remainder took as long as its blocks.
#[inline(always)]
fn next(i: usize, n: usize, len: usize) -> usize {
    let next = i + n;
    if next < len && next + n > len {
        len - n
    } else {
        next
    }
}

/// Known to the compiler in every copy of the kernel.
#[inline(always)]
fn fused<S: Simd>(s: S) -> bool {
    match s.level() {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Level::Avx512(_) | Level::Avx2(_) => true,
        _ => false,
    }
}

/// The correctly rounded quotient: the reciprocal's product and one fused correction are the division for every code of
/// every depth (all of them are tested), at three times its speed.
#[inline(always)]
fn scaled<S: Simd>(v: S::u32s, scale: Scale<S>) -> S::f32s {
    // Codes stay below 2^31: the signed conversion is one instruction everywhere.
    let v = v.bitcast::<S::i32s>().to_float::<S::f32s>();
    if scale.fused {
        let q = v * scale.reciprocal;
        (-q).mul_add(scale.max, v).mul_add(scale.reciprocal, q)
    } else {
        v / scale.max
    }
}

#[inline(always)]
fn from_u8_lanes<S: Simd>(s: S, src: &[u8], max: f32, dst: &mut [f32]) {
    let (n, m) = (S::u8s::LEN, S::f32s::LEN);
    let scale = Scale::new(s, max);
    let mut i = 0;
    while i + n <= src.len() {
        let (lo, hi) = S::u8s::from_slice(s, &src[i..i + n]).widen();
        let (a, b) = lo.widen();
        let (c, d) = hi.widen();
        let out = &mut dst[i..i + n];
        scaled::<S>(a, scale).store_slice(&mut out[..m]);
        scaled::<S>(b, scale).store_slice(&mut out[m..2 * m]);
        scaled::<S>(c, scale).store_slice(&mut out[2 * m..3 * m]);
        scaled::<S>(d, scale).store_slice(&mut out[3 * m..]);
        i = next(i, n, src.len());
    }
    while i < src.len() {
        dst[i] = f32::from(src[i]) / max;
        i += 1;
    }
}

#[inline(always)]
fn from_u16_lanes<S: Simd>(s: S, src: &[u16], max: f32, dst: &mut [f32]) {
    let (n, m) = (S::u16s::LEN, S::f32s::LEN);
    let scale = Scale::new(s, max);
    let mut i = 0;
    while i + n <= src.len() {
        let (a, b) = S::u16s::from_slice(s, &src[i..i + n]).widen();
        let out = &mut dst[i..i + n];
        scaled::<S>(a, scale).store_slice(&mut out[..m]);
        scaled::<S>(b, scale).store_slice(&mut out[m..]);
        i = next(i, n, src.len());
    }
    while i < src.len() {
        dst[i] = f32::from(src[i]) / max;
        i += 1;
    }
}

/// One vector to codes. NaN: `max_precise` returns the other operand, 0.
#[inline(always)]
fn codes<S: Simd>(s: S, src: &[f32], scale: S::f32s) -> S::u32s {
    // Adding 1.5 * 2^23 leaves the rounded integer in the low bits; no fused product, for the same bits at every level.
    let magic = S::f32s::splat(s, 12_582_912.0);
    let x = S::f32s::from_slice(s, src)
        .max_precise(S::f32s::splat(s, 0.0))
        .min(S::f32s::splat(s, 1.0));
    (x * scale + magic).bitcast::<S::u32s>() - magic.bitcast::<S::u32s>()
}

/// One float to its code.
#[allow(
    clippy::manual_clamp,
    reason = "clamp would keep a NaN; max turns it into 0"
)]
#[inline(always)]
fn code(x: f32, max: f32) -> f32 {
    (x.max(0.0).min(1.0) * max).round_ties_even()
}

#[inline(always)]
fn to_u8_lanes<S: Simd>(s: S, src: &[f32], max: f32, dst: &mut [u8]) {
    let (n, m) = (S::u8s::LEN, S::f32s::LEN);
    let scale = S::f32s::splat(s, max);
    let mut i = 0;
    while i + n <= src.len() {
        let x = &src[i..i + n];
        let a = codes(s, &x[..m], scale);
        let b = codes(s, &x[m..2 * m], scale);
        let c = codes(s, &x[2 * m..3 * m], scale);
        let d = codes(s, &x[3 * m..], scale);
        let v = a.relaxed_narrow(b).relaxed_narrow(c.relaxed_narrow(d));
        v.store_slice(&mut dst[i..i + n]);
        i = next(i, n, src.len());
    }
    while i < src.len() {
        dst[i] = code(src[i], max) as u8;
        i += 1;
    }
}

#[inline(always)]
fn to_u16_lanes<S: Simd>(s: S, src: &[f32], max: f32, dst: &mut [u16]) {
    let (n, m) = (S::u16s::LEN, S::f32s::LEN);
    let scale = S::f32s::splat(s, max);
    let mut i = 0;
    while i + n <= src.len() {
        let x = &src[i..i + n];
        let a = codes(s, &x[..m], scale);
        let b = codes(s, &x[m..], scale);
        a.relaxed_narrow(b).store_slice(&mut dst[i..i + n]);
        i = next(i, n, src.len());
    }
    while i < src.len() {
        dst[i] = code(src[i], max) as u16;
        i += 1;
    }
}
