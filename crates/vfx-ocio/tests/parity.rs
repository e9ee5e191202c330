//! Every elementary transform of every built-in config and of the test configs against OpenColorIO at optimisation NONE.
//!
//! Errors are relative to max(|reference|, 1), inputs in [-1, 64]. Bounds: 1e-5 for spaces, looks and named transforms, 1e-4
//! for views, and 1e-4 at the 99th percentile for inverse views. Where OpenColorIO is farther than that from itself (LOSSLESS
//! against NONE, an input moved by 2^-21), that distance is the bound: ACES 2 puts colours on the gamut's hull, where a display's
//! power turns 5e-8 of linear light into 1e-3 of code, and its inverse has no slope there. [`EXPLAINED`] lists the rest.
//!
//! A last block of pixels holds NaN, infinities and +-3e38: how many colours are finite in one and not in the other is
//! printed and bounded (see [`SPECIAL`]). Where OpenColorIO overflows (logs far above code 1), only that is counted.

use std::collections::BTreeMap;
use std::process::Command;
use vfx_color::{ColorProgram, Direction, Optimization};
use vfx_ocio::{Config, OcioError, Transform, builtin};
use vfx_testkit::{peers, workspace};

/// Bound of spaces, looks and named transforms.
const EXACT: f64 = 1e-5;
/// Bound of views.
const VIEW: f64 = 1e-4;

/// Rows beyond their bound: what their names contain, the bound, and why.
const EXPLAINED: [(&str, f64, &str); 1] = [(
    "inverse view ACES2065-1 / Rec.2100-PQ - Display / ACES 2.0 - HDR",
    3e-4,
    "all codes above 1 are one white, which OpenColorIO puts 2.7e-4 off the f64 instance, ours 7e-5",
)];

/// Largest share of special colour channels that are finite in one and not in the other: NaN that meets a clamp (ours is its
/// lower end, `minps` of x86 gives either operand), and values at the end of the range, which OpenColorIO's half-domain tables
/// clip and formulas overflow. Its NONE and LOSSLESS differ in the same way. Alpha is left out: its matrices multiply an
/// infinite colour with a factor of 0 and give a NaN alpha, ours keep alpha.
const SPECIAL: f64 = 0.3;

struct Row {
    config: String,
    kind: String,
    names: Vec<String>,
    /// Results, or what OpenColorIO said.
    expected: Result<Vec<[f32; 4]>, String>,
    /// How far OpenColorIO is from itself.
    spread: Option<Vec<[f32; 4]>>,
}

fn text(v: &serde_json::Value) -> String {
    v.as_str().unwrap_or_default().to_owned()
}

fn pixel(v: &serde_json::Value) -> [f32; 4] {
    std::array::from_fn(|i| v[i].as_str().unwrap().parse().unwrap())
}

fn image(v: &serde_json::Value) -> Option<Vec<[f32; 4]>> {
    Some(v.as_array()?.iter().map(pixel).collect())
}

/// What OpenColorIO makes of configs: pixels, how many of them are special, rows.
fn evaluate(configs: &[String]) -> Option<(Vec<[f32; 4]>, usize, Vec<Row>)> {
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
    let head = lines.next().unwrap();
    let special = head["special"].as_u64().unwrap() as usize;
    let row = |v: serde_json::Value| Row {
        config: text(&v["config"]),
        kind: text(&v["kind"]),
        names: v["names"].as_array().unwrap().iter().map(text).collect(),
        expected: match v["error"].as_str() {
            Some(e) => Err(e.to_owned()),
            None => Ok(image(&v["out"]).unwrap()),
        },
        spread: image(&v["spread"]),
    };
    Some((
        image(&head["pixels"]).unwrap(),
        special,
        lines.map(row).collect(),
    ))
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

/// The largest of a list, and the one at the 99th percentile.
#[derive(Clone, Copy, Default)]
struct Ends {
    max: f64,
    p99: f64,
}

impl Ends {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |i: usize| all.get(i).copied().unwrap_or(0.0);
        Self {
            max: at(all.len().saturating_sub(1)),
            p99: at(all.len() * 99 / 100),
        }
    }
}

/// Relative errors.
fn errors(got: &[[f32; 4]], expected: &[[f32; 4]]) -> Ends {
    let error = |(g, e): (&f32, &f32)| {
        let (g, e) = (f64::from(*g), f64::from(*e));
        match (g.is_finite(), e.is_finite()) {
            (true, true) => (g - e).abs() / e.abs().max(1.0),
            (_, false) => 0.0,
            // Its tables end at the largest half, where a formula goes on.
            (false, true) if e.abs() > 1e4 => 0.0,
            (false, true) => f64::INFINITY,
        }
    };
    let pairs = got.iter().flatten().zip(expected.iter().flatten());
    Ends::of(pairs.map(error).collect())
}

