//! `.mga` and `.m3d` of Pandora: a cube of integers, blue fastest, each with its running number. Source: OpenColorIO's
//! FileFormatPandora.

use super::source::{Source, cube_edge, lines, red_fastest};
use super::{Info, WriteOptions, bake, head};
use crate::{ColorError, Op};

/// Codes of a written file.
const OUT: u32 = 65536;

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    let text = head(bytes).to_ascii_lowercase();
    let mut words = text.split_ascii_whitespace();
    words.any(|w| w == "channel") && words.next() == Some("3d") && text.contains("values")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let (mut edge, mut codes) = (0, 0_i64);
    let mut values = false;
    let mut entries: Vec<[f32; 3]> = Vec::new();
    let mut last = 1;
    for line in lines(&text).filter(|l| !l.text.starts_with('#')) {
        last = line.number;
        let lower = line.text.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_ascii_whitespace().collect();
        match words[..] {
            ["channel", "3d"] | ["format", "lut"] => {}
            ["channel", ..] => return Err(s.error(last, "expected 'channel 3d'")),
            ["format", ..] => return Err(s.error(last, "expected 'format lut'")),
            ["in", n] => {
                let n: usize = s.integer(last, n)?;
                edge = cube_edge(n).ok_or_else(|| {
                    s.error(last, format!("{n} is no cube of an edge of 2 to 129"))
                })?;
            }
            ["out", n] => codes = s.integer(last, n)?,
            ["values", "red", "green", "blue"] => values = true,
            ["values", ..] => return Err(s.error(last, "expected 'values red green blue'")),
            [_, r, g, b] if values => {
                if entries.len() == edge.pow(3) {
                    return Err(s.error(last, format!("more than {} entries", edge.pow(3))));
                }
                let mut entry = [0.0; 3];
                for (v, word) in entry.iter_mut().zip([r, g, b]) {
                    *v = s.integer::<i32>(last, word)? as f32;
                }
                entries.push(entry);
            }
            _ if values => return Err(s.error(last, "expected four integers")),
            _ => {}
        }
    }
    if edge == 0 {
        return Err(s.error(last, "no 'in' with the number of entries"));
    }
    s.count(last, entries.len(), edge.pow(3), "entries")?;
    if codes < 2 {
        return Err(s.error(last, "no 'out' with the number of codes"));
    }
    let scale = 1.0 / (codes as f32 - 1.0);
    for entry in &mut entries {
        *entry = entry.map(|v| v * scale);
    }
    Ok((vec![s.lut3d(edge, red_fastest(edge, &entries))], Vec::new()))
}

pub(super) fn write(ops: &[Op], _: &WriteOptions) -> Result<String, ColorError> {
    let cube = bake::only_cube("pandora_m3d", ops)?;
    let n = cube.edge;
    let mut out = format!(
        "channel 3d\nin {}\nout {OUT}\n\nformat lut\n\nvalues red green blue\n",
        n.pow(3)
    );
    for i in 0..n.pow(3) {
        let (b, g, r) = (i % n, i / n % n, i / n / n);
        let entry = cube.entries[(b * n + g) * n + r];
        let [r, g, b] = entry.map(|v| (f64::from(v) * f64::from(OUT - 1)).round() as i64);
        out += &format!("{i} {r} {g} {b}\n");
    }
    Ok(out)
}
