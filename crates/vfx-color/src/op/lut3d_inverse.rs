//! The exact inverse of a tetrahedrally interpolated table: the tetrahedron that contains the value, solved.
//!
//! Values clamp to 0..1 (NaN to 0). The table is extended by one cell on every side, its outer entries moved away from
//! mid-grey by a factor of 4, so that colours outside its gamut land on its boundary; results clamp to 0..1, and are 0 where
//! no tetrahedron holds the value. Cells are found through a pyramid of bounds, eight to one, in Morton order as in
//! OpenColorIO (Lut3DOpCPU, InvLut3DRenderer). One pixel at a time: a search has no vector form worth its branches.

use vfx_kernel::text::{Emitter, Val};

use super::Lut3D;
use crate::program::Kernel;

/// How far the outer entries move.
const REACH: f32 = 4.0;
/// Rounding allowed outside a tetrahedron.
const SLACK: f64 = 1e-7;

#[derive(Debug)]
pub(crate) struct Inverse {
    /// Entries along a side, two more than the table's.
    n: usize,
    entries: Vec<[f32; 3]>,
    /// Bounds of blocks of cells, the cells first, each level half as wide.
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    width: usize,
    bounds: Vec<[[f32; 3]; 2]>,
}

impl Inverse {
    pub fn new(lut: &Lut3D) -> Self {
        let edge = lut.edge;
        let n = edge + 2;
        let mut entries = Vec::with_capacity(n * n * n);
        let inner = |i: usize| i.clamp(1, edge) - 1;
        for z in 0..n {
            for y in 0..n {
                for x in 0..n {
                    let from = (inner(z) * edge + inner(y)) * edge + inner(x);
                    let v = lut.entries[from];
                    let outer = [x, y, z].iter().any(|i| *i == 0 || *i == n - 1);
                    entries.push(if outer {
                        v.map(|v| (v - 0.5) * REACH + 0.5)
                    } else {
                        v
                    });
                }
            }
        }
        let mut out = Self {
            n,
            entries,
            levels: Vec::new(),
        };
        out.levels.push(out.cells());
        while out.levels[out.levels.len() - 1].width > 1 {
            let next = out.levels[out.levels.len() - 1].halved();
            out.levels.push(next);
        }
        out
    }

    fn cells(&self) -> Level {
        let width = self.n - 1;
        let mut bounds = Vec::with_capacity(width.pow(3));
        for z in 0..width {
            for y in 0..width {
                for x in 0..width {
                    let mut b = [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]];
                    for corner in 0..8 {
                        let at = [x + (corner & 1), y + (corner >> 1 & 1), z + (corner >> 2)];
                        let e = self.entry(at);
                        for c in 0..3 {
                            b[0][c] = b[0][c].min(e[c]);
                            b[1][c] = b[1][c].max(e[c]);
                        }
                    }
                    bounds.push(b);
                }
            }
        }
        Level { width, bounds }
    }

    fn entry(&self, [x, y, z]: [usize; 3]) -> [f32; 3] {
        self.entries[(z * self.n + y) * self.n + x]
    }

    pub(super) fn invert(&self, value: [f64; 3]) -> [f64; 3] {
        let v = value.map(|v| if v > 0.0 { v.min(1.0) } else { 0.0 });
        let found = self.search(self.levels.len() - 1, [0; 3], v);
        let last = (self.n - 3) as f64;
        match found {
            Some(p) => p.map(|p| (p - 1.0).clamp(0.0, last) / last),
            None => [0.0; 3],
        }
    }

    fn search(&self, level: usize, block: [usize; 3], v: [f64; 3]) -> Option<[f64; 3]> {
        let l = &self.levels[level];
        let [lo, hi] = &l.bounds[(block[2] * l.width + block[1]) * l.width + block[0]];
        for c in 0..3 {
            // Written so that bounds of NaN hold nothing.
            if !(v[c] >= f64::from(lo[c]) - SLACK && v[c] <= f64::from(hi[c]) + SLACK) {
                return None;
            }
        }
        if level == 0 {
            return self.in_cell(block, v);
        }
        let below = self.levels[level - 1].width;
        for child in 0..8 {
            let at = [
                2 * block[0] + (child >> 2),
                2 * block[1] + (child >> 1 & 1),
                2 * block[2] + (child & 1),
            ];
            if at.iter().all(|i| *i < below)
                && let Some(p) = self.search(level - 1, at, v)
            {
                return Some(p);
            }
        }
        None
    }

    /// The position in grid units, if one of the six tetrahedra of the cell holds the value.
    fn in_cell(&self, cell: [usize; 3], v: [f64; 3]) -> Option<[f64; 3]> {
        const ORDERS: [[usize; 3]; 6] = [
            [0, 1, 2],
            [1, 0, 2],
            [1, 2, 0],
            [2, 1, 0],
            [2, 0, 1],
            [0, 2, 1],
        ];
        let base = self.entry(cell).map(f64::from);
        for order in ORDERS {
            let mut at = cell;
            let mut before = base;
            let mut edges = [[0.0; 3]; 3];
            for (edge, axis) in edges.iter_mut().zip(order) {
                at[axis] += 1;
                let e = self.entry(at).map(f64::from);
                for c in 0..3 {
                    edge[c] = e[c] - before[c];
                }
                before = e;
            }
            let d = [v[0] - base[0], v[1] - base[1], v[2] - base[2]];
            let Some(f) = solve(edges, d) else { continue };
            // 1 >= first >= second >= third >= 0.
            if f[0] <= 1.0 + SLACK && f[0] >= f[1] - SLACK && f[1] >= f[2] - SLACK && f[2] >= -SLACK
            {
                let mut p = cell.map(|i| i as f64);
                for (axis, f) in order.into_iter().zip(f) {
                    p[axis] += f;
                }
                return Some(p);
            }
        }
        None
    }
}

