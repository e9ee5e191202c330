//! Huffman decoding of PIZ.
//!
//! Photographs give 45,000 symbols a chunk and codes of 20 bits, so a table of codes misses. Codes of one length are consecutive, hence a table over the next
//! 12 bits that holds only the length serves codes of any length, but for the few cells where two lengths meet (0: search). 4 KiB, and the symbol load is off the
//! critical path. Tables are built only from complete codes, so every bit pattern is a code.

use super::code::{HEADER_BYTES, MAX_LENGTH, SYMBOLS, first_codes, unpack_lengths};
use crate::error::Corruption;
use crate::simd;

/// Bits that index the length table.
const INDEX_BITS: u32 = 12;
/// Bits that a refill guarantees. An optimal code of 2^30 words stays below 45.
const MAX_REFILLED: usize = 56;
/// Ids are masked to this power of two, above the number of symbols.
const ID_SLOTS: usize = 1 << 17;

/// Reusable tables.
pub(super) struct Decoder {
    lengths: Vec<u8>,
    /// Words in order of code length, then word.
    words: Box<[u16; ID_SLOTS]>,
    /// Length of the code that begins with these bits, 0 where several do.
    length_of: Box<[u8; 1 << INDEX_BITS]>,
    /// First code of each length, left justified.
    first: [u64; 64],
    /// First id less first code of each length.
    offset: [u64; 64],
    longest: usize,
    shortest: usize,
    run_id: u64,
}

impl Default for Decoder {
    fn default() -> Self {
        let boxed = "length of the vector";
        Self {
            lengths: vec![0; SYMBOLS],
            words: vec![0; ID_SLOTS]
                .into_boxed_slice()
                .try_into()
                .expect(boxed),
            length_of: vec![0; 1 << INDEX_BITS]
                .into_boxed_slice()
                .try_into()
                .expect(boxed),
            first: [0; 64],
            offset: [0; 64],
            longest: 0,
            shortest: 0,
            run_id: 0,
        }
    }
}

fn bad(what: &'static str) -> Corruption {
    Corruption::Huffman { what }
}

impl Decoder {
    /// Fills `out`; when `whole`, the data must end with it.
    pub fn decode(&mut self, coded: &[u8], out: &mut [u16], whole: bool) -> Result<(), Corruption> {
        if coded.is_empty() && out.is_empty() {
            return Ok(());
        }
        let (header, rest) = coded
            .split_at_checked(HEADER_BYTES)
            .ok_or(bad("short header"))?;
        let field = |i: usize| {
            u32::from_le_bytes([header[i], header[i + 1], header[i + 2], header[i + 3]]) as usize
        };
        let (first, run, bits) = (field(0), field(4), field(12));
        if first > run || run >= SYMBOLS {
            return Err(bad("symbol range"));
        }
        let used = self.build(first, run, rest)?;
        let data = &rest[used..];
        let data = data
            .get(..bits.div_ceil(8))
            .ok_or(bad("fewer data bits than declared"))?;
        let consumed = match self.longest {
            ..=14 => simd::widest(
                #[inline(always)]
                || self.symbols::<4>(data, out, whole),
            )?,
            15..=18 => simd::widest(
                #[inline(always)]
                || self.symbols::<3>(data, out, whole),
            )?,
            19..=28 => simd::widest(
                #[inline(always)]
                || self.symbols::<2>(data, out, whole),
            )?,
            _ => simd::widest(
                #[inline(always)]
                || self.symbols::<1>(data, out, whole),
            )?,
        };
        if consumed > bits || (whole && consumed < bits) {
            return Err(bad("data bits do not fit the samples"));
        }
        Ok(())
    }

