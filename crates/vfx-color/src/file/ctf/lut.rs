//! Tables of CLF and CTF: `LUT1D`, `LUT3D`, their inverses, and index maps.

use std::sync::Arc;

use half::f16;
use roxmltree::Node;

use super::super::source::{MAX_EDGE, Source, red_fastest, short};
use super::super::xml;
use super::node::Depths;
use super::{List, Version};
use crate::op::{Direction, HueAdjust, Interpolation, Lut1D, Lut3D, Range};
use crate::{ColorError, Op};

/// Rows of a table: the operation's limit.
const MAX_ROWS: usize = 1 << 20;

/// The array of a table: its dimensions and values, which may be infinite or NaN as CLF allows.
struct Array {
    dim: Vec<usize>,
    values: Vec<f32>,
}

fn array(
    s: &Source,
    node: Node,
    valid: fn(&[usize]) -> Option<usize>,
) -> Result<Array, ColorError> {
    let array = xml::child(node, "Array")
        .ok_or_else(|| s.error(xml::line(node), format!("{}: no Array", xml::name(node))))?;
    let dim_text = xml::attribute(array, "dim")
        .ok_or_else(|| s.error(xml::line(array), "Array: no attribute 'dim'"))?;
    let wrong = || {
        let reason = format!(
            "{}: illegal dimensions '{}'",
            xml::name(node),
            short(dim_text)
        );
        s.error(xml::line(array), reason)
    };
    let dim: Option<Vec<usize>> = dim_text
        .split([' ', ',', '\t'])
        .filter(|w| !w.is_empty())
        .map(|w| w.parse().ok())
        .collect();
    let dim = dim.ok_or_else(wrong)?;
    let count = valid(&dim).ok_or_else(wrong)?;
    let mut values = Vec::with_capacity(count);
    for (at, word) in xml::words(array) {
        if values.len() == count {
            let reason = format!("Array: more than {count} values");
            return Err(s.error(xml::place(at), reason));
        }
        let value = word.parse::<f32>().map_err(|_| {
            let reason = format!("Array: expected a number, found '{}'", short(word));
            s.error(xml::place(at), reason)
        })?;
        values.push(value);
    }
    s.count(xml::line(array), values.len(), count, "values in the Array")?;
    Ok(Array { dim, values })
}

fn flag(s: &Source, node: Node, key: &str, value: &str) -> Result<bool, ColorError> {
    match xml::attribute(node, key) {
        None => Ok(false),
        Some(v) if v.eq_ignore_ascii_case(value) => Ok(true),
        Some(v) => {
            let reason = format!("{}: illegal {key} '{}'", xml::name(node), short(v));
            Err(s.error(xml::line(node), reason))
        }
    }
}

fn interpolation(s: &Source, node: Node, cube: bool) -> Result<Interpolation, ColorError> {
    match xml::attribute(node, "interpolation") {
        Some(v) if v.eq_ignore_ascii_case("linear") => Ok(Interpolation::Linear),
        Some(v) if v.eq_ignore_ascii_case("trilinear") && cube => Ok(Interpolation::Linear),
        Some(v) if v.eq_ignore_ascii_case("tetrahedral") && cube => Ok(Interpolation::Tetrahedral),
        Some(v) => {
            let reason = format!("{}: unknown interpolation '{}'", xml::name(node), short(v));
            Err(s.error(xml::line(node), reason))
        }
        None => Ok(match s.options.interpolation {
            Some(v) if cube || v != Interpolation::Tetrahedral => v,
            _ => Interpolation::Linear,
        }),
    }
}

