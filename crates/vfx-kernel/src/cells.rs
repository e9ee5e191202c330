//! Functions of one number as cubics on cells: 2^k linear steps an octave of the magnitude, both signs.
//!
//! The cell is the top bits of the float, so that none needs a logarithm to be found. Planes in place; magnitudes below the
//! lowest octave read its start, those above the highest (NaN too) its end: callers look for them with [`extent`]. All
//! indices of a batch are computed before its rows are read: found and read vector by vector, in one expression with the
//! other channels, a look-up cost 0.6 ns, so 0.25.

use fearless_simd::{Bytes, Select, Simd, prelude::*};

use crate::lane::{MAX_LANES, load, store};
use crate::level::simd;
use crate::math::Offsets;
use crate::prefetch::prefetch;

/// Samples whose cells are found before their rows are read.
const BATCH: usize = 256;

/// Floats from a sample to those asked for in advance.
const AHEAD: usize = 2048;

/// Where the cells of a table lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Cells an octave, as a power of two.
    pub k: u32,
    /// Power of two at which the lowest octave starts.
    pub lowest: i32,
    /// Octaves of each sign.
    pub octaves: u32,
}

impl Cells {
    /// Cells of one sign.
    pub fn count(&self) -> usize {
        (self.octaves << self.k) as usize
    }

    /// Samples in place through rows of the cubics' factors, lowest power of the position 0..1 in the cell first: the cells of
    /// positive numbers from the lowest up, then those of negative ones. Rows of positive numbers alone are for planes without
    /// others (negative ones read the last row).
    ///
    /// # Panics
    ///
    /// If there are not one or two rows a cell.
    pub fn run(&self, rows: &[[f32; 4]], plane: &mut [f32]) {
        assert!(
            rows.len() == self.count() || rows.len() == 2 * self.count(),
            "rows of one sign or of both"
        );
        simd!(s => cubics(s, self, rows, plane));
    }

    /// R, G and B of interleaved pixels in place, with the bits of [`Cells::run`] on planes; alpha stays. `rows` are those of
    /// one channel for all, or those of R, G and B one after the other.
    ///
    /// # Panics
    ///
    /// If the length is no multiple of 4, or there are not one or two rows a cell and channel.
    pub fn run_rgba(&self, rows: &[[f32; 4]], channels: usize, pixels: &mut [f32]) {
        assert_eq!(pixels.len() % 4, 0, "whole pixels");
        let step = self.step(rows, channels, 2);
        simd!(s => cubics_rgba(s, self, rows, step, pixels));
    }

    /// As [`Cells::run_rgba`] with rows of positive numbers, as far as whole batches of pixels have colours of no sign inside the
    /// table's octaves (or below them, if `small` says so); the samples that were done. Looking and finding are one pass.
    ///
    /// # Panics
    ///
    /// If there is not one row a cell and channel.
    pub fn run_rgba_inside(
        &self,
        rows: &[[f32; 4]],
        channels: usize,
        small: bool,
        pixels: &mut [f32],
    ) -> usize {
        let step = self.step(rows, channels, 1);
        simd!(s => cubics_rgba_inside(s, self, (rows, step), small, pixels))
    }

    /// [`Cells::run_rgba_inside`] on planes of one length; `rows` are those of each plane.
    ///
    /// # Panics
    ///
    /// If there is not one row a cell, or the lengths differ.
    pub fn run_inside(
        &self,
        rows: [&[[f32; 4]]; 3],
        small: bool,
        planes: [&mut [f32]; 3],
    ) -> usize {
        for c in 0..3 {
            assert_eq!(rows[c].len(), self.count(), "rows of one sign");
            assert_eq!(planes[c].len(), planes[0].len(), "planes of one length");
        }
        simd!(s => cubics_inside(s, self, rows, small, planes))
    }

    /// Rows from a channel to the next, of `signs` signs at most.
    fn step(&self, rows: &[[f32; 4]], channels: usize, signs: usize) -> i32 {
        assert!(matches!(channels, 1 | 3), "one list of rows or three");
        let each = rows.len() / channels;
        assert!(
            rows.len().is_multiple_of(channels)
                && (each == self.count() || each == signs * self.count()),
            "rows of one sign or of both"
        );
        if channels == 3 { each as i32 } else { 0 }
    }
}

/// What finds the cells of a level.
struct Finder<S: Simd> {
    shift: u32,
    low: S::i32s,
    high: S::i32s,
    start: S::i32s,
    count: S::i32s,
    magnitude: S::i32s,
    inside: S::i32s,
    scale: S::f32s,
}

