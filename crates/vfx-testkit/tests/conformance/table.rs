//! The results as text: scores to print, the page in the repository, and what got worse since.

use super::judge::Verdict;
use std::collections::BTreeMap;
use std::fmt::Write as _;

type Results = BTreeMap<String, Verdict>;

/// Whether a verdict is as it shall be.
fn good(v: &Verdict) -> bool {
    matches!(
        v,
        Verdict::Equal | Verdict::RefusedByBoth | Verdict::ReadAlone
    )
}

/// A table of counts, one line a format.
pub fn scores(results: &Results) -> String {
    const HEADS: [&str; 6] = [
        "equal",
        "equal samples",
        "refused by both",
        "read by vfx alone",
        "near",
        "open",
    ];
    let column = |v: &Verdict| match v {
        Verdict::Equal => 0,
        Verdict::EqualBut(_) => 1,
        Verdict::RefusedByBoth => 2,
        Verdict::ReadAlone => 3,
        Verdict::Near(_) => 4,
        _ => 5,
    };
    let mut counts: BTreeMap<&str, [usize; HEADS.len()]> = BTreeMap::new();
    for (name, verdict) in results {
        let area = name.split('/').next().unwrap_or(name);
        counts.entry(area).or_default()[column(verdict)] += 1;
    }
    let mut out = format!(
        "| format | files | {} |\n|---|--:|{}\n",
        HEADS.join(" | "),
        "--:|".repeat(HEADS.len())
    );
    for (area, n) in counts {
        let cells: Vec<String> = n.iter().map(usize::to_string).collect();
        let _ = writeln!(
            out,
            "| {area} | {} | {} |",
            n.iter().sum::<usize>(),
            cells.join(" | ")
        );
    }
    out
}

/// The page: scores, then every file with its result.
pub fn page(results: &Results) -> String {
    let mut out = format!(
        "# Conformance with OpenImageIO 3.2.2.0\n\n\
         Every file of the public test data, decoded by vfx and by OpenImageIO's Python wheel, compared bit by bit.\n\
         Made by `cargo xtask bless`; `./test` fails when a file gets worse. \"open\" are those that differ or that only\n\
         OpenImageIO reads: the list says what about them.\n\n{}\n| file | result |\n|---|---|\n",
        scores(results)
    );
    for (name, verdict) in results {
        let _ = writeln!(
            out,
            "| {name} | {} |",
            verdict.to_string().replace('|', "/")
        );
    }
    out
}

/// Files whose result on the page was good, or whose samples were equal, and are so no longer.
pub fn regressions(page: &str, results: &Results) -> Vec<String> {
    let mut worse = Vec::new();
    for line in page.lines() {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let (Some(name), Some(before)) = (cells.next(), cells.next()) else {
            continue;
        };
        let Some(now) = results.get(name) else {
            continue;
        };
        let kept = match before {
            "equal" => *now == Verdict::Equal,
            "refused by both" | "read by vfx alone" => good(now),
            b if b.starts_with("equal samples") => {
                matches!(now, Verdict::Equal | Verdict::EqualBut(_))
            }
            b if b.starts_with("near") => matches!(
                now,
                Verdict::Equal | Verdict::EqualBut(_) | Verdict::Near(_)
            ),
            _ => true,
        };
        if !kept {
            worse.push(format!("{name}: was {before}, is {now}"));
        }
    }
    worse
}

#[test]
fn regressions_are_found() {
    let results = |v: Verdict| Results::from([("png/a.png".to_owned(), v)]);
    let blessed = page(&results(Verdict::Equal));
    assert!(regressions(&blessed, &results(Verdict::Equal)).is_empty());
    let now = results(Verdict::Differs("x".into()));
    assert_eq!(
        regressions(&blessed, &now),
        ["png/a.png: was equal, is differs: x"]
    );
    let open = page(&now);
    assert!(regressions(&open, &results(Verdict::Refused("y".into()))).is_empty());
    let near = page(&results(Verdict::Near(1)));
    assert_eq!(regressions(&near, &results(Verdict::Hangs)).len(), 1);
}
