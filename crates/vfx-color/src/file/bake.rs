//! Any program as tables: a 1D table, a cube, or a shaper and a cube; and the other way, operations as the parts that LUT
//! formats hold.
//!
//! Tables are sampled with the `f64` reference of the program over `domain`, clamped nowhere. With a shaper the cube is
//! sampled evenly in the shaper's output: it holds the shaper's inverse and then the program. Cost: one evaluation an entry.

use std::sync::Arc;

use super::source::{MAX_EDGE, MAX_ROWS, lut1d};
use crate::op::{Direction, Interpolation, Lut1D, Lut3D, Matrix};
use crate::program::Optimization;
use crate::{ColorError, ColorProgram, Op};

/// What to bake into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baked {
    /// A 1D table; the program must treat channels apart.
    Table,
    /// A cube.
    Cube,
    /// A shaper and a cube.
    ShaperAndCube,
}

/// How the shaper before a cube is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShaperForm {
    /// Rows that lie evenly in the input.
    #[default]
    Even,
    /// A row for every half float: exact steps for linear light of any exposure.
    HalfDomain,
    /// Rows that lie evenly in the output, as the inverse of a table.
    Inverse,
}

/// How to bake.
#[derive(Clone, Debug, PartialEq)]
pub struct BakeOptions {
    /// Into what; if none, a table where channels are apart, else a cube, shaped if there is a shaper.
    pub kind: Option<Baked>,
    /// Rows of a table or shaper, 2 to 300,000.
    pub rows: usize,
    /// Edge of a cube, 2 to 129.
    pub edge: usize,
    /// From the input to 0..1, separable.
    pub shaper: Vec<Op>,
    /// What the shaper becomes.
    pub shaper_form: ShaperForm,
    /// Input values that the table or shaper covers.
    pub domain: [f32; 2],
}

impl Default for BakeOptions {
    fn default() -> Self {
        Self {
            kind: None,
            rows: 4096,
            edge: 33,
            shaper: Vec::new(),
            shaper_form: ShaperForm::Even,
            domain: [0.0, 1.0],
        }
    }
}

impl BakeOptions {
    /// What a format holds and OpenColorIO's sizes for it; `shaped` if there will be a shaper.
    #[must_use]
    pub fn of(format: &str, shaped: bool) -> Self {
        let cube = |edge, rows| Self {
            kind: Some(Baked::Cube),
            edge,
            rows,
            ..Self::default()
        };
        match format {
            "flame" => cube(17, 17),
            "lustre" => cube(33, 33),
            "iridas_cube" | "spi3d" => cube(32, 4096),
            "truelight" => cube(32, 1024),
            "iridas_itx" => cube(64, 4096),
            "pandora_m3d" | "pandora_mga" => cube(33, 4096),
            "cinespace" => Self {
                kind: Some(if shaped {
                    Baked::ShaperAndCube
                } else {
                    Baked::Cube
                }),
                shaper_form: ShaperForm::Inverse,
                ..cube(32, 1024)
            },
            "spi1d" => Self {
                kind: Some(Baked::Table),
                ..Self::default()
            },
            "houdini" => Self {
                rows: 1024,
                edge: 64,
                ..Self::default()
            },
            "Academy/ASC Common LUT Format" | "Color Transform Format" => Self {
                edge: 64,
                shaper_form: ShaperForm::HalfDomain,
                ..Self::default()
            },
            _ => Self {
                edge: 64,
                ..Self::default()
            },
        }
    }
}

/// The operations of `program` as tables.
///
/// # Errors
///
/// If a size is outside its limits, a table is asked of a program that mixes channels, or the shaper has no inverse.
pub fn bake(program: &ColorProgram, options: &BakeOptions) -> Result<Vec<Op>, ColorError> {
    limit("rows of a baked table", options.rows, MAX_ROWS)?;
    limit("edge of a baked cube", options.edge, MAX_EDGE)?;
    let apart = program.steps().iter().all(|s| s.separable);
    let kind = options
        .kind
        .unwrap_or(match (apart, options.shaper.is_empty()) {
            (true, _) => Baked::Table,
            (false, true) => Baked::Cube,
            (false, false) => Baked::ShaperAndCube,
        });
    let [lo, hi] = options.domain;
    if !(lo < hi && lo.is_finite() && hi.is_finite()) {
        return Err(ColorError::Parameter {
            op: "bake",
            parameter: "domain",
            found: format!("{lo} to {hi}"),
            expected: "two finite values that increase",
        });
    }
    let mut ops = Vec::new();
    match kind {
        Baked::Table => {
            if !apart {
                return Err(cannot("a 1D table", "operations that mix channels"));
            }
            table(program, options, &mut ops);
        }
        Baked::Cube => {
            fit([lo; 3], [hi; 3], &mut ops);
            ops.push(cube(options.edge, |p| {
                program.eval(p.map(|v| f64::from(lo) + v * f64::from(hi - lo)))
            }));
        }
        Baked::ShaperAndCube => {
            let shaper = ColorProgram::new(options.shaper.clone(), Optimization::None)?;
            let back = ColorProgram::new(Op::inverse_of(&options.shaper)?, Optimization::None)?;
            match options.shaper_form {
                ShaperForm::Even => table(&shaper, options, &mut ops),
                ShaperForm::HalfDomain => ops.push(half_table(&shaper)),
                ShaperForm::Inverse => ops.push(inverse_table(&back, options.rows)),
            }
            ops.push(cube(options.edge, |p| program.eval(back.eval(p))));
        }
    }
    Ok(ops)
}

