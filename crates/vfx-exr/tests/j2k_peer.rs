//! HTJ2K and LJ2K against OpenEXR: its files read to the samples that it reads, and it reads our files to the samples that we read.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::*;
use vfx_exr::*;

/// Runs the peer's script on a folder; prints why a test skips when there is no peer.
fn peer(action: &str, folder: &Path) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../.peers/bin/python");
    if !python.exists() {
        println!("SKIPPED: no peers; ./test installs them into .peers");
        return false;
    }
    let out = Command::new(python)
        .arg(root.join("tests/j2k_peer.py"))
        .arg(action)
        .arg(folder)
        .output()
        .unwrap();
    if out.status.code() == Some(3) {
        println!("SKIPPED: the peers lack OpenEXR with LJ2K");
        return false;
    }
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    true
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The samples of every channel, by name.
fn samples(path: &Path) -> Result<(Header, Vec<u8>), Error> {
    let reader = Reader::open(std::fs::File::open(path).unwrap(), &Limits::default())?;
    let level = reader.levels(0)[0];
    let planes = read_level(&reader, 0, &level)?;
    Ok((reader.headers()[0].clone(), planes.concat()))
}

/// Compares all files of a folder with what the peer read of them; returns how many there are and what differs.
fn compare(folder: &Path) -> (usize, Vec<String>) {
    let mut bad = Vec::new();
    let mut count = 0;
    for path in files_below(folder) {
        if path.extension().is_none_or(|e| e != "exr") {
            continue;
        }
        count += 1;
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let theirs = std::fs::read(path.with_extension("raw")).unwrap();
        match samples(&path) {
            _ if theirs.starts_with(b"ERROR") => {
                bad.push(format!(
                    "{name}: peer: {}",
                    String::from_utf8_lossy(&theirs)
                ));
            }
            Err(e) => bad.push(format!("{name}: {e} ({e:?})")),
            Ok((_, ours)) if ours == theirs => {}
            Ok((header, ours)) => {
                let differ = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
                let first = ours.iter().zip(&theirs).position(|(a, b)| a != b);
                bad.push(format!(
                    "{name}: {differ} of {} bytes differ (peer has {}), first {first:?}, {:?}",
                    ours.len(),
                    theirs.len(),
                    header.compression
                ));
            }
        }
    }
    (count, bad)
}

#[test]
fn peer_files_read_to_the_samples_that_the_peer_reads() {
    let folder = folder("j2k-theirs");
    if !peer("write", &folder) {
        return;
    }
    let (count, bad) = compare(&folder);
    assert!(count > 300, "{count} files");
    assert!(
        bad.is_empty(),
        "{} of {count}\n{}",
        bad.len(),
        bad.join("\n")
    );
}

/// The planes of a header's channels from packed rows, in the order of the names.
fn split(header: &Header, packed: &[u8]) -> Vec<Vec<u8>> {
    let mut at = 0;
    header
        .channels
        .iter()
        .map(|c| {
            let window = &header.data_window;
            let rows = window.sampled(c.sampling).height as usize;
            let n = row_bytes(c, window) * rows;
            at += n;
            packed[at - n..at].to_vec()
        })
        .collect()
}

