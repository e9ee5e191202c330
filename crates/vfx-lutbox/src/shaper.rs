//! A 1D shaper: three tables that bring HDR input into the 0 to 1 of a lattice.
//!
//! In: any float; outside `min..=max` of a channel it clamps, NaN reads the first row. Out: `f32` rows, linearly interpolated, kept to
//! the bit. The axis is even in the input ([`Axis::Linear`]) or in its base-2 logarithm ([`Axis::Log2`]): a scene-linear range of
//! twenty stops fits 4096 rows only on the second. Cost of [`Shaper::sample`]: one `f64` evaluation a row.

use std::sync::Arc;

use vfx_color::op::{Direction, HueAdjust, Interpolation, Log, Lut1D, Matrix, Range};
use vfx_color::program::Optimization;
use vfx_color::{ColorProgram, Op};

use crate::LutBoxError;

/// Rows of a shaper, at most; the shared segments reserve room for as many.
pub const MAX_ROWS: usize = 65_536;
/// Rows of a shaper that is sampled from other operations.
const SAMPLED_ROWS: usize = 4096;
/// Stops below the upper end that a logarithmic axis covers when the lower end is 0 or negative.
const STOPS: f32 = 24.0;

/// What the rows of a shaper are even in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Axis {
    /// The input.
    #[default]
    Linear,
    /// The base-2 logarithm of the input; `min` is above 0.
    Log2,
}

impl Axis {
    /// Name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log2 => "log2",
        }
    }

    /// The axis of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Linear, Self::Log2]
            .into_iter()
            .find(|a| a.name() == name)
    }

    /// Number in shared headers.
    pub fn code(self) -> u32 {
        match self {
            Self::Linear => 0,
            Self::Log2 => 1,
        }
    }
}

/// Three tables before a lattice.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaper {
    axis: Axis,
    min: [f32; 3],
    max: [f32; 3],
    entries: Vec<[f32; 3]>,
}

impl Shaper {
    /// R, G, B `entries` over `min..=max` of each channel.
    ///
    /// # Errors
    ///
    /// If there are not 2 to 65536 rows, a value is not finite, or a domain does not increase or (logarithmic) is not above 0.
    pub fn new(
        axis: Axis,
        min: [f32; 3],
        max: [f32; 3],
        entries: Vec<[f32; 3]>,
    ) -> Result<Self, LutBoxError> {
        if !(2..=MAX_ROWS).contains(&entries.len()) {
            let found = format!("{} rows", entries.len());
            return Err(LutBoxError::message("shaper", found, "2 to 65536 rows"));
        }
        let low = if axis == Axis::Log2 { 0.0 } else { f32::MIN };
        let bad = (0..3).find(|c| {
            let (a, b) = (min[*c], max[*c]);
            // A width that is no finite number could not be divided by.
            !(a < b && (b - a).is_finite() && (a > low || axis == Axis::Linear))
        });
        if let Some(c) = bad {
            let found = format!("{:?} to {:?}", min[c], max[c]);
            return Err(LutBoxError::message(
                "shaper domain",
                found,
                "two finite values that increase, above 0 for log2",
            ));
        }
        let finite = |e: &[f32; 3]| e.iter().all(|v| v.is_finite());
        if let Some(row) = entries.iter().position(|e| !finite(e)) {
            let found = format!("no finite number in row {row}");
            return Err(LutBoxError::message("shaper", found, "finite values"));
        }
        Ok(Self {
            axis,
            min,
            max,
            entries,
        })
    }

    /// The straight line over `min..=max`: values spread over 0 to 1 along `axis`.
    ///
    /// # Errors
    ///
    /// As [`Shaper::new`].
    pub fn ramp(axis: Axis, min: f32, max: f32) -> Result<Self, LutBoxError> {
        Self::new(axis, [min; 3], [max; 3], vec![[0.0; 3], [1.0; 3]])
    }

