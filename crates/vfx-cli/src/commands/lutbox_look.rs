//! `vfx lutbox snapshot`, `shader` and `probe`: what a channel looks like, how to sample it, in which order it came.

use super::lutbox::{order, read};
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use vfx_lutbox::shader::{LANGUAGES, ShaderOptions, ShaperDomain, language, text};
use vfx_lutbox::{Axis, AxisOrder, Cube, Layout};

/// Arguments of `lutbox shader`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx lutbox shader --layout unreal-strip --language hlsl --edge 33\n  vfx lutbox shader --language wgsl --channel A -o lut.wgsl"
)]
pub struct ShaderArgs {
    /// Layout of the texture: original-strip, unreal-strip, square-hald or 3d
    #[arg(long, default_value = "original-strip")]
    layout: String,
    /// glsl (3.30), vulkan-glsl (4.50), hlsl (SM 5), msl or wgsl
    #[arg(long, default_value = "glsl")]
    language: String,
    /// Entries along one axis [default: 33; 64 for square-hald]
    #[arg(long, conflicts_with = "channel")]
    edge: Option<usize>,
    /// Trilinear instead of tetrahedral
    #[arg(long)]
    trilinear: bool,
    /// Shaper before the lattice: linear or log2, its lower and upper input and its rows
    #[arg(long, value_name = "AXIS,MIN,MAX,ROWS", conflicts_with = "channel")]
    shaper: Option<String>,
    /// Take edge, layout and shaper from a channel of the local bus
    #[arg(long)]
    channel: Option<String>,
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
    /// File to write [default: standard output]
    #[arg(short)]
    output: Option<PathBuf>,
}

fn layout(name: &str) -> Result<Layout> {
    let found = Layout::from_name(name);
    found.with_context(|| {
        format!("--layout is '{name}', expected original-strip, unreal-strip, square-hald or 3d")
    })
}

fn shaper(given: &str) -> Result<ShaperDomain> {
    let parts: Vec<&str> = given.split(',').collect();
    let [axis, min, max, rows] = parts.as_slice() else {
        bail!("--shaper is '{given}', expected AXIS,MIN,MAX,ROWS");
    };
    Ok(ShaperDomain {
        axis: Axis::from_name(axis).context("the axis of --shaper is linear or log2")?,
        min: [min.parse().context("MIN of --shaper is no number")?; 3],
        max: [max.parse().context("MAX of --shaper is no number")?; 3],
        rows: rows.parse().context("ROWS of --shaper is no number")?,
    })
}

/// Writes a sampling shader.
pub fn shader(a: &ShaderArgs) -> Result<ExitCode> {
    let Some(dialect) = language(&a.language) else {
        let names = LANGUAGES.map(|l| l.0).join(", ");
        bail!("--language is '{}', expected one of {names}", a.language);
    };
    let layout = layout(&a.layout)?;
    let mut options = ShaderOptions {
        dialect,
        layout,
        edge: a.edge.unwrap_or_else(|| layout.usual_edge()),
        trilinear: a.trilinear,
        shaper: a.shaper.as_deref().map(shaper).transpose()?,
    };
    if let Some(channel) = &a.channel {
        let (lut, published) = channel_lut(a.socket.clone(), channel)?;
        options.layout = published;
        options.edge = lut.cube.edge();
        options.shaper = lut.shaper.as_ref().map(Into::into);
    }
    let code = text(&options)?;
    match &a.output {
        Some(path) => {
            std::fs::write(path, code)
                .with_context(|| format!("cannot write '{}'", path.display()))?;
        }
        None => std::io::stdout().lock().write_all(code.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(target_os = "linux")]
fn channel_lut(socket: Option<PathBuf>, channel: &str) -> Result<(vfx_lutbox::Lut, Layout)> {
    let socket = super::lutbox::socket(socket)?;
    let (lut, info) = vfx_lutbox::bus::Reader::open(&socket, channel)?.lut()?;
    let all = vfx_lutbox::layout::LAYOUTS;
    let layout = all.into_iter().find(|l| l.code() == info.layout);
    Ok((lut, layout.context("the box uses an unknown layout")?))
}

#[cfg(not(target_os = "linux"))]
fn channel_lut(_: Option<PathBuf>, _: &str) -> Result<(vfx_lutbox::Lut, Layout)> {
    bail!("the local bus exists on Linux only")
}

/// Arguments of `lutbox snapshot`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx lutbox snapshot A -o look.exr\n  vfx lutbox snapshot A -o look.preview.png --layout square-hald"
)]
pub struct SnapshotArgs {
    /// Channel
    channel: String,
    /// File: .cube, .clf, .exr, .f32, .png (16 bits) or .preview.png (8 bits, to look at)
    #[arg(short)]
    output: PathBuf,
    /// Layout of pictures [default: the channel's]
    #[arg(long)]
    layout: Option<String>,
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
}

