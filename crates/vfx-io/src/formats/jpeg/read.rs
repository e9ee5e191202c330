//! JPEG pixels: decoded whole on the first read, by `zune-jpeg`.
//!
//! Gray gives Y, everything else R G B, 8-bit code values. A picture that is cut or damaged keeps what was decoded. The
//! interleaved result is held: width times height times components bytes.

use super::NAME;
use super::segments::{self, Frame};
use crate::formats::interleaved::split;
use crate::{Input, OpenOptions, Part};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use vfx_core::{
    Access, ChannelSet, Damage, ImageSource, ImageSpec, IoError, Limits, Origin, PlanesMut, Region,
    SampleFormat, Value,
};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// Pixels a byte: a progressive picture needs at least one bit a block and scan; more is no picture.
const MAX_PIXELS_PER_BYTE: u64 = 1024;

struct Source {
    spec: ImageSpec,
    input: Input,
    options: OpenOptions,
    frame: Frame,
    pixels: Mutex<Option<Arc<[u8]>>>,
}

/// Reads the headers.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let mut attributes = vfx_core::Attributes::new();
    let mut aspect = 1.0;
    let frame = segments::read(&input, options, &mut attributes, &mut aspect)?;
    let unsupported = |feature: &'static str| Err(IoError::unsupported(NAME, feature));
    match frame.marker {
        0xc0..=0xc2 => {}
        0xc3 | 0xcb => return unsupported("the lossless process"),
        0xf7 => return unsupported("JPEG-LS"),
        0xc9 | 0xca => return unsupported("arithmetic coding"),
        _ => return unsupported("the hierarchical process"),
    }
    if frame.precision != 8 {
        return unsupported("a precision other than 8 bits");
    }
    if frame.width == 0 || frame.height == 0 {
        return unsupported("a size of zero, or a height given after the first scan");
    }
    let n = match frame.sampling.len() {
        1 => 1,
        3 | 4 => 3,
        _ => return unsupported("a number of components other than 1, 3 and 4"),
    };
    // What the decoder gets wrong without saying so.
    let subsampled = frame.sampling.iter().any(|s| *s != frame.sampling[0]);
    let most = |f: fn(&(u8, u8)) -> u8| frame.sampling.iter().map(f).max();
    if n > 1
        && (most(|s| s.0), most(|s| s.1)) != (Some(frame.sampling[0].0), Some(frame.sampling[0].1))
    {
        return unsupported("luma of a lower resolution than chroma");
    }
    let apart = usize::from(frame.first_scan) < frame.sampling.len();
    if subsampled && apart && frame.marker != 0xc2 {
        return unsupported("subsampled components in scans of their own");
    }
    let pixels = frame.width as u64 * frame.height as u64;
    if pixels > input.len().saturating_mul(MAX_PIXELS_PER_BYTE).max(1 << 20) {
        return Err(IoError::malformed(
            NAME,
            "frame",
            format!(
                "{} x {} pixels cannot be in {} bytes",
                frame.width,
                frame.height,
                input.len()
            ),
        ));
    }
    let mut spec = ImageSpec::new(
        frame.width,
        frame.height,
        ImageSpec::default_channels(n, SampleFormat::U8),
    );
    spec.attributes = attributes;
    spec.color_space = Some("srgb_rec709_scene".into());
    spec.pixel_aspect = aspect;
    if let Some(o) = spec.attributes.number("Orientation")
        && (1.0..=8.0).contains(&o)
    {
        spec.orientation.0 = o as u8;
    }
    let origin = Origin::Format("jpeg");
    if let [(h, v), (1, 1), (1, 1), ..] = frame.sampling[..] {
        let name = match (h, v) {
            (1, 1) => Some("4:4:4"),
            (2, 1) => Some("4:2:2"),
            (2, 2) => Some("4:2:0"),
            (4, 1) => Some("4:1:1"),
            (1, 2) => Some("4:4:0"),
            _ => None,
        };
        if let Some(name) = name {
            let value = Value::String(name.into());
            spec.attributes.set("jpeg:subsampling", value, origin);
        }
    }
    if frame.sampling.len() == 4 {
        let name = if frame.adobe == Some(2) {
            "YCbCrK"
        } else {
            "CMYK"
        };
        spec.attributes
            .set("jpeg:ColorSpace", Value::String(name.into()), origin);
    }
    if frame.marker == 0xc2 {
        spec.attributes
            .set("jpeg:progressive", Value::Int(1), origin);
    }
    Ok(vec![Part::single(Source {
        spec,
        input,
        options: options.clone(),
        frame,
        pixels: Mutex::new(None),
    })])
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::Whole
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let (w, n) = (self.spec.width(), self.spec.channels.len());
        let (x0, y0) = (region.x0 as usize, region.y0 as usize);
        let pixels = self.pixels()?;
        for i in 0..region.height() {
            let row = &pixels[((y0 + i) * w + x0) * n..];
            for (plane, &c) in out.iter_mut().zip(&channels.0) {
                split(row, n, c, plane.row::<u8>(i), |s| s);
            }
        }
        Ok(())
    }
}

