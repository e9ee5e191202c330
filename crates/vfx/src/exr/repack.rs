//! Parts of files into one file: merge, split, rename, re-tag, re-window.
//!
//! Chunks are handed on as they are wherever the new part stores them alike; otherwise they are decoded and compressed again, on all threads, in bounded
//! memory. Chunks that the source lacks stay missing. Nothing appears under the final name before it is complete.

use super::in_file;
use crate::Error;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Seek};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{Cancel, IoError};
use vfx_exr::{
    AttributeValue, ChunkIndex, EncodedChunk, Encoder, Header, PlaneMut, PlaneRef, Reader, Writer,
};
use vfx_io::Output;

/// A part to be written.
pub struct Source<'a> {
    /// Where its pixels come from.
    pub reader: &'a Reader,
    /// Which part of it.
    pub part: usize,
    /// The header to write.
    pub header: Header,
    /// For each channel of `header`, the source's channel.
    pub channels: Vec<usize>,
}

impl<'a> Source<'a> {
    /// A part as it is.
    #[must_use]
    pub fn whole(reader: &'a Reader, part: usize) -> Self {
        let header = reader.headers()[part].clone();
        let channels = (0..header.channels.len()).collect();
        Self {
            reader,
            part,
            header,
            channels,
        }
    }

    /// Whether channels come in the order in which the source stores them once they are sorted by name.
    fn keeps_order(&self) -> bool {
        let mut order: Vec<(&[u8], usize)> = self
            .header
            .channels
            .iter()
            .zip(&self.channels)
            .map(|(c, &from)| (c.name.as_bytes(), from))
            .collect();
        order.sort_unstable();
        let count = self.reader.headers()[self.part].channels.len();
        order.iter().map(|o| o.1).eq(0..count)
    }
}

/// What a [`repack`] has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Repacked {
    /// Bytes of the file.
    pub bytes: u64,
    /// Parts whose chunks were handed on.
    pub copied: usize,
    /// Parts that were compressed again.
    pub recompressed: usize,
    /// Chunks that the sources lack.
    pub missing: usize,
}

/// Names and shared attributes such that the parts can be in one file: parts without a name get the given one, names that occur twice a number.
///
/// # Errors
/// [`Error::Parts`] when attributes that all parts must share differ, unless `override_shared`: then they become those of the first part.
pub fn merge_headers(
    sources: &mut [Source<'_>],
    names: &[String],
    override_shared: bool,
) -> Result<(), Error> {
    if sources.len() < 2 {
        return Ok(());
    }
    let mut taken: HashSet<String> = HashSet::new();
    for (source, fallback) in sources.iter_mut().zip(names) {
        let wish = source.header.name.clone().filter(|n| !n.is_empty());
        let wish = wish.unwrap_or_else(|| fallback.clone());
        let numbered = (2..).map(|n| format!("{wish}.{n}"));
        let name = std::iter::once(wish.clone())
            .chain(numbered)
            .find(|n| !taken.contains(n))
            .unwrap_or_default();
        taken.insert(name.clone());
        source.header.name = Some(name);
    }
    let (first, rest) = sources.split_at_mut(1);
    let first = &first[0].header;
    for (i, source) in rest.iter_mut().enumerate() {
        let differing = unshared(first, &source.header);
        if differing.is_empty() {
            continue;
        }
        if !override_shared {
            return Err(Error::Parts {
                what: format!(
                    "part {}: {} differ(s) from the first part's",
                    i + 1,
                    differing.join(", ")
                ),
                remedy: "--override takes those of the first part for all",
            });
        }
        let h = &mut source.header;
        h.display_window = first.display_window;
        h.pixel_aspect = first.pixel_aspect;
        for name in SHARED {
            h.attributes.retain(|a| a.name != name);
            let of_first = first.attributes.iter().find(|a| a.name == name);
            h.attributes.extend(of_first.cloned());
        }
    }
    Ok(())
}

/// Attributes that all parts of a file have alike, beside display window and pixel aspect ratio.
const SHARED: [&str; 2] = ["timeCode", "chromaticities"];

/// Shared attributes that differ.
pub(super) fn unshared(first: &Header, h: &Header) -> Vec<&'static str> {
    let mut out = Vec::new();
    if first.display_window != h.display_window {
        out.push("displayWindow");
    }
    if first.pixel_aspect.to_bits() != h.pixel_aspect.to_bits() {
        out.push("pixelAspectRatio");
    }
    let bytes = |v: Option<&AttributeValue>| v.map(|v| format!("{v:?}"));
    out.extend(
        SHARED
            .into_iter()
            .filter(|name| bytes(first.attribute(name)) != bytes(h.attribute(name))),
    );
    out
}

