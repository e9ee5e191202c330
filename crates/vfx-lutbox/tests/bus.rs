//! The local bus read from other processes while a thousand updates a second arrive: Rust, C and Python see whole LUTs only.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vfx_lutbox::bus::Reader;
use vfx_lutbox::{Axis, AxisOrder, ChannelId, Config, Cube, Layout, Lut, LutBox, Shaper};

fn start(folder: &Path) -> (LutBox, PathBuf) {
    let socket = folder.join("vglb.sock");
    let config = Config {
        port: 0,
        socket: Some(socket.clone()),
        ..Config::default()
    };
    (LutBox::start(config).unwrap(), socket)
}

/// Values that differ between updates everywhere, many outside 0 to 1.
fn pattern(edge: usize, seed: u32) -> Cube {
    let entry = |i: usize| {
        let v = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed);
        [
            v as f32,
            -(v as f32) * 1e-20,
            f32::from_bits(v & 0x007f_ffff),
        ]
    };
    Cube::new(
        AxisOrder::BlueFastest,
        (0..edge.pow(3)).map(entry).collect(),
    )
    .unwrap()
}

fn id() -> ChannelId {
    ChannelId::from_instance(Some("A")).unwrap()
}

/// Updates at a thousand a second, or as fast as the machine can, while `work` runs; returns updates a second.
fn during_updates<T>(b: &LutBox, edge: usize, work: impl FnOnce() -> T) -> (T, f64) {
    let stop = AtomicBool::new(false);
    let cubes = [pattern(edge, 1), pattern(edge, 2), pattern(edge, 3)];
    std::thread::scope(|s| {
        let writer = s.spawn(|| {
            let begin = Instant::now();
            let mut n = 0u32;
            while !stop.load(Ordering::Relaxed) {
                b.channels()
                    .set_lut(&id(), cubes[n as usize % 3].clone())
                    .unwrap();
                n += 1;
                let due = begin + Duration::from_millis(n.into());
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            f64::from(n) / begin.elapsed().as_secs_f64()
        });
        let out = work();
        stop.store(true, Ordering::Relaxed);
        (out, writer.join().unwrap())
    })
}

#[test]
fn rust_reader_is_bit_exact_and_never_torn() {
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path());
    for edge in [33, 64] {
        b.channels().set_lut(&id(), pattern(edge, 1)).unwrap();
        let all = [1, 2, 3].map(|s| Layout::OriginalStrip.texels(&pattern(edge, s)));
        let bits = |t: &[[f32; 4]]| t.iter().map(|e| e.map(f32::to_bits)).collect::<Vec<_>>();
        let all = all.map(|t| bits(&t));
        let ((), rate) = during_updates(&b, edge, || {
            let mut reader = Reader::open(&socket, "A").unwrap();
            let mut out = Vec::new();
            for _ in 0..100 {
                let seen = reader.count();
                reader.wait(seen, Duration::from_millis(100));
                reader.read(&mut out).unwrap();
                assert!(all.contains(&bits(&out)), "torn");
            }
        });
        println!("edge {edge}: {rate:.0} updates/s");
    }
}

fn consume(mut command: Command, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path());
    for edge in [33, 64] {
        b.channels().set_lut(&id(), pattern(edge, 1)).unwrap();
        let child = &mut command;
        if edge == 33 {
            child.arg(&socket).args(["A", "200"]);
        }
        let (out, rate) = during_updates(&b, edge, || {
            child.stderr(Stdio::inherit()).output().unwrap()
        });
        let text = String::from_utf8_lossy(&out.stdout);
        println!("{name}: {} at {rate:.0} updates/s", text.trim());
        assert!(out.status.success(), "{text}");
        assert!(
            text.starts_with(&format!("edge {edge} reads 200")) && text.trim().ends_with("torn 0"),
            "{text}"
        );
    }
}

#[test]
fn c_reader_in_another_process_is_never_torn() {
    let clients = clients();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("vglb_example");
    let built = Command::new("cc")
        .args([
            "-std=c11",
            "-D_GNU_SOURCE",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
        ])
        .arg(&program)
        .arg(clients.join("vglb_example.c"))
        .status();
    match built {
        Err(e) => println!("SKIPPED: no C compiler: {e}"),
        Ok(status) => {
            assert!(status.success());
            consume(Command::new(program), "C");
        }
    }
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// A Python that has NumPy.
fn python() -> Option<PathBuf> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.peers/bin/python");
    let python = if peers.exists() {
        peers
    } else {
        "python3".into()
    };
    let has = Command::new(&python)
        .args(["-c", "import numpy"])
        .stderr(Stdio::null())
        .status();
    has.is_ok_and(|s| s.success()).then_some(python)
}

