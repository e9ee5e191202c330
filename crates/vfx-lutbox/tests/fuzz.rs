//! Seeded mutations of sound inputs for every parser: a second a parser, or `VFX_LUTBOX_FUZZ_SECONDS`, all together; the seed is
//! `VFX_LUTBOX_FUZZ_SEED`. What shows a fault is printed in hexadecimal.

mod support;

use std::time::{Duration, Instant};

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
    let seconds = number("VFX_LUTBOX_FUZZ_SECONDS").unwrap_or(support::PARSERS.len() as u64 / 5);
    let seed = number("VFX_LUTBOX_FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15);
    let each = Duration::from_secs(seconds) / support::PARSERS.len() as u32;
    for (parser, name) in support::PARSERS.iter().enumerate() {
        let mut r = Random(seed ^ (parser as u64 + 1));
        let seeds = support::seeds(parser);
        for s in &seeds {
            support::check(parser, s);
        }
        let (begin, mut runs, mut slowest) = (Instant::now(), 0u64, Duration::ZERO);
        while begin.elapsed() < each {
            let input = mutate(&mut r, &seeds);
            let start = Instant::now();
            let run = std::panic::catch_unwind(|| support::check(parser, &input));
            let mut took = start.elapsed();
            if took > Duration::from_secs(1) {
                // A busy machine keeps the thread waiting now and then; an input that is slow is slow again.
                let start = Instant::now();
                let _ = std::panic::catch_unwind(|| support::check(parser, &input));
                took = took.min(start.elapsed());
            }
            slowest = slowest.max(took);
            runs += 1;
            if run.is_err() {
                let hex: String = input.iter().map(|b| format!("{b:02x}")).collect();
                panic!("{name}: fault at run {runs} of seed {seed}: {hex}");
            }
        }
        println!("{name}: {runs} runs, slowest {slowest:?}");
        assert!(slowest < Duration::from_secs(10), "{name}: {slowest:?}");
    }
}
