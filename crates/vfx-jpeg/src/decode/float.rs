//! The float pipeline: dequantisation (optionally biased), a float inverse transform, triangle upsampling and colour without
//! any rounding to code values between.
//!
//! Rows wait as 16-bit fixed point, 1/64 of a code value in 8-bit files (1/8 in 12-bit ones) with four times the range as
//! headroom: half the memory of `f32` for an error of at most 1/128 of a code value. Zero is mid-grey. Output is 0 to 1 for
//! the codes of the file; what the transform overshoots is kept.
//!
//! Blocks arrive transposed, so one transposition suffices. The transform is Arai, Agui and Nakajima's with its scale
//! factors, the 1/8 and the fixed point folded into the quantisers.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x4, f32x8, f32x16, i16x8, i16x16, i32x8, i32x16};

use super::bias::Bias;
use super::coefficients::{Block, Order, natural};
use super::colour::{ColourSpace, Plan, Target};
use super::level::simd;
use super::options::Options;
use super::output::Sample;
use super::raster::{Geometry, Raster, Up};
use super::scan::BlockSink;
use super::upsample::centre;
use crate::marker::ZIGZAG;
use crate::transpose::{transpose, transpose2, wide};

/// The scaled 8-point transform, five multiplications, for vectors of any length.
macro_rules! aan {
    ($splat:path, $s:ident, $v:expr) => {{
        let v = $v;
        let root = $splat($s, std::f32::consts::SQRT_2);
        let (t10, t11) = (v[0] + v[4], v[0] - v[4]);
        let t13 = v[2] + v[6];
        let t12 = (v[2] - v[6]).mul_sub(root, t13);
        let (e0, e3, e1, e2) = (t10 + t13, t10 - t13, t11 + t12, t11 - t12);
        let (z13, z10) = (v[5] + v[3], v[5] - v[3]);
        let (z11, z12) = (v[1] + v[7], v[1] - v[7]);
        let o7 = z11 + z13;
        let z5 = (z10 + z12) * $splat($s, 1.847_759);
        let o6 = z10.mul_add($splat($s, -2.613_126), z5) - o7;
        let o5 = (z11 - z13).mul_sub(root, o6);
        let o4 = z12.mul_add($splat($s, -1.082_392_2), z5) - o5;
        [
            e0 + o7,
            e1 + o6,
            e2 + o5,
            e3 + o4,
            e3 - o4,
            e2 - o5,
            e1 - o6,
            e0 - o7,
        ]
    }};
}

/// `aan!` of four inputs, the other four zero, for vectors of any length.
macro_rules! aan_low {
    ($splat:path, $s:ident, $v:ident) => {{
        let [v0, v1, v2, v3] = $v;
        let root = $splat($s, std::f32::consts::SQRT_2);
        let t = v2.mul_sub(root, v2);
        let (e0, e3, e1, e2) = (v0 + v2, v0 - v2, v0 + t, v0 - t);
        let o7 = v1 + v3;
        let d = v1 - v3;
        let z5 = d * $splat($s, 1.847_759);
        let o6 = v3.mul_add($splat($s, 2.613_126), z5) - o7;
        let o5 = d.mul_sub(root, o6);
        let o4 = v1.mul_add($splat($s, -1.082_392_2), z5) - o5;
        [
            e0 + o7,
            e1 + o6,
            e2 + o5,
            e3 + o4,
            e3 - o4,
            e2 - o5,
            e1 - o6,
            e0 - o7,
        ]
    }};
}
/// Zig-zag index to transposed natural position.
pub(crate) const TRANSPOSED: Order = {
    let mut o = [0; 64];
    let mut k = 0;
    while k < 64 {
        let n = ZIGZAG[k];
        o[k] = (n & 7) << 3 | n >> 3;
        k += 1;
    }
    o
};

/// Rows on their way from blocks to output.
pub(crate) struct Float {
    pub raster: Raster<i16>,
    /// Quantisers with every factor folded in, transposed.
    tables: Vec<[f32; 64]>,
    bias: Vec<Option<Bias>>,
    pub places: Vec<(usize, usize, usize)>,
    /// Fixed-point units of a code value.
    unit: f32,
    precision: u32,
    column: Vec<f32>,
    rows: Vec<Vec<f32>>,
    pixels: Vec<f32>,
}

