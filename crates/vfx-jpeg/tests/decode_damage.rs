//! Damaged, truncated, hostile files: no panic, bounded time and memory, the same result however the input is cut. Tests
//! named after an issue of another decoder rebuild what that issue was about.

mod decode_data;

use std::time::{Duration, Instant};

use decode_data::{file, files};
use vfx_jpeg::{DecodeOptions, Decoder, Image, JpegError, SampleKind, decode, decode_planes};

fn lenient(bytes: &[u8]) -> Result<(Image, Decoder), JpegError> {
    decode(bytes, DecodeOptions::default())
}

fn small_limits() -> DecodeOptions {
    let mut options = DecodeOptions::default();
    options.limits.pixels = 1 << 22;
    options.limits.memory = 64 << 20;
    options.limits.block_visits = 1 << 20;
    options
}

/// Whole and in random pieces; the outcome must agree. Gives nothing when decoding is refused.
fn both_ways(bytes: &[u8], seed: &mut u32, samples: SampleKind) -> Option<Image> {
    let mut options = small_limits();
    options.samples = samples;
    let whole = decode(bytes, options.clone()).map(|d| d.0);
    let mut why = None;
    let mut decoder = Decoder::new(options);
    let mut at = 0;
    while at < bytes.len() {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let n = (1 + (*seed >> 20) as usize % 200).min(bytes.len() - at);
        if let Err(e) = decoder.write(&bytes[at..at + n]) {
            why = Some(e);
            break;
        }
        at += n;
    }
    let pieces = if let Some(e) = why {
        Err(e)
    } else {
        decoder.decode_all(&[])
    };
    let agree = match (&whole, &pieces) {
        (Ok(a), Ok(b)) => a == b,
        (Err(_), Err(_)) => true,
        _ => false,
    };
    if !agree {
        let shown = |r: &Result<Image, JpegError>| match r {
            Ok(i) => format!("{} x {}", i.width, i.height),
            Err(e) => e.to_string(),
        };
        panic!(
            "whole {}, in pieces {}: {bytes:02x?}",
            shown(&whole),
            shown(&pieces)
        );
    }
    whole.ok()
}

#[test]
fn mutated_files_never_panic_and_stay_bounded() {
    let mut corpus = files("jpegsuite");
    corpus.extend(files("jpeg-decoder"));
    let corpus: Vec<Vec<u8>> = corpus
        .iter()
        .filter_map(|p| std::fs::read(p).ok())
        .filter(|b| b.len() < 6000 && b.len() > 4)
        .collect();
    if corpus.is_empty() {
        return;
    }
    let cases = if std::env::var_os("VFX_TEST_LONG").is_some() {
        200_000
    } else {
        4000
    };
    let mut seed = 12345u32;
    let mut decoded = 0;
    for case in 0..cases {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize
        };
        let mut bytes = corpus[next() % corpus.len()].clone();
        for _ in 0..1 + next() % 6 {
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
        let samples = if case % 3 == 0 {
            SampleKind::F32
        } else {
            SampleKind::Native
        };
        decoded += usize::from(both_ways(&bytes, &mut seed, samples).is_some());
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "case {case} took {:?}",
            start.elapsed()
        );
    }
    assert!(
        decoded > cases / 10,
        "only {decoded} of {cases} decoded at all"
    );
}

/// Bytes with a segment put in right after SOI.
fn with_segment(bytes: &[u8], segment: &[u8]) -> Vec<u8> {
    [&bytes[..2], segment, &bytes[2..]].concat()
}

fn position(bytes: &[u8], marker: u8) -> usize {
    bytes
        .windows(2)
        .position(|w| w == [0xff, marker])
        .expect("the marker")
}

