//! Numbers of written files: the shortest decimal that reads back as the same value, plain notation where it is short.

/// A value of a table.
pub(super) fn float(v: f32) -> String {
    double(f64::from(v), format!("{v}"), format!("{v:e}"))
}

/// A parameter.
pub(super) fn full(v: f64) -> String {
    double(v, format!("{v}"), format!("{v:e}"))
}

fn double(v: f64, plain: String, scientific: String) -> String {
    if v == 0.0 || plain.len() <= scientific.len() + 6 {
        plain
    } else {
        scientific
    }
}

/// A row of a table.
pub(super) fn row(v: [f32; 3]) -> String {
    v.map(float).join(" ")
}

pub(super) fn list(v: &[f64]) -> String {
    v.iter().map(|v| full(*v)).collect::<Vec<_>>().join(" ")
}
