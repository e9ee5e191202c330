//! Which rows and columns of which image are made together.
//!
//! Images that are made in one pass advance side by side: the tallest one *leads*, in bands, blocks and strips; the others
//! *follow*, each as far as its rows ask no more of what it shares with the leader than the leader has asked for. Shared steps
//! then move through the picture once and hold no more rows than the widest demand of one strip. A follower's chunks need
//! not end where a band ends: its band ends at the last whole chunk before, and the next band catches up in strips of its own.

use crate::lower::{Lowered, Work};
use std::ops::Range;
use vfx_core::{ChunkLayout, ImageSpec, Region};

/// Columns or rows of one cell or strip at one step.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Span {
    /// Everything the block must cover, borders included.
    pub full: Range<i64>,
    /// The part that is computed, inside the window.
    pub make: Range<i64>,
}

/// One cell: what each step makes for it, and what of each target it completes.
pub(crate) struct Cell {
    /// [step]
    pub steps: Vec<Span>,
    /// [target]
    pub targets: Vec<Range<i64>>,
}

/// Cells side by side that a worker makes in one go.
pub(crate) struct Group {
    pub cells: Vec<Cell>,
    /// [step]: union of `make` over the cells.
    pub make: Vec<Range<i64>>,
}

/// An image to be made.
pub(crate) struct Target {
    /// The step that makes it.
    pub step: usize,
    /// What the sink wants.
    pub spec: ImageSpec,
    /// How the sink cuts it.
    pub layout: ChunkLayout,
}

impl Target {
    /// The chunk rows that end at or before row `y`, the last one with the window.
    pub fn whole_rows(&self, y: i64) -> usize {
        let w = &self.layout.window;
        let (rows, chunk) = ((y - w.y0).max(0) as usize, self.layout.chunk.1.max(1));
        if y >= w.y1 {
            rows.div_ceil(chunk)
        } else {
            rows / chunk
        }
    }
    /// The first pixel row of a chunk row.
    pub fn row_of(&self, chunk_row: usize) -> i64 {
        let w = &self.layout.window;
        (w.y0 + (chunk_row * self.layout.chunk.1.max(1)) as i64).min(w.y1)
    }
}

pub(crate) fn join(a: Range<i64>, b: Range<i64>) -> Range<i64> {
    match (a.is_empty(), b.is_empty()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.start.min(b.start)..a.end.max(b.end),
    }
}

/// `r` inside `lo..hi`; empty ranges stay within it.
pub(crate) fn clamp(r: &Range<i64>, lo: i64, hi: i64) -> Range<i64> {
    let start = r.start.clamp(lo, hi);
    start..r.end.clamp(start, hi)
}

/// What every step must supply for these rows (or columns) of the outputs.
pub(crate) fn demands(l: &Lowered, outs: &[Range<i64>], cols: bool) -> Vec<Span> {
    let n = l.steps.len();
    let mut d = vec![Span::default(); n];
    for (out, &k) in outs.iter().zip(&l.outputs) {
        d[k].full = join(d[k].full.clone(), out.clone());
    }
    for k in (0..n).rev() {
        let w = &l.steps[k].window;
        let (lo, hi) = if cols { (w.x0, w.x1) } else { (w.y0, w.y1) };
        let mut full = d[k].full.clone();
        for &(j, input) in &l.consumers[k] {
            if let Work::Op(op) = &l.steps[j].work
                && !d[j].make.is_empty()
            {
                let m = d[j].make.clone();
                full = join(
                    full,
                    if cols {
                        op.cols(input, m)
                    } else {
                        op.rows(input, m)
                    },
                );
            }
        }
        let mut make = clamp(&full, lo, hi);
        if cols && !make.is_empty() && !l.consumers[k].is_empty() {
            // Whole groups of 16 columns, so that kernels with a fixed column grid meet it.
            let (a, b) = (
                (make.start - lo).div_euclid(16) * 16 + lo,
                (make.end - lo + 15).div_euclid(16) * 16 + lo,
            );
            make = a..b.min(hi);
        }
        d[k] = Span {
            full: join(full, make.clone()),
            make,
        };
    }
    d
}

