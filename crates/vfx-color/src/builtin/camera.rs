//! Camera encodings to AP0, and their curves.
//!
//! Sources: the vendors' documents named in `crate::space::registry`; adaptation to the ACES white by CAT02 or Bradford as
//! each vendor's (or the Academy's) input transform does.

use super::{Part, tables};
use crate::Direction;
use crate::op::{FixedStyle, Op, Range};
use crate::space::curve::fixed;
use crate::space::registry::{APPLE_LOG, LOGC4, SLOG3};
use crate::space::{Adaptation, LogForm, Primaries, conversion, gamut};

fn to_ap0(from: &Primaries, method: Adaptation) -> Part {
    conversion(from, &gamut::AP0, method).into()
}

fn log(form: LogForm) -> Part {
    form.op().into()
}

fn apple_curve() -> Part {
    Part::Ways {
        forward: vec![tables::apple_log_decode()],
        inverse: vec![
            Op::Range(Range::clamp_to(Some(APPLE_LOG[0]), None)),
            fixed(FixedStyle::LinToGammaLog, &APPLE_LOG, Direction::Forward),
        ],
    }
}

pub(super) fn apple_log() -> Vec<Part> {
    vec![apple_curve(), to_ap0(&gamut::REC2020, Adaptation::Bradford)]
}

pub(super) fn apple_log2() -> Vec<Part> {
    vec![
        apple_curve(),
        to_ap0(&gamut::APPLE_WIDE_GAMUT, Adaptation::Bradford),
    ]
}

pub(super) fn apple_log_curve() -> Vec<Part> {
    vec![apple_curve()]
}

pub(super) fn logc3() -> Vec<Part> {
    // EI 800 in exposure, with the unrounded constants of the curve's formula: break at 1/9 of the logarithm's argument.
    let (slope, offset) = (
        1.0 / (0.18 * 0.005 * (800.0 / 400.0) / 0.01),
        0.052_272_275_0,
    );
    let form = LogForm {
        base: 10.0,
        log: [0.247_189_638_3, 0.385_536_998_7],
        lin: [slope, offset],
        at: Some((1.0 / 9.0 - offset) / slope),
        slope: None,
    };
    vec![log(form), to_ap0(&gamut::ARRI_WG3, Adaptation::Cat02)]
}

pub(super) fn logc4() -> Vec<Part> {
    // The line is the tangent at the break.
    let form = LogForm {
        slope: None,
        ..LOGC4
    };
    vec![log(form), to_ap0(&gamut::ARRI_WG4, Adaptation::Cat02)]
}

pub(super) fn clog2() -> Vec<Part> {
    vec![
        tables::clog2_decode().into(),
        to_ap0(&gamut::CINEMA_GAMUT, Adaptation::Cat02),
    ]
}

pub(super) fn clog2_curve() -> Vec<Part> {
    vec![tables::clog2_decode().into()]
}

pub(super) fn clog3() -> Vec<Part> {
    vec![
        tables::clog3_decode().into(),
        to_ap0(&gamut::CINEMA_GAMUT, Adaptation::Cat02),
    ]
}

pub(super) fn clog3_curve() -> Vec<Part> {
    vec![tables::clog3_decode().into()]
}

pub(super) fn vlog() -> Vec<Part> {
    let form = LogForm {
        base: 10.0,
        log: [0.241_514, 0.598_206],
        lin: [1.0, 0.008_73],
        at: Some(0.01),
        slope: None,
    };
    vec![log(form), to_ap0(&gamut::VGAMUT, Adaptation::Bradford)]
}

pub(super) fn redlogfilm() -> Vec<Part> {
    // Cineon's curve with a negative gamma of 0.6, 0.002 density a code value.
    let (white, black) = (685.0 / 1023.0, 95.0 / 1023.0);
    let factor = 0.002 * 1023.0 / 0.6;
    let gain = 1.0 / (1.0 - 10f64.powf(factor * (black - white)));
    let form = LogForm {
        base: 10.0,
        log: [1.0 / factor, white],
        lin: [1.0 / gain, (gain - 1.0) / gain],
        at: None,
        slope: None,
    };
    vec![
        log(form),
        to_ap0(&gamut::RED_WIDE_GAMUT, Adaptation::Bradford),
    ]
}

pub(super) fn log3g10() -> Vec<Part> {
    let form = LogForm {
        base: 10.0,
        log: [0.224_282, 0.0],
        lin: [155.975_327, 0.01 * 155.975_327 + 1.0],
        at: Some(-0.01),
        slope: None,
    };
    vec![
        log(form),
        to_ap0(&gamut::RED_WIDE_GAMUT, Adaptation::Bradford),
    ]
}

pub(super) fn slog3() -> Vec<Part> {
    vec![log(SLOG3), to_ap0(&gamut::SGAMUT3, Adaptation::Cat02)]
}

pub(super) fn slog3_cine() -> Vec<Part> {
    vec![log(SLOG3), to_ap0(&gamut::SGAMUT3_CINE, Adaptation::Cat02)]
}

/// Venice: matrices of the Academy's input transforms; no primaries are published.
pub(super) fn slog3_venice() -> Vec<Part> {
    vec![
        log(SLOG3),
        [
            [0.793_329_741_1, 0.089_078_625_6, 0.117_591_633_3],
            [0.015_581_058_5, 1.032_712_306_9, -0.048_293_365_4],
            [-0.018_864_747_8, 0.012_769_412_1, 1.006_095_335_8],
        ]
        .into(),
    ]
}

pub(super) fn slog3_cine_venice() -> Vec<Part> {
    vec![
        log(SLOG3),
        [
            [0.674_257_092_1, 0.220_571_735_9, 0.105_171_172_0],
            [-0.009_313_606_1, 1.105_958_861_4, -0.096_645_255_3],
            [-0.038_209_067_3, -0.017_938_376_6, 1.056_147_443_9],
        ]
        .into(),
    ]
}
