//! The colour verbs on configs and the ones that report, from outside; OpenColorIO reads what they write.

mod bench;
mod color_support;

use bench::data;
use color_support::{Bench, ask, colours, rows, worst};
use serde_json::{Value, json};

const STUDIO: &str = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// A config with a file in a folder of its search path.
fn show(b: &Bench) {
    let Some(folder) = data("color/ocio") else {
        return;
    };
    std::fs::create_dir_all(b.path("show/luts")).expect("a folder");
    std::fs::copy(
        folder.join("iridas_3d.cube"),
        b.path("show/luts/grade.cube"),
    )
    .expect("a copy");
    let text = "ocio_profile_version: 2.1\nsearch_path: luts\nroles: {default: raw, scene_linear: lin}\n\
                file_rules: [!<Rule> {name: Default, colorspace: default}]\n\
                displays: {m: [!<View> {name: Raw, colorspace: raw}, !<View> {name: Graded, colorspace: graded}]}\n\
                colorspaces:\n  - !<ColorSpace> {name: raw, isdata: true}\n  - !<ColorSpace> {name: lin}\n\
                \x20 - !<ColorSpace>\n    name: graded\n    from_scene_reference: !<FileTransform> {src: grade.cube, interpolation: tetrahedral}\n";
    std::fs::write(b.path("show/config.ocio"), text).expect("written");
}

#[test]
fn list_names_what_a_config_has() {
    let b = Bench::new();
    let list = parsed(&b.ok(&["--json", "color", "list", "--config", STUDIO, "--all"]));
    assert_eq!(list["version"], "2.4");
    let spaces = list["color_spaces"].as_array().expect("spaces");
    assert!(
        spaces
            .iter()
            .any(|s| s["name"] == "ACEScg" && s["encoding"] == "scene-linear")
    );
    assert_eq!(list["roles"]["scene_linear"], "ACEScg");
    let all = parsed(&b.ok(&["--json", "color", "list", "--configs"]));
    assert_eq!(all["configs"].as_array().expect("configs").len(), 10);
    assert!(
        b.ok(&["color", "list", "--config", STUDIO])
            .contains("sRGB - Display: ")
    );
}

#[test]
fn check_agrees_with_ociocheck() {
    let b = Bench::new();
    show(&b);
    if !std::path::Path::new(&b.path("show/config.ocio")).exists() {
        return;
    }
    let good = std::fs::read_to_string(b.path("show/config.ocio")).expect("text");
    let cases = [
        ("good.ocio", good.clone(), true),
        (
            "view.ocio",
            good.replace(
                "{name: Raw, colorspace: raw}",
                "{name: Raw, colorspace: row}",
            ),
            false,
        ),
        (
            "version.ocio",
            good.replace("version: 2.1", "version: 3"),
            false,
        ),
        ("file.ocio", good.replace("grade.cube", "lost.cube"), false),
        (
            "role.ocio",
            good.replace("scene_linear: lin", "scene_linear: linn"),
            false,
        ),
    ];
    for (name, text, valid) in cases {
        std::fs::write(b.path(&format!("show/{name}")), text).expect("written");
        let path = format!("show/{name}");
        let out = b.vfx(&["--json", "color", "check", &path]);
        assert_eq!(
            out.status.success(),
            valid,
            "{name}: {}",
            String::from_utf8_lossy(&out.stdout)
        );
        if name != "version.ocio" {
            let said = parsed(&String::from_utf8_lossy(&out.stdout));
            assert_eq!(said["errors"].as_u64() == Some(0), valid, "{name}: {said}");
            if name == "view.ocio" {
                assert_eq!(said["findings"][0]["line"], 5, "{said}");
            }
        }
        if let Some(peer) = b.ocio("ociocheck", &["--iconfig", &path], &path) {
            assert_eq!(
                peer.status.success(),
                valid,
                "{name}: {}",
                String::from_utf8_lossy(&peer.stdout)
            );
        }
    }
}

#[test]
fn archives_and_exports_are_read_by_opencolorio() {
    let b = Bench::new();
    show(&b);
    if !std::path::Path::new(&b.path("show/config.ocio")).exists() {
        return;
    }
    b.ok(&["color", "archive", "show/config.ocio", "show.ocioz"]);
    b.ok(&["color", "export", STUDIO, "studio.ocio"]);
    b.ok(&[
        "color",
        "export",
        "--upgrade",
        "show/config.ocio",
        "show/newest.ocio",
    ]);
    assert!(
        std::fs::read_to_string(b.path("show/newest.ocio"))
            .expect("text")
            .contains("ocio_profile_version: 2.6")
    );
    let pixels = colours(0.0, 1.0);
    let mut jobs = Vec::new();
    let mut found = Vec::new();
    for (config, from, to) in [
        ("show.ocioz", "lin", "graded"),
        ("show/newest.ocio", "lin", "graded"),
        ("studio.ocio", "ACEScg", "ACEScct"),
    ] {
        let path = b.path(config);
        found.push(b.values(
            &[
                "color", "apply", "--config", &path, "--from", from, "--to", to,
            ],
            &pixels,
        ));
        jobs.push(json!({"config": path, "from": from, "to": to, "pixels": pixels}));
    }
    let Some(answers) = ask(&jobs, &["PyOpenColorIO", "numpy"]) else {
        return;
    };
    for ((job, answer), ours) in jobs.iter().zip(&answers).zip(&found) {
        let error = worst(ours, &rows(&answer["values"]));
        assert!(error < 1e-5, "{}: {error:e}", job["config"]);
    }
}

