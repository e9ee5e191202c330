//! The four magnitudes of a JPEG 2000 quad in one register.
//!
//! Each sample's bits begin where the one before ends: four counts lie in the bytes of a number, whose product with 0x01010101 has their running sums. One
//! variable shift then brings each sample's bits to its own 64-bit lane. Source of the rules: ITU-T T.814, 7.3.
#![allow(unsafe_code, reason = "std::arch intrinsics behind run-time detection")]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Proof that the machine can do this.
#[derive(Clone, Copy)]
pub(crate) struct Quads(());

/// A quad's samples.
pub(crate) struct Quad {
    /// Top left, top right, bottom left, bottom right.
    pub values: [i32; 4],
    /// Bits of the lower samples, whose lengths are their exponents; 0 when not significant.
    pub lower: [u64; 2],
    /// Bits used.
    pub used: u32,
}

/// Largest exponent whose four samples fit the bits of one refill.
pub(crate) const MOST: u32 = 14;

/// Bit `i` of four to byte `i`.
#[inline(always)]
fn spread(bits: u32) -> u32 {
    (bits & 15).wrapping_mul(0x0020_4081) & 0x0101_0101
}

impl Quads {
    /// Where the machine has AVX2.
    #[inline]
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return Some(Self(()));
        }
        None
    }

    /// A quad of `exponent` at most [`MOST`] from the next bits. The record has significance, known top bits and shortened exponents from bits 4, 8 and 12 on;
    /// `EXACT` magnitudes are integers, others doubled ones with the half step, `below` planes up.
    #[inline(always)]
    pub fn decode<const EXACT: bool>(
        self,
        bits: u64,
        record: u32,
        exponent: u32,
        below: u32,
    ) -> Quad {
        #[cfg(target_arch = "x86_64")]
        {
            // SAFETY: only `detect` makes the proof.
            unsafe { decode::<EXACT>(bits, record, exponent, below) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            _ = (bits, record, exponent, below, spread(0), EXACT);
            unreachable!("no proof is made here")
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn decode<const EXACT: bool>(bits: u64, record: u32, exponent: u32, below: u32) -> Quad {
    let significant = spread(record >> 4).wrapping_mul(255);
    let each = exponent.wrapping_mul(0x0101_0101);
    let counts = each.wrapping_sub(spread(record >> 12)) & significant;
    let sums = counts.wrapping_mul(0x0101_0101);
    let lanes = |bytes: u32| _mm256_cvtepu8_epi64(_mm_cvtsi32_si128(bytes as i32));
    let one = _mm256_set1_epi64x(1);
    let count = lanes(counts);
    let v = _mm256_srlv_epi64(_mm256_set1_epi64x(bits as i64), lanes(sums << 8));
    let v = _mm256_and_si256(v, _mm256_sub_epi64(_mm256_sllv_epi64(one, count), one));
    let v = _mm256_or_si256(v, _mm256_sllv_epi64(lanes(spread(record >> 8)), count));
    let keep = _mm256_cvtepi8_epi64(_mm_cvtsi32_si128(significant as i32));
    let odd = _mm256_or_si256(v, one);
    let magnitude = if EXACT {
        _mm256_add_epi64(_mm256_srli_epi64::<1>(v), one)
    } else {
        let middle = _mm256_add_epi64(odd, _mm256_set1_epi64x(2));
        _mm256_sll_epi64(middle, _mm_cvtsi32_si128(below as i32))
    };
    let negative = _mm256_sub_epi64(_mm256_setzero_si256(), _mm256_and_si256(v, one));
    let signed = _mm256_sub_epi64(_mm256_xor_si256(magnitude, negative), negative);
    let signed = _mm256_and_si256(signed, keep);
    let lower = _mm256_and_si256(odd, keep);
    // Samples come column by column.
    let order = _mm256_setr_epi32(0, 4, 2, 6, 0, 4, 2, 6);
    let values = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(signed, order));
    Quad {
        // SAFETY: both are 16 plain bytes.
        values: unsafe { std::mem::transmute::<__m128i, [i32; 4]>(values) },
        lower: [
            _mm256_extract_epi64::<1>(lower) as u64,
            _mm256_extract_epi64::<3>(lower) as u64,
        ],
        used: sums >> 24,
    }
}
