//! The same bytes give the same rows and the same previews, however they are cut.

mod decode_data;

use decode_data::{file, folder};
use vfx_jpeg::{DecodeOptions, Decoder, Image, SampleKind, Status, decode};

const PIECES: [usize; 7] = [1, 2, 3, 7, 64, 4096, usize::MAX];

/// A file of every path through the decoder, small enough to feed byte by byte.
const FILES: [&str; 16] = [
    "jpeg-decoder/mozilla/jpg-size-17x17.jpg",
    "jpeg-decoder/restarts.jpg",
    "jpeg-decoder/partial_progressive.jpg",
    "jpeg-decoder/mozilla/jpg-cmyk-1.jpg",
    "jpeg-decoder/non-interleaved-mcu.jpg",
    "jpeg-decoder/16bit-qtables.jpg",
    "jpegsuite/baseline/32x32x8_dnl.jpg",
    "jpegsuite/extended_huffman/32x32x12_ycbcr.jpg",
    "jpegsuite/extended_arithmetic/32x32x8_ycbcr_2x2_2x1_1x2_interleaved.jpg",
    "jpegsuite/progressive_huffman/32x32x8_grayscale_successive.jpg",
    "jpegsuite/progressive_arithmetic/32x32x8_grayscale_successive.jpg",
    "jpegsuite/progressive_huffman/32x32x8_restarts.jpg",
    "jpegsuite/lossless_huffman/32x32x8_rgb_interleaved.jpg",
    "jpegsuite/lossless_arithmetic/32x32x8_restarts.jpg",
    "libjpeg-turbo/testorig.jpg",
    "libjpeg-turbo/testimgari.jpg",
];

fn fed(bytes: &[u8], piece: usize, samples: SampleKind) -> (Image, Vec<Image>) {
    let mut options = DecodeOptions::default();
    options.samples = samples;
    options.dequantisation_bias = true;
    options.stop_at_scans = true;
    let mut decoder = Decoder::new(options);
    let mut previews = Vec::new();
    for piece in bytes.chunks(piece.min(bytes.len())) {
        let mut status = decoder.write(piece).unwrap();
        loop {
            match status {
                Status::Scan { .. } => previews.extend(decoder.current_preview().unwrap()),
                Status::Header => {}
                _ => break,
            }
            status = decoder.write(&[]).unwrap();
        }
    }
    (decoder.decode_all(&[]).unwrap(), previews)
}

#[test]
fn split_feeding_gives_the_same_pixels_and_previews() {
    if folder().is_none() {
        return;
    }
    for name in FILES {
        let Some(bytes) = file(name) else {
            panic!("{name} is missing")
        };
        for samples in [SampleKind::Native, SampleKind::F32] {
            let whole = fed(&bytes, usize::MAX, samples);
            for piece in PIECES {
                let got = fed(&bytes, piece, samples);
                assert!(
                    got.0 == whole.0,
                    "{name} in pieces of {piece}: pixels differ"
                );
                assert!(
                    got.1 == whole.1,
                    "{name} in pieces of {piece}: previews differ"
                );
            }
        }
    }
}

/// Previews of every scan: there are as many as scans, they get closer to the final image, and the last one is it.
#[test]
fn preview_sequence_converges() {
    let Some(bytes) = file("jpeg-decoder/mozilla/jpg-progressive.jpg") else {
        return;
    };
    let (image, previews) = fed(&bytes, 512, SampleKind::Native);
    assert!(previews.len() > 3, "{}", previews.len());
    let distance = |a: &Image| -> u64 {
        a.u8s()
            .unwrap()
            .iter()
            .zip(image.u8s().unwrap())
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum()
    };
    let all: Vec<u64> = previews.iter().map(distance).collect();
    // Estimates of what is missing may overshoot a little.
    assert!(all.windows(2).all(|w| w[1] <= w[0] + w[0] / 50), "{all:?}");
    assert_eq!(all[all.len() - 1], 0);
}

/// Rows of a baseline file are there long before its end.
#[test]
fn rows_come_while_bytes_come() {
    let Some(bytes) = file("libjxl/flower_cropped.jpg") else {
        return;
    };
    let whole = decode(&bytes, DecodeOptions::default()).unwrap().0;
    let mut decoder = Decoder::new(DecodeOptions::default());
    let mut rows = Vec::new();
    let mut at_half = 0;
    for (i, piece) in bytes.chunks(100).enumerate() {
        decoder.write(piece).unwrap();
        if decoder.header().is_some() {
            let mut row = vec![0u8; decoder.row_len()];
            while decoder.read_rows(&mut row).unwrap() > 0 {
                rows.extend_from_slice(&row);
            }
        }
        if i == bytes.len() / 200 {
            at_half = rows.len();
        }
    }
    decoder.finish().unwrap();
    let mut row = vec![0u8; decoder.row_len()];
    while decoder.read_rows(&mut row).unwrap() > 0 {
        rows.extend_from_slice(&row);
    }
    assert_eq!(rows, whole.u8s().unwrap());
    assert!(at_half * 4 > rows.len(), "{at_half} of {}", rows.len());
}
