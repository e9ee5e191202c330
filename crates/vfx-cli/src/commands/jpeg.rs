//! `vfx jpeg`: JPEG files changed without loss: coefficients move or are coded again, pixels are never requantised. And
//! gain maps, applied or made.
//!
//! The file is read whole, changed in memory and written under its name only when complete, so the output may be the input.
//! Progressive files stay progressive. Damaged files are refused: what cannot be decoded cannot be kept.

use crate::console::Console;
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vfx::{Image, Session};
use vfx_core::{IoError, Limits};
use vfx_jpeg::{
    Crop, DecodeOptions, Decoder, HdrConfig, Header, JpegError, TransformOptions, Turn,
};

/// Arguments of `jpeg`.
#[derive(clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  vfx jpeg optimise in.jpg out.jpg\n  vfx jpeg rotate 90 in.jpg out.jpg\n  \
                  vfx jpeg crop 640x480+16+32 in.jpg out.jpg --strip\n\n\
                  Exif orientation is kept and applies after the change."
)]
pub struct JpegArgs {
    #[command(subcommand)]
    command: JpegCommand,
}

/// What to do with the file.
#[derive(Subcommand)]
enum JpegCommand {
    /// Make Huffman tables for the picture; never larger than the input
    #[command(
        visible_alias = "optimize",
        after_help = "Example:\n  vfx jpeg optimise in.jpg out.jpg"
    )]
    Optimise(Files),
    /// Code in scans that show the picture coarse to fine
    #[command(after_help = "Example:\n  vfx jpeg progressive in.jpg out.jpg")]
    Progressive(Files),
    /// Turn clockwise by 90, 180 or 270 degrees
    #[command(
        after_help = "Partial blocks at an edge that would become the left or top one are cut off; --perfect refuses instead.\n\n\
                      Example:\n  vfx jpeg rotate 90 in.jpg out.jpg"
    )]
    Rotate {
        /// Degrees clockwise
        #[arg(value_parser = ["90", "180", "270"])]
        degrees: String,
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        coding: Coding,
        /// Refuse to cut off partial blocks
        #[arg(long)]
        perfect: bool,
    },
    /// Mirror
    #[command(
        after_help = "Partial blocks at an edge that would become the left or top one are cut off; --perfect refuses instead.\n\n\
                      Example:\n  vfx jpeg flip horizontal in.jpg out.jpg"
    )]
    Flip {
        /// What changes places: left and right, or top and bottom
        #[arg(value_enum)]
        direction: Direction,
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        coding: Coding,
        /// Refuse to cut off partial blocks
        #[arg(long)]
        perfect: bool,
    },
    /// Cut out a rectangle; its left and top move outwards to a block
    #[command(after_help = "Example:\n  vfx jpeg crop 640x480+16+32 in.jpg out.jpg")]
    Crop {
        /// Pixels: width, height, left, top
        #[arg(value_name = "WxH+X+Y", value_parser = rectangle)]
        rectangle: Crop,
        #[command(flatten)]
        files: Files,
        #[command(flatten)]
        coding: Coding,
        /// Refuse where left or top is not on a block
        #[arg(long)]
        perfect: bool,
    },
    /// Apply a gain map (Ultra HDR): linear light above white, into EXR or any format
    #[command(
        after_help = "1.0 is the white of the base picture.\n\nExample:\n  vfx jpeg hdr phone.jpg scene.exr"
    )]
    Hdr {
        #[command(flatten)]
        files: Files,
        /// Headroom of the display in stops above white; all that the map has, if not given
        #[arg(long, value_name = "STOPS")]
        headroom: Option<f32>,
    },
    /// Write linear light above white as a base picture with a gain map (Ultra HDR)
    #[command(
        after_help = "The input is linear with 1.0 as white; what is brighter is rolled off in the base and comes back by the map.\n\n\
                      Example:\n  vfx jpeg gainmap scene.exr photo.jpg --quality 92"
    )]
    Gainmap {
        #[command(flatten)]
        files: Files,
        /// Quality of the base, 1 to 100
        #[arg(long, value_name = "N", default_value_t = 90.0, value_parser = quality)]
        quality: f32,
        /// Pixels of the base a pixel of the map, in each direction: 1 to 8
        #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
        scale: u8,
        /// One gain for all three colours
        #[arg(long)]
        mono: bool,
    },
    /// Leave out Exif, XMP, thumbnails and comments; the ICC profile stays
    #[command(after_help = "Example:\n  vfx jpeg strip in.jpg out.jpg")]
    Strip {
        #[command(flatten)]
        files: Files,
        /// Leave out the ICC profile as well
        #[arg(long)]
        icc: bool,
        /// Progressive scans, whatever the input has
        #[arg(long)]
        progressive: bool,
    },
}

