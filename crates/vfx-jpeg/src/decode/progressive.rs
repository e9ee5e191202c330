//! Progressive Huffman scans (T.81 G.1.2, G.2): DC and AC bands, first passes and refinements, into stored coefficients
//! (zig-zag order).
//!
//! Refinement knows which coefficients have history from one comparison of the block: the distance to the wanted zero and
//! the corrections on the way come from bit scans, not from a walk over the band.

use super::bits::Bits;
use super::coefficients::Block;
use super::huffman::HuffmanTable;

/// Band and bit of a scan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    pub start: u32,
    pub end: u32,
    pub low: u32,
}

/// First pass of DC.
#[inline(always)]
pub(crate) fn dc_first(
    bits: &mut Bits,
    data: &[u8],
    dc: &HuffmanTable,
    predictor: &mut i32,
    low: u32,
    out: &mut Block,
) {
    if bits.n < 32 {
        bits.refill(data);
    }
    let (_, diff) = bits.symbol(dc);
    *predictor = predictor.wrapping_add(diff);
    out[0] = (*predictor << (low & 15)) as i16;
}

/// One more bit of DC.
#[inline(always)]
pub(crate) fn dc_refine(bits: &mut Bits, data: &[u8], low: u32, out: &mut Block) {
    if bits.n < 1 {
        bits.refill(data);
    }
    if bits.take(1) != 0 {
        out[0] |= (1i32 << (low & 15)) as i16;
    }
}

/// First pass of an AC band; `eob_run` blocks (this one among them) are empty when it is above zero on entry.
#[inline(always)]
pub(crate) fn ac_first(
    bits: &mut Bits,
    data: &[u8],
    ac: &HuffmanTable,
    band: Band,
    eob_run: &mut u32,
    out: &mut Block,
) {
    if *eob_run > 0 {
        *eob_run -= 1;
        return;
    }
    let mut k = band.start;
    while k <= band.end {
        if bits.n < 32 {
            bits.refill(data);
        }
        let (run, value) = bits.symbol(ac);
        k += run;
        if run >= 64 {
            let category = run - 64;
            if category > 0 {
                if bits.n < 32 {
                    bits.refill(data);
                }
                *eob_run = (1 << category) + bits.take(category) - 1;
            }
            return;
        }
        // Damaged data may pass the end of the block; libjpeg then writes its last coefficient.
        if value != 0 {
            out[k.min(63) as usize] = (value << (band.low & 15)) as i16;
        }
        k += 1;
    }
}

/// One correction bit for each coefficient of `mask`.
#[inline(always)]
fn correct(bits: &mut Bits, data: &[u8], mut mask: u64, one: i16, out: &mut Block) {
    while mask != 0 {
        if bits.n < 32 {
            bits.refill(data);
        }
        // Up to 32 corrections without another look at the bits left.
        let mut n = mask.count_ones().min(32);
        while n > 0 {
            let c = &mut out[mask.trailing_zeros() as usize & 63];
            mask &= mask - 1;
            n -= 1;
            // Zero when the bit is not set, or was set already.
            let step = (((bits.buf as i64) >> 63) as i16) & one & !*c;
            let sign = *c >> 15;
            bits.eat(1);
            *c = c.wrapping_add((step ^ sign).wrapping_sub(sign));
        }
    }
}

/// One more bit of an AC band; `history` has a bit for each coefficient that is not zero yet.
#[inline(always)]
pub(crate) fn ac_refine(
    bits: &mut Bits,
    data: &[u8],
    ac: &HuffmanTable,
    band: Band,
    eob_run: &mut u32,
    history: u64,
    out: &mut Block,
) {
    let one = (1i32 << (band.low & 15)) as i16;
    // The band's bits from `k` on.
    let end = u64::MAX >> (63 - band.end);
    let mut rest = end & (u64::MAX << band.start);
    if *eob_run == 0 {
        while rest != 0 {
            if bits.n < 32 {
                bits.refill(data);
            }
            let (run, value) = bits.symbol(ac);
            if run >= 64 {
                let category = run - 64;
                *eob_run = 1 << category;
                if category > 0 {
                    if bits.n < 32 {
                        bits.refill(data);
                    }
                    *eob_run += bits.take(category);
                }
                break;
            }
            // The zero after `run` others: the new coefficient, or the last of sixteen.
            let mut zeros = rest & !history;
            let mut n = run;
            while n > 0 && zeros != 0 {
                zeros &= zeros - 1;
                n -= 1;
            }
            let at = zeros & zeros.wrapping_neg();
            // Everything before it; all that is left when there is no such zero.
            let before = rest & at.wrapping_sub(1);
            correct(bits, data, before & history, one, out);
            if value != 0 {
                let index = if at == 0 {
                    (band.end + 1).min(63)
                } else {
                    at.trailing_zeros()
                };
                out[index as usize & 63] = if value > 0 { one } else { one.wrapping_neg() };
            }
            rest &= !(before | at);
        }
    }
    if *eob_run > 0 {
        correct(bits, data, rest & history, one, out);
        *eob_run -= 1;
    }
}
