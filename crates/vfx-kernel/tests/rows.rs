//! The row kernels from outside: skeletons, stencils, interleaving, statistics, at every level.

use proptest::prelude::*;
use vfx_kernel::interleave::{
    PlaneRows, deinterleave, deinterleave_rows, interleave, swap_bytes16, swap_bytes32,
};
use vfx_kernel::level::at_every_level;
use vfx_kernel::math::F64;
use vfx_kernel::ops::{Clamp, Matrix, MulAdd, Over, Plus, Power, Premultiply};
use vfx_kernel::pointwise::{
    Merge4, Pointwise1, Pointwise3, map1, map1_in_place, map2, map3, map4, merge4,
};
use vfx_kernel::reduce::{Stats, stats};
use vfx_kernel::stencil::convolve_row;

fn noise(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 0.5
        })
        .collect()
}

fn bits(v: &[f32]) -> Vec<u32> {
    v.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn maps_agree_with_the_reference_at_every_length() {
    let matrix = Matrix([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.0, 0.1, 0.9]]);
    at_every_level(|name| {
        for len in (0..140).chain([1000]) {
            let x = noise(len, 7);
            let mut y = vec![0.0; len];
            let op = MulAdd {
                scale: 3.0,
                offset: -0.25,
            };
            map1(&op, &x, &mut y);
            for (x, y) in x.iter().zip(&y) {
                let exact = op.run(F64, f64::from(*x));
                assert!((f64::from(*y) - exact).abs() < 1e-6, "{name} {len}");
            }
            let mut same = x.clone();
            map1_in_place(&op, &mut same);
            assert_eq!(bits(&same), bits(&y), "{name} {len}");

            let mut sum = x.clone();
            map2(&Plus, &mut sum, &y);
            for i in 0..len {
                assert_eq!(sum[i], x[i] + y[i], "{name} {len}");
            }

            let (mut r, mut g, mut b) = (x.clone(), y.clone(), sum.clone());
            map3(&matrix, [&mut r, &mut g, &mut b]);
            for i in 0..len {
                let exact = matrix.run(F64, [x[i].into(), y[i].into(), sum[i].into()]);
                for (got, exact) in [r[i], g[i], b[i]].into_iter().zip(exact) {
                    assert!((f64::from(got) - exact).abs() < 2e-6, "{name} {len}");
                }
            }

            let mut p = [x.clone(), y.clone(), sum.clone(), noise(len, 3)];
            let alpha = p[3].clone();
            let [a, b, c, d] = &mut p;
            map4(&Premultiply, [a, b, c, d]);
            for i in 0..len {
                assert_eq!(
                    [p[0][i], p[2][i], p[3][i]],
                    [x[i] * alpha[i], sum[i] * alpha[i], alpha[i]]
                );
            }

            let below = [noise(len, 4), noise(len, 5), noise(len, 6), noise(len, 8)];
            let before = p.clone();
            let [a, b, c, d] = &mut p;
            merge4(
                &Over,
                [a, b, c, d],
                [&below[0], &below[1], &below[2], &below[3]],
            );
            for i in 0..len {
                let at = |v: &[Vec<f32>; 4]| {
                    [
                        v[0][i].into(),
                        v[1][i].into(),
                        v[2][i].into(),
                        v[3][i].into(),
                    ]
                };
                let exact: [f64; 4] = Over.run(F64, at(&before), at(&below));
                for (plane, exact) in p.iter().zip(exact) {
                    assert!((f64::from(plane[i]) - exact).abs() < 4e-6, "{name} {len}");
                }
            }
        }
    });
}

#[test]
fn maps_give_the_same_bits_however_a_row_is_cut() {
    let x: Vec<f32> = noise(777, 9).iter().map(|v| v.abs()).collect();
    at_every_level(|name| {
        let mut whole = x.clone();
        map1_in_place(&Power(0.4545), &mut whole);
        for cut in [1, 63, 64, 65, 300] {
            let mut parts = x.clone();
            for part in parts.chunks_mut(cut) {
                map1_in_place(&Power(0.4545), part);
            }
            assert_eq!(bits(&parts), bits(&whole), "{name} {cut}");
        }
    });
}

