//! The colour baseline: one thread, in memory, in place, 4096 x 2160 RGBA, with OpenColorIO's cases and row names.
//!
//! One JSON line a case and depth, megapixels a second by thread CPU time (best of the repetitions), on uniform noise and on a
//! smooth gradient: `color_bench [--reps N] [--depths f32,f16,u16,u8] [--only PREFIX,..] [--w W --h H] [--threads N]`.
//! `--lossless` leaves out tables. `--builds N` times no image: making the operations, the program and its first pixel, the
//! first time and the median of N, in microseconds of thread CPU time.
//! `VFX_SIMD=avx2` lowers the level; with several threads bands of rows run side by side, and the longest CPU
//! time of them counts: what they would take on as many idle cores.
//! `tests/peers/compare_bench.py` puts OpenColorIO's rows beside them.

use std::sync::Arc;
use std::time::Instant;

use half::f16;
use vfx_color::op::*;
use vfx_color::{ColorProgram, Direction, Layout, Op, Optimization, builtin};
use vfx_kernel::{Samples, SamplesMut, from_f32};

const FORWARD: Direction = Direction::Forward;

fn matrix() -> Vec<Op> {
    vec![Op::Matrix(Matrix::rgb([
        [0.6, 0.3, 0.1],
        [0.05, 0.9, 0.05],
        [0.02, 0.1, 0.88],
    ]))]
}

fn lut1d() -> Vec<Op> {
    let entry = |i: usize| {
        let x = i as f64 / 1023.0;
        [x.powf(0.45) as f32, x.sqrt() as f32, x.powf(0.55) as f32]
    };
    let lut = Lut1D {
        entries: (0..1024).map(entry).collect(),
        half_domain: false,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: HueAdjust::None,
    };
    vec![Op::Lut1D(Arc::new(lut), FORWARD)]
}

fn lut3d(edge: usize, interpolation: Interpolation) -> Vec<Op> {
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
    vec![Op::Lut3D(Arc::new(lut), FORWARD)]
}

fn styles(names: &[(&str, Direction)]) -> Vec<Op> {
    let mut ops = Vec::new();
    for (name, direction) in names {
        ops.extend(builtin::ops(name, *direction).unwrap_or_else(|e| panic!("{name}: {e}")));
    }
    ops
}

const ACESCG: &str = "ACEScg_to_ACES2065-1";

fn aces1() -> Vec<Op> {
    styles(&[
        (ACESCG, FORWARD),
        (
            "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-VIDEO_1.0",
            FORWARD,
        ),
        ("DISPLAY - CIE-XYZ-D65_to_sRGB", FORWARD),
    ])
}

fn aces2() -> Vec<Op> {
    styles(&[
        (ACESCG, FORWARD),
        (
            "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0",
            FORWARD,
        ),
        ("DISPLAY - CIE-XYZ-D65_to_sRGB", FORWARD),
    ])
}

fn logc3() -> Vec<Op> {
    styles(&[
        ("ARRI_ALEXA-LOGC-EI800-AWG_to_ACES2065-1", FORWARD),
        (ACESCG, Direction::Inverse),
    ])
}

fn srgb() -> Vec<Op> {
    let curve = Op::MonCurve(MonCurve {
        gamma: [2.4, 2.4, 2.4, 1.0],
        offset: [0.055, 0.055, 0.055, 0.0],
        style: NegativeStyle::Linear,
        direction: FORWARD,
    });
    let mut ops = vec![curve];
    ops.extend(styles(&[(
        "UTILITY - ACES-AP1_to_LINEAR-REC709_BFD",
        Direction::Inverse,
    )]));
    ops
}

fn cdl(style: CdlStyle) -> Vec<Op> {
    vec![Op::Cdl(Cdl {
        slope: [1.1, 0.95, 1.05],
        offset: [0.01, -0.02, 0.015],
        power: [0.9, 1.1, 1.05],
        saturation: 1.2,
        style,
        direction: FORWARD,
    })]
}

fn rgbm(red: f64, green: f64, blue: f64, master: f64) -> Rgbm {
    Rgbm {
        red,
        green,
        blue,
        master,
    }
}

fn primary(style: GradingStyle) -> Vec<Op> {
    vec![Op::GradingPrimary(GradingPrimary {
        brightness: rgbm(0.1, 0.0, 0.05, 0.02),
        contrast: rgbm(1.1, 1.0, 0.95, 1.05),
        gamma: rgbm(1.1, 1.0, 0.9, 1.05),
        saturation: 1.2,
        exposure: rgbm(0.2, 0.1, 0.0, 0.3),
        offset: rgbm(0.01, 0.0, 0.02, 0.0),
        ..GradingPrimary::new(style)
    })]
}

