//! Cell tables: a run of separable kernels as cubics on cells that need no logarithm to find.
//!
//! 2^k linear steps an octave of the magnitude; the index is the top bits of the float (`vfx_kernel::cells`). A table replaces
//! a run only if it meets the kernels' own values within [`TOLERANCE`] at points between its nodes, which the build checks,
//! and only where it is cheaper. Magnitudes above 65504, NaN and infinities run through the kernels themselves, sample by
//! sample; negative numbers too if the kernels are not smooth there. Built with the kernels at the level of the building
//! thread, in about 10 microseconds: octaves that one cubic meets are not looked at cell by cell, and their rows are written
//! when samples come that need them: those of [`NEAR`] first, then all, then the half of negative numbers.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN must fail the checks")]

use std::sync::OnceLock;

use vfx_kernel::cells::{self, Cells as Grid};
use vfx_kernel::interleave::{deinterleave, interleave};
use vfx_kernel::level::has_avx2;
use vfx_kernel::text::{Emitter, Val};

use super::kernel::Kernel;

/// Largest error that a table may add, relative to max(|value|, 1).
pub(crate) const TOLERANCE: f64 = 4e-6;
/// Octaves of a table: 2^-24 to 2^16.
const LOWEST: i32 = -24;
const OCTAVES: usize = 40;
const LARGEST: f32 = 65504.0;
/// Octaves of a table by themselves, 2^-8 to 2: most samples of pictures lie there.
const NEAR: std::ops::Range<usize> = 16..25;
/// Cheapest run worth a table: one power a channel costs as much as the look-ups.
const WORTH: f32 = 1.3;
/// Interleaved pixels that are looked through before they are looked up.
const PART: usize = 256;
/// Nanoseconds of three look-ups.
const COST: f32 = 1.0;

/// Where a cell (or an octave) is looked at, in 64ths, which floats hold exactly: next to Chebyshev's nodes, then between.
const NODES: [u32; 4] = [2, 20, 44, 62];
const CHECKS: [u32; 2] = [11, 32];
/// Of an octave: its ends belong to cells of their own.
const OCTAVE_CHECKS: [u32; 10] = [0, 6, 11, 16, 26, 32, 38, 50, 56, 63];

/// The table of a run of kernels.
#[derive(Debug)]
pub(crate) struct Cells {
    kernels: Vec<Box<dyn Kernel>>,
    grid: Grid,
    shape: Half,
    /// Of positive numbers of the octaves next to 1.
    near: OnceLock<Rows>,
    /// Of positive numbers.
    above: OnceLock<Rows>,
    /// Of numbers of both signs, if the negative ones can be told so.
    both: OnceLock<Option<Rows>>,
}

/// Rows of one channel for all, or those of R, G and B one after the other.
#[derive(Debug)]
struct Rows {
    rows: Vec<[f32; 4]>,
    channels: usize,
}

impl Rows {
    /// The rows of channel `c`.
    fn of(&self, c: usize) -> &[[f32; 4]] {
        let each = self.rows.len() / self.channels;
        &self.rows[c.min(self.channels - 1) * each..][..each]
    }
}

impl Cells {
    /// The run as a table, or the kernels back.
    pub fn new(kernels: Vec<Box<dyn Kernel>>) -> Result<Self, Vec<Box<dyn Kernel>>> {
        let cost: f32 = kernels.iter().map(|k| k.cost()).sum();
        let alone = matches!(&kernels[..], [one] if one.is_table());
        if cost < WORTH || kernels.is_empty() || alone {
            return Err(kernels);
        }
        for k in [5, 6] {
            let grid = Grid {
                k,
                lowest: LOWEST,
                octaves: OCTAVES as u32,
            };
            if let Some(shape) = half(&kernels, &grid, false) {
                return Ok(Self {
                    kernels,
                    grid,
                    shape,
                    near: OnceLock::new(),
                    above: OnceLock::new(),
                    both: OnceLock::new(),
                });
            }
        }
        Err(kernels)
    }

