//! ASC CDL files: one correction (`.cc`), a collection (`.ccc`), or a decision list (`.cdl`).
//!
//! The root element says which, not the extension. From a collection an id is taken, or an index from 0, or the first.
//! The style is OpenColorIO's default, without clamping, unless the caller says otherwise. Source: ASC CDL 1.2.

use roxmltree::Node;

use super::number::{full, list};
use super::source::{Source, short};
use super::{Info, WriteOptions, bake, head, xml};
use crate::op::{Cdl, CdlStyle, Direction};
use crate::{ColorError, Op};

const NAMESPACE: &str = "urn:ASC:CDL:v1.01";

pub(super) fn is_correction(bytes: &[u8], _: &str) -> bool {
    root_is(bytes, "ColorCorrection")
}

pub(super) fn is_collection(bytes: &[u8], _: &str) -> bool {
    root_is(bytes, "ColorCorrectionCollection")
}

pub(super) fn is_decisions(bytes: &[u8], _: &str) -> bool {
    root_is(bytes, "ColorDecisionList")
}

/// The first element has this name.
fn root_is(bytes: &[u8], name: &str) -> bool {
    let text = head(bytes);
    let first = text.match_indices('<').find_map(|(i, _)| {
        let rest = &text[i + 1..];
        rest.starts_with(|c: char| c.is_alphabetic())
            .then_some(rest)
    });
    let is_name = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    first.is_some_and(|rest| {
        let tag = rest.split(is_name).next().unwrap_or_default();
        tag.rsplit(':').next() == Some(name)
    })
}

pub(super) fn read(s: &Source) -> Result<(Vec<Op>, Info), ColorError> {
    let text = s.text();
    let document = xml::parse(s, &text)?;
    let root = document.root_element();
    let mut corrections = Vec::new();
    match xml::name(root) {
        "ColorCorrection" => corrections.push(root),
        "ColorCorrectionCollection" => {
            corrections.extend(xml::elements(root).filter(|n| xml::is(*n, "ColorCorrection")));
        }
        "ColorDecisionList" => {
            for decision in xml::elements(root).filter(|n| xml::is(*n, "ColorDecision")) {
                corrections
                    .extend(xml::elements(decision).filter(|n| xml::is(*n, "ColorCorrection")));
            }
        }
        other => {
            let reason = format!("expected a colour correction, found '{}'", short(other));
            return Err(s.error(xml::line(root), reason));
        }
    }
    let mut ids = std::collections::HashSet::new();
    let mut cdls = Vec::with_capacity(corrections.len());
    for node in &corrections {
        // A wrong correction spoils the file even if another one is taken.
        let mut cdl = correction(s, *node)?;
        cdl.style = s.options.cdl_style.unwrap_or_default();
        let id = xml::attribute(*node, "id").unwrap_or_default();
        if !id.is_empty() && !ids.insert(id) {
            return Err(s.error(xml::line(*node), format!("the id '{}' twice", short(id))));
        }
        cdls.push(cdl);
    }
    let chosen = choose(s, root, &corrections)?;
    let mut info = Vec::new();
    if let Some(id) = xml::attribute(corrections[chosen], "id") {
        info.push(("id".to_owned(), id.to_owned()));
    }
    describe(corrections[chosen], &mut info);
    for group in ["SOPNode", "SatNode"] {
        if let Some(node) = xml::child(corrections[chosen], group) {
            describe(node, &mut info);
        }
    }
    Ok((vec![Op::Cdl(cdls[chosen])], info))
}

fn describe(node: Node, info: &mut Info) {
    for child in xml::elements(node) {
        let key = match xml::name(child) {
            "Description" => "description",
            "InputDescription" => "input description",
            "ViewingDescription" => "viewing description",
            _ => continue,
        };
        info.push((key.to_owned(), xml::text(child)));
    }
}

fn choose(s: &Source, root: Node, corrections: &[Node]) -> Result<usize, ColorError> {
    let line = xml::line(root);
    if corrections.is_empty() {
        return Err(s.error(line, "no colour correction"));
    }
    let id = match &s.options.cccid {
        Some(id) if !id.is_empty() && !xml::is(root, "ColorCorrection") => id,
        _ => return Ok(0),
    };
    let named = corrections
        .iter()
        .position(|n| xml::attribute(*n, "id") == Some(id));
    if let Some(i) = named {
        return Ok(i);
    }
    match id.parse::<usize>() {
        Ok(i) if i < corrections.len() => Ok(i),
        _ => {
            let n = corrections.len();
            Err(s.error(line, format!("no correction '{}' among {n}", short(id))))
        }
    }
}

