//! `vfx convert`: a file or a sequence in another format. Type, channels, parts and metadata stay where nothing is said.

use crate::color::ColorArgs;
use crate::console::Console;
use crate::frames::{self, Frame};
use crate::globals::Globals;
use crate::progress::Watch;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use vfx::color::Conversion;
use vfx::compute::ChannelPick;
use vfx::io::{JpegOptions, WriteOptions};
use vfx::{Image, SaveOptions, Session};
use vfx_core::IoError;

/// Pixels up to which a frame counts as small: several of them run side by side on a thread each.
const SMALL_FRAME: u64 = 16 << 20;

/// Arguments of `convert`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx convert plate.exr plate.png --type u16\n  \
                        vfx convert scan.tif scan.exr --compression zip --tile 256x256\n  \
                        vfx convert plate.exr plate.jpg --quality 90 --subsampling 444 --progressive\n  \
                        vfx convert 'plate.####.exr' 'plate.%04d.dpx' --frames 1001-1100 --type u10"
)]
pub struct ConvertArgs {
    /// Input: a file, a sequence (plate.####.exr, plate.%04d.exr) or null:WxH?...
    #[arg(value_name = "IN")]
    input: String,
    /// Output; its extension decides the format
    #[arg(value_name = "OUT")]
    output: String,
    /// Sample type: u8 u10 u12 u16 u32 f16 f32
    #[arg(short = 'd', long = "type", value_name = "TYPE")]
    sample: Option<String>,
    /// Compression, with :level where it has one
    #[arg(long, value_name = "NAME")]
    compression: Option<String>,
    /// Tiles of this size
    #[arg(long, value_name = "WxH", conflicts_with = "scanline")]
    tile: Option<String>,
    /// Strips, no tiles
    #[arg(long)]
    scanline: bool,
    /// Channels to keep, in this order
    #[arg(long, value_name = "R,G,B", value_delimiter = ',')]
    channels: Option<Vec<String>>,
    /// Lossy quality, 1 to 100
    #[arg(long, value_name = "N")]
    quality: Option<f32>,
    /// JPEG chroma subsampling: 444, 422, 440, 420, 411
    #[arg(long, value_name = "NAME")]
    subsampling: Option<String>,
    /// Format, where the extension shall not decide
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// Frames of a sequence: 1-100, 1-100x2, 1,5,9-12
    #[arg(long, value_name = "RANGE")]
    frames: Option<String>,
    /// What to do about a frame that is not there
    #[arg(long, value_name = "POLICY", default_value = "error", value_parser = ["error", "skip", "black", "hold"])]
    missing: String,
    /// Composite deep images; without it OpenEXR keeps their samples
    #[arg(long)]
    flatten: bool,
    /// Say what metadata the output cannot hold
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    color: ColorArgs,
    #[command(flatten)]
    jpeg: JpegArgs,
}

/// What only JPEG files understand.
#[derive(clap::Args)]
struct JpegArgs {
    /// JPEG: Butteraugli distance 0.01 to 25, instead of --quality; 1 is hardly visible
    #[arg(long, value_name = "D", conflicts_with = "quality")]
    distance: Option<f32>,
    /// JPEG: several scans, coarse to fine
    #[arg(long)]
    progressive: bool,
    /// JPEG: 1 is fastest, 7 smallest
    #[arg(long, value_name = "N")]
    effort: Option<u8>,
    /// JPEG: MCUs between restart markers, 0 for none
    #[arg(long, value_name = "N")]
    restart: Option<u16>,
    /// JPEG: XYB colours with their ICC profile, for readers that honour it
    #[arg(long, conflicts_with = "subsampling")]
    xyb: bool,
}

impl JpegArgs {
    fn options(&self) -> Result<JpegOptions> {
        Ok(JpegOptions {
            distance: self.distance.map(in_distance).transpose()?,
            progressive: self.progressive,
            effort: self.effort.map(in_effort).transpose()?,
            restart: self.restart,
            xyb: self.xyb,
        })
    }
}

/// A JPEG distance within its range.
pub fn in_distance(d: f32) -> Result<f32> {
    if !(0.01..=25.0).contains(&d) {
        bail!("--distance is {d}, expected 0.01 to 25");
    }
    Ok(d)
}

/// A JPEG effort within its range.
pub fn in_effort(n: u8) -> Result<u8> {
    if !(1..=7).contains(&n) {
        bail!("--effort is {n}, expected 1 to 7");
    }
    Ok(n)
}

/// `WxH` of a tile.
pub fn tile(s: &str) -> Result<(usize, usize)> {
    s.split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)))
        .filter(|&(w, h)| (1..=65_536).contains(&w) && (1..=65_536).contains(&h))
        .with_context(|| format!("tile size is '{s}', expected WxH such as 256x256"))
}