impl Source {
    /// The decoded picture; whoever comes first decodes, the others wait.
    fn pixels(&self) -> Result<Arc<[u8]>, IoError> {
        let mut held = self.pixels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(p) = &*held {
            return Ok(p.clone());
        }
        Ok(held.insert(self.decode()?.into()).clone())
    }

    /// The whole picture, interleaved.
    fn decode(&self) -> Result<Vec<u8>, IoError> {
        let (w, h) = (self.frame.width, self.frame.height);
        let components = self.frame.sampling.len() as u64;
        let whole = (w as u64 * h as u64).saturating_mul(components) + self.input.len();
        Limits::check(
            "max_whole_bytes",
            whole,
            self.options.limits.max_whole_bytes,
        )?;
        let bytes = self.input.read_up_to(0, self.input.len() as usize)?;
        let first = match self.attempt(&bytes, true) {
            Ok(p) => return Ok(p),
            Err(e) => e,
        };
        let damage = Damage {
            place: "image data".into(),
            problem: first.to_string(),
            region: self.spec.data_window,
        };
        if let IoError::Unsupported { .. } = first {
            return Err(first);
        }
        self.options.damaged(&self.input, damage, first)?;
        // What can be had, else black.
        let n = self.spec.channels.len();
        Ok(self
            .attempt(&bytes, false)
            .unwrap_or_else(|_| vec![0; w * h * n]))
    }

    fn attempt(&self, bytes: &[u8], strict: bool) -> Result<Vec<u8>, IoError> {
        let bad = |problem: String| IoError::malformed(NAME, "image data", problem);
        let wrong = |e: DecodeErrors| match e {
            DecodeErrors::Unsupported(s) => IoError::unsupported(NAME, format!("{s:?}")),
            e => bad(format!("{e:?}").trim_matches('"').replace('\n', " ")),
        };
        let n = self.spec.channels.len();
        let output = match (self.frame.sampling.len(), self.frame.adobe) {
            (1, _) => ColorSpace::Luma,
            (4, Some(2)) => ColorSpace::YCCK,
            (4, _) => ColorSpace::CMYK,
            _ => ColorSpace::RGB,
        };
        let (w, h) = (self.frame.width, self.frame.height);
        let options = DecoderOptions::default()
            .set_strict_mode(strict)
            .set_max_width(w)
            .set_max_height(h)
            .jpeg_set_out_colorspace(output);
        let run = || {
            let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
            decoder.decode().map_err(wrong)
        };
        // The decoder is foreign code met by hostile files: its panics are damage, not bugs of the caller.
        let pixels = catch_unwind(AssertUnwindSafe(run))
            .unwrap_or_else(|_| Err(bad("the decoder gave up".into())))?;
        let pixels = match output {
            ColorSpace::YCCK => inks(&pixels, true),
            ColorSpace::CMYK => inks(&pixels, false),
            _ => pixels,
        };
        if pixels.len() != w * h * n {
            return Err(bad("the pixels are of another size than the frame".into()));
        }
        Ok(pixels)
    }
}

/// CMYK (or YCCK) samples to RGB. Files hold inks inverted, so that colour is ink times black.
fn inks(pixels: &[u8], ycc: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / 4 * 3);
    for &[a, b, c, k] in pixels.as_chunks::<4>().0 {
        let inks = if ycc { ycc_to_inks(a, b, c) } else { [a, b, c] };
        out.extend(inks.map(|v| {
            let product = (f32::from(v) / 255.0) * (f32::from(k) / 255.0);
            (product * 255.0 + 0.5) as u8
        }));
    }
    out
}

/// T.871's conversion in 16-bit fixed point, then inverted: what YCCK means.
fn ycc_to_inks(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    const HALF: i32 = 1 << 15;
    let r = y + ((91_881 * cr + HALF) >> 16);
    let g = y + ((-22_554 * cb - 46_802 * cr + HALF) >> 16);
    let b = y + ((116_130 * cb + HALF) >> 16);
    [r, g, b].map(|v| (255 - v).clamp(0, 255) as u8)
}
