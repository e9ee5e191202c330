//! Colour conversion of images: from what a file says it is to what is wanted.
//!
//! The colour space of an image comes from `--from`, else from its tags (`tags`: colour interop ids, CICP, ICC profiles,
//! chromaticities), else from the config's file rules. The result is tagged with the interop id of the space it is in, or its
//! name. ICC profiles stand wherever a space may. Pixels go through one node of the graph (`node`). Nothing is converted
//! unless asked.

mod bake;
mod lattice;
mod node;
mod tags;

use crate::{Error, Image};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vfx_color::file::icc::{IccOptions, Profile};
use vfx_color::op::Op;
use vfx_color::{ColorError, ColorProgram, Direction, Flags, Optimization, builtin, file};
use vfx_ocio::{Context, OcioError, Transform};

pub use bake::{Bake, around, bake, is_icc};
pub use lattice::{cube_of, lattice, lattice_size};
pub use node::convert;
pub use vfx_color as science;
pub use vfx_kernel::text::Dialect;
pub use vfx_ocio as ocio;
pub use vfx_ocio::Config;

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
    /// A file of operations, or `lutbox:CHANNEL`, applied last.
    pub lut: Option<PathBuf>,
    /// The file backwards.
    pub invert_lut: bool,
    /// Config: a file or `ocio://NAME`; `$OCIO` or `ocio://default` if missing.
    pub config: Option<String>,
    /// How ICC profiles are used, those of images too.
    pub icc: IccOptions,
    /// Which simplifications are allowed; `OCIO_OPTIMIZATION_FLAGS` wins over it.
    pub optimization: Option<Flags>,
    /// Colours stay multiplied by alpha through the conversion.
    pub keep_premultiplied: bool,
}

/// The flags of `OCIO_OPTIMIZATION_FLAGS`.
///
/// # Errors
/// If it holds something else.
pub fn flags_of_environment() -> Result<Option<Flags>, ColorError> {
    match std::env::var("OCIO_OPTIMIZATION_FLAGS") {
        Ok(v) if !v.trim().is_empty() => Flags::parse(&v).map(Some),
        _ => Ok(None),
    }
}

/// Compiles operations: as the environment says, else as `flags` do, else as `usual`.
///
/// # Errors
/// What compiling gives.
pub fn program(
    ops: Vec<Op>,
    flags: Option<Flags>,
    usual: Optimization,
) -> Result<ColorProgram, Error> {
    let own = |e: ColorError| Error::from(OcioError::from(e));
    let flags = flags_of_environment().map_err(own)?.or(flags);
    match flags {
        Some(flags) => ColorProgram::with_flags(ops, flags),
        None => ColorProgram::new(ops, usual),
    }
    .map_err(own)
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
    /// The ICC profile of the result, where it was asked for.
    pub profile: Option<Vec<u8>>,
}

/// Where a conversion starts.
enum Start {
    /// A colour space, role or named transform of the config.
    Space(String),
    /// Device values of a profile.
    Device(Box<Profile>),
    /// Linear light; the operations lead to CIE XYZ.
    Light(Vec<Op>),
}

/// The role of D65-adapted XYZ in configs, and the one of AP0.
const XYZ_ROLE: &str = "cie_xyz_d65_interchange";
const AP0_ROLE: &str = "aces_interchange";
const AP0_TO_XYZ: &str = "UTILITY - ACES-AP0_to_CIE-XYZ-D65_BFD";

/// Whether a name is that of an ICC profile's file rather than of a space.
fn names_profile(name: &str) -> bool {
    let path = Path::new(name);
    let known = path.extension().is_some_and(|e| {
        ["icc", "icm", "pf"]
            .iter()
            .any(|p| e.eq_ignore_ascii_case(p))
    });
    known && path.is_file()
}

