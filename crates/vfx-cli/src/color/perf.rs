//! `vfx color perf`: how long a conversion takes to build and to run, on one thread.

use super::ColorArgs;
use crate::globals::Globals;
use anyhow::{Result, bail};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;
use vfx::color::science::Optimization;

/// Arguments of `perf`.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  vfx color perf --from ACEScg --display 'sRGB - Display' --size 1920x1080"
)]
pub struct PerfArgs {
    #[command(flatten)]
    color: ColorArgs,
    /// Size of the frame
    #[arg(long, value_name = "WxH", default_value = "1920x1080")]
    size: String,
    /// Runs; the fastest and the median count
    #[arg(long, value_name = "N", default_value_t = 5)]
    runs: usize,
}

/// A gradient with some noise: every code path, nothing that a cache of values could keep.
fn frame(pixels: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_u32;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let mut out = Vec::with_capacity(4 * pixels);
    for i in 0..pixels {
        let g = i as f32 / pixels as f32;
        out.extend([g + 0.1 * noise(), noise(), 1.0 - g + 0.1 * noise(), 1.0]);
    }
    out
}

/// Measures.
pub fn run(globals: &Globals, args: &PerfArgs) -> Result<ExitCode> {
    let (w, h) = crate::commands::convert::tile(&args.size)?;
    let Some(pixels) = w.checked_mul(h).filter(|n| *n <= 1 << 27) else {
        bail!(
            "--size is '{}', expected at most 134 million pixels",
            args.size
        );
    };
    let start = Instant::now();
    let steps = args.color.steps()?;
    let program = args.color.program(steps.ops, Optimization::Default)?;
    let build = start.elapsed().as_secs_f64() * 1e3;
    let source = frame(pixels);
    let mut buffer = source.clone();
    let mut times: Vec<f64> = (0..args.runs.clamp(1, 1000))
        .map(|_| {
            buffer.copy_from_slice(&source);
            let start = Instant::now();
            program.apply_rgba(&mut buffer);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let rate = |t: f64| pixels as f64 / t / 1e6;
    let (best, median) = (rate(times[0]), rate(times[times.len() / 2]));
    let mut out = std::io::stdout().lock();
    if globals.json {
        let all = serde_json::json!({
            "pixels": pixels, "build_ms": build, "best_mpix_per_s": best, "median_mpix_per_s": median,
        });
        writeln!(out, "{all}")?;
    } else {
        writeln!(out, "config and program: {build:.2} ms")?;
        writeln!(
            out,
            "{}x{h}, f32 RGBA, one thread: {best:.1} Mpix/s (median {median:.1})",
            w
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