    /// Little-endian rows.
    pub(crate) fn from_le(
        axis: Axis,
        min: [f32; 3],
        max: [f32; 3],
        bytes: &[u8],
    ) -> Result<Self, LutBoxError> {
        let float = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let rows = bytes.as_chunks::<12>().0.iter();
        let rows = rows.map(|t| [float(&t[0..]), float(&t[4..]), float(&t[8..])]);
        Self::new(axis, min, max, rows.collect())
    }

    /// What the rows are even in.
    pub fn axis(&self) -> Axis {
        self.axis
    }

    /// Input of the first row, R, G, B.
    pub fn min(&self) -> [f32; 3] {
        self.min
    }

    /// Input of the last row, R, G, B.
    pub fn max(&self) -> [f32; 3] {
        self.max
    }

    /// R, G, B of each row.
    pub fn entries(&self) -> &[[f32; 3]] {
        &self.entries
    }

    /// The same as operations of `vfx-color`.
    pub fn ops(&self) -> Vec<Op> {
        let mut ops = Vec::new();
        let (mut min, mut max) = (self.min.map(f64::from), self.max.map(f64::from));
        if self.axis == Axis::Log2 {
            // Below the domain there may be no logarithm; one clamp serves all channels, the table clamps each.
            let low = min.iter().copied().fold(f64::INFINITY, f64::min);
            ops.push(Op::Range(Range::clamp_to(Some(low), None)));
            ops.push(Op::Log(Log::plain(2.0, Direction::Forward)));
            (min, max) = (min.map(f64::log2), max.map(f64::log2));
        }
        if (min, max) != ([0.0; 3], [1.0; 3]) {
            let mut m = Matrix::IDENTITY;
            for c in 0..3 {
                m.m[c][c] = 1.0 / (max[c] - min[c]);
                m.offset[c] = -min[c] / (max[c] - min[c]);
            }
            ops.push(Op::Matrix(m));
        }
        let table = Lut1D {
            entries: self.entries.clone(),
            half_domain: false,
            raw_halfs: false,
            interpolation: Interpolation::Linear,
            hue_adjust: HueAdjust::None,
        };
        ops.push(Op::Lut1D(Arc::new(table), Direction::Forward));
        ops
    }

    /// The inverse as operations: from rows' values to inputs. Flat parts give one of their inputs.
    pub(crate) fn inverse_ops(&self) -> Result<Vec<Op>, LutBoxError> {
        let ops = self.ops().into_iter().rev();
        // The clamp before the logarithm undoes itself: what comes back lies in the domain.
        let kept = ops.filter(|op| !matches!(op, Op::Range(_)));
        Ok(kept.map(|op| op.inverse()).collect::<Result<_, _>>()?)
    }

    /// This shaper and then `ops`, on the rows of this one: exact at the rows where `ops` take no rows of their own.
    pub(crate) fn then(&self, ops: Vec<Op>) -> Result<Self, LutBoxError> {
        let program = ColorProgram::new(ops, Optimization::None)?;
        let eval = |e: [f32; 3]| program.eval([e[0], e[1], e[2], 1.0].map(f64::from));
        let few = self.entries.len() < SAMPLED_ROWS;
        let rows = if few {
            // A short table is resampled, so that what follows keeps its shape.
            let last = (SAMPLED_ROWS - 1) as f64;
            (0..SAMPLED_ROWS)
                .map(|i| self.row_at(i as f64 / last))
                .collect()
        } else {
            self.entries.clone()
        };
        let entries = rows.into_iter().map(|e| {
            let [r, g, b, _] = eval(e);
            [r as f32, g as f32, b as f32]
        });
        Self::new(self.axis, self.min, self.max, entries.collect())
    }

    /// Interpolated value at `x` of the table's length, 0 to 1.
    fn row_at(&self, x: f64) -> [f32; 3] {
        let last = self.entries.len() - 1;
        let p = x * last as f64;
        let i = (p as usize).min(last - 1);
        let t = p - i as f64;
        let (a, b) = (self.entries[i], self.entries[i + 1]);
        [0, 1, 2].map(|c| (f64::from(a[c]) * (1.0 - t) + f64::from(b[c]) * t) as f32)
    }

