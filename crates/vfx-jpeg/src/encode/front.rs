//! From rows to quantised blocks, one strip of MCUs at a time.
//!
//! Rows are converted as they arrive and wait in 16-bit rings until the adaptive field has seen the five luma rows below a
//! strip. A strip then goes block by block, in MCU order, to a [`BlockSink`]. Nothing depends on how many rows came in one
//! call. Memory: 21 luma rows for 4:2:0 and 13 rows of each component for 4:4:4.

use fearless_simd::Simd;

use super::aq::Field;
use super::config::{ColorModel, Config};
use super::convert::{Ring, convert_row};
use super::dct::{Quantizer, quantize_block, quantize_pair, scaled_block};
use super::geometry::Geometry;
use super::input::{Row, STEP};
use super::quant;
use super::trellis::Trellis;
use crate::transpose::wide;

/// Luma rows below a strip that its field needs.
const LOOK_AHEAD: usize = 5;

/// Receives blocks in MCU order.
pub(super) trait BlockSink {
    /// Called before the blocks of each MCU.
    fn mcu(&mut self);
    /// A block of component `c` at block position `x`, `y`; `values` is transposed, and holds where `mask` has a bit.
    fn block(&mut self, c: usize, x: usize, y: usize, values: &[i16; 64], mask: u64);
}

/// The pipeline up to quantised blocks.
#[derive(Debug)]
pub(super) struct Front {
    geometry: Geometry,
    model: ColorModel,
    channels: usize,
    quantizers: Vec<Quantizer>,
    trellis: Vec<Trellis>,
    field: Option<Field>,
    rings: Vec<Ring>,
    /// First row this pipeline sees.
    first_row: usize,
    rows: usize,
    strip: usize,
    /// The blocks of two MCUs.
    blocks: Vec<[i16; 64]>,
}

/// Blocks of an MCU (T.81 B.2.3), which our samplings keep even with four components.
const BLOCKS: usize = 10;

impl Front {
    /// `tables` are the quantisation tables of the file.
    pub fn new(geometry: &Geometry, config: &Config, tables: &[[u16; 64]]) -> Self {
        let geometry = geometry.clone();
        let model = config.color;
        let width = (geometry.mcus_wide * geometry.max_h * 8).next_multiple_of(STEP);
        let ahead = if config.adaptive { LOOK_AHEAD } else { 0 };
        let rings = geometry
            .components
            .iter()
            .map(|c| {
                let (fh, fv) = (geometry.max_h / c.h, geometry.max_v / c.v);
                Ring::new(width, 8 * c.v + ahead.div_ceil(fv), fh, fv)
            })
            .collect();
        let quantizers: Vec<_> = geometry
            .components
            .iter()
            .enumerate()
            .map(|(c, component)| {
                let (offset, slope) = quant::dead_zone(tables, model, c, config.adaptive);
                Quantizer::new(&tables[component.table], &offset, &slope)
            })
            .collect();
        let guide = &geometry.components[geometry.guide];
        let field = config
            .adaptive
            .then(|| Field::new(guide.wide, guide.v, tables[guide.table][1]));
        let trellis = if config.effort >= 7 {
            (0..geometry.components.len())
                .map(|c| Trellis::new(c, config))
                .collect()
        } else {
            Vec::new()
        };
        Self {
            model,
            channels: config.input.channels(),
            quantizers,
            trellis,
            field,
            rings,
            first_row: 0,
            rows: 0,
            strip: 0,
            blocks: vec![[0; 64]; 2 * BLOCKS],
            geometry,
        }
    }

    /// Starts at strip `strip` instead of the first; the strip itself is only complete enough to be the context of the next.
    pub fn start_at(&mut self, strip: usize) {
        self.strip = strip;
        self.rows = strip * self.geometry.strip_rows();
        self.first_row = self.rows;
        if let Some(field) = &mut self.field {
            field.start_at(self.rows / 8);
        }
    }

    fn padded_rows(&self) -> usize {
        self.geometry.mcus_high * self.geometry.strip_rows()
    }

