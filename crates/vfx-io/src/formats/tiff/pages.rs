//! Directories to parts: pages, the mip levels of textures, sub-directories.
//!
//! A directory is a level of the part before it when it is marked as a reduced version (or the file as a texture), holds
//! the same channels and half the size, rounded either way. Sub-directories are levels of their parent under the same
//! rule, else parts. A page that cannot be read is passed over with a note, as long as another one can.

use super::ifd::{Ifd, Reader};
use super::source::Source;
use super::tag;
use crate::Input;
use crate::open::{OpenOptions, Part};
use std::collections::HashSet;
use std::sync::Arc;
use vfx_core::{ImageSource, IoError, Limits, Report};

/// Reads the directories of a file.
pub fn open(input: Input, options: &OpenOptions) -> Result<Vec<Part>, IoError> {
    let r = Reader::new(&input, &options.limits)?;
    let mut seen = HashSet::new();
    let max = options.limits.max_parts;
    let chain = r.chain(r.first, max, &mut seen)?;
    if chain.is_empty() {
        return Err(super::malformed("header", "no directory"));
    }
    let texture = chain[0].get(tag::TEXTURE_FORMAT).is_some();
    let mut parts: Vec<Part> = Vec::new();
    let mut failed: Option<IoError> = None;
    let mut add = |d: &Ifd, parts: &mut Vec<Part>, sub: bool| {
        let reduced = texture
            || r.lenient(d, tag::NEW_SUBFILE_TYPE).unwrap_or(0) & 1 != 0
            || r.lenient(d, 255) == Some(2);
        match Source::new(&input, &r, d, options) {
            Ok(s) => match parts.last_mut() {
                Some(p) if reduced && halves(p.levels[p.levels.len() - 1].as_ref(), &s) => {
                    p.levels.push(Arc::new(s));
                }
                _ => parts.push(Part::single(s)),
            },
            Err(e) => {
                // Thumbnails in odd forms are common and nobody asks for them.
                if !sub {
                    failed.get_or_insert(e);
                }
            }
        }
    };
    for d in &chain {
        add(d, &mut parts, false);
        let Some(subs) = d.get(tag::SUB_IFDS).and_then(|e| r.uints(e).ok()) else {
            continue;
        };
        Limits::check("max_parts", subs.len() as u64, max as u64)?;
        for at in subs {
            for d in r.chain(at, max, &mut seen).unwrap_or_default() {
                add(&d, &mut parts, true);
            }
        }
    }
    match failed {
        Some(e) if parts.is_empty() => return Err(e),
        Some(e) => options.reporter.report(Report::Note {
            file: input.path().display().to_string(),
            message: format!("a page was left out: {e}"),
        }),
        None if parts.is_empty() => return Err(super::malformed("header", "no image")),
        None => {}
    }
    Ok(parts)
}

/// Whether `b` is the next mip level of `a`.
fn halves(a: &dyn ImageSource, b: &Source) -> bool {
    let (a, b) = (a.spec(), b.spec());
    let half = |a: usize, b: usize| b == (a / 2).max(1) || b == a.div_ceil(2);
    half(a.width(), b.width())
        && half(a.height(), b.height())
        && (a.width(), a.height()) != (b.width(), b.height())
        && a.channels == b.channels
}
