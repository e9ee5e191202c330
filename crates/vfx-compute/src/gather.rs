//! Structural steps that stand above computed images: channel selections and shifts, as plain copies of f32.

use crate::graph::ChannelPick;
use crate::{Block, BlockMut, Border, GridMap, Op};
use std::ops::Range;

/// Channels picked from several computed images on one grid.
pub(crate) struct Gather(pub Vec<ChannelPick>);

impl Op for Gather {
    fn name(&self) -> String {
        "channels".into()
    }
    fn mixes(&self) -> bool {
        true
    }
    fn border(&self) -> Border {
        Border::Black
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (region, w) = (out.region, out.region.width());
        for (c, pick) in self.0.iter().enumerate() {
            for y in region.y0..region.y1 {
                let row = out.row(c, y);
                match *pick {
                    ChannelPick::Input(i) => {
                        row.copy_from_slice(&inputs[0].row(i, region.x0, y)[..w])
                    }
                    ChannelPick::Of(n, i) => {
                        row.copy_from_slice(&inputs[n].row(i, region.x0, y)[..w])
                    }
                    ChannelPick::Constant(v) => row.fill(v),
                }
            }
        }
    }
}

/// Another window of a computed image, black beyond it.
pub(crate) struct Shift(pub GridMap);

impl Op for Shift {
    fn name(&self) -> String {
        "window".into()
    }
    fn border(&self) -> Border {
        Border::Black
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out.start - self.0.dy..out.end - self.0.dy
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out.start - self.0.dx..out.end - self.0.dx
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (region, w) = (out.region, out.region.width());
        for c in 0..out.planes.len() {
            for y in region.y0..region.y1 {
                out.row(c, y)
                    .copy_from_slice(&inputs[0].row(c, region.x0 - self.0.dx, y - self.0.dy)[..w]);
            }
        }
    }
}
