//! Encoding of one HT code block: a single cleanup pass that holds every bit plane.
//!
//! Input is signed coefficients with an even number of rows and columns, zeros beyond the block; output the cleanup segment. All three bit streams are
//! collected without stuffing (one 8-byte store a pair of samples) and stuffed while they are copied behind each other.
//! Source: ITU-T T.814, 7.3 read backwards, 7.1 for the stuffing. Of the codewords that describe a quad, the one with the fewest bits in all is taken.

use super::block_decode::MAX_SIDE;
use super::codewords::{ENCODE, EncodeTables, residual_code};
use super::coefficient::Coefficient;
use super::segments::MEL_EXPONENTS;

/// Most samples of a block.
pub(super) const MAX_AREA: usize = 4096;
/// Most codeword bits of a quad: 7, and 12 of the residual.
const QUAD_BITS: usize = 19;
/// From this many planes on, two magnitudes (of a bit more than the planes) and 7 bits that wait exceed 64.
const WIDE_PLANES: u32 = 28;

/// Bits, lowest first, 8 bytes a store.
struct Bits {
    bytes: Box<[u8]>,
    at: usize,
    acc: u64,
    count: u32,
}

impl Bits {
    fn new(bits: usize) -> Self {
        Self {
            bytes: vec![0; bits / 8 + 16].into_boxed_slice(),
            at: 0,
            acc: 0,
            count: 0,
        }
    }

    fn clear(&mut self) {
        self.at = 0;
        self.acc = 0;
        self.count = 0;
    }

    /// Appends bits; at most 57 between two flushes.
    #[inline(always)]
    fn put(&mut self, bits: u64, count: u32) {
        self.acc |= bits << self.count;
        self.count += count;
    }

    #[inline(always)]
    fn flush(&mut self) {
        self.bytes[self.at..self.at + 8].copy_from_slice(&self.acc.to_le_bytes());
        self.at += (self.count >> 3) as usize;
        self.acc >>= self.count & !7;
        self.count &= 7;
    }

    /// Bits in all; the bytes hold them after a flush.
    fn len(&self) -> usize {
        self.at * 8 + self.count as usize
    }
}

/// The adaptive run-length encoder; its bytes are stuffed already.
struct Mel {
    bytes: Vec<u8>,
    byte: u32,
    room: u32,
    run: u32,
    state: usize,
}

impl Mel {
    fn clear(&mut self) {
        self.bytes.clear();
        (self.byte, self.room, self.run, self.state) = (0, 8, 0, 0);
    }

    fn bit(&mut self, bit: u32) {
        self.byte = self.byte << 1 | bit;
        self.room -= 1;
        if self.room == 0 {
            self.bytes.push(self.byte as u8);
            self.room = 8 - u32::from(self.byte == 0xff);
            self.byte = 0;
        }
    }

    #[inline(always)]
    fn event(&mut self, one: bool) {
        let exponent = MEL_EXPONENTS[self.state];
        if one {
            self.bit(0);
            for i in (0..exponent).rev() {
                self.bit(self.run >> i & 1);
            }
            self.run = 0;
            self.state = self.state.saturating_sub(1);
        } else {
            self.run += 1;
            if self.run == 1 << exponent {
                self.bit(1);
                self.run = 0;
                self.state = (self.state + 1).min(12);
            }
        }
    }
}

/// Reusable memory.
pub(super) struct EncodeScratch {
    magnitudes: Bits,
    codewords: Bits,
    mel: Mel,
    /// Codeword bytes in the order of writing, from the end of the segment.
    backward: Vec<u8>,
    /// Largest exponent of the lower samples of a quad's left and its left neighbour's right column.
    exponents: [u8; MAX_SIDE / 2 + 2],
    /// Significance pattern of the quad above.
    patterns: [u8; MAX_SIDE / 2 + 2],
}

impl Default for EncodeScratch {
    fn default() -> Self {
        Self {
            magnitudes: Bits::new(MAX_AREA * 64),
            codewords: Bits::new(MAX_AREA / 2 * QUAD_BITS),
            mel: Mel {
                bytes: Vec::new(),
                byte: 0,
                room: 8,
                run: 0,
                state: 0,
            },
            backward: Vec::new(),
            exponents: [0; MAX_SIDE / 2 + 2],
            patterns: [0; MAX_SIDE / 2 + 2],
        }
    }
}