impl<S: Simd> Finder<S> {
    #[inline(always)]
    fn new(s: S, cells: &Cells) -> Self {
        let int = |v: i32| S::i32s::splat(s, v);
        let shift = 23 - cells.k;
        let start = (127 + cells.lowest) << cells.k;
        let count = cells.count() as i32;
        Self {
            shift,
            low: int(start << shift),
            high: int(((start + count) << shift) - 1),
            start: int(start),
            count: int(count),
            magnitude: int(i32::MAX),
            inside: int((1 << shift) - 1),
            scale: S::f32s::splat(s, 1.0 / (1u32 << shift) as f32),
        }
    }

    /// Row and position in its cell.
    #[inline(always)]
    fn find(&self, x: S::f32s) -> (S::i32s, S::f32s) {
        let bits = x.bitcast::<S::i32s>();
        let (cell, u) = self.find_positive(bits & self.magnitude);
        (cell + ((bits >> 31) & self.count), u)
    }

    /// Row and position of a number without a sign.
    #[inline(always)]
    fn find_positive(&self, bits: S::i32s) -> (S::i32s, S::f32s) {
        let m = bits.max(self.low).min(self.high);
        let cell = (m >> self.shift) - self.start;
        let u = (m & self.inside).to_float::<S::f32s>() * self.scale;
        (cell, u)
    }
}

#[inline(always)]
fn cubic<S: Simd>([a, b, c, d]: [S::f32s; 4], u: S::f32s) -> S::f32s {
    d.mul_add(u, c).mul_add(u, b).mul_add(u, a)
}

/// A batch of found samples of a plane.
#[inline(always)]
fn look_up_plane<S: Simd>(
    s: S,
    offsets: &Offsets<'_, BATCH>,
    place: &[f32; BATCH],
    part: &mut [f32],
) {
    let n = S::f32s::LEN;
    let mut i = 0;
    while i < part.len() {
        let u = S::f32s::from_slice(s, &place[i..i + n]);
        store::<S>(cubic::<S>(offsets.rows(s, i), u), &mut part[i..]);
        i += n;
    }
}

#[inline(always)]
fn cubics<S: Simd>(s: S, cells: &Cells, rows: &[[f32; 4]], plane: &mut [f32]) {
    let n = S::f32s::LEN;
    let finder = Finder::<S>::new(s, cells);
    let mut offsets = Offsets::<BATCH>::new(rows);
    let mut place = [0.0f32; BATCH];
    for part in plane.chunks_mut(BATCH) {
        let mut i = 0;
        while i < part.len() {
            let (cell, u) = finder.find(load(s, &part[i..]));
            offsets.set(s, i, cell.bitcast::<S::u32s>());
            u.store_slice(&mut place[i..i + n]);
            i += n;
        }
        look_up_plane(s, &offsets, &place, part);
    }
}

#[inline(always)]
fn cubics_inside<S: Simd>(
    s: S,
    cells: &Cells,
    rows: [&[[f32; 4]]; 3],
    small: bool,
    planes: [&mut [f32]; 3],
) -> usize {
    let n = S::f32s::LEN;
    let finder = Finder::<S>::new(s, cells);
    let zero = S::i32s::splat(s, 0);
    let lowest = if small { zero } else { finder.low };
    let mut offsets = rows.map(Offsets::<BATCH>::new);
    let mut place = [[0.0f32; BATCH]; 3];
    let mut done = 0;
    while done + BATCH <= planes[0].len() {
        let mut outside = zero;
        let mut c = 0;
        while c < 3 {
            let mut i = 0;
            while i < BATCH {
                let x = S::f32s::from_slice(s, &planes[c][done + i..done + i + n]);
                let bits = x.bitcast::<S::i32s>();
                let (cell, u) = finder.find_positive(bits);
                outside |= bits.max(lowest).min(finder.high) ^ bits;
                offsets[c].set(s, i, cell.bitcast::<S::u32s>());
                u.store_slice(&mut place[c][i..i + n]);
                i += n;
            }
            c += 1;
        }
        if any(outside) {
            return done;
        }
        c = 0;
        while c < 3 {
            let part = &mut planes[c][done..done + BATCH];
            look_up_plane(s, &offsets[c], &place[c], part);
            c += 1;
        }
        done += BATCH;
    }
    done
}

