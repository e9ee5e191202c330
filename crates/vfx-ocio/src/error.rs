//! What can go wrong with a config, one enum for the crate. Messages say the line where the config has one, and what to do.

use std::path::PathBuf;
use vfx_color::ColorError;

/// An error of a config or of a transform built from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OcioError {
    /// The text is no YAML.
    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// The text asks for more than a config may: nesting, items, bytes, aliases.
    #[error("line {line}: {what} pass the limit of {limit}")]
    Limit {
        /// Line, from 1.
        line: usize,
        /// What there is too much of.
        what: &'static str,
        /// What is allowed.
        limit: u64,
    },
    /// `ocio_profile_version` is missing or of no version that is known.
    #[error("line {line}: ocio_profile_version is '{found}', expected 1 or 2 to 2.6")]
    Version {
        /// Line, from 1.
        line: usize,
        /// What the config says; empty if nothing.
        found: String,
    },
    /// A value is of the wrong kind or outside what its key allows.
    #[error("line {line}: {key} is {found}, expected {expected}")]
    Value {
        /// Line, from 1.
        line: usize,
        /// The key or object.
        key: String,
        /// What was found.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// A key that an object needs is not there.
    #[error("line {line}: {object} has no {key}")]
    Missing {
        /// Line, from 1.
        line: usize,
        /// The object.
        object: String,
        /// The key.
        key: &'static str,
    },
    /// A key is there twice.
    #[error("line {line}: key '{key}' is there twice")]
    DuplicateKey {
        /// Line of the second, from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// Two objects have one name.
    #[error("line {line}: the name '{name}' is taken by {by}")]
    NameTaken {
        /// Line, from 1; 0 where there is none.
        line: usize,
        /// The name or alias.
        name: String,
        /// What has it.
        by: String,
    },
    /// A name may not hold what it holds.
    #[error("line {line}: the name '{name}' holds $ or %, which stand for context variables")]
    ReservedName {
        /// Line, from 1; 0 where there is none.
        line: usize,
        /// The name.
        name: String,
    },
    /// A feature is newer than the version that the config declares.
    #[error("line {line}: {feature} needs ocio_profile_version {needs}, the config says {found}")]
    TooNew {
        /// Line, from 1; 0 where there is none.
        line: usize,
        /// The feature.
        feature: String,
        /// The lowest version that has it.
        needs: String,
        /// The version of the config.
        found: String,
    },
    /// A name refers to nothing.
    #[error("{}{user} refers to {kind} '{name}', which is not defined", at(*line))]
    Undefined {
        /// Line, from 1; 0 where there is none.
        line: usize,
        /// What refers to it.
        user: String,
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Something in the config contradicts itself.
    #[error("{}{object}: {reason}", at(*line))]
    Invalid {
        /// Line, from 1; 0 where there is none.
        line: usize,
        /// The object.
        object: String,
        /// What is wrong, and what was expected.
        reason: String,
    },
    /// Spaces, looks or variables need each other.
    #[error("{}a cycle: {}; define one of them without the others", at(*line), chain.join(" -> "))]
    Cycle {
        /// Line of the first, from 1; 0 where there is none.
        line: usize,
        /// What leads to what; the first is the last.
        chain: Vec<String>,
    },
    /// No colour space, role or named transform of that name.
    #[error("there is no {kind} '{name}'{}", known.as_ref().map_or(String::new(), |k| format!("; the nearest is '{k}'")))]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        name: String,
        /// The nearest name there is.
        known: Option<String>,
    },
    /// A file of a transform was not found.
    #[error("{}the file '{file}' was not found; tried {}; put it there, or add its folder to search_path", at(*line), tried.iter().map(|p| format!("\"{}\"", p.display())).collect::<Vec<_>>().join(", "))]
    MissingFile {
        /// Line of what needs it, from 1; 0 where there is none.
        line: usize,
        /// The name in the transform, variables resolved.
        file: String,
        /// Where it was looked for.
        tried: Vec<PathBuf>,
    },
    /// A pattern of a file rule cannot be understood.
    #[error("line {line}: the pattern '{pattern}' is no regular expression: {reason}")]
    Pattern {
        /// Line, from 1; 0 where there is none.
        line: usize,
        /// The pattern.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// No built-in config of that name.
    #[error("there is no built-in config '{name}'; see `vfx color list --configs`")]
    UnknownConfig {
        /// The name.
        name: String,
    },
    /// An archive is damaged, or its content breaks the limits.
    #[error("{reason}: \"{path}\"")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Two configs that are merged define something differently.
    #[error(
        "{what}; allow conflicts, or prefer one config with a strategy that takes only its part"
    )]
    Conflict {
        /// What, and what would have become of it.
        what: String,
    },
    /// Two configs have no colour space in common.
    #[error("the configs share no interchange space; give both the role '{role}'")]
    NoInterchange {
        /// The role that would help.
        role: &'static str,
    },
    /// An operation or a file of a transform.
    #[error(transparent)]
    Color(#[from] ColorError),
    /// Something failed inside a file.
    #[error("in \"{path}\": {source}")]
    InFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<OcioError>,
    },
    /// The config of the environment.
    #[error("the variable OCIO: {source}")]
    Environment {
        /// Why it cannot be used.
        source: Box<OcioError>,
    },
    /// Reading or writing failed.
    #[error("cannot access \"{path}\"")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// `line 7: ` or nothing.
fn at(line: usize) -> String {
    if line == 0 {
        String::new()
    } else {
        format!("line {line}: ")
    }
}

impl OcioError {
    /// The line of the config, from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Syntax { line, .. }
            | Self::Limit { line, .. }
            | Self::Version { line, .. }
            | Self::Value { line, .. }
            | Self::Missing { line, .. }
            | Self::DuplicateKey { line, .. }
            | Self::NameTaken { line, .. }
            | Self::ReservedName { line, .. }
            | Self::TooNew { line, .. }
            | Self::Undefined { line, .. }
            | Self::Invalid { line, .. }
            | Self::Cycle { line, .. }
            | Self::MissingFile { line, .. }
            | Self::Pattern { line, .. } => (*line > 0).then_some(*line),
            Self::InFile { source, .. } | Self::Environment { source } => source.line(),
            _ => None,
        }
    }

    /// The same error, with the file it is in.
    #[must_use]
    pub fn in_file(self, path: &std::path::Path) -> Self {
        match self {
            Self::InFile { .. } | Self::Io { .. } | Self::Archive { .. } => self,
            other => Self::InFile {
                path: path.to_owned(),
                source: Box::new(other),
            },
        }
    }
}

/// A remark about a config that does not stop it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Line, from 1; 0 where there is none.
    pub line: usize,
    /// What was found, and what becomes of it.
    pub message: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", at(self.line), self.message)
    }
}
