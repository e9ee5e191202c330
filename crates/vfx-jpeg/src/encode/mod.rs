//! The encoder: rows in, bytes out.
//!
//! Rows may come in any number a call, interleaved or planar, 8-bit, 16-bit or `f32`; the bytes depend only on the picture
//! and the [`Config`]. [`Mode::Streaming`] writes while rows arrive; the other modes keep quantised coefficients (2 bytes a
//! sample, no tokens) and write in [`Encoder::finish`]. Quantisation is jpegli's: float pipeline, three tables, adaptive
//! dead zones, one rounding.

mod aq;
mod bits;
mod config;
mod convert;
mod dct;
mod front;
mod geometry;
mod header;
mod huffman;
mod input;
mod join;
mod metadata;
mod plane;
mod progressive;
mod quant;
mod scans;
mod script;
mod sequential;
mod simd;
mod sink;
mod store;
mod stream;
mod tables;
mod trellis;
mod xyb;

use std::io::Write;

pub use config::{ColorModel, Config, Density, InputFormat, Mode, Sampling};
pub use input::{PlanarRows, Rows};
pub use quant::quality_to_distance;
pub use script::{Scan, Script};

use crate::{JpegError, marker};
use front::Front;
use geometry::Geometry;
use plane::Plane;
use scans::Plan;
use simd::simd;
use store::StoreSink;
use stream::{Stream, StreamSink};

/// Writes one JPEG file.
///
/// ```
/// use vfx_jpeg::{Config, Encoder};
/// let mut encoder = Encoder::new(16, 16, Config::with_quality(90.0), Vec::new())?;
/// for _ in 0..16 {
///     encoder.write_rows(&vec![200u8; 16 * 3])?;
/// }
/// let bytes = encoder.finish()?;
/// assert!(bytes.starts_with(&[0xff, 0xd8]));
/// # Ok::<(), vfx_jpeg::JpegError>(())
/// ```
#[derive(Debug)]
pub struct Encoder<W: Write> {
    out: W,
    config: Config,
    geometry: Geometry,
    tables: Vec<[u16; 64]>,
    /// Made with the first row, as bands on threads make their own.
    front: Option<Front>,
    coder: Coder,
    rows: usize,
    /// An error of `out` ends everything.
    failed: bool,
}

#[derive(Debug)]
enum Coder {
    Stream(Box<Stream>),
    Store(Vec<Plane>),
}

impl<W: Write> Encoder<W> {
    /// An encoder of a picture of `width` x `height` pixels, 1 to 65535 each.
    ///
    /// # Errors
    /// [`JpegError::Parameter`] and [`JpegError::Limit`] where the size or the configuration makes no sense,
    /// [`JpegError::Write`] where the header cannot be written.
    pub fn new(width: u32, height: u32, config: Config, out: W) -> Result<Self, JpegError> {
        config.check(width, height)?;
        let geometry = Geometry::new(width, height, &config);
        let coarser = if config.effort >= 7 {
            trellis::coarser(config.distance)
        } else {
            1.0
        };
        let distance = (config.distance * coarser).min(25.0);
        let tables = quant::tables(distance, config.color, config.sampling);
        let coder = if config.mode == Mode::Streaming {
            Coder::Stream(Box::new(Stream::new(
                &geometry,
                usize::from(config.restart_interval),
            )))
        } else {
            Coder::Store(geometry.components.iter().map(Plane::new).collect())
        };
        let mut encoder = Self {
            out,
            config,
            geometry,
            tables,
            front: None,
            coder,
            rows: 0,
            failed: false,
        };
        encoder.write_header()?;
        Ok(encoder)
    }

    fn write_header(&mut self) -> Result<(), JpegError> {
        let mut head = vec![0xff, marker::SOI];
        metadata::write(&mut head, &self.config);
        header::quantisation(&mut head, &self.tables);
        let kind = match self.config.mode {
            Mode::Progressive(_) => 0xc2,
            _ => 0xc0,
        };
        header::frame(&mut head, kind, &self.geometry);
        header::restart(&mut head, self.config.restart_interval);
        if let Coder::Stream(stream) = &self.coder {
            let standard = huffman::standard();
            let used: Vec<u8> = (0..self.geometry.components.len())
                .map(|c| stream.slot(c))
                .collect();
            let mut dht = Vec::new();
            for (slot, pair) in standard
                .iter()
                .enumerate()
                .filter(|(i, _)| used.contains(&(*i as u8)))
            {
                dht.extend([(0, slot as u8, &pair[0]), (1, slot as u8, &pair[1])]);
            }
            header::huffman(&mut head, &dht);
            let components: Vec<_> = self
                .geometry
                .components
                .iter()
                .zip(used)
                .map(|(c, slot)| (c.id, slot, slot))
                .collect();
            header::scan(&mut head, &components, (0, 63), (0, 0));
        }
        self.out.write_all(&head).map_err(JpegError::Write)
    }