fn tone() -> Vec<Op> {
    let mut v = GradingTone::new(GradingStyle::Log);
    v.midtones.rgbm = rgbm(1.2, 1.1, 0.9, 1.1);
    v.s_contrast = 1.2;
    vec![Op::GradingTone(Box::new(v))]
}

fn rgb_curve() -> Vec<Op> {
    let mut v = GradingRgbCurve::new(GradingStyle::Log);
    let c = |p: &[[f32; 2]]| SplineCurve::new(SplineType::BSpline, p);
    v.curves[0] = c(&[[0., 0.1], [0.2, 0.3], [0.5, 0.5], [0.7, 0.6], [1., 1.1]]);
    v.curves[1] = c(&[[0., 0.], [0.5, 0.7], [1., 1.]]);
    v.curves[2] = c(&[[0., 0.], [0.4, 0.3], [1., 1.]]);
    v.curves[3] = c(&[
        [0., -0.05],
        [0.2, 0.22],
        [0.4, 0.45],
        [0.6, 0.6],
        [0.8, 0.8],
        [1., 1.05],
    ]);
    vec![Op::GradingRgbCurve(Arc::new(v))]
}

type Case = (&'static str, fn() -> Vec<Op>);

const CASES: &[Case] = &[
    ("a_matrix3x3", matrix),
    ("b_lut1d_1024", lut1d),
    ("c_lut3d_33_tetra", || lut3d(33, Interpolation::Tetrahedral)),
    ("c_lut3d_65_tetra", || lut3d(65, Interpolation::Tetrahedral)),
    ("c_lut3d_33_trilin", || lut3d(33, Interpolation::Linear)),
    ("d_ACEScg_to_sRGB_ACES1_SDR", aces1),
    ("e_ACEScg_to_sRGB_ACES2_SDR", aces2),
    ("f_LogC3_to_ACEScg", logc3),
    ("g_CDL_ASC_clamp", || cdl(CdlStyle::Asc)),
    ("g_CDL_noclamp", || cdl(CdlStyle::NoClamp)),
    ("h_gradprimary_log", || primary(GradingStyle::Log)),
    ("h_gradprimary_lin", || primary(GradingStyle::Linear)),
    ("h_gradtone_log", tone),
    ("i_sRGBtex_to_ACEScg", srgb),
    ("j_gradrgbcurve_log", rgb_curve),
];

/// CPU time of this thread in seconds.
fn cpu_time() -> f64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

/// First and median microseconds of making operations, a program and its first pixel; and of all but the operations.
fn build_times(make: fn() -> Vec<Op>, optimization: Optimization, runs: usize) -> [f64; 4] {
    let (mut whole, mut part) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) {
        let start = cpu_time();
        let ops = make();
        let middle = cpu_time();
        let program = ColorProgram::new(ops, optimization).expect("a program");
        let mut pixel = [0.2, 0.3, 0.4, 1.0];
        program.apply_rgba(std::hint::black_box(&mut pixel));
        let end = cpu_time();
        whole.push((end - start) * 1e6);
        part.push((end - middle) * 1e6);
    }
    let (first, first_part) = (whole[0], part[0]);
    whole.sort_by(f64::total_cmp);
    part.sort_by(f64::total_cmp);
    [first, first_part, whole[runs / 2], part[runs / 2]]
}

enum Image {
    F32(Vec<f32>),
    F16(Vec<f16>),
    U16(Vec<u16>),
    U8(Vec<u8>),
}

impl Image {
    fn new(floats: &[f32], depth: &str) -> Self {
        let n = floats.len();
        match depth {
            "f32" => Self::F32(floats.to_vec()),
            "f16" => {
                let mut v = vec![f16::ZERO; n];
                from_f32(floats, SamplesMut::F16(&mut v), 16);
                Self::F16(v)
            }
            "u16" => {
                let mut v = vec![0; n];
                from_f32(floats, SamplesMut::U16(&mut v), 16);
                Self::U16(v)
            }
            _ => {
                let mut v = vec![0; n];
                from_f32(floats, SamplesMut::U8(&mut v), 8);
                Self::U8(v)
            }
        }
    }

