//! Tables for BENCHMARKS.md: vfx-jpeg beside libjpeg-turbo, jpegli, zune-jpeg, jpeg-decoder and jpeg-encoder.
//!
//! `cargo run --release --manifest-path crates/vfx-jpeg/peers/Cargo.toml -- [RUNS] PICTURE.ppm...`
//! Peers in C are programs made of `peer.c` beside this crate; their paths stand in `PEER_TURBO` and `PEER_JPEGLI`, and rows
//! say `-` without them:
//!
//! ```sh
//! cc -O2 peer.c -I TURBO/src -I TURBO/build TURBO/build/libjpeg.a -o peer-turbo
//! c++ -O2 -x c++ -DJPEGLI peer.c -x none -I JPEGLI -I JPEGLI/build/lib/include/jpegli JPEGLI/build/lib/libjpegli-static.a \
//!   JPEGLI/build/third_party/highway/libhwy.a -o peer-jpegli
//! ```
//!
//! CPU time of one thread, medians of times and of ratios, every peer in turn within each round so that a machine's moods hit
//! all alike. `threads` rows are best times: what the busier thread's share allows, what the clock says, and what the machine
//! grants two threads that share nothing. Decoders read what our own encoder writes at quality 90, progressive files with
//! jpegli's scan script and with libjpeg's.

mod memory;
mod time;

use std::process::Command;
use vfx_jpeg::{Config, DecodeOptions, Decoder, Encoder, Mode, SampleKind, Sampling, Scan, Script};

