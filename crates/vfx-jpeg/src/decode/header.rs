//! What is known of an image before its pixels.

use super::colour::ColourSpace;
use super::frame::Frame;
use super::metadata::Metadata;

/// One component as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentInfo {
    /// Identifier.
    pub id: u8,
    /// Horizontal and vertical sampling factor.
    pub sampling: (u8, u8),
    /// Samples across and down.
    pub size: (u32, u32),
}

/// Size, process, colour, metadata.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Header {
    /// Stored width in pixels.
    pub width: u32,
    /// Stored height in pixels.
    pub height: u32,
    /// Bits a sample.
    pub precision: u32,
    /// Progressive coding.
    pub progressive: bool,
    /// Arithmetic coding.
    pub arithmetic: bool,
    /// Lossless coding.
    pub lossless: bool,
    /// Components in order.
    pub components: Vec<ComponentInfo>,
    /// What the components mean.
    pub colour: ColourSpace,
    /// Inks are stored inverted (0 is full ink), as Adobe writes them.
    pub inks_inverted: bool,
    /// The transform byte of an Adobe segment.
    pub adobe_transform: Option<u8>,
    /// Everything else.
    pub metadata: Metadata,
}

impl Header {
    pub(crate) fn new(
        frame: &Frame,
        colour: ColourSpace,
        adobe: Option<u8>,
        metadata: Metadata,
    ) -> Self {
        let components = frame.components.iter().map(|c| ComponentInfo {
            id: c.id,
            sampling: (c.h as u8, c.v as u8),
            size: (c.width as u32, c.height as u32),
        });
        Header {
            width: frame.width as u32,
            height: frame.height as u32,
            precision: frame.precision,
            progressive: frame.progressive,
            arithmetic: frame.arithmetic,
            lossless: frame.lossless,
            components: components.collect(),
            colour,
            inks_inverted: adobe.is_some()
                && matches!(colour, ColourSpace::Cmyk | ColourSpace::Ycck),
            adobe_transform: adobe,
            metadata,
        }
    }
}
