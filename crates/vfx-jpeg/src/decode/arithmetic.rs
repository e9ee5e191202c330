//! Arithmetic decoding (T.81 D.2, F.1.4, F.2.4, G.1.3, H.1.2.3): the QM coder and its statistical models.
//!
//! Bytes come without stuffing; past the real end zeros are supplied, as D.2.6 has it. A code that cannot be (an index
//! beyond the band, a magnitude beyond 15 bits) sets `broken`, and the rest of the segment decodes to nothing.

use super::coefficients::{Block, Order};
use super::progressive::Band;

/// Table D.3: Qe, next index after LPS, next after MPS, switch of MPS. The last state never moves: probability one half.
const STATES: [(u16, u8, u8, u8); 114] = [
    (0x5a1d, 1, 1, 1),
    (0x2586, 14, 2, 0),
    (0x1114, 16, 3, 0),
    (0x080b, 18, 4, 0),
    (0x03d8, 20, 5, 0),
    (0x01da, 23, 6, 0),
    (0x00e5, 25, 7, 0),
    (0x006f, 28, 8, 0),
    (0x0036, 30, 9, 0),
    (0x001a, 33, 10, 0),
    (0x000d, 35, 11, 0),
    (0x0006, 9, 12, 0),
    (0x0003, 10, 13, 0),
    (0x0001, 12, 13, 0),
    (0x5a7f, 15, 15, 1),
    (0x3f25, 36, 16, 0),
    (0x2cf2, 38, 17, 0),
    (0x207c, 39, 18, 0),
    (0x17b9, 40, 19, 0),
    (0x1182, 42, 20, 0),
    (0x0cef, 43, 21, 0),
    (0x09a1, 45, 22, 0),
    (0x072f, 46, 23, 0),
    (0x055c, 48, 24, 0),
    (0x0406, 49, 25, 0),
    (0x0303, 51, 26, 0),
    (0x0240, 52, 27, 0),
    (0x01b1, 54, 28, 0),
    (0x0144, 56, 29, 0),
    (0x00f5, 57, 30, 0),
    (0x00b7, 59, 31, 0),
    (0x008a, 60, 32, 0),
    (0x0068, 62, 33, 0),
    (0x004e, 63, 34, 0),
    (0x003b, 32, 35, 0),
    (0x002c, 33, 9, 0),
    (0x5ae1, 37, 37, 1),
    (0x484c, 64, 38, 0),
    (0x3a0d, 65, 39, 0),
    (0x2ef1, 67, 40, 0),
    (0x261f, 68, 41, 0),
    (0x1f33, 69, 42, 0),
    (0x19a8, 70, 43, 0),
    (0x1518, 72, 44, 0),
    (0x1177, 73, 45, 0),
    (0x0e74, 74, 46, 0),
    (0x0bfb, 75, 47, 0),
    (0x09f8, 77, 48, 0),
    (0x0861, 78, 49, 0),
    (0x0706, 79, 50, 0),
    (0x05cd, 48, 51, 0),
    (0x04de, 50, 52, 0),
    (0x040f, 50, 53, 0),
    (0x0363, 51, 54, 0),
    (0x02d4, 52, 55, 0),
    (0x025c, 53, 56, 0),
    (0x01f8, 54, 57, 0),
    (0x01a4, 55, 58, 0),
    (0x0160, 56, 59, 0),
    (0x0125, 57, 60, 0),
    (0x00f6, 58, 61, 0),
    (0x00cb, 59, 62, 0),
    (0x00ab, 61, 63, 0),
    (0x008f, 61, 32, 0),
    (0x5b12, 65, 65, 1),
    (0x4d04, 80, 66, 0),
    (0x412c, 81, 67, 0),
    (0x37d8, 82, 68, 0),
    (0x2fe8, 83, 69, 0),
    (0x293c, 84, 70, 0),
    (0x2379, 86, 71, 0),
    (0x1edf, 87, 72, 0),
    (0x1aa9, 87, 73, 0),
    (0x174e, 72, 74, 0),
    (0x1424, 72, 75, 0),
    (0x119c, 74, 76, 0),
    (0x0f6b, 74, 77, 0),
    (0x0d51, 75, 78, 0),
    (0x0bb6, 77, 79, 0),
    (0x0a40, 77, 48, 0),
    (0x5832, 80, 81, 1),
    (0x4d1c, 88, 82, 0),
    (0x438e, 89, 83, 0),
    (0x3bdd, 90, 84, 0),
    (0x34ee, 91, 85, 0),
    (0x2eae, 92, 86, 0),
    (0x299a, 93, 87, 0),
    (0x2516, 86, 71, 0),
    (0x5570, 88, 89, 1),
    (0x4ca9, 95, 90, 0),
    (0x44d9, 96, 91, 0),
    (0x3e22, 97, 92, 0),
    (0x3824, 99, 93, 0),
    (0x32b4, 99, 94, 0),
    (0x2e17, 93, 86, 0),
    (0x56a8, 95, 96, 1),
    (0x4f46, 101, 97, 0),
    (0x47e5, 102, 98, 0),
    (0x41cf, 103, 99, 0),
    (0x3c3d, 104, 100, 0),
    (0x375e, 99, 93, 0),
    (0x5231, 105, 102, 0),
    (0x4c0f, 106, 103, 0),
    (0x4639, 107, 104, 0),
    (0x415e, 103, 99, 0),
    (0x5627, 105, 106, 1),
    (0x50e7, 108, 107, 0),
    (0x4b85, 109, 103, 0),
    (0x5597, 110, 109, 0),
    (0x504f, 111, 107, 0),
    (0x5a10, 110, 111, 1),
    (0x5522, 112, 109, 0),
    (0x59eb, 112, 111, 1),
    (0x5a1d, 113, 113, 0),
];
const FIXED: u8 = 113;