pub(super) fn lut1d(
    s: &Source,
    list: List,
    node: Node,
    depths: Depths,
    direction: Direction,
    ops: &mut Vec<Op>,
) -> Result<(), ColorError> {
    let interpolation = interpolation(s, node, false)?;
    let half_domain = flag(s, node, "halfDomain", "true")?;
    let raw_halfs = flag(s, node, "rawHalfs", "true")?;
    // Older versions leave the attribute out.
    let dw3 = list.version >= Version(1, 4) && flag(s, node, "hueAdjust", "dw3")?;
    let array = array(s, node, |dim| match dim {
        [n @ 2..=MAX_ROWS, c @ (1 | 3)] => Some(n * c),
        _ => None,
    })?;
    let scale = match direction {
        Direction::Forward => 1.0 / depths.output.full_scale(),
        Direction::Inverse => 1.0 / depths.input.full_scale(),
    };
    let value = |v: f32| {
        let v = if raw_halfs {
            f16::from_bits(v.clamp(0.0, 65535.0) as u16).to_f32()
        } else {
            v
        };
        // As OpenColorIO's tables: nothing that is not finite but over half floats.
        match v * scale as f32 {
            v if half_domain => v,
            v if v.is_nan() => 0.0,
            v => v.clamp(f32::MIN, f32::MAX),
        }
    };
    let components = array.dim[1];
    let entry = |row: &[f32]| match row {
        [r, g, b] => [value(*r), value(*g), value(*b)],
        row => [value(row[0]); 3],
    };
    let lut = Lut1D {
        entries: array.values.chunks_exact(components).map(entry).collect(),
        half_domain,
        raw_halfs,
        interpolation,
        hue_adjust: if dw3 { HueAdjust::Dw3 } else { HueAdjust::None },
    };
    lut.validate()
        .map_err(|e| s.error(xml::line(node), e.to_string()))?;
    index_map(s, list, node, depths, lut.entries.len(), ops)?;
    ops.push(Op::Lut1D(Arc::new(lut), direction));
    Ok(())
}

pub(super) fn lut3d(
    s: &Source,
    list: List,
    node: Node,
    depths: Depths,
    direction: Direction,
    ops: &mut Vec<Op>,
) -> Result<(), ColorError> {
    let interpolation = interpolation(s, node, true)?;
    let array = array(s, node, |dim| match dim {
        [a @ 2..=MAX_EDGE, b, c, 3] if a == b && a == c => Some(3 * a.pow(3)),
        _ => None,
    })?;
    let scale = match direction {
        Direction::Forward => 1.0 / depths.output.full_scale(),
        Direction::Inverse => 1.0 / depths.input.full_scale(),
    } as f32;
    let entries: Vec<[f32; 3]> = array
        .values
        .chunks_exact(3)
        .map(|v| [v[0] * scale, v[1] * scale, v[2] * scale])
        .collect();
    if entries.iter().flatten().any(|v| !v.is_finite()) {
        return Err(s.error(xml::line(node), "LUT3D: a value is not finite"));
    }
    let edge = array.dim[0];
    let lut = Lut3D {
        edge,
        entries: red_fastest(edge, &entries),
        interpolation,
    };
    index_map(s, list, node, depths, edge, ops)?;
    ops.push(Op::Lut3D(Arc::new(lut), direction));
    Ok(())
}

/// An index map of two pairs is a range before the table; CLF 3 has none.
fn index_map(
    s: &Source,
    list: List,
    node: Node,
    depths: Depths,
    length: usize,
    ops: &mut Vec<Op>,
) -> Result<(), ColorError> {
    let mut maps = xml::elements(node).filter(|n| xml::is(*n, "IndexMap"));
    let Some(map) = maps.next() else {
        return Ok(());
    };
    if let Some(second) = maps.next() {
        return Err(s.error(xml::line(second), "more than one IndexMap"));
    }
    if list.version >= Version(2, 0) {
        return Ok(());
    }
    let line = xml::line(map);
    let dim = xml::attribute(map, "dim").ok_or_else(|| s.error(line, "IndexMap: no 'dim'"))?;
    if dim.trim() != "2" {
        return Err(s.error(line, "IndexMap: only maps of two entries are supported"));
    }
    let text = xml::text(map).replace('@', " ");
    let values = xml::list(s, map, &text)?;
    let [in_0, out_0, in_1, out_1] = values[..] else {
        let reason = format!(
            "IndexMap: expected two pairs, found {} values",
            values.len()
        );
        return Err(s.error(line, reason));
    };
    let input = depths.input.full_scale();
    let last = (length - 1) as f64;
    let range = Range {
        min_in: Some(in_0 / input),
        max_in: Some(in_1 / input),
        min_out: Some(out_0 / last),
        max_out: Some(out_1 / last),
        clamp: true,
        direction: Direction::Forward,
    };
    range.validate().map_err(|e| s.error(line, e.to_string()))?;
    ops.push(Op::Range(range));
    Ok(())
}
