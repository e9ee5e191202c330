//! The tetrahedral table as programs run it: where it is the only or the last step, corner rows become pixels directly.
//!
//! Indices and weights of the four corners are computed a vector at a time; then each pixel is four weighted rows of the
//! table, without transposing corners or interleaving results. The planar form stays for tables inside a program.

use half::f16;
use vfx_kernel::Math;
use vfx_kernel::rgba::{Corners, blend_halves, blend_rgba, blend_rows};
use vfx_kernel::text::{Emitter, Val};

use super::lut3d::Tetra;
use crate::program::{Formula, Kernel};

#[derive(Debug)]
pub(crate) struct Tetrahedral(pub Tetra);

impl Corners for Tetra {
    #[inline(always)]
    fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]) {
        Tetra::corners(self, m, c)
    }
}

impl Kernel for Tetrahedral {
    fn name(&self) -> &'static str {
        Formula::name(&self.0)
    }

    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        self.0.run_planes(planes);
    }

    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        blend_rgba(&self.0, self.0.0.entries(), pixels)
    }

    fn run_halves(&self, pixels: &mut [f16]) -> bool {
        blend_halves(&self.0, self.0.0.entries(), pixels)
    }

    fn run_last(&self, planes: [&mut [f32]; 4], pixels: &mut [f32]) -> bool {
        let [r, g, b, a] = planes;
        blend_rows(&self.0, self.0.0.entries(), [&*r, &*g, &*b], a, pixels);
        true
    }

    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.0.eval(pixel)
    }
    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]> {
        self.0.text(m, pixel)
    }

    fn tolerance(&self) -> f64 {
        Formula::tolerance(&self.0)
    }
    fn separable(&self) -> bool {
        false
    }
    fn cost(&self) -> f32 {
        self.0.cost()
    }
}
