//! Marker segments: frame, tables, scans, metadata, and what happens at restart markers.

use super::arithmetic::{Arithmetic, Conditioning};
use super::bits::Bits;
use super::coefficients::Coefficients;
use super::colour::ColourSpace;
use super::drive::{Decoder, Phase, State};
use super::frame::Frame;
use super::header::Header;
use super::huffman::Class;
use super::lossless;
use super::progressive::Band;
use super::scan::{Place, Scan};
use crate::error::JpegError;
use crate::marker::{APP0, COM, DAC, DHT, DNL, DQT, DRI, EOI, RST0, SOI, SOS};

impl Decoder {
    fn corrupt(&self, what: &'static str) -> JpegError {
        JpegError::Corrupt {
            what,
            offset: self.offset,
        }
    }

    /// A marker was found.
    pub(super) fn marker(&mut self, marker: u8) -> Result<(), JpegError> {
        self.state = State::Marker { ff: false };
        match marker {
            SOI => {
                if self.frame.is_some() {
                    self.report.note("start of image inside an image");
                }
            }
            EOI if self.frame.is_none() => {
                // Tables alone (T.81 B.5): the image follows.
                self.state = State::Start;
            }
            EOI => {
                if self.scans == 0 {
                    return Err(self.corrupt("no scan before the end of image"));
                }
                self.end_image();
            }
            m if (RST0..RST0 + 8).contains(&m) || m == 0x01 => {}
            m => {
                self.state = State::Length {
                    marker: m,
                    high: None,
                }
            }
        }
        Ok(())
    }

    /// The length of a segment is known.
    pub(super) fn length(&mut self, marker: u8, length: usize) -> Result<(), JpegError> {
        if length < 2 {
            return Err(self.corrupt("segment length below 2"));
        }
        let left = length - 2;
        let wanted = match marker {
            COM | SOS | DQT | DHT | DAC | DRI | DNL => true,
            0xc0..=0xcf | 0xf7 => true,
            m => matches!(m.wrapping_sub(APP0), 0 | 1 | 2 | 13 | 14),
        };
        self.segment.clear();
        if wanted && left > 0 {
            self.state = State::Body { marker, left };
        } else if wanted {
            self.body(marker)?;
        } else if left > 0 {
            self.state = State::Skip { left };
        } else {
            self.state = State::Marker { ff: false };
        }
        Ok(())
    }

    /// A whole segment is in `segment`.
    pub(super) fn body(&mut self, marker: u8) -> Result<(), JpegError> {
        self.state = State::Marker { ff: false };
        let body = std::mem::take(&mut self.segment);
        let offset = self.offset;
        match marker {
            SOS => self.scan_header(&body)?,
            DQT => self.tables.dqt(&body, offset)?,
            DHT => self.tables.dht(&body, offset)?,
            DAC => self.tables.dac(&body, offset)?,
            DRI => self.tables.dri(&body, offset)?,
            DNL => {}
            0xc0..=0xc3 | 0xc9..=0xcb => self.frame_header(marker, &body)?,
            0xf7 => return Err(JpegError::Unsupported { what: "JPEG-LS" }),
            0xc5..=0xc7 | 0xcd..=0xcf => {
                return Err(JpegError::Unsupported {
                    what: "hierarchical coding",
                });
            }
            0xc0..=0xcf => {
                return Err(JpegError::Unsupported {
                    what: "a reserved process",
                });
            }
            m => {
                if !self.collector.take(m, &body, self.options.limits.metadata) {
                    return Err(JpegError::Limit {
                        what: "metadata size",
                        found: self.options.limits.metadata as u64 + body.len() as u64,
                        limit: self.options.limits.metadata as u64,
                    });
                }
            }
        }
        if body.capacity() <= 1 << 12 {
            self.segment = body;
            self.segment.clear();
        }
        Ok(())
    }

    fn frame_header(&mut self, marker: u8, body: &[u8]) -> Result<(), JpegError> {
        if self.frame.is_some() {
            return Err(self.corrupt("second frame header"));
        }
        let frame = Frame::parse(marker, body, self.offset)?;
        let n = frame.components.len();
        self.check_pixels(&frame)?;
        self.latched = vec![None; n];
        self.accuracy = vec![[-1; 64]; n];
        self.before = vec![[-1; 64]; n];
        self.frame = Some(frame);
        Ok(())
    }

