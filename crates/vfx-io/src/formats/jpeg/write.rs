//! JPEG out, through `vfx-jpeg`: strips go into the encoder as they come.
//!
//! Gray or RGB; alpha is left out. 8-bit sources give 8-bit rows, deeper ones 16-bit rows, which the encoder quantises once.
//! With one scan and fixed tables (the default) bytes leave as rows come and memory is a few rows; `optimized` and
//! `progressive` keep the coefficients, two bytes each. Quality 98 as OpenImageIO's default. At most 65535 pixels a side.

use super::{NAME, segments};
use crate::formats::interleaved::{colour_channels, join, restrict};
use crate::{Output, WriteOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, SampleType, Value, Written,
};
use vfx_jpeg::{ColorModel, Config, Density, InputFormat, JpegError, Mode, Sampling, Script};

/// Rows of a strip.
const STRIP_ROWS: usize = 64;
/// OpenImageIO's default.
const DEFAULT_QUALITY: f32 = 98.0;

struct Sink {
    specs: Vec<ImageSpec>,
    encoder: vfx_jpeg::Encoder<Pipe>,
    file: File,
}

/// The file, and what goes into it next.
struct File {
    output: Output,
    pipe: Pipe,
    /// Segments that follow the encoder's own header; empty once written.
    metadata: Vec<u8>,
}

/// Bytes on their way from the encoder to the file.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Encoder;

/// Starts a file.
pub(super) fn create(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let given = crate::output::single(NAME, specs)?;
    let mut spec = restrict(given, &colour_channels(given, false));
    let deep = spec
        .channels
        .iter()
        .any(|c| c.format.sample != SampleType::U8);
    spec.set_format(if deep {
        SampleFormat::U16
    } else {
        SampleFormat::U8
    });
    let (width, height, n) = (spec.width(), spec.height(), spec.channels.len());
    let side = 1..=usize::from(u16::MAX);
    if n == 0 || !side.contains(&width) || !side.contains(&height) {
        return Err(IoError::CannotHold {
            format: NAME,
            what: format!("{width} x {height} pixels of {n} channels").into(),
            remedy: "resize to 1 to 65535 pixels a side, or write PNG, TIFF or OpenEXR",
        });
    }
    let mut config = config(given, n, options)?;
    let orientation = i64::from(spec.orientation.0);
    if orientation != 1 || spec.attributes.get("Orientation").is_some() {
        let value = Value::Int(orientation);
        spec.attributes
            .set("Orientation", value, vfx_core::Origin::Exif);
    }
    config.density = density(&spec);
    let pipe = Pipe::default();
    let xyb = config.color == ColorModel::Xyb;
    let encoder = vfx_jpeg::Encoder::new(width as u32, height as u32, config, pipe.clone())
        .map_err(refused)?;
    let mut described = spec.clone();
    if xyb {
        // The encoder writes the profile that explains the space.
        described.attributes.remove("ICCProfile");
    }
    Ok(Box::new(Sink {
        file: File {
            output: Output::create(path)?,
            pipe,
            metadata: segments::build(&described),
        },
        specs: vec![spec],
        encoder,
    }))
}

fn refused(e: JpegError) -> IoError {
    match e {
        JpegError::Parameter { parameter, reason } => IoError::CannotHold {
            format: NAME,
            what: format!("{parameter}: {reason}").into(),
            remedy: "choose another value",
        },
        e => super::read::wrong(e),
    }
}

