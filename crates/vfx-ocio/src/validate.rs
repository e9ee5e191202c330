//! Checks of a whole config, as `Config::validate` and ociocheck of OpenColorIO, but all findings at once and with lines.
//!
//! Errors are what OpenColorIO throws for. Warnings are what it only logs: roles that a version asks for, hidden names that do
//! not exist, keys it does not know. With `deep`, every space, view, look and named transform is built as well, which finds
//! missing files, cycles and operations without an inverse.

mod errors;
mod version;

use crate::OcioError;
use crate::model::{Config, Reference, Version};
use crate::names::Visibility;
use crate::transform::Transform;
use errors::Errors;
use vfx_color::op::Op;
use vfx_color::{ColorProgram, Direction, Optimization};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but may not do what was meant.
    Warning,
    /// OpenColorIO refuses the config or the transform.
    Error,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Line in the config, from 1.
    pub line: Option<usize>,
    /// What was found, and what was expected.
    pub message: String,
}

/// A transform with the object it belongs to and its line.
pub(crate) struct Owned<'a> {
    pub transform: &'a Transform,
    pub owner: String,
    pub line: usize,
}

impl Config {
    /// The first error of [`Config::check`].
    ///
    /// # Errors
    ///
    /// What OpenColorIO refuses.
    pub fn validate(&self) -> Result<(), OcioError> {
        self.errors().into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that is wrong or doubtful; with `deep`, everything is built too.
    #[must_use]
    pub fn check(&self, deep: bool) -> Vec<Finding> {
        let error = |e: OcioError| Finding {
            severity: Severity::Error,
            line: e.line(),
            message: message(&e),
        };
        let mut out: Vec<Finding> = self.errors().into_iter().map(error).collect();
        let warning = |line: usize, message: String| Finding {
            severity: Severity::Warning,
            line: (line > 0).then_some(line),
            message,
        };
        out.extend(
            self.warnings
                .iter()
                .map(|w| warning(w.line, w.message.clone())),
        );
        out.extend(self.doubts().into_iter().map(|(line, m)| warning(line, m)));
        if deep {
            for (what, e) in self.build_all() {
                let finding = Finding {
                    severity: Severity::Error,
                    line: e.line(),
                    message: format!("{what}: {}", message(&e)),
                };
                if !out.contains(&finding) {
                    out.push(finding);
                }
            }
        }
        out
    }

    /// Every transform below spaces, looks, view transforms and named transforms; groups are not taken apart.
    pub(crate) fn owned_transforms(&self) -> Vec<Owned<'_>> {
        let spaces = self.color_spaces.iter().map(|s| {
            let both = [&s.to_reference, &s.from_reference];
            (both, format!("the colour space '{}'", s.name), s.line)
        });
        let looks = self.looks.iter().map(|l| {
            let both = [&l.transform, &l.inverse_transform];
            (both, format!("the look '{}'", l.name), l.line)
        });
        let views = self.view_transforms.iter().map(|v| {
            let both = [&v.from_reference, &v.to_reference];
            (both, format!("the view transform '{}'", v.name), v.line)
        });
        let named = self.named_transforms.iter().map(|n| {
            let both = [&n.transform, &n.inverse_transform];
            (both, format!("the named transform '{}'", n.name), n.line)
        });
        let all = spaces.chain(looks).chain(views).chain(named);
        all.flat_map(|(both, owner, line)| {
            let there = both.into_iter().flatten();
            there.map(move |transform| Owned {
                transform,
                owner: owner.clone(),
                line: line.0,
            })
        })
        .collect()
    }

    fn errors(&self) -> Vec<OcioError> {
        let mut e = Errors {
            config: self,
            list: Vec::new(),
            context: self.context(),
        };
        if let Err(error) = crate::names::check_names(self, &[]) {
            e.list.push(error);
        }
        e.environment();
        e.spaces();
        e.viewing_rules();
        e.displays();
        e.transforms();
        e.looks_and_view_transforms();
        e.file_rules();
        e.files();
        e.list.extend(version::gates(self));
        e.list
    }

