//! The integer pipeline: blocks to samples (`islow`), upsampling and colour, exact to libjpeg. 8-bit files run on `u8` with
//! vector code, 12-bit ones on `u16`; lossless samples enter after the transform.

use fearless_simd::Simd;

use super::coefficients::{Block, Order, natural};
use super::colour::{self, ColourSpace, Plan, Target};
use super::idct_islow::{self, Samples};
use super::idct_reduced;
use super::level::simd;
use super::raster::{Geometry, Raster};
use super::scan::BlockSink;
use super::upsample::{self, Code, Scratch};
use crate::marker::ZIGZAG;

/// Rows on their way from blocks to output.
pub(crate) struct Integer<T> {
    pub raster: Raster<T>,
    quant: Vec<[u16; 64]>,
    /// The same as the vector code takes them: modulo 65536, which is all that 16-bit products keep.
    quant16: Vec<Block>,
    /// Component, column and row of each block of an MCU.
    pub places: Vec<(usize, usize, usize)>,
    precision: u32,
    scratch: Scratch,
    rows: Vec<Vec<T>>,
}

impl<T: Code> Integer<T> {
    pub fn new(geometry: Geometry, quant: Vec<[u16; 64]>, precision: u32) -> Self {
        let grey = T::put(1 << (precision - 1));
        let width = geometry.width + 64;
        let rows = geometry.lanes.iter().map(|l| match l.up {
            super::raster::Up::Full => Vec::new(),
            super::raster::Up::Repeat { h, .. } => vec![grey; l.width * h + width],
            _ => vec![grey; width],
        });
        Integer {
            rows: rows.collect(),
            raster: Raster::new(geometry, grey),
            quant16: quant.iter().map(|q| q.map(|v| v as i16)).collect(),
            quant,
            places: Vec::new(),
            precision,
            scratch: Scratch::default(),
        }
    }

    /// One block into the raster at block (`bx`, `by`) of the iMCU row.
    #[inline(always)]
    fn place<S: Simd>(&mut self, s: S, c: usize, block: &Block, last: u8, bx: usize, by: usize) {
        let (at, stride) = self.raster.block(c, bx, by);
        let size = self.raster.geometry.lanes[c].size;
        let data = &mut self.raster.data;
        if size == 8 && size_of::<T>() == 1 {
            let mut out: Samples = [0; 64];
            idct_islow::one(s, block, &self.quant16[c], last, &mut out);
            copy(&out, data, at, stride);
        } else if size == 8 {
            let out = idct_islow::scalar(block, &self.quant[c], self.precision);
            for (r, row) in out.chunks_exact(8).enumerate() {
                for (o, v) in data[at + r * stride..][..8].iter_mut().zip(row) {
                    *o = T::put(*v);
                }
            }
        } else {
            let mut out = [0; 16];
            idct_reduced::reduced(block, &self.quant[c], self.precision, size, &mut out);
            for (r, row) in out.chunks_exact(size).enumerate().take(size) {
                for (o, v) in data[at + r * stride..][..size].iter_mut().zip(row) {
                    *o = T::put(*v);
                }
            }
        }
    }

    /// Two blocks at once.
    #[inline(always)]
    fn place2<S: Simd>(
        &mut self,
        s: S,
        a: (usize, &Block, u8, usize, usize),
        b: (usize, &Block, u8, usize, usize),
    ) {
        let lanes = &self.raster.geometry.lanes;
        if size_of::<T>() == 1 && lanes[a.0].size == 8 && lanes[b.0].size == 8 {
            let (mut x, mut y): (Samples, Samples) = ([0; 64], [0; 64]);
            let (qa, qb) = (&self.quant16[a.0], &self.quant16[b.0]);
            idct_islow::two(s, (a.1, qa, a.2), (b.1, qb, b.2), (&mut x, &mut y));
            let (at, stride) = self.raster.block(a.0, a.3, a.4);
            copy(&x, &mut self.raster.data, at, stride);
            let (at, stride) = self.raster.block(b.0, b.3, b.4);
            copy(&y, &mut self.raster.data, at, stride);
        } else {
            self.place(s, a.0, a.1, a.2, a.3, a.4);
            self.place(s, b.0, b.1, b.2, b.3, b.4);
        }
    }

    /// A whole stored block row of a component into the raster; `by` counts inside the iMCU row.
    pub fn block_row(&mut self, c: usize, blocks: &[Block], by: usize) {
        simd!(s => self.block_row_at(s, c, blocks, by));
    }

