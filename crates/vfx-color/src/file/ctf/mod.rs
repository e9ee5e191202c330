//! CLF (Academy S-2014-006, SMPTE ST 2136-1) and CTF 1.2 to 2.6: a list of process nodes in XML.
//!
//! CLF is the subset that other programs share; a file is CLF by its extension, `compCLFversion` or the SMPTE name space.
//! Numbers of integer depths are code values and are scaled to 0..1. Unknown elements and attributes are left out, unknown
//! values are errors. Cubes are stored blue fastest. References are sought beside the file that has them, sixteen deep.
//! Source: the named specifications; for CTF OpenColorIO's CTFReaderHelper.

mod grading;
mod lut;
mod node;
mod reference;
mod styles;
mod write;

use roxmltree::{Document, Node};

use super::source::{Source, short};
use super::{Info, head, xml};
use crate::{ColorError, Op};
pub(super) use write::{write_clf, write_ctf};

/// Name space of ST 2136-1.
const SMPTE: &str = "http://www.smpte-ra.org/ns/2136-1/2024";
/// The same as a value of `compCLFversion`.
const SMPTE_VERSION: &str = "ST2136-1:2024";
const NEWEST_CTF: Version = Version(2, 6);
const NEWEST_CLF: Version = Version(3, 0);
/// Newest version of the `Info` element.
const NEWEST_INFO: u32 = 2;

/// Major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What the root element says.
#[derive(Clone, Copy)]
struct List {
    clf: bool,
    version: Version,
}

pub(super) fn recognises(bytes: &[u8], _: &str) -> bool {
    let text = head(bytes);
    text.contains("<ProcessList") || text.contains(":ProcessList")
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = match std::str::from_utf8(s.bytes) {
        Ok(text) => text,
        Err(e) => {
            let line = 1 + s.bytes[..e.valid_up_to()]
                .iter()
                .filter(|b| **b == b'\n')
                .count();
            return Err(s.error(line, "the text is not UTF-8"));
        }
    };
    let document: Document = xml::parse(s, text)?;
    let root = document.root_element();
    if !xml::is(root, "ProcessList") {
        let found = short(xml::name(root));
        return Err(s.error(
            xml::line(root),
            format!("expected ProcessList, found '{found}'"),
        ));
    }
    let list = list(s, root)?;
    no_text(s, root)?;
    let mut info = Info::new();
    for key in ["id", "name", "inverseOf"] {
        if let Some(value) = xml::attribute(root, key) {
            info.push((key.to_owned(), value.to_owned()));
        }
    }
    let mut ops = Vec::new();
    let mut depth = None;
    let mut nodes = 0;
    for element in xml::elements(root) {
        if let Some(key) = description(element) {
            info.push((key.to_owned(), xml::text(element)));
        } else if xml::is(element, "Info") {
            check_info(s, element)?;
        } else if node::is_node(element) {
            nodes += 1;
            node::read(s, list, element, &mut depth, &mut ops)?;
        }
    }
    if nodes == 0 {
        return Err(s.error(xml::line(root), "no process node"));
    }
    Ok((ops, info))
}

/// The key of an element that describes.
fn description(element: Node) -> Option<&'static str> {
    const KEYS: [(&str, &str); 4] = [
        ("Description", "description"),
        ("InputDescriptor", "input descriptor"),
        ("OutputDescriptor", "output descriptor"),
        ("Id", "id"),
    ];
    let found = KEYS.iter().find(|(tag, _)| xml::is(element, tag));
    found.map(|(_, key)| *key)
}

/// Containers hold elements only.
fn no_text(s: &Source, element: Node) -> Result<(), ColorError> {
    let Some(((node, i), word)) = xml::words(element).next() else {
        return Ok(());
    };
    let reason = format!(
        "unexpected text '{}' in {}",
        short(word),
        xml::name(element)
    );
    Err(s.error(xml::place((node, i)), reason))
}

fn list(s: &Source, root: Node) -> Result<List, ColorError> {
    let wrong = |reason: String| s.error(xml::line(root), reason);
    let smpte = root
        .namespaces()
        .any(|n| n.name().is_none() && n.uri().eq_ignore_ascii_case(SMPTE));
    let value = |key: &str| match xml::attribute(root, key) {
        Some("") => Err(wrong(format!("the attribute '{key}' has no value"))),
        other => Ok(other),
    };
    value("name")?;
    value("inverseOf")?;
    if value("id")?.is_none() && !smpte {
        return Err(wrong("the attribute 'id' is missing".into()));
    }
    let ctf_version = value("version")?;
    let clf_version = value("compCLFversion")?;
    if ctf_version.is_some() && (smpte || clf_version.is_some()) {
        let reason = "'version' excludes 'compCLFversion' and the SMPTE name space";
        return Err(wrong(reason.into()));
    }
    let clf = s.extension() == "clf" || smpte || clf_version.is_some();
    let mut version = match (smpte, clf) {
        (true, _) => Version(2, 0),
        (false, false) => Version(1, 2),
        (false, true) if clf_version.or(ctf_version).is_none() => {
            let reason = "no 'compCLFversion', 'version' or known SMPTE name space";
            return Err(wrong(reason.into()));
        }
        _ => Version(1, 2),
    };
    if let Some(text) = clf_version {
        let found = if text.eq_ignore_ascii_case(SMPTE_VERSION) {
            NEWEST_CLF
        } else {
            parse_version(text).ok_or_else(|| wrong(format!("'{}' is no version", short(text))))?
        };
        if found > NEWEST_CLF {
            return Err(wrong(format!("CLF {found} is newer than {NEWEST_CLF}")));
        }
        version = if found <= Version(2, 0) {
            Version(1, 7)
        } else {
            Version(2, 0)
        };
    }
    if let Some(text) = ctf_version {
        version =
            parse_version(text).ok_or_else(|| wrong(format!("'{}' is no version", short(text))))?;
        if version > NEWEST_CTF {
            return Err(wrong(format!("CTF {version} is newer than {NEWEST_CTF}")));
        }
    }
    Ok(List { clf, version })
}

/// `MAJOR[.MINOR[.REVISION]]`.
fn parse_version(text: &str) -> Option<Version> {
    let numbers: Option<Vec<u32>> = text.trim().split('.').map(|p| p.parse().ok()).collect();
    match numbers?[..] {
        [major] => Some(Version(major, 0)),
        [major, minor] | [major, minor, _] => Some(Version(major, minor)),
        _ => None,
    }
}

/// The `Info` element may carry a version of its own.
fn check_info(s: &Source, element: Node) -> Result<(), ColorError> {
    let Some(text) = xml::attribute(element, "version") else {
        return Ok(());
    };
    let digits = text.split('.').next().unwrap_or_default();
    match digits.parse::<u32>() {
        Ok(v) if v <= NEWEST_INFO => Ok(()),
        Ok(_) => Err(s.error(
            xml::line(element),
            format!("Info version {text} is unknown"),
        )),
        Err(_) => Err(s.error(xml::line(element), "Info: the version is no number")),
    }
}
