//! Transforms as YAML: groups in blocks, everything else in one flow.

use super::emit::{Out, floats, number, numbers, quoted};
use super::flow;
use crate::read::{
    CDL_STYLES, FIXED_STYLES, GRADING_STYLES, HUE_CURVES, INTERPOLATIONS, NEGATIVE_STYLES,
    TONE_ZONES,
};
use crate::transform::{FileInterpolation, Transform, is_plain_log};
use vfx_color::Direction;
use vfx_color::op::{
    GradingHueCurve, GradingPrimary, GradingRgbCurve, GradingTone, Log, NegativeStyle, Op, Rgbm,
    SplineCurve, ToneZone,
};

/// A key with a transform.
pub(super) fn entry(o: &mut Out, depth: usize, key: &str, t: &Transform) {
    put(o, depth, &format!("{key}: "), t);
}

fn put(o: &mut Out, depth: usize, lead: &str, t: &Transform) {
    let Transform::Group {
        children,
        name,
        direction,
    } = t
    else {
        o.line(depth, &format!("{lead}{}", one(t)));
        return;
    };
    o.line(depth, &format!("{lead}!<GroupTransform>"));
    o.text(depth + 1, "name", name);
    if *direction == Direction::Inverse {
        o.line(depth + 1, "direction: inverse");
    }
    if children.is_empty() {
        o.line(depth + 1, "children: []");
        return;
    }
    o.line(depth + 1, "children:");
    for c in children {
        put(o, depth + 2, "- ", c);
    }
}

fn way(d: Direction) -> (&'static str, String) {
    let text = if d == Direction::Inverse {
        "inverse"
    } else {
        ""
    };
    ("direction", text.into())
}