#[test]
fn clamp_turns_nan_into_its_lower_end() {
    at_every_level(|name| {
        let mut x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5, -1.0];
        map1_in_place(&Clamp { lo: 0.25, hi: 2.0 }, &mut x);
        assert_eq!(x, [0.25, 2.0, 0.25, 0.5, 0.25], "{name}");
    });
}

#[test]
fn convolution_agrees_with_f64_and_with_its_parts() {
    at_every_level(|name| {
        for (kw, kh) in [
            (3, 3),
            (5, 5),
            (3, 1),
            (1, 3),
            (1, 1),
            (7, 7),
            (2, 4),
            (9, 3),
        ] {
            for len in [0usize, 1, 15, 16, 17, 33, 200] {
                let width = len + kw - 1;
                let data: Vec<Vec<f32>> = (0..kh).map(|j| noise(width, j as u32 + 1)).collect();
                let rows: Vec<&[f32]> = data.iter().map(|r| &r[..]).collect();
                let kernel = noise(kw * kh, 77);
                let mut out = vec![0.0; len];
                convolve_row(&rows, &kernel, kw, &mut out);
                for x in 0..len {
                    let mut exact = 0.0;
                    for j in 0..kh {
                        for i in 0..kw {
                            exact += f64::from(kernel[j * kw + i]) * f64::from(rows[j][x + i]);
                        }
                    }
                    assert!((f64::from(out[x]) - exact).abs() < 3e-5, "{name} {kw}x{kh}");
                }
                if len > 20 {
                    let parts: Vec<&[f32]> = rows.iter().map(|r| &r[13..]).collect();
                    let mut part = vec![0.0; len - 13];
                    convolve_row(&parts, &kernel, kw, &mut part);
                    assert_eq!(bits(&part), bits(&out[13..]), "{name} {kw}x{kh}");
                }
            }
        }
        // A weight of 0 does not hide a NaN.
        let row = [1.0, f32::NAN, 1.0, 1.0, 1.0];
        let mut out = [0.0; 3];
        convolve_row(&[&row], &[1.0, 0.0, 1.0], 3, &mut out);
        assert!(out[0].is_nan() && out[1].is_nan() && out[2] == 2.0);
    });
}

fn round_trip<T: vfx_kernel::interleave::Element + PartialEq + std::fmt::Debug>(
    value: impl Fn(usize) -> T,
) {
    at_every_level(|name| {
        for channels in 1..7 {
            for pixels in (0..70).chain([255, 400]) {
                let src: Vec<T> = (0..pixels * channels).map(&value).collect();
                let mut planes = vec![vec![value(0); pixels]; channels];
                {
                    let mut refs: Vec<&mut [T]> = planes.iter_mut().map(|p| &mut p[..]).collect();
                    deinterleave(&src, channels, &mut refs);
                }
                for (c, plane) in planes.iter().enumerate() {
                    for (i, v) in plane.iter().enumerate() {
                        assert_eq!(*v, src[i * channels + c], "{name} {channels} {pixels}");
                    }
                }
                let refs: Vec<&[T]> = planes.iter().map(|p| &p[..]).collect();
                let mut back = vec![value(1); src.len()];
                interleave(&refs, channels, &mut back);
                assert_eq!(back, src, "{name} {channels} {pixels}");
            }
        }
    });
}

#[test]
fn rows_of_a_tile_land_in_rows_of_planes() {
    at_every_level(|name| {
        for channels in 2..6 {
            for (width, height) in [(1, 3), (63, 2), (64, 2), (130, 5)] {
                let (stride, plane_stride) = (width * channels + 4, width + 9);
                let src: Vec<u16> = (0..stride * height).map(|i| i as u16).collect();
                let mut data = vec![vec![0xffff_u16; plane_stride * height]; channels];
                let mut planes: Vec<PlaneRows<'_, u16>> = data
                    .iter_mut()
                    .map(|samples| PlaneRows {
                        samples,
                        stride: plane_stride,
                    })
                    .collect();
                deinterleave_rows(&src, stride, (width, height), &mut planes);
                for (c, plane) in data.iter().enumerate() {
                    for (y, row) in plane.chunks(plane_stride).enumerate() {
                        let at = |x: usize| src[y * stride + x * channels + c];
                        let want: Vec<u16> = (0..width).map(at).collect();
                        assert_eq!(row[..width], want, "{name} {channels} {width}");
                        assert_eq!(row[width..], [0xffff; 9], "{name}: beyond the row");
                    }
                }
            }
        }
    });
}

