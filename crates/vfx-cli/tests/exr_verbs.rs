//! `vfx exr ...` on files made here: chunks handed on, damage said, names and tags changed, levels made.

mod bench;

use bench::{done, json, vfx};
use std::path::{Path, PathBuf};
use vfx::exr::codec::{
    AttributeValue, Box2i, Channel, ChunkIndex, Compression, DeepSamples, Header, Limits, PartType,
    PlaneMut, PlaneRef, Reader, SampleType, Writer,
};

fn header(name: &str, width: u32, height: u32) -> Header {
    let list = ["B", "G", "R"].map(|n| Channel::new(n, SampleType::Half));
    let window = Box2i::from_size(width, height);
    let mut h = Header::new(window, list.to_vec(), Compression::Zip);
    h.name = Some(name.into());
    h
}

/// A picture whose samples depend on place and channel; every chunk in `skip` is left out.
fn write(path: &Path, h: Header, skip: &[usize]) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = Writer::create(file, vec![h]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    for index in encoder.file_order().filter(|i| !skip.contains(&i.0)) {
        let region = encoder.chunk_region(index).unwrap().region;
        let row = region.width() as usize * 2;
        let plane = |c: usize| {
            let mut out = Vec::new();
            for y in region.min.1..=region.max.1 {
                for x in region.min.0..=region.max.0 {
                    let v = half::f16::from_f32(x as f32 * 0.25 + y as f32 * 0.5 + c as f32);
                    out.extend_from_slice(&v.to_ne_bytes());
                }
            }
            out
        };
        let planes: Vec<Vec<u8>> = (0..encoder.header().channels.len()).map(plane).collect();
        let refs: Vec<PlaneRef<'_>> = planes
            .iter()
            .map(|bytes| PlaneRef { bytes, stride: row })
            .collect();
        writer
            .commit(encoder.encode(index, &refs).unwrap())
            .unwrap();
    }
    writer.finish_incomplete().unwrap();
}

fn open(path: &Path) -> Reader {
    Reader::open(std::fs::File::open(path).unwrap(), &Limits::default()).unwrap()
}

/// Half samples of a channel of a level.
fn samples(reader: &Reader, part: usize, level: (u32, u32), channel: usize) -> Vec<f32> {
    let levels = reader.levels(part);
    let window = levels.iter().find(|l| l.index == level).unwrap().window;
    let mut bytes = vec![0; (window.width() * window.height()) as usize * 2];
    let mut out = [PlaneMut {
        bytes: &mut bytes,
        stride: window.width() as usize * 2,
    }];
    reader
        .read(part, level, window, &[channel], &mut out)
        .unwrap();
    bytes
        .chunks_exact(2)
        .map(|b| half::f16::from_ne_bytes([b[0], b[1]]).to_f32())
        .collect()
}

fn in_dir(dir: &tempfile::TempDir, name: &str) -> (PathBuf, String) {
    let path = dir.path().join(name);
    let text = path.to_string_lossy().into_owned();
    (path, text)
}

#[test]
fn exr_check_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let (good, good_name) = in_dir(&dir, "good.exr");
    let (part, part_name) = in_dir(&dir, "part.exr");
    write(&good, header("a", 40, 70), &[]);
    write(&part, header("a", 40, 70), &[1, 3]);
    assert_eq!(
        done(&["exr", "check", &good_name]),
        format!("{good_name}: OK\n")
    );
    let out = vfx(&["exr", "check", &good_name, &part_name]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stdout).contains("2 of 5 chunks are missing: 1, 3"));
    let report = json(&["exr", "check", "--json", &part_name]);
    assert_eq!(report["ok"], false);
    assert_eq!(report["parts"][0]["missing"], serde_json::json!([1, 3]));

    let mut bytes = std::fs::read(&good).unwrap();
    let at = bytes.len() - 40;
    bytes[at] ^= 0xff;
    std::fs::write(&part, bytes).unwrap();
    let report = json(&["exr", "check", "--json", &part_name]);
    assert_eq!(report["parts"][0]["damaged"][0]["chunk"], 4);

    let (other, other_name) = in_dir(&dir, "text.exr");
    std::fs::write(&other, "no picture").unwrap();
    assert_eq!(vfx(&["exr", "check", &other_name]).status.code(), Some(2));
}

