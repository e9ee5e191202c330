//! Progressive coding of scans (T.81 G.1.2): DC and AC, first passes and refinements, over kept coefficients.
//!
//! Bit masks of a block (which magnitudes reach a threshold) come from four vector comparisons and replace every walk over
//! zeros. Non-interleaved scans cover the blocks that hold picture, not the padding.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x16};

use super::plane::Plane;
use super::script::Scan;
use super::sequential::magnitude;
use super::sink::Sink;

/// End-of-band runs are cut here (T.81 G.1.2.2).
const LONGEST_RUN: u32 = 0x7fff;
/// Correction bits that may wait for their run's symbol.
const MOST_CORRECTIONS: u32 = 900;

/// Bit `i` is set where `|block[i]| > threshold`.
#[inline(always)]
pub(super) fn above<S: Simd>(s: S, block: &[i16; 64], threshold: i16) -> u64 {
    let t = i16x16::splat(s, threshold);
    let mut mask = 0;
    for i in 0..4 {
        let v = i16x16::from_slice(s, &block[i * 16..i * 16 + 16]);
        mask |= v.abs().simd_gt(t).to_bitmask() << (16 * i);
    }
    mask
}

/// Bit `i` is set where `|block[i]|` has this bit.
#[inline(always)]
fn with_bit<S: Simd>(s: S, block: &[i16; 64], bit: i16) -> u64 {
    let t = i16x16::splat(s, bit);
    let mut mask = 0;
    for i in 0..4 {
        let v = i16x16::from_slice(s, &block[i * 16..i * 16 + 16]).abs();
        mask |= (v & t).simd_eq(t).to_bitmask() << (16 * i);
    }
    mask
}

#[inline(always)]
fn below(n: u32) -> u64 {
    if n >= 64 { u64::MAX } else { (1 << n) - 1 }
}

/// Bits `from..to`, `to` at most 64.
#[inline(always)]
fn span(from: u32, to: u32) -> u64 {
    below(to) & !below(from)
}

/// The bits of `plane` where `which` has bits, first position highest, and their number.
#[inline(always)]
fn gather<K: Sink>(plane: u64, mut which: u64) -> (u64, u32) {
    let n = which.count_ones();
    let mut bits = 0;
    if !K::WANTS_BITS {
        return (0, n);
    }
    while which != 0 {
        bits = bits << 1 | (plane >> which.trailing_zeros() & 1);
        which &= which - 1;
    }
    (bits, n)
}

/// A run of blocks without new coefficients, and correction bits that follow its symbol.
#[derive(Default)]
struct EndOfBand {
    run: u32,
    waiting: Vec<(u64, u32)>,
    waiting_bits: u32,
}

impl EndOfBand {
    #[inline(always)]
    fn flush<K: Sink>(&mut self, sink: &mut K) {
        if self.run == 0 {
            return;
        }
        sink.block();
        let size = 31 - self.run.leading_zeros();
        let extra = u64::from(self.run) & ((1 << size) - 1);
        sink.symbol(0, (size << 4) as usize, extra, size);
        self.run = 0;
        // Counting must cut runs where writing does.
        self.waiting_bits = 0;
        if K::WANTS_BITS {
            for &(bits, n) in &self.waiting {
                sink.block();
                sink.raw(bits, n);
            }
            self.waiting.clear();
        }
    }

    #[inline(always)]
    fn add<K: Sink>(&mut self, sink: &mut K, corrections: (u64, u32)) {
        self.run += 1;
        self.waiting_bits += corrections.1;
        if K::WANTS_BITS && corrections.1 > 0 {
            self.waiting.push(corrections);
        }
        if self.run == LONGEST_RUN || self.waiting_bits > MOST_CORRECTIONS {
            self.flush(sink);
        }
    }
}

/// Codes one scan. Contexts: the component's index within a DC scan, 0 in an AC scan.
#[inline(always)]
pub(super) fn scan<S: Simd, K: Sink>(
    s: S,
    planes: &[Plane],
    scan: &Scan,
    restart: usize,
    sink: &mut K,
) {
    match (scan.ss, scan.ah) {
        (0, _) => dc(planes, scan, restart, sink),
        (_, 0) => ac_first(
            s,
            &planes[usize::from(scan.components[0])],
            scan,
            restart,
            sink,
        ),
        _ => ac_refine(
            s,
            &planes[usize::from(scan.components[0])],
            scan,
            restart,
            sink,
        ),
    }
}