    /// Where the cells next to 1 lie.
    fn near_grid(&self) -> Grid {
        Grid {
            lowest: LOWEST + NEAR.start as i32,
            octaves: NEAR.len() as u32,
            ..self.grid
        }
    }

    /// Rows of positive numbers.
    fn above(&self) -> &Rows {
        self.above.get_or_init(|| self.shape.rows(0..OCTAVES))
    }

    /// Rows of both signs.
    fn both(&self) -> Option<&Rows> {
        let made = self.both.get_or_init(|| {
            let (above, below) = (&self.shape, half(&self.kernels, &self.grid, true)?);
            let channels = above.channels.max(below.channels);
            let mut rows = Vec::with_capacity(channels * 2 * self.grid.count());
            for c in 0..channels {
                above.write(0..OCTAVES, c, &mut rows);
                below.write(0..OCTAVES, c, &mut rows);
            }
            Some(Rows { rows, channels })
        });
        made.as_ref()
    }

    /// The rows that all of these samples can go through, and where their cells lie.
    fn rows(&self, samples: &[&[f32]]) -> Option<(&Rows, Grid)> {
        let mut found = cells::extent(samples[0]);
        for part in &samples[1..] {
            found = found.and(cells::extent(part));
        }
        if found.exceeds(LARGEST) {
            return None;
        }
        if found.negative {
            return Some((self.both()?, self.grid));
        }
        let near = self.near_grid();
        if found.within(near.lowest, near.lowest + near.octaves as i32) {
            let rows = self.near.get_or_init(|| self.shape.rows(NEAR));
            return Some((rows, near));
        }
        Some((self.above(), self.grid))
    }
}

/// Samples of planes through rows.
fn look_up((rows, grid): (&Rows, Grid), planes: [&mut [f32]; 3]) {
    for (c, plane) in planes.into_iter().enumerate() {
        grid.run(rows.of(c), plane);
    }
}

/// Runs all kernels over three lists of values at once.
fn values(kernels: &[Box<dyn Kernel>], x: &[f32]) -> [Vec<f32>; 3] {
    let mut planes = [x.to_vec(), x.to_vec(), x.to_vec()];
    let mut alpha = x.to_vec();
    let [r, g, b] = &mut planes;
    for kernel in kernels {
        kernel.run_planes([r, g, b, &mut alpha]);
    }
    planes
}

fn far(a: f32, b: f32, tolerance: f32) -> bool {
    !((a - b).abs() <= tolerance * b.abs().max(1.0))
}

/// Cubics of as many stretches of numbers, power by power: vectors of them at a time.
#[derive(Clone, Debug)]
struct Cubics<const N: usize> {
    factors: [[f32; N]; 4],
    /// A check was missed.
    missed: [bool; N],
}

/// Factors of 1, u, u^2, u^3 of the cubic through the nodes, for the values less the first one.
struct Basis([[f32; 4]; 3]);

impl Basis {
    fn new() -> Self {
        let x = NODES.map(|n| f64::from(n) / 64.0);
        let of = |i: usize| {
            let mut y = [0.0; 4];
            y[i] = 1.0;
            cubic(x, y).map(|v| v as f32)
        };
        Self([of(1), of(2), of(3)])
    }

