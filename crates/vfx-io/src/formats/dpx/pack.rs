//! Samples of a row between file bytes and planes of code values.
//!
//! A row is `samples` values, component by component, pixel by pixel. Filled 10-bit words hold three values from the high
//! bits down, with the two spare bits low (method A) or high (method B); packed values run from the low bit of one 32-bit
//! word into the next; 12-bit values fill the high (A) or low (B) bits of 16.
//! Source: SMPTE 268M-2003, annex C.

/// Which of a word's values comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum First {
    /// The one in the high bits.
    High,
    /// The one in the low bits.
    Low,
}

impl First {
    /// What elements of so many components have.
    pub fn of(components: usize) -> Self {
        if components == 1 {
            Self::Low
        } else {
            Self::High
        }
    }
    /// Bits above which value `i` of three lies.
    pub fn shift(self, i: usize) -> usize {
        match self {
            Self::High => 20 - 10 * i,
            Self::Low => 10 * i,
        }
    }
}

/// How the samples of a row lie in its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    /// One byte each.
    Bytes,
    /// 16 bits each, value shifted left by so many bits.
    Words(u8),
    /// 32 bits each: floats, or integers as they are.
    Longs,
    /// Three 10-bit values in 32 bits, shifted left by so many bits; the first one on top, or lowest as in images of a
    /// single component.
    Filled10(u8, First),
    /// Values of so many bits (1, 10, 12) without gaps, in 32-bit words.
    Packed(u8),
}

impl Packing {
    /// Bytes of a row, before any padding.
    pub fn row_bytes(self, samples: usize) -> usize {
        match self {
            Self::Bytes => samples,
            Self::Words(_) => samples * 2,
            Self::Longs => samples * 4,
            Self::Filled10(..) => samples.div_ceil(3) * 4,
            Self::Packed(bits) => (samples * usize::from(bits)).div_ceil(32) * 4,
        }
    }
    /// The byte range that holds samples `from .. to`, and the sample that is first in it.
    pub fn span(self, from: usize, to: usize) -> (std::ops::Range<usize>, usize) {
        match self {
            Self::Bytes => (from..to, from),
            Self::Words(_) => (from * 2..to * 2, from),
            Self::Longs => (from * 4..to * 4, from),
            Self::Filled10(..) => (from / 3 * 4..to.div_ceil(3) * 4, from / 3 * 3),
            Self::Packed(bits) => {
                // Whole groups of 32 samples begin on a word.
                let first = from / 32 * 32;
                (
                    first / 8 * usize::from(bits)..(to * usize::from(bits)).div_ceil(32) * 4,
                    first,
                )
            }
        }
    }
}

fn word(b: &[u8], big: bool) -> u32 {
    let b = [b[0], b[1], b[2], b[3]];
    if big {
        u32::from_be_bytes(b)
    } else {
        u32::from_le_bytes(b)
    }
}

/// Unpacks the integer samples of `bytes` (a [`Packing::span`]) into `out`, as many as fit.
pub(super) fn unpack(packing: Packing, big: bool, bytes: &[u8], out: &mut [u16]) {
    match packing {
        Packing::Bytes => {
            for (o, b) in out.iter_mut().zip(bytes) {
                *o = (*b).into();
            }
        }
        Packing::Words(shift) => {
            for (o, b) in out.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *o = (if big {
                    u16::from_be_bytes(*b)
                } else {
                    u16::from_le_bytes(*b)
                }) >> shift;
            }
        }
        Packing::Filled10(shift, first) => {
            for (o, b) in out.chunks_mut(3).zip(bytes.as_chunks::<4>().0) {
                let w = word(b, big) >> shift;
                for (i, o) in o.iter_mut().enumerate() {
                    *o = (w >> first.shift(i)) as u16 & 0x3ff;
                }
            }
        }
        Packing::Packed(bits) => {
            let (mut words, mut held, mut n) = (bytes.as_chunks::<4>().0.iter(), 0u64, 0);
            let mask = (1u64 << bits) - 1;
            for o in out {
                if n < bits {
                    let Some(b) = words.next() else { return };
                    held |= u64::from(word(b, big)) << n;
                    n += 32;
                }
                *o = (held & mask) as u16;
                held >>= bits;
                n -= bits;
            }
        }
        Packing::Longs => unreachable!("32-bit samples are copied"),
    }
}

/// Packs a row of samples into `out`, big endian; samples over the range are clipped to `max`.
pub(super) fn pack(packing: Packing, max: u16, samples: &[u16], out: &mut [u8]) {
    match packing {
        Packing::Bytes => {
            for (o, s) in out.iter_mut().zip(samples) {
                *o = (*s).min(max) as u8;
            }
        }
        Packing::Words(shift) => {
            for (o, s) in out.as_chunks_mut::<2>().0.iter_mut().zip(samples) {
                *o = ((*s).min(max) << shift).to_be_bytes();
            }
        }
        Packing::Filled10(shift, first) => {
            for (o, s) in out.as_chunks_mut::<4>().0.iter_mut().zip(samples.chunks(3)) {
                let w = s.iter().enumerate().fold(0, |w, (i, s)| {
                    w | u32::from((*s).min(max)) << first.shift(i)
                });
                *o = (w << shift).to_be_bytes();
            }
        }
        Packing::Packed(bits) => {
            let (mut words, mut held, mut n) = (out.as_chunks_mut::<4>().0.iter_mut(), 0u64, 0);
            for s in samples {
                held |= u64::from((*s).min(max)) << n;
                n += bits;
                if n >= 32 {
                    *words.next().expect("row is long enough") = (held as u32).to_be_bytes();
                    held >>= 32;
                    n -= 32;
                }
            }
            if n > 0 {
                *words.next().expect("row is long enough") = (held as u32).to_be_bytes();
            }
        }
        Packing::Longs => unreachable!("32-bit samples are copied"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packings_round_trip_and_split() {
        let all = [
            (Packing::Bytes, 255),
            (Packing::Words(0), 0xffff),
            (Packing::Words(4), 0xfff),
            (Packing::Filled10(2, First::High), 0x3ff),
            (Packing::Filled10(0, First::High), 0x3ff),
            (Packing::Filled10(2, First::Low), 0x3ff),
            (Packing::Packed(10), 0x3ff),
            (Packing::Packed(12), 0xfff),
            (Packing::Packed(1), 1),
        ];
        for (packing, max) in all {
            for n in [0usize, 1, 2, 3, 31, 32, 33, 100] {
                let samples: Vec<u16> = (0..n)
                    .map(|i| (i * 2531 % (usize::from(max) + 1)) as u16)
                    .collect();
                let mut bytes = vec![0; packing.row_bytes(n)];
                pack(packing, max, &samples, &mut bytes);
                for (from, to) in [(0, n), (n / 3, n), (n / 2, n / 2 + n / 4)] {
                    let (range, first) = packing.span(from, to);
                    let mut out = vec![0; to - first];
                    unpack(packing, true, &bytes[range], &mut out);
                    assert_eq!(
                        out[from - first..],
                        samples[from..to],
                        "{packing:?} {n} {from}..{to}"
                    );
                }
            }
        }
    }

    #[test]
    fn filled_method_a_has_red_on_top() {
        let mut out = [0; 4];
        pack(
            Packing::Filled10(2, First::High),
            1023,
            &[1023, 0, 1],
            &mut out,
        );
        assert_eq!(out, [0xff, 0xc0, 0x00, 0x04]);
    }
}
