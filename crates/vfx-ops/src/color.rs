//! Colour as arithmetic: matrices, association of alpha, compositing. Colour spaces live in their own crate.
//!
//! The colour channels are the first three that are no data (R, G, B); alpha is the channel named A.

use crate::OpError;
use crate::args::{Param, ParamKind};
use crate::registry::OpSpec;
use std::sync::Arc;
use vfx_compute::{Block, BlockMut, Border, Image, Op, Pointwise};
use vfx_core::{Alpha, ImageSpec};
use vfx_kernel::math::Math;
use vfx_kernel::ops::Plus;
use vfx_kernel::pointwise::{Pointwise2, Pointwise3, Pointwise4, map2, map3, map4};

/// The registry's line of `ccmatrix`.
pub const CCMATRIX: OpSpec = OpSpec {
    name: "ccmatrix",
    doc: "multiply colour by a 3x3 or 4x4 matrix (row vectors on the left, as oiiotool; the fourth number is alpha, or 1)",
    example: "--ccmatrix 1,0,0,0,1,0,0,0,1",
    images: 1,
    args: &[Param {
        name: "matrix",
        kind: ParamKind::Floats,
        unit: "",
        default: "",
        doc: "9 or 16 numbers, row by row",
    }],
    modifiers: &[Param {
        name: "transpose",
        kind: ParamKind::Bool,
        unit: "",
        default: "0",
        doc: "exchange rows and columns first",
    }],
    build: |images, args| {
        let t = args.of("ccmatrix", CCMATRIX.args, CCMATRIX.modifiers);
        let v = t.floats("matrix")?;
        let n = match v.len() {
            9 => 3,
            16 => 4,
            _ => {
                return Err(OpError::Argument {
                    op: "ccmatrix",
                    argument: "matrix".into(),
                    found: format!("{} numbers", v.len()),
                    expected: "9 or 16 numbers",
                });
            }
        };
        let at = |r: usize, c: usize| {
            if t.bool("transpose").unwrap_or(false) {
                v[c * n + r]
            } else {
                v[r * n + c]
            }
        };
        // c' = c M for row vectors: column j of M gives output j.
        let mut m = [[0.0; 4]; 4];
        for (j, row) in m.iter_mut().enumerate().take(n) {
            for (i, w) in row.iter_mut().enumerate().take(n) {
                *w = at(i, j);
            }
        }
        let spec = images[0].spec();
        let colour = colour_channels(spec, "ccmatrix")?;
        let keeps_alpha = m[3] == [0.0, 0.0, 0.0, 1.0] && m[..3].iter().all(|row| row[3] == 0.0);
        let matrix: Arc<dyn Pointwise> = match spec.alpha_index() {
            Some(alpha) if n == 4 && !keeps_alpha => Arc::new(AlphaMatrix {
                m: Mix4(m),
                channels: [colour[0], colour[1], colour[2], alpha],
            }),
            _ => Arc::new(Matrix {
                m: Affine([m[0], m[1], m[2]]),
                colour,
            }),
        };
        Ok(images[0].pointwise(matrix))
    },
};
/// The registry's line of `premult`.
pub const PREMULT: OpSpec = OpSpec {
    name: "premult",
    doc: "multiply colour by alpha",
    example: "--premult",
    images: 1,
    args: &[],
    modifiers: &[],
    build: |images, _| Ok(associate(&images[0], Alpha::Associated)),
};
/// The registry's line of `unpremult`.
pub const UNPREMULT: OpSpec = OpSpec {
    name: "unpremult",
    doc: "divide colour by alpha, except where it is 0",
    example: "--unpremult",
    images: 1,
    args: &[],
    modifiers: &[],
    build: |images, _| Ok(associate(&images[0], Alpha::Unassociated)),
};
/// The registry's line of `over`.
pub const OVER: OpSpec = OpSpec {
    name: "over",
    doc: "composite the first image over the second (Porter and Duff, associated alpha)",
    example: "fg.exr bg.exr --over",
    images: 2,
    args: &[],
    modifiers: &[],
    build: |images, _| over(&images[0], &images[1]),
};

