//! `vfx color apply`, `vfx convert` and `vfx run` from outside: values against OpenColorIO on real images.

mod bench;
mod color_support;

use bench::data;
use color_support::{Bench, ask, colours, rows, worst};
use serde_json::{Value, json};

const STUDIO: &str = "ocio://studio-config-v5.0.0_aces-v2.1_ocio-v2.6";
const ACES1: &str = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4";
const REC709: &str = "sRGB - Display";
const SDR: &str = "ACES 2.0 - SDR 100 nits (Rec.709)";
const SDR1: &str = "ACES 1.0 - SDR Video";

/// Command-line words, what OpenColorIO is asked, and the bound.
fn cases() -> Vec<(Vec<String>, Value, f64)> {
    let words = |s: &[&str]| s.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    vec![
        (
            words(&["--config", STUDIO, "--from", "ACEScg", "--to", "ACEScct"]),
            json!({"config": STUDIO, "from": "ACEScg", "to": "ACEScct"}),
            1e-5,
        ),
        (
            words(&[
                "--config",
                STUDIO,
                "--from",
                "ARRI LogC4",
                "--to",
                "lin_rec709_scene",
            ]),
            json!({"config": STUDIO, "from": "ARRI LogC4", "to": "lin_rec709_scene"}),
            1e-5,
        ),
        (
            words(&[
                "--config",
                STUDIO,
                "--from",
                "ACEScg",
                "--display",
                REC709,
                "--view",
                SDR,
            ]),
            json!({"config": STUDIO, "from": "ACEScg", "display": REC709, "view": SDR}),
            1e-4,
        ),
        (
            words(&[
                "--config",
                ACES1,
                "--from",
                "ACEScg",
                "--display",
                REC709,
                "--view",
                SDR1,
            ]),
            json!({"config": ACES1, "from": "ACEScg", "display": REC709, "view": SDR1}),
            1e-4,
        ),
        (
            words(&[
                "--config",
                ACES1,
                "--to",
                "ACEScg",
                "--from",
                "ACEScg",
                "--display",
                REC709,
                "--view",
                "Un-tone-mapped",
                "--invert-view",
            ]),
            json!({"config": ACES1, "from": "ACEScg", "display": REC709, "view": "Un-tone-mapped", "inverse": true}),
            1e-4,
        ),
        (
            words(&[
                "--config",
                ACES1,
                "--from",
                "ACEScg",
                "--look",
                "ACES 1.3 Reference Gamut Compression",
            ]),
            json!({"config": ACES1, "from": "ACEScg", "look": "ACES 1.3 Reference Gamut Compression"}),
            1e-5,
        ),
    ]
}

#[test]
fn color_apply_gives_what_opencolorio_gives() {
    let b = Bench::new();
    let pixels = colours(0.0, 1.0);
    let cases = cases();
    let jobs: Vec<Value> = cases
        .iter()
        .map(|(_, job, _)| {
            let mut job = job.clone();
            job["pixels"] = json!(pixels);
            job
        })
        .collect();
    let Some(answers) = ask(&jobs, &["PyOpenColorIO", "numpy"]) else {
        return;
    };
    for ((words, _, bound), answer) in cases.iter().zip(&answers) {
        let mut line = vec!["color", "apply"];
        line.extend(words.iter().map(String::as_str));
        let error = worst(&b.values(&line, &pixels), &rows(&answer["values"]));
        assert!(error <= *bound, "{words:?}: {error:e}");
    }
}

#[test]
fn color_apply_runs_files_both_ways() {
    let Some(folder) = data("color/ocio") else {
        return;
    };
    let b = Bench::new();
    let pixels = colours(0.0, 1.0);
    let mut lines = Vec::new();
    let mut jobs = Vec::new();
    for (name, inverse) in [
        ("iridas_3d.cube", false),
        ("resolve_1d3d.cube", false),
        ("cpf.spi1d", false),
        ("cpf.spi1d", true),
        ("camera_to_aces.spimtx", true),
        ("cdl_test_ASC_SAT.cc", false),
        ("lut3d_arbitrary.csp", false),
        ("nuke_3d.vf", false),
    ] {
        let path = folder.join(name).to_string_lossy().into_owned();
        let mut line = vec![
            "color".to_owned(),
            "apply".into(),
            "--lut".into(),
            path.clone(),
        ];
        if inverse {
            line.push("--invert-lut".into());
        }
        lines.push(line);
        jobs.push(json!({"pixels": pixels, "luts": [{"path": path, "inverse": inverse}]}));
    }
    let Some(answers) = ask(&jobs, &["PyOpenColorIO", "numpy"]) else {
        return;
    };
    for (line, answer) in lines.iter().zip(&answers) {
        let line: Vec<_> = line.iter().map(String::as_str).collect();
        let error = worst(&b.values(&line, &pixels), &rows(&answer["values"]));
        assert!(error <= 2e-5, "{line:?}: {error:e}");
    }
}

