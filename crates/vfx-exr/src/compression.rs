//! The fourteen compression methods of OpenEXR 3.5 and their chunk heights.
//!
//! Source: OpenEXR file layout, "compression" attribute; `exr_compression_lines_per_chunk` of OpenEXRCore.

/// A compression method, with the number that files store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Compression {
    /// No compression, one line a chunk.
    None = 0,
    /// Run lengths of the byte-split, differenced line.
    Rle = 1,
    /// Deflate, one line a chunk.
    Zips = 2,
    /// Deflate, 16 lines a chunk.
    Zip = 3,
    /// Wavelet and Huffman, 32 lines, lossless.
    Piz = 4,
    /// Deflate of differences, float cut to 24 bits, 16 lines.
    Pxr24 = 5,
    /// 4 x 4 blocks of 14 bytes, half only, 32 lines.
    B44 = 6,
    /// B44 with 3-byte flat blocks.
    B44a = 7,
    /// DCT, 32 lines, lossy.
    Dwaa = 8,
    /// DCT, 256 lines, lossy.
    Dwab = 9,
    /// High-throughput JPEG 2000, 256 lines, lossless.
    Htj2k256 = 10,
    /// High-throughput JPEG 2000, 32 lines, lossless.
    Htj2k32 = 11,
    /// Lossy high-throughput JPEG 2000, 256 lines.
    Lj2k = 12,
    /// Zstandard, one line.
    Zstd = 13,
}

impl Compression {
    /// All methods in the order of their numbers.
    pub const ALL: [Compression; 14] = [
        Self::None,
        Self::Rle,
        Self::Zips,
        Self::Zip,
        Self::Piz,
        Self::Pxr24,
        Self::B44,
        Self::B44a,
        Self::Dwaa,
        Self::Dwab,
        Self::Htj2k256,
        Self::Htj2k32,
        Self::Lj2k,
        Self::Zstd,
    ];

    /// The method with this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The number that files store.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Scan lines of a chunk.
    #[must_use]
    pub fn lines_per_chunk(self) -> u32 {
        match self {
            Self::None | Self::Rle | Self::Zips | Self::Zstd => 1,
            Self::Zip | Self::Pxr24 => 16,
            Self::Piz | Self::B44 | Self::B44a | Self::Dwaa | Self::Htj2k32 => 32,
            Self::Dwab | Self::Htj2k256 | Self::Lj2k => 256,
        }
    }

    /// Whether chunks may differ from the source samples.
    #[must_use]
    pub fn is_lossy(self) -> bool {
        matches!(
            self,
            Self::Pxr24 | Self::B44 | Self::B44a | Self::Dwaa | Self::Dwab | Self::Lj2k
        )
    }
}
