//! Where the pictures of a file with several are: the multi-picture index (CIPA DC-007, 5.2) and the container directory of
//! Google's XMP, for reading and for writing.

use super::xmp::Packet;
use crate::marker::{APP0, COM};
use std::ops::Range;

/// Name of the index's APP2 segment.
pub(super) const MPF_NAME: &[u8] = b"MPF\0";
/// Pictures looked at.
const MOST: usize = 16;
const CONTAINER: &str = "http://ns.google.com/photos/1.0/container/";
const ITEM: &str = "http://ns.google.com/photos/1.0/container/item/";

/// The segments before the first scan: marker, and where the body is.
pub(super) fn segments(file: &[u8]) -> Vec<(u8, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = file.get(at..).and_then(|b| b.first_chunk::<4>()) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = at + 4..at + 2 + length;
        if length < 2 || body.end > file.len() || marker == 0xff {
            break;
        }
        at = body.end;
        found.push((marker, body));
        if marker == crate::marker::SOS {
            break;
        }
    }
    found
}

/// The other pictures that a file says it has, as ranges of its bytes; each begins with a start of image.
pub(super) fn others(file: &[u8], xmp: Option<&[u8]>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (marker, body) in segments(file) {
        if marker == APP0 + 2 && file[body.clone()].starts_with(MPF_NAME) {
            let start = body.start + MPF_NAME.len();
            found.extend(mpf(&file[start..body.end], start));
        }
    }
    found.extend(xmp.and_then(|xmp| container(file.len(), xmp)));
    found.retain(|r| {
        file.get(r.clone())
            .is_some_and(|b| b.starts_with(&[0xff, 0xd8]))
    });
    found
}

/// Entries of a multi-picture index whose TIFF header stands at `start`.
fn mpf(tiff: &[u8], start: usize) -> Vec<Range<usize>> {
    let big = tiff.starts_with(b"MM");
    let long = |at: usize| -> Option<usize> {
        let b = *tiff.get(at..)?.first_chunk::<4>()?;
        Some(if big {
            u32::from_be_bytes(b)
        } else {
            u32::from_le_bytes(b)
        } as usize)
    };
    let short = |at: usize| -> Option<usize> {
        let b = *tiff.get(at..)?.first_chunk::<2>()?;
        Some(usize::from(if big {
            u16::from_be_bytes(b)
        } else {
            u16::from_le_bytes(b)
        }))
    };
    let entries = || -> Option<(usize, usize)> {
        let first = long(4)?;
        let mut entries = (0..short(first)?.min(32)).map(|i| first + 2 + 12 * i);
        // MP Entry: 16 bytes a picture.
        let at = entries.find(|at| short(*at) == Some(0xb002))?;
        Some((long(at + 8)?, long(at + 4)? / 16))
    };
    let Some((table, count)) = entries() else {
        return Vec::new();
    };
    let picture = |i: usize| {
        let at = table.checked_add(16 * i)?;
        let (size, offset) = (long(at + 4)?, long(at + 8)?);
        let from = start.checked_add(offset)?;
        // The first has no offset: it is the file's own.
        (offset > 0).then_some(from..from.checked_add(size)?)
    };
    (0..count.min(MOST)).filter_map(picture).collect()
}

/// The gain map by the directory: items follow the primary picture in order, and the last ends the file.
fn container(file: usize, xmp: &[u8]) -> Option<Range<usize>> {
    let text = String::from_utf8_lossy(xmp);
    Packet::new(&text, CONTAINER)?;
    let items = Packet::new(&text, ITEM)?;
    let at = items.all("Semantic").iter().position(|s| *s == "GainMap")?;
    // The primary need not say its length.
    let lengths = items.all("Length");
    let missing = items.all("Semantic").len().checked_sub(lengths.len())?;
    let mine = at.checked_sub(missing)?;
    let number = |s: &&str| s.parse::<usize>().ok();
    let after: usize = lengths.get(mine + 1..)?.iter().filter_map(number).sum();
    let end = file.checked_sub(after)?;
    Some(end.checked_sub(number(lengths.get(mine)?)?)?..end)
}

/// The directory of a primary picture with a gain map of `length` bytes, as a description for an RDF block.
pub(super) fn directory(length: usize) -> String {
    format!(
        "<rdf:Description rdf:about=\"\" xmlns:Container=\"{CONTAINER}\" xmlns:Item=\"{ITEM}\" \
         xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\"><Container:Directory><rdf:Seq>\
         <rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"Primary\" Item:Mime=\"image/jpeg\"/></rdf:li>\
         <rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"GainMap\" Item:Mime=\"image/jpeg\" \
         Item:Length=\"{length}\"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description>"
    )
}

/// The body of the index's segment behind its name; offsets count from its first byte.
pub(super) fn index(primary: usize, second_offset: usize, second: usize) -> Vec<u8> {
    let mut out = b"MM\0\x2a\0\0\0\x08".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        out.extend(tag.to_be_bytes());
        out.extend(kind.to_be_bytes());
        out.extend(count.to_be_bytes());
        out.extend(value);
    };
    // The count of entries goes before them; the next directory's offset and the table after.
    let table = 8u32 + 2 + 3 * 12 + 4;
    entry(0xb000, 7, 4, *b"0100");
    entry(0xb001, 4, 1, 2u32.to_be_bytes());
    entry(0xb002, 7, 32, table.to_be_bytes());
    out.splice(8..8, 3u16.to_be_bytes());
    out.extend([0; 4]);
    // Baseline primary picture; the second of no declared kind.
    for (kind, size, offset) in [(0x0003_0000u32, primary, 0), (0, second, second_offset)] {
        out.extend(kind.to_be_bytes());
        out.extend((size as u32).to_be_bytes());
        out.extend((offset as u32).to_be_bytes());
        out.extend([0; 4]);
    }
    out
}

/// Where further segments go: behind the leading APPn and comments.
pub(super) fn insertion(file: &[u8]) -> usize {
    let leading = segments(file)
        .into_iter()
        .take_while(|(m, _)| (APP0..=APP0 + 15).contains(m) || *m == COM);
    leading.last().map_or(2, |(_, body)| body.end)
}
