//! What can go wrong with a job, from opening to saving.

use vfx_core::IoError;
use vfx_ops::OpError;

/// An error of the facade.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file.
    #[error(transparent)]
    Io(#[from] IoError),
    /// A colour config, a colour file or a conversion.
    #[error(transparent)]
    Color(#[from] vfx_ocio::OcioError),
    /// An operation's arguments.
    #[error(transparent)]
    Op(#[from] OpError),
    /// An operation that is not in the registry.
    #[error("there is no operation --{name}")]
    UnknownOp {
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<&'static str>,
    },
    /// A channel that the image does not have.
    #[error("the image has no channel '{name}'; it has {known}")]
    UnknownChannel {
        /// What was asked for.
        name: String,
        /// The image's channels.
        known: String,
    },
    /// What an OpenEXR file holds, or could not hold, in the codec's own words.
    #[error("{}: '{}'", with_reasons(source), .path.display())]
    Exr {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: vfx_exr::Error,
    },
    /// OpenEXR parts that do not go into one file.
    #[error("{what}; {remedy}")]
    Parts {
        /// Which parts, and why.
        what: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// An image that is no lattice of a cube.
    #[error("the image is {}x{}, expected {}x{} for a cube of edge {edge}; say the edge and the greatest width it was made with", found.0, found.1, expected.0, expected.1)]
    Lattice {
        /// Columns and rows of the image.
        found: (usize, usize),
        /// Columns and rows of the lattice.
        expected: (usize, usize),
        /// Entries along an edge.
        edge: usize,
    },
    /// A part or level that the file does not have.
    #[error("the file has no part {part} with level {level}")]
    NoPart {
        /// The part, from 0.
        part: usize,
        /// The level, from 0.
        level: usize,
    },
}

impl Error {
    /// There is no such operation; the nearest name is looked up.
    pub fn unknown_op(name: &str) -> Self {
        Self::UnknownOp {
            name: name.into(),
            nearest: crate::image::nearest(name),
        }
    }
}

/// An error with the reasons behind it, on one line.
fn with_reasons(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(s) = source {
        text = format!("{text}: {s}");
        source = s.source();
    }
    text
}
