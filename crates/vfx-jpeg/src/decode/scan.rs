//! One scan (T.81 B.2.3): its parameters, where it stands, and the loops over its MCUs. A scan stops between any two MCUs
//! and between rows, so data may come in any pieces; nothing inside an MCU is ever kept.

use std::sync::Arc;

use fearless_simd::Simd;

use super::arithmetic::{Arithmetic, Conditioning};
use super::bits::Bits;
use super::coefficients::{Block, Coefficients, Order, Plane, STORED, nonzero};
use super::frame::Frame;
use super::huffman::HuffmanTable;
use super::level::simd;
use super::progressive::{self, Band};
use super::sequential;

/// Where one block of an MCU belongs, and its tables.
#[derive(Clone)]
pub(crate) struct Place {
    /// Component in the frame.
    pub component: usize,
    /// Component in the scan: index of its predictor.
    pub slot: usize,
    pub dx: usize,
    pub dy: usize,
    pub dc: Option<Arc<HuffmanTable>>,
    pub ac: Option<Arc<HuffmanTable>>,
    pub dc_index: usize,
    pub ac_index: usize,
}

/// MCUs that go to the transform together.
pub(crate) const BATCH: usize = 8;

/// Takes the blocks of sequential MCUs as they come.
pub(crate) trait BlockSink {
    /// Where each zig-zag index goes in the blocks it takes.
    const ORDER: &'static Order;

    /// MCUs side by side, at most [`BATCH`]; `x` is the column of the first.
    fn mcus<S: Simd>(&mut self, s: S, blocks: &[Block], last: &[u8], x: usize);
}

/// The kinds of blocks of one-component scans: types, not closures, which would not inherit the vector features.
trait Kind: Copy {
    /// Blocks of an EOB run are left alone.
    const SKIPS: bool = false;
    fn one<S: Simd>(
        self,
        s: S,
        bits: &mut Bits,
        data: &[u8],
        predictor: &mut i32,
        eob_run: &mut u32,
        b: &mut Block,
    );
}

#[derive(Clone, Copy)]
struct Sequential<'a>(&'a HuffmanTable, &'a HuffmanTable);
#[derive(Clone, Copy)]
struct DcFirst<'a>(&'a HuffmanTable, u32);
#[derive(Clone, Copy)]
struct DcRefine(u32);
#[derive(Clone, Copy)]
struct AcFirst<'a>(&'a HuffmanTable, Band);
#[derive(Clone, Copy)]
struct AcRefine<'a>(&'a HuffmanTable, Band);

impl Kind for Sequential<'_> {
    #[inline(always)]
    fn one<S: Simd>(
        self,
        _: S,
        bits: &mut Bits,
        data: &[u8],
        predictor: &mut i32,
        _: &mut u32,
        b: &mut Block,
    ) {
        sequential::block(bits, data, self.0, self.1, predictor, &STORED, b);
    }
}

impl Kind for DcFirst<'_> {
    #[inline(always)]
    fn one<S: Simd>(
        self,
        _: S,
        bits: &mut Bits,
        data: &[u8],
        predictor: &mut i32,
        _: &mut u32,
        b: &mut Block,
    ) {
        progressive::dc_first(bits, data, self.0, predictor, self.1, b);
    }
}

impl Kind for DcRefine {
    #[inline(always)]
    fn one<S: Simd>(
        self,
        _: S,
        bits: &mut Bits,
        data: &[u8],
        _: &mut i32,
        _: &mut u32,
        b: &mut Block,
    ) {
        progressive::dc_refine(bits, data, self.0, b);
    }
}

impl Kind for AcFirst<'_> {
    const SKIPS: bool = true;
    #[inline(always)]
    fn one<S: Simd>(
        self,
        _: S,
        bits: &mut Bits,
        data: &[u8],
        _: &mut i32,
        eob_run: &mut u32,
        b: &mut Block,
    ) {
        progressive::ac_first(bits, data, self.0, self.1, eob_run, b);
    }
}

impl Kind for AcRefine<'_> {
    #[inline(always)]
    fn one<S: Simd>(
        self,
        s: S,
        bits: &mut Bits,
        data: &[u8],
        _: &mut i32,
        eob_run: &mut u32,
        b: &mut Block,
    ) {
        progressive::ac_refine(bits, data, self.0, self.1, eob_run, nonzero(s, b), b);
    }
}

/// Why a run of MCUs ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// More bytes are needed.
    Data,
    /// An iMCU row (of the frame) is complete.
    Row,
    /// The restart interval is used up.
    Interval,
    /// The last MCU is done.
    Scan,
}

