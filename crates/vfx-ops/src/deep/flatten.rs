//! A deep image as an ordinary one: its samples composited front to back.
//!
//! Pixels that are not tidy are tidied first. Colours and alphas are `over`, each by its own alpha; depth is the running mean by alpha that OpenImageIO computes, and
//! 1e30 where there is no sample; an id is the front sample's. All channels come as f32, ids as u32.

use super::pixel::Pixel;
use super::roles::{Role, Roles};
use super::tidy::tidy;
use std::sync::Arc;
use vfx_core::{
    Access, ChannelSet, DeepSource, ImageSource, ImageSpec, IoError, PlanesMut, Region,
    SampleFormat,
};

/// Depth of a pixel without samples.
const NOWHERE: f64 = 1e30;

/// The flat view of a deep image.
pub struct Flatten {
    source: Arc<dyn DeepSource>,
    spec: ImageSpec,
    roles: Roles,
}

impl Flatten {
    /// Of a deep image. The spec is the deep one's with float channels.
    pub fn new(source: Arc<dyn DeepSource>) -> Self {
        let mut spec = source.spec().clone();
        let roles = Roles::new(&spec.channels);
        for (c, role) in spec.channels.iter_mut().zip(&roles.role) {
            c.format = if *role == Role::Id {
                SampleFormat::U32
            } else {
                SampleFormat::F32
            };
        }
        for name in ["openexr:deepImageState", "openexr:maxSamplesPerPixel"] {
            spec.attributes.remove(name);
        }
        Self {
            source,
            spec,
            roles,
        }
    }

    /// Composites tidy samples into one value a channel.
    fn composite(&self, pixel: &Pixel, out: &mut [f64]) {
        let roles = &self.roles;
        out.fill(0.0);
        if pixel.len() == 0 {
            for c in [roles.z, roles.zback].into_iter().flatten() {
                out[c] = NOWHERE;
            }
            return;
        }
        let mut so_far = out.to_vec();
        // Without any alpha the front sample is all there is.
        let blind = !roles.role.contains(&Role::Alpha);
        for (i, sample) in pixel.samples().enumerate() {
            let covered = if i == 0 {
                0.0
            } else if blind {
                1.0
            } else {
                roles.alpha_of_sample(&so_far)
            };
            if covered >= 1.0 {
                break;
            }
            for c in 0..out.len() {
                match roles.role[c] {
                    Role::Depth => out[c] = out[c] * covered + (1.0 - covered) * sample[c],
                    Role::Id if i == 0 => out[c] = sample[c],
                    Role::Id => {}
                    Role::Colour | Role::Alpha => {
                        let behind = if blind {
                            covered
                        } else {
                            roles.alpha_of(c, &so_far)
                        };
                        out[c] += (1.0 - behind) * sample[c];
                    }
                }
            }
            so_far.copy_from_slice(out);
        }
    }
}

impl ImageSource for Flatten {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::Random {
            chunk: self.source.chunk(),
            partial: false,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let count = self.spec.channels.len();
        let map: Vec<Option<usize>> = (0..count).map(Some).collect();
        let mut pixel = Pixel::new(count);
        let mut values = vec![0.0; count];
        // Bands bound what is held of the samples.
        let rows = self.source.chunk().1.max(1) as i64;
        let mut top = region.y0;
        while top < region.y1 {
            let bottom = (top + rows).min(region.y1);
            let band = Region::new(region.x0, top, region.x1, bottom);
            let samples = self.source.read(band, &ChannelSet::all(count))?;
            for y in top..bottom {
                for x in region.x0..region.x1 {
                    pixel.load(&samples, x, y, &map, false);
                    tidy(&mut pixel, &self.roles)?;
                    self.composite(&pixel, &mut values);
                    let (row, column) = ((y - region.y0) as usize, (x - region.x0) as usize);
                    for (plane, &c) in out.iter_mut().zip(&channels.0) {
                        if self.roles.role[c] == Role::Id {
                            plane.row::<u32>(row)[column] = values[c] as u32;
                        } else {
                            plane.row::<f32>(row)[column] = values[c] as f32;
                        }
                    }
                }
            }
            top = bottom;
        }
        Ok(())
    }
}
