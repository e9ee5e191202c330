//! `.cub` of Truelight: a shaper whose output counts grid steps, and a cube, red fastest. Source: OpenColorIO's
//! FileFormatTruelight.

use super::number::row;
use super::source::{Source, lines};
use super::{Info, WriteOptions, bake, first_line};
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    first_line(bytes).starts_with("# truelight cube")
}

enum Block {
    None,
    Shaper,
    Cube,
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    if !recognises(s.bytes, "") {
        return Err(s.error(1, "expected '# Truelight Cube' in the first line"));
    }
    let text = s.text();
    let (mut rows, mut edge) = (0_usize, 0_usize);
    let (mut table, mut cube) = (Vec::new(), Vec::new());
    let mut block = Block::None;
    let mut last = 0;
    for line in lines(&text) {
        last = line.number;
        let words = line.words();
        if words[0].starts_with('#') {
            let Some(tag) = words.get(1) else { continue };
            match tag.to_ascii_lowercase().as_str() {
                "width" => edge = s.edges(last, &words[2..])?,
                "lutlength" => match words[2..] {
                    [n] => rows = s.rows(last, n)?,
                    _ => return Err(s.error(last, "expected one value after lutLength")),
                },
                "inputlut" => block = Block::Shaper,
                "cube" => block = Block::Cube,
                "end" => break,
                _ => {}
            }
            continue;
        }
        let (into, limit) = match block {
            Block::None => continue,
            Block::Shaper => (&mut table, rows),
            Block::Cube => (&mut cube, edge.pow(3)),
        };
        if into.len() == limit {
            return Err(s.error(last, format!("more than {limit} entries")));
        }
        into.push(s.floats::<3>(last, &words)?);
    }
    s.count(last, table.len(), rows, "entries of InputLUT")?;
    s.count(last, cube.len(), edge.pow(3), "entries of Cube")?;
    if rows == 0 && edge == 0 {
        return Err(s.error(last, "neither lutLength nor width"));
    }
    let mut ops = Vec::new();
    if rows > 0 {
        if edge > 0 {
            let steps = 1.0 / (edge - 1) as f32;
            for entry in &mut table {
                *entry = entry.map(|v| v * steps);
            }
        }
        ops.push(s.lut1d(table));
    }
    if edge > 0 {
        ops.push(s.lut3d(edge, cube));
    }
    Ok((ops, Vec::new()))
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let name = "truelight";
    let (table, cube) = bake::split(name, ops)?;
    let edge = cube.as_ref().map_or(0, bake::Part::size);
    let mut out = String::from("# Truelight Cube v2.0\n");
    let parts = [(&table, "InputLUT"), (&cube, "Cube")];
    if let Some(part) = &table {
        out += &format!("# lutLength {}\n", part.size());
    }
    out += "# iDims     3\n# oDims     3\n";
    if edge > 0 {
        out += &format!("# width     {edge} {edge} {edge}\n");
    }
    for (part, title) in parts {
        let Some(part) = part else { continue };
        if !part.is_unit() {
            return Err(bake::cannot(name, "a domain other than 0..1"));
        }
        out += &format!("\n# {title}\n");
        let steps = if part.table.is_some() && edge > 0 {
            (edge - 1) as f32
        } else {
            1.0
        };
        for entry in part.entries() {
            out += &row(entry.map(|v| v * steps));
            out.push('\n');
        }
    }
    Ok(out + "# end\n")
}
