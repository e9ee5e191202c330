//! What an image is: windows, channels, meaning, metadata.

use crate::{Attributes, Channel, Region, SampleFormat};

/// How colour relates to alpha.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Alpha {
    /// Colour is multiplied by alpha (premultiplied): EXR and the engine's own form.
    #[default]
    Associated,
    /// Colour is not multiplied (straight): PNG and most of TIFF.
    Unassociated,
}

/// How stored rows and columns are to be shown: Exif's and TIFF's 1 ..= 8.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Orientation(pub u8);

impl Default for Orientation {
    fn default() -> Self {
        Self(1)
    }
}

/// Everything about an image but its pixels.
#[derive(Clone, PartialEq, Debug)]
pub struct ImageSpec {
    /// The pixels that exist.
    pub data_window: Region,
    /// The frame they are shown in.
    pub display_window: Region,
    /// Planes, in the format's order (RGBA first where a file has them).
    pub channels: Vec<Channel>,
    /// Name of the part, page or layer; empty where the format has none.
    pub name: String,
    /// Colour space of the colour channels (`lin_rec709_scene`, `srgb_rec709_display` ...) where it is known.
    pub color_space: Option<String>,
    /// Colour against alpha.
    pub alpha: Alpha,
    /// Stored against shown orientation.
    pub orientation: Orientation,
    /// Width of a pixel over its height.
    pub pixel_aspect: f32,
    /// Metadata.
    pub attributes: Attributes,
}

impl ImageSpec {
    /// A `width` x `height` image at the origin whose display window is its data window.
    pub fn new(width: usize, height: usize, channels: Vec<Channel>) -> Self {
        let window = Region::sized(0, 0, width, height);
        Self {
            data_window: window,
            display_window: window,
            channels,
            name: String::new(),
            color_space: None,
            alpha: Alpha::default(),
            orientation: Orientation::default(),
            pixel_aspect: 1.0,
            attributes: Attributes::new(),
        }
    }
    /// Channels of one format with the usual names: Y, YA, R G B (A), then `channel4` ...
    pub fn default_channels(n: usize, format: SampleFormat) -> Vec<Channel> {
        let names: &[&str] = match n {
            1 => &["Y"],
            2 => &["Y", "A"],
            _ => &["R", "G", "B", "A"],
        };
        (0..n)
            .map(|i| {
                Channel::new(
                    names
                        .get(i)
                        .map_or_else(|| format!("channel{i}"), |s| (*s).into()),
                    format,
                )
            })
            .collect()
    }
    /// Columns of the data window.
    pub fn width(&self) -> usize {
        self.data_window.width()
    }
    /// Rows of the data window.
    pub fn height(&self) -> usize {
        self.data_window.height()
    }
    /// Position of a channel by its full name.
    pub fn channel_index(&self, name: &str) -> Option<usize> {
        self.channels.iter().position(|c| c.name == name)
    }
    /// Position of the alpha channel of the unnamed layer.
    pub fn alpha_index(&self) -> Option<usize> {
        self.channels
            .iter()
            .position(|c| matches!(c.name.as_str(), "A" | "Alpha" | "alpha"))
    }
    /// The format that every channel has, if they agree.
    pub fn uniform_format(&self) -> Option<SampleFormat> {
        let f = self.channels.first()?.format;
        self.channels.iter().all(|c| c.format == f).then_some(f)
    }
    /// The widest format of any channel: floats win over integers, then bits.
    pub fn widest_format(&self) -> SampleFormat {
        let rank = |f: &SampleFormat| (f.is_float(), f.bits);
        self.channels
            .iter()
            .map(|c| c.format)
            .max_by_key(rank)
            .unwrap_or(SampleFormat::U8)
    }
    /// Sets every channel's format.
    pub fn set_format(&mut self, format: SampleFormat) {
        for c in &mut self.channels {
            c.format = format;
        }
    }
    /// Bytes of one pixel over all channels, subsampling not counted.
    pub fn pixel_bytes(&self) -> usize {
        self.channels.iter().map(|c| c.format.size()).sum()
    }
}
