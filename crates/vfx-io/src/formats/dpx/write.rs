//! Sinks: big endian version 2 files whose rows are packed by any worker and written where they belong.
//!
//! 10-bit samples are filled by method A unless the image asks for another packing by `dpx:Packing`; 12-bit ones too. Rows
//! follow each other without padding, as OpenImageIO has them. Halves become floats, which lose nothing.

use super::header::{HEADER, Header, MAX_ELEMENTS, PACKINGS};
use super::pack::{First, Packing, pack};
use crate::{Output, WriteOptions};
use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, SampleType, Written,
};

const NAME: &str = "dpx";
/// Where the pixels begin: a multiple of every page and sector in use.
const DATA_AT: u64 = 8192;
/// Bytes of rows encoded together.
const CHUNK: usize = 256 << 10;

struct Sink {
    output: Output,
    specs: Vec<ImageSpec>,
    encoders: Vec<Arc<Encoder>>,
}

struct Encoder {
    file: Arc<File>,
    packing: Packing,
    format: SampleFormat,
    width: usize,
    height: usize,
    rows: usize,
    /// Channel of each sample of a pixel.
    order: Vec<usize>,
    offset: u64,
}

/// The spec the format can hold: channels by name, nearest type.
fn fit(spec: &ImageSpec) -> (ImageSpec, u8) {
    let mut s = spec.clone();
    let has = |n: &str| spec.channel_index(n);
    let (keep, descriptor) = match (has("R"), has("G"), has("B"), has("A")) {
        (Some(r), Some(g), Some(b), Some(a)) => (vec![r, g, b, a], 51),
        (Some(r), Some(g), Some(b), None) => (vec![r, g, b], 50),
        _ => {
            let n = spec.channels.len().min(MAX_ELEMENTS);
            let single = match spec.channels[0].name.as_str() {
                "R" => 1,
                "G" => 2,
                "B" => 3,
                "A" => 4,
                "Z" => 8,
                _ => 6,
            };
            (
                (0..n).collect(),
                if n == 1 { single } else { 148 + n as u8 },
            )
        }
    };
    s.channels = keep.iter().map(|&i| spec.channels[i].clone()).collect();
    let widest = s.widest_format();
    s.set_format(match (widest.is_float(), widest.bits) {
        (true, _) => SampleFormat::F32,
        (_, 1..=8) => SampleFormat::U8,
        (_, 9..=10) => SampleFormat::U10,
        (_, 11..=12) => SampleFormat::U12,
        _ => SampleFormat::U16,
    });
    for c in &mut s.channels {
        c.sampling = (1, 1);
    }
    (s, descriptor)
}

fn packing(spec: &ImageSpec) -> (Packing, u16) {
    let asked = spec
        .attributes
        .text("dpx:Packing")
        .and_then(|s| PACKINGS.iter().position(|p| *p == s));
    let n = asked.unwrap_or(1);
    let first = First::of(spec.channels.len());
    match (spec.channels[0].format.bits, n) {
        (8, _) => (Packing::Bytes, n as u16),
        (10, 0) => (Packing::Packed(10), 0),
        (10, 2) => (Packing::Filled10(0, first), 2),
        (10, _) => (Packing::Filled10(2, first), 1),
        (12, 0) => (Packing::Packed(12), 0),
        (12, 2) => (Packing::Words(0), 2),
        (12, _) => (Packing::Words(4), 1),
        (32, _) => (Packing::Longs, 0),
        _ => (Packing::Words(0), n as u16),
    }
}

