//! The marker segments of a codestream's main header and its tile-parts, for reading and writing.
//!
//! Only what OpenEXR's High-Throughput codestreams can use: one tile at the origin, one quality layer, HT blocks, the 5/3 and 9/7 wavelets, non-linear
//! point transforms. Sources: ITU-T T.800 annex A, T.801 K.1 (NLT), T.814 A.3 (CAP).

use super::error::Fault;

pub(super) mod code {
    pub const SOC: u16 = 0xff4f;
    pub const CAP: u16 = 0xff50;
    pub const SIZ: u16 = 0xff51;
    pub const COD: u16 = 0xff52;
    pub const COC: u16 = 0xff53;
    pub const QCD: u16 = 0xff5c;
    pub const QCC: u16 = 0xff5d;
    pub const NLT: u16 = 0xff76;
    pub const COM: u16 = 0xff64;
    pub const POC: u16 = 0xff5f;
    pub const PPM: u16 = 0xff60;
    pub const PPT: u16 = 0xff61;
    pub const RGN: u16 = 0xff5e;
    pub const SOT: u16 = 0xff90;
    pub const SOD: u16 = 0xff93;
    pub const EOC: u16 = 0xffd9;
}

/// Largest precinct, which is the one that is not written down.
const WHOLE: u32 = 15;
/// Most wavelet levels.
pub(super) const MAX_LEVELS: u32 = 32;

/// Wavelet and blocks of a component (COD, COC).
#[derive(Debug, Clone)]
pub(super) struct Coding {
    pub levels: u32,
    /// Base-2 logarithms of the block's sides.
    pub block: (u32, u32),
    pub causal: bool,
    /// 5/3 on integers, else 9/7.
    pub reversible: bool,
    /// Base-2 logarithms of the precincts' sides by resolution; empty: all of the component.
    pub precincts: Vec<(u32, u32)>,
}

impl Coding {
    pub fn precinct(&self, resolution: u32) -> (u32, u32) {
        self.precincts
            .get(resolution as usize)
            .copied()
            .unwrap_or((WHOLE, WHOLE))
    }
}

/// Step sizes of a component (QCD, QCC).
#[derive(Debug, Clone)]
pub(super) struct Quantization {
    pub guard: u32,
    /// 16 bits: exponent << 11 | mantissa; of the reversible wavelet only the exponent.
    pub steps: Vec<u16>,
    pub reversible: bool,
}

impl Quantization {
    fn step(&self, resolution: usize, kind: usize) -> u16 {
        let at = if resolution == 0 {
            0
        } else {
            (resolution - 1) * 3 + kind
        };
        self.steps
            .get(at)
            .or(self.steps.last())
            .copied()
            .unwrap_or(0)
    }

    /// Bit planes of a band.
    pub fn planes(&self, resolution: usize, kind: usize) -> u32 {
        (u32::from(self.step(resolution, kind)) >> 11).saturating_sub(1) + self.guard
    }

    /// Most bit planes of any band.
    pub fn most_planes(&self) -> u32 {
        self.steps
            .iter()
            .map(|s| (u32::from(*s) >> 11).saturating_sub(1))
            .max()
            .unwrap_or(0)
            + self.guard
    }

    /// Step size of a band of the irreversible wavelet, times its nominal gain, relative to a range of 1.
    pub fn delta(&self, resolution: usize, kind: usize) -> f32 {
        let step = self.step(resolution, kind);
        let gain = [1.0f32, 2.0, 2.0, 4.0][kind];
        let mantissa = f32::from(step & 0x7ff | 0x800) * gain / 2048.0;
        mantissa / (1u64 << (step >> 11)) as f32
    }
}

/// Point transform of a component (NLT).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Nonlinearity {
    None,
    /// Type 3: negative numbers are coded as `-1 - magnitude` bits.
    SignMagnitude,
    /// Type 2, and with `sign_magnitude` type 4.
    Table {
        sign_magnitude: bool,
        table: Table,
    },
}

/// A piecewise linear function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// Bits of the decoded samples.
    pub bits: u32,
    pub signed: bool,
    /// First and last argument, in 1 / (2^32 - 1).
    pub domain: (u32, u32),
    /// Values in 1 / 2^bits.
    pub points: Vec<u32>,
    pub bytes_a_point: usize,
}

