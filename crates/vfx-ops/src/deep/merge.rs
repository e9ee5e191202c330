//! Two deep images as one: the samples of both in every pixel, tidied; what lies behind an opaque sample is dropped.

use super::pixel::Pixel;
use super::roles::Roles;
use super::select::inside;
use super::tidy::tidy;
use std::sync::Arc;
use vfx_core::{ChannelSet, DeepPixels, DeepPlane, DeepSource, ImageSpec, IoError, Region};

/// The samples of two images. The data window holds those of both; channels are found by name, and one that an image lacks is 0 there.
pub struct Merge {
    images: [Arc<dyn DeepSource>; 2],
    spec: ImageSpec,
    roles: Roles,
    /// For each image, its channel of each of the spec's.
    maps: [Vec<Option<usize>>; 2],
}

impl Merge {
    /// Of two images; names, metadata and display window are the first one's.
    pub fn new(first: Arc<dyn DeepSource>, second: Arc<dyn DeepSource>) -> Self {
        let mut spec = first.spec().clone();
        spec.data_window = spec.data_window.union(&second.spec().data_window);
        for c in &second.spec().channels {
            if spec.channel_index(&c.name).is_none() {
                spec.channels.push(c.clone());
            }
        }
        let map = |s: &dyn DeepSource| {
            let find = |c: &vfx_core::Channel| s.spec().channel_index(&c.name);
            spec.channels.iter().map(find).collect()
        };
        let maps = [map(&*first), map(&*second)];
        Self {
            roles: Roles::new(&spec.channels),
            images: [first, second],
            maps,
            spec,
        }
    }
}

impl DeepSource for Merge {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn chunk(&self) -> (usize, usize) {
        self.images[0].chunk()
    }
    fn read(&self, region: Region, channels: &ChannelSet) -> Result<DeepPixels, IoError> {
        let read = |i: usize| {
            let all = ChannelSet::all(self.images[i].spec().channels.len());
            inside(&*self.images[i], region, &all)
        };
        let inputs = [read(0)?, read(1)?];
        let formats = channels.0.iter().map(|&c| self.spec.channels[c].format);
        let mut out = DeepPixels::start(region, formats.map(DeepPlane::empty).collect());
        let mut pixel = Pixel::new(self.spec.channels.len());
        for y in region.y0..region.y1 {
            for x in region.x0..region.x1 {
                pixel.load(&inputs[0], x, y, &self.maps[0], false);
                pixel.load(&inputs[1], x, y, &self.maps[1], true);
                tidy(&mut pixel, &self.roles)?;
                pixel.round(&self.spec.channels);
                let opaque = |s: &[f64]| self.roles.alpha_of_sample(s) >= 1.0;
                let wall = pixel.samples().position(opaque);
                if let Some(wall) = wall {
                    pixel.truncate(wall + 1);
                }
                pixel.store(&mut out, &channels.0);
            }
        }
        Ok(out)
    }
}
