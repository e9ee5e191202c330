//! From blocks or stored data to rows of the caller's format: owns the pipeline, the colour plan and the row counter.

use super::coefficients::Coefficients;
use super::colour::{ColourSpace, Plan};
use super::float::Float;
use super::frame::Frame;
use super::integer::Integer;
use super::lossless;
use super::options::{Options, SampleKind};
use super::raster::Geometry;
use super::scan::Place;
use super::smoothing::{self, Accuracy, Edge};
use crate::error::JpegError;

/// A number of the output: `u8`, `u16` or `f32`.
pub trait Sample: Copy + Default + private::Number + 'static {}

impl Sample for u8 {}
impl Sample for u16 {}
impl Sample for f32 {}

/// The type of the output numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// 8-bit codes.
    U8,
    /// 16-bit codes, full range or below `2^precision` as the options say.
    U16,
    /// 0 to 1.
    F32,
}

pub(crate) mod private {
    use super::SampleType;

    pub trait Number: Sized {
        const TYPE: SampleType;
        fn from_code(v: u32, max: u32) -> Self;
        fn from_unit(v: f32) -> Self;
        fn u8s(_: &mut [Self]) -> Option<&mut [u8]> {
            None
        }
        fn u16s(_: &mut [Self]) -> Option<&mut [u16]> {
            None
        }
        fn f32s(_: &mut [Self]) -> Option<&mut [f32]> {
            None
        }
    }

    impl Number for u8 {
        const TYPE: SampleType = SampleType::U8;
        fn from_code(v: u32, max: u32) -> Self {
            ((v * 255 + max / 2) / max) as u8
        }
        #[inline(always)]
        fn from_unit(v: f32) -> Self {
            // A cast saturates, and NaN becomes 0.
            (v * 255.0 + 0.5) as u8
        }
        fn u8s(v: &mut [Self]) -> Option<&mut [u8]> {
            Some(v)
        }
    }

    impl Number for u16 {
        const TYPE: SampleType = SampleType::U16;
        fn from_code(v: u32, max: u32) -> Self {
            ((u64::from(v) * 65535 + u64::from(max / 2)) / u64::from(max)) as u16
        }
        #[inline(always)]
        fn from_unit(v: f32) -> Self {
            (v * 65535.0 + 0.5) as u16
        }
        fn u16s(v: &mut [Self]) -> Option<&mut [u16]> {
            Some(v)
        }
    }

    impl Number for f32 {
        const TYPE: SampleType = SampleType::F32;
        fn from_code(v: u32, max: u32) -> Self {
            v as f32 / max as f32
        }
        #[inline(always)]
        fn from_unit(v: f32) -> Self {
            v
        }
        fn f32s(v: &mut [Self]) -> Option<&mut [f32]> {
            Some(v)
        }
    }
}

/// The pipelines.
pub(crate) enum Engine {
    Codes8(Box<Integer<u8>>),
    Codes16(Box<Integer<u16>>),
    Float(Box<Float>),
}

/// What is rendered from when all scans are stored.
pub(crate) struct Stored<'a> {
    pub coefficients: &'a Coefficients,
    pub lossless: &'a [lossless::Samples],
    pub accuracy: &'a [Accuracy],
    /// Accuracy before the last scan, which applies below `last_good`.
    pub before: &'a [Accuracy],
    pub last_good: usize,
    pub quant: &'a [[u16; 64]],
    pub smooth: bool,
}

/// Rows for the caller.
pub(crate) struct Output {
    pub engine: Engine,
    pub plan: Plan,
    pub kind: SampleKind,
    pub precision: u32,
    pub inverted: bool,
    /// The next row to give.
    pub next: usize,
    /// Rows that can be given.
    pub ready: usize,
    /// iMCU rows in the raster so far.
    pub done: usize,
    /// The first iMCU row that is rendered.
    pub render_from: usize,
    begun: bool,
    codes8: Vec<u8>,
    codes16: Vec<u16>,
}