/// A bit is set.
#[inline(always)]
fn any<S: Simd, V: SimdInt<S, Element = i32>>(v: V) -> bool {
    v.as_slice().iter().fold(0, |all, v| all | v) != 0
}

/// The lanes of a vector of interleaved pixels: the first row of each, and whether it is a colour.
#[inline(always)]
fn lanes<S: Simd>(s: S, step: i32) -> (S::i32s, S::mask32s) {
    let n = S::f32s::LEN;
    let mut first = [0i32; MAX_LANES];
    let mut colour = [0.0f32; MAX_LANES];
    let mut lane = 0;
    while lane < MAX_LANES {
        let c = lane % 4;
        first[lane] = if c < 3 { c as i32 * step } else { 0 };
        colour[lane] = if c < 3 { 1.0 } else { 0.0 };
        lane += 1;
    }
    let colour = S::f32s::from_slice(s, &colour[..n]).simd_gt(S::f32s::splat(s, 0.5));
    (S::i32s::from_slice(s, &first[..n]), colour)
}

/// A batch of found pixels; alpha stays.
#[inline(always)]
fn look_up<S: Simd>(
    s: S,
    offsets: &Offsets<'_, BATCH>,
    place: &[f32; BATCH],
    is_colour: S::mask32s,
    part: &mut [f32],
) {
    let n = S::f32s::LEN;
    let mut i = 0;
    while i < part.len() {
        // Further on, beyond the end of the block too: asked for while this is computed.
        prefetch(part.as_ptr().wrapping_add(i + AHEAD));
        let u = S::f32s::from_slice(s, &place[i..i + n]);
        let y = cubic::<S>(offsets.colours(s, i), u);
        let x = load(s, &part[i..]);
        store::<S>(is_colour.select(y, x), &mut part[i..]);
        i += n;
    }
}

#[inline(always)]
fn cubics_rgba<S: Simd>(s: S, cells: &Cells, rows: &[[f32; 4]], step: i32, pixels: &mut [f32]) {
    let n = S::f32s::LEN;
    let finder = Finder::<S>::new(s, cells);
    let (first, is_colour) = lanes(s, step);
    let mut offsets = Offsets::<BATCH>::new(rows);
    let mut place = [0.0f32; BATCH];
    for part in pixels.chunks_mut(BATCH) {
        let mut i = 0;
        while i < part.len() {
            let (cell, u) = finder.find(load(s, &part[i..]));
            offsets.set(s, i, (cell + first).bitcast::<S::u32s>());
            u.store_slice(&mut place[i..i + n]);
            i += n;
        }
        look_up(s, &offsets, &place, is_colour, part);
    }
}

#[inline(always)]
fn cubics_rgba_inside<S: Simd>(
    s: S,
    cells: &Cells,
    (rows, step): (&[[f32; 4]], i32),
    small: bool,
    pixels: &mut [f32],
) -> usize {
    let n = S::f32s::LEN;
    let finder = Finder::<S>::new(s, cells);
    let zero = S::i32s::splat(s, 0);
    let lowest = if small { zero } else { finder.low };
    let (first, is_colour) = lanes(s, step);
    let colours = is_colour.select(S::i32s::splat(s, -1), zero);
    let mut offsets = Offsets::<BATCH>::new(rows);
    let mut place = [0.0f32; BATCH];
    let mut done = 0;
    for part in pixels.as_chunks_mut::<BATCH>().0 {
        let mut outside = zero;
        let mut i = 0;
        while i < BATCH {
            let bits = S::f32s::from_slice(s, &part[i..i + n]).bitcast::<S::i32s>();
            let (cell, u) = finder.find_positive(bits);
            // Signs make the least of integers.
            outside |= (bits.max(lowest).min(finder.high) ^ bits) & colours;
            offsets.set(s, i, (cell + first).bitcast::<S::u32s>());
            u.store_slice(&mut place[i..i + n]);
            i += n;
        }
        if any(outside) {
            return done;
        }
        look_up(s, &offsets, &place, is_colour, part);
        done += BATCH;
    }
    done
}

/// What a plane holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Bits of the largest magnitude: as integers infinity lies above every number, and NaN above infinity.
    most: u32,
    /// Bits of the smallest magnitude.
    least: u32,
    /// A sign is set, be it that of a zero or a NaN.
    pub negative: bool,
}

impl Extent {
    /// A magnitude lies above `limit`, or there is a NaN.
    pub fn exceeds(&self, limit: f32) -> bool {
        self.most > limit.to_bits()
    }

