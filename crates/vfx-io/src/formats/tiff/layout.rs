//! How the pixels of one directory lie in the file: geometry of strips and tiles, sample form, compression, colour.
//!
//! In: a directory. Out: a checked [`Layout`]: sizes are positive, chunks fit the limits, every chunk has an offset. What
//! the reader cannot turn into samples is refused here with the feature's name. Source: TIFF 6.0; TIFF Technical Note 3
//! (floating point); Adobe Photoshop TIFF notes (deflate, predictors).

use super::ifd::{Ifd, Reader};
use super::tag::{self, photometric, sample_format};
use super::{FORMAT_NAME, malformed, unsupported};
use vfx_core::{IoError, Limits, SampleFormat};

/// How a chunk is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    None,
    /// CCITT modified Huffman, group 3 or group 4.
    Fax(super::fax::Coding),
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
    Zstd,
}

impl Compression {
    /// OpenImageIO's name.
    pub fn name(self) -> &'static str {
        use super::fax::Coding;
        match self {
            Self::None => "none",
            Self::Fax(Coding::ModifiedHuffman) => "ccittrle",
            Self::Fax(Coding::Group3 { .. }) => "ccittfax3",
            Self::Fax(Coding::Group4) => "ccittfax4",
            Self::Lzw => "lzw",
            Self::Jpeg => "jpeg",
            Self::Deflate => "zip",
            Self::PackBits => "packbits",
            Self::Zstd => "zstd",
        }
    }
}

/// What stands between samples and stored bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Predictor {
    None,
    /// Differences of neighbouring samples.
    Horizontal,
    /// Differences of the bytes of floats, most significant ones first.
    Float,
}

/// How stored samples become channels.
#[derive(Clone, PartialEq, Debug)]
pub enum Color {
    /// As they are.
    Direct,
    /// Full scale minus the sample.
    Inverted,
    /// Indices into 8-bit RGB, as OpenImageIO gives it: the map's 16 bits divided by 257, remainders cut off.
    Palette(Vec<[u8; 3]>),
    /// Cyan, magenta, yellow, black to RGB.
    Cmyk,
    /// Luma and subsampled chroma to RGB, uncompressed or LZW; 8 bit.
    Ycbcr(super::ycbcr::Ycbcr),
}

/// What a stored number means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Number {
    Unsigned,
    /// Read as floats, full scale as 1.
    Signed,
    Float,
}

/// The pixels of one directory.
#[derive(Clone, Debug)]
pub struct Layout {
    pub width: usize,
    pub height: usize,
    /// Columns and rows of a strip or tile.
    pub chunk: (usize, usize),
    pub tiled: bool,
    /// Samples a pixel in the file.
    pub samples: usize,
    /// Bits a sample in the file: 1 ..= 32, or 64 for doubles.
    pub bits: usize,
    pub number: Number,
    /// A chunk holds one channel.
    pub separate: bool,
    pub big_endian: bool,
    /// The lowest bit of a byte comes first.
    pub lsb_first: bool,
    pub compression: Compression,
    pub predictor: Predictor,
    pub photometric: u16,
    pub color: Color,
    pub offsets: Vec<u64>,
    pub counts: Vec<u64>,
    pub jpeg_tables: Vec<u8>,
    /// ExtraSamples.
    pub extra: Vec<u64>,
}

impl Layout {
    pub fn parse(r: &Reader<'_>, d: &Ifd, limits: &Limits) -> Result<Self, IoError> {
        let need = |t, what: &'static str| {
            r.value(d, t)?
                .ok_or_else(|| malformed("directory", format!("no {what}")))
        };
        let one = |t, default: u64| Ok::<_, IoError>(r.value(d, t)?.unwrap_or(default));
        let width = need(tag::IMAGE_WIDTH, "ImageWidth")?;
        let height = need(tag::IMAGE_LENGTH, "ImageLength")?;
        if width == 0 || height == 0 {
            return Err(malformed("directory", format!("size {width} x {height}")));
        }
        Limits::check("max_dimension", width.max(height), limits.max_dimension)?;
        Limits::check(
            "max_pixels",
            width.saturating_mul(height),
            limits.max_pixels,
        )?;
        let samples = one(tag::SAMPLES_PER_PIXEL, 1)?;
        if samples == 0 {
            return Err(malformed("directory", "no samples a pixel"));
        }
        Limits::check("max_channels", samples, limits.max_channels as u64)?;
        if one(32997, 1)? > 1 || one(32998, 1)? > 1 {
            return Err(unsupported("volume images"));
        }
        let (width, height, samples) = (width as usize, height as usize, samples as usize);

