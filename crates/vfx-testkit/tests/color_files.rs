//! Every colour file of the test data through our readers and through OpenColorIO: valid ones give the same values, invalid
//! ones are refused with a reason.
//!
//! Values are compared relative to `max(|v|, 1)`, forwards and backwards, without optimisation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vfx_color::file::{self, FileOptions};
use vfx_color::{ColorError, ColorProgram, Direction, Op, Optimization};
use vfx_testkit::{peers, workspace};

/// Bound of an operation chain in single precision against ours in double.
const TOLERANCE: f64 = 1e-5;

/// Colours that no input reaches: a cube's inverse then depends on how it is searched.
const UNREACHED: f64 = 1e-4;

/// Files where OpenColorIO itself is further from the exact value: its exposure contrast and gradings always use a fast
/// power, and single precision around 0 is drawn apart by a root.
const LOOSER: [(&str, f64); 6] = [
    ("deprecated_ops.ctf", 1e-4),
    ("exposure_contrast_linear.ctf", 5e-5),
    ("exposure_contrast_video.ctf", 5e-5),
    ("exposure_contrast_log.ctf", 5e-5),
    ("opt_prefix_test1.ctf", 5e-5),
    ("gamma_comp_test2.ctf", 1e-3),
];

/// Files whose inverse is not comparable: a table of NaN and infinities.
const FORWARD_ONLY: [&str; 1] = ["lut3by1d_nan_infinity_example.clf"];

/// OpenColorIO's inverse of the red modifier is NaN for negative values here; they are left out.
const NOT_NEGATIVE: [&str; 1] = ["deprecated_ops.ctf"];

/// Cubes whose colours lie on a line: many inverses, and ours is not the nearest for colours beside the line.
const FLAT_CUBES: [&str; 3] = [
    "lut3d_red-only.csp",
    "lut3d_grn-only.csp",
    "lut3d_blu-only.csp",
];

/// Files that we read and OpenColorIO does not: curves without entries are the identity (ICC.1:2022, 10.6), and grey devices.
const MORE: [&str; 3] = ["scRGB-v2.icc", "sGrey-v2-nano.icc", "sGrey-v4.icc"];

/// What OpenColorIO said of one file.
#[derive(Default)]
struct Verdict {
    path: PathBuf,
    cccid: String,
    error: Option<String>,
    forward: Vec<f64>,
    inverse: Vec<f64>,
}

fn values(text: &str) -> Vec<f64> {
    text.split(' ').filter_map(|v| v.parse().ok()).collect()
}

/// The grid and the verdicts.
fn verdicts(folder: &Path) -> Option<(Vec<f64>, Vec<Verdict>)> {
    let list = tempfile::NamedTempFile::new().unwrap();
    let mut lines = String::new();
    for path in workspace::files(folder) {
        let text = path.to_string_lossy().into_owned();
        if text.contains("/configs/") || text.ends_with(".tar.xz") {
            continue;
        }
        lines += &format!("{text}\n");
        if text.ends_with("cdl_test1.ccc") || text.ends_with("cdl_test1.cdl") {
            for id in ["cc0002", "1", "absent", "99"] {
                lines += &format!("{text}\t{id}\n");
            }
        }
    }
    std::fs::write(list.path(), lines).unwrap();
    let path = list.path().to_string_lossy().into_owned();
    let text = peers::script("color_files.py", &["PyOpenColorIO", "numpy"], &[&path])?;
    let mut grid = Vec::new();
    let mut found: Vec<Verdict> = Vec::new();
    for line in text.lines() {
        let Some((tag, rest)) = line.split_once(' ') else {
            continue;
        };
        match (tag, found.last_mut()) {
            ("GRID", _) => grid = values(rest),
            ("FILE", _) => {
                let (path, cccid) = rest.split_once('\t').unwrap();
                found.push(Verdict {
                    path: path.into(),
                    cccid: cccid.into(),
                    ..Verdict::default()
                });
            }
            ("ERROR", Some(v)) => v.error = Some(rest.into()),
            ("OUT", Some(v)) => v.forward = values(rest),
            ("INV", Some(v)) => v.inverse = values(rest),
            _ => {}
        }
    }
    Some((grid, found))
}

