//! One directory as an [`ImageSource`]: any region, from any thread.
//!
//! Uncompressed chunks are read positionally, only the rows (and of wide chunks the columns) that are needed, a few
//! hundred kB at a time into a buffer of the thread. Compressed ones are unpacked as far as the last row needed; of a
//! large chunk that is asked for in pieces the unpacked form is kept. Strips that follow one another are read as one.
//! Damage gives zeros and one report a chunk.

use super::codec::{self, Broken};
use super::emit::{Rows, Target, emit};
use super::ifd::{Ifd, Reader};
use super::layout::{Color, Compression, Layout, Number, Predictor};
use super::{FORMAT_NAME, predictor, spec};
use crate::{Input, OpenOptions};
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use vfx_core::{
    Access, AlignedBuf, ChannelSet, Damage, ImageSource, ImageSpec, IoError, Planes, PlanesMut,
    Region, SampleType,
};
use vfx_kernel::interleave::{swap_bytes16, swap_bytes32};

/// Unpacked bytes a thread works on at a time where it may choose: within the second level cache.
const BLOCK: usize = 256 << 10;
/// Unpacked chunks from this size on are kept between reads of their parts.
const KEEP: usize = 2 << 20;

#[derive(Default)]
struct Scratch {
    packed: Vec<u8>,
    raw: AlignedBuf,
    tmp: Vec<u8>,
    values: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Part of a chunk: which chunk (column, row, plane), which of its columns and rows, where they go in the planes.
struct Piece {
    at: (usize, usize, usize),
    columns: Range<usize>,
    rows: Range<usize>,
    to: (usize, usize),
}

/// The pixels of one directory.
pub struct Source {
    input: Input,
    options: OpenOptions,
    layout: Layout,
    spec: ImageSpec,
    /// CMYK in separate planes: read as four channels, then converted.
    separate_inks: bool,
    reported: Mutex<HashSet<usize>>,
    kept: Mutex<Option<(usize, Arc<AlignedBuf>)>>,
}

impl Source {
    pub fn new(
        input: &Input,
        r: &Reader<'_>,
        d: &Ifd,
        options: &OpenOptions,
    ) -> Result<Self, IoError> {
        let mut layout = Layout::parse(r, d, &options.limits)?;
        let spec = spec::of(r, d, &layout)?;
        join_strips(&mut layout);
        let separate_inks = layout.separate && layout.color == Color::Cmyk;
        if separate_inks {
            layout.color = Color::Direct;
        }
        Ok(Self {
            separate_inks,
            input: input.clone(),
            options: options.clone(),
            layout,
            spec,
            reported: Mutex::default(),
            kept: Mutex::default(),
        })
    }

    fn partial(&self) -> bool {
        self.layout.compression == Compression::None
            && !matches!(self.layout.color, Color::Ycbcr(_))
    }

