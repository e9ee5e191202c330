//! Two neighbouring tables as one, resampled: `COMP_LUT1D` and `COMP_LUT3D`.
//!
//! Domains are OpenColorIO's: a 1D table of half floats or of 65,536 entries and more keeps its own, others get 65,536; of two
//! cubes the finer grid counts. Inverse tables, and 1D tables that keep the hue, stay apart. What is lost is what lies between
//! the entries: the product interpolates straight where its parts bend.

use std::sync::Arc;

use super::{Direction, HueAdjust, Lut1D, Lut3D, Op};
use crate::program::compile;

/// Entries of a 1D table from which on its own domain is kept.
const FINE: usize = 1 << 16;

impl Lut1D {
    /// This table, then `next`; none if that cannot be one table.
    pub(crate) fn then(self: &Arc<Self>, next: &Arc<Self>) -> Option<Self> {
        let hue = self.hue_adjust != HueAdjust::None || next.hue_adjust != HueAdjust::None;
        if hue || self.validate().is_err() || next.validate().is_err() {
            return None;
        }
        let second = Op::Lut1D(Arc::clone(next), Direction::Forward);
        let entries = if self.half_domain || self.entries.len() >= FINE {
            through(&[second], self.entries.clone())?
        } else {
            let first = Op::Lut1D(Arc::clone(self), Direction::Forward);
            let grid = (0..FINE).map(|i| [i as f32 / (FINE - 1) as f32; 3]);
            through(&[first, second], grid.collect())?
        };
        Some(Self {
            entries,
            ..Self::clone(self)
        })
    }
}

impl Lut3D {
    /// This cube, then `next`; none if one of them is not valid.
    pub(crate) fn then(self: &Arc<Self>, next: &Arc<Self>) -> Option<Self> {
        if self.validate().is_err() || next.validate().is_err() {
            return None;
        }
        let second = Op::Lut3D(Arc::clone(next), Direction::Forward);
        if self.edge >= next.edge {
            return Some(Self {
                entries: through(&[second], self.entries.clone())?,
                ..Self::clone(self)
            });
        }
        let first = Op::Lut3D(Arc::clone(self), Direction::Forward);
        let n = next.edge;
        let at = |i: usize| i as f32 / (n - 1) as f32;
        let grid = (0..n.pow(3)).map(|i| [at(i % n), at(i / n % n), at(i / n / n)]);
        Some(Self {
            edge: n,
            entries: through(&[first, second], grid.collect())?,
            interpolation: self.interpolation,
        })
    }
}

/// Colours through operations.
fn through(ops: &[Op], colours: Vec<[f32; 3]>) -> Option<Vec<[f32; 3]>> {
    let mut planes = [0, 1, 2].map(|c| colours.iter().map(|v| v[c]).collect::<Vec<f32>>());
    let mut alpha = vec![1.0; colours.len()];
    let [r, g, b] = &mut planes;
    for op in ops {
        compile(op).ok()?.run_planes([r, g, b, &mut alpha]);
    }
    let colours = r.iter().zip(g.iter()).zip(b.iter());
    Some(colours.map(|((r, g), b)| [*r, *g, *b]).collect())
}
