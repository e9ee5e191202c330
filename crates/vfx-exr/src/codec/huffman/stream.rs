//! Decoding of words from a place in the coded bits: code by code, or several words a look-up.
//!
//! The look-up's chain is short: the next bits give the number of bits to drop from a small table, everything else waits for nothing. Two streams are
//! decoded in turn in one loop, so that either one's latency hides the other's.

use super::bits::Bits;
use super::decoder::{ID_SLOTS, INDEX_BITS, Tables, UNTOLD, bad};
use crate::error::Corruption;

/// Room in the output that a round of look-ups needs.
const ROOM: usize = 16;
/// Look-ups of several words a round; their bits must fit a refill.
const LOOK_UPS: u32 = 4;

/// Where decoding stands.
pub(super) struct Stream<'a, 'o> {
    pub bits: Bits<'a>,
    pub out: &'o mut [u16],
    /// Words decoded.
    pub done: usize,
    /// A run may be longer than the output: what follows is not wanted.
    pub cut: bool,
}

impl<'a, 'o> Stream<'a, 'o> {
    /// From bit `start` of the data on.
    pub fn new(data: &'a [u8], start: usize, out: &'o mut [u16], cut: bool) -> Self {
        Self {
            bits: Bits::new(data, start),
            out,
            done: 0,
            cut,
        }
    }

    /// One code of any kind, of which there must be room; whether it was a run.
    #[inline]
    pub fn one(&mut self, tables: &Tables) -> Result<bool, Corruption> {
        self.bits.refill();
        let (id, l) = next(tables, self.bits.b);
        self.bits.skip(l);
        if id == tables.run_id {
            self.run()?;
            return Ok(true);
        }
        self.out[self.done] = tables.words[id as usize & (ID_SLOTS - 1)];
        self.done += 1;
        Ok(false)
    }

    /// Repeats the last word as often as the next eight bits say.
    #[inline(always)]
    fn run(&mut self) -> Result<(), Corruption> {
        self.bits.refill();
        let mut count = (self.bits.b >> 56) as usize;
        self.bits.skip(8);
        let room = self.out.len() - self.done;
        if self.cut {
            count = count.min(room);
        }
        if self.done == 0 || count == 0 || count > room {
            return Err(bad("run without a sample, empty or too long"));
        }
        let word = self.out[self.done - 1];
        self.out[self.done..][..count].fill(word);
        self.done += count;
        Ok(())
    }

    /// Codes until the output is full, or bit `end` is reached.
    #[inline(always)]
    pub fn finish(&mut self, tables: &Tables, end: usize) -> Result<(), Corruption> {
        while self.done < self.out.len() && self.bits.position() < end {
            self.one(tables)?;
        }
        Ok(())
    }
}

/// Number of the next code, and its length.
#[inline(always)]
fn next(tables: &Tables, b: u64) -> (u64, u32) {
    let mut l = tables.length_of[(b >> (64 - INDEX_BITS)) as usize];
    if l == UNTOLD {
        l = tables.search(b) as u8;
    }
    (number(tables, b, l), u32::from(l))
}

/// Number of the next code, which has this length.
#[inline(always)]
fn number(tables: &Tables, b: u64, length: u8) -> u64 {
    tables.offset[usize::from(length)].wrapping_add(b.wrapping_shr(64 - u32::from(length)))
}

/// Goes over one code of any kind.
#[inline(always)]
pub(super) fn skip_code(tables: &Tables, bits: &mut Bits<'_>) {
    bits.refill();
    let (id, l) = next(tables, bits.b);
    bits.skip(l);
    if id == tables.run_id {
        bits.refill();
        bits.skip(8);
    }
}

/// How a round decodes: look-ups of several words by so many bits, or, when that is less than 8, so many codes.
pub(super) type Way = u32;

/// A stream in a loop of rounds: its place is in registers only when nothing outside of the loop can see it.
struct Hot<'a, 'o> {
    bits: Bits<'a>,
    out: &'o mut [u16],
    done: usize,
}

impl<'a, 'o> Hot<'a, 'o> {
    /// Of the data before byte `end`.
    #[inline(always)]
    fn new<'s: 'o>(stream: &'s mut Stream<'a, '_>, end: usize) -> Self {
        Self {
            bits: Bits {
                data: &stream.bits.data[..end],
                ..stream.bits
            },
            out: &mut *stream.out,
            done: stream.done,
        }
    }

