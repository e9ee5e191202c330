//! Names of CTF: styles of fixed functions, gradings and exponents. Source: OpenColorIO's FixedFunctionOpData, GammaOpData.

use crate::op::{Direction, FixedStyle, GradingStyle, NegativeStyle};

/// Names of a fixed function, forward and inverse. `Surround` is an old name of `Rec2100SurroundFwd`.
#[rustfmt::skip]
const FIXED: [(FixedStyle, &str, &str); 22] = {
    use FixedStyle as F;
    [
        (F::AcesRedMod03, "RedMod03Fwd", "RedMod03Rev"),
        (F::AcesRedMod10, "RedMod10Fwd", "RedMod10Rev"),
        (F::AcesGlow03, "Glow03Fwd", "Glow03Rev"),
        (F::AcesGlow10, "Glow10Fwd", "Glow10Rev"),
        (F::AcesDarkToDim10, "DarkToDim10", "DimToDark10"),
        (F::AcesGamutComp13, "GamutComp13Fwd", "GamutComp13Rev"),
        (F::AcesOutputTransform20, "ACESOutputTransform20Fwd", "ACESOutputTransform20Inv"),
        (F::AcesRgbToJmh20, "RGB_TO_JMh_20", "JMh_TO_RGB_20"),
        (F::AcesRgbToHmj20, "RGB_TO_HMJ_20", "HMJ_TO_RGB_20"),
        (F::AcesTonescaleCompress20, "ToneScaleCompress20Fwd", "ToneScaleCompress20Inv"),
        (F::AcesGamutCompress20, "GamutCompress20Fwd", "GamutCompress20Inv"),
        (F::Rec2100Surround, "Rec2100SurroundFwd", "Rec2100SurroundRev"),
        (F::RgbToHsv, "RGB_TO_HSV", "HSV_TO_RGB"),
        (F::XyzToXyy, "XYZ_TO_xyY", "xyY_TO_XYZ"),
        (F::XyzToUvy, "XYZ_TO_uvY", "uvY_TO_XYZ"),
        (F::XyzToLuv, "XYZ_TO_LUV", "LUV_TO_XYZ"),
        (F::LinToPq, "Lin_TO_PQ", "PQ_TO_Lin"),
        (F::LinToGammaLog, "Lin_TO_GammaLog", "GammaLog_TO_Lin"),
        (F::LinToDoubleLog, "Lin_TO_DoubleLog", "DoubleLog_TO_Lin"),
        (F::RgbToHsyLin, "RGB_TO_HSY_LIN", "HSY_LIN_TO_RGB"),
        (F::RgbToHsyLog, "RGB_TO_HSY_LOG", "HSY_LOG_TO_RGB"),
        (F::RgbToHsyVid, "RGB_TO_HSY_VID", "HSY_VID_TO_RGB"),
    ]
};

pub(super) fn fixed(name: &str) -> Option<(FixedStyle, Direction)> {
    if name.eq_ignore_ascii_case("Surround") {
        return Some((FixedStyle::Rec2100Surround, Direction::Forward));
    }
    FIXED.iter().find_map(|(style, forward, inverse)| {
        if name.eq_ignore_ascii_case(forward) {
            Some((*style, Direction::Forward))
        } else {
            name.eq_ignore_ascii_case(inverse)
                .then_some((*style, Direction::Inverse))
        }
    })
}

pub(super) fn fixed_name(style: FixedStyle, direction: Direction) -> Option<&'static str> {
    let (_, forward, inverse) = FIXED.iter().find(|f| f.0 == style)?;
    Some(match direction {
        Direction::Forward => forward,
        Direction::Inverse => inverse,
    })
}

const GRADING: [(GradingStyle, &str); 3] = [
    (GradingStyle::Log, "log"),
    (GradingStyle::Linear, "linear"),
    (GradingStyle::Video, "video"),
];

/// The name with `Rev` behind for the inverse.
pub(super) fn grading(name: &str) -> Option<(GradingStyle, Direction)> {
    GRADING.iter().find_map(|(style, forward)| {
        if name.eq_ignore_ascii_case(forward) {
            Some((*style, Direction::Forward))
        } else {
            name.eq_ignore_ascii_case(&format!("{forward}Rev"))
                .then_some((*style, Direction::Inverse))
        }
    })
}

pub(super) fn grading_name(style: GradingStyle, direction: Direction) -> String {
    let name = GRADING.iter().find(|g| g.0 == style).map_or("log", |g| g.1);
    match direction {
        Direction::Forward => name.to_owned(),
        Direction::Inverse => format!("{name}Rev"),
    }
}

/// Family, treatment of negatives and stem of the name, which ends in `Fwd` or `Rev`. True: with a linear part.
const EXPONENT: [(bool, NegativeStyle, &str); 5] = [
    (false, NegativeStyle::Clamp, "basic"),
    (false, NegativeStyle::Mirror, "basicMirror"),
    (false, NegativeStyle::PassThru, "basicPassThru"),
    (true, NegativeStyle::Linear, "monCurve"),
    (true, NegativeStyle::Mirror, "monCurveMirror"),
];

pub(super) fn exponent(name: &str) -> Option<(bool, NegativeStyle, Direction)> {
    EXPONENT.iter().find_map(|(linear, style, stem)| {
        let named = |end: &str| name.eq_ignore_ascii_case(&format!("{stem}{end}"));
        let direction = if named("Fwd") {
            Direction::Forward
        } else if named("Rev") {
            Direction::Inverse
        } else {
            return None;
        };
        Some((*linear, *style, direction))
    })
}

pub(super) fn exponent_name(linear: bool, style: NegativeStyle, direction: Direction) -> String {
    let stem = EXPONENT
        .iter()
        .find(|e| e.0 == linear && e.1 == style)
        .map_or("basic", |e| e.2);
    format!("{stem}{}", end(direction))
}

pub(super) fn end(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "Fwd",
        Direction::Inverse => "Rev",
    }
}
