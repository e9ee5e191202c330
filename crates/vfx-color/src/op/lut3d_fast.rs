//! The tetrahedral table as programs run it.

use super::lut3d::Tetra;
use crate::program::{Formula, Kernel};

#[derive(Debug)]
pub(crate) struct Tetrahedral(pub Tetra);

impl Kernel for Tetrahedral {
    fn name(&self) -> &'static str {
        Formula::name(&self.0)
    }
    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        self.0.run_planes(planes);
    }
    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.0.eval(pixel)
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
