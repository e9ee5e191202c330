//! One scan on two threads where nothing says how to enter it in the middle: entropy decoding on one, transform, upsampling
//! and colour on the other, an iMCU row behind.
//!
//! Rows of quantised blocks go over by channel and come back to be filled again, so that at most [`AHEAD`] + 2 wait (180 KB
//! each at 3840 columns in 4:2:0). The pixels are those of one thread, bias included. Damage is left to one thread: it
//! starts again, and its report is the one that counts.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use fearless_simd::Simd;

use super::coefficients::{Block, Order};
use super::drive::Decoder;
use super::float::TRANSPOSED;
use super::level::simd;
use super::output::{Engine, Output, Sample, SampleType};
use super::scan::{BATCH, BlockSink, Scan, Stop};
use super::whole::{Image, Pixels};
use crate::error::JpegError;
use crate::marker::ZIGZAG;

/// Rows decoded and not yet taken.
const AHEAD: usize = 2;
/// Bytes given to the decoder at once.
const PIECE: usize = 1 << 14;

/// The blocks of one iMCU row, MCU after MCU.
#[derive(Default)]
struct Row {
    blocks: Vec<Block>,
    last: Vec<u8>,
}

/// The decoder's end: takes the place of an output.
pub(super) struct Relay {
    row: Row,
    /// The order that the float pipeline wants.
    transposed: bool,
    send: SyncSender<Row>,
    /// Never contended: a receiver alone is not `Sync`.
    back: Mutex<Receiver<Row>>,
}

impl Relay {
    /// Runs MCUs into the row.
    pub fn run(&mut self, scan: &mut Scan, data: &[u8], real: Option<usize>) -> Stop {
        if self.transposed {
            scan.run_sink(data, real, &mut Collect::<true>(&mut self.row))
        } else {
            scan.run_sink(data, real, &mut Collect::<false>(&mut self.row))
        }
    }

    /// The row is complete.
    pub fn pass(&mut self) {
        let back = self.back.get_mut().ok().and_then(|b| b.try_recv().ok());
        let row = std::mem::replace(&mut self.row, back.unwrap_or_default());
        // Whoever stopped listening has panicked, which joining it tells.
        let _ = self.send.send(row);
    }
}

/// Appends what comes.
struct Collect<'a, const TO_FLOAT: bool>(&'a mut Row);

impl<const TO_FLOAT: bool> BlockSink for Collect<'_, TO_FLOAT> {
    const ORDER: &'static Order = if TO_FLOAT { &TRANSPOSED } else { &ZIGZAG };

    #[inline(always)]
    fn mcus<S: Simd>(&mut self, _: S, blocks: &[Block], last: &[u8], _: usize) {
        self.0.blocks.extend_from_slice(blocks);
        self.0.last.extend_from_slice(last);
    }
}

/// A row into a pipeline.
fn place<K: BlockSink>(sink: &mut K, row: &Row, per_mcu: usize) {
    simd!(s => place_at(s, sink, row, per_mcu));
}

#[inline(always)]
fn place_at<S: Simd, K: BlockSink>(s: S, sink: &mut K, row: &Row, per_mcu: usize) {
    let size = BATCH * per_mcu;
    let batches = row.blocks.chunks(size).zip(row.last.chunks(size));
    for (i, (blocks, last)) in batches.enumerate() {
        sink.mcus(s, blocks, last, i * BATCH);
    }
}

/// The other end: gives how many rows of pixels it made.
fn render<T: Sample>(
    mut output: Output,
    per_mcu: usize,
    rows: &Receiver<Row>,
    back: &Sender<Row>,
    mut pixels: std::slice::ChunksExactMut<'_, T>,
) -> usize {
    for mut row in rows {
        output.begin_row();
        match &mut output.engine {
            Engine::Codes8(e) => place(&mut **e, &row, per_mcu),
            Engine::Codes16(e) => place(&mut **e, &row, per_mcu),
            Engine::Float(e) => place(&mut **e, &row, per_mcu),
        }
        output.end_row();
        for out in pixels.by_ref().take(output.ready - output.next) {
            output.emit(out);
        }
        row.blocks.clear();
        row.last.clear();
        let _ = back.send(row);
    }
    output.next
}

impl Decoder {
    /// Decodes the rest of a file whose header is known; `None` where one thread must do it from the start.
    pub(super) fn decode_pipelined(&mut self, rest: &[u8]) -> Result<Option<Image>, JpegError> {
        let width = self.width();
        // A scan of one component has its own rows of blocks: those of the frame only where the factor is 1.
        let plain = self.scan.as_ref().filter(|s| s.rows_per_imcu == 1);
        let (Some(places), true) = (plain.map(|s| s.places.clone()), self.streaming) else {
            return Ok(None);
        };
        let Some(mut output) = self.begin_output()? else {
            return Ok(None);
        };
        output.start_stream(&places);
        Ok(match self.sample_type() {
            SampleType::U8 => self.pipe(rest, output, places.len(), Pixels::U8),
            SampleType::U16 => self.pipe(rest, output, places.len(), Pixels::U16),
            SampleType::F32 => self.pipe(rest, output, places.len(), Pixels::F32),
        }
        .map(|pixels| Image {
            width,
            height: self.height(),
            channels: self.channels(),
            pixels,
        }))
    }

    fn pipe<T: Sample + Send>(
        &mut self,
        rest: &[u8],
        output: Output,
        per_mcu: usize,
        wrap: impl FnOnce(Vec<T>) -> Pixels,
    ) -> Option<Pixels> {
        let (len, height) = (self.row_len(), self.height());
        let mut pixels = vec![T::default(); len * height];
        let rows = pixels.chunks_exact_mut(len);
        let (send, receive) = sync_channel(AHEAD);
        let (give_back, back) = channel();
        let transposed = matches!(output.engine, Engine::Float(_));
        self.header_given = true;
        self.relay = Some(Relay {
            row: Row::default(),
            transposed,
            send,
            back: Mutex::new(back),
        });
        let (decoded, made) = std::thread::scope(|scope| {
            let other = scope.spawn(move || render(output, per_mcu, &receive, &give_back, rows));
            let mut pieces = rest.chunks(PIECE);
            let decoded = pieces.try_for_each(|p| self.write(p).map(drop));
            let decoded = decoded.and_then(|()| self.finish().map(drop));
            // Hangs up.
            self.relay = None;
            match other.join() {
                Ok(made) => (decoded, made),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        });
        (decoded.is_ok() && made == height && self.report.is_clean()).then(|| wrap(pixels))
    }
}
