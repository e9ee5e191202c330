//! B44 and B44A: half samples in 4 x 4 blocks of 14 bytes, 32 lines. Lossy.
//!
//! A block keeps its first sample with 16 bits and fifteen 6-bit differences with a common shift, in an order-preserving integer form of half; NaN and infinities
//! become 0. B44A stores a flat block in 3 bytes. Channels that are not half are stored as they are. Perceptually linear channels go through an exponential.
//! The chunk is channel major, so unwanted plain channels and rows cost nothing but a scan of block sizes. Source: `internal_b44.c` of OpenEXRCore.

use super::{Codec, DecodeScratch, EncodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::header::SampleType;
use crate::plane::{PlaneMut, PlaneRef};
use crate::pool::at_least;
use crate::shape::{ChunkShape, Span};
use crate::simd;
use half::f16;

/// A block of 3 bytes is 32 bytes of samples.
const MAX_EXPANSION: usize = 11;
/// Samples of a block.
const BLOCK: usize = 16;
/// Bytes of a full block.
const FULL: usize = 14;
/// Bytes of a flat block.
const FLAT: usize = 3;
/// Third bytes from here on mark a flat block: no shift is that large.
const FLAT_MARK: u8 = 13 << 2;
/// Differences are stored plus this.
const BIAS: i32 = 0x20;

pub(super) const B44: Codec = Codec {
    compression: Compression::B44,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode_b44),
};
pub(super) const B44A: Codec = Codec {
    compression: Compression::B44a,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode_b44a),
};

/// Sample pairs of the differences: down the first column, then to the right, column by column.
const STEPS: [(usize, usize); 15] = [
    (0, 4),
    (4, 8),
    (8, 12),
    (0, 1),
    (4, 5),
    (8, 9),
    (12, 13),
    (1, 2),
    (5, 6),
    (9, 10),
    (13, 14),
    (2, 3),
    (6, 7),
    (10, 11),
    (14, 15),
];

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let mut rest = packed;
    for span in &shape.spans {
        let n = span.row_bytes * span.rows;
        if span.sample_type == SampleType::Half {
            let channel = at_least(&mut scratch.unpacked, n);
            rest = decode_half(span, rest, channel)?;
            scatter(shape, span, channel, planes);
        } else {
            let (raw, after) = rest.split_at_checked(n).ok_or(Corruption::PackedSize {
                what: "plain channel",
                expected: n,
                found: rest.len(),
            })?;
            rest = after;
            scatter(shape, span, raw, planes);
        }
    }
    if !rest.is_empty() {
        return Err(Corruption::PackedSize {
            what: "after the last channel",
            expected: 0,
            found: rest.len(),
        });
    }
    Ok(())
}

/// Rows of one channel to its plane.
fn scatter(shape: &ChunkShape, span: &Span, channel: &[u8], planes: &mut [PlaneMut<'_>]) {
    if span.row_bytes == 0 {
        return;
    }
    for (y, row) in shape
        .line_numbers()
        .filter(|&y| span.has_row(y))
        .zip(channel.chunks_exact(span.row_bytes))
    {
        if let Some(out) = span.dest(planes, y) {
            out.copy_from_slice(&row[span.skip..span.skip + span.take]);
        }
    }
}

/// Decodes the blocks of a channel into packed rows; returns the bytes after them.
fn decode_half<'p>(
    span: &Span,
    packed: &'p [u8],
    channel: &mut [u8],
) -> Result<&'p [u8], Corruption> {
    let mut rest = packed;
    let short = |expected, found| Corruption::PackedSize {
        what: "block",
        expected,
        found,
    };
    for top in (0..span.rows).step_by(4) {
        for left in (0..span.row_bytes).step_by(8) {
            let mark = *rest.get(2).ok_or(short(FLAT, rest.len()))?;
            let size = if mark >= FLAT_MARK { FLAT } else { FULL };
            let (block, after) = rest.split_at_checked(size).ok_or(short(size, rest.len()))?;
            rest = after;
            let mut samples = unpack(block);
            if span.linear {
                samples = samples.map(to_linear);
            }
            let width = (span.row_bytes - left).min(8);
            for (i, four) in samples.chunks_exact(4).enumerate().take(span.rows - top) {
                let out = &mut channel[(top + i) * span.row_bytes + left..][..width];
                for (out, v) in out.chunks_exact_mut(2).zip(four) {
                    out.copy_from_slice(&v.to_le_bytes());
                }
            }
        }
    }
    Ok(rest)
}

