//! Colour conversion of images: from what a file says it is to what is wanted.
//!
//! The colour space of an image comes from `--from`, else from its tags (colour interop ids, CICP, ICC, chromaticities, which
//! the readers turn into `ImageSpec::color_space`), else from the config's file rules. The result is tagged with the interop
//! id of the space it is in, or its name. A conversion is one pointwise node over the R, G and B of every layer. Where alpha
//! is associated, colours are divided by it before and multiplied after (as oiiotool's `--colorconvert` does), except where it
//! is 0: light without coverage keeps its value. Grey images are taken as R = G = B. Nothing is converted unless asked.

use crate::{Error, Image};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vfx_color::op::Op;
use vfx_color::{ColorProgram, Direction, Optimization, file};
use vfx_compute::Pointwise;
use vfx_core::{Alpha, ImageSpec};
use vfx_ocio::{Context, OcioError, Transform};

pub use vfx_color as science;
pub use vfx_kernel::text::Dialect;
pub use vfx_ocio as ocio;
pub use vfx_ocio::Config;

/// Samples of a step: scratch planes of constants stay on the stack.
const STEP: usize = 1024;

/// What to convert, in the words of the command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColorOptions {
    /// Colour space of the input; found from tags and file rules if missing.
    pub from: Option<String>,
    /// Colour space of the output; of a display and view, the scene space of the inverse.
    pub to: Option<String>,
    /// Display.
    pub display: Option<String>,
    /// View; the display's first that fits if missing.
    pub view: Option<String>,
    /// From the view back to the scene.
    pub invert_view: bool,
    /// Looks: `+a, -b | c`.
    pub look: Option<String>,
    /// A file of operations, applied last.
    pub lut: Option<PathBuf>,
    /// The file backwards.
    pub invert_lut: bool,
    /// Config: a file or `ocio://NAME`; `$OCIO` or `ocio://default` if missing.
    pub config: Option<String>,
    /// Colours stay multiplied by alpha through the conversion.
    pub keep_premultiplied: bool,
}

impl ColorOptions {
    /// Whether anything was asked for.
    #[must_use]
    pub fn is_some(&self) -> bool {
        let named = [&self.to, &self.display, &self.view, &self.look, &self.from];
        self.lut.is_some() || self.invert_view || named.iter().any(|o| o.is_some())
    }
}

/// A config with what to do.
pub struct Conversion {
    options: ColorOptions,
    config: Config,
    context: Context,
}

/// Operations with where they end.
#[derive(Debug)]
pub struct Steps {
    /// The operations, in order.
    pub ops: Vec<Op>,
    /// The colour space they start from.
    pub source: String,
    /// The tag of the result, where it is a colour space of the config.
    pub result: Option<String>,
}

/// The config of a name: a file, `ocio://NAME`, or nothing for `$OCIO` and then `ocio://default`.
///
/// # Errors
/// What opening it gives.
pub fn config(name: Option<&str>) -> Result<Config, OcioError> {
    match name {
        Some(n) => Config::open(n),
        None => Config::from_environment().unwrap_or_else(|| Config::open("ocio://default")),
    }
}

impl Conversion {
    /// Opens the config.
    ///
    /// # Errors
    /// What opening it gives; options that contradict each other.
    pub fn new(options: ColorOptions) -> Result<Self, Error> {
        let config = config(options.config.as_deref())?;
        let context = config.context();
        Ok(Self {
            options,
            config,
            context,
        })
    }

    /// The config.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The context variables in use.
    pub fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// The colour space of an image: what was said, what it is tagged with, what the file rules give.
    ///
    /// # Errors
    /// If a pattern of a rule cannot be understood.
    pub fn source(&self, tag: Option<&str>, path: Option<&Path>) -> Result<String, Error> {
        if let Some(from) = &self.options.from {
            return Ok(from.clone());
        }
        if let Some(space) = tag.and_then(|t| self.config.color_space_of_id(t)) {
            return Ok(space.name.clone());
        }
        let path = path.map(Path::to_string_lossy).unwrap_or_default();
        Ok(self.config.color_space_of_file(&path)?.0.to_owned())
    }

