//! What OpenColorIO refuses, section by section.

use super::Owned;
use crate::context::{holds_variable, normal};
use crate::looks::parse_looks;
use crate::model::{Config, Matcher, Reference, USE_DISPLAY_NAME, View};
use crate::names::same;
use crate::transform::{Allocation, Transform};
use crate::{Context, OcioError};
use vfx_color::op::Op;
use vfx_color::{ColorError, ColorProgram, Direction, Optimization};

/// The errors so far.
pub(super) struct Errors<'a> {
    pub config: &'a Config,
    pub list: Vec<OcioError>,
    pub context: Context,
}

impl Errors<'_> {
    fn undefined(&mut self, line: usize, user: impl Into<String>, kind: &'static str, name: &str) {
        self.list.push(OcioError::Undefined {
            line,
            user: user.into(),
            kind,
            name: name.into(),
        });
    }

    fn invalid(&mut self, line: usize, object: impl Into<String>, reason: impl Into<String>) {
        self.list.push(OcioError::Invalid {
            line,
            object: object.into(),
            reason: reason.into(),
        });
    }

    /// By name or alias, not by role.
    fn is_space(&self, name: &str) -> bool {
        self.config.color_spaces.iter().any(|s| s.is_named(name))
    }

    pub fn environment(&mut self) {
        let c = self.config;
        if c.version.major < 2 || !c.environment_declared {
            return;
        }
        for (name, value) in &c.environment {
            let itself = [
                format!("${name}"),
                format!("${{{name}}}"),
                format!("%{name}%"),
            ];
            if holds_variable(value) && !itself.contains(value) {
                let reason = format!(
                    "its default '{value}' holds a variable; only its own name may stand there"
                );
                self.invalid(0, format!("the variable '{name}'"), reason);
            }
        }
    }

    pub fn spaces(&mut self) {
        let c = self.config;
        for s in &c.color_spaces {
            if c.version.major < 2 && !s.aliases.is_empty() {
                self.list.push(OcioError::TooNew {
                    line: s.line.0,
                    feature: format!("aliases of the colour space '{}'", s.name),
                    needs: "2".into(),
                    found: c.version.to_string(),
                });
            }
            if !s.interop_id.is_empty() && c.color_space(&s.interop_id).is_none() {
                let user = format!("the colour space '{}'", s.name);
                self.undefined(
                    s.line.0,
                    user,
                    "an interop id, which must be a name or alias:",
                    &s.interop_id,
                );
            }
        }
        for (role, space) in &c.roles {
            if !self.is_space(space) {
                self.undefined(0, format!("the role '{role}'"), "the colour space", space);
            }
        }
    }

    pub fn viewing_rules(&mut self) {
        let c = self.config;
        for r in &c.viewing_rules {
            let object = format!("the viewing rule '{}'", r.name);
            if r.color_spaces.is_empty() && r.encodings.is_empty() {
                self.invalid(
                    r.line.0,
                    object.clone(),
                    "expected colorspaces or encodings",
                );
            }
            for s in &r.color_spaces {
                if c.color_space(s).is_none() {
                    self.undefined(r.line.0, object.clone(), "the colour space", s);
                }
            }
            for e in &r.encodings {
                if !c.color_spaces.iter().any(|s| same(&s.encoding, e)) {
                    self.undefined(
                        r.line.0,
                        object.clone(),
                        "an encoding of no colour space:",
                        e,
                    );
                }
            }
        }
    }

    pub fn displays(&mut self) {
        let c = self.config;
        for v in &c.shared_views {
            self.view("a shared view", v, None, !v.view_transform.is_empty());
        }
        if c.displays.is_empty() {
            self.invalid(0, "the config", "expected at least one display");
        }
        for d in c.displays.iter().chain(&c.virtual_display) {
            let virtual_one = c
                .virtual_display
                .as_ref()
                .is_some_and(|v| std::ptr::eq(v, d));
            let name = if virtual_one {
                "virtual_display"
            } else {
                &d.name
            };
            let object = format!("the display '{name}'");
            if d.views.is_empty() && d.shared.is_empty() && !virtual_one {
                self.invalid(d.line.0, object.clone(), "expected at least one view");
            }
            for shared in &d.shared {
                if d.views.iter().any(|v| same(&v.name, shared)) {
                    let reason = format!("the shared view '{shared}' is there as an own view too");
                    self.invalid(d.line.0, object.clone(), reason);
                }
                let Some(v) = c.shared_views.iter().find(|v| same(&v.name, shared)) else {
                    self.undefined(d.line.0, object.clone(), "the shared view", shared);
                    continue;
                };
                let by_name =
                    !v.view_transform.is_empty() && same(&v.color_space, USE_DISPLAY_NAME);
                if by_name && !virtual_one {
                    match c.color_space(&d.name) {
                        None => self.undefined(
                            d.line.0,
                            format!("the shared view '{shared}' in {object}"),
                            "the colour space of the display",
                            &d.name,
                        ),
                        Some(s) if s.reference != Reference::Display => {
                            let reason =
                                format!("the colour space '{}' is not display-referred", s.name);
                            self.invalid(d.line.0, object.clone(), reason);
                        }
                        Some(_) => {}
                    }
                }
            }
            for v in &d.views {
                self.view(&object, v, Some(&d.name), virtual_one);
            }
        }
        let known = |n: &String| c.displays.iter().any(|d| same(&d.name, n));
        let listed: Vec<_> = c.active_displays.iter().filter(|n| !n.is_empty()).collect();
        for name in listed.into_iter().filter(|n| !known(n)) {
            self.undefined(0, "active_displays", "the display", name);
        }
    }

    fn view(&mut self, place: &str, v: &View, display: Option<&str>, display_name_allowed: bool) {
        let c = self.config;
        let line = v.line.0;
        let object = format!("the view '{}' of {place}", v.name);
        let by_name = same(&v.color_space, USE_DISPLAY_NAME);
        if by_name && !display_name_allowed {
            self.invalid(
                line,
                object.clone(),
                "only shared views with a view transform may use <USE_DISPLAY_NAME>",
            );
        }
        if !by_name && !self.is_space(&v.color_space) && c.named_transform(&v.color_space).is_none()
        {
            self.undefined(
                line,
                object.clone(),
                "the colour space or named transform",
                &v.color_space,
            );
        }
        if !v.view_transform.is_empty() {
            let known = c.named_transform(&v.view_transform).is_some()
                || c.view_transform(&v.view_transform).is_some();
            if !known {
                self.undefined(
                    line,
                    object.clone(),
                    "the view transform or named transform",
                    &v.view_transform,
                );
            }
            let name = if by_name {
                display.unwrap_or_default()
            } else {
                &v.color_space
            };
            if c.color_space(name)
                .is_some_and(|s| s.reference != Reference::Display)
            {
                let reason = format!("the colour space '{name}' is not display-referred");
                self.invalid(line, object.clone(), reason);
            }
        }
        for token in parse_looks(&v.looks)
            .iter()
            .flatten()
            .filter(|t| !t.name.is_empty())
        {
            if c.look(&token.name).is_none() {
                self.undefined(line, object.clone(), "the look", &token.name);
            }
        }
        if !v.rule.is_empty() && !c.viewing_rules.iter().any(|r| same(&r.name, &v.rule)) {
            self.undefined(line, object, "the viewing rule", &v.rule);
        }
    }

    pub fn transforms(&mut self) {
        let c = self.config;
        for o in c.owned_transforms() {
            let mut parts = Vec::new();
            o.transform.walk(&mut |t| parts.push(t));
            for t in parts {
                self.transform(t, &o);
            }
        }
    }

    fn transform(&mut self, t: &Transform, o: &Owned<'_>) {
        let c = self.config;
        let user = format!("a {} of {}", t.kind(), o.owner);
        let name = |me: &mut Self, name: &str| {
            let resolved = match me.context.resolve(name) {
                Ok(r) => r,
                Err(e) => return me.list.push(e),
            };
            if c.color_space(&resolved).is_none() && c.named_transform(&resolved).is_none() {
                let kind = if holds_variable(&resolved) {
                    "a colour space by a variable that has no value:"
                } else {
                    "the colour space"
                };
                me.undefined(o.line, user.clone(), kind, &resolved);
            }
        };
        match t {
            Transform::ColorSpace { src, dst, .. } | Transform::Look { src, dst, .. } => {
                name(self, src);
                name(self, dst);
                if let Transform::Look { looks, .. } = t {
                    for token in parse_looks(looks)
                        .iter()
                        .flatten()
                        .filter(|t| !t.name.is_empty())
                    {
                        if c.look(&token.name).is_none() {
                            self.undefined(o.line, user.clone(), "the look", &token.name);
                        }
                    }
                }
            }
            Transform::DisplayView { src, .. } => name(self, src),
            Transform::File(f) if f.src.is_empty() => self.list.push(OcioError::Missing {
                line: o.line,
                object: user,
                key: "src",
            }),
            Transform::Allocation {
                allocation: Allocation::Unknown,
                ..
            } => {
                self.invalid(o.line, user, "expected the allocation uniform or lg2");
            }
            Transform::Op(op) => self.operation(op.clone(), o.line, user),
            Transform::Cdl(v) => self.operation(Op::Cdl(*v), o.line, user),
            Transform::Matrix(m, d) if *d == Direction::Inverse => {
                if let Err(e) = crate::inverse::inverse(Op::Matrix(*m)) {
                    self.invalid(o.line, user, e.to_string());
                }
            }
            _ => {}
        }
    }

    /// Parameters, by compiling the operation alone.
    fn operation(&mut self, op: Op, line: usize, user: String) {
        match ColorProgram::new(vec![op], Optimization::None) {
            Ok(_) | Err(ColorError::Unknown { .. }) => {}
            Err(e) => self.invalid(line, user, e.to_string()),
        }
    }

    pub fn looks_and_view_transforms(&mut self) {
        let c = self.config;
        for l in &c.looks {
            let object = format!("the look '{}'", l.name);
            if l.process_space.is_empty() {
                self.list.push(OcioError::Missing {
                    line: l.line.0,
                    object,
                    key: "process_space",
                });
            } else if c.color_space(&l.process_space).is_none() {
                self.undefined(l.line.0, object, "the process space", &l.process_space);
            }
        }
        let from_scene = c
            .view_transforms
            .iter()
            .any(|v| v.reference == Reference::Scene);
        let of_display = c
            .color_spaces
            .iter()
            .find(|s| s.reference == Reference::Display);
        if !c.view_transforms.is_empty() && !from_scene {
            let line = c.view_transforms[0].line.0;
            self.invalid(
                line,
                "view_transforms",
                "expected at least one from the scene reference",
            );
        } else if let (true, Some(s)) = (c.view_transforms.is_empty(), of_display) {
            self.invalid(
                s.line.0,
                "the config",
                "display-referred spaces need view_transforms",
            );
        }
        if !c.default_view_transform.is_empty() {
            let found = c.view_transform(&c.default_view_transform);
            if found.is_none_or(|v| v.reference != Reference::Scene) {
                let kind = "the scene-referred view transform";
                self.undefined(0, "default_view_transform", kind, &c.default_view_transform);
            }
        }
        for n in &c.named_transforms {
            let other = if c.look(&n.name).is_some() {
                "a look"
            } else if c.view_transform(&n.name).is_some() {
                "a view transform"
            } else {
                continue;
            };
            self.list.push(OcioError::NameTaken {
                line: n.line.0,
                name: n.name.clone(),
                by: other.into(),
            });
        }
    }

    pub fn file_rules(&mut self) {
        let c = self.config;
        for r in c
            .file_rules
            .iter()
            .filter(|r| r.matcher != Matcher::PathSearch)
        {
            let known = c.color_space(&r.color_space).is_some()
                || c.named_transform(&r.color_space).is_some();
            // Version 1 makes its rules itself.
            if !known && (c.version.major >= 2 || r.line.0 > 0) {
                let user = format!("the file rule '{}'", r.name);
                self.undefined(
                    r.line.0,
                    user,
                    "the colour space or named transform",
                    &r.color_space,
                );
            }
        }
    }

    /// File names and search paths have no variables without a value; whether files exist is for the deep check.
    pub fn files(&mut self) {
        let c = self.config;
        let mut any = false;
        for o in c.owned_transforms() {
            let mut names = Vec::new();
            o.transform.walk(&mut |t| {
                if let Transform::File(f) = t {
                    names.push(f.src.clone());
                }
            });
            for n in names.into_iter().filter(|n| !n.is_empty()) {
                any = true;
                match self.context.resolve(&n) {
                    Ok(r) if holds_variable(&r) || r.is_empty() => {
                        let reason = format!("the file '{n}' holds a variable that has no value");
                        self.invalid(o.line, o.owner.clone(), reason);
                    }
                    Ok(_) => {}
                    Err(e) => self.list.push(e),
                }
            }
        }
        if !any {
            return;
        }
        if c.search_paths.is_empty() {
            self.invalid(
                0,
                "search_path",
                "expected a folder, since there are FileTransforms",
            );
            return;
        }
        let resolved = |p: &String| {
            let r = self.context.resolve(p).unwrap_or_default();
            !p.is_empty() && !holds_variable(&normal(r.as_ref()).to_string_lossy())
        };
        if !c.search_paths.iter().any(resolved) {
            let list = c.search_paths.join(", ");
            self.invalid(
                0,
                "search_path",
                format!("'{list}' hold variables that have no value"),
            );
        }
    }
}
