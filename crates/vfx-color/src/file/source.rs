//! The bytes of one file with what its readers share: lines with numbers, checked numbers, tables, errors that name the
//! place.
//!
//! Numbers must be finite and tables may not pass [`MAX_ROWS`] or [`MAX_EDGE`]; both are checked before anything is
//! allocated. Limits are OpenColorIO's (LutLimits.h).

use std::borrow::Cow;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::FileOptions;
use crate::op::{Direction, HueAdjust, Interpolation, Lut1D, Lut3D, Matrix};
use crate::{ColorError, Op};

/// Rows of a one-dimensional table in a text file.
pub(super) const MAX_ROWS: usize = 300_000;
/// Entries along one edge of a three-dimensional table.
pub(super) const MAX_EDGE: usize = 129;

/// A file on its way to operations.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub bytes: &'a [u8],
    pub path: &'a Path,
    pub options: &'a FileOptions,
    pub format: &'static str,
    /// Files that refer to this one, outermost first.
    pub within: &'a [PathBuf],
    /// Files read so far for this one.
    pub loads: &'a Cell<usize>,
}

/// One line: its number from 1 and its words.
pub(super) struct Line<'a> {
    pub number: usize,
    pub text: &'a str,
}

impl<'a> Line<'a> {
    pub fn words(&self) -> Vec<&'a str> {
        self.text.split_ascii_whitespace().collect()
    }
}

impl<'a> Source<'a> {
    /// An error at a line; 0 where there are no lines.
    pub fn error(&self, line: usize, reason: impl Into<String>) -> ColorError {
        ColorError::File {
            format: self.format,
            line,
            reason: reason.into(),
            path: self.path.to_owned(),
        }
    }

