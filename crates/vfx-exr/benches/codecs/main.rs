//! What the crate promises, measured against OpenEXR in the same run; prints Markdown tables.
//!
//! `cargo bench -p vfx-exr --bench codecs -- [--alone] [--full] [--only=SECTION,...] [METHOD[:LEVEL] ...]`. Sections: `picture`, `camera`, `render`, `threads`, `partial`,
//! `header`, `memory`; all unless told. `--alone` leaves the peer out, for profiles; `--full` takes pictures of 8192 x 8192 and a render of 4096 x 2160.
//! The peer needs the Python of `./test`; pictures are tiled up from the photographs of the shared test data. Either one missing leaves its rows out.

mod memory;
mod render;
mod timing;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use timing::*;
use vfx_exr::*;

/// Level 0 is the fast coder.
const METHODS: &str =
    "none rle zips zip zip:0 piz pxr24 b44 b44a dwaa dwab htj2k32 htj2k256 lj2k zstd";
const THREADED: &str = "zip piz dwaa htj2k32";
const PARTS: usize = 500;

struct Bench {
    dir: PathBuf,
    alone: bool,
    full: bool,
    repeats: usize,
    methods: Vec<String>,
}

/// What the peer measured: seconds and bytes.
struct Peer {
    write: f64,
    read: f64,
    size: f64,
    write_wall: f64,
    read_wall: f64,
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn python(arguments: &[&str]) -> Option<String> {
    let out = Command::new(root().join(".peers/bin/python"))
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/codecs/peer.py"
        ))
        .args(arguments)
        .output()
        .ok()?;
    if !out.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&out.stderr));
    }
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// A ratio, or a dash.
fn ratio(a: f64, b: f64) -> String {
    match a / b {
        r if r.is_finite() => format!("{r:.2}"),
        _ => "–".into(),
    }
}

fn rate(bytes: usize, seconds: f64) -> String {
    match bytes as f64 / 1e6 / seconds {
        r if r.is_finite() => format!("{r:.0}"),
        _ => "–".into(),
    }
}

fn with_method(header: &Header, method: &str) -> Header {
    let (name, level) = method.split_once(':').unwrap_or((method, ""));
    let mut header = header.clone();
    header.compression = Compression::from_name(name).expect("a method");
    header.compression_level = level.parse().ok();
    header
}

impl Bench {
    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The peer on one method; dashes in the tables when it is missing or refuses.
    fn peer(&self, source: &Path, method: &str, threads: usize) -> Peer {
        let name = method.split(':').next().unwrap_or_default();
        let (out, repeats) = (self.file("theirs.exr"), self.repeats.to_string());
        let threads = threads.to_string();
        let [source, target] = [source, &out].map(|p| p.to_str().unwrap_or_default());
        let text = if self.alone {
            None
        } else {
            python(&["speed", source, &repeats, target, &threads, name])
        };
        let text = text.unwrap_or_default();
        let numbers = text
            .split_whitespace()
            .map(|t| t.parse().unwrap_or(f64::NAN));
        let mut numbers = numbers.chain(std::iter::repeat(f64::NAN));
        let mut next = || numbers.next().unwrap_or(f64::NAN);
        Peer {
            write: next(),
            read: next(),
            size: next(),
            write_wall: next(),
            read_wall: next(),
        }
    }

    /// A picture of photographs: made by the peer's script, kept in memory.
    fn photographs(&self, content: &str) -> Option<PathBuf> {
        let path = self.file(&format!("{content}.exr"));
        let (width, height) = if self.full {
            ("8192", "8192")
        } else {
            ("4096", "2048")
        };
        let mut arguments = vec![content, path.to_str()?, width, height];
        let shared = root().join("../shared/data");
        let still = shared.join("exr/openexr-images/ScanLines/StillLife.exr");
        let mut names: Vec<PathBuf> = ["photo/kodak", "photo/clic2025"]
            .iter()
            .flat_map(|d| std::fs::read_dir(shared.join(d)).into_iter().flatten())
            .filter_map(|e| Some(e.ok()?.path()))
            .collect();
        names.sort();
        match content {
            "camera" => arguments.push(still.to_str()?),
            _ => arguments.extend(names.iter().filter_map(|n| n.to_str())),
        }
        if arguments.len() > 4 {
            python(&arguments)?;
        }
        if !path.exists() {
            eprintln!("SKIPPED {content}: no photographs or no peers");
            return None;
        }
        Some(path)
    }

