//! Batches of interleaved pixels whose rows of a table are found a vector at a time and then read pixel by pixel (x86-64).
//!
//! Indices that stay in registers are taken out one by one at twice the cost of reading them back. Reading runs on AVX2 at
//! every level above it, two pixels a register (wider registers are slower where rows come from outside the first cache);
//! finding is half of the work and runs in the widest vectors.

#![allow(
    unsafe_code,
    reason = "rows at indices that were bounded as a vector are loaded without a second check"
)]

use std::arch::x86_64::{
    __m128, __m256, _mm_loadu_ps, _mm256_cvtph_ps, _mm256_loadu_ps, _mm256_set_m128i,
    _mm256_shuffle_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_castps256_ps512,
    _mm512_cvtph_ps, _mm512_insertf32x8, _mm512_shuffle_ps, _mm512_unpackhi_ps, _mm512_unpacklo_ps,
};

use fearless_simd::{
    Level, Simd, f32x8, f32x16, kernel, prelude::*, u16x8, x86::Avx2, x86::Avx512,
};

use crate::math::Lanes;

/// Pixels of a batch.
pub(super) const BATCH: usize = 128;

/// Byte offsets of rows and weights of a batch of pixels, `I` offsets and `W` weights each.
pub(super) struct Batch<'a, const I: usize, const W: usize> {
    rows: &'a [[f32; 4]],
    /// Rows that are read from an index on.
    reach: usize,
    pub at: [[u32; BATCH]; I],
    pub weights: [[f32; BATCH]; W],
}

impl<'a, const I: usize, const W: usize> Batch<'a, I, W> {
    /// For indices from which on `reach` rows are read.
    ///
    /// # Panics
    ///
    /// If there are fewer rows, more than 2^24, or `reach` is 0.
    pub fn new(rows: &'a [[f32; 4]], reach: usize) -> Self {
        assert!(
            (1..=rows.len()).contains(&reach) && rows.len() <= 1 << 24,
            "{reach} to 2^24 rows, not {}",
            rows.len()
        );
        Self {
            rows,
            reach,
            at: [[0; BATCH]; I],
            weights: [[0.0; BATCH]; W],
        }
    }

    /// Indices and weights of a vector of pixels, to their place `from` in the batch.
    #[inline(always)]
    pub fn set<S: Simd>(&mut self, s: S, from: usize, index: [S::f32s; I], weights: [S::f32s; W]) {
        let n = S::f32s::LEN;
        let last = S::u32s::splat(s, (self.rows.len() - self.reach) as u32);
        let mut k = 0;
        while k < I {
            let i = index[k].to_int::<S::i32s>().bitcast::<S::u32s>().min(last);
            (i << 4).store_slice(&mut self.at[k][from..from + n]);
            k += 1;
        }
        k = 0;
        while k < W {
            weights[k].store_slice(&mut self.weights[k][from..from + n]);
            k += 1;
        }
    }

    /// Rows that may be read from an index on.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// Where the row lies that is `on` rows after the one at byte `at`, one of `self.at`; `width` rows are to be read there.
    #[inline(always)]
    fn address(&self, at: u32, on: usize, width: usize) -> *const f32 {
        let at = at as usize + 16 * on;
        debug_assert!(on + width <= self.reach && at.is_multiple_of(16));
        debug_assert!(at / 16 + width <= self.rows.len());
        self.rows.as_ptr().wrapping_byte_add(at).cast()
    }

    /// The row at byte `at`, one of `self.at`.
    #[inline(always)]
    pub fn row(&self, at: u32) -> __m128 {
        // SAFETY: all offsets of a batch are 0 or made by `set`, which bounds them to 16 times an index with `reach` rows from
        // it on, and `reach` is at least 1. Loads of 128 bits are in the x86-64 baseline and need no alignment here.
        unsafe { _mm_loadu_ps(self.address(at, 0, 1)) }
    }

    /// The row that is `on` rows after the one at byte `at`, one of `self.at`, and the row after it.
    ///
    /// # Safety
    ///
    /// `on + 2` is at most the batch's reach.
    #[inline(always)]
    pub unsafe fn pair(&self, _: Avx2, at: u32, on: usize) -> __m256 {
        // SAFETY: as in `row`; the token says that the level is there.
        unsafe { _mm256_loadu_ps(self.address(at, on, 2)) }
    }
}

