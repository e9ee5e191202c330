//! Colour spaces and named transforms of a merge: names, aliases, duplicates, families.

use super::reference::Fingerprints;
use super::{Merging, Strategy, joined};
use crate::OcioError;
use crate::model::{ColorSpace, Config, NamedTransform};
use crate::names::same;

/// What an added thing's name meets.
enum Meets {
    Nothing,
    Role,
    Space,
    Transform,
}

fn meets(c: &Config, name: &str) -> Meets {
    if c.color_spaces.iter().any(|s| s.is_named(name)) {
        Meets::Space
    } else if c.color_space(name).is_some() {
        Meets::Role
    } else if c.named_transform(name).is_some() {
        Meets::Transform
    } else {
        Meets::Nothing
    }
}

fn without(aliases: &mut Vec<String>, alias: &str) {
    aliases.retain(|a| !same(a, alias));
}

fn add_alias(name: &str, aliases: &mut Vec<String>, alias: &str) {
    if !alias.is_empty() && !same(name, alias) && !aliases.iter().any(|a| same(a, alias)) {
        aliases.push(alias.to_owned());
    }
}

impl Merging<'_> {
    pub(super) fn color_spaces(&mut self) -> Result<(), OcioError> {
        let strategy = self.strategy(self.options.color_spaces);
        self.environment(strategy);
        self.search_paths(strategy);
        self.inactive(strategy);
        let (base, input) = (self.base, self.input);
        match strategy {
            Strategy::PreferInput => self.out.family_separator = input.family_separator,
            Strategy::PreferBase => self.out.family_separator = base.family_separator,
            Strategy::InputOnly => {
                self.out.family_separator = input.family_separator;
                self.out.color_spaces.clone_from(&input.color_spaces);
                self.out.named_transforms.clear();
                return Ok(());
            }
            Strategy::BaseOnly => return Ok(()),
            Strategy::Remove => {
                let gone =
                    |s: &ColorSpace| input.color_spaces.iter().any(|i| same(&i.name, &s.name));
                self.out.color_spaces.retain(|s| !gone(s));
                return Ok(());
            }
        }
        self.add_spaces(strategy)
    }

    fn environment(&mut self, strategy: Strategy) {
        let own = &self.options.environment;
        let (out, input) = (&mut self.out, self.input);
        let given = !own.is_empty();
        match strategy {
            Strategy::Remove => {
                out.environment
                    .retain(|k, v| !input.environment.contains_key(k) || v.is_empty());
                return;
            }
            _ if given => out.environment.clone_from(own),
            Strategy::PreferInput => out.environment.extend(
                input
                    .environment
                    .iter()
                    .map(|(k, v)| (k.clone(), v.clone())),
            ),
            Strategy::PreferBase => {
                for (k, v) in &input.environment {
                    let own = out.environment.entry(k.clone()).or_default();
                    if own.is_empty() {
                        own.clone_from(v);
                    }
                }
            }
            Strategy::InputOnly => out.environment.clone_from(&input.environment),
            Strategy::BaseOnly => {}
        }
        out.environment_declared |= !out.environment.is_empty();
    }

    fn search_paths(&mut self, strategy: Strategy) {
        let own = &self.options.search_paths;
        let (base, input) = (&self.base.search_paths, &self.input.search_paths);
        // Paths compare without regard to case, as in OpenColorIO.
        let lacking = |from: &[String], of: &[String]| -> Vec<String> {
            let missing = |p: &&String| !of.iter().any(|q| same(p, q));
            from.iter().filter(missing).cloned().collect()
        };
        self.out.search_paths = match strategy {
            Strategy::Remove => {
                let all = input.join(":");
                base.iter().filter(|p| !all.contains(*p)).cloned().collect()
            }
            _ if !own.is_empty() => own.clone(),
            Strategy::PreferInput => [input.clone(), lacking(base, input)].concat(),
            Strategy::PreferBase => [base.clone(), lacking(input, base)].concat(),
            Strategy::InputOnly => input.clone(),
            Strategy::BaseOnly => base.clone(),
        };
    }

    fn inactive(&mut self, strategy: Strategy) {
        let own = &self.options.inactive_color_spaces;
        let base = &self.base.inactive_color_spaces;
        let input = &self.input.inactive_color_spaces;
        self.out.inactive_color_spaces = match strategy {
            Strategy::Remove => base
                .iter()
                .filter(|n| !input.contains(n))
                .cloned()
                .collect(),
            _ if !own.is_empty() => own.clone(),
            Strategy::PreferInput | Strategy::PreferBase if self.options.input_first => {
                joined(input, base)
            }
            Strategy::PreferInput | Strategy::PreferBase => joined(base, input),
            Strategy::InputOnly => input.clone(),
            Strategy::BaseOnly => base.clone(),
        };
    }

    fn add_spaces(&mut self, strategy: Strategy) -> Result<(), OcioError> {
        self.out.named_transforms.clear();
        let prefers_input = strategy == Strategy::PreferInput;
        let fingerprints = self
            .options
            .avoid_duplicates
            .then(|| Fingerprints::new(self.base));
        let converters = self.converters()?;
        let input = self.input;
        let mut added: Vec<String> = Vec::new();
        for s in &input.color_spaces {
            let mut s = converters.space(s.clone());
            let duplicate = s
                .categories
                .iter()
                .any(|c| c.eq_ignore_ascii_case("allow-duplicate"));
            if let Some(f) = fingerprints.as_ref().filter(|_| !duplicate)
                && let Some(twin) = f.equivalent(input, &s)
                && let Some(twin) = self.out.color_space(twin).map(|t| t.name.clone())
                && !self.duplicate(&mut s, &twin, prefers_input)?
            {
                continue;
            }
            if !self.may_add(&s.name, "colour space", prefers_input)? {
                continue;
            }
            self.add_space(s, prefers_input, &mut added)?;
        }
        // The spaces of the input stand where the options say.
        let from_input = |s: &ColorSpace| added.contains(&s.name);
        let mut spaces = std::mem::take(&mut self.out.color_spaces);
        if self.options.input_first {
            let rank = |s: &ColorSpace| {
                // A space that replaced an equal one stands in its place.
                let place = added.iter().position(|n| s.is_named(n));
                place.unwrap_or(added.len())
            };
            spaces.sort_by_key(rank);
        }
        for s in &mut spaces {
            s.family = self.family(&s.family, !from_input(s));
        }
        self.out.color_spaces = spaces;
        Ok(())
    }

    /// A space of the input that is one of the base; whether it is still to be added.
    fn duplicate(
        &mut self,
        s: &mut ColorSpace,
        twin: &str,
        prefers_input: bool,
    ) -> Result<bool, OcioError> {
        let at = |c: &Config| c.color_spaces.iter().position(|o| o.name == twin);
        let Some(i) = at(&self.out) else {
            return Ok(true);
        };
        let categories = |to: &mut Vec<String>, from: &[String]| {
            for c in from {
                if !to.iter().any(|o| same(o, c)) {
                    to.push(c.clone());
                }
            }
        };
        if prefers_input {
            let gone = self.out.color_spaces.remove(i);
            for alias in std::iter::once(&gone.name).chain(&gone.aliases) {
                add_alias(&s.name, &mut s.aliases, alias);
            }
            categories(&mut s.categories, &gone.categories);
            self.conflict(format!(
                "the input's colour space '{}' replaces the base's '{twin}', which is the same",
                s.name
            ))?;
            return Ok(true);
        }
        let mut kept = self.out.color_spaces[i].clone();
        for alias in std::iter::once(&s.name).chain(&s.aliases) {
            if kept.is_named(alias) {
                continue;
            }
            if let Some(by) = self.out.color_space(alias).map(|c| c.name.clone()) {
                self.conflict(format!(
                    "'{alias}' of the input's colour space '{}' is a name of '{by}', and left out",
                    s.name
                ))?;
            } else {
                kept.aliases.push(alias.clone());
            }
        }
        categories(&mut kept.categories, &s.categories);
        self.out.color_spaces[i] = kept;
        self.conflict(format!(
            "the input's colour space '{}' is the base's '{twin}', and left out",
            s.name
        ))?;
        Ok(false)
    }

    /// Whether something of the input may come under its name.
    fn may_add(&mut self, name: &str, kind: &str, prefers_input: bool) -> Result<bool, OcioError> {
        let (what, may) = match meets(&self.out, name) {
            Meets::Nothing => return Ok(true),
            _ if self.out.roles.contains_key(&name.to_lowercase()) => ("a role", false),
            Meets::Role => ("a role", false),
            Meets::Space if kind == "colour space" => ("a colour space", prefers_input),
            Meets::Space => ("a colour space", false),
            Meets::Transform => ("a named transform", prefers_input),
        };
        let result = if may { "replaces it" } else { "is left out" };
        self.conflict(format!(
            "the name of the input's {kind} '{name}' is that of {what} already, and the input's {result}"
        ))?;
        Ok(may)
    }

    fn add_space(
        &mut self,
        mut s: ColorSpace,
        prefers_input: bool,
        added: &mut Vec<String>,
    ) -> Result<(), OcioError> {
        self.out.color_spaces.retain(|o| !same(&o.name, &s.name));
        for other in &mut self.out.color_spaces {
            without(&mut other.aliases, &s.name);
        }
        for alias in s.aliases.clone() {
            let named = |o: &ColorSpace| same(&o.name, &alias);
            if let Some(i) = self.out.color_spaces.iter().position(named) {
                if prefers_input {
                    self.out.color_spaces.remove(i);
                } else {
                    without(&mut s.aliases, &alias);
                }
            } else if let Some(o) = self
                .out
                .color_spaces
                .iter_mut()
                .find(|o| o.is_named(&alias))
            {
                if prefers_input {
                    without(&mut o.aliases, &alias);
                } else {
                    without(&mut s.aliases, &alias);
                }
            } else if self.out.color_space(&alias).is_some() {
                without(&mut s.aliases, &alias);
            } else {
                continue;
            }
            self.conflict(format!(
                "the alias '{alias}' of the input's colour space '{}' is a name already",
                s.name
            ))?;
        }
        added.push(s.name.clone());
        self.out.color_spaces.push(s);
        Ok(())
    }

    /// A family under the result's separator, with its prefix.
    fn family(&self, family: &str, from_base: bool) -> String {
        let separator = self.out.family_separator;
        let prefers_input = match self.strategy(self.options.color_spaces) {
            Strategy::PreferInput => true,
            Strategy::PreferBase => false,
            _ => return family.to_owned(),
        };
        let (prefix, theirs) = if from_base {
            (&self.options.base_family_prefix, self.base.family_separator)
        } else {
            (
                &self.options.input_family_prefix,
                self.input.family_separator,
            )
        };
        let replace = |s: &str, from: char| s.replace(from, separator.encode_utf8(&mut [0; 4]));
        // Families of the preferred side have the result's separator already.
        let family = if from_base == prefers_input {
            replace(family, theirs)
        } else {
            family.to_owned()
        };
        replace(prefix, '/') + &family
    }

    pub(super) fn named_transforms(&mut self) -> Result<(), OcioError> {
        let strategy = self.strategy(self.options.named_transforms);
        let (base, input) = (self.base, self.input);
        let prefers_input = self.prefers_input(self.options.named_transforms);
        self.out.named_transforms.clear();
        let mut added: Vec<String> = Vec::new();
        if strategy != Strategy::InputOnly {
            for n in &base.named_transforms {
                let removed =
                    strategy == Strategy::Remove && input.named_transform(&n.name).is_some();
                if !removed && self.may_add_base(&n.name)? {
                    self.add_named(n.clone(), false)?;
                }
            }
        }
        if matches!(
            strategy,
            Strategy::PreferInput | Strategy::PreferBase | Strategy::InputOnly
        ) {
            for n in &input.named_transforms {
                if self.may_add(&n.name, "named transform", prefers_input)? {
                    self.add_named(n.clone(), prefers_input)?;
                    added.push(n.name.clone());
                }
            }
        }
        if matches!(strategy, Strategy::PreferInput | Strategy::PreferBase) {
            let mut named = std::mem::take(&mut self.out.named_transforms);
            if self.options.input_first {
                let rank = |n: &NamedTransform| {
                    let place = added.iter().position(|a| n.is_named(a));
                    place.unwrap_or(added.len())
                };
                named.sort_by_key(rank);
            }
            for n in &mut named {
                n.family = self.family(&n.family, !added.contains(&n.name));
            }
            self.out.named_transforms = named;
        }
        // Hidden names that are gone.
        let out = &self.out;
        let known = |name: &String| {
            out.color_spaces.iter().any(|s| same(&s.name, name))
                || out.named_transforms.iter().any(|n| same(&n.name, name))
        };
        let inactive = out.inactive_color_spaces.iter().filter(|n| known(n));
        self.out.inactive_color_spaces = inactive.cloned().collect();
        Ok(())
    }

    /// Whether a named transform of the base keeps its place beside the merged colour spaces.
    fn may_add_base(&mut self, name: &str) -> Result<bool, OcioError> {
        let role = self.out.roles.contains_key(&name.to_lowercase());
        if matches!(meets(&self.out, name), Meets::Nothing) && !role {
            return Ok(true);
        }
        self.conflict(format!(
            "the name of the base's named transform '{name}' is taken, and the transform left out"
        ))?;
        Ok(false)
    }

    fn add_named(&mut self, mut n: NamedTransform, wins: bool) -> Result<(), OcioError> {
        self.out
            .named_transforms
            .retain(|o| !same(&o.name, &n.name));
        for other in &mut self.out.named_transforms {
            without(&mut other.aliases, &n.name);
        }
        for alias in n.aliases.clone() {
            let named = |o: &NamedTransform| same(&o.name, &alias);
            let mut taken = false;
            if self.out.color_space(&alias).is_some() {
                without(&mut n.aliases, &alias);
                taken = true;
            }
            if let Some(i) = self.out.named_transforms.iter().position(named) {
                taken = true;
                if wins {
                    self.out.named_transforms.remove(i);
                } else {
                    without(&mut n.aliases, &alias);
                }
            } else if let Some(o) = self
                .out
                .named_transforms
                .iter_mut()
                .find(|o| o.is_named(&alias))
            {
                taken = true;
                if wins {
                    without(&mut o.aliases, &alias);
                } else {
                    without(&mut n.aliases, &alias);
                }
            }
            if taken {
                self.conflict(format!(
                    "the alias '{alias}' of the named transform '{}' is a name already",
                    n.name
                ))?;
            }
        }
        self.out.named_transforms.push(n);
        Ok(())
    }
}