    /// The cubics through the values at the nodes, compared with those at `checks`: `y` holds `stride` values of a place after
    /// those of another, of which the `N` from `from` on are looked at.
    fn through<const N: usize>(
        &self,
        y: &[f32],
        (from, stride): (usize, usize),
        checks: &[u32],
        tolerance: f32,
    ) -> Cubics<N> {
        let at = |place: usize| -> &[f32; N] {
            let y = &y[place * stride + from..];
            y.first_chunk().expect("a value of every stretch")
        };
        let (y0, y1, y2, y3) = (at(0), at(1), at(2), at(3));
        let mut f = [[0.0f32; N]; 4];
        for i in 0..N {
            // Differences of neighbours are exact or nearly so: rounding stays below that of the values.
            let d = [y1[i] - y0[i], y2[i] - y0[i], y3[i] - y0[i]];
            let sum = |p: usize| d[0] * self.0[0][p] + d[1] * self.0[1][p] + d[2] * self.0[2][p];
            f[0][i] = y0[i] + sum(0);
            f[1][i] = sum(1);
            f[2][i] = sum(2);
            f[3][i] = sum(3);
        }
        let mut missed = [0u32; N];
        for (place, check) in checks.iter().enumerate() {
            let (y, u) = (at(NODES.len() + place), *check as f32 / 64.0);
            for i in 0..N {
                let v = ((f[3][i] * u + f[2][i]) * u + f[1][i]) * u + f[0][i];
                missed[i] |= u32::from(far(v, y[i], tolerance));
            }
        }
        Cubics {
            factors: f,
            missed: missed.map(|m| m != 0),
        }
    }
}

impl<const N: usize> Cubics<N> {
    fn row(&self, i: usize) -> [f32; 4] {
        let f = &self.factors;
        [f[0][i], f[1][i], f[2][i], f[3][i]]
    }
}

/// The cubics of the cells of one sign, before their rows are written.
#[derive(Debug)]
struct Half {
    k: u32,
    channels: usize,
    /// The cubic of an octave, or the place of its cells in `cells`.
    octaves: [[Octave; 3]; OCTAVES],
    cells: Vec<[f32; 4]>,
}

#[derive(Clone, Copy, Debug)]
enum Octave {
    Whole([f32; 4]),
    Cells(usize),
}

/// Cells that are looked at together.
const TOGETHER: usize = 32;

/// The cells of one sign; `None` if the cubics do not meet the kernels.
fn half(kernels: &[Box<dyn Kernel>], grid: &Grid, negative: bool) -> Option<Half> {
    let cells = 1usize << grid.k;
    // The float at 64ths of a cell of 2^-k octave (or of a whole octave, k = 0).
    let sign = if negative { 1u32 << 31 } else { 0 };
    let at = |octave: usize, k: u32, cell: usize, part: u32| {
        let exponent = (127 + LOWEST) as u32 + octave as u32;
        f32::from_bits(sign | exponent << 23 | (cell as u32) << (23 - k) | part << (17 - k))
    };
    let mut x = Vec::with_capacity(OCTAVES * 14 + 2);
    for part in NODES.into_iter().chain(OCTAVE_CHECKS) {
        x.extend((0..OCTAVES).map(|octave| at(octave, 0, 0, part)));
    }
    x.extend([f32::from_bits(sign), at(0, 0, 0, 0)]);
    let coarse = values(kernels, &x);
    for y in &coarse {
        let [zero, lowest] = y[y.len() - 2..] else {
            unreachable!("two more were asked for");
        };
        if far(zero, lowest, TOLERANCE as f32) {
            return None;
        }
    }
    let basis = Basis::new();
    let whole: [Cubics<OCTAVES>; 3] = [0, 1, 2].map(|c| {
        let tolerance = TOLERANCE as f32 / 4.0;
        basis.through(&coarse[c], (0, OCTAVES), &OCTAVE_CHECKS, tolerance)
    });
    // Octaves that some channel needs cell by cell.
    let rough = |o: &usize| whole.iter().any(|w| w.missed[*o]);
    let rough: Vec<usize> = (0..OCTAVES).filter(rough).collect();
    x.clear();
    for part in NODES.into_iter().chain(CHECKS) {
        for octave in &rough {
            x.extend((0..cells).map(|cell| at(*octave, grid.k, cell, part)));
        }
    }
    let fine = values(kernels, &x);
    let same = |y: &[Vec<f32>; 3], c: usize| {
        let pairs = y[0].iter().zip(&y[c]);
        pairs.fold(0, |d, (a, b)| d | (a.to_bits() ^ b.to_bits())) == 0
    };
    let grey = (1..3).all(|c| same(&coarse, c) && same(&fine, c));
    let mut out = Half {
        k: grid.k,
        channels: if grey { 1 } else { 3 },
        octaves: std::array::from_fn(|o| [0, 1, 2].map(|c| Octave::Whole(whole[c].row(o)))),
        cells: Vec::with_capacity(3 * rough.len() * cells),
    };
    for c in 0..out.channels {
        for (place, octave) in rough.iter().enumerate() {
            if !whole[c].missed[*octave] {
                continue;
            }
            out.octaves[*octave][c] = Octave::Cells(out.cells.len());
            for from in (place * cells..(place + 1) * cells).step_by(TOGETHER) {
                let stride = rough.len() * cells;
                let found: Cubics<TOGETHER> =
                    basis.through(&fine[c], (from, stride), &CHECKS, TOLERANCE as f32);
                if found.missed != [false; TOGETHER] {
                    return None;
                }
                out.cells.extend((0..TOGETHER).map(|i| found.row(i)));
            }
        }
    }
    Some(out)
}