/// Slope, offset, power and saturation of an element; used by CLF as well. `ASC_SOP` and `ASC_SAT` are names of EDL files:
/// OpenColorIO leaves them out here, and so do we.
pub(super) fn correction(s: &Source, node: Node) -> Result<Cdl, ColorError> {
    let mut cdl = Cdl {
        slope: [1.0; 3],
        offset: [0.0; 3],
        power: [1.0; 3],
        saturation: 1.0,
        style: CdlStyle::NoClamp,
        direction: Direction::Forward,
    };
    if let Some(sop) = xml::child(node, "SOPNode") {
        let value = |name: &str| match xml::child(sop, name) {
            Some(node) => xml::exactly::<3>(s, node),
            None => Err(s.error(xml::line(sop), format!("SOPNode: no '{name}'"))),
        };
        cdl.slope = value("Slope")?;
        cdl.offset = value("Offset")?;
        cdl.power = value("Power")?;
    }
    if let Some(sat) = xml::child(node, "SatNode") {
        let value = xml::child(sat, "Saturation")
            .ok_or_else(|| s.error(xml::line(sat), "SatNode: no 'Saturation'"))?;
        [cdl.saturation] = xml::exactly::<1>(s, value)?;
    }
    cdl.validate()
        .map_err(|e| s.error(xml::line(node), e.to_string()))?;
    Ok(cdl)
}

/// `SOPNode` and `SatNode` of a correction.
pub(super) fn nodes(cdl: &Cdl, descriptions: &str, indent: &str) -> String {
    format!(
        "{indent}<SOPNode>\n{descriptions}{indent}    <Slope>{}</Slope>\n{indent}    <Offset>{}</Offset>\n\
         {indent}    <Power>{}</Power>\n{indent}</SOPNode>\n{indent}<SatNode>\n\
         {indent}    <Saturation>{}</Saturation>\n{indent}</SatNode>\n",
        list(&cdl.slope),
        list(&cdl.offset),
        list(&cdl.power),
        full(cdl.saturation)
    )
}

/// The corrections as elements. The files know no style and no direction.
fn elements(
    format: &'static str,
    ops: &[Op],
    options: &WriteOptions,
    indent: &str,
) -> Result<Vec<String>, ColorError> {
    let mut out = Vec::new();
    for (i, op) in ops.iter().enumerate() {
        let Op::Cdl(cdl) = op else {
            return Err(bake::cannot(format, op.kind()));
        };
        if cdl.direction == Direction::Inverse {
            return Err(bake::cannot(format, "an inverse correction"));
        }
        let mut id = String::new();
        let mut descriptions = String::new();
        for (key, text) in options.info.iter().filter(|_| i == 0) {
            let text = xml::escape(text);
            let tag = match key.as_str() {
                "id" => {
                    id = format!(" id=\"{text}\"");
                    continue;
                }
                "input description" => "InputDescription",
                "viewing description" => "ViewingDescription",
                _ => "Description",
            };
            descriptions += &format!("{indent}    <{tag}>{text}</{tag}>\n");
        }
        out.push(format!(
            "{indent}<ColorCorrection{id}>\n{descriptions}{}{indent}</ColorCorrection>\n",
            nodes(cdl, "", &format!("{indent}    "))
        ));
    }
    if out.is_empty() {
        return Err(bake::cannot(format, "no correction"));
    }
    Ok(out)
}

pub(super) fn write_correction(ops: &[Op], options: &WriteOptions) -> Result<String, ColorError> {
    let name = "ColorCorrection";
    match &elements(name, ops, options, "")?[..] {
        [one] => Ok(one.clone()),
        _ => Err(bake::cannot(name, "more than one correction")),
    }
}

pub(super) fn write_collection(ops: &[Op], options: &WriteOptions) -> Result<String, ColorError> {
    let name = "ColorCorrectionCollection";
    let body = elements(name, ops, options, "    ")?.concat();
    Ok(format!("<{name} xmlns=\"{NAMESPACE}\">\n{body}</{name}>\n"))
}

pub(super) fn write_decisions(ops: &[Op], options: &WriteOptions) -> Result<String, ColorError> {
    let name = "ColorDecisionList";
    let body: String = elements(name, ops, options, "        ")?
        .iter()
        .map(|c| format!("    <ColorDecision>\n{c}    </ColorDecision>\n"))
        .collect();
    Ok(format!("<{name} xmlns=\"{NAMESPACE}\">\n{body}</{name}>\n"))
}
