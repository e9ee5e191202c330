//! Headers and image file directories, classic and BigTIFF, in either byte order.
//!
//! In: a file. Out: entries whose values stay in the file until they are asked
//! for. Every count is checked against the length of the file and the metadata limit before memory is taken; a directory
//! met twice ends its chain. Source: TIFF 6.0 section 2; the BigTIFF design.

use super::malformed;
use super::tag::field;
use crate::Input;
use std::collections::HashSet;
use vfx_core::{IoError, Limits};

/// One field of a directory.
#[derive(Clone, Debug)]
pub struct Entry {
    pub tag: u16,
    /// Field type.
    pub kind: u16,
    pub count: u64,
    /// The value when it fits, else its offset; as in the file.
    inline: [u8; 8],
}

/// A directory.
#[derive(Clone, Debug, Default)]
pub struct Ifd {
    pub entries: Vec<Entry>,
    /// Offset of the next one, 0 for none.
    pub next: u64,
}

impl Ifd {
    pub fn get(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|e| e.tag == tag)
    }
}

/// A TIFF structure: byte order, offset width, and where it lies.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a Input,
    pub big_endian: bool,
    /// BigTIFF: 64-bit offsets.
    pub wide: bool,
    /// Offset of the first directory.
    pub first: u64,
    max_bytes: u64,
}

/// Fields of one directory; real files have a few dozen.
const MAX_ENTRIES: u64 = 65_536;

impl<'a> Reader<'a> {
    pub fn new(input: &'a Input, limits: &Limits) -> Result<Self, IoError> {
        let head = input.read_up_to(0, 16)?;
        let bad = || malformed("header", "not II*, MM*, II+ or MM+");
        let big_endian = match head.get(..2) {
            Some(b"II") => false,
            Some(b"MM") => true,
            _ => return Err(bad()),
        };
        let mut r = Self {
            input,
            big_endian,
            wide: false,
            first: 0,
            max_bytes: limits.max_metadata_bytes,
        };
        match (head.get(2..4).map(|b| r.uint(b)), head.len()) {
            (Some(42), 8..) => r.first = r.uint(&head[4..8]),
            (Some(43), 16..) if r.uint(&head[4..6]) == 8 => {
                r.wide = true;
                r.first = r.uint(&head[8..16]);
            }
            _ => return Err(bad()),
        }
        Ok(r)
    }

    /// Bytes in the file.
    pub fn len(&self) -> u64 {
        self.input.len()
    }
    fn read(&self, offset: u64, len: u64) -> Result<Vec<u8>, IoError> {
        let end = offset.checked_add(len).filter(|e| *e <= self.len());
        if end.is_none() {
            return Err(malformed("directory", "an offset points past the end"));
        }
        self.input.read_up_to(offset, len as usize)
    }

    /// An unsigned number of 1 ..= 8 bytes.
    pub fn uint(&self, b: &[u8]) -> u64 {
        let join = |v: u64, b: &u8| v << 8 | u64::from(*b);
        if self.big_endian {
            b.iter().fold(0, join)
        } else {
            b.iter().rev().fold(0, join)
        }
    }

    /// The directory at an offset.
    pub fn ifd(&self, offset: u64) -> Result<Ifd, IoError> {
        let (head, size, word) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let n = self.uint(&self.read(offset, head)?);
        // A directory cut short by the end of the file still gives what it has.
        let room = (self.input.len() - offset - head) / size;
        if n > MAX_ENTRIES || n == 0 || room == 0 {
            let what = format!("{n} entries, {room} in the file");
            return Err(malformed("directory", what));
        }
        let take = n.min(room);
        let raw = self.read(offset + head, take * size)?;
        let entries = raw
            .chunks_exact(size as usize)
            .map(|e| {
                let mut inline = [0; 8];
                inline[..word].copy_from_slice(&e[e.len() - word..]);
                Entry {
                    tag: self.uint(&e[..2]) as u16,
                    kind: self.uint(&e[2..4]) as u16,
                    count: self.uint(&e[4..e.len() - word]),
                    inline,
                }
            })
            .collect();
        let next = self
            .read(offset + head + n * size, word as u64)
            .map_or(0, |b| self.uint(&b));
        Ok(Ifd { entries, next })
    }

    /// The chain of directories from `first` on; a loop or a broken link ends it.
    pub fn chain(
        &self,
        first: u64,
        max: usize,
        seen: &mut HashSet<u64>,
    ) -> Result<Vec<Ifd>, IoError> {
        let (mut all, mut at) = (Vec::new(), first);
        while at != 0 && seen.insert(at) {
            match self.ifd(at) {
                Ok(d) => {
                    at = d.next;
                    all.push(d);
                }
                Err(e) if all.is_empty() => return Err(e),
                Err(_) => break,
            }
            Limits::check("max_parts", seen.len() as u64, max as u64)?;
        }
        Ok(all)
    }