    /// The operations from a colour space to what was asked for.
    ///
    /// # Errors
    /// If a name is unknown, a file is missing, or an inverse does not exist.
    pub fn steps(&self, source: &str) -> Result<Steps, Error> {
        let (o, c) = (&self.options, &self.config);
        let tag = |name: &str| {
            c.color_space(name).map(|s| {
                let id = if s.interop_id.is_empty() {
                    &s.name
                } else {
                    &s.interop_id
                };
                id.clone()
            })
        };
        let mut ops = Vec::new();
        let mut result = tag(source);
        let looks = |ops: &mut Vec<Op>, src: &str, dst: &str, direction| -> Result<(), Error> {
            let t = Transform::Look {
                src: src.into(),
                dst: dst.into(),
                looks: o.look.clone().unwrap_or_default(),
                skip_conversion: false,
                direction: Direction::Forward,
            };
            ops.extend(c.ops(&t, direction, &self.context)?);
            Ok(())
        };
        if o.display.is_some() || o.view.is_some() || o.invert_view {
            let display = match &o.display {
                Some(d) => d.clone(),
                None => c.default_display().unwrap_or_default().to_owned(),
            };
            let scene = if o.invert_view {
                o.to.as_deref().unwrap_or(source)
            } else {
                source
            };
            let view = match &o.view {
                Some(v) => v.clone(),
                None => c
                    .default_view(&display, Some(scene))
                    .unwrap_or_default()
                    .to_owned(),
            };
            if o.invert_view {
                ops.extend(c.view_ops(
                    scene,
                    &display,
                    &view,
                    Direction::Inverse,
                    &self.context,
                )?);
                if o.look.is_some() {
                    looks(&mut ops, scene, scene, Direction::Inverse)?;
                }
                result = tag(scene);
            } else {
                if o.look.is_some() {
                    looks(&mut ops, scene, scene, Direction::Forward)?;
                }
                ops.extend(c.view_ops(
                    scene,
                    &display,
                    &view,
                    Direction::Forward,
                    &self.context,
                )?);
                let space = c.view_color_space(&display, &view).map(|s| s.name.clone());
                // A data view (Raw) changes nothing, so the tag stays.
                let data = space
                    .as_ref()
                    .and_then(|s| c.color_space(s))
                    .is_some_and(|s| s.is_data);
                if !data {
                    result = space.and_then(|s| tag(&s));
                }
            }
        } else if let Some(to) = &o.to {
            match &o.look {
                Some(_) => looks(&mut ops, source, to, Direction::Forward)?,
                None => ops.extend(c.conversion(source, to, &self.context)?),
            }
            // A named transform ends nowhere in particular.
            result = tag(to);
        } else if o.look.is_some() {
            looks(&mut ops, source, source, Direction::Forward)?;
        }
        if let Some(lut) = &o.lut {
            let read = file::load(lut, &file::FileOptions::default()).map_err(OcioError::from)?;
            let t = Transform::Group {
                children: read.ops.into_iter().map(Transform::Op).collect(),
                name: String::new(),
                direction: if o.invert_lut {
                    Direction::Inverse
                } else {
                    Direction::Forward
                },
            };
            ops.extend(c.ops(&t, Direction::Forward, &self.context)?);
            result = None;
        }
        Ok(Steps {
            ops,
            source: source.into(),
            result,
        })
    }

    /// Converts an image that was read from `path`.
    ///
    /// # Errors
    /// As [`Conversion::steps`].
    pub fn apply(&self, image: &Image, path: Option<&Path>) -> Result<Image, Error> {
        let source = self.source(image.spec().color_space.as_deref(), path)?;
        let steps = self.steps(&source)?;
        let program =
            ColorProgram::new(steps.ops, Optimization::Default).map_err(OcioError::from)?;
        let mut spec = image.spec().clone();
        spec.color_space = steps.result;
        Ok(convert(image, Arc::new(program), self.options.keep_premultiplied).with_spec(spec))
    }
}

