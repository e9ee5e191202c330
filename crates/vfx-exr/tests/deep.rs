//! Deep parts: what is written comes back whole and in pieces, damage is contained, shared files read.

mod support;

use support::*;
use vfx_exr::*;

const COMPRESSIONS: [Compression; 4] = [
    Compression::None,
    Compression::Rle,
    Compression::Zips,
    Compression::Zstd,
];

fn header(compression: Compression, tiles: Option<Tiles>) -> Header {
    let channels = vec![
        Channel::new("A", SampleType::Half),
        Channel::new("Z", SampleType::Float),
        Channel::new("id", SampleType::Uint),
    ];
    let mut h = Header::new(Box2i::new((-5, 3), (17, 21)), channels, compression);
    h.part_type = Some(if tiles.is_some() {
        PartType::DeepTiled
    } else {
        PartType::DeepScanline
    });
    h.tiles = tiles;
    h
}

/// Samples of one level: smooth enough to shrink, with empty pixels and lines.
fn level(h: &Header, window: Box2i, seed: u64) -> DeepSamples {
    let mut noise = Noise(seed);
    let pixels = window.width() * window.height();
    let counts: Vec<u32> = (0..pixels)
        .map(|i| {
            if i / window.width() % 5 == 2 {
                0
            } else {
                (noise.next() % 6) as u32
            }
        })
        .collect();
    let sizes: Vec<usize> = h.channels.iter().map(|c| c.sample_type.size()).collect();
    let mut deep = DeepSamples::with_counts(window, &counts, &sizes).unwrap();
    for (plane, size) in deep.planes.iter_mut().zip(sizes) {
        for (i, v) in plane.chunks_exact_mut(size).enumerate() {
            let bits = (i as u32 / 3 + seed as u32) * 7;
            v.copy_from_slice(&bits.to_ne_bytes()[..size]);
        }
    }
    deep
}

fn write_deep(headers: Vec<Header>) -> (Vec<u8>, Vec<Vec<DeepSamples>>) {
    let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), headers.clone()).unwrap();
    let mut picture = Vec::new();
    for part in 0..headers.len() {
        let encoder = writer.encoder(part).unwrap();
        let levels: Vec<DeepSamples> = encoder
            .levels()
            .iter()
            .map(|l| level(encoder.header(), l.window, 5 + part as u64))
            .collect();
        for index in encoder.file_order().collect::<Vec<_>>() {
            let place = encoder.chunk_region(index).unwrap();
            let at = encoder
                .levels()
                .iter()
                .position(|l| l.index == place.level)
                .unwrap();
            let chunk = levels[at].crop(place.region).unwrap();
            writer
                .commit(encoder.encode_deep(index, &chunk).unwrap())
                .unwrap();
        }
        picture.push(levels);
    }
    (writer.finish().unwrap().into_inner(), picture)
}

fn cases() -> Vec<Header> {
    let mut out = Vec::new();
    for compression in COMPRESSIONS {
        for tiles in [
            None,
            Some(Tiles::new(7, 4)),
            Some(Tiles {
                mode: LevelMode::Mipmap,
                rounding: LevelRounding::Up,
                ..Tiles::new(8, 8)
            }),
        ] {
            for order in [LineOrder::IncreasingY, LineOrder::DecreasingY] {
                let mut h = header(compression, tiles);
                h.line_order = order;
                out.push(h);
            }
        }
    }
    out
}

#[test]
fn deep_samples_round_trip() {
    for h in cases() {
        let label = format!("{:?} {:?}", h.compression, h.tiles);
        let (file, picture) = write_deep(vec![h]);
        let reader = Reader::open(file, &Limits::default()).unwrap();
        let most = picture[0][0..]
            .iter()
            .flat_map(|l| (0..l.pixels()).map(|i| l.count(i)))
            .max();
        assert_eq!(
            reader.headers()[0].attribute("maxSamplesPerPixel"),
            Some(&AttributeValue::Int(most.unwrap() as i32))
        );
        for (l, expected) in reader.levels(0).iter().zip(&picture[0]) {
            let got = reader.read_deep(0, l.index, l.window, &[0, 1, 2]).unwrap();
            assert!(&got == expected, "{label} {:?}", l.index);
        }
        let region = Box2i::new((-2, 5), (11, 16));
        let mut expected = picture[0][0].crop(region).unwrap();
        let got = reader.read_deep(0, (0, 0), region, &[2, 0]).unwrap();
        expected.planes.swap(0, 2);
        expected.planes.swap(1, 2);
        expected.planes.truncate(2);
        assert!(got == expected, "{label} crop");
    }
}