#[test]
fn exr_merge_and_split_hand_chunks_on() {
    let dir = tempfile::tempdir().unwrap();
    let (a, a_name) = in_dir(&dir, "a.exr");
    let (b, b_name) = in_dir(&dir, "b.exr");
    let (both, both_name) = in_dir(&dir, "both.exr");
    write(&a, header("beauty", 33, 50), &[]);
    write(&b, header("beauty", 33, 50), &[2]);
    let told = json(&["exr", "merge", "--json", &a_name, &b_name, "-o", &both_name]);
    assert_eq!(
        (&told["parts_copied"], &told["chunks_missing"]),
        (&2.into(), &1.into())
    );
    let merged = open(&both);
    let names: Vec<_> = merged
        .headers()
        .iter()
        .map(|h| h.name.clone().unwrap())
        .collect();
    assert_eq!(names, ["beauty", "beauty.2"]);
    for i in 0..open(&a).chunk_count(0) {
        let chunk = open(&a).packed_chunk(0, i).unwrap();
        assert_eq!(merged.packed_chunk(0, i).unwrap(), chunk);
    }
    assert_eq!(merged.missing_chunks(1).collect::<Vec<_>>(), [2]);
    let (_, pattern) = in_dir(&dir, "{name}.out.exr");
    done(&["exr", "split", &both_name, "-o", &pattern]);
    let (first, _) = in_dir(&dir, "beauty.out.exr");
    assert_eq!(
        samples(&open(&first), 0, (0, 0), 1),
        samples(&open(&a), 0, (0, 0), 1)
    );
    assert!(dir.path().join("beauty.2.out.exr").exists());

    let mut other = header("other", 33, 50);
    other.pixel_aspect = 2.0;
    write(&b, other, &[]);
    let (_, third) = in_dir(&dir, "third.exr");
    assert!(
        !vfx(&["exr", "merge", &a_name, &b_name, "-o", &third])
            .status
            .success()
    );
    done(&["exr", "merge", "--override", &a_name, &b_name, "-o", &third]);
    assert!(
        !vfx(&["exr", "merge", &a_name, "-o", &a_name])
            .status
            .success()
    );
}

#[test]
fn exr_rewrap_changes_headers_and_keeps_chunks() {
    let dir = tempfile::tempdir().unwrap();
    let (a, a_name) = in_dir(&dir, "a.exr");
    let (out, out_name) = in_dir(&dir, "out.exr");
    let mut h = header("a", 20, 40);
    h.attributes.push(vfx::exr::codec::Attribute {
        name: "studio".into(),
        value: AttributeValue::parse("studioType", &[1, 2, 3]),
    });
    write(&a, h, &[]);
    let args = [
        "exr",
        "rewrap",
        "--json",
        &a_name,
        &out_name,
        "--set",
        "owner=Us",
        "--set",
        "framesPerSecond=24000/1001",
        "--set",
        "v2f:spot=1,2",
        "--origin",
        "100,-20",
        "--display-window=-5,-5,5,5",
        "--rename",
        "B=diffuse.B",
        "--rename",
        "G=diffuse.G",
        "--rename",
        "R=diffuse.R",
        "--rename-part",
        "0=main",
    ];
    assert_eq!(json(&args)["parts_copied"], 1);
    let (before, after) = (open(&a), open(&out));
    let h = &after.headers()[0];
    assert_eq!(
        h.attribute("owner"),
        Some(&AttributeValue::String("Us".into()))
    );
    assert_eq!(h.attribute("spot"), Some(&AttributeValue::V2f([1.0, 2.0])));
    assert_eq!(
        h.attribute("studio"),
        before.headers()[0].attribute("studio")
    );
    assert_eq!(h.data_window, Box2i::new((100, -20), (119, 19)));
    assert_eq!(h.display_window, Box2i::new((-5, -5), (5, 5)));
    assert_eq!(
        (h.name.as_deref(), h.channels[2].name.as_str()),
        (Some("main"), "diffuse.R")
    );
    assert_eq!(
        after.packed_chunk(0, 1).unwrap(),
        before.packed_chunk(0, 1).unwrap()
    );
    // Another order of names, or a channel less, is compressed again: the samples stay with their names.
    for change in [["--rename", "R=A"], ["--drop", "G"]] {
        let told = json(&[
            "exr", "rewrap", "--json", &a_name, &out_name, change[0], change[1],
        ]);
        assert_eq!(told["parts_recompressed"], 1);
        let after = open(&out);
        let red = |r: &Reader, names: [&str; 2]| {
            let list = &r.headers()[0].channels;
            let at = list
                .iter()
                .position(|c| names.contains(&c.name.as_str()))
                .unwrap();
            samples(r, 0, (0, 0), at)
        };
        assert_eq!(red(&after, ["R", "A"]), red(&before, ["R", "R"]));
    }
    assert!(
        !vfx(&["exr", "rewrap", &a_name, &out_name, "--set", "unknown=1"])
            .status
            .success()
    );
    assert!(
        !vfx(&["exr", "rewrap", &a_name, &out_name, "--drop", "X"])
            .status
            .success()
    );
}

