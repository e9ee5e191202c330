//! Decoding of one HT code block: cleanup, then significance propagation and magnitude refinement where present.
//!
//! Input is the block's one or two segments, output signed coefficients: `2 m + 1` half steps when planes are missing below (the middle of the interval),
//! the exact integer otherwise. Rows are stored in pairs and columns in pairs, so the area has an even width and height.
//! Source: ITU-T T.814, 7.3 (cleanup), 7.4 (significance propagation), 7.5 (magnitude refinement). The cleanup goes in two sweeps: codewords of all quads
//! of a row into a small record, then magnitudes; this keeps either bit stream in registers.

use super::codewords::{DECODE, DecodeTables};
use super::coefficient::Coefficient;
use super::segments::{Backward, Forward, Mel, REFILLED};
use crate::simd::quad::{self, Quads};

/// Most columns of a block, and most rows (T.814 inherits T.800: 1024, and 4096 in all).
pub(super) const MAX_SIDE: usize = 1024;

/// A coded block: where its bytes are and which planes they hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct CodedBlock<'a> {
    /// The cleanup segment.
    pub cleanup: &'a [u8],
    /// The refinement segment, empty without.
    pub refinement: &'a [u8],
    /// 1 to 3.
    pub passes: u32,
    /// Planes without any bit, from the top.
    pub missing: u32,
    /// Planes of the subband.
    pub planes: u32,
    pub width: usize,
    pub height: usize,
    /// The significance of rows below a stripe is not used.
    pub causal: bool,
}

/// Records of a row of quads, with one more on either side.
type Row = [u32; MAX_SIDE / 2 + 4];

/// Reusable memory.
pub(super) struct BlockScratch {
    /// rho << 4 | e_1 << 8 | e_k << 12 | u << 16.
    rows: [Row; 2],
    /// Bits of the magnitudes above a quad and above its left neighbour: their length is the largest exponent.
    above: [u64; MAX_SIDE / 2 + 4],
    /// [`CLEANUP`] or [`PROPAGATED`] of each sample, with a border.
    significant: Vec<u8>,
}

impl Default for BlockScratch {
    fn default() -> Self {
        Self {
            rows: [[0; MAX_SIDE / 2 + 4]; 2],
            above: [0; MAX_SIDE / 2 + 4],
            significant: Vec::new(),
        }
    }
}

/// The stream that broke a rule.
pub(super) type BlockError = &'static str;

/// Decodes into `out`, `stride` apart. With `exact`, integers; else doubled ones with the half step.
#[inline(always)]
pub(super) fn decode<C: Coefficient>(
    block: &CodedBlock<'_>,
    scratch: &mut BlockScratch,
    out: &mut [C],
    stride: usize,
    exact: bool,
) -> Result<(), BlockError> {
    if block.missing >= block.planes || block.planes > C::PLANES {
        return Err("too few bit planes in a block");
    }
    let lower = block.planes - 1 - block.missing;
    if exact && lower == 0 {
        return cleanup::<C, true>(block, scratch, out, stride, 0);
    }
    cleanup::<C, false>(block, scratch, out, stride, lower)?;
    // A plane below the last cannot be refined.
    if block.passes > 1 && lower > 0 && !block.refinement.is_empty() {
        refine(block, scratch, out, stride, lower);
    }
    if exact {
        for row in out.chunks_mut(stride).take(block.height) {
            for c in &mut row[..block.width] {
                let (magnitude, sign) = c.parts();
                *c = C::signed(magnitude >> 1, sign, u64::MAX);
            }
        }
    }
    Ok(())
}

struct Streams<'a> {
    codewords: Backward<'a>,
    mel: Mel<'a>,
}

