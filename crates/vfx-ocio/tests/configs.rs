//! Configs good and bad: what loads, what is refused, with which line; round trips; bombs.

use vfx_color::Direction;
use vfx_ocio::{Config, OcioError, Severity};
use vfx_testkit::workspace;

const HEAD: &str = "ocio_profile_version: 2.4\nroles: {default: raw}\n";
const TAIL: &str = "displays:\n  screen:\n    - !<View> {name: plain, colorspace: raw}\ncolorspaces:\n  - !<ColorSpace>\n    name: raw\n";

fn parse(text: &str) -> Result<Config, OcioError> {
    Config::parse(text)
}

fn line_of(text: &str) -> Option<usize> {
    parse(text).expect_err("it is refused").line()
}

#[test]
fn version_is_checked() {
    for bad in ["0", "3", "2.7", "1.1", "2.6.1", "two", "-1", ""] {
        let e = parse(&format!("name: x\nocio_profile_version: {bad}\n")).unwrap_err();
        assert!(matches!(e, OcioError::Version { .. }), "{bad}: {e}");
    }
    assert!(matches!(parse("name: x\n"), Err(OcioError::Version { .. })));
    for good in ["2", "2.0", "2.1", "2.6"] {
        parse(&format!(
            "ocio_profile_version: {good}\nroles: {{default: raw}}\n{TAIL}"
        ))
        .unwrap();
    }
    parse(&format!("ocio_profile_version: 1\n{TAIL}")).unwrap();
}

#[test]
fn unknown_key_is_a_warning_with_its_line() {
    let c = parse(&format!("{HEAD}colour: 1\n{TAIL}    shade: red\n")).unwrap();
    let lines: Vec<_> = c.warnings.iter().map(|w| w.line).collect();
    assert_eq!(lines, [3, 10]);
}

#[test]
fn wrong_values_name_their_line() {
    let space = |t: &str| format!("{HEAD}{TAIL}    to_scene_reference: {t}\n");
    assert_eq!(
        line_of(&space("!<MatrixTransform> {matrix: [1, 2]}")),
        Some(9)
    );
    assert_eq!(
        line_of(&space("!<MatrixTransform> {offset: [.nan, 0, 0, 0]}")),
        Some(9)
    );
    assert_eq!(
        line_of(&space("!<ExponentTransform> {value: .inf}")),
        Some(9)
    );
    assert_eq!(
        line_of(&space("!<ExponentTransform> {value: 1e999}")),
        Some(9)
    );
    assert_eq!(line_of(&space("!<NoTransform> {a: 1}")), Some(9));
    assert_eq!(line_of(&space("!<LogCameraTransform> {base: 2}")), Some(9));
    assert_eq!(
        line_of(&space("!<FixedFunctionTransform> {style: ACES_Glow99}")),
        Some(9)
    );
    assert_eq!(
        line_of(&space("!<BuiltinTransform> {style: NOTHING}")),
        Some(9)
    );
    assert_eq!(
        line_of(&space(
            "!<CDLTransform> {slope: [1, 1, 1], slope: [1, 1, 1]}"
        )),
        Some(9)
    );
    assert_eq!(line_of(&format!("{HEAD}luma: [1, 2]\n{TAIL}")), Some(3));
    assert_eq!(line_of(&format!("{HEAD}colorspaces: {{a: b}}\n")), Some(3));
    assert_eq!(
        line_of(&format!("{HEAD}{TAIL}  - !<ColorSpace>\n    name: RAW\n")),
        Some(9)
    );
    assert_eq!(
        line_of(&format!("{HEAD}{TAIL}  - !<ColorSpace>\n    name: a$b\n")),
        Some(9)
    );
    assert!(line_of("ocio_profile_version: 2\nname: [\n").is_some());
}

