//! Transforms of a config, one function a type.

use super::grading;
use super::{Reader, array, boolean, entries, floats, list, number, numbers, spread, text};
use crate::OcioError;
use crate::transform::{Allocation, FileInterpolation, FileTransform, Transform};
use crate::yaml::Node;
use vfx_color::Direction;
use vfx_color::op::{
    Cdl, CdlStyle, Exponent, ExposureContrast, FixedFunction, FixedStyle, GradingStyle, Log,
    Matrix, MonCurve, NegativeStyle, Op, Range,
};

/// Fixed functions by their names in configs (`FixedFunctionStyleToString`).
pub(crate) const FIXED_STYLES: [(&str, FixedStyle); 22] = [
    ("ACES_RedMod03", FixedStyle::AcesRedMod03),
    ("ACES_RedMod10", FixedStyle::AcesRedMod10),
    ("ACES_Glow03", FixedStyle::AcesGlow03),
    ("ACES_Glow10", FixedStyle::AcesGlow10),
    ("ACES_DarkToDim10", FixedStyle::AcesDarkToDim10),
    ("ACES_GamutComp13", FixedStyle::AcesGamutComp13),
    ("ACES2_OutputTransform", FixedStyle::AcesOutputTransform20),
    ("ACES2_RGB_TO_JMh", FixedStyle::AcesRgbToJmh20),
    (
        "ACES2_TonescaleCompress",
        FixedStyle::AcesTonescaleCompress20,
    ),
    ("ACES2_GamutCompress", FixedStyle::AcesGamutCompress20),
    ("ACES2_RGB_TO_HMJ", FixedStyle::AcesRgbToHmj20),
    ("REC2100_Surround", FixedStyle::Rec2100Surround),
    ("RGB_TO_HSV", FixedStyle::RgbToHsv),
    ("XYZ_TO_xyY", FixedStyle::XyzToXyy),
    ("XYZ_TO_uvY", FixedStyle::XyzToUvy),
    ("XYZ_TO_LUV", FixedStyle::XyzToLuv),
    ("Lin_TO_PQ", FixedStyle::LinToPq),
    ("Lin_TO_GammaLog", FixedStyle::LinToGammaLog),
    ("Lin_TO_DoubleLog", FixedStyle::LinToDoubleLog),
    ("RGB_TO_HSY_LIN", FixedStyle::RgbToHsyLin),
    ("RGB_TO_HSY_LOG", FixedStyle::RgbToHsyLog),
    ("RGB_TO_HSY_VID", FixedStyle::RgbToHsyVid),
];

/// Reads a transform by its tag.
pub(super) fn transform(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let fields = entries(node, "a transform")?;
    let _ = fields;
    match node.tag.as_str() {
        "AllocationTransform" => allocation(r, node),
        "BuiltinTransform" => builtin(r, node),
        "CDLTransform" => cdl(r, node),
        "ColorSpaceTransform" => color_space(r, node),
        "DisplayViewTransform" => display_view(r, node),
        "ExponentTransform" => exponent(r, node),
        "ExponentWithLinearTransform" => moncurve(r, node),
        "ExposureContrastTransform" => exposure_contrast(r, node),
        "FileTransform" => file(r, node),
        "FixedFunctionTransform" => fixed_function(r, node),
        "GradingPrimaryTransform" => grading::primary(r, node),
        "GradingRGBCurveTransform" => grading::rgb_curve(r, node),
        "GradingHueCurveTransform" => grading::hue_curve(r, node),
        "GradingToneTransform" => grading::tone(r, node),
        "GroupTransform" => group(r, node),
        "LogAffineTransform" => log(r, node, "LogAffineTransform"),
        "LogCameraTransform" => log(r, node, "LogCameraTransform"),
        "LogTransform" => log(r, node, "LogTransform"),
        "LookTransform" => look(r, node),
        "MatrixTransform" => matrix(r, node),
        "RangeTransform" => range(r, node),
        "" => Err(node.wrong("a transform", "a type such as !<MatrixTransform>")),
        other => Err(OcioError::Value {
            line: node.line,
            key: "a transform".into(),
            found: format!("!<{other}>"),
            expected: "one of OpenColorIO's types".into(),
        }),
    }
}

