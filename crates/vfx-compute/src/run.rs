//! Running: a job writes images to a sink on all workers, under one budget.

use crate::commit::Committer;
use crate::graph::{ChannelPick, Kind};
use crate::leaf::Leaf;
use crate::lower::{Lowered, lower};
use crate::plan::{Explanation, Plan, PlanError, plan};
use crate::stored::{CachedSource, StoreSink};
use crate::worker::Worker;
use crate::{Image, TileStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vfx_core::{
    Access, Budget, Cancel, ImageSink, ImageSource, ImageSpec, IoError, Progress, Region,
    SampleFormat, Written,
};

/// What a run may use and whom it tells.
#[derive(Clone, Debug)]
pub struct Job {
    /// Memory, threads, scratch folder.
    pub budget: Budget,
    /// Stops it.
    pub cancel: Cancel,
    /// Output pixels done and expected.
    pub progress: Progress,
    /// The tile store; jobs may share one.
    pub store: Arc<TileStore>,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The file.
    pub written: Written,
    /// How each image was made.
    pub explanations: Vec<Explanation>,
}

/// Pause between two flushes of a file being written.
const FLUSH_EVERY: std::time::Duration = std::time::Duration::from_millis(8);

/// Bytes of an image from which on it is flushed while it is written.
const FLUSH_FROM: u64 = 64 << 20;

struct Prepared {
    lowered: Lowered,
    plan: Plan,
    /// Caches of sources read from top to bottom, to be told what is done.
    streaming: Vec<(usize, Arc<CachedSource>)>,
}

impl Job {
    /// A job under a budget, with a store of its own.
    pub fn new(budget: Budget) -> Self {
        let store = Arc::new(TileStore::new(&budget));
        Self {
            budget,
            cancel: Cancel::new(),
            progress: Progress::new(),
            store,
        }
    }

    /// How images would be written to a sink, without computing a pixel.
    ///
    /// # Errors
    /// [`IoError`] when the graph cannot be run within the budget.
    pub fn explain(
        &self,
        images: &[Image],
        sink: &dyn ImageSink,
    ) -> Result<Vec<Explanation>, IoError> {
        let mut all = Vec::new();
        for (i, image) in images.iter().enumerate() {
            let mut stages = Vec::new();
            let prepared = self.prepare(image, &sink.specs()[i], sink.layout(i), &mut |inner| {
                let sink = StoreSink::new(stored_spec(inner), self.store.clone());
                stages.extend(self.explain(std::slice::from_ref(inner), &sink)?);
                Ok(sink.image())
            })?;
            all.append(&mut stages);
            all.push(prepared.explanation());
        }
        Ok(all)
    }

    /// Computes images and writes them; one image for each of the sink's, in order, with the sink's channels by position.
    ///
    /// # Errors
    /// The first [`IoError`] of any source, encoder or the sink, [`IoError::Cancelled`], or a budget that is too small. No file is
    /// then left or changed.
    pub fn run(&self, images: &[Image], mut sink: Box<dyn ImageSink>) -> Result<Outcome, IoError> {
        let mut explanations = Vec::new();
        for image in images {
            self.progress.expect(image.spec().data_window.pixels());
        }
        for (i, image) in images.iter().enumerate() {
            self.image(image, &mut *sink, i, &mut explanations)?;
        }
        if self.cancel.is_cancelled() {
            return Err(IoError::Cancelled);
        }
        Ok(Outcome {
            written: sink.finish()?,
            explanations,
        })
    }

    /// Computes an image into the tile store.
    fn materialise(
        &self,
        image: &Image,
        explanations: &mut Vec<Explanation>,
    ) -> Result<Arc<dyn ImageSource>, IoError> {
        let mut sink = StoreSink::new(stored_spec(image), self.store.clone());
        self.progress.expect(image.spec().data_window.pixels());
        let source = sink.image();
        self.image(image, &mut sink, 0, explanations)?;
        Ok(source)
    }

    fn prepare(
        &self,
        image: &Image,
        spec: &ImageSpec,
        layout: vfx_core::ChunkLayout,
        materialise: &mut crate::lower::Materialise<'_>,
    ) -> Result<Prepared, IoError> {
        let mut lowered = lower(image, materialise)?;
        let (have, want) = (
            lowered.steps.last().map_or(0, |s| s.channels),
            spec.channels.len(),
        );
        if have != want {
            return Err(failed(PlanError::Channels {
                sink: want,
                image: have,
            }));
        }
        let copy = lowered.is_copy();
        let mut streaming = Vec::new();
        let mut cached = false;
        for (i, leaf) in lowered.leaves_mut().enumerate() {
            if transposes_badly(leaf, self.budget.memory) {
                // Every output strip would touch every chunk: store the samples as tiles first.
                let window = leaf.source.spec().data_window;
                let picks = leaf.used();
                let source = Image::from_source(leaf.source.clone());
                let channels = picks
                    .iter()
                    .map(|&c| leaf.source.spec().channels[c].clone())
                    .collect();
                let narrow = source.channels(
                    picks.iter().map(|&c| ChannelPick::Input(c)).collect(),
                    channels,
                );
                debug_assert_eq!(window, narrow.spec().data_window);
                leaf.source = materialise(&narrow)?;
                for p in &mut leaf.picks {
                    if let crate::leaf::LeafPick::Source(c) = p {
                        *c = picks
                            .iter()
                            .position(|k| k == c)
                            .expect("used channels are listed");
                    }
                }
                cached = true;
            } else if needs_cache(leaf, copy, layout.chunk.1) {
                let source = Arc::new(CachedSource::new(
                    leaf.source.clone(),
                    leaf.used(),
                    self.store.clone(),
                ));
                if leaf.map.is_shift() {
                    streaming.push((i, source.clone()));
                }
                leaf.source = source;
                cached = true;
            }
        }
        let plan = plan(&lowered, spec, layout, &self.budget, cached).map_err(failed)?;
        Ok(Prepared {
            lowered,
            plan,
            streaming,
        })
    }

    fn image(
        &self,
        image: &Image,
        sink: &mut dyn ImageSink,
        i: usize,
        explanations: &mut Vec<Explanation>,
    ) -> Result<(), IoError> {
        let (spec, layout) = (sink.specs()[i].clone(), sink.layout(i));
        let prepared = self.prepare(image, &spec, layout, &mut |inner| {
            self.materialise(inner, explanations)
        })?;
        explanations.push(prepared.explanation());
        let Prepared {
            lowered,
            plan,
            streaming,
        } = &prepared;
        let (window, g) = (plan.layout.window, &plan.geometry);
        if window.is_empty() {
            return Ok(());
        }
        let blocks = window.height().div_ceil(g.block_rows);
        let encoder = sink.encoder(i);
        let flusher = sink.flusher();
        let adopts = adopted(lowered, &spec, &*encoder);
        let ahead = g.threads * g.band_blocks + g.threads;
        let committer = Committer::new(sink, i, ahead, &self.cancel);
        let next_band = AtomicUsize::new(0);
        let per_row = plan.layout.columns();
        let rows_of = |b: usize| {
            let y = window.y0 + (b * g.block_rows) as i64;
            y..(y + g.block_rows as i64).min(window.y1)
        };
        let work = || -> Result<(), IoError> {
            let mut worker = Worker::new(lowered, plan, &spec, &self.cancel);
            loop {
                let band = next_band.fetch_add(1, Ordering::Relaxed);
                let first = band * g.band_blocks;
                if first >= blocks {
                    return Ok(());
                }
                for b in first..(first + g.band_blocks).min(blocks) {
                    committer.admit(b);
                    if self.cancel.is_cancelled() {
                        return Err(IoError::Cancelled);
                    }
                    if committer.failed() {
                        return Ok(());
                    }
                    let rows = rows_of(b);
                    worker.block(rows.clone(), b == first)?;
                    let chunk_rows = plan.layout.chunk.1.max(1);
                    let from = (rows.start - window.y0) as usize / chunk_rows;
                    let to = ((rows.end - window.y0) as usize).div_ceil(chunk_rows);
                    let mut chunks = Vec::with_capacity((to - from) * per_row);
                    for index in from * per_row..to * per_row {
                        let region = plan.layout.region(index);
                        worker.chunk(region)?;
                        let stored = match &adopts {
                            // Decoded above, so known to be sound; its compressed form is taken as it is.
                            Some(source) => source.stored_chunk(index)?,
                            None => None,
                        };
                        chunks.push(match stored {
                            Some(bytes) => encoder.adopt(index, &bytes)?,
                            None => encoder.encode(index, &worker.views(&region))?,
                        });
                    }
                    self.progress
                        .advance((rows.end - rows.start) as u64 * window.width() as u64);
                    committer.push(b, chunks);
                    if !streaming.is_empty() {
                        let done = rows_of(committer.next().min(blocks - 1)).start;
                        for (leaf, source) in streaming {
                            source.retire_above(first_source_row(lowered, *leaf, done));
                        }
                    }
                }
            }
        };
        let large = window.pixels() * spec.pixel_bytes() as u64 > FLUSH_FROM;
        std::thread::scope(|scope| {
            let (working, done) = std::sync::mpsc::channel::<()>();
            for _ in 1..g.threads {
                let working = working.clone();
                scope.spawn(|| {
                    work().unwrap_or_else(|e| committer.fail(e));
                    drop(working);
                });
            }
            if let Some(flush) = flusher.filter(|_| large) {
                // Ends when the last worker drops its sender.
                scope.spawn(move || {
                    while done.recv_timeout(FLUSH_EVERY)
                        == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                    {
                        flush();
                    }
                });
            }
            work().unwrap_or_else(|e| committer.fail(e));
            drop(working);
        });
        committer.finish()
    }
}

impl Prepared {
    fn explanation(&self) -> Explanation {
        Explanation {
            steps: self
                .lowered
                .steps
                .iter()
                .map(crate::lower::Step::name)
                .collect(),
            strategy: self.plan.strategy,
            copy: self.plan.copy,
            geometry: self.plan.geometry.clone(),
        }
    }
}

fn failed(e: PlanError) -> IoError {
    IoError::Os {
        action: "plan the job",
        source: std::io::Error::other(e),
    }
}

/// The source whose compressed chunks an encoder can take as they are: an image that is copied whole, channel for channel.
fn adopted(
    l: &Lowered,
    spec: &ImageSpec,
    encoder: &dyn vfx_core::ChunkEncoder,
) -> Option<Arc<dyn ImageSource>> {
    let leaf = l.leaves().next().filter(|_| l.is_copy())?;
    let from = leaf.source.spec();
    let same =
        leaf.map == crate::GridMap::default()
            && leaf.window == from.data_window
            && spec.data_window == from.data_window
            && leaf.picks.len() == from.channels.len()
            && leaf.picks.iter().zip(&spec.channels).all(
                |(p, c)| matches!(p, crate::leaf::LeafPick::Source(i) if from.channels[*i] == *c),
            );
    let form = encoder.stored_form()?;
    (same && leaf.source.stored_form()? == form).then(|| leaf.source.clone())
}

/// How an image is kept in the store: a source's samples as they are, computed ones as f32.
pub(crate) fn stored_spec(image: &Image) -> ImageSpec {
    let mut spec = image.spec().clone();
    let native = native_formats(image);
    for (i, c) in spec.channels.iter_mut().enumerate() {
        c.format = native.as_ref().map_or(SampleFormat::F32, |f| f[i]);
        c.sampling = (1, 1);
    }
    spec
}

/// The formats of a source's samples, if the image is no more than those on another grid.
fn native_formats(image: &Image) -> Option<Vec<SampleFormat>> {
    match &image.0.kind {
        Kind::Source(s) => Some(s.spec().channels.iter().map(|c| c.format).collect()),
        Kind::View(inner, _) | Kind::Barrier(inner) => native_formats(inner),
        Kind::Channels(inputs, picks) if inputs.len() == 1 => {
            let inner = native_formats(&inputs[0])?;
            let format = |p: &ChannelPick| match *p {
                ChannelPick::Input(c) | ChannelPick::Of(_, c) => inner[c],
                ChannelPick::Constant(_) => SampleFormat::F32,
            };
            Some(picks.iter().map(format).collect())
        }
        Kind::Channels(..) | Kind::Pointwise(..) | Kind::Op(..) => None,
    }
}

/// The first source row that output rows from `y` on will ask a leaf for.
fn first_source_row(l: &Lowered, leaf: usize, y: i64) -> i64 {
    let n = l.steps.len();
    let mut from = vec![i64::MAX; n];
    from[n - 1] = y;
    let mut seen = 0;
    let mut answer = i64::MIN;
    for k in (0..n).rev() {
        for &(j, input) in &l.consumers[k] {
            if let crate::lower::Work::Op(op) = &l.steps[j].work
                && from[j] != i64::MAX
            {
                let at = from[j]
                    .min(l.steps[j].window.y1 - 1)
                    .max(l.steps[j].window.y0);
                from[k] = from[k].min(op.rows(input, at..at + 1).start);
            }
        }
    }
    for (k, s) in l.steps.iter().enumerate() {
        if let crate::lower::Work::Leaf(leaf_step) = &s.work {
            if seen == leaf {
                answer = from[k].saturating_sub(leaf_step.map.dy);
            }
            seen += 1;
        }
    }
    answer
}

fn subsampled(leaf: &Leaf) -> bool {
    leaf.source
        .spec()
        .channels
        .iter()
        .any(|c| c.sampling != (1, 1))
}

/// A rotation over chunks so wide that each is wanted by every strip of the output.
fn transposes_badly(leaf: &Leaf, memory: usize) -> bool {
    let spec = leaf.source.spec();
    let bytes = spec
        .data_window
        .pixels()
        .saturating_mul(spec.pixel_bytes() as u64);
    let wide = match leaf.source.access() {
        Access::Random { chunk, .. } => chunk.0 > 1024,
        Access::TopDown { .. } => true,
        Access::Whole => false,
    };
    !subsampled(leaf) && leaf.map.transpose && wide && bytes > memory as u64 / 4
}

/// Whether chunks would be decoded more than once without the store.
fn needs_cache(leaf: &Leaf, copy: bool, sink_rows: usize) -> bool {
    if subsampled(leaf) {
        return false;
    }
    match leaf.source.access() {
        Access::TopDown { .. } => true,
        Access::Whole | Access::Random { partial: true, .. } => false,
        Access::Random {
            chunk,
            partial: false,
        } => {
            let source = leaf.source.spec().data_window;
            let aligned = |a: Region| (a.y0 - source.y0).rem_euclid(chunk.1.max(1) as i64) == 0;
            if !leaf.map.is_shift() {
                return true;
            }
            if copy {
                let block = sink_rows.max(32);
                let from = leaf.map.inverse().apply(&leaf.window);
                return !(aligned(from)
                    && (block % chunk.1 == 0 || chunk.1 % block == 0)
                    && chunk.1 <= 256);
            }
            chunk.1 > 16
        }
    }
}
