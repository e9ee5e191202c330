//! The writer: one directory an image, data first, directories at the end.
//!
//! In: specs; each image takes the widest of its channel types, integers rounded up to a depth that other readers know
//! (1 2 4 6 8 10 12 14 16 24 32 bits, packed as they are). Colour comes first, then alpha, then the rest. BigTIFF is chosen
//! where 4 GiB may be passed. Compression is what the options say, else what the image had as a TIFF file, else zip.
//! Uncompressed chunks have known places and are written by the encoders.

use super::encode::{Encoder, Form, Packing, Place};
use super::tag::{self, field, photometric};
use super::write::{Field, directory, header};
use super::{COMPRESSION, FORMAT_NAME, metadata};
use crate::output::{Output, WriteOptions};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    Alpha, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError,
    Origin, SampleFormat, Value, Written,
};

struct Image {
    form: Form,
    base: u64,
    offsets: Vec<u64>,
    counts: Vec<u64>,
}

struct Sink {
    output: Output,
    specs: Vec<ImageSpec>,
    images: Vec<Image>,
    wide: bool,
}

/// Strips of about so many bytes, compressed.
const STRIP_BYTES: usize = 256 << 10;
/// Most bytes of an uncompressed strip.
const MAX_STRIP: usize = 8 << 20;
/// Rows of an uncompressed strip.
const STRIP_ROWS: usize = 64;
/// Deflate's level unless told.
const ZIP_LEVEL: i32 = 4;
/// Room left below 4 GiB before a file becomes a BigTIFF.
const MARGIN: u64 = 16 << 20;

/// Starts a file.
pub fn create(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let cannot = |what: &'static str, remedy| IoError::CannotHold {
        format: FORMAT_NAME,
        what: what.into(),
        remedy,
    };
    if specs.is_empty() {
        return Err(cannot("a file without images", "give it one"));
    }
    let mut out = Vec::new();
    let mut images = Vec::new();
    let mut size = 0u64;
    for spec in specs {
        let mut spec = spec.clone();
        order_channels(&mut spec);
        let format = depth(spec.widest_format());
        spec.set_format(format);
        let (w, h) = (spec.width(), spec.height());
        if w == 0 || h == 0 || spec.channels.is_empty() {
            return Err(cannot("an image without pixels", "give it at least one"));
        }
        if w > u32::MAX as usize || h > u32::MAX as usize || spec.channels.len() > 0xffff {
            return Err(cannot("an image of this size", "crop it"));
        }
        let form = form_of(&spec, format, options)?;
        let layout = ChunkLayout {
            window: spec.data_window,
            chunk: form.chunk,
            order: ChunkOrder::Any,
        };
        // Packed data may grow a little over raw; the tables take 16 bytes a chunk.
        let raw = form.chunk_bytes() as u64 * layout.len() as u64;
        let tables = layout.len() as u64 * 64;
        let blobs: usize = metadata::fields(&spec)
            .0
            .iter()
            .map(|f| f.bytes.len())
            .sum();
        size = size.saturating_add(raw + raw / 128 + tables + blobs as u64 + 65_536);
        images.push(Image {
            base: 0,
            offsets: vec![0; layout.len()],
            counts: vec![0; layout.len()],
            form,
        });
        out.push(spec);
    }
    let wide = size > (1 << 32) - MARGIN;
    let mut output = Output::create(path)?;
    output.append(&header(wide, 0))?;
    for (image, spec) in images.iter_mut().zip(&out) {
        if image.form.pack != Packing::None {
            continue;
        }
        image.base = output.position().next_multiple_of(16);
        let (full, row) = (
            image.form.chunk_bytes() as u64,
            image.form.row_bytes() as u64,
        );
        let n = image.offsets.len();
        for i in 0..n {
            image.offsets[i] = image.base + i as u64 * full;
            image.counts[i] = full;
        }
        if !image.form.tiled {
            let last = spec.height() - (n - 1) * image.form.chunk.1;
            image.counts[n - 1] = last as u64 * row;
        }
        output.reserve_to(image.offsets[n - 1] + image.counts[n - 1]);
    }
    Ok(Box::new(Sink {
        output,
        specs: out,
        images,
        wide,
    }))
}

