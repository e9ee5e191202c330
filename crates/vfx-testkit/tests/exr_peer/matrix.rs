//! Generated files: compression x layout x levels x rounding x line order x window x sampling x types.

use half::f16;
use std::io::Cursor;
use std::path::Path;
use vfx::exr::codec::{
    Box2i, Channel, ChunkIndex, Compression, DeepSamples, Encoder, Header, LevelMode,
    LevelRounding, Limits, LineOrder, PartType, PlaneMut, PlaneRef, Reader, SampleType, Tiles,
    Writer,
};

/// One file.
#[derive(Debug, Clone)]
pub struct Case {
    pub compression: Compression,
    pub window: Box2i,
    pub tiles: Option<Tiles>,
    pub order: LineOrder,
    pub sampled: bool,
    pub deep: bool,
}

fn boxed(x0: i32, y0: i32, x1: i32, y1: i32) -> Box2i {
    Box2i::new((x0, y0), (x1, y1))
}

impl Case {
    /// Every combination; `long` adds larger and stranger windows.
    pub fn all(long: bool) -> Vec<Self> {
        let mut windows = vec![
            boxed(0, 0, 36, 30),
            boxed(-7, -13, 60, 51),
            boxed(3, 5, 3, 104),
            boxed(-200, 9, 57, 9),
        ];
        if long {
            windows.extend([
                boxed(0, 0, 0, 0),
                boxed(1, 2, 257, 600),
                boxed(-1_000_000, 999_999, -999_700, 1_000_255),
            ]);
        }
        let mut tilings = vec![None];
        for (mode, rounding) in [
            (LevelMode::OneLevel, LevelRounding::Down),
            (LevelMode::Mipmap, LevelRounding::Down),
            (LevelMode::Mipmap, LevelRounding::Up),
            (LevelMode::Ripmap, LevelRounding::Down),
            (LevelMode::Ripmap, LevelRounding::Up),
        ] {
            tilings.push(Some(Tiles {
                mode,
                rounding,
                ..Tiles::new(17, 24)
            }));
        }
        let orders = [
            LineOrder::IncreasingY,
            LineOrder::DecreasingY,
            LineOrder::RandomY,
        ];
        let mut out = Vec::new();
        for compression in Compression::ALL {
            let deep_too = matches!(
                compression,
                Compression::None | Compression::Rle | Compression::Zips | Compression::Zstd
            );
            for (&window, &tiles) in windows
                .iter()
                .flat_map(|w| tilings.iter().map(move |t| (w, t)))
            {
                for order in orders {
                    if order == LineOrder::RandomY && tiles.is_none() {
                        continue;
                    }
                    for (sampled, deep) in [(false, false), (true, false), (false, true)] {
                        let skip = sampled && tiles.is_some()
                            || deep && !deep_too
                            || !deep && !compression.can_write()
                            // The JPEG 2000 coders and LJ2K restrict sampling; OpenEXR writes planar then.
                            || sampled && window.width() < 2;
                        if skip {
                            continue;
                        }
                        let window = if sampled { even(window) } else { window };
                        out.push(Self {
                            compression,
                            window,
                            tiles,
                            order,
                            sampled,
                            deep,
                        });
                    }
                }
            }
        }
        out
    }

    pub fn header(&self) -> Header {
        let kinds = [
            ("A", SampleType::Float),
            ("B", SampleType::Half),
            ("G", SampleType::Half),
            ("R", SampleType::Half),
            ("id", SampleType::Uint),
        ];
        let mut channels: Vec<Channel> = kinds.iter().map(|(n, t)| Channel::new(*n, *t)).collect();
        if self.sampled {
            for (name, kind) in [("BY", SampleType::Half), ("RY", SampleType::Float)] {
                let mut c = Channel::new(name, kind);
                c.sampling = (2, 2);
                channels.push(c);
            }
        }
        let mut h = Header::new(self.window, channels, self.compression);
        h.display_window = boxed(0, 0, 63, 63);
        h.tiles = self.tiles;
        h.line_order = self.order;
        if self.deep {
            h.part_type = Some(if self.tiles.is_some() {
                PartType::DeepTiled
            } else {
                PartType::DeepScanline
            });
        }
        h
    }
}

/// The window with corners and sizes that are multiples of 2.
fn even(w: Box2i) -> Box2i {
    let down = |v: i32| v - v.rem_euclid(2);
    let min = (down(w.min.0), down(w.min.1));
    Box2i::new(min, (down(w.max.0) + 1, down(w.max.1) + 1))
}

/// Smooth, with a little noise that depends on the place alone.
fn value(x: i64, y: i64, seed: i64) -> f32 {
    let noise = (x * 7919 + y * 104_729 + seed * 31) as u32;
    let noise = noise.wrapping_mul(2_654_435_761) >> 16;
    let wave = (x as f32 / 7.0).sin() * (y as f32 / 5.0 + seed as f32).cos();
    1.5 + wave + noise as f32 / 2_000_000.0
}

fn push(out: &mut Vec<u8>, kind: SampleType, v: f32) {
    match kind {
        SampleType::Half => out.extend_from_slice(&f16::from_f32(v).to_ne_bytes()),
        SampleType::Float => out.extend_from_slice(&v.to_ne_bytes()),
        SampleType::Uint => out.extend_from_slice(&((v * 1000.0) as u32).to_ne_bytes()),
    }
}

