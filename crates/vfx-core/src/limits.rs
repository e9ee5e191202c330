//! Bounds on what a file may ask for, checked before anything is allocated.

use crate::{ImageSpec, IoError};

/// What a reader accepts. Every default is finite; the error of a limit names it and how to raise it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of one image.
    pub max_pixels: u64,
    /// Columns or rows.
    pub max_dimension: u64,
    /// Channels of one image.
    pub max_channels: usize,
    /// Parts, pages or subimages of one file.
    pub max_parts: usize,
    /// Unpacked bytes of one chunk, strip or tile, and the row window of a top-down codec.
    pub max_chunk_bytes: u64,
    /// Bytes of one metadata item.
    pub max_metadata_bytes: u64,
    /// Bytes that a codec which must decode whole images may hold.
    pub max_whole_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 1 << 40,
            max_dimension: 1 << 24,
            max_channels: 4096,
            max_parts: 65_536,
            max_chunk_bytes: 1 << 30,
            max_metadata_bytes: 64 << 20,
            max_whole_bytes: 4 << 30,
        }
    }
}

impl Limits {
    /// Checks one value.
    ///
    /// # Errors
    /// [`IoError::Limit`] naming `limit`, what was found and what is allowed.
    pub fn check(limit: &'static str, found: u64, allowed: u64) -> Result<(), IoError> {
        if found <= allowed {
            Ok(())
        } else {
            Err(IoError::Limit {
                limit,
                found,
                allowed,
            })
        }
    }
    /// Checks the size and channel count of an image.
    ///
    /// # Errors
    /// [`IoError::Limit`] for the first bound passed.
    pub fn check_spec(&self, spec: &ImageSpec) -> Result<(), IoError> {
        for window in [&spec.data_window, &spec.display_window] {
            Self::check(
                "max_dimension",
                window.width().max(window.height()) as u64,
                self.max_dimension,
            )?;
        }
        Self::check("max_pixels", spec.data_window.pixels(), self.max_pixels)?;
        Self::check(
            "max_channels",
            spec.channels.len() as u64,
            self.max_channels as u64,
        )
    }
}
