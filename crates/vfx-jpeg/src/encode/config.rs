//! What an encoder is asked for: samples in, colour model, sampling, mode, quality, metadata.
//!
//! [`Config::default`] is what cjpegli does: YCbCr 4:4:4, distance 1.0, progressive level 2, adaptive dead zones.
//! Everything is checked once by [`Config::check`] when the encoder is made; later code relies on it.

use super::script::Script;
use crate::JpegError;

/// Layout of the samples that the caller hands over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InputFormat {
    /// One channel of brightness.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, and a channel that is dropped.
    Rgba,
    /// Cyan, magenta, yellow, black, stored inverted as Adobe does: the largest value is no ink.
    Cmyk,
}

impl InputFormat {
    /// Samples a pixel.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// Colour model inside the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ColorModel {
    /// One component; colour input is reduced to its luma.
    Gray,
    /// Full-range BT.601, JFIF.
    YCbCr,
    /// No transform, Adobe marker.
    Rgb,
    /// The XYB space of JPEG XL, readable where ICC profiles are honoured. Input must be sRGB.
    Xyb,
    /// No transform, Adobe marker.
    Cmyk,
    /// CMY as YCbCr, K as it is, Adobe marker.
    Ycck,
}

/// Horizontal and vertical size of chroma.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Sampling {
    /// Full size.
    S444,
    /// Half width.
    S422,
    /// Half height.
    S440,
    /// Half width and height.
    S420,
    /// Quarter width.
    S411,
}

impl Sampling {
    /// Sampling factors of luma; those of chroma are 1.
    pub(super) const fn luma(self) -> (usize, usize) {
        match self {
            Self::S444 => (1, 1),
            Self::S422 => (2, 1),
            Self::S440 => (1, 2),
            Self::S420 => (2, 2),
            Self::S411 => (4, 1),
        }
    }
}

/// How coefficients are coded.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Mode {
    /// One scan with fixed Huffman tables; bytes leave while rows arrive and nothing of the picture is kept.
    Streaming,
    /// One scan with Huffman tables made for the picture; coefficients are kept until the end.
    Sequential,
    /// Several scans with Huffman tables made for the picture; coefficients are kept until the end.
    Progressive(Script),
}

/// Pixels a unit of length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Density {
    /// Only the shape of a pixel, horizontal to vertical.
    Aspect(u16, u16),
    /// Dots an inch.
    Inch(u16, u16),
    /// Dots a centimetre.
    Centimetre(u16, u16),
}

/// Everything about a file but its size and pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Layout of the rows handed in.
    pub input: InputFormat,
    /// Colour model of the file.
    pub color: ColorModel,
    /// Chroma sampling; only for [`ColorModel::YCbCr`] and [`ColorModel::Ycck`].
    pub sampling: Sampling,
    /// Coding mode.
    pub mode: Mode,
    /// Butteraugli distance, 0.01 ..= 25; 1.0 is quality 90. See [`quality_to_distance`](super::quality_to_distance).
    pub distance: f32,
    /// 1 is fastest, 7 smallest: 1 to 4 code as jpegli does, 5 and 6 search scan scripts, 7 also chooses coefficients by rate
    /// and distortion. Streaming has no scan script to search.
    pub effort: u8,
    /// Adaptive dead zones, off only for comparison.
    pub adaptive: bool,
    /// MCUs between restart markers, 0 for none.
    pub restart_interval: u16,
    /// Threads to use when the whole picture comes in one call, and for coding scans. Same bytes.
    pub threads: usize,
    /// Pixel density of the JFIF header.
    pub density: Density,
    /// ICC profile, split into segments as needed. XYB brings its own.
    pub icc: Vec<u8>,
    /// Exif data, starting with the TIFF header.
    pub exif: Vec<u8>,
    /// XMP packet; a long one is split into extended segments.
    pub xmp: Vec<u8>,
    /// Comments.
    pub comments: Vec<Vec<u8>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            input: InputFormat::Rgb,
            color: ColorModel::YCbCr,
            sampling: Sampling::S444,
            mode: Mode::Progressive(Script::Level2),
            distance: 1.0,
            effort: 4,
            adaptive: true,
            restart_interval: 0,
            threads: 1,
            density: Density::Aspect(1, 1),
            icc: Vec::new(),
            exif: Vec::new(),
            xmp: Vec::new(),
            comments: Vec::new(),
        }
    }
}

impl Config {
    /// The default with a libjpeg-like quality, 0 ..= 100.
    #[must_use]
    pub fn with_quality(quality: f32) -> Self {
        Self {
            distance: super::quality_to_distance(quality),
            ..Self::default()
        }
    }

    /// Refuses what makes no sense together.
    pub(super) fn check(&self, width: u32, height: u32) -> Result<(), JpegError> {
        let wrong = |parameter, reason| Err(JpegError::Parameter { parameter, reason });
        for (what, found) in [("width", width), ("height", height)] {
            if found == 0 {
                return wrong(what, "must not be 0");
            }
            if found > 65_535 {
                let (found, limit) = (u64::from(found), 65_535);
                return Err(JpegError::Limit { what, found, limit });
            }
        }
        if !(0.01..=25.0).contains(&self.distance) {
            return wrong("distance", "must be within 0.01 and 25");
        }
        if !(1..=7).contains(&self.effort) {
            return wrong("effort", "must be within 1 and 7");
        }
        if self.threads == 0 {
            return wrong("threads", "must not be 0");
        }
        let cmyk_out = matches!(self.color, ColorModel::Cmyk | ColorModel::Ycck);
        if cmyk_out != (self.input == InputFormat::Cmyk) {
            return wrong(
                "color",
                "CMYK rows make CMYK or YCCK files and nothing else does",
            );
        }
        if self.input == InputFormat::Gray && self.color != ColorModel::Gray {
            return wrong("color", "gray rows make gray files");
        }
        let subsamples = matches!(self.color, ColorModel::YCbCr | ColorModel::Ycck);
        if !subsamples && self.sampling != Sampling::S444 {
            return wrong("sampling", "only YCbCr and YCCK have chroma to subsample");
        }
        if self.color == ColorModel::Xyb && !self.icc.is_empty() {
            return wrong("icc", "an XYB file carries the XYB profile");
        }
        if self.icc.len() > 255 * super::metadata::ICC_CHUNK {
            return wrong("icc", "longer than 255 segments hold");
        }
        if self.exif.len() > 65_533 - 6 {
            return wrong("exif", "longer than one segment holds");
        }
        if self.comments.iter().any(|c| c.len() > 65_533) {
            return wrong("comments", "longer than one segment holds");
        }
        super::metadata::check_xmp(&self.xmp)?;
        if let Mode::Progressive(Script::Custom(scans)) = &self.mode {
            super::script::validate(scans, self.color.components())?;
        }
        Ok(())
    }
}

impl ColorModel {
    /// Components of the file.
    pub(super) const fn components(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::YCbCr | Self::Rgb | Self::Xyb => 3,
            Self::Cmyk | Self::Ycck => 4,
        }
    }
}