#[test]
fn checklut_says_format_and_values() {
    let Some(folder) = data("color/ocio") else {
        return;
    };
    let b = Bench::new();
    let path = folder
        .join("resolve_1d3d.cube")
        .to_string_lossy()
        .into_owned();
    let info = parsed(&b.ok(&["--json", "color", "checklut", &path]));
    assert_eq!(info["format"], "resolve_cube");
    let pixels = colours(0.0, 1.0);
    for inverse in [false, true] {
        let mut line = vec!["color", "checklut", path.as_str()];
        if inverse {
            line.push("--inverse");
        }
        let found = b.values(&line, &pixels);
        let job = json!({"luts": [{"path": path, "inverse": inverse}], "pixels": pixels});
        if let Some(answers) = ask(&[job], &["PyOpenColorIO", "numpy"]) {
            let error = worst(&found, &rows(&answers[0]["values"]));
            assert!(error < 1e-4, "{inverse}: {error:e}");
        }
    }
    let e = b.fails(&["color", "checklut", "nowhere.cube"]);
    assert!(e.contains("nowhere.cube"), "{e}");
}

#[test]
fn shaders_name_their_function_in_every_language() {
    let b = Bench::new();
    for language in [
        "wgsl",
        "glsl_120",
        "glsl_330",
        "glsl_400",
        "glsl_450",
        "glsl_es_300",
        "hlsl",
        "msl",
        "cuda",
        "osl",
    ] {
        let text = b.ok(&[
            "color",
            "shader",
            "--language",
            language,
            "--function",
            "show_look",
            "--config",
            STUDIO,
            "--from",
            "ACEScg",
            "--display",
            "sRGB - Display",
            "--description",
            "bind.json",
            "-o",
            "look.txt",
        ]);
        assert_eq!(text, "");
        let code = std::fs::read_to_string(b.path("look.txt")).expect("text");
        assert!(code.contains("show_look"), "{language}");
        let bind = parsed(&std::fs::read_to_string(b.path("bind.json")).expect("text"));
        assert!(bind.is_object(), "{language}");
    }
    // OpenColorIO's names, and a short one.
    let shader = |language| {
        let args = [
            "color", "shader", "--config", STUDIO, "--from", "ACEScg", "--to", "ACEScct",
        ];
        b.ok(&[&args[..], &["--language", language]].concat())
    };
    for (theirs, ours) in [
        ("GLSL_1.2", "glsl_120"),
        ("glsl_es_3.0", "glsl_es_300"),
        ("hlsl_sm_5.0", "hlsl"),
        ("glsl", "glsl_330"),
    ] {
        assert_eq!(shader(theirs), shader(ours), "{theirs}");
    }
    let e = b.fails(&[
        "color",
        "shader",
        "--language",
        "cobol",
        "--config",
        STUDIO,
        "--from",
        "ACEScg",
        "--to",
        "ACEScct",
    ]);
    assert!(e.contains("wgsl"), "{e}");
}

#[test]
fn explain_and_perf_report_numbers() {
    let b = Bench::new();
    let said = parsed(&b.ok(&[
        "--json",
        "color",
        "explain",
        "--config",
        STUDIO,
        "ACEScct",
        "ARRI LogC4",
    ]));
    let stages = said["stages"].as_array().expect("stages");
    let cost = |i: usize| stages[i]["ns_per_pixel"].as_f64().expect("a cost");
    assert_eq!(stages.len(), 3);
    assert!(cost(2) <= cost(0) && cost(2) > 0.0, "{said}");
    let steps = |i: usize| stages[i]["steps"].as_array().expect("steps").len();
    assert!(steps(1) < steps(0), "{said}");
    let said = parsed(&b.ok(&[
        "--json", "color", "perf", "--config", STUDIO, "--from", "ACEScg", "--to", "ACEScct",
        "--size", "64x64", "--runs", "3",
    ]));
    assert_eq!(said["pixels"], 4096);
    let number = |k: &str| said[k].as_f64().expect("a number");
    assert!(number("best_mpix_per_s") >= number("median_mpix_per_s") && number("build_ms") > 0.0);
}
