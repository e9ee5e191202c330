//! Exif: a TIFF-structured block of directories to attributes and back.
//!
//! Domain: bytes from the byte-order mark on (no `Exif\0\0` prefix), either byte order; written little endian. Rationals
//! stay rationals but for the resolution, which other formats give as a number. Thumbnails (IFD1) and maker notes, whose
//! inner offsets cannot survive, are dropped. The work is bounded by the block's own size.
//! Source: CIPA DC-008-2023 (Exif 3.0); TIFF 6.0.
//!
//! TIFF files use the pieces: [`tag`], [`value`] for a field read, [`fields`] for a directory to write.

use super::exif_tags::{ASCII, BYTE, LONG, RATIONAL, SHORT, SRATIONAL, UNDEFINED};
pub use super::exif_tags::{Directory, TAGS, Tag, by_name, tag};
use std::sync::Arc;
use vfx_core::{Attributes, Origin, Value};

const EXIF_IFD: u16 = 34665;
const GPS_IFD: u16 = 34853;
/// Longest array of numbers taken; no Exif tag has more than 4.
const MAX_NUMBERS: usize = 4096;
const CHARSETS: [&[u8; 8]; 3] = [b"ASCII\0\0\0", b"UNICODE\0", b"\0\0\0\0\0\0\0\0"];

/// Bytes of one value of a TIFF field type.
pub fn kind_size(kind: u16) -> Option<usize> {
    Some(match kind {
        1 | 2 | 6 | 7 | 129 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}

/// Decodes a block into attributes. Damage ends it early; what was read stays.
pub fn decode(bytes: &[u8], to: &mut Attributes) {
    let big = match bytes.get(..2) {
        Some(b"II") => false,
        Some(b"MM") => true,
        _ => return,
    };
    let r = Reader { bytes, big };
    if r.u16(2) != Some(42) {
        return;
    }
    let Some(first) = r.u32(4) else { return };
    // Entries may all point at the same bytes: the sum of what they take is bounded too.
    let mut left = bytes.len().saturating_mul(2);
    let (mut exif, mut gps) = (None, None);
    r.directory(Directory::Image, first, &mut left, to, |id, at| match id {
        EXIF_IFD => exif = Some(at),
        GPS_IFD => gps = Some(at),
        _ => {}
    });
    if let Some(at) = exif {
        r.directory(Directory::Exif, at, &mut left, to, |id, at| {
            if id == GPS_IFD {
                gps = gps.or(Some(at));
            }
        });
    }
    if let Some(at) = gps {
        r.directory(Directory::Gps, at, &mut left, to, |_, _| {});
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Reader<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let b = self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u16::from_be_bytes(*b)
        } else {
            u16::from_le_bytes(*b)
        })
    }
    fn u32(&self, at: usize) -> Option<u32> {
        let b = self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big {
            u32::from_be_bytes(*b)
        } else {
            u32::from_le_bytes(*b)
        })
    }
    fn directory(
        &self,
        directory: Directory,
        at: u32,
        left: &mut usize,
        to: &mut Attributes,
        mut pointer: impl FnMut(u16, u32),
    ) {
        let at = at as usize;
        let Some(n) = self.u16(at) else { return };
        for i in 0..usize::from(n) {
            let entry = at + 2 + i * 12;
            let (Some(id), Some(kind), Some(count), Some(offset)) = (
                self.u16(entry),
                self.u16(entry + 2),
                self.u32(entry + 4),
                self.u32(entry + 8),
            ) else {
                return;
            };
            if id == EXIF_IFD || id == GPS_IFD {
                pointer(id, offset);
                continue;
            }
            let Some(tag) = tag(directory, id) else {
                continue;
            };
            let Some(len) = kind_size(kind).and_then(|s| s.checked_mul(count as usize)) else {
                continue;
            };
            let from = if len <= 4 { entry + 8 } else { offset as usize };
            let Some(data) = self.bytes.get(from..).and_then(|b| b.get(..len)) else {
                continue;
            };
            if len > *left {
                return;
            }
            *left -= len;
            if let Some(v) = value(tag, kind, data, self.big) {
                to.set(tag.name, v, Origin::Exif);
            }
        }
    }
}

