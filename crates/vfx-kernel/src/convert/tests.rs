//! Every code and every half against exact arithmetic, at every level.
#![allow(
    clippy::manual_clamp,
    reason = "clamp would keep a NaN; max turns it into 0"
)]

use half::f16;

use super::{Samples, SamplesMut, convert, from_f32, to_f32};
use crate::level::at_every_level;

const SPECIAL: [f32; 12] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    -0.0,
    0.0,
    1e-40,
    -1.0,
    1.0,
    2.0,
    0.5,
    0.999_999_9,
    1e-7,
];

fn all16() -> Vec<u16> {
    (0..=u16::MAX).collect()
}

#[test]
fn codes_to_floats_are_correctly_rounded() {
    at_every_level(|name| {
        let codes: Vec<u8> = (0..=255).collect();
        let mut out = vec![0.0; 256];
        for bits in 1..=8 {
            to_f32(Samples::U8(&codes), bits, &mut out);
            let max = ((1u32 << bits) - 1) as f32;
            for (c, y) in codes.iter().zip(&out) {
                assert_eq!(*y, f32::from(*c) / max, "{name} u{bits} {c}");
            }
        }
        let codes = all16();
        let mut out = vec![0.0; codes.len()];
        for bits in [8, 10, 12, 15, 16] {
            to_f32(Samples::U16(&codes), bits, &mut out);
            let max = ((1u32 << bits) - 1) as f32;
            for (c, y) in codes.iter().zip(&out) {
                assert_eq!(*y, f32::from(*c) / max, "{name} u{bits} {c}");
            }
        }
        let codes: Vec<u32> = (0..100_003u32)
            .map(|i| i.wrapping_mul(42_949_673))
            .collect();
        let mut out = vec![0.0; codes.len()];
        to_f32(Samples::U32(&codes), 32, &mut out);
        for (c, y) in codes.iter().zip(&out) {
            assert_eq!(
                *y,
                (f64::from(*c) / 4_294_967_295.0) as f32,
                "{name} u32 {c}"
            );
        }
    });
}

#[test]
fn codes_survive_the_way_through_floats() {
    at_every_level(|name| {
        for bits in 1..=16u8 {
            let codes: Vec<u16> = (0..1u32 << bits).map(|c| c as u16).collect();
            let mut floats = vec![0.0; codes.len()];
            let mut back = vec![0u16; codes.len()];
            to_f32(Samples::U16(&codes), bits, &mut floats);
            from_f32(&floats, SamplesMut::U16(&mut back), bits);
            assert_eq!(codes, back, "{name} {bits} bits");
        }
        for bits in [20, 24] {
            let codes: Vec<u32> = (0..1u32 << bits).step_by(37).collect();
            let mut floats = vec![0.0; codes.len()];
            let mut back = vec![0u32; codes.len()];
            to_f32(Samples::U32(&codes), bits, &mut floats);
            from_f32(&floats, SamplesMut::U32(&mut back), bits);
            assert_eq!(codes, back, "{name} {bits} bits");
        }
    });
}

#[test]
fn floats_to_codes_clamp_and_round() {
    let mut x: Vec<f32> = SPECIAL.to_vec();
    x.extend((0..5000).map(|i| i as f32 / 2500.0 - 0.5));
    at_every_level(|name| {
        for bits in [1u8, 8] {
            let max = ((1u32 << bits) - 1) as f32;
            let mut y = vec![0u8; x.len()];
            from_f32(&x, SamplesMut::U8(&mut y), bits);
            for (x, y) in x.iter().zip(y) {
                let exact = (x.max(0.0).min(1.0) * max).round_ties_even();
                assert_eq!(f32::from(y), exact, "{name} {x} to {bits} bits");
            }
        }
        for bits in [10u8, 16] {
            let max = ((1u32 << bits) - 1) as f32;
            let mut y = vec![0u16; x.len()];
            from_f32(&x, SamplesMut::U16(&mut y), bits);
            for (x, y) in x.iter().zip(y) {
                let exact = (x.max(0.0).min(1.0) * max).round_ties_even();
                assert_eq!(f32::from(y), exact, "{name} {x} to {bits} bits");
            }
        }
        for bits in [10u8, 24, 32] {
            let max = f64::from(u32::MAX >> (32 - bits));
            let mut y = vec![0u32; x.len()];
            from_f32(&x, SamplesMut::U32(&mut y), bits);
            for (x, y) in x.iter().zip(y) {
                let exact = (f64::from(x.max(0.0).min(1.0)) * max).round_ties_even();
                assert_eq!(f64::from(y), exact, "{name} {x} to {bits} bits");
            }
        }
    });
}

