//! Header attributes to metadata and back, under OpenImageIO's names.
//!
//! Vectors, boxes and matrices are arrays of numbers whose length says which type they are written as; types that nobody
//! knows keep their bytes and type name. ICC, XMP and IPTC blocks are written as `bytes` attributes and so survive.
//! Density is in pixels an inch.

use super::NAME;
use vfx_core::{Attributes, ImageSpec, Origin, TimeCode, Value};
use vfx_exr::{Attribute, AttributeValue as V, Compression, Header, LevelMode, LineOrder};

/// EXR's name, OpenImageIO's name.
const NAMES: &[(&str, &str)] = &[
    ("owner", "Copyright"),
    ("capDate", "DateTime"),
    ("comments", "ImageDescription"),
    ("expTime", "ExposureTime"),
    ("aperture", "FNumber"),
    ("xDensity", "XResolution"),
    ("timeCode", "smpte:TimeCode"),
    ("keyCode", "smpte:KeyCode"),
    ("dwaCompressionLevel", "openexr:dwaCompressionLevel"),
    ("deepImageState", "openexr:deepImageState"),
    ("idManifest", "openexr:compressedIDManifest"),
    ("chunkCount", "openexr:chunkCount"),
    ("maxSamplesPerPixel", "openexr:maxSamplesPerPixel"),
];

/// `name=type` of the attributes whose type does not follow from their value: a float vector of three is no v3f.
const TYPES: &str = "openexr:types";

/// Attributes that the writer makes itself.
const OWN: &[&str] = &[
    "compression",
    "openexr:lineOrder",
    "version",
    "openexr:chunkCount",
    "openexr:maxSamplesPerPixel",
    "openexr:roundingmode",
    "PixelAspectRatio",
    "screenWindowCenter",
    "screenWindowWidth",
    "Orientation",
    "YResolution",
    "ResolutionUnit",
    "colorInteropID",
    "chromaticities",
    "acesImageContainerFlag",
    "textureformat",
    "view",
    "name",
    "channels",
    "dataWindow",
    "displayWindow",
    "lineOrder",
    "pixelAspectRatio",
    "tiles",
    "type",
    "chunkCount",
    "envmap",
    "thumbnail_image",
    "thumbnail_width",
    "thumbnail_height",
    "thumbnail_nchannels",
    TYPES,
];

/// The name that files of other programs and the command line use.
pub fn compression_name(c: Compression) -> &'static str {
    match c {
        Compression::None => "none",
        Compression::Rle => "rle",
        Compression::Zips => "zips",
        Compression::Zip => "zip",
        Compression::Piz => "piz",
        Compression::Pxr24 => "pxr24",
        Compression::B44 => "b44",
        Compression::B44a => "b44a",
        Compression::Dwaa => "dwaa",
        Compression::Dwab => "dwab",
        Compression::Htj2k256 => "htj2k256",
        Compression::Htj2k32 => "htj2k32",
        Compression::Lj2k => "lj2k",
        Compression::Zstd => "zstd",
    }
}

/// The method of a name.
pub fn compression(name: &str) -> Option<Compression> {
    let name = if name == "htj2k" { "htj2k256" } else { name };
    Compression::ALL
        .into_iter()
        .find(|c| compression_name(*c) == name)
}

/// Everything the header says beside the pixels' layout.
pub(super) fn read(header: &Header) -> Attributes {
    let mut to = Attributes::new();
    let mut set = |name: &str, value: Value| to.set(name, value, Origin::Format(NAME));
    let text = |s: &str| Value::String(s.to_owned());
    set("compression", text(compression_name(header.compression)));
    let order = match header.line_order {
        LineOrder::IncreasingY => "increasingY",
        LineOrder::DecreasingY => "decreasingY",
        LineOrder::RandomY => "randomY",
    };
    set("openexr:lineOrder", text(order));
    let (x, y) = header.screen_window_center;
    set("screenWindowCenter", Value::Floats(vec![x, y]));
    set(
        "screenWindowWidth",
        Value::Float(header.screen_window_width),
    );
    if let Some(view) = &header.view {
        set("view", text(view));
    }
    if let Some(t) = header.tiles.filter(|t| t.mode != LevelMode::OneLevel) {
        set("openexr:roundingmode", Value::Int(t.rounding as i64));
        set("textureformat", text("Plain Texture"));
    }
    let mut types = Vec::new();
    for a in &header.attributes {
        let name = NAMES
            .iter()
            .find(|n| n.0 == a.name)
            .map_or(a.name.as_str(), |n| n.1);
        match (&a.value, name) {
            (V::Envmap(0), _) => set("textureformat", text("LatLong Environment")),
            (V::Envmap(1), _) => set("textureformat", text("CubeFace Environment")),
            (V::Float(v), "XResolution") => {
                set(name, Value::Float(*v));
                set("YResolution", Value::Float(*v * header.pixel_aspect));
                set("ResolutionUnit", text("in"));
            }
            // The spec has it; a wrong type stays as it is.
            (V::Int(_), "Orientation") => {}
            (v, _) => {
                let value = to_core(name, v);
                let again = to_exr(&value);
                if again.is_none_or(|again| again.type_name() != v.type_name()) {
                    types.push(format!("{}={}", a.name, v.type_name()));
                }
                set(name, value);
            }
        }
    }
    if !types.is_empty() {
        set(TYPES, Value::Strings(types));
    }
    to
}

