//! Curves after curves on each channel: what tone and RGB curve gradings compile to.
//!
//! A stage is a piecewise quadratic or its inverse, or the rising white end of a tone grading with its quadratic
//! extrapolation. Linear gradings run between lin-to-log and back. Separable; NaN stays NaN.

use vfx_kernel::Math;

use super::lin_log::{lin_to_log, log_to_lin};
use super::pieces::Pieces;
use crate::program::Formula;

/// The largest half float, above which tone gradings do not go.
const HALF_MAX: f32 = 65504.0;

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Curve(Pieces),
    /// Below `brk` the curve, above it `y + d (b + a d)` with `d = x - brk`, or the inverse of that.
    White {
        curve: Pieces,
        brk: f32,
        y: f32,
        b: f32,
        a: f32,
        inverse: bool,
    },
}

impl Stage {
    #[inline(always)]
    fn at<M: Math>(&self, m: M, x: M::F) -> M::F {
        match self {
            Self::Curve(curve) => curve.at(m, x),
            Self::White {
                curve,
                brk,
                y,
                b,
                a,
                inverse,
            } => {
                let below = curve.at(m, x);
                let d = m.sub(x, m.k(*brk));
                let above = if *inverse {
                    let root = m.fma(d, m.k(4.0 * a), m.k(b * b));
                    let den = m.add(m.sqrt(m.max(root, m.k(0.0))), m.k(*b));
                    m.div(m.add(d, d), den)
                } else {
                    m.mul(m.fma(d, m.k(*a), m.k(*b)), d)
                };
                m.select(m.lt(x, m.k(*brk)), below, m.add(above, m.k(*y)))
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub name: &'static str,
    pub channels: [Vec<Stage>; 3],
    pub lin_log: bool,
    /// Never above the largest half float.
    pub limit: bool,
}

impl Chain {
    #[inline(always)]
    fn channel<M: Math>(&self, m: M, mut x: M::F, i: usize) -> M::F {
        if self.lin_log {
            x = lin_to_log(m, x);
        }
        let stages = &self.channels[i];
        let mut n = 0;
        while n < stages.len() {
            x = stages[n].at(m, x);
            n += 1;
        }
        if self.lin_log {
            x = log_to_lin(m, x);
        }
        if self.limit {
            let max = m.k(HALF_MAX);
            x = m.select(m.gt(x, max), max, x);
        }
        x
    }
}

impl Formula for Chain {
    fn name(&self) -> &'static str {
        self.name
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            self.channel(m, c[0], 0),
            self.channel(m, c[1], 1),
            self.channel(m, c[2], 2),
        ]
    }
    fn separable(&self) -> bool {
        true
    }
    fn tolerance(&self) -> f64 {
        // Inverses divide by slopes down to 0.01.
        1e-5
    }
}
