//! JPEG out: strips are gathered, the whole is encoded by `jpeg-encoder` at the end.
//!
//! 8-bit gray or RGB code values; alpha is left out. Quality 98 as OpenImageIO's default. At most 65535 pixels a side, and
//! the picture must fit in memory.

use super::{NAME, segments};
use crate::formats::interleaved::{colour_channels, join, restrict};
use crate::{Output, WriteOptions};
use jpeg_encoder::{
    ChromaSubsamplingMethod, ColorType, PixelDensity, PixelDensityUnit, SamplingFactor,
};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, Value, Written,
};

/// Rows of a strip.
const STRIP_ROWS: usize = 64;
/// OpenImageIO's default.
const DEFAULT_QUALITY: f32 = 98.0;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Standard,
    Optimized,
    Progressive,
}

struct Sink {
    specs: Vec<ImageSpec>,
    output: Output,
    pixels: Vec<u8>,
    quality: u8,
    sampling: SamplingFactor,
    mode: Mode,
}

struct Encoder;

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
    let mut spec = restrict(given, &colour_channels(given, false));
    spec.set_format(SampleFormat::U8);
    let (width, height, n) = (spec.width(), spec.height(), spec.channels.len());
    let side = 1..=usize::from(u16::MAX);
    if n == 0 || !side.contains(&width) || !side.contains(&height) {
        return Err(cannot(
            format!("{width} x {height} pixels of {n} channels"),
            "resize to 1 to 65535 pixels a side, or write PNG, TIFF or OpenEXR",
        ));
    }
    let (mode, level) = match options.compression_level()? {
        None => (Mode::Standard, None),
        Some(("jpeg", q)) => (Mode::Standard, q),
        Some(("optimized" | "optimised", q)) => (Mode::Optimized, q),
        Some(("progressive", q)) => (Mode::Progressive, q),
        Some((name, _)) => {
            return Err(IoError::UnknownName {
                kind: "JPEG compression",
                found: name.into(),
                expected: "jpeg, optimized or progressive, with a quality as in jpeg:90",
            });
        }
    };
    let quality = level.or(options.quality).unwrap_or(DEFAULT_QUALITY);
    let kept = given.attributes.text("jpeg:subsampling");
    let name = options.subsampling.as_deref().or(kept).unwrap_or("420");
    let sampling = match name.replace(':', "").as_str() {
        "444" => SamplingFactor::R_4_4_4,
        "422" => SamplingFactor::R_4_2_2,
        "420" => SamplingFactor::R_4_2_0,
        "440" => SamplingFactor::R_4_4_0,
        "411" => SamplingFactor::R_4_1_1,
        _ => {
            return Err(IoError::UnknownName {
                kind: "chroma subsampling",
                found: name.into(),
                expected: "444, 422, 420, 440 or 411",
            });
        }
    };
    let orientation = i64::from(spec.orientation.0);
    if orientation != 1 || spec.attributes.get("Orientation").is_some() {
        let value = Value::Int(orientation);
        spec.attributes
            .set("Orientation", value, vfx_core::Origin::Exif);
    }
    Ok(Box::new(Sink {
        output: Output::create(path)?,
        pixels: Vec::new(),
        quality: quality.round().clamp(1.0, 100.0) as u8,
        specs: vec![spec],
        sampling,
        mode,
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
            chunk: (window.width(), STRIP_ROWS),
            order: ChunkOrder::Increasing,
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Encoder)
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        if self.pixels.is_empty() {
            let spec = &self.specs[0];
            let size = spec.width() * spec.height() * spec.channels.len();
            self.pixels
                .try_reserve_exact(size)
                .map_err(|_| IoError::CannotHold {
                    format: NAME,
                    what: format!("{size} bytes of pixels in memory").into(),
                    remedy: "write TIFF or OpenEXR",
                })?;
        }
        self.pixels.extend_from_slice(&chunk.bytes);
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> Result<Written, IoError> {
        let spec = &self.specs[0];
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, self.quality);
        encoder.set_sampling_factor(self.sampling);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder.set_density(density(spec));
        match self.mode {
            Mode::Standard => {}
            Mode::Optimized => encoder.set_optimized_huffman_tables(true),
            Mode::Progressive => encoder.set_progressive(true),
        }
        let (width, height) = (spec.width() as u16, spec.height() as u16);
        let color = if spec.channels.len() == 1 {
            ColorType::Luma
        } else {
            ColorType::Rgb
        };
        encoder
            .encode(&self.pixels, width, height, color)
            .map_err(|e| IoError::unsupported(NAME, e.to_string()))?;
        // Start of image and the JFIF segment come first, metadata after them.
        let jfif = match file.get(2..6) {
            Some(&[0xff, 0xe0, hi, lo]) => 4 + usize::from(u16::from_be_bytes([hi, lo])),
            _ => 2,
        };
        let metadata = segments::build(spec);
        self.output.append(&file[..jfif])?;
        self.output.append(&metadata)?;
        self.output.append(&file[jfif..])?;
        self.output.finish()
    }
}

fn density(spec: &ImageSpec) -> PixelDensity {
    let a = &spec.attributes;
    let clamp = |v: f64| v.round().clamp(1.0, 65_535.0) as u16;
    let unit = match a.text("ResolutionUnit") {
        Some("in" | "inch") => Some(PixelDensityUnit::Inches),
        Some("cm") => Some(PixelDensityUnit::Centimeters),
        _ => None,
    };
    match (a.number("XResolution"), a.number("YResolution"), unit) {
        (Some(x), Some(y), Some(unit)) if x >= 1.0 && y >= 1.0 => PixelDensity {
            density: (clamp(x), clamp(y)),
            unit,
        },
        _ => {
            let aspect = f64::from(spec.pixel_aspect);
            let y = if aspect.is_normal() && aspect > 0.0 && aspect != 1.0 {
                clamp(1000.0 * aspect)
            } else {
                1000
            };
            let density = if y == 1000 { (1, 1) } else { (1000, y) };
            PixelDensity {
                density,
                unit: PixelDensityUnit::PixelAspectRatio,
            }
        }
    }
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h, n) = (planes[0].width(), planes[0].height(), planes.len());
        let mut bytes = vec![0; w * h * n];
        for (y, row) in bytes.chunks_exact_mut(w * n).enumerate() {
            for (c, p) in planes.iter().enumerate() {
                join(p.row::<u8>(y), n, c, row, |s| s);
            }
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}
