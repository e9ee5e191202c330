//! The operations as data. Each file of this folder holds one operation: its data, its algebra (no-op, identity, inverse,
//! combination), its formula generic over `Math`, and its tests.
//!
//! Pixels are R, G, B and alpha in `f32`, any range; alpha passes through everything but matrices, exponents and ranges that
//! name it. Parameters are `f64`, as in the files and configs they come from. Directions are part of the data, so that an
//! inverse costs nothing until a program is built.

pub(crate) mod affine;
mod algebra;
pub(crate) mod cdl;
pub(crate) mod channels;
pub(crate) mod curve_chain;
pub(crate) mod exponent;
pub(crate) mod exposure_contrast;
pub mod fixed;
pub(crate) mod grading_hue_curve;
pub(crate) mod grading_primary;
pub(crate) mod grading_rgb_curve;
pub(crate) mod grading_tone;
pub(crate) mod hsy;
pub(crate) mod lin_log;
pub(crate) mod log;
pub(crate) mod lut1d;
pub(crate) mod lut3d;
pub(crate) mod lut3d_fast;
pub(crate) mod lut3d_inverse;
mod lut_compose;
mod lut_fast_inverse;
pub(crate) mod matrix;
pub(crate) mod moncurve;
pub(crate) mod pieces;
pub(crate) mod range;
pub(crate) mod spline;
pub(crate) mod split;

use std::sync::Arc;

/// Which way an operation runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// As defined.
    #[default]
    Forward,
    /// Backwards.
    Inverse,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::Forward => Self::Inverse,
            Self::Inverse => Self::Forward,
        }
    }

    /// This direction followed by `other`: two inversions cancel.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        if other == Self::Inverse {
            self.inverse()
        } else {
            self
        }
    }
}

/// One operation on R, G, B, A.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// 4 x 4 matrix and offset.
    Matrix(Matrix),
    /// Linear map between two ranges, clamped or not.
    Range(Range),
    /// A power a channel.
    Exponent(Exponent),
    /// A power with a linear toe ("moncurve": sRGB, Rec. 709).
    MonCurve(MonCurve),
    /// Logarithm, affine or with a linear part (camera).
    Log(Log),
    /// ASC CDL.
    Cdl(Cdl),
    /// Exposure and contrast, in one of three spaces.
    ExposureContrast(ExposureContrast),
    /// One of OpenColorIO's fixed functions.
    FixedFunction(FixedFunction),
    /// Lift, gamma, gain and their kin.
    GradingPrimary(GradingPrimary),
    /// B-spline curves a channel.
    GradingRgbCurve(Arc<GradingRgbCurve>),
    /// Curves of hue, saturation and luma.
    GradingHueCurve(Arc<GradingHueCurve>),
    /// Blacks, shadows, midtones, highlights, whites, S-contrast.
    GradingTone(Box<GradingTone>),
    /// One-dimensional table.
    Lut1D(Arc<Lut1D>, Direction),
    /// Three-dimensional table.
    Lut3D(Arc<Lut3D>, Direction),
}

/// `out = m * in + offset`, row-major, on (R, G, B, A).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix {
    /// Rows of the matrix.
    pub m: [[f64; 4]; 4],
    /// Added after the product.
    pub offset: [f64; 4],
}

/// Maps `[min_in, max_in]` to `[min_out, max_out]`; a missing end is open on both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Lower end of the input.
    pub min_in: Option<f64>,
    /// Upper end of the input.
    pub max_in: Option<f64>,
    /// Lower end of the output.
    pub min_out: Option<f64>,
    /// Upper end of the output.
    pub max_out: Option<f64>,
    /// Clamp to the output range (the default of OpenColorIO).
    pub clamp: bool,
    /// Which way.
    pub direction: Direction,
}

/// What a power does below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NegativeStyle {
    /// Clamp to zero first.
    #[default]
    Clamp,
    /// Odd symmetry.
    Mirror,
    /// Leave negatives as they are.
    PassThru,
    /// Continue the linear part (MonCurve only).
    Linear,
}

/// `out = in ^ value`, R, G, B, A.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponent {
    /// Exponents of R, G, B, A.
    pub value: [f64; 4],
    /// Below zero: clamp, mirror or pass through.
    pub style: NegativeStyle,
    /// Which way.
    pub direction: Direction,
}

