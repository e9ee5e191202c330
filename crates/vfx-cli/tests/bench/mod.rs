//! The program from outside, in a folder of its own.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program; colours come from no environment.
fn program(line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vfx"));
    command.args(line).env_remove("OCIO");
    command
}

/// Standard output of a run that has to succeed.
pub fn succeeded(line: &[&str], out: Output) -> String {
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{line:?}: {err}");
    String::from_utf8(out.stdout).expect("text")
}

/// Runs on absolute paths.
pub fn vfx(line: &[&str]) -> Output {
    program(line).output().expect("vfx starts")
}

/// Runs on absolute paths and expects success; returns standard output.
pub fn done(line: &[&str]) -> String {
    succeeded(line, vfx(line))
}

/// Standard output as JSON, whatever the status.
pub fn json(line: &[&str]) -> serde_json::Value {
    serde_json::from_slice(&vfx(line).stdout).expect("JSON")
}

/// Top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder of test data, or a line that says there is none.
pub fn data(area: &str) -> Option<PathBuf> {
    let base = std::env::var_os("VFX_TEST_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let folder = base.join(area).canonicalize().ok();
    if folder.is_none() {
        println!("SKIPPED: no test data of {area}");
    }
    folder
}

/// A folder in which the program runs.
pub struct Bench(tempfile::TempDir);

impl Bench {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }
    /// A name in the folder, for a file system call.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    /// A name in the folder, for a command line.
    pub fn path(&self, name: &str) -> String {
        self.file(name).to_string_lossy().into_owned()
    }
    pub fn vfx(&self, line: &[&str]) -> Output {
        self.under(&[], line)
    }
    /// Runs with environment variables.
    pub fn under(&self, variables: &[(&str, &str)], line: &[&str]) -> Output {
        program(&[&["--threads", "2"], line].concat())
            .current_dir(self.0.path())
            .envs(variables.iter().copied())
            .output()
            .expect("vfx starts")
    }
    /// Runs and expects success; returns standard output.
    pub fn ok(&self, line: &[&str]) -> String {
        succeeded(line, self.vfx(line))
    }
    /// Runs and expects success; returns what was said beside it.
    pub fn remarks(&self, line: &[&str]) -> String {
        let out = self.vfx(line);
        let err = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.success(), "{line:?}: {err}");
        err
    }
    /// Runs and expects a failure with a message; returns it.
    pub fn fails(&self, line: &[&str]) -> String {
        let out = self.vfx(line);
        let err = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{line:?}: {err}");
        assert!(err.contains("error: "), "{line:?}: {err}");
        assert!(!err.contains("panicked"), "{line:?}: {err}");
        err
    }
    pub fn code(&self, line: &[&str]) -> i32 {
        self.vfx(line).status.code().expect("no signal")
    }
    /// Outputs that were begun and neither finished nor removed.
    pub fn left_over(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.0.path()).expect("the folder");
        names
            .map(|e| e.expect("an entry").file_name())
            .map(|n| n.to_string_lossy().into_owned())
            .filter(|n| n.ends_with(".part"))
            .collect()
    }
}
