//! Going to a row without decoding all before it: from a checkpoint, or forwards with the entropy decoder alone.
//!
//! Rows before the wanted one are neither transformed nor converted, but for the iMCU rows that upsampling looks back to, so
//! the rows that come are those of a decoder that started at the top. With `dequantisation_bias` every row depends on all
//! before it, and nothing is left out.

use super::checkpoint::{Checkpoint, Scout};
use super::drive::{Decoder, Phase, State};
use super::options::SampleKind;
use super::output::Output;
use super::raster::Geometry;
use super::scan::Scan;
use crate::error::JpegError;
use std::sync::Arc;

/// What stays of the first scan when it streams: how to begin it again.
pub(super) struct Resume {
    pub scan: Scan,
    pub scout: Scout,
}

impl Decoder {
    /// Makes `row` the next that `read_rows` gives; `Some(offset)` asks that the next bytes written be those of the file from
    /// `offset` on, `None` that they go on where they were. After the header; going back in a file that streams needs
    /// [`crate::DecodeOptions::checkpoints`], going forward uses the checkpoints there are.
    ///
    /// What the report counted before a jump is forgotten.
    ///
    /// # Errors
    /// No header yet, a row that the picture lacks, or one that is gone because there are no checkpoints.
    pub fn seek(&mut self, row: usize) -> Result<Option<u64>, JpegError> {
        let wrong = |reason| JpegError::Parameter {
            parameter: "row",
            reason,
        };
        if self.header.is_none() {
            return Err(wrong("there is no header yet"));
        }
        if row >= self.height() {
            return Err(wrong("the picture has fewer"));
        }
        self.header_given = true;
        let from = self.first_needed(row);
        if !self.streaming && self.resume.is_none() {
            // Everything is stored, or will be.
            self.begin = (from, row);
            self.output = None;
            return Ok(None);
        }
        if let Some(output) = &mut self.output {
            if row >= output.next && from <= output.done {
                output.next = row;
                return Ok(None);
            }
        } else if self.scans == 0 && self.scan.as_ref().is_some_and(|s| (s.x, s.y) == (0, 0)) {
            // Nothing was decoded yet.
            self.begin = (from, row);
        }
        let current = match (&self.output, &self.scan) {
            (Some(o), Some(s)) if row >= o.next => Some(s.y),
            (None, Some(s)) if self.begin == (from, row) => Some(s.y),
            _ => None,
        };
        let best = if self.options.checkpoints || self.options.index.is_some() {
            self.checkpoint(from)
        } else {
            None
        };
        match (current, best) {
            (Some(y), best) if best.is_none_or(|b| b.y <= y) => {
                self.begin = (from, row);
                if let Some(o) = &mut self.output {
                    (o.render_from, o.next) = (from, row);
                }
                Ok(None)
            }
            (_, Some(point)) => {
                self.resume_at(point, (from, row));
                Ok(Some(point.offset))
            }
            _ => Err(wrong(
                "it was passed, and no checkpoints are kept to go back",
            )),
        }
    }

    /// The first iMCU row that output row `row` depends on.
    fn first_needed(&self, row: usize) -> usize {
        let Some(frame) = &self.frame else { return 0 };
        let float = matches!(self.options.samples, SampleKind::F32 | SampleKind::U16);
        if self.options.dequantisation_bias && float {
            return 0;
        }
        let geometry = Geometry::new(frame, &self.options);
        let back = if geometry.delay == 0 {
            0
        } else {
            (geometry.delay + 3).div_ceil(geometry.rows)
        };
        (row / geometry.rows).saturating_sub(back)
    }

    fn checkpoint(&self, from: usize) -> Option<Checkpoint> {
        let given = self.options.index.as_deref().and_then(|i| i.before(from));
        let own = self.index.before(from);
        let (Some(a), Some(b)) = (given, own) else {
            return given.or(own).copied();
        };
        Some(if (a.y, a.x) > (b.y, b.x) { *a } else { *b })
    }

