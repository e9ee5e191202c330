//! What an operation may say: numbers, comparisons, tables. No control flow on values, no lanes.
//!
//! An operation is a function generic over [`Math`]; parameters are plain Rust values that become constants, branches are
//! `select`. Instances: [`Lanes`] (SIMD, `f32`), [`F64`] (the test oracle), [`Two`] (pairs of another instance, for
//! instruction-level parallelism). An instance that writes shader and CUDA text belongs beside them: `math/text.rs`.
//!
//! Everything inside SIMD code must be `#[inline(always)]`; `array::map`, `array::from_fn` and iterators do not inline and
//! cost a factor of ten to twenty: write channels out. Source of the vocabulary and of the measurements: the house sketch of
//! one-source kernels; the polynomials are minimax fits of their own.

/// Gives the words that instances around another one pass on, but for exp2 and log2, to the macro `$form`.
macro_rules! words {
    ($form:ident) => {
        $form! {
            add(a: F, b: F) -> F;
            sub(a: F, b: F) -> F;
            mul(a: F, b: F) -> F;
            div(a: F, b: F) -> F;
            min(a: F, b: F) -> F;
            max(a: F, b: F) -> F;
            fma(a: F, b: F, c: F) -> F;
            floor(a: F) -> F;
            abs(a: F) -> F;
            neg(a: F) -> F;
            copysign(a: F, sign: F) -> F;
            sqrt(a: F) -> F;
            log2_normal(a: F) -> F;
            exp2_normal(a: F) -> F;
            sin(a: F) -> F;
            cos(a: F) -> F;
            atan2(y: F, x: F) -> F;
            pow_by(x: F, e: F) -> F;
            ge(a: F, b: F) -> B;
            gt(a: F, b: F) -> B;
            le(a: F, b: F) -> B;
            lt(a: F, b: F) -> B;
            eq(a: F, b: F) -> B;
            and(a: B, b: B) -> B;
            or(a: B, b: B) -> B;
            not(a: B) -> B;
            select(c: B, yes: F, no: F) -> F;
        }
    };
}

mod lanes;
mod normal;
mod reference;
mod scale;
mod shim;
mod two;

#[cfg(test)]
mod tests;

pub use lanes::Lanes;
pub use normal::Normal;
pub use reference::F64;
pub(crate) use shim::Offsets;
pub use two::Two;

use crate::Table;

/// The words of a pixel operation. `Self` is a small copyable context: a SIMD token or a unit struct.
///
/// NaN: arithmetic passes NaN on; `min` and `max` return the *other* operand (NaN only when both are); comparisons with NaN
/// are false; `select` moves bits. Which NaN (sign, payload) is open.
pub trait Math: Copy {
    /// A number: a lane vector or an `f64`.
    type F: Copy;
    /// The result of a comparison: a lane mask or a `bool`.
    type B: Copy;