/// A quad on its way.
#[derive(Clone, Copy, Default)]
struct Quad {
    rho: u32,
    /// Largest exponent.
    largest: u32,
    exponents: [u32; 4],
    /// Twice the magnitude less one, and the sign.
    words: [u64; 4],
}

#[inline(always)]
fn quad<C: Coefficient>(top: &[C], bottom: &[C]) -> Quad {
    let mut quad = Quad::default();
    for (k, c) in [top[0], bottom[0], top[1], bottom[1]]
        .into_iter()
        .enumerate()
    {
        let (magnitude, sign) = c.parts();
        let significant = u32::from(magnitude != 0);
        quad.rho |= significant << k;
        // The length of 2 m - 1; of 0 it is 0.
        quad.exponents[k] = 64 - (2 * magnitude).saturating_sub(1).leading_zeros();
        quad.words[k] = (2 * magnitude).wrapping_sub(2) | sign;
        quad.largest = quad.largest.max(quad.exponents[k]);
    }
    quad
}

/// Appends the cleanup segment of a block with something in it and magnitudes of at most `planes` bits; returns its length.
#[inline(always)]
pub(super) fn encode<C: Coefficient>(
    coefficients: &[C],
    stride: usize,
    width: usize,
    height: usize,
    planes: u32,
    scratch: &mut EncodeScratch,
    out: &mut Vec<u8>,
) -> usize {
    let tables = &**ENCODE;
    scratch.magnitudes.clear();
    scratch.codewords.clear();
    // The length field and a first bit pattern that keeps 0xFF from ending the segment.
    scratch.codewords.put(0x0f, 4);
    scratch.mel.clear();
    let quads = width.div_ceil(2);
    scratch.exponents[..=quads].fill(0);
    scratch.patterns[..=quads].fill(0);
    for y in (0..height).step_by(2) {
        let (top, bottom) = coefficients[y * stride..].split_at(stride);
        let (top, bottom) = (&top[..2 * quads], &bottom[..2 * quads]);
        match (y == 0, planes >= WIDE_PLANES) {
            (true, false) => quad_row::<C, true, false>(top, bottom, scratch, tables),
            (false, false) => quad_row::<C, false, false>(top, bottom, scratch, tables),
            (true, true) => quad_row::<C, true, true>(top, bottom, scratch, tables),
            (false, true) => quad_row::<C, false, true>(top, bottom, scratch, tables),
        }
    }
    finish(scratch, out)
}

/// `WIDE`: a store holds one magnitude, not two.
#[inline(always)]
fn quad_row<C: Coefficient, const FIRST: bool, const WIDE: bool>(
    top: &[C],
    bottom: &[C],
    scratch: &mut EncodeScratch,
    tables: &EncodeTables,
) {
    let table = &tables.quads[usize::from(!FIRST)];
    let EncodeScratch {
        magnitudes,
        codewords,
        mel,
        exponents,
        patterns,
        ..
    } = scratch;
    let quads = top.len() / 2;
    let (exponents, patterns) = (&mut exponents[..quads + 2], &mut patterns[..quads + 2]);
    // Pattern of the left neighbour, of the one above it, and its lower right exponent.
    let (mut left, mut above_left, mut right) = (0u32, 0u32, 0u8);
    let mut first_of_pair = 0u32;
    for (q, (t, b)) in top.chunks_exact(2).zip(bottom.chunks_exact(2)).enumerate() {
        let quad = quad(t, b);
        let rho = quad.rho;
        let context = if FIRST {
            (left | left >> 1) & 1 | left >> 1 & 6
        } else {
            let (n, ne) = (u32::from(patterns[q]), u32::from(patterns[q + 1]));
            (above_left >> 3 | n >> 1) & 1 | (left >> 1 | left >> 2) & 2 | (n >> 1 | ne << 1) & 4
        };
        let predicted = if FIRST || rho & rho.wrapping_sub(1) == 0 {
            1
        } else {
            u32::from(exponents[q].max(exponents[q + 1]))
                .saturating_sub(1)
                .max(1)
        };
        let exponent = quad.largest.max(predicted);
        let u = exponent - predicted;
        let mut pattern = 0;
        for k in 0..4 {
            pattern |= u32::from(quad.exponents[k] == quad.largest) << k;
        }
        pattern &= 0u32.wrapping_sub(u32::from(u > 0));
        let code = u32::from(table[(context << 8 | rho << 4 | pattern) as usize & 0x7ff]);
        if context == 0 {
            mel.event(rho != 0);
        }
        codewords.put(u64::from(code >> 8), code >> 4 & 7);

        for k in 0..4 {
            let significant = 0u32.wrapping_sub(rho >> k & 1);
            let count = (exponent - (code >> k & 1)) & significant;
            magnitudes.put(quad.words[k] & ((1u64 << count) - 1), count);
            if k & 1 == 1 || WIDE {
                magnitudes.flush();
            }
        }

        exponents[q] = right.max(quad.exponents[1] as u8);
        right = quad.exponents[3] as u8;
        above_left = u32::from(patterns[q]);
        patterns[q] = rho as u8;
        left = rho;

        if q & 1 == 0 {
            first_of_pair = u;
            if q + 1 == quads {
                residuals::<FIRST>(codewords, mel, u, 0);
            }
        } else {
            residuals::<FIRST>(codewords, mel, first_of_pair, u);
        }
    }
    exponents[quads] = right;
}