/// Images of the data with the words for them. Results are single precision.
#[test]
fn convert_and_run_change_colours_of_real_images_as_opencolorio_does() {
    let (Some(exr), Some(png)) = (data("exr"), data("png")) else {
        return;
    };
    let find = |folder: &std::path::Path, ends: &str| {
        let mut folders = vec![folder.to_path_buf()];
        let mut found = Vec::new();
        while let Some(f) = folders.pop() {
            for e in std::fs::read_dir(f).expect("a folder").flatten() {
                let path = e.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().ends_with(ends) {
                    found.push(path);
                }
            }
        }
        found.sort();
        found.first().map(|p| p.to_string_lossy().into_owned())
    };
    let (Some(desk), Some(flower)) = (find(&exr, "StillLife.exr"), find(&png, "basn2c16.png"))
    else {
        println!("SKIPPED: no StillLife.exr or basn2c16.png");
        return;
    };
    let b = Bench::new();
    let (mut jobs, mut lines) = (Vec::new(), Vec::new());
    for (i, (words, job, bound)) in cases().into_iter().enumerate() {
        for (k, image) in [&desk, &flower].into_iter().enumerate() {
            let out = b.path(&format!("{i}{k}.exr"));
            let mut line = if k == 0 {
                vec![
                    "convert".to_owned(),
                    image.clone(),
                    out.clone(),
                    "--type".into(),
                    "f32".into(),
                ]
            } else {
                vec!["run".to_owned(), image.clone()]
            };
            line.extend(words.iter().cloned());
            if k == 1 {
                line.extend(["-d".to_owned(), "float".into(), "-o".into(), out.clone()]);
            }
            b.ok(&line.iter().map(String::as_str).collect::<Vec<_>>());
            let mut job = job.clone();
            job["image"] = json!(image);
            job["result"] = json!(out);
            jobs.push(job);
            lines.push((line, bound));
        }
    }
    let Some(answers) = ask(&jobs, &["PyOpenColorIO", "numpy", "OpenImageIO"]) else {
        return;
    };
    for ((line, bound), answer) in lines.iter().zip(&answers) {
        let (error, count) = (&answer["error"], &answer["count"]);
        // Tabulated curves add 4e-6, and views of a bright scene are relative to their own bound.
        let bound = bound.max(2e-5) * 2.0;
        assert!(count.as_u64() > Some(1000), "{line:?}: {count}");
        assert!(error.as_f64() < Some(bound), "{line:?}: {error}");
        assert_eq!(answer["odd"], 0, "{line:?}");
    }
}

/// Inverse tables resampled as OpenColorIO does, colours beyond the cube's among them.
#[test]
fn fast_inversion_is_that_of_opencolorio() {
    let Some(folder) = data("color/ocio") else {
        return;
    };
    let b = Bench::new();
    let pixels = colours(-0.1, 1.2);
    for (name, bound) in [
        ("crosstalk.3dl", 1e-4),
        ("iridas_3d.cube", 1e-4),
        ("lut3d_arbitrary.csp", 1e-4),
        ("cpf.spi1d", 1e-3),
    ] {
        let path = folder.join(name).to_string_lossy().into_owned();
        let line = [
            "color",
            "apply",
            "--optimization",
            "LUT_INV_FAST",
            "--lut",
            &path,
            "--invert-lut",
        ];
        let found = b.values(&line, &pixels);
        let job = json!({"pixels": pixels, "luts": [{"path": path, "inverse": true}], "flags": "LUT_INV_FAST"});
        let Some(answers) = ask(&[job], &["PyOpenColorIO", "numpy"]) else {
            return;
        };
        let error = worst(&found, &rows(&answers[0]["values"]));
        assert!(error <= bound, "{name}: {error:e}");
    }
}

#[test]
fn single_flags_change_no_value() {
    let b = Bench::new();
    let pixels = colours(0.0, 1.0);
    let (words, job, _) = &cases()[3];
    let mut job = job.clone();
    job["pixels"] = json!(pixels);
    let Some(answers) = ask(&[job], &["PyOpenColorIO", "numpy"]) else {
        return;
    };
    let wanted = rows(&answers[0]["values"]);
    for flags in [
        "NONE",
        "IDENTITY",
        "COMP_MATRIX",
        "COMP_RANGE|PAIR_IDENTITY_GAMMA",
        "SIMPLIFY_OPS",
        "LOSSLESS",
        "DRAFT",
        "0x1",
    ] {
        let mut line = vec!["color", "apply", "--optimization", flags];
        line.extend(words.iter().map(String::as_str));
        let error = worst(&b.values(&line, &pixels), &wanted);
        assert!(error <= 1e-4, "{flags}: {error:e}");
    }
}

#[test]
fn color_errors_name_the_nearest_and_the_remedy() {
    let b = Bench::new();
    let e = b.fails(&[
        "color", "apply", "--from", "ACEScgg", "--to", "ACEScct", "--", "0,0,0",
    ]);
    assert!(e.contains("the nearest is 'ACEScg'"), "{e}");
    let e = b.fails(&["color", "apply", "--lut", "nowhere.cube", "--", "0,0,0"]);
    assert!(e.contains("nowhere.cube"), "{e}");
    let e = b.fails(&["color", "apply", "--", "0,0,0"]);
    assert!(e.contains("--from A --to B"), "{e}");
    let e = b.fails(&[
        "color", "bake", "--from", "ACEScg", "--to", "ACEScct", "out.xyz",
    ]);
    assert!(e.contains("xyz"), "{e}");
}
