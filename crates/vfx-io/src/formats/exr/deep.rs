//! Deep parts as sources, and files of deep parts.
//!
//! The file's types stay: half, float and uint. Compression is what the options say, else what the image had, else ZIPS; what the standard does not allow for
//! deep data becomes ZIPS.

use super::read::{access, box2i, report};
use super::{NAME, channels, error, write};
use crate::{Input, OpenOptions, Output, WriteOptions};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek};
use std::path::Path;
use std::sync::{Arc, Mutex};
use vfx_core::{
    Access, ChannelSet, ChunkLayout, ChunkOrder, DeepPixels, DeepPlane, DeepSink, DeepSource,
    EncodedChunk, ImageSpec, IoError, Region, SampleType, Written,
};
use vfx_exr::{ChunkIndex, Compression, DeepSamples, Encoder, PartType, Reader, Writer};

/// Rows that are read or written together when chunks have one.
const LINES: usize = 16;

/// A deep part of a file.
pub(super) struct Source {
    spec: ImageSpec,
    reader: Arc<Reader>,
    part: usize,
    order: Vec<usize>,
    input: Input,
    options: OpenOptions,
}

impl Source {
    /// `order` has the file's channel of each of the spec's.
    pub(super) fn new(
        spec: ImageSpec,
        reader: Arc<Reader>,
        part: usize,
        order: Vec<usize>,
        (input, options): (Input, OpenOptions),
    ) -> Self {
        Self {
            spec,
            reader,
            part,
            order,
            input,
            options,
        }
    }
}

impl DeepSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn chunk(&self) -> (usize, usize) {
        let header = &self.reader.headers()[self.part];
        match access(header, &self.reader.levels(self.part)[0]) {
            Access::Random { chunk, .. } => chunk,
            _ => (self.spec.width(), LINES),
        }
    }
    fn read(&self, region: Region, wanted: &ChannelSet) -> Result<DeepPixels, IoError> {
        let list: Vec<usize> = wanted.0.iter().map(|&c| self.order[c]).collect();
        let formats = wanted.0.iter().map(|&c| self.spec.channels[c].format);
        let Some(window) = box2i(&region) else {
            return Ok(DeepPixels::start(
                region,
                formats.map(DeepPlane::empty).collect(),
            ));
        };
        let (part, level) = (self.part, (0, 0));
        let samples = if self.options.strict {
            self.reader
                .read_deep(part, level, window, &list)
                .map_err(error)?
        } else {
            let (samples, damage) = self
                .reader
                .read_deep_lenient(part, level, window, &list)
                .map_err(error)?;
            for d in damage {
                report(&self.reader, d, region, &self.input, &self.options)?;
            }
            samples
        };
        let planes = samples
            .planes
            .iter()
            .zip(formats)
            .map(|(bytes, format)| plane(bytes, format.sample))
            .collect();
        Ok(DeepPixels {
            region,
            offsets: samples.offsets.iter().map(|&o| o as usize).collect(),
            planes,
        })
    }
}

fn plane(bytes: &[u8], sample: SampleType) -> DeepPlane {
    let words = bytes.chunks_exact(4);
    let word = |b: &[u8]| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]);
    match sample {
        SampleType::F16 => DeepPlane::F16(
            bytes
                .chunks_exact(2)
                .map(|b| u16::from_ne_bytes([b[0], b[1]]))
                .collect(),
        ),
        SampleType::F32 => DeepPlane::F32(words.map(|b| f32::from_bits(word(b))).collect()),
        _ => DeepPlane::U32(words.map(word).collect()),
    }
}

fn bytes(plane: &DeepPlane, range: std::ops::Range<usize>) -> Vec<u8> {
    match plane {
        DeepPlane::F16(v) => v[range].iter().flat_map(|v| v.to_ne_bytes()).collect(),
        DeepPlane::F32(v) => v[range].iter().flat_map(|v| v.to_ne_bytes()).collect(),
        DeepPlane::U32(v) => v[range].iter().flat_map(|v| v.to_ne_bytes()).collect(),
    }
}

struct Sink {
    output: Output,
    writer: Writer<BufWriter<Arc<File>>>,
    specs: Vec<ImageSpec>,
    layouts: Vec<ChunkLayout>,
    encoders: Vec<PartEncoder>,
}

