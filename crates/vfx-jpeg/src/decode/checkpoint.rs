//! Places inside an entropy-coded scan from which decoding can go on: recorded while decoding, or found by looking for
//! restart markers, so that a region needs not the whole file and several threads can share one scan.
//!
//! A checkpoint is what the sequential Huffman decoder knows between two MCUs (T.81 F.2): a bit position and the DC
//! predictors. Restart markers (E.2.4) give the same for nothing, for arithmetic coding too. Files whose markers are not in
//! order are followed only up to the first that is not, so damage looks the same from every starting point.

use crate::marker::RST0;

/// The state of a scan at one MCU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// MCU row and column.
    pub y: usize,
    pub x: usize,
    /// The byte in the file that holds the next bit, and the bits of it that are used.
    pub offset: u64,
    pub bit: u32,
    pub predictors: [i32; 4],
    /// MCUs until a restart marker; `usize::MAX` without restarts.
    pub left: usize,
    pub next_restart: u8,
}

/// Checkpoints of the first scan of one file, at most one a row of MCUs.
///
/// [`crate::Decoder::index`] gives it after decoding with `checkpoints`; [`crate::DecodeOptions::index`] takes it to decode
/// the same file again, by regions or on several threads. With another file the pixels are meaningless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    pub(crate) points: Vec<Checkpoint>,
}

impl Index {
    /// Checkpoints.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Adds a checkpoint where its row has none.
    pub(crate) fn add(&mut self, point: Checkpoint) {
        let at = self.points.partition_point(|p| p.y < point.y);
        if self.points.get(at).is_none_or(|p| p.y != point.y) {
            self.points.insert(at, point);
        }
    }

    /// The last checkpoint at or before the start of MCU row `y`.
    pub(crate) fn before(&self, y: usize) -> Option<&Checkpoint> {
        let end = self.points.partition_point(|p| (p.y, p.x) <= (y, 0));
        self.points[..end].last()
    }
}

/// Looks for restart markers in raw bytes of a scan.
#[derive(Clone, Debug)]
pub(crate) struct Scout {
    /// File offset of the next byte.
    pub offset: u64,
    ff: bool,
    /// MCUs before the next marker.
    mcu: usize,
    next: u8,
    pub done: bool,
}

impl Scout {
    /// From the start of a scan; without restart intervals there is nothing to look for.
    pub fn new(offset: u64, interval: usize) -> Self {
        Scout {
            offset,
            ff: false,
            mcu: interval,
            next: 0,
            done: interval == 0,
        }
    }

    /// Takes the bytes at `self.offset`, up to the first marker at or after MCU `until`; adds what it finds.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        interval: usize,
        (wide, total): (usize, usize),
        until: usize,
        index: &mut Index,
    ) {
        let mut at = 0;
        while at < bytes.len() && !self.done && self.mcu <= until {
            if !self.ff {
                at += super::input::find_ff(&bytes[at..]);
                self.ff = at < bytes.len();
                at += usize::from(self.ff);
                continue;
            }
            let byte = bytes[at];
            at += 1;
            match byte {
                0 => self.ff = false,
                0xff => {}
                marker if marker == RST0 + self.next && self.mcu < total => {
                    self.ff = false;
                    self.next = (self.next + 1) & 7;
                    index.add(Checkpoint {
                        y: self.mcu / wide,
                        x: self.mcu % wide,
                        offset: self.offset + at as u64,
                        bit: 0,
                        predictors: [0; 4],
                        left: interval,
                        next_restart: self.next,
                    });
                    self.mcu += interval;
                }
                _ => self.done = true,
            }
        }
        self.offset += at as u64;
    }

    /// Whether more bytes would tell more about MCUs before `until`.
    pub fn wants(&self, until: usize) -> bool {
        !self.done && self.mcu <= until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scout_finds_markers_in_any_pieces_and_stops_at_disorder() {
        let bytes = [
            1, 2, 0xff, 0, 0xff, 0xd0, 9, 0xff, 0xff, 0xd1, 8, 0xff, 0xd3, 7, 0xff, 0xd3,
        ];
        for size in 1..=bytes.len() {
            let mut index = Index::default();
            let mut scout = Scout::new(100, 5);
            for piece in bytes.chunks(size) {
                scout.feed(piece, 5, (4, 99), usize::MAX, &mut index);
            }
            let found: Vec<_> = index.points.iter().map(|p| (p.y, p.x, p.offset)).collect();
            assert_eq!(found, [(1, 1, 106), (2, 2, 110)]);
            assert!(scout.done);
        }
    }
}
