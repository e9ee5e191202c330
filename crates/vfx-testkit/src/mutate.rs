//! Damaging files and reading them: the fuzzer that runs on the stable toolchain, and the body of the cargo-fuzz targets.
//!
//! [`Mutator`] makes a damaged file of a corpus; [`probe`] opens bytes with small limits and reads everything, and answers
//! what a reader must never do: panic, take long, take much memory, or give other pixels for a region than for the whole.
//! Errors are fine. Deterministic for a seed.

use crate::{XorShift, first_difference, measure, read_region, read_whole};
use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::{Duration, Instant};
use vfx_core::{ImageSource, Limits, Region};
use vfx_io::OpenOptions;

/// The formats with a reader here, each the name of its folder of test data.
pub const TARGETS: &[&str] = &["exr", "tiff", "png", "jpeg", "dpx", "hdr", "pnm"];
/// Longest that one case may take.
pub const MAX_TIME: Duration = Duration::from_secs(10);
/// Most that one case may add to the resident set.
pub const MAX_MEMORY: u64 = 512 << 20;
/// Pictures above this are opened but not read: bytes of all samples.
const MAX_READ: u64 = 32 << 20;
/// Parts and levels read of one file.
const MAX_IMAGES: usize = 6;
/// Corpus files above this are left out: they make few cases a second.
const MAX_CORPUS_FILE: u64 = 1 << 20;

/// Limits for files that nobody trusts.
pub fn limits() -> Limits {
    Limits {
        max_pixels: 1 << 24,
        max_dimension: 1 << 16,
        max_channels: 64,
        max_parts: 64,
        max_chunk_bytes: 32 << 20,
        max_metadata_bytes: 1 << 20,
        max_whole_bytes: 64 << 20,
    }
}

/// Something a reader must not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It panicked: place and message.
    Panic(String),
    /// It took too long: milliseconds.
    Slow(u128),
    /// It took too much memory: bytes.
    Memory(u64),
    /// A region read alone has other pixels than in the whole.
    Inconsistent(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic(what) => write!(f, "panic {what}"),
            Self::Slow(ms) => write!(f, "slow: {ms} ms"),
            Self::Memory(b) => write!(f, "memory: {} MB", b >> 20),
            Self::Inconsistent(what) => write!(f, "inconsistent: {what}"),
        }
    }
}

impl Fault {
    /// The same for faults with one cause: a panic's place, or the kind.
    pub fn key(&self) -> String {
        match self {
            Self::Panic(what) => what.split(" - ").next().unwrap_or(what).to_owned(),
            Self::Slow(_) => "slow".into(),
            Self::Memory(_) => "memory".into(),
            Self::Inconsistent(_) => "inconsistent".into(),
        }
    }
}

/// What became of a case without fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Some pixels were read.
    Read,
    /// Refused with an error, when opened or when read.
    Refused,
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static PROBING: RefCell<bool> = const { RefCell::new(false) };
}

/// Keeps panics of probed cases off the screen and remembers their places.
fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if PROBING.with_borrow(|p| !*p) {
                return before(info);
            }
            let place = info
                .location()
                .map_or_else(String::new, ToString::to_string);
            let payload = info.payload();
            let message = payload
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            LAST_PANIC.set(Some(format!("{place} - {message}")));
        }));
    });
}

/// Calls `f`; a panic in it becomes its place and message, and nothing is printed.
pub fn catching<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    PROBING.set(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    PROBING.set(false);
    result.map_err(|_| LAST_PANIC.take().unwrap_or_default())
}

/// Opens the file at `path` and reads what it holds.
///
/// # Errors
/// A [`Fault`]: the reader has a bug.
pub fn probe_file(path: &Path) -> Result<Outcome, Fault> {
    let measured = measure::reset_own_peak();
    let before = measure::own_bytes("VmRSS:").unwrap_or(0);
    let start = Instant::now();
    let result = catching(|| read_everything(path)).map_err(Fault::Panic)?;
    let elapsed = start.elapsed();
    if elapsed > MAX_TIME {
        return Err(Fault::Slow(elapsed.as_millis()));
    }
    let used = measure::own_bytes("VmHWM:")
        .unwrap_or(0)
        .saturating_sub(before);
    if measured && used > MAX_MEMORY {
        return Err(Fault::Memory(used));
    }
    result
}

/// [`probe_file`] for bytes, through a file in `folder`.
///
/// # Errors
/// A [`Fault`]: the reader has a bug.
///
/// # Panics
/// When the folder cannot be written.
pub fn probe(bytes: &[u8], extension: &str, folder: &Path) -> Result<Outcome, Fault> {
    let path = folder.join("case").with_extension(extension);
    std::fs::write(&path, bytes).expect("the scratch folder can be written");
    probe_file(&path)
}

fn read_everything(path: &Path) -> Result<Outcome, Fault> {
    let options = OpenOptions {
        limits: limits(),
        ..OpenOptions::default()
    };
    let Ok(file) = vfx_io::open(path, &options) else {
        return Ok(Outcome::Refused);
    };
    let mut outcome = Outcome::Refused;
    for source in file.parts.iter().flat_map(|p| &p.levels).take(MAX_IMAGES) {
        if read_source(source.as_ref())? {
            outcome = Outcome::Read;
        }
    }
    Ok(outcome)
}

