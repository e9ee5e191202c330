//! Properties of every operation: SIMD levels against `f64`, inverses, the optimiser, sample types, alpha, dynamic parameters.
//!
//! Inputs include NaN, infinities, -0, subnormals and odd lengths. Where the `f64` reference is finite and of moderate size,
//! every level is within the operation's declared tolerance of it, relative with a floor of 1.

use std::sync::Arc;

use half::f16;
use proptest::prelude::*;
use vfx_color::op::*;
use vfx_color::{Alpha, ColorProgram, Direction, Layout, Op, Optimization, Property};
use vfx_kernel::level::at_every_level;
use vfx_kernel::{Samples, SamplesMut, from_f32, to_f32};

const FORWARD: Direction = Direction::Forward;

fn sample() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => 0.0f32..1.0,
        4 => -2.0f32..64.0,
        1 => prop::sample::select(vec![
            f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 0.0, 1e-45, -1e-45, f32::MIN_POSITIVE, 65504.0, 3e38, -3e38,
        ]),
    ]
}

fn rgbm() -> impl Strategy<Value = Rgbm> {
    [0.8f64..1.2, 0.8..1.2, 0.8..1.2, 0.8..1.2].prop_map(|[red, green, blue, master]| Rgbm {
        red,
        green,
        blue,
        master,
    })
}

fn shifted(v: Rgbm) -> Rgbm {
    Rgbm {
        red: v.red - 1.0,
        green: v.green - 1.0,
        blue: v.blue - 1.0,
        master: v.master - 1.0,
    }
}

fn style() -> impl Strategy<Value = GradingStyle> {
    prop::sample::select(vec![
        GradingStyle::Log,
        GradingStyle::Linear,
        GradingStyle::Video,
    ])
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![FORWARD, Direction::Inverse])
}

fn matrix() -> impl Strategy<Value = Op> {
    (
        [0.5f64..1.5, 0.5..1.5, 0.5..1.5],
        [-0.2f64..0.2, -0.2..0.2, -0.2..0.2],
    )
        .prop_map(|(d, o)| {
            let mut m = Matrix::rgb([[d[0], o[0], 0.0], [o[1], d[1], o[2]], [0.0, 0.1, d[2]]]);
            m.offset = [o[0], o[1], o[2], 0.0];
            Op::Matrix(m)
        })
}

fn simple() -> impl Strategy<Value = Op> {
    let exponent = (0.4f64..2.6, direction(), 0..3usize).prop_map(|(v, direction, s)| {
        let style = [
            NegativeStyle::Clamp,
            NegativeStyle::Mirror,
            NegativeStyle::PassThru,
        ][s];
        Op::Exponent(Exponent {
            value: [v, v, 1.0, 1.0],
            style,
            direction,
        })
    });
    let moncurve = (1.2f64..3.0, 0.01f64..0.2, direction(), any::<bool>()).prop_map(
        |(g, o, direction, mirror)| {
            Op::MonCurve(MonCurve {
                gamma: [g, g, 1.8, 1.0],
                offset: [o, o, 0.05, 0.0],
                style: if mirror {
                    NegativeStyle::Mirror
                } else {
                    NegativeStyle::Linear
                },
                direction,
            })
        },
    );
    let range = (0.0f64..0.4, 0.6f64..1.0, any::<bool>()).prop_map(|(lo, hi, clamp)| {
        Op::Range(Range {
            min_in: Some(lo),
            max_in: Some(hi),
            min_out: Some(0.0),
            max_out: Some(1.0),
            clamp,
            direction: FORWARD,
        })
    });
    let cdl = (
        0.8f64..1.2,
        -0.05f64..0.05,
        0.7f64..1.4,
        0.7f64..1.3,
        any::<bool>(),
        direction(),
    )
        .prop_map(|(s, o, p, sat, asc, direction)| {
            Op::Cdl(Cdl {
                slope: [s, 1.0, 0.9],
                offset: [o, 0.01, -0.01],
                power: [p, 1.0, 1.1],
                saturation: sat,
                style: if asc {
                    CdlStyle::Asc
                } else {
                    CdlStyle::NoClamp
                },
                direction,
            })
        });
    let log = (0.1f64..0.4, 2.0f64..8.0, any::<bool>()).prop_map(|(k, m, camera)| {
        Op::Log(Log {
            log_side_slope: [k; 3],
            log_side_offset: [0.4; 3],
            lin_side_slope: [m; 3],
            lin_side_offset: [0.05; 3],
            lin_side_break: camera.then_some([0.01; 3]),
            ..Log::plain(10.0, FORWARD)
        })
    });
    prop_oneof![matrix(), exponent, moncurve, range, cdl, log]
}

