//! Image elements as sources: rows at computed places, read and unpacked without any state.
//!
//! A row of 8 and 16-bit samples begins on a 32-bit word by the standard and right after the last sample by many writers:
//! the space there is in the file decides. Rows that the file lacks are zero and reported as damage.

use super::header::{Header, MAX_ELEMENTS};
use super::pack::{First, Packing, unpack};
use crate::{Input, OpenOptions, Part};
use std::cell::RefCell;
use vfx_core::{
    Access, Alpha, Attributes, Channel, ChannelSet, Damage, ImageSource, ImageSpec, IoError,
    Limits, Orientation, Origin, PlanesMut, Region, SampleFormat, SampleType, Value,
};

const NAME: &str = "dpx";
/// Bytes read at once.
const BLOCK: usize = 1 << 20;

struct Element {
    spec: ImageSpec,
    input: Input,
    options: OpenOptions,
    packing: Packing,
    big: bool,
    /// Samples of a pixel in the file.
    components: usize,
    /// Where the samples of each channel lie.
    places: Vec<Place>,
    offset: u64,
    row_bytes: u64,
}

/// Reads the headers.
pub(super) fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let head = input.read_up_to(0, super::header::HEADER)?;
    if head.len() < 1664 {
        return Err(IoError::malformed(
            NAME,
            "header",
            format!("it ends after {} bytes", head.len()),
        ));
    }
    let header = Header::new(&head);
    let count = match header.u16(770) {
        0 => 1, // some writers of single images
        n => usize::from(n),
    };
    if count > MAX_ELEMENTS {
        return Err(IoError::malformed(
            NAME,
            "header",
            format!("{count} image elements, at most 8 can be"),
        ));
    }
    let user = user_data(&header, &input, options)?;
    let offsets: Vec<u64> = (0..count).map(|i| data_offset(&header, i)).collect();
    (0..count)
        .map(|i| element(&header, i, &offsets, &input, options, user.as_ref()).map(Part::single))
        .collect()
}

fn data_offset(header: &Header, i: usize) -> u64 {
    match header.u32(Header::element(i) + 28) {
        0 | u32::MAX if i == 0 => header.u32(4).into(),
        n => n.into(),
    }
}

fn user_data(
    header: &Header,
    input: &Input,
    options: &OpenOptions,
) -> Result<Option<Value>, IoError> {
    let len = match header.u32(32) {
        0 | u32::MAX => return Ok(None),
        n => u64::from(n),
    };
    if input.len() < 2048 + len {
        return Err(IoError::malformed(
            NAME,
            "user data",
            format!("{len} bytes run past the end of the file"),
        ));
    }
    Limits::check("max_metadata_bytes", len, options.limits.max_metadata_bytes)?;
    let bytes = input.read_up_to(2048, len as usize)?;
    Ok(Some(Value::Blob {
        kind: NAME.into(),
        bytes: bytes.into(),
    }))
}

/// Names of the components in file order, by descriptor.
fn components(descriptor: u8) -> Result<Vec<String>, IoError> {
    let names: &[&str] = match descriptor {
        1 => &["R"],
        2 => &["G"],
        3 => &["B"],
        4 => &["A"],
        6 => &["Y"],
        8 => &["Z"],
        0 | 9 => &["channel0"],
        50 => &["R", "G", "B"],
        51 => &["R", "G", "B", "A"],
        52 => &["A", "B", "G", "R"],
        100 => &["Cb", "Y"],
        101 => &["Cb", "Y", "A"],
        102 => &["Cb", "Y", "Cr"],
        103 => &["Cb", "Y", "Cr", "A"],
        150..=156 => {
            return Ok((0..=descriptor - 149)
                .map(|i| format!("channel{i}"))
                .collect());
        }
        7 => return Err(IoError::unsupported(NAME, "colour difference without luma")),
        n => {
            return Err(IoError::malformed(
                NAME,
                "image element",
                format!("descriptor {n} is none of the standard's"),
            ));
        }
    };
    Ok(names.iter().map(|s| (*s).to_owned()).collect())
}

/// Samples of one channel in a row.
struct Place {
    name: String,
    /// A sample every so many columns.
    every: u32,
    /// Position of the first in the row, and from one to the next.
    first: usize,
    step: usize,
}

