//! DPX: versions 1 and 2, either byte order, 1 to 16 bit code values and 32-bit floats, up to eight image elements.
//!
//! Every image element is a part. Rows lie at known places: any region is read by itself, and rows are written in any
//! order. Code values stay as they are; printing density and logarithmic data are only named, chroma stays chroma (4:2:2 as
//! subsampled channels, which are not written). Run lengths, signed and
//! 64-bit data are typed as unsupported.
//! Source: SMPTE ST 268-1 (268M-1994, 268M-2003); names of header fields are OpenImageIO's.

mod header;
mod pack;
mod read;
mod write;

use crate::registry::{Format, Holds};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "dpx",
    description: "Digital Picture Exchange",
    extensions: &["dpx"],
    holds: Holds {
        parts: true,
        tiles: false,
        windows: true,
        origin: true,
        channel_types: false,
        attributes: false,
        exif: false,
        xmp: false,
        iptc: false,
        icc: false,
        timecode: true,
    },
    compressions: &[],
    detect: |head| matches!(head.get(..4), Some(b"SDPX" | b"XPDS")),
    open: Some(read::open),
    create: Some(write::create),
};

#[cfg(test)]
mod tests;