/// The samples of a block of 3 or 14 bytes.
fn unpack(b: &[u8]) -> [u16; BLOCK] {
    let mut s = [u16::from_be_bytes([b[0], b[1]]); BLOCK];
    if b.len() >= FULL {
        let shift = b[2] >> 2;
        // The fifteen 6-bit differences follow the 16-bit sample and the 6-bit shift.
        let bits = b[2..FULL]
            .iter()
            .fold(0u128, |v, &byte| v << 8 | u128::from(byte));
        for (i, &(from, to)) in STEPS.iter().enumerate() {
            let r = (bits >> (6 * (14 - i))) as i32 & 0x3f;
            s[to] = s[from].wrapping_add(((r - BIAS) << shift) as u16);
        }
    }
    s.map(|t| if t & 0x8000 != 0 { t & 0x7fff } else { !t })
}

fn encode_b44(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    _: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    encode(shape, planes, out, false)
}

fn encode_b44a(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    _: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    encode(shape, planes, out, true)
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    out: &mut [u8],
    flat_blocks: bool,
) -> Option<usize> {
    let mut at = 0;
    for (span, plane) in shape.spans.iter().zip(planes) {
        if span.sample_type != SampleType::Half {
            for y in 0..span.rows {
                let row = &plane.bytes[y * plane.stride..][..span.row_bytes];
                out.get_mut(at..at + row.len())?.copy_from_slice(row);
                at += row.len();
            }
            continue;
        }
        let blocks = Blocks {
            span,
            plane: *plane,
            flat_blocks,
        };
        at += simd::widest(
            #[inline(always)]
            || blocks.pack_into(&mut out[at..]),
        )?;
    }
    Some(at)
}

/// A half channel that is written.
struct Blocks<'a> {
    span: &'a Span,
    plane: PlaneRef<'a>,
    flat_blocks: bool,
}

impl Blocks<'_> {
    /// Packs all blocks, row by row of them; `None` when they do not fit.
    #[inline(always)]
    fn pack_into(&self, out: &mut [u8]) -> Option<usize> {
        let (span, columns) = (self.span, self.span.row_bytes / 2);
        let mut at = 0;
        for top in (0..span.rows).step_by(4) {
            // Blocks over the edge repeat the last row and column.
            let rows: [&[u8]; 4] = std::array::from_fn(|i| {
                let y = (top + i).min(span.rows - 1);
                &self.plane.bytes[y * self.plane.stride..][..span.row_bytes]
            });
            for left in (0..columns).step_by(4) {
                let mut samples = [0u16; BLOCK];
                for (i, row) in rows.iter().enumerate() {
                    if let Some(eight) = row[2 * left..].first_chunk::<8>() {
                        for (j, pair) in eight.chunks_exact(2).enumerate() {
                            samples[4 * j + i] = u16::from_le_bytes([pair[0], pair[1]]);
                        }
                    } else {
                        for j in 0..4 {
                            let x = 2 * (left + j).min(columns - 1);
                            samples[4 * j + i] = u16::from_le_bytes([row[x], row[x + 1]]);
                        }
                    }
                }
                if span.linear {
                    samples = samples.map(from_linear);
                }
                let (block, size) = pack(&samples, self.flat_blocks, !span.linear);
                if let Some(room) = out.get_mut(at..at + 16) {
                    room.copy_from_slice(&block);
                } else {
                    out.get_mut(at..at + size)?.copy_from_slice(&block[..size]);
                }
                at += size;
            }
        }
        Some(at)
    }
}

