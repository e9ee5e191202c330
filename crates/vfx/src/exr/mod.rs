//! OpenEXR files as files: parts, views, chunks and headers, beside their pixels.
//!
//! [`check()`] reads everything and says what is wrong. [`repack`] writes parts of files into another one without recompressing what can be handed on;
//! [`pyramid`] cuts a part into tiles with reduced levels. Results appear under the final name only when they are complete.

mod check;
mod chroma;
mod listing;
mod luma;
mod pyramid;
mod repack;
mod tags;
mod views;
mod yca;

pub use check::{Checked, CheckedPart, DamagedChunk, check};
pub(crate) use luma::to_rgb;

pub use listing::{describe, value_text};
pub use pyramid::{Pyramid, pyramid};
pub use repack::{Repacked, Source, merge_headers, repack};
pub use tags::{parse_value, standard_type};
pub use vfx_exr as codec;
pub use views::{View, combine_views};

use crate::Error;
use std::fs::File;
use std::path::Path;
use vfx_exr::Reader;

/// Opens an OpenEXR file under the session's limits.
///
/// # Errors
/// [`Error::Io`] when it cannot be opened, [`Error::Exr`] when it is no sound OpenEXR file.
pub fn open(path: &Path, limits: &vfx_core::Limits) -> Result<Reader, Error> {
    let file = File::open(path).map_err(|e| vfx_core::IoError::os("open")(e).in_file(path))?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        let is_dir = std::io::ErrorKind::IsADirectory.into();
        return Err(vfx_core::IoError::os("open")(is_dir).in_file(path).into());
    }
    let limits = vfx_io::formats::exr::codec_limits(limits);
    Reader::open(file, &limits).map_err(in_file(path))
}

/// A codec error with its file.
fn in_file(path: &Path) -> impl Fn(vfx_exr::Error) -> Error {
    move |source| match source {
        vfx_exr::Error::Io { source, .. } => {
            vfx_core::IoError::os("write")(source).in_file(path).into()
        }
        source => Error::Exr {
            path: path.into(),
            source,
        },
    }
}