#[test]
fn cycles_are_named() {
    let space = |name: &str, from: &str| {
        format!(
            "  - !<ColorSpace>\n    name: {name}\n    to_scene_reference: !<ColorSpaceTransform> {{src: {from}, dst: raw}}\n"
        )
    };
    let text = format!(
        "{HEAD}{TAIL}{}{}{}",
        space("a", "b"),
        space("b", "c"),
        space("c", "a")
    );
    let c = parse(&text).unwrap();
    let e = c.conversion("a", "raw", &c.context()).unwrap_err();
    let OcioError::Cycle { chain, line } = &e else {
        panic!("{e}")
    };
    assert_eq!((chain.len(), *line), (4, 9));
    assert!(e.to_string().contains("define one of them"), "{e}");
    assert_eq!(chain[0], chain[3]);
    assert!(c.check(true).iter().any(|f| f.message.contains("a cycle")));
}

#[test]
fn look_cycle_is_named() {
    let look = "looks:\n  - !<Look>\n    name: l\n    process_space: raw\n    transform: !<LookTransform> {src: raw, dst: raw, looks: l}\n";
    let c = parse(&format!("{HEAD}{look}{TAIL}")).unwrap();
    let t = vfx_ocio::Transform::Look {
        src: "raw".into(),
        dst: "raw".into(),
        looks: "+l".into(),
        skip_conversion: false,
        direction: Direction::Forward,
    };
    let e = c.ops(&t, Direction::Forward, &c.context()).unwrap_err();
    assert!(matches!(e, OcioError::Cycle { .. }), "{e}");
}

/// Each space is twice the one before: 2^40 steps without a cycle.
#[test]
fn exponential_configs_are_bounded() {
    let mut text = format!("{HEAD}{TAIL}");
    for i in 0..40 {
        let before = if i == 0 {
            "raw".to_owned()
        } else {
            format!("s{}", i - 1)
        };
        let t = format!("!<ColorSpaceTransform> {{src: {before}, dst: other}}");
        text += &format!(
            "  - !<ColorSpace>\n    name: s{i}\n    to_scene_reference: !<GroupTransform> {{children: [{t}, {t}]}}\n"
        );
    }
    text += "  - !<ColorSpace>\n    name: other\n    to_scene_reference: !<MatrixTransform> {}\n";
    let c = parse(&text).unwrap();
    let e = c.conversion("s39", "other", &c.context()).unwrap_err();
    assert!(matches!(e, OcioError::Limit { .. }), "{e}");
}

#[test]
fn missing_file_names_what_was_tried() {
    let text = format!(
        "{HEAD}search_path: [luts, $SHOT/luts]\nenvironment: {{SHOT: s1}}\n{TAIL}  - !<ColorSpace>\n    name: graded\n    to_scene_reference: !<FileTransform> {{src: grade.cube}}\n"
    );
    let mut c = parse(&text).unwrap();
    c.working_dir = Some("/nowhere".into());
    let source = vfx_ocio::Transform::File(vfx_ocio::FileTransform {
        src: "grade.cube".into(),
        ..Default::default()
    });
    let e = c
        .ops(&source, Direction::Forward, &c.context())
        .unwrap_err();
    let said = e.to_string();
    assert!(
        said.contains("/nowhere/luts/grade.cube") && said.contains("/nowhere/s1/luts/grade.cube"),
        "{said}"
    );
    let e = c.conversion("graded", "raw", &c.context()).unwrap_err();
    assert_eq!(e.line(), Some(11), "{e}");
    assert!(e.to_string().contains("search_path"), "{e}");
}

#[test]
fn newer_features_need_newer_versions() {
    let text = format!(
        "ocio_profile_version: 2.1\nroles: {{default: raw}}\n{TAIL}  - !<ColorSpace>\n    name: logc4\n    to_scene_reference: !<BuiltinTransform> {{style: ARRI_LOGC4_to_ACES2065-1}}\n"
    );
    let e = parse(&text).unwrap().validate().unwrap_err();
    assert!(matches!(e, OcioError::TooNew { line: 9, .. }), "{e}");
    parse(&text.replace("2.1", "2.2"))
        .unwrap()
        .validate()
        .unwrap();
}

