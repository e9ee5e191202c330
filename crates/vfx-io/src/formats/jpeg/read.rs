//! JPEG pixels, through `vfx-jpeg`.
//!
//! Gray gives Y, everything else R G B; code values as stored: 8 bits, or more in a 16-bit container. Files of one scan are
//! decoded row by row as they are asked for; a jump goes to the nearest checkpoint: recorded on the way, or a restart marker.
//! Of progressive files and those with several scans the coefficients are held, and the pixels too once as many rows were
//! asked for as the picture has. CMYK becomes RGB as OpenImageIO has it: ink times black. A
//! picture that is cut or damaged keeps what was decoded.

use super::NAME;
use super::segments;
use crate::formats::interleaved::split;
use crate::{Input, OpenOptions, Part};
use std::sync::{Mutex, PoisonError};
use vfx_core::{
    Access, ChannelSet, Damage, ImageSource, ImageSpec, IoError, Origin, PlaneMut, PlanesMut,
    Region, SampleFormat, SampleType, Value,
};
use vfx_jpeg::{Channels, DecodeOptions, Decoder, JpegError, Status};

/// Bytes that are read from the file at once.
const PIECE: usize = 64 << 10;

/// Rows ahead from which it pays to look for restart markers.
const LOOK_FOR_MARKERS: usize = 64;

/// The sRGB encoding that JPEG files are taken for.
const COLOR_SPACE: &str = "srgb_rec709_scene";

struct Source {
    spec: ImageSpec,
    input: Input,
    options: OpenOptions,
    inks: bool,
    /// One scan has everything: rows can be had as bytes come.
    rows: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    stream: Option<Stream>,
    /// The whole picture, interleaved, of files whose rows do not come in order.
    whole: Option<Samples>,
    /// Rows of such a file that were made one by one so far.
    singly: usize,
    /// Damage was told.
    told: bool,
}

enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
}

/// A decoder on its way down.
struct Stream {
    decoder: Decoder,
    fed: u64,
    /// Rows given.
    row: usize,
}

/// An error of the codec in this crate's words.
pub(super) fn wrong(e: JpegError) -> IoError {
    match e {
        JpegError::Unsupported { what } => IoError::unsupported(NAME, what),
        JpegError::Limit { what, found, limit } => match what {
            "pixels" => IoError::Limit {
                limit: "max_pixels",
                found,
                allowed: limit,
            },
            "coefficient memory" | "row memory" | "sample memory" => IoError::Limit {
                limit: "max_whole_bytes",
                found,
                allowed: limit,
            },
            // Bounds of work and of scans, which no option raises: such a file is an attack.
            _ => IoError::malformed(NAME, "image data", e.to_string()),
        },
        e => IoError::malformed(NAME, "image data", e.to_string()),
    }
}

/// Reads the headers.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let mut attributes = vfx_core::Attributes::new();
    let mut aspect = 1.0;
    let frame = segments::read(&input, options, &mut attributes, &mut aspect)?;
    match frame.marker {
        0xf7 => return Err(IoError::unsupported(NAME, "JPEG-LS")),
        0xc5..=0xc7 | 0xcd..=0xcf => {
            return Err(IoError::unsupported(NAME, "the hierarchical process"));
        }
        _ => {}
    }
    let mut stream = Stream::new(options, frame.sampling.len());
    stream.header(&input)?;
    let header = stream.decoder.header().expect("just read");
    let n = match frame.sampling.len() {
        1 => 1,
        3 | 4 => 3,
        _ => {
            return Err(IoError::unsupported(
                NAME,
                "a number of components other than 1, 3 and 4",
            ));
        }
    };
    let (width, height) = (header.width as usize, header.height as usize);
    let format = match header.precision {
        8 => SampleFormat::U8,
        bits => SampleFormat {
            sample: if bits < 8 {
                SampleType::U8
            } else {
                SampleType::U16
            },
            bits: bits as u8,
        },
    };
    let mut spec = ImageSpec::new(width, height, ImageSpec::default_channels(n, format));
    spec.attributes = attributes;
    spec.color_space = Some(COLOR_SPACE.into());
    spec.pixel_aspect = aspect;
    if let Some(o) = spec.attributes.number("Orientation")
        && (1.0..=8.0).contains(&o)
    {
        spec.orientation.0 = o as u8;
    }
    describe(&mut spec, &frame);
    let lossless = matches!(frame.marker, 0xc3 | 0xcb);
    let progressive = matches!(frame.marker, 0xc2 | 0xca);
    let rows = !progressive && !lossless && usize::from(frame.first_scan) == frame.sampling.len();
    Ok(vec![Part::single(Source {
        spec,
        input,
        options: options.clone(),
        inks: frame.sampling.len() == 4,
        rows,
        state: Mutex::default(),
    })])
}

