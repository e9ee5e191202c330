//! Id manifests against OpenEXR's own reading: its test file, and one that it writes with long strings and wide gaps.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::shared_files;
use vfx_exr::*;

/// What the script prints.
fn peer(path: &Path, make: bool) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../.peers/bin/python");
    if !python.exists() {
        println!("SKIPPED: no Python with OpenEXR");
        return None;
    }
    let out = Command::new(python)
        .arg(root.join("tests/peer/id_manifest.py"))
        .arg(path)
        .args(make.then_some("make"))
        .output()
        .expect("the script runs");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// The same lines from our reading.
fn ours(path: &Path) -> String {
    let reader = Reader::open(std::fs::read(path).unwrap(), &Limits::default()).unwrap();
    let value = reader.headers()[0].attribute("idManifest").unwrap();
    let AttributeValue::Opaque { type_name, bytes } = value else {
        panic!("{value:?}");
    };
    assert_eq!(type_name, ID_MANIFEST_TYPE);
    let mut out = String::new();
    for group in IdManifest::parse(bytes).unwrap().groups {
        let mut channels = group.channels;
        channels.sort();
        let lifetime = match group.lifetime {
            IdLifetime::Frame => "frame",
            IdLifetime::Shot => "shot",
            IdLifetime::Stable => "stable",
            IdLifetime::Other(_) => "unknown",
        };
        out += &format!(
            "{} | {} | {lifetime} {} {}\n",
            channels.join(" "),
            group.components.join(" "),
            group.hash_scheme,
            group.encoding_scheme
        );
        for entry in group.entries {
            out += &format!("{} {}\n", entry.id, entry.texts.join(" "));
        }
    }
    out
}

#[test]
fn id_manifest_of_the_peer_reads_alike() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made.exr");
    if let Some(theirs) = peer(&made, true) {
        assert!(theirs.lines().count() > 400);
        assert_eq!(ours(&made), theirs);
    }
    let Some(shared) = shared_files() else { return };
    let file = shared.join("openexr-tests/src/wrappers/python/tests/manifest_id.exr");
    if file.exists()
        && let Some(theirs) = peer(&file, false)
    {
        assert_eq!(ours(&file), theirs);
    }
}
