//! ICC profiles, v2 and v4: matrix and curves, grey curves, tables (`A2B`, `B2A`); all intents; black point compensation.
//!
//! Forward runs from CIE XYZ (D65, as OpenColorIO's display spaces) to device values, as OpenColorIO reads profiles; the way
//! back is the profile's own (`A2B`). The connection space is D50 and adapted with Bradford. Everything becomes operations, so
//! that a profile runs on every backend. Device spaces: RGB and grey. Source: ICC.1:2022; ISO 18619. Compared with littleCMS.

mod bytes;
mod lut;
mod pcs;
mod shaper;
mod write;

use std::cell::Cell;
use std::path::Path;

use moxcms::{ColorProfile, DataColorSpace, LutWarehouse, ProfileClass};

use super::source::Source;
use super::{FileOptions, Info};
use crate::op::Matrix;
use crate::{ColorError, Op};
use bytes::Tags;
pub use write::{ProfileText, lut_profile, space_profile};

/// What a conversion shall keep where the device cannot show everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// The look.
    Perceptual,
    /// Colours relative to the white.
    Relative,
    /// Saturation.
    Saturation,
    /// Colours, the white of the medium included.
    Absolute,
}

/// How a profile is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IccOptions {
    /// The intent; that of the profile's header if none.
    pub intent: Option<Intent>,
    /// The device's black becomes 0, and 0 the device's black. Perceptual and saturation tables of v4 profiles always do.
    pub black_point_compensation: bool,
}

/// What lies between device values and the connection space.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    /// Device values to XYZ relative to D50.
    to_pcs: Vec<Op>,
    /// And back.
    from_pcs: Vec<Op>,
    /// Media white over D50.
    white: [f64; 3],
    black: [f64; 3],
    intent: Intent,
    /// Version 4 tables for the perceptual or saturation intent.
    reference_medium: bool,
    v4: bool,
}

/// A profile, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    model: Model,
    description: Option<String>,
}

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    bytes.get(36..40) == Some(b"acsp")
}

/// From D65-adapted XYZ to device values.
pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let profile = profile(s)?;
    let info = profile
        .description
        .clone()
        .map(|d| ("description".to_owned(), d));
    let options = &s.options.icc;
    Ok((profile.from_xyz(options)?, info.into_iter().collect()))
}

/// From device values to D65-adapted XYZ, by the profile's own tables.
pub(super) fn backward(s: &Source) -> Result<Vec<Op>, ColorError> {
    profile(s)?.to_xyz(&s.options.icc)
}

fn profile(s: &Source) -> Result<Profile, ColorError> {
    let tags = Tags::read(s)?;
    let description = tags.description();
    let device = s.bytes.get(16..20).unwrap_or_default();
    if device != b"RGB " && device != b"GRAY" {
        let name = String::from_utf8_lossy(device).trim().to_owned();
        let reason = format!("device values are {name}; only RGB and grey are converted");
        return Err(s.error(0, reason));
    }
    let tables = [b"A2B0", b"A2B1", b"A2B2"];
    let has_table = tables.iter().any(|t| tags.tag(t).is_some());
    let model = if device == b"RGB " && !has_table {
        shaped(s, &tags)?
    } else {
        let parsed =
            ColorProfile::new_from_slice(s.bytes).map_err(|e| s.error(0, e.to_string()))?;
        if device == b"GRAY" {
            grey(s, &tags, &parsed)?
        } else {
            tabled(s, &parsed)?
        }
    };
    Ok(Profile { model, description })
}

/// The intent in the header.
fn header_intent(s: &Source) -> Intent {
    match s.bytes.get(67) {
        Some(1) => Intent::Relative,
        Some(2) => Intent::Saturation,
        Some(3) => Intent::Absolute,
        _ => Intent::Perceptual,
    }
}

fn is_v4(s: &Source) -> bool {
    s.bytes.get(8).is_some_and(|v| *v >= 4)
}

