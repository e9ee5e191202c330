//! Seeded mutations of sound inputs for every parser: a fifth of a CPU second a parser, or `VFX_LUTBOX_FUZZ_SECONDS` of CPU time, all
//! together; the seed is `VFX_LUTBOX_FUZZ_SEED`. What shows a fault is printed in hexadecimal.

mod support;

/// CPU seconds of this thread, so that a busy machine neither shortens a test nor makes an input slow; wall seconds where the kernel
/// does not say.
fn clock() -> f64 {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = text.and_then(|t| t.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |n| n / 1e9)
}

/// Parsers, as the divisor of the time.
const PARSERS: f64 = support::PARSERS.len() as f64;
/// Inputs between two looks at the clock, which costs as much as a small input.
const BATCH: u64 = 16;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 33) as usize) % n.max(1)
    }
}

const WORDS: [&[u8]; 14] = [
    b"nan",
    b"-1",
    b"1e309",
    b"99999999999",
    b"%zz",
    b"\r\n\r\n",
    b"LUT_3D_SIZE",
    b"Content-Length: 18446744073709551615",
    b"\x00",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\xc0\x7f",
    b"</SOPNode>",
    b"{\"cdl\":",
    b"<!ENTITY a \"b\">",
];

fn mutate(r: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut out = seeds[r.below(seeds.len())].clone();
    for _ in 0..1 + r.below(6) {
        let at = r.below(out.len() + 1);
        match r.below(8) {
            0 if at < out.len() => out[at] = r.next() as u8,
            1 if at < out.len() => out[at] ^= 1 << r.below(8),
            2 => out.truncate(at),
            3 => {
                let word = WORDS[r.below(WORDS.len())];
                out.splice(at..at, word.iter().copied());
            }
            4 => {
                let end = (at + r.below(16)).min(out.len());
                out.drain(at..end);
            }
            5 => {
                let other = &seeds[r.below(seeds.len())];
                let from = r.below(other.len() + 1);
                let part = other[from..(from + r.below(64)).min(other.len())].to_vec();
                out.splice(at..at, part);
            }
            6 if at + 4 <= out.len() => {
                let near = [0, 1, 4, 5, 127, 128, 255, 256, 65535, u32::MAX, 1 << 31];
                let v = near[r.below(near.len())].wrapping_add(r.below(3) as u32);
                out[at..at + 4].copy_from_slice(&v.to_le_bytes());
            }
            _ => {
                let again = r.below(out.len() + 1);
                let (a, b) = (at.min(again), at.max(again));
                let part = out[a..b.min(a + 256)].to_vec();
                out.splice(a..a, part);
            }
        }
        out.truncate(1 << 20);
    }
    out
}

#[test]
fn mutated_inputs_are_answered_by_every_parser() {
    let number = |key: &str| std::env::var(key).ok().and_then(|v| v.parse::<u64>().ok());
    let seconds = number("VFX_LUTBOX_FUZZ_SECONDS").map_or(0.2, |s| s as f64 / PARSERS);
    let seed = number("VFX_LUTBOX_FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15);
    for (parser, name) in support::PARSERS.iter().enumerate() {
        let mut r = Random(seed ^ (parser as u64 + 1));
        let seeds = support::seeds(parser);
        for s in &seeds {
            support::check(parser, s);
        }
        let begin = clock();
        let (mut now, mut runs, mut slowest) = (begin, 0u64, 0.0_f64);
        while now - begin < seconds {
            for _ in 0..BATCH {
                let input = mutate(&mut r, &seeds);
                let run = std::panic::catch_unwind(|| support::check(parser, &input));
                runs += 1;
                if run.is_err() {
                    let hex: String = input.iter().map(|b| format!("{b:02x}")).collect();
                    panic!("{name}: fault at run {runs} of seed {seed}: {hex}");
                }
            }
            let before = std::mem::replace(&mut now, clock());
            slowest = slowest.max(now - before);
        }
        let spent = now - begin;
        println!("{name}: {runs} runs, {spent:.1} CPU s, slowest {BATCH} {slowest:.3} s");
        assert!(slowest < 10.0, "{name}: {BATCH} inputs took {slowest} s");
    }
}
