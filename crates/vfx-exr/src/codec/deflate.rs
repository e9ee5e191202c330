//! The deflate of ZIP and ZIPS: Huffman coding for the low bytes, libdeflate for the high ones.
//!
//! After the byte split the first half of a chunk holds the low bytes, whose differences are noise with runs: matches are not searched for, only runs, and the
//! literals get one Huffman code a block. The second half, the high bytes, is left to libdeflate. Both parts are joined by an empty stored block into one zlib stream.
//! Where a sample of the low bytes packs better with matches, as in rendered pictures, libdeflate packs everything.
//! Source: RFC 1951, RFC 1950. Cost: about half of libdeflate's time a byte.

use libdeflater::{CompressionLvl, Compressor};

use crate::pool::at_least;
use crate::simd;

/// Bytes coded with one Huffman code.
const BLOCK: usize = 1 << 16;
/// Fewer low bytes do not pay for a code of their own.
const MIN_BYTES: usize = 1 << 14;
/// Low bytes that are packed both ways to choose.
const SAMPLE: usize = 3 << 12;
/// Shorter runs are literals.
const MIN_RUN: usize = 8;
/// Longest match of deflate.
const MAX_MATCH: usize = 258;
const SYMBOLS: usize = 286;
const END_OF_BLOCK: usize = 256;
/// Code of the longest match, without extra bits.
const LONGEST_SYMBOL: usize = 285;
/// Longest literal code: four of them, with the bits that wait, fit 64.
const MAX_LENGTH: usize = 14;
/// libdeflate's quickest level that compresses.
const REST_LEVEL: i32 = 1;
/// Two bytes that begin a zlib stream: 32 KiB window, fastest.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];
/// Order in which the lengths of the code length code are stored.
const LENGTH_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// Reusable memory.
pub(super) struct Fast {
    /// For the high bytes.
    rest: Compressor,
    /// For whole chunks.
    whole: Compressor,
    /// Largest size of the Huffman coded low bytes that is accepted, in hundredths of libdeflate's.
    accepted: usize,
    packed: Vec<u8>,
    /// Starts and lengths of runs in the current block.
    runs: Vec<(u32, u32)>,
    nodes: Vec<u64>,
}

impl Fast {
    /// With libdeflate at this level (1 to 12) for the high bytes; `None`: the fast level of the format, which may be a little larger.
    pub fn new(level: Option<i32>) -> Self {
        let of = |level| Compressor::new(CompressionLvl::new(level).unwrap_or_default());
        Self {
            rest: of(level.unwrap_or(REST_LEVEL)),
            whole: of(level.unwrap_or(super::DEFAULT_DEFLATE_LEVEL)),
            accepted: if level.is_some() { 99 } else { 106 },
            packed: Vec::new(),
            runs: Vec::new(),
            nodes: Vec::new(),
        }
    }

    /// Packs a chunk of split differences into a zlib stream; `None` when it does not fit.
    pub fn pack(&mut self, split: &[u8], out: &mut [u8]) -> Option<usize> {
        let (low, high) = split.split_at(split.len() / 2);
        if low.len() < MIN_BYTES || self.matches_pay(low) {
            return self.whole.zlib_compress(split, out).ok();
        }
        out.get_mut(..2)?.copy_from_slice(&ZLIB_HEADER);
        let mut at = 2;
        let mut writer = Writer::new(&mut out[at..]);
        for block in low.chunks(BLOCK) {
            simd::widest(
                #[inline(always)]
                || self.block(block, &mut writer),
            )?;
        }
        // An empty stored block ends on a byte.
        writer.put(0, 3)?;
        at += writer.finish()?;
        out.get_mut(at..at + 4)?
            .copy_from_slice(&[0, 0, 0xff, 0xff]);
        at += 4;
        at += self.rest.deflate_compress(high, out.get_mut(at..)?).ok()?;
        let sum = libdeflater::adler32(split);
        out.get_mut(at..at + 4)?.copy_from_slice(&sum.to_be_bytes());
        Some(at + 4)
    }

    /// Whether libdeflate packs the low bytes better, by a sample from their middle.
    fn matches_pay(&mut self, low: &[u8]) -> bool {
        let n = low.len().min(SAMPLE);
        let sample = &low[(low.len() - n) / 2..][..n];
        let (counts, lengths) = self.plan(sample);
        let codes = counts.iter().zip(&lengths);
        let bits: usize = codes.map(|(c, l)| *c as usize * usize::from(*l)).sum();
        let packed = at_least(&mut self.packed, 2 * SAMPLE);
        let theirs = self.whole.deflate_compress(sample, packed).unwrap_or(n);
        // The header of the code serves a whole block.
        100 * (bits / 8) > self.accepted * theirs
    }

