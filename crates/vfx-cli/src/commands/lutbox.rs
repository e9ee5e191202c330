//! `vfx lutbox`: the virtual LUT box, its client and its instruments.

use super::lutbox_look as look;
use crate::globals::Globals;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use vfx_lutbox::AxisOrder;
use vfx_lutbox::files::{self, Grade};
use vfx_lutbox::opengradeio::client::{Client, set_cdl, set_lut};

/// Arguments of `lutbox`.
#[derive(clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  vfx lutbox serve --http 8090\n  vfx lutbox send look.cube --channel A\n  vfx lutbox watch A"
)]
pub struct LutboxArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Receive grades and publish them
    Serve(super::lutbox_serve::ServeArgs),
    /// Send a LUT or a CDL file to a box
    Send(SendArgs),
    /// Print every update of a channel
    Watch(BusArgs),
    /// Say in which axis order a LUT lies, from a raw RGBA capture or from a channel
    Probe(look::ProbeArgs),
    /// Write what a channel publishes: .cube, .clf, .exr, .png, an 8-bit preview
    Snapshot(look::SnapshotArgs),
    /// Write a shader that samples a channel's texture
    Shader(look::ShaderArgs),
    /// List the channels of the local bus
    Info(InfoArgs),
    /// Write what a channel publishes to a .cube file
    Capture(CaptureArgs),
}

#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx lutbox send grade.cc --channel A --host 10.0.0.5")]
struct SendArgs {
    /// Any LUT format, raw `.f32`, `.cc`, `.cdl`, `.json`
    file: PathBuf,
    /// Channel (OpenGradeIO instance)
    #[arg(long)]
    channel: Option<String>,
    /// Host of the box
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port of the box
    #[arg(long, default_value_t = vfx_lutbox::opengradeio::PORT)]
    port: u16,
    /// Order on the wire: bgr-fastest or rgb-fastest
    #[arg(long, default_value = "bgr-fastest")]
    wire_order: String,
}

#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx lutbox watch A --count 10")]
struct BusArgs {
    /// Channel
    channel: String,
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
    /// Stop after so many updates
    #[arg(long)]
    count: Option<u64>,
}

#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx lutbox info --json")]
struct InfoArgs {
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx lutbox capture A -o look.cube")]
struct CaptureArgs {
    /// Channel
    channel: String,
    /// The .cube file
    #[arg(short)]
    output: PathBuf,
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
}

/// Runs the action.
pub fn run(globals: &Globals, args: LutboxArgs) -> Result<ExitCode> {
    match args.action {
        Action::Serve(a) => super::lutbox_serve::run(globals, a),
        Action::Send(a) => send(&a),
        Action::Probe(a) => look::probe(globals, &a),
        Action::Snapshot(a) => look::snapshot(&a),
        Action::Shader(a) => look::shader(&a),
        #[cfg(target_os = "linux")]
        Action::Watch(a) => bus::watch(globals, &a),
        #[cfg(target_os = "linux")]
        Action::Info(a) => bus::info(globals, a.socket),
        #[cfg(target_os = "linux")]
        Action::Capture(a) => bus::capture(&a),
        #[cfg(not(target_os = "linux"))]
        Action::Watch(_) | Action::Info(_) | Action::Capture(_) => {
            bail!("the local bus exists on Linux only")
        }
    }
}

/// The order of that name.
pub(super) fn order(name: &str) -> Result<AxisOrder> {
    let Some(order) = AxisOrder::from_name(name) else {
        bail!("--wire-order is '{name}', expected bgr-fastest or rgb-fastest");
    };
    Ok(order)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))
}

fn send(a: &SendArgs) -> Result<ExitCode> {
    let grade = files::parse(&read(&a.file)?, &a.file)
        .with_context(|| format!("cannot use '{}'", a.file.display()))?;
    let frame = match grade {
        Grade::Lut(lut) if lut.shaper.is_some() => bail!(
            "'{}' has a 1D table or a domain before its cube, which OpenGradeIO cannot carry; use PUT over HTTP",
            a.file.display()
        ),
        Grade::Lut(lut) => set_lut(a.channel.as_deref(), &lut.cube, order(&a.wire_order)?),
        Grade::Cdl(cdl) => set_cdl(a.channel.as_deref(), &cdl),
        _ => bail!("'{}' is neither a LUT nor a CDL", a.file.display()),
    };
    Client::connect((a.host.as_str(), a.port))?.send(&frame)?;
    Ok(ExitCode::SUCCESS)
}

/// The given socket of the local bus, or the user's.
#[cfg(target_os = "linux")]
pub(super) fn socket(given: Option<PathBuf>) -> Result<PathBuf> {
    given
        .or_else(vfx_lutbox::bus::default_socket)
        .context("no socket: give --socket, or set XDG_RUNTIME_DIR")
}

#[cfg(target_os = "linux")]
mod bus {
    use super::*;
    use vfx_lutbox::bus::Reader;
    use vfx_lutbox::layout::LAYOUTS;

    pub fn watch(globals: &Globals, a: &BusArgs) -> Result<ExitCode> {
        let mut reader = Reader::open(&socket(a.socket.clone())?, &a.channel)?;
        let mut out = std::io::stdout().lock();
        let (mut texels, mut last) = (Vec::new(), 0);
        let mut left = a.count.unwrap_or(u64::MAX);
        while left > 0 {
            let seen = reader.count();
            let i = reader.read(&mut texels)?;
            if i.generation != last {
                last = i.generation;
                left -= 1;
                if globals.json {
                    let line = json!({"generation": i.generation, "edge": i.edge, "crc32": i.crc32, "monotonic_ns": i.monotonic_ns});
                    writeln!(out, "{line}")?;
                } else {
                    writeln!(
                        out,
                        "update {}: edge {}, crc32 {:08x}",
                        i.generation, i.edge, i.crc32
                    )?;
                }
                out.flush()?;
            }
            if left > 0 {
                reader.wait(seen, Duration::from_secs(1));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    pub fn info(globals: &Globals, given: Option<PathBuf>) -> Result<ExitCode> {
        let socket = socket(given)?;
        let mut out = std::io::stdout().lock();
        let mut texels = Vec::new();
        for name in Reader::channels(&socket)? {
            let i = Reader::open(&socket, &name)?.read(&mut texels)?;
            let layout = LAYOUTS.into_iter().find(|l| l.code() == i.layout);
            let layout = layout.map_or("unknown", |l| l.name());
            if globals.json {
                let line = json!({"channel": name, "edge": i.edge, "size": i.size, "layout": layout, "generation": i.generation});
                writeln!(out, "{line}")?;
            } else {
                let [w, h, d] = i.size;
                writeln!(
                    out,
                    "{name}: edge {}, {w}x{h}x{d} {layout}, update {}",
                    i.edge, i.generation
                )?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    pub fn capture(a: &CaptureArgs) -> Result<ExitCode> {
        let mut reader = Reader::open(&socket(a.socket.clone())?, &a.channel)?;
        let text = files::text(&reader.lut()?.0, "cube")?;
        std::fs::write(&a.output, text)
            .with_context(|| format!("cannot write '{}'", a.output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
