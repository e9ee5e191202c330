//! Every way an OpenEXR file or a call can fail.
//!
//! One enum for the crate, with named fields; no variant carries a sentence only. Damage inside a chunk is
//! [`Error::Corrupt`] with a [`Corruption`], which a lenient read collects instead of returning
//! (see [`crate::Reader::read_lenient`]).

use std::io;

use crate::compression::Compression;
use crate::window::Box2i;

/// What went wrong, and where.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source or destination failed.
    #[error("i/o failed on {what}")]
    Io {
        /// What was being read or written.
        what: &'static str,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The file does not begin with the magic number 20000630.
    #[error("not an OpenEXR file: magic bytes {found:02x?}")]
    NotExr {
        /// The first bytes of the file.
        found: [u8; 4],
    },
    /// The version word has an unknown version or flag.
    #[error("unknown version word {found:#010x}")]
    Version {
        /// The version word.
        found: u32,
    },
    /// The file ends too early.
    #[error("file ends in {what} at byte {offset}: {expected} bytes needed, {found} left")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where it starts.
        offset: u64,
        /// Bytes needed.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// A number exceeds the caller's [`crate::Limits`] or the format's own range.
    #[error("{what} is {found}, the limit is {limit}")]
    Limit {
        /// The limited quantity.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// The value met.
        found: u64,
    },
    /// A header breaks the attribute syntax.
    #[error("bad header syntax at byte {offset}: {what}")]
    HeaderSyntax {
        /// Where.
        offset: u64,
        /// The rule broken.
        what: &'static str,
    },
    /// A required attribute is absent.
    #[error("part {part} lacks the attribute \"{name}\"")]
    MissingAttribute {
        /// Part number.
        part: usize,
        /// Attribute name.
        name: &'static str,
    },
    /// A required attribute has the wrong type, or the right one and a value that is none of it.
    #[error("part {part}: attribute \"{name}\" {}", unlike(expected, found))]
    AttributeType {
        /// Part number.
        part: usize,
        /// Attribute name.
        name: String,
        /// Type the standard asks for.
        expected: &'static str,
        /// Type in the file.
        found: String,
    },
    /// A header value is outside its range.
    #[error("part {part}: bad {what}: {found}")]
    HeaderValue {
        /// Part number.
        part: usize,
        /// The rule broken.
        what: &'static str,
        /// The value met.
        found: i64,
    },
    /// Two channels, parts or requested planes have one name.
    #[error("part {part}: duplicate {what} \"{name}\"")]
    Duplicate {
        /// Part number.
        part: usize,
        /// What is duplicated.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The part, level, channel or chunk asked for does not exist.
    #[error("no {what} {found}, there are {count}")]
    NoSuch {
        /// Kind of thing.
        what: &'static str,
        /// The index asked for.
        found: u64,
        /// How many exist.
        count: u64,
    },
    /// The region asked for is empty or not inside the level.
    #[error("region {found:?} is not inside {expected:?}")]
    RegionOutside {
        /// The level's window.
        expected: Box2i,
        /// The region asked for.
        found: Box2i,
    },
    /// A plane is too small for its region.
    #[error("plane {plane} is too small: {expected} bytes needed, {found} given")]
    PlaneShape {
        /// Plane number in the call.
        plane: usize,
        /// Bytes (or bytes a row) needed.
        expected: u64,
        /// Bytes given.
        found: u64,
    },
    /// The number of planes does not fit the channels.
    #[error("{expected} planes needed, {found} given")]
    PlaneCount {
        /// Planes needed.
        expected: usize,
        /// Planes given.
        found: usize,
    },
    /// The compression is known but not implemented.
    #[error("part {part}: compression {found:?} is not supported")]
    UnsupportedCompression {
        /// Part number.
        part: usize,
        /// The compression.
        found: Compression,
    },
    /// Pixels of deep parts or of unknown part types cannot be read or written.
    #[error("part {part}: pixels of type \"{found}\" are not supported")]
    UnsupportedPart {
        /// Part number.
        part: usize,
        /// The part type as the file spells it.
        found: String,
    },
    /// The chunk was never written, or lies beyond the end of the file.
    #[error("part {part}: chunk {chunk} is missing")]
    MissingChunk {
        /// Part number.
        part: usize,
        /// Chunk number.
        chunk: usize,
    },
    /// The chunk's bytes are damaged.
    #[error("part {part}: chunk {chunk} is damaged")]
    Corrupt {
        /// Part number.
        part: usize,
        /// Chunk number.
        chunk: usize,
        /// What is wrong.
        #[source]
        reason: Corruption,
    },
    /// Chunks were to be handed on between parts that store them otherwise.
    #[error("chunks of part {from} of the source do not fit part {part}")]
    OtherChunks {
        /// Part that is written.
        part: usize,
        /// Part that they come from.
        from: usize,
    },
    /// A chunk was committed twice.
    #[error("part {part}: chunk {chunk} was committed twice")]
    ChunkTwice {
        /// Part number.
        part: usize,
        /// Chunk number.
        chunk: usize,
    },
    /// The writer was finished before all chunks were committed.
    #[error("part {part}: {missing} of {count} chunks were not written")]
    Incomplete {
        /// Part number.
        part: usize,
        /// Chunks not committed.
        missing: usize,
        /// Chunks of the part.
        count: usize,
    },
}

/// What is wrong inside a chunk.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Corruption {
    /// An id manifest cannot be read.
    #[error("id manifest: {what}")]
    IdManifest {
        /// What is wrong.
        what: &'static str,
    },
    /// The leader names another chunk, or an impossible size.
    #[error("chunk leader has {what} {found}, expected {expected}")]
    Leader {
        /// Field of the leader.
        what: &'static str,
        /// Value that the offset table promises.
        expected: i64,
        /// Value in the leader.
        found: i64,
    },
    /// The chunk runs past the end of the file.
    #[error("chunk has {found} of {expected} bytes")]
    Truncated {
        /// Bytes of the chunk.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// The deflate stream is invalid.
    #[error("invalid deflate stream")]
    Inflate,
    /// The Zstandard frame is invalid.
    #[error("invalid Zstandard frame")]
    Zstd,
    /// The unpacked size is wrong.
    #[error("chunk unpacks to {found} bytes, expected {expected}")]
    UnpackedSize {
        /// Bytes that the geometry asks for.
        expected: usize,
        /// Bytes unpacked, or the most that so few packed bytes can hold.
        found: usize,
    },
    /// The packed bytes end early or are left over.
    #[error("{what}: {found} packed bytes, expected {expected}")]
    PackedSize {
        /// Section of the chunk.
        what: &'static str,
        /// Bytes needed.
        expected: usize,
        /// Bytes there.
        found: usize,
    },
    /// The sample counts of a deep line decrease or are negative.
    #[error("sample counts of pixel {pixel} go from {before} to {found}")]
    Counts {
        /// Pixel of the chunk, row by row.
        pixel: usize,
        /// Cumulative count before it.
        before: i64,
        /// Cumulative count at it.
        found: i64,
    },
    /// A run-length code is invalid.
    #[error("invalid run at packed byte {at}")]
    Run {
        /// Where.
        at: usize,
    },
    /// A Huffman table or code is invalid.
    #[error("invalid Huffman data: {what}")]
    Huffman {
        /// The rule broken.
        what: &'static str,
    },
    /// A table of values is invalid.
    #[error("invalid value table: {what} {found}")]
    Table {
        /// The rule broken.
        what: &'static str,
        /// The value met.
        found: usize,
    },
    /// The JPEG 2000 codestream is invalid, or uses what no OpenEXR file does.
    #[error("invalid codestream: {what} {found}")]
    Codestream {
        /// The rule broken.
        what: &'static str,
        /// The value met.
        found: u64,
    },
}

impl Corruption {
    /// Whether the offset may have been wrong, and not the chunk.
    pub(crate) fn is_misplaced(self) -> bool {
        matches!(self, Self::Leader { .. } | Self::Truncated { .. })
    }

    pub(crate) fn at(self, part: usize, chunk: usize) -> Error {
        Error::Corrupt {
            part,
            chunk,
            reason: self,
        }
    }
}

/// A chunk that a lenient read replaced by zeros.
#[derive(Debug)]
pub struct Damage {
    /// Part number.
    pub part: usize,
    /// Chunk number.
    pub chunk: usize,
    /// Why: [`Error::MissingChunk`] or [`Error::Corrupt`].
    pub reason: Error,
}

/// What is wrong with an attribute: another type, or a value that the type does not allow.
fn unlike(expected: &str, found: &str) -> String {
    if expected == found {
        return format!("does not hold a valid value of its type \"{expected}\"");
    }
    format!("should be of type \"{expected}\", found \"{found}\"")
}
