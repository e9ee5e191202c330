//! Image sequences: file names with a frame number, frame ranges, and what to do where a frame is missing.
//!
//! A pattern's number is `####` (a digit each; a single `#` is four), `@@@@` (a digit each), `%04d` or `%d`; padded to the
//! width with zeros, wider when the number is. The sign counts as a digit, as in printf. Several numbers in a name are the
//! same frame. Ranges are `1001-1100`, `1001-1100x2`, `10-1`, `-5-5`, and lists of them by commas.
//! One listing of the folder tells which frames exist, however many there are.

use std::path::{Path, PathBuf};
use vfx_core::IoError;

/// Most frames a range may have: a day at 100 frames a second.
const MAX_FRAMES: usize = 8_640_000;
/// Widest number.
const MAX_WIDTH: usize = 18;

/// What to do where a sequence lacks a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Missing {
    /// Fail.
    #[default]
    Error,
    /// Leave it out.
    Skip,
    /// Zeros.
    Black,
    /// The frame before, or the first one there is.
    Hold,
}

impl std::str::FromStr for Missing {
    type Err = IoError;
    fn from_str(s: &str) -> Result<Self, IoError> {
        Ok(match s {
            "error" => Self::Error,
            "skip" => Self::Skip,
            "black" => Self::Black,
            "hold" => Self::Hold,
            _ => {
                return Err(IoError::UnknownName {
                    kind: "policy for missing frames",
                    found: s.into(),
                    expected: "error, skip, black or hold",
                });
            }
        })
    }
}

/// Frame numbers in the order they are to be used; repeats stay.
///
/// ```
/// let r: vfx_io::sequence::FrameRange = "1,3,5-9x2".parse()?;
/// assert_eq!(r.frames().collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
/// # Ok::<(), vfx_core::IoError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FrameRange(Vec<Span>);

/// First frame, distance (negative downwards), number of frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Span {
    first: i64,
    step: i64,
    count: usize,
}

impl FrameRange {
    /// All frames, in order.
    pub fn frames(&self) -> impl Iterator<Item = i64> + '_ {
        self.0
            .iter()
            .flat_map(|s| (0..s.count as i64).map(|i| s.first + i * s.step))
    }
    /// How many frames.
    pub fn len(&self) -> usize {
        self.0.iter().map(|s| s.count).sum()
    }
    /// No frames.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FromIterator<i64> for FrameRange {
    /// The shortest range of these frames: neighbours at one distance become one span.
    fn from_iter<I: IntoIterator<Item = i64>>(frames: I) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        for f in frames {
            match spans.last_mut() {
                Some(s) if s.count == 1 && f != s.first => {
                    (s.step, s.count) = (f - s.first, 2);
                }
                Some(s) if s.count > 1 && f == s.first + s.count as i64 * s.step => s.count += 1,
                Some(s) if s.count == 2 && s.step.abs() != 1 => {
                    // Two frames apart by chance: the second may begin a span of its own.
                    let second = s.first + s.step;
                    (s.step, s.count) = (1, 1);
                    spans.push(Span {
                        first: second,
                        step: f - second,
                        count: 2,
                    });
                }
                _ => spans.push(Span {
                    first: f,
                    step: 1,
                    count: 1,
                }),
            }
        }
        Self(spans)
    }
}

