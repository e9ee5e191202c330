//! XYZ to xyY, u'v'Y and L*u*v* (D65), and back.
//!
//! XYZ of any range, Y = 1 for white; L* 0..1, not 0..100. Where a denominator is 0 the coordinates are 0. NaN spreads to the
//! channels computed from it. Source: CIE 15:2018; the scaling is OpenColorIO's.

use vfx_kernel::Math;

use crate::program::{Formula, Kernel};

/// u', v' of D65.
const WHITE: [f32; 2] = [0.197_83, 0.468_319_99];

pub(super) fn xyy(inverse: bool) -> Box<dyn Kernel> {
    Box::new(Xyy { inverse })
}

pub(super) fn uvy(inverse: bool) -> Box<dyn Kernel> {
    Box::new(Uvy { inverse })
}

pub(super) fn luv(inverse: bool) -> Box<dyn Kernel> {
    Box::new(Luv { inverse })
}

/// `k / x`, 0 for x = 0.
#[inline(always)]
fn reciprocal<M: Math>(m: M, k: f32, x: M::F) -> M::F {
    let zero = m.k(0.0);
    m.select(m.eq(x, zero), zero, m.div(m.k(k), x))
}

/// u', v' of XYZ.
#[inline(always)]
fn uv<M: Math>(m: M, c: [M::F; 3]) -> [M::F; 2] {
    let d = m.fma(c[2], m.k(3.0), m.fma(c[1], m.k(15.0), c[0]));
    let d = reciprocal(m, 1.0, d);
    [
        m.mul(m.mul(m.k(4.0), c[0]), d),
        m.mul(m.mul(m.k(9.0), c[1]), d),
    ]
}

/// XYZ of u', v', Y.
#[inline(always)]
fn from_uv<M: Math>(m: M, u: M::F, v: M::F, y: M::F) -> [M::F; 3] {
    let d = m.mul(y, reciprocal(m, 0.25, v));
    let z = m.fma(u, m.k(-3.0), m.k(12.0));
    let z = m.fma(v, m.k(-20.0), z);
    [m.mul(m.mul(m.k(9.0), u), d), y, m.mul(z, d)]
}

#[derive(Debug)]
struct Xyy {
    inverse: bool,
}

impl Formula for Xyy {
    fn name(&self) -> &'static str {
        "XYZ and xyY"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.inverse {
            let d = m.mul(c[2], reciprocal(m, 1.0, c[1]));
            let z = m.sub(m.sub(m.k(1.0), c[0]), c[1]);
            [m.mul(c[0], d), c[2], m.mul(z, d)]
        } else {
            let d = reciprocal(m, 1.0, m.add(m.add(c[0], c[1]), c[2]));
            [m.mul(c[0], d), m.mul(c[1], d), c[1]]
        }
    }
}

#[derive(Debug)]
struct Uvy {
    inverse: bool,
}

impl Formula for Uvy {
    fn name(&self) -> &'static str {
        "XYZ and u'v'Y"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.inverse {
            from_uv(m, c[0], c[1], c[2])
        } else {
            let [u, v] = uv(m, c);
            [u, v, c[1]]
        }
    }
}

#[derive(Debug)]
struct Luv {
    inverse: bool,
}

impl Formula for Luv {
    fn name(&self) -> &'static str {
        "XYZ and L*u*v*"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.inverse {
            let d = reciprocal(m, 1.0 / 13.0, c[0]);
            let u = m.fma(c[1], d, m.k(WHITE[0]));
            let v = m.fma(c[2], d, m.k(WHITE[1]));
            let t = m.mul(m.add(c[0], m.k(0.16)), m.k(1.0 / 1.16));
            let cube = m.mul(m.mul(t, t), t);
            let line = m.mul(c[0], m.k(0.110_705_644));
            from_uv(m, u, v, m.select(m.le(c[0], m.k(0.08)), line, cube))
        } else {
            let [u, v] = uv(m, c);
            let y = c[1];
            let root = m.fma(m.pow(y, 1.0 / 3.0), m.k(1.16), m.k(-0.16));
            let line = m.mul(y, m.k(9.032_963));
            let l = m.select(m.le(y, m.k(0.008_856_452)), line, root);
            let l13 = m.mul(l, m.k(13.0));
            [
                l,
                m.mul(l13, m.sub(u, m.k(WHITE[0]))),
                m.mul(l13, m.sub(v, m.k(WHITE[1]))),
            ]
        }
    }
}
