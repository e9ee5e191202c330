//! Interleaved pixels to planes and back, for samples of one, two and four bytes.
//!
//! Bits are moved, never looked at: NaN payloads and signs survive. Two, three and four channels go by two-register byte
//! permutes, a vector a channel at a time (four channels of four bytes on AVX2: `quads`); other counts, and the ends of rows,
//! sample by sample. Also the byte order of rows. No allocation, no padding needed.

#[cfg(target_arch = "x86_64")]
mod quads;

use bytemuck::Pod;
#[cfg(target_arch = "x86_64")]
use fearless_simd::Level;
use fearless_simd::{Simd, prelude::*};
use half::f16;

use crate::level::simd;

/// A sample of one, two or four bytes.
pub trait Element: Pod {}

impl Element for u8 {}
impl Element for u16 {}
impl Element for u32 {}
impl Element for f16 {}
impl Element for f32 {}

/// Rows of one plane to write: `stride` samples from a row to the next.
#[derive(Debug)]
pub struct PlaneRows<'a, T> {
    /// From the first sample of the first row on.
    pub samples: &'a mut [T],
    /// Samples from a row to the next.
    pub stride: usize,
}

impl<T: Element> PlaneRows<'_, T> {
    #[inline(always)]
    fn row(&mut self, y: usize, width: usize) -> &mut [T] {
        &mut self.samples[y * self.stride..][..width]
    }
}

/// Pixels of `channels` samples to one plane a channel.
///
/// # Panics
///
/// If there is not one plane a channel, or their lengths times `channels` are not the source's.
pub fn deinterleave<T: Element>(src: &[T], channels: usize, planes: &mut [&mut [T]]) {
    assert_eq!(planes.len(), channels, "one plane a channel");
    for plane in planes.iter() {
        assert_eq!(plane.len() * channels, src.len(), "planes of one length");
    }
    let rows = |samples| PlaneRows { samples, stride: 0 };
    match planes {
        [a] => a.copy_from_slice(src),
        [a, b] => deinterleave_rows(src, 0, (a.len(), 1), &mut [rows(a), rows(b)]),
        [a, b, c] => deinterleave_rows(src, 0, (a.len(), 1), &mut [rows(a), rows(b), rows(c)]),
        [a, b, c, d] => {
            let size = (a.len(), 1);
            deinterleave_rows(src, 0, size, &mut [rows(a), rows(b), rows(c), rows(d)]);
        }
        _ => planes
            .iter_mut()
            .enumerate()
            .for_each(|(c, p)| rest(src, (channels, c), 0, p)),
    }
}

