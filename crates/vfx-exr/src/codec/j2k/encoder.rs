//! Samples to a chunk.
//!
//! The codestream is OpenEXR's: five levels, 128 x 32 blocks, packets by resolution; only the tile-part lengths and the division by resolution are left
//! out, which saves about 100 bytes a chunk. Lossy R, G, B go through the inverse of the stored table exactly, where OpenEXR interpolates in a second one.
//! Source: `internal_ht.cpp` of OpenEXRCore 3.5.3.

use std::sync::LazyLock;

use super::analysis::{Analysis, Shared, ToBlocks};
use super::channels;
use super::coefficient::Coefficient;
use super::colour::{Colour, sign_magnitude};
use super::decoder::padded;
use super::geometry::{self, Resolution};
use super::markers::{Coding, Component, MainHeader, Nonlinearity, Table};
use super::markers_write::{self, PROGRESSION};
use super::packets::{CodedBytes, Cover, PacketWriter};
use super::steps::{self, LEVELS};
use super::transfer::{self, HALF_MAX, folded};
use crate::header::SampleType;
use crate::plane::PlaneRef;
use crate::shape::{ChunkShape, Span};

/// Base-2 logarithms of a block's sides.
const BLOCK: (u32, u32) = (7, 5);

/// Reusable memory.
#[derive(Default)]
pub(in super::super) struct J2kEncode {
    shared: Box<Shared>,
    out: Vec<u8>,
}

/// Samples as the wavelet takes them.
trait Load: Colour + Sized {
    fn load(row: &[u8], kind: SampleType, lossy: Option<&Inverse>, out: &mut [Self]);
}

macro_rules! integers {
    ($type:ty) => {
        impl Load for $type {
            fn load(row: &[u8], kind: SampleType, _: Option<&Inverse>, out: &mut [Self]) {
                crate::simd::widest(
                    #[inline(always)]
                    || match kind {
                        SampleType::Half => {
                            for (out, b) in out.iter_mut().zip(row.chunks_exact(2)) {
                                let v = i32::from(i16::from_le_bytes([b[0], b[1]]));
                                *out = <$type>::from(sign_magnitude(v, 1 << 15) as i32);
                            }
                        }
                        SampleType::Float => {
                            for (out, b) in out.iter_mut().zip(row.chunks_exact(4)) {
                                let v = i32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                                *out = <$type>::from(sign_magnitude(v, 1 << 31) as i32);
                            }
                        }
                        SampleType::Uint => {
                            for (out, b) in out.iter_mut().zip(row.chunks_exact(4)) {
                                let v = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                                *out = <$type>::from((v ^ 1 << 31) as i32);
                            }
                        }
                    },
                );
            }
        }
    };
}

integers!(i32);
integers!(i64);

impl Load for f32 {
    fn load(row: &[u8], kind: SampleType, lossy: Option<&Inverse>, out: &mut [Self]) {
        let Some(inverse) = lossy else { return };
        if kind == SampleType::Half {
            let table = &**HALF_CODES;
            for (out, b) in out.iter_mut().zip(row.chunks_exact(2)) {
                *out = table[usize::from(u16::from_le_bytes([b[0], b[1]]))];
            }
        } else {
            for (out, b) in out.iter_mut().zip(row.chunks_exact(4)) {
                *out = inverse.code(i32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            }
        }
    }
}

/// The inverse of a stored table.
struct Inverse {
    points: Vec<u32>,
    bits: u32,
    /// Scene-linear light at its end.
    most: f64,
}

impl Inverse {
    fn new(bits: u32, most: f64) -> Self {
        Self {
            points: transfer::table(bits, most),
            bits,
            most,
        }
    }

