//! The skeletons that run a formula over planes: same length in and out, no neighbours, any order.
//!
//! Planes are contiguous `f32` rows or blocks in any range; blocks of 1 to 4 thousand samples keep the steps of a chain in
//! the caches. NaN and infinities are what the formula makes of them. The rest of a row (up to 63 samples) goes through a
//! padded block on the stack and the same code, so a sample has the same bits wherever it lies and however a row is cut.
//! Each op and skeleton is compiled once a level: the rest re-enters the same function instead of a second copy of it.

use fearless_simd::{Simd, prelude::*};

use crate::level::simd;
use crate::math::{Lanes, Math, Two};

/// Samples a step of every level: four 16-lane vectors.
const STEP: usize = 64;

/// A formula of one number.
///
/// ```
/// use vfx_kernel::Math;
/// use vfx_kernel::pointwise::{Pointwise1, map1_in_place};
///
/// struct Exposure {
///     stops: f32,
/// }
///
/// impl Pointwise1 for Exposure {
///     #[inline(always)]
///     fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
///         m.mul(x, m.k(self.stops.exp2()))
///     }
/// }
///
/// let mut row = [0.18, 1.0];
/// map1_in_place(&Exposure { stops: 1.0 }, &mut row);
/// assert_eq!(row, [0.36, 2.0]);
/// ```
pub trait Pointwise1 {
    /// Two vectors at a time ([`Two`]): for formulas of more than about ten words.
    const PAIRS: bool = true;
    /// The formula; must be `#[inline(always)]`.
    fn run<M: Math>(&self, m: M, x: M::F) -> M::F;
}

/// A formula of two numbers: `a` of the plane that is changed, `b` of the other one.
pub trait Pointwise2 {
    /// Two vectors at a time.
    const PAIRS: bool = true;
    /// The formula; must be `#[inline(always)]`.
    fn run<M: Math>(&self, m: M, a: M::F, b: M::F) -> M::F;
}

/// A formula of three channels.
pub trait Pointwise3 {
    /// Two vectors at a time.
    const PAIRS: bool = true;
    /// Four vectors at a time, for the longest formulas (more than about a hundred words).
    const QUADS: bool = false;
    /// The formula; must be `#[inline(always)]`.
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3];
}

/// A formula of four channels, as a rule R, G, B and alpha.
pub trait Pointwise4 {
    /// Two vectors at a time.
    const PAIRS: bool = true;
    /// Four vectors at a time, for the longest formulas (more than about a hundred words).
    const QUADS: bool = false;
    /// The formula; must be `#[inline(always)]`.
    fn run<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4];
}

/// A formula of two pixels of four channels: a merge.
pub trait Merge4 {
    /// Two vectors at a time.
    const PAIRS: bool = false;
    /// The formula; must be `#[inline(always)]`.
    fn run<M: Math>(&self, m: M, a: [M::F; 4], b: [M::F; 4]) -> [M::F; 4];
}

/// `dst[i] = op(src[i])`.
///
/// # Panics
///
/// If the lengths differ.
pub fn map1<P: Pointwise1>(op: &P, src: &[f32], dst: &mut [f32]) {
    assert_eq!(src.len(), dst.len(), "planes of one length");
    let (whole, rest) = src.split_at(src.len() - src.len() % STEP);
    let (dst, dst_rest) = dst.split_at_mut(whole.len());
    dst.copy_from_slice(whole);
    planes(&Channel1(op), [dst], []);
    if !rest.is_empty() {
        dst_rest.copy_from_slice(rest);
        ends(&Channel1(op), [dst_rest], []);
    }
}

/// `data[i] = op(data[i])`.
pub fn map1_in_place<P: Pointwise1>(op: &P, data: &mut [f32]) {
    all(&Channel1(op), [data], []);
}

