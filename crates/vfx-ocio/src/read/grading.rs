//! The four grading transforms of a config; what they do not say is neutral.

use super::transform::{direction, grading_style};
use super::{Reader, array, boolean, entries, floats, number, text};
use crate::OcioError;
use crate::transform::Transform;
use crate::yaml::Node;
use std::sync::Arc;
use vfx_color::op::{
    GradingHueCurve, GradingPrimary, GradingRgbCurve, GradingStyle, GradingTone, Op, Rgbm,
    SplineCurve, SplineType, ToneZone,
};

/// Keys of the hue curves, in the order of the operation.
pub(crate) const HUE_CURVES: [&str; 8] = [
    "hue_hue", "hue_sat", "hue_lum", "lum_sat", "sat_sat", "lum_lum", "sat_lum", "hue_fx",
];

fn rgbm(r: &mut Reader, node: &Node, object: &str) -> Result<Rgbm, OcioError> {
    let (mut rgb, mut master) = (None, None);
    for (name, key, value) in entries(node, object)? {
        match name {
            "rgb" => rgb = Some(array::<3>(value, name)?),
            "master" => master = Some(number(value, name)?),
            _ => r.unknown(object, key),
        }
    }
    let missing = |key| OcioError::Missing {
        line: node.line,
        object: object.into(),
        key,
    };
    let [red, green, blue] = rgb.ok_or_else(|| missing("rgb"))?;
    Ok(Rgbm {
        red,
        green,
        blue,
        master: master.ok_or_else(|| missing("master"))?,
    })
}

pub(super) fn primary(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    const OBJECT: &str = "GradingPrimaryTransform";
    let style = node
        .get("style")
        .map_or(Ok(GradingStyle::Log), grading_style)?;
    let mut p = GradingPrimary::new(style);
    for (name, key, value) in entries(node, OBJECT)? {
        match name {
            "style" | "name" => {}
            "direction" => p.direction = direction(value)?,
            "brightness" => p.brightness = rgbm(r, value, name)?,
            "contrast" => p.contrast = rgbm(r, value, name)?,
            "gamma" => p.gamma = rgbm(r, value, name)?,
            "offset" => p.offset = rgbm(r, value, name)?,
            "exposure" => p.exposure = rgbm(r, value, name)?,
            "lift" => p.lift = rgbm(r, value, name)?,
            "gain" => p.gain = rgbm(r, value, name)?,
            "saturation" => p.saturation = number(value, name)?,
            "pivot" => {
                let mut any = false;
                for (name, key, value) in entries(value, "pivot")? {
                    any = true;
                    match name {
                        "contrast" => p.pivot = number(value, name)?,
                        "black" => p.pivot_black = number(value, name)?,
                        "white" => p.pivot_white = number(value, name)?,
                        _ => r.unknown("pivot", key),
                    }
                }
                if !any {
                    return Err(value.wrong("pivot", "contrast, black or white"));
                }
            }
            "clamp" => {
                for (name, key, value) in entries(value, "clamp")? {
                    match name {
                        "black" => p.clamp_black = Some(number(value, name)?),
                        "white" => p.clamp_white = Some(number(value, name)?),
                        _ => r.unknown("clamp", key),
                    }
                }
                if p.clamp_black.is_none() && p.clamp_white.is_none() {
                    return Err(value.wrong("clamp", "black or white"));
                }
            }
            _ => r.unknown(OBJECT, key),
        }
    }
    Ok(Transform::Op(Op::GradingPrimary(p)))
}

fn curve(
    r: &mut Reader,
    node: &Node,
    object: &str,
    spline: SplineType,
) -> Result<SplineCurve, OcioError> {
    let (mut points, mut slopes) = (None, Vec::new());
    for (name, key, value) in entries(node, object)? {
        match name {
            "control_points" => {
                let v = floats(value, name)?;
                if v.len() % 2 != 0 || v.len() < 4 {
                    return Err(value.wrong(name, "pairs of numbers, two or more"));
                }
                let p: Vec<[f32; 2]> = v.chunks_exact(2).map(|c| [c[0], c[1]]).collect();
                if p.windows(2).any(|w| w[1][0] < w[0][0]) {
                    return Err(value.wrong(name, "points with x that does not decrease"));
                }
                points = Some(p);
            }
            "slopes" => slopes = floats(value, name)?,
            _ => r.unknown(object, key),
        }
    }
    let points = points.ok_or_else(|| OcioError::Missing {
        line: node.line,
        object: object.into(),
        key: "control_points",
    })?;
    if !slopes.is_empty() && slopes.len() != points.len() {
        return Err(OcioError::Value {
            line: node.line,
            key: "slopes".into(),
            found: format!("{} numbers", slopes.len()),
            expected: format!("{}, one a point", points.len()),
        });
    }
    Ok(SplineCurve {
        spline,
        points,
        slopes,
    })
}

