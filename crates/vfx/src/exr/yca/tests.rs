//! Against samples of OpenEXR's RGBA interface, kept as hashes.

use super::*;
use crate::exr::luma::weights_of;
use std::path::Path;
use vfx_exr::{AttributeValue, Limits, PlaneMut, Reader};

/// Files of the OpenEXR image collection, and the FNV-1a hash of all R, G, B (as 16-bit words, pixel by pixel) that `RgbaInputFile` of OpenEXR 3.1.5 reads from them.
const GOLDEN: [(&str, u64); 3] = [
    ("LuminanceChroma/Flowers.exr", 0x7e7b_83b2_5a7a_86b7),
    ("Chromaticities/Rec709_YC.exr", 0x7cba_beff_11ad_f154),
    ("Chromaticities/XYZ_YC.exr", 0xb5ed_8e05_77ea_a8d2),
];

/// A channel of halves at every pixel, samples repeated, with a border of the nearest.
fn channel(reader: &Reader, name: &str) -> Vec<f32> {
    let header = &reader.headers()[0];
    let window = header.data_window;
    let find = header.channels.iter().position(|c| c.name == name);
    let at = find.expect("a luminance-chroma file");
    let (step, _) = header.channels[at].sampling;
    let grid = window.sampled(header.channels[at].sampling);
    let stride = grid.width as usize * 2;
    let mut bytes = vec![0; stride * grid.height as usize];
    let plane = PlaneMut {
        bytes: &mut bytes,
        stride,
    };
    reader.read(0, (0, 0), window, &[at], &mut [plane]).unwrap();
    let (width, height) = (window.width() as i64, window.height() as i64);
    let mut out = Vec::new();
    for y in -REACH..height + REACH {
        for x in -REACH..width + REACH {
            let x = x.clamp(0, width - 1) as usize / step as usize;
            let y = y.clamp(0, height - 1) as usize / step as usize;
            let pair = &bytes[y * stride + 2 * x..][..2];
            out.push(f16::from_ne_bytes([pair[0], pair[1]]).to_f32());
        }
    }
    out
}

fn hash(path: &Path, columns: i64) -> u64 {
    let reader = Reader::open(std::fs::read(path).unwrap(), &Limits::default()).unwrap();
    let planes = ["Y", "RY", "BY"].map(|name| channel(&reader, name));
    let header = &reader.headers()[0];
    let stated = match header.attribute("chromaticities") {
        Some(AttributeValue::Chromaticities(c)) => c.to_vec(),
        _ => Vec::new(),
    };
    let window = header.data_window;
    let (x0, y0) = (i64::from(window.min.0), i64::from(window.min.1));
    let (x1, y1) = (i64::from(window.max.0) + 1, i64::from(window.max.1) + 1);
    let all = Region::new(x0, y0, x1, y1);
    let op = FromLuminance {
        weights: weights_of(&stated).unwrap(),
        window: all,
    };
    let size = all.width() * all.height();
    let mut out = [vec![0.0; size], vec![0.0; size], vec![0.0; size]];
    // In blocks that meet at odd and even places.
    for top in (y0..y1).step_by(columns as usize) {
        for left in (x0..x1).step_by(columns as usize) {
            let right = (left + columns).min(x1);
            let region = Region::new(left, top, right, (top + columns).min(y1));
            let input = Block {
                region: Region::new(x0 - REACH, y0 - REACH, x1 + REACH, y1 + REACH),
                stride: all.width() + 2 * REACH as usize,
                planes: planes.iter().map(Vec::as_slice).collect(),
            };
            let from = (top - y0) as usize * all.width() + (left - x0) as usize;
            let mut block = BlockMut {
                region,
                stride: all.width(),
                planes: out.iter_mut().map(|p| &mut p[from..]).collect(),
            };
            op.run(0, &[input], &mut block);
        }
    }
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for i in 0..size {
        for plane in &out {
            let word = u64::from(f16::from_f32(plane[i]).to_bits());
            hash = (hash ^ word).wrapping_mul(0x100_0000_01b3);
        }
    }
    hash
}

#[test]
fn luminance_and_chroma_are_the_rgb_of_openexr() {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/exr/openexr-images"
    );
    for (name, golden) in GOLDEN {
        let path = Path::new(root).join(name);
        if !path.exists() {
            println!("SKIPPED: {name} is not there");
            continue;
        }
        for columns in [4096, 131] {
            assert_eq!(
                hash(&path, columns),
                golden,
                "{name} in blocks of {columns}"
            );
        }
    }
}
