//! Against plain loops, at every level.

use super::*;
use crate::Math;
use crate::level::at_every_level;

#[test]
fn rgba_matrix_is_the_product() {
    let m = Columns {
        columns: [
            [0.5, 0.25, -1.0, 0.0],
            [0.125, 2.0, 0.5, 0.0],
            [1.0, -0.5, 0.25, 0.5],
            [0.0, 0.0, 4.0, 1.0],
        ],
        offset: [1.0, 2.0, 3.0, 4.0],
        keep_alpha: false,
    };
    for pixels in [0usize, 1, 3, 4, 5, 33] {
        let src: Vec<f32> = (0..4 * pixels).map(|i| i as f32 - 7.0).collect();
        at_every_level(|level| {
            let mut dst = src.clone();
            if !matrix(&m, &mut dst) {
                return;
            }
            for (p, q) in src.chunks_exact(4).zip(dst.chunks_exact(4)) {
                for c in 0..4 {
                    let mut want = m.offset[c];
                    for k in 0..4 {
                        want += m.columns[k][c] * p[k];
                    }
                    assert_eq!(q[c], want, "{level}");
                }
            }
        });
    }
}

/// Red picks a row, half of it and half of the next.
struct Two;

impl Corners for Two {
    #[inline(always)]
    fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]) {
        let (half, zero) = (m.k(0.5), m.k(0.0));
        let next = m.add(c[0], m.k(1.0));
        ([c[0], next, zero, zero], [half, half, zero, zero])
    }
}

#[test]
fn rgba_blend_bounds_its_indices() {
    let rows = [[1.0, 2.0, 3.0, 9.0], [11.0, 22.0, 33.0, 9.0]];
    for n in [1usize, 3, 16, 37] {
        let red: Vec<f32> = (0..n).map(|i| (i % 3) as f32).collect();
        let alpha = vec![0.5; n];
        at_every_level(|level| {
            let mut out = vec![0.0; 4 * n];
            blend_rows(&Two, &rows, [&red, &red, &red], &alpha, &mut out);
            for (i, p) in out.chunks_exact(4).enumerate() {
                let want = if i % 3 == 0 {
                    [6.0, 12.0, 18.0, 0.5]
                } else {
                    [11.0, 22.0, 33.0, 0.5]
                };
                assert_eq!(p, want, "{level}, pixel {i} of {n}");
            }
        });
    }
}

#[test]
fn rgba_segments_interpolate() {
    let table = |scale: f32| {
        let value = |i: usize| (i * i) as f32 * scale;
        (0..9usize)
            .map(|i| {
                [
                    value(i),
                    if i < 8 { value(i + 1) - value(i) } else { 0.0 },
                    0.0,
                    0.0,
                ]
            })
            .collect::<Vec<_>>()
    };
    let tables = [table(1.0), table(2.0), table(-1.0)];
    let segments = Segments::new([&tables[0], &tables[1], &tables[2]]);
    for n in [1usize, 2, 3, 4, 9] {
        let src: Vec<f32> = (0..4 * n).map(|i| i as f32 / 16.0 - 0.25).collect();
        at_every_level(|level| {
            let mut out = src.clone();
            out[0] = f32::NAN;
            if !segments.run(&mut out) {
                return;
            }
            assert_eq!(out[0], 0.0, "{level}");
            for (i, (y, x)) in out.iter().zip(&src).enumerate().skip(1) {
                if i % 4 == 3 {
                    assert_eq!(y, x, "{level}");
                    continue;
                }
                let at = (x * 8.0).clamp(0.0, 8.0);
                let row = tables[i % 4][at as usize];
                let want = row[0] + row[1] * at.fract();
                assert!(
                    (y - want).abs() < 1e-4,
                    "{level}: {x} gives {y}, want {want}"
                );
            }
        });
    }
}

#[test]
fn rgba_halves_are_converted_and_split() {
    use half::f16;
    for n in [0usize, 1, 7, 8, 15, 16, 17, 300] {
        // Every bit pattern but NaNs, whose payload `f16` may not keep.
        let src: Vec<f16> = (0..4 * n)
            .map(|i| f16::from_bits((i * 977) as u16))
            .map(|h| if h.is_nan() { f16::ONE } else { h })
            .collect();
        at_every_level(|level| {
            let mut planes = [vec![0.0; n], vec![0.0; n], vec![0.0; n], vec![0.0; n]];
            let [r, g, b, a] = &mut planes;
            halves_to_planes(&src, [r, g, b, a]);
            for (c, plane) in planes.iter().enumerate() {
                for (i, v) in plane.iter().enumerate() {
                    let want = src[4 * i + c].to_f32();
                    assert_eq!(
                        v.to_bits(),
                        want.to_bits(),
                        "{level}: {c} of pixel {i} of {n}"
                    );
                }
            }
            let mut back = vec![f16::ZERO; 4 * n];
            let [r, g, b, a] = &planes;
            planes_to_halves([r, g, b, a], &mut back);
            let bits = |v: &[f16]| v.iter().map(|h| h.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&back), bits(&src), "{level}, {n} pixels");
        });
    }
}
