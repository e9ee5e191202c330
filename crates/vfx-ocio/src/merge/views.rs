//! Displays, views, viewing rules and view transforms of a merge.

use super::{Merging, Strategy, joined};
use crate::OcioError;
use crate::model::{Config, Display, View, ViewTransform, ViewingRule};
use crate::names::same;

fn equal(a: &View, b: &View) -> bool {
    same(&a.view_transform, &b.view_transform)
        && same(&a.color_space, &b.color_space)
        && same(&a.looks, &b.looks)
        && same(&a.rule, &b.rule)
        && a.description == b.description
}

/// A view of a display with where it stands.
fn find<'a>(c: &'a Config, d: &'a Display, name: &str) -> Option<(&'a View, bool)> {
    let own = d.views.iter().find(|v| same(&v.name, name));
    let shared = || {
        d.shared.iter().find(|s| same(s, name))?;
        c.shared_views.iter().find(|v| same(&v.name, name))
    };
    own.map(|v| (v, false))
        .or_else(|| shared().map(|v| (v, true)))
}

/// The display of a name; the virtual one has none.
fn display<'a>(c: &'a Config, name: Option<&str>) -> Option<&'a Display> {
    match name {
        Some(n) => c.displays.iter().find(|d| same(&d.name, n)),
        None => c.virtual_display.as_ref(),
    }
}

fn put(views: &mut Vec<View>, view: &View) {
    match views.iter_mut().find(|v| same(&v.name, &view.name)) {
        Some(own) => *own = view.clone(),
        None => views.push(view.clone()),
    }
}

fn share(d: &mut Display, name: &str) {
    if !d.shared.iter().any(|s| same(s, name)) {
        d.shared.push(name.to_owned());
    }
}

