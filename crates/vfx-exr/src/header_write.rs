//! Writes the magic number, the version word and the headers of all parts.
//!
//! Attributes are written in the order the standard lists the required ones, then the others in the caller's order; channels sorted by name.
//! The version word's flags follow from the parts: tiled, long names, multi-part.

use crate::attribute::{Attribute, AttributeValue};
use crate::error::Error;
use crate::header::{Channel, Header, LineOrder, PartType};
use crate::header_read::{FLAG_DEEP, FLAG_LONG_NAMES, FLAG_MULTI_PART, FLAG_TILED, MAGIC};

/// Names that are fields of [`Header`] or computed; never taken from [`Header::attributes`].
const RESERVED: [&str; 13] = [
    "channels",
    "chunkCount",
    "compression",
    "dataWindow",
    "displayWindow",
    "lineOrder",
    "name",
    "pixelAspectRatio",
    "screenWindowCenter",
    "screenWindowWidth",
    "tiles",
    "type",
    "view",
];

/// Deep parts have a name, in files of one part too.
const DEEP_NAME: &str = "deep";
/// The attribute that says how many samples the deepest pixel has; patched when all chunks are known.
const MOST_SAMPLES: &str = "maxSamplesPerPixel";

/// Sorts the channels, fills in the part type and checks what the standard asks of a written header.
pub(crate) fn normalise(headers: &mut [Header]) -> Result<(), Error> {
    let multi_part = headers.len() > 1;
    for (part, h) in headers.iter_mut().enumerate() {
        h.channels
            .sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        if h.part_type.is_none() {
            h.part_type = Some(if h.tiles.is_some() {
                PartType::Tiled
            } else {
                PartType::Scanline
            });
        }
        h.check(part)?;
        if let Some(kind @ PartType::Other(_)) = &h.part_type {
            return Err(Error::UnsupportedPart {
                part,
                found: kind.name().to_owned(),
            });
        }
        if h.is_deep() && !multi_part && h.name.is_none() {
            h.name = Some(DEEP_NAME.to_owned());
        }
        if !h.is_tiled() && h.line_order == LineOrder::RandomY {
            return Err(Error::HeaderValue {
                part,
                what: "line order: random y is for tiles",
                found: 2,
            });
        }
        if multi_part && h.name.is_none() {
            return Err(Error::MissingAttribute { part, name: "name" });
        }
        for c in &h.channels {
            check_name(part, &c.name)?;
            for (min, s) in [
                (h.data_window.min.0, c.sampling.0),
                (h.data_window.min.1, c.sampling.1),
            ] {
                if i64::from(min).rem_euclid(i64::from(s)) != 0 {
                    let what = "data window: its minimum is no multiple of the channel sampling";
                    return Err(Error::HeaderValue {
                        part,
                        what,
                        found: i64::from(min),
                    });
                }
            }
            for (size, s) in [
                (h.data_window.width(), c.sampling.0),
                (h.data_window.height(), c.sampling.1),
            ] {
                if size % u64::from(s) != 0 {
                    let what = "data window: its size is no multiple of the channel sampling";
                    return Err(Error::HeaderValue {
                        part,
                        what,
                        found: size as i64,
                    });
                }
            }
        }
        let mut names: Vec<&str> = h.attributes.iter().map(|a| a.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|p| p[0] == p[1]) {
            return Err(Error::Duplicate {
                part,
                what: "attribute",
                name: pair[0].to_owned(),
            });
        }
        for a in &h.attributes {
            check_name(part, &a.name)?;
            check_name(part, a.value.type_name())?;
            if RESERVED.contains(&a.name.as_str()) && a.name != "view" {
                return Err(Error::Duplicate {
                    part,
                    what: "attribute",
                    name: a.name.clone(),
                });
            }
        }
    }
    let mut names: Vec<&str> = headers.iter().filter_map(|h| h.name.as_deref()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|p| p[0] == p[1]) {
        return Err(Error::Duplicate {
            part: 0,
            what: "part name",
            name: pair[0].to_owned(),
        });
    }
    Ok(())
}

/// Names have 1 to 255 bytes and no 0.
fn check_name(part: usize, name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > 255 || name.contains('\0') {
        return Err(Error::HeaderValue {
            part,
            what: "name length",
            found: name.len() as i64,
        });
    }
    Ok(())
}