/// What of the coding a writer may want to keep.
fn describe(spec: &mut ImageSpec, frame: &segments::Frame) {
    let origin = Origin::Format("jpeg");
    if let [(h, v), (1, 1), (1, 1), ..] = frame.sampling[..] {
        let name = match (h, v) {
            (1, 1) => Some("4:4:4"),
            (2, 1) => Some("4:2:2"),
            (2, 2) => Some("4:2:0"),
            (4, 1) => Some("4:1:1"),
            (1, 2) => Some("4:4:0"),
            _ => None,
        };
        if let Some(name) = name {
            let value = Value::String(name.into());
            spec.attributes.set("jpeg:subsampling", value, origin);
        }
    }
    if frame.sampling.len() == 4 {
        let name = if frame.adobe == Some(2) {
            "YCbCrK"
        } else {
            "CMYK"
        };
        spec.attributes
            .set("jpeg:ColorSpace", Value::String(name.into()), origin);
    }
    if matches!(frame.marker, 0xc2 | 0xca) {
        spec.attributes
            .set("jpeg:progressive", Value::Int(1), origin);
    }
}

impl Stream {
    fn new(options: &OpenOptions, components: usize) -> Self {
        let mut decode = DecodeOptions::default();
        decode.channels = match components {
            1 => Channels::Gray,
            4 => Channels::Cmyk,
            _ => Channels::Rgb,
        };
        decode.strict = options.strict;
        decode.checkpoints = true;
        let limits = &options.limits;
        decode.limits.pixels = limits.max_pixels;
        decode.limits.memory = limits.max_whole_bytes;
        Self {
            decoder: Decoder::new(decode),
            fed: 0,
            row: 0,
        }
    }

    /// Feeds the next piece of the file; `false` at its end.
    fn feed(&mut self, input: &Input) -> Result<bool, IoError> {
        let bytes = input.read_up_to(self.fed, PIECE)?;
        self.fed += bytes.len() as u64;
        if bytes.is_empty() {
            self.decoder.finish().map_err(wrong)?;
            return Ok(false);
        }
        self.decoder.write(&bytes).map_err(wrong)?;
        Ok(true)
    }

    fn header(&mut self, input: &Input) -> Result<(), IoError> {
        while self.decoder.header().is_none() {
            self.feed(input)?;
        }
        Ok(())
    }

    /// Goes to a row, the shortest way.
    fn go_to(&mut self, input: &Input, row: usize) -> Result<(), IoError> {
        if row == self.row {
            return Ok(());
        }
        if row > self.row + LOOK_FOR_MARKERS {
            // Restart markers are found without decoding, and each byte of the way is read once.
            while let Some(at) = self.decoder.scout_offset() {
                let bytes = input.read_up_to(at, PIECE)?;
                if bytes.is_empty() || !self.decoder.scout(&bytes, row) {
                    break;
                }
            }
        }
        if let Some(offset) = self.decoder.seek(row).map_err(wrong)? {
            self.fed = offset;
        }
        self.row = row;
        Ok(())
    }

    /// The next rows, as many as fit into `out`; what the file lacks stays as it is.
    fn rows<T: vfx_jpeg::Sample>(&mut self, input: &Input, out: &mut [T]) -> Result<(), IoError> {
        let len = self.decoder.row_len();
        let mut at = 0;
        let mut ended = false;
        while at < out.len() {
            let rows = self.decoder.read_rows(&mut out[at..]).map_err(wrong)?;
            (at, self.row) = (at + rows * len, self.row + rows);
            if rows == 0 {
                if ended {
                    break;
                }
                let more = matches!(
                    self.decoder.write(&[]).map_err(wrong)?,
                    Status::Rows { .. } | Status::Header | Status::Scan { .. }
                );
                ended = !more && !self.feed(input)?;
            }
        }
        if self.row >= self.decoder.height() && !ended {
            while self.feed(input)? {}
        }
        Ok(())
    }
}

impl ImageSource for Source {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        if self.rows {
            Access::TopDown { rows: 16 }
        } else {
            Access::Whole
        }
    }
    fn read(
        &self,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let narrow = self.spec.channels[0].format.sample == SampleType::U8;
        if self.rows {
            if narrow {
                self.read_rows::<u8>(&mut state, region, channels, out)
            } else {
                self.read_rows::<u16>(&mut state, region, channels, out)
            }
        } else {
            if state.whole.is_none() && state.singly + region.height() < self.spec.height() {
                state.singly += region.height();
                return if narrow {
                    self.read_rows::<u8>(&mut state, region, channels, out)
                } else {
                    self.read_rows::<u16>(&mut state, region, channels, out)
                };
            }
            self.decode_whole(&mut state, narrow)?;
            let stored = self.stored();
            let width = self.spec.width() * stored;
            for i in 0..region.height() {
                let row = (region.y0 as usize + i) * width..(region.y0 as usize + i + 1) * width;
                match state.whole.as_ref().expect("just decoded") {
                    Samples::U8(p) => self.place(&p[row], region, i, channels, out),
                    Samples::U16(p) => self.place(&p[row], region, i, channels, out),
                }
            }
            Ok(())
        }
    }
}

