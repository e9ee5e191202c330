//! A render of 40 channels, half and float mixed: beauty, lights, utility passes, and mattes that are mostly empty.
//!
//! Smooth shading under a little sampling noise, hard edges of a grid of discs, constant areas between them: what a path tracer's passes have in common. Deterministic.

use vfx_exr::*;

use crate::timing::Picture;

pub const CHANNELS: usize = 40;

/// Uniform in 0 to 1 for a pixel.
fn noise(seed: u64) -> f32 {
    let z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((z ^ (z >> 27)) >> 40) as f32 / (1u64 << 24) as f32
}

/// Name and type of the channels: every third pass is float.
fn channel(i: usize) -> Channel {
    let pass = [
        "diffuse", "specular", "N", "emission", "sss", "P", "key", "fill", "Z", "matte",
    ][i / 4];
    let float = matches!(pass, "N" | "P" | "Z");
    let kind = if float {
        SampleType::Float
    } else {
        SampleType::Half
    };
    Channel::new(format!("{pass}.{}", ["A", "B", "G", "R"][i % 4]), kind)
}

fn value(i: usize, x: u32, y: u32) -> f32 {
    let (u, v) = (x as f32 / 97.0, y as f32 / 83.0);
    let (fx, fy) = (u.fract() - 0.5, v.fract() - 0.5);
    let r2 = fx * fx + fy * fy;
    if r2 > 0.16 {
        return 0.0;
    }
    let object = noise(u64::from(u as u32) << 16 | u64::from(v as u32));
    let depth = (0.16 - r2).sqrt();
    let grain = noise((i as u64) << 48 | u64::from(x) << 24 | u64::from(y)) - 0.5;
    match i / 4 {
        2 => [1.0, depth, fy, fx][i % 4] * 2.5,
        5 => [1.0, depth + object, y as f32 * 0.01, x as f32 * 0.01][i % 4],
        8 => 10.0 + 5.0 * object - depth,
        9 => f32::from(u8::from((object * 16.0) as usize == i % 4)),
        _ if i.is_multiple_of(4) => 1.0,
        pass => (object + depth * (1.0 + pass as f32 * 0.2)) * (1.0 + 0.05 * grain),
    }
}

/// The picture, uncompressed.
pub fn picture(width: u32, height: u32) -> Picture {
    let channels: Vec<Channel> = (0..CHANNELS).map(channel).collect();
    let header = Header::new(
        Box2i::from_size(width, height),
        channels.clone(),
        Compression::None,
    );
    let mut planes = Vec::new();
    let mut order: Vec<usize> = (0..CHANNELS).collect();
    order.sort_by(|&a, &b| channels[a].name.cmp(&channels[b].name));
    for i in order {
        let mut plane = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let v = value(i, x, y);
                match channels[i].sample_type {
                    SampleType::Half => {
                        plane.extend_from_slice(&half::f16::from_f32(v).to_ne_bytes());
                    }
                    _ => plane.extend_from_slice(&v.to_ne_bytes()),
                }
            }
        }
        planes.push(plane);
    }
    Picture { header, planes }
}