/// Leader and followers.
pub(crate) struct Schedule<'a> {
    l: &'a Lowered,
    /// The window of each output.
    windows: Vec<Region>,
    /// The output that leads.
    pub lead: usize,
    /// Of each output: the step that it shares with the leader, as near to both as there is.
    shared: Vec<Option<usize>>,
}

impl<'a> Schedule<'a> {
    pub fn new(l: &'a Lowered) -> Self {
        let windows: Vec<Region> = l.outputs.iter().map(|&k| l.steps[k].window).collect();
        let lead = (0..windows.len())
            .rev()
            .max_by_key(|&j| windows[j].height())
            .expect("an output");
        let reached: Vec<Vec<bool>> = l.outputs.iter().map(|&k| ancestors(l, k)).collect();
        let shared = reached
            .iter()
            .map(|of| {
                (0..l.steps.len())
                    .rev()
                    .find(|&k| of[k] && reached[lead][k])
            })
            .collect();
        Self {
            l,
            windows,
            lead,
            shared,
        }
    }

    fn span(&self, j: usize, cols: bool) -> Range<i64> {
        let w = &self.windows[j];
        if cols { w.x0..w.x1 } else { w.y0..w.y1 }
    }

    /// How far into step `k` the rows (columns) of output `j` up to `to` reach; the lowest number where they ask for nothing.
    fn depth(&self, j: usize, k: usize, to: i64, cols: bool) -> i64 {
        let start = self.span(j, cols).start;
        let mut outs = vec![0..0; self.windows.len()];
        outs[j] = start..to.max(start + 1);
        let full = &demands(self.l, &outs, cols)[k].full;
        match (full.is_empty(), to <= start) {
            (true, _) => i64::MIN,
            (_, true) => full.start,
            _ => full.end,
        }
    }

    /// The last row (column) from `from` on of output `j` that asks step `k` for nothing beyond `depth`.
    fn last_within(&self, j: usize, k: usize, depth: i64, from: i64, cols: bool) -> i64 {
        let (mut lo, mut hi) = (from, self.span(j, cols).end);
        while lo < hi {
            let mid = lo + (hi - lo + 1) / 2;
            if self.depth(j, k, mid, cols) <= depth {
                lo = mid;
            } else {
                hi = mid - 1;
            }
        }
        lo
    }

    /// How far output `j` has come when the leader has come to `at`.
    pub fn reach(&self, j: usize, at: i64, cols: bool) -> i64 {
        let (lead, own) = (self.span(self.lead, cols), self.span(j, cols));
        if j == self.lead {
            return at;
        }
        if at >= lead.end {
            return own.end;
        }
        match self.shared[j] {
            Some(k) => self.last_within(j, k, self.depth(self.lead, k, at, cols), own.start, cols),
            None => {
                let (own_len, lead_len) = (own.end - own.start, (lead.end - lead.start).max(1));
                own.start
                    + (i128::from(at - lead.start) * i128::from(own_len) / i128::from(lead_len))
                        as i64
            }
        }
    }

    /// The end of a strip of output `j` alone, from `from` on, that asks for about as much as `rows` of the leader do.
    fn advance(&self, j: usize, from: i64, rows: i64) -> i64 {
        let (lead, own) = (self.span(self.lead, false), self.span(j, false));
        let to = match self.shared[j] {
            Some(k) => {
                let begin = |d: i64| {
                    if d == i64::MIN {
                        self.l.steps[k].window.y0
                    } else {
                        d
                    }
                };
                let mid = lead.start + (lead.end - lead.start - rows).max(0) / 2;
                let end = (mid + rows).min(lead.end);
                let stride = begin(self.depth(self.lead, k, end, false))
                    - begin(self.depth(self.lead, k, mid, false));
                let depth = begin(self.depth(j, k, from, false)) + stride.max(1);
                self.last_within(j, k, depth, from, false)
            }
            None => {
                let (own_len, lead_len) = (own.end - own.start, (lead.end - lead.start).max(1));
                from + rows * own_len / lead_len
            }
        };
        to.clamp((from + 1).min(own.end), own.end)
    }