    fn check_pixels(&self, frame: &Frame) -> Result<(), JpegError> {
        let (found, limit) = (
            frame.width as u64 * frame.height as u64,
            self.options.limits.pixels,
        );
        if found > limit {
            return Err(JpegError::Limit {
                what: "pixels",
                found,
                limit,
            });
        }
        Ok(())
    }

    fn scan_header(&mut self, body: &[u8]) -> Result<(), JpegError> {
        let Some(frame) = &self.frame else {
            return Err(self.corrupt("scan before the frame header"));
        };
        if frame.height == 0 {
            self.waiting = body.to_vec();
            self.replay.clear();
            self.state = State::SeekLines;
            return Ok(());
        }
        if self.header.is_none() {
            self.complete_header();
        }
        if self.streaming {
            // The first scan had everything, and its rows may be gone already: libjpeg reads no further either. The search
            // for the next marker passes over the data.
            self.report
                .note("scan after the one that had everything ignored");
            return Ok(());
        }
        self.start_scan(body)
    }

    fn complete_header(&mut self) {
        self.collector.join();
        if let Some(frame) = &self.frame {
            let colour = ColourSpace::of(frame, self.collector.jfif, self.collector.adobe);
            let metadata = std::mem::take(&mut self.collector.found);
            self.header = Some(Header::new(frame, colour, self.collector.adobe, metadata));
        }
    }

    /// Collects the first scan until DNL (T.81 B.2.5) tells the number of lines, then runs it again.
    pub(super) fn seek_lines(&mut self, input: &[u8]) -> Result<usize, JpegError> {
        // `segment` holds the bytes so far.
        let at = self.segment.len();
        self.segment.extend_from_slice(input);
        let limit = self.options.limits.memory;
        if self.segment.len() as u64 > limit {
            return Err(JpegError::Limit {
                what: "scan of unknown height",
                found: self.segment.len() as u64,
                limit,
            });
        }
        let start = at.saturating_sub(6);
        // The first marker that is not a restart decides, wherever the pieces of input end.
        let first = self.segment[start..]
            .windows(2)
            .position(|w| {
                w[0] == 0xff && (w[1] == DNL || matches!(w[1], EOI | SOS | DHT | 0xc0..=0xc3))
            })
            .map(|i| start + i);
        let Some(i) = first else {
            return Ok(input.len());
        };
        if self.segment[i + 1] != DNL {
            return Err(self.corrupt("no number of lines after the first scan"));
        }
        if let Some(&[_, _, 0, 4, high, low]) = self.segment[i..].first_chunk::<6>() {
            let height = usize::from(u16::from_be_bytes([high, low]));
            if height == 0 {
                return Err(self.corrupt("number of lines is zero"));
            }
            if let Some(frame) = &mut self.frame {
                frame.height = height;
                frame.layout();
            }
            if let Some(frame) = &self.frame {
                self.check_pixels(frame)?;
            }
            self.complete_header();
            let body = std::mem::take(&mut self.waiting);
            self.replay = std::mem::take(&mut self.segment);
            // The scan begins where its bytes did; what is used of them counts once more.
            self.offset = self.offset.saturating_sub(at as u64);
            let result = self.start_scan(&body);
            self.offset = self.offset.wrapping_sub(input.len() as u64);
            result?;
        } else if self.segment.len() >= i + 6 {
            return Err(self.corrupt("number of lines malformed"));
        }
        Ok(input.len())
    }

