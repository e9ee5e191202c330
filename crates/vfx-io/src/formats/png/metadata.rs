//! PNG chunks other than pixels into a spec: colour tags, texts, Exif, XMP, sizes and times.
//!
//! Text keywords become OpenImageIO's names. Compressed chunks are inflated up to the limits' metadata size and no
//! further; a chunk that does not parse is skipped. Source: PNG (Third Edition), clause 11.3.

use super::chunks;
use crate::{Input, OpenOptions, meta};
use std::io::Read;
use std::sync::Arc;
use vfx_core::{ImageSpec, IoError, Origin, Value};

/// Attributes that came from PNG chunks.
pub(super) const ORIGIN: Origin = Origin::Format("png");

/// What the chunks say about colour, and what goes before Exif whatever their order.
#[derive(Default)]
struct Tags {
    cicp: Option<[u8; 4]>,
    icc: bool,
    srgb: bool,
    gamma: Option<u32>,
    /// Pixels a unit, across and down, and the unit's name.
    density: Option<(f32, f32, &'static str)>,
}

/// Reads every metadata chunk of the file into `spec`.
pub(super) fn read(
    input: &Input,
    options: &OpenOptions,
    spec: &mut ImageSpec,
) -> Result<(), IoError> {
    let max = options.limits.max_metadata_bytes;
    let mut tags = Tags::default();
    chunks::walk(input, max, |kind, data| {
        chunk(kind, data, max, spec, &mut tags);
    })?;
    spec.color_space = Some(space(&tags));
    if let Some((x, y, unit)) = tags.density {
        let mut set = |name: &str, value| spec.attributes.set(name, value, ORIGIN);
        set("ResolutionUnit", Value::String(unit.into()));
        set("XResolution", Value::Float(x));
        set("YResolution", Value::Float(y));
    }
    if let Some(o) = spec.attributes.number("Orientation")
        && (1.0..=8.0).contains(&o)
    {
        spec.orientation.0 = o as u8;
    }
    Ok(())
}

fn be32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

fn chunk(kind: &[u8; 4], data: &[u8], max: u64, spec: &mut ImageSpec, tags: &mut Tags) {
    let attributes = &mut spec.attributes;
    let mut set = |name: &str, value| attributes.set(name, value, ORIGIN);
    match kind {
        b"cICP" => {
            if let Ok(c) = <[u8; 4]>::try_from(data) {
                tags.cicp = Some(c);
                set("CICP", Value::Ints(c.map(i64::from).to_vec()));
            }
        }
        b"iCCP" => {
            let profile = keyword(data).and_then(|(_, rest)| inflate(rest.get(1..)?, max));
            // A profile says its own size and signature; what is no profile is dropped, as libpng does.
            if let Some(icc) = profile.filter(|p| p.len() >= 132 && p.get(36..40) == Some(b"acsp"))
            {
                tags.icc = true;
                set("ICCProfile", blob("icc", icc));
            }
        }
        b"sRGB" if !data.is_empty() => {
            tags.srgb = true;
            set("png:sRGB", Value::Int(data[0].into()));
        }
        b"gAMA" => {
            if let Some(g) = be32(data, 0).filter(|&g| g > 0) {
                tags.gamma = Some(g);
                set("png:gAMA", Value::Rational(g.into(), 100_000));
            }
        }
        b"cHRM" if data.len() == 32 => {
            let at = |i: usize| be32(data, i * 4).map_or(0.0, |v| v as f32 / 100_000.0);
            // The file has white first; the attribute is OpenEXR's order of red, green, blue, white.
            let v = [2, 3, 4, 5, 6, 7, 0, 1].map(at);
            set("chromaticities", Value::Floats(v.to_vec()));
        }
        b"bKGD" => {
            let v = if data.len() == 1 {
                vec![data[0].into()]
            } else {
                let pairs = data.as_chunks::<2>().0;
                pairs
                    .iter()
                    .map(|&b| u16::from_be_bytes(b).into())
                    .collect()
            };
            set("png:bKGD", Value::Ints(v));
        }
        b"sBIT" => set(
            "png:sBIT",
            Value::Ints(data.iter().take(4).map(|&b| b.into()).collect()),
        ),
        b"pHYs" => {
            if let (Some(x), Some(y), Some(&unit)) = (be32(data, 0), be32(data, 4), data.get(8)) {
                let scale = if unit == 1 { 2.54 / 100.0 } else { 1.0 };
                let name = if unit == 1 { "inch" } else { "none" };
                // Whole metres hold inches badly: 72 is 2835 a metre, which is 72.009.
                let tenths = |v: u32| (f64::from(v) * scale * 10.0).round() as f32 / 10.0;
                tags.density = Some((tenths(x), tenths(y), name));
                if x > 0 && y > 0 {
                    spec.pixel_aspect = y as f32 / x as f32;
                }
            }
        }
        b"oFFs" => {
            if let (Some(x), Some(y), Some(0)) = (be32(data, 0), be32(data, 4), data.get(8)) {
                let (x, y) = (i64::from(x as i32), i64::from(y as i32));
                spec.data_window = spec.data_window.offset(x, y);
            }
        }
        b"tIME" => {
            if let [y0, y1, month, day, hour, minute, second] = *data {
                let year = u16::from_be_bytes([y0, y1]);
                let t = format!("{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}");
                set("DateTime", Value::String(t));
            }
        }
        b"eXIf" => meta::exif::decode(data.strip_prefix(b"Exif\0\0").unwrap_or(data), attributes),
        b"tEXt" => {
            if let Some((key, value)) = keyword(data) {
                text(spec, key, latin1(value));
            }
        }
        b"zTXt" => {
            let value = keyword(data).and_then(|(k, v)| Some((k, inflate(v.get(1..)?, max)?)));
            if let Some((key, value)) = value {
                text(spec, key, latin1(&value));
            }
        }
        b"iTXt" => {
            if let Some((key, value)) = international(data, max) {
                text(spec, key, value);
            }
        }
        _ => {}
    }
}

pub(super) fn blob(kind: &str, bytes: Vec<u8>) -> Value {
    Value::Blob {
        kind: kind.into(),
        bytes: Arc::from(bytes),
    }
}

/// Keyword and what follows its zero.
fn keyword(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = data.iter().take(80).position(|&b| b == 0)?;
    (end > 0).then(|| (&data[..end], &data[end + 1..]))
}

fn international(data: &[u8], max: u64) -> Option<(&[u8], String)> {
    let (key, rest) = keyword(data)?;
    let (&[compressed, _method], rest) = rest.split_first_chunk::<2>()?;
    let after_zero = |d: &'_ [u8]| d.iter().position(|&b| b == 0).map(|i| i + 1);
    let rest = &rest[after_zero(rest)?..];
    let rest = &rest[after_zero(rest)?..];
    let bytes = if compressed == 1 {
        inflate(rest, max)?
    } else {
        rest.to_vec()
    };
    Some((key, String::from_utf8_lossy(&bytes).into_owned()))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b)).collect()
}

