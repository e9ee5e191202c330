//! The planner: geometry from the sink's chunks, the sources' chunks, the halos and the budget, before a pixel moves.
//!
//! A *band* is what a worker takes at once; it is made of *blocks* (one row of the sink's chunks); a block is computed in *strips*
//! of 1-64 rows, a strip in *cells* of 64-512 columns. Images too wide for a worker's memory are cut into *groups* of columns.

use crate::block::Scratch;
use crate::leaf::RowWindow;
use crate::lower::{Lowered, Work};
use std::fmt;
use std::ops::Range;
use vfx_core::{Access, Budget, ChunkLayout, ChunkOrder, ImageSpec, Region};

/// Why a graph cannot be run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// Not even one row fits.
    #[error("one row of this job needs {needed} bytes a thread, the memory budget allows {allowed}; raise --memory to {} M", .needed / 500_000 + 16)]
    Memory {
        /// Bytes of the smallest geometry.
        needed: usize,
        /// Bytes that a worker may use.
        allowed: usize,
    },
    /// The sink wants other channels than the image has.
    #[error("the output takes {sink} channels, the image has {image}")]
    Channels {
        /// Channels of the sink's spec.
        sink: usize,
        /// Channels of the image.
        image: usize,
    },
}

/// How a segment is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strategy {
    /// The image is one strip.
    Whole,
    /// Through the tile store, at least for one input.
    RegionCache,
    /// Column groups: each worker takes tiles of the output.
    Tiled,
    /// Full-width strips from top to bottom.
    Streaming,
}

/// The sizes that a plan has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Blocks in a band.
    pub band_blocks: usize,
    /// Output rows of a block.
    pub block_rows: usize,
    /// Output rows of a strip.
    pub strip_rows: usize,
    /// Output columns of a cell.
    pub cell_cols: usize,
    /// Column groups.
    pub groups: usize,
    /// Workers.
    pub threads: usize,
    /// Bytes that a worker is planned to use.
    pub worker_bytes: usize,
}

/// What `--explain` prints of one segment.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Steps from the reads to the output.
    pub steps: Vec<String>,
    /// How it is run.
    pub strategy: Strategy,
    /// Native samples are copied; no arithmetic.
    pub copy: bool,
    /// The sizes.
    pub geometry: Geometry,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, s) in self.steps.iter().enumerate() {
            writeln!(f, "  {i}: {s}")?;
        }
        let g = &self.geometry;
        writeln!(
            f,
            "  {:?} on cpu x {}{}: bands of {} x {} rows, strips of {}, cells of {} columns, {} column group(s), {:.1} MB a worker",
            self.strategy,
            g.threads,
            if self.copy {
                ", native samples copied"
            } else {
                ", f32"
            },
            g.band_blocks,
            g.block_rows,
            g.strip_rows,
            g.cell_cols,
            g.groups,
            g.worker_bytes as f64 / 1e6
        )
    }
}

/// Columns of one cell at one step.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Cols {
    /// Everything the block must cover, borders included.
    pub full: Range<i64>,
    /// The part that is computed, inside the window.
    pub make: Range<i64>,
}

pub(crate) struct Group {
    /// [cell][step]
    pub cells: Vec<Vec<Cols>>,
    /// [step]: union of `make` over the cells.
    pub make: Vec<Range<i64>>,
}