/// The state of a scan.
#[derive(Clone)]
pub(crate) struct Scan {
    pub places: Vec<Place>,
    pub components: Vec<usize>,
    pub band: Band,
    pub high: u32,
    pub progressive: bool,
    pub interleaved: bool,
    /// MCUs across and down.
    pub width: usize,
    pub height: usize,
    /// MCU rows of one iMCU row: above 1 in scans of one component with a vertical factor.
    pub rows_per_imcu: usize,
    pub x: usize,
    pub y: usize,
    pub interval: usize,
    /// MCU row at which the segment began.
    pub fresh_row: usize,
    /// MCUs until a restart marker; `usize::MAX` without restarts.
    pub left: usize,
    pub next_restart: u8,
    /// The segment's data ran out: its remaining MCUs are grey.
    pub insufficient: bool,
    /// iMCU row of the last MCU with data.
    pub last_good: usize,
    pub bits: Bits,
    /// Bits of the first byte that were used before a checkpoint.
    pub skip_bits: u32,
    pub predictors: [i32; 4],
    pub eob_run: u32,
    pub arithmetic: Option<Box<Arithmetic>>,
    pub conditioning: Conditioning,
    /// Bytes that one MCU may take.
    pub need: usize,
    pub blocks: Vec<Block>,
    pub last: Vec<u8>,
    /// Segments that ended early, for the report.
    pub short_segments: u32,
}

impl Scan {
    /// Starts a segment: after SOS and after each restart marker.
    pub fn reset(&mut self, keep_insufficient: bool) {
        self.fresh_row = self.y;
        self.bits = Bits::default();
        self.skip_bits = 0;
        self.predictors = [0; 4];
        self.eob_run = 0;
        self.left = if self.interval == 0 {
            usize::MAX
        } else {
            self.interval
        };
        if !keep_insufficient {
            self.insufficient = false;
        }
        if let Some(a) = &mut self.arithmetic {
            **a = Arithmetic::new();
        }
    }

    /// Bytes used of the data.
    pub fn used(&self) -> usize {
        self.arithmetic.as_ref().map_or(self.bits.p, |a| a.p)
    }

    /// Bytes that nothing waits for: those in the bit buffer still count, for checkpoints.
    pub fn passed(&self) -> usize {
        match &self.arithmetic {
            Some(a) => a.p,
            None => (self.bits.used().max(0) >> 3) as usize,
        }
    }

    /// Tells that `count` bytes were dropped from the front of the data.
    pub fn dropped(&mut self, count: usize) {
        match &mut self.arithmetic {
            Some(a) => a.p -= count,
            None => self.bits.p -= count,
        }
    }

    /// Moves past one MCU.
    #[inline(always)]
    pub fn step(&mut self) -> Option<Stop> {
        self.x += 1;
        self.left = self.left.wrapping_sub(1);
        if self.x == self.width {
            self.x = 0;
            self.y += 1;
            if self.y == self.height {
                return Some(Stop::Scan);
            }
            if self.y.is_multiple_of(self.rows_per_imcu) {
                return Some(Stop::Row);
            }
        }
        (self.left == 0).then_some(Stop::Interval)
    }

    /// Whether an MCU may run: enough bytes ahead, or the end known. `real` is the true length once the segment ended.
    #[inline(always)]
    pub fn may_run(&self, data: &[u8], real: Option<usize>) -> bool {
        real.is_some() || self.used() + self.need <= data.len()
    }

    /// Notes when an MCU read past the end.
    #[inline(always)]
    pub fn check_end(&mut self, real: Option<usize>) {
        let over = match (&self.arithmetic, real) {
            // Zeros after the end are part of arithmetic coding; a broken code is broken wherever the pieces end.
            (Some(a), _) => a.broken,
            (None, Some(real)) => self.bits.used() > real as i64 * 8,
            (None, None) => false,
        };
        if over && !self.insufficient {
            self.insufficient = true;
            self.short_segments += 1;
        }
    }

    /// Sequential MCUs straight to a sink, until something stops them. With `real`, zeros follow the data's true end.
    pub fn run_sink<K: BlockSink>(
        &mut self,
        data: &[u8],
        real: Option<usize>,
        sink: &mut K,
    ) -> Stop {
        if self.left == 0 {
            return Stop::Interval;
        }
        simd!(s => self.sink_row(s, data, real, sink))
    }