impl Merging<'_> {
    /// The configs in the order of the result, and whether the second wins.
    fn ordered(&self, strategy: Strategy) -> (&Config, &Config, bool) {
        let prefers_input = strategy == Strategy::PreferInput;
        if self.options.input_first {
            (self.input, self.base, !prefers_input)
        } else {
            (self.base, self.input, prefers_input)
        }
    }

    pub(super) fn displays(&mut self) -> Result<(), OcioError> {
        let strategy = self.strategy(self.options.display_views);
        let (base, input) = (self.base, self.input);
        let o = self.options;
        match strategy {
            Strategy::PreferInput | Strategy::PreferBase => {
                self.shared_views(strategy)?;
                self.both_displays(strategy)?;
                self.viewing_rules(strategy)?;
                let lists = |f: fn(&Config) -> &Vec<String>| {
                    if o.input_first {
                        joined(f(input), f(base))
                    } else {
                        joined(f(base), f(input))
                    }
                };
                self.out.active_displays = lists(|c| &c.active_displays);
                self.out.active_views = lists(|c| &c.active_views);
            }
            Strategy::InputOnly => {
                self.out.shared_views.clone_from(&input.shared_views);
                self.out.displays.clone_from(&input.displays);
                self.out.virtual_display.clone_from(&input.virtual_display);
                self.out.viewing_rules.clone_from(&input.viewing_rules);
                self.out.active_displays.clone_from(&input.active_displays);
                self.out.active_views.clone_from(&input.active_views);
            }
            Strategy::BaseOnly => {}
            Strategy::Remove => {
                self.remove_views();
                return Ok(());
            }
        }
        if !o.active_displays.is_empty() {
            self.out.active_displays.clone_from(&o.active_displays);
        }
        if !o.active_views.is_empty() {
            self.out.active_views.clone_from(&o.active_views);
        }
        Ok(())
    }

    fn shared_views(&mut self, strategy: Strategy) -> Result<(), OcioError> {
        let (first, second, second_wins) = self.ordered(strategy);
        let (mut views, mut conflicts) = (Vec::new(), Vec::new());
        for view in &first.shared_views {
            let other = second
                .shared_views
                .iter()
                .find(|v| same(&v.name, &view.name));
            if other.is_some_and(|o| !equal(o, view)) {
                conflicts.push(format!("both configs have the shared view '{}'", view.name));
            }
            put(&mut views, other.filter(|_| second_wins).unwrap_or(view));
        }
        for view in &second.shared_views {
            if !views.iter().any(|v| same(&v.name, &view.name)) {
                views.push(view.clone());
            }
        }
        self.out.shared_views = views;
        conflicts.into_iter().try_for_each(|c| self.conflict(c))
    }

    fn both_displays(&mut self, strategy: Strategy) -> Result<(), OcioError> {
        let (first, second, second_wins) = self.ordered(strategy);
        let mut conflicts = Vec::new();
        let mut displays: Vec<Display> = Vec::new();
        for d in &first.displays {
            displays.push(both(
                first,
                second,
                Some(&d.name),
                second_wins,
                &mut conflicts,
            ));
        }
        for d in &second.displays {
            if !displays.iter().any(|o| same(&o.name, &d.name)) {
                displays.push(d.clone());
            }
        }
        displays.retain(|d| !d.views.is_empty() || !d.shared.is_empty());
        let either = first.virtual_display.is_some() || second.virtual_display.is_some();
        let shown = either.then(|| both(first, second, None, second_wins, &mut conflicts));
        self.out.displays = displays;
        self.out.virtual_display = shown;
        conflicts.into_iter().try_for_each(|c| self.conflict(c))
    }

    fn viewing_rules(&mut self, strategy: Strategy) -> Result<(), OcioError> {
        let (first, second, second_wins) = self.ordered(strategy);
        let equal = |a: &ViewingRule, b: &ViewingRule| {
            let sorted = |v: &[String]| {
                let mut v: Vec<_> = v.iter().map(|s| s.to_lowercase()).collect();
                v.sort();
                v
            };
            let mut keys = (a.custom.clone(), b.custom.clone());
            keys.0.sort();
            keys.1.sort();
            sorted(&a.color_spaces) == sorted(&b.color_spaces)
                && sorted(&a.encodings) == sorted(&b.encodings)
                && keys.0 == keys.1
        };
        let (mut rules, mut conflicts) = (Vec::new(), Vec::new());
        for rule in &first.viewing_rules {
            let other = second
                .viewing_rules
                .iter()
                .find(|r| same(&r.name, &rule.name));
            if other.is_some_and(|o| !equal(o, rule)) {
                conflicts.push(format!(
                    "both configs have the viewing rule '{}'",
                    rule.name
                ));
            }
            rules.push(other.filter(|_| second_wins).unwrap_or(rule).clone());
        }
        for rule in &second.viewing_rules {
            if !rules
                .iter()
                .any(|r: &ViewingRule| same(&r.name, &rule.name))
            {
                rules.push(rule.clone());
            }
        }
        self.out.viewing_rules = rules;
        conflicts.into_iter().try_for_each(|c| self.conflict(c))
    }

    fn remove_views(&mut self) {
        let input = self.input;
        self.out
            .shared_views
            .retain(|v| !input.shared_views.iter().any(|i| same(&i.name, &v.name)));
        let without = |d: &mut Display, name: Option<&str>| {
            let Some(other) = display(input, name) else {
                return;
            };
            d.views.retain(|v| find(input, other, &v.name).is_none());
            d.shared.retain(|s| find(input, other, s).is_none());
        };
        for d in &mut self.out.displays {
            let name = d.name.clone();
            without(d, Some(&name));
        }
        self.out
            .displays
            .retain(|d| !d.views.is_empty() || !d.shared.is_empty());
        if let Some(d) = &mut self.out.virtual_display {
            without(d, None);
            if d.views.is_empty() && d.shared.is_empty() {
                self.out.virtual_display = None;
            }
        }
        let out = &mut self.out;
        out.active_displays
            .retain(|n| !input.active_displays.contains(n));
        out.active_views.retain(|n| !input.active_views.contains(n));
        out.viewing_rules
            .retain(|r| !input.viewing_rules.iter().any(|i| same(&i.name, &r.name)));
    }

    pub(super) fn view_transforms(&mut self) -> Result<(), OcioError> {
        let strategy = self.strategy(self.options.view_transforms);
        let (base, input) = (self.base, self.input);
        let adjusted = |m: &Self| -> Result<Vec<ViewTransform>, OcioError> {
            let converters = m.converters()?;
            let adjust = |v: &ViewTransform| converters.view_transform(v.clone());
            Ok(input.view_transforms.iter().map(adjust).collect())
        };
        match strategy {
            Strategy::BaseOnly => return Ok(()),
            Strategy::InputOnly => {
                self.out.view_transforms = adjusted(self)?;
                self.out
                    .default_view_transform
                    .clone_from(&input.default_view_transform);
                return Ok(());
            }
            Strategy::Remove => {
                let out = &mut self.out;
                out.view_transforms
                    .retain(|v| input.view_transform(&v.name).is_none());
                if out.view_transform(&base.default_view_transform).is_none() {
                    out.default_view_transform.clear();
                }
                return Ok(());
            }
            Strategy::PreferInput | Strategy::PreferBase => {}
        }
        let mine = adjusted(self)?;
        let (first, second, second_wins) = if self.options.input_first {
            (
                &mine,
                &base.view_transforms,
                strategy == Strategy::PreferBase,
            )
        } else {
            (
                &base.view_transforms,
                &mine,
                strategy == Strategy::PreferInput,
            )
        };
        let (mut views, mut conflicts) = (Vec::new(), Vec::new());
        for v in first {
            let other = second.iter().find(|o| same(&o.name, &v.name));
            // What is compared is what the configs say, not what is adjusted.
            let says = |c: &Config| {
                let v = c.view_transform(&v.name)?;
                Some((
                    v.reference,
                    v.to_reference.clone(),
                    v.from_reference.clone(),
                ))
            };
            if other.is_some() && says(base) != says(input) {
                conflicts.push(format!("both configs have the view transform '{}'", v.name));
            }
            views.push(other.filter(|_| second_wins).unwrap_or(v).clone());
        }
        for v in second {
            if !views.iter().any(|o: &ViewTransform| same(&o.name, &v.name)) {
                views.push(v.clone());
            }
        }
        self.out.view_transforms = views;
        for c in conflicts {
            self.conflict(c)?;
        }
        let (own, other) = (&base.default_view_transform, &input.default_view_transform);
        let takes = match strategy {
            Strategy::PreferInput => !other.is_empty(),
            _ => own.is_empty(),
        };
        if takes {
            self.out.default_view_transform.clone_from(other);
        }
        if !same(own, other) {
            self.conflict(format!(
                "the configs have the default view transforms '{own}' and '{other}'"
            ))?;
        }
        Ok(())
    }
}