    fn start_scan(&mut self, body: &[u8]) -> Result<(), JpegError> {
        let offset = self.offset;
        let corrupt = |what| JpegError::Corrupt { what, offset };
        let Some(frame) = &self.frame else {
            return Err(corrupt("scan before the frame header"));
        };
        let (&n, rest) = body.split_first().ok_or(corrupt("scan header empty"))?;
        let n = usize::from(n);
        if !(1..=4).contains(&n) || rest.len() < 2 * n + 3 {
            return Err(corrupt("scan header malformed"));
        }
        if self.scans >= self.options.limits.scans {
            return Err(JpegError::Limit {
                what: "scans",
                found: u64::from(self.scans) + 1,
                limit: u64::from(self.options.limits.scans),
            });
        }
        let (ss, se) = (u32::from(rest[2 * n]), u32::from(rest[2 * n + 1]));
        let (high, low) = (
            u32::from(rest[2 * n + 2] >> 4),
            u32::from(rest[2 * n + 2] & 15),
        );
        let mut components = Vec::with_capacity(n);
        let mut indices = Vec::with_capacity(n);
        for pair in rest.chunks_exact(2).take(n) {
            let found = frame
                .components
                .iter()
                .enumerate()
                .position(|(i, c)| c.id == pair[0] && !components.contains(&i))
                .ok_or(corrupt(
                    "scan of a component that the frame lacks, or twice",
                ))?;
            components.push(found);
            indices.push((usize::from(pair[1] >> 4), usize::from(pair[1] & 15)));
        }
        if frame.progressive {
            let bad = if ss == 0 {
                se != 0
            } else {
                se < ss || se > 63 || n != 1
            };
            if bad || (high != 0 && high != low + 1) || low > 13 {
                return Err(corrupt("impossible progression parameters"));
            }
        } else if frame.lossless {
            if !(1..=7).contains(&ss) || low >= frame.precision {
                return Err(corrupt("impossible lossless parameters"));
            }
        } else if (ss, se, high, low) != (0, 63, 0, 0) {
            self.report
                .note("spectral selection in a sequential scan ignored");
        }
        let band = match (frame.progressive, frame.lossless) {
            (true, _) => Band {
                start: ss,
                end: se,
                low,
            },
            (_, true) => Band {
                start: ss,
                end: se,
                low,
            },
            _ => Band {
                start: 0,
                end: 63,
                low: 0,
            },
        };
        let interleaved = n > 1;
        let (dc_needed, ac_needed) = match (frame.arithmetic, frame.progressive, frame.lossless) {
            (true, ..) => (false, false),
            (_, true, _) => (ss == 0 && high == 0, ss > 0),
            (_, _, true) => (true, false),
            _ => (true, true),
        };
        let mut places = Vec::new();
        for (slot, (&index, &(td, ta))) in components.iter().zip(&indices).enumerate() {
            let c = &frame.components[index];
            let missing = corrupt("a Huffman table is missing");
            let get = |tables: &mut super::tables::Tables, class, i, wanted: bool| {
                if wanted {
                    tables.huffman(class, i).map(Some)
                } else {
                    Some(None)
                }
            };
            let (Some(dc), Some(ac)) = (
                get(&mut self.tables, Class::Dc, td, dc_needed),
                get(&mut self.tables, Class::Ac, ta, ac_needed),
            ) else {
                return Err(missing);
            };
            if dc
                .as_ref()
                .is_some_and(|t| t.largest > if frame.lossless { 16 } else { 15 })
            {
                return Err(corrupt("a DC table with impossible sizes"));
            }
            let (h, v) = if interleaved { (c.h, c.v) } else { (1, 1) };
            for dy in 0..v {
                for dx in 0..h {
                    places.push(Place {
                        component: index,
                        slot,
                        dx,
                        dy,
                        dc: dc.clone(),
                        ac: ac.clone(),
                        dc_index: td & 3,
                        ac_index: ta & 3,
                    });
                }
            }
        }
        let first = &frame.components[components[0]];
        let (width, height, rows_per_imcu) = if interleaved {
            (frame.mcus_x, frame.mcus_y, 1)
        } else {
            (first.blocks_w, first.blocks_h, first.v)
        };
        self.visits += width as u64 * height as u64 * places.len() as u64
            / if frame.lossless { 64 } else { 1 };
        if self.visits > self.options.limits.block_visits {
            return Err(JpegError::Limit {
                what: "blocks visited over all scans",
                found: self.visits,
                limit: self.options.limits.block_visits,
            });
        }
        let per_block = match (frame.lossless, frame.arithmetic) {
            // Up to 32 decisions of 15 bits.
            (true, true) => 64,
            (true, false) => 8,
            (false, true) => 4096,
            (false, false) => 31 * 64 / 8 + 1,
        };
        let scan = Scan {
            need: places.len() * per_block + 16,
            blocks: vec![[0; 64]; places.len()],
            last: vec![0; places.len()],
            places,
            components,
            band,
            high,
            progressive: frame.progressive,
            interleaved,
            width,
            height,
            rows_per_imcu,
            x: 0,
            y: 0,
            interval: self.tables.interval,
            fresh_row: 0,
            left: if self.tables.interval == 0 {
                usize::MAX
            } else {
                self.tables.interval
            },
            next_restart: 0,
            insufficient: false,
            last_good: 0,
            bits: Bits::default(),
            skip_bits: 0,
            predictors: [0; 4],
            eob_run: 0,
            arithmetic: frame.arithmetic.then(|| Box::new(Arithmetic::new())),
            conditioning: if frame.arithmetic {
                self.tables.conditioning
            } else {
                Conditioning::default()
            },
            short_segments: 0,
        };
        self.prepare(&scan)?;
        self.remember(&scan);
        self.stripped.clear();
        self.scan = Some(scan);
        self.state = State::Entropy(Phase::Running);
        Ok(())
    }

