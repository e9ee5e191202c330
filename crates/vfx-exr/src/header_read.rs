//! Parses the magic number, the version word and the headers of all parts.
//!
//! Bytes are fetched in blocks as they are needed; nothing is allocated that the file's size and the limits do not cover.
//! Source: OpenEXR file layout, "Components one to three"; `parse_header.c` of OpenEXRCore.

use crate::attribute::{Attribute, AttributeValue, text};
use crate::compression::Compression;
use crate::error::Error;
use crate::header::{Header, LineOrder, PartType};
use crate::limits::{Limits, within};
use crate::source::{ReadAt, read_full};
use crate::window::Box2i;

/// The first four bytes: 20000630, little-endian.
pub(crate) const MAGIC: [u8; 4] = [0x76, 0x2f, 0x31, 0x01];
/// Single-part tiled file.
pub(crate) const FLAG_TILED: u32 = 0x200;
/// Names up to 255 bytes.
pub(crate) const FLAG_LONG_NAMES: u32 = 0x400;
/// At least one deep part.
pub(crate) const FLAG_DEEP: u32 = 0x800;
/// Several parts.
pub(crate) const FLAG_MULTI_PART: u32 = 0x1000;

/// What the file says before the offset tables.
pub(crate) struct Headers {
    pub headers: Vec<Header>,
    pub multi_part: bool,
    pub version: u32,
    /// Where the offset tables begin.
    pub end: u64,
}

/// Longest name of an attribute, type or channel.
const MAX_NAME: usize = 255;
const BLOCK: usize = 64 << 10;

/// Sequential bytes with a bound.
struct Cursor<'a> {
    src: &'a dyn ReadAt,
    size: u64,
    limit: u64,
    pos: u64,
    block: Vec<u8>,
    block_at: u64,
}