/// What finds the rows and weights of a batch's pixels from their colours.
pub(super) trait Find<const I: usize, const W: usize> {
    /// Row indices (integers in floats) and weights; must be `#[inline(always)]`.
    fn find<S: Simd>(&self, m: Lanes<S>, c: [S::f32s; 3]) -> ([S::f32s; I], [S::f32s; W]);
}

/// A sample of interleaved pixels.
pub(super) trait Sample: Copy + Default {
    /// R, G, B of eight pixels; lane k is pixel 2k, lane 4 + k pixel 2k + 1.
    fn columns_avx2(t: Avx2, pixels: &[Self]) -> [f32x8<Avx2>; 3];

    /// R, G, B of sixteen pixels: the lanes of [`Sample::columns_avx2`] of the first eight, then of the others.
    fn columns_avx512(t: Avx512, pixels: &[Self]) -> [f32x16<Avx512>; 3];
}

impl Sample for f32 {
    #[inline(always)]
    fn columns_avx2(t: Avx2, pixels: &[Self]) -> [f32x8<Avx2>; 3] {
        floats_avx2(t, pixels)
    }
    #[inline(always)]
    fn columns_avx512(t: Avx512, pixels: &[Self]) -> [f32x16<Avx512>; 3] {
        floats_avx512(t, pixels)
    }
}

/// Half floats by their bits.
impl Sample for u16 {
    #[inline(always)]
    fn columns_avx2(t: Avx2, pixels: &[Self]) -> [f32x8<Avx2>; 3] {
        halves_avx2(t, pixels)
    }
    #[inline(always)]
    fn columns_avx512(t: Avx512, pixels: &[Self]) -> [f32x16<Avx512>; 3] {
        halves_avx512(t, pixels)
    }
}

