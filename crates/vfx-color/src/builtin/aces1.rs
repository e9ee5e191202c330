//! ACES 1 output transforms: AP0 to XYZ (D65).
//!
//! The RRT (glow, red modifier, desaturation), the tone curves as B-splines of the logarithm, surround, clamping to a limiting
//! gamut, and the simulations of D60. Source: `aces-dev` 1.0 to 1.3, RRT, ODT and output transform CTL; the knots and
//! slopes are those of its splines.

use super::{Part, tables};
use crate::Direction;
use crate::op::{
    FixedStyle, GradingRgbCurve, GradingStyle, Log, Matrix, Op, Range, SplineCurve, SplineType,
};
use crate::space::curve::{fixed, scale};
use crate::space::{
    Adaptation, Primaries, adaptation, conversion, gamut, rgb_to_xyz, to_xyz_d65, white_xyz,
};

fn preamble() -> Vec<Part> {
    let from_zero = || Part::from(Op::Range(Range::clamp_to(Some(0.0), None)));
    vec![
        fixed(FixedStyle::AcesGlow10, &[], Direction::Forward).into(),
        fixed(FixedStyle::AcesRedMod10, &[], Direction::Forward).into(),
        from_zero(),
        conversion(&gamut::AP0, &gamut::AP1, Adaptation::None).into(),
        from_zero(),
        // Desaturation by 0.96.
        [
            [0.970_889_148_671, 0.026_963_270_632, 0.002_147_580_696],
            [0.010_889_148_671, 0.986_963_270_632, 0.002_147_580_696],
            [0.010_889_148_671, 0.026_963_270_632, 0.962_147_580_696],
        ]
        .into(),
    ]
}

fn tone_curve(points: &[[f64; 2]], slopes: &[f64]) -> Part {
    let mut curve = GradingRgbCurve::new(GradingStyle::Log);
    curve.curves[3] = SplineCurve {
        spline: SplineType::BSpline,
        points: points.iter().map(|p| p.map(|v| v as f32)).collect(),
        slopes: slopes.iter().map(|v| *v as f32).collect(),
    };
    Op::GradingRgbCurve(curve.into()).into()
}

/// White and black of the display, nits, to 1 and 0.
fn normalise(white: f64, black: f64) -> Part {
    let k = 1.0 / (white - black);
    let mut m = Matrix::scale([k, k, k, 1.0]);
    m.offset = [-black * k, -black * k, -black * k, 0.0];
    Op::Matrix(m).into()
}

/// Knots and slopes of the RRT.
const RRT: ([[f64; 2]; 7], [f64; 7]) = (
    [
        [-5.260_177_43, -4.0],
        [-3.755_027_45, -3.578_688_29],
        [-2.249_877_47, -1.821_313_29],
        [-0.744_727_49, 0.681_241_24],
        [1.061_452_48, 2.874_577_42],
        [2.867_632_45, 3.834_062_06],
        [4.673_812_43, 4.0],
    ],
    [
        0.0,
        0.559_826_88,
        1.775_322_47,
        1.55,
        0.878_701_7,
        0.183_744_63,
        0.0,
    ],
);

/// Knots and slopes of the output for 48 nits.
const SDR_ODT: ([[f64; 2]; 15], [f64; 15]) = (
    [
        [-2.540_623_62, -1.698_97],
        [-2.080_357_21, -1.588_435],
        [-1.620_090_8, -1.353_5],
        [-1.159_824_39, -1.046_95],
        [-0.699_557_99, -0.656_4],
        [-0.239_291_58, -0.221_41],
        [0.220_974_83, 0.228_144_02],
        [0.681_241_24, 0.681_241_24],
        [1.012_846_32, 0.991_421_89],
        [1.344_451_4, 1.258],
        [1.676_056_48, 1.449_95],
        [2.007_661_56, 1.559_1],
        [2.339_266_65, 1.622_6],
        [2.670_871_73, 1.660_654_57],
        [3.002_476_81, 1.681_241_24],
    ],
    [
        0.0,
        0.480_308_8,
        0.540_556_5,
        0.791_498_13,
        0.905_562_5,
        0.984_603_68,
        0.968_847_66,
        1.0,
        0.870_783_46,
        0.737_021_27,
        0.420_681_13,
        0.237_632_06,
        0.145_353_62,
        0.084_163_78,
        0.04,
    ],
);

