//! `vfx exr tile` and `vfx exr mipmap`: what `exrmaketiled` does.

use super::{compression, not_an_input};
use crate::globals::Globals;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::exr::codec::{LevelMode, LevelRounding};
use vfx::exr::{Pyramid, pyramid};

/// What both commands take.
#[derive(clap::Args)]
struct Common {
    /// Input
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// Output
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Size of the tiles
    #[arg(long, value_name = "WxH", default_value = "64x64")]
    size: String,
    /// Another compression than the input's
    #[arg(long, value_name = "NAME")]
    compression: Option<String>,
}

/// Arguments of `exr tile`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx exr tile plate.exr tiled.exr --size 128x128")]
pub struct TileArgs {
    #[command(flatten)]
    common: Common,
}

/// Arguments of `exr mipmap`.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  vfx exr mipmap texture.exr texture_mip.exr --size 64x64 --round up\n  vfx exr mipmap render.exr render_mip.exr --point Z"
)]
pub struct MipmapArgs {
    #[command(flatten)]
    common: Common,
    /// Halve width and height each on its own (ripmap)
    #[arg(long)]
    rip: bool,
    /// How odd sizes are halved
    #[arg(long, value_name = "WAY", default_value = "down", value_parser = ["down", "up"])]
    round: String,
    /// A channel whose levels take samples and no means, such as depth or ids kept as floats (repeatable; integers always do)
    #[arg(long, value_name = "CHANNEL")]
    point: Vec<String>,
}

/// Tiles of one level.
pub fn tile(globals: &Globals, args: &TileArgs) -> Result<ExitCode> {
    write(
        globals,
        &args.common,
        LevelMode::OneLevel,
        LevelRounding::Down,
        &[],
    )
}

/// Tiles of all levels.
pub fn mipmap(globals: &Globals, args: &MipmapArgs) -> Result<ExitCode> {
    let mode = if args.rip {
        LevelMode::Ripmap
    } else {
        LevelMode::Mipmap
    };
    let rounding = if args.round == "up" {
        LevelRounding::Up
    } else {
        LevelRounding::Down
    };
    write(globals, &args.common, mode, rounding, &args.point)
}

fn write(
    globals: &Globals,
    c: &Common,
    mode: LevelMode,
    rounding: LevelRounding,
    point: &[String],
) -> Result<ExitCode> {
    let (session, _) = globals.session()?;
    not_an_input(&c.output, std::slice::from_ref(&c.input))?;
    let (w, h) = crate::commands::convert::tile(&c.size)?;
    let side = |n: usize| u32::try_from(n).context("the tile size is too large");
    let options = Pyramid {
        tile: (side(w)?, side(h)?),
        mode,
        rounding,
        compression: compression(c.compression.as_deref())?,
        point: point.to_vec(),
    };
    let reader = vfx::exr::open(&c.input, &session.open_options().limits)?;
    let job = session.job();
    pyramid(
        &c.output,
        &reader,
        &options,
        job.budget.threads,
        &job.cancel,
    )?;
    Ok(ExitCode::SUCCESS)
}
