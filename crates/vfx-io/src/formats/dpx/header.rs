//! The 2048 header bytes as fields, one table for reading and writing.
//!
//! A field of ones (or NaN) is undefined and gives no attribute. Texts end at the first NUL.
//! Source: SMPTE 268M-2003, section 5 and tables 1 to 6.

use vfx_core::{Attributes, Origin, TimeCode, Value};

/// Bytes of generic and industry headers together.
pub(super) const HEADER: usize = 2048;
/// Image elements that a header has room for.
pub(super) const MAX_ELEMENTS: usize = 8;
const ELEMENTS_AT: usize = 780;
const ELEMENT_SIZE: usize = 72;
const UNDEFINED: u32 = u32::MAX;
const ORIGIN: Origin = Origin::Format("dpx");

#[derive(Clone, Copy)]
enum Kind {
    U8,
    U32,
    F32,
    Text(usize),
}
use Kind::{F32, Text, U8, U32};

/// Name, place and type of the fields that are attributes as they are.
const FIELDS: &[(&str, usize, Kind)] = &[
    ("Copyright", 460, Text(200)),
    ("Software", 160, Text(100)),
    ("DocumentName", 260, Text(200)),
    ("dpx:Version", 8, Text(8)),
    ("dpx:EncryptKey", 660, U32),
    ("dpx:DittoKey", 20, U32),
    ("dpx:SourceImageFileName", 1432, Text(100)),
    ("dpx:InputDevice", 1556, Text(32)),
    ("dpx:InputDeviceSerialNumber", 1588, Text(32)),
    ("dpx:XScannedSize", 1636, F32),
    ("dpx:YScannedSize", 1640, F32),
    ("dpx:Format", 1680, Text(32)),
    ("dpx:FramePosition", 1712, U32),
    ("dpx:SequenceLength", 1716, U32),
    ("dpx:HeldCount", 1720, U32),
    ("dpx:FrameRate", 1724, F32),
    ("dpx:ShutterAngle", 1728, F32),
    ("dpx:FrameId", 1732, Text(32)),
    ("dpx:SlateInfo", 1764, Text(100)),
    ("dpx:UserBits", 1924, U32),
    ("dpx:Interlace", 1928, U8),
    ("dpx:FieldNumber", 1929, U8),
    ("dpx:HorizontalSampleRate", 1932, F32),
    ("dpx:VerticalSampleRate", 1936, F32),
    ("dpx:TemporalFrameRate", 1940, F32),
    ("dpx:TimeOffset", 1944, F32),
    ("dpx:Gamma", 1948, F32),
    ("dpx:BlackLevel", 1952, F32),
    ("dpx:BlackGain", 1956, F32),
    ("dpx:BreakPoint", 1960, F32),
    ("dpx:WhiteLevel", 1964, F32),
    ("dpx:IntegrationTimes", 1968, F32),
];

/// The fields of an image element that are attributes, from the element's start.
const ELEMENT_FIELDS: &[(&str, usize, Kind)] = &[
    ("dpx:LowData", 4, U32),
    ("dpx:LowQuantity", 8, F32),
    ("dpx:HighData", 12, U32),
    ("dpx:HighQuantity", 16, F32),
    ("dpx:EndOfLinePadding", 32, U32),
    ("dpx:EndOfImagePadding", 36, U32),
    ("ImageDescription", 40, Text(32)),
];

/// Transfer and colorimetric characteristics, by number.
pub(super) const CHARACTERISTICS: [&str; 14] = [
    "User defined",
    "Printing density",
    "Linear",
    "Logarithmic",
    "Unspecified video",
    "SMPTE 274M",
    "ITU-R 709-4",
    "ITU-R 601-5 system B or G",
    "ITU-R 601-5 system M",
    "NTSC composite video",
    "PAL composite video",
    "Z depth linear",
    "Z depth homogeneous",
    "ADX",
];

