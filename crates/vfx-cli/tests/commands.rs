//! The binary from outside: exit status, outputs, messages. Inputs are made with `null:`.

mod bench;

use bench::{Bench, done};
use std::path::Path;

fn formats(bench: &Bench) -> Vec<serde_json::Value> {
    let all: Vec<serde_json::Value> =
        serde_json::from_str(&bench.ok(&["formats", "--json"])).expect("JSON");
    all.into_iter()
        .filter(|f| f["name"] != "null" && f["read"] == true && f["write"] == true)
        .collect()
}

#[test]
fn convert_round_trips_every_lossless_format() {
    let b = Bench::new();
    for f in formats(&b) {
        let (name, ext) = (
            f["name"].as_str().unwrap(),
            f["extensions"][0].as_str().unwrap(),
        );
        let file = format!("a.{ext}");
        // Shared exponents and DCTs are not exact; their tests sit with the codecs.
        let lossy = matches!(name, "jpeg" | "hdr");
        let types: &[&str] = if f["holds"]["channel_types"] == true {
            &["f16", "f32"]
        } else {
            &["u8", "u16"]
        };
        for t in types {
            let source = format!("null:67x45?channels=3&type={t}&pattern=noise");
            b.ok(&["convert", &source, &file]);
            let info: serde_json::Value =
                serde_json::from_str(&b.ok(&["info", "--json", &file])).unwrap();
            let part = &info["parts"][0];
            assert_eq!(
                (part["width"].as_u64(), part["height"].as_u64()),
                (Some(67), Some(45)),
                "{name}"
            );
            assert_eq!(part["channels"].as_array().unwrap().len(), 3, "{name}");
            if !lossy {
                assert_eq!(
                    b.code(&["diff", &source, &file, "--fail", "0"]),
                    0,
                    "{name} {t}"
                );
            }
        }
    }
}

#[test]
fn convert_keeps_the_type_and_changes_it_when_told() {
    let b = Bench::new();
    b.ok(&["convert", "null:20x10?type=u16&pattern=gradient", "a.png"]);
    assert!(b.ok(&["info", "a.png"]).contains("uint16"));
    b.ok(&["convert", "a.png", "b.png", "--type", "u8"]);
    let info = b.ok(&["info", "b.png"]);
    assert!(info.contains("20 x   10, 3 channel, uint8 png"), "{info}");
    b.ok(&["convert", "a.png", "c.png", "--channels", "B"]);
    assert!(b.ok(&["info", "c.png"]).contains("1 channel"));
    assert!(
        b.fails(&["convert", "a.png", "d.png", "--channels", "Q"])
            .contains("'Q'")
    );
    assert!(
        b.fails(&[
            "convert", "a.png", "d.png", "--from", "nowhere", "--to", "ACEScg"
        ])
        .contains("nowhere")
    );
}

#[test]
fn convert_runs_sequences() {
    let b = Bench::new();
    b.ok(&[
        "convert",
        "null:9x9?pattern=noise",
        "a.####.png",
        "--frames",
        "3-7x2",
    ]);
    b.ok(&["convert", "a.%04d.png", "b.###.ppm"]);
    for n in [3, 5, 7] {
        assert_eq!(
            b.code(&["diff", &format!("a.{n:04}.png"), &format!("b.{n:03}.ppm")]),
            0
        );
    }
    let e = b.fails(&["convert", "a.####.png", "c.####.png", "--frames", "3-4"]);
    assert!(e.contains("a.0004.png"), "{e}");
    assert!(
        !b.file("c.0003.png").exists(),
        "missing frames are known before the first is written"
    );
    b.ok(&[
        "convert",
        "a.####.png",
        "d.####.png",
        "--frames",
        "3-4",
        "--missing",
        "skip",
    ]);
    assert!(!b.file("d.0004.png").exists());
    b.ok(&[
        "convert",
        "a.####.png",
        "e.####.png",
        "--frames",
        "4",
        "--missing",
        "black",
    ]);
}

#[test]
fn run_chains_operations() {
    let b = Bench::new();
    let source = "null:64x48?type=u8&pattern=noise";
    b.ok(&[
        "run", source, "--flop", "-o", "a.png", "--flop", "-o", "b.png",
    ]);
    assert_eq!(b.code(&["diff", source, "a.png"]), 1);
    assert_eq!(b.code(&["diff", source, "b.png"]), 0);
    b.ok(&[
        "run", source, "--cut", "16x8+4+2", "-d", "u16", "-o", "c.png",
    ]);
    let info = b.ok(&["info", "c.png"]);
    assert!(info.contains("16 x    8, 3 channel, uint16"), "{info}");
    b.ok(&[
        "run", source, "--label", "x", "--flip", "x", "--swap", "--pop", "-o", "d.png",
    ]);
    assert_eq!(b.code(&["diff", source, "d.png"]), 0);
    assert!(
        b.ok(&["run", source, "--flip", "-o", "e.png", "--explain"])
            .contains("e.png")
    );
    assert!(!b.file("e.png").exists(), "--explain writes nothing");
}