fn grading() -> impl Strategy<Value = Op> {
    let primary = (style(), rgbm(), rgbm(), rgbm(), 0.7f64..1.3, direction()).prop_map(
        |(style, a, b, c, saturation, direction)| {
            Op::GradingPrimary(GradingPrimary {
                brightness: shifted(a),
                contrast: b,
                gamma: c,
                offset: shifted(c),
                exposure: shifted(a),
                lift: shifted(b),
                gain: a,
                saturation,
                direction,
                ..GradingPrimary::new(style)
            })
        },
    );
    let tone = (style(), rgbm(), rgbm(), 0.6f64..1.5, direction()).prop_map(
        |(style, a, b, s_contrast, direction)| {
            let mut v = GradingTone::new(style);
            v.midtones.rgbm = a;
            v.highlights.rgbm = b;
            v.shadows.rgbm = a;
            v.whites.rgbm = a;
            v.blacks.rgbm = b;
            v.s_contrast = s_contrast;
            v.direction = direction;
            Op::GradingTone(Box::new(v))
        },
    );
    let curve = (0.3f32..0.7, 0.05f32..0.25, direction()).prop_map(|(y, low, direction)| {
        let mut v = GradingRgbCurve::new(GradingStyle::Log);
        v.curves[0].points = vec![[0.0, low], [0.5, y], [1.0, 1.0]];
        v.curves[3].points = vec![[0.0, 0.0], [0.25, low], [0.75, y.max(low)], [1.0, 1.1]];
        v.direction = direction;
        Op::GradingRgbCurve(Arc::new(v))
    });
    let ec = (style(), -1.0f64..1.0, 0.7f64..1.4, direction()).prop_map(
        |(style, exposure, contrast, direction)| {
            Op::ExposureContrast(ExposureContrast {
                style,
                exposure,
                contrast,
                gamma: 1.0,
                pivot: 0.18,
                log_exposure_step: 0.088,
                log_midway_gray: 0.435,
                dynamic: [false; 3],
                direction,
            })
        },
    );
    prop_oneof![primary, tone, curve, ec]
}

fn lut1d(half_domain: bool, interpolation: Interpolation) -> Lut1D {
    let n = if half_domain { 65_536 } else { 40 };
    let entry = |i: usize| {
        let x = if half_domain {
            f16::from_bits(i as u16).to_f32()
        } else {
            i as f32 / (n - 1) as f32
        };
        let x = if x.is_finite() { x } else { 0.0 };
        [x.abs().sqrt().copysign(x), x * 0.5 + 0.1, x.tanh()]
    };
    Lut1D {
        entries: (0..n).map(entry).collect(),
        half_domain,
        raw_halfs: false,
        interpolation,
        hue_adjust: HueAdjust::None,
    }
}

fn lut3d(edge: usize, interpolation: Interpolation) -> Lut3D {
    let at = |i: usize| i as f32 / (edge - 1) as f32;
    let entry = |i: usize| {
        let (r, g, b) = (at(i % edge), at(i / edge % edge), at(i / edge / edge));
        [
            r.sqrt() * 0.9 + g * 0.1,
            g * g * 0.8 + b * 0.2,
            b * 0.9 + r * 0.1,
        ]
    };
    Lut3D {
        edge,
        entries: (0..edge.pow(3)).map(entry).collect(),
        interpolation,
    }
}

fn tables() -> impl Strategy<Value = Op> {
    let one = (any::<bool>(), 0..3usize, direction()).prop_map(|(half, i, direction)| {
        let kind = [
            Interpolation::Linear,
            Interpolation::Cubic,
            Interpolation::Linear,
        ][i];
        Op::Lut1D(Arc::new(lut1d(half, kind)), direction)
    });
    let three = (0..3usize, 2usize..12).prop_map(|(i, edge)| {
        let kind = [
            Interpolation::Linear,
            Interpolation::Tetrahedral,
            Interpolation::Cubic,
        ][i];
        Op::Lut3D(Arc::new(lut3d(edge, kind)), FORWARD)
    });
    prop_oneof![one, three]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![4 => simple(), 3 => grading(), 1 => tables()]
}

