//! The text before Radiance pixels: variables, a blank line, the resolution string.
//!
//! Known variables become attributes; every other `KEY=value` line is kept as `hdr:KEY`. The resolution string's two
//! signs and its order are an orientation of 1 to 8. The header may be 64 KiB long.

use super::NAME;
use crate::Input;
use std::fmt::Write;
use vfx_core::{Channel, ImageSpec, IoError, Limits, Orientation, Origin, SampleFormat, Value};

const MAX_HEADER: usize = 64 << 10;
const ORIGIN: Origin = Origin::Format("hdr");

/// Resolution strings in the order of orientations 1 to 8: first and second axis with their signs.
const AXES: [(&str, &str); 8] = [
    ("-Y", "+X"),
    ("-Y", "-X"),
    ("+Y", "-X"),
    ("+Y", "+X"),
    ("+X", "-Y"),
    ("+X", "+Y"),
    ("-X", "+Y"),
    ("-X", "-Y"),
];

/// Reads a header: the spec, and where pixels begin.
pub(super) fn read(input: &Input, limits: &Limits) -> Result<(ImageSpec, u64), IoError> {
    let bad = |problem: &'static str| IoError::malformed(NAME, "header", problem);
    let bytes = input.read_up_to(0, MAX_HEADER)?;
    let mut spec = ImageSpec::new(0, 0, Vec::new());
    let (mut exposure, mut aspect, mut xyz) = (None, 1.0f32, false);
    let mut at = 0;
    let mut line = || {
        let rest = bytes.get(at..)?;
        let end = rest.iter().position(|&b| b == b'\n')?;
        at += end + 1;
        let text = String::from_utf8_lossy(&rest[..end]);
        Some((text.trim_end_matches('\r').to_owned(), at as u64))
    };
    let mut first = true;
    loop {
        let (text, _) = line().ok_or_else(|| bad("it has no end"))?;
        if text.is_empty() {
            break;
        }
        let comment = std::mem::take(&mut first) || text.starts_with('#');
        let Some((key, value)) = text.split_once('=').filter(|_| !comment) else {
            continue;
        };
        let value = value.trim();
        let number = value
            .parse::<f32>()
            .ok()
            .filter(|v| v.is_finite() && *v > 0.0);
        let attributes = &mut spec.attributes;
        match (key.trim(), number) {
            ("FORMAT", _) => match value {
                "32-bit_rle_rgbe" => {}
                "32-bit_rle_xyze" => xyz = true,
                other => {
                    return Err(IoError::unsupported(
                        NAME,
                        format!("pixel format '{other}'"),
                    ));
                }
            },
            ("EXPOSURE", Some(v)) => exposure = Some(exposure.unwrap_or(1.0) * v),
            ("PIXASPECT", Some(v)) => aspect *= v,
            ("GAMMA", Some(v)) => attributes.set("hdr:gamma", Value::Float(v), ORIGIN),
            ("SOFTWARE", _) => attributes.set("Software", Value::String(value.into()), ORIGIN),
            ("PRIMARIES", _) => {
                let v: Vec<f32> = value.split_whitespace().flat_map(str::parse).collect();
                if v.len() == 8 {
                    attributes.set("chromaticities", Value::Floats(v), ORIGIN);
                }
            }
            (k, _) if !k.is_empty() && k.len() < 64 => {
                attributes.set(format!("hdr:{k}"), Value::String(value.into()), ORIGIN);
            }
            _ => {}
        }
    }
    if let Some(e) = exposure {
        spec.attributes.set("hdr:exposure", Value::Float(e), ORIGIN);
    }
    let (text, pixels) = line().ok_or_else(|| bad("it has no resolution"))?;
    let words: Vec<&str> = text.split_whitespace().collect();
    let &[first, lines, second, columns, ..] = words.as_slice() else {
        return Err(bad("it has no resolution"));
    };
    let orientation = AXES
        .iter()
        .position(|&a| a == (first, second))
        .ok_or_else(|| bad("its resolution has unknown axes"))?;
    let size = |s: &str| {
        s.parse::<u64>()
            .map_err(|_| bad("its resolution is no number"))
    };
    let (width, height) = (size(columns)?, size(lines)?);
    if width == 0 || height == 0 {
        return Err(bad("its resolution is zero"));
    }
    Limits::check("max_dimension", width.max(height), limits.max_dimension)?;
    let names = if xyz {
        ["X", "Y", "Z"]
    } else {
        ["R", "G", "B"]
    };
    let mut out = ImageSpec::new(
        width as usize,
        height as usize,
        names.map(|n| Channel::new(n, SampleFormat::F32)).into(),
    );
    out.attributes = spec.attributes;
    out.color_space = (!xyz).then(|| "lin_rec709_scene".into());
    out.orientation = Orientation(orientation as u8 + 1);
    // The file's ratio is height over width.
    out.pixel_aspect = 1.0 / aspect;
    if !out.pixel_aspect.is_normal() {
        out.pixel_aspect = 1.0;
    }
    Ok((out, pixels))
}

/// Header text of a spec.
pub(super) fn text(spec: &ImageSpec, xyz: bool) -> String {
    let mut s = String::from("#?RADIANCE\n");
    let a = &spec.attributes;
    let mut line = |key: &str, value: String| {
        if !value.contains(['\n', '\r']) && !value.is_empty() {
            let _ = writeln!(s, "{key}={value}");
        }
    };
    if let Some(v) = a.text("Software") {
        line("SOFTWARE", v.into());
    }
    for (name, key) in [("hdr:exposure", "EXPOSURE"), ("hdr:gamma", "GAMMA")] {
        if let Some(v) = a.number(name) {
            line(key, format!("{v}"));
        }
    }
    if let Some(Value::Floats(v)) = a.value("chromaticities").filter(|_| !xyz) {
        let v: Vec<String> = v.iter().map(f32::to_string).collect();
        line("PRIMARIES", v.join(" "));
    }
    if spec.pixel_aspect != 1.0 && spec.pixel_aspect.is_normal() {
        line("PIXASPECT", format!("{}", 1.0 / spec.pixel_aspect));
    }
    for attribute in a.iter() {
        if let Some(key) = attribute.name.strip_prefix("hdr:")
            && let Value::String(v) = &attribute.value
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            line(key, v.clone());
        }
    }
    let format = if xyz { "xyze" } else { "rgbe" };
    line("FORMAT", format!("32-bit_rle_{format}"));
    let orientation = usize::from(spec.orientation.0.clamp(1, 8)) - 1;
    let (first, second) = AXES[orientation];
    let _ = writeln!(s, "\n{first} {} {second} {}", spec.height(), spec.width());
    s
}
