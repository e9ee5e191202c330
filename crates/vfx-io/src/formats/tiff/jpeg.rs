//! JPEG strips and tiles: an abbreviated stream and the tables of the directory make one whole JPEG file.
//!
//! In: 8-bit baseline or progressive streams of 1, 3 or 4 components. Out: interleaved 8-bit rows; YCbCr becomes RGB, any
//! other photometric interpretation stays as stored. Source: TIFF Technical Note 2 (compression 7). Old-style JPEG
//! (compression 6) is not read.

use super::codec::Broken;
use super::layout::{Layout, Number};
use super::tag::photometric;
use super::unsupported;
use vfx_core::IoError;
use vfx_jpeg::{Channels, DecodeOptions};

/// Refuses what the codec does not do.
pub fn check(layout: &Layout) -> Result<(), IoError> {
    if layout.bits != 8 || layout.number != Number::Unsigned {
        return Err(unsupported(format!("JPEG of {} bits", layout.bits)));
    }
    match layout.chunk_samples() {
        1 | 3 | 4 => Ok(()),
        n => Err(unsupported(format!("JPEG of {n} components"))),
    }
}

/// Decodes a chunk into `out`, rows of the chunk's width.
pub fn decode(layout: &Layout, packed: &[u8], out: &mut [u8]) -> Result<(), Broken> {
    let broken = |problem: String| Broken {
        filled: 0,
        problem: problem.into(),
    };
    let samples = layout.chunk_samples();
    // Tables without their SOI and EOI, between the SOI of the stream and the rest of it.
    let tables = layout
        .jpeg_tables
        .strip_prefix(&[0xff, 0xd8])
        .unwrap_or_default();
    let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables);
    let body = packed
        .strip_prefix(&[0xff, 0xd8])
        .ok_or_else(|| broken("no JPEG stream".into()))?;
    let whole = [&[0xff, 0xd8], tables, body].concat();
    let has_rgb_marker = adobe_transform(body) == Some(0);
    let mut options = DecodeOptions::default();
    options.channels = match samples {
        1 => Channels::Gray,
        3 if layout.photometric == photometric::YCBCR || has_rgb_marker => Channels::Rgb,
        _ => Channels::Components,
    };
    options.limits.pixels = layout.chunk.0.max(16) as u64 * layout.chunk.1.max(16) as u64;
    let (image, _) = vfx_jpeg::decode(&whole, options).map_err(|e| broken(e.to_string()))?;
    let (w, h) = (image.width, image.height);
    let pixels = image.u8s().unwrap_or_default();
    if w == 0 || pixels.len() != w * h * samples {
        return Err(broken(format!(
            "a JPEG of {} samples for {w} x {h}",
            pixels.len()
        )));
    }
    let row = layout.chunk.0 * samples;
    let (have, take) = (w * samples, row.min(w * samples));
    let mut filled = 0;
    for (o, p) in out.chunks_exact_mut(row).zip(pixels.chunks_exact(have)) {
        o[..take].copy_from_slice(&p[..take]);
        filled += row;
    }
    if filled < out.len() {
        return Err(Broken {
            filled,
            problem: format!("a JPEG of {w} x {h}").into(),
        });
    }
    Ok(())
}

/// The colour transform of an Adobe marker.
fn adobe_transform(body: &[u8]) -> Option<u8> {
    let at = body
        .windows(9)
        .take(512)
        .position(|w| w == b"\xff\xee\0\x0eAdobe")?;
    body.get(at + 15).copied()
}
