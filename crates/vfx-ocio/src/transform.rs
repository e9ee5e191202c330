//! A transform as a config says it: 23 types, every key.
//!
//! What is one operation is kept as that operation ([`Transform::Op`]); what refers to the config (spaces, looks, displays,
//! files) or expands to several is kept by its parameters, and becomes operations in [`crate::Config::ops`].

use vfx_color::Direction;
use vfx_color::op::{Cdl, CdlStyle, Matrix, Op};

/// A transform of a config.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Transform {
    /// One operation: Exponent, ExponentWithLinear, ExposureContrast, FixedFunction, Grading..., Log..., Range.
    Op(Op),
    /// 4 x 4 matrix and offset. The inverse is made when it is needed, and may not exist.
    Matrix(Matrix, Direction),
    /// ASC CDL; version 1 configs read it as scale, power and saturation.
    Cdl(Cdl),
    /// A fit to 0..1 for graphics processors, uniform or logarithmic.
    Allocation {
        /// Which one.
        allocation: Allocation,
        /// Minimum, maximum, and the offset of the logarithm.
        vars: Vec<f32>,
        /// Which way.
        direction: Direction,
    },
    /// A built-in transform by style.
    Builtin {
        /// OpenColorIO's name of it.
        style: String,
        /// Which way.
        direction: Direction,
    },
    /// From one colour space to another.
    ColorSpace {
        /// From: a space, role or named transform; may hold context variables.
        src: String,
        /// To.
        dst: String,
        /// Data spaces are left alone.
        data_bypass: bool,
        /// Which way.
        direction: Direction,
    },
    /// From a colour space to a view of a display.
    DisplayView {
        /// From.
        src: String,
        /// The display.
        display: String,
        /// The view.
        view: String,
        /// The looks of the view are left out.
        looks_bypass: bool,
        /// Data spaces are left alone.
        data_bypass: bool,
        /// Which way.
        direction: Direction,
    },
    /// A file of operations.
    File(FileTransform),
    /// One after the other.
    Group {
        /// In the order of the forward direction.
        children: Vec<Transform>,
        /// Name of the group.
        name: String,
        /// Which way.
        direction: Direction,
    },
    /// Looks between two colour spaces.
    Look {
        /// From.
        src: String,
        /// To.
        dst: String,
        /// `+a, -b | c`: b backwards after a, or c where a file is missing.
        looks: String,
        /// Only the looks, no conversion to their process spaces.
        skip_conversion: bool,
        /// Which way.
        direction: Direction,
    },
}

/// A file of operations, and how to read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileTransform {
    /// The file, relative to the search paths; may hold context variables.
    pub src: String,
    /// Id or index in a collection; may hold context variables.
    pub cccid: String,
    /// CDL style where the file does not say.
    pub cdl_style: Option<CdlStyle>,
    /// Interpolation of tables.
    pub interpolation: FileInterpolation,
    /// Which way.
    pub direction: Direction,
}

/// `interpolation` of a file transform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "OpenColorIO's names")]
pub enum FileInterpolation {
    #[default]
    Default,
    Nearest,
    Linear,
    Tetrahedral,
    Cubic,
    Best,
    Unknown,
}

/// How a space is laid out over 0..1 for graphics processors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "OpenColorIO's names")]
pub enum Allocation {
    #[default]
    Uniform,
    Lg2,
    Unknown,
}

impl Transform {
    /// Calls `f` with this transform and every one below it.
    pub fn walk<'a>(&'a self, f: &mut dyn FnMut(&'a Transform)) {
        f(self);
        if let Self::Group { children, .. } = self {
            for c in children {
                c.walk(f);
            }
        }
    }

    /// Its name in configs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Op(op) => match op {
                Op::Range(_) => "RangeTransform",
                Op::Exponent(_) => "ExponentTransform",
                Op::MonCurve(_) => "ExponentWithLinearTransform",
                Op::Log(l) if l.lin_side_break.is_some() => "LogCameraTransform",
                Op::Log(l) if is_plain_log(l) => "LogTransform",
                Op::Log(_) => "LogAffineTransform",
                Op::ExposureContrast(_) => "ExposureContrastTransform",
                Op::FixedFunction(_) => "FixedFunctionTransform",
                Op::GradingPrimary(_) => "GradingPrimaryTransform",
                Op::GradingRgbCurve(_) => "GradingRGBCurveTransform",
                Op::GradingHueCurve(_) => "GradingHueCurveTransform",
                Op::GradingTone(_) => "GradingToneTransform",
                Op::Cdl(_) => "CDLTransform",
                Op::Matrix(_) => "MatrixTransform",
                Op::Lut1D(..) => "Lut1DTransform",
                Op::Lut3D(..) => "Lut3DTransform",
                _ => "Transform",
            },
            Self::Matrix(..) => "MatrixTransform",
            Self::Cdl(_) => "CDLTransform",
            Self::Allocation { .. } => "AllocationTransform",
            Self::Builtin { .. } => "BuiltinTransform",
            Self::ColorSpace { .. } => "ColorSpaceTransform",
            Self::DisplayView { .. } => "DisplayViewTransform",
            Self::File(_) => "FileTransform",
            Self::Group { .. } => "GroupTransform",
            Self::Look { .. } => "LookTransform",
        }
    }
}

/// Only a base, no affine part.
pub(crate) fn is_plain_log(l: &vfx_color::op::Log) -> bool {
    l.lin_side_break.is_none()
        && l.log_side_slope == [1.0; 3]
        && l.lin_side_slope == [1.0; 3]
        && l.log_side_offset == [0.0; 3]
        && l.lin_side_offset == [0.0; 3]
}
