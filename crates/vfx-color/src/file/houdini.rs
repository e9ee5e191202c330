//! `.lut` of Houdini: tags, then blocks `RGB {}` (1D), `{}` (cube), or `Pre {}` and `3D {}`.
//!
//! One column serves all channels of a 1D table; the type `RGB` that OpenColorIO writes has blocks `R`, `G` and `B`. Red is
//! fastest. Source: OpenColorIO's FileFormatHDL.

use std::collections::HashMap;

use super::number::{float, row};
use super::source::{MAX_EDGE, Source, lines};
use super::{Info, WriteOptions, bake, head};
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    let text = head(bytes).to_ascii_lowercase();
    text.lines().any(|l| l.trim() == "lut:") && text.trim_start().starts_with("version")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let mut rest = lines(&text);
    let mut tags: HashMap<String, (usize, Vec<&str>)> = HashMap::new();
    let mut last = 1;
    for line in rest.by_ref() {
        last = line.number;
        let words = line.words();
        let key = words[0].to_ascii_lowercase();
        if key == "lut:" {
            break;
        }
        tags.insert(key, (line.number, words[1..].to_vec()));
    }
    let tag = |key: &str, counts: std::ops::RangeInclusive<usize>| {
        let (n, words) = tags
            .get(key)
            .ok_or_else(|| s.error(last, format!("no line '{key}'")))?;
        if counts.contains(&words.len()) {
            return Ok((*n, words.as_slice()));
        }
        Err(s.error(
            *n,
            format!("expected another number of values than {}", words.len()),
        ))
    };
    tag("version", 1..=1)?;
    tag("format", 1..=1)?;
    tag("to", 2..=2)?;
    let (n, words) = tag("from", 2..=2)?;
    let (from_line, [lo, hi]) = (n, s.floats::<2>(n, words)?);
    let (n, words) = tag("type", 1..=1)?;
    let kind = words[0].to_ascii_lowercase();
    let (blocks, cube): (&[&str], bool) = match kind.as_str() {
        "c" => (&["rgb"], false),
        "rgb" => (&["r", "g", "b"], false),
        "3d" => (&[], true),
        "3d+1d" => (&["pre"], true),
        _ => return Err(s.error(n, format!("unknown type '{}'", words[0]))),
    };
    let (n, sizes) = tag("length", 1..=2)?;
    let mut expected: HashMap<String, usize> = HashMap::new();
    let mut edge = 0_usize;
    if cube {
        edge = s.edge(n, sizes[0])?;
        expected.insert("3d".into(), 3 * edge.pow(3));
    }
    if !blocks.is_empty() {
        let word = if cube {
            sizes.get(1).copied().unwrap_or("")
        } else {
            sizes[0]
        };
        let rows = s.rows(n, word)?;
        expected.extend(blocks.iter().map(|b| ((*b).to_owned(), rows)));
    }
    let found = read_blocks(s, rest, &expected)?;
    for (name, count) in &expected {
        let values = found.get(name).map_or(0, Vec::len);
        s.count(
            last,
            values,
            *count,
            &format!("values of the block '{name}'"),
        )?;
    }
    let mut ops = Vec::new();
    if !blocks.is_empty() {
        let column = |c: usize| &found[blocks[c.min(blocks.len() - 1)]];
        let entries = (0..column(0).len()).map(|i| [column(0)[i], column(1)[i], column(2)[i]]);
        s.domain(from_line, [lo; 3], [hi; 3], &mut ops)?;
        ops.push(s.lut1d(entries.collect()));
    }
    if cube {
        let entries = found["3d"].chunks_exact(3).map(|v| [v[0], v[1], v[2]]);
        ops.push(s.lut3d(edge, entries.collect()));
    }
    Ok((ops, Vec::new()))
}

/// The blocks by name; one without a name is the cube.
fn read_blocks<'a>(
    s: &Source,
    rest: impl Iterator<Item = super::source::Line<'a>>,
    expected: &HashMap<String, usize>,
) -> Result<HashMap<String, Vec<f32>>, ColorError> {
    let mut found: HashMap<String, Vec<f32>> = HashMap::new();
    let mut name = String::new();
    let mut open: Option<(Vec<f32>, usize)> = None;
    for line in rest {
        for word in line.words() {
            match (word, &mut open) {
                ("}", Some((values, _))) => {
                    found.insert(std::mem::take(&mut name), std::mem::take(values));
                    open = None;
                }
                (_, Some((values, limit))) => {
                    if values.len() == *limit {
                        return Err(s.error(line.number, format!("more than {limit} values")));
                    }
                    values.push(s.float(line.number, word)?);
                }
                ("{", None) => {
                    if name.is_empty() {
                        name = "3d".into();
                    }
                    let limit = expected.get(&name).copied().unwrap_or(3 * MAX_EDGE.pow(3));
                    open = Some((Vec::new(), limit));
                }
                (_, None) if name.is_empty() => name = word.to_ascii_lowercase(),
                (_, None) => {
                    return Err(s.error(line.number, "expected '{' after the block's name"));
                }
            }
        }
    }
    Ok(found)
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let name = "houdini";
    let (table, cube) = bake::split(name, ops)?;
    let grey = |p: &bake::Part| p.entries().iter().all(|e| e[0] == e[1] && e[0] == e[2]);
    if cube.as_ref().is_some_and(|c| !c.is_unit()) {
        return Err(bake::cannot(name, "a cube over another range than 0..1"));
    }
    let (version, kind) = match (&table, &cube) {
        (Some(table), Some(_)) if !grey(table) => {
            return Err(bake::cannot(name, "a shaper that differs between channels"));
        }
        (Some(_), Some(_)) => (3, "3D+1D"),
        (Some(table), None) if grey(table) => (1, "C"),
        (Some(_), None) => (1, "RGB"),
        _ => (2, "3D"),
    };
    let (lo, hi) = match &table {
        Some(part) => part.range(name)?,
        None => (0.0, 1.0),
    };
    let parts = [&cube, &table];
    let sizes: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|p| p.size().to_string())
        .collect();
    let mut out = format!(
        "Version\t\t{version}\nFormat\t\tany\nType\t\t{kind}\nFrom\t\t{} {}\nTo\t\t0 1\nBlack\t\t0\nWhite\t\t1\nLength\t\t{}\nLUT:\n",
        float(lo),
        float(hi),
        sizes.join(" ")
    );
    if let Some(part) = &table {
        let blocks: &[(&str, usize)] = match kind {
            "C" => &[("RGB", 0)],
            "RGB" => &[("R", 0), ("G", 1), ("B", 2)],
            _ => &[("Pre", 0)],
        };
        for (block, c) in blocks {
            out += &format!("{block} {{\n");
            for entry in part.entries() {
                out += &format!("\t{}\n", float(entry[*c]));
            }
            out += "}\n";
        }
    }
    if let Some(part) = &cube {
        out += if table.is_some() { "3D {\n" } else { " {\n" };
        for entry in part.entries() {
            out += &format!("\t{}\n", row(*entry));
        }
        out += " }\n";
    }
    Ok(out)
}
