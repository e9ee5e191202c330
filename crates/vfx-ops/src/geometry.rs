//! Moving pixels without touching them: windows, flips, rotations.
//!
//! All of these are other orders of reading: samples keep their bits and their type. Reorientations mirror within the display
//! window, as oiiotool's do.

use crate::OpError;
use crate::args::{Geometry, Param, ParamKind};
use crate::registry::OpSpec;
use vfx_compute::{GridMap, Image};
use vfx_core::Region;

const WINDOW: Param = Param {
    name: "window",
    kind: ParamKind::Geometry,
    unit: "px",
    default: "",
    doc: "WxH+X+Y or X0,Y0,X1,Y1 (inclusive)",
};

macro_rules! turn {
    ($id:ident, $name:literal, $doc:literal, $example:literal, $t:literal, $x:literal, $y:literal) => {
        #[doc = concat!("The registry's line of `", $name, "`.")]
        pub const $id: OpSpec = OpSpec {
            name: $name,
            doc: $doc,
            example: $example,
            images: 1,
            args: &[],
            modifiers: &[],
            build: |images, _| Ok(orient(&images[0], $t, $x, $y)),
        };
    };
}

turn!(
    FLIP,
    "flip",
    "mirror top to bottom",
    "--flip",
    false,
    false,
    true
);
turn!(
    FLOP,
    "flop",
    "mirror left to right",
    "--flop",
    false,
    true,
    false
);
turn!(
    ROTATE90,
    "rotate90",
    "rotate a quarter clockwise",
    "--rotate90",
    true,
    true,
    false
);
turn!(
    ROTATE180,
    "rotate180",
    "rotate by half",
    "--rotate180",
    false,
    true,
    true
);
turn!(
    ROTATE270,
    "rotate270",
    "rotate a quarter counterclockwise",
    "--rotate270",
    true,
    false,
    true
);
turn!(
    TRANSPOSE,
    "transpose",
    "exchange rows and columns",
    "--transpose",
    true,
    false,
    false
);

/// The registry's line of `crop`.
pub const CROP: OpSpec = OpSpec {
    name: "crop",
    doc: "set the data window, in its place; black where there were no pixels",
    example: "--crop 1920x1080+100+50",
    images: 1,
    args: &[WINDOW],
    modifiers: &[],
    build: |images, args| {
        let r = window(
            &images[0],
            args.of("crop", CROP.args, CROP.modifiers)
                .geometry("window")?,
            "crop",
        )?;
        Ok(images[0].window(r))
    },
};
/// The registry's line of `cut`.
pub const CUT: OpSpec = OpSpec {
    name: "cut",
    doc: "crop and move to the origin; the display window becomes the data window",
    example: "--cut 1920x1080+100+50",
    images: 1,
    args: &[WINDOW],
    modifiers: &[],
    build: |images, args| {
        let r = window(
            &images[0],
            args.of("cut", CUT.args, CUT.modifiers).geometry("window")?,
            "cut",
        )?;
        let to = Region::sized(0, 0, r.width(), r.height());
        let image = images[0].mapped(GridMap::shift(-r.x0, -r.y0), to);
        let mut spec = image.spec().clone();
        spec.display_window = to;
        Ok(image.with_spec(spec))
    },
};
/// The registry's line of `croptofull`.
pub const CROPTOFULL: OpSpec = OpSpec {
    name: "croptofull",
    doc: "crop or pad the data window to the display window",
    example: "--croptofull",
    images: 1,
    args: &[],
    modifiers: &[],
    build: |images, _| Ok(images[0].window(images[0].spec().display_window)),
};
/// The registry's line of `origin`.
pub const ORIGIN: OpSpec = OpSpec {
    name: "origin",
    doc: "move the data window",
    example: "--origin +10+20",
    images: 1,
    args: &[Param {
        name: "origin",
        kind: ParamKind::Text,
        unit: "px",
        default: "",
        doc: "+X+Y",
    }],
    modifiers: &[],
    build: |images, args| {
        let text = args
            .of("origin", ORIGIN.args, ORIGIN.modifiers)
            .text("origin");
        let Some(Geometry::Size {
            origin: Some((x, y)),
            ..
        }) = Geometry::parse(&format!("0x0{text}"))
        else {
            return Err(OpError::Argument {
                op: "origin",
                argument: "origin".into(),
                found: text,
                expected: "+X+Y",
            });
        };
        let d = images[0].spec().data_window;
        let map = GridMap::shift(x - d.x0, y - d.y0);
        Ok(images[0].mapped(map, map.apply(&d)))
    },
};
/// The registry's line of `fullpixels`.
pub const FULLPIXELS: OpSpec = OpSpec {
    name: "fullpixels",
    doc: "make the display window the data window",
    example: "--fullpixels",
    images: 1,
    args: &[],
    modifiers: &[],
    build: |images, _| {
        let mut spec = images[0].spec().clone();
        spec.display_window = spec.data_window;
        Ok(images[0].with_spec(spec))
    },
};
/// The registry's line of `barrier`.
pub const BARRIER: OpSpec = OpSpec {
    name: "barrier",
    doc: "compute everything so far before going on, in memory and scratch",
    example: "--barrier",
    images: 1,
    args: &[],
    modifiers: &[],
    build: |images, _| Ok(images[0].barrier()),
};

/// The window that a geometry means for an image; a size without an origin stays at the data window's.
fn window(image: &Image, g: Geometry, op: &'static str) -> Result<Region, OpError> {
    let d = image.spec().data_window;
    let r = match g {
        Geometry::Size {
            size: (w, h),
            origin,
        } => {
            let (x, y) = origin.unwrap_or((d.x0, d.y0));
            Region::sized(x, y, w as usize, h as usize)
        }
        Geometry::Corners(x0, y0, x1, y1) => Region::new(x0, y0, x1 + 1, y1 + 1),
        Geometry::Scale(x, y) => {
            let part = |n: usize, s: f64| ((n as f64 * s + 0.5).floor() as usize).max(1);
            Region::sized(d.x0, d.y0, part(d.width(), x), part(d.height(), y))
        }
    };
    let most = 1u64 << 24;
    if r.is_empty() || r.width() as u64 > most || r.height() as u64 > most {
        return Err(OpError::Images {
            op,
            problem: format!("a window of {r} has no pixels or too many"),
        });
    }
    Ok(r)
}

/// One of the eight orientations, mirrored within the display window.
pub fn orient(image: &Image, transpose: bool, flip_x: bool, flip_y: bool) -> Image {
    let spec = image.spec();
    let f = spec.display_window;
    let origin = if transpose {
        (f.y0, f.x0)
    } else {
        (f.x0, f.y0)
    };
    let map = GridMap::orient(transpose, flip_x, flip_y, &f, origin);
    let out = image.mapped(map, map.apply(&spec.data_window));
    let mut spec = out.spec().clone();
    spec.display_window = map.apply(&f);
    if transpose && spec.pixel_aspect > 0.0 {
        spec.pixel_aspect = 1.0 / spec.pixel_aspect;
    }
    out.with_spec(spec)
}
