//! One connection of OpenGradeIO: frames in, replies out, within the limits of time and memory.
//!
//! Nothing is allocated from a declared length: the buffer grows by at most 1 MiB as bytes arrive, against one budget for all
//! connections; a LUT is converted as it arrives, into three quarters of that again. A frame must finish within 10 s of its first
//! byte and keep 64 KiB/s; between frames a client may idle.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::early::Early;
use super::message::{self, Command};
use crate::LutBoxError;
use crate::channel::ChannelId;
use crate::service::Shared;

const STEP: usize = 1 << 20;
/// Buffers above this are given back after their frame.
const KEEP: usize = 8 << 20;
const FRAME_TIME: Duration = Duration::from_secs(10);
const MIN_RATE: f64 = 65536.0;
/// How often a waiting connection looks for the end of the service.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// Bytes of frames in flight, all connections together.
#[derive(Debug)]
pub(crate) struct FrameBudget {
    used: AtomicUsize,
    limit: usize,
}

impl FrameBudget {
    pub fn new(limit: usize) -> Self {
        Self {
            used: AtomicUsize::new(0),
            limit,
        }
    }

    pub fn take(&self, n: usize) -> bool {
        let grow = |u: usize| u.checked_add(n).filter(|t| *t <= self.limit);
        let order = Ordering::Relaxed;
        self.used.fetch_update(order, order, grow).is_ok()
    }

    pub fn give_back(&self, n: usize) {
        self.used.fetch_sub(n, Ordering::Relaxed);
    }
}

/// A buffer that counts against the budget.
struct Frame<'a> {
    bytes: Vec<u8>,
    budget: &'a FrameBudget,
}

impl Frame<'_> {
    /// Room for at least one byte after `filled`, at most up to `need`.
    fn room(&mut self, filled: usize, need: usize) -> bool {
        if filled < self.bytes.len() {
            return true;
        }
        let grow = (need - filled).min(STEP);
        let fits = self.budget.take(grow);
        if fits {
            self.bytes.resize(filled + grow, 0);
        }
        fits
    }

    fn rest(&mut self) {
        if self.bytes.len() > KEEP {
            self.budget.give_back(self.bytes.len());
            self.bytes = Vec::new();
        }
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes.len());
    }
}

/// Why reading a frame ended without one.
enum End {
    /// The peer left, or was too slow, or the service stops.
    Silent,
    /// Say this, then close.
    Refuse(LutBoxError),
}

/// Serves until the peer leaves or breaks a rule.
pub(crate) fn serve(shared: &Shared, mut stream: TcpStream) {
    let options = stream
        .set_read_timeout(Some(TICK))
        .and_then(|()| stream.set_write_timeout(Some(FRAME_TIME)))
        .and_then(|()| stream.set_nodelay(true));
    if options.is_err() {
        return;
    }
    let mut frame = Frame {
        bytes: Vec::new(),
        budget: &shared.frames,
    };
    loop {
        let (n, early) = match read_frame(shared, &mut stream, &mut frame) {
            Ok(read) => read,
            Err(End::Silent) => return,
            Err(End::Refuse(e)) => {
                shared.metrics.rejected(&e);
                refuse_and_close(&mut stream, &message::failure(&e.to_string()));
                return;
            }
        };
        let arrived = Instant::now();
        let result = handle(shared, &frame.bytes[..n], early);
        let reply = match result {
            Ok(()) => {
                shared.metrics.latency(arrived.elapsed());
                message::success()
            }
            Err(e) => {
                shared.metrics.rejected(&e);
                shared.capture(&frame.bytes[..n], &e);
                message::failure(&e.to_string())
            }
        };
        frame.rest();
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}

fn handle(shared: &Shared, frame: &[u8], early: Early) -> Result<(), LutBoxError> {
    match message::parse(frame)? {
        Command::SetLut { instance, data } => {
            let id = ChannelId::from_instance(instance)?;
            let cube = early.cube(shared.wire_order, frame, data)?;
            shared.channels.set_lut(&id, cube)
        }
        Command::SetCdl { instance, cdl } => {
            let id = ChannelId::from_instance(instance)?;
            shared.channels.set_cdl(&id, cdl)
        }
    }
}

/// Reads one document into `frame`; returns its length, and its LUT if it seems to have one.
fn read_frame(
    shared: &Shared,
    stream: &mut TcpStream,
    frame: &mut Frame<'_>,
) -> Result<(usize, Early), End> {
    let mut early = Early::default();
    let mut filled = 0;
    let mut need = 4;
    let mut first: Option<Instant> = None;
    while filled < need {
        if !frame.room(filled, need) {
            return Err(End::Refuse(LutBoxError::Limit {
                what: "bytes in flight",
                limit: shared.frames.limit as u64,
            }));
        }
        let end = frame.bytes.len().min(need);
        match stream.read(&mut frame.bytes[filled..end]) {
            Ok(0) => return Err(End::Silent),
            Ok(n) => {
                first.get_or_insert_with(Instant::now);
                filled += n;
                early.advance(&frame.bytes[..filled], filled - n);
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(End::Silent),
        }
        if shared.stopping() {
            return Err(End::Silent);
        }
        if need == 4 && filled == 4 {
            need = declared(&frame.bytes, shared.max_frame)?;
        }
        if let Some(start) = first.filter(|_| filled < need) {
            let age = start.elapsed();
            // One second of grace, then the rate counts; a length not yet known has only the time limit.
            let slow = need > 4 && age.as_secs_f64() > 1.0 + filled as f64 / MIN_RATE;
            if age > FRAME_TIME || slow {
                shared.metrics.slow();
                return Err(End::Silent);
            }
        }
    }
    Ok((need, early))
}

fn declared(head: &[u8], max: usize) -> Result<usize, End> {
    let found = i32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    usize::try_from(found)
        .ok()
        .filter(|n| (5..=max).contains(n))
        .ok_or(End::Refuse(LutBoxError::FrameLength { found }))
}

/// Sends the last reply so that it arrives: closing with unread input would reset the connection and may discard it.
fn refuse_and_close(stream: &mut TcpStream, reply: &[u8]) {
    if stream.write_all(reply).is_err() || stream.shutdown(std::net::Shutdown::Write).is_err() {
        return;
    }
    let start = Instant::now();
    let mut scratch = [0; 4096];
    let mut total = 0;
    while start.elapsed() < TICK && total < STEP {
        match stream.read(&mut scratch) {
            Ok(n) if n > 0 => total += n,
            _ => return,
        }
    }
}