fn to_core(name: &str, value: &V) -> Value {
    let ints = |v: &[i32]| Value::Ints(v.iter().map(|&v| v.into()).collect());
    match value {
        V::Box2i(b) => ints(&[b.min.0, b.min.1, b.max.0, b.max.1]),
        V::Box2f { min, max } => Value::Floats([&min[..], &max[..]].concat()),
        V::Chromaticities(v) => Value::Floats(v.to_vec()),
        V::Compression(c) => Value::String(compression_name(*c).into()),
        V::Double(v) => Value::Double(*v),
        V::Envmap(v) => Value::Int((*v).into()),
        V::Float(v) => Value::Float(*v),
        V::FloatVector(v) => Value::Floats(v.clone()),
        V::Int(v) => Value::Int((*v).into()),
        V::KeyCode(v) => Value::KeyCode(*v),
        V::M33f(v) => Value::Floats(v.to_vec()),
        V::M44f(v) => Value::Floats(v.to_vec()),
        V::M33d(v) => Value::Doubles(v.to_vec()),
        V::M44d(v) => Value::Doubles(v.to_vec()),
        V::Rational {
            numerator,
            denominator,
        } => Value::Rational((*numerator).into(), (*denominator).into()),
        V::String(s) => Value::String(s.clone()),
        V::StringVector(v) => Value::Strings(v.clone()),
        V::TimeCode {
            time_and_flags,
            user_data,
        } => Value::TimeCode(TimeCode {
            time: *time_and_flags,
            user: *user_data,
        }),
        V::V2i(v) => ints(v),
        V::V3i(v) => ints(v),
        V::V2f(v) => Value::Floats(v.to_vec()),
        V::V3f(v) => Value::Floats(v.to_vec()),
        V::V2d(v) => Value::Doubles(v.to_vec()),
        V::V3d(v) => Value::Doubles(v.to_vec()),
        V::Preview {
            width,
            height,
            rgba,
        } => {
            let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
            Value::Blob {
                kind: "preview".into(),
                bytes: [&size[..], rgba].concat().into(),
            }
        }
        V::Bytes { type_hint, bytes } => {
            let kind = match name {
                "ICCProfile" => "icc".into(),
                "XMP" => "xmp".into(),
                "IPTC" => "iptc".into(),
                _ => format!("bytes:{type_hint}"),
            };
            Value::Blob {
                kind,
                bytes: bytes.as_slice().into(),
            }
        }
        V::Opaque { type_name, bytes } => Value::Blob {
            kind: type_name.clone(),
            bytes: bytes.as_slice().into(),
        },
        // Extra channel lists and the like: as the file has them.
        other => Value::Blob {
            kind: other.type_name().to_owned(),
            bytes: other.to_bytes().into(),
        },
    }
}

/// Fills in what the spec says beside pixels: attributes, colour, screen window, orientation, environment.
pub(super) fn write(spec: &ImageSpec, header: &mut Header) {
    let from = &spec.attributes;
    let types: Vec<(&str, &str)> = match from.value(TYPES) {
        Some(Value::Strings(list)) => list.iter().filter_map(|t| t.split_once('=')).collect(),
        _ => Vec::new(),
    };
    let typed = |name: &str, value: V| match types.iter().find(|t| t.0 == name) {
        // Types that differ in name alone have the same bytes.
        Some((_, kind)) => match V::parse(kind, &value.to_bytes()) {
            V::Opaque { .. } => value,
            other => other,
        },
        None => value,
    };
    let mut put = |name: &str, value: V| {
        if !header.attributes.iter().any(|a| a.name == name) {
            header.attributes.push(Attribute {
                name: name.to_owned(),
                value,
            });
        }
    };
    for a in from.iter() {
        if OWN.contains(&a.name.as_str()) || foreign(&a.name) {
            continue;
        }
        let name = NAMES
            .iter()
            .rev()
            .find(|n| n.1 == a.name)
            .map_or(a.name.as_str(), |n| n.0);
        let value = match name {
            "xDensity" => from.number("XResolution").map(|v| {
                let cm = from.text("ResolutionUnit").is_some_and(|u| u == "cm");
                V::Float((if cm { v * 2.54 } else { v }) as f32)
            }),
            "expTime" | "aperture" => from.number(&a.name).map(|v| V::Float(v as f32)),
            _ => to_exr(&a.value),
        };
        let fits = !name.is_empty() && name.len() <= 255 && !name.contains('\0');
        if let Some(value) = value.filter(|_| fits) {
            put(name, typed(name, value));
        }
    }
    if spec.orientation.0 != 1 {
        put("Orientation", V::Int(spec.orientation.0.into()));
    }
    match from.text("textureformat") {
        Some("LatLong Environment") => put("envmap", V::Envmap(0)),
        Some("CubeFace Environment") => put("envmap", V::Envmap(1)),
        _ => {}
    }
    match spec.color_space.as_deref() {
        Some(space) => {
            if let Some(c) = super::color::chromaticities(space) {
                put("chromaticities", V::Chromaticities(c));
            }
            // The default is not asserted for files that did not say it: many of those are in other spaces.
            let said = from.text("colorInteropID") == Some(space);
            if said || (space != "lin_rec709_scene" && super::color::is_interop_id(space)) {
                put("colorInteropID", V::String(space.to_owned()));
            }
        }
        None => {
            if let Some(Value::Floats(c)) = from.value("chromaticities")
                && let Ok(c) = <[f32; 8]>::try_from(c.as_slice())
            {
                put("chromaticities", V::Chromaticities(c));
            }
        }
    }
    if let Some(Value::Floats(v)) = from.value("screenWindowCenter")
        && let [x, y] = v[..]
    {
        header.screen_window_center = (x, y);
    }
    if let Some(v) = from.number("screenWindowWidth").filter(|v| *v >= 0.0) {
        header.screen_window_width = v as f32;
    }
    header.view = from.text("view").map(str::to_owned);
}

