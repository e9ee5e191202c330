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
    while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) =
        stopped.recv_timeout(Duration::from_secs(3600))
    {}
    let metrics = lutbox.metrics().to_json();
    drop(lutbox);
    if globals.json {
        writeln!(std::io::stdout(), "{}", json!({"metrics": metrics}))?;
    }
    Ok(ExitCode::SUCCESS)
}
