//! Three-dimensional tables over the unit cube: trilinear, tetrahedral, cubic or nearest.
//!
//! Inputs clamp to 0..1, NaN reads the corner 0. Entries of any value; red varies fastest. The tetrahedral form picks the
//! corner strides with selects instead of branches; cubic is Catmull-Rom over 4 x 4 x 4 entries, ends repeated linearly. The
//! exact inverse is in `lut3d_inverse`.

use vfx_kernel::{Math, Table};

use super::lut3d_fast::ByRows;
use super::{Direction, Interpolation, Lut3D};
use crate::ColorError;
use crate::program::{Formula, Kernel};

/// OpenColorIO's limit.
const MAX_EDGE: usize = 129;

impl Lut3D {
    /// Checks the size.
    ///
    /// # Errors
    ///
    /// If the edge is outside 2 to 129 or there are not edge^3 entries.
    pub fn validate(&self) -> Result<(), ColorError> {
        if self.edge > MAX_EDGE {
            return Err(ColorError::Limit {
                what: "edge of a 3D LUT",
                found: self.edge as u64,
                limit: MAX_EDGE as u64,
            });
        }
        if self.edge < 2 || self.entries.len() != self.edge.pow(3) {
            return Err(ColorError::Parameter {
                op: "3D LUT",
                parameter: "entries",
                found: self.entries.len().to_string(),
                expected: "the cube of an edge of 2 or more",
            });
        }
        Ok(())
    }

    /// Every entry is its own position, within 1e-5.
    pub fn is_identity(&self) -> bool {
        let n = self.edge;
        let at = |i: usize| i as f64 / (n - 1) as f64;
        self.entries.iter().enumerate().all(|(i, e)| {
            let p = [at(i % n), at(i / n % n), at(i / n / n)];
            (0..3).all(|c| (f64::from(e[c]) - p[c]).abs() < 1e-5)
        })
    }

    /// The table, four floats a row.
    pub(crate) fn table(&self) -> Table {
        let rows = self.entries.iter().map(|e| [e[0], e[1], e[2], 0.0]);
        Table::new("lut3d", self.edge, rows.collect())
    }
}

pub(crate) fn kernel(lut: &Lut3D, direction: Direction) -> Result<Box<dyn Kernel>, ColorError> {
    lut.validate()?;
    if direction == Direction::Inverse {
        return Ok(Box::new(super::lut3d_inverse::Inverse::new(lut)));
    }
    let table = lut.table();
    Ok(match lut.interpolation {
        Interpolation::Tetrahedral => Box::new(ByRows(Tetra(table))),
        Interpolation::Linear => Box::new(ByRows(Trilinear(table))),
        Interpolation::Cubic => Box::new(Cubic(table)),
        Interpolation::Nearest => Box::new(Nearest(table)),
    })
}

/// Fraction inside the cell, and the cell's lower corner, at most the one before the last.
#[inline(always)]
fn grid<M: Math>(m: M, x: M::F, n: f32) -> (M::F, M::F) {
    let p = m.clamp(m.mul(x, m.k(n - 1.0)), 0.0, n - 1.0);
    let i = m.min(m.floor(p), m.k(n - 2.0));
    (m.sub(p, i), i)
}

#[derive(Debug)]
pub(crate) struct Tetra(pub Table);

#[inline(always)]
fn mix<M: Math>(m: M, w: [M::F; 4], a: M::F, b: M::F, c: M::F, d: M::F) -> M::F {
    m.fma(d, w[3], m.fma(c, w[2], m.fma(b, w[1], m.mul(a, w[0]))))
}