fn sdr_tone() -> Vec<Part> {
    vec![
        Op::Log(Log::plain(10.0, Direction::Forward)).into(),
        tone_curve(&RRT.0, &RRT.1),
        tone_curve(&SDR_ODT.0, &SDR_ODT.1),
        Op::Log(Log::plain(10.0, Direction::Inverse)).into(),
        normalise(48.0, 0.02),
    ]
}

fn hdr_tone(points: &[[f64; 2]; 7], upper_slopes: [f64; 2], peak: f64) -> Vec<Part> {
    let [_, a, b, c, ..] = RRT.1;
    let slopes = [0.0, a, b, c, upper_slopes[0], upper_slopes[1], 0.0];
    vec![
        Op::Log(Log::plain(10.0, Direction::Forward)).into(),
        tone_curve(points, &slopes),
        Op::Log(Log::plain(10.0, Direction::Inverse)).into(),
        normalise(peak, 0.0001),
    ]
}

fn video_adjustment() -> Vec<Part> {
    vec![
        fixed(FixedStyle::AcesDarkToDim10, &[], Direction::Forward).into(),
        // Desaturation by 0.93 for 100 instead of 48 nits.
        [
            [0.949_056_010_175, 0.047_185_723_607, 0.003_758_266_219],
            [0.019_056_010_175, 0.977_185_723_607, 0.003_758_266_219],
            [0.019_056_010_175, 0.047_185_723_607, 0.933_758_266_219],
        ]
        .into(),
    ]
}

fn unit_range() -> Part {
    Op::Range(Range::clamp_to(Some(0.0), Some(1.0))).into()
}

fn sdr_limit(limit: &Primaries) -> Vec<Part> {
    vec![
        conversion(&gamut::AP1, limit, Adaptation::Bradford).into(),
        unit_range(),
        rgb_to_xyz(limit).into(),
    ]
}

fn d60_to_d65() -> Part {
    let from = white_xyz(gamut::AP0.white);
    let to = white_xyz(gamut::REC709.white);
    adaptation(from, to, Adaptation::Bradford).into()
}

fn dci_to_d65() -> Part {
    let from = white_xyz(gamut::P3_DCI.white);
    let to = white_xyz(gamut::REC709.white);
    adaptation(from, to, Adaptation::Bradford).into()
}

fn ap1_to_xyz_d65() -> Part {
    to_xyz_d65(&gamut::AP1, Adaptation::Bradford).into()
}

fn below(limit: f64) -> Part {
    Op::Range(Range::clamp_to(None, Some(limit))).into()
}

fn join<const N: usize>(lists: [Vec<Part>; N]) -> Vec<Part> {
    lists.into_iter().flatten().collect()
}

pub(super) fn cinema() -> Vec<Part> {
    join([preamble(), sdr_tone(), vec![ap1_to_xyz_d65()]])
}

pub(super) fn video() -> Vec<Part> {
    join([
        preamble(),
        sdr_tone(),
        video_adjustment(),
        vec![ap1_to_xyz_d65()],
    ])
}

pub(super) fn cinema_rec709() -> Vec<Part> {
    join([preamble(), sdr_tone(), sdr_limit(&gamut::REC709)])
}

pub(super) fn video_rec709() -> Vec<Part> {
    join([
        preamble(),
        sdr_tone(),
        video_adjustment(),
        sdr_limit(&gamut::REC709),
    ])
}

pub(super) fn video_p3() -> Vec<Part> {
    join([
        preamble(),
        sdr_tone(),
        video_adjustment(),
        sdr_limit(&gamut::P3_D65),
    ])
}

