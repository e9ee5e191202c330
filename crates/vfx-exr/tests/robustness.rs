//! Damaged, truncated and hostile files: typed errors, no panic, no hang, no memory beyond what the file justifies.

mod support;

use support::checks::{exercise, round_trip, split};
use support::*;
use vfx_exr::*;

/// Small files of every written compression and layout.
fn samples() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let channels = || {
        ["A", "B", "Z"]
            .map(|n| {
                Channel::new(
                    n,
                    if n == "Z" {
                        SampleType::Float
                    } else {
                        SampleType::Half
                    },
                )
            })
            .to_vec()
    };
    for compression in Compression::ALL.into_iter().filter(|c| c.can_write()) {
        let flat = Header::new(Box2i::new((-5, 3), (58, 69)), channels(), compression);
        let mut tiled = flat.clone();
        tiled.tiles = Some(Tiles {
            mode: LevelMode::Ripmap,
            ..Tiles::new(20, 16)
        });
        let named = |h: &Header, name: &str| Header {
            name: Some(name.into()),
            ..h.clone()
        };
        out.push(
            write(
                vec![named(&flat, "flat"), named(&tiled, "tiled")],
                Content::Smooth,
            )
            .0,
        );
        out.push(write(vec![flat], Content::Smooth).0);
    }
    out
}

/// Small deep files of every compression and layout.
fn deep_samples() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for compression in [
        Compression::None,
        Compression::Rle,
        Compression::Zips,
        Compression::Zstd,
    ] {
        for tiles in [None, Some(Tiles::new(7, 5))] {
            let list = ["A", "Z"]
                .map(|n| Channel::new(n, SampleType::Half))
                .to_vec();
            let mut h = Header::new(Box2i::new((-2, 1), (14, 19)), list, compression);
            h.tiles = tiles;
            h.part_type = Some(if tiles.is_some() {
                PartType::DeepTiled
            } else {
                PartType::DeepScanline
            });
            let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), vec![h]).unwrap();
            let encoder = writer.encoder(0).unwrap();
            for index in encoder.file_order() {
                let region = encoder.chunk_region(index).unwrap().region;
                let pixels = (region.width() * region.height()) as u32;
                let counts: Vec<u32> = (0..pixels).map(|i| i % 3).collect();
                let deep = DeepSamples::with_counts(region, &counts, &[2, 2]).unwrap();
                writer
                    .commit(encoder.encode_deep(index, &deep).unwrap())
                    .unwrap();
            }
            out.push(writer.finish().unwrap().into_inner());
        }
    }
    out
}

fn shared_samples() -> Vec<Vec<u8>> {
    let Some(dir) = shared_files() else {
        return Vec::new();
    };
    files_below(&dir.join("compression"))
        .into_iter()
        .filter(|p| {
            p.extension().is_some_and(|e| e == "exr") && !p.to_string_lossy().contains("decoded")
        })
        .map(|p| std::fs::read(p).unwrap())
        .collect()
}

