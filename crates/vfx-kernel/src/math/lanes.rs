//! The SIMD instance: one native vector of `f32` lanes a value.
//!
//! exp2, log2, sin, cos and atan2 are range reductions and minimax polynomials (own fits, relative error below 3e-8 before
//! rounding; exp2's is the Cephes one); the error bounds in the trait are measured by the tests at every level. Special
//! values cost a few compares and selects a call, which is 5 to 15 % of it. `pow` keeps the integer part of the logarithm
//! apart through the product: exp2(e log2 x) alone loses up to 6e-6 because log2 is rounded first.

use fearless_simd::{Bytes, Select, Simd, prelude::*};

use super::scale::{scale, scale_normal};
use super::{Math, shim};
use crate::Table;

/// One native vector of the level `S` a value.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<S>(pub S);

/// Highest power first.
macro_rules! horner {
    ($m:ident, $x:expr, $first:expr $(, $c:expr)+ $(,)?) => {{
        let p = $m.k($first);
        $(let p = $m.fma(p, $x, $m.k($c));)+
        p
    }};
}

impl<S: Simd> Lanes<S> {
    #[inline(always)]
    fn int(self, v: i32) -> S::i32s {
        S::i32s::splat(self.0, v)
    }

    /// The level has mask registers: special values cost little there, and without them the compiler put the chains of a
    /// formula one after another instead of side by side (ACES 2 took 1.7 times as long).
    #[inline(always)]
    fn masks(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        return matches!(self.0.level(), fearless_simd::Level::Avx512(_));
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Splits a positive `x` into 2^k * 2^l, |l| <= 0.5: `k` a whole number, `l` the logarithm of the mantissa.
    #[inline(always)]
    fn log2_parts(self, x: S::f32s) -> (S::f32s, S::f32s) {
        let tiny = x.simd_lt(self.k(f32::MIN_POSITIVE));
        let x = tiny.select(x * self.k(8_388_608.0), x);
        let (k, l) = self.log2_parts_normal(x);
        (k + tiny.select(self.k(-23.0), self.k(0.0)), l)
    }

    /// [`Self::log2_parts`] of a normal `x`.
    #[inline(always)]
    fn log2_parts_normal(self, x: S::f32s) -> (S::f32s, S::f32s) {
        let bits = x.bitcast::<S::i32s>();
        // sqrt(0.5): mantissas come out in sqrt(0.5)..sqrt(2).
        let e = (bits - self.int(0x3f35_04f3)) >> 23;
        let z = (bits - (e << 23)).bitcast::<S::f32s>() - self.k(1.0);
        let k = e.to_float::<S::f32s>();
        let p = horner!(
            self,
            z,
            0.125_835_6,
            -0.207_268_21,
            0.215_715_44,
            -0.238_945_04,
            0.287_916_3,
            -0.360_703_68,
            0.480_910_63,
            -0.721_347_33,
            0.442_695,
        );
        (k, self.fma(z, p, z))
    }

    /// 2^f * 2^n for |f| <= 0.5 (a little more is harmless) and whole |n| <= 252, rounded once into subnormals.
    #[inline(always)]
    fn exp2_parts(self, f: S::f32s, n: S::f32s) -> S::f32s {
        scale(self.0, self.exp2_polynomial(f), n)
    }

    /// 2^f for |f| <= 0.5 (a little more is harmless).
    #[inline(always)]
    fn exp2_polynomial(self, f: S::f32s) -> S::f32s {
        horner!(
            self,
            f,
            1.535_336_2e-4,
            1.339_887_4e-3,
            9.618_437e-3,
            5.550_332_5e-2,
            2.402_264_8e-1,
            6.931_472e-1,
            1.0,
        )
    }

    /// The quadrant of `x` and what is left of it, in -pi/4..pi/4.
    #[inline(always)]
    fn quadrant(self, x: S::f32s) -> (S::i32s, S::f32s) {
        let n = (x * self.k(std::f32::consts::FRAC_2_PI)).round_ties_even();
        // pi/2 in pieces of few bits, so that the products are exact also without FMA.
        let r = self.fma(n, self.k(-1.570_312_5), x);
        let r = self.fma(n, self.k(-4.837_513e-4), r);
        let r = self.fma(n, self.k(-7.549_79e-8), r);
        (n.to_int::<S::i32s>(), r)
    }

    /// sin of `quadrant * pi/2 + r`.
    #[inline(always)]
    fn sin_parts(self, quadrant: S::i32s, r: S::f32s) -> S::f32s {
        let s = r * r;
        let sin = horner!(self, s, -1.951_729_8e-4, 8.332_178e-3, -0.166_666_55);
        let sin = self.fma(sin * s, r, r);
        let cos = horner!(self, s, 2.443_845_2e-5, -1.388_736_8e-3, 0.041_666_646);
        let cos = self.fma(cos, s, self.k(-0.5));
        let cos = self.fma(cos, s, self.k(1.0));
        let odd = (quadrant & self.int(1)).simd_eq(self.int(1));
        let v = odd.select(cos, sin);
        let sign = (quadrant & self.int(2)) << 30;
        (v.bitcast::<S::i32s>() ^ sign).bitcast::<S::f32s>()
    }
}

impl<S: Simd> Math for Lanes<S> {
    type F = S::f32s;
    type B = S::mask32s;

