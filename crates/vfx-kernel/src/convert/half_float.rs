//! IEEE 754 binary16 to binary32 and back: the hardware's instructions where the level has them, integer arithmetic elsewhere.
//!
//! Widening is exact. Narrowing rounds to nearest even, overflows to infinity from 65520 on and keeps subnormals. A NaN stays
//! one: quiet bit set, the top ten bits of the payload and the sign kept, on every level alike. `half`'s scalar loop was
//! rejected below AVX2: 20 times slower. Cost: no allocation; the ends of rows go through a padded block.

#[cfg(target_arch = "x86_64")]
use fearless_simd::Level;
use fearless_simd::{Bytes, Select, Simd, dispatch, prelude::*};

use crate::level::level;

/// Halves, as their bits, to floats.
pub(super) fn widen(src: &[u16], dst: &mut [f32]) {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(t) => x86::widen_avx512(t, src, dst),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(t) => x86::widen_avx2(t, src, dst),
        other => dispatch!(other, s => widen_any(s, src, dst)),
    }
}

/// Floats to halves, as their bits.
pub(super) fn narrow(src: &[f32], dst: &mut [u16]) {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(t) => x86::narrow_avx512(t, src, dst),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(t) => x86::narrow_avx2(t, src, dst),
        other => dispatch!(other, s => narrow_any(s, src, dst)),
    }
}

/// The rest of a row through a block of a whole vector, as `$step`.
macro_rules! rest {
    ($src:ident, $dst:ident, $from:expr, $n:literal, $a:ty, $b:ty, |$x:ident, $y:ident| $step:expr) => {{
        let from = $from;
        if from < $src.len() {
            let len = $src.len() - from;
            let mut a = [<$a>::default(); $n];
            let mut b = [<$b>::default(); $n];
            a[..len].copy_from_slice(&$src[from..]);
            {
                let ($x, $y) = (&a[..], &mut b[..]);
                $step
            }
            $dst[from..].copy_from_slice(&b[..len]);
        }
    }};
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! vcvtph2ps and vcvtps2ph.

    use std::arch::x86_64::{
        _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm256_cvtph_ps, _mm256_cvtps_ph,
        _mm512_cvtph_ps, _mm512_cvtps_ph,
    };

    use fearless_simd::{f32x8, f32x16, kernel, prelude::*, u16x8, u16x16};

    macro_rules! rows {
        ($widen:ident, $narrow:ident, $level:ident, $n:literal, $half:ident, $float:ident,
         $to_float:ident, $to_half:ident, $mode:expr) => {
            kernel!(
                pub(super) fn $widen(t: $level, src: &[u16], dst: &mut [f32]) {
                    let whole = src.len() - src.len() % $n;
                    let mut i = 0;
                    while i < whole {
                        let h = $half::from_slice(t, &src[i..i + $n]);
                        let f: $float<_> = $to_float(h.into()).simd_into(t);
                        f.store_slice(&mut dst[i..i + $n]);
                        i += $n;
                    }
                    rest!(src, dst, whole, $n, u16, f32, |a, b| {
                        let h = $half::from_slice(t, a);
                        let f: $float<_> = $to_float(h.into()).simd_into(t);
                        f.store_slice(b);
                    });
                }
            );
            kernel!(
                pub(super) fn $narrow(t: $level, src: &[f32], dst: &mut [u16]) {
                    let whole = src.len() - src.len() % $n;
                    let mut i = 0;
                    while i < whole {
                        let f = $float::from_slice(t, &src[i..i + $n]);
                        let h: $half<_> = $to_half::<{ $mode }>(f.into()).simd_into(t);
                        h.store_slice(&mut dst[i..i + $n]);
                        i += $n;
                    }
                    rest!(src, dst, whole, $n, f32, u16, |a, b| {
                        let f = $float::from_slice(t, a);
                        let h: $half<_> = $to_half::<{ $mode }>(f.into()).simd_into(t);
                        h.store_slice(b);
                    });
                }
            );
        };
    }

    rows!(
        widen_avx512,
        narrow_avx512,
        Avx512,
        16,
        u16x16,
        f32x16,
        _mm512_cvtph_ps,
        _mm512_cvtps_ph,
        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC
    );
    rows!(
        widen_avx2,
        narrow_avx2,
        Avx2,
        8,
        u16x8,
        f32x8,
        _mm256_cvtph_ps,
        _mm256_cvtps_ph,
        _MM_FROUND_TO_NEAREST_INT
    );
}