/// Interleaved pixels in place: their rows found by `op` and read by `weigh`, which takes groups of eight pixels and the
/// place of the first in the batch. `false` where the level has no AVX2 (nothing is changed then).
///
/// # Panics
///
/// If the length is no multiple of 4.
#[inline(always)]
pub(super) fn by_rows<const I: usize, const W: usize, T: Sample>(
    op: &impl Find<I, W>,
    batch: &mut Batch<'_, I, W>,
    pixels: &mut [T],
    weigh: impl Fn(Avx2, &Batch<'_, I, W>, usize, &mut [T]),
) -> bool {
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    let level = crate::level::level();
    let Some(t) = level.as_avx2() else {
        return false;
    };
    let weigh = |batch: &Batch<'_, I, W>, at, p: &mut [T]| weigh(t, batch, at, p);
    match level {
        Level::Avx512(wide) => wide.vectorize(
            #[inline(always)]
            || {
                in_place::<16, I, W, T>(
                    pixels,
                    batch,
                    #[inline(always)]
                    |p, at, batch| {
                        let (index, weights) = op.find(Lanes(wide), T::columns_avx512(wide, p));
                        batch.set(wide, at, index, weights);
                    },
                    weigh,
                );
            },
        ),
        _ => t.vectorize(
            #[inline(always)]
            || {
                in_place::<8, I, W, T>(
                    pixels,
                    batch,
                    #[inline(always)]
                    |p, at, batch| {
                        let (index, weights) = op.find(Lanes(t), T::columns_avx2(t, p));
                        batch.set(t, at, index, weights);
                    },
                    weigh,
                );
            },
        ),
    }
    true
}

/// All pixels, `N` (8 or 16) at a time into a batch by `set`, which takes their samples and their place, and back by `weigh`.
#[inline(always)]
fn in_place<const N: usize, const I: usize, const W: usize, T: Copy + Default>(
    pixels: &mut [T],
    batch: &mut Batch<'_, I, W>,
    set: impl Fn(&[T], usize, &mut Batch<'_, I, W>),
    weigh: impl Fn(&Batch<'_, I, W>, usize, &mut [T]),
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

macro_rules! columns {
    ($name:ident, $level:ident, $sample:ty, $float:ident, $two:ident, $lo:ident, $hi:ident, $shuffle:ident) => {
        kernel!(
            #[inline(always)]
            fn $name(t: $level, pixels: &[$sample]) -> [$float<$level>; 3] {
                let (a, b, c, d) = (
                    $two!(t, pixels, 0),
                    $two!(t, pixels, 8),
                    $two!(t, pixels, 16),
                    $two!(t, pixels, 24),
                );
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
macro_rules! floats_avx2 {
    ($t:ident, $p:ident, $at:literal) => {
        f32x8::from_slice($t, &$p[$at..$at + 8]).into()
    };
}

macro_rules! floats_avx512 {
    ($t:ident, $p:ident, $at:literal) => {{
        let low = f32x8::from_slice($t, &$p[$at..$at + 8]).into();
        let high = f32x8::from_slice($t, &$p[$at + 32..$at + 40]).into();
        _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high)
    }};
}

macro_rules! halves_avx2 {
    ($t:ident, $p:ident, $at:literal) => {
        _mm256_cvtph_ps(u16x8::from_slice($t, &$p[$at..$at + 8]).into())
    };
}

macro_rules! halves_avx512 {
    ($t:ident, $p:ident, $at:literal) => {{
        let low = u16x8::from_slice($t, &$p[$at..$at + 8]).into();
        let high = u16x8::from_slice($t, &$p[$at + 32..$at + 40]).into();
        _mm512_cvtph_ps(_mm256_set_m128i(high, low))
    }};
}

columns!(
    floats_avx2,
    Avx2,
    f32,
    f32x8,
    floats_avx2,
    _mm256_unpacklo_ps,
    _mm256_unpackhi_ps,
    _mm256_shuffle_ps
);
columns!(
    floats_avx512,
    Avx512,
    f32,
    f32x16,
    floats_avx512,
    _mm512_unpacklo_ps,
    _mm512_unpackhi_ps,
    _mm512_shuffle_ps
);
columns!(
    halves_avx2,
    Avx2,
    u16,
    f32x8,
    halves_avx2,
    _mm256_unpacklo_ps,
    _mm256_unpackhi_ps,
    _mm256_shuffle_ps
);
columns!(
    halves_avx512,
    Avx512,
    u16,
    f32x16,
    halves_avx512,
    _mm512_unpacklo_ps,
    _mm512_unpackhi_ps,
    _mm512_shuffle_ps
);

/// What asks for pixels in advance and goes through groups of eight: `$pair!(q, spread)` makes pixels 2q and 2q + 1, `spread`
/// being the permutation that gives each its lane of a vector.
macro_rules! groups {
    ($sample:ty, $pixels:ident, $from:ident, |$p:ident, $at:ident| $each:block) => {
        const LINE: usize = 64 / size_of::<$sample>();
        let mut $at = $from;
        for $p in $pixels.as_chunks_mut::<32>().0 {
            // Two batches on, beyond the end of the block too: what is asked for here is computed after the next batch.
            prefetch($p.as_ptr().wrapping_add(8 * BATCH));
            if LINE < 32 {
                prefetch($p.as_ptr().wrapping_add(8 * BATCH + LINE));
            }
            $each
            $at += 8;
        }
    };
}
pub(super) use groups;

/// Two pixels of weighted floats to where they came from; alpha stays.
macro_rules! put_floats {
    ($t:ident, $v:expr, $to:expr) => {{
        let to: &mut [f32] = $to;
        let source = f32x8::from_slice($t, to).into();
        let v: f32x8<Avx2> = _mm256_blend_ps::<0x88>($v, source).simd_into($t);
        v.store_slice(to);
    }};
}
pub(super) use put_floats;

/// [`put_floats`] as half floats.
macro_rules! put_halves {
    ($t:ident, $v:expr, $to:expr) => {{
        let to: &mut [u16] = $to;
        let source = u16x8::from_slice($t, to).into();
        let v = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>($v);
        let v: u16x8<Avx2> = _mm_blend_epi16::<0x88>(v, source).simd_into($t);
        v.store_slice(to);
    }};
}
pub(super) use put_halves;
