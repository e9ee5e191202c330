//! OpenColorIO's built-in transforms by style name, as lists of operations.
//!
//! Names, order and behaviour are those of OpenColorIO 2.6 (99 styles); constants come from the documents named beside them.
//! Where OpenColorIO tabulates over half floats, the formula stands here if it agrees within 1e-5 (encoding PQ and HLG, and
//! every way back to code values); decoding PQ, HLG and Apple Log keeps the table, whose straight lines differ from the curve by
//! up to 2e-4 above code 1. Differences left: NaN stays NaN through a formula (0 in a table), values beyond 65504 are not
//! clamped when encoding, and the tables' chords below the smallest half (6e-8) are not reproduced (1.4e-5 in PQ).

mod aces;
mod aces1;
mod aces2;
mod camera;
mod display;
mod styles;
mod tables;

pub use styles::STYLES;

use crate::op::Matrix;
use crate::{ColorError, Direction, Op};

/// One built-in transform.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinStyle {
    /// The name in configs.
    pub name: &'static str,
    /// What it does, one line.
    pub description: &'static str,
    build: fn() -> Vec<Part>,
}

/// A step of a transform.
#[expect(clippy::large_enum_variant, reason = "a handful live for microseconds")]
enum Part {
    /// One operation; backwards it is inverted.
    One(Op),
    /// Different operations each way.
    Ways { forward: Vec<Op>, inverse: Vec<Op> },
}

impl From<Op> for Part {
    fn from(op: Op) -> Self {
        Self::One(op)
    }
}

impl From<crate::space::Matrix3> for Part {
    fn from(m: crate::space::Matrix3) -> Self {
        Self::One(Op::Matrix(Matrix::rgb(m)))
    }
}

impl BuiltinStyle {
    /// The operations, forward or backwards.
    ///
    /// # Errors
    ///
    /// If a matrix had no inverse; none of the styles does.
    pub fn ops(&self, direction: Direction) -> Result<Vec<Op>, ColorError> {
        let parts = (self.build)();
        let mut ops = Vec::with_capacity(parts.len());
        match direction {
            Direction::Forward => {
                for part in parts {
                    match part {
                        Part::One(op) => ops.push(op),
                        Part::Ways { forward, .. } => ops.extend(forward),
                    }
                }
            }
            Direction::Inverse => {
                for part in parts.into_iter().rev() {
                    match part {
                        Part::One(op) => ops.push(inverse(op)?),
                        Part::Ways { inverse, .. } => ops.extend(inverse),
                    }
                }
            }
        }
        Ok(ops)
    }
}

/// The operation backwards.
fn inverse(op: Op) -> Result<Op, ColorError> {
    Ok(match op {
        Op::Matrix(m) => Op::Matrix(m.inverse()?),
        Op::Range(mut o) => {
            o.direction = o.direction.inverse();
            Op::Range(o)
        }
        Op::Exponent(mut o) => {
            o.direction = o.direction.inverse();
            Op::Exponent(o)
        }
        Op::MonCurve(mut o) => {
            o.direction = o.direction.inverse();
            Op::MonCurve(o)
        }
        Op::Log(mut o) => {
            o.direction = o.direction.inverse();
            Op::Log(o)
        }
        Op::FixedFunction(mut o) => {
            o.direction = o.direction.inverse();
            Op::FixedFunction(o)
        }
        Op::GradingRgbCurve(o) => {
            let mut curve = (*o).clone();
            curve.direction = curve.direction.inverse();
            Op::GradingRgbCurve(curve.into())
        }
        Op::Lut1D(lut, direction) => Op::Lut1D(lut, direction.inverse()),
        other => {
            return Err(ColorError::Unknown {
                kind: "inverse of a built-in's operation",
                name: format!("{other:?}"),
            });
        }
    })
}

/// The style called `name` (letters of either case).
pub fn find(name: &str) -> Option<&'static BuiltinStyle> {
    STYLES.iter().find(|s| s.name.eq_ignore_ascii_case(name))
}

/// The operations of the style called `style`.
///
/// # Errors
///
/// If there is no such style.
pub fn ops(style: &str, direction: Direction) -> Result<Vec<Op>, ColorError> {
    match find(style) {
        Some(found) => found.ops(direction),
        None => Err(ColorError::Unknown {
            kind: "built-in transform",
            name: style.to_owned(),
        }),
    }
}
