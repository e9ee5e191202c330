//! `vfx color checklut`: what a colour file holds.

use super::apply::{pixel, print, through};
use crate::globals::Globals;
use anyhow::Result;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::color::science::file::{self, FileOptions};
use vfx::color::science::{ColorProgram, Direction, Optimization};

/// Arguments of `checklut`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx color checklut grade.cube -- 0.18,0.18,0.18")]
pub struct ChecklutArgs {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Id or index in a collection of corrections
    #[arg(long, value_name = "ID")]
    cccid: Option<String>,
    /// Backwards
    #[arg(long)]
    inverse: bool,
    /// Values to run through it: r,g,b or r,g,b,a
    #[arg(value_name = "R,G,B", last = true)]
    values: Vec<String>,
}

/// Reads, compiles and reports.
pub fn run(globals: &Globals, args: &ChecklutArgs) -> Result<ExitCode> {
    let pixels = args
        .values
        .iter()
        .map(|v| pixel(v))
        .collect::<Result<Vec<_>>>()?;
    let options = FileOptions {
        cccid: args.cccid.clone(),
        ..FileOptions::default()
    };
    let read = file::load(&args.file, &options)?;
    let (format, info) = (read.format, read.info.clone());
    let direction = if args.inverse {
        Direction::Inverse
    } else {
        Direction::Forward
    };
    let ops = read.directed(direction)?;
    let program = ColorProgram::new(ops, Optimization::None)?;
    if !pixels.is_empty() {
        print(globals, &through(&program, &pixels))?;
        return Ok(ExitCode::SUCCESS);
    }
    let steps: Vec<_> = program.steps().iter().map(|s| s.name).collect();
    let mut out = std::io::stdout().lock();
    if globals.json {
        let info = serde_json::json!({"file": args.file, "format": format, "info": info, "operations": steps});
        writeln!(out, "{info}")?;
    } else {
        writeln!(out, "{}: {}", args.file.display(), format)?;
        for (key, value) in &info {
            writeln!(out, "  {key}: {value}")?;
        }
        for s in steps {
            writeln!(out, "  {s}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