    /// One thread, CPU time.
    fn speed(&self, title: &str, source: &Path) {
        let picture = read(source);
        let window = picture.header.data_window;
        let bytes = picture.bytes();
        println!(
            "\n{title}, {} x {}, {} channels, {:.0} MB; one thread, MB/s of CPU time with file I/O, best of the runs\n",
            window.width(),
            window.height(),
            picture.header.channels.len(),
            bytes as f64 / 1e6
        );
        println!(
            "| compression | encode | OpenEXR | ratio | decode | OpenEXR | ratio | size of raw | size / OpenEXR's |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        let ours = self.file("ours.exr");
        let mut planes = Vec::new();
        for method in &self.methods {
            let header = with_method(&picture.header, method);
            let (mut w, mut r) = (vec![], vec![]);
            let mut one = || {
                w.push(cpu_of(|| write(&ours, &header, &picture.planes, 1)));
                r.push(cpu_of(|| read_into(&ours, None, 1, &mut planes)));
            };
            // Ours before and after the peer: the machine's pace changes. The best run, on both sides.
            (0..self.repeats).for_each(|_| one());
            let peer = self.peer(source, method, 0);
            if !self.alone {
                (0..self.repeats).for_each(|_| one());
            }
            let size = std::fs::metadata(&ours).map_or(f64::NAN, |m| m.len() as f64);
            let (w, r) = (least(&w), least(&r));
            println!(
                "| {method} | {} | {} | {} | {} | {} | {} | {:.4} | {} |",
                rate(bytes, w),
                rate(bytes, peer.write),
                ratio(peer.write, w),
                rate(bytes, r),
                rate(bytes, peer.read),
                ratio(peer.read, r),
                size / bytes as f64,
                if peer.size.is_finite() {
                    format!("{:.4}", size / peer.size)
                } else {
                    "–".into()
                },
            );
        }
    }

    /// Two threads against one, wall time, the best of the runs.
    fn threads(&self, source: &Path) {
        let picture = read(source);
        let bytes = picture.bytes();
        println!("\nTwo threads, MB/s of wall time (best run)\n");
        println!(
            "| compression | encode | over one thread | over OpenEXR | decode | over one thread | over OpenEXR |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|");
        println!(
            "| nothing but counting: what the machine grants | | {} | | | | |",
            ratio(spin(1), spin(2))
        );
        let ours = self.file("ours.exr");
        let mut planes = Vec::new();
        for method in THREADED.split(' ') {
            let header = with_method(&picture.header, method);
            let mut times: [Vec<f64>; 4] = std::array::from_fn(|_| vec![]);
            for _ in 0..2 * self.repeats {
                for threads in [1, 2] {
                    times[threads - 1].push(wall_of(|| {
                        write(&ours, &header, &picture.planes, threads);
                    }));
                    times[threads + 1]
                        .push(wall_of(|| read_into(&ours, None, threads, &mut planes)));
                }
            }
            let [w1, w2, r1, r2] = times.map(|t| least(&t));
            let peer = self.peer(source, method, 2);
            println!(
                "| {method} | {} | {} | {} | {} | {} | {} |",
                rate(bytes, w2),
                ratio(w1, w2),
                ratio(peer.write_wall, w2),
                rate(bytes, r2),
                ratio(r1, r2),
                ratio(peer.read_wall, r2)
            );
        }
    }

    /// Three of forty channels.
    fn partial(&self, picture: &Picture) {
        println!(
            "\nReading three half channels of {}, CPU ms, best of the runs\n",
            render::CHANNELS
        );
        println!(
            "| compression | 3 channels | all channels | 3 / all | file read and inflated bare | 3 / inflate |"
        );
        println!("|---|--:|--:|--:|--:|--:|");
        let path = self.file("partial.exr");
        let channels = picture.header.channels.iter().enumerate();
        let wanted: Vec<usize> = channels
            .filter(|(_, c)| c.name.starts_with("diffuse.") && c.name != "diffuse.A")
            .map(|(i, _)| i)
            .collect();
        for method in ["none", "zip", "zips"] {
            let header = with_method(&picture.header, method);
            write(&path, &header, &picture.planes, 1);
            let (mut few, mut all, mut bare) = (vec![], vec![], vec![]);
            let (mut some, mut every) = (vec![], vec![]);
            for _ in 0..4 * self.repeats {
                few.push(cpu_of(|| read_into(&path, Some(&wanted), 1, &mut some)));
                all.push(cpu_of(|| read_into(&path, None, 1, &mut every)));
                bare.push(inflate(&path));
            }
            let (few, all, bare) = (least(&few), least(&all), least(&bare));
            let bare = if method == "none" { f64::NAN } else { bare };
            println!(
                "| {method} | {:.1} | {:.1} | {} | {} | {} |",
                few * 1e3,
                all * 1e3,
                ratio(few, all),
                if bare.is_finite() {
                    format!("{:.1}", bare * 1e3)
                } else {
                    "–".into()
                },
                ratio(few, bare)
            );
        }
        _ = std::fs::remove_file(path);
    }

    fn memory(&self) {
        let side = if self.full { 32_768 } else { 8192 };
        let (from, to) = (self.file("large.exr"), self.file("copy.exr"));
        memory::make(&from, side);
        println!("\nPeak resident set of a streamed copy, {side} x {side} RGBA half ZIP\n");
        println!("| copy | MB |\n|---|--:|");
        for (how, title) in [
            ("chunks", "chunks handed on"),
            ("pixels", "decoded and packed again"),
        ] {
            let peak = memory::copy_peak(how, &from, &to).unwrap_or(f64::NAN);
            println!("| {title} | {peak:.0} |");
        }
        _ = std::fs::remove_file(from);
        _ = std::fs::remove_file(to);
    }
}

/// Wall seconds that the threads take to count to a fixed number together; the best of three.
fn spin(threads: u64) -> f64 {
    let count = || (0..400_000_000 / threads).fold(1u64, |v, i| std::hint::black_box(v ^ i));
    let all = || std::thread::scope(|s| (0..threads).for_each(|_| drop(s.spawn(count))));
    least(&[wall_of(all), wall_of(all), wall_of(all)])
}

/// CPU seconds of reading a file and of libdeflate alone over its chunks.
fn inflate(path: &Path) -> f64 {
    let reader = open(path);
    if reader.headers()[0].compression == Compression::None {
        return f64::NAN;
    }
    let channels = reader.headers()[0].channels.clone();
    let chunk = |n| {
        let region = reader.chunk_region(0, n).expect("a chunk").region;
        let row: usize = channels.iter().map(|c| row_bytes(c, &region)).sum();
        let raw = row * region.height() as usize;
        (reader.packed_chunk(0, n).expect("a sound file"), raw)
    };
    let chunks: Vec<(Vec<u8>, usize)> = (0..reader.chunk_count(0)).map(chunk).collect();
    let mut out = vec![0; chunks.iter().map(|c| c.1).max().unwrap_or(0)];
    let mut block = vec![0; 512 << 10];
    let mut decompressor = libdeflater::Decompressor::new();
    cpu_of(|| {
        let mut file = std::fs::File::open(path).expect("the file just written");
        while file.read(&mut block).expect("a readable file") > 0 {}
        for (packed, raw) in chunks.iter().filter(|c| c.0.len() < c.1) {
            let result = decompressor.zlib_decompress(packed, &mut out[..*raw]);
            assert_eq!(result.ok(), Some(*raw));
        }
    })
}

/// Opening a file of many parts.
fn header() {
    let channels = ["B", "G", "R"].map(|n| Channel::new(n, SampleType::Half));
    let named = |i| {
        let mut h = Header::new(Box2i::from_size(8, 8), channels.to_vec(), Compression::Zip);
        h.name = Some(format!("layer.{i:03}"));
        h
    };
    let headers = (0..PARTS).map(named).collect();
    let mut writer = Writer::create(Cursor::new(Vec::new()), headers).unwrap();
    let plane = PlaneRef {
        bytes: &[0; 128],
        stride: 16,
    };
    for part in 0..PARTS {
        let encoder = writer.encoder(part).unwrap();
        writer
            .commit(encoder.encode(ChunkIndex(0), &[plane; 3]).unwrap())
            .unwrap();
    }
    let file: &'static [u8] = writer.finish().unwrap().into_inner().leak();
    let one = || wall_of(|| Reader::open(file, &Limits::default()).unwrap());
    let times: Vec<f64> = (0..51).map(|_| one()).collect();
    println!(
        "\nHeaders and offset tables of {PARTS} parts, in memory: {:.2} ms of wall time",
        median(times) * 1e3
    );
}

/// The peer's arrays lie in huge pages; ours should too, or page faults are what is compared.
fn with_huge_pages() -> bool {
    const TUNABLES: &str = "GLIBC_TUNABLES";
    if std::env::var_os(TUNABLES).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("the program's path");
    let mut again = Command::new(program);
    again
        .args(std::env::args_os().skip(1))
        .env(TUNABLES, "glibc.malloc.hugetlb=1");
    again.status().is_err()
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, how, from, to] = &given[..]
        && flag == "--copy"
    {
        return memory::copy(how, Path::new(from), Path::new(to));
    }
    if !with_huge_pages() {
        return;
    }
    let flag = |name: &str| given.iter().any(|a| a == name);
    let only = given.iter().find_map(|a| a.strip_prefix("--only="));
    let wanted = |section: &str| match only {
        Some(list) => list.split(',').any(|s| s == section),
        None => true,
    };
    let named: Vec<String> = given
        .iter()
        .filter(|a| !a.starts_with("--"))
        .cloned()
        .collect();
    let methods = if named.is_empty() {
        METHODS.split(' ').map(str::to_owned).collect()
    } else {
        named
    };
    let shm = Path::new("/dev/shm");
    let dir = if shm.is_dir() {
        tempfile::tempdir_in(shm)
    } else {
        tempfile::tempdir()
    };
    let dir = dir.expect("a scratch folder");
    let alone = flag("--alone") || !root().join(".peers/bin/python").exists();
    let bench = Bench {
        dir: dir.path().to_owned(),
        alone,
        full: flag("--full"),
        repeats: if flag("--full") { 1 } else { 3 },
        methods,
    };
    for (content, title) in [
        ("picture", "Photographs"),
        ("camera", "A photograph with sensor noise"),
    ] {
        let threads = content == "picture" && wanted("threads");
        if !wanted(content) && !threads {
            continue;
        }
        if let Some(source) = bench.photographs(content) {
            if wanted(content) {
                bench.speed(title, &source);
            }
            if threads {
                bench.threads(&source);
            }
        }
    }
    if wanted("render") || wanted("partial") {
        let (width, height) = if bench.full {
            (4096, 2160)
        } else {
            (1280, 720)
        };
        let picture = render::picture(width, height);
        let source = bench.file("render.exr");
        write(&source, &picture.header, &picture.planes, 1);
        if wanted("render") {
            bench.speed("Render", &source);
        }
        if wanted("partial") {
            bench.partial(&picture);
        }
    }
    if wanted("header") {
        header();
    }
    if wanted("memory") {
        bench.memory();
    }
}
