//! The rows of one chunk and where they go.
//!
//! An unpacked chunk holds, for every line, the row of each channel in header order; a subsampled channel has rows only on lines that are a multiple of
//! its sampling. A [`Span`] is one channel's share: the row length in the chunk, and, on reading, the piece of it that a plane wants.

use crate::header::{Channel, SampleType};
use crate::plane::{PlaneMut, PlaneRef};
use crate::window::Box2i;

/// One channel of a chunk.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// Channel name: some methods choose by it.
    pub name: String,
    /// Sampling in x and y.
    pub sampling: (u32, u32),
    /// y sampling.
    pub step: u32,
    /// Storage of a sample.
    pub sample_type: SampleType,
    /// Perceptually linear.
    pub linear: bool,
    /// Bytes of a sample: 2 or 4.
    pub sample: usize,
    /// Bytes of a row in the chunk.
    pub row_bytes: usize,
    /// Rows in the chunk.
    pub rows: usize,
    /// Plane that wants the channel.
    pub plane: Option<usize>,
    /// Bytes of the row to the left of the piece that the plane wants.
    pub skip: usize,
    /// Bytes of the row that the plane wants.
    pub take: usize,
    /// Where the piece goes in the plane's row.
    to: usize,
    /// Sampled y of the plane's first row.
    plane_y: i64,
    /// Rows of the plane.
    plane_rows: usize,
}

/// All channels of a chunk.
#[derive(Debug, Default)]
pub(crate) struct ChunkShape {
    /// First and last line.
    pub lines: (i32, i32),
    /// One span a channel.
    pub spans: Vec<Span>,
    /// Bytes of the unpacked chunk.
    pub unpacked: usize,
    /// First and last column and the height that the spans were made for, if they fit other lines too.
    made_for: Option<(i32, i32, u64)>,
}

impl Span {
    /// Whether the channel has a row on line `y`.
    #[inline]
    pub fn has_row(&self, y: i32) -> bool {
        self.step == 1 || i64::from(y).rem_euclid(i64::from(self.step)) == 0
    }

    /// Where the wanted piece of line `y` goes; `None` when nobody wants it.
    #[inline]
    pub fn dest<'p>(&self, planes: &'p mut [PlaneMut<'_>], y: i32) -> Option<&'p mut [u8]> {
        let plane = &mut planes[self.plane?];
        if self.take == 0 {
            return None;
        }
        let y = if self.step == 1 {
            i64::from(y)
        } else {
            i64::from(y).div_euclid(i64::from(self.step))
        };
        let row = usize::try_from(y - self.plane_y)
            .ok()
            .filter(|&row| row < self.plane_rows)?;
        let at = row * plane.stride + self.to;
        Some(&mut plane.bytes[at..at + self.take])
    }
}

impl Span {
    /// Line of the `row`th row of the channel in a chunk that begins on line `top`.
    pub fn line(&self, top: i32, row: usize) -> i32 {
        let step = i64::from(self.step);
        let first = -(-i64::from(top)).div_euclid(step) * step;
        (first + row as i64 * step) as i32
    }
}

impl ChunkShape {
    /// Other channels or planes are next.
    pub fn forget(&mut self) {
        self.made_for = None;
    }

    /// Moves the shape of the chunk before to other lines, no more of them; false when the spans must be made anew. With many channels and few lines a chunk
    /// that is a good part of the cost of reading.
    pub fn move_to(&mut self, region: &Box2i) -> bool {
        let (columns, height) = ((region.min.0, region.max.0), region.height());
        let fits = |made: (i32, i32, u64)| (made.0, made.1) == columns && height <= made.2;
        if !self.made_for.is_some_and(fits) {
            return false;
        }
        self.lines = (region.min.1, region.max.1);
        self.unpacked = 0;
        for span in &mut self.spans {
            span.rows = height as usize;
            self.unpacked += span.row_bytes * span.rows;
        }
        true
    }

    /// Refills the shape for a chunk whose unpacked size was checked. `plane_of[c]` is the plane that wants channel `c`, with
    /// `wanted` as its window; on encoding it is empty.
    pub fn set(
        &mut self,
        channels: &[Channel],
        region: &Box2i,
        plane_of: &[Option<usize>],
        wanted: &Box2i,
    ) {
        self.lines = (region.min.1, region.max.1);
        self.spans.clear();
        self.unpacked = 0;
        let plain = channels.iter().all(|c| c.sampling.1 == 1);
        self.made_for = plain.then_some((region.min.0, region.max.0, region.height()));
        for (c, channel) in channels.iter().enumerate() {
            let sample = channel.sample_type.size();
            let grid = region.sampled(channel.sampling);
            let row_bytes = grid.width as usize * sample;
            let mut span = Span {
                name: channel.name.clone(),
                sampling: channel.sampling,
                step: channel.sampling.1,
                sample_type: channel.sample_type,
                linear: channel.linear,
                sample,
                row_bytes,
                rows: grid.height as usize,
                plane: plane_of.get(c).copied().flatten(),
                skip: 0,
                take: 0,
                to: 0,
                plane_y: 0,
                plane_rows: 0,
            };
            if span.plane.is_some() {
                let out = wanted.sampled(channel.sampling);
                let left = grid.x.max(out.x);
                let right = (grid.x + grid.width as i64).min(out.x + out.width as i64);
                if left < right {
                    span.skip = (left - grid.x) as usize * sample;
                    span.take = (right - left) as usize * sample;
                    span.to = (left - out.x) as usize * sample;
                }
                span.plane_y = out.y;
                span.plane_rows = out.height as usize;
            }
            self.unpacked += row_bytes * span.rows;
            self.spans.push(span);
        }
    }

    /// Lines of the chunk.
    pub fn line_numbers(&self) -> std::ops::RangeInclusive<i32> {
        self.lines.0..=self.lines.1
    }

    /// The bytes `from..to` of the unpacked chunk that hold everything wanted; `None` when nothing is.
    pub fn wanted_bytes(&self, wanted: &Box2i) -> Option<(usize, usize)> {
        let mut at = 0;
        let mut range: Option<(usize, usize)> = None;
        for y in self.line_numbers() {
            for span in self.spans.iter().filter(|s| s.has_row(y)) {
                if span.plane.is_some()
                    && span.take > 0
                    && (wanted.min.1..=wanted.max.1).contains(&y)
                {
                    let from = at + span.skip;
                    range = Some((range.map_or(from, |r| r.0), from + span.take));
                }
                at += span.row_bytes;
            }
        }
        range
    }

    /// Sets everything wanted of the chunk to 0.
    pub fn clear(&self, planes: &mut [PlaneMut<'_>]) {
        for y in self.line_numbers() {
            for span in self.spans.iter().filter(|s| s.has_row(y)) {
                if let Some(out) = span.dest(planes, y) {
                    out.fill(0);
                }
            }
        }
    }

    /// Calls `each` with every row of a chunk that is to be encoded, in chunk order.
    pub fn source_rows<'p>(&self, planes: &[PlaneRef<'p>], mut each: impl FnMut(&Span, &'p [u8])) {
        let top = i64::from(self.lines.0);
        for y in self.line_numbers() {
            for (span, plane) in self.spans.iter().zip(planes) {
                if span.has_row(y) {
                    let step = i64::from(span.step);
                    let first = -(-top).div_euclid(step);
                    let row = (i64::from(y).div_euclid(step) - first) as usize;
                    let at = row * plane.stride;
                    each(span, &plane.bytes[at..at + span.row_bytes]);
                }
            }
        }
    }
}
