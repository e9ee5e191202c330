//! A channel in memory of a GPU, imported by another process while updates arrive: bit-exact, never torn. Software Vulkan will do.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vfx_lutbox::bus::gpu::{Transport, uuid_from, uuid_text, vulkan};
use vfx_lutbox::bus::{CudaReader, Offer, VulkanReader};
use vfx_lutbox::{AxisOrder, ChannelId, Config, Cube, Layout, LutBox, LutBoxError};

const CHILD: &str = "VGLB_TEST_CHILD";
const READS: usize = 150;

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
    Cube::new(AxisOrder::BlueFastest, entries).unwrap()
}

fn bits(texels: &[[f32; 4]]) -> Vec<[u32; 4]> {
    texels.iter().map(|t| t.map(f32::to_bits)).collect()
}

fn start(folder: &Path, layout: Layout) -> (LutBox, PathBuf) {
    let socket = folder.join("vglb.sock");
    let config = Config {
        port: 0,
        socket: Some(socket.clone()),
        layout,
        ..Config::default()
    };
    (LutBox::start(config).unwrap(), socket)
}

fn id() -> ChannelId {
    ChannelId::from_instance(Some("A")).unwrap()
}

fn layout_of(name: &str) -> Layout {
    Layout::from_name(name).unwrap()
}

/// The consumer: this test binary again, in another process.
#[test]
fn child_reads_vulkan() {
    let Ok(arguments) = std::env::var(CHILD) else {
        return;
    };
    let parts: Vec<&str> = arguments.split('|').collect();
    let [socket, edge, layout] = parts.as_slice() else {
        panic!("{arguments}");
    };
    let edge: usize = edge.parse().unwrap();
    let layout = layout_of(layout);
    let known = [1, 2, 3].map(|s| bits(&layout.texels(&pattern(edge, s))));
    let mut reader = VulkanReader::open(Path::new(socket), "A", None).unwrap();
    let (mut out, mut generations) = (Vec::new(), std::collections::BTreeSet::new());
    for _ in 0..READS {
        let info = reader.read(&mut out).unwrap();
        assert!(known.contains(&bits(&out)), "torn or wrong");
        generations.insert(info.generation);
        let count = reader.offer().count();
        reader.offer().wait(count, Duration::from_millis(20));
    }
    assert!(generations.len() > 3, "{generations:?}");
    println!("{edge}^3 {READS} reads, {} distinct", generations.len());
}

fn no_vulkan() -> bool {
    match vulkan::Device::open(None) {
        Ok(d) => {
            println!("device: {}", d.name());
            false
        }
        Err(e) => {
            println!("SKIPPED: {e}");
            true
        }
    }
}

#[test]
fn vulkan_images_are_bit_exact_in_another_process_during_updates() {
    if no_vulkan() {
        return;
    }
    for (edge, layout) in [(33, "original-strip"), (64, "square-hald"), (17, "3d")] {
        let folder = tempfile::tempdir().unwrap();
        let (b, socket) = start(folder.path(), layout_of(layout));
        let cubes = [1, 2, 3].map(|s| pattern(edge, s));
        b.channels().set_lut(&id(), cubes[0].clone()).unwrap();
        let stop = AtomicBool::new(false);
        let (child, updates) = std::thread::scope(|s| {
            let writer = s.spawn(|| {
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    b.channels().set_lut(&id(), cubes[n % 3].clone()).unwrap();
                    n += 1;
                    std::thread::sleep(Duration::from_millis(1));
                }
                n
            });
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child_reads_vulkan", "--nocapture"])
                .env(CHILD, format!("{}|{edge}|{layout}", socket.display()))
                .output();
            stop.store(true, Ordering::Relaxed);
            (child.unwrap(), writer.join().unwrap())
        });
        let text = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success(),
            "{layout}: {text}{}",
            String::from_utf8_lossy(&child.stderr)
        );
        let line = text.lines().find(|l| l.contains("reads")).unwrap_or("");
        println!("{layout}: {line}, {updates} updates meanwhile");
    }
}

#[test]
fn change_of_size_gives_new_images() {
    if no_vulkan() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path(), Layout::OriginalStrip);
    b.channels().set_lut(&id(), pattern(5, 1)).unwrap();
    let mut reader = VulkanReader::open(&socket, "A", None).unwrap();
    let mut out = Vec::new();
    assert_eq!(reader.read(&mut out).unwrap().edge, 5);
    b.channels().set_lut(&id(), pattern(9, 2)).unwrap();
    assert!(reader.offer().retired());
    assert_eq!(reader.read(&mut out).unwrap().edge, 9);
    assert_eq!(
        bits(&out),
        bits(&Layout::OriginalStrip.texels(&pattern(9, 2)))
    );
    b.channels().remove(&id()).unwrap();
    assert!(reader.read(&mut out).is_err());
}

#[test]
fn unknown_devices_are_refused_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path(), Layout::OriginalStrip);
    b.channels().set_lut(&id(), pattern(5, 1)).unwrap();
    let none = uuid_from(&uuid_text(&[0xee; 16])).unwrap();
    for transport in [Transport::Vulkan, Transport::Cuda] {
        let e = Offer::ask(&socket, "A", transport, Some(none)).unwrap_err();
        assert!(matches!(e, LutBoxError::Refused { .. }), "{e}");
        let e = Offer::ask(&socket, "B", transport, None).unwrap_err();
        assert!(matches!(e, LutBoxError::NoChannel { .. }), "{e}");
    }
    // The channel itself is as it was.
    let mut out = Vec::new();
    let mut reader = vfx_lutbox::bus::Reader::open(&socket, "A").unwrap();
    assert_eq!(reader.read(&mut out).unwrap().edge, 5);
}

#[test]
fn cuda_memory_is_bit_exact_where_there_is_a_device() {
    let folder = tempfile::tempdir().unwrap();
    let (b, socket) = start(folder.path(), Layout::UnrealStrip);
    b.channels().set_lut(&id(), pattern(33, 1)).unwrap();
    let mut reader = match CudaReader::open(&socket, "A", None) {
        Ok(r) => r,
        Err(e) => {
            println!("SKIPPED: {e}");
            return;
        }
    };
    let mut out = Vec::new();
    for seed in 1..20 {
        b.channels().set_lut(&id(), pattern(33, seed)).unwrap();
        reader.read(&mut out).unwrap();
        let want = Layout::UnrealStrip.texels(&pattern(33, seed));
        assert_eq!(bits(&out), bits(&want));
    }
}
