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
        clamp: None,
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
            let ends = Columns {
                clamp: Some([-2.0, 5.0]),
                ..m
            };
            let mut clamped = src.clone();
            matrix(&ends, &mut clamped);
            assert!(
                clamped.iter().eq(dst
                    .iter()
                    .map(|v| v.clamp(-2.0, 5.0))
                    .collect::<Vec<_>>()
                    .iter()),
                "{level}"
            );
            let mut nan = [1.0, f32::NAN, 0.0, 9.0];
            matrix(
                &Columns {
                    keep_alpha: true,
                    ..ends
                },
                &mut nan,
            );
            assert_eq!(nan, [-2.0, -2.0, -2.0, 9.0], "{level}");
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
fn rgba_blend_of_halves_is_that_of_floats() {
    use half::f16;
    let rows = [
        [1.1, 2.2, 3.3, 9.0],
        [11.7, 22.3, 0.1, 9.0],
        [1e5, -7.0, 1e-6, 9.0],
    ];
    for n in [0usize, 1, 3, 16, 37, 200] {
        let src: Vec<f16> = (0..4 * n)
            .map(|i| f16::from_f32((i % 11) as f32 * 0.23))
            .collect();
        at_every_level(|level| {
            let mut floats: Vec<f32> = src.iter().map(|h| h.to_f32()).collect();
            let mut halves = src.clone();
            let done = blend_halves(&Two, &rows, &mut halves);
            assert_eq!(done, blend_rgba(&Two, &rows, &mut floats), "{level}");
            if done {
                for (i, (h, f)) in halves.iter().zip(&floats).enumerate() {
                    assert_eq!(*h, f16::from_f32(*f), "{level}, sample {i} of {n} pixels");
                }
            }
        });
    }
}

/// A pixel's colours are its position in a table of 3 x 3 x 3 entries.
struct Position;

impl InCell for Position {
    #[inline(always)]
    fn cell<M: Math>(&self, m: M, c: [M::F; 3]) -> (M::F, [M::F; 3]) {
        let i = c.map(|x| m.min(m.floor(x), m.k(1.0)));
        let (three, nine) = (m.k(3.0), m.k(9.0));
        let row = m.fma(i[2], nine, m.fma(i[1], three, i[0]));
        (
            row,
            [m.sub(c[0], i[0]), m.sub(c[1], i[1]), m.sub(c[2], i[2])],
        )
    }
}

#[test]
fn rgba_trilinear_is_the_interpolation() {
    use half::f16;
    let entry = |i: usize, c: usize| ((i * (c + 3) * 7919) % 101) as f32 - 50.0;
    let rows: Vec<[f32; 4]> = (0..27)
        .map(|i| [entry(i, 0), entry(i, 1), entry(i, 2), f32::NAN])
        .collect();
    for n in [0usize, 1, 3, 8, 15, 16, 37, 200] {
        // Quarters are exact as half floats; both ends are among them.
        let src: Vec<f32> = (0..4 * n).map(|i| (i * 5 % 9) as f32 / 4.0).collect();
        at_every_level(|level| {
            let mut floats = src.clone();
            let mut halves: Vec<f16> = src.iter().map(|x| f16::from_f32(*x)).collect();
            let done = trilinear_rgba(&Position, 3, &rows, &mut floats);
            assert_eq!(done, trilinear_halves(&Position, 3, &rows, &mut halves));
            assert_eq!(done, crate::level::has_avx2(), "{level}");
            if !done {
                return;
            }
            for (i, y) in floats.iter().enumerate() {
                assert_eq!(
                    halves[i],
                    f16::from_f32(*y),
                    "{level}, sample {i} of {n} pixels"
                );
                if i % 4 == 3 {
                    assert_eq!(*y, src[i], "{level}");
                    continue;
                }
                let mut want = 0.0;
                for corner in 0..8 {
                    let (mut row, mut weight) = (0, 1.0);
                    for axis in 0..3 {
                        let x = src[i / 4 * 4 + axis];
                        let low = x.floor().min(1.0);
                        let high = corner >> axis & 1;
                        row += (low as usize + high) * [1, 3, 9][axis];
                        weight *= if high == 1 { x - low } else { 1.0 - (x - low) };
                    }
                    want += weight * rows[row][i % 4];
                }
                assert!(
                    (y - want).abs() < 1e-4,
                    "{level}, sample {i}: {y}, not {want}"
                );
            }
        });
    }
}

