//! Grades as files and request bodies: every LUT and CDL format that `vfx-color` reads, raw `f32`, CDL as JSON.
//!
//! LUT texts keep their values to the bit (`f32`, any range); domains and 1D tables before a cube become the LUT's shaper. Raw: `N`³
//! little-endian RGB or RGBA `f32`, red fastest. Nothing is allocated from a declared size.

use std::path::Path;

use vfx_color::Op;
use vfx_color::file::{self, FileOptions, WriteOptions};
use vfx_color::op::Direction;

use crate::cube::edge_of;
use crate::{Axis, AxisOrder, CdlValues, Cube, Lut, LutBoxError, Shaper};

/// A grade.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Grade {
    /// A LUT.
    Lut(Lut),
    /// A CDL.
    Cdl(CdlValues),
}

/// Reads a grade; the extension of `name` says what it is where the content does not.
///
/// # Errors
///
/// If no reader knows the content, or it does not fit a channel.
pub fn parse(bytes: &[u8], name: &Path) -> Result<Grade, LutBoxError> {
    let extension = name.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension.to_ascii_lowercase().as_str() {
        "f32" | "raw" => raw(bytes).map(|c| Grade::Lut(c.into())),
        "json" => json(bytes).map(Grade::Cdl),
        "cc" | "ccc" | "cdl" | "xml" => xml(bytes).map(Grade::Cdl),
        _ => {
            let ops = operations(bytes, name)?;
            match ops.as_slice() {
                [Op::Cdl(c)] if c.direction == Direction::Forward => {
                    let values = CdlValues {
                        slope: c.slope,
                        offset: c.offset,
                        power: c.power,
                        saturation: c.saturation,
                    };
                    values.validate().map(Grade::Cdl)
                }
                ops => Lut::from_ops(ops).map(Grade::Lut),
            }
        }
    }
}

fn operations(bytes: &[u8], name: &Path) -> Result<Vec<Op>, LutBoxError> {
    // What comes from the network must not open files of this machine: CTF may refer to others, and a document type may hide it.
    let hidden: [&[u8]; 3] = [b"<Reference", b":Reference", b"<!DOCTYPE"];
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|w| w == part);
    if holds(b"ProcessList") && hidden.into_iter().any(holds) {
        return Err(LutBoxError::message(
            "file",
            "a reference to another file",
            "a file that stands alone",
        ));
    }
    let name = Path::new(name.file_name().unwrap_or_default());
    Ok(file::parse(bytes, name, &FileOptions::default())?.ops)
}

fn xml(bytes: &[u8]) -> Result<CdlValues, LutBoxError> {
    let text = str::from_utf8(bytes).map_err(|_| LutBoxError::File {
        format: "ASC CDL",
        line: 0,
        reason: "no UTF-8".into(),
    })?;
    CdlValues::from_xml(text)
}

/// A curve: any separable colour file, or JSON `{"axis": "log2", "min": 0.001, "max": 64}`, the straight line over that domain.
///
/// # Errors
///
/// If it is neither.
pub fn curve(bytes: &[u8], name: &Path) -> Result<Shaper, LutBoxError> {
    if name.extension().is_none_or(|e| e != "json") {
        return Shaper::from_ops(&operations(bytes, name)?);
    }
    let value = json_value(bytes)?;
    let number = |key: &'static str| {
        let found = value.get(key).and_then(serde_json::Value::as_f64);
        found.ok_or_else(|| LutBoxError::message(key, "none", "a number"))
    };
    let axis = match value.get("axis") {
        None => Axis::default(),
        Some(a) => {
            let found = a.as_str().and_then(Axis::from_name);
            found.ok_or_else(|| LutBoxError::message("axis", "another name", "linear or log2"))?
        }
    };
    Shaper::ramp(axis, number("min")? as f32, number("max")? as f32)
}

fn json_value(bytes: &[u8]) -> Result<serde_json::Value, LutBoxError> {
    serde_json::from_slice(bytes).map_err(|e| LutBoxError::File {
        format: "JSON",
        line: e.line(),
        reason: e.to_string(),
    })
}

/// A CDL in JSON.
///
/// # Errors
///
/// If it is no JSON or no CDL.
pub fn json(bytes: &[u8]) -> Result<CdlValues, LutBoxError> {
    CdlValues::from_json(&json_value(bytes)?)
}

/// Raw floats, red fastest.
///
/// # Errors
///
/// If the length is no cube of RGB or RGBA.
pub fn raw(bytes: &[u8]) -> Result<Cube, LutBoxError> {
    if edge_of(bytes.len(), 16).is_ok() {
        Cube::from_rgba_le(AxisOrder::RedFastest, bytes)
    } else {
        Cube::from_rgb_le(AxisOrder::RedFastest, bytes)
    }
}

/// A LUT as the text of a format that `vfx-color` writes (`cube`, `clf`, `csp`, ...); values read back to the same bits.
///
/// # Errors
///
/// If the format does not exist or cannot hold the LUT; only `clf` and `ctf` hold a logarithmic shaper.
pub fn text(lut: &Lut, format: &str) -> Result<String, LutBoxError> {
    Ok(file::write(&lut.ops(), format, &WriteOptions::default())?)
}
