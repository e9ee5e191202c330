//! `vfx lutbox serve`: receives grades until Ctrl+C.

use super::lutbox::order;
use crate::globals::Globals;
use anyhow::{Result, bail};
use serde_json::json;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use vfx_lutbox::{Cidr, Config, Layout, LutBox};

/// Arguments of `lutbox serve`.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  vfx lutbox serve --http 8090 --layout unreal-strip --host 0.0.0.0 --allow 10.0.0.0/8"
)]
pub struct ServeArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port of OpenGradeIO
    #[arg(long, default_value_t = vfx_lutbox::opengradeio::PORT)]
    port: u16,
    /// Port of the HTTP API and the disguise CDL endpoints [default: off; disguise uses 8008]
    #[arg(long, value_name = "PORT")]
    http: Option<u16>,
    /// Port of the ColorBox WebSocket [default: off; ColorBox uses 5000]
    #[arg(long, value_name = "PORT")]
    colorbox: Option<u16>,
    /// Channel that the ColorBox input writes
    #[arg(long, default_value = "colorbox")]
    colorbox_channel: String,
    /// Folder whose files become channels
    #[arg(long, value_name = "DIR")]
    watch: Option<PathBuf>,
    /// Order of LUTs on the wire: bgr-fastest or rgb-fastest
    #[arg(long, default_value = "bgr-fastest")]
    wire_order: String,
    /// Layout of textures: original-strip, unreal-strip, square-hald or 3d
    #[arg(long, default_value = "original-strip")]
    layout: String,
    /// Folder of the last good LUTs [default: the user's state folder]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Remember nothing
    #[arg(long, conflicts_with = "state")]
    no_state: bool,
    /// Socket of the local bus [default: $XDG_RUNTIME_DIR/vglb.sock]
    #[arg(long)]
    socket: Option<PathBuf>,
    /// Adapter of the Spout receivers: its number or a part of its name [default: the first]
    #[cfg(windows)]
    #[arg(long)]
    adapter: Option<String>,
    /// How often a second Spout sends an unchanged LUT again; 0 never
    #[cfg(windows)]
    #[arg(long, value_name = "FPS", default_value_t = 1.0)]
    heartbeat_fps: f64,
    /// Announce nothing to Spout
    #[cfg(windows)]
    #[arg(long)]
    no_spout: bool,
    /// Announce nothing to Syphon
    #[cfg(target_os = "macos")]
    #[arg(long)]
    no_syphon: bool,
    /// Address range that may connect besides loopback; repeatable [default: all]
    #[arg(long, value_name = "CIDR")]
    allow: Vec<String>,
    /// File whose first line HTTP and WebSocket clients must send as bearer token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Folder that keeps refused messages
    #[arg(long, value_name = "DIR")]
    keep_refused: Option<PathBuf>,
}

/// The time between heartbeats; zero for none.
#[cfg(windows)]
fn period(fps: f64) -> Duration {
    if fps > 0.0 {
        Duration::from_secs_f64((1.0 / fps).clamp(0.001, 86400.0))
    } else {
        Duration::ZERO
    }
}

#[cfg(not(target_os = "macos"))]
fn wait_for(stopped: &std::sync::mpsc::Receiver<()>) {
    while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) =
        stopped.recv_timeout(Duration::from_secs(3600))
    {}
}

/// Messages of Syphon's clients arrive on the run loop of the main thread.
#[cfg(target_os = "macos")]
fn wait_for(stopped: &std::sync::mpsc::Receiver<()>) {
    while let Err(std::sync::mpsc::TryRecvError::Empty) = stopped.try_recv() {
        vfx_lutbox::syphon::wait(Duration::from_millis(100));
    }
}

/// Serves until Ctrl+C, then prints the metrics.
pub fn run(globals: &Globals, a: ServeArgs) -> Result<ExitCode> {
    let Some(layout) = Layout::from_name(&a.layout) else {
        bail!(
            "--layout is '{}', expected original-strip, unreal-strip, square-hald or 3d",
            a.layout
        );
    };
    let allow: Result<Vec<Cidr>, _> = a.allow.iter().map(|t| t.parse()).collect();
    let token = match &a.token_file {
        None => None,
        Some(p) => {
            let text = std::fs::read_to_string(p)?;
            let line = text.lines().next().unwrap_or("").trim().to_owned();
            if line.is_empty() {
                bail!("the token file is empty: '{}'", p.display());
            }
            Some(line)
        }
    };
    let default_state = || vfx_lutbox::default_folder().filter(|_| !a.no_state);
    let config = Config {
        host: a.host,
        port: a.port,
        http_port: a.http,
        colorbox_port: a.colorbox,
        colorbox_channel: a.colorbox_channel,
        watch: a.watch,
        wire_order: order(&a.wire_order)?,
        layout,
        state: a.state.or_else(default_state),
        #[cfg(target_os = "linux")]
        socket: a.socket.or_else(vfx_lutbox::bus::default_socket),
        #[cfg(not(target_os = "linux"))]
        socket: a.socket,
        #[cfg(windows)]
        spout: (!a.no_spout).then(|| vfx_lutbox::spout::Options {
            adapter: a.adapter,
            heartbeat: period(a.heartbeat_fps),
            ..vfx_lutbox::spout::Options::default()
        }),
        #[cfg(target_os = "macos")]
        syphon: !a.no_syphon,
        allow: allow?,
        token,
        capture: a.keep_refused,
        ..Config::default()
    };
    let open = !config.host.is_loopback() && config.allow.is_empty();
    let (send, stopped) = std::sync::mpsc::channel();
    let _ = ctrlc::set_handler(move || {
        // Nobody listens any more when it is already stopping.
        let _ = send.send(());
    });
    let lutbox = LutBox::start(config)?;
    if !globals.quiet {
        eprintln!("OpenGradeIO on {}", lutbox.address());
        if let Some(h) = lutbox.http_address() {
            eprintln!("HTTP on {h}");
        }
        if open {
            eprintln!("warning: every host that reaches this port can change grades; see --allow");
        }
    }
    wait_for(&stopped);
    let metrics = lutbox.metrics().to_json();
    drop(lutbox);
    if globals.json {
        writeln!(std::io::stdout(), "{}", json!({"metrics": metrics}))?;
    }
    Ok(ExitCode::SUCCESS)
}
