//! Gradings of CTF 2: primary, tone, RGB curves and hue curves, what is not said being neutral.
//!
//! Source of the names: OpenColorIO 2.6, CTFReaderHelper.

use std::sync::Arc;

use roxmltree::Node;

use super::super::source::{Source, short};
use super::super::xml;
use super::{node, styles};
use crate::op::{
    Direction, GradingHueCurve, GradingPrimary, GradingRgbCurve, GradingStyle, GradingTone, Rgbm,
    SplineCurve, ToneZone,
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
    let mut op = GradingPrimary::new(style);
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
    let mut op = GradingTone::new(style);
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
    let mut op = GradingRgbCurve::new(style);
    for (into, name) in op.curves.iter_mut().zip(RGB_CURVES) {
        if let Some(child) = xml::child(node, name) {
            curve(s, child, into)?;
        }
    }
    op.bypass_lin_to_log = match xml::attribute(node, "bypassLinToLog") {
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
    op.dynamic = !dynamic(s, node)?.is_empty();
    op.direction = direction;
    Ok(Op::GradingRgbCurve(Arc::new(op)))
}

/// Elements of the hue curves, in the order of the operation.
pub(super) const HUE_CURVES: [&str; 8] = [
    "HueHue", "HueSat", "HueLum", "LumSat", "SatSat", "LumLum", "SatLum", "HueFx",
];

pub(super) fn hue_curve(s: &Source, node: Node) -> Result<Op, ColorError> {
    let (style, direction) = style(s, node)?;
    let mut op = GradingHueCurve::new(style);
    for (into, name) in op.curves.iter_mut().zip(HUE_CURVES) {
        if let Some(child) = xml::child(node, name) {
            curve(s, child, into)?;
        }
    }
    op.rgb_to_hsy = match xml::attribute(node, "hsyTransform") {
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
    op.dynamic = !dynamic(s, node)?.is_empty();
    op.direction = direction;
    Ok(Op::GradingHueCurve(Arc::new(op)))
}
