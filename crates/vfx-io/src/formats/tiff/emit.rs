//! Rows of unpacked samples to planes.
//!
//! In: rows of a strip or tile, native byte order, predictor undone. Out: the columns and channels asked for. Whole-byte
//! samples go straight through; packed bits, signed integers, 24 and 64 bit floats, palettes and CMYK pass through one row of 32-bit values.

use super::layout::{Color, Layout, Number};
use std::ops::Range;
use vfx_core::{ChannelSet, PlanesMut, SampleType};
use vfx_kernel::interleave::{Element, PlaneRows, deinterleave_rows};

/// Rows in memory: `stride` bytes apart; column 0 of `bytes` is column `first` of the chunk.
pub struct Rows<'a> {
    pub bytes: &'a [u8],
    pub stride: usize,
    pub first: usize,
}

/// Where they go: `x`, `y` in the planes, and which columns of the chunk.
#[derive(Clone)]
pub struct Target {
    pub x: usize,
    pub y: usize,
    pub columns: Range<usize>,
    pub rows: usize,
}

/// Copies rows of all channels, or of channel `plane` when the layout is separate.
pub fn emit(
    layout: &Layout,
    plane: usize,
    rows: &Rows<'_>,
    to: &Target,
    channels: &ChannelSet,
    out: &mut PlanesMut<'_>,
    values: &mut Vec<u32>,
) {
    let direct = layout.number != Number::Signed
        && matches!(
            layout.color,
            Color::Direct | Color::Inverted | Color::Ycbcr(_)
        );
    match layout.bits {
        8 if direct => whole::<u8>(layout, plane, rows, to, channels, out),
        16 if direct => whole::<u16>(layout, plane, rows, to, channels, out),
        32 if direct => whole::<u32>(layout, plane, rows, to, channels, out),
        _ => converted(layout, plane, rows, to, channels, out, values),
    }
}

fn whole<T: Element>(
    layout: &Layout,
    plane: usize,
    rows: &Rows<'_>,
    to: &Target,
    channels: &ChannelSet,
    out: &mut PlanesMut<'_>,
) {
    let n = layout.chunk_samples();
    let columns = to.columns.start - rows.first..to.columns.end - rows.first;
    let span = columns.start * n * size_of::<T>()..columns.end * n * size_of::<T>();
    let width = columns.len();
    if n > 1 && n <= 4 && channels.is_all(n) {
        let (size, step) = ((width, to.rows), rows.stride / size_of::<T>());
        let src: &[T] = bytemuck::cast_slice(&rows.bytes[span.start..]);
        let mut it = out.iter_mut().map(|p| p.samples_from(to.x, to.y));
        let mut next = || {
            let (samples, stride) = it.next().unwrap_or_default();
            PlaneRows { samples, stride }
        };
        return match n {
            2 => deinterleave_rows(src, step, size, &mut [next(), next()]),
            3 => deinterleave_rows(src, step, size, &mut [next(), next(), next()]),
            _ => deinterleave_rows(src, step, size, &mut [next(), next(), next(), next()]),
        };
    }
    for y in 0..to.rows {
        let src: &[T] = bytemuck::cast_slice(&rows.bytes[y * rows.stride..][span.clone()]);
        for (p, &c) in out.iter_mut().zip(&channels.0) {
            if layout.separate && c != plane {
                continue;
            }
            let row = &mut p.row::<T>(to.y + y)[to.x..to.x + width];
            match n {
                1 => row.copy_from_slice(src),
                3 => pick::<T, 3>(src, c, row),
                4 => pick::<T, 4>(src, c, row),
                _ => row
                    .iter_mut()
                    .zip(src.chunks_exact(n))
                    .for_each(|(o, s)| *o = s[c]),
            }
        }
    }
}