    /// The code value, -0.5 to 0.5, whose table value are these sample bits.
    fn code(&self, bits: i32) -> f32 {
        let half = (1i64 << (self.bits - 1)) as f64;
        let t = f64::from(folded(bits, self.bits)) + half;
        let points = &self.points;
        let last = points.len() - 1;
        let k = points.partition_point(|&p| f64::from(p) <= t);
        let place = match k {
            0 => 0.0,
            k if k > last => last as f64,
            k => {
                let (low, high) = (f64::from(points[k - 1]), f64::from(points[k]));
                (k - 1) as f64 + (t - low) / (high - low)
            }
        };
        (place / last as f64 - 0.5) as f32
    }

    fn table(&self) -> Table {
        Table {
            bits: self.bits,
            signed: true,
            domain: (0, u32::MAX),
            points: self.points.clone(),
            bytes_a_point: self.bits as usize / 8,
        }
    }
}

static HALF_INVERSE: LazyLock<Inverse> = LazyLock::new(|| Inverse::new(16, HALF_MAX));
/// Code values of all halves.
static HALF_CODES: LazyLock<Box<[f32; 1 << 16]>> = LazyLock::new(|| {
    let mut codes = Box::new([0.0; 1 << 16]);
    for (bits, code) in codes.iter_mut().enumerate() {
        *code = HALF_INVERSE.code(i32::from(bits as u16 as i16));
    }
    codes
});

/// Encodes a chunk, lossily with a quality; `None`: it does not get smaller, or the format cannot say it.
pub(super) fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    quality: Option<f32>,
    scratch: &mut J2kEncode,
    out: &mut [u8],
) -> Option<usize> {
    let spans = &shape.spans;
    if spans.iter().any(|s| s.rows == 0 || s.row_bytes == 0) || spans.len() > 16384 {
        return None;
    }
    let (map, rgb) = channels::order(spans);
    let planar = spans.iter().any(|s| s.sampling != (1, 1));
    let lossy = quality.filter(|_| rgb && map[..3].iter().all(|&c| channels::is_visual(&spans[c])));
    let size = chunk_size(spans)?;
    let coded = if lossy.is_some() && !planar {
        (padded(size.0, LEVELS), padded(size.1, LEVELS))
    } else {
        size
    };
    let float = lossy
        .filter(|_| spans[map[0]].sample_type == SampleType::Float)
        .map(|_| Inverse::new(32, largest(spans, planes, &map[..3])));
    let inverse = float.as_ref().or(lossy.map(|_| &*HALF_INVERSE));

    let colour_transform = rgb && !planar;
    let components: Vec<Component> = map
        .iter()
        .enumerate()
        .map(|(at, &c)| {
            let lossy = lossy.filter(|_| at < 3).zip(inverse);
            component(&spans[c], at, colour_transform, lossy)
        })
        .collect();
    let header = MainHeader {
        width: u32::try_from(coded.0).ok()?,
        height: u32::try_from(coded.1).ok()?,
        progression: PROGRESSION,
        colour_transform,
        sop: false,
        eph: false,
        components,
    };
    let comment = (coded != size).then(|| {
        let (rows, columns) = (coded.1 - size.1, coded.0 - size.0);
        format!("OpenEXR LJ2K padding: rows={rows} cols={columns}")
    });
    let bytes = &mut scratch.out;
    bytes.clear();
    let magic = if quality.is_some() {
        channels::Magic::Lossy
    } else {
        channels::Magic::Lossless
    };
    channels::write_header(magic, &map, bytes);
    markers_write::write(&header, comment.as_deref(), bytes);

    let source = Source {
        spans,
        planes,
        map: &map,
        inverse,
        header: &header,
        size: coded,
        most: out.len(),
    };
    scratch.shared.data.clear();
    let (resolutions, blocks) = source.blocks(&mut scratch.shared)?;
    write_packets(&header, &resolutions, &blocks, &scratch.shared.data, bytes)?;
    let room = out.get_mut(..bytes.len())?;
    room.copy_from_slice(bytes);
    Some(bytes.len())
}

