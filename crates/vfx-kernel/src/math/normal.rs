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

    words!(same);

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
