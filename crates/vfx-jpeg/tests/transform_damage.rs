//! Lossless transforms of damaged files: refused, or a sound file with the same coefficients; never a panic.

mod decode_data;

use std::time::{Duration, Instant};

use decode_data::files;
use vfx_jpeg::{Crop, DecodeOptions, JpegError, TransformOptions, Turn, decode_planes, transform};

const TURNS: [Turn; 8] = [
    Turn::None,
    Turn::FlipHorizontal,
    Turn::FlipVertical,
    Turn::Rotate90,
    Turn::Rotate180,
    Turn::Rotate270,
    Turn::Transpose,
    Turn::Transverse,
];

fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = files("jpegsuite");
    corpus.extend(files("jpeg-decoder"));
    corpus
        .iter()
        .filter_map(|p| std::fs::read(p).ok())
        .filter(|b| b.len() < 6000 && b.len() > 4)
        .collect()
}

fn strict() -> DecodeOptions {
    let mut options = DecodeOptions::default();
    options.strict = true;
    // A file that lacks scans is written as one that has them all: nothing is estimated any more.
    options.block_smoothing = false;
    options
}

/// One case: any turn, crop and coding; whatever is written must decode strictly.
fn check(bytes: &[u8], next: &mut impl FnMut() -> usize) -> bool {
    let mut options = TransformOptions::default();
    options.limits.pixels = 1 << 22;
    options.limits.memory = 64 << 20;
    options.limits.block_visits = 1 << 20;
    options.turn = TURNS[next() % 8];
    options.progressive = next().is_multiple_of(2);
    options.strip = next().is_multiple_of(2);
    options.perfect = next().is_multiple_of(4);
    options.crop = (next().is_multiple_of(2)).then(|| Crop {
        x: (next() % 40) as u32,
        y: (next() % 40) as u32,
        width: (next() % 70) as u32,
        height: if next().is_multiple_of(8) {
            u32::MAX
        } else {
            9
        },
    });
    let Ok(out) = transform(bytes, &options) else {
        return false;
    };
    let (planes, _) = decode_planes(&out, strict())
        .unwrap_or_else(|e| panic!("{options:?} wrote a bad file: {e}: {bytes:02x?}"));
    if options.turn == Turn::None && options.crop.is_none() {
        let (before, _) = decode_planes(bytes, strict()).unwrap();
        assert!(
            before == planes,
            "{options:?} changed samples: {bytes:02x?}"
        );
    }
    true
}

#[test]
fn transform_of_mutated_files_is_sound_or_refused() {
    let corpus = corpus();
    if corpus.is_empty() {
        return;
    }
    let long = std::env::var_os("VFX_TEST_LONG").is_some();
    let cases = if long { 200_000 } else { 4000 };
    let mut seed = 4711u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize
    };
    let mut written = 0;
    for case in 0..cases {
        let mut bytes = corpus[next() % corpus.len()].clone();
        for _ in 0..next() % 4 {
            let at = next() % bytes.len();
            match next() % 6 {
                0 => bytes[at] = next() as u8,
                1 => bytes[at] ^= 1 << (next() % 8),
                2 => bytes.truncate(at.max(4)),
                3 => bytes.insert(at, [0xff, 0, 0xd0, next() as u8][next() % 4]),
                4 => {
                    let to = next() % bytes.len();
                    let n = (next() % 40).min(bytes.len() - at.max(to));
                    bytes.copy_within(at..at + n, to);
                }
                _ => {
                    bytes.remove(at);
                }
            }
        }
        let start = Instant::now();
        written += usize::from(check(&bytes, &mut next));
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "case {case} took {took:?}");
    }
    assert!(written > cases / 10, "only {written} of {cases} written");
}

/// A segment of length 0 or 1 is not one; nothing is read beyond it.
#[test]
fn transform_refuses_segments_shorter_than_their_length() {
    for file in corpus().iter().take(3) {
        for length in [0, 1] {
            let bytes = [&file[..2], &[0xff, 0xe5, 0, length], &file[2..]].concat();
            let result = transform(&bytes, &TransformOptions::default());
            assert!(
                matches!(result, Err(JpegError::Corrupt { .. })),
                "{result:?}"
            );
        }
    }
}

/// Entropy-coded sizes that T.81 has no code for are not written.
#[test]
fn transform_of_random_entropy_data_is_sound_or_refused() {
    let corpus = corpus();
    let mut seed = 99u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize
    };
    for file in corpus.iter().step_by(7) {
        let Some(sos) = file.windows(2).rposition(|w| w == [0xff, 0xda]) else {
            continue;
        };
        let mut bytes = file.clone();
        let end = bytes.len() - 2;
        for b in &mut bytes[(sos + 14).min(end)..end] {
            // No markers among them.
            *b = (next() % 255) as u8;
        }
        check(&bytes, &mut next);
    }
}

/// A multi-picture index holds offsets of pictures that are not written.
#[test]
fn transform_drops_multi_picture_indices() {
    for file in corpus().iter().take(3) {
        let index = b"\xff\xe2\x00\x0aMPF\0abcd";
        let bytes = [&file[..2], index, &file[2..]].concat();
        if let Ok(out) = transform(&bytes, &TransformOptions::default()) {
            assert!(!out.windows(4).any(|w| w == b"MPF\0"));
        }
    }
}

/// Found by fuzzing: with two components of one name, scans of one component mean the first of them, and the file that came out
/// ended early.
#[test]
fn transform_refuses_components_that_share_a_name() {
    let mut encoder =
        vfx_jpeg::Encoder::new(32, 32, vfx_jpeg::Config::default(), Vec::new()).unwrap();
    encoder.write_rows(&[77u8; 32 * 32 * 3][..]).unwrap();
    let mut bytes = encoder.finish().unwrap();
    let frame = bytes.windows(2).position(|w| w == [0xff, 0xc2]).unwrap();
    // The third component's name becomes the first's.
    bytes[frame + 10 + 6] = bytes[frame + 10];
    let mut options = vfx_jpeg::TransformOptions::default();
    options.progressive = true;
    assert!(vfx_jpeg::transform(&bytes, &options).is_err());
}
