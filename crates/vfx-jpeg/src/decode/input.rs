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
    // Four words at a time: bytes whose top bit goes away when one is added. A carry may mark the byte above a true one too.
    const ONES: u64 = 0x0101_0101_0101_0101;
    let marks = |word: &[u8; 8]| {
        let w = u64::from_le_bytes(*word);
        w & !w.wrapping_add(ONES) & (ONES << 7)
    };
    let (chunks, rest) = bytes.as_chunks::<32>();
    for (i, c) in chunks.iter().enumerate() {
        let (words, _) = c.as_chunks::<8>();
        if words.iter().fold(0, |any, w| any | marks(w)) != 0 {
            for (j, w) in words.iter().enumerate() {
                let m = marks(w);
                if m != 0 {
                    return i * 32 + j * 8 + m.trailing_zeros() as usize / 8;
                }
            }
        }
    }
    let done = chunks.len() * 32;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_ff_finds_the_first() {
        let mut seed = 3u32;
        for round in 0..4000 {
            let bytes: Vec<u8> = (0..round % 97)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    [0, 0x7f, 0x80, 0xfe, 0xfe, 0xfd, 0x01, 0xff]
                        [(seed >> 27) as usize % (7 + round % 2)]
                })
                .collect();
            let want = bytes.iter().position(|b| *b == 0xff);
            assert_eq!(find_ff(&bytes), want.unwrap_or(bytes.len()));
        }
    }
}
