//! From the model to YAML: what is written reads back as the same config.
//!
//! Block style for the config and its objects, flow style for transforms, views and rules, as OpenColorIO writes. Numbers
//! keep 17 digits at most, the shortest text that reads back as the same number. Texts are quoted wherever a plain one could
//! be read as something else.

mod emit;
mod transform;

use crate::model::{
    ColorSpace, Config, Display, FileRule, Look, Matcher, NamedTransform, Reference, View,
    ViewTransform, ViewingRule,
};
use crate::transform::Allocation;
use emit::{Out, flow_list, quoted};
use std::collections::BTreeMap;

impl Config {
    /// The text of the config, of the version it declares.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let v2 = self.version.major >= 2;
        let mut o = Out::default();
        o.line(0, &format!("ocio_profile_version: {}", self.version));
        o.gap();
        if self.environment_declared && (v2 || !self.environment.is_empty()) {
            o.line(0, "environment:");
            if self.environment.is_empty() {
                o.line(1, "{}");
            }
            for (k, v) in &self.environment {
                o.line(1, &format!("{}: {}", quoted(k), quoted(v)));
            }
        }
        match self.search_paths.as_slice() {
            [] => o.line(0, "search_path: \"\""),
            [one] => o.line(0, &format!("search_path: {}", quoted(one))),
            many if !v2 => o.line(0, &format!("search_path: {}", quoted(&many.join(":")))),
            many => {
                o.line(0, "search_path:");
                for p in many {
                    o.line(1, &format!("- {}", quoted(p)));
                }
            }
        }
        o.line(0, &format!("strictparsing: {}", self.strict_parsing));
        if v2 && self.family_separator != '/' {
            o.line(
                0,
                &format!(
                    "family_separator: {}",
                    quoted(&self.family_separator.to_string())
                ),
            );
        }
        o.line(0, &format!("luma: {}", emit::numbers(&self.luma)));
        if v2 {
            o.text(0, "name", &self.name);
        }
        o.prose(0, "description", &self.description);
        o.gap();
        o.line(0, "roles:");
        if self.roles.is_empty() {
            o.line(1, "{}");
        }
        for (role, space) in &self.roles {
            o.line(1, &format!("{}: {}", quoted(role), quoted(space)));
        }
        o.gap();
        if v2 {
            o.list(0, "file_rules", &self.file_rules, |o, r| {
                o.line(1, &format!("- {}", file_rule(r)))
            });
            o.list(0, "viewing_rules", &self.viewing_rules, |o, r| {
                o.line(1, &format!("- {}", viewing_rule(r)))
            });
        }
        o.list(0, "shared_views", &self.shared_views, |o, v| {
            o.line(1, &format!("- {}", view(v)))
        });
        o.line(0, "displays:");
        if self.displays.is_empty() {
            o.line(1, "{}");
        }
        for d in &self.displays {
            o.line(
                1,
                &format!(
                    "{}:{}",
                    quoted(&d.name),
                    if is_empty(d) { " []" } else { "" }
                ),
            );
            views(&mut o, 2, d);
        }
        o.gap();
        if let Some(d) = self.virtual_display.as_ref().filter(|_| v2) {
            o.line(
                0,
                if is_empty(d) {
                    "virtual_display: []"
                } else {
                    "virtual_display:"
                },
            );
            views(&mut o, 1, d);
            o.gap();
        }
        if self.use_display_aliases {
            o.line(0, "use_display_aliases: true");
        }
        o.line(
            0,
            &format!("active_displays: {}", flow_list(&self.active_displays)),
        );
        o.line(
            0,
            &format!("active_views: {}", flow_list(&self.active_views)),
        );
        if !self.inactive_color_spaces.is_empty() {
            o.line(
                0,
                &format!(
                    "inactive_colorspaces: {}",
                    flow_list(&self.inactive_color_spaces)
                ),
            );
        }
        o.gap();
        o.list(0, "looks", &self.looks, look);
        if !self.default_view_transform.is_empty() {
            o.text(0, "default_view_transform", &self.default_view_transform);
            o.gap();
        }
        o.list(0, "view_transforms", &self.view_transforms, view_transform);
        let of = |r: Reference| self.color_spaces.iter().filter(move |s| s.reference == r);
        let (scene, display): (Vec<_>, Vec<_>) = (
            of(Reference::Scene).collect(),
            of(Reference::Display).collect(),
        );
        o.list(0, "display_colorspaces", &display, |o, s| {
            color_space(o, s, v2)
        });
        if scene.is_empty() {
            o.line(0, "colorspaces: []");
        }
        o.list(0, "colorspaces", &scene, |o, s| color_space(o, s, v2));
        o.list(
            0,
            "named_transforms",
            &self.named_transforms,
            named_transform,
        );
        o.finish()
    }
}

