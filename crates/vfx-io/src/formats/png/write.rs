//! PNG pixels out: strips of rows, each filtered and deflated on its own, joined into one zlib stream.
//!
//! A strip ends with a sync flush, so that strips concatenate; its first row is filtered without the row before. Adler-32
//! of the whole is combined from the strips'. Strips hold about half a megabyte: the lost deflate window costs well under
//! one per cent of size. Files do not depend on the number of threads. Deflate is RFC 1951, the container RFC 1950.

use super::filter::{Filter, adler32, adler32_combine};
use super::{NAME, annotate, chunks};
use crate::formats::interleaved::{colour_channels, join, restrict};
use crate::{Output, WriteOptions};
use flate2::{Compress, Compression, FlushCompress, Status};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use vfx_core::{
    Alpha, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError,
    Origin, PlanesRef, SampleFormat, SampleType, Value, Written,
};

/// Unpacked bytes of a strip, about.
const STRIP_BYTES: usize = 512 << 10;
/// A row longer than this is no picture that PNG readers accept.
const MAX_ROW_BYTES: usize = 1 << 30;
/// zlib's own default, as OpenImageIO writes.
const DEFAULT_LEVEL: u32 = 6;

struct Sink {
    specs: Vec<ImageSpec>,
    output: Output,
    rows: usize,
    row_bytes: usize,
    adler: u32,
    encoder: Arc<Encoder>,
}

struct Encoder {
    channels: usize,
    depth: u8,
    width: usize,
    row_bytes: usize,
    level: u32,
    scratch: Mutex<Vec<Scratch>>,
}

struct Scratch {
    deflate: Compress,
    filter: Filter,
    rows: [Vec<u8>; 2],
    filtered: Vec<u8>,
}

/// The type the file will have: OpenImageIO's choice of 16 bits for what has more than eight and 8 bits for floats; gray
/// keeps 1, 2 and 4.
fn file_format(spec: &ImageSpec) -> SampleFormat {
    let f = spec.widest_format();
    match (f.is_float(), f.bits) {
        (true, _) => SampleFormat::U8,
        (false, 9..) => SampleFormat::U16,
        (false, bits) if spec.channels.len() == 1 => SampleFormat::unsigned(match bits {
            0..=2 => bits.max(1),
            3 | 4 => 4,
            _ => 8,
        }),
        _ => SampleFormat::U8,
    }
}

/// Starts a file.
pub(super) fn create(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let cannot = |what: String, remedy| IoError::CannotHold {
        format: NAME,
        what: what.into(),
        remedy,
    };
    let given = crate::output::single(NAME, specs)?;
    let level = match options.compression_level()? {
        None => DEFAULT_LEVEL,
        Some(("none", _)) => 0,
        Some(("zip" | "zips" | "png" | "deflate", l)) => {
            // Level 1 has fixed codes alone and can make noise longer.
            l.map_or(DEFAULT_LEVEL, |l| l.clamp(0.0, 9.0) as u32)
                .max(if l.is_some_and(|l| l < 1.0) { 0 } else { 2 })
        }
        Some((name, _)) => {
            return Err(IoError::UnknownName {
                kind: "PNG compression",
                found: name.into(),
                expected: "zip, zip:0 to zip:9, or none",
            });
        }
    };
    let mut spec = restrict(given, &colour_channels(given, true));
    let format = file_format(&spec);
    spec.set_format(format);
    spec.alpha = Alpha::Unassociated;
    let (width, height, n) = (spec.width(), spec.height(), spec.channels.len());
    let size_ok = |v: usize| (1..=i32::MAX as usize).contains(&v);
    if n == 0 || !size_ok(width) || !size_ok(height) {
        return Err(cannot(
            format!("{width} x {height} pixels of {n} channels"),
            "write at least one pixel of one channel",
        ));
    }
    let row_bytes = (width * n * usize::from(format.bits)).div_ceil(8);
    if row_bytes > MAX_ROW_BYTES {
        return Err(cannot(
            format!("rows of {row_bytes} bytes"),
            "write TIFF or OpenEXR",
        ));
    }
    let orientation = i64::from(spec.orientation.0);
    if orientation != 1 || spec.attributes.get("Orientation").is_some() {
        spec.attributes
            .set("Orientation", Value::Int(orientation), Origin::Exif);
    }
    let mut output = Output::create(path)?;
    output.append(&annotate::header(&spec, format.bits))?;
    let encoder = Arc::new(Encoder {
        channels: n,
        depth: format.bits,
        width,
        row_bytes,
        level,
        scratch: Mutex::new(Vec::new()),
    });
    Ok(Box::new(Sink {
        specs: vec![spec],
        output,
        rows: (STRIP_BYTES / row_bytes).clamp(1, height),
        row_bytes,
        adler: 1,
        encoder,
    }))
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, _: usize) -> ChunkLayout {
        let window = self.specs[0].data_window;
        ChunkLayout {
            window,
            chunk: (window.width(), self.rows),
            order: ChunkOrder::Increasing,
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        self.encoder.clone()
    }
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        self.output.append(&chunk.bytes)?;
        let rows = self.layout(image).region(chunk.index).height();
        let len = rows as u64 * (self.row_bytes as u64 + 1);
        self.adler = adler32_combine(self.adler, chunk.extra as u32, len);
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> Result<Written, IoError> {
        // An empty last block of fixed codes, then the checksum of all unpacked bytes.
        let mut end = vec![3, 0];
        end.extend_from_slice(&self.adler.to_be_bytes());
        let mut out = Vec::new();
        chunks::push(&mut out, b"IDAT", &end);
        chunks::push(&mut out, b"IEND", &[]);
        self.output.append(&out)?;
        self.output.finish()
    }
}