    #[inline(always)]
    fn k(self, v: f32) -> S::f32s {
        S::f32s::splat(self.0, v)
    }
    #[inline(always)]
    fn add(self, a: S::f32s, b: S::f32s) -> S::f32s {
        a + b
    }
    #[inline(always)]
    fn sub(self, a: S::f32s, b: S::f32s) -> S::f32s {
        a - b
    }
    #[inline(always)]
    fn mul(self, a: S::f32s, b: S::f32s) -> S::f32s {
        a * b
    }
    #[inline(always)]
    fn div(self, a: S::f32s, b: S::f32s) -> S::f32s {
        a / b
    }
    #[inline(always)]
    fn min(self, a: S::f32s, b: S::f32s) -> S::f32s {
        a.min_precise(b)
    }
    #[inline(always)]
    fn max(self, a: S::f32s, b: S::f32s) -> S::f32s {
        a.max_precise(b)
    }
    #[inline(always)]
    fn fma(self, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
        a.mul_add(b, c)
    }
    #[inline(always)]
    fn floor(self, a: S::f32s) -> S::f32s {
        a.floor()
    }
    #[inline(always)]
    fn abs(self, a: S::f32s) -> S::f32s {
        a.abs()
    }
    #[inline(always)]
    fn neg(self, a: S::f32s) -> S::f32s {
        -a
    }
    #[inline(always)]
    fn copysign(self, a: S::f32s, sign: S::f32s) -> S::f32s {
        a.copysign(sign)
    }
    #[inline(always)]
    fn sqrt(self, a: S::f32s) -> S::f32s {
        a.sqrt()
    }

    #[inline(always)]
    fn exp2(self, a: S::f32s) -> S::f32s {
        // NaN becomes anything here and is restored at the end.
        let x = a.max(self.k(-252.0)).min(self.k(252.0));
        let n = x.round_ties_even();
        let y = self.exp2_parts(x - n, n);
        a.simd_eq(a).select(y, a)
    }

    #[inline(always)]
    fn log2(self, a: S::f32s) -> S::f32s {
        let (k, l) = self.log2_parts(a);
        let y = k + l;
        let zero = self.k(0.0);
        // Inf and NaN are their own logarithms; 0 and everything below it have none.
        let y = a.simd_lt(self.k(f32::INFINITY)).select(y, a);
        let none = a
            .simd_eq(zero)
            .select(self.k(f32::NEG_INFINITY), self.k(f32::NAN));
        a.simd_le(zero).select(none, y)
    }

    #[inline(always)]
    fn log2_normal(self, a: S::f32s) -> S::f32s {
        if self.masks() {
            return self.log2(a);
        }
        let (k, l) = self.log2_parts_normal(a);
        k + l
    }

    #[inline(always)]
    fn exp2_normal(self, a: S::f32s) -> S::f32s {
        if self.masks() {
            return self.exp2(a);
        }
        let x = a.max(self.k(-126.0)).min(self.k(127.0));
        let n = x.round_ties_even();
        scale_normal::<S>(self.exp2_polynomial(x - n), n)
    }

    #[inline(always)]
    fn sin(self, a: S::f32s) -> S::f32s {
        let (quadrant, r) = self.quadrant(a);
        self.sin_parts(quadrant, r)
    }

    #[inline(always)]
    fn cos(self, a: S::f32s) -> S::f32s {
        let (quadrant, r) = self.quadrant(a);
        self.sin_parts(quadrant + self.int(1), r)
    }

