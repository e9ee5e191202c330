//! Round trips, the shared corpus, and damage.

use crate::formats::trial::{Noise, read_region, write_all};
use crate::{OpenOptions, WriteOptions, create, open};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use vfx_core::{
    Access, Alpha, Channel, ChannelSet, ImageSource, ImageSpec, Limits, Origin, Planes, Region,
    Report, SampleFormat, SampleType, Value,
};

fn picture(spec: &ImageSpec) -> Planes {
    let mut p = Planes::for_channels(spec.width(), spec.height(), &spec.channels);
    let mut noise = Noise(7);
    for c in 0..p.len() {
        let mask = ((1u64 << spec.channels[c].format.bits) - 1) as u32;
        let mut plane = p.plane_mut(c);
        for y in 0..plane.height() {
            for x in 0..plane.width() {
                let v = if x % 13 < 6 {
                    (x / 13 * 5 + y) as u32
                } else {
                    noise.next() as u32
                } & mask;
                match plane.sample() {
                    SampleType::U8 => plane.row::<u8>(y)[x] = v as u8,
                    SampleType::U16 | SampleType::F16 => plane.row::<u16>(y)[x] = v as u16,
                    _ => plane.row::<u32>(y)[x] = v,
                }
            }
        }
    }
    p
}

fn write(path: &Path, images: &[(ImageSpec, Planes)], o: &WriteOptions) {
    let specs: Vec<_> = images.iter().map(|i| i.0.clone()).collect();
    let sink = create(path, &specs, o).unwrap();
    write_all(sink, images.iter().map(|(s, p)| (s, p))).unwrap();
}

fn read(source: &dyn ImageSource, region: Region) -> Planes {
    read_region(source, region).unwrap()
}

fn same(a: &Planes, b: &Planes, x: usize, y: usize, what: &str) {
    for c in 0..a.len() {
        for row in 0..a.height() {
            assert_eq!(
                a.plane(c).row_bytes(row),
                b.plane(c)
                    .window(x, y, a.width(), a.height())
                    .row_bytes(row),
                "{what}: channel {c} row {row}"
            );
        }
    }
}

fn strict() -> OpenOptions {
    OpenOptions {
        strict: true,
        ..OpenOptions::default()
    }
}

#[test]
fn tiff_round_trips_every_type_and_compression() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    let f = SampleFormat::unsigned;
    let formats = [
        f(1),
        f(2),
        f(4),
        f(6),
        SampleFormat::U8,
        SampleFormat::U10,
        SampleFormat::U12,
        f(14),
        SampleFormat::U16,
        f(24),
        SampleFormat::U32,
        SampleFormat::F16,
        SampleFormat::F32,
    ];
    for format in formats {
        for compression in ["none", "lzw", "zip", "zip:1", "zstd", "packbits"] {
            for (w, h, n, tile) in [
                (1, 1, 1, None),
                (67, 150, 3, None),
                (67, 35, 4, Some((16, 32))),
                (33, 17, 2, None),
                (50, 40, 5, Some((32, 16))),
            ] {
                let mut spec = ImageSpec::new(w, h, ImageSpec::default_channels(n, format));
                spec.data_window = Region::sized(-7, 12, w, h);
                spec.display_window = spec.data_window;
                let planes = picture(&spec);
                let o = WriteOptions {
                    compression: Some(compression.into()),
                    tile,
                    ..WriteOptions::default()
                };
                let images = [(spec.clone(), planes)];
                write(&path, &images, &o);
                let what = format!("{format} {compression} {w}x{h}x{n} {tile:?}");
                let file = open(&path, &strict()).unwrap();
                let s = &file.parts[0].levels[0];
                assert_eq!(s.spec().data_window, spec.data_window, "{what}");
                assert_eq!(s.spec().channels[0].format, format, "{what}");
                assert_eq!(s.spec().channels.len(), n, "{what}");
                let all = read(s.as_ref(), spec.data_window);
                same(&all, &images[0].1, 0, 0, &what);
                if w > 20 {
                    let part = Region::sized(-7 + 11, 12 + 3, 20, 13);
                    same(&read(s.as_ref(), part), &images[0].1, 11, 3, &what);
                    // Repeated and reordered channels.
                    let set = ChannelSet(vec![n - 1, 0, n - 1]);
                    let sample = format.sample;
                    let mut p = Planes::new(20, 13, [sample; 3]);
                    s.read(part, &set, &mut p.views_mut()).unwrap();
                    for (i, c) in set.0.iter().enumerate() {
                        let want = images[0].1.plane(*c).window(11, 3, 20, 13);
                        assert_eq!(p.plane(i).row_bytes(12), want.row_bytes(12), "{what}");
                    }
                }
            }
        }
    }
}

