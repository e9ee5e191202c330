//! Statistics of an image: extremes, mean, deviation, counts of NaN and infinity, histograms.
//!
//! In: any image; samples are taken as f32, integers as fractions of full scale. Out: one [`ChannelStats`] a channel. NaN and
//! infinities are counted and join nothing else, as in `oiiotool --stats`. The image is cut into strips by its size alone
//! and strips are added from top to bottom, so that neither threads nor budget show in the result. Cost: one pass, one strip a
//! worker; nothing of the image is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use vfx_compute::{Image, Job};
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, Written,
};
use vfx_kernel::reduce::{self, Stats};

/// Pixels of one strip, at most (one row is the least).
const STRIP_PIXELS: usize = 1 << 18;

/// Statistics of one channel. Values are fractions of full scale for integer samples.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelStats {
    /// The channel.
    pub name: String,
    /// Its samples' format in the image.
    pub format: SampleFormat,
    /// Lowest finite sample; NaN without one.
    pub min: f64,
    /// Highest finite sample; NaN without one.
    pub max: f64,
    /// Mean of the finite samples; NaN without one.
    pub mean: f64,
    /// Population standard deviation of the finite samples; NaN without one.
    pub stddev: f64,
    /// Samples that are neither NaN nor infinite.
    pub finite: u64,
    /// NaNs.
    pub nan: u64,
    /// Infinities of either sign.
    pub inf: u64,
    /// Samples in equal steps of the range asked for; those beyond it fall into the first and the last bin. Empty unless
    /// asked for.
    pub histogram: Vec<u64>,
}

impl ChannelStats {
    /// Whether every sample is the same finite value.
    pub fn is_constant(&self) -> bool {
        self.min == self.max && self.nan + self.inf == 0
    }
}

/// Statistics of an image.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ImageStats {
    /// One a channel, in the image's order.
    pub channels: Vec<ChannelStats>,
}

/// A histogram's shape: so many bins over `low ..= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    /// How many.
    pub count: usize,
    /// Where the first begins.
    pub low: f32,
    /// Where the last ends.
    pub high: f32,
}

/// Measures an image.
///
/// # Errors
/// What reading or computing it gives, or cancellation.
pub fn measure(job: &Job, image: &Image) -> Result<ImageStats, IoError> {
    measure_with(job, image, None)
}

/// Measures an image, with a histogram a channel.
///
/// # Errors
/// As [`measure`].
pub fn measure_with(job: &Job, image: &Image, bins: Option<Bins>) -> Result<ImageStats, IoError> {
    let mut spec = image.spec().clone();
    spec.set_format(SampleFormat::F32);
    for c in &mut spec.channels {
        c.sampling = (1, 1);
    }
    let empty = Strip::new(spec.channels.len(), bins);
    let state = Arc::new(Mutex::new((empty, BTreeMap::new())));
    if !spec.data_window.is_empty() && !spec.channels.is_empty() {
        let sink = Box::new(StatsSink {
            specs: vec![spec],
            bins,
            state: state.clone(),
        });
        job.run(vec![(vec![image.clone()], sink)])?;
    }
    let total = &state.lock().expect("stats lock").0;
    let channels = image.spec().channels.iter().zip(&total.0);
    Ok(ImageStats {
        channels: channels
            .map(|(c, (s, histogram))| {
                let known = |v: f32| {
                    if s.finite() > 0 {
                        f64::from(v)
                    } else {
                        f64::NAN
                    }
                };
                ChannelStats {
                    name: c.name.clone(),
                    format: c.format,
                    min: known(s.finite_min),
                    max: known(s.finite_max),
                    mean: s.mean(),
                    stddev: s.deviation(),
                    finite: s.finite(),
                    nan: s.nan,
                    inf: s.pos_inf + s.neg_inf,
                    histogram: histogram.clone(),
                }
            })
            .collect(),
    })
}

/// What a strip adds: statistics and bins of every channel.
struct Strip(Vec<(Stats, Vec<u64>)>);

