//! XYZ (D65, 1.0 = display white or 100 nits) to encoded displays, and the curves of PQ and HLG.
//!
//! Sources: ITU-R BT.709, BT.1886, BT.2020, BT.2100-2; IEC 61966-2-1; SMPTE RP 431-2, EG 432-1, ST 428-1, ST 2084.

use super::{Part, tables};
use crate::Direction;
use crate::op::{FixedStyle, NegativeStyle, Op, Range};
use crate::space::curve::{fixed, hlg_gamma, moncurve, power, scale};
use crate::space::registry::HLG;
use crate::space::{Adaptation, Primaries, from_xyz_d65, gamut};

fn primaries(to: &Primaries, method: Adaptation) -> Part {
    from_xyz_d65(to, method).into()
}

/// A power display; negatives are clamped or mirrored.
pub(super) fn gamma(
    to: &Primaries,
    gamma: f64,
    style: NegativeStyle,
    method: Adaptation,
) -> Vec<Part> {
    vec![
        primaries(to, method),
        power(gamma, style, Direction::Inverse).into(),
    ]
}

/// sRGB's curve on some primaries.
pub(super) fn srgb(to: &Primaries, style: NegativeStyle) -> Vec<Part> {
    vec![
        primaries(to, Adaptation::None),
        moncurve(2.4, 0.055, style, Direction::Inverse).into(),
    ]
}

pub(super) fn dcdm() -> Vec<Part> {
    vec![
        scale(48.0 / 52.37).into(),
        power(2.6, NegativeStyle::Clamp, Direction::Inverse).into(),
    ]
}

/// Backwards the light ends at the largest half, as OpenColorIO's table does.
fn up_to_largest_half() -> Op {
    Op::Range(Range::clamp_to(Some(-65504.0), Some(65504.0)))
}

fn pq_encode() -> Part {
    Part::Ways {
        forward: vec![fixed(FixedStyle::LinToPq, &[], Direction::Forward)],
        inverse: vec![
            fixed(FixedStyle::LinToPq, &[], Direction::Inverse),
            up_to_largest_half(),
        ],
    }
}

fn hlg_encode() -> Part {
    Part::Ways {
        forward: vec![fixed(FixedStyle::LinToGammaLog, &HLG, Direction::Forward)],
        inverse: vec![
            fixed(FixedStyle::LinToGammaLog, &HLG, Direction::Inverse),
            up_to_largest_half(),
        ],
    }
}

pub(super) fn pq_to_linear() -> Vec<Part> {
    vec![Part::Ways {
        forward: vec![tables::pq_decode()],
        inverse: vec![fixed(FixedStyle::LinToPq, &[], Direction::Forward)],
    }]
}

pub(super) fn linear_to_pq() -> Vec<Part> {
    vec![pq_encode()]
}

pub(super) fn pq(to: &Primaries) -> Vec<Part> {
    vec![primaries(to, Adaptation::None), pq_encode()]
}

pub(super) fn hlg_oetf() -> Vec<Part> {
    vec![hlg_encode()]
}

pub(super) fn hlg_oetf_inverse() -> Vec<Part> {
    vec![Part::Ways {
        forward: vec![tables::hlg_decode()],
        inverse: vec![fixed(FixedStyle::LinToGammaLog, &HLG, Direction::Forward)],
    }]
}

/// A display of 1000 nits: light to the power 1 / system gamma, then the OETF.
pub(super) fn hlg_1000() -> Vec<Part> {
    let peak = 1000.0;
    let gamma = hlg_gamma(peak);
    vec![
        primaries(&gamut::REC2020, Adaptation::None),
        scale(100.0).into(),
        scale(3f64.powf(gamma) / peak).into(),
        fixed(
            FixedStyle::Rec2100Surround,
            &[1.0 / gamma],
            Direction::Forward,
        )
        .into(),
        hlg_encode(),
    ]
}
