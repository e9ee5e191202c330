//! Huffman codes of a deflate block, and the header that stores them.
//!
//! Lengths come from the two-queue construction and are shortened to a limit where they must; the header has an optimal code of its own, with runs (a fixed one
//! cost 2 % of a line's low bytes). Source: RFC 1951, 3.2.2 and 3.2.7.

use super::SYMBOLS;
use super::bits::Writer;
use crate::codec::huffman::code_depths;

/// Longest code of a code length.
const MAX_LENGTH_OF_LENGTH: usize = 7;
/// Order in which the lengths of the code length code are stored.
const LENGTH_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// Lengths of an optimal code, then shortened to `longest`.
pub(super) fn code_lengths<const N: usize>(
    counts: &[u32; N],
    longest: usize,
    nodes: &mut Vec<u64>,
) -> [u8; N] {
    let mut leaves: Vec<u64> = counts
        .iter()
        .enumerate()
        .filter(|(_, c)| **c > 0)
        .map(|(s, c)| u64::from(*c) << 16 | s as u64)
        .collect();
    leaves.sort_unstable();
    let mut lengths = [0u8; N];
    let symbol = |leaf: u64| (leaf & 0xffff) as usize;
    let n = leaves.len();
    if n == 1 {
        lengths[symbol(leaves[0])] = 1;
        return lengths;
    }
    nodes.clear();
    nodes.extend(leaves.iter().map(|l| l >> 16));
    code_depths(nodes);
    // Codes that are too long are cut; the frequent ones pay, the least frequent of those first.
    let unit = 1u64 << longest;
    let mut kraft = 0;
    for depth in &mut nodes[..n] {
        *depth = (*depth).min(longest as u64);
        kraft += unit >> *depth;
    }
    while kraft > unit {
        for depth in &mut nodes[..n] {
            if *depth < longest as u64 && kraft > unit {
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
pub(super) fn codes<const N: usize>(lengths: &[u8; N]) -> [(u16, u8); N] {
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
pub(super) fn put_header(
    lengths: &[u8; SYMBOLS],
    nodes: &mut Vec<u64>,
    out: &mut Writer<'_>,
) -> Option<()> {
    let used = lengths
        .iter()
        .rposition(|l| *l > 0)
        .map_or(257, |p| p + 1)
        .max(257);
    // The one distance code has length 1.
    let mut all = [0u8; SYMBOLS + 1];
    all[..used].copy_from_slice(&lengths[..used]);
    all[used] = 1;
    let mut counts = [0u32; LENGTH_ORDER.len()];
    length_symbols(&all[..=used], |symbol, _, _| {
        counts[symbol] += 1;
        Some(())
    })?;
    let of_lengths = code_lengths(&counts, MAX_LENGTH_OF_LENGTH, nodes);
    let length_codes = codes(&of_lengths);
    let stored = LENGTH_ORDER
        .iter()
        .rposition(|s| of_lengths[*s] > 0)
        .map_or(4, |p| p + 1)
        .max(4);
    out.put(0b100, 3)?;
    out.put((used - 257) as u64, 5)?;
    out.put(0, 5)?;
    out.put((stored - 4) as u64, 4)?;
    for symbol in &LENGTH_ORDER[..stored] {
        out.put(u64::from(of_lengths[*symbol]), 3)?;
    }
    length_symbols(&all[..=used], |symbol, extra, bits| {
        let (code, l) = length_codes[symbol];
        out.put(u64::from(code) | u64::from(extra) << l, u32::from(l) + bits)
    })
}

/// Calls `each` with the symbols that store these code lengths, their extra bits and the number of those.
fn length_symbols(
    lengths: &[u8],
    mut each: impl FnMut(usize, u32, u32) -> Option<()>,
) -> Option<()> {
    let mut at = 0;
    while at < lengths.len() {
        let value = lengths[at];
        let run = lengths[at..].iter().take_while(|l| **l == value).count();
        at += 1;
        let mut left = run as u32;
        if value != 0 {
            each(usize::from(value), 0, 0)?;
            left -= 1;
        }
        while left > 0 {
            let n = match (value, left) {
                (0, 11..) => {
                    let n = left.min(138);
                    each(18, n - 11, 7)?;
                    n
                }
                (0, 3..) => {
                    each(17, left - 3, 3)?;
                    left
                }
                (1.., 3..) => {
                    let n = left.min(6);
                    each(16, n - 3, 2)?;
                    n
                }
                _ => {
                    each(usize::from(value), 0, 0)?;
                    1
                }
            };
            left -= n;
        }
        at += run - 1;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::deflate::MAX_LENGTH;

    #[test]
    fn deflate_code_lengths_are_complete_and_limited() {
        let mut counts = [0u32; SYMBOLS];
        let (mut a, mut b) = (1u32, 1u32);
        for c in counts.iter_mut().take(40) {
            *c = a;
            (a, b) = (b, a.saturating_add(b));
        }
        let lengths = code_lengths(&counts, MAX_LENGTH, &mut Vec::new());
        let kraft: u32 = lengths
            .iter()
            .filter(|l| **l > 0)
            .map(|l| 1 << (MAX_LENGTH - usize::from(*l)))
            .sum();
        assert_eq!(kraft, 1 << MAX_LENGTH);
        assert!(lengths.iter().all(|l| usize::from(*l) <= MAX_LENGTH));
    }
}
