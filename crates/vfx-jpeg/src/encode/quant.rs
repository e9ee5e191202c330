//! Quality to distance to quantisation tables and dead zones, as jpegli maps them.
//!
//! Distance 1.0 (quality 90) is visually lossless at normal viewing distance; tables are in natural order, values 1..=255.
//! Formulas: jpegli `quant.cc:544-766`, `encode.cc:849-854` (reference 2.1). Three tables always, as cjpegli does: one for
//! both chroma planes costs 3 to 20 % more bytes.

use super::config::{ColorModel, Sampling};
use super::tables::{CHROMA_420, EXPONENT, STANDARD, XYB, YCBCR, ZERO_BIAS_HIGH, ZERO_BIAS_LOW};

const SCALE_YCBCR: f32 = 1.739_660_1;
const SCALE_XYB: f32 = 1.439_516_7;
const SCALE_420: f32 = 1.22;
/// Where the scale of low frequencies starts to flatten.
const DISTANCE_BEND: f32 = 1.5;

/// Butteraugli distance of a libjpeg-like quality (clamped to 0..=100).
#[must_use]
pub fn quality_to_distance(quality: f32) -> f32 {
    let q = quality.clamp(0.0, 100.0);
    if q >= 100.0 {
        0.01
    } else if q >= 30.0 {
        0.1 + 0.09 * (100.0 - q)
    } else {
        53.0 / 3000.0 * q * q - 23.0 / 20.0 * q + 25.0
    }
}

/// Percentage by which the tables of T.81 annex K are scaled at a distance (inverse of the libjpeg quality rule).
fn linear_quality(distance: f32) -> f32 {
    if distance <= 0.1 {
        1.0
    } else if distance <= 4.6 {
        (200.0 / 9.0) * (distance - 0.1)
    } else if distance <= 6.4 {
        5000.0 / (100.0 - (distance - 0.1) / 0.09)
    } else if distance < 25.0 {
        530_000.0 / (3450.0 - 300.0 * ((848.0 * distance - 5330.0) / 120.0).sqrt())
    } else {
        5000.0
    }
}

fn distance_to_scale(distance: f32, k: usize) -> f32 {
    if distance < DISTANCE_BEND {
        return distance;
    }
    let e = EXPONENT[k];
    (0.5 * distance).max(DISTANCE_BEND.powf(1.0 - e) * distance.powf(e))
}

fn scale_to_distance(scale: f32, k: usize) -> f32 {
    if scale < DISTANCE_BEND {
        return scale;
    }
    let e = 1.0 / EXPONENT[k];
    (2.0 * scale).min(DISTANCE_BEND.powf(1.0 - e) * scale.powf(e))
}

/// The tables of a picture, one a component up to three.
pub(super) fn tables(distance: f32, model: ColorModel, sampling: Sampling) -> Vec<[u16; 64]> {
    let is_420 = model == ColorModel::YCbCr && sampling == Sampling::S420;
    let make = |base: &[f32; 64], scale: &dyn Fn(usize) -> f32| {
        let mut table = [1u16; 64];
        for (k, step) in table.iter_mut().enumerate() {
            *step = (scale(k) * base[k]).round().clamp(1.0, 255.0) as u16;
        }
        table
    };
    let nonlinear = |global: f32| move |k: usize| global * distance_to_scale(distance, k);
    match model {
        ColorModel::Xyb => XYB.iter().map(|b| make(b, &nonlinear(SCALE_XYB))).collect(),
        ColorModel::Gray => vec![make(&YCBCR[0], &nonlinear(SCALE_YCBCR))],
        ColorModel::YCbCr => (0..3)
            .map(|c| {
                let global = SCALE_YCBCR * if is_420 { SCALE_420 } else { 1.0 };
                make(&YCBCR[c], &|k| {
                    let chroma = if is_420 && c > 0 { CHROMA_420[k] } else { 1.0 };
                    global * distance_to_scale(distance, k) * chroma
                })
            })
            .collect(),
        ColorModel::Rgb | ColorModel::Cmyk => {
            vec![make(&STANDARD[0], &|_| 0.01 * linear_quality(distance))]
        }
        ColorModel::Ycck => STANDARD
            .iter()
            .map(|b| make(b, &|_| 0.01 * linear_quality(distance)))
            .collect(),
    }
}

/// The distance that YCbCr tables stand for; like the original it knows neither the 4:2:0 factors nor other models.
fn tables_to_distance(tables: &[[u16; 64]]) -> f32 {
    const MOST: f32 = 10_000.0;
    let (mut low, mut high) = (0.0f32, MOST);
    for (table, base) in tables.iter().zip(&YCBCR) {
        for k in 0..64 {
            let inverse = 1.0 / base[k] / SCALE_YCBCR;
            let step = f32::from(table[k]);
            let min = if table[k] > 1 {
                scale_to_distance((step - 0.5) * inverse, k)
            } else {
                0.0
            };
            let max = if table[k] < 255 {
                scale_to_distance((step + 0.5) * inverse, k)
            } else {
                MOST
            };
            if min <= high {
                low = low.max(min);
            }
            if max >= low {
                high = high.min(max);
            }
        }
    }
    if low == 0.0 {
        high
    } else if high == MOST {
        low
    } else {
        0.5 * (low + high)
    }
}

/// Offset and slope of the dead zone of component `c`, natural order.
pub(super) fn dead_zone(
    tables: &[[u16; 64]],
    model: ColorModel,
    c: usize,
    adaptive: bool,
) -> ([f32; 64], [f32; 64]) {
    // A hair above one half, so that a kept coefficient never rounds to 0.
    let half = 0.500_001;
    let mut offset = [half; 64];
    let mut slope = [if adaptive { 0.5 } else { 0.0 }; 64];
    if model == ColorModel::YCbCr {
        offset = [[0.590_82, 0.581_46, 0.579_88][c]; 64];
        if adaptive {
            let low = ((tables_to_distance(tables) - 1.0) / 2.0).clamp(0.0, 1.0);
            for k in 0..64 {
                slope[k] = low * ZERO_BIAS_LOW[c][k] + (1.0 - low) * ZERO_BIAS_HIGH[c][k];
            }
        }
    }
    (offset[0], slope[0]) = (0.0, 0.0);
    (offset, slope)
}
