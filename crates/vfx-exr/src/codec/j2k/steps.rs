//! Step sizes: ranges of the reversible wavelet, and what a quality means for the irreversible one.
//!
//! Quality 1 to 96 is the Qfactor of "Controlling JPEG 2000 image quality using a single parameter (Qfactor) v2.0", with visual weights; 97 to 150 is
//! OpenEXR's extension without weights. Sources: `internal_ht.cpp` of OpenEXRCore 3.5.3 (extension), OpenJPH 0.32 (weights, gains), T.800 E.1 (encoding).

use super::markers::Quantization;

/// Least and most quality.
pub(super) const QUALITIES: (f32, f32) = (1.0, 150.0);
/// Wavelet levels of OpenEXR's codestreams.
pub(super) const LEVELS: u32 = 5;

/// Bits that the 5/3 wavelet can add: LL, then HL, LH, HH from the coarsest level (ceilings of base-2 logarithms of its worst-case gains).
const GROWTH: [u32; 16] = [2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2];
/// Largest exponent that a step can have.
const MAX_EXPONENT: u32 = 31;

/// Steps of samples with so many bits, one of them for the component transform where there is one.
pub(super) fn reversible(bits: u32) -> Quantization {
    let most = bits + GROWTH.iter().max().copied().unwrap_or(0);
    let guard = most.saturating_sub(MAX_EXPONENT).max(1);
    Quantization {
        guard,
        steps: GROWTH
            .iter()
            .map(|g| ((bits + g - guard) << 11) as u16)
            .collect(),
        reversible: true,
    }
}

/// Root of the energy of a 9/7 low coefficient after so many levels, and of a high one.
const LOW_GAIN: [f32; 6] = [1.0, 1.4021, 2.0304, 2.9012, 4.1153, 5.8245];
const HIGH_GAIN: [f32; 5] = [1.4425, 1.9669, 2.8839, 4.1475, 5.8946];

/// Visual weights of HH and of HL and LH, from the finest level; Y, Cb, Cr.
const WEIGHTS: [[(f32, f32); 5]; 3] = [
    [
        (0.0901, 0.2758),
        (0.7018, 0.8378),
        (1.0, 1.0),
        (1.0, 1.0),
        (1.0, 1.0),
    ],
    [
        (0.0263, 0.0863),
        (0.1362, 0.2564),
        (0.3346, 0.4691),
        (0.5444, 0.6523),
        (0.7078, 0.7797),
    ],
    [
        (0.0773, 0.1835),
        (0.2598, 0.4130),
        (0.5040, 0.6464),
        (0.7220, 0.8254),
        (0.8769, 0.9424),
    ],
];

/// Steps of Y, Cb or Cr (0 to 2). `relative` scales the extended qualities: the code value of the largest half over that of the chunk's largest sample.
pub(super) fn irreversible(
    quality: f32,
    component: usize,
    bits: u32,
    relative: f64,
) -> Quantization {
    let (base, power, gain) = if quality < 97.0 {
        let (base, power) = qfactor(quality.round(), bits);
        (
            base,
            power,
            [1.0, 1.8051 / 1.7321, 1.5734 / 1.7321][component],
        )
    } else {
        let q = (f64::from(quality) - 97.0) / 53.0;
        let base = 0.005 * (-28.478 * q).exp2() + 0.001 * (-10.534 * q).exp2();
        // OpenEXR means other gains for Y and Cb, but all three get that of Cr, which is set last.
        let to_rgb = (2.4756f64 / 3.0).sqrt();
        ((base * relative / to_rgb) as f32, 0.0, 1.0)
    };
    let step = |gains: f32, weight: f32| encode_step(base / (gains * gain * weight.powf(power)));
    let mut steps = vec![step(LOW_GAIN[5] * LOW_GAIN[5], 1.0)];
    for level in (1..=LEVELS as usize).rev() {
        let (low, high) = (LOW_GAIN[level], HIGH_GAIN[level - 1]);
        let (hh, other) = WEIGHTS[component][level - 1];
        steps.push(step(high * low, other));
        steps.push(step(high * low, other));
        steps.push(step(high * high, hh));
    }
    Quantization {
        guard: 1,
        steps,
        reversible: false,
    }
}

/// Reference step and power of the visual weights.
fn qfactor(q: f32, bits: u32) -> (f32, f32) {
    const LOW: f32 = 65.0;
    const HIGH: f32 = 97.0;
    let scale = |q: f32| 2.0 * (1.0 - q / 100.0);
    let m = if q < 50.0 { 50.0 / q } else { scale(q) };
    let (alpha, power) = if q <= LOW {
        (0.04f32, 1.0)
    } else if q < HIGH {
        let power = (m.ln() - scale(HIGH).ln()) / (scale(LOW).ln() - scale(HIGH).ln());
        (0.10 * (0.04f32 / 0.10).powf(power), power)
    } else {
        (0.10, 0.0)
    };
    let least = 0.5f32.sqrt() * (-(bits as f32)).exp2();
    (alpha * m + least, power)
}

/// Exponent and mantissa of a step below 2.
fn encode_step(step: f32) -> u16 {
    let (mut exponent, mut step) = (0, step);
    while step < 1.0 && exponent < MAX_EXPONENT {
        exponent += 1;
        step *= 2.0;
    }
    let mantissa = ((step * 2048.0).round() as i32 - 2048).clamp(0, 0x7ff);
    (exponent << 11) as u16 | mantissa as u16
}
