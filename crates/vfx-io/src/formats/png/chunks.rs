//! PNG chunks: walking a file's, and building new ones.
//!
//! Source: PNG (Third Edition), clauses 5.3 to 5.5. The walk reads headers by position and skips pixel data, so its cost
//! is one small read a chunk; it stops quietly where the file stops making sense, since pixels are read elsewhere.

use crate::Input;
use vfx_core::IoError;

/// The eight bytes every PNG begins with.
pub(super) const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// More chunks than this are not looked at for metadata: some writers cut pixel data very finely.
const MAX_CHUNKS: usize = 65_536;

/// A chunk's type and bytes, when it is not pixel data and not longer than `max`; calls `visit` in file order.
pub(super) fn walk(
    input: &Input,
    max: u64,
    mut visit: impl FnMut(&[u8; 4], &[u8]),
) -> Result<(), IoError> {
    let mut at = SIGNATURE.len() as u64;
    let mut total = 0u64;
    for _ in 0..MAX_CHUNKS {
        let head = input.read_up_to(at, 8)?;
        let Some((length, kind)) = head.split_first_chunk::<4>() else {
            return Ok(());
        };
        let Ok(kind) = <[u8; 4]>::try_from(kind) else {
            return Ok(());
        };
        let length = u64::from(u32::from_be_bytes(*length));
        let end = at + 12 + length;
        if end > input.len() || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Ok(());
        }
        let pixels = matches!(&kind, b"IDAT" | b"fdAT" | b"IHDR");
        if !pixels && length <= max && total.saturating_add(length) <= max.saturating_mul(4) {
            total += length;
            let body = input.read_up_to(at + 8, length as usize + 4)?;
            let (data, crc) = body.split_at(length as usize);
            // A profile has checks of its own, and libpng reads it whatever the chunk's says.
            if &kind == b"iCCP" || crc == checksum(&kind, data).to_be_bytes() {
                visit(&kind, data);
            }
        }
        if &kind == b"IEND" {
            return Ok(());
        }
        at = end;
    }
    Ok(())
}

fn checksum(kind: &[u8; 4], data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    crc.sum()
}

/// Appends a whole chunk.
pub(super) fn push(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&checksum(kind, data).to_be_bytes());
}

/// Completes a chunk whose length and type are the first eight bytes of `out` and whose data follow.
pub(super) fn seal(out: &mut Vec<u8>) {
    let length = (out.len() - 8) as u32;
    out[..4].copy_from_slice(&length.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&out[4..]);
    out.extend_from_slice(&crc.sum().to_be_bytes());
}
