//! Offset tables, and their repair.
//!
//! One u64 a chunk, part after part, before the chunks. A renderer that crashed leaves zeros; then the chunks' own leaders are walked from the first
//! to the first that makes no sense, and the gaps are filled from what they say. A table that the file's end cuts short stays short: its chunks are missing.
//! Source: OpenEXR file layout, "Offset tables" and "Chunk layout".

use crate::error::Error;
use crate::header::Header;
use crate::layout::Layout;
use crate::source::{ReadAt, read_full};

/// Longest leader: part, four tile fields, size; deep ones have three u64 instead of the size.
pub(crate) const MAX_LEADER: usize = 4 + 16 + 24;

/// What precedes the bytes of a flat chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leader {
    /// `None` in single-part files.
    pub part: Option<i32>,
    /// First line, or tile x and y, level x and y.
    pub place: Place,
    /// Packed bytes of a flat chunk.
    pub packed: i64,
}

/// Where a chunk says it belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Line(i32),
    Tile([i32; 4]),
}

/// Bytes of a flat chunk's leader.
pub(crate) fn leader_bytes(multi_part: bool, tiled: bool) -> usize {
    4 * (usize::from(multi_part) + if tiled { 4 } else { 1 } + 1)
}

/// Bytes of a leader before its sizes: part, and line or tile.
pub(crate) fn place_bytes(multi_part: bool, tiled: bool) -> usize {
    leader_bytes(multi_part, tiled) - 4
}

/// Bytes of the three sizes that a deep leader has instead of one: packed counts, packed samples, unpacked samples.
pub(crate) const DEEP_SIZES: usize = 24;

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Parses a flat leader of [`leader_bytes`] bytes.
pub(crate) fn parse_leader(bytes: &[u8], multi_part: bool, tiled: bool) -> Option<Leader> {
    let part = if multi_part {
        Some(i32_at(bytes, 0)?)
    } else {
        None
    };
    let at = if multi_part { 4 } else { 0 };
    let field = |i: usize| i32_at(bytes, at + 4 * i);
    let (place, fields) = if tiled {
        (Place::Tile([field(0)?, field(1)?, field(2)?, field(3)?]), 4)
    } else {
        (Place::Line(field(0)?), 1)
    };
    Some(Leader {
        part,
        place,
        packed: i64::from(field(fields)?),
    })
}

/// Chunk number of a place.
pub(crate) fn chunk_at(layout: &Layout, place: Place) -> Option<usize> {
    match place {
        Place::Line(y) => layout.chunk_of_line(y),
        Place::Tile([x, y, lx, ly]) => layout.chunk_of_tile((x, y), (lx, ly)),
    }
}

/// Reads the tables of all parts, which begin at `start`; repairs them when they have gaps.
pub(crate) fn read_tables(
    src: &dyn ReadAt,
    size: u64,
    start: u64,
    multi_part: bool,
    headers: &[Header],
    layouts: &[Layout],
) -> Result<Tables, Error> {
    // One read for the tables of all parts, as far as the file goes.
    let counts: Vec<u64> = layouts.iter().map(|l| l.chunk_count() as u64).collect();
    let total = counts.iter().fold(0u64, |sum, &n| sum.saturating_add(n));
    let there = (size.saturating_sub(start) / 8).min(total) as usize;
    let mut all = vec![0u64; there];
    let got = read_full(
        src,
        start,
        bytemuck::cast_slice_mut(&mut all),
        "offset table",
    )?;
    all.truncate(got / 8);
    for v in &mut all {
        *v = u64::from_le(*v);
    }
    let at = start.saturating_add(total.saturating_mul(8));
    let mut rest = &all[..];
    let mut tables: Vec<Vec<u64>> = Vec::with_capacity(layouts.len());
    for &n in &counts {
        let (table, more) = rest.split_at((n as usize).min(rest.len()));
        tables.push(table.to_vec());
        rest = more;
    }
    let valid = |offset: u64| offset >= at && offset < size;
    let mut repaired = Vec::new();
    if tables.iter().flatten().any(|&o| !valid(o)) {
        for offset in tables.iter_mut().flatten().filter(|o| !valid(**o)) {
            *offset = 0;
        }
        let gaps: Vec<(usize, usize)> = tables
            .iter()
            .enumerate()
            .flat_map(|(part, t)| (0..t.len()).filter(|&c| t[c] == 0).map(move |c| (part, c)))
            .collect();
        walk(src, size, at, multi_part, headers, layouts, &mut tables)?;
        repaired.extend(gaps.into_iter().filter(|&(part, c)| tables[part][c] != 0));
    }
    Ok(Tables {
        repaired,
        offsets: tables,
        chunks_at: at,
    })
}

/// What [`read_tables`] finds.
pub(crate) struct Tables {
    /// Part and chunk of the entries that the file lacks and the walk has found.
    pub repaired: Vec<(usize, usize)>,
    /// Per part, per chunk; 0 is missing.
    pub offsets: Vec<Vec<u64>>,
    /// Where the first chunk may begin.
    pub chunks_at: u64,
}

/// The tables that the chunks' own leaders give, whatever the file's tables say.
pub(crate) fn walked_tables(
    src: &dyn ReadAt,
    size: u64,
    chunks_at: u64,
    multi_part: bool,
    headers: &[Header],
    layouts: &[Layout],
) -> Vec<Vec<u64>> {
    let there = |l: &Layout| (l.chunk_count() as u64).min(size / 8) as usize;
    let mut tables: Vec<Vec<u64>> = layouts.iter().map(|l| vec![0; there(l)]).collect();
    // What cannot be read any more stays missing.
    let _ = walk(
        src,
        size,
        chunks_at,
        multi_part,
        headers,
        layouts,
        &mut tables,
    );
    tables
}

/// Fills the zeros of the tables from the leaders, chunk by chunk.
fn walk(
    src: &dyn ReadAt,
    size: u64,
    mut at: u64,
    multi_part: bool,
    headers: &[Header],
    layouts: &[Layout],
    tables: &mut [Vec<u64>],
) -> Result<(), Error> {
    let most: usize = tables.iter().map(Vec::len).sum();
    for _ in 0..most {
        let mut buf = [0; MAX_LEADER];
        let got = read_full(src, at, &mut buf, "chunk leader")?;
        let bytes = &buf[..got];
        let part = if multi_part {
            i32_at(bytes, 0).and_then(|p| usize::try_from(p).ok())
        } else {
            Some(0)
        };
        let Some((part, layout)) = part.and_then(|p| Some((p, layouts.get(p)?))) else {
            break;
        };
        let flat = leader_bytes(multi_part, layout.is_tiled());
        let Some(leader) = parse_leader(bytes, multi_part, layout.is_tiled()) else {
            break;
        };
        let Some(chunk) = chunk_at(layout, leader.place) else {
            break;
        };
        let length = if headers[part].is_deep() {
            let u64_at = |i: usize| {
                bytes
                    .get(i..i + 8)
                    .and_then(|b| Some(u64::from_le_bytes(b.try_into().ok()?)))
            };
            let sizes = u64_at(flat - 4).zip(u64_at(flat + 4));
            sizes.and_then(|(counts, samples)| {
                counts.checked_add(samples)?.checked_add(flat as u64 + 20)
            })
        } else {
            u64::try_from(leader.packed).ok().map(|n| n + flat as u64)
        };
        let Some(next) = length.and_then(|n| at.checked_add(n)) else {
            break;
        };
        if let Some(offset) = tables[part].get_mut(chunk).filter(|o| **o == 0) {
            *offset = at;
        }
        if next >= size {
            break;
        }
        at = next;
    }
    Ok(())
}
