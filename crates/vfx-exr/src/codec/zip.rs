//! ZIP and ZIPS: deflate of the split differences of 16 lines or one.
//!
//! Lossless for every sample type. libdeflate in both directions, whole chunk at once; level 4 unless the header asks otherwise, as OpenEXR does;
//! level 0 is the fast coder of `deflate`.
//! Cost: inflating is nine tenths of reading, match search of writing.

use super::{Codec, DecodeScratch, EncodeScratch, predictor};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::pool::at_least;
use crate::shape::ChunkShape;

/// Deflate's longest match, 258 bytes, takes two bits at least.
const MAX_EXPANSION: usize = 1032;

pub(super) const ZIPS: Codec = Codec {
    compression: Compression::Zips,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode),
};
pub(super) const ZIP: Codec = Codec {
    compression: Compression::Zip,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode),
};

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let split = at_least(&mut scratch.unpacked, shape.unpacked);
    let found = scratch
        .inflater
        .zlib_decompress(packed, split)
        .map_err(|_| Corruption::Inflate)?;
    if found != shape.unpacked {
        return Err(Corruption::UnpackedSize {
            expected: shape.unpacked,
            found,
        });
    }
    predictor::merge(shape, split, planes);
    Ok(())
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let split = at_least(&mut scratch.unpacked, shape.unpacked);
    predictor::split(shape, planes, split);
    match &mut scratch.fast {
        Some(fast) => fast.pack(split, out),
        None => scratch.deflater.zlib_compress(split, out).ok(),
    }
}
