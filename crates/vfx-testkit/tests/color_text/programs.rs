//! Programs to write: every kind of operation, every style, both directions, and every built-in transform.

use std::sync::Arc;

use vfx_color::op::*;
use vfx_color::{Direction, Op, builtin};

const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Inverse];
const STYLES: [GradingStyle; 3] = [GradingStyle::Log, GradingStyle::Linear, GradingStyle::Video];

fn all(v: f64) -> Rgbm {
    Rgbm {
        red: v,
        green: v * 1.1,
        blue: v * 0.9,
        master: v * 1.05,
    }
}

fn curve(points: &[[f32; 2]]) -> SplineCurve {
    SplineCurve {
        points: points.to_vec(),
        ..SplineCurve::default()
    }
}

/// Name and operations.
pub fn every_op() -> Vec<(String, Vec<Op>)> {
    let mut list: Vec<(String, Op)> = Vec::new();
    let mut put = |name: String, op: Op| list.push((name, op));
    put(
        "matrix".into(),
        Op::Matrix(Matrix {
            m: [
                [0.9, 0.2, -0.1, 0.0],
                [0.05, 0.8, 0.15, 0.0],
                [0.0, 0.1, 0.9, 0.0],
                [0.0, 0.0, 0.0, 1.0],
            ],
            offset: [0.01, -0.02, 0.0, 0.0],
        }),
    );
    for direction in DIRECTIONS {
        for clamp in [true, false] {
            put(
                format!("range {clamp} {direction:?}"),
                Op::Range(Range {
                    min_in: Some(0.0),
                    max_in: Some(1.0),
                    min_out: Some(0.1),
                    max_out: Some(1.5),
                    clamp,
                    direction,
                }),
            );
        }
        for style in [
            NegativeStyle::Clamp,
            NegativeStyle::Mirror,
            NegativeStyle::PassThru,
        ] {
            put(
                format!("exponent {style:?} {direction:?}"),
                Op::Exponent(Exponent {
                    value: [2.2, 1.8, 1.0, 1.1],
                    style,
                    direction,
                }),
            );
        }
        for style in [NegativeStyle::Linear, NegativeStyle::Mirror] {
            put(
                format!("moncurve {style:?} {direction:?}"),
                Op::MonCurve(MonCurve {
                    gamma: [2.4, 2.2, 2.4, 1.0],
                    offset: [0.055, 0.099, 0.055, 0.0],
                    style,
                    direction,
                }),
            );
        }
        for camera in [false, true] {
            put(
                format!("log camera {camera} {direction:?}"),
                Op::Log(Log {
                    base: 10.0,
                    log_side_slope: [0.25; 3],
                    log_side_offset: [0.39; 3],
                    lin_side_slope: [5.5; 3],
                    lin_side_offset: [0.05; 3],
                    lin_side_break: camera.then_some([0.01; 3]),
                    linear_slope: None,
                    direction,
                }),
            );
        }
        for style in [CdlStyle::Asc, CdlStyle::NoClamp] {
            put(
                format!("cdl {style:?} {direction:?}"),
                Op::Cdl(Cdl {
                    slope: [1.1, 0.9, 1.2],
                    offset: [0.02, -0.01, 0.0],
                    power: [0.9, 1.1, 1.2],
                    saturation: 0.8,
                    style,
                    direction,
                }),
            );
        }
        for style in STYLES {
            put(
                format!("exposure contrast {style:?} {direction:?}"),
                Op::ExposureContrast(ExposureContrast {
                    style,
                    exposure: 0.7,
                    contrast: 1.2,
                    gamma: 0.9,
                    pivot: 0.18,
                    log_exposure_step: 0.088,
                    log_midway_gray: 0.435,
                    dynamic: [true, false, true],
                    direction,
                }),
            );
            put(
                format!("primary {style:?} {direction:?}"),
                Op::GradingPrimary(GradingPrimary {
                    style,
                    brightness: all(0.1),
                    contrast: all(1.1),
                    gamma: all(0.95),
                    offset: all(0.01),
                    exposure: all(0.3),
                    lift: all(0.02),
                    gain: all(1.05),
                    saturation: 1.2,
                    pivot: if style == GradingStyle::Log {
                        -0.2
                    } else {
                        0.18
                    },
                    pivot_black: 0.0,
                    pivot_white: 1.0,
                    clamp_black: Some(-0.1),
                    clamp_white: Some(4.0),
                    dynamic: false,
                    direction,
                }),
            );
            let zone = |v: f64, start: f64, width: f64| ToneZone {
                rgbm: all(v),
                start,
                width,
            };
            let linear = style == GradingStyle::Linear;
            put(
                format!("tone {style:?} {direction:?}"),
                Op::GradingTone(Box::new(GradingTone {
                    style,
                    blacks: zone(
                        1.2,
                        if linear { 0.0 } else { 0.3 },
                        if linear { 4.0 } else { 0.3 },
                    ),
                    shadows: zone(
                        0.9,
                        if linear { 2.0 } else { 0.5 },
                        if linear { -7.0 } else { 0.0 },
                    ),
                    midtones: zone(
                        1.1,
                        if linear { 0.0 } else { 0.4 },
                        if linear { 8.0 } else { 0.6 },
                    ),
                    highlights: zone(
                        0.9,
                        if linear { -2.0 } else { 0.3 },
                        if linear { 9.0 } else { 1.0 },
                    ),
                    whites: zone(
                        1.1,
                        if linear { 0.0 } else { 0.5 },
                        if linear { 8.0 } else { 0.4 },
                    ),
                    s_contrast: 1.2,
                    dynamic: false,
                    direction,
                })),
            );
            let rgb = curve(&[
                [-3.0, -2.8],
                [0.0, 0.1],
                [0.5, 0.6],
                [1.0, 0.95],
                [4.0, 3.5],
            ]);
            put(
                format!("rgb curve {style:?} {direction:?}"),
                Op::GradingRgbCurve(Arc::new(GradingRgbCurve {
                    style,
                    curves: [rgb.clone(), rgb.clone(), rgb.clone(), rgb],
                    bypass_lin_to_log: false,
                    dynamic: false,
                    direction,
                })),
            );
        }
    }
    let ramp: Vec<[f32; 3]> = (0..33)
        .map(|i| {
            let x = i as f32 / 32.0;
            [x * x, x.sqrt(), 0.1 + 0.8 * x]
        })
        .collect();
    let half: Vec<[f32; 3]> = (0..65536u32)
        .map(|i| {
            let v = half::f16::from_bits(i as u16).to_f32();
            let v = if v.is_finite() {
                v.clamp(-4.0, 64.0)
            } else {
                0.0
            };
            [v * 0.5; 3]
        })
        .collect();
    for (name, entries, half_domain) in [("ramp", ramp, false), ("half", half, true)] {
        for hue_adjust in [HueAdjust::None, HueAdjust::Dw3] {
            put(
                format!("1D {name} {hue_adjust:?}"),
                Op::Lut1D(
                    Arc::new(Lut1D {
                        entries: entries.clone(),
                        half_domain,
                        raw_halfs: false,
                        interpolation: Interpolation::Linear,
                        hue_adjust,
                    }),
                    Direction::Forward,
                ),
            );
        }
        put(
            format!("1D {name} inverse"),
            Op::Lut1D(
                Arc::new(Lut1D {
                    entries,
                    half_domain,
                    raw_halfs: false,
                    interpolation: Interpolation::Linear,
                    hue_adjust: HueAdjust::None,
                }),
                Direction::Inverse,
            ),
        );
    }
    let n = 17usize;
    let at = |i: usize| i as f32 / (n - 1) as f32;
    let entries: Vec<[f32; 3]> = (0..n * n * n)
        .map(|i| {
            let (r, g, b) = (at(i % n), at(i / n % n), at(i / n / n));
            [r * r * 0.9 + 0.1 * g, g.sqrt(), 0.8 * b + 0.2 * r * g]
        })
        .collect();
    for interpolation in [
        Interpolation::Linear,
        Interpolation::Tetrahedral,
        Interpolation::Nearest,
        Interpolation::Cubic,
    ] {
        put(
            format!("3D {interpolation:?}"),
            Op::Lut3D(
                Arc::new(Lut3D {
                    edge: n,
                    entries: entries.clone(),
                    interpolation,
                }),
                Direction::Forward,
            ),
        );
    }
    list.into_iter().map(|(n, o)| (n, vec![o])).collect()
}

