//! Primary grading: brightness, contrast, gamma (log), offset, exposure, contrast (linear), lift, gamma, gain (video), then
//! saturation and clamping; the inverse runs the steps backwards.
//!
//! Powers are mirrored below their pivot. NaN passes except through a clamp, which turns it into its lower end. Formulas and
//! bounds are OpenColorIO's; one code value of 1023 is 6.25 steps of brightness.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN must fail the checks")]

use vfx_kernel::Math;

use super::{Direction, GradingPrimary, GradingStyle, Rgbm, cdl::saturate};
use crate::ColorError;
use crate::program::{Formula, Kernel};

/// OpenColorIO's bounds.
const MIN_CONTRAST: f64 = 0.01;
const MIN_GAMMA: f64 = 0.01;
const MIN_PIVOT_WIDTH: f64 = 0.01;

impl Rgbm {
    /// The same value for every channel and `master`.
    pub const fn splat(v: f64) -> Self {
        Self {
            red: v,
            green: v,
            blue: v,
            master: v,
        }
    }

    pub(crate) fn sums(&self) -> [f64; 3] {
        [self.red, self.green, self.blue].map(|v| v + self.master)
    }

    pub(crate) fn products(&self) -> [f64; 3] {
        [self.red, self.green, self.blue].map(|v| v * self.master)
    }

    /// R, G, B, master.
    pub(crate) fn values(&self) -> [f64; 4] {
        [self.red, self.green, self.blue, self.master]
    }
}

impl GradingPrimary {
    /// Neutral values of a style.
    pub fn new(style: GradingStyle) -> Self {
        Self {
            style,
            brightness: Rgbm::splat(0.0),
            contrast: Rgbm::splat(1.0),
            gamma: Rgbm::splat(1.0),
            offset: Rgbm::splat(0.0),
            exposure: Rgbm::splat(0.0),
            lift: Rgbm::splat(0.0),
            gain: Rgbm::splat(1.0),
            saturation: 1.0,
            pivot: match style {
                GradingStyle::Log => -0.2,
                _ => 0.18,
            },
            pivot_black: 0.0,
            pivot_white: 1.0,
            clamp_black: None,
            clamp_white: None,
            dynamic: false,
            direction: Direction::Forward,
        }
    }

    /// Every value of the style is neutral and nothing is clamped.
    pub fn is_identity(&self) -> bool {
        let zero = |v: &Rgbm| v.sums() == [0.0; 3];
        let one = |v: &Rgbm| v.products() == [1.0; 3];
        let style = match self.style {
            GradingStyle::Log => zero(&self.brightness) && one(&self.contrast) && one(&self.gamma),
            GradingStyle::Linear => {
                zero(&self.offset) && zero(&self.exposure) && one(&self.contrast)
            }
            GradingStyle::Video => {
                zero(&self.offset) && zero(&self.lift) && one(&self.gain) && one(&self.gamma)
            }
        };
        style && self.saturation == 1.0 && self.clamp_black.is_none() && self.clamp_white.is_none()
    }

    /// Checks bounds.
    ///
    /// # Errors
    ///
    /// If a gamma or linear contrast is too small, the pivots are too near, or the clamps are in disorder.
    pub fn validate(&self) -> Result<(), ColorError> {
        let wrong = |parameter, found: f64, expected| {
            Err(ColorError::Parameter {
                op: "grading primary",
                parameter,
                found: found.to_string(),
                expected,
            })
        };
        for v in self.gamma.values() {
            if !(v >= MIN_GAMMA) {
                return wrong("gamma", v, "0.01 or more");
            }
        }
        if self.style == GradingStyle::Linear {
            for v in self.contrast.values() {
                if !(v >= MIN_CONTRAST) {
                    return wrong("contrast", v, "0.01 or more");
                }
            }
        }
        if !(self.pivot_white - self.pivot_black >= MIN_PIVOT_WIDTH) {
            return wrong(
                "white pivot",
                self.pivot_white,
                "0.01 above the black pivot",
            );
        }
        if let (Some(black), Some(white)) = (self.clamp_black, self.clamp_white)
            && black > white
        {
            return wrong("white clamp", white, "not below the black clamp");
        }
        Ok(())
    }
}

