//! Algebra on lists of operations: fewer operations with the same result, before anything is compiled.
//!
//! Works on data only. [`Optimization::Lossless`] removes what changes nothing, pairs that undo each other, and folds
//! neighbours that are exactly one operation (matrices, ranges, exponents). What a pair clamps is kept as a range.
//! Dynamic operations are never touched. Rules are those of OpenColorIO's flags IDENTITY, PAIR_IDENTITY_*, COMP_EXPONENT,
//! COMP_GAMMA, COMP_MATRIX, COMP_RANGE and SIMPLIFY_OPS; COMP_LUT1D and COMP_LUT3D, which are not exact, by their flags alone.
//! Tabulation happens after compiling, in `program::cells`.

mod flags;

use std::sync::Arc;

use crate::Op;
use crate::op::{Cdl, CdlStyle, Direction, GradingStyle, Matrix, NegativeStyle, Range};
use crate::program::Optimization;

pub use flags::{FLAGS, Flags};

/// The list, simplified.
pub fn optimize(ops: Vec<Op>, optimization: Optimization) -> Vec<Op> {
    with_flags(
        ops,
        match optimization {
            Optimization::None => Flags::NONE,
            // Inverse tables stay exact unless their flag is given by itself.
            Optimization::Lossless | Optimization::Default => Flags::LOSSLESS,
        },
    )
}

/// The list, simplified as flags allow.
pub fn with_flags(ops: Vec<Op>, flags: Flags) -> Vec<Op> {
    if flags == Flags::NONE {
        return ops;
    }
    let mut done: Vec<Op> = Vec::with_capacity(ops.len());
    // Operations still to come, the next one last.
    let mut ahead: Vec<Op> = ops;
    ahead.reverse();
    while let Some(op) = ahead.pop() {
        let op = simplified(op, flags);
        let kind = match op {
            Op::Exponent(_) | Op::MonCurve(_) => Flags::IDENTITY_GAMMA,
            _ => Flags::IDENTITY,
        };
        if flags.any(kind) && op.is_no_op() {
            continue;
        }
        if let Some(before) = done.last()
            && let Some(replacement) = combined(before, &op, flags)
        {
            done.pop();
            // What comes out may meet its neighbours anew.
            ahead.extend(replacement.into_iter().rev());
            continue;
        }
        done.push(op);
    }
    if flags.any(Flags::LUT_INV_FAST) {
        // Last: an exact inverse cancels its table, a resampled one does not.
        done = done.into_iter().map(resampled).collect();
    }
    done
}

/// Inverse tables as forward ones.
fn resampled(op: Op) -> Op {
    match op {
        Op::Lut1D(lut, Direction::Inverse) => match lut.fast_inverse() {
            Some(fast) => Op::Lut1D(Arc::new(fast), Direction::Forward),
            None => Op::Lut1D(lut, Direction::Inverse),
        },
        Op::Lut3D(lut, Direction::Inverse) => {
            Op::Lut3D(Arc::new(lut.fast_inverse()), Direction::Forward)
        }
        op => op,
    }
}

/// One operation in its simplest form.
fn simplified(op: Op, flags: Flags) -> Op {
    let op = if flags.any(Flags::NO_DYNAMIC_PROPERTIES) {
        fixed(op)
    } else {
        op
    };
    match op {
        op if !flags.any(Flags::SIMPLIFY_OPS) => op,
        Op::Range(o) if !o.clamp => Op::Matrix(o.as_matrix()),
        Op::Cdl(o) if o.style == CdlStyle::NoClamp && o.power == [1.0; 3] => {
            cdl_matrix(&o).map_or(Op::Cdl(o), Op::Matrix)
        }
        op => op,
    }
}

/// An operation whose values do not change any more.
fn fixed(op: Op) -> Op {
    match op {
        Op::ExposureContrast(mut o) => {
            o.dynamic = [false; 3];
            Op::ExposureContrast(o)
        }
        Op::GradingPrimary(mut o) => {
            o.dynamic = false;
            Op::GradingPrimary(o)
        }
        Op::GradingTone(mut o) => {
            o.dynamic = false;
            Op::GradingTone(o)
        }
        Op::GradingRgbCurve(mut o) => {
            Arc::make_mut(&mut o).dynamic = false;
            Op::GradingRgbCurve(o)
        }
        Op::GradingHueCurve(mut o) => {
            Arc::make_mut(&mut o).dynamic = false;
            Op::GradingHueCurve(o)
        }
        op => op,
    }
}

