//! Random programs of one to five operations of every kind, and how far a correct instance may be from `f64`.
//!
//! Parameters come from the ranges in which people grade; a seed is a program. The bound of a pixel follows each operation's
//! declared tolerance through the rest of the program: the `f64` instance runs again from values moved by the tolerance, and
//! what that does to the result is what rounding may do.

use std::sync::Arc;

use vfx_color::op::*;
use vfx_color::program::{Kernel, compile};
use vfx_color::{Direction, Op};
use vfx_testkit::XorShift;

/// Values beyond this are outside the range in which tolerances hold.
const LARGE: f64 = 100.0;

struct Dice(XorShift);

impl Dice {
    fn unit(&mut self) -> f64 {
        (self.0.bits() >> 40) as f64 / (1u64 << 24) as f64
    }
    fn between(&mut self, lo: f64, hi: f64) -> f64 {
        lo + (hi - lo) * self.unit()
    }
    fn three(&mut self, lo: f64, hi: f64) -> [f64; 3] {
        [0; 3].map(|_| self.between(lo, hi))
    }
    fn coin(&mut self) -> bool {
        self.0.below(2) == 1
    }
    fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        self.0.pick(values)
    }
    fn direction(&mut self) -> Direction {
        self.pick(&[Direction::Forward, Direction::Inverse])
    }
    fn style(&mut self) -> GradingStyle {
        self.pick(&[GradingStyle::Log, GradingStyle::Linear, GradingStyle::Video])
    }
    fn rgbm(&mut self, lo: f64, hi: f64) -> Rgbm {
        let [red, green, blue] = self.three(lo, hi);
        let master = self.between(lo, hi);
        Rgbm {
            red,
            green,
            blue,
            master,
        }
    }
    fn zone(&mut self, neutral: &ToneZone) -> ToneZone {
        ToneZone {
            rgbm: self.rgbm(0.7, 1.3),
            ..*neutral
        }
    }
}

/// The program of a seed.
pub fn program(seed: u64) -> Vec<Op> {
    let mut dice = Dice(XorShift::new(seed.wrapping_mul(0x9e37_79b9)));
    let count = 1 + dice.0.below(5);
    (0..count).map(|_| operation(&mut dice)).collect()
}

/// Pixels for a program: most in 0..1, some beyond.
pub fn pixels(seed: u64, count: usize) -> Vec<[f32; 4]> {
    let mut dice = Dice(XorShift::new(seed ^ 0x5151));
    (0..count)
        .map(|i| {
            let (lo, hi) = if i % 4 == 3 { (-0.5, 8.0) } else { (0.0, 1.0) };
            let [r, g, b] = dice.three(lo, hi);
            [r as f32, g as f32, b as f32, dice.unit() as f32]
        })
        .collect()
}

fn operation(dice: &mut Dice) -> Op {
    match dice.0.below(15) {
        0 => matrix(dice),
        1 => range(dice),
        2 => Op::Exponent(Exponent {
            value: [dice.between(0.4, 2.6), 1.8, 1.0, 1.1],
            style: dice.pick(&[
                NegativeStyle::Clamp,
                NegativeStyle::Mirror,
                NegativeStyle::PassThru,
            ]),
            direction: dice.direction(),
        }),
        3 => Op::MonCurve(MonCurve {
            gamma: [dice.between(1.2, 3.0), 2.2, 2.4, 1.0],
            offset: [dice.between(0.01, 0.2), 0.099, 0.055, 0.0],
            style: dice.pick(&[NegativeStyle::Linear, NegativeStyle::Mirror]),
            direction: dice.direction(),
        }),
        4 => log(dice),
        5 => Op::Cdl(Cdl {
            slope: dice.three(0.7, 1.4),
            offset: dice.three(-0.05, 0.05),
            power: dice.three(0.7, 1.4),
            saturation: dice.between(0.6, 1.4),
            style: dice.pick(&[CdlStyle::Asc, CdlStyle::NoClamp]),
            direction: dice.direction(),
        }),
        6 => Op::ExposureContrast(ExposureContrast {
            style: dice.style(),
            exposure: dice.between(-1.0, 1.0),
            contrast: dice.between(0.7, 1.4),
            gamma: dice.between(0.8, 1.2),
            pivot: 0.18,
            log_exposure_step: 0.088,
            log_midway_gray: 0.435,
            dynamic: [dice.coin(), dice.coin(), dice.coin()],
            direction: dice.direction(),
        }),
        7 => primary(dice),
        8 => rgb_curve(dice),
        9 => hue_curve(dice),
        10 => tone(dice),
        11 => lut1d(dice),
        12 => lut3d(dice),
        _ => fixed(dice),
    }
}

