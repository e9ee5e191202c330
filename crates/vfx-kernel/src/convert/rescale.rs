//! Integers of one depth to integers of another: round(v * max_out / max_in), exactly.
//!
//! Full scales are odd (2^n - 1), so there are no ties and every rounding rule agrees. A whole ratio (8 to 16 bits: 257) is a
//! product; 16 to 8 is the classic (v * 255 + 32895) >> 16; up to 50 bits in both depths together `f64` is close enough
//! to be exact; the rest is 128-bit division. Values above full scale count as full scale. Plain loops inside the SIMD
//! level: the compiler vectorises them.

use crate::level::simd;

/// A type of integer sample.
pub(super) trait Code: Copy {
    fn get(self) -> u32;
    fn set(v: u32) -> Self;
}

impl Code for u8 {
    #[inline(always)]
    fn get(self) -> u32 {
        u32::from(self)
    }
    #[inline(always)]
    fn set(v: u32) -> Self {
        v as u8
    }
}

impl Code for u16 {
    #[inline(always)]
    fn get(self) -> u32 {
        u32::from(self)
    }
    #[inline(always)]
    fn set(v: u32) -> Self {
        v as u16
    }
}

impl Code for u32 {
    #[inline(always)]
    fn get(self) -> u32 {
        self
    }
    #[inline(always)]
    fn set(v: u32) -> Self {
        v
    }
}

/// Rescales a row.
pub(super) fn rescale<A: Code, B: Code>(src: &[A], from: u32, dst: &mut [B], to: u32) {
    simd!(_s => rescale_row(src, from, dst, to));
}

#[inline(always)]
fn rescale_row<A: Code, B: Code>(src: &[A], from: u32, dst: &mut [B], to: u32) {
    // Adding 2^52 leaves the rounded integer in the low bits.
    const MAGIC: f64 = 4_503_599_627_370_496.0;
    if from == to && size_of::<A>() == size_of::<B>() {
        // A copy keeps what lies above the significant bits.
        each(src, dst, |v| v);
    } else if to.is_multiple_of(from) {
        let ratio = to / from;
        each(src, dst, |v| v.min(from) * ratio);
    } else if (from, to) == (65535, 255) {
        each(src, dst, |v| (v.min(from) * 255 + 32895) >> 16);
    } else if from.count_ones() + to.count_ones() <= 50 {
        let ratio = f64::from(to) / f64::from(from);
        each(src, dst, |v| {
            (f64::from(v.min(from)) * ratio + MAGIC).to_bits() as u32
        });
    } else {
        let (from, to) = (u128::from(from), u128::from(to));
        each(src, dst, |v| {
            ((2 * u128::from(v).min(from) * to + from) / (2 * from)) as u32
        });
    }
}

#[inline(always)]
fn each<A: Code, B: Code>(src: &[A], dst: &mut [B], f: impl Fn(u32) -> u32) {
    let n = src.len().min(dst.len());
    let (src, dst) = (&src[..n], &mut dst[..n]);
    let mut i = 0;
    while i < n {
        dst[i] = B::set(f(src[i].get()));
        i += 1;
    }
}
