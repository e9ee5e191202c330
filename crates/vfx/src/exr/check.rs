//! Validation: the rules of the header, and every chunk decoded.
//!
//! Chunks are decoded one by one, on several threads; memory is a chunk a thread. What the decoder forgives and the standard does not (offsets that had to be
//! found by walking, attributes that parts must share) is said as a remark.

use crate::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use vfx_core::{Cancel, IoError};
use vfx_exr::{Box2i, Header, LineOrder, PartType, PlaneMut, Reader};

/// What a check has found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Every part.
    pub parts: Vec<CheckedPart>,
    /// Rules of the standard that the headers break.
    pub broken_rules: Vec<String>,
}

/// What a check has found in one part.
#[derive(Debug, Default)]
pub struct CheckedPart {
    /// Chunks there should be.
    pub chunks: usize,
    /// Chunks that were never written or lie beyond the end of the file.
    pub missing: Vec<usize>,
    /// Chunks whose offset was absent or wrong and that were found by walking over the file.
    pub repaired: Vec<usize>,
    /// Chunks that do not decode.
    pub damaged: Vec<DamagedChunk>,
    /// Why the pixels cannot be read at all.
    pub unreadable: Option<String>,
}

/// A chunk that does not decode.
#[derive(Debug)]
pub struct DamagedChunk {
    /// Its number.
    pub chunk: usize,
    /// Its pixels.
    pub region: Box2i,
    /// What is wrong.
    pub problem: String,
}

impl Checked {
    /// Whether nothing at all was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let sound = |p: &CheckedPart| {
            p.missing.is_empty()
                && p.repaired.is_empty()
                && p.damaged.is_empty()
                && p.unreadable.is_none()
        };
        self.broken_rules.is_empty() && self.parts.iter().all(sound)
    }
}

/// Decodes every chunk of every part on `threads` threads.
///
/// # Errors
/// [`IoError::Cancelled`]; what is wrong with the file is the result.
pub fn check(reader: &Reader, threads: usize, cancel: &Cancel) -> Result<Checked, Error> {
    let mut out = Checked {
        broken_rules: broken_rules(reader.headers()),
        parts: Vec::new(),
    };
    for part in 0..reader.headers().len() {
        out.parts.push(check_part(reader, part, threads, cancel)?);
    }
    Ok(out)
}

fn check_part(
    reader: &Reader,
    part: usize,
    threads: usize,
    cancel: &Cancel,
) -> Result<CheckedPart, Error> {
    let chunks = reader.chunk_count(part);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(CheckedPart {
        chunks,
        ..CheckedPart::default()
    });
    let work = || {
        let mut planes = Vec::new();
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= chunks || cancel.is_cancelled() {
                return;
            }
            let Err(e) = decode(reader, part, chunk, &mut planes) else {
                continue;
            };
            let mut found = found.lock().expect("check lock");
            match e {
                vfx_exr::Error::MissingChunk { .. } => found.missing.push(chunk),
                vfx_exr::Error::Corrupt { reason, .. } => {
                    let place = reader.chunk_region(part, chunk);
                    found.damaged.push(DamagedChunk {
                        chunk,
                        region: place.map_or_else(Box2i::default, |p| p.region),
                        problem: reason.to_string(),
                    });
                }
                e => {
                    found.unreadable = Some(e.to_string());
                    next.store(chunks, Ordering::Relaxed);
                }
            }
        }
    };
    std::thread::scope(|s| {
        for _ in 1..threads.max(1).min(chunks.max(1)) {
            s.spawn(work);
        }
        work();
    });
    if cancel.is_cancelled() {
        return Err(IoError::Cancelled.into());
    }
    let mut found = found.into_inner().expect("check lock");
    found.repaired = reader.repaired_chunks(part);
    found.missing.sort_unstable();
    found.damaged.sort_by_key(|d| d.chunk);
    Ok(found)
}

fn decode(
    reader: &Reader,
    part: usize,
    chunk: usize,
    planes: &mut Vec<Vec<u8>>,
) -> Result<(), vfx_exr::Error> {
    let header = &reader.headers()[part];
    let place = reader
        .chunk_region(part, chunk)
        .expect("a chunk of the part");
    let all: Vec<usize> = (0..header.channels.len()).collect();
    if header.is_deep() {
        return reader
            .read_deep(part, place.level, place.region, &all)
            .map(drop);
    }
    planes.resize_with(all.len(), Vec::new);
    let mut out = Vec::with_capacity(all.len());
    for (c, plane) in header.channels.iter().zip(planes) {
        let grid = place.region.sampled(c.sampling);
        let stride = grid.width as usize * c.sample_type.size();
        plane.resize(stride * grid.height as usize, 0);
        out.push(PlaneMut {
            bytes: plane,
            stride,
        });
    }
    reader.read(part, place.level, place.region, &all, &mut out)
}

/// Rules that the reader does not enforce.
fn broken_rules(headers: &[Header]) -> Vec<String> {
    let mut out = Vec::new();
    for (part, h) in headers.iter().enumerate() {
        let mut say = |what: String| out.push(format!("part {part}: {what}"));
        let names: Vec<&[u8]> = h.channels.iter().map(|c| c.name.as_bytes()).collect();
        if !names.is_sorted() {
            say("the channels are not sorted by name".into());
        }
        if h.display_window.is_empty() {
            say("the display window is empty".into());
        }
        if !(h.pixel_aspect.is_finite() && h.pixel_aspect > 0.0) {
            say(format!("pixelAspectRatio is {}", h.pixel_aspect));
        }
        if h.screen_window_width.is_nan() || h.screen_window_width < 0.0 {
            say(format!("screenWindowWidth is {}", h.screen_window_width));
        }
        if !h.is_tiled() && h.line_order == LineOrder::RandomY {
            say("scan lines in random order".into());
        }
        if let Some(PartType::Other(name)) = &h.part_type {
            say(format!("unknown type \"{name}\""));
        }
        for c in &h.channels {
            let (x, y) = (i64::from(c.sampling.0), i64::from(c.sampling.1));
            let min = h.data_window.min;
            if i64::from(min.0) % x != 0 || i64::from(min.1) % y != 0 {
                let name = &c.name;
                say(format!(
                    "the data window does not begin at a multiple of the sampling of channel \"{name}\""
                ));
            }
        }
        if headers.len() > 1 {
            if h.name.is_none() {
                say("a part of several has no name".into());
            } else if headers[..part].iter().any(|o| o.name == h.name) {
                let name = h.name.as_deref().unwrap_or_default();
                say(format!("the name \"{name}\" is another part's"));
            }
            for what in super::repack::unshared(&headers[0], h) {
                say(format!("{what} is not that of part 0"));
            }
        }
    }
    out
}
