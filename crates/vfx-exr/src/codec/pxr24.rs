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
use crate::simd;

/// Deflate's 1032, and four bytes for three.
pub(super) const CODEC: Codec = Codec {
    compression: Compression::Pxr24,
    max_expansion: 1376,
    decode,
    encode: Some(encode),
};

/// Byte planes of a sample.
fn depth(sample_type: SampleType) -> usize {
    match sample_type {
        SampleType::Half => 2,
        SampleType::Float => 3,
        SampleType::Uint => 4,
    }
}

fn coded_bytes(shape: &ChunkShape) -> usize {
    shape
        .spans
        .iter()
        .map(|s| s.row_bytes / s.sample * depth(s.sample_type) * s.rows)
        .sum()
}

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let coded = at_least(&mut scratch.unpacked, coded_bytes(shape));
    let found = scratch
        .inflater
        .zlib_decompress(packed, coded)
        .map_err(|_| Corruption::Inflate)?;
    if found != coded.len() {
        return Err(Corruption::UnpackedSize {
            expected: coded.len(),
            found,
        });
    }
    let mut rest = &*coded;
    for y in shape.line_numbers() {
        for span in shape.spans.iter().filter(|s| s.has_row(y)) {
            let n = span.row_bytes / span.sample;
            let (row, after) = rest.split_at(n * depth(span.sample_type));
            rest = after;
            let Some(out) = span.dest(planes, y) else {
                continue;
            };
            let (skip, take) = (span.skip / span.sample, span.take / span.sample);
            let before = |i: usize| &row[i * n..][..skip];
            let plane = |i: usize| &row[i * n..][skip..skip + take];
            match span.sample_type {
                SampleType::Half => {
                    let skipped = before(0).iter().zip(before(1));
                    let mut value = skipped.fold(0u16, |value, (&a, &b)| {
                        value.wrapping_add(u16::from_be_bytes([a, b]))
                    });
                    simd::sum_words([plane(0), plane(1)], out, &mut value);
                }
                SampleType::Float | SampleType::Uint => {
                    let whole = span.sample_type == SampleType::Uint;
                    let mut value = 0u32;
                    for i in 0..skip {
                        let low = if whole { before(3)[i] } else { 0 };
                        let difference = [before(0)[i], before(1)[i], before(2)[i], low];
                        value = value.wrapping_add(u32::from_be_bytes(difference));
                    }
                    let low = if whole { plane(3) } else { &[] };
                    simd::sum_longs([plane(0), plane(1), plane(2), low], out, &mut value);
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
        let n = row.len() / span.sample;
        let to = &mut coded[at..at + n * depth(span.sample_type)];
        at += to.len();
        let (top, rest) = to.split_at_mut(n);
        let (second, rest) = rest.split_at_mut(n);
        if span.sample_type == SampleType::Half {
            let mut before = 0;
            for ((pair, a), b) in row.chunks_exact(2).zip(top).zip(second) {
                let value = u16::from_le_bytes([pair[0], pair[1]]);
                [*a, *b] = value.wrapping_sub(before).to_be_bytes();
                before = value;
            }
            return;
        }
        // Left justified, so that the planes are always the top bytes.
        let float = span.sample_type == SampleType::Float;
        let (third, fourth) = rest.split_at_mut(n);
        let mut fourth = fourth.iter_mut();
        let mut before = 0;
        for (((quad, a), b), c) in row.chunks_exact(4).zip(top).zip(second).zip(third) {
            let bits = u32::from_le_bytes([quad[0], quad[1], quad[2], quad[3]]);
            let value = if float { float24(bits) << 8 } else { bits };
            let d;
            [*a, *b, *c, d] = value.wrapping_sub(before).to_be_bytes();
            if let Some(last) = fourth.next() {
                *last = d;
            }
            before = value;
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
        if rounded >= EXPONENT >> 8 {
            magnitude >> 8
        } else {
            rounded
        }
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