/// One row of quads: codewords, exponent patterns and residuals.
#[inline(always)]
fn codeword_row<const FIRST: bool>(
    streams: &mut Streams<'_>,
    tables: &DecodeTables,
    previous: &Row,
    row: &mut Row,
    quads: usize,
) {
    let Streams { codewords, mel } = streams;
    let table = &tables.quads[usize::from(!FIRST)];
    let residuals = &tables.residuals[usize::from(!FIRST)];
    let mut context = 0u32;
    let mut q = 0;
    // Quad q has record q + 1.
    while q < quads {
        codewords.refill();
        if !FIRST {
            context |= above_context(previous, q);
        }
        let mut a =
            u32::from(table[(context << 7 | (codewords.peek() as u32 & 0x7f)) as usize & 0x3ff]);
        if context == 0 && !mel.event() {
            a = 0;
        }
        codewords.skip(a & 7);
        context = if FIRST {
            (a >> 4 | a >> 5) & 1 | a >> 5 & 6
        } else {
            (a >> 6 | a >> 7) << 1 & 2 | previous[q + 1] >> 7 & 1 | above_context(previous, q + 1)
        };
        let mut b = 0;
        if q + 1 < quads {
            b = u32::from(
                table[(context << 7 | (codewords.peek() as u32 & 0x7f)) as usize & 0x3ff],
            );
            if context == 0 && !mel.event() {
                b = 0;
            }
            codewords.skip(b & 7);
        }
        context = if FIRST {
            (b >> 4 | b >> 5) & 1 | b >> 5 & 6
        } else {
            (b >> 6 | b >> 7) << 1 & 2 | previous[q + 2] >> 7 & 1
        };

        let mut kind = a >> 3 & 1 | b >> 2 & 2;
        let (mut u, mut v) = (0, 0);
        if kind != 0 {
            if FIRST && kind == 3 && mel.event() {
                kind = 4;
            }
            // 14 bits of codewords, 6 of prefixes, 10 of suffixes: 30 of the 32.
            let entry = residuals[(kind << 6 | (codewords.peek() as u32 & 0x3f)) as usize];
            codewords.skip(entry & 15);
            let (of_a, both) = (entry >> 4 & 15, entry >> 8 & 15);
            let suffix = codewords.peek() as u32 & ((1 << both) - 1);
            codewords.skip(both);
            let (x, y) = (suffix & ((1 << of_a) - 1), suffix >> of_a);
            u = (entry >> 12 & 15) + x;
            v = (entry >> 16 & 15) + y;
            if x >= 28 || y >= 28 {
                codewords.refill();
                if x >= 28 {
                    u += 4 * (codewords.peek() as u32 & 15);
                    codewords.skip(4);
                }
                if y >= 28 {
                    v += 4 * (codewords.peek() as u32 & 15);
                    codewords.skip(4);
                }
            }
        }
        row[q + 1] = a & 0xfff0 | u << 16;
        row[q + 2] = b & 0xfff0 | v << 16;
        q += 2;
    }
    row[quads + 1] = 0;
    row[quads + 2] = 0;
}

/// What the row above adds to the context of quad `q`: its lower samples and the nearest of either neighbour. The left neighbour is added by the caller.
#[inline(always)]
fn above_context(previous: &Row, q: usize) -> u32 {
    let (n, ne) = (previous[q + 1], previous[q + 2]);
    n >> 5 & 1 | (n >> 5 & 4) | ne >> 3 & 4
}

