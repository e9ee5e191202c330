//! The box as a whole: listeners, channels, outputs, and their end.
//!
//! One thread a listener and a connection; connections are few (64) and idle ones cost a stack. Everything listens on loopback
//! unless told otherwise. A port that cannot be bound is an error of [`LutBox::start`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::capture::Capture;
use crate::channel::Channels;
use crate::metrics::Metrics;
use crate::net::{Cidr, Gate};
use crate::opengradeio::server::FrameBudget;
use crate::output::Output;
use crate::store::Store;
use crate::{AxisOrder, Layout, LutBoxError, opengradeio};

/// What a box listens to and how.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of all listeners.
    pub host: IpAddr,
    /// Port of OpenGradeIO; 0 picks one.
    pub port: u16,
    /// Port of the HTTP API and of the disguise CDL endpoints; none without.
    pub http_port: Option<u16>,
    /// Port of the ColorBox WebSocket; none without.
    pub colorbox_port: Option<u16>,
    /// Channel that the ColorBox input writes.
    pub colorbox_channel: String,
    /// Folder that is watched; none without.
    pub watch: Option<PathBuf>,
    /// Order of LUTs on the OpenGradeIO wire.
    pub wire_order: AxisOrder,
    /// Layout of published textures.
    pub layout: Layout,
    /// Folder of the last good LUTs; none without.
    pub state: Option<PathBuf>,
    /// Socket of the local bus; none without. Linux.
    pub socket: Option<PathBuf>,
    /// How channels are sent to Spout; not without. Windows.
    pub spout: Option<crate::spout::Options>,
    /// Whether channels are sent to Syphon. macOS.
    pub syphon: bool,
    /// Ranges that may connect besides loopback; empty: all.
    pub allow: Vec<Cidr>,
    /// Needed by HTTP and WebSocket requests, as `Authorization: Bearer`.
    pub token: Option<String>,
    /// Longest OpenGradeIO frame in bytes.
    pub max_frame: usize,
    /// Bytes of frames in flight, all connections.
    pub max_in_flight: usize,
    /// Connections in all.
    pub max_connections: usize,
    /// Connections of one address.
    pub max_per_address: usize,
    /// Folder that keeps refused messages; none without.
    pub capture: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: opengradeio::PORT,
            http_port: None,
            colorbox_port: None,
            colorbox_channel: "colorbox".into(),
            watch: None,
            wire_order: AxisOrder::default(),
            layout: Layout::default(),
            state: None,
            socket: None,
            spout: None,
            syphon: false,
            allow: Vec::new(),
            token: None,
            max_frame: 128 * 128 * 128 * 16 + 65536,
            max_in_flight: 256 << 20,
            max_connections: 64,
            max_per_address: 8,
            capture: None,
        }
    }
}

/// What all threads see.
#[derive(Debug)]
pub(crate) struct Shared {
    pub channels: Channels,
    pub metrics: Metrics,
    pub frames: FrameBudget,
    pub wire_order: AxisOrder,
    pub layout: Layout,
    pub max_frame: usize,
    pub token: Option<String>,
    capture: Option<Capture>,
    stop: AtomicBool,
    detached: AtomicUsize,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Shared {
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    pub fn capture(&self, message: &[u8], cause: &LutBoxError) {
        if let Some(c) = &self.capture {
            c.keep(message, cause);
        }
    }

    /// Whether a request with this `Authorization` header may pass.
    pub fn authorised(&self, header: Option<&[u8]>) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let given = header
            .and_then(|h| h.strip_prefix(b"Bearer "))
            .unwrap_or(b"");
        // Every byte is compared, so that the time says nothing about the token.
        let differs = given
            .iter()
            .zip(token.as_bytes())
            .fold(0, |d, (a, b)| d | (a ^ b));
        given.len() == token.len() && differs == 0
    }

    /// A thread that [`LutBox::stop`] waits for.
    pub fn spawn(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), LutBoxError> {
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(work)
            .map_err(LutBoxError::io("thread"))?;
        let mut all = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(thread);
        Ok(())
    }

