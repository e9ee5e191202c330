//! A deep image behind a deep mask: samples behind the depth where another image is opaque are removed; those at that very depth stay, as with oiiotool.

use super::pixel::Pixel;
use super::roles::Roles;
use super::select::inside;
use super::tidy::{push_part, sort};
use std::sync::Arc;
use vfx_core::{ChannelSet, DeepPixels, DeepPlane, DeepSource, ImageSpec, IoError, Region};

/// What is left of an image behind a holdout.
pub struct Holdout {
    image: Arc<dyn DeepSource>,
    holdout: Arc<dyn DeepSource>,
    roles: Roles,
    holdout_roles: Roles,
}

impl Holdout {
    /// An image and what hides parts of it. Pixels where the holdout is nowhere opaque stay.
    pub fn new(image: Arc<dyn DeepSource>, holdout: Arc<dyn DeepSource>) -> Self {
        Self {
            roles: Roles::new(&image.spec().channels),
            holdout_roles: Roles::new(&holdout.spec().channels),
            image,
            holdout,
        }
    }
}

impl DeepSource for Holdout {
    fn spec(&self) -> &ImageSpec {
        self.image.spec()
    }
    fn chunk(&self) -> (usize, usize) {
        self.image.chunk()
    }
    fn read(&self, region: Region, channels: &ChannelSet) -> Result<DeepPixels, IoError> {
        let count = self.image.spec().channels.len();
        let all = ChannelSet::all(count);
        let image = self.image.read(region, &all)?;
        let holders = self.holdout.spec().channels.len();
        let holdout = inside(&*self.holdout, region, &ChannelSet::all(holders))?;
        let formats = channels.0.iter().map(|&c| self.spec().channels[c].format);
        let mut out = DeepPixels::start(region, formats.map(DeepPlane::empty).collect());
        let (own, mask): (Vec<_>, Vec<_>) = (
            (0..count).map(Some).collect(),
            (0..holders).map(Some).collect(),
        );
        let (mut pixel, mut hider) = (Pixel::new(count), Pixel::new(holders));
        for y in region.y0..region.y1 {
            for x in region.x0..region.x1 {
                pixel.load(&image, x, y, &own, false);
                hider.load(&holdout, x, y, &mask, false);
                sort(&mut hider, &self.holdout_roles);
                let opaque = hider
                    .samples()
                    .find(|s| self.holdout_roles.alpha_of_sample(s) >= 1.0)
                    .map(|s| Pixel::extent(&self.holdout_roles, s).0);
                if let Some(wall) = opaque {
                    pixel = before(&pixel, &self.roles, wall);
                }
                pixel.store(&mut out, &channels.0);
            }
        }
        Ok(out)
    }
}

/// The samples in front of a depth, or at it; of a volume that reaches through it the front part.
fn before(pixel: &Pixel, roles: &Roles, wall: f64) -> Pixel {
    let mut out = Pixel::new(pixel.channels);
    for s in pixel.samples() {
        let (z, back) = Pixel::extent(roles, s);
        if z < wall && back > wall {
            push_part(&mut out, s, roles, (z, wall), back - z);
        } else if z <= wall {
            // NaN depths are nowhere in front.
            out.values.extend_from_slice(s);
        }
    }
    out
}
