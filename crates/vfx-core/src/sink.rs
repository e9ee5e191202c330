//! Where pixels go.
//!
//! A sink holds one or more images (parts, pages, levels), written one after another. Chunks are encoded by any worker at
//! once and committed in order by one, so that the file does not depend on the number of threads.

use crate::{ImageSpec, IoError, PlanesRef, Region};
use std::path::PathBuf;
use std::sync::Arc;

/// In which order chunks must be committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChunkOrder {
    /// Any: their places are known beforehand, `encode` itself writes them and `commit` only counts.
    Any,
    /// By index, each once.
    Increasing,
}

/// How an image is cut for writing: a grid from the data window's origin, row by row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChunkLayout {
    /// The window the chunks tile.
    pub window: Region,
    /// Columns and rows of a chunk; strips are as wide as the image.
    pub chunk: (usize, usize),
    /// Order of `commit`.
    pub order: ChunkOrder,
}

impl ChunkLayout {
    /// Chunks in a row of chunks.
    pub fn columns(&self) -> usize {
        self.window.width().div_ceil(self.chunk.0.max(1))
    }
    /// Rows of chunks.
    pub fn rows(&self) -> usize {
        self.window.height().div_ceil(self.chunk.1.max(1))
    }
    /// All chunks.
    pub fn len(&self) -> usize {
        self.columns() * self.rows()
    }
    /// No chunks, as of a 0 x 0 image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The pixels of chunk `index`, cropped at the right and bottom edge.
    pub fn region(&self, index: usize) -> Region {
        let (cx, cy) = (index % self.columns().max(1), index / self.columns().max(1));
        let (w, h) = self.chunk;
        Region::sized(
            self.window.x0 + (cx * w) as i64,
            self.window.y0 + (cy * h) as i64,
            w,
            h,
        )
        .intersect(&self.window)
    }
}

/// A chunk ready for the file.
#[derive(Debug, Default)]
pub struct EncodedChunk {
    /// Its place in the layout.
    pub index: usize,
    /// Bytes to append; empty where `encode` wrote them itself.
    pub bytes: Vec<u8>,
    /// A number that the format wants beside them (a checksum, an unpacked size).
    pub extra: u64,
}

/// Compresses chunks: pure, on every worker at once.
pub trait ChunkEncoder: Send + Sync {
    /// Encodes chunk `index`. `planes` has one view a channel of the sink's spec, of that channel's sample type, exactly of the
    /// chunk's size (a subsampled channel as in [`crate::ImageSource::read`]).
    ///
    /// # Errors
    /// What cannot be encoded or written.
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError>;
    /// The form of stored chunks that [`ChunkEncoder::adopt`] takes; see [`crate::ImageSource::stored_form`].
    fn stored_form(&self) -> Option<String> {
        None
    }
    /// Takes chunk `index` as another file stored it. Called only where the forms agree.
    ///
    /// # Errors
    /// What cannot be written.
    fn adopt(&self, index: usize, _stored: &[u8]) -> Result<EncodedChunk, IoError> {
        unreachable!("chunk {index}: an encoder that states a stored form adopts its chunks")
    }
}

/// What a finished sink has written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// The file under its final name; `None` for outputs that are no file.
    pub path: Option<PathBuf>,
    /// Its size.
    pub bytes: u64,
}

/// A file being written under a temporary name. Dropped before `finish` it leaves nothing behind.
pub trait ImageSink: Send {
    /// What each image is, as the sink wants it (names, types, order of channels): the engine converts to this.
    fn specs(&self) -> &[ImageSpec];
    /// How image `image` is cut.
    fn layout(&self, image: usize) -> ChunkLayout;
    /// The encoder of image `image`.
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder>;
    /// Takes a chunk of image `image`; images in order, chunks in the layout's order.
    ///
    /// # Errors
    /// What the operating system refuses, a full disk for one.
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError>;
    /// Sends what is written so far to the disk; called now and then from a thread of its own while chunks are encoded, so that
    /// `finish` has less to wait for. `None` where that would not help.
    fn flusher(&self) -> Option<Box<dyn Fn() + Send>> {
        None
    }
    /// Completes the file, syncs it and gives it its name.
    ///
    /// # Errors
    /// As for `commit`; an earlier file of that name is then untouched.
    fn finish(self: Box<Self>) -> Result<Written, IoError>;
}