#[test]
fn rgba_trilinear_bounds_its_indices() {
    struct Beyond;
    impl InCell for Beyond {
        #[inline(always)]
        fn cell<M: Math>(&self, m: M, c: [M::F; 3]) -> (M::F, [M::F; 3]) {
            (c[0], [m.k(1.0), m.k(1.0), m.k(1.0)])
        }
    }
    let rows: Vec<[f32; 4]> = (0..8).map(|i| [i as f32; 4]).collect();
    at_every_level(|level| {
        for beyond in [0.0f32, 1.0, 1e9, -1.0, f32::NAN, f32::INFINITY] {
            let mut pixels = [beyond; 12];
            if trilinear_rgba(&Beyond, 2, &rows, &mut pixels) {
                assert_eq!(pixels[4], 7.0, "{level}: {beyond}");
            }
        }
    });
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

#[test]
fn rgba_colours_are_looked_up_and_alpha_stays() {
    let table = |scale: f32| -> Box<[f32; 1 << 16]> {
        let all: Vec<f32> = (0..1 << 16).map(|i| i as f32 * scale).collect();
        all.into_boxed_slice().try_into().expect("all codes")
    };
    let [r, g, b] = [table(1.0), table(-0.5), table(3.0)];
    for n in [0usize, 1, 5, 64] {
        let src: Vec<u16> = (0..4 * n).map(|i| (i * 9973) as u16).collect();
        at_every_level(|level| {
            let mut out = vec![0.25; 4 * n];
            colours_of_words([&r, &g, &b], &src, &mut out);
            for (p, y) in src.chunks_exact(4).zip(out.chunks_exact(4)) {
                let [x, y1, z] = [p[0], p[1], p[2]].map(f32::from);
                assert_eq!(y, [x, y1 * -0.5, z * 3.0, 0.25], "{level}");
            }
        });
    }
}

#[test]
fn rgba_words_are_looked_up() {
    let table = |step: usize| -> Box<[u16; 1 << 16]> {
        let all: Vec<u16> = (0..1usize << 16).map(|i| (i * step) as u16).collect();
        all.into_boxed_slice().try_into().expect("all codes")
    };
    let (r, g, b) = (table(3), table(5), table(7));
    for n in [0usize, 1, 2, 5, 8, 41] {
        let src: Vec<u16> = (0..4 * n).map(|i| (i * 9973) as u16).collect();
        at_every_level(|level| {
            let mut pixels = src.clone();
            words_of_words([&r, &g, &b], &mut pixels);
            for (p, q) in src.chunks_exact(4).zip(pixels.chunks_exact(4)) {
                let times = |c: usize, k: u16| p[c].wrapping_mul(k);
                assert_eq!(q, [times(0, 3), times(1, 5), times(2, 7), p[3]], "{level}");
            }
        });
    }
}

#[test]
fn rgba_matrix_of_halves_is_its_steps() {
    use crate::{SamplesMut, from_f32};
    use half::f16;
    let all: Vec<f32> = (0..1 << 16).map(|i| (i as f32).sqrt() * 0.01).collect();
    let table: Box<[f32; 1 << 16]> = all.into_boxed_slice().try_into().expect("all codes");
    let m = Columns {
        columns: [
            [0.5, 0.25, -1.0, 0.0],
            [0.125, 2.0, 0.5, 0.0],
            [1.0, -0.5, 0.25, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ],
        offset: [1.0, 2.0, 3.0, 0.0],
        keep_alpha: true,
        clamp: None,
    };
    for n in [0usize, 1, 2, 5, 40, 41] {
        let src: Vec<f16> = (0..4 * n)
            .map(|i| f16::from_bits((i * 977 % 0x7c00) as u16))
            .collect();
        at_every_level(|level| {
            let mut halves = src.clone();
            if !matrix_of_halves([&table, &table, &table], &m, &mut halves) {
                return;
            }
            let mut floats: Vec<f32> = src.iter().map(|h| h.to_f32()).collect();
            colours_of_words(
                [&table, &table, &table],
                bytemuck::cast_slice(&src),
                &mut floats,
            );
            let looked_up = floats.clone();
            assert!(matrix(&m, &mut floats));
            let mut want = vec![f16::ZERO; 4 * n];
            from_f32(&floats, SamplesMut::F16(&mut want), 16);
            assert_eq!(halves, want, "{level}, {n} pixels");

            let ends = Columns {
                clamp: Some([1.5, 3.0]),
                ..m
            };
            let (mut halves, mut floats) = (src.clone(), looked_up);
            assert!(matrix_of_halves(
                [&table, &table, &table],
                &ends,
                &mut halves
            ));
            assert!(matrix(&ends, &mut floats));
            from_f32(&floats, SamplesMut::F16(&mut want), 16);
            assert_eq!(halves, want, "{level}, {n} pixels, clamped");
        });
    }
}
