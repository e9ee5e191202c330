//! File rules: the colour space of a file by its name.
//!
//! Rules are tried in order; the last, `Default`, always gives. Globs become regular expressions of the whole path, as in
//! OpenColorIO: the extension without regard to case unless it has wildcards. The `regex` crate runs in linear time, so no
//! rule can hang; look-around, which it lacks, is refused.

use crate::OcioError;
use crate::model::{ColorSpace, Config, FileRule, Line, Matcher, Reference};
use regex::Regex;

/// Longest compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

fn compile(pattern: &str, line: usize) -> Result<Regex, OcioError> {
    // Whole path, and `.` meets every character as in ECMAScript but newlines.
    let whole = format!("^(?:{pattern})$");
    regex::RegexBuilder::new(&whole)
        .size_limit(MAX_PATTERN)
        .build()
        .map_err(|e| OcioError::Pattern {
            line,
            pattern: pattern.to_owned(),
            reason: e
                .to_string()
                .lines()
                .last()
                .unwrap_or_default()
                .trim()
                .to_owned(),
        })
}

/// A glob as a regular expression.
fn glob(pattern: &str, any_case: bool, line: usize) -> Result<String, OcioError> {
    let wild = pattern.contains(['[', '*', '?']);
    let wrong = |reason: &str| OcioError::Pattern {
        line,
        pattern: pattern.to_owned(),
        reason: reason.to_owned(),
    };
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '?' => out.push('.'),
            '*' => out.push_str(".*"),
            ']' => return Err(wrong("a ] without [")),
            '[' => {
                out.push('[');
                let mut body = String::new();
                loop {
                    match chars.next() {
                        None => return Err(wrong("a [ without ]")),
                        Some(']') => break,
                        Some('[') => return Err(wrong("a [ inside [ ]")),
                        Some('!') => body.push('^'),
                        Some(c @ ('.' | '?' | '*')) if !body.ends_with('\\') => {
                            return Err(wrong(&format!("a {c} inside [ ]")));
                        }
                        Some(
                            c @ ('+' | '^' | '$' | '{' | '}' | '(' | ')' | '|' | '\\' | '&' | '~'),
                        ) => {
                            body.push('\\');
                            body.push(c);
                        }
                        Some(c) => body.push(c),
                    }
                }
                if body.is_empty() || body == "^" {
                    return Err(wrong("nothing inside [ ]"));
                }
                out.push_str(&body);
                out.push(']');
            }
            c if any_case && !wild && c.is_ascii_alphabetic() => {
                out.push_str(&format!(
                    "[{}{}]",
                    c.to_ascii_lowercase(),
                    c.to_ascii_uppercase()
                ));
            }
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Ok(out)
}

fn matcher_regex(matcher: &Matcher, line: usize) -> Result<Option<Regex>, OcioError> {
    match matcher {
        Matcher::Default | Matcher::PathSearch => Ok(None),
        Matcher::Regex(r) => compile(r, line).map(Some),
        Matcher::Glob { pattern, extension } => {
            let p = glob(pattern, false, line)?;
            let e = glob(extension, true, line)?;
            compile(&format!("(?:{p})\\.(?:{e})"), line).map(Some)
        }
    }
}

/// Whether the pattern can be understood.
pub(crate) fn check_matcher(matcher: &Matcher, line: usize) -> Result<(), OcioError> {
    matcher_regex(matcher, line).map(|_| ())
}

/// The rules of a version 1 config: names in the path, then the best default there is.
pub(crate) fn version_1_rules(c: &Config) -> Vec<FileRule> {
    let search = FileRule {
        name: "ColorSpaceNamePathSearch".into(),
        color_space: String::new(),
        matcher: Matcher::PathSearch,
        custom: Vec::new(),
        line: Line(0),
    };
    let data = |s: &&ColorSpace| s.is_data && s.reference == Reference::Scene;
    let default = if c.color_space("default").is_some() {
        "default"
    } else {
        let raw = c.color_space("raw").filter(|s| s.is_data);
        let space = raw
            .or_else(|| c.color_spaces.iter().find(data))
            .or_else(|| c.color_spaces.first());
        space.map_or("default", |s| s.name.as_str())
    };
    vec![search, FileRule::default_rule(default)]
}

impl Config {
    /// The colour space of a file, and the index of the rule that gave it.
    ///
    /// # Errors
    ///
    /// If a pattern cannot be understood; reading a config checks them.
    pub fn color_space_of_file(&self, path: &str) -> Result<(&str, usize), OcioError> {
        for (i, rule) in self.file_rules.iter().enumerate() {
            match &rule.matcher {
                Matcher::Default => return Ok((&rule.color_space, i)),
                Matcher::PathSearch => {
                    if let Some(space) = self.color_space_in_path(path) {
                        return Ok((&space.name, i));
                    }
                }
                other => {
                    if matcher_regex(other, rule.line.0)?.is_some_and(|r| r.is_match(path)) {
                        return Ok((&rule.color_space, i));
                    }
                }
            }
        }
        Ok(("default", self.file_rules.len()))
    }

    /// The colour space whose name or alias ends furthest right in a path; of two, the longer.
    #[must_use]
    pub fn color_space_in_path(&self, path: &str) -> Option<&ColorSpace> {
        let path = path.to_lowercase();
        let mut best: Option<((usize, usize), &ColorSpace)> = None;
        for space in &self.color_spaces {
            for name in std::iter::once(&space.name).chain(&space.aliases) {
                let name = name.to_lowercase();
                let Some(start) = path.rfind(&name).filter(|_| !name.is_empty()) else {
                    continue;
                };
                let rank = (start + name.len(), name.len());
                if best.is_none_or(|(b, _)| rank > b) {
                    best = Some((rank, space));
                }
            }
        }
        best.map(|(_, s)| s)
    }
}
