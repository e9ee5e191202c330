//! Where pixels come from.

use crate::{ChannelSet, ImageSpec, IoError, PlanesMut, Region};

/// What a read costs, so that the planner can choose how to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Any chunk for its own cost. Chunks are a grid from the data window's origin.
    Random {
        /// Columns and rows of a chunk; strips are as wide as the image.
        chunk: (usize, usize),
        /// Part of a chunk is cheap, as in uncompressed files.
        partial: bool,
    },
    /// Rows in order, at best `rows` at a time. Reading backwards is right but starts anew.
    TopDown {
        /// Rows that are decoded together.
        rows: usize,
    },
    /// The first read decodes everything, and holds it.
    Whole,
}

/// One image of a file (a part at a level), or anything else that has pixels.
///
/// Any thread, any order: like pread(2). Whatever order is used the samples are the same; [`Access`] says which is cheap.
pub trait ImageSource: Send + Sync {
    /// What the image is.
    fn spec(&self) -> &ImageSpec;
    /// What reading costs.
    fn access(&self) -> Access;
    /// Writes the native samples of `region`, which lies inside the data window, into the caller's planes: one a channel
    /// of `channels`, of that channel's sample type, sized like the region. For a subsampled channel the plane holds the
    /// samples whose positions lie in the region: `ceil(x1 / sx) - ceil(x0 / sx)` columns, rows alike.
    ///
    /// # Errors
    /// What the file does not give. Damage that the format can be read around is reported, not returned, unless strict.
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError>;
    /// How chunks are stored, where they can be handed on as they are: format, grid, channels, types and compression in words. An
    /// encoder of the same [`crate::ChunkEncoder::stored_form`] takes them.
    fn stored_form(&self) -> Option<String> {
        None
    }
    /// The stored bytes of chunk `index`, which was read before; `None` when it was damaged.
    ///
    /// # Errors
    /// What the file does not give.
    fn stored_chunk(&self, _index: usize) -> Result<Option<Vec<u8>>, IoError> {
        Ok(None)
    }
}
