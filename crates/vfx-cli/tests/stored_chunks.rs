//! A copy from EXR to EXR hands compressed chunks on as they are, but only sound ones.

mod bench;

use bench::Bench;

#[test]
fn stored_chunks_are_kept_byte_for_byte() {
    let b = Bench::new();
    // A level that the default is not: compressing again would give other bytes.
    b.ok(&[
        "convert",
        "null:300x200?channels=4&type=f16&pattern=gradient",
        "a.exr",
        "--compression",
        "zip:9",
    ]);
    b.ok(&["convert", "a.exr", "b.exr"]);
    b.ok(&["convert", "a.exr", "c.exr", "--compression", "zip:1"]);
    let [a, same, again] =
        ["a.exr", "b.exr", "c.exr"].map(|n| std::fs::read(b.file(n)).expect("written"));
    // Headers may name the level; the chunks at the end may not differ.
    let tail = a.len() * 3 / 4;
    assert_eq!(
        a[a.len() - tail..],
        same[same.len() - tail..],
        "chunks are handed on"
    );
    assert_ne!(
        a.len(),
        again.len(),
        "a level that is asked for compresses again"
    );
    for other in ["b.exr", "c.exr"] {
        b.ok(&["diff", "a.exr", other]);
    }
}

#[test]
fn stored_chunks_that_are_damaged_are_not_handed_on() {
    let b = Bench::new();
    b.ok(&[
        "convert",
        "null:300x200?channels=3&type=f16&pattern=noise",
        "a.exr",
        "--compression",
        "zip",
    ]);
    let mut bytes = std::fs::read(b.file("a.exr")).expect("written");
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 40] {
        *byte ^= 0x5a;
    }
    std::fs::write(b.file("bad.exr"), bytes).expect("written");
    let copy = b.remarks(&["convert", "bad.exr", "copy.exr"]);
    assert!(copy.contains("chunk"), "the damage is reported");
    assert_eq!(b.code(&["convert", "--strict", "bad.exr", "no.exr"]), 2);
    assert!(!b.file("no.exr").exists());
    // The copy is sound: it reads without a word, and has what could be read.
    let again = b.remarks(&["convert", "--strict", "copy.exr", "again.exr"]);
    assert!(again.is_empty(), "{again}",);
    b.ok(&["diff", "--quiet", "bad.exr", "copy.exr"]);
}