/// Media white over D50. The white of v2 displays is D50 whatever they say, as littleCMS has it.
fn media_white(s: &Source, tags: &Tags) -> [f64; 3] {
    let display = s.bytes.get(12..16) == Some(b"mntr");
    if display && !is_v4(s) {
        return [1.0; 3];
    }
    match tags.xyz(b"wtpt") {
        Ok(w) if w.iter().all(|v| *v > 0.0) => [0, 1, 2].map(|c| w[c] / pcs::D50[c]),
        _ => [1.0; 3],
    }
}

/// A matrix and curves.
fn shaped(s: &Source, tags: &Tags) -> Result<Model, ColorError> {
    let from_pcs = shaper::from_pcs(s, tags)?;
    let to_pcs = Op::inverse_of(&from_pcs)?;
    Ok(Model {
        black: pcs::darkest(&to_pcs)?,
        to_pcs,
        from_pcs,
        white: media_white(s, tags),
        intent: s.options.icc.intent.unwrap_or_else(|| header_intent(s)),
        reference_medium: false,
        v4: is_v4(s),
    })
}

/// A curve of grey. R, G and B carry the same value; green counts.
fn grey(s: &Source, tags: &Tags, parsed: &ColorProfile) -> Result<Model, ColorError> {
    if parsed.gray_trc.is_none() {
        return Err(s.error(0, "tag 'kTRC': missing"));
    }
    let curve = || tags.curve(b"kTRC");
    let tone = shaper::tone(s, &[curve()?, curve()?, curve()?])?;
    let green = |w: [f64; 3]| Matrix::rgb(w.map(|v| [0.0, v, 0.0]));
    let lab = parsed.pcs == DataColorSpace::Lab;
    let mut to_pcs = vec![tone.inverse()?];
    let mut from_pcs = Vec::new();
    if lab {
        // The curve gives lightness over 100.
        let half = 128.0 / 255.0;
        let mut code = Matrix::rgb([[0.0, 1.0, 0.0], [0.0; 3], [0.0; 3]]);
        code.offset = [0.0, half, half, 0.0];
        to_pcs.push(Op::Matrix(code));
        to_pcs.extend(pcs::decode(pcs::Encoding::Lab));
        from_pcs.extend(pcs::encode(pcs::Encoding::Lab)?);
        from_pcs.push(Op::Matrix(Matrix::rgb([[1.0, 0.0, 0.0]; 3])));
    } else {
        to_pcs.push(Op::Matrix(green(pcs::D50)));
        from_pcs.push(Op::Matrix(green([1.0; 3])));
    }
    from_pcs.push(tone);
    Ok(Model {
        black: pcs::darkest(&to_pcs)?,
        to_pcs,
        from_pcs,
        white: media_white(s, tags),
        intent: s.options.icc.intent.unwrap_or_else(|| header_intent(s)),
        reference_medium: false,
        v4: is_v4(s),
    })
}

/// Tables. A missing direction is the other one backwards.
fn tabled(s: &Source, p: &ColorProfile) -> Result<Model, ColorError> {
    let tags = Tags::read(s)?;
    if p.profile_class == ProfileClass::DeviceLink || p.profile_class == ProfileClass::Abstract {
        return Err(s.error(
            0,
            "the profile is of no device; only device profiles are converted",
        ));
    }
    let lab = match p.pcs {
        DataColorSpace::Lab => true,
        DataColorSpace::Xyz => false,
        _ => return Err(s.error(0, "the connection space is neither XYZ nor Lab")),
    };
    let intent = s.options.icc.intent.unwrap_or_else(|| header_intent(s));
    // A missing intent is served by the perceptual tables.
    let pick = |perceptual: &Option<LutWarehouse>,
                colorimetric: &Option<LutWarehouse>,
                saturation: &Option<LutWarehouse>| {
        let own = match intent {
            Intent::Perceptual => perceptual,
            Intent::Relative | Intent::Absolute => colorimetric,
            Intent::Saturation => saturation,
        };
        own.clone()
            .or_else(|| perceptual.clone())
            .or_else(|| colorimetric.clone())
    };
    let a2b = pick(
        &p.lut_a_to_b_perceptual,
        &p.lut_a_to_b_colorimetric,
        &p.lut_a_to_b_saturation,
    );
    let b2a = pick(
        &p.lut_b_to_a_perceptual,
        &p.lut_b_to_a_colorimetric,
        &p.lut_b_to_a_saturation,
    );
    let Some(a2b) = a2b else {
        return Err(s.error(0, "the tables A2B are of a type that is not read"));
    };
    let mut to_pcs = lut::ops(s, &a2b, false, lab)?;
    to_pcs.extend(pcs::decode(lut::encoding(&a2b, lab)));
    let from_pcs = match &b2a {
        Some(t) => {
            let mut ops = pcs::encode(lut::encoding(t, lab))?;
            ops.extend(lut::ops(s, t, true, lab)?);
            ops
        }
        None => Op::inverse_of(&to_pcs)?,
    };
    let v4 = is_v4(s);
    let reference_medium = v4 && matches!(intent, Intent::Perceptual | Intent::Saturation);
    Ok(Model {
        black: if reference_medium {
            pcs::perceptual_black()
        } else {
            pcs::darkest(&to_pcs)?
        },
        to_pcs,
        from_pcs,
        white: media_white(s, &tags),
        intent,
        reference_medium,
        v4,
    })
}

