//! Huffman decoding of words: the tables.
//!
//! Photographs give 45,000 symbols a chunk and codes of 20 bits, so a table of codes misses. Codes of one length are consecutive, hence a table over the next
//! 12 bits that holds only the length serves codes of any length, but for the few cells where two lengths meet or a run begins. A second table gives up to three
//! words at once where codes are short. Tables are built only from complete codes, so every bit pattern is a code.

use super::code::{HEADER_BYTES, MAX_LENGTH, SYMBOLS, first_codes, unpack_lengths};
use super::split;
use super::stream::{Stream, Way};
use crate::error::Corruption;
use crate::simd;

/// Bits that index the length table.
pub(super) const INDEX_BITS: u32 = 12;
const CELLS: usize = 1 << INDEX_BITS;
/// Bits that a refill guarantees. An optimal code of 2^30 words stays below 45.
const MAX_REFILLED: usize = 56;
/// A length that no code has, nor the bits of a refill: it stands in cells of [`Tables::length_of`] that do not tell.
pub(super) const UNTOLD: u8 = 64;
/// Ids are masked to this power of two, above the number of symbols.
pub(super) const ID_SLOTS: usize = 1 << 17;

/// Most bits that index a table of several words.
pub(super) const SEVERAL_BITS: u32 = 14;
const SEVERAL: usize = 1 << SEVERAL_BITS;
/// An entry of [`Tables::single`] without a code: more bits than any index has, also when added up.
const NONE: [u16; 2] = [0, 64];
/// Mean bits of a code below which look-ups of several words do better than three codes a round.
const SHORT: f32 = 6.5;
/// Codes too long for the table of several words slow it down when they are as common as this.
const COMMON: f32 = 0.05;
/// Mean bits of a code below which a refill nearly always holds three. Long codes come in clusters: four are in vain too often even where they are short on average.
const MEAN_OF_THREE: f32 = 17.0;
/// Words below which a table of several words does not pay.
const FEW: usize = 1 << 11;
/// Words from which on its largest size pays.
const MANY: usize = 1 << 16;

/// The decoder with its memory.
pub(in crate::codec) struct Decoder {
    lengths: Vec<u8>,
    tables: Tables,
    /// Words of the second half of a split stream.
    spare: Vec<u16>,
}

/// One code's tables.
pub(super) struct Tables {
    /// Words in order of code length, then word.
    pub words: Box<[u16; ID_SLOTS]>,
    /// Length of the code that begins with these bits, or [`UNTOLD`].
    pub length_of: [u8; CELLS],
    /// By the next bits: the word of the first code and its length.
    single: Box<[[u16; 2]; SEVERAL]>,
    /// Bits that the words of `several` take, 0 where there are none.
    pub drop: Box<[u8; SEVERAL]>,
    /// By the next bits: up to three words, and their number. None where a run or a long code comes first.
    pub several: Box<[[u16; 4]; SEVERAL]>,
    /// First code of each length, left justified.
    first: [u64; 64],
    /// First id less first code of each length; as long as a byte can name.
    pub offset: [u64; 256],
    longest: usize,
    shortest: usize,
    pub run_id: u64,
    /// The run's code, left justified, and its length; 64 without runs.
    run_code: u64,
    run_length: u32,
    /// Mean length of a code in data that it suits.
    mean: f32,
}

fn boxed<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    match vec![T::default(); N].into_boxed_slice().try_into() {
        Ok(array) => array,
        Err(_) => unreachable!("length of the vector"),
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            lengths: vec![0; SYMBOLS],
            tables: Tables {
                words: boxed(),
                length_of: [0; CELLS],
                single: boxed(),
                drop: boxed(),
                several: boxed(),
                first: [0; 64],
                offset: [0; 256],
                longest: 0,
                shortest: 0,
                run_id: 0,
                run_code: 0,
                run_length: 0,
                mean: 0.0,
            },
            spare: Vec::new(),
        }
    }
}

