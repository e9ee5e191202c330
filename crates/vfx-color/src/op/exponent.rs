//! Powers a channel, alpha included: OpenColorIO's Exponent.
//!
//! Negatives: clamped to 0, mirrored (odd symmetry) or passed. NaN becomes 0 when clamping (0 to the power), stays NaN
//! otherwise. An exponent of exactly 1 leaves a channel's value as it is, after the clamp.

use vfx_kernel::Math;

use super::channels::{Channels, Rgb, Rgba};
use super::{Direction, Exponent, NegativeStyle};
use crate::ColorError;
use crate::program::Kernel;

/// The bounds OpenColorIO sets on exponents.
const LIMITS: std::ops::RangeInclusive<f64> = 0.01..=100.0;

impl Exponent {
    /// The exponents as they run: reciprocal if inverse.
    pub fn effective(&self) -> [f64; 4] {
        match self.direction {
            Direction::Forward => self.value,
            Direction::Inverse => self.value.map(f64::recip),
        }
    }

    /// All exponents are 1.
    pub fn is_identity(&self) -> bool {
        self.value == [1.0; 4]
    }

    /// Checks the exponents.
    ///
    /// # Errors
    ///
    /// If one is outside 0.01 to 100, or the style is not of this operation.
    pub fn validate(&self) -> Result<(), ColorError> {
        for v in self.value {
            // The original clamping form takes any exponent forwards.
            let open = self.style == NegativeStyle::Clamp && v.is_finite() && v != 0.0;
            if !open && !LIMITS.contains(&v) {
                return Err(ColorError::Parameter {
                    op: "exponent",
                    parameter: "value",
                    found: v.to_string(),
                    expected: "0.01 to 100",
                });
            }
        }
        if self.style == NegativeStyle::Linear {
            return Err(ColorError::Parameter {
                op: "exponent",
                parameter: "style",
                found: "linear".into(),
                expected: "clamp, mirror or pass_thru",
            });
        }
        Ok(())
    }
}

pub(crate) fn kernel(o: &Exponent) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let e = o.effective().map(|v| v as f32);
    let power = Power { e, style: o.style };
    // An exponent of 1 still clamps alpha at 0.
    Ok(if o.value[3] != 1.0 || o.style == NegativeStyle::Clamp {
        Box::new(Rgba(power))
    } else {
        Box::new(Rgb(power))
    })
}

#[derive(Debug)]
struct Power {
    e: [f32; 4],
    style: NegativeStyle,
}

impl Channels for Power {
    fn name(&self) -> &'static str {
        "exponent"
    }
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        let e = self.e[i];
        let zero = m.k(0.0);
        match self.style {
            NegativeStyle::Mirror => m.copysign(power(m, m.abs(x), e), x),
            NegativeStyle::PassThru => {
                let y = power(m, m.max(x, zero), e);
                m.select(m.gt(x, zero), y, x)
            }
            NegativeStyle::Clamp | NegativeStyle::Linear => power(m, m.max(x, zero), e),
        }
    }
}

/// `x` to the power `e`; exactly `x` for 1.
#[inline(always)]
fn power<M: Math>(m: M, x: M::F, e: f32) -> M::F {
    if e == 1.0 { x } else { m.pow(x, e) }
}
