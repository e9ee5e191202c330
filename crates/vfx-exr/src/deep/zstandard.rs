//! ZSTD blocks of deep parts: byte planes of the 2-byte and the 4-byte samples, no differences.
//!
//! 24 bytes (magic `zstd-exr`, u32 format 1, u32 flags 0, u64 bytes of the frame), then a Zstandard frame of segments: u64 length, then the bytes. All
//! rows of 2-byte samples in their order make one segment, those of 4-byte samples another; a segment's first bytes come first, then the second ones ...
//! Source: `internal_zstd.c` of OpenEXRCore 3.5.

use crate::deep::packing::Rows;
use crate::error::Corruption;

/// `zstd-exr`, little-endian.
const MAGIC: u64 = u64::from_le_bytes(*b"zstd-exr");
/// Deep data.
const FORMAT: u32 = 1;
/// Differences were taken before the planes were split; deep data never has it.
const FLAG_DELTA: u32 = 1;
const HEADER: usize = 24;
/// What OpenEXR compresses with.
const LEVEL: i32 = 5;

fn segment_bytes(rows: Rows<'_>, size: usize) -> usize {
    rows.iter().filter(|r| r.0 == size).map(|r| r.1).sum()
}

pub(super) fn unpack(packed: &[u8], rows: Rows<'_>, out: &mut [u8]) -> Result<(), Corruption> {
    let bad = |what, expected, found| Corruption::PackedSize {
        what,
        expected,
        found,
    };
    let head = packed
        .get(..HEADER)
        .ok_or(bad("zstd header", HEADER, packed.len()))?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    if long(0) != MAGIC {
        return Err(bad("zstd magic number", MAGIC as usize, long(0) as usize));
    }
    if word(8) != FORMAT {
        return Err(bad("zstd format", FORMAT as usize, word(8) as usize));
    }
    if word(12) & FLAG_DELTA != 0 {
        return Err(bad("zstd flags", 0, word(12) as usize));
    }
    let frame = &packed[HEADER..];
    if frame.len() as u64 != long(16) {
        return Err(bad("zstd frame", long(16) as usize, frame.len()));
    }
    // Two segments at most, 8 bytes of length each.
    let mut payload = vec![0; out.len() + 16];
    let mut context = zstd::bulk::Decompressor::new().map_err(|_| Corruption::Inflate)?;
    let n = context
        .decompress_to_buffer(frame, &mut payload[..])
        .map_err(|_| Corruption::Inflate)?;
    let mut rest = &payload[..n];
    for size in [2, 4] {
        let want = segment_bytes(rows, size);
        if want == 0 {
            continue;
        }
        let found = rest
            .first_chunk::<8>()
            .map_or(0, |b| u64::from_le_bytes(*b));
        let planes = rest
            .get(8..)
            .and_then(|r| r.get(..want))
            .filter(|_| found == want as u64)
            .ok_or(bad("zstd segment", want, found as usize))?;
        rest = &rest[8 + want..];
        let samples = want / size;
        let mut sample = 0;
        let mut at = 0;
        for &(of, bytes) in rows {
            let row = &mut out[at..at + bytes];
            at += bytes;
            if of != size {
                continue;
            }
            for v in row.chunks_exact_mut(size) {
                for (b, byte) in v.iter_mut().enumerate() {
                    *byte = planes[b * samples + sample];
                }
                sample += 1;
            }
        }
    }
    if !rest.is_empty() {
        return Err(bad("zstd payload", n - rest.len(), n));
    }
    Ok(())
}

pub(super) fn pack(block: &[u8], rows: Rows<'_>) -> Option<Vec<u8>> {
    let mut payload = Vec::with_capacity(block.len() + 16);
    for size in [2, 4] {
        let want = segment_bytes(rows, size);
        if want == 0 {
            continue;
        }
        payload.extend_from_slice(&(want as u64).to_le_bytes());
        let start = payload.len();
        payload.resize(start + want, 0);
        let planes = &mut payload[start..];
        let samples = want / size;
        let mut sample = 0;
        let mut at = 0;
        for &(of, bytes) in rows {
            let row = &block[at..at + bytes];
            at += bytes;
            if of != size {
                continue;
            }
            for v in row.chunks_exact(size) {
                for (b, byte) in v.iter().enumerate() {
                    planes[b * samples + sample] = *byte;
                }
                sample += 1;
            }
        }
    }
    let frame = zstd::bulk::compress(&payload, LEVEL).ok()?;
    let mut out = Vec::with_capacity(HEADER + frame.len());
    out.extend_from_slice(&MAGIC.to_le_bytes());
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(&(frame.len() as u64).to_le_bytes());
    out.extend_from_slice(&frame);
    Some(out)
}
