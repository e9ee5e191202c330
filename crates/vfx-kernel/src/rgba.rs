//! Kernels on interleaved R, G, B, A floats, where splitting them into planes would cost more than the work itself.
//!
//! A matrix is bound by memory: four pixels a register, each channel broadcast inside its 128-bit block. A 3D table is bound
//! by the loads of its corners: rows of four floats are pixels already, so that four weighted rows give a pixel without any
//! transposition. Any length; levels without the instructions return `false` or go one pixel at a time.

#[cfg(target_arch = "x86_64")]
use fearless_simd::{
    Bytes, Level, Select, f32x8, f32x16, f64x4, f64x8, kernel, u32x8, u32x16, x86::Avx2,
    x86::Avx512,
};
use fearless_simd::{Simd, f32x4, prelude::*};

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm256_blend_ps, _mm256_fmadd_ps, _mm256_permute_ps, _mm512_fmadd_ps, _mm512_mask_blend_ps,
    _mm512_permute_ps,
};

use crate::lane::{MAX_LANES, load};
use crate::level::simd;
use crate::math::{Lanes, Math};

/// Four columns and an offset, each R, G, B, A.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// What R, G, B and A of the input are multiplied with.
    pub columns: [[f32; 4]; 4],
    /// What is added.
    pub offset: [f32; 4],
    /// Alpha passes as it is and enters no colour, whatever `columns[3]` says.
    pub keep_alpha: bool,
}

/// Pixels times a matrix, in place; `false` where the level has no fast form (nothing is changed then).
///
/// Every input channel enters every output, alpha unless it is kept: where a factor is 0, infinities and NaN still spread.
///
/// # Panics
///
/// If the length is no multiple of 4.
pub fn matrix(m: &Columns, pixels: &mut [f32]) -> bool {
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        Level::Avx512(t) => {
            matrix_avx512(t, m, pixels);
            return true;
        }
        Level::Avx2(t) => {
            matrix_avx2(t, m, pixels);
            return true;
        }
        _ => {}
    }
    let _ = m;
    false
}

