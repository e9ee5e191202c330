//! Multiplication by a power of two, one instruction on AVX-512 (vscalefps), three factors' work elsewhere.
//!
//! `p` * 2^`n` for whole `n` within ±252, rounded once into the subnormals, infinite beyond the floats. NaN in `p` stays NaN.

use fearless_simd::{Bytes, Simd, prelude::*};
#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, f32x16, kernel, x86::Avx512};

#[cfg(target_arch = "x86_64")]
kernel!(
    #[inline(always)]
    fn scale_avx512(t: Avx512, p: f32x16<Avx512>, n: f32x16<Avx512>) -> f32x16<Avx512> {
        std::arch::x86_64::_mm512_scalef_ps(p.into(), n.into()).simd_into(t)
    }
);

/// `p` * 2^`n`.
#[inline(always)]
pub(super) fn scale<S: Simd>(s: S, p: S::f32s, n: S::f32s) -> S::f32s {
    // The level is known in every copy; the slices are registers once inlined.
    #[cfg(target_arch = "x86_64")]
    if let Level::Avx512(t) = s.level() {
        let p = f32x16::from_slice(t, p.as_slice());
        let n = f32x16::from_slice(t, n.as_slice());
        return S::f32s::from_slice(s, scale_avx512(t, p, n).as_slice());
    }
    let bias = S::i32s::splat(s, 127);
    let n = n.to_int::<S::i32s>();
    // Two factors: one alone reaches neither 2^128 nor the subnormals.
    let half = n >> 1;
    let a = ((half + bias) << 23).bitcast::<S::f32s>();
    let b = ((n - half + bias) << 23).bitcast::<S::f32s>();
    p * a * b
}

/// [`scale`] where the result is normal or nearly so, whole `n` within -126..=127.
#[inline(always)]
pub(super) fn scale_normal<S: Simd>(p: S::f32s, n: S::f32s) -> S::f32s {
    (p.bitcast::<S::i32s>() + (n.to_int::<S::i32s>() << 23)).bitcast::<S::f32s>()
}
