//! Pieces of the ACES 1 rendering: red modifier, glow, dark to dim surround; and the surround of Rec. 2100.
//!
//! Linear RGB, any range. The red modifier and the glow work on AP0, dark to dim on AP1, Rec. 2100 on Rec. 2020 primaries.
//! NaN: the red modifier passes pixels with a NaN, the glow turns them (and infinities) into NaN, the surrounds scale by the
//! gain of black. Sources: `aces-dev` CTL, RRT and ODT libraries; ITU-R BT.2100-2 table 5. Behaviour: OpenColorIO 2.6.

use vfx_kernel::Math;

use crate::program::{Formula, Kernel};

/// Below this, saturation counts as noise.
const NOISE_LIMIT: f32 = 1e-2;
/// Offset of the red modifier.
const PIVOT: f32 = 0.03;

/// (max - min) / max, both kept off zero.
#[inline(always)]
fn saturation<M: Math>(m: M, c: [M::F; 3]) -> M::F {
    let tiny = m.k(1e-10);
    let high = m.max(m.max(c[0], c[1]), c[2]);
    let low = m.min(m.min(c[0], c[1]), c[2]);
    let difference = m.sub(m.max(high, tiny), m.max(low, tiny));
    m.div(difference, m.max(high, m.k(NOISE_LIMIT)))
}

/// Version 0.3 (`restore_hue`) and 1.0 of the red modifier, `width` in degrees.
pub(super) fn red_mod(width: f64, scale: f32, restore_hue: bool, inverse: bool) -> Box<dyn Kernel> {
    Box::new(RedMod {
        inverse_width: (4.0 / width.to_radians()) as f32,
        rest: 1.0 - scale,
        restore_hue,
        inverse,
    })
}

#[derive(Debug)]
struct RedMod {
    inverse_width: f32,
    rest: f32,
    restore_hue: bool,
    inverse: bool,
}

impl Formula for RedMod {
    fn name(&self) -> &'static str {
        "ACES red modifier"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let [r, g, b] = c;
        let zero = m.k(0.0);
        let x = m.sub(m.add(r, r), m.add(g, b));
        let y = m.mul(m.k(3.0f32.sqrt()), m.sub(g, b));
        let u = m.abs(m.mul(m.atan2(y, x), m.k(self.inverse_width)));
        // The quadratic-window B-spline as truncated cubes.
        let outer = m.max(m.sub(m.k(2.0), u), zero);
        let inner = m.max(m.sub(m.k(1.0), u), zero);
        let inner = m.mul(m.mul(inner, inner), inner);
        let outer = m.mul(m.mul(outer, outer), outer);
        let weight = m.fma(inner, m.k(-1.0), m.mul(outer, m.k(0.25)));
        let ws = m.mul(weight, m.k(self.rest));

        let red = if self.inverse {
            let low = m.min(g, b);
            let qa = m.sub(ws, m.k(1.0));
            let qb = m.sub(r, m.mul(ws, m.add(low, m.k(PIVOT))));
            let qc = m.mul(m.mul(ws, m.k(PIVOT)), low);
            let d = m.fma(qb, qb, m.mul(m.mul(m.k(-4.0), qa), qc));
            // Rounding may leave a double root below zero; NaN stays.
            let d = m.select(m.lt(d, zero), zero, d);
            m.div(m.add(qb, m.sqrt(d)), m.mul(m.k(-2.0), qa))
        } else {
            let s = saturation(m, c);
            m.fma(m.mul(ws, s), m.sub(m.k(PIVOT), r), r)
        };
        // Off zero by more than rounding: at the window's edge the inverse of negative reds would jump to the other root.
        let inside = m.gt(weight, m.k(1e-12));
        let out = m.select(inside, red, r);
        if !self.restore_hue {
            return [out, g, b];
        }
        // Green keeps its place between red and blue, or blue between red and green.
        let upper = m.ge(g, b);
        let (mid, low) = (m.select(upper, g, b), m.select(upper, b, g));
        let factor = m.div(m.sub(mid, low), m.max(m.sub(r, low), m.k(1e-10)));
        let mid = m.fma(factor, m.sub(red, low), low);
        [
            out,
            m.select(m.and(inside, upper), mid, g),
            m.select(m.and(inside, m.not(upper)), mid, b),
        ]
    }
}