/// A CDL without powers as a matrix; none where its inverse is bounded.
fn cdl_matrix(o: &Cdl) -> Option<Matrix> {
    let bounded = |v: &f64| *v < 0.01;
    if o.direction == Direction::Inverse && (o.slope.iter().any(bounded) || bounded(&o.saturation))
    {
        return None;
    }
    let [r, g, b] = o.slope;
    let mut slope = Matrix::scale([r, g, b, 1.0]);
    slope.offset[..3].copy_from_slice(&o.offset);
    const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];
    let mut saturation = Matrix::IDENTITY;
    for row in 0..3 {
        for (col, luma) in LUMA.into_iter().enumerate() {
            let own = if row == col { o.saturation } else { 0.0 };
            saturation.m[row][col] = luma * (1.0 - o.saturation) + own;
        }
    }
    let forward = slope.then(&saturation);
    match o.direction {
        Direction::Forward => Some(forward),
        Direction::Inverse => forward.inverse().ok(),
    }
}

/// What `a` and then `b` are together, if they can be less or something simpler.
fn combined(a: &Op, b: &Op, flags: Flags) -> Option<Vec<Op>> {
    if a.is_dynamic() || b.is_dynamic() {
        return None;
    }
    match (a, b) {
        (Op::Matrix(_), Op::Matrix(_)) if !flags.any(Flags::COMP_MATRIX) => return None,
        (Op::Range(_), Op::Range(_)) if !flags.any(Flags::COMP_RANGE) => return None,
        (Op::Matrix(a), Op::Matrix(b)) => return Some(vec![Op::Matrix(snapped(a.then(b)))]),
        (Op::Range(a), Op::Range(b)) => return ranges(a, b).map(|r| vec![Op::Range(r)]),
        _ => {}
    }
    if flags.any(pair_flag(a))
        && let Some(rest) = pair(a, b)
    {
        return Some(rest);
    }
    let composes = |o: &Op| match o {
        Op::Exponent(e) if e.style == NegativeStyle::Clamp => flags.any(Flags::COMP_EXPONENT),
        _ => flags.any(Flags::COMP_GAMMA),
    };
    match (a, b) {
        (Op::Lut1D(a, Direction::Forward), Op::Lut1D(b, Direction::Forward))
            if flags.any(Flags::COMP_LUT1D) =>
        {
            let lut = a.then(b)?;
            Some(vec![Op::Lut1D(Arc::new(lut), Direction::Forward)])
        }
        (Op::Lut3D(a, Direction::Forward), Op::Lut3D(b, Direction::Forward))
            if flags.any(Flags::COMP_LUT3D) =>
        {
            let lut = a.then(b)?;
            Some(vec![Op::Lut3D(Arc::new(lut), Direction::Forward)])
        }
        (Op::Exponent(_), Op::Exponent(_)) if !composes(a) => None,
        (Op::Exponent(a), Op::Exponent(b)) if a.style == b.style => {
            let (p, q) = (a.effective(), b.effective());
            let value: [f64; 4] = std::array::from_fn(|i| p[i] * q[i]);
            value.iter().all(|v| (0.01..=100.0).contains(v)).then(|| {
                vec![Op::Exponent(crate::op::Exponent {
                    value,
                    style: a.style,
                    direction: Direction::Forward,
                })]
            })
        }
        _ => None,
    }
}

/// The flag that lets an operation and its inverse cancel.
fn pair_flag(op: &Op) -> Flags {
    match op {
        Op::Cdl(_) => Flags::PAIR_IDENTITY_CDL,
        Op::ExposureContrast(_) => Flags::PAIR_IDENTITY_EXPOSURE_CONTRAST,
        Op::FixedFunction(_) => Flags::PAIR_IDENTITY_FIXED_FUNCTION,
        Op::Exponent(_) | Op::MonCurve(_) => Flags::PAIR_IDENTITY_GAMMA,
        Op::Lut1D(..) => Flags::PAIR_IDENTITY_LUT1D,
        Op::Lut3D(..) => Flags::PAIR_IDENTITY_LUT3D,
        Op::Log(_) => Flags::PAIR_IDENTITY_LOG,
        Op::GradingPrimary(_)
        | Op::GradingRgbCurve(_)
        | Op::GradingHueCurve(_)
        | Op::GradingTone(_) => Flags::PAIR_IDENTITY_GRADING,
        _ => Flags::IDENTITY,
    }
}

