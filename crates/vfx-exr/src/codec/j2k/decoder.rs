//! A codestream to samples.
//!
//! The caller says what it expects of every component and takes rows; components that nobody wants, and rows below the last wanted one, are not decoded.
//! Components 0 to 2 go together when the codestream transforms them together. Nothing is allocated from sizes that differ from the expected ones.

use super::coefficient::Coefficient;
use super::colour::{Colour, Conversion};
use super::error::Fault;
use super::geometry::{self, Resolution};
use super::markers::{self, Component, MainHeader};
use super::packets::{Block, Cover, PacketReader};
use super::spare::{Kept, Spare};
use super::synthesis::{FromBlocks, Scratch, Synthesis};

/// What the file's header promises of a component.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub width: usize,
    pub height: usize,
    /// Bytes of a sample.
    pub bytes: usize,
    /// Rows from the top that are wanted, 0: not at all.
    pub rows: usize,
}

/// Where rows go.
pub(super) trait Sink {
    /// The samples of row `y` that are wanted: how many to the left are not, and their memory.
    fn row(&mut self, component: usize, y: usize) -> Option<(usize, &mut [u8])>;
}

/// The size that OpenEXR gives a lossy chunk: 1 more than a multiple of 2^levels.
pub(super) fn padded(n: usize, levels: u32) -> usize {
    let unit = 1usize << levels;
    n.saturating_sub(1).next_multiple_of(unit) + 1
}

/// Wavelet levels of padded chunks.
pub(super) const PADDED_LEVELS: u32 = 5;

/// A parsed codestream.
pub(super) struct Decoder<'a> {
    pub header: MainHeader,
    resolutions: Vec<Vec<Resolution>>,
    /// By component, resolution, band.
    blocks: Blocks<'a>,
    legacy: bool,
}

impl<'a> Decoder<'a> {
    /// Reads all headers. `legacy`: irreversible components hold OpenEXR's transfer function.
    pub fn new(stream: &'a [u8], expected: &[Expected], legacy: bool) -> Result<Self, Fault> {
        let (header, parts) = markers::read(stream, expected.len())?;
        check_sizes(&header, expected)?;
        let resolutions: Vec<Vec<Resolution>> = header
            .components
            .iter()
            .map(|c| {
                geometry::resolutions(
                    header.width.div_ceil(c.sampling.0) as usize,
                    header.height.div_ceil(c.sampling.1) as usize,
                    &c.coding,
                )
            })
            .collect();
        let blocks = read_packets(&header, &resolutions, &parts, stream.len())?;
        Ok(Self {
            header,
            resolutions,
            blocks,
            legacy,
        })
    }

    /// Decodes what `expected` wants.
    pub fn decode(
        &mut self,
        expected: &[Expected],
        sink: &mut dyn Sink,
        spare: &mut Spare,
    ) -> Result<(), Fault> {
        let together = if self.header.colour_transform && expected.len() >= 3 {
            3
        } else {
            0
        };
        if together == 3 {
            self.group(&[0, 1, 2], expected, sink, spare)?;
        }
        for c in together..expected.len() {
            self.group(&[c], expected, sink, spare)?;
        }
        Ok(())
    }

    fn group(
        &mut self,
        components: &[usize],
        expected: &[Expected],
        sink: &mut dyn Sink,
        spare: &mut Spare,
    ) -> Result<(), Fault> {
        let rows = components
            .iter()
            .map(|&c| expected[c].rows)
            .max()
            .unwrap_or(0);
        if rows == 0 {
            return Ok(());
        }
        let first = &self.header.components[components[0]];
        let reversible = first.coding.reversible;
        let size = |c: usize| {
            let last = self.resolutions[c].last();
            last.map_or((0, 0), |r| (r.width, r.height))
        };
        for &c in components {
            if self.header.components[c].coding.reversible != reversible
                || size(c) != size(components[0])
            {
                return Err(Fault::invalid(
                    "component transform of unlike components",
                    c as u64,
                ));
            }
        }
        let planes = components
            .iter()
            .map(|&c| self.header.components[c].quantization.most_planes())
            .max()
            .unwrap_or(0);
        if size(components[0]).0 == 0 {
            return Ok(());
        }
        match (reversible, planes <= <i32 as Coefficient>::PLANES) {
            (true, true) => self.rows::<i32, i32>(components, expected, rows, sink, spare),
            (true, false) => self.rows::<i64, i64>(components, expected, rows, sink, spare),
            (false, true) => self.rows::<f32, i32>(components, expected, rows, sink, spare),
            (false, false) => self.rows::<f32, i64>(components, expected, rows, sink, spare),
        }
    }

