//! `vfx color`: conversions of values, configs, their checks and their shaders.

mod apply;
mod bake;
mod chain;
mod config;
mod explain;
mod lut;
mod lutimage;
mod makeclf;
mod merge;
mod options;
mod perf;

use crate::globals::Globals;
use anyhow::Result;
use clap::Subcommand;
use std::process::ExitCode;

pub use chain::{ColorWords, is_color};
pub use options::ColorArgs;

/// Arguments of `color`.
#[derive(clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  vfx color apply --from ACEScg --display 'sRGB - Display' -- 0.18,0.18,0.18\n  \
                  vfx color list --config ocio://studio-config-latest\n  vfx color check config.ocio"
)]
pub struct ColorCommand {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Subcommand)]
enum Verb {
    /// Convert values: R,G,B in, R,G,B out
    Apply(apply::ApplyArgs),
    /// List the spaces, displays, views, looks and roles of a config
    List(config::ListArgs),
    /// Check a config as ociocheck does, with lines
    Check(config::CheckArgs),
    /// Say what a LUT or colour file holds, and run values through it
    Checklut(lut::ChecklutArgs),
    /// Bake a conversion or a chain of files into one LUT file of any format
    Bake(bake::BakeArgs),
    /// Make the image of a cube's colours, or a cube of such an image
    Lutimage(lutimage::LutimageArgs),
    /// Make a CLF file of any colour file, on request as an ACES look modification
    Makeclf(makeclf::MakeclfArgs),
    /// Merge configs, by an .ociom file or two at a time
    Merge(merge::MergeArgs),
    /// Pack a config and its files into an .ocioz archive
    Archive(config::ArchiveArgs),
    /// Write a config as YAML: a built-in one, an archive's, or one brought to the newest version
    Export(config::ExportArgs),
    /// Write a conversion in a shading language
    Shader(explain::ShaderArgs),
    /// Show the operations of a conversion before and after optimisation, with their cost
    Explain(explain::ExplainArgs),
    /// Measure how fast a conversion runs
    Perf(perf::PerfArgs),
}

/// Runs a verb.
pub fn run(globals: &Globals, command: &ColorCommand) -> Result<ExitCode> {
    match &command.verb {
        Verb::Apply(a) => apply::run(globals, a),
        Verb::List(a) => config::list(globals, a),
        Verb::Check(a) => config::check(globals, a),
        Verb::Checklut(a) => lut::run(globals, a),
        Verb::Bake(a) => bake::run(globals, a),
        Verb::Lutimage(a) => lutimage::run(globals, a),
        Verb::Makeclf(a) => makeclf::run(globals, a),
        Verb::Merge(a) => merge::run(globals, a),
        Verb::Archive(a) => config::archive(a),
        Verb::Export(a) => config::export(a),
        Verb::Shader(a) => explain::shader(globals, a),
        Verb::Explain(a) => explain::run(globals, a),
        Verb::Perf(a) => perf::run(globals, a),
    }
}
