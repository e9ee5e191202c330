//! Components as planes at their own subsampling, without upsampling or colour: for callers that keep YCbCr.

use super::coefficients::Coefficients;
use super::drive::Decoder;
use super::frame::Frame;
use super::options::{Channels, Options};
use super::output::Engine;
use super::whole::Pixels;
use crate::error::JpegError;

/// One component, rows top down without padding.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlaneImage {
    /// Samples across.
    pub width: usize,
    /// Samples down.
    pub height: usize,
    /// The samples: `f32` (0 to 1, chroma around the middle code) from the float pipeline, else codes of the file's precision.
    pub samples: Pixels,
}

/// Decodes a whole file to one plane a component. The options' channels have no meaning here.
///
/// # Errors
/// As [`Decoder::write`].
pub fn decode_planes(
    bytes: &[u8],
    options: Options,
) -> Result<(Vec<PlaneImage>, Decoder), JpegError> {
    let mut options = options;
    options.channels = Channels::Components;
    let decoder = Decoder::coefficients_of(bytes, options)?;
    let quant = decoder.quantisers();
    let mut planes = Vec::new();
    if let (Some(mut output), Some(frame), Some(stored)) = (
        decoder.new_output()?,
        &decoder.frame,
        decoder.stored(&quant),
    ) {
        let lanes = output.geometry().lanes.clone();
        for l in &lanes {
            let empty = match &output.engine {
                Engine::Codes8(_) => Pixels::U8(Vec::with_capacity(l.width * l.height)),
                Engine::Codes16(_) => Pixels::U16(Vec::with_capacity(l.width * l.height)),
                Engine::Float(_) => Pixels::F32(Vec::with_capacity(l.width * l.height)),
            };
            planes.push(PlaneImage {
                width: l.width,
                height: l.height,
                samples: empty,
            });
        }
        for k in 0..frame.mcus_y {
            output.render(frame, &stored);
            for (c, (l, plane)) in lanes.iter().zip(&mut planes).enumerate() {
                for y in k * l.rows..((k + 1) * l.rows).min(l.height) {
                    match (&output.engine, &mut plane.samples) {
                        (Engine::Codes8(e), Pixels::U8(v)) => {
                            v.extend_from_slice(&e.raster.row(c, y as isize)[..l.width])
                        }
                        (Engine::Codes16(e), Pixels::U16(v)) => {
                            v.extend_from_slice(&e.raster.row(c, y as isize)[..l.width])
                        }
                        (Engine::Float(e), Pixels::F32(v)) => {
                            v.extend(
                                e.raster.row(c, y as isize)[..l.width]
                                    .iter()
                                    .map(|s| e.value(*s)),
                            );
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    Ok((planes, decoder))
}

impl Decoder {
    /// Decodes a whole file and keeps its coefficients, even where rows would stream.
    pub(crate) fn coefficients_of(bytes: &[u8], options: Options) -> Result<Self, JpegError> {
        let mut decoder = Decoder::new(options);
        decoder.keep_coefficients = true;
        for piece in bytes.chunks(1 << 14) {
            decoder.write(piece)?;
        }
        decoder.finish()?;
        while !decoder.finished() {
            decoder.write(&[])?;
        }
        Ok(decoder)
    }

    /// The frame, its coefficients (zig-zag order) and quantisers; `None` for lossless files.
    pub(crate) fn coefficients(&self) -> Option<(&Frame, &Coefficients, Vec<[u16; 64]>)> {
        Some((
            self.frame.as_ref()?,
            self.store.as_ref()?,
            self.quantisers(),
        ))
    }
}