pub(super) fn direction(node: &Node) -> Result<Direction, OcioError> {
    match node.text().map(str::to_ascii_lowercase).as_deref() {
        Some("forward") => Ok(Direction::Forward),
        Some("inverse") => Ok(Direction::Inverse),
        _ => Err(node.wrong("direction", "forward or inverse")),
    }
}

/// One of a few names, without regard to case.
fn choice<T: Copy>(node: &Node, key: &str, known: &[(&str, T)]) -> Result<T, OcioError> {
    let t = node.text().unwrap_or_default();
    let found = known.iter().find(|(n, _)| n.eq_ignore_ascii_case(t));
    found.map(|(_, v)| *v).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(n, _)| *n).collect();
        node.wrong(key, names.join(", "))
    })
}

pub(super) fn grading_style(node: &Node) -> Result<GradingStyle, OcioError> {
    choice(node, "style", &GRADING_STYLES)
}

/// Grading styles by name.
pub(crate) const GRADING_STYLES: [(&str, GradingStyle); 3] = [
    ("log", GradingStyle::Log),
    ("linear", GradingStyle::Linear),
    ("video", GradingStyle::Video),
];

/// Names of what a power does below zero.
pub(crate) const NEGATIVE_STYLES: [(&str, NegativeStyle); 4] = [
    ("clamp", NegativeStyle::Clamp),
    ("mirror", NegativeStyle::Mirror),
    ("pass_thru", NegativeStyle::PassThru),
    ("linear", NegativeStyle::Linear),
];

/// CDL styles by name.
pub(crate) const CDL_STYLES: [(&str, CdlStyle); 2] =
    [("asc", CdlStyle::Asc), ("noClamp", CdlStyle::NoClamp)];

fn allocation(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let (mut kind, mut vars, mut dir) = (Allocation::Uniform, Vec::new(), Direction::Forward);
    for (name, key, value) in entries(node, "AllocationTransform")? {
        match name {
            "allocation" => kind = allocation_kind(value)?,
            "vars" => vars = floats(value, "vars")?,
            "direction" => dir = direction(value)?,
            _ => r.unknown("AllocationTransform", key),
        }
    }
    let most = if kind == Allocation::Lg2 { 3 } else { 2 };
    if !vars.is_empty() && (vars.len() < 2 || vars.len() > most) {
        return Err(node.wrong("vars", "2 numbers, or 3 with lg2"));
    }
    Ok(Transform::Allocation {
        allocation: kind,
        vars,
        direction: dir,
    })
}

/// A name that is not known becomes `Unknown`, which only fails when it is used.
pub(super) fn allocation_kind(node: &Node) -> Result<Allocation, OcioError> {
    Ok(
        match text(node, "allocation")?.to_ascii_lowercase().as_str() {
            "uniform" => Allocation::Uniform,
            "lg2" => Allocation::Lg2,
            _ => Allocation::Unknown,
        },
    )
}

fn builtin(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let (mut style, mut dir, mut line) = (String::new(), Direction::Forward, node.line);
    for (name, key, value) in entries(node, "BuiltinTransform")? {
        match name {
            "style" => (style, line) = (text(value, "style")?, value.line),
            "direction" => dir = direction(value)?,
            _ => r.unknown("BuiltinTransform", key),
        }
    }
    if !crate::builtin::is_style(&style) {
        return Err(OcioError::Undefined {
            line,
            user: "a BuiltinTransform".into(),
            kind: "the style",
            name: style,
        });
    }
    Ok(Transform::Builtin {
        style,
        direction: dir,
    })
}

fn cdl(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let mut c = Cdl {
        slope: [1.0; 3],
        offset: [0.0; 3],
        power: [1.0; 3],
        saturation: 1.0,
        style: CdlStyle::NoClamp,
        direction: Direction::Forward,
    };
    for (name, key, value) in entries(node, "CDLTransform")? {
        match name {
            "slope" => c.slope = array(value, name)?,
            "offset" => c.offset = array(value, name)?,
            "power" => c.power = array(value, name)?,
            "saturation" | "sat" => c.saturation = number(value, name)?,
            "style" => c.style = choice(value, name, &CDL_STYLES)?,
            "direction" => c.direction = direction(value)?,
            "name" => {}
            _ => r.unknown("CDLTransform", key),
        }
    }
    Ok(Transform::Cdl(c))
}

