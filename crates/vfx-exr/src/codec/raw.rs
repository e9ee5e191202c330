//! Uncompressed chunks, and chunks of any method that were stored raw.
//!
//! Little-endian samples, line by line, in each line the channels in header order. One copy to or from the planes.

use super::{Codec, DecodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;

pub(super) const CODEC: Codec = Codec {
    compression: Compression::None,
    max_expansion: 1,
    decode,
    encode: None,
};

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    _: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    if packed.len() != shape.unpacked {
        return Err(Corruption::UnpackedSize {
            expected: shape.unpacked,
            found: packed.len(),
        });
    }
    scatter(shape, packed, 0, planes);
    Ok(())
}

/// Copies the wanted pieces of a raw chunk, of which `bytes` is the part from `start` on that holds all of them.
pub(crate) fn scatter(shape: &ChunkShape, bytes: &[u8], start: usize, planes: &mut [PlaneMut<'_>]) {
    let mut at = 0;
    for y in shape.line_numbers() {
        for span in shape.spans.iter().filter(|s| s.has_row(y)) {
            if let Some(out) = span.dest(planes, y) {
                let from = at + span.skip - start;
                out.copy_from_slice(&bytes[from..from + span.take]);
            }
            at += span.row_bytes;
        }
    }
}

/// Collects a raw chunk from planes.
pub(crate) fn gather(shape: &ChunkShape, planes: &[PlaneRef<'_>], out: &mut [u8]) {
    let mut at = 0;
    shape.source_rows(planes, |_, row| {
        out[at..at + row.len()].copy_from_slice(row);
        at += row.len();
    });
}
