//! Tags to attributes and back: descriptive tags, resolution, profiles, XMP, IPTC, and the Exif and GPS directories.
//!
//! Names and types are those of the Exif tables. What OpenImageIO tucks into ImageDescription is taken out of it again.
//! Tags that say how pixels are stored never become attributes. Damage in metadata loses that item alone.

use super::ifd::{Ifd, Reader};
use super::tag::{self, field};
use super::write::Field;
use crate::meta::exif::{self, Directory};
use crate::meta::{iptc, xmp};
use std::sync::Arc;
use vfx_core::{Attributes, ImageSpec, Origin, Value};

/// Text tags outside Exif's tables.
const TEXTS: &[(u16, &str)] = &[
    (269, "DocumentName"),
    (285, "PageName"),
    (316, "HostComputer"),
    (tag::TEXTURE_FORMAT, "textureformat"),
    (33303, "wrapmodes"),
];
/// Numbers outside Exif's tables.
const NUMBERS: &[(u16, &str)] = &[(33304, "fovcot")];
/// Matrices outside Exif's tables.
const MATRICES: &[(u16, &str)] = &[(33305, "worldtoscreen"), (33306, "worldtocamera")];

/// Reads every tag that describes.
pub fn read(r: &Reader<'_>, d: &Ifd, spec: &mut ImageSpec) {
    let to = &mut spec.attributes;
    for e in &d.entries {
        if let Some(t) = exif::tag(Directory::Image, e.tag)
            && let Ok(data) = r.bytes(e)
            && let Some(v) = exif::value(t, e.kind, &data, r.big_endian)
        {
            to.set(t.name, v, Origin::Format("tiff"));
        }
        if let Some((_, name)) = TEXTS.iter().find(|t| t.0 == e.tag)
            && let Some(s) = r.text(e).filter(|s| !s.is_empty())
        {
            to.set(*name, Value::String(s), Origin::Format("tiff"));
        }
        if let Some((_, name)) = NUMBERS.iter().find(|t| t.0 == e.tag)
            && let Some(v) = r.number(e)
        {
            to.set(*name, Value::Float(v as f32), Origin::Format("tiff"));
        }
        if let Some((_, name)) = MATRICES.iter().find(|t| t.0 == e.tag)
            && let Some(v) = r.floats(e).filter(|v| v.len() == 16)
        {
            to.set(*name, Value::Floats(v), Origin::Format("tiff"));
        }
    }
    for (pointer, which) in [
        (tag::EXIF_IFD, Directory::Exif),
        (tag::GPS_IFD, Directory::Gps),
    ] {
        let Some(Ok(sub)) = r.lenient(d, pointer).map(|at| r.ifd(at)) else {
            continue;
        };
        for e in &sub.entries {
            if let Some(t) = exif::tag(which, e.tag)
                && let Ok(data) = r.bytes(e)
                && let Some(v) = exif::value(t, e.kind, &data, r.big_endian)
            {
                to.set(t.name, v, Origin::Exif);
            }
        }
    }
    let block = |t| {
        d.get(t)
            .and_then(|e| r.bytes(e).ok())
            .filter(|b| !b.is_empty())
    };
    if let Some(bytes) = block(tag::ICC_PROFILE) {
        blob(to, "ICCProfile", "icc", &bytes);
    }
    if let Some(mut bytes) = block(tag::IPTC) {
        // Photoshop wrote the block as LONGs: in a file of the other order its words are turned round.
        if bytes.first() != Some(&0x1c) && bytes.get(3) == Some(&0x1c) {
            bytes
                .as_chunks_mut::<4>()
                .0
                .iter_mut()
                .for_each(|w| w.reverse());
        }
        blob(to, "IPTC", "iptc", &bytes);
        iptc::decode(&bytes, to);
    }
    if let Some(bytes) = block(tag::XMP) {
        blob(to, "XMP", "xmp", &bytes);
        xmp::decode(&bytes, to);
    }
    hints(to);
    for (copy, of) in [
        ("IPTC:OriginatingProgram", "Software"),
        ("IPTC:Caption", "ImageDescription"),
    ] {
        if to.text(copy).is_some_and(|c| to.text(of) == Some(c)) {
            to.remove(copy);
        }
    }
}

