//! Samples against OpenEXR: every shared file, and a matrix of generated ones in both directions.
//!
//! Comparison is by CRC-32 of a channel's little-endian samples (of a deep one's counts and samples). A lossy file is compared as decoded by both. Levels other
//! than the first, which OpenEXR's Python module does not read, are compared with what was written.

mod exr_peer {
    pub mod matrix;
    pub mod samples;
}

use exr_peer::matrix::{self, Case};
use exr_peer::samples::{Sums, by_openexr, decodable, ours};
use std::path::{Path, PathBuf};
use vfx::exr::codec::{Limits, Reader};
use vfx_testkit::{peers, workspace};

/// Compares every part that both read; the number of channels compared.
fn agree(path: &Path, theirs: &Sums) -> usize {
    let reader = match Reader::open(std::fs::File::open(path).unwrap(), &Limits::default()) {
        Ok(reader) => reader,
        // A file that both refuse is no difference.
        Err(_) => return 0,
    };
    let mut compared = 0;
    for part in 0..reader.headers().len() {
        if !decodable(&reader, part) {
            continue;
        }
        let Some(read) = ours(&reader, part) else {
            continue;
        };
        for (channel, ours) in read {
            let key = (part, channel);
            let Some(theirs) = theirs.get(&key) else {
                continue;
            };
            assert!(
                ours == *theirs,
                "{} {key:?}: {ours:?}, OpenEXR has {theirs:?}",
                path.display()
            );
            compared += 1;
        }
    }
    compared
}

#[test]
fn exr_shared_files_have_openexrs_samples() {
    let Some(data) = workspace::data("exr") else {
        return;
    };
    let files: Vec<PathBuf> = workspace::files(&data)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "exr"))
        .filter(|p| !p.to_string_lossy().contains("Damaged"))
        .collect();
    let Some(theirs) = by_openexr(&files) else {
        return;
    };
    let (mut channels, mut parts) = (0, 0);
    for path in &files {
        if let Some(sums) = theirs.get(path) {
            channels += agree(path, sums);
            parts += 1;
        }
    }
    println!("{channels} channels of {parts} files are the same");
    assert!(channels > 250, "{channels}");
}

#[test]
fn exr_matrix_written_here_reads_alike() {
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let cases = Case::all(workspace::long());
    for (i, case) in cases.iter().enumerate() {
        let path = dir.path().join(format!("{i}.exr"));
        std::fs::write(&path, matrix::write(case)).unwrap();
        matrix::check_levels(&path, case);
        files.push(path);
    }
    let Some(theirs) = by_openexr(&files) else {
        return;
    };
    for (path, case) in files.iter().zip(&cases) {
        let sums = theirs
            .get(path)
            .unwrap_or_else(|| panic!("OpenEXR does not read {case:?}"));
        let compared = agree(path, sums);
        assert!(compared > 0, "{case:?}");
    }
    println!("{} files", files.len());
}

#[test]
fn exr_matrix_written_by_openexr_survives_the_way_back() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_string_lossy().into_owned();
    let Some(text) = peers::script("exr_samples.py", &["OpenEXR", "numpy"], &["make", &folder])
    else {
        return;
    };
    let made = exr_peer::samples::parse(&text);
    let mut again = Vec::new();
    for (path, sums) in &made {
        if agree(path, sums) == 0 {
            println!("{}: not decodable here", path.display());
            continue;
        }
        let reader = Reader::open(std::fs::read(path).unwrap(), &Limits::default()).unwrap();
        let Some(file) = matrix::rewritten(&reader) else {
            continue;
        };
        let copy = path.with_extension("again.exr");
        std::fs::write(&copy, file).unwrap();
        let lossy = reader.headers()[0].compression.is_lossy();
        again.push((copy, (!lossy).then(|| sums.clone())));
    }
    assert!(again.len() > 60, "{}", again.len());
    let files: Vec<PathBuf> = again.iter().map(|a| a.0.clone()).collect();
    let back = by_openexr(&files).expect("the peer was there before");
    for (path, first) in &again {
        let sums = &back[path];
        assert!(agree(path, sums) > 0);
        if let Some(first) = first {
            assert!(first == sums, "{}", path.display());
        }
    }
    println!("{} files", again.len());
}
