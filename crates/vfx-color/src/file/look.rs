//! `.look` of Iridas: XML around a cube of little-endian floats in hexadecimal, red fastest.
//!
//! A look with a mask is refused: it is no pure colour transform. Source: OpenColorIO's FileFormatIridasLook.

use super::source::Source;
use super::{Info, head, xml};
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    head(bytes).contains("<look")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let document = xml::parse(s, &text)?;
    let root = document.root_element();
    let wrong = |node, reason: &str| s.error(xml::line(node), reason);
    if xml::name(root) != "look" {
        return Err(wrong(root, "expected a 'look' element at the root"));
    }
    if let Some(mask) = xml::child(root, "mask").filter(|m| xml::elements(*m).next().is_some()) {
        return Err(wrong(mask, "looks with masks cannot be loaded"));
    }
    let lut = xml::child(root, "LUT").ok_or_else(|| wrong(root, "no 'LUT' element"))?;
    let child = |name: &str| {
        xml::child(lut, name).ok_or_else(|| wrong(lut, &format!("no '{name}' element in the LUT")))
    };
    let size = child("size")?;
    let quote = |c: char| c == '"' || c == '\'' || c.is_whitespace();
    let edge = s.edge(xml::line(size), xml::text(size).trim_matches(quote))?;
    let data = child("data")?;
    let digits = xml::text(data);
    let mut nibbles = Vec::with_capacity(edge.pow(3) * 24);
    for (i, line) in digits.lines().enumerate() {
        for c in line.chars().filter(|c| !quote(*c)) {
            let nibble = c.to_digit(16).ok_or_else(|| {
                s.error(
                    xml::line(data) + i,
                    format!("'{c}' is no hexadecimal digit"),
                )
            })?;
            if nibbles.len() == edge.pow(3) * 24 {
                return Err(s.error(xml::line(data) + i, "more entries than the size says"));
            }
            nibbles.push(nibble as u8);
        }
    }
    s.count(
        xml::line(data),
        nibbles.len() / 8,
        3 * edge.pow(3),
        "values",
    )?;
    let mut values = Vec::with_capacity(3 * edge.pow(3));
    for digits in nibbles.chunks_exact(8) {
        let byte = |i: usize| digits[2 * i] << 4 | digits[2 * i + 1];
        let v = f32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]);
        if !v.is_finite() {
            return Err(wrong(data, "a value is not finite"));
        }
        values.push(v);
    }
    let entries = values.chunks_exact(3).map(|v| [v[0], v[1], v[2]]).collect();
    Ok((vec![s.lut3d(edge, entries)], Vec::new()))
}
