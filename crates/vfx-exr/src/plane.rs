//! Planes: the caller's memory for one channel.
//!
//! Rows of native-endian samples (2 or 4 bytes), `stride` bytes apart, row 0 first. Bytes between the rows are never touched.

/// Memory that a read fills with one channel.
#[derive(Debug)]
pub struct PlaneMut<'a> {
    /// The rows.
    pub bytes: &'a mut [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// Memory that an encoder takes one channel from.
#[derive(Debug, Clone, Copy)]
pub struct PlaneRef<'a> {
    /// The rows.
    pub bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// Bytes a plane of `height` rows of `row` bytes must have; `None` on overflow or rows that overlap.
pub(crate) fn needed(row: u64, height: u64, stride: usize) -> Option<u64> {
    if row == 0 || height == 0 {
        return Some(0);
    }
    if height > 1 && (stride as u64) < row {
        return None;
    }
    (height - 1).checked_mul(stride as u64)?.checked_add(row)
}