impl Half {
    /// Rows of all channels.
    fn rows(&self, octaves: std::ops::Range<usize>) -> Rows {
        let mut rows = Vec::with_capacity((octaves.len() * self.channels) << self.k);
        for c in 0..self.channels {
            self.write(octaves.clone(), c, &mut rows);
        }
        Rows {
            rows,
            channels: self.channels,
        }
    }

    /// Rows of channel `c`.
    fn write(&self, octaves: std::ops::Range<usize>, c: usize, rows: &mut Vec<[f32; 4]>) {
        let cells = 1usize << self.k;
        let h = 1.0 / cells as f32;
        for octave in &self.octaves[octaves] {
            match octave[c.min(self.channels - 1)] {
                Octave::Cells(at) => rows.extend_from_slice(&self.cells[at..at + cells]),
                Octave::Whole(p) => rows.extend((0..cells).map(|i| part_of(p, i as f32 * h, h))),
            }
        }
    }
}

/// An octave's cubic in the part of it that starts at `s` and is `h` long.
fn part_of(p: [f32; 4], s: f32, h: f32) -> [f32; 4] {
    let (s2, h2) = (s * s, h * h);
    // Smallest first.
    [
        p[3] * (s2 * s) + p[2] * s2 + p[1] * s + p[0],
        p[3] * (3.0 * h * s2) + p[2] * (2.0 * h * s) + p[1] * h,
        p[3] * (3.0 * h2 * s) + p[2] * h2,
        p[3] * (h2 * h),
    ]
}

/// The cubic through four points, lowest power first.
fn cubic(x: [f64; 4], y: [f64; 4]) -> [f64; 4] {
    // Newton's divided differences, then expanded.
    let d01 = (y[1] - y[0]) / (x[1] - x[0]);
    let d12 = (y[2] - y[1]) / (x[2] - x[1]);
    let d23 = (y[3] - y[2]) / (x[3] - x[2]);
    let d012 = (d12 - d01) / (x[2] - x[0]);
    let d123 = (d23 - d12) / (x[3] - x[1]);
    let d = (d123 - d012) / (x[3] - x[0]);
    let c2 = d012 - d * (x[0] + x[1] + x[2]);
    let c1 = d01 - d012 * (x[0] + x[1]) + d * (x[0] * x[1] + x[0] * x[2] + x[1] * x[2]);
    let c0 = y[0] - d01 * x[0] + d012 * x[0] * x[1] - d * x[0] * x[1] * x[2];
    [c0, c1, c2, d]
}

