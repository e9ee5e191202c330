//! Encoding speed of one picture in megapixels a second of this thread's CPU time, median of several runs.
//!
//! `PEER=program cargo run --release -p vfx-jpeg --example jpeg_speed -- RUNS DISTANCE picture.ppm`. The peer, if given, runs
//! between our runs: it is called as `program picture.ppm DISTANCE H V LEVEL OPTIMISE 1` (sampling factors, progressive
//! level, optimised Huffman tables) and prints the bytes and the CPU seconds of one encode.

use std::process::Command;
use std::time::Instant;

use vfx_jpeg::{Config, Encoder, Mode, Sampling, Script};

/// User and system time of this thread, in seconds; wall clock where `/proc` is missing.
fn cpu_seconds(start: Instant) -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/thread-self/schedstat") else {
        return start.elapsed().as_secs_f64();
    };
    stat.split_whitespace()
        .next()
        .and_then(|v| v.parse::<f64>().ok())
        .map_or(0.0, |ns| ns * 1e-9)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let runs: usize = args.next().expect("runs").parse().unwrap();
    let distance: f32 = args.next().expect("distance").parse().unwrap();
    let path = args.next().expect("picture.ppm");
    let file = std::fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&file[..20]).into_owned();
    let mut words = text.split_ascii_whitespace().skip(1);
    let (width, height): (u32, u32) = (
        words.next().unwrap().parse().unwrap(),
        words.next().unwrap().parse().unwrap(),
    );
    let rgb = &file[file.len() - (width * height * 3) as usize..];
    let pixels = f64::from(width * height) * 1e-6;
    let start = Instant::now();
    let modes = [
        ("streaming", Mode::Streaming, "0 0"),
        ("sequential", Mode::Sequential, "0 1"),
        ("progressive", Mode::Progressive(Script::Level2), "2 1"),
    ];
    println!("| sampling | mode | MP/s | bytes | peer MP/s | bytes | speed ratio |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (sampling, name, factors) in [
        (Sampling::S420, "420", "2 2"),
        (Sampling::S444, "444", "1 1"),
    ] {
        for (mode_name, mode, level) in &modes {
            let mut best = Vec::new();
            let mut peers = Vec::new();
            let (mut bytes, mut peer_bytes) = (0, String::new());
            for _ in 0..runs {
                let config = Config {
                    distance,
                    sampling,
                    mode: mode.clone(),
                    ..Config::default()
                };
                let begin = cpu_seconds(start);
                let mut encoder = Encoder::new(width, height, config, Vec::new()).unwrap();
                encoder.write_rows(rgb).unwrap();
                bytes = encoder.finish().unwrap().len();
                best.push(cpu_seconds(start) - begin);
                if let Ok(peer) = std::env::var("PEER") {
                    let out = Command::new(peer)
                        .args([&path, &distance.to_string()])
                        .args(factors.split(' '))
                        .args(level.split(' '))
                        .arg("1")
                        .output()
                        .unwrap();
                    let out = String::from_utf8_lossy(&out.stdout).into_owned();
                    let mut words = out.split_whitespace();
                    peer_bytes = words.next().unwrap_or("-").into();
                    peers.extend(words.next().and_then(|w| w.parse::<f64>().ok()));
                }
            }
            best.sort_by(f64::total_cmp);
            peers.sort_by(f64::total_cmp);
            let ours = pixels / best[runs / 2];
            let peer = peers.get(peers.len() / 2).map_or(f64::NAN, |t| pixels / t);
            println!(
                "| {name} | {mode_name} | {ours:.0} | {bytes} | {peer:.0} | {peer_bytes} | {:.2} |",
                ours / peer
            );
        }
    }
}
