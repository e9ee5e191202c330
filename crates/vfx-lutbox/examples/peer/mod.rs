//! What the GPU peers share: a box with a channel that is updated as fast as asked, this program again as the consumer, and lines that
//! say PASS or FAIL. The consumer knows every LUT by heart, so each copy is compared to the bit.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vfx_lutbox::bus::SlotInfo;
use vfx_lutbox::{AxisOrder, ChannelId, Config, Cube, Layout, Lut, LutBox, LutBoxError};

const EDGES: [usize; 2] = [33, 64];
const READS: usize = 1000;
const RATE: f64 = 1000.0;
const PATTERNS: u32 = 3;
const LAYOUT: Layout = Layout::OriginalStrip;

/// Values that differ between patterns everywhere, many outside 0 to 1, some denormal.
fn pattern(edge: usize, seed: u32) -> Cube {
    let entry = |i: usize| {
        let v = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed);
        [
            v as f32,
            -(v as f32) * 1e-20,
            f32::from_bits(v & 0x007f_ffff),
        ]
    };
    let entries = (0..edge.pow(3)).map(entry).collect();
    Cube::new(AxisOrder::BlueFastest, entries).expect("the pattern is finite")
}

/// Bits, so that denormals and signed zeros count.
fn bits(texels: &[[f32; 4]]) -> Vec<[u32; 4]> {
    texels.iter().map(|t| t.map(f32::to_bits)).collect()
}

/// A reader of one transport.
pub trait Source {
    /// Copies the newest LUT.
    fn read(&mut self, out: &mut Vec<[f32; 4]>) -> Result<SlotInfo, LutBoxError>;
    /// The device.
    fn device(&self) -> String;
}

/// Runs as the box, or (given arguments) as its consumer.
pub fn run<S: Source>(
    name: &str,
    open: impl Fn(&Path) -> Result<S, LutBoxError>,
) -> Result<ExitCode, LutBoxError> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, consumer, socket, edge] = arguments.as_slice()
        && consumer == "consumer"
    {
        let edge = edge.parse().unwrap_or(33);
        return consume(name, open(Path::new(socket))?, edge);
    }
    serve(name)
}

fn serve(name: &str) -> Result<ExitCode, LutBoxError> {
    let socket = std::env::temp_dir().join(format!("vglb-{name}-{}.sock", std::process::id()));
    let lutbox = LutBox::start(Config {
        port: 0,
        socket: Some(socket.clone()),
        layout: LAYOUT,
        ..Config::default()
    })?;
    let id = ChannelId::from_instance(Some("A"))?;
    let mut good = true;
    for edge in EDGES {
        let patterns: Vec<Arc<Lut>> = (0..PATTERNS).map(|s| pattern(edge, s).into()).collect();
        lutbox.channels().set_lut(&id, patterns[0].clone())?;
        let stop = AtomicBool::new(false);
        let (child, updates, seconds) = std::thread::scope(|s| {
            let writer = s.spawn(|| {
                let begin = Instant::now();
                let mut n = 0u32;
                while !stop.load(Ordering::Relaxed) {
                    let lut = patterns[n as usize % patterns.len()].clone();
                    if let Err(e) = lutbox.channels().set_lut(&id, lut) {
                        println!("FAIL {name} {edge}^3: update: {e}");
                        break;
                    }
                    n += 1;
                    let due = begin + Duration::from_secs_f64(f64::from(n) / RATE);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                }
                (n, begin.elapsed().as_secs_f64())
            });
            let program = std::env::current_exe();
            let child = program.and_then(|p| {
                let mut c = Command::new(p);
                c.arg("consumer").arg(&socket).arg(edge.to_string());
                c.status()
            });
            stop.store(true, Ordering::Relaxed);
            let (n, seconds) = writer.join().unwrap_or((0, 1.0));
            (child, n, seconds)
        });
        let rate = f64::from(updates) / seconds;
        println!("     {name} {edge}^3: {rate:.0} updates/s from the box meanwhile");
        good &= child.is_ok_and(|c| c.success());
    }
    println!("{} {name}", if good { "PASS" } else { "FAIL" });
    Ok(ExitCode::from(u8::from(!good)))
}

fn consume(name: &str, mut source: impl Source, edge: usize) -> Result<ExitCode, LutBoxError> {
    let known: Vec<_> = (0..PATTERNS)
        .map(|s| bits(&LAYOUT.texels(&pattern(edge, s))))
        .collect();
    let (mut out, mut times) = (Vec::new(), Vec::new());
    let (mut wrong, mut fresh, mut last) = (0, 0, 0);
    for _ in 0..READS {
        let begin = Instant::now();
        let info = source.read(&mut out)?;
        times.push(begin.elapsed().as_secs_f64() * 1e6);
        let got = bits(&out);
        wrong += usize::from(!known.contains(&got));
        fresh += usize::from(info.generation != last);
        last = info.generation;
    }
    times.sort_by(f64::total_cmp);
    let verdict = if wrong == 0 && fresh > 1 {
        "PASS"
    } else {
        "FAIL"
    };
    println!(
        "{verdict} {name} {edge}^3 on {}: {READS} reads, {fresh} distinct, {wrong} torn or wrong, read p50 {:.0} us p99 {:.0} us",
        source.device(),
        times[READS / 2],
        times[READS * 99 / 100]
    );
    Ok(ExitCode::from(u8::from(verdict == "FAIL")))
}
