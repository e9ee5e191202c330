//! Lossless transforms on coefficients, as jpegtran does them: turn, mirror, crop, optimise, make progressive, strip.
//!
//! Coefficients are moved and their signs changed, never requantised. Mirroring an axis whose size is not a whole number of
//! iMCUs cannot keep the partial ones: they are trimmed, or the transform is refused with `perfect`.

mod segments;
mod write;

use crate::decode::Frame;
use crate::decode::{Coefficients, DecodeOptions, Decoder};
use crate::error::JpegError;
use crate::marker::ZIGZAG;

/// What happens to the picture, as seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Turn {
    /// Nothing.
    #[default]
    None,
    /// Left and right change places.
    FlipHorizontal,
    /// Top and bottom change places.
    FlipVertical,
    /// A quarter turn clockwise.
    Rotate90,
    /// A half turn.
    Rotate180,
    /// A quarter turn counter-clockwise.
    Rotate270,
    /// Mirrored along the main diagonal.
    Transpose,
    /// Mirrored along the other diagonal.
    Transverse,
}

impl Turn {
    /// Transposition first, then mirroring of the columns, of the rows.
    fn parts(self) -> (bool, bool, bool) {
        match self {
            Turn::None => (false, false, false),
            Turn::FlipHorizontal => (false, true, false),
            Turn::FlipVertical => (false, false, true),
            Turn::Rotate180 => (false, true, true),
            Turn::Transpose => (true, false, false),
            Turn::Rotate90 => (true, true, false),
            Turn::Rotate270 => (true, false, true),
            Turn::Transverse => (true, true, true),
        }
    }
}

/// A rectangle of the turned picture in pixels. Its corner moves up and left to the next iMCU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
}

/// How to transform.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransformOptions {
    /// Turning and mirroring.
    pub turn: Turn,
    /// Cropping, after turning.
    pub crop: Option<Crop>,
    /// Write progressive scans; else one sequential scan. Huffman tables are optimised either way.
    pub progressive: bool,
    /// Refuse what would trim partial iMCUs.
    pub perfect: bool,
    /// Leave out application segments (but JFIF and Adobe, which colour depends on) and comments.
    pub strip: bool,
    /// With `strip`, keep the ICC profile: what the numbers mean.
    pub keep_icc: bool,
    /// Bounds of decoding.
    pub limits: crate::decode::Limits,
}

/// One component on its way out.
struct Plane {
    id: u8,
    h: usize,
    v: usize,
    quant: usize,
    /// Blocks that hold samples, and with the padding of interleaved scans.
    blocks_w: usize,
    blocks_h: usize,
    padded_w: usize,
    /// Zig-zag order.
    blocks: Vec<[i16; 64]>,
}

/// Everything that the writer needs.
struct Picture {
    precision: u32,
    width: usize,
    height: usize,
    mcus_x: usize,
    mcus_y: usize,
    tables: Vec<[u16; 64]>,
    planes: Vec<Plane>,
}

/// Transforms a whole file.
///
/// # Errors
/// Whatever decoding strictly meets, lossless input, a crop outside the picture, `perfect` where it is not.
pub fn transform(bytes: &[u8], options: &TransformOptions) -> Result<Vec<u8>, JpegError> {
    let decode = DecodeOptions {
        strict: true,
        limits: options.limits,
        ..DecodeOptions::default()
    };
    let decoder = Decoder::coefficients_of(bytes, decode)?;
    let (frame, store, quant) = decoder.coefficients().ok_or(JpegError::Unsupported {
        what: "transforming lossless files",
    })?;
    let names = frame.components.iter().map(|c| c.id);
    if (1..frame.components.len()).any(|n| {
        names
            .clone()
            .take(n)
            .any(|id| names.clone().nth(n) == Some(id))
    }) {
        // Scans of one component could not say which they mean.
        return Err(JpegError::Unsupported {
            what: "transforming components that share a name",
        });
    }
    let picture = turned(frame, store, &quant, options)?;
    codable(&picture)?;
    Ok(write::file(
        &picture,
        &segments::kept(bytes, options),
        options.progressive,
    ))
}

/// Refuses coefficients that no sound encoder makes and Huffman codes of T.81 F.1.2 have no size for.
fn codable(p: &Picture) -> Result<(), JpegError> {
    let (dc, ac) = if p.precision > 8 {
        (1 << 14, 1 << 14)
    } else {
        (1 << 10, 1 << 10)
    };
    let sound = |b: &[i16; 64]| {
        let level = i32::from(b[0]);
        let all = b[1..].iter().all(|v| i32::from(v.unsigned_abs()) < ac);
        all && (-dc..dc).contains(&level)
    };
    if p.planes.iter().all(|plane| plane.blocks.iter().all(sound)) {
        return Ok(());
    }
    Err(JpegError::Unsupported {
        what: "transforming coefficients out of range",
    })
}

