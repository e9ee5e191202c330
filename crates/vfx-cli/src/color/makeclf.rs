//! `vfx color makeclf`: a colour file as CLF, on request between conversions from and to ACES2065-1 (a look modification).

use super::bake::{file_ops, write};
use crate::globals::Globals;
use anyhow::{Result, bail};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::color::science::builtin::STYLES;
use vfx::color::science::file::{self, FileOptions, WriteOptions};
use vfx::color::science::{ColorProgram, Direction, Optimization};

/// Arguments of `makeclf`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx color makeclf grade.cube grade.clf\n  vfx color makeclf grade.cube lmt.clf --csc ACEScct\n  vfx color makeclf --list"
)]
pub struct MakeclfArgs {
    /// The file
    #[arg(value_name = "IN", required_unless_present = "list")]
    input: Option<PathBuf>,
    /// The CLF file
    #[arg(value_name = "OUT", required_unless_present = "list")]
    output: Option<PathBuf>,
    /// Space that the file expects and gives: ACES2065-1 is converted to it and back
    #[arg(long, value_name = "SPACE")]
    csc: Option<String>,
    /// List the spaces of --csc that are built in; those of ocio://studio-config-latest go too
    #[arg(long)]
    list: bool,
    /// The id is made from the content, as always; kept for OpenColorIO's spelling
    #[arg(long, hide = true)]
    generateid: bool,
}

const TO_ACES: &str = "_to_ACES2065-1";

/// Makes it.
pub fn run(_: &Globals, args: &MakeclfArgs) -> Result<ExitCode> {
    if args.list {
        let mut out = std::io::stdout().lock();
        for name in STYLES.iter().filter_map(|s| s.name.strip_suffix(TO_ACES)) {
            writeln!(out, "{name}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(input), Some(output)) = (&args.input, &args.output) else {
        bail!("say the file to read and the CLF file to write");
    };
    if !output
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("clf"))
    {
        bail!(
            "the output is '{}', expected a name that ends in .clf",
            output.display()
        );
    }
    let mut info = file::load(input, &FileOptions::default())?.info;
    info.retain(|(key, _)| key != "id");
    let mut ops = file_ops(input, None, Direction::Forward)?;
    if let Some(space) = &args.csc {
        ops = vfx::color::around(ops, space)?;
        info.retain(|(key, _)| !key.ends_with("descriptor"));
        info.push((
            "description".into(),
            format!("ACES LMT of a look that works in {space}"),
        ));
        info.push(("input descriptor".into(), "ACES2065-1".into()));
        info.push(("output descriptor".into(), "ACES2065-1".into()));
    }
    info.push((
        "description".into(),
        format!(
            "made from {}",
            input.file_name().unwrap_or_default().to_string_lossy()
        ),
    ));
    // Neighbours that are exactly one operation are written as one.
    let program = ColorProgram::new(ops, Optimization::Lossless)?;
    let text = file::write(program.ops(), "clf", &WriteOptions { info })?;
    write(output, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
