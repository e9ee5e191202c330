//! Expected pixels from the peers: runs `reference.py` with the Python of `.peers` and reads what it wrote.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// RGBA pixels in, and what the peer makes of them.
pub struct Reference {
    pub input: Vec<[f32; 4]>,
    pub output: Vec<[f32; 4]>,
    /// Which output channel is a hue, which the colourfulness, and below which of it hue means nothing.
    pub hue: Option<(usize, usize, f32)>,
}

fn python(module: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let python = root.join(".peers/bin/python");
    let works = Command::new(&python)
        .args(["-c", &format!("import numpy, {module}")])
        .output()
        .is_ok_and(|o| o.status.success());
    if !works {
        println!("SKIPPED: no Python with {module} in .peers; ./test installs it");
        return None;
    }
    Some(python)
}

/// One reference a job (see `reference.py`), or `None` with a line that says why not.
pub fn references(module: &str, jobs: &[String]) -> Option<Vec<Reference>> {
    let python = python(module)?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer/reference.py");
    let file = std::env::temp_dir().join(format!(
        "vfx-color-{}-{:?}.f32",
        std::process::id(),
        std::thread::current().id()
    ));
    let mut child = Command::new(python)
        .arg(here)
        .arg(&file)
        .env_remove("OCIO_OPTIMIZATION_FLAGS")
        .stdin(Stdio::piped())
        .spawn()
        .expect("the peer's Python starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    stdin
        .write_all((jobs.join("\n") + "\n").as_bytes())
        .expect("jobs");
    drop(stdin);
    assert!(
        child.wait().expect("the peer ends").success(),
        "reference.py failed"
    );
    let bytes = std::fs::read(&file).expect("its results");
    let _ = std::fs::remove_file(&file);
    let mut words = bytes
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let references = jobs
        .iter()
        .map(|job| {
            let len = words.next().unwrap_or_else(|| panic!("a result of {job}")) as usize;
            let mut pixels = || -> Vec<[f32; 4]> {
                (0..len)
                    .map(|_| {
                        std::array::from_fn(|_| f32::from_bits(words.next().expect("a pixel")))
                    })
                    .collect()
            };
            Reference {
                input: pixels(),
                output: pixels(),
                hue: if job.contains("RGB_TO_JMH_20\tforward") {
                    Some((2, 1, 1e-2))
                } else if job.contains("RGB_TO_HMJ_20\tforward") {
                    Some((0, 1, 1e-4))
                } else {
                    None
                },
            }
        })
        .collect();
    Some(references)
}

/// |a - b| / max(|b|, 1), infinite where only one is finite or two infinities differ; 0 for two NaN.
pub fn error(a: f32, b: f32) -> f64 {
    // Beyond 1e30 a matrix of either side may overflow or not.
    let huge = a.abs() > 1e30 && b.abs() > 1e30;
    if a.is_nan() && b.is_nan() || a == b || huge {
        return 0.0;
    }
    if !a.is_finite() || !b.is_finite() {
        return f64::INFINITY;
    }
    f64::from((a - b).abs()) / f64::from(b.abs().max(1.0))
}

/// The largest error, the 99th percentile and the worst pixel of the pixels within `limits`; pixels beyond them whose
/// finiteness differs are counted.
pub struct Outcome {
    pub max: f64,
    pub p99: f64,
    pub worst: String,
    pub unlike: usize,
    /// Pixels inside the limits where only the peer gives NaN.
    pub undefined: usize,
}

pub fn compare(r: &Reference, ours: &[[f32; 4]], limits: [f32; 2]) -> Outcome {
    let mut errors = Vec::new();
    let mut worst = (-1.0, String::new());
    let (mut unlike, mut undefined) = (0, 0);
    for ((i, want), got) in r.input.iter().zip(&r.output).zip(ours) {
        let inside = i[..3].iter().all(|v| (limits[0]..=limits[1]).contains(v));
        for k in 0..4 {
            // Undefined: where the peer gives NaN and ours a number; hue without colour.
            if inside && (want[k].is_nan() && got[k].is_finite() || without_hue(r.hue, k, want)) {
                undefined += usize::from(want[k].is_nan());
                continue;
            }
            let e = error(got[k], want[k]);
            if inside {
                if e > worst.0 {
                    worst = (e, format!("{i:?} -> {got:?}, not {want:?}"));
                }
                errors.push(e);
            } else if got[k].is_finite() != want[k].is_finite() {
                unlike += 1;
            }
        }
    }
    errors.sort_by(f64::total_cmp);
    Outcome {
        max: worst.0,
        p99: errors
            .get(errors.len() * 99 / 100)
            .copied()
            .unwrap_or(f64::INFINITY),
        worst: worst.1,
        unlike,
        undefined,
    }
}

/// Channel `k` is a hue (of `[hue channel, colourfulness channel, smallest colourfulness]`) and there is no colour.
fn without_hue(hue: Option<(usize, usize, f32)>, k: usize, pixel: &[f32; 4]) -> bool {
    hue.is_some_and(|(h, m, least)| k == h && pixel[m] < least)
}

/// Planes of pixels.
pub fn planes(pixels: &[[f32; 4]]) -> [Vec<f32>; 4] {
    std::array::from_fn(|k| pixels.iter().map(|p| p[k]).collect())
}

/// Pixels of planes.
pub fn pixels(planes: &[Vec<f32>; 4]) -> Vec<[f32; 4]> {
    (0..planes[0].len())
        .map(|i| std::array::from_fn(|k| planes[k][i]))
        .collect()
}
