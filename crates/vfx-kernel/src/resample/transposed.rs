//! The horizontal pass for any level and any ratio: rows are transposed, so that lanes are rows.
//!
//! A strip of as many rows as there are lanes is transposed into scratch (input columns by rows); each output column is then
//! one load, broadcast weight and multiply-add a tap, and square tiles of results are transposed back. Missing rows of the
//! last strip are zeros that are never stored. Columns go in runs of 128, so that scratch stays in the first-level cache.

use std::ops::Range;

use fearless_simd::{Simd, prelude::*};

use super::horizontal::{Cell, GROUP, Horizontal};
use crate::lane::{self, MAX_LANES};

/// Output columns a run.
const RUN: usize = 128;

/// Computes `columns` (counted as in the cell) of every row of the cell.
#[inline(always)]
pub(super) fn run<S: Simd>(s: S, table: &Horizontal, cell: &mut Cell<'_>, columns: Range<usize>) {
    let n = S::f32s::LEN;
    let mut scratch: Vec<f32> = Vec::new();
    let mut from = columns.start;
    while from < columns.end {
        let to = (from + RUN).min(columns.end);
        let mut lo = i32::MAX;
        let mut hi = i32::MIN;
        let mut x = from;
        while x < to {
            lo = lo.min(table.start[x]);
            hi = hi.max(table.start[x]);
            x += 1;
        }
        let reach = (hi - lo) as usize + table.taps;
        let padded = reach.next_multiple_of(n);
        if scratch.len() < padded * n {
            scratch.resize(padded * n, 0.0);
        }
        let mut row = 0;
        while row < cell.rows {
            gather(
                s,
                cell,
                row,
                (lo - cell.in_base) as usize,
                reach,
                &mut scratch,
            );
            x = from;
            while x < to {
                tile(s, table, cell, row, x..(x + n).min(to), lo, &scratch);
                x += n;
            }
            row += n;
        }
        from = to;
    }
}

/// Transposes `reach` columns of the rows from `row` on into scratch.
#[inline(always)]
fn gather<S: Simd>(
    s: S,
    cell: &Cell<'_>,
    row: usize,
    at: usize,
    reach: usize,
    scratch: &mut [f32],
) {
    let n = S::f32s::LEN;
    let zero = S::f32s::splat(s, 0.0);
    let mut c = 0;
    while c < reach {
        let width = n.min(reach - c);
        let mut m = [zero; MAX_LANES];
        let mut r = 0;
        while r < n {
            if row + r < cell.rows {
                let from = (row + r) * cell.src_stride + at + c;
                m[r] = lane::load(s, &cell.src[from..from + width]);
            }
            r += 1;
        }
        transpose::<S>(&mut m);
        r = 0;
        while r < n {
            m[r].store_slice(&mut scratch[(c + r) * n..(c + r + 1) * n]);
            r += 1;
        }
        c += n;
    }
}

/// Up to LEN output columns of LEN rows.
#[inline(always)]
fn tile<S: Simd>(
    s: S,
    table: &Horizontal,
    cell: &mut Cell<'_>,
    row: usize,
    columns: Range<usize>,
    lo: i32,
    scratch: &[f32],
) {
    let n = S::f32s::LEN;
    let taps = table.taps;
    let zero = S::f32s::splat(s, 0.0);
    let mut m = [zero; MAX_LANES];
    let mut j = 0;
    while j < columns.len() {
        let x = columns.start + j;
        let w = &table.weights[x / GROUP * taps * GROUP + x % GROUP..];
        let from = (table.start[x] - lo) as usize * n;
        let lines = &scratch[from..from + taps * n];
        // Peeled by hand: even taps in a, odd ones in b.
        let mut a = S::f32s::from_slice(s, &lines[..n]) * S::f32s::splat(s, w[0]);
        if taps > 1 {
            let mut b = S::f32s::from_slice(s, &lines[n..2 * n]) * S::f32s::splat(s, w[GROUP]);
            let mut t = 2;
            while t + 1 < taps {
                let pair = &lines[t * n..(t + 2) * n];
                let even = S::f32s::splat(s, w[t * GROUP]);
                let odd = S::f32s::splat(s, w[(t + 1) * GROUP]);
                a = S::f32s::from_slice(s, &pair[..n]).mul_add(even, a);
                b = S::f32s::from_slice(s, &pair[n..]).mul_add(odd, b);
                t += 2;
            }
            if t < taps {
                let last = S::f32s::splat(s, w[t * GROUP]);
                a = S::f32s::from_slice(s, &lines[t * n..(t + 1) * n]).mul_add(last, a);
            }
            a += b;
        }
        m[j] = a;
        j += 1;
    }
    transpose::<S>(&mut m);
    let mut r = 0;
    while r < n {
        if row + r < cell.rows {
            let to = (row + r) * cell.out_stride + columns.start - cell.columns.start;
            lane::store::<S>(m[r], &mut cell.out[to..to + columns.len()]);
        }
        r += 1;
    }
}

/// Transposes the square of the first LEN vectors.
#[inline(always)]
fn transpose<S: Simd>(m: &mut [S::f32s; MAX_LANES]) {
    let n = S::f32s::LEN;
    let mut k = n;
    while k > 1 {
        let c = *m;
        let mut i = 0;
        while i < n / 2 {
            m[2 * i] = c[i].zip_low(c[i + n / 2]);
            m[2 * i + 1] = c[i].zip_high(c[i + n / 2]);
            i += 1;
        }
        k /= 2;
    }
}