/// UTF-8, or Latin-1 where it is not.
pub(super) fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().map(|&b| char::from(b)).collect(),
        str::to_owned,
    )
}

/// The attribute value of a field of `kind` whose values are `data`, `None` when there is nothing to say.
pub fn value(tag: &Tag, kind: u16, data: &[u8], big: bool) -> Option<Value> {
    if kind == ASCII || kind == 129 {
        let end = data.iter().position(|&b| b == 0).unwrap_or(data.len());
        return Some(Value::String(text(&data[..end])));
    }
    if tag.kind == UNDEFINED && matches!(kind, BYTE | UNDEFINED) {
        return undefined(tag, data, big);
    }
    let size = kind_size(kind)?;
    if data.is_empty() || data.len() / size > MAX_NUMBERS {
        return None;
    }
    let u16_ = |b: &[u8]| {
        b.first_chunk().map(|b| {
            if big {
                u16::from_be_bytes(*b)
            } else {
                u16::from_le_bytes(*b)
            }
        })
    };
    let u32_ = |b: &[u8]| {
        b.first_chunk().map(|b| {
            if big {
                u32::from_be_bytes(*b)
            } else {
                u32::from_le_bytes(*b)
            }
        })
    };
    let u64_ = |b: &[u8]| {
        b.first_chunk().map(|b| {
            if big {
                u64::from_be_bytes(*b)
            } else {
                u64::from_le_bytes(*b)
            }
        })
    };
    let items = data.chunks_exact(size);
    if kind == RATIONAL || kind == SRATIONAL {
        let one = |b: &[u8]| {
            let (n, d) = (u32_(b)?, u32_(&b[4..])?);
            Some(if kind == RATIONAL {
                (n.into(), d.into())
            } else {
                (i64::from(n as i32), i64::from(d as i32))
            })
        };
        let all = items.map(one).collect::<Option<Vec<(i64, i64)>>>()?;
        return Some(match (all[..].first()?, all.len()) {
            (&(n, d), 1) if matches!(tag.name, "XResolution" | "YResolution") => {
                Value::Float((n as f64 / d as f64) as f32)
            }
            (&(n, d), 1) => Value::Rational(n, d),
            _ => Value::Rationals(all),
        });
    }
    if kind == 11 || kind == 12 {
        let one = |b: &[u8]| {
            if kind == 11 {
                u32_(b).map(|v| f64::from(f32::from_bits(v)))
            } else {
                u64_(b).map(f64::from_bits)
            }
        };
        let all = items.map(one).collect::<Option<Vec<f64>>>()?;
        return Some(match all[..] {
            [v] if kind == 11 => Value::Float(v as f32),
            [v] => Value::Double(v),
            _ => Value::Doubles(all),
        });
    }
    let one = |b: &[u8]| {
        Some(match kind {
            6 => i64::from(b[0] as i8),
            SHORT => u16_(b)?.into(),
            8 => (u16_(b)? as i16).into(),
            LONG | 13 => u32_(b)?.into(),
            9 => (u32_(b)? as i32).into(),
            16..=18 => u64_(b)? as i64,
            _ => b[0].into(),
        })
    };
    let all = items.map(one).collect::<Option<Vec<i64>>>()?;
    if tag.name == "ResolutionUnit" {
        return Some(Value::String(
            match all[0] {
                2 => "in",
                3 => "cm",
                _ => "none",
            }
            .into(),
        ));
    }
    Some(if let [v] = all[..] {
        Value::Int(v)
    } else {
        Value::Ints(all)
    })
}

