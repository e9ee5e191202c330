//! Tables of profiles as operations: `A2B` and `B2A` tags of `mft1`, `mft2`, `mAB ` and `mBA ` between three device channels
//! and the connection space.
//!
//! Parsing is moxcms's. Cubes run tetrahedrally, but trilinearly on CIELAB (whose neutral axis is no diagonal), as in
//! littleCMS; a cube whose edges differ is resampled to the longest.
//! Codes beyond 0..1 meet tables and are clamped there. Source: ICC.1:2022, 10.10 to 10.13.

use std::sync::Arc;

use moxcms::{
    LutDataType, LutMultidimensionalType, LutStore, LutType, LutWarehouse, ToneReprCurve,
};

use super::super::source::{MAX_EDGE, Source, lut1d, red_fastest};
use super::pcs::Encoding;
use crate::op::{Exponent, Interpolation, Lut3D, Matrix, NegativeStyle};
use crate::{ColorError, Direction, Op};

/// Rows of curves that are no power and no table of their own.
const SAMPLES: usize = 16_384;

/// The codes of a table's connection space.
pub(super) fn encoding(lut: &LutWarehouse, lab: bool) -> Encoding {
    match lut {
        _ if !lab => Encoding::Xyz,
        LutWarehouse::Lut(l) if l.lut_type == LutType::Lut16 => Encoding::LabLegacy,
        _ => Encoding::Lab,
    }
}

/// A tag as operations on codes of 0..1, from device to connection space or, with `to_device`, back.
pub(super) fn ops(
    s: &Source,
    lut: &LutWarehouse,
    to_device: bool,
    lab: bool,
) -> Result<Vec<Op>, ColorError> {
    let mut ops = match lut {
        LutWarehouse::Lut(l) => tables(s, l)?,
        LutWarehouse::Multidimensional(m) => stages(s, m, to_device)?,
    };
    if to_device && lab {
        for op in &mut ops {
            if let Op::Lut3D(lut, _) = op {
                Arc::make_mut(lut).interpolation = Interpolation::Linear;
            }
        }
    }
    Ok(ops)
}

fn channels(s: &Source, inputs: u8, outputs: u8) -> Result<(), ColorError> {
    if (inputs, outputs) == (3, 3) {
        return Ok(());
    }
    let reason = format!("a table from {inputs} to {outputs} channels; only 3 to 3 are converted");
    Err(s.error(0, reason))
}

fn values(store: &LutStore) -> Vec<f32> {
    match store {
        LutStore::Store8(v) => v.iter().map(|v| f32::from(*v) / 255.0).collect(),
        LutStore::Store16(v) => v.iter().map(|v| f32::from(*v) / 65535.0).collect(),
    }
}

/// lut8Type and lut16Type: matrix, tables, cube, tables.
fn tables(s: &Source, l: &LutDataType) -> Result<Vec<Op>, ColorError> {
    channels(s, l.num_input_channels, l.num_output_channels)?;
    let mut ops = Vec::new();
    matrix(l.matrix.v, [0.0; 3], &mut ops);
    let table = |store: &LutStore, rows: u16| -> Result<Op, ColorError> {
        let (v, n) = (values(store), usize::from(rows));
        if n < 2 || v.len() != 3 * n {
            return Err(s.error(0, "a table of a profile has fewer entries than it says"));
        }
        let entry = |i: usize| [v[i], v[n + i], v[2 * n + i]];
        Ok(lut1d((0..n).map(entry).collect(), Interpolation::Linear))
    };
    let before = table(&l.input_table, l.num_input_table_entries)?;
    let after = table(&l.output_table, l.num_output_table_entries)?;
    push_table(before, &mut ops);
    ops.push(cube(
        s,
        &values(&l.clut_table),
        [l.num_clut_grid_points; 3],
    )?);
    push_table(after, &mut ops);
    Ok(ops)
}

/// Tables of profiles are often no more than a straight line.
fn push_table(op: Op, ops: &mut Vec<Op>) {
    if let Op::Lut1D(lut, _) = &op {
        let last = (lut.entries.len() - 1) as f32;
        // Half a code of 16 bits.
        let near = |(i, e): (usize, &[f32; 3])| {
            e.iter()
                .all(|v| (v - i as f32 / last).abs() < 0.5 / 65535.0)
        };
        if lut.entries.iter().enumerate().all(near) {
            return;
        }
    }
    ops.push(op);
}

/// lutAToBType and lutBToAType: curves A, cube, curves M, matrix, curves B, or all of it backwards.
fn stages(s: &Source, m: &LutMultidimensionalType, to_device: bool) -> Result<Vec<Op>, ColorError> {
    channels(s, m.num_input_channels, m.num_output_channels)?;
    let mut stages: Vec<Vec<Op>> = Vec::new();
    stages.push(curves(s, &m.a_curves)?);
    let mut middle = Vec::new();
    if let Some(clut) = &m.clut {
        let [a, b, c, ..] = m.grid_points;
        middle.push(cube(s, &values(clut), [a, b, c])?);
    }
    stages.push(middle);
    stages.push(curves(s, &m.m_curves)?);
    let mut linear = Vec::new();
    if !m.m_curves.is_empty() {
        matrix(m.matrix.v, m.bias.v, &mut linear);
    }
    stages.push(linear);
    stages.push(curves(s, &m.b_curves)?);
    if to_device {
        stages.reverse();
    }
    Ok(stages.into_iter().flatten().collect())
}

fn matrix(m: [[f64; 3]; 3], bias: [f64; 3], ops: &mut Vec<Op>) {
    let mut matrix = Matrix::rgb(m);
    matrix.offset[..3].copy_from_slice(&bias);
    if !matrix.is_identity() {
        ops.push(Op::Matrix(matrix));
    }
}