pub(super) fn bad(what: &'static str) -> Corruption {
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
        let used = self.tables.build(&mut self.lengths, first, run, rest)?;
        let data = &rest[used..];
        let data = data
            .get(..bits.div_ceil(8))
            .ok_or(bad("fewer data bits than declared"))?;
        let mean = self.tables.mean;
        let several = if out.len() < MANY { 12 } else { SEVERAL_BITS };
        let is_short = mean < SHORT && self.tables.above(several) < COMMON;
        match several {
            _ if out.len() < FEW => self.run::<0>(data, bits, out, whole),
            12 if is_short => self.run::<12>(data, bits, out, whole),
            _ if is_short => self.run::<SEVERAL_BITS>(data, bits, out, whole),
            _ if mean < MEAN_OF_THREE => self.run::<3>(data, bits, out, whole),
            _ => self.run::<2>(data, bits, out, whole),
        }
    }

    /// Decodes in rounds of this kind, or code by code when it is 0.
    fn run<const WAY: Way>(
        &mut self,
        data: &[u8],
        bits: usize,
        out: &mut [u16],
        whole: bool,
    ) -> Result<(), Corruption> {
        let Self { tables, spare, .. } = self;
        simd::widest(
            #[inline(always)]
            || {
                if WAY >= 8 {
                    tables.build_several::<WAY>();
                }
                if WAY > 0
                    && whole
                    && bits >= split::MIN_BITS
                    && split::decode::<WAY>(tables, data, bits, out, spare)?
                {
                    return Ok(());
                }
                let mut stream = Stream::new(data, 0, out, !whole);
                if WAY > 0 {
                    stream.rounds::<WAY>(tables, data.len())?;
                }
                stream.finish(tables, bits)?;
                let found = stream.bits.position();
                if stream.done < stream.out.len() || found > bits || (whole && found < bits) {
                    return Err(bad("data bits do not fit the samples"));
                }
                Ok(())
            },
        )
    }
}

impl Tables {
    /// Builds the tables from packed lengths; returns the bytes used.
    fn build(
        &mut self,
        lengths: &mut [u8],
        first_symbol: usize,
        run: usize,
        packed: &[u8],
    ) -> Result<usize, Corruption> {
        let lengths = &mut lengths[first_symbol..=run];
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
            self.words[*id as usize & (ID_SLOTS - 1)] = (first_symbol + i) as u16;
            *id += 1;
        }
        self.mean = 0.0;
        for (l, &count) in counts.iter().enumerate() {
            let share = count as f32 / (1u64 << l) as f32;
            self.mean += share * l as f32;
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
                self.length_of[low] = UNTOLD;
            }
            cell = low;
        }
        // The run is the last symbol, and so the last code of its length.
        let l = usize::from(*lengths.last().unwrap_or(&0));
        (self.run_id, self.run_code, self.run_length) = (u64::MAX, 0, 64);
        if l > 0 {
            self.run_id = u64::from(ids[l] - 1);
            self.run_code = self.run_id.wrapping_sub(self.offset[l]) << (64 - l);
            self.run_length = l as u32;
            let cell = (self.run_code >> (64 - INDEX_BITS)) as usize;
            let cells = CELLS >> l;
            self.length_of[cell..cell + cells.max(1)].fill(UNTOLD);
        }
        Ok(used)
    }

    /// Fills the tables of several words, whose index has `BITS` bits.
    #[inline(always)]
    fn build_several<const BITS: u32>(&mut self) {
        let cells = 1 << BITS;
        let index = BITS as usize;
        // First the single codes.
        let single = &mut self.single[..cells];
        let mut high = cells;
        for l in self.shortest..=self.longest.min(index) {
            let low = (self.first[l] >> (64 - BITS)) as usize;
            let ids = self.offset[l].wrapping_add(self.first[l] >> (64 - l))..;
            for (cells, id) in single[low..high]
                .chunks_exact_mut(1 << (index - l))
                .zip(ids)
            {
                cells.fill(match id == self.run_id {
                    true => NONE,
                    false => [self.words[id as usize & (ID_SLOTS - 1)], l as u16],
                });
            }
            high = low;
        }
        single[..high].fill(NONE);
        let several = self.several[..cells].iter_mut();
        let drop = self.drop[..cells].iter_mut();
        for (cell, (entry, drop)) in several.zip(drop).enumerate() {
            let after = |bits: usize| single[cell.wrapping_shl(bits as u32) & (cells - 1)];
            let [first, one] = single[cell];
            let one = usize::from(one);
            let [second, l] = after(one);
            let two = one + usize::from(l);
            let [third, l] = after(two);
            let three = two + usize::from(l);
            let count =
                u16::from(one <= index) + u16::from(two <= index) + u16::from(three <= index);
            *entry = [first, second, third, count];
            let used = if one <= index { one } else { 0 };
            let used = if two <= index { two } else { used };
            *drop = (if three <= index { three } else { used }) as u8;
        }
    }

    /// Probability of codes longer than so many bits.
    fn above(&self, bits: u32) -> f32 {
        let first = self
            .first
            .get(self.shortest..=self.longest.min(bits as usize));
        // Longer codes are numerically lower.
        let low = first.and_then(<[u64]>::last).copied().unwrap_or(u64::MAX);
        low as f32 / u64::MAX as f32
    }

    /// Length of the code at the top of `b`.
    #[cold]
    pub fn search(&self, b: u64) -> usize {
        if (b ^ self.run_code).leading_zeros() >= self.run_length && self.run_length < 64 {
            return self.run_length as usize;
        }
        (self.shortest..self.longest)
            .find(|&l| self.first[l] <= b)
            .unwrap_or(self.longest)
    }
}
