//! Quantised coefficients of a whole image, for files of several scans: 16-bit, zig-zag order, a block row allocated when a
//! scan first touches it, so that a header alone costs nothing.
//!
//! Zig-zag order makes a band a range: refinement scans find history with one comparison a block, and the last non-zero
//! index, which chooses the transform, is a leading zero count.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x16};

use super::frame::Frame;
use crate::error::JpegError;

/// 64 coefficients, in natural (row) order on their way to the transform, in zig-zag order when stored.
pub(crate) type Block = [i16; 64];

/// Where the coefficient of each zig-zag index goes.
pub(crate) type Order = [u8; 64];

/// Zig-zag order itself.
pub(crate) const STORED: Order = {
    let mut o = [0; 64];
    let mut k = 0;
    while k < 64 {
        o[k] = k as u8;
        k += 1;
    }
    o
};

/// Bit `k` is set where coefficient `k` is not zero.
#[inline(always)]
pub(crate) fn nonzero<S: Simd>(s: S, b: &Block) -> u64 {
    let zero = i16x16::splat(s, 0);
    let mut zeros = 0;
    for i in 0..4 {
        zeros |= i16x16::from_slice(s, &b[i * 16..i * 16 + 16])
            .simd_eq(zero)
            .to_bitmask()
            << (16 * i);
    }
    !zeros
}

/// A stored block in another order (natural, or transposed); gives the last zig-zag index that is not zero. `out` is zero on entry.
#[inline(always)]
pub(crate) fn natural<S: Simd>(s: S, stored: &Block, order: &Order, out: &mut Block) -> u8 {
    let all = nonzero(s, stored);
    let mut mask = all;
    while mask != 0 {
        let k = mask.trailing_zeros() as usize;
        out[usize::from(order[k & 63]) & 63] = stored[k & 63];
        mask &= mask - 1;
    }
    (63 - (all | 1).leading_zeros()) as u8
}

/// One component's block rows; an empty row was never touched and is grey.
#[derive(Clone, Default)]
pub(crate) struct Plane {
    pub width: usize,
    pub rows: Vec<Vec<Block>>,
}

/// All components.
#[derive(Clone, Default)]
pub(crate) struct Coefficients {
    pub planes: Vec<Plane>,
}

impl Coefficients {
    /// Checks the memory limit and lays out empty planes.
    pub fn new(frame: &Frame, limit: u64) -> Result<Self, JpegError> {
        let bytes = frame.blocks() * 128;
        if bytes > limit {
            return Err(JpegError::Limit {
                what: "coefficient memory",
                found: bytes,
                limit,
            });
        }
        let planes = frame.components.iter().map(|c| Plane {
            width: c.padded_w,
            rows: vec![Vec::new(); c.padded_h],
        });
        Ok(Coefficients {
            planes: planes.collect(),
        })
    }
}

impl Plane {
    /// A row to write, zeroed when new.
    #[inline]
    pub fn row_mut(&mut self, y: usize) -> &mut [Block] {
        let row = &mut self.rows[y];
        if row.is_empty() {
            *row = vec![[0; 64]; self.width];
        }
        row
    }

    /// DC of a block, 0 where nothing is.
    #[inline]
    pub fn dc(&self, y: usize, x: usize) -> i32 {
        self.rows[y].get(x).map_or(0, |b| i32::from(b[0]))
    }
}
