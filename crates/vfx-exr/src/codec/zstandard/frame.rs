//! The layout that flat and deep ZSTD chunks share: a header, a Zstandard frame, segments of byte planes.
//!
//! 24 bytes (magic `zstd-exr`, u32 format, u32 flags, u64 bytes of the frame), then a Zstandard frame of one or two segments, each a u64 length and its bytes. All rows
//! of 2-byte samples make the first, those of 4-byte samples the second. With flag 1 every sample of a row is replaced by its difference from the one to its left.
//! A segment's low bytes come first, the next ones after them. All numbers are little-endian. Format 1, for deep data, has no differences; format 2 is for flat images.
//! Source: files of OpenEXR 3.5.3 and `internal_zstd.c` of its OpenEXRCore.

use std::ops::{Range, RangeInclusive};

use crate::codec::{DecodeScratch, EncodeScratch};
use crate::error::Corruption;
use crate::pool::at_least;
use crate::simd;

/// `zstd-exr`.
const MAGIC: u64 = u64::from_le_bytes(*b"zstd-exr");
/// Deep data, no differences.
pub(crate) const FORMAT_DEEP: u32 = 1;
/// Flat images.
pub(crate) const FORMAT_FLAT: u32 = 2;
const FLAG_DELTA: u32 = 1;
const HEADER_BYTES: usize = 24;
const LENGTH_BYTES: usize = 8;
/// Sample sizes in the order of their segments.
pub(crate) const SAMPLE_BYTES: [usize; 2] = [2, 4];
/// Bytes that the lengths of all segments take.
const LENGTHS: usize = SAMPLE_BYTES.len() * LENGTH_BYTES;

fn bad(what: &'static str, found: usize) -> Corruption {
    Corruption::Table { what, found }
}

/// The segments of a chunk, unpacked but still in byte planes.
pub(crate) struct Segments<'a> {
    /// Samples are differences.
    delta: bool,
    rest: &'a [u8],
}

/// One segment: byte planes of samples of one size.
#[derive(Clone, Copy)]
pub(crate) struct Segment<'a> {
    delta: bool,
    bytes: &'a [u8],
}

impl<'a> Segments<'a> {
    /// Unpacks a chunk of one of these formats whose rows have `bytes` bytes in all; the caller has checked that size.
    pub fn open(
        packed: &[u8],
        formats: &RangeInclusive<u32>,
        bytes: usize,
        scratch: &'a mut DecodeScratch,
    ) -> Result<Self, Corruption> {
        let (head, frame) = packed
            .split_at_checked(HEADER_BYTES)
            .ok_or(bad("bytes of a zstd chunk", packed.len()))?;
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        if long(0) != MAGIC {
            return Err(bad("zstd magic number", long(0) as usize));
        }
        let (format, flags) = (word(8), word(12));
        if !formats.contains(&format) {
            return Err(bad("zstd format", format as usize));
        }
        let known = if *formats.end() == FORMAT_DEEP {
            0
        } else {
            FLAG_DELTA
        };
        if flags & !known != 0 {
            return Err(bad("zstd flags", flags as usize));
        }
        if frame.len() as u64 != long(16) {
            return Err(bad("bytes of the zstd frame", frame.len()));
        }
        let DecodeScratch { unpacked, zstd, .. } = scratch;
        let context = match zstd {
            Some(context) => context,
            None => zstd.insert(zstd::bulk::Decompressor::new().map_err(|_| Corruption::Zstd)?),
        };
        let payload = at_least(unpacked, bytes + LENGTHS);
        let found = context
            .decompress_to_buffer(frame, payload)
            .map_err(|_| Corruption::Zstd)?;
        Ok(Self {
            delta: flags & FLAG_DELTA != 0,
            rest: &unpacked[..found],
        })
    }

    /// The next segment, which must have `bytes` bytes; a chunk without such samples has no segment for them.
    pub fn next(&mut self, bytes: usize) -> Result<Segment<'a>, Corruption> {
        let none = Segment {
            delta: self.delta,
            bytes: &[],
        };
        if bytes == 0 {
            return Ok(none);
        }
        let (length, after) = self
            .rest
            .split_first_chunk::<LENGTH_BYTES>()
            .ok_or(bad("bytes of a zstd segment", self.rest.len()))?;
        let length = u64::from_le_bytes(*length);
        let (segment, rest) = after
            .split_at_checked(bytes)
            .filter(|_| length == bytes as u64)
            .ok_or(bad("bytes of a zstd segment", length as usize))?;
        self.rest = rest;
        Ok(Segment {
            bytes: segment,
            ..none
        })
    }

    /// Nothing may follow the last segment.
    pub fn finish(self) -> Result<(), Corruption> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(bad("bytes after the zstd segments", self.rest.len()))
    }
}