#[test]
fn tiff_keeps_its_compression() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    let packed = |name: &str, origin, options: &WriteOptions| {
        let mut spec = ImageSpec::new(9, 8, ImageSpec::default_channels(3, SampleFormat::U8));
        let value = Value::String(name.into());
        spec.attributes.set("compression", value, origin);
        let planes = picture(&spec);
        write(&path, &[(spec, planes)], options);
        let file = open(&path, &strict()).unwrap();
        let spec = file.parts[0].levels[0].spec();
        spec.attributes.text("compression").unwrap().to_owned()
    };
    let silent = WriteOptions::default();
    for name in ["none", "lzw", "zip", "zstd", "packbits"] {
        assert_eq!(packed(name, Origin::Format("tiff"), &silent), name);
        // What another format calls so is something else.
        assert_eq!(packed(name, Origin::Format("openexr"), &silent), "zip");
    }
    for unwritten in ["jpeg", "ccittfax4", "piz"] {
        assert_eq!(packed(unwritten, Origin::Format("tiff"), &silent), "zip");
    }
    let told = WriteOptions {
        compression: Some("lzw".into()),
        ..WriteOptions::default()
    };
    assert_eq!(packed("none", Origin::Format("tiff"), &told), "lzw");
}

#[test]
fn tiff_keeps_pages_windows_alpha_and_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    let mut spec = ImageSpec::new(40, 30, ImageSpec::default_channels(4, SampleFormat::U16));
    spec.data_window = Region::sized(10, 20, 40, 30);
    spec.display_window = Region::sized(0, 0, 100, 80);
    spec.alpha = Alpha::Unassociated;
    spec.orientation = vfx_core::Orientation(6);
    spec.pixel_aspect = 2.0;
    let set = |s: &mut ImageSpec, n: &str, v| s.attributes.set(n, v, Origin::User);
    set(&mut spec, "Make", Value::String("ACME".into()));
    set(&mut spec, "HostComputer", Value::String("host".into()));
    set(&mut spec, "XResolution", Value::Float(300.0));
    set(&mut spec, "YResolution", Value::Float(600.0));
    set(&mut spec, "ResolutionUnit", Value::String("in".into()));
    set(&mut spec, "ExposureTime", Value::Rational(1, 90));
    set(&mut spec, "GPS:LatitudeRef", Value::String("N".into()));
    let icc = Value::Blob {
        kind: "icc".into(),
        bytes: Arc::from(&b"profile"[..]),
    };
    set(&mut spec, "ICCProfile", icc);
    let mut second = ImageSpec::new(
        5,
        4,
        ["Z", "B", "A", "G", "R"]
            .map(|n| Channel::new(n, SampleFormat::F16))
            .to_vec(),
    );
    second.name = "layer".into();
    let images = [
        (spec.clone(), picture(&spec)),
        (second.clone(), picture(&second)),
    ];
    write(&path, &images, &WriteOptions::default());
    let file = open(&path, &strict()).unwrap();
    assert_eq!(file.parts.len(), 2);
    let s = file.parts[0].levels[0].spec();
    assert_eq!(s.data_window, spec.data_window);
    assert_eq!(s.display_window, spec.display_window);
    assert_eq!((s.alpha, s.orientation.0), (Alpha::Unassociated, 6));
    assert!((s.pixel_aspect - 2.0).abs() < 1e-6);
    for a in spec.attributes.iter() {
        assert_eq!(s.attributes.value(&a.name), Some(&a.value), "{}", a.name);
    }
    let t = file.parts[1].levels[0].spec();
    let names: Vec<_> = t.channels.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["R", "G", "B", "A", "channel4"]);
    assert_eq!((t.name.as_str(), t.alpha), ("layer", Alpha::Associated));
    let back = read(file.parts[1].levels[0].as_ref(), t.data_window);
    for (i, from) in [4, 3, 1, 2, 0].into_iter().enumerate() {
        assert_eq!(
            back.plane(i).row_bytes(3),
            images[1].1.plane(from).row_bytes(3)
        );
    }
}

fn corpus() -> Vec<PathBuf> {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/tiff"
    ));
    let (mut stack, mut files) = (vec![root.to_path_buf()], Vec::new());
    while let Some(d) = stack.pop() {
        for e in std::fs::read_dir(d).into_iter().flatten().flatten() {
            let p = e.path();
            if p.is_dir() {
                stack.push(p);
            } else if crate::by_extension(&p).is_some_and(|f| f.name == "tiff") {
                files.push(p);
            }
        }
    }
    if files.is_empty() {
        eprintln!("SKIPPED: no shared data");
    }
    files.sort();
    files
}

/// Reads everything; the count of damaged places.
fn try_all(path: &Path, limits: Limits) -> Result<usize, vfx_core::IoError> {
    let reports = Arc::new(Mutex::new(Vec::<Report>::new()));
    let o = OpenOptions {
        limits,
        reporter: reports.clone(),
        ..OpenOptions::default()
    };
    let file = open(path, &o)?;
    for s in file.parts.iter().flat_map(|p| &p.levels) {
        let w = s.spec().data_window;
        let step = match s.access() {
            Access::Random { chunk, .. } => chunk.1.max(16),
            _ => 64,
        };
        let n = s.spec().channels.len();
        for y in (w.y0..w.y1).step_by(step) {
            let r = Region::new(w.x0, y, w.x1, y + step as i64).intersect(&w);
            let mut p = Planes::for_channels(r.width(), r.height(), &s.spec().channels);
            s.read(r, &ChannelSet::all(n), &mut p.views_mut())?;
        }
    }
    let n = reports.lock().unwrap().len();
    Ok(n)
}

