//! Metadata: named, typed values that remember where they came from.
//!
//! Names are OpenImageIO's where it has one (`Make`, `Exif:FNumber`, `smpte:TimeCode`, `dpx:Transfer`); an attribute
//! that only its own format understands keeps that format's name. Order is kept; names are unique.

use std::sync::Arc;

/// A metadata value.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Value {
    /// Signed integer.
    Int(i64),
    /// Single precision number.
    Float(f32),
    /// Double precision number.
    Double(f64),
    /// Numerator and denominator.
    Rational(i64, i64),
    /// Text.
    String(String),
    /// Several integers: vectors, boxes, arrays.
    Ints(Vec<i64>),
    /// Several single precision numbers: vectors, matrices (row major), chromaticities.
    Floats(Vec<f32>),
    /// Several double precision numbers.
    Doubles(Vec<f64>),
    /// Several rationals.
    Rationals(Vec<(i64, i64)>),
    /// Several texts.
    Strings(Vec<String>),
    /// SMPTE ST 12 time code.
    TimeCode(TimeCode),
    /// SMPTE 254 key code: film manufacturer, type, prefix, count, perforation offset, perfs a frame, perfs a count.
    KeyCode([i32; 7]),
    /// Bytes with the type name of their format: ICC profiles, previews, types that nobody knows.
    Blob {
        /// The format's name of the type.
        kind: String,
        /// The bytes as the file has them.
        bytes: Arc<[u8]>,
    },
}

/// SMPTE ST 12 time code: the packed time and user words as OpenEXR and DPX store them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TimeCode {
    /// Hours, minutes, seconds, frames as BCD with flags (TV60 packing).
    pub time: u32,
    /// User data.
    pub user: u32,
}

impl std::fmt::Display for TimeCode {
    /// `HH:MM:SS:FF`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bcd = |shift: u32, mask: u32| {
            let b = (self.time >> shift) & mask;
            (b >> 4) * 10 + (b & 15)
        };
        write!(
            f,
            "{:02}:{:02}:{:02}:{:02}",
            bcd(24, 0x3f),
            bcd(16, 0x7f),
            bcd(8, 0x7f),
            bcd(0, 0x3f)
        )
    }
}

/// Where an attribute came from, so that a writer of the same family can put it back in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// A field of the file format of this name (`openexr`, `dpx`, `png` ...).
    Format(&'static str),
    /// An Exif tag.
    Exif,
    /// An IPTC data set.
    Iptc,
    /// An XMP property.
    Xmp,
    /// The user or an operation.
    User,
}

/// One named value.
#[derive(Clone, PartialEq, Debug)]
pub struct Attribute {
    /// Unique name.
    pub name: String,
    /// Typed value.
    pub value: Value,
    /// Who said it.
    pub origin: Origin,
}

/// The metadata of an image, in file order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }
    /// Sets a value; one of the same name is replaced in place.
    pub fn set(&mut self, name: impl Into<String>, value: Value, origin: Origin) {
        let name = name.into();
        match self.0.iter_mut().find(|a| a.name == name) {
            Some(a) => (a.value, a.origin) = (value, origin),
            None => self.0.push(Attribute {
                name,
                value,
                origin,
            }),
        }
    }
    /// The attribute of that name.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|a| a.name == name)
    }
    /// The value of that name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).map(|a| &a.value)
    }
    /// A text of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Some(Value::String(s)) => Some(s),
            _ => None,
        }
    }
    /// A number of that name, whatever its type.
    pub fn number(&self, name: &str) -> Option<f64> {
        match *self.value(name)? {
            Value::Int(v) => Some(v as f64),
            Value::Float(v) => Some(v.into()),
            Value::Double(v) => Some(v),
            Value::Rational(n, d) => Some(n as f64 / d as f64),
            _ => None,
        }
    }
    /// The bytes of a blob of that name.
    pub fn bytes(&self, name: &str) -> Option<&Arc<[u8]>> {
        match self.value(name) {
            Some(Value::Blob { bytes, .. }) => Some(bytes),
            _ => None,
        }
    }
    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) -> Option<Attribute> {
        let i = self.0.iter().position(|a| a.name == name)?;
        Some(self.0.remove(i))
    }
    /// In file order.
    pub fn iter(&self) -> std::slice::Iter<'_, Attribute> {
        self.0.iter()
    }
    /// Keeps those that `keep` wants.
    pub fn retain(&mut self, keep: impl FnMut(&Attribute) -> bool) {
        self.0.retain(keep);
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_replace_in_place() {
        let mut a = Attributes::new();
        a.set("Make", Value::String("A".into()), Origin::Exif);
        a.set("x", Value::Int(1), Origin::User);
        a.set("Make", Value::String("B".into()), Origin::Xmp);
        assert_eq!(
            a.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(),
            ["Make", "x"]
        );
        assert_eq!((a.text("Make"), a.number("x")), (Some("B"), Some(1.0)));
    }

    #[test]
    fn timecode_prints() {
        assert_eq!(
            TimeCode {
                time: 0x0102_0304,
                user: 0
            }
            .to_string(),
            "01:02:03:04"
        );
    }
}