    /// A thread of one connection.
    pub fn spawn_detached(self: &Arc<Self>, name: &str, work: impl FnOnce() + Send + 'static) {
        let shared = self.clone();
        shared.detached.fetch_add(1, Ordering::AcqRel);
        let run = move || {
            work();
            shared.detached.fetch_sub(1, Ordering::AcqRel);
        };
        let builder = std::thread::Builder::new().name(name.into());
        // Without a thread the connection is dropped, as one too many would be.
        if builder.stack_size(512 << 10).spawn(run).is_err() {
            self.detached.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Accepts connections on `listener` until the end.
    pub fn listen(
        self: &Arc<Self>,
        name: &'static str,
        listener: TcpListener,
        gate: Arc<Gate>,
        serve: impl Fn(&Arc<Shared>, TcpStream) + Send + Sync + 'static,
    ) -> Result<(), LutBoxError> {
        listener
            .set_nonblocking(true)
            .map_err(LutBoxError::io("listener"))?;
        let shared = self.clone();
        let serve = Arc::new(serve);
        self.spawn(name, move || {
            while !shared.stopping() {
                let Ok((stream, peer)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                let Some(pass) = gate.enter(peer.ip()) else {
                    shared.metrics.refused_connection();
                    continue;
                };
                if stream.set_nonblocking(false).is_err() {
                    continue;
                }
                let (s, serve) = (shared.clone(), serve.clone());
                shared.spawn_detached(name, move || {
                    serve(&s, stream);
                    drop(pass);
                });
            }
        })
    }
}

/// A running box; stops when dropped.
#[derive(Debug)]
pub struct LutBox {
    shared: Arc<Shared>,
    address: SocketAddr,
    http: Option<SocketAddr>,
    colorbox: Option<SocketAddr>,
}

fn bind(host: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), LutBoxError> {
    let listener = TcpListener::bind((host, port)).map_err(LutBoxError::io("bind"))?;
    let address = listener.local_addr().map_err(LutBoxError::io("bind"))?;
    Ok((listener, address))
}

impl LutBox {
    /// Binds everything and starts to serve.
    ///
    /// # Errors
    ///
    /// If a port, the socket or a folder cannot be used.
    pub fn start(config: Config) -> Result<Self, LutBoxError> {
        let (listener, address) = bind(config.host, config.port)?;
        let http = config.http_port.map(|p| bind(config.host, p)).transpose()?;
        let colorbox = config.colorbox_port.map(|p| bind(config.host, p));
        let colorbox = colorbox.transpose()?;
        let store = config.state.as_deref().map(Store::open).transpose()?;
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        #[cfg(target_os = "linux")]
        let bus = config.socket.as_ref().map(|path| {
            let bus = Arc::new(crate::bus::Bus::new(config.layout));
            outputs.push(Box::new(bus.clone()));
            (bus, path.clone())
        });
        #[cfg(windows)]
        if let Some(options) = &config.spout {
            let spout = crate::spout::Spout::new(config.layout, options.clone())?;
            outputs.push(Box::new(spout));
        }
        #[cfg(target_os = "macos")]
        if config.syphon {
            outputs.push(Box::new(crate::syphon::Syphon::new(config.layout)));
        }
        let capture = config.capture.as_deref().map(Capture::open).transpose()?;
        let shared = Arc::new(Shared {
            channels: Channels::with_edge(outputs, store, config.layout.usual_edge()),
            metrics: Metrics::default(),
            frames: FrameBudget::new(config.max_in_flight),
            wire_order: config.wire_order,
            layout: config.layout,
            max_frame: config.max_frame,
            token: config.token.clone(),
            capture,
            stop: AtomicBool::new(false),
            detached: AtomicUsize::new(0),
            threads: Mutex::default(),
        });
        // From here on dropping stops what has started.
        let running = Self {
            shared: shared.clone(),
            address,
            http: http.as_ref().map(|h| h.1),
            colorbox: colorbox.as_ref().map(|c| c.1),
        };
        #[cfg(target_os = "linux")]
        if let Some((bus, path)) = bus {
            crate::bus::serve(shared.clone(), bus, &path)?;
        }
        let gate = Gate::new(config.allow, config.max_connections, config.max_per_address);
        let open = |s: &Arc<Shared>, t: TcpStream| opengradeio::server::serve(s, t);
        shared.listen("lutbox-ogio", listener, gate.clone(), open)?;
        if let Some((l, _)) = http {
            shared.listen("lutbox-http", l, gate.clone(), crate::http::serve)?;
        }
        if let Some((l, _)) = colorbox {
            crate::colorbox::listen(&shared, l, gate, &config.colorbox_channel)?;
        }
        if let Some(folder) = config.watch {
            crate::watch::start(&shared, folder)?;
        }
        Ok(running)
    }

    /// Where OpenGradeIO listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where HTTP listens.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Where the ColorBox WebSocket listens.
    pub fn colorbox_address(&self) -> Option<SocketAddr> {
        self.colorbox
    }

    /// The channels.
    pub fn channels(&self) -> &Channels {
        &self.shared.channels
    }

    /// Counters and latencies.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Ends listeners and connections, writes the last states.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        let threads = std::mem::take(
            &mut *self
                .shared
                .threads
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        for t in threads {
            // A panic has been printed by its thread.
            let _ = t.join();
        }
        // Connections look for the end every quarter of a second.
        for _ in 0..200 {
            if self.shared.detached.load(Ordering::Acquire) == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.shared.channels.close();
    }
}

impl Drop for LutBox {
    fn drop(&mut self) {
        self.stop();
    }
}
