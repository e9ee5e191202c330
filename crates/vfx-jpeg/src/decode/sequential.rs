//! Sequential Huffman MCUs (T.81 F.2): the hot loop. An MCU's coefficients live on the stack and go on at once.
//!
//! Decoded to libjpeg's letter where the data is damaged: an unknown code ends the block, an index beyond 63 writes
//! coefficient 63, DC differences wrap.

use super::bits::Bits;
use super::coefficients::STORED;
use super::coefficients::{Block, Order};
use super::huffman::HuffmanTable;
use super::scan::BlockSink;
use fearless_simd::Simd;

/// Decodes one block into zeroed coefficients, placed by `order`; gives the last zig-zag index that may be non-zero.
#[inline(always)]
pub(crate) fn block(
    bits: &mut Bits,
    data: &[u8],
    dc: &HuffmanTable,
    ac: &HuffmanTable,
    predictor: &mut i32,
    order: &Order,
    out: &mut Block,
) -> usize {
    bits.refill(data);
    let (_, diff) = bits.symbol(dc);
    *predictor = predictor.wrapping_add(diff);
    out[0] = *predictor as i16;
    let mut k = 1u32;
    macro_rules! step {
        () => {
            let (run, value) = bits.symbol(ac);
            let next = k + run;
            if next > 62 {
                if run < 64 && (next == 63 || value != 0) {
                    out[63] = value as i16;
                    return 63;
                }
                return k as usize - 1;
            }
            out[usize::from(order[next as usize]) & 63] = value as i16;
            k = next + 1;
        };
    }
    loop {
        // Two symbols a refill; a test of the bits left would be mispredicted too often.
        bits.refill(data);
        step!();
        if ac.wide {
            bits.refill(data);
        }
        step!();
    }
}

/// Takes the blocks of rows that nobody wants to see.
pub(crate) struct Unseen;

impl BlockSink for Unseen {
    const ORDER: &'static Order = &STORED;
    #[inline(always)]
    fn mcus<S: Simd>(&mut self, _: S, _: &[Block], _: &[u8], _: usize) {}
}
