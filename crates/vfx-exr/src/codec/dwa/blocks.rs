//! Lossy channels, from coefficients to planes.
//!
//! AC coefficients come block by block, for a color set the blocks of Y', Cb, Cr after each other, in zigzag order with runs of zeros (0xff00 + length, 0: to the
//! end). A row of blocks is transformed into a strip of eight lines of non-linear halves, which the curve takes to the planes.
//! Rows of blocks that nobody wants are walked, not transformed.

use half::f16;

use super::curve::{self, Table};
use super::dct::{Block, inverse, inverse_dc, to_rgb};
use super::{AREA, SIDE, bad, blocks_of, is_float};
use crate::error::Corruption;
use crate::plane::PlaneMut;
use crate::shape::ChunkShape;
use crate::simd::{Kernel, Lanes, with_lanes};

/// Coefficients that are left.
pub(super) struct Input<'a> {
    pub ac: &'a [u16],
    pub dc: &'a [u16],
}

/// Reusable memory: a strip of eight lines for each channel of a set.
#[derive(Default)]
pub(super) struct Rows {
    strips: [Vec<u16>; 3],
}

/// A word that stands for a run of zeros has this high byte.
pub(super) const RUN: u16 = 0xff00;

/// Place in a transposed block of each zigzag position.
pub(super) const TRANSPOSED: [usize; AREA] = {
    // The walk along the diagonals of JPEG, with x and y swapped.
    let mut out = [0; AREA];
    let (mut x, mut y, mut i) = (0usize, 0usize, 0);
    while i < AREA {
        out[i] = x * SIDE + y;
        if (x + y) % 2 == 0 {
            if x == SIDE - 1 {
                y += 1;
            } else if y == 0 {
                x += 1;
            } else {
                (x, y) = (x + 1, y - 1);
            }
        } else if y == SIDE - 1 {
            x += 1;
        } else if x == 0 {
            y += 1;
        } else {
            (x, y) = (x - 1, y + 1);
        }
        i += 1;
    }
    out
};