#[test]
fn exr_views_combine_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let (l, l_name) = in_dir(&dir, "l.exr");
    let (r, r_name) = in_dir(&dir, "r.exr");
    let (out, out_name) = in_dir(&dir, "out.exr");
    write(&l, header("x", 20, 20), &[]);
    write(&r, header("x", 20, 20), &[]);
    let (left, right) = (format!("left={l_name}"), format!("right={r_name}"));
    done(&["exr", "views", &left, &right, "-o", &out_name]);
    let views = json(&["exr", "views", "--json", &out_name]);
    assert_eq!(
        (&views["views"][0]["view"], &views["views"][1]["view"]),
        (&"left".into(), &"right".into())
    );
    done(&[
        "exr",
        "views",
        &left,
        &right,
        "-o",
        &out_name,
        "--single-part",
    ]);
    let one = open(&out);
    let names: Vec<&str> = one.headers()[0]
        .channels
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["B", "G", "R", "right.B", "right.G", "right.R"]);
    assert_eq!(
        samples(&one, 0, (0, 0), 5),
        samples(&open(&r), 0, (0, 0), 2)
    );
}

#[test]
fn exr_levels_are_means_and_level_0_is_the_source() {
    let dir = tempfile::tempdir().unwrap();
    let (a, a_name) = in_dir(&dir, "a.exr");
    let (out, out_name) = in_dir(&dir, "out.exr");
    write(&a, header("a", 52, 37), &[]);
    for (verb, extra) in [
        ("tile", vec![]),
        ("mipmap", vec![]),
        ("mipmap", vec!["--rip"]),
        ("mipmap", vec!["--round", "up"]),
    ] {
        let mut args = vec!["exr", verb, &a_name, &out_name, "--size", "16x8"];
        args.extend(extra);
        done(&args);
        let (source, made) = (open(&a), open(&out));
        assert_eq!(made.missing_chunks(0).count(), 0);
        assert_eq!(samples(&made, 0, (0, 0), 2), samples(&source, 0, (0, 0), 2));
        let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        let whole = mean(&samples(&source, 0, (0, 0), 2));
        for level in made.levels(0) {
            // A box keeps the mean of a picture, but for rounding to half.
            let m = mean(&samples(&made, 0, level.index, 2));
            assert!(
                (m - whole).abs() < 0.05,
                "{args:?} {:?}: {m} {whole}",
                level.index
            );
        }
        let expected = match (verb, args.last()) {
            ("tile", _) => 1,
            (_, Some(&"--rip")) => 6 * 6,
            (_, Some(&"up")) => 7,
            _ => 6,
        };
        assert_eq!(made.levels(0).len(), expected, "{args:?}");
    }
}

