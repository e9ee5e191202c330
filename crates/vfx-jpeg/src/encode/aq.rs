//! The adaptive dead-zone field: how much detail each 8x8 block may lose.
//!
//! Luma rows (16-bit, 256 x (level - 128)) go in as they arrive and are reduced at once to quarter-resolution masking cells,
//! so only a few rows of cells wait; one field row a block row comes out. Method and constants: jpegli
//! `adaptive_quantization.cc` (pre-erosion, fuzzy erosion, per-block modulation; reference 2.2).
//! Divisions are merged: pre-erosion takes one reciprocal square root instead of a division and a square root, and the
//! gamma term one division for four samples.

use fearless_simd::prelude::*;
use fearless_simd::{f32x8, f32x16, i32x16};

use super::simd::{exp2, load16, log2, rsqrt, wide16};
use crate::transpose::transpose;

/// Input scaling of the original, whose samples are 0..255.
const SCALE: f64 = 1.0 / 255.0;
const LN_2: f64 = std::f64::consts::LN_2;
const GAMMA_MUL: f64 = 226.048_044_670_588_3;
/// `a`, `b`, `c`, `e` of ratio(v) = (a v^3 + b) / (c v^2 + e), the slope of cube root against the logarithmic curve.
const RATIO_A: f32 = (LN_2 * GAMMA_MUL * SCALE * SCALE) as f32;
const RATIO_B: f32 = ((7.146_724_700_03 * LN_2 + 0.01) / SCALE) as f32;
const RATIO_C: f32 = (3.0 * GAMMA_MUL * (18.658_093_213_5 * LN_2 / 73.377_132_366_608_82)) as f32;
const RATIO_E: f32 = (0.01 / (SCALE * SCALE)) as f32;
/// Masking: `0.25 sqrt(v * MASK_MUL + 28)`, with `v` capped at 0.2.
const MASK_MUL: f32 = 145_433.01;
const MASK_OFFSET: f32 = 28.0;
const MASK_LIMIT: f32 = 0.2;

/// The running state of the field over one picture.
#[derive(Debug)]
pub(super) struct Field {
    blocks_wide: usize,
    /// Rows of cells that one strip looks at: its own, one above, one below.
    ring: usize,
    stride: usize,
    /// `ring` rows of quarter-resolution cells, each with one replicated cell on both sides.
    cells: Vec<f32>,
    /// Sum of the current four rows, at full width.
    sum: Vec<f32>,
    /// One past the last finished cell row.
    cells_done: usize,
    rows_done: usize,
    /// Field strengths of the current strip.
    strengths: Vec<f32>,
    /// Scale and floor of the field, from the luma quantiser (`dampen`).
    gain: [f32; 2],
}

impl Field {
    /// `blocks_wide` luma blocks a row, `strip_blocks` block rows a strip, `step` the luma quantiser of coefficient 1.
    pub fn new(blocks_wide: usize, strip_blocks: usize, step: u16) -> Self {
        let dampen = (1.0 - (f32::from(step) - 9.0) / (65.0 - 9.0)).clamp(0.0, 1.0);
        let ring = 2 * strip_blocks + 2;
        // Vectors of 16 cells read one cell on both sides.
        let stride = (2 * blocks_wide).next_multiple_of(16) + 2;
        let padded = blocks_wide.next_multiple_of(8);
        Self {
            blocks_wide,
            ring,
            stride,
            cells: vec![0.0; ring * stride],
            sum: vec![0.0; padded * 8],
            cells_done: 0,
            rows_done: 0,
            strengths: vec![0.0; padded * strip_blocks],
            gain: [0.841 * dampen, (1.0 - dampen) * 0.48 * 0.841],
        }
    }

    /// Starts at another block row than 0; cells above it count as finished.
    pub fn start_at(&mut self, block_row: usize) {
        self.cells_done = 2 * block_row;
        self.rows_done = 8 * block_row;
    }

    /// Reduces luma row `here`; the three rows start one sample before the picture, which repeats its edge.
    #[inline(always)]
    pub fn add_row<S: Simd>(&mut self, s: S, above: &[i16], here: &[i16], below: &[i16]) {
        let first = self.rows_done.is_multiple_of(4);
        let width = self.blocks_wide * 8;
        // Two blocks at a time; rows have a margin, and the sum a spare block.
        let end = width.next_multiple_of(16);
        let (above, here, below) = (&above[..end + 2], &here[..end + 2], &below[..end + 2]);
        let sum = &mut self.sum[..end];
        for x in (0..end).step_by(16) {
            let center = wide16(s, &here[x + 1..]);
            let (left, right) = (wide16(s, &here[x..]), wide16(s, &here[x + 2..]));
            let (up, down) = (wide16(s, &above[x + 1..]), wide16(s, &below[x + 1..]));
            let mut v = mask(s, center, left + right + up + down);
            let sum = &mut sum[x..x + 16];
            if !first {
                v += f32x16::from_slice(s, sum);
            }
            v.store_slice(sum);
        }
        self.rows_done += 1;
        if self.rows_done.is_multiple_of(4) {
            self.finish_cell_row();
        }
    }

