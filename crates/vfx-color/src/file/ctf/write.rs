//! Operations as CLF 3 (with the SMPTE name space) or CTF.
//!
//! All depths are 32f, half tables with raw halfs 16f. CLF holds matrices, ranges, logarithms, exponents, CDLs and tables
//! forward; CTF holds every operation. The id is a hash of the content unless the caller gives one.

use std::hash::{DefaultHasher, Hash, Hasher};

use half::f16;

use super::super::number::{float, full, list, row};
use super::super::{WriteOptions, bake, cdl, xml};
use super::grading::{HUE_CURVES, RGB_CURVES};
use super::{SMPTE, styles};
use crate::op::{
    CdlStyle, Direction, Exponent, GradingRgbCurve, Interpolation, Log, Lut1D, Lut3D, Matrix,
    MonCurve, Range, Rgbm, SplineCurve, ToneZone,
};
use crate::{ColorError, Op};

const DEPTHS: &str = "inBitDepth=\"32f\" outBitDepth=\"32f\"";

pub(in super::super) fn write_clf(
    ops: &[Op],
    options: &WriteOptions,
) -> Result<String, ColorError> {
    write(ops, options, "Academy/ASC Common LUT Format", true)
}

pub(in super::super) fn write_ctf(
    ops: &[Op],
    options: &WriteOptions,
) -> Result<String, ColorError> {
    write(ops, options, "Color Transform Format", false)
}

fn write(
    ops: &[Op],
    options: &WriteOptions,
    format: &'static str,
    clf: bool,
) -> Result<String, ColorError> {
    if ops.is_empty() {
        return Err(bake::cannot(format, "no operation"));
    }
    let mut body = String::new();
    for (key, text) in &options.info {
        let tag = match key.as_str() {
            "input descriptor" => "InputDescriptor",
            "output descriptor" => "OutputDescriptor",
            "id" | "name" | "inverseOf" => continue,
            _ => "Description",
        };
        body += &format!("    <{tag}>{}</{tag}>\n", xml::escape(text));
    }
    for op in ops {
        body += &node(op, clf).ok_or_else(|| bake::cannot(format, op.kind()))?;
    }
    let given = |key: &str| options.info.iter().find(|(k, _)| k == key).map(|(_, v)| v);
    let mut attributes = String::new();
    for key in ["name", "inverseOf"] {
        if let Some(text) = given(key).filter(|t| !t.is_empty()) {
            attributes += &format!(" {key}=\"{}\"", xml::escape(text));
        }
    }
    let id = match given("id").filter(|t| !t.is_empty()) {
        Some(id) => xml::escape(id),
        None => content_id(&body),
    };
    let version = if clf {
        format!("compCLFversion=\"3\" xmlns=\"{SMPTE}\"")
    } else {
        format!("version=\"{}\"", ctf_version(ops))
    };
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ProcessList {version} id=\"{id}\"{attributes}>\n{body}</ProcessList>\n"
    ))
}

/// The lowest version that has the operations.
fn ctf_version(ops: &[Op]) -> &'static str {
    use crate::op::FixedStyle as F;
    let newest = ops.iter().map(|op| match op {
        Op::GradingHueCurve(_) => 1,
        Op::FixedFunction(f) => match f.style {
            F::AcesRgbToHmj20 => 2,
            F::AcesGamutComp13 | F::LinToPq | F::LinToGammaLog | F::LinToDoubleLog => 1,
            F::AcesOutputTransform20 | F::AcesRgbToJmh20 | F::AcesTonescaleCompress20 => 1,
            F::AcesGamutCompress20 | F::RgbToHsyLin | F::RgbToHsyLog | F::RgbToHsyVid => 1,
            _ => 0,
        },
        _ => 0,
    });
    match newest.max() {
        Some(2) => "2.6",
        Some(1) => "2.5",
        _ => "2.0",
    }
}

/// A name-based UUID.
fn content_id(body: &str) -> String {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, body).hash(&mut hasher);
        hasher.finish()
    };
    let (a, b) = (half(0), half(1));
    format!(
        "urn:uuid:{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0x3fff | 0x8000,
        b & 0xffff_ffff_ffff
    )
}

fn element(tag: &str, attributes: &str, children: &str) -> String {
    let space = if attributes.is_empty() { "" } else { " " };
    format!("    <{tag} {DEPTHS}{space}{attributes}>\n{children}    </{tag}>\n")
}

