//! References of CTF to other files, forward or inverted.

use std::path::PathBuf;

use roxmltree::Node;

use super::super::source::{Source, short};
use super::super::{MAX_LOADS, MAX_REFERENCES, load_within, xml};
use crate::{ColorError, Op};

/// The operations of the file that a `Reference` names. An alias names none: it belongs to the program that wrote the file.
pub(super) fn read(s: &Source, node: Node) -> Result<Vec<Op>, ColorError> {
    let wrong = |reason: String| s.error(xml::line(node), reason);
    let path = xml::attribute(node, "path");
    if let Some(alias) = xml::attribute(node, "alias") {
        if path.is_some() || xml::attribute(node, "basePath").is_some() {
            return Err(wrong(
                "Reference: 'alias' excludes 'path' and 'basePath'".into(),
            ));
        }
        if alias.eq_ignore_ascii_case("currentMonitor") {
            return Err(wrong(
                "Reference: the alias 'currentMonitor' is not supported".into(),
            ));
        }
        return Ok(Vec::new());
    }
    let path = path.ok_or_else(|| wrong("Reference: no 'path'".into()))?;
    let folder = s.path.parent().unwrap_or_else(|| "".as_ref());
    let target = folder.join(path);
    let real = |p: PathBuf| p.canonicalize().unwrap_or(p);
    let mut within = s.within.to_vec();
    within.push(real(s.path.to_owned()));
    if within.contains(&real(target.clone())) {
        return Err(wrong(format!(
            "Reference: '{}' refers back to itself",
            short(path)
        )));
    }
    if within.len() > MAX_REFERENCES {
        return Err(wrong(format!("Reference: more than {MAX_REFERENCES} deep")));
    }
    s.loads.set(s.loads.get() + 1);
    if s.loads.get() > MAX_LOADS {
        return Err(wrong(format!("Reference: more than {MAX_LOADS} files")));
    }
    if !target.is_file() {
        let at = folder.display();
        return Err(wrong(format!("Reference: no file '{path}' in \"{at}\"")));
    }
    let options = super::super::FileOptions::default();
    let ops = load_within(&target, &options, &within, s.loads)?.ops;
    match xml::attribute(node, "inverted") {
        Some(v) if v.eq_ignore_ascii_case("true") => Op::inverse_of(&ops),
        _ => Ok(ops),
    }
}