fn component(
    span: &Span,
    at: usize,
    colour_transform: bool,
    lossy: Option<(f32, &Inverse)>,
) -> Component {
    let bits = 8 * span.sample as u32;
    let signed = span.sample_type != SampleType::Uint;
    let coding = Coding {
        levels: LEVELS,
        block: BLOCK,
        causal: false,
        reversible: lossy.is_none(),
        precincts: Vec::new(),
    };
    let (quantization, nonlinearity) = match lossy {
        Some((quality, inverse)) => {
            let quality = quality.clamp(steps::QUALITIES.0, steps::QUALITIES.1);
            let relative = transfer::from_linear(HALF_MAX) / transfer::from_linear(inverse.most);
            let table = Nonlinearity::Table {
                sign_magnitude: true,
                table: inverse.table(),
            };
            (steps::irreversible(quality, at, bits, relative), table)
        }
        None => (
            steps::reversible(bits + u32::from(colour_transform && at < 3)),
            if signed {
                Nonlinearity::SignMagnitude
            } else {
                Nonlinearity::None
            },
        ),
    };
    Component {
        bits,
        signed,
        sampling: span.sampling,
        coding,
        quantization,
        nonlinearity,
    }
}

/// The chunk in pixels; `None` when the channels' sizes do not come from one.
fn chunk_size(spans: &[Span]) -> Option<(usize, usize)> {
    let one = |pairs: &[(usize, usize)]| {
        let all = pairs.iter().map(|(n, step)| n * step).max()?;
        pairs
            .iter()
            .all(|(n, step)| all.div_ceil(*step) == *n)
            .then_some(all)
    };
    let across: Vec<_> = spans
        .iter()
        .map(|s| (s.row_bytes / s.sample, s.sampling.0 as usize))
        .collect();
    let down: Vec<_> = spans
        .iter()
        .map(|s| (s.rows, s.sampling.1 as usize))
        .collect();
    if spans
        .iter()
        .any(|s| s.sampling.0 > 255 || s.sampling.1 > 255)
    {
        return None;
    }
    Some((one(&across)?, one(&down)?))
}

/// Margin over the largest sample, so that it is not at the end of the table.
const MARGIN: f64 = 1.05;

/// Largest finite magnitude of float channels, at least half's.
fn largest(spans: &[Span], planes: &[PlaneRef<'_>], channels: &[usize]) -> f64 {
    let mut most = 0.0f32;
    for &c in channels {
        for y in 0..spans[c].rows {
            let row = &planes[c].bytes[y * planes[c].stride..][..spans[c].row_bytes];
            for b in row.chunks_exact(4) {
                let v = f32::from_le_bytes([b[0], b[1], b[2], b[3]]).abs();
                if v.is_finite() && v > most {
                    most = v;
                }
            }
        }
    }
    let most = f64::from(most);
    if most > HALF_MAX {
        (most * MARGIN).min(f64::from(f32::MAX))
    } else {
        HALF_MAX
    }
}

type AllResolutions = Vec<Vec<Resolution>>;
/// By component, resolution, band.
type AllBlocks = Vec<Vec<Vec<Vec<CodedBytes>>>>;

struct Source<'a> {
    spans: &'a [Span],
    planes: &'a [PlaneRef<'a>],
    map: &'a [usize],
    inverse: Option<&'a Inverse>,
    header: &'a MainHeader,
    size: (usize, usize),
    /// Give up when there are more bytes.
    most: usize,
}

