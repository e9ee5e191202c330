//! Bounds on what a file may ask for, checked before any allocation.
//!
//! Every size in a file is hostile until compared with a limit and with the bytes the file really has. The defaults admit
//! pictures of 200,000 x 200,000 pixels and several thousand channels.

use crate::error::Error;

/// Bounds that a [`crate::Reader`] enforces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of a part's data window.
    pub max_pixels: u64,
    /// Width or height of a data window.
    pub max_dimension: u32,
    /// Channels of a part.
    pub max_channels: usize,
    /// Parts of a file.
    pub max_parts: usize,
    /// Unpacked bytes of one chunk.
    pub max_chunk_bytes: u64,
    /// Bytes of all headers together.
    pub max_header_bytes: u64,
    /// Chunks of all parts together.
    pub max_chunks: u64,
    /// Bytes of the offsets and samples that one read of a deep region gives.
    pub max_deep_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 1 << 38,
            max_dimension: 1 << 21,
            max_channels: 4096,
            max_parts: 4096,
            max_chunk_bytes: (1 << 31) - 1,
            max_header_bytes: 64 << 20,
            max_chunks: 1 << 25,
            max_deep_bytes: 4 << 30,
        }
    }
}

/// `Ok` when `found <= limit`.
pub(crate) fn within(what: &'static str, found: u64, limit: u64) -> Result<(), Error> {
    if found <= limit {
        Ok(())
    } else {
        Err(Error::Limit { what, limit, found })
    }
}