/// The planes of a region of a level.
fn planes(channels: &[Channel], region: &Box2i, level: (u32, u32)) -> Vec<(Vec<u8>, usize)> {
    let one = |(i, c): (usize, &Channel)| {
        let grid = region.sampled(c.sampling);
        let mut bytes = Vec::new();
        for y in grid.y..grid.y + grid.height as i64 {
            for x in grid.x..grid.x + grid.width as i64 {
                let seed = i as i64 + 10 * i64::from(level.0) + 100 * i64::from(level.1);
                push(&mut bytes, c.sample_type, value(x, y, seed));
            }
        }
        (bytes, grid.width as usize * c.sample_type.size())
    };
    channels.iter().enumerate().map(one).collect()
}

fn deep(channels: &[Channel], region: &Box2i, level: (u32, u32)) -> DeepSamples {
    let mut counts = Vec::new();
    let mut planes = vec![Vec::new(); channels.len()];
    for y in i64::from(region.min.1)..=i64::from(region.max.1) {
        for x in i64::from(region.min.0)..=i64::from(region.max.0) {
            let n = (x * 3 + y * 5 + i64::from(level.0)).rem_euclid(4) as u32;
            counts.push(n);
            for (plane, (i, c)) in planes.iter_mut().zip(channels.iter().enumerate()) {
                for s in 0..i64::from(n) {
                    push(plane, c.sample_type, value(x, y, i as i64 + 50 * s));
                }
            }
        }
    }
    let mut out = DeepSamples::with_counts(*region, &counts, &[]).unwrap();
    out.planes = planes;
    out
}

fn encode(encoder: &Encoder, index: ChunkIndex) -> vfx::exr::codec::EncodedChunk {
    let place = encoder.chunk_region(index).unwrap();
    let channels = &encoder.header().channels;
    if encoder.header().is_deep() {
        let samples = deep(channels, &place.region, place.level);
        return encoder.encode_deep(index, &samples).unwrap();
    }
    let planes = planes(channels, &place.region, place.level);
    let refs: Vec<PlaneRef<'_>> = planes
        .iter()
        .map(|(bytes, stride)| PlaneRef {
            bytes,
            stride: *stride,
        })
        .collect();
    encoder.encode(index, &refs).unwrap()
}

/// The file of a case.
pub fn write(case: &Case) -> Vec<u8> {
    let mut writer = Writer::create(Cursor::new(Vec::new()), vec![case.header()]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let mut order: Vec<ChunkIndex> = encoder.file_order().collect();
    if case.order == LineOrder::RandomY {
        // Any order that is neither way.
        order.sort_by_key(|i| i.0 * 7919 % 104_729);
    }
    for index in order {
        writer.commit(encode(&encoder, index)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Every level of a lossless file is what was written.
pub fn check_levels(path: &Path, case: &Case) {
    let reader = Reader::open(std::fs::read(path).unwrap(), &Limits::default()).unwrap();
    let header = &reader.headers()[0];
    let all: Vec<usize> = (0..header.channels.len()).collect();
    for level in reader.levels(0) {
        if case.deep {
            let got = reader
                .read_deep(0, level.index, level.window, &all)
                .unwrap();
            let expected = deep(&header.channels, &level.window, level.index);
            assert!(got == expected, "{case:?} level {:?}", level.index);
            continue;
        }
        let expected = planes(&header.channels, &level.window, level.index);
        let mut got: Vec<(Vec<u8>, usize)> = expected
            .iter()
            .map(|(b, stride)| (vec![0; b.len()], *stride))
            .collect();
        let mut out: Vec<PlaneMut<'_>> = got
            .iter_mut()
            .map(|(bytes, stride)| PlaneMut {
                bytes,
                stride: *stride,
            })
            .collect();
        reader
            .read(0, level.index, level.window, &all, &mut out)
            .unwrap();
        let lossless = !case.compression.is_lossy();
        assert!(
            !lossless || got == expected,
            "{case:?} level {:?}",
            level.index
        );
    }
}

/// The file written again here from its samples; `None` when its compression cannot be written.
pub fn rewritten(reader: &Reader) -> Option<Vec<u8>> {
    let header = reader.headers()[0].clone();
    if !header.is_deep() && !header.compression.can_write() {
        return None;
    }
    let all: Vec<usize> = (0..header.channels.len()).collect();
    let mut writer = Writer::create(Cursor::new(Vec::new()), vec![header.clone()]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    for index in encoder.file_order() {
        let place = encoder.chunk_region(index).unwrap();
        let chunk = if header.is_deep() {
            let samples = reader.read_deep(0, place.level, place.region, &all);
            encoder.encode_deep(index, &samples.unwrap())
        } else {
            let shape = |c: &Channel| {
                let grid = place.region.sampled(c.sampling);
                let stride = grid.width as usize * c.sample_type.size();
                (vec![0; stride * grid.height as usize], stride)
            };
            let mut planes: Vec<(Vec<u8>, usize)> = header.channels.iter().map(shape).collect();
            let mut out: Vec<PlaneMut<'_>> = planes
                .iter_mut()
                .map(|(bytes, stride)| PlaneMut {
                    bytes,
                    stride: *stride,
                })
                .collect();
            let read = reader.read(0, place.level, place.region, &all, &mut out);
            read.unwrap();
            let refs: Vec<PlaneRef<'_>> = planes
                .iter()
                .map(|(bytes, stride)| PlaneRef {
                    bytes,
                    stride: *stride,
                })
                .collect();
            encoder.encode(index, &refs)
        };
        writer.commit(chunk.unwrap()).unwrap();
    }
    Some(writer.finish().unwrap().into_inner())
}