pub(super) fn cinema_d60sim_d65() -> Vec<Part> {
    let end = vec![
        below(1.0),
        scale(0.964).into(),
        rgb_to_xyz(&gamut::AP1).into(),
    ];
    join([preamble(), sdr_tone(), end])
}

pub(super) fn video_d60sim_d65() -> Vec<Part> {
    let white = vec![below(1.0), scale(0.955).into()];
    let end = vec![rgb_to_xyz(&gamut::AP1).into()];
    join([preamble(), sdr_tone(), white, video_adjustment(), end])
}

pub(super) fn cinema_d60sim_dci() -> Vec<Part> {
    let end = vec![
        tables::roll_white_d60().into(),
        below(0.918),
        scale(0.96).into(),
        rgb_to_xyz(&gamut::AP1).into(),
        dci_to_d65(),
    ];
    join([preamble(), sdr_tone(), end])
}

pub(super) fn cinema_d65sim_dci() -> Vec<Part> {
    let end = vec![
        tables::roll_white_d65().into(),
        below(0.908),
        scale(0.9575).into(),
        ap1_to_xyz_d65(),
        dci_to_d65(),
    ];
    join([preamble(), sdr_tone(), end])
}

fn hdr(points: &[[f64; 2]; 7], slopes: [f64; 2], peak: f64, limit: &Primaries) -> Vec<Part> {
    let end = vec![
        conversion(&gamut::AP1, limit, Adaptation::None).into(),
        unit_range(),
        rgb_to_xyz(limit).into(),
        d60_to_d65(),
        // 1.0 is 100 nits in display space.
        scale(peak * 0.01).into(),
    ];
    join([preamble(), hdr_tone(points, slopes, peak), end])
}

pub(super) fn hdr_1000(limit: &Primaries) -> Vec<Part> {
    let points = [
        [-5.600_501_55, -4.0],
        [-4.095_351_57, -3.578_688_29],
        [-2.590_201_59, -1.821_313_29],
        [-1.085_051_61, 0.681_241_24],
        [0.223_470_59, 2.226_735_03],
        [1.531_992_79, 2.879_062_06],
        [2.840_515, 3.0],
    ];
    hdr(&points, [0.812_197_28, 0.184_846_6], 1000.0, limit)
}

pub(super) fn hdr_2000(limit: &Primaries) -> Vec<Part> {
    let points = [
        [-5.597_384_88, -4.0],
        [-4.092_234_9, -3.578_688_29],
        [-2.587_084_92, -1.821_313_29],
        [-1.081_934_94, 0.681_241_24],
        [0.376_397_18, 2.421_301_31],
        [1.834_729_3, 3.166_091_99],
        [3.293_061_42, 3.301_03],
    ];
    hdr(&points, [0.836_370_09, 0.185_057_99], 2000.0, limit)
}

pub(super) fn hdr_4000(limit: &Primaries) -> Vec<Part> {
    let points = [
        [-5.595_033_19, -4.0],
        [-4.089_883_22, -3.578_688_29],
        [-2.584_733_24, -1.821_313_29],
        [-1.079_583_26, 0.681_241_24],
        [0.528_558_78, 2.616_258_39],
        [2.136_700_81, 3.453_512_73],
        [3.744_842_85, 3.602_059_99],
    ];
    hdr(&points, [0.856_525_19, 0.184_743_95], 4000.0, limit)
}

pub(super) fn hdr_cinema() -> Vec<Part> {
    let points = [
        [-5.378_525_06, -4.0],
        [-3.873_375_08, -3.578_688_29],
        [-2.368_225_1, -1.821_313_29],
        [-0.863_075_13, 0.681_241_24],
        [-0.035_577_1, 1.604_644_82],
        [0.791_920_92, 1.960_080_59],
        [1.619_418_95, 2.033_423_76],
    ];
    hdr(&points, [0.681_796_46, 0.177_264_87], 108.0, &gamut::P3_D65)
}
