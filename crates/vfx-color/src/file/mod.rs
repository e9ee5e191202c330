//! Colour files: LUTs, CDLs, CLF, CTF, ICC; found by content, the extension breaks ties.
//!
//! Every reader takes bytes, checks declared sizes before it allocates, and names file, line and reason in its errors. Each
//! format is one file of this folder and one line of [`FORMATS`]. Two formats share `.cube` and two share `.lut`: the
//! extension only says which is asked first. Writers take operations that the format can hold; [`bake`] makes such from any
//! program.

mod bake;
mod cdl;
mod cinespace;
mod ctf;
mod cube;
mod discreet;
mod flame;
mod houdini;
pub mod icc;
mod itx;
mod look;
mod number;
mod pandora;
mod source;
mod spi1d;
mod spi3d;
mod spimtx;
mod truelight;
mod vf;
mod xml;

use std::cell::Cell;
use std::path::{Path, PathBuf};

use crate::op::{CdlStyle, Interpolation};
use crate::{ColorError, Op};
pub use bake::{BakeOptions, Baked, ShaperForm, bake};
use source::Source;

/// Files above this are not read.
const MAX_BYTES: u64 = 1 << 29;
/// How many files may refer to one another in a row, and how many may be read for one.
const MAX_REFERENCES: usize = 16;
const MAX_LOADS: usize = 256;

/// What a caller may say about a file (the keys of OpenColorIO's FileTransform).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileOptions {
    /// Id or index of the correction in a collection.
    pub cccid: Option<String>,
    /// CDL style where the file does not say.
    pub cdl_style: Option<CdlStyle>,
    /// Interpolation of tables; the format's default if none.
    pub interpolation: Option<Interpolation>,
    /// How ICC profiles are used.
    pub icc: icc::IccOptions,
}

impl ColorFile {
    /// The operations in a direction.
    ///
    /// # Errors
    ///
    /// If an operation has no inverse.
    pub fn directed(self, direction: crate::Direction) -> Result<Vec<Op>, ColorError> {
        match (direction, self.backward) {
            (crate::Direction::Forward, _) => Ok(self.ops),
            (_, Some(back)) => Ok(back),
            (_, None) => Op::inverse_of(&self.ops),
        }
    }
}

/// A colour file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct ColorFile {
    /// The operations, forward.
    pub ops: Vec<Op>,
    /// The way back where the file has one of its own that is not the inverse of each operation.
    pub backward: Option<Vec<Op>>,
    /// Name of the format that was found.
    pub format: &'static str,
    /// Name, title and descriptions of the file: key and text.
    pub info: Vec<(String, String)>,
}

/// What a file says beside its operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriteOptions {
    /// Name and descriptions, as in [`ColorFile::info`].
    pub info: Vec<(String, String)>,
}

type Info = Vec<(String, String)>;
type Recognise = fn(&[u8], &str) -> bool;
type Read = fn(&Source) -> Result<(Vec<Op>, Info), ColorError>;
type Write = fn(&[Op], &WriteOptions) -> Result<String, ColorError>;

/// A file format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// OpenColorIO's name of it.
    pub name: &'static str,
    /// Extensions in lower case, without the dot.
    pub extensions: &'static [&'static str],
    /// Whether the beginning of a file looks like it; the second argument is the extension.
    recognises: Recognise,
    read: Read,
    write: Option<Write>,
}

impl Format {
    /// Whether [`write`] knows it.
    pub fn writes(&self) -> bool {
        self.write.is_some()
    }
}

/// Every format; where several know a content and an extension, the first is taken.
#[rustfmt::skip]
pub const FORMATS: &[Format] = &[
    Format { name: "Academy/ASC Common LUT Format", extensions: &["clf"], recognises: ctf::recognises, read: ctf::read, write: Some(ctf::write_clf) },
    Format { name: "Color Transform Format", extensions: &["ctf"], recognises: ctf::recognises, read: ctf::read, write: Some(ctf::write_ctf) },
    Format { name: "ColorCorrection", extensions: &["cc"], recognises: cdl::is_correction, read: cdl::read, write: Some(cdl::write_correction) },
    Format { name: "ColorCorrectionCollection", extensions: &["ccc"], recognises: cdl::is_collection, read: cdl::read, write: Some(cdl::write_collection) },
    Format { name: "ColorDecisionList", extensions: &["cdl"], recognises: cdl::is_decisions, read: cdl::read, write: Some(cdl::write_decisions) },
    Format { name: "iridas_look", extensions: &["look"], recognises: look::recognises, read: look::read, write: None },
    Format { name: "cinespace", extensions: &["csp"], recognises: cinespace::recognises, read: cinespace::read, write: Some(cinespace::write) },
    Format { name: "truelight", extensions: &["cub"], recognises: truelight::recognises, read: truelight::read, write: Some(truelight::write) },
    Format { name: "nukevf", extensions: &["vf"], recognises: vf::recognises, read: vf::read, write: None },
    Format { name: "spi3d", extensions: &["spi3d"], recognises: spi3d::recognises, read: spi3d::read, write: Some(spi3d::write) },
    Format { name: "spi1d", extensions: &["spi1d"], recognises: spi1d::recognises, read: spi1d::read, write: Some(spi1d::write) },
    Format { name: "International Color Consortium profile", extensions: &["icc", "icm", "pf"], recognises: icc::recognises, read: icc::read, write: None },
    Format { name: "resolve_cube", extensions: &["cube"], recognises: cube::is_resolve, read: cube::read, write: Some(cube::write) },
    Format { name: "iridas_cube", extensions: &["cube"], recognises: cube::is_iridas, read: cube::read, write: Some(cube::write_iridas) },
    Format { name: "iridas_itx", extensions: &["itx"], recognises: itx::recognises, read: itx::read, write: Some(itx::write) },
    Format { name: "houdini", extensions: &["lut"], recognises: houdini::recognises, read: houdini::read, write: Some(houdini::write) },
    Format { name: "Discreet 1D LUT", extensions: &["lut"], recognises: discreet::recognises, read: discreet::read, write: None },
    Format { name: "pandora_m3d", extensions: &["m3d"], recognises: pandora::recognises, read: pandora::read, write: Some(pandora::write) },
    Format { name: "pandora_mga", extensions: &["mga"], recognises: pandora::recognises, read: pandora::read, write: Some(pandora::write) },
    Format { name: "lustre", extensions: &["3dl"], recognises: flame::is_lustre, read: flame::read, write: Some(flame::write_lustre) },
    Format { name: "flame", extensions: &["3dl"], recognises: flame::is_flame, read: flame::read, write: Some(flame::write_flame) },
    Format { name: "spimtx", extensions: &["spimtx"], recognises: spimtx::recognises, read: spimtx::read, write: Some(spimtx::write) },
];

