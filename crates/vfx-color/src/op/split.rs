//! Operations that are separable but for a saturation at their end, taken apart: what comes before it can be a table of codes.

use super::cdl::LUMA;
use super::{Cdl, CdlStyle, Direction, GradingPrimary, Matrix, Op, Range};

/// The separable part of `op` and the matrix and clamp after it; `None` if it has no such form. Apart they round a little
/// differently, and infinities spread by the matrix.
pub(crate) fn split(op: &Op) -> Option<Vec<Op>> {
    match op {
        Op::Cdl(o) if o.direction == Direction::Forward && o.saturation != 1.0 => {
            let first = Cdl {
                saturation: 1.0,
                ..o.clone()
            };
            let clamp = (o.style == CdlStyle::Asc).then_some((0.0, 1.0));
            Some(parts(Op::Cdl(first), o.saturation, clamp))
        }
        Op::GradingPrimary(o)
            if o.direction == Direction::Forward && o.saturation != 1.0 && !o.dynamic =>
        {
            let clamp = match (o.clamp_black, o.clamp_white) {
                (None, None) => None,
                (Some(black), Some(white)) => Some((black, white)),
                // A clamp to one side gives NaN another end.
                _ => return None,
            };
            let first = GradingPrimary {
                saturation: 1.0,
                clamp_black: None,
                clamp_white: None,
                ..o.clone()
            };
            Some(parts(Op::GradingPrimary(first), o.saturation, clamp))
        }
        _ => None,
    }
}

fn parts(first: Op, saturation: f64, clamp: Option<(f64, f64)>) -> Vec<Op> {
    let luma = LUMA.map(f64::from);
    let row = |r: usize| {
        let mut out = luma.map(|w| w * (1.0 - saturation));
        out[r] += saturation;
        out
    };
    let mut ops = vec![first, Matrix::rgb([row(0), row(1), row(2)]).into()];
    if let Some((low, high)) = clamp {
        ops.push(Op::Range(Range::clamp_to(Some(low), Some(high))));
    }
    ops
}
