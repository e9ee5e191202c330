//! The last good grade of every channel on disk, so that a restart shows what was there.
//!
//! One file a channel: a line of JSON, then R, G, B little-endian `f32` of the lattice, its shaper and the curves; written beside and
//! renamed, by one thread that takes the newest state of each channel (a flood writes once). A file that is damaged is ignored.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::channel::ChannelState;
use crate::grade::Curves;
use crate::{Axis, AxisOrder, CdlValues, ChannelId, Cube, Lut, LutBoxError, Shaper};

const EXTENSION: &str = "lutbox";
/// A line of JSON, 128³ entries, five tables of rows.
const MAX_FILE: u64 = 128 * 128 * 128 * 12 + 5 * 65_536 * 12 + 8192;

/// What a file remembers.
#[derive(Debug)]
pub(crate) struct Remembered {
    pub id: ChannelId,
    pub lut: Option<Arc<Lut>>,
    pub cdl: CdlValues,
    pub curves: Curves,
    pub invert: bool,
}

#[derive(Debug, Default)]
struct Queue {
    dirty: BTreeMap<ChannelId, ChannelState>,
    writing: bool,
    stop: bool,
}

/// A folder of channels.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    shared: Arc<(Mutex<Queue>, Condvar)>,
    writer: Option<JoinHandle<()>>,
}

/// `$XDG_STATE_HOME/vfx/lutbox`, or below `~/.local/state`.
pub fn default_folder() -> Option<PathBuf> {
    let absolute = |p: PathBuf| p.is_absolute().then_some(p);
    let state = std::env::var_os("XDG_STATE_HOME")
        .and_then(|v| absolute(v.into()))
        .or_else(|| {
            let home = absolute(std::env::var_os("HOME")?.into())?;
            Some(home.join(".local/state"))
        })?;
    Some(state.join("vfx/lutbox"))
}

