//! Sequential coding of blocks (T.81 F.1.2): DC difference, then runs of zeros and values.

use std::ops::Range;

use super::plane::Plane;
use super::sink::Sink;

/// Size category and the bits after it (T.81 F.1.2.1).
#[inline(always)]
pub(super) fn magnitude(v: i32) -> (u32, u64) {
    let size = 32 - v.unsigned_abs().leading_zeros();
    let bits = (v + (v >> 31)) as u32 & ((1u32 << size) - 1);
    (size, u64::from(bits))
}

/// Codes one block; `mask` has a bit for every AC coefficient of `zigzag` that is not 0.
#[inline(always)]
pub(super) fn block<K: Sink>(
    sink: &mut K,
    dc_context: usize,
    ac_context: usize,
    difference: i32,
    zigzag: &[i16; 64],
    mut mask: u64,
) {
    sink.block();
    let (size, bits) = magnitude(difference);
    sink.symbol(dc_context, size as usize, bits, size);
    let mut next = 1u32;
    while mask != 0 {
        let z = mask.trailing_zeros();
        mask &= mask - 1;
        let mut run = z - next;
        while run > 15 {
            sink.symbol(ac_context, 0xf0, 0, 0);
            run -= 16;
        }
        let (size, bits) = magnitude(i32::from(zigzag[z as usize & 63]));
        sink.symbol(ac_context, (run << 4 | size) as usize, bits, size);
        next = z + 1;
    }
    if next < 64 {
        sink.symbol(ac_context, 0, 0, 0);
    }
}

/// MCUs across and down of a scan of all planes.
pub(super) fn size(planes: &[Plane]) -> (usize, usize) {
    let first = &planes[0];
    if planes.len() == 1 {
        (first.wide, first.high)
    } else {
        (
            first.stride / first.h,
            first.dc.len() / first.stride / first.v,
        )
    }
}

/// Codes some rows of MCUs of all planes as one interleaved scan, or one plane alone. Context `2 c` is DC and `2 c + 1` AC of component `c`.
#[inline(always)]
pub(super) fn scan<S: fearless_simd::Simd, K: Sink>(
    s: S,
    planes: &[Plane],
    restart: usize,
    rows: Range<usize>,
    sink: &mut K,
) {
    let mut last = [0i32; 4];
    let single = planes.len() == 1;
    let (wide, _) = size(planes);
    let mut mcu = rows.start * wide;
    if rows.start > 0 {
        for (last, plane) in last.iter_mut().zip(planes) {
            // The last block of the MCU before.
            let below = if single {
                rows.start
            } else {
                rows.start * plane.v
            };
            let end = if single { plane.wide } else { plane.stride };
            *last = i32::from(plane.dc[(below - 1) * plane.stride + end - 1]);
        }
    }
    for y in rows {
        for x in 0..wide {
            if restart != 0 && mcu != 0 && mcu.is_multiple_of(restart) {
                sink.restart(mcu / restart - 1);
                last = [0; 4];
            }
            mcu += 1;
            for (c, plane) in planes.iter().enumerate() {
                let (h, v) = if single { (1, 1) } else { (plane.h, plane.v) };
                for by in 0..v {
                    for bx in 0..h {
                        let at = (y * v + by) * plane.stride + x * h + bx;
                        let zigzag = &plane.ac[at];
                        let mask = super::progressive::above(s, zigzag, 0) & !1;
                        let dc = i32::from(plane.dc[at]);
                        block(sink, 2 * c, 2 * c + 1, dc - last[c], zigzag, mask);
                        last[c] = dc;
                    }
                }
            }
        }
        sink.row_end();
    }
}
