//! Process nodes of CLF and CTF but for tables and gradings: matrix, range, logarithm, exponent, CDL, exposure, fixed
//! functions, with bit depths and versions.

use roxmltree::Node;

use super::super::source::{Source, short};
use super::super::{cdl, xml};
use super::{List, Version, grading, lut, no_text, reference, styles};
use crate::op::{
    CdlStyle, Direction, Exponent, ExposureContrast, FixedFunction, FixedStyle, Log, Matrix,
    MonCurve, Range,
};
use crate::{ColorError, Op};

/// A bit depth of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Integer of so many bits.
    Integer(u32),
    Half,
    Float,
}

impl Depth {
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "8i" => Self::Integer(8),
            "10i" => Self::Integer(10),
            "12i" => Self::Integer(12),
            "16i" => Self::Integer(16),
            "16f" => Self::Half,
            "32f" => Self::Float,
            _ => return None,
        })
    }

    /// The value that stands for 1.
    pub fn full_scale(self) -> f64 {
        match self {
            Self::Integer(bits) => f64::from((1_u32 << bits) - 1),
            Self::Half | Self::Float => 1.0,
        }
    }
}

/// Depths around a node.
#[derive(Clone, Copy)]
pub(super) struct Depths {
    pub input: Depth,
    pub output: Depth,
}

/// Element, first version, and whether CLF has it.
const NODES: [(&str, Version, bool); 18] = [
    ("ACES", Version(1, 5), true),
    ("ASC_CDL", Version(1, 3), true),
    ("ExposureContrast", Version(1, 2), false),
    ("FixedFunction", Version(2, 0), false),
    ("Function", Version(1, 6), false),
    ("Gamma", Version(1, 2), false),
    ("Exponent", Version(2, 0), true),
    ("GradingPrimary", Version(2, 0), false),
    ("GradingRGBCurve", Version(2, 0), false),
    ("GradingHueCurve", Version(2, 5), false),
    ("GradingTone", Version(2, 0), false),
    ("InverseLUT1D", Version(1, 3), false),
    ("InverseLUT3D", Version(1, 6), false),
    ("Log", Version(1, 3), true),
    ("LUT1D", Version(1, 2), true),
    ("LUT3D", Version(1, 2), true),
    ("Matrix", Version(1, 2), true),
    ("Range", Version(1, 2), true),
];

pub(super) fn is_node(node: Node) -> bool {
    xml::is(node, "Reference") || NODES.iter().any(|(tag, _, _)| xml::is(node, tag))
}

fn wrong(s: &Source, node: Node, reason: &str) -> ColorError {
    s.error(xml::line(node), format!("{}: {reason}", xml::name(node)))
}

/// The text of an attribute that must be there.
fn required<'a>(s: &Source, node: Node<'a, '_>, key: &str) -> Result<&'a str, ColorError> {
    xml::attribute(node, key).ok_or_else(|| wrong(s, node, &format!("no attribute '{key}'")))
}

pub(super) fn unknown_style(s: &Source, node: Node, style: &str) -> ColorError {
    wrong(s, node, &format!("unknown style '{}'", short(style)))
}

