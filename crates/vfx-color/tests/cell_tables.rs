//! Runs of separable operations as cell tables: within their tolerance of the `f64` reference at every level, and the same
//! bits for a sample whatever lies beside it, however large the image and whichever half of the table is made first.

use std::sync::Arc;

use vfx_color::op::*;
use vfx_color::{ColorProgram, Direction, Op, Optimization, builtin};
use vfx_kernel::level::at_every_level;

fn rgbm(red: f64, green: f64, blue: f64, master: f64) -> Rgbm {
    Rgbm {
        red,
        green,
        blue,
        master,
    }
}

fn tone() -> Op {
    let mut v = GradingTone::new(GradingStyle::Log);
    v.midtones.rgbm = rgbm(1.2, 1.1, 0.9, 1.1);
    v.s_contrast = 1.2;
    Op::GradingTone(Box::new(v))
}

fn curves() -> Op {
    let mut v = GradingRgbCurve::new(GradingStyle::Log);
    let c = |p: &[[f32; 2]]| SplineCurve::new(SplineType::BSpline, p);
    v.curves[0] = c(&[[0., 0.1], [0.2, 0.3], [0.5, 0.5], [0.7, 0.6], [1., 1.1]]);
    v.curves[1] = c(&[[0., 0.], [0.5, 0.7], [1., 1.]]);
    v.curves[3] = c(&[[0., -0.05], [0.2, 0.22], [0.6, 0.6], [1., 1.05]]);
    Op::GradingRgbCurve(Arc::new(v))
}

/// Bends below zero within less than a cell.
fn kinked() -> Op {
    let mut v = GradingRgbCurve::new(GradingStyle::Log);
    let bend = [
        [-0.4, -0.9],
        [-0.395, -0.2],
        [0.0, 0.0],
        [0.5, 0.6],
        [1.0, 1.1],
    ];
    for curve in &mut v.curves {
        *curve = SplineCurve::new(SplineType::BSpline, &bend);
    }
    Op::GradingRgbCurve(Arc::new(v))
}

fn clamped() -> Op {
    Op::Exponent(Exponent {
        value: [1.8, 2.0, 2.2, 1.0],
        style: NegativeStyle::Clamp,
        direction: Direction::Forward,
    })
}

/// The tone curves of an ACES 1 view: logarithm, two splines, power; and runs that are not smooth below zero.
fn runs() -> Vec<(&'static str, Vec<Op>)> {
    let aces = builtin::ops(
        "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA_1.0",
        Direction::Forward,
    )
    .unwrap();
    let start = aces.iter().position(|o| matches!(o, Op::Log(_))).unwrap();
    vec![
        ("tone", vec![tone()]),
        ("curves", vec![curves()]),
        ("aces", aces[start..start + 4].to_vec()),
        ("clamped", vec![clamped(), tone()]),
        ("kinked", vec![kinked()]),
    ]
}

/// Magnitudes of every octave, and more of those of pictures.
fn magnitudes(count: usize) -> Vec<f32> {
    let mut seed = 77u64;
    let mut random = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f32 / (1u32 << 24) as f32
    };
    (0..count)
        .map(|i| match i % 3 {
            0 => (random() * 46.0 - 28.0).exp2().min(65504.0),
            1 => random() * 2.0,
            _ => random(),
        })
        .collect()
}

/// Pixels of positive numbers, of both signs, and with what no table holds.
fn images() -> [Vec<f32>; 3] {
    let positive = magnitudes(4 * 1500);
    let mixed: Vec<f32> = positive
        .iter()
        .enumerate()
        .map(|(i, x)| if i % 5 == 0 { -x } else { *x })
        .collect();
    let mut wild = mixed.clone();
    let special = [
        3e38,
        -1e6,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        -0.0,
        0.0,
        1e-45,
    ];
    for (i, x) in wild.iter_mut().enumerate() {
        if i % 97 == 0 {
            *x = special[i / 97 % special.len()];
        }
    }
    [positive, mixed, wild]
}

#[test]
fn cell_tables_meet_the_reference_at_every_level() {
    at_every_level(|level| {
        for (name, ops) in runs() {
            let program = ColorProgram::new(ops, Optimization::Default).unwrap();
            let steps: Vec<_> = program.steps().iter().map(|s| s.name).collect();
            assert!(steps.contains(&"cell table"), "{name}: {steps:?}");
            for image in images() {
                let mut got = image.clone();
                program.apply_rgba(&mut got);
                for (p, q) in image.as_chunks::<4>().0.iter().zip(got.as_chunks::<4>().0) {
                    let want = program.eval(p.map(f64::from));
                    for c in 0..3 {
                        let (x, want) = (p[c], want[c]);
                        if !x.is_finite() || x.abs() > 1e4 || !want.is_finite() {
                            assert_eq!(q[c].is_nan(), want.is_nan(), "{name}, {level}: {x}");
                            continue;
                        }
                        let error = (f64::from(q[c]) - want).abs() / want.abs().max(1.0);
                        assert!(
                            error <= program.tolerance(),
                            "{name}, {level}: {x} gives {}, want {want}: {error:e}",
                            q[c]
                        );
                    }
                    // The clamp of a power is alpha's too.
                    let alpha = want[3] as f32;
                    assert!(
                        q[3] == alpha || q[3].is_nan() && alpha.is_nan(),
                        "{name}, {level}: alpha {}",
                        p[3]
                    );
                }
            }
        }
    });
}

#[test]
fn cell_tables_give_a_sample_the_same_bits_wherever_it_lies() {
    at_every_level(|level| {
        for (name, ops) in runs() {
            let new = || ColorProgram::new(ops.clone(), Optimization::Default).unwrap();
            let [positive, mixed, wild] = images();
            // One program meets negative numbers late, the other one at once.
            let (late, early) = (new(), new());
            for image in [&positive, &wild, &mixed, &positive] {
                let mut whole = image.clone();
                late.apply_rgba(&mut whole);
                for (at, p) in image.as_chunks::<4>().0.iter().enumerate().step_by(7) {
                    let mut alone = *p;
                    early.apply_rgba(&mut alone);
                    for c in 0..3 {
                        let (a, b) = (alone[c], whole[4 * at + c]);
                        assert!(
                            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
                            "{name}, {level}: {} gives {a} alone, {b} among others",
                            p[c]
                        );
                    }
                }
            }
        }
    });
}
