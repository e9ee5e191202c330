//! Hue curves: hue, saturation and luma changed by curves of each other, then a last turn of hue.
//!
//! Runs on H, S, Y, from RGB and back if asked; linear style takes luma through log2 of the value over 0.18 for the curves of
//! luma. Luma gains multiply, in log style they add. Order, limits and the inverse are OpenColorIO's (GradingHueCurveOpCPU): the inverse of a gain is bounded at 0.01.

use vfx_kernel::Math;

use super::hsy::{hsy_to_rgb, rgb_to_hsy};
use super::lin_log::{lin_to_log, log_to_lin};
use super::pieces::{Pieces, Segment};
use super::spline::Fit;
use super::{Direction, GradingHueCurve, GradingStyle, SplineCurve, SplineType};
use crate::ColorError;
use crate::program::{Formula, Kernel};

const HUE_HUE: usize = 0;
const HUE_SAT: usize = 1;
const HUE_LUM: usize = 2;
const LUM_SAT: usize = 3;
const SAT_SAT: usize = 4;
const LUM_LUM: usize = 5;
const SAT_LUM: usize = 6;
const HUE_FX: usize = 7;

/// The kind each of the eight curves must have.
const KINDS: [SplineType; 8] = [
    SplineType::HueHueBSpline,
    SplineType::Periodic1BSpline,
    SplineType::Periodic1BSpline,
    SplineType::Horizontal1BSpline,
    SplineType::DiagonalBSpline,
    SplineType::DiagonalBSpline,
    SplineType::Horizontal1BSpline,
    SplineType::Periodic0BSpline,
];

impl GradingHueCurve {
    /// The neutral curves of a style.
    pub fn new(style: GradingStyle) -> Self {
        let curve = |kind: usize| {
            let spline = KINDS[kind];
            let lum = kind == LUM_SAT || kind == LUM_LUM;
            let xs: Vec<f32> = match spline {
                SplineType::DiagonalBSpline | SplineType::Horizontal1BSpline => {
                    if lum && style == GradingStyle::Linear {
                        vec![-7.0, 0.0, 7.0]
                    } else {
                        vec![0.0, 0.5, 1.0]
                    }
                }
                _ => (0..6u8).map(|i| f32::from(i) / 6.0).collect(),
            };
            let points: Vec<[f32; 2]> = xs
                .into_iter()
                .map(|x| match spline {
                    SplineType::Periodic0BSpline => [x, 0.0],
                    SplineType::Periodic1BSpline | SplineType::Horizontal1BSpline => [x, 1.0],
                    _ => [x, x],
                })
                .collect();
            SplineCurve::new(spline, &points)
        };
        Self {
            style,
            curves: std::array::from_fn(curve),
            rgb_to_hsy: true,
            dynamic: false,
            direction: Direction::Forward,
        }
    }

    /// Every curve changes nothing.
    pub fn is_identity(&self) -> bool {
        self.curves.iter().all(SplineCurve::is_identity)
    }
}

pub(crate) fn kernel(o: &GradingHueCurve) -> Result<Box<dyn Kernel>, ColorError> {
    let inverse = o.direction == Direction::Inverse;
    let mut curves: [Option<Pieces>; 8] = Default::default();
    for (i, curve) in o.curves.iter().enumerate() {
        if curve.spline != KINDS[i] {
            return Err(ColorError::Parameter {
                op: "grading hue curve",
                parameter: "spline type",
                found: format!("{:?}", curve.spline),
                expected: "the kind of its curve",
            });
        }
        let turned = matches!(i, HUE_HUE | SAT_SAT | LUM_LUM | HUE_FX);
        curves[i] = curve.fit()?.map(|fit| {
            if i == HUE_FX && inverse {
                on_diagonal(&fit).pieces(true)
            } else {
                fit.pieces(inverse && turned)
            }
        });
    }
    let curves = Curves {
        c: curves,
        style: o.style,
        rgb: o.rgb_to_hsy,
        identity: o.is_identity(),
    };
    Ok(if inverse {
        Box::new(Backward(curves))
    } else {
        Box::new(Forward(curves))
    })
}

/// The curve plus its argument: what the last turn of hue makes of a hue.
fn on_diagonal(fit: &Fit) -> Fit {
    Fit {
        knots: fit.knots.clone(),
        quadratics: fit
            .quadratics
            .iter()
            .map(|s| Segment {
                b: s.b + 1.0,
                c: s.c + s.k,
                ..*s
            })
            .collect(),
    }
}

#[derive(Debug)]
struct Curves {
    c: [Option<Pieces>; 8],
    style: GradingStyle,
    rgb: bool,
    identity: bool,
}

impl Curves {
    #[inline(always)]
    fn at<M: Math>(&self, m: M, i: usize, x: M::F, neutral: M::F) -> M::F {
        match &self.c[i] {
            Some(curve) => curve.at(m, x),
            None => neutral,
        }
    }