/// A component.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub bits: u32,
    pub signed: bool,
    pub sampling: (u32, u32),
    pub coding: Coding,
    pub quantization: Quantization,
    pub nonlinearity: Nonlinearity,
}

/// A codestream without its packets.
#[derive(Debug)]
pub(super) struct MainHeader {
    pub width: u32,
    pub height: u32,
    pub progression: u8,
    /// The first three components are transformed together.
    pub colour_transform: bool,
    /// Packets may begin with SOP, packet headers end with EPH.
    pub sop: bool,
    pub eph: bool,
    pub components: Vec<Component>,
}

/// Big-endian fields.
pub(super) struct Fields<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or(Fault::Short {
            what: self.what,
            expected: n,
            found: self.rest.len(),
        })?;
        self.rest = rest;
        Ok(head)
    }

    pub fn u8(&mut self) -> Result<u8, Fault> {
        Ok(self.bytes(1)?[0])
    }

    pub fn u16(&mut self) -> Result<u16, Fault> {
        let b = self.bytes(2)?;
        Ok(u16::from_be_bytes([b[0], b[1]]))
    }

    pub fn u32(&mut self) -> Result<u32, Fault> {
        let b = self.bytes(4)?;
        Ok(u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    }

    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Fault::invalid(
            "bytes left in a marker segment",
            self.rest.len() as u64,
        ))
    }

    /// Component index: a byte, or two when there are more than 256.
    fn component(&mut self, count: usize) -> Result<usize, Fault> {
        Ok(if count < 257 {
            usize::from(self.u8()?)
        } else {
            usize::from(self.u16()?)
        })
    }
}

/// Reads the main header of a codestream with `count` components, and the bodies of its tile-parts.
pub(super) fn read(stream: &[u8], count: usize) -> Result<(MainHeader, Vec<&[u8]>), Fault> {
    let mut at = Fields::new("codestream", stream);
    if at.u16()? != code::SOC {
        return Err(Fault::invalid("codestream does not begin with SOC", 0u32));
    }
    let mut siz = None;
    let mut cod = None;
    let mut qcd = None;
    let mut codings: Vec<Option<Coding>> = vec![None; count];
    let mut steps: Vec<Option<Quantization>> = vec![None; count];
    let mut curves: Vec<Option<Nonlinearity>> = vec![None; count];
    let mut every_curve = None;
    loop {
        let marker = at.u16()?;
        if marker == code::SOT {
            break;
        }
        let length = usize::from(at.u16()?);
        let body = at.bytes(length.saturating_sub(2))?;
        let mut body = Fields::new("marker segment", body);
        match marker {
            code::SIZ => siz = Some(read_siz(&mut body, count)?),
            code::COD => cod = Some(read_cod(&mut body)?),
            code::COC => {
                let c = body.component(count)?;
                let style = body.u8()?;
                let coding = read_coding(&mut body, style & 1 != 0)?;
                if let Some(slot) = codings.get_mut(c) {
                    *slot = Some(coding);
                }
            }
            code::QCD => qcd = Some(read_quantization(&mut body)?),
            code::QCC => {
                let c = body.component(count)?;
                let quantization = read_quantization(&mut body)?;
                if let Some(slot) = steps.get_mut(c) {
                    *slot = Some(quantization);
                }
            }
            code::NLT => {
                let c = body.u16()?;
                let curve = read_nonlinearity(&mut body)?;
                if c == 0xffff {
                    every_curve = Some(curve);
                } else if let Some(slot) = curves.get_mut(usize::from(c)) {
                    *slot = Some(curve);
                }
            }
            code::POC | code::PPM | code::RGN => {
                return Err(Fault::invalid("unsupported marker", marker));
            }
            _ => {}
        }
    }
    let missing = |what| Fault::invalid(what, 0u32);
    let (width, height, samples) = siz.ok_or(missing("no SIZ marker"))?;
    let cod: Cod = cod.ok_or(missing("no COD marker"))?;
    let qcd: Quantization = qcd.ok_or(missing("no QCD marker"))?;
    let mut components = Vec::with_capacity(count);
    for (c, (bits, signed, sampling)) in samples.into_iter().enumerate() {
        let component = Component {
            bits,
            signed,
            sampling,
            coding: codings[c].take().unwrap_or_else(|| cod.coding.clone()),
            quantization: steps[c].take().unwrap_or_else(|| qcd.clone()),
            nonlinearity: curves[c]
                .take()
                .or_else(|| every_curve.clone())
                .unwrap_or(Nonlinearity::None),
        };
        if component.coding.reversible != component.quantization.reversible {
            return Err(Fault::invalid(
                "quantization does not match the wavelet of component",
                c as u64,
            ));
        }
        components.push(component);
    }
    let header = MainHeader {
        width,
        height,
        progression: cod.progression,
        colour_transform: cod.colour_transform,
        sop: cod.sop,
        eph: cod.eph,
        components,
    };
    let parts = read_tile_parts(at)?;
    Ok((header, parts))
}

