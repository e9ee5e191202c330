//! PNG: 1 to 16 bit gray, RGB and palette pictures, with or without alpha.
//!
//! Reading streams rows through the `png` crate; writing filters and deflates strips of rows in parallel and joins them
//! into one zlib stream. Alpha is unassociated, as stored. Of an animation the first frame (the default image) is read.
//! Source: PNG (Third Edition), W3C 2025.

mod annotate;
mod chunks;
mod filter;
mod metadata;
mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::registry::{Format, Holds};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "png",
    description: "Portable Network Graphics",
    extensions: &["png", "apng"],
    holds: Holds {
        parts: false,
        tiles: false,
        windows: false,
        origin: true,
        channel_types: false,
        attributes: true,
        exif: true,
        xmp: true,
        iptc: false,
        icc: true,
        timecode: false,
    },
    compressions: &["zip", "none"],
    detect: |head| head.starts_with(&chunks::SIGNATURE),
    open: Some(read::open),
    create: Some(write::create),
};

/// The name in error messages.
const NAME: &str = "PNG";
