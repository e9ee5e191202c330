//! `.csp` of cineSpace: a shaper a channel by points, then a 1D table or a cube, red fastest.
//!
//! The shaper's points are joined by a cubic Hermite with finite-difference slopes and sampled 65,536 times, as the format's
//! reference code does. Source: cineSpace LUT format 1.0, OpenColorIO's FileFormatCSP.

use super::number::{float, row};
use super::source::{Line, Source, lines, lut1d};
use super::{Info, WriteOptions, bake, first_line};
use crate::Direction;
use crate::op::Interpolation;
use crate::{ColorError, Op};

/// Samples of a shaper.
const SAMPLES: usize = 65_536;

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    first_line(bytes).starts_with("csplutv100")
}

/// Input and output of the points of one channel.
struct Shaper {
    x: Vec<f32>,
    y: Vec<f32>,
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    if !recognises(s.bytes, "") {
        return Err(s.error(1, "expected 'CSPLUTV100' in the first line"));
    }
    let text = s.text();
    let mut all = lines(&text);
    let mut last = 0;
    let mut next = |what: &str| -> Result<Line<'_>, ColorError> {
        let line = all
            .next()
            .ok_or_else(|| s.error(last, format!("the file ends before {what}")))?;
        last = line.number;
        Ok(line)
    };
    next("the signature")?;
    let kind = next("the kind")?;
    let cube = match kind.text.to_ascii_uppercase().as_str() {
        "1D" => false,
        "3D" => true,
        _ => return Err(s.error(kind.number, "expected 1D or 3D")),
    };
    let mut info = Vec::new();
    let mut line = next("the shaper")?;
    if line.text.eq_ignore_ascii_case("BEGIN METADATA") {
        loop {
            line = next("END METADATA")?;
            if line.text.eq_ignore_ascii_case("END METADATA") {
                break;
            }
            info.push(("description".to_owned(), line.text.to_owned()));
        }
        line = next("the shaper")?;
    }
    let mut shapers = Vec::with_capacity(3);
    for c in 0..3 {
        if c > 0 {
            line = next("the shaper")?;
        }
        let count: usize = s.integer(line.number, line.text)?;
        let mut shaper = Shaper {
            x: vec![0.0, 1.0],
            y: vec![0.0, 1.0],
        };
        if count >= 2 {
            shaper.x = points(s, &next("the shaper's input")?, count)?;
            shaper.y = points(s, &next("the shaper's output")?, count)?;
            if shaper.x.windows(2).any(|w| w[0] >= w[1]) {
                return Err(s.error(line.number, "the shaper's input does not increase"));
            }
        }
        shapers.push(shaper);
    }
    let mut ops = Vec::new();
    if shapers.iter().any(|p| !p.is_identity()) {
        let ends = |f: fn(&Shaper) -> f32| [f(&shapers[0]), f(&shapers[1]), f(&shapers[2])];
        let (min, max) = (ends(|p| p.x[0]), ends(|p| p.x[p.x.len() - 1]));
        s.domain(line.number, min, max, &mut ops)?;
        ops.push(lut1d(sampled(&shapers), Interpolation::Linear));
    }
    let size = next("the size of the table")?;
    let (count, edge) = if cube {
        let edge = s.edges(size.number, &size.words())?;
        (edge.pow(3), edge)
    } else {
        (s.rows(size.number, size.text)?, 0)
    };
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let line = next("all entries")?;
        entries.push(s.floats::<3>(line.number, &line.words())?);
    }
    ops.push(if cube {
        s.lut3d(edge, entries)
    } else {
        s.lut1d(entries)
    });
    Ok((ops, info))
}

fn points(s: &Source, line: &Line, count: usize) -> Result<Vec<f32>, ColorError> {
    let words = line.words();
    s.count(line.number, words.len(), count, "points of the shaper")?;
    words.iter().map(|w| s.float(line.number, w)).collect()
}

fn sampled(shapers: &[Shaper]) -> Vec<[f32; 3]> {
    let mut entries = vec![[0.0; 3]; SAMPLES];
    for (c, shaper) in shapers.iter().enumerate() {
        let slopes = shaper.slopes();
        let (lo, hi) = (
            f64::from(shaper.x[0]),
            f64::from(shaper.x[shaper.x.len() - 1]),
        );
        let mut segment = 0;
        for (i, entry) in entries.iter_mut().enumerate() {
            let x = lo + (hi - lo) * i as f64 / (SAMPLES - 1) as f64;
            while segment + 2 < shaper.x.len() && x >= f64::from(shaper.x[segment + 1]) {
                segment += 1;
            }
            entry[c] = shaper.at(segment, x, &slopes) as f32;
        }
    }
    entries
}