type SampleKind = (u32, bool, (u32, u32));

fn read_siz(body: &mut Fields<'_>, count: usize) -> Result<(u32, u32, Vec<SampleKind>), Fault> {
    body.u16()?;
    let mut v = [0; 8];
    for v in &mut v {
        *v = body.u32()?;
    }
    let [width, height, x, y, tile_width, tile_height, tile_x, tile_y] = v;
    if x != 0 || y != 0 || tile_x != 0 || tile_y != 0 {
        return Err(Fault::invalid(
            "image or tile offset",
            x | y | tile_x | tile_y,
        ));
    }
    if tile_width < width || tile_height < height {
        return Err(Fault::invalid("more than one tile", tile_width));
    }
    let found = body.u16()?;
    if usize::from(found) != count {
        return Err(Fault::invalid("number of components", found));
    }
    let mut components = Vec::with_capacity(count);
    for _ in 0..count {
        let (depth, x, y) = (body.u8()?, body.u8()?, body.u8()?);
        if depth & 0x7f > 37 {
            return Err(Fault::invalid("bit depth", depth));
        }
        if x == 0 || y == 0 {
            return Err(Fault::invalid("sampling", 0u32));
        }
        let bits = u32::from(depth & 0x7f) + 1;
        components.push((bits, depth & 0x80 != 0, (u32::from(x), u32::from(y))));
    }
    body.end()?;
    Ok((width, height, components))
}

struct Cod {
    progression: u8,
    colour_transform: bool,
    sop: bool,
    eph: bool,
    coding: Coding,
}

fn read_cod(body: &mut Fields<'_>) -> Result<Cod, Fault> {
    let style = body.u8()?;
    let progression = body.u8()?;
    if progression > 4 {
        return Err(Fault::invalid("progression order", progression));
    }
    let layers = body.u16()?;
    if layers != 1 {
        return Err(Fault::invalid("quality layers", layers));
    }
    let transform = body.u8()?;
    if transform > 1 {
        return Err(Fault::invalid("component transform", transform));
    }
    Ok(Cod {
        progression,
        colour_transform: transform == 1,
        sop: style & 2 != 0,
        eph: style & 4 != 0,
        coding: read_coding(body, style & 1 != 0)?,
    })
}

fn read_coding(body: &mut Fields<'_>, precincts: bool) -> Result<Coding, Fault> {
    let levels = u32::from(body.u8()?);
    let (width, height) = (u32::from(body.u8()?), u32::from(body.u8()?));
    let style = body.u8()?;
    let wavelet = body.u8()?;
    if levels > MAX_LEVELS {
        return Err(Fault::invalid("wavelet levels", levels));
    }
    if width > 8 || height > 8 || width + height > 8 {
        return Err(Fault::invalid("block size", width << 8 | height));
    }
    // HT blocks (bit 6), vertically causal (bit 3), nothing else.
    if style & !0x08 != 0x40 {
        return Err(Fault::invalid("block style", style));
    }
    if wavelet > 1 {
        return Err(Fault::invalid("wavelet", wavelet));
    }
    let mut sizes = Vec::new();
    if precincts {
        for r in 0..=levels {
            let size = body.u8()?;
            if r > 0 && (size & 15 == 0 || size >> 4 == 0) {
                return Err(Fault::invalid("precinct size", size));
            }
            sizes.push((u32::from(size & 15), u32::from(size >> 4)));
        }
    }
    body.end()?;
    Ok(Coding {
        levels,
        block: (width + 2, height + 2),
        causal: style & 0x08 != 0,
        reversible: wavelet == 1,
        precincts: sizes,
    })
}

