//! Forward DCT and adaptive dead-zone quantisation of one 8x8 block.
//!
//! Samples are 16-bit fixed point, 256 x (level - 128). The transform is the five-multiplication flow graph of Arai, Agui and
//! Nakajima in `f32`; its scale factors, the 1/256 and the quantiser step are one multiplication a coefficient. Output is
//! transposed (horizontal frequency major), which saves a transpose: [`SCATTER`] goes from there to zig-zag order.
//! The quantiser is the only rounding: `|v| >= offset + mul * aq ? round(v) : 0` (jpegli `dct-inl.h:223-242`).

use fearless_simd::prelude::*;
use fearless_simd::{f32x8, f32x16, i32x8, i32x16};

use super::simd::{load8, load16};
use crate::marker::ZIGZAG;
use crate::transpose::{transpose, transpose2};

/// Transposed position to zig-zag position.
pub(super) const SCATTER: [u8; 64] = {
    let mut table = [0; 64];
    let mut z = 0;
    while z < 64 {
        let natural = ZIGZAG[z] as usize;
        table[(natural % 8) * 8 + natural / 8] = z as u8;
        z += 1;
    }
    table
};

/// Per-frequency scale of the flow graph: `cos(k pi / 16) * sqrt 2`, 1 for k = 0.
const AAN: [f64; 8] = [
    1.0,
    1.387_039_845_322_147_5,
    1.306_562_964_876_376_6,
    1.175_875_602_419_358_7,
    1.0,
    0.785_694_958_387_102_2,
    0.541_196_100_146_197,
    0.275_899_379_282_943,
];

/// Multipliers and thresholds of one component, transposed.
#[derive(Clone, Debug)]
pub(super) struct Quantizer {
    /// Flow graph output to quantiser steps.
    pub mul: [f32; 64],
    /// Smallest kept magnitude where the field is 0.
    pub offset: [f32; 64],
    /// How the threshold grows with the field.
    pub slope: [f32; 64],
}

impl Quantizer {
    /// `steps`, `offset`, `slope` in natural order.
    pub fn new(steps: &[u16; 64], offset: &[f32; 64], slope: &[f32; 64]) -> Self {
        let mut q = Self {
            mul: [0.0; 64],
            offset: [0.0; 64],
            slope: [0.0; 64],
        };
        for (v, down) in AAN.iter().enumerate() {
            for (u, across) in AAN.iter().enumerate() {
                let (natural, at) = (v * 8 + u, u * 8 + v);
                let scale = 8.0 * 256.0 * across * down * f64::from(steps[natural]);
                q.mul[at] = (1.0 / scale) as f32;
                q.offset[at] = offset[natural];
                q.slope[at] = slope[natural];
            }
        }
        q
    }
}

/// One dimension, for vectors of either length.
macro_rules! dct_1d {
    ($splat:path, $s:ident, $d:expr) => {{
        let d = $d;
        let (s07, d07) = (d[0] + d[7], d[0] - d[7]);
        let (s16, d16) = (d[1] + d[6], d[1] - d[6]);
        let (s25, d25) = (d[2] + d[5], d[2] - d[5]);
        let (s34, d34) = (d[3] + d[4], d[3] - d[4]);

        let (e0, e3) = (s07 + s34, s07 - s34);
        let (e1, e2) = (s16 + s25, s16 - s25);
        let z1 = (e2 + e3) * $splat($s, 0.707_106_77);

        let (o0, o1, o2) = (d34 + d25, d25 + d16, d16 + d07);
        let z5 = (o0 - o2) * $splat($s, 0.382_683_43);
        let z2 = o0.mul_add($splat($s, 0.541_196_1), z5);
        let z4 = o2.mul_add($splat($s, 1.306_563), z5);
        let z3 = o1 * $splat($s, 0.707_106_77);
        let (z11, z13) = (d07 + z3, d07 - z3);
        [
            e0 + e1,
            z11 + z4,
            e3 + z1,
            z13 - z2,
            e0 - e1,
            z13 + z2,
            e3 - z1,
            z11 - z4,
        ]
    }};
}