/// Conditioning of one table: `L`, `U` for DC, `Kx` for AC (T.81 F.1.4.4.1.4, F.1.4.4.2).
#[derive(Clone, Copy)]
pub(crate) struct Conditioning {
    pub dc: [(u8, u8); 4],
    pub ac: [u8; 4],
}

impl Default for Conditioning {
    fn default() -> Self {
        Conditioning {
            dc: [(0, 1); 4],
            ac: [5; 4],
        }
    }
}

/// The coder and the statistics of one segment.
#[derive(Clone)]
pub(crate) struct Arithmetic {
    a: u32,
    c: u32,
    ct: u32,
    pub p: usize,
    started: bool,
    pub broken: bool,
    dc: [[u8; 64]; 4],
    ac: [[u8; 256]; 4],
    /// Lossless statistics, larger than those of DC.
    differences: [[u8; 160]; 4],
    dc_context: [u8; 4],
}

impl Arithmetic {
    pub fn new() -> Self {
        Arithmetic {
            a: 0,
            c: 0,
            ct: 0,
            p: 0,
            started: false,
            broken: false,
            dc: [[0; 64]; 4],
            ac: [[0; 256]; 4],
            differences: [[0; 160]; 4],
            dc_context: [0; 4],
        }
    }

    /// Adds the next byte to the low end of the code register (Byte_in, figure D.20 without its stuffing).
    #[inline]
    fn byte_in(&mut self, data: &[u8]) {
        let byte = data.get(self.p).copied().unwrap_or(0);
        self.p += 1;
        self.c |= u32::from(byte) << 8;
        self.ct = 8;
    }

