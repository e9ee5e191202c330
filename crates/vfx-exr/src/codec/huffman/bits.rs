//! Bits read most significant first, the ones not yet consumed left justified in a word.
//!
//! Source: the order of `internal_huf.c`. A refill depends only on the place that the refill before computed, so its load is not waited for.

/// The bits not yet consumed.
#[derive(Clone)]
pub(super) struct Bits<'a> {
    pub data: &'a [u8],
    pub at: usize,
    /// `n` valid bits, left justified.
    pub b: u64,
    pub n: u32,
}

impl<'a> Bits<'a> {
    /// From bit `start` on.
    #[inline(always)]
    pub fn new(data: &'a [u8], start: usize) -> Self {
        let mut bits = Self {
            data,
            at: start / 8,
            b: 0,
            n: 0,
        };
        bits.refill();
        bits.skip((start % 8) as u32);
        bits
    }

    /// Makes at least 56 bits valid, zeros beyond the end.
    #[inline(always)]
    pub fn refill(&mut self) {
        if self.refill_within() {
            return;
        }
        let mut word = [0; 8];
        let rest = self.data.get(self.at..).unwrap_or(&[]);
        let n = rest.len().min(8);
        word[..n].copy_from_slice(&rest[..n]);
        self.take(word);
    }

    /// [`Bits::refill`] from data only; false, and nothing done, when fewer than eight bytes are left.
    #[inline(always)]
    pub fn refill_within(&mut self) -> bool {
        let Some(word) = self.data.get(self.at..).and_then(<[u8]>::first_chunk) else {
            return false;
        };
        self.take(*word);
        true
    }

    #[inline(always)]
    fn take(&mut self, word: [u8; 8]) {
        self.b |= u64::from_be_bytes(word) >> self.n;
        self.at += ((63 - self.n) >> 3) as usize;
        self.n |= 56;
    }

    /// Drops up to 63 of the valid bits.
    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.b = self.b.wrapping_shl(count);
        self.n -= count;
    }

    /// The next bit's number.
    #[inline(always)]
    pub fn position(&self) -> usize {
        (self.at * 8).saturating_sub(self.n as usize)
    }
}
