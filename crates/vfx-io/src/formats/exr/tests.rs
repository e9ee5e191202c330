//! Round trips, the shared samples, and damage.

use crate::formats::trial::{Noise, assert_same, read_region, write_all};
use crate::{OpenOptions, WriteOptions, create, open};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use vfx_core::{
    Channel, ChannelSet, ImageSource, ImageSpec, Limits, Orientation, Origin, PlaneMut, Planes,
    Region, Report, SampleFormat, TimeCode, Value,
};

/// Planes of noise for the full-resolution channels of a spec.
fn picture(spec: &ImageSpec, seed: u64) -> Planes {
    let mut noise = Noise(seed);
    let mut planes = Planes::for_channels(spec.width(), spec.height(), &spec.channels);
    for i in 0..spec.channels.len() {
        for y in 0..spec.height() {
            for (x, b) in planes.plane_mut(i).row_bytes(y).iter_mut().enumerate() {
                // Half of it smooth, so that compression has something to do.
                *b = if y % 2 == 0 {
                    (x / 8) as u8
                } else {
                    noise.next() as u8
                };
            }
        }
    }
    planes
}

fn write(path: &Path, specs: &[ImageSpec], pictures: &[Planes], options: &WriteOptions) {
    let sink = create(path, specs, options).unwrap();
    write_all(sink, specs.iter().zip(pictures)).unwrap();
}

fn read(source: &dyn ImageSource, region: Region) -> Planes {
    read_region(source, region).unwrap()
}

#[test]
fn exr_round_trips_types_windows_and_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    for compression in ["none", "rle", "zips", "zip", "zip:9", "piz"] {
        for tile in [None, Some((16, 8))] {
            for (w, h) in [(1, 1), (37, 53), (130, 35)] {
                let formats = [
                    SampleFormat::F16,
                    SampleFormat::F32,
                    SampleFormat::U32,
                    SampleFormat::F16,
                ];
                let names = ["R", "G", "B", "depth.Z"];
                let channels = names
                    .iter()
                    .zip(formats)
                    .map(|(n, f)| Channel::new(*n, f))
                    .collect();
                let mut spec = ImageSpec::new(w, h, channels);
                spec.data_window = Region::sized(-7, 5, w, h);
                spec.display_window = Region::new(-20, 0, 300, 200);
                let picture = picture(&spec, 3);
                let options = WriteOptions {
                    compression: Some(compression.into()),
                    tile,
                    ..Default::default()
                };
                write(
                    &path,
                    std::slice::from_ref(&spec),
                    std::slice::from_ref(&picture),
                    &options,
                );
                let file = open(
                    &path,
                    &OpenOptions {
                        strict: true,
                        ..Default::default()
                    },
                )
                .unwrap();
                let source = &*file.parts[0].levels[0];
                let got = source.spec();
                assert_eq!(got.channels, spec.channels);
                assert_eq!(
                    (got.data_window, got.display_window),
                    (spec.data_window, spec.display_window)
                );
                let what = format!("{compression} {tile:?} {w}x{h}");
                assert_same(&read(source, got.data_window), &picture, &what);
                let inner = Region::new(
                    -7 + w as i64 / 2,
                    5 + h as i64 / 3,
                    -7 + w as i64,
                    5 + h as i64,
                );
                let part = read(source, inner);
                for i in 0..4 {
                    let want = picture.plane(i).window(w / 2, h / 3, w - w / 2, h - h / 3);
                    assert!(
                        (0..part.height()).all(|y| part.plane(i).row_bytes(y) == want.row_bytes(y))
                    );
                }
            }
        }
    }
}

