//! Every operation against OpenColorIO with optimisation NONE, both directions, at every SIMD level and in `f64`.
//!
//! Inputs lie in -1..64. Error is relative with a floor of 1. A second set (NaN, infinities, huge values) is counted: the
//! pixels whose finiteness differs are printed a case, since the rules of each operation are its own and stated beside it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use vfx_color::op::*;
use vfx_color::{ColorProgram, Direction, Flags, Op, Optimization};
use vfx_kernel::level::at_every_level;

fn peer() -> Option<BTreeMap<String, Vec<f32>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../.peers/bin/python");
    if !python.exists() {
        println!("SKIPPED: no peers; ./test installs them into .peers");
        return None;
    }
    let out = Command::new(python)
        .arg(root.join("tests/peers/ocio_ops.py"))
        .output()
        .expect("the peer starts");
    if !out.status.success() {
        let error = String::from_utf8_lossy(&out.stderr);
        assert!(error.contains("ModuleNotFoundError"), "{error}");
        println!("SKIPPED: the peers lack PyOpenColorIO");
        return None;
    }
    let mut bytes = &out.stdout[..];
    let mut records = BTreeMap::new();
    let take = |bytes: &mut &[u8], n: usize| {
        let (a, b) = bytes.split_at(n);
        *bytes = b;
        a.to_vec()
    };
    while !bytes.is_empty() {
        let size = |b: Vec<u8>| u32::from_le_bytes(b.try_into().unwrap()) as usize;
        let n = size(take(&mut bytes, 4));
        let name = String::from_utf8(take(&mut bytes, n)).unwrap();
        let n = size(take(&mut bytes, 4));
        let values = take(&mut bytes, 4 * n);
        let values = values
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        records.insert(name, values.collect());
    }
    Some(records)
}

fn rgbm(red: f64, green: f64, blue: f64, master: f64) -> Rgbm {
    Rgbm {
        red,
        green,
        blue,
        master,
    }
}

const FORWARD: Direction = Direction::Forward;

fn style(name: &str) -> GradingStyle {
    match name.rsplit(' ').next().unwrap() {
        "log" => GradingStyle::Log,
        "lin" => GradingStyle::Linear,
        _ => GradingStyle::Video,
    }
}

fn exponent(style: NegativeStyle, alpha: f64) -> Op {
    Op::Exponent(Exponent {
        value: [2.2, 0.5, 1.0, alpha],
        style,
        direction: FORWARD,
    })
}

fn moncurve(style: NegativeStyle, alpha: bool) -> Op {
    Op::MonCurve(MonCurve {
        gamma: [2.4, 2.2, 1.8, if alpha { 1.4 } else { 1.0 }],
        offset: if alpha {
            [0.055, 0.1, 0.0, 0.1]
        } else {
            [0.055, 0.1, 0.02, 0.0]
        },
        style,
        direction: FORWARD,
    })
}

fn log_camera(slope: bool) -> Op {
    Op::Log(Log {
        base: 10.0,
        log_side_slope: [0.247, 0.3, 0.25],
        log_side_offset: [0.385, 0.4, 0.3],
        lin_side_slope: [5.5, 4.0, 6.0],
        lin_side_offset: [0.052, 0.04, 0.06],
        lin_side_break: Some([0.01, 0.02, 0.005]),
        linear_slope: slope.then_some([5.2, 5.0, 6.0]),
        direction: FORWARD,
    })
}

fn range(
    min_in: Option<f64>,
    max_in: Option<f64>,
    min_out: Option<f64>,
    max_out: Option<f64>,
    clamp: bool,
) -> Op {
    Op::Range(Range {
        min_in,
        max_in,
        min_out,
        max_out,
        clamp,
        direction: FORWARD,
    })
}

fn ec(style: GradingStyle, exposure: f64, contrast: f64, gamma: f64) -> Op {
    Op::ExposureContrast(ExposureContrast {
        style,
        exposure,
        contrast,
        gamma,
        pivot: 0.2,
        log_exposure_step: 0.088,
        log_midway_gray: 0.435,
        dynamic: [false; 3],
        direction: FORWARD,
    })
}

