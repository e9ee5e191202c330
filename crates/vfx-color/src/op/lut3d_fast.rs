//! 3D tables as programs run them: where one is the only or the last step, its rows become pixels directly.
//!
//! Indices and weights are computed a vector at a time; then each pixel is a few weighted rows of the table, without
//! transposing corners or interleaving results. The planar form stays for tables inside a program.

use half::f16;
use vfx_kernel::interleave::interleave;
use vfx_kernel::rgba::{self, Corners, InCell};
use vfx_kernel::text::{Emitter, Val};
use vfx_kernel::{Math, level};

use super::lut3d::{Tetra, Trilinear};
use crate::program::{Formula, Kernel};

/// A formula whose pixels are weighted rows.
pub(crate) trait Rows: Formula {
    /// [`Kernel::run_rgba`].
    fn floats(&self, pixels: &mut [f32]) -> bool;

    /// [`Kernel::run_halves`].
    fn halves(&self, pixels: &mut [f16]) -> bool;

    /// [`Kernel::run_last`].
    fn last(&self, planes: [&[f32]; 4], pixels: &mut [f32]) -> bool;
}

impl Corners for Tetra {
    #[inline(always)]
    fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]) {
        Tetra::corners(self, m, c)
    }
}

impl Rows for Tetra {
    fn floats(&self, pixels: &mut [f32]) -> bool {
        rgba::blend_rgba(self, self.0.entries(), pixels)
    }

    fn halves(&self, pixels: &mut [f16]) -> bool {
        rgba::blend_halves(self, self.0.entries(), pixels)
    }

    fn last(&self, [r, g, b, a]: [&[f32]; 4], pixels: &mut [f32]) -> bool {
        rgba::blend_rows(self, self.0.entries(), [r, g, b], a, pixels);
        true
    }
}

impl InCell for Trilinear {
    #[inline(always)]
    fn cell<M: Math>(&self, m: M, c: [M::F; 3]) -> (M::F, [M::F; 3]) {
        Trilinear::cell(self, m, c)
    }
}

impl Rows for Trilinear {
    fn floats(&self, pixels: &mut [f32]) -> bool {
        rgba::trilinear_rgba(self, self.0.edge(), self.0.entries(), pixels)
    }

    fn halves(&self, pixels: &mut [f16]) -> bool {
        rgba::trilinear_halves(self, self.0.edge(), self.0.entries(), pixels)
    }

    fn last(&self, planes: [&[f32]; 4], pixels: &mut [f32]) -> bool {
        if !level::has_avx2() {
            return false;
        }
        interleave(&planes, 4, pixels);
        self.floats(pixels)
    }
}

/// The table as a step of a program.
#[derive(Debug)]
pub(crate) struct ByRows<T>(pub T);

impl<T: Rows> Kernel for ByRows<T> {
    fn name(&self) -> &'static str {
        Formula::name(&self.0)
    }

    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        self.0.run_planes(planes);
    }

    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        self.0.floats(pixels)
    }

    fn run_halves(&self, pixels: &mut [f16]) -> bool {
        self.0.halves(pixels)
    }

    fn run_last(&self, planes: [&mut [f32]; 4], pixels: &mut [f32]) -> bool {
        let [r, g, b, a] = planes;
        self.0.last([r, g, b, a], pixels)
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
