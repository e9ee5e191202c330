//! PIZ: value table, wavelet and Huffman coding of 32 lines. Lossless.
//!
//! Samples are taken as 16-bit words, channel after channel (all rows of the first, then of the second; 32-bit samples are two interleaved words). Words that
//! occur are numbered densely, each word plane goes through a two-dimensional wavelet, the whole through one Huffman code. Reading stops after the last channel wanted.
//! Source: `internal_piz.c` of OpenEXRCore. Cost: Huffman coding takes over half of either direction.

mod wavelet;

use super::huffman::{Decoder, Encoder};
use super::{Codec, DecodeScratch, EncodeScratch};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::pool::at_least;
use crate::shape::ChunkShape;

/// A run code of 9 bits stands for up to 255 words.
pub(super) const CODEC: Codec = Codec {
    compression: Compression::Piz,
    max_expansion: 512,
    decode,
    encode: Some(encode),
};

/// Bytes of the map of words that occur, one bit each.
const BITMAP_BYTES: usize = 8192;
/// Number of different words.
const WORDS: usize = 1 << 16;

/// Reusable memory of reading.
pub(super) struct PizDecode {
    words: Vec<u16>,
    /// Of the wavelet.
    spare: Vec<u16>,
    table: Box<[u16; WORDS]>,
    huffman: Decoder,
}

/// Reusable memory of writing.
pub(super) struct PizEncode {
    words: Vec<u16>,
    /// Of the wavelet.
    spare: Vec<u16>,
    table: Box<[u16; WORDS]>,
    present: Box<[bool; WORDS]>,
    huffman: Encoder,
}

fn boxed<T: Copy + Default + std::fmt::Debug>() -> Box<[T; WORDS]> {
    vec![T::default(); WORDS]
        .into_boxed_slice()
        .try_into()
        .expect("length of the vector")
}

impl Default for PizDecode {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            spare: Vec::new(),
            table: boxed(),
            huffman: Decoder::default(),
        }
    }
}

impl Default for PizEncode {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            spare: Vec::new(),
            table: boxed(),
            present: boxed(),
            huffman: Encoder::default(),
        }
    }
}

fn short(what: &'static str, expected: usize, found: usize) -> Corruption {
    Corruption::PackedSize {
        what,
        expected,
        found,
    }
}

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let PizDecode {
        words,
        spare,
        table,
        huffman,
    } = scratch.piz.get_or_insert_default();
    let (range, rest) = packed
        .split_at_checked(4)
        .ok_or(short("word range", 4, packed.len()))?;
    let first = usize::from(u16::from_le_bytes([range[0], range[1]]));
    let last = usize::from(u16::from_le_bytes([range[2], range[3]]));
    if last >= BITMAP_BYTES {
        return Err(Corruption::Table {
            what: "last byte of the word map",
            found: last,
        });
    }
    let n = (last + 1).saturating_sub(first);
    let (bitmap, rest) = rest
        .split_at_checked(n)
        .ok_or(short("word map", n, rest.len()))?;
    let largest = fill_table(table, first, bitmap);
    let (length, rest) = rest
        .split_at_checked(4)
        .ok_or(short("Huffman length", 4, rest.len()))?;
    let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
    let coded = rest
        .get(..length)
        .ok_or(short("Huffman data", length, rest.len()))?;

    let all = shape.unpacked / 2;
    let (mut wanted, mut end) = (0, 0);
    for span in &shape.spans {
        end += span.row_bytes / 2 * span.rows;
        if span.plane.is_some() {
            wanted = end;
        }
    }
    let words = at_least(words, wanted);
    huffman.decode(coded, words, wanted == all)?;

    let table = &**table;
    let mut at = 0;
    for span in &shape.spans {
        let row = span.row_bytes / 2;
        let n = row * span.rows;
        if span.plane.is_some() && n > 0 {
            let channel = &mut words[at..at + n];
            if wavelet::is_constant(channel, span.sample / 2, largest) {
                // An opaque alpha, an empty layer.
                let bytes = table[usize::from(channel[0])].to_le_bytes();
                for y in shape.line_numbers().filter(|&y| span.has_row(y)) {
                    if let Some(out) = span.dest(planes, y) {
                        let (words, _) = out.as_chunks_mut();
                        words.fill(bytes);
                    }
                }
                at += n;
                continue;
            }
            wavelet::decode(channel, row, span.sample / 2, largest, spare);
            let mut rows = channel.chunks_exact(row);
            for y in shape.line_numbers().filter(|&y| span.has_row(y)) {
                let Some(row) = rows.next() else { break };
                if let Some(out) = span.dest(planes, y) {
                    let from = span.skip / 2;
                    look_up(table, &row[from..from + span.take / 2], out);
                }
            }
        }
        at += n;
    }
    Ok(())
}

