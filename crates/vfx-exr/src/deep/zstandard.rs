//! ZSTD blocks of deep parts: the rows of a block in the layout that flat chunks have, without differences.
//!
//! The count table is one row of 4-byte numbers; the samples have a row a line and channel, of as many samples as the line has.

use crate::codec::zstandard::frame::{self, FORMAT_DEEP, SAMPLE_BYTES, Segments};
use crate::codec::{DecodeScratch, EncodeScratch};
use crate::deep::packing::Rows;
use crate::error::Corruption;

fn segment_bytes(rows: Rows<'_>, size: usize) -> usize {
    rows.iter().filter(|r| r.0 == size).map(|r| r.1).sum()
}

pub(super) fn unpack(
    packed: &[u8],
    rows: Rows<'_>,
    scratch: &mut DecodeScratch,
    out: &mut [u8],
) -> Result<(), Corruption> {
    let formats = FORMAT_DEEP..=FORMAT_DEEP;
    let mut segments = Segments::open(packed, &formats, out.len(), scratch)?;
    for size in SAMPLE_BYTES {
        let segment = segments.next(segment_bytes(rows, size))?;
        let (mut sample, mut rest) = (0, &mut *out);
        for &(of, bytes) in rows {
            let (row, after) = rest.split_at_mut(bytes);
            rest = after;
            if of == size {
                let count = bytes / size;
                segment.row(size, sample, count, 0..count, row);
                sample += count;
            }
        }
    }
    segments.finish()
}

/// The bytes taken of `out`; `None` when the block does not fit.
pub(super) fn pack(
    block: &[u8],
    rows: Rows<'_>,
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let each_row = |each: &mut dyn FnMut(usize, &[u8])| {
        let mut rest = block;
        for &(of, bytes) in rows {
            let (row, after) = rest.split_at(bytes);
            rest = after;
            each(of, row);
        }
    };
    let sizes = SAMPLE_BYTES.map(|size| segment_bytes(rows, size));
    frame::pack(FORMAT_DEEP, sizes, each_row, scratch, out)
}
