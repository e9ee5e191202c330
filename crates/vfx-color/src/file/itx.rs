//! `.itx` of Iridas: a cube, red fastest. Source: OpenColorIO's FileFormatIridasItx.

use super::number::row;
use super::source::{Source, lines};
use super::{Info, WriteOptions, bake, head};
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], extension: &str) -> bool {
    extension == "itx" && head(bytes).to_ascii_uppercase().contains("LUT_3D_SIZE")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let mut edge = None;
    let mut entries = Vec::new();
    let mut last = 0;
    for line in lines(&text).filter(|l| !l.text.starts_with('#')) {
        last = line.number;
        let words = line.words();
        if words[0].eq_ignore_ascii_case("LUT_3D_SIZE") {
            let [_, size] = words[..] else {
                return Err(s.error(last, "expected one value after LUT_3D_SIZE"));
            };
            edge = Some(s.edge(last, size)?);
        } else if let Some(edge) = edge {
            if entries.len() == edge.pow(3) {
                return Err(s.error(last, format!("more than {} entries", entries.len())));
            }
            entries.push(s.floats::<3>(last, &words)?);
        }
    }
    let edge = edge.ok_or_else(|| s.error(last, "no LUT_3D_SIZE"))?;
    s.count(last, entries.len(), edge.pow(3), "entries")?;
    Ok((vec![s.lut3d(edge, entries)], Vec::new()))
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let cube = bake::only_cube("iridas_itx", ops)?;
    let mut out = format!("LUT_3D_SIZE {}\n\n", cube.edge);
    for entry in &cube.entries {
        out += &row(*entry);
        out.push('\n');
    }
    Ok(out)
}