    /// What OpenColorIO logs without refusing.
    fn doubts(&self) -> Vec<(usize, String)> {
        let mut out = Vec::new();
        if self.version >= Version::new(2, 2) {
            let has = |r: Reference| self.color_spaces.iter().any(|s| s.reference == r);
            let mut asks = vec!["scene_linear", "compositing_log", "color_timing"];
            if has(Reference::Scene) {
                asks.push("aces_interchange");
            }
            if has(Reference::Display) {
                asks.push("cie_xyz_d65_interchange");
            }
            for role in asks.into_iter().filter(|r| !self.roles.contains_key(*r)) {
                out.push((
                    0,
                    format!("version 2.2 and higher ask for the role '{role}'"),
                ));
            }
            let wrong = |role: &str, r: Reference| {
                self.roles.contains_key(role)
                    && self.color_space(role).is_some_and(|s| s.reference != r)
            };
            if wrong("aces_interchange", Reference::Scene) {
                out.push((
                    0,
                    "the role 'aces_interchange' must be a scene-referred space".into(),
                ));
            }
            if wrong("cie_xyz_d65_interchange", Reference::Display) {
                out.push((
                    0,
                    "the role 'cie_xyz_d65_interchange' must be a display-referred space".into(),
                ));
            }
        }
        for name in &self.inactive_color_spaces {
            if self.color_space(name).is_none() && self.named_transform(name).is_none() {
                out.push((
                    0,
                    format!("inactive '{name}' is neither a colour space nor a named transform"),
                ));
            }
        }
        out
    }

    /// Builds everything there is; gives what failed.
    fn build_all(&self) -> Vec<(String, OcioError)> {
        let context = self.context();
        let mut out = Vec::new();
        let mut note = |what: String, built: Result<Vec<Op>, OcioError>| {
            let compiled = built.and_then(|ops| Ok(ColorProgram::new(ops, Optimization::None)?));
            if let Err(e) = compiled {
                out.push((what, e));
            }
        };
        for s in self.list_color_spaces(Visibility::All) {
            let both = |direction| {
                let (own, other) = match direction {
                    Direction::Forward => (&s.to_reference, &s.from_reference),
                    Direction::Inverse => (&s.from_reference, &s.to_reference),
                };
                let (t, d) = match (own, other) {
                    (Some(t), _) => (t, Direction::Forward),
                    (None, Some(t)) => (t, Direction::Inverse),
                    (None, None) => return Ok(Vec::new()),
                };
                self.ops(t, d, &context)
            };
            note(
                format!("colour space '{}' to its reference", s.name),
                both(Direction::Forward),
            );
            note(
                format!("colour space '{}' from its reference", s.name),
                both(Direction::Inverse),
            );
        }
        let source = ["scene_linear", "default"]
            .into_iter()
            .find(|r| self.color_space(r).is_some());
        let source = source
            .map(str::to_owned)
            .or_else(|| self.color_spaces.first().map(|s| s.name.clone()));
        for d in &self.displays {
            for v in self.all_views(&d.name) {
                let Some(src) = &source else { continue };
                let ops = self.view_ops(src, &d.name, v, Direction::Forward, &context);
                note(format!("view '{v}' of '{}'", d.name), ops);
            }
        }
        for l in &self.looks {
            if let Some(t) = &l.transform {
                note(
                    format!("look '{}'", l.name),
                    self.ops(t, Direction::Forward, &context),
                );
            }
        }
        for n in &self.named_transforms {
            let ops = self.named_ops(&n.name, Direction::Forward, &context);
            note(format!("named transform '{}'", n.name), ops);
        }
        out
    }
}

/// The message without the line, which findings have apart.
fn message(e: &OcioError) -> String {
    let text = e.to_string();
    let prefix = e.line().map(|l| format!("line {l}: "));
    prefix
        .and_then(|p| text.strip_prefix(&p).map(str::to_owned))
        .unwrap_or(text)
}
