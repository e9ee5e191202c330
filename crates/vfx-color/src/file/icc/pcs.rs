//! The profile connection space: CIE XYZ relative to D50, as codes of XYZ or CIELAB, and its adjustments.
//!
//! CIELAB is a matrix, the curve of lightness (a power of 3 with a linear toe, which is a moncurve of offset 0.16) and a
//! matrix, so that it runs as operations. Sources: ICC.1:2022, 6.3.4 (encodings) and annex D; CIE 15; black point
//! compensation ISO 18619.

use crate::op::{Matrix, MonCurve, NegativeStyle};
use crate::{ColorError, ColorProgram, Direction, Op, Optimization};

/// The white of the connection space, X, Y, Z.
pub(super) const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
/// D50 to D65, Bradford.
const D50_TO_D65: [[f64; 3]; 3] = [
    [0.955_509_474_537, -0.023_074_829_492, 0.063_312_392_987],
    [-0.028_327_238_868, 1.009_944_655_04, 0.021_055_592_145],
    [0.012_329_273_379, -0.020_536_209_966, 1.330_729_985_67],
];
/// The black of the reference medium of perceptual v4 profiles, X, Y, Z (ICC.1:2022, 6.3.3).
const PERCEPTUAL_BLACK: [f64; 3] = [0.003_36, 0.003_473_1, 0.002_87];

/// How a table's codes of 0..1 stand for the connection space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// CIE XYZ, 1 + 32767/32768 at the top.
    Xyz,
    /// CIELAB of 8 bits and of v4 tables.
    Lab,
    /// CIELAB of lut16Type: 100 is 0xff00.
    LabLegacy,
}

/// D65-adapted XYZ from XYZ relative to D50.
pub(super) fn to_d65() -> Op {
    Op::Matrix(Matrix::rgb(D50_TO_D65))
}

/// XYZ relative to D50 from D65-adapted XYZ.
pub(super) fn to_d50() -> Result<Op, ColorError> {
    Ok(Op::Matrix(Matrix::rgb(D50_TO_D65).inverse()?))
}

/// Lightness over 100 to luminance.
fn lightness(direction: Direction) -> Op {
    Op::MonCurve(MonCurve {
        gamma: [3.0, 3.0, 3.0, 1.0],
        offset: [0.16, 0.16, 0.16, 0.0],
        style: NegativeStyle::Linear,
        direction,
    })
}

/// Codes to lightness of X, Y, Z over white.
fn lab_matrix(legacy: bool) -> Matrix {
    let scale = if legacy { 65535.0 / 65280.0 } else { 1.0 };
    // f = (100 l + 16) / 116, a = 500 (fx - fy), b = 200 (fy - fz), and the codes of a and b are (v + 128) / 255.
    let (a, b) = (1.16 / 500.0, 1.16 / 200.0);
    let mut m = Matrix::rgb([
        [scale, 255.0 * scale * a, 0.0],
        [scale, 0.0, 0.0],
        [scale, 0.0, -255.0 * scale * b],
    ]);
    m.offset = [-128.0 * a, 0.0, 128.0 * b, 0.0];
    m
}

/// XYZ relative to D50 from codes.
pub(super) fn decode(encoding: Encoding) -> Vec<Op> {
    let [x, y, z] = D50;
    match encoding {
        Encoding::Xyz => {
            let s = 65535.0 / 32768.0;
            vec![Op::Matrix(Matrix::scale([s, s, s, 1.0]))]
        }
        Encoding::Lab | Encoding::LabLegacy => vec![
            Op::Matrix(lab_matrix(encoding == Encoding::LabLegacy)),
            lightness(Direction::Forward),
            Op::Matrix(Matrix::scale([x, y, z, 1.0])),
        ],
    }
}

/// Codes from XYZ relative to D50.
pub(super) fn encode(encoding: Encoding) -> Result<Vec<Op>, ColorError> {
    Op::inverse_of(&decode(encoding))
}

/// A factor for each of X, Y, Z: from relative to absolute colorimetry.
pub(super) fn scale(by: [f64; 3]) -> Op {
    Op::Matrix(Matrix::scale([by[0], by[1], by[2], 1.0]))
}

/// Maps one black to another; white stays.
pub(super) fn compensation(from: [f64; 3], to: [f64; 3]) -> Matrix {
    let mut m = Matrix::IDENTITY;
    for c in 0..3 {
        let span = from[c] - D50[c];
        m.m[c][c] = (to[c] - D50[c]) / span;
        m.offset[c] = -D50[c] * (to[c] - from[c]) / span;
    }
    m
}

/// The black that device 0 is, no lighter than L* 50; littleCMS 2.19 keeps its hue, too.
pub(super) fn darkest(to_pcs: &[Op]) -> Result<[f64; 3], ColorError> {
    let program = ColorProgram::new(to_pcs.to_vec(), Optimization::None)?;
    let [x, y, z, _] = program.eval([0.0, 0.0, 0.0, 1.0]);
    // Y of L* 50.
    let scale = (0.184_186 / y.max(1e-9)).min(1.0);
    let black = [x, y, z].map(|v| {
        if v.is_finite() {
            v.max(0.0) * scale
        } else {
            0.0
        }
    });
    Ok(black)
}

/// The black of perceptual v4 profiles.
pub(super) const fn perceptual_black() -> [f64; 3] {
    PERCEPTUAL_BLACK
}
