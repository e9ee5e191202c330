//! Range: a linear map between two intervals with clamping, or the map alone.
//!
//! Works on R, G, B; alpha passes. One-sided ranges clamp only and need equal input and output ends. Clamping turns NaN into
//! the lower end (the upper one if there is no lower), infinities into the ends; without clamping they follow arithmetic.

use vfx_kernel::Math;

use super::{Direction, Matrix, Range};
use crate::ColorError;
use crate::program::{Formula, Kernel};

impl Range {
    /// Clamps to `min..=max` and maps nothing.
    pub fn clamp_to(min: Option<f64>, max: Option<f64>) -> Self {
        Self {
            min_in: min,
            max_in: max,
            min_out: min,
            max_out: max,
            clamp: true,
            direction: Direction::Forward,
        }
    }

    /// The same range run forwards.
    #[must_use]
    pub fn forward(&self) -> Self {
        match self.direction {
            Direction::Forward => *self,
            Direction::Inverse => Self {
                min_in: self.min_out,
                max_in: self.max_out,
                min_out: self.min_in,
                max_out: self.max_in,
                clamp: self.clamp,
                direction: Direction::Forward,
            },
        }
    }

    /// Factor and summand of the linear part.
    pub fn scale_offset(&self) -> (f64, f64) {
        let r = self.forward();
        match (r.min_in, r.max_in, r.min_out, r.max_out) {
            (Some(a), Some(b), Some(c), Some(d)) if a != b => {
                let scale = (d - c) / (b - a);
                (scale, c - scale * a)
            }
            (Some(a), None, Some(c), None) | (None, Some(a), None, Some(c)) => (1.0, c - a),
            _ => (1.0, 0.0),
        }
    }

    /// Checks what the definition demands.
    ///
    /// # Errors
    ///
    /// If ends are missing on one side only, in disorder or not finite, or a one-sided range moves its end.
    pub fn validate(&self) -> Result<(), ColorError> {
        let wrong = |parameter, found: String, expected| {
            Err(ColorError::Parameter {
                op: "range",
                parameter,
                found,
                expected,
            })
        };
        if self.min_in.is_some() != self.min_out.is_some() {
            return wrong("minimum", "missing on one side".into(), "both or neither");
        }
        if self.max_in.is_some() != self.max_out.is_some() {
            return wrong("maximum", "missing on one side".into(), "both or neither");
        }
        if self.min_in.is_none() && self.max_in.is_none() {
            return wrong("limits", "none".into(), "at least one");
        }
        let all = [self.min_in, self.max_in, self.min_out, self.max_out];
        for v in all.into_iter().flatten() {
            if !v.is_finite() {
                return wrong("limit", v.to_string(), "a finite number");
            }
        }
        for (lo, hi) in [(self.min_in, self.max_in), (self.min_out, self.max_out)] {
            if let (Some(lo), Some(hi)) = (lo, hi)
                && lo > hi
            {
                return wrong("maximum", hi.to_string(), "not below the minimum");
            }
        }
        let (scale, _) = self.scale_offset();
        if !scale.is_finite() || (self.min_in == self.max_in && self.min_out != self.max_out) {
            return wrong("input range", "empty".into(), "a positive width");
        }
        Ok(())
    }

    /// The map without the clamp.
    pub fn as_matrix(&self) -> Matrix {
        let (scale, offset) = self.scale_offset();
        let mut m = Matrix::scale([scale, scale, scale, 1.0]);
        m.offset = [offset, offset, offset, 0.0];
        m
    }
}

pub(crate) fn kernel(o: &Range) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    if !o.clamp {
        return super::matrix::kernel(&o.as_matrix());
    }
    let r = o.forward();
    let (scale, offset) = r.scale_offset();
    let (scale, offset) = (scale as f32, offset as f32);
    Ok(match (r.min_out, r.max_out) {
        (Some(lo), Some(hi)) => Box::new(Both {
            scale,
            offset,
            lo: lo as f32,
            hi: hi as f32,
        }),
        (Some(lo), None) => Box::new(Low {
            offset,
            lo: lo as f32,
        }),
        (_, hi) => Box::new(High {
            offset,
            hi: hi.unwrap_or(f64::INFINITY) as f32,
        }),
    })
}

macro_rules! per_channel {
    () => {
        #[inline(always)]
        fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
            [self.one(m, c[0]), self.one(m, c[1]), self.one(m, c[2])]
        }
        fn separable(&self) -> bool {
            true
        }
    };
}

#[derive(Debug)]
struct Both {
    scale: f32,
    offset: f32,
    lo: f32,
    hi: f32,
}

impl Both {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F) -> M::F {
        let x = m.fma(x, m.k(self.scale), m.k(self.offset));
        m.clamp(x, self.lo, self.hi)
    }
}

impl Formula for Both {
    fn name(&self) -> &'static str {
        "range"
    }
    per_channel!();
}

#[derive(Debug)]
struct Low {
    offset: f32,
    lo: f32,
}

impl Low {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F) -> M::F {
        m.max(m.add(x, m.k(self.offset)), m.k(self.lo))
    }
}

impl Formula for Low {
    fn name(&self) -> &'static str {
        "range, minimum"
    }
    per_channel!();
}

#[derive(Debug)]
struct High {
    offset: f32,
    hi: f32,
}

impl High {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F) -> M::F {
        m.min(m.add(x, m.k(self.offset)), m.k(self.hi))
    }
}

impl Formula for High {
    fn name(&self) -> &'static str {
        "range, maximum"
    }
    per_channel!();
}
