//! The four grading transforms of a config and their defaults a style.
//!
//! Source of the defaults: OpenColorIO 2.6, `GradingPrimary`, `GradingTone`, `GradingRGBCurve`, `GradingHueCurve`.

use super::transform::{direction, grading_style};
use super::{Reader, array, boolean, entries, floats, number, text};
use crate::OcioError;
use crate::transform::Transform;
use crate::yaml::Node;
use std::sync::Arc;
use vfx_color::Direction;
use vfx_color::op::{
    GradingHueCurve, GradingPrimary, GradingRgbCurve, GradingStyle, GradingTone, Op, Rgbm,
    SplineCurve, SplineType, ToneZone,
};

/// The same in every channel.
const fn flat(v: f64) -> Rgbm {
    Rgbm {
        red: v,
        green: v,
        blue: v,
        master: v,
    }
}

/// A primary grading that changes nothing.
pub(crate) fn default_primary(style: GradingStyle) -> GradingPrimary {
    GradingPrimary {
        style,
        brightness: flat(0.0),
        contrast: flat(1.0),
        gamma: flat(1.0),
        offset: flat(0.0),
        exposure: flat(0.0),
        lift: flat(0.0),
        gain: flat(1.0),
        saturation: 1.0,
        pivot: if style == GradingStyle::Log {
            -0.2
        } else {
            0.18
        },
        pivot_black: 0.0,
        pivot_white: 1.0,
        clamp_black: None,
        clamp_white: None,
        dynamic: false,
        direction: Direction::Forward,
    }
}

/// Start and width of blacks, shadows, midtones, highlights, whites.
fn zones(style: GradingStyle) -> [[f64; 2]; 5] {
    match style {
        GradingStyle::Log => [[0.4, 0.4], [0.5, 0.0], [0.4, 0.6], [0.3, 1.0], [0.4, 0.5]],
        GradingStyle::Linear => [[0.0, 4.0], [2.0, -7.0], [0.0, 8.0], [-2.0, 9.0], [0.0, 8.0]],
        GradingStyle::Video => [[0.4, 0.4], [0.6, 0.0], [0.4, 0.7], [0.2, 1.0], [0.5, 0.5]],
    }
}

/// A tone grading that changes nothing.
pub(crate) fn default_tone(style: GradingStyle) -> GradingTone {
    let zone = |[start, width]: [f64; 2]| ToneZone {
        rgbm: flat(1.0),
        start,
        width,
    };
    let [blacks, shadows, midtones, highlights, whites] = zones(style).map(zone);
    GradingTone {
        style,
        blacks,
        shadows,
        midtones,
        highlights,
        whites,
        s_contrast: 1.0,
        dynamic: false,
        direction: Direction::Forward,
    }
}

fn curve_of(spline: SplineType, points: &[[f32; 2]]) -> SplineCurve {
    SplineCurve {
        spline,
        points: points.to_vec(),
        slopes: Vec::new(),
    }
}

/// The curve that changes nothing.
pub(crate) fn default_rgb_curve(style: GradingStyle) -> SplineCurve {
    curve_of(SplineType::BSpline, diagonal(style))
}

fn diagonal(style: GradingStyle) -> &'static [[f32; 2]] {
    if style == GradingStyle::Linear {
        &[[-7.0, -7.0], [0.0, 0.0], [7.0, 7.0]]
    } else {
        &[[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    }
}

/// Keys and splines of the hue curves, in the order of the operation.
pub(crate) const HUE_CURVES: [(&str, SplineType); 8] = [
    ("hue_hue", SplineType::HueHueBSpline),
    ("hue_sat", SplineType::Periodic1BSpline),
    ("hue_lum", SplineType::Periodic1BSpline),
    ("lum_sat", SplineType::Horizontal1BSpline),
    ("sat_sat", SplineType::DiagonalBSpline),
    ("lum_lum", SplineType::DiagonalBSpline),
    ("sat_lum", SplineType::Horizontal1BSpline),
    ("hue_fx", SplineType::Periodic0BSpline),
];

/// The hue curves that change nothing.
pub(crate) fn default_hue_curves(style: GradingStyle) -> [SplineCurve; 8] {
    #[expect(clippy::cast_precision_loss, reason = "0 to 5")]
    let sixths = |y: fn(f32) -> f32| -> Vec<[f32; 2]> {
        (0..6).map(|i| i as f32 / 6.0).map(|x| [x, y(x)]).collect()
    };
    let level: Vec<[f32; 2]> = diagonal(style).iter().map(|p| [p[0], 1.0]).collect();
    let unit = GradingStyle::Log;
    let flat_unit: Vec<[f32; 2]> = diagonal(unit).iter().map(|p| [p[0], 1.0]).collect();
    let points: [Vec<[f32; 2]>; 8] = [
        sixths(|x| x),
        sixths(|_| 1.0),
        sixths(|_| 1.0),
        level,
        diagonal(unit).to_vec(),
        diagonal(style).to_vec(),
        flat_unit,
        sixths(|_| 0.0),
    ];
    let mut i = 0;
    points.map(|p| {
        let spline = HUE_CURVES[i].1;
        i += 1;
        curve_of(spline, &p)
    })
}

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
    let mut p = default_primary(style);
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
    let mut curves = std::array::from_fn(|_| default_rgb_curve(style));
    let (mut bypass, mut dir) = (false, Direction::Forward);
    for (name, key, value) in entries(node, OBJECT)? {
        let channel = ["red", "green", "blue", "master"]
            .iter()
            .position(|n| *n == name);
        match (name, channel) {
            ("style" | "name", _) => {}
            ("direction", _) => dir = direction(value)?,
            ("lintolog_bypass", _) => bypass = boolean(value, name)?,
            (_, Some(i)) => curves[i] = curve(r, value, name, SplineType::BSpline)?,
            _ => r.unknown(OBJECT, key),
        }
    }
    Ok(Transform::Op(Op::GradingRgbCurve(Arc::new(
        GradingRgbCurve {
            style,
            curves,
            bypass_lin_to_log: bypass,
            dynamic: false,
            direction: dir,
        },
    ))))
}

pub(super) fn hue_curve(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    const OBJECT: &str = "GradingHueCurveTransform";
    let style = node
        .get("style")
        .map_or(Ok(GradingStyle::Log), grading_style)?;
    let mut curves = default_hue_curves(style);
    let (mut rgb_to_hsy, mut dir) = (true, Direction::Forward);
    for (name, key, value) in entries(node, OBJECT)? {
        let which = HUE_CURVES.iter().position(|(n, _)| *n == name);
        match (name, which) {
            ("style" | "name", _) => {}
            ("direction", _) => dir = direction(value)?,
            ("hsy_transform", _) => match text(value, name)?.as_str() {
                "none" => rgb_to_hsy = false,
                "1" => rgb_to_hsy = true,
                _ => return Err(value.wrong(name, "none or 1")),
            },
            (_, Some(i)) => curves[i] = curve(r, value, name, HUE_CURVES[i].1)?,
            _ => r.unknown(OBJECT, key),
        }
    }
    Ok(Transform::Op(Op::GradingHueCurve(Arc::new(
        GradingHueCurve {
            style,
            curves,
            rgb_to_hsy,
            dynamic: false,
            direction: dir,
        },
    ))))
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
    let mut t = default_tone(style);
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