/// Reads a node behind one that has the output depth `previous`.
pub(super) fn read(
    s: &Source,
    list: List,
    node: Node,
    previous: &mut Option<Depth>,
    ops: &mut Vec<Op>,
) -> Result<(), ColorError> {
    if let Some((_, since, clf)) = NODES.iter().find(|(tag, _, _)| xml::is(node, tag)) {
        // CLF 2 files count as CTF 1.7: a logarithm there is CLF 3's.
        let since = match xml::is(node, "Log") && list.clf {
            true => Version(2, 0),
            false => *since,
        };
        if list.version < since || (list.clf && !clf) {
            let kind = if list.clf { "CLF" } else { "CTF" };
            return Err(wrong(s, node, &format!("not in this version of {kind}")));
        }
    }
    let depth = |key: &str| {
        let text = required(s, node, key)?;
        Depth::named(text)
            .ok_or_else(|| wrong(s, node, &format!("unknown {key} '{}'", short(text))))
    };
    let depths = Depths {
        input: depth("inBitDepth")?,
        output: depth("outBitDepth")?,
    };
    if previous.is_some_and(|p| p != depths.input) {
        let reason = "inBitDepth differs from the outBitDepth of the node before";
        return Err(wrong(s, node, reason));
    }
    *previous = Some(depths.output);
    no_text(s, node)?;
    let op = match xml::name(node).to_ascii_lowercase().as_str() {
        "lut1d" => return lut::lut1d(s, list, node, depths, Direction::Forward, ops),
        "inverselut1d" => return lut::lut1d(s, list, node, depths, Direction::Inverse, ops),
        "lut3d" => return lut::lut3d(s, list, node, depths, Direction::Forward, ops),
        "inverselut3d" => return lut::lut3d(s, list, node, depths, Direction::Inverse, ops),
        "reference" => {
            ops.extend(reference::read(s, node)?);
            return Ok(());
        }
        "matrix" => matrix(s, list, node, depths)?,
        "range" => range(s, list, node, depths)?,
        "asc_cdl" => correction(s, node)?,
        "exposurecontrast" => exposure(s, node)?,
        "gamma" | "exponent" => exponent(s, list, node)?,
        "log" => log(s, list, node)?,
        "gradingprimary" => grading::primary(s, node)?,
        "gradingtone" => grading::tone(s, node)?,
        "gradingrgbcurve" => grading::rgb_curve(s, node)?,
        "gradinghuecurve" => grading::hue_curve(s, node)?,
        _ => fixed(s, node)?,
    };
    if let Err(e) = crate::program::compile(&op) {
        return Err(wrong(s, node, &e.to_string()));
    }
    ops.push(op);
    Ok(())
}

fn matrix(s: &Source, list: List, node: Node, depths: Depths) -> Result<Op, ColorError> {
    let array = xml::child(node, "Array").ok_or_else(|| wrong(s, node, "no Array"))?;
    let text = required(s, array, "dim")?;
    let dim: Vec<usize> = text
        .split([' ', ',', '\t'])
        .filter(|w| !w.is_empty())
        .filter_map(|w| w.parse().ok())
        .collect();
    let illegal = || wrong(s, node, &format!("illegal dimensions '{}'", short(text)));
    // Until 1.2 the fourth column of a 4 x 4 matrix held offsets.
    let old = list.version <= Version(1, 2);
    let (rows, columns) = match (&dim[..], old) {
        ([3, 3, 3] | [3, 3], _) => (3, 3),
        ([4, 4, 3], true) | ([4, 4, 4] | [4, 4], false) => (4, 4),
        ([3, 4, 3] | [3, 4], false) => (3, 4),
        ([4, 5, 4] | [4, 5], false) => (4, 5),
        _ => return Err(illegal()),
    };
    let v = xml::numbers(s, array)?;
    let expected = rows * columns;
    s.count(xml::line(array), v.len(), expected, "values of the matrix")?;
    let mut m = Matrix::IDENTITY;
    let has_offsets = columns > rows || (old && rows == 4);
    let width = if has_offsets { columns - 1 } else { columns };
    let used = if old { 3 } else { rows };
    for row in 0..used {
        let values = &v[row * columns..(row + 1) * columns];
        m.m[row][..width].copy_from_slice(&values[..width]);
        if has_offsets {
            m.offset[row] = values[width];
        }
    }
    let (input, output) = (depths.input.full_scale(), depths.output.full_scale());
    // Alpha is scaled where the matrix names it.
    for row in 0..used {
        m.m[row] = m.m[row].map(|v| v * input / output);
        m.offset[row] /= output;
    }
    Ok(Op::Matrix(m))
}