/// A block of the turned picture from one of the original.
fn turn_block(b: &[i16; 64], (transpose, flip_x, flip_y): (bool, bool, bool)) -> [i16; 64] {
    let mut natural = [0i16; 64];
    for (k, n) in ZIGZAG.iter().enumerate() {
        let (mut u, mut v) = (usize::from(n & 7), usize::from(n >> 3));
        if transpose {
            (u, v) = (v, u);
        }
        let negative = (flip_x && u % 2 == 1) != (flip_y && v % 2 == 1);
        natural[v * 8 + u] = if negative { b[k].wrapping_neg() } else { b[k] };
    }
    ZIGZAG.map(|n| natural[usize::from(n)])
}

fn turned(
    frame: &Frame,
    store: &Coefficients,
    quant: &[[u16; 64]],
    options: &TransformOptions,
) -> Result<Picture, JpegError> {
    let parts @ (transpose, flip_x, flip_y) = options.turn.parts();
    let swap = |a: usize, b: usize| if transpose { (b, a) } else { (a, b) };
    let (hmax, vmax) = swap(frame.hmax, frame.vmax);
    let (mut width, mut height) = swap(frame.width, frame.height);
    for (flip, size, unit) in [
        (flip_x, &mut width, 8 * hmax),
        (flip_y, &mut height, 8 * vmax),
    ] {
        if flip && !size.is_multiple_of(unit) {
            if options.perfect || *size < unit {
                return Err(JpegError::Parameter {
                    parameter: "turn",
                    reason: "a partial iMCU would be trimmed",
                });
            }
            *size -= *size % unit;
        }
    }
    // Size that mirroring refers to.
    let (whole_w, whole_h) = (width, height);
    let (mut left, mut top) = (0, 0);
    if let Some(c) = options.crop {
        let (x, y) = (c.x as usize, c.y as usize);
        if c.width == 0 || c.height == 0 || x >= width || y >= height {
            return Err(JpegError::Parameter {
                parameter: "crop",
                reason: "outside the picture",
            });
        }
        (left, top) = (x / (8 * hmax), y / (8 * vmax));
        width = (x + c.width as usize).min(width) - left * 8 * hmax;
        height = (y + c.height as usize).min(height) - top * 8 * vmax;
    }
    let (mcus_x, mcus_y) = (width.div_ceil(8 * hmax), height.div_ceil(8 * vmax));
    let mut tables: Vec<[u16; 64]> = Vec::new();
    let mut planes = Vec::new();
    for (c, (component, q)) in frame.components.iter().zip(quant).enumerate() {
        let q: [u16; 64] = if transpose {
            std::array::from_fn(|n| q[(n % 8) * 8 + n / 8])
        } else {
            *q
        };
        let index = tables.iter().position(|t| *t == q).unwrap_or_else(|| {
            tables.push(q);
            tables.len() - 1
        });
        let (h, v) = swap(component.h, component.v);
        let (total_w, total_h) = (whole_w / (8 * hmax) * h, whole_h / (8 * vmax) * v);
        let (blocks_w, blocks_h) = (
            (width * h).div_ceil(hmax).div_ceil(8),
            (height * v).div_ceil(vmax).div_ceil(8),
        );
        let (padded_w, padded_h) = (mcus_x * h, mcus_y * v);
        let mut blocks = Vec::with_capacity(padded_w * padded_h);
        let source = &store.planes[c];
        for by in 0..padded_h {
            for bx in 0..padded_w {
                if bx >= blocks_w || by >= blocks_h {
                    // Padding: flat, at the level of the block before it.
                    let mut flat = [0; 64];
                    let before: Option<&[i16; 64]> = if bx >= blocks_w {
                        blocks.last()
                    } else {
                        blocks.get((by - 1) * padded_w + bx)
                    };
                    flat[0] = before.map_or(0, |b| b[0]);
                    blocks.push(flat);
                    continue;
                }
                let (mut x, mut y) = (bx + left * h, by + top * v);
                if flip_x {
                    x = total_w - 1 - x;
                }
                if flip_y {
                    y = total_h - 1 - y;
                }
                let (x, y) = swap(x, y);
                let block = source
                    .rows
                    .get(y)
                    .and_then(|r| r.get(x))
                    .copied()
                    .unwrap_or([0; 64]);
                blocks.push(turn_block(&block, parts));
            }
        }
        planes.push(Plane {
            id: component.id,
            h,
            v,
            quant: index,
            blocks_w,
            blocks_h,
            padded_w,
            blocks,
        });
    }
    if tables.len() > 4 {
        return Err(JpegError::Unsupported {
            what: "more than four quantisation tables",
        });
    }
    Ok(Picture {
        precision: frame.precision,
        width,
        height,
        mcus_x,
        mcus_y,
        tables,
        planes,
    })
}
