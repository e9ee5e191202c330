//! From the rows of a component to coded blocks: the wavelet as rows come, bands in strips of one block height that are coded when they are full.
//!
//! The mirror of `synthesis`. Integers are coded whole; floats are divided by the band's step and cut towards zero.

use super::block_encode::{self, EncodeScratch};
use super::coefficient::Coefficient;
use super::geometry::{Band, Resolution};
use super::lifting::{Lift, Window};
use super::markers::Component;
use super::packets::CodedBytes;
use crate::simd;

/// Samples that end as the integers `C` of the blocks.
pub(super) trait ToBlocks<C>: Lift {
    /// A row of a band, with magnitudes of at most `planes` bits; returns whether any is not zero.
    fn quantize(row: &[Self], out: &mut [C], inverse_step: f32, planes: u32) -> bool;
}

macro_rules! integers {
    ($type:ty) => {
        impl ToBlocks<$type> for $type {
            fn quantize(row: &[$type], out: &mut [$type], _: f32, _: u32) -> bool {
                simd::widest(
                    #[inline(always)]
                    || {
                        let mut any = 0;
                        for (out, &c) in out.iter_mut().zip(row) {
                            *out = c;
                            any |= c;
                        }
                        any != 0
                    },
                )
            }
        }
    };
}

integers!(i32);
integers!(i64);

impl ToBlocks<i32> for f32 {
    fn quantize(row: &[f32], out: &mut [i32], inverse_step: f32, planes: u32) -> bool {
        // At most 30 planes, which a float cannot name exactly; the next one below it can.
        let limit = ((1u64 << planes) as f32).next_down();
        simd::widest(
            #[inline(always)]
            || {
                let mut any = 0;
                for (out, c) in out.iter_mut().zip(row) {
                    let v = (c * inverse_step).max(-limit).min(limit) as i32;
                    *out = v;
                    any |= v;
                }
                any != 0
            },
        )
    }
}

/// What the bands of all components share.
#[derive(Default)]
pub(super) struct Shared {
    pub block: EncodeScratch,
    /// Coded blocks.
    pub data: Vec<u8>,
}

/// A band and the row of blocks that fills.
struct BandBlocks<C> {
    band: Band,
    planes: u32,
    inverse_step: f32,
    strip: Vec<C>,
    stride: usize,
    filled: usize,
    block_row: usize,
    /// Whether anything in the strip is not zero.
    any: bool,
    coded: Vec<CodedBytes>,
}

impl<C: Coefficient> BandBlocks<C> {
    fn new(band: &Band, component: &Component, resolution: usize) -> Self {
        let stride = band.width + 2;
        let rows = band.height.min(1 << band.block.1).next_multiple_of(2);
        Self {
            band: band.clone(),
            planes: component.quantization.planes(resolution, band.kind),
            inverse_step: if component.coding.reversible {
                1.0
            } else {
                1.0 / component.quantization.delta(resolution, band.kind)
            },
            strip: vec![C::default(); stride * rows],
            stride,
            filled: 0,
            block_row: 0,
            any: false,
            coded: Vec::with_capacity(band.blocks.0 * band.blocks.1),
        }
    }

    fn push<S: ToBlocks<C>>(&mut self, row: &[S], shared: &mut Shared) {
        if self.band.width == 0 {
            return;
        }
        let at = self.filled * self.stride;
        let out = &mut self.strip[at..at + self.band.width];
        self.any |= S::quantize(row, out, self.inverse_step, self.planes);
        self.filled += 1;
        let (_, height) = Band::span(self.block_row, self.band.block.1, self.band.height);
        if self.filled == height {
            self.encode(height, shared);
        }
    }

