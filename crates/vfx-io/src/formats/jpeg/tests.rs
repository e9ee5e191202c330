use super::FORMAT;
use crate::WriteOptions;
use crate::formats::trial;
use std::sync::Arc;
use vfx_core::{ImageSpec, IoError, Origin, Planes, SampleFormat, Value};

fn spec(w: usize, h: usize, n: usize) -> ImageSpec {
    ImageSpec::new(w, h, ImageSpec::default_channels(n, SampleFormat::U8))
}

/// A slow gradient, which lossy coding keeps.
fn gradient(s: &ImageSpec) -> Planes {
    let mut planes = Planes::for_channels(s.width(), s.height(), &s.channels);
    for c in 0..planes.len() {
        for y in 0..s.height() {
            let mut plane = planes.plane_mut(c);
            let row = plane.row::<u8>(y).iter_mut().enumerate();
            row.for_each(|(x, o)| *o = (60 + (x + y + 20 * c) % 128) as u8);
        }
    }
    planes
}

#[test]
fn jpeg_round_trips_nearly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    for (w, h, n) in [
        (1, 1, 1),
        (1, 1, 3),
        (40, 23, 1),
        (61, 70, 3),
        (100, 130, 3),
    ] {
        for compression in ["jpeg:98", "optimized", "progressive"] {
            let options = WriteOptions {
                compression: Some(compression.into()),
                subsampling: Some("444".into()),
                ..WriteOptions::default()
            };
            let s = spec(w, h, n);
            let planes = gradient(&s);
            trial::write(&FORMAT, &path, &s, &planes, &options).unwrap();
            let (back, again, _) = trial::read(&FORMAT, &path, true).unwrap();
            assert_eq!(back.channels, s.channels);
            let mut sum = 0u64;
            for c in 0..n {
                for y in 0..h {
                    let (a, b) = (planes.plane(c), again.plane(c));
                    let rows = a.row::<u8>(y).iter().zip(b.row::<u8>(y));
                    sum += rows.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
                }
            }
            assert!(
                sum <= 3 * (w * h * n) as u64,
                "{w} {h} {n} {compression}: {sum}"
            );
        }
    }
    for name in ["422", "420", "440", "4:2:0"] {
        let options = WriteOptions {
            subsampling: Some(name.into()),
            ..WriteOptions::default()
        };
        let s = spec(40, 40, 3);
        trial::write(&FORMAT, &path, &s, &gradient(&s), &options).unwrap();
        trial::read(&FORMAT, &path, true).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn jpeg_keeps_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let mut s = spec(16, 16, 3);
    let mut icc = vec![7u8; 100_000];
    icc[36..40].copy_from_slice(b"acsp");
    let set = [
        ("ImageDescription", Value::String("one line".into())),
        (
            "ICCProfile",
            Value::Blob {
                kind: "icc".into(),
                bytes: Arc::from(icc),
            },
        ),
        ("ResolutionUnit", Value::String("in".into())),
        ("XResolution", Value::Float(300.0)),
        ("YResolution", Value::Float(150.0)),
    ];
    for (name, value) in &set {
        s.attributes.set(*name, value.clone(), Origin::User);
    }
    trial::write(&FORMAT, &path, &s, &gradient(&s), &WriteOptions::default()).unwrap();
    let (back, ..) = trial::read(&FORMAT, &path, true).unwrap();
    for (name, value) in set.iter().take(2) {
        assert_eq!(back.attributes.value(name), Some(value), "{name}");
    }
    assert_eq!(back.attributes.number("XResolution"), Some(300.0));
    assert_eq!(back.pixel_aspect, 0.5);
}

#[test]
fn jpeg_refuses_what_it_cannot_hold() {
    let path = std::env::temp_dir().join("never.jpg");
    let made = super::write::create(&path, &[spec(70_000, 2, 3)], &WriteOptions::default());
    assert!(matches!(made.err(), Some(IoError::CannotHold { .. })));
}

#[test]
fn jpeg_reads_the_corpus() {
    for path in trial::corpus("jpeg", &[".jpg", ".jpeg"]) {
        match trial::read(&FORMAT, &path, false) {
            Ok(_) | Err(IoError::Unsupported { .. } | IoError::Malformed { .. }) => {}
            Err(IoError::Limit { limit, .. }) => {
                assert!(["test pixels", "max_whole_bytes"].contains(&limit), "{limit}");
            }
            Err(e) => panic!("{}: {e}", path.display()),
        }
    }
}

#[test]
fn jpeg_survives_damage() {
    for name in [
        "exif-xmp-metadata.jpg",
        "iptc.jpg",
        "jpg-progressive.jpg",
        "32x32x8_cmyk.jpg",
    ] {
        for path in trial::corpus("jpeg", &[name]) {
            trial::survives_damage(&FORMAT, &std::fs::read(&path).unwrap(), 100);
        }
    }
}
