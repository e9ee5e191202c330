//! `vfx color lutimage`: the colours of a cube as an image, and the cube out of such an image.

use super::ColorArgs;
use super::bake::write;
use crate::globals::Globals;
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::Image;
use vfx::color::science::file::{self, WriteOptions};

/// Arguments of `lutimage`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx color lutimage --generate --cube-size 33 --output lattice.exr\n  \
                  vfx color lutimage --extract --cube-size 33 --input graded.exr --output look.cube"
)]
pub struct LutimageArgs {
    /// Make the image of an identity cube
    #[arg(long, conflicts_with = "extract", required_unless_present = "extract")]
    generate: bool,
    /// Make a cube of such an image
    #[arg(long, requires = "input")]
    extract: bool,
    /// Entries along an edge of the cube
    #[arg(long, value_name = "N", default_value_t = 32, alias = "cubesize")]
    cube_size: usize,
    /// Greatest width of the image
    #[arg(long, value_name = "N", default_value_t = 2048, alias = "maxwidth")]
    max_width: usize,
    /// Image to read
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Image or colour file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// From a colour space to another, as --from A --to B
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    colorconvert: Option<Vec<String>>,
    #[command(flatten)]
    color: ColorArgs,
}

/// Makes the image or the cube.
pub fn run(globals: &Globals, args: &LutimageArgs) -> Result<ExitCode> {
    let (session, _console) = globals.session()?;
    let mut color = args.color.clone();
    if let Some([a, b]) = args.colorconvert.as_deref() {
        color.from = Some(a.clone());
        color.to = Some(b.clone());
    }
    let conversion = color.for_images()?;
    if conversion.is_some() && color.from.is_none() && color.lut.is_none() {
        bail!("--from is missing: the space of the image's values");
    }
    let converted = |image: Image| match &conversion {
        Some(c) => c.apply(&image, None),
        None => Ok(image),
    };
    if args.generate {
        let image = vfx::color::lattice(args.cube_size, args.max_width, &session)?;
        converted(image)?.save(&args.output)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(input) = &args.input else {
        bail!("--input is missing: the image to extract from");
    };
    let image = converted(session.open(input)?.image(0, 0)?)?;
    let cube = vfx::color::cube_of(&image, args.cube_size, args.max_width)?;
    let Some(extension) = args.output.extension() else {
        bail!(
            "'{}' has no extension to say the format",
            args.output.display()
        );
    };
    let text = file::write(
        &[cube],
        &extension.to_string_lossy(),
        &WriteOptions::default(),
    )?;
    write(&args.output, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
