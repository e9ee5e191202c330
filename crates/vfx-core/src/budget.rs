//! What a run may use: memory, threads, scratch folder.

use crate::IoError;
use std::path::PathBuf;

/// Resources of one run. The default is a quarter of the memory the process may use (cgroup limits included), every
/// processor it may run on, and the system's temporary folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes for buffers, decoded tiles and scratch held in memory.
    pub memory: usize,
    /// Worker threads, at least one.
    pub threads: usize,
    /// Where spilled tiles go.
    pub scratch: PathBuf,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            memory: (available_memory() / 4).max(64 << 20),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            scratch: std::env::temp_dir(),
        }
    }
}

/// The smallest of physical memory and the limits of the process's cgroups (v2 and v1).
fn available_memory() -> usize {
    let read = |p: &str| std::fs::read_to_string(p).ok();
    let total = read("/proc/meminfo")
        .and_then(|s| {
            s.lines()
                .next()?
                .split_whitespace()
                .nth(1)?
                .parse::<usize>()
                .ok()
        })
        .map_or(4 << 30, |kb| kb << 10);
    let own = read("/proc/self/cgroup").unwrap_or_default();
    let v2 = own
        .lines()
        .find_map(|l| l.strip_prefix("0::"))
        .unwrap_or("/")
        .to_owned();
    let mut limit = total;
    let mut group = Some(std::path::Path::new(&v2));
    while let Some(g) = group {
        let file = format!("/sys/fs/cgroup{}/memory.max", g.display());
        if let Some(n) = read(&file.replace("//", "/")).and_then(|s| s.trim().parse::<usize>().ok())
        {
            limit = limit.min(n);
        }
        group = g.parent();
    }
    if let Some(n) =
        read("/sys/fs/cgroup/memory/memory.limit_in_bytes").and_then(|s| s.trim().parse().ok())
    {
        limit = limit.min(n);
    }
    limit
}

/// Bytes from `64M`, `1.5G`, `800k`, `1048576`: powers of 1024.
///
/// # Errors
/// [`IoError::UnknownName`] for anything else.
pub fn parse_bytes(s: &str) -> Result<usize, IoError> {
    let err = || IoError::UnknownName {
        kind: "size",
        found: s.into(),
        expected: "a number with k, M or G, such as 64M",
    };
    let t = s.trim().trim_end_matches(['b', 'B']);
    let (num, shift) = match t.char_indices().last() {
        Some((i, 'k' | 'K')) => (&t[..i], 10),
        Some((i, 'm' | 'M')) => (&t[..i], 20),
        Some((i, 'g' | 'G')) => (&t[..i], 30),
        Some((i, 't' | 'T')) => (&t[..i], 40),
        _ => (t, 0),
    };
    let v: f64 = num.parse().map_err(|_| err())?;
    let bytes = v * (1u64 << shift) as f64;
    if !(0.0..=(1u64 << 52) as f64).contains(&bytes) {
        return Err(err());
    }
    Ok(bytes as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse() {
        assert_eq!(parse_bytes("64M").unwrap(), 64 << 20);
        assert_eq!(parse_bytes("1.5GB").unwrap(), 3 << 29);
        assert_eq!(parse_bytes("12").unwrap(), 12);
        for bad in ["", "M", "-1k", "1e99", "lots"] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn default_budget_is_finite() {
        let b = Budget::default();
        assert!(
            b.memory >= 64 << 20 && b.memory <= available_memory().max(64 << 20) && b.threads > 0
        );
    }
}
