//! `.vf` of Nuke: a matrix in grid steps and a cube, blue fastest. Source: OpenColorIO's FileFormatVF.

use super::source::{Source, lines, red_fastest};
use super::{Info, first_line};
use crate::op::Matrix;
use crate::{ColorError, Op};

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    first_line(bytes).starts_with("#inventor")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    if !recognises(s.bytes, "") {
        return Err(s.error(1, "expected '#Inventor V2.1 ascii' in the first line"));
    }
    let text = s.text();
    let mut edge = 0_usize;
    let mut matrix: Option<[f32; 16]> = None;
    let mut entries = Vec::new();
    let mut data = false;
    let mut last = 1;
    for line in lines(&text).filter(|l| !l.text.starts_with('#')) {
        last = line.number;
        let words = line.words();
        if data {
            if entries.len() == edge.pow(3) {
                return Err(s.error(last, format!("more than {} entries", entries.len())));
            }
            entries.push(s.floats::<3>(last, &words)?);
            continue;
        }
        match words[0].to_ascii_lowercase().as_str() {
            "grid_size" => edge = s.edges(last, &words[1..])?,
            "global_transform" => matrix = Some(s.floats::<16>(last, &words[1..])?),
            "data" => data = true,
            _ => {}
        }
    }
    if edge == 0 {
        return Err(s.error(last, "no grid_size"));
    }
    s.count(last, entries.len(), edge.pow(3), "entries")?;
    let mut ops = Vec::new();
    if let Some(v) = matrix {
        let mut m = Matrix::IDENTITY;
        for row in 0..4 {
            for col in 0..4 {
                // Nuke divides the first three columns by the size.
                let steps = if col < 3 { edge as f32 } else { 1.0 };
                m.m[row][col] = f64::from(v[row * 4 + col] * steps);
            }
        }
        ops.push(Op::Matrix(m));
    }
    ops.push(s.lut3d(edge, red_fastest(edge, &entries)));
    Ok((ops, Vec::new()))
}