/// The residuals of a pair of quads.
#[inline(always)]
fn residuals<const FIRST: bool>(codewords: &mut Bits, mel: &mut Mel, u: u32, v: u32) {
    if u | v != 0 {
        let both = FIRST && u > 0 && v > 0;
        let far = both && u.min(v) > 2;
        if both {
            mel.event(far);
        }
        let less = if far { 2 } else { 0 };
        let a = residual_code(u - less);
        let b = if both && !far && u > 2 {
            [(v - 1, 1), (0, 0), (0, 0)]
        } else {
            residual_code(v - less)
        };
        for (a, b) in a.into_iter().zip(b) {
            codewords.put(u64::from(a.0), a.1);
            codewords.put(u64::from(b.0), b.1);
        }
    }
    codewords.flush();
}

/// Stuffs the magnitudes, then puts the run lengths and the reversed codewords behind them.
#[inline(always)]
fn finish(scratch: &mut EncodeScratch, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    scratch.magnitudes.flush();
    stuff_forward(&scratch.magnitudes, out);
    let magnitudes = out.len() - start;

    scratch.codewords.flush();
    let (last, used) = stuff_backward(&scratch.codewords, &mut scratch.backward);
    let mel = &mut scratch.mel;
    if mel.run > 0 {
        mel.bit(1);
    }
    out.extend_from_slice(&mel.bytes);
    // The last bytes of both may share one, if what each uses of it leaves room for the other.
    let byte = mel.byte << mel.room;
    let of_mel = 0xff << mel.room & 0xff;
    let of_codewords = (1u32 << used) - 1;
    if of_mel | of_codewords != 0 {
        let shared = byte | last;
        if shared & of_mel == byte
            && shared & of_codewords == last
            && shared != 0xff
            && scratch.backward.len() > 1
        {
            out.push(shared as u8);
        } else {
            out.push(byte as u8);
            out.push(last as u8);
        }
    }
    out.extend(scratch.backward.iter().rev());
    let tail = out.len() - start - magnitudes;
    let end = out.len();
    out[end - 1] = (tail >> 4) as u8;
    out[end - 2] = out[end - 2] & 0xf0 | (tail & 15) as u8;
    end - start
}