fn read_source(source: &dyn ImageSource) -> Result<bool, Fault> {
    let spec = source.spec();
    let sample: u64 = spec.channels.iter().map(|c| c.format.size() as u64).sum();
    let window = spec.data_window;
    if window.pixels().saturating_mul(sample) > MAX_READ {
        let corner = Region::sized(
            window.x0,
            window.y0,
            window.width().min(8),
            window.height().min(8),
        );
        return Ok(read_region(source, corner).is_ok());
    }
    let Ok(whole) = read_whole(source) else {
        return Ok(false);
    };
    // A window in the middle, aligned so that subsampled planes stay comparable by the reader's own rule.
    let part = Region::new(
        window.x0 + window.width() as i64 / 3,
        window.y0 + window.height() as i64 / 3,
        window.x1 - window.width() as i64 / 4,
        window.y1 - window.height() as i64 / 4,
    );
    if part.is_empty() || spec.channels.iter().any(|c| c.sampling != (1, 1)) {
        return Ok(true);
    }
    let Ok(alone) = read_region(source, part) else {
        return Ok(true);
    };
    let (x, y) = (
        (part.x0 - window.x0) as usize,
        (part.y0 - window.y0) as usize,
    );
    let cut: Vec<_> = whole
        .iter()
        .map(|p| {
            let from = p.plane(0).window(x, y, part.width(), part.height());
            let mut to = vfx_core::Planes::new(part.width(), part.height(), [from.sample()]);
            to.plane_mut(0).copy_from(&from);
            to
        })
        .collect();
    match first_difference(&cut, &alone) {
        Some(d) => Err(Fault::Inconsistent(format!("{part} of {window}: {d}"))),
        None => Ok(true),
    }
}

/// Makes damaged files of a corpus.
#[derive(Debug)]
pub struct Mutator {
    corpus: Vec<(PathBuf, Vec<u8>)>,
    random: XorShift,
}

impl Mutator {
    /// All files of a folder up to a megabyte.
    pub fn new(folder: &Path, seed: u64) -> Self {
        let corpus = crate::workspace::files(folder)
            .into_iter()
            .filter(|p| {
                p.metadata()
                    .is_ok_and(|m| m.len() > 0 && m.len() <= MAX_CORPUS_FILE)
            })
            .filter_map(|p| std::fs::read(&p).ok().map(|b| (p, b)))
            .collect();
        Self {
            corpus,
            random: XorShift::new(seed),
        }
    }
    /// The files as they are.
    pub fn corpus(&self) -> &[(PathBuf, Vec<u8>)] {
        &self.corpus
    }
    /// The next damaged file, or `None` without a corpus.
    pub fn next_case(&mut self) -> Option<Vec<u8>> {
        let base = self.random.below(self.corpus.len());
        let mut bytes = self.corpus.get(base)?.1.clone();
        for _ in 0..1 + self.random.below(4) {
            self.mutate(&mut bytes);
        }
        Some(bytes)
    }
    /// A position; half of them in the header, where the lies are that matter.
    fn position(&mut self, len: usize) -> usize {
        let span = if self.random.bits() & 1 == 0 {
            len.min(512)
        } else {
            len
        };
        self.random.below(span)
    }
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = self.position(bytes.len());
        match self.random.below(9) {
            0 => bytes[at] ^= 1 << self.random.below(8),
            1 => bytes[at] = self.random.bits() as u8,
            2 => bytes.truncate(self.random.below(bytes.len())),
            3 => {
                let value = self
                    .random
                    .pick(&[0u16, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff]);
                let swap = self.random.bits() & 1 == 0;
                put(
                    bytes,
                    at,
                    &if swap {
                        value.to_be_bytes()
                    } else {
                        value.to_le_bytes()
                    },
                );
            }
            4 => {
                let value = self.random.pick(&[
                    0u32,
                    1,
                    0xffff,
                    0x1_0000,
                    0x7fff_ffff,
                    0x8000_0000,
                    u32::MAX,
                    1 << 24,
                ]);
                let swap = self.random.bits() & 1 == 0;
                put(
                    bytes,
                    at,
                    &if swap {
                        value.to_be_bytes()
                    } else {
                        value.to_le_bytes()
                    },
                );
            }
            5 => {
                let len = (1 + self.random.below(64)).min(bytes.len() - at);
                bytes.drain(at..at + len);
            }
            6 => {
                let len = (1 + self.random.below(64)).min(bytes.len() - at);
                let copy = bytes[at..at + len].to_vec();
                bytes.splice(at..at, copy);
            }
            7 => {
                let len = 1 + self.random.below(32);
                let noise: Vec<u8> = (0..len).map(|_| self.random.bits() as u8).collect();
                put(bytes, at, &noise);
            }
            _ => {
                let other = self.random.below(self.corpus.len());
                let from = self.random.below(self.corpus[other].1.len());
                let len = self
                    .random
                    .below(256)
                    .min(self.corpus[other].1.len() - from);
                let piece = self.corpus[other].1[from..from + len].to_vec();
                put(bytes, at, &piece);
            }
        }
    }
}

/// Overwrites bytes from `at`, as far as there are any.
fn put(bytes: &mut [u8], at: usize, with: &[u8]) {
    let len = with.len().min(bytes.len() - at);
    bytes[at..at + len].copy_from_slice(&with[..len]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutations_repeat_for_a_seed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.pgm"), b"P5 2 2 255 abcd").unwrap();
        let cases = |seed| {
            let mut m = Mutator::new(folder.path(), seed);
            (0..50).map(|_| m.next_case().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(cases(3), cases(3));
        assert_ne!(cases(3), cases(4));
    }

    #[test]
    fn panics_become_faults() {
        let what = catching(|| panic!("index {}", 7)).unwrap_err();
        assert!(
            what.contains("mutate.rs") && what.ends_with(" - index 7"),
            "{what}"
        );
        assert_eq!(
            Fault::Panic(what.clone()).key(),
            what.split(" - ").next().unwrap()
        );
    }

    #[test]
    fn garbage_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&b""[..], b"P", b"\x76\x2f\x31\x01", b"not an image"] {
            assert_eq!(probe(bytes, "exr", folder.path()), Ok(Outcome::Refused));
        }
    }
}
