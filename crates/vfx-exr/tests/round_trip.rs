//! What is written comes back, whole and in pieces, for every lossless compression and layout.

mod support;

use support::*;
use vfx_exr::*;

fn channels(sampled: bool) -> Vec<Channel> {
    let mut list = vec![
        Channel::new("R", SampleType::Half),
        Channel::new("A", SampleType::Float),
        Channel::new("id", SampleType::Uint),
        Channel::new("G", SampleType::Half),
    ];
    if sampled {
        list[0].sampling = (2, 2);
        list[2].sampling = (1, 3);
    }
    list
}

fn lossless() -> impl Iterator<Item = Compression> {
    Compression::ALL
        .into_iter()
        .filter(|c| c.can_write() && !c.is_lossy())
}

fn check(headers: Vec<Header>, content: Content) {
    let label = format!(
        "{:?} {:?} {:?} {content:?}",
        headers[0].compression, headers[0].tiles, headers[0].data_window
    );
    let (file, picture) = write(headers, content);
    let reader = Reader::open(file, &Limits::default()).unwrap();
    for (part, levels) in picture.iter().enumerate() {
        assert_eq!(reader.missing_chunks(part).count(), 0, "{label}");
        let channels = &reader.headers()[part].channels;
        for (level, expected) in reader.levels(part).iter().zip(levels) {
            assert!(
                &read_level(&reader, part, level).unwrap() == expected,
                "{label} {:?}",
                level.index
            );
            let w = level.window;
            let mut noise = Noise(7);
            for wanted in [&[3, 1][..], &[1], &[0, 2], &[0, 1, 2, 3]] {
                let mut pick = |min: i32, size: u64| {
                    let a = noise.next() % size;
                    let b = a + noise.next() % (size - a);
                    (i64::from(min) + a as i64, i64::from(min) + b as i64)
                };
                let ((x0, x1), (y0, y1)) = (pick(w.min.0, w.width()), pick(w.min.1, w.height()));
                let region = Box2i::new((x0 as i32, y0 as i32), (x1 as i32, y1 as i32));
                let got = read(&reader, part, level.index, region, wanted).unwrap();
                for (&c, got) in wanted.iter().zip(got) {
                    assert!(
                        got == crop(&channels[c], &expected[c], &w, &region),
                        "{label} {region:?} channel {c}"
                    );
                }
            }
        }
    }
}

const WINDOWS: [Box2i; 5] = [
    Box2i {
        min: (0, 0),
        max: (0, 0),
    },
    Box2i {
        min: (-7, -13),
        max: (60, 51),
    },
    Box2i {
        min: (i32::MAX - 40, i32::MIN),
        max: (i32::MAX, i32::MIN + 70),
    },
    Box2i {
        min: (3, 5),
        max: (3, 100),
    },
    Box2i {
        min: (-200, 9),
        max: (100, 9),
    },
];

#[test]
fn scan_lines_round_trip() {
    for compression in lossless() {
        for window in WINDOWS {
            for content in [Content::Zero, Content::Smooth, Content::Noise] {
                for order in [LineOrder::IncreasingY, LineOrder::DecreasingY] {
                    let mut h = Header::new(window, channels(false), compression);
                    h.line_order = order;
                    check(vec![h], content);
                }
            }
        }
    }
}

#[test]
fn subsampled_channels_round_trip() {
    for compression in lossless() {
        for window in [
            Box2i::new((-6, -12), (59, 53)),
            Box2i::new((0, 0), (1, 5)),
            Box2i::new((2, 6), (129, 11)),
        ] {
            for content in [Content::Smooth, Content::Noise] {
                check(
                    vec![Header::new(window, channels(true), compression)],
                    content,
                );
            }
        }
    }
}

#[test]
fn tiles_round_trip() {
    for compression in lossless() {
        for window in WINDOWS {
            for mode in [LevelMode::OneLevel, LevelMode::Mipmap, LevelMode::Ripmap] {
                for (rounding, order) in [
                    (LevelRounding::Down, LineOrder::IncreasingY),
                    (LevelRounding::Up, LineOrder::DecreasingY),
                ] {
                    let mut h = Header::new(window, channels(false), compression);
                    h.tiles = Some(Tiles {
                        width: 17,
                        height: 24,
                        mode,
                        rounding,
                    });
                    h.line_order = order;
                    check(vec![h], Content::Smooth);
                }
            }
        }
    }
}

#[test]
fn parts_round_trip() {
    let named = |name: &str, compression| {
        let mut h = Header::new(Box2i::new((-3, -4), (40, 37)), channels(false), compression);
        h.name = Some(name.into());
        h
    };
    let mut tiled = named("tiled", Compression::Zip);
    tiled.tiles = Some(Tiles {
        mode: LevelMode::Mipmap,
        ..Tiles::new(16, 16)
    });
    check(
        vec![
            named("a", Compression::Zips),
            tiled,
            named("b", Compression::None),
        ],
        Content::Smooth,
    );
}

