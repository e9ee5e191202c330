//! Whole files read and written, by one thread or more, and what that took.
//!
//! Both directions count file I/O. Planes are the caller's and used again, as in a program that reads a sequence; the peer's allocator gives it the memory of
//! the run before, too. (Fresh planes cost a page fault every 4 KiB unless they get huge pages, which decides more than codecs do.) CPU seconds are this thread's own;
//! wall seconds are for more threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use vfx_exr::*;

/// CPU seconds of this thread.
pub fn cpu() -> f64 {
    // The kernel brings the count up to date at its ticks, and when a thread yields.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|t| t.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

/// CPU seconds of a call.
pub fn cpu_of<T>(f: impl FnOnce() -> T) -> f64 {
    let start = cpu();
    let result = f();
    let seconds = cpu() - start;
    drop(result);
    seconds
}

/// Wall seconds of a call.
pub fn wall_of<T>(f: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = f();
    let seconds = start.elapsed().as_secs_f64();
    drop(result);
    seconds
}

pub fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v.get(v.len() / 2).copied().unwrap_or(f64::NAN)
}

pub fn least(v: &[f64]) -> f64 {
    v.iter().copied().fold(f64::INFINITY, f64::min)
}

/// A picture in memory: planes of packed rows.
pub struct Picture {
    pub header: Header,
    pub planes: Vec<Vec<u8>>,
}

impl Picture {
    pub fn bytes(&self) -> usize {
        self.planes.iter().map(Vec::len).sum()
    }
}

pub fn row_bytes(c: &Channel, window: &Box2i) -> usize {
    window.width() as usize * c.sample_type.size()
}

pub fn open(path: &Path) -> Reader {
    Reader::open(std::fs::File::open(path).unwrap(), &Limits::default()).unwrap()
}

/// Some channels of the first part, or all, into planes that are made to fit; bands of lines go to `threads` threads.
pub fn read_into(
    path: &Path,
    channels: Option<&[usize]>,
    threads: usize,
    planes: &mut Vec<Vec<u8>>,
) -> Header {
    let reader = open(path);
    let header = reader.headers()[0].clone();
    let every: Vec<usize> = (0..header.channels.len()).collect();
    let channels = channels.unwrap_or(&every);
    let window = header.data_window;
    let height = window.height() as usize;
    let rows: Vec<usize> = channels
        .iter()
        .map(|&c| row_bytes(&header.channels[c], &window))
        .collect();
    planes.resize_with(rows.len(), Vec::new);
    for (plane, row) in planes.iter_mut().zip(&rows) {
        plane.resize(row * height, 0);
    }
    let lines = header.compression.lines_per_chunk() as usize;
    // A few bands a thread keep both busy to the end.
    let band = (height.div_ceil(4 * threads)).next_multiple_of(lines);
    let band = if threads == 1 { height } else { band };
    let mut bands: Vec<Vec<PlaneMut<'_>>> = (0..height.div_ceil(band)).map(|_| vec![]).collect();
    for (plane, &stride) in planes.iter_mut().zip(&rows) {
        for (bytes, band) in plane.chunks_mut(band * stride).zip(&mut bands) {
            band.push(PlaneMut { bytes, stride });
        }
    }
    let work = Mutex::new(bands.into_iter().enumerate());
    let run = || {
        loop {
            let Some((n, mut out)) = work.lock().unwrap().next() else {
                return;
            };
            let top = window.min.1 + (n * band) as i32;
            let bottom = (top + band as i32 - 1).min(window.max.1);
            let region = Box2i::new((window.min.0, top), (window.max.0, bottom));
            reader.read(0, (0, 0), region, channels, &mut out).unwrap();
        }
    };
    if threads == 1 {
        run();
    } else {
        std::thread::scope(|s| (0..threads).for_each(|_| drop(s.spawn(run))));
    }
    drop(work);
    header
}

/// The first part.
pub fn read(path: &Path) -> Picture {
    let mut planes = Vec::new();
    let header = read_into(path, None, 1, &mut planes);
    Picture { header, planes }
}

/// Writes a scan line file; chunks go out in file order whoever packs them.
pub fn write(path: &Path, header: &Header, planes: &[Vec<u8>], threads: usize) {
    let file = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap());
    let mut writer = Writer::create(file, vec![header.clone()]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let order: Vec<ChunkIndex> = encoder.file_order().collect();
    let window = header.data_window;
    let encode = |index: ChunkIndex| {
        let region = encoder.chunk_region(index).unwrap().region;
        let refs: Vec<PlaneRef<'_>> = encoder
            .header()
            .channels
            .iter()
            .zip(planes)
            .map(|(c, p)| {
                let stride = row_bytes(c, &window);
                let from = (region.min.1 - window.min.1) as usize * stride;
                PlaneRef {
                    bytes: &p[from..],
                    stride,
                }
            })
            .collect();
        encoder.encode(index, &refs).unwrap()
    };
    if threads == 1 {
        for index in order {
            writer.commit(encode(index)).unwrap();
        }
        writer.finish().unwrap();
        return;
    }
    // Chunks wait here for those before them, so that no thread does.
    let next = AtomicUsize::new(0);
    let state = Mutex::new((0, writer, BTreeMap::new()));
    std::thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&index) = order.get(n) else {
                        return;
                    };
                    let chunk = encode(index);
                    let (turn, writer, waiting) = &mut *state.lock().unwrap();
                    waiting.insert(n, chunk);
                    while let Some(chunk) = waiting.remove(turn) {
                        writer.commit(chunk).unwrap();
                        *turn += 1;
                    }
                }
            });
        }
    });
    state.into_inner().unwrap().1.finish().unwrap();
}