struct PartEncoder {
    encoder: Arc<Encoder>,
    /// EXR chunks in one chunk of the layout.
    group: usize,
    /// The spec's channel of each of the file's.
    order: Vec<usize>,
    ready: Mutex<BTreeMap<usize, Vec<vfx_exr::EncodedChunk>>>,
}

/// Starts a file of deep parts.
pub(crate) fn create(
    path: &Path,
    given: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn DeepSink>, IoError> {
    let mut specs = given.to_vec();
    let mut headers = Vec::with_capacity(specs.len());
    for spec in &mut specs {
        for c in &mut spec.channels {
            c.format = channels::fit(c.format);
            c.sampling = (1, 1);
        }
        let mut header = write::header(spec, options)?;
        header.part_type = Some(if header.tiles.is_some() {
            PartType::DeepTiled
        } else {
            PartType::DeepScanline
        });
        let allowed = [
            Compression::None,
            Compression::Rle,
            Compression::Zips,
            Compression::Zstd,
        ];
        if !allowed.contains(&header.compression) {
            header.compression = Compression::Zips;
        }
        headers.push(header);
    }
    write::name_parts(&mut headers);
    let mut output = Output::create(path)?;
    let buffered = BufWriter::with_capacity(1 << 20, output.file().clone());
    let writer = Writer::create(buffered, headers).map_err(error)?;
    output.reserve_to(0);
    let (mut layouts, mut encoders) = (Vec::new(), Vec::new());
    for (part, spec) in specs.iter().enumerate() {
        let encoder = writer.encoder(part).expect("one encoder a part");
        let header = encoder.header();
        let (chunk, group) = match header.tiles {
            Some(t) => ((t.width as usize, t.height as usize), 1),
            None => ((spec.width(), LINES), LINES),
        };
        layouts.push(ChunkLayout {
            window: spec.data_window,
            chunk,
            order: ChunkOrder::Increasing,
        });
        let order = header
            .channels
            .iter()
            .map(|c| {
                spec.channel_index(&c.name)
                    .expect("the header's channels are the spec's")
            })
            .collect();
        encoders.push(PartEncoder {
            encoder,
            group,
            order,
            ready: Mutex::default(),
        });
    }
    Ok(Box::new(Sink {
        output,
        writer,
        specs,
        layouts,
        encoders,
    }))
}

impl DeepSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        self.layouts[image]
    }
    fn encode(
        &self,
        image: usize,
        index: usize,
        pixels: &DeepPixels,
    ) -> Result<EncodedChunk, IoError> {
        let part = &self.encoders[image];
        let first = index * part.group;
        let mut done = Vec::with_capacity(part.group);
        for chunk in first..(first + part.group).min(part.encoder.chunk_count()) {
            let place = part
                .encoder
                .chunk_region(ChunkIndex(chunk))
                .ok_or_else(|| IoError::malformed(NAME, "chunk", "it is not in the layout"))?;
            let (min, max) = (place.region.min, place.region.max);
            let at = |x: i32, y: i32| pixels.index(x.into(), y.into());
            // A chunk is a run of whole rows of the group, or the group itself.
            let (Some(from), Some(to)) = (at(min.0, min.1), at(max.0, max.1)) else {
                return Err(IoError::malformed(NAME, "chunk", "its pixels are missing"));
            };
            let offsets = &pixels.offsets[from..=to + 1];
            let base = offsets[0];
            let range = base..offsets[offsets.len() - 1];
            let samples = DeepSamples {
                region: place.region,
                offsets: offsets.iter().map(|o| (o - base) as u64).collect(),
                planes: part
                    .order
                    .iter()
                    .map(|&c| bytes(&pixels.planes[c], range.clone()))
                    .collect(),
            };
            let encoded = part.encoder.encode_deep(ChunkIndex(chunk), &samples);
            done.push(encoded.map_err(error)?);
        }
        part.ready.lock().expect("encoder lock").insert(index, done);
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let ready = self.encoders[image]
            .ready
            .lock()
            .expect("encoder lock")
            .remove(&chunk.index);
        for chunk in ready.into_iter().flatten() {
            self.writer.commit(chunk).map_err(write::write_error)?;
        }
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> Result<Written, IoError> {
        let mut buffered = self.writer.finish().map_err(write::write_error)?;
        let end = buffered.stream_position().map_err(IoError::os("write"))?;
        self.output.reserve_to(end);
        self.output.finish()
    }
}
