//! From blocks to the rows of a component: bands in strips of one block height, joined by the wavelet as rows are asked for.
//!
//! Rows are asked for from the top. Each band keeps one row of blocks, each resolution the few rows between its lifting steps, so a component needs
//! memory for about twice 64 of its rows, which stays in the caches.

use std::ops::Range;

use super::block_decode::{self, BlockScratch, CodedBlock};
use super::coefficient::Coefficient;
use super::error::Fault;
use super::geometry::{Band, Resolution};
use super::lifting::{Lift, Window};
use super::markers::Component;
use super::packets::Block;
use super::spare::{Kept, Spare};
use crate::simd;

/// Samples that come from the integers `C` of the blocks.
pub(super) trait FromBlocks<C>: Lift {
    /// Whether missing planes are cut off (else the middle of the interval counts).
    const EXACT: bool;
    /// A row of a band in units of the sample; `spare` is used when it must be converted.
    fn band_row<'a>(row: &'a [C], spare: &'a mut Vec<Self>, half_step: f32) -> &'a [Self];
}

macro_rules! integers {
    ($type:ty) => {
        impl FromBlocks<$type> for $type {
            const EXACT: bool = true;

            fn band_row<'a>(row: &'a [$type], _: &'a mut Vec<$type>, _: f32) -> &'a [$type] {
                row
            }
        }
    };
}

integers!(i32);
integers!(i64);

impl<C: Coefficient> FromBlocks<C> for f32 {
    const EXACT: bool = false;

    fn band_row<'a>(row: &'a [C], spare: &'a mut Vec<f32>, half_step: f32) -> &'a [f32] {
        spare.resize(row.len(), 0.0);
        simd::widest(
            #[inline(always)]
            || {
                for (out, c) in spare.iter_mut().zip(row) {
                    *out = c.to_f32() * half_step;
                }
            },
        );
        spare
    }
}

/// Memory that the bands share.
pub(super) struct Scratch<S> {
    block: Box<BlockScratch>,
    low: Vec<S>,
    high: Vec<S>,
    join: Vec<S>,
}

impl<S> Default for Scratch<S> {
    fn default() -> Self {
        Self {
            block: Box::default(),
            low: Vec::new(),
            high: Vec::new(),
            join: Vec::new(),
        }
    }
}

/// A band and the row of its blocks that is decoded.
struct BandRows<'a, C> {
    band: Band,
    blocks: Vec<Block<'a>>,
    planes: u32,
    half_step: f32,
    causal: bool,
    strip: Vec<C>,
    stride: usize,
    /// Rows of the band that the strip holds.
    held: Range<usize>,
}

impl<'a, C: Coefficient + Kept> BandRows<'a, C> {
    fn new(
        band: &Band,
        blocks: Vec<Block<'a>>,
        component: &Component,
        resolution: usize,
        spare: &mut Spare,
    ) -> Self {
        let reversible = component.coding.reversible;
        // Blocks are stored in pairs of rows and columns.
        let stride = band.width + 2;
        let rows = band.height.min(1 << band.block.1).next_multiple_of(2);
        Self {
            band: band.clone(),
            blocks,
            planes: component.quantization.planes(resolution, band.kind),
            half_step: if reversible {
                0.0
            } else {
                component.quantization.delta(resolution, band.kind) * 0.5
            },
            causal: component.coding.causal,
            strip: spare.take(if band.width == 0 { 0 } else { stride * rows }),
            stride,
            held: 0..0,
        }
    }

    fn row(&mut self, y: usize, scratch: &mut BlockScratch, exact: bool) -> Result<&[C], Fault> {
        if self.band.width == 0 {
            return Ok(&[]);
        }
        if !self.held.contains(&y) {
            self.decode(y >> self.band.block.1, scratch, exact)?;
        }
        let at = (y - self.held.start) * self.stride;
        Ok(&self.strip[at..at + self.band.width])
    }

    fn decode(&mut self, by: usize, scratch: &mut BlockScratch, exact: bool) -> Result<(), Fault> {
        let (y, height) = Band::span(by, self.band.block.1, self.band.height);
        for bx in 0..self.band.blocks.0 {
            let (x, width) = Band::span(bx, self.band.block.0, self.band.width);
            let block = &self.blocks[by * self.band.blocks.0 + bx];
            let out = &mut self.strip[x..];
            if block.passes == 0 {
                for row in out.chunks_mut(self.stride).take(height) {
                    row[..width].fill(C::default());
                }
                continue;
            }
            let block = CodedBlock {
                cleanup: block.cleanup,
                refinement: block.refinement,
                passes: block.passes,
                missing: block.missing,
                planes: self.planes,
                width,
                height,
                causal: self.causal,
            };
            let stride = self.stride;
            simd::widest(
                #[inline(always)]
                || block_decode::decode(&block, scratch, out, stride, exact),
            )
            .map_err(|what| Fault::invalid(what, by as u64))?;
        }
        self.held = y..y + height;
        Ok(())
    }
}

