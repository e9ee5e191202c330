//! RGB to hue, saturation, luma and back: the space of the hue curves, in three styles.
//!
//! Hue runs over 0..1 with magenta at 0; luma has Rec. 709 weights; saturation measures the distance from grey, linear style
//! relative to the sum with a floor near black. Definitions are OpenColorIO's RGB_TO_HSY_LIN, _LOG, _VID. NaN spreads to the
//! channels computed from it.

use vfx_kernel::Math;

use super::GradingStyle;
use super::cdl::LUMA;

#[inline(always)]
fn luma<M: Math>(m: M, c: [M::F; 3]) -> M::F {
    m.fma(
        c[2],
        m.k(LUMA[2]),
        m.fma(c[1], m.k(LUMA[1]), m.mul(c[0], m.k(LUMA[0]))),
    )
}

#[inline(always)]
fn distance<M: Math>(m: M, c: [M::F; 3], y: M::F) -> M::F {
    let r = m.abs(m.sub(c[0], y));
    let g = m.abs(m.sub(c[1], y));
    let b = m.abs(m.sub(c[2], y));
    m.add(m.add(r, g), b)
}

/// How bright linear light is for the mix of its two saturation measures: 0 up to 0.001, 1 from 0.01 on.
#[inline(always)]
fn brightness<M: Math>(m: M, y: M::F) -> M::F {
    const MAX: f32 = 0.01;
    const MIN: f32 = MAX * 0.1;
    m.clamp(m.mul(m.sub(y, m.k(MIN)), m.k(1.0 / (MAX - MIN))), 0.0, 1.0)
}

/// R, G, B to H, S, Y.
#[inline(always)]
pub(crate) fn rgb_to_hsy<M: Math>(m: M, style: GradingStyle, c: [M::F; 3]) -> [M::F; 3] {
    let y = luma(m, c);
    let dist = distance(m, c, y);
    let sat = match style {
        GradingStyle::Linear => {
            let sum = m.add(m.add(c[0], c[1]), c[2]);
            let floor = m.fma(dist, m.k(0.07), m.k(1e-6));
            let high = m.div(dist, m.max(floor, m.add(sum, m.k(0.15))));
            let low = m.mul(dist, m.k(5.0));
            m.mul(m.fma(brightness(m, y), m.sub(high, low), low), m.k(1.4))
        }
        GradingStyle::Log => m.mul(dist, m.k(4.0)),
        GradingStyle::Video => m.mul(dist, m.k(1.25)),
    };
    let max = m.max(m.max(c[0], c[1]), c[2]);
    let min = m.min(m.min(c[0], c[1]), c[2]);
    let delta = m.sub(max, min);
    let grey = m.eq(min, max);
    let safe = m.select(grey, m.k(1.0), delta);
    let (red, green) = (m.eq(c[0], max), m.eq(c[1], max));
    let num = m.select(
        red,
        m.sub(c[1], c[2]),
        m.select(green, m.sub(c[2], c[0]), m.sub(c[0], c[1])),
    );
    let base = m.select(red, m.k(1.0), m.select(green, m.k(3.0), m.k(5.0)));
    let hue = m.mul(m.add(base, m.div(num, safe)), m.k(1.0 / 6.0));
    [m.select(grey, m.k(0.0), hue), sat, y]
}

/// H, S, Y to R, G, B.
#[inline(always)]
pub(crate) fn hsy_to_rgb<M: Math>(m: M, style: GradingStyle, c: [M::F; 3]) -> [M::F; 3] {
    let (zero, one) = (m.k(0.0), m.k(1.0));
    let y = c[2];
    let hue = m.sub(c[0], m.k(1.0 / 6.0));
    // Negative luma is the opposite hue.
    let hue = m.select(m.lt(y, zero), m.add(hue, m.k(0.5)), hue);
    let hue = m.mul(m.sub(hue, m.floor(hue)), m.k(6.0));
    let red = m.clamp(m.sub(m.abs(m.sub(hue, m.k(3.0))), one), 0.0, 1.0);
    let green = m.clamp(m.sub(m.k(2.0), m.abs(m.sub(hue, m.k(2.0)))), 0.0, 1.0);
    let blue = m.clamp(m.sub(m.k(2.0), m.abs(m.sub(hue, m.k(4.0)))), 0.0, 1.0);
    let scale = m.div(y, luma(m, [red, green, blue]));
    let rgb = [m.mul(red, scale), m.mul(green, scale), m.mul(blue, scale)];
    let dist = distance(m, rgb, y);
    let gain = match style {
        GradingStyle::Linear => linear_gain(m, rgb, c[1], y, dist),
        GradingStyle::Log => m.div(c[1], m.max(m.mul(dist, m.k(4.0)), m.k(1e-10))),
        GradingStyle::Video => m.div(c[1], m.max(m.mul(dist, m.k(1.25)), m.k(1e-10))),
    };
    [
        m.fma(gain, m.sub(rgb[0], y), y),
        m.fma(gain, m.sub(rgb[1], y), y),
        m.fma(gain, m.sub(rgb[2], y), y),
    ]
}

/// The gain that gives the saturation wanted, where its measure is a mix of two.
#[inline(always)]
fn linear_gain<M: Math>(m: M, rgb: [M::F; 3], sat: M::F, y: M::F, dist: M::F) -> M::F {
    let (zero, one) = (m.k(0.0), m.k(1.0));
    let sum = m.add(m.add(rgb[0], rgb[1]), rgb[2]);
    let sat = m.mul(sat, m.k(1.0 / 1.4));
    let luma3 = m.mul(y, m.k(3.0));
    let ky = m.add(luma3, m.k(0.15));
    let excess = m.sub(sum, luma3);
    let den = m.max(m.sub(dist, m.mul(sat, excess)), m.k(1e-6));
    let s1 = m.min(m.div(m.mul(sat, ky), den), m.k(50.0));
    let low = m.mul(dist, m.k(5.0));
    let s0 = m.div(sat, m.max(low, m.k(1e-10)));
    let alpha = brightness(m, y);
    let part = m.mul(low, m.sub(one, alpha));
    let a = m.mul(part, excess);
    let b = m.sub(m.fma(part, ky, m.mul(dist, alpha)), m.mul(sat, excess));
    let c2 = m.mul(m.mul(sat, ky), m.k(-2.0));
    let root = m.sqrt(m.fma(b, b, m.mul(m.mul(a, c2), m.k(-2.0))));
    let first = m.div(c2, m.neg(m.add(root, b)));
    let second = m.div(c2, m.sub(root, b));
    let mixed = m.select(m.ge(first, zero), first, second);
    m.select(m.eq(alpha, one), s1, m.select(m.eq(alpha, zero), s0, mixed))
}
