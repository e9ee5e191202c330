//! Matrices and ranges one after another as one pass: alone each is bound by reading and writing its planes.
//!
//! The arithmetic is that of the operations apart, in the same order, so that nothing changes but the time. Programs fuse
//! runs of two and more after compiling; `eval` goes through the kernels they replace.

use vfx_kernel::Math;
use vfx_kernel::pointwise::{Pointwise3, map3};
use vfx_kernel::rgba::{self, Columns};
use vfx_kernel::text::{Emitter, Val};

use crate::program::Kernel;

/// One operation of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Rows and offsets.
    Matrix([[f32; 3]; 3], [f32; 3]),
    /// Factors and offsets.
    Diagonal([f32; 3], [f32; 3]),
    /// Factor, offset, both ends.
    Range(f32, f32, [f32; 2]),
    /// Offset and lower end.
    Low(f32, f32),
    /// Offset and upper end.
    High(f32, f32),
}

#[inline(always)]
fn row<M: Math>(m: M, c: [M::F; 3], k: &[f32; 3], offset: f32) -> M::F {
    let v = m.fma(c[0], m.k(k[0]), m.k(offset));
    m.fma(c[2], m.k(k[2]), m.fma(c[1], m.k(k[1]), v))
}

impl Stage {
    #[inline(always)]
    pub fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        match self {
            Self::Matrix(k, o) => [
                row(m, c, &k[0], o[0]),
                row(m, c, &k[1], o[1]),
                row(m, c, &k[2], o[2]),
            ],
            Self::Diagonal(k, o) => [
                m.fma(c[0], m.k(k[0]), m.k(o[0])),
                m.fma(c[1], m.k(k[1]), m.k(o[1])),
                m.fma(c[2], m.k(k[2]), m.k(o[2])),
            ],
            Self::Range(..) | Self::Low(..) | Self::High(..) => {
                [self.one(m, c[0]), self.one(m, c[1]), self.one(m, c[2])]
            }
        }
    }

    /// A range on one channel.
    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F) -> M::F {
        match *self {
            Self::Range(scale, offset, [lo, hi]) => {
                m.clamp(m.fma(x, m.k(scale), m.k(offset)), lo, hi)
            }
            Self::Low(offset, lo) => m.max(m.add(x, m.k(offset)), m.k(lo)),
            Self::High(offset, hi) => m.min(m.add(x, m.k(offset)), m.k(hi)),
            Self::Matrix(..) | Self::Diagonal(..) => x,
        }
    }
}

/// A fused run.
#[derive(Debug)]
pub(crate) struct Affine {
    stages: Vec<Stage>,
    kernels: Vec<Box<dyn Kernel>>,
}

/// A matrix and a clamp after it.
fn clamped(stages: &[Stage]) -> Option<Columns> {
    let [Stage::Matrix(k, o), Stage::Range(1.0, 0.0, ends)] = stages else {
        return None;
    };
    let column = |c: usize| [k[0][c], k[1][c], k[2][c], 0.0];
    Some(Columns {
        columns: [column(0), column(1), column(2), [0.0; 4]],
        offset: [o[0], o[1], o[2], 0.0],
        keep_alpha: true,
        clamp: Some(*ends),
    })
}

impl Pointwise3 for Affine {
    const PAIRS: bool = true;

    #[inline(always)]
    fn run<M: Math>(&self, m: M, mut c: [M::F; 3]) -> [M::F; 3] {
        let mut i = 0;
        while i < self.stages.len() {
            c = self.stages[i].run(m, c);
            i += 1;
        }
        c
    }
}

/// Replaces every run of two and more that has a non-separable part.
pub(crate) fn fuse(kernels: Vec<Box<dyn Kernel>>) -> Vec<Box<dyn Kernel>> {
    let mut out: Vec<Box<dyn Kernel>> = Vec::with_capacity(kernels.len());
    let mut run = Affine {
        stages: Vec::new(),
        kernels: Vec::new(),
    };
    for kernel in kernels {
        if let Some(stage) = kernel.affine() {
            run.stages.push(stage);
            run.kernels.push(kernel);
        } else {
            run = run.close(&mut out);
            out.push(kernel);
        }
    }
    run.close(&mut out);
    out
}

impl Affine {
    /// The run ends: what it is goes to `out`, and an empty one is left.
    fn close(self, out: &mut Vec<Box<dyn Kernel>>) -> Self {
        // Separable starts may become tables of codes.
        let pays = self.kernels.len() > 1 && self.kernels.iter().any(|k| !k.separable());
        if pays {
            out.push(Box::new(self));
        } else {
            out.extend(self.kernels);
        }
        Self {
            stages: Vec::new(),
            kernels: Vec::new(),
        }
    }
}

impl Kernel for Affine {
    fn name(&self) -> &'static str {
        "matrices and ranges"
    }
    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        let [r, g, b, _] = planes;
        map3(self, [r, g, b]);
    }
    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        clamped(&self.stages).is_some_and(|m| rgba::matrix(&m, pixels))
    }
    fn run_coded(&self, tables: [&[f32; 1 << 16]; 3], pixels: &mut [half::f16]) -> bool {
        clamped(&self.stages).is_some_and(|m| rgba::matrix_of_halves(tables, &m, pixels))
    }
    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.kernels.iter().fold(pixel, |p, k| k.eval(p))
    }
    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]> {
        self.kernels.iter().try_fold(pixel, |p, k| k.text(m, p))
    }
    fn tolerance(&self) -> f64 {
        self.kernels.iter().map(|k| k.tolerance()).sum()
    }
    fn separable(&self) -> bool {
        false
    }
    fn cost(&self) -> f32 {
        self.kernels.iter().map(|k| k.cost()).sum()
    }
}
