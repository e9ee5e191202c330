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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Compression;
    use crate::header::Header;
    use crate::window::Box2i;

    #[test]
    fn deep_zstd_layout_is_planes_without_differences() {
        // Two lines of a half and a float channel, then enough zeros for the block to shrink.
        let mut block = vec![1, 2, 3, 4, 10, 20, 30, 40, 5, 6, 50, 60, 70, 80];
        let zeros = 400;
        block.resize(block.len() + zeros, 0);
        let rows = [(2, 4), (4, 4), (2, 2), (4, 4), (4, zeros)];
        let mut out = vec![0; block.len()];
        let header = Header::new(Box2i::from_size(1, 1), Vec::new(), Compression::Zstd);
        let mut scratch = EncodeScratch::new(&header);
        let n = pack(&block, &rows, &mut scratch, &mut out).expect("the block shrinks");
        assert_eq!(&out[..16], b"zstd-exr\x01\0\0\0\0\0\0\0");
        assert_eq!(out[16..24], (n as u64 - 24).to_le_bytes());
        let payload = zstd::bulk::decompress(&out[24..n], 1 << 12).unwrap();
        let mut expected = 6u64.to_le_bytes().to_vec();
        expected.extend([1, 3, 5, 2, 4, 6]);
        expected.extend((8 + zeros as u64).to_le_bytes());
        for (a, b) in [(10, 50), (20, 60), (30, 70), (40, 80)] {
            expected.extend([a, b]);
            expected.resize(expected.len() + zeros / 4, 0);
        }
        assert_eq!(payload, expected);
        let mut back = vec![0xaa; block.len()];
        unpack(&out[..n], &rows, &mut DecodeScratch::new(), &mut back).unwrap();
        assert_eq!(back, block);
    }
}
