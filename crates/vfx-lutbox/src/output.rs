//! Where grades become visible: one trait, in the thread that holds the channel's lock.

use crate::{ChannelId, Lut, LutBoxError};

/// One grade to show.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// Whose.
    pub id: &'a ChannelId,
    /// The grade.
    pub lut: &'a Lut,
    /// Counts the publications of the channel, from 1.
    pub generation: u64,
}

/// A place that shows grades. Calls for one channel never overlap; channels run in parallel.
pub trait Output: Send + Sync + std::fmt::Debug {
    /// Shows a grade; when this returns, consumers can read it.
    ///
    /// # Errors
    ///
    /// If it cannot be shown; what was shown before stays.
    fn publish(&self, publication: &Publication<'_>) -> Result<(), LutBoxError>;

    /// The channel ended.
    fn retire(&self, id: &ChannelId);
}