    /// Finds the runs of a block, counts its symbols and chooses their code lengths.
    #[inline(always)]
    fn plan(&mut self, bytes: &[u8]) -> ([u32; SYMBOLS], [u8; SYMBOLS]) {
        find_runs(bytes, &mut self.runs);
        let mut counts = [0u32; SYMBOLS];
        counts[END_OF_BLOCK] = 1;
        let mut at = 0;
        for &(start, length) in &self.runs {
            count(&bytes[at..start as usize], &mut counts);
            at = (start + length) as usize;
            for n in matches(length as usize) {
                counts[length_symbol(n).0] += 1;
            }
        }
        count(&bytes[at..], &mut counts);
        let lengths = code_lengths(&counts, &mut self.nodes);
        (counts, lengths)
    }

    /// One block with a code of its own.
    #[inline(always)]
    fn block(&mut self, bytes: &[u8], out: &mut Writer<'_>) -> Option<()> {
        let (_, lengths) = self.plan(bytes);
        let codes = codes(&lengths);
        put_header(&lengths, out)?;
        let mut at = 0;
        for &(start, length) in &self.runs {
            literals(&bytes[at..start as usize], &codes, out)?;
            at = (start + length) as usize;
            for n in matches(length as usize) {
                let (symbol, extra, bits) = length_symbol(n);
                let (code, l) = codes[symbol];
                // Distance 1 is the only distance code, of one bit.
                out.put(
                    u64::from(code) | u64::from(extra) << l,
                    u32::from(l) + bits + 1,
                )?;
            }
        }
        literals(&bytes[at..], &codes, out)?;
        let (code, l) = codes[END_OF_BLOCK];
        out.put(u64::from(code), u32::from(l))
    }
}

/// Runs of at least [`MIN_RUN`] bytes equal to the one before them.
#[inline(always)]
fn find_runs(bytes: &[u8], runs: &mut Vec<(u32, u32)>) {
    runs.clear();
    let mut at = 1;
    while at + 16 <= bytes.len() {
        // Eight equal bytes after each other cover a whole aligned group of four.
        let (before, here) = (&bytes[at - 1..at + 15], &bytes[at..at + 16]);
        let mut equal = 0u32;
        for i in 0..16 {
            equal |= u32::from(before[i] == here[i]) << i;
        }
        if equal & (equal >> 1) & (equal >> 2) & (equal >> 3) & 0x1111 == 0 {
            at += 16;
            continue;
        }
        let group = (equal & (equal >> 1) & (equal >> 2) & (equal >> 3) & 0x1111).trailing_zeros();
        let inside = at + group as usize;
        let value = bytes[inside];
        let floor = runs.last().map_or(1, |r| (r.0 + r.1) as usize + 1);
        let mut start = inside;
        while start > floor && bytes[start - 2] == value {
            start -= 1;
        }
        let length = bytes[start..].iter().take_while(|b| **b == value).count();
        if length >= MIN_RUN {
            runs.push((start as u32, length as u32));
            at = start + length + 1;
        } else {
            at = (inside + 4).max(start + length);
        }
    }
}

/// Lengths of the matches that make a run; none is shorter than 3.
fn matches(run: usize) -> impl Iterator<Item = usize> {
    let mut left = run;
    std::iter::from_fn(move || {
        let n = match left {
            0 => return None,
            261.. | MAX_MATCH => MAX_MATCH,
            // Leave at least three.
            259.. => left - 3,
            n => n,
        };
        left -= n;
        Some(n)
    })
}

/// Symbol, extra bits and their number of a match length.
fn length_symbol(length: usize) -> (usize, u32, u32) {
    if length == MAX_MATCH {
        return (LONGEST_SYMBOL, 0, 0);
    }
    let v = (length - 3) as u32;
    if v < 8 {
        return (257 + v as usize, 0, 0);
    }
    let bits = v.ilog2() - 2;
    let symbol = 257 + 4 * bits as usize + (v >> bits) as usize;
    (symbol, v & ((1 << bits) - 1), bits)
}