    #[inline(always)]
    fn finish_cell_row(&mut self) {
        let cells = 2 * self.blocks_wide;
        let row = &mut self.cells[self.cells_done % self.ring * self.stride..][..self.stride];
        // 0.25 of the masking function, 0.25 of the cell mean.
        for (cell, sum) in row[1..]
            .iter_mut()
            .zip(self.sum[..4 * cells].chunks_exact(4))
        {
            *cell = (sum[0] + sum[1] + sum[2] + sum[3]) * 0.0625;
        }
        row[0] = row[1];
        row[cells + 1] = row[cells];
        self.cells_done += 1;
    }

    /// The field of `count` block rows from `first`; `luma` gives the eight row offsets of a block row in `plane`, at the
    /// picture's first sample. Cells of two more rows below must be done, or the picture at its end.
    #[inline(always)]
    pub fn strip<S: Simd>(&mut self, s: S, plane: &[i16], first: usize, luma: &[[usize; 8]]) {
        let padded = self.blocks_wide.next_multiple_of(8);
        // Below the picture the last row of cells repeats.
        let last_cell = self.cells_done - 1;
        for (i, rows) in luma.iter().enumerate() {
            let c = 2 * (first + i);
            let at = |row: usize| row.min(last_cell) % self.ring * self.stride;
            let offsets = [at(c.saturating_sub(1)), at(c), at(c + 1), at(c + 2)];
            let out = &mut self.strengths[i * padded..][..padded];
            for bx in (0..padded).step_by(8) {
                let eroded = erode(s, &self.cells, offsets, 2 * bx);
                let aq = modulate(s, plane, rows, bx * 8, eroded, self.gain);
                aq.store_slice(&mut out[bx..bx + 8]);
            }
        }
    }

    /// The strength of a block of the current strip; blocks of padding repeat the last one.
    #[inline(always)]
    pub fn strength(&self, row: usize, bx: usize) -> f32 {
        let padded = self.blocks_wide.next_multiple_of(8);
        self.strengths[row * padded + bx.min(self.blocks_wide - 1)]
    }
}

/// Local contrast of sixteen samples against the sum of their four neighbours, masked by brightness.
#[inline(always)]
fn mask<S: Simd>(s: S, center: i32x16<S>, around: i32x16<S>) -> f32x16<S> {
    macro_rules! k {
        ($v:expr) => {
            f32x16::splat(s, $v)
        };
    }
    let (center, around): (f32x16<S>, f32x16<S>) = (center.to_float(), around.to_float());
    // Both in units of a level; the offset is 0.019 of the range.
    let v = center.mul_add(k!(1.0 / 256.0), k!(128.0 + 0.019 * 255.0));
    let diff = around.mul_add(k!(-0.25 / 256.0), center * k!(1.0 / 256.0));
    let v2 = v * v;
    let num = (v * v2).mul_add(k!(RATIO_A), k!(RATIO_B)) * diff;
    let den = v2.mul_add(k!(RATIO_C), k!(RATIO_E));
    let den2 = den * den;
    let capped = (num * num).min(den2 * k!(MASK_LIMIT));
    let inner = capped.mul_add(k!(MASK_MUL), den2 * k!(MASK_OFFSET));
    // sqrt(inner) / den
    inner * rsqrt(s, inner * den2)
}

/// Fuzzy erosion: weighted sum of the 4 smallest of 3x3, then 2x2 cells to one block; eight blocks.
#[inline(always)]
fn erode<S: Simd>(s: S, cells: &[f32], offsets: [usize; 4], x: usize) -> f32x8<S> {
    // A macro, as a closure is not inlined into the SIMD function at every level.
    macro_rules! k {
        ($v:expr) => {
            f32x8::splat(s, $v)
        };
    }
    let mut sums = [k!(0.0); 2];
    for (half, sum) in sums.iter_mut().enumerate() {
        let x = x + 8 * half;
        for row in 0..2 {
            macro_rules! load {
                ($r:expr, $dx:expr) => {{
                    let at = offsets[row + $r] + x + $dx;
                    f32x8::from_slice(s, &cells[at..at + 8])
                }};
            }
            let (mut m0, mut m1, mut m2, mut m3) =
                (load!(1, 1), load!(1, 0), load!(1, 2), load!(0, 0));
            let (a, b) = (m0.min(m1), m0.max(m1));
            let (c, d) = (m2.min(m3), m2.max(m3));
            let (e, f) = (a.max(c), b.min(d));
            m0 = a.min(c);
            m1 = e.min(f);
            m2 = e.max(f);
            m3 = b.max(d);
            for v in [
                load!(0, 1),
                load!(0, 2),
                load!(2, 0),
                load!(2, 1),
                load!(2, 2),
            ] {
                let t0 = m0.max(v);
                let t1 = m1.max(t0);
                let t2 = m2.max(t1);
                m0 = m0.min(v);
                m1 = m1.min(t0);
                m2 = m2.min(t1);
                m3 = m3.min(t2);
            }
            let v = m0 * k!(0.125);
            let v = m1.mul_add(k!(0.075), v);
            let v = m2.mul_add(k!(0.06), v);
            *sum += m3.mul_add(k!(0.05), v);
        }
    }
    let (even, odd) = sums[0].deinterleave(sums[1]);
    even + odd
}

