//! The transfer functions, each with its paper.
//!
//! One line a curve, encoded values full range, constants as published: where a logarithm and its line do not quite meet, the
//! jump is kept (F-Log 1e-4, L-Log 9e-4 of a code value; backwards the break is the logarithm's value there). sRGB and Rec. 709
//! are the continuous power with a toe (offset 0.055, 0.099), as in OpenColorIO: against the rounded breaks of the standards
//! their linear parts differ by 2.5e-4 and 3.1e-3 of the value.

use super::curve::{Form, LinearScale, LogForm, TransferFunction};

/// BT.2100 HLG OETF, scene light 3.0 at the peak (mid grey 0.18 at 0.42): gamma-log parameters.
pub(crate) const HLG: [f64; 10] = [
    0.0,
    0.25,
    0.5,
    1.0,
    0.0,
    std::f64::consts::E,
    0.178_832_77,
    // 0.5 - a ln(4 a) + a ln(12 / 3).
    0.807_825_590_164_012_3,
    1.0,
    // -(1 - 4 a) / 4.
    -0.071_167_23,
];

/// Apple Log: gamma-log parameters.
pub(crate) const APPLE_LOG: [f64; 10] = parabolic(
    -0.056_410_88,
    0.01,
    47.287_112_36,
    0.009_640_52,
    0.085_504_79,
    0.693_369_45,
);

/// A parabola from `r_0` to `r_t`, a binary logarithm above.
const fn parabolic(r_0: f64, r_t: f64, c: f64, beta: f64, gamma: f64, delta: f64) -> [f64; 10] {
    [r_0, r_t, 2.0, c, -r_0, 2.0, gamma, delta, 1.0, beta]
}

/// A logarithm mirrored at 0: slope, offset, linear slope.
const fn mirrored(base: f64, slope: f64, offset: f64, lin: f64) -> [f64; 13] {
    [
        base, 0.0, 0.0, -slope, offset, -lin, 1.0, slope, offset, lin, 1.0, 1.0, 0.0,
    ]
}

const fn log(base: f64, log: [f64; 2], lin: [f64; 2]) -> Form {
    Form::Log(LogForm {
        base,
        log,
        lin,
        at: None,
        slope: None,
    })
}

const fn camera(base: f64, log: [f64; 2], lin: [f64; 2], at: f64, slope: f64) -> Form {
    Form::Log(LogForm {
        base,
        log,
        lin,
        at: Some(at),
        slope: Some(slope),
    })
}

/// A straight line (slope, offset) below `at` and a logarithm above, which need not meet: the first logarithm is never met.
const fn line_log(log: [f64; 2], lin: [f64; 2], at: f64, line: [f64; 2]) -> Form {
    Form::DoubleLog([
        10.0, -1e30, at, 1.0, -1e9, -1.0, 0.0, log[0], log[1], lin[0], lin[1], line[0], line[1],
    ])
}

const fn logc3(cut: f64, a: f64, b: f64, c: f64, d: f64, e: f64, f: f64) -> Form {
    line_log([c, d], [a, b], cut, [e, f])
}

/// ARRI LogC4: a = (2^18 - 16) / 117.45, b = 928/1023, c = 95/1023 (specification 1.0, 3.1).
pub(crate) const LOGC4: LogForm = LogForm {
    base: 2.0,
    log: [0.064_795_419_634_129_3, -0.295_908_392_682_586],
    lin: [2_231.826_309_067_69, 64.0],
    at: Some(-0.018_056_996_119_911_3),
    slope: Some(8.803_033_210_331_753),
};

pub(crate) const SLOG3: LogForm = LogForm {
    base: 10.0,
    log: [261.5 / 1023.0, 420.0 / 1023.0],
    lin: [1.0 / 0.19, 0.01 / 0.19],
    at: Some(0.011_25),
    slope: Some((171.210_294_692_9 - 95.0) / 0.011_25 / 1023.0),
};

/// Video levels of 10 bits inside full range.
const V: f64 = 876.0 / 1023.0;
const V0: f64 = 64.0 / 1023.0;

macro_rules! curves {
    ($($name:literal $label:literal $linear:ident $form:expr; $source:literal)*) => {
        /// All of them.
        pub const TRANSFER_FUNCTIONS: &[TransferFunction] = &[$(TransferFunction {
            name: $name,
            label: $label,
            form: $form,
            linear: LinearScale::$linear,
            source: $source,
        }),*];
    };
}