    /// One binary decision (figure D.14 onwards).
    #[inline]
    fn decide(&mut self, data: &[u8], bin: &mut u8) -> bool {
        if !self.started {
            self.started = true;
            self.byte_in(data);
            self.c <<= 8;
            self.byte_in(data);
            self.c <<= 8;
            self.ct = 0;
            self.a = 0x1_0000;
        }
        let (qe, lps, mps, switch) = STATES[usize::from(*bin & 0x7f).min(113)];
        let qe = u32::from(qe);
        let sense = *bin & 0x80;
        self.a -= qe;
        let likely;
        if (self.c >> 16) < self.a {
            if self.a >= 0x8000 {
                return sense != 0;
            }
            likely = self.a >= qe;
        } else {
            self.c -= self.a << 16;
            likely = self.a < qe;
            self.a = qe;
        }
        *bin = if likely {
            sense | mps
        } else {
            (sense ^ (switch << 7)) | lps
        };
        while self.a < 0x8000 {
            if self.ct == 0 {
                self.byte_in(data);
            }
            self.a <<= 1;
            self.c <<= 1;
            self.ct -= 1;
        }
        (sense != 0) == likely
    }

    #[inline]
    fn fixed(&mut self, data: &[u8]) -> bool {
        self.decide(data, &mut { FIXED })
    }

    /// Magnitude minus one from the bin chain: `first` already said "above one"; `bins[x]` is X1 or X2, magnitude bits sit
    /// 14 further on (figures F.23, F.24).
    #[inline]
    fn magnitude(&mut self, data: &[u8], bins: &mut [u8], mut x: usize, mut m: u32) -> Option<u32> {
        while self.decide(data, &mut bins[x]) {
            m <<= 1;
            if m == 0x8000 {
                self.broken = true;
                return None;
            }
            x += 1;
        }
        Some(self.low_bits(data, bins, x + 14, m))
    }

    #[inline]
    fn low_bits(&mut self, data: &[u8], bins: &mut [u8], at: usize, mut m: u32) -> u32 {
        let mut v = m;
        loop {
            m >>= 1;
            if m == 0 {
                return v;
            }
            if self.decide(data, &mut bins[at]) {
                v |= m;
            }
        }
    }

    /// The DC difference of component `index` of the scan (F.1.4.4.1).
    pub fn dc_difference(
        &mut self,
        data: &[u8],
        index: usize,
        table: usize,
        cond: &Conditioning,
    ) -> Option<i32> {
        let mut bins = self.dc[table];
        let value = self.dc_in(data, &mut bins, index, cond.dc[table]);
        self.dc[table] = bins;
        value
    }

    fn dc_in(
        &mut self,
        data: &[u8],
        bins: &mut [u8; 64],
        index: usize,
        (l, u): (u8, u8),
    ) -> Option<i32> {
        let s0 = usize::from(self.dc_context[index]);
        if !self.decide(data, &mut bins[s0]) {
            self.dc_context[index] = 0;
            return Some(0);
        }
        let negative = self.decide(data, &mut bins[s0 + 1]);
        let sp = s0 + 2 + usize::from(negative);
        let mut category = 0;
        let mut v = 0;
        if self.decide(data, &mut bins[sp]) {
            // The category is the leading bit alone, so it is found before the lower bits are read.
            let mut x = 20;
            let mut m = 1u32;
            while self.decide(data, &mut bins[x]) {
                m <<= 1;
                if m == 0x8000 {
                    self.broken = true;
                    return None;
                }
                x += 1;
            }
            category = m;
            v = self.low_bits(data, bins, x + 14, m);
        }
        let (low, high) = ((1u32 << l) >> 1, (1u32 << u) >> 1);
        self.dc_context[index] = if category < low {
            0
        } else {
            (if category > high { 12 } else { 4 }) + if negative { 4 } else { 0 }
        };
        let v = v as i32 + 1;
        Some(if negative { -v } else { v })
    }

    /// The AC coefficients of a band, first pass (F.1.4.4.2). `None` when the code is broken.
    pub fn ac_band(
        &mut self,
        data: &[u8],
        table: usize,
        cond: &Conditioning,
        band: Band,
        order: &Order,
        out: &mut Block,
    ) -> Option<u32> {
        let mut bins = std::mem::replace(&mut self.ac[table], [0; 256]);
        let last = self.ac_in(data, &mut bins, u32::from(cond.ac[table]), band, order, out);
        self.ac[table] = bins;
        last
    }

