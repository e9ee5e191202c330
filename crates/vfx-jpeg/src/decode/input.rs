//! Entropy-coded bytes on their way to the bit reader: byte stuffing removed (T.81 B.1.1.5), markers found, pieces joined.
//!
//! The buffer holds what is not decoded yet, at most about 8 KB plus one MCU. Once a marker ended the segment, zeros follow
//! the real bytes so that the reader needs no other end test.

/// Bytes of a scan segment.
#[derive(Default)]
pub(crate) struct Stripped {
    pub data: Vec<u8>,
    /// True length once the segment ended; zeros come after.
    pub real: Option<usize>,
    /// The marker that ended it.
    pub marker: u8,
    /// Where `data` begins in the file.
    pub base: u64,
    /// Fill bytes were met, so positions in `data` do not tell positions in the file.
    pub irregular: bool,
    /// A 0xFF waits for the byte after it.
    pending: bool,
}

/// Bytes stripped at once.
const PIECE: usize = 8192;

impl Stripped {
    /// Forgets everything: a new segment begins.
    pub fn clear(&mut self) {
        self.data.clear();
        self.real = None;
        self.pending = false;
        self.irregular = false;
    }

    /// Tells where the next byte given to `fill` stands in the file.
    pub fn locate(&mut self, offset: u64) {
        if self.data.is_empty() {
            self.base = offset - u64::from(self.pending);
        }
    }

    /// Drops used bytes from the front.
    pub fn drop_front(&mut self, count: usize) {
        self.base += count as u64 + count_ff(&self.data[..count]);
        self.data.drain(..count);
        if let Some(real) = &mut self.real {
            *real = real.saturating_sub(count);
        }
    }

    /// Takes bytes until about [`PIECE`] beyond `need` wait, or a marker. Gives the bytes taken from `input`.
    pub fn fill(&mut self, input: &[u8], need: usize) -> usize {
        let room = (need + PIECE).saturating_sub(self.data.len());
        let input = &input[..input.len().min(room)];
        let mut at = 0;
        while at < input.len() && self.real.is_none() {
            if self.pending {
                let byte = input[at];
                at += 1;
                match byte {
                    0 => {
                        self.data.push(0xff);
                        self.pending = false;
                    }
                    0xff => self.irregular = true,
                    marker => {
                        self.pending = false;
                        self.marker = marker;
                        self.real = Some(self.data.len());
                    }
                }
                continue;
            }
            let run = find_ff(&input[at..]);
            self.data.extend_from_slice(&input[at..at + run]);
            at += run;
            if at < input.len() {
                self.pending = true;
                at += 1;
            }
        }
        at
    }

    /// Ends the segment without a marker, at the end of the file.
    pub fn end(&mut self, marker: u8) {
        self.pending = false;
        self.marker = marker;
        self.real = Some(self.data.len());
    }

    /// Puts zeros behind the end, once.
    pub fn pad(&mut self, need: usize) {
        if let Some(real) = self.real {
            self.data.resize(real + need, 0);
        }
    }
}

/// Bytes before the first 0xFF.
#[inline]
pub(crate) fn find_ff(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<16>();
    for (i, c) in chunks.iter().enumerate() {
        let mut any = 0u8;
        for b in c {
            any |= u8::from(*b == 0xff);
        }
        if any != 0 {
            return i * 16 + c.iter().position(|b| *b == 0xff).unwrap_or(16);
        }
    }
    let done = chunks.len() * 16;
    done + rest.iter().position(|b| *b == 0xff).unwrap_or(rest.len())
}

/// How many bytes are 0xFF: each stands for two in the file.
pub(crate) fn count_ff(bytes: &[u8]) -> u64 {
    // Short sums, so that the loop runs on whole vectors of bytes.
    bytes
        .chunks(255)
        .map(|c| u64::from(c.iter().map(|b| u8::from(*b == 0xff)).sum::<u8>()))
        .sum()
}
