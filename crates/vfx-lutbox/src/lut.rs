//! What a channel publishes: a lattice, and before it a shaper where the input is not 0 to 1.
//!
//! [`Lut::from_ops`] makes one of any operations: tables are kept to the bit where the operations are a domain, a 1D table and a
//! cube; what follows the cube is applied to its entries; what mixes channels before it is baked into a lattice over 0 to 1.

use std::sync::Arc;

use vfx_color::op::{Direction, Interpolation, Lut3D};
use vfx_color::program::Optimization;
use vfx_color::{ColorProgram, Op};

use crate::cube::MAX_EDGE;
use crate::{AxisOrder, Cube, LutBoxError, Shaper};

/// Edge of the lattice of operations without a cube.
pub const BAKED_EDGE: usize = 33;

/// A lattice with an optional shaper before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lut {
    /// From the input to 0 to 1; none where the input is that already.
    pub shaper: Option<Shaper>,
    /// The lattice.
    pub cube: Cube,
}

impl From<Cube> for Lut {
    fn from(cube: Cube) -> Self {
        Self { shaper: None, cube }
    }
}

impl From<Cube> for Arc<Lut> {
    fn from(cube: Cube) -> Self {
        Self::new(cube.into())
    }
}

impl Lut {
    /// Bytes of memory that the tables hold.
    pub fn bytes(&self) -> usize {
        let rows = self.shaper.as_ref().map_or(0, |s| s.entries().len());
        self.cube.bytes() + rows * 12
    }

    /// As operations of `vfx-color`; the lattice is sampled tetrahedrally.
    pub fn ops(&self) -> Vec<Op> {
        let mut ops = self.shaper.as_ref().map_or_else(Vec::new, Shaper::ops);
        ops.push(cube_op(&self.cube));
        ops
    }

    /// Any operations as a LUT.
    ///
    /// # Errors
    ///
    /// If a table is larger than a channel holds, or a value is not finite.
    pub fn from_ops(ops: &[Op]) -> Result<Self, LutBoxError> {
        let cube_at = |op: &Op| matches!(op, Op::Lut3D(_, Direction::Forward));
        let Some(at) = ops.iter().position(cube_at) else {
            return without_cube(ops);
        };
        let Op::Lut3D(table, _) = &ops[at] else {
            unreachable!("the position is that of a cube");
        };
        let (before, after) = (&ops[..at], &ops[at + 1..]);
        let edge = table.edge;
        if edge > MAX_EDGE {
            return Err(LutBoxError::LutSize {
                bytes: table.entries.len() * 12,
            });
        }
        let shaper = match before {
            [] => None,
            ops => match Shaper::from_ops(ops) {
                Ok(s) => Some(s),
                Err(_) => return baked(&[before, &ops_from(table), after].concat(), edge),
            },
        };
        let mut entries = table.entries.clone();
        if !after.is_empty() {
            run(after, &mut entries)?;
        }
        let cube = Cube::new(AxisOrder::RedFastest, entries)?;
        Ok(Self { shaper, cube })
    }
}

fn ops_from(table: &Arc<Lut3D>) -> [Op; 1] {
    [Op::Lut3D(table.clone(), Direction::Forward)]
}

pub(crate) fn cube_op(cube: &Cube) -> Op {
    let table = Lut3D {
        edge: cube.edge(),
        entries: cube.red_fastest(),
        interpolation: Interpolation::Tetrahedral,
    };
    Op::Lut3D(Arc::new(table), Direction::Forward)
}

/// Separable operations are a shaper before the smallest lattice; others are sampled.
fn without_cube(ops: &[Op]) -> Result<Lut, LutBoxError> {
    let inside = |s: &Shaper| {
        let unit = |v: &f32| (0.0..=1.0).contains(v);
        s.entries().iter().flatten().all(unit)
    };
    // A lattice clamps to 0 to 1, so a table beyond that cannot stand before it.
    match Shaper::from_ops(ops) {
        Ok(s) if inside(&s) && !ops.is_empty() => Ok(Lut {
            shaper: Some(s),
            cube: Cube::identity(2),
        }),
        _ => baked(ops, BAKED_EDGE),
    }
}

fn baked(ops: &[Op], edge: usize) -> Result<Lut, LutBoxError> {
    let mut entries = Cube::identity(edge).entries().to_vec();
    run(ops, &mut entries)?;
    Cube::new(AxisOrder::RedFastest, entries).map(Lut::from)
}

/// Runs operations over lattice entries.
pub(crate) fn run(ops: &[Op], entries: &mut [[f32; 3]]) -> Result<(), LutBoxError> {
    let program = ColorProgram::new(ops.to_vec(), Optimization::None)?;
    program.apply_rgb(entries.as_flattened_mut());
    Ok(())
}
