//! Two configs as one: OpenColorIO's config merging (2.5), section by section.
//!
//! The merged config starts as the base; each section then takes from the input what its [`Strategy`] says. What both define
//! differently is a remark, or an error with [`MergeOptions::error_on_conflict`]. Names never clash in the result: colour
//! spaces win over named transforms, roles and the preferred side win over aliases. Spaces and view transforms of the input
//! are adjusted to the base's references where both configs have the interchange roles. `.ociom` files are read by
//! [`Merger`]. Source: OpenColorIO 2.6, SectionMerger and its documentation.

mod file;
mod reference;
mod spaces;
mod views;

pub use file::{Merge, Merger};

use crate::model::{Config, FileRule, Matcher, Version};
use crate::names::same;
use crate::{OcioError, Warning};
use std::collections::BTreeMap;

/// Which config a section comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Both; the input's where both have it.
    #[default]
    PreferInput,
    /// Both; the base's where both have it.
    PreferBase,
    /// The input's alone.
    InputOnly,
    /// The base's alone.
    BaseOnly,
    /// The base's without what the input has.
    Remove,
}

/// The names of strategies in `.ociom` files.
pub const STRATEGIES: [(&str, Strategy); 5] = [
    ("PreferInput", Strategy::PreferInput),
    ("PreferBase", Strategy::PreferBase),
    ("InputOnly", Strategy::InputOnly),
    ("BaseOnly", Strategy::BaseOnly),
    ("Remove", Strategy::Remove),
];

/// How to merge.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeOptions {
    /// Name of the result; the preferred config's if empty.
    pub name: String,
    /// Description of the result; the preferred config's if empty.
    pub description: String,
    /// Context variables of the result instead of both configs'.
    pub environment: BTreeMap<String, String>,
    /// Search paths of the result instead of both configs'.
    pub search_paths: Vec<String>,
    /// Active displays of the result instead of both configs'.
    pub active_displays: Vec<String>,
    /// Active views of the result instead of both configs'.
    pub active_views: Vec<String>,
    /// Inactive colour spaces of the result instead of both configs'.
    pub inactive_color_spaces: Vec<String>,
    /// Before the families of the input, with `/` between parts.
    pub input_family_prefix: String,
    /// Before the families of the base.
    pub base_family_prefix: String,
    /// The input's things come first in lists.
    pub input_first: bool,
    /// Conflicts are errors.
    pub error_on_conflict: bool,
    /// Colour spaces of the input that are spaces of the base become aliases.
    pub avoid_duplicates: bool,
    /// Transforms of the input are adjusted to the base's reference spaces.
    pub adjust_input_reference_space: bool,
    /// The strategy of sections that have none of their own, and of names and luma.
    pub default_strategy: Strategy,
    /// Of roles.
    pub roles: Option<Strategy>,
    /// Of file rules.
    pub file_rules: Option<Strategy>,
    /// Of displays, views and viewing rules.
    pub display_views: Option<Strategy>,
    /// Of view transforms.
    pub view_transforms: Option<Strategy>,
    /// Of looks.
    pub looks: Option<Strategy>,
    /// Of colour spaces, search paths and context variables.
    pub color_spaces: Option<Strategy>,
    /// Of named transforms.
    pub named_transforms: Option<Strategy>,
}

impl Default for MergeOptions {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            environment: BTreeMap::new(),
            search_paths: Vec::new(),
            active_displays: Vec::new(),
            active_views: Vec::new(),
            inactive_color_spaces: Vec::new(),
            input_family_prefix: String::new(),
            base_family_prefix: String::new(),
            input_first: true,
            error_on_conflict: false,
            avoid_duplicates: true,
            adjust_input_reference_space: true,
            default_strategy: Strategy::PreferInput,
            roles: None,
            file_rules: None,
            display_views: None,
            view_transforms: None,
            looks: None,
            color_spaces: None,
            named_transforms: None,
        }
    }
}

/// A merge in progress.
struct Merging<'a> {
    base: &'a Config,
    input: &'a Config,
    options: &'a MergeOptions,
    out: Config,
    remarks: Vec<Warning>,
}

/// Merges `input` into `base`; remarks are the config's warnings.
///
/// # Errors
///
/// [`OcioError::Conflict`] where the options ask for it, and what building a transform gives where references are adjusted.
pub fn merge(base: &Config, input: &Config, options: &MergeOptions) -> Result<Config, OcioError> {
    let mut m = Merging {
        base,
        input,
        options,
        out: base.clone(),
        remarks: Vec::new(),
    };
    m.general();
    if options.adjust_input_reference_space {
        m.remark_references()?;
    }
    m.roles()?;
    m.file_rules()?;
    m.displays()?;
    m.view_transforms()?;
    m.looks();
    m.color_spaces()?;
    m.named_transforms()?;
    m.out.warnings = m.remarks;
    Ok(m.out)
}