/// UNDEFINED fields: versions and comments are text, single bytes numbers, anything else bytes.
fn undefined(tag: &Tag, data: &[u8], big: bool) -> Option<Value> {
    if tag.name.ends_with("Version") && data.len() == 4 {
        return Some(Value::String(text(data)));
    }
    if tag.count == 1 && data.len() == 1 {
        return Some(Value::Int(data[0].into()));
    }
    if tag.count == 0 {
        let (charset, rest) = match data.split_first_chunk::<8>() {
            Some((c, rest)) if CHARSETS.contains(&c) => (c, rest),
            _ => (CHARSETS[0], data),
        };
        if charset == CHARSETS[1] {
            let unit = |b: [u8; 2]| {
                if big {
                    u16::from_be_bytes(b)
                } else {
                    u16::from_le_bytes(b)
                }
            };
            let units = rest
                .chunks_exact(2)
                .map(|b| unit([b[0], b[1]]))
                .take_while(|&u| u != 0);
            let s = char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect::<String>();
            return (!s.trim().is_empty()).then_some(Value::String(s));
        }
        let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
        let s = text(&rest[..end]);
        return (!s.trim().is_empty()).then_some(Value::String(s));
    }
    Some(Value::Blob {
        kind: "exif".into(),
        bytes: Arc::from(data),
    })
}

/// A directory entry ready to be written: little endian.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Tag number.
    pub id: u16,
    /// TIFF field type.
    pub kind: u16,
    /// Values.
    pub count: u32,
    /// Their bytes, little endian.
    pub bytes: Vec<u8>,
}

/// The fields that attributes give in one directory, sorted by number.
pub fn fields(directory: Directory, from: &Attributes) -> Vec<Field> {
    let mut out: Vec<Field> = from
        .iter()
        .filter_map(|a| Some((by_name(&a.name)?, &a.value)))
        .filter(|(t, _)| t.directory == directory)
        .filter_map(|(t, v)| field(t, v))
        .collect();
    out.sort_by_key(|f| f.id);
    out.dedup_by_key(|f| f.id);
    out
}

fn field(tag: &Tag, value: &Value) -> Option<Field> {
    let make = |kind: u16, bytes: Vec<u8>| {
        let count = (bytes.len() / kind_size(kind)?) as u32;
        let fits = tag.count == 0 || kind == ASCII || tag.count == count;
        (fits && !bytes.is_empty()).then_some(Field {
            id: tag.id,
            kind,
            count,
            bytes,
        })
    };
    match tag.kind {
        ASCII => {
            let s = match value {
                Value::String(s) => s.clone(),
                Value::Strings(v) => v.join("; "),
                _ => return None,
            };
            let mut bytes: Vec<u8> = s.bytes().filter(|&b| b != 0).collect();
            bytes.push(0);
            make(ASCII, bytes)
        }
        UNDEFINED => make(
            UNDEFINED,
            match value {
                Value::String(s) if tag.count == 0 => {
                    // UTF-8 is no charset of UserComment; undefined is, and readers take it as such.
                    let charset = if s.is_ascii() {
                        CHARSETS[0]
                    } else {
                        CHARSETS[2]
                    };
                    [&charset[..], s.as_bytes()].concat()
                }
                Value::String(s) => s.as_bytes().to_vec(),
                Value::Blob { bytes, .. } => bytes.to_vec(),
                Value::Int(v) => vec![u8::try_from(*v).ok()?],
                _ => return None,
            },
        ),
        RATIONAL | SRATIONAL => {
            let signed = tag.kind == SRATIONAL;
            let mut bytes = Vec::new();
            for (n, d) in rationals(value)? {
                let ok = if signed {
                    i32::try_from(n).is_ok() && i32::try_from(d).is_ok()
                } else {
                    u32::try_from(n).is_ok() && u32::try_from(d).is_ok()
                };
                if !ok {
                    return None;
                }
                bytes.extend_from_slice(&(n as u32).to_le_bytes());
                bytes.extend_from_slice(&(d as u32).to_le_bytes());
            }
            make(tag.kind, bytes)
        }
        kind => {
            let numbers = match value {
                Value::Int(v) => vec![*v],
                Value::Ints(v) => v.clone(),
                Value::Float(v) if v.fract() == 0.0 => vec![*v as i64],
                Value::String(s) if tag.name == "ResolutionUnit" => vec![match s.as_str() {
                    "in" | "inch" | "inches" => 2,
                    "cm" => 3,
                    _ => 1,
                }],
                _ => return None,
            };
            let kind = if kind == SHORT && numbers.iter().any(|&v| v > 0xffff) {
                LONG
            } else {
                kind
            };
            let mut bytes = Vec::new();
            for v in numbers {
                match kind {
                    BYTE => bytes.push(u8::try_from(v).ok()?),
                    SHORT => bytes.extend_from_slice(&u16::try_from(v).ok()?.to_le_bytes()),
                    _ => bytes.extend_from_slice(&u32::try_from(v).ok()?.to_le_bytes()),
                }
            }
            make(kind, bytes)
        }
    }
}

