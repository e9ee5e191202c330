//! Colour files: LUTs, CDLs, CLF, CTF, ICC; found by content, the extension breaks ties.
//!
//! Every reader takes bytes, checks declared sizes before it allocates, and names file, line and reason in its errors.

use std::path::Path;

use crate::op::{CdlStyle, Interpolation};
use crate::{ColorError, Op};

/// What a caller may say about a file (the keys of OpenColorIO's FileTransform).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileOptions {
    /// Id or index of the correction in a collection.
    pub cccid: Option<String>,
    /// CDL style where the file does not say.
    pub cdl_style: Option<CdlStyle>,
    /// Interpolation of tables; the format's default if none.
    pub interpolation: Option<Interpolation>,
}

/// A colour file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct ColorFile {
    /// The operations, forward.
    pub ops: Vec<Op>,
    /// Name of the format that was found.
    pub format: &'static str,
    /// Name, title and descriptions of the file: key and text.
    pub info: Vec<(String, String)>,
}

/// Reads a colour file.
///
/// # Errors
///
/// If the file cannot be read, no format knows it, or it is invalid.
pub fn load(path: &Path, options: &FileOptions) -> Result<ColorFile, ColorError> {
    let bytes = std::fs::read(path).map_err(|source| ColorError::Io {
        path: path.to_owned(),
        source,
    })?;
    parse(&bytes, path, options)
}

/// Reads a colour file from memory; `path` serves for the extension and for messages.
///
/// # Errors
///
/// As [`load`].
pub fn parse(_bytes: &[u8], path: &Path, _options: &FileOptions) -> Result<ColorFile, ColorError> {
    Err(ColorError::UnknownFormat {
        path: path.to_owned(),
    })
}
