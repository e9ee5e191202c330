//! Resizing by a separable filter: exact phase, borders folded into the weights, vertical pass first.
//!
//! The display window is scaled to the new size and keeps its origin, and the data window with it, as oiiotool does. An output
//! pixel's centre is mapped exactly (f64); the filter is stretched by the ratio when shrinking. Beyond the data window lies
//! black as far as the display window reaches, and past both the data window's edge. Weights sum to 1. Linear or encoded samples are filtered as they are, alpha included; NaN and Inf spread over the filter's support.

use crate::OpError;
use crate::args::{Geometry, Param, ParamKind};
use crate::convolve::is_black;
use crate::filter::{Filter, NAMES};
use crate::registry::OpSpec;
use std::ops::Range;
use std::sync::Arc;
use vfx_compute::{Block, BlockMut, Image, Op};
use vfx_core::Region;
use vfx_kernel::resample::{Horizontal, Taps, vertical};

const SIZE: Param = Param {
    name: "size",
    kind: ParamKind::Geometry,
    unit: "px",
    default: "",
    doc: "new size of the display window; 0 keeps the aspect ratio",
};

/// The registry's lines.
pub const RESIZE: OpSpec = OpSpec {
    name: "resize",
    doc: "resize with a filter",
    example: "--resize:filter=lanczos3 50%",
    images: 1,
    args: &[SIZE],
    modifiers: &[Param {
        name: "filter",
        kind: ParamKind::Choice(NAMES),
        unit: "",
        default: "",
        doc: "lanczos3 to shrink and blackman-harris to enlarge where nothing is said",
    }],
    build: |images, args| {
        let t = args.of("resize", RESIZE.args, RESIZE.modifiers);
        resize(&images[0], t.geometry("size")?, &t.text("filter"))
    },
};
/// The registry's line of `resample`.
pub const RESAMPLE: OpSpec = OpSpec {
    name: "resample",
    doc: "resize without a filter: linear interpolation or nearest pixel",
    example: "--resample:interp=0 50%",
    images: 1,
    args: &[SIZE],
    modifiers: &[Param {
        name: "interp",
        kind: ParamKind::Bool,
        unit: "",
        default: "1",
        doc: "interpolate; 0 takes the nearest pixel",
    }],
    build: |images, args| {
        let t = args.of("resample", RESAMPLE.args, RESAMPLE.modifiers);
        let kernel = if t.bool("interp")? {
            Kernel::Linear
        } else {
            Kernel::Nearest
        };
        Ok(scale(
            &images[0],
            target(&images[0], t.geometry("size")?, "resample")?,
            &|_| kernel,
        ))
    },
};

#[derive(Clone, Copy)]
enum Kernel {
    Filter(Filter),
    Linear,
    Nearest,
}

/// Resizes so that the display window becomes what `size` says; an empty `filter` name chooses by direction.
///
/// # Errors
/// [`OpError`] for an unknown filter or an empty size.
pub fn resize(image: &Image, size: Geometry, filter: &str) -> Result<Image, OpError> {
    let to = target(image, size, "resize")?;
    let from = image.spec().display_window;
    let enlarges = to.width() > from.width() || to.height() > from.height();
    let name = match filter {
        "" if enlarges => "blackman-harris",
        "" => "lanczos3",
        n => n,
    };
    let filter = Filter::find(name).ok_or_else(|| OpError::Argument {
        op: "resize",
        argument: "filter".into(),
        found: name.into(),
        expected: "a filter that `vfx ops` lists",
    })?;
    Ok(scale(image, to, &|_| Kernel::Filter(filter)))
}

