//! Pixels out of weighted rows of a table: the corners of a tetrahedron of a 3D table.
//!
//! Indices and weights are computed a vector at a time. On AVX2 and above interleaved pixels go in and come out: two pixels
//! share a register (on AVX-512 too: wider registers are slower where rows come from outside the first cache), a corner is
//! two row loads, its weights one permute inside 128-bit blocks, and alpha is blended from the source. Indices are half of
//! the work, and that half runs in the widest vectors. Other levels take planes and go one pixel at a time.

#![allow(
    unsafe_code,
    reason = "rows at indices that were bounded as a vector are loaded without a second check"
)]

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, f32x8, f32x16, kernel, u16x8, x86::Avx2, x86::Avx512};
use fearless_simd::{Simd, f32x4, prelude::*};

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m128, _MM_FROUND_TO_NEAREST_INT, _mm_blend_epi16, _mm_loadu_ps, _mm256_blend_ps,
    _mm256_castps128_ps256, _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_fmadd_ps,
    _mm256_insertf128_ps, _mm256_mul_ps, _mm256_permute_ps, _mm256_set_m128i, _mm256_shuffle_ps,
    _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_castps256_ps512, _mm512_cvtph_ps,
    _mm512_insertf32x8, _mm512_shuffle_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

use half::f16;

use crate::lane::{MAX_LANES, load};
use crate::level::simd;
use crate::math::{Lanes, Math};
#[cfg(target_arch = "x86_64")]
use crate::prefetch::prefetch;

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
        let batch = &mut Batch::new(rows);
        let weigh = |batch: &Batch<'_>, at, p: &mut [f32]| weigh_avx2(t, batch, at, p);
        match crate::level::level() {
            Level::Avx512(wide) => wide.vectorize(
                #[inline(always)]
                || {
                    in_place::<16, f32>(
                        pixels,
                        batch,
                        #[inline(always)]
                        |p, at, batch| batch.set(wide, op, columns_avx512(wide, p), at),
                        weigh,
                    );
                },
            ),
            _ => t.vectorize(
                #[inline(always)]
                || {
                    in_place::<8, f32>(
                        pixels,
                        batch,
                        #[inline(always)]
                        |p, at, batch| batch.set(t, op, columns_avx2(t, p), at),
                        weigh,
                    );
                },
            ),
        }
        return true;
    }
    let _ = op;
    false
}

/// [`blend_rgba`] of half floats, converted as they are read and written: a pass of its own each way took a third of the time.
/// Values are those of the three steps one after another; alpha keeps its bits.
///
/// # Panics
///
/// As [`blend_rgba`].
pub fn blend_halves<C: Corners>(op: &C, rows: &[[f32; 4]], pixels: &mut [f16]) -> bool {
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    assert!(!rows.is_empty(), "a table");
    #[cfg(target_arch = "x86_64")]
    if let Some(t) = crate::level::level().as_avx2() {
        let pixels: &mut [u16] = bytemuck::cast_slice_mut(pixels);
        let batch = &mut Batch::new(rows);
        let weigh = |batch: &Batch<'_>, at, p: &mut [u16]| weigh_halves(t, batch, at, p);
        match crate::level::level() {
            Level::Avx512(wide) => wide.vectorize(
                #[inline(always)]
                || {
                    in_place::<16, u16>(
                        pixels,
                        batch,
                        #[inline(always)]
                        |p, at, batch| batch.set(wide, op, halves_avx512(wide, p), at),
                        weigh,
                    );
                },
            ),
            _ => t.vectorize(
                #[inline(always)]
                || {
                    in_place::<8, u16>(
                        pixels,
                        batch,
                        #[inline(always)]
                        |p, at, batch| batch.set(t, op, halves_avx2(t, p), at),
                        weigh,
                    );
                },
            ),
        }
        return true;
    }
    let _ = op;
    false
}

/// Pixels whose indices and weights are computed before their rows are read: indices that stay in registers are taken out
/// one by one at twice the cost of reading them back.
#[cfg(target_arch = "x86_64")]
const BATCH: usize = 128;

/// Rows of a table and weights of a batch, corner by corner.
#[cfg(target_arch = "x86_64")]
struct Batch<'a> {
    rows: &'a [[f32; 4]],
    /// Byte offsets of rows.
    at: [[u32; BATCH]; 4],
    weights: [[f32; BATCH]; 4],
}

