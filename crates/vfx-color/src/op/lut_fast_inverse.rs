//! Inverse tables as forward ones, resampled: OpenColorIO's fast inversion (flag `LUT_INV_FAST`).
//!
//! A 1D table becomes 65536 rows, even over 0..1, or one a half float where its values leave 0..1. A cube becomes one of 48
//! entries along an edge, tetrahedral, over 0..1; colours between its entries lose what 48 steps cannot show. Exact inverses
//! cost 2 microseconds a pixel and have no text; these run as any table does. Source: OpenColorIO, Lut1DOpData and
//! Lut3DOpData, MakeFastLut1DFromInverse and MakeFastLut3DFromInverse.

use std::sync::Arc;

use super::{HueAdjust, Interpolation, Lut1D, Lut3D};
use crate::{ColorProgram, Direction, Op, Optimization};

const ROWS: usize = 65_536;
const EDGE: usize = 48;

impl Lut1D {
    /// The inverse as a forward table; none if the table is invalid, or keeps hue (which no table a channel can).
    #[must_use]
    pub fn fast_inverse(&self) -> Option<Self> {
        if self.hue_adjust != HueAdjust::None {
            return None;
        }
        let inverse = Op::Lut1D(Arc::new(self.clone()), Direction::Inverse);
        let program = ColorProgram::new(vec![inverse], Optimization::None).ok()?;
        let outside = |v: &f32| !(0.0..=1.0).contains(v);
        let half_domain = self.half_domain || self.entries.iter().flatten().any(outside);
        let x = |i: usize| {
            if half_domain {
                let x = half::f16::from_bits(i as u16).to_f64();
                if x.is_nan() {
                    0.0
                } else {
                    x.clamp(-65504.0, 65504.0)
                }
            } else {
                i as f64 / (ROWS - 1) as f64
            }
        };
        let entry = |i: usize| {
            let v = x(i);
            let [r, g, b, _] = program.eval([v, v, v, 1.0]);
            [r as f32, g as f32, b as f32]
        };
        Some(Self {
            entries: (0..ROWS).map(entry).collect(),
            half_domain,
            raw_halfs: false,
            interpolation: Interpolation::Linear,
            hue_adjust: HueAdjust::None,
        })
    }
}

impl Lut3D {
    /// The inverse as a forward cube.
    #[must_use]
    pub fn fast_inverse(&self) -> Self {
        let exact = super::lut3d_inverse::Inverse::new(self);
        let last = (EDGE - 1) as f64;
        let at = |i: usize| (i % EDGE) as f64 / last;
        let entry = |i: usize| {
            let v = exact.invert([at(i), at(i / EDGE), at(i / EDGE / EDGE)]);
            v.map(|v| v as f32)
        };
        Self {
            edge: EDGE,
            entries: (0..EDGE.pow(3)).map(entry).collect(),
            interpolation: Interpolation::Tetrahedral,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A smooth cube with crosstalk that stays inside 0..1.
    fn cube() -> Lut3D {
        let edge = 17;
        let x = |i: usize| (i % edge) as f32 / (edge - 1) as f32;
        let entry = |i: usize| {
            let (r, g, b) = (x(i), x(i / edge), x(i / edge / edge));
            [
                0.8 * r + 0.1 * g + 0.05 * b,
                0.05 * r + 0.9 * g,
                0.1 * g + 0.85 * b,
            ]
            .map(|v| v.powf(0.8))
        };
        Lut3D {
            edge,
            entries: (0..edge.pow(3)).map(entry).collect(),
            interpolation: Interpolation::Tetrahedral,
        }
    }

    #[test]
    fn fast_inverse_of_a_cube_is_near_the_exact_one() {
        let lut = Arc::new(cube());
        let run = |op: Op, v: [f64; 4]| {
            ColorProgram::new(vec![op], Optimization::None)
                .unwrap()
                .eval(v)
        };
        let forward = Op::Lut3D(lut.clone(), Direction::Forward);
        let fast = Op::Lut3D(Arc::new(lut.fast_inverse()), Direction::Forward);
        for v in [
            [0.2, 0.4, 0.6, 1.0],
            [0.7, 0.5, 0.3, 1.0],
            [0.5, 0.5, 0.5, 1.0],
        ] {
            let through = run(fast.clone(), run(forward.clone(), v));
            for c in 0..3 {
                assert!((through[c] - v[c]).abs() < 4e-3, "{v:?}: {through:?}");
            }
        }
    }

    #[test]
    fn fast_inverse_of_a_table_is_near_the_exact_one() {
        for top in [1.0f32, 12.0] {
            let entry = |i: usize| [top * (i as f32 / 255.0).powf(2.2); 3];
            let lut = Lut1D {
                entries: (0..256).map(entry).collect(),
                half_domain: false,
                raw_halfs: false,
                interpolation: Interpolation::Linear,
                hue_adjust: HueAdjust::None,
            };
            let exact = Op::Lut1D(Arc::new(lut.clone()), Direction::Inverse);
            let fast = Op::Lut1D(Arc::new(lut.fast_inverse().unwrap()), Direction::Forward);
            let run = |op: &Op, v: f64| {
                ColorProgram::new(vec![op.clone()], Optimization::None)
                    .unwrap()
                    .eval([v, v, v, 1.0])
            };
            for v in [0.01, 0.18, 0.5, 0.99] {
                let v = v * f64::from(top);
                let (a, b) = (run(&fast, v), run(&exact, v));
                assert!((a[0] - b[0]).abs() < 2e-4, "{v}: {a:?}, {b:?}");
            }
        }
    }
}
