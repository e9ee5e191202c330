//! Peak memory of streamed copies, each in a process of its own.
//!
//! `--copy chunks|pixels FROM TO` is that process: it hands chunks on, or decodes and packs them again one by one, and prints its peak resident set in MB.

use std::path::Path;
use std::process::Command;

use vfx_exr::*;

use crate::timing::{open, row_bytes};

/// Peak resident set of this process in MB.
fn peak_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kb = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kb.unwrap_or(f64::NAN) / 1e3
}

fn create(path: &Path) -> std::io::BufWriter<std::fs::File> {
    std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap())
}

/// A large ZIP file, one chunk of pixels at a time.
pub fn make(path: &Path, side: u32) {
    let channels = ["A", "B", "G", "R"].map(|n| Channel::new(n, SampleType::Half));
    let window = Box2i::from_size(side, side);
    let mut header = Header::new(window, channels.to_vec(), Compression::Zip);
    header.compression_level = Some(0.0);
    let mut writer = Writer::create(create(path), vec![header]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let stride = side as usize * 2;
    for index in encoder.file_order().collect::<Vec<_>>() {
        let region = encoder.chunk_region(index).unwrap().region;
        let sample = |i: usize| ((i * 7 + index.0 * 131) as u16 >> 2 | 0x3000).to_ne_bytes();
        let samples = side as usize * region.height() as usize;
        let bytes: Vec<u8> = (0..samples).flat_map(sample).collect();
        let plane = PlaneRef {
            bytes: &bytes,
            stride,
        };
        writer
            .commit(encoder.encode(index, &[plane; 4]).unwrap())
            .unwrap();
    }
    writer.finish().unwrap();
}

/// The process that copies.
pub fn copy(how: &str, from: &Path, to: &Path) {
    let reader = open(from);
    let header = reader.headers()[0].clone();
    let mut writer = Writer::create(create(to), vec![header.clone()]).unwrap();
    if how == "chunks" {
        writer.copy_part(0, &reader, 0).unwrap();
    } else {
        let encoder = writer.encoder(0).unwrap();
        let all: Vec<usize> = (0..header.channels.len()).collect();
        let mut planes = vec![Vec::new(); all.len()];
        for index in encoder.file_order().collect::<Vec<_>>() {
            let region = encoder.chunk_region(index).unwrap().region;
            let mut out: Vec<PlaneMut<'_>> = planes
                .iter_mut()
                .zip(&header.channels)
                .map(|(p, c)| {
                    let stride = row_bytes(c, &region);
                    p.resize(stride * region.height() as usize, 0);
                    PlaneMut { bytes: p, stride }
                })
                .collect();
            reader.read(0, (0, 0), region, &all, &mut out).unwrap();
            let refs: Vec<PlaneRef<'_>> = out
                .iter()
                .map(|p| PlaneRef {
                    bytes: p.bytes,
                    stride: p.stride,
                })
                .collect();
            writer
                .commit(encoder.encode(index, &refs).unwrap())
                .unwrap();
        }
    }
    writer.finish().unwrap();
    println!("{}", peak_mb());
}

/// Peak in MB of such a process.
pub fn copy_peak(how: &str, from: &Path, to: &Path) -> Option<f64> {
    let program = std::env::current_exe().ok()?;
    let out = Command::new(program)
        .args(["--copy", how])
        .args([from, to])
        .output()
        .ok()?;
    String::from_utf8_lossy(&out.stdout).trim().parse().ok()
}
