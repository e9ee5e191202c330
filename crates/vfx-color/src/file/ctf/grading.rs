//! Gradings of CTF 2: primary, tone, RGB curves and hue curves, with their defaults a style.
//!
//! Source of names and defaults: OpenColorIO 2.6, CTFReaderHelper, GradingPrimary, GradingTone, GradingRGBCurve,
//! GradingHueCurve.

use std::sync::Arc;

use roxmltree::Node;

use super::super::source::{Source, short};
use super::super::xml;
use super::{node, styles};
use crate::op::{
    Direction, GradingHueCurve, GradingPrimary, GradingRgbCurve, GradingStyle, GradingTone, Rgbm,
    SplineCurve, SplineType, ToneZone,
};
use crate::{ColorError, Op};

fn wrong(s: &Source, node: Node, reason: &str) -> ColorError {
    s.error(xml::line(node), format!("{}: {reason}", xml::name(node)))
}

fn style(s: &Source, node: Node) -> Result<(GradingStyle, Direction), ColorError> {
    let name = xml::attribute(node, "style").ok_or_else(|| wrong(s, node, "no 'style'"))?;
    styles::grading(name).ok_or_else(|| node::unknown_style(s, node, name))
}

/// The parameters that a program may change later.
pub(super) fn dynamic<'a>(s: &Source, node: Node<'a, '_>) -> Result<Vec<&'a str>, ColorError> {
    const KNOWN: [(&str, &str); 7] = [
        ("EXPOSURE", "ExposureContrast"),
        ("CONTRAST", "ExposureContrast"),
        ("GAMMA", "ExposureContrast"),
        ("PRIMARY", "GradingPrimary"),
        ("RGB_CURVE", "GradingRGBCurve"),
        ("HUE_CURVE", "GradingHueCurve"),
        ("TONE", "GradingTone"),
    ];
    let mut found = Vec::new();
    for child in xml::elements(node).filter(|n| xml::is(*n, "DynamicParameter")) {
        let Some(param) = xml::attribute(child, "param") else {
            continue;
        };
        if param.eq_ignore_ascii_case("LOOK_SWITCH") {
            continue;
        }
        let known = KNOWN
            .iter()
            .find(|(name, of)| param.eq_ignore_ascii_case(name) && xml::is(node, of));
        match known {
            Some((name, _)) => found.push(*name),
            None => {
                let reason = format!("'{}' cannot be dynamic here", short(param));
                return Err(wrong(s, child, &reason));
            }
        }
    }
    Ok(found)
}

const fn flat(v: f64) -> Rgbm {
    Rgbm {
        red: v,
        green: v,
        blue: v,
        master: v,
    }
}

