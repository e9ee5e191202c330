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

fn tone_curve(points: &[[f32; 2]], slopes: &[f32]) -> Part {
    let mut curve = GradingRgbCurve::new(GradingStyle::Log);
    curve.curves[3] = SplineCurve {
        spline: SplineType::BSpline,
        points: points.to_vec(),
        slopes: slopes.to_vec(),
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

const RRT: ([[f32; 2]; 7], [f32; 7]) = (
    [
        [-5.260_177_4, -4.0],
        [-3.755_027_5, -3.578_688_3],
        [-2.249_877_5, -1.821_313_3],
        [-0.744_727_5, 0.681_241_24],
        [1.061_452_5, 2.874_577_4],
        [2.867_632_5, 3.834_062],
        [4.673_812_4, 4.0],
    ],
    [0.0, 0.559_826_88, 1.775_322_5, 1.55, 0.878_701_7, 0.183_744_63, 0.0],
);

const SDR_ODT: ([[f32; 2]; 15], [f32; 15]) = (
    [
        [-2.540_623_6, -1.698_97],
        [-2.080_357_2, -1.588_435],
        [-1.620_090_8, -1.353_5],
        [-1.159_824_4, -1.046_95],
        [-0.699_558, -0.656_4],
        [-0.239_291_58, -0.221_41],
        [0.220_974_83, 0.228_144_02],
        [0.681_241_24, 0.681_241_24],
        [1.012_846_3, 0.991_421_9],
        [1.344_451_4, 1.258],
        [1.676_056_5, 1.449_95],
        [2.007_661_6, 1.559_1],
        [2.339_266_7, 1.622_6],
        [2.670_871_7, 1.660_654_6],
        [3.002_476_8, 1.681_241_2],
    ],
    [
        0.0, 0.480_308_8, 0.540_556_5, 0.791_498_13, 0.905_562_5, 0.984_603_7, 0.968_847_66, 1.0,
        0.870_783_46, 0.737_021_27, 0.420_681_13, 0.237_632_06, 0.145_353_62, 0.084_163_78, 0.04,
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

fn hdr_tone(points: &[[f32; 2]; 7], upper_slopes: [f32; 2], peak: f64) -> Vec<Part> {
    let slopes = [0.0, 0.559_826_88, 1.775_322_5, 1.55, upper_slopes[0], upper_slopes[1], 0.0];
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
    join([preamble(), sdr_tone(), video_adjustment(), vec![ap1_to_xyz_d65()]])
}

pub(super) fn cinema_rec709() -> Vec<Part> {
    join([preamble(), sdr_tone(), sdr_limit(&gamut::REC709)])
}

pub(super) fn video_rec709() -> Vec<Part> {
    join([preamble(), sdr_tone(), video_adjustment(), sdr_limit(&gamut::REC709)])
}

pub(super) fn video_p3() -> Vec<Part> {
    join([preamble(), sdr_tone(), video_adjustment(), sdr_limit(&gamut::P3_D65)])
}

pub(super) fn cinema_d60sim_d65() -> Vec<Part> {
    let end = vec![below(1.0), scale(0.964).into(), rgb_to_xyz(&gamut::AP1).into()];
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

fn hdr(points: &[[f32; 2]; 7], slopes: [f32; 2], peak: f64, limit: &Primaries) -> Vec<Part> {
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
        [-5.600_501_6, -4.0],
        [-4.095_351_7, -3.578_688_3],
        [-2.590_201_6, -1.821_313_3],
        [-1.085_051_6, 0.681_241_24],
        [0.223_470_59, 2.226_735],
        [1.531_992_8, 2.879_062],
        [2.840_515, 3.0],
    ];
    hdr(&points, [0.812_197_3, 0.184_846_6], 1000.0, limit)
}

pub(super) fn hdr_2000(limit: &Primaries) -> Vec<Part> {
    let points = [
        [-5.597_385, -4.0],
        [-4.092_235, -3.578_688_3],
        [-2.587_085, -1.821_313_3],
        [-1.081_934_9, 0.681_241_24],
        [0.376_397_18, 2.421_301_4],
        [1.834_729_3, 3.166_092],
        [3.293_061_5, 3.301_03],
    ];
    hdr(&points, [0.836_370_1, 0.185_058], 2000.0, limit)
}

pub(super) fn hdr_4000(limit: &Primaries) -> Vec<Part> {
    let points = [
        [-5.595_033, -4.0],
        [-4.089_883_3, -3.578_688_3],
        [-2.584_733_2, -1.821_313_3],
        [-1.079_583_3, 0.681_241_24],
        [0.528_558_8, 2.616_258_4],
        [2.136_700_9, 3.453_512_7],
        [3.744_842_8, 3.602_06],
    ];
    hdr(&points, [0.856_525_2, 0.184_743_94], 4000.0, limit)
}

pub(super) fn hdr_cinema() -> Vec<Part> {
    let points = [
        [-5.378_525, -4.0],
        [-3.873_375_2, -3.578_688_3],
        [-2.368_225, -1.821_313_3],
        [-0.863_075_13, 0.681_241_24],
        [-0.035_577_1, 1.604_644_8],
        [0.791_920_9, 1.960_080_6],
        [1.619_419, 2.033_423_7],
    ];
    hdr(&points, [0.681_796_5, 0.177_264_87], 108.0, &gamut::P3_D65)
}
