//! The built-in configs (`ocio://NAME`), made from tables of facts.
//!
//! A config is about fifty lines of tables turned into a [`Config`]: no text is parsed, so that opening one takes well under
//! a millisecond. Names, ids and transforms are those of the OpenColorIO Configs for ACES; descriptions are our own.

mod amf;
mod configs;
mod facts;
mod named;
mod spaces;

use crate::OcioError;
use crate::model::{
    ColorSpace, Config, Display, FileRule, Line, Look, Matcher, NamedTransform, Reference,
    USE_DISPLAY_NAME, Version, View, ViewTransform, ViewingRule,
};
use crate::transform::Transform;
use configs::{BuiltinConfig, CONFIGS};
use facts::{Kind, Side, Step};
use std::collections::BTreeMap;
use vfx_color::Direction;
use vfx_color::op::{Exponent, Log, Matrix, MonCurve, NegativeStyle, Op};

/// Names of the built-in configs, the oldest first.
pub fn names() -> impl Iterator<Item = &'static str> {
    CONFIGS.iter().map(|c| c.name)
}

/// The full name of a built-in config: `default`, `cg-config-latest` and `studio-config-latest` are the newest ones.
#[must_use]
pub fn resolve(name: &str) -> Option<&'static str> {
    let newest = |kind: &str| names().filter(|n| n.starts_with(kind)).last();
    match name {
        "default" | "cg-config-latest" => newest("cg-"),
        "studio-config-latest" => newest("studio-"),
        _ => names().find(|n| n.eq_ignore_ascii_case(name)),
    }
}

/// A built-in config by name, without `ocio://`.
///
/// # Errors
///
/// [`OcioError::UnknownConfig`].
pub fn config(name: &str) -> Result<Config, OcioError> {
    let known = resolve(name).and_then(|n| CONFIGS.iter().position(|c| c.name == n));
    let index = known.ok_or_else(|| OcioError::UnknownConfig { name: name.into() })?;
    Ok(build(index, &CONFIGS[index]))
}

/// Whether a built-in transform of this style exists.
pub(crate) fn is_style(style: &str) -> bool {
    vfx_color::builtin::STYLES
        .iter()
        .any(|s| s.name.eq_ignore_ascii_case(style))
}

fn split(s: &str) -> Vec<String> {
    s.split('|')
        .filter(|p| !p.is_empty())
        .map(str::to_owned)
        .collect()
}

fn operation(step: Step) -> Transform {
    let rgb = |v: f64, alpha: f64| [v, v, v, alpha];
    match step {
        Step::Builtin(style) => Transform::Builtin {
            style: style.into(),
            direction: Direction::Forward,
        },
        Step::Matrix(v) => {
            let mut m = [[0.0; 4]; 4];
            for (row, values) in m.iter_mut().zip(v.chunks_exact(3)) {
                row[..3].copy_from_slice(values);
            }
            m[3][3] = 1.0;
            let matrix = Matrix {
                m,
                offset: [0.0; 4],
            };
            Transform::Matrix(matrix, Direction::Forward)
        }
        Step::Identity => {
            let m = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
            Transform::Matrix(
                Matrix {
                    m,
                    offset: [0.0; 4],
                },
                Direction::Forward,
            )
        }
        Step::Power(e) => Transform::Op(Op::Exponent(Exponent {
            value: rgb(e, 1.0),
            style: NegativeStyle::PassThru,
            direction: Direction::Inverse,
        })),
        Step::Toe(gamma, offset) => Transform::Op(Op::MonCurve(MonCurve {
            gamma: rgb(gamma, 1.0),
            offset: rgb(offset, 0.0),
            style: NegativeStyle::Linear,
            direction: Direction::Inverse,
        })),
        Step::Camera(c) => Transform::Op(Op::Log(Log {
            base: c.base,
            log_side_slope: [c.log_side[0]; 3],
            log_side_offset: [c.log_side[1]; 3],
            lin_side_slope: [c.lin_side[0]; 3],
            lin_side_offset: [c.lin_side[1]; 3],
            lin_side_break: Some([c.lin_break; 3]),
            linear_slope: c.linear_slope.map(|s| [s; 3]),
            direction: Direction::Inverse,
        })),
    }
}

fn steps(list: &[Step]) -> Transform {
    match list {
        [one] => operation(*one),
        many => Transform::Group {
            children: many.iter().map(|s| operation(*s)).collect(),
            name: String::new(),
            direction: Direction::Forward,
        },
    }
}

