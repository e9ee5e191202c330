//! ZSTD: Zstandard over byte planes of sample differences, one line. Lossless.
//!
//! The layout of a chunk is in [`frame`]; here are the rows of a flat image: all channels of a line, in header order. Level 5, as OpenEXR's.

pub(crate) mod frame;

use super::{Codec, DecodeScratch, EncodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;
use frame::{FORMAT_DEEP, FORMAT_FLAT, SAMPLE_BYTES, Segments};

pub(super) const CODEC: Codec = Codec {
    compression: Compression::Zstd,
    // A block of 128 KiB of one byte takes four.
    max_expansion: 1 << 16,
    decode,
    encode: Some(encode),
};

/// What OpenEXR compresses with.
pub(super) const DEFAULT_LEVEL: i32 = 5;

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
    let formats = FORMAT_DEEP..=FORMAT_FLAT;
    let mut segments = Segments::open(packed, &formats, shape.unpacked, scratch)?;
    for size in SAMPLE_BYTES {
        let segment = segments.next(segment_bytes(shape, size))?;
        let mut at = 0;
        for y in shape.line_numbers() {
            let of_size = |s: &&crate::shape::Span| s.sample == size && s.has_row(y);
            for span in shape.spans.iter().filter(of_size) {
                let count = span.row_bytes / size;
                if let Some(out) = span.dest(planes, y) {
                    let wanted = span.skip / size..(span.skip + span.take) / size;
                    segment.row(size, at, count, wanted, out);
                }
                at += count;
            }
        }
    }
    segments.finish()
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    frame::pack(
        FORMAT_FLAT,
        SAMPLE_BYTES.map(|size| segment_bytes(shape, size)),
        |each| shape.source_rows(planes, |span, row| each(span.sample, row)),
        scratch,
        out,
    )
}
