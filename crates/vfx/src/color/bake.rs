//! Conversions as LUT files: what a format can hold of a conversion, with OpenColorIO's sizes and shapers.
//!
//! A shaper is the conversion from the input space to a shaper space; the tables then cover what the shaper space's 0..1 is
//! in the input space. For Cinespace without a shaper space, the allocation of the input space is the shaper.

use super::Conversion;
use crate::Error;
use std::path::Path;
use vfx_color::file::icc::{Profile, ProfileText, lut_profile, space_profile};
use vfx_color::file::{self, BakeOptions, ShaperForm};
use vfx_color::{ColorError, ColorProgram, Direction, Op, Optimization};
use vfx_ocio::{Allocation, Config, Context, OcioError, Transform};

/// How to bake; what is `None` is the format's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bake {
    /// The format: its name, OpenColorIO's name, or an extension.
    pub format: String,
    /// The space of the shaper.
    pub shaper: Option<String>,
    /// Edge of the cube, or rows of a table that stands alone.
    pub cube_size: Option<usize>,
    /// Rows of the shaper.
    pub shaper_size: Option<usize>,
}

/// The range of the input that a space's 0..1 covers, over all channels.
fn covered(to_input: &[Op]) -> Result<[f32; 2], ColorError> {
    let program = ColorProgram::new(to_input.to_vec(), Optimization::None)?;
    let at = |v: f64| program.eval([v, v, v, 1.0]);
    let (low, high) = (at(0.0), at(1.0));
    let min = low[0].min(low[1]).min(low[2]);
    let max = high[0].max(high[1]).max(high[2]);
    Ok([min as f32, max as f32])
}

/// The shaper that the allocation of a space stands for: to 0..1.
fn allocated(config: &Config, context: &Context, space: &str) -> Result<Vec<Op>, OcioError> {
    let Some(s) = config.color_space(space) else {
        return Ok(Vec::new());
    };
    let plain = s.allocation_vars.is_empty() && s.allocation != Allocation::Lg2;
    if plain || s.allocation == Allocation::Unknown {
        return Ok(Vec::new());
    }
    let t = Transform::Allocation {
        allocation: s.allocation,
        vars: s.allocation_vars.clone(),
        direction: Direction::Forward,
    };
    config.ops(&t, Direction::Forward, context)
}

/// Operations from `source` as the tables of a format.
///
/// # Errors
/// If no format of that name is written, a size is outside its limits, or the shaper has no inverse.
pub fn bake(
    ops: &[Op],
    source: &str,
    config: &Config,
    context: &Context,
    how: &Bake,
) -> Result<Vec<Op>, Error> {
    let format = file::format(&how.format)
        .filter(|f| f.writes())
        .ok_or_else(|| ColorError::Unknown {
            kind: "writable colour file format",
            name: how.format.clone(),
        })
        .map_err(OcioError::from)?;
    let mut shaper = match how.shaper.as_deref().filter(|s| !s.is_empty()) {
        Some(s) => Some((
            config.conversion(source, s, context)?,
            config.conversion(s, source, context)?,
        )),
        None => None,
    };
    if shaper.is_none() && format.name == "cinespace" {
        let forward = allocated(config, context, source)?;
        if !forward.is_empty() {
            let back = Op::inverse_of(&forward).map_err(OcioError::from)?;
            shaper = Some((forward, back));
        }
    }
    let mut options = BakeOptions::of(format.name, shaper.is_some());
    if let Some((forward, back)) = shaper {
        // Formats that hold a cube alone have no place for a shaper.
        let holds = options.kind.is_none_or(|k| k != file::Baked::Cube);
        if holds {
            options.domain = covered(&back).map_err(OcioError::from)?;
            options.shaper = forward;
        }
    }
    if let Some(n) = how.shaper_size {
        options.rows = n;
        if options.shaper_form == ShaperForm::HalfDomain {
            options.shaper_form = ShaperForm::Even;
        }
    }
    let program =
        ColorProgram::new(ops.to_vec(), Optimization::Lossless).map_err(OcioError::from)?;
    if let Some(n) = how.cube_size {
        options.edge = n;
        let table = options.kind == Some(file::Baked::Table)
            || options.kind.is_none() && program.steps().iter().all(|s| s.separable);
        if table {
            options.rows = n;
            options.edge = n.clamp(2, 129);
        }
    }
    Ok(file::bake(&program, &options).map_err(OcioError::from)?)
}

/// A conversion between a file of operations and the spaces around it, as one list: into the space that the file works in,
/// through the file, and back.
///
/// # Errors
/// If the space is unknown.
pub fn around(ops: Vec<Op>, space: &str) -> Result<Vec<Op>, Error> {
    const ACES: &str = "ACES2065-1";
    let studio = Config::open("ocio://studio-config-latest")?;
    let context = studio.context();
    let style = format!("{space}_to_{ACES}");
    // OpenColorIO's makeclf takes the names of the built-in transforms.
    let (into, back) = match vfx_color::builtin::ops(&style, Direction::Inverse) {
        Ok(into) => (
            into,
            vfx_color::builtin::ops(&style, Direction::Forward).map_err(OcioError::from)?,
        ),
        Err(_) => (
            studio.conversion(ACES, space, &context)?,
            studio.conversion(space, ACES, &context)?,
        ),
    };
    Ok(into.into_iter().chain(ops).chain(back).collect())
}

/// Whether a format's name or extension means an ICC profile.
#[must_use]
pub fn is_icc(format: &str) -> bool {
    let name = format.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "icc" | "icm" | "international color consortium profile"
    )
}

impl Conversion {
    /// A profile of the values that `ops` start from, which end as those of a display: sRGB, or that of a profile.
    ///
    /// The way from the connection space is there if the operations have an inverse.
    ///
    /// # Errors
    /// If the display's profile cannot be read, or the edge is not 2 to 129.
    pub fn bake_icc(
        &self,
        ops: &[Op],
        display: Option<&Path>,
        edge: usize,
        text: &ProfileText,
    ) -> Result<Vec<u8>, Error> {
        let own = |e: ColorError| Error::from(OcioError::from(e));
        let options = &self.options.icc;
        let profile = match display {
            Some(path) => super::read_profile(&path.to_string_lossy(), options)?.0,
            None => {
                let bytes = space_profile("srgb_rec709_display").unwrap_or_default();
                Profile::parse(&bytes, Path::new("sRGB"), options).map_err(own)?
            }
        };
        let mut forward = ops.to_vec();
        forward.extend(profile.to_xyz(options).map_err(own)?);
        let back = Op::inverse_of(ops).ok().and_then(|inverse| {
            let mut back = profile.from_xyz(options).ok()?;
            back.extend(inverse);
            Some(back)
        });
        lut_profile(&forward, back.as_deref(), edge, text).map_err(own)
    }
}