/// Runs a program over the colour channels of an image.
#[must_use]
pub fn convert(image: &Image, program: Arc<ColorProgram>, keep_premultiplied: bool) -> Image {
    let spec = image.spec();
    let associated = spec.alpha == Alpha::Associated && !keep_premultiplied;
    let layers = layers(spec);
    if layers.is_empty() || program.ops().is_empty() {
        return image.flattened();
    }
    let node = Colour {
        program,
        layers,
        associated,
    };
    image.with(image.graph().pointwise(Arc::new(node)))
}

/// The colour channels of a layer: R, G, B (or grey three times) and alpha.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layer {
    rgb: [usize; 3],
    alpha: Option<usize>,
}

/// Every layer that has R, G and B, or a single channel of grey; data is left alone.
fn layers(spec: &ImageSpec) -> Vec<Layer> {
    let at = |layer: &str, name: &str| {
        let full = if layer.is_empty() {
            name.to_owned()
        } else {
            format!("{layer}.{name}")
        };
        spec.channel_index(&full)
    };
    let mut out = Vec::new();
    for c in &spec.channels {
        let (layer, leaf) = c.name.rsplit_once('.').unwrap_or(("", &c.name));
        if c.is_data() {
            continue;
        }
        let main = if layer.is_empty() {
            spec.alpha_index()
        } else {
            None
        };
        let alpha = at(layer, "A").or(main);
        if leaf == "R" {
            if let (Some(r), Some(g), Some(b)) = (at(layer, "R"), at(layer, "G"), at(layer, "B")) {
                out.push(Layer {
                    rgb: [r, g, b],
                    alpha,
                });
            }
        } else if leaf == "Y"
            && at(layer, "RY").is_none()
            && let Some(y) = at(layer, "Y")
        {
            out.push(Layer { rgb: [y; 3], alpha });
        }
    }
    out
}

/// A program as a node of the graph.
struct Colour {
    program: Arc<ColorProgram>,
    layers: Vec<Layer>,
    /// Colours are multiplied by alpha.
    associated: bool,
}

impl Pointwise for Colour {
    fn name(&self) -> String {
        format!("colour ({} operations)", self.program.ops().len())
    }

    fn mixes(&self) -> bool {
        true
    }

    fn apply(&self, _: usize, rows: &mut [&mut [f32]]) {
        let width = rows.first().map_or(0, |r| r.len());
        for layer in &self.layers {
            for start in (0..width).step_by(STEP) {
                self.block(layer, rows, start, STEP.min(width - start));
            }
        }
    }
}

impl Colour {
    /// One step of one row: copied to the stack, converted, copied back. 16 KB that stay in the first cache.
    fn block(&self, layer: &Layer, rows: &mut [&mut [f32]], start: usize, len: usize) {
        let range = start..start + len;
        let mut planes = [[1.0f32; STEP]; 4];
        for (plane, channel) in planes.iter_mut().zip(layer.rgb) {
            plane[..len].copy_from_slice(&rows[channel][range.clone()]);
        }
        if let Some(a) = layer.alpha {
            planes[3][..len].copy_from_slice(&rows[a][range.clone()]);
        }
        let divide = self.associated && layer.alpha.is_some();
        let mut weight = [1.0f32; STEP];
        if divide {
            weight = planes[3];
            for plane in &mut planes[..3] {
                for (v, a) in plane[..len].iter_mut().zip(&weight) {
                    *v = if *a == 0.0 { *v } else { *v / *a };
                }
            }
        }
        let [r, g, b, a] = &mut planes;
        self.program
            .apply_planes([&mut r[..len], &mut g[..len], &mut b[..len], &mut a[..len]]);
        if divide {
            // Alpha itself may have been changed by a matrix; colours take the alpha that is written.
            let after = planes[3];
            for plane in &mut planes[..3] {
                for ((v, before), now) in plane[..len].iter_mut().zip(&weight).zip(&after) {
                    *v = if *before == 0.0 { *v } else { *v * *now };
                }
            }
        }
        let grey = layer.rgb[0] == layer.rgb[1];
        for (plane, channel) in planes.iter().zip(layer.rgb).take(if grey { 1 } else { 3 }) {
            rows[channel][range.clone()].copy_from_slice(&plane[..len]);
        }
        if let Some(a) = layer.alpha {
            rows[a][range].copy_from_slice(&planes[3][..len]);
        }
    }
}
