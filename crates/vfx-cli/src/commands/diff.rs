//! `vfx diff`: two images compared, idiff's way.

use crate::globals::Globals;
use crate::metadata::number;
use crate::progress::Watch;
use crate::text::g;
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use vfx::ops::{Comparison, Thresholds};
use vfx::{Image, SaveOptions};
use vfx_core::Alpha;

/// Arguments of `diff`.
#[derive(clap::Args)]
#[command(
    after_help = "Status: 0 same, 1 differs, 2 error.\n\nExamples:\n  vfx diff a.exr b.exr\n  \
                  vfx diff a.png b.png --fail 0.004 --failpercent 1 --hardfail 0.1 -o difference.png"
)]
pub struct DiffArgs {
    /// First image
    a: String,
    /// Second image
    b: String,
    /// A pixel fails when a channel is off by more (0..1 for integers)
    #[arg(long, default_value_t = 1e-6, value_name = "X")]
    fail: f64,
    /// Per cent of the pixels that may fail
    #[arg(long, default_value_t = 0.0, value_name = "P")]
    failpercent: f64,
    /// No sample may be off by more
    #[arg(long, default_value_t = f64::INFINITY, value_name = "X", hide_default_value = true)]
    hardfail: f64,
    /// A pixel is warned about when a channel is off by more
    #[arg(long, default_value_t = 1e-6, value_name = "X")]
    warn: f64,
    /// Per cent of the pixels that may be warned about
    #[arg(long, default_value_t = 0.0, value_name = "P")]
    warnpercent: f64,
    /// One sample off by more warns
    #[arg(long, default_value_t = f64::INFINITY, value_name = "X", hide_default_value = true)]
    hardwarn: f64,
    /// Write the absolute difference
    #[arg(short, long, value_name = "DIFF")]
    output: Option<String>,
}

/// Compares all parts.
pub fn run(globals: &Globals, args: &DiffArgs) -> Result<ExitCode> {
    let (session, console) = globals.session()?;
    let limits = Thresholds {
        fail: args.fail,
        fail_percent: args.failpercent,
        hard_fail: args.hardfail,
        warn: args.warn,
        warn_percent: args.warnpercent,
        hard_warn: args.hardwarn,
    };
    let (mut a, mut b) = (
        session.open(&args.a)?.images(),
        session.open(&args.b)?.images(),
    );
    for (a, b) in a.iter_mut().zip(&mut b) {
        // Straight against premultiplied colour: both premultiplied mean the same.
        if a.spec().alpha != b.spec().alpha {
            (*a, *b) = (
                a.with_alpha(Alpha::Associated),
                b.with_alpha(Alpha::Associated),
            );
        }
    }
    let differences: Vec<Image> = a
        .iter()
        .zip(&b)
        .map(|(a, b)| Image::from_graph(vfx::ops::difference(a.graph(), b.graph()), &session))
        .collect();
    let mut out = std::io::stdout().lock();
    let options = SaveOptions::default();
    if globals.explain {
        let name = args.output.as_deref().unwrap_or("null:");
        let plan = session.explain(&differences, name, &options)?;
        super::print_plan(&mut out, name, &plan, globals.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let watch = Watch::start(globals, &session.job().progress, &console);
    let mut all = Vec::new();
    for (a, b) in a.iter().zip(&b) {
        all.push(vfx::ops::compare(
            session.job(),
            a.graph(),
            b.graph(),
            &limits,
        )?);
    }
    if let Some(path) = &args.output {
        session.save(&differences, path, &options)?;
    }
    drop(watch);
    let fails = a.len() != b.len() || all.iter().any(|c| c.fails(&limits));
    let warns = fails || all.iter().any(|c| c.warns(&limits));
    let verdict = match (fails, warns) {
        (true, _) => "FAILURE",
        (false, true) => "WARNING",
        (false, false) => "PASS",
    };
    if globals.json {
        let parts: Vec<_> = all.iter().map(as_json).collect();
        let line = json!({"a": args.a, "b": args.b, "result": verdict.to_lowercase(), "differs": fails,
            "parts": parts, "part_counts": [a.len(), b.len()]});
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "Comparing \"{}\" and \"{}\"", args.a, args.b)?;
        if a.len() != b.len() {
            writeln!(out, "  {} parts against {}", a.len(), b.len())?;
        }
        for (i, c) in all.iter().enumerate() {
            if all.len() > 1 {
                writeln!(out, " part {i}")?;
            }
            print(&mut out, c, &limits, warns)?;
        }
        writeln!(out, "{verdict}")?;
    }
    Ok(ExitCode::from(u8::from(fails)))
}

fn print(out: &mut dyn Write, c: &Comparison, t: &Thresholds, warns: bool) -> Result<()> {
    if c.channels.0 != c.channels.1 {
        writeln!(out, "  {} channels against {}", c.channels.0, c.channels.1)?;
    }
    if c.windows_differ {
        writeln!(
            out,
            "  the data windows differ: compared over both, black beyond"
        )?;
    }
    let Some(w) = c.worst.as_ref().filter(|_| warns) else {
        return Ok(());
    };
    writeln!(out, "  Mean error = {}", g(c.mean_error))?;
    writeln!(out, "  RMS error = {}", g(c.rms_error))?;
    writeln!(out, "  Peak SNR = {}", g(c.psnr))?;
    writeln!(
        out,
        "  Max error  = {} @ ({}, {}, {})  values are {} vs {}",
        g(c.max_error),
        w.x,
        w.y,
        w.channel,
        g(f64::from(w.a)),
        g(f64::from(w.b))
    )?;
    if c.nan_mismatches > 0 {
        writeln!(
            out,
            "  {} samples are NaN in one image only",
            c.nan_mismatches
        )?;
    }
    let share = |n: u64| format!("{:.3}%", n as f64 * 100.0 / c.pixels.max(1) as f64);
    writeln!(
        out,
        "  {} pixels ({}) over {}",
        c.warnings,
        share(c.warnings),
        g(t.warn)
    )?;
    writeln!(
        out,
        "  {} pixels ({}) over {}",
        c.failures,
        share(c.failures),
        g(t.fail)
    )?;
    Ok(())
}

fn as_json(c: &Comparison) -> serde_json::Value {
    let worst = c.worst.as_ref().map(|w| {
        json!({"x": w.x, "y": w.y, "channel": w.channel, "a": number(f64::from(w.a)), "b": number(f64::from(w.b))})
    });
    json!({
        "mean_error": number(c.mean_error), "rms_error": number(c.rms_error), "psnr": number(c.psnr),
        "max_error": number(c.max_error), "worst": worst, "failures": c.failures, "warnings": c.warnings,
        "nan_mismatches": c.nan_mismatches, "pixels": c.pixels, "windows_differ": c.windows_differ,
        "channels": [c.channels.0, c.channels.1],
    })
}