fn rationals(value: &Value) -> Option<Vec<(i64, i64)>> {
    Some(match value {
        Value::Rational(n, d) => vec![(*n, *d)],
        Value::Rationals(v) => v.clone(),
        Value::Int(v) => vec![(*v, 1)],
        Value::Ints(v) => v.iter().map(|&v| (v, 1)).collect(),
        Value::Float(v) => vec![rational(*v)],
        Value::Double(v) => vec![rational(*v as f32)],
        Value::Floats(v) => v.iter().map(|&v| rational(v)).collect(),
        Value::Doubles(v) => v.iter().map(|&v| rational(v as f32)).collect(),
        _ => return None,
    })
}

/// The simplest fraction that is this single precision number: continued fractions. NaN is 0/0, infinity 1/0.
pub fn rational(v: f32) -> (i64, i64) {
    if v.is_nan() {
        return (0, 0);
    }
    if v.is_infinite() || v.abs() > i32::MAX as f32 {
        return (if v < 0.0 { -1 } else { 1 }, 0);
    }
    let target = f64::from(v.abs());
    let (mut h, mut k, mut x) = ((1i64, 0i64), (0i64, 1i64), target);
    for _ in 0..24 {
        let a = x.floor() as i64;
        let next = (
            a.saturating_mul(h.0).saturating_add(h.1),
            a.saturating_mul(k.0).saturating_add(k.1),
        );
        if next.0 > i32::MAX.into() || next.1 > i32::MAX.into() {
            break;
        }
        (h, k) = ((next.0, h.0), (next.1, k.0));
        if (h.0 as f64 / k.0 as f64) as f32 == v.abs() {
            break;
        }
        x = 1.0 / (x - a as f64);
        if !x.is_finite() {
            break;
        }
    }
    (if v < 0.0 { -h.0 } else { h.0 }, k.0)
}

/// A block of what attributes say, little endian; `None` when that is nothing but resolution and normal orientation,
/// which every format states by itself.
pub fn encode(from: &Attributes) -> Option<Vec<u8>> {
    let (mut image, mut exif, gps) = (
        fields(Directory::Image, from),
        fields(Directory::Exif, from),
        fields(Directory::Gps, from),
    );
    let plain = |f: &Field| matches!(f.id, 282 | 283 | 296) || (f.id == 274 && f.bytes == [1, 0]);
    if image.iter().all(plain) && exif.is_empty() && gps.is_empty() {
        return None;
    }
    if !exif.is_empty() && !exif.iter().any(|f| f.id == 36864) {
        exif.push(Field {
            id: 36864,
            kind: UNDEFINED,
            count: 4,
            bytes: b"0232".to_vec(),
        });
        exif.sort_by_key(|f| f.id);
    }
    let pointer = |id, at: usize| Field {
        id,
        kind: LONG,
        count: 1,
        bytes: (at as u32).to_le_bytes().to_vec(),
    };
    let size = |d: &[Field]| {
        2 + d.len() * 12
            + 4
            + d.iter()
                .map(|f| outside(f).next_multiple_of(2))
                .sum::<usize>()
    };
    let pointers = usize::from(!exif.is_empty()) + usize::from(!gps.is_empty());
    let exif_at = 8 + size(&image) + pointers * 12;
    let gps_at = exif_at + if exif.is_empty() { 0 } else { size(&exif) };
    if !exif.is_empty() {
        image.push(pointer(EXIF_IFD, exif_at));
    }
    if !gps.is_empty() {
        image.push(pointer(GPS_IFD, gps_at));
    }
    image.sort_by_key(|f| f.id);
    let mut out = b"II\x2a\0\x08\0\0\0".to_vec();
    for d in [&image, &exif, &gps] {
        if !d.is_empty() {
            write_directory(d, &mut out);
        }
    }
    Some(out)
}

