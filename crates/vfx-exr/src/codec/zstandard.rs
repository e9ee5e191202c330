//! ZSTD: Zstandard over byte planes of sample differences, one line. Lossless.
//!
//! 24 bytes (magic `zstd-exr`, u32 format 2, u32 flags, u64 bytes of the frame), then a Zstandard frame of one or two segments, each a u64 length and its bytes. The
//! rows of 2-byte channels in chunk order make the first, those of 4-byte ones the second. In each row every sample is replaced by its difference from the one
//! to its left (flag 1); then a segment's low bytes come first, the next ones after them. Format 1, for deep data, has no differences.
//! Source: files of OpenEXR 3.5.3.

use super::{Codec, DecodeScratch, EncodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::pool::at_least;
use crate::shape::{ChunkShape, Span};
use crate::simd;

pub(super) const CODEC: Codec = Codec {
    compression: Compression::Zstd,
    // A block of 128 KiB of one byte takes four.
    max_expansion: 1 << 16,
    decode,
    encode: Some(encode),
};

/// `zstd-exr`, little-endian.
const MAGIC: u64 = u64::from_le_bytes(*b"zstd-exr");
/// Flat images.
const FORMAT_FLAT: u32 = 2;
const FORMAT_PLAIN: u32 = 1;
const FLAG_DELTA: u32 = 1;
const HEADER_BYTES: usize = 24;
const LENGTH_BYTES: usize = 8;
/// What OpenEXR compresses with.
pub(super) const DEFAULT_LEVEL: i32 = 5;
/// Sample sizes in the order of their segments.
const SAMPLE_BYTES: [usize; 2] = [2, 4];

fn bad(what: &'static str, found: usize) -> Corruption {
    Corruption::Table { what, found }
}

/// Bytes of the rows of channels with samples of this size.
fn segment_bytes(shape: &ChunkShape, size: usize) -> usize {
    let spans = shape.spans.iter().filter(|s| s.sample == size);
    spans.map(|s| s.row_bytes * s.rows).sum()
}

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let (head, frame) = packed
        .split_at_checked(HEADER_BYTES)
        .ok_or(bad("bytes of a zstd chunk", packed.len()))?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    if long(0) != MAGIC {
        return Err(bad("zstd magic number", long(0) as usize));
    }
    if !(FORMAT_PLAIN..=FORMAT_FLAT).contains(&word(8)) || word(12) & !FLAG_DELTA != 0 {
        return Err(bad("zstd format", word(8) as usize));
    }
    let delta = word(12) & FLAG_DELTA != 0;
    let frame = usize::try_from(long(16))
        .ok()
        .filter(|n| *n == frame.len())
        .map(|_| frame)
        .ok_or(bad("bytes of the zstd frame", frame.len()))?;
    let DecodeScratch { unpacked, zstd, .. } = scratch;
    let context = match zstd {
        Some(context) => context,
        None => zstd.insert(zstd::bulk::Decompressor::new().map_err(|_| Corruption::Zstd)?),
    };
    let payload = at_least(unpacked, shape.unpacked + 2 * LENGTH_BYTES);
    let found = context
        .decompress_to_buffer(frame, payload)
        .map_err(|_| Corruption::Zstd)?;
    let mut rest = &unpacked[..found];
    for size in SAMPLE_BYTES {
        let bytes = segment_bytes(shape, size);
        if bytes == 0 {
            continue;
        }
        let (length, after) = rest
            .split_first_chunk::<LENGTH_BYTES>()
            .ok_or(bad("bytes of a zstd segment", rest.len()))?;
        let segment = after
            .get(..bytes)
            .filter(|_| u64::from_le_bytes(*length) == bytes as u64)
            .ok_or(bad(
                "bytes of a zstd segment",
                u64::from_le_bytes(*length) as usize,
            ))?;
        rest = &after[bytes..];
        let mut at = 0;
        for y in shape.line_numbers() {
            for span in shape
                .spans
                .iter()
                .filter(|s| s.sample == size && s.has_row(y))
            {
                let n = span.row_bytes / size;
                if let Some(out) = span.dest(planes, y) {
                    simd::widest(
                        #[inline(always)]
                        || match size {
                            2 => join::<2>(segment, at, span, delta, out),
                            _ => join::<4>(segment, at, span, delta, out),
                        },
                    );
                }
                at += n;
            }
        }
    }
    if !rest.is_empty() {
        return Err(bad("bytes after the zstd segments", rest.len()));
    }
    Ok(())
}

