//! Matrix and offset on R, G, B and alpha.
//!
//! NaN and infinities follow IEEE arithmetic, and spread from every channel that enters. Alpha does not enter a 3 x 3 matrix:
//! an infinite alpha leaves colours alone, unlike OpenColorIO, where it turns them into NaN.

#![expect(clippy::needless_range_loop, reason = "several arrays share the index")]

use vfx_kernel::Math;
use vfx_kernel::rgba::Columns;
use vfx_kernel::text::{Emitter, Val};

use super::affine::Stage;
use super::{Matrix, Op};
use crate::ColorError;
use crate::program::{Formula, Kernel};

impl Matrix {
    /// The matrix that changes nothing.
    pub const IDENTITY: Self = Self {
        m: [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ],
        offset: [0.0; 4],
    };

    /// A 3 x 3 matrix on R, G, B.
    pub fn rgb(m: [[f64; 3]; 3]) -> Self {
        let mut out = Self::IDENTITY;
        for (row, from) in out.m.iter_mut().zip(m) {
            row[..3].copy_from_slice(&from);
        }
        out
    }

    /// Factors on the diagonal.
    pub fn scale(factors: [f64; 4]) -> Self {
        let mut out = Self::IDENTITY;
        for (i, f) in factors.into_iter().enumerate() {
            out.m[i][i] = f;
        }
        out
    }

    /// Changes nothing.
    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// Only the diagonal and the offset.
    pub fn is_diagonal(&self) -> bool {
        (0..4).all(|r| (0..4).all(|c| r == c || self.m[r][c] == 0.0))
    }

    /// Alpha passes unchanged and does not enter the colours.
    pub fn keeps_alpha(&self) -> bool {
        self.m[3] == [0.0, 0.0, 0.0, 1.0]
            && self.offset[3] == 0.0
            && (0..3).all(|r| self.m[r][3] == 0.0)
    }

    /// `self` first, then `next`, as one matrix.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut out = Self {
            m: [[0.0; 4]; 4],
            offset: next.offset,
        };
        for r in 0..4 {
            for k in 0..4 {
                for c in 0..4 {
                    out.m[r][c] += next.m[r][k] * self.m[k][c];
                }
                out.offset[r] += next.m[r][k] * self.offset[k];
            }
        }
        out
    }

    /// The inverse, by elimination with pivoting.
    ///
    /// # Errors
    ///
    /// If the matrix is singular.
    pub fn inverse(&self) -> Result<Self, ColorError> {
        let singular = ColorError::NotInvertible {
            op: "matrix",
            reason: "the matrix is singular",
        };
        let mut a = self.m;
        let mut inv = Self::IDENTITY.m;
        for col in 0..4 {
            let mut pivot = col;
            for r in col + 1..4 {
                if a[r][col].abs() > a[pivot][col].abs() {
                    pivot = r;
                }
            }
            let p = a[pivot][col];
            if p == 0.0 || !p.is_finite() {
                return Err(singular);
            }
            a.swap(col, pivot);
            inv.swap(col, pivot);
            for c in 0..4 {
                a[col][c] /= p;
                inv[col][c] /= p;
            }
            for r in 0..4 {
                let f = a[r][col];
                if r != col && f != 0.0 {
                    for c in 0..4 {
                        a[r][c] -= f * a[col][c];
                        inv[r][c] -= f * inv[col][c];
                    }
                }
            }
        }
        let mut offset = [0.0; 4];
        for r in 0..4 {
            for c in 0..4 {
                offset[r] -= inv[r][c] * self.offset[c];
            }
        }
        Ok(Self { m: inv, offset })
    }
}

impl From<Matrix> for Op {
    fn from(m: Matrix) -> Self {
        Self::Matrix(m)
    }
}