impl std::fmt::Display for FrameRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, s) in self.0.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let last = s.first + (s.count as i64 - 1) * s.step;
            match (s.count, s.step) {
                (0, _) => {}
                (1, _) => write!(f, "{comma}{}", s.first)?,
                (_, 1 | -1) => write!(f, "{comma}{}-{last}", s.first)?,
                (2, _) => write!(f, "{comma}{},{last}", s.first)?,
                (_, step) => write!(f, "{comma}{}-{last}x{}", s.first, step.abs())?,
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for FrameRange {
    type Err = IoError;
    fn from_str(s: &str) -> Result<Self, IoError> {
        let error = || IoError::UnknownName {
            kind: "frame range",
            found: s.into(),
            expected: "frames such as 1001-1100, 1001-1100x2 or 1,3,5-9",
        };
        let mut spans = Vec::new();
        let mut total = 0usize;
        for item in s.split(',') {
            let span = span(item.trim()).ok_or_else(error)?;
            total = total.saturating_add(span.count);
            if total > MAX_FRAMES {
                return Err(error());
            }
            spans.push(span);
        }
        Ok(Self(spans))
    }
}

/// `a`, `a-b` or `a-bxstep`; either number may be negative.
fn span(item: &str) -> Option<Span> {
    let (range, step) = match item.split_once('x') {
        Some((range, step)) => (range, step.parse::<i64>().ok().filter(|s| *s > 0)?),
        None => (item, 1),
    };
    let number = |s: &str| s.parse::<i64>().ok().filter(|v| v.abs() < 1 << 40);
    if let Some(first) = number(range) {
        return (!item.contains('x')).then_some(Span {
            first,
            step: 1,
            count: 1,
        });
    }
    // The dash after the first digit parts the two; one before it is a sign.
    let dash = range
        .char_indices()
        .skip(1)
        .find(|&(i, c)| c == '-' && i > 0)?
        .0;
    let (first, last) = (number(&range[..dash])?, number(&range[dash + 1..])?);
    let count = usize::try_from((last - first).abs() / step + 1).ok()?;
    Some(Span {
        first,
        step: if last < first { -step } else { step },
        count,
    })
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Text(String),
    Frame(usize),
}

/// A file name with a place for the frame number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sequence {
    folder: PathBuf,
    name: Vec<Token>,
}

/// One frame of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Its number.
    pub number: i64,
    /// The file to read for it; `None` is black.
    pub file: Option<PathBuf>,
}

impl Sequence {
    /// Reads a pattern; `None` when the file's name has no place for a number. Only the last part of the path is looked at.
    pub fn parse(path: &Path) -> Option<Self> {
        let name = tokens(path.file_name()?.to_str()?)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        name.iter()
            .any(|t| matches!(t, Token::Frame(_)))
            .then_some(Self { folder, name })
    }
    /// The file of a frame.
    pub fn path(&self, frame: i64) -> PathBuf {
        let mut name = String::new();
        for t in &self.name {
            match t {
                Token::Text(s) => name.push_str(s),
                Token::Frame(width) => name.push_str(&format!("{frame:0width$}")),
            }
        }
        self.folder.join(name)
    }
    /// The paths of a range, whether they exist or not.
    pub fn paths(&self, range: &FrameRange) -> impl Iterator<Item = (i64, PathBuf)> + '_ {
        let frames: Vec<i64> = range.frames().collect();
        frames.into_iter().map(|f| (f, self.path(f)))
    }
    /// The frames that exist, in increasing order.
    ///
    /// # Errors
    /// What the operating system says, of the folder.
    pub fn existing(&self) -> Result<Vec<i64>, IoError> {
        let folder = if self.folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.folder
        };
        let entries =
            std::fs::read_dir(folder).map_err(|e| IoError::os("list")(e).in_file(folder))?;
        let mut frames = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| IoError::os("list")(e).in_file(folder))?;
            frames.extend(
                entry
                    .file_name()
                    .to_str()
                    .and_then(|name| self.number(name)),
            );
        }
        frames.sort_unstable();
        frames.dedup();
        Ok(frames)
    }
    /// The frame number of a file name, if it is one of this sequence.
    pub fn number(&self, name: &str) -> Option<i64> {
        let (mut rest, mut found) = (name, None);
        for t in &self.name {
            match t {
                Token::Text(s) => rest = rest.strip_prefix(s.as_str())?,
                Token::Frame(width) => {
                    let sign = usize::from(rest.starts_with('-'));
                    let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
                    let end = sign + digits;
                    let frame: i64 = rest[..end].parse().ok()?;
                    // The text must be what this frame's name has: `7` is no `####`, nor is `00007`.
                    if found.is_some_and(|f| f != frame)
                        || rest[..end] != format!("{frame:0width$}", width = *width)
                    {
                        return None;
                    }
                    found = Some(frame);
                    rest = &rest[end..];
                }
            }
        }
        found.filter(|_| rest.is_empty())
    }
    /// The frames of a run: those of `range`, or all that exist. Missing ones are treated as `missing` says.
    ///
    /// # Errors
    /// A missing frame under [`Missing::Error`], no frame at all, or what listing the folder gives.
    pub fn frames(
        &self,
        range: Option<&FrameRange>,
        missing: Missing,
    ) -> Result<Vec<Frame>, IoError> {
        let existing = self.existing()?;
        let absent = |frame: i64| {
            IoError::os("open")(std::io::ErrorKind::NotFound.into()).in_file(self.path(frame))
        };
        let there = |number: i64| Frame {
            number,
            file: Some(self.path(number)),
        };
        let Some(range) = range else {
            return match existing.is_empty() {
                true => Err(IoError::os("open")(std::io::ErrorKind::NotFound.into())
                    .in_file(self.to_string())),
                false => Ok(existing.into_iter().map(there).collect()),
            };
        };
        let mut out = Vec::with_capacity(range.len());
        for number in range.frames() {
            let place = existing.binary_search(&number);
            match (place, missing) {
                (Ok(_), _) => out.push(there(number)),
                (Err(_), Missing::Error) => return Err(absent(number)),
                (Err(_), Missing::Skip) => {}
                (Err(_), Missing::Black) => out.push(Frame { number, file: None }),
                (Err(i), Missing::Hold) => {
                    let near = existing.get(i.wrapping_sub(1)).or_else(|| existing.first());
                    let held = near.ok_or_else(|| absent(number))?;
                    out.push(Frame {
                        number,
                        file: Some(self.path(*held)),
                    });
                }
            }
        }
        Ok(out)
    }
}

