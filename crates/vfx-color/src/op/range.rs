//! Range: a linear map between two intervals with clamping, or the map alone.
//!
//! Works on R, G, B; alpha passes. One-sided ranges clamp only and need equal input and output ends. Clamping turns NaN into
//! the lower end (the upper one if there is no lower), infinities into the ends; without clamping they follow arithmetic.

use vfx_kernel::Math;

use super::affine::Stage;
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
    Ok(Box::new(Clamp(match (r.min_out, r.max_out) {
        (Some(lo), Some(hi)) => Stage::Range(scale, offset, [lo as f32, hi as f32]),
        (Some(lo), None) => Stage::Low(offset, lo as f32),
        (_, hi) => Stage::High(offset, hi.unwrap_or(f64::INFINITY) as f32),
    })))
}

#[derive(Debug)]
struct Clamp(Stage);

impl Formula for Clamp {
    fn name(&self) -> &'static str {
        match self.0 {
            Stage::Low(..) => "range, minimum",
            Stage::High(..) => "range, maximum",
            _ => "range",
        }
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        self.0.run(m, c)
    }
    fn separable(&self) -> bool {
        true
    }
    fn affine(&self) -> Option<Stage> {
        Some(self.0)
    }
}