fn cdl(style: CdlStyle) -> Op {
    Op::Cdl(Cdl {
        slope: [1.1, 0.95, 1.05],
        offset: [0.01, -0.02, 0.015],
        power: [0.9, 1.1, 1.0],
        saturation: 1.2,
        style,
        direction: FORWARD,
    })
}

fn primary(style: GradingStyle, clamp: bool) -> Op {
    Op::GradingPrimary(GradingPrimary {
        brightness: rgbm(0.1, 0.0, 0.05, 0.02),
        contrast: rgbm(1.1, 1.0, 0.95, 1.05),
        gamma: rgbm(1.1, 1.0, 0.9, 1.05),
        saturation: 1.2,
        exposure: rgbm(0.2, 0.1, 0.0, 0.3),
        offset: rgbm(0.01, 0.0, 0.02, 0.0),
        lift: rgbm(0.02, -0.01, 0.0, 0.01),
        gain: rgbm(1.1, 0.9, 1.0, 1.05),
        pivot: 0.3,
        pivot_black: 0.05,
        pivot_white: 0.9,
        clamp_black: clamp.then_some(-0.1),
        clamp_white: clamp.then_some(1.3),
        ..GradingPrimary::new(style)
    })
}

fn tone(style: GradingStyle, which: &str) -> Op {
    let mut v = GradingTone::new(style);
    let on = |zone: &str| which == zone || which == "all";
    if on("mids") {
        v.midtones.rgbm = rgbm(1.2, 1.1, 0.9, 1.1);
    }
    if on("hl") {
        v.highlights.rgbm = rgbm(1.3, 0.7, 1.0, 1.1);
    }
    if on("sh") {
        v.shadows.rgbm = rgbm(1.3, 0.7, 1.0, 0.9);
    }
    if on("wh") {
        v.whites.rgbm = rgbm(1.4, 0.6, 1.0, 1.1);
    }
    if on("bl") {
        v.blacks.rgbm = rgbm(1.4, 0.6, 1.0, 1.2);
    }
    if on("sc") {
        v.s_contrast = 1.2;
    }
    if which == "sc-" {
        v.s_contrast = 0.6;
    }
    Op::GradingTone(Box::new(v))
}

fn rgb_curve(style: GradingStyle, bypass: bool) -> Op {
    let mut v = GradingRgbCurve::new(style);
    let c = |p: &[[f32; 2]]| SplineCurve::new(SplineType::BSpline, p);
    if style == GradingStyle::Linear {
        v.curves[0] = c(&[[-6., -6.5], [-2., -1.], [0., 0.5], [2., 2.1], [6., 7.]]);
        v.curves[1] = c(&[[-7., -7.], [0., 0.8], [7., 7.]]);
        v.curves[3] = c(&[[-7., -6.5], [-3., -4.], [0., 0.], [4., 3.5], [7., 7.5]]);
    } else {
        v.curves[0] = c(&[[0., 0.1], [0.2, 0.3], [0.5, 0.5], [0.7, 0.6], [1., 1.1]]);
        v.curves[1] = c(&[[0., 0.], [0.5, 0.7], [1., 1.]]);
        v.curves[3] = c(&[
            [0., -0.05],
            [0.1, 0.12],
            [0.2, 0.22],
            [0.3, 0.31],
            [0.4, 0.45],
            [0.5, 0.52],
            [0.6, 0.6],
            [0.7, 0.72],
            [0.8, 0.8],
            [1., 1.05],
        ]);
    }
    v.bypass_lin_to_log = bypass;
    Op::GradingRgbCurve(Arc::new(v))
}

