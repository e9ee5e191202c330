//! PNG row filters: the five predictions, and the choice among them a row.
//!
//! The row whose differences, as signed bytes, have the least sum of magnitudes wins: the standard's own heuristic (PNG,
//! clause 12.7). Filters read unfiltered rows only, so every loop is free of dependences and vectorises.

/// Rows being filtered: the one before, the current one, the five candidates.
pub(super) struct Filter {
    bpp: usize,
    candidates: [Vec<u8>; 5],
}

impl Filter {
    /// For rows of `len` bytes, pixels of `bpp` bytes (one for smaller pixels).
    pub(super) fn new(bpp: usize, len: usize) -> Self {
        Self {
            bpp,
            candidates: std::array::from_fn(|_| vec![0; len]),
        }
    }

    /// Appends the filter's number and the filtered row. Without a row before, only None and Sub are tried.
    pub(super) fn push(&mut self, row: &[u8], above: Option<&[u8]>, out: &mut Vec<u8>) {
        let n = self.bpp.min(row.len());
        let [none, sub, up, average, paeth] = &mut self.candidates;
        none.copy_from_slice(row);
        sub[..n].copy_from_slice(&row[..n]);
        for ((o, &x), &a) in sub[n..].iter_mut().zip(&row[n..]).zip(row) {
            *o = x.wrapping_sub(a);
        }
        let mut tried = 2;
        if let Some(above) = above {
            tried = 5;
            for ((o, &x), &b) in up.iter_mut().zip(row).zip(above) {
                *o = x.wrapping_sub(b);
            }
            for i in 0..n {
                average[i] = row[i].wrapping_sub(above[i] / 2);
                paeth[i] = row[i].wrapping_sub(above[i]);
            }
            for (((o, &x), &a), &b) in average[n..]
                .iter_mut()
                .zip(&row[n..])
                .zip(row)
                .zip(&above[n..])
            {
                // The floor of the mean without a ninth bit.
                *o = x.wrapping_sub((a & b) + ((a ^ b) >> 1));
            }
            for ((((o, &x), &a), &b), &c) in paeth[n..]
                .iter_mut()
                .zip(&row[n..])
                .zip(row)
                .zip(&above[n..])
                .zip(above)
            {
                *o = x.wrapping_sub(predict(a, b, c));
            }
        }
        let best = (0..tried)
            .min_by_key(|&i| cost(&self.candidates[i]))
            .unwrap_or(0);
        out.push(best as u8);
        out.extend_from_slice(&self.candidates[best]);
    }
}

/// The Paeth predictor of left, above and upper left: the nearest of them to `a + b - c`, the first in that order.
fn predict(a: u8, b: u8, c: u8) -> u8 {
    let (ia, ib, ic) = (i16::from(a), i16::from(b), i16::from(c));
    let (pa, pb, pc) = ((ib - ic).abs(), (ia - ic).abs(), (ia + ib - 2 * ic).abs());
    let bc = if pb <= pc { b } else { c };
    if pa <= pb && pa <= pc { a } else { bc }
}

fn cost(row: &[u8]) -> u64 {
    row.chunks(1 << 16)
        .map(|c| {
            let sum: u32 = c.iter().map(|&b| u32::from((b as i8).unsigned_abs())).sum();
            u64::from(sum)
        })
        .sum()
}

/// Largest prime below 2^16: the modulus of Adler-32 (RFC 1950).
const ADLER: u32 = 65_521;

/// Adler-32 of bytes, from the state `1`.
pub(super) fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // 5552 bytes is the most that cannot overflow 32 bits; blocks of 32 within it are summed without a dependence.
    for run in data.chunks(5552) {
        let (blocks, rest) = run.as_chunks::<32>();
        for block in blocks {
            let mut sum = 0u32;
            let mut weighted = 0u32;
            for (i, &x) in block.iter().enumerate() {
                sum += u32::from(x);
                weighted += (32 - i as u32) * u32::from(x);
            }
            b += a * 32 + weighted;
            a += sum;
        }
        for &x in rest {
            a += u32::from(x);
            b += a;
        }
        a %= ADLER;
        b %= ADLER;
    }
    (b << 16) | a
}

/// Adler-32 of two runs of bytes from those of each; `len` is the second's length.
pub(super) fn adler32_combine(first: u32, second: u32, len: u64) -> u32 {
    let m = u64::from(ADLER);
    let (a1, b1) = (u64::from(first & 0xffff), u64::from(first >> 16));
    let (a2, b2) = (u64::from(second & 0xffff), u64::from(second >> 16));
    let a = (a1 + a2 + m - 1) % m;
    let b = (b1 + b2 + (len % m) * ((a1 + m - 1) % m)) % m;
    ((b << 16) | a) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adler32_matches_and_combines() {
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        let data: Vec<u8> = (0..20_000u32).map(|i| (i * i >> 3) as u8 | 0x80).collect();
        for cut in [0, 1, 31, 5552, 12_345, 20_000] {
            let (x, y) = data.split_at(cut);
            assert_eq!(
                adler32_combine(adler32(x), adler32(y), y.len() as u64),
                adler32(&data)
            );
        }
    }
}
