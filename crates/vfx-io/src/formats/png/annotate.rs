//! Everything of a PNG before its pixels: IHDR and the metadata chunks of a spec.
//!
//! A colour tag is written only where it agrees with the spec's colour space, so that a converted picture does not carry
//! its source's. Texts that are Latin-1 become tEXt, others iTXt. Source: PNG (Third Edition), clauses 11.2 and 11.3.

use super::chunks::{SIGNATURE, push};
use super::metadata;
use crate::meta;
use vfx_core::{Attribute, ImageSpec, Origin, Value};

/// Metres an inch, as pHYs wants it.
const INCH: f64 = 0.0254;

/// Signature, IHDR and metadata.
pub(super) fn header(spec: &ImageSpec, depth: u8) -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    let color = match spec.channels.len() {
        1 => 0,
        2 => 4,
        3 => 2,
        _ => 6,
    };
    let mut ihdr = Vec::with_capacity(13);
    ihdr.extend_from_slice(&(spec.width() as u32).to_be_bytes());
    ihdr.extend_from_slice(&(spec.height() as u32).to_be_bytes());
    ihdr.extend_from_slice(&[depth, color, 0, 0, 0]);
    push(&mut out, b"IHDR", &ihdr);
    colour(spec, &mut out);
    sizes(spec, &mut out);
    if let Some(time) = spec.attributes.text("DateTime").and_then(time) {
        push(&mut out, b"tIME", &time);
    }
    if let Some(exif) = meta::exif::encode(&spec.attributes) {
        push(&mut out, b"eXIf", &exif);
    }
    if let Some(xmp) = meta::xmp::packet(&spec.attributes) {
        let mut data = b"XML:com.adobe.xmp\0\0\0\0\0".to_vec();
        data.extend_from_slice(&xmp);
        push(&mut out, b"iTXt", &data);
    }
    for a in spec.attributes.iter() {
        text(a, &mut out);
    }
    out
}

fn colour(spec: &ImageSpec, out: &mut Vec<u8>) {
    let a = &spec.attributes;
    let space = spec.color_space.as_deref();
    if let Some(Value::Ints(v)) = a.value("CICP") {
        if let [p, t, m, r] = v[..] {
            push(out, b"cICP", &[p, t, m, r].map(|v| v.clamp(0, 255) as u8));
        }
    } else if let Some(code) = space.and_then(cicp) {
        push(out, b"cICP", &code);
    }
    let icc = a.bytes("ICCProfile");
    if let Some(icc) = icc {
        let mut data = b"ICC profile\0\0".to_vec();
        data.extend_from_slice(&zlib(icc));
        push(out, b"iCCP", &data);
    }
    let gama = match a.value("png:gAMA") {
        Some(&Value::Rational(n, 100_000)) => u32::try_from(n).ok().filter(|&n| n > 0),
        _ => None,
    };
    match space {
        Some("srgb_rec709_scene" | "srgb_rec709_display") if icc.is_none() => {
            let intent = a.number("png:sRGB").unwrap_or(0.0).clamp(0.0, 3.0) as u8;
            push(out, b"sRGB", &[intent]);
            push(out, b"gAMA", &45_455u32.to_be_bytes());
        }
        Some("srgb_rec709_scene" | "srgb_rec709_display") => {}
        Some("lin_rec709_scene") => push(out, b"gAMA", &100_000u32.to_be_bytes()),
        Some(s) => {
            if let Some(g) = gama
                .filter(|&g| metadata::gamma_space(g) == s)
                .or_else(|| gamma_of(s))
            {
                push(out, b"gAMA", &g.to_be_bytes());
            }
        }
        None => {
            if let Some(g) = gama {
                push(out, b"gAMA", &g.to_be_bytes());
            }
        }
    }
    if let Some(Value::Floats(v)) = a.value("chromaticities")
        && let [rx, ry, gx, gy, bx, by, wx, wy] = v[..]
    {
        let mut data = Vec::with_capacity(32);
        for v in [wx, wy, rx, ry, gx, gy, bx, by] {
            let v = (f64::from(v) * 100_000.0).round().clamp(0.0, 2e9) as u32;
            data.extend_from_slice(&v.to_be_bytes());
        }
        push(out, b"cHRM", &data);
    }
}

/// The code points of spaces that only cICP can tell.
fn cicp(space: &str) -> Option<[u8; 4]> {
    Some(match space {
        "pq_rec2020_display" => [9, 16, 0, 1],
        "hlg_rec2020_display" => [9, 18, 0, 1],
        "pq_p3d65_display" => [12, 16, 0, 1],
        "srgb_p3d65_display" | "srgb_p3d65_scene" => [12, 13, 0, 1],
        "lin_p3d65_scene" => [12, 8, 0, 1],
        "lin_rec2020_scene" => [9, 8, 0, 1],
        _ => return None,
    })
}

