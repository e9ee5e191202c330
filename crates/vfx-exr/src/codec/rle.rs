//! RLE: run lengths of the split differences of one line.
//!
//! A count byte c: c >= 0 means the next byte c + 1 times, c < 0 means -c bytes as they are. Lossless.
//! Source: `internal_rle.c` of OpenEXRCore (runs of 3 to 128, literals up to 127).

use super::{Codec, DecodeScratch, EncodeScratch, predictor};
use crate::compression::Compression;
use crate::error::Corruption;
use crate::plane::{PlaneMut, PlaneRef};
use crate::pool::at_least;
use crate::shape::ChunkShape;

pub(super) const CODEC: Codec = Codec {
    compression: Compression::Rle,
    max_expansion: 64,
    decode,
    encode: Some(encode),
};

const MIN_RUN: usize = 3;
const MAX_RUN: usize = 128;
const MAX_LITERALS: usize = 127;

fn decode(
    shape: &ChunkShape,
    packed: &[u8],
    scratch: &mut DecodeScratch,
    planes: &mut [PlaneMut<'_>],
) -> Result<(), Corruption> {
    let split = at_least(&mut scratch.unpacked, shape.unpacked);
    expand(packed, split)?;
    predictor::merge(shape, split, planes);
    Ok(())
}

/// Fills `out` exactly.
pub(super) fn expand(packed: &[u8], out: &mut [u8]) -> Result<(), Corruption> {
    let (mut at, mut to) = (0, 0);
    while at < packed.len() {
        let n = packed[at] as i8;
        let (count, used) = if n < 0 {
            (usize::from(n.unsigned_abs()), usize::from(n.unsigned_abs()))
        } else {
            (n as usize + 1, 1)
        };
        let src = packed
            .get(at + 1..at + 1 + used)
            .ok_or(Corruption::Run { at })?;
        let dst = out.get_mut(to..to + count).ok_or(Corruption::Run { at })?;
        if n < 0 {
            dst.copy_from_slice(src)
        } else {
            dst.fill(src[0])
        }
        at += 1 + used;
        to += count;
    }
    if to != out.len() {
        return Err(Corruption::UnpackedSize {
            expected: out.len(),
            found: to,
        });
    }
    Ok(())
}

fn encode(
    shape: &ChunkShape,
    planes: &[PlaneRef<'_>],
    scratch: &mut EncodeScratch,
    out: &mut [u8],
) -> Option<usize> {
    let split = at_least(&mut scratch.unpacked, shape.unpacked);
    predictor::split(shape, planes, split);
    pack(split, out)
}

fn run_at(bytes: &[u8], at: usize) -> usize {
    let limit = bytes.len().min(at + MAX_RUN);
    bytes[at..limit]
        .iter()
        .take_while(|&&b| b == bytes[at])
        .count()
}

/// Packed length, `None` when `out` is too small.
pub(super) fn pack(bytes: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut at, mut to) = (0, 0);
    while at < bytes.len() {
        let run = run_at(bytes, at);
        if run >= MIN_RUN {
            out.get_mut(to..to + 2)?
                .copy_from_slice(&[(run - 1) as u8, bytes[at]]);
            at += run;
            to += 2;
            continue;
        }
        let mut end = at + 1;
        while end < bytes.len() && end - at < MAX_LITERALS && !starts_with_run(&bytes[end..]) {
            end += 1;
        }
        let n = end - at;
        let dst = out.get_mut(to..=to + n)?;
        dst[0] = (n as u8).wrapping_neg();
        dst[1..].copy_from_slice(&bytes[at..end]);
        at = end;
        to += 1 + n;
    }
    Some(to)
}

/// Whether three equal bytes come next.
fn starts_with_run(bytes: &[u8]) -> bool {
    bytes.len() >= MIN_RUN && bytes[0] == bytes[1] && bytes[1] == bytes[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rle_restores_runs_and_literals() {
        for n in [0usize, 1, 2, 3, 127, 128, 129, 300, 1000] {
            for period in [1usize, 2, 5, 200] {
                let bytes: Vec<u8> = (0..n).map(|i| (i / period % 251) as u8).collect();
                let mut packed = vec![0; 2 * n + 2];
                let used = pack(&bytes, &mut packed).unwrap();
                let mut back = vec![0; n];
                expand(&packed[..used], &mut back).unwrap();
                assert_eq!(back, bytes);
            }
        }
    }

    #[test]
    fn rle_rejects_overrun() {
        assert_eq!(expand(&[5, 1], &mut [0; 3]), Err(Corruption::Run { at: 0 }));
        assert_eq!(
            expand(&[0xfe, 1], &mut [0; 2]),
            Err(Corruption::Run { at: 0 })
        );
        assert!(matches!(
            expand(&[0, 1], &mut [0; 3]),
            Err(Corruption::UnpackedSize { .. })
        ));
    }
}
