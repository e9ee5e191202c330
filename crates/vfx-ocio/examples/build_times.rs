//! How long it takes to open built-in configs and to build programs: the least of many runs, in milliseconds.
//!
//! `cargo run --release -p vfx-ocio --example build_times`; `tests/peers/build_times.py` measures OpenColorIO on the same rows.

use std::sync::Arc;
use std::time::Instant;
use vfx_color::op::{Cdl, CdlStyle, HueAdjust, Interpolation, Lut1D, Lut3D, Matrix};
use vfx_color::{ColorProgram, Direction, Op, Optimization};
use vfx_ocio::Config;

const RUNS: usize = 40;

fn least(mut f: impl FnMut()) -> f64 {
    let once = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        f();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..RUNS)
        .map(|_| once(&mut f))
        .fold(f64::INFINITY, f64::min)
}

fn row(name: &str, f: impl FnMut()) {
    println!("{name:<44} {:>8.3} ms", least(f));
}

fn program(ops: &[Op]) -> ColorProgram {
    ColorProgram::new(ops.to_vec(), Optimization::Default).expect("a program")
}

fn table(rows: usize) -> Op {
    let entry = |i: usize| [(i as f32 / (rows - 1) as f32).powf(2.2); 3];
    let lut = Lut1D {
        entries: (0..rows).map(entry).collect(),
        half_domain: false,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: HueAdjust::None,
    };
    Op::Lut1D(Arc::new(lut), Direction::Forward)
}

fn cube(edge: usize) -> Op {
    let x = |i: usize| (i % edge) as f32 / (edge - 1) as f32;
    let entry = |i: usize| [x(i).sqrt(), x(i / edge), x(i / edge / edge)];
    let lut = Lut3D {
        edge,
        entries: (0..edge.pow(3)).map(entry).collect(),
        interpolation: Interpolation::Tetrahedral,
    };
    Op::Lut3D(Arc::new(lut), Direction::Forward)
}

fn main() {
    let mixing = Matrix::rgb([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.05, 0.15, 0.8]]);
    let cdl = Cdl {
        slope: [1.1, 1.0, 0.9],
        offset: [0.01, 0.0, -0.01],
        power: [1.1, 1.0, 0.95],
        saturation: 0.9,
        style: CdlStyle::Asc,
        direction: Direction::Forward,
    };
    let (one, small, large) = (table(1024), cube(33), cube(65));
    row("Matrix 3x3", || drop(program(&[Op::Matrix(mixing)])));
    row("Lut1D 1024", || drop(program(std::slice::from_ref(&one))));
    row("Lut3D 33", || drop(program(std::slice::from_ref(&small))));
    row("Lut3D 65", || drop(program(std::slice::from_ref(&large))));
    row("CDL ASC", || drop(program(&[Op::Cdl(cdl)])));
    for (name, config, from, to, view) in [
        (
            "LogC3 to ACEScg",
            "studio-config-v5.0.0_aces-v2.1_ocio-v2.6",
            "ARRI LogC3 (EI800)",
            "ACEScg",
            "",
        ),
        (
            "sRGB texture to ACEScg",
            "studio-config-v5.0.0_aces-v2.1_ocio-v2.6",
            "srgb_texture",
            "ACEScg",
            "",
        ),
        (
            "ACES 1.0 SDR view",
            "studio-config-v2.2.0_aces-v1.3_ocio-v2.4",
            "ACEScg",
            "sRGB - Display",
            "ACES 1.0 - SDR Video",
        ),
        (
            "ACES 2.0 SDR view",
            "studio-config-v4.0.0_aces-v2.0_ocio-v2.5",
            "ACEScg",
            "sRGB - Display",
            "ACES 2.0 - SDR 100 nits (Rec.709)",
        ),
    ] {
        let uri = format!("ocio://{config}");
        let c = Config::open(&uri).expect("a config");
        let ops = |c: &Config| {
            let context = c.context();
            if view.is_empty() {
                c.conversion(from, to, &context).expect("a conversion")
            } else {
                c.view_ops(from, to, view, Direction::Forward, &context)
                    .expect("a view")
            }
        };
        row(name, || drop(program(&ops(&c))));
        row(&format!("{name}, config opened"), || {
            drop(program(&ops(&Config::open(&uri).expect("a config"))));
        });
    }
}
