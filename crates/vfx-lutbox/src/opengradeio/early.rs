//! The LUT of a frame before the frame is whole.

use std::ops::Range;

use crate::cube::{Arriving, edge_of};
use crate::{AxisOrder, Cube, LutBoxError};

/// Where the key of a LUT is looked for.
const HEAD: usize = 1024;

/// The LUT of a frame, converted while its pieces are in the caches and before the last has come.
#[derive(Default)]
pub(crate) struct Early(Option<(Range<usize>, Arriving)>);

impl Early {
    /// `bytes` have come of a frame; `before` of them were known.
    pub fn advance(&mut self, bytes: &[u8], before: usize) {
        if self.0.is_none() && before < HEAD {
            let expected = expected(&bytes[..bytes.len().min(HEAD)]);
            self.0 = expected.map(|(place, edge)| (place, Arriving::new(edge)));
        }
        if let Some((place, arriving)) = &mut self.0 {
            let next = place.start + 16 * arriving.texels();
            if let Some(new) = bytes.get(next..bytes.len().min(place.end)) {
                arriving.push(new.as_chunks().0);
            }
        }
    }

    /// The lattice of `data`, which lies in `frame`, all of whose bytes have come.
    ///
    /// # Errors
    ///
    /// If it is no cube of 2 to 128, or a value is not finite.
    pub fn cube(self, order: AxisOrder, frame: &[u8], data: &[u8]) -> Result<Cube, LutBoxError> {
        let start = data.as_ptr().addr() - frame.as_ptr().addr();
        match self.0 {
            Some((place, arriving)) if place == (start..start + data.len()) => {
                arriving.finish(order)
            }
            _ => Cube::from_rgba_le(order, data),
        }
    }
}

/// Where the floats of `lutData` seem to lie, by the first bytes of a frame, and the edge; [`super::parse`] decides.
fn expected(head: &[u8]) -> Option<(Range<usize>, usize)> {
    const KEY: &[u8] = b"\x05lutData\0";
    let key = head.windows(KEY.len()).position(|w| w == KEY)?;
    let value = &head[key + KEY.len()..];
    let (length, rest) = value.split_first_chunk::<4>()?;
    let bytes = usize::try_from(i32::from_le_bytes(*length)).ok()?;
    let edge = edge_of(bytes, 16).ok()?;
    let start = key + KEY.len() + 5;
    (rest.first() == Some(&0)).then_some((start..start + bytes, edge))
}

/// The LUT of a frame that comes in pieces of at most `piece` bytes; none if it is no sound `setLUT`.
pub fn in_pieces(frame: &[u8], piece: usize, order: AxisOrder) -> Option<Cube> {
    let mut early = Early::default();
    let mut known = 0;
    while known < frame.len() {
        let next = frame.len().min(known + piece.max(1));
        early.advance(&frame[..next], known);
        known = next;
    }
    match super::parse(frame) {
        Ok(super::Command::SetLut { data, .. }) => early.cube(order, frame, data).ok(),
        _ => None,
    }
}
