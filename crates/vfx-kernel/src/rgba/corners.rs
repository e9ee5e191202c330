//! Pixels out of weighted rows of a table: the corners of a tetrahedron of a 3D table.
//!
//! On AVX2 and above interleaved pixels go in and come out: two pixels share a register, a corner is two row loads, its
//! weights one permute inside 128-bit blocks, and alpha is blended from the source. Other levels take planes and go one pixel
//! at a time.

use fearless_simd::{Simd, f32x4, prelude::*};
use half::f16;

use crate::lane::{MAX_LANES, load};
use crate::level::simd;
use crate::math::{Lanes, Math};

/// Which four rows of a table make a pixel, and their weights.
pub trait Corners {
    /// Row indices (integers in floats) and weights; must be `#[inline(always)]`.
    fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]);
}

/// Interleaved pixels through a table, in place: four rows each, weighted; alpha stays. `false` where the level has no fast
/// form (nothing is changed then). Indices outside the table read its last row.
///
/// # Panics
///
/// If the length is no multiple of 4 or the table is empty.
pub fn blend_rgba<C: Corners>(op: &C, rows: &[[f32; 4]], pixels: &mut [f32]) -> bool {
    #[cfg(target_arch = "x86_64")]
    return wide::by_corners(op, rows, pixels, wide::weigh_floats);
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (op, rows, pixels);
        false
    }
}

