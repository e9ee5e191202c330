//! What 32 channels cost: updates a second, share of one core, memory against the LUTs held (R, G, B, A `f32` as on the wire).
//!
//! The clients are this program again, so that only the box is counted.

#[cfg(target_os = "linux")]
mod on_linux {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use vfx_lutbox::opengradeio::client::{Client, set_lut};
    use vfx_lutbox::{AxisOrder, Config, Cube, LutBox, LutBoxError};

    const CHANNELS: usize = 32;
    const RATE: u32 = 25;
    const SECONDS: u32 = 10;

    fn client(address: &str, edge: usize) -> Result<(), LutBoxError> {
        let cube = Cube::identity(edge);
        let names: Vec<String> = (0..CHANNELS).map(|i| format!("c{i}")).collect();
        let frames: Vec<_> = names
            .iter()
            .map(|n| set_lut(Some(n), &cube, AxisOrder::BlueFastest))
            .collect();
        // Four connections of eight channels: no address may have more than eight.
        std::thread::scope(|s| {
            for part in frames.chunks(8) {
                s.spawn(move || -> Result<(), LutBoxError> {
                    let mut c = Client::connect(address)?;
                    let begin = Instant::now();
                    for round in 0..RATE * SECONDS {
                        // A box that cannot keep up shows fewer updates, not a longer run.
                        if begin.elapsed().as_secs() >= SECONDS.into() {
                            break;
                        }
                        for f in part {
                            c.send(f)?;
                        }
                        let due = begin + Duration::from_secs(1) / RATE * (round + 1);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    }
                    Ok(())
                });
            }
        });
        Ok(())
    }

    /// Seconds of processor time of this process, and resident megabytes: all, and of shared memory.
    fn spent() -> (f64, [f64; 2]) {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse().ok()).unwrap_or(0.0);
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kb = |key: &str| {
            let line = status.lines().find(|l| l.starts_with(key));
            let words = line.and_then(|l| l.split_whitespace().nth(1));
            words.and_then(|w| w.parse::<f64>().ok()).unwrap_or(0.0) / 1e3
        };
        // After the name: state is field 0, utime 11, stime 12, in hundredths.
        (
            (ticks(11) + ticks(12)) / 100.0,
            [kb("VmRSS"), kb("RssShmem")],
        )
    }

    pub fn run() -> Result<(), LutBoxError> {
        let arguments: Vec<String> = std::env::args().collect();
        if let [_, address, edge] = arguments.as_slice() {
            return client(address, edge.parse().unwrap_or(33));
        }
        let socket = std::env::temp_dir().join(format!("vglb-load-{}.sock", std::process::id()));
        for edge in [33usize, 64] {
            let b = LutBox::start(Config {
                port: 0,
                socket: Some(socket.clone()),
                ..Config::default()
            })?;
            let program = std::env::current_exe().map_err(|source| LutBoxError::Io {
                what: "own path",
                source,
            })?;
            let (before, idle) = spent();
            let begin = Instant::now();
            let mut command = Command::new(program);
            command.arg(b.address().to_string()).arg(edge.to_string());
            let status = command.status();
            let (after, full) = spent();
            let seconds = begin.elapsed().as_secs_f64();
            let held = (CHANNELS * edge.pow(3) * 16) as f64 / 1e6;
            let grown = full[0] - idle[0];
            println!(
                "edge {edge}: {CHANNELS} channels, {:.0} updates/s, {:.0} % of one core, {grown:.0} MB for {held:.0} MB of LUTs \
                 ({:.2} times, {:.0} MB of it shared), p99 {:.2} ms, clients {}",
                b.metrics().updates() as f64 / seconds,
                (after - before) / seconds * 100.0,
                grown / held,
                full[1],
                b.metrics().percentile_us(0.99).unwrap_or(0.0) / 1e3,
                status.map_or("failed".into(), |s| s.to_string())
            );
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn main() -> Result<(), vfx_lutbox::LutBoxError> {
    on_linux::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("SKIPPED: the local bus exists on Linux only");
}