/// Entries whose last input is fastest, as a cube.
fn cube(s: &Source, v: &[f32], grid: [u8; 3]) -> Result<Op, ColorError> {
    let grid = grid.map(usize::from);
    let [a, b, c] = grid;
    if grid.iter().any(|n| !(2..=MAX_EDGE).contains(n)) || v.len() != a * b * c * 3 {
        let reason = format!(
            "a cube of {a} x {b} x {c} entries, expected 2 to {MAX_EDGE} along each edge and all of them"
        );
        return Err(s.error(0, reason));
    }
    let at = |i: [usize; 3]| {
        let k = 3 * ((i[0] * b + i[1]) * c + i[2]);
        [v[k], v[k + 1], v[k + 2]]
    };
    let edge = a.max(b).max(c);
    let blue_fastest: Vec<[f32; 3]> = if a == b && b == c {
        v.chunks_exact(3).map(|e| [e[0], e[1], e[2]]).collect()
    } else {
        let index = |i: usize| [i / edge / edge, i / edge % edge, i % edge];
        (0..edge.pow(3))
            .map(|i| resampled(index(i), edge, grid, &at))
            .collect()
    };
    let lut = Lut3D {
        edge,
        entries: red_fastest(edge, &blue_fastest),
        interpolation: Interpolation::Tetrahedral,
    };
    Ok(Op::Lut3D(Arc::new(lut), Direction::Forward))
}

/// The trilinear value of a grid at a point of a finer one.
fn resampled(
    i: [usize; 3],
    edge: usize,
    grid: [usize; 3],
    at: &impl Fn([usize; 3]) -> [f32; 3],
) -> [f32; 3] {
    let mut low = [0; 3];
    let mut part = [0.0f32; 3];
    for d in 0..3 {
        let x = i[d] as f32 / (edge - 1) as f32 * (grid[d] - 1) as f32;
        low[d] = (x as usize).min(grid[d] - 2);
        part[d] = x - low[d] as f32;
    }
    let mut out = [0.0; 3];
    for corner in 0..8usize {
        let bit = |d: usize| corner >> d & 1;
        let weight: f32 = (0..3)
            .map(|d| if bit(d) == 1 { part[d] } else { 1.0 - part[d] })
            .product();
        let e = at([0, 1, 2].map(|d| low[d] + bit(d)));
        for (o, v) in out.iter_mut().zip(e) {
            *o += weight * v;
        }
    }
    out
}

/// Three curves; none where they do nothing.
fn curves(s: &Source, curves: &[ToneReprCurve]) -> Result<Vec<Op>, ColorError> {
    if curves.is_empty() {
        return Ok(Vec::new());
    }
    let [r, g, b] = curves else {
        return Err(s.error(0, format!("{} curves, expected 3", curves.len())));
    };
    let all = [r, g, b];
    let powers = all.map(power);
    if let [Some(r), Some(g), Some(b)] = powers {
        if [r, g, b].iter().all(|p| (p - 1.0).abs() < 1e-6) {
            return Ok(Vec::new());
        }
        let op = Exponent {
            value: [r, g, b, 1.0],
            style: NegativeStyle::Clamp,
            direction: Direction::Forward,
        };
        op.validate().map_err(|e| s.error(0, e.to_string()))?;
        return Ok(vec![Op::Exponent(op)]);
    }
    let length = |c: &ToneReprCurve| match c {
        ToneReprCurve::Lut(v) if v.len() > 1 => v.len(),
        _ => SAMPLES,
    };
    let n = length(r);
    let n = if all.iter().all(|c| length(c) == n) {
        n
    } else {
        SAMPLES
    };
    let entry = |i: usize| {
        let x = i as f64 / (n - 1) as f64;
        all.map(|c| value(c, x) as f32)
    };
    Ok(vec![lut1d(
        (0..n).map(entry).collect(),
        Interpolation::Linear,
    )])
}

/// The exponent of a curve that is one.
fn power(curve: &ToneReprCurve) -> Option<f64> {
    match curve {
        ToneReprCurve::Lut(v) if v.is_empty() => Some(1.0),
        ToneReprCurve::Lut(v) if v.len() == 1 => Some(f64::from(v[0]) / 256.0),
        ToneReprCurve::Parametric(p) if p.len() == 1 => Some(f64::from(p[0])),
        _ => None,
    }
}

/// A curve at `x` of 0..1, clamped to 0..1.
pub(super) fn value(curve: &ToneReprCurve, x: f64) -> f64 {
    let y = match curve {
        ToneReprCurve::Lut(v) if v.len() > 1 => {
            let at = x * (v.len() - 1) as f64;
            let i = (at as usize).min(v.len() - 2);
            let t = at - i as f64;
            (f64::from(v[i]) * (1.0 - t) + f64::from(v[i + 1]) * t) / 65535.0
        }
        ToneReprCurve::Lut(_) => x.powf(power(curve).unwrap_or(1.0)),
        ToneReprCurve::Parametric(p) => {
            let p: Vec<f64> = p.iter().map(|v| f64::from(*v)).collect();
            match p[..] {
                [g] => x.powf(g),
                [g, a, b] if x >= -b / a => (a * x + b).powf(g),
                [_, _, _] => 0.0,
                [g, a, b, c] if x >= -b / a => (a * x + b).powf(g) + c,
                [_, _, _, c] => c,
                [g, a, b, _, d] if x >= d => (a * x + b).powf(g),
                [_, _, _, c, _] => c * x,
                [g, a, b, _, d, e, _] if x >= d => (a * x + b).powf(g) + e,
                [_, _, _, c, _, _, f] => c * x + f,
                _ => x,
            }
        }
    };
    if y.is_nan() { 0.0 } else { y.clamp(0.0, 1.0) }
}