        let depths = d
            .get(tag::BITS_PER_SAMPLE)
            .map(|e| r.uints(e))
            .transpose()?;
        let bits = depths
            .as_ref()
            .and_then(|v| v.first())
            .copied()
            .unwrap_or(1) as usize;
        if depths.is_some_and(|v| v.iter().take(samples).any(|b| *b != bits as u64)) {
            return Err(unsupported("channels of different depths"));
        }
        let kind = r.lenient(d, tag::SAMPLE_FORMAT).unwrap_or(1) as u16;
        let number = match kind {
            sample_format::FLOAT => Number::Float,
            sample_format::SIGNED => Number::Signed,
            _ => Number::Unsigned,
        };
        let default = if samples >= 3 {
            photometric::RGB
        } else {
            photometric::MIN_IS_BLACK
        };
        let photo = r.lenient(d, tag::PHOTOMETRIC).map_or(default, |v| v as u16);
        match (kind, bits) {
            _ if matches!(photo, 32844 | 32845) => {
                return Err(unsupported("LogL and LogLuv colour"));
            }
            (sample_format::UNSIGNED, 1..=32)
            | (sample_format::FLOAT, 16 | 24 | 32 | 64)
            | (sample_format::UNDEFINED, 1..=32)
            | (sample_format::SIGNED, 8 | 16 | 32) => {}
            _ => {
                return Err(unsupported(format!("{bits}-bit samples of format {kind}")));
            }
        }

        let coding = r.lenient(d, tag::COMPRESSION).unwrap_or(1);
        let compression = match coding {
            1 => Compression::None,
            2 => Compression::Fax(super::fax::Coding::ModifiedHuffman),
            3 => {
                let options = r.lenient(d, tag::T4_OPTIONS).unwrap_or(0);
                if options & 2 != 0 {
                    return Err(unsupported("uncompressed mode of CCITT group 3"));
                }
                Compression::Fax(super::fax::Coding::Group3 {
                    two_d: options & 1 != 0,
                })
            }
            4 => Compression::Fax(super::fax::Coding::Group4),
            5 => Compression::Lzw,
            7 => Compression::Jpeg,
            8 | 32946 => Compression::Deflate,
            32773 => Compression::PackBits,
            50000 => Compression::Zstd,
            n => return Err(unsupported(unread(n))),
        };
        if matches!(compression, Compression::Fax(_)) && (bits != 1 || samples != 1) {
            return Err(malformed(
                "directory",
                "fax compression of more than one bit a pixel",
            ));
        }
        let separate = samples > 1 && one(tag::PLANAR_CONFIG, 1)? == 2;
        let predicts = matches!(
            compression,
            Compression::Lzw | Compression::Deflate | Compression::Zstd
        );
        let predictor = match r.lenient(d, tag::PREDICTOR).unwrap_or(1) {
            2 if predicts && matches!(bits, 8 | 16 | 32 | 64) => Predictor::Horizontal,
            3 if predicts && number == Number::Float => Predictor::Float,
            2 | 3 if predicts => {
                return Err(unsupported(format!("a predictor of {bits}-bit samples")));
            }
            _ => Predictor::None,
        };