#[test]
fn exr_metadata_and_parts_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let mut spec = ImageSpec::new(8, 6, ImageSpec::default_channels(4, SampleFormat::F16));
    spec.orientation = Orientation(6);
    spec.pixel_aspect = 2.0;
    spec.color_space = Some("lin_ap1_scene".into());
    let mut set = |n: &str, v| spec.attributes.set(n, v, Origin::User);
    let text = |s: &str| Value::String(s.into());
    set("Copyright", text("me"));
    set("DateTime", text("2024:01:02 03:04:05"));
    set("ImageDescription", text("picture"));
    set("XResolution", Value::Float(72.0));
    set("FNumber", Value::Float(2.8));
    set("Make", text("ACME"));
    set(
        "smpte:TimeCode",
        Value::TimeCode(TimeCode {
            time: 0x0102_0304,
            user: 9,
        }),
    );
    set("smpte:KeyCode", Value::KeyCode([1, 2, 3, 4, 5, 6, 7]));
    set(
        "worldToCamera",
        Value::Floats((0..16).map(|i| i as f32).collect()),
    );
    set("screenWindowWidth", Value::Float(3.0));
    set("answer", Value::Int(42));
    set("ratio", Value::Rational(24000, 1001));
    set("names", Value::Strings(vec!["a".into(), "b".into()]));
    set("box", Value::Ints(vec![1, 2, 3, 4]));
    set("point", Value::Doubles(vec![0.5, 0.25]));
    set(
        "odd",
        Value::Blob {
            kind: "myType".into(),
            bytes: vec![1, 2, 3].into(),
        },
    );
    set(
        "ICCProfile",
        Value::Blob {
            kind: "icc".into(),
            bytes: vec![4, 5, 6].into(),
        },
    );
    set(
        "XMP",
        Value::Blob {
            kind: "xmp".into(),
            bytes: b"<x/>".to_vec().into(),
        },
    );
    set("textureformat", text("LatLong Environment"));
    set("view", text("left"));
    let pictures = [picture(&spec, 1), picture(&spec, 2)];
    write(
        &path,
        &[spec.clone(), spec.clone()],
        &pictures,
        &WriteOptions::default(),
    );
    let file = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(file.parts.len(), 2);
    for (i, (part, want)) in file.parts.iter().zip(&pictures).enumerate() {
        let got = part.levels[0].spec();
        assert_eq!(got.name, format!("subimage{i:02}"));
        assert_eq!(
            (got.orientation, got.pixel_aspect),
            (spec.orientation, spec.pixel_aspect)
        );
        assert_eq!(got.color_space, spec.color_space);
        for want in spec.attributes.iter() {
            assert_eq!(
                got.attributes.value(&want.name),
                Some(&want.value),
                "{}",
                want.name
            );
        }
        assert_same(&read(&*part.levels[0], got.data_window), want, "a part");
    }
    // What came from an EXR file keeps its compression, and a second trip changes nothing.
    let mut again = file.parts[0].levels[0].spec().clone();
    again
        .attributes
        .set("compression", text("piz"), Origin::Format("openexr"));
    let second = folder.path().join("b.exr");
    write(
        &second,
        &[again.clone()],
        &pictures[..1],
        &WriteOptions::default(),
    );
    let file = open(&second, &OpenOptions::default()).unwrap();
    assert_eq!(file.parts[0].levels[0].spec(), &again);
}

#[test]
fn exr_integers_become_half_and_names_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let spec = ImageSpec::new(4, 4, ImageSpec::default_channels(3, SampleFormat::U10));
    let sink = create(&path, &[spec.clone()], &WriteOptions::default()).unwrap();
    assert_eq!(sink.specs()[0].uniform_format(), Some(SampleFormat::F16));
    drop(sink);
    let bad = WriteOptions {
        compression: Some("zap".into()),
        ..Default::default()
    };
    assert!(create(&path, &[spec], &bad).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn exr_subsampled_channels_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let (w, h) = (24, 50);
    let channels = [("Y", (1, 1)), ("RY", (2, 2)), ("BY", (2, 2))];
    let channels = channels.map(|(n, sampling)| Channel {
        sampling,
        ..Channel::new(n, SampleFormat::F16)
    });
    let spec = ImageSpec::new(w, h, channels.to_vec());
    let planes: Vec<Vec<u16>> = spec
        .channels
        .iter()
        .map(|c| {
            let n = w / c.sampling.0 as usize * (h / c.sampling.1 as usize);
            (0..n as u16).map(|v| v.wrapping_mul(77)).collect()
        })
        .collect();
    for compression in ["none", "zips", "zip"] {
        let options = WriteOptions {
            compression: Some(compression.into()),
            ..Default::default()
        };
        let mut sink = create(&path, std::slice::from_ref(&spec), &options).unwrap();
        let (layout, encoder) = (sink.layout(0), sink.encoder(0));
        for index in 0..layout.len() {
            let r = layout.region(index);
            let rows = |y: i64, s: u32| (y as usize).div_ceil(s as usize);
            let views = spec.channels.iter().zip(&planes).map(|(c, p)| {
                let (sx, sy) = c.sampling;
                let (width, y0, y1) = (w / sx as usize, rows(r.y0, sy), rows(r.y1, sy));
                vfx_core::PlaneRef::typed(&p[y0 * width..], width, width, y1 - y0, c.format.sample)
            });
            let chunk = encoder.encode(index, &views.collect::<Vec<_>>()).unwrap();
            sink.commit(0, chunk).unwrap();
        }
        sink.finish().unwrap();
        let file = open(
            &path,
            &OpenOptions {
                strict: true,
                ..Default::default()
            },
        )
        .unwrap();
        let source = &*file.parts[0].levels[0];
        let order: Vec<usize> = source
            .spec()
            .channels
            .iter()
            .map(|c| spec.channel_index(&c.name).unwrap())
            .collect();
        let mut got: Vec<Vec<u16>> = order.iter().map(|&i| vec![0; planes[i].len()]).collect();
        let mut views: Vec<_> = got
            .iter_mut()
            .zip(&order)
            .map(|(g, &i)| {
                let (sx, sy) = spec.channels[i].sampling;
                let (width, height) = (w / sx as usize, h / sy as usize);
                PlaneMut::typed(g, width, width, height, spec.channels[i].format.sample)
            })
            .collect();
        source
            .read(spec.data_window, &ChannelSet::all(3), &mut views)
            .unwrap();
        for (g, &i) in got.iter().zip(&order) {
            assert_eq!(g, &planes[i], "{compression}");
        }
    }
}

