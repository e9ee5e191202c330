//! The colour verbs that write files, each against the OpenColorIO program of the same job.

mod bench;
mod color_support;

use bench::data;
use color_support::{Bench, ask, colours, peers, rows, worst};
use serde_json::json;

const STUDIO: &str = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4";
const DISPLAY: &str = "sRGB - Display";
const VIEW: &str = "ACES 1.0 - SDR Video";

/// Both files through OpenColorIO: the largest difference.
fn differ(b: &Bench, ours: &str, theirs: &str, low: f64, high: f64) -> Option<f64> {
    let pixels = colours(low, high);
    let job = |path: &str| json!({"pixels": pixels, "luts": [{"path": b.path(path)}]});
    let answers = ask(&[job(ours), job(theirs)], &["PyOpenColorIO", "numpy"])?;
    let values: Vec<_> = answers.iter().map(|a| rows(&a["values"])).collect();
    Some(worst(&values[0], &values[1]))
}

/// Formats by OpenColorIO's name and extension, with the bound: they write six decimals or codes.
const CUBES: [(&str, &str, f64); 12] = [
    ("flame", "3dl", 1.0 / 4095.0),
    ("lustre", "3dl", 1.0 / 4095.0),
    ("cinespace", "csp", 2e-5),
    ("houdini", "lut", 2e-5),
    ("iridas_cube", "cube", 2e-5),
    ("iridas_itx", "itx", 2e-5),
    ("resolve_cube", "cube", 2e-5),
    ("spi3d", "spi3d", 2e-5),
    ("truelight", "cub", 2e-5),
    ("Academy/ASC Common LUT Format", "clf", 2e-5),
    ("Color Transform Format", "ctf", 2e-5),
    ("spi1d", "spi1d", 2e-5),
];

#[test]
fn bake_writes_what_ociobakelut_writes() {
    if peers().is_none() {
        return;
    }
    let b = Bench::new();
    for (format, extension, bound) in CUBES {
        let (ours, theirs) = (format!("ours.{extension}"), format!("theirs.{extension}"));
        let size = if format == "spi1d" { "1024" } else { "17" };
        let from = if format == "spi1d" {
            "ACEScg"
        } else {
            "ACEScct"
        };
        let mut line = vec![
            "color",
            "bake",
            "--format",
            format,
            "--inputspace",
            from,
            "--cubesize",
            size,
        ];
        let mut peer = vec!["--format", format, "--inputspace", from, "--cubesize", size];
        for l in [&mut line, &mut peer] {
            if format == "spi1d" {
                // Channels apart.
                l.extend(["--outputspace", "sRGB Encoded AP1 - Texture"]);
            } else {
                l.extend(["--displayview", DISPLAY, VIEW]);
            }
        }
        line.extend(["--config", STUDIO]);
        line.push(&ours);
        peer.extend(["--iconfig", STUDIO]);
        peer.push(&theirs);
        b.ok(&line);
        if b.ocio_ok("ociobakelut", &peer, STUDIO).is_none() {
            return;
        }
        let Some(error) = differ(&b, &ours, &theirs, 0.0, 1.0) else {
            return;
        };
        assert!(error <= bound, "{format}: {error:e}");
    }
}

#[test]
fn bake_shapes_as_ociobakelut_does() {
    if peers().is_none() {
        return;
    }
    let b = Bench::new();
    for (format, extension) in [
        ("cinespace", "csp"),
        ("houdini", "lut"),
        ("resolve_cube", "cube"),
        ("Academy/ASC Common LUT Format", "clf"),
        ("Color Transform Format", "ctf"),
    ] {
        let (ours, theirs) = (format!("ours.{extension}"), format!("theirs.{extension}"));
        let common = [
            "--format",
            format,
            "--inputspace",
            "ACEScg",
            "--shaperspace",
            "ACEScct",
            "--displayview",
            DISPLAY,
            VIEW,
            "--cubesize",
            "17",
            "--iconfig",
            STUDIO,
        ];
        let mut line = vec!["color", "bake"];
        line.extend(common);
        line.push(&ours);
        b.ok(&line);
        let mut peer = common.to_vec();
        peer.push(&theirs);
        if b.ocio_ok("ociobakelut", &peer, STUDIO).is_none() {
            return;
        }
        // Above 1, six decimals of a shaper over 0 to 222 are coarse.
        for (high, bound) in [(1.0, 5e-5), (16.0, 5e-4)] {
            let Some(error) = differ(&b, &ours, &theirs, 0.0, high) else {
                return;
            };
            assert!(error <= bound, "{format} to {high}: {error:e}");
        }
    }
}