/// The AMF ids of an object, written out.
fn interchange(index: usize, object: &str) -> BTreeMap<String, String> {
    const PREFIX: &str = "urn:ampas:aces:transformId:v2.0:";
    let line = amf::AMF_IDS
        .iter()
        .find(|(mask, name, _)| mask >> index & 1 == 1 && *name == object);
    let Some((_, _, ids)) = line else {
        return BTreeMap::new();
    };
    let mut all = Vec::new();
    for id in *ids {
        match id.strip_prefix('~') {
            Some(pair) => all.extend([format!("{PREFIX}Inv{pair}"), format!("{PREFIX}{pair}")]),
            None => all.push(format!("{PREFIX}{id}")),
        }
    }
    all.sort();
    BTreeMap::from([("amf_transform_ids".to_owned(), all.join("\n"))])
}

fn space(index: usize, s: &facts::Space) -> ColorSpace {
    let (to, from) = match s.side {
        Side::To(list) => (Some(steps(list)), None),
        Side::From(list) => (None, Some(steps(list))),
        Side::None => (None, None),
    };
    let description = match (s.kind, s.side) {
        (Kind::Data, _) => "Data: left alone by every conversion".to_owned(),
        (Kind::Display, Side::None) => {
            "The display reference: CIE XYZ, D65 white at 1.0".to_owned()
        }
        (Kind::Display, _) => format!("{} from the display reference", s.name),
        (Kind::Scene, Side::None) => "The scene reference: ACES2065-1 (AP0, linear)".to_owned(),
        (Kind::Scene, _) => format!("{} to ACES2065-1", s.name),
    };
    ColorSpace {
        name: s.name.into(),
        aliases: split(s.aliases),
        interop_id: s.interop_id.into(),
        reference: if s.kind == Kind::Display {
            Reference::Display
        } else {
            Reference::Scene
        },
        family: s.family.into(),
        bit_depth: "32f".into(),
        description,
        is_data: s.kind == Kind::Data,
        categories: split(s.categories),
        encoding: s.encoding.into(),
        interchange: interchange(index, s.name),
        to_reference: to,
        from_reference: from,
        ..ColorSpace::default()
    }
}

fn named(n: &facts::Named) -> NamedTransform {
    let (forward, inverse) = match n.side {
        Side::To(list) => (Some(steps(list)), None),
        Side::From(list) => (None, Some(steps(list))),
        Side::None => (None, None),
    };
    NamedTransform {
        name: n.name.into(),
        aliases: split(n.aliases),
        family: n.family.into(),
        categories: split(n.categories),
        encoding: n.encoding.into(),
        description: format!(
            "The curve of {} alone, linear out of encoded",
            n.name.trim_end_matches(" - Curve")
        ),
        transform: forward,
        inverse_transform: inverse,
        line: Line(0),
    }
}

fn raw_view() -> View {
    View {
        name: "Raw".into(),
        color_space: "Raw".into(),
        ..View::default()
    }
}

fn roles(c: &BuiltinConfig) -> BTreeMap<String, String> {
    let renamed = c.version >= Version::new(2, 4);
    let srgb = if renamed {
        "sRGB Encoded Rec.709 (sRGB)"
    } else {
        "sRGB - Texture"
    };
    let xyz = if renamed {
        "CIE XYZ-D65 - Display-referred"
    } else {
        "CIE-XYZ-D65"
    };
    // The first release had these two the other way round.
    let first = c.version < Version::new(2, 3);
    let (matte, texture) = if first {
        (srgb, "ACEScct")
    } else {
        ("ACEScct", srgb)
    };
    [
        ("aces_interchange", "ACES2065-1"),
        ("cie_xyz_d65_interchange", xyz),
        ("color_picking", srgb),
        ("color_timing", "ACEScct"),
        ("compositing_log", "ACEScct"),
        ("data", "Raw"),
        ("matte_paint", matte),
        ("scene_linear", "ACEScg"),
        ("texture_paint", texture),
    ]
    .map(|(r, s)| (r.to_owned(), s.to_owned()))
    .into()
}