        let tiled = d.get(tag::TILE_WIDTH).is_some();
        let chunk = if tiled {
            let size = (
                need(tag::TILE_WIDTH, "TileWidth")? as usize,
                need(tag::TILE_LENGTH, "TileLength")? as usize,
            );
            if size.0 == 0 || size.1 == 0 {
                return Err(malformed("directory", "tiles of no size"));
            }
            Limits::check(
                "max_dimension",
                size.0.max(size.1) as u64,
                limits.max_dimension,
            )?;
            size
        } else {
            let rows = r.lenient(d, tag::ROWS_PER_STRIP).unwrap_or(u64::MAX);
            (width, rows.clamp(1, height as u64) as usize)
        };
        let mut layout = Self {
            width,
            height,
            chunk,
            tiled,
            samples,
            bits,
            number,
            separate,
            big_endian: r.big_endian,
            lsb_first: r.lenient(d, tag::FILL_ORDER) == Some(2),
            compression,
            predictor,
            photometric: photo,
            color: Color::Direct,
            offsets: Vec::new(),
            counts: Vec::new(),
            jpeg_tables: Vec::new(),
            extra: Vec::new(),
        };
        if let Some(e) = d.get(tag::EXTRA_SAMPLES) {
            layout.extra = r.uints(e).unwrap_or_default();
        }
        if let Some(e) = d
            .get(tag::JPEG_TABLES)
            .filter(|_| compression == Compression::Jpeg)
        {
            layout.jpeg_tables = r.bytes(e)?;
        }
        layout.color = layout.color_of(r, d)?;
        if compression == Compression::Jpeg {
            super::jpeg::check(&layout)?;
        }
        let bytes = layout.chunk_bytes().unwrap_or(u64::MAX);
        if compression != Compression::None || tiled {
            Limits::check("max_chunk_bytes", bytes, limits.max_chunk_bytes)?;
        }
        layout.row_bytes_checked(limits)?;
        layout.find_chunks(r, d)?;
        Ok(layout)
    }

    fn color_of(&self, r: &Reader<'_>, d: &Ifd) -> Result<Color, IoError> {
        Ok(match self.photometric {
            photometric::MIN_IS_WHITE if self.number == Number::Unsigned => Color::Inverted,
            photometric::MIN_IS_WHITE
            | photometric::MIN_IS_BLACK
            | photometric::RGB
            | photometric::MASK
            | 32803
            | 34892 => Color::Direct,
            photometric::PALETTE => {
                if self.bits > 16
                    || self.number != Number::Unsigned
                    || self.samples > 1 && self.separate
                {
                    return Err(unsupported("this kind of palette"));
                }
                let e = d
                    .get(tag::COLOR_MAP)
                    .ok_or_else(|| malformed("directory", "a palette image without ColorMap"))?;
                let v = r.uints(e)?;
                let n = 1usize << self.bits;
                if v.len() < 3 * n {
                    let what = format!("ColorMap of {} where {} are needed", v.len(), 3 * n);
                    return Err(malformed("directory", what));
                }
                // Early writers filled the 16-bit map with 8-bit values.
                let scale = if v.iter().all(|v| *v < 256) { 1 } else { 257 };
                let at = |i: usize| (v[i] / scale).min(255) as u8;
                Color::Palette((0..n).map(|i| [at(i), at(n + i), at(2 * n + i)]).collect())
            }
            photometric::SEPARATED => {
                let inks = r.lenient(d, tag::INK_SET).unwrap_or(1);
                match (inks, self.samples, self.bits, self.number) {
                    (1, 4.., ..=16, Number::Unsigned) => Color::Cmyk,
                    _ => Color::Direct,
                }
            }
            // The JPEG codec does the matrix itself.
            photometric::YCBCR if self.compression == Compression::Jpeg => Color::Direct,
            photometric::YCBCR => Color::Ycbcr(super::ycbcr::Ycbcr::parse(r, d, self)?),
            8..=10 => return Err(unsupported("CIE L*a*b* colour")),
            n => return Err(unsupported(format!("photometric interpretation {n}"))),
        })
    }

    /// Channels of one chunk.
    pub fn chunk_samples(&self) -> usize {
        if self.separate { 1 } else { self.samples }
    }
    /// Bytes of a row of a chunk in unpacked form.
    pub fn row_bytes(&self) -> usize {
        (self.chunk.0 * self.chunk_samples() * self.bits).div_ceil(8)
    }
    fn row_bytes_checked(&self, limits: &Limits) -> Result<(), IoError> {
        let bits = (self.chunk.0 as u64)
            .saturating_mul(self.chunk_samples() as u64)
            .saturating_mul(64);
        Limits::check("max_chunk_bytes", bits / 8, limits.max_chunk_bytes)
    }
    fn chunk_bytes(&self) -> Option<u64> {
        if let Color::Ycbcr(y) = &self.color {
            return (y.chunk_bytes(self.chunk.0, self.chunk.1) as u64).into();
        }
        let row = (self.chunk.0 as u64)
            .checked_mul(self.chunk_samples() as u64)?
            .checked_mul(self.bits as u64)?
            .div_ceil(8);
        row.checked_mul(self.chunk.1 as u64)
    }
    pub fn columns(&self) -> usize {
        self.width.div_ceil(self.chunk.0)
    }
    pub fn rows(&self) -> usize {
        self.height.div_ceil(self.chunk.1)
    }
    /// Index of a chunk by its place in the grid and its plane.
    pub fn index(&self, cx: usize, cy: usize, plane: usize) -> usize {
        (plane * self.rows() + cy) * self.columns() + cx
    }
    /// Rows that chunks in grid row `cy` hold: the last strip is short, tiles never are.
    pub fn rows_in(&self, cy: usize) -> usize {
        if self.tiled {
            self.chunk.1
        } else {
            self.chunk.1.min(self.height - cy * self.chunk.1)
        }
    }
    /// Format of a channel that is neither palette nor CMYK.
    pub fn format(&self) -> SampleFormat {
        match (self.number, self.bits) {
            (Number::Float, 16) => SampleFormat::F16,
            (Number::Float | Number::Signed, _) => SampleFormat::F32,
            _ if self.compression == Compression::Jpeg => SampleFormat::U8,
            (_, b) => SampleFormat::unsigned(b as u8),
        }
    }

    /// Offsets and sizes of the chunks, and what broken writers left out of them.
    fn find_chunks(&mut self, r: &Reader<'_>, d: &Ifd) -> Result<(), IoError> {
        let planes = if self.separate {
            self.samples as u64
        } else {
            1
        };
        let n = (self.columns() as u64)
            .saturating_mul(self.rows() as u64)
            .saturating_mul(planes);
        // Tiles under the strip tags are what some writers make of it; readers take them.
        let pair = if self.tiled && d.get(tag::TILE_OFFSETS).is_some() {
            (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
        };
        let offsets = d
            .get(pair.0)
            .ok_or_else(|| malformed("directory", "no offsets of strips or tiles"))?;
        self.offsets = r.uints(offsets)?;
        if self.offsets.is_empty() {
            return Err(malformed("directory", "no offsets of strips or tiles"));
        }
        if n > self.offsets.len() as u64 && n > r.len() {
            let what = format!("{} offsets for {n} chunks", self.offsets.len());
            return Err(malformed("directory", what));
        }
        let n = n as usize;
        self.offsets.resize(n, u64::MAX);
        self.counts = match d.get(pair.1) {
            Some(e) => r.uints(e)?,
            None => Vec::new(),
        };
        self.counts.resize(n, 0);
        for i in 0..n {
            if self.counts[i] == 0 && self.offsets[i] != 0 && self.offsets[i] < r.len() {
                // Up to the next chunk, or the end of the file.
                let next = self.offsets.get(i + 1).copied().unwrap_or(u64::MAX);
                let end = if next > self.offsets[i] {
                    next.min(r.len())
                } else {
                    r.len()
                };
                self.counts[i] = end - self.offsets[i];
            }
        }
        Ok(())
    }
}

/// What a compression that is not read is called in the message.
fn unread(code: u64) -> String {
    let name = match code {
        6 => "old-style JPEG",
        9 | 10 => "JBIG",
        32766 => "NeXT",
        32771 => "word-aligned CCITT",
        32809 => "ThunderScan",
        32908 | 32909 => "Pixar",
        34676 | 34677 => "SGI log",
        34712 => "JPEG 2000",
        34887 => "LERC",
        34925 => "LZMA",
        50001 => "WebP",
        50002 => "JPEG XL",
        n => return format!("{FORMAT_NAME} compression {n}"),
    };
    format!("{name} compression")
}
