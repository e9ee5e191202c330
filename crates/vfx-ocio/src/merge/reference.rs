//! The references of two configs: what leads from the input's to the base's, and which spaces are the same.
//!
//! Both configs are asked for their interchange roles, then for spaces with names of the built-in configs, which are taken to
//! be those; without any the references count as equal (OpenColorIO looks at transforms there, or gives up). Spaces are the same if
//! six colours come out within 5e-3 (OpenColorIO's bound).

use super::Merging;
use crate::OcioError;
use crate::model::{ColorSpace, Config, Reference, ViewTransform};
use crate::transform::Transform;
use vfx_color::{ColorProgram, Direction, Op, Optimization};

/// Two spaces are one if no value differs by more.
const SAME: f64 = 5e-3;
/// Pure colours, black, a dark skin and white of Rec. 709, in AP0.
const AP0: [[f64; 4]; 6] = [
    [0.408_933_127_871, 0.106_169_822_808, 0.027_842_572_707, 0.0],
    [0.374_615_373_650, 0.739_417_755_017, 0.118_862_613_721, 0.0],
    [0.171_696_591_718, 0.104_272_268_468, 0.786_227_391_453, 0.0],
    [0.0, 0.0, 0.0, 0.5],
    [0.037_018_876_439, 0.030_827_687_576, 0.021_641_700_645, 0.0],
    [1.0, 1.0, 1.0, 1.0],
];
/// The same in CIE XYZ, D65.
const XYZ: [[f64; 4]; 6] = [
    [0.383_684_057_405, 0.213_552_088_801, 0.030_478_901_760, 0.0],
    [0.350_178_969_169, 0.657_853_997_550, 0.127_445_793_983, 0.0],
    [0.173_708_304_342, 0.081_402_847_459, 0.858_056_140_808, 0.0],
    [0.0, 0.0, 0.0, 0.5],
    [0.034_956_685_913, 0.033_530_856_964, 0.023_553_027_375, 0.0],
    [0.950_455_927_052, 1.0, 1.089_057_750_760, 1.0],
];

/// From the input's references to the base's; nothing where they are the same.
pub(super) struct Converters {
    scene: Option<Transform>,
    display: Option<Transform>,
}

/// The space of a reference that configs share, with its name in the built-in config.
fn interchange<'a>(
    c: &'a Config,
    reference: Reference,
    known: &Config,
) -> Option<(&'a ColorSpace, String)> {
    let names: &[&str] = match reference {
        Reference::Scene => &["aces_interchange", "ACES2065-1", "lin_ap0_scene"],
        Reference::Display => &["cie_xyz_d65_interchange", "CIE-XYZ-D65", "CIE XYZ-D65"],
    };
    let fits = |s: &&ColorSpace| s.reference == reference && !s.is_data;
    let by_name = names.iter().find_map(|n| c.color_space(n)).filter(fits);
    if let Some(s) = by_name {
        return Some((s, names[0].to_owned()));
    }
    c.color_spaces.iter().filter(fits).find_map(|s| {
        let mut all = std::iter::once(&s.name).chain(&s.aliases);
        let twin = all.find_map(|n| known.color_spaces.iter().find(|k| k.is_named(n)))?;
        fits(&twin).then(|| (s, twin.name.clone()))
    })
}

/// The config whose names are known.
fn known() -> Result<Config, OcioError> {
    crate::builtin::config("cg-config-latest")
}

/// Between a space and its reference.
fn space_ops(c: &Config, s: &ColorSpace, to_reference: bool) -> Result<Vec<Op>, OcioError> {
    let (own, other) = if to_reference {
        (&s.to_reference, &s.from_reference)
    } else {
        (&s.from_reference, &s.to_reference)
    };
    match (own, other) {
        (Some(t), _) => c.ops(t, Direction::Forward, &c.context()),
        (None, Some(t)) => c.ops(t, Direction::Inverse, &c.context()),
        (None, None) => Ok(Vec::new()),
    }
}

fn inverted(t: &Transform) -> Transform {
    match t {
        Transform::Matrix(m, d) => Transform::Matrix(*m, d.inverse()),
        t => group(vec![t.clone()], Direction::Inverse),
    }
}

fn group(children: Vec<Transform>, direction: Direction) -> Transform {
    Transform::Group {
        children,
        name: String::new(),
        direction,
    }
}

/// One after the other.
fn chain(parts: [Option<Transform>; 3]) -> Option<Transform> {
    Some(group(
        parts.into_iter().flatten().collect(),
        Direction::Forward,
    ))
}

