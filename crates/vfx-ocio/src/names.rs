//! Names of a config: spaces, roles, aliases, looks, transforms; all compare without regard to case.

use crate::context::holds_token;
use crate::model::{ColorSpace, Config, Look, NamedTransform, Reference, ViewTransform};
use crate::{OcioError, transform::Transform};
use vfx_color::Direction;

/// Which colour spaces or named transforms to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Those that menus show.
    #[default]
    Active,
    /// Those that the config or `OCIO_INACTIVE_COLORSPACES` hides.
    Inactive,
    /// All.
    All,
}

/// Names, with how it compares.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

impl ColorSpace {
    /// Whether this is its name or an alias.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        same(&self.name, name) || self.aliases.iter().any(|a| same(a, name))
    }
}

impl NamedTransform {
    /// Whether this is its name or an alias.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        same(&self.name, name) || self.aliases.iter().any(|a| same(a, name))
    }

    /// The transform of a direction: the stored one, or the other and that it has to run backwards.
    #[must_use]
    pub fn transform(&self, direction: Direction) -> Option<(&Transform, Direction)> {
        let (own, other) = match direction {
            Direction::Forward => (&self.transform, &self.inverse_transform),
            Direction::Inverse => (&self.inverse_transform, &self.transform),
        };
        let backwards = other.as_ref().map(|t| (t, Direction::Inverse));
        own.as_ref().map(|t| (t, Direction::Forward)).or(backwards)
    }
}

impl Config {
    /// A colour space by name, alias or role.
    #[must_use]
    pub fn color_space(&self, name: &str) -> Option<&ColorSpace> {
        let by_name = |n: &str| self.color_spaces.iter().find(|s| s.is_named(n));
        by_name(name).or_else(|| by_name(self.roles.get(&name.to_lowercase())?))
    }

    /// A named transform by name or alias.
    #[must_use]
    pub fn named_transform(&self, name: &str) -> Option<&NamedTransform> {
        if name.is_empty() {
            return None;
        }
        self.named_transforms.iter().find(|n| n.is_named(name))
    }

    /// A look by name.
    #[must_use]
    pub fn look(&self, name: &str) -> Option<&Look> {
        self.looks.iter().find(|l| same(&l.name, name))
    }

    /// A view transform by name.
    #[must_use]
    pub fn view_transform(&self, name: &str) -> Option<&ViewTransform> {
        self.view_transforms.iter().find(|v| same(&v.name, name))
    }

    /// The view transform between the two references: the default one, or the first from the scene.
    #[must_use]
    pub fn default_scene_to_display(&self) -> Option<&ViewTransform> {
        let from_scene = |v: &&ViewTransform| v.reference == Reference::Scene;
        let named = self
            .view_transform(&self.default_view_transform)
            .filter(from_scene);
        named.or_else(|| self.view_transforms.iter().find(from_scene))
    }

    /// Hidden names: of `OCIO_INACTIVE_COLORSPACES`, or else of the config.
    fn inactive(&self) -> Vec<String> {
        match std::env::var("OCIO_INACTIVE_COLORSPACES") {
            Ok(v) if !v.trim().is_empty() => crate::looks::split_names(&v),
            _ => self.inactive_color_spaces.clone(),
        }
    }

    /// Colour spaces in the order of the config.
    pub fn list_color_spaces(&self, visibility: Visibility) -> Vec<&ColorSpace> {
        let hidden = self.inactive();
        let wanted = |s: &&ColorSpace| match visibility {
            Visibility::All => true,
            v => hidden.iter().any(|h| s.is_named(h)) == (v == Visibility::Inactive),
        };
        self.color_spaces.iter().filter(wanted).collect()
    }

    /// Named transforms in the order of the config.
    pub fn list_named_transforms(&self, visibility: Visibility) -> Vec<&NamedTransform> {
        let hidden = self.inactive();
        let wanted = |s: &&NamedTransform| match visibility {
            Visibility::All => true,
            v => hidden.iter().any(|h| s.is_named(h)) == (v == Visibility::Inactive),
        };
        self.named_transforms.iter().filter(wanted).collect()
    }