#[test]
fn jpegli_248_empty_dht_is_accepted() {
    let Some(bytes) = file("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let empty = with_segment(&bytes, &[0xff, 0xc4, 0, 2]);
    assert_eq!(lenient(&empty).unwrap().0, lenient(&bytes).unwrap().0);
}

#[test]
fn libjxl_3570_dqt_after_dri_and_sof() {
    let Some(bytes) = file("jpegsuite/baseline/32x32x8_restarts.jpg") else {
        return;
    };
    let dqt = position(&bytes, 0xdb);
    let len = 2 + usize::from(u16::from_be_bytes([bytes[dqt + 2], bytes[dqt + 3]]));
    let table = bytes[dqt..dqt + len].to_vec();
    let mut moved = bytes.clone();
    moved.drain(dqt..dqt + len);
    let sos = position(&moved, 0xda);
    moved.splice(sos..sos, table);
    assert_eq!(lenient(&moved).unwrap().0, lenient(&bytes).unwrap().0);
}

#[test]
fn zune_image_312_347_273_162_truncation_keeps_what_came() {
    for name in [
        "libjpeg-turbo/testorig.jpg",
        "jpeg-decoder/mozilla/jpg-progressive.jpg",
        "jpeg-decoder/restarts.jpg",
    ] {
        let Some(bytes) = file(name) else { return };
        let whole = lenient(&bytes).unwrap().0;
        let sos = position(&bytes, 0xda) + 20;
        for cut in [
            sos + 100,
            bytes.len() / 2,
            bytes.len() - 100,
            bytes.len() - 1,
        ] {
            let (image, decoder) = lenient(&bytes[..cut]).unwrap();
            assert!(decoder.report().truncated, "{name} at {cut}");
            assert_eq!((image.width, image.height), (whole.width, whole.height));
            let mut strict = DecodeOptions::default();
            strict.strict = true;
            assert!(decode(&bytes[..cut], strict).is_err(), "{name} at {cut}");
        }
        // Rows decoded before the cut are the true ones.
        if !decoder_is_progressive(&bytes) {
            let (half, _) = lenient(&bytes[..bytes.len() * 3 / 4]).unwrap();
            let n = whole.width * whole.channels * whole.height / 3;
            assert_eq!(
                half.u8s().unwrap()[..n],
                whole.u8s().unwrap()[..n],
                "{name}"
            );
        }
    }
}

fn decoder_is_progressive(bytes: &[u8]) -> bool {
    lenient(bytes).unwrap().1.header().unwrap().progressive
}

#[test]
fn zune_image_12_restart_markers_lost_or_renumbered_resynchronise() {
    let Some(bytes) = file("jpeg-decoder/restarts.jpg") else {
        return;
    };
    let whole = lenient(&bytes).unwrap().0;
    let sos = position(&bytes, 0xda);
    let marks: Vec<usize> = (sos..bytes.len() - 1)
        .filter(|i| bytes[*i] == 0xff && (0xd0..0xd8).contains(&bytes[i + 1]))
        .collect();
    let mut lost = bytes.clone();
    let k = marks.len() / 2;
    // A whole interval is gone: the next marker is one ahead.
    lost.drain(marks[k]..marks[k + 1]);
    let (image, decoder) = lenient(&lost).unwrap();
    assert!(decoder.report().restart_errors > 0);
    let row = whole.width * whole.channels;
    let (a, b) = (image.u8s().unwrap(), whole.u8s().unwrap());
    assert_eq!(a[..row * 8], b[..row * 8]);
    assert_eq!(
        a[a.len() - row..],
        b[b.len() - row..],
        "the end is in step again"
    );
}

#[test]
fn zune_image_451_progressive_scan_ends_on_a_restart_interval() {
    let Some(bytes) = file("jpegsuite/progressive_huffman/32x32x8_restarts.jpg") else {
        return;
    };
    let (image, decoder) = lenient(&bytes).unwrap();
    assert!(decoder.report().is_clean(), "{:?}", decoder.report());
    let Some(plain) = file("jpegsuite/progressive_huffman/32x32x8_grayscale.jpg") else {
        return;
    };
    assert_eq!(image, lenient(&plain).unwrap().0);
}

#[test]
fn zune_image_291_202_176_unusual_sampling() {
    for name in [
        "libjxl/flower.png.im_q85_luma_subsample.jpg",
        "libjxl/flower.png.im_q85_asymmetric.jpg",
    ] {
        let Some(bytes) = file(name) else { return };
        let (image, decoder) = lenient(&bytes).unwrap();
        assert!(decoder.report().is_clean());
        assert_eq!(image.channels, 3);
    }
}

#[test]
fn zune_image_300_219_257_random_entropy_data() {
    let Some(bytes) = file("jpeg-decoder/mozilla/jpg-progressive.jpg") else {
        return;
    };
    let sos = position(&bytes, 0xda) + 16;
    let mut seed = 1u32;
    for _ in 0..20 {
        let mut b = bytes.clone();
        for v in &mut b[sos..] {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if seed >> 30 == 0 {
                *v = (seed >> 16) as u8 & 0xfe;
            }
        }
        let _ = both_ways(&b, &mut seed, SampleKind::Native);
    }
}

#[test]
fn scan_bomb_is_refused_in_time() {
    // One million MCUs a scan and next to no data, a thousand times (libjpeg-turbo#284).
    let Some(bytes) = file("openimageio/bomb-progressive-65500x65500.jpg") else {
        return;
    };
    assert!(matches!(lenient(&bytes), Err(JpegError::Limit { .. })));
    let mut f = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    f.extend([1; 64]);
    f.extend([0xff, 0xc2, 0, 11, 8, 0x10, 0, 0x10, 0, 1, 1, 0x11, 0]);
    // An AC table with the single code 0: EOB run of 2^14.
    f.extend([0xff, 0xc4, 0, 20, 0x10, 1]);
    f.extend([0; 15]);
    f.push(0xe0);
    f.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0]);
    for _ in 0..1000 {
        f.extend([0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x00]);
    }
    f.extend([0xff, 0xd9]);
    let start = Instant::now();
    let result = lenient(&f);
    assert!(
        start.elapsed() < Duration::from_secs(30),
        "{:?}",
        start.elapsed()
    );
    let stopped = match result {
        Ok((_, d)) => matches!(d.report().fatal, Some(JpegError::Limit { .. })),
        Err(e) => matches!(e, JpegError::Limit { .. }),
    };
    assert!(stopped);
}

