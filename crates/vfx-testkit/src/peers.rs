//! Other programs to compare with: a Python environment in `.peers` at the root, made by `./test`.
//!
//! A test whose peer is missing prints `SKIPPED: reason` and passes: a fresh machine without network stays green.

use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python with the peers' modules, or `None` with a line that says so.
pub fn python() -> Option<PathBuf> {
    let python = workspace::root().join(".peers/bin/python");
    if python.exists() {
        return Some(python);
    }
    println!("SKIPPED: no peers; ./test installs them into .peers");
    None
}

/// Whether Python finds a module; says so if not.
pub fn has_module(python: &Path, module: &str) -> bool {
    let found = Command::new(python)
        .args(["-c", &format!("import {module}")])
        .output()
        .is_ok_and(|o| o.status.success());
    if !found {
        println!("SKIPPED: the peers lack {module}");
    }
    found
}

/// Runs a script of this crate's `peers` folder; its standard output, or `None` with a line that says why not.
///
/// # Panics
/// When the script itself fails: that is a bug of the test.
pub fn script(name: &str, modules: &[&str], args: &[&str]) -> Option<String> {
    let python = python()?;
    if !modules.iter().all(|m| has_module(&python, m)) {
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name);
    let out = Command::new(python).arg(script).args(args).output().ok()?;
    assert!(
        out.status.success(),
        "{name} failed: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// The native program of the OpenImageIO wheel (`oiiotool`, `maketx`, `idiff`): the ones in `bin` are slow stubs.
pub fn oiio_program(name: &str) -> Option<PathBuf> {
    let lib = workspace::root().join(".peers/lib");
    let found = std::fs::read_dir(lib)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("site-packages/OpenImageIO/bin").join(name))
        .find(|p| p.exists());
    if found.is_none() {
        println!("SKIPPED: no {name}; ./test installs it into .peers");
    }
    found
}