impl Shaper {
    /// Within a relative 1e-6.
    fn is_identity(&self) -> bool {
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-6 * a.abs().max(b.abs());
        self.x.iter().zip(&self.y).all(near)
    }

    /// Central differences at inner points; the ends are those of a parabola.
    fn slopes(&self) -> Vec<f64> {
        let n = self.x.len();
        let x = |i: usize| f64::from(self.x[i]);
        let y = |i: usize| f64::from(self.y[i]);
        let mut slopes = vec![0.0; n];
        for (i, slope) in slopes.iter_mut().enumerate().take(n - 1).skip(1) {
            *slope = (y(i + 1) - y(i - 1)) / (x(i + 1) - x(i - 1));
        }
        let chord = |i: usize| (y(i + 1) - y(i)) / (x(i + 1) - x(i));
        if n == 2 {
            return vec![chord(0); 2];
        }
        slopes[0] = 2.0 * chord(0) - slopes[1];
        slopes[n - 1] = 2.0 * chord(n - 2) - slopes[n - 2];
        slopes
    }

    /// Cubic Hermite on a segment.
    fn at(&self, i: usize, x: f64, slopes: &[f64]) -> f64 {
        let (x0, x1) = (f64::from(self.x[i]), f64::from(self.x[i + 1]));
        let (y0, y1) = (f64::from(self.y[i]), f64::from(self.y[i + 1]));
        let width = x1 - x0;
        let t = (x - x0) / width;
        let (d0, d1) = (slopes[i] * width, slopes[i + 1] * width);
        let c = 3.0 * (y1 - y0) - 2.0 * d0 - d1;
        let d = 2.0 * (y0 - y1) + d0 + d1;
        y0 + t * (d0 + t * (c + t * d))
    }
}

/// A table before a cube is written as the shaper; its points lie evenly.
pub(super) fn write(ops: &[Op], options: &WriteOptions) -> Result<String, ColorError> {
    // An inverse table is a shaper whose points lie evenly in its output.
    let (back, ops) = match ops {
        [Op::Lut1D(lut, Direction::Inverse), rest @ ..] if !lut.half_domain => (Some(lut), rest),
        _ => (None, ops),
    };
    let (table, cube) = bake::split("cinespace", ops)?;
    if back.is_some() && table.is_some() {
        return Err(bake::cannot("cinespace", "two tables before the cube"));
    }
    let mut out = format!(
        "CSPLUTV100\n{}\n\n",
        if cube.is_some() { "3D" } else { "1D" }
    );
    if !options.info.is_empty() {
        out += "BEGIN METADATA\n";
        for line in options.info.iter().flat_map(|(_, text)| text.lines()) {
            out += &format!("{line}\n");
        }
        out += "END METADATA\n\n";
    }
    let (shaper, main) = match (table, cube) {
        (table, Some(cube)) if cube.is_unit() => (table, cube),
        (Some(table), None) => (Some(table.domain_alone()), table),
        _ => {
            return Err(bake::cannot(
                "cinespace",
                "a domain between the shaper and the cube",
            ));
        }
    };
    for c in 0..3 {
        let line = |v: Vec<String>| v.join(" ");
        if let Some(back) = back {
            let last = (back.entries.len() - 1) as f32;
            let input = line(back.entries.iter().map(|e| float(e[c])).collect());
            let even = |i: usize| float(i as f32 / last);
            let output = line((0..back.entries.len()).map(even).collect());
            out += &format!("{}\n{input}\n{output}\n", back.entries.len());
            continue;
        }
        let Some(part) = &shaper else {
            out += "2\n0 1\n0 1\n";
            continue;
        };
        let entries = part.entries();
        let last = (entries.len() - 1) as f32;
        let x = |i: usize| part.min[c] + (part.max[c] - part.min[c]) * i as f32 / last;
        let input = line((0..entries.len()).map(|i| float(x(i))).collect());
        let output = line(entries.iter().map(|e| float(e[c])).collect());
        out += &format!("{}\n{input}\n{output}\n", entries.len());
    }
    let n = main.size();
    out += &if main.cube.is_some() {
        format!("\n{n} {n} {n}\n")
    } else {
        format!("\n{n}\n")
    };
    for entry in main.entries() {
        out += &row(*entry);
        out.push('\n');
    }
    Ok(out)
}
