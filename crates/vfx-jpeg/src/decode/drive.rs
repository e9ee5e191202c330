//! Feeding bytes and pulling rows: the state machine between markers, and the loop that runs a scan on the bytes there are.
//!
//! Bytes that cannot be used yet, because rows wait to be read, queue up; whoever writes in pieces and reads what is ready
//! holds one piece. The same bytes give the same rows however they are cut.

use super::checkpoint::Index;
use super::coefficients::Coefficients;
use super::frame::Frame;
use super::header::Header;
use super::input::Stripped;
use super::lossless;
use super::metadata::Collector;
use super::options::Options;
use super::output::{Engine, Output, Sample, SampleType, Stored};
use super::report::Report;
use super::scan::{Scan, Stop};
use super::seek::Resume;
use super::sequential::Unseen;
use super::smoothing::{self, Accuracy};
use super::tables::Tables;
use crate::error::JpegError;
use crate::marker::EOI;

/// Where decoding stands after a `write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// All bytes are used; about `hint` more are needed before anything new can happen.
    NeedMore {
        /// Bytes that the next step wants, at least 1.
        hint: usize,
    },
    /// The header is complete, given once; options may still be changed.
    Header,
    /// Rows are ready to read.
    Rows {
        /// How many.
        ready: usize,
    },
    /// A scan of a file with several is complete (only with `stop_at_scans`): `current_preview` has something new.
    Scan {
        /// Scans so far.
        scans: u32,
    },
    /// The image is complete and every row was read.
    Done,
}

/// Between which markers the input stands.
pub(super) enum State {
    /// Before SOI.
    Start,
    /// Looking for a marker; whether a 0xFF came.
    Marker { ff: bool },
    /// The length of a segment; the first byte of it.
    Length { marker: u8, high: Option<u8> },
    /// The body of a segment.
    Body { marker: u8, left: usize },
    /// A body that nobody needs.
    Skip { left: usize },
    /// Entropy-coded data.
    Entropy(Phase),
    /// All bytes of the first scan, until DNL tells the height.
    SeekLines,
    /// EOI, or the end in whatever form.
    Done,
}

/// Inside entropy-coded data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    Restart,
    After,
}

/// A push decoder for one image after another.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use vfx_jpeg::{DecodeOptions, Decoder, Status};
/// let mut decoder = Decoder::new(DecodeOptions::default());
/// let mut row = Vec::new();
/// for piece in std::fs::read("photo.jpg")?.chunks(4096) {
///     let mut status = decoder.write(piece)?;
///     while !matches!(status, Status::NeedMore { .. } | Status::Done) {
///         if let Status::Header = status {
///             row = vec![0u8; decoder.row_len()];
///         }
///         while decoder.read_rows(&mut row)? == 1 {}
///         status = decoder.write(&[])?;
///     }
/// }
/// decoder.finish()?;
/// while decoder.read_rows(&mut row)? == 1 {}
/// println!("{:?}", decoder.report());
/// # Ok(()) }
/// ```
pub struct Decoder {
    pub(super) options: Options,
    pub(super) state: State,
    pub(super) pending: Vec<u8>,
    /// Bytes to run again, before the pending ones.
    pub(super) replay: Vec<u8>,
    /// The first scan's header, while the number of lines is sought.
    pub(super) waiting: Vec<u8>,
    pub(super) segment: Vec<u8>,
    /// Bytes used so far.
    pub(super) offset: u64,
    pub(super) tables: Tables,
    pub(super) collector: Collector,
    pub(super) frame: Option<Frame>,
    pub(super) header: Option<Header>,
    pub(super) header_given: bool,
    pub(super) report: Report,
    pub(super) scan: Option<Scan>,
    pub(super) stripped: Stripped,
    pub(super) scans: u32,
    pub(super) visits: u64,
    scan_given: u32,
    pub(super) store: Option<Coefficients>,
    pub(super) lossless: Vec<lossless::Samples>,
    /// Quantisers as they were when each component's first scan began.
    pub(super) latched: Vec<Option<[u16; 64]>>,
    pub(super) accuracy: Vec<Accuracy>,
    pub(super) before: Vec<Accuracy>,
    pub(super) last_good: usize,
    pub(super) output: Option<Output>,
    /// The first scan streams into the output.
    pub(super) streaming: bool,
    pub(super) keep_coefficients: bool,
    pub(super) eof: bool,
    pub(super) index: Index,
    pub(super) resume: Option<Box<Resume>>,
    /// What `seek` asked for: the first iMCU row to render and the first row to give.
    pub(super) begin: (usize, usize),
    /// The iMCU row at which the stream began.
    pub(super) begin_row: usize,
    /// Takes the blocks of a stream in place of the output.
    pub(super) relay: Option<super::pipeline::Relay>,
}

