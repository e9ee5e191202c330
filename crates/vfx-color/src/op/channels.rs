//! One function a channel, as a formula: what powers, curves with a toe and one-dimensional tables are.
//!
//! [`Rgb`] leaves alpha as it is and is separable; [`Rgba`] runs the function on alpha too.

use std::fmt::Debug;

use vfx_kernel::Math;

use crate::program::Formula;

/// A function a channel.
pub(crate) trait Channels: Debug + Send + Sync {
    /// The name in reports.
    fn name(&self) -> &'static str;

    /// The function of channel `i` (R, G, B, A); must be `#[inline(always)]`.
    fn one<M: Math>(&self, m: M, x: M::F, i: usize) -> M::F;

    /// See [`crate::program::Kernel::tolerance`].
    fn tolerance(&self) -> f64 {
        2e-6
    }
}

/// The function of R, G and B.
#[derive(Debug)]
pub(crate) struct Rgb<T>(pub T);

impl<T: Channels> Formula for Rgb<T> {
    fn name(&self) -> &'static str {
        self.0.name()
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            self.0.one(m, c[0], 0),
            self.0.one(m, c[1], 1),
            self.0.one(m, c[2], 2),
        ]
    }
    fn separable(&self) -> bool {
        true
    }
    fn tolerance(&self) -> f64 {
        self.0.tolerance()
    }
}

/// The function of R, G, B and A.
#[derive(Debug)]
pub(crate) struct Rgba<T>(pub T);

impl<T: Channels> Formula for Rgba<T> {
    const ALPHA: bool = true;

    fn name(&self) -> &'static str {
        self.0.name()
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            self.0.one(m, c[0], 0),
            self.0.one(m, c[1], 1),
            self.0.one(m, c[2], 2),
        ]
    }
    #[inline(always)]
    fn run4<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4] {
        let [r, g, b] = self.run(m, [c[0], c[1], c[2]]);
        [r, g, b, self.0.one(m, c[3], 3)]
    }
    fn tolerance(&self) -> f64 {
        self.0.tolerance()
    }
}
