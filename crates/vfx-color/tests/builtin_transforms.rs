//! All built-in transforms against OpenColorIO 2.6, both directions, at every SIMD level.

mod peer;

use peer::{compare, pixels, planes, references};
use vfx_color::Direction;
use vfx_color::builtin::{self, STYLES};
use vfx_color::program::{Kernel, compile};
use vfx_kernel::level::at_every_level;

fn kernels(style: &str, direction: Direction) -> Vec<Box<dyn Kernel>> {
    builtin::ops(style, direction)
        .unwrap()
        .iter()
        .map(|op| compile(op).unwrap())
        .collect()
}

fn run(kernels: &[Box<dyn Kernel>], input: &[[f32; 4]]) -> Vec<[f32; 4]> {
    let mut p = planes(input);
    for kernel in kernels {
        kernel.run_planes(p.each_mut().map(|v| &mut v[..]));
    }
    pixels(&p)
}

/// Largest error and 99th percentile that are allowed.
fn gates(style: &str, direction: Direction) -> [f64; 2] {
    let inverse = direction == Direction::Inverse;
    match style {
        // Luminance around 0 in dark to dim, and white clamped where the curve is flat.
        s if s.contains("SDR-VIDEO-D60sim") && inverse => [f64::INFINITY, 5e-3],
        // OpenColorIO lowers the last slope but one of these two tone curves by half a per cent (its monotonicity check sees
        // -1e-7); the spline operation does not yet.
        s if s.contains("HDR-VIDEO-1000nit") || s.contains("HDR-CINEMA-108nit") => {
            [if inverse { f64::INFINITY } else { 1e-3 }, 1e-2]
        }
        s if s.starts_with("ACES-OUTPUT") && inverse => [f64::INFINITY, 1e-4],
        s if s.starts_with("ACES-OUTPUT") => [1e-4, 1e-4],
        // Subtracts nearly equal numbers.
        s if s.contains("Reference Gamut Compression") && inverse => [1e-4, 1e-5],
        // Powers of almost nothing; the chords of OpenColorIO's tables below the smallest half and among large ones.
        s if s.starts_with("DISPLAY") || s.starts_with("CURVE - LINEAR_to_ST-2084") => [1e-4, 1e-5],
        _ => [1e-5, 1e-5],
    }
}

#[test]
fn builtin_names_are_opencolorios() {
    assert_eq!(STYLES.len(), 99);
    for (i, s) in STYLES.iter().enumerate() {
        assert!(STYLES[..i].iter().all(|t| t.name != s.name), "{}", s.name);
        assert!(!s.description.is_empty(), "{}", s.name);
    }
}

#[test]
fn builtins_agree_with_opencolorio() {
    let mut jobs = Vec::new();
    for s in STYLES {
        for (direction, name) in [
            (Direction::Forward, "forward"),
            (Direction::Inverse, "inverse"),
        ] {
            jobs.push((
                s.name,
                direction,
                format!("builtin\t{}\t{name}\trgb", s.name),
            ));
        }
    }
    let lines: Vec<String> = jobs.iter().map(|j| j.2.clone()).collect();
    let Some(references) = references("PyOpenColorIO", &lines) else {
        return;
    };
    let mut failures = Vec::new();
    for ((style, direction, job), r) in jobs.iter().zip(&references) {
        let kernels = kernels(style, *direction);
        let [max, p99] = gates(style, *direction);
        at_every_level(|level| {
            let o = compare(r, &run(&kernels, &r.input), [-1.0, 64.0]);
            println!(
                "{level:7} {} max {:.1e} p99 {:.1e} unlike {} undefined {}",
                job.replace('\t', " "),
                o.max,
                o.p99,
                o.unlike,
                o.undefined
            );
            if !(o.max <= max && o.p99 <= p99) {
                failures.push(format!(
                    "{level} {job}: max {:.2e} p99 {:.2e}: {}",
                    o.max, o.p99, o.worst
                ));
            }
        });
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Needs no peer: ACES2065-1 mid grey through the SDR output transforms, values of the ACES 2.0 release (10.0 nits).
#[test]
fn aces2_mid_grey_is_ten_nits() {
    let style = "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-100nit-REC709_2.0";
    let out = run(
        &kernels(style, Direction::Forward),
        &[[0.18, 0.18, 0.18, 1.0]; 3],
    );
    assert!((out[0][1] - 0.1).abs() < 1e-4, "{:?}", out[0]);
}
