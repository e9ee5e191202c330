//! What files say of their colours, and what is said of converted ones.
//!
//! Spaces are tagged by their colour interop ids. Configs before 2.5 have none: names and aliases of the newest built-in config
//! then say which id is meant.
//!
//! Linear light with chromaticities that no name is known for goes by those. CICP wins over an embedded ICC profile, which wins
//! over a space that a format assumes. A profile that is sRGB within an 8-bit code counts as that space, so that config's names
//! apply. After a conversion, tags of the old space go; display spaces of a matrix and a curve get their profile, which every
//! format with room for one then carries, but for sRGB, which is what files without a tag are taken for.

use std::path::Path;
use vfx_color::file::icc::{self, IccOptions, Profile};
use vfx_color::op::{Matrix, MonCurve, NegativeStyle};
use vfx_color::space::{Adaptation, Primaries, gamut, rgb_to_xyz, to_xyz_d65};
use vfx_color::{ColorError, ColorProgram, Direction, Op, Optimization};
use vfx_core::{ImageSpec, Origin, Value};
use vfx_ocio::Config;
use vfx_ocio::model::ColorSpace;

/// Attributes that describe the space an image was in.
const STALE: &[&str] = &[
    "ICCProfile",
    "CICP",
    "chromaticities",
    "adoptedNeutral",
    "colorInteropID",
    "png:gAMA",
    "png:sRGB",
    "dpx:Transfer",
    "dpx:Colorimetric",
    "dpx:Gamma",
    "Exif:ColorSpace",
    "Exif:InteroperabilityIndex",
    "oiio:ColorSpace",
];

/// Spaces whose signal is sRGB.
const SRGB: [&str; 2] = ["srgb_rec709_display", "srgb_rec709_scene"];

/// The newest built-in config, whose spaces have ids.
fn known() -> Option<Config> {
    Config::open("ocio://studio-config-latest").ok()
}

fn names(s: &ColorSpace) -> impl Iterator<Item = &String> {
    std::iter::once(&s.name).chain(&s.aliases)
}

/// The colour interop id of a space: its own, that of the known space of the same name, or else its name.
pub(super) fn interop_id(s: &ColorSpace) -> String {
    if !s.interop_id.is_empty() {
        return s.interop_id.clone();
    }
    let ends = ["_scene", "_display"];
    let starts = [
        "lin_", "srgb_", "g18_", "g22_", "g24_", "g26_", "pq_", "hlg_",
    ];
    let is_id = |n: &&String| {
        ends.iter().any(|e| n.ends_with(e)) && starts.iter().any(|p| n.starts_with(p))
    };
    if let Some(id) = names(s).find(is_id) {
        return id.clone();
    }
    let known = known().unwrap_or_default();
    let twin = known.color_spaces.iter().find(|k| {
        k.reference == s.reference && !k.interop_id.is_empty() && names(s).any(|n| k.is_named(n))
    });
    twin.map_or_else(|| s.name.clone(), |k| k.interop_id.clone())
}

/// The space of a config that an id means: the one with it, or with a name of the known space that has it.
pub(super) fn space_of<'a>(config: &'a Config, id: &str) -> Option<&'a ColorSpace> {
    config.color_space_of_id(id).or_else(|| {
        let known = known()?;
        let twin = known.color_space_of_id(id)?;
        let spaces = &config.color_spaces;
        names(twin).find_map(|n| {
            let same = |s: &&ColorSpace| s.reference == twin.reference && s.is_named(n);
            spaces.iter().find(same)
        })
    })
}

/// The profile inside an image, where it is what counts.
///
/// # Errors
///
/// If it is of a device that is not converted (CMYK), or damaged.
pub(super) fn embedded(
    spec: &ImageSpec,
    options: &IccOptions,
) -> Result<Option<Profile>, ColorError> {
    let a = &spec.attributes;
    let Some(bytes) = a.bytes("ICCProfile").filter(|_| a.value("CICP").is_none()) else {
        return Ok(None);
    };
    let profile = Profile::parse(bytes, Path::new("the image's ICC profile"), options)?;
    let srgb = spec
        .color_space
        .as_deref()
        .is_none_or(|s| SRGB.contains(&s));
    if srgb && is_srgb(&profile)? {
        return Ok(None);
    }
    Ok(Some(profile))
}

/// Linear light of an image in CIE XYZ, where it says its chromaticities and they are of no space with a name. The white is
/// not adapted, as OpenEXR has it: XYZ is what was photographed.
pub(super) fn chromaticities(spec: &ImageSpec) -> Option<Op> {
    let float = |c: &vfx_core::Channel| c.format.is_float();
    if spec.color_space.is_some() || !spec.channels.iter().any(float) {
        return None;
    }
    let Some(Value::Floats(v)) = spec.attributes.value("chromaticities") else {
        return None;
    };
    let [rx, ry, gx, gy, bx, by, wx, wy] = v[..] else {
        return None;
    };
    let xy = |x: f32, y: f32| [f64::from(x), f64::from(y)];
    let matrix = rgb_to_xyz(&Primaries {
        name: "image",
        label: "the image's chromaticities",
        red: xy(rx, ry),
        green: xy(gx, gy),
        blue: xy(bx, by),
        white: xy(wx, wy),
        source: "the image",
    });
    let finite = matrix.iter().flatten().all(|v| v.is_finite());
    finite.then(|| Op::Matrix(Matrix::rgb(matrix)))
}

/// Whether a profile is sRGB, within half a code of 8 bits at the device.
pub(super) fn is_srgb(profile: &Profile) -> Result<bool, ColorError> {
    let options = IccOptions {
        intent: Some(icc::Intent::Relative),
        ..IccOptions::default()
    };
    let mut ops = vec![
        Op::MonCurve(MonCurve {
            gamma: [2.4, 2.4, 2.4, 1.0],
            offset: [0.055, 0.055, 0.055, 0.0],
            style: NegativeStyle::Linear,
            direction: Direction::Forward,
        }),
        Op::Matrix(Matrix::rgb(to_xyz_d65(
            &gamut::REC709,
            Adaptation::Bradford,
        ))),
    ];
    ops.extend(profile.from_xyz(&options)?);
    let program = ColorProgram::new(ops, Optimization::None)?;
    const STEPS: [f64; 4] = [0.02, 0.2, 0.5, 0.9];
    let near = |rgb: [f64; 3]| {
        let [r, g, b, _] = program.eval([rgb[0], rgb[1], rgb[2], 1.0]);
        [r, g, b]
            .iter()
            .zip(rgb)
            .all(|(v, w)| (v - w).abs() < 0.5 / 255.0)
    };
    Ok(STEPS.iter().all(|&v| {
        near([v; 3]) && near([v, 0.5, 0.5]) && near([0.5, v, 0.5]) && near([0.5, 0.5, v])
    }))
}

/// Tags of a converted image: `space`, or the profile that its values are of.
pub(super) fn retag(spec: &mut ImageSpec, space: Option<String>, profile: Option<Vec<u8>>) {
    for name in STALE {
        spec.attributes.remove(name);
    }
    let own = || {
        let id = space.as_deref()?;
        let display = id.ends_with("_display") || id.ends_with("_scene");
        let carried = display && !id.starts_with("lin_") && !SRGB.contains(&id);
        carried.then(|| icc::space_profile(id)).flatten()
    };
    if let Some(bytes) = profile.or_else(own) {
        let value = Value::Blob {
            kind: "icc".into(),
            bytes: bytes.into(),
        };
        spec.attributes.set("ICCProfile", value, Origin::User);
    }
    spec.color_space = space;
}