impl Float {
    pub fn new(geometry: Geometry, quant: &[[u16; 64]], precision: u32, options: &Options) -> Self {
        let unit = if precision <= 8 { 64.0 } else { 8.0 };
        // cos(k pi / 16) sqrt(2), and 1 for k = 0.
        let scale = |k: usize| match k {
            0 => 1.0,
            k => (k as f64 * std::f64::consts::PI / 16.0).cos() * std::f64::consts::SQRT_2,
        };
        let table = |q: &[u16; 64]| {
            std::array::from_fn(|t| {
                let (u, v) = (t >> 3, t & 7);
                (f64::from(q[v * 8 + u]) * scale(u) * scale(v) / 8.0 * f64::from(unit)) as f32
            })
        };
        let (width, lanes) = (geometry.width, &geometry.lanes);
        let whole = lanes
            .iter()
            .map(|l| (l.h * l.size, l.v * l.size))
            .fold((0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        Float {
            tables: quant.iter().map(table).collect(),
            bias: lanes
                .iter()
                .map(|l| {
                    (options.dequantisation_bias && l.size == 8 && (l.h * 8, l.v * 8) == whole)
                        .then(Bias::default)
                })
                .collect(),
            rows: lanes
                .iter()
                .map(|l| {
                    vec![
                        0.0;
                        width.max(
                            l.width
                                * if let Up::Repeat { h, .. } = l.up {
                                    h
                                } else {
                                    1
                                }
                        ) + 64
                    ]
                })
                .collect(),
            raster: Raster::new(geometry, 0),
            places: Vec::new(),
            unit,
            precision,
            column: Vec::new(),
            pixels: Vec::new(),
        }
    }

    /// Starts again from the top: what was learnt is forgotten.
    pub fn forget(&mut self) {
        for b in self.bias.iter_mut().flatten() {
            *b = Bias::default();
        }
    }

    /// Before an iMCU row: every fourth takes up what was learnt of the coefficients.
    pub fn begin_row(&mut self, k: usize) {
        if k > 0 && k.is_multiple_of(4) {
            for b in self.bias.iter_mut().flatten() {
                b.update();
            }
        }
    }

    /// A raster sample as 0 to 1.
    pub fn value(&self, v: i16) -> f32 {
        let max = ((1u32 << self.precision) - 1) as f32;
        f32::from(v) / (self.unit * max) + (1u32 << (self.precision - 1)) as f32 / max
    }

    /// One transposed block into the raster.
    #[inline(always)]
    fn place<S: Simd>(&mut self, s: S, c: usize, block: &Block, last: u8, bx: usize, by: usize) {
        let (at, stride) = self.raster.block(c, bx, by);
        let size = self.raster.geometry.lanes[c].size;
        let table = &self.tables[c];
        let bias = match &mut self.bias[c] {
            Some(b) => {
                b.gather(s, block, last);
                Some(&b.values)
            }
            None => None,
        };
        let data = &mut self.raster.data[at..at + (size - 1) * stride + size];
        if last == 0 {
            let v = (f32::from(block[0]) * table[0]).round_ties_even() as i16;
            for row in data.chunks_mut(stride) {
                match row.first_chunk_mut::<8>() {
                    Some(row) if size == 8 => row.fill(v),
                    _ => row[..size].fill(v),
                }
            }
            return;
        }
        let rows = if last < 10 {
            transform_low(s, block, table, bias)
        } else {
            transform(s, block, table, bias)
        };
        if size == 8 {
            let mut out = data.chunks_mut(stride);
            for i in 0..4 {
                let low: i32x8<S> = rows[2 * i].round_ties_even().to_int();
                let high: i32x8<S> = rows[2 * i + 1].round_ties_even().to_int();
                let both: i16x16<S> = low.saturating_narrow(high);
                let (a, b) = both.split();
                for row in [a, b] {
                    if let Some(out) = out.next() {
                        row.store_slice(&mut out[..8]);
                    }
                }
            }
        } else {
            // A smaller block is the mean of the samples it stands for.
            let step = 8 / size;
            for y in 0..size {
                for x in 0..size {
                    let mut sum = 0.0;
                    for row in &rows[y * step..(y + 1) * step] {
                        sum += row.as_slice()[x * step..(x + 1) * step].iter().sum::<f32>();
                    }
                    data[y * stride + x] = (sum / (step * step) as f32).round_ties_even() as i16;
                }
            }
        }
    }

    /// A block and the one to its right; better than one after the other where vectors have 512 bits.
    #[inline(always)]
    fn place2<S: Simd>(
        &mut self,
        s: S,
        c: usize,
        blocks: [&Block; 2],
        last: [u8; 2],
        bx: usize,
        by: usize,
    ) {
        // The short forms are quicker alone.
        if last[0].max(last[1]) < 10
            || last[0].min(last[1]) == 0
            || self.raster.geometry.lanes[c].size != 8
        {
            self.place(s, c, blocks[0], last[0], bx, by);
            self.place(s, c, blocks[1], last[1], bx + 1, by);
            return;
        }
        let (at, stride) = self.raster.block(c, bx, by);
        let bias = match &mut self.bias[c] {
            Some(b) => {
                b.gather(s, blocks[0], last[0]);
                b.gather(s, blocks[1], last[1]);
                Some(&b.values)
            }
            None => None,
        };
        let rows = transform2(s, blocks, &self.tables[c], bias);
        let data = &mut self.raster.data[at..at + 7 * stride + 16];
        for (row, out) in rows.into_iter().zip(data.chunks_mut(stride)) {
            let row: i32x16<S> = row.round_ties_even().to_int();
            let (low, high): (i32x8<S>, i32x8<S>) = row.split();
            low.saturating_narrow(high).store_slice(&mut out[..16]);
        }
    }

    /// A stored block row (zig-zag order) into the raster.
    pub fn block_row(&mut self, c: usize, blocks: &[Block], by: usize) {
        simd!(s => self.block_row_at(s, c, blocks, by));
    }

    #[inline(always)]
    fn block_row_at<S: Simd>(&mut self, s: S, c: usize, blocks: &[Block], by: usize) {
        let (pairs, rest) = blocks.as_chunks::<2>();
        for (x, [a, b]) in pairs.iter().enumerate() {
            let mut n = [[0; 64]; 2];
            let last = [
                natural(s, a, &TRANSPOSED, &mut n[0]),
                natural(s, b, &TRANSPOSED, &mut n[1]),
            ];
            if wide(s) {
                self.place2(s, c, [&n[0], &n[1]], last, 2 * x, by);
            } else {
                self.place(s, c, &n[0], last[0], 2 * x, by);
                self.place(s, c, &n[1], last[1], 2 * x + 1, by);
            }
        }
        for block in rest {
            let mut n = [0; 64];
            let last = natural(s, block, &TRANSPOSED, &mut n);
            self.place(s, c, &n, last, blocks.len() - 1, by);
        }
    }

    /// A block row that no scan touched.
    pub fn grey_row(&mut self, c: usize, by: usize) {
        let (at, stride) = self.raster.block(c, 0, by);
        let size = self.raster.geometry.lanes[c].size;
        self.raster.data[at..at + size * stride].fill(0);
    }

    /// Output row `y`.
    pub fn output<T: Sample>(&mut self, plan: Plan, inverted: bool, y: usize, out: &mut [T]) {
        if let Some(out) = T::f32s(out) {
            simd!(s => self.output_at(s, plan, inverted, y, out));
            return;
        }
        let mut pixels = std::mem::take(&mut self.pixels);
        pixels.resize(out.len(), 0.0);
        simd!(s => self.output_at(s, plan, inverted, y, &mut pixels));
        for (o, v) in out.iter_mut().zip(&pixels) {
            *o = T::from_unit(*v);
        }
        self.pixels = pixels;
    }

    #[inline(always)]
    fn output_at<S: Simd>(&mut self, s: S, plan: Plan, inverted: bool, y: usize, out: &mut [f32]) {
        let width = self.raster.geometry.width;
        let needed = match (plan.space, plan.target) {
            (ColourSpace::Gray | ColourSpace::YCbCr, Target::Gray) => 1,
            _ => self.rows.len(),
        };
        let max = ((1u32 << self.precision) - 1) as f32;
        let colour = Units {
            scale: 1.0 / (self.unit * max),
            centre: (1u32 << (self.precision - 1)) as f32 / max,
        };
        // Components at full size are taken from the raster as they are, where most files have them.
        let full = |c: usize| self.raster.geometry.lanes[c].up == Up::Full;
        let direct = (plan.space, plan.target) == (ColourSpace::YCbCr, Target::Rgb) && full(0);
        let all_direct = direct && full(1) && full(2);
        for c in 0..needed {
            if !(all_direct || direct && c == 0) {
                upsample(s, &self.raster, c, y, &mut self.column, &mut self.rows[c]);
            }
        }
        match (plan.space, plan.target) {
            (ColourSpace::YCbCr, Target::Rgb) => {
                let out = &mut out[..3 * width];
                let samples = |c: usize| Samples(self.raster.row(c, y as isize));
                let values = |c: usize| Values(&self.rows[c]);
                if all_direct {
                    ycc_row(s, colour, samples(0), samples(1), samples(2), out);
                } else if direct {
                    ycc_row(s, colour, samples(0), values(1), values(2), out);
                } else {
                    ycc_row(s, colour, values(0), values(1), values(2), out);
                }
            }
            (ColourSpace::Gray | ColourSpace::YCbCr, Target::Gray) => {
                for (o, v) in out[..width].iter_mut().zip(&self.rows[0]) {
                    *o = v.mul_add(colour.scale, colour.centre);
                }
            }
            _ => {
                let n = plan.channels;
                for (x, o) in out[..n * width].chunks_exact_mut(n).enumerate() {
                    colour.pixel(plan, inverted, &self.rows, x, o);
                }
            }
        }
    }
}

/// Fixed point to 0..1.
#[derive(Clone, Copy)]
struct Units {
    scale: f32,
    centre: f32,
}

impl Units {
    /// The general case, a pixel at a time.
    fn pixel(self, plan: Plan, inverted: bool, rows: &[Vec<f32>], x: usize, out: &mut [f32]) {
        let v = |i: usize| rows[i][x].mul_add(self.scale, self.centre);
        if plan.target == Target::Components {
            for (i, o) in out.iter_mut().enumerate() {
                *o = v(i);
            }
            return;
        }
        let chroma = |i: usize| rows[i][x] * self.scale;
        let rgb = || {
            let (y, cb, cr) = (v(0), chroma(1), chroma(2));
            [
                y + 1.402 * cr,
                y - 0.344_136_3 * cb - 0.714_136_3 * cr,
                y + 1.772 * cb,
            ]
        };
        let mut native = match plan.space {
            ColourSpace::Gray => [v(0), v(0), v(0), 1.0],
            ColourSpace::Rgb => [v(0), v(1), v(2), 1.0],
            ColourSpace::YCbCr => {
                let [r, g, b] = rgb();
                [r, g, b, 1.0]
            }
            ColourSpace::Ycck => {
                let [r, g, b] = rgb();
                [1.0 - r, 1.0 - g, 1.0 - b, v(3)]
            }
            ColourSpace::Cmyk | ColourSpace::Unknown => [v(0), v(1), v(2), v(3)],
        };
        if matches!(plan.space, ColourSpace::Cmyk | ColourSpace::Ycck)
            && plan.target != Target::Cmyk
        {
            let light = |i: usize| if inverted { native[i] } else { 1.0 - native[i] };
            native = [
                light(0) * light(3),
                light(1) * light(3),
                light(2) * light(3),
                1.0,
            ];
        }
        if plan.target == Target::Gray {
            out[0] = 0.299 * native[0] + 0.587 * native[1] + 0.114 * native[2];
        } else {
            out.copy_from_slice(&native[..out.len()]);
        }
    }
}

/// Eight samples of a row as floats.
#[inline(always)]
fn load<S: Simd>(s: S, row: &[i16]) -> f32x8<S> {
    let (low, high) = i16x8::from_slice(s, &row[..8]).widen();
    let both: i32x8<S> = low.combine(high);
    both.to_float()
}

/// Output row `y` of a component in fixed-point units; loops run over whole vectors, rows being padded.
#[inline(always)]
fn upsample<S: Simd>(
    s: S,
    raster: &Raster<i16>,
    c: usize,
    y: usize,
    column: &mut Vec<f32>,
    out: &mut [f32],
) {
    let lane = &raster.geometry.lanes[c];
    let w = lane.width;
    let near = (y / 2) as isize;
    let other = if y.is_multiple_of(2) {
        near - 1
    } else {
        near + 1
    };
    let (k3, quarter) = (f32x8::splat(s, 3.0), f32x8::splat(s, 0.25));
    let padded = w.next_multiple_of(8);
    match lane.up {
        Up::Full => {
            let a = raster.row(c, y as isize);
            for x in (0..padded).step_by(8) {
                load(s, &a[x..]).store_slice(&mut out[x..x + 8]);
            }
        }
        Up::H1V2 => {
            let (a, b) = (raster.row(c, near), raster.row(c, other));
            for x in (0..padded).step_by(8) {
                let v = k3.mul_add(load(s, &a[x..]), load(s, &b[x..])) * quarter;
                v.store_slice(&mut out[x..x + 8]);
            }
        }
        Up::H2V1 | Up::H2V2 => {
            column.resize(padded + 16, 0.0);
            let column = &mut column[..padded + 16];
            if lane.up == Up::H2V2 {
                let (a, b) = (raster.row(c, near), raster.row(c, other));
                let sixteenth = f32x8::splat(s, 1.0 / 16.0);
                for x in (0..padded).step_by(8) {
                    let v = k3.mul_add(load(s, &a[x..]), load(s, &b[x..])) * sixteenth;
                    v.store_slice(&mut column[x + 1..x + 9]);
                }
            } else {
                let a = raster.row(c, y as isize);
                for x in (0..padded).step_by(8) {
                    (load(s, &a[x..]) * quarter).store_slice(&mut column[x + 1..x + 9]);
                }
            }
            (column[0], column[w + 1]) = (column[1], column[w]);
            for x in (0..w).step_by(8) {
                let m = f32x8::from_slice(s, &column[x + 1..x + 9]) * k3;
                let l = m + f32x8::from_slice(s, &column[x..x + 8]);
                let r = m + f32x8::from_slice(s, &column[x + 2..x + 10]);
                let (p, q) = l.interleave(r);
                p.store_slice(&mut out[2 * x..2 * x + 8]);
                q.store_slice(&mut out[2 * x + 8..2 * x + 16]);
            }
        }
        Up::Repeat { h, v } => {
            let a = raster.row(c, (y / v) as isize);
            for (o, a) in out.chunks_exact_mut(h).zip(&a[..w]) {
                o.fill(f32::from(*a));
            }
        }
        Up::Linear { h, v } => {
            let (y0, wy) = centre(y, v);
            let (a, b) = (raster.row(c, y0), raster.row(c, y0 + 1));
            let wy = wy as f32 / 256.0;
            column.clear();
            column.extend(
                a.iter()
                    .zip(b)
                    .take(w)
                    .map(|(a, b)| f32::from(*a) * (1.0 - wy) + f32::from(*b) * wy),
            );
            for (x, o) in out[..raster.geometry.width].iter_mut().enumerate() {
                let (x0, wx) = centre(x, h);
                let at = |x: isize| column[x.clamp(0, w as isize - 1) as usize];
                let wx = wx as f32 / 256.0;
                *o = at(x0) * (1.0 - wx) + at(x0 + 1) * wx;
            }
        }
    }
}

/// A row to read in fixed-point units, padded to whole vectors.
trait Source: Copy {
    fn load<S: Simd>(self, s: S, x: usize) -> f32x8<S>;
}

/// A row of the raster.
#[derive(Clone, Copy)]
struct Samples<'a>(&'a [i16]);

/// A row that was upsampled.
#[derive(Clone, Copy)]
struct Values<'a>(&'a [f32]);