#[test]
fn exr_repeated_channels_are_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let spec = ImageSpec::new(9, 5, ImageSpec::default_channels(3, SampleFormat::F16));
    let p = picture(&spec, 4);
    write(
        &path,
        &[spec.clone()],
        std::slice::from_ref(&p),
        &WriteOptions::default(),
    );
    let file = open(&path, &OpenOptions::default()).unwrap();
    let mut out = Planes::new(9, 5, [spec.channels[0].format.sample; 4]);
    let wanted = ChannelSet(vec![2, 0, 2, 2]);
    file.parts[0].levels[0]
        .read(spec.data_window, &wanted, &mut out.views_mut())
        .unwrap();
    for (i, &c) in wanted.0.iter().enumerate() {
        assert!((0..5).all(|y| out.plane(i).row_bytes(y) == p.plane(c).row_bytes(y)));
    }
}

#[test]
fn exr_damage_is_reported_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let spec = ImageSpec::new(64, 64, ImageSpec::default_channels(3, SampleFormat::F16));
    write(
        &path,
        &[spec.clone()],
        &[picture(&spec, 5)],
        &WriteOptions::default(),
    );
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 100);
    std::fs::write(&path, bytes).unwrap();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let options = OpenOptions {
        reporter: reports.clone(),
        ..Default::default()
    };
    let file = open(&path, &options).unwrap();
    read(&*file.parts[0].levels[0], spec.data_window);
    let reports = reports.lock().unwrap();
    assert!(
        matches!(&reports[..], [Report::Damaged { damage, .. }] if damage.region == Region::new(0, 48, 64, 64))
    );
    let strict = open(
        &path,
        &OpenOptions {
            strict: true,
            ..Default::default()
        },
    )
    .unwrap();
    let mut planes = Planes::for_channels(64, 64, &spec.channels);
    assert!(
        strict.parts[0].levels[0]
            .read(
                spec.data_window,
                &ChannelSet::all(3),
                &mut planes.views_mut()
            )
            .is_err()
    );
}

fn samples(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/exr"
    ))
    .join(folder);
    let (mut folders, mut files) = (vec![root], Vec::new());
    while let Some(f) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&f) else {
            eprintln!("SKIPPED: no shared samples in {folder}");
            return Vec::new();
        };
        for path in entries.map(|e| e.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// Opens and reads every level in bands, ignoring typed errors.
fn exercise(path: &Path) {
    let limits = Limits {
        max_chunk_bytes: 64 << 20,
        ..Limits::default()
    };
    let Ok(file) = open(
        path,
        &OpenOptions {
            limits,
            ..Default::default()
        },
    ) else {
        return;
    };
    for source in file.parts.iter().flat_map(|p| &p.levels) {
        let spec = source.spec();
        let window = spec.data_window;
        if window.pixels() > 1 << 20 || spec.channels.is_empty() {
            continue;
        }
        let ceil = |v: i64, s: u32| -(-v).div_euclid(i64::from(s));
        let size = |a: i64, b: i64, s: u32| (ceil(b, s) - ceil(a, s)) as usize;
        for y in (window.y0..window.y1).step_by(256) {
            let r = Region::new(window.x0, y, window.x1, (y + 256).min(window.y1));
            let mut planes: Vec<Planes> = spec
                .channels
                .iter()
                .map(|c| {
                    let (sx, sy) = c.sampling;
                    Planes::new(
                        size(r.x0, r.x1, sx),
                        size(r.y0, r.y1, sy),
                        [c.format.sample],
                    )
                })
                .collect();
            let mut views: Vec<_> = planes.iter_mut().map(|p| p.plane_mut(0)).collect();
            if source
                .read(r, &ChannelSet::all(spec.channels.len()), &mut views)
                .is_err()
            {
                break;
            }
        }
    }
}

#[test]
fn exr_samples_read_or_fail_with_reason() {
    for sample in samples(".") {
        exercise(&sample);
    }
}

#[test]
fn exr_damage_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let mut noise = Noise(5);
    for sample in samples("openexr-tests")
        .into_iter()
        .chain(samples("openimageio"))
    {
        let bytes = std::fs::read(&sample).unwrap();
        if bytes.len() > 100_000 || bytes.is_empty() {
            continue;
        }
        for i in 0..12 {
            std::fs::write(&path, &bytes[..bytes.len() * i / 12]).unwrap();
            exercise(&path);
            let mut b = bytes.clone();
            for _ in 0..4 {
                let at = noise.below(b.len().min(2000));
                b[at] = noise.next() as u8;
            }
            std::fs::write(&path, &b).unwrap();
            exercise(&path);
        }
    }
}
