//! One coded stream decoded from two places at once.
//!
//! Nothing in the stream says where a code begins, but Huffman codes find their step again: a decoder that starts between two codes soon reads the same codes
//! as one that starts right. So the second half is decoded from its first bit on into spare memory, the first codes one by one with their places noted; when the
//! decoder of the first half reaches one of these places, all that follows is known. Codes that do not find their step (of one length only, say) are noticed by
//! probes beforehand; should the halves miss each other all the same, the first decoder goes on alone. Cost: a copy of half the words.

use super::bits::Bits;
use super::decoder::{Tables, bad};
use super::stream::{Stream, Way, rounds_of_two, skip_code};
use crate::error::Corruption;
use crate::pool::at_least;

/// Data bits from which on it pays.
pub(super) const MIN_BITS: usize = 1 << 16;
/// Codes of the second half whose places are noted.
const NOTED: usize = 256;
/// Bits after the start of the second half from which probes must find its step.
const PROBES: [usize; 3] = [1, 2, 5];

/// The place of a code that is no run, and the words before it.
#[derive(Clone, Copy, Default)]
struct Place {
    bit: usize,
    words: usize,
}

/// Decodes `bits` bits of `data` into all of `out`; false when the code does not find its step and nothing was done.
#[inline(always)]
pub(super) fn decode<const WAY: Way>(
    tables: &Tables,
    data: &[u8],
    bits: usize,
    out: &mut [u16],
    spare: &mut Vec<u16>,
) -> Result<bool, Corruption> {
    let half = bits / 2;
    // Before it has found its step, the second decoder may meet runs.
    let spare = at_least(spare, out.len() + 255 * NOTED);
    let mut b = Stream::new(data, half, spare, false);
    let mut noted = [Place::default(); NOTED];
    let Some(places) = note(tables, &mut b, &mut noted) else {
        return Ok(false);
    };
    if !PROBES
        .into_iter()
        .all(|n| finds(tables, places, Bits::new(data, half + n)))
    {
        return Ok(false);
    }

    let mut a = Stream::new(data, 0, out, false);
    // The last byte may be padded; no look-up of the second half goes so far.
    let ends = [half / 8, data.len() - 1];
    let second = match rounds_of_two::<WAY>(tables, &mut a, &mut b, ends) {
        Ok(()) => b
            .rounds::<WAY>(tables, ends[1])
            .and_then(|()| b.finish(tables, bits)),
        Err((false, error)) => return Err(error),
        Err((true, error)) => Err(error),
    };
    a.rounds::<WAY>(tables, ends[0])?;
    let mut from = 0;
    while a.done < a.out.len() {
        match meet(places, &mut from, a.bits.position()) {
            Meeting::Ahead => _ = a.one(tables)?,
            Meeting::Over => {
                a.rounds::<WAY>(tables, data.len())?;
                a.finish(tables, usize::MAX)?;
            }
            Meeting::At(place) => {
                second?;
                let words = &b.out[place.words..b.done];
                if b.bits.position() != bits || words.len() != a.out.len() - a.done {
                    return Err(bad("data bits do not fit the samples"));
                }
                a.out[a.done..].copy_from_slice(words);
                return Ok(true);
            }
        }
    }
    if a.bits.position() != bits {
        return Err(bad("data bits do not fit the samples"));
    }
    Ok(true)
}

/// Decodes the first codes of the second half; their places, unless that fails.
#[inline(always)]
fn note<'a>(
    tables: &Tables,
    b: &mut Stream<'_, '_>,
    places: &'a mut [Place; NOTED],
) -> Option<&'a [Place]> {
    let mut count = 0;
    for _ in 0..NOTED {
        places[count] = Place {
            bit: b.bits.position(),
            words: b.done,
        };
        let is_run = b.one(tables).ok()?;
        count += usize::from(!is_run);
    }
    Some(&places[..count])
}

/// Whether decoding from some bit reaches one of the places.
#[inline(always)]
fn finds(tables: &Tables, places: &[Place], mut bits: Bits<'_>) -> bool {
    let mut from = 0;
    loop {
        match meet(places, &mut from, bits.position()) {
            Meeting::At(_) => return true,
            Meeting::Over => return false,
            Meeting::Ahead => skip_code(tables, &mut bits),
        }
    }
}

/// What lies ahead of a decoder.
enum Meeting {
    /// It is there.
    At(Place),
    /// One or more places.
    Ahead,
    /// None.
    Over,
}

/// Looks for a bit among the places from `from` on.
#[inline(always)]
fn meet(places: &[Place], from: &mut usize, bit: usize) -> Meeting {
    while places.get(*from).is_some_and(|p| p.bit < bit) {
        *from += 1;
    }
    match places.get(*from) {
        None => Meeting::Over,
        Some(place) if place.bit == bit => Meeting::At(*place),
        Some(_) => Meeting::Ahead,
    }
}