fn read_quantization(body: &mut Fields<'_>) -> Result<Quantization, Fault> {
    let style = body.u8()?;
    let reversible = match style & 0x1f {
        0 => true,
        2 => false,
        other => return Err(Fault::invalid("quantization style", other)),
    };
    let mut steps = Vec::new();
    while !body.rest().is_empty() {
        if steps.len() > 3 * MAX_LEVELS as usize {
            return Err(Fault::invalid("quantization steps", steps.len() as u64));
        }
        steps.push(if reversible {
            u16::from(body.u8()? >> 3) << 11
        } else {
            body.u16()?
        });
    }
    if steps.is_empty() {
        return Err(Fault::invalid("quantization steps", 0u32));
    }
    Ok(Quantization {
        guard: u32::from(style >> 5),
        steps,
        reversible,
    })
}

fn read_nonlinearity(body: &mut Fields<'_>) -> Result<Nonlinearity, Fault> {
    let depth = body.u8()?;
    let kind = body.u8()?;
    let sign_magnitude = match kind {
        0 => return body.end().map(|()| Nonlinearity::None),
        3 => return body.end().map(|()| Nonlinearity::SignMagnitude),
        2 => false,
        4 => true,
        _ => return Err(Fault::invalid("non-linear transform", kind)),
    };
    let last = body.u16()?;
    let domain = (body.u32()?, body.u32()?);
    let point_bits = body.u8()?;
    let bits = u32::from(depth & 0x7f) + 1;
    if !(1..=8191).contains(&last) || domain.0 >= domain.1 || bits > 32 {
        return Err(Fault::invalid("table of a non-linear transform", last));
    }
    let bytes_a_point = match point_bits {
        1..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => return Err(Fault::invalid("bits of table points", point_bits)),
    };
    let n = usize::from(last) + 1;
    let points = body
        .bytes(n * bytes_a_point)?
        .chunks_exact(bytes_a_point)
        .map(|p| p.iter().fold(0, |v, b| v << 8 | u32::from(*b)))
        .collect();
    body.end()?;
    Ok(Nonlinearity::Table {
        sign_magnitude,
        table: Table {
            bits,
            signed: depth & 0x80 != 0,
            domain,
            points,
            bytes_a_point,
        },
    })
}

/// The bodies of the tile-parts; `at` is behind the first SOT marker.
fn read_tile_parts(mut at: Fields<'_>) -> Result<Vec<&[u8]>, Fault> {
    let mut parts = Vec::new();
    loop {
        // Counted from the marker itself.
        let start = at.rest();
        let length = at.u16()?;
        let tile = at.u16()?;
        let size = at.u32()? as usize;
        at.u16()?;
        if length != 10 || tile != 0 {
            return Err(Fault::invalid("tile-part header", tile));
        }
        let size = if size == 0 {
            start.len()
        } else {
            size.saturating_sub(2)
        };
        let part = start.get(..size).ok_or(Fault::Short {
            what: "tile-part",
            expected: size,
            found: start.len(),
        })?;
        let mut header = Fields::new("tile-part header", part.get(10..).unwrap_or(&[]));
        loop {
            match header.u16()? {
                code::SOD => break,
                marker @ (code::COD
                | code::COC
                | code::QCD
                | code::QCC
                | code::POC
                | code::PPT
                | code::RGN
                | code::NLT) => {
                    return Err(Fault::invalid("unsupported marker in a tile-part", marker));
                }
                _ => {
                    let length = usize::from(header.u16()?);
                    header.bytes(length.saturating_sub(2))?;
                }
            }
        }
        parts.push(header.rest());
        at = Fields::new("codestream", &start[size..]);
        match at.u16() {
            Ok(code::SOT) => {}
            // OpenEXR does not ask for the end marker.
            Ok(code::EOC) | Err(_) => return Ok(parts),
            Ok(other) => return Err(Fault::invalid("marker between tile-parts", other)),
        }
    }
}
