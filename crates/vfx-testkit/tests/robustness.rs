//! Every reader against damaged files: cut off, single bytes changed, and a fixed run of mutations. Nothing may panic,
//! hang, take much memory, or give a region other pixels than the whole has.

use std::path::Path;
use std::time::{Duration, Instant};
use vfx_testkit::mutate::{Fault, Mutator, probe};
use vfx_testkit::{XorShift, workspace};

/// Seed of all cases here; what a longer run finds becomes a named test of its format.
const SEED: u64 = 20;
/// Single-byte changes a format.
const FLIPS: usize = 1000;
/// Mutations a format; `./test --long` runs them for ten minutes instead.
const MUTATIONS: usize = 1000;

struct Check<'a> {
    target: &'a str,
    folder: &'a Path,
    faults: Vec<String>,
    cases: usize,
}

impl Check<'_> {
    fn case(&mut self, bytes: &[u8], what: impl FnOnce() -> String) {
        self.cases += 1;
        let Err(fault) = probe(bytes, self.target, self.folder) else {
            return;
        };
        if !self.faults.iter().any(|f| f.contains(&fault.key())) {
            self.faults.push(format!("{fault}: {}", what()));
        }
    }
}

fn reader_survives(target: &str) {
    let Some(corpus) = workspace::data(target) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut check = Check {
        target,
        folder: folder.path(),
        faults: Vec::new(),
        cases: 0,
    };
    let mut mutator = Mutator::new(&corpus, SEED);
    let files: Vec<_> = mutator.corpus().to_vec();
    assert!(!files.is_empty(), "no corpus of {target}");
    for (path, bytes) in &files {
        check.case(bytes, || path.display().to_string());
    }
    // A spread of twelve files is cut at every fiftieth of its length.
    for (path, bytes) in files.iter().step_by(files.len().div_ceil(12)) {
        for i in 0..50 {
            let len = bytes.len() * i / 50;
            check.case(&bytes[..len], || {
                format!("first {len} bytes of '{}'", path.display())
            });
        }
    }
    let mut random = XorShift::new(SEED);
    for _ in 0..FLIPS {
        let (path, bytes) = &files[random.below(files.len())];
        let mut bytes = bytes.clone();
        let (at, with) = (random.below(bytes.len()), 1 + random.below(255) as u8);
        bytes[at] ^= with;
        check.case(&bytes, || {
            format!("byte {at} ^ {with} of '{}'", path.display())
        });
    }
    let start = Instant::now();
    for i in 0.. {
        let done = if workspace::long() {
            start.elapsed() > Duration::from_secs(600)
        } else {
            i == MUTATIONS
        };
        if done {
            break;
        }
        let bytes = mutator.next_case().expect("the corpus has files");
        check.case(&bytes, || format!("mutation {i} of seed {SEED}"));
    }
    println!("{target}: {} cases", check.cases);
    assert!(
        check.faults.is_empty(),
        "{target}:\n{}",
        check.faults.join("\n")
    );
}

#[test]
fn exr_survives_damage() {
    reader_survives("exr");
}
#[test]
fn tiff_survives_damage() {
    reader_survives("tiff");
}
#[test]
fn png_survives_damage() {
    reader_survives("png");
}
#[test]
fn jpeg_survives_damage() {
    reader_survives("jpeg");
}
#[test]
fn dpx_survives_damage() {
    reader_survives("dpx");
}
#[test]
fn hdr_survives_damage() {
    reader_survives("hdr");
}
#[test]
fn pnm_survives_damage() {
    reader_survives("pnm");
}

#[test]
fn header_lies_are_refused_cheaply() {
    let folder = tempfile::tempdir().unwrap();
    let mut dpx = vec![0u8; 2048];
    dpx[..4].copy_from_slice(b"SDPX");
    dpx[4..8].copy_from_slice(&2048u32.to_be_bytes());
    dpx[770..772].copy_from_slice(&1u16.to_be_bytes());
    dpx[772..780].fill(0xff);
    dpx[800..804].copy_from_slice(&[50, 2, 2, 10]);
    let mut png =
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x10\x06\0\0\0".to_vec();
    png.extend([0; 4]);
    // Little-endian TIFF: 65535 x 65535 RGBA32 with one strip that is not there.
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let tags: &[(u16, u16, u32, u32)] = &[
        (256, 4, 1, 65535),
        (257, 4, 1, 65535),
        (258, 3, 1, 32),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8),
        (277, 3, 1, 65535),
        (278, 4, 1, 65535),
        (279, 4, 1, u32::MAX),
    ];
    tiff.extend((tags.len() as u16).to_le_bytes());
    for &(tag, kind, count, value) in tags {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend([0; 4]);
    let cases: &[(&str, Vec<u8>)] = &[
        ("dpx", dpx),
        ("png", png),
        ("tiff", tiff),
        ("pnm", b"P6 2147483647 2147483647 65535\n".to_vec()),
        (
            "pnm",
            b"P7\nWIDTH 65535\nHEIGHT 65535\nDEPTH 2147483647\nMAXVAL 255\nENDHDR\n".to_vec(),
        ),
        (
            "hdr",
            b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2147483647 +X 2147483647\n".to_vec(),
        ),
    ];
    let faults: Vec<(&str, Fault)> = cases
        .iter()
        .filter_map(|(target, bytes)| Some((*target, probe(bytes, target, folder.path()).err()?)))
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}