fn style_name<T: PartialEq + Copy>(known: &[(&'static str, T)], v: T) -> String {
    known
        .iter()
        .find(|(_, k)| *k == v)
        .map_or(String::new(), |(n, _)| (*n).to_owned())
}

/// A value that is not the default.
fn changed(v: f64, default: f64) -> String {
    if v.to_bits() == default.to_bits() {
        String::new()
    } else {
        number(v)
    }
}

/// One number if all are the same.
fn spread(v: &[f64]) -> String {
    if v.iter().all(|x| x.to_bits() == v[0].to_bits()) {
        number(v[0])
    } else {
        numbers(v)
    }
}

fn spread_or(v: &[f64; 3], default: f64) -> String {
    if v.iter().all(|x| x.to_bits() == default.to_bits()) {
        String::new()
    } else {
        spread(v)
    }
}

fn flag(v: bool, default: bool) -> String {
    if v == default {
        String::new()
    } else {
        v.to_string()
    }
}

fn one(t: &Transform) -> String {
    let kind = t.kind();
    match t {
        Transform::Group { .. } => String::new(),
        Transform::Op(op) => operation(kind, op),
        Transform::Matrix(m, d) => {
            let flat: Vec<f64> = m.m.iter().flatten().copied().collect();
            let identity =
                (0..16).all(|i| flat[i].to_bits() == f64::from(u8::from(i % 5 == 0)).to_bits());
            let none = m.offset.iter().all(|v| *v == 0.0);
            let items = [
                (
                    "matrix",
                    if identity {
                        String::new()
                    } else {
                        numbers(&flat)
                    },
                ),
                (
                    "offset",
                    if none {
                        String::new()
                    } else {
                        numbers(&m.offset)
                    },
                ),
                way(*d),
            ];
            flow(kind, &items)
        }
        Transform::Cdl(c) => flow(
            kind,
            &[
                ("slope", full_or(&c.slope, 1.0)),
                ("offset", full_or(&c.offset, 0.0)),
                ("power", full_or(&c.power, 1.0)),
                ("sat", changed(c.saturation, 1.0)),
                (
                    "style",
                    if c.style == vfx_color::op::CdlStyle::NoClamp {
                        String::new()
                    } else {
                        style_name(&CDL_STYLES, c.style)
                    },
                ),
                way(c.direction),
            ],
        ),
        Transform::Allocation {
            allocation,
            vars,
            direction,
        } => {
            let vars = if vars.is_empty() {
                String::new()
            } else {
                floats(vars)
            };
            flow(
                kind,
                &[
                    ("allocation", super::allocation(*allocation).into()),
                    ("vars", vars),
                    way(*direction),
                ],
            )
        }
        Transform::Builtin { style, direction } => {
            flow(kind, &[("style", quoted(style)), way(*direction)])
        }
        Transform::ColorSpace {
            src,
            dst,
            data_bypass,
            direction,
        } => flow(
            kind,
            &[
                ("src", quoted(src)),
                ("dst", quoted(dst)),
                ("data_bypass", flag(*data_bypass, true)),
                way(*direction),
            ],
        ),
        Transform::DisplayView {
            src,
            display,
            view,
            looks_bypass,
            data_bypass,
            direction,
        } => flow(
            kind,
            &[
                ("src", quoted(src)),
                ("display", quoted(display)),
                ("view", quoted(view)),
                ("looks_bypass", flag(*looks_bypass, false)),
                ("data_bypass", flag(*data_bypass, true)),
                way(*direction),
            ],
        ),
        Transform::File(f) => {
            let interpolation = match f.interpolation {
                FileInterpolation::Default => String::new(),
                FileInterpolation::Unknown => "unknown".into(),
                i => style_name(&INTERPOLATIONS, i),
            };
            let style = f
                .cdl_style
                .map_or(String::new(), |s| style_name(&CDL_STYLES, s));
            flow(
                kind,
                &[
                    ("src", quoted(&f.src)),
                    ("cccid", super::some(&f.cccid)),
                    ("cdl_style", style),
                    ("interpolation", interpolation),
                    way(f.direction),
                ],
            )
        }
        Transform::Look {
            src,
            dst,
            looks,
            direction,
            ..
        } => flow(
            kind,
            &[
                ("src", quoted(src)),
                ("dst", quoted(dst)),
                ("looks", quoted(looks)),
                way(*direction),
            ],
        ),
    }
}

/// All numbers, if they are not all the default.
fn full_or(v: &[f64], default: f64) -> String {
    if v.iter().all(|x| x.to_bits() == default.to_bits()) {
        String::new()
    } else {
        numbers(v)
    }
}

fn operation(kind: &str, op: &Op) -> String {
    let optional = |v: Option<f64>| v.map_or(String::new(), number);
    // Curves and gammas have one number where colour channels agree and alpha is neutral.
    let rgba = |v: [f64; 4], alpha: f64| {
        let same = v[..3].iter().all(|x| x.to_bits() == v[0].to_bits())
            && v[3].to_bits() == alpha.to_bits();
        if same { number(v[0]) } else { numbers(&v) }
    };
    match op {
        Op::Range(r) => flow(
            kind,
            &[
                ("min_in_value", optional(r.min_in)),
                ("max_in_value", optional(r.max_in)),
                ("min_out_value", optional(r.min_out)),
                ("max_out_value", optional(r.max_out)),
                (
                    "style",
                    if r.clamp {
                        String::new()
                    } else {
                        "noClamp".into()
                    },
                ),
                way(r.direction),
            ],
        ),
        Op::Exponent(e) => {
            let style = match e.style {
                NegativeStyle::Clamp => String::new(),
                s => style_name(&NEGATIVE_STYLES, s),
            };
            flow(
                kind,
                &[
                    ("value", rgba(e.value, 1.0)),
                    ("style", style),
                    way(e.direction),
                ],
            )
        }
        Op::MonCurve(m) => {
            let style = match m.style {
                NegativeStyle::Linear => String::new(),
                s => style_name(&NEGATIVE_STYLES, s),
            };
            flow(
                kind,
                &[
                    ("gamma", rgba(m.gamma, 1.0)),
                    ("offset", rgba(m.offset, 0.0)),
                    ("style", style),
                    way(m.direction),
                ],
            )
        }
        Op::Log(l) => log(kind, l),
        Op::ExposureContrast(e) => {
            let fixed = |v: f64, dynamic: bool| if dynamic { String::new() } else { number(v) };
            flow(
                kind,
                &[
                    ("style", style_name(&GRADING_STYLES, e.style)),
                    ("exposure", fixed(e.exposure, e.dynamic[0])),
                    ("contrast", fixed(e.contrast, e.dynamic[1])),
                    ("gamma", fixed(e.gamma, e.dynamic[2])),
                    ("pivot", number(e.pivot)),
                    ("log_exposure_step", changed(e.log_exposure_step, 0.088)),
                    ("log_midway_gray", changed(e.log_midway_gray, 0.435)),
                    way(e.direction),
                ],
            )
        }
        Op::FixedFunction(f) => {
            let params = if f.params.is_empty() {
                String::new()
            } else {
                numbers(&f.params)
            };
            flow(
                kind,
                &[
                    ("style", style_name(&FIXED_STYLES, f.style)),
                    ("params", params),
                    way(f.direction),
                ],
            )
        }
        Op::GradingPrimary(p) => primary(kind, p),
        Op::GradingRgbCurve(c) => {
            let neutral = GradingRgbCurve::new(c.style).curves;
            let mut items = vec![("style", style_name(&GRADING_STYLES, c.style))];
            let names = ["red", "green", "blue", "master"];
            for ((name, v), neutral) in names.into_iter().zip(&c.curves).zip(&neutral) {
                items.push((name, curve(v, neutral)));
            }
            items.push(("lintolog_bypass", flag(c.bypass_lin_to_log, false)));
            items.push(way(c.direction));
            flow(kind, &items)
        }
        Op::GradingHueCurve(c) => {
            let neutral = GradingHueCurve::new(c.style).curves;
            let mut items = vec![("style", style_name(&GRADING_STYLES, c.style))];
            for (i, name) in HUE_CURVES.into_iter().enumerate() {
                items.push((name, curve(&c.curves[i], &neutral[i])));
            }
            items.push((
                "hsy_transform",
                if c.rgb_to_hsy {
                    String::new()
                } else {
                    "none".into()
                },
            ));
            items.push(way(c.direction));
            flow(kind, &items)
        }
        Op::GradingTone(t) => tone(kind, t),
        _ => String::new(),
    }
}

fn log(kind: &str, l: &Log) -> String {
    let mut items = vec![("base", changed(l.base, 2.0))];
    if !is_plain_log(l) {
        items.extend([
            ("log_side_slope", spread_or(&l.log_side_slope, 1.0)),
            ("log_side_offset", spread_or(&l.log_side_offset, 0.0)),
            ("lin_side_slope", spread_or(&l.lin_side_slope, 1.0)),
            ("lin_side_offset", spread_or(&l.lin_side_offset, 0.0)),
        ]);
    }
    if let Some(b) = &l.lin_side_break {
        items.push(("lin_side_break", spread(b)));
    }
    if let Some(s) = &l.linear_slope {
        items.push(("linear_slope", spread(s)));
    }
    items.push(way(l.direction));
    flow(kind, &items)
}

fn rgbm(v: Rgbm, default: Rgbm) -> String {
    if v == default {
        return String::new();
    }
    format!(
        "{{rgb: {}, master: {}}}",
        numbers(&[v.red, v.green, v.blue]),
        number(v.master)
    )
}

fn primary(kind: &str, p: &GradingPrimary) -> String {
    let d = GradingPrimary::new(p.style);
    let map = |items: Vec<(&str, String)>| {
        let items: Vec<_> = items
            .iter()
            .filter(|(_, v)| !v.is_empty())
            .map(|(k, v)| format!("{k}: {v}"))
            .collect();
        if items.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", items.join(", "))
        }
    };
    let pivot = map(vec![
        ("contrast", changed(p.pivot, d.pivot)),
        ("black", changed(p.pivot_black, 0.0)),
        ("white", changed(p.pivot_white, 1.0)),
    ]);
    let clamp = map(vec![
        ("black", p.clamp_black.map_or(String::new(), number)),
        ("white", p.clamp_white.map_or(String::new(), number)),
    ]);
    flow(
        kind,
        &[
            ("style", style_name(&GRADING_STYLES, p.style)),
            ("brightness", rgbm(p.brightness, d.brightness)),
            ("contrast", rgbm(p.contrast, d.contrast)),
            ("gamma", rgbm(p.gamma, d.gamma)),
            ("offset", rgbm(p.offset, d.offset)),
            ("exposure", rgbm(p.exposure, d.exposure)),
            ("lift", rgbm(p.lift, d.lift)),
            ("gain", rgbm(p.gain, d.gain)),
            ("saturation", changed(p.saturation, 1.0)),
            ("pivot", pivot),
            ("clamp", clamp),
            way(p.direction),
        ],
    )
}

fn curve(c: &SplineCurve, neutral: &SplineCurve) -> String {
    if c == neutral {
        return String::new();
    }
    let points: Vec<f32> = c.points.iter().flatten().copied().collect();
    let slopes = if c.slopes.is_empty() {
        String::new()
    } else {
        format!(", slopes: {}", floats(&c.slopes))
    };
    format!("{{control_points: {}{slopes}}}", floats(&points))
}

fn tone(kind: &str, t: &GradingTone) -> String {
    let d = GradingTone::new(t.style);
    let zone = |v: ToneZone, neutral: ToneZone, [start, width]: [&str; 2]| {
        if v == neutral {
            return String::new();
        }
        let c = v.rgbm;
        format!(
            "{{rgb: {}, master: {}, {start}: {}, {width}: {}}}",
            numbers(&[c.red, c.green, c.blue]),
            number(c.master),
            number(v.start),
            number(v.width)
        )
    };
    let zones = [
        (t.blacks, d.blacks),
        (t.shadows, d.shadows),
        (t.midtones, d.midtones),
        (t.highlights, d.highlights),
        (t.whites, d.whites),
    ];
    let mut items = vec![("style", style_name(&GRADING_STYLES, t.style))];
    for ((name, keys), (v, neutral)) in TONE_ZONES.into_iter().zip(zones) {
        items.push((name, zone(v, neutral, keys)));
    }
    items.push(("s_contrast", changed(t.s_contrast, 1.0)));
    items.push(way(t.direction));
    flow(kind, &items)
}
