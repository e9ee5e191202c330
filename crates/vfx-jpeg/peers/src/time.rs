//! CPU time of a thread, from the kernel's accounting, and wall time.

use std::time::Instant;

fn thread_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanos * 1e-9)
}

/// CPU seconds of this thread; wall time where the kernel does not tell.
pub fn cpu(work: impl FnOnce()) -> f64 {
    let Some(before) = thread_seconds() else {
        return wall(work);
    };
    work();
    thread_seconds().unwrap_or(before) - before
}

/// Seconds on the clock.
pub fn wall(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