fn hue_curve(style: GradingStyle) -> Op {
    let mut v = GradingHueCurve::new(style);
    let mut set = |i: usize, p: &[[f32; 2]]| v.curves[i].points = p.to_vec();
    set(
        0,
        &[
            [0.05, 0.08],
            [0.2, 0.22],
            [0.4, 0.35],
            [0.6, 0.65],
            [0.8, 0.82],
            [0.95, 0.93],
        ],
    );
    set(1, &[[0., 1.2], [0.3, 0.8], [0.6, 1.1], [0.8, 1.]]);
    set(2, &[[0., 0.9], [0.3, 1.1], [0.6, 1.05], [0.8, 1.]]);
    if style == GradingStyle::Linear {
        set(3, &[[-7., 1.], [0., 1.2], [5., 0.9]]);
        set(5, &[[-7., -7.], [0., 0.5], [7., 7.]]);
    } else {
        set(3, &[[0., 1.], [0.5, 1.2], [1., 0.9]]);
        set(5, &[[0., 0.], [0.5, 0.6], [1., 1.]]);
    }
    set(4, &[[0., 0.05], [0.5, 0.6], [1., 1.]]);
    set(6, &[[0., 1.1], [0.5, 1.], [1., 0.95]]);
    set(7, &[[0., 0.05], [0.3, 0.], [0.6, -0.04], [0.9, 0.02]]);
    Op::GradingHueCurve(Arc::new(v))
}

fn lut1d(half_domain: bool, dw3: bool, falling: bool) -> Op {
    let entry = |i: usize| {
        if half_domain {
            let x = half::f16::from_bits(i as u16).to_f64();
            let x = if x.is_finite() { x } else { 0.0 };
            let root = x.abs().powf(0.4);
            let sign = if x == 0.0 { 0.0 } else { x.signum() };
            [sign * root, x.tanh(), x * 0.5 + 0.1]
        } else {
            let x = i as f64 / 31.0;
            let y = [
                x.powf(0.45),
                x.sqrt() * 1.2 - 0.1,
                (x * 1.6 - 0.3).clamp(0.0, 1.0),
            ];
            if falling {
                y.map(|v| f64::from(1.0 - v as f32))
            } else {
                y
            }
        }
    };
    let n = if half_domain { 65_536 } else { 32 };
    let lut = Lut1D {
        entries: (0..n).map(|i| entry(i).map(|v| v as f32)).collect(),
        half_domain,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: if dw3 { HueAdjust::Dw3 } else { HueAdjust::None },
    };
    Op::Lut1D(Arc::new(lut), FORWARD)
}

fn lut3d(edge: usize, interpolation: Interpolation) -> Op {
    let at = |i: usize| i as f64 / (edge - 1) as f64;
    let entry = |i: usize| {
        let (r, g, b) = (at(i % edge), at(i / edge % edge), at(i / edge / edge));
        [
            (r.powf(0.6) * 0.9 + g * 0.1) as f32,
            (g.powf(0.7) * 0.8 + b * 0.2) as f32,
            (b.sqrt() * 0.9 + r * 0.1) as f32,
        ]
    };
    let lut = Lut3D {
        edge,
        entries: (0..edge.pow(3)).map(entry).collect(),
        interpolation,
    };
    Op::Lut3D(Arc::new(lut), FORWARD)
}