fn matrix(dice: &mut Dice) -> Op {
    let (d, o) = (dice.three(0.5, 1.5), dice.three(-0.2, 0.2));
    let mut m = Matrix::rgb([[d[0], o[0], 0.0], [o[1], d[1], o[2]], [0.0, 0.1, d[2]]]);
    m.offset = [o[0], o[1], o[2], 0.0];
    Op::Matrix(m)
}

fn range(dice: &mut Dice) -> Op {
    Op::Range(Range {
        min_in: Some(dice.between(-0.1, 0.3)),
        max_in: Some(dice.between(0.6, 1.5)),
        min_out: Some(dice.between(-0.1, 0.2)),
        max_out: Some(dice.between(0.8, 2.0)),
        clamp: dice.coin(),
        direction: dice.direction(),
    })
}

fn log(dice: &mut Dice) -> Op {
    let camera = dice.coin();
    Op::Log(Log {
        log_side_slope: [dice.between(0.1, 0.4); 3],
        log_side_offset: [dice.between(0.3, 0.5); 3],
        lin_side_slope: [dice.between(2.0, 8.0); 3],
        lin_side_offset: [0.05; 3],
        lin_side_break: camera.then_some([0.01; 3]),
        ..Log::plain(10.0, dice.direction())
    })
}

fn primary(dice: &mut Dice) -> Op {
    let style = dice.style();
    Op::GradingPrimary(GradingPrimary {
        brightness: dice.rgbm(-0.2, 0.2),
        contrast: dice.rgbm(0.8, 1.2),
        gamma: dice.rgbm(0.8, 1.2),
        offset: dice.rgbm(-0.02, 0.02),
        exposure: dice.rgbm(-0.3, 0.3),
        lift: dice.rgbm(-0.02, 0.02),
        gain: dice.rgbm(0.9, 1.1),
        saturation: dice.between(0.7, 1.3),
        clamp_black: dice.coin().then_some(-0.1),
        clamp_white: dice.coin().then_some(3.0),
        direction: dice.direction(),
        ..GradingPrimary::new(style)
    })
}

/// A rising curve through `count` points over -1..2.
fn rising(dice: &mut Dice, count: usize) -> SplineCurve {
    let mut y = -1.0;
    let points: Vec<[f32; 2]> = (0..count)
        .map(|i| {
            let step = 3.0 / (count - 1) as f64;
            let point = [(-1.0 + step * i as f64) as f32, y as f32];
            y += step * dice.between(0.6, 1.4);
            point
        })
        .collect();
    SplineCurve::new(SplineType::BSpline, &points)
}

fn rgb_curve(dice: &mut Dice) -> Op {
    let curves = [0; 4].map(|_| {
        let count = 2 + dice.0.below(7);
        rising(dice, count)
    });
    Op::GradingRgbCurve(Arc::new(GradingRgbCurve {
        curves,
        bypass_lin_to_log: dice.coin(),
        direction: dice.direction(),
        ..GradingRgbCurve::new(dice.style())
    }))
}

fn hue_curve(dice: &mut Dice) -> Op {
    let mut v = GradingHueCurve::new(dice.style());
    // One curve of each kind that can be bent without folding over; forwards, because inverses of saturation may not exist.
    for at in [1, 2] {
        let points: Vec<[f32; 2]> = [0.05f32, 0.35, 0.7]
            .map(|x| [x, dice.between(0.8, 1.2) as f32])
            .to_vec();
        v.curves[at].points = points;
        v.curves[at].slopes.clear();
    }
    Op::GradingHueCurve(Arc::new(v))
}

fn tone(dice: &mut Dice) -> Op {
    let neutral = GradingTone::new(dice.style());
    Op::GradingTone(Box::new(GradingTone {
        blacks: dice.zone(&neutral.blacks),
        shadows: dice.zone(&neutral.shadows),
        midtones: dice.zone(&neutral.midtones),
        highlights: dice.zone(&neutral.highlights),
        whites: dice.zone(&neutral.whites),
        s_contrast: dice.between(0.8, 1.2),
        direction: dice.direction(),
        ..neutral
    }))
}

fn lut1d(dice: &mut Dice) -> Op {
    let half_domain = dice.0.below(4) == 0;
    let power = dice.three(0.5, 1.6);
    let count = if half_domain { 1 << 16 } else { 129 };
    let entry = |i: usize| {
        let x = if half_domain {
            let x = half::f16::from_bits(i as u16).to_f64();
            if x.is_finite() { x } else { 0.0 }
        } else {
            i as f64 / (count - 1) as f64
        };
        power.map(|p| (x.abs().powf(p) * x.signum()).clamp(-90.0, 90.0) as f32)
    };
    let direction = dice.direction();
    let interpolation = if direction == Direction::Forward {
        dice.pick(&[Interpolation::Linear, Interpolation::Cubic])
    } else {
        Interpolation::Linear
    };
    let lut = Lut1D {
        entries: (0..count).map(entry).collect(),
        half_domain,
        raw_halfs: false,
        interpolation,
        hue_adjust: dice.pick(&[HueAdjust::None, HueAdjust::Dw3]),
    };
    Op::Lut1D(Arc::new(lut), direction)
}