/// Channel `c` of `N`: the loop that the compiler can turn into shuffles.
fn pick<T: Copy, const N: usize>(src: &[T], c: usize, out: &mut [T]) {
    assert!(c < N);
    for (o, s) in out.iter_mut().zip(src.as_chunks::<N>().0) {
        *o = s[c];
    }
}

fn converted(
    layout: &Layout,
    plane: usize,
    rows: &Rows<'_>,
    to: &Target,
    channels: &ChannelSet,
    out: &mut PlanesMut<'_>,
    values: &mut Vec<u32>,
) {
    let n = layout.chunk_samples();
    let width = to.columns.len();
    let start = (to.columns.start - rows.first) * n;
    values.resize(width * n, 0);
    for y in 0..to.rows {
        let row = &rows.bytes[y * rows.stride..][..rows.stride];
        unpack((layout.number, layout.bits), row, start, values);
        for (p, &c) in out.iter_mut().zip(&channels.0) {
            if layout.separate && c != plane {
                continue;
            }
            let mut p = p.window(to.x, to.y + y, width, 1);
            let pixels = values.chunks_exact(n);
            match &layout.color {
                Color::Palette(_) if c > 2 => {
                    let full = (1 << layout.bits) - 1;
                    put(&mut p, pixels.map(|v| (v[c - 2] * 255 + full / 2) / full));
                }
                Color::Palette(map) => put(&mut p, pixels.map(|v| map[v[0] as usize][c].into())),
                Color::Cmyk if c < 3 => {
                    let full = layout.format().full_scale() as f32;
                    let white = |v: u32| 1.0 - v as f32 / full;
                    put(
                        &mut p,
                        pixels.map(|v| (white(v[c]) * white(v[3]) * full + 0.5) as u32),
                    );
                }
                Color::Cmyk => put(&mut p, pixels.map(|v| v[c + 1])),
                _ => {
                    let c = if layout.separate { 0 } else { c };
                    put(&mut p, pixels.map(|v| v[c]));
                }
            }
        }
    }
}

/// Stores the low bits of values in a plane of one row.
fn put(p: &mut vfx_core::PlaneMut<'_>, values: impl Iterator<Item = u32>) {
    match p.sample() {
        SampleType::U8 => p
            .row::<u8>(0)
            .iter_mut()
            .zip(values)
            .for_each(|(o, v)| *o = v as u8),
        SampleType::U16 | SampleType::F16 => {
            p.row::<u16>(0)
                .iter_mut()
                .zip(values)
                .for_each(|(o, v)| *o = v as u16);
        }
        SampleType::U32 | SampleType::F32 => {
            p.row::<u32>(0)
                .iter_mut()
                .zip(values)
                .for_each(|(o, v)| *o = v);
        }
    }
}

/// Samples `start ..` of a row as 32-bit values: code values, or the bits of floats.
fn unpack(stored: (Number, usize), row: &[u8], start: usize, values: &mut [u32]) {
    let n = values.len();
    match stored {
        (Number::Float, 64) => {
            for (o, b) in values.iter_mut().zip(row[start * 8..].as_chunks::<8>().0) {
                *o = (f64::from_ne_bytes(*b) as f32).to_bits();
            }
        }
        (Number::Float, 24) => {
            for (o, b) in values.iter_mut().zip(row[start * 3..].as_chunks::<3>().0) {
                *o = float24(join24(*b)).to_bits();
            }
        }
        (Number::Signed, bits) => {
            let (bytes, shift) = (bits / 8, 32 - bits);
            let full = f64::from(i32::MAX >> shift);
            for (o, b) in values
                .iter_mut()
                .zip(row[start * bytes..].chunks_exact(bytes))
            {
                let code = match *b {
                    [a] => i32::from(a.cast_signed()),
                    [a, b] => i32::from(i16::from_ne_bytes([a, b])),
                    [a, b, c, d] => i32::from_ne_bytes([a, b, c, d]),
                    _ => unreachable!("signed samples have 8, 16 or 32 bits"),
                };
                *o = ((f64::from(code) / full) as f32).to_bits();
            }
        }
        (_, 8) => {
            for (o, b) in values.iter_mut().zip(&row[start..][..n]) {
                *o = u32::from(*b);
            }
        }
        (_, 16) => {
            for (o, b) in values.iter_mut().zip(row[start * 2..].as_chunks::<2>().0) {
                *o = u32::from(u16::from_ne_bytes(*b));
            }
        }
        (_, 32) => {
            for (o, b) in values.iter_mut().zip(row[start * 4..].as_chunks::<4>().0) {
                *o = u32::from_ne_bytes(*b);
            }
        }
        (_, bits) => bit_fields(row, start * bits, bits, values),
    }
}

