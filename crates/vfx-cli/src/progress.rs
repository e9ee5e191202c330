//! How far a job is: a bar with rate and time left on a terminal, JSON lines with `--json`, nothing when piped.

use crate::console::Console;
use crate::globals::Globals;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use vfx_core::Progress;

/// How often the bar moves.
const BAR_EVERY: Duration = Duration::from_millis(100);
/// Jobs shorter than this say nothing; JSON lines come as far apart.
const JSON_EVERY: Duration = Duration::from_secs(1);

/// Watches a job from a thread of its own until dropped.
pub struct Watch {
    stop: Arc<(AtomicBool, Mutex<()>, Condvar)>,
    thread: Option<std::thread::JoinHandle<()>>,
    console: Arc<Console>,
}

impl Watch {
    /// Starts watching, if there is anybody to tell.
    pub fn start(globals: &Globals, progress: &Progress, console: &Arc<Console>) -> Self {
        let stop = Arc::new((AtomicBool::new(false), Mutex::new(()), Condvar::new()));
        let mut watch = Self {
            stop: stop.clone(),
            thread: None,
            console: console.clone(),
        };
        if globals.quiet {
            return watch;
        }
        let progress = progress.clone();
        if globals.json {
            watch.thread = Some(std::thread::spawn(move || json_lines(&progress, &stop)));
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::no_length().with_style(style());
            console.attach(Some(bar.clone()));
            watch.thread = Some(std::thread::spawn(move || {
                while !wait(&stop, BAR_EVERY) {
                    let (done, all) = progress.get();
                    bar.set_length(all);
                    bar.set_position(done);
                }
                bar.finish_and_clear();
            }));
        }
        watch
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        {
            let _held = self.stop.1.lock();
            self.stop.0.store(true, Ordering::Relaxed);
        }
        self.stop.2.notify_all();
        if let Some(t) = self.thread.take() {
            // A panic there has been printed; the job itself is done.
            let _ = t.join();
        }
        self.console.attach(None);
    }
}

/// Waits; true when it is over.
fn wait(stop: &(AtomicBool, Mutex<()>, Condvar), time: Duration) -> bool {
    let guard = stop.1.lock().expect("progress lock");
    if !stop.0.load(Ordering::Relaxed) {
        let _woken = stop.2.wait_timeout(guard, time).expect("progress lock");
    }
    stop.0.load(Ordering::Relaxed)
}

fn json_lines(progress: &Progress, stop: &(AtomicBool, Mutex<()>, Condvar)) {
    let start = Instant::now();
    while !wait(stop, JSON_EVERY) {
        let (done, all) = progress.get();
        let seconds = start.elapsed().as_secs_f64();
        let rate = done as f64 / seconds;
        let left = (done > 0).then(|| (all.saturating_sub(done)) as f64 / rate);
        let line = serde_json::json!({
            "progress": {"pixels_done": done, "pixels": all, "seconds": seconds, "pixels_per_second": rate, "seconds_left": left}
        });
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:32} {percent:>3}%  {rate}  {eta} left")
        .expect("a constant template")
        .with_key("rate", |s: &ProgressState, w: &mut dyn std::fmt::Write| {
            let _ = write!(w, "{:.1} Mpixel/s", s.per_sec() / 1e6);
        })
}
