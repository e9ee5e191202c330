//! Attributes as people type them.

use vfx_exr::{AttributeValue as V, Box2i};

/// The types of the standard attributes. Source: OpenEXR, "Standard attributes".
const STANDARD: &[(&str, &str)] = &[
    ("adoptedNeutral", "v2f"),
    ("altitude", "float"),
    ("aperture", "float"),
    ("ascFramingDecisionList", "string"),
    ("cameraCCTSetting", "float"),
    ("cameraColorBalance", "v2f"),
    ("cameraFirmwareVersion", "string"),
    ("cameraIdentifier", "string"),
    ("cameraLabel", "string"),
    ("cameraMake", "string"),
    ("cameraModel", "string"),
    ("cameraSerialNumber", "string"),
    ("cameraTintSetting", "float"),
    ("cameraUuid", "string"),
    ("capDate", "string"),
    ("captureRate", "rational"),
    ("chromaticities", "chromaticities"),
    ("colorInteropID", "string"),
    ("comments", "string"),
    ("deepImageState", "deepImageState"),
    ("dwaCompressionLevel", "float"),
    ("effectiveFocalLength", "float"),
    ("entrancePupilOffset", "float"),
    ("envmap", "envmap"),
    ("expTime", "float"),
    ("focus", "float"),
    ("framesPerSecond", "rational"),
    ("imageCounter", "int"),
    ("isoSpeed", "float"),
    ("keyCode", "keycode"),
    ("latitude", "float"),
    ("lensFirmwareVersion", "string"),
    ("lensMake", "string"),
    ("lensModel", "string"),
    ("lensSerialNumber", "string"),
    ("longitude", "float"),
    ("lookModTransform", "string"),
    ("multiView", "stringvector"),
    ("nominalFocalLength", "float"),
    ("originalDataWindow", "box2i"),
    ("owner", "string"),
    ("pinholeFocalLength", "float"),
    ("reelName", "string"),
    ("renderingTransform", "string"),
    ("sensorAcquisitionRectangle", "box2i"),
    ("sensorCenterOffset", "v2f"),
    ("sensorOverallDimensions", "v2f"),
    ("sensorPhotositePitch", "float"),
    ("shutterAngle", "float"),
    ("tStop", "float"),
    ("timeCode", "timecode"),
    ("utcOffset", "float"),
    ("whiteLuminance", "float"),
    ("worldToCamera", "m44f"),
    ("worldToNDC", "m44f"),
    ("wrapmodes", "string"),
    ("xDensity", "float"),
];

/// The type that the standard gives an attribute of this name.
#[must_use]
pub fn standard_type(name: &str) -> Option<&'static str> {
    STANDARD.iter().find(|s| s.0 == name).map(|s| s.1)
}

fn numbers<T: std::str::FromStr, const N: usize>(text: &str) -> Option<[T; N]> {
    let list: Option<Vec<T>> = text
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|s| !s.is_empty())
        .map(|s| s.parse().ok())
        .collect();
    list?.try_into().ok()
}

/// A value of a type: numbers with commas or spaces, `HH:MM:SS:FF` for a time code, `n/d` for a rational, names with commas for a string vector;
/// `None` when the text is no value of the type.
#[must_use]
pub fn parse_value(type_name: &str, text: &str) -> Option<V> {
    Some(match type_name {
        "string" => V::String(text.to_owned()),
        "stringvector" => V::StringVector(text.split(',').map(str::to_owned).collect()),
        "int" => V::Int(text.trim().parse().ok()?),
        "float" => V::Float(text.trim().parse().ok()?),
        "double" => V::Double(text.trim().parse().ok()?),
        "rational" => {
            let (n, d) = text.split_once('/').unwrap_or((text, "1"));
            V::Rational {
                numerator: n.trim().parse().ok()?,
                denominator: d.trim().parse().ok()?,
            }
        }
        "v2i" => V::V2i(numbers(text)?),
        "v2f" => V::V2f(numbers(text)?),
        "v2d" => V::V2d(numbers(text)?),
        "v3i" => V::V3i(numbers(text)?),
        "v3f" => V::V3f(numbers(text)?),
        "v3d" => V::V3d(numbers(text)?),
        "m33f" => V::M33f(numbers(text)?),
        "m33d" => V::M33d(numbers(text)?),
        "m44f" => V::M44f(numbers(text)?),
        "m44d" => V::M44d(numbers(text)?),
        "box2i" => {
            let [x0, y0, x1, y1] = numbers(text)?;
            V::Box2i(Box2i::new((x0, y0), (x1, y1)))
        }
        "box2f" => {
            let [x0, y0, x1, y1] = numbers(text)?;
            V::Box2f {
                min: [x0, y0],
                max: [x1, y1],
            }
        }
        "chromaticities" => V::Chromaticities(numbers(text)?),
        "keycode" => V::KeyCode(numbers(text)?),
        "envmap" => match text {
            "latlong" | "LATLONG" | "0" => V::Envmap(0),
            "cube" | "CUBE" | "1" => V::Envmap(1),
            _ => return None,
        },
        "timecode" => {
            let [h, m, s, f]: [u32; 4] = numbers(&text.replace([':', ';'], " "))?;
            if h > 23 || m > 59 || s > 59 || f > 59 {
                return None;
            }
            let bcd = |v: u32| ((v / 10) << 4) | (v % 10);
            V::TimeCode {
                time_and_flags: bcd(h) << 24 | bcd(m) << 16 | bcd(s) << 8 | bcd(f),
                user_data: 0,
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_standard_type_parse() {
        for (name, type_name) in STANDARD {
            let text = match *type_name {
                "string" | "stringvector" => "a,b",
                "int" | "float" => "3",
                "rational" => "24000/1001",
                "v2f" => "0.5, -1",
                "box2i" => "0 0 9 9",
                "m44f" => "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
                "chromaticities" => "0.64,0.33,0.3,0.6,0.15,0.06,0.3127,0.329",
                "keycode" => "1 2 3 4 5 6 7",
                "timecode" => "10:59:58:23",
                "envmap" => "cube",
                "deepImageState" => continue,
                other => panic!("{other}"),
            };
            let value = parse_value(type_name, text).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(value.type_name(), *type_name, "{name}");
        }
        let time = parse_value("timecode", "10:59:58:23");
        assert_eq!(
            time,
            Some(V::TimeCode {
                time_and_flags: 0x1059_5823,
                user_data: 0
            })
        );
        assert_eq!(parse_value("timecode", "24:00:00:00"), None);
        assert_eq!(parse_value("v2f", "1"), None);
    }
}
