//! Refused messages, kept on request so that unknown dialects can be studied.
//!
//! One file a message with the cause beside it; at most 100 files of 64 KiB, so that a flood fills nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::LutBoxError;

const MAX_FILES: usize = 100;
const MAX_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Capture {
    folder: PathBuf,
    count: AtomicUsize,
}

impl Capture {
    pub fn open(folder: &Path) -> Result<Self, LutBoxError> {
        std::fs::create_dir_all(folder).map_err(LutBoxError::path(folder))?;
        Ok(Self {
            folder: folder.to_owned(),
            count: AtomicUsize::new(0),
        })
    }

    /// Keeps the start of a message; a failure to write it is not the client's.
    pub fn keep(&self, message: &[u8], cause: &LutBoxError) {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        if n >= MAX_FILES {
            return;
        }
        let stem = self.folder.join(format!("message-{n:03}"));
        let part = &message[..message.len().min(MAX_BYTES)];
        let _ = std::fs::write(stem.with_extension("bson"), part);
        let _ = std::fs::write(stem.with_extension("txt"), format!("{cause}\n"));
    }
}