/// What is asked for, in the encoder's words.
fn config(given: &ImageSpec, channels: usize, options: &WriteOptions) -> Result<Config, IoError> {
    let unknown = |kind, found: &str, expected| {
        Err(IoError::UnknownName {
            kind,
            found: found.into(),
            expected,
        })
    };
    let (mode, level) = match options.compression_level()? {
        None => (Mode::Streaming, None),
        Some(("jpeg", q)) => (Mode::Streaming, q),
        Some(("optimized" | "optimised", q)) => (Mode::Sequential, q),
        Some(("progressive", q)) => (Mode::Progressive(Script::Level2), q),
        Some((name, _)) => {
            return unknown(
                "JPEG compression",
                name,
                "jpeg, optimized or progressive, with a quality as in jpeg:90",
            );
        }
    };
    let jpeg = &options.jpeg;
    let mut config = Config::with_quality(level.or(options.quality).unwrap_or(DEFAULT_QUALITY));
    if let Some(distance) = jpeg.distance {
        config.distance = distance;
    }
    config.mode = if jpeg.progressive {
        Mode::Progressive(Script::Level2)
    } else if mode == Mode::Streaming && jpeg.effort.is_some_and(|e| e > 4) {
        Mode::Sequential
    } else {
        mode
    };
    config.effort = jpeg.effort.unwrap_or(config.effort);
    config.restart_interval = jpeg.restart.unwrap_or(0);
    config.input = InputFormat::Rgb;
    if channels == 1 {
        (config.input, config.color) = (InputFormat::Gray, ColorModel::Gray);
        return Ok(config);
    }
    if jpeg.xyb {
        config.color = ColorModel::Xyb;
        return Ok(config);
    }
    let kept = given.attributes.text("jpeg:subsampling");
    let name = options.subsampling.as_deref().or(kept).unwrap_or("420");
    config.sampling = match name.replace(':', "").as_str() {
        "444" => Sampling::S444,
        "422" => Sampling::S422,
        "420" => Sampling::S420,
        "440" => Sampling::S440,
        "411" => Sampling::S411,
        _ => return unknown("chroma subsampling", name, "444, 422, 420, 440 or 411"),
    };
    Ok(config)
}

impl File {
    /// Sends what the encoder has given to the file, metadata behind its first segment.
    fn drain(&mut self) -> Result<(), IoError> {
        let bytes = self.pipe.take();
        if bytes.is_empty() {
            return Ok(());
        }
        if self.output.position() > 0 {
            return self.output.append(&bytes).map(drop);
        }
        // Start of image and the JFIF or Adobe segment come first, metadata after them.
        let head = match bytes.get(2..6) {
            Some(&[0xff, 0xe0, hi, lo]) => 4 + usize::from(u16::from_be_bytes([hi, lo])),
            _ => 2,
        };
        let head = head.min(bytes.len());
        self.output.append(&bytes[..head])?;
        self.output.append(&std::mem::take(&mut self.metadata))?;
        self.output.append(&bytes[head..]).map(drop)
    }
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
        let written = match self.specs[0].channels[0].format.sample {
            SampleType::U8 => self.encoder.write_rows(&chunk.bytes[..]),
            _ => {
                let samples: Vec<u16> = chunk
                    .bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|b| u16::from_ne_bytes(*b))
                    .collect();
                self.encoder.write_rows(&samples[..])
            }
        };
        written.map_err(refused)?;
        self.file.drain()
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        let Self {
            encoder, mut file, ..
        } = *self;
        encoder.finish().map_err(refused)?;
        file.drain()?;
        file.output.finish()
    }
}

fn density(spec: &ImageSpec) -> Density {
    let a = &spec.attributes;
    let clamp = |v: f64| v.round().clamp(1.0, 65_535.0) as u16;
    match (
        a.number("XResolution"),
        a.number("YResolution"),
        a.text("ResolutionUnit"),
    ) {
        (Some(x), Some(y), Some("in" | "inch")) if x >= 1.0 && y >= 1.0 => {
            Density::Inch(clamp(x), clamp(y))
        }
        (Some(x), Some(y), Some("cm")) if x >= 1.0 && y >= 1.0 => {
            Density::Centimetre(clamp(x), clamp(y))
        }
        _ => {
            let aspect = f64::from(spec.pixel_aspect);
            let y = if aspect.is_normal() && aspect > 0.0 && aspect != 1.0 {
                clamp(1000.0 * aspect)
            } else {
                1000
            };
            if y == 1000 {
                Density::Aspect(1, 1)
            } else {
                Density::Aspect(1000, y)
            }
        }
    }
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h, n) = (planes[0].width(), planes[0].height(), planes.len());
        let size = planes[0].sample().size();
        let mut bytes = vec![0; w * h * n * size];
        for (y, row) in bytes.chunks_exact_mut(w * n * size).enumerate() {
            for (c, p) in planes.iter().enumerate() {
                if size == 1 {
                    join(p.row::<u8>(y), n, c, row, |s| s);
                } else {
                    let pixels = row.as_chunks_mut::<2>().0;
                    join(p.row::<u16>(y), n, c, pixels, |s: u16| s.to_ne_bytes());
                }
            }
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}