fn read_profile(name: &str, options: &IccOptions) -> Result<(Profile, Vec<u8>), Error> {
    let path = Path::new(name);
    let bytes = std::fs::read(path).map_err(|source| OcioError::Io {
        path: path.into(),
        source,
    })?;
    let profile = Profile::parse(&bytes, path, options).map_err(OcioError::from)?;
    Ok((profile, bytes))
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

    /// The context variables in use.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The colour space of an image: what was said, what it is tagged with, what the file rules give.
    ///
    /// # Errors
    /// If a pattern of a rule cannot be understood.
    pub fn source(&self, tag: Option<&str>, path: Option<&Path>) -> Result<String, Error> {
        if let Some(from) = &self.options.from {
            return Ok(from.clone());
        }
        if let Some(space) = tag.and_then(|t| tags::space_of(&self.config, t)) {
            return Ok(space.name.clone());
        }
        let path = path.map(Path::to_string_lossy).unwrap_or_default();
        Ok(self.config.color_space_of_file(&path)?.0.to_owned())
    }

    /// The operations from a colour space, or the file of an ICC profile, to what was asked for.
    ///
    /// # Errors
    /// If a name is unknown, a file is missing, or an inverse does not exist.
    pub fn steps(&self, source: &str) -> Result<Steps, Error> {
        if self.config.color_space(source).is_none() && names_profile(source) {
            let (profile, _) = read_profile(source, &self.options.icc)?;
            return self.steps_from(Start::Device(Box::new(profile)));
        }
        self.steps_from(Start::Space(source.to_owned()))
    }

    /// Between D65-adapted XYZ and the config: the space there, and operations if that space is AP0.
    fn exchange(&self, direction: Direction) -> Result<(&str, Vec<Op>), Error> {
        if let Some(s) = self.config.color_space(XYZ_ROLE) {
            return Ok((&s.name, Vec::new()));
        }
        let Some(s) = self.config.color_space(AP0_ROLE) else {
            return Err(OcioError::NoInterchange { role: XYZ_ROLE }.into());
        };
        let ops = builtin::ops(AP0_TO_XYZ, direction).map_err(OcioError::from)?;
        Ok((&s.name, ops))
    }

    /// From a device of a profile, to one, or both.
    fn steps_from(&self, start: Start) -> Result<Steps, Error> {
        let icc = &self.options.icc;
        let target = match &self.options.to {
            Some(to) if self.config.color_space(to).is_none() && names_profile(to) => {
                Some(read_profile(to, icc)?)
            }
            _ => None,
        };
        let own = |e: ColorError| Error::from(OcioError::from(e));
        match (start, target) {
            (Start::Space(space), None) => self.within(&space, self.options.to.as_deref()),
            (Start::Device(from), None) => {
                let mut ops = from.to_xyz(icc).map_err(own)?;
                let (space, more) = self.exchange(Direction::Inverse)?;
                ops.extend(more);
                let mut steps = self.within(space, self.options.to.as_deref())?;
                steps.ops.splice(0..0, ops);
                Ok(steps)
            }
            (Start::Light(mut ops), target) => {
                let Some(ap0) = self.config.color_space(AP0_ROLE) else {
                    return Err(OcioError::NoInterchange { role: AP0_ROLE }.into());
                };
                ops.extend(builtin::ops(AP0_TO_XYZ, Direction::Inverse).map_err(own)?);
                let mut steps = match target {
                    None => self.within(&ap0.name, self.options.to.as_deref())?,
                    Some(_) => self.steps_from(Start::Space(ap0.name.clone()))?,
                };
                steps.ops.splice(0..0, ops);
                Ok(steps)
            }
            (Start::Space(space), Some((profile, bytes))) => {
                let (exchange, more) = self.exchange(Direction::Forward)?;
                let mut steps = self.within(&space, Some(exchange))?;
                steps.ops.extend(more);
                steps.ops.extend(profile.from_xyz(icc).map_err(own)?);
                (steps.result, steps.profile) = (None, Some(bytes));
                Ok(steps)
            }
            (Start::Device(from), Some((to, bytes))) => Ok(Steps {
                ops: from.to(&to, icc).map_err(own)?,
                source: from.description().unwrap_or_default().to_owned(),
                result: None,
                profile: Some(bytes),
            }),
        }
    }

    /// The operations between spaces of the config.
    fn within(&self, source: &str, to: Option<&str>) -> Result<Steps, Error> {
        let (o, c) = (&self.options, &self.config);
        let tag = |name: &str| c.color_space(name).map(tags::interop_id);
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
                to.unwrap_or(source)
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
        } else if let Some(to) = to {
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
            let options = file::FileOptions {
                icc: o.icc,
                ..file::FileOptions::default()
            };
            let read = match vfx_lutbox::live_ops(lut) {
                Some(ops) => file::ColorFile {
                    ops: ops.map_err(OcioError::from)?,
                    backward: None,
                    format: "LUT box channel",
                    info: Vec::new(),
                },
                None => file::load(lut, &options).map_err(OcioError::from)?,
            };
            let (read, direction) = match (o.invert_lut, read.backward) {
                (true, Some(back)) => (back, Direction::Forward),
                (true, None) => (read.ops, Direction::Inverse),
                (false, _) => (read.ops, Direction::Forward),
            };
            let t = Transform::Group {
                children: read.into_iter().map(Transform::Op).collect(),
                name: String::new(),
                direction,
            };
            ops.extend(c.ops(&t, Direction::Forward, &self.context)?);
            result = None;
        }
        Ok(Steps {
            ops,
            source: source.into(),
            result,
            profile: None,
        })
    }

    /// Converts an image that was read from `path`.
    ///
    /// # Errors
    /// As [`Conversion::steps`].
    pub fn apply(&self, image: &Image, path: Option<&Path>) -> Result<Image, Error> {
        let embedded = match &self.options.from {
            Some(_) => None,
            None => tags::embedded(image.spec(), &self.options.icc).map_err(OcioError::from)?,
        };
        let light = match self.options.from {
            Some(_) => None,
            None => tags::chromaticities(image.spec()),
        };
        let steps = match (embedded, light) {
            (Some(profile), _) => self.steps_from(Start::Device(Box::new(profile)))?,
            (None, Some(op)) => self.steps_from(Start::Light(vec![op]))?,
            (None, None) => self.steps(&self.source(image.spec().color_space.as_deref(), path)?)?,
        };
        let program = program(steps.ops, self.options.optimization, Optimization::Default)?;
        let mut spec = image.spec().clone();
        if !program.source().is_empty() || steps.profile.is_some() {
            tags::retag(&mut spec, steps.result, steps.profile);
        } else {
            spec.color_space = steps.result;
        }
        Ok(convert(image, Arc::new(program), self.options.keep_premultiplied).with_spec(spec))
    }
}