curves! {
    "srgb" "sRGB" DisplayPeak Form::MonCurve { gamma: 2.4, offset: 0.055 }; "IEC 61966-2-1:1999"
    "rec709" "Rec. 709 OETF" Relative Form::MonCurve { gamma: 1.0 / 0.45, offset: 0.099 }; "ITU-R BT.709-6, 1.2"
    "bt1886" "BT.1886 EOTF, black at 0" DisplayPeak Form::Power(2.4); "ITU-R BT.1886, annex 1"
    "gamma18" "Gamma 1.8" DisplayPeak Form::Power(1.8); "ISO 22028-2 and older displays"
    "gamma22" "Gamma 2.2" DisplayPeak Form::Power(2.2); "Adobe RGB (1998), 4.3.1.2; ITU-T H.273, 4"
    "gamma24" "Gamma 2.4" DisplayPeak Form::Power(2.4); "ITU-R BT.1886"
    "gamma26" "Gamma 2.6" DisplayPeak Form::Power(2.6); "SMPTE RP 431-2:2011"
    "st428" "DCDM, 48 of 52.37 nits" DisplayPeak Form::ScaledPower { gamma: 2.6, scale: 48.0 / 52.37 }; "SMPTE ST 428-1:2006, 4.3"
    "pq" "PQ" Nits100 Form::Pq; "SMPTE ST 2084:2014; ITU-R BT.2100-2"
    "hlg" "HLG OETF, 0.18 at 0.42" Reflectance Form::GammaLog { params: HLG, lowest: None }; "ITU-R BT.2100-2, table 5"
    "hlg_1000nit" "HLG, display of 1000 nits" Nits100 Form::HlgDisplay { peak_nits: 1000.0 }; "ITU-R BT.2100-2, table 5"
    "acescc" "ACEScc" Reflectance Form::DoubleLog([2.0, 0.000_030_517_578_125, 0.000_030_517_578_125, 1.0 / 17.52, 9.72 / 17.52, 0.5, 0.000_015_258_789_062_5, 1.0 / 17.52, 9.72 / 17.52, 1.0, 0.0, 1.0, 0.0]); "Academy S-2014-003"
    "acescct" "ACEScct" Reflectance camera(2.0, [1.0 / 17.52, 9.72 / 17.52], [1.0, 0.0], 0.007_812_5, 10.540_237_741_654_5); "Academy S-2016-001"
    "acesproxy10" "ACESproxy, 10 bits" Reflectance Form::CodeLog { encoded: [64.0 / 1023.0, 940.0 / 1023.0], stops: [(64.0 - 425.0) / 50.0 - 2.5, (940.0 - 425.0) / 50.0 - 2.5] }; "Academy S-2013-001"
    "acesproxy12" "ACESproxy, 12 bits" Reflectance Form::CodeLog { encoded: [256.0 / 4095.0, 3760.0 / 4095.0], stops: [(256.0 - 1700.0) / 200.0 - 2.5, (3760.0 - 1700.0) / 200.0 - 2.5] }; "Academy S-2013-001"
    "cineon" "Cineon" Relative log(10.0, [300.0 / 1023.0, 685.0 / 1023.0], [0.989_202_248_376_722_9, 0.010_797_751_623_277_1]); "Kodak, Cineon digital film: grayscale and colour, 1995"
    "arri_logc3_ei160" "ARRI LogC3, EI 160" Reflectance logc3(0.005561, 5.555556, 0.080216, 0.269036, 0.381991, 5.842037, 0.092778); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei200" "ARRI LogC3, EI 200" Reflectance logc3(0.006208, 5.555556, 0.076621, 0.266007, 0.382478, 5.776265, 0.092782); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei250" "ARRI LogC3, EI 250" Reflectance logc3(0.006871, 5.555556, 0.072941, 0.262978, 0.382966, 5.710494, 0.092786); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei320" "ARRI LogC3, EI 320" Reflectance logc3(0.007622, 5.555556, 0.068768, 0.259627, 0.383508, 5.637732, 0.092791); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei400" "ARRI LogC3, EI 400" Reflectance logc3(0.008318, 5.555556, 0.064901, 0.256598, 0.383999, 5.571960, 0.092795); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei500" "ARRI LogC3, EI 500" Reflectance logc3(0.009031, 5.555556, 0.060939, 0.253569, 0.384493, 5.506188, 0.0928); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei640" "ARRI LogC3, EI 640" Reflectance logc3(0.009840, 5.555556, 0.056443, 0.250219, 0.385040, 5.433426, 0.092805); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei800" "ARRI LogC3, EI 800" Reflectance logc3(0.010591, 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei1000" "ARRI LogC3, EI 1000" Reflectance logc3(0.011361, 5.555556, 0.047996, 0.244161, 0.386036, 5.301883, 0.092814); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei1280" "ARRI LogC3, EI 1280" Reflectance logc3(0.012235, 5.555556, 0.043137, 0.240810, 0.386590, 5.229121, 0.092819); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc3_ei1600" "ARRI LogC3, EI 1600" Reflectance logc3(0.013047, 5.555556, 0.038625, 0.237781, 0.387093, 5.163350, 0.092824); "ARRI, ALEXA Log C Curve - Usage in VFX, 2017"
    "arri_logc4" "ARRI LogC4" Reflectance Form::Log(LOGC4); "ARRI LogC4 Logarithmic Color Space Specification, 2022"
    "slog" "Sony S-Log" Reflectance camera(10.0, [0.432_699 * V, 0.646_596 * V + V0], [1.0 / 0.9, 0.037_584], 0.0, 5.0 / 0.9 * V); "Sony, S-Log: a new LUT for digital production mastering, 2010"
    "slog2" "Sony S-Log2" Reflectance camera(10.0, [0.432_699 * V, 0.646_596 * V + V0], [155.0 / 219.0 / 0.9, 0.037_584], 0.0, 3.538_812_785_388_13 / 0.9 * V); "Sony, S-Log2 Technical Paper, 2012"
    "slog3" "Sony S-Log3" Reflectance Form::Log(SLOG3); "Sony, Technical Summary for S-Gamut3.Cine/S-Log3 and S-Gamut3/S-Log3, 2014"
    "vlog" "Panasonic V-Log" Reflectance line_log([0.241_514, 0.598_206], [1.0, 0.008_73], 0.01, [5.6, 0.125]); "Panasonic, VARICAM V-Log/V-Gamut, 2014"
    "clog" "Canon Log" Reflectance Form::DoubleLog(mirrored(10.0, 0.453_101_79, 0.125_122_48, 10.1596 / 0.9)); "Canon, Input Transform Version 202007, 2020"
    "clog2" "Canon Log 2" Reflectance Form::DoubleLog(mirrored(10.0, 0.241_360_77, 0.092_864_125, 87.099_375 / 0.9)); "Canon, Input Transform Version 202007, 2020"
    "clog3" "Canon Log 3" Reflectance Form::DoubleLog([10.0, -0.014 * 0.9, 0.014 * 0.9, -0.367_268_45, 0.127_839_01, -14.983_25 / 0.9, 1.0, 0.367_268_45, 0.122_405_37, 14.983_25 / 0.9, 1.0, 1.975_479_8 / 0.9, 0.125_122_19]); "Canon, Input Transform Version 202007, 2020"
    "redlog" "RED REDLog" Relative log(10.0, [511.0 / 1023.0, 1.0], [0.990_044_959_004_091_6, 0.009_955_040_995_908_344]); "RED, curve definitions of REDCINE-X"
    "redlogfilm" "RED REDLogFilm" Relative log(10.0, [300.0 / 1023.0, 685.0 / 1023.0], [0.989_202_248_376_722_9, 0.010_797_751_623_277_1]); "RED, curve definitions of REDCINE-X"
    "log3g10" "RED Log3G10" Reflectance camera(10.0, [0.224_282, 0.0], [155.975_327, 2.559_753_27], -0.01, 15.1927); "RED, White Paper on REDWideGamutRGB and Log3G10, 2017"
    "log3g10_v2" "RED Log3G10, version 2" Reflectance Form::DoubleLog([10.0, -0.01, -0.01, -0.224_282, 0.0, -155.975_327, -0.559_753_27, 0.224_282, 0.0, 155.975_327, 2.559_753_27, 1.0, 0.0]); "RED, White Paper on REDWideGamutRGB and Log3G10, 2016"
    "log3g12" "RED Log3G12" Reflectance Form::DoubleLog(mirrored(10.0, 0.184_904, 0.0, 347.189_667)); "RED, White Paper on REDWideGamutRGB and Log3G12, 2016"
    "bmdfilm_gen5" "Blackmagic Film Generation 5" Reflectance camera(std::f64::consts::E, [0.086_928_760_654_912_24, 0.530_013_339_229_193_9], [1.0, 0.005_494_072_432_257_808], 0.005, 8.283_605_932_402_494); "Blackmagic Design, Generation 5 Color Science, 2021"
    "davinci_intermediate" "DaVinci Intermediate" Reflectance camera(2.0, [0.073_292_48, 0.513_047_36], [1.0, 0.0075], 0.002_624_09, 10.444_268_55); "Blackmagic Design, DaVinci Resolve 17 - Wide Gamut Intermediate, 2020"
    "apple_log" "Apple Log (and Log 2)" Reflectance Form::GammaLog { params: APPLE_LOG, lowest: Some(0.0) }; "Apple, Apple Log Profile White Paper, 2023"
    "dlog" "DJI D-Log" Reflectance line_log([0.256_663, 0.584_555], [0.9892, 0.0108], 0.0078, [6.025, 0.0929]); "DJI, White Paper on D-Log and D-Gamut, 2017"
    "flog" "Fujifilm F-Log" Reflectance line_log([0.344_676, 0.790_453], [0.555_556, 0.009_468], 0.000_89, [8.735_631, 0.092_864]); "Fujifilm, F-Log Data Sheet 1.0, 2016"
    "flog2" "Fujifilm F-Log2" Reflectance line_log([0.245_281, 0.384_316], [5.555_556, 0.064_829], 0.000_889, [8.799_461, 0.092_864]); "Fujifilm, F-Log2 Data Sheet 1.0, 2022"
    "nlog" "Nikon N-Log" Reflectance Form::GammaLog { params: [-0.0075, 0.328, 1.0 / 3.0, 650.0 / 1023.0, 0.0075, std::f64::consts::E, 150.0 / 1023.0, 619.0 / 1023.0, 1.0, 0.0], lowest: None }; "Nikon, N-Log Specification Document 1.0.0, 2018"
    "llog" "Leica L-Log" Reflectance line_log([0.27, 0.6], [1.3, 0.0115], 0.006, [8.0, 0.09]); "Leica, L-Log Reference Manual, 2022"
    "protune" "GoPro Protune" Relative log(113.0, [1.0, 0.0], [112.0, 1.0]); "GoPro, Protune to ACES colour conversion script"
    "milog" "Xiaomi Mi-Log" Reflectance Form::GammaLog { params: parabolic(-0.090_237_29, 0.019_741_85, 18.105_319_98, 0.013_845_78, 0.092_715_29, 0.672_918_50), lowest: Some(0.0) }; "Xiaomi, Mi-Log Profile White Paper, 2024"
    "panalog" "Panavision Panalog" Relative log(10.0, [444.0 / 1023.0, 681.0 / 1023.0], [0.959_228_155_389_619_3, 0.040_771_844_610_380_74]); "SPI-VFX colour configuration"
    "viperlog" "Thomson ViperLog" Relative log(10.0, [500.0 / 1023.0, 1.0], [1.0, 0.0]); "SPI-VFX colour configuration"
}

