//! Every elementary transform of every built-in config and of the test configs against OpenColorIO at optimisation NONE.
//!
//! Errors are relative to max(|reference|, 1). Bounds: 1e-5 for spaces, looks and named transforms; for views, forward and
//! inverse, 1e-2 at the 99th percentile: a wrong list of operations is off by far more, and the accuracy of ACES and PQ steps
//! is tested with those operations. The worst are printed. Where OpenColorIO overflows (logs far above code 1), only that is
//! counted.

use std::process::Command;
use vfx_color::{ColorError, ColorProgram, Direction, Optimization};
use vfx_ocio::{Config, OcioError, Transform, builtin};
use vfx_testkit::{peers, workspace};

struct Row {
    config: String,
    kind: String,
    names: Vec<String>,
    /// Results, or what OpenColorIO said.
    expected: Result<Vec<[f32; 4]>, String>,
}

fn text(v: &serde_json::Value) -> String {
    v.as_str().unwrap_or_default().to_owned()
}

fn pixel(v: &serde_json::Value) -> [f32; 4] {
    std::array::from_fn(|i| match &v[i] {
        serde_json::Value::String(s) => s.parse().unwrap(),
        n => n.as_f64().unwrap() as f32,
    })
}

/// What OpenColorIO makes of configs.
fn evaluate(configs: &[String]) -> Option<(Vec<[f32; 4]>, Vec<Row>)> {
    let python = peers::python()?;
    if !peers::has_module(&python, "PyOpenColorIO") {
        return None;
    }
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/evaluate.py");
    let out = Command::new(python)
        .arg(script)
        .args(configs)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let said = String::from_utf8_lossy(&out.stdout);
    let mut lines = said
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
    let pixels = lines.next().unwrap()["pixels"]
        .as_array()
        .unwrap()
        .iter()
        .map(pixel)
        .collect();
    let row = |v: serde_json::Value| Row {
        config: text(&v["config"]),
        kind: text(&v["kind"]),
        names: v["names"].as_array().unwrap().iter().map(text).collect(),
        expected: match v["error"].as_str() {
            Some(e) => Err(e.to_owned()),
            None => Ok(v["out"].as_array().unwrap().iter().map(pixel).collect()),
        },
    };
    Some((pixels, lines.map(row).collect()))
}

fn ours(config: &Config, row: &Row, pixels: &[[f32; 4]]) -> Result<Vec<[f32; 4]>, OcioError> {
    let n = &row.names;
    let context = config.context();
    let look = |direction| {
        let t = Transform::Look {
            src: n[0].clone(),
            dst: n[0].clone(),
            looks: n[1].clone(),
            skip_conversion: false,
            direction: Direction::Forward,
        };
        config.ops(&t, direction, &context)
    };
    let ops = match row.kind.as_str() {
        "space" => config.conversion(&n[0], &n[1], &context),
        "view" => config.view_ops(&n[0], &n[1], &n[2], Direction::Forward, &context),
        "inverse view" => config.view_ops(&n[0], &n[1], &n[2], Direction::Inverse, &context),
        "look" => look(Direction::Forward),
        "inverse look" => look(Direction::Inverse),
        "named" => config.named_ops(&n[0], Direction::Forward, &context),
        "inverse named" => config.named_ops(&n[0], Direction::Inverse, &context),
        other => panic!("unknown kind {other}"),
    }?;
    let program = ColorProgram::new(ops, Optimization::None)?;
    let mut flat: Vec<f32> = pixels.iter().flatten().copied().collect();
    program.apply_rgba(&mut flat);
    Ok(flat
        .chunks_exact(4)
        .map(|c| [c[0], c[1], c[2], c[3]])
        .collect())
}

/// Largest relative error, and the one at the 99th percentile.
fn errors(got: &[[f32; 4]], expected: &[[f32; 4]]) -> (f64, f64) {
    let mut all: Vec<f64> = Vec::new();
    for (g, e) in got.iter().flatten().zip(expected.iter().flatten()) {
        let (g, e) = (f64::from(*g), f64::from(*e));
        all.push(match (g.is_finite(), e.is_finite()) {
            (true, true) => (g - e).abs() / e.abs().max(1.0),
            (_, false) => 0.0,
            // Its tables end at the largest half, where a formula goes on.
            (false, true) if e.abs() > 1e4 => 0.0,
            (false, true) => f64::INFINITY,
        });
    }
    all.sort_by(f64::total_cmp);
    (all[all.len() - 1], all[all.len() * 99 / 100])
}

