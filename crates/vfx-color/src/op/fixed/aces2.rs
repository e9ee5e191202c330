//! The fixed functions of ACES 2.0: output transform, RGB to JMh and HMJ, tone scale with chroma compression, gamut
//! compression, and their inverses.
//!
//! RGB is linear, 1.0 = 100 nits; J 0..100, M 0..200 and above, h in degrees (HMJ: all divided by 100, 200 and 360, in the
//! order h, M, J). NaN and infinite RGB become NaN; A <= 0 (blacks, most negatives) becomes black, as in OpenColorIO.
//! Formulas and tables: `crate::aces2`. Source: `aces-output` CTL 2.0; behaviour of OpenColorIO 2.6.

use std::sync::Arc;

use vfx_kernel::{Math, Normal};

use crate::aces2::cam::Cam;
use crate::aces2::formula::{self, Hue};
use crate::aces2::{Rendering, limiting};
use crate::op::{Direction, FixedStyle};
use crate::program::{Formula, Kernel};

/// The kernel of one of the five styles; `p` are its valid parameters.
pub(super) fn kernel(style: FixedStyle, p: &[f32], direction: Direction) -> Box<dyn Kernel> {
    let forward = direction == Direction::Forward;
    let xy = |from: usize| std::array::from_fn(|i| p[from + i]);
    // The styles without limiting primaries use none of the tables that depend on them.
    let rec709 = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329];
    match (style, forward) {
        (FixedStyle::AcesOutputTransform20, true) => Box::new(Output(Inner::new(p[0], xy(1)))),
        (FixedStyle::AcesOutputTransform20, false) => {
            Box::new(OutputInverse(Inner::new(p[0], xy(1))))
        }
        (FixedStyle::AcesTonescaleCompress20, true) => {
            Box::new(Tonescale(Inner::new(p[0], rec709)))
        }
        (FixedStyle::AcesTonescaleCompress20, false) => {
            Box::new(TonescaleInverse(Inner::new(p[0], rec709)))
        }
        (FixedStyle::AcesGamutCompress20, true) => Box::new(GamutCompress(Inner::new(p[0], xy(1)))),
        (FixedStyle::AcesGamutCompress20, false) => Box::new(GamutExpand(Inner::new(p[0], xy(1)))),
        (FixedStyle::AcesRgbToHmj20, true) => Box::new(RgbToHmj(Cam::new(&limiting(xy(0))))),
        (FixedStyle::AcesRgbToHmj20, false) => Box::new(HmjToRgb(Cam::new(&limiting(xy(0))))),
        (_, true) => Box::new(RgbToJmh(Cam::new(&limiting(xy(0))))),
        (_, false) => Box::new(JmhToRgb(Cam::new(&limiting(xy(0))))),
    }
}

/// A rendering and what the pixel needs of it beside the tables.
#[derive(Debug)]
struct Inner {
    r: Arc<Rendering>,
    /// 1 / A of the largest lightness.
    inv_a_limit: f32,
}

impl Inner {
    fn new(peak: f32, xy: [f32; 8]) -> Self {
        let r = Rendering::of(peak, xy);
        let inv_a_limit = 1.0 / formula::achromatic_limit(&r);
        Self { r, inv_a_limit }
    }
}

/// A, or NaN and infinity made NaN: what is added to results to keep them.
#[inline(always)]
fn poison<M: Math>(m: M, a: M::F) -> M::F {
    m.mul(a, m.k(0.0))
}

#[inline(always)]
fn black_or<M: Math>(m: M, black: M::B, poison: M::F, c: [M::F; 3]) -> [M::F; 3] {
    let zero = m.k(0.0);
    [
        m.add(m.select(black, zero, c[0]), poison),
        m.add(m.select(black, zero, c[1]), poison),
        m.add(m.select(black, zero, c[2]), poison),
    ]
}

#[derive(Debug)]
struct Output(Inner);

impl Formula for Output {
    const VECTORS: usize = 4;