/// Writes what a channel publishes.
pub fn snapshot(a: &SnapshotArgs) -> Result<ExitCode> {
    use vfx_lutbox::snapshot::Picture;
    let name = a.output.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let ends = |e: &str| name.ends_with(&format!(".{e}"));
    let known = ["preview.png", "png", "exr", "cube", "clf", "f32"];
    let kind = known.into_iter().find(|e| ends(e));
    let kind = kind.and_then(Picture::from_name);
    let kind = kind.with_context(|| {
        format!(
            "'{}' should end in .cube, .clf, .exr, .f32, .png or .preview.png",
            a.output.display()
        )
    })?;
    let (lut, published) = channel_lut(a.socket.clone(), &a.channel)?;
    let layout = a.layout.as_deref().map_or(Ok(published), layout)?;
    std::fs::write(&a.output, kind.encode(&lut, layout)?)
        .with_context(|| format!("cannot write '{}'", a.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Arguments of `lutbox probe`.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vfx lutbox probe payload.f32\n  vfx lutbox probe --channel A --seconds 30\n\n\
                  Send an identity, or any grade that is close to one, while it looks at a channel."
)]
pub struct ProbeArgs {
    /// The lutData bytes of an identity-like setLUT: little-endian RGBA floats
    #[arg(required_unless_present = "channel", conflicts_with = "channel")]
    file: Option<PathBuf>,
    /// Judge what arrives in a channel of the local bus
    #[arg(long)]
    channel: Option<String>,
    /// How long to look at a channel
    #[arg(long, default_value_t = 10.0, requires = "channel")]
    seconds: f64,
    /// The --wire-order of the box that serves the channel
    #[arg(long, default_value = "bgr-fastest")]
    wire_order: String,
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
}

/// Prints the likely order of a payload, or of every update of a channel.
pub fn probe(globals: &Globals, a: &ProbeArgs) -> Result<ExitCode> {
    let assumed = order(&a.wire_order)?;
    if let Some(path) = &a.file {
        return report(globals, &Cube::from_rgba_le(assumed, &read(path)?)?, 0);
    }
    let Some(channel) = &a.channel else {
        bail!("give a file or --channel");
    };
    live(globals, a, channel, assumed)
}

fn report(globals: &Globals, cube: &Cube, update: u64) -> Result<ExitCode> {
    let v = vfx_lutbox::probe::detect(cube);
    let mut out = std::io::stdout().lock();
    let (edge, name) = (cube.edge(), v.order.name());
    if globals.json {
        let line =
            json!({"update": update, "edge": edge, "order": name, "confidence": v.confidence});
        writeln!(out, "{line}")?;
    } else {
        let share = v.confidence * 100.0;
        writeln!(out, "edge {edge}, {name}, confidence {share:.0} %")?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(target_os = "linux")]
fn live(globals: &Globals, a: &ProbeArgs, channel: &str, assumed: AxisOrder) -> Result<ExitCode> {
    use std::time::{Duration, Instant};
    let socket = super::lutbox::socket(a.socket.clone())?;
    let mut reader = vfx_lutbox::bus::Reader::open(&socket, channel)?;
    let end = Instant::now() + Duration::from_secs_f64(a.seconds.clamp(0.0, 86400.0));
    let mut last = 0;
    loop {
        let seen = reader.count();
        let (lut, info) = reader.lut()?;
        if info.generation != last {
            last = info.generation;
            // What the bus shows is in the assumed order already: give it back the order of the wire.
            let n = lut.cube.edge();
            let entries = match assumed {
                AxisOrder::RedFastest => lut.cube.red_fastest(),
                AxisOrder::BlueFastest => (0..n * n * n)
                    .map(|i| lut.cube.at(i / n / n, i / n % n, i % n))
                    .collect(),
            };
            report(globals, &Cube::new(assumed, entries)?, last)?;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(ExitCode::SUCCESS);
        }
        reader.wait(seen, left.min(Duration::from_secs(1)));
    }
}

#[cfg(not(target_os = "linux"))]
fn live(_: &Globals, _: &ProbeArgs, _: &str, _: AxisOrder) -> Result<ExitCode> {
    bail!("the local bus exists on Linux only")
}
