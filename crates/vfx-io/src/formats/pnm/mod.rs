//! Portable anymaps: PBM, PGM, PPM (plain and raw), PAM, and PFM floats.
//!
//! Samples are code values; a maximum of `2^n - 1` keeps them as they are with `n` bits, any other is scaled to 8 or 16
//! bits as OpenImageIO does. Binary files are read at random and written from every worker at once.
//! Source: the Netpbm manual's format pages; PFM as P. Debevec's tools have it (rows from the bottom).

mod header;
mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::registry::{Format, Holds};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "pnm",
    description: "portable anymap (PBM, PGM, PPM, PAM, PFM)",
    extensions: &["ppm", "pgm", "pbm", "pnm", "pam", "pfm"],
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
    compressions: &["none", "ascii"],
    detect: |head| {
        matches!(head, [b'P', b'1'..=b'7' | b'f' | b'F', s, ..] if s.is_ascii_whitespace() || *s == b'#')
            || head.starts_with(b"PF4\n")
    },
    open: Some(read::open),
    create: Some(write::create),
};

/// The name in error messages.
const NAME: &str = "PNM";
