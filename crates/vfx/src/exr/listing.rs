//! Headers as text, with the items and words of OpenEXR's `exrheader`.

use vfx_exr::{
    AttributeValue as V, Compression, Header, ID_MANIFEST_TYPE, IdGroup, IdLifetime, IdManifest,
    LevelMode, LevelRounding, LineOrder, Reader, SampleType,
};

/// Everything the headers say: version, then the attributes of each part with their types.
#[must_use]
pub fn describe(reader: &Reader) -> String {
    let version = reader.version();
    let mut out = format!(
        "file format version: {}, flags 0x{:x}\n",
        version & 0xff,
        version & !0xff
    );
    let several = reader.headers().len() > 1;
    for (part, h) in reader.headers().iter().enumerate() {
        if several {
            let name = h.name.as_deref().unwrap_or_default();
            out += &format!("\n part {part}: {name}\n");
        }
        let counted = several || h.is_deep();
        let mut lines = attributes(h, counted.then(|| reader.chunk_count(part)));
        lines.sort();
        for (name, kind, value) in lines {
            out += &format!("{name} (type {kind}):{value}\n");
        }
        let missing = reader.missing_chunks(part).count();
        if missing > 0 {
            let all = reader.chunk_count(part);
            out += &format!("incomplete: {missing} of {all} chunks are missing\n");
        }
    }
    out
}

/// Name, type and value of every attribute, those that are fields too.
fn attributes(h: &Header, chunks: Option<usize>) -> Vec<(String, String, String)> {
    let mut all = vec![
        ("channels", V::Channels(h.channels.clone())),
        ("compression", V::Compression(h.compression)),
        ("dataWindow", V::Box2i(h.data_window)),
        ("displayWindow", V::Box2i(h.display_window)),
        ("lineOrder", V::LineOrder(h.line_order)),
        ("pixelAspectRatio", V::Float(h.pixel_aspect)),
        (
            "screenWindowCenter",
            V::V2f([h.screen_window_center.0, h.screen_window_center.1]),
        ),
        ("screenWindowWidth", V::Float(h.screen_window_width)),
    ];
    all.extend(h.tiles.map(|t| ("tiles", V::TileDesc(t))));
    all.extend(h.name.clone().map(|n| ("name", V::String(n))));
    let kind = h.part_type.as_ref().map(|t| t.name().to_owned());
    all.extend(kind.map(|t| ("type", V::String(t))));
    all.extend(h.view.clone().map(|v| ("view", V::String(v))));
    all.extend(chunks.map(|n| ("chunkCount", V::Int(i32::try_from(n).unwrap_or(i32::MAX)))));
    let own = all
        .iter()
        .map(|(n, v)| ((*n).to_owned(), v.type_name().to_owned(), value_text(v)));
    let rest = h.attributes.iter().map(|a| {
        (
            a.name.clone(),
            a.value.type_name().to_owned(),
            value_text(&a.value),
        )
    });
    own.chain(rest).collect()
}

fn compression(c: Compression) -> &'static str {
    match c {
        Compression::None => "none",
        Compression::Rle => "run-length encoding",
        Compression::Zips => "zip, individual scanlines",
        Compression::Zip => "zip, multi-scanline blocks",
        Compression::Piz => "piz",
        Compression::Pxr24 => "pxr24",
        Compression::B44 => "b44",
        Compression::B44a => "b44a",
        Compression::Dwaa => "dwa, small scanline blocks",
        Compression::Dwab => "dwa, medium scanline blocks",
        Compression::Htj2k256 => "htj2k, 256 scanline blocks",
        Compression::Htj2k32 => "htj2k, 32 scanline blocks",
        Compression::Lj2k => "lj2k, 256 scanline blocks",
        Compression::Zstd => "zstd, individual scanlines",
    }
}

fn list<T: std::fmt::Display>(values: &[T]) -> String {
    let words: Vec<String> = values.iter().map(ToString::to_string).collect();
    words.join(" ")
}

fn vector<T: std::fmt::Display>(values: &[T]) -> String {
    format!(" ({})", list(values))
}

fn matrix<T: std::fmt::Display>(values: &[T], side: usize) -> String {
    let rows: Vec<String> = values
        .chunks(side)
        .map(|row| format!("\n    ({})", list(row)))
        .collect();
    rows.concat()
}

/// A group of an id manifest: what its ids stand for.
fn id_group(group: &IdGroup) -> String {
    let lifetime = match group.lifetime {
        IdLifetime::Frame => "frame".into(),
        IdLifetime::Shot => "shot".into(),
        IdLifetime::Stable => "stable".into(),
        IdLifetime::Other(n) => format!("unknown ({n})"),
    };
    let mut text = format!(
        "\n    channels {}\n    hash scheme {}\n    encoding {}\n    lifetime {lifetime}\n    components {}\n    table of {} ids",
        group.channels.join(", "),
        group.hash_scheme,
        group.encoding_scheme,
        group.components.join(", "),
        group.entries.len()
    );
    for entry in &group.entries {
        text += &format!("\n        {}", entry.id);
        for name in &entry.texts {
            text += &format!(" \"{name}\"");
        }
    }
    text
}

