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
    fn pair(a: u16, b: u16) -> (u16, u16);
}

struct Decode14;
struct Decode16;
struct Encode14;
struct Encode16;

impl Pair for Decode14 {
    #[inline(always)]
    fn pair(l: u16, h: u16) -> (u16, u16) {
        let a = l.wrapping_add(h & 1).wrapping_add(((h as i16) >> 1) as u16);
        (a, a.wrapping_sub(h))
    }
}

impl Pair for Decode16 {
    #[inline(always)]
    fn pair(m: u16, d: u16) -> (u16, u16) {
        let b = m.wrapping_sub(d >> 1);
        (d.wrapping_add(b) ^ 0x8000, b)
    }
}

impl Pair for Encode14 {
    #[inline(always)]
    fn pair(a: u16, b: u16) -> (u16, u16) {
        let mean = (i32::from(a as i16) + i32::from(b as i16)) >> 1;
        (mean as u16, a.wrapping_sub(b))
    }
}

impl Pair for Encode16 {
    #[inline(always)]
    fn pair(a: u16, b: u16) -> (u16, u16) {
        let o = a ^ 0x8000;
        let m = ((u32::from(o) + u32::from(b)) >> 1) as u16;
        (if o < b { m ^ 0x8000 } else { m }, o.wrapping_sub(b))
    }
}

/// Undoes [`encode`]; `row` words a row, `step` words a sample.
pub(super) fn decode(words: &mut [u16], row: usize, step: usize, largest: u16) {
    simd::widest(
        #[inline(always)]
        || match largest {
            ..LIMIT_14 => decode_kind::<Decode14>(words, row, step),
            _ => decode_kind::<Decode16>(words, row, step),
        },
    );
}

/// Transforms a channel; `row` words a row, `step` words a sample.
pub(super) fn encode(words: &mut [u16], row: usize, step: usize, largest: u16) {
    simd::widest(
        #[inline(always)]
        || match largest {
            ..LIMIT_14 => encode_kind::<Encode14>(words, row, step),
            _ => encode_kind::<Encode16>(words, row, step),
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

#[inline(always)]
fn decode_kind<P: Pair>(words: &mut [u16], row: usize, step: usize) {
    for p in distances(words.len(), row, step).rev() {
        let mut pairs = words.chunks_exact_mut(2 * p * row);
        for block in &mut pairs {
            let (upper, lower) = block.split_at_mut(p * row);
            let (upper, lower) = (&mut upper[..row], &mut lower[..row]);
            vertical::<P>(upper, lower, p, step);
            horizontal::<P>(upper, p, step);
            horizontal::<P>(lower, p, step);
        }
        let rest = pairs.into_remainder();
        if rest.len() >= p * row {
            horizontal::<P>(&mut rest[..row], p, step);
        }
    }
}

#[inline(always)]
fn encode_kind<P: Pair>(words: &mut [u16], row: usize, step: usize) {
    for p in distances(words.len(), row, step) {
        let mut pairs = words.chunks_exact_mut(2 * p * row);
        for block in &mut pairs {
            let (upper, lower) = block.split_at_mut(p * row);
            let (upper, lower) = (&mut upper[..row], &mut lower[..row]);
            horizontal::<P>(upper, p, step);
            horizontal::<P>(lower, p, step);
            vertical::<P>(upper, lower, p, step);
        }
        let rest = pairs.into_remainder();
        if rest.len() >= p * row {
            horizontal::<P>(&mut rest[..row], p, step);
        }
    }
}

/// Pairs of words one above the other, at every `p`th sample.
#[inline(always)]
fn vertical<P: Pair>(upper: &mut [u16], lower: &mut [u16], p: usize, step: usize) {
    if p == 1 {
        for (a, b) in upper.iter_mut().zip(lower) {
            (*a, *b) = P::pair(*a, *b);
        }
        return;
    }
    // A last sample without its p - 1 followers takes part only when a whole distance fits.
    let count = upper.len() / step / p;
    for (a, b) in upper
        .chunks_mut(p * step)
        .zip(lower.chunks_mut(p * step))
        .take(count)
    {
        for (a, b) in a[..step].iter_mut().zip(&mut b[..step]) {
            (*a, *b) = P::pair(*a, *b);
        }
    }
}

/// Pairs of words `p` samples apart in a row.
#[inline(always)]
fn horizontal<P: Pair>(row: &mut [u16], p: usize, step: usize) {
    match (p, step) {
        (1, 1) => {
            for pair in row.chunks_exact_mut(2) {
                (pair[0], pair[1]) = P::pair(pair[0], pair[1]);
            }
        }
        (1, 2) => {
            for quad in row.chunks_exact_mut(4) {
                (quad[0], quad[2]) = P::pair(quad[0], quad[2]);
                (quad[1], quad[3]) = P::pair(quad[1], quad[3]);
            }
        }
        (2, 1) => {
            for quad in row.chunks_exact_mut(4) {
                (quad[0], quad[2]) = P::pair(quad[0], quad[2]);
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