    /// The text; bytes that are not UTF-8 become U+FFFD, as only comments and titles may hold them.
    pub fn text(&self) -> Cow<'a, str> {
        let bytes = self
            .bytes
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(self.bytes);
        String::from_utf8_lossy(bytes)
    }

    pub fn extension(&self) -> String {
        extension(self.path)
    }

    /// A number that is finite.
    pub fn float(&self, line: usize, word: &str) -> Result<f32, ColorError> {
        match word.parse::<f32>() {
            Ok(v) if v.is_finite() => Ok(v),
            Ok(v) => Err(self.error(line, format!("{v} is not finite"))),
            Err(_) => Err(self.error(line, format!("expected a number, found '{}'", short(word)))),
        }
    }

    pub fn double(&self, line: usize, word: &str) -> Result<f64, ColorError> {
        match word.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            Ok(v) => Err(self.error(line, format!("{v} is not finite"))),
            Err(_) => Err(self.error(line, format!("expected a number, found '{}'", short(word)))),
        }
    }

    pub fn integer<T: FromStr>(&self, line: usize, word: &str) -> Result<T, ColorError> {
        word.parse().map_err(|_| {
            self.error(
                line,
                format!("expected an integer, found '{}'", short(word)),
            )
        })
    }

    /// Exactly `N` numbers.
    pub fn floats<const N: usize>(
        &self,
        line: usize,
        words: &[&str],
    ) -> Result<[f32; N], ColorError> {
        if words.len() != N {
            let reason = format!("expected {N} numbers, found {} words", words.len());
            return Err(self.error(line, reason));
        }
        let mut out = [0.0; N];
        for (v, word) in out.iter_mut().zip(words) {
            *v = self.float(line, word)?;
        }
        Ok(out)
    }

    /// The length of a one-dimensional table, checked.
    pub fn rows(&self, line: usize, word: &str) -> Result<usize, ColorError> {
        self.size(line, word, "rows", MAX_ROWS)
    }

    /// The edge of a three-dimensional table, checked.
    pub fn edge(&self, line: usize, word: &str) -> Result<usize, ColorError> {
        self.size(line, word, "an edge of the cube", MAX_EDGE)
    }

    fn size(&self, line: usize, word: &str, what: &str, max: usize) -> Result<usize, ColorError> {
        match word.parse::<usize>() {
            Ok(n) if (2..=max).contains(&n) => Ok(n),
            _ => {
                let reason = format!("expected {what} from 2 to {max}, found '{}'", short(word));
                Err(self.error(line, reason))
            }
        }
    }

    /// Three equal edges, checked.
    pub fn edges(&self, line: usize, words: &[&str]) -> Result<usize, ColorError> {
        match words {
            [a, b, c] => {
                let edges = [
                    self.edge(line, a)?,
                    self.edge(line, b)?,
                    self.edge(line, c)?,
                ];
                if edges[0] == edges[1] && edges[0] == edges[2] {
                    return Ok(edges[0]);
                }
                let [a, b, c] = edges;
                Err(self.error(line, format!("expected equal edges, found {a} x {b} x {c}")))
            }
            _ => Err(self.error(
                line,
                format!("expected three edges, found {} words", words.len()),
            )),
        }
    }

    /// As many entries as were declared.
    pub fn count(
        &self,
        line: usize,
        found: usize,
        expected: usize,
        what: &str,
    ) -> Result<(), ColorError> {
        if found == expected {
            return Ok(());
        }
        Err(self.error(line, format!("expected {expected} {what}, found {found}")))
    }

    pub fn lut1d(&self, entries: Vec<[f32; 3]>) -> Op {
        let interpolation = match self.options.interpolation {
            Some(v @ (Interpolation::Nearest | Interpolation::Cubic)) => v,
            _ => Interpolation::Linear,
        };
        lut1d(entries, interpolation)
    }

    /// A cube whose red index is fastest.
    pub fn lut3d(&self, edge: usize, entries: Vec<[f32; 3]>) -> Op {
        let lut = Lut3D {
            edge,
            entries,
            interpolation: self.options.interpolation.unwrap_or_default(),
        };
        Op::Lut3D(Arc::new(lut), Direction::Forward)
    }

    /// A map of `[min, max]` to 0..1 a channel, if it does anything.
    pub fn domain(
        &self,
        line: usize,
        min: [f32; 3],
        max: [f32; 3],
        ops: &mut Vec<Op>,
    ) -> Result<(), ColorError> {
        if min == [0.0; 3] && max == [1.0; 3] {
            return Ok(());
        }
        if min.iter().zip(&max).any(|(a, b)| a == b) {
            return Err(self.error(line, "the domain is empty: its ends are equal"));
        }
        let mut m = Matrix::IDENTITY;
        for c in 0..3 {
            let (lo, hi) = (f64::from(min[c]), f64::from(max[c]));
            m.m[c][c] = 1.0 / (hi - lo);
            m.offset[c] = -lo / (hi - lo);
        }
        ops.push(Op::Matrix(m));
        Ok(())
    }
}

pub(super) fn lut1d(entries: Vec<[f32; 3]>, interpolation: Interpolation) -> Op {
    let lut = Lut1D {
        entries,
        half_domain: false,
        raw_halfs: false,
        interpolation,
        hue_adjust: HueAdjust::None,
    };
    Op::Lut1D(Arc::new(lut), Direction::Forward)
}

/// Lines that are not empty.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().filter_map(|(i, line)| {
        let text = line.trim();
        (!text.is_empty()).then_some(Line {
            number: i + 1,
            text,
        })
    })
}

pub(super) fn extension(path: &Path) -> String {
    path.extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
}

/// The edge of a cube of `n` entries.
pub(super) fn cube_edge(n: usize) -> Option<usize> {
    (2..=MAX_EDGE).find(|e| e.pow(3) == n)
}

/// Entries whose blue index is fastest, in the order of [`Lut3D`].
pub(super) fn red_fastest(edge: usize, blue_fastest: &[[f32; 3]]) -> Vec<[f32; 3]> {
    let n = edge;
    let from = |i: usize| {
        let (r, g, b) = (i % n, i / n % n, i / n / n);
        blue_fastest[(r * n + g) * n + b]
    };
    (0..n.pow(3)).map(from).collect()
}

/// A word for a message: long ones are cut.
pub(super) fn short(word: &str) -> String {
    const LONGEST: usize = 40;
    if word.chars().count() <= LONGEST {
        return word.to_owned();
    }
    word.chars().take(LONGEST).chain("...".chars()).collect()
}
