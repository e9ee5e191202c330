//! `vfx color bake`: a conversion, or a chain of files, as one LUT file of any format.
//!
//! OpenColorIO's `ociobakelut` is the model: its options are understood beside ours. The chain of `--lut`, `--invlut` and
//! the CDL options runs in the order of the command line, after the conversion if there is one.

use super::ColorArgs;
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx::color::Bake;
use vfx::color::science::file::icc::ProfileText;
use vfx::color::science::file::{self, FileOptions, WriteOptions};
use vfx::color::science::op::{Cdl, CdlStyle};
use vfx::color::science::{Direction, Op};

/// Arguments of `bake`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx color bake --from ACEScct --display 'sRGB - Display' --format resolve_cube show.cube\n  \
                  vfx color bake --from ACEScg --shaper ACEScct --to 'sRGB Encoded Rec.709 (sRGB)' look.clf\n  \
                  vfx color bake --lut film.3dl --lut calibration.3dl --cube-size 33 display.spi3d\n  \
                  vfx color bake --from ACEScct --display 'sRGB - Display' monitor.icc"
)]
pub struct BakeArgs {
    /// Colour space of the input
    #[arg(long, value_name = "SPACE", alias = "inputspace")]
    from: Option<String>,
    /// Colour space of the output
    #[arg(long, value_name = "SPACE", alias = "outputspace")]
    to: Option<String>,
    /// Display
    #[arg(long, value_name = "NAME")]
    display: Option<String>,
    /// View of the display; its first if missing
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
    /// Display and view
    #[arg(long, num_args = 2, value_names = ["DISPLAY", "VIEW"], conflicts_with_all = ["display", "view"])]
    displayview: Option<Vec<String>>,
    /// Looks, such as '+grade, -warm | fallback'
    #[arg(long, value_name = "LOOKS", alias = "looks")]
    look: Option<String>,
    /// Colour space of the shaper
    #[arg(long, value_name = "SPACE", alias = "shaperspace")]
    shaper: Option<String>,
    /// Config: a file, an archive or ocio://NAME [default: $OCIO, else ocio://default]
    #[arg(long, value_name = "CONFIG", alias = "iconfig")]
    config: Option<String>,
    /// Context variable of the config
    #[arg(long = "context", value_name = "NAME=VALUE")]
    context: Vec<String>,
    #[command(flatten)]
    chain: Chain,
    /// Format, by name or extension [default: of the output's extension]
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// Edge of the cube, or rows of a table that stands alone [default: of the format]
    #[arg(long, value_name = "N", alias = "cubesize")]
    cube_size: Option<usize>,
    /// Rows of the shaper [default: of the format]
    #[arg(long, value_name = "N", alias = "shapersize")]
    shaper_size: Option<usize>,
    /// Keep the operations as they are: for formats that hold them
    #[arg(long)]
    exact: bool,
    /// ICC: the profile of the display that the conversion is for [default: sRGB]
    #[arg(long, value_name = "FILE")]
    displayicc: Option<PathBuf>,
    /// ICC: who may use it
    #[arg(long, value_name = "TEXT")]
    copyright: Option<String>,
    /// What the file is for
    #[arg(long, value_name = "TEXT")]
    description: Vec<String>,
    /// Output; - or --stdout for standard output
    #[arg(value_name = "OUT", required_unless_present = "stdout")]
    output: Option<PathBuf>,
    /// Write to standard output
    #[arg(long)]
    stdout: bool,
}

/// One step of the chain.
#[derive(Clone, Debug)]
enum Link {
    File(PathBuf, Option<String>, Direction),
    Grade(Cdl),
}

/// Files and corrections in the order of the command line.
#[derive(Clone, Debug, Default)]
struct Chain(Vec<Link>);

