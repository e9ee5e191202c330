//! One file: ours against the oracle's.

use super::oracle::{Oracle, Subimage};
use half::f16;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use vfx_core::{ImageSource, Limits, PlaneRef, Planes, SampleFormat, SampleType};
use vfx_io::OpenOptions;
use vfx_testkit::{mutate, read_whole};

/// Longest that a file may take.
const TIME: Duration = Duration::from_secs(60);
/// Bytes of a picture above which only its header is compared.
const MAX_BYTES: u64 = 256 << 20;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The same in everything that is compared.
    Equal,
    /// The same samples; something beside them differs.
    EqualBut(String),
    /// Neither reads it.
    RefusedByBoth,
    /// Ours reads it, OpenImageIO does not.
    ReadAlone,
    /// Samples differ by at most so many steps of 8 bits: lossy codecs.
    Near(u32),
    /// They differ.
    Differs(String),
    /// OpenImageIO reads it, ours says why not.
    Refused(String),
    /// A bug.
    Panics(String),
    /// A bug.
    Hangs,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => write!(f, "equal"),
            Self::EqualBut(what) => write!(f, "equal samples, but {what}"),
            Self::RefusedByBoth => write!(f, "refused by both"),
            Self::ReadAlone => write!(f, "read by vfx alone"),
            Self::Near(n) => write!(f, "near: {n}/255"),
            Self::Differs(what) => write!(f, "differs: {what}"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Panics(what) => write!(f, "panics: {what}"),
            Self::Hangs => write!(f, "hangs"),
        }
    }
}

/// What ours makes of a file.
enum Ours {
    Refused(String),
    Parts(Vec<OurPart>),
}

struct OurPart {
    names: Vec<String>,
    formats: Vec<SampleFormat>,
    window: [i64; 4],
    subsampled: bool,
    planes: Result<Vec<Planes>, String>,
}

/// Reads a file with ours and compares.
pub fn judge(path: &Path, oracle: &Oracle, file: usize) -> Verdict {
    let (send, receive) = mpsc::channel();
    let owned: PathBuf = path.into();
    std::thread::spawn(move || send.send(mutate::catching(|| decode(&owned))));
    let ours = match receive.recv_timeout(TIME) {
        Err(_) => return Verdict::Hangs,
        Ok(Err(what)) => return Verdict::Panics(what),
        Ok(Ok(ours)) => ours,
    };
    let theirs = oracle.of(file);
    let parts = match ours {
        Ours::Refused(_) if theirs.is_empty() => return Verdict::RefusedByBoth,
        Ours::Refused(why) => return Verdict::Refused(why),
        Ours::Parts(_) if theirs.is_empty() => return Verdict::ReadAlone,
        Ours::Parts(parts) => parts,
    };
    let mut verdict = Verdict::Equal;
    for (i, (ours, theirs)) in parts.iter().zip(theirs).enumerate() {
        let samples = || oracle.samples(file, i);
        match part(ours, theirs, samples) {
            Verdict::Equal => {}
            v @ (Verdict::Near(_) | Verdict::EqualBut(_) | Verdict::ReadAlone) => verdict = v,
            v => return v,
        }
    }
    if parts.len() != theirs.len() {
        return Verdict::Differs(format!("{} parts against {}", parts.len(), theirs.len()));
    }
    verdict
}

fn decode(path: &Path) -> Ours {
    let options = OpenOptions {
        limits: Limits {
            max_pixels: 1 << 28,
            ..Limits::default()
        },
        ..OpenOptions::default()
    };
    let file = match vfx_io::open(path, &options) {
        Ok(file) => file,
        Err(e) => return Ours::Refused(without_path(&e)),
    };
    let parts: Vec<_> = file
        .parts
        .iter()
        .filter_map(|p| p.levels.first())
        .map(|s| read(s.as_ref()))
        .collect();
    match parts.as_slice() {
        // A single picture without a pixel is a refusal.
        [
            OurPart {
                planes: Err(why), ..
            },
        ] => Ours::Refused(why.clone()),
        _ => Ours::Parts(parts),
    }
}

fn read(source: &dyn ImageSource) -> OurPart {
    let spec = source.spec();
    let w = spec.data_window;
    let bytes: u64 = spec
        .channels
        .iter()
        .map(|c| w.pixels() * c.format.size() as u64)
        .sum();
    let planes = if bytes > MAX_BYTES {
        Err(format!("larger than this test reads ({w})"))
    } else {
        read_whole(source).map_err(|e| without_path(&e))
    };
    OurPart {
        names: spec.channels.iter().map(|c| c.name.clone()).collect(),
        formats: spec.channels.iter().map(|c| c.format).collect(),
        window: [w.x0, w.y0, w.width() as i64, w.height() as i64],
        subsampled: spec.channels.iter().any(|c| c.sampling != (1, 1)),
        planes,
    }
}

