//! The counts as text: scores to print, the page in the repository, and what got worse since.

use super::values::Held;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longest example of a value on the page.
const EXAMPLE: usize = 40;

/// How often an attribute came out how.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    equal: usize,
    different: usize,
    missing: usize,
    extra: usize,
    /// The first that is not equal.
    example: String,
}

type All = BTreeMap<(String, String), Counts>;

impl Counts {
    /// Counts one attribute of one subimage.
    pub fn add(&mut self, ours: Option<&Held>, theirs: Option<&Held>) {
        let show = |v: Option<&Held>| v.map_or("-".into(), |v| short(&v.to_string()));
        match (ours, theirs) {
            (Some(a), Some(b)) if a == b => {
                self.equal += 1;
                return;
            }
            (Some(_), Some(_)) => self.different += 1,
            (None, _) => self.missing += 1,
            (_, None) => self.extra += 1,
        }
        if self.example.is_empty() {
            self.example = format!("{} against {}", show(ours), show(theirs));
        }
    }
    fn cells(&self) -> String {
        format!(
            "{} | {} | {} | {}",
            self.equal, self.different, self.missing, self.extra
        )
    }
}

/// Printable, on one line, in a table's cell.
fn short(s: &str) -> String {
    let mut out = String::new();
    for c in s.chars().take(EXAMPLE) {
        match c {
            '|' => out.push('/'),
            '\u{fffd}' => out.push('?'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    if s.chars().count() > EXAMPLE {
        out.push_str("...");
    }
    out
}

/// A table of counts, one line a format.
pub fn scores(all: &All) -> String {
    let mut sums: BTreeMap<&str, Counts> = BTreeMap::new();
    for ((area, _), n) in all {
        let to = sums.entry(area).or_default();
        to.equal += n.equal;
        to.different += n.different;
        to.missing += n.missing;
        to.extra += n.extra;
    }
    let mut out =
        String::from("| format | equal | different | missing | extra |\n|---|--:|--:|--:|--:|\n");
    for (area, n) in sums {
        let _ = writeln!(out, "| {area} | {} |", n.cells());
    }
    out
}

/// The page: scores, then every attribute.
pub fn page(all: &All) -> String {
    let mut out = format!(
        "# Metadata against OpenImageIO 3.2.2.0\n\n\
         The attributes of every public test file that both vfx and OpenImageIO's Python wheel read, first level of each part:\n\
         names and values. \"missing\" are those that only OpenImageIO gives, \"extra\" those that only vfx gives. Made by\n\
         `cargo xtask bless`; `./test` fails when an attribute gets worse. The example is ours against theirs.\n\n{}\n\
         | format | attribute | equal | different | missing | extra | example |\n|---|---|--:|--:|--:|--:|---|\n",
        scores(all)
    );
    for ((area, name), n) in all {
        let _ = writeln!(
            out,
            "| {area} | {} | {} | {} |",
            short(name),
            n.cells(),
            n.example
        );
    }
    out
}

/// Attributes that are equal in fewer places than on the page, or different or missing in more.
pub fn regressions(page: &str, all: &All) -> Vec<String> {
    let now: BTreeMap<(&str, String), &Counts> = all
        .iter()
        .map(|((area, name), n)| ((area.as_str(), short(name)), n))
        .collect();
    let mut worse = Vec::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [area, name, equal, different, missing, _, _] = cells[..] else {
            continue;
        };
        let (Ok(equal), Ok(different), Ok(missing)) = (
            equal.parse::<usize>(),
            different.parse::<usize>(),
            missing.parse::<usize>(),
        ) else {
            continue;
        };
        let none = Counts::default();
        let n = now.get(&(area, name.to_owned())).copied().unwrap_or(&none);
        if n.equal < equal || n.different > different || n.missing > missing {
            worse.push(format!(
                "{area} {name}: equal {equal}, now {}; different {different}, now {}; missing {missing}, now {}: {}",
                n.equal, n.different, n.missing, n.example
            ));
        }
    }
    worse
}

#[test]
fn regressions_are_found() {
    let one = Held::Numbers(vec![1.0]);
    let all = |ours: Option<&Held>| {
        let mut n = Counts::default();
        n.add(ours, Some(&one));
        All::from([(("png".to_owned(), "a|b".to_owned()), n)])
    };
    let (good, lost) = (all(Some(&one)), all(None));
    assert!(regressions(&page(&good), &good).is_empty());
    assert_eq!(regressions(&page(&good), &lost).len(), 1);
    assert_eq!(regressions(&page(&good), &All::new()).len(), 1);
    assert!(regressions(&page(&lost), &good).is_empty());
}
