//! The bodies of the fuzz targets on the stable toolchain: random pictures into the encoder, damaged files into the decoder
//! whole and in pieces, and into the transforms.
//!
//! `VFX_JPEG_FUZZ_SECONDS=1200` runs each for so long from a seed of the clock (CPU seconds where `/proc` tells them); without
//! it a few hundred cases of a fixed seed. An input that shows a fault is kept beside the test's binary and named.

mod decode_data;
#[path = "../../../fuzz/src/jpeg.rs"]
mod jpeg;

use decode_data::files;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Cases of each body when no time is given.
const CASES: usize = 400;

struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }
    fn below(&mut self, n: usize) -> usize {
        self.next() % n.max(1)
    }
    fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next() as u8).collect()
    }
}

/// Small files of the corpus.
fn corpus() -> Vec<Vec<u8>> {
    files("")
        .iter()
        .filter_map(|p| std::fs::read(p).ok())
        .filter(|b| (5..20_000).contains(&b.len()))
        .collect()
}

/// A corpus file with up to six changes: bytes, bits, markers, numbers of extremes, pieces cut out, doubled or taken from another file.
fn damaged(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut file = corpus[random.below(corpus.len())].clone();
    for _ in 0..random.below(7) {
        if file.len() < 8 {
            break;
        }
        // Headers are small and matter more than the entropy-coded data.
        let reach = if random.below(2) == 0 {
            file.len().min(700)
        } else {
            file.len()
        };
        let at = random.below(reach - 4);
        match random.below(9) {
            0 => file[at] = random.next() as u8,
            1 => file[at] ^= 1 << random.below(8),
            2 => file[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][random.below(6)],
            3 => {
                file[at] = 0xff;
                file[at + 1] = 0xc0 | (random.next() as u8 & 0x3f);
            }
            4 => file[at..at + 2].copy_from_slice(&[0xff; 2]),
            5 => file.truncate(at + 4),
            6 => {
                let end = (at + 1 + random.below(64)).min(file.len());
                file.drain(at..end);
            }
            7 => {
                let end = (at + 1 + random.below(300)).min(file.len());
                let piece = file[at..end].to_vec();
                let to = random.below(file.len());
                file.splice(to..to, piece);
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let end = (from + random.below(200)).min(other.len());
                file.splice(at..at, other[from..end].iter().copied());
            }
        }
    }
    file
}

/// CPU seconds of this thread, else of the clock.
fn seconds(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|s| s.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

fn run(name: &str, make: impl Fn(&mut Random, usize) -> Vec<u8>, body: fn(&[u8])) {
    let wanted: Option<f64> = std::env::var("VFX_JPEG_FUZZ_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |d| d.as_nanos() as u64);
    let mut random = Random(if wanted.is_some() { clock | 1 } else { 0x5eed });
    let start = Instant::now();
    let (mut case, mut faults, mut slowest) = (0, 0, 0.0f64);
    let origin = seconds(start);
    let mut before = origin;
    while wanted.map_or(case < CASES, |w| before - origin < w) && faults < 10 {
        let data = make(&mut random, case);
        case += 1;
        if catch_unwind(AssertUnwindSafe(|| body(&data))).is_err() {
            let path = std::env::temp_dir().join(format!("fuzz_{name}_{clock}_{faults}"));
            std::fs::write(&path, &data).expect("the input is kept");
            println!("{name}: fault in case {case}: '{}'", path.display());
            faults += 1;
        }
        let now = seconds(start);
        if now - before > slowest {
            slowest = now - before;
            if slowest > 5.0 {
                let path = std::env::temp_dir().join(format!("fuzz_{name}_{clock}_slow"));
                std::fs::write(&path, &data).expect("the input is kept");
            }
        }
        before = now;
    }
    println!(
        "{name}: {case} cases, {:.0} s, slowest {slowest:.2} s, {faults} faults",
        before - origin
    );
    assert_eq!(faults, 0, "{name}");
    assert!(slowest < 5.0, "{name}: a case took {slowest:.1} s");
}

/// Files with 16 bytes before them that choose what is done.
fn run_damaged(name: &str, body: fn(&[u8])) {
    let corpus = corpus();
    if corpus.is_empty() {
        return;
    }
    let make = |random: &mut Random, _: usize| {
        let mut data = random.bytes(16);
        data.extend(damaged(random, &corpus));
        data
    };
    run(name, make, body);
}

#[test]
fn fuzz_encode_random_pictures() {
    // Long noise, or a little of it and black.
    let make = |random: &mut Random, case: usize| {
        random.bytes(if case.is_multiple_of(3) { 20_000 } else { 80 })
    };
    run("encode", make, jpeg::encode);
}

#[test]
fn fuzz_decode_damaged_files() {
    run_damaged("decode", jpeg::read);
}

#[test]
fn fuzz_split_damaged_files() {
    run_damaged("split", jpeg::split);
}

#[test]
fn fuzz_transform_damaged_files() {
    run_damaged("transform", jpeg::transform);
}

/// One input again: `VFX_JPEG_FUZZ_FILE=transform:PATH`.
#[test]
fn fuzz_one_file() {
    let Ok(wanted) = std::env::var("VFX_JPEG_FUZZ_FILE") else {
        return;
    };
    let (body, path) = wanted.split_once(':').expect("BODY:PATH");
    let data = std::fs::read(path).expect("the file is there");
    match body {
        "encode" => jpeg::encode(&data),
        "decode" => jpeg::read(&data),
        "split" => jpeg::split(&data),
        "transform" => jpeg::transform(&data),
        _ => panic!("no such body"),
    }
}
