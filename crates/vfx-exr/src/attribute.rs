//! Typed header attributes and their bytes.
//!
//! Little-endian on file. The types are those of the OpenEXR standard; anything else, and any value whose bytes do not fit its type, is
//! kept as opaque bytes with its type name and written back untouched.
//! Source: OpenEXR file layout, "Predefined attribute types"; `attributes.c` of OpenEXRCore.

use crate::compression::Compression;
use crate::header::{Channel, LineOrder, SampleType, Tiles};
use crate::window::Box2i;

/// A named value of a header.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Name, up to 255 bytes.
    pub name: String,
    /// Value.
    pub value: AttributeValue,
}

/// A value of one of the standard's types, or opaque bytes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "variants are named by the standard's type names"
)]
pub enum AttributeValue {
    Box2i(Box2i),
    Box2f {
        min: [f32; 2],
        max: [f32; 2],
    },
    Bytes {
        type_hint: String,
        bytes: Vec<u8>,
    },
    Channels(Vec<Channel>),
    /// x and y of red, green, blue and white.
    Chromaticities([f32; 8]),
    Compression(Compression),
    Double(f64),
    /// 0 latitude-longitude, 1 cube.
    Envmap(u8),
    Float(f32),
    FloatVector(Vec<f32>),
    Int(i32),
    /// film manufacturer, film type, prefix, count, perforation offset, perforations per frame, perforations per count.
    KeyCode([i32; 7]),
    LineOrder(LineOrder),
    M33f([f32; 9]),
    M33d([f64; 9]),
    M44f([f32; 16]),
    M44d([f64; 16]),
    /// Encoded RGBA, 4 bytes a pixel.
    Preview {
        width: u32,
        height: u32,
        rgba: Vec<u8>,
    },
    Rational {
        numerator: i32,
        denominator: u32,
    },
    String(String),
    StringVector(Vec<String>),
    TileDesc(Tiles),
    /// SMPTE 12M time and flags, user data.
    TimeCode {
        time_and_flags: u32,
        user_data: u32,
    },
    V2i([i32; 2]),
    V2f([f32; 2]),
    V2d([f64; 2]),
    V3i([i32; 3]),
    V3f([f32; 3]),
    V3d([f64; 3]),
    /// Any other type.
    Opaque {
        type_name: String,
        bytes: Vec<u8>,
    },
}

/// Little-endian cursor over a value's bytes.
struct Take<'a>(&'a [u8]);

impl<'a> Take<'a> {
    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
    fn u8(&mut self) -> Option<u8> {
        Some(self.array::<1>()?[0])
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.array()?))
    }
    fn i32(&mut self) -> Option<i32> {
        Some(i32::from_le_bytes(self.array()?))
    }
    fn f32(&mut self) -> Option<f32> {
        Some(f32::from_le_bytes(self.array()?))
    }
    fn f64(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.array()?))
    }
    fn i32s<const N: usize>(&mut self) -> Option<[i32; N]> {
        let mut out = [0; N];
        for v in &mut out {
            *v = self.i32()?;
        }
        Some(out)
    }
    fn f32s<const N: usize>(&mut self) -> Option<[f32; N]> {
        let mut out = [0.0; N];
        for v in &mut out {
            *v = self.f32()?;
        }
        Some(out)
    }
    fn f64s<const N: usize>(&mut self) -> Option<[f64; N]> {
        let mut out = [0.0; N];
        for v in &mut out {
            *v = self.f64()?;
        }
        Some(out)
    }
    fn name(&mut self) -> Option<String> {
        let end = self.0.iter().position(|&b| b == 0)?;
        let name = text(self.bytes(end)?);
        self.bytes(1)?;
        Some(name)
    }
}

/// UTF-8, or Latin-1 when it is not.
pub(crate) fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().map(|&b| char::from(b)).collect(),
        str::to_owned,
    )
}

