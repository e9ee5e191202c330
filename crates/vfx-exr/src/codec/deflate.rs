//! The deflate of ZIP and ZIPS: Huffman coding for the low bytes, libdeflate for the high ones.
//!
//! After the byte split the first half of a chunk holds the low bytes, whose differences are noise with runs: matches are not searched for, only runs, and the
//! literals get one Huffman code a block. The second half, the high bytes, is left to libdeflate. Both parts are joined by an empty stored block into one zlib stream.
//! Where the low bytes repeat, as in rendered pictures, libdeflate packs everything: a sparse search estimates what matches would save. (Packing a sample both ways
//! took a third of the time of single lines, and was wrong on photographs: a block border between the halves is worth 3 % more than it saw.)
//! Source: RFC 1951, RFC 1950. Cost: about half of libdeflate's time a byte.

mod bits;
mod code;

use std::ops::Range;

use libdeflater::{CompressionLvl, Compressor};

use crate::simd;
use bits::{Writer, literals};
use code::{code_lengths, codes, put_header};

/// Bytes coded with one Huffman code.
const BLOCK: usize = 1 << 16;
/// Fewer low bytes do not pay for a code of their own.
const MIN_BYTES: usize = 1 << 11;
/// Low bytes that the search for matches looks at; positions fit 16 bits.
const SAMPLE: usize = 1 << 16;
/// Slots of its table.
const SLOTS: usize = 1 << 12;
/// Bytes it looks at after each other before it skips more of them.
const PATIENCE: usize = 32;
/// Bytes it skips at most.
const MAX_SKIP: usize = 4;
/// Bits of a match beside those of its distance: two short codes.
const MATCH_BITS: u64 = 12;
/// Below this many bits a low byte the runs decide, and one coder for everything packs better.
const MIN_ENTROPY: u64 = 1;
/// Chunks no larger than this, lines of ZIPS, take the high bytes one level lower: what the low bytes gain pays for it.
const SMALL: usize = 1 << 17;
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

/// Reusable memory.
pub(super) struct Fast {
    /// For the high bytes of large chunks.
    rest: Compressor,
    /// For those of small ones.
    small: Compressor,
    /// For whole chunks.
    whole: Compressor,
    /// Matches that would save more than this share of the Huffman coded low bytes are worth a search, in hundredths.
    accepted: u64,
    /// Starts and lengths of runs in the current block.
    runs: Vec<(u32, u32)>,
    nodes: Vec<u64>,
}

impl Fast {
    /// With libdeflate at this level (1 to 12) for the high bytes; `None`: the fast level of the format, which may be a little larger.
    pub fn new(level: Option<i32>) -> Self {
        let of = |level| Compressor::new(CompressionLvl::new(level).unwrap_or_default());
        let rest = level.unwrap_or(REST_LEVEL);
        Self {
            rest: of(rest),
            small: of((rest - 1).max(REST_LEVEL)),
            whole: of(level.unwrap_or(super::DEFAULT_DEFLATE_LEVEL)),
            accepted: if level.is_some() { 3 } else { 6 },
            runs: Vec::new(),
            nodes: Vec::new(),
        }
    }

    /// Packs a chunk of split differences into a zlib stream; `None` when it does not fit.
    pub fn pack(&mut self, split: &[u8], out: &mut [u8]) -> Option<usize> {
        let (low, high) = split.split_at(split.len() / 2);
        if low.len() < MIN_BYTES {
            return self.whole.zlib_compress(split, out).ok();
        }
        let n = low.len().min(SAMPLE);
        let sample = &low[(low.len() - n) / 2..][..n];
        let (matches_pay, lengths) = simd::widest(
            #[inline(always)]
            || self.matches_pay(sample),
        );
        if matches_pay {
            return self.whole.zlib_compress(split, out).ok();
        }
        out.get_mut(..2)?.copy_from_slice(&ZLIB_HEADER);
        let mut at = 2;
        let mut writer = Writer::new(&mut out[at..]);
        // A chunk of one block has its code already.
        let known = Some(lengths).filter(|_| low.len() <= BLOCK);
        for block in low.chunks(BLOCK) {
            simd::widest(
                #[inline(always)]
                || self.block(block, known, &mut writer),
            )?;
        }
        // An empty stored block ends on a byte.
        writer.put(0, 3)?;
        at += writer.finish()?;
        out.get_mut(at..at + 4)?
            .copy_from_slice(&[0, 0, 0xff, 0xff]);
        at += 4;
        let rest = if split.len() <= SMALL {
            &mut self.small
        } else {
            &mut self.rest
        };
        at += rest.deflate_compress(high, out.get_mut(at..)?).ok()?;
        let sum = libdeflater::adler32(split);
        out.get_mut(at..at + 4)?.copy_from_slice(&sum.to_be_bytes());
        Some(at + 4)
    }