/// Every built-in transform, both ways where there is an inverse.
pub fn every_builtin() -> Vec<(String, Vec<Op>)> {
    let mut list = Vec::new();
    for style in builtin::STYLES {
        for direction in DIRECTIONS {
            if let Ok(ops) = builtin::ops(style.name, direction) {
                list.push((format!("{} {direction:?}", style.name), ops));
            }
        }
    }
    list
}

/// Programs whose text is kept: one of each way of writing (constants, selects, tables, register tables, uniforms).
pub fn blessed() -> Vec<(&'static str, Vec<Op>)> {
    let all = every_op();
    let named = |name: &str| {
        let found = all.iter().find(|(n, _)| n == name);
        found
            .unwrap_or_else(|| panic!("no program {name}"))
            .1
            .clone()
    };
    let square = |i: usize| (i * i) as f32 / 16.0;
    let small = Lut1D {
        entries: (0..5).map(|i| [square(i); 3]).collect(),
        half_domain: false,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: HueAdjust::None,
    };
    let corner = |i: usize| {
        [
            (i & 1) as f32,
            (i >> 1 & 1) as f32 * 0.5,
            (i >> 2) as f32 + 0.25,
        ]
    };
    let cube = Lut3D {
        edge: 2,
        entries: (0..8).map(corner).collect(),
        interpolation: Interpolation::Tetrahedral,
    };
    vec![
        ("matrix", named("matrix")),
        ("cdl", named("cdl Asc Forward")),
        ("srgb", named("moncurve Linear Inverse")),
        ("log_camera", named("log camera true Forward")),
        (
            "exposure_contrast",
            named("exposure contrast Linear Forward"),
        ),
        ("rgb_curve", named("rgb curve Log Forward")),
        ("tone", named("tone Video Inverse")),
        (
            "lut1d",
            vec![Op::Lut1D(Arc::new(small), Direction::Forward)],
        ),
        ("lut3d", vec![Op::Lut3D(Arc::new(cube), Direction::Forward)]),
        (
            "aces1_sdr",
            builtin::ops(
                "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0",
                Direction::Forward,
            )
            .unwrap(),
        ),
    ]
}

/// Pixels that every program takes: ramps, primaries, greys and pseudo-random colours.
pub fn pixels() -> Vec<[f32; 4]> {
    let mut list = Vec::new();
    for i in 0..64 {
        let v = i as f32 / 63.0;
        list.push([v, v, v, 1.0]);
        list.push([v, 0.18, 0.5, 0.5]);
        list.push([0.3, v, 0.1, 1.0]);
        list.push([0.02, 0.6, v, 0.0]);
    }
    let mut state = 0x1234_5678_9abc_def1u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    for _ in 0..256 {
        list.push([next(), next(), next(), next()]);
        list.push([
            next() * 4.0 - 0.25,
            next() * 4.0 - 0.25,
            next() * 4.0 - 0.25,
            1.0,
        ]);
    }
    list
}
