//! Transposition of 8x8 blocks of `f32` in vectors, for both transforms: perfect shuffles, three of which transpose.
//!
//! One block in 256-bit vectors, or two side by side in 512-bit ones where those are one register.

use fearless_simd::prelude::*;
use fearless_simd::{f32x8, f32x16};

/// Whether a vector of 512 bits is one register: then two blocks go side by side.
#[inline(always)]
pub(crate) fn wide<S: Simd>(s: S) -> bool {
    #[cfg(target_arch = "x86_64")]
    return s.level().as_avx512().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = s;
        false
    }
}

/// Transposes eight vectors of eight.
#[inline(always)]
pub(crate) fn transpose<S: Simd>(v: [f32x8<S>; 8]) -> [f32x8<S>; 8] {
    shuffle(shuffle(shuffle(v)))
}

#[inline(always)]
fn shuffle<S: Simd>(v: [f32x8<S>; 8]) -> [f32x8<S>; 8] {
    let (a, b) = v[0].interleave(v[4]);
    let (c, d) = v[1].interleave(v[5]);
    let (e, f) = v[2].interleave(v[6]);
    let (g, h) = v[3].interleave(v[7]);
    [a, b, c, d, e, f, g, h]
}

/// [`transpose`] of two blocks side by side.
#[inline(always)]
pub(crate) fn transpose2<S: Simd>(v: [f32x16<S>; 8]) -> [f32x16<S>; 8] {
    let v = shuffle2(shuffle2(shuffle2(v)));
    // The shuffles leave the block in the vector's number and a bit of the column in the lane: they change places.
    macro_rules! pair {
        ($low:literal, $high:literal) => {{
            let (a, b) = (v[$low].split(), v[$high].split());
            (a.0.combine(b.0), a.1.combine(b.1))
        }};
    }
    let (a, b) = pair!(0, 4);
    let (c, d) = pair!(1, 5);
    let (e, f) = pair!(2, 6);
    let (g, h) = pair!(3, 7);
    [a, b, c, d, e, f, g, h]
}

#[inline(always)]
fn shuffle2<S: Simd>(v: [f32x16<S>; 8]) -> [f32x16<S>; 8] {
    let (a, b) = v[0].interleave(v[4]);
    let (c, d) = v[1].interleave(v[5]);
    let (e, f) = v[2].interleave(v[6]);
    let (g, h) = v[3].interleave(v[7]);
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::Level;

    #[inline(always)]
    fn check<S: Simd>(s: S) {
        let value =
            |block: usize, row: usize, column: usize| (block * 64 + row * 8 + column) as f32;
        let mut rows = [f32x16::splat(s, 0.0); 8];
        for (r, v) in rows.iter_mut().enumerate() {
            let row: [f32; 16] = std::array::from_fn(|i| value(i / 8, r, i % 8));
            *v = f32x16::from_slice(s, &row);
        }
        let left = rows.map(|v| v.split().0);
        for (c, v) in transpose2(rows).into_iter().enumerate() {
            let want: [f32; 16] = std::array::from_fn(|i| value(i / 8, i % 8, c));
            assert_eq!(v.as_slice(), want);
        }
        for (c, v) in transpose(left).into_iter().enumerate() {
            let want: [f32; 8] = std::array::from_fn(|r| value(0, r, c));
            assert_eq!(v.as_slice(), want);
        }
    }

    #[test]
    fn transpose_moves_rows_to_columns() {
        fearless_simd::dispatch!(Level::new(), s => check(s));
    }
}
