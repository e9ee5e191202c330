//! Transfer functions among the fixed functions: PQ, a power with a logarithm (HLG, Apple Log), two logarithms (Canon Log).
//!
//! Each channel alone, linear to encoded (forward). PQ: 1.0 = 100 nits, negatives mirrored; gamma-log: mirrored at its mirror
//! point. PQ differs from OpenColorIO's function at its ends: +-inf encode as 2 (OpenColorIO: NaN), codes above 1.99 decode to
//! 3e38 (OpenColorIO: NaN). NaN stays NaN. PQ in plain f32 is off by 5e-5 when decoding, because its quotient lies next to 1;
//! here the distance from 1 is computed (expm1, log1p), which is good to 1e-6.

use vfx_kernel::Math;

use crate::program::{Formula, Kernel};

pub(super) fn pq(inverse: bool) -> Box<dyn Kernel> {
    if inverse {
        Box::new(PqToLin)
    } else {
        Box::new(LinToPq)
    }
}

/// From mirror, break, power, slope, offset, base, log slope, log offset, linear slope, linear offset.
pub(super) fn gamma_log(p: &[f64], inverse: bool) -> Box<dyn Kernel> {
    let f = |i: usize| p[i] as f32;
    let at = |x: f64| (p[3] * (x + p[4]).powf(p[2])) as f32;
    Box::new(GammaLog {
        mirror: if inverse { at(p[0]) } else { f(0) },
        switch: if inverse { at(p[1]) } else { f(1) },
        power: f(2),
        slope: f(3),
        offset: f(4),
        log: LogPart::new(p[5], &p[6..10]),
        inverse,
    })
}

/// From base, two breaks, two logarithms (log slope, log offset, linear slope, linear offset), a line (slope, offset).
pub(super) fn double_log(p: &[f64], inverse: bool) -> Box<dyn Kernel> {
    let first = LogPart::new(p[0], &p[3..7]);
    let second = LogPart::new(p[0], &p[7..11]);
    let breaks = if inverse {
        [first.at(p[1]), second.at(p[2])]
    } else {
        [p[1] as f32, p[2] as f32]
    };
    Box::new(DoubleLog {
        breaks,
        first,
        second,
        slope: p[11] as f32,
        offset: p[12] as f32,
        inverse,
    })
}

/// SMPTE ST 2084:2014, clause 5.
const M1: f64 = 2610.0 / 16384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

#[derive(Debug)]
struct LinToPq;

/// PQ of a channel.
#[inline(always)]
fn encode<M: Math>(m: M, v: M::F) -> M::F {
    let l = m.mul(m.abs(v), m.k(0.01));
    let y = m.pow(l, M1 as f32);
    // Near the asymptote; keeps infinity over infinity away, and NaN NaN.
    let y = m.select(m.gt(y, m.k(1e9)), m.k(1e9), y);
    // ratio = 1 - q, as C1 = C3 - C2 + 1.
    let q = m.mul(m.sub(m.k(1.0), y), m.k((1.0 - C1) as f32));
    let q = m.div(q, m.fma(y, m.k(C3 as f32), m.k(1.0)));
    // ln(1 - q) = -2 atanh(q / (2 - q)), |q| <= 0.165.
    let s = m.div(q, m.sub(m.k(2.0), q));
    let s2 = m.mul(s, s);
    let p = m.fma(s2, m.k(1.0 / 9.0), m.k(1.0 / 7.0));
    let p = m.fma(p, s2, m.k(1.0 / 5.0));
    let p = m.fma(p, s2, m.k(1.0 / 3.0));
    let p = m.fma(p, s2, m.k(1.0));
    let e = m.mul(
        m.mul(s, p),
        m.k((-2.0 * M2 / std::f64::consts::LN_2) as f32),
    );
    m.copysign(m.exp2(e), v)
}

impl Formula for LinToPq {
    fn name(&self) -> &'static str {
        "linear to PQ"
    }
    fn separable(&self) -> bool {
        true
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [encode(m, c[0]), encode(m, c[1]), encode(m, c[2])]
    }
}

#[derive(Debug)]
struct PqToLin;

#[inline(always)]
fn decode<M: Math>(m: M, v: M::F) -> M::F {
    // x = N^(1/M2) = 1 + w with w = expm1; u beyond these ends is black or past the asymptote.
    let u = m.mul(m.log2(m.abs(v)), m.k((1.0 / M2) as f32));
    let u = m.select(m.lt(u, m.k(-0.5)), m.k(-0.5), u);
    let u = m.select(m.gt(u, m.k(0.5)), m.k(0.5), u);
    let p = m.fma(u, m.k(1.525_273_4e-5), m.k(1.540_353e-4));
    let p = m.fma(p, u, m.k(1.333_355_8e-3));
    let p = m.fma(p, u, m.k(9.618_129e-3));
    let p = m.fma(p, u, m.k(5.550_411e-2));
    let p = m.fma(p, u, m.k(2.402_265e-1));
    let p = m.fma(p, u, m.k(std::f32::consts::LN_2));
    let w = m.mul(p, u);
    let num = m.add(w, m.k((1.0 - C1) as f32));
    let num = m.select(m.lt(num, m.k(0.0)), m.k(0.0), num);
    let den = m.fma(w, m.k(-C3 as f32), m.k((C2 - C3) as f32));
    let asymptote = m.le(den, m.k(1e-6));
    let nits = m.pow(m.div(num, den), (1.0 / M1) as f32);
    let nits = m.mul(nits, m.k(100.0));
    let nits = m.select(asymptote, m.k(3e38), nits);
    m.copysign(nits, v)
}