    /// Latches quantisers, updates what is known of the coefficients, chooses where blocks go.
    fn prepare(&mut self, scan: &Scan) -> Result<(), JpegError> {
        let offset = self.offset;
        let Some(frame) = &self.frame else {
            return Ok(());
        };
        for &c in &scan.components {
            if !frame.lossless && self.latched[c].is_none() {
                let table = self.tables.quant[frame.components[c].tq];
                let missing = JpegError::Corrupt {
                    what: "a quantisation table is missing",
                    offset,
                };
                self.latched[c] = Some(table.ok_or(missing)?);
            }
            if frame.progressive {
                let (start, end) = (scan.band.start as usize, scan.band.end as usize);
                if start > 0 && self.accuracy[c][0] < 0 {
                    self.report.note("AC scan before any DC scan");
                }
                for k in start.min(1)..=end.max(9) {
                    self.before[c][k] = if self.scans > 0 {
                        self.accuracy[c][k]
                    } else {
                        -1
                    };
                }
                for k in start..=end {
                    if i32::from(self.accuracy[c][k].max(0)) != scan.high as i32 {
                        self.report.note("successive approximation out of order");
                    }
                    self.accuracy[c][k] = scan.band.low as i8;
                }
            }
        }
        let memory = self.options.limits.memory;
        if frame.lossless {
            if self.lossless.is_empty() {
                self.lossless = lossless::planes(frame, memory)?;
            }
            return Ok(());
        }
        let all = scan.components.len() == frame.components.len();
        if self.scans == 0 && !frame.progressive && all && !self.keep_coefficients {
            self.streaming = true;
        } else if self.store.is_none() && !self.streaming {
            self.store = Some(Coefficients::new(frame, memory)?);
        }
        Ok(())
    }

    /// All MCUs of a scan are done and the marker after it is known.
    pub(super) fn end_scan(&mut self, scan: Scan) -> Result<(), JpegError> {
        self.report.short_segments += scan.short_segments;
        self.last_good = scan.last_good;
        self.scans += 1;
        self.stripped.clear();
        self.stripped.data.shrink_to(1 << 14);
        if self.options.strict && scan.short_segments > 0 {
            return Err(self.corrupt("entropy-coded data ends early"));
        }
        Ok(())
    }

    /// The interval is used up and a marker stands after the data: the expected one, or the rules of libjpeg for others.
    pub(super) fn restart(&mut self, scan: &mut Scan) -> Result<(), JpegError> {
        let marker = self.stripped.marker;
        let wanted = scan.next_restart;
        let off = if (RST0..RST0 + 8).contains(&marker) {
            Some((marker - RST0).wrapping_sub(wanted) & 7)
        } else {
            None
        };
        if off != Some(0) {
            self.report.restart_errors += 1;
            if self.options.strict {
                return Err(self.corrupt("restart marker out of order"));
            }
        }
        match off {
            // One or two before the expected: an old one, look for the next. Likewise nonsense markers.
            Some(6 | 7) => {
                self.stripped.clear();
                return Ok(());
            }
            None if marker < 0xc0 => {
                self.stripped.clear();
                return Ok(());
            }
            // One or two after the expected, or another segment: the data of this interval is lost, the marker stays.
            Some(1 | 2) | None => {
                scan.reset(true);
                self.stripped.data.clear();
                self.stripped.real = Some(0);
            }
            // The expected one, or one so far off that it must be this one, damaged.
            Some(_) => {
                scan.reset(false);
                self.stripped.clear();
            }
        }
        scan.next_restart = (wanted + 1) & 7;
        self.state = State::Entropy(Phase::Running);
        Ok(())
    }
}