impl clap::Args for Chain {
    fn augment_args(command: clap::Command) -> clap::Command {
        use clap::{Arg, ArgAction, value_parser};
        let file = |name: &'static str, help: &'static str| {
            Arg::new(name)
                .long(name)
                .value_name("FILE")
                .help(help)
                .action(ArgAction::Append)
                .value_parser(value_parser!(PathBuf))
        };
        let numbers = |name: &'static str, n: usize, help: &'static str| {
            Arg::new(name)
                .long(name)
                .num_args(n)
                .value_names(if n == 3 { &["R", "G", "B"][..] } else { &["N"] })
                .help(help)
                .allow_negative_numbers(true)
                .action(ArgAction::Append)
                .value_parser(value_parser!(f64))
        };
        command
            .next_help_heading("Chain, in the order of the command line")
            .arg(file("lut", "A LUT or other colour file"))
            .arg(file("invlut", "A file, backwards"))
            .arg(
                Arg::new("cccid")
                    .long("cccid")
                    .value_name("ID")
                    .help("Id or index in the collections that follow")
                    .action(ArgAction::Append),
            )
            .arg(numbers("slope", 3, "CDL slope"))
            .arg(numbers("offset", 3, "CDL offset"))
            .arg(numbers("offset10", 3, "CDL offset in 10-bit codes"))
            .arg(numbers("power", 3, "CDL power"))
            .arg(numbers("sat", 1, "CDL saturation"))
            .next_help_heading(None::<&str>)
    }
    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Chain {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let mut links: Vec<(usize, Link)> = Vec::new();
        let indices =
            |name: &str| -> Vec<usize> { matches.indices_of(name).into_iter().flatten().collect() };
        let ids: Vec<(usize, &String)> = indices("cccid")
            .into_iter()
            .zip(matches.get_many::<String>("cccid").into_iter().flatten())
            .collect();
        for (name, direction) in [("lut", Direction::Forward), ("invlut", Direction::Inverse)] {
            let files = matches.get_many::<PathBuf>(name).into_iter().flatten();
            for (at, path) in indices(name).into_iter().zip(files) {
                let id = ids
                    .iter()
                    .rfind(|(i, _)| *i < at)
                    .map(|(_, id)| (*id).clone());
                links.push((at, Link::File(path.clone(), id, direction)));
            }
        }
        for (name, n) in [
            ("slope", 3),
            ("offset", 3),
            ("offset10", 3),
            ("power", 3),
            ("sat", 1),
        ] {
            let values: Vec<f64> = matches
                .get_many::<f64>(name)
                .into_iter()
                .flatten()
                .copied()
                .collect();
            for (at, v) in indices(name).chunks(n).zip(values.chunks(n)) {
                links.push((at[0], Link::Grade(grade(name, v))));
            }
        }
        links.sort_by_key(|(at, _)| *at);
        Ok(Self(links.into_iter().map(|(_, l)| l).collect()))
    }
    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A correction with one value that is not neutral.
fn grade(name: &str, v: &[f64]) -> Cdl {
    let mut cdl = Cdl {
        slope: [1.0; 3],
        offset: [0.0; 3],
        power: [1.0; 3],
        saturation: 1.0,
        style: CdlStyle::NoClamp,
        direction: Direction::Forward,
    };
    match (name, v) {
        ("slope", [r, g, b]) => cdl.slope = [*r, *g, *b],
        ("offset", [r, g, b]) => cdl.offset = [*r, *g, *b],
        ("offset10", [r, g, b]) => cdl.offset = [*r, *g, *b].map(|v| v / 1023.0),
        ("power", [r, g, b]) => cdl.power = [*r, *g, *b],
        (_, [s, ..]) => cdl.saturation = *s,
        _ => {}
    }
    cdl
}

/// The operations of a chain.
fn ops_of(chain: &Chain) -> Result<Vec<Op>> {
    let mut ops = Vec::new();
    for link in &chain.0 {
        match link {
            Link::Grade(cdl) => ops.push(Op::Cdl(*cdl)),
            Link::File(path, cccid, direction) => {
                ops.extend(file_ops(path, cccid.clone(), *direction)?);
            }
        }
    }
    Ok(ops)
}

/// The operations of a file in a direction.
pub fn file_ops(
    path: &std::path::Path,
    cccid: Option<String>,
    direction: Direction,
) -> Result<Vec<Op>> {
    let options = FileOptions {
        cccid,
        ..FileOptions::default()
    };
    Ok(file::load(path, &options)?.directed(direction)?)
}

/// Writes beside the final name first, so that an earlier file survives a failure.
pub fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let temporary = PathBuf::from(name);
    std::fs::write(&temporary, bytes)
        .and_then(|()| std::fs::rename(&temporary, path))
        .with_context(|| format!("cannot write '{}'", path.display()))
}

