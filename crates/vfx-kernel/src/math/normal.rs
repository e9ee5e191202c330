//! An instance whose logarithms and exponentials leave out special values: a fifth of a formula made of powers.

use super::Math;
use crate::Table;

/// The instance `M` with [`Math::log2_normal`] for `log2` and [`Math::exp2_normal`] for `exp2`: for formulas that keep their
/// arguments normal, and bring NaN back themselves.
#[derive(Clone, Copy, Debug)]
pub struct Normal<M>(pub M);

macro_rules! same {
    ($($name:ident($($arg:ident: $kind:ident),+) -> $out:ident;)*) => {
        $(
            #[inline(always)]
            fn $name(self, $($arg: Self::$kind),+) -> Self::$out {
                self.0.$name($($arg),+)
            }
        )*
    };
}

impl<M: Math> Math for Normal<M> {
    type F = M::F;
    type B = M::B;

    #[inline(always)]
    fn k(self, v: f32) -> Self::F {
        self.0.k(v)
    }
    #[inline(always)]
    fn uniform(self, name: &'static str, v: f32) -> Self::F {
        self.0.uniform(name, v)
    }
    #[inline(always)]
    fn log2(self, a: Self::F) -> Self::F {
        self.0.log2_normal(a)
    }
    #[inline(always)]
    fn exp2(self, a: Self::F) -> Self::F {
        self.0.exp2_normal(a)
    }

    same! {
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

    #[inline(always)]
    fn fetch(self, table: &Table, index: Self::F) -> [Self::F; 4] {
        self.0.fetch(table, index)
    }

    #[inline(always)]
    fn small(self, table: &[f32; 16], index: Self::F) -> Self::F {
        self.0.small(table, index)
    }

    #[inline(always)]
    fn cell(self, x: Self::F, k: u32) -> (Self::F, Self::F) {
        self.0.cell(x, k)
    }
}
