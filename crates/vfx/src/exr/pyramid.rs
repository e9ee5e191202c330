//! Cuts scan line or tiled parts into tiles, with reduced levels on request.
//!
//! Pixels stream from top to bottom once: each level keeps a row of tiles and one row being averaged, so memory does not grow with the height. A reduced pixel
//! is the mean of the area it covers (a box, also where odd sizes make it 1.5 pixels wide), in f32; integer channels, which are mostly ids, and channels that the
//! caller names (depth, ids kept as floats) take the sample at its centre. Level 0 is bit for bit the source. NaN and infinities spread as arithmetic has it.
//! Tiles are written as they become complete, levels mixed: the line order says "random".
//!
//! OpenEXR's `exrmaketiled` (`makeTiled.cpp`) makes other reduced levels, and the format prescribes none: it resamples with four taps (1, 3, 3, 1) / 8 a direction, spread so
//! that the outermost pixels of both levels coincide, extrapolates by a choice that it records as `wrapmodes`, averages integers too, and needs the whole picture in memory.
//! Its levels are softer and, where sizes are odd, moved by up to half a pixel; a box keeps the mean of the picture and every reduced pixel over the area that it stands for.

use super::in_file;
use crate::Error;
use half::f16;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek};
use std::path::Path;
use std::sync::Arc;
use vfx_core::{Cancel, IoError};
use vfx_exr::{
    Box2i, ChunkIndex, Compression, EncodedChunk, Encoder, LevelMode, LevelRounding, LineOrder,
    PartType, PlaneMut, PlaneRef, Reader, SampleType, Tiles, Writer,
};
use vfx_io::Output;

/// How to cut.
#[derive(Debug, Clone)]
pub struct Pyramid {
    /// Tile width and height.
    pub tile: (u32, u32),
    /// Which levels.
    pub mode: LevelMode,
    /// How odd sizes are halved.
    pub rounding: LevelRounding,
    /// Another compression than the source's.
    pub compression: Option<Compression>,
    /// Channels whose reduced levels take samples and no means, as those of integers always do.
    pub point: Vec<String>,
}

/// One row of one channel: what is averaged, and the bits of what is not.
#[derive(Clone)]
enum Row {
    Number(Vec<f32>),
    Id(Vec<u32>),
}

/// A level being filled.
struct LevelState {
    window: Box2i,
    /// First chunk number of the level, and tiles in a row.
    first: usize,
    columns: usize,
    /// Rows of the current row of tiles, one buffer a channel, and how many are in.
    band: Vec<Vec<u8>>,
    rows: usize,
    /// Complete rows of tiles.
    tile_rows: usize,
    /// Rows of the level above that were taken, its height, and the row being averaged.
    taken: u64,
    height_above: u64,
    sum: Vec<Row>,
    /// Row that is being averaged.
    row: u64,
}

struct Part<'a> {
    encoder: &'a Encoder,
    types: Vec<SampleType>,
    /// Whether a channel is averaged.
    means: Vec<bool>,
    tiles: Tiles,
    levels: BTreeMap<(u32, u32), LevelState>,
    threads: usize,
}

/// Writes the flat parts of a file as tiles.
///
/// # Errors
/// [`Error::UnknownChannel`] if no part has a channel to sample; [`Error::Exr`] for damage in the source, subsampled channels and deep parts; [`Error::Io`] for the file, also when cancelled.
pub fn pyramid(
    path: &Path,
    reader: &Reader,
    options: &Pyramid,
    threads: usize,
    cancel: &Cancel,
) -> Result<u64, Error> {
    let failed = in_file(path);
    let mut headers = reader.headers().to_vec();
    let channels = || headers.iter().flat_map(|h| &h.channels).map(|c| &*c.name);
    if let Some(name) = options.point.iter().find(|n| !channels().any(|c| c == *n)) {
        return Err(Error::UnknownChannel {
            name: name.clone(),
            known: channels().collect::<Vec<_>>().join(", "),
        });
    }
    for (part, h) in headers.iter_mut().enumerate() {
        if h.is_deep() {
            let found = h.part_type.as_ref().map_or("", |t| t.name()).to_owned();
            return Err(failed(vfx_exr::Error::UnsupportedPart { part, found }));
        }
        h.part_type = Some(PartType::Tiled);
        h.tiles = Some(Tiles {
            width: options.tile.0,
            height: options.tile.1,
            mode: options.mode,
            rounding: options.rounding,
        });
        h.line_order = if options.mode == LevelMode::OneLevel {
            LineOrder::IncreasingY
        } else {
            LineOrder::RandomY
        };
        h.compression = options.compression.unwrap_or(h.compression);
    }
    let mut output = Output::create(path).map_err(|e| e.in_file(path))?;
    let buffered = BufWriter::with_capacity(1 << 20, output.file().clone());
    let mut writer = Writer::create(buffered, headers).map_err(&failed)?;
    for part in 0..reader.headers().len() {
        one_part(
            &mut writer,
            reader,
            part,
            &options.point,
            threads,
            cancel,
            &failed,
        )?;
    }
    let mut buffered = writer.finish().map_err(&failed)?;
    let end = buffered
        .stream_position()
        .map_err(|e| IoError::os("write")(e).in_file(path))?;
    output.reserve_to(end);
    Ok(output.finish().map_err(|e| e.in_file(path))?.bytes)
}

