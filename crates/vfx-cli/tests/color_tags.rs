//! What images say of their colours is believed, and what is written is tagged: ICC, CICP, chromaticities, transfer bytes.

mod bench;
mod color_support;

use bench::data;
use color_support::{Bench, ask, colours};
use serde_json::json;

const STUDIO: &str = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4";

fn space(b: &Bench, file: &str) -> String {
    let info: serde_json::Value =
        serde_json::from_str(&b.ok(&["info", "--json", file])).expect("JSON");
    let info = if info.is_array() {
        info[0].clone()
    } else {
        info
    };
    info["parts"][0]["color_space"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn holds(b: &Bench, file: &str, what: &[u8]) -> bool {
    let bytes = std::fs::read(b.path(file)).expect("a file");
    bytes.windows(what.len()).any(|w| w == what)
}

fn source(b: &Bench) {
    b.ok(&[
        "color",
        "lutimage",
        "--generate",
        "--cube-size",
        "9",
        "--output",
        "in.exr",
    ]);
}

#[test]
fn converted_files_carry_tags_of_their_space() {
    let b = Bench::new();
    source(&b);
    for (words, file, expected, marks) in [
        (
            &["--to", "lin_rec2020_scene"][..],
            "a.exr",
            "lin_rec2020_scene",
            &[&b"chromaticities"[..], b"colorInteropID"][..],
        ),
        (
            &["--to", "ACEScg"],
            "b.exr",
            "lin_ap1_scene",
            &[b"chromaticities"],
        ),
        (
            &["--to", "srgb_tx"],
            "c.png",
            "srgb_rec709_scene",
            &[b"sRGB", b"gAMA"],
        ),
        (
            &[
                "--display",
                "Rec.2100-PQ - Display",
                "--view",
                "Un-tone-mapped",
            ],
            "d.png",
            "pq_rec2020_display",
            &[b"cICP"],
        ),
        (
            &[
                "--display",
                "Display P3 - Display",
                "--view",
                "Un-tone-mapped",
            ],
            "e.png",
            "srgb_p3d65_display",
            &[b"cICP", b"iCCP"],
        ),
        (
            &[
                "--display",
                "Display P3 - Display",
                "--view",
                "Un-tone-mapped",
            ],
            "f.tif",
            "",
            &[b"acsp"],
        ),
        (
            &[
                "--display",
                "Display P3 - Display",
                "--view",
                "Un-tone-mapped",
            ],
            "g.jpg",
            "",
            &[b"ICC_PROFILE\0"],
        ),
        (
            &["--to", "lin_rec709_scene"],
            "h.dpx",
            "lin_rec709_scene",
            &[b"SDPX"],
        ),
        (
            &["--to", "srgb_tx"],
            "i.dpx",
            "srgb_rec709_scene",
            &[b"SDPX"],
        ),
    ] {
        let mut line = vec![
            "convert", "in.exr", file, "--config", STUDIO, "--from", "ACEScg",
        ];
        line.extend(words);
        b.ok(&line);
        if !expected.is_empty() {
            assert_eq!(space(&b, file), expected, "{file}");
        }
        for mark in marks {
            assert!(
                holds(&b, file, mark),
                "{file} has no {}",
                String::from_utf8_lossy(mark)
            );
        }
    }
}

#[test]
fn old_tags_do_not_survive_a_conversion() {
    let Some(icc) = data("color/icc") else { return };
    let b = Bench::new();
    source(&b);
    let adobe = icc
        .join("AdobeCompat-v4.icc")
        .to_string_lossy()
        .into_owned();
    b.ok(&[
        "convert",
        "in.exr",
        "adobe.tif",
        "--type",
        "u16",
        "--config",
        STUDIO,
        "--from",
        "ACEScg",
        "--to",
        &adobe,
    ]);
    assert!(holds(&b, "adobe.tif", b"acsp"));
    b.ok(&[
        "convert",
        "adobe.tif",
        "plain.png",
        "--config",
        STUDIO,
        "--to",
        "srgb_tx",
    ]);
    assert!(!holds(&b, "plain.png", b"iCCP") && holds(&b, "plain.png", b"sRGB"));
    // Nothing asked, nothing changed.
    b.ok(&["convert", "adobe.tif", "same.tif"]);
    assert!(holds(&b, "same.tif", b"acsp"));
}

/// Rec. 2020 whose green is a little elsewhere has no name; its chromaticities still say nearly Rec. 2020.
#[test]
fn chromaticities_without_a_name_are_believed() {
    let b = Bench::new();
    source(&b);
    b.ok(&[
        "convert",
        "in.exr",
        "named.exr",
        "--type",
        "f32",
        "--config",
        STUDIO,
        "--from",
        "ACEScg",
        "--to",
        "lin_rec2020_scene",
    ]);
    let mut bytes = std::fs::read(b.path("named.exr")).expect("a file");
    let find = |bytes: &[u8], what: &[u8]| {
        bytes
            .windows(what.len())
            .position(|w| w == what)
            .expect("the attribute")
    };
    let id = find(&bytes, b"colorInteropID\0");
    bytes[id] = b'x';
    let at = find(&bytes, b"chromaticities\0chromaticities\0") + 30 + 4 + 2 * 4;
    let green = f32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
    assert!((green - 0.17).abs() < 1e-6, "{green}");
    bytes[at..at + 4].copy_from_slice(&(green + 0.002).to_le_bytes());
    std::fs::write(b.path("unnamed.exr"), bytes).expect("written");
    assert_eq!(space(&b, "unnamed.exr"), "");
    for name in ["named", "unnamed"] {
        let (from, to) = (format!("{name}.exr"), format!("{name}-cg.exr"));
        b.ok(&[
            "convert", &from, &to, "--type", "f32", "--config", STUDIO, "--to", "ACEScg",
        ]);
    }
    b.ok(&["diff", "--fail", "0.01", "named-cg.exr", "unnamed-cg.exr"]);
    let same = b.vfx(&["diff", "--fail", "1e-6", "named-cg.exr", "unnamed-cg.exr"]);
    assert_eq!(same.status.code(), Some(1));
}

/// The profile inside a file, one named on the command line, and the same conversion by the config are one.
#[test]
fn embedded_profiles_are_the_input_space() {
    let Some(icc) = data("color/icc") else { return };
    let b = Bench::new();
    source(&b);
    let p3 = icc.join("DisplayP3-v4.icc").to_string_lossy().into_owned();
    let view = [
        "--display",
        "Display P3 - Display",
        "--view",
        "Un-tone-mapped",
    ];
    let mut line = vec![
        "convert", "in.exr", "p3.tif", "--type", "u16", "--config", STUDIO, "--from", "ACEScg",
    ];
    line.extend(view);
    b.ok(&line);
    b.ok(&[
        "convert",
        "p3.tif",
        "embedded.exr",
        "--type",
        "f32",
        "--config",
        STUDIO,
        "--to",
        "ACEScg",
    ]);
    b.ok(&[
        "convert",
        "p3.tif",
        "named.exr",
        "--type",
        "f32",
        "--config",
        STUDIO,
        "--from",
        &p3,
        "--to",
        "ACEScg",
    ]);
    b.ok(&[
        "convert",
        "p3.tif",
        "config.exr",
        "--type",
        "f32",
        "--config",
        STUDIO,
        "--from",
        "Display P3 - Display",
        "--to",
        "ACEScg",
    ]);
    b.ok(&["diff", "--fail", "2e-4", "named.exr", "config.exr"]);
    b.ok(&["diff", "--fail", "2e-4", "embedded.exr", "config.exr"]);
}

#[test]
fn profiles_go_where_spaces_go() {
    let Some(icc) = data("color/icc") else { return };
    let b = Bench::new();
    let path = |n: &str| icc.join(n).to_string_lossy().into_owned();
    let (srgb, prophoto) = (path("sRGB-v4.icc"), path("ProPhoto-v4.icc"));
    let pixels = colours(0.0, 1.0);
    // Between profiles no config is needed, and the way there and back is nothing.
    let there = b.values(
        &[
            "color", "apply", "--from", &srgb, "--to", &prophoto, "--intent", "relative",
        ],
        &pixels,
    );
    let back = b.values(
        &[
            "color", "apply", "--from", &prophoto, "--to", &srgb, "--intent", "relative",
        ],
        &there,
    );
    for (a, p) in back.iter().zip(&pixels) {
        for c in 0..3 {
            assert!((a[c] - p[c]).abs() < 1e-3, "{a:?}, {p:?}");
        }
    }
    // A profile as a file of a config is OpenColorIO's.
    let job = json!({"config": STUDIO, "from": "CIE XYZ-D65 - Display-referred", "to": "CIE XYZ-D65 - Display-referred",
        "luts": [{"path": srgb}], "pixels": pixels});
    let line = [
        "color",
        "apply",
        "--config",
        STUDIO,
        "--from",
        "CIE XYZ-D65 - Display-referred",
        "--to",
        &srgb,
    ];
    let found = b.values(&line, &pixels);
    if let Some(answers) = ask(&[job], &["PyOpenColorIO", "numpy"]) {
        let worst = color_support::worst(&found, &color_support::rows(&answers[0]["values"]));
        assert!(worst < 2e-5, "{worst:e}");
    }
    let e = b.fails(&[
        "color",
        "apply",
        "--from",
        &path("CGATS001Compat-v2-micro.icc"),
        "--to",
        &srgb,
        "--",
        "0,0,0",
    ]);
    assert!(e.contains("CMYK"), "{e}");
    let e = b.fails(&[
        "color",
        "apply",
        "--from",
        &srgb,
        "--to",
        "ACEScg",
        "--intent",
        "colourful",
        "--",
        "0,0,0",
    ]);
    assert!(e.contains("perceptual"), "{e}");
}

#[test]
fn bake_makes_profiles_that_show_the_view() {
    let b = Bench::new();
    let view = ["--display", "sRGB - Display", "--view", "Un-tone-mapped"];
    let mut line = vec![
        "color",
        "bake",
        "--config",
        STUDIO,
        "--from",
        "ACEScct",
        "--cube-size",
        "33",
    ];
    line.extend(view);
    line.push("monitor.icc");
    b.ok(&line);
    // Values within the display's range.
    let pixels: Vec<[f64; 3]> = colours(0.2, 0.5)
        .into_iter()
        .map(|p| p.map(|v| 0.35 + (v - 0.35) * 0.2))
        .collect();
    let mut line = vec!["color", "apply", "--config", STUDIO, "--from", "ACEScct"];
    line.extend(view);
    let wanted = b.values(&line, &pixels);
    let mut line = vec![
        "color",
        "apply",
        "--config",
        STUDIO,
        "--from",
        "monitor.icc",
        "--intent",
        "perceptual",
    ];
    line.extend(view);
    let found = b.values(&line, &pixels);
    for ((a, w), p) in found.iter().zip(&wanted).zip(&pixels) {
        for c in 0..3 {
            // Perceptual tables of v4 leave room below their black.
            assert!((a[c] - w[c]).abs() < 0.02, "{p:?}: {a:?}, {w:?}");
        }
    }
}