    /// A gain, never below 0; NaN becomes 0.
    #[inline(always)]
    fn gain<M: Math>(&self, m: M, i: usize, x: M::F) -> M::F {
        m.max(self.at(m, i, x, m.k(1.0)), m.k(0.0))
    }

    /// The inverse of a curve on the circle: its value brought into the range of one turn first.
    #[inline(always)]
    fn turn_back<M: Math>(&self, m: M, i: usize, y: M::F) -> M::F {
        let Some(curve) = &self.c[i] else {
            return y;
        };
        let (lo, hi) = curve.domain();
        let up = m.neg(m.floor(m.sub(y, m.k(lo))));
        let down = m.floor(m.sub(m.k(hi), y));
        let y = m.select(
            m.lt(y, m.k(lo)),
            m.add(y, up),
            m.select(m.gt(y, m.k(hi)), m.add(y, down), y),
        );
        curve.at(m, y)
    }

    #[inline(always)]
    fn to_log<M: Math>(&self, m: M, y: M::F) -> M::F {
        if self.style == GradingStyle::Linear {
            lin_to_log(m, y)
        } else {
            y
        }
    }

    #[inline(always)]
    fn to_lin<M: Math>(&self, m: M, y: M::F) -> M::F {
        if self.style == GradingStyle::Linear {
            log_to_lin(m, y)
        } else {
            y
        }
    }

    /// A luma gain by hue counts less where there is little saturation.
    #[inline(always)]
    fn soften<M: Math>(m: M, gain: M::F, sat: M::F) -> M::F {
        let one = m.k(1.0);
        m.sub(one, m.mul(m.sub(one, gain), m.min(sat, one)))
    }

    #[inline(always)]
    fn start<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.rgb {
            rgb_to_hsy(m, self.style, c)
        } else {
            c
        }
    }

    #[inline(always)]
    fn finish<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.rgb {
            hsy_to_rgb(m, self.style, c)
        } else {
            c
        }
    }
}

#[derive(Debug)]
struct Forward(Curves);

impl Formula for Forward {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "grading hue curve"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let v = &self.0;
        if v.identity {
            return c;
        }
        let [hue, sat, luma] = v.start(m, c);
        let luma = v.to_log(m, luma);
        let hue_sat = v.gain(m, HUE_SAT, hue);
        let hue_lum = v.gain(m, HUE_LUM, hue);
        let hue = v.at(m, HUE_HUE, hue, hue);
        let sat = m.max(v.at(m, SAT_SAT, sat, sat), m.k(0.0));
        let lum_sat = v.gain(m, LUM_SAT, luma);
        let sat = m.mul(sat, m.mul(lum_sat, hue_sat));
        let sat_lum = v.gain(m, SAT_LUM, sat);
        let luma = v.to_lin(m, v.at(m, LUM_LUM, luma, luma));
        let hue_lum = Curves::soften(m, hue_lum, sat);
        let luma = if v.style != GradingStyle::Log {
            m.mul(m.mul(luma, hue_lum), sat_lum)
        } else {
            let shift = m.sub(m.add(hue_lum, sat_lum), m.k(2.0));
            m.fma(shift, m.k(0.1), luma)
        };
        let hue = m.sub(hue, m.floor(hue));
        let hue = m.add(hue, v.at(m, HUE_FX, hue, m.k(0.0)));
        v.finish(m, [hue, sat, luma])
    }
    fn tolerance(&self) -> f64 {
        // Hue and saturation are quotients of differences.
        1e-4
    }
}

#[derive(Debug)]
struct Backward(Curves);

impl Formula for Backward {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "grading hue curve, inverse"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let v = &self.0;
        if v.identity {
            return c;
        }
        let [hue, sat, luma] = v.start(m, c);
        let hue = v.turn_back(m, HUE_FX, hue);
        let hue = v.turn_back(m, HUE_HUE, hue);
        let hue = m.sub(hue, m.floor(hue));
        let hue_sat = v.gain(m, HUE_SAT, hue);
        let hue_lum = v.gain(m, HUE_LUM, hue);
        let sat = m.max(sat, m.k(0.0));
        let sat_lum = v.gain(m, SAT_LUM, sat);
        let hue_lum = Curves::soften(m, hue_lum, sat);
        let luma = if v.style != GradingStyle::Log {
            m.div(luma, m.max(m.mul(hue_lum, sat_lum), m.k(0.01)))
        } else {
            let shift = m.sub(m.add(hue_lum, sat_lum), m.k(2.0));
            m.fma(shift, m.k(-0.1), luma)
        };
        let luma = v.to_log(m, luma);
        let luma = v.at(m, LUM_LUM, luma, luma);
        let lum_sat = v.gain(m, LUM_SAT, luma);
        let luma = v.to_lin(m, luma);
        let sat = m.div(sat, m.max(m.mul(lum_sat, hue_sat), m.k(0.01)));
        let sat = m.max(v.at(m, SAT_SAT, sat, sat), m.k(0.0));
        v.finish(m, [hue, sat, luma])
    }
    fn tolerance(&self) -> f64 {
        1e-3
    }
}
