//! `.spi3d`: a cube whose entries carry their indices, in any order. Source: OpenColorIO's FileFormatSpi3D.

use super::number::row;
use super::source::{Source, lines};
use super::{Info, WriteOptions, bake, first_line};
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    first_line(bytes).starts_with("spilut")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let mut rest = lines(&text);
    let mut last = 1;
    match rest.next() {
        Some(line) if line.text.to_ascii_lowercase().starts_with("spilut") => {}
        _ => return Err(s.error(1, "expected 'SPILUT' in the first line")),
    }
    // Dimensions of input and output.
    rest.next();
    let sizes = rest.next().ok_or_else(|| s.error(2, "no grid size"))?;
    let edge = s.edges(sizes.number, &sizes.words())?;
    let mut entries = vec![[0.0; 3]; edge.pow(3)];
    let mut known = vec![false; edge.pow(3)];
    let mut found = 0;
    for line in rest {
        last = line.number;
        let words = line.words();
        // Lines of other shapes are comments.
        if words.len() != 6 {
            continue;
        }
        let mut at = 0;
        for (axis, word) in words[..3].iter().enumerate() {
            let i: usize = s.integer(last, word)?;
            if i >= edge {
                return Err(s.error(last, format!("index {i} outside an edge of {edge}")));
            }
            at += i * edge.pow(axis as u32);
        }
        if known[at] {
            return Err(s.error(last, "the same index twice"));
        }
        known[at] = true;
        entries[at] = s.floats::<3>(last, &words[3..])?;
        found += 1;
        if found == entries.len() {
            break;
        }
    }
    s.count(last, found, entries.len(), "entries")?;
    Ok((vec![s.lut3d(edge, entries)], Vec::new()))
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let cube = bake::only_cube("spi3d", ops)?;
    let n = cube.edge;
    let mut out = format!("SPILUT 1.0\n3 3\n{n} {n} {n}\n");
    for r in 0..n {
        for g in 0..n {
            for b in 0..n {
                let entry = cube.entries[(b * n + g) * n + r];
                out += &format!("{r} {g} {b} {}\n", row(entry));
            }
        }
    }
    Ok(out)
}
