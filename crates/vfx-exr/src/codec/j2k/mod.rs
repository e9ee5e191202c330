//! HTJ2K (32 and 256 lines, lossless) and LJ2K (256 lines, lossy): chunks that hold a High-Throughput JPEG 2000 codestream.
//!
//! A chunk is a header (magic "HT", or "HL" for lossy ones since 3.5.2; length; the file channel of each component; all big-endian) and a codestream of
//! one tile: 128 x 32 blocks, five wavelet levels, no quality layers. R, G, B of one kind are components 0 to 2 and decorrelated. LJ2K codes them with the
//! 9/7 wavelet behind a transfer function and pads the picture; other channels are lossless. Sources: `internal_ht.cpp` and `internal_ht_common.cpp` of
//! OpenEXRCore 3.5.3, ITU-T T.800 and T.814. Cost: the block coder takes most of either direction; memory is two rows of blocks a component.

mod analysis;
mod block_decode;
mod block_encode;
mod channels;
mod codeword_data;
mod codewords;
mod coefficient;
mod colour;
mod decoder;
mod encoder;
mod error;
mod fused;
mod geometry;
mod lifting;
mod markers;
mod markers_write;
mod packets;
mod segments;
mod spare;
mod steps;
mod synthesis;
mod transfer;

use super::{Codec, DecodeScratch, EncodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;
use decoder::{Decoder, Expected, Sink};
pub(super) use encoder::J2kEncode;
pub(super) use spare::Spare as J2kDecode;

/// Quality of LJ2K when nothing else is asked for; 1 to 150.
pub(super) const DEFAULT_QUALITY: f32 = 110.0;

/// A chunk of zeros is a few hundred bytes whatever its size: no bound on the expansion.
const MAX_EXPANSION: usize = usize::MAX >> 1;

pub(super) const HTJ2K32: Codec = Codec {
    compression: Compression::Htj2k32,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode),
};

pub(super) const HTJ2K256: Codec = Codec {
    compression: Compression::Htj2k256,
    max_expansion: MAX_EXPANSION,
    decode,
    encode: Some(encode),
};

pub(super) const LJ2K: Codec = Codec {
    compression: Compression::Lj2k,
    max_expansion: MAX_EXPANSION,
    decode: decode_lossy,
    encode: Some(encode_lossy),
};

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let spare = scratch.j2k.get_or_insert_default();
    decode_chunk(shape, packed, spare, planes, false)
}

fn decode_lossy(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let spare = scratch.j2k.get_or_insert_default();
    decode_chunk(shape, packed, spare, planes, true)
}

fn decode_chunk(
    shape: &ChunkShape,
    packed: &[u8],
    spare: &mut J2kDecode,
    planes: &mut [PlaneMut<'_>],
    lossy: bool,
) -> Result<(), Corruption> {
    let (kind, map, stream) = channels::read_header(packed, shape.spans.len())?;
    if kind == channels::Magic::Lossy && !lossy {
        return Err(error::Fault::invalid("lossy chunk in a lossless part", 0u32).into());
    }
    let expected: Vec<Expected> = map
        .iter()
        .map(|&channel| {
            let span = &shape.spans[channel];
            let rows = (0..span.rows)
                .rev()
                .find(|&y| span.dest(planes, span.line(shape.lines.0, y)).is_some());
            Expected {
                width: span.row_bytes / span.sample,
                height: span.rows,
                bytes: span.sample,
                rows: rows.map_or(0, |y| y + 1),
            }
        })
        .collect();
    let legacy = lossy && kind == channels::Magic::Lossless;
    let mut decoder = Decoder::new(stream, &expected, legacy)?;
    let mut sink = Planes { shape, map, planes };
    decoder.decode(&expected, &mut sink, spare)?;
    Ok(())
}

/// Rows of components to the caller's planes.
struct Planes<'s, 'p> {
    shape: &'s ChunkShape,
    map: Vec<usize>,
    planes: &'s mut [PlaneMut<'p>],
}

impl Sink for Planes<'_, '_> {
    fn row(&mut self, component: usize, y: usize) -> Option<(usize, &mut [u8])> {
        let span = &self.shape.spans[self.map[component]];
        let line = span.line(self.shape.lines.0, y);
        let out = span.dest(self.planes, line)?;
        Some((span.skip / span.sample, out))
    }
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let scratch = scratch.j2k.get_or_insert_default();
    encoder::encode(shape, planes, None, scratch, out)
}

fn encode_lossy(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let quality = scratch.j2k_quality;
    let scratch = scratch.j2k.get_or_insert_default();
    encoder::encode(shape, planes, Some(quality), scratch, out)
}