impl Decoder {
    /// A decoder waiting for SOI.
    pub fn new(options: Options) -> Self {
        Decoder {
            options,
            state: State::Start,
            pending: Vec::new(),
            replay: Vec::new(),
            waiting: Vec::new(),
            segment: Vec::new(),
            offset: 0,
            tables: Tables::default(),
            collector: Collector::default(),
            frame: None,
            header: None,
            header_given: false,
            report: Report::default(),
            scan: None,
            stripped: Stripped::default(),
            scans: 0,
            visits: 0,
            scan_given: 0,
            store: None,
            lossless: Vec::new(),
            latched: Vec::new(),
            accuracy: Vec::new(),
            before: Vec::new(),
            last_good: usize::MAX,
            output: None,
            streaming: false,
            keep_coefficients: false,
            eof: false,
            index: Index::default(),
            resume: None,
            begin: (0, 0),
            begin_row: 0,
            relay: None,
        }
    }

    /// Takes the next bytes of the file, any number. An empty slice goes on with bytes that wait.
    ///
    /// # Errors
    /// A broken header, a limit, an unsupported process; in strict mode any damage.
    pub fn write(&mut self, data: &[u8]) -> Result<Status, JpegError> {
        self.queue(data)?;
        if !self.replay.is_empty() {
            let mut first = std::mem::take(&mut self.replay);
            first.append(&mut self.pending);
            self.pending = first;
        }
        Ok(self.status())
    }

    fn queue(&mut self, data: &[u8]) -> Result<(), JpegError> {
        if self.pending.is_empty() {
            let used = self.advance(data)?;
            self.pending.extend_from_slice(&data[used..]);
        } else {
            self.pending.extend_from_slice(data);
            let pending = std::mem::take(&mut self.pending);
            let used = self.advance(&pending);
            self.pending = pending;
            self.pending.drain(..*used.as_ref().unwrap_or(&0));
            used?;
        }
        Ok(())
    }

    /// The file has ended. Goes on as far as the rows allow; call `read_rows` until it gives 0.
    ///
    /// # Errors
    /// As [`Decoder::write`]; a file that ends before its header is an error in any mode.
    pub fn finish(&mut self) -> Result<&Report, JpegError> {
        self.eof = true;
        self.write(&[])?;
        if self.header.is_none() {
            return Err(JpegError::Truncated {
                what: "the header",
                offset: self.offset,
            });
        }
        Ok(&self.report)
    }

    /// What the file says of itself, once known.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Damage so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The options, to change between the header and the first row.
    pub fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// Output width in pixels (after scaling), 0 before the header.
    pub fn width(&self) -> usize {
        let block = self.options.scale.block();
        self.frame.as_ref().map_or(0, |f| {
            if f.lossless {
                f.width
            } else {
                (f.width * block).div_ceil(8)
            }
        })
    }

    /// Output height in pixels.
    pub fn height(&self) -> usize {
        let block = self.options.scale.block();
        self.frame.as_ref().map_or(0, |f| {
            if f.lossless {
                f.height
            } else {
                (f.height * block).div_ceil(8)
            }
        })
    }