/// Names that only another format understands.
fn foreign(name: &str) -> bool {
    let Some((prefix, _)) = name.split_once(':') else {
        return false;
    };
    prefix == "oiio"
        || crate::FORMATS
            .iter()
            .any(|f| f.name != NAME && f.name == prefix)
}

fn to_exr(value: &Value) -> Option<V> {
    let floats = |v: Vec<f32>| match v[..] {
        [x, y] => V::V2f([x, y]),
        [x, y, z] => V::V3f([x, y, z]),
        _ => match v.len() {
            4 => V::Box2f {
                min: [v[0], v[1]],
                max: [v[2], v[3]],
            },
            9 => V::M33f(v.try_into().expect("length")),
            16 => V::M44f(v.try_into().expect("length")),
            _ => V::FloatVector(v),
        },
    };
    Some(match value {
        Value::Int(v) => i32::try_from(*v).map_or(V::Double(*v as f64), V::Int),
        Value::Float(v) => V::Float(*v),
        Value::Double(v) => V::Double(*v),
        Value::Rational(n, d) => match (i32::try_from(*n), u32::try_from(*d)) {
            (Ok(numerator), Ok(denominator)) => V::Rational {
                numerator,
                denominator,
            },
            _ => V::Float((*n as f64 / *d as f64) as f32),
        },
        Value::String(s) => V::String(s.clone()),
        Value::Strings(v) => V::StringVector(v.clone()),
        Value::Ints(v) => {
            let small: Option<Vec<i32>> = v.iter().map(|&v| i32::try_from(v).ok()).collect();
            match small.as_deref() {
                Some([x, y]) => V::V2i([*x, *y]),
                Some([x, y, z]) => V::V3i([*x, *y, *z]),
                Some([x0, y0, x1, y1]) => V::Box2i(vfx_exr::Box2i::new((*x0, *y0), (*x1, *y1))),
                _ => V::FloatVector(v.iter().map(|&v| v as f32).collect()),
            }
        }
        Value::Floats(v) => floats(v.clone()),
        Value::Doubles(v) => match v.len() {
            2 => V::V2d(v.as_slice().try_into().ok()?),
            3 => V::V3d(v.as_slice().try_into().ok()?),
            9 => V::M33d(v.as_slice().try_into().ok()?),
            16 => V::M44d(v.as_slice().try_into().ok()?),
            _ => floats(v.iter().map(|&v| v as f32).collect()),
        },
        Value::Rationals(v) => floats(
            v.iter()
                .map(|&(n, d)| (n as f64 / d as f64) as f32)
                .collect(),
        ),
        Value::TimeCode(t) => V::TimeCode {
            time_and_flags: t.time,
            user_data: t.user,
        },
        Value::KeyCode(k) => V::KeyCode(*k),
        Value::Blob { kind, bytes } => match kind.as_str() {
            "preview" => {
                let size = |at: usize| {
                    bytes
                        .get(at..)?
                        .first_chunk()
                        .map(|b| u32::from_le_bytes(*b))
                };
                let (width, height) = (size(0)?, size(4)?);
                let pixels = u64::from(width)
                    .checked_mul(u64::from(height))?
                    .checked_mul(4)?;
                if pixels != bytes.len() as u64 - 8 {
                    return None;
                }
                V::Preview {
                    width,
                    height,
                    rgba: bytes[8..].to_vec(),
                }
            }
            "icc" | "xmp" | "iptc" | "exif" | "dpx" => V::Bytes {
                type_hint: kind.clone(),
                bytes: bytes.to_vec(),
            },
            _ => match kind.strip_prefix("bytes:") {
                Some(hint) => V::Bytes {
                    type_hint: hint.to_owned(),
                    bytes: bytes.to_vec(),
                },
                None if kind.is_empty() || kind.len() > 255 || kind.contains('\0') => return None,
                None => V::Opaque {
                    type_name: kind.clone(),
                    bytes: bytes.to_vec(),
                },
            },
        },
        _ => return None,
    })
}
