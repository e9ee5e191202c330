//! Choice of coefficients by rate and distortion (effort 7 and above).
//!
//! Each coefficient may be rounded, rounded towards zero, or dropped; a shortest path over the zig-zag order weighs the
//! squared error, in quantiser steps, against the bits of runs, values and end of block. The dead zone says what an average
//! coefficient is worth: where it puts the threshold `t`, dropping a coefficient of magnitude `t` costs `2 t - 1`, which is
//! set equal to a typical number of bits. Cheap coefficients therefore live below `t` and expensive ones die above it.
//! Rates are the code lengths of fixed tables, so the choice needs one pass and does not depend on other blocks.

use super::config::Config;
use super::dct::{Quantizer, SCATTER};
use super::huffman::{self, Codes};

/// The search of one component.
#[derive(Debug)]
pub(super) struct Trellis {
    /// Bits of each run and size, extra bits included.
    bits: [f32; 256],
    /// Bits that a coefficient at its threshold is taken to cost.
    typical: f32,
}

/// Bits that a coefficient at its dead-zone threshold is taken to cost, at high quality and at low: below it coefficients are
/// kept that jpegli drops, and [`coarser`] pays for them. 6 to 20 were tried at quality 85 and 90, 6 to 14 at 60.
const TYPICAL: (f32, f32) = (11.0, 8.0);
/// The tables of a searched picture are those of this many times the distance, which gives the score of an unsearched one.
const COARSER: (f32, f32) = (1.2, 1.1);

/// From the first to the second between the distances of quality 75 and 60.
fn mix((fine, coarse): (f32, f32), distance: f32) -> f32 {
    let t = ((distance - 2.35) / 1.35).clamp(0.0, 1.0);
    fine + (coarse - fine) * t
}

/// What the distance of a searched picture's tables is multiplied with.
pub(super) fn coarser(distance: f32) -> f32 {
    mix(COARSER, distance)
}

impl Trellis {
    /// For component `c`.
    pub fn new(c: usize, config: &Config) -> Self {
        let tables = huffman::standard();
        let chroma = usize::from(c > 0 && config.color != super::config::ColorModel::Rgb);
        let codes: Codes = tables[chroma][1].codes();
        let mut bits = [24.0; 256];
        for (symbol, bits) in bits.iter_mut().enumerate() {
            if codes[symbol] != 0 {
                *bits = ((codes[symbol] & 255) as usize + (symbol & 15)) as f32;
            }
        }
        let typical = mix(TYPICAL, config.distance);
        Self { bits, typical }
    }

    /// Chooses the values of one block; `scaled` and `values` are transposed. Returns the mask of nonzero ones.
    pub fn choose(
        &self,
        scaled: &[f32; 64],
        q: &Quantizer,
        aq: f32,
        values: &mut [i16; 64],
    ) -> u64 {
        let mut v = [0.0f32; 64];
        let mut weight = [1.0f32; 64];
        let mut place = [0u8; 64];
        for (i, &z) in SCATTER.iter().enumerate() {
            let z = usize::from(z);
            v[z] = scaled[i];
            place[z] = i as u8;
            let threshold = q.slope[i].mul_add(aq, q.offset[i]);
            weight[z] = self.typical / (2.0 * threshold - 1.0).max(0.02);
        }
        values[0] = scaled[0].round_ties_even() as i16;
        // Distortion of zeros up to and including each position.
        let mut zeros = [0.0f32; 65];
        for z in 1..64 {
            zeros[z + 1] = weight[z].mul_add(v[z] * v[z], zeros[z]);
        }
        // Nodes: position, value, cost up to it, previous node. Node 0 is the start.
        let mut nodes = [(0u8, 0i16, 0.0f32, 0u8); 130];
        let mut count = 1;
        for z in 1..64 {
            let magnitude = v[z].abs();
            if magnitude <= 0.5 {
                continue;
            }
            let rounded = (magnitude.round_ties_even() as i16).max(1);
            let before = count;
            for value in [rounded, rounded - 1] {
                if value == 0 {
                    continue;
                }
                let error = magnitude - f32::from(value);
                let distortion = weight[z] * error * error;
                let size = (16 - (value as u16).leading_zeros()) as usize;
                let mut best = (f32::INFINITY, 0);
                for (n, node) in nodes[..before].iter().enumerate().rev() {
                    let from = usize::from(node.0);
                    let run = z - from - 1;
                    let cost = node.2
                        + (zeros[z] - zeros[from + 1])
                        + (run >> 4) as f32 * self.bits[0xf0]
                        + self.bits[(run & 15) << 4 | size];
                    if cost < best.0 {
                        best = (cost, n);
                    }
                }
                nodes[count] = (z as u8, value, best.0 + distortion, best.1 as u8);
                count += 1;
            }
        }
        let mut best = (f32::INFINITY, 0);
        for (n, node) in nodes[..count].iter().enumerate() {
            let from = usize::from(node.0);
            let end = if from == 63 { 0.0 } else { self.bits[0] };
            let cost = node.2 + (zeros[64] - zeros[from + 1]) + end;
            if cost < best.0 {
                best = (cost, n);
            }
        }
        let mut mask = 0;
        let mut n = best.1;
        while n != 0 {
            let (z, value, _, previous) = nodes[n];
            let i = usize::from(place[usize::from(z)]);
            values[i] = if scaled[i] < 0.0 { -value } else { value };
            mask |= 1 << i;
            n = usize::from(previous);
        }
        mask
    }
}
