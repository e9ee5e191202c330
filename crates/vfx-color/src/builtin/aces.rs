//! ACES encodings to AP0, utilities and look modifications.
//!
//! Sources: Academy S-2014-003 (ACEScc), S-2014-004 (ACEScg), S-2016-001 (ACEScct), S-2013-001 (ACESproxy), SMPTE ST 2065-3
//! and TB-2014-005 (ADX), `aces-dev` 1.3 LMTs.

use super::{Part, tables};
use crate::Direction;
use crate::op::{FixedStyle, Log, Matrix, Op, Range};
use crate::space::curve::fixed;
use crate::space::{Adaptation, LogForm, conversion, gamut, to_xyz_d65};

pub(super) fn identity() -> Vec<Part> {
    vec![Op::Matrix(Matrix::IDENTITY).into()]
}

pub(super) fn ap0_to_xyz() -> Vec<Part> {
    vec![to_xyz_d65(&gamut::AP0, Adaptation::Bradford).into()]
}

pub(super) fn ap1_to_xyz() -> Vec<Part> {
    vec![to_xyz_d65(&gamut::AP1, Adaptation::Bradford).into()]
}

pub(super) fn ap1_to_rec709() -> Vec<Part> {
    vec![conversion(&gamut::AP1, &gamut::REC709, Adaptation::Bradford).into()]
}

/// ACEScct's logarithm; its slope at the break is the curve's own.
pub(super) const ACESCCT: LogForm = LogForm {
    base: 2.0,
    log: [1.0 / 17.52, 9.72 / 17.52],
    lin: [1.0, 0.0],
    at: Some(0.007_812_5),
    slope: None,
};

pub(super) fn acescct_curve() -> Vec<Part> {
    vec![ACESCCT.op().into()]
}

fn ap1_to_ap0() -> Part {
    conversion(&gamut::AP1, &gamut::AP0, Adaptation::None).into()
}

pub(super) fn acescct() -> Vec<Part> {
    vec![ACESCCT.op().into(), ap1_to_ap0()]
}

pub(super) fn acescc() -> Vec<Part> {
    vec![
        Op::Range(Range {
            min_in: Some(-0.36),
            max_in: Some(1.5),
            min_out: Some(0.0),
            max_out: Some(1.0),
            clamp: true,
            direction: Direction::Forward,
        })
        .into(),
        tables::acescc_decode().into(),
        ap1_to_ap0(),
        // Backwards: ACEScc has no negatives.
        Op::Range(Range::clamp_to(Some(0.0), None)).into(),
    ]
}

pub(super) fn acescg() -> Vec<Part> {
    vec![ap1_to_ap0()]
}

pub(super) fn acesproxy() -> Vec<Part> {
    vec![
        Op::Range(Range {
            min_in: Some(64.0 / 1023.0),
            max_in: Some(940.0 / 1023.0),
            min_out: Some((64.0 - 425.0) / 50.0 - 2.5),
            max_out: Some((940.0 - 425.0) / 50.0 - 2.5),
            clamp: true,
            direction: Direction::Forward,
        })
        .into(),
        Op::Log(Log::plain(2.0, Direction::Inverse)).into(),
        ap1_to_ap0(),
    ]
}

fn adx(scale: f64, offset: f64) -> Vec<Part> {
    let mut density = Matrix::scale([scale, scale, scale, 1.0]);
    density.offset = [offset, offset, offset, 0.0];
    vec![
        Op::Matrix(density).into(),
        // Channel dependent to channel independent density.
        [
            [0.75573, 0.22197, 0.02230],
            [0.05901, 0.96928, -0.02829],
            [0.16134, 0.07406, 0.76460],
        ]
        .into(),
        tables::adx_exposure().into(),
        Op::Log(Log::plain(10.0, Direction::Inverse)).into(),
        // Exposure to ACES.
        [
            [0.72286, 0.12630, 0.15084],
            [0.11923, 0.76418, 0.11659],
            [0.01427, 0.08213, 0.90359],
        ]
        .into(),
    ]
}

pub(super) fn adx10() -> Vec<Part> {
    adx(1023.0 / 500.0, -95.0 / 500.0)
}

pub(super) fn adx16() -> Vec<Part> {
    adx(65535.0 / 8000.0, -1520.0 / 8000.0)
}

pub(super) fn blue_light_fix() -> Vec<Part> {
    vec![
        [
            [0.940_437_268_3, -0.018_306_878_7, 0.077_869_610_4],
            [0.008_378_696_9, 0.828_659_993_9, 0.162_961_309_2],
            [0.000_547_126_1, -0.000_883_374_6, 1.000_336_248_6],
        ]
        .into(),
    ]
}

pub(super) fn gamut_compression() -> Vec<Part> {
    let params = [1.147, 1.264, 1.312, 0.815, 0.803, 0.880, 1.2];
    vec![
        conversion(&gamut::AP0, &gamut::AP1, Adaptation::None).into(),
        fixed(FixedStyle::AcesGamutComp13, &params, Direction::Forward).into(),
        ap1_to_ap0(),
    ]
}
