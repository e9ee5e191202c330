//! The built-in configs against OpenColorIO's own: names, lists, rules, views and every processor.

use std::process::Command;
use vfx_ocio::{Config, builtin};
use vfx_testkit::peers;

#[test]
fn builtin_configs_are_opencolorios() {
    let Some(python) = peers::python() else {
        return;
    };
    if !peers::has_module(&python, "PyOpenColorIO") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in builtin::names() {
        let text = builtin::config(name).unwrap().to_yaml();
        std::fs::write(folder.path().join(format!("{name}.ocio")), text).unwrap();
    }
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/same_config.py");
    let out = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(said, "");
}

#[test]
fn builtin_names_resolve() {
    assert_eq!(builtin::names().count(), 10);
    assert_eq!(
        builtin::resolve("default"),
        Some("cg-config-v5.0.0_aces-v2.1_ocio-v2.6")
    );
    assert_eq!(
        builtin::resolve("studio-config-latest"),
        Some("studio-config-v5.0.0_aces-v2.1_ocio-v2.6")
    );
    assert!(Config::open("ocio://nothing").is_err());
}

#[test]
fn builtin_config_reads_back_as_itself() {
    for name in builtin::names() {
        let config = builtin::config(name).unwrap();
        let again = Config::parse(&config.to_yaml()).unwrap();
        assert_eq!(again.warnings, [], "{name}");
        assert!(config == again, "{name}");
    }
}
