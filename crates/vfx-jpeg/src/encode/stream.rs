//! Blocks straight into bits: the streaming mode, one scan with the fixed tables of T.81 annex K.

use std::io::{self, Write};

use super::bits::BitWriter;
use super::dct::SCATTER;
use super::front::BlockSink;
use super::geometry::Geometry;
use super::huffman::{self, Codes};
use super::sequential;
use super::sink::Emit;

/// Bits that collect before they are written.
const BUFFER: usize = 8 << 10;

/// The entropy coder of the streaming mode.
#[derive(Debug)]
pub(super) struct Stream {
    codes: [[Codes; 2]; 2],
    bits: BitWriter,
    last: [i32; 4],
    restart: usize,
    mcu: usize,
    chroma: [usize; 4],
}

impl Stream {
    /// `chroma[c]` says which components use the second pair of tables.
    pub fn new(geometry: &Geometry, restart: usize) -> Self {
        let mut chroma = [0; 4];
        for (chroma, c) in chroma.iter_mut().zip(&geometry.components) {
            *chroma = usize::from(c.table > 0);
        }
        Self {
            codes: huffman::standard().map(|pair| pair.map(|t| t.codes())),
            bits: BitWriter::new(BUFFER),
            last: [0; 4],
            restart,
            mcu: 0,
            chroma,
        }
    }

    /// Which pair of tables component `c` uses.
    pub fn slot(&self, c: usize) -> u8 {
        self.chroma[c] as u8
    }

    /// Ends the scan.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.bits.align();
        out.write_all(self.bits.bytes())?;
        self.bits.clear();
        Ok(())
    }
}

/// [`Stream`] with somewhere to write.
pub(super) struct StreamSink<'a> {
    pub stream: &'a mut Stream,
    pub out: &'a mut dyn Write,
    pub result: io::Result<()>,
}

impl BlockSink for StreamSink<'_> {
    #[inline(always)]
    fn mcu(&mut self) {
        let s = &mut *self.stream;
        if s.bits.is_full() {
            if self.result.is_ok() {
                self.result = self.out.write_all(s.bits.bytes());
            }
            s.bits.clear();
        }
        if s.restart != 0 && s.mcu != 0 && s.mcu.is_multiple_of(s.restart) {
            s.bits.align();
            s.bits
                .marker(crate::marker::RST0 + ((s.mcu / s.restart - 1) % 8) as u8);
            s.last = [0; 4];
        }
        s.mcu += 1;
    }

    #[inline(always)]
    fn block(&mut self, c: usize, _: usize, _: usize, values: &[i16; 64], mut mask: u64) {
        let s = &mut *self.stream;
        // Scattered, not shuffled: the cost follows the nonzero ones, and `zigzag` need not be cleared.
        let mut zigzag = [0i16; 64];
        let mut nonzero = 0u64;
        while mask != 0 {
            let i = mask.trailing_zeros() as usize & 63;
            mask &= mask - 1;
            let z = SCATTER[i] & 63;
            nonzero |= 1 << z;
            zigzag[usize::from(z)] = values[i];
        }
        let dc = i32::from(values[0]);
        let pair = &s.codes[s.chroma[c & 3] & 1];
        let mut sink = Emit {
            codes: [
                &pair[0], &pair[1], &pair[0], &pair[1], &pair[0], &pair[1], &pair[0], &pair[1],
            ],
            bits: &mut s.bits,
            out: None,
            result: Ok(()),
        };
        sequential::block(&mut sink, 0, 1, dc - s.last[c & 3], &zigzag, nonzero);
        s.last[c & 3] = dc;
    }
}