fn is_empty(d: &Display) -> bool {
    d.views.is_empty() && d.shared.is_empty()
}

fn views(o: &mut Out, depth: usize, d: &Display) {
    for v in &d.views {
        o.line(depth, &format!("- {}", view(v)));
    }
    if !d.shared.is_empty() {
        o.line(depth, &format!("- !<Views> {}", flow_list(&d.shared)));
    }
}

/// `{key: value, ...}` of those that are there.
fn flow(tag: &str, items: &[(&str, String)]) -> String {
    let items: Vec<_> = items
        .iter()
        .filter(|(_, v)| !v.is_empty())
        .map(|(k, v)| format!("{k}: {v}"))
        .collect();
    format!("!<{tag}> {{{}}}", items.join(", "))
}

/// Nothing for nothing.
fn some(s: &str) -> String {
    if s.is_empty() {
        String::new()
    } else {
        quoted(s)
    }
}

fn some_list(l: &[String]) -> String {
    if l.is_empty() {
        String::new()
    } else {
        flow_list(l)
    }
}

fn custom(items: &[(String, String)]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: Vec<_> = items
        .iter()
        .map(|(k, v)| format!("{}: {}", quoted(k), quoted(v)))
        .collect();
    format!("{{{}}}", items.join(", "))
}

fn view(v: &View) -> String {
    let by_transform = !v.view_transform.is_empty();
    let space = if by_transform {
        "display_colorspace"
    } else {
        "colorspace"
    };
    flow(
        "View",
        &[
            ("name", quoted(&v.name)),
            ("view_transform", some(&v.view_transform)),
            (space, some(&v.color_space)),
            ("looks", some(&v.looks)),
            ("rule", some(&v.rule)),
            ("aliases", some_list(&v.aliases)),
            ("description", some(&v.description)),
        ],
    )
}

fn file_rule(r: &FileRule) -> String {
    let (pattern, extension, regex) = match &r.matcher {
        Matcher::Glob { pattern, extension } => (quoted(pattern), quoted(extension), String::new()),
        Matcher::Regex(r) => (String::new(), String::new(), quoted(r)),
        _ => Default::default(),
    };
    flow(
        "Rule",
        &[
            ("name", quoted(&r.name)),
            ("colorspace", some(&r.color_space)),
            ("pattern", pattern),
            ("extension", extension),
            ("regex", regex),
            ("custom", custom(&r.custom)),
        ],
    )
}

fn viewing_rule(r: &ViewingRule) -> String {
    flow(
        "Rule",
        &[
            ("name", quoted(&r.name)),
            ("colorspaces", some_list(&r.color_spaces)),
            ("encodings", some_list(&r.encodings)),
            ("custom", custom(&r.custom)),
        ],
    )
}

fn interchange(o: &mut Out, items: &BTreeMap<String, String>) {
    if items.is_empty() {
        return;
    }
    o.line(2, "interchange:");
    for (k, v) in items {
        o.prose(3, k, v);
    }
}

