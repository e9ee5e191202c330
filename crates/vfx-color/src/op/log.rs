//! Logarithms: plain, affine on both sides, and the camera form with a linear part.
//!
//! Linear to logarithmic clamps the argument to the smallest normal float first, so that 0, negatives and NaN give the
//! finite lower end (NaN below a camera's break test: the logarithm's lower end as well); +inf gives +inf. Back: exp2 as
//! IEEE, NaN stays NaN.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN must fail the checks")]

use vfx_kernel::Math;

use super::{Direction, Log};
use crate::ColorError;
use crate::program::{Formula, Kernel};

impl Log {
    /// The plain logarithm of `base`.
    pub fn plain(base: f64, direction: Direction) -> Self {
        Self {
            base,
            log_side_slope: [1.0; 3],
            log_side_offset: [0.0; 3],
            lin_side_slope: [1.0; 3],
            lin_side_offset: [0.0; 3],
            lin_side_break: None,
            linear_slope: None,
            direction,
        }
    }

    /// Checks base and slopes.
    ///
    /// # Errors
    ///
    /// If the base is not positive or 1, a slope is 0, or a linear slope comes without a break.
    pub fn validate(&self) -> Result<(), ColorError> {
        let wrong = |parameter, found: f64, expected| {
            Err(ColorError::Parameter {
                op: "log",
                parameter,
                found: found.to_string(),
                expected,
            })
        };
        if !(self.base > 0.0 && self.base.is_finite() && self.base != 1.0) {
            return wrong("base", self.base, "positive and not 1");
        }
        for i in 0..3 {
            if self.lin_side_slope[i] == 0.0 || !self.lin_side_slope[i].is_finite() {
                return wrong("linear side slope", self.lin_side_slope[i], "not 0");
            }
            if self.log_side_slope[i] == 0.0 || !self.log_side_slope[i].is_finite() {
                return wrong("log side slope", self.log_side_slope[i], "not 0");
            }
            if let Some(b) = self.lin_side_break {
                let at = self.lin_side_slope[i] * b[i] + self.lin_side_offset[i];
                if !(at > 0.0) {
                    return wrong("linear side break", b[i], "where the logarithm exists");
                }
            }
            if let Some(s) = self.linear_slope
                && s[i] == 0.0
            {
                return wrong("linear slope", s[i], "not 0");
            }
        }
        if self.linear_slope.is_some() && self.lin_side_break.is_none() {
            return Err(ColorError::Parameter {
                op: "log",
                parameter: "linear slope",
                found: "no linear side break".into(),
                expected: "a break with it",
            });
        }
        Ok(())
    }
}

pub(crate) fn kernel(o: &Log) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let log2_base = o.base.log2();
    let mut c = [Channel::default(); 3];
    for i in 0..3 {
        let (m, b) = (o.lin_side_slope[i], o.lin_side_offset[i]);
        let (k, kb) = (o.log_side_slope[i], o.log_side_offset[i]);
        let p = &mut c[i];
        if o.direction == Direction::Forward {
            (p.m, p.b) = (m as f32, b as f32);
            (p.k, p.kb) = ((k / log2_base) as f32, kb as f32);
        } else {
            (p.m, p.b) = ((1.0 / m) as f32, (-b / m) as f32);
            (p.k, p.kb) = ((log2_base / k) as f32, kb as f32);
        }
        if let Some(brk) = o.lin_side_break {
            let at = m * brk[i] + b;
            let slope = match o.linear_slope {
                Some(s) => s[i],
                None => k * m / (at * o.base.ln()),
            };
            let log_break = at.log2() * k / log2_base + kb;
            let offset = log_break - slope * brk[i];
            if o.direction == Direction::Forward {
                (p.brk, p.slope, p.offset) = (brk[i] as f32, slope as f32, offset as f32);
            } else {
                p.brk = log_break as f32;
                (p.slope, p.offset) = ((1.0 / slope) as f32, (-offset / slope) as f32);
            }
        }
    }
    Ok(match (o.direction, o.lin_side_break.is_some()) {
        (Direction::Forward, false) => Box::new(Encode::<false>(c)),
        (Direction::Forward, true) => Box::new(Encode::<true>(c)),
        (Direction::Inverse, false) => Box::new(Decode::<false>(c)),
        (Direction::Inverse, true) => Box::new(Decode::<true>(c)),
    })
}

#[derive(Clone, Copy, Debug, Default)]
struct Channel {
    m: f32,
    b: f32,
    k: f32,
    kb: f32,
    brk: f32,
    slope: f32,
    offset: f32,
}

#[derive(Debug)]
struct Encode<const LINEAR: bool>([Channel; 3]);

#[inline(always)]
fn encode<M: Math, const LINEAR: bool>(m: M, x: M::F, p: &Channel) -> M::F {
    let a = m.fma(x, m.k(p.m), m.k(p.b));
    let a = m.max(a, m.k(f32::MIN_POSITIVE));
    let y = m.fma(m.log2(a), m.k(p.k), m.k(p.kb));
    if LINEAR {
        let line = m.fma(x, m.k(p.slope), m.k(p.offset));
        m.select(m.lt(x, m.k(p.brk)), line, y)
    } else {
        y
    }
}

impl<const LINEAR: bool> Formula for Encode<LINEAR> {
    fn name(&self) -> &'static str {
        if LINEAR { "log, camera" } else { "log" }
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            encode::<M, LINEAR>(m, c[0], &self.0[0]),
            encode::<M, LINEAR>(m, c[1], &self.0[1]),
            encode::<M, LINEAR>(m, c[2], &self.0[2]),
        ]
    }
    fn separable(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Decode<const LINEAR: bool>([Channel; 3]);

#[inline(always)]
fn decode<M: Math, const LINEAR: bool>(m: M, x: M::F, p: &Channel) -> M::F {
    let e = m.exp2(m.mul(m.sub(x, m.k(p.kb)), m.k(p.k)));
    let y = m.fma(e, m.k(p.m), m.k(p.b));
    if LINEAR {
        let line = m.fma(x, m.k(p.slope), m.k(p.offset));
        m.select(m.lt(x, m.k(p.brk)), line, y)
    } else {
        y
    }
}

impl<const LINEAR: bool> Formula for Decode<LINEAR> {
    fn name(&self) -> &'static str {
        if LINEAR {
            "log, camera, inverse"
        } else {
            "log, inverse"
        }
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            decode::<M, LINEAR>(m, c[0], &self.0[0]),
            decode::<M, LINEAR>(m, c[1], &self.0[1]),
            decode::<M, LINEAR>(m, c[2], &self.0[2]),
        ]
    }
    fn separable(&self) -> bool {
        true
    }
    fn tolerance(&self) -> f64 {
        // 2^x of a float x: its rounding is multiplied by the logarithm's magnitude.
        6e-6
    }
}
