//! Reading: a source's channels on the graph's grid, in native samples.
//!
//! Crops, shifts, flips, rotations and channel selections above a source cost nothing here but another order of reading.
//! A [`RowWindow`] keeps the rows of a strip for one worker, so that uncompressed sources are read once and compressed ones
//! decoded once.

use crate::{GridMap, sample};
use std::ops::Range;
use std::sync::Arc;
use vfx_core::{
    Access, AlignedBuf, ChannelSet, ImageSource, IoError, PlaneMut, PlaneRef, Planes, Region,
    SampleFormat,
};

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum LeafPick {
    Source(usize),
    Constant(f32),
}

#[derive(Clone)]
pub(crate) struct Leaf {
    pub source: Arc<dyn ImageSource>,
    pub picks: Vec<LeafPick>,
    /// From the source's grid to the graph's.
    pub map: GridMap,
    /// Where samples are, on the graph's grid; black elsewhere.
    pub valid: Region,
    /// The image's data window, on the graph's grid.
    pub window: Region,
}

impl Leaf {
    pub fn new(source: Arc<dyn ImageSource>) -> Self {
        let window = source.spec().data_window;
        let picks = (0..source.spec().channels.len())
            .map(LeafPick::Source)
            .collect();
        Self {
            source,
            picks,
            map: GridMap::default(),
            valid: window,
            window,
        }
    }
    pub fn mapped(self, map: &GridMap, window: Region) -> Self {
        let valid = map.apply(&self.valid.intersect(&self.window));
        Self {
            map: self.map.then(map),
            valid,
            window,
            ..self
        }
    }
    pub fn describe(&self) -> String {
        let turn = if self.map.is_shift() {
            ""
        } else {
            ", reoriented"
        };
        let access = match self.source.access() {
            Access::Random {
                chunk: (w, h),
                partial: true,
            } => format!("any part of {w} x {h} chunks"),
            Access::Random { chunk: (w, h), .. } => format!("{w} x {h} chunks"),
            Access::TopDown { rows } => format!("top down, {rows} rows"),
            Access::Whole => "decoded whole".into(),
        };
        format!(
            "read {} channels of {} ({access}{turn})",
            self.picks.len(),
            self.source.spec().data_window
        )
    }
    /// The format that a channel is held in.
    pub fn format(&self, c: usize) -> SampleFormat {
        match self.picks[c] {
            LeafPick::Source(i) => self.source.spec().channels[i].format,
            LeafPick::Constant(_) => SampleFormat::F32,
        }
    }
    /// Subsampled channels are replicated to full resolution on reading.
    fn sampling(&self, c: usize) -> (u32, u32) {
        match self.picks[c] {
            LeafPick::Source(i) => self.source.spec().channels[i].sampling,
            LeafPick::Constant(_) => (1, 1),
        }
    }
    /// The source channels in use, each once.
    pub fn used(&self) -> Vec<usize> {
        let mut used: Vec<usize> = self
            .picks
            .iter()
            .filter_map(|p| match p {
                LeafPick::Source(i) => Some(*i),
                LeafPick::Constant(_) => None,
            })
            .collect();
        used.sort_unstable();
        used.dedup();
        used
    }
    /// Rows that are decoded together, when asking for fewer is a waste; 1 otherwise.
    pub fn chunk_rows(&self) -> usize {
        match self.source.access() {
            Access::Random {
                chunk,
                partial: false,
            } => chunk.1.max(1),
            Access::TopDown { rows } => rows.max(1),
            Access::Random { .. } | Access::Whole => 1,
        }
    }

    /// Rows of the graph's grid that are best read together: of a source that is turned, its chunks' columns.
    pub fn rows_together(&self) -> usize {
        match self.source.access() {
            Access::Random { chunk, .. } if self.map.transpose => chunk.0.max(1),
            _ => self.chunk_rows(),
        }
    }

