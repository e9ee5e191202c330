//! Packets: the headers with tag trees, and the bytes of the blocks.
//!
//! A packet holds the blocks of one precinct: a bit that says whether there are any; for each band and block whether it is there (tag tree), its missing
//! planes (tag tree), its passes and lengths; then the bytes. HT blocks have one cleanup segment and at most one refinement segment.
//! Source: ITU-T T.800, B.9 and B.10; T.814, B.2 (passes, placeholder sets and lengths).

use super::error::Fault;

/// Header bits: highest first; the byte after 0xFF has seven.
struct HeaderBits<'a> {
    data: &'a [u8],
    at: usize,
    byte: u8,
    left: u32,
}

impl<'a> HeaderBits<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            byte: 0,
            left: 0,
        }
    }

    fn bit(&mut self) -> Result<u32, Fault> {
        if self.left == 0 {
            self.left = 8 - u32::from(self.byte == 0xff);
            self.byte = *self.data.get(self.at).ok_or(Fault::Short {
                what: "packet header",
                expected: self.at + 1,
                found: self.data.len(),
            })?;
            self.at += 1;
        }
        self.left -= 1;
        Ok(u32::from(self.byte) >> self.left & 1)
    }

    fn bits(&mut self, n: u32) -> Result<u32, Fault> {
        let mut v = 0;
        for _ in 0..n {
            v = v << 1 | self.bit()?;
        }
        Ok(v)
    }

    /// What follows the header.
    fn rest(self) -> &'a [u8] {
        // A last 0xFF is followed by a stuffed zero byte.
        let at = self.at + usize::from(self.byte == 0xff);
        self.data.get(at..).unwrap_or(&[])
    }
}

/// A quadtree of minima over the blocks of a precinct; level 0 is the blocks.
#[derive(Default)]
struct TagTree {
    /// First node and nodes across, by level.
    levels: Vec<(usize, usize)>,
    /// Value, 255 when not known yet.
    values: Vec<u8>,
    /// Whether the value was sent.
    sent: Vec<bool>,
}

const UNKNOWN: u8 = 255;

impl TagTree {
    fn reset(&mut self, width: usize, height: usize) {
        self.levels.clear();
        let (mut w, mut h, mut n) = (width, height, 0);
        loop {
            self.levels.push((n, w));
            n += w * h;
            if w <= 1 && h <= 1 {
                break;
            }
            (w, h) = (w.div_ceil(2), h.div_ceil(2));
        }
        self.values.clear();
        self.values.resize(n, UNKNOWN);
        self.sent.clear();
        self.sent.resize(n, false);
    }

    fn node(&self, level: usize, x: usize, y: usize) -> usize {
        let (first, width) = self.levels[level];
        first + (y >> level) * width + (x >> level)
    }

    /// Propagates the blocks' values upwards.
    fn fill(&mut self, value: impl Fn(usize, usize) -> u8, width: usize, height: usize) {
        self.reset(width, height);
        for y in 0..height {
            for x in 0..width {
                let v = value(x, y);
                for level in 0..self.levels.len() {
                    let node = self.node(level, x, y);
                    self.values[node] = self.values[node].min(v);
                }
            }
        }
    }
}

/// A block as a packet describes it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block<'a> {
    pub cleanup: &'a [u8],
    pub refinement: &'a [u8],
    /// 0: not there.
    pub passes: u32,
    pub missing: u32,
}

/// Memory of packet headers.
#[derive(Default)]
pub(super) struct PacketReader {
    included: TagTree,
    missing: TagTree,
    /// Band, block, and the lengths of its segments.
    lengths: Vec<(usize, usize, usize, usize)>,
}

/// The blocks of one band that a packet covers.
pub(super) struct Cover {
    /// First block and number of blocks across, then down.
    pub range: [(usize, usize); 2],
    /// Blocks of the band across.
    pub across: usize,
    /// Planes of the band.
    pub planes: u32,
}