/// The transform of the block whose rows start at `rows` in `plane`, unscaled and transposed.
#[inline(always)]
fn forward<S: Simd>(s: S, plane: &[i16], rows: &[usize; 8], x: usize) -> [f32x8<S>; 8] {
    let mut v = [f32x8::splat(s, 0.0); 8];
    for (v, &row) in v.iter_mut().zip(rows) {
        *v = load8(s, &plane[row + x..row + x + 8]);
    }
    dct_1d!(f32x8::splat, s, transpose(dct_1d!(f32x8::splat, s, v)))
}

/// Quantises one block into `out` (transposed); returns the bit mask of nonzero coefficients, same order.
#[inline(always)]
pub(super) fn quantize_block<S: Simd>(
    s: S,
    plane: &[i16],
    rows: &[usize; 8],
    x: usize,
    q: &Quantizer,
    aq: f32,
    out: &mut [i16; 64],
) -> u64 {
    let v = forward(s, plane, rows, x);
    let aq = f32x8::splat(s, aq);
    let mut mask = 0u64;
    for half in 0..4 {
        let mut quantized = [i32x8::splat(s, 0); 2];
        for (j, quantized) in quantized.iter_mut().enumerate() {
            let i = half * 2 + j;
            let at = i * 8..i * 8 + 8;
            let scaled = v[i] * f32x8::from_slice(s, &q.mul[at.clone()]);
            let threshold = aq.mul_add(
                f32x8::from_slice(s, &q.slope[at.clone()]),
                f32x8::from_slice(s, &q.offset[at]),
            );
            let keep = scaled.abs().simd_ge(threshold);
            mask |= keep.to_bitmask() << (i * 8);
            *quantized = scaled.round_ties_even().to_int();
        }
        quantized[0]
            .saturating_narrow(quantized[1])
            .store_slice(&mut out[half * 16..half * 16 + 16]);
    }
    // DC has no dead zone (threshold 0), so its bit says nothing; whoever codes it looks at the value.
    mask
}

/// [`quantize_block`] of a block and the one to its right, in vectors of 512 bits: the same numbers.
#[inline(always)]
pub(super) fn quantize_pair<S: Simd>(
    s: S,
    plane: &[i16],
    rows: &[usize; 8],
    x: usize,
    q: &Quantizer,
    aq: [f32; 2],
    out: [&mut [i16; 64]; 2],
) -> [u64; 2] {
    let mut v = [f32x16::splat(s, 0.0); 8];
    for (v, &row) in v.iter_mut().zip(rows) {
        *v = load16(s, &plane[row + x..row + x + 16]);
    }
    let v = dct_1d!(f32x16::splat, s, v);
    let v = dct_1d!(f32x16::splat, s, transpose2(v));
    let aq = f32x8::splat(s, aq[0]).combine(f32x8::splat(s, aq[1]));
    let mut masks = [0u64; 2];
    let [left, right] = out;
    for half in 0..4 {
        let mut quantized = [i32x16::splat(s, 0); 2];
        for (j, quantized) in quantized.iter_mut().enumerate() {
            let i = half * 2 + j;
            // A macro, as a closure is not inlined into the SIMD function at every level.
            macro_rules! twice {
                ($table:expr) => {{
                    let v = f32x8::from_slice(s, &$table[i * 8..i * 8 + 8]);
                    v.combine(v)
                }};
            }
            let scaled = v[i] * twice!(q.mul);
            let threshold = aq.mul_add(twice!(q.slope), twice!(q.offset));
            let keep = scaled.abs().simd_ge(threshold).to_bitmask();
            masks[0] |= (keep & 0xff) << (i * 8);
            masks[1] |= (keep >> 8) << (i * 8);
            *quantized = scaled.round_ties_even().to_int();
        }
        let (a, b) = (quantized[0].split(), quantized[1].split());
        let at = half * 16..half * 16 + 16;
        a.0.saturating_narrow(b.0)
            .store_slice(&mut left[at.clone()]);
        a.1.saturating_narrow(b.1).store_slice(&mut right[at]);
    }
    masks
}

/// The block in units of quantiser steps, transposed, unrounded.
#[inline(always)]
pub(super) fn scaled_block<S: Simd>(
    s: S,
    plane: &[i16],
    rows: &[usize; 8],
    x: usize,
    q: &Quantizer,
    out: &mut [f32; 64],
) {
    let v = forward(s, plane, rows, x);
    for (i, v) in v.into_iter().enumerate() {
        let at = i * 8..i * 8 + 8;
        (v * f32x8::from_slice(s, &q.mul[at.clone()])).store_slice(&mut out[at]);
    }
}