fn colour_channels(spec: &ImageSpec, op: &'static str) -> Result<[usize; 3], OpError> {
    let named = ["R", "G", "B"].map(|n| spec.channel_index(n));
    if let [Some(r), Some(g), Some(b)] = named {
        return Ok([r, g, b]);
    }
    let plain: Vec<usize> = (0..spec.channels.len())
        .filter(|&i| !spec.channels[i].is_data())
        .take(3)
        .collect();
    <[usize; 3]>::try_from(plain).map_err(|_| OpError::Images {
        op,
        problem: "the image has no three colour channels".into(),
    })
}

/// Three rows of three factors and an offset.
struct Affine([[f32; 4]; 3]);

impl Affine {
    #[inline(always)]
    fn row<M: Math>(&self, m: M, c: [M::F; 3], i: usize) -> M::F {
        let r = &self.0[i];
        let v = m.fma(c[0], m.k(r[0]), m.k(r[3]));
        let v = m.fma(c[1], m.k(r[1]), v);
        m.fma(c[2], m.k(r[2]), v)
    }
}

impl Pointwise3 for Affine {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 3]) -> [M::F; 3] {
        [self.row(m, c, 0), self.row(m, c, 1), self.row(m, c, 2)]
    }
}

struct Matrix {
    m: Affine,
    colour: [usize; 3],
}

impl Pointwise for Matrix {
    fn name(&self) -> String {
        "matrix".into()
    }
    fn mixes(&self) -> bool {
        true
    }
    fn apply(&self, _: usize, rows: &mut [&mut [f32]]) {
        let [r, g, b] = rows
            .get_disjoint_mut(self.colour)
            .expect("colour channels are distinct");
        map3(&self.m, [r, g, b]);
    }
}

/// Four rows of four factors, for colour and alpha.
struct Mix4([[f32; 4]; 4]);

impl Pointwise4 for Mix4 {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, c: [M::F; 4]) -> [M::F; 4] {
        self.0.map(|r| {
            let v = m.mul(c[3], m.k(r[3]));
            let v = m.fma(c[0], m.k(r[0]), v);
            let v = m.fma(c[1], m.k(r[1]), v);
            m.fma(c[2], m.k(r[2]), v)
        })
    }
}

struct AlphaMatrix {
    m: Mix4,
    channels: [usize; 4],
}

impl Pointwise for AlphaMatrix {
    fn name(&self) -> String {
        "matrix with alpha".into()
    }
    fn mixes(&self) -> bool {
        true
    }
    fn apply(&self, _: usize, rows: &mut [&mut [f32]]) {
        let [r, g, b, a] = rows
            .get_disjoint_mut(self.channels)
            .expect("alpha is no colour");
        map4(&self.m, [r, g, b, a]);
    }
}

/// Converts colour to associated or unassociated alpha; an image without alpha is only labelled.
pub fn associate(image: &Image, to: Alpha) -> Image {
    let mut spec = image.spec().clone();
    spec.alpha = to;
    let Some(alpha) = spec.alpha_index() else {
        return image.with_spec(spec);
    };
    let colour = (0..spec.channels.len())
        .filter(|&i| !spec.channels[i].is_data() && !spec.channels[i].name.contains('.'))
        .collect();
    image
        .pointwise(Arc::new(Associate { alpha, colour, to }))
        .with_spec(spec)
}

struct Associate {
    alpha: usize,
    colour: Vec<usize>,
    to: Alpha,
}

struct Times;
impl Pointwise2 for Times {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, a: M::F, b: M::F) -> M::F {
        m.mul(a, b)
    }
}
struct Over0;
impl Pointwise2 for Over0 {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, a: M::F, b: M::F) -> M::F {
        m.select(m.eq(b, m.k(0.0)), a, m.div(a, b))
    }
}

