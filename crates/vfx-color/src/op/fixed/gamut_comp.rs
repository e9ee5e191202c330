//! The reference gamut compression of ACES 1.3, and its inverse.
//!
//! Linear AP1, any range: distances from the achromatic axis (1 - channel / largest channel) beyond a threshold are bent below
//! 1. The pixel is 0 where the largest channel is 0; NaN and infinities spread to the channels they are compared with.
//!
//! Source: `aces-dev` 1.3 LMT.Academy.GamutCompress; ACES Gamut Mapping VWG final report, 2021.

use vfx_kernel::Math;

use crate::program::{Formula, Kernel};

/// From cyan, magenta, yellow limits, thresholds, and the power.
pub(super) fn kernel(p: &[f32], inverse: bool) -> Box<dyn Kernel> {
    let power = p[6];
    let scale = |i: usize| {
        let (limit, threshold) = (p[i], p[3 + i]);
        let ratio = ((1.0 - threshold) / (limit - threshold)).powf(-power);
        (limit - threshold) / (ratio - 1.0).powf(1.0 / power)
    };
    Box::new(GamutComp {
        threshold: [p[3], p[4], p[5]],
        scale: [scale(0), scale(1), scale(2)],
        power,
        inverse,
    })
}

#[derive(Debug)]
struct GamutComp {
    threshold: [f32; 3],
    scale: [f32; 3],
    power: f32,
    inverse: bool,
}

impl GamutComp {
    #[inline(always)]
    fn channel<M: Math>(&self, m: M, v: M::F, axis: M::F, i: usize) -> M::F {
        let (threshold, scale) = (m.k(self.threshold[i]), m.k(self.scale[i]));
        let one = m.k(1.0);
        let size = m.abs(axis);
        let distance = m.div(m.sub(axis, v), size);
        let nd = m.div(m.sub(distance, threshold), scale);
        // Lanes below the threshold are thrown away; keep the power off negatives, and NaN where it is.
        let nd = m.select(m.lt(nd, m.k(0.0)), m.k(0.0), nd);
        let p = m.pow(nd, self.power);
        let bent = if self.inverse {
            let ratio = m.div(p, m.sub(one, p));
            let bent = m.fma(m.pow(ratio, 1.0 / self.power), scale, threshold);
            let singular = m.ge(distance, m.add(threshold, scale));
            m.select(singular, distance, bent)
        } else {
            let root = m.pow(m.add(one, p), 1.0 / self.power);
            m.add(threshold, m.div(m.mul(scale, nd), root))
        };
        let out = m.sub(axis, m.mul(bent, size));
        let out = m.select(m.lt(distance, threshold), v, out);
        m.select(m.eq(axis, m.k(0.0)), m.k(0.0), out)
    }
}

impl Formula for GamutComp {
    fn name(&self) -> &'static str {
        "ACES 1.3 reference gamut compression"
    }
    fn tolerance(&self) -> f64 {
        1e-5
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let axis = m.max(c[0], m.max(c[1], c[2]));
        [
            self.channel(m, c[0], axis, 0),
            self.channel(m, c[1], axis, 1),
            self.channel(m, c[2], axis, 2),
        ]
    }
}
