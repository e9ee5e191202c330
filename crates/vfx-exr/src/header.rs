//! The header of one part.
//!
//! The attributes that define the pixels are fields; all others stay in [`Header::attributes`] in file order.
//! Source: OpenEXR file layout, "Header"; `validation.c` of OpenEXRCore for the rules.

use crate::attribute::{Attribute, AttributeValue};
use crate::compression::Compression;
use crate::error::Error;
use crate::window::Box2i;

/// Storage of a channel's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleType {
    /// Unsigned 32-bit integer.
    Uint,
    /// IEEE 754 binary16.
    Half,
    /// IEEE 754 binary32.
    Float,
}

impl SampleType {
    /// Bytes of a sample: 2 or 4.
    #[must_use]
    pub fn size(self) -> usize {
        if self == Self::Half { 2 } else { 4 }
    }

    pub(crate) fn from_code(code: i32) -> Option<Self> {
        [Self::Uint, Self::Half, Self::Float]
            .get(usize::try_from(code).ok()?)
            .copied()
    }

    pub(crate) fn code(self) -> i32 {
        match self {
            Self::Uint => 0,
            Self::Half => 1,
            Self::Float => 2,
        }
    }
}

/// A channel of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Name; layers end with a dot: `diffuse.R`.
    pub name: String,
    /// Storage.
    pub sample_type: SampleType,
    /// Samples exist where x and y are multiples of these; both at least 1.
    pub sampling: (u32, u32),
    /// `pLinear`: values are perceptually linear (a hint for B44 and DWA).
    pub linear: bool,
}

impl Channel {
    /// A full-resolution channel.
    #[must_use]
    pub fn new(name: impl Into<String>, sample_type: SampleType) -> Self {
        Self {
            name: name.into(),
            sample_type,
            sampling: (1, 1),
            linear: false,
        }
    }
}

/// Order of the chunks in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LineOrder {
    /// Top to bottom.
    #[default]
    IncreasingY,
    /// Bottom to top.
    DecreasingY,
    /// Any (tiled parts only).
    RandomY,
}

impl LineOrder {
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        [Self::IncreasingY, Self::DecreasingY, Self::RandomY]
            .get(usize::from(code))
            .copied()
    }

    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

/// Resolution levels of a tiled part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LevelMode {
    /// Full resolution only.
    #[default]
    OneLevel,
    /// Each level halves both sides.
    Mipmap,
    /// Both sides are halved independently.
    Ripmap,
}

/// How odd sizes are halved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LevelRounding {
    /// Down.
    #[default]
    Down,
    /// Up.
    Up,
}

/// Tile size and levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tiles {
    /// Tile width in pixels.
    pub width: u32,
    /// Tile height in pixels.
    pub height: u32,
    /// Levels.
    pub mode: LevelMode,
    /// Rounding of level sizes.
    pub rounding: LevelRounding,
}

impl Tiles {
    /// Tiles of one level.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            mode: LevelMode::OneLevel,
            rounding: LevelRounding::Down,
        }
    }

    pub(crate) fn from_fields(width: u32, height: u32, mode: u8) -> Option<Self> {
        let rounding = match mode >> 4 {
            0 => LevelRounding::Down,
            1 => LevelRounding::Up,
            _ => return None,
        };
        let mode = [LevelMode::OneLevel, LevelMode::Mipmap, LevelMode::Ripmap]
            .get(usize::from(mode & 15))
            .copied()?;
        Some(Self {
            width,
            height,
            mode,
            rounding,
        })
    }

    pub(crate) fn mode_code(self) -> u8 {
        self.mode as u8 | (self.rounding as u8) << 4
    }
}

/// The `type` attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PartType {
    /// `scanlineimage`
    Scanline,
    /// `tiledimage`
    Tiled,
    /// `deepscanline`
    DeepScanline,
    /// `deeptile`
    DeepTiled,
    /// Anything else.
    Other(String),
}

impl PartType {
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "scanlineimage" => Self::Scanline,
            "tiledimage" => Self::Tiled,
            "deepscanline" => Self::DeepScanline,
            "deeptile" => Self::DeepTiled,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The name that files store.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Scanline => "scanlineimage",
            Self::Tiled => "tiledimage",
            Self::DeepScanline => "deepscanline",
            Self::DeepTiled => "deeptile",
            Self::Other(name) => name,
        }
    }

    /// Whether samples have a list of depths.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        matches!(self, Self::DeepScanline | Self::DeepTiled)
    }
}