fn utf8(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

impl AttributeValue {
    /// The value's bytes as files store them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// The value of these bytes; opaque when the type is unknown or the bytes do not fit it.
    #[must_use]
    pub fn parse(type_name: &str, bytes: &[u8]) -> Self {
        let mut rest = Take(bytes);
        match Self::parse_known(type_name, &mut rest) {
            Some(value) if rest.0.is_empty() => value,
            _ => Self::Opaque {
                type_name: type_name.to_owned(),
                bytes: bytes.to_owned(),
            },
        }
    }

    fn parse_known(type_name: &str, t: &mut Take<'_>) -> Option<Self> {
        let rest = t.0.len();
        Some(match type_name {
            "box2i" => {
                let [x0, y0, x1, y1] = t.i32s()?;
                Self::Box2i(Box2i::new((x0, y0), (x1, y1)))
            }
            "box2f" => Self::Box2f {
                min: t.f32s()?,
                max: t.f32s()?,
            },
            "bytes" => {
                let hint = usize::try_from(t.u32()?).ok()?;
                let type_hint = utf8(t.bytes(hint)?)?;
                Self::Bytes {
                    type_hint,
                    bytes: t.bytes(t.0.len())?.to_owned(),
                }
            }
            "chlist" => Self::Channels(parse_channels(t)?),
            "chromaticities" => Self::Chromaticities(t.f32s()?),
            "compression" => Self::Compression(Compression::from_code(t.u8()?)?),
            "double" => Self::Double(t.f64()?),
            "envmap" => Self::Envmap(t.u8()?),
            "float" => Self::Float(t.f32()?),
            "floatvector" => {
                Self::FloatVector((0..rest / 4).map(|_| t.f32()).collect::<Option<_>>()?)
            }
            "int" => Self::Int(t.i32()?),
            "keycode" => Self::KeyCode(t.i32s()?),
            "lineOrder" => Self::LineOrder(LineOrder::from_code(t.u8()?)?),
            "m33f" => Self::M33f(t.f32s()?),
            "m33d" => Self::M33d(t.f64s()?),
            "m44f" => Self::M44f(t.f32s()?),
            "m44d" => Self::M44d(t.f64s()?),
            "preview" => {
                let (width, height) = (t.u32()?, t.u32()?);
                let n = u64::from(width)
                    .checked_mul(u64::from(height))?
                    .checked_mul(4)?;
                Self::Preview {
                    width,
                    height,
                    rgba: t.bytes(usize::try_from(n).ok()?)?.to_owned(),
                }
            }
            "rational" => Self::Rational {
                numerator: t.i32()?,
                denominator: t.u32()?,
            },
            "string" => Self::String(utf8(t.bytes(rest)?)?),
            "stringvector" => {
                let mut strings = Vec::new();
                while !t.0.is_empty() {
                    let n = usize::try_from(t.i32()?).ok()?;
                    strings.push(utf8(t.bytes(n)?)?);
                }
                Self::StringVector(strings)
            }
            "tiledesc" => Self::TileDesc(Tiles::from_fields(t.u32()?, t.u32()?, t.u8()?)?),
            "timecode" => Self::TimeCode {
                time_and_flags: t.u32()?,
                user_data: t.u32()?,
            },
            "v2i" => Self::V2i(t.i32s()?),
            "v2f" => Self::V2f(t.f32s()?),
            "v2d" => Self::V2d(t.f64s()?),
            "v3i" => Self::V3i(t.i32s()?),
            "v3f" => Self::V3f(t.f32s()?),
            "v3d" => Self::V3d(t.f64s()?),
            _ => return None,
        })
    }

    /// The type name that files store.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::Box2i(_) => "box2i",
            Self::Box2f { .. } => "box2f",
            Self::Bytes { .. } => "bytes",
            Self::Channels(_) => "chlist",
            Self::Chromaticities(_) => "chromaticities",
            Self::Compression(_) => "compression",
            Self::Double(_) => "double",
            Self::Envmap(_) => "envmap",
            Self::Float(_) => "float",
            Self::FloatVector(_) => "floatvector",
            Self::Int(_) => "int",
            Self::KeyCode(_) => "keycode",
            Self::LineOrder(_) => "lineOrder",
            Self::M33f(_) => "m33f",
            Self::M33d(_) => "m33d",
            Self::M44f(_) => "m44f",
            Self::M44d(_) => "m44d",
            Self::Preview { .. } => "preview",
            Self::Rational { .. } => "rational",
            Self::String(_) => "string",
            Self::StringVector(_) => "stringvector",
            Self::TileDesc(_) => "tiledesc",
            Self::TimeCode { .. } => "timecode",
            Self::V2i(_) => "v2i",
            Self::V2f(_) => "v2f",
            Self::V2d(_) => "v2d",
            Self::V3i(_) => "v3i",
            Self::V3f(_) => "v3f",
            Self::V3d(_) => "v3d",
            Self::Opaque { type_name, .. } => type_name,
        }
    }

    /// Appends the value's bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Box2i(b) => put_i32s(out, &[b.min.0, b.min.1, b.max.0, b.max.1]),
            Self::Box2f { min, max } => {
                put_f32s(out, min);
                put_f32s(out, max);
            }
            Self::Bytes { type_hint, bytes } => {
                out.extend_from_slice(&(type_hint.len() as u32).to_le_bytes());
                out.extend_from_slice(type_hint.as_bytes());
                out.extend_from_slice(bytes);
            }
            Self::Channels(channels) => write_channels(channels, out),
            Self::Chromaticities(v) => put_f32s(out, v),
            Self::Compression(c) => out.push(c.code()),
            Self::Double(v) => put_f64s(out, &[*v]),
            Self::Envmap(v) => out.push(*v),
            Self::Float(v) => put_f32s(out, &[*v]),
            Self::FloatVector(v) => put_f32s(out, v),
            Self::Int(v) => put_i32s(out, &[*v]),
            Self::KeyCode(v) => put_i32s(out, v),
            Self::LineOrder(v) => out.push(v.code()),
            Self::M33f(v) => put_f32s(out, v),
            Self::M33d(v) => put_f64s(out, v),
            Self::M44f(v) => put_f32s(out, v),
            Self::M44d(v) => put_f64s(out, v),
            Self::Preview {
                width,
                height,
                rgba,
            } => {
                out.extend_from_slice(&width.to_le_bytes());
                out.extend_from_slice(&height.to_le_bytes());
                out.extend_from_slice(rgba);
            }
            Self::Rational {
                numerator,
                denominator,
            } => {
                out.extend_from_slice(&numerator.to_le_bytes());
                out.extend_from_slice(&denominator.to_le_bytes());
            }
            Self::String(s) => out.extend_from_slice(s.as_bytes()),
            Self::StringVector(strings) => {
                for s in strings {
                    out.extend_from_slice(&(s.len() as u32).to_le_bytes());
                    out.extend_from_slice(s.as_bytes());
                }
            }
            Self::TileDesc(t) => {
                out.extend_from_slice(&t.width.to_le_bytes());
                out.extend_from_slice(&t.height.to_le_bytes());
                out.push(t.mode_code());
            }
            Self::TimeCode {
                time_and_flags,
                user_data,
            } => {
                out.extend_from_slice(&time_and_flags.to_le_bytes());
                out.extend_from_slice(&user_data.to_le_bytes());
            }
            Self::V2i(v) => put_i32s(out, v),
            Self::V2f(v) => put_f32s(out, v),
            Self::V2d(v) => put_f64s(out, v),
            Self::V3i(v) => put_i32s(out, v),
            Self::V3f(v) => put_f32s(out, v),
            Self::V3d(v) => put_f64s(out, v),
            Self::Opaque { bytes, .. } => out.extend_from_slice(bytes),
        }
    }
}