#[test]
fn python_reader_in_another_process_is_never_torn() {
    let Some(python) = python() else {
        println!("SKIPPED: no Python with NumPy");
        return;
    };
    let mut command = Command::new(python);
    command.arg(clients().join("vglb.py"));
    consume(command, "Python");
}

#[test]
fn change_of_size_retires_the_segment_and_the_reader_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path());
    b.channels().set_lut(&id(), pattern(5, 1)).unwrap();
    let mut reader = Reader::open(&socket, "A").unwrap();
    let mut out = Vec::new();
    assert_eq!(reader.read(&mut out).unwrap().edge, 5);
    b.channels().set_lut(&id(), pattern(9, 2)).unwrap();
    assert!(reader.retired());
    let info = reader.read(&mut out).unwrap();
    assert_eq!((info.edge, info.size, info.generation), (9, [81, 9, 1], 2));
    assert_eq!(out, Layout::OriginalStrip.texels(&pattern(9, 2)));
    assert_eq!(Reader::channels(&socket).unwrap(), ["A"]);
    b.channels().remove(&id()).unwrap();
    assert!(
        reader
            .read(&mut out)
            .unwrap_err()
            .to_string()
            .contains("no channel")
    );
}

#[test]
fn shaped_lut_crosses_the_bus_to_rust_and_python() {
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path());
    let rows = (0..5000u16).map(|i| [f32::from(i), f32::from_bits(i.into()), -f32::from(i)]);
    let (min, max) = ([1e-3, 0.5, 2.0], [64.0, 8.0, 4.5]);
    let shaper = Shaper::new(Axis::Log2, min, max, rows.collect()).unwrap();
    let lut = Lut {
        shaper: Some(shaper),
        cube: pattern(5, 1),
    };
    b.channels().set_lut(&id(), lut.clone()).unwrap();
    let mut reader = Reader::open(&socket, "A").unwrap();
    let (got, info) = reader.lut().unwrap();
    assert_eq!(got.shaper, lut.shaper);
    assert_eq!(got.cube.red_fastest(), lut.cube.red_fastest());
    assert_eq!((info.shaper_rows, info.shaper_axis), (5000, 1));
    let Some(python) = python() else {
        println!("SKIPPED: no Python with NumPy");
        return;
    };
    let script = "import sys, vglb, zlib\n\
        s = vglb.Channel(sys.argv[1], 'A').read()[1]['shaper']\n\
        print(s['axis'], s['min'] + s['max'], zlib.crc32(s['rows'].tobytes()))";
    let out = Command::new(python)
        .env("PYTHONPATH", clients())
        .args(["-c", script])
        .arg(&socket)
        .output()
        .unwrap();
    let texels = got.shaper.unwrap();
    let bytes: Vec<u8> = texels
        .entries()
        .iter()
        .flat_map(|e| [e[0], e[1], e[2], 1.0])
        .flat_map(f32::to_le_bytes)
        .collect();
    let want = format!(
        "log2 {:?} {}",
        min.iter()
            .chain(&max)
            .map(|v| f64::from(*v))
            .collect::<Vec<_>>(),
        crc32fast::hash(&bytes)
    );
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), want);
    // Without a shaper again.
    b.channels().set_lut(&id(), pattern(5, 2)).unwrap();
    assert_eq!(reader.lut().unwrap().0.shaper, None);
}

#[test]
fn absent_box_is_reported_with_what_starts_one() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("vglb.sock");
    let nobody = Reader::open(&socket, "A").unwrap_err().to_string();
    assert!(nobody.contains("`vfx lutbox serve`"), "{nobody}");
    // A socket that a box left behind when it was killed.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let dead = Reader::open(&socket, "A").unwrap_err().to_string();
    assert!(dead.contains("`vfx lutbox serve`"), "{dead}");
}

#[test]
fn cdl_without_a_lut_fits_every_layout() {
    for layout in vfx_lutbox::layout::LAYOUTS {
        let b = LutBox::start(Config {
            port: 0,
            socket: Some(tempfile::tempdir().unwrap().path().with_extension("sock")),
            layout,
            ..Config::default()
        });
        let b = b.unwrap();
        let id = ChannelId::from_instance(Some("A")).unwrap();
        let cdl = vfx_lutbox::CdlValues {
            offset: [0.25; 3],
            ..Default::default()
        };
        b.channels().set_cdl(&id, cdl).unwrap();
        let lut = b.channels().published(&id).unwrap();
        assert_eq!(lut.cube.edge(), layout.usual_edge());
        assert_eq!(lut.cube.at(0, 0, 0), [0.25; 3]);
    }
}