fn gamma_of(space: &str) -> Option<u32> {
    match space {
        "g22_rec709_scene" | "g22_rec709_display" => Some(45_455),
        "g24_rec709_scene" | "g24_rec709_display" => Some(41_667),
        "g18_rec709_scene" => Some(55_556),
        _ => None,
    }
}

fn zlib(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut z = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    z.write_all(data).expect("a vector takes any bytes");
    z.finish().expect("a vector takes any bytes")
}

fn sizes(spec: &ImageSpec, out: &mut Vec<u8>) {
    let (x, y) = (spec.data_window.x0, spec.data_window.y0);
    if let (true, Ok(x), Ok(y)) = ((x, y) != (0, 0), i32::try_from(x), i32::try_from(y)) {
        let mut data = Vec::with_capacity(9);
        data.extend_from_slice(&x.to_be_bytes());
        data.extend_from_slice(&y.to_be_bytes());
        data.push(0);
        push(out, b"oFFs", &data);
    }
    let a = &spec.attributes;
    let scale = match a.text("ResolutionUnit") {
        Some("in" | "inch") => Some(1.0 / INCH),
        Some("cm") => Some(100.0),
        Some("m" | "meter") => Some(1.0),
        _ => None,
    };
    let aspect = f64::from(spec.pixel_aspect);
    let (x, y, unit) = match (a.number("XResolution"), a.number("YResolution")) {
        (Some(x), Some(y)) if x > 0.0 && y > 0.0 => {
            let s = scale.unwrap_or(1.0);
            (x * s, y * s, u8::from(scale.is_some()))
        }
        // The ratio alone, in thousandths.
        _ if aspect.is_finite() && aspect > 0.0 && aspect != 1.0 => (1000.0, 1000.0 * aspect, 0),
        _ => return,
    };
    if x.round() < 1.0 || y.round() < 1.0 {
        return;
    }
    let mut data = Vec::with_capacity(9);
    for v in [x, y] {
        data.extend_from_slice(&(v.round().min(2e9) as u32).to_be_bytes());
    }
    data.push(unit);
    push(out, b"pHYs", &data);
}

/// `YYYY:MM:DD hh:mm:ss` as tIME has it.
fn time(s: &str) -> Option<[u8; 7]> {
    let mut n = s
        .split([':', ' ', '-', 'T', '/'])
        .map(|p| p.parse::<u16>().ok());
    let mut next = |low: u16, high: u16| n.next().flatten().filter(|v| (low..=high).contains(v));
    let [y0, y1] = next(0, 9999)?.to_be_bytes();
    Some([
        y0,
        y1,
        next(1, 12)? as u8,
        next(1, 31)? as u8,
        next(0, 23)? as u8,
        next(0, 59)? as u8,
        next(0, 60)? as u8,
    ])
}

/// The PNG keyword of an attribute whose text belongs in a chunk of its own.
fn key(a: &Attribute) -> Option<&str> {
    Some(match a.name.as_str() {
        "ImageDescription" => "Description",
        "Artist" => "Author",
        "DocumentName" => "Title",
        k @ ("Copyright" | "Software") => k,
        // How another file was packed says nothing about this one.
        "DateTime" | "ResolutionUnit" | "Make" | "Model" | "compression" => return None,
        k if a.origin == metadata::ORIGIN || a.origin == Origin::User => k,
        // Other formats' own texts travel; Exif, IPTC and XMP have chunks of their own.
        k if matches!(a.origin, Origin::Format(_)) && !k.contains(':') => k,
        _ => return None,
    })
}

fn text(a: &Attribute, out: &mut Vec<u8>) {
    let (Some(key), Value::String(value)) = (key(a), &a.value) else {
        return;
    };
    let latin = |s: &str| -> Option<Vec<u8>> {
        s.chars()
            .map(|c| u8::try_from(u32::from(c)).ok().filter(|&b| b != 0))
            .collect()
    };
    let Some(keyword) = latin(key).filter(|k| (1..=79).contains(&k.len())) else {
        return;
    };
    let mut data = keyword;
    match latin(value) {
        Some(bytes) => {
            data.push(0);
            data.extend_from_slice(&bytes);
            push(out, b"tEXt", &data);
        }
        None => {
            data.extend_from_slice(b"\0\0\0\0\0");
            data.extend(value.bytes().filter(|&b| b != 0));
            push(out, b"iTXt", &data);
        }
    }
}
