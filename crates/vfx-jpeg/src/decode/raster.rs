//! The sample rows between the inverse transform and the output: one iMCU row a component, plus the few rows before it that
//! upsampling still needs. This is what bounds the memory of decoding by rows.

use super::frame::Frame;
use super::options::Options;

/// How a component reaches full size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Up {
    /// It has it.
    Full,
    /// Triangle filter, two columns a sample.
    H2V1,
    /// Triangle filter, two rows a sample.
    H1V2,
    /// Triangle filter, both.
    H2V2,
    /// Every sample repeated.
    Repeat { h: usize, v: usize },
    /// Ratios that are not whole: linear between sample centres (nearest without fancy upsampling).
    Linear {
        h: (usize, usize),
        v: (usize, usize),
    },
}

/// One component's rows inside the shared buffer.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub base: usize,
    pub stride: usize,
    /// Rows of an iMCU row.
    pub rows: usize,
    /// Older rows kept in front.
    pub keep: usize,
    /// Samples that count.
    pub width: usize,
    pub height: usize,
    /// Samples a block side.
    pub size: usize,
    /// Blocks of an MCU.
    pub h: usize,
    pub v: usize,
    pub up: Up,
}

/// Sizes and upsampling of every component for one output scale.
#[derive(Clone, Debug)]
pub(crate) struct Geometry {
    pub lanes: Vec<Lane>,
    /// Output size.
    pub width: usize,
    pub height: usize,
    /// Output rows of an iMCU row.
    pub rows: usize,
    /// Rows that wait for the next iMCU row.
    pub delay: usize,
    pub imcu_rows: usize,
    /// Samples of the shared buffer.
    pub len: usize,
}

impl Geometry {
    pub fn new(frame: &Frame, options: &Options) -> Self {
        let unit = frame.unit();
        let min = if frame.lossless {
            1
        } else {
            options.scale.block()
        };
        let fancy = options.fancy_upsampling && min > 1;
        let mut lanes = Vec::with_capacity(frame.components.len());
        let mut delay = 0;
        for c in &frame.components {
            let mut size = min;
            while size * 2 <= unit
                && (frame.hmax * min).is_multiple_of(c.h * size * 2)
                && (frame.vmax * min).is_multiple_of(c.v * size * 2)
            {
                size *= 2;
            }
            let width = (frame.width * c.h * size).div_ceil(frame.hmax * unit);
            let height = (frame.height * c.v * size).div_ceil(frame.vmax * unit);
            let (hi, ho) = (c.h * size, frame.hmax * min);
            let (vi, vo) = (c.v * size, frame.vmax * min);
            let up = match (hi * 2 == ho, vi * 2 == vo, hi == ho, vi == vo) {
                (_, _, true, true) => Up::Full,
                (true, _, _, true) if fancy && width > 2 => Up::H2V1,
                (_, true, true, _) if fancy => Up::H1V2,
                (true, true, _, _) if fancy && width > 2 => Up::H2V2,
                _ if ho % hi == 0 && vo % vi == 0 => Up::Repeat {
                    h: ho / hi,
                    v: vo / vi,
                },
                _ => Up::Linear {
                    h: (hi, ho),
                    v: (vi, vo),
                },
            };
            delay = delay.max(match up {
                Up::H1V2 | Up::H2V2 => 1,
                Up::Linear { v: (i, o), .. } if i != o => o.div_ceil(i),
                _ => 0,
            });
            lanes.push(Lane {
                base: 0,
                stride: (c.padded_w * size).next_multiple_of(32) + 32,
                rows: c.v * size,
                keep: 0,
                width,
                height,
                size,
                h: c.h,
                v: c.v,
                up,
            });
        }
        let mut len = 0;
        for l in &mut lanes {
            l.keep = match l.up {
                _ if delay == 0 => 0,
                Up::Full => delay,
                Up::Linear { .. } => delay + 3,
                _ => delay + 1,
            };
            l.base = len;
            len += l.stride * (l.rows + l.keep);
        }
        Geometry {
            lanes,
            width: (frame.width * min).div_ceil(unit),
            height: (frame.height * min).div_ceil(unit),
            rows: frame.vmax * min,
            delay,
            imcu_rows: frame.mcus_y,
            len,
        }
    }

    /// Output rows complete once iMCU row `k` is there.
    pub fn ready(&self, k: usize) -> usize {
        if k + 1 >= self.imcu_rows {
            self.height
        } else {
            ((k + 1) * self.rows - self.delay).min(self.height)
        }
    }
}

/// The shared buffer.
pub(crate) struct Raster<T> {
    pub data: Vec<T>,
    pub geometry: Geometry,
    /// The iMCU row in the buffer.
    pub imcu: usize,
    started: bool,
}

impl<T: Copy> Raster<T> {
    pub fn new(geometry: Geometry, grey: T) -> Self {
        Raster {
            data: vec![grey; geometry.len],
            geometry,
            imcu: 0,
            started: false,
        }
    }

    /// What is in the buffer is not before what comes.
    pub fn restart(&mut self) {
        self.started = false;
    }

    /// Makes room for iMCU row `k`, which follows the one in the buffer.
    pub fn advance(&mut self, k: usize) {
        if self.started {
            for l in &self.geometry.lanes {
                let from = l.base + l.rows * l.stride;
                self.data
                    .copy_within(from..from + l.keep * l.stride, l.base);
            }
        }
        self.started = true;
        self.imcu = k;
    }

    /// Row `y` of a component, clamped to the rows that exist.
    #[inline]
    pub fn row(&self, component: usize, y: isize) -> &[T] {
        let l = &self.geometry.lanes[component];
        let y = y.clamp(0, l.height as isize - 1);
        let first = (self.imcu * l.rows) as isize - l.keep as isize;
        let index = (y - first).clamp(0, (l.rows + l.keep) as isize - 1) as usize;
        let at = l.base + index * l.stride;
        &self.data[at..at + l.stride]
    }

    /// Where block (`bx`, `by`) of the iMCU row in the buffer starts.
    #[inline(always)]
    pub fn block(&self, component: usize, bx: usize, by: usize) -> (usize, usize) {
        let l = &self.geometry.lanes[component];
        (
            l.base + (l.keep + by * l.size) * l.stride + bx * l.size,
            l.stride,
        )
    }
}