impl Tetra {
    /// Rows of the four corners, and their weights.
    #[inline(always)]
    pub fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]) {
        let n = self.0.edge() as f32;
        let (k1, kn, knn) = (m.k(1.0), m.k(n), m.k(n * n));
        let (x, ix) = grid(m, c[0], n);
        let (y, iy) = grid(m, c[1], n);
        let (z, iz) = grid(m, c[2], n);
        let base = m.fma(m.fma(iz, kn, iy), kn, ix);
        let (xy, yz, xz) = (m.ge(x, y), m.ge(y, z), m.ge(x, z));
        let hi = m.max(m.max(x, y), z);
        let lo = m.min(m.min(x, y), z);
        let mid = m.max(m.min(x, y), m.min(m.max(x, y), z));
        // Strides of the axes with the largest and with the smallest fraction.
        let first = m.select(xy, m.select(xz, k1, knn), m.select(yz, kn, knn));
        let last = m.select(xy, m.select(yz, knn, kn), m.select(xz, knn, k1));
        let all = m.k(1.0 + n + n * n);
        (
            [
                base,
                m.add(base, first),
                m.add(base, m.sub(all, last)),
                m.add(base, all),
            ],
            [m.sub(k1, hi), m.sub(hi, mid), m.sub(mid, lo), lo],
        )
    }
}

impl Formula for Tetra {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "3D LUT, tetrahedral"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let (i, w) = self.corners(m, c);
        let a = m.fetch(&self.0, i[0]);
        let b = m.fetch(&self.0, i[1]);
        let c = m.fetch(&self.0, i[2]);
        let d = m.fetch(&self.0, i[3]);
        [
            mix(m, w, a[0], b[0], c[0], d[0]),
            mix(m, w, a[1], b[1], c[1], d[1]),
            mix(m, w, a[2], b[2], c[2], d[2]),
        ]
    }
    fn tolerance(&self) -> f64 {
        1e-5
    }
}

#[derive(Debug)]
pub(crate) struct Trilinear(pub Table);

#[inline(always)]
fn lerp<M: Math>(m: M, a: M::F, b: M::F, t: M::F) -> M::F {
    m.fma(m.sub(b, a), t, a)
}

#[inline(always)]
fn lerp3<M: Math>(m: M, a: [M::F; 4], b: [M::F; 4], t: M::F) -> [M::F; 4] {
    [
        lerp(m, a[0], b[0], t),
        lerp(m, a[1], b[1], t),
        lerp(m, a[2], b[2], t),
        a[3],
    ]
}

impl Trilinear {
    /// The row of the cell's lowest corner, and the position in the cell.
    #[inline(always)]
    pub fn cell<M: Math>(&self, m: M, c: [M::F; 3]) -> (M::F, [M::F; 3]) {
        let n = self.0.edge() as f32;
        let (x, ix) = grid(m, c[0], n);
        let (y, iy) = grid(m, c[1], n);
        let (z, iz) = grid(m, c[2], n);
        (m.fma(m.fma(iz, m.k(n), iy), m.k(n), ix), [x, y, z])
    }
}

impl Formula for Trilinear {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "3D LUT, trilinear"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let t = &self.0;
        let n = t.edge() as f32;
        let (base, [x, y, z]) = self.cell(m, c);
        let at = |o: f32| m.fetch(t, m.add(base, m.k(o)));
        let nn = n * n;
        let c00 = lerp3(m, at(0.0), at(1.0), x);
        let c10 = lerp3(m, at(n), at(n + 1.0), x);
        let c0 = lerp3(m, c00, c10, y);
        let c01 = lerp3(m, at(nn), at(nn + 1.0), x);
        let c11 = lerp3(m, at(nn + n), at(nn + n + 1.0), x);
        let c1 = lerp3(m, c01, c11, y);
        let v = lerp3(m, c0, c1, z);
        [v[0], v[1], v[2]]
    }
    fn tolerance(&self) -> f64 {
        1e-5
    }
}

#[derive(Debug)]
struct Nearest(Table);

