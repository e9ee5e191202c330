//! Every writable format reads back what it wrote; bad files are refused with their line; sizes are checked first.

use std::path::Path;
use std::sync::Arc;

use super::{BakeOptions, Baked, FORMATS, FileOptions, WriteOptions, bake, parse, write};
use crate::op::{
    Cdl, CdlStyle, Direction, Exponent, ExposureContrast, FixedFunction, FixedStyle, GradingStyle,
    HueAdjust, Interpolation, Log, Lut1D, Lut3D, Matrix, MonCurve, NegativeStyle, Range,
};
use crate::{ColorError, ColorProgram, Op, Optimization};

fn table(rows: usize, grey: bool) -> Op {
    let at = |i: usize, c: usize| {
        let x = i as f32 / (rows - 1) as f32;
        if grey {
            x * x
        } else {
            x.powi(c as i32 + 1) * 1.25 - 0.1
        }
    };
    let entries = (0..rows).map(|i| [at(i, 0), at(i, 1), at(i, 2)]).collect();
    let lut = Lut1D {
        entries,
        half_domain: false,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: HueAdjust::None,
    };
    Op::Lut1D(Arc::new(lut), Direction::Forward)
}

/// Values are multiples of 1/`codes` in 0..1.
fn cube(edge: usize, codes: f32) -> Op {
    let mut seed = 7_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((seed >> 8) as f32 / 16_777_216.0 * codes).round() / codes
    };
    let mut entries: Vec<[f32; 3]> = (0..edge.pow(3)).map(|_| [next(), next(), next()]).collect();
    entries[0] = [1.0; 3];
    let lut = Lut3D {
        edge,
        entries,
        interpolation: Interpolation::Linear,
    };
    Op::Lut3D(Arc::new(lut), Direction::Forward)
}

/// Maps `[min, max]` to 0..1.
fn domain(min: f64, max: f64) -> Op {
    let k = 1.0 / (max - min);
    let mut m = Matrix::scale([k, k, k, 1.0]);
    m.offset = [-min * k, -min * k, -min * k, 0.0];
    Op::Matrix(m)
}

fn matrix() -> Matrix {
    let mut m = Matrix::rgb([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [-0.02, 0.0, 1.02]]);
    m.offset = [0.25, -0.5, 0.125, 0.0];
    m
}

fn cdl(style: CdlStyle, direction: Direction) -> Op {
    Op::Cdl(Cdl {
        slope: [1.1, 0.9, 1.0],
        offset: [-0.03, 0.02, 0.0],
        power: [1.25, 1.0, 0.8],
        saturation: 1.7,
        style,
        direction,
    })
}

/// What each writable format is given.
fn samples(format: &str) -> Vec<Vec<Op>> {
    let plain = cdl(CdlStyle::NoClamp, Direction::Forward);
    let both = vec![domain(-1.0, 3.0), table(32, false), cube(3, 255.0)];
    match format {
        "resolve_cube" => vec![
            vec![table(17, false)],
            vec![domain(-1.0, 3.0), table(17, true)],
            vec![cube(4, 255.0)],
            both,
        ],
        "iridas_cube" => vec![
            vec![domain(-0.5, 2.0), table(17, false)],
            vec![cube(4, 999.0)],
        ],
        "spi1d" => vec![
            vec![domain(-1.0, 2.0), table(64, false)],
            vec![table(64, true)],
        ],
        "spi3d" | "iridas_itx" => vec![vec![cube(5, 999.0)]],
        "spimtx" => vec![vec![Op::Matrix(matrix())]],
        "flame" | "lustre" => vec![vec![cube(5, 4095.0)], vec![cube(2, 4095.0)]],
        "pandora_m3d" | "pandora_mga" => vec![vec![cube(3, 65535.0)]],
        "truelight" => vec![vec![table(16, false), cube(5, 16.0)], vec![cube(3, 255.0)]],
        "houdini" => vec![
            vec![domain(0.0, 2.0), table(16, true), cube(3, 255.0)],
            vec![domain(0.0, 2.0), table(16, false)],
            vec![table(16, true)],
            vec![cube(3, 255.0)],
        ],
        "cinespace" => vec![
            vec![cube(3, 255.0)],
            vec![table(16, false)],
            vec![domain(-1.0, 3.0), table(16, false)],
        ],
        "ColorCorrection" | "ColorCorrectionCollection" | "ColorDecisionList" => vec![vec![plain]],
        _ => process_lists(format == "Color Transform Format"),
    }
}