#[derive(clap::Args)]
struct Files {
    /// The file to read
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The new file; may be the input
    #[arg(value_name = "OUT")]
    output: PathBuf,
}

#[derive(clap::Args)]
struct Coding {
    /// Progressive scans, whatever the input has
    #[arg(long)]
    progressive: bool,
    /// Leave out Exif, XMP, thumbnails and comments
    #[arg(long)]
    strip: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Direction {
    Horizontal,
    Vertical,
}

/// One change, in the transform's words.
struct Change<'a> {
    verb: &'static str,
    files: &'a Files,
    options: TransformOptions,
    /// The input's bytes do where the change makes no smaller ones.
    only_smaller: bool,
}

/// Runs the command.
pub fn run(globals: &Globals, args: &JpegArgs) -> Result<ExitCode> {
    let (session, console) = globals.session()?;
    match &args.command {
        JpegCommand::Hdr { files, headroom } => return hdr(globals, &session, files, *headroom),
        JpegCommand::Gainmap {
            files,
            quality,
            scale,
            mono,
        } => {
            let mut config = HdrConfig::default();
            config.base.distance = vfx_jpeg::quality_to_distance(*quality);
            config.map_scale = usize::from(*scale);
            config.map_colour = !mono;
            return gainmap(globals, &session, files, config);
        }
        _ => {}
    }
    let change = change(&args.command);
    let limits = &session.open_options().limits;
    let path = &change.files.input;
    let input = read(path, limits).map_err(|e| e.in_file(path))?;
    let header = header(&input, limits).map_err(|e| failed(e, path))?;
    let mut options = change.options.clone();
    options.progressive |= header.progressive;
    options.limits = bounds(limits);
    if let (true, Some(c)) = (options.perfect, &options.crop) {
        on_blocks(c, &header)?;
    }
    let mut bytes = vfx_jpeg::transform(&input, &options).map_err(|e| failed(e, path))?;
    if change.only_smaller && bytes.len() > input.len() {
        bytes.clone_from(&input);
    }
    if session.job().cancel.is_cancelled() {
        return Err(IoError::Cancelled.into());
    }
    let done = self::header(&bytes, limits).map_err(|e| failed(e, path))?;
    write(&change.files.output, &bytes).map_err(|e| e.in_file(&change.files.output))?;
    warn(&console, &change, &header, &done);
    print(globals, &change, &done, input.len(), bytes.len())?;
    Ok(ExitCode::SUCCESS)
}

fn change(command: &JpegCommand) -> Change<'_> {
    let mut options = TransformOptions::default();
    let mut coded = |coding: &Coding, perfect: bool| {
        options.progressive = coding.progressive;
        (options.strip, options.keep_icc) = (coding.strip, true);
        options.perfect = perfect;
    };
    let (verb, files) = match command {
        // The gain map's verbs are done before.
        JpegCommand::Hdr { files, .. } | JpegCommand::Gainmap { files, .. } => ("copy", files),
        JpegCommand::Optimise(files) => ("optimise", files),
        JpegCommand::Progressive(files) => {
            options.progressive = true;
            ("progressive", files)
        }
        JpegCommand::Rotate {
            degrees,
            files,
            coding,
            perfect,
        } => {
            coded(coding, *perfect);
            options.turn = match degrees.as_str() {
                "90" => Turn::Rotate90,
                "180" => Turn::Rotate180,
                _ => Turn::Rotate270,
            };
            ("rotate", files)
        }
        JpegCommand::Flip {
            direction,
            files,
            coding,
            perfect,
        } => {
            coded(coding, *perfect);
            options.turn = match direction {
                Direction::Horizontal => Turn::FlipHorizontal,
                Direction::Vertical => Turn::FlipVertical,
            };
            ("flip", files)
        }
        JpegCommand::Crop {
            rectangle,
            files,
            coding,
            perfect,
        } => {
            coded(coding, *perfect);
            options.crop = Some(*rectangle);
            ("crop", files)
        }
        JpegCommand::Strip {
            files,
            icc,
            progressive,
        } => {
            options.progressive = *progressive;
            (options.strip, options.keep_icc) = (true, !icc);
            ("strip", files)
        }
    };
    Change {
        verb,
        files,
        options,
        only_smaller: verb == "optimise",
    }
}