impl Segment<'_> {
    /// Samples `wanted` of a row of `count` samples of `size` bytes, the first of which is number `at` of the segment.
    pub fn row(self, size: usize, at: usize, count: usize, wanted: Range<usize>, out: &mut [u8]) {
        simd::widest(
            #[inline(always)]
            || match size {
                2 => join::<2>(self, at, count, wanted, out),
                _ => join::<4>(self, at, count, wanted, out),
            },
        );
    }
}

/// A sample of `S` bytes as a number.
#[inline(always)]
fn number<const S: usize>(planes: &[&[u8]; S], x: usize) -> u32 {
    (0..S).fold(0, |v, b| v | u32::from(planes[b][x]) << (8 * b))
}

#[inline(always)]
fn join<const S: usize>(
    segment: Segment<'_>,
    at: usize,
    count: usize,
    wanted: Range<usize>,
    out: &mut [u8],
) {
    let all = segment.bytes.len() / S;
    let planes: [&[u8]; S] = std::array::from_fn(|b| &segment.bytes[b * all + at..][..count]);
    let before = 0..wanted.start;
    let wanted: [&[u8]; S] = planes.map(|p| &p[wanted.clone()]);
    if !segment.delta {
        for (x, out) in out.as_chunks_mut::<S>().0.iter_mut().enumerate() {
            out.copy_from_slice(&number(&wanted, x).to_le_bytes()[..S]);
        }
        return;
    }
    let mut value = before.fold(0u32, |v, x| v.wrapping_add(number(&planes, x)));
    match wanted[..] {
        [low, high] => simd::sum_words([high, low], out, &mut (value as u16)),
        [a, b, c, d] => simd::sum_longs([d, c, b, a], out, &mut value),
        _ => unreachable!("samples of two or four bytes"),
    }
}

/// The inverse of [`join`]: a whole row into planes of `segment.len() / S` bytes.
#[inline(always)]
fn split<const S: usize>(row: &[u8], delta: bool, at: usize, segment: &mut [u8]) {
    let all = segment.len() / S;
    let n = row.len() / S;
    for b in 0..S {
        let plane = &mut segment[b * all + at..][..n];
        if !delta {
            for (out, sample) in plane.iter_mut().zip(row.chunks_exact(S)) {
                *out = sample[b];
            }
            continue;
        }
        let Some((first, others)) = plane.split_first_mut() else {
            return;
        };
        *first = row[b];
        for (out, pair) in others.iter_mut().zip(row.windows(2 * S).step_by(S)) {
            let (mut left, mut here) = ([0; 4], [0; 4]);
            left[..S].copy_from_slice(&pair[..S]);
            here[..S].copy_from_slice(&pair[S..]);
            let difference = u32::from_le_bytes(here).wrapping_sub(u32::from_le_bytes(left));
            *out = (difference >> (8 * b)) as u8;
        }
    }
}

/// Packs the rows that `rows` hands to its argument (sample size, bytes), in the same order on each call: `sizes[i]` bytes of samples of
/// `SAMPLE_BYTES[i]`. Differences are taken for flat images. `None` when the chunk does not fit into `out`.
pub(crate) fn pack(
    format: u32,
    sizes: [usize; 2],
    mut rows: impl FnMut(&mut dyn FnMut(usize, &[u8])),
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let delta = format == FORMAT_FLAT;
    let EncodeScratch { unpacked, zstd, .. } = scratch;
    let context = match zstd {
        Some(context) => context,
        None => zstd.insert(zstd::bulk::Compressor::new(scratch.zstd_level).ok()?),
    };
    let payload = at_least(unpacked, sizes.iter().sum::<usize>() + LENGTHS);
    let mut used = 0;
    for (size, bytes) in SAMPLE_BYTES.into_iter().zip(sizes) {
        if bytes == 0 {
            continue;
        }
        let (length, segment) = payload[used..][..LENGTH_BYTES + bytes].split_at_mut(LENGTH_BYTES);
        length.copy_from_slice(&(bytes as u64).to_le_bytes());
        used += LENGTH_BYTES + bytes;
        let mut at = 0;
        rows(&mut |of, row| {
            if of != size {
                return;
            }
            simd::widest(
                #[inline(always)]
                || match size {
                    2 => split::<2>(row, delta, at, segment),
                    _ => split::<4>(row, delta, at, segment),
                },
            );
            at += row.len() / size;
        });
    }
    let (head, body) = out.split_at_mut_checked(HEADER_BYTES)?;
    let n = context.compress_to_buffer(&payload[..used], body).ok()?;
    head[..8].copy_from_slice(&MAGIC.to_le_bytes());
    head[8..12].copy_from_slice(&format.to_le_bytes());
    head[12..16].copy_from_slice(&u32::from(delta).to_le_bytes());
    head[16..].copy_from_slice(&(n as u64).to_le_bytes());
    Some(HEADER_BYTES + n)
}