/// A file like the one of this header, from packed samples.
fn encode(header: &Header, packed: &[u8]) -> Vec<u8> {
    let planes = split(header, packed);
    let mut writer =
        Writer::create(std::io::Cursor::new(Vec::new()), vec![header.clone()]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let window = header.data_window;
    let order: Vec<ChunkIndex> = encoder.file_order().collect();
    for index in order {
        let region = encoder.chunk_region(index).unwrap().region;
        let refs: Vec<PlaneRef<'_>> = header
            .channels
            .iter()
            .zip(&planes)
            .map(|(c, p)| {
                let (all, here) = (window.sampled(c.sampling), region.sampled(c.sampling));
                let stride = row_bytes(c, &window);
                let from = (here.y - all.y) as usize * stride
                    + (here.x - all.x) as usize * c.sample_type.size();
                PlaneRef {
                    bytes: &p[from..],
                    stride,
                }
            })
            .collect();
        writer
            .commit(encoder.encode(index, &refs).unwrap())
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Mean of the squared differences of R, G and B in code values, capped at the format's range.
fn error(header: &Header, a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (split(header, a), split(header, b));
    let (mut sum, mut n) = (0.0, 0usize);
    for ((c, a), b) in header.channels.iter().zip(&a).zip(&b) {
        let light = |s: &[u8]| match c.sample_type {
            SampleType::Half => f64::from(half::f16::from_le_bytes([s[0], s[1]])),
            SampleType::Float => f64::from(f32::from_le_bytes([s[0], s[1], s[2], s[3]])),
            SampleType::Uint => 0.0,
        };
        let code = |v: f64| {
            let m = v.abs();
            let code = if m <= 1.0 {
                m.powf(1.0 / 2.2)
            } else {
                m.ln() / 2.2 + 1.0
            };
            code.copysign(v)
        };
        let size = c.sample_type.size();
        for (a, b) in a.chunks_exact(size).zip(b.chunks_exact(size)) {
            sum += (code(light(a)) - code(light(b))).powi(2);
            n += 1;
        }
    }
    sum / n as f64
}

#[test]
fn our_files_read_in_the_peer_to_the_samples_that_we_read() {
    let theirs = folder("j2k-sources");
    if !peer("write", &theirs) {
        return;
    }
    let ours = folder("j2k-ours");
    let (mut bad, mut sizes) = (Vec::new(), [(0, 0); 2]);
    let mut errors: Vec<(String, f64, f64, usize, usize)> = Vec::new();
    for path in files_below(&theirs) {
        if path.extension().is_none_or(|e| e != "exr") || path.to_string_lossy().contains("_legacy")
        {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (header, read) = samples(&path).unwrap();
        let source = std::fs::read(path.with_extension("src")).unwrap_or(read.clone());
        let file = encode(&header, &source);
        std::fs::write(ours.join(&name), &file).unwrap();
        let size = std::fs::metadata(&path).unwrap().len() as usize;
        let (_, again) = samples(&ours.join(&name)).unwrap();
        let lossy = header.compression.is_lossy();
        if !lossy && again != source {
            bad.push(format!("{name}: round trip differs"));
        }
        // Unsigned samples of all 32 bits are shifted differently, for better or worse.
        let allowed = if name.contains("mixed") {
            size + size / 100
        } else {
            size
        };
        if !lossy && file.len() > allowed {
            bad.push(format!("{name}: {} bytes, peer {size}", file.len()));
        }
        sizes[usize::from(lossy)].0 += file.len();
        sizes[usize::from(lossy)].1 += size;
        if lossy && !name.contains("chroma") {
            errors.push((
                name,
                error(&header, &source, &again),
                error(&header, &source, &read),
                file.len(),
                size,
            ));
        }
    }
    println!(
        "bytes, ours and the peer's: lossless {:?}, lossy {:?}",
        sizes[0], sizes[1]
    );
    for (name, a, b, file, size) in &errors {
        println!("{name}: error {a:e}, peer {b:e}; {file} bytes, peer {size}");
        if *a > b * 1.05 || *file > size + size / 100 {
            bad.push(format!(
                "{name}: error {a:e}, peer {b:e}; {file} bytes, peer {size}"
            ));
        }
    }
    for (kind, (ours, theirs)) in ["lossless", "lossy"].iter().zip(sizes) {
        assert!(ours <= theirs, "{kind}: {ours} bytes, peer {theirs}");
    }
    assert!(peer("read", &ours));
    let (count, differ) = compare(&ours);
    bad.extend(differ);
    assert!(count > 300, "{count} files");
    assert!(
        bad.is_empty(),
        "{} of {count}\n{}",
        bad.len(),
        bad.join("\n")
    );
}
