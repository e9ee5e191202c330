//! Which application segments and comments go into the new file.
//!
//! JFIF and Adobe segments stay, for they say what the components mean. A multi-picture index (CIPA DC-007, also of gain maps)
//! never stays: it holds offsets of pictures behind the first one, which are not written. Order is kept.

use super::TransformOptions;

/// The segments of `bytes` before its first scan that stay, markers and lengths included.
pub(super) fn kept(bytes: &[u8], options: &TransformOptions) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, a, b]) = bytes.get(at..).and_then(|r| r.first_chunk::<4>()) {
        if marker == 0xda {
            break;
        }
        if marker == 0xff {
            at += 1;
            continue;
        }
        let end = at + 2 + usize::from(u16::from_be_bytes([a, b]));
        let Some(segment) = bytes.get(at..end) else {
            break;
        };
        if stays(marker, segment.get(4..).unwrap_or_default(), options) {
            kept.extend_from_slice(segment);
        }
        at = end;
    }
    kept
}

fn stays(marker: u8, body: &[u8], options: &TransformOptions) -> bool {
    match marker {
        0xe0 if body.starts_with(b"JFIF\0") => true,
        0xee if body.starts_with(b"Adobe") => true,
        0xe2 if body.starts_with(b"MPF\0") => false,
        0xe2 if body.starts_with(b"ICC_PROFILE\0") => !options.strip || options.keep_icc,
        0xe0..=0xef | 0xfe => !options.strip,
        _ => false,
    }
}