    #[inline(always)]
    fn sink_row<S: Simd, K: BlockSink>(
        &mut self,
        s: S,
        data: &[u8],
        real: Option<usize>,
        sink: &mut K,
    ) -> Stop {
        let mut blocks = std::mem::take(&mut self.blocks);
        let mut last = std::mem::take(&mut self.last);
        let places = std::mem::take(&mut self.places);
        let n = places.len();
        blocks.resize(BATCH * n, [0; 64]);
        last.resize(BATCH * n, 0);
        let tables: Vec<(&HuffmanTable, &HuffmanTable, usize)> = places
            .iter()
            .filter_map(|p| Some((&**p.dc.as_ref()?, &**p.ac.as_ref()?, p.slot & 3)))
            .collect();
        let imcu = self.y / self.rows_per_imcu;
        let stop = loop {
            if !self.may_run(data, real) {
                break Stop::Data;
            }
            // Some MCUs at a time: the transform finds pairs of blocks in any sampling, and does not wait for coefficients
            // that were stored a moment ago.
            let x = self.x;
            let most = BATCH.min(self.width - x).min(self.left);
            let mcus = blocks.chunks_exact_mut(n).zip(last.chunks_exact_mut(n));
            let mut count = 0;
            if self.insufficient {
                for (mcu, last) in mcus.take(most) {
                    mcu.fill([0; 64]);
                    last.fill(0);
                    count += 1;
                }
            } else if self.arithmetic.is_some() {
                self.last_good = imcu;
                for (mcu, last) in mcus.take(most) {
                    self.arithmetic_mcu(&places, data, K::ORDER, mcu);
                    last.fill(63);
                    count += 1;
                    self.check_end(real);
                    if self.insufficient || !self.may_run(data, real) {
                        break;
                    }
                }
            } else {
                self.last_good = imcu;
                // In locals, so that they stay in registers.
                let (mut bits, mut predictors) = (self.bits, self.predictors);
                for (mcu, last) in mcus.take(most) {
                    for ((block, last), (dc, ac, slot)) in mcu.iter_mut().zip(last).zip(&tables) {
                        block.fill(0);
                        let predictor = &mut predictors[*slot];
                        *last =
                            sequential::block(&mut bits, data, dc, ac, predictor, K::ORDER, block)
                                as u8;
                    }
                    count += 1;
                    let on = match real {
                        Some(real) => bits.used() <= real as i64 * 8,
                        None => bits.p + self.need <= data.len(),
                    };
                    if !on {
                        break;
                    }
                }
                (self.bits, self.predictors) = (bits, predictors);
                self.check_end(real);
            }
            // All but the last step stay inside the row.
            self.x += count - 1;
            self.left = self.left.wrapping_sub(count - 1);
            let stop = self.step();
            sink.mcus(s, &blocks[..count * n], &last[..count * n], x);
            if let Some(stop) = stop {
                break stop;
            }
        };
        drop(tables);
        (self.blocks, self.last, self.places) = (blocks, last, places);
        stop
    }

    fn arithmetic_mcu(
        &mut self,
        places: &[Place],
        data: &[u8],
        order: &Order,
        blocks: &mut [Block],
    ) {
        let Some(a) = &mut self.arithmetic else {
            return;
        };
        let band = Band {
            start: 1,
            end: 63,
            low: 0,
        };
        for (block, p) in blocks.iter_mut().zip(places) {
            block.fill(0);
            if a.broken {
                continue;
            }
            let predictor = &mut self.predictors[p.slot & 3];
            let Some(diff) = a.dc_difference(data, p.slot & 3, p.dc_index, &self.conditioning)
            else {
                continue;
            };
            *predictor = predictor.wrapping_add(diff);
            block[0] = *predictor as i16;
            a.ac_band(data, p.ac_index, &self.conditioning, band, order, block);
        }
    }

    /// MCUs of any DCT process into stored coefficients.
    pub fn run_store(
        &mut self,
        frame: &Frame,
        data: &[u8],
        real: Option<usize>,
        store: &mut Coefficients,
    ) -> Stop {
        if self.left == 0 {
            return Stop::Interval;
        }
        simd!(s => self.store_rows(s, frame, data, real, store))
    }

    #[inline(always)]
    fn store_rows<S: Simd>(
        &mut self,
        s: S,
        frame: &Frame,
        data: &[u8],
        real: Option<usize>,
        store: &mut Coefficients,
    ) -> Stop {
        let places = std::mem::take(&mut self.places);
        let stop = if self.interleaved || self.arithmetic.is_some() {
            self.store_any(frame, data, real, store, &places)
        } else {
            let p = &places[0];
            let plane = &mut store.planes[p.component];
            let band = self.band;
            match (self.progressive, band.start, self.high, &p.dc, &p.ac) {
                (false, _, _, Some(dc), Some(ac)) => {
                    self.store_plane(s, data, real, plane, Sequential(dc, ac))
                }
                (true, 0, 0, Some(dc), _) => {
                    self.store_plane(s, data, real, plane, DcFirst(dc, band.low))
                }
                (true, 0, ..) => self.store_plane(s, data, real, plane, DcRefine(band.low)),
                (true, _, 0, _, Some(ac)) => {
                    self.store_plane(s, data, real, plane, AcFirst(ac, band))
                }
                (true, _, _, _, Some(ac)) => {
                    self.store_plane(s, data, real, plane, AcRefine(ac, band))
                }
                _ => Stop::Scan,
            }
        };
        self.places = places;
        stop
    }

