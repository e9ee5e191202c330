//! The main kernels at every level, on cells that stay in the caches: samples a second.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use half::f16;
use std::hint::black_box;
use vfx_kernel::interleave::{deinterleave, interleave};
use vfx_kernel::level::{levels, name, with_level};
use vfx_kernel::ops::{Matrix, MulAdd, Over, Power};
use vfx_kernel::pointwise::{map1, map1_in_place, map3, merge4};
use vfx_kernel::reduce::{Stats, stats};
use vfx_kernel::resample::{Horizontal, Taps, vertical};
use vfx_kernel::stencil::convolve_row;
use vfx_kernel::{Samples, SamplesMut, convert, from_f32, to_f32};

const N: usize = 4096;

fn bench(c: &mut Criterion, what: &str, samples: usize, mut f: impl FnMut()) {
    let mut group = c.benchmark_group(what);
    group.throughput(Throughput::Elements(samples as u64));
    for level in levels() {
        group.bench_function(BenchmarkId::from_parameter(name(level)), |b| {
            with_level(level, || b.iter(&mut f));
        });
    }
}

fn pointwise(c: &mut Criterion) {
    let src: Vec<f32> = (0..N).map(|i| i as f32 / N as f32).collect();
    let mut dst = src.clone();
    bench(c, "muladd", N, || {
        map1_in_place(
            &MulAdd {
                scale: 0.999,
                offset: 1e-4,
            },
            black_box(&mut dst),
        );
    });
    bench(c, "pow", N, || {
        map1(&Power(2.4), black_box(&src), black_box(&mut dst))
    });
    let mut p = [src.clone(), src.clone(), src.clone(), src.clone()];
    let m = Matrix([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.0, 0.1, 0.9]]);
    bench(c, "matrix px", N, || {
        let [r, g, b, _] = &mut p;
        map3(&m, black_box([r, g, b]));
    });
    let q = p.clone();
    bench(c, "over px", N, || {
        let [r, g, b, a] = &mut p;
        merge4(&Over, black_box([r, g, b, a]), [&q[0], &q[1], &q[2], &q[3]]);
    });
    let mut s = Stats::default();
    bench(c, "stats", N, || stats(black_box(&src), &mut s));
}

fn conversions(c: &mut Criterion) {
    let bytes: Vec<u8> = (0..N).map(|i| i as u8).collect();
    let words: Vec<u16> = (0..N).map(|i| (i * 16) as u16).collect();
    let halves: Vec<f16> = (0..N).map(|i| f16::from_f32(i as f32)).collect();
    let mut floats = vec![0.0f32; N];
    bench(c, "u8 to f32", N, || {
        to_f32(Samples::U8(black_box(&bytes)), 8, &mut floats)
    });
    bench(c, "u16 to f32", N, || {
        to_f32(Samples::U16(black_box(&words)), 16, &mut floats)
    });
    bench(c, "f16 to f32", N, || {
        to_f32(Samples::F16(black_box(&halves)), 0, &mut floats)
    });
    let (mut a, mut b, mut h) = (bytes.clone(), words.clone(), halves.clone());
    bench(c, "f32 to u8", N, || {
        from_f32(black_box(&floats), SamplesMut::U8(&mut a), 8)
    });
    bench(c, "f32 to u16", N, || {
        from_f32(black_box(&floats), SamplesMut::U16(&mut b), 16)
    });
    bench(c, "f32 to f16", N, || {
        from_f32(black_box(&floats), SamplesMut::F16(&mut h), 0)
    });
    bench(c, "u16 to u8", N, || {
        convert(
            Samples::U16(black_box(&words)),
            16,
            SamplesMut::U8(&mut a),
            8,
        );
    });
    bench(c, "u10 to u16", N, || {
        convert(
            Samples::U16(black_box(&words)),
            10,
            SamplesMut::U16(&mut b),
            16,
        );
    });
}

fn channels(c: &mut Criterion) {
    let bytes: Vec<u8> = (0..3 * N).map(|i| i as u8).collect();
    let mut planes = [vec![0u8; N], vec![0u8; N], vec![0u8; N]];
    bench(c, "deinterleave u8x3 px", N, || {
        let [r, g, b] = &mut planes;
        deinterleave(black_box(&bytes), 3, &mut [r, g, b]);
    });
    let mut back = bytes.clone();
    bench(c, "interleave u8x3 px", N, || {
        interleave(
            &[&planes[0], &planes[1], &planes[2]],
            3,
            black_box(&mut back),
        );
    });
    let floats: Vec<f32> = (0..4 * N).map(|i| i as f32).collect();
    let mut planes = vec![vec![0f32; N]; 4];
    bench(c, "deinterleave f32x4 px", N, || {
        let mut p: Vec<&mut [f32]> = planes.iter_mut().map(|p| &mut p[..]).collect();
        deinterleave(black_box(&floats), 4, &mut p);
    });
    let mut back = floats.clone();
    bench(c, "interleave f32x4 px", N, || {
        let p: Vec<&[f32]> = planes.iter().map(|p| &p[..]).collect();
        interleave(&p, 4, black_box(&mut back));
    });
}

fn neighbours(c: &mut Criterion) {
    const ROWS: usize = 32;
    for (what, ratio, taps) in [
        ("horizontal 0.9, 7 taps", 0.9, 7),
        ("horizontal 0.5, 12 taps", 0.5, 12),
    ] {
        let columns = 384;
        let start: Vec<i32> = (0..columns).map(|x| (x as f64 / ratio) as i32).collect();
        let width = start[columns - 1] as usize + taps + 32;
        let t = Taps {
            taps,
            start,
            weights: vec![1.0 / taps as f32; columns * taps],
        };
        let src = vec![0.5f32; ROWS * width];
        let mut out = vec![0.0f32; ROWS * columns];
        let pass = Horizontal::new(&t, 0..columns, 0);
        bench(c, what, ROWS * columns, || {
            pass.run(black_box(&src), width, ROWS, &mut out, columns, 0..columns);
        });
    }
    let data = vec![0.5f32; 7 * 512];
    let rows: Vec<&[f32]> = data.chunks(512).collect();
    let mut out = vec![0.0f32; 500];
    bench(c, "vertical 7 taps", 500, || {
        vertical(black_box(&rows), &[0.1; 7], &mut out)
    });
    bench(c, "convolve 3x3", 500, || {
        convolve_row(black_box(&rows[..3]), &[0.1; 9], 3, &mut out)
    });
    bench(c, "convolve 5x5", 500, || {
        convolve_row(black_box(&rows[..5]), &[0.1; 25], 5, &mut out)
    });
}

criterion_group! {
    name = kernels;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(400));
    targets = pointwise, conversions, channels, neighbours
}
criterion_main!(kernels);
