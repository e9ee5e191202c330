//! XYB, the colour space of JPEG XL, scaled to 0..=255 for JPEG, and the ICC profile that undoes it.
//!
//! In: sRGB levels 0..=255 (encoded). Out: X, Y and B - Y, shifted and scaled so that the sRGB gamut fills the range. Constants:
//! jpegli `lib/cms/opsin_params.h`; the profile follows `lib/cms/jpegli_cms_internal.h:595-690` (lutAToBType: a 2x2x2 table
//! undoes the shear, parametric curves cube, a matrix goes to XYZ of D50). Scalar: two powers a sample, about 20 times the
//! cost of YCbCr.

use super::input::{Levels, STEP};

/// Linear RGB to cone responses.
const ABSORBANCE: [[f32; 3]; 3] = [
    [0.30, 0.622, 0.078],
    [0.23, 0.692, 0.078],
    [0.243_422_69, 0.204_767_44, 0.551_809_87],
];
const BIAS: f32 = 0.003_793_073_3;
const OFFSET: [f32; 3] = [0.015_386_134, 0.0, 0.277_704_6];
const SCALE: [f32; 3] = [22.995_789, 1.183_000_1, 1.502_141_3];

/// Converts a step of pixels in place.
pub(super) fn from_srgb(levels: &mut Levels) {
    let bias_root = BIAS.cbrt();
    #[allow(clippy::needless_range_loop, reason = "one pixel of each plane")]
    for i in 0..STEP {
        let rgb = [levels[0][i], levels[1][i], levels[2][i]].map(|level| {
            let v = level / 255.0;
            if v <= 0.040_45 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        });
        let cone = ABSORBANCE.map(|row| {
            let sum = row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + BIAS;
            sum.max(0.0).cbrt() - bias_root
        });
        let (x, y, b) = (
            0.5 * (cone[0] - cone[1]),
            0.5 * (cone[0] + cone[1]),
            cone[2],
        );
        for (c, v) in [x, y, b - y].into_iter().enumerate() {
            levels[c][i] = (v + OFFSET[c]) * SCALE[c] * 255.0;
        }
    }
}

/// The profile: about 700 bytes.
pub(super) fn profile() -> Vec<u8> {
    let tags = [
        (b"desc", text("XYB")),
        (b"cprt", text("CC0")),
        (b"wtpt", numbers(b"XYZ ", &D50)),
        (b"chad", numbers(b"sf32", &D65_TO_D50)),
        (b"A2B0", a_to_b()),
        (b"B2A0", no_operation()),
    ];
    let mut out = vec![0; 128];
    out.extend((tags.len() as u32).to_be_bytes());
    let mut offset = 128 + 4 + 12 * tags.len();
    for (name, body) in &tags {
        out.extend_from_slice(*name);
        out.extend((offset as u32).to_be_bytes());
        out.extend((body.len() as u32).to_be_bytes());
        offset += body.len();
    }
    for (_, body) in &tags {
        out.extend_from_slice(body);
    }
    let size = out.len() as u32;
    out[..4].copy_from_slice(&size.to_be_bytes());
    // Version 4.4, scanner class, from RGB to XYZ (ICC.1:2022 clause 7.2).
    out[8..12].copy_from_slice(&[4, 0x40, 0, 0]);
    out[12..24].copy_from_slice(b"scnrRGB XYZ ");
    // 2019-12-01, as any date will do and bytes must not change.
    out[24..36].copy_from_slice(&[7, 0xe3, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0]);
    out[36..40].copy_from_slice(b"acsp");
    out[68..80].copy_from_slice(&numbers(b"XYZ ", &D50)[8..]);
    out
}

const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
/// Bradford adaptation.
const D65_TO_D50: [f64; 9] = [
    1.047_844_4,
    0.022_897_8,
    -0.050_161_8,
    0.029_583_4,
    0.990_477_6,
    -0.017_061_6,
    -0.009_247_8,
    0.015_066_2,
    0.752_065_7,
];

fn fixed(v: f64) -> [u8; 4] {
    ((v * 65_536.0).round() as i32).to_be_bytes()
}

/// A tag of signed 15.16 numbers.
fn numbers(kind: &[u8; 4], values: &[f64]) -> Vec<u8> {
    let mut out = [&kind[..], &[0; 4]].concat();
    out.extend(values.iter().flat_map(|&v| fixed(v)));
    out
}