fn process_lists(ctf: bool) -> Vec<Vec<Op>> {
    let mut camera = Log::plain(10.0, Direction::Inverse);
    camera.lin_side_slope = [5.5, 5.4, 5.3];
    camera.lin_side_offset = [0.05; 3];
    camera.lin_side_break = Some([0.01; 3]);
    let mut half = Lut1D {
        entries: (0..=u16::MAX)
            .map(|i| [half::f16::from_bits(i).to_f32(); 3])
            .collect(),
        half_domain: true,
        raw_halfs: true,
        interpolation: Interpolation::Linear,
        hue_adjust: HueAdjust::None,
    };
    // NaN is not equal to itself.
    half.entries
        .iter_mut()
        .filter(|e| e[0].is_nan())
        .for_each(|e| *e = [0.0; 3]);
    let exponent = |style, direction| {
        Op::Exponent(Exponent {
            value: [2.2, 2.4, 2.6, 1.0],
            style,
            direction,
        })
    };
    let moncurve = Op::MonCurve(MonCurve {
        gamma: [2.4, 2.4, 2.4, 1.0],
        offset: [0.055, 0.055, 0.055, 0.0],
        style: NegativeStyle::Mirror,
        direction: Direction::Inverse,
    });
    let range = Op::Range(Range {
        min_in: Some(0.1),
        max_in: Some(0.9),
        min_out: Some(-0.5),
        max_out: Some(2.0),
        clamp: true,
        direction: Direction::Forward,
    });
    let mut lists = vec![vec![
        Op::Matrix(matrix()),
        range,
        Op::Range(Range::clamp_to(Some(0.0), None)),
        exponent(NegativeStyle::Clamp, Direction::Forward),
        exponent(NegativeStyle::PassThru, Direction::Inverse),
        moncurve,
        Op::Log(camera),
        Op::Log(Log::plain(2.0, Direction::Forward)),
        cdl(CdlStyle::Asc, Direction::Forward),
        cdl(CdlStyle::NoClamp, Direction::Inverse),
        table(9, false),
        cube(3, 255.0),
        Op::Lut1D(Arc::new(half), Direction::Forward),
    ]];
    if !ctf {
        return lists;
    }
    let gradings = "<ProcessList id=\"a\" version=\"2.5\">\
        <GradingPrimary inBitDepth=\"32f\" outBitDepth=\"32f\" style=\"linearRev\">\
        <Exposure rgb=\"0.5 0 0\" master=\"0\" /><Clamp white=\"2\" /></GradingPrimary>\
        <GradingTone inBitDepth=\"32f\" outBitDepth=\"32f\" style=\"video\">\
        <Whites rgb=\"1 1.3 1\" master=\"1\" start=\"0.5\" width=\"0.5\" />\
        <DynamicParameter param=\"TONE\" /></GradingTone>\
        <GradingRGBCurve inBitDepth=\"32f\" outBitDepth=\"32f\" style=\"log\"><Red><ControlPoints>\
        0 0.1, 0.5 0.6, 1 1</ControlPoints><Slopes>1 1.2 0.8</Slopes></Red></GradingRGBCurve>\
        <GradingHueCurve inBitDepth=\"32f\" outBitDepth=\"32f\" style=\"linear\" hsyTransform=\"none\" />\
        </ProcessList>";
    let read = parse(
        gradings.as_bytes(),
        Path::new("a.ctf"),
        &FileOptions::default(),
    )
    .unwrap();
    lists.push(read.ops);
    let Op::Lut1D(inverted, _) = table(9, true) else {
        unreachable!("a table")
    };
    lists.push(vec![
        Op::FixedFunction(FixedFunction {
            style: FixedStyle::Rec2100Surround,
            params: vec![0.78],
            direction: Direction::Inverse,
        }),
        Op::ExposureContrast(ExposureContrast {
            style: GradingStyle::Log,
            exposure: 0.5,
            contrast: 1.1,
            gamma: 1.0,
            pivot: 0.18,
            log_exposure_step: 0.088,
            log_midway_gray: 0.435,
            dynamic: [true, false, false],
            direction: Direction::Inverse,
        }),
        Op::Lut1D(inverted, Direction::Inverse),
    ]);
    lists
}