fn color_space(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let (mut src, mut dst) = (String::new(), String::new());
    let (mut data_bypass, mut dir) = (true, Direction::Forward);
    for (name, key, value) in entries(node, "ColorSpaceTransform")? {
        match name {
            "src" => src = text(value, name)?,
            "dst" => dst = text(value, name)?,
            "data_bypass" => data_bypass = boolean(value, name)?,
            "direction" => dir = direction(value)?,
            _ => r.unknown("ColorSpaceTransform", key),
        }
    }
    Ok(Transform::ColorSpace {
        src,
        dst,
        data_bypass,
        direction: dir,
    })
}

fn display_view(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let [mut src, mut display, mut view] = [const { String::new() }; 3];
    let (mut looks_bypass, mut data_bypass, mut dir) = (false, true, Direction::Forward);
    for (name, key, value) in entries(node, "DisplayViewTransform")? {
        match name {
            "src" => src = text(value, name)?,
            "display" => display = text(value, name)?,
            "view" => view = text(value, name)?,
            "looks_bypass" => looks_bypass = boolean(value, name)?,
            "data_bypass" => data_bypass = boolean(value, name)?,
            "direction" => dir = direction(value)?,
            _ => r.unknown("DisplayViewTransform", key),
        }
    }
    Ok(Transform::DisplayView {
        src,
        display,
        view,
        looks_bypass,
        data_bypass,
        direction: dir,
    })
}

fn exponent(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let mut e = Exponent {
        value: [1.0; 4],
        style: NegativeStyle::Clamp,
        direction: Direction::Forward,
    };
    for (name, key, value) in entries(node, "ExponentTransform")? {
        match name {
            "value" => {
                let all = spread(value, name)?;
                e.value = if value.text().is_some() {
                    [all[0], all[1], all[2], 1.0]
                } else {
                    all
                };
            }
            "style" => e.style = choice(value, name, &NEGATIVE_STYLES[..3])?,
            "direction" => e.direction = direction(value)?,
            "name" => {}
            _ => r.unknown("ExponentTransform", key),
        }
    }
    Ok(Transform::Op(Op::Exponent(e)))
}

fn moncurve(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let (mut gamma, mut offset) = (None, None);
    let (mut style, mut dir) = (NegativeStyle::Linear, Direction::Forward);
    for (name, key, value) in entries(node, "ExponentWithLinearTransform")? {
        match name {
            "gamma" => {
                let v: [f64; 4] = spread(value, name)?;
                gamma = Some(if value.text().is_some() {
                    [v[0], v[1], v[2], 1.0]
                } else {
                    v
                });
            }
            "offset" => {
                let v: [f64; 4] = spread(value, name)?;
                offset = Some(if value.text().is_some() {
                    [v[0], v[1], v[2], 0.0]
                } else {
                    v
                });
            }
            "style" => {
                let known = [NEGATIVE_STYLES[3], NEGATIVE_STYLES[1]];
                style = choice(value, name, &known)?;
            }
            "direction" => dir = direction(value)?,
            "name" => {}
            _ => r.unknown("ExponentWithLinearTransform", key),
        }
    }
    let missing = |key| OcioError::Missing {
        line: node.line,
        object: "ExponentWithLinearTransform".into(),
        key,
    };
    Ok(Transform::Op(Op::MonCurve(MonCurve {
        gamma: gamma.ok_or_else(|| missing("gamma"))?,
        offset: offset.ok_or_else(|| missing("offset"))?,
        style,
        direction: dir,
    })))
}