/// Reads a colour file.
///
/// # Errors
///
/// If the file cannot be read, no format knows it, or it is invalid.
pub fn load(path: &Path, options: &FileOptions) -> Result<ColorFile, ColorError> {
    load_within(path, options, &[], &Cell::new(0))
}

/// Reads a colour file from memory; `path` serves for the extension and for messages.
///
/// # Errors
///
/// As [`load`].
pub fn parse(bytes: &[u8], path: &Path, options: &FileOptions) -> Result<ColorFile, ColorError> {
    parse_within(bytes, path, options, &[], &Cell::new(0))
}

/// A file that `within` refer to.
fn load_within(
    path: &Path,
    options: &FileOptions,
    within: &[PathBuf],
    loads: &Cell<usize>,
) -> Result<ColorFile, ColorError> {
    let io = |source| ColorError::Io {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(io)?.len();
    if size > MAX_BYTES {
        return Err(ColorError::Limit {
            what: "bytes of a colour file",
            found: size,
            limit: MAX_BYTES,
        });
    }
    let bytes = std::fs::read(path).map_err(io)?;
    parse_within(&bytes, path, options, within, loads)
}

fn parse_within(
    bytes: &[u8],
    path: &Path,
    options: &FileOptions,
    within: &[PathBuf],
    loads: &Cell<usize>,
) -> Result<ColorFile, ColorError> {
    let format = detect(bytes, path).ok_or_else(|| ColorError::UnknownFormat {
        path: path.to_owned(),
    })?;
    let source = Source {
        bytes,
        path,
        options,
        format: format.name,
        within,
        loads,
    };
    let (ops, info) = (format.read)(&source)?;
    let backward = match format.extensions.first() {
        Some(&"icc") => Some(icc::backward(&source)?),
        _ => None,
    };
    Ok(ColorFile {
        ops,
        backward,
        format: format.name,
        info,
    })
}

/// The format of a content. One that has the extension is asked first; if no format knows the content, the first with the
/// extension is to say why.
pub fn detect(bytes: &[u8], path: &Path) -> Option<&'static Format> {
    let extension = source::extension(path);
    let own = || {
        FORMATS
            .iter()
            .filter(|f| f.extensions.contains(&extension.as_str()))
    };
    let knows = |f: &&Format| (f.recognises)(bytes, &extension);
    own()
        .find(knows)
        .or_else(|| FORMATS.iter().find(knows))
        .or_else(|| own().next())
}

/// The format of a name, or of an extension.
pub fn format(name: &str) -> Option<&'static Format> {
    let named = FORMATS.iter().find(|f| f.name.eq_ignore_ascii_case(name));
    named.or_else(|| {
        let extension = name.to_ascii_lowercase();
        FORMATS
            .iter()
            .find(|f| f.writes() && f.extensions.contains(&extension.as_str()))
    })
}

/// Operations as the text of a file. `format` is a name of [`FORMATS`] or an extension.
///
/// # Errors
///
/// [`ColorError::Unknown`] if nothing writes that format, [`ColorError::CannotHold`] if it cannot hold the operations.
pub fn write(ops: &[Op], format: &str, options: &WriteOptions) -> Result<String, ColorError> {
    let unknown = || ColorError::Unknown {
        kind: "writable colour file format",
        name: format.to_owned(),
    };
    let found = self::format(format).ok_or_else(unknown)?;
    (found.write.ok_or_else(unknown)?)(ops, options)
}

/// The beginning of a file as text, for the readers that look for their signature.
fn head(bytes: &[u8]) -> String {
    const LOOK: usize = 8 << 10;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8_lossy(&bytes[..bytes.len().min(LOOK)]).into_owned()
}

/// The first line of a file that holds something, in lower case.
fn first_line(bytes: &[u8]) -> String {
    head(bytes)
        .lines()
        .map(str::trim)
        .find(|l| !l.is_empty())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