fn has_long_names(h: &Header) -> bool {
    let long = |name: &str| name.len() > 31;
    let in_list = |list: &[Channel]| list.iter().any(|c| long(&c.name));
    in_list(&h.channels)
        || h.attributes.iter().any(|a| {
            long(&a.name)
                || long(a.value.type_name())
                || matches!(&a.value, AttributeValue::Channels(list) if in_list(list))
        })
}

/// Headers as bytes.
pub(crate) struct Written {
    /// Everything before the offset tables.
    pub bytes: Vec<u8>,
    /// Where each deep part's `maxSamplesPerPixel` is.
    pub most_samples: Vec<Option<u64>>,
}

/// The bytes before the offset tables, of normalised headers.
pub(crate) fn write_headers(headers: &[Header], chunk_counts: &[usize]) -> Result<Written, Error> {
    let multi_part = headers.len() > 1;
    let mut version = 2;
    if multi_part {
        version |= FLAG_MULTI_PART;
    } else if headers.iter().any(|h| h.is_tiled() && !h.is_deep()) {
        version |= FLAG_TILED;
    }
    if headers.iter().any(Header::is_deep) {
        version |= FLAG_DEEP;
    }
    if headers.iter().any(has_long_names) {
        version |= FLAG_LONG_NAMES;
    }
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&version.to_le_bytes());
    let mut most_samples = Vec::with_capacity(headers.len());
    for (part, (h, &chunks)) in headers.iter().zip(chunk_counts).enumerate() {
        most_samples.push(write_one(h, part, chunks, multi_part, &mut out)?);
    }
    if multi_part {
        out.push(0);
    }
    Ok(Written {
        bytes: out,
        most_samples,
    })
}

fn write_one(
    h: &Header,
    part: usize,
    chunks: usize,
    multi_part: bool,
    out: &mut Vec<u8>,
) -> Result<Option<u64>, Error> {
    use AttributeValue as V;
    let mut most_samples = None;
    let mut put = |name: &str, value: &V| -> Result<usize, Error> {
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.extend_from_slice(value.type_name().as_bytes());
        out.push(0);
        let size_at = out.len();
        out.extend_from_slice(&[0; 4]);
        value.write(out);
        let n = out.len() - size_at - 4;
        let size = i32::try_from(n).map_err(|_| Error::Limit {
            what: "attribute bytes",
            limit: i32::MAX as u64,
            found: n as u64,
        })?;
        out[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
        Ok(size_at + 4)
    };
    put("channels", &V::Channels(h.channels.clone()))?;
    put("compression", &V::Compression(h.compression))?;
    put("dataWindow", &V::Box2i(h.data_window))?;
    put("displayWindow", &V::Box2i(h.display_window))?;
    put("lineOrder", &V::LineOrder(h.line_order))?;
    put("pixelAspectRatio", &V::Float(h.pixel_aspect))?;
    put(
        "screenWindowCenter",
        &V::V2f([h.screen_window_center.0, h.screen_window_center.1]),
    )?;
    put("screenWindowWidth", &V::Float(h.screen_window_width))?;
    if let (true, Some(tiles)) = (h.is_tiled(), h.tiles) {
        put("tiles", &V::TileDesc(tiles))?;
    }
    if let Some(name) = &h.name {
        put("name", &V::String(name.clone()))?;
    }
    if let Some(kind) = &h.part_type {
        put("type", &V::String(kind.name().to_owned()))?;
    }
    if multi_part || h.is_deep() {
        let count = i32::try_from(chunks).map_err(|_| Error::HeaderValue {
            part,
            what: "chunk count",
            found: chunks as i64,
        })?;
        put("chunkCount", &V::Int(count))?;
    }
    if let Some(view) = &h.view {
        put("view", &V::String(view.clone()))?;
    }
    for Attribute { name, value } in &h.attributes {
        if h.view.is_some() && name == "view" || h.is_deep() && name == MOST_SAMPLES {
            continue;
        }
        put(name, value)?;
    }
    if h.is_deep() {
        if h.attribute("version").is_none() {
            put("version", &V::Int(1))?;
        }
        let most = match h.attribute(MOST_SAMPLES) {
            Some(V::Int(n)) => *n,
            _ => -1,
        };
        most_samples = Some(put(MOST_SAMPLES, &V::Int(most))? as u64);
    }
    out.push(0);
    Ok(most_samples)
}
