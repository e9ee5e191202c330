//! One deep pixel in hand: its samples as rows of f64, which holds f32 and u32 exactly.

use super::roles::Roles;
use half::f16;
use vfx_core::{Channel, DeepPixels, DeepPlane, SampleType};

/// The samples of a pixel, one after the other, each with a value a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pixel {
    pub channels: usize,
    pub values: Vec<f64>,
}

impl Pixel {
    pub fn new(channels: usize) -> Self {
        Self {
            channels,
            values: Vec::new(),
        }
    }
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = &[f64]> + ExactSizeIterator {
        self.values.chunks_exact(self.channels.max(1))
    }
    pub fn len(&self) -> usize {
        self.values.len() / self.channels.max(1)
    }
    pub fn sample(&self, i: usize) -> &[f64] {
        &self.values[i * self.channels..(i + 1) * self.channels]
    }
    pub fn truncate(&mut self, samples: usize) {
        self.values.truncate(samples * self.channels);
    }
    /// Replaces the samples by those at (x, y) of `pixels`. `map[c]` is the plane of channel `c`, `None` for zeros; `append` keeps what is there.
    pub fn load(
        &mut self,
        pixels: &DeepPixels,
        x: i64,
        y: i64,
        map: &[Option<usize>],
        append: bool,
    ) {
        if !append {
            self.values.clear();
        }
        for s in pixels.samples(x, y) {
            for plane in map {
                self.values.push(match plane.map(|p| &pixels.planes[p]) {
                    Some(DeepPlane::F16(v)) => f16::from_bits(v[s]).to_f64(),
                    Some(DeepPlane::F32(v)) => v[s].into(),
                    Some(DeepPlane::U32(v)) => v[s].into(),
                    None => 0.0,
                });
            }
        }
    }
    /// Appends the samples as the next pixel of `out`; `picks[p]` is the channel of plane `p`.
    pub fn store(&self, out: &mut DeepPixels, picks: &[usize]) {
        for sample in self.samples() {
            for (plane, &c) in out.planes.iter_mut().zip(picks) {
                match plane {
                    DeepPlane::F16(v) => v.push(f16::from_f64(sample[c]).to_bits()),
                    DeepPlane::F32(v) => v.push(sample[c] as f32),
                    DeepPlane::U32(v) => v.push(sample[c] as u32),
                }
            }
        }
        let n = out.offsets.last().copied().unwrap_or(0) + self.len();
        out.offsets.push(n);
    }
    /// Rounds to what the channels' types hold: what is stored as opaque is opaque.
    pub fn round(&mut self, channels: &[Channel]) {
        for sample in self.values.chunks_exact_mut(self.channels.max(1)) {
            for (v, c) in sample.iter_mut().zip(channels) {
                *v = match c.format.sample {
                    SampleType::F16 => f16::from_f64(*v).to_f64(),
                    SampleType::F32 => f64::from(*v as f32),
                    _ => f64::from(*v as u32),
                };
            }
        }
    }
    /// Front and back of a sample; a back before the front is the front.
    pub fn extent(roles: &Roles, sample: &[f64]) -> (f64, f64) {
        let z = roles.z.map_or(0.0, |c| sample[c]);
        let back = roles.zback.map_or(z, |c| sample[c]);
        (z, if back > z { back } else { z })
    }
}