pub(crate) fn kernel(o: &GradingPrimary) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let inverse = o.direction == Direction::Inverse;
    let not_zero = |v: f64| if v == 0.0 { 1.0 } else { v };
    let mut s = Steps {
        add: [0.0; 3],
        mul: [1.0; 3],
        pivot: 0.0,
        power: [1.0; 3],
        black: o.pivot_black as f32,
        width: (o.pivot_white - o.pivot_black) as f32,
        saturation: match (o.saturation, inverse) {
            (0.0, true) => 1.0,
            (v, true) => (1.0 / v) as f32,
            (v, false) => v as f32,
        },
        lo: o.clamp_black.unwrap_or(f64::NEG_INFINITY) as f32,
        hi: o.clamp_white.unwrap_or(f64::INFINITY) as f32,
        clamp: o.clamp_black.is_some() || o.clamp_white.is_some(),
    };
    let sign = if inverse { -1.0 } else { 1.0 };
    let turned = |v: f64| if inverse { 1.0 / v } else { v };
    match o.style {
        GradingStyle::Log => {
            s.add = o
                .brightness
                .sums()
                .map(|v| (sign * v * 6.25 / 1023.0) as f32);
            let c = o.contrast.products();
            s.mul = c.map(|v| if inverse { 1.0 / not_zero(v) } else { v } as f32);
            s.power = o.gamma.products().map(|v| (1.0 / turned(v)) as f32);
            s.pivot = (0.5 + o.pivot * 0.5) as f32;
        }
        GradingStyle::Linear => {
            s.add = o.offset.sums().map(|v| (sign * v) as f32);
            s.mul = o.exposure.sums().map(|v| (sign * v).exp2() as f32);
            s.power = o.contrast.products().map(|v| turned(v) as f32);
            s.width = (0.18 * o.pivot.exp2()) as f32;
            s.black = 0.0;
        }
        GradingStyle::Video => {
            let lift = o.lift.sums();
            let offset = o.offset.sums();
            let gain = o.gain.products().map(not_zero);
            let width = o.pivot_white - o.pivot_black;
            for i in 0..3 {
                s.add[i] = (sign * (offset[i] + lift[i])) as f32;
                let below = o.pivot_white / gain[i] + lift[i] - o.pivot_black;
                s.mul[i] = if inverse {
                    below / width
                } else {
                    width / not_zero(below)
                } as f32;
            }
            s.power = o.gamma.products().map(|v| (1.0 / turned(v)) as f32);
            s.pivot = o.pivot_black as f32;
        }
    }
    Ok(match (o.style, inverse) {
        // The linear style multiplies around 0, so that its steps are the others' with pivot 0.
        (_, false) => Box::new(Forward(s)),
        (_, true) => Box::new(Backward(s)),
    })
}

/// add, multiply around a pivot, power around black over a width, saturation, clamp.
#[derive(Debug)]
struct Steps {
    add: [f32; 3],
    mul: [f32; 3],
    pivot: f32,
    power: [f32; 3],
    black: f32,
    width: f32,
    saturation: f32,
    lo: f32,
    hi: f32,
    clamp: bool,
}

impl Steps {
    #[inline(always)]
    fn scale<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        if self.mul[i] == 1.0 {
            return x;
        }
        let p = m.k(self.pivot);
        m.fma(m.sub(x, p), m.k(self.mul[i]), p)
    }

    #[inline(always)]
    fn raise<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        if self.power == [1.0; 3] {
            return x;
        }
        let d = m.sub(x, m.k(self.black));
        let y = m.pow(m.mul(m.abs(d), m.k(1.0 / self.width)), self.power[i]);
        m.fma(m.copysign(y, d), m.k(self.width), m.k(self.black))
    }

    #[inline(always)]
    fn saturate<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.saturation == 1.0 {
            c
        } else {
            saturate(m, c, m.k(self.saturation))
        }
    }

    #[inline(always)]
    fn clamp<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        if self.clamp {
            [
                m.clamp(c[0], self.lo, self.hi),
                m.clamp(c[1], self.lo, self.hi),
                m.clamp(c[2], self.lo, self.hi),
            ]
        } else {
            c
        }
    }
}

#[derive(Debug)]
struct Forward(Steps);

impl Forward {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        let s = &self.0;
        let x = m.add(x, m.k(s.add[i]));
        s.raise(m, s.scale(m, x, i), i)
    }
}

impl Formula for Forward {
    fn name(&self) -> &'static str {
        "grading primary"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let c = [
            self.one(m, c[0], 0),
            self.one(m, c[1], 1),
            self.one(m, c[2], 2),
        ];
        self.0.clamp(m, self.0.saturate(m, c))
    }
    fn separable(&self) -> bool {
        self.0.saturation == 1.0
    }
}

#[derive(Debug)]
struct Backward(Steps);

impl Backward {
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F {
        let s = &self.0;
        let x = s.scale(m, s.raise(m, x, i), i);
        m.add(x, m.k(s.add[i]))
    }
}

impl Formula for Backward {
    fn name(&self) -> &'static str {
        "grading primary, inverse"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let c = self.0.saturate(m, self.0.clamp(m, c));
        [
            self.one(m, c[0], 0),
            self.one(m, c[1], 1),
            self.one(m, c[2], 2),
        ]
    }
    fn separable(&self) -> bool {
        self.0.saturation == 1.0
    }
}