/// A primary grading that changes nothing.
fn neutral_primary(style: GradingStyle) -> GradingPrimary {
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

/// A tone grading that changes nothing: start and width of blacks, shadows, midtones, highlights, whites.
fn neutral_tone(style: GradingStyle) -> GradingTone {
    let zones = match style {
        GradingStyle::Log => [[0.4, 0.4], [0.5, 0.0], [0.4, 0.6], [0.3, 1.0], [0.4, 0.5]],
        GradingStyle::Linear => [[0.0, 4.0], [2.0, -7.0], [0.0, 8.0], [-2.0, 9.0], [0.0, 8.0]],
        GradingStyle::Video => [[0.4, 0.4], [0.6, 0.0], [0.4, 0.7], [0.2, 1.0], [0.5, 0.5]],
    };
    let [blacks, shadows, midtones, highlights, whites] = zones.map(|[start, width]| ToneZone {
        rgbm: flat(1.0),
        start,
        width,
    });
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

fn needed(s: &Source, node: Node, key: &str) -> Result<f64, ColorError> {
    xml::number(s, node, key)?.ok_or_else(|| wrong(s, node, &format!("no attribute '{key}'")))
}

fn rgbm(s: &Source, node: Node) -> Result<Rgbm, ColorError> {
    let text = xml::attribute(node, "rgb").ok_or_else(|| wrong(s, node, "no attribute 'rgb'"))?;
    let [red, green, blue] = xml::list(s, node, text)?[..] else {
        return Err(wrong(s, node, "expected three values in 'rgb'"));
    };
    Ok(Rgbm {
        red,
        green,
        blue,
        master: needed(s, node, "master")?,
    })
}

pub(super) fn primary(s: &Source, node: Node) -> Result<Op, ColorError> {
    let (style, direction) = style(s, node)?;
    let mut op = neutral_primary(style);
    op.direction = direction;
    op.dynamic = !dynamic(s, node)?.is_empty();
    for child in xml::elements(node) {
        match xml::name(child).to_ascii_lowercase().as_str() {
            "brightness" => op.brightness = rgbm(s, child)?,
            "contrast" => op.contrast = rgbm(s, child)?,
            "gamma" => op.gamma = rgbm(s, child)?,
            "offset" => op.offset = rgbm(s, child)?,
            "exposure" => op.exposure = rgbm(s, child)?,
            "lift" => op.lift = rgbm(s, child)?,
            "gain" => op.gain = rgbm(s, child)?,
            "saturation" => op.saturation = needed(s, child, "master")?,
            "pivot" => {
                let number = |key: &str| xml::number(s, child, key);
                op.pivot = number("contrast")?.unwrap_or(op.pivot);
                op.pivot_black = number("black")?.unwrap_or(op.pivot_black);
                op.pivot_white = number("white")?.unwrap_or(op.pivot_white);
            }
            "clamp" => {
                op.clamp_black = xml::number(s, child, "black")?;
                op.clamp_white = xml::number(s, child, "white")?;
                if op.clamp_black.or(op.clamp_white).is_none() {
                    return Err(wrong(s, child, "neither 'black' nor 'white'"));
                }
            }
            _ => {}
        }
    }
    Ok(Op::GradingPrimary(op))
}

pub(super) fn tone(s: &Source, node: Node) -> Result<Op, ColorError> {
    let (style, direction) = style(s, node)?;
    let mut op = neutral_tone(style);
    op.direction = direction;
    op.dynamic = !dynamic(s, node)?.is_empty();
    for child in xml::elements(node) {
        let (zone, start, width) = match xml::name(child).to_ascii_lowercase().as_str() {
            "blacks" => (&mut op.blacks, "start", "width"),
            "shadows" => (&mut op.shadows, "start", "pivot"),
            "midtones" => (&mut op.midtones, "center", "width"),
            "highlights" => (&mut op.highlights, "start", "pivot"),
            "whites" => (&mut op.whites, "start", "width"),
            "scontrast" => {
                op.s_contrast = needed(s, child, "master")?;
                continue;
            }
            _ => continue,
        };
        *zone = ToneZone {
            rgbm: rgbm(s, child)?,
            start: needed(s, child, start)?,
            width: needed(s, child, width)?,
        };
    }
    Ok(Op::GradingTone(Box::new(op)))
}

/// The points of the curve that changes nothing.
fn diagonal(style: GradingStyle) -> Vec<[f32; 2]> {
    if style == GradingStyle::Linear {
        vec![[-7.0, -7.0], [0.0, 0.0], [7.0, 7.0]]
    } else {
        vec![[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    }
}

fn curve(s: &Source, node: Node, into: &mut SplineCurve) -> Result<(), ColorError> {
    if let Some(points) = xml::child(node, "ControlPoints") {
        let values = xml::numbers(s, points)?;
        if values.len() % 2 != 0 {
            return Err(wrong(s, points, "an odd number of values"));
        }
        into.points = values
            .chunks_exact(2)
            .map(|p| [p[0] as f32, p[1] as f32])
            .collect();
    }
    if let Some(slopes) = xml::child(node, "Slopes") {
        let values = xml::numbers(s, slopes)?;
        if values.len() != into.points.len() {
            return Err(wrong(
                s,
                slopes,
                "expected as many slopes as control points",
            ));
        }
        into.slopes = values.into_iter().map(|v| v as f32).collect();
    }
    Ok(())
}

pub(super) const RGB_CURVES: [&str; 4] = ["Red", "Green", "Blue", "Master"];

pub(super) fn rgb_curve(s: &Source, node: Node) -> Result<Op, ColorError> {
    let (style, direction) = style(s, node)?;
    let neutral = || SplineCurve {
        spline: SplineType::BSpline,
        points: diagonal(style),
        slopes: Vec::new(),
    };
    let mut curves = [neutral(), neutral(), neutral(), neutral()];
    for (into, name) in curves.iter_mut().zip(RGB_CURVES) {
        if let Some(child) = xml::child(node, name) {
            curve(s, child, into)?;
        }
    }
    let bypass = match xml::attribute(node, "bypassLinToLog") {
        None => false,
        Some(v) if v.eq_ignore_ascii_case("true") => true,
        Some(v) => {
            return Err(wrong(
                s,
                node,
                &format!("unknown bypassLinToLog '{}'", short(v)),
            ));
        }
    };
    let op = GradingRgbCurve {
        style,
        curves,
        bypass_lin_to_log: bypass,
        dynamic: !dynamic(s, node)?.is_empty(),
        direction,
    };
    Ok(Op::GradingRgbCurve(Arc::new(op)))
}

/// Elements and kinds of the hue curves, in the order of the operation.
pub(super) const HUE_CURVES: [(&str, SplineType); 8] = [
    ("HueHue", SplineType::HueHueBSpline),
    ("HueSat", SplineType::Periodic1BSpline),
    ("HueLum", SplineType::Periodic1BSpline),
    ("LumSat", SplineType::Horizontal1BSpline),
    ("SatSat", SplineType::DiagonalBSpline),
    ("LumLum", SplineType::DiagonalBSpline),
    ("SatLum", SplineType::Horizontal1BSpline),
    ("HueFx", SplineType::Periodic0BSpline),
];

/// The points of hue curve `i` that change nothing.
fn neutral_hue(style: GradingStyle, i: usize) -> Vec<[f32; 2]> {
    let sixths = |y: fn(f32) -> f32| {
        (0..6_u8)
            .map(|k| f32::from(k) / 6.0)
            .map(|x| [x, y(x)])
            .collect()
    };
    let level = |style| diagonal(style).iter().map(|p| [p[0], 1.0]).collect();
    match i {
        0 => sixths(|x| x),
        1 | 2 => sixths(|_| 1.0),
        3 => level(style),
        4 => diagonal(GradingStyle::Log),
        5 => diagonal(style),
        6 => level(GradingStyle::Log),
        _ => sixths(|_| 0.0),
    }
}

pub(super) fn hue_curve(s: &Source, node: Node) -> Result<Op, ColorError> {
    let (style, direction) = style(s, node)?;
    let mut i = 0;
    let mut curves = HUE_CURVES.map(|(_, spline)| {
        i += 1;
        SplineCurve {
            spline,
            points: neutral_hue(style, i - 1),
            slopes: Vec::new(),
        }
    });
    for (into, (name, _)) in curves.iter_mut().zip(HUE_CURVES) {
        if let Some(child) = xml::child(node, name) {
            curve(s, child, into)?;
        }
    }
    let rgb_to_hsy = match xml::attribute(node, "hsyTransform") {
        None => true,
        Some(v) if v.eq_ignore_ascii_case("none") => false,
        Some(v) => {
            return Err(wrong(
                s,
                node,
                &format!("unknown hsyTransform '{}'", short(v)),
            ));
        }
    };
    let op = GradingHueCurve {
        style,
        curves,
        rgb_to_hsy,
        dynamic: !dynamic(s, node)?.is_empty(),
        direction,
    };
    Ok(Op::GradingHueCurve(Arc::new(op)))
}
