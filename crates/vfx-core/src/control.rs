//! Telling the user, and being told to stop.

use crate::Region;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Stops work soon, from any thread: asked between cells and chunks.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Not cancelled.
    pub fn new() -> Self {
        Self::default()
    }
    /// Asks for a stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far the work is, in output pixels.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<(AtomicU64, AtomicU64)>);

impl Progress {
    /// Nothing to do yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds to what is to do.
    pub fn expect(&self, pixels: u64) {
        self.0.1.fetch_add(pixels, Ordering::Relaxed);
    }
    /// Adds to what is done.
    pub fn advance(&self, pixels: u64) {
        self.0.0.fetch_add(pixels, Ordering::Relaxed);
    }
    /// Done and expected.
    pub fn get(&self) -> (u64, u64) {
        (
            self.0.0.load(Ordering::Relaxed),
            self.0.1.load(Ordering::Relaxed),
        )
    }
}

/// A piece of a file that could not be decoded and was filled with zeros.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damage {
    /// Where in the file: `chunk 12`, `rows 64-79`.
    pub place: String,
    /// What was wrong.
    pub problem: String,
    /// The pixels that were filled.
    pub region: Region,
}

/// Something the user should know that does not stop the work.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Report {
    /// Part of an input was unreadable.
    Damaged {
        /// The file.
        file: String,
        /// Which part.
        damage: Damage,
    },
    /// Anything else: a misnamed file, metadata that the output cannot hold.
    Note {
        /// What about.
        file: String,
        /// The message: one line, no full stop.
        message: String,
    },
}

/// Takes reports from any thread.
pub trait Reporter: Send + Sync {
    /// One report.
    fn report(&self, report: Report);
}

impl Reporter for std::sync::Mutex<Vec<Report>> {
    fn report(&self, report: Report) {
        self.lock().expect("report lock").push(report);
    }
}

/// Drops every report.
impl Reporter for () {
    fn report(&self, _: Report) {}
}
