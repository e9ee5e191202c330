//! The `f64` instance: the oracle of every test. Each word is the standard function; masks are `bool`.
//!
//! NaN: `f64::min` and `f64::max` return the other operand, as the trait asks.

use super::Math;
use crate::Table;

/// The reference instance of [`Math`].
#[derive(Clone, Copy, Debug, Default)]
pub struct F64;

impl Math for F64 {
    type F = f64;
    type B = bool;

    fn k(self, v: f32) -> f64 {
        f64::from(v)
    }
    fn add(self, a: f64, b: f64) -> f64 {
        a + b
    }
    fn sub(self, a: f64, b: f64) -> f64 {
        a - b
    }
    fn mul(self, a: f64, b: f64) -> f64 {
        a * b
    }
    fn div(self, a: f64, b: f64) -> f64 {
        a / b
    }
    fn min(self, a: f64, b: f64) -> f64 {
        a.min(b)
    }
    fn max(self, a: f64, b: f64) -> f64 {
        a.max(b)
    }
    fn fma(self, a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
    fn floor(self, a: f64) -> f64 {
        a.floor()
    }
    fn abs(self, a: f64) -> f64 {
        a.abs()
    }
    fn neg(self, a: f64) -> f64 {
        -a
    }
    fn copysign(self, a: f64, sign: f64) -> f64 {
        a.copysign(sign)
    }
    fn sqrt(self, a: f64) -> f64 {
        a.sqrt()
    }
    fn exp2(self, a: f64) -> f64 {
        a.exp2()
    }
    fn log2(self, a: f64) -> f64 {
        a.log2()
    }
    fn sin(self, a: f64) -> f64 {
        a.sin()
    }
    fn cos(self, a: f64) -> f64 {
        a.cos()
    }
    fn atan2(self, y: f64, x: f64) -> f64 {
        y.atan2(x)
    }
    fn pow_by(self, x: f64, e: f64) -> f64 {
        if x.is_nan() || e.is_nan() || x < 0.0 {
            return f64::NAN;
        }
        x.abs().powf(e)
    }
    fn ge(self, a: f64, b: f64) -> bool {
        a >= b
    }
    fn gt(self, a: f64, b: f64) -> bool {
        a > b
    }
    fn le(self, a: f64, b: f64) -> bool {
        a <= b
    }
    fn lt(self, a: f64, b: f64) -> bool {
        a < b
    }
    fn eq(self, a: f64, b: f64) -> bool {
        a == b
    }
    fn and(self, a: bool, b: bool) -> bool {
        a && b
    }
    fn or(self, a: bool, b: bool) -> bool {
        a || b
    }
    fn not(self, a: bool) -> bool {
        !a
    }
    fn select(self, c: bool, yes: f64, no: f64) -> f64 {
        if c { yes } else { no }
    }
    fn fetch(self, table: &Table, index: f64) -> [f64; 4] {
        let rows = table.entries();
        // A float cast saturates, and NaN becomes 0.
        let row = rows[(index as usize).min(rows.len() - 1)];
        [
            f64::from(row[0]),
            f64::from(row[1]),
            f64::from(row[2]),
            f64::from(row[3]),
        ]
    }
    fn small(self, table: &[f32; 16], index: f64) -> f64 {
        f64::from(table[(index as usize).min(15)])
    }
    fn cell(self, x: f64, k: u32) -> (f64, f64) {
        let exponent = x.log2().floor();
        let steps = f64::from(1u32 << k);
        let position = (x / exponent.exp2() - 1.0) * steps;
        let step = position.floor().min(steps - 1.0);
        ((exponent + 127.0) * steps + step, position - step)
    }
}
