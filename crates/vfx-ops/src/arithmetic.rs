//! Arithmetic of images with constants and with each other.
//!
//! f32 throughout, no clamping but where it is asked for; integers count as fractions of full scale. `exposure` leaves data
//! channels (alpha, depth) alone; the others treat all channels alike unless given a value a channel, as oiiotool does. NaN and
//! Inf follow IEEE; `clamp` turns NaN into the lower end; `powc` of a negative number is NaN unless the exponent is whole.

use crate::args::{Param, ParamKind};
use crate::registry::OpSpec;
use crate::{Args, OpError};
use std::sync::Arc;
use vfx_compute::{Block, BlockMut, Border, Image, Op, Pointwise};
use vfx_core::Region;
use vfx_kernel::math::Math;
use vfx_kernel::ops::{MulAdd, Plus, Power};
use vfx_kernel::pointwise::{Pointwise1, Pointwise2, map1_in_place, map2};

const VALUES: Param = Param {
    name: "values",
    kind: ParamKind::Floats,
    unit: "",
    default: "",
    doc: "one number, or one a channel",
};

macro_rules! constant {
    ($id:ident, $name:literal, $doc:literal, $example:literal, $neutral:expr, $step:expr) => {
        #[doc = concat!("The registry's line of `", $name, "`.")]
        pub const $id: OpSpec = OpSpec {
            name: $name,
            doc: $doc,
            example: $example,
            images: 1,
            args: &[VALUES],
            modifiers: &[],
            build: |images, args| {
                let values = a_channel(args, $name, &$id, &images[0], $neutral)?;
                let step: fn(f32) -> Step = $step;
                Ok(each(
                    &images[0],
                    $name,
                    values.into_iter().map(step).collect(),
                ))
            },
        };
    };
}

constant!(ADDC, "addc", "add a constant", "--addc 0.1,0,0", 0.0, |v| {
    Step::MulAdd(MulAdd {
        scale: 1.0,
        offset: v,
    })
});
constant!(
    SUBC,
    "subc",
    "subtract a constant",
    "--subc 0.1",
    0.0,
    |v| Step::MulAdd(MulAdd {
        scale: 1.0,
        offset: -v
    })
);
constant!(
    MULC,
    "mulc",
    "multiply by a constant",
    "--mulc 2,2,2,1",
    1.0,
    |v| Step::MulAdd(MulAdd {
        scale: v,
        offset: 0.0
    })
);
constant!(
    DIVC,
    "divc",
    "divide by a constant; division by 0 gives 0",
    "--divc 2",
    1.0,
    |v| Step::MulAdd(MulAdd {
        scale: if v == 0.0 { 0.0 } else { 1.0 / v },
        offset: 0.0
    })
);
constant!(
    POWC,
    "powc",
    "raise to a power",
    "--powc 2.2,2.2,2.2,1",
    1.0,
    |v| if v == 1.0 {
        Step::Keep
    } else if v.fract() == 0.0 {
        Step::WholePower(WholePower(v))
    } else {
        Step::Power(Power(v))
    }
);

/// The registry's line of `exposure`.
pub const EXPOSURE: OpSpec = OpSpec {
    name: "exposure",
    doc: "multiply colour by a power of two",
    example: "--exposure 1.5",
    images: 1,
    args: &[Param {
        name: "stops",
        kind: ParamKind::Float,
        unit: "stops",
        default: "",
        doc: "1 doubles",
    }],
    modifiers: &[],
    build: |images, args| {
        let scale = args
            .of("exposure", EXPOSURE.args, EXPOSURE.modifiers)
            .float("stops")?
            .exp2();
        let step = |c: &vfx_core::Channel| {
            if c.is_data() {
                Step::Keep
            } else {
                Step::MulAdd(MulAdd { scale, offset: 0.0 })
            }
        };
        Ok(each(
            &images[0],
            "exposure",
            images[0].spec().channels.iter().map(step).collect(),
        ))
    },
};
/// The registry's line of `clamp`.
pub const CLAMP: OpSpec = OpSpec {
    name: "clamp",
    doc: "limit values",
    example: "--clamp:min=0:max=1",
    images: 1,
    args: &[],
    modifiers: &[
        Param {
            name: "min",
            kind: ParamKind::Floats,
            unit: "",
            default: "-3.4028235e38",
            doc: "lowest value, one or one a channel",
        },
        Param {
            name: "max",
            kind: ParamKind::Floats,
            unit: "",
            default: "3.4028235e38",
            doc: "highest value, one or one a channel",
        },
        Param {
            name: "clampalpha",
            kind: ParamKind::Bool,
            unit: "",
            default: "0",
            doc: "limit alpha to 0..1",
        },
    ],
    build: |images, args| {
        let t = args.of("clamp", CLAMP.args, CLAMP.modifiers);
        let n = images[0].spec().channels.len();
        let spread = |v: Vec<f32>, none: f32| -> Vec<f32> {
            (0..n)
                .map(|i| {
                    v.get(i)
                        .or(if v.len() == 1 { v.first() } else { None })
                        .copied()
                        .unwrap_or(none)
                })
                .collect()
        };
        let (lo, hi) = (
            spread(t.floats("min")?, f32::MIN),
            spread(t.floats("max")?, f32::MAX),
        );
        let alpha = t.bool("clampalpha")?;
        let step = |(i, c): (usize, &vfx_core::Channel)| {
            let (mut a, mut b) = (lo[i], hi[i]);
            if alpha && c.is_alpha() {
                (a, b) = (a.max(0.0), b.min(1.0));
            }
            Step::Clamp(vfx_kernel::ops::Clamp { lo: a, hi: b })
        };
        Ok(each(
            &images[0],
            "clamp",
            images[0]
                .spec()
                .channels
                .iter()
                .enumerate()
                .map(step)
                .collect(),
        ))
    },
};

