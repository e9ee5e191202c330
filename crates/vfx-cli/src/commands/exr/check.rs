//! `vfx exr check`: what `exrcheck` does, with the findings.

use crate::globals::Globals;
use anyhow::Result;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use vfx::exr::codec::Reader;
use vfx::exr::{Checked, check};

/// Arguments of `exr check`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  vfx exr check plate.exr\n  vfx exr check --json shot/*.exr")]
pub struct CheckArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// Exit status of a file that has damage.
const DAMAGED: u8 = 1;
/// Exit status of a file that cannot be read at all.
const FAILED: u8 = 2;
/// Findings of one kind that are printed for people.
const SHOWN: usize = 10;

/// Checks every file; the status is the worst of them.
pub fn run(globals: &Globals, args: &CheckArgs) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    let job = session.job();
    let mut status = 0;
    for name in &args.files {
        let limits = &session.open_options().limits;
        let mut out = std::io::stdout().lock();
        match vfx::exr::open(Path::new(name), limits) {
            Ok(reader) => {
                let checked = check(&reader, job.budget.threads, &job.cancel)?;
                if checked.parts.iter().any(|p| p.unreadable.is_some()) {
                    status = FAILED;
                } else if !checked.is_sound() {
                    status = status.max(DAMAGED);
                }
                if globals.json {
                    writeln!(out, "{}", as_json(name, &reader, &checked))?;
                } else {
                    out.write_all(as_text(name, &reader, &checked).as_bytes())?;
                }
            }
            Err(e) => {
                // An OpenEXR file that is broken from the start is damage; anything else could not be checked.
                let broken = matches!(&e, vfx::Error::Exr { source, .. }
                    if !matches!(source, vfx::exr::codec::Error::NotExr { .. } | vfx::exr::codec::Error::Limit { .. }));
                status = status.max(if broken { DAMAGED } else { FAILED });
                if globals.json {
                    let line = json!({"file": name, "ok": false, "error": e.to_string()});
                    writeln!(out, "{line}")?;
                } else {
                    writeln!(out, "{name}: {e}")?;
                }
            }
        }
    }
    Ok(ExitCode::from(status))
}

fn as_json(name: &str, reader: &Reader, checked: &Checked) -> Json {
    let parts: Vec<Json> = checked
        .parts
        .iter()
        .zip(reader.headers())
        .map(|(p, h)| {
            let damaged: Vec<Json> = p
                .damaged
                .iter()
                .map(|d| {
                    let (min, r) = (d.region.min, &d.region);
                    json!({
                        "chunk": d.chunk, "region": [min.0, min.1, r.width(), r.height()], "problem": d.problem,
                    })
                })
                .collect();
            json!({
                "name": h.name, "type": h.part_type.as_ref().map(|t| t.name()), "chunks": p.chunks,
                "missing": p.missing, "offsets_repaired": p.repaired, "damaged": damaged, "unreadable": p.unreadable,
            })
        })
        .collect();
    json!({"file": name, "ok": checked.is_sound(), "rules": checked.broken_rules, "parts": parts})
}

fn as_text(name: &str, reader: &Reader, checked: &Checked) -> String {
    if checked.is_sound() {
        return format!("{name}: OK\n");
    }
    let mut out = format!("{name}: damaged\n");
    for rule in &checked.broken_rules {
        out += &format!("  {rule}\n");
    }
    let several = reader.headers().len() > 1;
    for (i, p) in checked.parts.iter().enumerate() {
        let part = if several {
            format!("part {i}: ")
        } else {
            String::new()
        };
        if let Some(why) = &p.unreadable {
            out += &format!("  {part}{why}\n");
        }
        let numbers = |list: &[usize]| {
            let runs = runs(list);
            let more = runs.len().saturating_sub(SHOWN);
            let shown = runs[..runs.len() - more].join(", ");
            if more > 0 {
                format!("{shown} and {more} more runs")
            } else {
                shown
            }
        };
        if !p.missing.is_empty() {
            out += &format!(
                "  {part}{} of {} chunks are missing: {}\n",
                p.missing.len(),
                p.chunks,
                numbers(&p.missing)
            );
        }
        if !p.repaired.is_empty() {
            out += &format!(
                "  {part}the offsets of {} chunks are wrong and were found again: {}\n",
                p.repaired.len(),
                numbers(&p.repaired)
            );
        }
        for d in p.damaged.iter().take(SHOWN) {
            let (min, max) = (d.region.min, d.region.max);
            out += &format!(
                "  {part}chunk {} ({} {}) - ({} {}): {}\n",
                d.chunk, min.0, min.1, max.0, max.1, d.problem
            );
        }
        if p.damaged.len() > SHOWN {
            let more = p.damaged.len() - SHOWN;
            out += &format!("  {part}and {more} more damaged chunks\n");
        }
    }
    out
}

/// `1-3`, `7` for sorted numbers.
fn runs(list: &[usize]) -> Vec<String> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for &n in list {
        match out.last_mut() {
            Some(last) if last.1 + 1 == n => last.1 = n,
            _ => out.push((n, n)),
        }
    }
    let text = |&(a, b): &(usize, usize)| {
        if a == b {
            a.to_string()
        } else {
            format!("{a}-{b}")
        }
    };
    out.iter().map(text).collect()
}
