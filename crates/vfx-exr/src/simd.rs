//! Row kernels of the byte split and predictor, and the byte sum.
//!
//! AVX2 forms behind run-time detection, with portable forms beside them that give the same bytes. `merge_row` is a prefix sum of either half followed by
//! an interleave; `split_row` its inverse; both carry the running bytes from row to row. No alignment is needed; tails are done by the portable form.
#![allow(unsafe_code, reason = "std::arch intrinsics behind run-time detection")]

mod lanes;
pub(crate) mod quad;

pub(crate) use lanes::{Kernel, Lanes, with_lanes};

use crate::codec::Carry;

/// Runs `f` compiled for AVX2 and BMI2 where the machine has them; what `f` calls must be `#[inline(always)]` to profit.
#[inline(always)]
pub(crate) fn widest<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
    {
        // SAFETY: the features are present.
        return unsafe { x86::call(f) };
    }
    f()
}

/// Bias of every stored difference.
const BIAS: u8 = 128;

/// `out[2i]`, `out[2i + 1]` from the differences `even[i]`, `odd[i]`; `out` is as long as both together.
pub(crate) fn merge_row(even: &[u8], odd: &[u8], out: &mut [u8], carry: &mut Carry) {
    assert!(even.len() == odd.len() && out.len() == 2 * even.len());
    #[cfg(target_arch = "x86_64")]
    let done = if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is present.
        unsafe { x86::merge_row(even, odd, out, carry) }
    } else {
        0
    };
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    merge_row_portable(&even[done..], &odd[done..], &mut out[2 * done..], carry);
}

fn merge_row_portable(even: &[u8], odd: &[u8], out: &mut [u8], carry: &mut Carry) {
    for ((pair, &e), &o) in out.chunks_exact_mut(2).zip(even).zip(odd) {
        carry.0 = carry.0.wrapping_add(e).wrapping_sub(BIAS);
        carry.1 = carry.1.wrapping_add(o).wrapping_sub(BIAS);
        pair[0] = carry.0;
        pair[1] = carry.1;
    }
}

/// The inverse of [`merge_row`].
pub(crate) fn split_row(row: &[u8], even: &mut [u8], odd: &mut [u8], carry: &mut Carry) {
    assert!(even.len() == odd.len() && row.len() == 2 * even.len());
    #[cfg(target_arch = "x86_64")]
    let done = if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is present.
        unsafe { x86::split_row(row, even, odd, carry) }
    } else {
        0
    };
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    split_row_portable(&row[2 * done..], &mut even[done..], &mut odd[done..], carry);
}

fn split_row_portable(row: &[u8], even: &mut [u8], odd: &mut [u8], carry: &mut Carry) {
    for ((pair, e), o) in row.chunks_exact(2).zip(even).zip(odd) {
        *e = pair[0].wrapping_sub(carry.0).wrapping_add(BIAS);
        *o = pair[1].wrapping_sub(carry.1).wrapping_add(BIAS);
        *carry = (pair[0], pair[1]);
    }
}

/// Running sums of words, from planes of their high and low bytes; little-endian into `out`. `value` is the sum before, then after.
pub(crate) fn sum_words(planes: [&[u8]; 2], out: &mut [u8], value: &mut u16) {
    let [high, low] = planes;
    assert!(high.len() == low.len() && out.len() == 2 * high.len());
    #[cfg(target_arch = "x86_64")]
    let done = if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is present.
        unsafe { x86::sum_words(planes, out, value) }
    } else {
        0
    };
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    let rest = high[done..].iter().zip(&low[done..]);
    for (out, (&high, &low)) in out[2 * done..].chunks_exact_mut(2).zip(rest) {
        *value = value.wrapping_add(u16::from_be_bytes([high, low]));
        out.copy_from_slice(&value.to_le_bytes());
    }
}

