//! What every target does: read the bytes as a file, and panic on a fault.

#[path = "../../crates/vfx-exr/tests/support/mod.rs"]
pub mod exr;

pub mod jpeg;

use std::path::PathBuf;
use std::sync::OnceLock;

/// Reads `data` as a file with this extension.
///
/// # Panics
/// When the reader has a fault: that is what libFuzzer looks for.
pub fn read(data: &[u8], extension: &str) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        folder.keep()
    });
    if let Err(fault) = vfx_testkit::mutate::probe(data, extension, folder) {
        panic!("{fault}");
    }
}