#[cfg(target_arch = "x86_64")]
impl<'a> Batch<'a> {
    fn new(rows: &'a [[f32; 4]]) -> Self {
        assert!((1..=1 << 24).contains(&rows.len()), "1 to 2^24 rows");
        Self {
            rows,
            at: [[0; BATCH]; 4],
            weights: [[0.0; BATCH]; 4],
        }
    }

    /// Corners of a vector of pixels, to their place `from` in the batch.
    #[inline(always)]
    fn set<S: Simd, C: Corners>(&mut self, s: S, op: &C, colours: [S::f32s; 3], from: usize) {
        let n = S::f32s::LEN;
        let (index, weights) = op.corners(Lanes(s), colours);
        let last = S::u32s::splat(s, self.rows.len() as u32 - 1);
        let mut k = 0;
        while k < 4 {
            let i = index[k].to_int::<S::i32s>().bitcast::<S::u32s>().min(last);
            (i << 4).store_slice(&mut self.at[k][from..from + n]);
            weights[k].store_slice(&mut self.weights[k][from..from + n]);
            k += 1;
        }
    }

    /// The row of corner `k` at byte `at`, one of `self.at[k]`.
    #[inline(always)]
    fn row(&self, at: &[u32; 8], lane: usize) -> __m128 {
        let at = at[lane] as usize;
        debug_assert!(at / 16 < self.rows.len() && at.is_multiple_of(16));
        // SAFETY: all offsets of a batch are 0 or made by `set`, which bounds them to 16 times the last row's index, and there
        // is a row. Loads of 128 bits are in the x86-64 baseline and need no alignment here.
        unsafe { _mm_loadu_ps(self.rows.as_ptr().byte_add(at).cast()) }
    }
}