impl PacketReader {
    /// Reads a packet into `blocks[band]`; returns what follows it.
    pub fn read<'a>(
        &mut self,
        mut data: &'a [u8],
        covers: &[Cover],
        blocks: &mut [Vec<Block<'a>>],
        sop: bool,
        eph: bool,
    ) -> Result<&'a [u8], Fault> {
        if sop && data.starts_with(&[0xff, 0x91]) {
            data = data.get(6..).unwrap_or(&[]);
        }
        let mut bits = HeaderBits::new(data);
        self.lengths.clear();
        if bits.bit()? == 1 {
            for (band, cover) in covers.iter().enumerate() {
                self.band(&mut bits, band, cover, &mut blocks[band])?;
            }
        }
        let mut rest = bits.rest();
        if eph && rest.starts_with(&[0xff, 0x92]) {
            rest = &rest[2..];
        }
        for &(band, block, cleanup, refinement) in &self.lengths {
            let (segment, after) =
                rest.split_at_checked(cleanup + refinement)
                    .ok_or(Fault::Short {
                        what: "code block",
                        expected: cleanup + refinement,
                        found: rest.len(),
                    })?;
            let block = &mut blocks[band][block];
            (block.cleanup, block.refinement) = segment.split_at(cleanup);
            rest = after;
        }
        Ok(rest)
    }

    fn band(
        &mut self,
        bits: &mut HeaderBits<'_>,
        band: usize,
        cover: &Cover,
        blocks: &mut [Block<'_>],
    ) -> Result<(), Fault> {
        let [(x0, width), (y0, height)] = cover.range;
        if width == 0 || height == 0 {
            return Ok(());
        }
        self.included.reset(width, height);
        self.missing.reset(width, height);
        for y in 0..height {
            for x in 0..width {
                if !self.is_included(bits, x, y)? {
                    continue;
                }
                let missing = self.missing_planes(bits, x, y, cover.planes)?;
                let passes = pass_count(bits)?;
                // Sets of three passes that are not there stand for planes.
                let placeholders = (passes - 1) / 3;
                let mut lblock = 3;
                while bits.bit()? == 1 {
                    lblock += 1;
                    if lblock > 31 {
                        return Err(Fault::invalid("length of a length", lblock));
                    }
                }
                let extra = (3 * placeholders + 1).ilog2();
                if lblock + extra > 31 {
                    return Err(Fault::invalid("length of a length", lblock + extra));
                }
                let cleanup = bits.bits(lblock + extra)? as usize;
                if !(2..65535).contains(&cleanup) {
                    return Err(Fault::invalid(
                        "length of a cleanup segment",
                        cleanup as u64,
                    ));
                }
                let passes = passes - 3 * placeholders;
                let mut refinement = 0;
                if passes > 1 {
                    refinement = bits.bits(lblock + u32::from(passes > 2))? as usize;
                    if refinement >= 2047 {
                        return Err(Fault::invalid(
                            "length of a refinement segment",
                            refinement as u64,
                        ));
                    }
                }
                let at = (y0 + y) * cover.across + x0 + x;
                blocks[at].passes = passes;
                blocks[at].missing = missing + placeholders;
                self.lengths.push((band, at, cleanup, refinement));
            }
        }
        Ok(())
    }

    fn is_included(
        &mut self,
        bits: &mut HeaderBits<'_>,
        x: usize,
        y: usize,
    ) -> Result<bool, Fault> {
        let tree = &mut self.included;
        for level in (0..tree.levels.len()).rev() {
            let node = tree.node(level, x, y);
            if tree.values[node] == UNKNOWN {
                tree.values[node] = 1 - bits.bit()? as u8;
            }
            if tree.values[node] != 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn missing_planes(
        &mut self,
        bits: &mut HeaderBits<'_>,
        x: usize,
        y: usize,
        planes: u32,
    ) -> Result<u32, Fault> {
        let tree = &mut self.missing;
        let mut least = 0u8;
        for level in (0..tree.levels.len()).rev() {
            let node = tree.node(level, x, y);
            if tree.values[node] == UNKNOWN {
                while bits.bit()? == 0 {
                    least += 1;
                    if u32::from(least) > planes {
                        return Err(Fault::invalid("missing bit planes", least));
                    }
                }
                tree.values[node] = least;
            }
            least = tree.values[node];
        }
        Ok(u32::from(least))
    }
}

/// T.800, table B.4.
fn pass_count(bits: &mut HeaderBits<'_>) -> Result<u32, Fault> {
    if bits.bit()? == 0 {
        return Ok(1);
    }
    if bits.bit()? == 0 {
        return Ok(2);
    }
    Ok(match bits.bits(2)? {
        3 => match bits.bits(5)? {
            31 => 37 + bits.bits(7)?,
            n => 6 + n,
        },
        n => 3 + n,
    })
}

/// An encoded block: missing planes and where its bytes are; no bytes: all zero.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CodedBytes {
    pub from: usize,
    pub length: usize,
    pub missing: u8,
}

/// Memory and bits of packet headers that are written.
#[derive(Default)]
pub(super) struct PacketWriter {
    included: TagTree,
    missing: TagTree,
    byte: u32,
    room: u32,
}

impl PacketWriter {
    fn bit(&mut self, bit: u32, out: &mut Vec<u8>) {
        self.byte = self.byte << 1 | bit;
        self.room -= 1;
        if self.room == 0 {
            out.push(self.byte as u8);
            self.room = 8 - u32::from(self.byte == 0xff);
            self.byte = 0;
        }
    }

    fn bits(&mut self, value: u32, n: u32, out: &mut Vec<u8>) {
        for i in (0..n).rev() {
            self.bit(value >> i & 1, out);
        }
    }

    /// Appends the packet of `blocks[band]`, whose bytes are in `data`.
    pub fn write(
        &mut self,
        covers: &[Cover],
        blocks: &[&[CodedBytes]],
        data: &[u8],
        out: &mut Vec<u8>,
    ) {
        let each = |cover: &Cover, band: &[CodedBytes], f: &mut dyn FnMut(&CodedBytes)| {
            let [(x0, width), (y0, height)] = cover.range;
            for y in y0..y0 + height {
                band[y * cover.across + x0..][..width]
                    .iter()
                    .for_each(&mut *f);
            }
        };
        let mut any = false;
        for (cover, band) in covers.iter().zip(blocks) {
            each(cover, band, &mut |b| any |= b.length > 0);
        }
        if !any {
            out.push(0);
            return;
        }
        (self.byte, self.room) = (0, 8);
        self.bit(1, out);
        for (cover, band) in covers.iter().zip(blocks) {
            self.band(cover, band, out);
        }
        // Seven bits may be left after a byte 0xFF: they are written even if empty.
        if self.room < 8 {
            out.push((self.byte << self.room) as u8);
        }
        for (cover, band) in covers.iter().zip(blocks) {
            each(cover, band, &mut |b| {
                out.extend_from_slice(&data[b.from..b.from + b.length]);
            });
        }
    }

    fn band(&mut self, cover: &Cover, blocks: &[CodedBytes], out: &mut Vec<u8>) {
        let [(x0, width), (y0, height)] = cover.range;
        if width == 0 || height == 0 {
            return;
        }
        let block = |x: usize, y: usize| &blocks[(y0 + y) * cover.across + x0 + x];
        self.included
            .fill(|x, y| u8::from(block(x, y).length == 0), width, height);
        // Blocks that are not there do not count; what they have does not matter then.
        self.missing.fill(
            |x, y| {
                let b = block(x, y);
                if b.length == 0 { UNKNOWN } else { b.missing }
            },
            width,
            height,
        );
        for y in 0..height {
            for x in 0..width {
                let mut there = true;
                for level in (0..self.included.levels.len()).rev() {
                    let node = self.included.node(level, x, y);
                    there = self.included.values[node] == 0;
                    if !self.included.sent[node] {
                        self.included.sent[node] = true;
                        self.bit(u32::from(there), out);
                    }
                    if !there {
                        break;
                    }
                }
                if !there {
                    continue;
                }
                let mut least = 0;
                for level in (0..self.missing.levels.len()).rev() {
                    let node = self.missing.node(level, x, y);
                    let value = self.missing.values[node];
                    if !self.missing.sent[node] {
                        self.missing.sent[node] = true;
                        for _ in least..value {
                            self.bit(0, out);
                        }
                        self.bit(1, out);
                    }
                    least = value;
                }
                // One pass.
                self.bit(0, out);
                let length = block(x, y).length as u32;
                let width = (length.ilog2() + 1).max(3);
                for _ in 3..width {
                    self.bit(1, out);
                }
                self.bit(0, out);
                self.bits(length, width, out);
            }
        }
    }
}
