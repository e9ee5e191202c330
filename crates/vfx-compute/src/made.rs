//! What a worker has made of one output and not yet handed over: native samples, whole rows of the image.
//!
//! The leader's rows leave block by block; a follower's stay until a row of chunks is complete.

use crate::leaf::{Leaf, RowWindow};
use crate::sample;
use crate::schedule::Target;
use std::ops::Range;
use vfx_core::{Planes, Region};

pub(crate) struct Made<'a> {
    pub target: &'a Target,
    pub planes: Planes,
    /// The pixel that the planes begin with.
    pub origin: (i64, i64),
    /// Rows made, up to here.
    pub at: i64,
    /// Where this band's rows end.
    pub end: i64,
}

impl<'a> Made<'a> {
    pub fn new(target: &'a Target, width: usize, rows: usize) -> Self {
        let w = &target.layout.window;
        Self {
            target,
            planes: Planes::for_channels(width, rows, &target.spec.channels),
            origin: (w.x0, w.y0),
            at: w.y0,
            end: w.y0,
        }
    }

    /// Starts a band of rows.
    pub fn begin(&mut self, rows: Range<i64>) {
        self.origin = (self.target.layout.window.x0, rows.start);
        (self.at, self.end) = (rows.start, rows.end);
    }

    /// Makes room for rows up to `end`.
    pub fn room(&mut self, end: i64) {
        let need = (end - self.origin.1) as usize;
        if need <= self.planes.height() {
            return;
        }
        let held = (self.at - self.origin.1) as usize;
        let width = self.planes.width();
        let mut more = Planes::for_channels(width, need, &self.target.spec.channels);
        for c in 0..more.len() {
            let mut to = more.plane_mut(c);
            to.window(0, 0, width, held)
                .copy_from(&self.planes.plane(c).window(0, 0, width, held));
        }
        self.planes = more;
    }

    /// Columns `cols` of rows `rows`, from computed planes.
    pub fn store(
        &mut self,
        block: &crate::Block<'_>,
        first: usize,
        rows: &Range<i64>,
        cols: &Range<i64>,
    ) {
        let x = (cols.start - self.origin.0) as usize;
        let w = (cols.end - cols.start) as usize;
        for c in 0..block.planes.len() {
            let mut plane = self.planes.plane_mut(first + c);
            let bits = self.target.spec.channels[first + c].format.bits;
            for y in rows.clone() {
                let row = &block.row(c, cols.start, y)[..w];
                sample::store(row, &mut plane, bits, (y - self.origin.1) as usize, x);
            }
        }
    }

    /// The same rows and columns of channels from `first` on, from a source's own samples.
    pub fn copy(
        &mut self,
        leaf: &Leaf,
        window: &RowWindow,
        channels: Range<usize>,
        rows: &Range<i64>,
        cols: &Range<i64>,
    ) {
        let part = Region::new(cols.start, rows.start, cols.end, rows.end);
        let (x, y) = (
            (cols.start - self.origin.0) as usize,
            (rows.start - self.origin.1) as usize,
        );
        for c in channels {
            let src = window.samples(leaf, c, part);
            let mut plane = self.planes.plane_mut(c);
            let mut dst = plane.window(x, y, part.width(), part.height());
            let (from, to) = (leaf.format(c), self.target.spec.channels[c].format);
            for row in 0..part.height() {
                sample::convert_row(&src, from, row, &mut dst, to, row);
            }
        }
    }

    /// Rows of chunks that are complete.
    pub fn ready(&self) -> Range<usize> {
        self.target.whole_rows(self.origin.1)..self.target.whole_rows(self.at)
    }

    /// Views of `region`, which was made.
    pub fn views(&self, region: &Region) -> Vec<vfx_core::PlaneRef<'_>> {
        let x = (region.x0 - self.origin.0) as usize;
        let y = (region.y0 - self.origin.1) as usize;
        debug_assert!(
            self.target
                .spec
                .channels
                .iter()
                .all(|c| c.sampling == (1, 1)),
            "sinks take full resolution"
        );
        (0..self.planes.len())
            .map(|c| {
                self.planes
                    .plane(c)
                    .window(x, y, region.width(), region.height())
            })
            .collect()
    }

    /// Lets go of the rows of chunks before `chunk_row`.
    pub fn release(&mut self, chunk_row: usize) {
        let start = self.target.row_of(chunk_row);
        let (gone, kept) = (
            (start - self.origin.1).max(0) as usize,
            (self.at - start).max(0) as usize,
        );
        if gone > 0 && kept > 0 {
            for c in 0..self.planes.len() {
                let mut plane = self.planes.plane_mut(c);
                let stride = plane.stride();
                plane
                    .bytes()
                    .copy_within(gone * stride..(gone + kept) * stride, 0);
            }
        }
        self.origin.1 = start;
    }
}