/// Several rows of pixels, `src_stride` samples apart, to as many rows of each plane; `(width, height)` in pixels. The pixel has
/// as many samples as there are planes. A narrow tile's rows in one call cost half of what they cost one by one.
///
/// # Panics
///
/// If the source or a plane is too short.
pub fn deinterleave_rows<T: Element>(
    src: &[T],
    src_stride: usize,
    (width, height): (usize, usize),
    planes: &mut [PlaneRows<'_, T>],
) {
    let channels = planes.len();
    let line = |y: usize| &src[y * src_stride..][..width * channels];
    let done = match planes {
        [a, b] => simd!(s => {
            let mut done = 0;
            for y in 0..height {
                let to = [wide(a.row(y, width)), wide(b.row(y, width))];
                done = split2::<_, T>(s, narrow(line(y)), to);
            }
            done
        }),
        [a, b, c] => simd!(s => {
            let mut done = 0;
            for y in 0..height {
                let to = [wide(a.row(y, width)), wide(b.row(y, width)), wide(c.row(y, width))];
                done = split3::<_, T>(s, narrow(line(y)), to);
            }
            done
        }),
        [a, b, c, d] => simd!(s => {
            let mut done = 0;
            for y in 0..height {
                let (a, b) = (a.row(y, width), b.row(y, width));
                let (c, d) = (c.row(y, width), d.row(y, width));
                done = split4::<_, T>(s, narrow(line(y)), [wide(a), wide(b), wide(c), wide(d)]);
            }
            done
        }),
        _ => 0,
    };
    if done < width {
        for (c, plane) in planes.iter_mut().enumerate() {
            for y in 0..height {
                rest(line(y), (channels, c), done, plane.row(y, width));
            }
        }
    }
}

/// Channel `c` of `n`, sample by sample, from pixel `done` on.
fn rest<T: Element>(src: &[T], (n, c): (usize, usize), done: usize, plane: &mut [T]) {
    for (sample, pixel) in plane[done..]
        .iter_mut()
        .zip(src[done * n..].chunks_exact(n))
    {
        *sample = pixel[c];
    }
}

/// One plane a channel to pixels of `channels` samples.
///
/// # Panics
///
/// If there is not one plane a channel, or their lengths times `channels` are not the destination's.
pub fn interleave<T: Element>(planes: &[&[T]], channels: usize, dst: &mut [T]) {
    assert_eq!(planes.len(), channels, "one plane a channel");
    for plane in planes {
        assert_eq!(plane.len() * channels, dst.len(), "planes of one length");
    }
    let mut done = 0;
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(dst);
    match planes {
        [a] => return dst.copy_from_slice(a),
        [a, b] => done = simd!(s => join2::<_, T>(s, [narrow(a), narrow(b)], bytes)),
        [a, b, c] => {
            done = simd!(s => join3::<_, T>(s, [narrow(a), narrow(b), narrow(c)], bytes));
        }
        [a, b, c, d] => {
            done =
                simd!(s => join4::<_, T>(s, [narrow(a), narrow(b), narrow(c), narrow(d)], bytes));
        }
        _ => {}
    }
    for (c, plane) in planes.iter().enumerate() {
        let mut at = done * channels + c;
        for sample in &plane[done..] {
            dst[at] = *sample;
            at += channels;
        }
    }
}

/// Turns the byte order of a row of 16-bit samples.
pub fn swap_bytes16(row: &mut [u16]) {
    simd!(_s => {
        for v in row {
            *v = v.swap_bytes();
        }
    });
}

/// Turns the byte order of a row of 32-bit samples.
pub fn swap_bytes32(row: &mut [u32]) {
    simd!(_s => {
        for v in row {
            *v = v.swap_bytes();
        }
    });
}

#[inline(always)]
fn wide<T: Element>(plane: &mut [T]) -> &mut [u8] {
    bytemuck::cast_slice_mut(plane)
}

#[inline(always)]
fn narrow<T: Element>(plane: &[T]) -> &[u8] {
    bytemuck::cast_slice(plane)
}

/// Byte indices into two concatenated vectors of `n` bytes.
type Bytes64 = [u8; 64];

/// The tables of a level and a sample type, made by the compiler.
struct Indices<S, T>(std::marker::PhantomData<(S, T)>);

impl<S: Simd, T: Element> Indices<S, T> {
    const SPLIT2: [Bytes64; 2] = split2_table(<S::u8s as SimdBase<S>>::LEN, size_of::<T>());
    const JOIN2: [Bytes64; 2] = join2_table(<S::u8s as SimdBase<S>>::LEN, size_of::<T>());
    const SPLIT3: [[Bytes64; 2]; 3] = split3_table(<S::u8s as SimdBase<S>>::LEN, size_of::<T>());
    const JOIN3: [[Bytes64; 2]; 3] = join3_table(<S::u8s as SimdBase<S>>::LEN, size_of::<T>());
}

const fn split2_table(n: usize, size: usize) -> [Bytes64; 2] {
    let mut table = [[0; 64]; 2];
    let mut i = 0;
    while i < n {
        let at = i / size * 2 * size + i % size;
        table[0][i] = at as u8;
        table[1][i] = (at + size) as u8;
        i += 1;
    }
    table
}

const fn join2_table(n: usize, size: usize) -> [Bytes64; 2] {
    let mut table = [[0; 64]; 2];
    let mut j = 0;
    while j < 2 * n {
        let sample = j / size;
        table[j / n][j % n] = (sample % 2 * n + sample / 2 * size + j % size) as u8;
        j += 1;
    }
    table
}

/// First out of vectors 0 and 1, then out of that and vector 2.
const fn split3_table(n: usize, size: usize) -> [[Bytes64; 2]; 3] {
    let mut table = [[[0; 64]; 2]; 3];
    let mut c = 0;
    while c < 3 {
        let mut i = 0;
        while i < n {
            let at = (i / size * 3 + c) * size + i % size;
            if at < 2 * n {
                table[c][0][i] = at as u8;
                table[c][1][i] = i as u8;
            } else {
                table[c][1][i] = (at - n) as u8;
            }
            i += 1;
        }
        c += 1;
    }
    table
}

const fn join3_table(n: usize, size: usize) -> [[Bytes64; 2]; 3] {
    let mut table = [[[0; 64]; 2]; 3];
    let mut j = 0;
    while j < 3 * n {
        let sample = j / size;
        let at = sample % 3 * n + sample / 3 * size + j % size;
        if at < 2 * n {
            table[j / n][0][j % n] = at as u8;
            table[j / n][1][j % n] = (j % n) as u8;
        } else {
            table[j / n][1][j % n] = (at - n) as u8;
        }
        j += 1;
    }
    table
}

#[inline(always)]
fn index<S: Simd>(s: S, table: &Bytes64) -> S::u8s {
    S::u8s::from_slice(s, &table[..S::u8s::LEN])
}

#[inline(always)]
fn load<S: Simd>(s: S, src: &[u8], i: usize) -> S::u8s {
    let n = S::u8s::LEN;
    S::u8s::from_slice(s, &src[i * n..(i + 1) * n])
}

#[inline(always)]
fn store<S: Simd>(v: S::u8s, dst: &mut [u8], i: usize) {
    let n = S::u8s::LEN;
    v.store_slice(&mut dst[i * n..(i + 1) * n]);
}

// Each returns the number of pixels done.

#[inline(always)]
fn split2<S: Simd, T: Element>(s: S, src: &[u8], p: [&mut [u8]; 2]) -> usize {
    let n = S::u8s::LEN;
    let [p0, p1] = p;
    let even = index(s, &Indices::<S, T>::SPLIT2[0]);
    let odd = index(s, &Indices::<S, T>::SPLIT2[1]);
    let blocks = p0.len() / n;
    let mut i = 0;
    while i < blocks {
        let (a, b) = (load(s, src, 2 * i), load(s, src, 2 * i + 1));
        store::<S>(a.concat_swizzle_dyn(b, even), p0, i);
        store::<S>(a.concat_swizzle_dyn(b, odd), p1, i);
        i += 1;
    }
    blocks * n / size_of::<T>()
}

#[inline(always)]
fn split3<S: Simd, T: Element>(s: S, src: &[u8], p: [&mut [u8]; 3]) -> usize {
    let n = S::u8s::LEN;
    let [p0, p1, p2] = p;
    let t = &Indices::<S, T>::SPLIT3;
    let (r0, r1) = (index(s, &t[0][0]), index(s, &t[0][1]));
    let (g0, g1) = (index(s, &t[1][0]), index(s, &t[1][1]));
    let (b0, b1) = (index(s, &t[2][0]), index(s, &t[2][1]));
    let blocks = p0.len() / n;
    let mut i = 0;
    while i < blocks {
        let a = load(s, src, 3 * i);
        let b = load(s, src, 3 * i + 1);
        let c = load(s, src, 3 * i + 2);
        store::<S>(a.concat_swizzle_dyn(b, r0).concat_swizzle_dyn(c, r1), p0, i);
        store::<S>(a.concat_swizzle_dyn(b, g0).concat_swizzle_dyn(c, g1), p1, i);
        store::<S>(a.concat_swizzle_dyn(b, b0).concat_swizzle_dyn(c, b1), p2, i);
        i += 1;
    }
    blocks * n / size_of::<T>()
}

#[inline(always)]
fn split4<S: Simd, T: Element>(s: S, src: &[u8], p: [&mut [u8]; 4]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if size_of::<T>() == 4
        && let Level::Avx2(t) = s.level()
    {
        return quads::split(
            t,
            bytemuck::cast_slice(src),
            p.map(bytemuck::cast_slice_mut),
        );
    }
    let n = S::u8s::LEN;
    let [p0, p1, p2, p3] = p;
    let even = index(s, &Indices::<S, T>::SPLIT2[0]);
    let odd = index(s, &Indices::<S, T>::SPLIT2[1]);
    let blocks = p0.len() / n;
    let mut i = 0;
    while i < blocks {
        let (a, b) = (load(s, src, 4 * i), load(s, src, 4 * i + 1));
        let (c, d) = (load(s, src, 4 * i + 2), load(s, src, 4 * i + 3));
        let (rb0, rb1) = (a.concat_swizzle_dyn(b, even), c.concat_swizzle_dyn(d, even));
        let (ga0, ga1) = (a.concat_swizzle_dyn(b, odd), c.concat_swizzle_dyn(d, odd));
        store::<S>(rb0.concat_swizzle_dyn(rb1, even), p0, i);
        store::<S>(ga0.concat_swizzle_dyn(ga1, even), p1, i);
        store::<S>(rb0.concat_swizzle_dyn(rb1, odd), p2, i);
        store::<S>(ga0.concat_swizzle_dyn(ga1, odd), p3, i);
        i += 1;
    }
    blocks * n / size_of::<T>()
}

#[inline(always)]
fn join2<S: Simd, T: Element>(s: S, p: [&[u8]; 2], dst: &mut [u8]) -> usize {
    let n = S::u8s::LEN;
    let low = index(s, &Indices::<S, T>::JOIN2[0]);
    let high = index(s, &Indices::<S, T>::JOIN2[1]);
    let blocks = p[0].len() / n;
    let mut i = 0;
    while i < blocks {
        let (a, b) = (load(s, p[0], i), load(s, p[1], i));
        store::<S>(a.concat_swizzle_dyn(b, low), dst, 2 * i);
        store::<S>(a.concat_swizzle_dyn(b, high), dst, 2 * i + 1);
        i += 1;
    }
    blocks * n / size_of::<T>()
}

#[inline(always)]
fn join3<S: Simd, T: Element>(s: S, p: [&[u8]; 3], dst: &mut [u8]) -> usize {
    let n = S::u8s::LEN;
    let t = &Indices::<S, T>::JOIN3;
    let (x0, x1) = (index(s, &t[0][0]), index(s, &t[0][1]));
    let (y0, y1) = (index(s, &t[1][0]), index(s, &t[1][1]));
    let (z0, z1) = (index(s, &t[2][0]), index(s, &t[2][1]));
    let blocks = p[0].len() / n;
    let mut i = 0;
    while i < blocks {
        let (a, b, c) = (load(s, p[0], i), load(s, p[1], i), load(s, p[2], i));
        store::<S>(
            a.concat_swizzle_dyn(b, x0).concat_swizzle_dyn(c, x1),
            dst,
            3 * i,
        );
        store::<S>(
            a.concat_swizzle_dyn(b, y0).concat_swizzle_dyn(c, y1),
            dst,
            3 * i + 1,
        );
        store::<S>(
            a.concat_swizzle_dyn(b, z0).concat_swizzle_dyn(c, z1),
            dst,
            3 * i + 2,
        );
        i += 1;
    }
    blocks * n / size_of::<T>()
}

#[inline(always)]
fn join4<S: Simd, T: Element>(s: S, p: [&[u8]; 4], dst: &mut [u8]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if size_of::<T>() == 4
        && let Level::Avx2(t) = s.level()
    {
        return quads::join(
            t,
            p.map(bytemuck::cast_slice),
            bytemuck::cast_slice_mut(dst),
        );
    }
    let n = S::u8s::LEN;
    let low = index(s, &Indices::<S, T>::JOIN2[0]);
    let high = index(s, &Indices::<S, T>::JOIN2[1]);
    let blocks = p[0].len() / n;
    let mut i = 0;
    while i < blocks {
        let (r, g) = (load(s, p[0], i), load(s, p[1], i));
        let (b, a) = (load(s, p[2], i), load(s, p[3], i));
        let (rb0, rb1) = (r.concat_swizzle_dyn(b, low), r.concat_swizzle_dyn(b, high));
        let (ga0, ga1) = (g.concat_swizzle_dyn(a, low), g.concat_swizzle_dyn(a, high));
        store::<S>(rb0.concat_swizzle_dyn(ga0, low), dst, 4 * i);
        store::<S>(rb0.concat_swizzle_dyn(ga0, high), dst, 4 * i + 1);
        store::<S>(rb1.concat_swizzle_dyn(ga1, low), dst, 4 * i + 2);
        store::<S>(rb1.concat_swizzle_dyn(ga1, high), dst, 4 * i + 3);
        i += 1;
    }
    blocks * n / size_of::<T>()
}
