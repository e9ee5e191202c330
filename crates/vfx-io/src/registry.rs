//! Which formats there are: one line each in [`FORMATS`].

use crate::Input;
use crate::formats;
use crate::open::{OpenOptions, Part};
use crate::output::WriteOptions;
use std::path::Path;
use vfx_core::{ImageSink, ImageSpec, IoError};

/// What a format can hold beside pixels, for `vfx formats` and for notes about what a conversion drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Holds {
    /// Several parts or pages.
    pub parts: bool,
    /// Tiles.
    pub tiles: bool,
    /// A data window other than the display window.
    pub windows: bool,
    /// An origin of the pixels other than 0, where the data window is the display window.
    pub origin: bool,
    /// A type a channel.
    pub channel_types: bool,
    /// Any attribute under any name.
    pub attributes: bool,
    /// Exif.
    pub exif: bool,
    /// XMP.
    pub xmp: bool,
    /// IPTC.
    pub iptc: bool,
    /// An ICC profile.
    pub icc: bool,
    /// SMPTE time code.
    pub timecode: bool,
}

/// A file format.
#[derive(Debug)]
pub struct Format {
    /// Its name, lower case, as OpenImageIO has it.
    pub name: &'static str,
    /// One line for people.
    pub description: &'static str,
    /// Extensions, lower case, the usual one first.
    pub extensions: &'static [&'static str],
    /// What it can hold.
    pub holds: Holds,
    /// Compression names it writes, the default first; empty where there is no choice.
    pub compressions: &'static [&'static str],
    /// Whether the first 512 bytes (fewer in a shorter file) are of this format.
    pub detect: fn(&[u8]) -> bool,
    /// Reads headers only.
    pub open: Option<fn(Input, &OpenOptions) -> Result<Vec<Part>, IoError>>,
    /// Starts a file; see [`crate::create`].
    pub create:
        Option<fn(&Path, &[ImageSpec], &WriteOptions) -> Result<Box<dyn ImageSink>, IoError>>,
}

/// Every format: a folder or file in `formats` each.
pub const FORMATS: &[&Format] = &[
    &formats::null::FORMAT,
    &formats::dpx::FORMAT,
    &formats::exr::FORMAT,
    &formats::png::FORMAT,
    &formats::jpeg::FORMAT,
    &formats::hdr::FORMAT,
    &formats::pnm::FORMAT,
    &formats::tiff::FORMAT,
];

/// The format of a name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS
        .iter()
        .find(|f| {
            f.name.eq_ignore_ascii_case(name)
                || f.extensions.iter().any(|e| e.eq_ignore_ascii_case(name))
        })
        .copied()
}

/// The format that a file's name promises; `null:` is one.
pub fn by_extension(path: &Path) -> Option<&'static Format> {
    if path.to_str().is_some_and(|s| s.starts_with("null:")) {
        return by_name("null");
    }
    let ext = path.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS
        .iter()
        .find(|f| f.extensions.contains(&ext.as_str()))
        .copied()
}