/// How far OpenColorIO is from itself, relative.
fn own(spread: &[[f32; 4]], expected: &[[f32; 4]]) -> Ends {
    let pairs = spread.iter().flatten().zip(expected.iter().flatten());
    let finite = pairs.filter(|(_, e)| e.is_finite());
    Ends::of(
        finite
            .map(|(s, e)| f64::from(*s) / f64::from(e.abs()).max(1.0))
            .collect(),
    )
}

/// Colour channels finite in one and not in the other.
fn mismatches(got: &[[f32; 4]], expected: &[[f32; 4]]) -> usize {
    let colours = |v: &[[f32; 4]]| -> Vec<bool> {
        v.iter()
            .flat_map(|p| &p[..3])
            .map(|c| c.is_finite())
            .collect()
    };
    let (got, expected) = (colours(got), colours(expected));
    got.iter().zip(&expected).filter(|(g, e)| g != e).count()
}

/// What a kind of transform came to.
#[derive(Default)]
struct Tally {
    rows: usize,
    worst: Vec<(Ends, Ends, String)>,
    special: usize,
}

/// Compares all transforms; `exact` is the bound of everything but views, `None` for 1e-4 at the 99th percentile.
fn compare(configs: &[String], exact: Option<f64>) {
    let Some((pixels, special, rows)) = evaluate(configs) else {
        return;
    };
    let normal = pixels.len() - special;
    let mut failed = Vec::new();
    let mut kinds: BTreeMap<String, Tally> = BTreeMap::new();
    let mut opened: Option<(String, Config)> = None;
    let mut overflown = 0;
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
        match (ours(config, row, &pixels), &row.expected) {
            (Ok(got), Ok(expected)) => {
                let ((got, got_special), (expected, expected_special)) =
                    (got.split_at(normal), expected.split_at(normal));
                let found = errors(got, expected);
                let own = row
                    .spread
                    .as_ref()
                    .map_or(Ends::default(), |s| own(&s[..normal], expected));
                let finite = |v: &[[f32; 4]]| v.iter().flatten().all(|c| c.is_finite());
                overflown += usize::from(finite(got) && !finite(expected));
                let explained = EXPLAINED.iter().find(|(name, ..)| label.contains(name));
                let view = explained.map_or(VIEW, |(_, bound, _)| *bound);
                let bad = match (row.kind.as_str(), exact) {
                    ("view", _) => {
                        found.max > view.max(2.0 * own.max) || found.p99 > view.max(own.p99)
                    }
                    ("inverse view", _) => found.p99 > view.max(1.25 * own.p99),
                    (_, Some(bound)) => found.max > bound,
                    (_, None) => found.p99 > 1e-4,
                };
                if bad {
                    failed.push(format!(
                        "{label}: {:.2e}, 99 % {:.2e}",
                        found.max, found.p99
                    ));
                }
                let tally = kinds.entry(row.kind.clone()).or_default();
                tally.rows += 1;
                tally.special += mismatches(got_special, expected_special);
                tally.worst.push((found, own, label));
            }
            (Err(_), Err(_)) => {}
            (Ok(_), Err(e)) => failed.push(format!("{label}: OpenColorIO refuses: {e}")),
            (Err(e), Ok(_)) => failed.push(format!("{label}: {e}")),
        }
    }
    for (kind, tally) in &mut kinds {
        tally.worst.sort_by(|a, b| b.0.p99.total_cmp(&a.0.p99));
        let max = tally.worst.iter().map(|w| w.0.max).fold(0.0, f64::max);
        let channels = tally.rows * special * 3;
        let within = |bound: f64, of: fn(&Ends) -> f64| {
            let inside = tally.worst.iter().filter(|w| of(&w.0) <= bound);
            inside.count()
        };
        println!(
            "{kind}: {} transforms, worst {max:.2e}, within 1e-4 {} (at the 99th percentile {}), finite in one only {} of {channels} special colour channels",
            tally.rows,
            within(VIEW, |e| e.max),
            within(VIEW, |e| e.p99),
            tally.special
        );
        if tally.special as f64 > SPECIAL * channels as f64 {
            failed.push(format!("{kind}: {} special colour channels", tally.special));
        }
        let shown = if kind.contains("view") { 8 } else { 2 };
        for (found, own, label) in tally.worst.iter().take(shown) {
            println!(
                "  99 % {:.2e}, max {:.2e} (OpenColorIO from itself {:.2e}, {:.2e}) {label}",
                found.p99, found.max, own.p99, own.max
            );
        }
    }
    println!("{overflown} overflow in OpenColorIO alone");
    assert!(
        failed.is_empty(),
        "{} beyond their bounds:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn builtin_processors_are_opencolorios() {
    let names: Vec<String> = builtin::names().map(|n| format!("ocio://{n}")).collect();
    // Kernels that are not optimised take large stack frames.
    let all = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || compare(&names, Some(EXACT)));
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
        compare(&[file], Some(EXACT));
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