/// One operation; none if the format does not have it.
fn node(op: &Op, clf: bool) -> Option<String> {
    Some(match op {
        Op::Matrix(m) => matrix(m),
        Op::Range(r) => range(&r.forward()),
        Op::Exponent(e) => exponent(e, clf)?,
        Op::MonCurve(m) => mon_curve(m, clf)?,
        Op::Log(l) => log(l),
        Op::Cdl(c) => {
            let style = match c.style {
                CdlStyle::Asc => "",
                CdlStyle::NoClamp => "NoClamp",
            };
            let style = format!("style=\"{}{style}\"", styles::end(c.direction));
            element("ASC_CDL", &style, &cdl::nodes(c, "", "        "))
        }
        Op::Lut1D(lut, direction) => lut1d(lut, *direction, clf)?,
        Op::Lut3D(lut, direction) => lut3d(lut, *direction, clf)?,
        _ if clf => return None,
        op => ctf_node(op)?,
    })
}

fn ctf_node(op: &Op) -> Option<String> {
    let style = |style, direction| format!("style=\"{}\"", styles::grading_name(style, direction));
    Some(match op {
        Op::ExposureContrast(e) => {
            let mut body = format!(
                "        <ECParams exposure=\"{}\" contrast=\"{}\" gamma=\"{}\" pivot=\"{}\" logExposureStep=\"{}\" logMidGray=\"{}\" />\n",
                full(e.exposure),
                full(e.contrast),
                full(e.gamma),
                full(e.pivot),
                full(e.log_exposure_step),
                full(e.log_midway_gray)
            );
            let names = ["EXPOSURE", "CONTRAST", "GAMMA"];
            for (name, _) in names.iter().zip(e.dynamic).filter(|(_, on)| *on) {
                body += &dynamic(name);
            }
            element("ExposureContrast", &style(e.style, e.direction), &body)
        }
        Op::FixedFunction(f) => {
            let mut attributes = format!("style=\"{}\"", styles::fixed_name(f.style, f.direction)?);
            if !f.params.is_empty() {
                attributes += &format!(" params=\"{}\"", list(&f.params));
            }
            element("FixedFunction", &attributes, "")
        }
        Op::GradingPrimary(p) => {
            let controls = [
                ("Brightness", p.brightness),
                ("Contrast", p.contrast),
                ("Gamma", p.gamma),
                ("Offset", p.offset),
                ("Exposure", p.exposure),
                ("Lift", p.lift),
                ("Gain", p.gain),
            ];
            let mut body: String = controls
                .iter()
                .map(|(tag, v)| format!("        <{tag} {} />\n", rgbm(v)))
                .collect();
            body += &format!("        <Saturation master=\"{}\" />\n", full(p.saturation));
            body += &format!(
                "        <Pivot contrast=\"{}\" black=\"{}\" white=\"{}\" />\n",
                full(p.pivot),
                full(p.pivot_black),
                full(p.pivot_white)
            );
            let ends = [("black", p.clamp_black), ("white", p.clamp_white)];
            let clamp: String = ends
                .iter()
                .filter_map(|(key, v)| v.map(|v| format!(" {key}=\"{}\"", full(v))))
                .collect();
            if !clamp.is_empty() {
                body += &format!("        <Clamp{clamp} />\n");
            }
            if p.dynamic {
                body += &dynamic("PRIMARY");
            }
            element("GradingPrimary", &style(p.style, p.direction), &body)
        }
        Op::GradingTone(t) => {
            let zone = |tag: &str, z: &ToneZone, start: &str, width: &str| {
                let (a, b) = (full(z.start), full(z.width));
                format!(
                    "        <{tag} {} {start}=\"{a}\" {width}=\"{b}\" />\n",
                    rgbm(&z.rgbm)
                )
            };
            let mut body = zone("Blacks", &t.blacks, "start", "width");
            body += &zone("Shadows", &t.shadows, "start", "pivot");
            body += &zone("Midtones", &t.midtones, "center", "width");
            body += &zone("Highlights", &t.highlights, "start", "pivot");
            body += &zone("Whites", &t.whites, "start", "width");
            body += &format!("        <SContrast master=\"{}\" />\n", full(t.s_contrast));
            if t.dynamic {
                body += &dynamic("TONE");
            }
            element("GradingTone", &style(t.style, t.direction), &body)
        }
        Op::GradingRgbCurve(c) => {
            let GradingRgbCurve { curves, .. } = &**c;
            let mut body: String = RGB_CURVES
                .iter()
                .zip(curves)
                .map(|(t, c)| curve(t, c))
                .collect();
            if c.dynamic {
                body += &dynamic("RGB_CURVE");
            }
            let mut attributes = style(c.style, c.direction);
            if c.bypass_lin_to_log {
                attributes += " bypassLinToLog=\"true\"";
            }
            element("GradingRGBCurve", &attributes, &body)
        }
        Op::GradingHueCurve(c) => {
            let named = HUE_CURVES.iter().zip(&c.curves);
            let mut body: String = named.map(|(tag, c)| curve(tag, c)).collect();
            if c.dynamic {
                body += &dynamic("HUE_CURVE");
            }
            let mut attributes = style(c.style, c.direction);
            if !c.rgb_to_hsy {
                attributes += " hsyTransform=\"none\"";
            }
            element("GradingHueCurve", &attributes, &body)
        }
        _ => return None,
    })
}

