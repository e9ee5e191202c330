//! `vfx formats`: what is read and written.

use crate::globals::Globals;
use anyhow::Result;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use vfx::io::FORMATS;

/// Arguments of `formats`.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  vfx formats --json")]
pub struct FormatsArgs {}

/// Prints the registry.
pub fn run(globals: &Globals) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if globals.json {
        let all: Vec<_> = FORMATS
            .iter()
            .map(|f| {
                let h = f.holds;
                json!({
                    "name": f.name, "description": f.description, "extensions": f.extensions,
                    "read": f.open.is_some() || f.name == "null", "write": f.create.is_some(), "compressions": f.compressions,
                    "holds": {"parts": h.parts, "tiles": h.tiles, "windows": h.windows, "origin": h.origin, "channel_types": h.channel_types,
                        "attributes": h.attributes, "exif": h.exif, "xmp": h.xmp, "iptc": h.iptc, "icc": h.icc,
                        "timecode": h.timecode},
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for f in FORMATS {
        let mark = |on: bool, c: char| if on { c } else { '-' };
        writeln!(
            out,
            "{:8} {}{}  {}",
            f.name,
            mark(f.open.is_some() || f.name == "null", 'r'),
            mark(f.create.is_some(), 'w'),
            f.description
        )?;
        writeln!(out, "             extensions: {}", f.extensions.join(" "))?;
        if !f.compressions.is_empty() {
            writeln!(
                out,
                "             compression: {}",
                f.compressions.join(" ")
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
