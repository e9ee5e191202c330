//! Image files: which format a file is in, its parts and levels as [`vfx_core::ImageSource`]s, and sinks that write
//! whole files or nothing.
//!
//! Raw access only: no cache, no threads, no conversion. [`open`] finds the format by content; [`create`] by extension or
//! name. Every format is one folder in `formats` and one line in [`FORMATS`]. [`meta`] translates Exif, XMP and IPTC.

pub mod formats;
mod input;
pub mod meta;
mod open;
mod output;
mod registry;
pub mod sequence;

pub use input::Input;
pub use open::{ImageFile, OpenOptions, Part, open};
pub use output::{JpegOptions, Output, WriteOptions, create, create_deep};
pub use registry::{FORMATS, Format, Holds, by_extension, by_name};
