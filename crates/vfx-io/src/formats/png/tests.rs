use super::FORMAT;
use crate::WriteOptions;
use crate::formats::trial;
use std::sync::Arc;
use vfx_core::{ImageSpec, IoError, Origin, SampleFormat, Value};

fn spec(w: usize, h: usize, n: usize, format: SampleFormat) -> ImageSpec {
    ImageSpec::new(w, h, ImageSpec::default_channels(n, format))
}

#[test]
fn png_round_trips_every_type() {
    let sizes = [(1, 1), (7, 5), (33, 130), (700, 301)];
    for (w, h) in sizes {
        for n in 1..=4 {
            for format in [SampleFormat::U8, SampleFormat::U16] {
                // Every level on small pictures; the large one is for its several strips.
                let levels = [None, Some("none"), Some("zip:1"), Some("zip:9")];
                for compression in levels.into_iter().take(if w < 700 { 4 } else { 1 }) {
                    let options = WriteOptions {
                        compression: compression.map(Into::into),
                        ..WriteOptions::default()
                    };
                    trial::round_trip(&FORMAT, "png", &spec(w, h, n, format), &options);
                }
            }
        }
        for bits in [1, 2, 4] {
            let s = spec(w, h, 1, SampleFormat::unsigned(bits));
            trial::round_trip(&FORMAT, "png", &s, &WriteOptions::default());
        }
    }
}

#[test]
fn png_keeps_window_and_metadata() {
    let mut s = spec(9, 4, 3, SampleFormat::U16);
    s.data_window = s.data_window.offset(-5, 12);
    s.color_space = Some("g18_rec709_scene".into());
    let origin = Origin::Format("png");
    let mut icc = vec![0u8; 200];
    icc[36..40].copy_from_slice(b"acsp");
    let set = [
        ("ImageDescription", Value::String("naïve".into())),
        ("Artist", Value::String("著作".into())),
        ("Copyright", Value::String("c".into())),
        ("My key", Value::String("v".into())),
        ("DateTime", Value::String("2001:02:03 04:05:06".into())),
        ("CICP", Value::Ints(vec![9, 16, 0, 1])),
        (
            "ICCProfile",
            Value::Blob {
                kind: "icc".into(),
                bytes: Arc::from(icc),
            },
        ),
        ("png:gAMA", Value::Rational(55_555, 100_000)),
        (
            "chromaticities",
            Value::Floats(vec![0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329]),
        ),
        ("ResolutionUnit", Value::String("inch".into())),
        ("XResolution", Value::Float(254.0)),
        ("YResolution", Value::Float(127.0)),
    ];
    for (name, value) in &set {
        s.attributes.set(*name, value.clone(), origin);
    }
    let back = trial::round_trip(&FORMAT, "png", &s, &WriteOptions::default());
    assert_eq!(back.data_window, s.data_window);
    assert_eq!(back.pixel_aspect, 0.5);
    // cICP goes before every other colour tag.
    assert_eq!(back.color_space.as_deref(), Some("pq_rec2020_display"));
    for (name, value) in &set {
        match (back.attributes.value(name), value) {
            (Some(Value::Floats(a)), Value::Floats(b)) => {
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{name}");
            }
            (Some(Value::Float(a)), Value::Float(b)) => assert!((a - b).abs() < 0.02, "{name}"),
            (a, b) => assert_eq!(a, Some(b), "{name}"),
        }
    }
}

#[test]
fn png_drops_a_stale_colour_tag() {
    let mut s = spec(2, 2, 3, SampleFormat::U8);
    s.color_space = Some("lin_rec709_scene".into());
    let value = Value::Rational(45_455, 100_000);
    s.attributes.set("png:gAMA", value, Origin::Format("png"));
    let back = trial::round_trip(&FORMAT, "png", &s, &WriteOptions::default());
    assert_eq!(back.color_space.as_deref(), Some("lin_rec709_scene"));
}

#[test]
fn png_chooses_types_and_channels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let wanted = |n: usize, given, expected: SampleFormat, names: &str| {
        let s = spec(3, 3, n, given);
        let sink = super::write::create(&path, &[s], &WriteOptions::default()).unwrap();
        let channels = &sink.specs()[0].channels;
        assert!(channels.iter().all(|c| c.format == expected), "{given}");
        let found: Vec<_> = channels.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(found.join(""), names);
    };
    wanted(3, SampleFormat::F16, SampleFormat::U8, "RGB");
    wanted(6, SampleFormat::U10, SampleFormat::U16, "RGBA");
    wanted(2, SampleFormat::U32, SampleFormat::U16, "YA");
    wanted(1, SampleFormat::unsigned(3), SampleFormat::unsigned(4), "Y");
    let none = super::write::create(
        &path,
        &[spec(0, 3, 3, SampleFormat::U8)],
        &WriteOptions::default(),
    );
    assert!(matches!(none.err(), Some(IoError::CannotHold { .. })));
}

#[test]
fn png_reads_the_corpus() {
    for path in trial::corpus("png", &[".png"]) {
        let name = path.to_string_lossy().into_owned();
        match trial::read(&FORMAT, &path, false) {
            Ok((s, whole, reports)) if reports.is_empty() => {
                let input = crate::Input::open(&path).unwrap();
                let parts = super::read::open(input, &crate::OpenOptions::default()).unwrap();
                trial::regions_agree(&*parts[0].levels[0], &whole);
                assert_eq!(s.channels.len(), whole.len());
            }
            Ok(_) => assert!(trial::read(&FORMAT, &path, true).is_err(), "{name}"),
            Err(e) => assert!(
                name.contains("/x") || name.contains("bomb"),
                "{name} is sound but: {e}"
            ),
        }
    }
}

#[test]
fn png_survives_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    for (n, format) in [(4, SampleFormat::U8), (3, SampleFormat::U16)] {
        let mut s = spec(61, 47, n, format);
        let text = Value::String("text".into());
        s.attributes.set("Comment", text, Origin::Format("png"));
        let planes = trial::picture(&s, 3);
        trial::write(&FORMAT, &path, &s, &planes, &WriteOptions::default()).unwrap();
        trial::survives_damage(&FORMAT, &std::fs::read(&path).unwrap(), 200);
    }
    for name in ["basi3p04", "tbbn3p08", "ctzn0g04", "basi6a16"] {
        for path in trial::corpus("png", &[&format!("{name}.png")]) {
            trial::survives_damage(&FORMAT, &std::fs::read(&path).unwrap(), 100);
        }
    }
}

#[test]
fn png_keeps_rows_before_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let s = spec(300, 200, 3, SampleFormat::U8);
    let planes = trial::picture(&s, 3);
    let stored = WriteOptions {
        compression: Some("none".into()),
        ..WriteOptions::default()
    };
    trial::write(&FORMAT, &path, &s, &planes, &stored).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let (_, cut, reports) = trial::read(&FORMAT, &path, false).unwrap();
    assert_eq!(reports.len(), 1);
    assert_eq!(cut.plane(1).row_bytes(50), planes.plane(1).row_bytes(50));
    assert!(cut.plane(1).row_bytes(199).iter().all(|&b| b == 0));
    assert!(trial::read(&FORMAT, &path, true).is_err());
}