/// Copies bits so that the byte after 0xFF has its top bit clear; the rest of the last byte is ones, and a last 0xFF is dropped.
#[inline(always)]
fn stuff_forward(bits: &Bits, out: &mut Vec<u8>) {
    let (total, bytes) = (bits.len(), &bits.bytes);
    out.reserve(total / 8 + total / 64 + 16);
    let mut at = 0;
    let mut after_ff = false;
    while at < total {
        if !after_ff && at + 64 <= total {
            let from = at >> 3;
            let word = u64::from_le_bytes(bytes[from..from + 8].try_into().unwrap_or_default());
            let word = word >> (at & 7);
            const LOW: u64 = 0x007f_7f7f_7f7f_7f7f;
            const HIGH: u64 = 0x0080_8080_8080_8080;
            if (word & LOW).wrapping_add(HIGH >> 7) & word & HIGH == 0 {
                out.extend_from_slice(&word.to_le_bytes()[..7]);
                at += 56;
                continue;
            }
        }
        let width = 8 - usize::from(after_ff);
        let from = at >> 3;
        let pair = u32::from(bytes[from]) | u32::from(bytes[from + 1]) << 8;
        let mut byte = pair >> (at & 7) & ((1 << width) - 1);
        if at + width > total {
            byte |= (0xff << (total - at)) & ((1 << width) - 1);
        }
        at += width;
        after_ff = byte == 0xff;
        out.push(byte as u8);
    }
    if after_ff {
        out.pop();
    }
}

/// Fills `out` with the bytes in the order of writing; returns the last, unfinished byte and how many bits of it are used.
fn stuff_backward(bits: &Bits, out: &mut Vec<u8>) -> (u32, u32) {
    let (total, bytes) = (bits.len(), &bits.bytes);
    out.clear();
    out.push(0xff);
    let mut at = 0;
    let mut stuffed = true;
    loop {
        let from = at >> 3;
        let pair = u32::from(bytes[from]) | u32::from(bytes[from + 1]) << 8;
        let byte = pair >> (at & 7) & 0xff;
        let left = (total - at).min(8) as u32;
        let width = if stuffed && byte & 0x7f == 0x7f { 7 } else { 8 };
        if left < width {
            return (byte & ((1 << left) - 1), left);
        }
        let byte = byte & ((1 << width) - 1);
        out.push(byte as u8);
        stuffed = byte > 0x8f;
        at += width as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::super::block_decode::{self, BlockScratch, CodedBlock};
    use super::*;

    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn round_trip<C: Coefficient>(width: usize, height: usize, bits: u32, zeros: u64, seed: u64) {
        let mut state = seed;
        let stride = width + 2;
        let mut area = vec![C::default(); stride * (height + 1)];
        for y in 0..height {
            for x in 0..width {
                let r = next(&mut state);
                if r % 16 >= zeros {
                    let planes = u64::from(bits).min(1 + next(&mut state) % u64::from(bits));
                    let magnitude = next(&mut state) >> (64 - planes);
                    area[y * stride + x] = C::signed(magnitude, r >> 8, u64::MAX);
                }
            }
        }
        let mut bytes = Vec::new();
        let mut scratch = EncodeScratch::default();
        let length = encode(&area, stride, width, height, bits, &mut scratch, &mut bytes);
        assert_eq!(length, bytes.len());
        let block = CodedBlock {
            cleanup: &bytes,
            refinement: &[],
            passes: 1,
            missing: bits - 1,
            planes: bits,
            width,
            height,
            causal: false,
        };
        let mut read = vec![C::from_i64(77); stride * (height + 1)];
        block_decode::decode(
            &block,
            &mut BlockScratch::default(),
            &mut read,
            stride,
            true,
        )
        .unwrap();
        for y in 0..height {
            let at = y * stride;
            assert_eq!(
                area[at..at + width],
                read[at..at + width],
                "{width} x {height}, {bits} bits, row {y}"
            );
        }
    }

    #[test]
    fn block_round_trips_at_every_size_and_depth() {
        let mut seed = 1;
        for (width, height) in [
            (1, 1),
            (2, 1),
            (1, 5),
            (3, 3),
            (4, 4),
            (5, 2),
            (31, 7),
            (128, 32),
            (1024, 4),
            (4, 1024),
            (64, 64),
        ] {
            for bits in [1, 2, 3, 8, 17, 27, 28, 30] {
                for zeros in [0, 8, 15] {
                    seed += 1;
                    round_trip::<i32>(width, height, bits, zeros, seed);
                }
            }
            for bits in [31, 33, 38, 41] {
                for zeros in [0, 8, 15] {
                    seed += 1;
                    round_trip::<i64>(width, height, bits, zeros, seed);
                }
            }
        }
    }
}
