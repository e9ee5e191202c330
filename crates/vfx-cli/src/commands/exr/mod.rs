//! `vfx exr`: OpenEXR files as files: check, list, merge, split, re-tag, cut into tiles.
//!
//! Chunks are handed on as they are wherever that is possible, so most of this takes no longer than copying the file.

mod check;
mod parts;
mod repack;
mod rewrap;
mod tile;

use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vfx::exr::codec::{Compression, Reader};

/// Arguments of `exr`.
#[derive(clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  vfx exr check render.*.exr\n  vfx exr merge beauty.exr depth.exr -o all.exr\n  \
                  vfx exr rewrap in.exr out.exr --set owner='Studio' --rename R=diffuse.R"
)]
pub struct ExrArgs {
    #[command(subcommand)]
    command: ExrCommand,
}

/// What to do with the files.
#[derive(Subcommand)]
enum ExrCommand {
    /// Decode everything and say what is wrong; status 0 sound, 1 damaged, 2 not readable
    Check(check::CheckArgs),
    /// List the parts
    Parts(parts::PartsArgs),
    /// List the views, or combine files into the views of one
    Views(parts::ViewsArgs),
    /// Put the parts of several files into one
    Merge(repack::MergeArgs),
    /// Write each part to a file of its own
    Split(repack::SplitArgs),
    /// Change attributes, names and windows; drop parts and channels
    Rewrap(rewrap::RewrapArgs),
    /// Store as tiles
    Tile(tile::TileArgs),
    /// Store as tiles with reduced levels
    Mipmap(tile::MipmapArgs),
}

/// Runs the command.
pub fn run(globals: &Globals, args: &ExrArgs) -> Result<ExitCode> {
    match &args.command {
        ExrCommand::Check(a) => check::run(globals, a),
        ExrCommand::Parts(a) => parts::run(globals, a),
        ExrCommand::Views(a) => parts::views(globals, a),
        ExrCommand::Merge(a) => repack::merge(globals, a),
        ExrCommand::Split(a) => repack::split(globals, a),
        ExrCommand::Rewrap(a) => rewrap::run(globals, a),
        ExrCommand::Tile(a) => tile::tile(globals, a),
        ExrCommand::Mipmap(a) => tile::mipmap(globals, a),
    }
}

/// `FILE`, or `FILE:PART` with a part's number or name.
fn file_and_part(word: &str, limits: &vfx_core::Limits) -> Result<(Reader, Option<usize>)> {
    let whole = Path::new(word);
    if !whole.exists()
        && let Some((file, part)) = word.rsplit_once(':')
        && Path::new(file).exists()
    {
        let reader = vfx::exr::open(Path::new(file), limits)?;
        let part =
            part_of(&reader, part).with_context(|| format!("'{file}' has no part '{part}'"))?;
        return Ok((reader, Some(part)));
    }
    Ok((vfx::exr::open(whole, limits)?, None))
}

/// A part by number or name.
fn part_of(reader: &Reader, word: &str) -> Option<usize> {
    let headers = reader.headers();
    let named = headers.iter().position(|h| h.name.as_deref() == Some(word));
    named.or_else(|| word.parse().ok().filter(|&n: &usize| n < headers.len()))
}

fn compression(name: Option<&str>) -> Result<Option<Compression>> {
    let Some(name) = name else { return Ok(None) };
    let Some(c) = vfx::io::formats::exr::compression(name) else {
        bail!("there is no EXR compression '{name}'; `vfx formats` lists them");
    };
    Ok(Some(c))
}

/// Refuses to write over an input: its chunks are still being read.
fn not_an_input(output: &Path, inputs: &[PathBuf]) -> Result<()> {
    let same = |a: &Path, b: &Path| match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    if inputs.iter().any(|i| same(i, output)) {
        bail!("the output is one of the inputs: '{}'", output.display());
    }
    Ok(())
}

/// What was done with the chunks, for people or as JSON.
fn print_repacked(globals: &Globals, path: &Path, done: &vfx::exr::Repacked) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if globals.json {
        let line = serde_json::json!({
            "output": path.display().to_string(), "bytes": done.bytes, "parts_copied": done.copied,
            "parts_recompressed": done.recompressed, "chunks_missing": done.missing,
        });
        writeln!(out, "{line}")?;
    } else if !globals.quiet {
        if done.recompressed > 0 {
            writeln!(
                out,
                "{}: {} part(s) compressed again, {} handed on as they are",
                path.display(),
                done.recompressed,
                done.copied
            )?;
        }
        if done.missing > 0 {
            writeln!(
                out,
                "{}: {} chunk(s) are missing, as in the input",
                path.display(),
                done.missing
            )?;
        }
    }
    Ok(())
}