impl Formula for Nearest {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "3D LUT, nearest"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let n = self.0.edge() as f32;
        let (kn, half) = (m.k(n), m.k(0.5));
        let i = |x: M::F| m.floor(m.add(m.clamp(m.mul(x, m.k(n - 1.0)), 0.0, n - 1.0), half));
        let row = m.fma(m.fma(i(c[2]), kn, i(c[1])), kn, i(c[0]));
        let v = m.fetch(&self.0, row);
        [v[0], v[1], v[2]]
    }
}

#[derive(Debug)]
struct Cubic(Table);

/// Weights of the entries before, at, after and beyond a position.
#[inline(always)]
fn catmull_rom<M: Math>(m: M, u: M::F) -> [M::F; 4] {
    let h = m.k(0.5);
    let u2 = m.mul(u, u);
    let u3 = m.mul(u2, u);
    let a = m.sub(m.mul(m.k(2.0), u2), m.add(u3, u));
    let b = m.fma(m.k(3.0), u3, m.fma(m.k(-5.0), u2, m.k(2.0)));
    let c = m.fma(m.k(-3.0), u3, m.fma(m.k(4.0), u2, u));
    let d = m.sub(u3, u2);
    [m.mul(a, h), m.mul(b, h), m.mul(c, h), m.mul(d, h)]
}

/// Weights with what would fall outside carried over to the two entries next to the end, as a straight continuation.
#[inline(always)]
fn inside<M: Math>(m: M, w: [M::F; 4], i: M::F, n: f32) -> [M::F; 4] {
    let zero = m.k(0.0);
    let two = m.k(2.0);
    let low = m.eq(i, zero);
    let high = m.ge(i, m.k(n - 2.0));
    let a = m.select(low, w[0], zero);
    let d = m.select(high, w[3], zero);
    [
        m.sub(w[0], a),
        m.sub(m.fma(two, a, w[1]), d),
        m.sub(m.fma(two, d, w[2]), a),
        m.sub(w[3], d),
    ]
}

impl Cubic {
    /// One row of four entries along red.
    #[inline(always)]
    fn line<M: Math>(&self, m: M, base: M::F, w: [M::F; 4]) -> [M::F; 3] {
        let t = &self.0;
        let a = m.fetch(t, m.sub(base, m.k(1.0)));
        let b = m.fetch(t, base);
        let c = m.fetch(t, m.add(base, m.k(1.0)));
        let d = m.fetch(t, m.add(base, m.k(2.0)));
        [
            mix(m, w, a[0], b[0], c[0], d[0]),
            mix(m, w, a[1], b[1], c[1], d[1]),
            mix(m, w, a[2], b[2], c[2], d[2]),
        ]
    }
}

impl Formula for Cubic {
    const VECTORS: usize = 1;

    fn name(&self) -> &'static str {
        "3D LUT, cubic"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let edge = self.0.edge();
        let n = edge as f32;
        let (x, ix) = grid(m, c[0], n);
        let (y, iy) = grid(m, c[1], n);
        let (z, iz) = grid(m, c[2], n);
        let base = m.fma(m.fma(iz, m.k(n), iy), m.k(n), ix);
        let wx = inside(m, catmull_rom(m, x), ix, n);
        let wy = inside(m, catmull_rom(m, y), iy, n);
        let wz = inside(m, catmull_rom(m, z), iz, n);
        let mut sum = [m.k(0.0), m.k(0.0), m.k(0.0)];
        let mut j = 0;
        while j < 16 {
            let (ky, kz) = ((j % 4) as f32 - 1.0, (j / 4) as f32 - 1.0);
            // Rows outside the table have weight 0; the fetch is bounded.
            let v = self.line(m, m.add(base, m.k((kz * n + ky) * n)), wx);
            let w = m.mul(wy[j % 4], wz[j / 4]);
            sum = [
                m.fma(v[0], w, sum[0]),
                m.fma(v[1], w, sum[1]),
                m.fma(v[2], w, sum[2]),
            ];
            j += 1;
        }
        sum
    }
    fn tolerance(&self) -> f64 {
        3e-5
    }
}