fn inflate(data: &[u8], max: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let read = flate2::read::ZlibDecoder::new(data)
        .take(max)
        .read_to_end(&mut out);
    (read.is_ok() || !out.is_empty()).then_some(out)
}

fn text(spec: &mut ImageSpec, key: &[u8], value: String) {
    let key = latin1(key);
    let attributes = &mut spec.attributes;
    match key.to_ascii_lowercase().as_str() {
        "xml:com.adobe.xmp" => return meta::xmp::decode(value.as_bytes(), attributes),
        "raw profile type exif" | "raw profile type app1" => {
            if let Some(raw) = raw_profile(&value) {
                meta::exif::decode(raw.strip_prefix(b"Exif\0\0").unwrap_or(&raw), attributes);
            }
            return;
        }
        "raw profile type xmp" => {
            if let Some(raw) = raw_profile(&value) {
                meta::xmp::decode(&raw, attributes);
            }
            return;
        }
        "raw profile type iptc" => {
            if let Some(raw) = raw_profile(&value) {
                meta::iptc::decode(&raw, attributes);
            }
            return;
        }
        _ => {}
    }
    if key.starts_with("oiio:") {
        return;
    }
    let name = match key.to_ascii_lowercase().as_str() {
        "description" => "ImageDescription".to_owned(),
        "author" => "Artist".to_owned(),
        "title" => "DocumentName".to_owned(),
        _ => key,
    };
    attributes.set(name, Value::String(value), ORIGIN);
}

/// ImageMagick's hexadecimal blocks: a newline, a name, a length, then digits in lines.
fn raw_profile(s: &str) -> Option<Vec<u8>> {
    let mut lines = s.trim_start_matches('\n').splitn(3, '\n');
    let (_name, length, digits) = (lines.next()?, lines.next()?, lines.next()?);
    let length: usize = length.trim().parse().ok()?;
    let nibbles: Vec<u8> = digits
        .chars()
        .filter_map(|c| c.to_digit(16).map(|d| d as u8))
        .collect();
    let bytes: Vec<u8> = nibbles
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[h, l]| (h << 4) | l)
        .collect();
    (bytes.len() >= length).then(|| bytes[..length].to_vec())
}

/// The colour space of the tags, by the standard's precedence: cICP, ICC profile, sRGB, gamma; sRGB without any.
fn space(c: &Tags) -> String {
    let known = match c.cicp {
        Some([9, 16, 0, _]) => Some("pq_rec2020_display"),
        Some([9, 18, 0, _]) => Some("hlg_rec2020_display"),
        Some([12, 16, 0, _]) => Some("pq_p3d65_display"),
        Some([12, 13, 0, _]) => Some("srgb_p3d65_display"),
        Some([12, 8, 0, _]) => Some("lin_p3d65_scene"),
        Some([9, 8, 0, _]) => Some("lin_rec2020_scene"),
        Some([1, 8, 0, _]) => Some("lin_rec709_scene"),
        Some([1, 13, 0, _]) => Some("srgb_rec709_scene"),
        _ => None,
    };
    match (known, c.gamma) {
        (Some(s), _) => s.into(),
        (None, Some(g)) if !c.icc && !c.srgb => gamma_space(g),
        _ => "srgb_rec709_scene".into(),
    }
}

/// The space of a gAMA value (100000 times the encoding exponent) as OpenImageIO names it.
pub(super) fn gamma_space(gama: u32) -> String {
    let gamma = 100_000.0 / f64::from(gama);
    if (gamma - 1.0).abs() < 0.01 {
        "lin_rec709_scene".into()
    } else {
        format!("g{}_rec709_scene", (gamma * 10.0).round())
    }
}
