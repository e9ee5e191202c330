//! A list of operations, compiled.

mod compile;
mod cost;
mod image;
pub mod kernel;

use crate::{ColorError, Op};
pub use compile::kernel as compile;
pub use image::{Alpha, Layout};
pub use kernel::{Formula, Kernel};

/// How far a list of operations may be simplified, as OpenColorIO's optimisation flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Optimization {
    /// Operation by operation.
    None,
    /// Fusions that are exact.
    Lossless,
    /// Tabulations within the declared tolerance too.
    #[default]
    Default,
}

/// Operations ready to run.
#[derive(Debug)]
pub struct ColorProgram {
    ops: Vec<Op>,
    kernels: Vec<Box<dyn Kernel>>,
}

impl ColorProgram {
    /// Compiles `ops`.
    ///
    /// # Errors
    ///
    /// If a parameter is outside its definition or an inverse does not exist.
    pub fn new(ops: Vec<Op>, _optimization: Optimization) -> Result<Self, ColorError> {
        let kernels = ops.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { ops, kernels })
    }

    /// The operations that run.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// One pixel in `f64`, operation by operation: the reference.
    pub fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.kernels.iter().fold(pixel, |p, k| k.eval(p))
    }

    /// The kernels over one block that lies in the cache.
    pub(crate) fn run_block(&self, planes: [&mut [f32]; 4]) {
        let [r, g, b, a] = planes;
        for kernel in &self.kernels {
            kernel.run_planes([&mut *r, &mut *g, &mut *b, &mut *a]);
        }
    }
}