impl Merging<'_> {
    fn conflict(&mut self, what: impl Into<String>) -> Result<(), OcioError> {
        let what = what.into();
        if self.options.error_on_conflict {
            return Err(OcioError::Conflict { what });
        }
        self.remarks.push(Warning {
            line: 0,
            message: what,
        });
        Ok(())
    }

    fn strategy(&self, own: Option<Strategy>) -> Strategy {
        own.unwrap_or(self.options.default_strategy)
    }

    /// Name, description, version and luma.
    fn general(&mut self) {
        let from = match self.options.default_strategy {
            Strategy::PreferInput | Strategy::InputOnly => self.input,
            Strategy::PreferBase | Strategy::BaseOnly => self.base,
            Strategy::Remove => return,
        };
        let or = |own: &String, other: &String| if own.is_empty() { other } else { own }.clone();
        self.out.name = or(&self.options.name, &from.name);
        self.out.description = or(&self.options.description, &from.description);
        let newest = self.base.version.max(self.input.version);
        self.out.version = newest.max(Version::new(2, 0));
        self.out.luma = from.luma;
    }

    fn roles(&mut self) -> Result<(), OcioError> {
        match self.strategy(self.options.roles) {
            Strategy::BaseOnly => return Ok(()),
            Strategy::Remove => {
                let input = self.input;
                self.out.roles.retain(|r, _| !input.roles.contains_key(r));
                return Ok(());
            }
            Strategy::InputOnly => self.out.roles.clear(),
            Strategy::PreferInput | Strategy::PreferBase => {}
        }
        let prefers_input = self.prefers_input(self.options.roles);
        for (role, space) in &self.input.roles {
            if let Some(own) = self.out.roles.get(role) {
                if !same(own, space) {
                    if prefers_input {
                        self.out.roles.insert(role.clone(), space.clone());
                    }
                    self.conflict(format!("both configs have the role '{role}'"))?;
                }
                continue;
            }
            let taken = self.out.color_space(role).map(|s| &s.name);
            let taken = taken.or_else(|| self.out.named_transform(role).map(|n| &n.name));
            if let Some(by) = taken.cloned() {
                self.conflict(format!(
                    "the input's role '{role}' is a name of the base's '{by}', and left out"
                ))?;
                continue;
            }
            self.out.roles.insert(role.clone(), space.clone());
        }
        Ok(())
    }

    /// Whether the input wins.
    fn prefers_input(&self, own: Option<Strategy>) -> bool {
        matches!(
            self.strategy(own),
            Strategy::PreferInput | Strategy::InputOnly
        )
    }

    fn file_rules(&mut self) -> Result<(), OcioError> {
        let (base, input) = (self.base, self.input);
        let first_input = self.options.input_first;
        match self.strategy(self.options.file_rules) {
            Strategy::PreferInput => {
                self.out.strict_parsing = input.strict_parsing;
                self.add_rules(first_input, true)?;
            }
            Strategy::PreferBase => self.add_rules(first_input, false)?,
            Strategy::InputOnly => {
                self.out.strict_parsing = input.strict_parsing;
                self.out.file_rules.clone_from(&input.file_rules);
            }
            Strategy::BaseOnly => {}
            Strategy::Remove => {
                let gone = |r: &FileRule| {
                    r.matcher != Matcher::Default
                        && input.file_rules.iter().any(|i| same(&i.name, &r.name))
                };
                let kept = base.file_rules.iter().filter(|r| !gone(r));
                self.out.file_rules = kept.cloned().collect();
            }
        }
        Ok(())
    }

    /// Rules of both, those of the first in its order.
    fn add_rules(&mut self, input_first: bool, prefers_input: bool) -> Result<(), OcioError> {
        let (first, second) = if input_first {
            (self.input, self.base)
        } else {
            (self.base, self.input)
        };
        let second_wins = input_first != prefers_input;
        let mut rules = first.file_rules.clone();
        for rule in &second.file_rules {
            let Some(own) = rules.iter_mut().find(|r| same(&r.name, &rule.name)) else {
                // The last is the default one.
                rules.insert(rules.len().saturating_sub(1), rule.clone());
                continue;
            };
            if equal_rules(own, rule) {
                continue;
            }
            if second_wins {
                if rule.matcher == Matcher::Default {
                    own.color_space.clone_from(&rule.color_space);
                } else {
                    *own = rule.clone();
                }
            }
            self.conflict(format!("both configs have the file rule '{}'", rule.name))?;
        }
        self.out.file_rules = rules;
        Ok(())
    }

    fn looks(&mut self) {
        let (base, input) = (self.base, self.input);
        let named =
            |looks: &[crate::model::Look], name: &str| looks.iter().any(|l| same(&l.name, name));
        let strategy = self.strategy(self.options.looks);
        self.out.looks = match strategy {
            Strategy::BaseOnly => return,
            Strategy::InputOnly => input.looks.clone(),
            Strategy::Remove => {
                let kept = base.looks.iter().filter(|l| !named(&input.looks, &l.name));
                kept.cloned().collect()
            }
            Strategy::PreferInput | Strategy::PreferBase => {
                let input_first = self.options.input_first;
                let (first, second) = if input_first {
                    (&input.looks, &base.looks)
                } else {
                    (&base.looks, &input.looks)
                };
                let second_wins = input_first != (strategy == Strategy::PreferInput);
                let mut looks = first.clone();
                for look in second {
                    match looks.iter_mut().find(|l| same(&l.name, &look.name)) {
                        Some(own) if second_wins => *own = look.clone(),
                        Some(_) => {}
                        None => looks.push(look.clone()),
                    }
                }
                looks
            }
        };
    }
}

fn equal_rules(a: &FileRule, b: &FileRule) -> bool {
    let (mut keys, mut others) = (a.custom.clone(), b.custom.clone());
    keys.sort();
    others.sort();
    let equal_keys = keys.len() == others.len()
        && keys
            .iter()
            .zip(&others)
            .all(|(p, q)| p.0 == q.0 && same(&p.1, &q.1));
    let equal_matchers = match (&a.matcher, &b.matcher) {
        (
            Matcher::Glob { pattern, extension },
            Matcher::Glob {
                pattern: p,
                extension: e,
            },
        ) => same(pattern, p) && same(extension, e),
        (Matcher::Regex(p), Matcher::Regex(q)) => same(p, q),
        (p, q) => p == q,
    };
    same(&a.color_space, &b.color_space) && equal_matchers && equal_keys
}

/// The second list's entries that the first lacks, after the first.
fn joined(first: &[String], second: &[String]) -> Vec<String> {
    let mut out = first.to_vec();
    for item in second {
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    out
}