impl Level {
    fn halved(&self) -> Self {
        let width = self.width.div_ceil(2);
        let mut bounds = vec![[[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]]; width.pow(3)];
        for z in 0..self.width {
            for y in 0..self.width {
                for x in 0..self.width {
                    let from = &self.bounds[(z * self.width + y) * self.width + x];
                    let to = &mut bounds[(z / 2 * width + y / 2) * width + x / 2];
                    for c in 0..3 {
                        to[0][c] = to[0][c].min(from[0][c]);
                        to[1][c] = to[1][c].max(from[1][c]);
                    }
                }
            }
        }
        Self { width, bounds }
    }
}

/// Factors of the three columns that add up to `d`; `None` if they are linearly dependent.
fn solve(a: [[f64; 3]; 3], d: [f64; 3]) -> Option<[f64; 3]> {
    let cross = |u: [f64; 3], v: [f64; 3]| {
        [
            u[1] * v[2] - u[2] * v[1],
            u[2] * v[0] - u[0] * v[2],
            u[0] * v[1] - u[1] * v[0],
        ]
    };
    let dot = |u: [f64; 3], v: [f64; 3]| u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    let bc = cross(a[1], a[2]);
    let det = dot(a[0], bc);
    if det == 0.0 || !det.is_finite() {
        return None;
    }
    Some([
        dot(d, bc) / det,
        dot(d, cross(a[2], a[0])) / det,
        dot(d, cross(a[0], a[1])) / det,
    ])
}

impl Kernel for Inverse {
    fn name(&self) -> &'static str {
        "3D LUT, exact inverse"
    }

    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        let [r, g, b, _] = planes;
        for ((r, g), b) in r.iter_mut().zip(g).zip(b) {
            let v = self.invert([f64::from(*r), f64::from(*g), f64::from(*b)]);
            (*r, *g, *b) = (v[0] as f32, v[1] as f32, v[2] as f32);
        }
    }

    fn eval(&self, [r, g, b, a]: [f64; 4]) -> [f64; 4] {
        let [r, g, b] = self.invert([r, g, b]);
        [r, g, b, a]
    }

    fn text(&self, _: &Emitter, _: [Val; 4]) -> Option<[Val; 4]> {
        None
    }

    fn tolerance(&self) -> f64 {
        1e-6
    }

    fn separable(&self) -> bool {
        false
    }

    fn cost(&self) -> f32 {
        2000.0
    }
}