const SIGNALS: [(u8, &str); 17] = [
    (0, "Undefined"),
    (1, "NTSC"),
    (2, "PAL"),
    (3, "PAL-M"),
    (4, "SECAM"),
    (50, "YCbCr ITU-R 601-5 525i, 4:3"),
    (51, "YCbCr ITU-R 601-5 625i, 4:3"),
    (100, "YCbCr ITU-R 601-5 525i, 16:9"),
    (101, "YCbCr ITU-R 601-5 625i, 16:9"),
    (150, "YCbCr 1050i, 16:9"),
    (151, "YCbCr 1125i, 16:9 (SMPTE 274M)"),
    (152, "YCbCr 1250i, 16:9"),
    (153, "YCbCr 1125i, 16:9 (SMPTE 240M)"),
    (200, "YCbCr 525p, 16:9"),
    (201, "YCbCr 625p, 16:9"),
    (202, "YCbCr 750p, 16:9 (SMPTE 296M)"),
    (203, "YCbCr 1125p, 16:9 (SMPTE 274M)"),
];

/// Packing names, by number.
pub(super) const PACKINGS: [&str; 3] = ["Packed", "Filled, method A", "Filled, method B"];

/// Exif orientation of each of DPX's eight.
const ORIENTATIONS: [u8; 8] = [1, 2, 4, 3, 5, 6, 8, 7];

/// Description of the descriptor numbers.
pub(super) fn descriptor_name(descriptor: u8) -> &'static str {
    match descriptor {
        0 | 150..=156 => "User defined",
        1 => "Red",
        2 => "Green",
        3 => "Blue",
        4 => "Alpha",
        6 => "Luma",
        7 => "Color difference",
        8 => "Depth",
        9 => "Composite video",
        50 => "RGB",
        51 => "RGBA",
        52 => "ABGR",
        100 => "CbYCrY",
        101 => "CbYACrYA",
        102 => "CbYCr",
        103 => "CbYCrA",
        _ => "Undefined",
    }
}

/// Header bytes with their byte order.
#[derive(Clone)]
pub(super) struct Header {
    pub bytes: Box<[u8; HEADER]>,
    pub big: bool,
}

impl Header {
    /// The first bytes of a file; what lies past them or past the image data's offset is undefined.
    pub fn new(head: &[u8]) -> Self {
        let big = head.starts_with(b"SDPX");
        let mut h = Self {
            bytes: Box::new([0xff; HEADER]),
            big,
        };
        let n = head.len().min(HEADER);
        h.bytes[..n].copy_from_slice(&head[..n]);
        let data = h.u32(4) as usize;
        if (768..HEADER).contains(&data) {
            h.bytes[data..].fill(0xff);
        }
        h
    }
    /// A version 2 header where all is undefined.
    pub fn empty() -> Self {
        let mut h = Self {
            bytes: Box::new([0xff; HEADER]),
            big: true,
        };
        h.bytes[..4].copy_from_slice(b"SDPX");
        h.set_text(8, 8, "V2.0");
        for (at, len) in [
            (36, 624),
            (664, 104),
            (1356, 52),
            (1432, 188),
            (1644, 68),
            (1732, 188),
            (1972, 76),
        ] {
            h.bytes[at..at + len].fill(0);
        }
        h
    }
    pub fn u8(&self, at: usize) -> u8 {
        self.bytes[at]
    }
    pub fn u16(&self, at: usize) -> u16 {
        let b = [self.bytes[at], self.bytes[at + 1]];
        if self.big {
            u16::from_be_bytes(b)
        } else {
            u16::from_le_bytes(b)
        }
    }
    pub fn u32(&self, at: usize) -> u32 {
        let b = self.bytes[at..].first_chunk().expect("inside the header");
        if self.big {
            u32::from_be_bytes(*b)
        } else {
            u32::from_le_bytes(*b)
        }
    }
    pub fn set_u16(&mut self, at: usize, v: u16) {
        self.bytes[at..at + 2].copy_from_slice(&v.to_be_bytes());
    }
    pub fn set_u32(&mut self, at: usize, v: u32) {
        self.bytes[at..at + 4].copy_from_slice(&v.to_be_bytes());
    }
    fn text(&self, at: usize, len: usize) -> Option<String> {
        let b = &self.bytes[at..at + len];
        if matches!(b[0], 0 | 0xff) {
            return None;
        }
        let end = b.iter().position(|&c| c == 0).unwrap_or(len);
        Some(match std::str::from_utf8(&b[..end]) {
            Ok(s) => s.to_owned(),
            Err(_) => b[..end].iter().map(|&c| char::from(c)).collect(),
        })
    }
    pub fn set_text(&mut self, at: usize, len: usize, s: &str) {
        self.bytes[at..at + len].fill(0);
        // A field filled to the last byte has no NUL, which the standard allows and readers do not expect.
        let n = s.floor_char_boundary(if len > 8 { len - 1 } else { len });
        self.bytes[at..at + n].copy_from_slice(&s.as_bytes()[..n]);
    }
    /// Where element `i` begins.
    pub fn element(i: usize) -> usize {
        ELEMENTS_AT + i * ELEMENT_SIZE
    }
    /// Exif orientation.
    pub fn orientation(&self) -> u8 {
        ORIENTATIONS
            .get(usize::from(self.u16(768)))
            .copied()
            .unwrap_or(1)
    }
    /// Sets the Exif orientation.
    pub fn set_orientation(&mut self, exif: u8) {
        let i = ORIENTATIONS.iter().position(|&o| o == exif).unwrap_or(0);
        self.set_u16(768, i as u16);
    }

