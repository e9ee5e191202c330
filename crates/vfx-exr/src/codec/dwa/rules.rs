//! Which channel is coded how.
//!
//! The name after the last dot and the sample type choose lossy DCT, run lengths or deflate; three lossy channels with one prefix may form a colour set. Version 2
//! chunks carry the rules that they were written with; older ones use a fixed list that ignores case. Source: `internal_dwa_classifier.h` of OpenEXRCore.

use crate::error::Corruption;
use crate::header::SampleType;
use crate::shape::Span;

/// How a channel is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Deflate of the rows.
    Deflate,
    /// Quantised DCT.
    Lossy,
    /// Run lengths of byte planes, deflated.
    Runs,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    suffix: Vec<u8>,
    scheme: Scheme,
    sample_type: SampleType,
    /// Place in a colour set.
    color: Option<usize>,
    ignore_case: bool,
}

/// What the rules say about the channels of a chunk.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// One a channel.
    pub schemes: Vec<Scheme>,
    /// Channels of each colour set: R, G, B.
    pub sets: Vec<[usize; 3]>,
}

const LONGEST_SUFFIX: usize = 128;

fn bad(what: &'static str, found: usize) -> Corruption {
    Corruption::Table { what, found }
}

impl Rule {
    fn matches(&self, suffix: &[u8], sample_type: SampleType) -> bool {
        self.sample_type == sample_type
            && if self.ignore_case {
                self.suffix.eq_ignore_ascii_case(suffix)
            } else {
                self.suffix == suffix
            }
    }
}

/// The rules of suffixes that stand for lossy color, other lossy channels, and opacity.
fn fixed(colors: [&[&str]; 3], plain: [&str; 3], alpha: &str, ignore_case: bool) -> Vec<Rule> {
    let rule = |suffix: &str, scheme, color, sample_type| Rule {
        suffix: suffix.into(),
        scheme,
        sample_type,
        color,
        ignore_case,
    };
    let mut out = Vec::new();
    for t in [SampleType::Half, SampleType::Float] {
        for (i, names) in colors.iter().enumerate() {
            out.extend(names.iter().map(|n| rule(n, Scheme::Lossy, Some(i), t)));
        }
        out.extend(plain.map(|n| rule(n, Scheme::Lossy, None, t)));
    }
    let all = [SampleType::Uint, SampleType::Half, SampleType::Float];
    out.extend(all.map(|t| rule(alpha, Scheme::Runs, None, t)));
    out
}

/// The rules that writers use.
fn default_rules() -> Vec<Rule> {
    fixed([&["R"], &["G"], &["B"]], ["Y", "BY", "RY"], "A", false)
}

/// The rules of chunks before version 2.
fn legacy_rules() -> Vec<Rule> {
    let colors: [&[&str]; 3] = [&["r", "red"], &["g", "grn", "green"], &["b", "blu", "blue"]];
    fixed(colors, ["y", "by", "ry"], "a", true)
}

/// Name after the last dot, and before.
fn split(name: &str) -> (&[u8], &[u8]) {
    let at = name.rfind('.').map_or(0, |dot| dot + 1);
    (&name.as_bytes()[at..], &name.as_bytes()[..at])
}

fn parse(mut bytes: &[u8]) -> Result<Vec<Rule>, Corruption> {
    let mut rules = Vec::new();
    while !bytes.is_empty() {
        let length = bytes.iter().take(LONGEST_SUFFIX + 1).position(|&b| b == 0);
        let length = length.ok_or(bad("channel rule without an end", rules.len()))?;
        let Some(&[flags, code]) = bytes.get(length + 1..length + 3) else {
            return Err(bad("channel rule cut short", rules.len()));
        };
        let scheme = match flags >> 2 & 3 {
            0 => Scheme::Deflate,
            1 => Scheme::Lossy,
            2 => Scheme::Runs,
            _ => return Err(bad("scheme of a channel rule", usize::from(flags))),
        };
        let color = usize::from(flags >> 4);
        if color > 3 {
            return Err(bad("colour of a channel rule", color));
        }
        let sample_type = SampleType::from_code(i32::from(code))
            .ok_or(bad("type of a channel rule", usize::from(code)))?;
        rules.push(Rule {
            suffix: bytes[..length].to_vec(),
            scheme,
            sample_type,
            color: color.checked_sub(1),
            ignore_case: flags & 1 == 1,
        });
        bytes = &bytes[length + 3..];
    }
    Ok(rules)
}

fn plan(spans: &[Span], rules: &[Rule]) -> Plan {
    let mut prefixes: Vec<(&[u8], [Option<usize>; 3])> = Vec::new();
    let mut schemes = Vec::with_capacity(spans.len());
    for (c, span) in spans.iter().enumerate() {
        let (suffix, prefix) = split(&span.name);
        let at = prefixes
            .iter()
            .position(|(p, _)| *p == prefix)
            .unwrap_or_else(|| {
                prefixes.push((prefix, [None; 3]));
                prefixes.len() - 1
            });
        let mut scheme = Scheme::Deflate;
        // The last rule that matches holds.
        for rule in rules.iter().filter(|r| r.matches(suffix, span.sample_type)) {
            scheme = rule.scheme;
            if let Some(color) = rule.color {
                prefixes[at].1[color] = Some(c);
            }
        }
        schemes.push(scheme);
    }
    let sets = prefixes.into_iter().filter_map(|(_, set)| {
        let [Some(r), Some(g), Some(b)] = set else {
            return None;
        };
        let sampling = |c: usize| spans[c].sampling;
        (sampling(r) == sampling(g) && sampling(r) == sampling(b)).then_some([r, g, b])
    });
    Plan {
        sets: sets.collect(),
        schemes,
    }
}

/// The plan that a version 2 chunk's rules give.
pub(super) fn read(spans: &[Span], rules: &[u8]) -> Result<Plan, Corruption> {
    Ok(plan(spans, &parse(rules)?))
}

/// The plan of a chunk before version 2.
pub(super) fn legacy(spans: &[Span]) -> Plan {
    plan(spans, &legacy_rules())
}

/// The plan that writers use, and the rules that some channel needs as the chunk stores them.
pub(super) fn write(spans: &[Span]) -> (Plan, Vec<u8>) {
    let rules = default_rules();
    let mut bytes = Vec::new();
    for rule in &rules {
        if spans
            .iter()
            .any(|s| rule.matches(split(&s.name).0, s.sample_type))
        {
            bytes.extend_from_slice(&rule.suffix);
            let scheme = match rule.scheme {
                Scheme::Deflate => 0,
                Scheme::Lossy => 1,
                Scheme::Runs => 2,
            };
            let color = rule.color.map_or(0, |c| c as u8 + 1);
            bytes.extend_from_slice(&[0, color << 4 | scheme << 2, rule.sample_type.code() as u8]);
        }
    }
    (plan(spans, &rules), bytes)
}
