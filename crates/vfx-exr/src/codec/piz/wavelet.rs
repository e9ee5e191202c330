//! The two-dimensional Haar-like wavelet of PIZ, in place.
//!
//! Level by level, each 2 x 2 block of words `p` apart becomes a mean and three differences. Two kinds: 14-bit when the largest word number is below 2^14, else
//! modulo-16-bit. 32-bit samples are two interleaved word planes, word distance `step` 2. Odd last columns and rows take a one-dimensional step.
//! Source: `internal_piz.c`, `wav_2D_encode` and `wav_2D_decode`. Each level is whole-row passes over a plane of its own, half as wide and high as the one
//! before, which the compiler vectorises; in place, words far apart, the upper levels took longer than the first.

use crate::pool::at_least;
use crate::simd;

/// First word number that needs the 16-bit kind.
const LIMIT_14: u16 = 1 << 14;

/// One pair; both kinds and directions have this shape.
trait Pair {
    /// Whether the horizontal pairs of a block come before the vertical ones.
    const HORIZONTAL_FIRST: bool;
    fn pair(a: u16, b: u16) -> (u16, u16);
    /// [`Pair::pair`] of the low and the high half: arithmetic in 32 bits keeps vectors of it free of shuffles.
    fn halves(x: u32) -> u32;
}

struct Decode14;
struct Decode16;
struct Encode14;
struct Encode16;

/// The low half of `low` and that of `high` above it.
#[inline(always)]
fn joined(low: u32, high: u32) -> u32 {
    low & 0xffff | high << 16
}

impl Pair for Decode14 {
    const HORIZONTAL_FIRST: bool = false;

    #[inline(always)]
    fn pair(l: u16, h: u16) -> (u16, u16) {
        let a = l.wrapping_add(h & 1).wrapping_add(((h as i16) >> 1) as u16);
        (a, a.wrapping_sub(h))
    }

    #[inline(always)]
    fn halves(x: u32) -> u32 {
        let h = (x as i32) >> 16;
        let a = (x as i32).wrapping_add(h & 1).wrapping_add(h >> 1);
        joined(a as u32, a.wrapping_sub(h) as u32)
    }
}

impl Pair for Decode16 {
    const HORIZONTAL_FIRST: bool = false;

    #[inline(always)]
    fn pair(m: u16, d: u16) -> (u16, u16) {
        let b = m.wrapping_sub(d >> 1);
        (d.wrapping_add(b) ^ 0x8000, b)
    }

    #[inline(always)]
    fn halves(x: u32) -> u32 {
        let d = x >> 16;
        let b = x.wrapping_sub(d >> 1);
        joined(d.wrapping_add(b) ^ 0x8000, b)
    }
}

impl Pair for Encode14 {
    const HORIZONTAL_FIRST: bool = true;

    #[inline(always)]
    fn pair(a: u16, b: u16) -> (u16, u16) {
        let mean = (i32::from(a as i16) + i32::from(b as i16)) >> 1;
        (mean as u16, a.wrapping_sub(b))
    }

    #[inline(always)]
    fn halves(x: u32) -> u32 {
        let (a, b) = ((x as i32) << 16 >> 16, (x as i32) >> 16);
        joined(((a + b) >> 1) as u32, (a - b) as u32)
    }
}

impl Pair for Encode16 {
    const HORIZONTAL_FIRST: bool = true;

    #[inline(always)]
    fn pair(a: u16, b: u16) -> (u16, u16) {
        let o = a ^ 0x8000;
        let m = ((u32::from(o) + u32::from(b)) >> 1) as u16;
        (if o < b { m ^ 0x8000 } else { m }, o.wrapping_sub(b))
    }

    #[inline(always)]
    fn halves(x: u32) -> u32 {
        let (o, b) = ((x & 0xffff ^ 0x8000) as i32, (x >> 16) as i32);
        // Negative differences flip the top bit of the mean.
        let flip = (o - b) >> 16 & 0x8000;
        joined((((o + b) >> 1) ^ flip) as u32, (o - b) as u32)
    }
}

/// Undoes [`encode`]; `row` words a row, `step` words a sample.
pub(super) fn decode(
    words: &mut [u16],
    row: usize,
    step: usize,
    largest: u16,
    spare: &mut Vec<u16>,
) {
    match largest {
        ..LIMIT_14 => channel::<Decode14>(words, row, step, spare),
        _ => channel::<Decode16>(words, row, step, spare),
    }
}

/// Whether the transformed channel is of one value, its first word: all differences are 0.
pub(super) fn is_constant(words: &[u16], step: usize, largest: u16) -> bool {
    step == 1 && largest < LIMIT_14 && words[1..].iter().all(|w| *w == 0)
}

/// Transforms a channel; `row` words a row, `step` words a sample.
pub(super) fn encode(
    words: &mut [u16],
    row: usize,
    step: usize,
    largest: u16,
    spare: &mut Vec<u16>,
) {
    match largest {
        ..LIMIT_14 => channel::<Encode14>(words, row, step, spare),
        _ => channel::<Encode16>(words, row, step, spare),
    }
}

/// The word planes of a channel.
fn channel<P: Pair>(words: &mut [u16], row: usize, step: usize, spare: &mut Vec<u16>) {
    let n = words.len();
    if step == 1 {
        return levels::<P>(words, row, at_least(spare, n / 2));
    }
    let (planes, spare) = at_least(spare, n + n / 4).split_at_mut(n);
    let (low, high) = planes.split_at_mut(n / 2);
    for ((pair, l), h) in words
        .as_chunks::<2>()
        .0
        .iter()
        .zip(&mut *low)
        .zip(&mut *high)
    {
        [*l, *h] = *pair;
    }
    levels::<P>(low, row / 2, spare);
    levels::<P>(high, row / 2, spare);
    for ((pair, l), h) in words.as_chunks_mut::<2>().0.iter_mut().zip(low).zip(high) {
        *pair = [*l, *h];
    }
}

