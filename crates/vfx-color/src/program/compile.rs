//! From an operation's data to its kernel: the one place that knows every kind.

use super::kernel::Kernel;
use crate::ColorError;
use crate::op::{self, Op};

/// The kernel of `op`.
///
/// # Errors
///
/// If a parameter is outside its definition or the inverse does not exist.
pub fn kernel(op: &Op) -> Result<Box<dyn Kernel>, ColorError> {
    match op {
        Op::Matrix(o) => op::matrix::kernel(o),
        Op::Range(o) => op::range::kernel(o),
        Op::Exponent(o) => op::exponent::kernel(o),
        Op::MonCurve(o) => op::moncurve::kernel(o),
        Op::Log(o) => op::log::kernel(o),
        Op::Cdl(o) => op::cdl::kernel(o),
        Op::ExposureContrast(o) => op::exposure_contrast::kernel(o),
        Op::GradingPrimary(o) => op::grading_primary::kernel(o),
        Op::GradingRgbCurve(o) => op::grading_rgb_curve::kernel(o),
        Op::GradingHueCurve(o) => op::grading_hue_curve::kernel(o),
        Op::GradingTone(o) => op::grading_tone::kernel(o),
        Op::Lut1D(o, direction) => op::lut1d::kernel(o, *direction),
        Op::Lut3D(o, direction) => op::lut3d::kernel(o, *direction),
        Op::FixedFunction(o) => op::fixed::kernel(o),
    }
}
