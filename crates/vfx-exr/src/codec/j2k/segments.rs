//! The bit streams inside a coded block, for reading: forward, backward, and the adaptive run lengths (MEL).
//!
//! Forward streams take bytes in order, lowest bit first, and skip the top bit of a byte after 0xFF. Backward streams start at the end; a byte that
//! follows one above 0x8F and has its low seven bits set gives only those. Past their end, streams give ones or zeros without limit.
//! Source: ITU-T T.814, 7.1.2 to 7.1.4 and 7.3.3.

/// Bits that are there after [`Forward::refill`].
pub(super) const REFILLED: u32 = 56;

/// A stream read from its start: magnitudes and signs, or significance propagation.
pub(super) struct Forward<'a> {
    data: &'a [u8],
    at: usize,
    acc: u64,
    bits: u32,
    after_ff: bool,
    fill: u8,
}

impl<'a> Forward<'a> {
    pub fn new(data: &'a [u8], fill: u8) -> Self {
        Self {
            data,
            at: 0,
            acc: 0,
            bits: 0,
            after_ff: false,
            fill,
        }
    }

    /// Makes at least [`REFILLED`] bits available.
    #[inline(always)]
    pub fn refill(&mut self) {
        if let Some(next) = self.data.get(self.at..self.at + 8)
            && !self.after_ff
        {
            let next = u64::from_le_bytes([
                next[0], next[1], next[2], next[3], next[4], next[5], next[6], next[7],
            ]);
            // The top bit of a byte survives only where all eight are set.
            const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
            if (next & LOW).wrapping_add(!LOW >> 7) & next & !LOW == 0 {
                self.acc |= next << self.bits;
                self.at += ((63 - self.bits) >> 3) as usize;
                self.bits |= 56;
                return;
            }
        }
        self.refill_stuffed();
    }

    #[cold]
    #[inline(never)]
    fn refill_stuffed(&mut self) {
        while self.bits < REFILLED {
            let byte = self.data.get(self.at).copied().unwrap_or(self.fill);
            self.at += 1;
            let width = 8 - u32::from(self.after_ff);
            let mask = (1u64 << width) - 1;
            // Bits above `bits` may be left of an earlier refill; they are the same ones.
            self.acc &= !(mask << self.bits);
            self.acc |= (u64::from(byte) & mask) << self.bits;
            self.bits += width;
            self.after_ff = byte == 0xff;
        }
        if self.bits < 64 {
            self.acc &= (1 << self.bits) - 1;
        }
    }

    /// The next bits, lowest first; the ones above those available are undefined.
    #[inline(always)]
    pub fn peek(&self) -> u64 {
        self.acc
    }

    /// Drops bits that are available.
    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.acc >>= count;
        self.bits = self.bits.wrapping_sub(count);
    }

    /// One bit.
    pub fn bit(&mut self) -> u64 {
        if self.bits == 0 {
            self.refill();
        }
        let bit = self.acc & 1;
        self.skip(1);
        bit
    }
}

/// A stream read from its end: codewords, or magnitude refinement.
pub(super) struct Backward<'a> {
    data: &'a [u8],
    acc: u64,
    bits: u32,
    /// The byte before was above 0x8F.
    stuffed: bool,
}

impl<'a> Backward<'a> {
    /// The refinement stream, which ends with `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            acc: 0,
            bits: 0,
            stuffed: true,
        }
    }

    /// The codeword stream of a cleanup segment with its last two bytes, whose length field takes twelve bits.
    pub fn codewords(segment: &'a [u8]) -> Self {
        let (rest, half) = match segment {
            [rest @ .., half, _] => (rest, *half),
            _ => (segment, 0),
        };
        let high = u64::from(half >> 4);
        let (acc, bits) = if high & 7 == 7 { (7, 3) } else { (high, 4) };
        Self {
            data: rest,
            acc,
            bits,
            stuffed: half | 0x0f > 0x8f,
        }
    }

    /// Makes at least 32 bits available.
    #[inline(always)]
    pub fn refill(&mut self) {
        if self.bits >= 32 {
            return;
        }
        if let Some((rest, tail)) = self.data.split_last_chunk::<4>() {
            // No stuffing can apply when no byte has its low seven bits set.
            let next = u32::from_be_bytes(*tail);
            let ones = next & 0x7f7f_7f7f;
            let full = ones.wrapping_add(0x0101_0101) & 0x8080_8080;
            if full == 0 {
                self.acc |= u64::from(next) << self.bits;
                self.bits += 32;
                self.stuffed = tail[0] > 0x8f;
                self.data = rest;
                return;
            }
        }
        self.refill_stuffed();
    }

    #[cold]
    #[inline(never)]
    fn refill_stuffed(&mut self) {
        while self.bits < 32 {
            let byte = match self.data.split_last() {
                Some((&last, rest)) => {
                    self.data = rest;
                    last
                }
                None => 0,
            };
            let width = 8 - u32::from(self.stuffed && byte & 0x7f == 0x7f);
            let mask = (1u64 << width) - 1;
            self.acc |= (u64::from(byte) & mask) << self.bits;
            self.bits += width;
            self.stuffed = byte > 0x8f;
        }
    }

    /// The next bits, lowest first, zeros above.
    #[inline(always)]
    pub fn peek(&self) -> u64 {
        self.acc
    }

    /// Drops bits that are available.
    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.acc >>= count;
        self.bits = self.bits.wrapping_sub(count);
    }

    /// One bit.
    pub fn bit(&mut self) -> u64 {
        self.refill();
        let bit = self.acc & 1;
        self.skip(1);
        bit
    }
}

/// Bits of the run that each of the 13 states of the adaptive code has.
pub(super) const MEL_EXPONENTS: [u32; 13] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5];

/// The adaptive run-length decoder.
pub(super) struct Mel<'a> {
    data: &'a [u8],
    at: usize,
    acc: u32,
    bits: u32,
    state: usize,
    zeros: u32,
    one: bool,
}

impl<'a> Mel<'a> {
    /// `segment` is the part of the cleanup segment after the magnitudes, without its last byte.
    pub fn new(segment: &'a [u8]) -> Self {
        Self {
            data: segment,
            at: 0,
            acc: 0,
            bits: 0,
            state: 0,
            zeros: 0,
            one: false,
        }
    }

    fn bit(&mut self) -> u32 {
        if self.bits == 0 {
            let after_ff = self.acc & 0xff == 0xff && self.at > 0;
            let mut byte = self.data.get(self.at).copied().unwrap_or(0xff);
            if self.at + 1 == self.data.len() {
                // Half of it belongs to the codewords.
                byte |= 0x0f;
            }
            self.at += 1;
            self.acc = u32::from(byte);
            self.bits = 8 - u32::from(after_ff);
        }
        self.bits -= 1;
        self.acc >> self.bits & 1
    }

    /// The next event.
    #[inline(always)]
    pub fn event(&mut self) -> bool {
        if self.zeros == 0 && !self.one {
            self.run();
        }
        if self.zeros > 0 {
            self.zeros -= 1;
            return false;
        }
        self.one = false;
        true
    }

    #[inline(never)]
    fn run(&mut self) {
        let exponent = MEL_EXPONENTS[self.state];
        if self.bit() == 1 {
            self.zeros = 1 << exponent;
            self.state = (self.state + 1).min(12);
        } else {
            let mut run = 0;
            for _ in 0..exponent {
                run = run << 1 | self.bit();
            }
            self.zeros = run;
            self.one = true;
            self.state = self.state.saturating_sub(1);
        }
    }
}