#[test]
fn large_uncompressed_tile_reads_in_pieces() {
    let mut h = Header::new(
        Box2i::new((-3, -4), (300, 200)),
        channels(false),
        Compression::None,
    );
    h.tiles = Some(Tiles::new(256, 256));
    check(vec![h], Content::Noise);
}

#[test]
fn header_fields_round_trip() {
    let mut h = Header::new(Box2i::from_size(5, 4), channels(false), Compression::Zips);
    h.display_window = Box2i::new((i32::MIN, -1), (i32::MAX, 7));
    h.pixel_aspect = 1.5;
    h.screen_window_center = (0.25, -2.0);
    h.screen_window_width = 3.0;
    h.view = Some("left".into());
    h.name = Some("beauty".into());
    h.channels[0].linear = true;
    h.channels[1].name = "a channel name that is longer than thirty-one bytes".into();
    let value = |type_name: &str| AttributeValue::Opaque {
        type_name: type_name.into(),
        bytes: vec![1, 2, 3],
    };
    h.attributes = vec![
        Attribute {
            name: "studio".into(),
            value: value("studioType"),
        },
        Attribute {
            name: "comments".into(),
            value: AttributeValue::String("grain: none".into()),
        },
        Attribute {
            name: "broken".into(),
            value: value("m44f"),
        },
    ];
    let (file, _) = write(vec![h.clone()], Content::Zero);
    let reader = Reader::open(file, &Limits::default()).unwrap();
    h.channels.sort_by(|a, b| a.name.cmp(&b.name));
    h.part_type = Some(PartType::Scanline);
    assert_eq!(reader.headers(), [h]);
}

#[test]
fn threads_give_the_same_file() {
    let header = Header::new(
        Box2i::from_size(333, 200),
        channels(false),
        Compression::Zip,
    );
    let (expected, picture) = write(vec![header.clone()], Content::Smooth);
    let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), vec![header]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let window = encoder.header().data_window;
    let encode = |i: usize| {
        let place = encoder.chunk_region(ChunkIndex(i)).unwrap();
        let refs: Vec<PlaneRef<'_>> = encoder
            .header()
            .channels
            .iter()
            .zip(&picture[0][0])
            .map(|(c, p)| {
                let stride = row_bytes(c, &window);
                PlaneRef {
                    bytes: &p[place.region.min.1 as usize * stride..],
                    stride,
                }
            })
            .collect();
        encoder.encode(ChunkIndex(i), &refs).unwrap()
    };
    let n = encoder.chunk_count();
    let mut chunks: Vec<EncodedChunk> = std::thread::scope(|s| {
        let encode = &encode;
        let threads: Vec<_> = (0..4)
            .map(|t| s.spawn(move || (t..n).step_by(4).map(encode).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect()
    });
    chunks.sort_by_key(EncodedChunk::index);
    chunks.into_iter().for_each(|c| writer.commit(c).unwrap());
    assert!(writer.finish().unwrap().into_inner() == expected);
}

#[test]
fn unfinished_file_reads_as_far_as_it_goes() {
    let header = Header::new(
        Box2i::from_size(20, 40),
        vec![Channel::new("Y", SampleType::Half)],
        Compression::Zip,
    );
    let (mut file, picture) = write(vec![header], Content::Smooth);
    let whole = Reader::open(file.clone(), &Limits::default()).unwrap();
    assert_eq!(whole.chunk_count(0), 3);
    // The table of three entries lies before the first leader: y 0 and its size.
    let first = (0..file.len() - 8)
        .find(|&at| u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) == at as u64 + 24)
        .unwrap();
    file[first..first + 24].fill(0);
    let repaired = Reader::open(file.clone(), &Limits::default()).unwrap();
    assert_eq!(
        read_level(&repaired, 0, &repaired.levels(0)[0]).unwrap(),
        picture[0][0]
    );
    file.truncate(file.len() - 5);
    let cut = Reader::open(file, &Limits::default()).unwrap();
    let window = cut.headers()[0].data_window;
    let mut bytes = vec![0xaa; 20 * 40 * 2];
    let damage = cut
        .read_lenient(
            0,
            (0, 0),
            window,
            &[0],
            &mut [PlaneMut {
                bytes: &mut bytes,
                stride: 40,
            }],
        )
        .unwrap();
    assert_eq!(damage.iter().map(|d| d.chunk).collect::<Vec<_>>(), [2]);
    assert_eq!(bytes[..32 * 40], picture[0][0][0][..32 * 40]);
    assert!(bytes[32 * 40..].iter().all(|&b| b == 0));
}