    fn take(&self, base: usize, fields: &[(&str, usize, Kind)], to: &mut Attributes) {
        for &(name, at, kind) in fields {
            let at = base + at;
            let value = match kind {
                U8 => (self.u8(at) != 0xff).then(|| Value::Int(self.u8(at).into())),
                U32 => (self.u32(at) != UNDEFINED).then(|| Value::Int(self.u32(at).into())),
                F32 => Some(f32::from_bits(self.u32(at)))
                    .filter(|v| !v.is_nan())
                    .map(Value::Float),
                Text(len) => self.text(at, len).map(Value::String),
            };
            if let Some(value) = value {
                to.set(name, value, ORIGIN);
            }
        }
    }
    fn put(&mut self, base: usize, fields: &[(&str, usize, Kind)], from: &Attributes) {
        for &(name, at, kind) in fields {
            let at = base + at;
            match (kind, from.number(name)) {
                (Text(len), _) => {
                    if let Some(s) = from.text(name) {
                        self.set_text(at, len, s);
                    }
                }
                (U8, Some(v)) => self.bytes[at] = v as u8,
                (U32, Some(v)) => self.set_u32(at, v as u32),
                (F32, Some(v)) => self.set_u32(at, (v as f32).to_bits()),
                _ => {}
            }
        }
    }

    /// All metadata of element `i`.
    pub fn attributes(&self, i: usize) -> Attributes {
        let mut to = Attributes::new();
        let e = Self::element(i);
        let mut text = |name: &str, s: String| to.set(name, Value::String(s), ORIGIN);
        let characteristic = |n: u8| {
            CHARACTERISTICS
                .get(usize::from(n))
                .copied()
                .unwrap_or("Undefined")
        };
        text(
            "dpx:ImageDescriptor",
            descriptor_name(self.u8(e + 20)).into(),
        );
        text("dpx:Transfer", characteristic(self.u8(e + 21)).into());
        text("dpx:Colorimetric", characteristic(self.u8(e + 22)).into());
        if let Some(p) = PACKINGS.get(usize::from(self.u16(e + 24))) {
            text("dpx:Packing", (*p).into());
        }
        for (name, at) in [("DateTime", 136), ("dpx:SourceDateTime", 1532)] {
            if let Some(mut s) = self.text(at, 24).filter(|s| s.len() >= 19 && s.is_ascii()) {
                s.truncate(19);
                s.replace_range(10..11, " ");
                text(name, s);
            }
        }
        match self.u8(1930) {
            255 => {}
            n => text(
                "dpx:Signal",
                SIGNALS
                    .iter()
                    .find(|s| s.0 == n)
                    .map_or_else(|| format!("Undefined {n}"), |s| s.1.into()),
            ),
        }
        self.take(0, FIELDS, &mut to);
        self.take(e, ELEMENT_FIELDS, &mut to);
        if self.u32(1920) != UNDEFINED {
            let code = TimeCode {
                time: self.u32(1920),
                user: self.u32(1924),
            };
            let mut s = code.to_string();
            if code.time & 0x40 != 0 {
                s.replace_range(8..9, ";"); // drop frame
            }
            to.set("smpte:TimeCode", Value::TimeCode(code), ORIGIN);
            to.set("dpx:TimeCode", Value::String(s), ORIGIN);
        }
        if let Some(edge) = self.text(1664, 16) {
            let code = self.key_code();
            to.set("dpx:FilmEdgeCode", Value::String(edge), ORIGIN);
            to.set("smpte:KeyCode", Value::KeyCode(code), ORIGIN);
        }
        to
    }