    /// Reads channels as they are stored.
    fn read_stored(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let r = region.offset(-self.spec.data_window.x0, -self.spec.data_window.y0);
        let (x0, y0, x1, y1) = (r.x0 as usize, r.y0 as usize, r.x1 as usize, r.y1 as usize);
        let (w, h) = self.layout.chunk;
        let planes: Vec<usize> = if self.layout.separate {
            (0..self.layout.samples)
                .filter(|p| channels.0.contains(p))
                .collect()
        } else {
            vec![0]
        };
        SCRATCH.with_borrow_mut(|scratch| {
            for cy in y0 / h..y1.div_ceil(h) {
                let rows = y0.max(cy * h) - cy * h..y1.min((cy + 1) * h) - cy * h;
                for cx in x0 / w..x1.div_ceil(w) {
                    let columns = x0.max(cx * w) - cx * w..x1.min((cx + 1) * w) - cx * w;
                    let at = (cx * w + columns.start - x0, cy * h + rows.start - y0);
                    for &p in &planes {
                        let piece = Piece {
                            at: (cx, cy, p),
                            columns: columns.clone(),
                            rows: rows.clone(),
                            to: at,
                        };
                        self.chunk(piece, channels, out, scratch)?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Reads the planes of cyan, magenta, yellow and black, a few rows at a time, and converts them.
    fn read_inks(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let stored: Vec<_> = (0..self.layout.samples).collect();
        let step = (BLOCK / (region.width() * 4)).max(1);
        let format = self.layout.format();
        let full = format.full_scale() as f32;
        for at in (0..region.height()).step_by(step) {
            let rows = step.min(region.height() - at);
            let band = Region::sized(region.x0, region.y0 + at as i64, region.width(), rows);
            let mut inks = Planes::new(band.width(), rows, stored.iter().map(|_| format.sample));
            self.read_stored(band, &ChannelSet(stored.clone()), &mut inks.views_mut())?;
            let value = |c: usize, x: usize, y: usize| match format.sample {
                SampleType::U8 => f32::from(inks.plane(c).row::<u8>(y)[x]),
                _ => f32::from(inks.plane(c).row::<u16>(y)[x]),
            };
            for (p, &c) in out.iter_mut().zip(&channels.0) {
                for y in 0..rows {
                    let white = |c, x| 1.0 - value(c, x, y) / full;
                    let sample = |x| match c {
                        0..3 => (white(c, x) * white(3, x) * full + 0.5) as u16,
                        _ => value(c + 1, x, y) as u16,
                    };
                    match format.sample {
                        SampleType::U8 => {
                            let row = p.row::<u8>(at + y).iter_mut().enumerate();
                            row.for_each(|(x, o)| *o = sample(x) as u8);
                        }
                        _ => {
                            let row = p.row::<u16>(at + y).iter_mut().enumerate();
                            row.for_each(|(x, o)| *o = sample(x));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Reports damage of a chunk once; an error when strict.
    fn damaged(&self, index: usize, broken: Broken, region: Region) -> Result<(), IoError> {
        let what = if self.layout.tiled { "tile" } else { "strip" };
        let place = format!("{what} {index}");
        let error = IoError::malformed(FORMAT_NAME, place.clone(), broken.problem.clone());
        if !self.options.strict && !self.reported.lock().expect("report lock").insert(index) {
            return Ok(());
        }
        let damage = Damage {
            place,
            problem: broken.problem.into_owned(),
            region,
        };
        self.options.damaged(&self.input, damage, error)
    }

    /// Reads part of an uncompressed chunk into `raw`: `rows` rows of `len` bytes, `stride` apart in the file.
    fn fetch(
        &self,
        index: usize,
        skip: u64,
        (len, rows, stride): (usize, usize, usize),
        raw: &mut [u8],
    ) -> Result<(), Broken> {
        let broken = |filled, problem: String| Broken {
            filled,
            problem: problem.into(),
        };
        let (offset, count) = (self.layout.offsets[index], self.layout.counts[index]);
        let end = self.input.len().min(offset.saturating_add(count));
        let start = offset.saturating_add(skip);
        let (step, pieces) = if len == stride {
            (len * rows, 1)
        } else {
            (len, rows)
        };
        for i in 0..pieces {
            let at = start.saturating_add((i * stride) as u64);
            let have = end.saturating_sub(at).min(step as u64) as usize;
            let to = &mut raw[i * step..(i + 1) * step];
            if let Err(e) = self.input.read_exact_at(at, &mut to[..have]) {
                raw[i * step..].fill(0);
                return Err(broken(i * step, e.to_string()));
            }
            if have < step {
                raw[i * step + have..].fill(0);
                let what = format!(
                    "ends at byte {end} of the file, {} are missing",
                    step - have
                );
                return Err(broken(i * step + have, what));
            }
        }
        Ok(())
    }

    /// Packed bytes to rows `0 .. rows` of a chunk in `raw`; what is missing is zero. Not yet in native order.
    fn unpack(
        &self,
        index: usize,
        rows: usize,
        all_rows: usize,
        raw: &mut [u8],
        packed: &mut Vec<u8>,
        tmp: &mut Vec<u8>,
    ) -> Result<(), Broken> {
        let layout = &self.layout;
        let (offset, count) = (layout.offsets[index], layout.counts[index]);
        let have = self.input.len().saturating_sub(offset).min(count);
        if have == 0 {
            raw.fill(0);
            // A chunk that was never written is zero, by custom.
            if offset == 0 && count == 0 {
                return Ok(());
            }
            return Err(Broken {
                filled: 0,
                problem: "lies outside the file".into(),
            });
        }
        // No codec here expands its input by much: more packed bytes than this are not looked at.
        let most = layout
            .row_bytes()
            .saturating_mul(all_rows)
            .saturating_mul(4)
            + 65_536;
        let have = usize::try_from(have).unwrap_or(usize::MAX).min(most);
        packed.resize(have, 0);
        if let Err(e) = self.input.read_exact_at(offset, packed) {
            raw.fill(0);
            return Err(Broken {
                filled: 0,
                problem: e.to_string().into(),
            });
        }
        if layout.lsb_first && layout.compression != Compression::Jpeg {
            reverse_bits(packed);
        }
        if let Color::Ycbcr(y) = &layout.color {
            tmp.clear();
            tmp.resize(y.chunk_bytes(layout.chunk.0, rows), 0);
            let r = codec::unpack(layout, packed, tmp);
            let size = 3;
            if layout.predictor == Predictor::Horizontal {
                for row in tmp.chunks_exact_mut(layout.chunk.0 * size) {
                    predictor::undo(row, size);
                }
            }
            y.to_rgb(tmp, layout.chunk.0, raw);
            return r;
        }
        let whole = !matches!(
            layout.compression,
            Compression::Deflate | Compression::Zstd | Compression::Jpeg
        ) || rows == all_rows;
        let r = if whole {
            codec::unpack(layout, packed, raw)
        } else {
            // Whole-buffer codecs want room for everything.
            tmp.resize(layout.row_bytes() * all_rows, 0);
            let r = codec::unpack(layout, packed, tmp);
            let n = raw.len();
            raw.copy_from_slice(&tmp[..n]);
            match r {
                Err(b) if b.filled >= n => Ok(()),
                r => r,
            }
        };
        if let Err(b) = &r {
            raw[b.filled.min(rows * layout.row_bytes())..].fill(0);
        }
        r
    }

    /// File order to native order and predictors undone, rows of `len` bytes.
    fn restore(&self, raw: &mut [u8], len: usize, tmp: &mut Vec<u8>) {
        let layout = &self.layout;
        if matches!(layout.color, Color::Ycbcr(_)) || layout.compression == Compression::Jpeg {
            return;
        }
        let n = layout.chunk_samples();
        if layout.predictor == Predictor::Float {
            for row in raw.chunks_exact_mut(len) {
                predictor::undo_float(row, n, layout.bits / 8, tmp);
            }
            return;
        }
        if layout.big_endian != cfg!(target_endian = "big") {
            match layout.bits {
                16 => swap_bytes16(bytemuck::cast_slice_mut(raw)),
                24 if layout.number == Number::Float => raw
                    .as_chunks_mut::<3>()
                    .0
                    .iter_mut()
                    .for_each(|b| b.reverse()),
                32 => swap_bytes32(bytemuck::cast_slice_mut(raw)),
                64 => raw
                    .as_chunks_mut::<8>()
                    .0
                    .iter_mut()
                    .for_each(|b| b.reverse()),
                _ => {}
            }
        }
        if layout.predictor == Predictor::Horizontal {
            for row in raw.chunks_exact_mut(len) {
                match layout.bits {
                    8 => predictor::undo(row, n),
                    16 => predictor::undo::<u16>(bytemuck::cast_slice_mut(row), n),
                    32 => predictor::undo::<u32>(bytemuck::cast_slice_mut(row), n),
                    _ => predictor::undo::<u64>(bytemuck::cast_slice_mut(row), n),
                }
            }
        }
    }

    /// Reads columns and rows of one chunk into the planes at `(x, y)`.
    fn chunk(
        &self,
        piece: Piece,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), IoError> {
        let layout = &self.layout;
        let Piece {
            at: (cx, cy, plane),
            columns,
            rows,
            to: (x, y),
        } = piece;
        let index = layout.index(cx, cy, plane);
        let row_bytes = layout.row_bytes();
        let Scratch {
            packed,
            raw,
            tmp,
            values,
        } = scratch;
        let target = |y, rows| Target {
            x,
            y,
            columns: columns.clone(),
            rows,
        };
        let place = || {
            let (w, h) = layout.chunk;
            Region::sized((cx * w) as i64, (cy * h) as i64, w, h)
                .offset(self.spec.data_window.x0, self.spec.data_window.y0)
                .intersect(&self.spec.data_window)
        };
        if self.partial() {
            let pixel = layout.bits * layout.chunk_samples();
            let narrow = pixel.is_multiple_of(8)
                && columns.len() * 4 < layout.chunk.0
                && row_bytes >= 16 << 10;
            let (first, len) = if narrow {
                (columns.start, columns.len() * pixel / 8)
            } else {
                (0, row_bytes)
            };
            let step = (BLOCK / len.max(1)).max(1);
            for r0 in rows.clone().step_by(step) {
                let n = step.min(rows.end - r0);
                let skip = r0 as u64 * row_bytes as u64 + (first * pixel / 8) as u64;
                let bytes = room(raw, len * n);
                if let Err(b) = self.fetch(index, skip, (len, n, row_bytes), bytes) {
                    self.damaged(index, b, place())?;
                }
                if layout.lsb_first {
                    reverse_bits(bytes);
                }
                self.restore(bytes, len, tmp);
                let piece = Rows {
                    bytes,
                    stride: len,
                    first,
                };
                let to = target(y + r0 - rows.start, n);
                emit(layout, plane, &piece, &to, channels, out, values);
            }
            return Ok(());
        }
        let all = layout.rows_in(cy);
        let bytes = row_bytes * all;
        if bytes >= KEEP
            && (rows.len() < all.min(layout.height)
                || columns.len() < layout.chunk.0.min(layout.width))
        {
            let mut kept = self.kept.lock().expect("chunk lock");
            let hit = kept.as_ref().filter(|k| k.0 == index).map(|k| k.1.clone());
            let whole = match hit {
                Some(b) => b,
                None => {
                    *kept = None;
                    let mut buf = AlignedBuf::zeroed(bytes);
                    let r = self.unpack(index, all, all, buf.as_mut_slice(), packed, tmp);
                    if let Err(b) = r {
                        self.damaged(index, b, place())?;
                    }
                    self.restore(buf.as_mut_slice(), row_bytes, tmp);
                    let buf = Arc::new(buf);
                    *kept = Some((index, buf.clone()));
                    buf
                }
            };
            drop(kept);
            let rows_of = Rows {
                bytes: &whole.as_slice()[rows.start * row_bytes..],
                stride: row_bytes,
                first: 0,
            };
            emit(
                layout,
                plane,
                &rows_of,
                &target(y, rows.len()),
                channels,
                out,
                values,
            );
            return Ok(());
        }
        let bytes = room(raw, row_bytes * rows.end);
        let r = self.unpack(index, rows.end, all, bytes, packed, tmp);
        if let Err(b) = r {
            self.damaged(index, b, place())?;
        }
        let wanted = &mut bytes[rows.start * row_bytes..];
        self.restore(wanted, row_bytes, tmp);
        let rows_of = Rows {
            bytes: wanted,
            stride: row_bytes,
            first: 0,
        };
        emit(
            layout,
            plane,
            &rows_of,
            &target(y, rows.len()),
            channels,
            out,
            values,
        );
        Ok(())
    }
}

/// The first `len` bytes of a buffer that only grows.
fn room(buf: &mut AlignedBuf, len: usize) -> &mut [u8] {
    if buf.len() < len {
        buf.resize(len);
    }
    &mut buf.as_mut_slice()[..len]
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        let (w, h) = self.layout.chunk;
        let partial = self.partial();
        let h = if partial && !self.layout.tiled {
            h.min(64)
        } else {
            h
        };
        Access::Random {
            chunk: (w.min(self.layout.width), h.min(self.layout.height)),
            partial,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        if region.is_empty() || channels.is_empty() {
            return Ok(());
        }
        if self.separate_inks {
            return self.read_inks(region, channels, out);
        }
        self.read_stored(region, channels, out)?;
        if self.layout.color == Color::Inverted {
            for (p, _) in out.iter_mut().zip(&channels.0).filter(|(_, c)| **c == 0) {
                invert(p, self.spec.channels[0].format.full_scale());
            }
        }
        Ok(())
    }
}

fn invert(p: &mut vfx_core::PlaneMut<'_>, full: u32) {
    for y in 0..p.height() {
        match p.sample() {
            SampleType::U8 => p.row::<u8>(y).iter_mut().for_each(|v| *v ^= full as u8),
            SampleType::U16 => p.row::<u16>(y).iter_mut().for_each(|v| *v ^= full as u16),
            _ => p.row::<u32>(y).iter_mut().for_each(|v| *v ^= full),
        }
    }
}

fn reverse_bits(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|b| *b = b.reverse_bits());
}

/// Makes one strip of uncompressed strips that follow one another in the file.
fn join_strips(layout: &mut Layout) {
    let l = &*layout;
    let (n, row) = (l.rows(), l.row_bytes() as u64);
    if l.tiled || n < 2 || l.compression != Compression::None || matches!(l.color, Color::Ycbcr(_))
    {
        return;
    }
    let planes = l.offsets.len() / n;
    let follows = |i: usize| {
        let rows = l.rows_in(i % n) as u64;
        l.counts[i] >= rows * row
            && (i % n == n - 1 || l.offsets[i + 1] == l.offsets[i].saturating_add(rows * row))
    };
    if !(0..planes * n).all(follows) {
        return;
    }
    let whole = row * l.height as u64;
    layout.offsets = (0..planes).map(|p| l.offsets[p * n]).collect();
    layout.counts = vec![whole; planes];
    layout.chunk.1 = layout.height;
}
