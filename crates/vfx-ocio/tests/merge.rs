//! Merged configs against OpenColorIO's ConfigMergingHelpers: every strategy and option, on its own test configs and on the
//! built-in ones.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use vfx_ocio::merge::{MergeOptions, Merger, STRATEGIES, Strategy, merge};
use vfx_ocio::{Config, OcioError};
use vfx_testkit::{peers, workspace};

fn folder() -> Option<PathBuf> {
    let folder = workspace::data("color/ocio")?.join("configs/mergeconfigs");
    folder.is_dir().then_some(folder)
}

/// Options with the calls that set the same on OpenColorIO's parameters.
fn variants() -> Vec<(MergeOptions, Value)> {
    let mut out = Vec::new();
    for (name, strategy) in STRATEGIES {
        for bits in 0..8u8 {
            let [first, duplicates, adjust] = [0, 1, 2].map(|b| bits >> b & 1 == 1);
            let options = MergeOptions {
                default_strategy: strategy,
                input_first: first,
                avoid_duplicates: duplicates,
                adjust_input_reference_space: adjust,
                ..MergeOptions::default()
            };
            let calls = json!({
                "setDefaultStrategy": name, "setInputFirst": first, "setAvoidDuplicates": duplicates,
                "setAdjustInputReferenceSpace": adjust,
            });
            out.push((options, calls));
        }
    }
    // Sections of their own strategies, families, overrides.
    let options = MergeOptions {
        default_strategy: Strategy::PreferBase,
        roles: Some(Strategy::PreferInput),
        file_rules: Some(Strategy::InputOnly),
        looks: Some(Strategy::Remove),
        named_transforms: Some(Strategy::BaseOnly),
        input_family_prefix: "Show/Plates/".into(),
        base_family_prefix: "Facility/".into(),
        name: "merged".into(),
        description: "both".into(),
        search_paths: vec!["luts".into(), "more".into()],
        active_views: vec!["SDR Video".into()],
        adjust_input_reference_space: false,
        ..MergeOptions::default()
    };
    let calls = json!({
        "setDefaultStrategy": "PreferBase", "setRoles": "PreferInput", "setFileRules": "InputOnly", "setLooks": "Remove",
        "setNamedTransforms": "BaseOnly", "setInputFamilyPrefix": "Show/Plates/", "setBaseFamilyPrefix": "Facility/",
        "setName": "merged", "setDescription": "both", "setSearchPath": "luts:more", "setActiveViews": "SDR Video",
        "setAdjustInputReferenceSpace": false,
    });
    out.push((options, calls));
    out
}

