//! ICC display profiles of a matrix and tone curves: `rXYZ`, `gXYZ`, `bXYZ` with `curv` or `para` curves, v2 and v4.
//!
//! Forward runs from CIE XYZ (D65, as OpenColorIO's display spaces) to device values, as OpenColorIO reads profiles; the
//! profile connection space is D50 and adapted with Bradford. Curves without entries are the identity, as the standard says
//! (OpenColorIO refuses them). Tables (A2B, B2A) are not read. Source: ICC.1:2022, clauses 7, 9.2, 10.6, 10.18, 10.31.

use super::Info;
use super::source::{Source, lut1d};
use crate::op::{Exponent, Interpolation, Matrix, NegativeStyle};
use crate::{ColorError, Direction, Op};

/// Rows of a parametric curve as a table.
const SAMPLES: usize = 1024;
const MAX_TAGS: usize = 100;
/// D50 to D65, Bradford.
const D50_TO_D65: [[f64; 3]; 3] = [
    [0.955_509_474_537, -0.023_074_829_492, 0.063_312_392_987],
    [-0.028_327_238_868, 1.009_944_655_04, 0.021_055_592_145],
    [0.012_329_273_379, -0.020_536_209_966, 1.330_729_985_67],
];

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    bytes.get(36..40) == Some(b"acsp")
}

struct Profile<'a> {
    source: &'a Source<'a>,
    tags: Vec<([u8; 4], usize, usize)>,
}

/// A tone curve.
enum Curve {
    Power(f64),
    Rows(Vec<f32>),
    Parametric(u16, Vec<f64>),
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

/// s15Fixed16Number.
fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(u32_at(bytes, at)?.cast_signed()) / 65536.0)
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    if !recognises(s.bytes, "") {
        return Err(s.error(0, "expected the signature 'acsp' of a profile"));
    }
    let count = u32_at(s.bytes, 128).ok_or_else(|| s.error(0, "the file ends before the tags"))?;
    if count as usize > MAX_TAGS {
        return Err(s.error(0, format!("{count} tags, expected at most {MAX_TAGS}")));
    }
    let mut tags = Vec::new();
    for i in 0..count as usize {
        let at = 132 + 12 * i;
        let entry = s.bytes.get(at..at + 12);
        let entry = entry.ok_or_else(|| s.error(0, "the file ends before the tags"))?;
        let number = |k| u32_at(entry, k).unwrap_or(0) as usize;
        tags.push((
            [entry[0], entry[1], entry[2], entry[3]],
            number(4),
            number(8),
        ));
    }
    let profile = Profile { source: s, tags };
    let mut matrix = [[0.0; 3]; 3];
    for (c, name) in [b"rXYZ", b"gXYZ", b"bXYZ"].into_iter().enumerate() {
        let xyz = profile.xyz(name)?;
        for row in 0..3 {
            matrix[row][c] = xyz[row];
        }
    }
    let curves = [
        profile.curve(b"rTRC")?,
        profile.curve(b"gTRC")?,
        profile.curve(b"bTRC")?,
    ];
    let invert = |m: [[f64; 3]; 3]| {
        Matrix::rgb(m)
            .inverse()
            .map_err(|_| s.error(0, "the colorants have no inverse matrix"))
    };
    let ops = vec![
        Op::Matrix(invert(D50_TO_D65)?),
        Op::Matrix(invert(matrix)?),
        tone(s, &curves)?,
    ];
    let info = profile.description().map(|d| ("description".to_owned(), d));
    Ok((ops, info.into_iter().collect()))
}

impl Profile<'_> {
    fn error(&self, tag: [u8; 4], reason: &str) -> ColorError {
        let tag = String::from_utf8_lossy(&tag).into_owned();
        self.source.error(0, format!("tag '{tag}': {reason}"))
    }

    fn tag(&self, name: &[u8; 4]) -> Option<&[u8]> {
        let (_, offset, size) = self.tags.iter().find(|t| &t.0 == name)?;
        self.source.bytes.get(*offset..offset.checked_add(*size)?)
    }

    fn xyz(&self, name: &[u8; 4]) -> Result<[f64; 3], ColorError> {
        let bytes = self.tag(name).ok_or_else(|| {
            self.error(
                *name,
                "missing; only profiles of a matrix and curves are read",
            )
        })?;
        let value = |i: usize| fixed(bytes, 8 + 4 * i);
        match (bytes.get(..4), value(0), value(1), value(2)) {
            (Some(b"XYZ "), Some(x), Some(y), Some(z)) => Ok([x, y, z]),
            _ => Err(self.error(*name, "expected three numbers of type 'XYZ '")),
        }
    }

    fn curve(&self, name: &[u8; 4]) -> Result<Curve, ColorError> {
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

    /// The profile's description, v2 or v4.
    fn description(&self) -> Option<String> {
        let bytes = self.tag(b"desc")?;
        match bytes.get(..4)? {
            b"desc" => {
                let n = u32_at(bytes, 8)? as usize;
                let text = bytes.get(12..12_usize.checked_add(n)?)?;
                let text = String::from_utf8_lossy(text);
                Some(text.trim_end_matches('\0').to_owned())
            }
            b"mluc" => {
                let (size, offset) = (u32_at(bytes, 20)? as usize, u32_at(bytes, 24)? as usize);
                let text = bytes.get(offset..offset.checked_add(size)?)?;
                let units = text
                    .chunks_exact(2)
                    .map(|c| u16::from_be_bytes([c[0], c[1]]));
                Some(
                    char::decode_utf16(units)
                        .map(|c| c.unwrap_or('\u{fffd}'))
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

/// Device values from linear ones.
fn tone(s: &Source, curves: &[Curve; 3]) -> Result<Op, ColorError> {
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
