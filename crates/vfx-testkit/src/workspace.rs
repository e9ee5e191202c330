//! Where things lie: the repository, and the test data beside it.

use std::path::{Path, PathBuf};

/// The repository's root folder.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .ancestors()
        .nth(2)
        .unwrap_or(manifest)
        .to_path_buf()
}

/// The folder of public test images of an area (`exr`, `tiff` ...), or `None` with a line that says so: the data lies in
/// `../shared/data` beside the repository, or where `VFX_TEST_DATA` points.
pub fn data(area: &str) -> Option<PathBuf> {
    let base = std::env::var_os("VFX_TEST_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let folder = base.join(area);
    if folder.is_dir() {
        return folder.canonicalize().ok();
    }
    println!("SKIPPED: no test data of {area}");
    None
}

/// Every file under a folder in order of its path, licences and pages of text left out.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with("LICENSE") && !name.starts_with("README") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether tests that take minutes were asked for (`./test --long`).
pub fn long() -> bool {
    std::env::var_os("VFX_TEST_LONG").is_some()
}