    /// The constant `v`.
    fn k(self, v: f32) -> Self::F;
    /// A parameter that may change after the program is built: a uniform called `name` in text, its present value `v` elsewhere.
    #[inline(always)]
    fn uniform(self, name: &'static str, v: f32) -> Self::F {
        let _ = name;
        self.k(v)
    }
    /// `a + b`.
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a - b`.
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a * b`.
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a / b`, correctly rounded, with the infinities and NaN of IEEE 754.
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// The smaller operand; the other one if one is NaN. The sign of a zero is open when both are zeros.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// The larger operand; the other one if one is NaN. The sign of a zero is open when both are zeros.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a * b + c`, rounded once where the level has FMA, twice elsewhere.
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The largest integer not above `a`.
    fn floor(self, a: Self::F) -> Self::F;
    /// `a` without its sign.
    fn abs(self, a: Self::F) -> Self::F;
    /// `a` with its sign turned, also of zeros.
    fn neg(self, a: Self::F) -> Self::F;
    /// The magnitude of `a` with the sign of `sign`.
    fn copysign(self, a: Self::F, sign: Self::F) -> Self::F;
    /// The square root, correctly rounded; NaN below zero.
    fn sqrt(self, a: Self::F) -> Self::F;
    /// 2^a, at most 1 ulp off with FMA and 1.5 without, 2 for subnormal results; overflows to infinity, underflows through subnormals to 0.
    fn exp2(self, a: Self::F) -> Self::F;
    /// The binary logarithm, at most 2 ulp off, subnormals included; -inf for zeros, NaN below zero, inf for inf.
    fn log2(self, a: Self::F) -> Self::F;
    /// [`Math::log2`] of positive normal numbers, with the same bits; -126 or less for zeros and subnormals, anything for all
    /// others.
    #[inline(always)]
    fn log2_normal(self, a: Self::F) -> Self::F {
        self.log2(a)
    }
    /// [`Math::exp2`] of -125 to 127, with the same bits; 0 to 2^-125 below, 2^127 or more above, anything for NaN.
    #[inline(always)]
    fn exp2_normal(self, a: Self::F) -> Self::F {
        self.exp2(a)
    }
    /// The sine of radians: absolute error at most 1e-7 for |a| <= 1e4, growing beyond; NaN for infinities.
    fn sin(self, a: Self::F) -> Self::F;
    /// The cosine of radians, as [`Math::sin`].
    fn cos(self, a: Self::F) -> Self::F;
    /// The angle of (x, y) in -pi..pi, relative error at most 2e-7; signed zeros and infinities as `f32::atan2`.
    fn atan2(self, y: Self::F, x: Self::F) -> Self::F;
    /// `x` to the power of a lane exponent, through log2 and exp2 with the integer part of the logarithm apart.
    ///
    /// Relative error at most 3e-7 for |e| <= 8, growing with |e| beyond (the fraction of the logarithm is rounded). For `x` >= 0 zeros, infinities and NaN are those of `f32::powf` with two
    /// exceptions: a NaN `x` or `e` always gives NaN, also where the other operand would decide, and the sign of -0 is
    /// dropped. NaN for every `x` < 0, integer exponents too. Exponents below 1e-17 leave 0 and infinity finite.
    fn pow_by(self, x: Self::F, e: Self::F) -> Self::F;
    /// `a >= b`.
    fn ge(self, a: Self::F, b: Self::F) -> Self::B;
    /// `a > b`.
    fn gt(self, a: Self::F, b: Self::F) -> Self::B;
    /// `a <= b`.
    fn le(self, a: Self::F, b: Self::F) -> Self::B;
    /// `a < b`.
    fn lt(self, a: Self::F, b: Self::F) -> Self::B;
    /// `a == b`; false for NaN.
    fn eq(self, a: Self::F, b: Self::F) -> Self::B;
    /// Both.
    fn and(self, a: Self::B, b: Self::B) -> Self::B;
    /// Either.
    fn or(self, a: Self::B, b: Self::B) -> Self::B;
    /// The opposite.
    fn not(self, a: Self::B) -> Self::B;
    /// `yes` where `c` holds, else `no`.
    fn select(self, c: Self::B, yes: Self::F, no: Self::F) -> Self::F;
    /// Row `index` of a table (an integer in a float, clamped to the table; NaN fetches row 0).
    fn fetch(self, table: &Table, index: Self::F) -> [Self::F; 4];
    /// Entry `index` (an integer in a float, 0 to 15) of a table that stays in registers; a constant array in text.
    fn small(self, table: &[f32; 16], index: Self::F) -> Self::F;
    /// The cell of a positive normal `x` among 2^k linear steps an octave (its top bits as an integer, biased exponent
    /// included), and the position 0..1 inside the cell.
    fn cell(self, x: Self::F, k: u32) -> (Self::F, Self::F);

    /// `x` to the constant power `e`; see [`Math::pow_by`].
    #[inline(always)]
    fn pow(self, x: Self::F, e: f32) -> Self::F {
        self.pow_by(x, self.k(e))
    }

    /// `x` limited to `lo..=hi`; NaN becomes `lo`.
    #[inline(always)]
    fn clamp(self, x: Self::F, lo: f32, hi: f32) -> Self::F {
        self.min(self.max(x, self.k(lo)), self.k(hi))
    }
}