    fn encode(&mut self, height: usize, shared: &mut Shared) {
        // Rows come in pairs.
        if height % 2 == 1 {
            self.strip[height * self.stride..][..self.band.width].fill(C::default());
        }
        for bx in 0..self.band.blocks.0 {
            let (x, width) = Band::span(bx, self.band.block.0, self.band.width);
            let block = &self.strip[x..];
            let is_empty = !self.any
                || block
                    .chunks(self.stride)
                    .take(height)
                    .all(|row| row[..width].iter().all(|c| *c == C::default()));
            let from = shared.data.len();
            if !is_empty {
                let (stride, planes) = (self.stride, self.planes);
                let (scratch, out) = (&mut shared.block, &mut shared.data);
                simd::widest(
                    #[inline(always)]
                    || block_encode::encode(block, stride, width, height, planes, scratch, out),
                );
            }
            self.coded.push(CodedBytes {
                from,
                length: shared.data.len() - from,
                missing: (self.planes - 1) as u8,
            });
        }
        self.filled = 0;
        self.block_row += 1;
        self.any = false;
    }
}

struct Level<S, C> {
    window: Window<S>,
    height: usize,
    /// Rows that left the window.
    written: usize,
    low: Vec<S>,
    high: Vec<S>,
    /// HL, LH, HH.
    bands: [BandBlocks<C>; 3],
}

/// A component that takes rows.
pub(super) struct Analysis<S, C> {
    base: BandBlocks<C>,
    levels: Vec<Level<S, C>>,
}

impl<S: ToBlocks<C>, C: Coefficient> Analysis<S, C> {
    /// At least one resolution.
    pub fn new(component: &Component, resolutions: &[Resolution]) -> Option<Self> {
        let (first, others) = resolutions.split_first()?;
        let levels = others
            .iter()
            .zip(1..)
            .map(|(r, at)| {
                let [hl, lh, hh] = &r.bands[..] else {
                    return None;
                };
                Some(Level {
                    window: Window::new(r.width, r.height, |n| vec![S::default(); n]),
                    height: r.height,
                    written: 0,
                    low: vec![S::default(); lh.width],
                    high: vec![S::default(); hl.width],
                    bands: [hl, lh, hh].map(|b| BandBlocks::new(b, component, at)),
                })
            })
            .collect::<Option<_>>()?;
        Some(Self {
            base: BandBlocks::new(first.bands.first()?, component, 0),
            levels,
        })
    }

    /// Takes the next row.
    pub fn push(&mut self, row: &[S], shared: &mut Shared) {
        push(&mut self.levels, &mut self.base, row, shared);
    }

    /// The blocks of a band, after the last row.
    pub fn blocks(&self, resolution: usize, band: usize) -> &[CodedBytes] {
        match resolution.checked_sub(1) {
            None => &self.base.coded,
            Some(level) => &self.levels[level].bands[band].coded,
        }
    }
}

fn push<S: ToBlocks<C>, C: Coefficient>(
    levels: &mut [Level<S, C>],
    base: &mut BandBlocks<C>,
    row: &[S],
    shared: &mut Shared,
) {
    let Some((level, lower)) = levels.split_last_mut() else {
        base.push(row, shared);
        return;
    };
    let t = level.window.next();
    level.window.row(t).copy_from_slice(row);
    level.window.advance_writing();
    // After the last row the window runs empty.
    while level.written < level.height {
        let y = level.written;
        while t + 1 == level.height && level.window.next() < Window::<S>::write_needs(y) {
            level.window.advance_writing();
        }
        if level.window.next() < Window::<S>::write_needs(y) {
            break;
        }
        level.written += 1;
        let (low, high) = (&mut level.low, &mut level.high);
        let row = level.window.row(y);
        if level.height > 1 {
            S::scale_written(row, y % 2 == 0);
        }
        S::split(row, low, high);
        let [hl, lh, hh] = &mut level.bands;
        if y % 2 == 0 {
            hl.push(high, shared);
            push(lower, base, low, shared);
        } else {
            lh.push(low, shared);
            hh.push(high, shared);
        }
    }
}