impl Source for Samples<'_> {
    #[inline(always)]
    fn load<S: Simd>(self, s: S, x: usize) -> f32x8<S> {
        load(s, &self.0[x..])
    }
}

impl Source for Values<'_> {
    #[inline(always)]
    fn load<S: Simd>(self, s: S, x: usize) -> f32x8<S> {
        f32x8::from_slice(s, &self.0[x..x + 8])
    }
}

/// Full-range Rec. 601 to RGB, interleaved.
#[inline(always)]
fn ycc_row<S: Simd, Y: Source, C: Source>(s: S, u: Units, y: Y, cb: C, cr: C, out: &mut [f32]) {
    // Macros instead of closures here and below: closures do not inherit the vector features.
    macro_rules! k {
        ($v:expr) => {
            f32x8::splat(s, $v)
        };
    }
    let (scale, mid) = (k!(u.scale), k!(u.centre));
    let (kr, kb) = (k!(1.402 * u.scale), k!(1.772 * u.scale));
    let (kg, kh) = (k!(-0.344_136_3 * u.scale), k!(-0.714_136_3 * u.scale));
    let width = out.len() / 3;
    let mut buffer = [[0.0f32; 8]; 3];
    let mut x = 0;
    while x < width {
        let (b, r) = (cb.load(s, x), cr.load(s, x));
        let y = y.load(s, x).mul_add(scale, mid);
        let pixel = [
            r.mul_add(kr, y),
            b.mul_add(kg, r.mul_add(kh, y)),
            b.mul_add(kb, y),
        ];
        for (to, v) in buffer.iter_mut().zip(pixel) {
            v.store_slice(to);
        }
        let n = (width - x).min(8);
        let [r, g, b] = &buffer;
        let out = &mut out[3 * x..3 * (x + n)];
        if let Some(out) = out.first_chunk_mut::<24>() {
            for i in 0..8 {
                out[3 * i] = r[i];
                out[3 * i + 1] = g[i];
                out[3 * i + 2] = b[i];
            }
        } else {
            for i in 0..n {
                out[3 * i..3 * i + 3].copy_from_slice(&[r[i], g[i], b[i]]);
            }
        }
        x += 8;
    }
}

