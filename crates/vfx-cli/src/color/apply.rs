//! `vfx color apply`: values through a conversion.

use super::ColorArgs;
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::process::ExitCode;
use vfx::color::science::{ColorProgram, Optimization};

/// Arguments of `apply`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx color apply --from ACEScg --to 'sRGB Encoded Rec.709 (sRGB)' -- 0.18,0.18,0.18\n  \
                  vfx color apply --json --lut grade.cube -- 0.1,0.2,0.3 1,1,1"
)]
pub struct ApplyArgs {
    #[command(flatten)]
    color: ColorArgs,
    /// Values: r,g,b or r,g,b,a
    #[arg(required = true, value_name = "R,G,B", allow_hyphen_values = true)]
    values: Vec<String>,
}

/// Three or four numbers.
pub fn pixel(text: &str) -> Result<Vec<f32>> {
    let numbers: Result<Vec<f32>, _> = text.split(',').map(|v| v.trim().parse()).collect();
    let numbers = numbers.with_context(|| format!("'{text}' is no list of numbers"))?;
    if !(3..=4).contains(&numbers.len()) {
        bail!("'{text}' has {} numbers, expected 3 or 4", numbers.len());
    }
    Ok(numbers)
}

/// Runs pixels, each of three or four numbers.
pub fn through(program: &ColorProgram, pixels: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let run = |p: &Vec<f32>| {
        let mut rgba = [p[0], p[1], p[2], p.get(3).copied().unwrap_or(1.0)];
        program.apply_rgba(&mut rgba);
        rgba[..p.len()].to_vec()
    };
    pixels.iter().map(run).collect()
}

/// Prints pixels as JSON or a line each.
pub fn print(globals: &Globals, values: &[Vec<f32>]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if globals.json {
        // JSON has no NaN and no infinity: they are texts.
        let number = |v: &f32| {
            if v.is_finite() {
                serde_json::json!(v)
            } else {
                serde_json::json!(v.to_string())
            }
        };
        let rows: Vec<Vec<_>> = values
            .iter()
            .map(|p| p.iter().map(number).collect())
            .collect();
        writeln!(out, "{}", serde_json::json!({ "values": rows }))?;
    } else {
        for p in values {
            let text: Vec<_> = p.iter().map(f32::to_string).collect();
            writeln!(out, "{}", text.join(","))?;
        }
    }
    Ok(())
}

/// Applies.
pub fn run(globals: &Globals, args: &ApplyArgs) -> Result<ExitCode> {
    let pixels = args
        .values
        .iter()
        .map(|v| pixel(v))
        .collect::<Result<Vec<_>>>()?;
    let steps = args.color.steps()?;
    let program = args.color.program(steps.ops, Optimization::Lossless)?;
    print(globals, &through(&program, &pixels))?;
    Ok(ExitCode::SUCCESS)
}