fn one_part(
    writer: &mut Writer<BufWriter<Arc<File>>>,
    reader: &Reader,
    part: usize,
    point: &[String],
    threads: usize,
    cancel: &Cancel,
    failed: &impl Fn(vfx_exr::Error) -> Error,
) -> Result<(), Error> {
    let encoder = writer.encoder(part).expect("an encoder a part");
    let header = encoder.header().clone();
    let tiles = header.tiles.expect("set above");
    let window = header.data_window;
    let types: Vec<SampleType> = header.channels.iter().map(|c| c.sample_type).collect();
    let mean = |c: &vfx_exr::Channel| c.sample_type != SampleType::Uint && !point.contains(&c.name);
    let mut state = Part {
        encoder: &encoder,
        types,
        means: header.channels.iter().map(mean).collect(),
        tiles,
        levels: BTreeMap::new(),
        threads: threads.max(1),
    };
    state.lay_out();
    // The source may hold its channels in another order.
    let list = &reader.headers()[part].channels;
    let order: Vec<usize> = header
        .channels
        .iter()
        .map(|c| {
            let same = |s: &vfx_exr::Channel| s.name == c.name;
            list.iter().position(same).expect("the source's channels")
        })
        .collect();
    let mut top = window.min.1;
    loop {
        if cancel.is_cancelled() {
            return Err(IoError::Cancelled.into());
        }
        let bottom = i64::from(top) + i64::from(tiles.height) - 1;
        let bottom = bottom.min(i64::from(window.max.1)) as i32;
        let region = Box2i::new((window.min.0, top), (window.max.0, bottom));
        let rows = region.height() as usize;
        let mut band = state.empty_band((0, 0));
        let width = region.width() as usize;
        let mut out: Vec<PlaneMut<'_>> = band
            .iter_mut()
            .zip(&state.types)
            .map(|(bytes, t)| PlaneMut {
                bytes,
                stride: width * t.size(),
            })
            .collect();
        reader
            .read(part, (0, 0), region, &order, &mut out)
            .map_err(failed)?;
        let mut chunks = Vec::new();
        for y in 0..rows {
            let row = state.row_of(&band, width, y);
            state.reduce((0, 0), &row, &mut chunks).map_err(failed)?;
        }
        let level = state.levels.get_mut(&(0, 0)).expect("level 0");
        (level.band, level.rows) = (band, rows);
        state.flush((0, 0), &mut chunks).map_err(failed)?;
        for chunk in chunks {
            writer.commit(chunk).map_err(failed)?;
        }
        if bottom == window.max.1 {
            return Ok(());
        }
        top = bottom + 1;
    }
}

