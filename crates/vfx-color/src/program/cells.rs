//! Cell tables: a run of separable kernels as cubics on cells that need no logarithm to find.
//!
//! 2^k linear steps an octave of the magnitude, both signs; the index is the top bits of the float. A table replaces a run
//! only if it meets the kernels' own values within [`TOLERANCE`] at points between its nodes, which the build checks, and
//! only where it is cheaper. Magnitudes above 65504, NaN and infinities run through the kernels themselves, sample by
//! sample. Built with the kernels at the level of the building thread: some 10 microseconds a table.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN must fail the checks")]
#![expect(clippy::needless_range_loop, reason = "several arrays share the index")]

use vfx_kernel::text::{Emitter, Val};
use vfx_kernel::{Math, Table};

use super::kernel::{Formula, Kernel};

/// Largest error that a table may add, relative to max(|value|, 1).
pub(crate) const TOLERANCE: f64 = 4e-6;
/// Octaves of a table: 2^-24 to 2^16.
const LOWEST: i32 = -24;
const OCTAVES: usize = 40;
const LARGEST: f32 = 65504.0;
/// Cheapest run worth a table: three look-ups cost as much.
const WORTH: f32 = 2.0;

/// The table of a run of kernels.
#[derive(Debug)]
pub(crate) struct Cells {
    kernels: Vec<Box<dyn Kernel>>,
    lookup: Lookup,
}

impl Cells {
    /// The run as a table, or the kernels back.
    pub fn new(kernels: Vec<Box<dyn Kernel>>) -> Result<Self, Vec<Box<dyn Kernel>>> {
        let cost: f32 = kernels.iter().map(|k| k.cost()).sum();
        if cost < WORTH || kernels.is_empty() {
            return Err(kernels);
        }
        for k in [5, 6] {
            if let Some(lookup) = Lookup::new(&kernels, k) {
                return Ok(Self { kernels, lookup });
            }
        }
        Err(kernels)
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

#[derive(Debug)]
struct Lookup {
    k: u32,
    /// One, or one a channel.
    tables: Vec<Table>,
}

impl Lookup {
    fn new(kernels: &[Box<dyn Kernel>], k: u32) -> Option<Self> {
        let cells = OCTAVES << k;
        // Four Chebyshev nodes of 0..1 and two points between them to check with.
        const NODES: [f64; 4] = [
            0.038_060_233_744,
            0.308_658_283_818,
            0.691_341_716_182,
            0.961_939_766_256,
        ];
        const CHECKS: [f64; 2] = [0.17, 0.5];
        let mut x = Vec::with_capacity(cells * 12 + 4);
        for sign in [1.0f64, -1.0] {
            for cell in 0..cells {
                let octave = f64::from(LOWEST + (cell >> k) as i32).exp2();
                let step = octave / f64::from(1u32 << k);
                let start = octave + step * (cell & ((1 << k) - 1)) as f64;
                for u in NODES.into_iter().chain(CHECKS) {
                    x.push((sign * (start + u * step)) as f32);
                }
            }
        }
        let lowest = LOWEST as f32;
        x.extend([0.0, lowest.exp2(), -0.0, -lowest.exp2()]);
        let y = values(kernels, &x);
        let same = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits());
        let channels = if same(&y[0], &y[1]) && same(&y[0], &y[2]) {
            1
        } else {
            3
        };
        let far = |a: f64, b: f64| !((a - b).abs() <= TOLERANCE * b.abs().max(1.0));
        let mut tables = Vec::with_capacity(channels);
        for y in &y[..channels] {
            let near_zero = &y[y.len() - 4..];
            for pair in near_zero.chunks_exact(2) {
                if far(pair[0].into(), pair[1].into()) {
                    return None;
                }
            }
            let mut rows = Vec::with_capacity(2 * cells);
            for (cell, (x, y)) in x.chunks_exact(6).zip(y.chunks_exact(6)).enumerate() {
                let octave = f64::from(LOWEST + ((cell % cells) >> k) as i32).exp2();
                let step = octave / f64::from(1u32 << k);
                let start = octave + step * ((cell % cells) & ((1 << k) - 1)) as f64;
                let u = |i: usize| (f64::from(x[i]).abs() - start) / step;
                let row = cubic(
                    [u(0), u(1), u(2), u(3)],
                    [y[0], y[1], y[2], y[3]].map(f64::from),
                );
                for i in 4..6 {
                    let at = ((row[3] * u(i) + row[2]) * u(i) + row[1]) * u(i) + row[0];
                    if far(at, y[i].into()) {
                        return None;
                    }
                }
                rows.push(row.map(|v| v as f32));
            }
            tables.push(Table::new("cells", rows.len(), rows));
        }
        Some(Self { k, tables })
    }

    #[inline(always)]
    fn one<M: Math>(&self, m: M, x: M::F, c: usize) -> M::F {
        let table = &self.tables[c.min(self.tables.len() - 1)];
        let a = m.clamp(
            m.abs(x),
            f32::from_bits(((127 + LOWEST) as u32) << 23),
            LARGEST,
        );
        let (i, u) = m.cell(a, self.k);
        let base = ((127 + LOWEST) << self.k) as f32;
        let negative = ((OCTAVES << self.k) as f32) - base;
        let base = m.select(m.lt(x, m.k(0.0)), m.k(negative), m.k(-base));
        let row = m.fetch(table, m.add(i, base));
        let y = m.fma(row[3], u, row[2]);
        m.fma(m.fma(y, u, row[1]), u, row[0])
    }
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

impl Formula for Lookup {
    fn name(&self) -> &'static str {
        "cell table"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [
            self.one(m, c[0], 0),
            self.one(m, c[1], 1),
            self.one(m, c[2], 2),
        ]
    }
    fn separable(&self) -> bool {
        true
    }
}

/// Outside the table, NaN included.
fn outside(x: f32) -> bool {
    !(x.abs() <= LARGEST)
}

impl Kernel for Cells {
    fn name(&self) -> &'static str {
        "cell table"
    }

    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        let [r, g, b, a] = planes;
        // Written as a sum so that it becomes vector code.
        let count = |p: &[f32]| p.iter().map(|x| u32::from(outside(*x))).sum::<u32>();
        if count(r) + count(g) + count(b) == 0 {
            self.lookup.run_planes([r, g, b, a]);
            return;
        }
        let mut exact = [r.to_vec(), g.to_vec(), b.to_vec()];
        let mut alpha = a.to_vec();
        let [x, y, z] = &mut exact;
        for kernel in &self.kernels {
            kernel.run_planes([&mut *x, &mut *y, &mut *z, &mut alpha]);
        }
        let mut table = [r.to_vec(), g.to_vec(), b.to_vec()];
        let [x, y, z] = &mut table;
        self.lookup.run_planes([x, y, z, &mut alpha]);
        for ((plane, exact), table) in [r, g, b].into_iter().zip(&exact).zip(&table) {
            for ((x, exact), table) in plane.iter_mut().zip(exact).zip(table) {
                *x = if outside(*x) { *exact } else { *table };
            }
        }
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
        Kernel::cost(&self.lookup)
    }
}
