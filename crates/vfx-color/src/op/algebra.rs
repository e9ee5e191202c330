//! What the optimiser and writers ask of any operation: its name, its inverse, whether it changes anything.

use super::{Direction, Op};
use crate::ColorError;

impl Op {
    /// The kind, as OpenColorIO's transform is called.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Matrix(_) => "Matrix",
            Self::Range(_) => "Range",
            Self::Exponent(_) => "Exponent",
            Self::MonCurve(_) => "ExponentWithLinear",
            Self::Log(o) if o.lin_side_break.is_some() => "LogCamera",
            Self::Log(_) => "Log",
            Self::Cdl(_) => "CDL",
            Self::ExposureContrast(_) => "ExposureContrast",
            Self::FixedFunction(_) => "FixedFunction",
            Self::GradingPrimary(_) => "GradingPrimary",
            Self::GradingRgbCurve(_) => "GradingRGBCurve",
            Self::GradingHueCurve(_) => "GradingHueCurve",
            Self::GradingTone(_) => "GradingTone",
            Self::Lut1D(..) => "Lut1D",
            Self::Lut3D(..) => "Lut3D",
        }
    }

    /// The operation that undoes this one.
    ///
    /// # Errors
    ///
    /// If a matrix is singular.
    pub fn inverse(&self) -> Result<Self, ColorError> {
        let mut op = self.clone();
        match &mut op {
            Self::Matrix(o) => return Ok(Self::Matrix(o.inverse()?)),
            Self::Range(o) => turn(&mut o.direction),
            Self::Exponent(o) => turn(&mut o.direction),
            Self::MonCurve(o) => turn(&mut o.direction),
            Self::Log(o) => turn(&mut o.direction),
            Self::Cdl(o) => turn(&mut o.direction),
            Self::ExposureContrast(o) => turn(&mut o.direction),
            Self::FixedFunction(o) => turn(&mut o.direction),
            Self::GradingPrimary(o) => turn(&mut o.direction),
            Self::GradingRgbCurve(o) => turn(&mut std::sync::Arc::make_mut(o).direction),
            Self::GradingHueCurve(o) => turn(&mut std::sync::Arc::make_mut(o).direction),
            Self::GradingTone(o) => turn(&mut o.direction),
            Self::Lut1D(_, direction) | Self::Lut3D(_, direction) => turn(direction),
        }
        Ok(op)
    }

    /// The operations that undo a list, in their order.
    ///
    /// # Errors
    ///
    /// If a matrix is singular.
    pub fn inverse_of(ops: &[Self]) -> Result<Vec<Self>, ColorError> {
        ops.iter().rev().map(Self::inverse).collect()
    }

    /// May change after a program is built.
    pub fn is_dynamic(&self) -> bool {
        match self {
            Self::ExposureContrast(o) => o.dynamic != [false; 3],
            Self::GradingPrimary(o) => o.dynamic,
            Self::GradingRgbCurve(o) => o.dynamic,
            Self::GradingHueCurve(o) => o.dynamic,
            Self::GradingTone(o) => o.dynamic,
            _ => false,
        }
    }

    /// Changes no value at all, NaN and infinities included.
    pub fn is_no_op(&self) -> bool {
        if self.is_dynamic() {
            return false;
        }
        match self {
            Self::Matrix(o) => o.is_identity(),
            Self::Range(o) => !o.clamp && o.as_matrix().is_identity(),
            Self::Cdl(o) => o.is_neutral() && o.style == super::CdlStyle::NoClamp,
            Self::Exponent(o) => o.is_identity() && o.style != super::NegativeStyle::Clamp,
            Self::MonCurve(o) => o.is_identity(),
            Self::ExposureContrast(o) => o.is_identity(),
            Self::GradingPrimary(o) => o.is_identity(),
            Self::GradingRgbCurve(o) => o.is_identity(),
            Self::GradingHueCurve(o) => o.is_identity(),
            Self::GradingTone(o) => o.is_identity(),
            Self::Log(_) | Self::FixedFunction(_) | Self::Lut1D(..) | Self::Lut3D(..) => false,
        }
    }
}

fn turn(direction: &mut Direction) {
    *direction = direction.inverse();
}
