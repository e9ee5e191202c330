//! The segments of a JPEG before its pixels: the frame, and metadata into a spec; and the same way back.
//!
//! Segments are read by position up to the first scan. Metadata that does not parse is skipped. Profiles and extended XMP
//! are put together from their pieces, bounded by the limits' metadata size.

use super::NAME;
use crate::{Input, OpenOptions, meta};
use std::sync::Arc;
use vfx_core::{Attributes, ImageSpec, IoError, Origin, Value};

const ORIGIN: Origin = Origin::Format("jpeg");
const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
/// The image resource that holds IPTC-IIM.
const IPTC_RESOURCE: u16 = 0x0404;
/// Most bytes of a segment after its length.
const MAX_SEGMENT: usize = 65_533;
/// More segments than this before the first scan make no picture.
const MAX_SEGMENTS: usize = 65_536;

/// What the frame header says.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The SOF marker's second byte.
    pub(super) marker: u8,
    /// Horizontal and vertical sampling of every component.
    pub(super) sampling: Vec<(u8, u8)>,
    /// Adobe's colour transform: 0 none, 1 YCbCr, 2 YCCK.
    pub(super) adobe: Option<u8>,
    /// Components of the first scan.
    pub(super) first_scan: u8,
}

#[derive(Default)]
struct Pieces {
    icc: Vec<(u8, Vec<u8>)>,
    extension: Vec<(u32, Vec<u8>)>,
    extension_length: u32,
    xmp: Option<Vec<u8>>,
    iptc: Vec<u8>,
    held: u64,
}

/// Reads everything before the first scan; metadata go to `attributes`, in OpenImageIO's names.
pub(super) fn read(
    input: &Input,
    options: &OpenOptions,
    attributes: &mut Attributes,
    aspect: &mut f32,
) -> Result<Frame, IoError> {
    let bad = |problem: &'static str| IoError::malformed(NAME, "header", problem);
    let max = options.limits.max_metadata_bytes;
    let (mut at, mut frame, mut adobe, mut first_scan) = (2u64, None, None, 0);
    let mut pieces = Pieces::default();
    for _ in 0..MAX_SEGMENTS {
        let head = input.read_up_to(at, 4)?;
        let &[prefix, marker, ..] = head.as_slice() else {
            break;
        };
        // Fill bytes, or dirt between segments.
        if prefix != 0xff || marker == 0xff || marker == 0 {
            at += 1;
            continue;
        }
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            at += 2;
            continue;
        }
        if marker == 0xd9 || marker == 0xda {
            first_scan = input.read_up_to(at + 4, 1)?.first().copied().unwrap_or(0);
            break;
        }
        let Some(&[hi, lo]) = head.get(2..4) else {
            break;
        };
        let length = u64::from(u16::from_be_bytes([hi, lo]));
        if length < 2 {
            return Err(bad("a segment is shorter than its length field"));
        }
        let data = input.read_up_to(at + 4, length as usize - 2)?;
        at += 2 + length;
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xf7 if frame.is_none() => {
                frame = Some(sof(marker, &data).ok_or_else(|| bad("its frame header is cut"))?);
            }
            0xee if data.starts_with(b"Adobe") => adobe = data.get(11).copied(),
            0xe0 if data.starts_with(b"JFIF\0") => density(&data, attributes, aspect),
            0xe1 | 0xe2 | 0xed | 0xfe => metadata(marker, &data, max, &mut pieces, attributes),
            _ => {}
        }
    }
    finish(pieces, attributes);
    let mut frame: Frame = frame.ok_or_else(|| bad("it has no frame"))?;
    (frame.adobe, frame.first_scan) = (adobe, first_scan);
    Ok(frame)
}

fn sof(marker: u8, data: &[u8]) -> Option<Frame> {
    let &[_, _, _, _, _, n, ref rest @ ..] = data else {
        return None;
    };
    let components = rest.get(..usize::from(n) * 3)?.as_chunks::<3>().0;
    Some(Frame {
        marker,
        sampling: components.iter().map(|c| (c[1] >> 4, c[1] & 15)).collect(),
        adobe: None,
        first_scan: 0,
    })
}

