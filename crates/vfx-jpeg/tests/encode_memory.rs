//! Peak heap of the encoder at 3840x2160, above the caller's rows and the output.

#![allow(unsafe_code, reason = "a counting allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use vfx_jpeg::{Config, Encoder, Mode, Sampling, Script};

struct Counting;
static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed to the system allocator unchanged; only sizes are added up.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: as the system allocator's.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's contract is passed on.
        unsafe { System.alloc(layout) }
    }
    // SAFETY: as the system allocator's.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's contract is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }
    // SAFETY: as the system allocator's.
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's contract is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn peak(sampling: Sampling, mode: Mode) -> usize {
    let (width, height) = (3840usize, 2160usize);
    let mut row = vec![0u8; width * 3];
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let config = Config {
        sampling,
        mode,
        ..Config::default()
    };
    let mut encoder = Encoder::new(width as u32, height as u32, config, std::io::sink()).unwrap();
    for y in 0..height {
        for (i, v) in row.iter_mut().enumerate() {
            *v = ((i * 7 + y * 3) ^ ((i * y) >> 6)) as u8;
        }
        encoder.write_rows(&row).unwrap();
    }
    encoder.finish().unwrap();
    PEAK.load(Ordering::Relaxed) - before
}

/// One test, as the counters are shared.
#[test]
fn peak_memory_stays_below_its_bounds() {
    let progressive = || Mode::Progressive(Script::Level2);
    for (sampling, mode, bound) in [
        (Sampling::S420, Mode::Streaming, 370_000),
        (Sampling::S444, Mode::Streaming, 370_000),
        (Sampling::S420, progressive(), 26_000_000),
        (Sampling::S444, progressive(), 51_000_000),
    ] {
        let found = peak(sampling, mode.clone());
        println!("{sampling:?} {mode:?}: {found} bytes");
        assert!(
            found <= bound,
            "{sampling:?} {mode:?}: {found} above {bound}"
        );
    }
}