/// Products of inverses leave rounding where 0 and 1 belong.
fn snapped(mut m: Matrix) -> Matrix {
    let snap = |v: &mut f64, to: f64| {
        if (*v - to).abs() < 1e-9 {
            *v = to;
        }
    };
    let near = (0..4).all(|r| {
        (0..4).all(|c| (m.m[r][c] - if r == c { 1.0 } else { 0.0 }).abs() < 1e-9)
            && m.offset[r].abs() < 1e-9
    });
    if near {
        for r in 0..4 {
            for c in 0..4 {
                snap(&mut m.m[r][c], if r == c { 1.0 } else { 0.0 });
            }
            snap(&mut m.offset[r], 0.0);
        }
    }
    m
}

/// Two clamps as one, where the second moves nothing.
fn ranges(a: &Range, b: &Range) -> Option<Range> {
    let (a, b) = (a.forward(), b.forward());
    if !a.clamp || !b.clamp || b.scale_offset() != (1.0, 0.0) || a.scale_offset() != (1.0, 0.0) {
        return None;
    }
    let pick = |p: Option<f64>, q: Option<f64>, f: fn(f64, f64) -> f64| match (p, q) {
        (Some(p), Some(q)) => Some(f(p, q)),
        (p, q) => p.or(q),
    };
    let min = pick(a.min_out, b.min_out, f64::max);
    let max = pick(a.max_out, b.max_out, f64::min);
    match (min, max) {
        (Some(lo), Some(hi)) if lo > hi => None,
        _ => Some(Range::clamp_to(min, max)),
    }
}

/// What is left of an operation and its inverse: nothing, or the clamp that the pair applied.
fn pair(a: &Op, b: &Op) -> Option<Vec<Op>> {
    if a.kind() != b.kind() || !undoes(a, b) {
        return None;
    }
    let clamp = |min, max| Some(vec![Op::Range(Range::clamp_to(min, max))]);
    let nothing = Some(Vec::new());
    match a {
        Op::Exponent(o) if o.style == NegativeStyle::Clamp => {
            // A range does not touch alpha: only where the pair does not either, but for its clamp.
            (o.value[3] == 1.0).then(|| vec![Op::Range(Range::clamp_to(Some(0.0), None))])
        }
        Op::Exponent(_) | Op::MonCurve(_) => nothing,
        Op::Log(o) if o.lin_side_break.is_some() => nothing,
        Op::Log(o) if o.direction == Direction::Inverse => nothing,
        Op::Log(o) => {
            let low: [f64; 3] =
                std::array::from_fn(|i| -o.lin_side_offset[i] / o.lin_side_slope[i]);
            let rising = o.lin_side_slope.iter().all(|s| *s > 0.0);
            (rising && low[0] == low[1] && low[1] == low[2])
                .then(|| vec![Op::Range(Range::clamp_to(Some(low[0]), None))])
        }
        Op::Cdl(o) => {
            let bounded = |v: &f64| *v < 0.01;
            if o.slope.iter().chain(&o.power).any(bounded) || bounded(&o.saturation) {
                None
            } else if o.style == CdlStyle::Asc {
                // Clamped between the steps too: only the neutral one is its bounds alone.
                None
            } else {
                nothing
            }
        }
        Op::ExposureContrast(o) if o.style == GradingStyle::Log => nothing,
        Op::ExposureContrast(_) => clamp(Some(0.0), None),
        Op::GradingPrimary(o) => {
            let open = o.clamp_black.is_none() && o.clamp_white.is_none();
            (open && o.saturation != 0.0).then(Vec::new)
        }
        Op::GradingRgbCurve(_) | Op::GradingHueCurve(_) | Op::GradingTone(_) => nothing,
        Op::FixedFunction(_) => nothing,
        Op::Lut1D(lut, Direction::Forward) => {
            let rising = |c: usize| lut.entries.windows(2).all(|w| w[0][c] < w[1][c]);
            let plain = !lut.half_domain && lut.hue_adjust == crate::op::HueAdjust::None;
            (plain && (0..3).all(rising))
                .then(|| vec![Op::Range(Range::clamp_to(Some(0.0), Some(1.0)))])
        }
        _ => None,
    }
}

/// The same data the other way round.
fn undoes(a: &Op, b: &Op) -> bool {
    match (a, b) {
        (Op::Lut1D(p, d), Op::Lut1D(q, e)) => d != e && (std::sync::Arc::ptr_eq(p, q) || p == q),
        (Op::Lut3D(..) | Op::Matrix(_), _) => false,
        _ => a.inverse().is_ok_and(|inverse| inverse == *b),
    }
}