/// Channels in the order RGBA or YCbCrA, whatever the file's. 4:2:2 alternates Cb and Cr from pixel to pixel.
fn placed(descriptor: u8, names: &[String]) -> Vec<Place> {
    let n = names.len();
    let place = |name: &str, every: u32, first: usize| Place {
        name: name.into(),
        every,
        first,
        step: n * every as usize,
    };
    match descriptor {
        52 => (0..n).rev().map(|i| place(&names[i], 1, i)).collect(),
        100 => vec![place("Y", 1, 1), place("Cb", 2, 0), place("Cr", 2, n)],
        101 => vec![
            place("Y", 1, 1),
            place("Cb", 2, 0),
            place("Cr", 2, n),
            place("A", 1, 2),
        ],
        102 | 103 => {
            let order = [1, 0, 2, 3];
            order[..n].iter().map(|&i| place(&names[i], 1, i)).collect()
        }
        _ => (0..n).map(|i| place(&names[i], 1, i)).collect(),
    }
}

fn format(
    header: &Header,
    e: usize,
    components: usize,
) -> Result<(SampleFormat, Packing), IoError> {
    let bits = header.u8(e + 23);
    let packing = header.u16(e + 24);
    let first = First::of(components);
    Ok(match (bits, packing) {
        (1, _) => (SampleFormat::unsigned(1), Packing::Packed(1)),
        (8, _) => (SampleFormat::U8, Packing::Bytes),
        (10, 0) => (SampleFormat::U10, Packing::Packed(10)),
        (10, 2) => (SampleFormat::U10, Packing::Filled10(0, first)),
        (10, _) => (SampleFormat::U10, Packing::Filled10(2, first)),
        (12, 0) => (SampleFormat::U12, Packing::Packed(12)),
        (12, 2) => (SampleFormat::U12, Packing::Words(0)),
        (12, _) => (SampleFormat::U12, Packing::Words(4)),
        (16, _) => (SampleFormat::U16, Packing::Words(0)),
        (32, _) => (SampleFormat::F32, Packing::Longs),
        (64, _) => return Err(IoError::unsupported(NAME, "64-bit samples")),
        (n, _) => {
            return Err(IoError::malformed(
                NAME,
                "image element",
                format!("{n} bits a sample"),
            ));
        }
    })
}

fn element(
    header: &Header,
    i: usize,
    offsets: &[u64],
    input: &Input,
    options: &OpenOptions,
    user: Option<&Value>,
) -> Result<Element, IoError> {
    let e = Header::element(i);
    let (width, height) = (header.u32(772), header.u32(776));
    let place = || format!("image element {i}");
    if width == 0 || height == 0 {
        return Err(IoError::malformed(
            NAME,
            place(),
            format!("{width} x {height} pixels"),
        ));
    }
    let limits = &options.limits;
    Limits::check(
        "max_dimension",
        width.max(height).into(),
        limits.max_dimension,
    )?;
    Limits::check(
        "max_pixels",
        u64::from(width) * u64::from(height),
        limits.max_pixels,
    )?;
    match header.u16(e + 26) {
        1 => return Err(IoError::unsupported(NAME, "run-length encoding")),
        0 | 0xffff => {}
        n => return Err(IoError::malformed(NAME, place(), format!("encoding {n}"))),
    }
    if header.u32(e) == 1 {
        return Err(IoError::unsupported(NAME, "signed samples"));
    }
    let descriptor = header.u8(e + 20);
    let names = components(descriptor)?;
    let (format, packing) = format(header, e, names.len())?;
    let samples = width as usize * names.len();
    let (offset, rows) = (offsets[i], u64::from(height));
    let end = offsets
        .iter()
        .copied()
        .filter(|&o| o > offset)
        .min()
        .unwrap_or(u64::MAX)
        .min(input.len());
    let room = end.saturating_sub(offset);
    let packed = packing.row_bytes(samples) as u64;
    let row_bytes = match header.u32(e + 32) {
        pad @ 1..=0xffff => packed + u64::from(pad),
        _ => {
            let aligned = packed.next_multiple_of(4);
            if room >= aligned * rows {
                aligned
            } else {
                packed
            }
        }
    };
    let need = row_bytes * rows;
    if room == 0 || (need > 64 << 20 && room < need / 64) {
        let problem = format!("{need} bytes are promised, the file has {room}");
        return Err(IoError::malformed(NAME, place(), problem));
    }
    Limits::check("max_chunk_bytes", row_bytes, limits.max_chunk_bytes)?;

    let subsampled = matches!(descriptor, 100 | 101);
    let list = placed(descriptor, &names);
    let channels = list.iter().map(|p| Channel {
        sampling: (p.every, 1),
        ..Channel::new(p.name.clone(), format)
    });
    let channels = channels.collect();
    let mut spec = ImageSpec::new(width as usize, height as usize, channels);
    windows(header, &mut spec, limits);
    if subsampled && (width % 2 != 0 || spec.data_window.x0 % 2 != 0) {
        return Err(IoError::unsupported(NAME, "4:2:2 of odd width or offset"));
    }
    spec.orientation = Orientation(header.orientation());
    spec.alpha = Alpha::Associated;
    let (h, v) = (header.u32(1628), header.u32(1632));
    if h != u32::MAX && v != u32::MAX && h != 0 && v != 0 {
        spec.pixel_aspect = (f64::from(h) / f64::from(v)) as f32;
    }
    spec.attributes = header.attributes(i);
    spec.color_space = color_space(header.u8(e + 21), &spec.attributes);
    if let Some(user) = user {
        spec.attributes
            .set("dpx:UserData", user.clone(), Origin::Format(NAME));
    }
    Ok(Element {
        spec,
        input: input.clone(),
        options: options.clone(),
        packing,
        big: header.big,
        components: names.len(),
        places: list,
        offset,
        row_bytes,
    })
}