fn range(s: &Source, list: List, node: Node, depths: Depths) -> Result<Op, ColorError> {
    let value = |name: &str, full: f64| match xml::child(node, name) {
        Some(child) => xml::exactly::<1>(s, child).map(|[v]| Some(v / full)),
        None => Ok(None),
    };
    let (input, output) = (depths.input.full_scale(), depths.output.full_scale());
    let style = xml::attribute(node, "style").unwrap_or_default();
    let clamp = list.version < Version(1, 7) || !style.eq_ignore_ascii_case("noClamp");
    let range = Range {
        min_in: value("minInValue", input)?,
        max_in: value("maxInValue", input)?,
        min_out: value("minOutValue", output)?,
        max_out: value("maxOutValue", output)?,
        clamp,
        direction: Direction::Forward,
    };
    range
        .validate()
        .map_err(|e| wrong(s, node, &e.to_string()))?;
    let moved = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() > 1e-6 * a.abs().max(1.0),
        _ => false,
    };
    let one_sided = range.min_in.is_none() || range.max_in.is_none();
    if one_sided && (moved(range.min_in, range.min_out) || moved(range.max_in, range.max_out)) {
        return Err(wrong(
            s,
            node,
            "one limit alone must be the same on both sides",
        ));
    }
    if clamp {
        return Ok(Op::Range(range));
    }
    if range.min_in.is_none() || range.max_in.is_none() {
        return Err(wrong(
            s,
            node,
            "without clamping all four values are needed",
        ));
    }
    Ok(Op::Matrix(range.as_matrix()))
}

fn correction(s: &Source, node: Node) -> Result<Op, ColorError> {
    let mut op = cdl::correction(s, node)?;
    let style = xml::attribute(node, "style").unwrap_or("Fwd");
    (op.style, op.direction) = match style.to_ascii_lowercase().as_str() {
        "fwd" | "v1.2_fwd" => (CdlStyle::Asc, Direction::Forward),
        "rev" | "v1.2_rev" => (CdlStyle::Asc, Direction::Inverse),
        "fwdnoclamp" | "noclampfwd" => (CdlStyle::NoClamp, Direction::Forward),
        "revnoclamp" | "noclamprev" => (CdlStyle::NoClamp, Direction::Inverse),
        _ => return Err(unknown_style(s, node, style)),
    };
    Ok(Op::Cdl(op))
}

fn exposure(s: &Source, node: Node) -> Result<Op, ColorError> {
    let style = required(s, node, "style")?;
    let (grading, direction) =
        styles::grading(style).ok_or_else(|| unknown_style(s, node, style))?;
    let mut op = ExposureContrast {
        style: grading,
        exposure: 0.0,
        contrast: 1.0,
        gamma: 1.0,
        pivot: 0.18,
        log_exposure_step: 0.088,
        log_midway_gray: 0.435,
        dynamic: [false; 3],
        direction,
    };
    if let Some(params) = xml::child(node, "ECParams") {
        let number = |key: &str| xml::number(s, params, key);
        let needed = |key: &str| {
            number(key)?.ok_or_else(|| wrong(s, params, &format!("no attribute '{key}'")))
        };
        op.exposure = needed("exposure")?;
        op.contrast = needed("contrast")?;
        op.pivot = needed("pivot")?;
        op.gamma = number("gamma")?.unwrap_or(1.0);
        op.log_exposure_step = number("logExposureStep")?.unwrap_or(0.088);
        op.log_midway_gray = number("logMidGray")?.unwrap_or(0.435);
    }
    for name in grading::dynamic(s, node)? {
        match name {
            "EXPOSURE" => op.dynamic[0] = true,
            "CONTRAST" => op.dynamic[1] = true,
            "GAMMA" => op.dynamic[2] = true,
            _ => {}
        }
    }
    Ok(Op::ExposureContrast(op))
}

/// The channel that parameters are for; none: all three.
fn channel(s: &Source, params: Node, alpha: bool) -> Result<Option<usize>, ColorError> {
    let Some(name) = xml::attribute(params, "channel") else {
        return Ok(None);
    };
    match name.to_ascii_uppercase().as_str() {
        "R" => Ok(Some(0)),
        "G" => Ok(Some(1)),
        "B" => Ok(Some(2)),
        "A" if alpha => Ok(Some(3)),
        _ => Err(wrong(
            s,
            params,
            &format!("invalid channel '{}'", short(name)),
        )),
    }
}