    /// Whether libdeflate packs the low bytes better, by a sample from their middle; with the sample's own code.
    #[inline(always)]
    fn matches_pay(&mut self, sample: &[u8]) -> (bool, [u8; SYMBOLS]) {
        let (counts, lengths) = self.plan(sample);
        let codes = counts.iter().zip(&lengths);
        let bits: u64 = codes.map(|(c, l)| u64::from(*c) * u64::from(*l)).sum();
        if bits < MIN_ENTROPY * sample.len() as u64 {
            return (true, lengths);
        }
        let mut table = [0u16; SLOTS];
        let (mut at, mut saved) = (0, 0);
        for &(start, length) in &self.runs {
            saved += saved_bits(sample, at..start as usize, &lengths, &mut table);
            at = (start + length) as usize;
        }
        saved += saved_bits(sample, at..sample.len(), &lengths, &mut table);
        (100 * saved > self.accepted * bits, lengths)
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
        let lengths = code_lengths(&counts, MAX_LENGTH, &mut self.nodes);
        (counts, lengths)
    }

    /// One block with a code of its own: the one that the plan before made, or a new one.
    #[inline(always)]
    fn block(
        &mut self,
        bytes: &[u8],
        known: Option<[u8; SYMBOLS]>,
        out: &mut Writer<'_>,
    ) -> Option<()> {
        let lengths = known.unwrap_or_else(|| self.plan(bytes).1);
        let codes = codes(&lengths);
        put_header(&lengths, &mut self.nodes, out)?;
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

/// Bits that matches in a piece between runs would save, as a sparse search finds them.
#[inline(always)]
fn saved_bits(
    bytes: &[u8],
    piece: Range<usize>,
    lengths: &[u8; SYMBOLS],
    table: &mut [u16; SLOTS],
) -> u64 {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
    let (mut at, mut saved, mut misses) = (piece.start, 0, 0);
    while at + 4 <= piece.end {
        let here = word(at);
        let slot = &mut table[(here.wrapping_mul(0x9e37_79b1) >> 20) as usize % SLOTS];
        let before = usize::from(*slot);
        *slot = at as u16;
        if before >= at || word(before) != here {
            misses += 1;
            at += (1 + misses / PATIENCE).min(MAX_SKIP);
            continue;
        }
        misses = 0;
        let rest = bytes[at + 4..piece.end].iter().zip(&bytes[before + 4..]);
        let length = 4 + rest.take(MAX_MATCH - 4).take_while(|(a, b)| a == b).count();
        let matched = &bytes[at..at + length];
        let literals: u64 = matched
            .iter()
            .map(|b| u64::from(lengths[usize::from(*b)]))
            .sum();
        saved += literals.saturating_sub(MATCH_BITS + u64::from((at - before).ilog2()));
        at += length;
    }
    saved
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
        for n in [2, 3, 20, 1000, 5000, 20_000, 140_000, 200_000] {
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
            let mut n = 0;
            for level in [Some(4), Some(1), Some(12), None] {
                n = Fast::new(level).pack(&input, &mut packed).unwrap();
                let mut back = vec![0; input.len()];
                let found = Decompressor::new().zlib_decompress(&packed[..n], &mut back);
                assert_eq!(found, Ok(input.len()));
                assert_eq!(back, input);
            }
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
}
