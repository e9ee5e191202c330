//! Dequantisation bias: reconstruction points moved towards zero by what a Laplacian distribution expects (Price and
//! Rabbani, "Dequantization bias for JPEG decompression", ITCC 2000, as jpegli's decoder applies it).
//!
//! Statistics of all blocks decoded so far; the estimate changes every fourth iMCU row, so it depends on the position in the
//! image and never on how the input was cut. It starts at no bias. Components that are subsampled have none.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x16};

use super::coefficients::Block;

/// Largest level that counts in full; what is above is rare and would overflow the 16-bit sums.
const LARGEST: i16 = 1023;
/// Blocks before the sums are flushed: 32 x 1023 fits 16 bits.
const FLUSH: u32 = 32;

/// Statistics and current estimate of one component, in the order of its blocks.
pub(crate) struct Bias {
    pub values: [f32; 64],
    blocks: u64,
    waiting: u32,
    sums16: Block,
    counts16: Block,
    sums: [u64; 64],
    counts: [u64; 64],
}

impl Default for Bias {
    fn default() -> Self {
        Bias {
            values: [0.0; 64],
            blocks: 0,
            waiting: 0,
            sums16: [0; 64],
            counts16: [0; 64],
            sums: [0; 64],
            counts: [0; 64],
        }
    }
}

impl Bias {
    /// Counts one block (transposed), whose last zig-zag index that may be non-zero is `last`.
    #[inline(always)]
    pub fn gather<S: Simd>(&mut self, s: S, block: &Block, last: u8) {
        let (one, largest) = (i16x16::splat(s, 1), i16x16::splat(s, LARGEST));
        // DC does not count, and below 10 only the 4x4 corner is not zero.
        let end = match last {
            0 => 0,
            1..10 => 32,
            _ => 64,
        };
        for i in (0..end).step_by(16) {
            // The absolute value of the lowest number stays negative: as unsigned it would be huge, here it counts as 0.
            let v = i16x16::from_slice(s, &block[i..i + 16])
                .abs()
                .min(largest)
                .max(i16x16::splat(s, 0));
            let sums = i16x16::from_slice(s, &self.sums16[i..i + 16]) + v;
            sums.store_slice(&mut self.sums16[i..i + 16]);
            let counts = i16x16::from_slice(s, &self.counts16[i..i + 16]) + v.min(one);
            counts.store_slice(&mut self.counts16[i..i + 16]);
        }
        self.waiting += 1;
        if self.waiting == FLUSH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.blocks += u64::from(self.waiting);
        self.waiting = 0;
        for i in 0..64 {
            self.sums[i] += self.sums16[i] as u64;
            self.counts[i] += self.counts16[i] as u64;
        }
        self.sums16 = [0; 64];
        self.counts16 = [0; 64];
    }

    /// Takes up the statistics; DC keeps no bias.
    pub fn update(&mut self) {
        self.flush();
        for i in 1..64 {
            self.values[i] = laplacian(
                self.blocks as f64,
                self.counts[i] as f64,
                self.sums[i] as f64,
            ) as f32;
        }
    }
}

/// Bias of one coefficient from the number of blocks, of non-zero levels, and the sum of their magnitudes.
fn laplacian(n: f64, n1: f64, sum: f64) -> f64 {
    if n1 == 0.0 {
        return 0.5;
    }
    let n0 = n - n1;
    let (a, b) = (4.0 * sum + 2.0 * n, 4.0 * sum - 2.0 * n1);
    let g = (-n0 + (n0 * n0 + a * b).sqrt()) / a;
    let square = g * g;
    let bias = 0.5 * ((1.0 + square) / (1.0 - square) + 1.0 / g.ln());
    if bias.is_finite() {
        bias.clamp(0.0, 0.5)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_approaches_the_centroid_of_a_laplacian() {
        // Density exp(-|x|/beta), quantised to nearest: the centroid of level 1 lies below 1 by a known amount.
        for beta in [0.3f64, 0.7, 1.5, 4.0] {
            let (mut n1, mut sum, n) = (0.0, 0.0, 1e6);
            for level in 1..200 {
                let p = (-(f64::from(level) - 0.5) / beta).exp()
                    - (-(f64::from(level) + 0.5) / beta).exp();
                n1 += n * p;
                sum += n * p * f64::from(level);
            }
            let (lo, hi) = ((-0.5 / beta).exp(), (-1.5 / beta).exp());
            let centroid = ((0.5 + beta) * lo - (1.5 + beta) * hi) / (lo - hi);
            let got = laplacian(n, n1, sum);
            assert!(
                (1.0 - centroid - got).abs() < 1e-3,
                "beta {beta}: {got} against {}",
                1.0 - centroid
            );
        }
    }
}