impl Rows {
    /// Decodes one channel, or the three of a color set.
    pub fn decode(
        &mut self,
        shape: &ChunkShape,
        set: &[usize],
        input: &mut Input<'_>,
        planes: &mut [PlaneMut<'_>],
    ) -> Result<(), Corruption> {
        let spans: Vec<_> = set.iter().map(|&c| &shape.spans[c]).collect();
        let (across, down) = blocks_of(spans[0]);
        let count = across * down;
        if count == 0 {
            return Ok(());
        }
        let (dc, dc_left) = input
            .dc
            .split_at_checked(count * set.len())
            .ok_or(bad("too few DC coefficients", input.dc.len()))?;
        input.dc = dc_left;
        // A color set is converted with the curve even when its channels claim to be perceptual.
        let curve = if set.len() == 3 || !spans[0].linear {
            Some(curve::to_linear())
        } else {
            None
        };
        for strip in &mut self.strips[..set.len()] {
            strip.resize(across * AREA, 0);
        }
        for row in 0..down {
            let lines = row * SIDE..((row + 1) * SIDE).min(spans[0].rows);
            let mut wanted = false;
            for span in &spans {
                let mut ys = lines.clone().map(|r| span.line(shape.lines.0, r));
                wanted |= ys.any(|y| span.dest(planes, y).is_some());
            }
            let dc = |channel: usize| &dc[channel * count + row * across..][..across];
            match (set.len(), wanted) {
                (3, true) => with_lanes(Strip {
                    input,
                    dc: [dc(0), dc(1), dc(2)],
                    strips: &mut self.strips,
                })?,
                (_, true) => with_lanes(Strip {
                    input,
                    dc: [dc(0)],
                    strips: self.strips.first_chunk_mut().expect("three strips"),
                })?,
                _ => skip(input, across * set.len())?,
            }
            if !wanted {
                continue;
            }
            for (span, strip) in spans.iter().zip(&self.strips) {
                let float = is_float(span)?;
                for r in lines.clone() {
                    if let Some(out) = span.dest(planes, span.line(shape.lines.0, r)) {
                        let from = r % SIDE * across * SIDE + span.skip / span.sample;
                        let halves = &strip[from..from + span.take / span.sample];
                        put(halves, curve, float, out);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Passes over blocks.
fn skip(input: &mut Input<'_>, blocks: usize) -> Result<(), Corruption> {
    let mut words = input.ac.iter();
    for _ in 0..blocks {
        let mut i = 1;
        while i < AREA {
            i += match words.next() {
                None => return Err(bad("too few AC coefficients", i)),
                Some(&RUN) => AREA,
                Some(&w) if w & RUN == RUN => usize::from(w & 0xff),
                Some(_) => 1,
            };
        }
    }
    input.ac = words.as_slice();
    Ok(())
}

/// Halves to samples.
fn put(halves: &[u16], curve: Option<&Table>, float: bool, out: &mut [u8]) {
    match (curve, float) {
        (Some(table), false) => {
            for (out, &h) in out.chunks_exact_mut(2).zip(halves) {
                out.copy_from_slice(&table[usize::from(h)].to_le_bytes());
            }
        }
        (None, false) => {
            for (out, &h) in out.chunks_exact_mut(2).zip(halves) {
                out.copy_from_slice(&h.to_le_bytes());
            }
        }
        (_, true) => {
            for (out, &h) in out.chunks_exact_mut(4).zip(halves) {
                let h = curve.map_or(h, |table| table[usize::from(h)]);
                out.copy_from_slice(&f16::from_bits(h).to_f32().to_le_bytes());
            }
        }
    }
}

/// One row of blocks.
struct Strip<'s, 'i, const C: usize> {
    input: &'s mut Input<'i>,
    dc: [&'s [u16]; C],
    strips: &'s mut [Vec<u16>; C],
}

impl<const C: usize> Kernel for Strip<'_, '_, C> {
    type Output = Result<(), Corruption>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Result<(), Corruption> {
        let across = self.dc[0].len();
        let stride = across * SIDE;
        let mut strips = self.strips.each_mut().map(|s| &mut s[..across * AREA]);
        let mut ac = self.input.ac;
        for x in 0..across {
            let mut samples = [[L::splat(0.0); SIDE]; C];
            let mut flat = true;
            for (samples, dc) in samples.iter_mut().zip(&self.dc) {
                let mut zigzag = [0u16; AREA + 16];
                zigzag[0] = dc[x];
                let last = unpack::<L>(&mut ac, &mut zigzag)?;
                *samples = if last == 0 {
                    let mut dc = [0.0; 8];
                    L::from_half(zigzag.first_chunk().expect("a block")).store(&mut dc);
                    [L::splat(inverse_dc(dc[0])); SIDE]
                } else {
                    flat = false;
                    transform::<L>(&zigzag, last)
                };
            }
            let rows = if flat { 1 } else { SIDE };
            if C == 3 {
                #[allow(clippy::needless_range_loop, reason = "one row of each plane")]
                for y in 0..rows {
                    let rgb = to_rgb([samples[0][y], samples[1 % C][y], samples[2 % C][y]]);
                    for c in 0..C {
                        samples[c][y] = rgb[c % 3];
                    }
                }
            }
            for (strip, samples) in strips.iter_mut().zip(&samples) {
                for y in 0..SIDE {
                    let to = &mut strip[y * stride + x * SIDE..][..SIDE];
                    to.copy_from_slice(&samples[y.min(rows - 1)].to_half());
                }
            }
        }
        self.input.ac = ac;
        Ok(())
    }
}

/// Expands the runs of one block into zeros; returns the last position that has a word of its own, 0 if none.
#[inline(always)]
fn unpack<L: Lanes>(ac: &mut &[u16], zigzag: &mut [u16; AREA + 16]) -> Result<usize, Corruption> {
    let (mut i, mut at, mut last) = (1, 0, 0);
    while i < AREA {
        let Some(words) = ac[at..].first_chunk::<16>() else {
            let &word = ac.get(at).ok_or(bad("too few AC coefficients", i))?;
            at += 1;
            match word {
                RUN => i = AREA,
                w if w & RUN == RUN => i += usize::from(w & 0xff),
                w => {
                    zigzag[i] = w;
                    last = i;
                    i += 1;
                }
            }
            continue;
        };
        let marks = L::high_ff(words);
        let n = (marks.trailing_zeros() as usize).min(16).min(AREA - i);
        // Words beyond the first mark are overwritten or cleared below.
        let to: &mut [u16; 16] = zigzag[i..i + 16].as_mut_array().expect("sixteen words");
        *to = *words;
        i += n;
        at += n;
        if n > 0 {
            last = i - 1;
        }
        if n < 16 {
            let beyond: &mut [u16; 16] = zigzag[i..i + 16].as_mut_array().expect("sixteen words");
            *beyond = [0; 16];
        }
        if n < 16 && i < AREA {
            let count = usize::from(words[n] & 0xff);
            i += if count == 0 { AREA } else { count };
            at += 1;
        }
    }
    *ac = &ac[at..];
    Ok(last)
}

/// Zigzag order to samples.
#[inline(always)]
fn transform<L: Lanes>(zigzag: &[u16; AREA + 16], last: usize) -> [L; 8] {
    let mut plain = [[0u16; 8]; 8];
    let flat = plain.as_flattened_mut();
    for (i, &to) in TRANSPOSED.iter().enumerate() {
        flat[to & (AREA - 1)] = zigzag[i];
    }
    let mut block: Block = [[0.0; 8]; 8];
    for (out, row) in block.iter_mut().zip(&plain) {
        L::from_half(row).store(out);
    }
    match last {
        // The first positions that lie in the second, third and fifth row.
        ..2 => inverse::<L, 1>(&block),
        2 => inverse::<L, 2>(&block),
        3..10 => inverse::<L, 4>(&block),
        _ => inverse::<L, 8>(&block),
    }
}