fn density(data: &[u8], attributes: &mut Attributes, aspect: &mut f32) {
    let Some(&[unit, x1, x0, y1, y0]) = data.get(7..12) else {
        return;
    };
    let (x, y) = (
        u16::from_be_bytes([x1, x0]) as f32,
        u16::from_be_bytes([y1, y0]) as f32,
    );
    if x > 0.0 && y > 0.0 {
        *aspect = y / x;
        let unit = match unit {
            1 => "in",
            2 => "cm",
            _ => return,
        };
        attributes.set("XResolution", Value::Float(x), ORIGIN);
        attributes.set("YResolution", Value::Float(y), ORIGIN);
        attributes.set("ResolutionUnit", Value::String(unit.into()), ORIGIN);
    }
}

fn metadata(marker: u8, data: &[u8], max: u64, pieces: &mut Pieces, attributes: &mut Attributes) {
    pieces.held += data.len() as u64;
    if pieces.held > max {
        return;
    }
    match marker {
        0xe1 => {
            if let Some(exif) = data.strip_prefix(EXIF) {
                meta::exif::decode(exif, attributes);
            } else if let Some(xmp) = data.strip_prefix(XMP) {
                pieces.xmp.get_or_insert_with(|| xmp.to_vec());
            } else if let Some(rest) = data.strip_prefix(XMP_EXTENSION) {
                let Some((_guid, rest)) = rest.split_first_chunk::<32>() else {
                    return;
                };
                if let (Some(full), Some(offset), Some(bytes)) = (
                    rest.first_chunk::<4>(),
                    rest.get(4..8).and_then(|b| b.first_chunk::<4>()),
                    rest.get(8..),
                ) {
                    pieces.extension_length = u32::from_be_bytes(*full);
                    let offset = u32::from_be_bytes(*offset);
                    pieces.extension.push((offset, bytes.to_vec()));
                }
            }
        }
        0xe2 => {
            if let Some(&[number, _count, ref bytes @ ..]) = data.strip_prefix(ICC) {
                pieces.icc.push((number, bytes.to_vec()));
            }
        }
        0xed => {
            if let Some(resources) = data.strip_prefix(PHOTOSHOP) {
                pieces
                    .iptc
                    .extend_from_slice(iptc(resources).unwrap_or_default());
            }
        }
        _ => {
            let end = data.iter().position(|&b| b == 0).unwrap_or(data.len());
            let text: String = match std::str::from_utf8(&data[..end]) {
                Ok(s) => s.into(),
                Err(_) => data[..end].iter().map(|&b| char::from(b)).collect(),
            };
            if let Some((name, value)) = named_comment(&text) {
                attributes.set(name, Value::String(value.into()), ORIGIN);
            } else if end > 0 && attributes.get("ImageDescription").is_none() {
                attributes.set("ImageDescription", Value::String(text), ORIGIN);
            }
        }
    }
}

/// `Blender:Frame:001`: a comment that is an attribute, as OpenImageIO and Blender use them.
fn named_comment(text: &str) -> Option<(&str, &str)> {
    let word = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let (ident, rest) = text.split_once(':')?;
    let (key, value) = rest.split_once(':')?;
    (word(ident) && word(key) && !value.is_empty())
        .then(|| (&text[..ident.len() + 1 + key.len()], value))
}

/// The IPTC block among Photoshop's image resources.
fn iptc(mut resources: &[u8]) -> Option<&[u8]> {
    loop {
        let rest = resources.strip_prefix(b"8BIM")?;
        let (id, rest) = rest.split_first_chunk::<2>()?;
        // A Pascal string and the data are each padded to even lengths.
        let name = (usize::from(*rest.first()?) + 1).next_multiple_of(2);
        let (length, rest) = rest.get(name..)?.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = rest.get(..length)?;
        if u16::from_be_bytes(*id) == IPTC_RESOURCE {
            return Some(data);
        }
        resources = rest.get(length.next_multiple_of(2)..)?;
    }
}