/// A level, with those above it on every second word of every second row. `spare` is at least a third as long as `words`.
fn levels<P: Pair>(words: &mut [u16], row: usize, spare: &mut [u16]) {
    let rows = words.len().checked_div(row).unwrap_or(0);
    if row.min(rows) < 2 {
        return;
    }
    if P::HORIZONTAL_FIRST {
        level::<P>(words, row);
    }
    if row.min(rows) >= 4 {
        let (half, spare) = spare.split_at_mut((row / 2) * (rows / 2));
        each_second(words, row, half, |word, half| *half = *word);
        levels::<P>(half, row / 2, spare);
        each_second(words, row, half, |word, half| *word = *half);
    }
    if !P::HORIZONTAL_FIRST {
        level::<P>(words, row);
    }
}

/// Calls `copy` for every second word of every second row with its place in the plane of the next level.
fn each_second(words: &mut [u16], row: usize, half: &mut [u16], copy: impl Fn(&mut u16, &mut u16)) {
    let blocks = words.chunks_exact_mut(2 * row);
    for (words, half) in blocks.zip(half.chunks_exact_mut(row / 2)) {
        for (pair, half) in words[..row].as_chunks_mut::<2>().0.iter_mut().zip(half) {
            copy(&mut pair[0], half);
        }
    }
}

/// One level of neighbouring words.
fn level<P: Pair>(words: &mut [u16], row: usize) {
    simd::widest(
        #[inline(always)]
        || {
            let mut blocks = words.chunks_exact_mut(2 * row);
            for block in &mut blocks {
                let (upper, lower) = block.split_at_mut(row);
                if P::HORIZONTAL_FIRST {
                    horizontal::<P>(upper);
                    horizontal::<P>(lower);
                }
                for (a, b) in upper.iter_mut().zip(&mut *lower) {
                    (*a, *b) = P::pair(*a, *b);
                }
                if !P::HORIZONTAL_FIRST {
                    horizontal::<P>(upper);
                    horizontal::<P>(lower);
                }
            }
            horizontal::<P>(blocks.into_remainder());
        },
    );
}

/// Pairs of a row.
#[inline(always)]
fn horizontal<P: Pair>(row: &mut [u16]) {
    // Pairs as one number each: the compiler takes eight at once.
    for pair in row.as_chunks_mut::<2>().0 {
        let x: u32 = bytemuck::cast(*pair);
        *pair = bytemuck::cast(in_order(P::halves(in_order(x))));
    }
}

/// Two native words as one, the first in the low half.
#[inline(always)]
fn in_order(x: u32) -> u32 {
    if cfg!(target_endian = "big") {
        x.rotate_left(16)
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form of `wav_2D_decode`: one loop over 2 x 2 blocks.
    fn reference(
        words: &mut [u16],
        nx: usize,
        ny: usize,
        row: usize,
        step: usize,
        pair: fn(u16, u16) -> (u16, u16),
    ) {
        let mut p2 = 1;
        while p2 <= nx.min(ny) {
            p2 *= 2;
        }
        p2 /= 2;
        while p2 > 1 {
            let p = p2 / 2;
            let mut dec = |i: usize, j: usize| (words[i], words[j]) = pair(words[i], words[j]);
            for y in (0..=ny - p2).step_by(p2) {
                for x in (0..=nx - p2).step_by(p2) {
                    let (a, b) = (y * row + x * step, y * row + (x + p) * step);
                    dec(a, a + p * row);
                    dec(b, b + p * row);
                    dec(a, b);
                    dec(a + p * row, b + p * row);
                }
                if nx & p != 0 {
                    let a = y * row + nx / p2 * p2 * step;
                    dec(a, a + p * row);
                }
            }
            if ny & p != 0 {
                for x in (0..=nx - p2).step_by(p2) {
                    let a = ny / p2 * p2 * row + x * step;
                    dec(a, a + p * step);
                }
            }
            p2 = p;
        }
    }

    #[test]
    fn wavelet_matches_reference_and_inverts() {
        for (nx, ny) in [
            (1, 1),
            (2, 2),
            (3, 5),
            (16, 8),
            (17, 32),
            (31, 33),
            (100, 7),
            (5, 1),
        ] {
            for step in [1, 2] {
                for largest in [LIMIT_14 - 1, u16::MAX] {
                    let row = nx * step;
                    let source: Vec<u16> = (0..row * ny)
                        .map(|i| {
                            ((i * 40503 + i * i * 77) as u16) % largest.saturating_add(1).max(1)
                        })
                        .collect();
                    let (mut coded, mut spare) = (source.clone(), Vec::new());
                    encode(&mut coded, row, step, largest, &mut spare);
                    let mut expected = coded.clone();
                    let pair = if largest < LIMIT_14 {
                        Decode14::pair
                    } else {
                        Decode16::pair
                    };
                    for j in 0..step {
                        reference(&mut expected[j..], nx, ny, row, step, pair);
                    }
                    assert_eq!(expected, source, "encode {nx} x {ny} step {step}");
                    decode(&mut coded, row, step, largest, &mut spare);
                    assert_eq!(coded, source, "decode {nx} x {ny} step {step}");
                }
            }
        }
    }
}
