//! RGB curves: red, green and blue each, then a master curve on all three; backwards in the inverse.
//!
//! Linear style runs on log2 of the value over 0.18 unless told to bypass that. Curves that change nothing are left out.

use super::curve_chain::{Chain, Stage};
use super::{Direction, GradingRgbCurve, GradingStyle, SplineCurve, SplineType};
use crate::ColorError;
use crate::program::Kernel;

impl GradingRgbCurve {
    /// The neutral curves of a style.
    pub fn new(style: GradingStyle) -> Self {
        let points = if style == GradingStyle::Linear {
            [[-7.0, -7.0], [0.0, 0.0], [7.0, 7.0]]
        } else {
            [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
        };
        Self {
            style,
            curves: std::array::from_fn(|_| SplineCurve::new(SplineType::BSpline, &points)),
            bypass_lin_to_log: false,
            dynamic: false,
            direction: Direction::Forward,
        }
    }

    /// Every curve changes nothing.
    pub fn is_identity(&self) -> bool {
        self.curves.iter().all(SplineCurve::is_identity)
    }
}

pub(crate) fn kernel(o: &GradingRgbCurve) -> Result<Box<dyn Kernel>, ColorError> {
    let inverse = o.direction == Direction::Inverse;
    let mut fits = Vec::with_capacity(4);
    for curve in &o.curves {
        fits.push(curve.fit()?.map(|f| Stage::Curve(f.pieces(inverse))));
    }
    let channel = |i: usize| {
        let mut order = [fits[i].clone(), fits[3].clone()];
        if inverse {
            order.reverse();
        }
        order.into_iter().flatten().collect()
    };
    Ok(Box::new(Chain {
        name: "grading RGB curve",
        channels: [channel(0), channel(1), channel(2)],
        lin_log: o.style == GradingStyle::Linear && !o.bypass_lin_to_log && !o.is_identity(),
        limit: false,
    }))
}
