//! Where the test images are, and checksums of pixels.

#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};

use vfx_jpeg::{Image, Pixels};

/// The folder of JPEG test files beside the repository, or `None` with a line that says so.
pub fn folder() -> Option<PathBuf> {
    let base = std::env::var_os("VFX_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = base.join("jpeg");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no JPEG test data");
    None
}

/// One file by its path below the folder.
pub fn file(name: &str) -> Option<Vec<u8>> {
    std::fs::read(folder()?.join(name)).ok()
}

/// Every JPEG of a sub-folder, in order.
pub fn files(under: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folder().into_iter().map(|f| f.join(under)).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "jpg" || e == "jpeg") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// FNV-1a of the samples, 16-bit ones little endian.
pub fn checksum(image: &Image) -> u64 {
    let step = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    let start = 0xcbf2_9ce4_8422_2325;
    match &image.pixels {
        Pixels::U8(v) => v.iter().fold(start, |h, b| step(h, *b)),
        Pixels::U16(v) => v.iter().flat_map(|v| v.to_le_bytes()).fold(start, step),
        Pixels::F32(v) => v.iter().flat_map(|v| v.to_le_bytes()).fold(start, step),
        _ => 0,
    }
}