fn blob(to: &mut Attributes, name: &str, kind: &str, bytes: &[u8]) {
    let value = Value::Blob {
        kind: kind.into(),
        bytes: Arc::from(bytes),
    };
    to.set(name, value, Origin::Format("tiff"));
}

/// What it looks like in the description, and the attribute. Early versions wrote the hash without the prefix.
const HINTS: [(&str, &str); 4] = [
    ("oiio:ConstantColor=", "oiio:ConstantColor"),
    ("oiio:AverageColor=", "oiio:AverageColor"),
    ("oiio:SHA-1=", "oiio:SHA-1"),
    ("SHA-1=", "oiio:SHA-1"),
];

/// Takes OpenImageIO's `oiio:SHA-1=` and its like out of the description.
fn hints(to: &mut Attributes) {
    let Some(mut text) = to.text("ImageDescription").map(str::to_owned) else {
        return;
    };
    let mut found = false;
    for (head, name) in HINTS {
        let Some(at) = text.find(head) else { continue };
        let rest = &text[at + head.len()..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let value = rest[..end].to_owned();
        let spaces = rest[end..].len() - rest[end..].trim_start_matches(' ').len();
        text.replace_range(at..at + head.len() + end + spaces, "");
        to.set(name, Value::String(value), Origin::Format("tiff"));
        found = true;
    }
    if found && text.trim().is_empty() {
        to.remove("ImageDescription");
    } else if found {
        to.set(
            "ImageDescription",
            Value::String(text),
            Origin::Format("tiff"),
        );
    }
}

/// The fields of a spec's attributes for the main directory, and those of its Exif and GPS directories.
pub fn fields(spec: &ImageSpec) -> (Vec<Field>, Vec<Field>, Vec<Field>) {
    let from = &spec.attributes;
    let of = |d| -> Vec<Field> {
        exif::fields(d, from)
            .into_iter()
            .map(|f| Field::raw(f.id, f.kind, f.bytes))
            .collect()
    };
    let mut main = of(Directory::Image);
    // These belong to the pixels: the sink writes them from the spec.
    main.retain(|f| {
        !matches!(
            f.tag,
            tag::ORIENTATION | tag::EXIF_IFD | tag::GPS_IFD | tag::PHOTOMETRIC | tag::COMPRESSION
        )
    });
    for (t, name) in TEXTS {
        if let Some(s) = from.text(name).filter(|s| !s.is_empty()) {
            main.push(Field::text(*t, s));
        }
    }
    for (t, name) in NUMBERS {
        if let Some(v) = from.number(name) {
            main.push(Field::raw(
                *t,
                field::FLOAT,
                (v as f32).to_le_bytes().to_vec(),
            ));
        }
    }
    for (t, name) in MATRICES {
        if let Some(Value::Floats(v)) = from
            .value(name)
            .filter(|v| matches!(v, Value::Floats(v) if v.len() == 16))
        {
            let bytes = v.iter().flat_map(|v| v.to_le_bytes()).collect();
            main.push(Field::raw(*t, field::FLOAT, bytes));
        }
    }
    if !spec.name.is_empty() && from.text("PageName").is_none() {
        main.push(Field::text(285, &spec.name));
    }
    if let Some(b) = from.bytes("ICCProfile") {
        main.push(Field::raw(tag::ICC_PROFILE, field::UNDEFINED, b.to_vec()));
    }
    if let Some(b) = xmp::packet(from).or_else(|| from.bytes("XMP").map(|b| b.to_vec())) {
        main.push(Field::raw(tag::XMP, field::BYTE, b));
    }
    if let Some(b) = iptc::block(from).or_else(|| from.bytes("IPTC").map(|b| b.to_vec())) {
        main.push(Field::raw(tag::IPTC, field::UNDEFINED, b));
    }
    (main, of(Directory::Exif), of(Directory::Gps))
}
