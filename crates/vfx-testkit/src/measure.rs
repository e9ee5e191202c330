//! Peak memory and CPU time of a child process, read from /proc while it runs.
//!
//! VmHWM is the kernel's own high-water mark, so that polling misses nothing but what the last few milliseconds add.

use std::io;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// How often a child is looked at.
const POLL: Duration = Duration::from_millis(2);
/// Clock ticks a second in /proc/PID/stat: fixed at 100 in Linux' user interface.
const TICKS: f64 = 100.0;

/// What a child used.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Its exit status.
    pub status: ExitStatus,
    /// Wall time in seconds.
    pub wall_s: f64,
    /// User and system time in seconds, to 0.01.
    pub cpu_s: f64,
    /// Largest resident set in bytes.
    pub peak_rss: u64,
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started.
pub fn run(command: &mut Command) -> io::Result<Usage> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let folder = format!("/proc/{}", child.id());
    let (mut peak_rss, mut cpu_s) = (0, 0.0f64);
    loop {
        if let Some(rss) = status_bytes(&format!("{folder}/status"), "VmHWM:") {
            peak_rss = peak_rss.max(rss);
        }
        // The zombie's times stay readable until it is waited for.
        if let Some(t) = cpu_seconds(&format!("{folder}/stat")) {
            cpu_s = cpu_s.max(t);
        }
        if let Some(status) = child.try_wait()? {
            return Ok(Usage {
                status,
                wall_s: start.elapsed().as_secs_f64(),
                cpu_s,
                peak_rss,
            });
        }
        std::thread::sleep(POLL);
    }
}

/// A memory figure of this process in bytes: `VmRSS:` or `VmHWM:`.
pub fn own_bytes(key: &str) -> Option<u64> {
    status_bytes("/proc/self/status", key)
}

/// Forgets this process's peak, so that `VmHWM:` counts from here. Not every kernel allows it.
pub fn reset_own_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn status_bytes(path: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|l| l.starts_with(key))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

fn cpu_seconds(path: &str) -> Option<f64> {
    let text = std::fs::read_to_string(path).ok()?;
    // The program's name in brackets may hold spaces; fields 14 and 15 are counted from behind it.
    let mut fields = text.rsplit_once(") ")?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_of_a_shell_loop() {
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 3";
        let usage = run(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(usage.status.code(), Some(3));
        assert!(usage.peak_rss > 100 << 10, "{usage:?}");
        assert!(usage.cpu_s > 0.0 && usage.wall_s >= 0.01, "{usage:?}");
    }
}
