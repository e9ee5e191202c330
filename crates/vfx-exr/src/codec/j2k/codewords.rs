//! Look-up tables of the variable-length codes of the HT block coder, for both directions.
//!
//! A quad (2 x 2 coefficients, numbered down the columns) sends its significance pattern rho, a flag u_off and two exponent patterns e_k, e_1 as one
//! codeword chosen by the significance of its neighbours; then, when u_off is set, the exponent residual u. Bits are taken lowest first.
//! Source: ITU-T T.814, 7.3.3 to 7.3.6 and annex C. Built once on first use, 18 KiB together.

use std::sync::LazyLock;

use super::codeword_data::{FIRST_ROW, LATER_ROWS};

/// Contexts times the next seven bits.
pub(super) const CODEWORDS: usize = 8 << 7;
/// Pairs of u_off flags (and, in the first row, one more kind) times the next six bits.
pub(super) const RESIDUALS: usize = 5 << 6;

/// What decoding looks up.
pub(super) struct DecodeTables {
    /// `[first row, others]`, by context << 7 | bits: length, u_off << 3, rho << 4, e_1 << 8, e_k << 12.
    pub quads: [[u16; CODEWORDS]; 2],
    /// `[first row, others]`, by kind << 6 | bits: prefix bits of both, suffix bits of the first << 4 and of both << 8, least u of the first << 12 and
    /// of the second << 16. Kind is u_off of the first | u_off of the second << 1; 4 is both, offset by two (first row only).
    pub residuals: [[u32; RESIDUALS]; 2],
}

/// What encoding looks up.
pub(super) struct EncodeTables {
    /// `[first row, others]`, by context << 8 | rho << 4 | samples of the largest exponent: e_k, length << 4, codeword << 8.
    pub quads: [[u16; 8 << 8]; 2],
}

struct Entry {
    length: u32,
    word: u32,
    e1: u32,
    ek: u32,
    u_off: u32,
    rho: u32,
    context: u32,
}

fn unpack(packed: u32) -> Entry {
    let field = |at: u32, bits: u32| packed >> at & ((1 << bits) - 1);
    Entry {
        length: field(0, 3),
        word: field(3, 7),
        e1: field(10, 4),
        ek: field(14, 4),
        u_off: field(18, 1),
        rho: field(19, 4),
        context: field(23, 3),
    }
}

fn sources() -> [&'static [u32]; 2] {
    [&FIRST_ROW, &LATER_ROWS]
}

pub(super) static DECODE: LazyLock<Box<DecodeTables>> = LazyLock::new(|| {
    let mut tables = Box::new(DecodeTables {
        quads: [[0; CODEWORDS]; 2],
        residuals: [[0; RESIDUALS]; 2],
    });
    for (table, source) in tables.quads.iter_mut().zip(sources()) {
        for entry in source.iter().map(|&e| unpack(e)) {
            let value =
                entry.length | entry.u_off << 3 | entry.rho << 4 | entry.e1 << 8 | entry.ek << 12;
            for rest in 0..1 << (7 - entry.length) {
                let bits = entry.word | rest << entry.length;
                table[(entry.context << 7 | bits) as usize] = value as u16;
            }
        }
    }
    for (row, table) in tables.residuals.iter_mut().enumerate() {
        for (index, value) in table.iter_mut().enumerate() {
            *value = residual(row == 0, index as u32 >> 6, index as u32 & 63);
        }
    }
    tables
});

/// Prefix of u: its length, bits of the suffix, least value.
fn prefix(bits: u32) -> (u32, u32, u32) {
    match bits & 7 {
        0 => (3, 5, 5),
        4 => (3, 1, 3),
        2 | 6 => (2, 0, 2),
        _ => (1, 0, 1),
    }
}

fn residual(first_row: bool, kind: u32, bits: u32) -> u32 {
    let none = (0, 0, 0);
    let a = if kind & 1 != 0 || kind == 4 {
        prefix(bits)
    } else {
        none
    };
    let after = bits >> a.0;
    let b = match kind {
        // In the first row the smaller u is at most 2, so one bit is enough after a first u above 2.
        3 if first_row && a.0 == 3 => (1, 0, 1 + (after & 1)),
        2.. => prefix(after),
        _ => none,
    };
    let more = if kind == 4 { 2 } else { 0 };
    (a.0 + b.0) | a.1 << 4 | (a.1 + b.1) << 8 | (a.2 + more) << 12 | (b.2 + more) << 16
}

pub(super) static ENCODE: LazyLock<Box<EncodeTables>> = LazyLock::new(|| {
    let mut tables = Box::new(EncodeTables {
        quads: [[0; 8 << 8]; 2],
    });
    for (table, source) in tables.quads.iter_mut().zip(sources()) {
        let mut cost = [u32::MAX; 8 << 8];
        for entry in source.iter().map(|&e| unpack(e)) {
            for largest in 0..16 {
                let fits = if entry.u_off == 0 {
                    largest == 0
                } else {
                    largest != 0 && largest & !entry.rho == 0 && largest & entry.ek == entry.e1
                };
                let at = (entry.context << 8 | entry.rho << 4 | largest) as usize;
                // Every known exponent saves a magnitude bit.
                let bits = 4 + entry.length - entry.ek.count_ones();
                if fits && bits < cost[at] {
                    cost[at] = bits;
                    table[at] = (entry.ek | entry.length << 4 | entry.word << 8) as u16;
                }
            }
        }
    }
    tables
});

/// Prefix, suffix and extension of a residual u of 1 to 74: bits and their number.
pub(super) fn residual_code(u: u32) -> [(u32, u32); 3] {
    match u {
        0 => [(0, 0), (0, 0), (0, 0)],
        1 => [(1, 1), (0, 0), (0, 0)],
        2 => [(2, 2), (0, 0), (0, 0)],
        3 | 4 => [(4, 3), (u - 3, 1), (0, 0)],
        5..=32 => [(0, 3), (u - 5, 5), (0, 0)],
        _ => [(0, 3), (28 + (u - 33) % 4, 5), ((u - 33) / 4, 4)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codewords_decode_to_the_pattern_they_encode() {
        for row in 0..2 {
            for context in 0..8u32 {
                for rho in 0..16u32 {
                    for largest in (0..16u32).filter(|l| l & !rho == 0) {
                        if context == 0 && rho == 0 {
                            continue;
                        }
                        let code = ENCODE.quads[row][(context << 8 | rho << 4 | largest) as usize];
                        let (ek, length, word) = (code & 15, code >> 4 & 7, code >> 8);
                        assert!(length > 0, "{row} {context} {rho} {largest}");
                        let read = DECODE.quads[row][(context << 7) as usize | usize::from(word)];
                        assert_eq!(read & 7, length);
                        assert_eq!(u32::from(read >> 4 & 15), rho);
                        assert_eq!(read >> 3 & 1, u16::from(largest != 0));
                        assert_eq!(read >> 12, ek);
                        assert_eq!(u32::from(read >> 8 & 15), largest & u32::from(ek));
                    }
                }
            }
        }
    }
}