    fn rows<S: FromBlocks<C> + Colour + Kept, C: Coefficient + Kept>(
        &mut self,
        components: &[usize],
        expected: &[Expected],
        rows: usize,
        sink: &mut dyn Sink,
        spare: &mut Spare,
    ) -> Result<(), Fault> {
        let mut scratch = Scratch::<S>::default();
        let mut sources = Vec::with_capacity(components.len());
        let mut conversions = Vec::with_capacity(components.len());
        for &c in components {
            let component = &self.header.components[c];
            conversions.push(Conversion::new(component, self.legacy)?);
            let blocks = std::mem::take(&mut self.blocks[c]);
            let source = Synthesis::<S, C>::new(component, &self.resolutions[c], blocks, spare);
            sources.push(source.ok_or(Fault::invalid("component without resolutions", c as u64))?);
        }
        let mut rgb: [Vec<S>; 3] = Default::default();
        for y in 0..rows {
            for source in &mut sources {
                source.advance(y, &mut scratch)?;
            }
            if let [first, second, third] = &sources[..] {
                let rows = [first.row(y), second.row(y), third.row(y)];
                for (out, row) in rgb.iter_mut().zip(rows) {
                    out.resize(row.len(), S::default());
                }
                let [r, g, b] = &mut rgb;
                S::to_rgb(rows, [r, g, b]);
            }
            for (at, (&c, conversion)) in components.iter().zip(&conversions).enumerate() {
                let row = if sources.len() == 3 {
                    &rgb[at][..]
                } else {
                    sources[at].row(y)
                };
                if y >= expected[c].rows {
                    continue;
                }
                if let Some((skip, out)) = sink.row(c, y) {
                    let bytes = expected[c].bytes;
                    let row = row
                        .get(skip..skip + out.len() / bytes)
                        .ok_or(Fault::invalid("row is too short", row.len() as u64))?;
                    S::store(row, conversion, out, bytes);
                }
            }
        }
        for source in sources.into_iter().rev() {
            source.give_back(spare);
        }
        Ok(())
    }
}

fn check_sizes(header: &MainHeader, expected: &[Expected]) -> Result<(), Fault> {
    let of = |component: &Component| {
        let (x, y) = component.sampling;
        (
            header.width.div_ceil(x) as usize,
            header.height.div_ceil(y) as usize,
        )
    };
    let each = || header.components.iter().zip(expected);
    let is_padded = each().any(|(c, e)| of(c) != (e.width, e.height));
    for (at, (component, expected)) in each().enumerate() {
        if component.bits as usize > 8 * expected.bytes {
            return Err(Fault::invalid("bit depth", component.bits));
        }
        let coding = &header.components[0].coding;
        let levels = coding.levels;
        if is_padded
            && (coding.reversible
                || levels > PADDED_LEVELS
                || component.sampling != (1, 1)
                || of(component)
                    != (
                        padded(expected.width, levels),
                        padded(expected.height, levels),
                    ))
        {
            return Err(Fault::invalid("size of component", at as u64));
        }
    }
    Ok(())
}

type Blocks<'a> = Vec<Vec<Vec<Vec<Block<'a>>>>>;

fn read_packets<'a>(
    header: &MainHeader,
    resolutions: &[Vec<Resolution>],
    parts: &[&'a [u8]],
    most: usize,
) -> Result<Blocks<'a>, Fault> {
    let order: Vec<_> = resolutions
        .iter()
        .zip(&header.components)
        .map(|(r, c)| (&r[..], c.sampling))
        .collect();
    // A packet has at least a byte.
    let packets = geometry::packets(&order, header.progression, most)
        .ok_or(Fault::invalid("more packets than bytes", most as u64))?;
    let mut blocks: Blocks<'a> = resolutions
        .iter()
        .map(|resolutions| {
            resolutions
                .iter()
                .map(|r| {
                    r.bands
                        .iter()
                        .map(|b| vec![Block::default(); b.blocks.0 * b.blocks.1])
                        .collect()
                })
                .collect()
        })
        .collect();
    let mut reader = PacketReader::default();
    let mut parts = parts.iter();
    let mut data: &'a [u8] = &[];
    for packet in packets {
        while data.is_empty() {
            data = parts.next().ok_or(Fault::Short {
                what: "packets",
                expected: 1,
                found: 0,
            })?;
        }
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
        data = reader.read(
            data,
            &covers,
            &mut blocks[packet.component][packet.resolution],
            header.sop,
            header.eph,
        )?;
    }
    Ok(blocks)
}
