//! A list of operations, compiled: blocks of planes, images of any sample type, single values in `f64`.
//!
//! [`ColorProgram::new`] simplifies the list (`optimize`), compiles each operation to a [`Kernel`], and with
//! [`Optimization::Default`] replaces runs of costly separable kernels by cell tables within 4e-6. Images go through it 1024
//! pixels at a time (`image`); integer and half input may take exact tables of codes (`codes`). Programs are `Send` and
//! `Sync`, hold no scratch memory and start no threads.

mod cells;
mod codes;
mod compile;
mod content;
mod cost;
mod dynamic;
mod image;
pub mod kernel;

use std::sync::OnceLock;

use crate::{ColorError, Op};
use cells::Cells;
use codes::CodeTables;
pub use compile::kernel as compile;
pub use content::ContentId;
pub use dynamic::Property;
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

/// Nanoseconds a pixel of a step from which on a table of codes pays.
const WORTH_CODES: f32 = 0.5;

/// One step of a program, for reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// What runs.
    pub name: &'static str,
    /// Estimated nanoseconds a pixel, AVX-512, blocks in cache.
    pub cost: f32,
    /// Each channel depends on itself alone.
    pub separable: bool,
}

/// Operations ready to run.
#[derive(Debug)]
pub struct ColorProgram {
    source: Vec<Op>,
    ops: Vec<Op>,
    optimization: Optimization,
    kernels: Vec<Box<dyn Kernel>>,
    /// How many kernels at the start are separable.
    separable: usize,
    tables: CodeTables,
    /// The operations as samples of codes take them, where that is another list; see [`ColorProgram::of_codes`].
    codes: OnceLock<Option<Box<ColorProgram>>>,
    content: OnceLock<ContentId>,
}

impl ColorProgram {
    /// Compiles `ops`.
    ///
    /// # Errors
    ///
    /// If a parameter is outside its definition or an inverse does not exist.
    pub fn new(ops: Vec<Op>, optimization: Optimization) -> Result<Self, ColorError> {
        let simple = crate::optimize::optimize(ops.clone(), optimization);
        Self::built(ops, simple, optimization)
    }

    /// Compiles `ops`, simplified as OpenColorIO's flags allow. Runs become tables if `FAST_LOG_EXP_POW` or
    /// `COMP_SEPARABLE_PREFIX` is there.
    ///
    /// # Errors
    ///
    /// As [`ColorProgram::new`].
    pub fn with_flags(ops: Vec<Op>, flags: crate::Flags) -> Result<Self, ColorError> {
        use crate::Flags;
        let tables = Flags::FAST_LOG_EXP_POW.with(Flags::COMP_SEPARABLE_PREFIX);
        let optimization = if flags.any(tables) {
            Optimization::Default
        } else if flags == Flags::NONE {
            Optimization::None
        } else {
            Optimization::Lossless
        };
        let simple = crate::optimize::with_flags(ops.clone(), flags);
        Self::built(ops, simple, optimization)
    }

    fn built(
        source: Vec<Op>,
        ops: Vec<Op>,
        optimization: Optimization,
    ) -> Result<Self, ColorError> {
        let mut program = Self {
            source,
            ops,
            optimization,
            kernels: Vec::new(),
            separable: 0,
            tables: CodeTables::default(),
            codes: OnceLock::new(),
            content: OnceLock::new(),
        };
        program.build()?;
        Ok(program)
    }

    /// Kernels of the present operations.
    fn build(&mut self) -> Result<(), ColorError> {
        let mut kernels = Vec::with_capacity(self.ops.len());
        let mut run: Vec<Box<dyn Kernel>> = Vec::new();
        for op in &self.ops {
            let kernel = compile(op)?;
            let tabulates = self.optimization == Optimization::Default
                && kernel.separable()
                && !op.is_dynamic();
            if tabulates {
                run.push(kernel);
            } else {
                close(&mut run, &mut kernels);
                kernels.push(kernel);
            }
        }
        close(&mut run, &mut kernels);
        if self.optimization != Optimization::None {
            kernels = crate::op::affine::fuse(kernels);
        }
        self.separable = kernels.iter().take_while(|k| k.separable()).count();
        self.kernels = kernels;
        self.tables = CodeTables::default();
        self.codes = OnceLock::new();
        self.content = OnceLock::new();
        Ok(())
    }

    /// The program that integers and half floats go through: where a saturation alone ends the separable start of the list, what
    /// comes before it becomes part of the table of codes, and the pixels go through table and matrix in one pass.
    fn of_codes(&self) -> &Self {
        let made = self.codes.get_or_init(|| {
            if self.optimization != Optimization::Default {
                return None;
            }
            let splits = |(at, op)| Some((at, crate::op::split::split(op)?));
            let (at, parts) = self.ops.iter().enumerate().find_map(splits)?;
            let separable = |op: &Op| compile(op).is_ok_and(|k| k.separable());
            if !self.ops[..at].iter().all(separable)
                || compile(&parts[0]).ok()?.cost() <= WORTH_CODES
            {
                return None;
            }
            let (start, rest) = (&self.ops[..at], &self.ops[at + 1..]);
            let ops = [start, &parts, rest].concat();
            let program = Self::built(Vec::new(), ops, self.optimization);
            program.ok().map(Box::new)
        });
        made.as_deref().unwrap_or(self)
    }

    /// The operations that run.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The operations as they were given.
    pub fn source(&self) -> &[Op] {
        &self.source
    }

    /// How far the list was simplified.
    pub fn optimization(&self) -> Optimization {
        self.optimization
    }

    /// What runs, in order, with its estimated cost.
    pub fn steps(&self) -> Vec<Step> {
        self.kernels
            .iter()
            .map(|k| Step {
                name: k.name(),
                cost: k.cost(),
                separable: k.separable(),
            })
            .collect()
    }

    /// Nothing runs: images pass as they are.
    pub fn is_identity(&self) -> bool {
        self.kernels.is_empty()
    }

    /// The sum of the tolerances of all steps: a bound of the error of [`ColorProgram::apply_planes`] against
    /// [`ColorProgram::eval`] for chains that do not magnify errors.
    pub fn tolerance(&self) -> f64 {
        self.kernels.iter().map(|k| k.tolerance()).sum()
    }

    /// One pixel in `f64`, operation by operation and without tables: the reference.
    pub fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.kernels.iter().fold(pixel, |p, k| k.eval(p))
    }

    /// The kernels `from` on over one block that lies in the cache.
    fn run_block(&self, from: usize, planes: [&mut [f32]; 4]) {
        let [r, g, b, a] = planes;
        for kernel in &self.kernels[from..] {
            kernel.run_planes([&mut *r, &mut *g, &mut *b, &mut *a]);
        }
    }
}

/// A run of separable kernels ends: as one table if that pays.
fn close(run: &mut Vec<Box<dyn Kernel>>, kernels: &mut Vec<Box<dyn Kernel>>) {
    match Cells::new(std::mem::take(run)) {
        Ok(cells) => kernels.push(Box::new(cells)),
        Err(run) => kernels.extend(run),
    }
}
