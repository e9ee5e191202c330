//! Metadata values as text (iinfo's) and as JSON.

use crate::text::{g, g_digits};
use serde_json::{Value as Json, json};
use vfx_core::Value;

/// A value as iinfo prints it: text in quotes, lists with commas.
pub fn text(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Int(v) => v.to_string(),
        Value::Float(v) => g(f64::from(*v)),
        Value::Double(v) => g_digits(*v, 15),
        Value::Rational(n, d) => rational(*n, *d),
        Value::String(s) => format!("\"{}\"", s.escape_debug().to_string().replace("\\'", "'")),
        Value::Ints(v) => list(v.iter().map(i64::to_string).collect()),
        Value::Floats(v) => list(v.iter().map(|v| g(f64::from(*v))).collect()),
        Value::Doubles(v) => list(v.iter().map(|v| g_digits(*v, 15)).collect()),
        Value::Rationals(v) => list(v.iter().map(|(n, d)| rational(*n, *d)).collect()),
        Value::Strings(v) => list(v.iter().map(|s| format!("\"{s}\"")).collect()),
        Value::TimeCode(t) => t.to_string(),
        Value::KeyCode(k) => list(k.iter().map(i32::to_string).collect()),
        Value::Blob { kind, bytes } => format!("{kind}, {} bytes", bytes.len()),
        other => format!("{other:?}"),
    }
}

fn rational(n: i64, d: i64) -> String {
    format!("{n}/{d} ({})", g(n as f64 / d as f64))
}

/// A value as JSON: numbers, text, arrays; a blob as its type and length. What JSON has no number for is text.
pub fn json(value: &Value) -> Json {
    let single = |v: f32| number(v.to_string().parse().unwrap_or(f64::from(v)));
    match value {
        Value::Int(v) => json!(v),
        Value::Float(v) => single(*v),
        Value::Double(v) => number(*v),
        Value::Rational(n, d) => number(*n as f64 / *d as f64),
        Value::String(s) => json!(s),
        Value::Ints(v) => json!(v),
        Value::Floats(v) => v.iter().map(|v| single(*v)).collect(),
        Value::Doubles(v) => v.iter().map(|v| number(*v)).collect(),
        Value::Rationals(v) => v
            .iter()
            .map(|(n, d)| number(*n as f64 / *d as f64))
            .collect(),
        Value::Strings(v) => json!(v),
        Value::TimeCode(t) => json!(t.to_string()),
        Value::KeyCode(k) => json!(k),
        Value::Blob { kind, bytes } => json!({"type": kind, "bytes": bytes.len()}),
        other => json!(format!("{other:?}")),
    }
}

/// A number, or its name where JSON has none.
pub fn number(v: f64) -> Json {
    if v.is_finite() { json!(v) } else { json!(g(v)) }
}