/// `dst[i] = op(dst[i], other[i])`.
///
/// # Panics
///
/// If the lengths differ.
pub fn map2<P: Pointwise2>(op: &P, dst: &mut [f32], other: &[f32]) {
    all(&Channel2(op), [dst], [other]);
}

/// Three planes in place.
///
/// # Panics
///
/// If the lengths differ.
pub fn map3<P: Pointwise3>(op: &P, data: [&mut [f32]; 3]) {
    all(&Channel3(op), data, []);
}

/// Four planes in place.
///
/// # Panics
///
/// If the lengths differ.
pub fn map4<P: Pointwise4>(op: &P, data: [&mut [f32]; 4]) {
    all(&Channel4(op), data, []);
}

/// Four planes in place with four others: `dst = op(dst, other)`.
///
/// # Panics
///
/// If the lengths differ.
pub fn merge4<P: Merge4>(op: &P, dst: [&mut [f32]; 4], other: [&[f32]; 4]) {
    all(&Channel44(op), dst, other);
}

/// What the skeletons share: N planes in place, O others to read.
trait Formula<const N: usize, const O: usize> {
    const PAIRS: bool;
    const QUADS: bool;
    fn run<M: Math>(&self, m: M, c: [M::F; N], other: [M::F; O]) -> [M::F; N];
}

macro_rules! formula {
    ($wrap:ident, $public:ident, $n:literal, $o:literal, $quads:expr, |$op:ident, $m:ident, $c:ident, $other:ident| $call:expr) => {
        struct $wrap<'a, P>(&'a P);

        impl<P: $public> Formula<$n, $o> for $wrap<'_, P> {
            const PAIRS: bool = P::PAIRS;
            const QUADS: bool = $quads;

            #[inline(always)]
            fn run<M: Math>(&self, $m: M, $c: [M::F; $n], $other: [M::F; $o]) -> [M::F; $n] {
                let $op = self.0;
                $call
            }
        }
    };
}

formula!(Channel1, Pointwise1, 1, 0, false, |op, m, c, _o| [
    op.run(m, c[0])
]);
formula!(Channel2, Pointwise2, 1, 1, false, |op, m, c, o| [
    op.run(m, c[0], o[0])
]);
formula!(Channel3, Pointwise3, 3, 0, P::QUADS, |op, m, c, _o| op
    .run(m, c));
formula!(Channel4, Pointwise4, 4, 0, P::QUADS, |op, m, c, _o| op
    .run(m, c));
formula!(Channel44, Merge4, 4, 4, false, |op, m, c, o| op
    .run(m, c, o));

/// Planes of any length.
fn all<const N: usize, const O: usize, P: Formula<N, O>>(
    op: &P,
    mut data: [&mut [f32]; N],
    other: [&[f32]; O],
) {
    let len = data[0].len();
    for plane in &data {
        assert_eq!(plane.len(), len, "planes of one length");
    }
    for plane in &other {
        assert_eq!(plane.len(), len, "planes of one length");
    }
    let whole = len - len % STEP;
    planes(
        op,
        data.each_mut().map(|p| &mut p[..whole]),
        other.map(|p| &p[..whole]),
    );
    if whole < len {
        ends(
            op,
            data.map(|p| &mut p[whole..]),
            other.map(|p| &p[whole..]),
        );
    }
}

/// The last samples, through padded blocks.
fn ends<const N: usize, const O: usize, P: Formula<N, O>>(
    op: &P,
    data: [&mut [f32]; N],
    other: [&[f32]; O],
) {
    let len = data[0].len();
    let mut blocks = [[0.0f32; STEP]; N];
    let mut others = [[0.0f32; STEP]; O];
    for (block, plane) in blocks.iter_mut().zip(&data) {
        block[..len].copy_from_slice(plane);
    }
    for (block, plane) in others.iter_mut().zip(&other) {
        block[..len].copy_from_slice(plane);
    }
    planes(
        op,
        blocks.each_mut().map(|b| &mut b[..]),
        others.each_ref().map(|b| &b[..]),
    );
    for (block, plane) in blocks.iter().zip(data) {
        plane.copy_from_slice(&block[..len]);
    }
}

