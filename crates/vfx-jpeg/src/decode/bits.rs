//! The bit reader over bytes without stuffing: refill is one big-endian load of eight bytes and no branch on the data.
//!
//! State is 24 bytes and plain, so a scan stops between any two MCUs and goes on with more bytes later. Callers keep at
//! least one MCU of bytes ahead, or zeros behind the last real byte, so the loads never miss.

use super::huffman::{HuffmanTable, LONG};

/// Position in the stripped bytes: `p` bytes loaded, of which `n` bits wait at the top of `buf`.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Bits {
    pub p: usize,
    pub buf: u64,
    pub n: u32,
}

impl Bits {
    /// At least 56 bits, if the bytes are there.
    #[inline(always)]
    pub fn refill(&mut self, d: &[u8]) {
        if let Some(c) = d.get(self.p..).and_then(|x| x.first_chunk::<8>()) {
            self.buf |= u64::from_be_bytes(*c) >> (self.n & 63);
            self.p += ((63 - (self.n & 63)) >> 3) as usize;
            self.n |= 56;
        }
    }

    /// Drops `count & 63` bits.
    #[inline(always)]
    pub fn eat(&mut self, count: u32) {
        self.buf <<= count & 63;
        self.n = self.n.wrapping_sub(count & 63);
    }

    /// The next `count` bits, 1 to 32.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        let bits = (self.buf >> ((64 - count) & 63)) as u32;
        self.eat(count);
        bits
    }

    /// Bits used so far, counted from the start of the data.
    #[inline(always)]
    pub fn used(&self) -> i64 {
        self.p as i64 * 8 - i64::from(self.n as i32)
    }

    /// Run and value of the next symbol, its extra bits taken; up to 32 bits.
    #[inline(always)]
    pub fn symbol(&mut self, h: &HuffmanTable) -> (u32, i32) {
        let mut e = h.lookup[(self.buf >> 54) as usize];
        if e & LONG != 0 {
            e = h.long_entry((self.buf >> 48) as u32);
        }
        // The value, T.81 F.2.2.1: bits that begin with 0 are the ones' complement of a negative one's magnitude.
        let top = self.buf << ((e >> 16) & 63);
        let negative = !((top as i64) >> 63);
        let magnitude = ((top ^ negative as u64) >> 1) >> (!(e >> 24) & 63);
        // Not `eat`: the mask would lengthen the way from entry to entry.
        self.buf <<= e & 63;
        self.n = self.n.wrapping_sub(e) & 63;
        let value = (magnitude as i64 ^ negative).wrapping_sub(negative);
        (e >> 8 & 255, value as i32)
    }
}
