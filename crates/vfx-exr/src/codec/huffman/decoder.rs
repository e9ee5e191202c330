//! Huffman decoding of words.
//!
//! Photographs give 45,000 symbols a chunk and codes of 20 bits, so a table of codes misses. Codes of one length are consecutive, hence a table over the next
//! 12 bits that holds only the length serves codes of any length, but for the few cells where two lengths meet (0: search). 4 KiB, and the symbol load is off the
//! critical path. Where codes are short on average, as in DWA, a second table gives up to three words at once.
//! Tables are built only from complete codes, so every bit pattern is a code.

use super::code::{HEADER_BYTES, MAX_LENGTH, SYMBOLS, first_codes, unpack_lengths};
use crate::error::Corruption;
use crate::simd;

/// Bits that index the length table.
const INDEX_BITS: u32 = 12;
/// Bits that a refill guarantees. An optimal code of 2^30 words stays below 45.
const MAX_REFILLED: usize = 56;
/// Ids are masked to this power of two, above the number of symbols.
const ID_SLOTS: usize = 1 << 17;

/// Words from which on building the table of several words pays, when codes are at most so many bits long on average.
const MIN_SEVERAL: usize = 1 << 14;
const SHORT_CODES: usize = 9;
/// Words of all cells together from which on several at once are faster: cells are about equally likely.
const WORTH: u64 = 3 << (INDEX_BITS - 1);
/// Lookups of several words a refill, and the room that they need.
const LOOKUPS: usize = 4;
const ROOM: usize = 3 * LOOKUPS + 4;

/// Reusable tables.
pub(in crate::codec) struct Decoder {
    lengths: Vec<u8>,
    /// Words in order of code length, then word.
    words: Box<[u16; ID_SLOTS]>,
    /// Length of the code that begins with these bits, 0 where several do.
    length_of: Box<[u8; 1 << INDEX_BITS]>,
    /// By the next bits: up to three words from bit 16 on, their number at bit 8, the bits used at bit 0. None where a run or a long code comes first.
    several: Box<[u64; 1 << INDEX_BITS]>,
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
            several: vec![0; 1 << INDEX_BITS]
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
        let short = bits / SHORT_CODES < out.len()
            && out.len() >= MIN_SEVERAL
            && self.build_several() >= WORTH;
        let consumed = match self.longest {
            _ if short => simd::widest(
                #[inline(always)]
                || self.short_symbols(data, out, whole),
            )?,
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

    /// Fills the table of several words; returns how many they are.
    fn build_several(&mut self) -> u64 {
        let mut all = 0;
        for cell in 0..1u64 << INDEX_BITS {
            let (mut used, mut count, mut words) = (0, 0, 0);
            while count < 3 {
                let b = cell << (64 - INDEX_BITS) << used;
                let l = u32::from(self.length_of[(b >> (64 - INDEX_BITS)) as usize]);
                if l == 0 || used + l > INDEX_BITS {
                    break;
                }
                let id = self.offset[l as usize].wrapping_add(b >> (64 - l));
                if id == self.run_id {
                    break;
                }
                words |= u64::from(self.words[id as usize & (ID_SLOTS - 1)]) << (16 * count);
                used += l;
                count += 1;
            }
            self.several[cell as usize] = words << 16 | count << 8 | u64::from(used);
            all += count;
        }
        all
    }

    /// [`Decoder::symbols`] for short codes.
    #[inline(always)]
    fn short_symbols(
        &self,
        data: &[u8],
        out: &mut [u16],
        whole: bool,
    ) -> Result<usize, Corruption> {
        let mut bits = Bits::new(data);
        let mut o = 0;
        while o < out.len() {
            bits.refill();
            if bits.past_end() {
                return Err(bad("data ends early"));
            }
            let mut stuck = true;
            if let Some(room) = out[o..].first_chunk_mut::<ROOM>() {
                let mut done = 0;
                for _ in 0..LOOKUPS {
                    let entry = self.several[(bits.b >> (64 - INDEX_BITS)) as usize];
                    let words = entry >> 16;
                    let to = &mut room[done..done + 4];
                    for (i, to) in to.iter_mut().enumerate() {
                        *to = (words >> (16 * i)) as u16;
                    }
                    let count = (entry >> 8 & 3) as usize;
                    done += count;
                    // The low six bits are what the shift takes.
                    bits.b = bits.b.wrapping_shl(entry as u32);
                    bits.n -= entry as u32 & 63;
                    stuck = count == 0;
                }
                o += done;
            }
            if stuck {
                bits.refill();
                o = self.one(&mut bits, out, o, whole)?;
            }
        }
        Ok(bits.consumed())
    }

    /// One code of any kind; returns the next place in `out`. Needs 56 bits.
    #[inline(always)]
    fn one(
        &self,
        bits: &mut Bits<'_>,
        out: &mut [u16],
        o: usize,
        whole: bool,
    ) -> Result<usize, Corruption> {
        let id = self.next(bits);
        if id != self.run_id {
            out[o] = self.words[id as usize & (ID_SLOTS - 1)];
            return Ok(o + 1);
        }
        run(bits, out, o, whole)
    }

    /// Number of the next code.
    #[inline(always)]
    fn next(&self, bits: &mut Bits<'_>) -> u64 {
        let b = bits.b;
        let mut l = usize::from(self.length_of[(b >> (64 - INDEX_BITS)) as usize]);
        if l == 0 {
            l = self.search(b);
        }
        bits.b = b.wrapping_shl(l as u32);
        bits.n -= l as u32;
        self.offset[l & 63].wrapping_add(b.wrapping_shr(64 - l as u32))
    }

    /// Decodes `out.len()` words, `K` codes a refill; returns the bits consumed.
    #[inline(always)]
    fn symbols<const K: usize>(
        &self,
        data: &[u8],
        out: &mut [u16],
        whole: bool,
    ) -> Result<usize, Corruption> {
        let mut bits = Bits::new(data);
        let mut o = 0;
        while o < out.len() {
            bits.refill();
            if bits.past_end() {
                return Err(bad("data ends early"));
            }
            let Some(to) = out[o..].first_chunk_mut::<K>() else {
                o = self.one(&mut bits, out, o, whole)?;
                continue;
            };
            let mut done = 0;
            while done < K {
                let id = self.next(&mut bits);
                if id == self.run_id {
                    break;
                }
                to[done] = self.words[id as usize & (ID_SLOTS - 1)];
                done += 1;
            }
            o += done;
            if done < K {
                o = run(&mut bits, out, o, whole)?;
            }
        }
        Ok(bits.consumed())
    }

    /// Length of the code at the top of `b`.
    #[cold]
    fn search(&self, b: u64) -> usize {
        (self.shortest..self.longest)
            .find(|&l| self.first[l] <= b)
            .unwrap_or(self.longest)
    }
}

/// The bits not yet consumed.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// `n` valid bits, left justified.
    b: u64,
    n: u32,
}

