//! `.ociom` files: one or several merges, each with its options; a later one may use the result of an earlier one.

use super::{MergeOptions, STRATEGIES, Strategy, merge};
use crate::model::Config;
use crate::read::{boolean, entries, list, pairs, prose, text, texts};
use crate::yaml::{Node, Value};
use crate::{OcioError, Warning};
use std::path::{Path, PathBuf};

/// One merge of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merge {
    /// The name of the result, for later merges.
    pub output: String,
    /// The config that is merged into: a file, a built-in one, or a result.
    pub base: String,
    /// The config that is merged.
    pub input: String,
    /// How.
    pub options: MergeOptions,
}

/// The merges of an `.ociom` file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merger {
    /// Folders of the configs, relative to the file's.
    pub search_paths: Vec<String>,
    /// The merges, in order.
    pub merges: Vec<Merge>,
    /// The folder of the file.
    pub working_dir: PathBuf,
    /// Keys that nobody knows.
    pub warnings: Vec<Warning>,
}

impl Merger {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or breaks the format.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OcioError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| OcioError::Io {
            path: path.into(),
            source,
        })?;
        let read = Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|e| e.in_file(path))?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
        Ok(Self {
            working_dir: absolute.parent().unwrap_or(Path::new("")).into(),
            ..read
        })
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// If it breaks the format.
    pub fn parse(source: &str) -> Result<Self, OcioError> {
        let root = Node::parse(source)?;
        let mut out = Self::default();
        for (key, at, value) in entries(&root, "the file")? {
            match key {
                "ociom_version" => {
                    let known = ["1", "1.0"];
                    if !value.text().is_some_and(|v| known.contains(&v.trim())) {
                        return Err(value.wrong(key, "1.0"));
                    }
                }
                "search_path" => out.search_paths = paths(value, key)?,
                "merge" => {
                    for (name, _, node) in entries(value, key)? {
                        let merge = out.merge_of(name, node)?;
                        out.merges.push(merge);
                    }
                }
                _ => out.unknown(key, at),
            }
        }
        Ok(out)
    }

    fn unknown(&mut self, key: &str, at: &Node) {
        self.warnings.push(Warning {
            line: at.line,
            message: format!("unknown key '{key}', ignored"),
        });
    }

    fn merge_of(&mut self, name: &str, node: &Node) -> Result<Merge, OcioError> {
        let mut m = Merge {
            output: name.to_owned(),
            ..Merge::default()
        };
        for (key, at, value) in entries(node, name)? {
            match key {
                "base" => m.base = text(value, key)?,
                "input" => m.input = text(value, key)?,
                "options" => self.options(value, &mut m.options)?,
                "overrides" => self.overrides(value, &mut m.options)?,
                "params" => self.strategies(value, &mut m.options)?,
                _ => self.unknown(key, at),
            }
        }
        for (key, value) in [("base", &m.base), ("input", &m.input)] {
            if value.is_empty() {
                return Err(OcioError::Missing {
                    line: node.line,
                    object: format!("the merge '{name}'"),
                    key,
                });
            }
        }
        Ok(m)
    }

    fn options(&mut self, node: &Node, o: &mut MergeOptions) -> Result<(), OcioError> {
        for (key, at, value) in entries(node, "options")? {
            match key {
                "input_family_prefix" => o.input_family_prefix = text(value, key)?,
                "base_family_prefix" => o.base_family_prefix = text(value, key)?,
                "input_first" => o.input_first = boolean(value, key)?,
                "error_on_conflict" => o.error_on_conflict = boolean(value, key)?,
                "avoid_duplicates" => o.avoid_duplicates = boolean(value, key)?,
                "adjust_input_reference_space" => {
                    o.adjust_input_reference_space = boolean(value, key)?;
                }
                "assume_common_reference_space" => {
                    o.adjust_input_reference_space = !boolean(value, key)?;
                }
                "default_strategy" => o.default_strategy = strategy(value, key)?,
                _ => self.unknown(key, at),
            }
        }
        Ok(())
    }

    fn overrides(&mut self, node: &Node, o: &mut MergeOptions) -> Result<(), OcioError> {
        for (key, at, value) in entries(node, "overrides")? {
            match key {
                "name" => o.name = prose(value, key)?,
                "description" => o.description = prose(value, key)?,
                "search_path" => o.search_paths = paths(value, key)?,
                "environment" => o.environment = pairs(value, key)?.into_iter().collect(),
                "active_displays" => o.active_displays = texts(value, key)?,
                "active_views" => o.active_views = texts(value, key)?,
                "inactive_colorspaces" => o.inactive_color_spaces = texts(value, key)?,
                _ => self.unknown(key, at),
            }
        }
        Ok(())
    }

    fn strategies(&mut self, node: &Node, o: &mut MergeOptions) -> Result<(), OcioError> {
        for (key, at, value) in entries(node, "params")? {
            let place = match key {
                "roles" => &mut o.roles,
                "file_rules" => &mut o.file_rules,
                "display-views" => &mut o.display_views,
                "view_transforms" => &mut o.view_transforms,
                "looks" => &mut o.looks,
                "colorspaces" => &mut o.color_spaces,
                "named_transforms" => &mut o.named_transforms,
                _ => {
                    self.unknown(key, at);
                    continue;
                }
            };
            for (inner, at, value) in entries(value, key)? {
                if inner == "strategy" {
                    *place = Some(strategy(value, inner)?);
                } else {
                    self.warnings.push(Warning {
                        line: at.line,
                        message: format!("unknown key '{inner}' in {key}, ignored"),
                    });
                }
            }
        }
        Ok(())
    }

    /// The config of a name: in the folders, built in, or the result of an earlier merge.
    fn config(&self, name: &str, done: &[Config]) -> Result<Config, OcioError> {
        if let Some(i) = self.merges[..done.len()]
            .iter()
            .position(|m| m.output.eq_ignore_ascii_case(name))
        {
            return Ok(done[i].clone());
        }
        let own = [String::new()];
        let folders = if self.search_paths.is_empty() {
            &own[..]
        } else {
            &self.search_paths
        };
        let mut tried = Vec::new();
        for folder in folders {
            let folder = folder.trim();
            let path = crate::context::normal(&self.working_dir.join(folder).join(name));
            if path.is_file() {
                return Config::open(path);
            }
            tried.push(path);
        }
        let builtin = name.strip_prefix("ocio://").unwrap_or(name);
        if name.starts_with("ocio://") || crate::builtin::names().any(|n| n == builtin) {
            return crate::builtin::config(builtin);
        }
        Err(OcioError::MissingFile {
            line: 0,
            file: name.to_owned(),
            tried,
        })
    }

    /// Runs the merges; a result each.
    ///
    /// # Errors
    ///
    /// If a config cannot be opened, or as [`merge`].
    pub fn run(&self) -> Result<Vec<Config>, OcioError> {
        let mut done: Vec<Config> = Vec::new();
        for m in &self.merges {
            let base = self.config(&m.base, &done)?;
            let input = self.config(&m.input, &done)?;
            done.push(merge(&base, &input, &m.options)?);
        }
        Ok(done)
    }
}

/// A list, or a text with `:` between paths.
fn paths(node: &Node, key: &str) -> Result<Vec<String>, OcioError> {
    match &node.value {
        Value::List(_) => list(node, key)?.iter().map(|n| text(n, key)).collect(),
        _ => {
            let t = text(node, key)?;
            let parts = t.split(':').filter(|p| !p.trim().is_empty());
            Ok(parts.map(str::to_owned).collect())
        }
    }
}

fn strategy(node: &Node, key: &str) -> Result<Strategy, OcioError> {
    let found = STRATEGIES.iter().find(|(n, _)| node.text() == Some(n));
    found.map(|(_, s)| *s).ok_or_else(|| {
        let names: Vec<_> = STRATEGIES.iter().map(|(n, _)| *n).collect();
        node.wrong(key, names.join(", "))
    })
}