/// A multiLocalizedUnicodeType in US English, padded to four bytes.
fn text(text: &str) -> Vec<u8> {
    let mut out = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0".to_vec();
    out.push(2 * text.len() as u8);
    out.extend([0, 0, 0, 28]);
    out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// A parametricCurveType.
fn curve(kind: u8, parameters: &[f64]) -> Vec<u8> {
    let mut out = b"para\0\0\0\0\0".to_vec();
    out.extend([kind, 0, 0]);
    out.extend(parameters.iter().flat_map(|&v| fixed(v)));
    out
}

/// lutAToBType: table, curves, matrix; offsets are those of the parts below.
fn a_to_b() -> Vec<u8> {
    let [scale, offset] = [SCALE, OFFSET].map(|v| v.map(f64::from));
    let mut out = b"mAB \0\0\0\0\x03\x03\0\0".to_vec();
    for at in [32u32, 244, 148, 80, 32] {
        out.extend(at.to_be_bytes());
    }
    for _ in 0..3 {
        out.extend(curve(0, &[1.0]));
    }
    out.extend([2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
    // At the corners of the cube: cone responses L = y + x, M = y - x, S = y + (b - y), moved and scaled into 0..=1.
    let both = |a: f64, b: f64| a * b / (a + b);
    let to_unit = [
        both(scale[0], scale[1]),
        both(scale[0], scale[1]),
        both(scale[1], scale[2]),
    ];
    let move_by = [
        offset[0] + offset[1],
        offset[1] - offset[0] + 1.0 / scale[0],
        offset[1] + offset[2],
    ];
    for corner in 0..8 {
        let [x, y, b] = [corner >> 2 & 1, corner >> 1 & 1, corner & 1].map(f64::from);
        let [x, y, b] = [
            x / scale[0] - offset[0],
            y / scale[1] - offset[1],
            b / scale[2] - offset[2],
        ];
        for (c, cone) in [y + x, y - x, y + b].into_iter().enumerate() {
            let unit = (cone + move_by[c]) * to_unit[c];
            out.extend(((unit * 65_535.0).round().clamp(0.0, 65_535.0) as u16).to_be_bytes());
        }
    }
    let bias = f64::from(BIAS);
    for c in 0..3 {
        let b = bias.cbrt() - move_by[c];
        out.extend(curve(
            3,
            &[3.0, 1.0 / to_unit[c], b, 0.0, (-b * to_unit[c]).max(0.0)],
        ));
    }
    let matrix: [[f64; 3]; 3] = [
        [1.517_009_5, -1.106_522_5, 0.071_623],
        [-0.050_022, 0.568_365_5, -0.018_344],
        [-1.387_676, 1.114_555_5, 0.685_725_5],
    ];
    out.extend(matrix.iter().flatten().flat_map(|&v| fixed(v)));
    out.extend(
        matrix
            .iter()
            .flat_map(|row| fixed(-bias * row.iter().sum::<f64>())),
    );
    out
}

/// lutBToAType that does nothing; some viewers refuse a profile without one.
fn no_operation() -> Vec<u8> {
    let mut out = b"mBA \0\0\0\0\x03\x03\0\0".to_vec();
    for at in [32u32, 0, 0, 0, 0] {
        out.extend(at.to_be_bytes());
    }
    for _ in 0..3 {
        out.extend(curve(0, &[1.0]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table and curves of the profile that cjpegli 0.12 attaches.
    #[test]
    fn xyb_profile_has_the_published_table() {
        let published = [
            0u16, 3206, 0, 0, 3206, 28873, 62329, 65535, 36662, 62329, 65535, 65535, 3206, 0, 0,
            3206, 0, 28873, 65535, 62329, 36662, 65535, 62329, 65535,
        ];
        let table = a_to_b();
        let found: Vec<u16> = table[100..148]
            .as_chunks::<2>()
            .0
            .iter()
            .map(|v| u16::from_be_bytes(*v))
            .collect();
        assert_eq!(found, published);
        assert_eq!((table.len(), &table[148..152]), (292, &b"para"[..]));
        assert_eq!(profile().len() % 4, 0);
    }

    #[test]
    fn xyb_of_gray_is_balanced() {
        let mut levels = [[128.0; STEP]; 4];
        from_srgb(&mut levels);
        // X of a gray is its offset alone.
        assert!((levels[0][0] - 0.015_386_134 * 22.995_789 * 255.0).abs() < 0.05);
        assert!(levels[1][0] > 60.0 && levels[1][0] < 200.0);
    }
}