fn exposure_contrast(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let mut e = ExposureContrast {
        style: GradingStyle::Linear,
        exposure: 0.0,
        contrast: 1.0,
        gamma: 1.0,
        pivot: 0.18,
        log_exposure_step: 0.088,
        log_midway_gray: 0.435,
        // What the config does not fix may change later.
        dynamic: [true; 3],
        direction: Direction::Forward,
    };
    for (name, key, value) in entries(node, "ExposureContrastTransform")? {
        match name {
            "exposure" => (e.exposure, e.dynamic[0]) = (number(value, name)?, false),
            "contrast" => (e.contrast, e.dynamic[1]) = (number(value, name)?, false),
            "gamma" => (e.gamma, e.dynamic[2]) = (number(value, name)?, false),
            "pivot" => e.pivot = number(value, name)?,
            "log_exposure_step" => e.log_exposure_step = number(value, name)?,
            "log_midway_gray" => e.log_midway_gray = number(value, name)?,
            "style" => e.style = grading_style(value)?,
            "direction" => e.direction = direction(value)?,
            "name" => {}
            _ => r.unknown("ExposureContrastTransform", key),
        }
    }
    Ok(Transform::Op(Op::ExposureContrast(e)))
}

fn file(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let mut f = FileTransform::default();
    for (name, key, value) in entries(node, "FileTransform")? {
        match name {
            "src" => f.src = text(value, name)?,
            "cccid" => f.cccid = text(value, name)?,
            "cdl_style" => f.cdl_style = Some(choice(value, name, &CDL_STYLES)?),
            "interpolation" => f.interpolation = interpolation(&text(value, name)?),
            "direction" => f.direction = direction(value)?,
            _ => r.unknown("FileTransform", key),
        }
    }
    Ok(Transform::File(f))
}

/// File interpolations by name.
pub(crate) const INTERPOLATIONS: [(&str, FileInterpolation); 6] = [
    ("nearest", FileInterpolation::Nearest),
    ("linear", FileInterpolation::Linear),
    ("tetrahedral", FileInterpolation::Tetrahedral),
    ("cubic", FileInterpolation::Cubic),
    ("best", FileInterpolation::Best),
    ("default", FileInterpolation::Default),
];

fn interpolation(name: &str) -> FileInterpolation {
    let found = INTERPOLATIONS
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.map_or(FileInterpolation::Unknown, |(_, v)| *v)
}

fn fixed_function(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let (mut style, mut params, mut dir) = (None, Vec::new(), Direction::Forward);
    for (name, key, value) in entries(node, "FixedFunctionTransform")? {
        match name {
            "style" => style = Some(choice(value, name, &FIXED_STYLES)?),
            "params" => params = numbers(value, name)?,
            "direction" => dir = direction(value)?,
            "name" => {}
            _ => r.unknown("FixedFunctionTransform", key),
        }
    }
    let style = style.ok_or_else(|| OcioError::Missing {
        line: node.line,
        object: "FixedFunctionTransform".into(),
        key: "style",
    })?;
    let n = parameter_count(style);
    if params.len() != n {
        return Err(OcioError::Value {
            line: node.line,
            key: "params".into(),
            found: format!("{} numbers", params.len()),
            expected: format!("{n} for this style"),
        });
    }
    Ok(Transform::Op(Op::FixedFunction(FixedFunction {
        style,
        params,
        direction: dir,
    })))
}

/// How many parameters a fixed function takes.
fn parameter_count(style: FixedStyle) -> usize {
    match style {
        FixedStyle::AcesGamutComp13 => 7,
        FixedStyle::Rec2100Surround | FixedStyle::AcesTonescaleCompress20 => 1,
        FixedStyle::LinToGammaLog => 10,
        FixedStyle::LinToDoubleLog => 13,
        FixedStyle::AcesOutputTransform20 | FixedStyle::AcesGamutCompress20 => 9,
        FixedStyle::AcesRgbToJmh20 | FixedStyle::AcesRgbToHmj20 => 8,
        _ => 0,
    }
}

fn group(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let (mut children, mut group_name, mut dir) = (Vec::new(), String::new(), Direction::Forward);
    for (name, key, value) in entries(node, "GroupTransform")? {
        match name {
            "children" => {
                for child in list(value, name)? {
                    children.push(transform(r, child)?);
                }
            }
            "direction" => dir = direction(value)?,
            "name" => group_name = text(value, name)?,
            _ => r.unknown("GroupTransform", key),
        }
    }
    Ok(Transform::Group {
        children,
        name: group_name,
        direction: dir,
    })
}