#[test]
fn huge_frame_without_data_costs_nothing() {
    // libjpeg-turbo#337.
    for sof in [0xc0, 0xc2, 0xc9, 0xc3] {
        let f = [
            0xff, 0xd8, 0xff, sof, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0, 0xff, 0xd9,
        ];
        let start = Instant::now();
        assert!(lenient(&f).is_err());
        assert!(start.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn second_frame_header_missing_components_oversubscribed_tables() {
    let Some(bytes) = file("jpegsuite/baseline/32x32x8_ycbcr_interleaved.jpg") else {
        return;
    };
    let sof = position(&bytes, 0xc0);
    let len = 2 + usize::from(u16::from_be_bytes([bytes[sof + 2], bytes[sof + 3]]));
    let mut twice = bytes.clone();
    let copy = bytes[sof..sof + len].to_vec();
    twice.splice(sof..sof, copy);
    assert!(lenient(&twice).is_err());
    let sos = position(&bytes, 0xda);
    let mut unknown = bytes.clone();
    unknown[sos + 5] = 99;
    assert!(lenient(&unknown).is_err());
    let mut double = bytes.clone();
    double[sos + 7] = double[sos + 5];
    assert!(lenient(&double).is_err());
    let mut full = vec![0xff, 0xc4, 0, 22, 0, 3];
    full.extend([0; 15]);
    full.extend([1, 2, 3]);
    assert!(lenient(&with_segment(&bytes, &full)).is_err());
}

#[test]
fn tables_only_stream_then_abbreviated_image() {
    let Some(bytes) = file("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    // Split the file into a tables stream and an image that lacks them.
    let (mut tables, mut image) = (vec![0xff, 0xd8], vec![0xff, 0xd8]);
    let mut at = 2;
    while bytes[at + 1] != 0xda {
        let len = 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        let to = if matches!(bytes[at + 1], 0xdb | 0xc4) {
            &mut tables
        } else {
            &mut image
        };
        to.extend(&bytes[at..at + len]);
        at += len;
    }
    tables.extend([0xff, 0xd9]);
    image.extend(&bytes[at..]);
    let mut decoder = Decoder::new(DecodeOptions::default());
    decoder.write(&tables).unwrap();
    assert!(decoder.header().is_none());
    assert_eq!(
        decoder.decode_all(&image).unwrap(),
        lenient(&bytes).unwrap().0
    );
}

#[test]
fn planes_keep_native_subsampling() {
    let Some(bytes) = file("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let (planes, decoder) = decode_planes(&bytes, DecodeOptions::default()).unwrap();
    let header = decoder.header().unwrap();
    assert_eq!(planes.len(), 3);
    for (p, c) in planes.iter().zip(&header.components) {
        assert_eq!((p.width as u32, p.height as u32), c.size);
    }
    // Luma is what a gray decode gives.
    let mut gray = DecodeOptions::default();
    gray.channels = vfx_jpeg::Channels::Gray;
    assert_eq!(planes[0].samples, decode(&bytes, gray).unwrap().0.pixels);
}

/// Found by fuzzing: a scan of one component after the one that had all of them met an output set up for three. libjpeg
/// ignores such scans, as the picture is complete.
#[test]
fn scan_after_a_complete_sequential_one_is_ignored() {
    let config = vfx_jpeg::Config {
        sampling: vfx_jpeg::Sampling::S420,
        mode: vfx_jpeg::Mode::Streaming,
        ..vfx_jpeg::Config::default()
    };
    let mut encoder = vfx_jpeg::Encoder::new(70, 50, config, Vec::new()).unwrap();
    let rows: Vec<u8> = (0..70 * 50 * 3).map(|i| (i * 7 % 251) as u8).collect();
    encoder.write_rows(&rows[..]).unwrap();
    let mut bytes = encoder.finish().unwrap();
    let (expected, _) = lenient(&bytes).unwrap();
    for components in [
        &[(1, 0x00)][..],
        &[(1, 0), (2, 0x11)],
        &[(2, 0x11), (3, 0x11)],
    ] {
        bytes.truncate(bytes.len() - 2);
        bytes.extend([0xff, 0xda, 0, 6 + 2 * components.len() as u8]);
        bytes.push(components.len() as u8);
        for (id, tables) in components {
            bytes.extend([*id, *tables]);
        }
        bytes.extend([0, 63, 0]);
        bytes.extend((0..900u32).map(|i| (i * 31 % 255) as u8));
        bytes.extend([0xff, 0xd9]);
        let (image, decoder) = lenient(&bytes).unwrap();
        assert!(image == expected);
        assert_eq!(decoder.report().notes.len(), 1);
    }
}
