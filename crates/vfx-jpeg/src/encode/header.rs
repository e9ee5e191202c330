//! Tables and headers of the frame and its scans (T.81 B.2).

use super::geometry::Geometry;
use super::huffman::Table;
use super::metadata::segment;
use crate::marker::{self, ZIGZAG};

/// DQT: all tables in one segment.
pub(super) fn quantisation(out: &mut Vec<u8>, tables: &[[u16; 64]]) {
    let mut body = Vec::with_capacity(65 * tables.len());
    for (i, table) in tables.iter().enumerate() {
        body.push(i as u8);
        body.extend(ZIGZAG.iter().map(|&k| table[usize::from(k)] as u8));
    }
    segment(out, marker::DQT, &[&body]);
}

/// SOF; `kind` is 0xc0 baseline, 0xc1 extended or 0xc2 progressive.
pub(super) fn frame(out: &mut Vec<u8>, kind: u8, geometry: &Geometry) {
    let mut body = vec![8];
    body.extend((geometry.height as u16).to_be_bytes());
    body.extend((geometry.width as u16).to_be_bytes());
    body.push(geometry.components.len() as u8);
    for c in &geometry.components {
        body.extend([c.id, (c.h << 4 | c.v) as u8, c.table as u8]);
    }
    segment(out, kind, &[&body]);
}

/// DRI.
pub(super) fn restart(out: &mut Vec<u8>, interval: u16) {
    if interval != 0 {
        segment(out, marker::DRI, &[&interval.to_be_bytes()]);
    }
}

/// DHT: `(class, slot, table)`, class 0 for DC and 1 for AC.
pub(super) fn huffman(out: &mut Vec<u8>, tables: &[(u8, u8, &Table)]) {
    if tables.is_empty() {
        return;
    }
    let mut body = Vec::new();
    for (class, slot, table) in tables {
        body.push(class << 4 | slot);
        body.extend(table.lengths);
        body.extend(&table.symbols);
    }
    segment(out, marker::DHT, &[&body]);
}

/// SOS: components with their DC and AC slots, band and bit positions.
pub(super) fn scan(out: &mut Vec<u8>, components: &[(u8, u8, u8)], band: (u8, u8), bits: (u8, u8)) {
    let mut body = vec![components.len() as u8];
    for &(id, dc, ac) in components {
        body.extend([id, dc << 4 | ac]);
    }
    body.extend([band.0, band.1, bits.0 << 4 | bits.1]);
    segment(out, marker::SOS, &[&body]);
}