pub(crate) struct Plan {
    pub geometry: Geometry,
    pub groups: Vec<Group>,
    pub layout: ChunkLayout,
    pub strategy: Strategy,
    /// One channel at a time through all steps.
    pub channelwise: bool,
    pub copy: bool,
    /// A copy that is made one chunk of the sink at a time: nothing is gained by whole rows of chunks.
    pub by_chunk: bool,
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

/// What every step must supply so that the last one makes `out`: by rows or columns, alike.
fn demands(l: &Lowered, out: Range<i64>, cols: bool) -> Vec<Cols> {
    let n = l.steps.len();
    let mut d = vec![Cols::default(); n];
    for k in (0..n).rev() {
        let w = &l.steps[k].window;
        let (lo, hi) = if cols { (w.x0, w.x1) } else { (w.y0, w.y1) };
        let mut full = if k == n - 1 { out.clone() } else { 0..0 };
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
        if cols && !make.is_empty() && k != n - 1 {
            // Whole groups of 16 columns, so that kernels with a fixed column grid meet it.
            let (a, b) = (
                (make.start - lo).div_euclid(16) * 16 + lo,
                (make.end - lo + 15).div_euclid(16) * 16 + lo,
            );
            make = a..b.min(hi);
        }
        d[k] = Cols {
            full: join(full, make.clone()),
            make,
        };
    }
    d
}

fn groups(l: &Lowered, window: &Region, count: usize, cell: usize) -> Vec<Group> {
    let width = window.width();
    let per = width.div_ceil(count.max(1)).next_multiple_of(64).max(64);
    let mut out = Vec::new();
    let mut x = 0;
    while x < width {
        let end = (x + per).min(width);
        let mut cells = Vec::new();
        let mut make = vec![0..0; l.steps.len()];
        let mut at = x;
        while at < end {
            let to = (at + cell).min(end);
            let cols = demands(l, window.x0 + at as i64..window.x0 + to as i64, true);
            for (m, c) in make.iter_mut().zip(&cols) {
                *m = join(m.clone(), c.make.clone());
            }
            cells.push(cols);
            at = to;
        }
        out.push(Group { cells, make });
        x = end;
    }
    out
}

/// Bytes that one worker uses with such a geometry.
fn worker_bytes(
    l: &Lowered,
    spec: &ImageSpec,
    layout: &ChunkLayout,
    block_rows: usize,
    strip: usize,
    g: &[Group],
    channelwise: bool,
    by_chunk: bool,
) -> usize {
    let window = spec.data_window;
    // What is made at once, and what encoders make of it: a row of chunks where it waits for its turn, else one.
    let chunk = layout.chunk.0.min(window.width()) * layout.chunk.1 * spec.pixel_bytes();
    let row = window.width() * block_rows * spec.pixel_bytes();
    let block = if by_chunk { chunk } else { row };
    let mut bytes = block
        + if layout.order == ChunkOrder::Any {
            chunk.min(row)
        } else {
            row
        };
    if l.leaves().any(|leaf| leaf.map.transpose) && l.is_copy() {
        // What is turned is read into planes of its own first.
        bytes += block;
    }
    let strip = strip.min(window.height().max(1)) as i64;
    let mid = window.y0 + (window.height() as i64 - strip).max(0) / 2;
    let rows = demands(l, mid..mid + strip, false);
    let tall = |k: usize| (rows[k].full.end - rows[k].full.start).max(0) as usize;
    // A wide group stands for all.
    let Some(group) = g.iter().max_by_key(|g| g.make[0].end - g.make[0].start) else {
        return bytes;
    };
    let advance = |k: usize| {
        let next = demands(l, mid + strip..mid + 2 * strip, false);
        (next[k].make.end - rows[k].make.end).max(0) as usize
    };
    for (k, s) in l.steps.iter().enumerate() {
        let cell = group
            .cells
            .iter()
            .map(|c| (c[k].full.end - c[k].full.start).max(0) as usize)
            .max()
            .unwrap_or(0);
        let planes = if channelwise { 1 } else { s.channels };
        bytes += Scratch::plane_floats(cell, tall(k)) * 4 * planes;
        let width = (group.make[k].end - group.make[k].start).max(0) as usize;
        match &s.work {
            Work::Leaf(leaf) => {
                bytes += RowWindow::bytes(leaf, width, tall(k) + leaf.chunk_rows() - 1)
            }
            Work::Op(_) => {
                let halo = tall(k).saturating_sub(advance(k));
                bytes += 2 * Scratch::plane_floats(width, halo) * 4 * s.channels;
            }
        }
    }
    bytes
}

/// Source samples touched for each one needed, at best 1: rows converted again at every strip, columns read again at
/// every group, and the price of kernels that are called for a few rows.
fn waste(l: &Lowered, window: &Region, strip: usize, g: &[Group]) -> f64 {
    let strip_rows = strip.min(window.height().max(1)) as i64;
    let mid = window.y0 + (window.height() as i64 - strip_rows).max(0) / 2;
    let (rows, next) = (
        demands(l, mid..mid + strip_rows, false),
        demands(l, mid + strip_rows..mid + 2 * strip_rows, false),
    );
    let mut worst = 1.0f64;
    for (k, s) in l.steps.iter().enumerate() {
        if !matches!(s.work, Work::Leaf(_)) {
            continue;
        }
        let tall = (rows[k].full.end - rows[k].full.start).max(1) as f64;
        let new = (next[k].full.end - rows[k].full.end).max(1) as f64;
        let wide: i64 = g
            .iter()
            .flat_map(|g| &g.cells)
            .map(|c| c[k].full.end - c[k].full.start)
            .sum();
        let span = g.iter().fold(0..0, |a, g| join(a, g.make[k].clone()));
        let once = (span.end - span.start).max(1) as f64;
        worst = worst.max((tall / new).max(1.0) * (wide as f64 / once).max(1.0));
    }
    worst * (1.0 + 4.0 / strip as f64)
}

/// Chooses the geometry: of those that fit the budget, the one with the least waste.
///
/// # Errors
/// [`PlanError::Memory`] when not even a row of the narrowest group fits one worker's share.
pub(crate) fn plan(
    l: &Lowered,
    spec: &ImageSpec,
    layout: ChunkLayout,
    budget: &Budget,
    cached: bool,
) -> Result<Plan, PlanError> {
    let window = layout.window;
    let copy = l.is_copy();
    let channelwise = !l.steps.iter().any(super::lower::Step::mixes);
    // Turned samples and parts that are cheap are read by the sink's tiles.
    let cheap = |leaf: &crate::leaf::Leaf| {
        leaf.map.transpose || matches!(leaf.source.access(), Access::Random { partial: true, .. })
    };
    let by_chunk = copy && layout.chunk.0 < window.width() && l.leaves().all(cheap);
    let (width, height) = (window.width(), window.height());
    let chunk_rows = layout.chunk.1.max(1);
    let source_rows = l
        .leaves()
        .map(crate::leaf::Leaf::rows_together)
        .max()
        .unwrap_or(1)
        .min(256);
    // A block is a row of chunks, several of them when they are low.
    let low = if copy { source_rows.max(32) } else { 64 };
    let block_rows = |rows: usize| (rows.div_ceil(chunk_rows) * chunk_rows).min(height.max(1));
    let wide = if channelwise { 512 } else { 256 };
    let ladder = [(64, wide, 1), (32, wide, 1), (16, 256, 1)];
    let narrow = (1..=16).flat_map(|i| {
        [
            (64, 256, i),
            (32, 256, i),
            (16, 64, i),
            (8, 128, i),
            (8, 64, i),
            (4, 64, i),
            (2, 64, i),
            (1, 64, i),
        ]
        .map(|(strip, cell, i)| (strip, cell, 1usize << i))
    });
    let mut threads = budget.threads.max(1);
    let mut least = usize::MAX;
    // Roomy budgets are not used up: more memory than this buys no speed.
    let roomy = 72 << 20;
    loop {
        let share =
            (budget.memory * 11 / 20 / threads).min(if threads > 1 { roomy } else { usize::MAX });
        let mut best: Option<(f64, usize, usize, usize, usize, Vec<Group>)> = None;
        for (strip, cell, count) in ladder.into_iter().chain(narrow.clone()) {
            let block = block_rows(if strip >= 32 { low } else { strip });
            let strip = strip.min(block);
            if count > 1 && (copy || width.div_ceil(count) < 32) {
                break;
            }
            let g = if copy {
                Vec::new()
            } else {
                groups(l, &window, count, cell)
            };
            let bytes = worker_bytes(l, spec, &layout, block, strip, &g, channelwise, by_chunk);
            least = least.min(bytes);
            if bytes > share {
                continue;
            }
            let cost = if copy {
                1.0
            } else {
                waste(l, &window, strip, &g)
            };
            if best.as_ref().is_none_or(|b| cost < b.0 * 0.99) {
                best = Some((cost, block, strip, cell, bytes, g));
            }
            // Nothing to gain below this.
            if best.as_ref().is_some_and(|b| b.0 < 1.3) {
                break;
            }
        }
        let Some((_, block, strip, cell, bytes, g)) = best else {
            if threads == 1 {
                return Err(PlanError::Memory {
                    needed: least,
                    allowed: share,
                });
            }
            threads = threads.div_ceil(2);
            continue;
        };
        let blocks = height.div_ceil(block).max(1);
        let band_blocks = match layout.order {
            // Each worker has several turns, so that a slow one holds nobody up.
            ChunkOrder::Any => (blocks / (threads * 6)).clamp(1, 32),
            ChunkOrder::Increasing => (256 / block)
                .clamp(1, 4)
                .min((blocks / (threads * 4)).max(1)),
        };
        let band_blocks = if cached {
            (128 / block).clamp(1, band_blocks.max(1))
        } else {
            band_blocks
        };
        let strategy = if cached {
            Strategy::RegionCache
        } else if g.len() > 1 {
            Strategy::Tiled
        } else if height <= strip {
            Strategy::Whole
        } else {
            Strategy::Streaming
        };
        let geometry = Geometry {
            band_blocks,
            block_rows: block,
            strip_rows: strip,
            cell_cols: cell,
            groups: g.len().max(1),
            threads: threads.min(blocks.div_ceil(band_blocks)).max(1),
            worker_bytes: bytes,
        };
        return Ok(Plan {
            geometry,
            groups: g,
            layout,
            strategy,
            channelwise,
            copy,
            by_chunk,
        });
    }
}
