//! Sinks: one part an image, chunks compressed by any worker and appended in order.
//!
//! Compression is what the options say, else what the image had as an EXR file (attribute `compression`), else zip.
//! Compressions of one line a chunk are handed out sixteen lines at a time.

use super::read::{box2i, stored_form};
use super::{NAME, attributes, channels, error};
use crate::{Output, WriteOptions};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek};
use std::path::Path;
use std::sync::{Arc, Mutex};
use vfx_core::{
    ChunkEncoder, ChunkLayout, ChunkOrder, EncodedChunk, ImageSink, ImageSpec, IoError, PlanesRef,
    Written,
};
use vfx_exr::{Box2i, Channel, ChunkIndex, Compression, Header, PlaneRef, Tiles, Writer};

/// Lines that are encoded together when chunks have one.
const LINES: usize = 16;

struct Sink {
    output: Output,
    writer: Writer<BufWriter<Arc<File>>>,
    specs: Vec<ImageSpec>,
    layouts: Vec<ChunkLayout>,
    encoders: Vec<Arc<Encoder>>,
}

struct Encoder {
    encoder: Arc<vfx_exr::Encoder>,
    /// EXR chunks in one chunk of the layout, and their lines.
    group: usize,
    lines: usize,
    /// The sink's plane of each of the file's channels, and its sampling.
    planes: Vec<(usize, (u32, u32))>,
    /// First line of the image.
    top: i64,
    /// Encoded and not yet committed, by the layout's index: the codec takes its buffers back on commit.
    ready: Mutex<BTreeMap<usize, Vec<vfx_exr::EncodedChunk>>>,
}

fn method(spec: &ImageSpec, options: &WriteOptions) -> Result<(Compression, Option<f32>), IoError> {
    if let Some((name, level)) = options.compression_level()? {
        let method = attributes::compression(name).ok_or_else(|| IoError::UnknownName {
            kind: "EXR compression",
            found: name.into(),
            expected: "none rle zips zip piz pxr24 b44 b44a dwaa dwab htj2k32 htj2k256 lj2k zstd",
        })?;
        if !method.can_write() {
            return Err(IoError::unsupported(
                NAME,
                format!("writing {name} compression"),
            ));
        }
        return Ok((method, level));
    }
    let before = spec
        .attributes
        .get("compression")
        .filter(|a| a.origin == vfx_core::Origin::Format(NAME));
    let before = before.and_then(|_| attributes::compression(spec.attributes.text("compression")?));
    Ok((
        before.filter(|c| c.can_write()).unwrap_or(Compression::Zip),
        None,
    ))
}

pub(super) fn header(spec: &ImageSpec, options: &WriteOptions) -> Result<Header, IoError> {
    let cannot = |what: String, remedy| IoError::CannotHold {
        format: NAME,
        what: what.into(),
        remedy,
    };
    let data = box2i(&spec.data_window).ok_or_else(|| {
        cannot(
            format!("a data window of {}", spec.data_window),
            "crop or move the image",
        )
    })?;
    let display = box2i(&spec.display_window).unwrap_or(data);
    let (method, level) = method(spec, options)?;
    let list = spec.channels.iter().map(|c| Channel {
        sampling: c.sampling,
        ..Channel::new(c.name.clone(), channels::sample_type(c.format))
    });
    let mut header = Header::new(data, list.collect(), method);
    header.display_window = display;
    header.pixel_aspect = spec.pixel_aspect;
    header.tiles = options.tile.map(|(w, h)| {
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
        Tiles::new(side(w), side(h))
    });
    header.name = Some(spec.name.clone()).filter(|n| !n.is_empty());
    attributes::write(spec, &mut header);
    if let Some(level) = level {
        match method {
            Compression::Dwaa | Compression::Dwab => {
                header
                    .attributes
                    .retain(|a| a.name != "dwaCompressionLevel");
                let value = vfx_exr::AttributeValue::Float(level);
                header.attributes.push(vfx_exr::Attribute {
                    name: "dwaCompressionLevel".into(),
                    value,
                });
            }
            _ => header.compression_level = Some(level),
        }
    }
    Ok(header)
}

