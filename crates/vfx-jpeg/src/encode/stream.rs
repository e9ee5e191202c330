//! Blocks straight into bits: the streaming mode, one scan with the fixed tables of T.81 annex K.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bits::BitWriter;
use super::config::Config;
use super::dct::SCATTER;
use super::front::{BlockSink, Front};
use super::geometry::Geometry;
use super::huffman::{self, Codes};
use super::input::Rows;
use super::join::BandBits;
use super::sequential;
use super::simd::simd;
use super::sink::Emit;

/// Bits that collect before they are written.
const BUFFER: usize = 8 << 10;
/// Bands a thread, so that uneven ones even out; each costs the strip before it once more.
const BANDS: usize = 2;
/// Strips below which a band costs more than it brings.
const LEAST_STRIPS: usize = 8;

/// The entropy coder of the streaming mode.
#[derive(Debug)]
pub(super) struct Stream {
    codes: [[Codes; 2]; 2],
    bits: BitWriter,
    last: [i32; 4],
    restart: usize,
    mcu: usize,
    chroma: [usize; 4],
}

impl Stream {
    /// `chroma[c]` says which components use the second pair of tables.
    pub fn new(geometry: &Geometry, restart: usize) -> Self {
        let mut chroma = [0; 4];
        for (chroma, c) in chroma.iter_mut().zip(&geometry.components) {
            *chroma = usize::from(c.table > 0);
        }
        Self {
            codes: huffman::standard().map(|pair| pair.map(|t| t.codes())),
            bits: BitWriter::new(BUFFER),
            last: [0; 4],
            restart,
            mcu: 0,
            chroma,
        }
    }

    /// Which pair of tables component `c` uses.
    pub fn slot(&self, c: usize) -> u8 {
        self.chroma[c] as u8
    }

    /// Ends the scan.
    pub fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.bits.align();
        out.write_all(self.bits.bytes())?;
        self.bits.clear();
        Ok(())
    }
}

/// Codes a whole picture in bands of strips on several threads, and joins their bits: the bytes are those of one thread.
pub(super) fn parallel(
    geometry: &Geometry,
    config: &Config,
    tables: &[[u16; 64]],
    rows: &Rows<'_>,
    stream: &mut Stream,
    out: &mut dyn Write,
) -> io::Result<()> {
    let strips = geometry.mcus_high;
    let threads = config.threads.min(strips);
    let count = threads.max((threads * BANDS).min(strips / LEAST_STRIPS));
    let shared = &*stream;
    let band = |i: usize| {
        let (first, end) = (strips * i / count, strips * (i + 1) / count);
        // The strip before is the context of the adaptive field, and tells the DC predictors.
        let start = first.saturating_sub(1);
        let wide = geometry.mcus_wide;
        let mut sink = BandSink {
            codes: &shared.codes,
            chroma: shared.chroma,
            band: BandBits::new(),
            last: [0; 4],
            restart: shared.restart,
            next: start * wide,
            first: first * wide,
            end: end * wide,
            coding: false,
        };
        let mut front = Front::new(geometry, config, tables);
        front.start_at(start);
        let size = geometry.strip_rows();
        let stop = ((end + 1) * size).min(geometry.height);
        for y in start * size..stop {
            let row = rows.row(y, geometry.width, config.input.channels());
            simd!(s => front.push(s, &row, &mut sink));
        }
        sink.band
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                break done;
            }
            done.push((i, band(i)));
        }
    };
    let work = &work;
    let mut bands = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut bands = work();
        for other in others {
            match other.join() {
                Ok(done) => bands.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        bands
    });
    bands.sort_by_key(|b| b.0);
    for (_, band) in bands {
        band.join(&mut stream.bits, out)?;
    }
    Ok(())
}

/// The blocks of a band of strips, and of the strips around it, into bits.
struct BandSink<'a> {
    codes: &'a [[Codes; 2]; 2],
    chroma: [usize; 4],
    band: BandBits,
    last: [i32; 4],
    restart: usize,
    /// The next MCU, and those of the band.
    next: usize,
    first: usize,
    end: usize,
    coding: bool,
}

impl BlockSink for BandSink<'_> {
    #[inline(always)]
    fn mcu(&mut self) {
        self.coding = self.next >= self.first && self.next < self.end;
        let due = self.restart != 0 && self.next != 0 && self.next.is_multiple_of(self.restart);
        if self.coding && due {
            self.band.restart(self.next / self.restart - 1);
            self.last = [0; 4];
        }
        self.next += 1;
    }

    #[inline(always)]
    fn block(&mut self, c: usize, _: usize, _: usize, values: &[i16; 64], mask: u64) {
        if self.coding {
            let pair = &self.codes[self.chroma[c & 3] & 1];
            let last = &mut self.last[c & 3];
            code(pair, &mut self.band.bits, values, mask, last);
        } else {
            self.last[c & 3] = i32::from(values[0]);
        }
    }
}

/// Codes a transposed block.
#[inline(always)]
fn code(
    pair: &[Codes; 2],
    bits: &mut BitWriter,
    values: &[i16; 64],
    mut mask: u64,
    last: &mut i32,
) {
    // Scattered, not shuffled: the cost follows the nonzero ones, and `zigzag` need not be cleared.
    let mut zigzag = [0i16; 64];
    let mut nonzero = 0u64;
    while mask != 0 {
        let i = mask.trailing_zeros() as usize & 63;
        mask &= mask - 1;
        let z = SCATTER[i] & 63;
        nonzero |= 1 << z;
        zigzag[usize::from(z)] = values[i];
    }
    let dc = i32::from(values[0]);
    let mut sink = Emit {
        codes: [
            &pair[0], &pair[1], &pair[0], &pair[1], &pair[0], &pair[1], &pair[0], &pair[1],
        ],
        bits,
        out: None,
        result: Ok(()),
    };
    sequential::block(&mut sink, 0, 1, dc - *last, &zigzag, nonzero);
    *last = dc;
}

/// [`Stream`] with somewhere to write.
pub(super) struct StreamSink<'a> {
    pub stream: &'a mut Stream,
    pub out: &'a mut dyn Write,
    pub result: io::Result<()>,
}

impl BlockSink for StreamSink<'_> {
    #[inline(always)]
    fn mcu(&mut self) {
        let s = &mut *self.stream;
        if s.bits.is_full() {
            if self.result.is_ok() {
                self.result = self.out.write_all(s.bits.bytes());
            }
            s.bits.clear();
        }
        if s.restart != 0 && s.mcu != 0 && s.mcu.is_multiple_of(s.restart) {
            s.bits.align();
            s.bits
                .marker(crate::marker::RST0 + ((s.mcu / s.restart - 1) % 8) as u8);
            s.last = [0; 4];
        }
        s.mcu += 1;
    }

    #[inline(always)]
    fn block(&mut self, c: usize, _: usize, _: usize, values: &[i16; 64], mask: u64) {
        let s = &mut *self.stream;
        code(
            &s.codes[s.chroma[c & 3] & 1],
            &mut s.bits,
            values,
            mask,
            &mut s.last[c & 3],
        );
    }
}