/// Largest difference of two values, relative to `max(|v|, 1)`; not finite counts as equal if both are of the same kind.
fn difference(ours: f64, theirs: f64) -> f64 {
    // They hold single precision.
    let ours = f64::from(ours as f32);
    if ours.is_nan() || theirs.is_nan() || ours.is_infinite() || theirs.is_infinite() {
        let same = (ours.is_nan() && theirs.is_nan()) || ours == theirs;
        return if same { 0.0 } else { f64::INFINITY };
    }
    (ours - theirs).abs() / theirs.abs().max(1.0)
}

/// The largest difference and where. A cube may have several inverses, or none: there ours counts as right if it leads back
/// to the input at least as near as theirs does. Colours that it never reaches are left out.
fn compare(
    ops: Vec<Op>,
    back: &[Op],
    from: f64,
    grid: &[f64],
    theirs: &[f64],
) -> Result<(f64, String), ColorError> {
    let inverts = |op: &Op| matches!(op, Op::Lut3D(_, Direction::Inverse));
    let back = match ops.iter().any(inverts) {
        true => Some(ColorProgram::new(back.to_vec(), Optimization::None)?),
        false => None,
    };
    let program = ColorProgram::new(ops, Optimization::None)?;
    let mut worst = (0.0, String::new());
    for (pixel, expected) in grid.chunks_exact(4).zip(theirs.chunks_exact(4)) {
        let pixel = [pixel[0], pixel[1], pixel[2], pixel[3]];
        if pixel.iter().any(|v| *v < from) {
            continue;
        }
        let ours = program.eval(pixel);
        if let Some(back) = &back {
            let expected = [expected[0], expected[1], expected[2], expected[3]];
            let residual = |p| {
                let found = back.eval(p);
                (0..3)
                    .map(|c| (found[c] - pixel[c]).powi(2))
                    .sum::<f64>()
                    .sqrt()
            };
            let theirs = residual(expected);
            if theirs > UNREACHED || residual(ours) <= theirs + TOLERANCE {
                continue;
            }
        }
        let leads = back.as_ref().map(|back| {
            let e = [expected[0], expected[1], expected[2], expected[3]];
            format!(
                "; ours leads back to {:?}, theirs to {:?}",
                back.eval(ours),
                back.eval(e)
            )
        });
        for (a, b) in ours.iter().zip(expected) {
            let d = difference(*a, *b);
            if d > worst.0 {
                worst = (
                    d,
                    format!(
                        "{pixel:?} gives {ours:?}, expected {expected:?}{}",
                        leads.as_deref().unwrap_or_default()
                    ),
                );
            }
        }
    }
    Ok(worst)
}

/// Whether a list names a file, by its stem: written copies have other extensions.
fn listed(list: &[&str], path: &Path) -> bool {
    list.iter()
        .any(|f| Path::new(f).file_stem() == path.file_stem())
}

