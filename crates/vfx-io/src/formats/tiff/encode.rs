//! Planes to the bytes of a strip or tile.
//!
//! In: planes of one sample type. Out: interleaved little-endian samples (integers of other than 8, 16 or 32 bits packed,
//! most significant bit first), predicted and packed; tiles filled up with zeros. Uncompressed chunks are written where
//! they belong at once, a cacheful at a time. Buffers and compressors are a thread's; the packed bytes alone are allocated.

use super::{FORMAT_NAME, codec, predictor};
use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use vfx_core::{AlignedBuf, ChunkEncoder, EncodedChunk, IoError, PlanesRef, SampleType};
use vfx_kernel::interleave::{Element, interleave};

/// What packs the chunks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packing {
    None,
    Lzw,
    Deflate(i32),
    PackBits,
    Zstd(i32),
}

/// Samples of one image as they are stored.
#[derive(Clone, Debug)]
pub struct Form {
    pub channels: usize,
    pub sample: SampleType,
    /// Stored bits a sample.
    pub bits: usize,
    pub pack: Packing,
    /// 1 none, 2 horizontal, 3 float.
    pub predictor: u16,
    /// Columns and rows of a strip or tile.
    pub chunk: (usize, usize),
    pub tiled: bool,
}

impl Form {
    /// Stored bytes of a row of a chunk.
    pub fn row_bytes(&self) -> usize {
        (self.chunk.0 * self.channels * self.bits).div_ceil(8)
    }
    pub fn chunk_bytes(&self) -> usize {
        self.row_bytes() * self.chunk.1
    }
}

/// Where uncompressed chunks go: one after another from `base` on.
#[derive(Clone, Debug)]
pub struct Place {
    pub file: Arc<File>,
    pub base: u64,
}

/// The encoder of one image.
#[derive(Debug)]
pub struct Encoder {
    pub form: Form,
    pub place: Option<Place>,
}

/// Bytes woven before they are written: within the second level cache.
const BLOCK: usize = 256 << 10;

#[derive(Default)]
struct Scratch {
    raw: AlignedBuf,
    tmp: Vec<u8>,
    lzw: Option<super::lzw::Encoder>,
    deflate: Option<(i32, libdeflater::Compressor)>,
    zstd: Option<(i32, zstd::bulk::Compressor<'static>)>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl ChunkEncoder for Encoder {
    fn encode(&self, index: usize, planes: &PlanesRef<'_>) -> Result<EncodedChunk, IoError> {
        SCRATCH.with_borrow_mut(|s| {
            let (form, row) = (&self.form, self.form.row_bytes());
            let height = planes.first().map_or(0, |p| p.height());
            let rows = if form.tiled { form.chunk.1 } else { height };
            if let Some(place) = &self.place {
                let at = place.base + index as u64 * form.chunk_bytes() as u64;
                let step = if form.tiled {
                    rows
                } else {
                    (BLOCK / row.max(1)).max(1)
                };
                for y in (0..rows).step_by(step.max(1)) {
                    let n = step.min(rows - y);
                    let bytes = weave(form, planes, y, n, &mut s.raw);
                    place
                        .file
                        .write_all_at(bytes, at + (y * row) as u64)
                        .map_err(IoError::os("write"))?;
                }
                return Ok(EncodedChunk {
                    index,
                    ..EncodedChunk::default()
                });
            }
            let Scratch {
                raw,
                tmp,
                lzw,
                deflate,
                zstd,
            } = s;
            let bytes = weave(form, planes, 0, rows, raw);
            predict(form, bytes, tmp);
            Ok(EncodedChunk {
                index,
                bytes: pack(form, bytes, lzw, deflate, zstd)?,
                extra: 0,
            })
        })
    }
}

/// Interleaves `rows` rows from row `y` on.
fn weave<'a>(
    form: &Form,
    planes: &PlanesRef<'_>,
    y: usize,
    rows: usize,
    raw: &'a mut AlignedBuf,
) -> &'a mut [u8] {
    let len = rows * form.row_bytes();
    if raw.len() < len {
        raw.resize(len);
    }
    let out = &mut raw.as_mut_slice()[..len];
    match (form.bits, form.sample.size()) {
        (8, 1) => weave_whole::<u8>(form, planes, y, out),
        (16, 2) => weave_whole::<u16>(form, planes, y, out),
        (32, 4) => weave_whole::<u32>(form, planes, y, out),
        _ => weave_bits(form, planes, y, out),
    }
    out
}

