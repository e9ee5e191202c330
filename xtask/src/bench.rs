//! `cargo xtask bench`: builds the program, runs `xtask/bench/run.py` and puts its tables into BENCHMARKS.md.
//!
//! The runner is Python because the peers are there anyway and wait4(2) gives CPU time and peak memory in one call.

use crate::{check, target_dir};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) fn run(root: &Path, args: &[&str]) -> Result<()> {
    let python = root.join(".peers/bin/python");
    if !python.exists() {
        bail!("no peers in .peers; run ./test once, it installs them");
    }
    check(Command::new("cargo").current_dir(root).args([
        "build",
        "--locked",
        "-q",
        "--release",
        "-p",
        "vfx-cli",
    ]))?;
    let out = Command::new(python)
        .current_dir(root)
        .arg("xtask/bench/run.py")
        .arg("--vfx")
        .arg(target_dir().join("release/vfx"))
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run xtask/bench/run.py")?;
    let text = String::from_utf8_lossy(&out.stdout);
    println!("{text}");
    if !out.status.success() {
        bail!("the bench runner failed");
    }
    if args.contains(&"--quick") {
        println!("a quick run: BENCHMARKS.md is left as it is");
        return Ok(());
    }
    let page = root.join("BENCHMARKS.md");
    let mut body = std::fs::read_to_string(&page).context("cannot read BENCHMARKS.md")?;
    for (group, table) in tables(&text) {
        body = replaced(&body, group, table)
            .with_context(|| format!("BENCHMARKS.md has no place for {group}"))?;
    }
    std::fs::write(&page, body).context("cannot write BENCHMARKS.md")
}

/// The runner's output: `## group` and its table, again and again.
fn tables(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n## ")
        .skip(1)
        .filter_map(|t| t.split_once('\n'))
}

/// The page with the text between a group's two markers replaced.
fn replaced(page: &str, group: &str, table: &str) -> Option<String> {
    let begin = format!("<!-- bench {group} -->\n");
    let start = page.find(&begin)? + begin.len();
    let end = start + page[start..].find("<!-- end -->")?;
    Some(format!(
        "{}{}\n{}",
        &page[..start],
        table.trim(),
        &page[end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_go_between_their_markers() {
        let page = "a\n<!-- bench x -->\nold\n<!-- end -->\nb\n<!-- bench y -->\n<!-- end -->\n";
        let text = "machine\n\n## x\n| 1 |\n\n## y\n| 2 |\n";
        let body = tables(text).fold(page.to_owned(), |b, (g, t)| replaced(&b, g, t).unwrap());
        assert_eq!(
            body,
            "a\n<!-- bench x -->\n| 1 |\n<!-- end -->\nb\n<!-- bench y -->\n| 2 |\n<!-- end -->\n"
        );
        assert!(replaced(page, "z", "").is_none());
    }
}