#[test]
fn deep_chunks_are_handed_on() {
    for h in cases() {
        let (file, _) = write_deep(vec![h.clone()]);
        let reader = Reader::open(file.clone(), &Limits::default()).unwrap();
        let mut header = reader.headers()[0].clone();
        header.data_window = Box2i::new((100, -50), (122, -32));
        assert!(header.takes_chunks_of(&h));
        let mut second = header.clone();
        header.name = Some("a".into());
        second.name = Some("b".into());
        let mut writer =
            Writer::create(std::io::Cursor::new(Vec::new()), vec![header, second]).unwrap();
        for part in 0..2 {
            let encoder = writer.encoder(part).unwrap();
            for i in 0..encoder.chunk_count() {
                let packed = reader.packed_chunk(0, i).unwrap();
                writer
                    .commit(encoder.adopt(ChunkIndex(i), &packed).unwrap())
                    .unwrap();
            }
        }
        let moved = Reader::open(writer.finish().unwrap().into_inner(), &Limits::default());
        let moved = moved.unwrap();
        for (a, b) in reader.levels(0).iter().zip(moved.levels(1)) {
            let a = reader.read_deep(0, a.index, a.window, &[0, 1, 2]).unwrap();
            let b = moved.read_deep(1, b.index, b.window, &[0, 1, 2]).unwrap();
            assert!(a.offsets == b.offsets && a.planes == b.planes);
        }
    }
}

#[test]
fn deep_damage_is_contained() {
    let mut noise = Noise(3);
    for h in cases() {
        let (file, picture) = write_deep(vec![h]);
        for _ in 0..40 {
            let mut broken = file.clone();
            let at = 600 + noise.next() as usize % (broken.len() - 600);
            broken[at] ^= 1 << (noise.next() % 8);
            let Ok(reader) = Reader::open(broken, &Limits::default()) else {
                continue;
            };
            let window = reader.headers()[0].data_window;
            let strict = reader.read_deep(0, (0, 0), window, &[0, 1, 2]);
            let (got, damage) = reader
                .read_deep_lenient(0, (0, 0), window, &[0, 1, 2])
                .unwrap();
            assert_eq!(strict.is_ok(), damage.is_empty());
            let bad: Vec<Box2i> = damage
                .iter()
                .map(|d| reader.chunk_region(0, d.chunk).unwrap().region)
                .collect();
            let whole = &picture[0][0];
            for i in 0..whole.pixels() {
                let (x, y) = (
                    window.min.0 + i as i32 % window.width() as i32,
                    window.min.1 + i as i32 / window.width() as i32,
                );
                let pixel = Box2i::new((x, y), (x, y));
                let expected = if bad.iter().any(|b| b.contains(&pixel)) {
                    0
                } else if damage.is_empty() {
                    // A flipped bit of a raw chunk is no damage that shows.
                    got.count(i)
                } else {
                    whole.count(i)
                };
                assert_eq!(got.count(i), expected);
            }
        }
        for i in 0..30 {
            let cut = file[..file.len() * i / 30].to_vec();
            if let Ok(reader) = Reader::open(cut, &Limits::default()) {
                let window = reader.headers()[0].data_window;
                let read = reader.read_deep_lenient(0, (0, 0), window, &[0]);
                let levels = reader.levels(0).len();
                assert!(levels > 1 || !read.unwrap().1.is_empty());
            }
        }
    }
}