fn color_space(o: &mut Out, s: &&ColorSpace, v2: bool) {
    o.line(1, "- !<ColorSpace>");
    o.line(2, &format!("name: {}", quoted(&s.name)));
    if !s.aliases.is_empty() {
        o.line(2, &format!("aliases: {}", flow_list(&s.aliases)));
    }
    o.text(2, "interop_id", &s.interop_id);
    o.line(2, &format!("family: {}", quoted(&s.family)));
    o.line(2, &format!("equalitygroup: {}", quoted(&s.equality_group)));
    o.line(2, &format!("bitdepth: {}", quoted(&s.bit_depth)));
    o.prose(2, "description", &s.description);
    o.line(2, &format!("isdata: {}", s.is_data));
    if !s.categories.is_empty() {
        o.line(2, &format!("categories: {}", flow_list(&s.categories)));
    }
    o.text(2, "encoding", &s.encoding);
    interchange(o, &s.interchange);
    o.line(2, &format!("allocation: {}", allocation(s.allocation)));
    if !s.allocation_vars.is_empty() {
        o.line(
            2,
            &format!("allocationvars: {}", emit::floats(&s.allocation_vars)),
        );
    }
    let reference = match s.reference {
        Reference::Display => "display_reference",
        Reference::Scene if v2 => "scene_reference",
        Reference::Scene => "reference",
    };
    if let Some(t) = &s.to_reference {
        transform::entry(o, 2, &format!("to_{reference}"), t);
    }
    if let Some(t) = &s.from_reference {
        transform::entry(o, 2, &format!("from_{reference}"), t);
    }
    o.gap();
}

fn allocation(a: Allocation) -> &'static str {
    match a {
        Allocation::Uniform => "uniform",
        Allocation::Lg2 => "lg2",
        Allocation::Unknown => "unknown",
    }
}

fn look(o: &mut Out, l: &Look) {
    o.line(1, "- !<Look>");
    o.line(2, &format!("name: {}", quoted(&l.name)));
    o.line(2, &format!("process_space: {}", quoted(&l.process_space)));
    o.prose(2, "description", &l.description);
    interchange(o, &l.interchange);
    if let Some(t) = &l.transform {
        transform::entry(o, 2, "transform", t);
    }
    if let Some(t) = &l.inverse_transform {
        transform::entry(o, 2, "inverse_transform", t);
    }
    o.gap();
}

fn view_transform(o: &mut Out, v: &ViewTransform) {
    o.line(1, "- !<ViewTransform>");
    o.line(2, &format!("name: {}", quoted(&v.name)));
    o.text(2, "family", &v.family);
    o.prose(2, "description", &v.description);
    if !v.categories.is_empty() {
        o.line(2, &format!("categories: {}", flow_list(&v.categories)));
    }
    interchange(o, &v.interchange);
    let reference = if v.reference == Reference::Display {
        "display"
    } else {
        "scene"
    };
    if let Some(t) = &v.from_reference {
        transform::entry(o, 2, &format!("from_{reference}_reference"), t);
    }
    if let Some(t) = &v.to_reference {
        transform::entry(o, 2, &format!("to_{reference}_reference"), t);
    }
    o.gap();
}

fn named_transform(o: &mut Out, n: &NamedTransform) {
    o.line(1, "- !<NamedTransform>");
    o.line(2, &format!("name: {}", quoted(&n.name)));
    if !n.aliases.is_empty() {
        o.line(2, &format!("aliases: {}", flow_list(&n.aliases)));
    }
    o.prose(2, "description", &n.description);
    o.text(2, "family", &n.family);
    if !n.categories.is_empty() {
        o.line(2, &format!("categories: {}", flow_list(&n.categories)));
    }
    o.text(2, "encoding", &n.encoding);
    if let Some(t) = &n.transform {
        transform::entry(o, 2, "transform", t);
    }
    if let Some(t) = &n.inverse_transform {
        transform::entry(o, 2, "inverse_transform", t);
    }
    o.gap();
}
