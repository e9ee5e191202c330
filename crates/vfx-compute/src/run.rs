//! Running: a job writes images to a sink on all workers, under one budget.

use crate::commit::Committer;
use crate::graph::{ChannelPick, Kind};
use crate::leaf::Leaf;
use crate::lower::{Lowered, lower, nodes};
use crate::plan::{Explanation, Plan, PlanError, plan};
use crate::schedule::{Schedule, Target};
use crate::stored::{CachedSource, StoreSink};
use crate::worker::Worker;
use crate::{Image, TileStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vfx_core::{
    Access, Budget, Cancel, ChunkEncoder, ChunkLayout, ImageSink, ImageSource, ImageSpec, IoError,
    Progress, Region, SampleFormat, Written,
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
    /// The files, in the order of the sinks.
    pub written: Vec<Written>,
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

    /// How images would be written to sinks, without computing a pixel.
    ///
    /// # Errors
    /// [`IoError`] when the graph cannot be run within the budget.
    pub fn explain(
        &self,
        outputs: &[(&[Image], &dyn ImageSink)],
    ) -> Result<Vec<Explanation>, IoError> {
        let mut all = Vec::new();
        for pass in passes(&outputs.iter().map(|o| o.0).collect::<Vec<_>>()) {
            let mut stages = Vec::new();
            let wanted = pass.iter().map(|&(o, i)| {
                let (images, sink) = &outputs[o];
                (&images[i], sink.specs()[i].clone(), sink.layout(i))
            });
            let prepared = self.prepare(&wanted.collect::<Vec<_>>(), &mut |inner| {
                let sink = StoreSink::new(stored_spec(inner), self.store.clone());
                stages.extend(self.explain(&[(std::slice::from_ref(inner), &sink)])?);
                Ok(sink.image())
            })?;
            all.append(&mut stages);
            all.push(prepared.explanation());
        }
        Ok(all)
    }

    /// Computes images and writes them: to each sink one image for each of its own, in order, with the sink's channels by
    /// position. What outputs share is read and computed once, in one pass.
    ///
    /// # Errors
    /// The first [`IoError`] of any source, encoder or sink, [`IoError::Cancelled`], or a budget that is too small. No file that is
    /// not complete by then is left or changed.
    pub fn run(
        &self,
        mut outputs: Vec<(Vec<Image>, Box<dyn ImageSink>)>,
    ) -> Result<Outcome, IoError> {
        let mut explanations = Vec::new();
        for image in outputs.iter().flat_map(|o| &o.0) {
            self.progress.expect(image.spec().data_window.pixels());
        }
        let images: Vec<Vec<Image>> = outputs.iter().map(|o| o.0.clone()).collect();
        for pass in passes(&images.iter().map(Vec::as_slice).collect::<Vec<_>>()) {
            let mut taken: Vec<Option<&mut dyn ImageSink>> = outputs
                .iter_mut()
                .map(|o| Some(&mut *o.1 as &mut dyn ImageSink))
                .collect();
            let wanted = pass
                .iter()
                .map(|&(o, i)| {
                    let sink = taken[o].take().expect("one image a sink in a pass");
                    (&images[o][i], sink, i)
                })
                .collect();
            self.pass(wanted, &mut explanations)?;
        }
        if self.cancel.is_cancelled() {
            return Err(IoError::Cancelled);
        }
        Ok(Outcome {
            written: outputs
                .into_iter()
                .map(|o| o.1.finish())
                .collect::<Result<_, _>>()?,
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
        self.pass(vec![(image, &mut sink, 0)], explanations)?;
        Ok(source)
    }

    fn prepare(
        &self,
        wanted: &[(&Image, ImageSpec, ChunkLayout)],
        materialise: &mut crate::lower::Materialise<'_>,
    ) -> Result<Prepared, IoError> {
        let images: Vec<&Image> = wanted.iter().map(|w| w.0).collect();
        let mut lowered = lower(&images, materialise)?;
        let targets: Vec<Target> = wanted
            .iter()
            .zip(&lowered.outputs)
            .map(|((_, spec, layout), &step)| Target {
                step,
                spec: spec.clone(),
                layout: *layout,
            })
            .collect();
        for t in &targets {
            let (have, want) = (lowered.steps[t.step].channels, t.spec.channels.len());
            if have != want {
                return Err(failed(PlanError::Channels {
                    sink: want,
                    image: have,
                }));
            }
        }
        let copy = lowered.is_copy();
        let sink_rows = targets[0].layout.chunk.1;
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
            } else if needs_cache(leaf, copy, sink_rows) {
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
        let plan = plan(&lowered, targets, &self.budget, cached).map_err(failed)?;
        Ok(Prepared {
            lowered,
            plan,
            streaming,
        })
    }

    /// Makes images that share what they are made of, each for a sink of its own and image `i` of it.
    fn pass(
        &self,
        wanted: Vec<(&Image, &mut dyn ImageSink, usize)>,
        explanations: &mut Vec<Explanation>,
    ) -> Result<(), IoError> {
        let wants: Vec<_> = wanted
            .iter()
            .map(|(image, sink, i)| (*image, sink.specs()[*i].clone(), sink.layout(*i)))
            .collect();
        let prepared = self.prepare(&wants, &mut |inner| self.materialise(inner, explanations))?;
        explanations.push(prepared.explanation());
        let Prepared {
            lowered,
            plan,
            streaming,
        } = &prepared;
        let (lead, g) = (&plan.targets[plan.lead], &plan.geometry);
        let window = lead.layout.window;
        if window.is_empty() {
            return Ok(());
        }
        let schedule = Schedule::new(lowered);
        let blocks = window.height().div_ceil(g.block_rows);
        let block_chunks = g.block_rows / lead.layout.chunk.1.max(1);
        let ahead = (g.threads * g.band_blocks + g.threads) * block_chunks.max(1);
        let mut outs = Vec::new();
        let mut flushers = Vec::new();
        for ((_, sink, i), target) in wanted.into_iter().zip(&plan.targets) {
            let encoder = sink.encoder(i);
            let bytes = target.layout.window.pixels() * target.spec.pixel_bytes() as u64;
            flushers.extend(sink.flusher().filter(|_| bytes > FLUSH_FROM));
            outs.push(Out {
                target,
                adopts: adopted(&lowered.steps[target.step], &target.spec, &*encoder),
                encoder,
                committer: Committer::new(sink, i, ahead, &self.cancel),
            });
        }
        let led = &outs[plan.lead].committer;
        let fail = |e| led.fail(e);
        let next_band = AtomicUsize::new(0);
        let row_of = |b: usize| (window.y0 + (b * g.block_rows) as i64).min(window.y1);
        let work = || -> Result<(), IoError> {
            let mut worker = Worker::new(lowered, plan, &schedule, &self.cancel);
            loop {
                let band = next_band.fetch_add(1, Ordering::Relaxed);
                let first = band * g.band_blocks;
                if first >= blocks {
                    return Ok(());
                }
                let end = (first + g.band_blocks).min(blocks);
                let ends = outs.iter().enumerate().map(|(j, o)| {
                    let at = |b: usize| match j == plan.lead {
                        true => row_of(b),
                        false => schedule.band_end(o.target, j, row_of(b)),
                    };
                    at(first)..at(end)
                });
                worker.begin(ends.collect());
                for b in first..end {
                    led.admit(lead.whole_rows(row_of(b)));
                    if self.cancel.is_cancelled() {
                        return Err(IoError::Cancelled);
                    }
                    if outs.iter().any(|o| o.committer.failed()) {
                        return Ok(());
                    }
                    worker.block(row_of(b + 1), b == first, b + 1 == end)?;
                    for (j, out) in outs.iter().enumerate() {
                        let done = out.hand_over(&mut worker, j)?;
                        self.progress.advance(done);
                    }
                    if !streaming.is_empty() {
                        let done: Vec<i64> = outs
                            .iter()
                            .map(|o| o.target.row_of(o.committer.next()))
                            .collect();
                        for (leaf, source) in streaming {
                            source.retire_above(first_source_row(lowered, *leaf, &done));
                        }
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            let (working, done) = std::sync::mpsc::channel::<()>();
            for _ in 1..g.threads {
                let working = working.clone();
                scope.spawn(|| {
                    work().unwrap_or_else(fail);
                    drop(working);
                });
            }
            if !flushers.is_empty() {
                // Ends when the last worker drops its sender.
                scope.spawn(move || {
                    while done.recv_timeout(FLUSH_EVERY)
                        == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
                    {
                        flushers.iter().for_each(|flush| flush());
                    }
                });
            }
            work().unwrap_or_else(fail);
            drop(working);
        });
        outs.into_iter().try_for_each(|o| o.committer.finish())
    }
}

/// One output of a pass.
struct Out<'a> {
    target: &'a Target,
    encoder: Arc<dyn ChunkEncoder>,
    /// The source whose compressed chunks are taken as they are.
    adopts: Option<Arc<dyn ImageSource>>,
    committer: Committer<'a>,
}

impl Out<'_> {
    /// Encodes the rows of chunks that a worker has completed of output `j`, and hands them over. Returns how many pixels.
    fn hand_over(&self, worker: &mut Worker<'_>, j: usize) -> Result<u64, IoError> {
        let rows = worker.made(j).ready();
        let layout = &self.target.layout;
        let per_row = layout.columns();
        let mut chunks = Vec::with_capacity(rows.len() * per_row);
        for index in rows.start * per_row..rows.end * per_row {
            let region = layout.region(index);
            worker.chunk(region)?;
            let stored = match &self.adopts {
                // Decoded above, so known to be sound; its compressed form is taken as it is.
                Some(source) => source.stored_chunk(index)?,
                None => None,
            };
            chunks.push(match stored {
                Some(bytes) => self.encoder.adopt(index, &bytes)?,
                None => self.encoder.encode(index, &worker.made(j).views(&region))?,
            });
        }
        worker.made(j).release(rows.end);
        let pixels = (self.target.row_of(rows.end) - self.target.row_of(rows.start)) as u64
            * layout.window.width() as u64;
        self.committer.push(rows, chunks);
        Ok(pixels)
    }
}

/// Which images are made together: of each sink one, in order, those with something in common in one pass.
fn passes(outputs: &[&[Image]]) -> Vec<Vec<(usize, usize)>> {
    let mut all = Vec::new();
    let most = outputs.iter().map(|o| o.len()).max().unwrap_or(0);
    for i in 0..most {
        let mut left: Vec<usize> = (0..outputs.len())
            .filter(|&o| outputs[o].get(i).is_some())
            .collect();
        while !left.is_empty() {
            let first = left[0];
            let alone = outputs[first][i].spec().data_window.is_empty();
            let mut known = nodes(&outputs[first][i]);
            let (with, without) = left.into_iter().partition(|&o| {
                if o == first {
                    return true;
                }
                let image = &outputs[o][i];
                let own = nodes(image);
                let joins =
                    !alone && !image.spec().data_window.is_empty() && !own.is_disjoint(&known);
                if joins {
                    known.extend(own);
                }
                joins
            });
            all.push(Vec::from_iter(
                Vec::from(with).into_iter().map(|o: usize| (o, i)),
            ));
            left = without;
        }
    }
    all
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
            outputs: self.lowered.outputs.clone(),
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
    step: &crate::lower::Step,
    spec: &ImageSpec,
    encoder: &dyn ChunkEncoder,
) -> Option<Arc<dyn ImageSource>> {
    let leaf = step.as_copy()?;
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

/// The first source row that the outputs' rows from `done` on will ask a leaf for.
fn first_source_row(l: &Lowered, leaf: usize, done: &[i64]) -> i64 {
    let n = l.steps.len();
    let mut from = vec![i64::MAX; n];
    for (&k, &y) in l.outputs.iter().zip(done) {
        if y < l.steps[k].window.y1 {
            from[k] = from[k].min(y);
        }
    }
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
                let end = leaf_step.source.spec().data_window.y1;
                answer = from[k].saturating_sub(leaf_step.map.dy).min(end);
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
