//! Parameters that change after a program is built: only the kernels concerned are compiled again.

use std::sync::Arc;

use super::ColorProgram;
use crate::op::{GradingHueCurve, GradingPrimary, GradingRgbCurve, GradingTone};
use crate::{ColorError, Op};

/// A dynamic property and its new value; as in OpenColorIO it holds for every operation that declares it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Property {
    /// Stops of every dynamic exposure.
    Exposure(f64),
    /// Contrast of every dynamic contrast.
    Contrast(f64),
    /// Gamma of every dynamic gamma.
    Gamma(f64),
    /// Values of every dynamic primary grading; style and direction stay.
    GradingPrimary(GradingPrimary),
    /// Curves of every dynamic RGB curve grading; style and direction stay.
    GradingRgbCurve(GradingRgbCurve),
    /// Curves of every dynamic hue curve grading; style and direction stay.
    GradingHueCurve(GradingHueCurve),
    /// Zones of every dynamic tone grading; style and direction stay.
    GradingTone(GradingTone),
}

impl Property {
    fn name(&self) -> &'static str {
        match self {
            Self::Exposure(_) => "exposure",
            Self::Contrast(_) => "contrast",
            Self::Gamma(_) => "gamma",
            Self::GradingPrimary(_) => "grading_primary",
            Self::GradingRgbCurve(_) => "grading_rgbcurve",
            Self::GradingHueCurve(_) => "grading_huecurve",
            Self::GradingTone(_) => "grading_tone",
        }
    }

    /// `op` with the new value; `None` if it does not declare the property.
    fn applied(&self, op: &Op) -> Option<Op> {
        match (self, op) {
            (Self::Exposure(v), Op::ExposureContrast(o)) if o.dynamic[0] => {
                let exposure = *v;
                Some(Op::ExposureContrast(crate::op::ExposureContrast {
                    exposure,
                    ..*o
                }))
            }
            (Self::Contrast(v), Op::ExposureContrast(o)) if o.dynamic[1] => {
                let contrast = *v;
                Some(Op::ExposureContrast(crate::op::ExposureContrast {
                    contrast,
                    ..*o
                }))
            }
            (Self::Gamma(v), Op::ExposureContrast(o)) if o.dynamic[2] => {
                let gamma = *v;
                Some(Op::ExposureContrast(crate::op::ExposureContrast {
                    gamma,
                    ..*o
                }))
            }
            (Self::GradingPrimary(v), Op::GradingPrimary(o)) if o.dynamic => {
                Some(Op::GradingPrimary(GradingPrimary {
                    style: o.style,
                    direction: o.direction,
                    dynamic: true,
                    ..*v
                }))
            }
            (Self::GradingRgbCurve(v), Op::GradingRgbCurve(o)) if o.dynamic => {
                Some(Op::GradingRgbCurve(Arc::new(GradingRgbCurve {
                    style: o.style,
                    direction: o.direction,
                    dynamic: true,
                    ..v.clone()
                })))
            }
            (Self::GradingHueCurve(v), Op::GradingHueCurve(o)) if o.dynamic => {
                Some(Op::GradingHueCurve(Arc::new(GradingHueCurve {
                    style: o.style,
                    direction: o.direction,
                    dynamic: true,
                    ..v.clone()
                })))
            }
            (Self::GradingTone(v), Op::GradingTone(o)) if o.dynamic => {
                Some(Op::GradingTone(Box::new(GradingTone {
                    style: o.style,
                    direction: o.direction,
                    dynamic: true,
                    ..*v
                })))
            }
            _ => None,
        }
    }
}

impl ColorProgram {
    /// Some operation may change.
    pub fn is_dynamic(&self) -> bool {
        self.ops.iter().any(Op::is_dynamic)
    }

    /// Sets a dynamic property.
    ///
    /// # Errors
    ///
    /// If no operation declares it, or a value is outside its definition (nothing is changed then).
    pub fn set(&mut self, property: &Property) -> Result<(), ColorError> {
        let mut ops = self.ops.clone();
        let mut found = false;
        for op in &mut ops {
            if let Some(new) = property.applied(op) {
                super::compile(&new)?;
                *op = new;
                found = true;
            }
        }
        if !found {
            return Err(ColorError::Unknown {
                kind: "dynamic property of this program",
                name: property.name().to_owned(),
            });
        }
        self.ops = ops;
        self.build()
    }
}