/// Starts a file.
pub(super) fn create(
    path: &Path,
    given: &[ImageSpec],
    options: &WriteOptions,
) -> Result<Box<dyn ImageSink>, IoError> {
    let mut specs = given.to_vec();
    for spec in &mut specs {
        for c in &mut spec.channels {
            c.format = channels::fit(c.format);
        }
    }
    let mut headers = specs
        .iter()
        .map(|s| header(s, options))
        .collect::<Result<Vec<_>, _>>()?;
    name_parts(&mut headers);
    let mut output = Output::create(path)?;
    let buffered = BufWriter::with_capacity(1 << 20, output.file().clone());
    let writer = Writer::create(buffered, headers).map_err(error)?;
    output.reserve_to(0);
    let (mut layouts, mut encoders) = (Vec::new(), Vec::new());
    for (part, spec) in specs.iter().enumerate() {
        let encoder = writer.encoder(part).expect("one encoder a part");
        let header = encoder.header();
        let lines = header.compression.lines_per_chunk() as usize;
        let group = if header.tiles.is_none() {
            (LINES / lines).max(1)
        } else {
            1
        };
        let chunk = match header.tiles {
            Some(t) => (t.width as usize, t.height as usize),
            None => (spec.width(), lines * group),
        };
        layouts.push(ChunkLayout {
            window: spec.data_window,
            chunk,
            order: ChunkOrder::Increasing,
        });
        let plane = |c: &Channel| {
            spec.channel_index(&c.name)
                .expect("the header's channels are the spec's")
        };
        let planes = header
            .channels
            .iter()
            .map(|c| (plane(c), c.sampling))
            .collect();
        encoders.push(Arc::new(Encoder {
            group,
            lines,
            planes,
            top: spec.data_window.y0,
            encoder,
            ready: Mutex::default(),
        }));
    }
    Ok(Box::new(Sink {
        output,
        writer,
        specs,
        layouts,
        encoders,
    }))
}

/// Parts need names of their own as soon as there are two.
pub(super) fn name_parts(headers: &mut [Header]) {
    if headers.len() < 2 {
        return;
    }
    for i in 0..headers.len() {
        let (before, after) = headers.split_at_mut(i);
        let taken = |name: &str| before.iter().any(|h| h.name.as_deref() == Some(name));
        let name = after[0].name.take().filter(|n| !taken(n));
        after[0].name =
            name.or_else(|| (i..).map(|n| format!("subimage{n:02}")).find(|n| !taken(n)));
    }
}

impl ImageSink for Sink {
    fn specs(&self) -> &[ImageSpec] {
        &self.specs
    }
    fn layout(&self, image: usize) -> ChunkLayout {
        self.layouts[image]
    }
    fn flusher(&self) -> Option<Box<dyn Fn() + Send>> {
        Some(self.output.flusher())
    }
    fn encoder(&self, image: usize) -> Arc<dyn ChunkEncoder> {
        self.encoders[image].clone()
    }
    fn commit(&mut self, image: usize, chunk: EncodedChunk) -> Result<(), IoError> {
        let ready = self.encoders[image]
            .ready
            .lock()
            .expect("encoder lock")
            .remove(&chunk.index);
        for chunk in ready.into_iter().flatten() {
            self.writer.commit(chunk).map_err(write_error)?;
        }
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> Result<Written, IoError> {
        let mut buffered = self.writer.finish().map_err(write_error)?;
        let end = buffered.stream_position().map_err(IoError::os("write"))?;
        self.output.reserve_to(end);
        self.output.finish()
    }
}

pub(super) fn write_error(e: vfx_exr::Error) -> IoError {
    match e {
        vfx_exr::Error::Io { source, .. } => IoError::Os {
            action: "write",
            source,
        },
        e => error(e),
    }
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        let first = index * self.group;
        let mut done = Vec::with_capacity(self.group);
        let mut views: Vec<PlaneRef<'_>> = Vec::with_capacity(self.planes.len());
        for chunk in first..(first + self.group).min(self.encoder.chunk_count()) {
            let region = self
                .encoder
                .chunk_region(ChunkIndex(chunk))
                .map(|c| c.region);
            let Some(region) = region else { break };
            views.clear();
            for &(plane, sampling) in &self.planes {
                let plane = &planes[plane];
                let skip = rows_before(
                    self.top + (first * self.lines) as i64,
                    &region,
                    sampling,
                    self.group,
                );
                let bytes = plane.bytes().get(skip * plane.stride()..).unwrap_or(&[]);
                views.push(PlaneRef {
                    bytes,
                    stride: plane.stride(),
                });
            }
            done.push(
                self.encoder
                    .encode(ChunkIndex(chunk), &views)
                    .map_err(error)?,
            );
        }
        self.ready.lock().expect("encoder lock").insert(index, done);
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
    fn stored_form(&self) -> Option<String> {
        // A level that was asked for is a wish to compress again.
        let header = self.encoder.header();
        header
            .compression_level
            .is_none()
            .then(|| stored_form(header))
            .flatten()
    }
    fn adopt(&self, index: usize, stored: &[u8]) -> Result<EncodedChunk, IoError> {
        let chunk = self
            .encoder
            .adopt(ChunkIndex(index), stored)
            .map_err(error)?;
        self.ready
            .lock()
            .expect("encoder lock")
            .insert(index, vec![chunk]);
        Ok(EncodedChunk {
            index,
            ..EncodedChunk::default()
        })
    }
}

/// Rows of a channel's plane above an EXR chunk inside its group.
fn rows_before(top: i64, region: &Box2i, sampling: (u32, u32), group: usize) -> usize {
    if group == 1 {
        return 0;
    }
    let first = |y: i64| -(-y).div_euclid(i64::from(sampling.1.max(1)));
    usize::try_from(first(region.min.1.into()) - first(top)).unwrap_or(0)
}