fn case(name: &str) -> Op {
    let matrix = |m: [[f64; 4]; 4], offset| Op::Matrix(Matrix { m, offset });
    if let Some(rest) = name.strip_prefix("tone ") {
        return tone(style(rest), rest.split(' ').next().unwrap());
    }
    if name.starts_with("primary") {
        return primary(style(name), name.contains("clamp"));
    }
    match name {
        "matrix" => matrix(
            [
                [0.6, 0.3, 0.1, 0.05],
                [0.05, 0.9, 0.05, 0.0],
                [0.02, 0.1, 0.88, 0.0],
                [0.1, 0.0, 0.0, 0.9],
            ],
            [0.1, -0.2, 0.3, 0.01],
        ),
        "matrix3" => matrix(
            [
                [0.6, 0.3, 0.1, 0.0],
                [0.05, 0.9, 0.05, 0.0],
                [0.02, 0.1, 0.88, 0.0],
                [0.0, 0.0, 0.0, 1.0],
            ],
            [0.1, -0.2, 0.3, 0.0],
        ),
        "range" => range(Some(-0.1), Some(0.9), Some(0.05), Some(1.2), true),
        "range noclamp" => range(Some(-0.1), Some(0.9), Some(0.05), Some(1.2), false),
        "range low" => range(Some(0.1), None, Some(0.1), None, true),
        "range high" => range(None, Some(0.9), None, Some(0.9), true),
        "exponent clamp" => exponent(NegativeStyle::Clamp, 1.0),
        "exponent mirror" => exponent(NegativeStyle::Mirror, 1.0),
        "exponent pass" => exponent(NegativeStyle::PassThru, 1.0),
        "exponent alpha" => exponent(NegativeStyle::Clamp, 1.5),
        "moncurve linear" => moncurve(NegativeStyle::Linear, false),
        "moncurve mirror" => moncurve(NegativeStyle::Mirror, false),
        "moncurve alpha" => moncurve(NegativeStyle::Linear, true),
        "log2" => Op::Log(Log::plain(2.0, FORWARD)),
        "log10" => Op::Log(Log::plain(10.0, FORWARD)),
        "log affine" => Op::Log(Log {
            log_side_slope: [0.3, 0.2, 0.25],
            log_side_offset: [0.5, 0.4, 0.6],
            lin_side_slope: [1.1, 5.0, 0.7],
            lin_side_offset: [0.05, 0.01, 0.2],
            ..Log::plain(10.0, FORWARD)
        }),
        "log camera" => log_camera(false),
        "log camera slope" => log_camera(true),
        "cdl asc" => cdl(CdlStyle::Asc),
        "cdl noclamp" => cdl(CdlStyle::NoClamp),
        "ec linear" => ec(GradingStyle::Linear, 0.7, 1.3, 1.1),
        "ec video" => ec(GradingStyle::Video, 0.7, 1.3, 1.1),
        "ec log" => ec(GradingStyle::Log, 0.7, 1.3, 1.1),
        "ec exposure" => ec(GradingStyle::Linear, 1.5, 1.0, 1.0),
        "rgb curve bypass" => rgb_curve(GradingStyle::Linear, true),
        "lut1d" => lut1d(false, false, false),
        "lut1d falling" => lut1d(false, false, true),
        "lut1d half" => lut1d(true, false, false),
        "lut1d dw3" => lut1d(false, true, false),
        "lut1d half dw3" => lut1d(true, true, false),
        "lut3d linear" => lut3d(17, Interpolation::Linear),
        "lut3d tetra" => lut3d(17, Interpolation::Tetrahedral),
        _ if name.starts_with("rgb curve") => rgb_curve(style(name), false),
        _ if name.starts_with("hue curve") => hue_curve(style(name)),
        _ => panic!("no case '{name}'"),
    }
}

/// Largest error relative to max(|expected|, 1), and where.
fn worst(ours: &[f32], theirs: &[f32]) -> (f64, usize) {
    let mut worst = (0.0, 0);
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        let (a, b) = (f64::from(*a), f64::from(*b));
        let error = (a - b).abs() / b.abs().max(1.0);
        if !(error <= worst.0) {
            worst = (error, i / 4);
        }
    }
    worst
}

/// OpenColorIO's own error where it uses its fast powers and logarithms under every flag (against its 1e-5 elsewhere).
fn gate(name: &str) -> f64 {
    match name {
        n if n.starts_with("primary") || n.starts_with("ec") => 1e-4,
        "lut1d half dw3" => 1e-4,
        n if n.ends_with(" lin") => 1.5e-4,
        n if n.starts_with("hue curve") => 1e-4,
        _ => 1e-5,
    }
}