/// Compares every file under a folder and tells what differs; none without OpenColorIO.
fn check(folder: &Path) -> Option<Vec<String>> {
    let (grid, verdicts) = verdicts(folder)?;
    let mut failures = Vec::new();
    let mut formats: BTreeMap<&str, (usize, f64, f64)> = BTreeMap::new();
    let mut refused = 0;
    for v in &verdicts {
        let name = v.path.strip_prefix(folder).unwrap_or(&v.path).display();
        let mut fail = |what: String| failures.push(format!("{name} {}: {what}", v.cccid));
        let options = FileOptions {
            cccid: Some(v.cccid.clone()).filter(|c| !c.is_empty()),
            ..FileOptions::default()
        };
        let read = file::load(&v.path, &options);
        let more = listed(&MORE, &v.path);
        match (read, &v.error) {
            (Ok(_), Some(_)) if more => {}
            (Ok(_), Some(theirs)) => fail(format!("read, but: {theirs}")),
            (Err(ours), None) => fail(format!("refused: {ours}")),
            (Err(ours), Some(_)) => {
                refused += 1;
                let message = ours.to_string();
                let place = match &ours {
                    ColorError::File { line, .. } => *line > 0 || message.contains("Consortium"),
                    ColorError::UnknownFormat { .. } => true,
                    _ => false,
                };
                if !place || !message.contains(&*v.path.file_name().unwrap().to_string_lossy()) {
                    fail(format!("the message names no place: {message}"));
                }
            }
            (Ok(read), None) => {
                let entry = formats.entry(read.format).or_default();
                entry.0 += 1;
                let looser = LOOSER.iter().find(|(f, _)| listed(&[f], &v.path));
                let tolerance = looser.map_or(TOLERANCE, |l| l.1);
                let inverse = Op::inverse_of(&read.ops);
                let from = if listed(&NOT_NEGATIVE, &v.path) {
                    0.0
                } else {
                    f64::NEG_INFINITY
                };
                let forward = read.ops.clone();
                let back = inverse.as_deref().unwrap_or_default();
                match compare(forward.clone(), back, from, &grid, &v.forward) {
                    Ok((d, at)) => {
                        entry.1 = entry.1.max(d);
                        if d > tolerance {
                            fail(format!("{d:.2e} off: {at}"));
                        }
                    }
                    Err(e) => fail(format!("does not compile: {e}")),
                }
                if v.inverse.is_empty()
                    || listed(&FORWARD_ONLY, &v.path)
                    || listed(&FLAT_CUBES, &v.path)
                {
                    continue;
                }
                match inverse.and_then(|ops| compare(ops, &forward, from, &grid, &v.inverse)) {
                    Ok((d, at)) => {
                        entry.2 = entry.2.max(d);
                        if d > tolerance {
                            fail(format!("inverse {d:.2e} off: {at}"));
                        }
                    }
                    Err(e) => fail(format!("no inverse: {e}")),
                }
            }
        }
    }
    println!("{} files, {refused} refused", verdicts.len());
    for (format, (files, forward, inverse)) in formats {
        println!(
            "{format}: {files} files, forward within {forward:.1e}, inverse within {inverse:.1e}"
        );
    }
    Some(failures)
}

fn none_of(failures: &[String]) {
    let all = failures.join("\n");
    assert!(failures.is_empty(), "{} failures:\n{all}", failures.len());
}

#[test]
fn color_files_as_opencolorio() {
    let Some(folder) = workspace::data("color") else {
        return;
    };
    if let Some(failures) = check(&folder) {
        none_of(&failures);
    }
}

/// Each file, written as CTF and in its own format, read by OpenColorIO.
#[test]
fn color_files_written_for_opencolorio() {
    let Some(folder) = workspace::data("color") else {
        return;
    };
    let target = tempfile::tempdir().unwrap();
    let mut written = 0;
    for (i, path) in workspace::files(&folder).iter().enumerate() {
        let Ok(read) = file::load(path, &FileOptions::default()) else {
            continue;
        };
        let into = target.path().join(i.to_string());
        std::fs::create_dir(&into).unwrap();
        for name in [read.format, "Color Transform Format"] {
            let Some(format) = file::format(name).filter(|f| f.writes()) else {
                continue;
            };
            // A file of no operation has nothing to write; some formats hold less than they read.
            let Ok(text) = file::write(&read.ops, name, &file::WriteOptions::default()) else {
                assert!(
                    name != "Color Transform Format" || read.ops.is_empty(),
                    "{path:?}"
                );
                continue;
            };
            let file = into.join(path.file_name().unwrap());
            std::fs::write(file.with_extension(format.extensions[0]), text).unwrap();
            written += 1;
        }
    }
    println!("{written} files written");
    if let Some(failures) = check(target.path()) {
        none_of(&failures);
    }
}
