//! From YAML to the model: which key is where, of which kind, and since which version.
//!
//! Unknown keys are warnings and unknown elements of lists too, as in OpenColorIO; what it throws for is an error here, with
//! its line. Numbers must be finite.

mod config;
mod grading;
mod transform;
mod views;

pub(crate) use config::config;
pub(crate) use grading::{HUE_CURVES, TONE_ZONES};
pub(crate) use transform::{
    CDL_STYLES, FIXED_STYLES, GRADING_STYLES, INTERPOLATIONS, NEGATIVE_STYLES,
};

use crate::model::Version;
use crate::yaml::{Node, Value};
use crate::{OcioError, Warning};
use std::collections::BTreeMap;

/// What reading needs besides the tree.
pub(crate) struct Reader {
    pub version: Version,
    pub warnings: Vec<Warning>,
}

impl Reader {
    pub fn warn(&mut self, line: usize, message: impl Into<String>) {
        self.warnings.push(Warning {
            line,
            message: message.into(),
        });
    }

    pub fn unknown(&mut self, object: &str, key: &Node) {
        let name = key.text().unwrap_or_default().to_owned();
        self.warn(
            key.line,
            format!("unknown key '{name}' in {object}, ignored"),
        );
    }
}

/// The keys and values of a map, those without a value left out.
pub(crate) fn entries<'a>(
    node: &'a Node,
    object: &str,
) -> Result<Vec<(&'a str, &'a Node, &'a Node)>, OcioError> {
    match &node.value {
        Value::Map(items) => Ok(items
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.text().unwrap_or_default(), k, v))
            .collect()),
        _ => Err(node.wrong(object, "a map")),
    }
}

pub(crate) fn list<'a>(node: &'a Node, key: &str) -> Result<&'a [Node], OcioError> {
    match &node.value {
        Value::List(items) => Ok(items),
        _ => Err(node.wrong(key, "a list")),
    }
}

pub(crate) fn text(node: &Node, key: &str) -> Result<String, OcioError> {
    match &node.value {
        Value::Scalar(s) => Ok(s.clone()),
        Value::Null => Ok(String::new()),
        _ => Err(node.wrong(key, "a text")),
    }
}

/// A text whose last newlines YAML may have added.
pub(crate) fn prose(node: &Node, key: &str) -> Result<String, OcioError> {
    Ok(text(node, key)?.trim_end_matches('\n').to_owned())
}

pub(crate) fn texts(node: &Node, key: &str) -> Result<Vec<String>, OcioError> {
    list(node, key)?.iter().map(|n| text(n, key)).collect()
}

pub(crate) fn boolean(node: &Node, key: &str) -> Result<bool, OcioError> {
    let known = node.text().map(str::to_ascii_lowercase);
    match known.as_deref() {
        Some("true" | "yes" | "on" | "y") => Ok(true),
        Some("false" | "no" | "off" | "n") => Ok(false),
        _ => Err(node.wrong(key, "true or false")),
    }
}

pub(crate) fn number(node: &Node, key: &str) -> Result<f64, OcioError> {
    let t = node.text().map(str::trim);
    match t.and_then(|t| t.parse::<f64>().ok()) {
        Some(v) if v.is_finite() => Ok(v),
        _ => Err(node.wrong(key, "a finite number")),
    }
}

pub(crate) fn numbers(node: &Node, key: &str) -> Result<Vec<f64>, OcioError> {
    match &node.value {
        Value::List(items) => items.iter().map(|n| number(n, key)).collect(),
        _ => Err(node.wrong(key, "a list of numbers")),
    }
}

pub(crate) fn floats(node: &Node, key: &str) -> Result<Vec<f32>, OcioError> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "these keys are single precision"
    )]
    let narrow = |v: f64| v as f32;
    Ok(numbers(node, key)?.into_iter().map(narrow).collect())
}

pub(crate) fn array<const N: usize>(node: &Node, key: &str) -> Result<[f64; N], OcioError> {
    let v = numbers(node, key)?;
    <[f64; N]>::try_from(v).map_err(|_| node.wrong(key, format!("{N} numbers")))
}

/// One number for all, or one each.
pub(crate) fn spread<const N: usize>(node: &Node, key: &str) -> Result<[f64; N], OcioError> {
    if matches!(node.value, Value::List(_)) {
        array(node, key)
    } else {
        Ok([number(node, key)?; N])
    }
}

/// Keys and texts of a map.
pub(crate) fn pairs(node: &Node, key: &str) -> Result<Vec<(String, String)>, OcioError> {
    match &node.value {
        Value::Map(items) => items
            .iter()
            .map(|(k, v)| Ok((k.text().unwrap_or_default().to_owned(), text(v, key)?)))
            .collect(),
        _ => Err(node.wrong(key, "a map")),
    }
}

/// `interchange` of spaces, looks and view transforms.
pub(crate) fn interchange(
    r: &mut Reader,
    node: &Node,
    known: &[&str],
) -> Result<BTreeMap<String, String>, OcioError> {
    let mut out = BTreeMap::new();
    for (name, key, value) in entries(node, "interchange")? {
        if known.contains(&name) {
            out.insert(name.to_owned(), prose(value, name)?);
        } else {
            r.unknown("interchange", key);
        }
    }
    Ok(out)
}