/// Masking, high-frequency and gamma modulation of eight blocks, and the strength `max(0, 0.6 / field - 1)`.
#[inline(always)]
fn modulate<S: Simd>(
    s: S,
    plane: &[i16],
    rows: &[usize; 8],
    x: usize,
    eroded: f32x8<S>,
    gain: [f32; 2],
) -> f32x8<S> {
    // A macro, as a closure is not inlined into the SIMD function at every level.
    macro_rules! k {
        ($v:expr) => {
            f32x8::splat(s, $v)
        };
    }
    macro_rules! w {
        ($v:expr) => {
            f32x16::splat(s, $v)
        };
    }
    const NOT_LAST: [f32; 16] = [
        1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0,
    ];
    let not_last = f32x16::from_slice(s, &NOT_LAST);
    let mut contrast = [k!(0.0); 8];
    let mut bright = [k!(0.0); 8];
    // Two blocks side by side.
    for pair in 0..4 {
        let x = x + 16 * pair;
        let mut above = w!(0.0);
        let (mut across, mut down) = (w!(0.0), w!(0.0));
        let mut ratios = [(w!(0.0), w!(1.0)); 8];
        for (r, &row) in rows.iter().enumerate() {
            let row = &plane[row + x..row + x + 17];
            let p = load16(s, &row[..16]);
            let right = load16(s, &row[1..]);
            across += (p - right).abs();
            if r > 0 {
                down += (p - above).abs();
            }
            above = p;
            let v = p.mul_add(w!(1.0 / 256.0), w!(128.0 + 0.16 * 255.0));
            let v2 = v * v;
            ratios[r] = (
                v2.mul_add(w!(RATIO_C), w!(RATIO_E)),
                (v * v2).mul_add(w!(RATIO_A), w!(RATIO_B)),
            );
        }
        (contrast[2 * pair], contrast[2 * pair + 1]) = across.mul_add(not_last, down).split();
        let mut sum = w!(0.0);
        for four in [[0, 1, 2, 3], [4, 5, 6, 7]] {
            let [a, b, c, d] = four.map(|i| ratios[i]);
            let (n0, d0) = (a.0.mul_add(b.1, b.0 * a.1), a.1 * b.1);
            let (n1, d1) = (c.0.mul_add(d.1, d.0 * c.1), c.1 * d.1);
            sum += n0.mul_add(d1, n1 * d0) / (d0 * d1);
        }
        (bright[2 * pair], bright[2 * pair + 1]) = sum.split();
    }
    let contrast = add_across(contrast);
    let bright = add_across(bright);

    let v1 = (eroded * k!(0.747_604_2)).max(k!(1e-3));
    let v1_squared = v1 * v1;
    let mask = k!(3.235_325_7) / (v1_squared + k!(2.192_574 / 4.0))
        + k!(12.906_028) / (v1 + k!(305.040_36))
        + k!(5.022_031_3) / (v1_squared + k!(2.192_574))
        - k!(0.741_749_93);
    let sharp = contrast * k!((-2.005_219_323_368_888_4 * SCALE / (112.0 * 256.0)) as f32);
    let gamma =
        log2(s, bright * k!((SCALE / 64.0) as f32)) * k!((-0.155_268_780_236_841_74 * LN_2) as f32);
    let exponent = (mask + sharp + gamma) * k!(std::f32::consts::LOG2_E);
    let field = exp2(s, exponent).mul_add(k!(gain[0]), k!(gain[1]));
    (k!(0.6) / field - k!(1.0)).max(k!(0.0))
}

/// The eight horizontal sums of eight vectors.
#[inline(always)]
fn add_across<S: Simd>(v: [f32x8<S>; 8]) -> f32x8<S> {
    let t = transpose(v);
    ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7]))
}