#[inline(always)]
fn count(bytes: &[u8], counts: &mut [u32; SYMBOLS]) {
    if bytes.len() < 64 {
        bytes.iter().for_each(|b| counts[usize::from(*b)] += 1);
        return;
    }
    // Four tables, so that equal neighbours do not wait for each other.
    let mut tables = [[0u32; 256]; 4];
    let mut fours = bytes.chunks_exact(4);
    for four in &mut fours {
        for (table, b) in tables.iter_mut().zip(four) {
            table[usize::from(*b)] += 1;
        }
    }
    for b in fours.remainder() {
        tables[0][usize::from(*b)] += 1;
    }
    for (i, c) in counts[..256].iter_mut().enumerate() {
        *c += tables[0][i] + tables[1][i] + tables[2][i] + tables[3][i];
    }
}

/// Lengths of an optimal code, then shortened to [`MAX_LENGTH`].
fn code_lengths(counts: &[u32; SYMBOLS], nodes: &mut Vec<u64>) -> [u8; SYMBOLS] {
    let mut leaves: Vec<u64> = counts
        .iter()
        .enumerate()
        .filter(|(_, c)| **c > 0)
        .map(|(s, c)| u64::from(*c) << 16 | s as u64)
        .collect();
    leaves.sort_unstable();
    let mut lengths = [0u8; SYMBOLS];
    let symbol = |leaf: u64| (leaf & 0xffff) as usize;
    let n = leaves.len();
    if n == 1 {
        lengths[symbol(leaves[0])] = 1;
        return lengths;
    }
    nodes.clear();
    nodes.extend(leaves.iter().map(|l| l >> 16));
    nodes.resize(2 * n - 1, 0);
    let (mut leaf, mut inner) = (0, n);
    for parent in n..2 * n - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            let take_leaf = leaf < n && (inner == parent || nodes[leaf] <= nodes[inner]);
            let at = if take_leaf { &mut leaf } else { &mut inner };
            weight += nodes[*at];
            nodes[*at] = parent as u64;
            *at += 1;
        }
        nodes[parent] = weight;
    }
    nodes[2 * n - 2] = 0;
    for i in (0..2 * n - 2).rev() {
        nodes[i] = nodes[nodes[i] as usize] + 1;
    }
    // Codes that are too long are cut; the frequent ones pay, the least frequent of those first.
    let unit = 1u64 << MAX_LENGTH;
    let mut kraft = 0;
    for depth in &mut nodes[..n] {
        *depth = (*depth).min(MAX_LENGTH as u64);
        kraft += unit >> *depth;
    }
    while kraft > unit {
        for depth in &mut nodes[..n] {
            if *depth < MAX_LENGTH as u64 && kraft > unit {
                *depth += 1;
                kraft -= unit >> *depth;
            }
        }
    }
    // What was paid too much goes back to the most frequent.
    for depth in nodes[..n].iter_mut().rev() {
        while *depth > 1 && kraft + (unit >> *depth) <= unit {
            kraft += unit >> *depth;
            *depth -= 1;
        }
    }
    for (leaf, depth) in leaves.iter().zip(&*nodes) {
        lengths[symbol(*leaf)] = *depth as u8;
    }
    lengths
}

/// Canonical codes, bits reversed as the stream wants them, and their lengths.
fn codes<const N: usize>(lengths: &[u8; N]) -> [(u16, u8); N] {
    let mut next = [0u16; 17];
    for l in 1..16 {
        let count = lengths.iter().filter(|x| usize::from(**x) == l).count() as u16;
        next[l + 1] = (next[l] + count) << 1;
    }
    let mut out = [(0, 0); N];
    for (out, &l) in out.iter_mut().zip(lengths).filter(|(_, l)| **l > 0) {
        let code = &mut next[usize::from(l)];
        *out = (code.reverse_bits() >> (16 - l), l);
        *code += 1;
    }
    out
}

/// Header of a block that is not the last: dynamic codes, one distance code.
fn put_header(lengths: &[u8; SYMBOLS], out: &mut Writer<'_>) -> Option<()> {
    // Lengths of up to 15 take 5 bits each; runs of zeros take symbol 18. Both codes have fixed lengths here: a few bytes are not worth more.
    let used = lengths
        .iter()
        .rposition(|l| *l > 0)
        .map_or(257, |p| p + 1)
        .max(257);
    let mut of_lengths = [0u8; 19];
    of_lengths[..14].fill(4);
    of_lengths[14..17].fill(5);
    of_lengths[18] = 5;
    let length_codes = codes(&of_lengths);
    out.put(0b100, 3)?;
    out.put((used - 257) as u64, 5)?;
    out.put(0, 5)?;
    out.put((LENGTH_ORDER.len() - 4) as u64, 4)?;
    for symbol in LENGTH_ORDER {
        out.put(u64::from(of_lengths[symbol]), 3)?;
    }
    let mut at = 0;
    while at < used {
        let zeros = lengths[at..used]
            .iter()
            .take_while(|l| **l == 0)
            .count()
            .min(138);
        if zeros >= 11 {
            let (code, l) = length_codes[18];
            out.put(u64::from(code) | (zeros as u64 - 11) << l, u32::from(l) + 7)?;
            at += zeros;
        } else {
            let (code, l) = length_codes[usize::from(lengths[at])];
            out.put(u64::from(code), u32::from(l))?;
            at += 1;
        }
    }
    let (code, l) = length_codes[1];
    out.put(u64::from(code), u32::from(l))
}

