//! Chroma samples at every second pixel, back to every pixel.
//!
//! In: chroma repeated over its 2 x 2 pixels, of any sign, linear. Out: at even columns (rows) the sample itself, at odd ones the sum of the seven samples on either side,
//! weighted: a half-band filter of 27 taps, every other one of which is zero. Beyond the data window the nearest sample counts. NaN and Inf spread over the support.
//! Source: `ImfRgbaYca.h` and `.cpp` of OpenEXR, `reconstructChromaHoriz` and `reconstructChromaVert`, applied in this order. For chroma at every second column and row
//! the module `yca` does all that OpenEXR's RGBA reading does; this filter alone serves the other samplings, which that interface does not read.

use std::ops::Range;
use std::sync::Arc;
use vfx_compute::{Block, BlockMut, Image, Op};

/// Weights at distances 1, 3, 5 ... 13.
pub(super) const WEIGHTS: [f32; 7] = [
    0.627_123, -0.186_077, 0.087_929, -0.043_159, 0.019_597, -0.007_540, 0.002_128,
];
/// The largest distance.
const REACH: i64 = 13;

/// One direction.
struct Reconstruct {
    across: bool,
}

/// Chroma that was sampled at every second column, row or both.
pub(super) fn reconstruct(image: &Image, columns: bool, rows: bool) -> Image {
    let pass = |image: Image, across: bool| {
        let spec = image.spec().clone();
        Image::op(Arc::new(Reconstruct { across }), vec![image], spec)
    };
    let mut image = image.clone();
    if columns {
        image = pass(image, true);
    }
    if rows {
        image = pass(image, false);
    }
    image
}

impl Op for Reconstruct {
    fn name(&self) -> String {
        let direction = if self.across { "across" } else { "down" };
        format!("chroma {direction}")
    }

    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        match self.across {
            true => out,
            false => out.start - REACH..out.end + REACH,
        }
    }

    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        match self.across {
            true => out.start - REACH..out.end + REACH,
            false => out,
        }
    }

    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let region = out.region;
        let width = region.width();
        for c in 0..out.planes.len() {
            for y in region.y0..region.y1 {
                let row = out.row(c, y);
                if self.across {
                    let near = inputs[0].row(c, region.x0 - REACH, y);
                    let odd = usize::from(region.x0.rem_euclid(2) == 0);
                    row.copy_from_slice(&near[REACH as usize..][..width]);
                    for x in (odd..width).step_by(2) {
                        row[x] = WEIGHTS.iter().enumerate().fold(0.0, |sum, (i, weight)| {
                            let (left, right) = (12 - 2 * i, 14 + 2 * i);
                            sum + weight * (near[x + left] + near[x + right])
                        });
                    }
                } else if y.rem_euclid(2) == 0 {
                    row.copy_from_slice(&inputs[0].row(c, region.x0, y)[..width]);
                } else {
                    row.fill(0.0);
                    for (distance, weight) in (1..).step_by(2).zip(WEIGHTS) {
                        let above = &inputs[0].row(c, region.x0, y - distance)[..width];
                        let below = &inputs[0].row(c, region.x0, y + distance)[..width];
                        for ((sum, a), b) in row.iter_mut().zip(above).zip(below) {
                            *sum += weight * (a + b);
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vfx_core::Region;

    /// The published taps, i - 13 to i + 13, on samples with zeros between them.
    const TAPS: [f64; 27] = {
        let mut taps = [0.0; 27];
        let odd = [
            0.002128, -0.007540, 0.019597, -0.043159, 0.087929, -0.186077, 0.627123,
        ];
        let mut i = 0;
        while i < 7 {
            taps[2 * i] = odd[i];
            taps[26 - 2 * i] = odd[i];
            i += 1;
        }
        taps[13] = 1.0;
        taps
    };

    #[test]
    fn chroma_reconstruction_is_the_published_filter() {
        // A window that begins at an odd place, samples at the even ones, both directions.
        let sample = |n: i64| ((n * n * 37 + n * 11) % 101) as f32 / 50.0 - 1.0;
        for across in [true, false] {
            let (start, end) = (-5i64, 22i64);
            let padded = start - REACH..end + REACH;
            let line: Vec<f32> = padded.clone().map(|n| sample(n.div_euclid(2))).collect();
            let shape = |a: Range<i64>| match across {
                true => Region::new(a.start, 3, a.end, 4),
                false => Region::new(3, a.start, 4, a.end),
            };
            let stride = if across { line.len() } else { 1 };
            let input = Block {
                region: shape(padded),
                stride,
                planes: vec![&line],
            };
            let n = (end - start) as usize;
            let mut found = vec![0.0; n];
            let mut out = BlockMut {
                region: shape(start..end),
                stride: if across { n } else { 1 },
                planes: vec![&mut found],
            };
            Reconstruct { across }.run(0, &[input], &mut out);
            for (at, found) in (start..end).zip(found) {
                let stuffed = |n: i64| match n.rem_euclid(2) {
                    0 => f64::from(sample(n / 2)),
                    _ => 0.0,
                };
                let expected: f64 = (-13..=13)
                    .map(|d| TAPS[(d + 13) as usize] * stuffed(at + d))
                    .sum();
                assert!((f64::from(found) - expected).abs() < 1e-5, "{at}");
            }
        }
    }
}