#[test]
fn deep_and_flat_calls_do_not_mix() {
    let (file, _) = write_deep(vec![header(Compression::Zips, None)]);
    let reader = Reader::open(file, &Limits::default()).unwrap();
    let window = reader.headers()[0].data_window;
    assert!(matches!(
        reader.read(0, (0, 0), window, &[], &mut []),
        Err(Error::UnsupportedPart { .. })
    ));
    let flat = Header::new(
        Box2i::from_size(2, 2),
        vec![Channel::new("Y", SampleType::Half)],
        Compression::Zip,
    );
    let reader = Reader::open(write(vec![flat], Content::Zero).0, &Limits::default()).unwrap();
    assert!(matches!(
        reader.read_deep(0, (0, 0), Box2i::from_size(2, 2), &[0]),
        Err(Error::UnsupportedPart { .. })
    ));
    let bad = Writer::create(
        std::io::Cursor::new(Vec::new()),
        vec![header(Compression::Piz, None)],
    );
    assert!(matches!(bad, Err(Error::UnsupportedCompression { .. })));
    let limits = Limits {
        max_deep_bytes: 1000,
        ..Limits::default()
    };
    let (file, _) = write_deep(vec![header(Compression::Zips, None)]);
    let reader = Reader::open(file, &limits).unwrap();
    assert!(matches!(
        reader.read_deep(0, (0, 0), window, &[0]),
        Err(Error::Limit { .. })
    ));
}

#[test]
fn wrong_offsets_are_found_by_walking() {
    for deep in [false, true] {
        let file = if deep {
            write_deep(vec![header(Compression::Zips, None)]).0
        } else {
            let mut h = header(Compression::Zips, None);
            h.part_type = None;
            write(vec![h], Content::Smooth).0
        };
        let reader = Reader::open(file.clone(), &Limits::default()).unwrap();
        let window = reader.headers()[0].data_window;
        // Two entries of the table are swapped, a third points into a chunk.
        let table: Vec<usize> = (0..file.len() - 16)
            .filter(|&i| {
                let at = |i: usize| u64::from_le_bytes(file[i..i + 8].try_into().unwrap());
                at(i) == i as u64 + 8 * 19 && at(i + 8) > at(i)
            })
            .collect();
        let start = table[0];
        let mut broken = file.clone();
        broken[start + 8..start + 16].copy_from_slice(&file[start + 16..start + 24]);
        broken[start + 16..start + 24].copy_from_slice(&file[start + 8..start + 16]);
        broken[start + 40] ^= 5;
        let again = Reader::open(broken, &Limits::default()).unwrap();
        if deep {
            let read = |r: &Reader| r.read_deep(0, (0, 0), window, &[0, 1, 2]).unwrap();
            assert!(read(&reader) == read(&again));
            assert_eq!(
                again.packed_chunk(0, 1).unwrap(),
                reader.packed_chunk(0, 1).unwrap()
            );
        } else {
            let l = &reader.levels(0)[0];
            assert!(read_level(&again, 0, l).unwrap() == read_level(&reader, 0, l).unwrap());
        }
    }
}

#[test]
fn shared_deep_files_read() {
    let Some(dir) = shared_files() else { return };
    let mut parts = 0;
    for path in files_below(&dir) {
        if path.extension().is_none_or(|e| e != "exr") || path.to_string_lossy().contains("Damaged")
        {
            continue;
        }
        let Ok(reader) = Reader::open(std::fs::File::open(&path).unwrap(), &Limits::default())
        else {
            continue;
        };
        for (part, h) in reader
            .headers()
            .iter()
            .enumerate()
            .filter(|p| p.1.is_deep())
        {
            let all: Vec<usize> = (0..h.channels.len()).collect();
            match reader.read_deep(part, (0, 0), h.data_window, &all) {
                Ok(deep) => {
                    println!("{}: {} samples", path.display(), deep.total());
                    parts += 1;
                }
                Err(e) => println!("{}: {e} {e:?}", path.display()),
            }
        }
    }
    assert!(parts >= 4, "{parts}");
}