/// Far from finite: no tolerance is promised there.
fn moderate(v: f64) -> bool {
    v.is_finite() && v.abs() < 1e4
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn levels_meet_the_reference(op in any_op(), pixels in prop::collection::vec([sample(), sample(), sample(), sample()], 1..70)) {
        let program = ColorProgram::new(vec![op.clone()], Optimization::None).unwrap();
        let mut first: Option<Vec<f32>> = None;
        at_every_level(|level| {
            let mut ours: Vec<f32> = pixels.iter().flatten().copied().collect();
            program.apply_rgba(&mut ours);
            for (p, q) in pixels.iter().zip(ours.chunks_exact(4)) {
                let want = program.eval(p.map(f64::from));
                if !p.iter().all(|v| moderate(f64::from(*v))) {
                    continue;
                }
                for c in 0..4 {
                    if moderate(want[c]) {
                        // A large channel carries its rounding into the others through saturation and matrices.
                        let scale = want.iter().fold(1.0f64, |m, v| if v.is_finite() { m.max(v.abs()) } else { m });
                        assert!((f64::from(q[c]) - want[c]).abs() <= program.tolerance() * scale.max(16.0),
                            "{level}: {op:?} {p:?}: {q:?}, want {want:?}");
                    }
                }
            }
            // A pixel's value does not depend on where it lies.
            let mut alone = ours.clone();
            for (p, q) in pixels.iter().zip(alone.chunks_exact_mut(4)) {
                q.copy_from_slice(p);
                program.apply_rgba(q);
            }
            for (a, b) in ours.iter().zip(&alone) {
                assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(), "{level}: {op:?} {a} {b}");
            }
            first.get_or_insert(ours);
        });
    }

    #[test]
    fn optimiser_changes_nothing(ops in prop::collection::vec(prop_oneof![3 => simple(), 1 => grading()], 1..6), undo in any::<bool>(), pixels in prop::collection::vec([0.001f32..1.0, 0.001f32..1.0, 0.001f32..1.0, 0.0f32..1.0], 1..40)) {
        let mut ops = ops;
        if undo && let Some(last) = ops.last() && let Ok(inverse) = last.inverse() {
            ops.push(inverse);
        }
        let plain = ColorProgram::new(ops.clone(), Optimization::None).unwrap();
        for optimization in [Optimization::Lossless, Optimization::Default] {
            let fast = ColorProgram::new(ops.clone(), optimization).unwrap();
            for p in &pixels {
                let want = plain.eval(p.map(f64::from));
                let mut got = *p;
                fast.apply_rgba(&mut got);
                if !want.iter().all(|v| v.abs() < 100.0) || magnifies(&plain, p) {
                    continue;
                }
                for c in 0..4 {
                    prop_assert!(near(got[c].into(), want[c], 2e-4), "{optimization:?} {ops:?} {p:?}: {got:?}, want {want:?}");
                }
            }
        }
    }

    #[test]
    fn inverse_undoes(op in prop_oneof![matrix(), grading()], p in [0.05f64..0.9, 0.05f64..0.9, 0.05f64..0.9]) {
        let there = ColorProgram::new(vec![op.clone()], Optimization::None).unwrap();
        let back = ColorProgram::new(vec![op.inverse().unwrap()], Optimization::None).unwrap();
        let p = [p[0], p[1], p[2], 1.0];
        let middle = there.eval(p);
        let end = back.eval(middle);
        for c in 0..3 {
            // Exposure and contrast lose negatives.
            let lost = matches!(op, Op::ExposureContrast(_)) && middle.iter().any(|v| *v <= 0.0);
            prop_assert!(lost || near(end[c], p[c], 2e-4), "{op:?} {p:?} -> {middle:?} -> {end:?}");
        }
    }
}

/// A small step of the input becomes a large one: rounding does too.
fn magnifies(program: &ColorProgram, p: &[f32; 4]) -> bool {
    let at = program.eval(p.map(f64::from));
    let step = program.eval(p.map(|v| f64::from(v) + 1e-6));
    at.iter().zip(step).any(|(a, b)| !((a - b).abs() < 2e-5))
}