/// The new display window.
fn target(image: &Image, size: Geometry, op: &'static str) -> Result<Region, OpError> {
    let from = image.spec().display_window;
    let (fw, fh) = (from.width() as f64, from.height() as f64);
    let round = |v: f64| (v + 0.5).floor().max(1.0) as usize;
    let (w, h, origin) = match size {
        Geometry::Scale(x, y) => (round(fw * x), round(fh * y), None),
        Geometry::Size { size: (0, 0), .. } => (0, 0, None),
        Geometry::Size {
            size: (w, 0),
            origin,
        } => (w as usize, round(fh * w as f64 / fw), origin),
        Geometry::Size {
            size: (0, h),
            origin,
        } => (round(fw * h as f64 / fh), h as usize, origin),
        Geometry::Size {
            size: (w, h),
            origin,
        } => (w as usize, h as usize, origin),
        Geometry::Corners(x0, y0, x1, y1) => {
            let r = Region::new(x0, y0, x1 + 1, y1 + 1);
            (r.width(), r.height(), Some((x0, y0)))
        }
    };
    if w == 0 || h == 0 || image.spec().data_window.is_empty() || w > 1 << 24 || h > 1 << 24 {
        let problem = format!("cannot make {w} x {h} of {}", image.spec().data_window);
        return Err(OpError::Images { op, problem });
    }
    let (x, y) = origin.unwrap_or((from.x0, from.y0));
    Ok(Region::sized(x, y, w, h))
}

fn scale(image: &Image, to: Region, kernel: &dyn Fn(f64) -> Kernel) -> Image {
    let spec = image.spec();
    let (from, data) = (spec.display_window, spec.data_window);
    let span = |from: (i64, usize), to: (i64, usize), r: Range<i64>| {
        let ratio = to.1 as f64 / from.1 as f64;
        let at = |v: i64| (v - from.0) as f64 * ratio;
        let start = to.0 + (at(r.start) + 1e-9).floor() as i64;
        start..(to.0 + (at(r.end) - 1e-9).ceil() as i64).max(start + 1)
    };
    let (fx, tx) = ((from.x0, from.width()), (to.x0, to.width()));
    let (fy, ty) = ((from.y0, from.height()), (to.y0, to.height()));
    let (cols, rows) = (
        span(fx, tx, data.x0..data.x1),
        span(fy, ty, data.y0..data.y1),
    );
    let axis = |f: (i64, usize), t: (i64, usize), d: Range<i64>, o: Range<i64>| {
        let ratio = t.1 as f64 / f.1 as f64;
        let display = f.0..f.0 + f.1 as i64;
        Axis::new(kernel(ratio), ratio, display, t.0, d, o)
    };
    let mut tall = spec.clone();
    (tall.data_window.y0, tall.data_window.y1) = (rows.start, rows.end);
    let mut out = tall.clone();
    (out.data_window.x0, out.data_window.x1) = (cols.start, cols.end);
    out.display_window = to;
    let y = axis(fy, ty, data.y0..data.y1, rows);
    let x = axis(fx, tx, data.x0..data.x1, cols.clone());
    let image = if y.is_identity() {
        image.clone()
    } else {
        Image::op(Arc::new(Vertical(y)), vec![image.clone()], tall)
    };
    if x.is_identity() {
        return image.with_spec(out);
    }
    let table = Horizontal::new(&x.taps, 0..x.taps.len(), 0);
    Image::op(Arc::new(Across { axis: x, table }), vec![image], out)
}

/// The taps of one axis: for each output position the first input position and the weights.
struct Axis {
    /// First output position.
    first: i64,
    /// What tap positions count from.
    base: i64,
    taps: Taps,
}

