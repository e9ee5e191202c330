//! Transfer functions as data: forms that operations can say, and the curve with its document.
//!
//! Forward is encoded to linear, as in OpenColorIO's `to_reference`. Encoded values are full range (code over largest code);
//! what linear 1.0 means stands with each entry of the registry. Negatives, NaN and infinities: those of the operations.

use crate::op::{
    Direction, Exponent, FixedFunction, FixedStyle, Log, Matrix, MonCurve, NegativeStyle, Op, Range,
};

/// What linear 1.0 stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinearScale {
    /// Scene reflectance: 0.18 is mid grey.
    Reflectance,
    /// Scene light of which the encoding holds 0..1 (0.18 may be anywhere).
    Relative,
    /// Display light, peak white.
    DisplayPeak,
    /// Display light, 100 nits.
    Nits100,
}

/// How a curve is made.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// A power, negatives clamped.
    Power(f64),
    /// A power of `scale` times the value (ST 428-1).
    ScaledPower {
        /// Exponent, encoded to linear.
        gamma: f64,
        /// Factor of linear light before encoding.
        scale: f64,
    },
    /// A power with a linear toe.
    MonCurve {
        /// Exponent, encoded to linear.
        gamma: f64,
        /// Offset of the encoded value.
        offset: f64,
    },
    /// A logarithm, with or without a straight line below a break.
    Log(LogForm),
    /// A power below a break and a logarithm above it; parameters of `LIN_TO_GAMMA_LOG`. Encoded values below `lowest` clamp.
    GammaLog {
        /// Mirror, break, power, slope, offset, base, log slope, log offset, linear slope, linear offset.
        params: [f64; 10],
        /// Smallest encoded value, if the curve ends there.
        lowest: Option<f64>,
    },
    /// Two logarithms with a line between; parameters of `LIN_TO_DOUBLE_LOG`.
    DoubleLog([f64; 13]),
    /// SMPTE ST 2084.
    Pq,
    /// BT.2100 HLG with the system gamma for a display of `peak_nits`: display light.
    HlgDisplay {
        /// Peak luminance of the display.
        peak_nits: f64,
    },
    /// A base-2 logarithm of integer code values, clamped to their range (ACESproxy).
    CodeLog {
        /// Smallest and largest encoded value.
        encoded: [f64; 2],
        /// Binary logarithms at those ends.
        stops: [f64; 2],
    },
}

/// `log_slope * log_base(lin_slope * x + lin_offset) + log_offset`, a line below `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogForm {
    /// Base.
    pub base: f64,
    /// Slope and offset of the encoded side.
    pub log: [f64; 2],
    /// Slope and offset of the linear side.
    pub lin: [f64; 2],
    /// Linear value of the break.
    pub at: Option<f64>,
    /// Slope of the line; continuous in slope if missing.
    pub slope: Option<f64>,
}

impl LogForm {
    /// The operation, encoded to linear.
    pub(crate) fn op(&self) -> Op {
        Op::Log(Log {
            base: self.base,
            log_side_slope: [self.log[0]; 3],
            log_side_offset: [self.log[1]; 3],
            lin_side_slope: [self.lin[0]; 3],
            lin_side_offset: [self.lin[1]; 3],
            lin_side_break: self.at.map(|v| [v; 3]),
            linear_slope: self.slope.map(|v| [v; 3]),
            direction: Direction::Inverse,
        })
    }
}

/// A transfer function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferFunction {
    /// Short name: `srgb`, `arri_logc3_ei800`.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// How it is made.
    pub form: Form,
    /// What linear 1.0 is.
    pub linear: LinearScale,
    /// The document.
    pub source: &'static str,
}

pub(crate) fn fixed(style: FixedStyle, params: &[f64], direction: Direction) -> Op {
    Op::FixedFunction(FixedFunction {
        style,
        params: params.to_vec(),
        direction,
    })
}

pub(crate) fn power(gamma: f64, style: NegativeStyle, direction: Direction) -> Op {
    Op::Exponent(Exponent {
        value: [gamma, gamma, gamma, 1.0],
        style,
        direction,
    })
}

pub(crate) fn moncurve(gamma: f64, offset: f64, style: NegativeStyle, direction: Direction) -> Op {
    Op::MonCurve(MonCurve {
        gamma: [gamma, gamma, gamma, 1.0],
        offset: [offset, offset, offset, 0.0],
        style,
        direction,
    })
}

pub(crate) fn scale(factor: f64) -> Op {
    Op::Matrix(Matrix::scale([factor, factor, factor, 1.0]))
}

/// System gamma of HLG for a display of `peak` nits (BT.2100-2, table 5, note 5f).
pub(crate) fn hlg_gamma(peak: f64) -> f64 {
    1.2 + 0.42 * (peak / 1000.0).log10()
}

impl TransferFunction {
    /// The operations, encoded to linear (forward) or back.
    pub fn ops(&self, direction: Direction) -> Vec<Op> {
        let back = direction.inverse();
        let mut ops = match self.form {
            Form::Power(gamma) => vec![power(gamma, NegativeStyle::Clamp, direction)],
            Form::ScaledPower { gamma, scale: k } => {
                let factor = if direction == Direction::Forward {
                    1.0 / k
                } else {
                    k
                };
                vec![power(gamma, NegativeStyle::Clamp, direction), scale(factor)]
            }
            Form::MonCurve { gamma, offset } => {
                vec![moncurve(gamma, offset, NegativeStyle::Linear, direction)]
            }
            Form::Log(log) => {
                let mut op = log.op();
                if let Op::Log(l) = &mut op {
                    l.direction = l.direction.then(direction);
                }
                vec![op]
            }
            Form::GammaLog { params, lowest } => {
                let clamp = lowest.map(|v| Op::Range(Range::clamp_to(Some(v), None)));
                clamp
                    .into_iter()
                    .chain([fixed(FixedStyle::LinToGammaLog, &params, back)])
                    .collect()
            }
            Form::DoubleLog(params) => vec![fixed(FixedStyle::LinToDoubleLog, &params, back)],
            Form::Pq => vec![fixed(FixedStyle::LinToPq, &[], back)],
            Form::HlgDisplay { peak_nits } => {
                let gamma = hlg_gamma(peak_nits);
                let factor = 3f64.powf(gamma) / peak_nits * 100.0;
                let forward = direction == Direction::Forward;
                vec![
                    fixed(FixedStyle::LinToGammaLog, &super::registry::HLG, back),
                    fixed(FixedStyle::Rec2100Surround, &[1.0 / gamma], back),
                    scale(if forward { 1.0 / factor } else { factor }),
                ]
            }
            Form::CodeLog { encoded, stops } => vec![
                Op::Range(Range {
                    min_in: Some(encoded[0]),
                    max_in: Some(encoded[1]),
                    min_out: Some(stops[0]),
                    max_out: Some(stops[1]),
                    clamp: true,
                    direction,
                }),
                Op::Log(Log::plain(2.0, back)),
            ],
        };
        if direction == Direction::Inverse {
            ops.reverse();
        }
        ops
    }
}
