//! OpenEXR: binds the codec crate `vfx-exr` to sources and sinks.
//!
//! Scan line and tiled parts, mip levels (of ripmaps the diagonal), several parts, half, float and uint channels, subsampled
//! ones too. Colour is scene-linear and premultiplied. Channels come R G B A first within each layer, as OpenImageIO
//! orders them. Deep parts are deep sources. Integer images are written as half.
//! Source: OpenEXR file layout; attribute names are OpenImageIO's, see [`attributes`].

mod attributes;
mod channels;
mod color;
mod deep;
mod read;
mod write;

pub use attributes::{compression, compression_name};
pub(crate) use deep::create as create_deep;
pub use read::codec_limits;

use crate::registry::{Format, Holds};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "openexr",
    description: "OpenEXR",
    extensions: &["exr", "sxr", "mxr"],
    holds: Holds {
        parts: true,
        tiles: true,
        windows: true,
        origin: true,
        channel_types: true,
        attributes: true,
        exif: true,
        xmp: true,
        iptc: true,
        icc: true,
        timecode: true,
    },
    compressions: &[
        "zip", "none", "rle", "zips", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab", "htj2k256",
        "htj2k32", "lj2k", "zstd",
    ],
    detect: |head| head.starts_with(&[0x76, 0x2f, 0x31, 0x01]),
    open: Some(read::open),
    create: Some(write::create),
};

const NAME: &str = "openexr";

/// A codec error as an error of the file, with the reasons behind it.
fn error(e: vfx_exr::Error) -> vfx_core::IoError {
    use vfx_core::IoError;
    use vfx_exr::Error;
    let limit = |what: &str| match what {
        "header bytes" => "max_metadata_bytes",
        "parts" => "max_parts",
        "channels" => "max_channels",
        "data window width" | "data window height" => "max_dimension",
        "pixels" | "chunks" => "max_pixels",
        _ => "max_chunk_bytes",
    };
    match e {
        Error::Io { source, .. } => IoError::Os {
            action: "read",
            source,
        },
        Error::Limit {
            what,
            limit: allowed,
            found,
        } => IoError::Limit {
            limit: limit(what),
            found,
            allowed,
        },
        Error::UnsupportedCompression { found, .. } => IoError::unsupported(
            NAME,
            format!("{} compression", attributes::compression_name(found)),
        ),
        Error::UnsupportedPart { found, .. } => {
            IoError::unsupported(NAME, format!("a part of type '{found}'"))
        }
        e => {
            let mut problem = e.to_string();
            let mut source = std::error::Error::source(&e);
            while let Some(s) = source {
                problem = format!("{problem}: {s}");
                source = s.source();
            }
            let place = match e {
                Error::Corrupt { .. } | Error::MissingChunk { .. } => "pixels",
                _ => "header",
            };
            IoError::malformed(NAME, place, problem)
        }
    }
}

#[cfg(test)]
mod tests;
