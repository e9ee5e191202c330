//! `.cube` of Iridas and of Resolve: a 1D table, a cube, or (Resolve) both.
//!
//! Iridas says `DOMAIN_MIN`/`DOMAIN_MAX` a channel and `TITLE`, Resolve `LUT_1D_INPUT_RANGE` and `LUT_3D_INPUT_RANGE`; one
//! reader takes all of them. `LUT_IN_VIDEO_RANGE` and `LUT_OUT_VIDEO_RANGE` mean that the table expects or yields 64..940 of
//! 1023: full range is scaled into it and out of it (OpenColorIO refuses them). Red is fastest. Source: Adobe Cube LUT
//! Specification 1.0, Resolve's LUT developer notes.

use super::number::{float, row};
use super::source::{Line, Source, lines};
use super::{Info, WriteOptions, bake, head};
use crate::op::Matrix;
use crate::{ColorError, Op};

/// Black and white of narrow range in 10 bits (BT.709).
const VIDEO: [f64; 2] = [64.0 / 1023.0, 940.0 / 1023.0];

fn is_cube(text: &str) -> bool {
    text.contains("LUT_1D_SIZE") || text.contains("LUT_3D_SIZE")
}

pub(super) fn is_iridas(bytes: &[u8], extension: &str) -> bool {
    extension != "itx" && is_cube(&head(bytes).to_ascii_uppercase())
}

pub(super) fn is_resolve(bytes: &[u8], extension: &str) -> bool {
    let text = head(bytes).to_ascii_uppercase();
    let both = text.contains("LUT_1D_SIZE") && text.contains("LUT_3D_SIZE");
    extension == "cube"
        && is_cube(&text)
        && (both || text.contains("_INPUT_RANGE") || text.contains("_VIDEO_RANGE"))
}

struct Header {
    rows: Option<usize>,
    edge: Option<usize>,
    /// Line and ends of the domain of the 1D table and of the cube.
    domain_1d: (usize, [f32; 3], [f32; 3]),
    domain_3d: (usize, [f32; 3], [f32; 3]),
    /// `DOMAIN_MIN` or `DOMAIN_MAX` was there: it belongs to the first table.
    by_channel: bool,
    video_in: bool,
    video_out: bool,
    info: Info,
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let unit = (0, [0.0; 3], [1.0; 3]);
    let mut h = Header {
        rows: None,
        edge: None,
        domain_1d: unit,
        domain_3d: unit,
        by_channel: false,
        video_in: false,
        video_out: false,
        info: Vec::new(),
    };
    let text = s.text();
    let (mut table, mut cube) = (Vec::new(), Vec::new());
    let mut last = 0;
    for line in lines(&text).filter(|l| !l.text.starts_with('#')) {
        last = line.number;
        if keyword(s, &line, &mut h)? {
            continue;
        }
        let entry = s.floats::<3>(line.number, &line.words())?;
        let rows = h.rows.unwrap_or(0);
        let cells = h.edge.unwrap_or(0).pow(3);
        if table.len() < rows {
            table.push(entry);
        } else if cube.len() < cells {
            cube.push(entry);
        } else if rows + cells == 0 {
            return Err(s.error(
                line.number,
                "expected LUT_1D_SIZE or LUT_3D_SIZE before the entries",
            ));
        } else {
            return Err(s.error(line.number, format!("more than {} entries", rows + cells)));
        }
    }
    if h.rows.is_none() && h.edge.is_none() {
        return Err(s.error(last, "neither LUT_1D_SIZE nor LUT_3D_SIZE"));
    }
    s.count(
        last,
        table.len(),
        h.rows.unwrap_or(0),
        "entries of the 1D table",
    )?;
    s.count(
        last,
        cube.len(),
        h.edge.unwrap_or(0).pow(3),
        "entries of the cube",
    )?;
    let mut ops = Vec::new();
    if h.video_in {
        ops.push(Op::Matrix(video()));
    }
    if h.rows.is_some() {
        let (line, min, max) = h.domain_1d;
        s.domain(line, min, max, &mut ops)?;
        ops.push(s.lut1d(table));
    }
    if let Some(edge) = h.edge {
        let (line, min, max) = h.domain_3d;
        if h.rows.is_none() || !h.by_channel {
            s.domain(line, min, max, &mut ops)?;
        }
        ops.push(s.lut3d(edge, cube));
    }
    if h.video_out {
        ops.push(Op::Matrix(video().inverse()?));
    }
    Ok((ops, h.info))
}

