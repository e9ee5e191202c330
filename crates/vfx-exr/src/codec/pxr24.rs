//! PXR24: deflate of horizontal differences in byte planes, 16 lines.
//!
//! Half and uint are lossless; float keeps sign, exponent and 15 bits of mantissa, rounded (NaN stays NaN, infinities stay).
//! Each row of each channel starts anew at 0; its differences modulo 2^16, 2^24 or 2^32 are stored most significant byte plane first.
//! Source: `internal_pxr24.c` of OpenEXRCore.

use super::{Codec, DecodeScratch, EncodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::header::SampleType;
use crate::plane::{PlaneMut, PlaneRef};
use crate::pool::at_least;
use crate::shape::ChunkShape;

/// Deflate's 1032, and four bytes for three.
pub(super) const CODEC: Codec =
    Codec { compression: Compression::Pxr24, max_expansion: 1376, decode, encode: Some(encode) };

/// Byte planes of a sample.
fn depth(sample_type: SampleType) -> usize {
    match sample_type {
        SampleType::Half => 2,
        SampleType::Float => 3,
        SampleType::Uint => 4,
    }
}

fn coded_bytes(shape: &ChunkShape) -> usize {
    shape.spans.iter().map(|s| s.row_bytes / s.sample * depth(s.sample_type) * s.rows).sum()
}

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let coded = at_least(&mut scratch.unpacked, coded_bytes(shape));
    let found = scratch.inflater.zlib_decompress(packed, coded).map_err(|_| Corruption::Inflate)?;
    if found != coded.len() {
        return Err(Corruption::UnpackedSize { expected: coded.len(), found });
    }
    let mut rest = &*coded;
    for y in shape.line_numbers() {
        for span in shape.spans.iter().filter(|s| s.has_row(y)) {
            let n = span.row_bytes / span.sample;
            let (row, after) = rest.split_at(n * depth(span.sample_type));
            rest = after;
            let Some(out) = span.dest(planes, y) else { continue };
            let (skip, take) = (span.skip / span.sample, span.take / span.sample);
            let plane = |i: usize| &row[i * n..][..skip + take];
            match span.sample_type {
                SampleType::Half => {
                    let mut value = 0u16;
                    for (i, (&a, &b)) in plane(0).iter().zip(plane(1)).enumerate() {
                        value = value.wrapping_add(u16::from_be_bytes([a, b]));
                        if i >= skip {
                            out[2 * (i - skip)..][..2].copy_from_slice(&value.to_le_bytes());
                        }
                    }
                }
                SampleType::Float | SampleType::Uint => {
                    let low = if span.sample_type == SampleType::Uint { plane(3) } else { &[] };
                    let mut value = 0u32;
                    for (i, ((&a, &b), &c)) in plane(0).iter().zip(plane(1)).zip(plane(2)).enumerate() {
                        let d = low.get(i).copied().unwrap_or(0);
                        value = value.wrapping_add(u32::from_be_bytes([a, b, c, d]));
                        if i >= skip {
                            out[4 * (i - skip)..][..4].copy_from_slice(&value.to_le_bytes());
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let coded = at_least(&mut scratch.unpacked, coded_bytes(shape));
    let mut at = 0;
    shape.source_rows(planes, |span, row| {
        let depth = depth(span.sample_type);
        let n = row.len() / span.sample;
        let to = &mut coded[at..at + n * depth];
        at += n * depth;
        let mut before = 0u32;
        for (i, sample) in row.chunks_exact(span.sample).enumerate() {
            // Left justified, so that the planes are always the top bytes.
            let value = match *sample {
                [a, b] => u32::from(u16::from_le_bytes([a, b])) << 16,
                [a, b, c, d] => {
                    let bits = u32::from_le_bytes([a, b, c, d]);
                    if span.sample_type == SampleType::Float { float24(bits) << 8 } else { bits }
                }
                _ => 0,
            };
            let difference = value.wrapping_sub(before).to_be_bytes();
            before = value;
            for (p, byte) in difference.iter().take(depth).enumerate() {
                to[p * n + i] = *byte;
            }
        }
    });
    scratch.deflater.zlib_compress(coded, out).ok()
}

/// The bits of a float rounded to 24 bits.
fn float24(bits: u32) -> u32 {
    const EXPONENT: u32 = 0x7f80_0000;
    let (sign, magnitude) = (bits >> 31 << 23, bits & 0x7fff_ffff);
    let mantissa = bits & 0x7f_ffff;
    let short = if magnitude >= EXPONENT {
        // A NaN whose payload would vanish keeps a bit, or it would become an infinity.
        let payload = mantissa >> 8;
        EXPONENT >> 8 | payload | u32::from(mantissa != 0 && payload == 0)
    } else {
        let rounded = (magnitude + (mantissa & 0x80)) >> 8;
        if rounded >= EXPONENT >> 8 { magnitude >> 8 } else { rounded }
    };
    sign | short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float24_rounds_and_keeps_specials() {
        assert_eq!(float24(1.0f32.to_bits()), 0x3f_8000);
        assert_eq!(float24(f32::INFINITY.to_bits()), 0x7f_8000);
        assert_eq!(float24(f32::NEG_INFINITY.to_bits()), 0xff_8000);
        assert_eq!(float24(0x7f80_0001), 0x7f_8001);
        assert_eq!(float24(f32::MAX.to_bits()), 0x7f_7fff);
        assert_eq!(float24(0x3f80_0080), 0x3f_8001);
        assert_eq!(float24((-0.0f32).to_bits()), 0x80_0000);
    }
}