fn windows(header: &Header, spec: &mut ImageSpec, limits: &Limits) {
    let known = |at: usize| {
        Some(header.u32(at))
            .filter(|&v| v <= i32::MAX as u32)
            .map(i64::from)
    };
    let (x, y) = (known(1408).unwrap_or(0), known(1412).unwrap_or(0));
    spec.data_window = Region::sized(x, y, spec.width(), spec.height());
    // Writers leave anything in these two; a size beyond all limits is no frame.
    let side = |at: usize, n: usize| {
        known(at)
            .filter(|&v| v > 0 && v as u64 <= limits.max_dimension)
            .unwrap_or(n as i64) as usize
    };
    spec.display_window = Region::sized(0, 0, side(1424, spec.width()), side(1428, spec.height()));
}

fn color_space(transfer: u8, attributes: &Attributes) -> Option<String> {
    Some(match transfer {
        2 => "lin_rec709_scene".into(),
        3 => "KodakLog".into(),
        6 => "srgb_rec709_scene".into(),
        0 => match attributes.number("dpx:Gamma") {
            Some(g) if g.is_finite() && g > 0.0 => format!("g{:02.0}_rec709_scene", g * 10.0),
            _ => return None,
        },
        _ => return None,
    })
}

thread_local! {
    /// File bytes and unpacked samples of this thread, kept between reads.
    static SCRATCH: RefCell<(Vec<u8>, Vec<u16>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

impl ImageSource for Element {
    fn spec(&self) -> &ImageSpec {
        &self.spec
    }
    fn access(&self) -> Access {
        let rows = (BLOCK as u64 / 4 / self.row_bytes.max(1)).clamp(1, 64) as usize;
        Access::Random {
            chunk: (self.spec.width(), rows),
            partial: true,
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
        let window = &self.spec.data_window;
        let (y0, rows) = ((region.y0 - window.y0) as u64, region.height());
        let (x0, x1) = (
            (region.x0 - window.x0) as usize,
            (region.x1 - window.x0) as usize,
        );
        // Both pixels of a 4:2:2 pair are needed for either.
        let pair = self
            .places
            .iter()
            .map(|p| p.every as usize)
            .max()
            .unwrap_or(1);
        let (from, to) = (
            x0 * self.components,
            x1.next_multiple_of(pair) * self.components,
        );
        let (span, first) = self.packing.span(from, to);
        let row = Row {
            x0,
            first,
            samples: to - first,
        };
        SCRATCH.with_borrow_mut(|(bytes, samples)| {
            let stride = self.row_bytes as usize;
            // Whole rows by the block; narrow regions row by row, as the gaps are not worth reading.
            let batch = if span.len() * 2 < stride {
                1
            } else {
                (BLOCK / stride).max(1)
            };
            let (mut y, mut lost) = (0, None);
            while y < rows {
                let n = batch.min(rows - y);
                let at = self.offset + (y0 + y as u64) * self.row_bytes + span.start as u64;
                let want = (n - 1) * stride + span.len();
                bytes.resize(want, 0);
                let have = usize::try_from(self.input.len().saturating_sub(at))
                    .unwrap_or(usize::MAX)
                    .min(want);
                self.input.read_exact_at(at, &mut bytes[..have])?;
                if have < want {
                    bytes[have..].fill(0);
                    lost = lost.or(Some(y + have / stride));
                }
                for i in 0..n {
                    let bytes = &bytes[i * stride..][..span.len()];
                    self.row(bytes, samples, &row, y + i, channels, out);
                }
                y += n;
            }
            match lost {
                None => Ok(()),
                Some(from) => self.damaged(region, from),
            }
        })
    }
}

/// What of a row a region covers: its first column, and the samples that were read.
struct Row {
    x0: usize,
    first: usize,
    samples: usize,
}

impl Element {
    fn damaged(&self, region: Region, from: usize) -> Result<(), IoError> {
        let top = region.y0 + from as i64;
        let place = format!("rows {top}-{}", region.y1 - 1);
        let problem = "the file ends before";
        let damage = Damage {
            place: place.clone(),
            problem: problem.into(),
            region: Region::new(region.x0, top, region.x1, region.y1),
        };
        self.options.damaged(
            &self.input,
            damage,
            IoError::malformed(NAME, place, problem),
        )
    }
    /// Unpacks one row and deals its samples out to the planes.
    fn row(
        &self,
        bytes: &[u8],
        samples: &mut Vec<u16>,
        row: &Row,
        y: usize,
        channels: &ChannelSet,
        out: &mut PlanesMut<'_>,
    ) {
        let big = self.big;
        let sample = self.spec.channels[0].format.sample;
        let at = |c: usize| {
            let p = &self.places[c];
            let x = row.x0.next_multiple_of(p.every as usize);
            (x * self.components + p.first - row.first, p.step)
        };
        match self.packing {
            Packing::Longs => {
                let values = bytes.as_chunks::<4>().0;
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    let to = plane.row::<u32>(y);
                    if big {
                        deal(values, at(c), to, u32::from_be_bytes);
                    } else {
                        deal(values, at(c), to, u32::from_le_bytes);
                    }
                }
            }
            Packing::Words(shift) => {
                let values = bytes.as_chunks::<2>().0;
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    let to = plane.row::<u16>(y);
                    if big {
                        deal(values, at(c), to, |b| u16::from_be_bytes(b) >> shift);
                    } else {
                        deal(values, at(c), to, |b| u16::from_le_bytes(b) >> shift);
                    }
                }
            }
            Packing::Bytes => {
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    deal(bytes, at(c), plane.row::<u8>(y), |v| v);
                }
            }
            // A pixel a word: each plane straight from the words.
            Packing::Filled10(shift, First::High)
                if self.components == 3 && self.spec.channels.len() == 3 =>
            {
                let words = bytes.as_chunks::<4>().0;
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    let down = u32::from(shift) + 20 - 10 * self.places[c].first as u32;
                    let to = plane.row::<u16>(y);
                    if big {
                        deal(words, (0, 1), to, |b| {
                            (u32::from_be_bytes(b) >> down) as u16 & 0x3ff
                        });
                    } else {
                        deal(words, (0, 1), to, |b| {
                            (u32::from_le_bytes(b) >> down) as u16 & 0x3ff
                        });
                    }
                }
            }
            Packing::Filled10(..) | Packing::Packed(_) => {
                samples.resize(row.samples, 0);
                unpack(self.packing, big, bytes, samples);
                for (plane, &c) in out.iter_mut().zip(&channels.0) {
                    if sample == SampleType::U8 {
                        deal(samples, at(c), plane.row::<u8>(y), |v| v as u8);
                    } else {
                        deal(samples, at(c), plane.row::<u16>(y), |v| v);
                    }
                }
            }
        }
    }
}

/// Every `step`th sample from `first` on. The usual steps are constants of their own loops.
fn deal<S: Copy, T>(
    from: &[S],
    (first, step): (usize, usize),
    to: &mut [T],
    convert: impl Fn(S) -> T,
) {
    fn fixed<const N: usize, S: Copy, T>(from: &[S], to: &mut [T], convert: impl Fn(S) -> T) {
        let (whole, rest) = from.as_chunks::<N>();
        let tail = rest.first().map(|v| convert(*v));
        for (o, v) in to
            .iter_mut()
            .zip(whole.iter().map(|c| convert(c[0])).chain(tail))
        {
            *o = v;
        }
    }
    let from = from.get(first..).unwrap_or(&[]);
    match step {
        1 => fixed::<1, _, _>(from, to, convert),
        3 => fixed::<3, _, _>(from, to, convert),
        4 => fixed::<4, _, _>(from, to, convert),
        _ => {
            for (o, v) in to.iter_mut().zip(from.iter().step_by(step)) {
                *o = convert(*v);
            }
        }
    }
}