impl Cursor<'_> {
    /// The next `n` bytes.
    fn take(&mut self, n: usize) -> Result<&[u8], Error> {
        let left = self.size.saturating_sub(self.pos);
        if n as u64 > left {
            return Err(Error::Truncated {
                what: "headers",
                offset: self.pos,
                expected: n as u64,
                found: left,
            });
        }
        within(
            "header bytes",
            self.pos.saturating_add(n as u64),
            self.limit,
        )?;
        let inside = self.pos >= self.block_at
            && self.pos + n as u64 <= self.block_at + self.block.len() as u64;
        if !inside {
            self.block.resize(n.max(BLOCK), 0);
            self.block_at = self.pos;
            let got = read_full(self.src, self.pos, &mut self.block, "headers")?;
            self.block.truncate(got);
            if got < n {
                return Err(Error::Truncated {
                    what: "headers",
                    offset: self.pos,
                    expected: n as u64,
                    found: got as u64,
                });
            }
        }
        let at = (self.pos - self.block_at) as usize;
        self.pos += n as u64;
        Ok(&self.block[at..at + n])
    }

    fn u32(&mut self) -> Result<u32, Error> {
        let b = self.take(4)?;
        Ok(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// A name ended by 0.
    fn name(&mut self) -> Result<String, Error> {
        let start = self.pos;
        // Mostly the whole name is in the block; otherwise byte by byte, so that no more is asked of the file than it has.
        let at = usize::try_from(self.pos.wrapping_sub(self.block_at)).unwrap_or(usize::MAX);
        if let Some(rest) = self.block.get(at..)
            && let Some(n) = rest.iter().take(MAX_NAME + 1).position(|&b| b == 0)
            && self.pos + (n as u64) < self.limit.min(self.size)
        {
            let name = text(&rest[..n]);
            self.pos += n as u64 + 1;
            return Ok(name);
        }
        let mut name = Vec::new();
        loop {
            match self.take(1)?[0] {
                0 => return Ok(text(&name)),
                b => name.push(b),
            }
            if name.len() > MAX_NAME {
                return Err(Error::HeaderSyntax {
                    offset: start,
                    what: "name longer than 255 bytes",
                });
            }
        }
    }
}

/// Reads everything before the offset tables.
pub(crate) fn read_headers(src: &dyn ReadAt, size: u64, limits: &Limits) -> Result<Headers, Error> {
    let mut cursor = Cursor {
        src,
        size,
        limit: limits.max_header_bytes,
        pos: 0,
        block: Vec::new(),
        block_at: 0,
    };
    let mut found = [0; 4];
    found.copy_from_slice(cursor.take(4)?);
    if found != MAGIC {
        return Err(Error::NotExr { found });
    }
    let version = cursor.u32()?;
    let flags = version & !0xff;
    if !matches!(version & 0xff, 1 | 2)
        || flags & !(FLAG_TILED | FLAG_LONG_NAMES | FLAG_DEEP | FLAG_MULTI_PART) != 0
    {
        return Err(Error::Version { found: version });
    }
    let multi_part = flags & FLAG_MULTI_PART != 0;
    let mut headers = Vec::new();
    while let Some(mut raw) = read_one(&mut cursor)? {
        let part = headers.len();
        within("parts", part as u64 + 1, limits.max_parts as u64)?;
        if !multi_part && flags & FLAG_DEEP == 0 {
            raw.flagged = Some(if flags & FLAG_TILED != 0 {
                PartType::Tiled
            } else {
                PartType::Scanline
            });
        }
        headers.push(raw.finish(part, limits)?);
        if !multi_part {
            break;
        }
    }
    if headers.is_empty() {
        return Err(Error::MissingAttribute {
            part: 0,
            name: "channels",
        });
    }
    Ok(Headers {
        headers,
        multi_part,
        version,
        end: cursor.pos,
    })
}

/// A header as it is being collected.
#[derive(Default)]
struct Collected {
    attributes: Vec<Attribute>,
    /// Type by the version word of a flat single-part file, which outranks the attribute.
    flagged: Option<PartType>,
}

/// The attributes of one header; `None` for the empty one that ends the list.
fn read_one(cursor: &mut Cursor<'_>) -> Result<Option<Collected>, Error> {
    let mut out = Collected::default();
    loop {
        let name = cursor.name()?;
        if name.is_empty() {
            return Ok((!out.attributes.is_empty()).then_some(out));
        }
        let type_name = cursor.name()?;
        let offset = cursor.pos;
        let n = cursor.u32()?;
        if i32::try_from(n).is_err() {
            return Err(Error::HeaderSyntax {
                offset,
                what: "negative attribute size",
            });
        }
        let value = AttributeValue::parse(&type_name, cursor.take(n as usize)?);
        out.attributes.push(Attribute { name, value });
    }
}

impl Collected {
    /// Removes the attribute and returns its value; the last one wins.
    fn remove(&mut self, name: &str) -> Option<AttributeValue> {
        let mut value = None;
        self.attributes.retain_mut(|a| {
            let hit = a.name == name;
            if hit {
                value = Some(std::mem::replace(&mut a.value, AttributeValue::Int(0)));
            }
            !hit
        });
        value
    }

    fn finish(mut self, part: usize, limits: &Limits) -> Result<Header, Error> {
        let wrong =
            |name: &str, expected: &'static str, found: &AttributeValue| Error::AttributeType {
                part,
                name: name.to_owned(),
                expected,
                found: found.type_name().to_owned(),
            };
        macro_rules! field {
            ($name:literal, $type:literal, $pattern:pat => $value:expr) => {
                match self.remove($name) {
                    None => None,
                    Some($pattern) => Some($value),
                    Some(other) => return Err(wrong($name, $type, &other)),
                }
            };
        }
        let missing = |name| Error::MissingAttribute { part, name };
        let channels = field!("channels", "chlist", AttributeValue::Channels(c) => c)
            .ok_or(missing("channels"))?;
        within(
            "channels",
            channels.len() as u64,
            limits.max_channels as u64,
        )?;
        let compression: Compression =
            field!("compression", "compression", AttributeValue::Compression(c) => c)
                .ok_or(missing("compression"))?;
        let data_window: Box2i = field!("dataWindow", "box2i", AttributeValue::Box2i(b) => b)
            .ok_or(missing("dataWindow"))?;
        let display_window = field!("displayWindow", "box2i", AttributeValue::Box2i(b) => b)
            .ok_or(missing("displayWindow"))?;
        let line_order = field!("lineOrder", "lineOrder", AttributeValue::LineOrder(l) => l)
            .unwrap_or(LineOrder::IncreasingY);
        let pixel_aspect =
            field!("pixelAspectRatio", "float", AttributeValue::Float(f) => f).unwrap_or(1.0);
        let center =
            field!("screenWindowCenter", "v2f", AttributeValue::V2f(v) => v).unwrap_or([0.0; 2]);
        let screen_window_width =
            field!("screenWindowWidth", "float", AttributeValue::Float(f) => f).unwrap_or(1.0);
        let tiles = field!("tiles", "tiledesc", AttributeValue::TileDesc(t) => t);
        let name = field!("name", "string", AttributeValue::String(s) => s);
        let type_name = field!("type", "string", AttributeValue::String(s) => s);
        let view = match self.attributes.iter().find(|a| a.name == "view") {
            Some(Attribute {
                value: AttributeValue::String(_),
                ..
            }) => {
                field!("view", "string", AttributeValue::String(s) => s)
            }
            _ => None,
        };
        let _counted = field!("chunkCount", "int", AttributeValue::Int(n) => n);
        let part_type = self
            .flagged
            .or(type_name.as_deref().map(PartType::from_name));
        let header = Header {
            channels,
            compression,
            data_window,
            display_window,
            line_order,
            pixel_aspect,
            screen_window_center: (center[0], center[1]),
            screen_window_width,
            tiles: if part_type == Some(PartType::Scanline) {
                None
            } else {
                tiles
            },
            name,
            part_type,
            view,
            attributes: self.attributes,
            compression_level: None,
        };
        header.check(part)?;
        Ok(header)
    }
}