#[test]
fn lossy_writes_keep_what_they_promise() {
    // PXR24 keeps half and uint and rounds float to 16 bits of mantissa; B44 keeps float and uint.
    let window = Box2i::new((-7, -13), (60, 51));
    for compression in [Compression::Pxr24, Compression::B44, Compression::B44a] {
        for tiles in [None, Some(Tiles::new(17, 24))] {
            let mut h = Header::new(window, channels(false), compression);
            h.tiles = tiles;
            let (file, picture) = write(vec![h], Content::Smooth);
            let reader = Reader::open(file, &Limits::default()).unwrap();
            let got = read_level(&reader, 0, &reader.levels(0)[0]).unwrap();
            for ((c, a), b) in reader.headers()[0]
                .channels
                .iter()
                .zip(&got)
                .zip(&picture[0][0])
            {
                let floats = |p: &[u8]| {
                    p.chunks_exact(4)
                        .map(|q| f32::from_ne_bytes(q.try_into().unwrap()))
                        .collect::<Vec<_>>()
                };
                match (compression, c.sample_type) {
                    (Compression::Pxr24, SampleType::Float) => {
                        let close = floats(a)
                            .into_iter()
                            .zip(floats(b))
                            .all(|(a, b)| (a - b).abs() <= b.abs() / 65536.0);
                        assert!(close, "{compression:?} {tiles:?}");
                    }
                    (Compression::B44 | Compression::B44a, SampleType::Half) => {}
                    _ => assert!(a == b, "{compression:?} {tiles:?} {}", c.name),
                }
            }
            let region = Box2i::new((-2, -9), (30, 20));
            let parts = read(&reader, 0, (0, 0), region, &[1, 2]).unwrap();
            for (c, part) in [1, 2].into_iter().zip(parts) {
                let expected = crop(&reader.headers()[0].channels[c], &got[c], &window, &region);
                assert!(part == expected, "{compression:?} {tiles:?} channel {c}");
            }
        }
    }
}

#[test]
fn writer_refuses_what_the_standard_forbids() {
    let base = || {
        Header::new(
            Box2i::new((1, 0), (8, 7)),
            vec![Channel::new("Y", SampleType::Half)],
            Compression::Zip,
        )
    };
    let create = |headers| Writer::create(std::io::Cursor::new(Vec::new()), headers).map(drop);
    let edited = |edit: fn(&mut Header)| {
        let mut h = base();
        edit(&mut h);
        create(vec![h])
    };
    assert!(create(vec![base()]).is_ok());
    assert!(matches!(create(vec![]), Err(Error::NoSuch { .. })));
    assert!(matches!(
        create(vec![base(), base()]),
        Err(Error::MissingAttribute { name: "name", .. })
    ));
    assert!(matches!(
        edited(|h| h.channels[0].sampling = (2, 2)),
        Err(Error::HeaderValue { .. })
    ));
    assert!(matches!(
        edited(|h| h.channels[0].name = String::new()),
        Err(Error::HeaderValue { .. })
    ));
    assert!(matches!(
        edited(|h| h.line_order = LineOrder::RandomY),
        Err(Error::HeaderValue { .. })
    ));
    assert!(matches!(
        edited(|h| h.channels.push(h.channels[0].clone())),
        Err(Error::Duplicate { .. })
    ));
    assert!(matches!(
        edited(|h| h.part_type = Some(PartType::Other("flat".into()))),
        Err(Error::UnsupportedPart { .. })
    ));
}

#[test]
fn chunks_are_committed_once_and_all() {
    let header = Header::new(
        Box2i::from_size(4, 40),
        vec![Channel::new("Y", SampleType::Half)],
        Compression::Zip,
    );
    let mut writer = Writer::create(std::io::Cursor::new(Vec::new()), vec![header]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let encode = |i| {
        encoder
            .encode(
                ChunkIndex(i),
                &[PlaneRef {
                    bytes: &[1; 128],
                    stride: 8,
                }],
            )
            .unwrap()
    };
    writer.commit(encode(2)).unwrap();
    assert!(matches!(
        writer.commit(encode(2)),
        Err(Error::ChunkTwice { part: 0, chunk: 2 })
    ));
    assert!(matches!(
        encoder.encode(ChunkIndex(3), &[]),
        Err(Error::NoSuch { .. })
    ));
    assert!(matches!(
        encoder.encode(ChunkIndex(0), &[]),
        Err(Error::PlaneCount { .. })
    ));
    let short = [PlaneRef {
        bytes: &[1; 127],
        stride: 8,
    }];
    assert!(matches!(
        encoder.encode(ChunkIndex(0), &short),
        Err(Error::PlaneShape { .. })
    ));
    assert!(matches!(
        writer.finish(),
        Err(Error::Incomplete {
            missing: 2,
            count: 3,
            ..
        })
    ));
}
