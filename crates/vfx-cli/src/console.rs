//! Warnings on standard error, results on standard output.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use vfx_core::{Report, Reporter};

/// Warnings about one file before the rest is only counted.
const SHOWN_PER_FILE: usize = 10;

/// Prints reports as they come, above a progress bar if there is one.
pub struct Console {
    quiet: bool,
    bar: Mutex<Option<indicatif::ProgressBar>>,
    seen: Mutex<HashMap<String, usize>>,
}

impl Console {
    /// Silent when `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            bar: Mutex::new(None),
            seen: Mutex::new(HashMap::new()),
        }
    }
    /// Warnings go above this bar from now on.
    pub fn attach(&self, bar: Option<indicatif::ProgressBar>) {
        *self.bar.lock().expect("console lock") = bar;
    }
    /// One line of warning.
    pub fn warn(&self, message: &str) {
        if self.quiet {
            return;
        }
        let print = || {
            // A closed standard error is no reason to stop.
            let _ = writeln!(std::io::stderr(), "warning: {message}");
        };
        match &*self.bar.lock().expect("console lock") {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Reporter for Console {
    fn report(&self, report: Report) {
        let (file, message) = match report {
            Report::Damaged { file, damage } => (
                file,
                format!(
                    "damaged: {}: {}; {} filled with zeros",
                    damage.place, damage.problem, damage.region
                ),
            ),
            Report::Note { file, message } => (file, message),
            _ => return,
        };
        let n = {
            let mut seen = self.seen.lock().expect("console lock");
            let n = seen.entry(file.clone()).or_default();
            *n += 1;
            *n
        };
        match n.cmp(&(SHOWN_PER_FILE + 1)) {
            std::cmp::Ordering::Less => self.warn(&format!("{message}: '{file}'")),
            std::cmp::Ordering::Equal => self.warn(&format!("more of the same: '{file}'")),
            std::cmp::Ordering::Greater => {}
        }
    }
}