#[test]
fn merged_configs_are_those_of_opencolorio() {
    let Some(folder) = folder() else { return };
    let Some(python) = peers::python() else {
        return;
    };
    if !peers::has_module(&python, "PyOpenColorIO") {
        return;
    }
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let out = tempfile::tempdir().unwrap();
    // Our text of built-in configs: descriptions are our own.
    let builtin = |name: &str| {
        let path = out.path().join(format!("{name}.yaml"));
        std::fs::write(&path, vfx_ocio::builtin::config(name).unwrap().to_yaml()).unwrap();
        path.to_string_lossy().into_owned()
    };
    let cg = builtin("cg-config-v4.0.0_aces-v2.0_ocio-v2.5");
    let studio = builtin("studio-config-v2.1.0_aces-v1.3_ocio-v2.3");
    let pairs = [
        (at("base_config.yaml"), at("input_config.yaml")),
        (
            at("base_colorspaces_config.yaml"),
            at("input_colorspaces_config.yaml"),
        ),
        (at("merged1/base1.ocio"), at("merged1/input1.ocio")),
        (at("merged2/base.ocio"), at("merged2/input.ocio")),
        (at("merged3/base.ocio"), at("merged3/input.ocio")),
        (cg.clone(), at("merged1/input1.ocio")),
        (cg, studio),
    ];
    let mut jobs = Vec::new();
    for (base, input) in &pairs {
        let (b, i) = (Config::open(base).unwrap(), Config::open(input).unwrap());
        // Large configs take their time: every third variant.
        let step = if base.ends_with("_ocio-v2.5.yaml") {
            3
        } else {
            1
        };
        for (options, calls) in variants().into_iter().step_by(step) {
            let mut job = json!({"base": base, "input": input, "options": calls});
            match merge(&b, &i, &options) {
                Ok(merged) => {
                    let name = format!("{}.ocio", jobs.len());
                    std::fs::write(out.path().join(&name), merged.to_yaml()).unwrap();
                    job["result"] = json!(name);
                }
                Err(e) => job["error"] = json!(e.to_string()),
            }
            jobs.push(job);
        }
    }
    std::fs::write(out.path().join("jobs.json"), json!(jobs).to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/merge.py");
    let run = Command::new(python)
        .arg(script)
        .arg(out.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert_eq!(said.trim(), "jobs done", "of {} merges", jobs.len());
}

#[test]
fn merge_conflicts_are_errors_where_asked() {
    let base = Config::parse(&config("plate", "a")).unwrap();
    let input = Config::parse(&config("scan", "a")).unwrap();
    let mut options = MergeOptions {
        avoid_duplicates: false,
        ..MergeOptions::default()
    };
    let merged = merge(&base, &input, &options).unwrap();
    assert_eq!(merged.roles["scene_linear"], "scan");
    assert!(
        merged
            .warnings
            .iter()
            .any(|w| w.message.contains("scene_linear"))
    );
    options.error_on_conflict = true;
    let e = merge(&base, &input, &options).unwrap_err();
    assert!(matches!(e, OcioError::Conflict { .. }), "{e}");
    assert!(e.to_string().contains("scene_linear"), "{e}");
}

fn config(space: &str, family: &str) -> String {
    format!(
        "ocio_profile_version: 2\nroles: {{default: raw, scene_linear: {space}}}\ndisplays: {{m: [!<View> {{name: Raw, colorspace: raw}}]}}\n\
         colorspaces:\n  - !<ColorSpace> {{name: raw, isdata: true}}\n  - !<ColorSpace> {{name: {space}, family: {family}}}\n"
    )
}

#[test]
fn ociom_file_is_read_with_every_key() {
    let Some(folder) = folder() else { return };
    let m = Merger::open(folder.join("parser_test.ociom")).unwrap();
    assert_eq!(m.search_paths, ["/usr/local/configs", "."]);
    let one = &m.merges[0];
    assert_eq!(
        (one.output.as_str(), one.base.as_str(), one.input.as_str()),
        ("Merge1", "base0.ocio", "input0.ocio")
    );
    let o = &one.options;
    assert_eq!(
        (o.name.as_str(), o.description.as_str()),
        ("my merge", "my desc")
    );
    assert_eq!(
        (
            o.input_family_prefix.as_str(),
            o.base_family_prefix.as_str()
        ),
        ("abc", "def")
    );
    assert_eq!(o.default_strategy, Strategy::InputOnly);
    assert_eq!(o.environment.len(), 2);
    assert_eq!(o.active_views, ["V1", "V2"]);
    assert_eq!(o.color_spaces, Some(Strategy::Remove));
    assert_eq!(m.warnings, []);
}

#[test]
fn ociom_merges_run_one_after_the_other() {
    let Some(folder) = folder() else { return };
    for name in [
        "merged1/merged1.ociom",
        "merged2/merged.ociom",
        "merged3/merged.ociom",
        "merged4/merged.ociom",
    ] {
        let merger = Merger::open(folder.join(name)).unwrap();
        let done = merger.run().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(done.len(), merger.merges.len(), "{name}");
        for (m, c) in merger.merges.iter().zip(&done) {
            c.validate()
                .unwrap_or_else(|e| panic!("{name}, {}: {e}", m.output));
        }
    }
}

#[test]
fn ociom_errors_have_lines() {
    let e = Merger::parse(
        "merge:\n  M:\n    base: a\n    input: b\n    options: {default_strategy: Both}\n",
    )
    .unwrap_err();
    assert_eq!(e.line(), Some(5));
    assert!(e.to_string().contains("PreferInput"), "{e}");
    let e = Merger::parse("merge:\n  M:\n    base: a\n").unwrap_err();
    assert!(e.to_string().contains("has no input"), "{e}");
    assert!(Merger::parse("ociom_version: 2.0\n").is_err());
}