fn quality(text: &str) -> Result<f32, String> {
    let value = text.parse().ok().filter(|q| (1.0..=100.0).contains(q));
    value.ok_or_else(|| "expected 1 to 100".into())
}

/// Applies a gain map and writes what comes out.
fn hdr(
    globals: &Globals,
    session: &Session,
    files: &Files,
    headroom: Option<f32>,
) -> Result<ExitCode> {
    let path = &files.input;
    let open = || {
        let input = vfx::io::Input::open(path)?;
        vfx::io::formats::jpeg::open_hdr(&input, session.open_options(), headroom)
    };
    let Some(source) = open().map_err(|e| e.in_file(path))? else {
        bail!("no gain map: '{}'", path.display());
    };
    let image = Image::from_graph(vfx::compute::Image::from_source(source), session);
    let (w, h) = (image.spec().width(), image.spec().height());
    image.save(&files.output)?;
    say(globals, "hdr", files, (w, h))
}

/// Writes a base picture with a gain map.
fn gainmap(
    globals: &Globals,
    session: &Session,
    files: &Files,
    config: HdrConfig,
) -> Result<ExitCode> {
    let image = session.open(&files.input)?.image(0, 0)?;
    let image = image.select(&["R", "G", "B"])?;
    let (w, h) = (image.spec().width(), image.spec().height());
    let path = &files.output;
    let sink = vfx::io::formats::jpeg::create_hdr(path, image.spec(), config);
    let sink = sink.map_err(|e| e.in_file(path))?;
    let outputs = vec![(vec![image.graph().clone()], sink)];
    session.job().run(outputs).map_err(|e| e.in_file(path))?;
    say(globals, "gainmap", files, (w, h))
}