#[test]
fn bake_takes_chains_of_files_in_order() {
    let Some(folder) = data("color/ocio") else {
        return;
    };
    if peers().is_none() {
        return;
    }
    let b = Bench::new();
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (cube, table, grade) = (at("iridas_3d.cube"), at("cpf.spi1d"), at("cdl_test1.ccc"));
    let chain = [
        "--cccid",
        "cc0003",
        "--lut",
        &grade,
        "--slope",
        "1.1",
        "0.9",
        "1",
        "--offset",
        "0.01",
        "-0.02",
        "0",
        "--lut",
        &cube,
        "--sat",
        "0.9",
        "--invlut",
        &table,
        "--power",
        "1.2",
        "1",
        "0.9",
        "--offset10",
        "10",
        "0",
        "-10",
    ];
    let mut line = vec!["color", "bake"];
    line.extend(chain);
    line.extend(["--cubesize", "9", "--format", "spi3d", "ours.spi3d"]);
    b.ok(&line);
    let mut peer = chain.to_vec();
    peer.extend(["--cubesize", "9", "--format", "spi3d", "theirs.spi3d"]);
    if b.ocio_ok("ociobakelut", &peer, STUDIO).is_none() {
        return;
    }
    if let Some(error) = differ(&b, "ours.spi3d", "theirs.spi3d", 0.0, 1.0) {
        assert!(error <= 5e-5, "{error:e}");
    }
}

#[test]
fn bake_needs_a_conversion_and_channels_apart_for_tables() {
    let b = Bench::new();
    let e = b.fails(&["color", "bake", "out.cube"]);
    assert!(e.contains("say what to bake"), "{e}");
    let e = b.fails(&[
        "color",
        "bake",
        "--from",
        "ACEScg",
        "--to",
        "ACES2065-1",
        "out.spi1d",
    ]);
    assert!(e.contains("mix channels"), "{e}");
    let e = b.fails(&[
        "color",
        "bake",
        "--from",
        "ACEScg",
        "--to",
        "ACES2065-1",
        "--cube-size",
        "1000",
        "out.spi3d",
    ]);
    assert!(e.contains("limit"), "{e}");
}

#[test]
fn lutimage_is_ociolutimages_lattice_and_reads_back() {
    let b = Bench::new();
    b.ok(&[
        "color",
        "lutimage",
        "--generate",
        "--cube-size",
        "17",
        "--max-width",
        "100",
        "--output",
        "ours.exr",
    ]);
    let peer = [
        "--generate",
        "--cubesize",
        "17",
        "--maxwidth",
        "100",
        "--output",
        "theirs.exr",
    ];
    if b.ocio_ok("ociolutimage", &peer, STUDIO).is_some() {
        b.ok(&["diff", "--fail", "1e-7", "ours.exr", "theirs.exr"]);
    }
    // A grade on the image is the grade as a cube.
    b.ok(&[
        "run",
        "ours.exr",
        "--mulc",
        "0.5,0.25,1",
        "-o",
        "graded.exr",
    ]);
    b.ok(&[
        "color",
        "lutimage",
        "--extract",
        "--cube-size",
        "17",
        "--max-width",
        "100",
        "--input",
        "graded.exr",
        "--output",
        "look.cube",
    ]);
    let pixels = colours(0.0, 1.0);
    let wanted: Vec<_> = pixels
        .iter()
        .map(|p| [p[0] * 0.5, p[1] * 0.25, p[2]])
        .collect();
    let found = b.values(&["color", "apply", "--lut", "look.cube"], &pixels);
    assert!(worst(&found, &wanted) < 1e-6);
    let e = b.fails(&[
        "color",
        "lutimage",
        "--extract",
        "--input",
        "ours.exr",
        "--output",
        "x.cube",
    ]);
    assert!(e.contains("100x50") && e.contains("1024x32"), "{e}");
}

