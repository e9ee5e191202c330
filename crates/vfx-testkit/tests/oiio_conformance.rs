//! Every public test image against OpenImageIO: same subimages, windows, channels and samples, bit for bit.
//!
//! The results stand in `conformance.md`, renewed by `cargo xtask bless`. The test fails when a file that is listed there as
//! good is so no longer, and for any panic or hang. Integer planes hold the file's codes, OpenImageIO scales those of 1, 2, 4, 10
//! and 12 bits to 8 and 16: its bit replication and the quotient, rounded or cut off, count as equal.

mod conformance;

use conformance::judge::{Verdict, judge};
use conformance::oracle::Oracle;
use conformance::table;
use std::collections::BTreeMap;
use vfx_testkit::workspace;

const AREAS: &[&str] = &["exr", "tiff", "png", "dpx", "hdr", "pnm"];

#[test]
fn files_decode_as_in_openimageio() {
    let mut files = Vec::new();
    for area in AREAS {
        let Some(folder) = workspace::data(area) else {
            return;
        };
        let base = folder.parent().expect("an area has a parent").to_path_buf();
        for path in workspace::files(&folder) {
            let name = path
                .strip_prefix(&base)
                .expect("files lie below")
                .display()
                .to_string();
            files.push((name, path));
        }
    }
    let paths: Vec<_> = files.iter().map(|(_, p)| p.clone()).collect();
    let Some(oracle) = Oracle::ask(&paths) else {
        return;
    };
    let results: BTreeMap<String, Verdict> = files
        .iter()
        .enumerate()
        .map(|(i, (name, path))| (name.clone(), judge(path, &oracle, i)))
        .collect();
    println!("{}", table::scores(&results));
    let page = workspace::root().join("crates/vfx-testkit/conformance.md");
    let blessed = std::fs::read_to_string(&page).unwrap_or_default();
    if std::env::var_os("VFX_BLESS").is_some() {
        std::fs::write(&page, table::page(&results)).expect("conformance.md can be written");
    }
    let faults: Vec<String> = results
        .iter()
        .filter(|(_, v)| matches!(v, Verdict::Panics(_) | Verdict::Hangs))
        .map(|(name, v)| format!("{name}: {v}"))
        .collect();
    assert!(faults.is_empty(), "readers fail on:\n{}", faults.join("\n"));
    if std::env::var_os("VFX_BLESS").is_none() {
        let worse = table::regressions(&blessed, &results);
        assert!(
            worse.is_empty(),
            "worse than conformance.md:\n{}",
            worse.join("\n")
        );
    }
}