macro_rules! pair {
    ($id:ident, $name:literal, $doc:literal, $example:literal, $kind:expr) => {
        #[doc = concat!("The registry's line of `", $name, "`.")]
        pub const $id: OpSpec = OpSpec {
            name: $name,
            doc: $doc,
            example: $example,
            images: 2,
            args: &[],
            modifiers: &[],
            build: |images, _| two(&images[0], &images[1], $name, $kind),
        };
    };
}

pair!(
    ADD,
    "add",
    "add two images",
    "a.exr b.exr --add",
    PairKind::Add
);
pair!(
    SUB,
    "sub",
    "subtract the second image from the first",
    "a.exr b.exr --sub",
    PairKind::Sub
);
pair!(
    MUL,
    "mul",
    "multiply two images",
    "a.exr b.exr --mul",
    PairKind::Mul
);
pair!(
    ABSDIFF,
    "absdiff",
    "absolute difference of two images",
    "a.exr b.exr --absdiff",
    PairKind::AbsDiff
);

/// Values one a channel; one stands for all, missing ones are `neutral`.
fn a_channel(
    args: &Args,
    name: &'static str,
    op: &'static OpSpec,
    image: &Image,
    neutral: f32,
) -> Result<Vec<f32>, OpError> {
    let v = args.of(name, op.args, op.modifiers).floats("values")?;
    if v.is_empty() {
        return Err(OpError::Argument {
            op: name,
            argument: "values".into(),
            found: String::new(),
            expected: "a number",
        });
    }
    let n = image.spec().channels.len();
    Ok((0..n)
        .map(|i| {
            if v.len() == 1 {
                v[0]
            } else {
                v.get(i).copied().unwrap_or(neutral)
            }
        })
        .collect())
}

#[derive(Clone, Copy)]
enum Step {
    Keep,
    MulAdd(MulAdd),
    Power(Power),
    WholePower(WholePower),
    Clamp(vfx_kernel::ops::Clamp),
}

/// `x` to a whole power, of negative numbers too.
#[derive(Clone, Copy)]
struct WholePower(f32);

impl Pointwise1 for WholePower {
    #[inline(always)]
    fn run<M: Math>(&self, m: M, x: M::F) -> M::F {
        let v = m.pow(m.abs(x), self.0);
        if self.0 % 2.0 == 0.0 {
            v
        } else {
            m.copysign(v, x)
        }
    }
}

struct Each {
    name: &'static str,
    steps: Vec<Step>,
}

fn each(image: &Image, name: &'static str, steps: Vec<Step>) -> Image {
    image.pointwise(Arc::new(Each { name, steps }))
}

impl Pointwise for Each {
    fn name(&self) -> String {
        self.name.into()
    }
    fn apply(&self, first: usize, rows: &mut [&mut [f32]]) {
        for (row, step) in rows.iter_mut().zip(&self.steps[first..]) {
            match step {
                Step::Keep => {}
                Step::MulAdd(o) => map1_in_place(o, row),
                Step::Power(o) => map1_in_place(o, row),
                Step::WholePower(o) => map1_in_place(o, row),
                Step::Clamp(o) => map1_in_place(o, row),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum PairKind {
    Add,
    Sub,
    Mul,
    AbsDiff,
}

macro_rules! formula {
    ($name:ident, |$m:ident, $a:ident, $b:ident| $e:expr) => {
        struct $name;
        impl Pointwise2 for $name {
            #[inline(always)]
            fn run<M: Math>(&self, $m: M, $a: M::F, $b: M::F) -> M::F {
                $e
            }
        }
    };
}
formula!(Minus, |m, a, b| m.sub(a, b));
formula!(Times, |m, a, b| m.mul(a, b));
formula!(Apart, |m, a, b| m.abs(m.sub(a, b)));

struct Pair {
    name: &'static str,
    kind: PairKind,
}

/// Channel by channel over the union of the windows, black outside each.
fn two(a: &Image, b: &Image, name: &'static str, kind: PairKind) -> Result<Image, OpError> {
    let (n, m) = (a.spec().channels.len(), b.spec().channels.len());
    if n != m {
        return Err(OpError::Images {
            op: name,
            problem: format!(
                "the images have {n} and {m} channels; select the same number with --ch"
            ),
        });
    }
    let mut spec = a.spec().clone();
    spec.data_window = a.spec().data_window.union(&b.spec().data_window);
    spec.display_window = a.spec().display_window.union(&b.spec().display_window);
    Ok(Image::op(
        Arc::new(Pair { name, kind }),
        vec![a.clone(), b.clone()],
        spec,
    ))
}

impl Op for Pair {
    fn name(&self) -> String {
        self.name.into()
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
        let Region { x0, y0, y1, .. } = out.region;
        let w = out.region.width();
        for c in 0..out.planes.len() {
            for y in y0..y1 {
                let row = out.row(c, y);
                row.copy_from_slice(&inputs[0].row(c, x0, y)[..w]);
                let other = &inputs[1].row(c, x0, y)[..w];
                match self.kind {
                    PairKind::Add => map2(&Plus, row, other),
                    PairKind::Sub => map2(&Minus, row, other),
                    PairKind::Mul => map2(&Times, row, other),
                    PairKind::AbsDiff => map2(&Apart, row, other),
                }
            }
        }
    }
}