    #[inline(always)]
    fn block_row_at<S: Simd>(&mut self, s: S, c: usize, blocks: &[Block], by: usize) {
        let (pairs, rest) = blocks.as_chunks::<2>();
        for (i, [a, b]) in pairs.iter().enumerate() {
            let mut n = [[0; 64]; 2];
            let (la, lb) = (
                natural(s, a, &ZIGZAG, &mut n[0]),
                natural(s, b, &ZIGZAG, &mut n[1]),
            );
            self.place2(s, (c, &n[0], la, 2 * i, by), (c, &n[1], lb, 2 * i + 1, by));
        }
        for block in rest {
            let mut n = [0; 64];
            let last = natural(s, block, &ZIGZAG, &mut n);
            self.place(s, c, &n, last, blocks.len() - 1, by);
        }
    }

    /// A block row that no scan touched.
    pub fn grey_row(&mut self, c: usize, by: usize) {
        let (at, stride) = self.raster.block(c, 0, by);
        let size = self.raster.geometry.lanes[c].size;
        self.raster.data[at..at + size * stride].fill(T::put(1 << (self.precision - 1)));
    }

    /// Output row `y` in native integers.
    pub fn output(&mut self, plan: Plan, inverted: bool, y: usize, out: &mut [T]) {
        simd!(s => self.output_at(s, plan, inverted, y, out));
    }

    #[inline(always)]
    fn output_at<S: Simd>(&mut self, s: S, plan: Plan, inverted: bool, y: usize, out: &mut [T]) {
        let width = self.raster.geometry.width;
        let n = self.rows.len();
        let needed = match plan.target {
            Target::Gray if matches!(plan.space, ColourSpace::Gray | ColourSpace::YCbCr) => 1,
            _ => n,
        };
        for c in 0..needed {
            let mut row = std::mem::take(&mut self.rows[c]);
            upsample::row(&self.raster, c, y, &mut self.scratch, &mut row);
            self.rows[c] = row;
        }
        let mut refs: [&[T]; 4] = [&[]; 4];
        let many: Vec<&[T]>;
        let row = |c: usize| -> &[T] {
            if self.rows[c].is_empty() {
                self.raster.row(c, y as isize)
            } else {
                &self.rows[c]
            }
        };
        let rows: &[&[T]] = if n <= 4 {
            for (c, r) in refs.iter_mut().enumerate().take(needed) {
                *r = row(c);
            }
            &refs[..needed]
        } else {
            many = (0..n).map(row).collect();
            &many
        };
        #[cfg(target_arch = "x86_64")]
        if let Some(t) = s.level().as_avx2()
            && size_of::<T>() == 1
            && plan.space == ColourSpace::YCbCr
            && plan.target == Target::Rgb
        {
            let [y, cb, cr] = [0, 1, 2].map(|i| T::as_bytes(rows[i]).unwrap_or(&[]));
            if let Some(out) = T::as_bytes_mut(out) {
                super::colour_avx2::rgb_row(t, y, cb, cr, &mut out[..3 * width]);
                return;
            }
        }
        let _ = s;
        colour::convert(plan, inverted, (1 << self.precision) - 1, rows, width, out);
    }
}

/// Eight rows of eight.
#[inline(always)]
fn copy<T: Code>(from: &Samples, to: &mut [T], at: usize, stride: usize) {
    if let Some(to) = T::as_bytes_mut(&mut to[at..at + 7 * stride + 8]) {
        let (rows, _) = from.as_chunks::<8>();
        for (r, row) in rows.iter().enumerate() {
            to[r * stride..r * stride + 8].copy_from_slice(row);
        }
    }
}

impl<T: Code> BlockSink for Integer<T> {
    const ORDER: &'static Order = &ZIGZAG;

    #[inline(always)]
    fn mcus<S: Simd>(&mut self, s: S, blocks: &[Block], last: &[u8], x: usize) {
        let places = std::mem::take(&mut self.places);
        let n = places.len();
        for (m, (blocks, last)) in blocks.chunks(2 * n).zip(last.chunks(2 * n)).enumerate() {
            let second = blocks.len() == 2 * n;
            for (i, &(c, dx, dy)) in places.iter().enumerate() {
                let h = self.raster.geometry.lanes[c].h;
                let bx = (x + 2 * m) * h + dx;
                if second {
                    self.place2(
                        s,
                        (c, &blocks[i], last[i], bx, dy),
                        (c, &blocks[n + i], last[n + i], bx + h, dy),
                    );
                } else {
                    self.place(s, c, &blocks[i], last[i], bx, dy);
                }
            }
        }
        self.places = places;
    }
}