#[cfg(target_arch = "x86_64")]
macro_rules! keep_avx512 {
    ($colours:expr, $alpha:expr) => {
        _mm512_mask_blend_ps(0x8888, $colours, $alpha)
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! keep_avx2 {
    ($colours:expr, $alpha:expr) => {
        _mm256_blend_ps::<0x88>($colours, $alpha)
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! matrix {
    ($name:ident, $level:ident, $vector:ident, $n:literal, $fma:ident, $permute:ident, $keep:ident) => {
        kernel!(
            fn $name(t: $level, m: &Columns, pixels: &mut [f32]) {
                let spread = |c: &[f32; 4]| {
                    let mut v = [0.0f32; $n];
                    for block in v.chunks_exact_mut(4) {
                        block.copy_from_slice(c);
                    }
                    $vector::from_slice(t, &v)
                };
                let r = spread(&m.columns[0]).into();
                let g = spread(&m.columns[1]).into();
                let b = spread(&m.columns[2]).into();
                let a = spread(&m.columns[3]).into();
                let o = spread(&m.offset).into();
                macro_rules! alpha {
                    ($v:ident, $s:ident) => {{
                        let s: $vector<$level> = if m.keep_alpha {
                            $keep!($s, $v).simd_into(t)
                        } else {
                            $fma($permute::<0xff>($v), a, $s).simd_into(t)
                        };
                        s
                    }};
                }
                let (whole, rest) = pixels.split_at_mut(pixels.len() / $n * $n);
                for p in whole.chunks_exact_mut($n) {
                    let v = $vector::from_slice(t, p).into();
                    let s = $fma($permute::<0x00>(v), r, o);
                    let s = $fma($permute::<0x55>(v), g, s);
                    let s = $fma($permute::<0xaa>(v), b, s);
                    let s = alpha!(v, s);
                    s.store_slice(p);
                }
                if !rest.is_empty() {
                    let mut last = [0.0f32; $n];
                    last[..rest.len()].copy_from_slice(rest);
                    let v = $vector::from_slice(t, &last).into();
                    let s = $fma($permute::<0x00>(v), r, o);
                    let s = $fma($permute::<0x55>(v), g, s);
                    let s = $fma($permute::<0xaa>(v), b, s);
                    let s = alpha!(v, s);
                    s.store_slice(&mut last);
                    rest.copy_from_slice(&last[..rest.len()]);
                }
            }
        );
    };
}

#[cfg(target_arch = "x86_64")]
matrix!(
    matrix_avx512,
    Avx512,
    f32x16,
    16,
    _mm512_fmadd_ps,
    _mm512_permute_ps,
    keep_avx512
);
#[cfg(target_arch = "x86_64")]
matrix!(
    matrix_avx2,
    Avx2,
    f32x8,
    8,
    _mm256_fmadd_ps,
    _mm256_permute_ps,
    keep_avx2
);

/// Which four rows of a table make a pixel, and their weights.
pub trait Corners {
    /// Row indices (integers in floats) and weights; must be `#[inline(always)]`.
    fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]);
}

/// Pixels from planes through a table: four rows each, weighted; the fourth float of a pixel is taken from `alpha`.
///
/// Indices beyond the table read its last row, NaN row 0.
///
/// # Panics
///
/// If the lengths differ or the table is empty.
pub fn blend_rows<C: Corners>(
    op: &C,
    rows: &[[f32; 4]],
    colours: [&[f32]; 3],
    alpha: &[f32],
    out: &mut [f32],
) {
    let n = alpha.len();
    assert_eq!(out.len(), 4 * n, "a pixel a sample");
    for plane in colours {
        assert_eq!(plane.len(), n, "planes of one length");
    }
    assert!(!rows.is_empty(), "a table");
    simd!(s => blend(s, op, rows, colours, alpha, out));
}

#[inline(always)]
fn blend<S: Simd, C: Corners>(
    s: S,
    op: &C,
    rows: &[[f32; 4]],
    colours: [&[f32]; 3],
    alpha: &[f32],
    out: &mut [f32],
) {
    let n = S::f32s::LEN;
    let m = Lanes(s);
    let last = rows.len() - 1;
    let mut from = 0;
    while from < alpha.len() {
        let c = [
            load(s, &colours[0][from..]),
            load(s, &colours[1][from..]),
            load(s, &colours[2][from..]),
        ];
        let (at, weight) = op.corners(m, c);
        let mut i = [[0u32; MAX_LANES]; 4];
        let mut w = [[0.0f32; MAX_LANES]; 4];
        let mut k = 0;
        while k < 4 {
            at[k].to_int::<S::u32s>().store_slice(&mut i[k][..n]);
            weight[k].store_slice(&mut w[k][..n]);
            k += 1;
        }
        let count = n.min(alpha.len() - from);
        let pixels = &mut out[4 * from..4 * (from + count)];
        let alphas = &alpha[from..from + count];
        let mut p = 0;
        while p < count {
            let row = |k: usize| f32x4::from_slice(s, &rows[(i[k][p] as usize).min(last)]);
            let v = row(0) * f32x4::splat(s, w[0][p]);
            let v = row(1).mul_add(f32x4::splat(s, w[1][p]), v);
            let v = row(2).mul_add(f32x4::splat(s, w[2][p]), v);
            let v = row(3).mul_add(f32x4::splat(s, w[3][p]), v);
            let pixel = &mut pixels[4 * p..4 * p + 4];
            v.store_slice(pixel);
            pixel[3] = alphas[p];
            p += 1;
        }
        from += n;
    }
}

/// Three tables of straight segments over 0..1, for pixels as they lie.
#[derive(Clone, Debug)]
pub struct Segments {
    /// Value and step to the next entry as the bits of one `f64`, R, then G, then B, then one row of zeros.
    packed: Vec<f64>,
    len: usize,
}

impl Segments {
    /// From value and step of every entry of R, G and B.
    ///
    /// # Panics
    ///
    /// If a table is empty, or the tables are of different length or longer than 2^22 entries.
    pub fn new(tables: [&[[f32; 4]]; 3]) -> Self {
        let len = tables[0].len();
        assert!((1..=1 << 22).contains(&len), "1 to 2^22 entries");
        let mut packed = Vec::with_capacity(3 * len + 1);
        for table in tables {
            assert_eq!(table.len(), len, "tables of one length");
            packed.extend(table.iter().map(|row| {
                let bits = u64::from(row[0].to_bits()) | u64::from(row[1].to_bits()) << 32;
                f64::from_bits(bits)
            }));
        }
        packed.push(0.0);
        Self { packed, len }
    }

    /// Pixels in place, alpha kept: the index clamps to the table, NaN to its start. `false` where the level has no fast form
    /// (nothing is changed then).
    ///
    /// # Panics
    ///
    /// If the length is no multiple of 4.
    pub fn run(&self, pixels: &mut [f32]) -> bool {
        assert_eq!(pixels.len() % 4, 0, "whole pixels");
        #[cfg(target_arch = "x86_64")]
        match crate::level::level() {
            Level::Avx512(t) => {
                segments_avx512(t, self, pixels);
                return true;
            }
            Level::Avx2(t) => {
                segments_avx2(t, self, pixels);
                return true;
            }
            _ => {}
        }
        let _ = self.len;
        false
    }
}

/// One vector of pixels through [`Segments`]; the entries become vectors by `$low` and `$high`.
#[cfg(target_arch = "x86_64")]
macro_rules! segments {
    ($name:ident, $level:ident, $vector:ident, $double:ident, $n:literal, [$($low:literal)*], [$($high:literal)*]) => {
        kernel!(
            fn $name(t: $level, tables: &Segments, pixels: &mut [f32]) {
                let last = (tables.len - 1) as f32;
                let end = tables.packed.len() - 1;
                let packed = &tables.packed[..];
                let mut start = [0.0f32; $n];
                let mut colour = [0.0f32; $n];
                for (i, (s, c)) in start.iter_mut().zip(&mut colour).enumerate() {
                    *s = (i % 4 * tables.len) as f32;
                    *c = if i % 4 == 3 { 0.0 } else { 1.0 };
                }
                let start = $vector::from_slice(t, &start);
                let is_colour = $vector::from_slice(t, &colour).simd_gt($vector::splat(t, 0.5));
                let zero = $vector::splat(t, 0.0);
                let scale = $vector::splat(t, last);
                let step = |p: &mut [f32]| {
                    let x = $vector::from_slice(t, p);
                    let at = (x * scale).max_precise(zero).min(scale);
                    // Alpha's lane reads the row of zeros whatever its value.
                    let at = is_colour.select(at, zero);
                    let i = at.floor();
                    let u = at - i;
                    let mut index = [0u32; $n];
                    (i + start).to_int::<u32x_of!($vector)>().store_slice(&mut index);
                    let row = |l: usize| packed[(index[l] as usize).min(end)];
                    let a = $double::from_slice(t, &[$(row($low)),*]).bitcast::<$vector<$level>>();
                    let b = $double::from_slice(t, &[$(row($high)),*]).bitcast::<$vector<$level>>();
                    let y = b_unzip!(a, b, u);
                    is_colour.select(y, x).store_slice(p);
                };
                let whole = pixels.len() / $n * $n;
                let (body, rest) = pixels.split_at_mut(whole);
                for p in body.chunks_exact_mut($n) {
                    step(p);
                }
                if !rest.is_empty() {
                    let mut block = [0.0f32; $n];
                    block[..rest.len()].copy_from_slice(rest);
                    step(&mut block);
                    rest.copy_from_slice(&block[..rest.len()]);
                }
            }
        );
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! u32x_of {
    (f32x16) => { u32x16<Avx512> };
    (f32x8) => { u32x8<Avx2> };
}

/// Steps times fractions plus values, out of interleaved pairs.
#[cfg(target_arch = "x86_64")]
macro_rules! b_unzip {
    ($a:ident, $b:ident, $u:ident) => {
        $a.unzip_high($b).mul_add($u, $a.unzip_low($b))
    };
}

#[cfg(target_arch = "x86_64")]
segments!(
    segments_avx512, Avx512, f32x16, f64x8, 16,
    [0 1 2 3 4 5 6 7], [8 9 10 11 12 13 14 15]
);
#[cfg(target_arch = "x86_64")]
segments!(segments_avx2, Avx2, f32x8, f64x4, 8, [0 1 2 3], [4 5 6 7]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;

    #[test]
    fn rgba_matrix_is_the_product() {
        let m = Columns {
            columns: [
                [0.5, 0.25, -1.0, 0.0],
                [0.125, 2.0, 0.5, 0.0],
                [1.0, -0.5, 0.25, 0.5],
                [0.0, 0.0, 4.0, 1.0],
            ],
            offset: [1.0, 2.0, 3.0, 4.0],
            keep_alpha: false,
        };
        for pixels in [0usize, 1, 3, 4, 5, 33] {
            let src: Vec<f32> = (0..4 * pixels).map(|i| i as f32 - 7.0).collect();
            at_every_level(|level| {
                let mut dst = src.clone();
                if !matrix(&m, &mut dst) {
                    return;
                }
                for (p, q) in src.chunks_exact(4).zip(dst.chunks_exact(4)) {
                    for c in 0..4 {
                        let mut want = m.offset[c];
                        for k in 0..4 {
                            want += m.columns[k][c] * p[k];
                        }
                        assert_eq!(q[c], want, "{level}");
                    }
                }
            });
        }
    }

    /// Red picks a row, half of it and half of the next.
    struct Two;

    impl Corners for Two {
        #[inline(always)]
        fn corners<M: Math>(&self, m: M, c: [M::F; 3]) -> ([M::F; 4], [M::F; 4]) {
            let (half, zero) = (m.k(0.5), m.k(0.0));
            let next = m.add(c[0], m.k(1.0));
            ([c[0], next, zero, zero], [half, half, zero, zero])
        }
    }

    #[test]
    fn rgba_blend_bounds_its_indices() {
        let rows = [[1.0, 2.0, 3.0, 9.0], [11.0, 22.0, 33.0, 9.0]];
        for n in [1usize, 3, 16, 37] {
            let red: Vec<f32> = (0..n).map(|i| (i % 3) as f32).collect();
            let alpha = vec![0.5; n];
            at_every_level(|level| {
                let mut out = vec![0.0; 4 * n];
                blend_rows(&Two, &rows, [&red, &red, &red], &alpha, &mut out);
                for (i, p) in out.chunks_exact(4).enumerate() {
                    let want = if i % 3 == 0 {
                        [6.0, 12.0, 18.0, 0.5]
                    } else {
                        [11.0, 22.0, 33.0, 0.5]
                    };
                    assert_eq!(p, want, "{level}, pixel {i} of {n}");
                }
            });
        }
    }

    #[test]
    fn rgba_segments_interpolate() {
        let table = |scale: f32| {
            let value = |i: usize| (i * i) as f32 * scale;
            (0..9usize)
                .map(|i| {
                    [
                        value(i),
                        if i < 8 { value(i + 1) - value(i) } else { 0.0 },
                        0.0,
                        0.0,
                    ]
                })
                .collect::<Vec<_>>()
        };
        let tables = [table(1.0), table(2.0), table(-1.0)];
        let segments = Segments::new([&tables[0], &tables[1], &tables[2]]);
        for n in [1usize, 2, 3, 4, 9] {
            let src: Vec<f32> = (0..4 * n).map(|i| i as f32 / 16.0 - 0.25).collect();
            at_every_level(|level| {
                let mut out = src.clone();
                out[0] = f32::NAN;
                if !segments.run(&mut out) {
                    return;
                }
                assert_eq!(out[0], 0.0, "{level}");
                for (i, (y, x)) in out.iter().zip(&src).enumerate().skip(1) {
                    if i % 4 == 3 {
                        assert_eq!(y, x, "{level}");
                        continue;
                    }
                    let at = (x * 8.0).clamp(0.0, 8.0);
                    let row = tables[i % 4][at as usize];
                    let want = row[0] + row[1] * at.fract();
                    assert!(
                        (y - want).abs() < 1e-4,
                        "{level}: {x} gives {y}, want {want}"
                    );
                }
            });
        }
    }
}