impl std::fmt::Display for Sequence {
    /// The pattern, with `#` a digit.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut name = String::new();
        for t in &self.name {
            match t {
                Token::Text(s) => name.push_str(s),
                Token::Frame(1) => name.push_str("%d"),
                Token::Frame(width) => name.push_str(&"#".repeat(*width)),
            }
        }
        write!(f, "{}", self.folder.join(name).display())
    }
}

/// Splits a name at its numbers; `None` when a width is out of bounds.
fn tokens(name: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let run = rest
            .bytes()
            .take_while(|b| matches!(b, b'#' | b'@'))
            .count();
        let (width, len) = if run > 0 {
            let hashes = rest[..run].bytes().filter(|b| *b == b'#').count();
            let width = match (hashes, run) {
                (n, r) if n == r && n > 1 => n,
                (n, r) => n * 4 + (r - n),
            };
            (Some(width), run)
        } else if c == '%' {
            let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
            let width = if digits == 0 {
                Some(1)
            } else {
                rest[1..1 + digits].parse().ok()
            };
            match rest[1 + digits..].starts_with('d') {
                true => (width, digits + 2),
                false => (None, 0),
            }
        } else {
            (None, 0)
        };
        match width {
            Some(width) => {
                if width == 0 || width > MAX_WIDTH {
                    return None;
                }
                if !text.is_empty() {
                    out.push(Token::Text(std::mem::take(&mut text)));
                }
                out.push(Token::Frame(width));
                rest = &rest[len..];
            }
            None => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if !text.is_empty() {
        out.push(Token::Text(text));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(s: &str) -> Vec<i64> {
        s.parse::<FrameRange>().unwrap().frames().collect()
    }

    #[test]
    fn frame_ranges_parse() {
        assert_eq!(frames("1001-1004"), [1001, 1002, 1003, 1004]);
        assert_eq!(frames("1001-1006x2"), [1001, 1003, 1005]);
        assert_eq!(frames("1,3, 5-7"), [1, 3, 5, 6, 7]);
        assert_eq!(frames("-3--1"), [-3, -2, -1]);
        assert_eq!(frames("-1-1"), [-1, 0, 1]);
        assert_eq!(frames("5-1x2"), [5, 3, 1]);
        for bad in [
            "",
            "a",
            "1-",
            "1-2x0",
            "1-2x-1",
            "5x2",
            "1-99999999999",
            "1--",
            "1,,2",
            "9999999999999999999",
        ] {
            assert!(bad.parse::<FrameRange>().is_err(), "{bad}");
        }
    }

    #[test]
    fn frame_ranges_print_shortly() {
        for s in ["1-5", "1,3,5-9", "1-9x2", "7", "10-1", "-3--1,4"] {
            let f = frames(s);
            let r: FrameRange = f.iter().copied().collect();
            assert_eq!(r.frames().collect::<Vec<_>>(), f);
            assert_eq!(frames(&r.to_string()), f, "{s} prints as {r}");
        }
        assert_eq!(
            (1..=100).chain([200]).collect::<FrameRange>().to_string(),
            "1-100,200"
        );
    }

    #[test]
    fn sequence_patterns() {
        let path = |p: &str, f| {
            Sequence::parse(Path::new(p))
                .unwrap()
                .path(f)
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(path("a/plate.####.exr", 7), "a/plate.0007.exr");
        assert_eq!(path("plate.#.exr", 12), "plate.0012.exr");
        assert_eq!(path("plate.@@@.exr", 12), "plate.012.exr");
        assert_eq!(path("plate.%05d.exr", 12), "plate.00012.exr");
        assert_eq!(path("plate.%d.exr", -12), "plate.-12.exr");
        assert_eq!(path("p##_%02d.exr", 123), "p123_123.exr");
        assert_eq!(path("p.####.exr", -5), "p.-005.exr");
        for none in [
            "plate.exr",
            "100%.exr",
            "%s.exr",
            "a.####/b.exr",
            "%99d.exr",
        ] {
            assert_eq!(Sequence::parse(Path::new(none)), None, "{none}");
        }
        let s = Sequence::parse(Path::new("p.####.exr")).unwrap();
        assert_eq!(s.number("p.0001.exr"), Some(1));
        assert_eq!(s.number("p.12345.exr"), Some(12345));
        assert_eq!(s.number("p.-005.exr"), Some(-5));
        for no in [
            "p.1.exr",
            "p.00001.exr",
            "p.0001.exr.bak",
            "q.0001.exr",
            "p..exr",
            "p.99999999999999999999999.exr",
        ] {
            assert_eq!(s.number(no), None, "{no}");
        }
        assert_eq!(s.to_string(), "p.####.exr");
    }

    #[test]
    fn sequence_finds_frames_and_fills_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let s = Sequence::parse(&folder.path().join("p.%04d.exr")).unwrap();
        assert!(s.frames(None, Missing::Error).is_err());
        for f in [10, 11, 14] {
            std::fs::write(s.path(f), b"").unwrap();
        }
        assert_eq!(s.existing().unwrap(), [10, 11, 14]);
        assert_eq!(s.frames(None, Missing::Error).unwrap().len(), 3);
        let range: FrameRange = "9-14".parse().unwrap();
        assert!(s.frames(Some(&range), Missing::Error).is_err());
        let files = |m| {
            let v = s.frames(Some(&range), m).unwrap();
            v.into_iter()
                .map(|f| {
                    (
                        f.number,
                        f.file.and_then(|p| s.number(p.file_name()?.to_str()?)),
                    )
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            files(Missing::Skip),
            [(10, Some(10)), (11, Some(11)), (14, Some(14))]
        );
        let black = [
            (9, None),
            (10, Some(10)),
            (11, Some(11)),
            (12, None),
            (13, None),
            (14, Some(14)),
        ];
        assert_eq!(files(Missing::Black), black);
        let hold = [
            (9, Some(10)),
            (10, Some(10)),
            (11, Some(11)),
            (12, Some(11)),
            (13, Some(11)),
            (14, Some(14)),
        ];
        assert_eq!(files(Missing::Hold), hold);
    }
}
