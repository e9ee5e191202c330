//! The canonical Huffman code: lengths, their packing, first codes.
//!
//! Symbols are words and one run symbol. Codes of one length are consecutive in symbol order, and longer codes are numerically lower.
//! Source: `internal_huf.c`: `hufCanonicalCodeTable`, `hufPackEncTable`, `hufUnpackEncTable`.

use super::bits::Bits;
use crate::error::Corruption;

/// Longest code that the 6-bit length can name.
pub(super) const MAX_LENGTH: usize = 58;
/// Words, and the run symbol, which is one past the largest word.
pub(super) const SYMBOLS: usize = (1 << 16) + 1;
/// First, last symbol, table bytes, data bits, zero.
pub(super) const HEADER_BYTES: usize = 20;

/// 59..=62 stand for 2..=5 zeros.
const SHORT_ZEROS: u32 = 59;
/// Followed by 8 bits: 6..=261 zeros.
const LONG_ZEROS: u32 = 63;
const MIN_LONG: usize = 6;
const MAX_LONG: usize = 261;

/// The first code of every length.
pub(super) fn first_codes(counts: &[u32; MAX_LENGTH + 1]) -> [u64; MAX_LENGTH + 1] {
    let mut first = [0; MAX_LENGTH + 1];
    let mut code = 0u64;
    for l in (1..=MAX_LENGTH).rev() {
        first[l] = code;
        code = (code + u64::from(counts[l])) >> 1;
    }
    first
}

/// Bits, most significant first. Every put stores eight bytes, so the last seven of the room stay unused.
pub(super) struct BitWriter<'a> {
    out: &'a mut [u8],
    at: usize,
    /// Fewer than 8 bits that are not written for good, left justified.
    acc: u64,
    pending: u32,
}

impl<'a> BitWriter<'a> {
    pub fn new(out: &'a mut [u8]) -> Self {
        Self {
            out,
            at: 0,
            acc: 0,
            pending: 0,
        }
    }

    /// Appends 1 to 56 bits; `None` when the room is used up.
    #[inline(always)]
    pub fn put(&mut self, bits: u64, count: u32) -> Option<()> {
        self.pending += count;
        self.acc |= bits << (64 - self.pending);
        self.out
            .get_mut(self.at..self.at + 8)?
            .copy_from_slice(&self.acc.to_be_bytes());
        let bytes = self.pending >> 3;
        self.at += bytes as usize;
        self.acc <<= bytes * 8;
        self.pending &= 7;
        Some(())
    }

    /// Bits written so far.
    pub fn bits(&self) -> usize {
        self.at * 8 + self.pending as usize
    }

    /// Bytes written, the last padded with zeros.
    pub fn finish(self) -> usize {
        self.at + usize::from(self.pending > 0)
    }
}

/// Writes the lengths of the symbols from the first to the last.
pub(super) fn pack_lengths(lengths: &[u8], out: &mut BitWriter<'_>) -> Option<()> {
    let mut at = 0;
    while at < lengths.len() {
        let zeros = lengths[at..]
            .iter()
            .take(MAX_LONG)
            .take_while(|&&l| l == 0)
            .count();
        match zeros {
            0 | 1 => {
                out.put(u64::from(lengths[at]), 6)?;
                at += 1;
                continue;
            }
            2..MIN_LONG => out.put(u64::from(SHORT_ZEROS) + zeros as u64 - 2, 6)?,
            _ => {
                out.put(u64::from(LONG_ZEROS), 6)?;
                out.put((zeros - MIN_LONG) as u64, 8)?;
            }
        }
        at += zeros;
    }
    Some(())
}

/// Reads the lengths of all of `lengths`; returns the bytes used.
pub(super) fn unpack_lengths(packed: &[u8], lengths: &mut [u8]) -> Result<usize, Corruption> {
    let mut bits = Bits::new(packed, 0);
    let mut at = 0;
    while at < lengths.len() {
        bits.refill();
        // A refill holds nine lengths; those of zeros end it.
        let mut zeros = 0;
        for length in lengths[at..].iter_mut().take(9) {
            let l = (bits.b >> 58) as u32;
            bits.skip(6);
            if l >= SHORT_ZEROS {
                zeros = match l {
                    LONG_ZEROS => {
                        bits.refill();
                        let more = (bits.b >> 56) as usize;
                        bits.skip(8);
                        more + MIN_LONG
                    }
                    _ => (l - SHORT_ZEROS) as usize + 2,
                };
                break;
            }
            *length = l as u8;
            at += 1;
        }
        let run = lengths.get_mut(at..at + zeros).ok_or(Corruption::Huffman {
            what: "zeros run past the last symbol",
        })?;
        run.fill(0);
        at += zeros;
    }
    let used = bits.position().div_ceil(8);
    if used > packed.len() {
        return Err(Corruption::Huffman {
            what: "code lengths end early",
        });
    }
    Ok(used)
}

/// Replaces the first values, two or more weights in increasing order, by the lengths of an optimal code. Values behind them are scratch.
pub(in crate::codec) fn code_depths(nodes: &mut Vec<u64>) {
    let n = nodes.len();
    nodes.resize(2 * n - 1, 0);
    // Leaves and finished inner nodes are two sorted queues; a taken node's weight gives way to its parent.
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
    // From the root down, a parent gives way to the depth.
    nodes[2 * n - 2] = 0;
    for i in (0..2 * n - 2).rev() {
        nodes[i] = nodes[nodes[i] as usize] + 1;
    }
}