fn without_path(e: &vfx_core::IoError) -> String {
    match e {
        vfx_core::IoError::InFile { source, .. } => source.to_string(),
        e => e.to_string(),
    }
}

fn part(ours: &OurPart, theirs: &Subimage, samples: impl Fn() -> Vec<u8>) -> Verdict {
    let planes = match &ours.planes {
        Err(_) if theirs.status.starts_with("error") => return Verdict::Equal,
        Err(why) => return Verdict::Refused(why.clone()),
        Ok(planes) => planes,
    };
    if theirs.status != "ok" {
        return Verdict::ReadAlone;
    }
    if ours.window[2..] != theirs.window[2..] {
        return Verdict::Differs(format!(
            "size {:?} against {:?}",
            &ours.window[2..],
            &theirs.window[2..]
        ));
    }
    if ours.names.len() != theirs.names.len() {
        return Verdict::Differs(format!(
            "channels {} against {}",
            ours.names.join(","),
            theirs.names.join(",")
        ));
    }
    if ours.subsampled {
        return Verdict::EqualBut("subsampled channels are not compared".into());
    }
    // By name where the names are the same set, else by position.
    let order: Option<Vec<usize>> = theirs
        .names
        .iter()
        .map(|n| ours.names.iter().position(|o| o == n))
        .collect();
    let same_names = order.is_some();
    let order = order.unwrap_or_else(|| (0..ours.names.len()).collect());
    let bytes = samples();
    let mut at = 0;
    let (mut worst, mut but) = (0u32, None);
    for (theirs_index, &i) in order.iter().enumerate() {
        let plane = planes[i].plane(0);
        let Some(kind) = Kind::parse(&theirs.formats[theirs_index]) else {
            return Verdict::Differs(format!("type {}", theirs.formats[theirs_index]));
        };
        let len = plane.width() * plane.height() * kind.size();
        if !kind.same_as(ours.formats[i]) {
            but.get_or_insert(format!(
                "type {} against {}",
                ours.formats[i], theirs.formats[theirs_index]
            ));
        }
        match compare(&plane, ours.formats[i], kind, &bytes[at..at + len]) {
            Ok(()) => {}
            Err(d) if d.steps <= 2 => worst = worst.max(d.steps.max(1)),
            Err(d) => {
                return Verdict::Differs(format!(
                    "{} at {},{}: {} against {}",
                    theirs.names[theirs_index], d.x, d.y, d.ours, d.theirs
                ));
            }
        }
        at += len;
    }
    if worst > 0 {
        return Verdict::Near(worst);
    }
    if !same_names {
        but = Some(format!(
            "channels {} against {}",
            ours.names.join(","),
            theirs.names.join(",")
        ));
    } else if order.iter().enumerate().any(|(a, &b)| a != b) {
        but = Some(format!(
            "order {} against {}",
            ours.names.join(","),
            theirs.names.join(",")
        ));
    }
    if ours.window[..2] != theirs.window[..2] {
        but = Some(format!(
            "origin {:?} against {:?}",
            &ours.window[..2],
            &theirs.window[..2]
        ));
    }
    but.map_or(Verdict::Equal, Verdict::EqualBut)
}

/// OpenImageIO's sample types.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Unsigned(u32),
    Signed(u32),
    Half,
    Float,
    Double,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "uint8" => Self::Unsigned(8),
            "uint16" => Self::Unsigned(16),
            "uint" => Self::Unsigned(32),
            "int8" => Self::Signed(8),
            "int16" => Self::Signed(16),
            "int" => Self::Signed(32),
            "half" => Self::Half,
            "float" => Self::Float,
            "double" => Self::Double,
            _ => return None,
        })
    }
    fn size(self) -> usize {
        match self {
            Self::Unsigned(b) | Self::Signed(b) => b as usize / 8,
            Self::Half => 2,
            Self::Float => 4,
            Self::Double => 8,
        }
    }
    fn same_as(self, f: SampleFormat) -> bool {
        match self {
            Self::Unsigned(b) => !f.is_float() && u32::from(f.bits) <= b,
            Self::Signed(_) => false,
            Self::Half => f.sample == SampleType::F16,
            Self::Float | Self::Double => f.sample == SampleType::F32,
        }
    }
}

