//! The bit writer of entropy-coded segments: 64 bits at a time, FF stuffed, room reserved before each block.
//!
//! Room is asked for once a block (64 symbols of 27 bits, doubled by stuffing, fit [`BLOCK_ROOM`]), so a block of any content
//! cannot run over (the fault of CVE-2020-17541 and CVE-2014-9092).

/// Bytes that one block may take at most, with slack for whole-word stores.
pub(super) const BLOCK_ROOM: usize = 512;

/// Collects bits into bytes.
#[derive(Debug)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    at: usize,
    /// Bits not yet stored, the newest lowest; what lies above the valid ones is stale.
    acc: u64,
    free: u32,
}

impl BitWriter {
    /// A writer whose buffer starts with room for `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self {
            bytes: vec![0; capacity.max(2 * BLOCK_ROOM)],
            at: 0,
            acc: 0,
            free: 64,
        }
    }

    /// Makes room for one more block.
    #[inline(always)]
    pub fn reserve(&mut self) {
        if self.bytes.len() - self.at < BLOCK_ROOM {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.bytes.resize(self.bytes.len() * 2, 0);
    }

    /// Whether the buffer is nearly full and should be drained to keep it from growing.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.bytes.len() - self.at < 2 * BLOCK_ROOM
    }

    /// Appends the low `len` bits of `bits`, `len` in 0..=63; bits above must be 0.
    #[inline(always)]
    pub fn put(&mut self, bits: u64, len: u32) {
        if len < self.free {
            self.acc = (self.acc << len) | bits;
            self.free -= len;
        } else {
            let rest = len - self.free;
            // `free` is below 64 here, as `len` is.
            self.store((self.acc << (self.free & 63)) | (bits >> rest));
            self.free = 64 - rest;
            self.acc = bits;
        }
    }

    #[inline(always)]
    fn store(&mut self, word: u64) {
        const LOW: u64 = 0x0101_0101_0101_0101;
        let has_ff = word & !word.wrapping_add(LOW) & (LOW << 7);
        if has_ff == 0 {
            if let Some(room) = self.bytes.get_mut(self.at..self.at + 8) {
                room.copy_from_slice(&word.to_be_bytes());
            }
            self.at += 8;
        } else {
            self.store_stuffed(word, 8);
        }
    }

    #[cold]
    #[inline(never)]
    fn store_stuffed(&mut self, word: u64, count: usize) {
        for &byte in &word.to_be_bytes()[..count] {
            self.bytes[self.at] = byte;
            self.at += 1;
            if byte == 0xff {
                self.bytes[self.at] = 0;
                self.at += 1;
            }
        }
    }

    /// Ends the segment: pads the last byte with ones.
    pub fn align(&mut self) {
        let used = 64 - self.free;
        if used > 0 {
            let count = used.div_ceil(8);
            let pad = count * 8 - used;
            let word = ((self.acc << pad) | ((1 << pad) - 1)) << (64 - count * 8);
            self.reserve();
            self.store_stuffed(word, count as usize);
        }
        (self.acc, self.free) = (0, 64);
    }

    /// Everything so far as a piece that can be joined to other bits; the writer is empty after it.
    pub fn take(&mut self) -> super::join::Piece {
        let used = 64 - self.free;
        let piece = super::join::Piece {
            bytes: self.bytes[..self.at].to_vec(),
            rest: self.acc & ((1 << used) - 1),
            rest_len: used,
        };
        (self.at, self.acc, self.free) = (0, 0, 64);
        piece
    }

    /// Appends a marker; the segment before it must be aligned.
    pub fn marker(&mut self, code: u8) {
        self.reserve();
        self.bytes[self.at..self.at + 2].copy_from_slice(&[0xff, code]);
        self.at += 2;
    }

    /// The whole bytes so far; [`Self::clear`] forgets them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.at]
    }

    /// Forgets the whole bytes, keeping bits that do not fill one.
    pub fn clear(&mut self) {
        self.at = 0;
    }
}
