//! Float planes into Radiance rows: strips encoded in parallel, appended in order.
//!
//! Rows of 8 to 32767 pixels are new runs, others flat pixels, as every reader expects. Takes R G B (or X Y Z) as F32.

use super::{NAME, header, rgbe};
use crate::formats::interleaved::{colour_channels, restrict};
use crate::{Output, WriteOptions};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    SampleFormat, Written,
};

/// Unpacked bytes of a strip, about.
const STRIP_BYTES: usize = 256 << 10;

struct Sink {
    specs: Vec<ImageSpec>,
    output: Output,
    rows: usize,
    runs: bool,
}

struct Encoder {
    runs: bool,
}

/// Starts a file.
pub(super) fn create(
    path: &Path,
    specs: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let cannot = |what: String, remedy| IoError::CannotHold {
        format: NAME,
        what: what.into(),
        remedy,
    };
    let given = crate::output::single(NAME, specs)?;
    let runs = match options.compression_level()? {
        None | Some(("rle", _)) => true,
        Some(("none", _)) => false,
        Some((name, _)) => {
            return Err(IoError::UnknownName {
                kind: "Radiance compression",
                found: name.into(),
                expected: "rle or none",
            });
        }
    };
    let named = |n: &str| given.channel_index(n);
    let xyz = match ["X", "Y", "Z"].map(named) {
        [Some(x), Some(y), Some(z)] if named("R").is_none() => Some(vec![x, y, z]),
        _ => None,
    };
    let take = xyz.clone().unwrap_or_else(|| colour_channels(given, false));
    let mut spec = restrict(given, &take);
    spec.set_format(SampleFormat::F32);
    let (width, height) = (spec.width(), spec.height());
    if spec.channels.is_empty() || width == 0 || height == 0 {
        return Err(cannot(
            format!(
                "{width} x {height} pixels of {} channels",
                given.channels.len()
            ),
            "write at least one pixel of one channel",
        ));
    }
    let mut output = Output::create(path)?;
    output.append(header::text(&spec, xyz.is_some()).as_bytes())?;
    Ok(Box::new(Sink {
        rows: (STRIP_BYTES / (4 * width)).clamp(1, height),
        specs: vec![spec],
        output,
        runs: runs && rgbe::RUN_WIDTHS.contains(&width),
    }))
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, _: usize) -> ChunkLayout {
        let window = self.specs[0].data_window;
        ChunkLayout {
            window,
            chunk: (window.width(), self.rows),
            order: ChunkOrder::Increasing,
        }
    }
    fn encoder(&self, _: usize) -> Arc<dyn ChunkEncoder> {
        Arc::new(Encoder { runs: self.runs })
    }
    fn commit(&mut self, _: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        self.output.append(&chunk.bytes).map(drop)
    }
    fn finish(self: Box<Self>) -> Result<Written, IoError> {
        self.output.finish()
    }
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let (w, h) = (planes[0].width(), planes[0].height());
        // One channel is gray: the same three times.
        let plane = |c: usize| &planes[if planes.len() >= 3 { c } else { 0 }];
        let mut bytes = Vec::with_capacity(4 * w * h + 4 * h);
        let mut split = vec![0u8; 4 * w];
        for y in 0..h {
            let [r, g, b] = [0, 1, 2].map(|c| plane(c).row::<f32>(y));
            let pixels = r.iter().zip(g).zip(b);
            let pixels = pixels.map(|((&r, &g), &b)| rgbe::encode([r, g, b]));
            if !self.runs {
                bytes.extend(pixels.flatten());
                continue;
            }
            let (p0, rest) = split.split_at_mut(w);
            let (p1, rest) = rest.split_at_mut(w);
            let (p2, p3) = rest.split_at_mut(w);
            let places = p0.iter_mut().zip(p1).zip(p2).zip(p3);
            for (p, (((a, b), c), d)) in pixels.zip(places) {
                [*a, *b, *c, *d] = p;
            }
            bytes.extend_from_slice(&[2, 2, (w >> 8) as u8, w as u8]);
            for p in split.chunks_exact(w) {
                rgbe::push_runs(p, &mut bytes);
            }
        }
        Ok(EncodedChunk {
            index,
            bytes,
            extra: 0,
        })
    }
}
