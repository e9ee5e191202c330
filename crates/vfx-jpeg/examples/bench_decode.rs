//! Thread CPU time of decoding a file by rows, rows discarded: `bench_decode u8|f32|bias RUNS FILES`. Prints MP/s, median.

use std::time::Duration;

use vfx_jpeg::{Channels, DecodeOptions, Decoder, Sample, SampleKind};

/// CPU time of this process so far, from the kernel's accounting in nanoseconds.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text
        .split_whitespace()
        .next()
        .and_then(|v| v.parse().ok())
        .unwrap_or(0);
    Duration::from_nanos(nanos)
}

fn run<T: Sample>(bytes: &[u8], options: &DecodeOptions) -> Result<usize, vfx_jpeg::JpegError> {
    let mut decoder = Decoder::new(options.clone());
    let mut row = Vec::new();
    let mut rows = 0;
    for piece in bytes.chunks(16384) {
        decoder.write(piece)?;
        if row.is_empty() && decoder.header().is_some() {
            row = vec![T::default(); decoder.row_len()];
        }
        if !row.is_empty() {
            while decoder.read_rows(&mut row)? > 0 {
                rows += 1;
            }
        }
    }
    decoder.finish()?;
    while decoder.read_rows(&mut row)? > 0 {
        rows += 1;
    }
    Ok(rows * decoder.width())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let kind = args
        .next()
        .ok_or("usage: bench_decode u8|f32|bias RUNS FILES")?;
    let runs: usize = args.next().ok_or("runs")?.parse()?;
    let mut options = DecodeOptions::default();
    options.channels = Channels::Rgb;
    if kind != "u8" {
        options.samples = SampleKind::F32;
        options.dequantisation_bias = kind == "bias";
    }
    for name in args {
        let bytes = std::fs::read(&name)?;
        let mut times = Vec::new();
        let mut pixels = 0;
        for _ in 0..runs {
            let start = cpu();
            pixels = if kind == "u8" {
                run::<u8>(&bytes, &options)?
            } else {
                run::<f32>(&bytes, &options)?
            };
            times.push(cpu() - start);
        }
        times.sort();
        println!(
            "{name} {kind} {:.1} MP/s",
            pixels as f64 / times[runs / 2].as_secs_f64() / 1e6
        );
    }
    Ok(())
}
