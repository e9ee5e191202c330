//! Block smoothing (after T.81 K.8, with libjpeg-turbo's 5x5 window): missing low AC coefficients of unfinished progressive
//! images are estimated from the DC values around, so that previews show gradients instead of blocks.
//!
//! Weights and rounding are those of libjpeg-turbo 3 (`decompress_smooth_data`), so previews agree with it.

use super::coefficients::{Block, Plane};
use crate::marker::ZIGZAG;

/// Coefficients that smoothing knows: DC and the first nine AC, in zig-zag order.
pub(crate) const SAVED: usize = 10;

/// How exactly each coefficient of a component is known: -1 not at all, else the bits still missing.
pub(crate) type Accuracy = [i8; 64];

type Window = [i32; 25];

/// With some AC known: one-dimensional or small kernels.
const SOME: [Window; 5] = [
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
    [
        0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0,
    ],
    [
        0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0,
    ],
    [
        0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0,
    ],
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
];

/// With DC alone: Gaussian-like kernels for AC01, 10, 20, 11, 02, 03, 12, 21, 30.
const NONE: [Window; 9] = [
    [
        -1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1,
    ],
    [
        -1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1,
    ],
    [
        0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0,
    ],
    [
        -1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1,
    ],
    [
        0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0,
    ],
    [
        0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
    ],
    [
        0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0,
    ],
    [
        0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
    ],
    [
        0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0,
    ],
];

/// DC itself, with DC alone.
const DC: Window = [
    -2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6, -2,
];

/// Whether any component gains, and none forbids it.
pub(crate) fn useful(bits: &[Accuracy], quant: &[[u16; 64]]) -> bool {
    let possible = bits
        .iter()
        .zip(quant)
        .all(|(b, q)| b[0] >= 0 && ZIGZAG[..SAVED].iter().all(|n| q[usize::from(*n)] != 0));
    possible && bits.iter().any(|b| b[1..SAVED].iter().any(|v| *v != 0))
}

/// Row geometry as libjpeg-turbo sees it: the block row's number for edge tests, and how many it counts.
pub(crate) struct Edge {
    pub number: usize,
    pub count: usize,
}

/// Copies block row `y` with its estimates.
pub(crate) fn row(
    plane: &Plane,
    y: usize,
    edge: &Edge,
    width: usize,
    bits: &Accuracy,
    q: &[u16; 64],
    out: &mut Vec<Block>,
) {
    let above = if edge.number > 0 { y - 1 } else { y };
    let above2 = if edge.number > 1 { y - 2 } else { above };
    let below = if edge.number + 1 < edge.count {
        y + 1
    } else {
        y
    };
    let below2 = if edge.number + 2 < edge.count {
        y + 2
    } else {
        below
    };
    let max = plane.rows.len() - 1;
    let rows = [above2, above, y, below, below2].map(|r| r.min(max));
    let only_dc = bits[1..SAVED].iter().all(|b| *b == -1);
    out.clear();
    for x in 0..width {
        let mut block = plane.rows[y].get(x).copied().unwrap_or([0; 64]);
        let mut w: Window = [0; 25];
        for (r, line) in rows.iter().zip(w.chunks_exact_mut(5)) {
            for (d, v) in line.iter_mut().enumerate() {
                let column = (x + d).saturating_sub(2).min(width - 1);
                *v = plane.dc(*r, column);
            }
        }
        estimate(&w, only_dc, bits, q, &mut block);
        out.push(block);
    }
}

fn estimate(w: &Window, only_dc: bool, bits: &Accuracy, q: &[u16; 64], block: &mut Block) {
    let q0 = i64::from(q[0]);
    let sum = |k: &Window| {
        q0 * k
            .iter()
            .zip(w)
            .map(|(a, b)| i64::from(*a) * i64::from(*b))
            .sum::<i64>()
    };
    let kernels: &[Window] = if only_dc { &NONE } else { &SOME };
    for (i, kernel) in kernels.iter().enumerate() {
        let n = i + 1;
        let low = bits[i + 1];
        if low == 0 || block[n] != 0 {
            continue;
        }
        let num = sum(kernel);
        let qn = i64::from(q[usize::from(ZIGZAG[n])]);
        let mut estimate = ((qn << 7) + num.abs()) / (qn << 8);
        if low > 0 && estimate >= 1 << low {
            estimate = (1 << low) - 1;
        }
        block[n] = if num < 0 { -estimate } else { estimate } as i16;
    }
    if only_dc {
        let num = sum(&DC);
        let estimate = ((q0 << 7) + num.abs()) / (q0 << 8);
        block[0] = if num < 0 { -estimate } else { estimate } as i16;
    }
}