fn all_u16() -> Vec<u16> {
    (0..=u16::MAX).flat_map(|v| [v, v, v, v]).collect()
}

#[test]
fn codes_are_tabulated_exactly() {
    let curve = |i| {
        Op::MonCurve(MonCurve {
            gamma: [2.4, 2.2, 1.8 + f64::from(i), 1.0],
            offset: [0.055, 0.1, 0.05, 0.0],
            style: NegativeStyle::Linear,
            direction: FORWARD,
        })
    };
    let turn = Op::Matrix(Matrix::rgb([
        [0.6, 0.3, 0.1],
        [0.05, 0.9, 0.05],
        [0.02, 0.1, 0.88],
    ]));
    for ops in [vec![curve(0)], vec![curve(0), curve(1), turn]] {
        let program = ColorProgram::new(ops, Optimization::None).unwrap();
        for bits in [10, 12, 16] {
            let mut image = all_u16();
            let mut floats = vec![0.0; image.len()];
            to_f32(Samples::U16(&image), bits, &mut floats);
            program.apply_rgba(&mut floats);
            let mut want = vec![0u16; floats.len()];
            from_f32(&floats, SamplesMut::U16(&mut want), bits);
            program.apply_in_place(SamplesMut::U16(&mut image), &Layout::rgba(bits));
            for (i, (a, b)) in image.iter().zip(&want).enumerate() {
                assert!(
                    a == b || i % 4 == 3,
                    "{bits} bits, sample {i}: {a}, want {b}"
                );
            }
        }
        let mut image: Vec<f16> = all_u16().into_iter().map(f16::from_bits).collect();
        let mut floats = vec![0.0; image.len()];
        to_f32(Samples::F16(&image), 16, &mut floats);
        program.apply_rgba(&mut floats);
        let mut want = vec![f16::ZERO; floats.len()];
        from_f32(&floats, SamplesMut::F16(&mut want), 16);
        program.apply_in_place(SamplesMut::F16(&mut image), &Layout::RGBA);
        for (i, (a, b)) in image.iter().zip(&want).enumerate() {
            let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
            assert!(same || i % 4 == 3, "half {i}: {a}, want {b}");
        }
    }
}

#[test]
fn saturation_after_a_table_of_codes_is_that_of_floats() {
    let cdl = |style| {
        Op::Cdl(Cdl {
            slope: [1.1, 0.95, 1.05],
            offset: [0.01, -0.02, 0.015],
            power: [0.9, 1.1, 1.05],
            saturation: 1.2,
            style,
            direction: FORWARD,
        })
    };
    let primary = |clamps: Option<(f64, f64)>| {
        Op::GradingPrimary(GradingPrimary {
            gamma: Rgbm {
                red: 1.1,
                green: 1.0,
                blue: 0.9,
                master: 1.05,
            },
            saturation: 0.7,
            clamp_black: clamps.map(|c| c.0),
            clamp_white: clamps.map(|c| c.1),
            ..GradingPrimary::new(GradingStyle::Log)
        })
    };
    let curve = Op::MonCurve(MonCurve {
        gamma: [2.4, 2.2, 1.8, 1.0],
        offset: [0.055, 0.1, 0.05, 0.0],
        style: NegativeStyle::Linear,
        direction: FORWARD,
    });
    // Halves below 2, of both signs, each channel another way round; enough of them for tables to pay.
    let halves: Vec<f16> = (0..4 << 15)
        .map(|i: u32| f16::from_bits(((i * (i % 4 * 2 + 1)) % 0x4000) as u16 | (i as u16 & 0x8000)))
        .collect();
    for ops in [
        vec![cdl(CdlStyle::Asc)],
        vec![cdl(CdlStyle::NoClamp)],
        vec![primary(None)],
        vec![primary(Some((0.1, 0.8)))],
        vec![curve, cdl(CdlStyle::Asc), primary(None)],
    ] {
        at_every_level(|level| {
            let program = ColorProgram::new(ops.clone(), Optimization::Default).unwrap();
            let mut image = halves.clone();
            program.apply_in_place(SamplesMut::F16(&mut image), &Layout::RGBA);
            let mut into = vec![0.0f32; halves.len()];
            let src = Samples::F16(&halves);
            program.apply_into(src, SamplesMut::F32(&mut into), &Layout::RGBA);
            let mut floats: Vec<f32> = halves.iter().map(|h| h.to_f32()).collect();
            program.apply_rgba(&mut floats);
            for (i, want) in floats.iter().enumerate() {
                let error = (into[i] - want).abs() / want.abs().max(1.0);
                assert!(
                    error < 1e-5,
                    "{level}, {ops:?}, {i}: {}, not {want}",
                    into[i]
                );
                let (half, step) = (image[i].to_f32(), want.abs().max(0.01) / 1024.0);
                assert!(
                    (half - want).abs() < step,
                    "{level}, {ops:?}, {i}: {half}, not {want}"
                );
            }
        });
    }
}

