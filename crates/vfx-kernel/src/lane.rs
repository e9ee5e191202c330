//! Loads and stores of part of a vector: the ends of rows go through the same vector arithmetic as their middle.
//!
//! A scalar remainder loop would round differently on levels without FMA, and results would depend on where a row is cut.

use fearless_simd::{Simd, prelude::*};

/// The widest vector of any level, in `f32` lanes.
pub(crate) const MAX_LANES: usize = 16;

/// A vector from the start of `src`; lanes beyond its end are 0.
#[inline(always)]
pub(crate) fn load<S: Simd>(s: S, src: &[f32]) -> S::f32s {
    let n = S::f32s::LEN;
    if src.len() >= n {
        return S::f32s::from_slice(s, &src[..n]);
    }
    let mut buffer = [0.0f32; MAX_LANES];
    buffer[..src.len()].copy_from_slice(src);
    S::f32s::from_slice(s, &buffer[..n])
}

/// Stores as many lanes as `dst` has room for.
#[inline(always)]
pub(crate) fn store<S: Simd>(v: S::f32s, dst: &mut [f32]) {
    let n = S::f32s::LEN;
    if dst.len() >= n {
        v.store_slice(&mut dst[..n]);
        return;
    }
    let mut buffer = [0.0f32; MAX_LANES];
    v.store_slice(&mut buffer[..n]);
    let len = dst.len();
    dst.copy_from_slice(&buffer[..len]);
}

/// Adds tap `t` to the accumulators: even taps to the first, odd ones to the second, in every kernel alike.
macro_rules! tap {
    ($a:ident, $b:ident, $t:expr, $v:expr, $w:expr) => {
        match $t {
            0 => $a = $v * $w,
            1 => $b = $v * $w,
            t if t % 2 == 0 => $a = $v.mul_add($w, $a),
            _ => $b = $v.mul_add($w, $b),
        }
    };
}
pub(crate) use tap;
