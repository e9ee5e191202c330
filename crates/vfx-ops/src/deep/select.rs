//! A window and some channels of a deep image, perhaps under another spec. Samples are not touched.

use std::sync::Arc;
use vfx_core::{ChannelSet, DeepPixels, DeepPlane, DeepSource, ImageSpec, IoError, Region};

/// Part of a deep image.
pub struct Select {
    source: Arc<dyn DeepSource>,
    spec: ImageSpec,
    /// The source's channel of each of the spec's.
    picks: Vec<usize>,
}

impl Select {
    /// Another spec for channels of the source: names, metadata, windows. Pixels of the data window that the source lacks have no samples.
    ///
    /// # Panics
    /// When there is not one pick a channel, each a channel of the source.
    pub fn new(source: Arc<dyn DeepSource>, spec: ImageSpec, picks: Vec<usize>) -> Self {
        assert_eq!(picks.len(), spec.channels.len());
        let mut spec = spec;
        for (c, &pick) in spec.channels.iter_mut().zip(&picks) {
            c.format = source.spec().channels[pick].format;
        }
        Self {
            source,
            spec,
            picks,
        }
    }
}

impl DeepSource for Select {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn chunk(&self) -> (usize, usize) {
        self.source.chunk()
    }
    fn read(&self, region: Region, channels: &ChannelSet) -> Result<DeepPixels, IoError> {
        let picks = ChannelSet(channels.0.iter().map(|&c| self.picks[c]).collect());
        inside(&*self.source, region, &picks)
    }
}

/// Reads a region that may leave the source's data window: there are no samples beyond it.
pub(super) fn inside(
    source: &dyn DeepSource,
    region: Region,
    channels: &ChannelSet,
) -> Result<DeepPixels, IoError> {
    let there = region.intersect(&source.spec().data_window);
    if there == region {
        return source.read(region, channels);
    }
    let formats = channels.0.iter().map(|&c| source.spec().channels[c].format);
    let planes: Vec<DeepPlane> = formats.map(DeepPlane::empty).collect();
    let mut out = DeepPixels::start(region, planes);
    let read = if there.is_empty() {
        None
    } else {
        Some(source.read(there, channels)?)
    };
    let mut total = 0;
    for y in region.y0..region.y1 {
        for x in region.x0..region.x1 {
            if let Some(read) = &read {
                let range = read.samples(x, y);
                total += range.len();
                for (to, from) in out.planes.iter_mut().zip(&read.planes) {
                    to.extend_from(from, range.clone());
                }
            }
            out.offsets.push(total);
        }
    }
    Ok(out)
}
