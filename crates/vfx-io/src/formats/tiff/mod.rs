//! TIFF and BigTIFF.
//!
//! Read: strips and tiles in either byte order, chunky or separate, 1 to 32 bit unsigned, 8, 16 and 32 bit signed (as floats)
//! and 16 to 64 bit float samples, uncompressed, LZW, deflate, Zstandard, PackBits, CCITT and JPEG; pages, reduced levels and sub-directories. Written:
//! strips or tiles, contiguous, BigTIFF where 4 GiB may be passed. Samples are code values as stored, but that palettes,
//! CMYK and YCbCr become RGB and min-is-white is turned round. Sources: TIFF 6.0, the BigTIFF design, Adobe's notes.

mod codec;
mod emit;
mod encode;
mod fax;
mod fax_codes;
mod ifd;
mod jpeg;
mod layout;
mod lzw;
mod metadata;
mod pages;
mod predictor;
mod sink;
mod source;
mod spec;
mod tag;
#[cfg(test)]
mod tests;
mod write;
mod ycbcr;

use crate::registry::{Format, Holds};
use std::borrow::Cow;
use vfx_core::IoError;

const FORMAT_NAME: &str = "tiff";
/// The attribute that says how a file was packed; what comes from a TIFF file is packed so again.
const COMPRESSION: &str = "compression";

/// The registry's line.
pub const FORMAT: Format = Format {
    name: FORMAT_NAME,
    description: "Tagged Image File Format, BigTIFF and mip-mapped textures",
    extensions: &["tif", "tiff", "tx", "btf", "tf8", "env", "sm", "vsm"],
    holds: Holds {
        parts: true,
        tiles: true,
        windows: true,
        origin: true,
        channel_types: false,
        attributes: false,
        exif: true,
        xmp: true,
        iptc: true,
        icc: true,
        timecode: false,
    },
    compressions: &["zip", "lzw", "zstd", "packbits", "none"],
    detect: ifd::detect,
    open: Some(pages::open),
    create: Some(sink::create),
};

fn malformed(place: &'static str, problem: impl Into<Cow<'static, str>>) -> IoError {
    IoError::malformed(FORMAT_NAME, place, problem)
}

fn unsupported(feature: impl Into<Cow<'static, str>>) -> IoError {
    IoError::unsupported(FORMAT_NAME, feature)
}
