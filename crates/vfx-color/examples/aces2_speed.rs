//! Time of the ACES 2.0 output transform a pixel, each SIMD level, and of building its tables.
//!
//! Thread CPU time (Linux), median of 7 runs over 4,096 pixels in cache: `cargo run --release --example aces2_speed`.

use std::time::Instant;

use vfx_color::op::{FixedFunction, FixedStyle};
use vfx_color::program::compile;
use vfx_color::{Direction, Op};
use vfx_kernel::level::at_every_level;

/// Nanoseconds this process has run; wall time where the system does not say.
fn cpu_ns(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|s| s.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| start.elapsed().as_nanos() as f64)
}

fn main() {
    let start = Instant::now();
    for peak in [100.0, 1000.0] {
        for direction in [Direction::Forward, Direction::Inverse] {
            let op = Op::FixedFunction(FixedFunction {
                style: FixedStyle::AcesOutputTransform20,
                params: vec![peak, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329],
                direction,
            });
            let before = cpu_ns(start);
            let kernel = compile(&op).expect("valid parameters");
            println!(
                "{peak} nits {direction:?}: compiled in {:.2} ms",
                (cpu_ns(start) - before) / 1e6
            );
            at_every_level(|level| {
                const N: usize = 4096;
                // The clock of some systems ticks every 4 ms.
                const REPEATS: usize = 500;
                let noise = |k: u32| -> Vec<f32> {
                    let mut x = 12345 + k;
                    (0..N)
                        .map(|_| {
                            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            (x >> 8) as f32 / (1 << 24) as f32
                        })
                        .collect()
                };
                let source = [noise(1), noise(2), noise(3), noise(4)];
                let mut times = Vec::new();
                for _ in 0..7 {
                    let mut p = source.clone();
                    let before = cpu_ns(start);
                    for _ in 0..REPEATS {
                        for (to, from) in p.iter_mut().zip(&source) {
                            to.copy_from_slice(from);
                        }
                        kernel.run_planes(p.each_mut().map(|v| &mut v[..]));
                    }
                    times.push((cpu_ns(start) - before) / (REPEATS * N) as f64);
                }
                times.sort_by(f64::total_cmp);
                println!("  {level:9} {:.1} ns/px", times[3]);
            });
        }
    }
}