#[test]
fn operations_equal_opencolorio() {
    let Some(records) = peer() else { return };
    let grid = &records["grid"];
    let mut failures = Vec::new();
    for (name, theirs) in &records {
        let input = name == "grid" || name == "specials";
        if input || name.ends_with(" specials") || name.starts_with("composed") {
            continue;
        }
        let (base, inverse) = match name.strip_suffix(" inverse") {
            Some(base) => (base, true),
            None => (name.as_str(), false),
        };
        let mut op = case(base);
        if inverse {
            op = op.inverse().unwrap();
        }
        let program = ColorProgram::new(vec![op], Optimization::None).unwrap();
        let mut report = |level: &str, ours: &[f32]| {
            let (error, at) = worst(ours, theirs);
            if !(error <= gate(base)) {
                let px = 4 * at..4 * at + 4;
                failures.push(format!(
                    "{name} at {level}: {error:.1e} for {:?}: ours {:?}, theirs {:?}",
                    &grid[px.clone()],
                    &ours[px.clone()],
                    &theirs[px]
                ));
            }
        };
        at_every_level(|level| {
            let mut ours = grid.clone();
            program.apply_rgba(&mut ours);
            report(level, &ours);
        });
        // Hues of near-greys are quotients of roundings: single precision alone agrees with single precision there.
        if base.starts_with("hue curve") || base == "lut1d half dw3" {
            continue;
        }
        let reference: Vec<f32> = grid
            .chunks_exact(4)
            .flat_map(|p| program.eval([p[0], p[1], p[2], p[3]].map(f64::from)))
            .map(|v| v as f32)
            .collect();
        report("f64", &reference);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn composed_tables_equal_opencolorio() {
    let Some(records) = peer() else { return };
    let tetra = Interpolation::Tetrahedral;
    for (name, ops) in [
        ("composed lut1d", [case("lut1d"), case("lut1d falling")]),
        ("composed lut1d half", [case("lut1d half"), case("lut1d")]),
        (
            "composed lut3d finer second",
            [lut3d(9, tetra), lut3d(17, Interpolation::Linear)],
        ),
        (
            "composed lut3d finer first",
            [lut3d(17, tetra), lut3d(9, Interpolation::Linear)],
        ),
    ] {
        let apart = ColorProgram::with_flags(ops.to_vec(), Flags::LOSSLESS).unwrap();
        assert_eq!(
            apart.ops().len(),
            2,
            "{name}: tables are composed by their flags alone"
        );
        let flags = Flags::COMP_LUT1D.with(Flags::COMP_LUT3D);
        let program = ColorProgram::with_flags(ops.to_vec(), flags).unwrap();
        assert_eq!(program.ops().len(), 1, "{name}");
        let mut ours = records["grid"].clone();
        program.apply_rgba(&mut ours);
        let (error, at) = worst(&ours, &records[name]);
        assert!(error <= 1e-5, "{name}: {error:.1e} at {at}");
    }
}

#[test]
fn special_values_are_accounted_for() {
    let Some(records) = peer() else { return };
    let specials = &records["specials"];
    let mut panicked = 0;
    for (name, theirs) in &records {
        let Some(name) = name.strip_suffix(" specials") else {
            continue;
        };
        let base = name.strip_suffix(" inverse").unwrap_or(name);
        let mut op = case(base);
        if base != name {
            op = op.inverse().unwrap();
        }
        let program = ColorProgram::new(vec![op], Optimization::None).unwrap();
        let mut ours = specials.clone();
        program.apply_rgba(&mut ours);
        assert_eq!(ours.len(), theirs.len());
        let differ = ours
            .iter()
            .zip(theirs)
            .filter(|(a, b)| a.is_finite() != b.is_finite())
            .count();
        if differ > 0 {
            println!(
                "{name}: {differ} of {} values differ in finiteness",
                ours.len()
            );
        }
        panicked += usize::from(differ * 2 > ours.len());
    }
    assert_eq!(panicked, 0, "operations that differ in most special values");
}
