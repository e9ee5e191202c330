//! The transfer function of lossy chunks: a power of 1 / 2.2 up to 1, a logarithm above, odd for negative light.
//!
//! Scene-linear samples in, code values out (or back). Since OpenEXR 3.5.2 its inverse is stored in the codestream as a table (NLT type 4), from bits to
//! bits; 3.5.0 and 3.5.1 applied it to the samples themselves. Source: `internal_ht_common.h` of OpenEXRCore 3.5.3: `tf_from_linear`, `tf_to_linear`,
//! `build_nlt_lut_16`, `build_nlt_lut_32`, `legacy_int16_to_half`, `legacy_int32_to_float`; exponents are the float nearest to 2.2.

use half::f16;

/// Largest finite half.
pub(super) const HALF_MAX: f64 = 65504.0;

/// 2.2 as a float, which is what the function is defined with.
const EXPONENT: f64 = 2.2_f32 as f64;
/// 1 / 2.2 in float arithmetic.
const INVERSE: f64 = (1.0_f32 / 2.2_f32) as f64;

/// Code value of scene-linear light.
pub(super) fn from_linear(light: f64) -> f64 {
    let v = light.abs();
    let code = if v <= 1.0 {
        v.powf(INVERSE)
    } else {
        v.ln() / EXPONENT + 1.0
    };
    code.copysign(light)
}

/// Scene-linear light of a code value.
pub(super) fn to_linear(code: f64) -> f64 {
    let v = code.abs();
    let light = if v <= 1.0 {
        v.powf(EXPONENT)
    } else {
        (EXPONENT * (v - 1.0)).exp()
    };
    light.copysign(code)
}

/// Points of the table for half samples.
pub(super) const HALF_POINTS: usize = 513;
/// Points of the table for float samples.
pub(super) const FLOAT_POINTS: usize = 257;

/// Points from equally spaced code values to the sign-magnitude bits of samples, as fractions of their range. `bits` is 16 or 32; the table ends at
/// `most`, scene-linear.
pub(super) fn table(bits: u32, most: f64) -> Vec<u32> {
    let (count, range) = if bits == 16 {
        (HALF_POINTS, f64::from(i16::MAX))
    } else {
        (FLOAT_POINTS, f64::from(i32::MAX))
    };
    let factor = range / from_linear(most);
    let step = 2.0 * range / (count - 1) as f64;
    let full = (1u64 << bits) as f64;
    (0..count)
        .map(|i| {
            let light = to_linear((-range + i as f64 * step) / factor) as f32;
            let v = if bits == 16 {
                f64::from(folded(
                    i32::from(f16::from_f32(light).to_bits() as i16),
                    bits,
                ))
            } else {
                f64::from(folded(light.to_bits() as i32, bits))
            };
            // Rounded half away from zero.
            ((v / full + 0.5) * (full - 1.0)).round() as u32
        })
        .collect()
}

/// Sample bits as a number that grows with the sample: negative ones have their magnitude bits complemented.
pub(super) fn folded(bits: i32, depth: u32) -> i32 {
    if bits >= 0 {
        bits
    } else {
        (-i64::from(bits) - (1i64 << (depth - 1)) - 1) as i32
    }
}

/// The bits of a half (16) or float (32) from a code value of OpenEXR 3.5.0 and 3.5.1.
pub(super) fn legacy_bits(code: i32, depth: u32) -> u32 {
    if depth == 16 {
        let code = code.clamp(-32767, 32767);
        let light = to_linear(f64::from(code) / LEGACY_HALF_FACTOR);
        u32::from(f16::from_f32(light as f32).to_bits())
    } else {
        let light = to_linear(f64::from(code) / LEGACY_FLOAT_FACTOR);
        (light as f32).clamp(f32::MIN, f32::MAX).to_bits()
    }
}

/// 32767 over the code value of the largest half.
const LEGACY_HALF_FACTOR: f64 = 5424.23808866629;
/// 2147483647 over the code value of the largest float.
const LEGACY_FLOAT_FACTOR: f64 = 51961246.180338;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_inverts() {
        for light in [0.0, 1e-6, 0.18, 0.99, 1.0, 1.01, 100.0, 65504.0] {
            for light in [light, -light] {
                let back = to_linear(from_linear(light));
                assert!((back - light).abs() <= 1e-6 * light.abs(), "{light} {back}");
            }
        }
    }

    #[test]
    fn table_grows_and_is_symmetric() {
        for (bits, most) in [(16, HALF_MAX), (32, HALF_MAX), (32, 3e38)] {
            let table = table(bits, most);
            assert!(table.windows(2).all(|w| w[0] < w[1]));
        }
    }
}
