//! One worker: takes bands of output and makes them, strip by strip, cell by cell, with buffers of its own.
//!
//! The schedule is static: rows are planned from the output to the sources once a strip, then every cell runs the steps in
//! order. Rows that the next strip needs again are kept in full-width tails (two of each: the cell to the right still reads the
//! old one after this cell wrote the new one). No locks, no allocation in the stride.

use crate::block::{Block, Scratch};
use crate::leaf::RowWindow;
use crate::lower::{Lowered, Work};
use crate::plan::{Group, Plan, clamp, join};
use crate::sample;
use std::ops::Range;
use vfx_core::{Cancel, ImageSpec, IoError, PlaneMut, PlaneRef, Planes, Region};

/// State of one step in one worker.
#[derive(Default)]
struct StepState {
    block: Scratch,
    tails: [Scratch; 2],
    tail_rows: [Range<i64>; 2],
    /// Rows the block covers, borders included.
    full: Range<i64>,
    /// Rows inside the window that it must hold.
    need: Range<i64>,
    /// Of these, rows to make now.
    new: Range<i64>,
    /// Source rows, of a leaf.
    window: RowWindow,
}

pub(crate) struct Worker<'a> {
    l: &'a Lowered,
    plan: &'a Plan,
    spec: &'a ImageSpec,
    cancel: &'a Cancel,
    steps: Vec<StepState>,
    out: Planes,
    staging: Option<Planes>,
    /// The pixel that `out` begins with.
    origin: (i64, i64),
}

impl<'a> Worker<'a> {
    pub fn new(l: &'a Lowered, plan: &'a Plan, spec: &'a ImageSpec, cancel: &'a Cancel) -> Self {
        let window = plan.layout.window;
        let (w, h) = if plan.by_chunk {
            plan.layout.chunk
        } else {
            (window.width(), plan.geometry.block_rows)
        };
        let steps = (0..l.steps.len()).map(|_| StepState::default()).collect();
        Self {
            l,
            plan,
            spec,
            cancel,
            steps,
            out: Planes::for_channels(w, h, &spec.channels),
            staging: None,
            origin: (window.x0, window.y0),
        }
    }

    /// Makes the rows of one block in native samples; `first` when the block above was not made by this worker.
    pub fn block(&mut self, rows: Range<i64>, first: bool) -> Result<(), IoError> {
        let window = self.plan.layout.window;
        self.origin = (window.x0, rows.start);
        if self.plan.by_chunk {
            return Ok(());
        }
        if self.plan.copy {
            return self.copy(Region::new(window.x0, rows.start, window.x1, rows.end));
        }
        let plan = self.plan;
        let single = plan.groups.len() == 1;
        for group in &plan.groups {
            let mut fresh = first || !single;
            let mut y = rows.start;
            while y < rows.end {
                let end = (y + plan.geometry.strip_rows as i64).min(rows.end);
                self.strip(group, y..end, rows.start, fresh)?;
                fresh = false;
                y = end;
            }
        }
        Ok(())
    }

    /// Makes one chunk of the sink, where [`Plan::by_chunk`] says so; after [`Worker::block`].
    pub fn chunk(&mut self, region: Region) -> Result<(), IoError> {
        if !self.plan.by_chunk {
            return Ok(());
        }
        self.origin = (region.x0, region.y0);
        if self.cancel.is_cancelled() {
            return Err(IoError::Cancelled);
        }
        self.copy(region)
    }

