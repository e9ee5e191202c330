//! ASC CDL: slope, offset, power, saturation, clamping to 0..1 or not.
//!
//! Without clamping, negatives pass the power unchanged, as in OpenColorIO, and NaN becomes 0 there; with clamping NaN
//! becomes 0 at the first clamp. Alpha passes. Luma weights are those of Rec. 709. Inverse factors are bounded by 1/0.01.

use vfx_kernel::Math;

use super::{Cdl, CdlStyle, Direction};
use crate::ColorError;
use crate::program::{Formula, Kernel};

pub(crate) const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

impl Cdl {
    /// Neutral values.
    pub const IDENTITY: Self = Self {
        slope: [1.0; 3],
        offset: [0.0; 3],
        power: [1.0; 3],
        saturation: 1.0,
        style: CdlStyle::NoClamp,
        direction: Direction::Forward,
    };

    /// Every value is neutral (with clamping the clamp to 0..1 remains).
    pub fn is_neutral(&self) -> bool {
        self.slope == [1.0; 3]
            && self.offset == [0.0; 3]
            && self.power == [1.0; 3]
            && self.saturation == 1.0
    }

    /// Checks the values.
    ///
    /// # Errors
    ///
    /// If slope or saturation is negative or a power is not positive.
    pub fn validate(&self) -> Result<(), ColorError> {
        let wrong = |parameter, found: f64, expected| {
            Err(ColorError::Parameter {
                op: "CDL",
                parameter,
                found: found.to_string(),
                expected,
            })
        };
        for i in 0..3 {
            if !(self.slope[i] >= 0.0 && self.slope[i].is_finite()) {
                return wrong("slope", self.slope[i], "0 or more");
            }
            if !(self.power[i] > 0.0 && self.power[i].is_finite()) {
                return wrong("power", self.power[i], "more than 0");
            }
            if !self.offset[i].is_finite() {
                return wrong("offset", self.offset[i], "a finite number");
            }
        }
        if !(self.saturation >= 0.0 && self.saturation.is_finite()) {
            return wrong("saturation", self.saturation, "0 or more");
        }
        Ok(())
    }
}

pub(crate) fn kernel(o: &Cdl) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let inverse = o.direction == Direction::Inverse;
    let factor = |v: f64| {
        let v = v as f32;
        if inverse { 1.0 / v.max(1e-2) } else { v }
    };
    let sign = if inverse { -1.0 } else { 1.0 };
    let p = Params {
        slope: o.slope.map(factor),
        offset: o.offset.map(|v| (sign * v) as f32),
        power: o.power.map(factor),
        saturation: factor(o.saturation),
    };
    Ok(match (o.style, inverse) {
        (CdlStyle::Asc, false) => Box::new(Forward::<true>(p)),
        (CdlStyle::NoClamp, false) => Box::new(Forward::<false>(p)),
        (CdlStyle::Asc, true) => Box::new(Backward::<true>(p)),
        (CdlStyle::NoClamp, true) => Box::new(Backward::<false>(p)),
    })
}

#[derive(Debug)]
struct Params {
    slope: [f32; 3],
    offset: [f32; 3],
    power: [f32; 3],
    saturation: f32,
}

/// Distance from luma times a factor.
#[inline(always)]
pub(crate) fn saturate<M: Math>(m: M, c: [M::F; 3], saturation: M::F) -> [M::F; 3] {
    let luma = m.fma(
        c[2],
        m.k(LUMA[2]),
        m.fma(c[1], m.k(LUMA[1]), m.mul(c[0], m.k(LUMA[0]))),
    );
    [
        m.fma(m.sub(c[0], luma), saturation, luma),
        m.fma(m.sub(c[1], luma), saturation, luma),
        m.fma(m.sub(c[2], luma), saturation, luma),
    ]
}

impl Params {
    #[inline(always)]
    fn power<M: Math, const CLAMP: bool>(&self, m: M, x: M::F, i: usize) -> M::F {
        let zero = m.k(0.0);
        if CLAMP {
            self.raise(m, m.clamp(x, 0.0, 1.0), i)
        } else {
            let y = self.raise(m, m.max(x, zero), i);
            m.select(m.lt(x, zero), x, y)
        }
    }

    #[inline(always)]
    fn raise<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        if self.power[i] == 1.0 {
            x
        } else {
            m.pow(x, self.power[i])
        }
    }

    #[inline(always)]
    fn saturate<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.saturation == 1.0 {
            c
        } else {
            saturate(m, c, m.k(self.saturation))
        }
    }
}

#[inline(always)]
fn clamp<M: Math, const CLAMP: bool>(m: M, c: [M::F; 3]) -> [M::F; 3] {
    if CLAMP {
        [
            m.clamp(c[0], 0.0, 1.0),
            m.clamp(c[1], 0.0, 1.0),
            m.clamp(c[2], 0.0, 1.0),
        ]
    } else {
        c
    }
}

#[derive(Debug)]
struct Forward<const CLAMP: bool>(Params);

impl<const CLAMP: bool> Forward<CLAMP> {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        let p = &self.0;
        let x = m.fma(x, m.k(p.slope[i]), m.k(p.offset[i]));
        p.power::<M, CLAMP>(m, x, i)
    }
}

impl<const CLAMP: bool> Formula for Forward<CLAMP> {
    fn name(&self) -> &'static str {
        if CLAMP { "CDL" } else { "CDL, no clamp" }
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let c = [
            self.one(m, c[0], 0),
            self.one(m, c[1], 1),
            self.one(m, c[2], 2),
        ];
        clamp::<M, CLAMP>(m, self.0.saturate(m, c))
    }
    fn separable(&self) -> bool {
        self.0.saturation == 1.0
    }
}

#[derive(Debug)]
struct Backward<const CLAMP: bool>(Params);

impl<const CLAMP: bool> Backward<CLAMP> {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        let p = &self.0;
        let x = p.power::<M, CLAMP>(m, x, i);
        m.mul(m.add(x, m.k(p.offset[i])), m.k(p.slope[i]))
    }
}

impl<const CLAMP: bool> Formula for Backward<CLAMP> {
    fn name(&self) -> &'static str {
        if CLAMP {
            "CDL, inverse"
        } else {
            "CDL, no clamp, inverse"
        }
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let c = self.0.saturate(m, clamp::<M, CLAMP>(m, c));
        clamp::<M, CLAMP>(
            m,
            [
                self.one(m, c[0], 0),
                self.one(m, c[1], 1),
                self.one(m, c[2], 2),
            ],
        )
    }
    fn separable(&self) -> bool {
        self.0.saturation == 1.0
    }
}
