//! Directories to bytes: little endian, classic or BigTIFF.
//!
//! In: fields with little-endian values. Out: a directory with what does not fit into its entries behind it, tags in
//! increasing order, a tag once (the first wins), offsets even. Source: TIFF 6.0 section 2; the BigTIFF design.

use super::tag::field;

/// A field ready to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    pub tag: u16,
    pub kind: u16,
    /// The values, little endian.
    pub bytes: Vec<u8>,
}

impl Field {
    pub fn raw(tag: u16, kind: u16, bytes: Vec<u8>) -> Self {
        Self { tag, kind, bytes }
    }
    pub fn short(tag: u16, values: &[u16]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self::raw(tag, field::SHORT, bytes)
    }
    pub fn long(tag: u16, v: u32) -> Self {
        Self::raw(tag, field::LONG, v.to_le_bytes().to_vec())
    }
    pub fn text(tag: u16, s: &str) -> Self {
        let mut bytes: Vec<u8> = s.bytes().filter(|b| *b != 0).collect();
        bytes.push(0);
        Self::raw(tag, field::ASCII, bytes)
    }
    /// Numerators and denominators, signed where one is negative.
    pub fn rational(tag: u16, n: i64, d: i64) -> Self {
        let kind = if n < 0 {
            field::SRATIONAL
        } else {
            field::RATIONAL
        };
        let bytes = [n as u32, d as u32]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        Self::raw(tag, kind, bytes)
    }
    /// Offsets or sizes, as narrow as the file allows.
    pub fn offsets(tag: u16, values: &[u64], wide: bool) -> Self {
        if wide {
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            return Self::raw(tag, field::LONG8, bytes);
        }
        let bytes = values
            .iter()
            .flat_map(|v| (*v as u32).to_le_bytes())
            .collect();
        Self::raw(tag, field::LONG, bytes)
    }
}

/// The file's header; `first` is the offset of the first directory.
pub fn header(wide: bool, first: u64) -> Vec<u8> {
    if wide {
        let mut b = b"II\x2b\0\x08\0\0\0".to_vec();
        b.extend_from_slice(&first.to_le_bytes());
        return b;
    }
    let mut b = b"II\x2a\0".to_vec();
    b.extend_from_slice(&(first as u32).to_le_bytes());
    b
}

/// A directory that will lie at `at`, and where in it the offset of the next one lies.
pub fn directory(mut fields: Vec<Field>, at: u64, wide: bool) -> (Vec<u8>, usize) {
    fields.sort_by_key(|f| f.tag);
    fields.dedup_by_key(|f| f.tag);
    let word = if wide { 8 } else { 4 };
    let (head, entry) = if wide { (8, 20) } else { (2, 12) };
    let next = head + fields.len() * entry;
    let mut data_at = next + word;
    let mut out = Vec::new();
    let mut data = Vec::new();
    if wide {
        out.extend_from_slice(&(fields.len() as u64).to_le_bytes());
    } else {
        out.extend_from_slice(&(fields.len() as u16).to_le_bytes());
    }
    for f in &fields {
        out.extend_from_slice(&f.tag.to_le_bytes());
        out.extend_from_slice(&f.kind.to_le_bytes());
        let count = f.bytes.len() as u64 / field::size(f.kind).unwrap_or(1);
        out.extend_from_slice(&count.to_le_bytes()[..word]);
        let mut value = [0; 8];
        if f.bytes.len() <= word {
            value[..f.bytes.len()].copy_from_slice(&f.bytes);
        } else {
            value = (at + data_at as u64).to_le_bytes();
            data.extend_from_slice(&f.bytes);
            data.resize(data.len().next_multiple_of(2), 0);
            data_at += f.bytes.len().next_multiple_of(2);
        }
        out.extend_from_slice(&value[..word]);
    }
    out.extend_from_slice(&[0; 8][..word]);
    out.extend_from_slice(&data);
    (out, next)
}
