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

    /// The name that the command line and other programs use: `zip`, `dwaa`, `htj2k256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rle => "rle",
            Self::Zips => "zips",
            Self::Zip => "zip",
            Self::Piz => "piz",
            Self::Pxr24 => "pxr24",
            Self::B44 => "b44",
            Self::B44a => "b44a",
            Self::Dwaa => "dwaa",
            Self::Dwab => "dwab",
            Self::Htj2k256 => "htj2k256",
            Self::Htj2k32 => "htj2k32",
            Self::Lj2k => "lj2k",
            Self::Zstd => "zstd",
        }
    }

    /// The method of a name; `htj2k` alone is the one with 256 lines.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "htj2k" {
            return Some(Self::Htj2k256);
        }
        Self::ALL.into_iter().find(|c| c.name() == name)
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

    pub(crate) fn is_dwa(self) -> bool {
        matches!(self, Self::Dwaa | Self::Dwab)
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
