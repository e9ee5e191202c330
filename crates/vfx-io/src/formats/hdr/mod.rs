//! Radiance pictures (`.hdr`): four bytes a pixel, three mantissas under one exponent, run-length coded by row.
//!
//! Reads new and old runs and flat rows, RGBE and XYZE; writes new runs. Planes are scene-linear 32-bit floats, exactly
//! OpenImageIO's; EXPOSURE is kept as an attribute and not applied, as there.
//! Source: Radiance file formats (G. Ward), and Graphics Gems II, "Real Pixels".

mod header;
mod read;
mod rgbe;
#[cfg(test)]
mod tests;
mod write;

use crate::registry::{Format, Holds};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "hdr",
    description: "Radiance RGBE",
    extensions: &["hdr", "rgbe", "xyze", "pic"],
    holds: Holds {
        parts: false,
        tiles: false,
        windows: false,
        origin: false,
        channel_types: false,
        attributes: false,
        exif: false,
        xmp: false,
        iptc: false,
        icc: false,
        timecode: false,
    },
    compressions: &["rle", "none"],
    detect: |head| head.starts_with(b"#?RADIANCE") || head.starts_with(b"#?RGBE"),
    open: Some(read::open),
    create: Some(write::create),
};

/// The name in error messages.
const NAME: &str = "Radiance";
