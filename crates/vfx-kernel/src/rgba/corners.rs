//! Pixels out of weighted rows of a table: the corners of a tetrahedron of a 3D table.
//!
//! Indices and weights are computed a vector at a time. On AVX2 and above (AVX-512 machines too: wider registers are slower
//! where rows come from outside the first cache) eight interleaved pixels go in and come out: two pixels share a register, a
//! corner is two row loads, its weights one permute inside 128-bit blocks, and alpha is blended from the source. Other
//! levels take planes and go one pixel at a time.

use fearless_simd::{Simd, f32x4, prelude::*};
#[cfg(target_arch = "x86_64")]
use fearless_simd::{f32x8, i32x8, kernel, u32x8, x86::Avx2};

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm256_blend_ps, _mm256_castps128_ps256, _mm256_fmadd_ps, _mm256_insertf128_ps, _mm256_mul_ps,
    _mm256_permute_ps, _mm256_shuffle_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

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
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    assert!(!rows.is_empty(), "a table");
    #[cfg(target_arch = "x86_64")]
    if let Some(t) = crate::level::level().as_avx2() {
        t.vectorize(
            #[inline(always)]
            || in_place(t, op, rows, pixels),
        );
        return true;
    }
    let _ = op;
    false
}

/// Pixels whose indices and weights are computed before their rows are read: indices that stay in registers are taken out
/// one by one at twice the cost of reading them back.
#[cfg(target_arch = "x86_64")]
const BATCH: usize = 128;

/// Indices and weights of a batch, corner by corner.
#[cfg(target_arch = "x86_64")]
struct Batch {
    rows: [[u32; BATCH]; 4],
    weights: [[f32; BATCH]; 4],
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn in_place<C: Corners>(t: Avx2, op: &C, rows: &[[f32; 4]], pixels: &mut [f32]) {
    let mut batch = Batch {
        rows: [[0; BATCH]; 4],
        weights: [[0.0; BATCH]; 4],
    };
    for part in pixels.chunks_mut(4 * BATCH) {
        let mut block = [0.0f32; 32];
        let whole = part.len() / 32;
        let mut group = 0;
        while 32 * group < part.len() {
            let source = if group < whole {
                &part[32 * group..32 * group + 32]
            } else {
                let rest = &part[32 * whole..];
                block[..rest.len()].copy_from_slice(rest);
                &block[..]
            };
            eight(t, op, rows.len(), source, 8 * group, &mut batch);
            group += 1;
        }
        weigh_avx2(t, rows, &batch, 0, &mut part[..32 * whole]);
        let rest = part.len() - 32 * whole;
        if rest > 0 {
            weigh_avx2(t, rows, &batch, 8 * whole, &mut block);
            part[32 * whole..].copy_from_slice(&block[..rest]);
        }
    }
}

/// Indices and weights of eight pixels, to their place `at` in the batch.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn eight<C: Corners>(t: Avx2, op: &C, rows: usize, pixels: &[f32], at: usize, batch: &mut Batch) {
    let c = columns_avx2(t, pixels);
    let (index, weights) = op.corners(Lanes(t), c);
    let last = u32x8::splat(t, rows as u32 - 1);
    let mut k = 0;
    while k < 4 {
        let i = index[k].to_int::<i32x8<Avx2>>().bitcast::<u32x8<Avx2>>();
        i.min(last).store_slice(&mut batch.rows[k][at..at + 8]);
        weights[k].store_slice(&mut batch.weights[k][at..at + 8]);
        k += 1;
    }
}

#[cfg(target_arch = "x86_64")]
kernel!(
    /// R, G, B of eight pixels; lane k is pixel 2k, lane 4 + k pixel 2k + 1.
    #[inline(always)]
    fn columns_avx2(t: Avx2, pixels: &[f32]) -> [f32x8<Avx2>; 3] {
        let a = f32x8::from_slice(t, &pixels[..8]).into();
        let b = f32x8::from_slice(t, &pixels[8..16]).into();
        let c = f32x8::from_slice(t, &pixels[16..24]).into();
        let d = f32x8::from_slice(t, &pixels[24..32]).into();
        let (rg0, rg1) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
        let (ba0, ba1) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
        [
            _mm256_shuffle_ps::<0x44>(rg0, rg1).simd_into(t),
            _mm256_shuffle_ps::<0xee>(rg0, rg1).simd_into(t),
            _mm256_shuffle_ps::<0x44>(ba0, ba1).simd_into(t),
        ]
    }
);

#[cfg(target_arch = "x86_64")]
kernel!(
    fn weigh_avx2(t: Avx2, rows: &[[f32; 4]], batch: &Batch, from: usize, pixels: &mut [f32]) {
        let mut at = from;
        for p in pixels.as_chunks_mut::<32>().0 {
            let i: [&[u32; 8]; 4] = [
                batch.rows[0][at..].first_chunk().expect("a whole group"),
                batch.rows[1][at..].first_chunk().expect("a whole group"),
                batch.rows[2][at..].first_chunk().expect("a whole group"),
                batch.rows[3][at..].first_chunk().expect("a whole group"),
            ];
            let w = [
                f32x8::from_slice(t, &batch.weights[0][at..at + 8]).into(),
                f32x8::from_slice(t, &batch.weights[1][at..at + 8]).into(),
                f32x8::from_slice(t, &batch.weights[2][at..at + 8]).into(),
                f32x8::from_slice(t, &batch.weights[3][at..at + 8]).into(),
            ];
            macro_rules! corner {
                ($k:literal, $q:literal) => {{
                    let row =
                        |lane: usize| f32x4::from_slice(t, &rows[i[$k][lane] as usize]).into();
                    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(row($q)), row($q + 4))
                }};
            }
            macro_rules! pair {
                ($q:literal, $spread:literal) => {{
                    let v = _mm256_mul_ps(corner!(0, $q), _mm256_permute_ps::<$spread>(w[0]));
                    let v = _mm256_fmadd_ps(corner!(1, $q), _mm256_permute_ps::<$spread>(w[1]), v);
                    let v = _mm256_fmadd_ps(corner!(2, $q), _mm256_permute_ps::<$spread>(w[2]), v);
                    let v = _mm256_fmadd_ps(corner!(3, $q), _mm256_permute_ps::<$spread>(w[3]), v);
                    let p = &mut p[8 * $q..8 * $q + 8];
                    let source = f32x8::from_slice(t, p).into();
                    let v: f32x8<Avx2> = _mm256_blend_ps::<0x88>(v, source).simd_into(t);
                    v.store_slice(p);
                }};
            }
            pair!(0, 0x00);
            pair!(1, 0x55);
            pair!(2, 0xaa);
            pair!(3, 0xff);
            at += 8;
        }
    }
);

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