fn options(args: &ConvertArgs) -> Result<SaveOptions> {
    if let Some(q) = args.quality.filter(|q| !(1.0..=100.0).contains(q)) {
        bail!("--quality is {q}, expected 1 to 100");
    }
    Ok(SaveOptions {
        write: WriteOptions {
            format: args.format.clone(),
            compression: args.compression.clone(),
            tile: args.tile.as_deref().map(tile).transpose()?,
            quality: args.quality,
            subsampling: args.subsampling.clone(),
            jpeg: args.jpeg.options()?,
        },
        format: args.sample.as_deref().map(str::parse).transpose()?,
        channels: args.channels.clone(),
        note_losses: args.verbose,
        flatten: args.flatten,
    })
}

/// Converts.
pub fn run(globals: &Globals, args: &ConvertArgs) -> Result<ExitCode> {
    let options = options(args)?;
    let color = args.color.for_images()?;
    let color = color.as_ref();
    let (session, console) = globals.session()?;
    let frames = frames::pair(
        &args.input,
        &args.output,
        args.frames.as_deref(),
        args.missing.parse()?,
    )?;
    let missing = frames.iter().any(|f| f.input.is_none());
    let black = if missing {
        frames::example(&args.input)
    } else {
        None
    };
    if globals.explain {
        let mut out = std::io::stdout().lock();
        let f = &frames[0];
        let plan = session.explain(
            &images(&session, f, black.as_deref(), color)?,
            &f.output,
            &options,
        )?;
        super::print_plan(&mut out, &f.output.to_string_lossy(), &plan, globals.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let watch = Watch::start(globals, &session.job().progress, &console);
    let done = match &frames[..] {
        [one] => frame(&session, one, black.as_deref(), &options, color),
        several => sequence(
            &session,
            several,
            black.as_deref(),
            &options,
            color,
            &console,
        ),
    };
    drop(watch);
    done?;
    Ok(ExitCode::SUCCESS)
}

/// What a frame reads; one that is missing is a black one like `like`.
fn images(
    session: &Session,
    frame: &Frame,
    like: Option<&Path>,
    color: Option<&Conversion>,
) -> Result<Vec<Image>> {
    let Some(path) = frame.input.as_deref().or(like) else {
        bail!("no frame of the sequence is there to take the size of a black one from");
    };
    let images = session.open(path)?.images();
    let images = match color {
        None => images,
        Some(c) => images
            .iter()
            .map(|i| c.apply(i, Some(path)))
            .collect::<Result<_, _>>()?,
    };
    if frame.input.is_some() {
        return Ok(images);
    }
    Ok(images
        .iter()
        .map(|i| {
            let channels = i.spec().channels.clone();
            let black = vec![ChannelPick::Constant(0.0); channels.len()];
            Image::from_graph(i.graph().channels(black, channels), session)
        })
        .collect())
}

fn frame(
    session: &Session,
    frame: &Frame,
    like: Option<&Path>,
    options: &SaveOptions,
    color: Option<&Conversion>,
) -> Result<()> {
    let images = images(session, frame, like, color)?;
    session.save(&images, &frame.output, options)?;
    Ok(())
}

/// Frames side by side when they are small, else one after another on all threads; one budget either way. A bad frame does not
/// stop the others; the first error is returned at the end.
fn sequence(
    session: &Session,
    all: &[Frame],
    like: Option<&Path>,
    options: &SaveOptions,
    color: Option<&Conversion>,
    console: &Arc<Console>,
) -> Result<()> {
    let budget = &session.job().budget;
    let small = images(session, &all[0], like, color)
        .is_ok_and(|p| p.iter().map(|i| i.spec().data_window.pixels()).sum::<u64>() <= SMALL_FRAME);
    let side_by_side = if small {
        budget.threads.min(all.len())
    } else {
        1
    };
    let share = session.share(side_by_side);
    let next = AtomicUsize::new(0);
    let failed: Mutex<Vec<(usize, anyhow::Error)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(f) = all.get(i) else {
                return;
            };
            if session.job().cancel.is_cancelled() {
                return;
            }
            if let Err(e) = frame(&share, f, like, options, color) {
                failed.lock().expect("error lock").push((i, e));
            }
        }
    };
    std::thread::scope(|s| {
        for _ in 1..side_by_side {
            s.spawn(work);
        }
        work();
    });
    if session.job().cancel.is_cancelled() {
        return Err(IoError::Cancelled.into());
    }
    let mut failed = failed.into_inner().expect("error lock");
    failed.sort_by_key(|(i, _)| *i);
    let n = failed.len();
    let mut errors = failed.into_iter().map(|(_, e)| e);
    let Some(first) = errors.next() else {
        return Ok(());
    };
    errors.for_each(|e| console.warn(&e.to_string()));
    if n > 1 {
        console.warn(&format!("{n} of {} frames failed", all.len()));
    }
    Err(first)
}