/// The depth a file gets: the least that readers know and that holds the codes.
fn depth(format: SampleFormat) -> SampleFormat {
    if format.is_float() {
        return format;
    }
    let known = [1, 2, 4, 6, 8, 10, 12, 14, 16, 24, 32];
    let bits = known.into_iter().find(|b| *b >= format.bits).unwrap_or(32);
    SampleFormat::unsigned(bits)
}

/// R G B first, or Y; then alpha, then the others in their order.
fn order_channels(spec: &mut ImageSpec) {
    let rgb = ["R", "G", "B"]
        .iter()
        .all(|n| spec.channel_index(n).is_some());
    let rank = |name: &str| match name {
        "R" if rgb => 0,
        "G" if rgb => 1,
        "B" if rgb => 2,
        "Y" if !rgb => 0,
        "A" | "Alpha" | "alpha" => 4,
        _ if rgb || spec.channels.iter().any(|c| c.name == "Y") => 5,
        _ => 3,
    };
    let mut order: Vec<_> = spec
        .channels
        .iter()
        .map(|c| (rank(&c.name), c.clone()))
        .collect();
    order.sort_by_key(|c| c.0);
    spec.channels = order.into_iter().map(|c| c.1).collect();
    for c in &mut spec.channels {
        c.sampling = (1, 1);
    }
}

fn packing(name: &str, level: Option<f32>) -> Option<Packing> {
    let level = |default: i32, max: f32| level.map_or(default, |l| l.clamp(1.0, max) as i32);
    Some(match name.to_ascii_lowercase().as_str() {
        "none" | "uncompressed" => Packing::None,
        "lzw" => Packing::Lzw,
        "zip" | "deflate" => Packing::Deflate(level(ZIP_LEVEL, 12.0)),
        "zstd" => Packing::Zstd(level(3, 22.0)),
        "packbits" => Packing::PackBits,
        _ => return None,
    })
}

/// How the image was packed as a TIFF file, where that can be written. Other formats' names mean something else.
fn packing_before(spec: &ImageSpec) -> Option<Packing> {
    let a = spec.attributes.get(COMPRESSION)?;
    match (&a.value, a.origin) {
        (Value::String(name), Origin::Format(FORMAT_NAME) | Origin::User) => packing(name, None),
        _ => None,
    }
}

