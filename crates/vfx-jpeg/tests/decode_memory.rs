//! Memory of decoding by rows at 3840x2160, counted by the allocator: at most 200 KB to `u8` and 350 KB to `f32`.
//!
//! The file is written here, by hand: grey with noise in every block, so the entropy decoder is at work.

#![allow(unsafe_code, reason = "a counting allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use vfx_jpeg::{Channels, DecodeOptions, Decoder, Sample, SampleKind};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system allocator unchanged; the counters do not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the pointer came from `alloc` above with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A 4:2:0 (or 4:4:4) baseline file with the typical Huffman tables left out.
fn file(width: u16, height: u16, luma: u8, scan: impl Fn(&mut Vec<u8>, usize)) -> Vec<u8> {
    let mut f = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    f.extend([8; 64]);
    f.extend([0xff, 0xc0, 0, 17, 8]);
    f.extend(height.to_be_bytes());
    f.extend(width.to_be_bytes());
    f.extend([3, 1, luma, 0, 2, 0x11, 0, 3, 0x11, 0]);
    f.extend([0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
    let side = usize::from(luma >> 4) * 8;
    let mcus = usize::from(width).div_ceil(side) * usize::from(height).div_ceil(side);
    scan(&mut f, mcus);
    f.extend([0xff, 0xd9]);
    f
}

/// Bits that the typical tables take as blocks: random ones decode to something, as nearly all codes exist.
fn noise(out: &mut Vec<u8>, mcus: usize) {
    let mut seed = 7u32;
    for _ in 0..mcus * 300 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // No 0xFF, so no marker.
        out.push((seed >> 24) as u8 & 0xfe);
    }
}

fn peak<T: Sample>(file: &[u8], samples: SampleKind) -> usize {
    let mut options = DecodeOptions::default();
    options.channels = Channels::Rgb;
    options.samples = samples;
    options.dequantisation_bias = true;
    let mut row = vec![T::default(); 3840 * 3];
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let mut decoder = Decoder::new(options);
    let mut rows = 0;
    for piece in file.chunks(4096) {
        decoder.write(piece).unwrap();
        while decoder.read_rows(&mut row).unwrap() > 0 {
            rows += 1;
        }
        if rows == 2160 {
            break;
        }
    }
    assert_eq!(rows, 2160);
    PEAK.load(Relaxed) - before
}

#[test]
fn memory_of_rows_is_bounded() {
    for luma in [0x22, 0x11] {
        let f = file(3840, 2160, luma, noise);
        let codes = peak::<u8>(&f, SampleKind::Native);
        let floats = peak::<f32>(&f, SampleKind::F32);
        println!("luma {luma:#x}: {codes} bytes to u8, {floats} to f32");
        assert!(codes <= 200_000, "{codes} bytes to u8");
        assert!(floats <= 350_000, "{floats} bytes to f32");
    }
}