impl Encoder {
    fn take(&self) -> Scratch {
        let mut free = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_else(|| Scratch {
            deflate: Compress::new(Compression::new(self.level), false),
            filter: Filter::new(
                (self.channels * usize::from(self.depth) / 8).max(1),
                self.row_bytes,
            ),
            rows: std::array::from_fn(|_| vec![0; self.row_bytes]),
            filtered: Vec::new(),
        })
    }

    /// One row of the planes as the file has it, before filtering.
    fn pack(&self, planes: &PlanesRef<'_>, y: usize, row: &mut [u8]) {
        match self.depth {
            16 => {
                let px = row.as_chunks_mut::<2>().0;
                for (c, p) in planes.iter().enumerate() {
                    join(p.row::<u16>(y), self.channels, c, px, u16::to_be_bytes);
                }
            }
            8 => {
                for (c, p) in planes.iter().enumerate() {
                    join(p.row::<u8>(y), self.channels, c, row, |s| s);
                }
            }
            depth => {
                let per = usize::from(8 / depth);
                let mask = (1u8 << depth) - 1;
                let samples = planes[0].row::<u8>(y);
                for (b, group) in row.iter_mut().zip(samples.chunks(per)) {
                    *b = group.iter().enumerate().fold(0, |b, (i, &s)| {
                        b | (s & mask) << (8 - depth as usize * (i + 1))
                    });
                }
            }
        }
    }
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        assert_eq!(planes.len(), self.channels);
        let sample = SampleFormat::unsigned(self.depth).sample;
        assert!(
            planes
                .iter()
                .all(|p| p.sample() == sample && p.width() == self.width)
        );
        debug_assert!(matches!(sample, SampleType::U8 | SampleType::U16));
        let mut s = self.take();
        s.filtered.clear();
        // Small samples and stored files gain nothing from filters.
        let filtering = self.depth >= 8 && self.level > 0;
        for y in 0..planes[0].height() {
            let [row, above] = &mut s.rows;
            self.pack(planes, y, row);
            if filtering {
                let above = (y > 0).then_some(above.as_slice());
                s.filter.push(row, above, &mut s.filtered);
            } else {
                s.filtered.push(0);
                s.filtered.extend_from_slice(row);
            }
            s.rows.swap(0, 1);
        }
        let extra = u64::from(adler32(&s.filtered));
        let mut bytes = Vec::with_capacity(s.filtered.len() / 2 + 1024);
        bytes.extend_from_slice(b"\0\0\0\0IDAT");
        if index == 0 {
            // Deflate with a 32 KiB window; the second byte's top bits are the level's class.
            bytes.extend_from_slice(match self.level {
                0 => &[0x78, 0x01],
                2..=5 => &[0x78, 0x5e],
                6 => &[0x78, 0x9c],
                _ => &[0x78, 0xda],
            });
        }
        deflate(&mut s.deflate, &s.filtered, &mut bytes);
        chunks::seal(&mut bytes);
        let mut free = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(s);
        Ok(EncodedChunk {
            index,
            bytes,
            extra,
        })
    }
}

/// Appends raw deflate blocks that end at a byte, with nothing to follow needed.
fn deflate(compress: &mut Compress, data: &[u8], out: &mut Vec<u8>) {
    compress.reset();
    loop {
        let at = compress.total_in() as usize;
        if out.capacity() - out.len() < 64 {
            out.reserve(out.len() / 2 + 4096);
        }
        let status = compress
            .compress_vec(&data[at..], out, FlushCompress::Sync)
            .expect("a deflate stream accepts any bytes");
        let done = compress.total_in() as usize == data.len() && out.capacity() > out.len();
        if done || status == Status::StreamEnd {
            return;
        }
    }
}