    /// Separable operations as a shaper: to the bit for a linear table with or without a domain, else sampled where their result
    /// runs from 0 to 1.
    ///
    /// # Errors
    ///
    /// If they mix channels or have no inverse to find the domain with.
    pub fn from_ops(ops: &[Op]) -> Result<Self, LutBoxError> {
        if let Some(exact) = exact(ops) {
            return exact;
        }
        sample(ops)
    }
}

/// Domain, table, scale: what a shaper holds as it is.
fn exact(ops: &[Op]) -> Option<Result<Shaper, LutBoxError>> {
    let (domain, rest) = match ops {
        [Op::Matrix(m), rest @ ..] => (domain_of(m)?, rest),
        rest => (([0.0; 3], [1.0; 3]), rest),
    };
    let (min, max) = domain;
    let unit = || vec![[0.0; 3], [1.0; 3]];
    let entries = match rest {
        [] => unit(),
        [Op::Lut1D(t, Direction::Forward), rest @ ..]
            if !t.half_domain
                && t.interpolation == Interpolation::Linear
                && t.hue_adjust == HueAdjust::None =>
        {
            match rest {
                [] => t.entries.clone(),
                [Op::Matrix(m)] if m.is_diagonal() && m.keeps_alpha() => {
                    let scale = |e: &[f32; 3]| {
                        [0, 1, 2].map(|c| (f64::from(e[c]) * m.m[c][c] + m.offset[c]) as f32)
                    };
                    t.entries.iter().map(scale).collect()
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(Shaper::new(Axis::Linear, min, max, entries))
}

/// The domain that a diagonal matrix brings to 0 to 1.
fn domain_of(m: &Matrix) -> Option<([f32; 3], [f32; 3])> {
    let fits = m.is_diagonal() && m.keeps_alpha() && (0..3).all(|c| m.m[c][c] > 0.0);
    let low = |c: usize| -m.offset[c] / m.m[c][c];
    let high = |c: usize| (1.0 - m.offset[c]) / m.m[c][c];
    fits.then(|| {
        (
            [0, 1, 2].map(|c| low(c) as f32),
            [0, 1, 2].map(|c| high(c) as f32),
        )
    })
}

fn sample(ops: &[Op]) -> Result<Shaper, LutBoxError> {
    let program = ColorProgram::new(ops.to_vec(), Optimization::None)?;
    if !program.steps().iter().all(|s| s.separable) {
        return Err(LutBoxError::message(
            "shaper",
            "operations that mix channels",
            "channels apart",
        ));
    }
    let back = ColorProgram::new(Op::inverse_of(ops)?, Optimization::None)?;
    let ends = [0.0, 1.0].map(|y| back.eval([y, y, y, 1.0]));
    let mut min = [0, 1, 2].map(|c| ends[0][c].min(ends[1][c]) as f32);
    let max = [0, 1, 2].map(|c| ends[0][c].max(ends[1][c]) as f32);
    let hdr = max.iter().any(|m| *m > 1.5);
    let axis = if hdr { Axis::Log2 } else { Axis::Linear };
    if hdr {
        for c in 0..3 {
            min[c] = min[c].max(max[c] * (-STOPS).exp2());
        }
    }
    let last = (SAMPLED_ROWS - 1) as f64;
    let input = |t: f64, c: usize| {
        let (lo, hi) = (f64::from(min[c]), f64::from(max[c]));
        match axis {
            Axis::Linear => lo + (hi - lo) * t,
            Axis::Log2 => (lo.log2() + (hi.log2() - lo.log2()) * t).exp2(),
        }
    };
    let entry = |i: usize| {
        let t = i as f64 / last;
        let out = program.eval([input(t, 0), input(t, 1), input(t, 2), 1.0]);
        [out[0] as f32, out[1] as f32, out[2] as f32]
    };
    Shaper::new(axis, min, max, (0..SAMPLED_ROWS).map(entry).collect())
}