pub(super) fn glow(gain: f32, mid: f32, inverse: bool) -> Box<dyn Kernel> {
    Box::new(Glow { gain, mid, inverse })
}

#[derive(Debug)]
struct Glow {
    gain: f32,
    mid: f32,
    inverse: bool,
}

impl Formula for Glow {
    fn name(&self) -> &'static str {
        "ACES glow"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let [r, g, b] = c;
        let (zero, one) = (m.k(0.0), m.k(1.0));
        let chroma = m.mul(b, m.sub(b, g));
        let chroma = m.fma(g, m.sub(g, r), chroma);
        let chroma = m.fma(r, m.sub(r, b), chroma);
        // Rounding may leave greys below zero; NaN stays.
        let chroma = m.sqrt(m.select(m.lt(chroma, zero), zero, chroma));
        let yc = m.fma(chroma, m.k(1.75), m.add(m.add(b, g), r));
        let yc = m.mul(yc, m.k(1.0 / 3.0));

        // A smooth step of the saturation around 0.4.
        let x = m.mul(m.sub(saturation(m, c), m.k(0.4)), m.k(5.0));
        let t = m.max(m.fma(m.abs(x), m.k(-0.5), one), zero);
        let s = m.copysign(m.fma(t, m.neg(t), one), x);
        let gain = m.mul(m.fma(s, m.k(0.5), m.k(0.5)), m.k(self.gain));

        let fall = m.sub(m.div(m.k(self.mid), m.max(yc, m.k(1e-10))), m.k(0.5));
        let glow = if self.inverse {
            let dark = m.neg(m.div(gain, m.add(one, gain)));
            let between = m.div(m.mul(gain, fall), m.fma(gain, m.k(0.5), m.k(-1.0)));
            let border = m.mul(m.add(one, gain), m.k(self.mid * 2.0 / 3.0));
            let glow = m.select(m.le(yc, border), dark, between);
            m.select(m.ge(yc, m.k(self.mid * 2.0)), zero, glow)
        } else {
            m.mul(gain, m.clamp(fall, 0.0, 1.0))
        };
        // NaN and infinities of any channel reach all of them.
        let factor = m.add(m.add(one, glow), m.mul(yc, zero));
        [m.mul(r, factor), m.mul(g, factor), m.mul(b, factor)]
    }
}

/// AP1 luminance to the power 0.9811 (the surround of a dim room instead of a cinema).
pub(super) fn dark_to_dim(inverse: bool) -> Box<dyn Kernel> {
    const GAMMA: f64 = 0.9811;
    let gamma = if inverse { 1.0 / GAMMA } else { GAMMA };
    Box::new(Surround {
        weights: [0.272_228_72, 0.674_081_77, 0.053_689_517],
        exponent: (gamma - 1.0) as f32,
        lowest: 1e-10,
        mirrored: false,
    })
}

/// Rec. 2100's OOTF: luminance to the power `gamma`.
pub(super) fn surround(gamma: f32, inverse: bool) -> Box<dyn Kernel> {
    let (lowest, gamma) = if inverse {
        (1e-4f32.powf(gamma), 1.0 / gamma)
    } else {
        (1e-4, gamma)
    };
    Box::new(Surround {
        weights: [0.2627, 0.6780, 0.0593],
        exponent: gamma - 1.0,
        lowest,
        mirrored: true,
    })
}

#[derive(Debug)]
struct Surround {
    weights: [f32; 3],
    exponent: f32,
    lowest: f32,
    mirrored: bool,
}

impl Formula for Surround {
    fn name(&self) -> &'static str {
        "surround"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let y = m.mul(c[0], m.k(self.weights[0]));
        let y = m.fma(c[1], m.k(self.weights[1]), y);
        let y = m.fma(c[2], m.k(self.weights[2]), y);
        let y = if self.mirrored { m.abs(y) } else { y };
        let gain = m.pow(m.max(y, m.k(self.lowest)), self.exponent);
        [m.mul(c[0], gain), m.mul(c[1], gain), m.mul(c[2], gain)]
    }
}
