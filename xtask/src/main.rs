//! Chores of the repository: `cargo xtask bless|bench|fuzz|lines`.
//!
//! Each chore is a function that runs other programs from the root; it fails with the first of them that does.

mod bench;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const USAGE: &str = "\
usage: cargo xtask CHORE

  bless                        renew stored results: conformance, metadata, shader texts
  bench [--quick] [GROUP...]   measure against the peers and renew the tables of BENCHMARKS.md
  fuzz [TARGET] [SECONDS]      read mutated files with one reader or all, 60 s each
  lines                        Rust files over 600 lines";

/// Lines at which a file deserves a second thought (STYLE: split before 1000).
const MAX_LINES: usize = 600;
/// Address space of a fuzzed reader in kB: beyond it an allocation fails.
const FUZZ_ADDRESS_SPACE: u64 = 8 << 20;
const FUZZ_TARGETS: &[&str] = &["exr", "tiff", "png", "jpeg", "dpx", "hdr", "pnm"];

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["bless"] => bless(),
        ["bench", rest @ ..] => bench::run(&root(), rest),
        ["fuzz", rest @ ..] => fuzz(rest),
        ["lines"] => lines(),
        _ => bail!("{USAGE}"),
    }
}

fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

fn check(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}

fn bless() -> Result<()> {
    check(
        Command::new("cargo")
            .current_dir(root())
            .env("VFX_BLESS", "1")
            .args([
                "test",
                "--locked",
                "-p",
                "vfx-testkit",
                "--test",
                "oiio_conformance",
                "--test",
                "oiio_metadata",
                "--test",
                "color_text",
                "--",
                "--nocapture",
            ]),
    )
}

fn fuzz(args: &[&str]) -> Result<()> {
    let seconds = args
        .iter()
        .find(|a| a.parse::<u64>().is_ok())
        .copied()
        .unwrap_or("60");
    let named: Vec<&str> = args
        .iter()
        .filter(|a| a.parse::<u64>().is_err())
        .copied()
        .collect();
    if let Some(unknown) = named.iter().find(|t| !FUZZ_TARGETS.contains(t)) {
        bail!(
            "unknown target '{unknown}'; expected one of {}",
            FUZZ_TARGETS.join(", ")
        );
    }
    let targets = if named.is_empty() {
        FUZZ_TARGETS.to_vec()
    } else {
        named
    };
    check(Command::new("cargo").current_dir(root()).args([
        "build",
        "--locked",
        "-q",
        "--release",
        "-p",
        "vfx-testkit",
        "--bin",
        "vfx-mutate",
    ]))?;
    let program = target_dir().join("release/vfx-mutate");
    let mut faulty = Vec::new();
    for target in targets {
        let status = Command::new("sh")
            .current_dir(root())
            .arg("-c")
            .arg(format!(
                "ulimit -v {FUZZ_ADDRESS_SPACE}; exec \"$0\" \"$@\""
            ))
            .arg(&program)
            .args([target, seconds])
            .status()
            .context("cannot run sh")?;
        if !status.success() {
            faulty.push(target);
        }
    }
    if !faulty.is_empty() {
        bail!(
            "faults in {}; the files are in fuzz/artifacts",
            faulty.join(", ")
        );
    }
    Ok(())
}

/// Where cargo builds: the variable that `./vfx` and `./test` set, or the folder this very program lies in.
fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || {
            let own = std::env::current_exe().unwrap_or_default();
            own.ancestors().nth(2).unwrap_or(&own).to_path_buf()
        },
        PathBuf::from,
    )
}

fn lines() -> Result<()> {
    let root = root();
    let mut long = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("xtask"), root.join("fuzz")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read '{}'", folder.display()))?
        {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let count = std::fs::read_to_string(&path)?.lines().count();
                if count > MAX_LINES {
                    long.push((
                        count,
                        path.strip_prefix(&root).unwrap_or(&path).to_path_buf(),
                    ));
                }
            }
        }
    }
    long.sort_by(|a, b| b.cmp(a));
    for (count, path) in &long {
        println!("{count:5} {}", path.display());
    }
    println!("{} files over {MAX_LINES} lines", long.len());
    Ok(())
}