fn form_of(
    spec: &ImageSpec,
    format: SampleFormat,
    options: &WriteOptions,
) -> Result<Form, IoError> {
    let pack = match options.compression_level()? {
        Some((name, level)) => packing(name, level).ok_or_else(|| IoError::UnknownName {
            kind: "TIFF compression",
            found: name.into(),
            expected: "none, lzw, zip, zstd or packbits",
        })?,
        None => packing_before(spec).unwrap_or(Packing::Deflate(ZIP_LEVEL)),
    };
    let bits = usize::from(format.bits);
    let predictor = match (pack, format.is_float(), bits) {
        (Packing::None | Packing::PackBits, ..) => 1,
        (_, true, _) => 3,
        (_, _, 8 | 16 | 32) => 2,
        _ => 1,
    };
    let channels = spec.channels.len();
    let (w, h) = (spec.width(), spec.height());
    let tiled = options.tile.is_some();
    let row = (w * channels * bits).div_ceil(8).max(1);
    let chunk = match options.tile {
        Some((tw, th)) => {
            // TIFF 6.0 section 15: multiples of 16.
            let side = |n: usize| n.clamp(16, 1 << 14).next_multiple_of(16);
            (side(tw), side(th))
        }
        None if pack == Packing::None => (w, STRIP_ROWS.min(MAX_STRIP / row).max(1)),
        None => (w, (STRIP_BYTES / row / 8 * 8).clamp(8, 1024)),
    };
    Ok(Form {
        channels,
        sample: format.sample,
        bits,
        pack,
        predictor,
        chunk: if tiled { chunk } else { (w, chunk.1.min(h)) },
        tiled,
    })
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        let form = &self.images[image].form;
        ChunkLayout {
            window: self.specs[image].data_window,
            chunk: form.chunk,
            order: if form.pack == Packing::None {
                ChunkOrder::Any
            } else {
                ChunkOrder::Increasing
            },
        }
    }
    fn flusher(&self) -> Option<Box<dyn Fn() + Send>> {
        Some(self.output.flusher())
    }
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder> {
        let Image { form, base, .. } = &self.images[image];
        let place = (form.pack == Packing::None).then(|| Place {
            file: self.output.file().clone(),
            base: *base,
        });
        Arc::new(Encoder {
            form: form.clone(),
            place,
        })
    }
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let to = &mut self.images[image];
        if to.form.pack != Packing::None {
            to.offsets[chunk.index] = self.output.append(&chunk.bytes)?;
            to.counts[chunk.index] = chunk.bytes.len() as u64;
        }
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> Result<Written, IoError> {
        let mut link = if self.wide { 8 } else { 4 };
        let word = if self.wide { 8 } else { 4 };
        for (i, (spec, image)) in self.specs.iter().zip(&self.images).enumerate() {
            let (mut fields, exif, gps) = metadata::fields(spec);
            for (tag, sub) in [(tag::EXIF_IFD, exif), (tag::GPS_IFD, gps)] {
                if !sub.is_empty() {
                    let at = self.output.position().next_multiple_of(2);
                    self.output.write_at(at, &directory(sub, at, self.wide).0)?;
                    fields.push(if self.wide {
                        Field::raw(tag, field::IFD8, at.to_le_bytes().to_vec())
                    } else {
                        Field::long(tag, at as u32)
                    });
                }
            }
            structure(spec, image, self.wide, (i, self.specs.len()), &mut fields);
            let at = self.output.position().next_multiple_of(2);
            let (bytes, next) = directory(fields, at, self.wide);
            self.output.write_at(at, &bytes)?;
            self.output.write_at(link, &at.to_le_bytes()[..word])?;
            link = at + next as u64;
        }
        self.output.finish()
    }
}