    /// Views of `region`, which was made.
    pub fn views(&self, region: &Region) -> Vec<PlaneRef<'_>> {
        let x = (region.x0 - self.origin.0) as usize;
        let y = (region.y0 - self.origin.1) as usize;
        (0..self.out.len())
            .map(|c| {
                let (sx, sy) = self.spec.channels[c].sampling;
                debug_assert_eq!((sx, sy), (1, 1), "sinks take full resolution");
                self.out
                    .plane(c)
                    .window(x, y, region.width(), region.height())
            })
            .collect()
    }

    /// Native samples straight from the source, converted where formats differ.
    fn copy(&mut self, region: Region) -> Result<(), IoError> {
        let Work::Leaf(leaf) = &self.l.steps[0].work else {
            unreachable!("a copy is one leaf")
        };
        let n = leaf.picks.len();
        let same = (0..n).all(|c| leaf.format(c) == self.spec.channels[c].format);
        let h = region.height();
        if same {
            let mut views = self.out.views_mut();
            let mut views: Vec<PlaneMut<'_>> = views
                .iter_mut()
                .map(|v| v.window(0, 0, region.width(), h))
                .collect();
            return leaf.read(region, &mut views);
        }
        let staging = self.staging.get_or_insert_with(|| {
            Planes::new(
                self.out.width(),
                self.out.height(),
                (0..n).map(|c| leaf.format(c).sample),
            )
        });
        {
            let mut views = staging.views_mut();
            let mut views: Vec<PlaneMut<'_>> = views
                .iter_mut()
                .map(|v| v.window(0, 0, region.width(), h))
                .collect();
            leaf.read(region, &mut views)?;
        }
        for c in 0..n {
            let (src, mut dst) = (staging.plane(c), self.out.plane_mut(c));
            for y in 0..h {
                sample::convert_row(
                    &src,
                    leaf.format(c),
                    y,
                    &mut dst,
                    self.spec.channels[c].format,
                    y,
                );
            }
        }
        Ok(())
    }

    /// From the output to the sources: which rows each step holds, makes and keeps.
    fn rows(&mut self, strip: Range<i64>, fresh: bool) {
        let n = self.l.steps.len();
        for k in (0..n).rev() {
            let window = self.l.steps[k].window;
            let (mut full, mut keep) = (if k == n - 1 { strip.clone() } else { 0..0 }, i64::MAX);
            for &(j, input) in &self.l.consumers[k] {
                let Work::Op(op) = &self.l.steps[j].work else {
                    unreachable!("leaves read nothing")
                };
                let u = &self.steps[j];
                if !u.new.is_empty() {
                    full = join(full, op.rows(input, u.new.clone()));
                }
                let next = u.need.end;
                if next < self.l.steps[j].window.y1 {
                    keep = keep.min(op.rows(input, next..next + 1).start);
                }
            }
            // The first row that any later strip will ask for. Where nothing is asked for now the step stands there; where it
            // starts afresh it makes all from there on, because a consumer whose window comes later may ask further up.
            let ahead = keep.clamp(window.y0, window.y1);
            let mut need = clamp(&full, window.y0, window.y1);
            let o = &mut self.steps[k];
            let is_plain_leaf =
                matches!(self.l.steps[k].work, Work::Leaf(_)) && self.l.steps[k].post.is_empty();
            let have = if fresh || is_plain_leaf {
                0..0
            } else {
                o.tail_rows[0].clone()
            };
            if full.is_empty() {
                need = ahead..ahead;
            } else if have.is_empty() && !is_plain_leaf {
                need.start = need.start.min(ahead);
            }
            if have.is_empty() {
                (o.need, o.new, o.tail_rows[0]) = (need.clone(), need, 0..0);
            } else {
                o.need = join(have.clone(), need);
                o.new = have.end..o.need.end.max(have.end);
            }
            o.full = join(full, o.need.clone());
            let from = keep.clamp(o.need.start, o.need.end);
            o.tail_rows[1] = if is_plain_leaf || k == n - 1 {
                0..0
            } else {
                from..o.need.end
            };
        }
    }

    fn strip(
        &mut self,
        group: &Group,
        strip: Range<i64>,
        block_top: i64,
        fresh: bool,
    ) -> Result<(), IoError> {
        let n = self.l.steps.len();
        self.rows(strip.clone(), fresh);
        for k in 0..n {
            let (step, s) = (&self.l.steps[k], &mut self.steps[k]);
            let make = group.make[k].clone();
            if let Work::Leaf(leaf) = &step.work {
                if fresh {
                    s.window.reset(leaf, make.clone());
                }
                s.window.ensure(leaf, s.new.clone())?;
            }
            let rows = s.tail_rows[1].clone();
            if !rows.is_empty() {
                s.tails[1].shape(
                    Region::new(make.start, rows.start, make.end, rows.end),
                    step.channels,
                );
            }
        }
        for cell in 0..group.cells.len() {
            if self.cancel.is_cancelled() {
                return Err(IoError::Cancelled);
            }
            if self.plan.channelwise {
                for c in 0..self.l.steps[n - 1].channels {
                    self.cell(group, cell, c, 1, &strip, block_top);
                }
            } else {
                self.cell(group, cell, 0, usize::MAX, &strip, block_top);
            }
        }
        for s in &mut self.steps {
            s.tails.swap(0, 1);
            s.tail_rows.swap(0, 1);
        }
        Ok(())
    }

    /// Runs all steps over one cell, for `count` channels from `first` on.
    fn cell(
        &mut self,
        group: &Group,
        cell: usize,
        first: usize,
        count: usize,
        strip: &Range<i64>,
        block_top: i64,
    ) {
        let n = self.l.steps.len();
        for k in 0..n {
            let step = &self.l.steps[k];
            let channels = count.min(step.channels);
            let cols = &group.cells[cell][k];
            let (before, rest) = self.steps.split_at_mut(k);
            let s = &mut rest[0];
            s.block.shape(
                Region::new(cols.full.start, s.full.start, cols.full.end, s.full.end),
                channels,
            );
            let make = |rows: &Range<i64>| {
                Region::new(cols.make.start, rows.start, cols.make.end, rows.end)
            };
            if !s.tail_rows[0].is_empty() && !cols.make.is_empty() {
                s.block
                    .copy_from(&s.tails[0], make(&s.tail_rows[0]), 0, first, channels);
            }
            let region = make(&s.new);
            if !region.is_empty() {
                match &step.work {
                    Work::Leaf(leaf) => {
                        let mut out = s.block.part(region);
                        for c in first..first + channels {
                            s.window.load(leaf, c, first, &mut out);
                        }
                    }
                    Work::Op(op) => {
                        for &i in &step.inputs {
                            before[i]
                                .block
                                .fill_border(&self.l.steps[i].window, op.border());
                        }
                        let inputs: Vec<Block<'_>> = step
                            .inputs
                            .iter()
                            .map(|&i| before[i].block.block())
                            .collect();
                        op.run(first, &inputs, &mut s.block.part(region));
                    }
                }
                if !step.post.is_empty() {
                    let mut out = s.block.part(region);
                    for y in region.y0..region.y1 {
                        let mut rows = out.rows(y);
                        for p in &step.post {
                            p.apply(first, &mut rows);
                        }
                    }
                }
            }
            if !s.tail_rows[1].is_empty() && !cols.make.is_empty() {
                s.tails[1].copy_from(&s.block, make(&s.tail_rows[1]), first, 0, channels);
            }
        }
        let last = &self.steps[n - 1];
        let cols = group.cells[cell][n - 1].make.clone();
        let block = last.block.block();
        let x = (cols.start - self.plan.layout.window.x0) as usize;
        let w = (cols.end - cols.start) as usize;
        for c in 0..block.planes.len() {
            let mut plane = self.out.plane_mut(first + c);
            let bits = self.spec.channels[first + c].format.bits;
            for y in strip.clone() {
                sample::store(
                    &block.row(c, cols.start, y)[..w],
                    &mut plane,
                    bits,
                    (y - block_top) as usize,
                    x,
                );
            }
        }
    }
}
