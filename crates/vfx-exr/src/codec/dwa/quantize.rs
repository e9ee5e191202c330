//! The quantiser of DWA: the half with the fewest set bits within the tolerance.
//!
//! Halves of one sign are ordered like their bit patterns, so the halves within the tolerance are an interval of integers, and the one with the fewest set bits
//! follows in closed form from the bits that the ends share. Of equally short ones the nearest is taken. There is no table to send: quantised values are values.
//! Source of the tolerances: the example tables of ITU-T T.81, K.1 and K.2, over their least entry, as in `internal_dwa_encoder.h` of OpenEXRCore.

use super::AREA;
use crate::simd::Lanes;

#[rustfmt::skip]
const LUMA: [u8; AREA] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
#[rustfmt::skip]
const CHROMA: [u8; AREA] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// Tolerance of each coefficient, transposed.
pub(super) type Tolerances = [[f32; 8]; 8];

/// Tolerances of luma (or a channel on its own) and of chroma, for a level such as the usual 45.
pub(super) fn tolerances(level: f32) -> [Tolerances; 2] {
    let base = (level / 100_000.0).max(0.0);
    let of = |table: &[u8; AREA], least: f32| {
        std::array::from_fn(|u| std::array::from_fn(|v| base * f32::from(table[v * 8 + u]) / least))
    };
    [of(&LUMA, 10.0), of(&CHROMA, 17.0)]
}

/// Fills everything below the highest set bit.
#[inline(always)]
fn smear(v: u16) -> u16 {
    let v = v | v >> 1;
    let v = v | v >> 2;
    let v = v | v >> 4;
    v | v >> 8
}

/// The pattern with the fewest set bits in `low..=high`, the nearest to `at` of several.
#[inline(always)]
fn shortest(at: u16, low: u16, high: u16) -> u16 {
    // Bits above the first difference are shared; below, no bit is needed when `low` has none, else exactly one.
    let free = smear(low ^ high);
    let (rest, least, top) = (at & free, low & free, free ^ free >> 1);
    let filled = smear(rest);
    let below = filled ^ filled >> 1;
    let above = below << 1;
    let nearer = above.wrapping_sub(rest) >= rest.wrapping_sub(below);
    let down = (below >= least) & (nearer | (below == top));
    let one = if down { below } else { above };
    (at & !free) | if least == 0 { 0 } else { one }
}

/// Rounds coefficients to half and shortens them.
#[inline(always)]
pub(super) fn quantize<L: Lanes>(coefficients: &[L; 8], tolerances: &Tolerances) -> [u16; AREA] {
    let (mut source, mut low, mut high) = ([0u16; AREA], [0u16; AREA], [0u16; AREA]);
    for i in 0..8 {
        let half = coefficients[i].to_half();
        let (v, t) = (L::from_half(&half).abs(), L::load(&tolerances[i]));
        source[8 * i..][..8].copy_from_slice(&half);
        low[8 * i..][..8].copy_from_slice(&v.sub(t).to_half_up());
        high[8 * i..][..8].copy_from_slice(&v.add(t).to_half_cut());
    }
    let mut out = [0u16; AREA];
    for (out, ((&s, &low), &high)) in out.iter_mut().zip(source.iter().zip(&low).zip(&high)) {
        let at = s & 0x7fff;
        // Below zero there is nothing to gain: zero has no bits.
        let low = if low & 0x8000 != 0 { 0 } else { low };
        let short = shortest(at, low, high.min(0x7bff));
        let sign = if short == 0 { 0 } else { s & 0x8000 };
        // Infinities and NaN stay, but for the NaN that would read as a run of zeros.
        let special = if s & 0xff00 == 0xff00 { 0x7e00 } else { s };
        *out = if at >= 0x7c00 { special } else { short | sign };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantizer_finds_the_fewest_bits_in_every_interval() {
        for low in 0..300u16 {
            for high in low..300 {
                let at = low + (high - low) * 2 / 3;
                let short = shortest(at, low, high);
                assert!((low..=high).contains(&short), "{low} {high} {short}");
                let fewest = (low..=high).map(u16::count_ones).min().unwrap();
                assert_eq!(short.count_ones(), fewest, "{low} {high}");
                let equal = (low..=high).filter(|v| v.count_ones() == fewest);
                let nearest = equal.map(|v| v.abs_diff(at)).min().unwrap();
                assert_eq!(short.abs_diff(at), nearest, "{low} {high} {at}");
            }
        }
    }

    #[test]
    fn quantizer_stays_within_tolerance() {
        let [luma, _] = tolerances(45.0);
        for seed in 0..2000u32 {
            let value = |i: usize| {
                let x = seed
                    .wrapping_mul(2_654_435_761)
                    .wrapping_add(i as u32 * 40503);
                (x as i32 as f32 / 2f32.powi(31)).powi(5) * 4.0
            };
            let c: [[f32; 8]; 8] =
                std::array::from_fn(|u| std::array::from_fn(|v| value(u * 8 + v)));
            let q = quantize::<[f32; 8]>(&c, &luma);
            for (i, q) in q.iter().enumerate() {
                let (source, q) = (
                    half::f16::from_f32(c[i / 8][i % 8]),
                    half::f16::from_bits(*q),
                );
                let error = (source.to_f32() - q.to_f32()).abs();
                assert!(error <= luma[i / 8][i % 8] * 1.000_1, "{source} {q}");
                assert!(q.to_bits().count_ones() <= source.to_bits().count_ones());
            }
        }
    }
}
