//! Blocks of bytes under a deep part's compression: the count table and the samples.
//!
//! NONE, RLE and ZIPS treat both as one row of 16-bit values, so the flat codecs serve; ZSTD has a layout of its own. A block that would not shrink is
//! stored as it is, which its size alone says.

use super::zstandard;
use crate::codec::{DecodeScratch, EncodeScratch, codec};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::header::{Channel, SampleType};
use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;
use crate::window::Box2i;

/// Bytes of a block's rows by sample size: ZSTD keeps 2- and 4-byte samples apart. One entry a row: (bytes a sample, bytes).
pub(super) type Rows<'a> = &'a [(usize, usize)];

/// Whether deep parts may have this compression (ZIP is read, though the standard does not allow it).
pub(crate) fn allowed(compression: Compression, write: bool) -> bool {
    match compression {
        Compression::None | Compression::Rle | Compression::Zips | Compression::Zstd => true,
        Compression::Zip => !write,
        _ => false,
    }
}

/// The most bytes that `packed` bytes can hold.
pub(super) fn most(compression: Compression, packed: usize) -> usize {
    let expansion = match compression {
        // A Zstandard block of one repeated byte: 128 KiB from 4 bytes.
        Compression::Zstd => 1 << 16,
        c => codec(c).map_or(1, |c| c.max_expansion),
    };
    packed.saturating_mul(expansion).saturating_add(1024)
}

/// One row of `bytes` / 2 half samples, which is how the flat codecs see a block.
fn shape_of(bytes: usize) -> ChunkShape {
    let mut shape = ChunkShape::default();
    let width = u32::try_from(bytes / 2).unwrap_or(u32::MAX);
    let region = Box2i::from_size(width, 1);
    let channel = [Channel::new("Y", SampleType::Half)];
    shape.set(&channel, &region, &[Some(0)], &region);
    shape
}

/// Fills `out`, whose size the caller has checked against the file's declared size.
pub(super) fn unpack(
    compression: Compression,
    packed: &[u8],
    rows: Rows<'_>,
    scratch: &mut DecodeScratch,
    out: &mut [u8],
) -> Result<(), Corruption> {
    if packed.len() == out.len() {
        out.copy_from_slice(packed);
        return Ok(());
    }
    let wrong = |found| Corruption::UnpackedSize {
        expected: out.len(),
        found,
    };
    if packed.len() > out.len() || compression == Compression::None {
        return Err(wrong(packed.len()));
    }
    if out.len() > most(compression, packed.len()) {
        return Err(wrong(most(compression, packed.len())));
    }
    if compression == Compression::Zstd {
        return zstandard::unpack(packed, rows, scratch, out);
    }
    let stride = out.len();
    let codec = codec(compression).ok_or(wrong(0))?;
    (codec.decode)(
        &shape_of(stride),
        packed,
        scratch,
        &mut [PlaneMut { bytes: out, stride }],
    )
}

/// Appends a block, packed if that makes it smaller; the bytes appended.
pub(super) fn pack(
    compression: Compression,
    block: &[u8],
    rows: Rows<'_>,
    scratch: &mut EncodeScratch,
    out: &mut Vec<u8>,
) -> usize {
    let start = out.len();
    if block.len() > 1 {
        out.resize(start + block.len() - 1, 0);
        let room = &mut out[start..];
        let stride = block.len();
        let planes = [PlaneRef {
            bytes: block,
            stride,
        }];
        let packed = match compression {
            Compression::Zstd => zstandard::pack(block, rows, scratch, room),
            _ => codec(compression)
                .and_then(|c| c.encode)
                .and_then(|encode| encode(&shape_of(stride), &planes, scratch, room)),
        };
        out.truncate(start + packed.unwrap_or(0));
        if let Some(n) = packed {
            return n;
        }
    }
    out.extend_from_slice(block);
    block.len()
}
