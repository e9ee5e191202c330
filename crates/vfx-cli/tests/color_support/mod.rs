//! The program, OpenColorIO's programs, and colour jobs through OpenColorIO.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::bench::{root, succeeded};

pub use super::bench::Bench;

impl Bench {
    /// Values through a verb that prints them as JSON.
    pub fn values(&self, line: &[&str], pixels: &[[f64; 3]]) -> Vec<[f64; 3]> {
        let texts: Vec<_> = pixels
            .iter()
            .map(|p| p.map(|v| v.to_string()).join(","))
            .collect();
        let mut all = vec!["--json"];
        all.extend(line);
        all.push("--");
        all.extend(texts.iter().map(String::as_str));
        let out: Value = serde_json::from_str(&self.ok(&all)).expect("JSON");
        rows(&out["values"])
    }
    /// A program of OpenColorIO in this folder; `None` without peers.
    pub fn ocio(&self, program: &str, line: &[&str], config: &str) -> Option<Output> {
        let path = peers()?.join(program);
        if !path.exists() {
            println!("SKIPPED: the peers lack {program}");
            return None;
        }
        let mut command = Command::new(path);
        command
            .args(line)
            .current_dir(self.file("."))
            .env("OCIO", config);
        Some(command.output().expect("the peer starts"))
    }
    /// The same, which has to succeed: its standard output.
    pub fn ocio_ok(&self, program: &str, line: &[&str], config: &str) -> Option<String> {
        self.ocio(program, line, config)
            .map(|out| succeeded(line, out))
    }
}

/// The programs of the peers, or a line that says there are none.
pub fn peers() -> Option<PathBuf> {
    let folder = root().join(".peers/bin");
    if folder.join("python").exists() {
        return Some(folder);
    }
    println!("SKIPPED: no peers; ./test installs them into .peers");
    None
}

/// Rows of three numbers; what is not finite is a text.
pub fn rows(v: &Value) -> Vec<[f64; 3]> {
    let number = |v: &Value| match v {
        Value::String(s) => s.parse().expect("a number"),
        v => v.as_f64().expect("a number"),
    };
    let row = |r: &Value| std::array::from_fn(|i| number(&r[i]));
    v.as_array().expect("rows").iter().map(row).collect()
}

/// Jobs through OpenColorIO; `None` without peers.
pub fn ask(jobs: &[Value], modules: &[&str]) -> Option<Vec<Value>> {
    let python = peers()?.join("python");
    for module in modules {
        let found = Command::new(&python)
            .args(["-c", &format!("import {module}")])
            .output();
        if !found.is_ok_and(|o| o.status.success()) {
            println!("SKIPPED: the peers lack {module}");
            return None;
        }
    }
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/color_support/ocio.py"))
        .env_remove("OCIO")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let text = json!(jobs).to_string();
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(text.as_bytes())
        .expect("the peer reads");
    let out = child.wait_with_output().expect("the peer ends");
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{err}");
    Some(serde_json::from_slice(&out.stdout).expect("JSON"))
}

/// The largest difference relative to `max(|theirs|, 1)`.
pub fn worst(ours: &[[f64; 3]], theirs: &[[f64; 3]]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let pairs = ours.iter().flatten().zip(theirs.iter().flatten());
    pairs
        .map(|(a, b)| {
            if a.is_finite() && b.is_finite() {
                (a - b).abs() / b.abs().max(1.0)
            } else if a == b || a.is_nan() && b.is_nan() {
                0.0
            } else {
                f64::INFINITY
            }
        })
        .fold(0.0, f64::max)
}

/// Colours of every kind, within `low` and `high`.
pub fn colours(low: f64, high: f64) -> Vec<[f64; 3]> {
    let steps = [0.0, 0.01, 0.07, 0.18, 0.35, 0.5, 0.77, 0.93, 1.0];
    let at = |i: usize| low + (high - low) * steps[i % steps.len()];
    let grey = (0..steps.len()).map(|i| [at(i); 3]);
    let mixed = (0..60).map(|i| [at(i), at(i / 2 + 3), at(7 * i + 5)]);
    grey.chain(mixed)
        .map(|p| p.map(|v| f64::from(v as f32)))
        .collect()
}
