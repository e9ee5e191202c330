//! The planner: geometry from the sink's chunks, the sources' chunks, the halos and the budget, before a pixel moves.
//!
//! A *band* is what a worker takes at once; it is made of *blocks* (one row of the sink's chunks); a block is computed in *strips*
//! of 1-64 rows, a strip in *cells* of 64-512 columns. Images too wide for a worker's memory are cut into *groups* of columns.

use crate::block::Scratch;
use crate::leaf::RowWindow;
use crate::lower::{Lowered, Work};
use crate::schedule::{Group, Schedule, Target, join};
use std::fmt;
use vfx_core::{Access, Budget, ChunkOrder};

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
    /// Steps from the reads to the outputs.
    pub steps: Vec<String>,
    /// The steps that are written: one for each image that is made in this pass.
    pub outputs: Vec<usize>,
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
        if self.outputs.len() > 1 {
            writeln!(f, "  one pass writes steps {:?}", self.outputs)?;
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

pub(crate) struct Plan {
    pub geometry: Geometry,
    pub groups: Vec<Group>,
    /// What is made, in the order of the lowered outputs.
    pub targets: Vec<Target>,
    /// The target that the geometry is that of; the others follow it.
    pub lead: usize,
    pub strategy: Strategy,
    /// One channel at a time through all steps.
    pub channelwise: bool,
    pub copy: bool,
    /// A copy that is made one chunk of the sink at a time: nothing is gained by whole rows of chunks.
    pub by_chunk: bool,
}

/// Bytes of what is made at once of a target, and of what encoders make of it: a row of chunks where it waits for its turn,
/// else one.
fn target_bytes(t: &Target, rows: usize, by_chunk: bool) -> usize {
    let (layout, pixel) = (&t.layout, t.spec.pixel_bytes());
    let width = layout.window.width();
    let chunk = layout.chunk.0.min(width) * layout.chunk.1 * pixel;
    let row = width * rows * pixel;
    let made = if by_chunk { chunk } else { row };
    made + if layout.order == ChunkOrder::Any {
        chunk.min(row)
    } else {
        row
    }
}

/// Bytes that one worker uses with such a geometry.
fn worker_bytes(
    schedule: &Schedule<'_>,
    l: &Lowered,
    targets: &[Target],
    block_rows: usize,
    strip: usize,
    g: &[Group],
    channelwise: bool,
    by_chunk: bool,
) -> usize {
    let lead = &targets[schedule.lead];
    let mut bytes = target_bytes(lead, block_rows, by_chunk);
    let height = lead.layout.window.height().max(1);
    for (j, t) in targets.iter().enumerate() {
        if j != schedule.lead {
            let alongside = block_rows * t.layout.window.height() / height;
            bytes += target_bytes(t, t.layout.chunk.1 + alongside, false);
        }
    }
    if l.leaves().any(|leaf| leaf.map.transpose) && l.is_copy() {
        // What is turned is read into planes of its own first.
        bytes += target_bytes(lead, block_rows, by_chunk) / 2;
    }
    // A wide group stands for all.
    let Some(group) = g.iter().max_by_key(|g| g.make[0].end - g.make[0].start) else {
        return bytes;
    };
    let (rows, next) = schedule.middle(strip as i64);
    let tall = |k: usize| (rows[k].full.end - rows[k].full.start).max(0) as usize;
    for (k, s) in l.steps.iter().enumerate() {
        let cell = group
            .cells
            .iter()
            .map(|c| (c.steps[k].full.end - c.steps[k].full.start).max(0) as usize)
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
                let advance = (next[k].make.end - rows[k].make.end).max(0) as usize;
                let halo = tall(k).saturating_sub(advance);
                bytes += 2 * Scratch::plane_floats(width, halo) * 4 * s.channels;
            }
        }
    }
    bytes
}

/// Source samples touched for each one needed, at best 1: rows converted again at every strip, columns read again at
/// every group, and the price of kernels that are called for a few rows.
fn waste(schedule: &Schedule<'_>, l: &Lowered, strip: usize, g: &[Group]) -> f64 {
    let (rows, next) = schedule.middle(strip as i64);
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
            .map(|c| c.steps[k].full.end - c.steps[k].full.start)
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
    targets: Vec<Target>,
    budget: &Budget,
    cached: bool,
) -> Result<Plan, PlanError> {
    let schedule = Schedule::new(l);
    let layout = targets[schedule.lead].layout;
    let window = layout.window;
    let copy = l.is_copy();
    let alike = l.steps.windows(2).all(|s| s[0].channels == s[1].channels);
    let channelwise = alike && !l.steps.iter().any(super::lower::Step::mixes);
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
                schedule.groups(count, cell)
            };
            let bytes = worker_bytes(
                &schedule,
                l,
                &targets,
                block,
                strip,
                &g,
                channelwise,
                by_chunk,
            );
            least = least.min(bytes);
            if bytes > share {
                continue;
            }
            let cost = if copy {
                1.0
            } else {
                waste(&schedule, l, strip, &g)
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
        // Followers' chunks that a band's start has cut are made whole by the next one: bands much higher than they are.
        let tall = targets
            .iter()
            .map(|t| t.layout.chunk.1.min(t.layout.window.height()) * height)
            .zip(&targets)
            .map(|(rows, t)| rows / t.layout.window.height().max(1))
            .max()
            .unwrap_or(0);
        let band_blocks = if targets.len() > 1 {
            band_blocks.max((4 * tall / block).min(blocks / (threads * 2)))
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
            lead: schedule.lead,
            targets,
            strategy,
            channelwise,
            copy,
            by_chunk,
        });
    }
}