#[test]
fn convert_frames_what_has_no_window() {
    let b = Bench::new();
    // A crop keeps its place in EXR; PNG and PNM hold the frame, black around it.
    b.ok(&[
        "run",
        "null:40x30?type=f16&pattern=gradient",
        "--crop",
        "10x8+5+4",
        "-o",
        "a.exr",
    ]);
    let info: serde_json::Value =
        serde_json::from_str(&b.ok(&["info", "--json", "a.exr"])).unwrap();
    assert_eq!(
        info["parts"][0]["data_window"],
        serde_json::json!([5, 4, 10, 8])
    );
    assert_eq!(
        info["parts"][0]["display_window"],
        serde_json::json!([0, 0, 40, 30])
    );
    for out in ["a.png", "a.ppm"] {
        b.ok(&["convert", "a.exr", out, "--type", "u16"]);
        let info: serde_json::Value =
            serde_json::from_str(&b.ok(&["info", "--json", out])).unwrap();
        assert_eq!(
            info["parts"][0]["data_window"],
            serde_json::json!([0, 0, 40, 30]),
            "{out}"
        );
        assert_eq!(
            b.code(&["diff", "a.exr", out, "--fail", "0.001"]),
            0,
            "{out}"
        );
    }
}

#[test]
fn run_explains_mistakes() {
    let b = Bench::new();
    let source = "null:8x8";
    assert!(
        b.fails(&["run", source, "--flup", "-o", "a.png"])
            .contains("--flip")
    );
    assert!(b.fails(&["run", source, "--flip"]).contains("-o"));
    assert!(b.fails(&["run", "--flip", "-o", "a.png"]).contains("image"));
    assert!(
        b.fails(&["run", source, "--flip:colour=1", "-o", "a.png"])
            .contains("colour")
    );
    assert!(b.fails(&["run", source, "--crop"]).contains("argument"));
    assert!(
        b.fails(&["run", source, "--crop", "huge", "-o", "a.png"])
            .contains("huge")
    );
    assert!(!b.file("a.png").exists());
}

#[test]
fn diff_exit_codes() {
    let b = Bench::new();
    let (black, noise) = ("null:16x16?pattern=black", "null:16x16?pattern=noise");
    assert_eq!(b.code(&["diff", black, black]), 0);
    assert_eq!(b.code(&["diff", black, noise]), 1);
    assert_eq!(b.code(&["diff", black, noise, "--fail", "1"]), 0);
    assert_eq!(b.code(&["diff", black, noise, "--failpercent", "100"]), 0);
    assert_eq!(
        b.code(&[
            "diff",
            black,
            noise,
            "--failpercent",
            "100",
            "--hardfail",
            "0.1"
        ]),
        1
    );
    assert_eq!(b.code(&["diff", black, "null:16x16?channels=4"]), 1);
    assert_eq!(
        b.code(&["diff", black, "null:17x16"]),
        0,
        "black beyond the smaller window"
    );
    assert_eq!(b.code(&["diff", black, "missing.png"]), 2);
    b.ok(&["diff", noise, noise, "-o", "same.png"]);
    assert_eq!(b.code(&["diff", "same.png", black]), 0);
    assert_eq!(b.code(&["diff", black, noise, "-o", "d.png"]), 1);
    assert_eq!(b.code(&["diff", "d.png", noise]), 0);
    assert!(
        b.ok(&["diff", black, noise, "--fail", "1", "--warn", "0.5"])
            .contains("WARNING")
    );
}

/// A little endian PFM: one grey row.
fn pfm(path: &Path, samples: &[f32]) {
    let mut bytes = format!("Pf\n{} 1\n-1.0\n", samples.len()).into_bytes();
    samples.iter().for_each(|s| bytes.extend(s.to_le_bytes()));
    std::fs::write(path, bytes).expect("written");
}