/// The kernel, with alpha or without.
pub(crate) fn kernel(o: &Matrix) -> Result<Box<dyn Kernel>, ColorError> {
    let m = o.m.map(|row| row.map(|v| v as f32));
    let offset = o.offset.map(|v| v as f32);
    let columns = Columns {
        columns: std::array::from_fn(|c| std::array::from_fn(|r| m[r][c])),
        offset,
        keep_alpha: o.keeps_alpha(),
        clamp: None,
    };
    Ok(if o.keeps_alpha() {
        let [r, g, b, _] = offset;
        let stage = if o.is_diagonal() {
            Stage::Diagonal([m[0][0], m[1][1], m[2][2]], [r, g, b])
        } else {
            let row = |i: usize| [m[i][0], m[i][1], m[i][2]];
            Stage::Matrix([row(0), row(1), row(2)], [r, g, b])
        };
        let planes = Rgb(stage);
        Box::new(Interleaved { planes, columns })
    } else {
        let planes = Rgba { m, offset };
        Box::new(Interleaved { planes, columns })
    })
}

/// A matrix that may also run on interleaved pixels, where it is bound by memory alone.
#[derive(Debug)]
struct Interleaved<P> {
    planes: P,
    columns: Columns,
}

impl<P: Formula> Kernel for Interleaved<P> {
    fn name(&self) -> &'static str {
        Formula::name(&self.planes)
    }
    fn run_planes(&self, planes: [&mut [f32]; 4]) {
        self.planes.run_planes(planes);
    }
    fn run_rgba(&self, pixels: &mut [f32]) -> bool {
        // A diagonal keeps the channels apart: there 0 x NaN would join them.
        !Formula::separable(&self.planes) && vfx_kernel::rgba::matrix(&self.columns, pixels)
    }
    fn run_coded(&self, tables: [&[f32; 1 << 16]; 3], pixels: &mut [half::f16]) -> bool {
        !Formula::separable(&self.planes)
            && vfx_kernel::rgba::matrix_of_halves(tables, &self.columns, pixels)
    }
    fn eval(&self, pixel: [f64; 4]) -> [f64; 4] {
        Kernel::eval(&self.planes, pixel)
    }
    fn text(&self, m: &Emitter, pixel: [Val; 4]) -> Option<[Val; 4]> {
        self.planes.text(m, pixel)
    }
    fn tolerance(&self) -> f64 {
        Formula::tolerance(&self.planes)
    }
    fn separable(&self) -> bool {
        Formula::separable(&self.planes)
    }
    fn cost(&self) -> f32 {
        Kernel::cost(&self.planes)
    }
    fn affine(&self) -> Option<Stage> {
        Formula::affine(&self.planes)
    }
}

/// A matrix of the colours alone.
#[derive(Debug)]
struct Rgb(Stage);

impl Formula for Rgb {
    fn name(&self) -> &'static str {
        match self.0 {
            Stage::Diagonal(..) => "matrix, diagonal",
            _ => "matrix 3x3",
        }
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        self.0.run(m, c)
    }
    fn separable(&self) -> bool {
        matches!(self.0, Stage::Diagonal(..))
    }
    fn affine(&self) -> Option<Stage> {
        Some(self.0)
    }
}

#[derive(Debug)]
struct Rgba {
    m: [[f32; 4]; 4],
    offset: [f32; 4],
}

impl Rgba {
    #[inline(always)]
    fn row<M: Math>(&self, m: M, c: [M::F; 4], r: usize) -> M::F {
        let k = &self.m[r];
        let v = m.fma(c[0], m.k(k[0]), m.k(self.offset[r]));
        let v = m.fma(c[2], m.k(k[2]), m.fma(c[1], m.k(k[1]), v));
        m.fma(c[3], m.k(k[3]), v)
    }
}

impl Formula for Rgba {
    const ALPHA: bool = true;

    fn name(&self) -> &'static str {
        "matrix 4x4"
    }
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        let [r, g, b, _] = self.run4(m, [c[0], c[1], c[2], m.k(1.0)]);
        [r, g, b]
    }
    #[inline(always)]
    fn run4<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4] {
        [
            self.row(m, c, 0),
            self.row(m, c, 1),
            self.row(m, c, 2),
            self.row(m, c, 3),
        ]
    }
}