    /// Takes whole rows, in any number.
    ///
    /// # Errors
    /// [`JpegError::Parameter`] for a part of a row, planes that do not match, or more rows than the picture has;
    /// [`JpegError::Write`] where the output fails.
    pub fn write_rows<'r>(&mut self, rows: impl Into<Rows<'r>>) -> Result<(), JpegError> {
        let rows = rows.into();
        let (width, channels) = (self.geometry.width, self.config.input.channels());
        let count = rows.count(width, channels)?;
        let parameter = "rows";
        if self.failed {
            let reason = "an earlier write failed";
            return Err(JpegError::Parameter { parameter, reason });
        }
        if count > self.geometry.height - self.rows {
            let reason = "more than the picture has";
            return Err(JpegError::Parameter { parameter, reason });
        }
        if count == 0 {
            return Ok(());
        }
        if let Coder::Store(planes) = &mut self.coder
            && self.config.threads > 1
            && count == self.geometry.height
            && self.geometry.mcus_high > 1
        {
            store::parallel(&self.geometry, &self.config, &self.tables, &rows, planes);
            self.rows = count;
            return Ok(());
        }
        if let Coder::Stream(stream) = &mut self.coder
            && self.config.threads > 1
            && count == self.geometry.height
            && self.geometry.mcus_high > 1
        {
            self.rows = count;
            let (geometry, config) = (&self.geometry, &self.config);
            let result =
                stream::parallel(geometry, config, &self.tables, &rows, stream, &mut self.out);
            self.failed = result.is_err();
            return result.map_err(JpegError::Write);
        }
        let front = self
            .front
            .get_or_insert_with(|| Front::new(&self.geometry, &self.config, &self.tables));
        self.rows += count;
        match &mut self.coder {
            Coder::Store(planes) => {
                let mut sink = StoreSink::whole(planes);
                for y in 0..count {
                    let row = rows.row(y, width, channels);
                    simd!(s => front.push(s, &row, &mut sink));
                }
                Ok(())
            }
            Coder::Stream(stream) => {
                let mut sink = StreamSink {
                    stream,
                    out: &mut self.out,
                    result: Ok(()),
                };
                for y in 0..count {
                    let row = rows.row(y, width, channels);
                    simd!(s => front.push(s, &row, &mut sink));
                    if sink.result.is_err() {
                        break;
                    }
                }
                self.failed = sink.result.is_err();
                sink.result.map_err(JpegError::Write)
            }
        }
    }

    /// Rows taken so far.
    #[must_use]
    pub fn rows_written(&self) -> u32 {
        self.rows as u32
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    /// [`JpegError::Parameter`] where rows are missing, [`JpegError::Write`] where the output fails.
    pub fn finish(mut self) -> Result<W, JpegError> {
        let parameter = "rows";
        if self.failed {
            let reason = "an earlier write failed";
            return Err(JpegError::Parameter { parameter, reason });
        }
        if self.rows != self.geometry.height {
            let reason = "fewer than the picture has";
            return Err(JpegError::Parameter { parameter, reason });
        }
        self.front = None;
        let restart = usize::from(self.config.restart_interval);
        let threads = self.config.threads;
        let geometry = &self.geometry;
        let result = match &mut self.coder {
            Coder::Stream(stream) => stream.finish(&mut self.out),
            Coder::Store(planes) => {
                let plan = match &self.config.mode {
                    Mode::Progressive(Script::Level2) if self.config.effort >= 5 => {
                        let wide = self.config.effort >= 6;
                        Plan::Progressive(scans::search(geometry, planes, restart, threads, wide))
                    }
                    Mode::Progressive(script) => Plan::Progressive(script::expand(
                        script,
                        planes.len(),
                        geometry.subsampled(),
                    )),
                    _ => Plan::Sequential,
                };
                scans::write(&mut self.out, geometry, planes, &plan, restart, threads)
            }
        };
        result
            .and_then(|()| self.out.write_all(&[0xff, marker::EOI]))
            .map_err(JpegError::Write)?;
        Ok(self.out)
    }
}