#[inline(always)]
fn dc<K: Sink>(planes: &[Plane], scan: &Scan, restart: usize, sink: &mut K) {
    let mut last = [0i32; 4];
    let first = &planes[usize::from(scan.components[0])];
    let single = scan.components.len() == 1;
    let (wide, high) = if single {
        (first.wide, first.high)
    } else {
        (
            first.stride / first.h,
            first.dc.len() / first.stride / first.v,
        )
    };
    let mut mcu = 0;
    for y in 0..high {
        for x in 0..wide {
            if restart != 0 && mcu != 0 && mcu % restart == 0 {
                sink.restart(mcu / restart - 1);
                last = [0; 4];
            }
            mcu += 1;
            for (i, &c) in scan.components.iter().enumerate() {
                let plane = &planes[usize::from(c)];
                let (h, v) = if single { (1, 1) } else { (plane.h, plane.v) };
                for by in 0..v {
                    for bx in 0..h {
                        let value = i32::from(plane.dc[(y * v + by) * plane.stride + x * h + bx]);
                        let value = value >> scan.al;
                        sink.block();
                        if scan.ah == 0 {
                            let (size, bits) = magnitude(value - last[i & 3]);
                            sink.symbol(i, size as usize, bits, size);
                            last[i & 3] = value;
                        } else {
                            sink.raw(value as u64 & 1, 1);
                        }
                    }
                }
            }
        }
        sink.row_end();
    }
}

#[inline(always)]
fn ac_first<S: Simd, K: Sink>(s: S, plane: &Plane, scan: &Scan, restart: usize, sink: &mut K) {
    let (ss, al) = (u32::from(scan.ss), u32::from(scan.al));
    let band = span(ss, u32::from(scan.se) + 1);
    let mut end = EndOfBand::default();
    let mut mcu = 0;
    for y in 0..plane.high {
        for block in &plane.ac[y * plane.stride..][..plane.wide] {
            if restart != 0 && mcu != 0 && mcu % restart == 0 {
                end.flush(sink);
                sink.restart(mcu / restart - 1);
            }
            mcu += 1;
            let mut mask = above(s, block, ((1u32 << al) - 1) as i16) & band;
            if mask == 0 {
                end.add(sink, (0, 0));
                continue;
            }
            end.flush(sink);
            sink.block();
            let mut next = ss;
            while mask != 0 {
                let z = mask.trailing_zeros();
                mask &= mask - 1;
                let mut run = z - next;
                while run > 15 {
                    sink.symbol(0, 0xf0, 0, 0);
                    run -= 16;
                }
                let value = i32::from(block[z as usize & 63]);
                let cut = (value.abs() >> al) * value.signum();
                let (size, bits) = magnitude(cut);
                sink.symbol(0, (run << 4 | size) as usize, bits, size);
                next = z + 1;
            }
            if next <= u32::from(scan.se) {
                end.add(sink, (0, 0));
            }
        }
        sink.row_end();
    }
    end.flush(sink);
}

#[inline(always)]
fn ac_refine<S: Simd, K: Sink>(s: S, plane: &Plane, scan: &Scan, restart: usize, sink: &mut K) {
    let (ss, stop, al) = (
        u32::from(scan.ss),
        u32::from(scan.se) + 1,
        u32::from(scan.al),
    );
    let band = span(ss, stop);
    let mut end = EndOfBand::default();
    let mut mcu = 0;
    for y in 0..plane.high {
        for block in &plane.ac[y * plane.stride..][..plane.wide] {
            if restart != 0 && mcu != 0 && mcu % restart == 0 {
                end.flush(sink);
                sink.restart(mcu / restart - 1);
            }
            mcu += 1;
            let all = above(s, block, ((1u32 << al) - 1) as i16) & band;
            let old = above(s, block, ((2u32 << al) - 1) as i16) & band;
            let mut new = all & !old;
            // Only a sink of bits asks what they are.
            let plane_bits = if K::WANTS_BITS && old != 0 {
                with_bit(s, block, 1 << al)
            } else {
                0
            };
            if new == 0 {
                end.add(sink, gather::<K>(plane_bits, old & span(ss, stop)));
                continue;
            }
            end.flush(sink);
            sink.block();
            let mut next = ss;
            while new != 0 {
                let z = new.trailing_zeros();
                new &= new - 1;
                let mut zeros = !old & span(next, z);
                let mut run = zeros.count_ones();
                while run > 15 {
                    for _ in 0..15 {
                        zeros &= zeros - 1;
                    }
                    let sixteenth = zeros.trailing_zeros();
                    zeros &= zeros - 1;
                    sink.symbol(0, 0xf0, 0, 0);
                    let (bits, n) = gather::<K>(plane_bits, old & span(next, sixteenth));
                    sink.raw(bits, n);
                    next = sixteenth + 1;
                    run -= 16;
                }
                let sign = u64::from(block[z as usize & 63] > 0);
                sink.symbol(0, (run << 4 | 1) as usize, sign, 1);
                let (bits, n) = gather::<K>(plane_bits, old & span(next, z));
                sink.raw(bits, n);
                next = z + 1;
            }
            if next < stop {
                end.add(sink, gather::<K>(plane_bits, old & span(next, stop)));
            }
        }
        sink.row_end();
    }
    end.flush(sink);
}
