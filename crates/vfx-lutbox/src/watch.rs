//! A watched folder: `CHANNEL.cube`, `.clf`, `.f32`, `.cc`, `.json` and what else `files` reads become grades of that channel.
//!
//! Polled four times a second; a file is taken when its size and time stayed the same for one round, so that half-written files are
//! left alone. A file that cannot be read is reported once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::files::{self, Grade};
use crate::service::Shared;
use crate::{ChannelId, LutBoxError};

const ROUND: Duration = Duration::from_millis(250);
/// A `.cube` of 128³ entries with long numbers.
const MAX_FILE: u64 = 128 << 20;
const MAX_FILES: usize = 1024;

#[derive(Clone, Copy, PartialEq)]
struct Seen {
    bytes: u64,
    time: SystemTime,
    taken: bool,
}

pub(crate) fn start(shared: &Arc<Shared>, folder: PathBuf) -> Result<(), LutBoxError> {
    std::fs::read_dir(&folder).map_err(LutBoxError::path(&folder))?;
    let s = shared.clone();
    shared.spawn("lutbox-watch", move || {
        let mut seen = HashMap::new();
        while !s.stopping() {
            round(&s, &folder, &mut seen);
            std::thread::sleep(ROUND);
        }
    })
}

fn round(shared: &Shared, folder: &Path, seen: &mut HashMap<PathBuf, Seen>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten().take(MAX_FILES) {
        let path = entry.path();
        let Ok(meta) = std::fs::metadata(&path) else {
            continue;
        };
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let (true, false, Ok(time)) = (meta.is_file(), hidden, meta.modified()) else {
            continue;
        };
        let now = Seen {
            bytes: meta.len(),
            time,
            taken: false,
        };
        match seen.get_mut(&path) {
            Some(s) if s.bytes == now.bytes && s.time == now.time => {
                if !std::mem::replace(&mut s.taken, true)
                    && let Err(e) = take(shared, &path, now.bytes)
                {
                    shared.metrics.rejected(&e);
                    eprintln!("lutbox: {e}: '{}'", path.escape());
                }
            }
            _ => drop(seen.insert(path, now)),
        }
    }
}

/// Names from a folder may hold control characters.
trait Escape {
    fn escape(&self) -> String;
}

impl Escape for PathBuf {
    fn escape(&self) -> String {
        self.to_string_lossy().escape_default().to_string()
    }
}

fn take(shared: &Shared, path: &Path, bytes: u64) -> Result<(), LutBoxError> {
    if bytes > MAX_FILE {
        return Err(LutBoxError::Limit {
            what: "bytes in a file",
            limit: MAX_FILE,
        });
    }
    let id = ChannelId::from_user(path.file_stem().and_then(|s| s.to_str()).unwrap_or(""))?;
    let content = std::fs::read(path).map_err(LutBoxError::path(path))?;
    match files::parse(&content, path)? {
        Grade::Lut(lut) => shared.channels.set_lut(&id, lut),
        Grade::Cdl(cdl) => shared.channels.set_cdl(&id, cdl),
    }
}
