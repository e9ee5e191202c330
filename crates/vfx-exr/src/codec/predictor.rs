//! The byte split and predictor that RLE, ZIPS and ZIP share.
//!
//! The raw chunk's bytes 0, 2, 4 ... come first, then 1, 3, 5 ...; over the whole, every byte but the first is replaced by its difference from the one before,
//! plus 128, modulo 256. Rows have an even number of bytes, so each row is one piece of either half, and both directions are one pass between the
//! halves and the planes, without a packed chunk in between. The second half starts from the first half's last byte, which is the sum of its differences.
//! Source: `internal_zip.c` of OpenEXRCore.

use crate::plane::{PlaneMut, PlaneRef};
use crate::shape::ChunkShape;
use crate::simd;

/// Running values of the two halves.
pub(crate) type Carry = (u8, u8);

/// From split differences (of the unpacked size) to planes.
pub(super) fn merge(shape: &ChunkShape, split: &mut [u8], planes: &mut [PlaneMut<'_>]) {
    if split.is_empty() {
        return;
    }
    // The first byte is stored without the bias that every other difference has.
    split[0] = split[0].wrapping_add(128);
    let (even, odd) = split.split_at(split.len() / 2);
    let mut carry: Carry = (0, unbiased_sum(even));
    // What nobody wants is summed up when something wanted follows: all channels between in one piece.
    let (mut at, mut summed) = (0, 0);
    for y in shape.line_numbers() {
        for span in shape.spans.iter().filter(|s| s.has_row(y)) {
            let start = at;
            at += span.row_bytes / 2;
            let Some(out) = span.dest(planes, y) else {
                continue;
            };
            let (from, to) = (start + span.skip / 2, start + (span.skip + span.take) / 2);
            if summed < from {
                advance(&even[summed..from], &odd[summed..from], &mut carry);
            }
            simd::merge_row(&even[from..to], &odd[from..to], out, &mut carry);
            summed = to;
        }
    }
}

fn advance(even: &[u8], odd: &[u8], carry: &mut Carry) {
    carry.0 = carry.0.wrapping_add(unbiased_sum(even));
    carry.1 = carry.1.wrapping_add(unbiased_sum(odd));
}

/// Sum of differences without their biases.
fn unbiased_sum(bytes: &[u8]) -> u8 {
    let bias = if bytes.len() % 2 == 1 { 128 } else { 0 };
    simd::byte_sum(bytes).wrapping_add(bias)
}

/// From planes to split differences (of the unpacked size).
pub(super) fn split(shape: &ChunkShape, planes: &[PlaneRef<'_>], split: &mut [u8]) {
    if split.is_empty() {
        return;
    }
    let half = split.len() / 2;
    let (even, odd) = split.split_at_mut(half);
    let mut carry: Carry = (0, 0);
    let mut at = 0;
    shape.source_rows(planes, |_, row| {
        let n = row.len() / 2;
        simd::split_row(row, &mut even[at..at + n], &mut odd[at..at + n], &mut carry);
        at += n;
    });
    even[0] = even[0].wrapping_sub(128);
    odd[0] = odd[0].wrapping_sub(carry.0);
}

/// From split differences to bytes; both have the same even length.
pub(super) fn merge_bytes(split: &mut [u8], out: &mut [u8]) {
    let Some(first) = split.first_mut() else {
        return;
    };
    *first = first.wrapping_add(128);
    let (even, odd) = split.split_at(split.len() / 2);
    let mut carry: Carry = (0, unbiased_sum(even));
    simd::merge_row(even, odd, out, &mut carry);
}

/// From bytes to split differences; both have the same even length.
pub(super) fn split_bytes(bytes: &[u8], split: &mut [u8]) {
    if bytes.is_empty() {
        return;
    }
    let (even, odd) = split.split_at_mut(bytes.len() / 2);
    let mut carry: Carry = (0, 0);
    simd::split_row(bytes, even, odd, &mut carry);
    even[0] = even[0].wrapping_sub(128);
    odd[0] = odd[0].wrapping_sub(carry.0);
}