/// Encoded to linear: `((x + offset) / (1 + offset)) ^ gamma` above a break, linear below (forward).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonCurve {
    /// Exponents of R, G, B, A.
    pub gamma: [f64; 4],
    /// Offsets of R, G, B, A.
    pub offset: [f64; 4],
    /// Below zero: linear or mirror.
    pub style: NegativeStyle,
    /// Which way.
    pub direction: Direction,
}

/// `log_side_slope * log_base(lin_side_slope * in + lin_side_offset) + log_side_offset` (forward), with an optional linear part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log {
    /// Base of the logarithm.
    pub base: f64,
    /// Slope on the logarithmic side.
    pub log_side_slope: [f64; 3],
    /// Offset on the logarithmic side.
    pub log_side_offset: [f64; 3],
    /// Slope on the linear side.
    pub lin_side_slope: [f64; 3],
    /// Offset on the linear side.
    pub lin_side_offset: [f64; 3],
    /// Camera style: below this linear value the curve is a straight line.
    pub lin_side_break: Option<[f64; 3]>,
    /// Camera style: slope of the line; computed for a smooth joint if missing.
    pub linear_slope: Option<[f64; 3]>,
    /// Which way.
    pub direction: Direction,
}

/// ASC CDL styles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CdlStyle {
    /// Clamps to 0..1 as ASC CDL 1.2 says.
    Asc,
    /// No clamp; negatives pass the power unchanged (the default of OpenColorIO).
    #[default]
    NoClamp,
}

/// Slope, offset, power and saturation (Rec. 709 luma weights).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cdl {
    /// Factors.
    pub slope: [f64; 3],
    /// Summands.
    pub offset: [f64; 3],
    /// Exponents, positive.
    pub power: [f64; 3],
    /// Saturation, 1 is neutral.
    pub saturation: f64,
    /// Clamping.
    pub style: CdlStyle,
    /// Which way.
    pub direction: Direction,
}

/// The space in which a grading works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GradingStyle {
    /// Logarithmic.
    #[default]
    Log,
    /// Scene-linear.
    Linear,
    /// Video (display encoded).
    Video,
}

/// Exposure in stops, contrast and gamma around a pivot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExposureContrast {
    /// The space of the input.
    pub style: GradingStyle,
    /// Stops.
    pub exposure: f64,
    /// Contrast.
    pub contrast: f64,
    /// Gamma.
    pub gamma: f64,
    /// Pivot.
    pub pivot: f64,
    /// Log style: code values a stop.
    pub log_exposure_step: f64,
    /// Log style: code value of mid grey.
    pub log_midway_gray: f64,
    /// Exposure, contrast and gamma may change after the program is built.
    pub dynamic: [bool; 3],
    /// Which way.
    pub direction: Direction,
}

/// A fixed function by its style and parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedFunction {
    /// Which one.
    pub style: FixedStyle,
    /// Its parameters, in OpenColorIO's order.
    pub params: Vec<f64>,
    /// Which way.
    pub direction: Direction,
}

/// The fixed functions of OpenColorIO 2.6 that it implements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are OpenColorIO's; the functions say what they do")]
#[rustfmt::skip]
pub enum FixedStyle {
    AcesRedMod03, AcesRedMod10, AcesGlow03, AcesGlow10, AcesDarkToDim10, AcesGamutComp13, Rec2100Surround, RgbToHsv,
    XyzToXyy, XyzToUvy, XyzToLuv, LinToPq, LinToGammaLog, LinToDoubleLog, AcesOutputTransform20, AcesRgbToJmh20,
    AcesTonescaleCompress20, AcesGamutCompress20, RgbToHsyLin, RgbToHsyLog, RgbToHsyVid, AcesRgbToHmj20,
}

/// Red, green, blue and master values of a grading control.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "channels")]
pub struct Rgbm {
    pub red: f64,
    pub green: f64,
    pub blue: f64,
    pub master: f64,
}

