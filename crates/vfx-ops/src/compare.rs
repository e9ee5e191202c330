//! Two images, sample by sample: mean, RMS and worst error, pixels over thresholds, a difference image.
//!
//! In: any two images; integers as fractions of full scale. They are laid over each other on the union of their data windows,
//! black where one has no pixels; channels pair by name where both have the same names, else by position. Errors are
//! idiff's (mean and RMS over all samples, peak SNR against the largest value, at least 1), with one departure: idiff lets a NaN
//! against a number pass, here it is a failed pixel. NaN equals NaN, an infinity equals itself. Cost: one pass over both.

use crate::stats::strips;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use vfx_compute::{Block, BlockMut, Border, ChannelPick, Image, Job, Op};
use vfx_core::{
    Channel, ChunkEncoder, ChunkLayout, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, Written,
};

/// When images differ. The defaults are idiff's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// A pixel fails when a channel is off by more.
    pub fail: f64,
    /// So many per cent of the pixels may fail.
    pub fail_percent: f64,
    /// No sample may be off by more.
    pub hard_fail: f64,
    /// A pixel is warned about when a channel is off by more.
    pub warn: f64,
    /// So many per cent of the pixels may be warned about.
    pub warn_percent: f64,
    /// A single sample off by more warns.
    pub hard_warn: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            fail: 1e-6,
            fail_percent: 0.0,
            hard_fail: f64::INFINITY,
            warn: 1e-6,
            warn_percent: 0.0,
            hard_warn: f64::INFINITY,
        }
    }
}

/// The worst sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// Column.
    pub x: i64,
    /// Row.
    pub y: i64,
    /// Channel name.
    pub channel: String,
    /// The first image's sample.
    pub a: f32,
    /// The second image's sample.
    pub b: f32,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Mean of the absolute errors of all samples.
    pub mean_error: f64,
    /// Root of the mean squared error.
    pub rms_error: f64,
    /// Peak signal to noise ratio in dB; infinite for equal images.
    pub psnr: f64,
    /// The largest absolute error.
    pub max_error: f64,
    /// Where it is; of several the first from the top. Absent for equal images.
    pub worst: Option<Worst>,
    /// Pixels over the fail threshold, those of `nan_mismatches` included.
    pub failures: u64,
    /// Pixels over the warn threshold.
    pub warnings: u64,
    /// Samples that are NaN in one image only.
    pub nan_mismatches: u64,
    /// Pixels compared.
    pub pixels: u64,
    /// Whether the data windows differ.
    pub windows_differ: bool,
    /// Channels of both.
    pub channels: (usize, usize),
}

impl Comparison {
    /// Whether the images differ by these thresholds; another number of channels always does.
    pub fn fails(&self, t: &Thresholds) -> bool {
        self.channels.0 != self.channels.1
            || self.failures as f64 > t.fail_percent / 100.0 * self.pixels as f64
            || self.max_error > t.hard_fail
    }
    /// Whether they are worth a warning.
    pub fn warns(&self, t: &Thresholds) -> bool {
        self.warnings as f64 > t.warn_percent / 100.0 * self.pixels as f64
            || self.max_error > t.hard_warn
    }
}

/// Pairs of channels: by name where both images have the same names, else by position.
fn pairs(a: &ImageSpec, b: &ImageSpec) -> Vec<(usize, usize)> {
    let by_name: Vec<_> = (0..a.channels.len())
        .filter_map(|i| Some((i, b.channel_index(&a.channels[i].name)?)))
        .collect();
    if by_name.len() == a.channels.len() {
        return by_name;
    }
    (0..a.channels.len().min(b.channels.len()))
        .map(|i| (i, i))
        .collect()
}

/// Compares two images.
///
/// # Errors
/// What reading or computing them gives, or cancellation.
pub fn compare(job: &Job, a: &Image, b: &Image, t: &Thresholds) -> Result<Comparison, IoError> {
    let (sa, sb) = (a.spec(), b.spec());
    let window = sa.data_window.union(&sb.data_window);
    let pairs = pairs(sa, sb);
    let names: Vec<String> = pairs
        .iter()
        .map(|p| sa.channels[p.0].name.clone())
        .collect();
    let mut sum = Strip::default();
    if !window.is_empty() && !pairs.is_empty() {
        let first = pairs.iter().map(|p| (0, p.0));
        let picks: Vec<_> = first.chain(pairs.iter().map(|p| (1, p.1))).collect();
        let channels = (0..picks.len())
            .map(|i| Channel::new(format!("{i}"), SampleFormat::F32))
            .collect();
        let picks = picks.iter().map(|p| ChannelPick::Of(p.0, p.1)).collect();
        let both = Image::gather(vec![a.window(window), b.window(window)], picks, channels);
        let state = Arc::new(Mutex::new((Strip::default(), BTreeMap::new())));
        let sink = Box::new(CompareSink {
            specs: vec![both.spec().clone()],
            thresholds: *t,
            state: state.clone(),
        });
        job.run(vec![(vec![both], sink)])?;
        sum = std::mem::take(&mut state.lock().expect("compare lock").0);
    }
    let samples = (window.pixels() * pairs.len() as u64).max(1) as f64;
    let rms_error = (sum.squares / samples).sqrt();
    Ok(Comparison {
        mean_error: sum.errors / samples,
        rms_error,
        psnr: 20.0 * (sum.peak.max(1.0) / rms_error).log10(),
        max_error: sum.max_error,
        worst: sum.worst.map(|w| Worst {
            x: w.x,
            y: w.y,
            channel: names[w.channel].clone(),
            a: w.a,
            b: w.b,
        }),
        failures: sum.failures,
        warnings: sum.warnings,
        nan_mismatches: sum.nan_mismatches,
        pixels: window.pixels(),
        windows_differ: sa.data_window != sb.data_window,
        channels: (sa.channels.len(), sb.channels.len()),
    })
}

