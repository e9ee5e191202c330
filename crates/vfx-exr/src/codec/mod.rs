//! The compression methods, one file each, in one table.
//!
//! A decoder turns the packed bytes of a chunk into the pieces of rows that the planes want; an encoder does the inverse and gives up (`None`) when the
//! result would not be smaller than the raw chunk, which is then stored raw. A method without an entry is known to the format but not supported.

mod b44;
mod deflate;
mod dwa;
mod huffman;
mod j2k;
mod piz;
mod predictor;
mod pxr24;

pub(crate) mod raw;
mod rle;
mod zip;
pub(crate) mod zstandard;

pub(crate) use predictor::Carry;

use libdeflater::{CompressionLvl, Compressor, Decompressor};

use crate::attribute::AttributeValue;
use crate::compression::Compression;
use crate::error::Corruption;
use crate::header::Header;
use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;

/// Reusable memory of a decoder.
pub(crate) struct DecodeScratch {
    pub unpacked: Vec<u8>,
    pub inflater: Decompressor,
    piz: Option<piz::PizDecode>,
    dwa: Option<dwa::DwaDecode>,
    j2k: Option<j2k::J2kDecode>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

/// Reusable memory of an encoder.
pub(crate) struct EncodeScratch {
    pub unpacked: Vec<u8>,
    pub deflater: Compressor,
    /// Instead of `deflater`, for ZIP and ZIPS.
    fast: Option<deflate::Fast>,
    piz: Option<piz::PizEncode>,
    dwa: Option<dwa::DwaEncode>,
    j2k: Option<j2k::J2kEncode>,
    /// Quality of LJ2K, 1 to 150.
    j2k_quality: f32,
    zstd: Option<zstd::bulk::Compressor<'static>>,
    zstd_level: i32,
    /// Base error of DWA in hundred-thousandths.
    dwa_level: f32,
}

impl DecodeScratch {
    pub fn new() -> Self {
        Self {
            unpacked: Vec::new(),
            inflater: Decompressor::new(),
            piz: None,
            dwa: None,
            j2k: None,
            zstd: None,
        }
    }
}

impl EncodeScratch {
    /// For parts of this header: its level, or the attribute that DWA writers leave.
    pub fn new(header: &Header) -> Self {
        let level = header.compression_level;
        let deflate = level.filter(|_| !header.compression.is_dwa());
        let deflate_level = deflate.map_or(DEFAULT_DEFLATE_LEVEL, |l| l.clamp(1.0, 12.0) as i32);
        let deflate = CompressionLvl::new(deflate_level).unwrap_or_default();
        let fast = matches!(header.compression, Compression::Zip | Compression::Zips);
        let fast_level = level.is_none_or(|l| l >= 1.0).then_some(deflate_level);
        let stored = match header.attribute("dwaCompressionLevel") {
            Some(AttributeValue::Float(v)) => Some(*v),
            Some(AttributeValue::Double(v)) => Some(*v as f32),
            Some(AttributeValue::Int(v)) => Some(*v as f32),
            _ => None,
        };
        let dwa = level.filter(|_| header.compression.is_dwa());
        Self {
            unpacked: Vec::new(),
            deflater: Compressor::new(deflate),
            fast: fast.then(|| deflate::Fast::new(fast_level)),
            piz: None,
            dwa: None,
            j2k: None,
            j2k_quality: level.unwrap_or(j2k::DEFAULT_QUALITY),
            zstd: None,
            zstd_level: level.map_or(zstandard::DEFAULT_LEVEL, |l| l.clamp(-7.0, 22.0) as i32),
            dwa_level: dwa.or(stored).unwrap_or(dwa::DEFAULT_LEVEL),
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
    dwa::DWAA,
    dwa::DWAB,
    j2k::HTJ2K256,
    j2k::HTJ2K32,
    j2k::LJ2K,
    zstandard::CODEC,
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