#[inline(always)]
fn cleanup<C: Coefficient, const EXACT: bool>(
    block: &CodedBlock<'_>,
    scratch: &mut BlockScratch,
    out: &mut [C],
    stride: usize,
    lower: u32,
) -> Result<(), BlockError> {
    let data = block.cleanup;
    let [.., half, last] = data else {
        return Err("cleanup segment is too short");
    };
    let tail = usize::from(*last) << 4 | usize::from(half & 15);
    if tail < 2 || tail > data.len() || tail > 4079 {
        return Err("length of the codeword segment is impossible");
    }
    let (magnitudes, segment) = data.split_at(data.len() - tail);
    let mut streams = Streams {
        codewords: Backward::codewords(segment),
        mel: Mel::new(&segment[..tail - 1]),
    };
    let mut magnitudes = Forward::new(magnitudes, 0xff);
    let tables = &**DECODE;
    let quads = block.width.div_ceil(2);
    let limit = block.missing + 2;
    let fast = Quads::detect().filter(|_| C::PLANES <= <i32 as Coefficient>::PLANES);
    scratch.rows[1][..quads + 3].fill(0);
    scratch.above[..quads + 2].fill(0);
    for y in (0..block.height).step_by(2) {
        let [even, odd] = &mut scratch.rows;
        let (previous, row) = if y & 2 == 0 {
            (&*odd, even)
        } else {
            (&*even, odd)
        };
        if y == 0 {
            codeword_row::<true>(&mut streams, tables, previous, row, quads);
        } else {
            codeword_row::<false>(&mut streams, tables, previous, row, quads);
        }
        let (top, bottom) = out[y * stride..].split_at_mut(stride);
        let row = MagnitudeRow {
            top: &mut top[..2 * quads],
            bottom: &mut bottom[..2 * quads],
            records: &row[1..=quads],
            above: &mut scratch.above[..quads + 2],
            first: y == 0,
            limit,
            lower,
        };
        if limit <= REFILLED / 2 {
            row.decode::<EXACT, false>(&mut magnitudes, fast)?;
        } else {
            row.decode::<EXACT, true>(&mut magnitudes, fast)?;
        }
    }
    Ok(())
}

/// A row of quads whose codewords are known.
struct MagnitudeRow<'a, C> {
    top: &'a mut [C],
    bottom: &'a mut [C],
    records: &'a [u32],
    above: &'a mut [u64],
    first: bool,
    limit: u32,
    lower: u32,
}

impl<C: Coefficient> MagnitudeRow<'_, C> {
    /// `WIDE`: a refill holds one magnitude, not two. `quads`: where samples fit 32 bits and the machine has the means.
    #[inline(always)]
    fn decode<const EXACT: bool, const WIDE: bool>(
        self,
        stream: &mut Forward<'_>,
        quads: Option<Quads>,
    ) -> Result<(), BlockError> {
        let tops = self.top.chunks_exact_mut(2);
        let bottoms = self.bottom.chunks_exact_mut(2);
        let mut right = 0;
        // The length was made two longer than the records.
        let mut up = self.above[0];
        for (((top, bottom), &record), q) in tops.zip(bottoms).zip(self.records).zip(0..) {
            let (here, next) = (up, self.above[q + 1]);
            up = next;
            let rho = record >> 4 & 15;
            if rho == 0 {
                self.above[q] = right;
                right = 0;
                top.fill(C::default());
                bottom.fill(C::default());
                continue;
            }
            let predicted = if rho & (rho - 1) == 0 || self.first {
                1
            } else {
                63 - (here | next | 2).leading_zeros()
            };
            let exponent = (record >> 16) + predicted;
            if exponent > self.limit {
                return Err("magnitude exceeds its bit planes");
            }
            if let Some(quads) = quads
                && exponent <= quad::MOST
            {
                stream.refill();
                let found = quads.decode::<EXACT>(stream.peek(), record, exponent, self.lower);
                stream.skip(found.used);
                let [v0, v2, v1, v3] = found.values.map(|v| C::from_i64(i64::from(v)));
                top.copy_from_slice(&[v0, v2]);
                bottom.copy_from_slice(&[v1, v3]);
                self.above[q] = right | found.lower[0];
                right = found.lower[1];
                continue;
            }
            stream.refill();
            let (v0, _) = sample::<C, EXACT>(stream, record, exponent, 0, self.lower);
            if WIDE {
                stream.refill();
            }
            let (v1, low1) = sample::<C, EXACT>(stream, record, exponent, 1, self.lower);
            stream.refill();
            let (v2, _) = sample::<C, EXACT>(stream, record, exponent, 2, self.lower);
            if WIDE {
                stream.refill();
            }
            let (v3, low3) = sample::<C, EXACT>(stream, record, exponent, 3, self.lower);
            top.copy_from_slice(&[v0, v2]);
            bottom.copy_from_slice(&[v1, v3]);
            self.above[q] = right | low1;
            right = low3;
        }
        let last = self.records.len();
        self.above[last] = right;
        Ok(())
    }
}