    fn resume_at(&mut self, point: Checkpoint, begin: (usize, usize)) {
        let Some(resume) = &self.resume else { return };
        let mut scan = resume.scan.clone();
        scan.reset(false);
        (scan.x, scan.y, scan.fresh_row) = (point.x, point.y, point.y);
        scan.predictors = point.predictors;
        scan.skip_bits = point.bit;
        (scan.left, scan.next_restart) = (point.left, point.next_restart);
        if let Some(o) = &mut self.output {
            o.restart(point.y, begin);
            // It may have been made for what the stream lacked.
            o.start_stream(&scan.places);
        }
        self.begin = begin;
        self.begin_row = point.y;
        self.scan = Some(scan);
        self.stripped.clear();
        self.stripped.data.clear();
        self.offset = point.offset;
        self.rewind();
        self.state = State::Entropy(Phase::Running);
    }

    /// Forgets what was waiting and how the last pass ended.
    fn rewind(&mut self) {
        self.pending.clear();
        self.replay.clear();
        self.eof = false;
        self.scans = 0;
        self.streaming = true;
        self.store = None;
        self.report.short_segments = 0;
        self.report.restart_errors = 0;
        self.report.truncated = false;
        self.report.fatal = None;
    }

    /// Where the first scan's data begin in the file, in files that stream: where [`Decoder::scout`] wants its bytes from.
    pub fn scout_offset(&self) -> Option<u64> {
        self.resume.as_ref().map(|r| r.scout.offset)
    }

    /// Looks for restart markers in the bytes of the file from [`Decoder::scout_offset`] on, for [`Decoder::seek`] to `row`;
    /// says whether more bytes would help. Only with `checkpoints`.
    pub fn scout(&mut self, bytes: &[u8], row: usize) -> bool {
        let from = self.first_needed(row.min(self.height().saturating_sub(1)));
        let Some(resume) = &mut self.resume else {
            return false;
        };
        let s = &resume.scan;
        let until = from.saturating_mul(s.width);
        let size = (s.width, s.width.saturating_mul(s.height));
        resume
            .scout
            .feed(bytes, s.interval, size, until, &mut self.index);
        resume.scout.wants(until)
    }

    /// The checkpoints so far.
    pub fn index(&self) -> &super::checkpoint::Index {
        &self.index
    }

    /// Remembers a scan that streams, before its first byte.
    pub(super) fn remember(&mut self, scan: &Scan) {
        let wanted = self.options.checkpoints || self.options.index.is_some();
        if !self.streaming || !wanted {
            return;
        }
        self.index.add(Checkpoint {
            y: 0,
            x: 0,
            offset: self.offset,
            bit: 0,
            predictors: [0; 4],
            left: scan.left,
            next_restart: 0,
        });
        self.resume = Some(Box::new(Resume {
            scan: scan.clone(),
            scout: Scout::new(self.offset, scan.interval),
        }));
    }

    /// Records where a row of MCUs begins.
    pub(super) fn record(&mut self, scan: &Scan) {
        let plain = scan.arithmetic.is_none() && !scan.insufficient && scan.x == 0;
        if self.resume.is_none() || !plain || self.stripped.irregular {
            return;
        }
        let Ok(used) = u64::try_from(scan.bits.used()) else {
            return;
        };
        let byte = (used >> 3) as usize;
        let Some(before) = self.stripped.data.get(..byte) else {
            return;
        };
        self.index.add(Checkpoint {
            y: scan.y,
            x: 0,
            offset: self.stripped.base + byte as u64 + super::input::count_ff(before),
            bit: (used & 7) as u32,
            predictors: scan.predictors,
            left: scan.left,
            next_restart: scan.next_restart,
        });
    }

    /// A decoder of the same file that starts anywhere, sharing the headers and the checkpoints.
    pub(super) fn fork(&self, index: &Arc<super::checkpoint::Index>) -> Option<Decoder> {
        let resume = self.resume.as_ref()?;
        let mut d = Decoder::new(self.options.clone());
        d.options.index = Some(Arc::clone(index));
        d.options.checkpoints = false;
        d.frame.clone_from(&self.frame);
        d.header.clone_from(&self.header);
        d.header_given = true;
        d.latched.clone_from(&self.latched);
        d.accuracy.clone_from(&self.accuracy);
        d.before.clone_from(&self.before);
        d.visits = self.visits;
        d.resume = Some(Box::new(Resume {
            scan: resume.scan.clone(),
            scout: resume.scout.clone(),
        }));
        Some(d)
    }

    /// A fresh output for the stream, as far as `seek` said.
    pub(super) fn begin_output(&self) -> Result<Option<Output>, JpegError> {
        let mut output = self.new_output()?;
        if let Some(o) = &mut output {
            o.restart(self.begin_row, self.begin);
        }
        Ok(output)
    }
}
