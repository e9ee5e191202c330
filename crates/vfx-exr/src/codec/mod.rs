//! The compression methods, one file each, in one table.
//!
//! A decoder turns the packed bytes of a chunk into the pieces of rows that the planes want; an encoder does the inverse and gives up (`None`) when the
//! result would not be smaller than the raw chunk, which is then stored raw. A method without an entry is known to the format but not supported.

mod b44;
mod piz;
mod predictor;
mod pxr24;

pub(crate) mod raw;
mod rle;
mod zip;

pub(crate) use predictor::Carry;

use libdeflater::{CompressionLvl, Compressor, Decompressor};

use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;

/// Reusable memory of a decoder.
pub(crate) struct DecodeScratch {
    pub unpacked: Vec<u8>,
    pub inflater: Decompressor,
    piz: Option<piz::PizDecode>,
}

/// Reusable memory of an encoder.
pub(crate) struct EncodeScratch {
    pub unpacked: Vec<u8>,
    pub deflater: Compressor,
    piz: Option<piz::PizEncode>,
}

impl DecodeScratch {
    pub fn new() -> Self {
        Self {
            unpacked: Vec::new(),
            inflater: Decompressor::new(),
            piz: None,
        }
    }
}

impl EncodeScratch {
    /// `level` is clamped to libdeflate's 1 to 12.
    pub fn new(level: Option<u32>) -> Self {
        let level = level.map_or(DEFAULT_DEFLATE_LEVEL, |l| l.clamp(1, 12) as i32);
        let level = CompressionLvl::new(level).unwrap_or_default();
        Self {
            unpacked: Vec::new(),
            deflater: Compressor::new(level),
            piz: None,
        }
    }
}

/// `EXR_DEFAULT_ZLIB_COMPRESS_LEVEL` of OpenEXRCore.
const DEFAULT_DEFLATE_LEVEL: i32 = 4;

type Decode =
    fn(&ChunkShape, &[u8], &mut DecodeScratch, &mut [PlaneMut<'_>]) -> Result<(), Corruption>;
type Encode = fn(&ChunkShape, &[PlaneRef<'_>], &mut EncodeScratch, &mut [u8]) -> Option<usize>;

/// One method.
pub(crate) struct Codec {
    pub compression: Compression,
    /// No valid chunk unpacks to more than this many bytes a packed byte (and a KiB more).
    pub max_expansion: usize,
    pub decode: Decode,
    /// Packs into the buffer (of the raw chunk's size less one); `None`: does not fit.
    pub encode: Option<Encode>,
}

/// Every supported method.
const CODECS: &[Codec] = &[
    raw::CODEC,
    rle::CODEC,
    zip::ZIPS,
    zip::ZIP,
    piz::CODEC,
    pxr24::CODEC,
    b44::B44,
    b44::B44A,
];

/// The codec of a method.
pub(crate) fn codec(compression: Compression) -> Option<&'static Codec> {
    CODECS.iter().find(|c| c.compression == compression)
}

impl Compression {
    /// Whether chunks of this method can be read.
    #[must_use]
    pub fn can_read(self) -> bool {
        codec(self).is_some()
    }

    /// Whether chunks of this method can be written.
    #[must_use]
    pub fn can_write(self) -> bool {
        codec(self).is_some_and(|c| c.encode.is_some()) || self == Self::None
    }
}