fn file_rules(c: &BuiltinConfig) -> Vec<FileRule> {
    if c.version < Version::new(2, 5) {
        return vec![FileRule::default_rule("ACES2065-1")];
    }
    let rule = |name: &str, space: &str, matcher| FileRule {
        name: name.into(),
        color_space: space.into(),
        matcher,
        custom: Vec::new(),
        line: Line(0),
    };
    let exr = Matcher::Glob {
        pattern: "*".into(),
        extension: "exr".into(),
    };
    let movies = Matcher::Regex(r".*\.([mM][pP]4|[mM][oO][vV]|[mM][xX][fF])$".into());
    vec![
        rule("EXR", "ACES2065-1", exr),
        rule("Movies", "Rec.1886 Rec.709 - Display", movies),
        FileRule::default_rule("sRGB - Display"),
    ]
}

fn viewing_rules(c: &BuiltinConfig) -> Vec<ViewingRule> {
    if c.version < Version::new(2, 5) {
        return Vec::new();
    }
    let rule = |name: &str, encodings: &str| ViewingRule {
        name: name.into(),
        encodings: split(encodings),
        ..ViewingRule::default()
    };
    vec![
        rule("Any Scene-linear or Log", "log|scene-linear"),
        rule("Any Video", "sdr-video|hdr-video|edr-video|display-linear"),
    ]
}

fn inactive(c: &BuiltinConfig) -> Vec<String> {
    if c.version >= Version::new(2, 4) {
        return split("CIE XYZ-D65 - Display-referred|CIE XYZ-D65 - Scene-referred");
    }
    // The first releases hide the reference and every display space.
    let displays = c.displays.iter().map(|(d, _)| (*d).to_owned());
    std::iter::once("CIE-XYZ-D65".to_owned())
        .chain(displays)
        .collect()
}

fn build(index: usize, c: &BuiltinConfig) -> Config {
    let shared = |i: usize| {
        c.shared_views
            .get(i)
            .map_or("Raw", |(name, _)| name)
            .to_owned()
    };
    let display = |name: &str, views: &[usize]| Display {
        name: name.into(),
        views: vec![raw_view()],
        shared: views.iter().map(|v| shared(*v)).collect(),
        line: Line(0),
    };
    const LOOK: &str = "ACES 1.3 Reference Gamut Compression";
    let flavour = if c.name.starts_with("cg") {
        "working and delivery spaces"
    } else {
        "cameras, displays and curves"
    };
    Config {
        version: c.version,
        name: c.name.into(),
        description: format!(
            "ACES config with {flavour}, made of built-in transforms only; no files"
        ),
        roles: roles(c),
        file_rules: file_rules(c),
        viewing_rules: viewing_rules(c),
        shared_views: (c.shared_views.iter())
            .map(|(name, rule)| View {
                name: (*name).into(),
                view_transform: (*name).into(),
                color_space: USE_DISPLAY_NAME.into(),
                rule: (*rule).into(),
                ..View::default()
            })
            .collect(),
        displays: c
            .displays
            .iter()
            .map(|(name, views)| display(name, views))
            .collect(),
        virtual_display: (!c.virtual_display.is_empty()).then(|| display("", c.virtual_display)),
        use_display_aliases: c.version >= Version::new(2, 6),
        active_displays: c
            .active_displays
            .iter()
            .map(|i| c.displays[*i].0.to_owned())
            .collect(),
        active_views: c.active_views.iter().map(|i| shared(*i)).collect(),
        inactive_color_spaces: inactive(c),
        default_view_transform: "Un-tone-mapped".into(),
        view_transforms: (c.view_transforms.iter())
            .map(|(name, style)| ViewTransform {
                name: (*name).into(),
                reference: if style.is_empty() {
                    Reference::Display
                } else {
                    Reference::Scene
                },
                description: if style.is_empty() {
                    "No change between displays".into()
                } else {
                    format!("{name}: scene reference to display reference")
                },
                interchange: interchange(index, name),
                from_reference: Some(operation(if style.is_empty() {
                    Step::Identity
                } else {
                    Step::Builtin(style)
                })),
                ..ViewTransform::default()
            })
            .collect(),
        looks: vec![Look {
            name: LOOK.into(),
            process_space: "ACES2065-1".into(),
            transform: Some(operation(Step::Builtin(
                "ACES-LMT - ACES 1.3 Reference Gamut Compression",
            ))),
            description: "Brings colours of cameras from outside AP1 into it".into(),
            interchange: interchange(index, LOOK),
            ..Look::default()
        }],
        color_spaces: c
            .spaces
            .iter()
            .map(|i| space(index, &spaces::SPACES[*i]))
            .collect(),
        named_transforms: c
            .named_transforms
            .iter()
            .map(|i| named(&named::NAMED[*i]))
            .collect(),
        ..Config::default()
    }
}
