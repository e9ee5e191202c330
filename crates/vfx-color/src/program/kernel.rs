//! What a compiled operation can do: run on blocks of planes, evaluate one pixel in `f64`, and (with a text instance of
//! [`Math`]) write itself as shader text. One formula gives all of them.
//!
//! An operation implements [`Formula`]: ONE function generic over [`Math`], on R, G, B (and alpha if `ALPHA`). The blanket
//! implementation makes it a [`Kernel`], which is what programs hold. Hand-tuned kernels implement [`Kernel`] themselves
//! and keep their formula for `eval` and text. Pixels: planar `f32` blocks of one length, any range; each formula states
//! what NaN and infinities become. Inside `run` everything must be `#[inline(always)]` and channels written out.

use std::fmt::Debug;

use half::f16;
use vfx_kernel::pointwise::{Pointwise3, Pointwise4, map3, map4};
use vfx_kernel::text::{Emitter, Val};
use vfx_kernel::{F64, Math};

use crate::op::affine::Stage;

/// An operation ready to run, whatever it is made of.
pub trait Kernel: Debug + Send + Sync {
    /// The name in reports: the operation and what matters of its style.
    fn name(&self) -> &'static str;

    /// Runs in place on blocks of R, G, B and alpha of one length, at the SIMD level of this thread.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    fn run_planes(&self, planes: [&mut [f32]; 4]);

    /// Runs on interleaved R, G, B, A in place, where that is faster than on planes; `false` if not, and nothing is changed.
    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        let _ = pixels;
        false
    }

    /// [`Kernel::run_rgba`] on half floats, where that is faster than converting them before and after.
    fn run_halves(&self, pixels: &mut [f16]) -> bool {
        let _ = pixels;
        false
    }

    /// [`Kernel::run_rgba`] on half floats whose colours are looked up first, a table of all codes for each.
    #[doc(hidden)]
    fn run_coded(&self, tables: [&[f32; 1 << 16]; 3], pixels: &mut [f16]) -> bool {
        let _ = (tables, pixels);
        false
    }

    /// Runs as the last step of a program: from planes (used up) straight into interleaved pixels, where that is faster;
    /// `false` if not, and nothing is changed.
    fn run_last(&self, planes: [&mut [f32]; 4], pixels: &mut [f32]) -> bool {
        let _ = (planes, pixels);
        false
    }

    /// One pixel in `f64`: the reference of every other form.
    fn eval(&self, pixel: [f64; 4]) -> [f64; 4];

    /// Largest error of any SIMD level against [`Kernel::eval`], relative to max(|value|, 1), for finite inputs within
    /// the operation's normal range.
    fn tolerance(&self) -> f64;

    /// Each channel of the result depends on the same channel of the input alone, alpha passing unchanged.
    fn separable(&self) -> bool;

    /// Estimated time a pixel in nanoseconds, AVX-512, blocks in cache.
    fn cost(&self) -> f32;

    /// What it is as a stage of a run of matrices and ranges.
    #[doc(hidden)]
    fn affine(&self) -> Option<Stage> {
        None
    }

    /// A table of its own: by itself another one would gain nothing.
    #[doc(hidden)]
    fn is_table(&self) -> bool {
        false
    }

    /// The formula written by the text instance of [`Math`]; `None` where there is none, as of an exact inverse by search.
    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]>;
}

/// An operation's formula, written once.
pub trait Formula: Debug + Send + Sync {
    /// The formula reads or writes alpha: `run4` replaces `run`.
    const ALPHA: bool = false;
    /// Vectors a step: 1 for a few words, 2 for most, 4 for hundreds of words in one dependency chain.
    const VECTORS: usize = 2;

    /// The name in reports.
    fn name(&self) -> &'static str;

    /// The formula on R, G, B; must be `#[inline(always)]`.
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3];

    /// The formula on R, G, B, A where `ALPHA` holds; must be `#[inline(always)]`.
    #[inline(always)]
    fn run4<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4] {
        let [r, g, b] = self.run(m, [c[0], c[1], c[2]]);
        [r, g, b, c[3]]
    }

    /// See [`Kernel::tolerance`].
    fn tolerance(&self) -> f64 {
        2e-6
    }

    /// See [`Kernel::separable`].
    fn separable(&self) -> bool {
        false
    }

    /// See [`Kernel::affine`].
    #[doc(hidden)]
    fn affine(&self) -> Option<Stage> {
        None
    }
}

impl<T: Formula> Kernel for T {
    fn name(&self) -> &'static str {
        Formula::name(self)
    }

    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        if T::ALPHA {
            map4(&Rgba(self), planes);
        } else {
            let [r, g, b, _] = planes;
            map3(&Rgb(self), [r, g, b]);
        }
    }

    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.run4(F64, pixel)
    }

    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]> {
        Some(self.run4(m, pixel))
    }

    fn affine(&self) -> Option<Stage> {
        Formula::affine(self)
    }

    fn tolerance(&self) -> f64 {
        Formula::tolerance(self)
    }

    fn separable(&self) -> bool {
        Formula::separable(self)
    }

    fn cost(&self) -> f32 {
        super::cost::estimate(self)
    }
}

/// A formula on three planes.
struct Rgb<'a, T>(&'a T);

impl<T: Formula> Pointwise3 for Rgb<'_, T> {
    const PAIRS: bool = T::VECTORS == 2;
    const QUADS: bool = T::VECTORS == 4;

    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        self.0.run(m, c)
    }
}

/// A formula on four planes.
struct Rgba<'a, T>(&'a T);

impl<T: Formula> Pointwise4 for Rgba<'_, T> {
    const PAIRS: bool = T::VECTORS == 2;
    const QUADS: bool = T::VECTORS == 4;

    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4] {
        self.0.run4(m, c)
    }
}