impl Pointwise for Associate {
    fn name(&self) -> String {
        if self.to == Alpha::Associated {
            "premultiply".into()
        } else {
            "unpremultiply".into()
        }
    }
    fn mixes(&self) -> bool {
        true
    }
    fn apply(&self, _: usize, rows: &mut [&mut [f32]]) {
        for &c in &self.colour {
            let [row, alpha] = rows
                .get_disjoint_mut([c, self.alpha])
                .expect("alpha is no colour");
            match self.to {
                Alpha::Associated => map2(&Times, row, alpha),
                Alpha::Unassociated => map2(&Over0, row, alpha),
            }
        }
    }
}

struct Over {
    /// Alpha of the foreground; without one it covers all of its window.
    alpha: usize,
    /// Channels that are no light (depth, ids): the nearer image's, where it is not transparent.
    whole: Vec<bool>,
}

/// `a + b (1 - alpha of a)` in every channel, over the union of the windows; alpha counts as 0 to 1 there (NaN as 0), and
/// depth and ids are not blended. Both need the same channels, alpha among the first's.
///
/// # Errors
/// [`OpError::Images`] when the channels differ or the foreground has no alpha.
pub fn over(a: &Image, b: &Image) -> Result<Image, OpError> {
    let err = |problem: String| OpError::Images {
        op: "over",
        problem,
    };
    let alpha = a
        .spec()
        .alpha_index()
        .ok_or_else(|| err("the foreground has no alpha channel".into()))?;
    let names = |i: &Image| {
        i.spec()
            .channels
            .iter()
            .map(|c| c.name.clone())
            .collect::<Vec<_>>()
    };
    if names(a) != names(b) {
        return Err(err(format!(
            "the images have channels {} and {}; select the same with --ch",
            names(a).join(","),
            names(b).join(",")
        )));
    }
    let mut spec = b.spec().clone();
    spec.data_window = a.spec().data_window.union(&b.spec().data_window);
    spec.display_window = a.spec().display_window.union(&b.spec().display_window);
    let whole = spec.channels.iter();
    let whole = whole.map(|c| c.is_data() && !c.is_alpha()).collect();
    Ok(Image::op(
        Arc::new(Over { alpha, whole }),
        vec![a.clone(), b.clone()],
        spec,
    ))
}

struct Rest;
impl Pointwise2 for Rest {
    /// `(1 - alpha) * b`, with `a` the alpha.
    #[inline(always)]
    fn run<M: Math>(&self, m: M, a: M::F, b: M::F) -> M::F {
        m.mul(m.sub(m.k(1.0), m.clamp(a, 0.0, 1.0)), b)
    }
}

impl Op for Over {
    fn name(&self) -> String {
        "over".into()
    }
    fn mixes(&self) -> bool {
        true
    }
    fn border(&self) -> Border {
        Border::Black
    }
    fn rows(&self, _: usize, out: std::ops::Range<i64>) -> std::ops::Range<i64> {
        out
    }
    fn cols(&self, _: usize, out: std::ops::Range<i64>) -> std::ops::Range<i64> {
        out
    }
    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (region, w) = (out.region, out.region.width());
        for c in 0..out.planes.len() {
            for y in region.y0..region.y1 {
                let row = out.row(c, y);
                let (near, far) = (
                    &inputs[0].row(c, region.x0, y)[..w],
                    &inputs[1].row(c, region.x0, y)[..w],
                );
                row.copy_from_slice(&inputs[0].row(self.alpha, region.x0, y)[..w]);
                if self.whole[c] {
                    for (v, (n, f)) in row.iter_mut().zip(near.iter().zip(far)) {
                        *v = if *v == 0.0 { *f } else { *n };
                    }
                } else {
                    map2(&Rest, row, far);
                    map2(&Plus, row, near);
                }
            }
        }
    }
}