/// Eight output rows of a block, in fixed-point units, from transposed coefficients.
#[inline(always)]
fn transform<S: Simd>(
    s: S,
    block: &Block,
    table: &[f32; 64],
    bias: Option<&[f32; 64]>,
) -> [f32x8<S>; 8] {
    let mut v = [f32x8::splat(s, 0.0); 8];
    for (i, v) in v.iter_mut().enumerate() {
        *v = load(s, &block[8 * i..8 * i + 8]);
        if let Some(b) = bias {
            let b = f32x8::from_slice(s, &b[8 * i..8 * i + 8]);
            *v = *v - v.abs().min(b).copysign(*v);
        }
        *v *= f32x8::from_slice(s, &table[8 * i..8 * i + 8]);
    }
    let v = transpose(aan!(f32x8::splat, s, v));
    aan!(f32x8::splat, s, v)
}

/// [`transform`] of two blocks side by side, in vectors of 512 bits: the same numbers.
#[inline(always)]
fn transform2<S: Simd>(
    s: S,
    blocks: [&Block; 2],
    table: &[f32; 64],
    bias: Option<&[f32; 64]>,
) -> [f32x16<S>; 8] {
    let mut v = [f32x16::splat(s, 0.0); 8];
    for (i, v) in v.iter_mut().enumerate() {
        let at = 8 * i..8 * i + 8;
        let left = i16x8::from_slice(s, &blocks[0][at.clone()]);
        let both: i16x16<S> = left.combine(i16x8::from_slice(s, &blocks[1][at.clone()]));
        let (low, high): (i32x8<S>, i32x8<S>) = both.widen();
        let both: i32x16<S> = low.combine(high);
        *v = both.to_float();
        if let Some(b) = bias {
            let b = f32x8::from_slice(s, &b[at.clone()]);
            *v = *v - v.abs().min(b.combine(b)).copysign(*v);
        }
        let factors = f32x8::from_slice(s, &table[at]);
        *v *= factors.combine(factors);
    }
    let v = transpose2(aan!(f32x16::splat, s, v));
    aan!(f32x16::splat, s, v)
}

