//! Profiles written: a conversion as tables between device values and CIELAB, and known spaces as a matrix and a curve.
//!
//! Version 4. Tables are `mAB ` and `mBA ` of 16 bits for every intent (one perceptual tag serves all). Colours beyond the
//! connection space (L* 0 to 100, a* and b* -128 to 127) are clamped. Encoding is moxcms's.

use moxcms::{
    ColorProfile, DataColorSpace, LocalizableString, LutMultidimensionalType, LutStore,
    LutWarehouse, Matrix3d, ProfileClass, ProfileText as Text, RenderingIntent, ToneReprCurve,
    Vector3, Xyzd,
};

use super::super::source::MAX_EDGE;
use super::pcs::{self, Encoding};
use crate::space::{Adaptation, find_primaries};
use crate::{ColorError, ColorProgram, Op, Optimization};

const FORMAT: &str = "International Color Consortium profile";
/// Edge of the table from the connection space.
const BACK_EDGE: usize = 33;

/// What a profile says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileText {
    /// The name in menus.
    pub description: String,
    /// Who may use it.
    pub copyright: String,
}

fn program(ops: Vec<Op>) -> Result<ColorProgram, ColorError> {
    ColorProgram::new(ops, Optimization::Lossless)
}

/// Codes at every point of a cube, the last input fastest.
fn codes(program: &ColorProgram, edge: usize) -> Vec<u16> {
    let last = (edge - 1) as f64;
    let at = |i: usize| i as f64 / last;
    let code = |v: f64| {
        let v = if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) };
        (v * 65535.0).round() as u16
    };
    let mut out = Vec::with_capacity(edge.pow(3) * 3);
    for i in 0..edge.pow(3) {
        let [r, g, b, _] =
            program.eval([at(i / edge / edge), at(i / edge % edge), at(i % edge), 1.0]);
        out.extend([r, g, b].map(code));
    }
    out
}

fn table(codes: Vec<u16>, edge: usize) -> LutWarehouse {
    let mut grid_points = [0; 16];
    grid_points[..3].fill(edge as u8);
    let straight = || vec![ToneReprCurve::Lut(Vec::new()); 3];
    LutWarehouse::Multidimensional(LutMultidimensionalType {
        num_input_channels: 3,
        num_output_channels: 3,
        grid_points,
        clut: Some(LutStore::Store16(codes)),
        a_curves: straight(),
        b_curves: straight(),
        m_curves: Vec::new(),
        matrix: Matrix3d::IDENTITY,
        bias: Vector3 { v: [0.0; 3] },
    })
}

fn empty(text: &ProfileText) -> ColorProfile {
    let local = |s: &str| {
        Some(Text::Localizable(vec![LocalizableString::new(
            "en".into(),
            "US".into(),
            s.into(),
        )]))
    };
    let [x, y, z] = pcs::D50;
    let white = Xyzd { x, y, z };
    let mut p = ColorProfile::default();
    p.color_space = DataColorSpace::Rgb;
    p.profile_class = ProfileClass::DisplayDevice;
    p.rendering_intent = RenderingIntent::Perceptual;
    p.white_point = white;
    p.media_white_point = Some(white);
    p.description = local(&text.description);
    p.copyright = local(&text.copyright);
    p
}

fn encoded(p: &ColorProfile) -> Result<Vec<u8>, ColorError> {
    p.encode()
        .map_err(|e| super::super::bake::cannot(FORMAT, e.to_string()))
}

/// A profile of a device whose values `to_xyz` takes to D65-adapted XYZ. Without the way back it is one for input only.
///
/// # Errors
///
/// If the edge is not 2 to 129, or the operations cannot be compiled.
pub fn lut_profile(
    to_xyz: &[Op],
    from_xyz: Option<&[Op]>,
    edge: usize,
    text: &ProfileText,
) -> Result<Vec<u8>, ColorError> {
    if !(2..=MAX_EDGE).contains(&edge) {
        return Err(ColorError::Limit {
            what: "edge of a baked cube",
            found: edge as u64,
            limit: MAX_EDGE as u64,
        });
    }
    let mut ops = to_xyz.to_vec();
    ops.push(pcs::to_d50()?);
    ops.extend(pcs::encode(Encoding::Lab)?);
    let mut p = empty(text);
    p.pcs = DataColorSpace::Lab;
    p.lut_a_to_b_perceptual = Some(table(codes(&program(ops)?, edge), edge));
    match from_xyz {
        Some(back) => {
            let mut ops = pcs::decode(Encoding::Lab);
            ops.push(pcs::to_d65());
            ops.extend(back.iter().cloned());
            p.lut_b_to_a_perceptual = Some(table(codes(&program(ops)?, BACK_EDGE), BACK_EDGE));
        }
        None => p.profile_class = ProfileClass::InputDevice,
    }
    encoded(&p)
}

/// The profile of a space that is a matrix and one curve, by its colour interop id (`srgb_p3d65_display`); none for others.
pub fn space_profile(id: &str) -> Option<Vec<u8>> {
    let mut parts = id.split('_');
    let (curve, primaries, _) = (parts.next()?, parts.next()?, parts.next()?);
    let name = match primaries {
        "rec709" | "rec2020" | "ap1" | "ap0" => primaries,
        "p3d65" => "p3_d65",
        "adobergb" => "adobe_rgb",
        _ => return None,
    };
    let curve = match curve {
        "lin" => vec![1.0],
        "g18" => vec![1.8],
        "g22" => vec![2.2],
        "g24" => vec![2.4],
        "g26" => vec![2.6],
        // IEC 61966-2-1: exponent, factor, offset, slope, break.
        "srgb" => vec![2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45],
        _ => return None,
    };
    let to_d65 = crate::space::to_xyz_d65(find_primaries(name)?, Adaptation::Bradford);
    let Op::Matrix(to_d50) = pcs::to_d50().ok()? else {
        return None;
    };
    let m = crate::op::Matrix::rgb(to_d65).then(&to_d50).m;
    let column = |c: usize| Xyzd {
        x: m[0][c],
        y: m[1][c],
        z: m[2][c],
    };
    let mut p = empty(&ProfileText {
        description: id.into(),
        copyright: "No copyright, use freely".into(),
    });
    p.pcs = DataColorSpace::Xyz;
    (p.red_colorant, p.green_colorant, p.blue_colorant) = (column(0), column(1), column(2));
    let curve = Some(ToneReprCurve::Parametric(curve));
    (p.red_trc, p.green_trc, p.blue_trc) = (curve.clone(), curve.clone(), curve);
    encoded(&p).ok()
}
