//! What can go wrong between the network and the shared textures; texts are sent to clients as the cause of a refusal.

use std::path::PathBuf;

/// A refusal or a failure of the LUT box.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LutBoxError {
    /// Bytes that are no valid BSON document.
    #[error("malformed BSON: {reason} at byte {offset}")]
    Bson {
        /// Position inside the document.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A leading length outside the limits.
    #[error("frame length {found} out of range")]
    FrameLength {
        /// The declared length.
        found: i32,
    },
    /// A message without what it needs, or with a value of the wrong kind.
    #[error("{field}: found {found}, expected {expected}")]
    Message {
        /// Which part of the message.
        field: &'static str,
        /// What was there.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// An edge outside 2 to 128 or a payload that is no cube.
    #[error("LUT of {bytes} bytes is no cube of 2 to 128 entries an edge")]
    LutSize {
        /// Length of the payload.
        bytes: usize,
    },
    /// A NaN or an infinity.
    #[error("value not finite at lattice point r={r} g={g} b={b}")]
    NotFinite {
        /// Red index.
        r: usize,
        /// Green index.
        g: usize,
        /// Blue index.
        b: usize,
    },
    /// A layout that cannot hold this edge.
    #[error("layout {layout} cannot hold an edge of {edge}")]
    Layout {
        /// The layout's name.
        layout: &'static str,
        /// Entries along one axis.
        edge: usize,
    },
    /// Too many of something.
    #[error("too many {what}: limit {limit}")]
    Limit {
        /// Channels, connections, bytes.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Nobody listens on the local bus.
    #[error("no LUT box answers ({source}); start one with `vfx lutbox serve`: '{}'", socket.display())]
    NoBox {
        /// The socket.
        socket: PathBuf,
        /// Why it cannot be reached.
        #[source]
        source: std::io::Error,
    },
    /// A channel nobody has written.
    #[error("no channel '{channel}'")]
    NoChannel {
        /// Its name.
        channel: String,
    },
    /// A file or text of the wrong form.
    #[error("{format}: line {line}: {reason}")]
    File {
        /// Name of the format.
        format: &'static str,
        /// Line, from 1; 0 if unknown.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The grade cannot be computed.
    #[error("grade: {source}")]
    Grade {
        /// Why.
        #[from]
        source: vfx_color::ColorError,
    },
    /// The peer answered with a refusal.
    #[error("refused by the LUT box: {cause}")]
    Refused {
        /// Its text.
        cause: String,
    },
    /// The shared segment is of another version, or damaged.
    #[error("shared segment: {reason}")]
    Segment {
        /// What is wrong.
        reason: &'static str,
    },
    /// A graphics interface of an output failed, or is not there.
    #[error("{call}: {code}")]
    Gpu {
        /// The function, or the interface.
        call: &'static str,
        /// What it said.
        code: String,
    },
    /// The operating system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file operation failed.
    #[error("{source}: '{}'", path.display())]
    Path {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl LutBoxError {
    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }

    pub(crate) fn path(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Path {
            path: path.to_owned(),
            source,
        }
    }

    /// A wrong value of a message.
    pub(crate) fn message(
        field: &'static str,
        found: impl Into<String>,
        expected: &'static str,
    ) -> Self {
        Self::Message {
            field,
            found: found.into(),
            expected,
        }
    }
}
