//! `vfx jpeg ...` and the JPEG options of `vfx convert` and `vfx run` on real files: pixels move and do not change.

mod bench;

use bench::{Bench, done, vfx};
use std::path::Path;
use vfx_jpeg::{DecodeOptions, Decoder, Image, Pixels, PlaneImage, decode, decode_planes};

/// A test file by its path below the JPEG folder.
fn data(name: &str) -> Option<String> {
    let path = bench::data("jpeg")?.join(name);
    Some(path.to_string_lossy().into_owned())
}

fn read(path: &str) -> (Image, Decoder) {
    decode(&std::fs::read(path).unwrap(), DecodeOptions::default()).unwrap()
}

fn planes(path: &str) -> Vec<PlaneImage> {
    decode_planes(&std::fs::read(path).unwrap(), DecodeOptions::default())
        .unwrap()
        .0
}

fn codes(plane: &PlaneImage) -> &[u8] {
    match &plane.samples {
        Pixels::U8(v) => v,
        _ => panic!("8-bit codes"),
    }
}

#[test]
fn jpeg_optimise_and_progressive_keep_every_pixel() {
    let dir = Bench::new();
    for name in ["libjpeg-turbo/testorig.jpg", "jpeg-decoder/restarts.jpg"] {
        let Some(input) = data(name) else { return };
        let out = dir.path("out.jpg");
        let before = std::fs::metadata(&input).unwrap().len();
        for verb in ["optimise", "optimize", "progressive"] {
            done(&["jpeg", verb, &input, &out]);
            assert_eq!(read(&out).0, read(&input).0, "{name} {verb}");
            assert_eq!(
                read(&out).1.header().unwrap().progressive,
                verb == "progressive"
            );
            // Many scans cost a few bytes in a tiny file; better tables never do.
            let now = std::fs::metadata(&out).unwrap().len();
            assert!(now <= before || verb == "progressive");
        }
        // A progressive file stays one, and the output may be the input.
        done(&["jpeg", "optimise", &out, &out]);
        assert!(read(&out).1.header().unwrap().progressive);
        assert_eq!(read(&out).0, read(&input).0);
    }
}

#[test]
fn jpeg_rotate_and_flip_move_samples() {
    let dir = Bench::new();
    // 4:4:4, and sides that are whole blocks: nothing is cut.
    let Some(input) = data("jpegsuite/baseline/32x32x8_ycbcr.jpg") else {
        return;
    };
    let source = planes(&input);
    let cases: [(&[&str], fn(usize, usize) -> (usize, usize)); 5] = [
        (&["rotate", "90"], |x, y| (y, 31 - x)),
        (&["rotate", "180"], |x, y| (31 - x, 31 - y)),
        (&["rotate", "270"], |x, y| (31 - y, x)),
        (&["flip", "horizontal"], |x, y| (31 - x, y)),
        (&["flip", "vertical"], |x, y| (x, 31 - y)),
    ];
    for (verb, from) in cases {
        let out = dir.path("turned.jpg");
        let mut args = vec!["jpeg"];
        args.extend(verb);
        args.extend([&input[..], &out, "--perfect"]);
        done(&args);
        for (a, b) in source.iter().zip(&planes(&out)) {
            let (a, b) = (codes(a), codes(b));
            // Integer transforms round rows and columns apart: a quarter turn may differ by one code.
            let slack = u8::from(verb[0] == "rotate" && verb[1] != "180");
            for i in 0..32 * 32 {
                let (x, y) = from(i % 32, i / 32);
                assert!(b[i].abs_diff(a[y * 32 + x]) <= slack, "{verb:?} at {i}");
            }
        }
    }
}

