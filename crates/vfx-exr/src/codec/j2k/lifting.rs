//! The two wavelets, a row at a time: 5/3 on integers (exactly reversible) and 9/7 on floats.
//!
//! A row of a resolution comes from a row of low and a row of high coefficients (across), and such rows come in turn low, high, low ... (down); either way
//! is a chain of lifting steps, of which the even ones (from 0) change low positions when read back. Borders are mirrored. Float operations are in the
//! order of OpenJPH, which OpenEXR uses, so that the samples are the same bit for bit.
//! Source: ITU-T T.800, annex F. Rows are plain loops that the compiler vectorises.

use super::coefficient::Coefficient;
use super::fused;
use crate::simd;

/// A sample type with its wavelet.
pub(super) trait Lift: Copy + Default + 'static {
    /// Lifting steps.
    const STEPS: usize;
    /// Adds the reading step `step` to `row`, from its neighbours.
    fn read_step(step: usize, row: &mut [Self], above: &[Self], below: &[Self]);
    /// Undoes it.
    fn write_step(step: usize, row: &mut [Self], above: &[Self], below: &[Self]);
    /// Scales a row that was read across, before the steps down.
    fn scale_read(row: &mut [Self], low: bool);
    /// Scales a row after the steps down, before it is written across.
    fn scale_written(row: &mut [Self], low: bool);
    /// Joins low and high coefficients across; `spare` has room for two rows.
    fn join(low: &[Self], high: &[Self], row: &mut [Self], spare: &mut [Self]);
    /// Splits a row across.
    fn split(row: &[Self], low: &mut [Self], high: &mut [Self]);
}

#[inline(always)]
fn update<C: Coefficient>(c: C, a: C, b: C) -> C {
    c.sub(a.add(b).add(C::from_i64(2)).shr(2))
}

#[inline(always)]
fn predict<C: Coefficient>(c: C, a: C, b: C) -> C {
    c.add(a.add(b).shr(1))
}

#[inline(always)]
fn undo_update<C: Coefficient>(c: C, a: C, b: C) -> C {
    c.add(a.add(b).add(C::from_i64(2)).shr(2))
}

#[inline(always)]
fn undo_predict<C: Coefficient>(c: C, a: C, b: C) -> C {
    c.sub(a.add(b).shr(1))
}

#[inline(always)]
fn each<T: Copy>(row: &mut [T], above: &[T], below: &[T], f: impl Fn(T, T, T) -> T) {
    for ((c, &a), &b) in row.iter_mut().zip(above).zip(below) {
        *c = f(*c, a, b);
    }
}

/// `f` of each low position and the high ones beside it.
#[inline(always)]
fn low_from_high<T: Copy>(low: &[T], high: &[T], out: &mut [T], f: impl Fn(T, T, T) -> T) {
    let n = high.len();
    out[0] = f(low[0], high[0], high[0]);
    for ((o, &c), pair) in out[1..n].iter_mut().zip(&low[1..n]).zip(high.windows(2)) {
        *o = f(c, pair[0], pair[1]);
    }
    if low.len() > n {
        out[n] = f(low[n], high[n - 1], high[n - 1]);
    }
}

/// `f` of each high position and the low ones beside it.
#[inline(always)]
fn high_from_low<T: Copy>(low: &[T], high: &mut [T], f: impl Fn(T, T, T) -> T) {
    for (c, pair) in high.iter_mut().zip(low.windows(2)) {
        *c = f(*c, pair[0], pair[1]);
    }
    let n = high.len();
    if low.len() == n {
        high[n - 1] = f(high[n - 1], low[n - 1], low[n - 1]);
    }
}

#[inline(always)]
fn join_integers<C: Coefficient>(low: &[C], high: &[C], row: &mut [C], spare: &mut [C]) {
    let n = high.len();
    if n == 0 {
        row[0] = low[0];
        return;
    }
    let even = &mut spare[..low.len()];
    low_from_high(low, high, even, update);
    for ((out, pair), &h) in row.chunks_exact_mut(2).zip(even.windows(2)).zip(high) {
        out[0] = pair[0];
        out[1] = predict(h, pair[0], pair[1]);
    }
    if low.len() == n {
        row[2 * n - 2] = even[n - 1];
        row[2 * n - 1] = predict(high[n - 1], even[n - 1], even[n - 1]);
    } else {
        row[2 * n] = even[n];
    }
}

#[inline(always)]
fn deal<T: Copy>(row: &[T], low: &mut [T], high: &mut [T]) {
    for ((pair, l), h) in row.chunks_exact(2).zip(low.iter_mut()).zip(high.iter_mut()) {
        *l = pair[0];
        *h = pair[1];
    }
    if low.len() > high.len() {
        low[high.len()] = row[row.len() - 1];
    }
}