#[test]
fn undefined_names_are_found_with_their_lines() {
    let text = "ocio_profile_version: 2\nroles: {default: nothing}\ndisplays:\n  screen:\n    - !<View> {name: v, colorspace: gone, looks: l}\n    - !<Views> [shared]\ncolorspaces:\n  - !<ColorSpace>\n    name: raw\n    interop_id: other\n";
    let c = parse(text).unwrap();
    let errors: Vec<_> = c
        .check(false)
        .into_iter()
        .filter(|f| f.severity == Severity::Error)
        .collect();
    let lines: Vec<_> = errors.iter().filter_map(|f| f.line).collect();
    assert!(
        errors.iter().any(|f| f.message.contains("'nothing'")),
        "{errors:?}"
    );
    assert!(
        lines.contains(&8) && lines.contains(&5) && lines.contains(&4),
        "{errors:?}"
    );
}

#[test]
fn file_rules_find_the_space() {
    let c = Config::open("ocio://default").unwrap();
    let of = |p: &str| c.color_space_of_file(p).unwrap().0.to_owned();
    assert_eq!(of("/shots/a.exr"), "ACES2065-1");
    assert_eq!(of("/shots/a.EXR"), "ACES2065-1");
    assert_eq!(of("/shots/a.mov"), "Rec.1886 Rec.709 - Display");
    assert_eq!(of("/shots/a.png"), "sRGB - Display");
    let v1 = parse(&format!(
        "ocio_profile_version: 1\n{TAIL}  - !<ColorSpace>\n    name: log\n"
    ))
    .unwrap();
    assert_eq!(v1.color_space_of_file("/x/plate_LOG.dpx").unwrap().0, "log");
    assert_eq!(v1.color_space_of_file("/x/plate.dpx").unwrap().0, "raw");
}

#[test]
fn configs_write_back_as_themselves() {
    let mut texts = vec![
        include_str!("transforms.ocio").to_owned(),
        format!("{HEAD}{TAIL}"),
    ];
    if let Some(folder) = workspace::data("color/ocio/configs") {
        for p in workspace::files(&folder) {
            if p.extension().is_some_and(|e| e == "ocio") {
                texts.push(std::fs::read_to_string(p).unwrap());
            }
        }
    }
    for text in texts {
        let c = parse(&text).unwrap();
        let again = parse(&c.to_yaml()).unwrap();
        assert!(c == again, "{}\n----\n{}", text, c.to_yaml());
    }
}

#[test]
fn archives_hold_config_and_files() {
    let Some(folder) = workspace::data("color/ocio/configs") else {
        return;
    };
    let refused =
        |name: &str| Config::open(folder.join("ocioz_archive_configs").join(name)).unwrap_err();
    assert!(matches!(
        refused("missing_config.ocioz"),
        OcioError::Archive { .. }
    ));
    assert!(matches!(refused("empty.ocioz"), OcioError::Archive { .. }));
    for name in ["context_test1_linux.ocioz", "context_test1_windows.ocioz"] {
        let c = Config::open(folder.join("context_test1").join(name)).unwrap();
        let used = c.files_used(&c.context());
        assert!(used.iter().any(Result::is_ok), "{name}: {used:?}");
    }
    let c = Config::open(folder.join("context_test1/config.ocio")).unwrap();
    let bytes = c.archive().unwrap();
    assert_eq!(
        bytes,
        c.archive().unwrap(),
        "the same config gives the same archive"
    );
    let file = tempfile::Builder::new()
        .suffix(".ocioz")
        .tempfile()
        .unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let packed = Config::open(file.path()).unwrap();
    assert!(packed == c);
    assert_eq!(
        packed.files_used(&packed.context()).len(),
        c.files_used(&c.context()).len()
    );
}

#[test]
fn cut_configs_never_panic() {
    let text = include_str!("transforms.ocio");
    for end in (0..text.len()).step_by(37) {
        if let Ok(c) = parse(&text[..end]) {
            let _ = c.check(false);
        }
    }
}
