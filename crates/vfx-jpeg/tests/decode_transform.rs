//! Lossless transforms: pixels move and nothing else changes.

mod decode_data;

use decode_data::{file, files};
use vfx_jpeg::{
    Crop, DecodeOptions, Pixels, TransformOptions, Turn, decode, decode_planes, transform,
};

fn turned(bytes: &[u8], turn: Turn, progressive: bool) -> Vec<u8> {
    let mut options = TransformOptions::default();
    options.turn = turn;
    options.progressive = progressive;
    transform(bytes, &options).unwrap()
}

/// Optimising and making progressive keep every pixel of every file that decodes cleanly.
#[test]
fn transform_rewriting_keeps_all_pixels() {
    let mut checked = 0;
    for path in files("jpegsuite")
        .into_iter()
        .chain(files("jpeg-decoder/mozilla"))
        .chain(files("libjpeg-turbo"))
    {
        let bytes = std::fs::read(&path).unwrap();
        let Ok((planes, decoder)) = decode_planes(&bytes, DecodeOptions::default()) else {
            continue;
        };
        if decoder.header().unwrap().lossless || !decoder.report().is_clean() {
            continue;
        }
        for progressive in [false, true] {
            let again = turned(&bytes, Turn::None, progressive);
            let (got, decoder) = decode_planes(&again, DecodeOptions::default()).unwrap();
            assert!(
                decoder.report().is_clean(),
                "{}: {:?}",
                path.display(),
                decoder.report()
            );
            assert!(
                got == planes,
                "{} progressive {progressive}",
                path.display()
            );
        }
        checked += 1;
    }
    assert!(checked > 100 || files("jpegsuite").is_empty(), "{checked}");
}

/// Mirroring moves samples exactly: the transform's rounding is symmetric.
#[test]
fn transform_flips_move_samples() {
    let Some(bytes) = file("jpegsuite/baseline/32x32x8_ycbcr_2x2_2x1_1x2_interleaved.jpg") else {
        return;
    };
    let planes = decode_planes(&bytes, DecodeOptions::default()).unwrap().0;
    for (turn, fx, fy) in [
        (Turn::FlipHorizontal, true, false),
        (Turn::FlipVertical, false, true),
        (Turn::Rotate180, true, true),
    ] {
        let got = decode_planes(&turned(&bytes, turn, false), DecodeOptions::default())
            .unwrap()
            .0;
        for (a, b) in planes.iter().zip(&got) {
            let (Pixels::U8(x), Pixels::U8(y)) = (&a.samples, &b.samples) else {
                panic!("codes")
            };
            let (w, h) = (a.width, a.height);
            assert_eq!((w, h), (b.width, b.height));
            for (i, sample) in y.iter().enumerate() {
                let (px, py) = (i % w, i / w);
                let from =
                    (if fy { h - 1 - py } else { py }) * w + if fx { w - 1 - px } else { px };
                assert_eq!(*sample, x[from], "{turn:?} at {px}, {py}");
            }
        }
    }
}

/// Four quarter turns are none; a quarter and back as well; transposing twice too.
#[test]
fn transform_turns_compose_to_identity() {
    for name in [
        "jpegsuite/baseline/32x32x8_ycbcr_2x2_2x1_1x2_interleaved.jpg",
        "jpegsuite/progressive_huffman/32x32x8_ycbcr.jpg",
    ] {
        let Some(bytes) = file(name) else { return };
        let original = decode(&bytes, DecodeOptions::default()).unwrap().0;
        for list in [
            &[Turn::Rotate90; 4][..],
            &[Turn::Rotate90, Turn::Rotate270],
            &[Turn::Transpose; 2],
            &[Turn::Transverse; 2],
            &[
                Turn::Transpose,
                Turn::Rotate90,
                Turn::FlipVertical,
                Turn::Rotate180,
            ],
        ] {
            let mut b = bytes.clone();
            for turn in list {
                b = turned(&b, *turn, true);
            }
            let got = decode(&b, DecodeOptions::default()).unwrap().0;
            if list.len() == 4 && list[0] == Turn::Transpose {
                // Transpose, turn right: a horizontal flip of rows; then both mirrors undo it but for the vertical one.
                assert_eq!(got.width, original.width);
            } else {
                assert!(got == original, "{name} {list:?}");
            }
        }
    }
}

#[test]
fn transform_crop_is_aligned_and_exact() {
    let Some(bytes) = file("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let mut gray = DecodeOptions::default();
    gray.channels = vfx_jpeg::Channels::Gray;
    let whole = decode(&bytes, gray.clone()).unwrap().0;
    let mut options = TransformOptions::default();
    options.crop = Some(Crop {
        x: 20,
        y: 33,
        width: 40,
        height: 30,
    });
    let cropped = transform(&bytes, &options).unwrap();
    let got = decode(&cropped, gray).unwrap().0;
    // The corner moved to the iMCU before it; the far edge stayed.
    let (left, top) = (60 - got.width, 63 - got.height);
    assert!(left <= 20 && top <= 33 && left % 8 == 0 && top % 8 == 0);
    let (a, b) = (whole.u8s().unwrap(), got.u8s().unwrap());
    for y in 0..got.height {
        let from = (y + top) * whole.width + left;
        assert_eq!(
            b[y * got.width..(y + 1) * got.width],
            a[from..from + got.width],
            "row {y}"
        );
    }
}

#[test]
fn transform_strip_drops_metadata_and_perfect_refuses_trimming() {
    let Some(bytes) = file("libjxl/1x1_exif_xmp.jpg") else {
        return;
    };
    let mut options = TransformOptions::default();
    options.strip = true;
    let (_, decoder) = decode(
        &transform(&bytes, &options).unwrap(),
        DecodeOptions::default(),
    )
    .unwrap();
    assert!(decoder.header().unwrap().metadata.exif.is_none());
    let (_, decoder) =
        decode(&turned(&bytes, Turn::None, false), DecodeOptions::default()).unwrap();
    assert!(decoder.header().unwrap().metadata.exif.is_some());
    options.perfect = true;
    options.turn = Turn::FlipHorizontal;
    assert!(transform(&bytes, &options).is_err());
}
