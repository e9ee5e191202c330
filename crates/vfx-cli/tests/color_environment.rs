//! OpenColorIO's environment variables, each by what it changes.

mod bench;
mod color_support;

use color_support::Bench;
use serde_json::Value;

const STUDIO: &str = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4";

fn json(b: &Bench, variables: &[(&str, &str)], line: &[&str]) -> Value {
    let out = b.under(variables, line);
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{line:?}: {err}");
    serde_json::from_slice(&out.stdout).expect("JSON")
}

fn names(list: &Value) -> Vec<String> {
    let name = |v: &Value| v["name"].as_str().unwrap_or_default().to_owned();
    list.as_array().expect("a list").iter().map(name).collect()
}

#[test]
fn ocio_names_the_config() {
    let b = Bench::new();
    let list = json(&b, &[("OCIO", STUDIO)], &["color", "list", "--json"]);
    assert_eq!(list["name"], STUDIO.trim_start_matches("ocio://"));
    let out = b.under(&[("OCIO", "nowhere.ocio")], &["color", "list"]);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(
        said.contains("OCIO") && said.contains("nowhere.ocio"),
        "{said}"
    );
}

#[test]
fn active_displays_and_views_are_those_of_the_environment() {
    let b = Bench::new();
    let variables = [
        ("OCIO", STUDIO),
        ("OCIO_ACTIVE_DISPLAYS", "P3-D65 - Display, sRGB - Display"),
        ("OCIO_ACTIVE_VIEWS", "Un-tone-mapped"),
    ];
    let list = json(&b, &variables, &["color", "list", "--json"]);
    assert_eq!(
        names(&list["displays"]),
        ["P3-D65 - Display", "sRGB - Display"]
    );
    assert_eq!(
        list["displays"][1]["views"],
        serde_json::json!(["Un-tone-mapped"])
    );
    // The default display and view follow.
    let value = |line: &[&str]| json(&b, &variables, line)["values"].clone();
    let head = ["--json", "color", "apply", "--from", "ACEScg"];
    let default = value(
        &[
            &head[..],
            &["--view", "Un-tone-mapped", "--", "0.2,0.3,0.4"],
        ]
        .concat(),
    );
    let named = value(
        &[
            &head[..],
            &[
                "--display",
                "P3-D65 - Display",
                "--view",
                "Un-tone-mapped",
                "--",
                "0.2,0.3,0.4",
            ],
        ]
        .concat(),
    );
    assert_eq!(default, named);
}

#[test]
fn inactive_spaces_and_categories_shorten_lists() {
    let b = Bench::new();
    let all = json(&b, &[("OCIO", STUDIO)], &["color", "list", "--json"]);
    let hidden = json(
        &b,
        &[
            ("OCIO", STUDIO),
            ("OCIO_INACTIVE_COLORSPACES", "ACEScct, lin_ap1"),
        ],
        &["color", "list", "--json"],
    );
    // The variable replaces the config's own list.
    let every = json(
        &b,
        &[("OCIO", STUDIO)],
        &["color", "list", "--json", "--all"],
    );
    let mut left = names(&every["color_spaces"]);
    left.retain(|n| n != "ACEScct" && n != "ACEScg");
    assert_eq!(names(&hidden["color_spaces"]), left);
    let textures = json(
        &b,
        &[
            ("OCIO", STUDIO),
            ("OCIO_USER_CATEGORIES", "texture, no such one"),
        ],
        &["color", "list", "--json"],
    );
    let spaces = textures["color_spaces"].as_array().expect("spaces");
    let is_texture = |s: &Value| {
        s["categories"]
            .as_array()
            .is_some_and(|c| c.iter().any(|c| c == "texture"))
    };
    assert!(!spaces.is_empty() && spaces.iter().all(is_texture));
    assert!(spaces.len() < names(&all["color_spaces"]).len());
    let none = json(
        &b,
        &[("OCIO", STUDIO), ("OCIO_USER_CATEGORIES", "no such one")],
        &["color", "list", "--json"],
    );
    assert_eq!(names(&none["color_spaces"]), names(&all["color_spaces"]));
}

#[test]
fn optimisation_flags_win_over_everything() {
    let b = Bench::new();
    let line = [
        "--json", "color", "explain", "--config", STUDIO, "ACEScg", "ACEScct",
    ];
    let steps = |variables: &[(&str, &str)]| {
        let out = json(&b, variables, &line);
        let count = |i: usize| out["stages"][i]["steps"].as_array().expect("steps").len();
        (count(0), count(2))
    };
    let (all, few) = steps(&[]);
    assert!(few < all);
    assert_eq!(steps(&[("OCIO_OPTIMIZATION_FLAGS", "0")]), (all, all));
    let (_, some) = steps(&[(
        "OCIO_OPTIMIZATION_FLAGS",
        "OPTIMIZATION_COMP_MATRIX|OPTIMIZATION_IDENTITY",
    )]);
    assert!(some <= all && some >= few, "{few} {some} {all}");
    let out = b.under(&[("OCIO_OPTIMIZATION_FLAGS", "FASTER")], &line);
    assert!(String::from_utf8_lossy(&out.stderr).contains("unknown optimisation flag 'FASTER'"));
    let e = b.fails(&[
        "color",
        "explain",
        "--optimization",
        "SLOWER",
        "ACEScg",
        "ACEScct",
    ]);
    assert!(e.contains("SLOWER"), "{e}");
}

#[test]
fn logging_level_silences_warnings() {
    let b = Bench::new();
    let text = "ocio_profile_version: 2\ncolour: yes\nroles: {default: raw}\ndisplays: {m: [!<View> {name: Raw, colorspace: raw}]}\n\
                colorspaces:\n  - !<ColorSpace> {name: raw, isdata: true}\n";
    std::fs::write(b.path("c.ocio"), text).expect("written");
    let line = [
        "color", "apply", "--config", "c.ocio", "--from", "raw", "--to", "raw", "--", "0,0,0",
    ];
    let said = |level: &str| {
        let out = b.under(&[("OCIO_LOGGING_LEVEL", level)], &line);
        assert!(out.status.success());
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    assert!(said("warning").contains("line 2") && said("info").contains("colour"));
    assert_eq!(said("none"), "");
}
