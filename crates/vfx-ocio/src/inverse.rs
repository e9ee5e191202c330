//! Inverses of operations, without evaluating anything: most only turn their direction, a matrix is solved.

use crate::OcioError;
use std::sync::Arc;
use vfx_color::op::{Matrix, Op};
use vfx_color::{ColorError, Direction};

/// The operation backwards.
pub(crate) fn inverse(op: Op) -> Result<Op, OcioError> {
    fn flip(d: &mut Direction) {
        *d = d.inverse();
    }
    let mut op = op;
    match &mut op {
        Op::Matrix(m) => *m = inverse_matrix(m)?,
        Op::Range(v) => flip(&mut v.direction),
        Op::Exponent(v) => flip(&mut v.direction),
        Op::MonCurve(v) => flip(&mut v.direction),
        Op::Log(v) => flip(&mut v.direction),
        Op::Cdl(v) => flip(&mut v.direction),
        Op::ExposureContrast(v) => flip(&mut v.direction),
        Op::FixedFunction(v) => flip(&mut v.direction),
        Op::GradingPrimary(v) => flip(&mut v.direction),
        Op::GradingRgbCurve(v) => flip(&mut Arc::make_mut(v).direction),
        Op::GradingHueCurve(v) => flip(&mut Arc::make_mut(v).direction),
        Op::GradingTone(v) => flip(&mut v.direction),
        Op::Lut1D(_, d) | Op::Lut3D(_, d) => flip(d),
        _ => {
            return Err(OcioError::Color(ColorError::NotInvertible {
                op: "this operation",
                reason: "it is not known here",
            }));
        }
    }
    Ok(op)
}

/// Gauss-Jordan with partial pivots; the offset becomes `-m^-1 offset`.
fn inverse_matrix(matrix: &Matrix) -> Result<Matrix, OcioError> {
    let mut a = [[0.0f64; 8]; 4];
    for (i, row) in a.iter_mut().enumerate() {
        row[..4].copy_from_slice(&matrix.m[i]);
        row[4 + i] = 1.0;
    }
    for col in 0..4 {
        let pivot = (col..4)
            .max_by(|&i, &j| a[i][col].abs().total_cmp(&a[j][col].abs()))
            .unwrap_or(col);
        a.swap(col, pivot);
        let p = a[col][col];
        if p == 0.0 || !p.is_finite() {
            return Err(OcioError::Color(ColorError::NotInvertible {
                op: "MatrixTransform",
                reason: "the matrix is singular",
            }));
        }
        a[col] = a[col].map(|v| v / p);
        for i in 0..4 {
            if i != col {
                let f = a[i][col];
                let source = a[col];
                for (v, s) in a[i].iter_mut().zip(source) {
                    *v -= f * s;
                }
            }
        }
    }
    let m: [[f64; 4]; 4] = std::array::from_fn(|i| std::array::from_fn(|j| a[i][4 + j]));
    let offset = m.map(|row| {
        -row.iter()
            .zip(matrix.offset)
            .map(|(w, o)| w * o)
            .sum::<f64>()
    });
    Ok(Matrix { m, offset })
}
