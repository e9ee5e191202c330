//! The little language of looks: `+a, -b | c`.
//!
//! `,` (or `:` where there is no comma) separates looks that follow each other, `-` runs one backwards, `|` separates
//! alternatives: the first whose files are all there is taken.

use vfx_color::Direction;

/// One look and which way it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookToken {
    /// Name; may be empty, which is no look.
    pub name: String,
    /// Which way.
    pub direction: Direction,
}

/// The alternatives of a text of looks.
#[must_use]
pub fn parse_looks(text: &str) -> Vec<Vec<LookToken>> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let token = |s: String| {
        let (name, direction) = match s.strip_prefix('-') {
            Some(rest) => (rest.trim_start_matches('-'), Direction::Inverse),
            None => (s.trim_start_matches('+'), Direction::Forward),
        };
        LookToken {
            name: name.trim().to_owned(),
            direction,
        }
    };
    text.trim()
        .split('|')
        .map(|option| split_names(option).into_iter().map(token).collect())
        .collect()
}

/// The same looks backwards; the order of the alternatives stays.
pub(crate) fn reversed(options: &[Vec<LookToken>]) -> Vec<Vec<LookToken>> {
    let back = |t: &LookToken| LookToken {
        name: t.name.clone(),
        direction: t.direction.inverse(),
    };
    options
        .iter()
        .map(|o| o.iter().rev().map(back).collect())
        .collect()
}

/// Names between commas, or between colons where there is no comma; quotes keep separators.
pub(crate) fn split_names(s: &str) -> Vec<String> {
    let s = s.trim();
    let separator = if s.contains(',') { ',' } else { ':' };
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in s.chars() {
        if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            out.push(String::new());
        } else {
            out.last_mut().expect("there is one").push(c);
        }
    }
    for o in &mut out {
        *o = o.trim().to_owned();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_have_order_direction_and_alternatives() {
        let t = |name: &str, direction| LookToken {
            name: name.into(),
            direction,
        };
        let (f, i) = (Direction::Forward, Direction::Inverse);
        let parsed = parse_looks(" +a, -b | c : d ");
        assert_eq!(
            parsed,
            [vec![t("a", f), t("b", i)], vec![t("c", f), t("d", f)]]
        );
        assert_eq!(reversed(&parsed)[0], [t("b", f), t("a", i)]);
        assert!(parse_looks("  ").is_empty());
    }
}
