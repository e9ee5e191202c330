//! Profiles of a matrix and tone curves: `rXYZ`, `gXYZ`, `bXYZ` with `curv` or `para` curves, v2 and v4.
//!
//! Gives the operations from CIE XYZ relative to D50 to device values, as OpenColorIO does. Curves without entries are the
//! identity, as the standard says (OpenColorIO refuses them). Source: ICC.1:2022, clauses 9.2, 10.6, 10.18, 10.31.

use super::super::source::{Source, lut1d};
use super::Tags;
use super::bytes::{fixed, u16_at, u32_at};
use crate::op::{Exponent, Interpolation, Matrix, NegativeStyle};
use crate::{ColorError, Direction, Op};

/// Rows of a parametric curve as a table.
const SAMPLES: usize = 1024;
/// A tone curve.
pub(super) enum Curve {
    Power(f64),
    Rows(Vec<f32>),
    Parametric(u16, Vec<f64>),
}

/// From XYZ to device values.
pub(super) fn from_pcs(s: &Source, tags: &Tags) -> Result<Vec<Op>, ColorError> {
    let mut matrix = [[0.0; 3]; 3];
    for (c, name) in [b"rXYZ", b"gXYZ", b"bXYZ"].into_iter().enumerate() {
        let xyz = tags.xyz(name)?;
        for row in 0..3 {
            matrix[row][c] = xyz[row];
        }
    }
    let curves = [
        tags.curve(b"rTRC")?,
        tags.curve(b"gTRC")?,
        tags.curve(b"bTRC")?,
    ];
    let colorants = Matrix::rgb(matrix)
        .inverse()
        .map_err(|_| s.error(0, "the colorants have no inverse matrix"))?;
    Ok(vec![Op::Matrix(colorants), tone(s, &curves)?])
}

impl Tags<'_> {
    pub(super) fn xyz(&self, name: &[u8; 4]) -> Result<[f64; 3], ColorError> {
        let bytes = self
            .tag(name)
            .ok_or_else(|| self.error(*name, "missing, and the profile has no tables either"))?;
        let value = |i: usize| fixed(bytes, 8 + 4 * i);
        match (bytes.get(..4), value(0), value(1), value(2)) {
            (Some(b"XYZ "), Some(x), Some(y), Some(z)) => Ok([x, y, z]),
            _ => Err(self.error(*name, "expected three numbers of type 'XYZ '")),
        }
    }

    pub(super) fn curve(&self, name: &[u8; 4]) -> Result<Curve, ColorError> {
        let bytes = self.tag(name).ok_or_else(|| self.error(*name, "missing"))?;
        let short = || self.error(*name, "the tag ends early");
        match bytes.get(..4) {
            Some(b"curv") => {
                let count = u32_at(bytes, 8).ok_or_else(short)? as usize;
                let codes = bytes.get(12..).unwrap_or_default();
                if codes.len() / 2 < count {
                    return Err(short());
                }
                let code = |i: usize| f64::from(u16_at(codes, 2 * i).unwrap_or(0));
                Ok(match count {
                    0 => Curve::Power(1.0),
                    1 => Curve::Power(code(0) / 256.0),
                    _ => Curve::Rows((0..count).map(|i| (code(i) / 65535.0) as f32).collect()),
                })
            }
            Some(b"para") => {
                let kind = u16_at(bytes, 8).ok_or_else(short)?;
                let Some(n) = [1, 3, 4, 5, 7].get(usize::from(kind)) else {
                    return Err(self.error(*name, "unknown kind of parametric curve"));
                };
                let values: Option<Vec<f64>> = (0..*n).map(|i| fixed(bytes, 12 + 4 * i)).collect();
                let values = values.ok_or_else(short)?;
                self.check(*name, kind, &values)?;
                Ok(match kind {
                    0 => Curve::Power(values[0]),
                    _ => Curve::Parametric(kind, values),
                })
            }
            _ => Err(self.error(*name, "expected a curve of type 'curv' or 'para'")),
        }
    }

    /// Curves must rise and be defined.
    fn check(&self, name: [u8; 4], kind: u16, p: &[f64]) -> Result<(), ColorError> {
        if p[0] <= 0.0 {
            return Err(self.error(name, "the exponent is not positive"));
        }
        if kind > 0 && p[1] <= 0.0 {
            return Err(self.error(name, "the factor of the power is not positive"));
        }
        if kind < 3 {
            return Ok(());
        }
        if p[3] < 0.0 {
            return Err(self.error(name, "the straight part falls"));
        }
        let at = p[1] * p[4] + p[2];
        if at < 0.0 {
            return Err(self.error(name, "the power starts below zero"));
        }
        let (e, f) = if kind == 4 { (p[5], p[6]) } else { (0.0, 0.0) };
        let code = |v: f64| (v * 1023.0).round();
        if code(p[3] * p[4] + f) > code(at.powf(p[0]) + e) {
            return Err(self.error(name, "the curve falls where its parts meet"));
        }
        Ok(())
    }
}

/// Device values from linear ones.
pub(super) fn tone(s: &Source, curves: &[Curve; 3]) -> Result<Op, ColorError> {
    let powers = |c: &Curve| match c {
        Curve::Power(v) => Some(*v),
        _ => None,
    };
    if let [Some(r), Some(g), Some(b)] = [0, 1, 2].map(|c| powers(&curves[c])) {
        let exponent = Exponent {
            value: [r, g, b, 1.0],
            style: NegativeStyle::Mirror,
            direction: Direction::Inverse,
        };
        exponent.validate().map_err(|e| s.error(0, e.to_string()))?;
        return Ok(Op::Exponent(exponent));
    }
    let rows = |c: &Curve| match c {
        Curve::Rows(rows) => rows.len(),
        _ => SAMPLES,
    };
    let n = rows(&curves[0]);
    if curves.iter().any(|c| rows(c) != n) {
        return Err(s.error(0, "the tone curves differ in length"));
    }
    let x = |i: usize| i as f64 / (n - 1) as f64;
    let entry = |i: usize| [0, 1, 2].map(|c| curves[c].at(i, x(i)));
    let op = lut1d((0..n).map(entry).collect(), Interpolation::Linear);
    op.inverse()
}

impl Curve {
    /// The curve at row `i`, which is the device value `x`.
    fn at(&self, i: usize, x: f64) -> f32 {
        let v = match self {
            Self::Rows(rows) => return rows[i],
            Self::Power(g) => x.powf(*g),
            Self::Parametric(kind, p) => match (kind, &p[..]) {
                (1, [g, a, b, ..]) if x >= -b / a => (a * x + b).powf(*g),
                (1, _) => 0.0,
                (2, [g, a, b, c, ..]) if x >= -b / a => (a * x + b).powf(*g) + c,
                (2, [_, _, _, c, ..]) => *c,
                (3, [g, a, b, _, d, ..]) if x >= *d => (a * x + b).powf(*g),
                (3, [_, _, _, c, ..]) => c * x,
                (_, [g, a, b, _, d, e, ..]) if x >= *d => (a * x + b).powf(*g) + e,
                (_, [_, _, _, c, _, _, f]) => c * x + f,
                _ => x,
            },
        };
        v.clamp(0.0, 1.0) as f32
    }
}
