//! Every codec against OpenEXR: its files read to the samples that it reads, and it reads our files to the samples that we read.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::*;
use vfx_exr::*;

/// The peer's Python; prints why a test skips when it is absent.
fn python() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../.peers/bin/python"
    ));
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: no peers; ./test installs them into .peers");
    None
}

/// Runs the peer's script; `None` when the peer lacks OpenEXR.
fn peer(python: &Path, arguments: &[&str]) -> Option<()> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/codecs.py");
    let out = Command::new(python)
        .arg(script)
        .args(arguments)
        .output()
        .unwrap();
    if out.status.code() == Some(3) {
        println!("SKIPPED: the peers lack OpenEXR");
        return None;
    }
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    Some(())
}

/// Samples of the first part and level, channels by name, rows packed.
fn samples(file: Vec<u8>) -> Result<Vec<u8>, Error> {
    let reader = Reader::open(file, &Limits::default())?;
    let level = reader.levels(0)[0];
    Ok(read_level(&reader, 0, &level)?.concat())
}

fn nan(channel: &Channel, sample: &[u8]) -> bool {
    match channel.sample_type {
        SampleType::Uint => false,
        SampleType::Half => u16::from_le_bytes([sample[0], sample[1]]) & 0x7fff > 0x7c00,
        SampleType::Float => f32::from_le_bytes(sample.try_into().unwrap()).is_nan(),
    }
}

/// Equal bits; the sign and payload of a NaN that a lossy method made are the processor's.
fn equal(header: &Header, ours: &[u8], theirs: &[u8]) -> Result<(), String> {
    if ours.len() != theirs.len() {
        return Err(format!("{} bytes, expected {}", ours.len(), theirs.len()));
    }
    let mut at = 0;
    for c in &header.channels {
        let n = row_bytes(c, &header.data_window)
            * header.data_window.sampled(c.sampling).height as usize;
        let (a, b) = (&ours[at..at + n], &theirs[at..at + n]);
        at += n;
        let size = c.sample_type.size();
        let differ: Vec<usize> = (0..n / size)
            .map(|i| (i, &a[i * size..][..size], &b[i * size..][..size]))
            .filter(|(_, a, b)| {
                a != b && !(header.compression.is_lossy() && nan(c, a) && nan(c, b))
            })
            .map(|(i, ..)| i)
            .collect();
        if let Some(&i) = differ.first() {
            return Err(format!(
                "channel {}: {} of {} samples differ, first at {i}: {:02x?} expected {:02x?}",
                c.name,
                differ.len(),
                n / size,
                &a[i * size..][..size],
                &b[i * size..][..size]
            ));
        }
    }
    Ok(())
}

fn names(keep: impl Fn(Compression) -> bool) -> Vec<String> {
    let all = Compression::ALL.into_iter().filter(|c| keep(*c));
    all.map(|c| c.name().to_owned()).collect()
}

fn exr_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = files_below(dir);
    files.retain(|p| p.extension().is_some_and(|e| e == "exr"));
    files
}

#[test]
fn peer_files_read_to_its_samples() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let methods = names(Compression::can_read);
    let mut arguments = vec!["write", folder];
    arguments.extend(methods.iter().map(String::as_str));
    if peer(&python, &arguments).is_none() {
        return;
    }
    let mut wrong = Vec::new();
    let files = exr_files(dir.path());
    assert!(!files.is_empty());
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let expected = std::fs::read(path.with_extension("raw")).unwrap();
        let header = Reader::open(bytes.clone(), &Limits::default())
            .unwrap()
            .headers()[0]
            .clone();
        let result = samples(bytes)
            .map_err(|e| {
                format!(
                    "{e}: {:?}",
                    std::error::Error::source(&e).map(ToString::to_string)
                )
            })
            .and_then(|ours| equal(&header, &ours, &expected));
        if let Err(e) = result {
            wrong.push(format!(
                "{}: {e}",
                path.file_stem().unwrap().to_string_lossy()
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        files.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
}

/// The planes of a file of the peer, written again with each method by us.
#[test]
fn own_files_read_to_our_samples() {
    let Some(python) = python() else { return };
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    if peer(&python, &["write", theirs.path().to_str().unwrap(), "none"]).is_none() {
        return;
    }
    let mut written = Vec::new();
    for path in exr_files(theirs.path()) {
        let reader = Reader::open(std::fs::read(&path).unwrap(), &Limits::default()).unwrap();
        let level = reader.levels(0)[0];
        let planes = read_level(&reader, 0, &level).unwrap();
        for compression in Compression::ALL.into_iter().filter(|c| c.can_write()) {
            let mut header = reader.headers()[0].clone();
            header.compression = compression;
            let file = write_planes(&header, &planes);
            let expected = samples(file.clone()).unwrap();
            if !compression.is_lossy() {
                assert!(
                    expected == planes.concat(),
                    "{} {path:?}",
                    compression.name()
                );
            }
            let stem = path.file_stem().unwrap().to_string_lossy();
            let out = ours
                .path()
                .join(format!("{}_{stem}.exr", compression.name()));
            std::fs::write(&out, file).unwrap();
            written.push((out, header, expected));
        }
    }
    assert!(!written.is_empty());
    if peer(&python, &["read", ours.path().to_str().unwrap()]).is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for (path, header, expected) in &written {
        let found = std::fs::read(path.with_extension("raw")).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy();
        if found.starts_with(b"ERROR") {
            wrong.push(format!("{name}: {}", String::from_utf8_lossy(&found)));
        } else if let Err(e) = equal(header, expected, &found) {
            wrong.push(format!("{name}: {e}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        written.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
}
