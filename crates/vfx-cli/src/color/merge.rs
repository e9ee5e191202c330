//! `vfx color merge`: configs merged by the parameters of an `.ociom` file, or two configs by one strategy.

use super::bake::write;
use crate::globals::Globals;
use anyhow::{Result, bail};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::color::Config;
use vfx::color::ocio::merge::{Merge, MergeOptions, Merger, STRATEGIES, Strategy};

/// Arguments of `merge`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx color merge show.ociom --out merged.ocio\n  \
                  vfx color merge --base ocio://cg-config-latest --input show.ocio --strategy PreferInput --out merged.ocio"
)]
pub struct MergeArgs {
    /// Parameters
    #[arg(value_name = "FILE.ociom", required_unless_present = "base")]
    file: Option<PathBuf>,
    /// Config to merge into
    #[arg(
        long,
        value_name = "CONFIG",
        requires = "input",
        conflicts_with = "file"
    )]
    base: Option<String>,
    /// Config to merge
    #[arg(long, value_name = "CONFIG", requires = "base")]
    input: Option<String>,
    /// PreferInput, PreferBase, InputOnly, BaseOnly or Remove
    #[arg(long, value_name = "NAME", default_value = "PreferInput", value_parser = strategy)]
    strategy: Strategy,
    /// The base's things come first in lists
    #[arg(long)]
    base_first: bool,
    /// Conflicts are errors
    #[arg(long)]
    error_on_conflict: bool,
    /// The merged config
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Check the merged config too
    #[arg(long)]
    validate: bool,
    /// Print the last merged config
    #[arg(long)]
    show_last: bool,
    /// Print every merged config
    #[arg(long)]
    show_all: bool,
    /// Print the parameters
    #[arg(long)]
    show_params: bool,
}

fn strategy(name: &str) -> Result<Strategy, String> {
    let found = STRATEGIES
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.map(|(_, s)| *s).ok_or_else(|| {
        let names: Vec<_> = STRATEGIES.iter().map(|(n, _)| *n).collect();
        format!("expected {}", names.join(", "))
    })
}

/// The parameters in words.
fn show(m: &Merge) -> serde_json::Value {
    let name = |s: Strategy| STRATEGIES.iter().find(|(_, v)| *v == s).map(|(n, _)| *n);
    let o = &m.options;
    let of = |s: Option<Strategy>| name(s.unwrap_or(o.default_strategy));
    serde_json::json!({
        "output": m.output, "base": m.base, "input": m.input, "input_first": o.input_first,
        "error_on_conflict": o.error_on_conflict, "avoid_duplicates": o.avoid_duplicates,
        "adjust_input_reference_space": o.adjust_input_reference_space,
        "input_family_prefix": o.input_family_prefix, "base_family_prefix": o.base_family_prefix,
        "default_strategy": name(o.default_strategy), "roles": of(o.roles), "file_rules": of(o.file_rules),
        "display-views": of(o.display_views), "view_transforms": of(o.view_transforms), "looks": of(o.looks),
        "colorspaces": of(o.color_spaces), "named_transforms": of(o.named_transforms),
    })
}

/// Merges.
pub fn run(globals: &Globals, args: &MergeArgs) -> Result<ExitCode> {
    let merger = match (&args.file, &args.base, &args.input) {
        (Some(file), ..) => Merger::open(file)?,
        (None, Some(base), Some(input)) => Merger {
            merges: vec![Merge {
                output: "merged".into(),
                base: base.clone(),
                input: input.clone(),
                options: MergeOptions {
                    default_strategy: args.strategy,
                    input_first: !args.base_first,
                    error_on_conflict: args.error_on_conflict,
                    ..MergeOptions::default()
                },
            }],
            working_dir: std::env::current_dir()?,
            ..Merger::default()
        },
        _ => bail!("say an .ociom file, or --base and --input"),
    };
    let mut out = std::io::stdout().lock();
    if args.show_params {
        for m in &merger.merges {
            writeln!(out, "{:#}", show(m))?;
        }
    }
    for w in &merger.warnings {
        eprintln!("warning: line {}: {}", w.line, w.message);
    }
    let merged: Vec<Config> = merger.run()?;
    let Some(last) = merged.last() else {
        bail!("the file has no merges");
    };
    if !globals.quiet {
        for w in merged.iter().flat_map(|c| &c.warnings) {
            eprintln!("warning: {}", w.message);
        }
    }
    if args.validate {
        last.validate()?;
    }
    if args.show_all {
        for c in &merged {
            write!(out, "{}", c.to_yaml())?;
        }
    } else if args.show_last || (args.out.is_none() && !args.show_params && !args.validate) {
        write!(out, "{}", last.to_yaml())?;
    }
    if let Some(path) = &args.out {
        write(path, last.to_yaml().as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
