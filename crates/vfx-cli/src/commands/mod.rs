//! One file a command.

pub mod convert;
pub mod diff;
pub mod exr;
pub mod formats;
pub mod info;
pub mod jpeg;
pub mod lutbox;
pub mod lutbox_look;
pub mod lutbox_serve;
pub mod ops;
pub mod run;
pub mod shell;

use crate::cli::{Cli, Command};
use anyhow::Result;
use std::process::ExitCode;
use vfx::compute::Explanation;

/// Runs the command that was asked for.
pub fn dispatch(cli: Cli) -> Result<ExitCode> {
    let g = cli.globals;
    match cli.command {
        Command::Info(a) => info::run(&g, &a),
        Command::Convert(a) => convert::run(&g, &a),
        Command::Run(a) => run::run(g, a),
        Command::Diff(a) => diff::run(&g, &a),
        Command::Exr(a) => exr::run(&g, &a),
        Command::Jpeg(a) => jpeg::run(&g, &a),
        Command::Color(a) => crate::color::run(&g, &a),
        Command::Formats(_) => formats::run(&g),
        Command::Lutbox(a) => lutbox::run(&g, a),
        Command::Ops(a) => ops::run(&g, &a),
        Command::Completions(a) => shell::completions(&a),
        Command::Man(a) => shell::man(&a),
    }
}

/// The plan of one output, for `--explain`.
fn print_plan(
    out: &mut dyn std::io::Write,
    name: &str,
    plan: &[Explanation],
    json: bool,
) -> Result<()> {
    if json {
        let parts: Vec<_> = plan
            .iter()
            .map(|e| {
                let g = &e.geometry;
                serde_json::json!({
                    "steps": e.steps, "outputs": e.outputs, "strategy": format!("{:?}", e.strategy), "copy": e.copy, "threads": g.threads,
                    "band_blocks": g.band_blocks, "block_rows": g.block_rows, "strip_rows": g.strip_rows,
                    "cell_cols": g.cell_cols, "groups": g.groups, "worker_bytes": g.worker_bytes,
                })
            })
            .collect();
        writeln!(
            out,
            "{}",
            serde_json::json!({"output": name, "plan": parts})
        )?;
    } else {
        writeln!(out, "{name}")?;
        for e in plan {
            write!(out, "{e}")?;
        }
    }
    Ok(())
}