/// All pixels, `N` (8 or 16) at a time into a batch by `set`, which takes their samples and their place, and back by `weigh`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn in_place<const N: usize, T: Copy + Default>(
    pixels: &mut [T],
    batch: &mut Batch<'_>,
    set: impl Fn(&[T], usize, &mut Batch<'_>),
    weigh: impl Fn(&Batch<'_>, usize, &mut [T]),
) {
    for part in pixels.chunks_mut(4 * BATCH) {
        let mut block = [T::default(); 64];
        let block = &mut block[..4 * N];
        let whole = part.len() / (4 * N);
        let mut group = 0;
        while group < whole {
            set(&part[4 * N * group..4 * N * (group + 1)], N * group, batch);
            group += 1;
        }
        let (head, rest) = part.split_at_mut(4 * N * whole);
        if !rest.is_empty() {
            block[..rest.len()].copy_from_slice(rest);
            set(block, N * whole, batch);
        }
        weigh(batch, 0, head);
        if !rest.is_empty() {
            weigh(batch, N * whole, block);
            rest.copy_from_slice(&block[..rest.len()]);
        }
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident, $level:ident, $sample:ty, $float:ident, $two:ident,
     $lo:ident, $hi:ident, $shuffle:ident) => {
        kernel!(
            $(#[$doc])*
            #[inline(always)]
            fn $name(t: $level, pixels: &[$sample]) -> [$float<$level>; 3] {
                let (a, b, c, d) = ($two!(t, pixels, 0), $two!(t, pixels, 8), $two!(t, pixels, 16), $two!(t, pixels, 24));
                let (rg0, rg1) = ($lo(a, b), $lo(c, d));
                let (ba0, ba1) = ($hi(a, b), $hi(c, d));
                [
                    $shuffle::<0x44>(rg0, rg1).simd_into(t),
                    $shuffle::<0xee>(rg0, rg1).simd_into(t),
                    $shuffle::<0x44>(ba0, ba1).simd_into(t),
                ]
            }
        );
    };
}

/// Two pixels, and of sixteen those eight further on in the upper half.
#[cfg(target_arch = "x86_64")]
macro_rules! floats_avx2 {
    ($t:ident, $p:ident, $at:literal) => {
        f32x8::from_slice($t, &$p[$at..$at + 8]).into()
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! floats_avx512 {
    ($t:ident, $p:ident, $at:literal) => {{
        let low = f32x8::from_slice($t, &$p[$at..$at + 8]).into();
        let high = f32x8::from_slice($t, &$p[$at + 32..$at + 40]).into();
        _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high)
    }};
}

#[cfg(target_arch = "x86_64")]
macro_rules! halves_avx2 {
    ($t:ident, $p:ident, $at:literal) => {
        _mm256_cvtph_ps(u16x8::from_slice($t, &$p[$at..$at + 8]).into())
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! halves_avx512 {
    ($t:ident, $p:ident, $at:literal) => {{
        let low = u16x8::from_slice($t, &$p[$at..$at + 8]).into();
        let high = u16x8::from_slice($t, &$p[$at + 32..$at + 40]).into();
        _mm512_cvtph_ps(_mm256_set_m128i(high, low))
    }};
}

#[cfg(target_arch = "x86_64")]
columns!(
    /// R, G, B of eight pixels; lane k is pixel 2k, lane 4 + k pixel 2k + 1.
    columns_avx2, Avx2, f32, f32x8, floats_avx2, _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_shuffle_ps
);
#[cfg(target_arch = "x86_64")]
columns!(
    /// R, G, B of sixteen pixels: the lanes of [`columns_avx2`] of the first eight, then of the others.
    columns_avx512, Avx512, f32, f32x16, floats_avx512, _mm512_unpacklo_ps, _mm512_unpackhi_ps, _mm512_shuffle_ps
);
#[cfg(target_arch = "x86_64")]
columns!(
    /// [`columns_avx2`] of half floats.
    halves_avx2, Avx2, u16, f32x8, halves_avx2, _mm256_unpacklo_ps, _mm256_unpackhi_ps, _mm256_shuffle_ps
);
#[cfg(target_arch = "x86_64")]
columns!(
    /// [`columns_avx512`] of half floats.
    halves_avx512, Avx512, u16, f32x16, halves_avx512, _mm512_unpacklo_ps, _mm512_unpackhi_ps, _mm512_shuffle_ps
);

#[cfg(target_arch = "x86_64")]
macro_rules! weigh {
    ($(#[$doc:meta])* $name:ident, $sample:ty, |$t:ident, $p:ident, $v:ident| $put:expr) => {
        kernel!(
            $(#[$doc])*
            fn $name(t: Avx2, batch: &Batch<'_>, from: usize, pixels: &mut [$sample]) {
                const LINE: usize = 64 / size_of::<$sample>();
                let mut at = from;
                for p in pixels.as_chunks_mut::<32>().0 {
                    // Two batches on, beyond the end of the block too: what is asked for here is computed after the next batch.
                    prefetch(p.as_ptr().wrapping_add(8 * BATCH));
                    if LINE < 32 {
                        prefetch(p.as_ptr().wrapping_add(8 * BATCH + LINE));
                    }
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
                            let (low, high) = (batch.row(i[$k], $q), batch.row(i[$k], $q + 4));
                            _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
                        }};
                    }
                    macro_rules! pair {
                        ($q:literal, $spread:literal) => {{
                            let v = _mm256_mul_ps(corner!(0, $q), _mm256_permute_ps::<$spread>(w[0]));
                            let v = _mm256_fmadd_ps(corner!(1, $q), _mm256_permute_ps::<$spread>(w[1]), v);
                            let v = _mm256_fmadd_ps(corner!(2, $q), _mm256_permute_ps::<$spread>(w[2]), v);
                            let $v = _mm256_fmadd_ps(corner!(3, $q), _mm256_permute_ps::<$spread>(w[3]), v);
                            let ($t, $p) = (t, &mut p[8 * $q..8 * $q + 8]);
                            $put
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
    };
}

#[cfg(target_arch = "x86_64")]
weigh!(
    /// Groups of eight pixels from place `from` of the batch on.
    weigh_avx2, f32, |t, p, v| {
        let source = f32x8::from_slice(t, p).into();
        let v: f32x8<Avx2> = _mm256_blend_ps::<0x88>(v, source).simd_into(t);
        v.store_slice(p);
    }
);
#[cfg(target_arch = "x86_64")]
weigh!(
    /// [`weigh_avx2`] to half floats.
    weigh_halves, u16, |t, p, v| {
        let source = u16x8::from_slice(t, p).into();
        let v = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v);
        let v: u16x8<Avx2> = _mm_blend_epi16::<0x88>(v, source).simd_into(t);
        v.store_slice(p);
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
