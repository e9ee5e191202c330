//! Pixels out of the cells of a 3D table, interpolated along its three axes.
//!
//! Two entries along red are neighbours in memory and are loaded as one register: blue and green are interpolated for both at
//! once, red last, for two pixels at once. AVX2 and above; other levels have the planar form.

use half::f16;

use crate::math::Math;

/// Which cell of a table a pixel lies in, and where.
pub trait InCell {
    /// Index of the row with the lowest coordinates (an integer in a float), and the position 0..1 in the cell along red,
    /// green and blue; must be `#[inline(always)]`.
    fn cell<M: Math>(&self, m: M, c: [M::F; 3]) -> (M::F, [M::F; 3]);
}

/// Interleaved pixels through a table of `edge`³ rows, in place; alpha stays. `false` where the level has no fast form
/// (nothing is changed then). Indices outside the table read its last cell.
///
/// # Panics
///
/// If the length is no multiple of 4 or the table is no cube of 2 or more.
pub fn trilinear_rgba<C: InCell>(
    op: &C,
    edge: usize,
    rows: &[[f32; 4]],
    pixels: &mut [f32],
) -> bool {
    assert!(edge >= 2 && rows.len() == edge.pow(3), "a cube");
    #[cfg(target_arch = "x86_64")]
    return wide::by_cells(op, edge, rows, pixels, wide::weigh_floats);
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (op, pixels);
        false
    }
}

/// [`trilinear_rgba`] of half floats, converted as they are read and written; alpha keeps its bits.
///
/// # Panics
///
/// As [`trilinear_rgba`].
pub fn trilinear_halves<C: InCell>(
    op: &C,
    edge: usize,
    rows: &[[f32; 4]],
    pixels: &mut [f16],
) -> bool {
    assert!(edge >= 2 && rows.len() == edge.pow(3), "a cube");
    #[cfg(target_arch = "x86_64")]
    {
        let words: &mut [u16] = bytemuck::cast_slice_mut(pixels);
        wide::by_cells(op, edge, rows, words, wide::weigh_halves)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (op, pixels);
        false
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    #![allow(
        unsafe_code,
        reason = "rows of cells whose indices were bounded as a vector"
    )]

    use std::arch::x86_64::{
        _MM_FROUND_TO_NEAREST_INT, _mm_blend_epi16, _mm256_blend_ps, _mm256_cvtps_ph,
        _mm256_fmadd_ps, _mm256_permute_ps, _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_sub_ps,
    };

    use fearless_simd::{Simd, f32x8, kernel, prelude::*, u16x8, x86::Avx2};

    use super::super::batch::{
        BATCH, Batch, Find, Sample, by_rows, groups, put_floats, put_halves,
    };
    use super::InCell;
    use crate::math::Lanes;
    use crate::prefetch::prefetch;

    type Cell<'a> = Batch<'a, 1, 3>;

    struct CellOf<'a, C>(&'a C);

    impl<C: InCell> Find<1, 3> for CellOf<'_, C> {
        #[inline(always)]
        fn find<S: Simd>(&self, m: Lanes<S>, c: [S::f32s; 3]) -> ([S::f32s; 1], [S::f32s; 3]) {
            let (row, at) = self.0.cell(m, c);
            ([row], at)
        }
    }

    /// Rows from the first of a cell to the last but one: those of the four edges along red.
    pub struct Steps([usize; 4]);

    impl Steps {
        fn new(edge: usize) -> Self {
            Self([0, edge, edge * edge, edge * edge + edge])
        }

        /// Rows that a cell takes of the table.
        fn reach(&self) -> usize {
            self.0[3] + 2
        }
    }

    pub fn by_cells<C: InCell, T: Sample>(
        op: &C,
        edge: usize,
        rows: &[[f32; 4]],
        pixels: &mut [T],
        weigh: impl Fn(Avx2, &Cell<'_>, &Steps, usize, &mut [T]),
    ) -> bool {
        let steps = Steps::new(edge);
        let batch = &mut Batch::new(rows, steps.reach());
        by_rows(&CellOf(op), batch, pixels, |t, batch, from, p| {
            weigh(t, batch, &steps, from, p);
        })
    }

    macro_rules! weigh {
        ($(#[$doc:meta])* $name:ident, $sample:ty, $put:ident) => {
            kernel!(
                $(#[$doc])*
                pub fn $name(t: Avx2, batch: &Cell<'_>, steps: &Steps, from: usize, pixels: &mut [$sample]) {
                    assert!(steps.reach() <= batch.reach(), "cells of this table");
                    let [s0, s1, s2, s3] = steps.0;
                    groups!($sample, pixels, from, |p, at| {
                        let i: &[u32; 8] = batch.at[0][at..].first_chunk().expect("a whole group");
                        let y: &[f32; 8] = batch.weights[1][at..].first_chunk().expect("a whole group");
                        let z: &[f32; 8] = batch.weights[2][at..].first_chunk().expect("a whole group");
                        let x = f32x8::from_slice(t, &batch.weights[0][at..at + 8]).into();
                        macro_rules! edges {
                            ($lane:expr) => {{
                                let y = _mm256_set1_ps(y[$lane]);
                                // SAFETY: all steps lie two rows inside the reach.
                                let row = |on| unsafe { batch.pair(t, i[$lane], on) };
                                let (a, b, c, d) = (row(s0), row(s1), row(s2), row(s3));
                                let a = _mm256_fmadd_ps(_mm256_sub_ps(b, a), y, a);
                                let c = _mm256_fmadd_ps(_mm256_sub_ps(d, c), y, c);
                                _mm256_fmadd_ps(_mm256_sub_ps(c, a), _mm256_set1_ps(z[$lane]), a)
                            }};
                        }
                        macro_rules! pair {
                            ($q:literal, $spread:literal) => {{
                                let (p0, p1) = (edges!($q), edges!($q + 4));
                                let low = _mm256_permute2f128_ps::<0x20>(p0, p1);
                                let high = _mm256_permute2f128_ps::<0x31>(p0, p1);
                                let x = _mm256_permute_ps::<$spread>(x);
                                let v = _mm256_fmadd_ps(_mm256_sub_ps(high, low), x, low);
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
