//! Reads one channel of a rectangle: only the chunks that touch it are read and decoded.
//!
//! `cargo run --example read_crop -- FILE CHANNEL X Y WIDTH HEIGHT`

use std::error::Error;
use std::fs::File;
use vfx_exr::{Box2i, Limits, PlaneMut, Reader, SampleType};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, channel, x, y, width, height] = &args[..] else {
        return Err("read_crop FILE CHANNEL X Y WIDTH HEIGHT".into());
    };
    // `File` is one source; anything that implements `ReadAt` (memory, an object store) is another.
    let reader = Reader::open(File::open(file)?, &Limits::default())?;
    let header = &reader.headers()[0];
    let index = header
        .channels
        .iter()
        .position(|c| c.name == *channel)
        .ok_or("no such channel")?;
    let (x, y): (i32, i32) = (x.parse()?, y.parse()?);
    let (width, height): (i32, i32) = (width.parse()?, height.parse()?);
    let wanted = Box2i::new((x, y), (x + width - 1, y + height - 1));
    let region = header
        .data_window
        .intersect(&wanted)
        .ok_or("the rectangle is outside the data window")?;

    let channel = &header.channels[index];
    let grid = region.sampled(channel.sampling);
    let stride = grid.width as usize * channel.sample_type.size();
    let mut bytes = vec![0; stride * grid.height as usize];
    let mut planes = [PlaneMut {
        bytes: &mut bytes,
        stride,
    }];
    // The lenient form fills damaged and missing chunks with zeros and says which they are.
    let damage = reader.read_lenient(0, (0, 0), region, &[index], &mut planes)?;
    for d in damage {
        eprintln!("chunk {}: {}", d.chunk, d.reason);
    }

    let value = |s: &[u8]| match channel.sample_type {
        SampleType::Half => half::f16::from_ne_bytes([s[0], s[1]]).to_f32(),
        SampleType::Float => f32::from_ne_bytes([s[0], s[1], s[2], s[3]]),
        SampleType::Uint => u32::from_ne_bytes([s[0], s[1], s[2], s[3]]) as f32,
    };
    let samples = bytes.chunks_exact(channel.sample_type.size()).map(value);
    let (mut count, mut sum) = (0u64, 0.0);
    for v in samples {
        count += 1;
        sum += f64::from(v);
    }
    println!("{count} samples, mean {}", sum / count as f64);
    Ok(())
}