#[test]
fn makeclf_wraps_as_ociomakeclf_does() {
    let Some(folder) = data("color/ocio") else {
        return;
    };
    let b = Bench::new();
    for (name, csc) in [
        ("iridas_3d.cube", None),
        ("resolve_1d3d.cube", Some("ACEScct")),
        ("cpf.spi1d", Some("ARRI_LOGC4")),
        ("matrix_example4x4.ctf", Some("ACEScg")),
    ] {
        let input = folder.join(name).to_string_lossy().into_owned();
        let mut words = vec![input.as_str(), "ours.clf"];
        let mut peer = vec![input.as_str(), "theirs.clf"];
        if let Some(space) = csc {
            words.extend(["--csc", space]);
            peer.extend(["--csc", space]);
        }
        let mut line = vec!["color", "makeclf"];
        line.extend(&words);
        b.ok(&line);
        if b.ocio_ok("ociomakeclf", &peer, STUDIO).is_none() {
            return;
        }
        let Some(error) = differ(&b, "ours.clf", "theirs.clf", 0.0, 1.0) else {
            return;
        };
        assert!(error <= 2e-5, "{name}: {error:e}");
    }
    let ours = b.ok(&["color", "makeclf", "--list"]);
    if let Some(theirs) = b.ocio_ok("ociomakeclf", &["--list"], STUDIO) {
        let mut names: Vec<_> = theirs
            .lines()
            .skip(1)
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        let mut own: Vec<_> = ours.lines().collect();
        names.sort_unstable();
        own.sort_unstable();
        assert_eq!(own, names);
    }
}

#[test]
fn merge_runs_ociom_files_as_ociomergeconfigs_does() {
    let b = Bench::new();
    let show = "ocio_profile_version: 2\nroles: {default: raw, scene_linear: plate}\nfile_rules: [!<Rule> {name: Default, colorspace: default}]\n\
                displays: {monitor: [!<View> {name: Raw, colorspace: raw}]}\ncolorspaces:\n  - !<ColorSpace> {name: raw, isdata: true}\n  \
                - !<ColorSpace> {name: plate, family: show, to_scene_reference: !<MatrixTransform> {matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]}}\n";
    std::fs::write(b.path("show.ocio"), show).expect("written");
    let ociom = "ociom_version: 1.0\nsearch_path: [.]\nmerge:\n  Merged:\n    base: ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4\n    input: show.ocio\n    \
                 options: {input_family_prefix: Show/, default_strategy: PreferInput, adjust_input_reference_space: false}\n    \
                 overrides: {name: both}\n    params:\n      roles: {strategy: PreferBase}\n";
    std::fs::write(b.path("show.ociom"), ociom).expect("written");
    b.ok(&[
        "color",
        "merge",
        "show.ociom",
        "--out",
        "ours.ocio",
        "--validate",
    ]);
    let names = |file: &str| {
        let list: serde_json::Value =
            serde_json::from_str(&b.ok(&["color", "list", "--json", "--all", "--config", file]))
                .expect("JSON");
        let mut list = list;
        // Lists alone: numbers are compared elsewhere.
        list["version"] = json!(null);
        // Those of built-in configs are our own.
        for s in list["color_spaces"].as_array_mut().expect("spaces") {
            s["description"] = json!(null);
        }
        list
    };
    let ours = names("ours.ocio");
    assert_eq!(ours["name"], "both");
    let peer = ["show.ociom", "--out", "theirs.ocio"];
    if b.ocio_ok("ociomergeconfigs", &peer, STUDIO).is_some() {
        assert_eq!(ours, names("theirs.ocio"));
    }
    let e = b.fails(&[
        "color",
        "merge",
        "--base",
        "show.ocio",
        "--input",
        "nowhere.ocio",
    ]);
    assert!(e.contains("nowhere.ocio"), "{e}");
}