#[test]
fn exr_levels_of_point_channels_hold_samples_of_the_source() {
    let dir = tempfile::tempdir().unwrap();
    let (a, a_name) = in_dir(&dir, "a.exr");
    let (out, out_name) = in_dir(&dir, "out.exr");
    write(&a, header("a", 52, 37), &[]);
    done(&[
        "exr", "mipmap", &a_name, &out_name, "--point", "R", "--point", "B",
    ]);
    let made = open(&out);
    let bits = |level, channel| {
        let v = samples(&made, 0, level, channel);
        v.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    for level in made.levels(0) {
        let of_source = |channel| {
            let source = bits((0, 0), channel);
            bits(level.index, channel)
                .iter()
                .all(|v| source.contains(v))
        };
        assert!(of_source(0) && of_source(2), "{:?}", level.index);
        assert!(level.index != (1, 1) || !of_source(1), "G holds means");
    }
    let refused = vfx(&["exr", "mipmap", &a_name, &out_name, "--point", "Z"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("no channel 'Z'; it has B, G, R"), "{said}");
}

#[test]
fn deep_images_are_kept_flattened_and_merged() {
    let dir = tempfile::tempdir().unwrap();
    let (deep, deep_name) = in_dir(&dir, "deep.exr");
    let list = ["A", "R", "Z"].map(|n| Channel::new(n, SampleType::Float));
    let mut h = Header::new(Box2i::from_size(3, 1), list.to_vec(), Compression::Zips);
    h.part_type = Some(PartType::DeepScanline);
    let mut writer = Writer::create(std::fs::File::create(&deep).unwrap(), vec![h]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let mut pixels = DeepSamples::with_counts(Box2i::from_size(3, 1), &[0, 1, 2], &[4; 3]).unwrap();
    let bytes = |v: [f32; 3]| v.iter().flat_map(|v| v.to_ne_bytes()).collect::<Vec<u8>>();
    // The last pixel's samples are not in order of depth.
    pixels.planes = vec![
        bytes([0.5, 1.0, 0.5]),
        bytes([0.25, 0.75, 0.125]),
        bytes([2.0, 9.0, 4.0]),
    ];
    writer
        .commit(encoder.encode_deep(ChunkIndex(0), &pixels).unwrap())
        .unwrap();
    writer.finish().unwrap();

    let (copy, copy_name) = in_dir(&dir, "copy.exr");
    done(&["convert", &deep_name, &copy_name]);
    let again = open(&copy);
    assert!(again.headers()[0].is_deep());
    let window = Box2i::from_size(3, 1);
    assert_eq!(
        again.read_deep(0, (0, 0), window, &[0, 1, 2]).unwrap(),
        pixels
    );

    let (flat, flat_name) = in_dir(&dir, "flat.exr");
    for args in [
        vec!["convert", "--flatten", &deep_name, &flat_name],
        vec!["run", &deep_name, "--flatten", "-o", &flat_name],
        vec![
            "run",
            &deep_name,
            &deep_name,
            "--deepholdout",
            "--flatten",
            "-o",
            &flat_name,
        ],
    ] {
        done(&args);
        let reader = open(&flat);
        let h = &reader.headers()[0];
        assert!(!h.is_deep() && h.attribute("version").is_none());
        let floats = |channel: usize| {
            let mut out = [0; 12];
            let mut planes = [PlaneMut {
                bytes: &mut out,
                stride: 12,
            }];
            reader
                .read(0, (0, 0), window, &[channel], &mut planes)
                .unwrap();
            [0, 4, 8].map(|i| f32::from_ne_bytes(out[i..i + 4].try_into().unwrap()))
        };
        assert_eq!(floats(0), [0.0, 0.5, 1.0], "{args:?}");
        assert_eq!(floats(1), [0.0, 0.25, 0.125 + 0.5 * 0.75], "{args:?}");
    }
    done(&[
        "run",
        &deep_name,
        &deep_name,
        "--deepmerge",
        "--crop",
        "2x1+1+0",
        "-o",
        &copy_name,
    ]);
    let merged = open(&copy);
    let all = merged
        .read_deep(0, (0, 0), Box2i::new((1, 0), (2, 0)), &[2])
        .unwrap();
    assert_eq!((all.count(0), all.count(1)), (1, 2));
    let (_, png) = in_dir(&dir, "flat.png");
    done(&["convert", &deep_name, &png]);
}

#[test]
fn luminance_and_chroma_become_colours_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (yc, yc_name) = in_dir(&dir, "yc.exr");
    let (rgb, rgb_name) = in_dir(&dir, "rgb.exr");
    let colour = [0.8f32, 0.4, 0.2];
    let y = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
    let mut list = ["BY", "RY", "Y"].map(|n| Channel::new(n, SampleType::Half));
    (list[0].sampling, list[1].sampling) = ((2, 2), (2, 2));
    let h = Header::new(Box2i::from_size(8, 4), list.to_vec(), Compression::Zip);
    let mut writer = Writer::create(std::fs::File::create(&yc).unwrap(), vec![h]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let plane = |v: f32, n: usize| half::f16::from_f32(v).to_ne_bytes().repeat(n);
    let planes = [
        (plane((colour[2] - y) / y, 8), 8),
        (plane((colour[0] - y) / y, 8), 8),
        (plane(y, 32), 16),
    ];
    let refs = planes.each_ref().map(|(bytes, stride)| PlaneRef {
        bytes,
        stride: *stride,
    });
    writer
        .commit(encoder.encode(ChunkIndex(0), &refs).unwrap())
        .unwrap();
    writer.finish().unwrap();
    done(&["convert", &yc_name, &rgb_name, "--channels", "R,G,B"]);
    let made = open(&rgb);
    for (name, expected) in ["R", "G", "B"].iter().zip(colour) {
        let list = &made.headers()[0].channels;
        let at = list.iter().position(|c| c.name == *name).unwrap();
        let got = samples(&made, 0, (0, 0), at);
        assert!(
            got.iter().all(|v| (v - expected).abs() < 2e-3),
            "{name} {got:?}"
        );
    }
    // Without it OpenEXR keeps what it has; PNG has colours only.
    done(&["convert", &yc_name, &rgb_name]);
    assert_eq!(open(&rgb).headers()[0].channels[2].name, "Y");
    let (_, png) = in_dir(&dir, "rgb.png");
    done(&["convert", &yc_name, &png]);
    assert_eq!(
        json(&["info", "--json", &png])["parts"][0]["channels"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}
