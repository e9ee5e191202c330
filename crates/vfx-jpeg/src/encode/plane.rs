//! Quantised coefficients of one component, kept until the end.
//!
//! Blocks row by row over whole MCUs, 64 coefficients of 16 bits each in zig-zag order; DC once more in an array of its
//! own, so that DC scans do not walk 128-byte strides.

use super::geometry::Component;

/// The coefficients of a component, or of a band of its block rows.
#[derive(Debug)]
pub(super) struct Plane {
    /// Blocks a row, padded to whole MCUs.
    pub stride: usize,
    /// Blocks with picture in them.
    pub wide: usize,
    /// Block rows with picture in them.
    pub high: usize,
    /// Sampling factors.
    pub h: usize,
    /// Sampling factors.
    pub v: usize,
    /// Zig-zag blocks.
    pub ac: Vec<[i16; 64]>,
    /// DC of each block.
    pub dc: Vec<i16>,
}

impl Plane {
    /// Zeros for a whole component.
    pub fn new(c: &Component) -> Self {
        let blocks = c.padded_wide * c.padded_high;
        Self {
            stride: c.padded_wide,
            wide: c.wide,
            high: c.high,
            h: c.h,
            v: c.v,
            ac: vec![[0; 64]; blocks],
            dc: vec![0; blocks],
        }
    }
}
