//! Reads mutated files until the time is over: `vfx-mutate TARGET SECONDS [SEED]`, or `vfx-mutate TARGET FILE` for one.
//!
//! Run by `cargo xtask fuzz`. Files that show a fault are kept in `fuzz/artifacts/TARGET`, one a cause; the exit status is 1
//! if there are any. A case that hangs or kills the process is the one called `current` there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use vfx_testkit::mutate::{Fault, MAX_TIME, Mutator, Outcome, TARGETS, probe_file};
use vfx_testkit::workspace;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [target, what, ..] = args.as_slice() else {
        eprintln!(
            "usage: vfx-mutate {} SECONDS [SEED] | TARGET FILE",
            TARGETS.join("|")
        );
        return ExitCode::from(2);
    };
    if let Ok(seconds) = what.parse() {
        let seed = args
            .get(2)
            .and_then(|s| s.parse().ok())
            .unwrap_or_else(clock_seed);
        return run(target, Duration::from_secs(seconds), seed);
    }
    match probe_file(Path::new(what)) {
        Ok(outcome) => {
            println!("{outcome:?}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn clock_seed() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |d| d.as_secs())
}

fn run(target: &str, time: Duration, seed: u64) -> ExitCode {
    let Some(corpus) = workspace::data(target) else {
        return ExitCode::SUCCESS;
    };
    let mut mutator = Mutator::new(&corpus, seed);
    let kept = workspace::root().join("fuzz/artifacts").join(target);
    std::fs::create_dir_all(&kept).expect("fuzz/artifacts can be written");
    let current = kept.join("current").with_extension(target);
    let started = Arc::new(AtomicU64::new(0));
    let origin = Instant::now();
    watch(Arc::clone(&started), origin, current.display().to_string());
    let mut faults: BTreeMap<String, (Fault, u64)> = BTreeMap::new();
    let (mut cases, mut read) = (0u64, 0u64);
    while origin.elapsed() < time {
        let Some(bytes) = mutator.next_case() else {
            break;
        };
        std::fs::write(&current, &bytes).expect("fuzz/artifacts can be written");
        started.store(origin.elapsed().as_millis() as u64, Ordering::Relaxed);
        cases += 1;
        match probe_file(&current) {
            Ok(outcome) => read += u64::from(outcome == Outcome::Read),
            Err(fault) => {
                let next = faults.len();
                let entry = faults.entry(fault.key()).or_insert_with(|| {
                    let name = kept.join(format!("{seed}-{next}")).with_extension(target);
                    println!("{target}: {fault}: '{}'", name.display());
                    let _ = std::fs::write(name, &bytes);
                    (fault, 0)
                });
                entry.1 += 1;
            }
        }
    }
    let _ = std::fs::remove_file(&current);
    println!(
        "{target}: {cases} cases in {} s ({read} read, the others refused), seed {seed}, {} causes of faults",
        origin.elapsed().as_secs(),
        faults.len()
    );
    for (fault, count) in faults.values() {
        println!("  {count} x {fault}");
    }
    ExitCode::from(u8::from(!faults.is_empty()))
}

/// Ends the process when a case hangs: the case stays behind.
fn watch(started: Arc<AtomicU64>, origin: Instant, current: String) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let since = started.load(Ordering::Relaxed);
            let running = origin
                .elapsed()
                .saturating_sub(Duration::from_millis(since));
            if since > 0 && running > MAX_TIME * 3 {
                println!("hang: '{current}'");
                std::process::exit(1);
            }
        }
    });
}