fn finish(mut pieces: Pieces, attributes: &mut Attributes) {
    pieces.icc.sort_by_key(|p| p.0);
    let whole = pieces
        .icc
        .iter()
        .enumerate()
        .all(|(i, p)| usize::from(p.0) == i + 1);
    let icc: Vec<u8> = pieces.icc.into_iter().flat_map(|p| p.1).collect();
    let sound = icc.get(36..40) == Some(b"acsp") && icc.len() >= 132;
    if whole && sound {
        let value = Value::Blob {
            kind: "icc".into(),
            bytes: Arc::from(icc),
        };
        attributes.set("ICCProfile", value, ORIGIN);
    }
    if !pieces.iptc.is_empty() {
        meta::iptc::decode(&pieces.iptc, attributes);
    }
    pieces.extension.sort_by_key(|p| p.0);
    let extension: Vec<u8> = pieces.extension.into_iter().flat_map(|p| p.1).collect();
    if !extension.is_empty() && extension.len() == pieces.extension_length as usize {
        meta::xmp::decode(&extension, attributes);
    }
    // Last, so that the standard packet is the one kept whole.
    if let Some(xmp) = pieces.xmp {
        meta::xmp::decode(&xmp, attributes);
    }
}

fn push(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    if length > MAX_SEGMENT {
        return;
    }
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(length as u16 + 2).to_be_bytes());
    parts.iter().for_each(|p| out.extend_from_slice(p));
}

/// The metadata of a spec that the encoder itself writes, where nothing was set: Exif, XMP and the description. What XMP says
/// of a gain map belongs to the file that was read.
pub(super) fn describe(spec: &ImageSpec, config: &mut vfx_jpeg::Config) {
    let a = &spec.attributes;
    if config.exif.is_empty() {
        config.exif = meta::exif::encode(a).unwrap_or_default();
    }
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
    let packet = meta::xmp::packet(a).filter(|p| has(p, b"</rdf:RDF>") && !has(p, b"hdr-gain-map"));
    if let (true, Some(packet)) = (config.xmp.is_empty(), packet) {
        config.xmp = packet.to_vec();
    }
    if let (true, Some(text)) = (config.comments.is_empty(), a.text("ImageDescription")) {
        config.comments.push(text.as_bytes().to_vec());
    }
}

/// The metadata segments of a spec, to stand after JFIF's.
pub(super) fn build(spec: &ImageSpec) -> Vec<u8> {
    let a = &spec.attributes;
    let mut out = Vec::new();
    if let Some(exif) = meta::exif::encode(a) {
        push(&mut out, 0xe1, &[EXIF, &exif]);
    }
    if let Some(xmp) = meta::xmp::packet(a) {
        push(&mut out, 0xe1, &[XMP, &xmp]);
    }
    if let Some(iptc) = meta::iptc::block(a) {
        let length = (iptc.len() as u32).to_be_bytes();
        let id = IPTC_RESOURCE.to_be_bytes();
        let pad: &[u8] = if iptc.len() % 2 == 1 { &[0] } else { &[] };
        push(
            &mut out,
            0xed,
            &[PHOTOSHOP, b"8BIM", &id, &[0, 0], &length, &iptc, pad],
        );
    }
    if let Some(icc) = a.bytes("ICCProfile") {
        let pieces = icc.chunks(MAX_SEGMENT - ICC.len() - 2);
        let count = pieces.len();
        if count <= 255 {
            for (i, piece) in pieces.enumerate() {
                push(&mut out, 0xe2, &[ICC, &[i as u8 + 1, count as u8], piece]);
            }
        }
    }
    if let Some(text) = a.text("ImageDescription") {
        push(&mut out, 0xfe, &[text.as_bytes()]);
    }
    for attribute in a.iter().filter(|a| a.origin == ORIGIN) {
        if let Value::String(v) = &attribute.value {
            let text = format!("{}:{v}", attribute.name);
            let known = attribute.name.starts_with("jpeg:");
            if !known && named_comment(&text).is_some_and(|(name, _)| name == attribute.name) {
                push(&mut out, 0xfe, &[text.as_bytes()]);
            }
        }
    }
    out
}