    fn name(&self) -> &'static str {
        "ACES 2.0 output transform"
    }
    fn tolerance(&self) -> f64 {
        1e-4
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        // Powers need no special values: what is black is decided here, and NaN and infinities are taken from the input.
        let m = Normal(m);
        let (r, zero) = (&*self.0.r, m.k(0.0));
        let lost = m.fma(c[2], zero, m.fma(c[1], zero, m.mul(c[0], zero)));
        let [a, x, y] = formula::to_aab(m, &r.input, c);
        // Light of less than 1e-19 nits.
        let black = m.le(a, m.k(1e-9));
        // Divisions below stay finite where the result is black anyway.
        let a_safe = m.max(a, m.k(1e-9));
        let h = formula::hue(m, x, y);
        let a_ts = formula::tone_forward(m, r, a_safe);
        let j_ts = formula::lightness(m, &r.input, a_ts);

        let cusp = formula::cusp_at(m, &r.gamut, h.degrees);
        let norm = formula::chroma_norm(m, &r.tone, h.cos, h.sin);
        let inv_norm = m.div(m.k(1.0), norm);
        let ratio = m.mul(a_ts, inv_norm);
        let limit = m.mul(m.mul(ratio, m.k(self.0.inv_a_limit)), cusp.reach);
        let mm = m.div(m.mul(h.colourfulness, ratio), a_safe);
        let mm = formula::chroma_forward(m, &r.tone, mm, j_ts, limit);
        let mm = m.mul(mm, norm);
        let mm = m.select(m.gt(h.colourfulness, zero), mm, zero);

        let [j, mm] = formula::gamut_forward(m, r, &cusp, j_ts, mm);
        let a_out = formula::achromatic(m, &r.limit, j);
        let out = formula::from_aab(m, &r.limit, [a_out, m.mul(mm, h.cos), m.mul(mm, h.sin)]);
        black_or(m, m.or(black, m.le(j_ts, zero)), lost, out)
    }
}

#[derive(Debug)]
struct OutputInverse(Inner);

impl Formula for OutputInverse {
    const VECTORS: usize = 2;

    fn name(&self) -> &'static str {
        "ACES 2.0 output transform, inverse"
    }
    fn tolerance(&self) -> f64 {
        1e-3
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let (r, zero) = (&*self.0.r, m.k(0.0));
        let [a, x, y] = formula::to_aab(m, &r.limit, c);
        let black = m.le(a, zero);
        let h = formula::hue(m, x, y);
        let j = formula::lightness(m, &r.limit, m.max(a, m.k(1e-30)));
        let cusp = formula::cusp_at(m, &r.gamut, h.degrees);
        let [j_ts, mm] = formula::gamut_inverse(m, r, &cusp, j, h.colourfulness);
        let a_ts = formula::achromatic(m, &r.input, m.abs(j_ts));
        let a_in = formula::tone_inverse(m, r, a_ts);
        let mm = scene_colourfulness(m, &self.0, &h, &cusp.reach, [mm, j_ts, a_ts, a_in]);
        let out = formula::from_aab(m, &r.input, [a_in, m.mul(mm, h.cos), m.mul(mm, h.sin)]);
        black_or(m, black, poison(m, a), out)
    }
}

/// M before tone scale and chroma compression, from M, J and A after it and A before it.
#[inline(always)]
fn scene_colourfulness<M: Math>(
    m: M,
    inner: &Inner,
    h: &Hue<M::F>,
    reach: &M::F,
    v: [M::F; 4],
) -> M::F {
    let ([mm, j_ts, a_ts, a_in], r) = (v, &*inner.r);
    let norm = formula::chroma_norm(m, &r.tone, h.cos, h.sin);
    let inv_norm = m.div(m.k(1.0), norm);
    let limit = m.mul(m.mul(a_ts, m.k(inner.inv_a_limit)), m.mul(*reach, inv_norm));
    let y = formula::chroma_inverse(m, &r.tone, m.mul(mm, inv_norm), j_ts, limit);
    let y = m.div(m.mul(m.mul(y, norm), a_in), a_ts);
    m.select(m.eq(mm, m.k(0.0)), m.k(0.0), y)
}

/// h, cos h and sin h from a hue that may be any number of turns away.
#[inline(always)]
fn wrapped<M: Math>(m: M, degrees: M::F, colourfulness: M::F) -> Hue<M::F> {
    let degrees = formula::wrap(m, degrees);
    let [cos, sin] = formula::cos_sin(m, degrees);
    Hue {
        cos,
        sin,
        degrees,
        colourfulness,
    }
}

#[derive(Debug)]
struct Tonescale(Inner);

impl Formula for Tonescale {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "ACES 2.0 tone scale and chroma compression"
    }
    fn tolerance(&self) -> f64 {
        2e-4
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let r = &*self.0.r;
        let h = wrapped(m, c[2], c[1]);
        // J may be negative: the curve is odd, and M follows the ratio of the magnitudes.
        let a = formula::achromatic(m, &r.input, m.abs(c[0]));
        let a_ts = formula::tone_forward(m, r, a);
        let j_ts = formula::lightness(m, &r.input, a_ts);
        let j_ts = m.copysign(j_ts, c[0]);
        let reach = formula::reach_at(m, &r.gamut, h.degrees);
        let norm = formula::chroma_norm(m, &r.tone, h.cos, h.sin);
        let inv_norm = m.div(m.k(1.0), norm);
        let ratio = m.mul(a_ts, inv_norm);
        let limit = m.mul(m.mul(ratio, m.k(self.0.inv_a_limit)), reach);
        let y = m.div(m.mul(c[1], ratio), a);
        let y = formula::chroma_forward(m, &r.tone, y, j_ts, limit);
        let y = m.mul(y, norm);
        let y = m.select(m.eq(c[1], m.k(0.0)), c[1], y);
        [j_ts, y, h.degrees]
    }
}