    /// SMPTE 254 numbers of the film edge code; perforations follow from the film format's name.
    fn key_code(&self) -> [i32; 7] {
        let number = |at: usize, len: usize| {
            let s = self.text(at, len).unwrap_or_default();
            let digits: String = s.trim().chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap_or(0)
        };
        let format = self.text(1680, 32).unwrap_or_default();
        let starts = |names: &[&str]| names.iter().any(|n| format.starts_with(n));
        let (frame, count) = if format == "8kimax" {
            (15, 120)
        } else if starts(&["2kvv", "4kvv", "VistaVision"]) {
            (8, 64)
        } else if starts(&["2k3perf", "4k3perf", "3perf"]) {
            (3, 64)
        } else {
            (4, 64)
        };
        [
            number(1664, 2),
            number(1666, 2),
            number(1670, 6),
            number(1676, 4),
            number(1668, 2),
            frame,
            count,
        ]
    }

    /// Puts the file's metadata in its fields.
    pub fn set_attributes(&mut self, from: &Attributes) {
        self.put(0, FIELDS, from);
        self.set_text(8, 8, "V2.0");
        for (name, at) in [("DateTime", 136), ("dpx:SourceDateTime", 1532)] {
            if let Some(s) = from.text(name).filter(|s| s.len() >= 19 && s.is_ascii()) {
                self.set_text(at, 24, &format!("{}:{}Z", &s[..10], &s[11..19]));
            }
        }
        if let Some(s) = from.text("dpx:Signal")
            && let Some(signal) = SIGNALS.iter().find(|n| n.1 == s)
        {
            self.bytes[1930] = signal.0;
        }
        if let Some(Value::TimeCode(code)) = from.value("smpte:TimeCode") {
            self.set_u32(1920, code.time);
            self.set_u32(1924, code.user);
        }
        if let Some(Value::KeyCode(k)) = from.value("smpte:KeyCode") {
            for (at, len, v) in [
                (1664, 2, k[0]),
                (1666, 2, k[1]),
                (1668, 2, k[4]),
                (1670, 6, k[2]),
                (1676, 4, k[3]),
            ] {
                let digits = format!("{:0len$}", v.unsigned_abs());
                let digits = &digits.as_bytes()[digits.len() - len..];
                self.bytes[at..at + len].copy_from_slice(digits);
            }
            if from.text("dpx:Format").is_none() {
                let name = match (k[5], k[6]) {
                    (15, 120) => "8kimax",
                    (8, _) => "VistaVision",
                    (3, _) => "3perf",
                    _ => "Full Aperture",
                };
                self.set_text(1680, 32, name);
            }
        }
    }
    /// Puts the metadata of element `i` in its fields; paddings are the writer's.
    pub fn set_element_attributes(&mut self, i: usize, from: &Attributes) {
        let e = Self::element(i);
        self.bytes[e + 40..e + 72].fill(0);
        self.put(e, ELEMENT_FIELDS, from);
        self.set_u32(e + 32, 0);
        self.set_u32(e + 36, 0);
        for (name, at) in [("dpx:Transfer", 21), ("dpx:Colorimetric", 22)] {
            if let Some(n) = from
                .text(name)
                .and_then(|s| CHARACTERISTICS.iter().position(|c| *c == s))
            {
                self.bytes[e + at] = n as u8;
            }
        }
    }
}
