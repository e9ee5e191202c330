//! Where entropy-coded symbols go: into counts, or into bits.
//!
//! One traversal of the coefficients is generic over [`Sink`] and runs twice, first counting and then writing, so no symbol
//! is ever stored: counting costs half of writing, and jpegli's token arrays cost 10 MB at 3840x2160.

use std::io::{self, Write};

use super::bits::BitWriter;
use super::huffman::{Codes, Counts};

/// Receives the symbols of a scan. Contexts number the Huffman tables of the scan.
pub(super) trait Sink {
    /// Whether bits without a Huffman code matter.
    const WANTS_BITS: bool;
    /// Called before each block.
    fn block(&mut self);
    /// A Huffman symbol and the `len` bits after it.
    fn symbol(&mut self, context: usize, symbol: usize, extra: u64, len: u32);
    /// Up to 63 bits without a symbol.
    fn raw(&mut self, bits: u64, len: u32);
    /// The `index`-th restart.
    fn restart(&mut self, index: usize);
    /// Called after each row of blocks or MCUs.
    fn row_end(&mut self);
}

/// Counts symbols.
#[derive(Debug)]
pub(super) struct Count<'a> {
    /// One set a context.
    pub counts: &'a mut [Counts],
}

impl Sink for Count<'_> {
    const WANTS_BITS: bool = false;
    #[inline(always)]
    fn block(&mut self) {}
    #[inline(always)]
    fn symbol(&mut self, context: usize, symbol: usize, _: u64, _: u32) {
        self.counts[context][symbol & 255] += 1;
    }
    #[inline(always)]
    fn raw(&mut self, _: u64, _: u32) {}
    fn restart(&mut self, _: usize) {}
    fn row_end(&mut self) {}
}

/// Counts the bits that need no Huffman code, beside the symbols; for comparing scan scripts.
#[derive(Debug)]
pub(super) struct Weigh {
    /// Symbols of the scan's only context.
    pub counts: Counts,
    /// Bits beside them.
    pub bits: u64,
}

impl Sink for Weigh {
    // Only their number matters, but whoever leaves bits out leaves their number out too.
    const WANTS_BITS: bool = true;
    #[inline(always)]
    fn block(&mut self) {}
    #[inline(always)]
    fn symbol(&mut self, _: usize, symbol: usize, _: u64, len: u32) {
        self.counts[symbol & 255] += 1;
        self.bits += u64::from(len);
    }
    #[inline(always)]
    fn raw(&mut self, _: u64, len: u32) {
        self.bits += u64::from(len);
    }
    fn restart(&mut self, _: usize) {}
    fn row_end(&mut self) {}
}

/// Writes bits.
pub(super) struct Emit<'a, 'w> {
    /// One table a context.
    pub codes: [&'a Codes; 8],
    /// The bits.
    pub bits: &'a mut BitWriter,
    /// Where full buffers go; without it the buffer grows.
    pub out: Option<&'a mut (dyn Write + 'w)>,
    /// The first failure of `out`.
    pub result: io::Result<()>,
}

impl Sink for Emit<'_, '_> {
    const WANTS_BITS: bool = true;
    #[inline(always)]
    fn block(&mut self) {
        self.bits.reserve();
    }
    #[inline(always)]
    fn symbol(&mut self, context: usize, symbol: usize, extra: u64, len: u32) {
        let entry = self.codes[context & 7][symbol & 255];
        self.bits
            .put(u64::from(entry >> 8) << len | extra, (entry & 255) + len);
    }
    #[inline(always)]
    fn raw(&mut self, bits: u64, len: u32) {
        self.bits.put(bits, len);
    }
    #[cold]
    fn restart(&mut self, index: usize) {
        self.bits.align();
        self.bits.marker(crate::marker::RST0 + (index % 8) as u8);
    }
    fn row_end(&mut self) {
        if let Some(out) = &mut self.out
            && self.bits.bytes().len() >= 1 << 15
        {
            if self.result.is_ok() {
                self.result = out.write_all(self.bits.bytes());
            }
            self.bits.clear();
        }
    }
}