/// Writes the parts into a file.
///
/// # Errors
/// [`Error::Exr`] for headers that cannot be written and damage in a source, [`Error::Io`] for the file, also when cancelled.
pub fn repack(
    path: &Path,
    sources: &[Source<'_>],
    threads: usize,
    cancel: &Cancel,
) -> Result<Repacked, Error> {
    let failed = in_file(path);
    let mut output = Output::create(path).map_err(|e| e.in_file(path))?;
    let buffered = BufWriter::with_capacity(1 << 20, output.file().clone());
    let headers = sources.iter().map(|s| s.header.clone()).collect();
    let mut writer = Writer::create(buffered, headers).map_err(&failed)?;
    let mut done = Repacked::default();
    for (part, source) in sources.iter().enumerate() {
        if cancel.is_cancelled() {
            return Err(IoError::Cancelled.into());
        }
        let handed_on = if source.keeps_order() {
            match writer.copy_part(part, source.reader, source.part) {
                Ok(missing) => Some(missing),
                Err(vfx_exr::Error::OtherChunks { .. }) => None,
                Err(e) => return Err(failed(e)),
            }
        } else {
            None
        };
        if let Some(missing) = handed_on {
            done.copied += 1;
            done.missing += missing;
        } else {
            done.recompressed += 1;
            done.missing += recompress(&mut writer, part, source, threads, cancel, &failed)?;
        }
    }
    let mut buffered = writer.finish_incomplete().map_err(&failed)?;
    let end = buffered
        .stream_position()
        .map_err(|e| IoError::os("write")(e).in_file(path))?;
    output.reserve_to(end);
    done.bytes = output.finish().map_err(|e| e.in_file(path))?.bytes;
    Ok(done)
}

/// Decodes and compresses a part's chunks, several at a time; the number of those that are missing.
fn recompress(
    writer: &mut Writer<BufWriter<Arc<File>>>,
    part: usize,
    source: &Source<'_>,
    threads: usize,
    cancel: &Cancel,
    failed: &impl Fn(vfx_exr::Error) -> Error,
) -> Result<usize, Error> {
    let encoder = writer.encoder(part).expect("an encoder a part");
    let by_name: BTreeMap<&str, usize> = source
        .header
        .channels
        .iter()
        .zip(&source.channels)
        .map(|(c, &from)| (c.name.as_str(), from))
        .collect();
    let order: Vec<usize> = encoder
        .header()
        .channels
        .iter()
        .map(|c| by_name[c.name.as_str()])
        .collect();
    let all: Vec<ChunkIndex> = encoder.file_order().collect();
    let mut missing = 0;
    for batch in all.chunks(threads.max(1) * 4) {
        if cancel.is_cancelled() {
            return Err(IoError::Cancelled.into());
        }
        let share = batch.len().div_ceil(threads.max(1));
        let results: Vec<Result<EncodedChunk, vfx_exr::Error>> = std::thread::scope(|s| {
            let (encoder, order) = (&encoder, &order);
            let running: Vec<_> = batch
                .chunks(share)
                .map(|some| {
                    s.spawn(move || {
                        let one = |&i: &ChunkIndex| again(encoder, i, source, order);
                        some.iter().map(one).collect::<Vec<_>>()
                    })
                })
                .collect();
            let join = |h: std::thread::ScopedJoinHandle<'_, Vec<_>>| h.join().expect("no panic");
            running.into_iter().flat_map(join).collect()
        });
        for result in results {
            match result {
                Ok(chunk) => writer.commit(chunk).map_err(failed)?,
                Err(vfx_exr::Error::MissingChunk { .. }) => missing += 1,
                Err(e) => return Err(failed(e)),
            }
        }
    }
    Ok(missing)
}

/// One chunk of the new part, from the source's pixels at the same place relative to the data window.
fn again(
    encoder: &Encoder,
    index: ChunkIndex,
    source: &Source<'_>,
    order: &[usize],
) -> Result<EncodedChunk, vfx_exr::Error> {
    let place = encoder.chunk_region(index).expect("a chunk of the part");
    let (to, from) = (
        encoder.header().data_window.min,
        source.reader.headers()[source.part].data_window.min,
    );
    let shift = |p: (i32, i32)| {
        let move_by =
            |v: i32, to: i32, from: i32| (i64::from(v) - i64::from(to) + i64::from(from)) as i32;
        (move_by(p.0, to.0, from.0), move_by(p.1, to.1, from.1))
    };
    let region = vfx_exr::Box2i::new(shift(place.region.min), shift(place.region.max));
    if encoder.header().is_deep() {
        let read = source
            .reader
            .read_deep(source.part, place.level, region, order);
        let mut samples = read?;
        samples.region = place.region;
        return encoder.encode_deep(index, &samples);
    }
    let list = &source.reader.headers()[source.part].channels;
    let shapes: Vec<(usize, usize)> = order
        .iter()
        .map(|&c| {
            let grid = region.sampled(list[c].sampling);
            (
                grid.width as usize * list[c].sample_type.size(),
                grid.height as usize,
            )
        })
        .collect();
    let mut planes: Vec<Vec<u8>> = shapes.iter().map(|s| vec![0; s.0 * s.1]).collect();
    let mut out: Vec<PlaneMut<'_>> = planes
        .iter_mut()
        .zip(&shapes)
        .map(|(bytes, s)| PlaneMut { bytes, stride: s.0 })
        .collect();
    source
        .reader
        .read(source.part, place.level, region, order, &mut out)?;
    let views: Vec<PlaneRef<'_>> = planes
        .iter()
        .zip(&shapes)
        .map(|(bytes, s)| PlaneRef { bytes, stride: s.0 })
        .collect();
    encoder.encode(index, &views)
}