/// Whole steps only. Never inlined: one copy of the formula a level.
#[inline(never)]
fn planes<const N: usize, const O: usize, P: Formula<N, O>>(
    op: &P,
    data: [&mut [f32]; N],
    other: [&[f32]; O],
) {
    simd!(s => lanes(s, op, data, other));
}

#[inline(always)]
fn lanes<S: Simd, const N: usize, const O: usize, P: Formula<N, O>>(
    s: S,
    op: &P,
    data: [&mut [f32]; N],
    other: [&[f32]; O],
) {
    let n = S::f32s::LEN;
    let len = data[0].len();
    let zero = S::f32s::splat(s, 0.0);
    let mut i = 0;
    if P::QUADS {
        while i + 4 * n <= len {
            let mut c = [((zero, zero), (zero, zero)); N];
            let mut o = [((zero, zero), (zero, zero)); O];
            let mut k = 0;
            while k < N {
                c[k] = quad(s, &data[k][i..i + 4 * n]);
                k += 1;
            }
            k = 0;
            while k < O {
                o[k] = quad(s, &other[k][i..i + 4 * n]);
                k += 1;
            }
            let c = op.run(Two(Two(Lanes(s))), c, o);
            k = 0;
            while k < N {
                let p = &mut data[k][i..i + 4 * n];
                c[k].0.0.store_slice(&mut p[..n]);
                c[k].0.1.store_slice(&mut p[n..2 * n]);
                c[k].1.0.store_slice(&mut p[2 * n..3 * n]);
                c[k].1.1.store_slice(&mut p[3 * n..]);
                k += 1;
            }
            i += 4 * n;
        }
    } else if P::PAIRS {
        while i + 2 * n <= len {
            let mut c = [(zero, zero); N];
            let mut o = [(zero, zero); O];
            let mut k = 0;
            while k < N {
                let p = &data[k][i..i + 2 * n];
                c[k] = (
                    S::f32s::from_slice(s, &p[..n]),
                    S::f32s::from_slice(s, &p[n..]),
                );
                k += 1;
            }
            k = 0;
            while k < O {
                let p = &other[k][i..i + 2 * n];
                o[k] = (
                    S::f32s::from_slice(s, &p[..n]),
                    S::f32s::from_slice(s, &p[n..]),
                );
                k += 1;
            }
            let c = op.run(Two(Lanes(s)), c, o);
            k = 0;
            while k < N {
                let p = &mut data[k][i..i + 2 * n];
                c[k].0.store_slice(&mut p[..n]);
                c[k].1.store_slice(&mut p[n..]);
                k += 1;
            }
            i += 2 * n;
        }
    } else {
        while i + n <= len {
            let mut c = [zero; N];
            let mut o = [zero; O];
            let mut k = 0;
            while k < N {
                c[k] = S::f32s::from_slice(s, &data[k][i..i + n]);
                k += 1;
            }
            k = 0;
            while k < O {
                o[k] = S::f32s::from_slice(s, &other[k][i..i + n]);
                k += 1;
            }
            let c = op.run(Lanes(s), c, o);
            k = 0;
            while k < N {
                c[k].store_slice(&mut data[k][i..i + n]);
                k += 1;
            }
            i += n;
        }
    }
}

/// Four vectors as pairs of pairs.
type Quad<F> = ((F, F), (F, F));

#[inline(always)]
fn quad<S: Simd>(s: S, p: &[f32]) -> Quad<S::f32s> {
    let n = S::f32s::LEN;
    (
        (
            S::f32s::from_slice(s, &p[..n]),
            S::f32s::from_slice(s, &p[n..2 * n]),
        ),
        (
            S::f32s::from_slice(s, &p[2 * n..3 * n]),
            S::f32s::from_slice(s, &p[3 * n..4 * n]),
        ),
    )
}
