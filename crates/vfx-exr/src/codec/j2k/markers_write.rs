//! The main header and the one tile-part, for writing.
//!
//! Quantization and coding of the first component are the defaults; components that differ have their own segments. No tile-part lengths (TLM): there is
//! one tile-part. Source: T.800 annex A.

use super::markers::{Coding, Component, MainHeader, Nonlinearity, Quantization, code};

/// HT capability, and with a point transform the flags of T.801.
const CAPABILITY: u16 = 0x4000;
const EXTENSION_NLT: u16 = 0x8200;
/// Part 15 in the capability segment.
const PART_15: u32 = 1 << 17;
/// RPCL.
pub(super) const PROGRESSION: u8 = 2;

fn segment(marker: u16, body: &[u8], out: &mut Vec<u8>) {
    out.extend(marker.to_be_bytes());
    out.extend((body.len() as u16 + 2).to_be_bytes());
    out.extend(body);
}

/// Appends the main header; `comment` is text.
pub(super) fn write(header: &MainHeader, comment: Option<&str>, out: &mut Vec<u8>) {
    let components = &header.components;
    let curves = components
        .iter()
        .any(|c| c.nonlinearity != Nonlinearity::None);
    out.extend(code::SOC.to_be_bytes());

    let mut body = Vec::new();
    let extension = if curves { EXTENSION_NLT } else { 0 };
    body.extend((CAPABILITY | extension).to_be_bytes());
    let (w, h) = (header.width, header.height);
    for v in [w, h, 0, 0, w, h, 0, 0] {
        body.extend(v.to_be_bytes());
    }
    body.extend((components.len() as u16).to_be_bytes());
    for c in components {
        let sampling = [c.sampling.0 as u8, c.sampling.1 as u8];
        body.push(depth(c.bits, c.signed));
        body.extend(sampling);
    }
    segment(code::SIZ, &body, out);

    body.clear();
    body.extend(PART_15.to_be_bytes());
    body.extend(magnitude_bound(components).to_be_bytes());
    segment(code::CAP, &body, out);

    let Some((first, others)) = components.split_first() else {
        return;
    };
    body.clear();
    body.extend([
        0,
        header.progression,
        0,
        1,
        u8::from(header.colour_transform),
    ]);
    coding(&first.coding, &mut body);
    segment(code::COD, &body, out);
    body.clear();
    quantization(&first.quantization, &mut body);
    segment(code::QCD, &body, out);
    for (component, c) in others.iter().zip(1usize..) {
        let index = if components.len() < 257 {
            vec![c as u8]
        } else {
            (c as u16).to_be_bytes().to_vec()
        };
        if component.coding.reversible != first.coding.reversible {
            body.clear();
            body.extend(&index);
            body.push(0);
            coding(&component.coding, &mut body);
            segment(code::COC, &body, out);
        }
        if component.quantization.steps != first.quantization.steps
            || component.quantization.guard != first.quantization.guard
        {
            body.clear();
            body.extend(&index);
            quantization(&component.quantization, &mut body);
            segment(code::QCC, &body, out);
        }
    }
    for (c, component) in components.iter().enumerate() {
        body.clear();
        body.extend((c as u16).to_be_bytes());
        match &component.nonlinearity {
            Nonlinearity::None => continue,
            Nonlinearity::SignMagnitude => {
                body.extend([depth(component.bits, component.signed), 3]);
            }
            Nonlinearity::Table {
                sign_magnitude,
                table,
            } => {
                let kind = if *sign_magnitude { 4 } else { 2 };
                body.extend([depth(table.bits, table.signed), kind]);
                body.extend((table.points.len() as u16 - 1).to_be_bytes());
                body.extend(table.domain.0.to_be_bytes());
                body.extend(table.domain.1.to_be_bytes());
                body.push(8 * table.bytes_a_point as u8);
                for point in &table.points {
                    body.extend(&point.to_be_bytes()[4 - table.bytes_a_point..]);
                }
            }
        }
        segment(code::NLT, &body, out);
    }
    if let Some(text) = comment {
        body.clear();
        // Latin text.
        body.extend([0, 1]);
        body.extend(text.as_bytes());
        segment(code::COM, &body, out);
    }
}

fn depth(bits: u32, signed: bool) -> u8 {
    (bits - 1) as u8 | if signed { 0x80 } else { 0 }
}

fn coding(coding: &Coding, body: &mut Vec<u8>) {
    let (width, height) = (coding.block.0 as u8 - 2, coding.block.1 as u8 - 2);
    let wavelet = u8::from(coding.reversible);
    body.extend([coding.levels as u8, width, height, 0x40, wavelet]);
}

fn quantization(quantization: &Quantization, body: &mut Vec<u8>) {
    let style = if quantization.reversible { 0 } else { 2 };
    body.push((quantization.guard as u8) << 5 | style);
    for step in &quantization.steps {
        if quantization.reversible {
            body.push((step >> 11 << 3) as u8);
        } else {
            body.extend(step.to_be_bytes());
        }
    }
}

/// The parameter of the HT capability: how many magnitude bits blocks can have (T.814, A.3), and whether anything is irreversible.
fn magnitude_bound(components: &[Component]) -> u16 {
    let mut most = 0;
    let mut irreversible = 0;
    for c in components {
        let steps = &c.quantization;
        for (band, step) in steps.steps.iter().enumerate() {
            let exponent = u32::from(step >> 11);
            let bits = if steps.reversible {
                (exponent + steps.guard).saturating_sub(1)
            } else {
                irreversible = 0x20;
                let level = c.coding.levels - (band as u32).saturating_sub(1) / 3;
                (exponent + steps.guard).saturating_sub(level)
            };
            most = most.max(bits);
        }
    }
    let bound = match most {
        ..=8 => 0,
        9..28 => most - 8,
        _ => 13 + (most >> 2),
    };
    irreversible | bound as u16
}

/// Appends the header of the only tile-part; its size is filled in by [`finish_tile_part`]. Returns where it begins.
pub(super) fn begin_tile_part(out: &mut Vec<u8>) -> usize {
    let at = out.len();
    segment(code::SOT, &[0, 0, 0, 0, 0, 0, 0, 1], out);
    out.extend(code::SOD.to_be_bytes());
    at
}

/// Completes the tile-part and ends the codestream.
pub(super) fn finish_tile_part(at: usize, out: &mut Vec<u8>) {
    let size = (out.len() - at) as u32;
    out[at + 6..at + 10].copy_from_slice(&size.to_be_bytes());
    out.extend(code::EOC.to_be_bytes());
}