/// Fields of 1 ..= 31 bits, most significant bit first.
fn bit_fields(row: &[u8], from: usize, bits: usize, values: &mut [u32]) {
    let (mut at, mut held, mut have) = (from / 8, 0u64, 0usize);
    let mut skip = from % 8;
    let mask = (1u64 << bits) - 1;
    for o in values {
        while have < bits {
            held = held << 8 | u64::from(row[at]);
            at += 1;
            have += 8 - skip;
            if skip > 0 {
                held &= 0xff >> skip;
                skip = 0;
            }
        }
        have -= bits;
        *o = (held >> have & mask) as u32;
    }
}

/// Three native bytes.
fn join24(b: [u8; 3]) -> u32 {
    if cfg!(target_endian = "big") {
        u32::from_be_bytes([0, b[0], b[1], b[2]])
    } else {
        u32::from_le_bytes([b[0], b[1], b[2], 0])
    }
}

/// A float of 1 sign, 7 exponent and 16 mantissa bits (Adobe TIFF Technical Note 3).
fn float24(v: u32) -> f32 {
    let (sign, exponent, mantissa) = (v >> 23 & 1, v >> 16 & 0x7f, v & 0xffff);
    let magnitude = match exponent {
        0 => mantissa as f32 * (-(62.0 + 16.0f32)).exp2(),
        0x7f => f32::from_bits(0x7f80_0000 | mantissa << 7),
        e => f32::from_bits((e + 64) << 23 | mantissa << 7),
    };
    if sign == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_fields_start_anywhere() {
        let row: Vec<u8> = (0..64u32).map(|i| (i * 37 + 11) as u8).collect();
        for bits in 1..32usize {
            let bit = |i: usize| u32::from(row[i / 8] >> (7 - i % 8) & 1);
            let n = row.len() * 8 / bits;
            let want: Vec<u32> = (0..n)
                .map(|s| (0..bits).fold(0, |v, b| v << 1 | bit(s * bits + b)))
                .collect();
            for start in [0, 1, 2, 7] {
                let mut got = vec![0; n - start];
                bit_fields(&row, start * bits, bits, &mut got);
                assert_eq!(got, want[start..], "{bits} bits from {start}");
            }
        }
    }

    #[test]
    fn signed_full_scale_is_one() {
        let row: Vec<u8> = [i16::MIN, -1, 0, 1, i16::MAX]
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect();
        let mut values = [0; 4];
        unpack((Number::Signed, 16), &row, 1, &mut values);
        let want = [-1.0 / 32767.0, 0.0, 1.0 / 32767.0, 1.0f32];
        assert_eq!(values.map(f32::from_bits), want);
        unpack((Number::Signed, 8), &[0x81, 0x7f, 0, 0xff], 0, &mut values);
        assert_eq!(values.map(f32::from_bits), [-1.0, 1.0, 0.0, -1.0 / 127.0]);
    }

    #[test]
    fn float24_is_exact() {
        assert_eq!(float24(63 << 16), 1.0);
        assert_eq!(float24(1 << 23 | 64 << 16 | 0x8000), -3.0);
        assert_eq!(float24(0), 0.0);
        assert!(float24(0x7f_0000).is_infinite() && float24(0x7f_0001).is_nan());
    }
}