#[test]
fn planes_and_pixels_round_trip() {
    round_trip(|i| (i * 7 + i / 256) as u8);
    round_trip(|i| (i * 40503) as u16);
    round_trip(|i| (i as u32).wrapping_mul(2_654_435_761));
}

#[test]
fn byte_order_turns() {
    at_every_level(|_| {
        for len in 0..70u32 {
            let mut a: Vec<u16> = (0..len).map(|i| (i * 257 + 3) as u16).collect();
            let b = a.clone();
            swap_bytes16(&mut a);
            assert!(a.iter().zip(&b).all(|(a, b)| *a == b.swap_bytes()));
            let mut a: Vec<u32> = (0..len).map(|i| i * 0x0102_0305).collect();
            let b = a.clone();
            swap_bytes32(&mut a);
            assert!(a.iter().zip(&b).all(|(a, b)| *a == b.swap_bytes()));
        }
    });
}

fn any_float() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -100.0f32..100.0,
        1 => any::<u32>().prop_map(f32::from_bits),
        1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 1e-40]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn stats_agree_with_a_scalar_loop(row in prop::collection::vec(any_float(), 0..200), clean in any::<bool>()) {
        let row: Vec<f32> = row.into_iter().filter(|v| !clean || v.is_finite()).collect();
        let finite: Vec<f64> = row.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v)).collect();
        let sum: f64 = finite.iter().sum();
        let squares: f64 = finite.iter().map(|v| v * v).sum();
        let magnitude: f64 = finite.iter().map(|v| v.abs()).sum();
        at_every_level(|name| {
            let mut s = Stats::default();
            stats(&row, &mut s);
            assert_eq!(s.count, row.len() as u64, "{name}");
            assert_eq!(s.nan, row.iter().filter(|v| v.is_nan()).count() as u64, "{name}");
            assert_eq!(s.pos_inf, row.iter().filter(|v| **v == f32::INFINITY).count() as u64, "{name}");
            assert_eq!(s.neg_inf, row.iter().filter(|v| **v == f32::NEG_INFINITY).count() as u64, "{name}");
            assert_eq!(s.finite(), finite.len() as u64, "{name}");
            assert_eq!(s.min, row.iter().copied().fold(f32::INFINITY, f32::min), "{name}");
            assert_eq!(s.max, row.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{name}");
            let fold = |from, f: fn(f32, f32) -> f32| row.iter().copied().filter(|v| v.is_finite()).fold(from, f);
            assert_eq!(s.finite_min, fold(f32::INFINITY, f32::min), "{name}");
            assert_eq!(s.finite_max, fold(f32::NEG_INFINITY, f32::max), "{name}");
            assert!((s.sum() - sum).abs() <= 1e-12 * magnitude, "{name}");
            assert!((s.sum_of_squares() - squares).abs() <= 1e-12 * squares, "{name}");
        });
    }
}

#[test]
fn stats_merge_to_the_same_totals_in_any_order() {
    let rows: Vec<Vec<f32>> = (0..64).map(|i| noise(501, i + 1)).collect();
    at_every_level(|name| {
        let mut forward = Stats::default();
        for row in &rows {
            stats(row, &mut forward);
        }
        let mut back = Stats::default();
        for part in rows.chunks(10).rev() {
            let mut s = Stats::default();
            for row in part.iter().rev() {
                stats(row, &mut s);
            }
            back.merge(&s);
        }
        assert!(
            (forward.sum() - back.sum()).abs() <= 1e-15 * forward.sum().abs(),
            "{name}"
        );
        let q = forward.sum_of_squares();
        assert!((q - back.sum_of_squares()).abs() <= 1e-15 * q, "{name}");
        assert_eq!(
            (forward.min, forward.max, forward.count),
            (back.min, back.max, back.count)
        );
    });
}