impl Store {
    /// Uses `folder`, made if missing.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, LutBoxError> {
        std::fs::create_dir_all(folder).map_err(LutBoxError::path(folder))?;
        let shared = Arc::new((Mutex::new(Queue::default()), Condvar::new()));
        let (queue, place) = (shared.clone(), folder.to_owned());
        let writer = std::thread::Builder::new()
            .name("lutbox-store".into())
            .spawn(move || run(&queue, &place))
            .map_err(LutBoxError::io("thread"))?;
        Ok(Self {
            folder: folder.to_owned(),
            shared,
            writer: Some(writer),
        })
    }

    pub(crate) fn load_all(&self) -> Vec<Remembered> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == EXTENSION));
        paths.sort();
        paths.iter().filter_map(|p| load(p)).collect()
    }

    pub(crate) fn remember(&self, id: &ChannelId, state: &ChannelState) {
        let (queue, bell) = &*self.shared;
        let mut q = queue.lock().unwrap_or_else(PoisonError::into_inner);
        q.dirty.insert(id.clone(), state.clone());
        bell.notify_all();
    }

    /// Waits until everything is on disk.
    pub fn flush(&self) {
        let (queue, bell) = &*self.shared;
        let mut q = queue.lock().unwrap_or_else(PoisonError::into_inner);
        while q.writing || !q.dirty.is_empty() {
            q = bell.wait(q).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn remove(&self, id: &ChannelId) -> Result<(), LutBoxError> {
        let (queue, _) = &*self.shared;
        let mut q = queue.lock().unwrap_or_else(PoisonError::into_inner);
        q.dirty.remove(id);
        drop(q);
        self.flush();
        let path = file(&self.folder, id);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(LutBoxError::path(&path)(e)),
            _ => Ok(()),
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let (queue, bell) = &*self.shared;
        queue.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        bell.notify_all();
        if let Some(w) = self.writer.take() {
            // A panic of the writer has been printed; there is nobody to pass it to.
            let _ = w.join();
        }
    }
}

fn file(folder: &Path, id: &ChannelId) -> PathBuf {
    // A leading dot would hide the file, or be `..`.
    folder.join(format!("ch-{}.{EXTENSION}", id.as_str()))
}

fn run(shared: &(Mutex<Queue>, Condvar), folder: &Path) {
    let (queue, bell) = shared;
    let mut q = queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some((id, state)) = q.dirty.pop_first() {
            q.writing = true;
            drop(q);
            if let Err(e) = save(folder, &id, &state) {
                eprintln!("lutbox: state of a channel not kept: {e}");
            }
            q = queue.lock().unwrap_or_else(PoisonError::into_inner);
            q.writing = false;
            bell.notify_all();
        } else if q.stop {
            return;
        } else {
            q = bell.wait(q).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn shaper_json(s: &Shaper) -> Value {
    json!({"axis": s.axis().name(), "min": s.min(), "max": s.max(), "rows": s.entries().len()})
}

fn save(folder: &Path, id: &ChannelId, state: &ChannelState) -> Result<(), LutBoxError> {
    let path = file(folder, id);
    let mut body = Vec::new();
    let mut put = |entries: &[[f32; 3]]| {
        for v in entries.as_flattened() {
            body.extend_from_slice(&v.to_le_bytes());
        }
    };
    let shaper = state.lut.as_ref().and_then(|l| l.shaper.as_ref());
    if let Some(l) = &state.lut {
        put(l.cube.entries());
    }
    let curves = || state.curves.iter().map(Option::as_deref);
    for s in shaper.into_iter().chain(curves().flatten()) {
        put(s.entries());
    }
    let head = json!({
        "channel": id.as_str(), "order": state.lut.as_ref().map(|l| l.cube.order().name()),
        "edge": state.lut.as_ref().map(|l| l.cube.edge()), "shaper": shaper.map(shaper_json),
        "curves": curves().map(|c| c.map(shaper_json)).collect::<Vec<_>>(),
        "cdl": state.cdl.to_json(), "invert": state.invert, "crc32": crc32fast::hash(&body),
    });
    let mut out = tempfile::NamedTempFile::new_in(folder).map_err(LutBoxError::path(folder))?;
    writeln!(out, "{head}")
        .and_then(|()| out.write_all(&body))
        .map_err(LutBoxError::path(&path))?;
    out.persist(&path)
        .map_err(|e| LutBoxError::path(&path)(e.error))?;
    Ok(())
}

fn load(path: &Path) -> Option<Remembered> {
    if std::fs::metadata(path).ok()?.len() > MAX_FILE {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let line = bytes.iter().position(|b| *b == b'\n')?;
    let head: Value = serde_json::from_slice(&bytes[..line]).ok()?;
    let mut body = &bytes[line + 1..];
    if head["crc32"].as_u64()? != u64::from(crc32fast::hash(body)) {
        return None;
    }
    let name = head["channel"].as_str()?;
    let id = ChannelId::from_stored(name)?;
    let lut = match head["order"].as_str() {
        None => None,
        Some(o) => {
            let edge = usize::try_from(head["edge"].as_u64()?).ok()?;
            let part = body.split_off(..edge.checked_pow(3)?.checked_mul(12)?)?;
            let cube = Cube::from_rgb_le(AxisOrder::from_name(o)?, part).ok()?;
            let shaper = shaper(&head["shaper"], &mut body)?;
            Some(Arc::new(Lut { shaper, cube }))
        }
    };
    let mut curves = Curves::default();
    for (slot, value) in curves.iter_mut().zip(head["curves"].as_array()?) {
        *slot = shaper(value, &mut body)?.map(Arc::new);
    }
    Some(Remembered {
        id,
        lut,
        cdl: CdlValues::from_json(&head["cdl"]).ok()?,
        curves,
        invert: head["invert"].as_bool()?,
    })
}

/// A table as `head` says; the outer `None` is damage.
fn shaper(head: &Value, body: &mut &[u8]) -> Option<Option<Shaper>> {
    if head.is_null() {
        return Some(None);
    }
    let triple = |key: &str| -> Option<[f32; 3]> {
        let a = head[key].as_array().filter(|a| a.len() == 3)?;
        // JSON numbers are f64: every f32 comes back as it was.
        Some([
            a[0].as_f64()? as f32,
            a[1].as_f64()? as f32,
            a[2].as_f64()? as f32,
        ])
    };
    let rows = usize::try_from(head["rows"].as_u64()?).ok()?;
    let part = body.split_off(..rows.checked_mul(12)?)?;
    let axis = Axis::from_name(head["axis"].as_str()?)?;
    let s = Shaper::from_le(axis, triple("min")?, triple("max")?, part).ok()?;
    Some(Some(s))
}
