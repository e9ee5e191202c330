//! `null`: procedural input of any size, and an output that discards.
//!
//! `null:WxH?channels=3&type=u8&pattern=black|noise|checker|gradient`. Every sample is a function of its position alone, so
//! any region can be read in any order and nothing is stored. Integer samples are code values; floats lie in 0 ..= 1.

use crate::output::WriteOptions;
use crate::registry::{Format, Holds};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    Access, ChannelSet, ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink,
    ImageSource, ImageSpec, IoError, PlanesMut, PlanesRef, Region, SampleFormat, SampleType,
    Written,
};

/// The registry's line.
pub const FORMAT: Format = Format {
    name: "null",
    description: "procedural input, discarding output",
    extensions: &["null"],
    holds: Holds {
        parts: true,
        tiles: true,
        windows: true,
        origin: true,
        channel_types: true,
        attributes: true,
        exif: true,
        xmp: true,
        iptc: true,
        icc: true,
        timecode: true,
    },
    compressions: &[],
    detect: |_| false,
    open: None,
    create: Some(discard),
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pattern {
    Black,
    Noise,
    Checker,
    Gradient,
}

/// A picture that is computed where it is read.
#[derive(Debug)]
pub struct Procedural {
    spec: ImageSpec,
    pattern: Pattern,
}

/// Reads a `null:` name.
///
/// # Errors
/// [`IoError::UnknownName`] saying which word was not understood.
pub fn parse(name: &str) -> Result<Procedural, IoError> {
    let err = |found: &str| IoError::UnknownName {
        kind: "null image",
        found: found.into(),
        expected: "null:WxH?channels=3&type=u8&pattern=black|noise|checker|gradient",
    };
    let body = name.strip_prefix("null:").ok_or_else(|| err(name))?;
    let (size, query) = body.split_once('?').unwrap_or((body, ""));
    let (w, h) = size.split_once('x').ok_or_else(|| err(size))?;
    let (w, h) = (
        w.parse().map_err(|_| err(w))?,
        h.parse().map_err(|_| err(h))?,
    );
    let (mut channels, mut format, mut pattern) = (3, SampleFormat::U8, Pattern::Black);
    for item in query.split('&').filter(|s| !s.is_empty()) {
        match item.split_once('=').ok_or_else(|| err(item))? {
            ("channels", n) => {
                channels = n
                    .parse()
                    .ok()
                    .filter(|n| *n <= 4096)
                    .ok_or_else(|| err(item))?
            }
            ("type", t) => format = t.parse()?,
            ("pattern", "black") => pattern = Pattern::Black,
            ("pattern", "noise") => pattern = Pattern::Noise,
            ("pattern", "checker") => pattern = Pattern::Checker,
            ("pattern", "gradient") => pattern = Pattern::Gradient,
            _ => return Err(err(item)),
        }
    }
    Ok(Procedural {
        spec: ImageSpec::new(w, h, ImageSpec::default_channels(channels, format)),
        pattern,
    })
}

/// A well mixed 32-bit hash of a row and a channel: the seed of that row's noise.
fn mix(mut h: u32) -> u32 {
    h = (h ^ (h >> 16)).wrapping_mul(0x7feb_352d);
    h = (h ^ (h >> 15)).wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}

impl Procedural {
    /// The sample at a pixel as a fraction of full scale, 32 bits.
    fn value(&self, seed: u32, x: i64, y: i64) -> u32 {
        match self.pattern {
            Pattern::Black => 0,
            Pattern::Noise => {
                let h = (x as u32).wrapping_mul(0x9e37_79b9) ^ seed;
                let h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
                h ^ (h >> 13)
            }
            Pattern::Checker => {
                if ((x >> 6) ^ (y >> 6)) & 1 == 0 {
                    0x4000_0000
                } else {
                    0xc000_0000
                }
            }
            Pattern::Gradient => {
                let w = self.spec.width().max(2) as u64 - 1;
                ((x.max(0) as u64).min(w) * u64::from(u32::MAX) / w) as u32
            }
        }
    }
}

impl ImageSource for Procedural {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::Random {
            chunk: (256, 64),
            partial: true,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        for (plane, &c) in out.iter_mut().zip(&channels.0) {
            let format = self.spec.channels[c].format;
            let down = 32 - u32::from(format.bits);
            for (row, y) in (region.y0..region.y1).enumerate() {
                let seed = mix((y as u32).wrapping_mul(64).wrapping_add(c as u32));
                let at = |i: usize| self.value(seed, region.x0 + i as i64, y);
                let unit = |v: u32| (v >> 8) as f32 / 16_777_215.0;
                match format.sample {
                    SampleType::U8 => plane
                        .row::<u8>(row)
                        .iter_mut()
                        .enumerate()
                        .for_each(|(i, o)| *o = (at(i) >> down) as u8),
                    SampleType::U16 => plane
                        .row::<u16>(row)
                        .iter_mut()
                        .enumerate()
                        .for_each(|(i, o)| *o = (at(i) >> down) as u16),
                    SampleType::U32 => plane
                        .row::<u32>(row)
                        .iter_mut()
                        .enumerate()
                        .for_each(|(i, o)| *o = at(i) >> down),
                    SampleType::F16 => plane
                        .row::<half::f16>(row)
                        .iter_mut()
                        .enumerate()
                        .for_each(|(i, o)| *o = half::f16::from_f32(unit(at(i)))),
                    SampleType::F32 => plane
                        .row::<f32>(row)
                        .iter_mut()
                        .enumerate()
                        .for_each(|(i, o)| *o = unit(at(i))),
                }
            }
        }
        Ok(())
    }
}

struct Discard(Vec<ImageSpec>);
struct Nothing;

fn discard(_: &Path, specs: &[ImageSpec], _: &WriteOptions) -> Result<Box<dyn ImageSink>, IoError> {
    Ok(Box::new(Discard(specs.to_vec())))
}

impl ImageSink for Discard {
    fn specs(&self) -> &[ImageSpec] {
        &self.0
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        let window = self.0[image].data_window;
        ChunkLayout {
            window,
            chunk: (window.width(), 64),
            order: ChunkOrder::Any,
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Nothing)
    }
    fn commit(&mut self, _: usize, _: EncodedChunk) -> Result<(), IoError> {
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        Ok(Written::default())
    }
}

impl ChunkEncoder for Nothing {
    fn encode(&self, index: usize, _: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vfx_core::Planes;

    #[test]
    fn null_regions_agree_with_the_whole() {
        for pattern in ["black", "noise", "checker", "gradient"] {
            let s = parse(&format!(
                "null:200x90?channels=2&type=u16&pattern={pattern}"
            ))
            .unwrap();
            let read = |r: Region| {
                let mut p = Planes::for_channels(r.width(), r.height(), &s.spec().channels);
                s.read(r, &ChannelSet::all(2), &mut p.views_mut()).unwrap();
                p
            };
            let (whole, part) = (
                read(s.spec().data_window),
                read(Region::new(37, 11, 140, 80)),
            );
            for y in 0..part.height() {
                assert_eq!(
                    part.plane(1).row_bytes(y),
                    whole.plane(1).window(37, 11, 103, 69).row_bytes(y)
                );
            }
        }
        assert!(parse("null:10").is_err() && parse("null:4x4?colour=1").is_err());
    }
}