impl Formula for PqToLin {
    fn name(&self) -> &'static str {
        "PQ to linear"
    }
    fn separable(&self) -> bool {
        true
    }
    fn tolerance(&self) -> f64 {
        1e-5
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [decode(m, c[0]), decode(m, c[1]), decode(m, c[2])]
    }
}

/// `slope * log2(lin_slope * x + lin_offset) + offset`.
#[derive(Debug)]
struct LogPart {
    slope: f32,
    offset: f32,
    lin_slope: f32,
    lin_offset: f32,
}

impl LogPart {
    /// From the base and log slope, log offset, linear slope, linear offset.
    fn new(base: f64, p: &[f64]) -> Self {
        Self {
            slope: (p[0] / base.log2()) as f32,
            offset: p[1] as f32,
            lin_slope: p[2] as f32,
            lin_offset: p[3] as f32,
        }
    }

    fn at(&self, x: f64) -> f32 {
        let inner = f64::from(self.lin_slope) * x + f64::from(self.lin_offset);
        (f64::from(self.slope) * inner.log2() + f64::from(self.offset)) as f32
    }

    #[inline(always)]
    fn encode<M: Math>(&self, m: M, x: M::F) -> M::F {
        let inner = m.fma(x, m.k(self.lin_slope), m.k(self.lin_offset));
        m.fma(m.log2(inner), m.k(self.slope), m.k(self.offset))
    }

    #[inline(always)]
    fn decode<M: Math>(&self, m: M, y: M::F) -> M::F {
        let e = m.mul(m.sub(y, m.k(self.offset)), m.k(1.0 / self.slope));
        let x = m.sub(m.exp2(e), m.k(self.lin_offset));
        m.mul(x, m.k(1.0 / self.lin_slope))
    }
}

#[derive(Debug)]
struct GammaLog {
    /// Both on the side of the input.
    mirror: f32,
    switch: f32,
    power: f32,
    slope: f32,
    offset: f32,
    log: LogPart,
    inverse: bool,
}

impl GammaLog {
    #[inline(always)]
    fn channel<M: Math>(&self, m: M, v: M::F) -> M::F {
        let from_mirror = m.sub(v, m.k(self.mirror));
        let x = m.add(m.abs(from_mirror), m.k(self.mirror));
        let [low, high] = if self.inverse {
            let low = m.pow(m.mul(x, m.k(1.0 / self.slope)), 1.0 / self.power);
            [m.sub(low, m.k(self.offset)), self.log.decode(m, x)]
        } else {
            let low = m.pow(m.add(x, m.k(self.offset)), self.power);
            [m.mul(low, m.k(self.slope)), self.log.encode(m, x)]
        };
        let y = m.select(m.lt(x, m.k(self.switch)), low, high);
        m.select(m.lt(from_mirror, m.k(0.0)), m.neg(y), y)
    }
}

impl Formula for GammaLog {
    fn name(&self) -> &'static str {
        "power and logarithm"
    }
    fn separable(&self) -> bool {
        true
    }
    fn tolerance(&self) -> f64 {
        5e-6
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            self.channel(m, c[0]),
            self.channel(m, c[1]),
            self.channel(m, c[2]),
        ]
    }
}

#[derive(Debug)]
struct DoubleLog {
    /// On the side of the input.
    breaks: [f32; 2],
    first: LogPart,
    second: LogPart,
    slope: f32,
    offset: f32,
    inverse: bool,
}

impl DoubleLog {
    #[inline(always)]
    fn channel<M: Math>(&self, m: M, x: M::F) -> M::F {
        let [first, second, line] = if self.inverse {
            let line = m.mul(m.sub(x, m.k(self.offset)), m.k(1.0 / self.slope));
            [self.first.decode(m, x), self.second.decode(m, x), line]
        } else {
            let line = m.fma(x, m.k(self.slope), m.k(self.offset));
            [self.first.encode(m, x), self.second.encode(m, x), line]
        };
        let upper = m.select(m.lt(x, m.k(self.breaks[1])), line, second);
        m.select(m.le(x, m.k(self.breaks[0])), first, upper)
    }
}

impl Formula for DoubleLog {
    fn name(&self) -> &'static str {
        "two logarithms"
    }
    fn separable(&self) -> bool {
        true
    }
    fn tolerance(&self) -> f64 {
        5e-6
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            self.channel(m, c[0]),
            self.channel(m, c[1]),
            self.channel(m, c[2]),
        ]
    }
}
