//! Borrowed BSON documents: validated once, then walked without copying.
//!
//! Source: the BSON 1.1 specification. [`Document::parse`] checks every nested length, key and string against [`MAX_DEPTH`],
//! [`MAX_ELEMENTS`] and [`MAX_KEY`]; afterwards iteration cannot fail. Types that the protocol does not use are skipped by a table.
//! A parser of owned documents was rejected: it copies the 4 MiB payload and takes 35 ms for it.

use crate::LutBoxError;

/// Documents inside documents.
pub const MAX_DEPTH: usize = 8;
/// Elements of one message, all levels together.
pub const MAX_ELEMENTS: usize = 1024;
/// Bytes of one key.
pub const MAX_KEY: usize = 256;

/// A validated document.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    bytes: &'a [u8],
}

/// A value of one element.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names of the specification")]
pub enum Value<'a> {
    Double(f64),
    String(&'a str),
    Document(Document<'a>),
    Array(Document<'a>),
    /// Subtype and bytes.
    Binary(u8, &'a [u8]),
    Bool(bool),
    Null,
    Int32(i32),
    Int64(i64),
    /// Any other standard type, by its tag.
    Other(u8),
}

impl Value<'_> {
    /// The number of a double or an integer.
    pub fn number(&self) -> Option<f64> {
        match *self {
            Self::Double(v) => Some(v),
            Self::Int32(v) => Some(f64::from(v)),
            Self::Int64(v) => Some(v as f64),
            _ => None,
        }
    }
}

impl<'a> Document<'a> {
    /// Validates `bytes` as exactly one document.
    ///
    /// # Errors
    ///
    /// With the position of the first fault.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, LutBoxError> {
        let mut elements = 0;
        let mut cursor = Cursor { bytes, at: 0 };
        let end = cursor.document(1, &mut elements)?;
        if end != bytes.len() {
            return Err(fault(end, "bytes after the document"));
        }
        Ok(Self { bytes })
    }

    /// Keys and values in order.
    pub fn elements(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let mut cursor = Cursor {
            bytes: self.bytes,
            at: 4,
        };
        // The document is valid: `element` ends with `None` at the terminator.
        std::iter::from_fn(move || {
            let mut count = 0;
            cursor.element(usize::MAX, &mut count).ok().flatten()
        })
    }

    /// The last value of `key`.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.elements().filter(|e| e.0 == key).last().map(|e| e.1)
    }

    /// The value of `key`, which may occur once.
    ///
    /// # Errors
    ///
    /// If it occurs twice.
    pub fn get_once(&self, key: &'static str) -> Result<Option<Value<'a>>, LutBoxError> {
        let mut all = self.elements().filter(|e| e.0 == key);
        let first = all.next().map(|e| e.1);
        if all.next().is_some() {
            return Err(LutBoxError::message(key, "a duplicate key", "one"));
        }
        Ok(first)
    }
}

fn fault(offset: usize, reason: &'static str) -> LutBoxError {
    LutBoxError::Bson { offset, reason }
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], LutBoxError> {
        let end = self.at.checked_add(n).filter(|e| *e <= self.bytes.len());
        let end = end.ok_or_else(|| fault(self.at, "ends too early"))?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LutBoxError> {
        let at = self.at;
        let part = self.take(N)?;
        part.try_into().map_err(|_| fault(at, "ends too early"))
    }

    /// A length of at least `least`.
    fn length(&mut self, least: usize) -> Result<usize, LutBoxError> {
        let at = self.at;
        let n = i32::from_le_bytes(self.array()?);
        usize::try_from(n)
            .ok()
            .filter(|n| *n >= least)
            .ok_or_else(|| fault(at, "length out of range"))
    }

    fn cstring(&mut self) -> Result<&'a str, LutBoxError> {
        let at = self.at;
        let rest = &self.bytes[at.min(self.bytes.len())..];
        let limit = rest.len().min(MAX_KEY + 1);
        let n = rest[..limit]
            .iter()
            .position(|b| *b == 0)
            .ok_or_else(|| fault(at, "key without an end or too long"))?;
        let text = str::from_utf8(&rest[..n]).map_err(|_| fault(at, "key is no UTF-8"))?;
        self.at += n + 1;
        Ok(text)
    }

    fn string(&mut self) -> Result<&'a str, LutBoxError> {
        let n = self.length(1)?;
        let at = self.at;
        let part = self.take(n)?;
        if part[n - 1] != 0 {
            return Err(fault(at, "string without its zero"));
        }
        str::from_utf8(&part[..n - 1]).map_err(|_| fault(at, "string is no UTF-8"))
    }

    /// Validates a document that starts here; returns its end.
    fn document(&mut self, depth: usize, count: &mut usize) -> Result<usize, LutBoxError> {
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(fault(start, "nested too deeply"));
        }
        let n = self.length(5)?;
        let end = start
            .checked_add(n)
            .filter(|e| *e <= self.bytes.len())
            .ok_or_else(|| fault(start, "length beyond its container"))?;
        let mut inner = Cursor {
            bytes: &self.bytes[..end],
            at: self.at,
        };
        while inner.element(depth, count)?.is_some() {}
        if inner.at != end {
            return Err(fault(inner.at, "bytes after the terminator"));
        }
        self.at = end;
        Ok(end)
    }

    /// The next element, or `None` at the terminator. `depth` `usize::MAX`: nested documents are known to be valid.
    fn element(
        &mut self,
        depth: usize,
        count: &mut usize,
    ) -> Result<Option<(&'a str, Value<'a>)>, LutBoxError> {
        let at = self.at;
        let tag = self.take(1)?[0];
        if tag == 0 {
            return Ok(None);
        }
        *count += 1;
        if *count > MAX_ELEMENTS {
            return Err(fault(at, "too many elements"));
        }
        let key = self.cstring()?;
        let value = match tag {
            0x01 => Value::Double(f64::from_le_bytes(self.array()?)),
            0x02 => Value::String(self.string()?),
            0x03 => Value::Document(self.nested(depth, count)?),
            0x04 => Value::Array(self.nested(depth, count)?),
            0x05 => {
                let n = self.length(0)?;
                let subtype = self.take(1)?[0];
                Value::Binary(subtype, self.take(n)?)
            }
            0x08 => match self.take(1)?[0] {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                _ => return Err(fault(at, "boolean out of range")),
            },
            0x0a => Value::Null,
            0x10 => Value::Int32(i32::from_le_bytes(self.array()?)),
            0x12 => Value::Int64(i64::from_le_bytes(self.array()?)),
            _ => {
                self.skip(tag, at, depth, count)?;
                Value::Other(tag)
            }
        };
        Ok(Some((key, value)))
    }

    fn nested(&mut self, depth: usize, count: &mut usize) -> Result<Document<'a>, LutBoxError> {
        let start = self.at;
        if depth == usize::MAX {
            let n = self.length(5)?;
            self.at = start;
            self.take(n)?;
        } else {
            self.document(depth + 1, count)?;
        }
        Ok(Document {
            bytes: &self.bytes[start..self.at],
        })
    }

    /// Steps over a standard type that no message uses.
    fn skip(
        &mut self,
        tag: u8,
        at: usize,
        depth: usize,
        count: &mut usize,
    ) -> Result<(), LutBoxError> {
        match tag {
            0x06 | 0x7f | 0xff => {}
            0x07 => drop(self.take(12)?),
            0x09 | 0x11 => drop(self.take(8)?),
            0x0b => {
                self.cstring()?;
                self.cstring()?;
            }
            0x0c => {
                self.string()?;
                self.take(12)?;
            }
            0x0d | 0x0e => drop(self.string()?),
            0x0f => {
                let start = self.at;
                let n = self.length(14)?;
                self.string()?;
                self.nested(depth, count)?;
                if self.at != start + n {
                    return Err(fault(start, "code with a wrong length"));
                }
            }
            0x13 => drop(self.take(16)?),
            _ => return Err(fault(at, "unknown element type")),
        }
        Ok(())
    }
}

