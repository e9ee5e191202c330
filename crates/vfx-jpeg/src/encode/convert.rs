//! One row of pixels into the sample rings of the components: colour transform, box downsampling, 16-bit fixed point.
//!
//! The transform runs in `f32` on 64 pixels at a time; rings hold 256 x (level - 128), saturated. Chroma of a subsampled
//! model is averaged in `f32` over the box before it is rounded (jpegli `downsample.cc`). Edges repeat the last pixel.
//! BT.601 full range as JFIF 1.02 gives it; CMYK becomes YCCK as libjpeg does it (CMY inverted to RGB, K kept).

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use super::config::ColorModel;
use super::input::{Levels, Row, STEP};
use super::simd::to_i16;
use super::xyb;

/// Samples before the first and after the last of a ring row, repeating them.
pub(super) const MARGIN: usize = 16;

/// Rows of one component, addressed modulo their number.
#[derive(Debug)]
pub(super) struct Ring {
    pub samples: Vec<i16>,
    pub stride: usize,
    pub rows: usize,
    /// How many pixels of the picture one sample covers.
    pub factor_h: usize,
    pub factor_v: usize,
    /// Sums over the box so far, where there is one.
    sum: Vec<f32>,
}

impl Ring {
    /// `width` samples of the picture's pixels, a multiple of [`STEP`]; `rows` rows.
    pub fn new(width: usize, rows: usize, factor_h: usize, factor_v: usize) -> Self {
        let wide = width / factor_h;
        let stride = wide + 2 * MARGIN;
        let boxed = factor_h * factor_v > 1;
        Self {
            samples: vec![0; stride * rows],
            stride,
            rows,
            factor_h,
            factor_v,
            sum: vec![0.0; if boxed { wide } else { 0 }],
        }
    }

    /// Where the first sample of row `y` lies.
    #[inline(always)]
    pub fn offset(&self, y: usize) -> usize {
        y % self.rows * self.stride + MARGIN
    }

    fn pad(&mut self, y: usize) {
        let at = self.offset(y) - MARGIN;
        let stride = self.stride;
        let row = &mut self.samples[at..at + stride];
        row[MARGIN - 1] = row[MARGIN];
        let last = row[stride - MARGIN - 1];
        row[stride - MARGIN..].fill(last);
    }
}

/// Converts `row`, which is row `y` of the picture.
#[inline(always)]
pub(super) fn convert_row<S: Simd>(
    s: S,
    row: &Row<'_>,
    y: usize,
    width: usize,
    channels: usize,
    model: ColorModel,
    rings: &mut [Ring],
) {
    let mut levels: Levels = [[0.0; STEP]; 4];
    for x in (0..width).step_by(STEP) {
        row.load(s, x, channels, &mut levels);
        transform(s, channels, model, &mut levels);
        for (ring, levels) in rings.iter_mut().zip(&levels) {
            store(s, ring, y, x, levels);
        }
    }
    for ring in rings {
        if (y + 1).is_multiple_of(ring.factor_v) {
            if ring.factor_h * ring.factor_v > 1 {
                average(s, ring, y / ring.factor_v);
            }
            ring.pad(y / ring.factor_v);
        }
    }
}