impl Model {
    /// From the profile's XYZ to that of a medium whose black is 0.
    fn adjustment(&self, options: &IccOptions) -> Matrix {
        if self.intent == Intent::Absolute {
            let [x, y, z] = self.white;
            return Matrix::scale([x, y, z, 1.0]);
        }
        if options.black_point_compensation || self.reference_medium {
            return pcs::compensation(self.black, [0.0; 3]);
        }
        Matrix::IDENTITY
    }
}

impl Profile {
    /// Reads a profile; `path` serves for messages. The intent of `options` chooses the tables.
    ///
    /// # Errors
    ///
    /// If it is no valid profile of a device with RGB or grey values.
    pub fn parse(bytes: &[u8], path: &Path, options: &IccOptions) -> Result<Self, ColorError> {
        let file = FileOptions {
            icc: *options,
            ..FileOptions::default()
        };
        let source = Source {
            bytes,
            path,
            options: &file,
            format: "International Color Consortium profile",
            within: &[],
            loads: &Cell::new(0),
        };
        profile(&source)
    }

    /// Its description.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// From device values to D65-adapted XYZ, white at Y = 1.
    ///
    /// # Errors
    ///
    /// If black and white are the same.
    pub fn to_xyz(&self, options: &IccOptions) -> Result<Vec<Op>, ColorError> {
        let mut ops = self.model.to_pcs.clone();
        let adjustment = self.model.adjustment(options);
        if !adjustment.is_identity() {
            ops.push(Op::Matrix(adjustment));
        }
        ops.push(pcs::to_d65());
        Ok(ops)
    }

    /// From D65-adapted XYZ to device values.
    ///
    /// # Errors
    ///
    /// If black and white are the same.
    pub fn from_xyz(&self, options: &IccOptions) -> Result<Vec<Op>, ColorError> {
        let mut ops = vec![pcs::to_d50()?];
        let adjustment = self.model.adjustment(options);
        if !adjustment.is_identity() {
            ops.push(Op::Matrix(adjustment.inverse()?));
        }
        ops.extend(self.model.from_pcs.iter().cloned());
        Ok(ops)
    }

    /// From the device values of this profile to those of another, as littleCMS links them: the intent is this one's, and
    /// black points are compensated on request, and always into perceptual and saturation tables of v4 profiles.
    ///
    /// # Errors
    ///
    /// If black and white are the same.
    pub fn to(&self, other: &Self, options: &IccOptions) -> Result<Vec<Op>, ColorError> {
        let (from, to) = (&self.model, &other.model);
        let mut ops = from.to_pcs.clone();
        let looks = matches!(to.intent, Intent::Perceptual | Intent::Saturation);
        if to.intent == Intent::Absolute {
            ops.push(pcs::scale([0, 1, 2].map(|c| from.white[c] / to.white[c])));
        } else if options.black_point_compensation || to.v4 && looks {
            ops.push(Op::Matrix(pcs::compensation(from.black, to.black)));
        }
        ops.extend(to.from_pcs.iter().cloned());
        Ok(ops)
    }
}
