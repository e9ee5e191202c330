//! The horizontal pass: tables for groups of 16 output columns, run over the rows of a cell.
//!
//! Two forms with the same bits: on AVX-512, where a group's taps lie within 32 input samples (downscaling by at most about
//! 0.6 with 7 taps, any upscaling), two registers hold them and one two-register permute a tap fetches 16 of them; elsewhere
//! a transposition of the rows, so that a tap is one load for as many rows as there are lanes. Built once a plan or a cell:
//! 4 * (taps + 1) bytes an output column. Cells of 256 to 512 columns and 16 to 64 rows keep the work in the caches.

use std::ops::Range;

use super::{Taps, transposed};
#[cfg(target_arch = "x86_64")]
use crate::level::Level;
use crate::level::{level, simd};

/// Output columns a group.
pub(super) const GROUP: usize = 16;

/// The horizontal pass for a range of output columns.
///
/// ```
/// use vfx_kernel::resample::{Horizontal, Taps};
///
/// // Halve a row of four: each output is the mean of two inputs.
/// let taps = Taps { taps: 2, start: vec![0, 2], weights: vec![0.5; 4] };
/// let mut out = [0.0; 2];
/// Horizontal::new(&taps, 0..2, 0).run(&[1.0, 3.0, 5.0, 7.0], 4, 1, &mut out, 2, 0..2);
/// assert_eq!(out, [2.0, 6.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Horizontal {
    pub(super) taps: usize,
    /// Output columns of the table.
    columns: Range<usize>,
    /// Input column of the first sample of every source row.
    in_base: i32,
    /// First input column, one an output column; the last group is filled up with the last column's.
    pub(super) start: Vec<i32>,
    /// Group by group, tap by tap, 16 columns.
    pub(super) weights: Vec<f32>,
    /// Lowest start of a group, and whether all its taps lie within 32 columns of it.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "read by AVX forms")
    )]
    pub(super) groups: Vec<(i32, bool)>,
}

/// What one call computes: the rows of a cell, in and out.
pub(super) struct Cell<'a> {
    pub src: &'a [f32],
    pub src_stride: usize,
    /// Input column of `src[0]`.
    pub in_base: i32,
    pub rows: usize,
    pub out: &'a mut [f32],
    pub out_stride: usize,
    /// Columns, counted from the table's first one.
    pub columns: Range<usize>,
}

impl Horizontal {
    /// The tables for output columns `out_range`; `in_base` is the input column of the first sample of each source row.
    ///
    /// # Panics
    ///
    /// If `out_range` leaves the taps, or there are no taps.
    pub fn new(taps: &Taps, out_range: Range<usize>, in_base: i32) -> Self {
        assert!(taps.taps > 0, "a sum has taps");
        assert_eq!(
            taps.weights.len(),
            taps.taps * taps.len(),
            "one weight a tap"
        );
        let n = taps.taps;
        let starts = &taps.start[out_range.clone()];
        let padded = starts.len().next_multiple_of(GROUP);
        let mut start = starts.to_vec();
        start.resize(padded, starts.last().copied().unwrap_or(0));
        let mut weights = vec![0.0; padded * n];
        for (i, x) in out_range.clone().enumerate() {
            let (group, lane) = (i / GROUP, i % GROUP);
            for (t, w) in taps.weights_of(x).iter().enumerate() {
                weights[(group * n + t) * GROUP + lane] = *w;
            }
        }
        let groups = start
            .chunks_exact(GROUP)
            .map(|g| {
                let lo = g.iter().copied().min().unwrap_or(0);
                let hi = g.iter().copied().max().unwrap_or(0);
                (lo, (hi - lo) as usize + n <= 2 * GROUP)
            })
            .collect();
        Self {
            taps: n,
            columns: out_range,
            in_base,
            start,
            weights,
            groups,
        }
    }

    /// The output columns of these tables.
    pub fn columns(&self) -> Range<usize> {
        self.columns.clone()
    }

    /// Rows of a cell: row `r` is read from `src[r * src_stride..]`, whose first sample is input column `in_base` of
    /// [`Horizontal::new`], and `columns` (a part of the tables' range) of it are written to `out[r * out_stride..]`.
    ///
    /// Source rows need to hold the taps of the columns asked for, no padding beyond.
    ///
    /// # Panics
    ///
    /// If `columns` leaves the tables, or source or output are too short.
    pub fn run(
        &self,
        src: &[f32],
        src_stride: usize,
        rows: usize,
        out: &mut [f32],
        out_stride: usize,
        columns: Range<usize>,
    ) {
        self.run_at(
            self.in_base,
            src,
            src_stride,
            rows,
            out,
            out_stride,
            columns,
        );
    }

    /// As [`Horizontal::run`], with the input column of `src[0]` given: one table for all cells of an image.
    ///
    /// # Panics
    ///
    /// As [`Horizontal::run`].
    #[allow(
        clippy::too_many_arguments,
        reason = "two strided blocks and a range are what a pass over a cell is"
    )]
    pub fn run_at(
        &self,
        in_base: i32,
        src: &[f32],
        src_stride: usize,
        rows: usize,
        out: &mut [f32],
        out_stride: usize,
        columns: Range<usize>,
    ) {
        assert!(
            columns.start >= self.columns.start && columns.end <= self.columns.end,
            "columns {columns:?} lie in the tables' {:?}",
            self.columns
        );
        if rows == 0 || columns.is_empty() {
            return;
        }
        let first = self.columns.start;
        let columns = columns.start - first..columns.end - first;
        let starts = &self.start[columns.clone()];
        let lo = starts.iter().copied().min().unwrap_or(0);
        let hi = starts.iter().copied().max().unwrap_or(0) + self.taps as i32;
        assert!(lo >= in_base, "source rows hold the first tap");
        let last_row = (rows - 1) * src_stride;
        assert!(
            src.len() >= last_row + (hi - in_base) as usize,
            "source rows hold the last tap"
        );
        assert!(
            out.len() >= (rows - 1) * out_stride + columns.len(),
            "output rows hold the columns"
        );
        let mut cell = Cell {
            src,
            src_stride,
            in_base,
            rows,
            out,
            out_stride,
            columns,
        };
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(t) => super::permute::run(t, self, &mut cell),
            _ => {
                let columns = cell.columns.clone();
                simd!(s => transposed::run(s, self, &mut cell, columns));
            }
        }
    }
}
