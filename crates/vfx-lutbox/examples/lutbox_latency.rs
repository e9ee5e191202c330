//! Latency of the box on this machine, for 33 and 64 entries an edge: from the client's last byte to visible in shared memory
//! (a second process's view, waited for), and the server's own time from the frame's last byte. Prints p50 and p99.

use std::io::Write;
use std::time::{Duration, Instant};

use vfx_lutbox::bus::Reader;
use vfx_lutbox::opengradeio::client::{Client, set_lut};
use vfx_lutbox::{AxisOrder, Config, Cube, LutBox, LutBoxError};

const UPDATES: usize = 400;

fn main() -> Result<(), LutBoxError> {
    let socket = std::env::temp_dir().join(format!("vglb-bench-{}.sock", std::process::id()));
    for edge in [33, 64] {
        let b = LutBox::start(Config {
            port: 0,
            socket: Some(socket.clone()),
            ..Config::default()
        })?;
        let mut client = Client::connect(b.address())?;
        let frame = set_lut(Some("A"), &Cube::identity(edge), AxisOrder::BlueFastest);
        client.send(&frame)?;
        let reader = Reader::open(&socket, "A")?;
        let mut times = Vec::new();
        let (body, last) = frame.split_at(frame.len() - 1);
        for _ in 0..UPDATES {
            let seen = reader.count();
            let mut start = Instant::now();
            let stream = client.stream();
            // The whole frame but its last byte is given time to arrive, so that the network's share is left out.
            let sent = stream.write_all(body).and_then(|()| {
                std::thread::sleep(Duration::from_millis(4));
                start = Instant::now();
                stream.write_all(last)
            });
            sent.map_err(|source| LutBoxError::Io {
                what: "send",
                source,
            })?;
            // As a program that draws would wait; one that spins holds a processor, and with two the box then waits for a tick.
            while reader.count() == seen {
                reader.wait(seen, Duration::from_secs(1));
            }
            times.push(start.elapsed().as_secs_f64() * 1e3);
            client.reply()?;
        }
        times.sort_by(f64::total_cmp);
        let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize];
        let own = |q: f64| b.metrics().percentile_us(q).unwrap_or(0.0) / 1e3;
        println!(
            "edge {edge}: last byte to visible p50 {:.3} ms p99 {:.3} ms; frame to reply p50 {:.3} ms p99 {:.3} ms",
            at(0.5),
            at(0.99),
            own(0.5),
            own(0.99)
        );
    }
    Ok(())
}