#[inline(always)]
fn literals(bytes: &[u8], codes: &[(u16, u8); SYMBOLS], out: &mut Writer<'_>) -> Option<()> {
    let mut fours = bytes.chunks_exact(4);
    for four in &mut fours {
        let (mut bits, mut n) = (0u64, 0u32);
        for b in four {
            let (code, l) = codes[usize::from(*b)];
            bits |= u64::from(code) << n;
            n += u32::from(l);
        }
        out.put(bits, n)?;
    }
    for b in fours.remainder() {
        let (code, l) = codes[usize::from(*b)];
        out.put(u64::from(code), u32::from(l))?;
    }
    Some(())
}

/// Bits, least significant first.
struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
    acc: u64,
    pending: u32,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut [u8]) -> Self {
        Self {
            out,
            at: 0,
            acc: 0,
            pending: 0,
        }
    }

    /// Appends up to 56 bits; `None` when the room is used up.
    #[inline(always)]
    fn put(&mut self, bits: u64, count: u32) -> Option<()> {
        self.acc |= bits << self.pending;
        self.pending += count;
        self.out
            .get_mut(self.at..self.at + 8)?
            .copy_from_slice(&self.acc.to_le_bytes());
        let bytes = self.pending >> 3;
        self.at += bytes as usize;
        self.acc = self.acc.unbounded_shr(bytes * 8);
        self.pending &= 7;
        Some(())
    }

    /// Bytes written, the last padded with zeros.
    fn finish(self) -> Option<usize> {
        Some(self.at + usize::from(self.pending > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libdeflater::Decompressor;

    #[test]
    fn deflate_inflates_to_the_source() {
        let mut seed = 1u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 8
        };
        let mut inputs: Vec<Vec<u8>> = vec![vec![0; 300_000], (0..=255).collect()];
        for n in [2, 3, 20, 1000, 200_000] {
            inputs.push((0..n).map(|_| next() as u8).collect());
            // Skewed counts make long codes, pauses make runs of every length.
            inputs.push(
                (0..n)
                    .map(|_| ((next() % 256).leading_zeros() as u8).wrapping_mul(31))
                    .collect(),
            );
            let mut runs = Vec::new();
            while runs.len() < n {
                let (value, length) = (next() as u8, next() as usize % 700);
                runs.extend(std::iter::repeat_n(value, length));
                runs.extend((0..next() % 40).map(|_| next() as u8));
            }
            inputs.push(runs);
            let fibonacci = (0..n).map(|i| (next() % (i as u32 % 97 + 1)).min(24) as u8);
            inputs.push(fibonacci.collect());
        }
        for input in inputs {
            let mut packed = vec![0; input.len() * 2 + 1000];
            let n = Fast::new(None).pack(&input, &mut packed).unwrap();
            let mut back = vec![0; input.len()];
            let found = Decompressor::new().zlib_decompress(&packed[..n], &mut back);
            assert_eq!(found, Ok(input.len()));
            assert_eq!(back, input);
            // Too little room is noticed, never overrun.
            for room in [0, 1, 2, n / 2, n.saturating_sub(1)] {
                assert_eq!(
                    Fast::new(None)
                        .pack(&input, &mut packed[..room])
                        .filter(|m| *m > room),
                    None
                );
            }
        }
    }

    #[test]
    fn deflate_code_lengths_are_complete_and_limited() {
        let mut counts = [0u32; SYMBOLS];
        let (mut a, mut b) = (1u32, 1u32);
        for c in counts.iter_mut().take(40) {
            *c = a;
            (a, b) = (b, a.saturating_add(b));
        }
        let lengths = code_lengths(&counts, &mut Vec::new());
        let kraft: u32 = lengths
            .iter()
            .filter(|l| **l > 0)
            .map(|l| 1 << (MAX_LENGTH - usize::from(*l)))
            .sum();
        assert_eq!(kraft, 1 << MAX_LENGTH);
        assert!(lengths.iter().all(|l| usize::from(*l) <= MAX_LENGTH));
    }
}
