//! Peak memory above the caller's buffers, by an allocator that counts.

#![allow(unsafe_code, reason = "a global allocator")]

use crate::{Picture, config};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use vfx_jpeg::{DecodeOptions, Decoder, Encoder, Mode, SampleKind, Sampling, Script};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(held, Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn peak(work: impl FnOnce()) -> f64 {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    work();
    (PEAK.load(Relaxed) - before) as f64 / 1024.0
}

/// Takes bytes and forgets them.
struct Away;

impl Write for Away {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Rows in and out one by one.
pub fn table(p: &Picture) {
    println!("\n| peak above the caller's buffers, KB | 4:2:0 | 4:4:4 |");
    println!("|---|--:|--:|");
    let both = [Sampling::S420, Sampling::S444];
    for (name, mode) in [
        ("streaming encode", Mode::Streaming),
        ("progressive encode", Mode::Progressive(Script::Level2)),
    ] {
        let peaks = both.map(|sampling| {
            let config = config(sampling, mode.clone());
            peak(|| {
                let size = (p.width as u32, p.height as u32);
                let mut e = Encoder::new(size.0, size.1, config, Away).expect("sound");
                for row in p.rgb.chunks_exact(3 * p.width) {
                    e.write_rows(row).expect("rows");
                }
                e.finish().expect("nothing fails");
            })
        });
        println!("| {name} | {:.0} | {:.0} |", peaks[0], peaks[1]);
    }
    for (name, mode, samples) in [
        ("decode baseline to u8", Mode::Streaming, SampleKind::Native),
        ("decode baseline to f32", Mode::Streaming, SampleKind::F32),
        (
            "decode progressive to u8",
            Mode::Progressive(Script::Level2),
            SampleKind::Native,
        ),
    ] {
        let peaks = both.map(|sampling| {
            let file = crate::encode(p, config(sampling, mode.clone()));
            let (mut bytes, mut floats) = (vec![0u8; 3 * p.width], vec![0f32; 3 * p.width]);
            let mut options = DecodeOptions::default();
            options.samples = samples;
            peak(|| {
                let mut d = Decoder::new(options);
                let mut drain = |d: &mut Decoder| {
                    if d.header().is_none() {
                        return;
                    }
                    if samples == SampleKind::F32 {
                        while d.read_rows(&mut floats).expect("sound") > 0 {}
                    } else {
                        while d.read_rows(&mut bytes).expect("sound") > 0 {}
                    }
                };
                for piece in file.chunks(4096) {
                    d.write(piece).expect("sound");
                    drain(&mut d);
                }
                d.finish().expect("sound");
                drain(&mut d);
            })
        });
        println!("| {name} | {:.0} | {:.0} |", peaks[0], peaks[1]);
    }
}