#[test]
fn truncated_files_fail_typed() {
    for file in samples()
        .into_iter()
        .chain(deep_samples())
        .chain(shared_samples())
    {
        let unsupported = matches!(
            exercise(file.clone()),
            Err(Error::UnsupportedCompression { .. })
        );
        for i in 0..50 {
            let cut = file[..file.len() * i / 50].to_vec();
            assert!(exercise(cut).is_err() || unsupported, "cut at {i}/50");
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let mut noise = Noise(42);
    let deep = deep_samples().into_iter().map(|f| (f, 300));
    let own = samples().into_iter().map(|f| (f, 300)).chain(deep);
    for (file, rounds) in own.chain(shared_samples().into_iter().map(|f| (f, 30))) {
        for round in 0..rounds {
            let mut broken = file.clone();
            for _ in 0..=round % 4 {
                // Half of the flips hit the headers and the offset table.
                let reach = if noise.next() & 1 == 0 {
                    broken.len().min(700)
                } else {
                    broken.len()
                };
                let at = noise.next() as usize % reach;
                broken[at] ^= 1 << (noise.next() % 8);
                if noise.next() & 3 == 0 {
                    broken[at] = [0, 0xff, 0x7f, 0x80][noise.next() as usize % 4];
                }
            }
            let _ = exercise(broken);
        }
    }
}

/// CPU seconds that each of the random tests takes in all: `VFX_EXR_FUZZ_SECONDS`, or a few.
fn patience() -> f64 {
    let seconds = std::env::var("VFX_EXR_FUZZ_SECONDS").ok();
    seconds.and_then(|s| s.parse().ok()).unwrap_or(5.0)
}

/// CPU seconds of this thread, so that a busy machine does not shorten a test; wall seconds where the kernel does not say.
fn clock() -> f64 {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = text.and_then(|t| t.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |n| n / 1e9)
}

/// Calls `f` until `seconds` have gone, and at least once; returns how often.
fn repeat(seconds: f64, mut f: impl FnMut()) -> usize {
    let end = clock() + seconds;
    let mut count = 0;
    loop {
        f();
        count += 1;
        if clock() >= end {
            return count;
        }
    }
}

/// Damages packed data only, so that decoders get further than with any byte: flips, runs, moved and doubled pieces.
fn damage(file: &mut [u8], noise: &mut Noise) {
    let head = (file.len() / 8).max(700).min(file.len() - 1);
    let mut place = || head + noise.next() as usize % (file.len() - head);
    let (from, to) = (place(), place());
    let n = (1 << (noise.next() % 9)).min(file.len() - from.max(to));
    match noise.next() % 4 {
        0 => file.copy_within(from..from + n, to),
        1 => file[from..from + n].fill([0, 0xff, 0x80][noise.next() as usize % 3]),
        2 => file[from] ^= 1 << (noise.next() % 8),
        _ => file[from..from + n]
            .iter_mut()
            .for_each(|b| *b = noise.next() as u8),
    }
}

#[test]
fn damaged_chunks_of_every_compression_never_panic() {
    let mut noise = Noise(7);
    let mut cases = 0;
    let files: Vec<_> = samples().into_iter().chain(deep_samples()).collect();
    for file in &files {
        cases += repeat(patience() / files.len() as f64, || {
            let mut broken = file.clone();
            for _ in 0..=noise.next() % 3 {
                damage(&mut broken, &mut noise);
            }
            if noise.next().is_multiple_of(4) {
                split(&broken, noise.next());
            } else {
                _ = exercise(broken);
            }
        });
    }
    println!("{cases} damaged files");
}

#[test]
fn split_input_gives_the_same_samples() {
    let mut noise = Noise(11);
    let mut cases = 0;
    let files: Vec<_> = samples()
        .into_iter()
        .chain(deep_samples())
        .chain(shared_samples())
        .collect();
    for file in &files {
        cases += repeat(patience() / files.len() as f64, || {
            split(file, noise.next());
        });
    }
    println!("{cases} ways to read");
}

#[test]
fn any_layout_and_content_round_trips() {
    let mut noise = Noise(13);
    let cases = repeat(patience(), || {
        let n = noise.next() % 3000;
        // Few symbols make runs and matches, many make noise.
        let mask = [0xff, 0x03, 0x41][noise.next() as usize % 3];
        let mut data: Vec<u8> = (0..15).map(|_| noise.next() as u8).collect();
        data.extend((0..n).map(|_| noise.next() as u8 & mask));
        round_trip(&data);
    });
    println!("{cases} pictures");
}

/// A file of one chunk whose header declares what the caller wants.
fn declared(window: Box2i, tiles: Option<Tiles>, compression: Compression) -> Vec<u8> {
    let mut h = Header::new(
        Box2i::from_size(1, 1),
        vec![Channel::new("Y", SampleType::Half)],
        compression,
    );
    h.tiles = tiles;
    let (mut file, _) = write(vec![h], Content::Zero);
    let at = file.windows(11).position(|w| w == b"dataWindow\0").unwrap() + 11 + 6 + 4;
    for (i, v) in [window.min.0, window.min.1, window.max.0, window.max.1]
        .into_iter()
        .enumerate()
    {
        file[at + 4 * i..at + 4 * i + 4].copy_from_slice(&v.to_le_bytes());
    }
    file
}

#[test]
fn declared_sizes_are_limited() {
    let huge = Box2i::new((i32::MIN, i32::MIN), (i32::MAX, i32::MAX));
    let open = |window, tiles| {
        Reader::open(
            declared(window, tiles, Compression::Zip),
            &Limits::default(),
        )
    };
    assert!(matches!(
        open(huge, None),
        Err(Error::Limit {
            what: "data window width",
            ..
        })
    ));
    let wide = Box2i::from_size(1 << 21, 1 << 21);
    assert!(matches!(
        open(wide, None),
        Err(Error::Limit { what: "pixels", .. })
    ));
    let large = Box2i::from_size(200_000, 200_000);
    assert!(matches!(
        open(large, Some(Tiles::new(1, 1))),
        Err(Error::Limit { what: "chunks", .. })
    ));
    assert!(matches!(
        open(Box2i::new((1, 1), (0, 0)), None),
        Err(Error::HeaderValue { .. })
    ));
    // Allowed, but the file has neither the table nor the chunks: nothing is allocated for them.
    let reader = open(large, None).unwrap();
    assert_eq!(reader.missing_chunks(0).count(), reader.chunk_count(0));
}

#[test]
fn small_chunk_cannot_unpack_to_much() {
    for compression in Compression::ALL
        .into_iter()
        .filter(|c| c.can_write() && *c != Compression::None)
    {
        let window = Box2i::from_size(200_000, 1);
        let h = Header::new(
            window,
            vec![Channel::new("Y", SampleType::Float)],
            compression,
        );
        let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), vec![h]).unwrap();
        let encoder = writer.encoder(0).unwrap();
        let plane = vec![0; 800_000];
        writer
            .commit(
                encoder
                    .encode(
                        ChunkIndex(0),
                        &[PlaneRef {
                            bytes: &plane,
                            stride: 0,
                        }],
                    )
                    .unwrap(),
            )
            .unwrap();
        let file = writer.finish().unwrap().into_inner();
        // What the encoder packs must pass; a wider window over the same bytes must not.
        exercise(file.clone()).unwrap();
        let mut bomb = file;
        let at = bomb.windows(11).position(|w| w == b"dataWindow\0").unwrap() + 11 + 6 + 4 + 8;
        bomb[at..at + 4].copy_from_slice(&999_999i32.to_le_bytes());
        let error = exercise(bomb).unwrap_err();
        assert!(
            matches!(error, Error::Corrupt { .. }),
            "{compression:?}: {error:?}"
        );
    }
}