#[derive(Debug)]
struct TonescaleInverse(Inner);

impl Formula for TonescaleInverse {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "ACES 2.0 tone scale and chroma compression, inverse"
    }
    fn tolerance(&self) -> f64 {
        1e-3
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let r = &*self.0.r;
        let h = wrapped(m, c[2], c[1]);
        let a_ts = formula::achromatic(m, &r.input, m.abs(c[0]));
        let a = formula::tone_inverse(m, r, a_ts);
        let j = m.copysign(formula::lightness(m, &r.input, a), c[0]);
        let reach = formula::reach_at(m, &r.gamut, h.degrees);
        let y = scene_colourfulness(m, &self.0, &h, &reach, [c[1], c[0], a_ts, a]);
        [j, y, h.degrees]
    }
}

#[derive(Debug)]
struct GamutCompress(Inner);

impl Formula for GamutCompress {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "ACES 2.0 gamut compression"
    }
    fn tolerance(&self) -> f64 {
        2e-4
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let r = &*self.0.r;
        let h = formula::wrap(m, c[2]);
        let cusp = formula::cusp_at(m, &r.gamut, h);
        let [j, y] = formula::gamut_forward(m, r, &cusp, c[0], c[1]);
        [j, y, h]
    }
}

#[derive(Debug)]
struct GamutExpand(Inner);

impl Formula for GamutExpand {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "ACES 2.0 gamut compression, inverse"
    }
    fn tolerance(&self) -> f64 {
        1e-3
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let r = &*self.0.r;
        let h = formula::wrap(m, c[2]);
        let cusp = formula::cusp_at(m, &r.gamut, h);
        let [j, y] = formula::gamut_inverse(m, r, &cusp, c[0], c[1]);
        [j, y, h]
    }
}

/// J, M, h of RGB.
#[inline(always)]
fn jmh<M: Math>(m: M, cam: &Cam, c: [M::F; 3]) -> [M::F; 3] {
    let [a, x, y] = formula::to_aab(m, cam, c);
    let black = m.le(a, m.k(0.0));
    let j = formula::lightness(m, cam, a);
    let mm = m.sqrt(m.fma(x, x, m.mul(y, y)));
    black_or(
        m,
        black,
        poison(m, a),
        [j, mm, formula::hue_degrees(m, x, y)],
    )
}

/// RGB of J, M, h.
#[inline(always)]
fn rgb<M: Math>(m: M, cam: &Cam, c: [M::F; 3]) -> [M::F; 3] {
    let [cos, sin] = formula::cos_sin(m, formula::wrap(m, c[2]));
    let a = formula::achromatic(m, cam, c[0]);
    formula::from_aab(m, cam, [a, m.mul(c[1], cos), m.mul(c[1], sin)])
}

macro_rules! appearance {
    ($($id:ident $name:literal |$m:ident, $cam:ident, $c:ident| $body:expr;)*) => {
        $(
            #[derive(Debug)]
            struct $id(Cam);

            impl Formula for $id {
                const VECTORS: usize = 1;

                fn name(&self) -> &'static str {
                    $name
                }
                fn tolerance(&self) -> f64 {
                    2e-4
                }
                #[inline(always)]
                fn run<M: Math>(&self, $m: M, $c: [M::F; 3]) -> [M::F; 3] {
                    let $cam = &self.0;
                    $body
                }
            }
        )*
    };
}

appearance! {
    RgbToJmh "ACES 2.0 RGB to JMh" |m, cam, c| jmh(m, cam, c);
    JmhToRgb "ACES 2.0 JMh to RGB" |m, cam, c| rgb(m, cam, c);
    RgbToHmj "ACES 2.0 RGB to HMJ" |m, cam, c| {
        let [j, mm, h] = jmh(m, cam, c);
        [
            m.mul(h, m.k(1.0 / 360.0)),
            m.mul(mm, m.k(1.0 / 200.0)),
            m.mul(j, m.k(1.0 / 100.0)),
        ]
    };
    HmjToRgb "ACES 2.0 HMJ to RGB" |m, cam, c| {
        let c = [
            m.mul(c[2], m.k(100.0)),
            m.mul(c[1], m.k(200.0)),
            m.mul(c[0], m.k(360.0)),
        ];
        rgb(m, cam, c)
    };
}
