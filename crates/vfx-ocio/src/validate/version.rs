//! Which version of configs has which feature (`Config::checkVersionConsistency` of OpenColorIO 2.6).

use super::Owned;
use crate::OcioError;
use crate::model::{Config, Reference, Version};
use crate::transform::{FileInterpolation, Transform};
use vfx_color::op::{CdlStyle, FixedStyle, NegativeStyle, Op};

/// The first version with a built-in style.
fn of_style(style: &str) -> Version {
    let s = style.to_ascii_uppercase();
    let minor = if s == "ACES-LMT - ACES 1.3 REFERENCE GAMUT COMPRESSION" {
        1
    } else if s == "ARRI_LOGC4_TO_ACES2065-1" || s.starts_with("CURVE - CANON_CLOG") {
        2
    } else if s == "DISPLAY - CIE-XYZ-D65_TO_DISPLAYP3" {
        3
    } else if s == "APPLE_LOG-APPLEWG_TO_ACES2065-1" {
        6
    } else if s.ends_with("MIRROR NEGS") {
        5
    } else if s.starts_with("APPLE_LOG")
        || s.starts_with("CURVE - APPLE_LOG")
        || s.starts_with("CURVE - HLG-OETF")
        || s.contains("DCDM")
        || s.ends_with("_2.0")
        || s == "DISPLAY - CIE-XYZ-D65_TO_DISPLAYP3-HDR"
    {
        4
    } else {
        0
    };
    Version::new(2, minor)
}

/// The first version with a fixed function.
fn of_fixed(style: FixedStyle) -> Version {
    let minor = match style {
        FixedStyle::AcesGamutComp13 => 1,
        FixedStyle::LinToPq
        | FixedStyle::LinToGammaLog
        | FixedStyle::LinToDoubleLog
        | FixedStyle::AcesOutputTransform20
        | FixedStyle::AcesRgbToJmh20
        | FixedStyle::AcesTonescaleCompress20
        | FixedStyle::AcesGamutCompress20 => 4,
        FixedStyle::RgbToHsyLin | FixedStyle::RgbToHsyLog | FixedStyle::RgbToHsyVid => 5,
        FixedStyle::AcesRgbToHmj20 => 6,
        _ => 0,
    };
    Version::new(2, minor)
}

/// The first version with a transform, and its name.
fn needs(t: &Transform) -> (Version, String) {
    const V1: Version = Version::new(1, 0);
    const V2: Version = Version::new(2, 0);
    let kind = t.kind().to_owned();
    match t {
        Transform::Builtin { style, .. } => (of_style(style), format!("the style '{style}'")),
        Transform::Cdl(c) if c.style != CdlStyle::NoClamp => {
            (V2, "the style of a CDLTransform".into())
        }
        Transform::DisplayView { .. } => (V2, kind),
        Transform::File(f) if f.interpolation == FileInterpolation::Cubic => {
            (V2, "cubic interpolation".into())
        }
        Transform::File(f) if f.cdl_style.is_some() => (V2, "cdl_style of a FileTransform".into()),
        Transform::Op(op) => match op {
            Op::Exponent(e) if e.style == NegativeStyle::Clamp => (V1, kind),
            Op::Exponent(_) => (V2, "the style of an ExponentTransform".into()),
            Op::FixedFunction(f) => (
                of_fixed(f.style),
                format!("the fixed function {:?}", f.style),
            ),
            Op::GradingHueCurve(_) => (Version::new(2, 5), kind),
            Op::Log(_) if kind == "LogTransform" => (V1, kind),
            _ => (V2, kind),
        },
        _ => (V1, kind),
    }
}

/// Every feature that the declared version does not have.
pub(super) fn gates(c: &Config) -> Vec<OcioError> {
    let mut out = Vec::new();
    let mut gate = |needs: Version, feature: String, line: usize| {
        if c.version < needs {
            out.push(OcioError::TooNew {
                line,
                feature,
                needs: needs.to_string(),
                found: c.version.to_string(),
            });
        }
    };
    let v2 = Version::new(2, 0);
    let v25 = Version::new(2, 5);
    let v26 = Version::new(2, 6);
    for Owned {
        transform,
        owner,
        line,
    } in c.owned_transforms()
    {
        transform.walk(&mut |t| {
            let (version, feature) = needs(t);
            gate(version, format!("{feature} in {owner}"), line);
        });
    }
    if c.family_separator != '/' {
        gate(v2, "a family separator".into(), 0);
    }
    if c.file_rules.len() > 2 {
        gate(v2, "file rules".into(), c.file_rules[0].line.0);
    }
    if !c.inactive_color_spaces.is_empty() {
        gate(v2, "inactive colour spaces".into(), 0);
    }
    if let Some(r) = c.viewing_rules.first() {
        gate(v2, "viewing rules".into(), r.line.0);
    }
    if let Some(v) = c.shared_views.first() {
        gate(v2, "shared views".into(), v.line.0);
    }
    for d in &c.displays {
        if !d.shared.is_empty() {
            gate(
                v2,
                format!("shared views of the display '{}'", d.name),
                d.line.0,
            );
        }
    }
    if let Some(d) = c
        .virtual_display
        .as_ref()
        .filter(|d| !d.views.is_empty() || !d.shared.is_empty())
    {
        gate(v2, "a virtual display".into(), d.line.0);
    }
    for s in &c.color_spaces {
        let named = |what: &str| format!("{what} the colour space '{}'", s.name);
        if s.reference == Reference::Display {
            gate(v2, named("the reference of"), s.line.0);
        }
        if !s.interop_id.is_empty() {
            gate(v2, named("interop_id of"), s.line.0);
        }
        if !s.interchange.is_empty() {
            gate(v25, named("interchange of"), s.line.0);
        }
    }
    for v in &c.view_transforms {
        gate(v2, format!("the view transform '{}'", v.name), v.line.0);
        if !v.interchange.is_empty() {
            gate(
                v25,
                format!("interchange of the view transform '{}'", v.name),
                v.line.0,
            );
        }
    }
    for l in c.looks.iter().filter(|l| !l.interchange.is_empty()) {
        gate(
            v25,
            format!("interchange of the look '{}'", l.name),
            l.line.0,
        );
    }
    for n in &c.named_transforms {
        gate(v2, format!("the named transform '{}'", n.name), n.line.0);
    }
    for v in c
        .shared_views
        .iter()
        .chain(c.displays.iter().flat_map(|d| &d.views))
    {
        if !v.aliases.is_empty() {
            gate(v26, format!("aliases of the view '{}'", v.name), v.line.0);
        }
    }
    if c.use_display_aliases {
        gate(v26, "use_display_aliases".into(), 0);
    }
    out
}