/// Largest difference of two programs on a grid, relative to `max(|v|, 1)`.
fn difference(a: Vec<Op>, b: Vec<Op>) -> f64 {
    let program = |ops| ColorProgram::new(ops, Optimization::None).unwrap();
    let (a, b) = (program(a), program(b));
    let at = [-0.5, 0.0, 0.03, 0.2, 0.5, 0.77, 1.0, 2.5];
    let mut worst = 0.0_f64;
    for i in 0..at.len().pow(3) {
        let n = at.len();
        let pixel = [at[i % n], at[i / n % n], at[i / n / n], 0.5];
        for (x, y) in a.eval(pixel).into_iter().zip(b.eval(pixel)) {
            worst = worst.max((x - y).abs() / y.abs().max(1.0));
        }
    }
    worst
}

#[test]
fn file_round_trip_of_each_writable_format() {
    for format in FORMATS.iter().filter(|f| f.writes()) {
        for (i, ops) in samples(format.name).into_iter().enumerate() {
            let name = format.name;
            let text = write(&ops, name, &WriteOptions::default()).unwrap();
            let path = Path::new("file").with_extension(format.extensions[0]);
            let read = parse(text.as_bytes(), &path, &FileOptions::default())
                .unwrap_or_else(|e| panic!("{name} {i}: {e}"));
            let found = FORMATS.iter().find(|f| f.name == read.format).unwrap();
            assert_eq!(found.extensions, format.extensions, "{name} {i}");
            if name.ends_with("Format") {
                assert_eq!(read.ops, ops, "{name} {i}");
                continue;
            }
            let d = difference(read.ops, ops);
            assert!(d < 2e-6, "{name}, sample {i}: {d}");
        }
    }
}

#[test]
fn file_descriptions_survive() {
    let options = WriteOptions {
        info: vec![
            ("id".into(), "a<b&c".into()),
            ("description".into(), "<tags> & \"quotes\"".into()),
        ],
    };
    let ops = vec![cdl(CdlStyle::NoClamp, Direction::Forward)];
    for name in ["ColorCorrection", "Academy/ASC Common LUT Format", "ctf"] {
        let text = write(&ops, name, &options).unwrap();
        let read = parse(text.as_bytes(), Path::new("x"), &FileOptions::default()).unwrap();
        assert_eq!(read.info, options.info, "{name}");
    }
}

#[test]
fn file_formats_refuse_what_they_cannot_hold() {
    let ops = samples("Color Transform Format").concat();
    for format in FORMATS
        .iter()
        .filter(|f| f.writes() && f.name != "Color Transform Format")
    {
        let error = write(&ops, format.name, &WriteOptions::default()).unwrap_err();
        assert!(
            matches!(error, ColorError::CannotHold { .. }),
            "{}",
            format.name
        );
    }
}