fn limit(what: &'static str, found: usize, limit: usize) -> Result<(), ColorError> {
    if (2..=limit).contains(&found) {
        return Ok(());
    }
    Err(ColorError::Limit {
        what,
        found: found as u64,
        limit: limit as u64,
    })
}

fn table(program: &ColorProgram, options: &BakeOptions, ops: &mut Vec<Op>) {
    let [lo, hi] = options.domain.map(f64::from);
    fit([options.domain[0]; 3], [options.domain[1]; 3], ops);
    let last = (options.rows - 1) as f64;
    let entry = |i: usize| {
        let x = lo + (hi - lo) * i as f64 / last;
        alike(program.eval([x, x, x, 1.0]))
    };
    ops.push(lut1d(
        (0..options.rows).map(entry).collect(),
        Interpolation::Linear,
    ));
}

/// A row of grey. Channels that differ by the rounding of matrices alone are one, so that formats with a single column hold them.
fn alike([r, g, b, _]: [f64; 4]) -> [f32; 3] {
    let near = |v: f64| (v - g).abs() <= 1e-6 * g.abs().max(1.0);
    if near(r) && near(b) {
        return [g as f32; 3];
    }
    [r as f32, g as f32, b as f32]
}

/// A row for every half float; NaN is taken as 0 and infinities as the largest half.
fn half_table(program: &ColorProgram) -> Op {
    let entry = |bits: u16| {
        let x = half::f16::from_bits(bits).to_f64();
        let x = if x.is_nan() {
            0.0
        } else {
            x.clamp(-65504.0, 65504.0)
        };
        alike(program.eval([x, x, x, 1.0]))
    };
    let lut = Lut1D {
        entries: (0..=u16::MAX).map(entry).collect(),
        half_domain: true,
        raw_halfs: false,
        interpolation: Interpolation::Linear,
        hue_adjust: crate::op::HueAdjust::None,
    };
    Op::Lut1D(Arc::new(lut), Direction::Forward)
}

/// The way back, sampled evenly, as the inverse of a table.
fn inverse_table(back: &ColorProgram, rows: usize) -> Op {
    let last = (rows - 1) as f64;
    let entry = |i: usize| {
        let y = i as f64 / last;
        alike(back.eval([y, y, y, 1.0]))
    };
    match lut1d((0..rows).map(entry).collect(), Interpolation::Linear) {
        Op::Lut1D(lut, _) => Op::Lut1D(lut, Direction::Inverse),
        op => op,
    }
}

fn cube(edge: usize, at: impl Fn([f64; 4]) -> [f64; 4]) -> Op {
    let last = (edge - 1) as f64;
    let x = |i: usize| (i % edge) as f64 / last;
    let entry = |i: usize| {
        let [r, g, b, _] = at([x(i), x(i / edge), x(i / edge / edge), 1.0]);
        [r as f32, g as f32, b as f32]
    };
    let lut = Lut3D {
        edge,
        entries: (0..edge.pow(3)).map(entry).collect(),
        interpolation: Interpolation::Linear,
    };
    Op::Lut3D(Arc::new(lut), Direction::Forward)
}

fn fit(min: [f32; 3], max: [f32; 3], ops: &mut Vec<Op>) {
    if min == [0.0; 3] && max == [1.0; 3] {
        return;
    }
    let mut m = Matrix::IDENTITY;
    for c in 0..3 {
        let (lo, hi) = (f64::from(min[c]), f64::from(max[c]));
        m.m[c][c] = 1.0 / (hi - lo);
        m.offset[c] = -lo / (hi - lo);
    }
    ops.push(Op::Matrix(m));
}

