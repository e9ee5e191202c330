//! Samples of portable anymaps into planes.
//!
//! Binary rows are read by position, any region for its own cost; numbers in text are parsed once, whole, into memory that
//! the file's length bounds. Codes above the stated maximum count as the maximum. Missing pixels are zero.

use super::NAME;
use super::header::{self, Coding, Header};
use crate::formats::interleaved::split;
use crate::{Input, OpenOptions, Part};
use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use vfx_core::{
    Access, Alpha, Channel, ChannelSet, Damage, ImageSource, ImageSpec, IoError, Limits, Origin,
    PlaneMut, PlanesMut, Region, SampleFormat, Value,
};

struct Source {
    spec: ImageSpec,
    input: Input,
    options: OpenOptions,
    header: Header,
    /// Every sample of a text file, interleaved; fewer when the file ends early.
    text: OnceLock<Vec<u16>>,
    reported: AtomicBool,
}

/// Reads the header.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let header = header::read(&input, &options.limits)?;
    let format = match header.coding {
        Coding::Float { .. } => SampleFormat::F32,
        _ => match header.exact_bits() {
            Some(bits) => SampleFormat::unsigned(bits),
            None if header.maximum > 255 => SampleFormat::U16,
            None => SampleFormat::U8,
        },
    };
    let channels = ImageSpec::default_channels(header.channels, format);
    let mut spec = ImageSpec::new(header.width, header.height, channels);
    if header.channels > 4 {
        for (i, c) in spec.channels.iter_mut().enumerate() {
            *c = Channel::new(format!("channel{i}"), format);
        }
    }
    let space = if format.is_float() {
        "lin_rec709_scene"
    } else {
        // What the Netpbm manual says these files hold, and OpenImageIO after it.
        "itu709_rec709_scene"
    };
    spec.color_space = Some(space.into());
    if spec.alpha_index().is_some() && !format.is_float() {
        spec.alpha = Alpha::Unassociated;
    }
    let binary = !matches!(header.coding, Coding::Text | Coding::TextBits);
    let mut set = |name: &str, v| {
        let origin = Origin::Format("pnm");
        spec.attributes.set(name, Value::Int(v), origin);
    };
    set("pnm:binary", i64::from(binary));
    if let Coding::Float { little } = header.coding {
        set("pnm:bigendian", i64::from(!little));
    }
    Ok(vec![Part::single(Source {
        spec,
        input,
        options: options.clone(),
        header,
        text: OnceLock::new(),
        reported: AtomicBool::new(false),
    })])
}

thread_local! {
    /// One row's bytes.
    static ROW: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        if matches!(self.header.coding, Coding::Text | Coding::TextBits) {
            return Access::Whole;
        }
        let rows = (256 << 10) / self.header.row_bytes().max(1);
        Access::Random {
            chunk: (
                self.header.width,
                (rows.max(1) as usize).min(self.header.height),
            ),
            partial: true,
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let (x0, y0) = (region.x0 as usize, region.y0 as usize);
        let (w, n) = (region.width(), self.header.channels);
        if matches!(self.header.coding, Coding::Text | Coding::TextBits) {
            let samples = self.samples()?;
            for i in 0..region.height() {
                let at = ((y0 + i) * self.header.width + x0) * n;
                let row = samples.get(at..).unwrap_or_default();
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    plane.row_bytes(i).fill(0);
                    self.scaled(row, c, i, plane, u32::from);
                }
            }
            return Ok(());
        }
        // The bytes that hold these columns.
        let bits = match self.header.coding {
            Coding::Bits => 1,
            Coding::Float { .. } => 32 * n,
            _ if self.header.maximum > 255 => 16 * n,
            _ => 8 * n,
        };
        let (from, to) = (x0 * bits / 8, ((x0 + w) * bits).div_ceil(8));
        ROW.with_borrow_mut(|buffer| {
            for i in 0..region.height() {
                let y = y0 + i;
                let line = match self.header.coding {
                    Coding::Float { .. } => self.header.height - 1 - y,
                    _ => y,
                };
                let at = self.header.offset + line as u64 * self.header.row_bytes() + from as u64;
                buffer.clear();
                buffer.resize(to - from, 0);
                self.fill(at, buffer, y)?;
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    self.unpack(buffer, c, x0, i, plane);
                }
            }
            Ok(())
        })
    }
}

impl Source {
    /// Fills `buffer` from `at`, zeros where the file has ended.
    fn fill(&self, at: u64, buffer: &mut [u8], y: usize) -> Result<(), IoError> {
        let there = self.input.len().saturating_sub(at).min(buffer.len() as u64) as usize;
        self.input.read_exact_at(at, &mut buffer[..there])?;
        if there < buffer.len() {
            self.damage(y)?;
        }
        Ok(())
    }