#[test]
fn halves_widen_exactly() {
    let halves: Vec<f16> = all16().into_iter().map(f16::from_bits).collect();
    at_every_level(|name| {
        let mut out = vec![0.0f32; halves.len()];
        to_f32(Samples::F16(&halves), 0, &mut out);
        for (h, y) in halves.iter().zip(&out) {
            if h.is_nan() {
                let quiet = (u32::from(h.to_bits()) & 0x03ff) << 13 | 0x7fc0_0000;
                let sign = u32::from(h.to_bits() & 0x8000) << 16;
                assert_eq!(y.to_bits(), quiet | sign, "{name} {:04x}", h.to_bits());
            } else {
                assert_eq!(
                    y.to_bits(),
                    h.value_exactly().to_bits(),
                    "{name} {:04x}",
                    h.to_bits()
                );
            }
        }
        // And back: what is no NaN, bit for bit; a NaN gets its quiet bit.
        let mut back = vec![f16::ZERO; out.len()];
        from_f32(&out, SamplesMut::F16(&mut back), 0);
        for (h, b) in halves.iter().zip(&back) {
            let expected = if h.is_nan() {
                h.to_bits() | 0x0200
            } else {
                h.to_bits()
            };
            assert_eq!(b.to_bits(), expected, "{name}");
        }
    });
}

/// The value of a half by its definition, not by anybody's conversion.
trait Exact {
    fn value_exactly(&self) -> f32;
}

impl Exact for f16 {
    fn value_exactly(&self) -> f32 {
        let bits = i32::from(self.to_bits());
        let (e, m) = (bits >> 10 & 31, bits & 1023);
        let v = match e {
            31 => f64::INFINITY,
            0 => f64::from(m) * 2f64.powi(-24),
            _ => f64::from(m + 1024) * 2f64.powi(e - 25),
        };
        (if bits & 0x8000 != 0 { -v } else { v }) as f32
    }
}

#[test]
fn floats_narrow_to_the_nearest_half() {
    // Around every half and every midpoint, and special values.
    let mut x = SPECIAL.to_vec();
    for h in 0..0x7c00u16 {
        let a = f16::from_bits(h).value_exactly();
        let b = if h == 0x7bff {
            65536.0
        } else {
            f16::from_bits(h + 1).value_exactly()
        };
        let middle = (a + b) / 2.0;
        for v in [a, middle] {
            x.extend([
                v,
                -v,
                f32::from_bits(v.to_bits() + 1),
                f32::from_bits(v.to_bits().max(1) - 1),
            ]);
        }
    }
    x.extend([
        65519.99,
        65520.0,
        65536.0,
        1e30,
        f32::from_bits(0x7f80_0001),
        f32::from_bits(0xffc0_2000),
    ]);
    at_every_level(|name| {
        let mut y = vec![f16::ZERO; x.len()];
        from_f32(&x, SamplesMut::F16(&mut y), 0);
        for (x, y) in x.iter().zip(y) {
            if x.is_nan() {
                let bits = x.to_bits();
                let expected = (bits >> 16 & 0x8000) | 0x7e00 | (bits >> 13 & 0x3ff);
                assert_eq!(u32::from(y.to_bits()), expected, "{name} {bits:08x}");
            } else {
                assert_eq!(y.to_bits(), nearest_half(*x), "{name} {x:e}");
            }
        }
    });
}

/// Nearest even by search in f64.
fn nearest_half(x: f32) -> u16 {
    let sign = (x.to_bits() >> 16 & 0x8000) as u16;
    nearest_half_f64(f64::from(x.abs())) | sign
}

fn nearest_half_f64(a: f64) -> u16 {
    if a >= 65520.0 {
        return 0x7c00;
    }
    let (mut lo, mut hi) = (0u16, 0x7c00u16);
    let value = |h: u16| {
        if h == 0x7c00 {
            65536.0
        } else {
            f64::from(f16::from_bits(h).value_exactly())
        }
    };
    while hi - lo > 1 {
        let mid = (lo + hi) / 2;
        if value(mid) <= a { lo = mid } else { hi = mid }
    }
    let (below, above) = (a - value(lo), value(hi) - a);
    if below < above || below == above && lo % 2 == 0 {
        lo
    } else {
        hi
    }
}

#[test]
fn codes_to_halves_are_rounded_once() {
    let codes = all16();
    at_every_level(|name| {
        for bits in [10u8, 12, 16] {
            let max = f64::from((1u32 << bits) - 1);
            let codes = &codes[..1 << bits];
            let mut y = vec![f16::ZERO; codes.len()];
            convert(Samples::U16(codes), bits, SamplesMut::F16(&mut y), 0);
            for (c, y) in codes.iter().zip(&y) {
                assert_eq!(
                    y.to_bits(),
                    nearest_half_f64(f64::from(*c) / max),
                    "{name} {bits} bits {c}"
                );
            }
        }
        let h: Vec<f16> = codes.iter().map(|b| f16::from_bits(*b)).collect();
        let mut y = vec![0u8; h.len()];
        convert(Samples::F16(&h), 0, SamplesMut::U8(&mut y), 8);
        for (h, y) in h.iter().zip(&y) {
            let exact = (h.to_f32().max(0.0).min(1.0) * 255.0).round_ties_even();
            assert_eq!(f32::from(*y), exact, "{name} {h}");
        }
    });
}

