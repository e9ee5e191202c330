//! Huffman encoding of words.
//!
//! Code lengths come from sorted frequencies by the two-queue merge, O(n log n); any optimal code is valid, sizes are equal. Runs of a word use the run symbol
//! when that is shorter. Depth: frequencies sum below 2^30, so codes stay under 45 bits.

use super::code::{
    BitWriter, HEADER_BYTES, MAX_LENGTH, SYMBOLS, code_depths, first_codes, pack_lengths,
};
use crate::simd;

/// Most repetitions after the first word of a run.
const MAX_RUN: usize = 255;

/// Codes are found with indices that need no check.
const CODES: usize = SYMBOLS.next_power_of_two();
/// Longest codes of which two fit a put.
const MAX_PAIRED: u32 = 28;

/// Reusable tables.
pub(in crate::codec) struct Encoder {
    /// Two histograms, of even and odd words, so that equal neighbours do not wait for each other.
    counts: Vec<[u32; 2]>,
    /// Frequency and symbol, sorted.
    leaves: Vec<u64>,
    /// Weights, then parents, of leaves and inner nodes.
    nodes: Vec<u64>,
    lengths: Vec<u8>,
    /// Code << 6 | length.
    codes: Box<[u64; CODES]>,
    longest: u32,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            counts: vec![[0; 2]; SYMBOLS],
            leaves: Vec::new(),
            nodes: Vec::new(),
            lengths: vec![0; SYMBOLS],
            codes: vec![0; CODES]
                .into_boxed_slice()
                .try_into()
                .expect("length of the vector"),
            longest: 0,
        }
    }
}

impl Encoder {
    /// Encodes at least one word; `None` when `out` is too small.
    pub fn encode(&mut self, words: &[u16], out: &mut [u8]) -> Option<usize> {
        let (first, run) = self.build(words);
        let (header, body) = out.split_at_mut_checked(HEADER_BYTES)?;
        let mut table = BitWriter::new(body);
        pack_lengths(&self.lengths[first..=run], &mut table)?;
        let table = table.finish();
        let mut data = BitWriter::new(&mut body[table..]);
        simd::widest(
            #[inline(always)]
            || self.put_words(words, run, &mut data),
        )?;
        let bits = data.bits();
        let data = data.finish();
        for (out, v) in header.chunks_exact_mut(4).zip([first, run, table, bits, 0]) {
            out.copy_from_slice(&(v as u32).to_le_bytes());
        }
        Some(HEADER_BYTES + table + data)
    }

    /// Builds the codes; returns the first symbol and the run symbol.
    fn build(&mut self, words: &[u16]) -> (usize, usize) {
        self.counts.fill([0; 2]);
        let mut pairs = words.chunks_exact(2);
        for pair in &mut pairs {
            self.counts[usize::from(pair[0])][0] += 1;
            self.counts[usize::from(pair[1])][1] += 1;
        }
        for &w in pairs.remainder() {
            self.counts[usize::from(w)][0] += 1;
        }
        self.leaves.clear();
        let used = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, c)| c[0] + c[1] > 0);
        self.leaves
            .extend(used.map(|(s, c)| u64::from(c[0] + c[1]) << 17 | s as u64));
        let symbol = |leaf: u64| (leaf & 0x1_ffff) as usize;
        let first = self.leaves.first().map_or(0, |&l| symbol(l));
        let run = self.leaves.last().map_or(0, |&l| symbol(l)) + 1;
        self.leaves.push(1 << 17 | run as u64);
        self.leaves.sort_unstable();

        let nodes = &mut self.nodes;
        nodes.clear();
        nodes.extend(self.leaves.iter().map(|l| l >> 17));
        code_depths(nodes);
        self.lengths[first..=run].fill(0);
        let mut counts = [0u32; MAX_LENGTH + 1];
        for (&leaf, &depth) in self.leaves.iter().zip(&*nodes) {
            self.lengths[symbol(leaf)] = depth as u8;
            counts[depth as usize] += 1;
        }
        self.longest = counts.iter().rposition(|n| *n > 0).unwrap_or(0) as u32;
        let mut next = first_codes(&counts);
        for symbol in first..=run {
            let l = usize::from(self.lengths[symbol]);
            if l > 0 {
                self.codes[symbol] = next[l] << 6 | l as u64;
                next[l] += 1;
            }
        }
        (first, run)
    }

    #[inline(always)]
    fn put_words(&self, words: &[u16], run: usize, out: &mut BitWriter<'_>) -> Option<()> {
        let mut at = 0;
        while at < words.len() {
            // Two codes at once, where neither can begin a run: that takes three equal words.
            if self.longest <= MAX_PAIRED {
                while let Some(&[a, b, c, d]) = words[at..].first_chunk() {
                    if b == c && (a == b || c == d) {
                        break;
                    }
                    let (a, b) = (self.codes[usize::from(a)], self.codes[usize::from(b)]);
                    let length = b & 63;
                    out.put(a >> 6 << length | b >> 6, ((a & 63) + length) as u32)?;
                    at += 2;
                }
            }
            at = self.put_run(words, at, run, out)?;
        }
        Some(())
    }

    /// The word at `at` and those equal to it; returns the place after them.
    #[inline(always)]
    fn put_run(
        &self,
        words: &[u16],
        at: usize,
        run: usize,
        out: &mut BitWriter<'_>,
    ) -> Option<usize> {
        let Some((&word, rest)) = words[at..].split_first() else {
            return Some(at);
        };
        let (code, run_code) = (self.codes[usize::from(word)], self.codes[run]);
        let (length, run_length) = (code & 63, run_code & 63);
        put(out, code)?;
        let rest = &rest[..rest.len().min(MAX_RUN)];
        let more = rest.iter().take_while(|&&w| w == word).count();
        if length + run_length + 8 < length * more as u64 {
            put(out, run_code)?;
            out.put(more as u64, 8)?;
        } else {
            for _ in 0..more {
                put(out, code)?;
            }
        }
        Some(at + 1 + more)
    }
}

/// One code.
#[inline(always)]
fn put(out: &mut BitWriter<'_>, code: u64) -> Option<()> {
    out.put(code >> 6, (code & 63) as u32)
}