fn put_i32s(out: &mut Vec<u8>, values: &[i32]) {
    out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
}

fn put_f32s(out: &mut Vec<u8>, values: &[f32]) {
    out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
}

fn put_f64s(out: &mut Vec<u8>, values: &[f64]) {
    out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
}

/// Entries of name, i32 type, u8 linear, 3 reserved bytes, i32 x and y sampling; an empty name ends the list.
fn parse_channels(t: &mut Take<'_>) -> Option<Vec<Channel>> {
    let mut channels = Vec::new();
    loop {
        let name = t.name()?;
        if name.is_empty() {
            return Some(channels);
        }
        let sample_type = SampleType::from_code(t.i32()?)?;
        let linear = t.u8()? != 0;
        t.bytes(3)?;
        let sampling = (u32::try_from(t.i32()?).ok()?, u32::try_from(t.i32()?).ok()?);
        channels.push(Channel {
            name,
            sample_type,
            sampling,
            linear,
        });
    }
}

fn write_channels(channels: &[Channel], out: &mut Vec<u8>) {
    for c in channels {
        out.extend_from_slice(c.name.as_bytes());
        out.push(0);
        out.extend_from_slice(&c.sample_type.code().to_le_bytes());
        out.extend_from_slice(&[u8::from(c.linear), 0, 0, 0]);
        out.extend_from_slice(&c.sampling.0.to_le_bytes());
        out.extend_from_slice(&c.sampling.1.to_le_bytes());
    }
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_of_wrong_size_stays_opaque() {
        let value = AttributeValue::parse("float", &[1, 2, 3]);
        assert_eq!(
            value,
            AttributeValue::Opaque {
                type_name: "float".into(),
                bytes: vec![1, 2, 3]
            }
        );
    }

    #[test]
    fn attribute_bytes_survive_every_type() {
        let sizes = [
            ("box2i", 16),
            ("box2f", 16),
            ("bytes", 9),
            ("chromaticities", 32),
            ("compression", 1),
            ("double", 8),
            ("envmap", 1),
            ("float", 4),
            ("floatvector", 12),
            ("int", 4),
            ("keycode", 28),
            ("lineOrder", 1),
            ("m33f", 36),
            ("m33d", 72),
            ("m44f", 64),
            ("m44d", 128),
            ("preview", 8),
            ("rational", 8),
            ("string", 5),
            ("stringvector", 0),
            ("tiledesc", 9),
            ("timecode", 8),
            ("v2i", 8),
            ("v2f", 8),
            ("v2d", 16),
            ("v3i", 12),
            ("v3f", 12),
            ("v3d", 24),
        ];
        for (name, size) in sizes {
            let mut bytes: Vec<u8> = (0..size as u8).map(|i| i % 3).collect();
            match name {
                "bytes" => bytes[..4].copy_from_slice(&[3, 0, 0, 0]),
                "preview" => bytes.fill(0),
                _ => {}
            }
            let value = AttributeValue::parse(name, &bytes);
            assert!(!matches!(value, AttributeValue::Opaque { .. }), "{name}");
            let mut again = Vec::new();
            value.write(&mut again);
            assert_eq!((value.type_name(), again), (name, bytes));
        }
    }
}