/// [`blend_rgba`] of half floats, converted as they are read and written: a pass of its own each way took a third of the time.
/// Values are those of the three steps one after another; alpha keeps its bits.
///
/// # Panics
///
/// As [`blend_rgba`].
pub fn blend_halves<C: Corners>(op: &C, rows: &[[f32; 4]], pixels: &mut [f16]) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        let words: &mut [u16] = bytemuck::cast_slice_mut(pixels);
        wide::by_corners(op, rows, words, wide::weigh_halves)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (op, rows, pixels);
        false
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use std::arch::x86_64::{
        _MM_FROUND_TO_NEAREST_INT, _mm_blend_epi16, _mm256_blend_ps, _mm256_castps128_ps256,
        _mm256_cvtps_ph, _mm256_fmadd_ps, _mm256_insertf128_ps, _mm256_mul_ps, _mm256_permute_ps,
    };

    use fearless_simd::{Simd, f32x8, kernel, prelude::*, u16x8, x86::Avx2};

    use super::super::batch::{
        BATCH, Batch, Find, Sample, by_rows, groups, put_floats, put_halves,
    };
    use super::Corners;
    use crate::math::Lanes;
    use crate::prefetch::prefetch;

    type Four<'a> = Batch<'a, 4, 4>;

    struct FourOf<'a, C>(&'a C);

    impl<C: Corners> Find<4, 4> for FourOf<'_, C> {
        #[inline(always)]
        fn find<S: Simd>(&self, m: Lanes<S>, c: [S::f32s; 3]) -> ([S::f32s; 4], [S::f32s; 4]) {
            self.0.corners(m, c)
        }
    }

    pub fn by_corners<C: Corners, T: Sample>(
        op: &C,
        rows: &[[f32; 4]],
        pixels: &mut [T],
        weigh: impl Fn(Avx2, &Four<'_>, usize, &mut [T]),
    ) -> bool {
        by_rows(&FourOf(op), &mut Batch::new(rows, 1), pixels, weigh)
    }

    macro_rules! weigh {
        ($(#[$doc:meta])* $name:ident, $sample:ty, $put:ident) => {
            kernel!(
                $(#[$doc])*
                pub fn $name(t: Avx2, batch: &Four<'_>, from: usize, pixels: &mut [$sample]) {
                    groups!($sample, pixels, from, |p, at| {
                        let i: [&[u32; 8]; 4] = [
                            batch.at[0][at..].first_chunk().expect("a whole group"),
                            batch.at[1][at..].first_chunk().expect("a whole group"),
                            batch.at[2][at..].first_chunk().expect("a whole group"),
                            batch.at[3][at..].first_chunk().expect("a whole group"),
                        ];
                        let w = [
                            f32x8::from_slice(t, &batch.weights[0][at..at + 8]).into(),
                            f32x8::from_slice(t, &batch.weights[1][at..at + 8]).into(),
                            f32x8::from_slice(t, &batch.weights[2][at..at + 8]).into(),
                            f32x8::from_slice(t, &batch.weights[3][at..at + 8]).into(),
                        ];
                        macro_rules! corner {
                            ($k:literal, $q:literal) => {{
                                let (low, high) = (batch.row(i[$k][$q]), batch.row(i[$k][$q + 4]));
                                _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
                            }};
                        }
                        macro_rules! pair {
                            ($q:literal, $spread:literal) => {{
                                let v = _mm256_mul_ps(corner!(0, $q), _mm256_permute_ps::<$spread>(w[0]));
                                let v = _mm256_fmadd_ps(corner!(1, $q), _mm256_permute_ps::<$spread>(w[1]), v);
                                let v = _mm256_fmadd_ps(corner!(2, $q), _mm256_permute_ps::<$spread>(w[2]), v);
                                let v = _mm256_fmadd_ps(corner!(3, $q), _mm256_permute_ps::<$spread>(w[3]), v);
                                $put!(t, v, &mut p[8 * $q..8 * $q + 8]);
                            }};
                        }
                        pair!(0, 0x00);
                        pair!(1, 0x55);
                        pair!(2, 0xaa);
                        pair!(3, 0xff);
                    });
                }
            );
        };
    }

    weigh!(
        /// Groups of eight pixels from place `from` of the batch on.
        weigh_floats, f32, put_floats
    );
    weigh!(
        /// [`weigh_floats`] to half floats.
        weigh_halves, u16, put_halves
    );
}

/// Pixels from planes through a table: four rows each, weighted; the fourth float of a pixel is taken from `alpha`.
///
/// Indices beyond the table read its last row.
///
/// # Panics
///
/// If the lengths differ or the table is empty.
pub fn blend_rows<C: Corners>(
    op: &C,
    rows: &[[f32; 4]],
    colours: [&[f32]; 3],
    alpha: &[f32],
    out: &mut [f32],
) {
    let n = alpha.len();
    assert_eq!(out.len(), 4 * n, "a pixel a sample");
    for plane in colours {
        assert_eq!(plane.len(), n, "planes of one length");
    }
    assert!(!rows.is_empty(), "a table");
    #[cfg(target_arch = "x86_64")]
    if crate::level::level().as_avx2().is_some() {
        let [r, g, b] = colours;
        crate::interleave::interleave(&[r, g, b, alpha], 4, out);
        blend_rgba(op, rows, out);
        return;
    }
    simd!(s => blend(s, op, rows, colours, alpha, out));
}

#[inline(always)]
fn blend<S: Simd, C: Corners>(
    s: S,
    op: &C,
    rows: &[[f32; 4]],
    colours: [&[f32]; 3],
    alpha: &[f32],
    out: &mut [f32],
) {
    let n = S::f32s::LEN;
    let m = Lanes(s);
    let last = rows.len() - 1;
    let mut from = 0;
    while from < alpha.len() {
        let c = [
            load(s, &colours[0][from..]),
            load(s, &colours[1][from..]),
            load(s, &colours[2][from..]),
        ];
        let (at, weight) = op.corners(m, c);
        let mut i = [[0u32; MAX_LANES]; 4];
        let mut w = [[0.0f32; MAX_LANES]; 4];
        let mut k = 0;
        while k < 4 {
            let index = at[k].to_int::<S::i32s>().bitcast::<S::u32s>();
            index.store_slice(&mut i[k][..n]);
            weight[k].store_slice(&mut w[k][..n]);
            k += 1;
        }
        let count = n.min(alpha.len() - from);
        let pixels = &mut out[4 * from..4 * (from + count)];
        let alphas = &alpha[from..from + count];
        let mut p = 0;
        while p < count {
            let row = |k: usize| f32x4::from_slice(s, &rows[(i[k][p] as usize).min(last)]);
            let v = row(0) * f32x4::splat(s, w[0][p]);
            let v = row(1).mul_add(f32x4::splat(s, w[1][p]), v);
            let v = row(2).mul_add(f32x4::splat(s, w[2][p]), v);
            let v = row(3).mul_add(f32x4::splat(s, w[3][p]), v);
            let pixel = &mut pixels[4 * p..4 * p + 4];
            v.store_slice(pixel);
            pixel[3] = alphas[p];
            p += 1;
        }
        from += n;
    }
}
