//! Three 1D tables of straight segments on interleaved pixels.
//!
//! An entry and the next are loaded as one `f64`; a pixel loads R's and G's into one register and B's with a zero into
//! another, so that one shuffle each gives four values and four next values in the order of the channels. Beside the loads
//! there are two inserts a pixel; hardware gathers and vectors put together on the stack are slower by half. Steps are not
//! stored: tables of twice the size leave the first cache where pixels stream through it (noise: 360 against 500 Mpixel/s).

#[cfg(target_arch = "x86_64")]
use fearless_simd::{
    Level, Select, f32x8, f32x16, i32x8, i32x16, kernel, prelude::*, u32x8, u32x16, x86::Avx2,
    x86::Avx512,
};

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm_castpd_ps, _mm_set_pd, _mm_set_sd, _mm256_castps128_ps256, _mm256_insertf128_ps,
    _mm256_shuffle_ps, _mm512_castps128_ps512, _mm512_insertf32x4, _mm512_shuffle_ps,
};

#[cfg(target_arch = "x86_64")]
use crate::prefetch::prefetch;

/// Three tables of straight segments over 0..1, for pixels as they lie.
#[derive(Clone, Debug)]
pub struct Segments {
    /// The entries of R, G and B, the last of each twice.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(dead_code, reason = "read by AVX forms")
    )]
    values: Vec<f32>,
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
        let mut values = Vec::with_capacity(3 * (len + 1));
        for table in tables {
            assert_eq!(table.len(), len, "tables of one length");
            values.extend(table.iter().map(|row| row[0]));
            values.push(table[len - 1][0]);
        }
        Self { values, len }
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

/// Floats whose indices are computed before entries are read: indices that stay in registers are taken out one by one at
/// twice the cost of reading them back.
#[cfg(target_arch = "x86_64")]
const BATCH: usize = 256;

/// Vectors of pixels through [`Segments`]; `$join` makes one of the 128-bit blocks of its pixels.
#[cfg(target_arch = "x86_64")]
macro_rules! segments {
    ($name:ident, $level:ident, $vector:ident, $int:ident, $index:ident, $n:literal, $shuffle:ident, $join:ident) => {
        kernel!(
            fn $name(t: $level, tables: &Segments, pixels: &mut [f32]) {
                let last = (tables.len - 1) as f32;
                let values = &tables.values[..];
                let mut start = [0i32; $n];
                let mut colour = [0.0f32; $n];
                for (i, (s, c)) in start.iter_mut().zip(&mut colour).enumerate() {
                    *s = if i % 4 == 3 {
                        0
                    } else {
                        (i % 4 * (tables.len + 1)) as i32
                    };
                    *c = if i % 4 == 3 { 0.0 } else { 1.0 };
                }
                let start = $int::from_slice(t, &start);
                let is_colour = $vector::from_slice(t, &colour).simd_gt($vector::splat(t, 0.5));
                let zero = $vector::splat(t, 0.0);
                let scale = $vector::splat(t, last);
                let mut index = [0u32; BATCH];
                let mut fraction = [0.0f32; BATCH];
                let mut block = [0.0f32; BATCH];
                for part in pixels.chunks_mut(BATCH) {
                    let n = part.len();
                    let whole = n == BATCH;
                    let p: &mut [f32] = if whole {
                        &mut *part
                    } else {
                        block[..n].copy_from_slice(part);
                        &mut block
                    };
                    let p: &mut [f32; BATCH] = p.try_into().expect("a batch");
                    for ((x, i), u) in p
                        .as_chunks::<$n>()
                        .0
                        .iter()
                        .zip(index.as_chunks_mut::<$n>().0)
                        .zip(fraction.as_chunks_mut::<$n>().0)
                    {
                        let x = $vector::from_slice(t, x);
                        let at = (x * scale).max_precise(zero).min(scale);
                        let floor = at.floor();
                        let entry = floor.to_int::<$int<$level>>() + start;
                        entry.bitcast::<$index<$level>>().store_slice(i);
                        (at - floor).store_slice(u);
                    }
                    for ((p, i), u) in p
                        .as_chunks_mut::<$n>()
                        .0
                        .iter_mut()
                        .zip(index.as_chunks::<$n>().0)
                        .zip(fraction.as_chunks::<$n>().0)
                    {
                        prefetch(p.as_ptr().wrapping_add(2 * BATCH));
                        let entry = |lane: usize| -> f64 {
                            let at = i[lane] as usize;
                            bytemuck::cast([values[at], values[at + 1]])
                        };
                        macro_rules! low {
                            ($p:literal) => {
                                _mm_castpd_ps(_mm_set_pd(entry(4 * $p + 1), entry(4 * $p)))
                            };
                        }
                        macro_rules! high {
                            ($p:literal) => {
                                _mm_castpd_ps(_mm_set_sd(entry(4 * $p + 2)))
                            };
                        }
                        let (low, high) = ($join!(low), $join!(high));
                        let value: $vector<$level> = $shuffle::<0x88>(low, high).simd_into(t);
                        let next: $vector<$level> = $shuffle::<0xdd>(low, high).simd_into(t);
                        let u = $vector::from_slice(t, u);
                        let x = $vector::from_slice(t, p);
                        is_colour
                            .select((next - value).mul_add(u, value), x)
                            .store_slice(p);
                    }
                    if !whole {
                        part.copy_from_slice(&block[..n]);
                    }
                }
            }
        );
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! two {
    ($half:ident) => {
        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256($half!(0)), $half!(1))
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! four {
    ($half:ident) => {{
        let v = _mm512_castps128_ps512($half!(0));
        let v = _mm512_insertf32x4::<1>(v, $half!(1));
        let v = _mm512_insertf32x4::<2>(v, $half!(2));
        _mm512_insertf32x4::<3>(v, $half!(3))
    }};
}

#[cfg(target_arch = "x86_64")]
segments!(
    segments_avx512,
    Avx512,
    f32x16,
    i32x16,
    u32x16,
    16,
    _mm512_shuffle_ps,
    four
);
#[cfg(target_arch = "x86_64")]
segments!(
    segments_avx2,
    Avx2,
    f32x8,
    i32x8,
    u32x8,
    8,
    _mm256_shuffle_ps,
    two
);