struct Level<'a, S, C> {
    window: Window<S>,
    width: usize,
    height: usize,
    /// HL, LH, HH.
    bands: [BandRows<'a, C>; 3],
}

/// The rows of a component.
pub(super) struct Synthesis<'a, S, C> {
    base: BandRows<'a, C>,
    levels: Vec<Level<'a, S, C>>,
    base_row: Vec<S>,
}

impl<'a, S: FromBlocks<C> + Kept, C: Coefficient + Kept> Synthesis<'a, S, C> {
    /// `blocks` by resolution and band; all resolutions have samples.
    pub fn new(
        component: &Component,
        resolutions: &[Resolution],
        blocks: Vec<Vec<Vec<Block<'a>>>>,
        spare: &mut Spare,
    ) -> Option<Self> {
        let mut base = None;
        let mut levels = Vec::new();
        for ((at, resolution), blocks) in resolutions.iter().enumerate().zip(blocks) {
            let mut bands = resolution
                .bands
                .iter()
                .zip(blocks)
                .map(|(band, blocks)| BandRows::new(band, blocks, component, at, spare));
            if at == 0 {
                base = bands.next();
            } else {
                let bands = [bands.next()?, bands.next()?, bands.next()?];
                levels.push(Level {
                    window: Window::new(resolution.width, resolution.height, |n| spare.take(n)),
                    width: resolution.width,
                    height: resolution.height,
                    bands,
                });
            }
        }
        Some(Self {
            base: base?,
            levels,
            base_row: Vec::new(),
        })
    }

    /// Leaves its memory to the next chunk.
    pub fn give_back(self, spare: &mut Spare) {
        for level in self.levels.into_iter().rev() {
            let rows = level.window.into_rows();
            rows.into_iter().rev().for_each(|row| spare.give(row));
            let strips = level.bands.map(|b| b.strip);
            strips.into_iter().rev().for_each(|s| spare.give(s));
        }
        spare.give(self.base.strip);
    }

    /// Makes row `y` the one that [`Synthesis::row`] gives; rows come from the top.
    pub fn advance(&mut self, y: usize, scratch: &mut Scratch<S>) -> Result<(), Fault> {
        if self.levels.is_empty() {
            let half_step = self.base.half_step;
            let row = self.base.row(y, &mut scratch.block, S::EXACT)?;
            let row = S::band_row(row, &mut scratch.low, half_step);
            self.base_row.clear();
            self.base_row.extend_from_slice(row);
            return Ok(());
        }
        pull(&mut self.levels, &mut self.base, y, scratch)
    }

    /// The row of the last [`Synthesis::advance`].
    pub fn row(&self, y: usize) -> &[S] {
        match self.levels.last() {
            Some(level) => level.window.done(y),
            None => &self.base_row,
        }
    }
}

/// Makes row `y` of the finest of `levels` done.
fn pull<S: FromBlocks<C>, C: Coefficient + Kept>(
    levels: &mut [Level<'_, S, C>],
    base: &mut BandRows<'_, C>,
    y: usize,
    scratch: &mut Scratch<S>,
) -> Result<(), Fault> {
    let Some((level, lower)) = levels.split_last_mut() else {
        return Ok(());
    };
    while level.window.next() < Window::<S>::read_needs(y) {
        let t = level.window.next();
        if t < level.height {
            let [hl, lh, hh] = &mut level.bands;
            let (low, high): (&[S], _) = if t % 2 == 0 {
                let low = if lower.is_empty() {
                    let half_step = base.half_step;
                    let row = base.row(t / 2, &mut scratch.block, S::EXACT)?;
                    S::band_row(row, &mut scratch.low, half_step)
                } else {
                    pull(lower, base, t / 2, scratch)?;
                    lower.last().map_or(&[][..], |l| l.window.done(t / 2))
                };
                (low, hl)
            } else {
                let half_step = lh.half_step;
                let row = lh.row(t / 2, &mut scratch.block, S::EXACT)?;
                (S::band_row(row, &mut scratch.low, half_step), hh)
            };
            let half_step = high.half_step;
            let high = high.row(t / 2, &mut scratch.block, S::EXACT)?;
            let high = S::band_row(high, &mut scratch.high, half_step);
            scratch
                .join
                .resize(level.width.max(scratch.join.len()), S::default());
            let row = level.window.row(t);
            S::join(low, high, row, &mut scratch.join);
            if level.height > 1 {
                S::scale_read(row, t % 2 == 0);
            }
        }
        level.window.advance_reading();
    }
    Ok(())
}
