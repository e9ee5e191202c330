//! Sizes of ZIP and ZIPS on clean pictures against plain libdeflate at level 4, which is what OpenEXR writes: the default level is no larger in all, the fast one within a twentieth.

mod support;

use libdeflater::{CompressionLvl, Compressor};
use support::*;
use vfx_exr::*;

/// Packed bytes with this level: the file without its header, offsets and chunk leaders.
fn ours(header: &Header, planes: &[Vec<u8>], method: Compression, level: Option<f32>) -> usize {
    let mut header = header.clone();
    header.compression = method;
    header.compression_level = level;
    let file = write_planes(&header, planes).len();
    header.compression = Compression::None;
    let lines = header.data_window.height() as usize;
    let raw: usize = planes.iter().map(Vec::len).sum();
    // A chunk costs an offset and a leader of eight bytes each.
    let head = write_planes(&header, planes).len() - raw - 16 * lines;
    file - head - 16 * lines.div_ceil(method.lines_per_chunk() as usize)
}

/// Bytes of the chunks as OpenEXR packs them.
fn plain(header: &Header, planes: &[Vec<u8>], method: Compression) -> usize {
    let lines = method.lines_per_chunk() as i32;
    let mut deflater = Compressor::new(CompressionLvl::new(4).unwrap());
    let window = header.data_window;
    let mut total = 0;
    for top in (window.min.1..=window.max.1).step_by(lines as usize) {
        let mut raw = Vec::new();
        for y in top..=window.max.1.min(top + lines - 1) {
            for (c, plane) in header.channels.iter().zip(planes) {
                let step = c.sampling.1 as i32;
                if y.rem_euclid(step) == 0 {
                    let grid = window.sampled(c.sampling);
                    let row = (i64::from(y.div_euclid(step)) - grid.y) as usize;
                    let n = row_bytes(c, &window);
                    raw.extend_from_slice(&plane[row * n..][..n]);
                }
            }
        }
        let mut split: Vec<u8> = raw.iter().step_by(2).copied().collect();
        split.extend(raw.iter().skip(1).step_by(2));
        for i in (1..split.len()).rev() {
            split[i] = split[i].wrapping_sub(split[i - 1]).wrapping_add(128);
        }
        let mut out = vec![0; split.len() + 1000];
        let n = deflater.zlib_compress(&split, &mut out).unwrap();
        total += n.min(raw.len());
    }
    total
}

#[test]
fn zip_sizes_on_clean_pictures() {
    compare(Compression::Zip);
}

#[test]
fn zips_sizes_on_clean_pictures() {
    compare(Compression::Zips);
}

fn compare(method: Compression) {
    let Some(dir) = shared_files() else { return };
    let (mut all, mut all_fast, mut all_plain) = (0, 0, 0);
    for path in files_below(&dir.join("openexr-images")) {
        if path.components().any(|c| c.as_os_str() == "Damaged") {
            continue;
        }
        let Ok(reader) = Reader::open(std::fs::read(&path).unwrap(), &Limits::default()) else {
            continue;
        };
        let header = &reader.headers()[0];
        if header.is_deep() || header.tiles.is_some() {
            continue;
        }
        let Ok(planes) = read_level(&reader, 0, &reader.levels(0)[0]) else {
            continue;
        };
        let plain = plain(header, &planes, method);
        // Small pictures are headers for the most part.
        if plain < 100_000 {
            continue;
        }
        let (default, fast) = (
            ours(header, &planes, method, None),
            ours(header, &planes, method, Some(0.0)),
        );
        let (a, b) = (default as f64 / plain as f64, fast as f64 / plain as f64);
        println!("{a:.4} {b:.4} {}", path.display());
        assert!(a < 1.02 && b < 1.05, "{path:?}: {a} {b}");
        all += default;
        all_fast += fast;
        all_plain += plain;
    }
    println!(
        "all: {:.4} {:.4}",
        all as f64 / all_plain as f64,
        all_fast as f64 / all_plain as f64
    );
    assert!(all <= all_plain, "{all} {all_plain}");
}