#[test]
fn jpeg_rotate_says_what_it_cuts_and_perfect_refuses() {
    let dir = Bench::new();
    let Some(input) = data("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let (width, height) = (read(&input).0.width, read(&input).0.height);
    let out = dir.path("out.jpg");
    let refused = vfx(&["jpeg", "rotate", "90", &input, &out, "--perfect"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("without loss"));
    assert!(!Path::new(&out).exists());
    let turned = vfx(&["jpeg", "rotate", "90", &input, &out]);
    assert!(turned.status.success());
    assert!(String::from_utf8_lossy(&turned.stderr).contains("cut off"));
    let image = read(&out).0;
    assert_eq!(image.height, width);
    assert!(image.width < height && image.width % 8 == 0);
}

#[test]
fn jpeg_crop_is_a_part_of_the_picture() {
    let dir = Bench::new();
    let Some(input) = data("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let out = dir.path("out.jpg");
    let line = done(&[
        "jpeg",
        "crop",
        "64x48+32+16",
        &input,
        &out,
        "--perfect",
        "--json",
    ]);
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&said["width"], &said["height"]), (&64.into(), &48.into()));
    assert_eq!(said["command"], "crop");
    assert_eq!(said["bytes"], std::fs::metadata(&out).unwrap().len());
    let (whole, part) = (planes(&input), planes(&out));
    let (a, b) = (codes(&whole[0]), codes(&part[0]));
    for y in 0..48 {
        let from = (y + 16) * whole[0].width + 32;
        assert_eq!(b[y * 64..][..64], a[from..][..64], "row {y}");
    }
    assert_eq!(
        vfx(&["jpeg", "crop", "64x48+33+16", &input, &out, "--perfect"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        vfx(&["jpeg", "crop", "64x48+9999+16", &input, &out])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        vfx(&["jpeg", "crop", "0x48+0+0", &input, &out])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn jpeg_metadata_is_kept_and_strip_drops_it() {
    let dir = Bench::new();
    let Some(input) = data("libjxl/1x1_exif_xmp.jpg") else {
        return;
    };
    let out = dir.path("out.jpg");
    let had = read(&input).1.header().unwrap().metadata.exif.clone();
    assert!(had.is_some());
    done(&["jpeg", "optimise", &input, &out]);
    assert_eq!(read(&out).1.header().unwrap().metadata.exif, had);
    done(&["jpeg", "strip", &input, &out]);
    assert_eq!(read(&out).1.header().unwrap().metadata.exif, None);
    assert_eq!(read(&out).0, read(&input).0);
}

#[test]
fn jpeg_strip_keeps_the_profile_unless_told() {
    let dir = Bench::new();
    let Some(base) = data("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let bytes = std::fs::read(base).unwrap();
    let mut icc = b"\xff\xe2\x00\x14ICC_PROFILE\x00\x01\x01abcd".to_vec();
    let comment = b"\xff\xfe\x00\x06note";
    icc.extend(comment);
    let input = dir.path("in.jpg");
    std::fs::write(&input, [&bytes[..2], &icc, &bytes[2..]].concat()).unwrap();
    let out = dir.path("out.jpg");
    done(&["jpeg", "strip", &input, &out]);
    let metadata = read(&out).1.header().unwrap().metadata.clone();
    assert_eq!(metadata.icc.as_deref(), Some(&b"abcd"[..]));
    assert!(metadata.comments.is_empty());
    done(&["jpeg", "strip", "--icc", &input, &out]);
    assert_eq!(read(&out).1.header().unwrap().metadata.icc, None);
}

#[test]
fn jpeg_bad_input_is_refused_and_the_old_output_stays() {
    let dir = Bench::new();
    let Some(good) = data("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let (cut, text) = (dir.path("cut.jpg"), dir.path("text.jpg"));
    let bytes = std::fs::read(good).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(&text, "no picture").unwrap();
    let out = dir.path("out.jpg");
    std::fs::write(&out, "old").unwrap();
    for bad in [&cut, &text, &dir.path("missing.jpg")] {
        let result = vfx(&["jpeg", "optimise", bad, &out]);
        assert_eq!(result.status.code(), Some(2));
        let said = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(
            said.starts_with("error: ") && said.contains(bad.as_str()),
            "{said}"
        );
        assert_eq!(std::fs::read(&out).unwrap(), b"old");
    }
    assert_eq!(
        std::fs::read_dir(dir.file(".")).unwrap().count(),
        3,
        "no temporary file is left"
    );
    for verb in ["optimise", "rotate", "crop", "strip"] {
        assert!(
            done(&["jpeg", verb, "--help"]).contains("Example"),
            "{verb}"
        );
    }
}

#[test]
fn convert_and_run_take_the_jpeg_options() {
    let dir = Bench::new();
    let Some(input) = data("libjpeg-turbo/testorig.jpg") else {
        return;
    };
    let size = |args: &[&str]| {
        let out = dir.path("out.jpg");
        let mut all = vec!["convert", &input, &out];
        all.extend(args);
        done(&all);
        let header = read(&out).1.header().unwrap().clone();
        let run = dir.path("run.jpg");
        let mut all = vec!["run", &input];
        all.extend(args);
        all.extend(["-o", &run]);
        done(&all);
        let (a, b) = (std::fs::read(&out).unwrap(), std::fs::read(&run).unwrap());
        assert!(a == b, "convert and run differ for {args:?}");
        (a, header)
    };
    let (fine, _) = size(&["--quality", "95"]);
    let (coarse, header) = size(&["--quality", "50"]);
    assert!(coarse.len() < fine.len() && !header.progressive);
    assert_eq!(
        size(&["--distance", "1", "--progressive"]).0,
        size(&["--quality", "90", "--progressive"]).0
    );
    let (progressive, header) = size(&["--distance", "1", "--progressive"]);
    assert!(header.progressive && header.components[0].sampling == (2, 2));
    assert_eq!(
        size(&["--distance", "1", "--subsampling", "444"])
            .1
            .components[0]
            .sampling,
        (1, 1)
    );
    let (small, _) = size(&["--distance", "1", "--progressive", "--effort", "7"]);
    assert!(small.len() < progressive.len());
    let (restarts, _) = size(&["--quality", "90", "--restart", "4"]);
    assert!(restarts.windows(4).any(|w| w == [0xff, 0xdd, 0, 4]));
    let (_, header) = size(&["--distance", "1", "--xyb"]);
    assert_eq!(header.components[0].id, b'R');
    assert!(header.metadata.icc.is_some());

    let out = dir.path("bad.jpg");
    for bad in [
        ["--distance", "26"],
        ["--effort", "10"],
        ["--restart", "70000"],
        ["--subsampling", "443"],
    ] {
        let mut all = vec!["convert", &input, &out];
        all.extend(bad);
        assert_eq!(vfx(&all).status.code(), Some(2), "{bad:?}");
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn jpeg_gain_map_brings_back_what_is_above_white() {
    let dir = Bench::new();
    let (scene, photo, back) = (
        dir.path("scene.exr"),
        dir.path("photo.jpg"),
        dir.path("back.exr"),
    );
    let gradient = "null:320x200?channels=3&type=f32&pattern=gradient";
    done(&["run", gradient, "--exposure", "3", "-o", &scene]);
    done(&[
        "jpeg",
        "gainmap",
        &scene,
        &photo,
        "--scale",
        "1",
        "--quality",
        "95",
    ]);
    // The base is a picture of its own for every other reader.
    assert_eq!((read(&photo).0.width, read(&photo).0.height), (320, 200));
    done(&["jpeg", "hdr", &photo, &back]);
    done(&[
        "diff",
        &scene,
        &back,
        "--fail",
        "0.15",
        "--failpercent",
        "2",
        "--hardfail",
        "0.6",
    ]);
    done(&["jpeg", "hdr", &photo, &back, "--headroom", "0"]);
    let dim = vfx(&["diff", &scene, &back, "--fail", "1", "--failpercent", "10"]);
    assert_eq!(
        dim.status.code(),
        Some(1),
        "without headroom nothing is above white"
    );
}
