//! Small stencils over rows of `f32`: a weighted sum of a kw by kh window, as it stands (correlation: the kernel is not flipped).
//!
//! Rows in any range; the caller replicates borders. No weight is skipped, not even 0: NaN and infinities spread to every
//! window that holds them. Taps are summed row by row in two accumulators (even and odd taps), the same way for every
//! column at any position, so results do not depend on how a row is cut.

use fearless_simd::{Simd, prelude::*};

use crate::lane::{self, tap};
use crate::level::simd;

/// `out[x] = sum over (i, j) of kernel[j * kw + i] * src_rows[j][x + i]`.
///
/// # Panics
///
/// If the kernel is not `kw` times the number of rows, or a row holds less than `out.len() + kw - 1` samples.
pub fn convolve_row(src_rows: &[&[f32]], kernel: &[f32], kw: usize, out: &mut [f32]) {
    assert!(kw > 0 && !src_rows.is_empty(), "a kernel has taps");
    assert_eq!(kernel.len(), kw * src_rows.len(), "one weight a tap");
    for row in src_rows {
        assert!(row.len() >= out.len() + kw - 1, "rows cover the window");
    }
    simd!(s => {
        match (kw, src_rows.len()) {
            (3, 3) => fixed::<_, 3, 3>(s, src_rows, kernel, out),
            (5, 5) => fixed::<_, 5, 5>(s, src_rows, kernel, out),
            (3, 1) => fixed::<_, 3, 1>(s, src_rows, kernel, out),
            _ => generic(s, src_rows, kernel, kw, out),
        }
    });
}

/// Width and height known: weights stay in registers where they fit.
#[inline(always)]
fn fixed<S: Simd, const KW: usize, const KH: usize>(
    s: S,
    rows: &[&[f32]],
    kernel: &[f32],
    out: &mut [f32],
) {
    let n = S::f32s::LEN;
    let len = out.len();
    let mut lines: [&[f32]; KH] = [&[]; KH];
    let zero = S::f32s::splat(s, 0.0);
    let mut weights = [[zero; KW]; KH];
    let mut j = 0;
    while j < KH {
        lines[j] = &rows[j][..len + KW - 1];
        let mut i = 0;
        while i < KW {
            weights[j][i] = S::f32s::splat(s, kernel[j * KW + i]);
            i += 1;
        }
        j += 1;
    }
    // Two vectors a step: the sums are chains of dependent multiply-adds.
    let mut x = 0;
    while x + 2 * n <= len {
        let (mut a, mut b) = (zero, zero);
        let (mut c, mut d) = (zero, zero);
        let mut j = 0;
        while j < KH {
            let line = &lines[j][x..x + 2 * n + KW - 1];
            let mut i = 0;
            while i < KW {
                let (t, w) = (j * KW + i, weights[j][i]);
                tap!(a, b, t, S::f32s::from_slice(s, &line[i..i + n]), w);
                tap!(c, d, t, S::f32s::from_slice(s, &line[i + n..i + 2 * n]), w);
                i += 1;
            }
            j += 1;
        }
        let (p, q) = if KW * KH > 1 { (a + b, c + d) } else { (a, c) };
        p.store_slice(&mut out[x..x + n]);
        q.store_slice(&mut out[x + n..x + 2 * n]);
        x += 2 * n;
    }
    while x < len {
        let end = (x + n).min(len);
        let (mut a, mut b) = (zero, zero);
        let mut j = 0;
        while j < KH {
            let mut i = 0;
            while i < KW {
                let v = lane::load(s, &lines[j][x + i..end + i]);
                tap!(a, b, j * KW + i, v, weights[j][i]);
                i += 1;
            }
            j += 1;
        }
        let v = if KW * KH > 1 { a + b } else { a };
        lane::store::<S>(v, &mut out[x..end]);
        x += n;
    }
}

/// Any size.
#[inline(always)]
fn generic<S: Simd>(s: S, rows: &[&[f32]], kernel: &[f32], kw: usize, out: &mut [f32]) {
    let n = S::f32s::LEN;
    let len = out.len();
    let mut x = 0;
    while x < len {
        let last = (x + n).min(len);
        let zero = S::f32s::splat(s, 0.0);
        let (mut a, mut b) = (zero, zero);
        let mut t = 0;
        let mut j = 0;
        while j < rows.len() {
            let mut i = 0;
            while i < kw {
                let v = lane::load(s, &rows[j][x + i..last + i]);
                let w = S::f32s::splat(s, kernel[t]);
                tap!(a, b, t, v, w);
                t += 1;
                i += 1;
            }
            j += 1;
        }
        let v = if t > 1 { a + b } else { a };
        lane::store::<S>(v, &mut out[x..]);
        x += n;
    }
}