    /// The categories that menus show: those of `OCIO_USER_CATEGORIES`, else `asked`. Categories that nothing is in are left
    /// out, so that a list never becomes empty by a misspelling, as in OpenColorIO's menu helper.
    #[must_use]
    pub fn user_categories(&self, asked: &[String]) -> Vec<String> {
        let mut wanted = match std::env::var("OCIO_USER_CATEGORIES") {
            Ok(v) if !v.trim().is_empty() => crate::looks::split_names(&v),
            _ => asked.to_vec(),
        };
        let spaces = self.color_spaces.iter().map(|s| &s.categories);
        let named = self.named_transforms.iter().map(|n| &n.categories);
        let all: Vec<&Vec<String>> = spaces.chain(named).collect();
        wanted.retain(|w| all.iter().any(|c| c.iter().any(|c| same(c, w))));
        wanted
    }

    /// A colour space by interop id: the space that declares it, else the one that has it as a name or alias.
    #[must_use]
    pub fn color_space_of_id(&self, id: &str) -> Option<&ColorSpace> {
        if id.is_empty() {
            return None;
        }
        let declared = self.color_spaces.iter().find(|s| same(&s.interop_id, id));
        declared.or_else(|| self.color_spaces.iter().find(|s| s.is_named(id)))
    }

    /// The error of a name that is not there, with the nearest that is.
    pub(crate) fn unknown(&self, kind: &'static str, name: &str) -> OcioError {
        let names: Vec<&str> = match kind {
            "look" => self.looks.iter().map(|l| l.name.as_str()).collect(),
            "display" => self.displays.iter().map(|d| d.name.as_str()).collect(),
            _ => {
                let spaces = self.color_spaces.iter().map(|s| s.name.as_str());
                let aliases = self
                    .color_spaces
                    .iter()
                    .flat_map(|s| &s.aliases)
                    .map(String::as_str);
                let roles = self.roles.keys().map(String::as_str);
                let named = self.named_transforms.iter().map(|n| n.name.as_str());
                spaces.chain(named).chain(roles).chain(aliases).collect()
            }
        };
        OcioError::Unknown {
            kind,
            name: name.into(),
            known: nearest(name, &names).map(str::to_owned),
        }
    }
}

/// Whether one of the categories is among those that are wanted.
#[must_use]
pub fn in_categories(own: &[String], wanted: &[String]) -> bool {
    own.iter().any(|c| wanted.iter().any(|w| same(c, w)))
}

/// The name with the fewest edits, if they are few.
pub(crate) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(200).collect();
    let distance = |other: &str| {
        let other: Vec<char> = other.to_lowercase().chars().take(200).collect();
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (i, a) in wanted.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, b) in other.iter().enumerate() {
                let step = diagonal + usize::from(a != b);
                diagonal = row[j + 1];
                row[j + 1] = step.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[other.len()]
    };
    let best = names
        .iter()
        .map(|n| (distance(n), *n))
        .min_by_key(|(d, _)| *d)?;
    (best.0 <= wanted.len().div_ceil(3)).then_some(best.1)
}

/// Every name and alias belongs to one space, role or named transform; none holds a context variable.
pub(crate) fn check_names(c: &Config, role_lines: &[(String, usize)]) -> Result<(), OcioError> {
    let mut owners: std::collections::HashMap<String, (String, usize)> =
        std::collections::HashMap::new();
    let v2 = c.version.major >= 2;
    let role_line = |role: &str| {
        role_lines
            .iter()
            .find(|(r, _)| r == role)
            .map_or(0, |(_, l)| *l)
    };
    for role in c.roles.keys() {
        if v2 && holds_token(role) {
            return Err(OcioError::ReservedName {
                line: role_line(role),
                name: role.clone(),
            });
        }
        owners.insert(role.clone(), (format!("the role '{role}'"), usize::MAX));
    }
    let spaces = c
        .color_spaces
        .iter()
        .map(|s| ("colour space", &s.name, &s.aliases, s.line.0));
    let named = c
        .named_transforms
        .iter()
        .map(|n| ("named transform", &n.name, &n.aliases, n.line.0));
    for (id, (kind, name, aliases, line)) in spaces.chain(named).enumerate() {
        let of_alias = |n: &String| holds_token(n);
        if (v2 || kind == "named transform") && holds_token(name) || aliases.iter().any(of_alias) {
            return Err(OcioError::ReservedName {
                line,
                name: aliases.iter().find(|a| of_alias(a)).unwrap_or(name).clone(),
            });
        }
        for n in std::iter::once(name).chain(aliases) {
            let owner = (format!("the {kind} '{name}'"), id);
            match owners.insert(n.to_lowercase(), owner) {
                Some((by, other)) if other != id => {
                    return Err(OcioError::NameTaken {
                        line,
                        name: n.clone(),
                        by,
                    });
                }
                _ => {}
            }
        }
    }
    Ok(())
}