/// A sample of `S` bytes as a number.
#[inline(always)]
fn number<const S: usize>(planes: &[&[u8]; S], x: usize) -> u32 {
    (0..S).fold(0, |v, b| v | u32::from(planes[b][x]) << (8 * b))
}

/// One row, whose first sample is number `at` of the segment, to the piece of it that is wanted.
#[inline(always)]
fn join<const S: usize>(segment: &[u8], at: usize, span: &Span, delta: bool, out: &mut [u8]) {
    let (all, n) = (segment.len() / S, span.row_bytes / S);
    let planes: [&[u8]; S] = std::array::from_fn(|b| &segment[b * all + at..][..n]);
    let (from, to) = (span.skip / S, (span.skip + span.take) / S);
    let mut value = 0u32;
    if delta {
        value = (0..from).fold(0, |v, x| v.wrapping_add(number(&planes, x)));
    }
    let planes: [&[u8]; S] = planes.map(|p| &p[from..to]);
    for (x, out) in out.chunks_exact_mut(S).enumerate() {
        let v = number(&planes, x);
        value = if delta { value.wrapping_add(v) } else { v };
        out.copy_from_slice(&value.to_le_bytes()[..S]);
    }
}

/// The inverse of [`join`]: a whole row into planes of `all` bytes.
#[inline(always)]
fn split<const S: usize>(row: &[u8], all: usize, at: usize, segment: &mut [u8]) {
    let value = |x: usize| {
        let mut bytes = [0; 4];
        bytes[..S].copy_from_slice(&row[x * S..][..S]);
        u32::from_le_bytes(bytes)
    };
    let n = row.len() / S;
    for b in 0..S {
        let plane = &mut segment[b * all + at..][..n];
        let Some((first, others)) = plane.split_first_mut() else {
            return;
        };
        *first = (value(0) >> (8 * b)) as u8;
        for (out, pair) in others.iter_mut().zip(row.windows(2 * S).step_by(S)) {
            let (mut left, mut here) = ([0; 4], [0; 4]);
            left[..S].copy_from_slice(&pair[..S]);
            here[..S].copy_from_slice(&pair[S..]);
            let difference = u32::from_le_bytes(here).wrapping_sub(u32::from_le_bytes(left));
            *out = (difference >> (8 * b)) as u8;
        }
    }
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let EncodeScratch { unpacked, zstd, .. } = scratch;
    let context = match zstd {
        Some(context) => context,
        None => zstd.insert(zstd::bulk::Compressor::new(scratch.zstd_level).ok()?),
    };
    let payload = at_least(unpacked, shape.unpacked + 2 * LENGTH_BYTES);
    let mut used = 0;
    for size in SAMPLE_BYTES {
        let bytes = segment_bytes(shape, size);
        if bytes == 0 {
            continue;
        }
        let (length, segment) = payload[used..][..LENGTH_BYTES + bytes].split_at_mut(LENGTH_BYTES);
        length.copy_from_slice(&(bytes as u64).to_le_bytes());
        used += LENGTH_BYTES + bytes;
        let mut at = 0;
        shape.source_rows(planes, |span, row| {
            if span.sample == size {
                simd::widest(
                    #[inline(always)]
                    || match size {
                        2 => split::<2>(row, bytes / 2, at, segment),
                        _ => split::<4>(row, bytes / 4, at, segment),
                    },
                );
                at += row.len() / size;
            }
        });
    }
    let (head, body) = out.split_at_mut_checked(HEADER_BYTES)?;
    let n = context.compress_to_buffer(&payload[..used], body).ok()?;
    head[..8].copy_from_slice(&MAGIC.to_le_bytes());
    head[8..12].copy_from_slice(&FORMAT_FLAT.to_le_bytes());
    head[12..16].copy_from_slice(&FLAG_DELTA.to_le_bytes());
    head[16..].copy_from_slice(&(n as u64).to_le_bytes());
    Some(HEADER_BYTES + n)
}
