//! A copy from EXR to EXR hands compressed chunks on as they are, but only sound ones.

use std::path::Path;
use std::process::{Command, Output};

fn vfx(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vfx"))
        .current_dir(folder)
        .args(args)
        .output()
        .expect("vfx runs")
}

fn done(folder: &Path, args: &[&str]) -> Output {
    let out = vfx(folder, args);
    assert!(
        out.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    out
}

#[test]
fn stored_chunks_are_kept_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let f = folder.path();
    // A level that the default is not: compressing again would give other bytes.
    done(
        f,
        &[
            "convert",
            "null:300x200?channels=4&type=f16&pattern=gradient",
            "a.exr",
            "--compression",
            "zip:9",
        ],
    );
    done(f, &["convert", "a.exr", "b.exr"]);
    done(f, &["convert", "a.exr", "c.exr", "--compression", "zip:1"]);
    let [a, b, c] = ["a.exr", "b.exr", "c.exr"].map(|n| std::fs::read(f.join(n)).expect("written"));
    // Headers may name the level; the chunks at the end may not differ.
    let tail = a.len() * 3 / 4;
    assert_eq!(
        a[a.len() - tail..],
        b[b.len() - tail..],
        "chunks are handed on"
    );
    assert_ne!(
        a.len(),
        c.len(),
        "a level that is asked for compresses again"
    );
    for other in ["b.exr", "c.exr"] {
        done(f, &["diff", "a.exr", other]);
    }
}

#[test]
fn stored_chunks_that_are_damaged_are_not_handed_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let f = folder.path();
    done(
        f,
        &[
            "convert",
            "null:300x200?channels=3&type=f16&pattern=noise",
            "a.exr",
            "--compression",
            "zip",
        ],
    );
    let mut bytes = std::fs::read(f.join("a.exr")).expect("written");
    let middle = bytes.len() / 2;
    for b in &mut bytes[middle..middle + 40] {
        *b ^= 0x5a;
    }
    std::fs::write(f.join("bad.exr"), bytes).expect("written");
    let copy = done(f, &["convert", "bad.exr", "copy.exr"]);
    assert!(
        String::from_utf8_lossy(&copy.stderr).contains("chunk"),
        "the damage is reported"
    );
    assert_eq!(
        vfx(f, &["convert", "--strict", "bad.exr", "no.exr"])
            .status
            .code(),
        Some(2)
    );
    assert!(!f.join("no.exr").exists());
    // The copy is sound: it reads without a word, and has what could be read.
    let again = done(f, &["convert", "--strict", "copy.exr", "again.exr"]);
    assert!(
        again.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    done(f, &["diff", "--quiet", "bad.exr", "copy.exr"]);
}
