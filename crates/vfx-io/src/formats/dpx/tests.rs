//! Round trips, the shared samples, and damage.

use crate::formats::trial::{Noise, assert_same, picture, read_region, write_all};
use crate::{OpenOptions, WriteOptions, create, open};
use std::path::{Path, PathBuf};
use vfx_core::{
    Attributes, ChannelSet, ImageSource, ImageSpec, Orientation, Origin, Planes, Region,
    SampleFormat, SampleType, TimeCode, Value,
};

fn write(path: &Path, specs: &[ImageSpec], pictures: &[Planes]) {
    let sink = create(path, specs, &WriteOptions::default()).unwrap();
    write_all(sink, specs.iter().zip(pictures)).unwrap();
}

fn read(source: &dyn ImageSource, region: Region) -> Planes {
    read_region(source, region).unwrap()
}

#[test]
fn dpx_round_trips_every_depth_and_packing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dpx");
    let formats = [
        SampleFormat::U8,
        SampleFormat::U10,
        SampleFormat::U12,
        SampleFormat::U16,
        SampleFormat::F32,
    ];
    for format in formats {
        for packing in ["", "Packed", "Filled, method A", "Filled, method B"] {
            for channels in [1, 3, 4] {
                for (w, h) in [(1, 1), (5, 3), (64, 33), (37, 150)] {
                    let mut spec =
                        ImageSpec::new(w, h, ImageSpec::default_channels(channels, format));
                    spec.attributes
                        .set("dpx:Packing", Value::String(packing.into()), Origin::User);
                    let picture = picture(&spec, 7);
                    write(&path, &[spec.clone()], std::slice::from_ref(&picture));
                    let file = open(&path, &OpenOptions::default()).unwrap();
                    let source = &*file.parts[0].levels[0];
                    assert_eq!(source.spec().channels, spec.channels);
                    let whole = read(source, source.spec().data_window);
                    let what = format!("{format} {packing} {channels} {w}x{h}");
                    assert_same(&whole, &picture, &what);
                    let inner = Region::new(w as i64 / 3, h as i64 / 2, w as i64, h as i64);
                    let part = read(source, inner);
                    for i in 0..channels {
                        let want = picture.plane(i).window(w / 3, h / 2, w - w / 3, h - h / 2);
                        for y in 0..part.height() {
                            assert_eq!(part.plane(i).row_bytes(y), want.row_bytes(y));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn dpx_metadata_and_elements_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dpx");
    let mut spec = ImageSpec::new(20, 10, ImageSpec::default_channels(3, SampleFormat::U10));
    spec.data_window = Region::new(4, 6, 24, 16);
    spec.display_window = Region::new(0, 0, 30, 40);
    spec.orientation = Orientation(6);
    spec.pixel_aspect = 2.0;
    let mut a = Attributes::new();
    let mut set = |n: &str, v| a.set(n, v, Origin::User);
    set("Copyright", Value::String("me".into()));
    set("DateTime", Value::String("2024:01:02 03:04:05".into()));
    set("ImageDescription", Value::String("left".into()));
    set("dpx:Transfer", Value::String("Printing density".into()));
    set("dpx:InputDevice", Value::String("scanner".into()));
    set("dpx:FrameRate", Value::Float(24.0));
    set("dpx:FramePosition", Value::Int(1001));
    set("dpx:LowData", Value::Int(95));
    set("dpx:Signal", Value::String("PAL".into()));
    set(
        "smpte:TimeCode",
        Value::TimeCode(TimeCode {
            time: 0x0102_0304,
            user: 5,
        }),
    );
    set(
        "smpte:KeyCode",
        Value::KeyCode([12, 34, 567_890, 1234, 7, 4, 64]),
    );
    set(
        "dpx:UserData",
        Value::Blob {
            kind: "dpx".into(),
            bytes: vec![7u8; 9000].into(),
        },
    );
    spec.attributes = a;
    let pictures = [picture(&spec, 1), picture(&spec, 2)];
    write(&path, &[spec.clone(), spec.clone()], &pictures);
    let file = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(file.parts.len(), 2);
    for (part, want) in file.parts.iter().zip(&pictures) {
        let got = part.levels[0].spec();
        assert_eq!(
            (got.data_window, got.display_window),
            (spec.data_window, spec.display_window)
        );
        assert_eq!(
            (got.orientation, got.pixel_aspect),
            (spec.orientation, spec.pixel_aspect)
        );
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
}

#[test]
fn dpx_bytes_are_the_same_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let spec = ImageSpec::new(100, 900, ImageSpec::default_channels(3, SampleFormat::U10));
    let p = picture(&spec, 3);
    let name = |d: &str| {
        let d = folder.path().join(d);
        std::fs::create_dir(&d).unwrap();
        d.join("x.dpx")
    };
    let (a, b) = (name("a"), name("b"));
    write(&a, std::slice::from_ref(&spec), std::slice::from_ref(&p));
    write(&b, std::slice::from_ref(&spec), std::slice::from_ref(&p));
    assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
}

fn samples() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/dpx");
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("SKIPPED: no folder of shared samples");
        return Vec::new();
    };
    entries
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "dpx"))
        .collect()
}

/// Opens and reads every part in bands, ignoring typed errors.
fn exercise(path: &Path) {
    let Ok(file) = open(path, &OpenOptions::default()) else {
        return;
    };
    for part in &file.parts {
        let source = &*part.levels[0];
        let window = source.spec().data_window;
        if window.pixels() > 1 << 20 {
            continue;
        }
        let mut planes =
            Planes::for_channels(window.width(), window.height(), &source.spec().channels);
        let all = ChannelSet::all(source.spec().channels.len());
        let _ = source.read(window, &all, &mut planes.views_mut());
    }
}

#[test]
fn dpx_samples_read_and_damage_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dpx");
    for sample in samples() {
        exercise(&sample);
        let bytes = std::fs::read(&sample).unwrap();
        for i in 0..50 {
            std::fs::write(&path, &bytes[..bytes.len() * i / 50]).unwrap();
            exercise(&path);
        }
        let mut noise = Noise(5);
        for _ in 0..60 {
            let mut b = bytes.clone();
            for _ in 0..4 {
                let at = noise.below(b.len().min(2048));
                b[at] = noise.next() as u8;
            }
            std::fs::write(&path, &b).unwrap();
            exercise(&path);
        }
    }
}