impl Source {
    /// Numbers a pixel as the decoder gives them.
    fn stored(&self) -> usize {
        if self.inks {
            4
        } else {
            self.spec.channels.len()
        }
    }

    fn read_rows<T: Code>(
        &self,
        state: &mut State,
        region: Region,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) -> Result<(), IoError> {
        let width = self.spec.width() * self.stored();
        let first = region.y0 as usize;
        let mut stream = self.stream(state)?;
        stream.go_to(&self.input, first)?;
        let mut row = vec![T::default(); width];
        for i in 0..region.height() {
            row.fill(T::default());
            stream.rows(&self.input, &mut row)?;
            self.place(&row, region, i, channels, out);
        }
        self.tell(state, &stream)?;
        state.stream = Some(stream);
        Ok(())
    }

    /// The decoder that is on its way, or a fresh one behind the header.
    fn stream(&self, state: &mut State) -> Result<Stream, IoError> {
        if let Some(s) = state.stream.take() {
            return Ok(s);
        }
        let stored = if self.inks {
            4
        } else {
            self.spec.channels.len()
        };
        let mut s = Stream::new(&self.options, stored);
        s.header(&self.input)?;
        Ok(s)
    }

    fn decode_whole(&self, state: &mut State, narrow: bool) -> Result<(), IoError> {
        if state.whole.is_some() {
            return Ok(());
        }
        let samples = self.spec.width() as u64 * self.spec.height() as u64 * self.stored() as u64;
        vfx_core::Limits::check(
            "max_whole_bytes",
            samples.saturating_mul(if narrow { 1 } else { 2 }),
            self.options.limits.max_whole_bytes,
        )?;
        let mut stream = self.stream(state)?;
        stream.go_to(&self.input, 0)?;
        let n = samples as usize;
        state.whole = Some(if narrow {
            let mut p = vec![0u8; n];
            stream.rows(&self.input, &mut p)?;
            Samples::U8(p)
        } else {
            let mut p = vec![0u16; n];
            stream.rows(&self.input, &mut p)?;
            Samples::U16(p)
        });
        self.tell(state, &stream)
    }

    /// Reports damage, once.
    fn tell(&self, state: &mut State, stream: &Stream) -> Result<(), IoError> {
        let report = stream.decoder.report();
        if report.is_clean() || state.told {
            return Ok(());
        }
        state.told = true;
        let problem = match &report.fatal {
            Some(e) => e.to_string(),
            None if report.truncated => "the file ends before the picture does".into(),
            None => format!(
                "{} damaged segment(s), {} restart marker(s) out of order",
                report.short_segments, report.restart_errors
            ),
        };
        let damage = Damage {
            place: "image data".into(),
            problem: problem.clone(),
            region: self.spec.data_window,
        };
        let error = IoError::malformed(NAME, "image data", problem);
        self.options.damaged(&self.input, damage, error)
    }

    /// One row of the picture into the planes.
    fn place<T: Code>(
        &self,
        row: &[T],
        region: Region,
        i: usize,
        channels: &ChannelSet,
        out: &mut [PlaneMut<'_>],
    ) {
        let row = &row[region.x0 as usize * self.stored()..];
        for (plane, &c) in out.iter_mut().zip(&channels.0) {
            let target = plane.row::<T>(i);
            if self.inks {
                let max = self.spec.channels[0].format.full_scale() as f32;
                for (o, p) in target.iter_mut().zip(row.chunks_exact(4)) {
                    *o = T::product(p[c], p[3], max);
                }
            } else {
                split(row, self.spec.channels.len(), c, target, |s| s);
            }
        }
    }
}

/// Code values of a file.
trait Code: vfx_jpeg::Sample + bytemuck::Pod + Default {
    /// Ink times black, both inverted.
    fn product(ink: Self, black: Self, max: f32) -> Self;
}

impl Code for u8 {
    fn product(ink: Self, black: Self, max: f32) -> Self {
        (f32::from(ink) / max * (f32::from(black) / max) * max + 0.5) as Self
    }
}

impl Code for u16 {
    fn product(ink: Self, black: Self, max: f32) -> Self {
        (f32::from(ink) / max * (f32::from(black) / max) * max + 0.5) as Self
    }
}
