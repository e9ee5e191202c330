//! What was wrong with a file that was decoded all the same.

use crate::error::JpegError;

/// Damage found in lenient mode.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The data ended before the image did, or before EOI.
    pub truncated: bool,
    /// Segments of entropy-coded data that ended before their MCUs did; the rest of each is grey or an earlier scan's.
    pub short_segments: u32,
    /// Restart markers that came out of order.
    pub restart_errors: u32,
    /// The error that ended decoding early, with what was there by then kept.
    pub fatal: Option<JpegError>,
    /// Smaller oddities, in words.
    pub notes: Vec<&'static str>,
}

impl Report {
    /// Whether nothing was wrong.
    pub fn is_clean(&self) -> bool {
        !self.truncated
            && self.short_segments == 0
            && self.restart_errors == 0
            && self.fatal.is_none()
    }

    /// Takes up what another part of the same file had.
    pub(crate) fn add(&mut self, other: &mut Report) {
        self.truncated |= other.truncated;
        self.short_segments += other.short_segments;
        self.restart_errors += other.restart_errors;
        if self.fatal.is_none() {
            self.fatal = other.fatal.take();
        }
        for what in &other.notes {
            self.note(what);
        }
    }

    pub(crate) fn note(&mut self, what: &'static str) {
        if !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }
}
