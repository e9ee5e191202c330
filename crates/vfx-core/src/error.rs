//! What can go wrong with a file.

use std::borrow::Cow;
use std::path::PathBuf;

/// An error of reading or writing an image. Codecs name format and place; the opener adds the file by [`IoError::in_file`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// The operating system refused.
    #[error("cannot {action}: {source}")]
    Os {
        /// What was tried: `open`, `read`, `write`, `rename` ...
        action: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No reader knows these bytes.
    #[error("not an image format that vfx reads (it begins with {})", hex(.first_bytes))]
    NotRecognised {
        /// Up to 16 bytes of the file.
        first_bytes: Vec<u8>,
    },
    /// The file breaks its format's rules.
    #[error("damaged {format} file: {place}: {problem}")]
    Malformed {
        /// Format name.
        format: &'static str,
        /// Which structure: `IHDR chunk`, `tile 17`, `channel list`.
        place: Cow<'static, str>,
        /// What was found and what was expected.
        problem: Cow<'static, str>,
    },
    /// The file is sound and uses something that is not read or written here.
    #[error("{format}: {feature} is not supported")]
    Unsupported {
        /// Format name.
        format: &'static str,
        /// The feature.
        feature: Cow<'static, str>,
    },
    /// The format cannot hold this image.
    #[error("{format} cannot hold {what}; {remedy}")]
    CannotHold {
        /// Format name.
        format: &'static str,
        /// What does not fit.
        what: Cow<'static, str>,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The file asks for more than [`crate::Limits`] allows.
    #[error(
        "the file asks for {found} where {limit} allows {allowed}; raise it with --limit {limit}={found} if the file is trusted"
    )]
    Limit {
        /// The limit's name.
        limit: &'static str,
        /// What the file asks for.
        found: u64,
        /// What is allowed.
        allowed: u64,
    },
    /// A name that is not one of a list.
    #[error("unknown {kind} '{found}'; expected {expected}")]
    UnknownName {
        /// What the name is of.
        kind: &'static str,
        /// The name.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// Stopped by the user.
    #[error("cancelled")]
    Cancelled,
    /// Which file an error belongs to.
    #[error("{source}: '{}'", .path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// The error without the file.
        source: Box<IoError>,
    },
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing: it is empty".into();
    }
    bytes
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

impl IoError {
    /// An operating system error with the action that met it.
    pub fn os(action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Os { action, source }
    }
    /// A broken structure.
    pub fn malformed(
        format: &'static str,
        place: impl Into<Cow<'static, str>>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Malformed {
            format,
            place: place.into(),
            problem: problem.into(),
        }
    }
    /// Something not read or written here.
    pub fn unsupported(format: &'static str, feature: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported {
            format,
            feature: feature.into(),
        }
    }
    /// Adds the file's name, once.
    #[must_use]
    pub fn in_file(self, path: impl Into<PathBuf>) -> Self {
        match self {
            Self::InFile { .. } | Self::Cancelled => self,
            e => Self::InFile {
                path: path.into(),
                source: Box::new(e),
            },
        }
    }
}