/// To 256 x (level - 128) of each component, in place.
#[inline(always)]
fn transform<S: Simd>(s: S, channels: usize, model: ColorModel, levels: &mut Levels) {
    // A macro, as a closure is not inlined into the SIMD function at every level.
    macro_rules! k {
        ($v:expr) => {
            f32x16::splat(s, $v)
        };
    }
    if model == ColorModel::Xyb {
        xyb::from_srgb(levels);
    }
    macro_rules! scale {
        ($v:expr) => {
            $v.mul_add(k!(256.0), k!(-32768.0))
        };
    }
    for i in (0..STEP).step_by(16) {
        let (mut r, mut g, mut b) = (
            load(s, &levels[0], i),
            load(s, &levels[1], i),
            load(s, &levels[2], i),
        );
        if model == ColorModel::Ycck {
            (r, g, b) = (k!(255.0) - r, k!(255.0) - g, k!(255.0) - b);
        }
        let out: [f32x16<S>; 4] = match model {
            ColorModel::Gray if channels == 1 => [scale!(r); 4],
            ColorModel::Gray => [luma(s, r, g, b); 4],
            ColorModel::YCbCr | ColorModel::Ycck => {
                let cb = b * k!(0.5 * 256.0);
                let cb = g.mul_add(k!(-0.331_264_1 * 256.0), cb);
                let cb = r.mul_add(k!(-0.168_735_9 * 256.0), cb);
                let cr = r * k!(0.5 * 256.0);
                let cr = g.mul_add(k!(-0.418_687_6 * 256.0), cr);
                let cr = b.mul_add(k!(-0.081_312_41 * 256.0), cr);
                [luma(s, r, g, b), cb, cr, scale!(load(s, &levels[3], i))]
            }
            _ => [
                scale!(r),
                scale!(g),
                scale!(b),
                scale!(load(s, &levels[3], i)),
            ],
        };
        for (level, out) in levels.iter_mut().zip(out) {
            out.store_slice(&mut level[i..i + 16]);
        }
    }
}

#[inline(always)]
fn load<S: Simd>(s: S, from: &[f32], i: usize) -> f32x16<S> {
    f32x16::from_slice(s, &from[i..i + 16])
}

/// Sums of sixteen neighbouring pairs.
#[inline(always)]
fn pairs<S: Simd>(s: S, from: &[f32], i: usize) -> f32x16<S> {
    let (even, odd) = load(s, from, i).deinterleave(load(s, from, i + 16));
    even + odd
}

#[inline(always)]
fn luma<S: Simd>(s: S, r: f32x16<S>, g: f32x16<S>, b: f32x16<S>) -> f32x16<S> {
    let v = b.mul_add(f32x16::splat(s, 0.114 * 256.0), f32x16::splat(s, -32768.0));
    let v = g.mul_add(f32x16::splat(s, 0.587 * 256.0), v);
    r.mul_add(f32x16::splat(s, 0.299 * 256.0), v)
}

#[inline(always)]
fn store<S: Simd>(s: S, ring: &mut Ring, y: usize, x: usize, levels: &[f32; STEP]) {
    if ring.factor_h * ring.factor_v == 1 {
        let at = ring.offset(y) + x;
        let out = &mut ring.samples[at..at + STEP];
        for i in (0..STEP).step_by(16) {
            to_i16(load(s, levels, i)).store_slice(&mut out[i..i + 16]);
        }
        return;
    }
    let wide = STEP / ring.factor_h;
    let first = y.is_multiple_of(ring.factor_v);
    let sum = &mut ring.sum[x / ring.factor_h..][..wide];
    for i in (0..wide).step_by(16) {
        let mut v = match ring.factor_h {
            1 => load(s, levels, i),
            2 => pairs(s, levels, 2 * i),
            _ => {
                let (even, odd) =
                    pairs(s, levels, 4 * i).deinterleave(pairs(s, levels, 4 * i + 32));
                even + odd
            }
        };
        if !first {
            v += f32x16::from_slice(s, &sum[i..i + 16]);
        }
        v.store_slice(&mut sum[i..i + 16]);
    }
}

#[inline(always)]
fn average<S: Simd>(s: S, ring: &mut Ring, y: usize) {
    let at = ring.offset(y);
    let scale = f32x16::splat(s, 1.0 / (ring.factor_h * ring.factor_v) as f32);
    let out = &mut ring.samples[at..at + ring.sum.len()];
    for i in (0..out.len()).step_by(16) {
        to_i16(load(s, &ring.sum, i) * scale).store_slice(&mut out[i..i + 16]);
    }
}