    /// The bytes of a value, as in the file.
    pub fn bytes(&self, e: &Entry) -> Result<Vec<u8>, IoError> {
        let size = field::size(e.kind)
            .ok_or_else(|| malformed("directory", format!("tag {} has type {}", e.tag, e.kind)))?;
        let len = e.count.saturating_mul(size);
        let word = if self.wide { 8 } else { 4 };
        if len <= word {
            return Ok(e.inline[..len as usize].to_vec());
        }
        Limits::check("max_metadata_bytes", len, self.max_bytes)?;
        self.read(self.uint(&e.inline[..word as usize]), len)
            .map_err(|_| malformed("directory", format!("tag {} points past the end", e.tag)))
    }

    /// Unsigned values of any integer type.
    pub fn uints(&self, e: &Entry) -> Result<Vec<u64>, IoError> {
        let size = match e.kind {
            1 | 3 | 4 | 6 | 7 | 8 | 9 | 13 | 16 | 17 | 18 => field::size(e.kind).unwrap_or(1),
            _ => {
                let what = format!("tag {} is of type {}, not an integer", e.tag, e.kind);
                return Err(malformed("directory", what));
            }
        };
        let raw = self.bytes(e)?;
        Ok(raw
            .chunks_exact(size as usize)
            .map(|b| self.uint(b))
            .collect())
    }

    /// The first unsigned value of a tag.
    pub fn value(&self, d: &Ifd, tag: u16) -> Result<Option<u64>, IoError> {
        match d.get(tag) {
            Some(e) => Ok(self.uints(e)?.first().copied()),
            None => Ok(None),
        }
    }

    /// The first unsigned value of a tag, when it is there and sound.
    pub fn lenient(&self, d: &Ifd, tag: u16) -> Option<u64> {
        self.value(d, tag).ok().flatten()
    }

    /// A text up to its first NUL; Latin-1 where it is no UTF-8.
    pub fn text(&self, e: &Entry) -> Option<String> {
        if !matches!(e.kind, field::ASCII | field::BYTE | field::UNDEFINED) {
            return None;
        }
        let raw = self.bytes(e).ok()?;
        let raw = raw.split(|b| *b == 0).next()?;
        Some(
            String::from_utf8(raw.to_vec())
                .unwrap_or_else(|_| raw.iter().map(|b| char::from(*b)).collect()),
        )
    }

    /// Rationals: numerators and denominators, signed where the type is.
    pub fn rationals(&self, e: &Entry) -> Option<Vec<(i64, i64)>> {
        let signed = e.kind == field::SRATIONAL;
        let part = |b: &[u8]| {
            let v = self.uint(b) as u32;
            if signed {
                i64::from(v.cast_signed())
            } else {
                i64::from(v)
            }
        };
        let raw = self.bytes(e).ok()?;
        matches!(e.kind, field::RATIONAL | field::SRATIONAL).then(|| {
            raw.chunks_exact(8)
                .map(|b| (part(&b[..4]), part(&b[4..])))
                .collect()
        })
    }

    /// A number of any type, the first of its field.
    pub fn number(&self, e: &Entry) -> Option<f64> {
        match e.kind {
            field::RATIONAL | field::SRATIONAL => {
                let (n, d) = *self.rationals(e)?.first()?;
                (d != 0).then(|| n as f64 / d as f64)
            }
            field::FLOAT => {
                let raw = self.bytes(e).ok()?;
                Some(f32::from_bits(self.uint(raw.get(..4)?) as u32).into())
            }
            12 => {
                let raw = self.bytes(e).ok()?;
                Some(f64::from_bits(self.uint(raw.get(..8)?)))
            }
            _ => self.uints(e).ok()?.first().map(|v| *v as f64),
        }
    }

    /// Single precision numbers of any type.
    pub fn floats(&self, e: &Entry) -> Option<Vec<f32>> {
        match e.kind {
            field::FLOAT => {
                let raw = self.bytes(e).ok()?;
                let one = |b: &[u8]| f32::from_bits(self.uint(b) as u32);
                Some(raw.chunks_exact(4).map(one).collect())
            }
            field::RATIONAL | field::SRATIONAL => Some(
                self.rationals(e)?
                    .iter()
                    .map(|(n, d)| *n as f32 / *d as f32)
                    .collect(),
            ),
            _ => Some(self.uints(e).ok()?.iter().map(|v| *v as f32).collect()),
        }
    }
}

/// Whether the first bytes are a TIFF header.
pub fn detect(head: &[u8]) -> bool {
    matches!(
        head.get(..4),
        Some(b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+")
    )
}