impl Strip {
    fn new(channels: usize, bins: Option<Bins>) -> Self {
        Self(vec![
            (Stats::default(), vec![0; bins.map_or(0, |b| b.count)]);
            channels
        ])
    }
    fn merge(&mut self, other: &Self) {
        for ((s, h), (os, oh)) in self.0.iter_mut().zip(&other.0) {
            s.merge(os);
            h.iter_mut().zip(oh).for_each(|(a, b)| *a += b);
        }
    }
}

/// The total, and the strips that were measured and not yet added.
type State = Arc<Mutex<(Strip, BTreeMap<usize, Strip>)>>;

struct StatsSink {
    specs: Vec<ImageSpec>,
    bins: Option<Bins>,
    state: State,
}

struct StatsEncoder {
    bins: Option<Bins>,
    state: State,
}

/// Strips of full width, by the size of the image alone.
pub(crate) fn strips(spec: &ImageSpec) -> ChunkLayout {
    let window = spec.data_window;
    let rows = (STRIP_PIXELS / window.width().max(1)).clamp(1, 64);
    ChunkLayout {
        window,
        chunk: (window.width(), rows),
        order: ChunkOrder::Increasing,
    }
}

impl ImageSink for StatsSink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        strips(&self.specs[image])
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(StatsEncoder {
            bins: self.bins,
            state: self.state.clone(),
        })
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let mut state = self.state.lock().expect("stats lock");
        if let Some(strip) = state.1.remove(&chunk.index) {
            state.0.merge(&strip);
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        Ok(Written::default())
    }
}

impl ChunkEncoder for StatsEncoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let mut strip = Strip::new(planes.len(), self.bins);
        for (plane, (stats, histogram)) in planes.iter().zip(&mut strip.0) {
            for y in 0..plane.height() {
                let row = plane.row::<f32>(y);
                reduce::stats(row, stats);
                if let Some(b) = self.bins {
                    count(row, b, histogram);
                }
            }
        }
        self.state
            .lock()
            .expect("stats lock")
            .1
            .insert(index, strip);
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

/// Adds a row to a histogram; NaN and infinities stay out.
fn count(row: &[f32], bins: Bins, histogram: &mut [u64]) {
    let scale = bins.count as f32 / (bins.high - bins.low);
    for v in row.iter().filter(|v| v.is_finite()) {
        // `as` saturates: what lies below the range is bin 0.
        let i = ((v - bins.low) * scale) as usize;
        histogram[i.min(bins.count - 1)] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vfx_core::{Budget, PlanesMut, Region};

    struct Ramp(ImageSpec);
    impl vfx_core::ImageSource for Ramp {
        fn spec(&self) -> &ImageSpec {
            &self.0
        }
        fn access(&self) -> vfx_core::Access {
            vfx_core::Access::Random {
                chunk: (16, 16),
                partial: true,
            }
        }
        fn read(
            &self,
            r: Region,
            _: &vfx_core::ChannelSet,
            out: &mut PlanesMut<'_>,
        ) -> Result<(), IoError> {
            for (y, row) in (r.y0..r.y1).zip(0..) {
                for (x, o) in (r.x0..r.x1).zip(out[0].row::<f32>(row)) {
                    *o = match (x, y) {
                        (0, 0) => f32::NAN,
                        (1, 0) => f32::INFINITY,
                        _ => x as f32 + y as f32 * 0.1,
                    };
                }
            }
            Ok(())
        }
    }

    #[test]
    fn stats_do_not_depend_on_threads() {
        let spec = ImageSpec::new(4101, 200, ImageSpec::default_channels(1, SampleFormat::F32));
        let image = Image::from_source(Arc::new(Ramp(spec)));
        let bins = Bins {
            count: 4,
            low: 0.0,
            high: 4100.0,
        };
        let run = |threads| {
            let budget = Budget {
                threads,
                ..Budget::default()
            };
            measure_with(&Job::new(budget), &image, Some(bins)).unwrap()
        };
        let (one, three) = (run(1), run(3));
        assert_eq!(one, three);
        let c = &one.channels[0];
        assert_eq!((c.nan, c.inf, c.finite), (1, 1, 4101 * 200 - 2));
        assert_eq!(c.histogram.iter().sum::<u64>(), c.finite);
        assert!((c.mean - (2050.0 + 9.95)).abs() < 0.01, "{}", c.mean);
        assert!(!c.is_constant());
    }
}
