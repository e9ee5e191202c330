//! Pictures in memory, whole-level reads and writes, and where the shared test files are.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod checks;

use std::io::Cursor;
use std::path::PathBuf;

use vfx_exr::*;

/// Deterministic 64-bit noise (SplitMix64).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// What the samples look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Zero,
    Smooth,
    Noise,
}

/// One channel's samples of one level, rows packed.
pub fn plane(channel: &Channel, window: &Box2i, content: Content, seed: u64) -> Vec<u8> {
    let grid = window.sampled(channel.sampling);
    let mut noise = Noise(seed);
    let mut out = Vec::new();
    for y in 0..grid.height {
        for x in 0..grid.width {
            let bits = match content {
                Content::Zero => 0,
                Content::Smooth => (x * 37 + y * 91 + seed) >> 2,
                Content::Noise => noise.next(),
            };
            match (channel.sample_type, content) {
                (SampleType::Half, _) => out.extend_from_slice(&(bits as u16).to_ne_bytes()),
                (SampleType::Float, Content::Smooth) => {
                    out.extend_from_slice(&(bits as f32 * 0.01).to_ne_bytes())
                }
                _ => out.extend_from_slice(&(bits as u32).to_ne_bytes()),
            }
        }
    }
    out
}

pub fn row_bytes(channel: &Channel, window: &Box2i) -> usize {
    window.sampled(channel.sampling).width as usize * channel.sample_type.size()
}

/// All levels of all parts: `[part][level][channel]`.
pub type Picture = Vec<Vec<Vec<Vec<u8>>>>;

/// Writes parts of generated content; returns the file and what went in.
pub fn write(headers: Vec<Header>, content: Content) -> (Vec<u8>, Picture) {
    let parts = headers.len();
    let mut writer = Writer::create(Cursor::new(Vec::new()), headers).unwrap();
    let mut picture = Picture::new();
    for part in 0..parts {
        let encoder = writer.encoder(part).unwrap();
        let channels = encoder.header().channels.clone();
        let levels = encoder.levels();
        let planes: Vec<Vec<Vec<u8>>> = levels
            .iter()
            .map(|l| {
                channels
                    .iter()
                    .zip(1u64..)
                    .map(|(c, i)| plane(c, &l.window, content, i + 100 * part as u64))
                    .collect()
            })
            .collect();
        let order: Vec<ChunkIndex> = encoder.file_order().collect();
        for index in order {
            let place = encoder.chunk_region(index).unwrap();
            let at = levels.iter().position(|l| l.index == place.level).unwrap();
            let window = levels[at].window;
            let refs: Vec<PlaneRef<'_>> = channels
                .iter()
                .zip(&planes[at])
                .map(|(c, p)| {
                    let (all, here) =
                        (window.sampled(c.sampling), place.region.sampled(c.sampling));
                    let stride = row_bytes(c, &window);
                    let from = (here.y - all.y) as usize * stride
                        + (here.x - all.x) as usize * c.sample_type.size();
                    PlaneRef {
                        bytes: p.get(from..).unwrap_or(&[]),
                        stride,
                    }
                })
                .collect();
            writer
                .commit(encoder.encode(index, &refs).unwrap())
                .unwrap();
        }
        picture.push(planes);
    }
    (writer.finish().unwrap().into_inner(), picture)
}

/// A region of some channels, rows packed.
pub fn read(
    reader: &Reader,
    part: usize,
    level: (u32, u32),
    region: Box2i,
    channels: &[usize],
) -> Result<Vec<Vec<u8>>, Error> {
    let list = &reader.headers()[part].channels;
    let mut planes: Vec<Vec<u8>> = channels
        .iter()
        .map(|&c| {
            vec![
                0xaa;
                row_bytes(&list[c], &region) * region.sampled(list[c].sampling).height as usize
            ]
        })
        .collect();
    let mut out: Vec<PlaneMut<'_>> = planes
        .iter_mut()
        .zip(channels)
        .map(|(p, &c)| PlaneMut {
            bytes: p,
            stride: row_bytes(&list[c], &region),
        })
        .collect();
    reader.read(part, level, region, channels, &mut out)?;
    drop(out);
    Ok(planes)
}

/// Every channel of a level.
pub fn read_level(reader: &Reader, part: usize, level: &Level) -> Result<Vec<Vec<u8>>, Error> {
    let all: Vec<usize> = (0..reader.headers()[part].channels.len()).collect();
    read(reader, part, level.index, level.window, &all)
}

/// The region's share of a packed plane of `window`.
pub fn crop(channel: &Channel, plane: &[u8], window: &Box2i, region: &Box2i) -> Vec<u8> {
    let (all, here) = (
        window.sampled(channel.sampling),
        region.sampled(channel.sampling),
    );
    let (stride, sample) = (row_bytes(channel, window), channel.sample_type.size());
    let mut out = Vec::new();
    for row in 0..here.height as usize {
        let from = ((here.y - all.y) as usize + row) * stride + (here.x - all.x) as usize * sample;
        out.extend_from_slice(&plane[from..from + here.width as usize * sample]);
    }
    out
}

/// The shared OpenEXR files; prints why a test skips when they are absent.
pub fn shared_files() -> Option<PathBuf> {
    let dir = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/exr"
    ));
    if !dir.is_dir() {
        println!("SKIPPED: shared OpenEXR files are missing");
        return None;
    }
    Some(dir)
}

/// All files below a folder, sorted.
pub fn files_below(dir: &std::path::Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path)
            } else {
                out.push(path)
            }
        }
    }
    out.sort();
    out
}

/// One part of one level.
pub fn write_planes(header: &Header, planes: &[Vec<u8>]) -> Vec<u8> {
    let mut writer =
        Writer::create(std::io::Cursor::new(Vec::new()), vec![header.clone()]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let order: Vec<ChunkIndex> = encoder.file_order().collect();
    let window = header.data_window;
    for index in order {
        let region = encoder.chunk_region(index).unwrap().region;
        let refs: Vec<PlaneRef<'_>> = encoder
            .header()
            .channels
            .iter()
            .zip(planes)
            .map(|(c, p)| {
                let (all, here) = (window.sampled(c.sampling), region.sampled(c.sampling));
                let stride = row_bytes(c, &window);
                let from = (here.y - all.y) as usize * stride
                    + (here.x - all.x) as usize * c.sample_type.size();
                PlaneRef {
                    bytes: p.get(from..).unwrap_or(&[]),
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
