//! Writes a tiled, mipmapped file while it is being rendered: tiles are compressed on all threads and committed as they come.
//!
//! `cargo run --example write_mipmap -- OUT.exr`

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use vfx_exr::{
    Box2i, Channel, ChunkIndex, ChunkRegion, Compression, Header, LevelMode, LineOrder, PlaneRef,
    SampleType, Tiles, Writer,
};

/// What a renderer would do: one channel of the pixels of a tile, at the resolution of its level.
fn render(place: &ChunkRegion, channel: usize) -> Vec<u8> {
    let scale = f32::from(1u16 << place.level.0.min(15));
    let mut out = Vec::new();
    for y in place.region.min.1..=place.region.max.1 {
        for x in place.region.min.0..=place.region.max.0 {
            let (u, v) = (x as f32 * scale, y as f32 * scale);
            let value = ((u * 0.01).sin() * (v * 0.01).cos() + channel as f32).abs();
            out.extend_from_slice(&half::f16::from_f32(value).to_ne_bytes());
        }
    }
    out
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("write_mipmap OUT.exr")?;
    let channels = ["B", "G", "R"].map(|n| Channel::new(n, SampleType::Half));
    let mut header = Header::new(
        Box2i::from_size(1920, 1080),
        channels.to_vec(),
        Compression::Zip,
    );
    header.tiles = Some(Tiles {
        mode: LevelMode::Mipmap,
        ..Tiles::new(64, 64)
    });
    // Tiles may then lie in the file in any order, so nothing ever waits.
    header.line_order = LineOrder::RandomY;

    let writer = Writer::create(BufWriter::new(File::create(&path)?), vec![header])?;
    let encoder = writer.encoder(0).expect("one part");
    let writer = Mutex::new(writer);
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), vfx_exr::Error> {
        loop {
            let index = ChunkIndex(next.fetch_add(1, Ordering::Relaxed));
            let Some(place) = encoder.chunk_region(index) else {
                return Ok(());
            };
            let planes: Vec<Vec<u8>> = (0..3).map(|c| render(&place, c)).collect();
            let stride = place.region.width() as usize * 2;
            let refs: Vec<PlaneRef<'_>> = planes
                .iter()
                .map(|bytes| PlaneRef { bytes, stride })
                .collect();
            let chunk = encoder.encode(index, &refs)?;
            writer.lock().expect("no panic").commit(chunk)?;
        }
    };
    std::thread::scope(|s| {
        let running: Vec<_> = (0..2).map(|_| s.spawn(work)).collect();
        running
            .into_iter()
            .try_for_each(|r| r.join().expect("no panic"))
    })?;
    // Only now are the offset tables written; a crash before leaves a file that readers repair as far as it goes.
    writer.into_inner().expect("no panic").finish()?;
    println!("{path}: {} tiles", encoder.chunk_count());
    Ok(())
}