#[inline(always)]
fn split_integers<C: Coefficient>(row: &[C], low: &mut [C], high: &mut [C]) {
    deal(row, low, high);
    let n = high.len();
    if n == 0 {
        return;
    }
    high_from_low(low, high, undo_predict);
    low[0] = undo_update(low[0], high[0], high[0]);
    for (c, pair) in low[1..].iter_mut().zip(high.windows(2)) {
        *c = undo_update(*c, pair[0], pair[1]);
    }
    if low.len() > n {
        low[n] = undo_update(low[n], high[n - 1], high[n - 1]);
    }
}

macro_rules! integers {
    ($type:ty) => {
        impl Lift for $type {
            const STEPS: usize = 2;

            fn read_step(step: usize, row: &mut [Self], above: &[Self], below: &[Self]) {
                simd::widest(
                    #[inline(always)]
                    || match step {
                        0 => each(row, above, below, update),
                        _ => each(row, above, below, predict),
                    },
                );
            }
            fn write_step(step: usize, row: &mut [Self], above: &[Self], below: &[Self]) {
                simd::widest(
                    #[inline(always)]
                    || match step {
                        0 => each(row, above, below, undo_update),
                        _ => each(row, above, below, undo_predict),
                    },
                );
            }
            fn scale_read(_: &mut [Self], _: bool) {}
            fn scale_written(_: &mut [Self], _: bool) {}
            fn join(low: &[Self], high: &[Self], row: &mut [Self], spare: &mut [Self]) {
                simd::widest(
                    #[inline(always)]
                    || join_integers(low, high, row, spare),
                );
            }
            fn split(row: &[Self], low: &mut [Self], high: &mut [Self]) {
                simd::widest(
                    #[inline(always)]
                    || split_integers(row, low, high),
                );
            }
        }
    };
}

integers!(i32);
integers!(i64);

/// Coefficients of the 9/7 steps in the order of reading (T.800, table F.4, from the last), as the nearest floats.
const STEPS_97: [f32; 4] = [0.443_506_87, 0.882_911_1, -0.052_980_117, -1.586_134_3];
/// Scale of the low coefficients; that of the high ones is its inverse.
const SCALE_97: f32 = 1.230_174_1;

#[inline(always)]
fn scale(row: &mut [f32], by: f32) {
    for c in row {
        *c *= by;
    }
}

/// A reading step of the 9/7 wavelet.
#[inline(always)]
fn lift<const FUSED: bool>(c: f32, x: f32, y: f32, a: f32) -> f32 {
    if FUSED {
        (x + y).mul_add(-a, c)
    } else {
        c - a * (x + y)
    }
}

#[inline(always)]
fn join_floats<const FUSED: bool>(low: &[f32], high: &[f32], row: &mut [f32], spare: &mut [f32]) {
    if high.is_empty() {
        row[0] = low[0];
        return;
    }
    let (l, rest) = spare.split_at_mut(low.len());
    let h = &mut rest[..high.len()];
    for (l, c) in l.iter_mut().zip(low) {
        *l = c * SCALE_97;
    }
    for (h, c) in h.iter_mut().zip(high) {
        *h = c * (1.0 / SCALE_97);
    }
    for (step, a) in STEPS_97.into_iter().enumerate() {
        if step % 2 == 0 {
            low_in_place(l, h, |c, x, y| lift::<FUSED>(c, x, y, a));
        } else {
            high_from_low(l, h, |c, x, y| lift::<FUSED>(c, x, y, a));
        }
    }
    for ((out, &l), &h) in row.chunks_exact_mut(2).zip(&*l).zip(&*h) {
        out[0] = l;
        out[1] = h;
    }
    if l.len() > h.len() {
        row[2 * h.len()] = l[h.len()];
    }
}

impl Lift for f32 {
    const STEPS: usize = 4;

    fn read_step(step: usize, row: &mut [Self], above: &[Self], below: &[Self]) {
        let a = STEPS_97[step];
        if fused::is_used() {
            fused::run(
                #[inline(always)]
                || each(row, above, below, |c, x, y| lift::<true>(c, x, y, a)),
            );
        } else {
            simd::widest(
                #[inline(always)]
                || each(row, above, below, |c, x, y| lift::<false>(c, x, y, a)),
            );
        }
    }

    fn write_step(step: usize, row: &mut [Self], above: &[Self], below: &[Self]) {
        let a = STEPS_97[step];
        simd::widest(
            #[inline(always)]
            || each(row, above, below, |c, x, y| c + a * (x + y)),
        );
    }

