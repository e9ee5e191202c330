//! PNG pixels: rows through the `png` crate, unpacked into planes.
//!
//! Samples are the file's code values: 1, 2 and 4 bit gray stays so, a palette becomes 8-bit RGB(A), a transparent colour
//! (tRNS) becomes an alpha channel of zero and full scale. Rows come in order from one decoder behind a lock, which begins
//! anew when an earlier row is asked for; an interlaced picture is decoded whole. After damage rows are zero.

use super::{NAME, metadata};
use crate::formats::interleaved::split;
use crate::input::Cursor;
use crate::{Input, OpenOptions, Part};
use png::{ColorType, DecodingError};
use std::io::BufReader;
use std::sync::{Mutex, PoisonError};
use vfx_core::{
    Access, Alpha, Channel, ChannelSet, Damage, ImageSource, ImageSpec, IoError, Limits, PlaneMut,
    PlanesMut, Region, SampleFormat,
};

/// The most that deflate can shrink: 258 bytes a two-bit pair of codes, rounded up.
const MAX_RATIO: u64 = 1040;

type Reader = png::Reader<BufReader<Cursor>>;

/// How a row's bytes become samples.
struct Packing {
    color: ColorType,
    /// 1, 2, 4, 8 or 16.
    depth: u8,
    width: usize,
    /// RGBA of every index.
    palette: Vec<[u8; 4]>,
    /// The colour that is transparent.
    transparent: Option<[u16; 3]>,
}

struct Source {
    spec: ImageSpec,
    input: Input,
    options: OpenOptions,
    packing: Packing,
    interlaced: bool,
    row_bytes: usize,
    state: Mutex<State>,
}

struct State {
    reader: Option<Reader>,
    next: usize,
    row: Vec<u8>,
    /// The first row that could not be decoded.
    damaged: Option<usize>,
    reported: bool,
    whole: Option<Vec<u8>>,
}

fn wrong(e: DecodingError) -> IoError {
    match e {
        DecodingError::IoError(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            IoError::Os {
                action: "read",
                source,
            }
        }
        e => IoError::malformed(NAME, "image data", e.to_string()),
    }
}

fn start(input: &Input, limits: &Limits) -> Result<Reader, IoError> {
    let mut decoder = png::Decoder::new(BufReader::with_capacity(1 << 16, input.reader(0)));
    let bytes = limits
        .max_chunk_bytes
        .saturating_add(limits.max_metadata_bytes);
    decoder.set_limits(png::Limits {
        bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
    });
    decoder.set_transformations(png::Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.read_info().map_err(|e| match e {
        DecodingError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            IoError::malformed(NAME, "header", "the file ends before its pixels")
        }
        DecodingError::LimitsExceeded => IoError::Limit {
            limit: "max_chunk_bytes",
            found: limits.max_chunk_bytes.saturating_add(1),
            allowed: limits.max_chunk_bytes,
        },
        DecodingError::Format(e) => IoError::malformed(NAME, "header", e.to_string()),
        e => wrong(e),
    })
}