    /// Builds the tables from packed lengths; returns the bytes used.
    fn build(
        &mut self,
        first_symbol: usize,
        run: usize,
        packed: &[u8],
    ) -> Result<usize, Corruption> {
        let lengths = &mut self.lengths[first_symbol..=run];
        let used = unpack_lengths(packed, lengths)?;
        let mut counts = [0u32; MAX_LENGTH + 1];
        for &l in &*lengths {
            counts[usize::from(l)] += 1;
        }
        counts[0] = 0;
        // Kraft's sum in units of the longest code.
        let sum: u64 = (1..=MAX_LENGTH)
            .map(|l| u64::from(counts[l]) << (MAX_LENGTH - l))
            .fold(0, u64::saturating_add);
        if sum != 1 << MAX_LENGTH {
            return Err(bad("code is not complete"));
        }
        if counts[MAX_REFILLED + 1..].iter().any(|&n| n > 0) {
            return Err(bad("code longer than any chunk can need"));
        }
        let codes = first_codes(&counts);
        let mut ids = [0u32; MAX_LENGTH + 1];
        let mut id = 0;
        self.shortest = 0;
        for l in 1..=MAX_LENGTH {
            ids[l] = id;
            self.offset[l] = u64::from(id).wrapping_sub(codes[l]);
            id += counts[l];
            // A length without codes begins where the next shorter one does; it may not fit 64 bits above the shortest.
            self.first[l] = codes[l] << (64 - l);
            if counts[l] > 0 {
                self.longest = l;
                if self.shortest == 0 {
                    self.shortest = l;
                }
            }
        }
        for (i, &l) in lengths.iter().enumerate().filter(|(_, l)| **l > 0) {
            let id = &mut ids[usize::from(l)];
            self.words[*id as usize] = (first_symbol + i) as u16;
            if first_symbol + i == run {
                self.run_id = u64::from(*id);
            }
            *id += 1;
        }
        if lengths.last() == Some(&0) {
            self.run_id = u64::MAX;
        }
        let mut cell = 1 << INDEX_BITS;
        for l in (1..=MAX_LENGTH).filter(|&l| counts[l] > 0) {
            let low = (self.first[l] >> (64 - INDEX_BITS)) as usize;
            let exact = self.first[l] << INDEX_BITS == 0;
            let from = if exact { low } else { low + 1 };
            if from < cell {
                self.length_of[from..cell].fill(l as u8);
            }
            if !exact {
                self.length_of[low] = 0;
            }
            cell = low;
        }
        Ok(used)
    }

    /// Decodes `out.len()` words, `K` codes a refill; returns the bits consumed.
    #[inline(always)]
    fn symbols<const K: usize>(
        &self,
        data: &[u8],
        out: &mut [u16],
        whole: bool,
    ) -> Result<usize, Corruption> {
        // `b` holds `n` valid bits, left justified; a refill makes n at least 56.
        let (mut b, mut n, mut at, mut o) = (0u64, 0u32, 0usize, 0usize);
        let (words, length_of, offset) = (&*self.words, &*self.length_of, &self.offset);
        let refill = |b: &mut u64, n: &mut u32, at: &mut usize| {
            let mut word = [0; 8];
            match data.get(*at..*at + 8) {
                Some(bytes) => word.copy_from_slice(bytes),
                None => {
                    let rest = data.get(*at..).unwrap_or(&[]);
                    word[..rest.len()].copy_from_slice(rest);
                }
            }
            *b |= u64::from_be_bytes(word) >> *n;
            *at += ((63 - *n) >> 3) as usize;
            *n |= 56;
        };
        while o < out.len() {
            refill(&mut b, &mut n, &mut at);
            if at > data.len() + 64 {
                return Err(bad("data ends early"));
            }
            let mut next = || {
                let mut l = usize::from(length_of[(b >> (64 - INDEX_BITS)) as usize]);
                if l == 0 {
                    l = self.search(b);
                }
                let id = offset[l & 63].wrapping_add(b.wrapping_shr(64 - l as u32));
                b = b.wrapping_shl(l as u32);
                n -= l as u32;
                id
            };
            let mut run = false;
            if let Some(to) = out[o..].first_chunk_mut::<K>() {
                let mut done = 0;
                while done < K {
                    let id = next();
                    if id == self.run_id {
                        run = true;
                        break;
                    }
                    to[done] = words[id as usize & (ID_SLOTS - 1)];
                    done += 1;
                }
                o += done;
            } else {
                let id = next();
                run = id == self.run_id;
                if !run {
                    out[o] = words[id as usize & (ID_SLOTS - 1)];
                    o += 1;
                }
            }
            if run {
                if n < 8 {
                    refill(&mut b, &mut n, &mut at);
                }
                let mut count = (b >> 56) as usize;
                b <<= 8;
                n -= 8;
                if !whole {
                    // A run may go on into a channel that is not wanted.
                    count = count.min(out.len() - o);
                }
                if o == 0 || count == 0 || count > out.len() - o {
                    return Err(bad("run without a sample, empty or too long"));
                }
                let word = out[o - 1];
                out[o..o + count].fill(word);
                o += count;
            }
        }
        Ok((at * 8).saturating_sub(n as usize))
    }

    /// Length of the code at the top of `b`.
    #[cold]
    fn search(&self, b: u64) -> usize {
        (self.shortest..self.longest)
            .find(|&l| self.first[l] <= b)
            .unwrap_or(self.longest)
    }
}