impl Part<'_> {
    fn lay_out(&mut self) {
        let mut first = 0;
        for level in self.encoder.levels() {
            let columns = level.width.div_ceil(self.tiles.width) as usize;
            let rows = level.height.div_ceil(self.tiles.height) as usize;
            let (lx, ly) = level.index;
            let above = match self.tiles.mode {
                LevelMode::Ripmap if ly > 0 => Some((lx, ly - 1)),
                LevelMode::Mipmap if ly > 0 => Some((lx - 1, ly - 1)),
                _ => None,
            };
            let height_above = above
                .and_then(|a| self.levels.get(&a))
                .map_or(1, |l| l.window.height());
            let state = LevelState {
                window: level.window,
                first,
                columns,
                band: Vec::new(),
                rows: 0,
                tile_rows: 0,
                taken: 0,
                height_above,
                sum: Vec::new(),
                row: 0,
            };
            first += columns * rows;
            self.levels.insert(level.index, state);
            if level.index != (0, 0) {
                let band = self.empty_band(level.index);
                self.levels.get_mut(&level.index).expect("inserted").band = band;
            }
        }
    }

    fn empty_band(&self, level: (u32, u32)) -> Vec<Vec<u8>> {
        let window = &self.levels[&level].window;
        let rows = window.height().min(u64::from(self.tiles.height)) as usize;
        let bytes = |t: &SampleType| vec![0; window.width() as usize * t.size() * rows];
        self.types.iter().map(bytes).collect()
    }

    fn row_of(&self, band: &[Vec<u8>], width: usize, y: usize) -> Vec<Row> {
        let channels = band.iter().zip(&self.types).zip(&self.means);
        let rows = channels.map(|((bytes, t), mean)| {
            let n = width * t.size();
            let row = &bytes[y * n..(y + 1) * n];
            let word = |b: &[u8]| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]);
            let half = |b: &[u8]| u16::from_ne_bytes([b[0], b[1]]);
            let (words, halves) = (row.chunks_exact(4).map(word), row.chunks_exact(2).map(half));
            match (t, mean) {
                (SampleType::Half, true) => {
                    Row::Number(halves.map(|h| f16::from_bits(h).to_f32()).collect())
                }
                (SampleType::Half, false) => Row::Id(halves.map(u32::from).collect()),
                (_, true) => Row::Number(words.map(f32::from_bits).collect()),
                (_, false) => Row::Id(words.collect()),
            }
        });
        rows.collect()
    }

    /// Hands a row of a level on to the levels that are made of it.
    fn reduce(
        &mut self,
        (lx, ly): (u32, u32),
        row: &[Row],
        chunks: &mut Vec<EncodedChunk>,
    ) -> Result<(), vfx_exr::Error> {
        match self.tiles.mode {
            LevelMode::OneLevel => Ok(()),
            LevelMode::Mipmap => {
                let next = (lx + 1, ly + 1);
                let Some(level) = self.levels.get(&next) else {
                    return Ok(());
                };
                let narrow = narrowed(row, level.window.width() as usize);
                self.feed(next, &narrow, chunks)
            }
            LevelMode::Ripmap => {
                let right = (lx + 1, ly);
                if let Some(level) = self.levels.get(&right).filter(|_| ly == 0) {
                    let narrow = narrowed(row, level.window.width() as usize);
                    self.store(right, &narrow, chunks)?;
                }
                if self.levels.contains_key(&(lx, ly + 1)) {
                    self.feed((lx, ly + 1), row, chunks)?;
                }
                Ok(())
            }
        }
    }

    /// Averages rows of the level above, already as wide as this one.
    fn feed(
        &mut self,
        at: (u32, u32),
        row: &[Row],
        chunks: &mut Vec<EncodedChunk>,
    ) -> Result<(), vfx_exr::Error> {
        let level = self.levels.get_mut(&at).expect("a level of the part");
        let (above, height) = (level.height_above as f64, level.window.height());
        let step = above / height as f64;
        let (from, to) = (level.taken as f64, level.taken as f64 + 1.0);
        level.taken += 1;
        let last = level.taken == level.height_above;
        let mut complete = Vec::new();
        while level.row < height {
            let (start, end) = (level.row as f64 * step, (level.row + 1) as f64 * step);
            let share = (to.min(end) - from.max(start)).max(0.0) / step;
            // The sample at the centre is the id of the area.
            let centre = (start + end) / 2.0;
            let takes_id = centre >= from && centre < to;
            if share > 0.0 {
                add(&mut level.sum, row, share as f32, takes_id);
            }
            if end > to && !last {
                break;
            }
            complete.push(std::mem::take(&mut level.sum));
            level.row += 1;
            if end >= to && !last {
                break;
            }
        }
        for row in complete {
            self.store(at, &row, chunks)?;
        }
        Ok(())
    }

    /// Puts a finished row into its level's tiles, and hands it on.
    fn store(
        &mut self,
        at: (u32, u32),
        row: &[Row],
        chunks: &mut Vec<EncodedChunk>,
    ) -> Result<(), vfx_exr::Error> {
        let types = &self.types;
        let level = self.levels.get_mut(&at).expect("a level of the part");
        let y = level.rows;
        for ((bytes, row), t) in level.band.iter_mut().zip(row).zip(types) {
            let n = level.window.width() as usize * t.size();
            let to = &mut bytes[y * n..(y + 1) * n];
            match (row, t) {
                (Row::Id(v), SampleType::Half) => to
                    .chunks_exact_mut(2)
                    .zip(v)
                    .for_each(|(b, v)| b.copy_from_slice(&(*v as u16).to_ne_bytes())),
                (Row::Id(v), _) => to
                    .chunks_exact_mut(4)
                    .zip(v)
                    .for_each(|(b, v)| b.copy_from_slice(&v.to_ne_bytes())),
                (Row::Number(v), SampleType::Half) => to
                    .chunks_exact_mut(2)
                    .zip(v)
                    .for_each(|(b, v)| b.copy_from_slice(&f16::from_f32(*v).to_ne_bytes())),
                (Row::Number(v), _) => to
                    .chunks_exact_mut(4)
                    .zip(v)
                    .for_each(|(b, v)| b.copy_from_slice(&v.to_ne_bytes())),
            }
        }
        level.rows += 1;
        let done = level.tile_rows * self.tiles.height as usize + level.rows;
        if level.rows == self.tiles.height as usize || done as u64 == level.window.height() {
            self.flush(at, chunks)?;
        }
        self.reduce(at, row, chunks)
    }

    /// Compresses the level's row of tiles.
    fn flush(
        &mut self,
        at: (u32, u32),
        chunks: &mut Vec<EncodedChunk>,
    ) -> Result<(), vfx_exr::Error> {
        let level = &self.levels[&at];
        let first = level.first + level.tile_rows * level.columns;
        let width = level.window.width() as usize;
        let tile = self.tiles.width as usize;
        let one = |column: usize| {
            let planes: Vec<PlaneRef<'_>> = level
                .band
                .iter()
                .zip(&self.types)
                .map(|(bytes, t)| PlaneRef {
                    bytes: &bytes[column * tile * t.size()..],
                    stride: width * t.size(),
                })
                .collect();
            self.encoder.encode(ChunkIndex(first + column), &planes)
        };
        let share = level.columns.div_ceil(self.threads);
        let columns: Vec<usize> = (0..level.columns).collect();
        let encoded: Vec<_> = if share == level.columns {
            columns.into_iter().map(one).collect()
        } else {
            std::thread::scope(|s| {
                let one = &one;
                let running: Vec<_> = columns
                    .chunks(share)
                    .map(|some| s.spawn(move || some.iter().map(|&c| one(c)).collect::<Vec<_>>()))
                    .collect();
                let join =
                    |h: std::thread::ScopedJoinHandle<'_, Vec<_>>| h.join().expect("no panic");
                running.into_iter().flat_map(join).collect()
            })
        };
        for chunk in encoded {
            chunks.push(chunk?);
        }
        let level = self.levels.get_mut(&at).expect("a level of the part");
        level.tile_rows += 1;
        level.rows = 0;
        Ok(())
    }
}

