//! Tests of the float pipeline against a plain `f64` decoder of the same coefficients: the inverse transform by its
//! definition (T.81 A.3.3), linear interpolation between sample centres, Rec. 601. Nothing is shared with the pipeline but the
//! coefficients and quantisers that entropy decoding gave.

use std::path::{Path, PathBuf};

use super::{Decoder, Options, Pixels, SampleKind, decode, decode_planes};
use crate::encode::{Config, Encoder, Mode, Sampling, Script};
use crate::marker::ZIGZAG;

/// Code values that the float path may be off.
const CLOSE: f64 = 0.5;

/// A folder of the test data, or `None` with a line that says so.
fn data(folder: &str) -> Option<PathBuf> {
    let base = std::env::var_os("VFX_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let found = Some(base.join(folder)).filter(|f| f.is_dir());
    if found.is_none() {
        println!("SKIPPED: no test data in '{folder}'");
    }
    found
}

/// Every file below a folder whose name ends so.
fn files(folder: PathBuf, extensions: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let extension = path.extension().and_then(|e| e.to_str());
            if path.is_dir() {
                open.push(path);
            } else if extension.is_some_and(|e| extensions.contains(&e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A component at its own size, in code values.
struct Plane {
    width: usize,
    height: usize,
    samples: Vec<f64>,
}

impl Plane {
    fn at(&self, x: isize, y: isize) -> f64 {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.samples[y * self.width + x]
    }

    /// The value at a pixel of a picture `fx` x `fy` times as large.
    fn interpolated(&self, x: usize, y: usize, fx: usize, fy: usize) -> f64 {
        let centre = |v: usize, f: usize| (v as f64 + 0.5) / f as f64 - 0.5;
        let (cx, cy) = (centre(x, fx), centre(y, fy));
        let (x0, y0) = (cx.floor(), cy.floor());
        let (wx, wy) = (cx - x0, cy - y0);
        let (x0, y0) = (x0 as isize, y0 as isize);
        let row = |y: isize| self.at(x0, y) * (1.0 - wx) + self.at(x0 + 1, y) * wx;
        row(y0) * (1.0 - wy) + row(y0 + 1) * wy
    }
}

/// All components of a file by the definition.
fn planes(decoder: &Decoder) -> Vec<Plane> {
    let (frame, store, quant) = decoder.coefficients().unwrap();
    let basis: [[f64; 8]; 8] = std::array::from_fn(|u| {
        let c = if u == 0 { 0.5f64.sqrt() } else { 1.0 };
        std::array::from_fn(|x| {
            0.5 * c * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos()
        })
    });
    let grey = f64::from(1 << (frame.precision - 1));
    let parts = frame.components.iter().zip(&store.planes).zip(&quant);
    parts
        .map(|((component, stored), quant)| {
            let (width, height) = (component.width, component.height);
            let mut plane = Plane {
                width,
                height,
                samples: vec![grey; width * height],
            };
            for (by, row) in stored.rows.iter().enumerate() {
                for (bx, block) in row.iter().enumerate() {
                    let mut f = [[0.0; 8]; 8];
                    for (k, n) in ZIGZAG.iter().enumerate() {
                        let n = usize::from(*n);
                        f[n / 8][n % 8] = f64::from(block[k]) * f64::from(quant[n]);
                    }
                    let across = f.map(|row| {
                        let mut out = [0.0; 8];
                        for (v, basis) in row.iter().zip(&basis) {
                            for (out, b) in out.iter_mut().zip(basis) {
                                *out += v * b;
                            }
                        }
                        out
                    });
                    let sample = |x: usize, y: usize| -> f64 {
                        (0..8).map(|v| across[v][x] * basis[v][y]).sum()
                    };
                    for y in 0..8.min(height.saturating_sub(by * 8)) {
                        for x in 0..8.min(width.saturating_sub(bx * 8)) {
                            plane.samples[(by * 8 + y) * width + bx * 8 + x] += sample(x, y);
                        }
                    }
                }
            }
            plane
        })
        .collect()
}

fn float() -> Options {
    Options {
        samples: SampleKind::F32,
        block_smoothing: false,
        ..Options::default()
    }
}

/// Planes of every test file that is not lossless, whatever its process, sampling and damage.
#[test]
fn float_planes_of_the_corpus_lie_within_half_a_code_of_f64() {
    let Some(folder) = data("jpeg") else { return };
    let mut compared = 0;
    for path in files(folder, &["jpg", "jpeg"]) {
        let bytes = std::fs::read(&path).unwrap();
        let Ok((got, decoder)) = decode_planes(&bytes, float()) else {
            continue;
        };
        if decoder.coefficients().is_none() {
            continue;
        }
        let precision = decoder.header().unwrap().precision;
        let max = f64::from((1u32 << precision) - 1);
        for (c, (got, want)) in got.iter().zip(planes(&decoder)).enumerate() {
            let Pixels::F32(samples) = &got.samples else {
                continue;
            };
            assert_eq!((got.width, got.height), (want.width, want.height));
            for (got, want) in samples.iter().zip(&want.samples) {
                // The pipeline keeps what overshoots the codes by once their range.
                let (got, want) = (f64::from(*got) * max, want.clamp(-max, 2.0 * max));
                let off = (got.clamp(-max, 2.0 * max) - want).abs();
                assert!(
                    off <= CLOSE,
                    "component {c}: {got}, not {want}: '{}'",
                    path.display()
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} planes");
}

/// Photographs as we encode them: samples after upsampling and colour.
#[test]
fn float_photographs_lie_within_half_a_code_of_f64() {
    let Some(folder) = data("photo") else { return };
    let samplings = [
        (Sampling::S420, 2, 2),
        (Sampling::S444, 1, 1),
        (Sampling::S422, 2, 1),
        (Sampling::S440, 1, 2),
    ];
    let mut worst = 0.0f64;
    let found = files(folder, &["png"]);
    assert!(!found.is_empty());
    for (i, path) in found.into_iter().enumerate() {
        let (sampling, fx, fy) = samplings[i % 4];
        let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        if info.color_type != png::ColorType::Rgb {
            continue;
        }
        let config = Config {
            sampling,
            mode: if i % 3 == 0 {
                Mode::Progressive(Script::Level2)
            } else {
                Mode::Streaming
            },
            ..Config::with_quality([60.0, 75.0, 90.0, 97.0][i / 3 % 4])
        };
        let mut encoder = Encoder::new(info.width, info.height, config, Vec::new()).unwrap();
        encoder.write_rows(&pixels[..info.buffer_size()]).unwrap();
        let bytes = encoder.finish().unwrap();

        let planes = planes(&Decoder::coefficients_of(&bytes, float()).unwrap());
        let (image, _) = decode(&bytes, float()).unwrap();
        let width = info.width as usize;
        for (at, got) in image.f32s().unwrap().chunks_exact(3).enumerate() {
            let (x, y) = (at % width, at / width);
            let luma = planes[0].at(x as isize, y as isize);
            let [cb, cr] = [1, 2].map(|c| planes[c].interpolated(x, y, fx, fy) - 128.0);
            let want = [
                luma + 1.402 * cr,
                luma - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587,
                luma + 1.772 * cb,
            ];
            for (got, want) in got.iter().zip(want) {
                worst = worst.max((f64::from(*got) * 255.0 - want).abs());
            }
        }
    }
    assert!(worst <= CLOSE, "{worst} code values");
    println!("at most {worst:.4} code values");
}