impl<'a> Bits<'a> {
    #[inline(always)]
    fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            b: 0,
            n: 0,
        }
    }

    /// Makes at least 56 bits valid, zeros beyond the end.
    #[inline(always)]
    fn refill(&mut self) {
        let mut word = [0; 8];
        match self.data.get(self.at..self.at + 8) {
            Some(bytes) => word.copy_from_slice(bytes),
            None => {
                let rest = self.data.get(self.at..).unwrap_or(&[]);
                word[..rest.len()].copy_from_slice(rest);
            }
        }
        self.b |= u64::from_be_bytes(word) >> self.n;
        self.at += ((63 - self.n) >> 3) as usize;
        self.n |= 56;
    }

    #[inline(always)]
    fn past_end(&self) -> bool {
        self.at > self.data.len() + 64
    }

    #[inline(always)]
    fn consumed(&self) -> usize {
        (self.at * 8).saturating_sub(self.n as usize)
    }
}

/// Repeats the last word as often as the next eight bits say.
#[inline(always)]
fn run(bits: &mut Bits<'_>, out: &mut [u16], o: usize, whole: bool) -> Result<usize, Corruption> {
    if bits.n < 8 {
        bits.refill();
    }
    let mut count = (bits.b >> 56) as usize;
    bits.b <<= 8;
    bits.n -= 8;
    if !whole {
        // A run may go on into a channel that is not wanted.
        count = count.min(out.len() - o);
    }
    if o == 0 || count == 0 || count > out.len() - o {
        return Err(bad("run without a sample, empty or too long"));
    }
    let word = out[o - 1];
    out[o..o + count].fill(word);
    Ok(o + count)
}