/// A value as it follows the colon: on the same line after a blank, or on lines of its own.
#[must_use]
pub fn value_text(value: &V) -> String {
    match value {
        V::Box2i(b) => format!(" ({} {}) - ({} {})", b.min.0, b.min.1, b.max.0, b.max.1),
        V::Box2f { min, max } => format!(" ({}) - ({})", list(min), list(max)),
        V::Bytes { type_hint, bytes } => {
            format!(" \"{type_hint}\", {} bytes", bytes.len())
        }
        V::Channels(channels) => {
            let line = |c: &vfx_exr::Channel| {
                let kind = match c.sample_type {
                    SampleType::Uint => "32-bit unsigned integer",
                    SampleType::Half => "16-bit floating-point",
                    SampleType::Float => "32-bit floating-point",
                };
                let linear = if c.linear { ", plinear" } else { "" };
                let (x, y) = c.sampling;
                format!("\n    {}, {kind}, sampling {x} {y}{linear}", c.name)
            };
            channels.iter().map(line).collect()
        }
        V::Chromaticities(v) => ["red  ", "green", "blue ", "white"]
            .iter()
            .zip(v.chunks(2))
            .map(|(name, p)| format!("\n    {name} ({} {})", p[0], p[1]))
            .collect(),
        V::Compression(c) => format!(" {}", compression(*c)),
        V::Double(v) => format!(" {v}"),
        V::Envmap(0) => " latitude-longitude map".into(),
        V::Envmap(1) => " cube-face map".into(),
        V::Envmap(v) => format!(" map type {v}"),
        V::Float(v) => format!(" {v}"),
        V::FloatVector(v) => format!(" {}", list(v)),
        V::Int(v) => format!(" {v}"),
        V::KeyCode(k) => {
            let names = [
                "film manufacturer code",
                "film type code",
                "prefix",
                "count",
                "perf offset",
                "perfs per frame",
                "perfs per count",
            ];
            let lines = names.iter().zip(k);
            lines.map(|(n, v)| format!("\n    {n} {v}")).collect()
        }
        V::LineOrder(LineOrder::IncreasingY) => " increasing y".into(),
        V::LineOrder(LineOrder::DecreasingY) => " decreasing y".into(),
        V::LineOrder(LineOrder::RandomY) => " random y".into(),
        V::M33f(v) => matrix(v, 3),
        V::M33d(v) => matrix(v, 3),
        V::M44f(v) => matrix(v, 4),
        V::M44d(v) => matrix(v, 4),
        V::Preview { width, height, .. } => format!(" {width} by {height} pixels"),
        V::Rational {
            numerator,
            denominator,
        } => {
            let value = f64::from(*numerator) / f64::from(*denominator);
            format!(" {numerator}/{denominator} ({value})")
        }
        V::String(s) => format!(" \"{s}\""),
        V::StringVector(v) => v.iter().map(|s| format!("\n    \"{s}\"")).collect(),
        V::TileDesc(t) => {
            let mode = match t.mode {
                LevelMode::OneLevel => "single level",
                LevelMode::Mipmap => "mip-map",
                LevelMode::Ripmap => "rip-map",
            };
            let mut text = format!(
                "\n    {mode}\n    tile size {} by {} pixels",
                t.width, t.height
            );
            if t.mode != LevelMode::OneLevel {
                text += match t.rounding {
                    LevelRounding::Down => "\n    level sizes rounded down",
                    LevelRounding::Up => "\n    level sizes rounded up",
                };
            }
            text
        }
        V::TimeCode {
            time_and_flags: t,
            user_data,
        } => {
            let bcd = |shift: u32, mask: u32| {
                let b = t >> shift & mask;
                (b >> 4) * 10 + (b & 15)
            };
            let (h, m, s, f) = (bcd(24, 0x3f), bcd(16, 0x7f), bcd(8, 0x7f), bcd(0, 0x3f));
            let flag = |bit: u32| t >> bit & 1;
            format!(
                "\n    time {h:02}:{m:02}:{s:02}:{f:02}\n    drop frame {}, color frame {}, field/phase {}\n    \
                 bgf0 {}, bgf1 {}, bgf2 {}\n    user data 0x{user_data:x}",
                flag(6),
                flag(7),
                flag(15),
                flag(23),
                flag(30),
                flag(31)
            )
        }
        V::V2i(v) => vector(v),
        V::V2f(v) => vector(v),
        V::V2d(v) => vector(v),
        V::V3i(v) => vector(v),
        V::V3f(v) => vector(v),
        V::V3d(v) => vector(v),
        V::Opaque { type_name, bytes } if type_name == ID_MANIFEST_TYPE => {
            match IdManifest::parse(bytes) {
                Ok(manifest) => manifest.groups.iter().map(id_group).collect(),
                Err(error) => format!(" {} bytes, {error}", bytes.len()),
            }
        }
        V::Opaque { bytes, .. } => format!(" {} bytes", bytes.len()),
        _ => " ?".into(),
    }
}