/// A picture to encode.
struct Picture {
    path: String,
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

fn load(path: &str) -> Picture {
    let file = std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let text = String::from_utf8_lossy(&file[..file.len().min(32)]).into_owned();
    let mut words = text.split_ascii_whitespace().skip(1);
    let mut number = || words.next().and_then(|w| w.parse::<usize>().ok());
    let (width, height) = (number().expect("width"), number().expect("height"));
    let rgb = file[file.len() - width * height * 3..].to_vec();
    let path = path.into();
    Picture {
        path,
        width,
        height,
        rgb,
    }
}

fn config(sampling: Sampling, mode: Mode) -> Config {
    Config {
        sampling,
        mode,
        ..Config::default()
    }
}

fn encode(p: &Picture, config: Config) -> Vec<u8> {
    let mut e = Encoder::new(p.width as u32, p.height as u32, config, Vec::new()).expect("sound");
    e.write_rows(&p.rgb).expect("rows");
    e.finish().expect("memory takes everything")
}

/// Rows decoded and thrown away.
fn decode(file: &[u8], samples: SampleKind, bias: bool) {
    let mut options = DecodeOptions::default();
    (options.samples, options.dequantisation_bias) = (samples, bias);
    let mut d = Decoder::new(options);
    let (mut bytes, mut floats) = (Vec::new(), Vec::new());
    let mut drain = |d: &mut Decoder| {
        if d.header().is_none() {
            return;
        }
        if samples == SampleKind::F32 {
            floats.resize(d.row_len(), 0f32);
            while d.read_rows(&mut floats).expect("sound") > 0 {}
        } else {
            bytes.resize(d.row_len(), 0u8);
            while d.read_rows(&mut bytes).expect("sound") > 0 {}
        }
    };
    for piece in file.chunks(1 << 14) {
        d.write(piece).expect("sound");
        drain(&mut d);
    }
    d.finish().expect("sound");
    drain(&mut d);
    assert!(d.report().is_clean());
}

/// Bytes and seconds of a peer in C, if it is there.
fn peer(variable: &str, args: &[&str]) -> Option<(usize, f64)> {
    let out = Command::new(std::env::var(variable).ok()?)
        .args(args)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let mut words = text.split_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

fn shown(rate: Option<f64>) -> String {
    rate.map_or("-".into(), |r| format!("{r:.0}"))
}

/// Collects rounds of rates.
#[derive(Default)]
struct Rates(Vec<f64>);

impl Rates {
    fn add(&mut self, seconds: Option<f64>) {
        self.0.extend(seconds);
    }
    /// Megapixels a second.
    fn median(&self, megapixels: f64) -> Option<f64> {
        median(self.0.clone()).map(|t| megapixels / t)
    }
    /// How many times as fast as another, round by round.
    fn over(&self, other: &Rates) -> String {
        let rounds = other
            .0
            .iter()
            .zip(&self.0)
            .map(|(theirs, ours)| theirs / ours);
        median(rounds.collect()).map_or("-".into(), |r| format!("{r:.2}"))
    }
}

fn median(mut v: Vec<f64>) -> Option<f64> {
    v.sort_by(f64::total_cmp);
    v.get(v.len() / 2).copied()
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let runs = args.first().and_then(|a| a.parse().ok());
    if runs.is_some() {
        args.remove(0);
    }
    let runs: usize = runs.unwrap_or(5);
    let only = std::env::var("TABLES").unwrap_or("decode,float,encode,threads,memory".into());
    for path in &args {
        let p = load(path);
        let name = path.rsplit('/').next().unwrap_or(path);
        println!("\n{name}, {} x {}, medians of {runs}", p.width, p.height);
        for table in only.split(',') {
            match table {
                "decode" => decoding(&p, runs),
                "float" => floats(&p, runs),
                "encode" => encoding(&p, runs),
                "threads" => threads(&p, runs),
                "memory" => memory::table(&p),
                other => panic!("no table '{other}'"),
            }
        }
    }
}

fn cases() -> Vec<(&'static str, Sampling, Mode)> {
    let progressive = || Mode::Progressive(Script::Level2);
    vec![
        ("4:2:0 baseline", Sampling::S420, Mode::Streaming),
        ("4:4:4 baseline", Sampling::S444, Mode::Streaming),
        ("4:2:0 progressive", Sampling::S420, progressive()),
        ("4:4:4 progressive", Sampling::S444, progressive()),
    ]
}

/// The script of libjpeg's `simple_progression` for three components (jcparam.c): ten scans.
fn libjpeg_script() -> Mode {
    let scan = |components: &[u8], ss, se, ah, al| Scan {
        components: components.to_vec(),
        ss,
        se,
        ah,
        al,
    };
    Mode::Progressive(Script::Custom(vec![
        scan(&[0, 1, 2], 0, 0, 0, 1),
        scan(&[0], 1, 5, 0, 2),
        scan(&[2], 1, 63, 0, 1),
        scan(&[1], 1, 63, 0, 1),
        scan(&[0], 6, 63, 0, 2),
        scan(&[0], 1, 63, 2, 1),
        scan(&[0, 1, 2], 0, 0, 1, 0),
        scan(&[2], 1, 63, 1, 0),
        scan(&[1], 1, 63, 1, 0),
        scan(&[0], 1, 63, 1, 0),
    ]))
}

fn decoding(p: &Picture, runs: usize) {
    let megapixels = (p.width * p.height) as f64 * 1e-6;
    println!(
        "\n| decode to u8, MP/s | vfx-jpeg | libjpeg-turbo | ratio | zune-jpeg | jpeg-decoder |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    let mut cases = cases();
    cases.push(("4:2:0 libjpeg's script", Sampling::S420, libjpeg_script()));
    cases.push(("4:4:4 libjpeg's script", Sampling::S444, libjpeg_script()));
    for (name, sampling, mode) in cases {
        let file = encode(p, config(sampling, mode));
        let path = std::env::temp_dir().join(format!("peers_{}.jpg", std::process::id()));
        std::fs::write(&path, &file).expect("a scratch file");
        let mut rates: [Rates; 4] = Default::default();
        for _ in 0..runs {
            rates[0].add(Some(time::cpu(|| decode(&file, SampleKind::Native, false))));
            let turbo = peer(
                "PEER_TURBO",
                &["decode", path.to_str().expect("a name"), "1"],
            );
            rates[1].add(turbo.map(|t| t.1));
            rates[2].add(Some(time::cpu(|| {
                let options = zune_core::options::DecoderOptions::default();
                let source = zune_core::bytestream::ZCursor::new(&file[..]);
                let mut d = zune_jpeg::JpegDecoder::new_with_options(source, options);
                assert!(!d.decode().expect("sound").is_empty());
            })));
            rates[3].add(Some(time::cpu(|| {
                let mut d = jpeg_decoder::Decoder::new(&file[..]);
                assert!(!d.decode().expect("sound").is_empty());
            })));
        }
        let _ = std::fs::remove_file(path);
        let ratio = rates[0].over(&rates[1]);
        let [ours, turbo, zune, other] = rates.map(|r| shown(r.median(megapixels)));
        println!("| {name} | {ours} | {turbo} | {ratio} | {zune} | {other} |");
    }
}

fn floats(p: &Picture, runs: usize) {
    let megapixels = (p.width * p.height) as f64 * 1e-6;
    println!("\n| decode to f32 with bias, MP/s | vfx-jpeg | jpegli | ratio |");
    println!("|---|--:|--:|--:|");
    for (name, sampling, mode) in cases() {
        let file = encode(p, config(sampling, mode));
        let path = std::env::temp_dir().join(format!("peers_{}.jpg", std::process::id()));
        std::fs::write(&path, &file).expect("a scratch file");
        let mut rates: [Rates; 2] = Default::default();
        for _ in 0..runs {
            rates[0].add(Some(time::cpu(|| decode(&file, SampleKind::F32, true))));
            let args = ["decode", path.to_str().expect("a name"), "1", "float"];
            rates[1].add(peer("PEER_JPEGLI", &args).map(|t| t.1));
        }
        let _ = std::fs::remove_file(path);
        let ratio = rates[0].over(&rates[1]);
        let [ours, jpegli] = rates.map(|r| shown(r.median(megapixels)));
        println!("| {name} | {ours} | {jpegli} | {ratio} |");
    }
}

fn encoding(p: &Picture, runs: usize) {
    let megapixels = (p.width * p.height) as f64 * 1e-6;
    println!(
        "\n| encode at distance 1, MP/s | vfx-jpeg | bytes | jpegli | bytes | ratio | jpeg-encoder q90 | bytes |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for (name, sampling, mode) in cases() {
        let progressive = mode != Mode::Streaming;
        let factors = if sampling == Sampling::S420 { "2" } else { "1" };
        let mut rates: [Rates; 3] = Default::default();
        let mut sizes = [0; 3];
        for _ in 0..runs {
            let config = config(sampling, mode.clone());
            rates[0].add(Some(time::cpu(|| sizes[0] = encode(p, config).len())));
            let level = if progressive { ["2", "1"] } else { ["0", "0"] };
            let args = [
                "encode", &p.path, "1.0", factors, factors, level[0], level[1], "1",
            ];
            if let Some((bytes, seconds)) = peer("PEER_JPEGLI", &args) {
                sizes[1] = bytes;
                rates[1].add(Some(seconds));
            }
            rates[2].add(Some(time::cpu(|| {
                let mut out = Vec::new();
                let mut e = jpeg_encoder::Encoder::new(&mut out, 90);
                e.set_progressive(progressive);
                e.set_sampling_factor(if sampling == Sampling::S420 {
                    jpeg_encoder::SamplingFactor::R_4_2_0
                } else {
                    jpeg_encoder::SamplingFactor::R_4_4_4
                });
                let (w, h) = (p.width as u16, p.height as u16);
                e.encode(&p.rgb, w, h, jpeg_encoder::ColorType::Rgb)
                    .expect("sound");
                sizes[2] = out.len();
            })));
        }
        let ratio = rates[0].over(&rates[1]);
        let [ours, jpegli, other] = rates.map(|r| shown(r.median(megapixels)));
        let [a, b, c] = sizes;
        println!("| {name} | {ours} | {a} | {jpegli} | {b} | {ratio} | {other} | {c} |");
    }
}

fn threads(p: &Picture, runs: usize) {
    println!(
        "\n| ms | one thread, CPU | busier of two, CPU | bound | one, wall | two, wall | ratio | granted |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let row = |name: &str, work: &(dyn Fn(usize) + Sync)| {
        let mut best = [f64::INFINITY; 5];
        for _ in 0..runs {
            let times = [
                time::cpu(|| work(1)),
                time::busier(|| work(2)),
                time::wall(|| work(1)),
                time::wall(|| work(2)),
                time::wall(|| {
                    std::thread::scope(|scope| {
                        scope.spawn(|| work(1));
                        work(1);
                    });
                }),
            ];
            for (best, t) in best.iter_mut().zip(times) {
                *best = best.min(1e3 * t);
            }
        }
        let [cpu, busier, one, two, both] = best;
        let (bound, ratio, granted) = (cpu / busier, one / two, 2.0 * one / both);
        println!(
            "| {name} | {cpu:.1} | {busier:.1} | {bound:.2} | {one:.1} | {two:.1} | {ratio:.2} | {granted:.2} |"
        );
    };
    let mut with_restarts = config(Sampling::S420, Mode::Streaming);
    with_restarts.restart_interval = (p.width.div_ceil(16)) as u16;
    let file = encode(p, with_restarts);
    let mut options = DecodeOptions::default();
    row("decode 4:2:0, restart markers", &|n| {
        let mut options = options.clone();
        options.threads = n;
        assert!(vfx_jpeg::decode(&file, options).is_ok());
    });
    let plain = encode(p, config(Sampling::S420, Mode::Streaming));
    row("decode 4:2:0, neither", &|n| {
        let mut options = options.clone();
        options.threads = n;
        assert!(vfx_jpeg::decode(&plain, options).is_ok());
    });
    options.checkpoints = true;
    let (_, visited) = vfx_jpeg::decode(&plain, options.clone()).expect("sound");
    options.index = Some(std::sync::Arc::new(visited.index().clone()));
    row("decode 4:2:0, recorded checkpoints", &|n| {
        let mut options = options.clone();
        options.threads = n;
        assert!(vfx_jpeg::decode(&plain, options).is_ok());
    });
    for (name, mode) in [
        ("encode 4:2:0 streaming", Mode::Streaming),
        ("encode 4:2:0 sequential", Mode::Sequential),
        (
            "encode 4:2:0 progressive",
            Mode::Progressive(Script::Level2),
        ),
    ] {
        row(name, &|n| {
            let mut config = config(Sampling::S420, mode.clone());
            config.threads = n;
            assert!(!encode(p, config).is_empty());
        });
    }
}