/// Words by their numbers, four at a time: a store of each is what took longest.
fn look_up(table: &[u16; WORDS], numbers: &[u16], out: &mut [u8]) {
    let (fours, rest) = numbers.as_chunks::<4>();
    let (outs, rest_out) = out.as_chunks_mut::<8>();
    for (out, numbers) in outs.iter_mut().zip(fours) {
        let [a, b, c, d] = numbers.map(|n| u64::from(table[usize::from(n)]));
        *out = (a | b << 16 | c << 32 | d << 48).to_le_bytes();
    }
    for (out, number) in rest_out.as_chunks_mut().0.iter_mut().zip(rest) {
        *out = table[usize::from(*number)].to_le_bytes();
    }
}

/// Fills the table from word numbers to words; returns the largest number. Word 0 always exists.
fn fill_table(table: &mut [u16; WORDS], first: usize, bitmap: &[u8]) -> u16 {
    table[0] = 0;
    let mut n = 1;
    for (i, &bits) in bitmap.iter().enumerate() {
        let mut bits = if first + i == 0 { bits & !1 } else { bits };
        while bits != 0 {
            table[n] = ((first + i) * 8) as u16 + bits.trailing_zeros() as u16;
            n += 1;
            bits &= bits - 1;
        }
    }
    table[n..].fill(0);
    (n - 1) as u16
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let PizEncode {
        words,
        spare,
        table,
        present,
        huffman,
    } = scratch.piz.get_or_insert_default();
    let words = at_least(words, shape.unpacked / 2);
    let present = &mut **present;
    present.fill(false);
    present[0] = true;
    let mut to = words.iter_mut();
    for (span, plane) in shape.spans.iter().zip(planes) {
        for row in 0..span.rows {
            let bytes = &plane.bytes[row * plane.stride..][..span.row_bytes];
            for (pair, word) in bytes.chunks_exact(2).zip(to.by_ref()) {
                *word = u16::from_le_bytes([pair[0], pair[1]]);
                present[usize::from(*word)] = true;
            }
        }
    }
    let mut bitmap = [0u8; BITMAP_BYTES];
    let mut n = 0u32;
    for (word, _) in present.iter().enumerate().filter(|(_, p)| **p) {
        bitmap[word / 8] |= 1 << (word % 8);
        table[word] = n as u16;
        n += 1;
    }
    bitmap[0] &= !1;
    let largest = (n - 1) as u16;
    let table = &**table;
    for word in &mut *words {
        *word = table[usize::from(*word)];
    }
    let mut at = 0;
    for span in &shape.spans {
        let row = span.row_bytes / 2;
        let n = row * span.rows;
        let channel = &mut words[at..at + n];
        wavelet::encode(channel, row, span.sample / 2, largest, spare);
        at += n;
    }
    let (first, last) = match bitmap.iter().position(|&b| b != 0) {
        Some(first) => (first, bitmap.iter().rposition(|&b| b != 0).unwrap_or(first)),
        None => (BITMAP_BYTES - 1, 0),
    };
    let map = bitmap.get(first..=last).unwrap_or(&[]);
    let head = 4 + map.len() + 4;
    let (front, coded) = out.split_at_mut_checked(head)?;
    front[..2].copy_from_slice(&(first as u16).to_le_bytes());
    front[2..4].copy_from_slice(&(last as u16).to_le_bytes());
    front[4..head - 4].copy_from_slice(map);
    let length = huffman.encode(words, coded)?;
    front[head - 4..].copy_from_slice(&(length as u32).to_le_bytes());
    Some(head + length)
}
