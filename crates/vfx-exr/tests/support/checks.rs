//! What must hold for any bytes and any picture: the checks of the robustness tests and of the fuzz targets.
//!
//! [`exercise`]: no panic, and strict and lenient reading agree on what is damaged. [`split`]: the same samples, and the same verdict, however short the source's
//! reads are and whatever rectangle is asked for. [`round_trip`]: a picture whose layout and samples come from the bytes is read back as it was written.

use super::*;

/// Small limits keep a hostile header from asking for gigabytes of planes.
pub fn limits() -> Limits {
    Limits {
        max_pixels: 1 << 20,
        max_chunk_bytes: 1 << 24,
        max_chunks: 1 << 16,
        max_deep_bytes: 1 << 26,
        ..Limits::default()
    }
}

/// Most bytes of planes that one level may ask of a check.
const MOST: u64 = 1 << 26;

fn too_large(header: &Header, level: &Level) -> bool {
    let bytes: usize = header.channels.iter().map(|c| c.sample_type.size()).sum();
    (bytes as u64).saturating_mul(level.window.width() * level.window.height()) > MOST
}

/// Opens and reads everything, strictly and leniently; the two must agree on whether there is damage.
pub fn exercise(file: Vec<u8>) -> Result<(), Error> {
    let reader = Reader::open(file, &limits())?;
    let mut first = Ok(());
    for (part, header) in reader.headers().iter().enumerate() {
        let all: Vec<usize> = (0..header.channels.len()).collect();
        for level in reader.levels(part) {
            if too_large(header, &level) {
                continue;
            }
            if header.is_deep() {
                let strict = reader.read_deep(part, level.index, level.window, &all);
                let lenient = reader.read_deep_lenient(part, level.index, level.window, &all);
                match (&strict, &lenient) {
                    (Ok(a), Ok((b, damage))) => assert!(damage.is_empty() && a == b),
                    (Err(Error::Corrupt { .. } | Error::MissingChunk { .. }), Ok((_, damage))) => {
                        assert!(!damage.is_empty());
                    }
                    (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                    (a, b) => panic!("{:?} {:?}", a.is_ok(), b.is_ok()),
                }
                first = first.and(strict.map(drop));
                continue;
            }
            let strict = read_level(&reader, part, &level);
            let mut planes: Vec<Vec<u8>> = header
                .channels
                .iter()
                .map(|c| {
                    let rows = level.window.sampled(c.sampling).height as usize;
                    vec![0; row_bytes(c, &level.window) * rows]
                })
                .collect();
            let mut out: Vec<PlaneMut<'_>> = planes
                .iter_mut()
                .zip(&header.channels)
                .map(|(p, c)| PlaneMut {
                    bytes: p,
                    stride: row_bytes(c, &level.window),
                })
                .collect();
            let lenient = reader.read_lenient(part, level.index, level.window, &all, &mut out);
            drop(out);
            match (&strict, &lenient) {
                (Ok(samples), Ok(damage)) => assert!(damage.is_empty() && samples == &planes),
                (Err(Error::Corrupt { .. } | Error::MissingChunk { .. }), Ok(damage)) => {
                    assert!(!damage.is_empty())
                }
                (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                (Ok(_), Err(e)) => panic!("lenient alone fails: {e}"),
                (Err(e), Ok(_)) => panic!("strict alone fails: {e}"),
            }
            first = first.and(strict.map(drop));
        }
    }
    first
}

/// A source whose reads give fewer bytes than were asked for.
struct Short {
    bytes: Vec<u8>,
    most: usize,
}

impl ReadAt for Short {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(1 + offset as usize % self.most);
        self.bytes.read_at(offset, &mut buf[..n])
    }

    fn size(&self) -> std::io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }
}

/// A rectangle inside of a window, other ones for other seeds.
fn piece(window: &Box2i, noise: &mut Noise) -> Box2i {
    let mut range = |min: i32, size: u64| {
        let from = noise.next() % size;
        let to = from + noise.next() % (size - from);
        (
            (i64::from(min) + from as i64) as i32,
            (i64::from(min) + to as i64) as i32,
        )
    };
    let (x0, x1) = range(window.min.0, window.width());
    let (y0, y1) = range(window.min.1, window.height());
    Box2i::new((x0, y0), (x1, y1))
}