/// The header of one part.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Channels; sorted by name in files.
    pub channels: Vec<Channel>,
    /// Compression of the chunks.
    pub compression: Compression,
    /// Pixels that exist.
    pub data_window: Box2i,
    /// Pixels that are to be shown.
    pub display_window: Box2i,
    /// Order of the chunks.
    pub line_order: LineOrder,
    /// Width of a pixel divided by its height.
    pub pixel_aspect: f32,
    /// Centre of the screen window.
    pub screen_window_center: (f32, f32),
    /// Width of the screen window.
    pub screen_window_width: f32,
    /// Tile size; `None` for scan lines.
    pub tiles: Option<Tiles>,
    /// Part name; required, and unique, when there are several parts.
    pub name: Option<String>,
    /// The `type` attribute (or what the version word says); `None` on writing means "as `tiles` says".
    pub part_type: Option<PartType>,
    /// The view of a stereo part: `left`, `right`.
    pub view: Option<String>,
    /// All other attributes, in file order.
    pub attributes: Vec<Attribute>,
    /// Write only: deflate level 1 to 12 of ZIP, ZIPS and PXR24 (`None`: 4; ZIP and ZIPS at 0: the fast coder), Zstandard
    /// level of ZSTD (`None`: 5), base error of DWAA and DWAB (`None`: the attribute `dwaCompressionLevel`, else 45).
    pub compression_level: Option<f32>,
}

impl Header {
    /// A scan line part whose display window is the data window.
    #[must_use]
    pub fn new(data_window: Box2i, channels: Vec<Channel>, compression: Compression) -> Self {
        Self {
            channels,
            compression,
            data_window,
            display_window: data_window,
            line_order: LineOrder::IncreasingY,
            pixel_aspect: 1.0,
            screen_window_center: (0.0, 0.0),
            screen_window_width: 1.0,
            tiles: None,
            name: None,
            part_type: None,
            view: None,
            attributes: Vec::new(),
            compression_level: None,
        }
    }

    /// The attribute of this name among [`Header::attributes`].
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&AttributeValue> {
        self.attributes
            .iter()
            .find(|a| a.name == name)
            .map(|a| &a.value)
    }

    /// Whether pixels lie in tiles.
    #[must_use]
    pub fn is_tiled(&self) -> bool {
        match &self.part_type {
            Some(PartType::Tiled | PartType::DeepTiled) => true,
            Some(PartType::Scanline | PartType::DeepScanline) => false,
            _ => self.tiles.is_some(),
        }
    }

    /// Whether this is a deep part.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        self.part_type.as_ref().is_some_and(PartType::is_deep)
    }

    /// Whether chunks of a part with the header `from` can be handed on to a part with this one as they are ([`crate::Encoder::adopt`]): same kind of
    /// part, compression and tiles, channels alike and in the same order. Windows may differ; the caller pairs chunks of equal size. DWA and
    /// JPEG 2000 chunks depend on the channels' names too.
    #[must_use]
    pub fn takes_chunks_of(&self, from: &Header) -> bool {
        let sorted = |h: &Header| {
            let mut list: Vec<Channel> = h.channels.clone();
            list.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
            list
        };
        let by_name = !matches!(
            self.compression,
            Compression::None
                | Compression::Rle
                | Compression::Zips
                | Compression::Zip
                | Compression::Piz
                | Compression::Pxr24
                | Compression::B44
                | Compression::B44a
                | Compression::Zstd
        );
        let (a, b) = (sorted(self), sorted(from));
        let alike = a.len() == b.len()
            && a.iter().zip(&b).all(|(a, b)| {
                (a.sample_type, a.sampling) == (b.sample_type, b.sampling)
                    && (!by_name || a.name == b.name)
                    // B44 codes perceptually linear channels in another way.
                    && a.linear == b.linear
            });
        let size = |t: &Tiles| (t.width, t.height);
        alike
            && self.compression == from.compression
            && self.is_deep() == from.is_deep()
            && self.is_tiled() == from.is_tiled()
            && self.tiles.as_ref().map(size) == from.tiles.as_ref().map(size)
    }

    /// The rules that reading and writing both need; sizes against limits are the layout's work.
    pub(crate) fn check(&self, part: usize) -> Result<(), Error> {
        let value = |what, found| Err(Error::HeaderValue { part, what, found });
        if self.data_window.is_empty() {
            return value(
                "data window: it is empty",
                i64::from(self.data_window.max.0),
            );
        }
        let mut names: Vec<&str> = self.channels.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|p| p[0] == p[1]) {
            return Err(Error::Duplicate {
                part,
                what: "channel",
                name: pair[0].to_owned(),
            });
        }
        for c in &self.channels {
            for s in [c.sampling.0, c.sampling.1] {
                if s == 0 || i32::try_from(s).is_err() {
                    return value("channel sampling", i64::from(s));
                }
                if s != 1 && (self.is_tiled() || self.is_deep()) {
                    return value(
                        "channel sampling: tiled and deep parts have 1",
                        i64::from(s),
                    );
                }
            }
        }
        if self.is_tiled() {
            let Some(t) = self.tiles else {
                return Err(Error::MissingAttribute {
                    part,
                    name: "tiles",
                });
            };
            for n in [t.width, t.height] {
                if n == 0 || i32::try_from(n).is_err() {
                    return value("tile size", i64::from(n));
                }
            }
        }
        Ok(())
    }
}
