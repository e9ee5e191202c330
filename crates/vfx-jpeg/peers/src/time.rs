//! CPU time of a thread and wall time.

use rustix::time::{ClockId, clock_gettime};
use std::time::Instant;

fn now(clock: ClockId) -> f64 {
    let t = clock_gettime(clock);
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

/// CPU seconds of this thread. Not from `/proc`: that lags behind by up to a tick, which flatters short work.
pub fn cpu(work: impl FnOnce()) -> f64 {
    let before = now(ClockId::ThreadCPUTime);
    work();
    now(ClockId::ThreadCPUTime) - before
}

/// CPU seconds of the busier of this thread and the one it starts.
pub fn busier(work: impl FnOnce()) -> f64 {
    let before = now(ClockId::ProcessCPUTime);
    let own = cpu(work);
    own.max(now(ClockId::ProcessCPUTime) - before - own)
}

/// Seconds on the clock.
pub fn wall(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
