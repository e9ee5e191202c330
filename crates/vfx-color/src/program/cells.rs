//! Cell tables: a run of separable kernels as cubics on cells that need no logarithm to find.
//!
//! 2^k linear steps an octave of the magnitude; the index is the top bits of the float (`vfx_kernel::cells`). A table replaces
//! a run only if it meets the kernels' own values within [`TOLERANCE`] at points between its nodes, which the build checks,
//! and only where it is cheaper. Magnitudes above 65504, NaN and infinities run through the kernels themselves, sample by
//! sample; negative numbers too if the kernels are not smooth there. Built with the kernels at the level of the building
//! thread, some 20 microseconds: octaves that one cubic meets are not looked at cell by cell, and the half of negative
//! numbers is made when the first one comes.

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
    /// Of positive numbers.
    above: Rows,
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
            if let Some(above) = half(&kernels, &grid, false) {
                let both = OnceLock::new();
                return Ok(Self {
                    kernels,
                    grid,
                    above,
                    both,
                });
            }
        }
        Err(kernels)
    }

    /// Rows of both signs.
    fn both(&self) -> Option<&Rows> {
        let made = self.both.get_or_init(|| {
            let below = half(&self.kernels, &self.grid, true)?;
            let channels = self.above.channels.max(below.channels);
            let lists = (0..channels).flat_map(|c| [self.above.of(c), below.of(c)]);
            Some(Rows {
                rows: lists.flatten().copied().collect(),
                channels,
            })
        });
        made.as_ref()
    }

    /// The rows that all of these samples can go through.
    fn rows(&self, samples: &[&[f32]]) -> Option<&Rows> {
        let mut negative = false;
        for part in samples {
            let found = cells::extent(part);
            if found.exceeds(LARGEST) {
                return None;
            }
            negative |= found.negative;
        }
        if negative {
            self.both()
        } else {
            Some(&self.above)
        }
    }

    fn run(&self, rows: &Rows, planes: [&mut [f32]; 3]) {
        for (c, plane) in planes.into_iter().enumerate() {
            self.grid.run(rows.of(c), plane);
        }
    }
}

/// Runs all kernels over three lists of values at once.
fn values(kernels: &[Box<dyn Kernel>], x: &[f32]) -> [Vec<f32>; 3] {
    let mut planes = [x.to_vec(), x.to_vec(), x.to_vec()];
    let mut alpha = vec![1.0; x.len()];
    let [r, g, b] = &mut planes;
    for kernel in kernels {
        kernel.run_planes([r, g, b, &mut alpha]);
    }
    planes
}

fn far(a: f32, b: f32, tolerance: f32) -> bool {
    !((a - b).abs() <= tolerance * b.abs().max(1.0))
}

fn horner(row: [f32; 4], u: f32) -> f32 {
    ((row[3] * u + row[2]) * u + row[1]) * u + row[0]
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

    /// The cubic through four values.
    fn through(&self, y: [f32; 4]) -> [f32; 4] {
        // Differences of neighbours are exact or nearly so: rounding stays below that of the values.
        let d = [y[1] - y[0], y[2] - y[0], y[3] - y[0]];
        let mut row = [y[0], 0.0, 0.0, 0.0];
        for (d, basis) in d.iter().zip(&self.0) {
            for (v, b) in row.iter_mut().zip(basis) {
                *v += d * b;
            }
        }
        row
    }
}