/// Reads the headers.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let reader = start(&input, &options.limits)?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    let (color, depth) = (info.color_type, info.bit_depth as u8);
    let row_bytes = (width as u64 * color.samples() as u64 * u64::from(depth)).div_ceil(8);
    Limits::check("max_chunk_bytes", row_bytes, options.limits.max_chunk_bytes)?;
    let interlaced = info.interlaced;
    if interlaced {
        let whole = row_bytes.saturating_mul(height as u64);
        Limits::check("max_whole_bytes", whole, options.limits.max_whole_bytes)?;
        if whole > input.len().saturating_mul(MAX_RATIO) {
            return Err(IoError::malformed(
                NAME,
                "IHDR chunk",
                format!(
                    "{width} x {height} pixels cannot be in {} bytes",
                    input.len()
                ),
            ));
        }
    }
    let trns = info.trns.as_deref();
    let mut palette = vec![[0, 0, 0, 255]; 256];
    for (p, c) in palette
        .iter_mut()
        .zip(info.palette.as_deref().unwrap_or(&[]).as_chunks::<3>().0)
    {
        p[..3].copy_from_slice(c);
    }
    let mut transparent = None;
    let format = SampleFormat::unsigned(depth);
    let alpha = match (color, trns) {
        (ColorType::Indexed, Some(t)) => {
            palette.iter_mut().zip(t).for_each(|(p, &a)| p[3] = a);
            true
        }
        (ColorType::Grayscale, Some(&[a, b])) => {
            transparent = Some([u16::from_be_bytes([a, b]); 3]);
            true
        }
        (ColorType::Rgb, Some(&[a, b, c, d, e, f])) => {
            transparent = Some([[a, b], [c, d], [e, f]].map(u16::from_be_bytes));
            true
        }
        // The crate narrows the colour of pictures below 16 bits.
        (ColorType::Grayscale, Some(&[y])) => {
            transparent = Some([y.into(); 3]);
            true
        }
        (ColorType::Rgb, Some(&[r, g, b])) => {
            transparent = Some([r, g, b].map(u16::from));
            true
        }
        (ColorType::GrayscaleAlpha | ColorType::Rgba, _) => true,
        _ => false,
    };
    let (names, format): (&[&str], _) = match color {
        ColorType::Grayscale | ColorType::GrayscaleAlpha => (&["Y"], format),
        ColorType::Indexed => (&["R", "G", "B"], SampleFormat::U8),
        _ => (&["R", "G", "B"], format),
    };
    let names = names.iter().copied().chain(alpha.then_some("A"));
    let mut spec = ImageSpec::new(
        width,
        height,
        names.map(|n| Channel::new(n, format)).collect(),
    );
    spec.alpha = Alpha::Unassociated;
    metadata::read(&input, options, &mut spec)?;
    let packing = Packing {
        color,
        depth,
        width,
        palette,
        transparent,
    };
    Ok(vec![Part::single(Source {
        spec,
        input,
        options: options.clone(),
        packing,
        interlaced,
        row_bytes: row_bytes as usize,
        state: Mutex::new(State {
            reader: Some(reader),
            next: 0,
            row: Vec::new(),
            damaged: None,
            reported: false,
            whole: None,
        }),
    })])
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        if self.interlaced {
            Access::Whole
        } else {
            Access::TopDown { rows: 1 }
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let window = self.spec.data_window;
        let x0 = (region.x0 - window.x0) as usize;
        let y0 = (region.y0 - window.y0) as usize;
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        if self.interlaced && state.whole.is_none() {
            self.decode_whole(state)?;
        }
        for i in 0..region.height() {
            let row = if let Some(whole) = &state.whole {
                &whole[(y0 + i) * self.row_bytes..][..self.row_bytes]
            } else if self.seek(state, y0 + i)? {
                &state.row
            } else {
                out.iter_mut().for_each(|p| p.row_bytes(i).fill(0));
                continue;
            };
            for (plane, &c) in out.iter_mut().zip(&channels.0) {
                self.packing.unpack(row, c, x0, i, plane);
            }
        }
        Ok(())
    }
}