/// Bakes.
pub fn run(_: &Globals, args: &BakeArgs) -> Result<ExitCode> {
    let to_stdout = args.stdout || args.output.as_deref() == Some(std::path::Path::new("-"));
    let extension = args.output.as_ref().and_then(|p| p.extension());
    let Some(format) = args
        .format
        .clone()
        .or_else(|| extension.map(|e| e.to_string_lossy().into_owned()))
    else {
        bail!("the output has no extension; say the format with --format");
    };
    let (display, view) = match args.displayview.as_deref() {
        Some([d, v]) => (Some(d.clone()), Some(v.clone())),
        _ => (args.display.clone(), args.view.clone()),
    };
    let color = ColorArgs {
        from: args.from.clone(),
        to: args.to.clone(),
        display,
        view,
        look: args.look.clone(),
        config: args.config.clone(),
        context: args.context.clone(),
        ..ColorArgs::default()
    };
    let converts = color.to.is_some()
        || color.display.is_some()
        || color.view.is_some()
        || color.look.is_some();
    if !converts && args.chain.0.is_empty() {
        bail!(
            "say what to bake: --from A --to B, --from A --display D --view V, --look L or --lut FILE"
        );
    }
    if converts && args.from.is_none() {
        bail!("--from is missing: the space of the values that the LUT takes");
    }
    if !converts && args.shaper.is_some() {
        bail!("--shaper needs --from and --to, --display or --look");
    }
    let conversion = color.conversion()?;
    let (mut ops, source) = if converts {
        let steps = color.steps()?;
        (steps.ops, steps.source)
    } else {
        (Vec::new(), String::new())
    };
    ops.extend(ops_of(&args.chain)?);
    let mut info = Vec::new();
    for d in &args.description {
        info.push(("description".to_owned(), d.clone()));
    }
    let how = Bake {
        format: format.clone(),
        shaper: args.shaper.clone(),
        cube_size: args.cube_size,
        shaper_size: args.shaper_size,
    };
    if vfx::color::is_icc(&format) {
        let bytes = icc(args, &conversion, &ops)?;
        return put(args, to_stdout, &bytes);
    }
    let baked = if args.exact {
        ops
    } else {
        vfx::color::bake(
            &ops,
            &source,
            conversion.config(),
            conversion.context(),
            &how,
        )?
    };
    let bytes = file::write(&baked, &format, &WriteOptions { info })?.into_bytes();
    put(args, to_stdout, &bytes)
}

/// Writes the file, or standard output.
fn put(args: &BakeArgs, to_stdout: bool, bytes: &[u8]) -> Result<ExitCode> {
    match &args.output {
        Some(path) if !to_stdout => write(path, bytes)?,
        _ => std::io::stdout().lock().write_all(bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A profile of the input's values, as the display shows them after the conversion.
fn icc(args: &BakeArgs, conversion: &vfx::color::Conversion, ops: &[Op]) -> Result<Vec<u8>> {
    let name = args.output.as_deref().and_then(std::path::Path::file_name);
    let described = args.description.first().cloned();
    let text = ProfileText {
        description: described
            .or_else(|| name.map(|n| n.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "vfx".into()),
        copyright: args
            .copyright
            .clone()
            .unwrap_or_else(|| "No copyright. Use freely.".into()),
    };
    let display = args.displayicc.as_deref();
    let edge = args.cube_size.unwrap_or(32);
    Ok(conversion.bake_icc(ops, display, edge, &text)?)
}
