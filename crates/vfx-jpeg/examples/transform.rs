//! Lossless transforms: `transform none|fliph|flipv|rot90|rot180|rot270|transpose|transverse [progressive] IN OUT`.

use vfx_jpeg::{TransformOptions, Turn, transform};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [turn, middle @ .., from, to] = &args[..] else {
        return Err("usage: transform TURN [progressive] IN OUT".into());
    };
    let mut options = TransformOptions::default();
    options.turn = match turn.as_str() {
        "fliph" => Turn::FlipHorizontal,
        "flipv" => Turn::FlipVertical,
        "rot90" => Turn::Rotate90,
        "rot180" => Turn::Rotate180,
        "rot270" => Turn::Rotate270,
        "transpose" => Turn::Transpose,
        "transverse" => Turn::Transverse,
        _ => Turn::None,
    };
    options.progressive = !middle.is_empty();
    std::fs::write(to, transform(&std::fs::read(from)?, &options)?)?;
    Ok(())
}