    fn scale_read(row: &mut [Self], low: bool) {
        let by = if low { SCALE_97 } else { 1.0 / SCALE_97 };
        simd::widest(
            #[inline(always)]
            || scale(row, by),
        );
    }

    fn scale_written(row: &mut [Self], low: bool) {
        Self::scale_read(row, !low);
    }

    fn join(low: &[Self], high: &[Self], row: &mut [Self], spare: &mut [Self]) {
        if fused::is_used() {
            fused::run(
                #[inline(always)]
                || join_floats::<true>(low, high, row, spare),
            );
        } else {
            simd::widest(
                #[inline(always)]
                || join_floats::<false>(low, high, row, spare),
            );
        }
    }

    fn split(row: &[Self], low: &mut [Self], high: &mut [Self]) {
        simd::widest(
            #[inline(always)]
            || {
                deal(row, low, high);
                if high.is_empty() {
                    return;
                }
                for step in (0..4).rev() {
                    let a = STEPS_97[step];
                    if step % 2 == 0 {
                        low_in_place(low, high, |c, x, y| c + a * (x + y));
                    } else {
                        high_from_low(low, high, |c, x, y| c + a * (x + y));
                    }
                }
                scale(low, 1.0 / SCALE_97);
                scale(high, SCALE_97);
            },
        );
    }
}

#[inline(always)]
fn low_in_place<T: Copy>(low: &mut [T], high: &[T], f: impl Fn(T, T, T) -> T) {
    let n = high.len();
    low[0] = f(low[0], high[0], high[0]);
    for (c, pair) in low[1..].iter_mut().zip(high.windows(2)) {
        *c = f(*c, pair[0], pair[1]);
    }
    if low.len() > n {
        low[n] = f(low[n], high[n - 1], high[n - 1]);
    }
}

/// The rows of a resolution while the steps down go over them: a window that moves with the last row that came in.
pub(super) struct Window<T> {
    rows: [Vec<T>; 8],
    height: usize,
    /// Rows that came in, virtual ones behind the last included.
    seen: usize,
}

impl<T: Lift> Window<T> {
    /// `take` gives the memory of a row of so many values, which may hold anything.
    pub fn new(width: usize, height: usize, mut take: impl FnMut(usize) -> Vec<T>) -> Self {
        Self {
            rows: std::array::from_fn(|_| take(width)),
            height,
            seen: 0,
        }
    }

    /// The memory of its rows.
    pub fn into_rows(self) -> [Vec<T>; 8] {
        self.rows
    }

    /// The number of the next row to come in; may lie behind the last.
    pub fn next(&self) -> usize {
        self.seen
    }

    /// The place of row `y`.
    pub fn row(&mut self, y: usize) -> &mut Vec<T> {
        &mut self.rows[y % 8]
    }

    /// Row `y`, whose steps are done.
    pub fn done(&self, y: usize) -> &[T] {
        &self.rows[y % 8]
    }

    /// Rows that must have come in before row `y` is done when reading.
    pub fn read_needs(y: usize) -> usize {
        y + T::STEPS + y % 2
    }

    /// Rows that must have come in before row `y` is done, and no neighbour needs it, when writing.
    pub fn write_needs(y: usize) -> usize {
        y + T::STEPS + 1 + y % 2
    }

    fn step(&mut self, y: usize, apply: impl FnOnce(&mut [T], &[T], &[T])) {
        let above = if y == 0 { 1 } else { y - 1 };
        let below = if y + 1 < self.height { y + 1 } else { above };
        let above = if y == 0 { below } else { above };
        let mut row = std::mem::take(&mut self.rows[y % 8]);
        apply(&mut row, &self.rows[above % 8], &self.rows[below % 8]);
        self.rows[y % 8] = row;
    }

    /// Takes the row that was put into [`Window::row`] of [`Window::next`], and does the reading steps that it allows.
    pub fn advance_reading(&mut self) {
        let t = self.seen;
        self.seen += 1;
        // Even steps change even rows.
        if self.height < 2 || t.is_multiple_of(2) {
            return;
        }
        for step in 0..T::STEPS {
            if let Some(y) = t.checked_sub(1 + step).filter(|&y| y < self.height) {
                self.step(y, |row, a, b| T::read_step(step, row, a, b));
            }
        }
    }

    /// The same with the writing steps.
    pub fn advance_writing(&mut self) {
        let t = self.seen;
        self.seen += 1;
        if self.height < 2 || t % 2 == 1 {
            return;
        }
        for stage in 0..T::STEPS {
            if let Some(y) = t.checked_sub(1 + stage).filter(|&y| y < self.height) {
                let step = T::STEPS - 1 - stage;
                self.step(y, |row, a, b| T::write_step(step, row, a, b));
            }
        }
    }
}