    /// Takes one row, and repeats the last one to whole MCUs; strips that become ready go to `sink`.
    #[inline(always)]
    pub fn push<S: Simd, B: BlockSink>(&mut self, s: S, row: &Row<'_>, sink: &mut B) {
        let width = (self.geometry.mcus_wide * self.geometry.max_h * 8).next_multiple_of(STEP);
        loop {
            convert_row(
                s,
                row,
                self.rows,
                width,
                self.channels,
                self.model,
                &mut self.rings,
            );
            self.rows += 1;
            if self.rows >= self.first_row + 2 {
                self.guide_row(s, self.rows - 2);
            }
            let end = self.rows == self.padded_rows();
            if end {
                self.guide_row(s, self.rows - 1);
            }
            let ahead = if self.field.is_some() { LOOK_AHEAD } else { 0 };
            while self.strip < self.geometry.mcus_high
                && (end || self.rows >= (self.strip + 1) * self.geometry.strip_rows() + ahead)
            {
                self.code_strip(s, sink);
            }
            if self.rows < self.geometry.height || end {
                break;
            }
        }
    }

    #[inline(always)]
    fn guide_row<S: Simd>(&mut self, s: S, y: usize) {
        if let Some(field) = &mut self.field {
            let ring = &self.rings[self.geometry.guide];
            let at = |y: usize| &ring.samples[ring.offset(y) - 1..];
            let above = y.saturating_sub(1).max(self.first_row);
            let below = (y + 1).min(self.rows - 1);
            field.add_row(s, at(above), at(y), at(below));
        }
    }

    #[inline(always)]
    fn code_strip<S: Simd, B: BlockSink>(&mut self, s: S, sink: &mut B) {
        let g = &self.geometry;
        let mut rows = [[[0usize; 8]; 2]; 4];
        for ((rows, ring), c) in rows.iter_mut().zip(&self.rings).zip(&g.components) {
            for (by, rows) in rows.iter_mut().enumerate().take(c.v) {
                for (i, at) in rows.iter_mut().enumerate() {
                    *at = ring.offset((self.strip * c.v + by) * 8 + i);
                }
            }
        }
        if let Some(field) = &mut self.field {
            let v = g.components[g.guide].v;
            let plane = &self.rings[g.guide].samples;
            field.strip(s, plane, self.strip * v, &rows[g.guide][..v]);
        }
        // Two MCUs at a time: blocks side by side are transformed together where the vectors are long enough.
        let per_mcu: usize = g.components.iter().map(|c| c.h * c.v).sum();
        let mut masks = [0u64; 2 * BLOCKS];
        for first in (0..g.mcus_wide).step_by(2) {
            let mcus = (g.mcus_wide - first).min(2);
            let mut at = 0;
            for (c, component) in g.components.iter().enumerate() {
                let plane = self.rings[c].samples.as_slice();
                let (fh, fv) = (self.rings[c].factor_h, self.rings[c].factor_v);
                let q = &self.quantizers[c];
                for (by, rows) in rows[c].iter().enumerate().take(component.v) {
                    let aq = |x: usize| match &self.field {
                        Some(field) => field.strength(by * fv, x * fh),
                        None => 0.0,
                    };
                    // Where block `i` of the row, counted over both MCUs, waits; factors are powers of two.
                    let shift = component.h.trailing_zeros();
                    let place = |i: usize| {
                        (i >> shift) * per_mcu + at + by * component.h + (i & (component.h - 1))
                    };
                    let (start, count) = (first * component.h, mcus * component.h);
                    let mut i = 0;
                    while i < count {
                        let x = start + i;
                        if self.trellis.is_empty() && wide(s) && i + 2 <= count {
                            let (a, b) = (place(i), place(i + 1));
                            let (low, high) = self.blocks.split_at_mut(b);
                            let out = [&mut low[a], &mut high[0]];
                            let aq = [aq(x), aq(x + 1)];
                            let both = quantize_pair(s, plane, rows, x * 8, q, aq, out);
                            (masks[a], masks[b]) = (both[0], both[1]);
                            i += 2;
                            continue;
                        }
                        let (a, aq) = (place(i), aq(x));
                        let out = &mut self.blocks[a];
                        masks[a] = if let Some(trellis) = self.trellis.get(c) {
                            let mut scaled = [0.0; 64];
                            scaled_block(s, plane, rows, x * 8, q, &mut scaled);
                            trellis.choose(&scaled, q, aq, out)
                        } else {
                            quantize_block(s, plane, rows, x * 8, q, aq, out)
                        };
                        i += 1;
                    }
                }
                at += component.h * component.v;
            }
            let mut at = 0;
            for mx in first..first + mcus {
                sink.mcu();
                for (c, component) in g.components.iter().enumerate() {
                    for by in 0..component.v {
                        let y = self.strip * component.v + by;
                        for bx in 0..component.h {
                            let (values, mask) = (&self.blocks[at], masks[at] & !1);
                            sink.block(c, mx * component.h + bx, y, values, mask);
                            at += 1;
                        }
                    }
                }
            }
        }
        self.strip += 1;
    }
}