/// Rows of the cells of one sign; `None` if the cubics do not meet the kernels.
fn half(kernels: &[Box<dyn Kernel>], grid: &Grid, negative: bool) -> Option<Rows> {
    let cells = 1usize << grid.k;
    // The float at 64ths of a cell of 2^-k octave (or of a whole octave, k = 0).
    let sign = if negative { 1u32 << 31 } else { 0 };
    let at = |octave: usize, k: u32, cell: usize, part: u32| {
        let exponent = (127 + LOWEST) as u32 + octave as u32;
        f32::from_bits(sign | exponent << 23 | (cell as u32) << (23 - k) | part << (17 - k))
    };
    let mut x = Vec::with_capacity(OCTAVES * 14 + 2);
    for octave in 0..OCTAVES {
        for part in NODES.into_iter().chain(OCTAVE_CHECKS) {
            x.push(at(octave, 0, 0, part));
        }
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
    let per_octave = NODES.len() + OCTAVE_CHECKS.len();
    let octave = |c: usize, o: usize| {
        let y = &coarse[c][o * per_octave..][..per_octave];
        let row = basis.through([y[0], y[1], y[2], y[3]]);
        let meets = OCTAVE_CHECKS
            .iter()
            .zip(&y[4..])
            .all(|(part, y)| !far(horner(row, *part as f32 / 64.0), *y, TOLERANCE as f32 / 4.0));
        meets.then_some(row)
    };
    let smooth: Vec<[Option<[f32; 4]>; 3]> = (0..OCTAVES)
        .map(|o| [octave(0, o), octave(1, o), octave(2, o)])
        .collect();
    // Octaves that some channel needs cell by cell.
    let rough = |o: usize| smooth[o].iter().any(Option::is_none);
    x.clear();
    for octave in (0..OCTAVES).filter(|o| rough(*o)) {
        for cell in 0..cells {
            for part in NODES.into_iter().chain(CHECKS) {
                x.push(at(octave, grid.k, cell, part));
            }
        }
    }
    let fine = values(kernels, &x);
    let same = |y: &[Vec<f32>; 3], c: usize| {
        y[0].iter()
            .zip(&y[c])
            .all(|(a, b)| a.to_bits() == b.to_bits())
    };
    let grey = (1..3).all(|c| same(&coarse, c) && same(&fine, c));
    let steps = steps(grid.k);
    let channels = if grey { 1 } else { 3 };
    let mut rows: Vec<[f32; 4]> = Vec::with_capacity(channels * grid.count());
    for c in 0..channels {
        let mut fine = fine[c].as_chunks::<6>().0.chunks_exact(cells);
        for (o, smooth) in smooth.iter().enumerate() {
            let values = if rough(o) { fine.next() } else { None };
            if let Some(p) = smooth[c] {
                rows.extend(steps.iter().map(|step| reparametrised(p, step)));
                continue;
            }
            for y in values.expect("values of every rough octave") {
                let row = basis.through([y[0], y[1], y[2], y[3]]);
                for (part, y) in CHECKS.iter().zip(&y[4..]) {
                    if far(horner(row, *part as f32 / 64.0), *y, TOLERANCE as f32) {
                        return None;
                    }
                }
                rows.push(row);
            }
        }
    }
    Some(Rows { rows, channels })
}

/// What the powers of the position in an octave are as powers of that in each cell.
fn steps(k: u32) -> Vec<[[f32; 4]; 4]> {
    let h = 1.0 / (1u32 << k) as f32;
    (0..1u32 << k)
        .map(|cell| {
            let s = cell as f32 * h;
            [
                [1.0, 0.0, 0.0, 0.0],
                [s, h, 0.0, 0.0],
                [s * s, 2.0 * h * s, h * h, 0.0],
                [s * s * s, 3.0 * h * s * s, 3.0 * h * h * s, h * h * h],
            ]
        })
        .collect()
}

/// An octave's cubic in one of its cells.
fn reparametrised(p: [f32; 4], step: &[[f32; 4]; 4]) -> [f32; 4] {
    let mut row = [0.0; 4];
    // Smallest first.
    for (p, step) in p.iter().zip(step).rev() {
        for (v, s) in row.iter_mut().zip(step) {
            *v += p * s;
        }
    }
    row
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

impl Kernel for Cells {
    fn name(&self) -> &'static str {
        "cell table"
    }

    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        let [r, g, b, a] = planes;
        if let Some(rows) = self.rows(&[&*r, &*g, &*b]) {
            self.run(rows, [r, g, b]);
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
        self.run(both.unwrap_or(&self.above), [x, y, z]);
        for ((plane, exact), table) in [r, g, b].into_iter().zip(&exact).zip(&table) {
            for ((x, exact), table) in plane.iter_mut().zip(exact).zip(table) {
                *x = if outside(*x) { *exact } else { *table };
            }
        }
    }

    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        if !has_avx2() {
            return false;
        }
        for part in pixels.chunks_mut(4 * PART) {
            if let Some(rows) = self.rows(&[&*part]) {
                self.grid.run_rgba(&rows.rows, rows.channels, part);
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