/// [`sum_words`] of 32 bits, from four planes, of which the last may be absent (0).
pub(crate) fn sum_longs(planes: [&[u8]; 4], out: &mut [u8], value: &mut u32) {
    let [a, b, c, d] = planes;
    assert!(a.len() == b.len() && a.len() == c.len() && out.len() == 4 * a.len());
    assert!(d.is_empty() || a.len() == d.len());
    #[cfg(target_arch = "x86_64")]
    let done = if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is present.
        unsafe { x86::sum_longs(planes, out, value) }
    } else {
        0
    };
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    for (i, out) in out.chunks_exact_mut(4).enumerate().skip(done) {
        let last = d.get(i).copied().unwrap_or(0);
        *value = value.wrapping_add(u32::from_be_bytes([a[i], b[i], c[i], last]));
        out.copy_from_slice(&value.to_le_bytes());
    }
}

/// Sum modulo 256.
pub(crate) fn byte_sum(bytes: &[u8]) -> u8 {
    widest(
        #[inline(always)]
        || {
            // One accumulator a lane lets the compiler keep the sum in vectors.
            let mut lanes = [0u8; 64];
            let (blocks, rest) = bytes.as_chunks::<64>();
            for block in blocks {
                for (l, b) in lanes.iter_mut().zip(block) {
                    *l = l.wrapping_add(*b);
                }
            }
            let tail = rest.iter().fold(0u8, |s, b| s.wrapping_add(*b));
            lanes.iter().fold(tail, |s, b| s.wrapping_add(*b))
        },
    )
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BIAS, Carry};
    use std::arch::x86_64::*;

    /// A frame with the features, into which `f` is inlined.
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn call<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    /// Inclusive prefix sum of 32 bytes, plus `carry` (the running value in all bytes); also the next carry.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn prefix32(d: __m256i, carry: __m256i) -> (__m256i, __m256i) {
        let d = _mm256_add_epi8(d, _mm256_slli_si256::<1>(d));
        let d = _mm256_add_epi8(d, _mm256_slli_si256::<2>(d));
        let d = _mm256_add_epi8(d, _mm256_slli_si256::<4>(d));
        let d = _mm256_add_epi8(d, _mm256_slli_si256::<8>(d));
        let last = _mm256_shuffle_epi8(d, _mm256_set1_epi8(15));
        let up = _mm256_permute2x128_si256::<0x08>(last, last);
        let total = _mm256_add_epi8(up, last);
        let total = _mm256_permute2x128_si256::<0x11>(total, total);
        (
            _mm256_add_epi8(_mm256_add_epi8(d, up), carry),
            _mm256_add_epi8(carry, total),
        )
    }

    /// Does whole blocks of 32 and returns the differences of each half that were used.
    #[target_feature(enable = "avx2")]
    pub(super) fn merge_row(even: &[u8], odd: &[u8], out: &mut [u8], carry: &mut Carry) -> usize {
        let blocks = even.len().min(odd.len()).min(out.len() / 2) / 32;
        let bias = _mm256_set1_epi8(BIAS as i8);
        let mut c0 = _mm256_set1_epi8(carry.0 as i8);
        let mut c1 = _mm256_set1_epi8(carry.1 as i8);
        for b in 0..blocks {
            // SAFETY: `blocks` bounds both halves by 32 and the output by 64 bytes a block.
            unsafe {
                let e = _mm256_loadu_si256(even.as_ptr().add(32 * b).cast());
                let o = _mm256_loadu_si256(odd.as_ptr().add(32 * b).cast());
                // Adding and subtracting 128 are one operation modulo 256.
                let (e, n0) = prefix32(_mm256_add_epi8(e, bias), c0);
                let (o, n1) = prefix32(_mm256_add_epi8(o, bias), c1);
                (c0, c1) = (n0, n1);
                let lo = _mm256_unpacklo_epi8(e, o);
                let hi = _mm256_unpackhi_epi8(e, o);
                let to = out.as_mut_ptr().add(64 * b);
                _mm256_storeu_si256(to.cast(), _mm256_permute2x128_si256::<0x20>(lo, hi));
                _mm256_storeu_si256(to.add(32).cast(), _mm256_permute2x128_si256::<0x31>(lo, hi));
            }
        }
        *carry = (
            _mm256_extract_epi8::<0>(c0) as u8,
            _mm256_extract_epi8::<0>(c1) as u8,
        );
        32 * blocks
    }

    /// Does whole blocks of 16 and returns how many words those were.
    #[target_feature(enable = "avx2")]
    pub(super) fn sum_words(planes: [&[u8]; 2], out: &mut [u8], value: &mut u16) -> usize {
        let [high, low] = planes;
        let blocks = high.len().min(low.len()).min(out.len() / 2) / 16;
        let mut carry = _mm256_set1_epi16(*value as i16);
        let last_word = _mm256_set1_epi16(0x0f0e);
        for b in 0..blocks {
            // SAFETY: `blocks` bounds the planes by 16 and the output by 32 bytes a block.
            unsafe {
                let h = _mm_loadu_si128(high.as_ptr().add(16 * b).cast());
                let l = _mm_loadu_si128(low.as_ptr().add(16 * b).cast());
                let h = _mm256_slli_epi16::<8>(_mm256_cvtepu8_epi16(h));
                let d = _mm256_or_si256(h, _mm256_cvtepu8_epi16(l));
                let d = _mm256_add_epi16(d, _mm256_slli_si256::<2>(d));
                let d = _mm256_add_epi16(d, _mm256_slli_si256::<4>(d));
                let d = _mm256_add_epi16(d, _mm256_slli_si256::<8>(d));
                let last = _mm256_shuffle_epi8(d, last_word);
                let up = _mm256_permute2x128_si256::<0x08>(last, last);
                let total = _mm256_add_epi16(up, last);
                let total = _mm256_permute2x128_si256::<0x11>(total, total);
                let sums = _mm256_add_epi16(_mm256_add_epi16(d, up), carry);
                carry = _mm256_add_epi16(carry, total);
                _mm256_storeu_si256(out.as_mut_ptr().add(32 * b).cast(), sums);
            }
        }
        *value = _mm256_extract_epi16::<0>(carry) as u16;
        16 * blocks
    }

    /// Does whole blocks of 8 and returns how many numbers those were.
    #[target_feature(enable = "avx2")]
    pub(super) fn sum_longs(planes: [&[u8]; 4], out: &mut [u8], value: &mut u32) -> usize {
        let [a, b, c, d] = planes;
        let blocks = a.len().min(b.len()).min(c.len()).min(out.len() / 4) / 8;
        let has_last = d.len() >= 8 * blocks;
        let mut carry = _mm256_set1_epi32(*value as i32);
        for n in 0..blocks {
            // SAFETY: `blocks` bounds the planes by 8 and the output by 32 bytes a block; the last plane is read only when it is as long.
            unsafe {
                let plane =
                    |p: &[u8]| _mm256_cvtepu8_epi32(_mm_loadl_epi64(p.as_ptr().add(8 * n).cast()));
                let x = _mm256_or_si256(
                    _mm256_slli_epi32::<24>(plane(a)),
                    _mm256_slli_epi32::<16>(plane(b)),
                );
                let x = _mm256_or_si256(x, _mm256_slli_epi32::<8>(plane(c)));
                let x = if has_last {
                    _mm256_or_si256(x, plane(d))
                } else {
                    x
                };
                let x = _mm256_add_epi32(x, _mm256_slli_si256::<4>(x));
                let x = _mm256_add_epi32(x, _mm256_slli_si256::<8>(x));
                let last = _mm256_shuffle_epi32::<0xff>(x);
                let up = _mm256_permute2x128_si256::<0x08>(last, last);
                let total = _mm256_add_epi32(up, last);
                let total = _mm256_permute2x128_si256::<0x11>(total, total);
                let sums = _mm256_add_epi32(_mm256_add_epi32(x, up), carry);
                carry = _mm256_add_epi32(carry, total);
                _mm256_storeu_si256(out.as_mut_ptr().add(32 * n).cast(), sums);
            }
        }
        *value = _mm256_extract_epi32::<0>(carry) as u32;
        8 * blocks
    }

    /// Each byte's predecessor in the row of `now`, given the block before.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn before(now: __m256i, previous: __m256i) -> __m256i {
        let across = _mm256_permute2x128_si256::<0x21>(previous, now);
        _mm256_alignr_epi8::<15>(now, across)
    }

    /// Does whole blocks of 32 and returns the bytes of each half that were written.
    #[target_feature(enable = "avx2")]
    pub(super) fn split_row(
        row: &[u8],
        even: &mut [u8],
        odd: &mut [u8],
        carry: &mut Carry,
    ) -> usize {
        let blocks = even.len().min(odd.len()).min(row.len() / 2) / 32;
        let bias = _mm256_set1_epi8(BIAS as i8);
        let low = _mm256_set1_epi16(0xff);
        let mut p0 = _mm256_set1_epi8(carry.0 as i8);
        let mut p1 = _mm256_set1_epi8(carry.1 as i8);
        for b in 0..blocks {
            // SAFETY: `blocks` bounds both halves by 32 and the row by 64 bytes a block.
            unsafe {
                let from = row.as_ptr().add(64 * b);
                let x = _mm256_loadu_si256(from.cast());
                let y = _mm256_loadu_si256(from.add(32).cast());
                let e = _mm256_packus_epi16(_mm256_and_si256(x, low), _mm256_and_si256(y, low));
                let o = _mm256_packus_epi16(_mm256_srli_epi16::<8>(x), _mm256_srli_epi16::<8>(y));
                let e = _mm256_permute4x64_epi64::<0b11_01_10_00>(e);
                let o = _mm256_permute4x64_epi64::<0b11_01_10_00>(o);
                let de = _mm256_add_epi8(_mm256_sub_epi8(e, before(e, p0)), bias);
                let dodd = _mm256_add_epi8(_mm256_sub_epi8(o, before(o, p1)), bias);
                _mm256_storeu_si256(even.as_mut_ptr().add(32 * b).cast(), de);
                _mm256_storeu_si256(odd.as_mut_ptr().add(32 * b).cast(), dodd);
                (p0, p1) = (e, o);
            }
        }
        *carry = (
            _mm256_extract_epi8::<31>(p0) as u8,
            _mm256_extract_epi8::<31>(p1) as u8,
        );
        32 * blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictor_rows_match_the_portable_form() {
        for n in [0usize, 1, 31, 32, 33, 64, 100, 257] {
            let row: Vec<u8> = (0..2 * n).map(|i| (i * i * 31 + i * 7) as u8).collect();
            let run = |f: fn(&[u8], &mut [u8], &mut [u8], &mut Carry)| {
                let (mut e, mut o, mut c) = (vec![0; n], vec![0; n], (7, 200));
                f(&row, &mut e, &mut o, &mut c);
                (e, o, c)
            };
            let fast = run(split_row);
            assert_eq!(fast, run(split_row_portable), "split {n}");
            for f in [merge_row, merge_row_portable] {
                let (mut back, mut c) = (vec![0; 2 * n], (7, 200));
                f(&fast.0, &fast.1, &mut back, &mut c);
                assert_eq!((&back, c), (&row, fast.2), "merge {n}");
            }
            assert_eq!(
                byte_sum(&row),
                row.iter().fold(0u8, |s, b| s.wrapping_add(*b))
            );
        }
    }
    #[test]
    fn running_sums_of_planes_match_plain_sums() {
        for n in [0usize, 1, 7, 8, 15, 16, 17, 33, 100, 257] {
            let plane = |k: usize| -> Vec<u8> { (0..n).map(|i| (i * i * k + i) as u8).collect() };
            let p = [plane(3), plane(7), plane(31), plane(11)];
            let (mut out, mut value) = (vec![0; 2 * n], 60_000u16);
            sum_words([&p[0], &p[1]], &mut out, &mut value);
            let mut sum = 60_000u16;
            for i in 0..n {
                sum = sum.wrapping_add(u16::from_be_bytes([p[0][i], p[1][i]]));
                assert_eq!(out[2 * i..2 * i + 2], sum.to_le_bytes());
            }
            assert_eq!(value, sum);
            for last in [&p[3][..], &[]] {
                let (mut out, mut value) = (vec![0; 4 * n], 4_000_000_000u32);
                sum_longs([&p[0], &p[1], &p[2], last], &mut out, &mut value);
                let mut sum = 4_000_000_000u32;
                for i in 0..n {
                    let low = last.get(i).copied().unwrap_or(0);
                    sum = sum.wrapping_add(u32::from_be_bytes([p[0][i], p[1][i], p[2][i], low]));
                    assert_eq!(out[4 * i..4 * i + 4], sum.to_le_bytes());
                }
                assert_eq!(value, sum);
            }
        }
    }
}
