//! The perceptual curve of DWA, as tables over all halves.
//!
//! Non-linear = x^(1/2.2) up to 1, ln(x) / 2.2 + 1 above, odd in x; infinities and NaN become 0. Values are rounded to float, then to half, as
//! OpenEXR's are; computed in f64 so that no C library's single-precision functions matter. Source: `internal_dwa_table_init.c` of OpenEXRCore.

use std::sync::LazyLock;

use half::f16;

/// A table over all halves.
pub(super) type Table = [u16; 1 << 16];

static TO_LINEAR: LazyLock<Box<Table>> = LazyLock::new(|| {
    table(|x| {
        let (base, exponent) = if x <= 1.0 {
            (x, 2.2)
        } else {
            // e^2.2, to the power of x - 1.
            (9.025_013_f32, x - 1.0)
        };
        f64::from(base).powf(f64::from(exponent))
    })
});

static TO_NON_LINEAR: LazyLock<Box<Table>> = LazyLock::new(|| {
    table(|x| {
        if x <= 1.0 {
            f64::from(x).powf(f64::from(1.0 / 2.2_f32))
        } else {
            f64::from(f64::from(x).ln() as f32 / 2.2 + 1.0)
        }
    })
});

fn table(of: impl Fn(f32) -> f64) -> Box<Table> {
    let entry = |bits: u32| {
        let x = f16::from_bits(bits as u16);
        if bits == 0 || !x.is_finite() {
            return 0;
        }
        let sign = if x < f16::ZERO { -1.0 } else { 1.0 };
        f16::from_f32(sign * of(x.to_f32().abs()) as f32).to_bits()
    };
    let entries: Vec<u16> = (0..1 << 16).map(entry).collect();
    entries
        .into_boxed_slice()
        .try_into()
        .expect("length of the vector")
}

/// From the coded values to scene-linear ones.
pub(super) fn to_linear() -> &'static Table {
    &TO_LINEAR
}

/// From scene-linear values to those that are coded.
pub(super) fn to_non_linear() -> &'static Table {
    &TO_NON_LINEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a of the tables that OpenEXR 3.5.3 computes with glibc.
    #[test]
    fn curve_equals_the_reference_tables() {
        let hash = |t: &Table| {
            t.iter()
                .flat_map(|v| v.to_le_bytes())
                .fold(0xcbf2_9ce4_8422_2325u64, |h, b| {
                    (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
                })
        };
        assert_eq!(hash(to_linear()), 0x7419_6695_14ad_b281);
        assert_eq!(hash(to_non_linear()), 0x7b97_2534_fd46_baf1);
    }
}
