//! `.spi1d`: a 1D table of one to three components over a range. Source: OpenColorIO's FileFormatSpi1D.

use super::number::{float, row};
use super::source::{Source, lines};
use super::{Info, WriteOptions, bake, first_line};
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    let line = first_line(bytes);
    line.starts_with("version") && super::head(bytes).contains("Components")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let mut rest = lines(&text).filter(|l| !l.text.starts_with('#'));
    let (mut version, mut length, mut components) = (None, None, None);
    let mut from = (0, [0.0, 1.0]);
    let mut last = 0;
    let mut open = false;
    for line in rest.by_ref() {
        let n = line.number;
        last = n;
        if line.text.starts_with('{') {
            open = true;
            break;
        }
        let (key, value) = split_tag(line.text);
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        let one = || match words.first() {
            Some(word) => Ok(*word),
            None => Err(s.error(n, format!("expected a value after '{key}'"))),
        };
        match key {
            "Version" => version = Some(s.integer::<i32>(n, one()?)?),
            "From" => from = (n, s.floats::<2>(n, &words)?),
            "Length" => length = Some(s.rows(n, one()?)?),
            "Components" => components = Some(s.integer::<usize>(n, one()?)?),
            _ => {}
        }
    }
    match version {
        Some(1) => {}
        Some(v) => return Err(s.error(last, format!("expected version 1, found {v}"))),
        None => return Err(s.error(last, "no 'Version'")),
    }
    let missing = |key: &str| s.error(last, format!("no '{key}' before the entries"));
    let length = length.ok_or_else(|| missing("Length"))?;
    let components = components.ok_or_else(|| missing("Components"))?;
    if !(1..=3).contains(&components) {
        return Err(s.error(
            last,
            format!("expected 1, 2 or 3 components, found {components}"),
        ));
    }
    if !open {
        return Err(s.error(last, "no '{' before the entries"));
    }
    let mut entries = Vec::with_capacity(length);
    let mut closed = false;
    for line in rest {
        last = line.number;
        if line.text == "}" {
            closed = true;
            break;
        }
        if entries.len() == length {
            return Err(s.error(last, format!("more than {length} entries")));
        }
        let words = line.words();
        entries.push(match components {
            1 => [s.floats::<1>(last, &words)?[0]; 3],
            2 => {
                let [r, g] = s.floats::<2>(last, &words)?;
                [r, g, 0.0]
            }
            _ => s.floats::<3>(last, &words)?,
        });
    }
    s.count(last, entries.len(), length, "entries")?;
    if !closed {
        return Err(s.error(last, "no '}' after the entries"));
    }
    let mut ops = Vec::new();
    let (line, [lo, hi]) = from;
    s.domain(line, [lo; 3], [hi; 3], &mut ops)?;
    ops.push(s.lut1d(entries));
    Ok((ops, Vec::new()))
}

/// A tag and what follows; the space between them may be missing.
fn split_tag(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    text.split_at(end)
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let name = "spi1d";
    let (Some(part), None) = bake::split(name, ops)? else {
        return Err(bake::cannot(name, "a cube"));
    };
    let (lo, hi) = part.range(name)?;
    let grey = part.entries().iter().all(|e| e[0] == e[1] && e[0] == e[2]);
    let mut out = format!(
        "Version 1\nFrom {} {}\nLength {}\nComponents {}\n{{\n",
        float(lo),
        float(hi),
        part.size(),
        if grey { 1 } else { 3 }
    );
    for entry in part.entries() {
        let text = if grey { float(entry[0]) } else { row(*entry) };
        out += &format!("    {text}\n");
    }
    Ok(out + "}\n")
}
