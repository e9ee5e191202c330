//! Requests and replies of OpenGradeIO as values and bytes.
//!
//! Keys are case-sensitive; unknown keys are ignored, duplicates of those that matter are refused. The LUT stays borrowed from the
//! frame; its floats are not yet checked here.

use crate::bson::{Document, Value, Writer};
use crate::cube::edge_of;
use crate::{CdlValues, LutBoxError};

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Command<'a> {
    /// A new LUT: `edge`³ little-endian RGBA floats.
    SetLut {
        /// The raw `instance`.
        instance: Option<&'a str>,
        /// R, G, B, A in `f32`.
        data: &'a [u8],
    },
    /// A new CDL.
    SetCdl {
        /// The raw `instance`.
        instance: Option<&'a str>,
        /// The values.
        cdl: CdlValues,
    },
}

/// Reads one framed document.
///
/// # Errors
///
/// If the document is malformed, the command unknown, or its arguments are unusable.
pub fn parse(frame: &[u8]) -> Result<Command<'_>, LutBoxError> {
    let document = Document::parse(frame)?;
    let command = match document.get_once("command")? {
        Some(Value::String(s)) if !s.is_empty() => s,
        Some(Value::String(_)) | None => {
            return Err(LutBoxError::message("command", "none", "setLUT or setCDL"));
        }
        Some(_) => return Err(LutBoxError::message("command", "another type", "a string")),
    };
    let instance = match document.get_once("instance")? {
        Some(Value::String(s)) => Some(s),
        Some(Value::Null) | None => None,
        Some(_) => return Err(LutBoxError::message("instance", "another type", "a string")),
    };
    let arguments = match document.get_once("arguments")? {
        Some(Value::Document(d)) => d,
        None => Document::parse(&[5, 0, 0, 0, 0])?,
        Some(_) => {
            return Err(LutBoxError::message(
                "arguments",
                "another type",
                "a document",
            ));
        }
    };
    match command {
        "setLUT" => Ok(Command::SetLut {
            instance,
            data: lut_data(&arguments)?,
        }),
        "setCDL" => Ok(Command::SetCdl {
            instance,
            cdl: CdlValues::from_bson(&arguments)?,
        }),
        other => {
            let shown: String = other.escape_default().take(64).collect();
            Err(LutBoxError::message("command", shown, "setLUT or setCDL"))
        }
    }
}

fn lut_data<'a>(arguments: &Document<'a>) -> Result<&'a [u8], LutBoxError> {
    let data = match arguments.get_once("lutData")? {
        Some(Value::Binary(0, data)) => data,
        // Subtype 2 repeats the length inside.
        Some(Value::Binary(2, data)) => match data.split_first_chunk::<4>() {
            Some((n, rest)) if u32::from_le_bytes(*n) as usize == rest.len() => rest,
            _ => {
                return Err(LutBoxError::message(
                    "lutData",
                    "a wrong inner length",
                    "its length",
                ));
            }
        },
        Some(Value::Binary(subtype, _)) => {
            return Err(LutBoxError::message(
                "lutData",
                format!("subtype {subtype}"),
                "subtype 0",
            ));
        }
        Some(_) => return Err(LutBoxError::message("lutData", "another type", "binary")),
        None => return Err(LutBoxError::message("lutData", "none", "binary")),
    };
    let edge = edge_of(data.len(), 16)?;
    if let Some(size) = arguments.get_once("lutSize")? {
        match size.number() {
            Some(n) if n == edge as f64 => {}
            Some(n) => {
                return Err(LutBoxError::message(
                    "lutSize",
                    n.to_string(),
                    "the edge of lutData",
                ));
            }
            None => return Err(LutBoxError::message("lutSize", "another type", "a number")),
        }
    }
    Ok(data)
}

/// `{"result": 1}`.
pub fn success() -> Vec<u8> {
    Writer::new().int32("result", 1).finish()
}

/// `{"result": 0, "error": cause}`.
pub fn failure(cause: &str) -> Vec<u8> {
    Writer::new()
        .int32("result", 0)
        .string("error", cause)
        .finish()
}