    fn read(&self) -> Samples<'_> {
        match self {
            Self::F32(v) => Samples::F32(v),
            Self::F16(v) => Samples::F16(v),
            Self::U16(v) => Samples::U16(v),
            Self::U8(v) => Samples::U8(v),
        }
    }

    fn write(&mut self) -> SamplesMut<'_> {
        match self {
            Self::F32(v) => SamplesMut::F32(v),
            Self::F16(v) => SamplesMut::F16(v),
            Self::U16(v) => SamplesMut::U16(v),
            Self::U8(v) => SamplesMut::U8(v),
        }
    }

    /// As many bands of whole pixels as there are threads.
    fn bands(&mut self, threads: usize) -> Vec<SamplesMut<'_>> {
        let band = (self.read().len() / 4).div_ceil(threads) * 4;
        match self {
            Self::F32(v) => v.chunks_mut(band).map(SamplesMut::F32).collect(),
            Self::F16(v) => v.chunks_mut(band).map(SamplesMut::F16).collect(),
            Self::U16(v) => v.chunks_mut(band).map(SamplesMut::U16).collect(),
            Self::U8(v) => v.chunks_mut(band).map(SamplesMut::U8).collect(),
        }
    }
}

/// Best seconds of a run over a copy of the image: CPU time, of several threads that of the longest.
fn best_of(
    program: &ColorProgram,
    src: &Image,
    depth: &str,
    (reps, threads): (usize, usize),
) -> f64 {
    let layout = Layout::rgba(if depth == "u8" { 8 } else { 16 });
    let mut best = f64::INFINITY;
    for _ in 0..reps {
        let mut work = match src {
            Image::F32(v) => Image::F32(v.clone()),
            Image::F16(v) => Image::F16(v.clone()),
            Image::U16(v) => Image::U16(v.clone()),
            Image::U8(v) => Image::U8(v.clone()),
        };
        let slices = if threads == 1 {
            vec![work.write()]
        } else {
            work.bands(threads)
        };
        let seconds = std::thread::scope(|scope| {
            let bands = slices.into_iter().map(|band| {
                let run = || {
                    let start = cpu_time();
                    program.apply_in_place(band, &layout);
                    cpu_time() - start
                };
                if threads == 1 {
                    Err(run())
                } else {
                    Ok(scope.spawn(run))
                }
            });
            let bands: Vec<_> = bands.collect();
            bands
                .into_iter()
                .map(|band| band.map_or_else(|s| s, |b| b.join().expect("a band")))
                .fold(0.0, f64::max)
        });
        best = best.min(seconds);
        assert_eq!(work.read().len(), src.read().len());
    }
    best
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|a| a == name)?;
        args.get(at + 1).cloned()
    };
    let number =
        |name: &str, default: usize| value(name).and_then(|v| v.parse().ok()).unwrap_or(default);
    let (w, h, reps) = (
        number("--w", 4096),
        number("--h", 2160),
        number("--reps", 5),
    );
    let threads = number("--threads", 1).max(1);
    let depths = value("--depths").unwrap_or_else(|| "f32,f16,u16,u8".into());
    let only = value("--only").unwrap_or_default();
    let optimization = if args.iter().any(|a| a == "--lossless") {
        Optimization::Lossless
    } else {
        Optimization::Default
    };
    let wanted = |name: &str| only.is_empty() || only.split(',').any(|o| name.starts_with(o));
    let builds = number("--builds", 0);
    if builds > 0 {
        for (name, make) in CASES.iter().filter(|c| wanted(c.0)) {
            let [first, first_part, median, part] = build_times(*make, optimization, builds);
            println!(
                "{{\"case\": \"{name}\", \"first_us\": {first:.0}, \"first_program_us\": {first_part:.0}, \"median_us\": {median:.1}, \"median_program_us\": {part:.1}}}"
            );
        }
        return;
    }
    let mut seed = 1234u64;
    let mut random = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f32 / (1u32 << 24) as f32
    };
    let noise: Vec<f32> = (0..4 * w * h).map(|_| random()).collect();
    let mut gradient = Vec::with_capacity(4 * w * h);
    for y in 0..h {
        for x in 0..w {
            let (x, y) = (x as f32 / (w - 1) as f32, y as f32 / (h - 1) as f32);
            gradient.extend([x, y, (x + y) * 0.5, 1.0]);
        }
    }
    for (name, make) in CASES {
        if !wanted(name) {
            continue;
        }
        let ops = make();
        for depth in depths.split(',') {
            let start = Instant::now();
            let program = ColorProgram::new(ops.clone(), optimization).expect("a program");
            let build_ms = start.elapsed().as_secs_f64() * 1e3;
            let rate = |floats: &[f32]| {
                let image = Image::new(floats, depth);
                (w * h) as f64 / best_of(&program, &image, depth, (reps, threads)) / 1e6
            };
            println!(
                "{{\"case\": \"{name}\", \"depth\": \"{depth}\", \"simd\": \"{}\", \"build_ms\": {build_ms:.2}, \"noise_cpu\": {:.1}, \"grad_cpu\": {:.1}, \"steps\": {}}}",
                vfx_kernel::level::name(vfx_kernel::level()),
                rate(&noise),
                rate(&gradient),
                program.steps().len(),
            );
        }
    }
}