/// The curve called `name` (letters of either case).
pub fn find_transfer_function(name: &str) -> Option<&'static TransferFunction> {
    TRANSFER_FUNCTIONS
        .iter()
        .find(|c| c.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direction;
    use crate::op::Op;
    use crate::program::compile;

    fn eval(ops: &[Op], x: f64) -> f64 {
        ops.iter()
            .fold([x, x, x, 1.0], |p, op| compile(op).unwrap().eval(p))[0]
    }

    #[test]
    fn curves_return_where_they_came_from() {
        for c in TRANSFER_FUNCTIONS {
            for x in [0.15, 0.3, 0.41, 0.55, 0.7, 0.9] {
                let back = eval(
                    &c.ops(Direction::Inverse),
                    eval(&c.ops(Direction::Forward), x),
                );
                assert!((back - x).abs() < 2e-6, "{}: {x} {back}", c.name);
            }
        }
    }

    /// Code values of mid grey as the documents print them.
    #[test]
    fn curves_put_mid_grey_where_their_papers_say() {
        for (name, code, tolerance) in [
            ("arri_logc3_ei800", 400.0 / 1023.0, 5e-4),
            ("arri_logc4", 284.0 / 1023.0, 1e-3),
            ("slog3", 420.0 / 1023.0, 1e-6),
            ("vlog", 433.0 / 1023.0, 5e-4),
            ("log3g10", 1.0 / 3.0, 1e-5),
            ("log3g12", 1.0 / 3.0, 1e-5),
            ("acescct", 0.413_588_402_5, 1e-6),
            ("acescc", 0.413_588_402_5, 1e-6),
            ("davinci_intermediate", 0.336_043, 1e-6),
            ("bmdfilm_gen5", 0.383_561_643_8, 1e-6),
            ("clog2", 0.398_254_692_561_492, 1e-4),
            ("apple_log", 0.488_272_458_6, 1e-6),
            ("hlg", 0.424_264_07, 1e-6),
        ] {
            let c = find_transfer_function(name).unwrap();
            let got = eval(&c.ops(Direction::Inverse), 0.18);
            assert!((got - code).abs() < tolerance, "{name}: {got} not {code}");
        }
    }

    #[test]
    fn pq_puts_100_nits_at_508_thousandths() {
        let c = find_transfer_function("pq").unwrap();
        let got = eval(&c.ops(Direction::Inverse), 1.0);
        assert!((got - 0.508_078_421_5).abs() < 1e-6, "{got}");
    }
}
