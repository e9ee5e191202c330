//! Separable resampling of `f32` planes from precomputed tables: one weighted sum a sample, along columns or along rows.
//!
//! The caller makes the tables ([`Taps`]): filter, scale, phase and borders are folded into starts and weights, so the
//! kernels know none of them. Values in any range; NaN and infinities spread to every sample whose taps (also those of
//! weight 0) touch them. Taps are summed in two accumulators, even and odd taps, joined at the end, in every form of the
//! kernels: on one SIMD level a sample has the same bits whatever columns, rows or cells are computed around it.
//! Vertical first or horizontal first is part of an operation's definition: the two differ in the last bits.

mod horizontal;
#[cfg(target_arch = "x86_64")]
mod permute;
mod transposed;
mod vertical;

#[cfg(test)]
mod tests;

pub use horizontal::Horizontal;
pub use vertical::vertical;

/// What every output sample along one axis reads: `taps` input samples from `start[x]` on, with weights
/// `weights[x * taps..][..taps]`.
///
/// Starts lie inside the input, and so do start + taps: the caller adds the weights of taps outside to the edge's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taps {
    /// Taps of every output sample.
    pub taps: usize,
    /// First input sample, one an output sample.
    pub start: Vec<i32>,
    /// Weights, `taps` an output sample.
    pub weights: Vec<f32>,
}

impl Taps {
    /// Number of output samples.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// No output samples.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// The weights of output sample `x`.
    pub fn weights_of(&self, x: usize) -> &[f32] {
        &self.weights[x * self.taps..(x + 1) * self.taps]
    }

    /// The input samples that outputs `range` read.
    pub fn reach(&self, range: std::ops::Range<usize>) -> std::ops::Range<i32> {
        let starts = &self.start[range];
        match (starts.iter().min(), starts.iter().max()) {
            (Some(lo), Some(hi)) => *lo..*hi + self.taps as i32,
            _ => 0..0,
        }
    }
}
