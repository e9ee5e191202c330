//! The elementary formulas: the operations of `vfx-ops` are made of them, tests and benches of this crate run them.
//!
//! Planes of linear or encoded `f32`; NaN passes through all but [`Clamp`], which turns it into its lower end.

use crate::math::Math;
use crate::pointwise::{Merge4, Pointwise1, Pointwise2, Pointwise3, Pointwise4};

/// `x * scale + offset`.
#[derive(Clone, Copy, Debug)]
pub struct MulAdd {
    /// The factor.
    pub scale: f32,
    /// The summand.
    pub offset: f32,
}

impl Pointwise1 for MulAdd {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
        m.fma(x, m.k(self.scale), m.k(self.offset))
    }
}

/// `x` to a constant power; NaN below zero.
#[derive(Clone, Copy, Debug)]
pub struct Power(pub f32);

impl Pointwise1 for Power {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
        m.pow(x, self.0)
    }
}

/// Limits to `lo..=hi`; NaN becomes `lo`.
#[derive(Clone, Copy, Debug)]
pub struct Clamp {
    /// The lower end.
    pub lo: f32,
    /// The upper end.
    pub hi: f32,
}

impl Pointwise1 for Clamp {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
        m.clamp(x, self.lo, self.hi)
    }
}

/// `a + b`, plane by plane.
#[derive(Clone, Copy, Debug)]
pub struct Plus;

impl Pointwise2 for Plus {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, a: M::F, b: M::F) -> M::F {
        m.add(a, b)
    }
}

/// A 3 by 3 matrix on column vectors, row by row.
#[derive(Clone, Copy, Debug)]
pub struct Matrix(pub [[f32; 3]; 3]);

impl Matrix {
    #[inline(always)]
    fn row<M: Math>(&self, m: M, c: [M::F; 3], i: usize) -> M::F {
        let r = m.mul(c[0], m.k(self.0[i][0]));
        let r = m.fma(c[1], m.k(self.0[i][1]), r);
        m.fma(c[2], m.k(self.0[i][2]), r)
    }
}

impl Pointwise3 for Matrix {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [self.row(m, c, 0), self.row(m, c, 1), self.row(m, c, 2)]
    }
}

/// Colour times alpha: unassociated to associated.
#[derive(Clone, Copy, Debug)]
pub struct Premultiply;

impl Pointwise4 for Premultiply {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4] {
        [
            m.mul(c[0], c[3]),
            m.mul(c[1], c[3]),
            m.mul(c[2], c[3]),
            c[3],
        ]
    }
}

/// Porter and Duff's over, `a + b (1 - alpha of a)`, associated alpha, no clamp.
#[derive(Clone, Copy, Debug)]
pub struct Over;

impl Merge4 for Over {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, a: [M::F; 4], b: [M::F; 4]) -> [M::F; 4] {
        let rest = m.sub(m.k(1.0), a[3]);
        [
            m.fma(b[0], rest, a[0]),
            m.fma(b[1], rest, a[1]),
            m.fma(b[2], rest, a[2]),
            m.fma(b[3], rest, a[3]),
        ]
    }
}