    /// Every magnitude is at least 2^`low` and less than 2^`high` (normal floats both).
    pub fn within(&self, low: i32, high: i32) -> bool {
        let bits = |power: i32| ((127 + power) as u32) << 23;
        self.least >= bits(low) && self.most < bits(high)
    }

    /// That of two planes.
    #[must_use]
    pub fn and(&self, other: Self) -> Self {
        Self {
            most: self.most.max(other.most),
            least: self.least.min(other.least),
            negative: self.negative | other.negative,
        }
    }
}

/// Looks through a plane once.
pub fn extent(plane: &[f32]) -> Extent {
    simd!(s => look(s, plane))
}

#[inline(always)]
fn look<S: Simd>(s: S, plane: &[f32]) -> Extent {
    let magnitude = S::i32s::splat(s, i32::MAX);
    let mut most = S::i32s::splat(s, 0);
    let mut least = magnitude;
    let mut signs = most;
    let n = S::f32s::LEN;
    let mut i = 0;
    while i < plane.len() {
        // The last vector reaches back to samples that were looked at: one of zeros beyond the end would be the smallest.
        let from = if plane.len() < n {
            0
        } else {
            i.min(plane.len() - n)
        };
        let bits = if plane.len() < n {
            let mut padded = [plane[0]; MAX_LANES];
            padded[..plane.len()].copy_from_slice(plane);
            S::f32s::from_slice(s, &padded[..n])
        } else {
            S::f32s::from_slice(s, &plane[from..from + n])
        };
        let bits = bits.bitcast::<S::i32s>();
        most = most.max(bits & magnitude);
        least = least.min(bits & magnitude);
        signs |= bits;
        i += n;
    }
    Extent {
        most: most.as_slice().iter().copied().max().unwrap_or(0) as u32,
        least: least.as_slice().iter().copied().min().unwrap_or(0) as u32,
        negative: signs.as_slice().iter().any(|v| *v < 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;

    const CELLS: Cells = Cells {
        k: 3,
        lowest: -4,
        octaves: 6,
    };

    /// x as a cubic in every cell: start and width.
    fn identity() -> Vec<[f32; 4]> {
        let rows = |sign: f32| {
            (0..CELLS.count()).map(move |i| {
                let octave = ((i >> CELLS.k) as f32 + CELLS.lowest as f32).exp2();
                let step = octave / 8.0;
                let from = octave + step * (i % 8) as f32;
                [sign * from, sign * step, 0.0, 0.0]
            })
        };
        rows(1.0).chain(rows(-1.0)).collect()
    }

    #[test]
    fn cells_of_the_identity_give_the_sample_back() {
        let table = identity();
        for n in [0usize, 1, 15, 16, 255, 256, 257, 600] {
            let src: Vec<f32> = (0..n)
                .map(|i| (i as f32 * 0.37).sin() * 1.9 + 0.01)
                .map(|x| if x.abs() < 0.0625 { x.signum() } else { x })
                .collect();
            at_every_level(|level| {
                let mut dst = src.clone();
                CELLS.run(&table, &mut dst);
                for (y, x) in dst.iter().zip(&src) {
                    assert!((y - x).abs() <= 2e-7 * x.abs(), "{level}: {x} gives {y}");
                }
            });
        }
    }

    #[test]
    fn cells_of_pixels_have_the_bits_of_planes() {
        let one = identity();
        let scaled = |k: f32| one.iter().map(move |r| r.map(|v| v * k));
        let three: Vec<_> = scaled(1.0).chain(scaled(0.5)).chain(scaled(-3.0)).collect();
        for n in [0usize, 1, 3, 4, 5, 63, 64, 65, 200] {
            let src: Vec<f32> = (0..4 * n).map(|i| (i as f32 * 0.73).sin() * 3.0).collect();
            at_every_level(|level| {
                for (rows, channels) in [(&one, 1), (&three, 3)] {
                    let mut pixels = src.clone();
                    CELLS.run_rgba(rows, channels, &mut pixels);
                    for c in 0..4 {
                        let mut plane: Vec<f32> = src.iter().skip(c).step_by(4).copied().collect();
                        if c < 3 {
                            let from = c % channels * one.len();
                            CELLS.run(&rows[from..from + one.len()], &mut plane);
                        }
                        let got = pixels.iter().skip(c).step_by(4);
                        for (y, want) in got.zip(&plane) {
                            assert_eq!(y.to_bits(), want.to_bits(), "{level}, channel {c} of {n}");
                        }
                    }
                }
            });
        }
    }

    #[test]
    fn cells_inside_stop_before_a_batch_with_others() {
        let all = identity();
        let rows = &all[..CELLS.count()];
        let (inside, batch) = (|i: usize| 0.0625 + (i % 60) as f32 * 0.06, BATCH);
        let n = 3 * batch + 8;
        // A colour or an alpha of the second batch, or none.
        for (at, value, small, expected) in [
            (batch + 4, 0.06, false, batch),
            (batch + 4, 0.06, true, 3 * batch),
            (batch + 5, 4.0, true, batch),
            (batch + 6, -1.0, true, batch),
            (batch + 6, -0.0, true, batch),
            (2 * batch - 2, f32::NAN, true, batch),
            (batch + 8, 0.0, false, batch),
            (batch + 8, 0.0, true, 3 * batch),
            (batch + 7, 0.0, false, 3 * batch),
            (2 * batch - 1, -1.0, false, 3 * batch),
            (3 * batch + 1, -1.0, false, 3 * batch),
        ] {
            let mut src: Vec<f32> = (0..n).map(inside).collect();
            src[at] = value;
            at_every_level(|level| {
                let (mut got, mut want) = (src.clone(), src.clone());
                let done = CELLS.run_rgba_inside(rows, 1, small, &mut got);
                assert_eq!(done, expected, "{level}: {value} at {at}");
                CELLS.run_rgba(rows, 1, &mut want[..done]);
                let same = got
                    .iter()
                    .zip(&want)
                    .all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{level}: {value} at {at}");

                // Three planes, of which one has the other sample; alpha there is a colour here.
                let plane: Vec<f32> = (0..n).map(inside).collect();
                let mut planes = [plane.clone(), src.clone(), plane];
                let mut want = planes.clone();
                let [r, g, b] = planes.each_mut().map(|p| &mut p[..]);
                let done = CELLS.run_inside([rows; 3], small, [r, g, b]);
                let sound = small && value >= 0.0 && value < 4.0 && !value.is_sign_negative();
                let stop = if sound { n / batch } else { at / batch };
                assert_eq!(done, stop * batch, "{level}: {value} at {at}");
                want.iter_mut()
                    .for_each(|p| CELLS.run(rows, &mut p[..done]));
                for (a, b) in planes.iter().flatten().zip(want.iter().flatten()) {
                    assert_eq!(a.to_bits(), b.to_bits(), "{level}: {value} at {at}");
                }
            });
        }
    }

    #[test]
    fn cells_end_where_the_table_ends() {
        let table = identity();
        at_every_level(|level| {
            let mut v = [
                0.0,
                1e-20,
                4.0,
                1e30,
                f32::INFINITY,
                f32::NAN,
                -1e-20,
                -1e30,
            ];
            CELLS.run(&table, &mut v);
            for (y, want) in v
                .iter()
                .zip([0.0625, 0.0625, 4.0, 4.0, 4.0, 4.0, -0.0625, -4.0])
            {
                assert!((y - want).abs() < 1e-5, "{level}: {y} instead of {want}");
            }
        });
    }

    #[test]
    fn extent_finds_large_infinite_nan_and_signs() {
        for x in [
            65505.0,
            -65505.0,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            -f32::NAN,
            -0.0,
        ] {
            for at in [0usize, 17, 40] {
                let mut v = [1.0f32; 41];
                at_every_level(|level| {
                    let plain = extent(&v);
                    assert!(!plain.exceeds(65504.0) && !plain.negative, "{level}");
                });
                v[at] = x;
                at_every_level(|level| {
                    let found = extent(&v);
                    assert_eq!(found.exceeds(65504.0), x != 0.0, "{level}: {x}");
                    assert_eq!(found.negative, x.is_sign_negative(), "{level}: {x}");
                });
            }
        }
        assert!(!extent(&[65504.0, -65504.0]).exceeds(65504.0));
        for n in [1usize, 3, 16, 17, 41] {
            let mut v = vec![1.5f32; n];
            at_every_level(|_| assert!(extent(&v).within(-8, 1) && !extent(&v).within(-8, 0)));
            v[n - 1] = -0.25;
            at_every_level(|_| assert!(extent(&v).within(-2, 1) && !extent(&v).within(-1, 1)));
            at_every_level(|_| assert!(extent(&v[..n - 1]).and(extent(&v)).within(-2, 1)));
        }
        assert!(!extent(&[]).negative);
    }
}