#[test]
fn alpha_is_divided_out_and_multiplied_in() {
    let ops = vec![Op::Cdl(Cdl {
        slope: [2.0, 1.0, 1.0],
        offset: [0.1, 0.0, 0.0],
        ..Cdl::IDENTITY
    })];
    let program = ColorProgram::new(ops, Optimization::None).unwrap();
    let layout = Layout {
        alpha_in: Alpha::Premultiplied,
        alpha_out: Alpha::Premultiplied,
        ..Layout::RGBA
    };
    let mut pixels = [0.1, 0.2, 0.3, 0.5, 0.25, 0.0, 0.0, 0.0];
    program.apply_in_place(SamplesMut::F32(&mut pixels), &layout);
    let want = [
        (0.2 * 2.0 + 0.1) * 0.5,
        0.2,
        0.3,
        0.5,
        0.25 * 2.0 + 0.1,
        0.0,
        0.0,
        0.0,
    ];
    for (a, b) in pixels.iter().zip(want) {
        assert!((a - b).abs() < 1e-6, "{pixels:?}");
    }
}

#[test]
fn dynamic_exposure_changes_a_built_program() {
    let ec = ExposureContrast {
        style: GradingStyle::Linear,
        exposure: 0.0,
        contrast: 1.0,
        gamma: 1.0,
        pivot: 0.18,
        log_exposure_step: 0.088,
        log_midway_gray: 0.435,
        dynamic: [true, false, false],
        direction: FORWARD,
    };
    let mut program =
        ColorProgram::new(vec![Op::ExposureContrast(ec)], Optimization::Default).unwrap();
    let before = program.content_id();
    program.set(&Property::Exposure(2.0)).unwrap();
    assert_ne!(before, program.content_id());
    assert_eq!(program.eval([0.25, 0.5, 1.0, 1.0])[..3], [1.0, 2.0, 4.0]);
    assert!(program.set(&Property::Contrast(2.0)).is_err());
}

#[test]
fn lut3d_inverse_undoes() {
    let lut = Arc::new(lut3d(9, Interpolation::Tetrahedral));
    let there = Op::Lut3D(lut.clone(), FORWARD);
    let back = Op::Lut3D(lut, Direction::Inverse);
    let program = ColorProgram::new(vec![there, back], Optimization::None).unwrap();
    for i in 0..500u32 {
        let v = |k: u32| {
            f64::from(i.wrapping_mul(2_654_435_761).rotate_left(k) >> 8) / f64::from(1 << 24)
        };
        let p = [v(3), v(11), v(19), 0.5];
        let q = program.eval(p);
        for c in 0..3 {
            assert!((p[c] - q[c]).abs() < 1e-6, "{p:?} {q:?}");
        }
    }
}

#[test]
fn content_ids_follow_content() {
    let id = |op: Op| {
        ColorProgram::new(vec![op], Optimization::None)
            .unwrap()
            .content_id()
    };
    let a = Arc::new(lut3d(5, Interpolation::Linear));
    let b = Arc::new(lut3d(5, Interpolation::Linear));
    let c = Arc::new(lut3d(5, Interpolation::Tetrahedral));
    assert_eq!(id(Op::Lut3D(a, FORWARD)), id(Op::Lut3D(b.clone(), FORWARD)));
    assert_ne!(id(Op::Lut3D(b.clone(), FORWARD)), id(Op::Lut3D(c, FORWARD)));
    assert_ne!(
        id(Op::Lut3D(b.clone(), FORWARD)),
        id(Op::Lut3D(b, Direction::Inverse))
    );
}