/// A block of samples, **column by column**, packed, and its size. `exact_max`: the largest sample survives unchanged.
#[inline(always)]
fn pack(samples: &[u16; BLOCK], flat_blocks: bool, exact_max: bool) -> ([u8; 16], usize) {
    let mut t = [0i32; BLOCK];
    for (t, &v) in t.iter_mut().zip(samples) {
        let negative = if v & 0x8000 != 0 { !v } else { v | 0x8000 };
        let ordered = if v & 0x7c00 == 0x7c00 {
            0x8000
        } else {
            negative
        };
        *t = i32::from(ordered);
    }
    let mut max = 0;
    for t in t {
        max = max.max(t);
    }
    // The differences in the order that they are stored: down the first column, then from column to column.
    let differences = |d: &[i32; BLOCK]| {
        let mut r = [0i32; BLOCK];
        for i in 0..12 {
            r[3 + i] = d[i] - d[4 + i];
        }
        for i in 0..3 {
            r[i] = d[i] - d[i + 1];
        }
        r
    };
    let mut widest = 0;
    for r in differences(&t) {
        widest = widest.max(r.abs());
    }
    // Rounding moves a difference by less than one, so smaller shifts cannot do.
    let mut shift = 0;
    while widest > (0x21 << shift) {
        shift += 1;
    }
    let (d, r) = loop {
        // Rounded half to even.
        let below = (1 << shift) - 1;
        let mut d = [0i32; BLOCK];
        for (d, t) in d.iter_mut().zip(t) {
            let x = (max - t) << 1;
            *d = (x + below + ((x >> (shift + 1)) & 1)) >> (shift + 1);
        }
        let mut r = differences(&d);
        let mut out_of_range = 0;
        for r in &mut r {
            *r += BIAS;
            out_of_range |= *r & !0x3f;
        }
        if out_of_range == 0 {
            break (d, r);
        }
        shift += 1;
    };
    let mut b = [0; 16];
    let mut steps = 0;
    for r in r {
        steps |= r ^ BIAS;
    }
    if flat_blocks && steps == 0 {
        b[..2].copy_from_slice(&(t[0] as u16).to_be_bytes());
        b[2] = 0xfc;
        return (b, FLAT);
    }
    if exact_max {
        t[0] = max - (d[0] << shift);
    }
    b[..2].copy_from_slice(&(t[0] as u16).to_be_bytes());
    let bits = |from: u64, r: &[i32]| r.iter().fold(from, |v, &r| v << 6 | r as u64);
    b[2..10].copy_from_slice(&(bits(shift as u64, &r[..7]) << 16).to_be_bytes());
    b[8..16].copy_from_slice(&(bits(0, &r[7..15]) << 16).to_be_bytes());
    (b, FULL)
}

/// exp(x / 8): packing of perceptually linear samples.
fn from_linear(bits: u16) -> u16 {
    let x = f16::from_bits(bits);
    if !x.is_finite() {
        return 0;
    }
    let limit = 8.0 * f64::from(f16::MAX).ln();
    if f64::from(x) >= limit {
        f16::MAX.to_bits()
    } else {
        f16::from_f64((f64::from(x) / 8.0).exp()).to_bits()
    }
}

/// 8 log(x): the inverse.
fn to_linear(bits: u16) -> u16 {
    let x = f16::from_bits(bits);
    if !x.is_finite() || x < f16::ZERO {
        0
    } else {
        f16::from_f64(8.0 * f64::from(x).ln()).to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b44_block_keeps_flat_and_maximum() {
        let flat = [0x3c00; BLOCK];
        for flat_blocks in [false, true] {
            let (b, n) = pack(&flat, flat_blocks, true);
            assert_eq!(
                (n, unpack(&b[..n])),
                (if flat_blocks { FLAT } else { FULL }, flat)
            );
        }
        let mut ramp: [u16; BLOCK] = std::array::from_fn(|i| 0x3000 + 100 * i as u16);
        ramp[0] = 0x7000;
        let (b, n) = pack(&ramp, true, true);
        assert_eq!(unpack(&b[..n])[0], ramp[0]);
    }
}