/// Sample `k` of a quad: its value, and the bits whose length is its exponent. 0 when it is not significant.
#[inline(always)]
fn sample<C: Coefficient, const EXACT: bool>(
    stream: &mut Forward<'_>,
    record: u32,
    exponent: u32,
    k: u32,
    lower: u32,
) -> (C, u64) {
    let keep = 0u64.wrapping_sub(u64::from(record >> (4 + k) & 1));
    let count = (exponent - (record >> (12 + k) & 1)) & keep as u32;
    let known = u64::from(record >> (8 + k) & 1) << count;
    let v = stream.peek() & ((1u64 << count) - 1) | known;
    stream.skip(count);
    let value = if EXACT {
        C::signed((v >> 1) + 1, v, keep)
    } else {
        C::signed(((v | 1) + 2) << lower, v, keep)
    };
    (value, (v | 1) & keep)
}

/// Significant after the cleanup.
const CLEANUP: u8 = 1;
/// Significant since.
const PROPAGATED: u8 = 2;

/// The passes of the plane below the cleanup's, on doubled values.
fn refine<C: Coefficient>(
    block: &CodedBlock<'_>,
    scratch: &mut BlockScratch,
    out: &mut [C],
    stride: usize,
    lower: u32,
) {
    let (width, height) = (block.width, block.height);
    let line = width + 2;
    let map = &mut scratch.significant;
    map.clear();
    map.resize(line * (height + 2), 0);
    for y in 0..height {
        let row = &out[y * stride..][..width];
        for (s, c) in map[(y + 1) * line + 1..].iter_mut().zip(row) {
            *s = if *c == C::default() { 0 } else { CLEANUP };
        }
    }
    propagate(block, map, out, stride, lower);
    if block.passes > 2 {
        magnitudes(block, map, out, stride, lower);
    }
}

/// Samples next to significant ones: a bit each, and the signs of groups of four columns behind.
fn propagate<C: Coefficient>(
    block: &CodedBlock<'_>,
    map: &mut [u8],
    out: &mut [C],
    stride: usize,
    lower: u32,
) {
    let (width, height) = (block.width, block.height);
    let line = width + 2;
    let mut stream = Forward::new(block.refinement, 0);
    let mut fresh = Vec::with_capacity(16);
    for y0 in (0..height).step_by(4) {
        let y1 = (y0 + 4).min(height);
        for x0 in (0..width).step_by(4) {
            fresh.clear();
            for x in x0..(x0 + 4).min(width) {
                for y in y0..y1 {
                    let at = (y + 1) * line + x + 1;
                    if map[at] != 0 {
                        continue;
                    }
                    let near = |from: usize| map[from - 1] | map[from] | map[from + 1];
                    let mut around = near(at - line) | near(at);
                    if y + 1 < y1 || !block.causal {
                        around |= near(at + line);
                    }
                    if around != 0 && stream.bit() != 0 {
                        map[at] = PROPAGATED;
                        fresh.push(y * stride + x);
                    }
                }
            }
            for &at in &fresh {
                out[at] = C::signed(3 << (lower - 1), stream.bit(), u64::MAX);
            }
        }
    }
}

/// One more bit of every sample that the cleanup found, column by column in stripes.
fn magnitudes<C: Coefficient>(
    block: &CodedBlock<'_>,
    map: &[u8],
    out: &mut [C],
    stride: usize,
    lower: u32,
) {
    let line = block.width + 2;
    let mut stream = Backward::new(block.refinement);
    for y0 in (0..block.height).step_by(4) {
        for x in 0..block.width {
            for y in y0..(y0 + 4).min(block.height) {
                if map[(y + 1) * line + x + 1] == CLEANUP {
                    let c = &mut out[y * stride + x];
                    let (magnitude, sign) = c.parts();
                    // (2 m + 1) << lower becomes (2 (2 m + bit) + 1) << (lower - 1).
                    let m = magnitude >> (lower + 1);
                    let finer = (2 * (2 * m + stream.bit()) + 1) << (lower - 1);
                    *c = C::signed(finer, sign, u64::MAX);
                }
            }
        }
    }
}