fn exponent(s: &Source, list: List, node: Node) -> Result<Op, ColorError> {
    let style = required(s, node, "style")?;
    let (linear, negative, direction) =
        styles::exponent(style).ok_or_else(|| unknown_style(s, node, style))?;
    let plain = styles::exponent_name(linear, negative, direction);
    if list.version < Version(2, 0) && (plain.contains("Mirror") || plain.contains("PassThru")) {
        return Err(unknown_style(s, node, style));
    }
    let alpha = !list.clf && list.version >= Version(1, 5);
    let (mut value, mut offset) = ([1.0; 4], [0.0; 4]);
    let is_params = |n: &Node| xml::is(*n, "GammaParams") || xml::is(*n, "ExponentParams");
    for params in xml::elements(node).filter(is_params) {
        let power = match xml::number(s, params, "gamma")? {
            None => xml::number(s, params, "exponent")?,
            found => found,
        };
        let power = power.ok_or_else(|| wrong(s, params, "no exponent"))?;
        let shift = xml::number(s, params, "offset")?;
        if linear && shift.is_none() {
            return Err(wrong(s, params, "no offset"));
        }
        if !linear && shift.is_some() {
            return Err(wrong(
                s,
                params,
                &format!("an offset in the style '{style}'"),
            ));
        }
        let channels = match channel(s, params, alpha)? {
            Some(c) => c..c + 1,
            None => 0..3,
        };
        value[channels.clone()].fill(power);
        offset[channels].fill(shift.unwrap_or(0.0));
    }
    Ok(if linear {
        let gamma = value;
        Op::MonCurve(MonCurve {
            gamma,
            offset,
            style: negative,
            direction,
        })
    } else {
        Op::Exponent(Exponent {
            value,
            style: negative,
            direction,
        })
    })
}

fn log(s: &Source, list: List, node: Node) -> Result<Op, ColorError> {
    let style = required(s, node, "style")?;
    let (base, camera, direction) = match style.to_ascii_lowercase().as_str() {
        "log2" => return Ok(Op::Log(Log::plain(2.0, Direction::Forward))),
        "log10" => return Ok(Op::Log(Log::plain(10.0, Direction::Forward))),
        "antilog2" => return Ok(Op::Log(Log::plain(2.0, Direction::Inverse))),
        "antilog10" => return Ok(Op::Log(Log::plain(10.0, Direction::Inverse))),
        "lintolog" => (2.0, false, Direction::Forward),
        "logtolin" => (2.0, false, Direction::Inverse),
        "cameralintolog" => (2.0, true, Direction::Forward),
        "cameralogtolin" => (2.0, true, Direction::Inverse),
        _ => return Err(unknown_style(s, node, style)),
    };
    let mut op = Log::plain(base, direction);
    if camera {
        op.lin_side_break = Some([0.0; 3]);
    }
    let mut bases: Option<f64> = None;
    let mut slopes = [None; 3];
    let mut seen = [false; 3];
    for params in xml::elements(node).filter(|n| xml::is(*n, "LogParams")) {
        let channels = match channel(s, params, false)? {
            Some(c) => c..c + 1,
            None => 0..3,
        };
        let number = |key: &str| xml::number(s, params, key);
        if !camera && !list.clf && cineon(s, list, params, channels.clone(), &mut op)? {
            seen[channels].fill(true);
            bases = Some(10.0);
            continue;
        }
        op.lin_side_slope[channels.clone()].fill(number("linSideSlope")?.unwrap_or(1.0));
        op.lin_side_offset[channels.clone()].fill(number("linSideOffset")?.unwrap_or(0.0));
        op.log_side_slope[channels.clone()].fill(number("logSideSlope")?.unwrap_or(1.0));
        op.log_side_offset[channels.clone()].fill(number("logSideOffset")?.unwrap_or(0.0));
        if let Some(base) = number("base")? {
            if bases.is_some_and(|b| b != base) {
                return Err(wrong(s, params, "the base differs between channels"));
            }
            bases = Some(base);
        }
        match (number("linSideBreak")?, camera, &mut op.lin_side_break) {
            (Some(v), true, Some(at)) => at[channels.clone()].fill(v),
            (Some(_), false, _) => {
                return Err(wrong(s, params, "linSideBreak is for camera styles only"));
            }
            (None, true, _) => return Err(wrong(s, params, "no linSideBreak in a camera style")),
            _ => {}
        }
        match (number("linearSlope")?, camera) {
            (Some(_), false) => {
                return Err(wrong(s, params, "linearSlope is for camera styles only"));
            }
            (slope, _) => slopes[channels.clone()].fill(slope),
        }
        seen[channels].fill(true);
    }
    if camera && seen.contains(&false) {
        return Err(wrong(
            s,
            node,
            "no LogParams with linSideBreak for each channel",
        ));
    }
    op.base = bases.unwrap_or(base);
    op.linear_slope = match slopes {
        [None, None, None] => None,
        [Some(r), Some(g), Some(b)] => Some([r, g, b]),
        _ => return Err(wrong(s, node, "linearSlope for some channels only")),
    };
    op.validate().map_err(|e| wrong(s, node, &e.to_string()))?;
    Ok(Op::Log(op))
}

