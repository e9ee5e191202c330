//! Hostile and clumsy clients beside a good one: slow-loris connections, floods, disconnects in the middle of a frame, NaN LUTs. The
//! good channel keeps its updates and memory does not grow.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vfx_lutbox::bus::Reader;
use vfx_lutbox::opengradeio::client::{Client, set_lut};
use vfx_lutbox::{AxisOrder, ChannelId, Config, Cube, Layout, LutBox};

const EDGE: usize = 17;
const SLOW: usize = 64;

fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = text.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4096.0 / 1e6
}

fn flat(value: f32) -> Cube {
    Cube::new(AxisOrder::BlueFastest, vec![[value; 3]; EDGE.pow(3)]).unwrap()
}

fn nan_frame() -> Vec<u8> {
    let mut frame = set_lut(Some("bad"), &flat(1.0), AxisOrder::BlueFastest);
    let at = frame.len() - 200;
    frame[at..at + 64].fill(0xff);
    frame
}

#[test]
fn hostile_clients_leave_other_channels_alone() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("vglb.sock");
    let b = LutBox::start(Config {
        port: 0,
        socket: Some(socket.clone()),
        max_connections: 128,
        max_per_address: 128,
        ..Config::default()
    })
    .unwrap();
    let mut good = Client::connect(b.address()).unwrap();
    let send = |c: &mut Client, v: f32| {
        c.send(&set_lut(Some("good"), &flat(v), AxisOrder::BlueFastest))
            .unwrap();
    };
    send(&mut good, 0.0);
    let mut slow: Vec<TcpStream> = (0..SLOW)
        .map(|i| {
            let mut s = TcpStream::connect(b.address()).unwrap();
            // A part of a length, or a length and nothing after it.
            let head: &[u8] = if i % 2 == 0 { &[5, 0] } else { &[0, 0, 1, 0] };
            s.write_all(head).unwrap();
            s
        })
        .collect();
    let stop = AtomicBool::new(false);
    let (bad, clumsy) = (
        nan_frame(),
        set_lut(Some("half"), &flat(1.0), AxisOrder::BlueFastest),
    );
    let mut reader = Reader::open(&socket, "good").unwrap();
    let (mut before, mut worst) = (0.0, Duration::ZERO);
    std::thread::scope(|s| {
        s.spawn(|| {
            let mut c = Client::connect(b.address()).unwrap();
            while !stop.load(Ordering::Relaxed) {
                let refusal = c.send(&bad).unwrap_err().to_string();
                assert!(refusal.contains("not finite"), "{refusal}");
            }
        });
        s.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let mut c = TcpStream::connect(b.address()).unwrap();
                c.write_all(&clumsy[..clumsy.len() / 2]).unwrap();
                drop(c);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        s.spawn(|| {
            // A flood that never reads its replies.
            let mut c = TcpStream::connect(b.address()).unwrap();
            let frame = set_lut(Some("flood"), &flat(2.0), AxisOrder::BlueFastest);
            c.set_write_timeout(Some(Duration::from_millis(200)))
                .unwrap();
            while !stop.load(Ordering::Relaxed) {
                if c.write_all(&frame).is_err() {
                    break;
                }
            }
        });
        let mut out = Vec::new();
        for i in 0..300u16 {
            if i == 100 {
                before = resident_mb();
            }
            let v = f32::from(i) + 0.5;
            let begin = Instant::now();
            send(&mut good, v);
            worst = worst.max(begin.elapsed());
            reader.read(&mut out).unwrap();
            assert_eq!(out, Layout::OriginalStrip.texels(&flat(v)));
        }
        stop.store(true, Ordering::Relaxed);
    });
    let after = resident_mb();
    println!("slowest update {worst:?}, resident {before:.1} MB, then {after:.1} MB");
    assert!(after - before < 16.0, "{before} MB grew to {after} MB");
    assert!(worst < Duration::from_secs(5), "{worst:?}");
    let id = |name| ChannelId::from_instance(Some(name)).unwrap();
    assert!(b.channels().get(&id("bad")).is_none());
    assert!(b.channels().get(&id("half")).is_none());
    // All slow ones are closed when their ten seconds are over.
    let begin = Instant::now();
    let count = || b.metrics().to_json()["slow_closed"].as_u64().unwrap() as usize;
    while count() < SLOW && begin.elapsed() < Duration::from_secs(20) {
        for s in &mut slow {
            // One byte a second is not enough either; a closed one fails.
            let _ = s.write_all(&[0]);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(count(), SLOW);
    send(&mut good, 7.0);
}
