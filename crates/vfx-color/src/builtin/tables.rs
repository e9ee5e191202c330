//! The tables among the built-in transforms: over all half floats, or 4,096 entries over 0..1, built once at their first use.
//!
//! Entries are computed in `f64` and rounded once. A half that is NaN counts as 0, infinities as +-65504.

use std::sync::{Arc, LazyLock};

use half::f16;

use crate::Direction;
use crate::op::{HueAdjust, Interpolation, Lut1D, Op};

fn lut(entries: Vec<[f32; 3]>, half_domain: bool) -> Arc<Lut1D> {
    Arc::new(Lut1D {
        entries,
        half_domain,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: HueAdjust::None,
    })
}

pub(super) fn over_halfs(f: impl Fn(f64) -> f64) -> Arc<Lut1D> {
    let entries = (0..=u16::MAX)
        .map(|bits| {
            let h = f16::from_bits(bits);
            let x = if h.is_nan() {
                0.0
            } else {
                h.to_f64().clamp(-65504.0, 65504.0)
            };
            // As OpenColorIO's tables: no infinities, and 0 for NaN.
            let y = f(x) as f32;
            let y = if y.is_nan() {
                0.0
            } else {
                y.clamp(f32::MIN, f32::MAX)
            };
            [y; 3]
        })
        .collect();
    lut(entries, true)
}

pub(super) fn over_unit(len: usize, f: impl Fn(f64) -> f64) -> Arc<Lut1D> {
    let entries = (0..len)
        .map(|i| [f(i as f64 / (len - 1) as f64) as f32; 3])
        .collect();
    lut(entries, false)
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $build:expr;)*) => {
        $(
            $(#[$doc])*
            pub(super) fn $name() -> Op {
                static TABLE: LazyLock<Arc<Lut1D>> = LazyLock::new(|| $build);
                Op::Lut1D(Arc::clone(&TABLE), Direction::Forward)
            }
        )*
    };
}

tables! {
    /// PQ codes to nits / 100, negatives mirrored (SMPTE ST 2084:2014, clause 5).
    pq_decode = over_halfs(|v| {
        let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
        let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 128.0, 2392.0 / 128.0);
        let x = v.abs().powf(1.0 / m2);
        let nits: f64 = ((x - c1).max(0.0) / (c2 - c3 * x)).powf(1.0 / m1);
        (100.0 * nits).copysign(v)
    });
    /// HLG codes to scene light with 3.0 at the peak, negatives mirrored (ITU-R BT.2100-2, table 5).
    hlg_decode = over_halfs(|v| {
        let a = 0.178_832_77f64;
        let c = 0.5 - a * (4.0 * a).ln() + a * 4f64.ln();
        let x = v.abs();
        let light = if x < 0.5 { x * x } else { (1.0 - 4.0 * a) / 4.0 + ((x - c) / a).exp() };
        light.copysign(v)
    });
    /// Apple Log codes to scene light (Apple Log Profile White Paper, 2023).
    apple_log_decode = over_halfs(|v| {
        let (r_0, r_t, c) = (-0.056_410_88, 0.01f64, 47.287_112_36);
        let p_t = c * (r_t - r_0) * (r_t - r_0);
        if v >= p_t {
            ((v - 0.693_369_45) / 0.085_504_79).exp2() - 0.009_640_52
        } else if v >= 0.0 {
            (v / c).sqrt() + r_0
        } else {
            r_0
        }
    });
    /// ACEScc over -0.36..1.5 (Academy S-2014-003, 4.4.2), not clamped at the largest half.
    acescc_decode = over_unit(4096, |t| {
        let v = t * 1.86 - 0.36;
        let light = (v * 17.52 - 9.72).exp2();
        if v < (9.72 - 15.0) / 17.52 { (light - (-16f64).exp2()) * 2.0 } else { light }
    });
    /// Canon Log 2 over 0..1 (Canon, Input Transform Version 202007).
    clog2_decode = over_unit(4096, |v| {
        let offset = 0.092_864_125;
        let power = 10f64.powf((v - offset).abs() / 0.241_360_77);
        (0.9 * (power - 1.0) / 87.099_375).copysign(v - offset)
    });
    /// Canon Log 3 over 0..1 (Canon, Input Transform Version 202007).
    clog3_decode = over_unit(4096, |v| {
        let light = if v < 0.097_465_473 {
            -(10f64.powf((0.127_839_01 - v) / 0.367_268_45) - 1.0) / 14.983_25
        } else if v <= 0.152_778_91 {
            (v - 0.125_122_19) / 1.975_479_8
        } else {
            (10f64.powf((v - 0.122_405_37) / 0.367_268_45) - 1.0) / 14.983_25
        };
        0.9 * light
    });
    /// ADX channel independent density to relative log exposure (SMPTE ST 2065-3; Academy TB-2014-005).
    adx_exposure = over_halfs(adx_exposure_of);
    /// The roll-off of white for D60 in DCI white (`aces-dev` 1.0, ODT D60sim), to 0.918.
    roll_white_d60 = over_halfs(|v| roll_white(v, 0.918));
    /// The roll-off of white for D65 in DCI white, to 0.908.
    roll_white_d65 = over_halfs(|v| roll_white(v, 0.908));
}

const ADX: [[f64; 2]; 11] = [
    [-0.19, -6.0],
    [0.01, -2.721_718_645],
    [0.028, -2.521_718_645],
    [0.054, -2.321_718_645],
    [0.095, -2.121_718_645],
    [0.145, -1.921_718_645],
    [0.22, -1.721_718_645],
    [0.3, -1.521_718_645],
    [0.4, -1.321_718_645],
    [0.5, -1.121_718_645],
    [0.6, -0.926_545_676_714_876],
];

fn adx_exposure_of(v: f64) -> f64 {
    let last = ADX[10];
    if v < ADX[0][0] {
        // The first line goes on, to -10.
        let slope = (ADX[1][1] - ADX[0][1]) / (ADX[1][0] - ADX[0][0]);
        return (ADX[0][1] - slope * (ADX[0][0] - v)).max(-10.0);
    }
    if v == last[0] {
        return last[1];
    }
    if v > last[0] {
        // Printing density of a gamma of 0.55 above, to the logarithm of the largest half.
        let reference = (7120.0 - 1520.0) / 8000.0 * (100.0 / 55.0) - 0.18f64.log10();
        return ((100.0 / 55.0) * v - reference).min(4.816_267_8);
    }
    let i = ADX.partition_point(|p| p[0] <= v).clamp(1, 10);
    let ([x0, y0], [x1, y1]) = (ADX[i - 1], ADX[i]);
    let t = (v - x0) / (x1 - x0);
    y0 * (1.0 - t) + y1 * t
}

/// A parabola that leaves the identity at 0.5 and reaches `white` at 1; its chord goes on above.
fn roll_white(v: f64, white: f64) -> f64 {
    let width = 0.5;
    let (x0, x1) = (-1.0, -0.5);
    let (y0, y1) = (-white, x1);
    let m1 = x1 - x0;
    let a = y0 - y1 + m1;
    let b = 2.0 * (y1 - y0) - m1;
    let t = (-v - x0) / width;
    if t < 0.0 {
        -(t * b + y0)
    } else if t > 1.0 {
        v
    } else {
        -((t * a + b) * t + y0)
    }
}