/// A table or cube with its domain.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub min: [f32; 3],
    pub max: [f32; 3],
    pub table: Option<Arc<Lut1D>>,
    pub cube: Option<Arc<Lut3D>>,
}

impl Part {
    pub fn entries(&self) -> &[[f32; 3]] {
        match (&self.table, &self.cube) {
            (Some(table), _) => &table.entries,
            (_, Some(cube)) => &cube.entries,
            _ => &[],
        }
    }

    /// Rows, or the edge.
    pub fn size(&self) -> usize {
        match (&self.table, &self.cube) {
            (Some(table), _) => table.entries.len(),
            (_, Some(cube)) => cube.edge,
            _ => 0,
        }
    }

    /// One domain for all channels.
    pub fn range(&self, format: &'static str) -> Result<(f32, f32), ColorError> {
        let same = |v: [f32; 3]| v[0] == v[1] && v[0] == v[2];
        if same(self.min) && same(self.max) {
            return Ok((self.min[0], self.max[0]));
        }
        Err(cannot(format, "a domain that differs between channels"))
    }

    /// The scale of the domain as a table of two rows.
    pub fn domain_alone(&self) -> Self {
        let Op::Lut1D(table, _) = lut1d(vec![[0.0; 3], [1.0; 3]], Interpolation::Linear) else {
            return self.clone();
        };
        Self {
            table: Some(table),
            ..self.clone()
        }
    }

    /// No domain but 0..1.
    pub fn is_unit(&self) -> bool {
        self.min == [0.0; 3] && self.max == [1.0; 3]
    }
}

pub(super) fn cannot(format: &'static str, what: impl Into<String>) -> ColorError {
    ColorError::CannotHold {
        format,
        what: what.into(),
    }
}

/// Operations as an optional table and an optional cube after it, each behind a scale that maps its domain to 0..1.
pub(super) fn split(
    format: &'static str,
    ops: &[Op],
) -> Result<(Option<Part>, Option<Part>), ColorError> {
    let (mut table, mut cube) = (None, None);
    let mut domain = None;
    for op in ops {
        let (min, max) = domain.unwrap_or(([0.0; 3], [1.0; 3]));
        match op {
            Op::Matrix(m) if domain.is_none() && cube.is_none() => {
                domain = Some(domain_of(m).ok_or_else(|| cannot(format, "this matrix"))?);
                continue;
            }
            Op::Lut1D(lut, Direction::Forward) if table.is_none() && cube.is_none() => {
                if lut.half_domain {
                    return Err(cannot(format, "a 1D table over half floats"));
                }
                if lut.entries.len() > MAX_ROWS {
                    return Err(cannot(format, format!("{} rows", lut.entries.len())));
                }
                let table_part = Part {
                    min,
                    max,
                    table: Some(lut.clone()),
                    cube: None,
                };
                table = Some(table_part);
            }
            Op::Lut3D(lut, Direction::Forward) if cube.is_none() => {
                let cube_part = Part {
                    min,
                    max,
                    table: None,
                    cube: Some(lut.clone()),
                };
                cube = Some(cube_part);
            }
            op => return Err(cannot(format, format!("{} here; bake it first", op.kind()))),
        }
        domain = None;
    }
    if domain.is_some() || (table.is_none() && cube.is_none()) {
        return Err(cannot(
            format,
            "operations that do not end in a table; bake them first",
        ));
    }
    Ok((table, cube))
}

/// A cube alone, over 0..1.
pub(super) fn only_cube(format: &'static str, ops: &[Op]) -> Result<Arc<Lut3D>, ColorError> {
    match split(format, ops)? {
        (None, Some(part)) if part.is_unit() => part.cube.ok_or_else(|| cannot(format, "no cube")),
        _ => Err(cannot(format, "anything but a cube over 0..1")),
    }
}

/// The domain that a matrix maps to 0..1.
fn domain_of(m: &Matrix) -> Option<([f32; 3], [f32; 3])> {
    let (mut min, mut max) = ([0.0; 3], [1.0; 3]);
    if !m.is_diagonal() || !m.keeps_alpha() {
        return None;
    }
    for c in 0..3 {
        let (scale, offset) = (m.m[c][c], m.offset[c]);
        if scale == 0.0 {
            return None;
        }
        min[c] = (-offset / scale) as f32;
        max[c] = ((1.0 - offset) / scale) as f32;
    }
    Some((min, max))
}