/// Full range to narrow range.
fn video() -> Matrix {
    let gain = VIDEO[1] - VIDEO[0];
    let mut m = Matrix::scale([gain, gain, gain, 1.0]);
    m.offset = [VIDEO[0], VIDEO[0], VIDEO[0], 0.0];
    m
}

/// Takes a line that begins with a keyword.
fn keyword(s: &Source, line: &Line, h: &mut Header) -> Result<bool, ColorError> {
    let words = line.words();
    let n = line.number;
    let rest = &words[1..];
    let one = || match rest {
        [word] => Ok(*word),
        _ => Err(s.error(n, format!("expected one value after {}", words[0]))),
    };
    let range = || {
        let [lo, hi] = s.floats::<2>(n, rest)?;
        Ok::<_, ColorError>((n, [lo; 3], [hi; 3]))
    };
    match words[0].to_ascii_uppercase().as_str() {
        "TITLE" => {
            let title = line.text["TITLE".len()..].trim().trim_matches('"');
            h.info.push(("title".into(), title.into()));
        }
        "LUT_1D_SIZE" => h.rows = Some(s.rows(n, one()?)?),
        "LUT_3D_SIZE" => h.edge = Some(s.edge(n, one()?)?),
        "LUT_2D_SIZE" => return Err(s.error(n, "two-dimensional tables are not supported")),
        "LUT_1D_INPUT_RANGE" => h.domain_1d = range()?,
        "LUT_3D_INPUT_RANGE" => h.domain_3d = range()?,
        "DOMAIN_MIN" => {
            let min = s.floats::<3>(n, rest)?;
            h.by_channel = true;
            (h.domain_1d.0, h.domain_1d.1) = (n, min);
            (h.domain_3d.0, h.domain_3d.1) = (n, min);
        }
        "DOMAIN_MAX" => {
            let max = s.floats::<3>(n, rest)?;
            h.by_channel = true;
            (h.domain_1d.0, h.domain_1d.2) = (n, max);
            (h.domain_3d.0, h.domain_3d.2) = (n, max);
        }
        "LUT_IN_VIDEO_RANGE" => h.video_in = true,
        "LUT_OUT_VIDEO_RANGE" => h.video_out = true,
        _ => return Ok(false),
    }
    Ok(true)
}

fn header(options: &WriteOptions) -> String {
    let mut out = String::new();
    for (key, text) in &options.info {
        if key == "title" && !text.contains('"') {
            out += &format!("TITLE \"{}\"\n", text.replace(['\n', '\r'], " "));
        } else {
            for line in text.lines() {
                out += &format!("# {line}\n");
            }
        }
    }
    out
}

/// Resolve: a 1D table, a cube, or both, each with one range for all channels.
pub(super) fn write(ops: &[Op], options: &WriteOptions) -> Result<String, ColorError> {
    let name = "resolve_cube";
    let (first, second) = bake::split(name, ops)?;
    let mut sizes = String::new();
    let mut entries = String::new();
    for part in [first, second].into_iter().flatten() {
        let (min, max) = part.range(name)?;
        let dimension = if part.cube.is_some() { 3 } else { 1 };
        sizes += &format!("LUT_{dimension}D_SIZE {}\n", part.size());
        if (min, max) != (0.0, 1.0) {
            sizes += &format!(
                "LUT_{dimension}D_INPUT_RANGE {} {}\n",
                float(min),
                float(max)
            );
        }
        for entry in part.entries() {
            entries += &row(*entry);
            entries.push('\n');
        }
    }
    Ok(header(options) + &sizes + &entries)
}

/// Iridas: a 1D table or a cube, with a domain a channel.
pub(super) fn write_iridas(ops: &[Op], options: &WriteOptions) -> Result<String, ColorError> {
    let name = "iridas_cube";
    let part = match bake::split(name, ops)? {
        (Some(part), None) | (None, Some(part)) => part,
        _ => return Err(bake::cannot(name, "a 1D table and a cube")),
    };
    let dimension = if part.cube.is_some() { 3 } else { 1 };
    let mut out = header(options);
    out += &format!("LUT_{dimension}D_SIZE {}\n", part.size());
    if part.min != [0.0; 3] || part.max != [1.0; 3] {
        out += &format!(
            "DOMAIN_MIN {}\nDOMAIN_MAX {}\n",
            row(part.min),
            row(part.max)
        );
    }
    for entry in part.entries() {
        out += &row(*entry);
        out.push('\n');
    }
    Ok(out)
}