/// A display of both configs.
fn both(
    first: &Config,
    second: &Config,
    name: Option<&str>,
    second_wins: bool,
    conflicts: &mut Vec<String>,
) -> Display {
    let (own, other) = (display(first, name), display(second, name));
    let mut out = Display {
        name: name.unwrap_or_default().to_owned(),
        line: own.or(other).map(|d| d.line).unwrap_or_default(),
        ..Display::default()
    };
    let place = name.map_or_else(
        || "the virtual display".to_owned(),
        |n| format!("the display '{n}'"),
    );
    let mut conflict = |view: &str| {
        conflicts.push(format!("both configs have the view '{view}' of {place}"));
    };
    let elsewhere = |view: &str| other.and_then(|d| find(second, d, view));
    for view in own.into_iter().flat_map(|d| &d.views) {
        let there = elsewhere(&view.name);
        if there.is_some_and(|(o, shared)| shared || !equal(o, view)) {
            conflict(&view.name);
        }
        match there.filter(|_| second_wins) {
            Some((_, true)) => share(&mut out, &view.name),
            Some((o, false)) => put(&mut out.views, o),
            None => put(&mut out.views, view),
        }
    }
    for shared in own.into_iter().flat_map(|d| &d.shared) {
        match elsewhere(shared).filter(|_| second_wins) {
            Some((o, false)) => {
                conflict(shared);
                put(&mut out.views, o);
            }
            _ => share(&mut out, shared),
        }
    }
    for view in other.into_iter().flat_map(|d| &d.views) {
        let there = out.views.iter().any(|v| same(&v.name, &view.name))
            || out.shared.iter().any(|s| same(s, &view.name));
        if !there {
            out.views.push(view.clone());
        }
    }
    for shared in other.into_iter().flat_map(|d| &d.shared) {
        if !out.views.iter().any(|v| same(&v.name, shared)) {
            share(&mut out, shared);
        }
    }
    out
}