    /// The next strip of a block: a range of rows for each output, from `at` on, none beyond `ends`. The leader stops at
    /// `block_end`; with `last` the followers then go on to their ends. `None` when the block is done.
    pub fn strip(
        &self,
        at: &[i64],
        ends: &[i64],
        block_end: i64,
        rows: i64,
        last: bool,
    ) -> Option<Vec<Range<i64>>> {
        let from = at[self.lead];
        let mut strip: Vec<Range<i64>> = at.iter().map(|&y| y..y).collect();
        let mut alone = |goal: &dyn Fn(usize) -> i64| {
            let mut any = false;
            for j in 0..at.len() {
                let goal = goal(j).min(ends[j]);
                if j != self.lead && at[j] < goal {
                    strip[j].end = self.advance(j, at[j], rows).min(goal);
                    any = true;
                }
            }
            any
        };
        if alone(&|j| self.reach(j, from, false)) {
            return Some(strip);
        }
        if from < block_end {
            let to = (from + rows).min(block_end);
            for (j, s) in strip.iter_mut().enumerate() {
                s.end = self.reach(j, to, false).min(ends[j]).max(s.start);
            }
            return Some(strip);
        }
        (last && alone(&|j| ends[j])).then_some(strip)
    }

    /// Where the rows of output `j` end that belong to a band of the leader that ends at `at`: at a whole chunk.
    pub fn band_end(&self, target: &Target, j: usize, at: i64) -> i64 {
        if at <= self.windows[self.lead].y0 {
            return self.windows[j].y0;
        }
        target.row_of(target.whole_rows(self.reach(j, at, false)))
    }

    /// The leader's columns cut into `count` groups of cells, the others' alongside.
    pub fn groups(&self, count: usize, cell: usize) -> Vec<Group> {
        let l = self.l;
        let window = &self.windows[self.lead];
        let width = window.width();
        let per = width.div_ceil(count.max(1)).next_multiple_of(64).max(64);
        let mut out = Vec::new();
        let mut x = 0;
        let mut at: Vec<i64> = self.windows.iter().map(|w| w.x0).collect();
        while x < width {
            let end = (x + per).min(width);
            let mut cells = Vec::new();
            let mut make = vec![0..0; l.steps.len()];
            let mut from = x;
            while from < end {
                let to = (from + cell).min(end);
                let targets: Vec<Range<i64>> = at
                    .iter()
                    .enumerate()
                    .map(|(j, &a)| a..self.reach(j, window.x0 + to as i64, true).max(a))
                    .collect();
                let steps = demands(l, &targets, true);
                for (m, c) in make.iter_mut().zip(&steps) {
                    *m = join(m.clone(), c.make.clone());
                }
                at = targets.iter().map(|t| t.end).collect();
                cells.push(Cell { steps, targets });
                from = to;
            }
            out.push(Group { cells, make });
            x = end;
        }
        out
    }

    /// The rows of a strip in the middle of the leader and of the one after it, at every step.
    pub fn middle(&self, rows: i64) -> (Vec<Span>, Vec<Span>) {
        let w = &self.windows[self.lead];
        let rows = rows.min(w.height().max(1) as i64);
        let mid = w.y0 + (w.height() as i64 - rows).max(0) / 2;
        let outs = |from: i64| -> Vec<Range<i64>> {
            (0..self.windows.len())
                .map(|j| {
                    if j == self.lead {
                        from..from + rows
                    } else {
                        self.reach(j, from, false)..self.reach(j, from + rows, false)
                    }
                })
                .collect()
        };
        (
            demands(self.l, &outs(mid), false),
            demands(self.l, &outs(mid + rows), false),
        )
    }
}

/// Which steps step `k` is made of, itself included.
fn ancestors(l: &Lowered, k: usize) -> Vec<bool> {
    let mut of = vec![false; l.steps.len()];
    of[k] = true;
    for i in (0..=k).rev() {
        if of[i] {
            for &from in &l.steps[i].inputs {
                of[from] = true;
            }
        }
    }
    of
}