#[inline(always)]
fn widen_any<S: Simd>(s: S, src: &[u16], dst: &mut [f32]) {
    let n = S::u16s::LEN;
    let whole = src.len() - src.len() % n;
    let mut i = 0;
    while i < whole {
        widen_step(s, &src[i..i + n], &mut dst[i..i + n]);
        i += n;
    }
    rest!(src, dst, whole, 32, u16, f32, |a, b| {
        widen_step(s, &a[..n], &mut b[..n]);
    });
}

#[inline(always)]
fn widen_step<S: Simd>(s: S, src: &[u16], dst: &mut [f32]) {
    let n = S::f32s::LEN;
    let (a, b) = S::u16s::from_slice(s, src).widen();
    widen_lanes(s, a).store_slice(&mut dst[..n]);
    widen_lanes(s, b).store_slice(&mut dst[n..2 * n]);
}

#[inline(always)]
fn widen_lanes<S: Simd>(s: S, h: S::u32s) -> S::f32s {
    let k = |v: u32| S::u32s::splat(s, v);
    let sign = (h & k(0x8000)) << 16;
    let a = (h & k(0x7fff)) << 13;
    // Exponents move by 112, a factor of 2^112; the product is exact, also for the subnormals.
    let finite = a.bitcast::<S::f32s>() * S::f32s::splat(s, f32::from_bits(0x7780_0000));
    let quiet = a.simd_gt(k(0x0f80_0000)).select(k(0x0040_0000), k(0));
    let special = a | k(0x7f80_0000) | quiet;
    let bits = a
        .simd_ge(k(0x0f80_0000))
        .select(special, finite.bitcast::<S::u32s>());
    (bits | sign).bitcast::<S::f32s>()
}

#[inline(always)]
fn narrow_any<S: Simd>(s: S, src: &[f32], dst: &mut [u16]) {
    let n = S::u16s::LEN;
    let whole = src.len() - src.len() % n;
    let mut i = 0;
    while i < whole {
        narrow_step(s, &src[i..i + n], &mut dst[i..i + n]);
        i += n;
    }
    rest!(src, dst, whole, 32, f32, u16, |a, b| {
        narrow_step(s, &a[..n], &mut b[..n]);
    });
}

#[inline(always)]
fn narrow_step<S: Simd>(s: S, src: &[f32], dst: &mut [u16]) {
    let n = S::f32s::LEN;
    let a = narrow_lanes(s, S::f32s::from_slice(s, &src[..n]));
    let b = narrow_lanes(s, S::f32s::from_slice(s, &src[n..2 * n]));
    a.narrow(b).store_slice(dst);
}

#[inline(always)]
fn narrow_lanes<S: Simd>(s: S, x: S::f32s) -> S::u32s {
    let k = |v: u32| S::u32s::splat(s, v);
    let bits = x.bitcast::<S::u32s>();
    let sign = (bits & k(0x8000_0000)) >> 16;
    let a = bits & k(0x7fff_ffff);
    // Normal: rebias, and round by adding half an ulp less one, or half an ulp where the result is odd.
    let odd = (a >> 13) & k(1);
    let normal = (a + k(0xc800_0fff) + odd) >> 13;
    // Below 2^-14: the adder rounds at 2^-24, the step of the subnormals.
    let half = S::f32s::splat(s, 0.5);
    let tiny = (a.bitcast::<S::f32s>() + half).bitcast::<S::u32s>() - half.bitcast::<S::u32s>();
    let h = a.simd_lt(k(0x3880_0000)).select(tiny, normal);
    let nan = k(0x7e00) | ((a >> 13) & k(0x03ff));
    let special = a.simd_gt(k(0x7f80_0000)).select(nan, k(0x7c00));
    let h = a.simd_ge(k(0x4780_0000)).select(special, h);
    h | sign
}
