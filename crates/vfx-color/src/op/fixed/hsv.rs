//! RGB to HSV and HSY, and back, for values of any range.
//!
//! H is 0..1 (a turn); S is 0..1 where no channel is negative, up to 2 where signs are mixed; V is the largest channel, plus
//! the smallest where that is negative. HSY has its own formulas beside the hue curves. NaN spreads. Source: OpenColorIO 2.6's
//! definition of RGB_TO_HSV, Smith 1978 inside 0..1.

use vfx_kernel::Math;

use crate::op::GradingStyle;
use crate::op::hsy::{hsy_to_rgb, rgb_to_hsy};
use crate::program::{Formula, Kernel};

/// Largest saturation on the way back: at 2 the RGB is infinite.
const MAX_SATURATION: f32 = 1.999;

pub(super) fn hsv(inverse: bool) -> Box<dyn Kernel> {
    if inverse {
        Box::new(HsvToRgb)
    } else {
        Box::new(RgbToHsv)
    }
}

pub(super) fn hsy(style: GradingStyle, inverse: bool) -> Box<dyn Kernel> {
    if inverse {
        Box::new(HsyToRgb(style))
    } else {
        Box::new(RgbToHsy(style))
    }
}

#[derive(Debug)]
struct RgbToHsv;

impl Formula for RgbToHsv {
    fn name(&self) -> &'static str {
        "RGB to HSV"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let [r, g, b] = c;
        let zero = m.k(0.0);
        let high = m.max(m.max(r, g), b);
        let low = m.min(m.min(r, g), b);
        let delta = m.sub(high, low);
        let grey = m.eq(low, high);
        let safe = m.select(grey, m.k(1.0), delta);
        let (red, green) = (m.eq(r, high), m.eq(g, high));
        let num = m.select(red, m.sub(g, b), m.select(green, m.sub(b, r), m.sub(r, g)));
        let base = m.select(red, zero, m.select(green, m.k(2.0), m.k(4.0)));
        let hue = m.add(base, m.div(num, safe));
        let hue = m.select(m.lt(hue, zero), m.add(hue, m.k(6.0)), hue);
        let hue = m.select(grey, zero, m.mul(hue, m.k(1.0 / 6.0)));
        let sat = m.div(delta, high);
        let none = m.or(grey, m.eq(high, zero));
        let sat = m.select(none, zero, sat);
        let negative = m.neg(low);
        let sat = m.select(m.gt(negative, high), m.div(delta, negative), sat);
        let value = m.select(m.lt(low, zero), m.add(high, low), high);
        [hue, sat, value]
    }
}

#[derive(Debug)]
struct HsvToRgb;

impl Formula for HsvToRgb {
    fn name(&self) -> &'static str {
        "HSV to RGB"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let (one, two) = (m.k(1.0), m.k(2.0));
        let hue = m.mul(m.sub(c[0], m.floor(c[0])), m.k(6.0));
        let sat = m.clamp(c[1], 0.0, MAX_SATURATION);
        let v = c[2];
        let r = m.clamp(m.sub(m.abs(m.sub(hue, m.k(3.0))), one), 0.0, 1.0);
        let g = m.clamp(m.sub(two, m.abs(m.sub(hue, two))), 0.0, 1.0);
        let b = m.clamp(m.sub(two, m.abs(m.sub(hue, m.k(4.0)))), 0.0, 1.0);
        let plain = m.mul(v, m.sub(one, sat));
        let rest = m.sub(two, sat);
        let mixed = m.gt(sat, one);
        let negative = m.lt(v, m.k(0.0));
        let low = m.select(mixed, m.div(plain, rest), plain);
        let low = m.select(negative, m.div(v, rest), low);
        let high = m.select(m.or(mixed, negative), m.sub(v, low), v);
        let delta = m.sub(high, low);
        [
            m.fma(r, delta, low),
            m.fma(g, delta, low),
            m.fma(b, delta, low),
        ]
    }
}

#[derive(Debug)]
struct RgbToHsy(GradingStyle);

impl Formula for RgbToHsy {
    fn name(&self) -> &'static str {
        "RGB to HSY"
    }
    fn tolerance(&self) -> f64 {
        1e-5
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        rgb_to_hsy(m, self.0, c)
    }
}

#[derive(Debug)]
struct HsyToRgb(GradingStyle);

impl Formula for HsyToRgb {
    fn name(&self) -> &'static str {
        "HSY to RGB"
    }
    fn tolerance(&self) -> f64 {
        1e-4
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        hsy_to_rgb(m, self.0, c)
    }
}
