//! Subsampled channels in the compressions that treat channels by name or by width: OpenEXR reads our files to our samples.

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::read_level;
use vfx_exr::*;

const WINDOW: (u64, u64) = (48, 70);

/// Luminance at every pixel, chroma of either float type at fewer.
fn channels(sampling: (u32, u32)) -> Vec<Channel> {
    let kinds = [
        ("BY", SampleType::Float),
        ("RY", SampleType::Half),
        ("Y", SampleType::Half),
    ];
    let mut list = kinds.map(|(n, t)| Channel::new(n, t));
    for c in &mut list[..2] {
        c.sampling = sampling;
    }
    list.to_vec()
}

fn written(compression: Compression, sampling: (u32, u32)) -> Vec<u8> {
    let window = Box2i::from_size(WINDOW.0 as u32, WINDOW.1 as u32);
    let header = Header::new(window, channels(sampling), compression);
    let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), vec![header]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    for index in encoder.file_order() {
        let region = encoder.chunk_region(index).unwrap().region;
        let planes: Vec<(Vec<u8>, usize)> = encoder
            .header()
            .channels
            .iter()
            .map(|c| {
                let grid = region.sampled(c.sampling);
                let mut bytes = Vec::new();
                for y in 0..grid.height {
                    for x in 0..grid.width {
                        let y = y as f32 + region.min.1 as f32 / c.sampling.1 as f32;
                        let v = 0.5 + (x as f32 / 6.0).sin() * (y / 8.0).cos() * 0.4;
                        match c.sample_type {
                            SampleType::Half => {
                                bytes.extend(half::f16::from_f32(v).to_ne_bytes());
                            }
                            _ => bytes.extend(v.to_ne_bytes()),
                        }
                    }
                }
                (bytes, grid.width as usize * c.sample_type.size())
            })
            .collect();
        let refs: Vec<PlaneRef<'_>> = planes
            .iter()
            .map(|(bytes, stride)| PlaneRef {
                bytes,
                stride: *stride,
            })
            .collect();
        writer
            .commit(encoder.encode(index, &refs).unwrap())
            .unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn subsampled_dwa_and_zstd_read_as_the_peer_does() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../.peers/bin/python");
    if !python.exists() {
        println!("SKIPPED: no Python with OpenEXR");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for compression in [Compression::Dwaa, Compression::Dwab, Compression::Zstd] {
        for sampling in [(2, 2), (2, 1), (1, 2)] {
            let name = format!("{compression:?}-{}{}.exr", sampling.0, sampling.1);
            std::fs::write(folder.path().join(name), written(compression, sampling)).unwrap();
        }
    }
    let out = Command::new(python)
        .arg(root.join("tests/peer/subsampled.py"))
        .arg(folder.path())
        .output()
        .expect("the script runs");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let mut compared = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "exr") {
            continue;
        }
        let reader = Reader::open(std::fs::read(&path).unwrap(), &Limits::default()).unwrap();
        let level = reader.levels(0)[0];
        let ours = read_level(&reader, 0, &level).unwrap().concat();
        let theirs = std::fs::read(path.with_extension("raw")).unwrap();
        assert!(!ours.is_empty() && ours == theirs, "{}", path.display());
        compared += 1;
    }
    assert_eq!(compared, 9);
}
