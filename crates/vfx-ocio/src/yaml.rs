//! YAML as a tree that knows its lines: the part of the language that configs use, with bounds.
//!
//! Events come from `saphyr-parser`; they are folded into [`Node`]s. Nesting, items, and what aliases expand to are counted
//! while the tree grows, so that no text of a given size can ask for more than a fixed multiple of it ("billion laughs").
//! Tags keep the verbatim form of OpenColorIO (`!<ColorSpace>` is `ColorSpace`). Only the first document counts, as there.

use crate::OcioError;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Text of a config, in bytes. The largest public configs have less than 1 MB.
const MAX_BYTES: u64 = 64 << 20;
/// Objects inside objects. Transforms recurse when they are built, so this guards the stack too.
const MAX_DEPTH: usize = 64;
/// Scalars, sequences and maps, after aliases are expanded.
const MAX_NODES: u64 = 4_000_000;

/// A value with its line and tag.
#[derive(Clone, Debug)]
pub struct Node {
    /// Line, from 1.
    pub line: usize,
    /// Tag without `!` and `!<>`; empty if there is none.
    pub tag: String,
    /// What it is.
    pub value: Value,
}

/// Scalar, list or map.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing: `~`, `null` or no text at all, unquoted.
    Null,
    /// A text; numbers and booleans are texts until somebody asks.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file; keys are unique.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Parses a text.
    ///
    /// # Errors
    ///
    /// [`OcioError::Syntax`], [`OcioError::DuplicateKey`], or [`OcioError::Limit`].
    pub fn parse(text: &str) -> Result<Self, OcioError> {
        if text.len() as u64 > MAX_BYTES {
            return Err(OcioError::Limit {
                line: 1,
                what: "the bytes of the text",
                limit: MAX_BYTES,
            });
        }
        let mut builder = Builder {
            parser: Parser::new_from_str(text),
            anchors: HashMap::new(),
            nodes: 0,
        };
        builder.document()
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(s) => Some(s),
            _ => None,
        }
    }

    /// Whether there is nothing here.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(items) => items
                .iter()
                .find(|(k, _)| k.text() == Some(key))
                .map(|(_, v)| v),
            _ => None,
        }
    }

    /// What it is, in words.
    pub fn kind(&self) -> String {
        match &self.value {
            Value::Null => "nothing".into(),
            Value::Scalar(s) => format!("'{s}'"),
            Value::List(v) => format!("a list of {}", v.len()),
            Value::Map(_) => "a map".into(),
        }
    }

    /// An error about this value.
    pub fn wrong(&self, key: &str, expected: impl Into<String>) -> OcioError {
        OcioError::Value {
            line: self.line,
            key: key.into(),
            found: self.kind(),
            expected: expected.into(),
        }
    }
}

struct Builder<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// Finished anchored values and how many nodes they hold.
    anchors: HashMap<usize, (Node, u64)>,
    nodes: u64,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), OcioError> {
        match self.parser.next_event() {
            None => Ok((Event::StreamEnd, 0)),
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(e)) => Err(OcioError::Syntax {
                line: e.marker().line(),
                column: e.marker().col() + 1,
                reason: e.info().to_owned(),
            }),
        }
    }

    fn document(&mut self) -> Result<Node, OcioError> {
        loop {
            let (event, line) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    return Ok(Node {
                        line: line.max(1),
                        tag: String::new(),
                        value: Value::Null,
                    });
                }
                event => return self.node(event, line, 0),
            }
        }
    }

    fn count(&mut self, n: u64, line: usize) -> Result<(), OcioError> {
        self.nodes += n;
        if self.nodes > MAX_NODES {
            return Err(OcioError::Limit {
                line,
                what: "the values of the text, aliases expanded,",
                limit: MAX_NODES,
            });
        }
        Ok(())
    }

    fn node(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, OcioError> {
        if depth > MAX_DEPTH {
            return Err(OcioError::Limit {
                line,
                what: "the levels of nesting",
                limit: MAX_DEPTH as u64,
            });
        }
        let before = self.nodes;
        self.count(1, line)?;
        let (anchor, node) = match event {
            Event::Alias(id) => {
                let Some((_, n)) = self.anchors.get(&id) else {
                    // An anchor inside itself has no end.
                    return Err(OcioError::Syntax {
                        line,
                        column: 1,
                        reason: "an alias refers to a value that is not complete".into(),
                    });
                };
                // Counted before it is copied.
                let n = *n;
                self.count(n, line)?;
                return Ok(self.anchors[&id].0.clone());
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag_name(tag);
                let plain = style == ScalarStyle::Plain && tag.is_empty();
                let value = if plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
                    Value::Null
                } else {
                    Value::Scalar(text.into_owned())
                };
                (anchor, Node { line, tag, value })
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    let (event, line) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    items.push(self.node(event, line, depth + 1)?);
                }
                let value = Value::List(items);
                let tag = tag_name(tag);
                (anchor, Node { line, tag, value })
            }
            Event::MappingStart(anchor, tag) => {
                let mut items: Vec<(Node, Node)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                loop {
                    let (event, line) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        break;
                    }
                    let key = self.node(event, line, depth + 1)?;
                    let Some(text) = key.text() else {
                        return Err(key.wrong("a key", "a text"));
                    };
                    if !seen.insert(text.to_owned()) {
                        return Err(OcioError::DuplicateKey {
                            line: key.line,
                            key: text.into(),
                        });
                    }
                    let (event, line) = self.next()?;
                    let value = self.node(event, line, depth + 1)?;
                    items.push((key, value));
                }
                let value = Value::Map(items);
                let tag = tag_name(tag);
                (anchor, Node { line, tag, value })
            }
            _ => {
                return Err(OcioError::Syntax {
                    line,
                    column: 1,
                    reason: "the text ends inside a value".into(),
                });
            }
        };
        if anchor != 0 {
            self.anchors
                .insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }
}

/// `!<View>` and `!View` are both `View`.
fn tag_name(tag: Option<Cow<'_, Tag>>) -> String {
    tag.map_or(String::new(), |t| {
        let s = if t.suffix.is_empty() {
            t.handle.trim_start_matches('!')
        } else {
            &t.suffix
        };
        s.trim_start_matches('!').to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_verbatim_and_lines_count_from_one() {
        let n = Node::parse("a: 1\nb:\n  - !<View> {name: x, y: \"\"}\n").unwrap();
        let b = n.get("b").unwrap();
        let Value::List(items) = &b.value else {
            panic!()
        };
        assert_eq!((items[0].tag.as_str(), items[0].line), ("View", 3));
        assert_eq!(items[0].get("y").unwrap().text(), Some(""));
    }

    #[test]
    fn alias_bomb_is_bounded() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let p = i - 1;
            let items = vec![format!("*a{p}"); 10].join(", ");
            text += &format!("a{i}: &a{i} [{items}]\n");
        }
        assert!(matches!(Node::parse(&text), Err(OcioError::Limit { .. })));
    }

    #[test]
    fn deep_nesting_is_bounded() {
        let text = "[".repeat(100_000);
        assert!(Node::parse(&text).is_err());
        let text = format!("a: {}{}", "[".repeat(200), "]".repeat(200));
        assert!(matches!(Node::parse(&text), Err(OcioError::Limit { .. })));
    }

    #[test]
    fn duplicate_key_names_its_line() {
        let e = Node::parse("a: 1\na: 2\n").unwrap_err();
        assert_eq!(e.line(), Some(2));
    }
}