    /// Output channels; 0 before the header or when the conversion does not exist.
    pub fn channels(&self) -> usize {
        match (&self.frame, &self.header) {
            (Some(f), Some(h)) => h
                .colour
                .plan(self.options.channels, f.components.len())
                .map_or(0, |p| p.channels),
            _ => 0,
        }
    }

    /// Numbers of an output row.
    pub fn row_len(&self) -> usize {
        self.width() * self.channels()
    }

    /// The type that `read_rows` wants.
    pub fn sample_type(&self) -> SampleType {
        self.frame.as_ref().map_or(SampleType::U8, |f| {
            super::output::sample_type(f, &self.options)
        })
    }

    /// Whether all bytes that count were used.
    pub(super) fn finished(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Completed scans.
    pub fn scans(&self) -> u32 {
        self.scans
    }

    /// Fills `out` with as many whole rows as fit and are ready; gives their number, 0 at the end or when bytes are missing.
    ///
    /// # Errors
    /// The wrong type of number, a slice shorter than a row, or what decoding meets on the way.
    pub fn read_rows<T: Sample>(&mut self, out: &mut [T]) -> Result<usize, JpegError> {
        if self.header.is_none() {
            return Ok(0);
        }
        if T::TYPE != self.sample_type() {
            return Err(JpegError::Parameter {
                parameter: "out",
                reason: "not the sample type of the output",
            });
        }
        let len = self.row_len();
        if len == 0 || out.len() < len {
            return Err(JpegError::Parameter {
                parameter: "out",
                reason: "shorter than a row",
            });
        }
        self.header_given = true;
        let mut rows = 0;
        for row in out.chunks_exact_mut(len) {
            if !self.row_ready()? {
                break;
            }
            if let Some(o) = &mut self.output {
                o.emit(row);
                rows += 1;
            }
        }
        Ok(rows)
    }

    /// Whether a row can be given, decoding on if need be.
    fn row_ready(&mut self) -> Result<bool, JpegError> {
        loop {
            if self.output.as_ref().is_some_and(|o| o.next < o.ready) {
                return Ok(true);
            }
            if self.render_stored()? {
                continue;
            }
            let before = (
                self.pending.len(),
                self.output.as_ref().map_or(0, |o| o.ready),
                self.scans,
            );
            if matches!(self.state, State::Done) || (before.0 == 0 && !self.eof) {
                return Ok(false);
            }
            self.write(&[])?;
            let after = (
                self.pending.len(),
                self.output.as_ref().map_or(0, |o| o.ready),
                self.scans,
            );
            if before == after && !matches!(self.state, State::Done) {
                return Ok(false);
            }
        }
    }

    /// Renders one more iMCU row from stored data, once all is there.
    fn render_stored(&mut self) -> Result<bool, JpegError> {
        if !matches!(self.state, State::Done)
            || self.streaming
            || self.scans == 0 && self.store.is_none() && self.lossless.is_empty()
        {
            return Ok(false);
        }
        let Some(mut output) = self
            .output
            .take()
            .map_or_else(|| self.stored_output(), |o| Ok(Some(o)))?
        else {
            return Ok(false);
        };
        let more = output.ready < output.geometry().height;
        if more {
            let quant = self.quantisers();
            if let (Some(frame), Some(stored)) = (&self.frame, self.stored(&quant)) {
                output.render(frame, &stored);
            }
        }
        self.output = Some(output);
        Ok(more)
    }

    /// Quantisers of every component, ones where none came.
    pub(super) fn quantisers(&self) -> Vec<[u16; 64]> {
        self.latched.iter().map(|q| q.unwrap_or([1; 64])).collect()
    }

    pub(super) fn stored<'a>(&'a self, quant: &'a [[u16; 64]]) -> Option<Stored<'a>> {
        const NOTHING: &Coefficients = &Coefficients { planes: Vec::new() };
        let frame = self.frame.as_ref()?;
        if !frame.lossless && self.store.is_none() {
            return None;
        }
        let last_good = match &self.scan {
            Some(s) => s.last_good,
            None => self.last_good,
        };
        Some(Stored {
            coefficients: self.store.as_ref().unwrap_or(NOTHING),
            lossless: &self.lossless,
            accuracy: &self.accuracy,
            before: &self.before,
            last_good,
            quant,
            smooth: self.options.block_smoothing
                && frame.progressive
                && smoothing::useful(&self.accuracy, quant),
        })
    }

    /// A fresh output for stored data, as far as `seek` said.
    fn stored_output(&self) -> Result<Option<Output>, JpegError> {
        let mut output = self.new_output()?;
        if let Some(o) = &mut output {
            o.restart(self.begin.0, self.begin);
        }
        Ok(output)
    }

    /// A fresh output for the frame and options.
    pub(super) fn new_output(&self) -> Result<Option<Output>, JpegError> {
        let (Some(frame), Some(header)) = (&self.frame, &self.header) else {
            return Ok(None);
        };
        let inverted = header.inks_inverted;
        Output::new(
            frame,
            &self.options,
            header.colour,
            inverted,
            self.quantisers(),
        )
        .map(Some)
    }

    fn status(&mut self) -> Status {
        if self.header.is_some() && !self.header_given {
            self.header_given = true;
            return Status::Header;
        }
        if let Some(o) = &self.output
            && o.next < o.ready
        {
            return Status::Rows {
                ready: o.ready - o.next,
            };
        }
        if self.options.stop_at_scans && self.scans > self.scan_given && !self.streaming {
            self.scan_given = self.scans;
            return Status::Scan { scans: self.scans };
        }
        match &self.state {
            State::Done => {
                let height = self.height();
                let next = self.output.as_ref().map_or(0, |o| o.next);
                if self.header.is_some()
                    && next < height
                    && (!self.streaming || self.scans > 0)
                    && self.channels() > 0
                {
                    Status::Rows {
                        ready: height - next,
                    }
                } else {
                    Status::Done
                }
            }
            State::Body { left, .. } | State::Skip { left } => Status::NeedMore {
                hint: (*left).max(1),
            },
            State::Entropy(_) => Status::NeedMore {
                hint: self.scan.as_ref().map_or(1, |s| s.need.max(1)),
            },
            _ => Status::NeedMore { hint: 2 },
        }
    }

    /// Runs on the bytes given until they are used up or the caller has to act; gives how many were used.
    fn advance(&mut self, input: &[u8]) -> Result<usize, JpegError> {
        let mut at = 0;
        loop {
            if self.header.is_some() && !self.header_given {
                return Ok(at);
            }
            if self.output.as_ref().is_some_and(|o| o.next < o.ready) {
                return Ok(at);
            }
            if self.options.stop_at_scans && self.scans > self.scan_given && !self.streaming {
                return Ok(at);
            }
            if matches!(self.state, State::Done) {
                return Ok(input.len());
            }
            let used = match self.step(&input[at..]) {
                Ok(used) => used,
                Err(error) => {
                    self.fail(error)?;
                    return Ok(input.len());
                }
            };
            match used {
                Some(n) => {
                    at += n;
                    self.offset = self.offset.wrapping_add(n as u64);
                }
                None if self.eof => {
                    if let Err(error) = self.end_of_file() {
                        self.fail(error)?;
                    }
                }
                None => return Ok(input.len()),
            }
        }
    }

    /// An error after the first scan began ends the image; before, or in strict mode, it is the caller's.
    fn fail(&mut self, error: JpegError) -> Result<(), JpegError> {
        let began = self.scan.is_some() || self.scans > 0;
        if self.options.strict || !began {
            return Err(error);
        }
        self.report.fatal = Some(error);
        self.end_image();
        Ok(())
    }

    /// The input is over in the middle of something.
    fn end_of_file(&mut self) -> Result<(), JpegError> {
        match &self.state {
            State::Entropy(_) if self.scan.is_some() => {
                if self.stripped.real.is_none() {
                    self.truncated("entropy-coded data")?;
                    self.stripped.end(EOI);
                }
                Ok(())
            }
            State::SeekLines => Err(JpegError::Truncated {
                what: "a scan whose number of lines is still to come",
                offset: self.offset,
            }),
            State::Done => Ok(()),
            _ => {
                if self.scans > 0 {
                    self.truncated("the file, before its end marker")?;
                }
                self.end_image();
                Ok(())
            }
        }
    }

    fn truncated(&mut self, what: &'static str) -> Result<(), JpegError> {
        self.report.truncated = true;
        if self.options.strict {
            return Err(JpegError::Truncated {
                what,
                offset: self.offset,
            });
        }
        Ok(())
    }

    /// No more bytes count. A stream that lacks rows gives grey ones.
    pub(super) fn end_image(&mut self) {
        if let Some(scan) = self.scan.take() {
            self.last_good = scan.last_good;
            self.report.short_segments += scan.short_segments + 1;
        }
        if self.streaming
            && let Some(o) = &mut self.output
            && o.ready < o.geometry().height
        {
            // Nothing follows: what the raster lacks becomes grey, through an empty store.
            self.streaming = false;
            if let Some(f) = &self.frame
                && let Ok(store) = Coefficients::new(f, u64::MAX)
            {
                self.store = Some(store);
            }
        }
        self.state = State::Done;
    }

    /// One step on the bytes there are: how many were used, or `None` when more are needed.
    fn step(&mut self, input: &[u8]) -> Result<Option<usize>, JpegError> {
        if let State::Entropy(phase) = self.state {
            return self.entropy(phase, input);
        }
        let Some(&byte) = input.first() else {
            return Ok(None);
        };
        match &mut self.state {
            State::Start => {
                if let ([first, second, ..], true) = (input, self.segment.is_empty()) {
                    if [*first, *second] == [0xff, 0xd8] {
                        self.state = State::Marker { ff: false };
                        return Ok(Some(2));
                    }
                    return Err(JpegError::Corrupt {
                        what: "no start of image",
                        offset: self.offset,
                    });
                }
                // One byte: it stays in the queue of `segment`.
                if self.segment.is_empty() {
                    if byte != 0xff {
                        return Err(JpegError::Corrupt {
                            what: "no start of image",
                            offset: self.offset,
                        });
                    }
                    self.segment.push(byte);
                } else {
                    self.segment.clear();
                    if byte != 0xd8 {
                        return Err(JpegError::Corrupt {
                            what: "no start of image",
                            offset: self.offset,
                        });
                    }
                    self.state = State::Marker { ff: false };
                }
                Ok(Some(1))
            }
            State::Marker { ff } => {
                let mut used = 0;
                for &byte in input {
                    used += 1;
                    match (*ff, byte) {
                        (_, 0xff) => *ff = true,
                        (true, 0) | (false, _) => *ff = false,
                        (true, marker) => {
                            self.marker(marker)?;
                            break;
                        }
                    }
                }
                Ok(Some(used))
            }
            State::Length { marker, high } => {
                match *high {
                    None => *high = Some(byte),
                    Some(h) => {
                        let marker = *marker;
                        let length = usize::from(u16::from_be_bytes([h, byte]));
                        self.length(marker, length)?;
                    }
                }
                Ok(Some(1))
            }
            State::Body { marker, left } => {
                let n = input.len().min(*left);
                self.segment.extend_from_slice(&input[..n]);
                *left -= n;
                if *left == 0 {
                    let marker = *marker;
                    // A scan begins behind this piece.
                    self.offset += n as u64;
                    let result = self.body(marker);
                    self.offset -= n as u64;
                    result?;
                }
                Ok(Some(n))
            }
            State::Skip { left } => {
                let n = input.len().min(*left);
                *left -= n;
                if *left == 0 {
                    self.state = State::Marker { ff: false };
                }
                Ok(Some(n))
            }
            State::SeekLines => self.seek_lines(input).map(Some),
            State::Entropy(_) | State::Done => Ok(Some(input.len())),
        }
    }

    /// Entropy-coded data: strip, run, act on what stopped the run.
    fn entropy(&mut self, phase: Phase, input: &[u8]) -> Result<Option<usize>, JpegError> {
        let Some(mut scan) = self.scan.take() else {
            self.state = State::Marker { ff: false };
            return Ok(Some(0));
        };
        let mut used = 0;
        if self.stripped.real.is_none() {
            if phase != Phase::Running {
                self.stripped.data.clear();
            }
            self.stripped.locate(self.offset);
            used = self.stripped.fill(input, scan.need);
        }
        let fresh_end = self.stripped.real.is_some();
        let flow = match phase {
            Phase::Running => {
                if fresh_end {
                    self.stripped.pad(scan.need);
                }
                let stop = self.run(&mut scan)?;
                match stop {
                    Stop::Data => {}
                    Stop::Row => {
                        self.finish_row();
                        self.record(&scan);
                    }
                    Stop::Interval => self.state = State::Entropy(Phase::Restart),
                    Stop::Scan => {
                        self.finish_row();
                        self.state = State::Entropy(Phase::After);
                    }
                }
                let front = scan.passed().min(self.stripped.data.len());
                if front > 4096 || front == self.stripped.data.len() {
                    self.stripped.drop_front(front);
                    scan.dropped(front);
                }
                stop != Stop::Data || !input.is_empty()
            }
            Phase::Restart if fresh_end => {
                self.restart(&mut scan)?;
                true
            }
            Phase::After if fresh_end => {
                let marker = self.stripped.marker;
                self.end_scan(scan)?;
                self.state = State::Marker { ff: false };
                self.marker(marker)?;
                return Ok(Some(used));
            }
            Phase::Restart | Phase::After => used > 0,
        };
        self.scan = Some(scan);
        Ok(flow.then_some(used))
    }

    /// Runs MCUs into the output or the store.
    fn run(&mut self, scan: &mut Scan) -> Result<Stop, JpegError> {
        let Some(frame) = &self.frame else {
            return Ok(Stop::Scan);
        };
        let data = &self.stripped.data;
        let real = self.stripped.real;
        if frame.lossless {
            return Ok(lossless::run(scan, frame, data, real, &mut self.lossless));
        }
        if let (Some(relay), true) = (&mut self.relay, self.streaming) {
            return Ok(relay.run(scan, data, real));
        }
        if self.streaming {
            if self.output.is_none() {
                let mut output = self.begin_output()?;
                if let Some(o) = &mut output {
                    o.start_stream(&scan.places);
                }
                self.output = output;
            }
            let Some(output) = &mut self.output else {
                return Ok(Stop::Scan);
            };
            if scan.skip_bits > 0 {
                // The first byte after a jump belongs in part to what came before it.
                if data.len() < 8 {
                    return Ok(Stop::Data);
                }
                scan.bits.refill(data);
                scan.bits.eat(std::mem::take(&mut scan.skip_bits));
            }
            if output.done < output.render_from {
                return Ok(scan.run_sink(data, real, &mut Unseen));
            }
            output.begin_row();
            return Ok(match &mut output.engine {
                Engine::Codes8(e) => scan.run_sink(data, real, &mut **e),
                Engine::Codes16(e) => scan.run_sink(data, real, &mut **e),
                Engine::Float(e) => scan.run_sink(data, real, &mut **e),
            });
        }
        match &mut self.store {
            Some(store) => Ok(scan.run_store(frame, data, real, store)),
            None => Ok(Stop::Scan),
        }
    }

    /// An iMCU row is complete.
    fn finish_row(&mut self) {
        if let Some(relay) = &mut self.relay {
            relay.pass();
        }
        if self.streaming
            && let Some(o) = &mut self.output
        {
            o.end_row();
        }
    }
}
