//! Huffman tables for decoding (T.81 C and F.2.2.3): a 10-bit table whose entries tell of code, run and value together.
//!
//! An entry: bits 0-5 the bits of code and value; bit 7 set for codes longer than 10 bits and for none at all, which a
//! second table or the canonical search resolves; bits 8-15 the run; bits 16-20 the bits of the code; bits 24-31 the size. Values are made of
//! the bits themselves: entries that carry them cost a branch that noisy pictures mispredict, while the arithmetic hides
//! behind the look-up of the next symbol. An EOB of category `r` is run `64 + r`, so one comparison ends a block and
//! catches overrun.

use crate::error::JpegError;

/// Index bits of the table; 9 and 12 measured slower than 10.
pub(crate) const LOOKUP_BITS: u32 = 10;
/// The entry's code is longer than the index, or none at all.
pub(crate) const LONG: u32 = 1 << 7;
/// Run of an end of block of category 0.
pub(crate) const EOB: u32 = 64;

/// What the symbols of a table mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A size: DC differences and lossless differences.
    Dc,
    /// Run and size.
    Ac,
}

/// Run of a size of 16 in lossless frames: a difference of 32768 without extra bits (T.81 table H.2).
pub(crate) const WHOLE: u32 = 1;
/// Entries of the second table at most: the last ten-bit indices, which is where long codes are.
const LONG_ENTRIES: usize = 1 << 10;

/// A table ready to decode.
pub(crate) struct HuffmanTable {
    pub lookup: [u32; 1 << LOOKUP_BITS],
    /// Entries of the 16-bit windows from `long_from` on.
    long: Vec<u32>,
    long_from: u32,
    /// Largest code of each length, left aligned at 16 bits, plus one; the sum over lengths never shrinks.
    limit: [u32; 18],
    /// Index of a length's first value minus its first code.
    delta: [i32; 17],
    values: [u8; 256],
    class: Class,
    /// The largest symbol: sizes above 15 exist in lossless frames alone.
    pub largest: u8,
    /// Some code with its value takes more than 28 bits, so that two do not fit the 56 of a refill.
    pub wide: bool,
}

impl HuffmanTable {
    /// Builds from the counts a length and the symbols in order.
    pub fn new(
        class: Class,
        counts: &[u8; 16],
        symbols: &[u8],
        offset: u64,
    ) -> Result<Self, JpegError> {
        let mut t = HuffmanTable {
            lookup: [LONG; 1 << LOOKUP_BITS],
            long: Vec::new(),
            long_from: 0,
            limit: [0; 18],
            delta: [0; 17],
            values: [0; 256],
            class,
            largest: symbols.iter().copied().max().unwrap_or(0),
            wide: false,
        };
        t.values[..symbols.len()].copy_from_slice(symbols);
        let (mut code, mut index) = (0u32, 0usize);
        for len in 1..=16u32 {
            let count = u32::from(counts[len as usize - 1]);
            t.delta[len as usize] = index as i32 - code as i32;
            if code + count > 1 << len {
                return Err(JpegError::Corrupt {
                    what: "oversubscribed Huffman table",
                    offset,
                });
            }
            for i in 0..count {
                let symbol = symbols[index + i as usize];
                t.wide |= len + t.meaning(symbol).1 > 28;
                if len <= LOOKUP_BITS {
                    t.fill(code + i, len, symbol);
                }
            }
            code += count;
            index += count as usize;
            t.limit[len as usize] = code << (16 - len);
            code <<= 1;
        }
        let short = t.limit[LOOKUP_BITS as usize] as usize;
        let end = t.limit[16] as usize;
        let from = short.max(end.saturating_sub(LONG_ENTRIES));
        t.long_from = from as u32;
        t.long = (from..end).map(|w| t.search(w as u32)).collect();
        Ok(t)
    }

    /// Enters one code under every index that begins with it.
    fn fill(&mut self, code: u32, len: u32, symbol: u8) {
        let entry = self.entry(len, symbol);
        let spare = LOOKUP_BITS - len;
        let first = (code << spare) as usize;
        self.lookup[first..first + (1 << spare)].fill(entry);
    }

    fn entry(&self, len: u32, symbol: u8) -> u32 {
        let (run, size) = self.meaning(symbol);
        (len + size) | run << 8 | len << 16 | size << 24
    }

    /// Run and size of a symbol.
    #[inline]
    pub fn meaning(&self, symbol: u8) -> (u32, u32) {
        match self.class {
            Class::Dc if symbol >= 16 => (WHOLE, 0),
            Class::Dc => (0, u32::from(symbol)),
            Class::Ac => {
                let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 && run != 15 {
                    (EOB + run, 0)
                } else {
                    (run, size)
                }
            }
        }
    }

    /// The entry of a code that the table does not hold, at the top of `window` (16 bits). No code at all takes 17 bits and
    /// means an end of block, as libjpeg has it.
    #[inline(never)]
    pub fn long_entry(&self, window: u32) -> u32 {
        match self.long.get(window.wrapping_sub(self.long_from) as usize) {
            Some(entry) => *entry,
            None => self.search(window),
        }
    }

    /// The canonical search.
    #[cold]
    fn search(&self, window: u32) -> u32 {
        for len in 1..=16usize {
            if window < self.limit[len] {
                let index = (window >> (16 - len)) as i32 + self.delta[len];
                return self.entry(len as u32, self.values[index as usize & 255]);
            }
        }
        17 | EOB << 8 | 17 << 16
    }
}

/// Counts and symbols of the typical tables of T.81 K.3 (luma then chroma; DC then AC), which MJPEG streams leave out.
pub(crate) fn standard(class: Class, index: usize) -> HuffmanTable {
    const DC: [[u8; 16]; 2] = [
        [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    ];
    const AC: [[u8; 16]; 2] = [
        [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
        [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
    ];
    const AC_SYMBOLS: [&[u8]; 2] = [
        &[
            0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51,
            0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1,
            0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18,
            0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39,
            0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57,
            0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
            0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92,
            0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
            0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
            0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8,
            0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2,
            0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
        ],
        &[
            0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07,
            0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09,
            0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25,
            0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38,
            0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56,
            0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74,
            0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
            0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
            0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
            0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6,
            0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2,
            0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
        ],
    ];
    const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    let i = index.min(1);
    let table = match class {
        Class::Dc => HuffmanTable::new(class, &DC[i], &DC_SYMBOLS, 0),
        Class::Ac => HuffmanTable::new(class, &AC[i], AC_SYMBOLS[i], 0),
    };
    table.unwrap_or_else(|_| unreachable!("the typical tables are valid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huffman_lookup_agrees_with_canonical_search() {
        for class in [Class::Dc, Class::Ac] {
            for i in 0..2 {
                let t = standard(class, i);
                assert!(!t.wide);
                for window in 0..=0xffff {
                    let found = t.search(window);
                    let entry = match t.lookup[window as usize >> 6] {
                        LONG => t.long_entry(window),
                        entry => entry,
                    };
                    assert_eq!(entry, found, "{window}");
                }
                // All long codes of these tables are in the second one.
                assert_eq!(t.long_from, t.limit[LOOKUP_BITS as usize]);
            }
        }
    }

    #[test]
    fn huffman_oversubscribed_is_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(HuffmanTable::new(Class::Ac, &counts, &[1, 2, 3], 0).is_err());
    }
}
