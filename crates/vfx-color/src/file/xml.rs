//! XML of CLF, CTF, CDL and looks: elements by local name without case, attributes, checked numbers with their lines.
//!
//! Document type definitions are refused, so no entity grows.

use roxmltree::{Document, Node, NodeType, ParsingOptions};

use super::source::{Source, short};
use crate::ColorError;

/// More elements and texts than this are refused.
const MAX_NODES: u32 = 1_000_000;

/// The document, or where it breaks.
pub(super) fn parse<'t>(s: &Source, text: &'t str) -> Result<Document<'t>, ColorError> {
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options)
        .map_err(|e| s.error(e.pos().row as usize, e.to_string()))
}

pub(super) fn line(node: Node) -> usize {
    node.document().text_pos_at(node.range().start).row as usize
}

pub(super) fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

pub(super) fn is(node: Node, name: &str) -> bool {
    self::name(node).eq_ignore_ascii_case(name)
}

pub(super) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    elements(node).find(|n| is(*n, name))
}

pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes()
        .find(|a| a.name().eq_ignore_ascii_case(name))
        .map(|a| a.value())
}

/// The text that belongs to the element itself.
pub(super) fn text(node: Node) -> String {
    node.children()
        .filter(|n| n.node_type() == NodeType::Text)
        .filter_map(|n| n.text())
        .collect()
}

/// The words of an element, separated by white space or commas, each with its text node and its line in there: finding
/// lines of the file is slow and left to [`place`].
pub(super) fn words<'a, 'i>(
    node: Node<'a, 'i>,
) -> impl Iterator<Item = ((Node<'a, 'i>, usize), &'a str)> {
    node.children()
        .filter(|n| n.node_type() == NodeType::Text)
        .flat_map(|n| {
            let lines = n.text().unwrap_or_default().split('\n').enumerate();
            lines.flat_map(move |(i, text)| {
                let separator = |c: char| c.is_ascii_whitespace() || c == ',' || c == '\x0b';
                text.split(separator)
                    .filter(|w| !w.is_empty())
                    .map(move |w| ((n, i), w))
            })
        })
}

/// The line of a word.
pub(super) fn place((node, i): (Node, usize)) -> usize {
    line(node) + i
}

/// The finite numbers of an element.
pub(super) fn numbers(s: &Source, node: Node) -> Result<Vec<f64>, ColorError> {
    words(node)
        .map(|(at, word)| match word.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => s.double(place(at), word),
        })
        .collect()
}

/// Exactly `N` of them.
pub(super) fn exactly<const N: usize>(s: &Source, node: Node) -> Result<[f64; N], ColorError> {
    let values = numbers(s, node)?;
    let found = values.len();
    values.try_into().map_err(|_| {
        s.error(
            line(node),
            format!("{}: expected {N} values, found {found}", name(node)),
        )
    })
}

/// The finite numbers of a text that belongs to `node`.
pub(super) fn list(s: &Source, node: Node, text: &str) -> Result<Vec<f64>, ColorError> {
    text.split([' ', ',', '\t', '\n', '\r'])
        .filter(|w| !w.is_empty())
        .map(|w| match w.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(v),
            _ => s.double(line(node), w),
        })
        .collect()
}

/// An attribute that is one number.
pub(super) fn number(s: &Source, node: Node, key: &str) -> Result<Option<f64>, ColorError> {
    let Some(text) = attribute(node, key) else {
        return Ok(None);
    };
    match list(s, node, text)?[..] {
        [v] => Ok(Some(v)),
        _ => Err(s.error(
            line(node),
            format!(
                "{}: {key} is no single number: '{}'",
                name(node),
                short(text)
            ),
        )),
    }
}

/// Characters of a text as XML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            // Not allowed in XML 1.0.
            c if c.is_control() && !matches!(c, '\n' | '\t' | '\r') => {}
            c => out.push(c),
        }
    }
    out
}