    /// What it has come to.
    #[inline(always)]
    fn place(&self) -> (usize, u64, u32, usize) {
        (self.bits.at, self.bits.b, self.bits.n, self.done)
    }

    /// Whether there are bits and room for a round.
    #[inline(always)]
    fn ready(&mut self) -> bool {
        self.out.len() - self.done >= ROOM && self.bits.refill_within()
    }

    /// False when it came to nothing, or not to all that a round may give; then the next code is one to look at alone.
    #[inline(always)]
    fn round<const WAY: Way>(&mut self, tables: &Tables) -> bool {
        if WAY < 8 {
            self.codes::<WAY>(tables)
        } else {
            self.look_ups::<WAY>(tables)
        }
    }

    /// Codes whose lengths the table tells and which the bits at hand suffice for: that is seen afterwards, once for all of them.
    #[inline(always)]
    fn codes<const WAY: Way>(&mut self, tables: &Tables) -> bool {
        let Some(room) = self.out[self.done..].first_chunk_mut::<ROOM>() else {
            return false;
        };
        let mut b = self.bits.b;
        let mut used = 0;
        for out in &mut room[..WAY as usize] {
            let l = tables.length_of[(b >> (64 - INDEX_BITS)) as usize];
            *out = tables.words[number(tables, b, l) as usize & (ID_SLOTS - 1)];
            b = b.wrapping_shl(u32::from(l));
            used += u32::from(l);
        }
        if used > self.bits.n {
            return false;
        }
        self.bits.b = b;
        self.bits.n -= used;
        self.done += WAY as usize;
        true
    }

    /// Look-ups of several words; after one that gives nothing, the others give and drop nothing either.
    #[inline(always)]
    fn look_ups<const WAY: Way>(&mut self, tables: &Tables) -> bool {
        let Some(room) = self.out[self.done..].first_chunk_mut::<ROOM>() else {
            return false;
        };
        let mut words = 0;
        let mut last = 0;
        for _ in 0..LOOK_UPS {
            let cell = (self.bits.b >> (64 - WAY)) as usize;
            // The only thing that the next look-up waits for.
            self.bits.skip(u32::from(tables.drop[cell]));
            let entry = &tables.several[cell];
            room[words..words + 4].copy_from_slice(entry);
            last = usize::from(entry[3]);
            words += last;
        }
        self.done += words;
        last != 0
    }
}

impl Stream<'_, '_> {
    #[inline(always)]
    fn put(&mut self, place: (usize, u64, u32, usize)) {
        (self.bits.at, self.bits.b, self.bits.n, self.done) = place;
    }

    /// Rounds while there are bits before byte `end` and room.
    #[inline(always)]
    pub fn rounds<const WAY: Way>(
        &mut self,
        tables: &Tables,
        end: usize,
    ) -> Result<(), Corruption> {
        loop {
            let mut hot = Hot::new(self, end);
            let stuck = loop {
                if !hot.ready() {
                    break false;
                }
                if !hot.round::<WAY>(tables) {
                    break true;
                }
            };
            let place = hot.place();
            self.put(place);
            if !stuck {
                return Ok(());
            }
            self.one(tables)?;
        }
    }
}

/// Rounds of two streams in turn, while both have bits before their bytes `ends` and room.
///
/// # Errors
///
/// What is corrupt, and whether in the second stream.
#[inline(always)]
pub(super) fn rounds_of_two<const WAY: Way>(
    tables: &Tables,
    first: &mut Stream<'_, '_>,
    second: &mut Stream<'_, '_>,
    ends: [usize; 2],
) -> Result<(), (bool, Corruption)> {
    loop {
        let mut a = Hot::new(first, ends[0]);
        let mut b = Hot::new(second, ends[1]);
        let (mut a_well, mut b_well) = (true, true);
        let goes_on = loop {
            if !a.ready() || !b.ready() {
                break false;
            }
            a_well = a.round::<WAY>(tables);
            b_well = b.round::<WAY>(tables);
            if !(a_well && b_well) {
                break true;
            }
        };
        let places = (a.place(), b.place());
        first.put(places.0);
        second.put(places.1);
        if !goes_on {
            return Ok(());
        }
        if !a_well {
            first.one(tables).map_err(|e| (false, e))?;
        }
        if !b_well {
            second.one(tables).map_err(|e| (true, e))?;
        }
    }
}