#[test]
fn tiff_corpus_reads_or_says_why() {
    let (mut good, mut damaged) = (0, 0);
    for p in corpus() {
        match try_all(&p, Limits::default()) {
            Ok(0) => good += 1,
            Ok(_) => damaged += 1,
            Err(e) => assert!(e.to_string().contains("tiff"), "{e}"),
        }
    }
    assert!(
        good == 0 && damaged == 0 || good > 80,
        "{good} good, {damaged} damaged"
    );
}

#[test]
fn tiff_damage_never_panics() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    let limits = Limits {
        max_pixels: 1 << 22,
        max_chunk_bytes: 1 << 22,
        max_channels: 64,
        ..Limits::default()
    };
    let mut noise = Noise(5);
    for p in corpus() {
        let bytes = std::fs::read(&p).unwrap();
        if bytes.len() > 20_000 {
            continue;
        }
        for i in 0..12 {
            let at = bytes.len() * i / 12;
            std::fs::write(&path, &bytes[..at]).unwrap();
            let _ = try_all(&path, limits.clone());
        }
        for _ in 0..12 {
            let mut b = bytes.clone();
            for _ in 0..4 {
                let r = noise.next() as usize;
                let at = if r % 3 == 0 {
                    r / 7 % b.len()
                } else {
                    r / 7 % b.len().min(400)
                };
                b[at] = noise.next() as u8;
            }
            std::fs::write(&path, &b).unwrap();
            let _ = try_all(&path, limits.clone());
        }
    }
}

#[test]
fn tiff_truncated_pixels_are_zero_or_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    let spec = ImageSpec::new(300, 200, ImageSpec::default_channels(3, SampleFormat::U8));
    let images = [(spec.clone(), picture(&spec))];
    for compression in ["none", "zip", "lzw"] {
        let o = WriteOptions {
            compression: Some(compression.into()),
            ..WriteOptions::default()
        };
        write(&path, &images, &o);
        // The data come first: what is cut is overwritten instead, so that the directory stays.
        let bytes = std::fs::read(&path).unwrap();
        let file = open(&path, &strict()).unwrap();
        assert_eq!(try_all(&path, Limits::default()).unwrap(), 0);
        drop(file);
        let mut broken = bytes.clone();
        if compression == "none" {
            // Tag 279, the strip's size: one row less than there should be.
            let at = broken
                .windows(4)
                .rposition(|w| w == [0x17, 1, 4, 0])
                .unwrap();
            let list = u32::from_le_bytes(broken[at + 8..at + 12].try_into().unwrap()) as usize;
            let n = u32::from_le_bytes(broken[list..list + 4].try_into().unwrap()) - 900;
            broken[list..list + 4].copy_from_slice(&n.to_le_bytes());
        } else {
            broken[1000..9000].fill(0x5a);
        }
        std::fs::write(&path, &broken).unwrap();
        assert!(
            try_all(&path, Limits::default()).unwrap() >= 1,
            "{compression}"
        );
        let file = open(&path, &strict()).unwrap();
        let s = &file.parts[0].levels[0];
        let mut p = Planes::for_channels(300, 200, &spec.channels);
        let r = s.read(spec.data_window, &ChannelSet::all(3), &mut p.views_mut());
        assert!(r.is_err(), "{compression}");
    }
}

#[test]
fn tiff_passes_four_gigabytes_as_bigtiff() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tif");
    let spec = ImageSpec::new(
        40_000,
        40_000,
        ImageSpec::default_channels(3, SampleFormat::U8),
    );
    let o = WriteOptions {
        compression: Some("none".into()),
        ..WriteOptions::default()
    };
    let sink = create(&path, &[spec], &o).unwrap();
    let (layout, encoder) = (sink.layout(0), sink.encoder(0));
    // Only the last strip: the rest stays a hole.
    let last = layout.len() - 1;
    let r = layout.region(last);
    let mut p = Planes::new(r.width(), r.height(), [SampleType::U8; 3]);
    p.plane_mut(1).row::<u8>(3)[39_999] = 77;
    encoder.encode(last, &p.views()).unwrap();
    sink.finish().unwrap();
    let mut head = [0; 4];
    std::io::Read::read_exact(&mut std::fs::File::open(&path).unwrap(), &mut head).unwrap();
    assert_eq!(&head, b"II+\0");
    let file = open(&path, &strict()).unwrap();
    same(
        &read(file.parts[0].levels[0].as_ref(), r),
        &p,
        0,
        0,
        "last strip",
    );
}
