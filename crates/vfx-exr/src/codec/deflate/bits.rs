//! Bits of a deflate stream, least significant first.

use super::SYMBOLS;

#[inline(always)]
pub(super) fn literals(
    bytes: &[u8],
    codes: &[(u16, u8); SYMBOLS],
    out: &mut Writer<'_>,
) -> Option<()> {
    let mut fours = bytes.chunks_exact(4);
    for four in &mut fours {
        let (mut bits, mut n) = (0u64, 0u32);
        for b in four {
            let (code, l) = codes[usize::from(*b)];
            bits |= u64::from(code) << n;
            n += u32::from(l);
        }
        out.put(bits, n)?;
    }
    for b in fours.remainder() {
        let (code, l) = codes[usize::from(*b)];
        out.put(u64::from(code), u32::from(l))?;
    }
    Some(())
}

/// Bits, least significant first.
pub(super) struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
    acc: u64,
    pending: u32,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a mut [u8]) -> Self {
        Self {
            out,
            at: 0,
            acc: 0,
            pending: 0,
        }
    }

    /// Appends up to 56 bits; `None` when the room is used up.
    #[inline(always)]
    pub fn put(&mut self, bits: u64, count: u32) -> Option<()> {
        self.acc |= bits << self.pending;
        self.pending += count;
        self.out
            .get_mut(self.at..self.at + 8)?
            .copy_from_slice(&self.acc.to_le_bytes());
        let bytes = self.pending >> 3;
        self.at += bytes as usize;
        self.acc = self.acc.unbounded_shr(bytes * 8);
        self.pending &= 7;
        Some(())
    }

    /// Bytes written, the last padded with zeros.
    pub fn finish(self) -> Option<usize> {
        Some(self.at + usize::from(self.pending > 0))
    }
}