fn log(r: &mut Reader, node: &Node, object: &'static str) -> Result<Transform, OcioError> {
    let mut l = Log {
        base: 2.0,
        log_side_slope: [1.0; 3],
        log_side_offset: [0.0; 3],
        lin_side_slope: [1.0; 3],
        lin_side_offset: [0.0; 3],
        lin_side_break: None,
        linear_slope: None,
        direction: Direction::Forward,
    };
    let affine = object != "LogTransform";
    let camera = object == "LogCameraTransform";
    for (name, key, value) in entries(node, object)? {
        match name {
            "base" => l.base = number(value, name)?,
            "lin_side_offset" if affine => l.lin_side_offset = spread(value, name)?,
            "lin_side_slope" if affine => l.lin_side_slope = spread(value, name)?,
            "log_side_offset" if affine => l.log_side_offset = spread(value, name)?,
            "log_side_slope" if affine => l.log_side_slope = spread(value, name)?,
            "lin_side_break" if camera => l.lin_side_break = Some(spread(value, name)?),
            "linear_slope" if camera => l.linear_slope = Some(spread(value, name)?),
            "direction" => l.direction = direction(value)?,
            "name" => {}
            _ => r.unknown(object, key),
        }
    }
    if camera && l.lin_side_break.is_none() {
        return Err(OcioError::Missing {
            line: node.line,
            object: object.into(),
            key: "lin_side_break",
        });
    }
    #[expect(clippy::float_cmp, reason = "exactly one has no logarithm")]
    if l.base <= 0.0 || l.base == 1.0 {
        return Err(OcioError::Value {
            line: node.line,
            key: "base".into(),
            found: l.base.to_string(),
            expected: "more than 0 and not 1".into(),
        });
    }
    for (key, v) in [
        ("lin_side_slope", l.lin_side_slope),
        ("log_side_slope", l.log_side_slope),
    ] {
        if v.contains(&0.0) {
            return Err(OcioError::Value {
                line: node.line,
                key: key.into(),
                found: "0".into(),
                expected: "a slope that is not 0".into(),
            });
        }
    }
    Ok(Transform::Op(Op::Log(l)))
}

fn look(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let [mut src, mut dst, mut looks] = [const { String::new() }; 3];
    let mut dir = Direction::Forward;
    for (name, key, value) in entries(node, "LookTransform")? {
        match name {
            "src" => src = text(value, name)?,
            "dst" => dst = text(value, name)?,
            "looks" => looks = text(value, name)?,
            "direction" => dir = direction(value)?,
            _ => r.unknown("LookTransform", key),
        }
    }
    Ok(Transform::Look {
        src,
        dst,
        looks,
        skip_conversion: false,
        direction: dir,
    })
}

fn matrix(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let mut m: [f64; 16] = std::array::from_fn(|i| if i % 5 == 0 { 1.0 } else { 0.0 });
    let (mut offset, mut dir) = ([0.0; 4], Direction::Forward);
    for (name, key, value) in entries(node, "MatrixTransform")? {
        match name {
            "matrix" => m = array(value, name)?,
            "offset" => offset = array(value, name)?,
            "direction" => dir = direction(value)?,
            "name" => {}
            _ => r.unknown("MatrixTransform", key),
        }
    }
    let m = std::array::from_fn(|i| std::array::from_fn(|j| m[4 * i + j]));
    Ok(Transform::Matrix(Matrix { m, offset }, dir))
}

fn range(r: &mut Reader, node: &Node) -> Result<Transform, OcioError> {
    let mut v = Range {
        min_in: None,
        max_in: None,
        min_out: None,
        max_out: None,
        clamp: true,
        direction: Direction::Forward,
    };
    for (name, key, value) in entries(node, "RangeTransform")? {
        match name {
            "min_in_value" => v.min_in = Some(number(value, name)?),
            "max_in_value" => v.max_in = Some(number(value, name)?),
            "min_out_value" => v.min_out = Some(number(value, name)?),
            "max_out_value" => v.max_out = Some(number(value, name)?),
            "style" => v.clamp = choice(value, name, &[("clamp", true), ("noClamp", false)])?,
            "direction" => v.direction = direction(value)?,
            "name" => {}
            _ => r.unknown("RangeTransform", key),
        }
    }
    Ok(Transform::Op(Op::Range(v)))
}
