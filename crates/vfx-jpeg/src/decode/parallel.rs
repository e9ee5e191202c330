//! One scan on several threads: bands of rows, each decoded from a checkpoint by a decoder of its own.
//!
//! Checkpoints come from restart markers, found by a pass over the bytes that decodes nothing, or from an index of an earlier
//! pass. A band starts one iMCU row early where upsampling looks back, so the pixels are those of one thread; damage in
//! that row counts twice in the report.

use super::checkpoint::Index;
use super::drive::Decoder;
use super::options::{Options, SampleKind};
use super::output::{Sample, SampleType};
use super::raster::Geometry;
use super::whole::{Image, Pixels};
use crate::error::JpegError;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes given to a band's decoder at once.
const PIECE: usize = 1 << 16;
/// Bands a thread, so that uneven ones even out.
const BANDS: usize = 3;
/// iMCU rows below which a band costs more than it brings.
const LEAST_ROWS: usize = 4;

/// A band of rows and where they go.
struct Band<'a, T> {
    row: usize,
    out: &'a mut [T],
    last: bool,
}

impl Decoder {
    /// Decodes all of `bytes` on the threads of the options, or says that one thread must do it.
    pub(super) fn decode_bands(
        bytes: &[u8],
        options: Options,
    ) -> Result<(Image, Decoder), JpegError> {
        let mut d = Decoder::new(options);
        d.options.checkpoints = true;
        let mut fed = 0;
        while d.header.is_none() && fed < bytes.len() {
            let n = (bytes.len() - fed).min(1 << 12);
            d.write(&bytes[fed..fed + n])?;
            fed += n;
        }
        let float = matches!(d.options.samples, SampleKind::F32 | SampleKind::U16);
        let plain = d.streaming && d.channels() > 0 && !(float && d.options.dequantisation_bias);
        let start = d.scout_offset().and_then(|o| usize::try_from(o).ok());
        if let (true, Some(rest)) = (plain, start.and_then(|s| bytes.get(s..))) {
            d.scout(rest, usize::MAX);
            let mut index = d.options.index.as_deref().cloned().unwrap_or_default();
            for point in &d.index.points {
                index.add(*point);
            }
            let rows = d.frame.as_ref().map_or(0, |f| f.mcus_y);
            let bands = (d.options.threads * BANDS)
                .min(rows / LEAST_ROWS)
                .min(index.len());
            if bands > 1 {
                let index = Arc::new(index);
                return Ok(match d.sample_type() {
                    SampleType::U8 => d.bands(bytes, bands, &index, Pixels::U8)?,
                    SampleType::U16 => d.bands(bytes, bands, &index, Pixels::U16)?,
                    SampleType::F32 => d.bands(bytes, bands, &index, Pixels::F32)?,
                });
            }
        }
        let options = d.options.clone();
        if let Some(image) = d.decode_pipelined(&bytes[fed..])? {
            return Ok((image, d));
        }
        let mut d = Decoder::new(options);
        let image = d.decode_all(bytes)?;
        Ok((image, d))
    }

    fn bands<T: Sample + Send>(
        &self,
        bytes: &[u8],
        count: usize,
        index: &Arc<Index>,
        wrap: impl FnOnce(Vec<T>) -> Pixels,
    ) -> Result<(Image, Decoder), JpegError> {
        let (len, height) = (self.row_len(), self.height());
        let (imcus, size) = self
            .frame
            .as_ref()
            .map_or((1, 8), |f| (f.mcus_y, Geometry::new(f, &self.options).rows));
        let mut pixels = vec![T::default(); len * height];
        let mut bands = Vec::with_capacity(count);
        let (mut rest, mut row) = (&mut pixels[..], 0);
        for i in 0..count {
            let end = (imcus * (i + 1) / count * size).min(height);
            let (out, after) = rest.split_at_mut((end - row) * len);
            rest = after;
            bands.push(Band {
                row,
                out,
                last: i + 1 == count,
            });
            row = end;
        }
        bands.reverse();
        let queue = Mutex::new(bands);
        let done: Mutex<Vec<Result<(bool, Decoder), JpegError>>> = Mutex::new(Vec::new());
        let work = || {
            loop {
                let band = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(band) = band else { break };
                let last = band.last;
                let result = self.band(bytes, index, band).map(|d| (last, d));
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.push(result);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.options.threads.min(count) {
                scope.spawn(work);
            }
            work();
        });
        let mut report = super::report::Report::default();
        let mut final_decoder = None;
        for result in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let (last, mut d) = result?;
            report.add(&mut d.report);
            if last {
                final_decoder = Some(d);
            }
        }
        for note in &self.report.notes {
            report.note(note);
        }
        let Some(mut d) = final_decoder else {
            return Err(JpegError::Corrupt {
                what: "no rows",
                offset: 0,
            });
        };
        d.report = report;
        d.index = (**index).clone();
        let image = Image {
            width: self.width(),
            height,
            channels: self.channels(),
            pixels: wrap(pixels),
        };
        Ok((image, d))
    }

    fn band<T: Sample>(
        &self,
        bytes: &[u8],
        index: &Arc<Index>,
        band: Band<'_, T>,
    ) -> Result<Decoder, JpegError> {
        let gone = JpegError::Corrupt {
            what: "checkpoint outside the file",
            offset: bytes.len() as u64,
        };
        let mut d = self.fork(index).ok_or(JpegError::Parameter {
            parameter: "index",
            reason: "of another file",
        })?;
        let from = d.seek(band.row)?.and_then(|o| usize::try_from(o).ok());
        let rest = from.and_then(|o| bytes.get(o..)).ok_or(gone)?;
        let mut pieces = rest.chunks(PIECE);
        let len = d.row_len();
        let (mut at, mut ended) = (0, false);
        while at < band.out.len() {
            let rows = d.read_rows(&mut band.out[at..])?;
            at += rows * len;
            if rows == 0 {
                match pieces.next() {
                    Some(p) => {
                        d.write(p)?;
                    }
                    None if !ended => {
                        ended = true;
                        d.finish()?;
                    }
                    None => break,
                }
            }
        }
        if band.last {
            for p in pieces {
                d.write(p)?;
            }
            d.finish()?;
        }
        Ok(d)
    }
}
