//! Which files a command reads and writes: one of each, or a frame of each for every number of a sequence.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use vfx::io::sequence::{FrameRange, Missing, Sequence};

/// One frame to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The file to read; `None` is black.
    pub input: Option<PathBuf>,
    /// The file to write.
    pub output: PathBuf,
}

/// A pattern; `null:` names have none.
fn pattern(name: &str) -> Option<Sequence> {
    if name.starts_with("null:") {
        return None;
    }
    Sequence::parse(Path::new(name))
}

/// A frame that is there, for the size of black ones.
pub fn example(input: &str) -> Option<PathBuf> {
    let sequence = pattern(input)?;
    let first = *sequence.existing().ok()?.first()?;
    Some(sequence.path(first))
}

/// Input and output of every frame: of those asked for, else of those that are there. Names without a pattern are one file.
pub fn pair(
    input: &str,
    output: &str,
    frames: Option<&str>,
    missing: Missing,
) -> Result<Vec<Frame>> {
    // A file that has the name as it stands is meant, whatever the name looks like.
    let literal = frames.is_none() && Path::new(input).exists();
    let from = pattern(input).filter(|_| !literal);
    let to = pattern(output).filter(|_| !literal);
    let range: Option<FrameRange> = frames.map(str::parse).transpose()?;
    let named = |number| {
        to.as_ref()
            .map_or_else(|| output.into(), |t| t.path(number))
    };
    let Some(from) = from else {
        return match (range, &to) {
            (None, _) => Ok(vec![Frame {
                input: Some(input.into()),
                output: output.into(),
            }]),
            // One input, many outputs: a procedural source as a test sequence.
            (Some(range), Some(_)) => Ok(range
                .frames()
                .map(|n| Frame {
                    input: Some(input.into()),
                    output: named(n),
                })
                .collect()),
            (Some(_), None) => bail!("--frames needs a sequence such as plate.####.exr: '{input}'"),
        };
    };
    let all = from.frames(range.as_ref(), missing)?;
    if all.is_empty() {
        bail!("no frame of the sequence is there: '{input}'");
    }
    if to.is_none() && all.len() > 1 && !output.starts_with("null:") {
        bail!(
            "{} frames need an output such as out.####.png: '{output}'",
            all.len()
        );
    }
    Ok(all
        .into_iter()
        .map(|f| Frame {
            input: f.file,
            output: named(f.number),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_need_patterns() {
        let pair = |a, b, f| pair(a, b, f, Missing::Error);
        let f = pair("null:8x8", "b.%05d.png", Some("7,9")).unwrap();
        assert_eq!(
            (f.len(), f[1].output.as_path()),
            (2, Path::new("b.00009.png"))
        );
        assert!(pair("a.exr", "b.png", Some("1-2")).is_err());
        assert_eq!(pair("a.exr", "b.png", None).unwrap().len(), 1);
    }
}