#[test]
fn bad_calls_are_typed() {
    let (file, _) = write(
        vec![Header::new(
            Box2i::from_size(8, 8),
            vec![Channel::new("Y", SampleType::Half)],
            Compression::Zip,
        )],
        Content::Zero,
    );
    let reader = Reader::open(file, &Limits::default()).unwrap();
    let window = Box2i::from_size(8, 8);
    let mut small = [0; 100];
    let mut call = |part, level, region, channels: &[usize], stride| {
        reader.read(
            part,
            level,
            region,
            channels,
            &mut [PlaneMut {
                bytes: &mut small,
                stride,
            }],
        )
    };
    assert!(matches!(
        call(1, (0, 0), window, &[0], 16),
        Err(Error::NoSuch { what: "part", .. })
    ));
    assert!(matches!(
        call(0, (1, 0), window, &[0], 16),
        Err(Error::NoSuch { what: "level", .. })
    ));
    assert!(matches!(
        call(0, (0, 0), window, &[1], 16),
        Err(Error::NoSuch {
            what: "channel",
            ..
        })
    ));
    assert!(matches!(
        call(0, (0, 0), window, &[], 16),
        Err(Error::PlaneCount {
            expected: 0,
            found: 1
        })
    ));
    assert!(matches!(
        call(0, (0, 0), window, &[0], 16),
        Err(Error::PlaneShape {
            expected: 128,
            found: 100,
            ..
        })
    ));
    assert!(matches!(
        call(0, (0, 0), window, &[0], 8),
        Err(Error::PlaneShape { .. })
    ));
    assert!(matches!(
        call(0, (0, 0), Box2i::from_size(9, 8), &[0], 16),
        Err(Error::RegionOutside { .. })
    ));
}
