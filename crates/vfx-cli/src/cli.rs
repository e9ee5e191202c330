//! The command line as a whole: commands and what they have in common.

use crate::commands::{convert, diff, exr, formats, info, jpeg, lutbox, ops, run, shell};
use crate::globals::Globals;
use clap::{Parser, Subcommand};

/// Images in, images out: any size, in bounded memory.
#[derive(Parser)]
#[command(
    name = "vfx",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  vfx info -v plate.exr\n  vfx convert plate.exr plate.png --type u16\n  \
                  vfx run scan.tif --resize 50% --unsharp -o half.tif"
)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub globals: Globals,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Say what files are: size, channels, metadata, statistics
    Info(info::InfoArgs),
    /// Write a file or a sequence in another format
    Convert(convert::ConvertArgs),
    /// Run a chain of operations in oiiotool's spelling
    Run(run::RunArgs),
    /// Compare two images; status 0 same, 1 differs, 2 error
    Diff(diff::DiffArgs),
    /// Check, list, merge, split, re-tag and tile OpenEXR files
    Exr(exr::ExrArgs),
    /// Change JPEG files without loss: optimise, turn, flip, crop, strip
    Jpeg(jpeg::JpegArgs),
    /// Colour: convert values, list and check configs, explain, shaders
    Color(crate::color::ColorCommand),
    /// The virtual LUT box: grades from the network for every GPU program
    Lutbox(lutbox::LutboxArgs),
    /// List the file formats
    Formats(formats::FormatsArgs),
    /// List the operations of `vfx run`
    Ops(ops::OpsArgs),
    /// Print a completion script for a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page
    Man(shell::ManArgs),
}