/// `bound` of everything but views; `None` for the 99th percentile instead.
fn compare(configs: &[String], bound: Option<f64>) {
    let Some((pixels, rows)) = evaluate(configs) else {
        return;
    };
    let mut failed = Vec::new();
    let mut worst: Vec<(f64, f64, String)> = Vec::new();
    let mut opened: Option<(String, Config)> = None;
    let (mut counted, mut unread, mut overflown) = (0, 0, 0);
    for row in &rows {
        if opened.as_ref().is_none_or(|(name, _)| *name != row.config) {
            match Config::open(&row.config) {
                Ok(c) => opened = Some((row.config.clone(), c)),
                Err(e) if row.kind == "open" => {
                    println!("both refuse {}: {e}", row.config);
                    continue;
                }
                Err(e) => {
                    failed.push(format!("{}: {e}", row.config));
                    continue;
                }
            }
        }
        let (_, config) = opened.as_ref().unwrap();
        let label = format!("{} {} {}", row.config, row.kind, row.names.join(" / "));
        counted += 1;
        match (ours(config, row, &pixels), &row.expected) {
            (Ok(got), Ok(expected)) => {
                let (max, p99) = errors(&got, expected);
                let finite = |v: &[[f32; 4]]| v.iter().flatten().all(|c| c.is_finite());
                overflown += usize::from(finite(&got) && !finite(expected));
                let bad = match (row.kind.as_str(), bound) {
                    ("view" | "inverse view", _) => p99 > 1e-2,
                    (_, Some(bound)) => max > bound,
                    (_, None) => p99 > 1e-4,
                };
                if bad {
                    failed.push(format!("{label}: {max:.2e}, 99 % {p99:.2e}"));
                }
                worst.push((max, p99, label));
            }
            (Err(_), Err(_)) => {}
            (Err(OcioError::Color(ColorError::UnknownFormat { .. })), Ok(_)) => unread += 1,
            (Ok(_), Err(e)) => failed.push(format!("{label}: OpenColorIO refuses: {e}")),
            (Err(e), Ok(_)) => failed.push(format!("{label}: {e}")),
        }
    }
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (max, p99, label) in worst.iter().take(12) {
        println!("{max:.2e} (99 %: {p99:.2e}) {label}");
    }
    println!("{counted} transforms, {} beyond the bounds", failed.len());
    println!("{overflown} of them overflow in OpenColorIO alone");
    if unread > 0 {
        println!("SKIPPED: {unread} of them need files of formats that are not read yet");
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn builtin_processors_are_opencolorios() {
    let names: Vec<String> = builtin::names().map(|n| format!("ocio://{n}")).collect();
    // Kernels that are not optimised take large stack frames.
    let all = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || compare(&names, Some(1e-5)));
    all.unwrap().join().unwrap();
}

#[test]
fn test_config_processors_are_opencolorios() {
    let Some(folder) = workspace::data("color/ocio/configs") else {
        return;
    };
    let is_config =
        |p: &std::path::PathBuf| p.extension().is_some_and(|e| e == "ocio" || e == "ocioz");
    let files: Vec<String> = workspace::files(&folder)
        .into_iter()
        .filter(is_config)
        .map(|p| p.display().to_string())
        .collect();
    // One by one: OpenColorIO finds a missing file of one archive in its cache of another.
    for file in files {
        compare(&[file], Some(1e-5));
    }
}

/// A config with a space for every type of transform, none of which needs a file. At the 99th percentile: OpenColorIO takes fast
/// powers and logarithms for exposure and grading even with optimisation NONE (1e-5 to 1e-4).
#[test]
fn every_transform_type_is_opencolorios() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.ocio");
    std::fs::write(&path, include_str!("transforms.ocio")).unwrap();
    compare(&[path.display().to_string()], None);
}