#[test]
fn file_errors_name_the_line() {
    let cases = [
        ("a.cube", "LUT_3D_SIZE 2\n0 0 0\n0 0 nan\n", 3),
        ("a.cube", "LUT_3D_SIZE 1000000000\n", 1),
        ("a.cube", "LUT_1D_SIZE 1000000000\n", 1),
        ("a.cube", "LUT_1D_SIZE 2\n0 0 0\n1 1 1\n2 2 2\n", 4),
        ("a.cube", "LUT_1D_SIZE 3\n0 0 0\n1 1 1\n", 3),
        (
            "a.spi1d",
            "Version 1\nFrom 0 1\nLength 999999999\nComponents 1\n{\n",
            3,
        ),
        ("a.spi3d", "SPILUT 1.0\n3 3\n9999 9999 9999\n", 3),
        ("a.csp", "CSPLUTV100\n3D\n2\n0 1\n0 inf\n", 5),
        ("a.csp", "CSPLUTV100\n1D\n99999999999\n0 1\n", 4),
        ("a.lut", "LUT: 3 999999999\n0\n", 1),
        ("a.3dl", "0 341 682 1023\n0 0 0\n", 2),
        (
            "a.m3d",
            "channel 3d\nin 999999999\nvalues red green blue\n",
            2,
        ),
        ("a.vf", "#Inventor\ngrid_size 2 2 3\n", 2),
        ("a.cub", "# Truelight Cube\n# width 500 500 500\n", 2),
        ("a.spimtx", "1 0 0 0\n0 1 0 0\n0 0 x 0\n", 3),
        ("a.itx", "LUT_3D_SIZE 2\n\n0 0\n", 3),
        (
            "a.cc",
            "<ColorCorrection>\n<SOPNode>\n</SOPNode></ColorCorrection>",
            2,
        ),
        (
            "a.look",
            "<look>\n<LUT><size>\"2\"</size>\n<data>0g</data></LUT></look>",
            3,
        ),
        (
            "a.clf",
            "<ProcessList id=\"a\" compCLFversion=\"3\">\n<LUT3D inBitDepth=\"32f\" outBitDepth=\"32f\">\n<Array dim=\"999 999 999 3\"></Array></LUT3D></ProcessList>",
            3,
        ),
        (
            "a.clf",
            "<!DOCTYPE x [<!ENTITY a \"b\">]>\n<ProcessList>&a;</ProcessList>",
            1,
        ),
    ];
    for (name, text, expected) in cases {
        match parse(text.as_bytes(), Path::new(name), &FileOptions::default()) {
            Err(ColorError::File {
                line, reason, path, ..
            }) => {
                assert_eq!(line, expected, "{name}: {reason}");
                assert_eq!(path, Path::new(name));
                assert!(!reason.is_empty());
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn cube_video_range_scales_both_sides() {
    let text = "LUT_1D_SIZE 2\nLUT_IN_VIDEO_RANGE\nLUT_OUT_VIDEO_RANGE\n0 0 0\n1 1 1\n";
    let read = parse(
        text.as_bytes(),
        Path::new("a.cube"),
        &FileOptions::default(),
    )
    .unwrap();
    let program = ColorProgram::new(read.ops, Optimization::None).unwrap();
    let [r, ..] = program.eval([0.4, 0.4, 0.4, 1.0]);
    assert!((r - 0.4).abs() < 1e-7, "an identity table stays one: {r}");
}

#[test]
fn file_content_decides_before_the_extension() {
    let ops = vec![cube(3, 255.0)];
    let text = write(&ops, "cinespace", &WriteOptions::default()).unwrap();
    for name in ["a.cube", "a.lut", "a", "a.CSP"] {
        let read = parse(text.as_bytes(), Path::new(name), &FileOptions::default()).unwrap();
        assert_eq!(read.format, "cinespace");
    }
}

#[test]
fn bake_follows_the_program() {
    let grade = vec![cdl(CdlStyle::Asc, Direction::Forward)];
    let program = ColorProgram::new(grade.clone(), Optimization::None).unwrap();
    let shaper = vec![Op::Exponent(Exponent {
        value: [1.5, 1.5, 1.5, 1.0],
        style: NegativeStyle::Clamp,
        direction: Direction::Inverse,
    })];
    for (shaper, kind) in [(Vec::new(), Baked::Cube), (shaper, Baked::ShaperAndCube)] {
        let options = BakeOptions {
            kind: Some(kind),
            edge: 65,
            rows: 65_536,
            shaper,
            ..BakeOptions::default()
        };
        let baked = bake(&program, &options).unwrap();
        let baked = ColorProgram::new(baked, Optimization::None).unwrap();
        for v in [0.25, 0.5, 0.75, 1.0] {
            let pixel = [v, 0.5, 0.25, 1.0];
            for (a, b) in baked.eval(pixel).into_iter().zip(program.eval(pixel)) {
                assert!((a - b).abs() < 2e-3, "{kind:?}: {a} for {b}");
            }
        }
    }
    let error = bake(
        &program,
        &BakeOptions {
            kind: Some(Baked::Table),
            ..BakeOptions::default()
        },
    );
    assert!(error.is_err(), "saturation mixes channels");
}

#[test]
fn bake_of_a_curve_is_a_table() {
    let curve = vec![Op::Log(Log::plain(2.0, Direction::Inverse))];
    let program = ColorProgram::new(curve.clone(), Optimization::None).unwrap();
    let options = BakeOptions {
        domain: [-4.0, 4.0],
        ..BakeOptions::default()
    };
    let baked = bake(&program, &options).unwrap();
    let text = write(&baked, "spi1d", &WriteOptions::default()).unwrap();
    let read = parse(
        text.as_bytes(),
        Path::new("a.spi1d"),
        &FileOptions::default(),
    )
    .unwrap();
    let program = ColorProgram::new(read.ops, Optimization::None).unwrap();
    for v in [-4.0, -1.3, 0.0, 2.7, 4.0] {
        let [r, ..] = program.eval([v, v, v, 1.0]);
        assert!(
            (r - v.exp2()).abs() < 1e-5 * v.exp2().max(1.0),
            "{r} at {v}"
        );
    }
}