/// Reads a file through short reads and in pieces; both must give what the whole gives.
pub fn split(file: &[u8], seed: u64) {
    let mut noise = Noise(seed);
    let most = 1 << (noise.next() % 14);
    let short = Short {
        bytes: file.to_vec(),
        most,
    };
    let (whole, short) = (
        Reader::open(file.to_vec(), &limits()),
        Reader::open(short, &limits()),
    );
    let (whole, short) = match (whole, short) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(a), Err(b)) => return assert_eq!(a.to_string(), b.to_string()),
        (a, b) => panic!("opens: {} and, short, {}", a.is_ok(), b.is_ok()),
    };
    assert_eq!(whole.headers(), short.headers());
    for (part, header) in whole.headers().iter().enumerate() {
        let all: Vec<usize> = (0..header.channels.len()).collect();
        for level in whole.levels(part) {
            if too_large(header, &level) {
                continue;
            }
            let region = piece(&level.window, &mut noise);
            if header.is_deep() {
                let read = |r: &Reader, region| r.read_deep(part, level.index, region, &all);
                let (a, b) = (read(&whole, level.window), read(&short, level.window));
                match (&a, &b) {
                    (Ok(a), Ok(b)) => assert_eq!(a, b),
                    (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                    (a, b) => panic!("deep: {} and, short, {}", a.is_ok(), b.is_ok()),
                }
                if a.is_ok() {
                    read(&whole, region).expect("a piece of what was read");
                }
                continue;
            }
            let (a, b) = (
                read_level(&whole, part, &level),
                read_level(&short, part, &level),
            );
            match (&a, &b) {
                (Ok(a), Ok(b)) => assert!(a == b, "short reads change samples"),
                (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                (a, b) => panic!("flat: {} and, short, {}", a.is_ok(), b.is_ok()),
            }
            let Ok(a) = a else {
                continue;
            };
            let pieces = read(&whole, part, level.index, region, &all).expect("a piece");
            for ((channel, plane), piece) in header.channels.iter().zip(&a).zip(&pieces) {
                let expected = crop(channel, plane, &level.window, &region);
                assert!(*piece == expected, "{} differs in {region:?}", channel.name);
            }
        }
    }
}

/// Writes a picture whose layout the first bytes and whose samples all bytes choose, and reads it back.
pub fn round_trip(data: &[u8]) {
    let at = |i: usize| u32::from(data.get(i).copied().unwrap_or(0));
    let methods: Vec<Compression> = Compression::ALL
        .into_iter()
        .filter(|c| c.can_write())
        .collect();
    let types = [SampleType::Half, SampleType::Float, SampleType::Uint];
    let list = (0..1 + at(1) % 5)
        .map(|i| {
            let kind = types[(at(2 + i as usize) % 3) as usize];
            Channel::new(["A", "B", "G", "R", "Z"][i as usize], kind)
        })
        .collect();
    let corner = (at(8) as i32 - 128, (at(9) as i32 - 128) << 8);
    let end = (corner.0 + at(10) as i32 % 80, corner.1 + at(11) as i32 % 80);
    let method = methods[at(0) as usize % methods.len()];
    let mut header = Header::new(Box2i::new(corner, end), list, method);
    if at(12) & 1 == 1 {
        header.tiles = Some(Tiles::new(1 + at(13) % 70, 1 + at(14) % 70));
    }
    if at(12) & 2 == 2 {
        header.line_order = LineOrder::DecreasingY;
    }
    let samples = data.get(15..).filter(|d| !d.is_empty()).unwrap_or(&[0]);
    let fill = |(c, i): (&Channel, usize)| {
        let rows = header.data_window.height() as usize;
        let n = row_bytes(c, &header.data_window) * rows;
        samples.iter().copied().cycle().skip(i).take(n).collect()
    };
    let planes: Vec<Vec<u8>> = header.channels.iter().zip(0..).map(fill).collect();
    let file = write_planes(&header, &planes);
    let reader = Reader::open(file.clone(), &limits()).expect("opens what was written");
    assert_eq!(reader.headers()[0].channels, header.channels);
    let level = &reader.levels(0)[0];
    let back = read_level(&reader, 0, level).expect("reads what was written");
    if !method.is_lossy() {
        assert!(back == planes, "{method:?} changes samples");
    }
    split(&file, u64::from(at(15)));
}