/// Primary grading.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "OpenColorIO's names of the controls")]
pub struct GradingPrimary {
    pub style: GradingStyle,
    pub brightness: Rgbm,
    pub contrast: Rgbm,
    pub gamma: Rgbm,
    pub offset: Rgbm,
    pub exposure: Rgbm,
    pub lift: Rgbm,
    pub gain: Rgbm,
    pub saturation: f64,
    pub pivot: f64,
    pub pivot_black: f64,
    pub pivot_white: f64,
    pub clamp_black: Option<f64>,
    pub clamp_white: Option<f64>,
    pub dynamic: bool,
    pub direction: Direction,
}

/// How a curve runs between its control points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "OpenColorIO's names")]
pub enum SplineType {
    #[default]
    BSpline,
    DiagonalBSpline,
    HueHueBSpline,
    Periodic1BSpline,
    Periodic0BSpline,
    Horizontal1BSpline,
}

/// A B-spline by its control points (x increasing), with optional slopes at them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplineCurve {
    /// Kind.
    pub spline: SplineType,
    /// x, y.
    pub points: Vec<[f32; 2]>,
    /// Slopes at the points; all zero or empty: computed.
    pub slopes: Vec<f32>,
}

/// RGB curves.
#[derive(Clone, Debug, PartialEq)]
pub struct GradingRgbCurve {
    /// The space of the input.
    pub style: GradingStyle,
    /// Red, green, blue, master.
    pub curves: [SplineCurve; 4],
    /// Linear style: do not convert to logarithm around the curves.
    pub bypass_lin_to_log: bool,
    /// May change after the program is built.
    pub dynamic: bool,
    /// Which way.
    pub direction: Direction,
}

/// Hue curves, in OpenColorIO's order: hue-hue, hue-sat, hue-lum, lum-sat, sat-sat, lum-lum, sat-lum, hue-fx.
#[derive(Clone, Debug, PartialEq)]
pub struct GradingHueCurve {
    /// The space of the input.
    pub style: GradingStyle,
    /// The eight curves.
    pub curves: [SplineCurve; 8],
    /// Convert RGB to HSY and back around the curves (`hsy_transform` 1); the input is HSY if not.
    pub rgb_to_hsy: bool,
    /// May change after the program is built.
    pub dynamic: bool,
    /// Which way.
    pub direction: Direction,
}

/// One zone of a tone grading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneZone {
    /// Values.
    pub rgbm: Rgbm,
    /// Start or centre.
    pub start: f64,
    /// Width or pivot.
    pub width: f64,
}

/// Tone grading by zones.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "OpenColorIO's names of the zones")]
pub struct GradingTone {
    pub style: GradingStyle,
    pub blacks: ToneZone,
    pub shadows: ToneZone,
    pub midtones: ToneZone,
    pub highlights: ToneZone,
    pub whites: ToneZone,
    pub s_contrast: f64,
    pub dynamic: bool,
    pub direction: Direction,
}

/// How a table is read between its entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the usual names")]
pub enum Interpolation {
    Nearest,
    #[default]
    Linear,
    Tetrahedral,
    Cubic,
}

/// How a one-dimensional table treats hue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HueAdjust {
    /// Channels apart.
    #[default]
    None,
    /// Keep the hue as the DW3 method does.
    Dw3,
}

/// A table a channel over [0, 1], or over all half floats.
#[derive(Clone, Debug, PartialEq)]
pub struct Lut1D {
    /// R, G, B of each entry. 2 to 1,048,576 rows; 65,536 with `half_domain`.
    pub entries: Vec<[f32; 3]>,
    /// The index is the bit pattern of a half float.
    pub half_domain: bool,
    /// Entries were stored as half bit patterns (kept for writing back).
    pub raw_halfs: bool,
    /// Interpolation: nearest, linear or cubic.
    pub interpolation: Interpolation,
    /// Hue handling.
    pub hue_adjust: HueAdjust,
}

/// A cube of `edge`^3 entries over [0, 1]^3, red fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Lut3D {
    /// Entries along one axis, 2 to 129.
    pub edge: usize,
    /// R, G, B of each entry, red index fastest, blue slowest.
    pub entries: Vec<[f32; 3]>,
    /// Interpolation: nearest, linear (trilinear), tetrahedral or cubic.
    pub interpolation: Interpolation,
}
