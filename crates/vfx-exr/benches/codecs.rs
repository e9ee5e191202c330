//! Every codec against OpenEXR in the same run: CPU time of one thread, file I/O and fresh planes counted on both sides.
//!
//! `cargo bench -p vfx-exr --bench codecs -- [--alone] [METHOD[:LEVEL] ...]` (`--alone`: without the peer, for profiles); needs the peers that `./test` installs. Content: photographs tiled up to 4096 x 2048, RGBA half.

use std::path::{Path, PathBuf};
use std::process::Command;

use vfx_exr::*;

/// CPU seconds of this thread.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|t| t.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn python(arguments: &[&str]) -> Option<String> {
    let out = Command::new(root().join(".peers/bin/python"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/codecs.py"))
        .args(arguments)
        .output()
        .ok()?;
    if !out.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&out.stderr));
        return None;
    }
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}

fn read(path: &Path) -> (Header, Vec<Vec<u8>>) {
    let reader = Reader::open(std::fs::File::open(path).unwrap(), &Limits::default()).unwrap();
    let header = reader.headers()[0].clone();
    let window = header.data_window;
    let row = |c: &Channel| window.width() as usize * c.sample_type.size();
    let mut planes: Vec<Vec<u8>> = header
        .channels
        .iter()
        .map(|c| vec![0; row(c) * window.height() as usize])
        .collect();
    let all: Vec<usize> = (0..planes.len()).collect();
    let mut out: Vec<PlaneMut<'_>> = planes
        .iter_mut()
        .zip(&header.channels)
        .map(|(p, c)| PlaneMut {
            bytes: p,
            stride: row(c),
        })
        .collect();
    reader.read(0, (0, 0), window, &all, &mut out).unwrap();
    drop(out);
    (header, planes)
}

fn write(path: &Path, header: &Header, planes: &[Vec<u8>]) {
    let file = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap());
    let mut writer = Writer::create(file, vec![header.clone()]).unwrap();
    let encoder = writer.encoder(0).unwrap();
    let top = header.data_window.min.1;
    for index in encoder.file_order().collect::<Vec<_>>() {
        let region = encoder.chunk_region(index).unwrap().region;
        let refs: Vec<PlaneRef<'_>> = encoder
            .header()
            .channels
            .iter()
            .zip(planes)
            .map(|(c, p)| {
                let stride = header.data_window.width() as usize * c.sample_type.size();
                PlaneRef {
                    bytes: &p[(region.min.1 - top) as usize * stride..],
                    stride,
                }
            })
            .collect();
        writer
            .commit(encoder.encode(index, &refs).unwrap())
            .unwrap();
    }
    writer.finish().unwrap();
}

fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
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
    if !with_huge_pages() {
        return;
    }
    let photos = root().join("../shared/data/photo");
    let mut names: Vec<PathBuf> = ["kodak", "clic2025"]
        .iter()
        .flat_map(|d| std::fs::read_dir(photos.join(d)).into_iter().flatten())
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    names.sort();
    if names.is_empty() || !root().join(".peers/bin/python").exists() {
        println!("SKIPPED: no photographs or no peers");
        return;
    }
    let still = root().join("../shared/data/exr/openexr-images/ScanLines/StillLife.exr");
    let given: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let methods: Vec<&str> = if given.is_empty() {
        "none rle zips zip zip:0 piz pxr24 b44 b44a dwaa dwab zstd"
            .split(' ')
            .collect()
    } else {
        given.iter().map(String::as_str).collect()
    };
    let alone = std::env::args().any(|a| a == "--alone");
    let shm = Path::new("/dev/shm");
    let dir = if shm.is_dir() {
        shm.to_owned()
    } else {
        std::env::temp_dir()
    };
    let repeats = 3;
    for content in ["picture", "camera"] {
        let source = dir.join(format!("vfx-exr-bench-{content}.exr"));
        let mut arguments = vec![content, source.to_str().unwrap(), "4096", "2048"];
        match content {
            "camera" => arguments.push(still.to_str().unwrap()),
            _ => arguments.extend(names.iter().filter_map(|n| n.to_str())),
        }
        if !source.exists() && python(&arguments).is_none() {
            return;
        }
        let (header, planes) = read(&source);
        let bytes: usize = planes.iter().map(Vec::len).sum();
        let mb = bytes as f64 / 1e6;
        println!("{content}: MB/s of ours, OpenEXR's, ratio; size against OpenEXR's");
        for method in &methods {
            let (name, level) = method.split_once(':').unwrap_or((method, ""));
            let mut header = header.clone();
            header.compression = Compression::from_name(name).expect("a method");
            header.compression_level = level.parse().ok();
            let ours = dir.join(format!("vfx-exr-bench-{name}-ours.exr"));
            let theirs = dir.join(format!("vfx-exr-bench-{name}-theirs.exr"));
            let (mut w, mut r, mut pw, mut pr, mut size) = (vec![], vec![], vec![], vec![], 0.0);
            for _ in 0..3 {
                for _ in 0..repeats {
                    let t = cpu();
                    write(&ours, &header, &planes);
                    w.push(cpu() - t);
                    let t = cpu();
                    let back = read(&ours);
                    r.push(cpu() - t);
                    drop(back);
                }
                if alone {
                    continue;
                }
                let line = python(&[
                    "speed",
                    source.to_str().unwrap(),
                    name,
                    "3",
                    theirs.to_str().unwrap(),
                ]);
                let line = line.unwrap_or_default();
                let v: Vec<f64> = line
                    .split_whitespace()
                    .filter_map(|t| t.parse().ok())
                    .collect();
                if let [a, b, s] = v[..] {
                    pw.push(a);
                    pr.push(b);
                    size = s;
                }
            }
            if pw.is_empty() {
                println!(
                    "{method:8} write {:5.0}   read {:5.0}",
                    mb / median(w),
                    mb / median(r)
                );
                continue;
            }
            let own = std::fs::metadata(&ours).map_or(0, |m| m.len()) as f64;
            let (w, r, pw, pr) = (median(w), median(r), median(pw), median(pr));
            println!(
                "{method:8} write {:5.0} {:5.0} {:5.2}x   read {:5.0} {:5.0} {:5.2}x   size {:.4} of raw, {:.4}x",
                mb / w,
                mb / pw,
                pw / w,
                mb / r,
                mb / pr,
                pr / r,
                own / bytes as f64,
                own / size
            );
            for path in [ours, theirs] {
                _ = std::fs::remove_file(path);
            }
        }
    }
}
