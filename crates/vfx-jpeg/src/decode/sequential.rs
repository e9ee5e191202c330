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
    let (mut k, mut last) = (1u32, 0u32);
    while k < 64 {
        if bits.n < 32 {
            bits.refill(data);
        }
        let (run, value) = bits.symbol(ac);
        k += run;
        if k > 63 {
            if run < 64 && value != 0 {
                out[63] = value as i16;
                last = 63;
            }
            break;
        }
        out[usize::from(order[k as usize]) & 63] = value as i16;
        last = k;
        k += 1;
    }
    last as usize
}

/// Takes the blocks of rows that nobody wants to see.
pub(crate) struct Unseen;

impl BlockSink for Unseen {
    const ORDER: &'static Order = &STORED;
    #[inline(always)]
    fn mcus<S: Simd>(&mut self, _: S, _: &[Block], _: &[u8], _: usize) {}
}