#[test]
fn depths_rescale_exactly() {
    fn exact(v: u32, from: u8, to: u8) -> u32 {
        let (a, b) = ((1u128 << from) - 1, (1u128 << to) - 1);
        ((2 * u128::from(v).min(a) * b + a) / (2 * a)) as u32
    }
    at_every_level(|name| {
        let codes = all16();
        let mut narrow = vec![0u8; codes.len()];
        let mut wide = vec![0u16; codes.len()];
        let mut long = vec![0u32; codes.len()];
        for from in [8u8, 9, 10, 12, 15, 16] {
            convert(Samples::U16(&codes), from, SamplesMut::U8(&mut narrow), 8);
            convert(Samples::U16(&codes), from, SamplesMut::U16(&mut wide), 14);
            convert(Samples::U16(&codes), from, SamplesMut::U32(&mut long), 32);
            for (i, c) in codes.iter().enumerate() {
                let c = u32::from(*c);
                assert_eq!(
                    u32::from(narrow[i]),
                    exact(c, from, 8),
                    "{name} {from} to 8: {c}"
                );
                assert_eq!(
                    u32::from(wide[i]),
                    exact(c, from, 14),
                    "{name} {from} to 14: {c}"
                );
                assert_eq!(long[i], exact(c, from, 32), "{name} {from} to 32: {c}");
            }
        }
        let bytes: Vec<u8> = (0..=255).collect();
        for to in [8u8, 10, 12, 16] {
            convert(
                Samples::U8(&bytes),
                8,
                SamplesMut::U16(&mut wide[..256]),
                to,
            );
            for (i, y) in wide[..256].iter().enumerate() {
                assert_eq!(u32::from(*y), exact(i as u32, 8, to), "{name} 8 to {to}");
            }
        }
        let longs: Vec<u32> = (0..10_007u32).map(|i| i.wrapping_mul(429_467)).collect();
        for (from, to) in [(32u8, 31u8), (32, 16), (24, 16), (30, 8)] {
            let mut out = vec![0u32; longs.len()];
            convert(Samples::U32(&longs), from, SamplesMut::U32(&mut out), to);
            for (c, y) in longs.iter().zip(&out) {
                assert_eq!(*y, exact(*c, from, to), "{name} {from} to {to}: {c}");
            }
        }
    });
}

#[test]
fn copies_keep_every_bit() {
    let bits: Vec<u32> = vec![0x7f80_0001, 0xffc0_1234, 0x8000_0000, 1];
    let src: Vec<f32> = bits.iter().map(|b| f32::from_bits(*b)).collect();
    let mut dst = vec![0.0f32; 4];
    convert(Samples::F32(&src), 0, SamplesMut::F32(&mut dst), 0);
    assert_eq!(dst.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), bits);
    let src: Vec<f16> = all16().into_iter().map(f16::from_bits).collect();
    let mut dst = vec![f16::ZERO; src.len()];
    convert(Samples::F16(&src), 0, SamplesMut::F16(&mut dst), 0);
    assert!(
        src.iter()
            .zip(&dst)
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
    let src = all16();
    let mut dst = vec![0u16; src.len()];
    convert(Samples::U16(&src), 10, SamplesMut::U16(&mut dst), 10);
    assert_eq!(src, dst);
}

#[test]
fn odd_widths_convert_like_whole_rows() {
    let src: Vec<f32> = (0..200).map(|i| i as f32 / 150.0 - 0.1).collect();
    at_every_level(|name| {
        let mut all = vec![0u8; 200];
        let mut halves = vec![f16::ZERO; 200];
        from_f32(&src, SamplesMut::U8(&mut all), 8);
        from_f32(&src, SamplesMut::F16(&mut halves), 0);
        for len in 0..150 {
            let mut part = vec![0u8; len];
            from_f32(&src[7..7 + len], SamplesMut::U8(&mut part), 8);
            assert_eq!(part, all[7..7 + len], "{name}");
            let mut part = vec![f16::ZERO; len];
            from_f32(&src[7..7 + len], SamplesMut::F16(&mut part), 0);
            assert_eq!(part, halves[7..7 + len], "{name}");
            let mut back = vec![0.0; len];
            to_f32(Samples::F16(&part), 0, &mut back);
            for (h, f) in part.iter().zip(&back) {
                assert_eq!(h.to_f32(), *f, "{name}");
            }
        }
    });
}