pub(super) fn rgb_curve(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    const OBJECT: &str = "GradingRGBCurveTransform";
    let style = node
        .get("style")
        .map_or(Ok(GradingStyle::Log), grading_style)?;
    let mut op = GradingRgbCurve::new(style);
    for (name, key, value) in entries(node, OBJECT)? {
        let channel = ["red", "green", "blue", "master"]
            .iter()
            .position(|n| *n == name);
        match (name, channel) {
            ("style" | "name", _) => {}
            ("direction", _) => op.direction = direction(value)?,
            ("lintolog_bypass", _) => op.bypass_lin_to_log = boolean(value, name)?,
            (_, Some(i)) => op.curves[i] = curve(r, value, name, SplineType::BSpline)?,
            _ => r.unknown(OBJECT, key),
        }
    }
    Ok(Transform::Op(Op::GradingRgbCurve(Arc::new(op))))
}

pub(super) fn hue_curve(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    const OBJECT: &str = "GradingHueCurveTransform";
    let style = node
        .get("style")
        .map_or(Ok(GradingStyle::Log), grading_style)?;
    let mut op = GradingHueCurve::new(style);
    for (name, key, value) in entries(node, OBJECT)? {
        let which = HUE_CURVES.iter().position(|n| *n == name);
        match (name, which) {
            ("style" | "name", _) => {}
            ("direction", _) => op.direction = direction(value)?,
            ("hsy_transform", _) => match text(value, name)?.as_str() {
                "none" => op.rgb_to_hsy = false,
                "1" => op.rgb_to_hsy = true,
                _ => return Err(value.wrong(name, "none or 1")),
            },
            (_, Some(i)) => op.curves[i] = curve(r, value, name, op.curves[i].spline)?,
            _ => r.unknown(OBJECT, key),
        }
    }
    Ok(Transform::Op(Op::GradingHueCurve(Arc::new(op))))
}

fn zone(
    r: &mut Reader,
    node: &Node,
    object: &str,
    keys: [&'static str; 2],
) -> Result<ToneZone, OcioError> {
    let (mut rgb, mut master, mut start, mut width) = (None, None, None, None);
    for (name, key, value) in entries(node, object)? {
        match name {
            "rgb" => rgb = Some(array::<3>(value, name)?),
            "master" => master = Some(number(value, name)?),
            n if n == keys[0] => start = Some(number(value, name)?),
            n if n == keys[1] => width = Some(number(value, name)?),
            _ => r.unknown(object, key),
        }
    }
    let missing = |key| OcioError::Missing {
        line: node.line,
        object: object.into(),
        key,
    };
    let [red, green, blue] = rgb.ok_or_else(|| missing("rgb"))?;
    Ok(ToneZone {
        rgbm: Rgbm {
            red,
            green,
            blue,
            master: master.ok_or_else(|| missing("master"))?,
        },
        start: start.ok_or_else(|| missing(keys[0]))?,
        width: width.ok_or_else(|| missing(keys[1]))?,
    })
}

/// Keys of the zones, and of their start and width.
pub(crate) const TONE_ZONES: [(&str, [&str; 2]); 5] = [
    ("blacks", ["start", "width"]),
    ("shadows", ["start", "pivot"]),
    ("midtones", ["center", "width"]),
    ("highlights", ["start", "pivot"]),
    ("whites", ["start", "width"]),
];

pub(super) fn tone(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    const OBJECT: &str = "GradingToneTransform";
    let style = node
        .get("style")
        .map_or(Ok(GradingStyle::Log), grading_style)?;
    let mut t = GradingTone::new(style);
    for (name, key, value) in entries(node, OBJECT)? {
        let keys = TONE_ZONES.iter().find(|(n, _)| *n == name).map(|(_, k)| *k);
        match (name, keys) {
            ("style" | "name", _) => {}
            ("direction", _) => t.direction = direction(value)?,
            ("s_contrast", _) => t.s_contrast = number(value, name)?,
            ("blacks", Some(k)) => t.blacks = zone(r, value, name, k)?,
            ("shadows", Some(k)) => t.shadows = zone(r, value, name, k)?,
            ("midtones", Some(k)) => t.midtones = zone(r, value, name, k)?,
            ("highlights", Some(k)) => t.highlights = zone(r, value, name, k)?,
            ("whites", Some(k)) => t.whites = zone(r, value, name, k)?,
            _ => r.unknown(OBJECT, key),
        }
    }
    Ok(Transform::Op(Op::GradingTone(Box::new(t))))
}
