//! CDL and LUT as one lattice, computed by `vfx-color`: LUT(CDL(x)), or CDL⁻¹(LUT⁻¹(x)).
//!
//! Lattice points are 0 to 1, R fastest; the LUT is sampled tetrahedrally, the CDL does not clamp. The only module with colour maths.

use std::sync::Arc;

use vfx_color::Op;
use vfx_color::op::{Cdl, CdlStyle, Direction, Interpolation, Lut3D};
use vfx_color::program::{ColorProgram, Optimization};

use crate::{AxisOrder, CdlValues, Cube, LutBoxError};

/// The lattice of `cdl` followed by `lut`, `edge` entries an axis.
///
/// # Errors
///
/// If an inverse does not exist or a value is not finite.
pub fn bake(
    lut: Option<&Cube>,
    cdl: &CdlValues,
    invert: bool,
    edge: usize,
) -> Result<Cube, LutBoxError> {
    let direction = if invert {
        Direction::Inverse
    } else {
        Direction::Forward
    };
    let mut ops = Vec::new();
    if !cdl.is_neutral() {
        ops.push(Op::Cdl(Cdl {
            slope: cdl.slope,
            offset: cdl.offset,
            power: cdl.power,
            saturation: cdl.saturation,
            style: CdlStyle::NoClamp,
            direction,
        }));
    }
    if let Some(cube) = lut {
        let table = Lut3D {
            edge: cube.edge(),
            entries: cube.red_fastest(),
            interpolation: Interpolation::Tetrahedral,
        };
        ops.push(Op::Lut3D(Arc::new(table), direction));
    }
    if invert {
        ops.reverse();
    }
    let program = ColorProgram::new(ops, Optimization::None)?;
    let mut pixels: Vec<f32> = Vec::with_capacity(edge.pow(3) * 4);
    for e in Cube::identity(edge).entries() {
        pixels.extend_from_slice(&[e[0], e[1], e[2], 1.0]);
    }
    program.apply_rgba(&mut pixels);
    let entries = pixels.as_chunks::<4>().0.iter();
    Cube::new(
        AxisOrder::RedFastest,
        entries.map(|p| [p[0], p[1], p[2]]).collect(),
    )
}