impl Source<'_> {
    fn blocks(&self, shared: &mut Shared) -> Option<(AllResolutions, AllBlocks)> {
        let components = &self.header.components;
        let resolutions: AllResolutions = components
            .iter()
            .map(|c| {
                let (x, y) = c.sampling;
                let (w, h) = (
                    self.size.0.div_ceil(x as usize),
                    self.size.1.div_ceil(y as usize),
                );
                geometry::resolutions(w, h, &c.coding)
            })
            .collect();
        let mut blocks = Vec::new();
        let together = if self.header.colour_transform { 3 } else { 0 };
        let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
        if together == 3 {
            groups.push(0..3);
        }
        groups.extend((together..components.len()).map(|c| c..c + 1));
        for group in groups {
            let first = &components[group.start];
            let narrow = first.quantization.most_planes() <= <i32 as Coefficient>::PLANES;
            match (first.coding.reversible, narrow) {
                (true, true) => self.group::<i32, i32>(group, &resolutions, shared, &mut blocks)?,
                (true, false) => {
                    self.group::<i64, i64>(group, &resolutions, shared, &mut blocks)?
                }
                (false, true) => {
                    self.group::<f32, i32>(group, &resolutions, shared, &mut blocks)?
                }
                // No quality has such small steps.
                (false, false) => return None,
            }
        }
        Some((resolutions, blocks))
    }

    fn group<S: ToBlocks<C> + Load, C: Coefficient>(
        &self,
        group: std::ops::Range<usize>,
        resolutions: &[Vec<Resolution>],
        shared: &mut Shared,
        blocks: &mut AllBlocks,
    ) -> Option<()> {
        let mut sinks = Vec::with_capacity(group.len());
        for c in group.clone() {
            let component = &self.header.components[c];
            sinks.push(Analysis::<S, C>::new(component, &resolutions[c])?);
        }
        let last = resolutions[group.start].last()?;
        let (width, height) = (last.width, last.height);
        let mut rows: Vec<Vec<S>> = vec![vec![S::default(); width]; group.len()];
        for y in 0..height {
            for (c, row) in group.clone().zip(&mut rows) {
                let (span, plane) = (&self.spans[self.map[c]], &self.planes[self.map[c]]);
                // Padding repeats the last row and column.
                let at = y.min(span.rows - 1) * plane.stride;
                let bytes = &plane.bytes[at..at + span.row_bytes];
                S::load(bytes, span.sample_type, self.inverse, row);
                let n = span.row_bytes / span.sample;
                let edge = row[n - 1];
                row[n..].fill(edge);
            }
            if let [r, g, b] = &mut rows[..] {
                S::from_rgb([r, g, b]);
            }
            for (row, sink) in rows.iter().zip(&mut sinks) {
                sink.push(row, shared);
            }
            if shared.data.len() > self.most {
                return None;
            }
        }
        for (c, sink) in group.zip(&sinks) {
            let of_resolution = |(r, resolution): (usize, &Resolution)| {
                (0..resolution.bands.len())
                    .map(|b| sink.blocks(r, b).to_vec())
                    .collect()
            };
            blocks.push(
                resolutions[c]
                    .iter()
                    .enumerate()
                    .map(of_resolution)
                    .collect(),
            );
        }
        Some(())
    }
}

fn write_packets(
    header: &MainHeader,
    resolutions: &[Vec<Resolution>],
    blocks: &AllBlocks,
    data: &[u8],
    out: &mut Vec<u8>,
) -> Option<()> {
    let order: Vec<_> = resolutions
        .iter()
        .zip(&header.components)
        .map(|(r, c)| (&r[..], c.sampling))
        .collect();
    let packets = geometry::packets(&order, header.progression, usize::MAX)?;
    let at = markers_write::begin_tile_part(out);
    let mut writer = PacketWriter::default();
    for packet in packets {
        let component = &header.components[packet.component];
        let resolution = &resolutions[packet.component][packet.resolution];
        let covers: Vec<Cover> = resolution
            .bands
            .iter()
            .map(|band| Cover {
                range: band.of_precinct(packet.precinct.0, packet.precinct.1),
                across: band.blocks.0,
                planes: component.quantization.planes(packet.resolution, band.kind),
            })
            .collect();
        let bands: Vec<&[CodedBytes]> = blocks[packet.component][packet.resolution]
            .iter()
            .map(|b| &b[..])
            .collect();
        writer.write(&covers, &bands, data, out);
    }
    markers_write::finish_tile_part(at, out);
    Some(())
}