/// Writes a document element by element.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// An open document.
    pub fn new() -> Self {
        Self { bytes: vec![0; 4] }
    }

    fn key(mut self, tag: u8, key: &str) -> Self {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.push(0);
        self
    }

    /// An `int32`.
    #[must_use]
    pub fn int32(self, key: &str, v: i32) -> Self {
        let mut s = self.key(0x10, key);
        s.bytes.extend_from_slice(&v.to_le_bytes());
        s
    }

    /// A double.
    #[must_use]
    pub fn double(self, key: &str, v: f64) -> Self {
        let mut s = self.key(0x01, key);
        s.bytes.extend_from_slice(&v.to_le_bytes());
        s
    }

    /// A string.
    #[must_use]
    pub fn string(self, key: &str, v: &str) -> Self {
        let mut s = self.key(0x02, key);
        s.bytes
            .extend_from_slice(&(v.len() as i32 + 1).to_le_bytes());
        s.bytes.extend_from_slice(v.as_bytes());
        s.bytes.push(0);
        s
    }

    /// Bytes of subtype 0.
    #[must_use]
    pub fn binary(self, key: &str, v: &[u8]) -> Self {
        let mut s = self.key(0x05, key);
        s.bytes.extend_from_slice(&(v.len() as i32).to_le_bytes());
        s.bytes.push(0);
        s.bytes.extend_from_slice(v);
        s
    }

    /// A finished document inside this one.
    #[must_use]
    pub fn document(self, key: &str, v: &[u8]) -> Self {
        let mut s = self.key(0x03, key);
        s.bytes.extend_from_slice(v);
        s
    }

    /// Three doubles.
    #[must_use]
    pub fn triple(self, key: &str, v: [f64; 3]) -> Self {
        let inner = Self::new()
            .double("0", v[0])
            .double("1", v[1])
            .double("2", v[2]);
        let mut s = self.key(0x04, key);
        s.bytes.extend_from_slice(&inner.finish());
        s
    }

    /// The document's bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0);
        let n = self.bytes.len() as i32;
        self.bytes[..4].copy_from_slice(&n.to_le_bytes());
        self.bytes
    }
}