    fn damage(&self, y: usize) -> Result<(), IoError> {
        if self.reported.swap(true, Ordering::Relaxed) && !self.options.strict {
            return Ok(());
        }
        let error = IoError::malformed(NAME, format!("row {y}"), "the file ends early");
        let damage = Damage {
            place: format!("row {y}"),
            problem: error.to_string(),
            region: Region::sized(0, y as i64, self.header.width, 1),
        };
        self.options.damaged(&self.input, damage, error)
    }

    /// Channel `c` of a binary row whose first byte holds column `x0`, into row `i` of the plane.
    fn unpack(&self, row: &[u8], c: usize, x0: usize, i: usize, out: &mut PlaneMut<'_>) {
        let n = self.header.channels;
        match self.header.coding {
            Coding::Bits => {
                for (x, o) in out.row::<u8>(i).iter_mut().enumerate() {
                    let x = x0 % 8 + x;
                    *o = (!row[x / 8] >> (7 - x % 8)) & 1;
                }
            }
            Coding::Float { little } => {
                let scale = self.header.scale;
                let px = row.as_chunks::<4>().0;
                let out = out.row::<f32>(i);
                match (little, scale == 1.0) {
                    (true, true) => split(px, n, c, out, f32::from_le_bytes),
                    (true, false) => split(px, n, c, out, |b| f32::from_le_bytes(b) * scale),
                    (false, true) => split(px, n, c, out, f32::from_be_bytes),
                    (false, false) => split(px, n, c, out, |b| f32::from_be_bytes(b) * scale),
                }
            }
            _ if self.header.maximum == 255 => split(row, n, c, out.row::<u8>(i), |s| s),
            _ if self.header.maximum == 65_535 => {
                let px = row.as_chunks::<2>().0;
                split(px, n, c, out.row::<u16>(i), u16::from_be_bytes);
            }
            _ if self.header.maximum > 255 => {
                let px = row.as_chunks::<2>().0;
                self.scaled(px, c, i, out, |b| u16::from_be_bytes(b).into());
            }
            _ => self.scaled(row, c, i, out, |b: u8| b.into()),
        }
    }

    /// Codes clamped to the maximum and, where that is no `2^n - 1`, scaled to 8 or 16 bits, rounded down.
    fn scaled<S: Copy>(
        &self,
        row: &[S],
        c: usize,
        i: usize,
        out: &mut PlaneMut<'_>,
        value: impl Fn(S) -> u32 + Copy,
    ) {
        let n = self.header.channels;
        let top = self.header.maximum;
        let invert = self.header.coding == Coding::TextBits;
        let full = if self.header.exact_bits().is_some() {
            top
        } else if top > 255 {
            65_535
        } else {
            255
        };
        let map = move |s| {
            let v = value(s).min(top);
            let v = if invert { top - v } else { v };
            if full == top {
                v
            } else {
                (u64::from(v) * u64::from(full) / u64::from(top)) as u32
            }
        };
        if self.spec.channels[c].format.size() == 1 {
            split(row, n, c, out.row::<u8>(i), |s| map(s) as u8);
        } else {
            split(row, n, c, out.row::<u16>(i), |s| map(s) as u16);
        }
    }

    /// Every number of a text file.
    fn samples(&self) -> Result<&[u16], IoError> {
        if let Some(s) = self.text.get() {
            return Ok(s);
        }
        let n = self.header.width as u64 * self.header.height as u64 * self.header.channels as u64;
        let length = self.input.len().saturating_sub(self.header.offset);
        let held = length.saturating_mul(3);
        Limits::check("max_whole_bytes", held, self.options.limits.max_whole_bytes)?;
        let bytes = self.input.read_up_to(self.header.offset, length as usize)?;
        let samples = parse(&bytes, self.header.coding == Coding::TextBits, n);
        if (samples.len() as u64) < n {
            self.damage(samples.len() / (self.header.width * self.header.channels))?;
        }
        Ok(self.text.get_or_init(|| samples))
    }
}

/// Up to `n` numbers between white space and comments; ends at anything else. Single digits need no space.
fn parse(bytes: &[u8], digits: bool, n: u64) -> Vec<u16> {
    let mut out = Vec::new();
    let (mut value, mut inside, mut comment) = (0u32, false, false);
    for &b in bytes.iter().chain(b"\n") {
        if out.len() as u64 >= n {
            break;
        }
        match b {
            b'\n' | b'\r' if comment => comment = false,
            _ if comment => {}
            b'0' | b'1' if digits => out.push((b - b'0').into()),
            b'0'..=b'9' if !digits => {
                value = (value * 10 + u32::from(b - b'0')).min(65_535);
                inside = true;
            }
            _ => {
                if std::mem::take(&mut inside) {
                    out.push(std::mem::take(&mut value) as u16);
                }
                match b {
                    b'#' => comment = true,
                    _ if b.is_ascii_whitespace() => {}
                    _ => break,
                }
            }
        }
    }
    out
}
