//! The horizontal pass on AVX-512: 32 input samples in two registers, one two-register permute a tap.
//!
//! Groups outside, rows inside: indices and weights of up to 12 taps stay in registers, a row is two loads, a permute and a
//! multiply-add a tap, and a store. Groups that reach further than 32 columns take the transposed form.

use std::arch::x86_64::_mm512_permutex2var_ps;

use fearless_simd::{f32x16, i32x16, kernel, prelude::*, x86::Avx512};

use super::horizontal::{Cell, GROUP, Horizontal};
use super::transposed;
use crate::lane::tap;

kernel!(
    #[inline(always)]
    fn permute(
        t: Avx512,
        a: f32x16<Avx512>,
        b: f32x16<Avx512>,
        i: i32x16<Avx512>,
    ) -> f32x16<Avx512> {
        _mm512_permutex2var_ps(a.into(), i.into(), b.into()).simd_into(t)
    }
);

kernel!(
    fn groups(t: Avx512, table: &Horizontal, cell: &mut Cell<'_>) {
        let columns = cell.columns.clone();
        let mut from = columns.start;
        while from < columns.end {
            let group = from / GROUP;
            let mut to = ((group + 1) * GROUP).min(columns.end);
            if table.groups[group].1 {
                match table.taps {
                    1 => fixed::<1>(t, table, cell, from, to),
                    2 => fixed::<2>(t, table, cell, from, to),
                    3 => fixed::<3>(t, table, cell, from, to),
                    4 => fixed::<4>(t, table, cell, from, to),
                    5 => fixed::<5>(t, table, cell, from, to),
                    6 => fixed::<6>(t, table, cell, from, to),
                    7 => fixed::<7>(t, table, cell, from, to),
                    8 => fixed::<8>(t, table, cell, from, to),
                    9 => fixed::<9>(t, table, cell, from, to),
                    10 => fixed::<10>(t, table, cell, from, to),
                    11 => fixed::<11>(t, table, cell, from, to),
                    12 => fixed::<12>(t, table, cell, from, to),
                    _ => generic(t, table, cell, from, to),
                }
            } else {
                // Neighbouring groups that reach as far share the transposition.
                while to < columns.end && !table.groups[to / GROUP].1 {
                    to = (to + GROUP).min(columns.end);
                }
                transposed::run(t, table, cell, from..to);
            }
            from = to;
        }
    }
);

/// All columns of the cell.
pub(super) fn run(t: Avx512, table: &Horizontal, cell: &mut Cell<'_>) {
    groups(t, table, cell);
}

/// Lane indices of tap 0.
#[inline(always)]
fn lanes(t: Avx512, table: &Horizontal, group: usize) -> i32x16<Avx512> {
    let base = table.groups[group].0;
    i32x16::from_slice(t, &table.start[group * GROUP..(group + 1) * GROUP]) - base
}

/// The 32 input samples of a row; 0 where the source does not hold them, which no column asked for reads.
#[inline(always)]
fn window(t: Avx512, src: &[f32], at: isize) -> (f32x16<Avx512>, f32x16<Avx512>) {
    if at >= 0 && at as usize + 2 * GROUP <= src.len() {
        let p = &src[at as usize..at as usize + 2 * GROUP];
        return (
            f32x16::from_slice(t, &p[..GROUP]),
            f32x16::from_slice(t, &p[GROUP..]),
        );
    }
    let mut block = [0.0f32; 2 * GROUP];
    let lo = at.max(0) as usize;
    let hi = (at + 2 * GROUP as isize).clamp(0, src.len() as isize) as usize;
    if lo < hi {
        let skip = (lo as isize - at) as usize;
        block[skip..skip + hi - lo].copy_from_slice(&src[lo..hi]);
    }
    (
        f32x16::from_slice(t, &block[..GROUP]),
        f32x16::from_slice(t, &block[GROUP..]),
    )
}

/// Stores columns `from..to` of a group.
#[inline(always)]
fn store(v: f32x16<Avx512>, cell: &mut Cell<'_>, row: usize, from: usize, to: usize) {
    let at = row * cell.out_stride + from - cell.columns.start;
    if to - from == GROUP {
        v.store_slice(&mut cell.out[at..at + GROUP]);
    } else {
        let skip = from % GROUP;
        cell.out[at..at + to - from].copy_from_slice(&v.as_slice()[skip..skip + to - from]);
    }
}

#[inline(always)]
fn fixed<const N: usize>(
    t: Avx512,
    table: &Horizontal,
    cell: &mut Cell<'_>,
    from: usize,
    to: usize,
) {
    let group = from / GROUP;
    let first = lanes(t, table, group);
    let mut ix = [first; N];
    let mut w = [f32x16::splat(t, 0.0); N];
    let weights = &table.weights[group * N * GROUP..(group + 1) * N * GROUP];
    let mut k = 0;
    while k < N {
        ix[k] = first + k as i32;
        w[k] = f32x16::from_slice(t, &weights[k * GROUP..(k + 1) * GROUP]);
        k += 1;
    }
    let at = (table.groups[group].0 - cell.in_base) as isize;
    let mut row = 0;
    while row < cell.rows {
        let (x, y) = window(t, cell.src, at + (row * cell.src_stride) as isize);
        let mut a = f32x16::splat(t, 0.0);
        let mut b = a;
        k = 0;
        while k < N {
            tap!(a, b, k, permute(t, x, y, ix[k]), w[k]);
            k += 1;
        }
        store(if N > 1 { a + b } else { a }, cell, row, from, to);
        row += 1;
    }
}

#[inline(always)]
fn generic(t: Avx512, table: &Horizontal, cell: &mut Cell<'_>, from: usize, to: usize) {
    let group = from / GROUP;
    let n = table.taps;
    let first = lanes(t, table, group);
    let weights = &table.weights[group * n * GROUP..(group + 1) * n * GROUP];
    let at = (table.groups[group].0 - cell.in_base) as isize;
    let mut row = 0;
    while row < cell.rows {
        let (x, y) = window(t, cell.src, at + (row * cell.src_stride) as isize);
        let mut a = f32x16::splat(t, 0.0);
        let mut b = a;
        let mut k = 0;
        while k < n {
            let w = f32x16::from_slice(t, &weights[k * GROUP..(k + 1) * GROUP]);
            tap!(a, b, k, permute(t, x, y, first + k as i32), w);
            k += 1;
        }
        store(a + b, cell, row, from, to);
        row += 1;
    }
}
