//! Upsampling of integer rows: the triangle filters of libjpeg with its rounding, repetition, and linear interpolation for
//! ratios that libjpeg does not know. Rows come padded (at least 32 samples beyond the width), so loops run over whole vectors.
//!
//! The h2v2 filter rounds once, after both directions (`(9a + 3b + 3c + d + 8 or 7) >> 4`); edges repeat the last sample.

use super::raster::{Raster, Up};

/// An integer sample.
pub(crate) trait Code: Copy + Default + 'static {
    fn get(self) -> i32;
    fn put(v: i32) -> Self;
    /// The samples as bytes, if they are bytes.
    #[inline(always)]
    fn as_bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
    /// The samples as bytes to write, if they are bytes.
    #[inline(always)]
    fn as_bytes_mut(_: &mut [Self]) -> Option<&mut [u8]> {
        None
    }
}

impl Code for u8 {
    #[inline(always)]
    fn as_bytes(v: &[Self]) -> Option<&[u8]> {
        Some(v)
    }
    #[inline(always)]
    fn as_bytes_mut(v: &mut [Self]) -> Option<&mut [u8]> {
        Some(v)
    }
    #[inline(always)]
    fn get(self) -> i32 {
        i32::from(self)
    }
    #[inline(always)]
    fn put(v: i32) -> Self {
        v as u8
    }
}

impl Code for u16 {
    #[inline(always)]
    fn get(self) -> i32 {
        i32::from(self)
    }
    #[inline(always)]
    fn put(v: i32) -> Self {
        v as u16
    }
}

/// Rows between the vertical and the horizontal filter, with one sample of padding in front.
#[derive(Default)]
pub(crate) struct Scratch {
    column: Vec<u16>,
    wide: Vec<i32>,
}

/// The near row, and the other one that mixes in, for a factor of two.
#[inline(always)]
fn neighbours(y: usize) -> (isize, isize) {
    let near = (y / 2) as isize;
    (
        near,
        if y.is_multiple_of(2) {
            near - 1
        } else {
            near + 1
        },
    )
}

/// Output row `y` of a component, into `out` (at least the output width); `None` when the raster row serves as it is.
#[inline(always)]
pub(crate) fn row<T: Code>(
    raster: &Raster<T>,
    c: usize,
    y: usize,
    scratch: &mut Scratch,
    out: &mut [T],
) -> bool {
    let lane = &raster.geometry.lanes[c];
    let w = lane.width;
    match lane.up {
        Up::Full => return false,
        Up::H1V2 => {
            let (near, other) = neighbours(y);
            let (a, b) = (raster.row(c, near), raster.row(c, other));
            let bias = 1 + (y % 2) as i32;
            for ((o, a), b) in out[..w].iter_mut().zip(&a[..w]).zip(&b[..w]) {
                *o = T::put((3 * a.get() + b.get() + bias) >> 2);
            }
        }
        Up::H2V1 => {
            let a = raster.row(c, y as isize);
            let column = &mut scratch.column;
            column.resize(w + 2, 0);
            for (o, a) in column[1..=w].iter_mut().zip(&a[..w]) {
                *o = a.get() as u16;
            }
            (column[0], column[w + 1]) = (column[1], column[w]);
            double::<T, 1, 2, 2>(column, &mut out[..2 * w]);
        }
        Up::H2V2 => {
            let (near, other) = neighbours(y);
            let (a, b) = (raster.row(c, near), raster.row(c, other));
            let column = &mut scratch.column;
            column.resize(w + 2, 0);
            for ((o, a), b) in column[1..=w].iter_mut().zip(&a[..w]).zip(&b[..w]) {
                *o = (3 * a.get() + b.get()) as u16;
            }
            (column[0], column[w + 1]) = (column[1], column[w]);
            double::<T, 8, 7, 4>(column, &mut out[..2 * w]);
        }
        Up::Repeat { h, v } => {
            let a = raster.row(c, (y / v) as isize);
            for (o, a) in out.chunks_exact_mut(h).zip(&a[..w]) {
                o.fill(*a);
            }
        }
        Up::Linear { h, v } => {
            let (y0, wy) = centre(y, v);
            let (a, b) = (raster.row(c, y0), raster.row(c, y0 + 1));
            let wide = &mut scratch.wide;
            wide.resize(w, 0);
            for ((o, a), b) in wide.iter_mut().zip(a).zip(b) {
                *o = a.get() * (256 - wy) + b.get() * wy;
            }
            let width = raster.geometry.width;
            for (x, o) in out[..width].iter_mut().enumerate() {
                let (x0, wx) = centre(x, h);
                let at = |x: isize| wide[x.clamp(0, w as isize - 1) as usize];
                *o = T::put((at(x0) * (256 - wx) + at(x0 + 1) * wx + (1 << 15)) >> 16);
            }
        }
    }
    true
}

/// Sample below an output position and the weight of the next, in 256ths; a ratio of `(in, out)`.
#[inline]
pub(crate) fn centre(x: usize, (i, o): (usize, usize)) -> (isize, i32) {
    // (x + 1/2) i/o - 1/2, in 1/(2 o).
    let twice = (2 * x as isize + 1) * i as isize - o as isize;
    let d = 2 * o as isize;
    (twice.div_euclid(d), (twice.rem_euclid(d) * 256 / d) as i32)
}

/// Two samples from three neighbours: `(3v + left + A) >> S`, `(3v + right + B) >> S`.
#[inline(always)]
fn double<T: Code, const A: u16, const B: u16, const S: u32>(column: &[u16], out: &mut [T]) {
    let n = out.len() / 2;
    let (left, rest) = (&column[..n], &column[1..]);
    let (mid, right) = (&rest[..n], &rest[1..=n]);
    let (pairs, _) = out.as_chunks_mut::<2>();
    if size_of::<T>() == 1 {
        for (((o, l), m), r) in pairs.iter_mut().zip(left).zip(mid).zip(right) {
            let m = m.wrapping_mul(3);
            let (a, b) = (
                m.wrapping_add(*l).wrapping_add(A) >> S,
                m.wrapping_add(*r).wrapping_add(B) >> S,
            );
            *o = [T::put(i32::from(a)), T::put(i32::from(b))];
        }
    } else {
        // Lossless frames repeat instead, so 12 bits is the most that comes here.
        for (((o, l), m), r) in pairs.iter_mut().zip(left).zip(mid).zip(right) {
            let m = 3 * i32::from(*m);
            *o = [
                T::put((m + i32::from(*l) + i32::from(A)) >> S),
                T::put((m + i32::from(*r) + i32::from(B)) >> S),
            ];
        }
    }
}