/// The absolute difference over the union of both data windows. A NaN against a number is infinite.
pub fn difference(a: &Image, b: &Image) -> Image {
    let (sa, sb) = (a.spec(), b.spec());
    let window = sa.data_window.union(&sb.data_window);
    let pairs = pairs(sa, sb);
    let channels: Vec<_> = pairs.iter().map(|p| sa.channels[p.0].clone()).collect();
    let side = |image: &Image, picks: Vec<usize>| {
        let picks = picks.into_iter().map(ChannelPick::Input).collect();
        image.window(window).channels(picks, channels.clone())
    };
    let a = side(a, pairs.iter().map(|p| p.0).collect());
    let b = side(b, pairs.iter().map(|p| p.1).collect());
    let spec = a.spec().clone();
    Image::op(Arc::new(Difference), vec![a, b], spec)
}

/// How far two samples are apart; `None` when only one is NaN. NaN equals NaN, an infinity equals itself.
#[inline]
fn apart(a: f32, b: f32) -> Option<f32> {
    if a == b || (a.is_nan() && b.is_nan()) {
        return Some(0.0);
    }
    let d = (a - b).abs();
    (!d.is_nan()).then_some(d)
}

struct Difference;

impl Op for Difference {
    fn name(&self) -> String {
        "difference".into()
    }
    fn border(&self) -> Border {
        Border::Black
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let region = out.region;
        for c in 0..out.planes.len() {
            for y in region.y0..region.y1 {
                let (a, b) = (
                    inputs[0].row(c, region.x0, y),
                    inputs[1].row(c, region.x0, y),
                );
                for (o, (&a, &b)) in out.row(c, y).iter_mut().zip(a.iter().zip(b)) {
                    *o = apart(a, b).unwrap_or(f32::INFINITY);
                }
            }
        }
    }
}

/// The worst sample, with its channel by position.
#[derive(Clone)]
struct At {
    x: i64,
    y: i64,
    channel: usize,
    a: f32,
    b: f32,
}

/// What a strip adds.
#[derive(Default)]
struct Strip {
    errors: f64,
    squares: f64,
    peak: f64,
    max_error: f64,
    worst: Option<At>,
    failures: u64,
    warnings: u64,
    nan_mismatches: u64,
}

impl Strip {
    fn merge(&mut self, o: Self) {
        self.errors += o.errors;
        self.squares += o.squares;
        self.peak = self.peak.max(o.peak);
        // Strictly greater: of equal errors the first from the top stays.
        if o.max_error > self.max_error || self.worst.is_none() {
            self.worst = o.worst;
        }
        self.max_error = self.max_error.max(o.max_error);
        self.failures += o.failures;
        self.warnings += o.warnings;
        self.nan_mismatches += o.nan_mismatches;
    }
}

/// The total, and the strips that were compared and not yet added.
type State = Arc<Mutex<(Strip, BTreeMap<usize, Strip>)>>;

struct CompareSink {
    specs: Vec<ImageSpec>,
    thresholds: Thresholds,
    state: State,
}

struct CompareEncoder {
    layout: ChunkLayout,
    thresholds: Thresholds,
    state: State,
}

impl ImageSink for CompareSink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        strips(&self.specs[image])
    }
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(CompareEncoder {
            layout: self.layout(image),
            thresholds: self.thresholds,
            state: self.state.clone(),
        })
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let mut state = self.state.lock().expect("compare lock");
        if let Some(strip) = state.1.remove(&chunk.index) {
            state.0.merge(strip);
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        Ok(Written::default())
    }
}

impl ChunkEncoder for CompareEncoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let region = self.layout.region(index);
        let n = planes.len() / 2;
        let mut strip = Strip::default();
        // The largest error of each pixel of a row, over its channels.
        let mut pixel = vec![0f32; region.width()];
        for row in 0..region.height() {
            pixel.fill(0.0);
            for c in 0..n {
                let (a, b) = (planes[c].row::<f32>(row), planes[n + c].row::<f32>(row));
                for (x, ((&a, &b), pixel)) in a.iter().zip(b).zip(&mut pixel).enumerate() {
                    let high = f64::from(a.max(b));
                    if high > strip.peak && high.is_finite() {
                        strip.peak = high;
                    }
                    let at = || At {
                        x: region.x0 + x as i64,
                        y: region.y0 + row as i64,
                        channel: c,
                        a,
                        b,
                    };
                    let Some(d) = apart(a, b) else {
                        strip.nan_mismatches += 1;
                        *pixel = f32::INFINITY;
                        if strip.worst.is_none() {
                            strip.worst = Some(at());
                        }
                        continue;
                    };
                    let error = f64::from(d);
                    strip.errors += error;
                    strip.squares += error * error;
                    if error > strip.max_error {
                        strip.max_error = error;
                        strip.worst = Some(at());
                    }
                    *pixel = pixel.max(d);
                }
            }
            for &d in &pixel {
                strip.failures += u64::from(f64::from(d) > self.thresholds.fail);
                strip.warnings += u64::from(f64::from(d) > self.thresholds.warn);
            }
        }
        self.state
            .lock()
            .expect("compare lock")
            .1
            .insert(index, strip);
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn compare_knows_nan_and_infinity() {
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        assert_eq!(apart(nan, -nan), Some(0.0));
        assert_eq!(apart(inf, inf), Some(0.0));
        assert_eq!(apart(inf, -inf), Some(inf));
        assert_eq!(apart(inf, 1.0), Some(inf));
        assert_eq!(apart(nan, 1.0), None);
        assert_eq!(apart(1.0, nan), None);
        assert_eq!(apart(1.5, 1.0), Some(0.5));
    }
}
