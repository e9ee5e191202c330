//! Convolution, blur and unsharp mask.
//!
//! Kernels by oiiotool's names are filters sampled at pixel distances and normalised; all of them are separable, so a blur is a pass
//! over rows and one over columns whatever its size. Beyond the data window lies black as far as
//! the display window reaches, and past both the edge repeats, as in oiiotool. A kernel given by its numbers is applied as it
//! stands (3x3 or 5x5 in one pass). NaN and Inf spread over the support.

use crate::OpError;
use crate::args::{Param, ParamKind};
use crate::filter::{Filter, NAMES};
use crate::registry::OpSpec;
use std::ops::Range;
use std::sync::Arc;
use vfx_compute::{Block, BlockMut, Image, Op};
use vfx_core::Region;
use vfx_kernel::math::Math;
use vfx_kernel::pointwise::{Pointwise2, map2};
use vfx_kernel::stencil::convolve_row;

const KERNEL: Param = Param {
    name: "kernel",
    kind: ParamKind::Choice(NAMES),
    unit: "",
    default: "gaussian",
    doc: "shape of the kernel",
};

/// The registry's line of `blur`.
pub const BLUR: OpSpec = OpSpec {
    name: "blur",
    doc: "blur with a kernel of some width and height",
    example: "--blur:kernel=gaussian 5x5",
    images: 1,
    args: &[Param {
        name: "size",
        kind: ParamKind::Text,
        unit: "px",
        default: "",
        doc: "width and height of the kernel, WxH",
    }],
    modifiers: &[KERNEL],
    build: |images, args| {
        let t = args.of("blur", BLUR.args, BLUR.modifiers);
        let text = t.text("size");
        let (w, h) = text.split_once('x').unwrap_or((&text, &text));
        let size = |s: &str| {
            s.parse::<f64>()
                .ok()
                .filter(|v| (0.0..=65_536.0).contains(v))
        };
        let (Some(w), Some(h)) = (size(w), size(h)) else {
            return Err(OpError::Argument {
                op: "blur",
                argument: "size".into(),
                found: text,
                expected: "WxH, such as 5x5",
            });
        };
        blur(&images[0], &t.text("kernel"), w, h, "blur")
    },
};
/// The registry's line of `unsharp`.
pub const UNSHARP: OpSpec = OpSpec {
    name: "unsharp",
    doc: "sharpen: add what a blur takes away",
    example: "--unsharp:kernel=gaussian:width=3:contrast=1",
    images: 1,
    args: &[],
    modifiers: &[
        KERNEL,
        Param {
            name: "width",
            kind: ParamKind::Float,
            unit: "px",
            default: "3",
            doc: "width of the blur",
        },
        Param {
            name: "contrast",
            kind: ParamKind::Float,
            unit: "",
            default: "1",
            doc: "how much of the difference is added",
        },
        Param {
            name: "threshold",
            kind: ParamKind::Float,
            unit: "",
            default: "0",
            doc: "smaller differences are left",
        },
    ],
    build: |images, args| {
        let t = args.of("unsharp", UNSHARP.args, UNSHARP.modifiers);
        let (contrast, threshold) = (t.float("contrast")?, t.float("threshold")?);
        let width = f64::from(t.float("width")?);
        let soft = blur(&images[0], &t.text("kernel"), width, width, "unsharp")?;
        let spec = images[0].spec().clone();
        Ok(Image::op(
            Arc::new(Unsharp {
                contrast,
                threshold,
            }),
            vec![images[0].clone(), soft],
            spec,
        ))
    },
};
/// The registry's line of `convolve`.
pub const CONVOLVE: OpSpec = OpSpec {
    name: "convolve",
    doc: "convolve with a kernel given by its numbers (a centred square, odd side, not mirrored)",
    example: "--convolve:kernel=-1,-1,-1,-1,16,-1,-1,-1,-1:scale=8",
    images: 1,
    args: &[],
    modifiers: &[
        Param {
            name: "kernel",
            kind: ParamKind::Floats,
            unit: "",
            default: "",
            doc: "side * side numbers, row by row",
        },
        Param {
            name: "scale",
            kind: ParamKind::Float,
            unit: "",
            default: "1",
            doc: "what the sum is divided by",
        },
    ],
    build: |images, args| {
        let t = args.of("convolve", CONVOLVE.args, CONVOLVE.modifiers);
        let k = t.floats("kernel")?;
        let side = (1..=63)
            .step_by(2)
            .find(|s| s * s == k.len())
            .ok_or_else(|| OpError::Argument {
                op: "convolve",
                argument: "kernel".into(),
                found: format!("{} numbers", k.len()),
                expected: "9, 25, 49 ... numbers of an odd square",
            })?;
        let scale = t.float("scale")?;
        let kernel = k.iter().map(|v| v / scale).collect();
        Ok(convolve(&images[0], kernel, side, side))
    },
};

