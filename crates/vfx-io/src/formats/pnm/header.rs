//! Headers of portable anymaps: the magic, then numbers between white space and comments, or PAM's lines.
//!
//! At most 64 KiB of header are looked at. Sizes are bounded by the limits before anything is done with them.

use super::NAME;
use crate::Input;
use vfx_core::{IoError, Limits};

const MAX_HEADER: usize = 64 << 10;

/// How samples are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Coding {
    /// Decimal numbers.
    Text,
    /// Single digits 0 and 1; 1 is black.
    TextBits,
    /// Eight pixels a byte; 1 is black.
    Bits,
    /// One byte, or two big-endian ones, a sample.
    Binary,
    /// IEEE single, rows from the bottom.
    Float {
        /// Least significant byte first.
        little: bool,
    },
}

/// A parsed header.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) coding: Coding,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: usize,
    /// The code value of full scale.
    pub(super) maximum: u32,
    /// What PFM samples are multiplied with.
    pub(super) scale: f32,
    /// Where samples begin.
    pub(super) offset: u64,
}

fn bad(problem: &'static str) -> IoError {
    IoError::malformed(NAME, "header", problem)
}

struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    /// The next word; a comment runs to the end of its line.
    fn next(&mut self) -> Result<&'a str, IoError> {
        loop {
            match self.bytes.get(self.at) {
                Some(b'#') => {
                    let rest = &self.bytes[self.at..];
                    let line = rest.iter().position(|&b| matches!(b, b'\n' | b'\r'));
                    self.at += line.ok_or_else(|| bad("it has no end"))?;
                }
                Some(b) if b.is_ascii_whitespace() => self.at += 1,
                Some(_) => break,
                None => return Err(bad("it has no end")),
            }
        }
        let rest = &self.bytes[self.at..];
        let end = rest
            .iter()
            .position(|&b| b.is_ascii_whitespace() || b == b'#')
            .unwrap_or(rest.len());
        self.at += end;
        std::str::from_utf8(&rest[..end]).map_err(|_| bad("a number is no text"))
    }
    fn number(&mut self) -> Result<u64, IoError> {
        self.next()?
            .parse()
            .map_err(|_| bad("a number is expected where there is none"))
    }
}

/// Reads the header of the first image.
pub(super) fn read(input: &Input, limits: &Limits) -> Result<Header, IoError> {
    let bytes = input.read_up_to(0, MAX_HEADER)?;
    let mut words = Words {
        bytes: &bytes,
        at: 2,
    };
    let magic = bytes.get(..2).ok_or_else(|| bad("it has no end"))?;
    let (coding, channels) = match magic {
        b"P1" => (Coding::TextBits, 1),
        b"P2" => (Coding::Text, 1),
        b"P3" => (Coding::Text, 3),
        b"P4" => (Coding::Bits, 1),
        b"P5" => (Coding::Binary, 1),
        b"P6" => (Coding::Binary, 3),
        b"P7" => return pam(&bytes, limits),
        b"Pf" => (Coding::Float { little: false }, 1),
        b"PF" if bytes.get(2) == Some(&b'4') => {
            words.at = 3;
            (Coding::Float { little: false }, 4)
        }
        b"PF" => (Coding::Float { little: false }, 3),
        _ => return Err(bad("its magic is unknown")),
    };
    let (width, height) = (words.number()?, words.number()?);
    let mut header = Header {
        coding,
        width: 0,
        height: 0,
        channels,
        maximum: 1,
        scale: 1.0,
        offset: 0,
    };
    match coding {
        Coding::Bits | Coding::TextBits => {}
        Coding::Float { .. } => {
            let scale: f32 = words
                .next()?
                .parse()
                .map_err(|_| bad("its scale is no number"))?;
            header.coding = Coding::Float {
                little: scale.is_sign_negative(),
            };
            header.scale = Some(scale.abs())
                .filter(|s| s.is_normal())
                .ok_or_else(|| bad("its scale is zero"))?;
        }
        _ => header.maximum = maximum(words.number()?)?,
    }
    // One white space character, and a comment on that line as some writers leave it.
    header.offset = words.at as u64 + 1;
    sized(header, width, height, limits)
}

fn maximum(v: u64) -> Result<u32, IoError> {
    match v {
        1..=65_535 => Ok(v as u32),
        _ => Err(bad("its maximum is not of 1 to 65535")),
    }
}

fn sized(mut h: Header, width: u64, height: u64, limits: &Limits) -> Result<Header, IoError> {
    if width == 0 || height == 0 {
        return Err(bad("its size is zero"));
    }
    Limits::check("max_dimension", width.max(height), limits.max_dimension)?;
    (h.width, h.height) = (width as usize, height as usize);
    Limits::check("max_chunk_bytes", h.row_bytes(), limits.max_chunk_bytes)?;
    Ok(h)
}

fn pam(bytes: &[u8], limits: &Limits) -> Result<Header, IoError> {
    let (mut width, mut height, mut depth, mut top) = (0, 0, 0, 0);
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let end = rest.iter().position(|&b| b == b'\n');
        let end = end.ok_or_else(|| bad("it has no ENDHDR line"))?;
        at += end + 1;
        let line = String::from_utf8_lossy(&rest[..end]);
        let line = line.trim();
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let number = || {
            let v = value.trim().parse::<u64>();
            v.map_err(|_| bad("a number is expected where there is none"))
        };
        match key {
            "WIDTH" => width = number()?,
            "HEIGHT" => height = number()?,
            "DEPTH" => depth = number()?,
            "MAXVAL" => top = number()?,
            "ENDHDR" => break,
            _ => {}
        }
    }
    Limits::check("max_channels", depth, limits.max_channels as u64)?;
    if depth == 0 {
        return Err(bad("it has no channels"));
    }
    let header = Header {
        coding: Coding::Binary,
        width: 0,
        height: 0,
        channels: depth as usize,
        maximum: maximum(top)?,
        scale: 1.0,
        offset: at as u64,
    };
    sized(header, width, height, limits)
}

impl Header {
    /// Bytes of a row in a binary file.
    pub(super) fn row_bytes(&self) -> u64 {
        let samples = self.width as u64 * self.channels as u64;
        match self.coding {
            Coding::Bits => samples.div_ceil(8),
            Coding::Float { .. } => samples * 4,
            _ if self.maximum > 255 => samples * 2,
            _ => samples,
        }
    }
    /// Bits of a maximum of `2^n - 1`, whose codes stand as they are.
    pub(super) fn exact_bits(&self) -> Option<u8> {
        let n = self.maximum + 1;
        n.is_power_of_two().then(|| n.trailing_zeros() as u8)
    }
}
