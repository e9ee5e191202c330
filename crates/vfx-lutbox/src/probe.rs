//! Which axis order a LUT came in, judged by how its channels follow its axes.
//!
//! In an identity-like LUT red rises along the red axis. For both orders the gain of red along the assumed red axis and of blue along
//! the assumed blue axis is summed; the cross terms (red along blue) are the evidence for the other order.

use crate::{AxisOrder, Cube};

/// What [`detect`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The likelier order.
    pub order: AxisOrder,
    /// 0 (no evidence) to 1 (an identity).
    pub confidence: f64,
}

/// Judges the order of `entries` as they lay on the wire; `cube` carries the order that was assumed.
pub fn detect(cube: &Cube) -> Verdict {
    let n = cube.edge();
    let last = n - 1;
    let mut gain = [[0.0f64; 2]; 2];
    for i in 0..n {
        for j in 0..n {
            // Along red at (g, b) = (i, j), then along blue at (r, g) = (i, j).
            let (r0, r1) = (cube.at(0, i, j), cube.at(last, i, j));
            let (b0, b1) = (cube.at(i, j, 0), cube.at(i, j, last));
            for (axis, (a, z)) in [(r0, r1), (b0, b1)].into_iter().enumerate() {
                // Clamped, so that one wild entry does not decide.
                gain[axis][0] += f64::from((z[0] - a[0]).clamp(-1.0, 1.0));
                gain[axis][1] += f64::from((z[2] - a[2]).clamp(-1.0, 1.0));
            }
        }
    }
    let same = gain[0][0] + gain[1][1];
    let crossed = gain[0][1] + gain[1][0];
    let other = match cube.order() {
        AxisOrder::BlueFastest => AxisOrder::RedFastest,
        AxisOrder::RedFastest => AxisOrder::BlueFastest,
    };
    let total = same.abs() + crossed.abs();
    Verdict {
        order: if same >= crossed { cube.order() } else { other },
        confidence: if total > 0.0 {
            (same - crossed).abs() / total
        } else {
            0.0
        },
    }
}