fn weave_whole<T: Element>(form: &Form, planes: &PlanesRef<'_>, y: usize, out: &mut [u8]) {
    let n = form.channels;
    for (i, row) in out.chunks_exact_mut(form.row_bytes()).enumerate() {
        let y = y + i;
        let row: &mut [T] = bytemuck::cast_slice_mut(row);
        if y >= planes[0].height() {
            row.fill(T::zeroed());
            continue;
        }
        let (pixels, rest) = row.split_at_mut(planes[0].width() * n);
        rest.fill(T::zeroed());
        let at = |c: usize| planes[c].row::<T>(y);
        match n {
            1 => interleave(&[at(0)], 1, pixels),
            2 => interleave(&[at(0), at(1)], n, pixels),
            3 => interleave(&[at(0), at(1), at(2)], n, pixels),
            4 => interleave(&[at(0), at(1), at(2), at(3)], n, pixels),
            _ => interleave(&(0..n).map(at).collect::<Vec<_>>(), n, pixels),
        }
    }
    if cfg!(target_endian = "big") {
        out.chunks_exact_mut(size_of::<T>())
            .for_each(<[u8]>::reverse);
    }
}

fn weave_bits(form: &Form, planes: &PlanesRef<'_>, y: usize, out: &mut [u8]) {
    let mask = (1u64 << form.bits) - 1;
    for (i, row) in out.chunks_exact_mut(form.row_bytes()).enumerate() {
        let y = y + i;
        row.fill(0);
        if y >= planes[0].height() {
            continue;
        }
        let (mut held, mut have, mut to) = (0u64, 0, 0);
        for x in 0..planes[0].width() {
            for p in planes {
                let v = match form.sample {
                    SampleType::U8 => u64::from(p.row::<u8>(y)[x]),
                    SampleType::U16 | SampleType::F16 => u64::from(p.row::<u16>(y)[x]),
                    SampleType::U32 | SampleType::F32 => u64::from(p.row::<u32>(y)[x]),
                };
                held = held << form.bits | v.min(mask);
                have += form.bits;
                while have >= 8 {
                    have -= 8;
                    row[to] = (held >> have) as u8;
                    to += 1;
                }
            }
        }
        if have > 0 {
            row[to] = (held << (8 - have)) as u8;
        }
    }
}

fn predict(form: &Form, bytes: &mut [u8], tmp: &mut Vec<u8>) {
    let n = form.channels;
    for row in bytes.chunks_exact_mut(form.row_bytes()) {
        match (form.predictor, form.bits) {
            (2, 8) => predictor::apply(row, n),
            (2, 16) => predictor::apply::<u16>(bytemuck::cast_slice_mut(row), n),
            (2, _) => predictor::apply::<u32>(bytemuck::cast_slice_mut(row), n),
            (3, bits) => predictor::apply_float(row, n, bits / 8, tmp),
            _ => return,
        }
    }
}

fn pack(
    form: &Form,
    raw: &[u8],
    lzw: &mut Option<super::lzw::Encoder>,
    deflate: &mut Option<(i32, libdeflater::Compressor)>,
    zstd: &mut Option<(i32, zstd::bulk::Compressor<'static>)>,
) -> Result<Vec<u8>, IoError> {
    let failed = |what: &'static str| IoError::unsupported(FORMAT_NAME, what);
    match form.pack {
        Packing::None => Ok(raw.to_vec()),
        Packing::PackBits => {
            let mut out = Vec::with_capacity(raw.len() / 2);
            codec::pack_bits_rows(raw, form.row_bytes(), &mut out);
            Ok(out)
        }
        Packing::Lzw => {
            let mut out = Vec::with_capacity(raw.len() / 2);
            lzw.get_or_insert_with(super::lzw::Encoder::new)
                .encode(raw, &mut out);
            Ok(out)
        }
        Packing::Deflate(level) => {
            if deflate.as_ref().is_none_or(|d| d.0 != level) {
                let level_of = libdeflater::CompressionLvl::new(level)
                    .map_err(|_| failed("this deflate level"))?;
                *deflate = Some((level, libdeflater::Compressor::new(level_of)));
            }
            let (_, c) = deflate.as_mut().expect("made above");
            let mut out = vec![0; c.zlib_compress_bound(raw.len())];
            let n = c
                .zlib_compress(raw, &mut out)
                .map_err(|_| failed("deflate of this chunk"))?;
            out.truncate(n);
            out.shrink_to_fit();
            Ok(out)
        }
        Packing::Zstd(level) => {
            if zstd.as_ref().is_none_or(|d| d.0 != level) {
                let c = zstd::bulk::Compressor::new(level).map_err(IoError::os("compress"))?;
                *zstd = Some((level, c));
            }
            let (_, c) = zstd.as_mut().expect("made above");
            c.compress(raw).map_err(IoError::os("compress"))
        }
    }
}