/// What was written, for people or as JSON.
fn say(globals: &Globals, verb: &str, files: &Files, (w, h): (usize, usize)) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let (input, output) = (files.input.display(), files.output.display());
    if globals.json {
        let line = serde_json::json!({
            "command": verb, "input": input.to_string(), "output": output.to_string(), "width": w, "height": h,
        });
        writeln!(out, "{line}").context("cannot print")?;
    } else if !globals.quiet {
        writeln!(out, "{output}: {w}x{h}").context("cannot print")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `WxH+X+Y`.
fn rectangle(text: &str) -> Result<Crop, String> {
    let parse = || {
        let (size, place) = text.split_once('+')?;
        let (width, height) = size.split_once('x')?;
        let (x, y) = place.split_once('+')?;
        Some(Crop {
            x: x.parse().ok()?,
            y: y.parse().ok()?,
            width: width
                .parse()
                .ok()
                .filter(|&n: &u32| (1..=65_535).contains(&n))?,
            height: height
                .parse()
                .ok()
                .filter(|&n: &u32| (1..=65_535).contains(&n))?,
        })
    };
    parse().ok_or_else(|| "expected WxH+X+Y such as 640x480+16+32".into())
}

/// The whole file, no larger than allowed.
fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, IoError> {
    let file = std::fs::File::open(path).map_err(IoError::os("open"))?;
    let mut bytes = Vec::new();
    let room = std::io::Read::take(file, limits.max_whole_bytes.saturating_add(1));
    std::io::Read::read_to_end(&mut { room }, &mut bytes).map_err(IoError::os("read"))?;
    if bytes.len() as u64 > limits.max_whole_bytes {
        return Err(IoError::Limit {
            limit: "max_whole_bytes",
            found: bytes.len() as u64,
            allowed: limits.max_whole_bytes,
        });
    }
    if !bytes.starts_with(&[0xff, 0xd8]) {
        let first_bytes = bytes.iter().copied().take(16).collect();
        return Err(IoError::NotRecognised { first_bytes });
    }
    Ok(bytes)
}

fn bounds(limits: &Limits) -> vfx_jpeg::Limits {
    vfx_jpeg::Limits {
        pixels: limits.max_pixels,
        memory: limits.max_whole_bytes,
        ..vfx_jpeg::Limits::default()
    }
}

/// What the file says about itself.
fn header(bytes: &[u8], limits: &Limits) -> Result<Header, JpegError> {
    let mut options = DecodeOptions::default();
    options.limits = bounds(limits);
    let mut decoder = Decoder::new(options);
    for piece in bytes.chunks(4096) {
        decoder.write(piece)?;
        if let Some(header) = decoder.header() {
            return Ok(header.clone());
        }
    }
    Err(JpegError::Truncated {
        what: "the header",
        offset: bytes.len() as u64,
    })
}

fn failed(e: JpegError, path: &Path) -> anyhow::Error {
    let e = match e {
        JpegError::Parameter { parameter, reason } => IoError::CannotHold {
            format: "JPEG",
            what: format!("this change without loss: {parameter}: {reason}").into(),
            remedy: "leave out --perfect, or decode and encode it with vfx run",
        },
        JpegError::Unsupported { what } => IoError::unsupported("JPEG", what),
        JpegError::Limit {
            what: "pixels",
            found,
            limit,
        } => IoError::Limit {
            limit: "max_pixels",
            found,
            allowed: limit,
        },
        JpegError::Limit { what, found, limit } if what.ends_with("memory") => IoError::Limit {
            limit: "max_whole_bytes",
            found,
            allowed: limit,
        },
        e => IoError::malformed("JPEG", "image data", e.to_string()),
    };
    e.in_file(path).into()
}

/// Refuses a corner that is not on an iMCU.
fn on_blocks(c: &Crop, header: &Header) -> Result<()> {
    let most = |f: fn(&(u8, u8)) -> u8| {
        let factors = header.components.iter().map(|c| f(&c.sampling));
        u32::from(factors.max().unwrap_or(1)) * 8
    };
    let (w, h) = (most(|s| s.0), most(|s| s.1));
    if !c.x.is_multiple_of(w) || !c.y.is_multiple_of(h) {
        bail!(
            "crop corner is {},{}, blocks are {w}x{h}: expected multiples",
            c.x,
            c.y
        );
    }
    Ok(())
}

/// The new file gets its name when it is complete.
fn write(path: &Path, bytes: &[u8]) -> Result<(), IoError> {
    let mut output = vfx::io::Output::create(path)?;
    output.append(bytes)?;
    output.finish().map(drop)
}

/// Says what the new file lacks.
fn warn(console: &Console, change: &Change<'_>, before: &Header, after: &Header) {
    let name = change.files.output.display();
    let (mut w, mut h) = (before.width, before.height);
    if matches!(change.options.turn, Turn::Rotate90 | Turn::Rotate270) {
        (w, h) = (h, w);
    }
    if change.options.crop.is_none() && (after.width, after.height) != (w, h) {
        console.warn(&format!(
            "partial blocks were cut off: {}x{} pixels became {}x{}: '{name}'",
            w, h, after.width, after.height
        ));
    }
    if let (true, Some(o)) = (change.options.strip, orientation(before)) {
        console.warn(&format!(
            "Exif orientation {o} went with the metadata; the picture now shows as it is stored: '{name}'"
        ));
    }
}

/// The Exif orientation (TIFF 6.0 tag 274) where it is there and not 1.
fn orientation(header: &Header) -> Option<u16> {
    let exif = header.metadata.exif.as_deref()?;
    let big = exif.starts_with(b"MM");
    let short = |at: usize| {
        let b = *exif.get(at..)?.first_chunk::<2>()?;
        Some(if big {
            u16::from_be_bytes(b)
        } else {
            u16::from_le_bytes(b)
        })
    };
    let long = |at: usize| {
        let b = *exif.get(at..)?.first_chunk::<4>()?;
        Some(if big {
            u32::from_be_bytes(b)
        } else {
            u32::from_le_bytes(b)
        })
    };
    let first = usize::try_from(long(4)?).ok()?;
    let entries = (0..usize::from(short(first)?)).map(|i| first.saturating_add(2 + 12 * i));
    let mut found = entries.filter(|at| short(*at) == Some(274));
    let value = short(found.next()?.checked_add(8)?)?;
    (2..=8).contains(&value).then_some(value)
}

/// What was done, for people or as JSON.
fn print(
    globals: &Globals,
    change: &Change<'_>,
    header: &Header,
    before: usize,
    after: usize,
) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let (input, output) = (change.files.input.display(), change.files.output.display());
    let (w, h) = (header.width, header.height);
    if globals.json {
        let line = serde_json::json!({
            "command": change.verb, "input": input.to_string(), "output": output.to_string(), "width": w, "height": h,
            "progressive": header.progressive, "bytes_before": before, "bytes": after,
        });
        writeln!(out, "{line}").context("cannot print")?;
    } else if !globals.quiet {
        let percent = 100.0 * (after as f64 / before as f64 - 1.0);
        writeln!(out, "{output}: {w}x{h}, {after} bytes ({percent:+.1} %)")
            .context("cannot print")?;
    }
    Ok(())
}
