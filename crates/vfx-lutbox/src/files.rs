//! Grades as files and request bodies: `.cube`, raw `f32`, CDL as XML or JSON; other LUT formats through `vfx-color`.
//!
//! `.cube`: Adobe's Cube LUT specification 1.0, 3D with the default domain 0 to 1, red fastest; values are parsed as `f32` and keep
//! their range. Raw: `N`³ little-endian RGB or RGBA `f32`, red fastest. Nothing is allocated from a declared size.

use std::fmt::Write;
use std::path::Path;

use vfx_color::Op;
use vfx_color::file::FileOptions;

use crate::cube::edge_of;
use crate::{AxisOrder, CdlValues, Cube, LutBoxError};

/// A grade.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Grade {
    /// A LUT.
    Lut(Cube),
    /// A CDL.
    Cdl(CdlValues),
}

/// Reads a grade; the extension of `name` says what it is.
///
/// # Errors
///
/// If the content does not fit the extension, or no reader knows it.
pub fn parse(bytes: &[u8], name: &Path) -> Result<Grade, LutBoxError> {
    let extension = name.extension().and_then(|e| e.to_str()).unwrap_or("");
    let text = || {
        str::from_utf8(bytes).map_err(|_| LutBoxError::File {
            format: "text",
            line: 0,
            reason: "no UTF-8".into(),
        })
    };
    match extension.to_ascii_lowercase().as_str() {
        "cube" => cube(text()?).map(Grade::Lut),
        "f32" | "raw" => raw(bytes).map(Grade::Lut),
        "cc" | "ccc" | "cdl" | "xml" => CdlValues::from_xml(text()?).map(Grade::Cdl),
        "json" => json(bytes).map(Grade::Cdl),
        _ => {
            let file = vfx_color::file::parse(bytes, name, &FileOptions::default())?;
            match file.ops.as_slice() {
                [Op::Lut3D(lut, vfx_color::Direction::Forward)] => {
                    Cube::new(AxisOrder::RedFastest, lut.entries.clone()).map(Grade::Lut)
                }
                _ => Err(LutBoxError::message(
                    "file",
                    "other operations",
                    "one 3D LUT",
                )),
            }
        }
    }
}

/// A CDL in JSON.
///
/// # Errors
///
/// If it is no JSON or no CDL.
pub fn json(bytes: &[u8]) -> Result<CdlValues, LutBoxError> {
    let value = serde_json::from_slice(bytes).map_err(|e| LutBoxError::File {
        format: "JSON",
        line: e.line(),
        reason: e.to_string(),
    })?;
    CdlValues::from_json(&value)
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

/// A `.cube` text.
///
/// # Errors
///
/// With the line of the first fault.
pub fn cube(text: &str) -> Result<Cube, LutBoxError> {
    let wrong = |line: usize, reason: &str| LutBoxError::File {
        format: "cube",
        line,
        reason: reason.into(),
    };
    let mut edge = None;
    let mut entries: Vec<[f32; 3]> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let at = i + 1;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        let key = words.next().unwrap_or("");
        match key {
            "TITLE" => {}
            "LUT_3D_SIZE" => {
                let n = words.next().and_then(|w| w.parse::<usize>().ok());
                let n = n.filter(|n| (crate::MIN_EDGE..=crate::MAX_EDGE).contains(n));
                edge = Some(n.ok_or_else(|| wrong(at, "size outside 2 to 128"))?);
            }
            "LUT_1D_SIZE" => return Err(wrong(at, "a 1D LUT")),
            "DOMAIN_MIN" | "DOMAIN_MAX" => {
                let want = if key == "DOMAIN_MIN" { 0.0 } else { 1.0 };
                if !words.all(|w| w.parse::<f32>() == Ok(want)) {
                    return Err(wrong(at, "domain other than 0 to 1"));
                }
            }
            _ => {
                let mut e = [0.0f32; 3];
                let mut all = line.split_whitespace();
                for v in &mut e {
                    let number = all.next().and_then(|w| w.parse().ok());
                    *v = number.ok_or_else(|| wrong(at, "no three numbers"))?;
                }
                let n = edge.ok_or_else(|| wrong(at, "entries before LUT_3D_SIZE"))?;
                if all.next().is_some() || entries.len() >= n * n * n {
                    return Err(wrong(at, "more numbers than declared"));
                }
                entries.push(e);
            }
        }
    }
    match edge {
        Some(n) if entries.len() == n * n * n => Cube::new(AxisOrder::RedFastest, entries),
        _ => Err(wrong(0, "fewer entries than declared")),
    }
}

/// A `.cube` text that reads back to the same bits.
pub fn cube_text(cube: &Cube) -> String {
    let mut out = format!("LUT_3D_SIZE {}\n", cube.edge());
    for [r, g, b] in cube.red_fastest() {
        // Rust prints the shortest text that parses to the same float.
        let _ = writeln!(out, "{r:?} {g:?} {b:?}");
    }
    out
}