fn dynamic(name: &str) -> String {
    format!("        <DynamicParameter param=\"{name}\" />\n")
}

fn rgbm(v: &Rgbm) -> String {
    let rgb = list(&[v.red, v.green, v.blue]);
    format!("rgb=\"{rgb}\" master=\"{}\"", full(v.master))
}

fn curve(tag: &str, c: &SplineCurve) -> String {
    let points: Vec<String> = c
        .points
        .iter()
        .map(|p| format!("{} {}", float(p[0]), float(p[1])))
        .collect();
    let mut body = format!(
        "            <ControlPoints>{}</ControlPoints>\n",
        points.join(" ")
    );
    if c.slopes.iter().any(|v| *v != 0.0) {
        let slopes: Vec<String> = c.slopes.iter().map(|v| float(*v)).collect();
        body += &format!("            <Slopes>{}</Slopes>\n", slopes.join(" "));
    }
    format!("        <{tag}>\n{body}        </{tag}>\n")
}

fn matrix(m: &Matrix) -> String {
    let alpha = !m.keeps_alpha() || m.m[..3].iter().any(|row| row[3] != 0.0) || m.offset[3] != 0.0;
    let offsets = m.offset != [0.0; 4];
    let rows = if alpha { 4 } else { 3 };
    let columns = rows + usize::from(offsets);
    let mut body = format!("        <Array dim=\"{rows} {columns}\">\n");
    for (row, offset) in m.m.iter().zip(m.offset).take(rows) {
        let mut values = row[..rows].to_vec();
        if offsets {
            values.push(offset);
        }
        body += &format!("{}\n", list(&values));
    }
    element("Matrix", "", &(body + "        </Array>\n"))
}

fn range(r: &Range) -> String {
    let values = [
        ("minInValue", r.min_in),
        ("maxInValue", r.max_in),
        ("minOutValue", r.min_out),
        ("maxOutValue", r.max_out),
    ];
    let body: String = values
        .iter()
        .filter_map(|(tag, v)| v.map(|v| format!("        <{tag}>{}</{tag}>\n", full(v))))
        .collect();
    element(
        "Range",
        if r.clamp { "" } else { "style=\"noClamp\"" },
        &body,
    )
}

/// Parameters a channel, once for all if they are the same and alpha has none.
fn channels(tag: &str, clf: bool, values: [String; 4], neutral: &str) -> Option<String> {
    let alpha = values[3] != neutral;
    if alpha && clf {
        return None;
    }
    if !alpha && values[0] == values[1] && values[0] == values[2] {
        return Some(format!("        <{tag} {} />\n", values[0]));
    }
    let named = ["R", "G", "B", "A"]
        .iter()
        .zip(&values)
        .take(3 + usize::from(alpha));
    let line = |(c, v): (&&str, &String)| format!("        <{tag} channel=\"{c}\" {v} />\n");
    Some(named.map(line).collect())
}

/// CLF names it Exponent; CTF has alpha in Gamma.
fn exponent_tags(clf: bool) -> (&'static str, &'static str, &'static str) {
    if clf {
        ("Exponent", "ExponentParams", "exponent")
    } else {
        ("Gamma", "GammaParams", "gamma")
    }
}

