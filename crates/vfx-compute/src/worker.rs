//! One worker: takes bands of output and makes them, strip by strip, cell by cell, with buffers of its own.
//!
//! The schedule is static: rows are planned from the output to the sources once a strip, then every cell runs the steps in
//! order. Rows that the next strip needs again are kept in full-width tails (two of each: the cell to the right still reads the
//! old one after this cell wrote the new one). No locks, no allocation in the stride.

use crate::block::{Block, Scratch};
use crate::leaf::RowWindow;
use crate::lower::{Lowered, Work};
use crate::made::Made;
use crate::plan::Plan;
use crate::sample;
use crate::schedule::{Group, Schedule, clamp, join};
use std::ops::Range;
use vfx_core::{Cancel, IoError, PlaneMut, Planes, Region};

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
    schedule: &'a Schedule<'a>,
    cancel: &'a Cancel,
    steps: Vec<StepState>,
    /// [target]
    made: Vec<Made<'a>>,
    staging: Option<Planes>,
}

impl<'a> Worker<'a> {
    pub fn new(
        l: &'a Lowered,
        plan: &'a Plan,
        schedule: &'a Schedule<'a>,
        cancel: &'a Cancel,
    ) -> Self {
        let made = plan.targets.iter().enumerate().map(|(j, t)| {
            let window = &t.layout.window;
            match (plan.by_chunk, j == plan.lead) {
                (true, _) => Made::new(t, t.layout.chunk.0, t.layout.chunk.1),
                (_, true) => Made::new(t, window.width(), plan.geometry.block_rows),
                _ => Made::new(t, window.width(), t.layout.chunk.1.min(window.height())),
            }
        });
        Self {
            l,
            plan,
            schedule,
            cancel,
            steps: (0..l.steps.len()).map(|_| StepState::default()).collect(),
            made: made.collect(),
            staging: None,
        }
    }

    /// What was made of a target.
    pub fn made(&mut self, target: usize) -> &mut Made<'a> {
        &mut self.made[target]
    }

    /// Starts a band: `rows` of each target, the rows above were not made by this worker.
    pub fn begin(&mut self, rows: Vec<Range<i64>>) {
        for (made, rows) in self.made.iter_mut().zip(rows) {
            made.begin(rows);
        }
    }

    /// Makes the leader's rows up to `end` in native samples, the followers alongside; `first` and `last` of a band.
    pub fn block(&mut self, end: i64, first: bool, last: bool) -> Result<(), IoError> {
        let plan = self.plan;
        let lead = plan.lead;
        if plan.by_chunk {
            self.made[lead].at = end;
            return Ok(());
        }
        if plan.copy {
            let (window, from) = (plan.targets[lead].layout.window, self.made[lead].at);
            self.copy(Region::new(window.x0, from, window.x1, end))?;
            self.made[lead].at = end;
            return Ok(());
        }
        let rows = plan.geometry.strip_rows as i64;
        let ends: Vec<i64> = self.made.iter().map(|m| m.end).collect();
        let mut at: Vec<i64> = self.made.iter().map(|m| m.at).collect();
        let mut strips = Vec::new();
        while let Some(strip) = self.schedule.strip(&at, &ends, end, rows, last) {
            at = strip.iter().map(|s| s.end).collect();
            strips.push(strip);
        }
        for (m, &to) in self.made.iter_mut().zip(&at) {
            m.room(to);
        }
        let single = plan.groups.len() == 1;
        for group in &plan.groups {
            let mut fresh = first || !single;
            for strip in &strips {
                self.strip(group, strip, fresh)?;
                fresh = false;
            }
        }
        for (m, &to) in self.made.iter_mut().zip(&at) {
            m.at = to;
        }
        Ok(())
    }

    /// Makes one chunk of the leader, where [`Plan::by_chunk`] says so; after [`Worker::block`].
    pub fn chunk(&mut self, region: Region) -> Result<(), IoError> {
        if !self.plan.by_chunk {
            return Ok(());
        }
        self.made[self.plan.lead].origin = (region.x0, region.y0);
        if self.cancel.is_cancelled() {
            return Err(IoError::Cancelled);
        }
        self.copy(region)
    }

    /// Native samples straight from the source, converted where formats differ.
    fn copy(&mut self, region: Region) -> Result<(), IoError> {
        let Work::Leaf(leaf) = &self.l.steps[0].work else {
            unreachable!("a copy is one leaf")
        };
        let n = leaf.picks.len();
        let Made { target, planes, .. } = &mut self.made[self.plan.lead];
        let formats = &target.spec.channels;
        let same = (0..n).all(|c| leaf.format(c) == formats[c].format);
        let h = region.height();
        if same {
            let mut views = planes.views_mut();
            let mut views: Vec<PlaneMut<'_>> = views
                .iter_mut()
                .map(|v| v.window(0, 0, region.width(), h))
                .collect();
            return leaf.read(region, &mut views);
        }
        let staging = self.staging.get_or_insert_with(|| {
            Planes::new(
                planes.width(),
                planes.height(),
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
            let (src, mut dst) = (staging.plane(c), planes.plane_mut(c));
            for y in 0..h {
                sample::convert_row(&src, leaf.format(c), y, &mut dst, formats[c].format, y);
            }
        }
        Ok(())
    }

    /// From the output to the sources: which rows each step holds, makes and keeps.
    fn rows(&mut self, strip: &[Range<i64>], fresh: bool) {
        let n = self.l.steps.len();
        for k in (0..n).rev() {
            let window = self.l.steps[k].window;
            let (mut full, mut keep) = (0..0, i64::MAX);
            for (made, rows) in self.made.iter().zip(strip) {
                if made.target.step == k {
                    full = join(full, rows.clone());
                    if rows.end < made.end {
                        keep = keep.min(rows.end);
                    }
                }
            }
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
            o.tail_rows[1] = if is_plain_leaf {
                0..0
            } else {
                from..o.need.end
            };
        }
    }

    fn strip(&mut self, group: &Group, strip: &[Range<i64>], fresh: bool) -> Result<(), IoError> {
        let n = self.l.steps.len();
        self.rows(strip, fresh);
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
                    self.cell(group, cell, c, 1, strip);
                }
            } else {
                self.cell(group, cell, 0, usize::MAX, strip);
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
        strip: &[Range<i64>],
    ) {
        let n = self.l.steps.len();
        for k in 0..n {
            let step = &self.l.steps[k];
            let channels = count.min(step.channels);
            let cols = &group.cells[cell].steps[k];
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
        for ((made, rows), cols) in self
            .made
            .iter_mut()
            .zip(strip)
            .zip(&group.cells[cell].targets)
        {
            if rows.is_empty() || cols.is_empty() {
                continue;
            }
            let k = made.target.step;
            let (step, state) = (&self.l.steps[k], &self.steps[k]);
            match step.as_copy() {
                Some(leaf) => {
                    let channels = first..(first + count.min(step.channels)).min(step.channels);
                    made.copy(leaf, &state.window, channels, rows, cols);
                }
                None => made.store(&state.block.block(), first, rows, cols),
            }
        }
    }
}
