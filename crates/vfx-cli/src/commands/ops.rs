//! `vfx ops`: what `vfx run` can do.

use crate::globals::Globals;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use vfx::ops::{OPS, OpSpec, Param, ParamKind};

/// Arguments of `ops`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  vfx ops\n  vfx ops resize")]
pub struct OpsArgs {
    /// Only this one, in full
    name: Option<String>,
}

fn kind(p: &Param) -> String {
    match p.kind {
        ParamKind::Choice(names) => names.join("|"),
        k => format!("{k:?}").to_lowercase(),
    }
}

fn param(p: &Param) -> Value {
    json!({"name": p.name, "kind": kind(p), "unit": p.unit, "default": p.default, "doc": p.doc})
}

fn op(o: &OpSpec) -> Value {
    json!({
        "name": o.name, "doc": o.doc, "example": o.example, "images": o.images,
        "args": o.args.iter().map(param).collect::<Vec<_>>(),
        "modifiers": o.modifiers.iter().map(param).collect::<Vec<_>>(),
    })
}

/// Prints the registry, or one operation.
pub fn run(globals: &Globals, args: &OpsArgs) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let one = match &args.name {
        Some(n) => Some(vfx::ops::find(n.trim_start_matches('-')).with_context(|| {
            format!(
                "there is no operation --{}; `vfx ops` lists them all",
                n.trim_start_matches('-')
            )
        })?),
        None => None,
    };
    match (one, globals.json) {
        (Some(o), true) => writeln!(out, "{}", serde_json::to_string_pretty(&op(o))?)?,
        (None, true) => {
            let all: Vec<_> = OPS.iter().map(|o| op(o)).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        }
        (Some(o), false) => full(&mut out, o)?,
        (None, false) => {
            for o in OPS {
                let args: Vec<_> = o.args.iter().map(|p| p.name.to_uppercase()).collect();
                writeln!(
                    out,
                    "{:28} {}",
                    format!("--{} {}", o.name, args.join(" ")),
                    o.doc
                )?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn full(out: &mut dyn Write, o: &OpSpec) -> Result<()> {
    writeln!(
        out,
        "--{}: {}\n  images: {}\n  example: {}",
        o.name, o.doc, o.images, o.example
    )?;
    for (title, list) in [("arguments", o.args), ("modifiers", o.modifiers)] {
        if !list.is_empty() {
            writeln!(out, "  {title}:")?;
        }
        for p in list {
            let default = if p.default.is_empty() {
                String::new()
            } else {
                format!(" [default: {}]", p.default)
            };
            let unit = if p.unit.is_empty() {
                String::new()
            } else {
                format!(", {}", p.unit)
            };
            writeln!(
                out,
                "    {}: {} ({}{unit}){default}",
                p.name,
                p.doc,
                kind(p)
            )?;
        }
    }
    Ok(())
}
