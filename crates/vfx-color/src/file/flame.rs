//! `.3dl` of Flame and Lustre: an optional shaper line, then a cube of integers, blue fastest.
//!
//! The bit depth follows from the largest value (8, 10, 12 or 16 bits, up to twice the full scale); a shaper that is within
//! two codes of even steps is left out. Lines whose first word has a letter are keywords. Source: OpenColorIO's FileFormat3DL.

use super::source::{MAX_EDGE, Source, cube_edge, lines, red_fastest};
use super::{Info, WriteOptions, bake, head};
use crate::{ColorError, Op};

/// Largest values below this are not codes but another format.
const LEAST_MAXIMUM: i64 = 128;
/// Full scale of written shapers and cubes: 10 and 12 bits.
const SHAPER_CODES: f64 = 1023.0;
const CUBE_CODES: f64 = 4095.0;

pub(super) fn is_lustre(bytes: &[u8], _: &str) -> bool {
    head(bytes).lines().any(|l| l.trim() == "3DMESH")
}

pub(super) fn is_flame(bytes: &[u8], extension: &str) -> bool {
    extension == "3dl" && !head(bytes).trim_start().starts_with('<')
}

/// Full scale for a largest value.
fn full_scale(max: i64) -> f32 {
    match max {
        ..=511 => 255.0,
        512..=2047 => 1023.0,
        2048..=8191 => 4095.0,
        _ => 65535.0,
    }
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let mut shaper: Vec<i64> = Vec::new();
    let mut cube: Vec<[f32; 3]> = Vec::new();
    let (mut max, mut last) = (0, 0);
    for line in lines(&text).filter(|l| !l.text.starts_with('#')) {
        let n = line.number;
        if line.text.starts_with('<') {
            return Err(s.error(n, "expected integers, found XML"));
        }
        let words = line.words();
        if words[0].contains(|c: char| c.is_alphabetic()) {
            continue;
        }
        last = n;
        let integers = words.iter().map(|w| s.integer::<i32>(n, w).map(i64::from));
        let values = integers.collect::<Result<Vec<i64>, _>>()?;
        match values[..] {
            [r, g, b] => {
                if cube.len() == MAX_EDGE.pow(3) {
                    return Err(s.error(n, format!("more than {MAX_EDGE}^3 entries")));
                }
                max = max.max(r).max(g).max(b);
                cube.push([r as f32, g as f32, b as f32]);
            }
            [_, _] | [_] | [] => {
                return Err(s.error(n, "expected three values, or more for the shaper"));
            }
            _ if shaper.is_empty() => shaper = values,
            _ => return Err(s.error(n, "more than one shaper")),
        }
    }
    if shaper.is_empty() && cube.is_empty() {
        return Err(s.error(last, "neither a shaper nor a cube"));
    }
    let plausible = |max: i64, what: &str| {
        if max >= LEAST_MAXIMUM {
            return Ok(full_scale(max));
        }
        let reason = format!("the largest value of the {what} is {max}: too low for a code");
        Err(s.error(last, reason))
    };
    let mut ops = Vec::new();
    if !shaper.is_empty() {
        let scale = plausible(shaper.iter().copied().max().unwrap_or(0), "shaper")?;
        let step = scale / (shaper.len() - 1) as f32;
        let even = |(i, v): (usize, &i64)| (i as f32 * step - *v as f32).abs() < 2.0;
        if !shaper.iter().enumerate().all(even) {
            let entries = shaper.iter().map(|v| [*v as f32 / scale; 3]).collect();
            ops.push(s.lut1d(entries));
        }
    }
    if !cube.is_empty() {
        let scale = plausible(max, "cube")?;
        let edge = cube_edge(cube.len())
            .ok_or_else(|| s.error(last, format!("{} entries are no cube", cube.len())))?;
        for entry in &mut cube {
            *entry = entry.map(|v| v / scale);
        }
        ops.push(s.lut3d(edge, red_fastest(edge, &cube)));
    }
    Ok((ops, Vec::new()))
}

pub(super) fn write_flame(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    Ok(body("flame", ops)?.1)
}

pub(super) fn write_lustre(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let (edge, body) = body("lustre", ops)?;
    let mesh = (edge - 1).ilog2();
    Ok(format!("3DMESH\nMesh {mesh} 12\n{body}\nLUT8\ngamma 1.0\n"))
}

/// Values outside 0..1 are clamped: the format has no others.
fn body(format: &'static str, ops: &[Op]) -> Result<(usize, String), ColorError> {
    let cube = bake::only_cube(format, ops)?;
    let n = cube.edge;
    // Two or three values would read as something else than a shaper.
    let points = n.max(4);
    let code = |v: f64, full: f64| (v.clamp(0.0, 1.0) * full).round() as u32;
    let shaper: Vec<String> = (0..points)
        .map(|i| code(i as f64 / (points - 1) as f64, SHAPER_CODES).to_string())
        .collect();
    let mut out = shaper.join(" ") + "\n";
    for i in 0..n.pow(3) {
        let (b, g, r) = (i % n, i / n % n, i / n / n);
        let entry = cube.entries[(b * n + g) * n + r];
        let [r, g, b] = entry.map(|v| code(f64::from(v), CUBE_CODES));
        out += &format!("{r} {g} {b}\n");
    }
    Ok((n, out))
}