/// Starts a file: one image element a spec.
pub(super) fn create(
    path: &Path,
    given: &[ImageSpec],
    _: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let cannot = |what: String, remedy| IoError::CannotHold {
        format: NAME,
        what: what.into(),
        remedy,
    };
    let (Some(first), 1..=MAX_ELEMENTS) = (given.first(), given.len()) else {
        return Err(cannot(format!("{} images", given.len()), "write 1 to 8"));
    };
    let (width, height) = (first.width(), first.height());
    if given
        .iter()
        .any(|s| (s.width(), s.height()) != (width, height))
    {
        return Err(cannot(
            "images of different sizes".into(),
            "write one file each",
        ));
    }
    let side = |n: usize| u32::try_from(n).ok().filter(|&n| n > 0);
    let (Some(w), Some(h)) = (side(width), side(height)) else {
        return Err(cannot(
            format!("{width} x {height} pixels"),
            "crop the image",
        ));
    };
    if let Some(s) = given.iter().find(|s| s.channels.is_empty()) {
        return Err(cannot(
            format!("an image without channels ('{}')", s.name),
            "write at least one channel",
        ));
    }
    let mut output = Output::create(path)?;
    let mut header = Header::empty();
    header.set_attributes(&first.attributes);
    let user = first
        .attributes
        .bytes("dpx:UserData")
        .cloned()
        .unwrap_or_default();
    let data_at = (HEADER as u64 + user.len() as u64).next_multiple_of(DATA_AT);
    let mut end = data_at;
    let (mut specs, mut encoders) = (Vec::new(), Vec::new());
    for (i, spec) in given.iter().enumerate() {
        let (spec, descriptor) = fit(spec);
        let (packing, number) = packing(&spec);
        let format = spec.channels[0].format;
        let row = packing.row_bytes(width * spec.channels.len());
        let e = Header::element(i);
        header.set_element_attributes(i, &spec.attributes);
        header.set_u32(e, 0);
        header.bytes[e + 20] = descriptor;
        if spec.attributes.text("dpx:Transfer").is_none() {
            header.bytes[e + 21] = match spec.color_space.as_deref() {
                Some(s) if s.starts_with("lin_") => 2,
                Some("KodakLog") => 3,
                Some("srgb_rec709_scene") => 6,
                _ => 0xff,
            };
        }
        header.bytes[e + 23] = format.bits;
        header.set_u16(e + 24, number);
        header.set_u16(e + 26, 0);
        let at = u32::try_from(end)
            .map_err(|_| cannot("elements beyond 4 GiB".into(), "write one file each"))?;
        header.set_u32(e + 28, at);
        encoders.push(Arc::new(Encoder {
            file: output.file().clone(),
            packing,
            format,
            width,
            height,
            rows: (CHUNK / row).clamp(1, 128),
            order: (0..spec.channels.len()).collect(),
            offset: end,
        }));
        specs.push(spec);
        end += row as u64 * height as u64;
    }
    header.set_u32(4, data_at as u32);
    // The field has 32 bits; longer files say undefined.
    header.set_u32(16, u32::try_from(end).unwrap_or(u32::MAX));
    header.set_u32(24, 1664);
    header.set_u32(28, 384);
    header.set_u32(32, user.len() as u32);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    header.set_text(36, 100, &name);
    header.set_orientation(first.orientation.0);
    header.set_u16(770, given.len() as u16);
    header.set_u32(772, w);
    header.set_u32(776, h);
    let place = |v: i64| u32::try_from(v).unwrap_or(0);
    header.set_u32(1408, place(first.data_window.x0 - first.display_window.x0));
    header.set_u32(1412, place(first.data_window.y0 - first.display_window.y0));
    header.set_u32(1424, place(first.display_window.width() as i64));
    header.set_u32(1428, place(first.display_window.height() as i64));
    let (n, d) = crate::meta::exif::rational(first.pixel_aspect);
    header.set_u32(1628, place(n));
    header.set_u32(1632, place(d));
    output.append(&header.bytes[..])?;
    output.append(&user)?;
    output.file().set_len(end).map_err(IoError::os("write"))?;
    output.reserve_to(end);
    Ok(Box::new(Sink {
        output,
        specs,
        encoders,
    }))
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        let window = self.specs[image].data_window;
        ChunkLayout {
            window,
            chunk: (window.width(), self.encoders[image].rows),
            order: ChunkOrder::Any,
        }
    }
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder> {
        self.encoders[image].clone()
    }
    fn commit(&mut self, _: usize, _: EncodedChunk) -> Result<(), IoError> {
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        self.output.finish()
    }
}

thread_local! {
    /// A row's samples and a chunk's bytes of this thread, kept between chunks.
    static SCRATCH: RefCell<(Vec<u16>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let n = self.order.len();
        let row_bytes = self.packing.row_bytes(self.width * n);
        let first = index * self.rows;
        let rows = self.rows.min(self.height - first);
        SCRATCH.with_borrow_mut(|(samples, bytes)| {
            samples.resize(self.width * n, 0);
            bytes.resize(rows * row_bytes, 0);
            for (y, row) in bytes.chunks_exact_mut(row_bytes).enumerate() {
                self.row(planes, y, samples, row);
            }
            self.file
                .write_all_at(bytes, self.offset + (first * row_bytes) as u64)
                .map_err(IoError::os("write"))
        })?;
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

impl Encoder {
    fn row(&self, planes: &PlanesRef<'_>, y: usize, samples: &mut [u16], out: &mut [u8]) {
        let n = self.order.len();
        if let (Packing::Filled10(shift, First::High), &[r, g, b]) = (self.packing, &self.order[..])
        {
            let row = |c: usize| {
                planes[c]
                    .row::<u16>(y)
                    .iter()
                    .map(|v| u32::from(*v).min(0x3ff))
            };
            let pixels = row(r).zip(row(g)).zip(row(b));
            for (o, ((r, g), b)) in out.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
                *o = ((r << 20 | g << 10 | b) << shift).to_be_bytes();
            }
            return;
        }
        for (k, &c) in self.order.iter().enumerate() {
            match self.format.sample {
                SampleType::F32 => {
                    let pixels = out.as_chunks_mut::<4>().0[k..].iter_mut().step_by(n);
                    for (o, v) in pixels.zip(planes[c].row::<u32>(y)) {
                        *o = v.to_be_bytes();
                    }
                }
                SampleType::U8 => {
                    for (o, v) in out[k..].iter_mut().step_by(n).zip(planes[c].row::<u8>(y)) {
                        *o = *v;
                    }
                }
                _ => {
                    for (o, v) in samples[k..]
                        .iter_mut()
                        .step_by(n)
                        .zip(planes[c].row::<u16>(y))
                    {
                        *o = *v;
                    }
                }
            }
        }
        if self.format.sample == SampleType::U16 {
            pack(self.packing, self.format.full_scale() as u16, samples, out);
        }
    }
}
