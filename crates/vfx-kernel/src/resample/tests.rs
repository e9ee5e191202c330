//! Both passes against f64 sums, and the same bits however the work is cut.

use super::{Horizontal, Taps, vertical};
use crate::level::at_every_level;

/// A triangle filter of `n` taps from `len_in` to `len_out` samples, borders folded in.
fn taps(len_in: usize, len_out: usize, n: usize) -> Taps {
    let scale = len_out as f64 / len_in as f64;
    let mut t = Taps {
        taps: n,
        ..Taps::default()
    };
    for x in 0..len_out {
        let centre = (x as f64 + 0.5) / scale - 0.5;
        let lo = (centre - (n as f64 - 1.0) / 2.0).ceil() as i64;
        let start = lo.clamp(0, (len_in - n) as i64);
        let mut w = vec![0.0f64; n];
        for k in 0..n as i64 {
            let i = (lo + k)
                .clamp(0, len_in as i64 - 1)
                .clamp(start, start + n as i64 - 1);
            w[(i - start) as usize] += 1.0 / (1.0 + ((lo + k) as f64 - centre).abs()) / n as f64;
        }
        t.start.push(start as i32);
        t.weights.extend(w.iter().map(|w| *w as f32));
    }
    t
}

fn noise(n: usize) -> Vec<f32> {
    let mut state = 12345u32;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.25
        })
        .collect()
}

fn bits(v: &[f32]) -> Vec<u32> {
    v.iter().map(|v| v.to_bits()).collect()
}

const SHAPES: [(usize, usize, usize); 12] = [
    (100, 90, 7),
    (100, 250, 6),
    (300, 100, 19),
    (500, 31, 49),
    (64, 64, 1),
    (64, 100, 2),
    (200, 120, 12),
    (200, 180, 13),
    (9, 40, 4),
    (40, 7, 12),
    (100, 99, 33),
    (3, 1, 3),
];

#[test]
fn horizontal_agrees_with_f64() {
    let rows = 21;
    at_every_level(|name| {
        for (len_in, len_out, n) in SHAPES {
            let t = taps(len_in, len_out, n);
            let src = noise(rows * len_in);
            let mut out = vec![0.0; rows * len_out];
            let pass = Horizontal::new(&t, 0..len_out, 0);
            pass.run(&src, len_in, rows, &mut out, len_out, 0..len_out);
            for r in 0..rows {
                for x in 0..len_out {
                    let row = &src[r * len_in + t.start[x] as usize..];
                    let exact: f64 = t
                        .weights_of(x)
                        .iter()
                        .zip(row)
                        .map(|(w, v)| f64::from(*w) * f64::from(*v))
                        .sum();
                    let got = f64::from(out[r * len_out + x]);
                    assert!(
                        (got - exact).abs() < 1e-5,
                        "{name} {len_in} to {len_out}, {n} taps, ({x}, {r}): {got} {exact}"
                    );
                }
            }
        }
    });
}

#[test]
fn horizontal_bits_do_not_depend_on_the_cut() {
    let rows = 19;
    at_every_level(|name| {
        for (len_in, len_out, n) in SHAPES {
            let t = taps(len_in, len_out, n);
            let src = noise(rows * len_in);
            let mut whole = vec![0.0; rows * len_out];
            let plan = Horizontal::new(&t, 0..len_out, 0);
            plan.run(&src, len_in, rows, &mut whole, len_out, 0..len_out);
            for cell in [1, 5, 16, 23, 64] {
                for strip in [1, 3, 16, 19] {
                    let mut x = 0;
                    while x < len_out {
                        let columns = x..(x + cell).min(len_out);
                        let reach = t.reach(columns.clone());
                        let width = (reach.end - reach.start) as usize;
                        let mut y = 0;
                        while y < rows {
                            let h = strip.min(rows - y);
                            // A block that holds exactly what the cell reads.
                            let mut block = Vec::new();
                            for r in y..y + h {
                                let from = r * len_in + reach.start as usize;
                                block.extend_from_slice(&src[from..from + width]);
                            }
                            let mut a = vec![0.0; h * columns.len()];
                            let mut b = a.clone();
                            Horizontal::new(&t, columns.clone(), reach.start).run(
                                &block,
                                width,
                                h,
                                &mut a,
                                columns.len(),
                                columns.clone(),
                            );
                            plan.run_at(
                                reach.start,
                                &block,
                                width,
                                h,
                                &mut b,
                                columns.len(),
                                columns.clone(),
                            );
                            for r in 0..h {
                                let from = (y + r) * len_out + columns.start;
                                let expected = bits(&whole[from..from + columns.len()]);
                                let got = r * columns.len()..(r + 1) * columns.len();
                                assert_eq!(
                                    bits(&a[got.clone()]),
                                    expected,
                                    "{name} {len_in} {len_out} {n} cell {cell}"
                                );
                                assert_eq!(
                                    bits(&b[got]),
                                    expected,
                                    "{name} {len_in} {len_out} {n} cell {cell}"
                                );
                            }
                            y += strip;
                        }
                        x += cell;
                    }
                }
            }
        }
    });
}

#[test]
fn horizontal_nan_stays_in_its_taps() {
    let t = taps(100, 90, 7);
    let mut src = vec![1.0; 100];
    src[50] = f32::NAN;
    at_every_level(|name| {
        let mut out = vec![0.0; 90];
        Horizontal::new(&t, 0..90, 0).run(&src, 100, 1, &mut out, 90, 0..90);
        for (x, y) in out.iter().enumerate() {
            let touched = (t.start[x]..t.start[x] + 7).contains(&50);
            assert_eq!(y.is_nan(), touched, "{name} {x}");
        }
    });
}

#[test]
fn vertical_agrees_with_f64_and_with_its_parts() {
    at_every_level(|name| {
        for n in 1..20 {
            for len in [0, 1, 15, 16, 17, 100] {
                let data = noise(n * len.max(1));
                let rows: Vec<&[f32]> = (0..n).map(|t| &data[t * len..(t + 1) * len]).collect();
                let weights = noise(n);
                let mut out = vec![0.0; len];
                vertical(&rows, &weights, &mut out);
                for x in 0..len {
                    let exact: f64 = (0..n)
                        .map(|t| f64::from(weights[t]) * f64::from(rows[t][x]))
                        .sum();
                    assert!((f64::from(out[x]) - exact).abs() < 1e-5, "{name}");
                }
                for from in [1, 7, 16] {
                    if from < len {
                        let parts: Vec<&[f32]> = rows.iter().map(|r| &r[from..]).collect();
                        let mut part = vec![0.0; len - from];
                        vertical(&parts, &weights, &mut part);
                        assert_eq!(bits(&part), bits(&out[from..]), "{name} {n} taps");
                    }
                }
            }
        }
    });
}
