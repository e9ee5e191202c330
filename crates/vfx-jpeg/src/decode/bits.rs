//! The bit reader over bytes without stuffing: refill is one big-endian load of eight bytes and no branch on the data.
//!
//! State is 24 bytes and plain, so a scan stops between any two MCUs and goes on with more bytes later. Callers keep at
//! least one MCU of bytes ahead, or zeros behind the last real byte, so the loads never miss.

use super::huffman::{HuffmanTable, extend};

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

    #[inline(always)]
    pub fn eat(&mut self, count: u32) {
        self.buf <<= count & 63;
        self.n = self.n.wrapping_sub(count);
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
        let e = h.lookup[(self.buf >> 54) as usize];
        if e & 0xc0 == 0 {
            self.eat(e & 63);
            (e >> 8 & 255, (e as i32) >> 16)
        } else if e & 0x80 == 0 {
            self.eat(e & 63);
            let (size, top) = (e >> 16, self.buf);
            self.eat(size);
            (
                e >> 8 & 255,
                extend((top >> ((64 - size) & 63)) as u32, size),
            )
        } else {
            self.long_symbol(h)
        }
    }

    /// Codes longer than the table. No code at all reads 17 bits and means an end of block, as libjpeg has it.
    #[cold]
    #[inline(never)]
    fn long_symbol(&mut self, h: &HuffmanTable) -> (u32, i32) {
        let Some((len, symbol)) = h.search((self.buf >> 48) as u32) else {
            self.eat(17);
            return (super::huffman::EOB, 0);
        };
        self.eat(len);
        let (run, size) = h.meaning(symbol);
        if size == 0 {
            return (run, if h.whole(symbol) { -32768 } else { 0 });
        }
        let top = self.buf;
        self.eat(size);
        (run, extend((top >> (64 - size)) as u32, size))
    }
}