    /// Native samples of `region` into planes of [`Leaf::format`], black beyond the valid part.
    pub fn read(&self, region: Region, out: &mut [PlaneMut<'_>]) -> Result<(), IoError> {
        let inside = region.intersect(&self.valid);
        if inside != region {
            for p in out.iter_mut() {
                p.clear();
            }
        }
        for (p, pick) in out.iter_mut().zip(&self.picks) {
            if let LeafPick::Constant(v) = *pick {
                for y in 0..p.height() {
                    p.row::<f32>(y).fill(v);
                }
            }
        }
        if inside.is_empty() {
            return Ok(());
        }
        let from = self.map.inverse().apply(&inside);
        let (dx, dy) = (
            (inside.x0 - region.x0) as usize,
            (inside.y0 - region.y0) as usize,
        );
        let simple =
            self.map.is_shift() && (0..self.picks.len()).all(|c| self.sampling(c) == (1, 1));
        let channels = ChannelSet(
            self.picks
                .iter()
                .filter_map(|p| match p {
                    LeafPick::Source(i) => Some(*i),
                    LeafPick::Constant(_) => None,
                })
                .collect(),
        );
        let targets = out
            .iter_mut()
            .zip(&self.picks)
            .filter(|(_, p)| matches!(p, LeafPick::Source(_)))
            .map(|(o, _)| o);
        if simple {
            let mut views: Vec<PlaneMut<'_>> = targets
                .map(|p| p.window(dx, dy, inside.width(), inside.height()))
                .collect();
            return self.source.read(from, &channels, &mut views);
        }
        if (0..self.picks.len()).all(|c| self.sampling(c) == (1, 1)) {
            // All channels in one read: interleaved files would be read once a channel otherwise.
            let samples = channels
                .0
                .iter()
                .map(|&c| self.source.spec().channels[c].format.sample);
            let mut planes = Planes::new(from.width(), from.height(), samples);
            self.source.read(from, &channels, &mut planes.views_mut())?;
            for (i, target) in targets.enumerate() {
                let mut view = target.window(dx, dy, inside.width(), inside.height());
                turn(&planes.plane(i), from, (1, 1), &self.map, inside, &mut view);
            }
            return Ok(());
        }
        for (target, &c) in targets.zip(&channels.0) {
            let channel = &self.source.spec().channels[c];
            let (sx, sy) = (i64::from(channel.sampling.0), i64::from(channel.sampling.1));
            let (sub, origin) = sampled(from, sx, sy);
            let mut planes = Planes::new(sub.width(), sub.height(), [channel.format.sample]);
            // The read covers the samples whose cells touch the region: their positions may lie just before it.
            let ask = Region::new(
                origin.0,
                origin.1,
                from.x1.max(origin.0 + 1),
                from.y1.max(origin.1 + 1),
            )
            .intersect(&self.source.spec().data_window);
            self.source
                .read(ask, &ChannelSet(vec![c]), &mut planes.views_mut())?;
            let mut view = target.window(dx, dy, inside.width(), inside.height());
            turn(
                &planes.plane(0),
                sub,
                (sx, sy),
                &self.map,
                inside,
                &mut view,
            );
        }
        Ok(())
    }
}

/// The grid of samples whose cells touch `r`, and the position of the first.
fn sampled(r: Region, sx: i64, sy: i64) -> (Region, (i64, i64)) {
    let g = Region::new(
        r.x0.div_euclid(sx),
        r.y0.div_euclid(sy),
        (r.x1 - 1).div_euclid(sx) + 1,
        (r.y1 - 1).div_euclid(sy) + 1,
    );
    (g, (g.x0 * sx, g.y0 * sy))
}

/// Copies samples to where `map` sends them, replicating subsampled ones.
fn turn(
    src: &PlaneRef<'_>,
    grid: Region,
    (sx, sy): (i64, i64),
    map: &GridMap,
    to: Region,
    out: &mut PlaneMut<'_>,
) {
    match src.sample().size() {
        1 => turn_typed::<u8>(src, grid, (sx, sy), map, to, out),
        2 => turn_typed::<u16>(src, grid, (sx, sy), map, to, out),
        _ => turn_typed::<u32>(src, grid, (sx, sy), map, to, out),
    }
}

fn turn_typed<T: bytemuck::Pod>(
    src: &PlaneRef<'_>,
    grid: Region,
    (sx, sy): (i64, i64),
    map: &GridMap,
    to: Region,
    out: &mut PlaneMut<'_>,
) {
    let back = map.inverse();
    let stride = src.stride() / size_of::<T>();
    let data: &[T] =
        bytemuck::cast_slice(&src.bytes()[..src.bytes().len() / size_of::<T>() * size_of::<T>()]);
    let at = |x: i64, y: i64| {
        let p = back.apply(&Region::sized(x, y, 1, 1));
        (
            (p.y0.div_euclid(sy) - grid.y0) as usize,
            (p.x0.div_euclid(sx) - grid.x0) as usize,
        )
    };
    if (sx, sy) != (1, 1) {
        for (r, y) in (to.y0..to.y1).enumerate() {
            for (o, x) in out.row::<T>(r).iter_mut().zip(to.x0..) {
                let (sy, sx) = at(x, y);
                *o = data[sy * stride + sx];
            }
        }
        return;
    }
    // Blocks of 32 x 32 keep a transposition inside the nearest cache.
    let (w, h) = (to.width(), to.height());
    let step: isize = match (map.transpose, map.transpose && map.flip_x, map.flip_x) {
        (true, true, _) => -(stride as isize),
        (true, false, _) => stride as isize,
        (false, _, true) => -1,
        (false, _, false) => 1,
    };
    for by in (0..h).step_by(32) {
        for bx in (0..w).step_by(32) {
            for r in by..(by + 32).min(h) {
                let (y, x) = at(to.x0 + bx as i64, to.y0 + r as i64);
                let mut i = (y * stride + x) as isize;
                let end = (bx + 32).min(w);
                for o in &mut out.row::<T>(r)[bx..end] {
                    *o = data[i as usize];
                    i += step;
                }
            }
        }
    }
}

/// The rows of a leaf that one worker holds: native planes over fixed columns.
#[derive(Default)]
pub(crate) struct RowWindow {
    cols: Range<i64>,
    rows: Range<i64>,
    capacity: usize,
    planes: Vec<(usize, AlignedBuf)>,
}

impl RowWindow {
    /// Empties it, for other columns.
    pub fn reset(&mut self, leaf: &Leaf, cols: Range<i64>) {
        let width = (cols.end - cols.start).max(0) as usize;
        if self.cols != cols || self.planes.len() != leaf.picks.len() {
            self.planes.resize_with(leaf.picks.len(), Default::default);
            for (c, p) in self.planes.iter_mut().enumerate() {
                p.0 = (width * leaf.format(c).size()).next_multiple_of(64) + 64;
            }
            self.capacity = 0;
            self.cols = cols;
        }
        self.rows = 0..0;
    }
    /// Makes rows `need` present, reading only what is new, whole chunks where parts are no cheaper.
    pub fn ensure(&mut self, leaf: &Leaf, need: Range<i64>) -> Result<(), IoError> {
        if need.is_empty() || (need.start >= self.rows.start && need.end <= self.rows.end) {
            return Ok(());
        }
        let keep = if self.rows.contains(&need.start) {
            need.start..self.rows.end
        } else {
            need.start..need.start
        };
        let end = round_up(leaf, need.end);
        let height = (end - keep.start) as usize;
        let kept = (keep.end - keep.start) as usize;
        let offset = (keep.start - self.rows.start).max(0) as usize;
        self.capacity = self.capacity.max(height);
        let capacity = self.capacity;
        for (stride, buf) in &mut self.planes {
            if kept > 0 && offset > 0 {
                buf.as_mut_slice()
                    .copy_within(offset * *stride..(offset + kept) * *stride, 0);
            }
            if buf.len() < capacity * *stride {
                buf.resize(capacity * *stride);
            }
        }
        let region = Region::new(self.cols.start, keep.end, self.cols.end, end);
        let mut views: Vec<PlaneMut<'_>> = self
            .planes
            .iter_mut()
            .enumerate()
            .map(|(c, (stride, buf))| {
                let sample = leaf.format(c).sample;
                PlaneMut::new(
                    &mut buf.as_mut_slice()[kept * *stride..],
                    *stride,
                    region.width(),
                    region.height(),
                    sample,
                )
            })
            .collect();
        self.rows = 0..0;
        leaf.read(region, &mut views)?;
        self.rows = keep.start..end;
        Ok(())
    }
    /// Converts rows and columns of channel `c` to f32.
    pub fn load(&self, leaf: &Leaf, c: usize, first: usize, out: &mut crate::BlockMut<'_>) {
        let (stride, buf) = &self.planes[c];
        let format = leaf.format(c);
        let height = (self.rows.end - self.rows.start) as usize;
        let width = (self.cols.end - self.cols.start) as usize;
        let plane = PlaneRef::new(buf.as_slice(), *stride, width, height, format.sample);
        let region = out.region;
        let x = (region.x0 - self.cols.start) as usize;
        for y in region.y0..region.y1 {
            sample::load(
                &plane,
                format.bits,
                (y - self.rows.start) as usize,
                x,
                out.row(c - first, y),
            );
        }
    }
    /// Channel `c`'s own samples of `part`, which is held.
    pub fn samples(&self, leaf: &Leaf, c: usize, part: Region) -> PlaneRef<'_> {
        let (stride, buf) = &self.planes[c];
        let (width, height) = (
            (self.cols.end - self.cols.start) as usize,
            (self.rows.end - self.rows.start) as usize,
        );
        PlaneRef::new(
            buf.as_slice(),
            *stride,
            width,
            height,
            leaf.format(c).sample,
        )
        .window(
            (part.x0 - self.cols.start) as usize,
            (part.y0 - self.rows.start) as usize,
            part.width(),
            part.height(),
        )
    }
    pub fn bytes(leaf: &Leaf, cols: usize, rows: usize) -> usize {
        (0..leaf.picks.len())
            .map(|c| (cols * leaf.format(c).size() + 128) * rows)
            .sum()
    }
}

/// The end of the chunk row that holds row `end - 1`, within the window.
fn round_up(leaf: &Leaf, end: i64) -> i64 {
    let chunk = leaf.chunk_rows() as i64;
    if chunk == 1 || !leaf.map.is_shift() || end >= leaf.valid.y1 || end <= leaf.valid.y0 {
        return end;
    }
    let origin = leaf.source.spec().data_window.y0 + leaf.map.dy;
    let up = origin + (end - origin + chunk - 1).div_euclid(chunk) * chunk;
    up.min(leaf.valid.y1)
}
