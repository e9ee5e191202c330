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
                assert!(
                    ["test pixels", "max_whole_bytes"].contains(&limit),
                    "{limit}"
                );
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

/// Regions in any order have the pixels of the whole picture: with restart markers, with checkpoints alone, progressive.
#[test]
fn jpeg_regions_in_any_order_equal_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let s = spec(173, 390, 3);
    let planes = trial::picture(&s, 3);
    for (restart, compression) in [
        (None, "jpeg"),
        (Some(4), "jpeg"),
        (Some(30), "optimized"),
        (None, "progressive"),
    ] {
        let mut options = WriteOptions {
            compression: Some(compression.into()),
            subsampling: Some("420".into()),
            ..WriteOptions::default()
        };
        options.jpeg.restart = restart;
        trial::write(&FORMAT, &path, &s, &planes, &options).unwrap();
        let (_, whole, _) = trial::read(&FORMAT, &path, true).unwrap();
        let mut noise = trial::Noise(8);
        for _ in 0..4 {
            // A fresh source each time: the first region may be anywhere.
            let open = FORMAT.open.unwrap();
            let parts = open(
                crate::Input::open(&path).unwrap(),
                &crate::OpenOptions::default(),
            );
            let parts = parts.unwrap();
            let source = &parts[0].levels[0];
            for _ in 0..12 {
                let (x, y) = (noise.below(173), noise.below(390));
                let (w, h) = (1 + noise.below(173 - x), 1 + noise.below((390 - y).min(40)));
                let region = vfx_core::Region::sized(x as i64, y as i64, w, h);
                let part = trial::read_region(&**source, region).unwrap();
                for c in 0..3 {
                    for i in 0..h {
                        let (a, b) = (part.plane(c), whole.plane(c));
                        let expected = &b.row::<u8>(y + i)[x..x + w];
                        assert_eq!(a.row::<u8>(i), expected, "{compression} {restart:?}");
                    }
                }
            }
        }
    }
}

/// Light above white goes out as a base with a gain map and comes back.
#[test]
fn jpeg_gain_maps_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let channels = ImageSpec::default_channels(3, SampleFormat::F32);
    let mut s = ImageSpec::new(80, 60, channels);
    s.orientation.0 = 6;
    for (name, text) in [("Make", "Camera works"), ("ImageDescription", "A lamp")] {
        let value = vfx_core::Value::String(text.into());
        s.attributes.set(name, value, vfx_core::Origin::Exif);
    }
    let light = |x: usize, y: usize, c: usize| {
        let (u, v) = (x as f32 * 0.08, y as f32 * 0.06);
        0.2 + 0.1 * (u + c as f32).sin() + 5.0 * (u.sin() * v.cos()).max(0.0).powi(4)
    };
    let mut config = vfx_jpeg::HdrConfig::default();
    (config.base.distance, config.map_distance, config.map_scale) = (0.3, 0.1, 1);
    let mut sink = super::create_hdr(&path, &s, config).unwrap();
    let layout = sink.layout(0);
    for i in 0..layout.len() {
        let r = layout.region(i);
        let mut planes = Planes::for_channels(r.width(), r.height(), &s.channels);
        for c in 0..3 {
            for y in 0..r.height() {
                let mut plane = planes.plane_mut(c);
                let row = plane.row::<f32>(y).iter_mut().enumerate();
                row.for_each(|(x, o)| *o = light(x, r.y0 as usize + y, c));
            }
        }
        let views: Vec<_> = (0..3).map(|c| planes.plane(c)).collect();
        let chunk = sink.encoder(0).encode(i, &views).unwrap();
        sink.commit(0, chunk).unwrap();
    }
    sink.finish().unwrap();
    let options = crate::OpenOptions::default();
    let input = crate::Input::open(&path).unwrap();
    let source = super::open_hdr(&input, &options, None)
        .unwrap()
        .expect("a gain map");
    assert_eq!(
        source.spec().color_space.as_deref(),
        Some("lin_rec709_scene")
    );
    let back = trial::read_region(&*source, source.spec().data_window).unwrap();
    let mut sum = 0.0;
    for c in 0..3 {
        for y in 0..60 {
            let plane = back.plane(c);
            let row = plane.row::<f32>(y).iter().enumerate();
            sum += row
                .map(|(x, v)| ((v + 0.02) / (light(x, y, c) + 0.02)).log2().abs())
                .sum::<f32>();
        }
    }
    assert!(sum / (80.0 * 60.0 * 3.0) < 0.03, "{sum}");
    // Readers that know nothing of it see the base.
    let (base, _, _) = trial::read(&FORMAT, &path, true).unwrap();
    assert_eq!(
        (base.width(), base.channels[0].format),
        (80, SampleFormat::U8)
    );
    for spec in [&base, source.spec()] {
        assert_eq!(spec.orientation.0, 6);
        assert_eq!(spec.attributes.text("Make"), Some("Camera works"));
        assert_eq!(spec.attributes.text("ImageDescription"), Some("A lamp"));
    }
}