/// The same where only the 4x4 corner of low frequencies is not zero: the same numbers from half the work.
#[inline(always)]
fn transform_low<S: Simd>(
    s: S,
    block: &Block,
    table: &[f32; 64],
    bias: Option<&[f32; 64]>,
) -> [f32x8<S>; 8] {
    let mut v = [f32x4::splat(s, 0.0); 4];
    for (i, v) in v.iter_mut().enumerate() {
        let (low, _) = i16x8::from_slice(s, &block[8 * i..8 * i + 8]).widen();
        *v = low.to_float();
        if let Some(b) = bias {
            let b = f32x4::from_slice(s, &b[8 * i..8 * i + 4]);
            *v = *v - v.abs().min(b).copysign(*v);
        }
        *v *= f32x4::from_slice(s, &table[8 * i..8 * i + 4]);
    }
    let [a, b, c, d, e, f, g, h] = aan_low!(f32x4::splat, s, v);
    // Two rows of four a vector; index bits rotate until the frequency leads.
    let v = [a.combine(b), c.combine(d), e.combine(f), g.combine(h)];
    let v = shuffle4(shuffle4(shuffle4(v)));
    aan_low!(f32x8::splat, s, v)
}

/// Half a shuffle.
#[inline(always)]
fn shuffle4<S: Simd>(v: [f32x8<S>; 4]) -> [f32x8<S>; 4] {
    let (a, b) = v[0].interleave(v[2]);
    let (c, d) = v[1].interleave(v[3]);
    [a, b, c, d]
}

