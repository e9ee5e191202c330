//! Context variables and the search for files.
//!
//! A text may hold `$NAME`, `${NAME}` and `%NAME%`; longer names are replaced first, and what comes out is replaced again, up
//! to 32 times as in OpenColorIO. The result is bounded, so that variables that hold each other cannot grow without end.
//! Values come from the config's `environment`, then from the process (of declared names only, if it declares any), then from
//! [`Context::set`].

use crate::OcioError;
use crate::model::Config;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The longest text that variables may make.
const MAX_RESOLVED: usize = 1 << 16;
/// How often the result is replaced again.
const MAX_DEPTH: usize = 32;

/// Where files of transforms are.
#[derive(Clone, Debug)]
pub(crate) enum Files {
    /// In folders.
    Disk,
    /// In an archive, by normalised path.
    Archive(Arc<BTreeMap<String, Arc<[u8]>>>),
}

/// What a transform's file turned out to be.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file.
    Disk(PathBuf),
    /// Bytes of an archive.
    Memory(PathBuf, Arc<[u8]>),
}

/// The variables of one use of a config.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    vars: BTreeMap<String, String>,
}

/// Whether a text holds `$` or `%`.
pub(crate) fn holds_token(s: &str) -> bool {
    s.contains(['$', '%'])
}

/// Whether a text still has a variable to resolve.
pub(crate) fn holds_variable(s: &str) -> bool {
    s.contains('$') || s.find('%').is_some_and(|i| s[i + 1..].contains('%'))
}

impl Context {
    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.vars.insert(name.into(), value.into());
    }

    /// Its variables, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Replaces variables; what is unknown stays.
    ///
    /// # Errors
    ///
    /// [`OcioError::Limit`] where variables make the text longer than 64 KiB.
    pub fn resolve(&self, text: &str) -> Result<String, OcioError> {
        let mut current = text.to_owned();
        let mut names: Vec<_> = self.vars.iter().collect();
        names.sort_by_key(|(k, _)| std::cmp::Reverse(k.len()));
        for _ in 0..MAX_DEPTH {
            if !holds_variable(&current) {
                break;
            }
            let mut next = current.clone();
            for (name, value) in &names {
                for form in [
                    format!("${{{name}}}"),
                    format!("${name}"),
                    format!("%{name}%"),
                ] {
                    if next.contains(&form) {
                        let grown = next.matches(&form).count() * value.len() + next.len();
                        if grown > MAX_RESOLVED {
                            return Err(OcioError::Limit {
                                line: 0,
                                what: "the bytes that context variables make",
                                limit: MAX_RESOLVED as u64,
                            });
                        }
                        next = next.replace(&form, value);
                    }
                }
            }
            if next == current {
                break;
            }
            current = next;
        }
        Ok(current)
    }
}

impl Config {
    /// The context of this process: defaults of the config, then environment variables.
    #[must_use]
    pub fn context(&self) -> Context {
        let mut vars = self.environment.clone();
        if self.environment_declared {
            for (name, value) in &mut vars {
                if let Ok(v) = std::env::var(name) {
                    *value = v;
                }
            }
        } else {
            for (name, value) in std::env::vars_os() {
                if let (Ok(n), Ok(v)) = (name.into_string(), value.into_string()) {
                    vars.entry(n).or_insert(v);
                }
            }
        }
        Context { vars }
    }

    /// The folders that are searched, variables resolved.
    ///
    /// # Errors
    ///
    /// As [`Context::resolve`].
    pub fn search_folders(&self, context: &Context) -> Result<Vec<PathBuf>, OcioError> {
        let root = self.working_dir.clone().unwrap_or_default();
        if self.search_paths.is_empty() {
            return Ok(vec![root]);
        }
        let folder = |p: &String| {
            let resolved = context.resolve(p)?;
            let trimmed = resolved.trim();
            let trimmed = if trimmed.len() > 1 {
                trimmed.trim_end_matches('/')
            } else {
                trimmed
            };
            Ok(normal(&root.join(trimmed)))
        };
        self.search_paths.iter().map(folder).collect()
    }

    /// Finds a file of a transform.
    pub(crate) fn find_file(&self, name: &str, context: &Context) -> Result<Found, OcioError> {
        let resolved = context.resolve(name)?;
        let path = Path::new(&resolved);
        let mut tried = Vec::new();
        let folders = if path.is_absolute() {
            vec![PathBuf::new()]
        } else {
            self.search_folders(context)?
        };
        for folder in folders {
            let full = normal(&folder.join(path));
            if !holds_variable(&full.to_string_lossy()) {
                match &self.files {
                    Files::Disk if full.is_file() => return Ok(Found::Disk(full)),
                    Files::Disk => {}
                    Files::Archive(files) => {
                        let key = archive_key(&full);
                        if let Some(bytes) = files.get(&key) {
                            return Ok(Found::Memory(full, bytes.clone()));
                        }
                    }
                }
            }
            tried.push(full);
        }
        Err(OcioError::MissingFile {
            line: 0,
            file: resolved,
            tried,
        })
    }
}

/// The path of a file inside an archive: `/` between the parts, none at the start.
pub(crate) fn archive_key(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.split('/')
        .filter(|p| !p.is_empty() && *p != ".")
        .collect::<Vec<_>>()
        .join("/")
}

/// Without `.` and, where the folder before it is named, without `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_replace_longest_first_and_again() {
        let mut c = Context::default();
        c.set("TE", "1");
        c.set("TESTING", "2");
        c.set("TEST", "3");
        c.set("SHOT", "${TE}a%TEST%");
        assert_eq!(c.resolve("$TEST_$TESTING_$TE/$SHOT").unwrap(), "3_2_1/1a3");
        assert_eq!(c.resolve("100%").unwrap(), "100%");
        assert_eq!(c.resolve("$NO").unwrap(), "$NO");
    }

    #[test]
    fn variables_that_grow_are_bounded() {
        let mut c = Context::default();
        for i in 0..40 {
            c.set(format!("V{i:02}"), format!("$V{:02}$V{:02}", i + 1, i + 1));
        }
        assert!(matches!(c.resolve("$V00"), Err(OcioError::Limit { .. })));
        c.set("SELF", "$SELF");
        assert_eq!(c.resolve("$SELF").unwrap(), "$SELF");
    }
}
