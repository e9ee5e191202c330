//! The two-dimensional Haar-like wavelet of PIZ, in place.
//!
//! Level by level, each 2 x 2 block of words `p` apart becomes a mean and three differences. Two kinds: 14-bit when the largest word number is below 2^14, else
//! modulo-16-bit. Word planes of 32-bit samples are interleaved and transformed together, word distance `step` 2. Odd last columns and rows take a one-dimensional step.
//! Source: `internal_piz.c`, `wav_2D_encode` and `wav_2D_decode`. The first level is written as whole-row passes, which the compiler vectorises.

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

    /// A block: a beside b, over c beside d.
    #[inline(always)]
    fn block(a: u16, b: u16, c: u16, d: u16) -> [u16; 4] {
        if Self::HORIZONTAL_FIRST {
            let ((a, b), (c, d)) = (Self::pair(a, b), Self::pair(c, d));
            let ((a, c), (b, d)) = (Self::pair(a, c), Self::pair(b, d));
            [a, b, c, d]
        } else {
            let ((a, c), (b, d)) = (Self::pair(a, c), Self::pair(b, d));
            let ((a, b), (c, d)) = (Self::pair(a, b), Self::pair(c, d));
            [a, b, c, d]
        }
    }
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
pub(super) fn decode(words: &mut [u16], row: usize, step: usize, largest: u16) {
    simd::widest(
        #[inline(always)]
        || match largest {
            ..LIMIT_14 => levels::<Decode14>(words, row, step),
            _ => levels::<Decode16>(words, row, step),
        },
    );
}

/// Whether the transformed channel is of one value, its first word: all differences are 0.
pub(super) fn is_constant(words: &[u16], step: usize, largest: u16) -> bool {
    step == 1 && largest < LIMIT_14 && words[1..].iter().all(|w| *w == 0)
}

/// Transforms a channel; `row` words a row, `step` words a sample.
pub(super) fn encode(words: &mut [u16], row: usize, step: usize, largest: u16) {
    simd::widest(
        #[inline(always)]
        || match largest {
            ..LIMIT_14 => levels::<Encode14>(words, row, step),
            _ => levels::<Encode16>(words, row, step),
        },
    );
}

/// Sample distances of the levels: 1, 2, 4 ... while two of them fit the shorter side.
fn distances(words: usize, row: usize, step: usize) -> impl DoubleEndedIterator<Item = usize> {
    let side = if row == 0 {
        0
    } else {
        (row / step).min(words / row)
    };
    (0..if side == 0 { 0 } else { side.ilog2() }).map(|l| 1 << l)
}

/// All levels, the finest first or last.
#[inline(always)]
fn levels<P: Pair>(words: &mut [u16], row: usize, step: usize) {
    let levels = distances(words.len(), row, step);
    if P::HORIZONTAL_FIRST {
        levels.for_each(|p| level::<P>(words, row, p, step));
    } else {
        levels.rev().for_each(|p| level::<P>(words, row, p, step));
    }
}

#[inline(always)]
fn level<P: Pair>(words: &mut [u16], row: usize, p: usize, step: usize) {
    let mut pairs = words.chunks_exact_mut(2 * p * row);
    for block in &mut pairs {
        let (upper, lower) = block.split_at_mut(p * row);
        rows::<P>(&mut upper[..row], &mut lower[..row], p, step);
    }
    let rest = pairs.into_remainder();
    if rest.len() >= p * row {
        horizontal::<P>(&mut rest[..row], p, step);
    }
}

/// A row of blocks.
#[inline(always)]
fn rows<P: Pair>(upper: &mut [u16], lower: &mut [u16], p: usize, step: usize) {
    if p == 1 {
        if P::HORIZONTAL_FIRST {
            horizontal::<P>(upper, p, step);
            horizontal::<P>(lower, p, step);
        }
        for (a, b) in upper.iter_mut().zip(&mut *lower) {
            (*a, *b) = P::pair(*a, *b);
        }
        if !P::HORIZONTAL_FIRST {
            horizontal::<P>(upper, p, step);
            horizontal::<P>(lower, p, step);
        }
        return;
    }
    let d = p * step;
    if d == 2 {
        let mut uppers = upper.chunks_exact_mut(4);
        let mut lowers = lower.chunks_exact_mut(4);
        for (u, l) in (&mut uppers).zip(&mut lowers) {
            [u[0], u[2], l[0], l[2]] = P::block(u[0], u[2], l[0], l[2]);
        }
        let (u, l) = (uppers.into_remainder(), lowers.into_remainder());
        return column::<P>(u, l, d, step);
    }
    let mut uppers = upper.chunks_exact_mut(2 * d);
    let mut lowers = lower.chunks_exact_mut(2 * d);
    for (u, l) in (&mut uppers).zip(&mut lowers) {
        let (a, b) = u.split_at_mut(d);
        let (c, d) = l.split_at_mut(d);
        for s in 0..step {
            [a[s], b[s], c[s], d[s]] = P::block(a[s], b[s], c[s], d[s]);
        }
    }
    column::<P>(uppers.into_remainder(), lowers.into_remainder(), d, step);
}

/// The last column of a row of blocks, when a whole distance fits.
#[inline(always)]
fn column<P: Pair>(upper: &mut [u16], lower: &mut [u16], d: usize, step: usize) {
    if upper.len() >= d {
        for (a, b) in upper[..step].iter_mut().zip(&mut lower[..step]) {
            (*a, *b) = P::pair(*a, *b);
        }
    }
}

/// Pairs of words `p` samples apart in a row.
#[inline(always)]
fn horizontal<P: Pair>(row: &mut [u16], p: usize, step: usize) {
    match (p, step) {
        (1, 1) => {
            // Arrays, which the compiler keeps in vectors.
            let (blocks, rest) = row.as_chunks_mut::<16>();
            for block in blocks {
                let pairs: [u32; 8] = bytemuck::cast(*block);
                *block = bytemuck::cast(pairs.map(|x| in_order(P::halves(in_order(x)))));
            }
            for pair in rest.chunks_exact_mut(2) {
                (pair[0], pair[1]) = P::pair(pair[0], pair[1]);
            }
        }
        (1, 2) => {
            for quad in row.chunks_exact_mut(4) {
                (quad[0], quad[2]) = P::pair(quad[0], quad[2]);
                (quad[1], quad[3]) = P::pair(quad[1], quad[3]);
            }
        }
        _ => {
            let d = p * step;
            for block in row.chunks_exact_mut(2 * d) {
                let (left, right) = block.split_at_mut(d);
                for (a, b) in left[..step].iter_mut().zip(&mut right[..step]) {
                    (*a, *b) = P::pair(*a, *b);
                }
            }
        }
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
                    let mut coded = source.clone();
                    encode(&mut coded, row, step, largest);
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
                    decode(&mut coded, row, step, largest);
                    assert_eq!(coded, source, "decode {nx} x {ny} step {step}");
                }
            }
        }
    }
}