impl Source {
    /// Decodes up to row `y`, which is then in `state.row`; false when it is lost.
    fn seek(&self, state: &mut State, y: usize) -> Result<bool, IoError> {
        if state.next == y + 1 && !state.row.is_empty() {
            return Ok(true);
        }
        if state.damaged.is_some_and(|d| y >= d) {
            return Ok(false);
        }
        if y < state.next || state.reader.is_none() {
            state.reader = None;
            state.next = 0;
            state.reader = Some(start(&self.input, &self.options.limits)?);
        }
        while state.next <= y {
            let reader = state.reader.as_mut().expect("started above");
            match reader.next_row() {
                Ok(Some(row)) if row.data().len() == self.row_bytes => {
                    if state.next == y {
                        state.row.clear();
                        state.row.extend_from_slice(row.data());
                    }
                    state.next += 1;
                }
                other => {
                    let error = match other {
                        Err(e) => wrong(e),
                        Ok(_) => IoError::malformed(NAME, "image data", "it ends early"),
                    };
                    let from = state.next;
                    state.reader = None;
                    state.next = 0;
                    state.row.clear();
                    self.damage(state, from, error)?;
                    state.damaged = Some(from);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn damage(&self, state: &mut State, from: usize, error: IoError) -> Result<(), IoError> {
        if state.reported && !self.options.strict {
            return Ok(());
        }
        state.reported = true;
        let mut region = self.spec.data_window;
        region.y0 = region.y0.saturating_add(from as i64);
        let damage = Damage {
            place: format!("rows {from}-{}", self.spec.height().saturating_sub(1)),
            problem: error.to_string(),
            region,
        };
        self.options.damaged(&self.input, damage, error)
    }

    fn decode_whole(&self, state: &mut State) -> Result<(), IoError> {
        let mut reader = match state.reader.take() {
            Some(r) => r,
            None => start(&self.input, &self.options.limits)?,
        };
        let mut pixels = vec![0; self.row_bytes * self.spec.height()];
        if let Err(e) = reader.next_frame(&mut pixels) {
            self.damage(state, 0, wrong(e))?;
        }
        state.whole = Some(pixels);
        Ok(())
    }
}

impl Packing {
    /// Channel `c` of a row from column `x0` on, into row `y` of the plane.
    fn unpack(&self, row: &[u8], c: usize, x0: usize, y: usize, out: &mut PlaneMut<'_>) {
        let n = self.color.samples();
        let is_alpha = c == n && self.color != ColorType::Indexed;
        let w = out.width();
        debug_assert!(x0 + w <= self.width);
        match (self.color, self.depth) {
            (ColorType::Indexed, depth) => {
                let index = bits(row, depth, x0);
                let out = out.row::<u8>(y);
                for (o, i) in out.iter_mut().zip(index) {
                    *o = self.palette[usize::from(i)][c];
                }
            }
            (_, 16) => {
                let px = &row.as_chunks::<2>().0[x0 * n..];
                let out = out.row::<u16>(y);
                if is_alpha {
                    let t = self.transparent.unwrap_or_default();
                    for (o, p) in out.iter_mut().zip(px.chunks_exact(n)) {
                        let hit = p.iter().zip(t).all(|(&s, t)| u16::from_be_bytes(s) == t);
                        *o = if hit { 0 } else { u16::MAX };
                    }
                } else {
                    split(px, n, c, out, u16::from_be_bytes);
                }
            }
            (_, 8) => {
                let px = &row[x0 * n..];
                let out = out.row::<u8>(y);
                if is_alpha {
                    let t = self.transparent.unwrap_or_default();
                    for (o, p) in out.iter_mut().zip(px.chunks_exact(n)) {
                        let hit = p.iter().zip(t).all(|(&s, t)| u16::from(s) == t);
                        *o = if hit { 0 } else { u8::MAX };
                    }
                } else {
                    split(px, n, c, out, |s| s);
                }
            }
            (_, depth) => {
                let full = (1 << depth) - 1;
                let t = self.transparent.unwrap_or_default()[0];
                let out = out.row::<u8>(y);
                for (o, v) in out.iter_mut().zip(bits(row, depth, x0)) {
                    *o = match is_alpha {
                        true if u16::from(v) == t => 0,
                        true => full,
                        false => v,
                    };
                }
            }
        }
    }
}

/// Samples of 1, 2, 4 or 8 bits, most significant first, from sample `x0` on.
fn bits(row: &[u8], depth: u8, x0: usize) -> impl Iterator<Item = u8> {
    let depth = usize::from(depth);
    let mask = ((1u16 << depth) - 1) as u8;
    (x0..).map_while(move |x| {
        let at = x * depth;
        row.get(at / 8).map(|b| (b >> (8 - depth - at % 8)) & mask)
    })
}
