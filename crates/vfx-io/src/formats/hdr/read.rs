//! Radiance rows into float planes.
//!
//! Rows are found one after another; where each begins is remembered, so that going back costs one seek. Memory is four
//! bytes a column and eight a row. After damage rows are zero.

use super::{NAME, header, rgbe};
use crate::input::Cursor;
use crate::{Input, OpenOptions, Part};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};
use vfx_core::{
    Access, ChannelSet, Damage, ImageSource, ImageSpec, IoError, Limits, PlanesMut, Region,
};

struct Source {
    spec: ImageSpec,
    input: Input,
    options: OpenOptions,
    steps: [f32; 256],
    state: Mutex<State>,
}

struct State {
    reader: BufReader<Cursor>,
    /// Where the reader stands.
    at: u64,
    /// Where row `i` begins, for every row met.
    starts: Vec<u64>,
    /// The decoded row: its four planes one after another.
    planes: Vec<u8>,
    current: Option<usize>,
    damaged: Option<usize>,
}

/// Reads the header.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let (spec, pixels) = header::read(&input, &options.limits)?;
    let row = 4 * spec.width() as u64;
    Limits::check("max_chunk_bytes", row, options.limits.max_chunk_bytes)?;
    let state = State {
        reader: BufReader::with_capacity(1 << 16, input.reader(pixels)),
        at: pixels,
        starts: vec![pixels],
        planes: Vec::new(),
        current: None,
        damaged: None,
    };
    Ok(vec![Part::single(Source {
        spec,
        input,
        options: options.clone(),
        steps: rgbe::steps(),
        state: Mutex::new(state),
    })])
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        Access::TopDown { rows: 1 }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let (w, x0, y0) = (self.spec.width(), region.x0 as usize, region.y0 as usize);
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        for i in 0..region.height() {
            let decoded = self.seek(state, y0 + i)?;
            for (plane, &c) in out.iter_mut().zip(&channels.0) {
                let row = plane.row::<f32>(i);
                if !decoded {
                    row.fill(0.0);
                    continue;
                }
                let mantissas = &state.planes[c * w + x0..];
                let exponents = &state.planes[3 * w + x0..];
                for ((o, &m), &e) in row.iter_mut().zip(mantissas).zip(exponents) {
                    *o = f32::from(m) * self.steps[usize::from(e)];
                }
            }
        }
        Ok(())
    }
}

impl Source {
    /// Decodes row `y` into `state.planes`; false when it is lost.
    fn seek(&self, state: &mut State, y: usize) -> Result<bool, IoError> {
        if state.current == Some(y) {
            return Ok(true);
        }
        let mut next = y.min(state.starts.len() - 1);
        while next <= y {
            if state.damaged.is_some_and(|d| next >= d) {
                return Ok(false);
            }
            let start = state.starts[next];
            if state.at != start {
                state.current = None;
                let to = SeekFrom::Start(start);
                state.reader.seek(to).map_err(IoError::os("read"))?;
                state.at = start;
            }
            state.planes.resize(4 * self.spec.width(), 0);
            state.current = None;
            match self.row(state) {
                Ok(()) => state.current = Some(next),
                Err(e) => {
                    // Where the reader stands is unknown now; the next use seeks.
                    state.at = u64::MAX;
                    self.damage(next, e)?;
                    state.damaged = Some(next);
                    return Ok(false);
                }
            }
            next += 1;
            if next == state.starts.len() {
                state.starts.push(state.at);
            }
        }
        Ok(true)
    }

    fn damage(&self, from: usize, error: IoError) -> Result<(), IoError> {
        let mut region = self.spec.data_window;
        region.y0 += from as i64;
        let damage = Damage {
            place: format!("rows {from}-{}", self.spec.height() - 1),
            problem: error.to_string(),
            region,
        };
        self.options.damaged(&self.input, damage, error)
    }

    /// One row of any coding from where the reader stands.
    fn row(&self, state: &mut State) -> Result<(), IoError> {
        let w = self.spec.width();
        let State {
            reader, at, planes, ..
        } = state;
        let mut bytes = Bytes { reader, at };
        let mut pixel = bytes.take::<4>()?;
        let runs = rgbe::RUN_WIDTHS.contains(&w) && pixel[..2] == [2, 2] && pixel[2] < 128;
        if runs {
            if usize::from(u16::from_be_bytes([pixel[2], pixel[3]])) != w {
                return Err(bad("a row says another width"));
            }
            return planes.chunks_exact_mut(w).try_for_each(|p| bytes.runs(p));
        }
        // Flat pixels, or old runs: a pixel of mantissas 1 1 1 repeats the last one; several such add digits of base 256.
        let (mut x, mut shift, mut last) = (0, 0u32, [0; 4]);
        loop {
            if pixel[..3] == [1, 1, 1] {
                let n = usize::from(pixel[3]) << shift;
                if n > w - x {
                    return Err(bad("a run passes the end of its row"));
                }
                for (p, v) in planes.chunks_exact_mut(w).zip(last) {
                    p[x..x + n].fill(v);
                }
                x += n;
                shift += 8;
                if shift > 16 {
                    return Err(bad("a run is longer than any row"));
                }
            } else {
                for (p, v) in planes.chunks_exact_mut(w).zip(pixel) {
                    p[x] = v;
                }
                (last, shift) = (pixel, 0);
                x += 1;
            }
            if x == w {
                return Ok(());
            }
            pixel = bytes.take::<4>()?;
        }
    }
}

fn bad(problem: &'static str) -> IoError {
    IoError::malformed(NAME, "pixels", problem)
}

struct Bytes<'a> {
    reader: &'a mut BufReader<Cursor>,
    at: &'a mut u64,
}

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], IoError> {
        let mut b = [0; N];
        self.fill(&mut b)?;
        Ok(b)
    }
    fn fill(&mut self, out: &mut [u8]) -> Result<(), IoError> {
        self.reader.read_exact(out).map_err(ended)?;
        *self.at += out.len() as u64;
        Ok(())
    }
    /// One plane of new runs.
    fn runs(&mut self, plane: &mut [u8]) -> Result<(), IoError> {
        let mut x = 0;
        while x < plane.len() {
            let buffer = self.reader.fill_buf().map_err(ended)?;
            let left = plane.len() - x;
            // Fast: code and bytes both in the buffer.
            match *buffer {
                [n @ 129..=255, v, ..] if usize::from(n - 128) <= left => {
                    let n = usize::from(n - 128);
                    plane[x..x + n].fill(v);
                    x += n;
                    self.reader.consume(2);
                    *self.at += 2;
                }
                [n @ 1..=128, ref rest @ ..]
                    if usize::from(n) <= left && usize::from(n) <= rest.len() =>
                {
                    let n = usize::from(n);
                    plane[x..x + n].copy_from_slice(&rest[..n]);
                    x += n;
                    self.reader.consume(n + 1);
                    *self.at += n as u64 + 1;
                }
                _ => {
                    let [code] = self.take::<1>()?;
                    let n = usize::from(if code > 128 { code - 128 } else { code });
                    if n == 0 || n > left {
                        return Err(bad("a run passes the end of its row"));
                    }
                    if code > 128 {
                        let [v] = self.take::<1>()?;
                        plane[x..x + n].fill(v);
                    } else {
                        self.fill(&mut plane[x..x + n])?;
                    }
                    x += n;
                }
            }
        }
        Ok(())
    }
}

fn ended(e: std::io::Error) -> IoError {
    if e.kind() == std::io::ErrorKind::UnexpectedEof {
        bad("the file ends early")
    } else {
        IoError::os("read")(e)
    }
}