/// Film parameters of older CTF: gamma, references in 10-bit code values, highlight and shadow.
fn cineon(
    s: &Source,
    list: List,
    params: Node,
    channels: std::ops::Range<usize>,
    op: &mut Log,
) -> Result<bool, ColorError> {
    const KEYS: [&str; 5] = ["gamma", "refWhite", "refBlack", "highlight", "shadow"];
    /// Density a code value times the number of codes.
    const RANGE: f64 = 0.002 * 1023.0;
    let any = KEYS.iter().any(|k| xml::attribute(params, k).is_some());
    if !any && list.version >= Version(2, 0) {
        return Ok(false);
    }
    let mut v = [0.0; 5];
    for (value, key) in v.iter_mut().zip(KEYS) {
        *value = xml::number(s, params, key)?
            .ok_or_else(|| wrong(s, params, &format!("no attribute '{key}'")))?;
    }
    let [gamma, white, black, highlight, shadow] = v;
    if gamma <= 0.01 || white <= black || highlight <= shadow {
        let reason = "expected gamma > 0.01, refWhite > refBlack and highlight > shadow";
        return Err(wrong(s, params, reason));
    }
    let factor = RANGE / gamma;
    let exponent = ((black - white) / 1023.0 * factor).min(-0.0001);
    let gain = (highlight - shadow) / (1.0 - 10.0_f64.powf(exponent));
    let offset = gain - (highlight - shadow);
    op.log_side_slope[channels.clone()].fill(1.0 / factor);
    op.lin_side_slope[channels.clone()].fill(1.0 / gain);
    op.lin_side_offset[channels.clone()].fill((offset - shadow) / gain);
    op.log_side_offset[channels].fill(white / 1023.0);
    Ok(true)
}

fn fixed(s: &Source, node: Node) -> Result<Op, ColorError> {
    let name = required(s, node, "style")?;
    let (style, direction) = styles::fixed(name).ok_or_else(|| unknown_style(s, node, name))?;
    let mut params = match xml::attribute(node, "params") {
        Some(text) => xml::list(s, node, text)?,
        None => Vec::new(),
    };
    if let Some(old) = xml::child(node, "ACESParams") {
        if style != FixedStyle::Rec2100Surround || !params.is_empty() {
            return Err(wrong(s, old, &format!("the style '{name}' takes none")));
        }
        let gamma = xml::number(s, old, "gamma")?;
        params.push(gamma.ok_or_else(|| wrong(s, old, "no attribute 'gamma'"))?);
    }
    Ok(Op::FixedFunction(FixedFunction {
        style,
        params,
        direction,
    }))
}
