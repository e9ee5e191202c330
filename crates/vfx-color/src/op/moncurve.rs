//! A power with a linear toe that meets it with equal value and slope: OpenColorIO's ExponentWithLinear ("moncurve").
//!
//! Break point and slope follow from gamma and offset; gamma 1 and offset 0 are nudged by 1e-6 as there. Below zero the
//! linear part goes on, or the curve is mirrored. NaN stays NaN; +inf stays, -inf follows the style. The sRGB curve is
//! gamma 2.4, offset 0.055.

use vfx_kernel::Math;

use super::channels::{Channels, Rgb, Rgba};
use super::{Direction, MonCurve, NegativeStyle};
use crate::ColorError;
use crate::program::Kernel;

const EPS: f64 = 1e-6;

impl MonCurve {
    /// Changes nothing: every gamma 1 and offset 0.
    pub fn is_identity(&self) -> bool {
        self.gamma == [1.0; 4] && self.offset == [0.0; 4]
    }

    /// Checks gammas and offsets.
    ///
    /// # Errors
    ///
    /// If a gamma is outside 1 to 10 or an offset outside 0 to 0.9.
    pub fn validate(&self) -> Result<(), ColorError> {
        for (gamma, offset) in self.gamma.into_iter().zip(self.offset) {
            if !(1.0..=10.0).contains(&gamma) {
                return Err(ColorError::Parameter {
                    op: "exponent with linear",
                    parameter: "gamma",
                    found: gamma.to_string(),
                    expected: "1 to 10",
                });
            }
            if !(0.0..=0.9).contains(&offset) {
                return Err(ColorError::Parameter {
                    op: "exponent with linear",
                    parameter: "offset",
                    found: offset.to_string(),
                    expected: "0 to 0.9",
                });
            }
        }
        if !matches!(self.style, NegativeStyle::Linear | NegativeStyle::Mirror) {
            return Err(ColorError::Parameter {
                op: "exponent with linear",
                parameter: "style",
                found: format!("{:?}", self.style),
                expected: "linear or mirror",
            });
        }
        Ok(())
    }
}

pub(crate) fn kernel(o: &MonCurve) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let curve = |i: usize| {
        let (g, f) = (o.gamma[i].max(1.0 + EPS), o.offset[i].max(EPS));
        // Where the line and the power meet, on the linear side.
        let a = f * g / ((g - 1.0) * (1.0 + f));
        let forward = o.direction == Direction::Forward;
        let slope = (g - 1.0) / f * a.powf(g);
        let brk = if forward { f / (g - 1.0) } else { a.powf(g) };
        Curve {
            gamma: (if forward { g } else { 1.0 / g }) as f32,
            scale: (if forward { 1.0 / (1.0 + f) } else { 1.0 + f }) as f32,
            offset: (if forward { f / (1.0 + f) } else { -f }) as f32,
            slope: (if forward { slope } else { 1.0 / slope }) as f32,
            brk: brk as f32,
        }
    };
    let curves = Curves {
        c: [curve(0), curve(1), curve(2), curve(3)],
        forward: o.direction == Direction::Forward,
        mirror: o.style == NegativeStyle::Mirror,
    };
    Ok(if o.gamma[3] == 1.0 && o.offset[3] == 0.0 {
        Box::new(Rgb(curves))
    } else {
        Box::new(Rgba(curves))
    })
}

#[derive(Debug)]
struct Curve {
    gamma: f32,
    scale: f32,
    offset: f32,
    slope: f32,
    brk: f32,
}

#[derive(Debug)]
struct Curves {
    c: [Curve; 4],
    forward: bool,
    mirror: bool,
}

impl Channels for Curves {
    fn name(&self) -> &'static str {
        "exponent with linear"
    }
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        let p = &self.c[i];
        let a = if self.mirror { m.abs(x) } else { x };
        let y = if self.forward {
            m.pow(m.fma(a, m.k(p.scale), m.k(p.offset)), p.gamma)
        } else {
            m.fma(m.pow(a, p.gamma), m.k(p.scale), m.k(p.offset))
        };
        let y = m.select(m.le(a, m.k(p.brk)), m.mul(a, m.k(p.slope)), y);
        if self.mirror { m.copysign(y, x) } else { y }
    }
}