impl Axis {
    fn new(
        kernel: Kernel,
        ratio: f64,
        display: Range<i64>,
        to: i64,
        data: Range<i64>,
        out: Range<i64>,
    ) -> Self {
        let from = display.start;
        // The sample that stands for one beyond the data window; none where black does.
        let stands =
            |i: i64| (!is_black(i, &data, &display)).then(|| i.clamp(data.start, data.end - 1));
        let len = data.end - data.start;
        // Of an output position: its centre on the input's axis, counted from the centre of the first sample of the full window.
        let centre = |o: i64| ((o - to) as f64 + 0.5) / ratio - 0.5 + from as f64;
        let (radius, weight): (f64, Box<dyn Fn(f64) -> f64>) = match kernel {
            Kernel::Filter(f) => {
                let width = f.width * ratio.max(1.0);
                (
                    width / 2.0 / ratio,
                    Box::new(move |d| f.at(d * ratio, width)),
                )
            }
            Kernel::Linear => (1.0, Box::new(|d: f64| (1.0 - d.abs()).max(0.0))),
            Kernel::Nearest => (0.5, Box::new(|_| 1.0)),
        };
        // The nearest sample is alone: NaN beside it must not come in with a weight of 0.
        let most = match kernel {
            Kernel::Nearest => 1,
            Kernel::Filter(_) | Kernel::Linear => (2.0 * radius).floor() as i64 + 1,
        };
        let n = most.clamp(1, len);
        let mut taps = Taps {
            taps: n as usize,
            start: Vec::new(),
            weights: Vec::new(),
        };
        for o in out.clone() {
            let c = centre(o);
            let hi = (c + radius + 1e-9).floor() as i64;
            let lo = match kernel {
                Kernel::Nearest => hi,
                Kernel::Filter(_) | Kernel::Linear => (c - radius - 1e-9).ceil() as i64,
            };
            let start = lo.clamp(data.start, data.end - n);
            let mut w = vec![0.0f64; n as usize];
            let mut sum = 0.0;
            for i in lo..=hi {
                let v = weight(i as f64 - c);
                sum += v;
                if let Some(s) = stands(i) {
                    w[(s - start).clamp(0, n - 1) as usize] += v;
                }
            }
            if sum == 0.0 {
                // No sample within reach (a narrow filter on a grid): the nearest one.
                let near = ((c + 0.5).floor() as i64).clamp(data.start, data.end - 1);
                w[(near - start).clamp(0, n - 1) as usize] = 1.0;
                sum = 1.0;
            }
            taps.start.push((start - data.start) as i32);
            taps.weights.extend(w.iter().map(|v| (v / sum) as f32));
        }
        Self {
            first: out.start,
            base: data.start,
            taps,
        }
    }
    /// Every output is one input, in place.
    fn is_identity(&self) -> bool {
        let n = self.taps.taps;
        (0..self.taps.len()).all(|i| {
            let w = self.taps.weights_of(i);
            let at = self.first + i as i64 - self.base - i64::from(self.taps.start[i]);
            (0..n).all(|t| w[t] == if t as i64 == at { 1.0 } else { 0.0 })
        })
    }
    fn demand(&self, out: &Range<i64>) -> Range<i64> {
        let i = |o: i64| ((o - self.first).max(0) as usize).min(self.taps.len() - 1);
        let first = i64::from(self.taps.start[i(out.start)]);
        let last = i64::from(self.taps.start[i(out.end - 1)]) + self.taps.taps as i64;
        self.base + first..self.base + last
    }
}

/// Bytes of input rows that one sweep of the vertical pass keeps at hand.
const VERTICAL_BYTES: usize = 256 << 10;

struct Vertical(Axis);

impl Op for Vertical {
    fn name(&self) -> String {
        format!("resample rows, {} taps", self.0.taps.taps)
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        self.0.demand(&out)
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (region, w, n) = (out.region, out.region.width(), self.0.taps.taps);
        // The rows of one output row stay in the second cache while the next one, which shares most of them, is made.
        let step = (VERTICAL_BYTES / 4 / n).next_multiple_of(64).min(w.max(1));
        let mut lines: Vec<&[f32]> = Vec::with_capacity(n);
        for c in 0..out.planes.len() {
            for x in (0..w).step_by(step) {
                let end = (x + step).min(w);
                for y in region.y0..region.y1 {
                    let i = (y - self.0.first) as usize;
                    let from = self.0.base + i64::from(self.0.taps.start[i]);
                    lines.clear();
                    lines.extend(
                        (from..from + n as i64)
                            .map(|s| &inputs[0].row(c, region.x0 + x as i64, s)[..end - x]),
                    );
                    vertical(
                        &lines,
                        self.0.taps.weights_of(i),
                        &mut out.row(c, y)[x..end],
                    );
                }
            }
        }
    }
}

struct Across {
    axis: Axis,
    table: Horizontal,
}

impl Op for Across {
    fn name(&self) -> String {
        format!("resample columns, {} taps", self.axis.taps.taps)
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        self.axis.demand(&out)
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (region, input) = (out.region, &inputs[0]);
        let columns =
            (region.x0 - self.axis.first) as usize..(region.x1 - self.axis.first) as usize;
        let skip = (region.y0 - input.region.y0) as usize * input.stride;
        let base = (input.region.x0 - self.axis.base) as i32;
        for (c, plane) in out.planes.iter_mut().enumerate() {
            let src = &input.planes[c][skip..];
            self.table.run_at(
                base,
                src,
                input.stride,
                region.height(),
                plane,
                out.stride,
                columns.clone(),
            );
        }
    }
}