fn lut3d(dice: &mut Dice) -> Op {
    let edge = 2 + dice.0.below(12);
    let at = |i: usize| i as f64 / (edge - 1) as f64;
    let entries = (0..edge.pow(3))
        .map(|i| {
            let p = [at(i % edge), at(i / edge % edge), at(i / edge / edge)];
            p.map(|v| (v + dice.between(-0.1, 0.1)) as f32)
        })
        .collect();
    let lut = Lut3D {
        edge,
        entries,
        interpolation: dice.pick(&[
            Interpolation::Linear,
            Interpolation::Tetrahedral,
            Interpolation::Cubic,
        ]),
    };
    Op::Lut3D(Arc::new(lut), Direction::Forward)
}

fn fixed(dice: &mut Dice) -> Op {
    const REC709: [f64; 8] = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329];
    const RGC: [f64; 7] = [1.147, 1.264, 1.312, 0.815, 0.803, 0.88, 1.2];
    // The OETF of HLG.
    const GAMMA_LOG: [f64; 10] = [
        0.0,
        0.25,
        0.5,
        1.0,
        0.0,
        std::f64::consts::E,
        0.178_832_77,
        0.807_825_59,
        1.0,
        -0.071_167_23,
    ];
    let style = dice.pick(&[
        FixedStyle::AcesRedMod03,
        FixedStyle::AcesRedMod10,
        FixedStyle::AcesGlow03,
        FixedStyle::AcesGlow10,
        FixedStyle::AcesDarkToDim10,
        FixedStyle::AcesGamutComp13,
        FixedStyle::Rec2100Surround,
        FixedStyle::RgbToHsv,
        FixedStyle::XyzToXyy,
        FixedStyle::XyzToUvy,
        FixedStyle::LinToPq,
        FixedStyle::LinToGammaLog,
        FixedStyle::AcesOutputTransform20,
        FixedStyle::AcesRgbToJmh20,
        FixedStyle::RgbToHsyLin,
        FixedStyle::RgbToHsyLog,
        FixedStyle::RgbToHsyVid,
    ]);
    let params = match style {
        FixedStyle::AcesGamutComp13 => RGC.to_vec(),
        FixedStyle::Rec2100Surround => vec![dice.between(0.7, 1.3)],
        FixedStyle::LinToGammaLog => GAMMA_LOG.to_vec(),
        FixedStyle::AcesOutputTransform20 => [&[100.0][..], &REC709].concat(),
        FixedStyle::AcesRgbToJmh20 => REC709.to_vec(),
        _ => Vec::new(),
    };
    Op::FixedFunction(FixedFunction {
        style,
        params,
        direction: Direction::Forward,
    })
}

/// A program step by step, as the reference.
pub struct Reference(Vec<Box<dyn Kernel>>);

impl Reference {
    pub fn new(ops: &[Op]) -> Self {
        Self(ops.iter().map(|op| compile(op).unwrap()).collect())
    }

    /// The result in `f64`, and how far an instance may be from it whose every step errs by `factor` times its tolerance.
    /// `None` where a value leaves the range in which tolerances hold.
    pub fn run(&self, pixel: [f32; 4], factor: f64) -> Option<([f64; 4], f64)> {
        let mut at = vec![pixel.map(f64::from)];
        for kernel in &self.0 {
            let next = kernel.eval(at[at.len() - 1]);
            if next.iter().any(|v| !v.is_finite() || v.abs() > LARGE) {
                return None;
            }
            at.push(next);
        }
        let want = at[at.len() - 1];
        let mut bound = 0.0;
        for (i, kernel) in self.0.iter().enumerate() {
            let largest = at[i]
                .iter()
                .chain(&at[i + 1])
                .fold(1.0, |m: f64, v| m.max(v.abs()));
            let delta = factor * kernel.tolerance() * largest;
            for channel in 0..4 {
                let moved = [-delta, delta].map(|d| {
                    let mut v = at[i + 1];
                    v[channel] += d;
                    let end = self.0[i + 1..].iter().fold(v, |p, k| k.eval(p));
                    distance(end, want)
                });
                bound += moved[0].max(moved[1]);
            }
        }
        Some((want, bound))
    }
}

/// The largest difference of a channel; infinite where one is NaN.
pub fn distance(a: [f64; 4], b: [f64; 4]) -> f64 {
    a.iter().zip(&b).fold(0.0, |m: f64, (a, b)| {
        let d = (a - b).abs();
        if d.is_nan() { f64::INFINITY } else { m.max(d) }
    })
}