/// Adds a share of a row to the row being averaged.
fn add(sum: &mut Vec<Row>, row: &[Row], share: f32, takes_id: bool) {
    if sum.is_empty() {
        *sum = row
            .iter()
            .map(|r| match r {
                Row::Number(v) => Row::Number(v.iter().map(|v| v * share).collect()),
                Row::Id(v) => Row::Id(v.clone()),
            })
            .collect();
        return;
    }
    for (sum, row) in sum.iter_mut().zip(row) {
        match (sum, row) {
            (Row::Number(sum), Row::Number(row)) => {
                sum.iter_mut().zip(row).for_each(|(s, v)| *s += v * share);
            }
            (Row::Id(sum), Row::Id(row)) if takes_id => sum.clone_from(row),
            _ => {}
        }
    }
}

/// Rows with fewer columns.
fn narrowed(row: &[Row], to: usize) -> Vec<Row> {
    let one = |r: &Row| match r {
        Row::Number(v) => Row::Number(narrow(v, to)),
        Row::Id(v) => {
            let step = v.len() as f64 / to as f64;
            let at = |i: usize| ((i as f64 + 0.5) * step) as usize;
            Row::Id((0..to).map(|i| v[at(i).min(v.len() - 1)]).collect())
        }
    };
    row.iter().map(one).collect()
}

fn narrow(v: &[f32], to: usize) -> Vec<f32> {
    if v.len() == to {
        return v.to_vec();
    }
    if v.len() == 2 * to {
        return v.chunks_exact(2).map(|p| (p[0] + p[1]) * 0.5).collect();
    }
    let step = v.len() as f64 / to as f64;
    let mean = |i: usize| {
        let (start, end) = (i as f64 * step, (i + 1) as f64 * step);
        let (first, last) = (start as usize, (end.ceil() as usize).min(v.len()));
        let share = |x: usize| ((x as f64 + 1.0).min(end) - (x as f64).max(start)).max(0.0);
        let sum: f64 = (first..last).map(|x| f64::from(v[x]) * share(x)).sum();
        (sum / step) as f32
    };
    (0..to).map(mean).collect()
}
