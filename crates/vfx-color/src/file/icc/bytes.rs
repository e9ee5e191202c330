//! The profile's header and tag table, and its numbers, big endian (ICC.1:2022, 4 and 7).

use super::super::source::Source;
use crate::ColorError;

const MAX_TAGS: usize = 100;

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

/// s15Fixed16Number.
pub(super) fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(u32_at(bytes, at)?.cast_signed()) / 65536.0)
}

/// The tags of a profile.
pub(super) struct Tags<'a> {
    pub source: &'a Source<'a>,
    tags: Vec<([u8; 4], usize, usize)>,
}

impl<'a> Tags<'a> {
    pub fn read(s: &'a Source<'a>) -> Result<Self, ColorError> {
        if s.bytes.get(36..40) != Some(b"acsp") {
            return Err(s.error(0, "expected the signature 'acsp' of a profile"));
        }
        let short = || s.error(0, "the file ends before the tags");
        let count = u32_at(s.bytes, 128).ok_or_else(short)?;
        if count as usize > MAX_TAGS {
            return Err(s.error(0, format!("{count} tags, expected at most {MAX_TAGS}")));
        }
        let mut tags = Vec::new();
        for i in 0..count as usize {
            let at = 132 + 12 * i;
            let entry = s.bytes.get(at..at + 12).ok_or_else(short)?;
            let number = |k| u32_at(entry, k).unwrap_or(0) as usize;
            let name = [entry[0], entry[1], entry[2], entry[3]];
            tags.push((name, number(4), number(8)));
        }
        Ok(Self { source: s, tags })
    }

    pub fn error(&self, tag: [u8; 4], reason: &str) -> ColorError {
        let tag = String::from_utf8_lossy(&tag).into_owned();
        self.source.error(0, format!("tag '{tag}': {reason}"))
    }

    pub fn tag(&self, name: &[u8; 4]) -> Option<&[u8]> {
        let (_, offset, size) = self.tags.iter().find(|t| &t.0 == name)?;
        self.source.bytes.get(*offset..offset.checked_add(*size)?)
    }

    /// The profile's description, v2 or v4.
    pub fn description(&self) -> Option<String> {
        let bytes = self.tag(b"desc")?;
        match bytes.get(..4)? {
            b"desc" => {
                let n = u32_at(bytes, 8)? as usize;
                let text = bytes.get(12..12_usize.checked_add(n)?)?;
                let text = String::from_utf8_lossy(text);
                Some(text.trim_end_matches('\0').to_owned())
            }
            b"mluc" => {
                let (size, offset) = (u32_at(bytes, 20)? as usize, u32_at(bytes, 24)? as usize);
                let text = bytes.get(offset..offset.checked_add(size)?)?;
                let units = text
                    .chunks_exact(2)
                    .map(|c| u16::from_be_bytes([c[0], c[1]]));
                Some(
                    char::decode_utf16(units)
                        .map(|c| c.unwrap_or('\u{fffd}'))
                        .collect(),
                )
            }
            _ => None,
        }
    }
}
