//! JPEG: every process but the hierarchical one and JPEG-LS; gray, YCbCr, RGB and CMYK.
//!
//! Pixels both ways through `vfx-jpeg`; segments and metadata are parsed
//! here. CMYK becomes RGB as OpenImageIO has it: ink times black. Source: ITU-T T.81, T.871 (JFIF), Adobe TN 5116, CIPA
//! DC-008 (Exif), ICC.1 Annex B.4, XMP part 3.

mod gain;
mod read;
mod segments;
#[cfg(test)]
mod tests;
mod write;

pub use gain::{create_hdr, open_hdr};

use crate::registry::{Format, Holds};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "jpeg",
    description: "JPEG (JFIF, Exif)",
    extensions: &["jpg", "jpeg", "jpe", "jfif"],
    holds: Holds {
        parts: false,
        tiles: false,
        windows: false,
        origin: false,
        channel_types: false,
        attributes: false,
        exif: true,
        xmp: true,
        iptc: true,
        icc: true,
        timecode: false,
    },
    compressions: &["jpeg", "optimized", "progressive"],
    detect: |head| head.starts_with(b"\xff\xd8\xff"),
    open: Some(read::open),
    create: Some(write::create),
};

/// The name in error messages.
const NAME: &str = "JPEG";