/// A sample: its bits where both are floats of one type, else its value as a fraction of full scale.
struct Diff {
    x: usize,
    y: usize,
    ours: String,
    theirs: String,
    /// Difference in 1/255 of full scale, or of the value where that is more; rounded up.
    steps: u32,
}

/// The worst difference of a plane, if any.
fn compare(
    plane: &PlaneRef<'_>,
    format: SampleFormat,
    kind: Kind,
    bytes: &[u8],
) -> Result<(), Diff> {
    let mut worst: Option<Diff> = None;
    for y in 0..plane.height() {
        for x in 0..plane.width() {
            let at = (y * plane.width() + x) * kind.size();
            let raw = &bytes[at..at + kind.size()];
            let code = raw.iter().rev().fold(0u64, |v, &b| v << 8 | u64::from(b));
            let (same, ours, theirs) = sample(plane, format, kind, x, y, code);
            if same {
                continue;
            }
            let off = (ours - theirs).abs() / theirs.abs().max(1.0) * 255.0;
            let steps = if off.is_finite() {
                off.ceil().min(1e9) as u32
            } else {
                u32::MAX
            };
            if worst.as_ref().is_none_or(|w| steps > w.steps) {
                worst = Some(Diff {
                    x,
                    y,
                    ours: format!("{ours}"),
                    theirs: format!("{theirs}"),
                    steps,
                });
            }
        }
    }
    worst.map_or(Ok(()), Err)
}

/// Whether the samples are the same, and both as fractions of full scale.
fn sample(
    plane: &PlaneRef<'_>,
    format: SampleFormat,
    kind: Kind,
    x: usize,
    y: usize,
    code: u64,
) -> (bool, f64, f64) {
    let (ours_bits, ours) = match format.sample {
        SampleType::U8 => (u64::from(plane.row::<u8>(y)[x]), 0.0),
        SampleType::U16 => (u64::from(plane.row::<u16>(y)[x]), 0.0),
        SampleType::U32 => (u64::from(plane.row::<u32>(y)[x]), 0.0),
        SampleType::F16 => {
            let v = plane.row::<f16>(y)[x];
            (u64::from(v.to_bits()), v.to_f64())
        }
        SampleType::F32 => {
            let v = plane.row::<f32>(y)[x];
            (u64::from(v.to_bits()), f64::from(v))
        }
    };
    let theirs = match kind {
        Kind::Unsigned(b) => code as f64 / ((1u64 << b) - 1) as f64,
        Kind::Signed(b) => {
            ((code << (64 - b)) as i64 >> (64 - b)) as f64 / ((1u64 << (b - 1)) - 1) as f64
        }
        Kind::Half => f16::from_bits(code as u16).to_f64(),
        Kind::Float => f64::from(f32::from_bits(code as u32)),
        Kind::Double => f64::from_bits(code),
    };
    if format.is_float() {
        let same = match (format.sample, kind) {
            (SampleType::F16, Kind::Half) | (SampleType::F32, Kind::Float) => ours_bits == code,
            (_, Kind::Unsigned(_) | Kind::Signed(_)) => (ours - theirs).abs() < 1e-7,
            _ => ours as f32 == theirs as f32 || (ours.is_nan() && theirs.is_nan()),
        };
        return (same, ours, theirs);
    }
    let bits = u32::from(format.bits);
    let full = ((1u64 << bits) - 1) as f64;
    let same = matches!(kind, Kind::Unsigned(b) if b >= bits && widened(ours_bits, bits, b).contains(&code));
    (same, ours_bits as f64 / full, theirs)
}

/// A code of `from` bits in `to`, in OpenImageIO's three ways: bit replication (DPX), rounded and cut off quotient (TIFF).
fn widened(code: u64, from: u32, to: u32) -> [u64; 3] {
    let full = |b: u32| (1u64 << b) - 1;
    let rounded = (code * full(to) + full(from) / 2) / full(from);
    let (mut replicated, mut have) = (code, from);
    while have < to {
        replicated = replicated << from | code;
        have += from;
    }
    [
        replicated >> (have - to),
        rounded,
        code * full(to) / full(from),
    ]
}

#[test]
fn codes_widen_both_ways() {
    assert_eq!(widened(1, 1, 8), [255; 3]);
    assert_eq!(widened(0x3ff, 10, 16), [65535; 3]);
    assert_eq!(widened(100, 10, 16)[0], 100 << 6 | 100 >> 4);
    assert_eq!(widened(0xabc, 12, 16)[0], 0xabca);
    assert_eq!(widened(77, 8, 8), [77; 3]);
}
