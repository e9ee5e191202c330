//! The vertical pass: a weighted sum of rows, column by column.
//!
//! Up to 8 taps the count is a constant and the weights stay in registers; beyond, the same sum in a loop. Bound by loads:
//! one a tap. NaN and infinities in a row reach every sample of their column.

use fearless_simd::{Simd, prelude::*};

use crate::lane::{self, tap};
use crate::level::simd;

/// `out[x] = sum over t of weights[t] * src_rows[t][x]`.
///
/// # Panics
///
/// If there are no rows, not one weight a row, or a row is shorter than `out`.
pub fn vertical(src_rows: &[&[f32]], weights: &[f32], out: &mut [f32]) {
    assert!(!src_rows.is_empty(), "a sum has taps");
    assert_eq!(src_rows.len(), weights.len(), "one weight a row");
    for row in src_rows {
        assert!(row.len() >= out.len(), "rows cover the output");
    }
    simd!(s => {
        match src_rows.len() {
            1 => fixed::<_, 1>(s, src_rows, weights, out),
            2 => fixed::<_, 2>(s, src_rows, weights, out),
            3 => fixed::<_, 3>(s, src_rows, weights, out),
            4 => fixed::<_, 4>(s, src_rows, weights, out),
            5 => fixed::<_, 5>(s, src_rows, weights, out),
            6 => fixed::<_, 6>(s, src_rows, weights, out),
            7 => fixed::<_, 7>(s, src_rows, weights, out),
            8 => fixed::<_, 8>(s, src_rows, weights, out),
            _ => generic(s, src_rows, weights, out),
        }
    });
}

#[inline(always)]
fn fixed<S: Simd, const N: usize>(s: S, rows: &[&[f32]], weights: &[f32], out: &mut [f32]) {
    let n = S::f32s::LEN;
    let len = out.len();
    let zero = S::f32s::splat(s, 0.0);
    let mut lines: [&[f32]; N] = [&[]; N];
    let mut w = [zero; N];
    let mut t = 0;
    while t < N {
        lines[t] = &rows[t][..len];
        w[t] = S::f32s::splat(s, weights[t]);
        t += 1;
    }
    let mut x = 0;
    while x + 2 * n <= len {
        let (mut a, mut b) = (zero, zero);
        let (mut c, mut d) = (zero, zero);
        t = 0;
        while t < N {
            let line = &lines[t][x..x + 2 * n];
            tap!(a, b, t, S::f32s::from_slice(s, &line[..n]), w[t]);
            tap!(c, d, t, S::f32s::from_slice(s, &line[n..]), w[t]);
            t += 1;
        }
        let (p, q) = if N > 1 { (a + b, c + d) } else { (a, c) };
        p.store_slice(&mut out[x..x + n]);
        q.store_slice(&mut out[x + n..x + 2 * n]);
        x += 2 * n;
    }
    while x < len {
        let end = (x + n).min(len);
        let (mut a, mut b) = (zero, zero);
        t = 0;
        while t < N {
            let v = lane::load(s, &lines[t][x..end]);
            tap!(a, b, t, v, w[t]);
            t += 1;
        }
        let v = if N > 1 { a + b } else { a };
        lane::store::<S>(v, &mut out[x..end]);
        x += n;
    }
}

#[inline(always)]
fn generic<S: Simd>(s: S, rows: &[&[f32]], weights: &[f32], out: &mut [f32]) {
    let n = S::f32s::LEN;
    let len = out.len();
    let zero = S::f32s::splat(s, 0.0);
    let mut x = 0;
    while x < len {
        let end = (x + n).min(len);
        let (mut a, mut b) = (zero, zero);
        let mut t = 0;
        while t < rows.len() {
            let v = lane::load(s, &rows[t][x..end]);
            let w = S::f32s::splat(s, weights[t]);
            tap!(a, b, t, v, w);
            t += 1;
        }
        let v = if rows.len() > 1 { a + b } else { a };
        lane::store::<S>(v, &mut out[x..end]);
        x += n;
    }
}