/// Blurs by a named kernel of `w` x `h` pixels.
///
/// # Errors
/// [`OpError::Argument`] for an unknown kernel.
pub fn blur(
    image: &Image,
    kernel: &str,
    w: f64,
    h: f64,
    op: &'static str,
) -> Result<Image, OpError> {
    let filter = Filter::find(kernel).ok_or_else(|| OpError::Argument {
        op,
        argument: "kernel".into(),
        found: kernel.into(),
        expected: "a kernel that `vfx ops` lists",
    })?;
    let line = |size: f64| {
        let n = (size.ceil().max(1.0) as usize) | 1;
        let half = (n / 2) as i64;
        let size = size.max(1.0);
        let v: Vec<f64> = (-half..=half).map(|i| filter.at(i as f64, size)).collect();
        let sum: f64 = v.iter().sum();
        v.into_iter()
            .map(|v| (v / sum) as f32)
            .collect::<Vec<f32>>()
    };
    let (across, down) = (line(w), line(h));
    let mut out = image.clone();
    if down.len() > 1 {
        let height = down.len();
        out = convolve(&out, down, 1, height);
    }
    if across.len() > 1 {
        let width = across.len();
        out = convolve(&out, across, width, 1);
    }
    Ok(out)
}

fn convolve(image: &Image, kernel: Vec<f32>, width: usize, height: usize) -> Image {
    let spec = image.spec().clone();
    let stencil = Stencil {
        kernel,
        width,
        height,
        data: spec.data_window,
        display: spec.display_window,
    };
    Image::op(Arc::new(stencil), vec![image.clone()], spec)
}

/// Whether a position beyond the data window is black: the display window reaches there, or nearer to it than to the data.
pub(crate) fn is_black(i: i64, data: &Range<i64>, display: &Range<i64>) -> bool {
    !data.contains(&i) && !data.contains(&i.clamp(display.start, display.end - 1))
}

struct Stencil {
    kernel: Vec<f32>,
    width: usize,
    height: usize,
    data: Region,
    display: Region,
}

impl Stencil {
    fn row(&self, lines: &[&[f32]], out: &mut [f32]) {
        if self.width == 1 {
            vfx_kernel::resample::vertical(lines, &self.kernel, out);
        } else {
            convolve_row(lines, &self.kernel, self.width, out);
        }
    }
    fn black_row(&self, y: i64) -> bool {
        let (d, f) = (self.data, self.display);
        is_black(y, &(d.y0..d.y1), &(f.y0..f.y1))
    }
    fn black_column(&self, x: i64) -> bool {
        let (d, f) = (self.data, self.display);
        is_black(x, &(d.x0..d.x1), &(f.x0..f.x1))
    }
}

impl Op for Stencil {
    fn name(&self) -> String {
        format!("convolve {}x{}", self.width, self.height)
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        let r = (self.height / 2) as i64;
        out.start - r..out.end + r
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        let r = (self.width / 2) as i64;
        out.start - r..out.end + r
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let region = out.region;
        let (rx, ry) = ((self.width / 2) as i64, (self.height / 2) as i64);
        let n = region.width() + self.width - 1;
        let zeros = vec![0.0; n];
        // Black columns can only be at the ends of a block; its rows are then copied.
        let black: Vec<usize> = (0..n)
            .filter(|&i| self.black_column(region.x0 - rx + i as i64))
            .collect();
        let mut copies = vec![0.0; if black.is_empty() { 0 } else { n * self.height }];
        let mut lines: Vec<&[f32]> = Vec::with_capacity(self.height);
        for c in 0..out.planes.len() {
            for y in region.y0..region.y1 {
                lines.clear();
                lines.extend((y - ry..=y + ry).map(|s| {
                    if self.black_row(s) {
                        &zeros[..]
                    } else {
                        &inputs[0].row(c, region.x0 - rx, s)[..n]
                    }
                }));
                if !black.is_empty() {
                    for (line, copy) in lines.iter().zip(copies.chunks_mut(n)) {
                        copy.copy_from_slice(line);
                        for &i in &black {
                            copy[i] = 0.0;
                        }
                    }
                    let lines: Vec<&[f32]> = copies.chunks(n).collect();
                    self.row(&lines, out.row(c, y));
                    continue;
                }
                self.row(&lines, out.row(c, y));
            }
        }
    }
}

struct Unsharp {
    contrast: f32,
    threshold: f32,
}

impl Pointwise2 for Unsharp {
    /// `a` is the image, `b` its blur.
    #[inline(always)]
    fn run<M: Math>(&self, m: M, a: M::F, b: M::F) -> M::F {
        let d = m.sub(a, b);
        let big = m.gt(m.abs(d), m.k(self.threshold));
        let d = m.select(big, d, m.k(0.0));
        m.fma(d, m.k(self.contrast), a)
    }
}

impl Op for Unsharp {
    fn name(&self) -> String {
        "unsharp".into()
    }
    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (region, w) = (out.region, out.region.width());
        for c in 0..out.planes.len() {
            for y in region.y0..region.y1 {
                let row = out.row(c, y);
                row.copy_from_slice(&inputs[0].row(c, region.x0, y)[..w]);
                map2(self, row, &inputs[1].row(c, region.x0, y)[..w]);
            }
        }
    }
}
