//! `.lut` of Discreet: one, three or four tables of integers, one value a line.
//!
//! Old files are 256 lines; new ones begin `LUT: tables length [depth]`. The output depth stands there, or behind "to" in the
//! file's name (`12to16fp`), or follows from the length. Tables of 65,536 entries are indexed by half floats. Source:
//! OpenColorIO's FileFormatDiscreet1DL.

use std::sync::Arc;

use half::f16;

use super::source::{Source, lines};
use super::{Info, head};
use crate::op::{Direction, HueAdjust, Interpolation, Lut1D};
use crate::{ColorError, Op};

/// Entries of a table over half floats, and the most there are.
const HALFS: usize = 65_536;

/// What the values are.
#[derive(Clone, Copy)]
enum Depth {
    /// Integers up to this.
    Codes(f32),
    /// Bit patterns of half floats.
    Half,
}

pub(super) fn recognises(bytes: &[u8], extension: &str) -> bool {
    let text = head(bytes);
    let first = text
        .lines()
        .map(str::trim)
        .find(|l| !l.is_empty() && !l.starts_with('#'))
        .unwrap_or_default();
    let header = first
        .get(..5)
        .is_some_and(|h| h.eq_ignore_ascii_case("lut: "));
    header || (extension == "lut" && !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit()))
}

fn depth_of_length(n: usize, float: bool) -> Option<Depth> {
    match (n, float) {
        (256, _) => Some(Depth::Codes(255.0)),
        (1024, _) => Some(Depth::Codes(1023.0)),
        (4096, _) => Some(Depth::Codes(4095.0)),
        (65536, true) => Some(Depth::Half),
        (65536, false) => Some(Depth::Codes(65535.0)),
        _ => None,
    }
}

fn depth_of_name(s: &Source) -> Option<Depth> {
    let name = s.path.file_stem()?.to_string_lossy().to_ascii_lowercase();
    let (_, after) = name.split_once("to")?;
    let bits = [
        ("8", Depth::Codes(255.0)),
        ("10", Depth::Codes(1023.0)),
        ("12", Depth::Codes(4095.0)),
        ("16f", Depth::Half),
        ("16", Depth::Codes(65535.0)),
        ("32f", Depth::Codes(1.0)),
    ];
    let found = bits.iter().find(|(prefix, _)| after.starts_with(prefix))?;
    Some(found.1)
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let mut rest = lines(&text).filter(|l| !l.text.starts_with('#')).peekable();
    let Some(first) = rest.peek() else {
        return Err(s.error(1, "the file is empty"));
    };
    let n = first.number;
    let (mut tables, mut length, mut depth) = (1, 256, None);
    if !first.text.starts_with(|c: char| c.is_ascii_digit()) {
        let words = first.words();
        let [tag, count, rows, more @ ..] = &words[..] else {
            return Err(s.error(n, "expected 'LUT: tables length [depth]'"));
        };
        if !tag.eq_ignore_ascii_case("lut:") {
            return Err(s.error(n, "expected 'LUT: tables length [depth]'"));
        }
        tables = s.integer(n, count)?;
        length = s.integer(n, rows)?;
        if !matches!(tables, 1 | 3 | 4) {
            return Err(s.error(n, format!("expected 1, 3 or 4 tables, found {tables}")));
        }
        if !(2..=HALFS).contains(&length) {
            return Err(s.error(n, format!("expected 2 to {HALFS} entries, found {length}")));
        }
        if let Some(word) = more.first() {
            let codes = word.trim_end_matches(['f', 'F']);
            let known = depth_of_length(s.integer(n, codes)?, codes.len() < word.len());
            depth = Some(known.ok_or_else(|| s.error(n, format!("unknown depth '{word}'")))?);
        }
        rest.next();
    }
    let depth = depth
        .or_else(|| depth_of_name(s))
        .or_else(|| depth_of_length(length, false))
        .ok_or_else(|| s.error(n, format!("no depth for {length} entries")))?;
    let mut columns: Vec<Vec<f32>> = Vec::with_capacity(tables);
    let mut last = n;
    for _ in 0..tables {
        let mut column = Vec::with_capacity(length);
        while column.len() < length {
            let line = rest
                .next()
                .ok_or_else(|| s.error(last, format!("the file ends before {length} entries")))?;
            last = line.number;
            let code: u16 = s.integer(last, line.words()[0])?;
            column.push(match depth {
                Depth::Codes(full) => f32::from(code) / full,
                Depth::Half => f16::from_bits(code).to_f32(),
            });
        }
        columns.push(column);
    }
    if let Some(line) = rest.next() {
        return Err(s.error(line.number, "more entries than declared"));
    }
    let column = |c: usize| &columns[c.min(columns.len() - 1)];
    let entries = (0..length).map(|i| [column(0)[i], column(1)[i], column(2)[i]]);
    let nearest = s.options.interpolation == Some(Interpolation::Nearest);
    let lut = Lut1D {
        entries: entries.collect(),
        half_domain: length == HALFS,
        raw_halfs: false,
        interpolation: if nearest {
            Interpolation::Nearest
        } else {
            Interpolation::Linear
        },
        hue_adjust: HueAdjust::None,
    };
    Ok((
        vec![Op::Lut1D(Arc::new(lut), Direction::Forward)],
        Vec::new(),
    ))
}