    /// A Huffman scan of one component, one kind of block, the reader kept in registers over a row.
    #[inline(always)]
    fn store_plane<S: Simd, K: Kind>(
        &mut self,
        s: S,
        data: &[u8],
        real: Option<usize>,
        plane: &mut Plane,
        kind: K,
    ) -> Stop {
        let limit = data.len().checked_sub(self.need);
        loop {
            if self.insufficient {
                return self.skip_rest();
            }
            self.last_good = self.y / self.rows_per_imcu;
            let row = plane.row_mut(self.y);
            let (mut bits, mut eob_run, mut predictor) =
                (self.bits, self.eob_run, self.predictors[0]);
            let end = self.width.min(self.x.saturating_add(self.left));
            let from = self.x;
            let mut x = from;
            let mut data_out = false;
            while x < end {
                if real.is_none() && limit.is_none_or(|l| bits.p > l) {
                    data_out = true;
                    break;
                }
                if K::SKIPS && eob_run > 1 {
                    // The first pass leaves the blocks of an EOB run alone: step over all but one.
                    let skip = (eob_run as usize - 1).min(end - 1 - x);
                    eob_run -= skip as u32;
                    x += skip;
                }
                kind.one(
                    s,
                    &mut bits,
                    data,
                    &mut predictor,
                    &mut eob_run,
                    &mut row[x],
                );
                x += 1;
                if real.is_some_and(|r| bits.used() > r as i64 * 8) {
                    break;
                }
            }
            (self.bits, self.eob_run, self.predictors[0]) = (bits, eob_run, predictor);
            self.check_end(real);
            let mut stop = None;
            if x > from {
                // All but the last step stay inside the row.
                self.x = x - 1;
                self.left = self.left.wrapping_sub(x - 1 - from);
                stop = self.step();
            }
            if let Some(stop) = stop {
                return stop;
            }
            if data_out {
                return Stop::Data;
            }
        }
    }

    /// Nothing comes until the next marker: no rows are touched, so none are allocated.
    fn skip_rest(&mut self) -> Stop {
        loop {
            if let Some(stop) = self.step() {
                return stop;
            }
        }
    }

    /// Scans of several components, and arithmetic ones.
    #[inline(always)]
    fn store_any(
        &mut self,
        frame: &Frame,
        data: &[u8],
        real: Option<usize>,
        store: &mut Coefficients,
        places: &[Place],
    ) -> Stop {
        loop {
            if self.insufficient {
                return self.skip_rest();
            }
            if !self.may_run(data, real) {
                return Stop::Data;
            }
            self.last_good = self.y / self.rows_per_imcu;
            for p in places {
                let c = &frame.components[p.component];
                let (bx, by) = if self.interleaved {
                    (self.x * c.h + p.dx, self.y * c.v + p.dy)
                } else {
                    (self.x, self.y)
                };
                let block = &mut store.planes[p.component].row_mut(by)[bx];
                self.one(p, data, block);
            }
            self.check_end(real);
            if let Some(stop) = self.step() {
                return stop;
            }
        }
    }

    /// One block of a stored scan.
    #[inline(always)]
    fn one(&mut self, p: &Place, data: &[u8], block: &mut Block) {
        let band = self.band;
        if let Some(a) = &mut self.arithmetic {
            if a.broken {
                return;
            }
            let first = self.high == 0;
            if band.start == 0 {
                if first {
                    let predictor = &mut self.predictors[p.slot & 3];
                    let Some(diff) =
                        a.dc_difference(data, p.slot & 3, p.dc_index, &self.conditioning)
                    else {
                        return;
                    };
                    *predictor = predictor.wrapping_add(diff);
                    block[0] = (*predictor << (band.low & 15)) as i16;
                    if !self.progressive {
                        let rest = Band { start: 1, ..band };
                        a.ac_band(data, p.ac_index, &self.conditioning, rest, &STORED, block);
                    }
                } else {
                    a.dc_refine(data, band.low, block);
                }
            } else if first {
                a.ac_band(data, p.ac_index, &self.conditioning, band, &STORED, block);
            } else {
                a.ac_refine(data, p.ac_index, band, block);
            }
            return;
        }
        let mut bits = self.bits;
        let predictor = &mut self.predictors[p.slot & 3];
        match (self.progressive, self.high, &p.dc, &p.ac) {
            (false, _, Some(dc), Some(ac)) => {
                sequential::block(&mut bits, data, dc, ac, predictor, &STORED, block);
            }
            (true, 0, Some(dc), _) => {
                progressive::dc_first(&mut bits, data, dc, predictor, band.low, block)
            }
            (true, ..) => progressive::dc_refine(&mut bits, data, band.low, block),
            _ => {}
        }
        self.bits = bits;
    }
}