impl Output {
    pub fn new(
        frame: &Frame,
        options: &Options,
        space: ColourSpace,
        inverted: bool,
        quant: Vec<[u16; 64]>,
    ) -> Result<Self, JpegError> {
        let plan =
            space
                .plan(options.channels, frame.components.len())
                .ok_or(JpegError::Parameter {
                    parameter: "channels",
                    reason: "the file's colour space does not convert to them",
                })?;
        let geometry = Geometry::new(frame, options);
        let bytes = geometry.len as u64 * 4;
        if bytes > options.limits.memory {
            return Err(JpegError::Limit {
                what: "row memory",
                found: bytes,
                limit: options.limits.memory,
            });
        }
        let precision = frame.precision;
        let float = matches!(options.samples, SampleKind::F32 | SampleKind::U16) && !frame.lossless;
        let engine = if float {
            Engine::Float(Box::new(Float::new(geometry, &quant, precision, options)))
        } else if precision <= 8 {
            Engine::Codes8(Box::new(Integer::new(geometry, quant, precision)))
        } else {
            Engine::Codes16(Box::new(Integer::new(geometry, quant, precision)))
        };
        Ok(Output {
            engine,
            plan,
            kind: options.samples,
            precision,
            inverted,
            next: 0,
            ready: 0,
            done: 0,
            render_from: 0,
            begun: false,
            codes8: Vec::new(),
            codes16: Vec::new(),
        })
    }

    pub fn geometry(&self) -> &Geometry {
        match &self.engine {
            Engine::Codes8(e) => &e.raster.geometry,
            Engine::Codes16(e) => &e.raster.geometry,
            Engine::Float(e) => &e.raster.geometry,
        }
    }

    /// Goes to iMCU row `imcu`, to render from row `begin.0` on and to give rows from `begin.1` on.
    pub fn restart(&mut self, imcu: usize, begin: (usize, usize)) {
        (self.render_from, self.next) = begin;
        (self.done, self.ready) = (imcu, 0);
        self.begun = false;
        match &mut self.engine {
            Engine::Codes8(e) => e.raster.restart(),
            Engine::Codes16(e) => e.raster.restart(),
            Engine::Float(e) => {
                e.raster.restart();
                e.forget();
            }
        }
    }

    /// Tells where the blocks of an MCU go.
    pub fn start_stream(&mut self, places: &[Place]) {
        let places = places.iter().map(|p| (p.component, p.dx, p.dy)).collect();
        match &mut self.engine {
            Engine::Codes8(e) => e.places = places,
            Engine::Codes16(e) => e.places = places,
            Engine::Float(e) => e.places = places,
        }
    }

    /// Prepares the raster for the next iMCU row, once.
    pub fn begin_row(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let k = self.done;
        match &mut self.engine {
            Engine::Codes8(e) => e.raster.advance(k),
            Engine::Codes16(e) => e.raster.advance(k),
            Engine::Float(e) => {
                e.raster.advance(k);
                e.begin_row(k);
            }
        }
    }

    /// The iMCU row begun last is complete.
    pub fn end_row(&mut self) {
        self.ready = self.geometry().ready(self.done);
        self.done += 1;
        self.begun = false;
    }

    /// Renders the next iMCU row from stored data.
    pub fn render(&mut self, frame: &Frame, stored: &Stored<'_>) {
        self.begin_row();
        let k = self.done;
        let mut estimates = Vec::new();
        for (c, component) in frame.components.iter().enumerate() {
            let rows = component.v;
            // The last iMCU row counts only the block rows that hold samples, and libjpeg-turbo's edge tests use that count.
            let counted = if k + 1 < frame.mcus_y || component.blocks_h % rows == 0 {
                rows
            } else {
                component.blocks_h % rows
            };
            for by in 0..counted {
                let y = k * rows + by;
                if frame.lossless {
                    self.lossless_row(
                        c,
                        by,
                        stored.lossless[c].rows.get(y).map_or(&[], |r| &r[..]),
                        frame.precision,
                    );
                    continue;
                }
                let plane = &stored.coefficients.planes[c];
                if stored.smooth {
                    let edge = Edge {
                        number: k * counted + by,
                        count: counted * frame.mcus_y,
                    };
                    let bits = if k > stored.last_good {
                        &stored.before[c]
                    } else {
                        &stored.accuracy[c]
                    };
                    smoothing::row(
                        plane,
                        y,
                        &edge,
                        component.blocks_w,
                        bits,
                        &stored.quant[c],
                        &mut estimates,
                    );
                    self.blocks(c, &estimates, by);
                } else if plane.rows[y].is_empty() {
                    self.grey(c, by);
                } else {
                    self.blocks(c, &plane.rows[y][..component.blocks_w], by);
                }
            }
        }
        self.end_row();
    }

