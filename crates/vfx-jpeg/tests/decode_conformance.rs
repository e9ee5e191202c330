//! Every test file against libjpeg-turbo 3.2.0 (`islow`, fancy upsampling): `libjpeg_turbo.txt` lists path, scale divisor,
//! size, components and an FNV-1a checksum of its samples, for all files that it decodes without a warning.

mod decode_data;

use decode_data::{checksum, file, files, folder};
use vfx_jpeg::{ColourSpace, DecodeOptions, Scale, decode};

#[test]
fn conformance_with_libjpeg_turbo_at_every_scale() {
    let Some(folder) = folder() else { return };
    let mut checked = 0;
    let mut wrong = Vec::new();
    for line in include_str!("libjpeg_turbo.txt").lines() {
        let f: Vec<&str> = line.rsplitn(6, ' ').collect();
        let [sum, channels, height, width, scale, name] = f[..] else {
            panic!("{line}")
        };
        let Ok(bytes) = std::fs::read(folder.join(name)) else {
            continue;
        };
        let mut options = DecodeOptions::default();
        options.scale = match scale {
            "2" => Scale::Half,
            "4" => Scale::Quarter,
            "8" => Scale::Eighth,
            _ => Scale::Full,
        };
        checked += 1;
        match decode(&bytes, options) {
            Ok((image, _)) => {
                let got = format!(
                    "{} {} {} {:016x}",
                    image.width,
                    image.height,
                    image.channels,
                    checksum(&image)
                );
                if got != format!("{width} {height} {channels} {sum}") {
                    wrong.push(format!("{name} 1/{scale}: {got}"));
                }
            }
            Err(e) => wrong.push(format!("{name}: {e}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {checked} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(checked > 1000, "only {checked} files found");
}

/// libjpeg-turbo has no DNL: the same picture with its height in the frame header is the reference.
#[test]
fn conformance_number_of_lines_marker() {
    for kind in [
        "baseline",
        "extended_huffman",
        "extended_arithmetic",
        "progressive_huffman",
        "progressive_arithmetic",
        "lossless_huffman",
        "lossless_arithmetic",
    ] {
        let name = |n: &str| format!("jpegsuite/{kind}/32x32x8_{n}.jpg");
        let (Some(a), Some(b)) = (file(&name("dnl")), file(&name("grayscale"))) else {
            return;
        };
        let decoded = |bytes: &[u8]| decode(bytes, DecodeOptions::default()).unwrap().0;
        assert_eq!(decoded(&a), decoded(&b), "{kind}");
    }
}

/// libjpeg-turbo has no lossless arithmetic coding: the Huffman coded twin of each file is the reference.
#[test]
fn conformance_lossless_arithmetic_equals_huffman() {
    let mut checked = 0;
    for path in files("jpegsuite/lossless_arithmetic") {
        let twin = path
            .to_string_lossy()
            .replace("lossless_arithmetic", "lossless_huffman");
        let Ok(twin) = std::fs::read(&twin) else {
            continue;
        };
        let a = decode(&std::fs::read(&path).unwrap(), DecodeOptions::default())
            .unwrap()
            .0;
        let b = decode(&twin, DecodeOptions::default()).unwrap().0;
        assert_eq!(a, b, "{}", path.display());
        checked += 1;
    }
    assert!(checked > 40 || folder().is_none(), "{checked}");
}

#[test]
fn header_comes_before_pixels() {
    let Some(bytes) = file("jpeg-decoder/mozilla/jpg-srgb-icc.jpg") else {
        return;
    };
    let mut decoder = vfx_jpeg::Decoder::new(DecodeOptions::default());
    let mut at = 0;
    while decoder.header().is_none() {
        decoder.write(&bytes[at..=at]).unwrap();
        at += 1;
    }
    let header = decoder.header().unwrap();
    assert_eq!(header.colour, ColourSpace::Gray);
    let icc = header.metadata.icc.as_ref().unwrap();
    assert_eq!(&icc[36..40], b"acsp");
    assert_eq!(
        u32::from_be_bytes([icc[0], icc[1], icc[2], icc[3]]) as usize,
        icc.len()
    );
}

#[test]
fn icc_order_is_restored_and_broken_sequences_refused() {
    for (name, good) in [
        ("order", true),
        ("missing_chunk", false),
        ("chunk_count_mismatch", false),
        ("chunk_double_seq_no", false),
        ("chunk_seq_no_0", false),
    ] {
        let name = format!(
            "jpeg-decoder/icc/icc_{}.jpeg",
            if good {
                "chunk_order".into()
            } else {
                name.to_string()
            }
        );
        let Some(bytes) = file(&name) else { return };
        let (_, decoder) = decode(&bytes, DecodeOptions::default()).unwrap();
        let m = &decoder.header().unwrap().metadata;
        assert_eq!(m.icc.is_some(), good, "{name}");
        assert_eq!(m.icc_broken, !good, "{name}");
    }
}

#[test]
fn metadata_exif_xmp_comment() {
    let Some(bytes) = file("libjxl/1x1_exif_xmp.jpg") else {
        return;
    };
    let (_, decoder) = decode(&bytes, DecodeOptions::default()).unwrap();
    let m = &decoder.header().unwrap().metadata;
    assert!(
        m.exif
            .as_ref()
            .is_some_and(|e| e.starts_with(b"II*\0") || e.starts_with(b"MM\0*"))
    );
    assert!(m.xmp.as_ref().is_some_and(|x| x.starts_with(b"<")));
    let Some(bytes) = file("jpegsuite/baseline/32x32x8_comments.jpg") else {
        return;
    };
    let (_, decoder) = decode(&bytes, DecodeOptions::default()).unwrap();
    assert_eq!(decoder.header().unwrap().metadata.comments.len(), 2);
}