    fn ac_in(
        &mut self,
        data: &[u8],
        bins: &mut [u8; 256],
        kx: u32,
        band: Band,
        order: &Order,
        out: &mut Block,
    ) -> Option<u32> {
        let (mut k, mut last) = (band.start, 0);
        while k <= band.end {
            let mut st = 3 * (k as usize - 1);
            if self.decide(data, &mut bins[st]) {
                break;
            }
            while !self.decide(data, &mut bins[st + 1]) {
                st += 3;
                k += 1;
                if k > band.end {
                    self.broken = true;
                    return None;
                }
            }
            let negative = self.fixed(data);
            let mut v = 0;
            if self.decide(data, &mut bins[st + 2]) {
                v = if self.decide(data, &mut bins[st + 2]) {
                    self.magnitude(data, bins, if k <= kx { 189 } else { 217 }, 2)?
                } else {
                    // Magnitude two: the category bit itself, no lower bits.
                    1
                };
            }
            let v = v as i32 + 1;
            let v = if negative { -v } else { v };
            out[usize::from(order[k as usize & 63]) & 63] = (v << (band.low & 15)) as i16;
            last = k;
            k += 1;
        }
        Some(last)
    }

    /// One more bit of DC.
    pub fn dc_refine(&mut self, data: &[u8], low: u32, out: &mut Block) {
        if self.fixed(data) {
            out[0] |= (1i32 << (low & 15)) as i16;
        }
    }

    /// One more bit of an AC band (G.1.3.3), coefficients in zig-zag order.
    pub fn ac_refine(&mut self, data: &[u8], table: usize, band: Band, out: &mut Block) {
        let mut bins = std::mem::replace(&mut self.ac[table], [0; 256]);
        let one = (1i32 << (band.low & 15)) as i16;
        let at = |k: u32| k as usize & 63;
        let end_before = (1..=band.end).rev().find(|&k| out[at(k)] != 0).unwrap_or(0);
        let mut k = band.start;
        'band: while k <= band.end {
            let mut st = 3 * (k as usize - 1);
            if k > end_before && self.decide(data, &mut bins[st]) {
                break;
            }
            loop {
                let c = &mut out[at(k)];
                if *c != 0 {
                    if self.decide(data, &mut bins[st + 2]) {
                        *c = if *c < 0 {
                            c.wrapping_sub(one)
                        } else {
                            c.wrapping_add(one)
                        };
                    }
                    break;
                }
                if self.decide(data, &mut bins[st + 1]) {
                    *c = if self.fixed(data) {
                        one.wrapping_neg()
                    } else {
                        one
                    };
                    break;
                }
                st += 3;
                k += 1;
                if k > band.end {
                    self.broken = true;
                    break 'band;
                }
            }
            k += 1;
        }
        self.ac[table] = bins;
    }

    /// A lossless difference, conditioned on the differences to the left and above (H.1.2.3).
    pub fn difference(
        &mut self,
        data: &[u8],
        table: usize,
        (l, u): (u8, u8),
        left: i32,
        above: i32,
    ) -> Option<i32> {
        let (low, high) = ((1u32 << l) >> 1, 1u32 << u);
        let class = |d: i32| {
            let m = d.unsigned_abs();
            let size = if m <= low {
                0
            } else {
                1 + usize::from(m > high) * 2
            };
            if size == 0 {
                0
            } else {
                size + usize::from(d < 0)
            }
        };
        let mut bins = std::mem::replace(&mut self.differences[table], [0; 160]);
        let s0 = 4 * (5 * class(left) + class(above));
        let x1 = if class(above) >= 3 { 129 } else { 100 };
        let value = (|| {
            if !self.decide(data, &mut bins[s0]) {
                return Some(0);
            }
            let negative = self.decide(data, &mut bins[s0 + 1]);
            let mut v = 0;
            if self.decide(data, &mut bins[s0 + 2 + usize::from(negative)]) {
                v = self.magnitude(data, &mut bins, x1, 1)?;
            }
            let v = v as i32 + 1;
            Some(if negative { -v } else { v })
        })();
        self.differences[table] = bins;
        value
    }
}
