//! Marker segments before the image: JFIF, Adobe, Exif, XMP, ICC, comments.
//!
//! ICC profiles are split as ICC.1 annex B.4 says; XMP longer than a segment goes into extended segments under a GUID, the
//! MD5 of the extended packet (XMP specification part 3, 1.1.3.1).

use super::config::{ColorModel, Config, Density};
use crate::JpegError;
use crate::marker;

/// Profile bytes a segment: 65533 less name, number and count.
pub(super) const ICC_CHUNK: usize = 65_533 - 14;
const XMP_NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENSION_NAME: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const XMP_MOST: usize = 65_533 - XMP_NAME.len();
const EXTENSION_CHUNK: usize = 65_000;

/// A marker segment.
pub(super) fn segment(out: &mut Vec<u8>, code: u8, parts: &[&[u8]]) {
    let len: usize = 2 + parts.iter().map(|p| p.len()).sum::<usize>();
    out.extend([0xff, code]);
    out.extend((len as u16).to_be_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Refuses XMP that even extended segments cannot hold.
pub(super) fn check_xmp(xmp: &[u8]) -> Result<(), JpegError> {
    if u32::try_from(xmp.len()).is_err() {
        let (parameter, reason) = ("xmp", "longer than extended segments hold");
        return Err(JpegError::Parameter { parameter, reason });
    }
    Ok(())
}

/// Writes all of them.
pub(super) fn write(out: &mut Vec<u8>, config: &Config) {
    if matches!(config.color, ColorModel::Gray | ColorModel::YCbCr) {
        let (unit, x, y) = match config.density {
            Density::Aspect(x, y) => (0, x, y),
            Density::Inch(x, y) => (1, x, y),
            Density::Centimetre(x, y) => (2, x, y),
        };
        let (x, y) = (x.max(1).to_be_bytes(), y.max(1).to_be_bytes());
        segment(
            out,
            marker::APP0,
            &[b"JFIF\0\x01\x01", &[unit], &x, &y, &[0, 0]],
        );
    }
    let adobe_transform = match config.color {
        ColorModel::Rgb | ColorModel::Cmyk => Some(0),
        ColorModel::Ycck => Some(2),
        _ => None,
    };
    if !config.exif.is_empty() {
        segment(out, marker::APP0 + 1, &[b"Exif\0\0", &config.exif]);
    }
    write_xmp(out, &config.xmp);
    let xyb_profile;
    let icc = if config.color == ColorModel::Xyb {
        xyb_profile = super::xyb::profile();
        &xyb_profile
    } else {
        &config.icc
    };
    let count = icc.len().div_ceil(ICC_CHUNK) as u8;
    for (i, chunk) in icc.chunks(ICC_CHUNK).enumerate() {
        segment(
            out,
            marker::APP0 + 2,
            &[b"ICC_PROFILE\0", &[i as u8 + 1, count], chunk],
        );
    }
    if let Some(transform) = adobe_transform {
        segment(
            out,
            marker::APP0 + 14,
            &[b"Adobe\0\x64\0\0\0\0", &[transform]],
        );
    }
    for comment in &config.comments {
        segment(out, marker::COM, &[comment]);
    }
}

fn write_xmp(out: &mut Vec<u8>, xmp: &[u8]) {
    if xmp.is_empty() {
        return;
    }
    if xmp.len() <= XMP_MOST {
        segment(out, marker::APP0 + 1, &[XMP_NAME, xmp]);
        return;
    }
    let mut guid = String::new();
    for byte in md5(xmp) {
        guid.push_str(&format!("{byte:02X}"));
    }
    let stub = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" \
         xmpNote:HasExtendedXMP=\"{guid}\"/></rdf:RDF></x:xmpmeta>"
    );
    segment(out, marker::APP0 + 1, &[XMP_NAME, stub.as_bytes()]);
    let total = (xmp.len() as u32).to_be_bytes();
    for (i, chunk) in xmp.chunks(EXTENSION_CHUNK).enumerate() {
        let offset = ((i * EXTENSION_CHUNK) as u32).to_be_bytes();
        let parts = [EXTENSION_NAME, guid.as_bytes(), &total, &offset, chunk];
        segment(out, marker::APP0 + 1, &parts);
    }
}

/// RFC 1321.
fn md5(data: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [
        [7, 12, 17, 22],
        [5, 9, 14, 20],
        [4, 11, 16, 23],
        [6, 10, 15, 21],
    ];
    let mut padded = data.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((data.len() as u64 * 8).to_le_bytes());
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks_exact(64) {
        let mut words = [0u32; 16];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64 {
            let (f, g) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), (7 * i) % 16),
            };
            let sine = ((i as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(f).wrapping_add(sine).wrapping_add(words[g]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4]));
        }
        for (state, value) in state.iter_mut().zip([a, b, c, d]) {
            *state = state.wrapping_add(value);
        }
    }
    let mut out = [0; 16];
    for (out, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *out = word.to_le_bytes();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md5_agrees_with_rfc_1321() {
        let hex = |d: &[u8]| {
            md5(d)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>()
        };
        assert_eq!(hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
        let long = "1234567890".repeat(8);
        assert_eq!(hex(long.as_bytes()), "57edf4a22be3c955ac49da2e2107b67a");
    }
}