impl Cells {
    /// Planes whose samples may be any.
    fn run_part(&self, planes: [&mut [f32]; 4]) {
        let [r, g, b, a] = planes;
        if let Some(found) = self.rows(&[&*r, &*g, &*b]) {
            look_up(found, [r, g, b]);
            return;
        }
        // Sample by sample: from the table what it holds, the rest from the kernels.
        let both = self.both();
        let outside = |x: f32| !(x.abs() <= LARGEST) || both.is_none() && x.is_sign_negative();
        let mut exact = [r.to_vec(), g.to_vec(), b.to_vec()];
        let mut alpha = a.to_vec();
        let [x, y, z] = &mut exact;
        for kernel in &self.kernels {
            kernel.run_planes([&mut *x, &mut *y, &mut *z, &mut alpha]);
        }
        let mut table = [r.to_vec(), g.to_vec(), b.to_vec()];
        let [x, y, z] = &mut table;
        let rows = both.unwrap_or_else(|| self.above());
        look_up((rows, self.grid), [x, y, z]);
        for ((plane, exact), table) in [r, g, b].into_iter().zip(&exact).zip(&table) {
            for ((x, exact), table) in plane.iter_mut().zip(exact).zip(table) {
                *x = if outside(*x) { *exact } else { *table };
            }
        }
    }
}

impl Kernel for Cells {
    fn name(&self) -> &'static str {
        "cell table"
    }

    fn run_planes(&self, mut planes: [&mut [f32]; 4]) {
        let n = planes[0].len();
        let near = self.near_grid();
        let mut from = 0;
        while from < n {
            // Once made, rows take what they can in one pass: those next to 1 most of a picture.
            for (rows, grid, small) in [(&self.near, near, false), (&self.above, self.grid, true)] {
                if let Some(rows) = rows.get() {
                    let [r, g, b, _] = planes.each_mut().map(|p| &mut p[from..]);
                    let rows = [0, 1, 2].map(|c| rows.of(c));
                    from += grid.run_inside(rows, small, [r, g, b]);
                }
            }
            let to = n.min(from + PART);
            if from < to {
                self.run_part(planes.each_mut().map(|p| &mut p[from..to]));
            }
            from = to;
        }
    }

    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        if !has_avx2() {
            return false;
        }
        let near = self.near_grid();
        let mut pixels = pixels;
        while !pixels.is_empty() {
            // Once made, rows take what they can in one pass: those next to 1 most of a picture.
            if let Some(Rows { rows, channels }) = self.near.get() {
                let done = near.run_rgba_inside(rows, *channels, false, pixels);
                pixels = &mut pixels[done..];
            }
            let (mut part, rest) = pixels.split_at_mut(pixels.len().min(4 * PART));
            pixels = rest;
            if let Some(Rows { rows, channels }) = self.above.get() {
                let done = self.grid.run_rgba_inside(rows, *channels, true, part);
                part = &mut part[done..];
            }
            if part.is_empty() {
                continue;
            }
            if let Some((rows, grid)) = self.rows(&[&*part]) {
                grid.run_rgba(&rows.rows, rows.channels, part);
                continue;
            }
            let n = part.len() / 4;
            let mut planes = [[0.0f32; PART]; 4];
            let [r, g, b, a] = planes.each_mut().map(|p| &mut p[..n]);
            deinterleave(part, 4, &mut [&mut *r, &mut *g, &mut *b, &mut *a]);
            self.run_planes([&mut *r, &mut *g, &mut *b, &mut *a]);
            interleave(&[&*r, &*g, &*b, &*a], 4, part);
        }
        true
    }

    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        self.kernels.iter().fold(pixel, |p, k| k.eval(p))
    }

    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]> {
        self.kernels.iter().try_fold(pixel, |p, k| k.text(m, p))
    }

    fn tolerance(&self) -> f64 {
        TOLERANCE + self.kernels.iter().map(|k| k.tolerance()).sum::<f64>()
    }

    fn separable(&self) -> bool {
        true
    }

    fn cost(&self) -> f32 {
        COST
    }
}
