//! Decodes a JPEG to a binary PNM (PAM for CMYK) on standard output: `decode FILE [piece-bytes]`.

use std::io::Write;

use vfx_jpeg::{DecodeOptions, Decoder, Pixels};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let bytes = std::fs::read(args.next().ok_or("usage: decode FILE")?)?;
    let mut decoder = Decoder::new(DecodeOptions::default());
    let image = decoder.decode_all(&bytes)?;
    let max = (1u32 << decoder.header().map_or(8, |h| h.precision)) - 1;
    let mut out = std::io::stdout().lock();
    let (w, h) = (image.width, image.height);
    match image.channels {
        1 => write!(out, "P5\n{w} {h}\n{max}\n")?,
        3 => write!(out, "P6\n{w} {h}\n{max}\n")?,
        n => write!(
            out,
            "P7\nWIDTH {w}\nHEIGHT {h}\nDEPTH {n}\nMAXVAL {max}\nENDHDR\n"
        )?,
    }
    match image.pixels {
        Pixels::U8(v) => out.write_all(&v)?,
        Pixels::U16(v) => {
            let bytes: Vec<u8> = v.iter().flat_map(|v| v.to_be_bytes()).collect();
            out.write_all(&bytes)?;
        }
        _ => {}
    }
    if !decoder.report().is_clean() {
        eprintln!("{:?}", decoder.report());
    }
    Ok(())
}
