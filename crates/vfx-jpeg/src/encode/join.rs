//! Bands of one scan coded apart and joined bit by bit, so that several threads write what one would have written.
//!
//! A band does not know at which bit of a byte it will begin, so what it codes before its first restart marker is kept as
//! bits and shifted into place when the bands are joined; after a marker bytes are bytes.

use std::io::{self, Write};

use super::bits::BitWriter;
use super::huffman::Codes;
use super::sink::{Emit, Sink};
use crate::marker::RST0;

/// Stuffed bytes and the bits after the last whole one.
#[derive(Debug)]
pub(super) struct Piece {
    pub bytes: Vec<u8>,
    pub rest: u64,
    pub rest_len: u32,
}

/// The bits of one band.
#[derive(Debug)]
pub(super) struct BandBits {
    pub bits: BitWriter,
    /// What came before the first restart marker, and its index.
    head: Option<(Piece, usize)>,
}

impl BandBits {
    pub fn new() -> Self {
        Self {
            bits: BitWriter::new(1 << 16),
            head: None,
        }
    }

    /// The `index`-th restart of the scan.
    #[cold]
    pub fn restart(&mut self, index: usize) {
        if self.head.is_none() {
            self.head = Some((self.bits.take(), index));
        } else {
            self.bits.align();
            self.bits.marker(RST0 + (index % 8) as u8);
        }
    }

    /// Appends the band to what `bits` holds; whole bytes go to `out`.
    pub fn join(mut self, bits: &mut BitWriter, out: &mut dyn Write) -> io::Result<()> {
        let last = self.bits.take();
        let Some((head, index)) = self.head else {
            return append(&last, bits, out);
        };
        append(&head, bits, out)?;
        bits.align();
        bits.marker(RST0 + (index % 8) as u8);
        out.write_all(bits.bytes())?;
        bits.clear();
        out.write_all(&last.bytes)?;
        bits.put(last.rest, last.rest_len);
        Ok(())
    }
}

/// Shifts a piece into place.
fn append(piece: &Piece, bits: &mut BitWriter, out: &mut dyn Write) -> io::Result<()> {
    let mut rest = &piece.bytes[..];
    while let Some(&first) = rest.first() {
        if bits.is_full() {
            out.write_all(bits.bytes())?;
            bits.clear();
        }
        bits.reserve();
        match rest.first_chunk::<7>() {
            Some(seven) if !seven.contains(&0xff) => {
                let mut word = [0; 8];
                word[1..].copy_from_slice(seven);
                bits.put(u64::from_be_bytes(word), 56);
                rest = &rest[7..];
            }
            _ => {
                bits.put(u64::from(first), 8);
                // The zero that follows is stuffing; it comes again where it is needed.
                rest = rest.get(1 + usize::from(first == 0xff)..).unwrap_or(&[]);
            }
        }
    }
    bits.reserve();
    bits.put(piece.rest, piece.rest_len);
    Ok(())
}

/// Writes symbols into a band.
pub(super) struct EmitBand<'a> {
    /// One table a context.
    pub codes: [&'a Codes; 8],
    pub band: BandBits,
}

impl Sink for EmitBand<'_> {
    const WANTS_BITS: bool = true;
    #[inline(always)]
    fn block(&mut self) {
        self.band.bits.reserve();
    }
    #[inline(always)]
    fn symbol(&mut self, context: usize, symbol: usize, extra: u64, len: u32) {
        let mut emit = Emit {
            codes: self.codes,
            bits: &mut self.band.bits,
            out: None,
            result: Ok(()),
        };
        emit.symbol(context, symbol, extra, len);
    }
    #[inline(always)]
    fn raw(&mut self, bits: u64, len: u32) {
        self.band.bits.put(bits, len);
    }
    fn restart(&mut self, index: usize) {
        self.band.restart(index);
    }
    fn row_end(&mut self) {}
}
