//! Exposure, contrast and gamma around a pivot, in linear, video or logarithmic space.
//!
//! Contrast and gamma multiply. Linear and video: a power of the value over the pivot, negatives and NaN become 0 where the
//! contrast is not 1, and pass multiplied where it is. Logarithmic: a straight line. Parameters marked dynamic become
//! uniforms in text.

use vfx_kernel::Math;

use super::{Direction, ExposureContrast, GradingStyle};
use crate::ColorError;
use crate::program::{Formula, Kernel};

/// OpenColorIO's lower bounds and its video exponent 1/1.83.
const MIN_PIVOT: f64 = 0.001;
const MIN_CONTRAST: f64 = 0.001;
const VIDEO_OETF_POWER: f64 = 0.546_448_087_431_693_9;

impl ExposureContrast {
    /// Neutral values and not dynamic.
    pub fn is_identity(&self) -> bool {
        self.dynamic == [false; 3]
            && self.exposure == 0.0
            && self.contrast == 1.0
            && self.gamma == 1.0
    }
}

pub(crate) fn kernel(o: &ExposureContrast) -> Result<Box<dyn Kernel>, ColorError> {
    for (parameter, v) in [
        ("exposure", o.exposure),
        ("contrast", o.contrast),
        ("gamma", o.gamma),
        ("pivot", o.pivot),
        ("log exposure step", o.log_exposure_step),
        ("log midway gray", o.log_midway_gray),
    ] {
        if !v.is_finite() {
            return Err(ColorError::Parameter {
                op: "exposure contrast",
                parameter,
                found: v.to_string(),
                expected: "a finite number",
            });
        }
    }
    let contrast = (o.contrast * o.gamma).max(MIN_CONTRAST);
    let pivot = o.pivot.max(MIN_PIVOT);
    let inverse = o.direction == Direction::Inverse;
    let changes = o.dynamic.contains(&true);
    let (scale, pivot) = match o.style {
        GradingStyle::Linear => (o.exposure.exp2(), pivot),
        GradingStyle::Video => (
            o.exposure.exp2().powf(VIDEO_OETF_POWER),
            pivot.powf(VIDEO_OETF_POWER),
        ),
        GradingStyle::Log => {
            let pivot = ((pivot / 0.18).log2() * o.log_exposure_step + o.log_midway_gray).max(0.0);
            let shift = o.exposure * o.log_exposure_step;
            let offset = (shift - pivot) * contrast + pivot;
            return Ok(Box::new(if inverse {
                Line {
                    scale: (1.0 / contrast) as f32,
                    offset: (-offset / contrast) as f32,
                    changes,
                }
            } else {
                Line {
                    scale: contrast as f32,
                    offset: offset as f32,
                    changes,
                }
            }));
        }
    };
    let dynamic = o.dynamic[1] || o.dynamic[2];
    if contrast as f32 == 1.0 && !dynamic {
        let scale = if inverse { 1.0 / scale } else { scale };
        return Ok(Box::new(Line {
            scale: scale as f32,
            offset: 0.0,
            changes,
        }));
    }
    Ok(Box::new(if inverse {
        Power {
            before: (1.0 / pivot) as f32,
            power: (1.0 / contrast) as f32,
            after: (pivot / scale) as f32,
            changes,
        }
    } else {
        Power {
            before: (scale / pivot) as f32,
            power: contrast as f32,
            after: pivot as f32,
            changes,
        }
    }))
}

#[derive(Debug)]
struct Line {
    scale: f32,
    offset: f32,
    changes: bool,
}

/// A parameter: a uniform of a text if it may change.
#[inline(always)]
fn parameter<M: Math>(m: M, changes: bool, name: &'static str, v: f32) -> M::F {
    if changes { m.uniform(name, v) } else { m.k(v) }
}

impl Line {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F) -> M::F {
        m.fma(
            x,
            parameter(m, self.changes, "ec_scale", self.scale),
            parameter(m, self.changes, "ec_offset", self.offset),
        )
    }
}

impl Formula for Line {
    fn name(&self) -> &'static str {
        "exposure contrast, straight"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [self.one(m, c[0]), self.one(m, c[1]), self.one(m, c[2])]
    }
    fn separable(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Power {
    before: f32,
    power: f32,
    after: f32,
    changes: bool,
}

impl Power {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F) -> M::F {
        let changes = self.changes;
        let straight = m.mul(x, parameter(m, changes, "ec_before", self.before));
        let power = parameter(m, changes, "ec_power", self.power);
        let y = m.pow_by(m.max(straight, m.k(0.0)), power);
        // A contrast of exactly 1 keeps negatives.
        let y = m.select(m.eq(power, m.k(1.0)), straight, y);
        m.mul(y, parameter(m, changes, "ec_after", self.after))
    }
}

impl Formula for Power {
    fn name(&self) -> &'static str {
        "exposure contrast"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [self.one(m, c[0]), self.one(m, c[1]), self.one(m, c[2])]
    }
    fn separable(&self) -> bool {
        true
    }
}