#[test]
fn dpx_422_is_read_as_subsampled_channels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.dpx");
    for (n, descriptor, names) in [
        (2, 100, &["Y", "Cb", "Cr"][..]),
        (3, 101, &["Y", "Cb", "Cr", "A"]),
    ] {
        for format in [SampleFormat::U8, SampleFormat::U10, SampleFormat::U16] {
            let (w, h) = (70, 5);
            let channels = (0..n)
                .map(|i| vfx_core::Channel::new(format!("c{i}"), format))
                .collect();
            let spec = ImageSpec::new(w, h, channels);
            let p = picture(&spec, 9);
            write(&path, std::slice::from_ref(&spec), std::slice::from_ref(&p));
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[780 + 20] = descriptor;
            std::fs::write(&path, bytes).unwrap();
            let sample = |c: usize, x: i64, y: i64| match format.sample {
                SampleType::U8 => p.plane(c).row::<u8>(y as usize)[x as usize].into(),
                _ => p.plane(c).row::<u16>(y as usize)[x as usize],
            };
            let file = open(&path, &OpenOptions::default()).unwrap();
            let source = &*file.parts[0].levels[0];
            let got: Vec<&str> = source
                .spec()
                .channels
                .iter()
                .map(|c| c.name.as_str())
                .collect();
            assert_eq!(got, names);
            for (x0, x1) in [(0, 70), (1, 70), (33, 36), (34, 35), (35, 36), (3, 68)] {
                for (c, channel) in source.spec().channels.iter().enumerate() {
                    let every = i64::from(channel.sampling.0);
                    let xs: Vec<i64> = (x0..x1).filter(|x| x % every == 0).collect();
                    let mut planes = Planes::new(xs.len(), 3, [format.sample]);
                    let region = Region::new(x0, 1, x1, 4);
                    source
                        .read(region, &ChannelSet(vec![c]), &mut planes.views_mut())
                        .unwrap();
                    for (y, (i, &x)) in
                        (0..3).flat_map(|y| xs.iter().enumerate().map(move |x| (y, x)))
                    {
                        let want = match channel.name.as_str() {
                            "Y" => sample(1, x, y + 1),
                            "A" => sample(2, x, y + 1),
                            "Cb" => sample(0, x, y + 1),
                            _ => sample(0, x + 1, y + 1),
                        };
                        let got = match format.sample {
                            SampleType::U8 => planes.plane(0).row::<u8>(y as usize)[i].into(),
                            _ => planes.plane(0).row::<u16>(y as usize)[i],
                        };
                        assert_eq!(got, want, "{format} {} {x} {y}", channel.name);
                    }
                }
            }
        }
    }
}
