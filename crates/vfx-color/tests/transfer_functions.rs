//! The transfer functions against colour-science, both directions.

mod peer;

use peer::references;
use vfx_color::Direction;
use vfx_color::program::compile;
use vfx_color::space::{PRIMARIES, TRANSFER_FUNCTIONS, find_transfer_function};

/// Ours, theirs, keywords of the encoding and decoding functions, and the largest error (floor 1e-2). Wider: sRGB and Rec. 709
/// (rounded breaks of the standards), N-Log and L-Log (jumps of the published curves at their breaks).
const CURVES: &[(&str, &str, &str, f64)] = &[
    ("srgb", "sRGB", "", 3e-4),
    ("rec709", "ITU-R BT.709", "", 4e-3),
    ("pq", "ITU-R BT.2100 PQ", "", f64::NAN),
    ("acescc", "ACEScc", "", 1e-5),
    ("acescct", "ACEScct", "", 1e-5),
    ("cineon", "Cineon", "", 1e-5),
    ("arri_logc3_ei160", "ARRI LogC3", "EI=160", 1e-5),
    ("arri_logc3_ei400", "ARRI LogC3", "EI=400", 1e-5),
    ("arri_logc3_ei800", "ARRI LogC3", "EI=800", 1e-5),
    ("arri_logc3_ei1600", "ARRI LogC3", "EI=1600", 1e-5),
    ("arri_logc4", "ARRI LogC4", "", 1e-5),
    ("slog", "S-Log", "", 1e-5),
    ("slog2", "S-Log2", "", 1e-5),
    ("slog3", "S-Log3", "", 1e-5),
    ("vlog", "V-Log", "", 1e-5),
    ("clog", "Canon Log", "", 1e-5),
    ("clog2", "Canon Log 2", "", 1e-5),
    ("clog3", "Canon Log 3", "", 1e-5),
    ("redlog", "REDLog", "", 1e-5),
    ("redlogfilm", "REDLogFilm", "", 1e-5),
    ("log3g10", "Log3G10", "", 1e-5),
    ("log3g12", "Log3G12", "", 1e-5),
    ("bmdfilm_gen5", "Blackmagic Film Generation 5", "", 1e-5),
    ("davinci_intermediate", "DaVinci Intermediate", "", 1e-5),
    ("apple_log", "Apple Log Profile", "", 1e-5),
    ("dlog", "D-Log", "", 1e-5),
    ("flog", "F-Log", "", 1e-5),
    ("flog2", "F-Log2", "", 1e-5),
    ("nlog", "N-Log", "", 0.001),
    ("llog", "L-Log", "", 2e-2),
    ("protune", "Protune", "", 1e-5),
    ("milog", "Mi-Log", "", 1e-5),
    ("panalog", "Panalog", "", 1e-5),
    ("viperlog", "ViperLog", "", 1e-5),
];

fn eval(name: &str, direction: Direction, x: f32) -> f64 {
    let ops = find_transfer_function(name).unwrap().ops(direction);
    let x = f64::from(x);
    ops.iter()
        .fold([x, x, x, 1.0], |p, op| compile(op).unwrap().eval(p))[0]
}

#[test]
fn curves_agree_with_colour_science() {
    let mut jobs = Vec::new();
    for (ours, theirs, keywords, gate) in CURVES {
        if gate.is_nan() {
            continue;
        }
        jobs.push((
            *ours,
            Direction::Forward,
            *gate,
            format!("curve\t{theirs}\tdecode\tunit\t{keywords}"),
        ));
        jobs.push((
            *ours,
            Direction::Inverse,
            *gate,
            format!("curve\t{theirs}\tencode\tunit\t{keywords}"),
        ));
    }
    let lines: Vec<String> = jobs.iter().map(|j| j.3.clone()).collect();
    let Some(references) = references("colour", &lines) else {
        return;
    };
    let mut failures = Vec::new();
    for ((name, direction, gate, job), r) in jobs.iter().zip(&references) {
        let ops = find_transfer_function(name).unwrap().ops(*direction);
        let kernels: Vec<_> = ops.iter().map(|op| compile(op).unwrap()).collect();
        let mut worst = (0.0, 0.0, 0.0, 0.0);
        let mut compared = 0;
        for (i, want) in r.input.iter().zip(&r.output) {
            let x = f64::from(i[0]);
            let got = kernels.iter().fold([x, x, x, 1.0], |p, k| k.eval(p))[0];
            let want = f64::from(want[0]);
            if !want.is_finite() || !got.is_finite() {
                continue;
            }
            compared += 1;
            let e = (got - want).abs() / want.abs().max(1e-2);
            if e > worst.0 {
                worst = (e, x, got, want);
            }
        }
        println!(
            "{name} {direction:?} {:.1e} at {} ({compared} values)",
            worst.0, worst.1
        );
        if worst.0 > *gate || compared < 3000 {
            failures.push(format!(
                "{name} {direction:?}: {worst:?}, {compared} values, {job}"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn registries_cite_a_source_everywhere() {
    assert!(
        TRANSFER_FUNCTIONS
            .iter()
            .all(|c| c.source.len() > 8 && !c.label.is_empty())
    );
    assert!(
        PRIMARIES
            .iter()
            .all(|p| p.source.len() > 5 && !p.label.is_empty())
    );
    assert!((eval("arri_logc3_ei800", Direction::Inverse, 0.18) - 0.391).abs() < 1e-3);
}