#[test]
fn diff_and_stats_know_nan() {
    let b = Bench::new();
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    pfm(&b.file("a.pfm"), &[0.0, nan, inf, 1.0]);
    pfm(&b.file("b.pfm"), &[0.0, 0.5, inf, 1.0]);
    pfm(&b.file("c.pfm"), &[0.0, nan, -inf, 1.0]);
    assert_eq!(b.code(&["diff", "a.pfm", "a.pfm"]), 0);
    assert_eq!(b.code(&["diff", "a.pfm", "b.pfm"]), 1);
    assert_eq!(b.code(&["diff", "a.pfm", "c.pfm"]), 1);
    let out = b.vfx(&["diff", "a.pfm", "b.pfm", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(json["parts"][0]["nan_mismatches"], 1);
    assert_eq!(json["parts"][0]["worst"]["x"], 1);
    let info: serde_json::Value =
        serde_json::from_str(&b.ok(&["info", "--json", "--stats", "a.pfm"])).unwrap();
    let stats = &info["parts"][0]["stats"][0];
    assert_eq!(
        (&stats["nan"], &stats["inf"], &stats["finite"]),
        (&1.into(), &1.into(), &2.into())
    );
    assert_eq!(
        (stats["min"].as_f64(), stats["mean"].as_f64()),
        (Some(0.0), Some(0.5))
    );
}

#[test]
fn bad_inputs_leave_the_earlier_output() {
    let b = Bench::new();
    b.ok(&["convert", "null:300x200?pattern=noise", "good.png"]);
    b.ok(&["convert", "null:4x4", "out.png"]);
    let before = std::fs::read(b.file("out.png")).unwrap();
    std::fs::create_dir(b.file("folder.png")).unwrap();
    std::fs::write(b.file("empty.png"), b"").unwrap();
    std::fs::write(b.file("words.png"), b"no image at all").unwrap();
    let good = std::fs::read(b.file("good.png")).unwrap();
    std::fs::write(b.file("cut.png"), &good[..good.len() / 2]).unwrap();
    for bad in ["missing.png", "folder.png", "empty.png", "words.png"] {
        let e = b.fails(&["convert", bad, "out.png"]);
        assert!(e.contains(bad), "{e}");
        assert!(e.contains("help: "), "{e}");
        b.fails(&["info", bad]);
    }
    let e = b.fails(&["convert", "--strict", "cut.png", "out.png"]);
    assert!(e.contains("cut.png"), "{e}");
    assert_eq!(std::fs::read(b.file("out.png")).unwrap(), before);
    b.fails(&["convert", "good.png", "folder.png"]);
    b.fails(&["convert", "good.png", "no/such/folder/out.png"]);
    b.fails(&["convert", "good.png", "out.unknown"]);
    assert!(b.left_over().is_empty(), "{:?}", b.left_over());
}

#[test]
fn info_stats_and_hash_do_not_depend_on_threads() {
    let b = Bench::new();
    let source = "null:1500x700?channels=4&type=u16&pattern=noise";
    let line = ["info", "--json", "--stats", "--hash", source];
    let one = [&line[..], &["--threads", "1"]].concat();
    assert_eq!(b.ok(&line), done(&one));
}

#[test]
fn info_hash_is_the_sha1_of_the_interleaved_samples() {
    let b = Bench::new();
    // SHA-1 of 12 zero bytes.
    let text = b.ok(&["info", "--hash", "null:2x2"]);
    assert!(
        text.contains("SHA-1: 2C513F149E737EC4063FC1D37AEE9BEABC4B4BBF"),
        "{text}"
    );
}

#[test]
fn globals_stand_before_and_after_the_command() {
    let b = Bench::new();
    for line in [
        &["--memory", "64M", "--quiet", "convert", "null:8x8", "a.png"][..],
        &["convert", "null:8x8", "a.png", "--memory", "64M", "--quiet"],
        &["--memory=64M", "run", "null:8x8", "--flip", "-o", "a.png"],
        &[
            "run", "null:8x8", "--memory", "64M", "--flip", "-o", "a.png", "-q",
        ],
    ] {
        b.ok(line);
    }
    assert!(
        b.fails(&["info", "null:8x8", "--memory", "much"])
            .contains("much")
    );
    assert!(
        b.fails(&["info", "null:90x90", "--limit", "max_dimension=50"])
            .contains("max_dimension")
    );
    assert!(b.ok(&["--version"]).starts_with("vfx "));
}

#[test]
fn every_command_shows_an_example() {
    let b = Bench::new();
    for c in [
        "info",
        "convert",
        "run",
        "diff",
        "formats",
        "ops",
        "completions",
        "man",
    ] {
        let help = b.ok(&[c, "--help"]);
        assert!(help.contains("Example"), "{c}: {help}");
    }
    assert!(b.ok(&["completions", "bash"]).contains("vfx"));
    assert!(b.ok(&["man"]).contains(".TH"));
    let ops: Vec<serde_json::Value> = serde_json::from_str(&b.ok(&["ops", "--json"])).unwrap();
    assert!(ops.iter().any(|o| o["name"] == "crop"));
}