/// The fields that say how the pixels are stored and placed.
fn structure(
    spec: &ImageSpec,
    image: &Image,
    wide: bool,
    (page, pages): (usize, usize),
    to: &mut Vec<Field>,
) {
    let form = &image.form;
    let n = form.channels;
    let float = form.sample.is_float();
    let rgb = n >= 3 && spec.channels[0].name != "Y";
    let color = if rgb { 3 } else { 1 };
    let code = match form.pack {
        Packing::None => 1,
        Packing::Lzw => 5,
        Packing::Deflate(_) => 8,
        Packing::PackBits => 32773,
        Packing::Zstd(_) => 50000,
    };
    to.extend([
        Field::long(tag::NEW_SUBFILE_TYPE, if pages > 1 { 2 } else { 0 }),
        Field::long(tag::IMAGE_WIDTH, spec.width() as u32),
        Field::long(tag::IMAGE_LENGTH, spec.height() as u32),
        Field::short(tag::BITS_PER_SAMPLE, &vec![form.bits as u16; n]),
        Field::short(tag::COMPRESSION, &[code]),
        Field::short(
            tag::PHOTOMETRIC,
            &[if rgb {
                photometric::RGB
            } else {
                photometric::MIN_IS_BLACK
            }],
        ),
        Field::short(
            tag::ORIENTATION,
            &[u16::from(spec.orientation.0.clamp(1, 8))],
        ),
        Field::short(tag::SAMPLES_PER_PIXEL, &[n as u16]),
        Field::short(tag::PLANAR_CONFIG, &[1]),
        Field::short(tag::SAMPLE_FORMAT, &vec![if float { 3 } else { 1 }; n]),
    ]);
    if pages > 1 && page <= 0xffff {
        to.push(Field::short(297, &[page as u16, pages.min(0xffff) as u16]));
    }
    if form.predictor > 1 {
        to.push(Field::short(tag::PREDICTOR, &[form.predictor]));
    }
    let (offsets, counts) = if form.tiled {
        to.push(Field::long(tag::TILE_WIDTH, form.chunk.0 as u32));
        to.push(Field::long(tag::TILE_LENGTH, form.chunk.1 as u32));
        (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
    } else {
        to.push(Field::long(tag::ROWS_PER_STRIP, form.chunk.1 as u32));
        (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
    };
    to.push(Field::offsets(offsets, &image.offsets, wide));
    to.push(Field::offsets(counts, &image.counts, wide));
    if n > color {
        let kind = |c: &vfx_core::Channel| match (c.is_alpha(), spec.alpha) {
            (true, Alpha::Associated) => 1,
            (true, Alpha::Unassociated) => 2,
            _ => 0,
        };
        let extra: Vec<u16> = spec.channels[color..].iter().map(kind).collect();
        to.push(Field::short(tag::EXTRA_SAMPLES, &extra));
    }
    resolution(spec, to);
    place(spec, to);
}

/// Makes the resolution say the pixel aspect.
fn resolution(spec: &ImageSpec, to: &mut Vec<Field>) {
    let get = |name| {
        spec.attributes
            .number(name)
            .filter(|v| *v > 0.0 && v.is_finite())
    };
    let aspect = f64::from(spec.pixel_aspect);
    if !(aspect > 0.0 && aspect.is_finite()) {
        return;
    }
    let (x, y) = (get("XResolution"), get("YResolution"));
    let says = y.zip(x).map_or(1.0, |(y, x)| y / x);
    if (says / aspect - 1.0).abs() < 1e-5 {
        return;
    }
    let x = x.unwrap_or(72.0);
    to.retain(|f| !matches!(f.tag, tag::X_RESOLUTION | tag::Y_RESOLUTION));
    for (t, v) in [(tag::X_RESOLUTION, x), (tag::Y_RESOLUTION, x * aspect)] {
        let (n, d) = crate::meta::exif::rational(v as f32);
        to.push(Field::rational(t, n, d));
    }
    if spec.attributes.get("ResolutionUnit").is_none() {
        to.push(Field::short(tag::RESOLUTION_UNIT, &[1]));
    }
}

/// The position, in resolution units, and the size of the display window.
fn place(spec: &ImageSpec, to: &mut Vec<Field>) {
    let (data, display) = (&spec.data_window, &spec.display_window);
    let (mut x, mut y) = (data.x0, data.y0);
    if data != display && !display.is_empty() {
        // The display window's origin has no tag: what counts is where the data lies in it.
        (x, y) = (x - display.x0, y - display.y0);
        to.push(Field::long(tag::IMAGE_FULL_WIDTH, display.width() as u32));
        to.push(Field::long(tag::IMAGE_FULL_LENGTH, display.height() as u32));
    }
    if x == 0 && y == 0 {
        return;
    }
    for (t, res, v) in [
        (tag::X_POSITION, tag::X_RESOLUTION, x),
        (tag::Y_POSITION, tag::Y_RESOLUTION, y),
    ] {
        let part = |b: &[u8]| {
            b.first_chunk()
                .map_or(1, |b| i64::from(u32::from_le_bytes(*b)))
        };
        let (n, d) = to
            .iter()
            .find(|f| f.tag == res && f.bytes.len() == 8)
            .map_or((1, 1), |f| (part(&f.bytes[..4]), part(&f.bytes[4..])));
        let (mut n, mut d) = (v.saturating_mul(d), n.max(1));
        let (mut a, mut b) = (n.unsigned_abs(), d.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let g = i64::try_from(a.max(1)).unwrap_or(1);
        (n, d) = (n / g, d / g);
        while n.unsigned_abs() > i32::MAX as u64 || d > i64::from(i32::MAX) {
            (n, d) = (n / 2, (d / 2).max(1));
        }
        to.push(Field::rational(t, n, d));
    }
}