    fn blocks(&mut self, c: usize, blocks: &[super::coefficients::Block], by: usize) {
        match &mut self.engine {
            Engine::Codes8(e) => e.block_row(c, blocks, by),
            Engine::Codes16(e) => e.block_row(c, blocks, by),
            Engine::Float(e) => e.block_row(c, blocks, by),
        }
    }

    fn grey(&mut self, c: usize, by: usize) {
        match &mut self.engine {
            Engine::Codes8(e) => e.grey_row(c, by),
            Engine::Codes16(e) => e.grey_row(c, by),
            Engine::Float(e) => e.grey_row(c, by),
        }
    }

    fn lossless_row(&mut self, c: usize, by: usize, row: &[u16], precision: u32) {
        let grey = 1u16 << (precision - 1);
        match &mut self.engine {
            Engine::Codes8(e) => {
                let (at, stride) = e.raster.block(c, 0, by);
                let n = row.len().min(stride);
                e.raster.data[at..at + stride].fill(grey as u8);
                for (o, v) in e.raster.data[at..at + n].iter_mut().zip(row) {
                    *o = *v as u8;
                }
            }
            Engine::Codes16(e) => {
                let (at, stride) = e.raster.block(c, 0, by);
                let n = row.len().min(stride);
                e.raster.data[at..at + stride].fill(grey);
                e.raster.data[at..at + n].copy_from_slice(&row[..n]);
            }
            Engine::Float(_) => {}
        }
    }

    /// Gives row `next`.
    pub fn emit<T: Sample>(&mut self, out: &mut [T]) {
        let y = self.next;
        self.next += 1;
        let max = (1u32 << self.precision) - 1;
        let n = out.len();
        match &mut self.engine {
            Engine::Codes8(e) => {
                if let Some(out) =
                    T::u8s(out).filter(|_| self.precision == 8 || self.kind == SampleKind::Native)
                {
                    e.output(self.plan, self.inverted, y, out);
                    return;
                }
                self.codes8.resize(n, 0);
                e.output(self.plan, self.inverted, y, &mut self.codes8);
                for (o, v) in out.iter_mut().zip(&self.codes8) {
                    *o = T::from_code(u32::from(*v), max);
                }
            }
            Engine::Codes16(e) => {
                if let Some(out) = T::u16s(out).filter(|_| self.kind == SampleKind::Native) {
                    e.output(self.plan, self.inverted, y, out);
                    return;
                }
                self.codes16.resize(n, 0);
                e.output(self.plan, self.inverted, y, &mut self.codes16);
                for (o, v) in out.iter_mut().zip(&self.codes16) {
                    *o = T::from_code(u32::from(*v), max);
                }
            }
            Engine::Float(e) => e.output(self.plan, self.inverted, y, out),
        }
    }
}

/// The type that rows come in.
pub(crate) fn sample_type(frame: &Frame, options: &Options) -> SampleType {
    match options.samples {
        SampleKind::Native if frame.precision <= 8 => SampleType::U8,
        SampleKind::Native | SampleKind::U16 => SampleType::U16,
        SampleKind::U8 => SampleType::U8,
        SampleKind::F32 => SampleType::F32,
    }
}