fn outside(f: &Field) -> usize {
    if f.bytes.len() > 4 { f.bytes.len() } else { 0 }
}

fn write_directory(fields: &[Field], out: &mut Vec<u8>) {
    let mut data_at = out.len() + 2 + fields.len() * 12 + 4;
    let mut data = Vec::new();
    out.extend_from_slice(&(fields.len() as u16).to_le_bytes());
    for f in fields {
        out.extend_from_slice(&f.id.to_le_bytes());
        out.extend_from_slice(&f.kind.to_le_bytes());
        out.extend_from_slice(&f.count.to_le_bytes());
        let n = outside(f);
        if n == 0 {
            let mut four = [0; 4];
            four[..f.bytes.len()].copy_from_slice(&f.bytes);
            out.extend_from_slice(&four);
        } else {
            out.extend_from_slice(&(data_at as u32).to_le_bytes());
            data.extend_from_slice(&f.bytes);
            data.resize(data.len().next_multiple_of(2), 0);
            data_at += n.next_multiple_of(2);
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&data);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Attributes {
        let mut a = Attributes::new();
        let mut set = |n: &str, v| a.set(n, v, Origin::Exif);
        set("Make", Value::String("ACME".into()));
        set("Orientation", Value::Int(6));
        set("XResolution", Value::Float(72.5));
        set("ResolutionUnit", Value::String("cm".into()));
        set("Copyright", Value::String("© me".into()));
        set("ExposureTime", Value::Rational(1, 90));
        set("Exif:ExifVersion", Value::String("0230".into()));
        set("Exif:PhotographicSensitivity", Value::Int(172));
        set("Exif:ShutterSpeedValue", Value::Rational(-649, 100));
        set("Exif:UserComment", Value::String("hello".into()));
        set("Exif:SceneType", Value::Int(1));
        set("GPS:VersionID", Value::Ints(vec![2, 3, 0, 0]));
        set("GPS:LatitudeRef", Value::String("N".into()));
        set(
            "GPS:Latitude",
            Value::Rationals(vec![(32, 1), (39, 1), (1231, 100)]),
        );
        a
    }

    #[test]
    fn exif_round_trips() {
        let a = sample();
        let block = encode(&a).unwrap();
        let mut b = Attributes::new();
        decode(&block, &mut b);
        assert_eq!(b.len(), a.len());
        for x in a.iter() {
            assert_eq!(b.value(&x.name), Some(&x.value), "{}", x.name);
        }
        let mut none = Attributes::new();
        none.set("XResolution", Value::Float(72.0), Origin::User);
        assert_eq!(encode(&none), None);
    }

    #[test]
    fn exif_damage_never_panics() {
        let block = encode(&sample()).unwrap();
        for n in 0..block.len() {
            decode(&block[..n], &mut Attributes::new());
        }
        let mut seed = 1u32;
        for _ in 0..4000 {
            let mut b = block.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 8) as usize % b.len();
                b[at] = (seed >> 24) as u8;
            }
            decode(&b, &mut Attributes::new());
        }
    }

    #[test]
    fn exif_fractions_are_the_simplest() {
        assert_eq!(rational(0.1), (1, 10));
        assert_eq!(rational(-2.5), (-5, 2));
        assert_eq!(rational(1.0 / 90.0), (1, 90));
        assert_eq!(rational(0.0), (0, 1));
        assert_eq!(rational(29.97), (2997, 100));
        for v in [1e-9f32, 3e9, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE] {
            let _ = rational(v);
        }
    }
}
