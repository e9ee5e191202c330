//! What a channel holds as one LUT, computed by `vfx-color`: curves 3 and 4 of (LUT of (curves 1 and 2 of (CDL of x))), or its inverse.
//!
//! Curves 1 and 2 and the LUT's own shaper become the published shaper; the lattice lies in its output, so a CDL before it is computed
//! through the shaper's inverse. The CDL does not clamp; the LUT is sampled tetrahedrally. Without CDL and inverse the received
//! entries pass unchanged. An inverse has no shaper: its lattice covers 0 to 1 of the graded values.

use std::sync::Arc;

use vfx_color::Op;
use vfx_color::op::{Cdl, CdlStyle, Direction};

use crate::lut::{cube_op, run};
use crate::{AxisOrder, CdlValues, Cube, Lut, LutBoxError, Shaper};

/// Curves of a channel: ColorBox's 1DL1 to 1DL4; two before the lattice and two after it.
pub type Curves = [Option<Arc<Shaper>>; 4];

/// What a grade is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The LUT.
    pub lut: Option<&'a Lut>,
    /// The curves around it.
    pub curves: &'a Curves,
    /// The CDL before all.
    pub cdl: &'a CdlValues,
    /// The inverse is wanted.
    pub invert: bool,
    /// Edge of the result where no LUT says it.
    pub edge: usize,
}

/// The parts as one LUT.
///
/// # Errors
///
/// If an inverse does not exist or a value is not finite.
pub fn bake(parts: &Parts<'_>) -> Result<Lut, LutBoxError> {
    let p = parts;
    let edge = p.lut.map_or(p.edge, |l| l.cube.edge());
    let flat = |c: &[Option<Arc<Shaper>>]| -> Vec<Op> {
        c.iter().flatten().flat_map(|s| s.ops()).collect()
    };
    let after = flat(&p.curves[2..]);
    let shapers: Vec<&Shaper> = p.curves[..2]
        .iter()
        .flatten()
        .map(|s| &**s)
        .chain(p.lut.and_then(|l| l.shaper.as_ref()))
        .collect();
    let before: Vec<Op> = shapers.iter().flat_map(|s| s.ops()).collect();
    let cdl = (!p.cdl.is_neutral()).then_some(Op::Cdl(Cdl {
        slope: p.cdl.slope,
        offset: p.cdl.offset,
        power: p.cdl.power,
        saturation: p.cdl.saturation,
        style: CdlStyle::NoClamp,
        direction: Direction::Forward,
    }));
    let lattice = p.lut.map(|l| cube_op(&l.cube));
    let mut entries = Cube::identity(edge).entries().to_vec();
    if p.invert {
        let forward: Vec<Op> = cdl
            .into_iter()
            .chain(before)
            .chain(lattice)
            .chain(after)
            .collect();
        run(&Op::inverse_of(&forward)?, &mut entries)?;
        return Cube::new(AxisOrder::RedFastest, entries).map(Lut::from);
    }
    let shaper = match shapers.as_slice() {
        [] => None,
        [one] => Some((*one).clone()),
        [first, rest @ ..] => Some(first.then(rest.iter().flat_map(|s| s.ops()).collect())?),
    };
    if let Some(cdl) = cdl {
        let back = shaper
            .as_ref()
            .map_or(Ok(Vec::new()), Shaper::inverse_ops)?;
        let ops = back.into_iter().chain([cdl]).chain(before).chain(lattice);
        run(&ops.chain(after).collect::<Vec<_>>(), &mut entries)?;
    } else {
        if let Some(l) = p.lut {
            entries = l.cube.red_fastest();
        }
        if !after.is_empty() {
            run(&after, &mut entries)?;
        }
    }
    Ok(Lut {
        shaper,
        cube: Cube::new(AxisOrder::RedFastest, entries)?,
    })
}