fn exponent(e: &Exponent, clf: bool) -> Option<String> {
    let (tag, params, key) = exponent_tags(clf);
    let text = |v: f64| format!("{key}=\"{}\"", full(v));
    let body = channels(params, clf, e.value.map(text), &text(1.0))?;
    let style = styles::exponent_name(false, e.style, e.direction);
    Some(element(tag, &format!("style=\"{style}\""), &body))
}

fn mon_curve(m: &MonCurve, clf: bool) -> Option<String> {
    let (tag, params, key) = exponent_tags(clf);
    let text = |g: f64, o: f64| format!("{key}=\"{}\" offset=\"{}\"", full(g), full(o));
    let values = [0, 1, 2, 3].map(|i| text(m.gamma[i], m.offset[i]));
    let body = channels(params, clf, values, &text(1.0, 0.0))?;
    let style = styles::exponent_name(true, m.style, m.direction);
    Some(element(tag, &format!("style=\"{style}\""), &body))
}

fn log(l: &Log) -> String {
    let forward = l.direction == Direction::Forward;
    let style = match (l.lin_side_break, forward) {
        (None, true) => "linToLog",
        (None, false) => "logToLin",
        (Some(_), true) => "cameraLinToLog",
        (Some(_), false) => "cameraLogToLin",
    };
    let text = |i: usize| {
        let mut out = format!(
            "base=\"{}\" linSideSlope=\"{}\" linSideOffset=\"{}\" logSideSlope=\"{}\" logSideOffset=\"{}\"",
            full(l.base),
            full(l.lin_side_slope[i]),
            full(l.lin_side_offset[i]),
            full(l.log_side_slope[i]),
            full(l.log_side_offset[i])
        );
        if let Some(at) = l.lin_side_break {
            out += &format!(" linSideBreak=\"{}\"", full(at[i]));
        }
        if let Some(slope) = l.linear_slope {
            out += &format!(" linearSlope=\"{}\"", full(slope[i]));
        }
        out
    };
    let values = [text(0), text(1), text(2), String::new()];
    let body = channels("LogParams", true, values, "").unwrap_or_default();
    element("Log", &format!("style=\"{style}\""), &body)
}

fn lut1d(lut: &Lut1D, direction: Direction, clf: bool) -> Option<String> {
    let inverse = direction == Direction::Inverse;
    let dw3 = lut.hue_adjust == crate::op::HueAdjust::Dw3;
    if clf && (inverse || dw3) {
        return None;
    }
    let mut attributes = String::new();
    for (on, text) in [
        (
            lut.interpolation == Interpolation::Linear,
            "interpolation=\"linear\"",
        ),
        (lut.half_domain, "halfDomain=\"true\""),
        (lut.raw_halfs, "rawHalfs=\"true\""),
        (dw3, "hueAdjust=\"dw3\""),
    ] {
        if on {
            attributes = format!("{attributes} {text}").trim_start().to_owned();
        }
    }
    let grey = lut.is_grey();
    let value = |v: f32| match lut.raw_halfs {
        true => f16::from_f32(v).to_bits().to_string(),
        false => float(v),
    };
    let components = if grey { 1 } else { 3 };
    let mut body = format!(
        "        <Array dim=\"{} {components}\">\n",
        lut.entries.len()
    );
    for entry in &lut.entries {
        let line: Vec<String> = entry[..components].iter().map(|v| value(*v)).collect();
        body += &(line.join(" ") + "\n");
    }
    let tag = if inverse { "InverseLUT1D" } else { "LUT1D" };
    Some(element(tag, &attributes, &(body + "        </Array>\n")))
}

fn lut3d(lut: &Lut3D, direction: Direction, clf: bool) -> Option<String> {
    let inverse = direction == Direction::Inverse;
    if clf && inverse {
        return None;
    }
    let attributes = match lut.interpolation {
        Interpolation::Linear => "interpolation=\"trilinear\"",
        Interpolation::Tetrahedral => "interpolation=\"tetrahedral\"",
        _ => "",
    };
    let n = lut.edge;
    let mut body = format!("        <Array dim=\"{n} {n} {n} 3\">\n");
    for i in 0..n.pow(3) {
        let (b, g, r) = (i % n, i / n % n, i / n / n);
        body += &(row(lut.entries[(b * n + g) * n + r]) + "\n");
    }
    let tag = if inverse { "InverseLUT3D" } else { "LUT3D" };
    Some(element(tag, attributes, &(body + "        </Array>\n")))
}
