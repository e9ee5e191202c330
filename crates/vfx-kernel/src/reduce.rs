//! Statistics of rows of `f32`: counts, extremes, sum and sum of squares.
//!
//! Sums run over the finite samples, in `f64` lanes within a row; rows are added to the total with the rounding error carried
//! along (Neumaier), so that the order of rows and the number of threads show at most in the last bit of a total. A row's own sum is fixed on
//! one SIMD level: cut an image into the same rows and the result stays the same. NaN and infinities are counted apart;
//! `min` and `max` skip NaN and include infinities, `finite_min` and `finite_max` skip both. Which zero is open.

use fearless_simd::{Select, Simd, prelude::*};

use crate::lane::{self, MAX_LANES};
use crate::level::simd;

/// What [`stats`] gathers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    /// All samples.
    pub count: u64,
    /// NaNs.
    pub nan: u64,
    /// Positive infinities.
    pub pos_inf: u64,
    /// Negative infinities.
    pub neg_inf: u64,
    /// Lowest sample that is no NaN; inf without one.
    pub min: f32,
    /// Highest sample that is no NaN; -inf without one.
    pub max: f32,
    /// Lowest finite sample; inf without one.
    pub finite_min: f32,
    /// Highest finite sample; -inf without one.
    pub finite_max: f32,
    sum: Carried,
    squares: Carried,
}

/// A sum and the rounding errors of its additions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Carried {
    sum: f64,
    error: f64,
}

impl Carried {
    #[inline(always)]
    fn add(&mut self, v: f64) {
        let sum = self.sum + v;
        self.error += if self.sum.abs() >= v.abs() {
            (self.sum - sum) + v
        } else {
            (v - sum) + self.sum
        };
        self.sum = sum;
    }

    fn value(&self) -> f64 {
        self.sum + self.error
    }
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            count: 0,
            nan: 0,
            pos_inf: 0,
            neg_inf: 0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            finite_min: f32::INFINITY,
            finite_max: f32::NEG_INFINITY,
            sum: Carried::default(),
            squares: Carried::default(),
        }
    }
}

impl Stats {
    /// Samples that are neither NaN nor infinite.
    pub fn finite(&self) -> u64 {
        self.count - self.nan - self.pos_inf - self.neg_inf
    }

    /// Sum of the finite samples.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// Sum of the squares of the finite samples.
    pub fn sum_of_squares(&self) -> f64 {
        self.squares.value()
    }

    /// Mean of the finite samples; NaN without one.
    pub fn mean(&self) -> f64 {
        self.sum() / self.finite() as f64
    }

    /// Population standard deviation of the finite samples; NaN without one.
    pub fn deviation(&self) -> f64 {
        let mean = self.mean();
        (self.sum_of_squares() / self.finite() as f64 - mean * mean)
            .max(if mean.is_nan() { f64::NAN } else { 0.0 })
            .sqrt()
    }

    /// Adds what another worker gathered.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.nan += other.nan;
        self.pos_inf += other.pos_inf;
        self.neg_inf += other.neg_inf;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.finite_min = self.finite_min.min(other.finite_min);
        self.finite_max = self.finite_max.max(other.finite_max);
        self.sum.add(other.sum.sum);
        self.sum.error += other.sum.error;
        self.squares.add(other.squares.sum);
        self.squares.error += other.squares.error;
    }
}

/// Adds a row to `stats`.
pub fn stats(row: &[f32], stats: &mut Stats) {
    simd!(s => lanes(s, row, stats));
}

#[inline(always)]
fn lanes<S: Simd>(s: S, row: &[f32], stats: &mut Stats) {
    let n = S::f32s::LEN;
    let zero = S::f64s::splat(s, 0.0);
    let (mut s0, mut s1, mut q0, mut q1) = (zero, zero, zero, zero);
    let mut lo = S::f32s::splat(s, f32::INFINITY);
    let mut hi = S::f32s::splat(s, f32::NEG_INFINITY);
    let mut i = 0;
    while i < row.len() {
        // Lanes beyond the end of the row are 0 and join the sums, not the extremes.
        let end = (i + n).min(row.len());
        let mut v = lane::load(s, &row[i..end]);
        let finite = v.is_finite();
        if end - i == n && finite.all_true() {
            lo = lo.min(v);
            hi = hi.max(v);
        } else {
            let mut block = [false; MAX_LANES];
            special(&row[i..end], stats, &mut block);
            let mut low = [f32::INFINITY; MAX_LANES];
            let mut high = [f32::NEG_INFINITY; MAX_LANES];
            let mut j = 0;
            while j < end - i {
                if block[j] {
                    low[j] = row[i + j];
                    high[j] = row[i + j];
                }
                j += 1;
            }
            lo = lo.min(S::f32s::from_slice(s, &low[..n]));
            hi = hi.max(S::f32s::from_slice(s, &high[..n]));
            v = finite.select(v, S::f32s::splat(s, 0.0));
        }
        let (a, b) = v.widen();
        s0 += a;
        s1 += b;
        // Squares of floats are exact in f64: fused or not makes no difference.
        q0 = a.mul_add(a, q0);
        q1 = b.mul_add(b, q1);
        i = end;
    }
    stats.count += row.len() as u64;
    let (low, high) = (lo.reduce_min(), hi.reduce_max());
    stats.finite_min = stats.finite_min.min(low);
    stats.finite_max = stats.finite_max.max(high);
    stats.min = stats.min.min(low);
    stats.max = stats.max.max(high);
    stats.sum.add((s0 + s1).reduce_sum());
    stats.squares.add((q0 + q1).reduce_sum());
}

/// Counts what is not finite, and marks what is.
#[inline(always)]
fn special(samples: &[f32], stats: &mut Stats, finite: &mut [bool; MAX_LANES]) {
    let mut j = 0;
    while j < samples.len() {
        let v = samples[j];
        finite[j] = v.is_finite();
        if v.is_nan() {
            stats.nan += 1;
        } else if v == f32::INFINITY {
            stats.pos_inf += 1;
            stats.max = v;
            stats.min = stats.min.min(v);
        } else if v == f32::NEG_INFINITY {
            stats.neg_inf += 1;
            stats.min = v;
            stats.max = stats.max.max(v);
        }
        j += 1;
    }
}