impl BlockSink for Float {
    const ORDER: &'static Order = &TRANSPOSED;

    #[inline(always)]
    fn mcus<S: Simd>(&mut self, s: S, blocks: &[Block], last: &[u8], x: usize) {
        let places = std::mem::take(&mut self.places);
        let n = places.len();
        for (m, mcu) in blocks.chunks_exact(n).enumerate() {
            let last_mcu = &last[m * n..][..n];
            // The MCU to the right, where this is the left one of two.
            let next = blocks.get((m + 1) * n..(m + 2) * n);
            let pairs = wide(s) && (m % 2 == 1 || next.is_some());
            let mut i = 0;
            while i < n {
                let (c, dx, dy) = places[i];
                let h = self.raster.geometry.lanes[c].h;
                let bx = (x + m) * h + dx;
                if pairs && h == 1 && dx == 0 {
                    // With the same block of the other MCU.
                    if let Some(next) = next.filter(|_| m.is_multiple_of(2)) {
                        let last = [last_mcu[i], last[(m + 1) * n + i]];
                        self.place2(s, c, [&mcu[i], &next[i]], last, bx, dy);
                    }
                } else if wide(s) && places.get(i + 1) == Some(&(c, dx + 1, dy)) {
                    // With the next block of the row.
                    let last = [last_mcu[i], last_mcu[i + 1]];
                    self.place2(s, c, [&mcu[i], &mcu[i + 1]], last, bx, dy);
                    i += 1;
                } else {
                    self.place(s, c, &mcu[i], last_mcu[i], bx, dy);
                }
                i += 1;
            }
        }
        self.places = places;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_transform_forms_give_the_same_numbers() {
        let mut seed = 7u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as i32
        };
        for round in 0..1000 {
            let mut block = [0i16; 64];
            for at in &TRANSPOSED[..10] {
                block[usize::from(*at)] = (next() % 401 - 200) as i16;
            }
            let table: [f32; 64] = std::array::from_fn(|_| next() as f32 * 1e-3);
            let bias: [f32; 64] = std::array::from_fn(|_| next() as f32 / 131_072.0);
            let bias = (round % 2 == 0).then_some(&bias);
            let (mut full, mut low) = ([[0f32; 8]; 8], [[0f32; 8]; 8]);
            simd!(s => rows(transform(s, &block, &table, bias), &mut full));
            simd!(s => rows(transform_low(s, &block, &table, bias), &mut low));
            assert_eq!(full, low, "round {round}");
            let mut other = [0; 64];
            other.fill_with(|| (next() % 50) as i16);
            simd!(s => rows(transform(s, &other, &table, bias), &mut low));
            let mut both = [[0f32; 16]; 8];
            simd!(s => rows2(transform2(s, [&block, &other], &table, bias), &mut both));
            for (y, both) in both.iter().enumerate() {
                assert_eq!((&both[..8], &both[8..]), (&full[y][..], &low[y][..]));
            }
        }
    }

    #[inline(always)]
    fn rows<S: Simd>(v: [f32x8<S>; 8], out: &mut [[f32; 8]; 8]) {
        for (v, out) in v.into_iter().zip(out) {
            v.store_slice(out);
        }
    }

    #[inline(always)]
    fn rows2<S: Simd>(v: [f32x16<S>; 8], out: &mut [[f32; 16]; 8]) {
        for (v, out) in v.into_iter().zip(out) {
            v.store_slice(out);
        }
    }
}