    #[inline(always)]
    fn atan2(self, y: S::f32s, x: S::f32s) -> S::f32s {
        let (ax, ay) = (x.abs(), y.abs());
        let big = ax.max_precise(ay);
        let small = ax.min_precise(ay);
        let t = small / big;
        let t = big.simd_eq(self.k(0.0)).select(self.k(0.0), t);
        let t = small.simd_eq(self.k(f32::INFINITY)).select(self.k(1.0), t);
        let s = t * t;
        let p = horner!(
            self,
            s,
            2.920_683e-3,
            -0.016_367_894,
            0.043_211_807,
            -0.075_522_1,
            0.106_660_03,
            -0.142_110_56,
            0.199_937_73,
            -0.333_331_53,
        );
        let a = self.fma(p * s, t, t);
        let steep = ay.simd_gt(ax);
        let a = steep.select(self.k(std::f32::consts::FRAC_PI_2) - a, a);
        let left = x.bitcast::<S::i32s>().simd_lt(self.int(0));
        let a = left.select(self.k(std::f32::consts::PI) - a, a);
        let a = a.copysign(y);
        let sum = x + y;
        let ordered = x.simd_eq(x) & y.simd_eq(y);
        ordered.select(a, sum)
    }

    #[inline(always)]
    fn pow_by(self, x: S::f32s, e: S::f32s) -> S::f32s {
        let (k, l) = self.log2_parts(x);
        let zero = self.k(0.0);
        let valid = x.simd_ge(zero) & e.simd_eq(e);
        // Logarithms of 0 and inf that an exponent of 0 still turns into 0; l is 0 for both.
        let k = x.simd_eq(zero).select(self.k(-1e20), k);
        let k = x.simd_eq(self.k(f32::INFINITY)).select(self.k(1e20), k);
        // No product overflows below, and no other x than 1 stays finite at such exponents. NaN: `valid`.
        let e = e.max(self.k(-1e12)).min(self.k(1e12));
        // e in two parts: 16 bits times the 8 of k are exact, the rest is small.
        let high = (e.bitcast::<S::i32s>() & self.int(!0xff)).bitcast::<S::f32s>();
        let low = e - high;
        let whole = high * k;
        let n = whole.round_ties_even();
        let rest = self.fma(e, l, self.fma(low, k, whole - n));
        let m = rest.round_ties_even();
        let n = (n + m).max(self.k(-252.0)).min(self.k(252.0));
        let y = self.exp2_parts(rest - m, n);
        valid.select(y, self.k(f32::NAN))
    }

    #[inline(always)]
    fn ge(self, a: S::f32s, b: S::f32s) -> S::mask32s {
        a.simd_ge(b)
    }
    #[inline(always)]
    fn gt(self, a: S::f32s, b: S::f32s) -> S::mask32s {
        a.simd_gt(b)
    }
    #[inline(always)]
    fn le(self, a: S::f32s, b: S::f32s) -> S::mask32s {
        a.simd_le(b)
    }
    #[inline(always)]
    fn lt(self, a: S::f32s, b: S::f32s) -> S::mask32s {
        a.simd_lt(b)
    }
    #[inline(always)]
    fn eq(self, a: S::f32s, b: S::f32s) -> S::mask32s {
        a.simd_eq(b)
    }
    #[inline(always)]
    fn and(self, a: S::mask32s, b: S::mask32s) -> S::mask32s {
        a & b
    }
    #[inline(always)]
    fn or(self, a: S::mask32s, b: S::mask32s) -> S::mask32s {
        a | b
    }
    #[inline(always)]
    fn not(self, a: S::mask32s) -> S::mask32s {
        !a
    }
    #[inline(always)]
    fn select(self, c: S::mask32s, yes: S::f32s, no: S::f32s) -> S::f32s {
        c.select(yes, no)
    }

    #[inline(always)]
    fn clamp(self, x: S::f32s, lo: f32, hi: f32) -> S::f32s {
        // No NaN is left for the second step.
        x.max_precise(self.k(lo)).min(self.k(hi))
    }

    #[inline(always)]
    fn fetch(self, table: &Table, index: S::f32s) -> [S::f32s; 4] {
        let rows = table.entries();
        let last = rows.len() - 1;
        // NaN becomes row 0.
        let i = index
            .max_precise(self.k(0.0))
            .min(self.k(last as f32))
            .to_int::<S::i32s>()
            .bitcast::<S::u32s>();
        shim::rows(self.0, rows, i)
    }

    #[inline(always)]
    fn small(self, table: &[f32; 16], index: S::f32s) -> S::f32s {
        shim::small(
            self.0,
            table,
            index.to_int::<S::i32s>().bitcast::<S::u32s>(),
        )
    }

    #[inline(always)]
    fn cell(self, x: S::f32s, k: u32) -> (S::f32s, S::f32s) {
        let shift = 23 - k;
        let bits = x.bitcast::<S::i32s>();
        let i = bits >> shift;
        let u = (bits - (i << shift)).to_float::<S::f32s>();
        let scale = self.k(1.0 / (1u32 << shift) as f32);
        (i.to_float::<S::f32s>(), u * scale)
    }
}
