//! Rows as the caller hands them over: interleaved or planar, 8-bit, 16-bit or `f32`.
//!
//! Code values are 0..=255, 0..=65535 and 0.0..=1.0; `f32` outside is clamped and NaN is 0.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8, i32x8, u8x16, u16x8, u32x4, u32x8};

use crate::JpegError;

/// One slice of samples a channel, each `rows * width` long.
#[derive(Clone, Copy, Debug)]
pub struct PlanarRows<'a, T> {
    /// The channels in the order of [`InputFormat`](super::InputFormat).
    pub planes: &'a [&'a [T]],
}

/// Any number of whole rows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Rows<'a> {
    /// Interleaved bytes.
    U8(&'a [u8]),
    /// Interleaved 16-bit samples.
    U16(&'a [u16]),
    /// Interleaved samples, 1.0 is white.
    F32(&'a [f32]),
    /// Planar bytes.
    PlanarU8(PlanarRows<'a, u8>),
    /// Planar 16-bit samples.
    PlanarU16(PlanarRows<'a, u16>),
    /// Planar samples, 1.0 is white.
    PlanarF32(PlanarRows<'a, f32>),
}

macro_rules! rows_from {
    ($($sample:ty, $interleaved:ident, $planar:ident;)*) => {$(
        impl<'a> From<&'a [$sample]> for Rows<'a> {
            fn from(rows: &'a [$sample]) -> Self {
                Self::$interleaved(rows)
            }
        }
        impl<'a> From<&'a Vec<$sample>> for Rows<'a> {
            fn from(rows: &'a Vec<$sample>) -> Self {
                Self::$interleaved(rows)
            }
        }
        impl<'a> From<&PlanarRows<'a, $sample>> for Rows<'a> {
            fn from(rows: &PlanarRows<'a, $sample>) -> Self {
                Self::$planar(*rows)
            }
        }
    )*};
}
rows_from! {
    u8, U8, PlanarU8;
    u16, U16, PlanarU16;
    f32, F32, PlanarF32;
}

impl<'a> Rows<'a> {
    /// How many rows of `width` pixels with `channels` samples these are.
    pub(super) fn count(&self, width: usize, channels: usize) -> Result<usize, JpegError> {
        let wrong = |reason| {
            let parameter = "rows";
            Err(JpegError::Parameter { parameter, reason })
        };
        let (len, row) = match self {
            Self::U8(s) => (s.len(), width * channels),
            Self::U16(s) => (s.len(), width * channels),
            Self::F32(s) => (s.len(), width * channels),
            Self::PlanarU8(p) => (planar_len(p.planes, channels)?, width),
            Self::PlanarU16(p) => (planar_len(p.planes, channels)?, width),
            Self::PlanarF32(p) => (planar_len(p.planes, channels)?, width),
        };
        if !len.is_multiple_of(row) {
            return wrong("not a whole number of rows");
        }
        Ok(len / row)
    }

    /// Row `y` alone.
    pub(super) fn row(&self, y: usize, width: usize, channels: usize) -> Row<'a> {
        let n = width * channels;
        match *self {
            Self::U8(s) => Row::U8(&s[y * n..][..n]),
            Self::U16(s) => Row::U16(&s[y * n..][..n]),
            Self::F32(s) => Row::F32(&s[y * n..][..n]),
            Self::PlanarU8(p) => Row::PlanarU8(planar_row(p.planes, y, width)),
            Self::PlanarU16(p) => Row::PlanarU16(planar_row(p.planes, y, width)),
            Self::PlanarF32(p) => Row::PlanarF32(planar_row(p.planes, y, width)),
        }
    }
}

fn planar_len<T>(planes: &[&[T]], channels: usize) -> Result<usize, JpegError> {
    let parameter = "rows";
    if planes.len() != channels {
        let reason = "not as many planes as the input format has channels";
        return Err(JpegError::Parameter { parameter, reason });
    }
    if planes.iter().any(|p| p.len() != planes[0].len()) {
        let reason = "planes differ in length";
        return Err(JpegError::Parameter { parameter, reason });
    }
    Ok(planes[0].len())
}

fn planar_row<'a, T>(planes: &[&'a [T]], y: usize, width: usize) -> [&'a [T]; 4] {
    let mut out: [&[T]; 4] = [&[]; 4];
    for (out, plane) in out.iter_mut().zip(planes) {
        *out = &plane[y * width..][..width];
    }
    out
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    F32(&'a [f32]),
    PlanarU8([&'a [u8]; 4]),
    PlanarU16([&'a [u16]; 4]),
    PlanarF32([&'a [f32]; 4]),
}

/// Pixels that are converted at a time.
pub(super) const STEP: usize = 64;

/// A step of pixels, one array a channel, 0..=255.
pub(super) type Levels = [[f32; STEP]; 4];

trait Sample: Copy {
    fn level(self) -> f32;
}
impl Sample for u8 {
    #[inline(always)]
    fn level(self) -> f32 {
        f32::from(self)
    }
}
impl Sample for u16 {
    #[inline(always)]
    fn level(self) -> f32 {
        f32::from(self) * (255.0 / 65535.0)
    }
}
impl Sample for f32 {
    #[inline(always)]
    fn level(self) -> f32 {
        let v = self * 255.0;
        // NaN compares false.
        if v > 0.0 { v.min(255.0) } else { 0.0 }
    }
}

impl Row<'_> {
    /// Loads [`STEP`] pixels from `x` on, repeating the last one beyond the row.
    #[inline(always)]
    pub fn load<S: Simd>(&self, simd: S, x: usize, channels: usize, out: &mut Levels) {
        match self {
            Row::U8(s) if channels == 3 && s.len() >= 3 * (x + STEP) => {
                rgb_bytes(simd, &s[3 * x..3 * (x + STEP)], out);
            }
            Row::U8(s) => interleaved(s, x, channels, out),
            Row::U16(s) => interleaved(s, x, channels, out),
            Row::F32(s) => interleaved(s, x, channels, out),
            Row::PlanarU8(p) => planar(p, x, channels, out),
            Row::PlanarU16(p) => planar(p, x, channels, out),
            Row::PlanarF32(p) => planar(p, x, channels, out),
        }
    }
}

/// Splits interleaved bytes by byte shuffles, three a channel; left to itself the compiler converts one at a time.
#[inline(always)]
fn rgb_bytes<S: Simd>(s: S, bytes: &[u8], out: &mut Levels) {
    for i in (0..STEP).step_by(16) {
        for (c, out) in out.iter_mut().enumerate().take(3) {
            let mut channel = u8x16::splat(s, 0);
            for part in 0..3 {
                let (from, keep) = &SHUFFLES[c][part];
                let v = u8x16::from_slice(s, &bytes[3 * i + 16 * part..][..16]);
                channel |=
                    v.swizzle_dyn(u8x16::load_array_ref(s, from)) & u8x16::load_array_ref(s, keep);
            }
            let (low, high): (u16x8<S>, u16x8<S>) = channel.widen();
            for (half, v) in [low, high].into_iter().enumerate() {
                let (a, b): (u32x4<S>, u32x4<S>) = v.widen();
                let all: u32x8<S> = a.combine(b);
                let all: i32x8<S> = all.bitcast();
                let level: f32x8<S> = all.to_float();
                level.store_slice(&mut out[i + 8 * half..][..8]);
            }
        }
    }
}

/// For channel and third of 48 bytes: where each of 16 samples lies, and whether it does.
const SHUFFLES: [[([u8; 16], [u8; 16]); 3]; 3] = {
    let mut table = [[([0; 16], [0; 16]); 3]; 3];
    let mut c = 0;
    while c < 3 {
        let mut i = 0;
        while i < 16 {
            let at = 3 * i + c;
            table[c][at / 16].0[i] = (at % 16) as u8;
            table[c][at / 16].1[i] = 255;
            i += 1;
        }
        c += 1;
    }
    table
};

#[inline(always)]
fn interleaved<T: Sample>(row: &[T], x: usize, channels: usize, out: &mut Levels) {
    match channels {
        1 => chunk::<T, 1>(row, x, out),
        3 => chunk::<T, 3>(row, x, out),
        _ => chunk::<T, 4>(row, x, out),
    }
}

#[inline(always)]
fn chunk<T: Sample, const N: usize>(row: &[T], x: usize, out: &mut Levels) {
    let (pixels, _) = row.as_chunks::<N>();
    if let Some(whole) = pixels.get(x..x + STEP) {
        for c in 0..N {
            for i in 0..STEP {
                out[c][i] = whole[i][c].level();
            }
        }
    } else {
        for i in 0..STEP {
            let pixel = pixels[(x + i).min(pixels.len() - 1)];
            for c in 0..N {
                out[c][i] = pixel[c].level();
            }
        }
    }
}

#[inline(always)]
fn planar<T: Sample>(planes: &[&[T]; 4], x: usize, channels: usize, out: &mut Levels) {
    for (plane, out) in planes.iter().zip(out).take(channels) {
        if let Some(whole) = plane.get(x..x + STEP) {
            for i in 0..STEP {
                out[i] = whole[i].level();
            }
        } else {
            for (i, out) in out.iter_mut().enumerate() {
                *out = plane[(x + i).min(plane.len() - 1)].level();
            }
        }
    }
}