impl Merging<'_> {
    /// A remark where the input's transforms are to be adjusted, and a config does not say how.
    pub(super) fn remark_references(&mut self) -> Result<(), OcioError> {
        let known = known()?;
        for (reference, role) in [
            (Reference::Scene, "aces_interchange"),
            (Reference::Display, "cie_xyz_d65_interchange"),
        ] {
            let uses = |c: &Config| c.color_spaces.iter().any(|s| s.reference == reference);
            let lacks = |c: &Config| interchange(c, reference, &known).is_none();
            let (base, input) = (self.base, self.input);
            if uses(base) && uses(input) && (lacks(base) || lacks(input)) {
                self.remarks.push(crate::Warning {
                    line: 0,
                    message: format!(
                        "a config lacks the role {role}; both are taken to have the same reference"
                    ),
                });
            }
        }
        Ok(())
    }

    /// What adjusts the input's transforms.
    pub(super) fn converters(&self) -> Result<Converters, OcioError> {
        if !self.options.adjust_input_reference_space {
            return Ok(Converters {
                scene: None,
                display: None,
            });
        }
        Ok(Converters {
            scene: self.converter(Reference::Scene)?,
            display: self.converter(Reference::Display)?,
        })
    }

    fn converter(&self, reference: Reference) -> Result<Option<Transform>, OcioError> {
        let known = known()?;
        let spaces = (
            interchange(self.input, reference, &known),
            interchange(self.base, reference, &known),
        );
        let (Some((from, from_name)), Some((to, to_name))) = spaces else {
            return Ok(None);
        };
        let mut ops = space_ops(self.input, from, false)?;
        if from_name != to_name {
            ops.extend(known.conversion(&from_name, &to_name, &known.context())?);
        }
        ops.extend(space_ops(self.base, to, true)?);
        let program = ColorProgram::new(ops, Optimization::Lossless)?;
        Ok(match program.ops() {
            [] => None,
            [Op::Matrix(m)] if near_identity(m) => None,
            [Op::Matrix(m)] => Some(Transform::Matrix(*m, Direction::Forward)),
            ops => {
                let children = ops.iter().cloned().map(Transform::Op).collect();
                Some(group(children, Direction::Forward))
            }
        })
    }
}

/// Rounding of a matrix and its inverse.
fn near_identity(m: &vfx_color::op::Matrix) -> bool {
    let identity = |r: usize, c: usize| if r == c { 1.0 } else { 0.0 };
    (0..4).all(|r| {
        m.offset[r].abs() < 1e-6 && (0..4).all(|c| (m.m[r][c] - identity(r, c)).abs() < 1e-6)
    })
}

impl Converters {
    fn of(&self, reference: Reference) -> Option<&Transform> {
        match reference {
            Reference::Scene => self.scene.as_ref(),
            Reference::Display => self.display.as_ref(),
        }
    }

    /// A space of the input, defined by the base's reference.
    pub(super) fn space(&self, mut s: ColorSpace) -> ColorSpace {
        let Some(t) = self.of(s.reference) else {
            return s;
        };
        let none = s.to_reference.is_none() && s.from_reference.is_none();
        if let Some(own) = s.to_reference.take() {
            s.to_reference = chain([Some(own), Some(t.clone()), None]);
        }
        if let Some(own) = s.from_reference.take() {
            s.from_reference = chain([Some(inverted(t)), Some(own), None]);
        }
        if none && !s.is_data {
            s.to_reference = chain([Some(t.clone()), None, None]);
        }
        s
    }

    /// A view transform of the input, between the base's references.
    pub(super) fn view_transform(&self, mut v: ViewTransform) -> ViewTransform {
        if self.scene.is_none() && self.display.is_none() {
            return v;
        }
        let (from, display) = (self.of(v.reference).cloned(), self.display.clone());
        if let Some(own) = v.to_reference.take() {
            let back = display.as_ref().map(inverted);
            v.to_reference = chain([back, Some(own), from.clone()]);
        }
        if let Some(own) = v.from_reference.take() {
            v.from_reference = chain([from.as_ref().map(inverted), Some(own), display]);
        }
        v
    }
}

/// What spaces of the base make of the test colours.
pub(super) struct Fingerprints {
    scene: Vec<[f64; 4]>,
    display: Vec<[f64; 4]>,
    spaces: Vec<(String, Reference, Vec<[f64; 4]>)>,
}

impl Fingerprints {
    pub fn new(base: &Config) -> Self {
        let empty = Config::default();
        let colours = |reference, colours: [[f64; 4]; 6]| {
            interchange(base, reference, &empty)
                .and_then(|(s, _)| space_ops(base, s, true).ok())
                .and_then(|ops| ColorProgram::new(ops, Optimization::None).ok())
                .map_or(colours.to_vec(), |p| {
                    colours.iter().map(|c| p.eval(*c)).collect()
                })
        };
        let mut out = Self {
            scene: colours(Reference::Scene, AP0),
            display: colours(Reference::Display, XYZ),
            spaces: Vec::new(),
        };
        for s in &base.color_spaces {
            // Spaces with both ways may be no inverses, and some ask to stay.
            let unique = s
                .categories
                .iter()
                .any(|c| c.eq_ignore_ascii_case("is-unique"));
            let both = s.to_reference.is_some() && s.from_reference.is_some();
            if s.is_data || unique || both {
                continue;
            }
            if let Some(values) = out.of(base, s) {
                out.spaces.push((s.name.clone(), s.reference, values));
            }
        }
        out
    }

    fn of(&self, c: &Config, s: &ColorSpace) -> Option<Vec<[f64; 4]>> {
        let ops = space_ops(c, s, false).ok()?;
        let program = ColorProgram::new(ops, Optimization::None).ok()?;
        let colours = match s.reference {
            Reference::Scene => &self.scene,
            Reference::Display => &self.display,
        };
        Some(colours.iter().map(|c| program.eval(*c)).collect())
    }

    /// The space of the base that one of the input, adjusted, is.
    pub fn equivalent(&self, input: &Config, s: &ColorSpace) -> Option<&str> {
        if s.is_data {
            return None;
        }
        let values = self.of(input, s)?;
        let same = |other: &Vec<[f64; 4]>| {
            let pairs = values.iter().flatten().zip(other.iter().flatten());
            pairs
                .into_iter()
                .all(|(a, b)| (a - b).abs() <= SAME || a == b)
        };
        self.spaces
            .iter()
            .find(|(_, reference, other)| *reference == s.reference && same(other))
            .map(|(name, ..)| name.as_str())
    }
}
