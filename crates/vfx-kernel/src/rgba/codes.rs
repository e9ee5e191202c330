//! Colours of four-channel pixels looked up by their bits: a table of floats or samples over all codes of a sample.
//!
//! A pixel is put together in a register and stored at once where the level can (AVX2 and above): three stores of a float each
//! took twice the time, stores of 16 bits a quarter more.

#[cfg(target_arch = "x86_64")]
use fearless_simd::{f32x4, f32x8, kernel, prelude::*, u16x8, x86::Avx2};
use half::f16;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _MM_FROUND_TO_NEAREST_INT, _mm_blend_epi16, _mm_blend_ps, _mm_insert_epi16, _mm_set_ps,
    _mm256_cvtps_ph, _mm256_fmadd_ps, _mm256_max_ps, _mm256_min_ps, _mm256_permute_ps,
    _mm256_set_m128,
};

use super::Columns;
#[cfg(target_arch = "x86_64")]
use crate::prefetch::prefetch;

/// Words from a pixel to those asked for in advance.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 2048;

/// Pixels of 16-bit words in place, R, G and B each through its table; alpha stays.
///
/// # Panics
///
/// If the length is no multiple of 4.
pub fn words_of_words(tables: [&[u16; 1 << 16]; 3], pixels: &mut [u16]) {
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    #[cfg(target_arch = "x86_64")]
    let pixels = match crate::level::level().as_avx2() {
        Some(t) => {
            let (pairs, last) = pixels.as_chunks_mut::<8>();
            pairs_avx2(t, tables, pairs);
            last
        }
        None => pixels,
    };
    let [r, g, b] = tables;
    for p in pixels.as_chunks_mut::<4>().0 {
        // R and G before either is stored: the two stores become one, three cost an eighth more.
        let rg = [r[p[0] as usize], g[p[1] as usize]];
        let blue = b[p[2] as usize];
        p[..2].copy_from_slice(&rg);
        p[2] = blue;
    }
}

#[cfg(target_arch = "x86_64")]
kernel!(
    fn pairs_avx2(t: Avx2, tables: [&[u16; 1 << 16]; 3], pixels: &mut [[u16; 8]]) {
        let [r, g, b] = tables;
        // Lines of eight pixels.
        for line in pixels.chunks_mut(4) {
            prefetch(line.as_ptr().cast::<u16>().wrapping_add(AHEAD));
            for pair in line {
                // One load of each pixel's four codes; shifts are cheaper than loads of two bytes.
                let codes: [u64; 2] = bytemuck::cast(*pair);
                let at = |i: usize, c: u32| (codes[i] >> (16 * c) & 0xffff) as usize;
                let v = u16x8::from_slice(t, pair).into();
                let v = _mm_insert_epi16::<0>(v, r[at(0, 0)].into());
                let v = _mm_insert_epi16::<1>(v, g[at(0, 1)].into());
                let v = _mm_insert_epi16::<2>(v, b[at(0, 2)].into());
                let v = _mm_insert_epi16::<4>(v, r[at(1, 0)].into());
                let v = _mm_insert_epi16::<5>(v, g[at(1, 1)].into());
                let v = _mm_insert_epi16::<6>(v, b[at(1, 2)].into());
                let v: u16x8<Avx2> = v.simd_into(t);
                v.store_slice(pair);
            }
        }
    }
);

/// Pixels of 16-bit words to floats, R, G and B each through its table; alpha is what the caller put into the floats.
///
/// # Panics
///
/// If the lengths differ or are no multiples of 4.
pub fn colours_of_words(tables: [&[f32; 1 << 16]; 3], pixels: &[u16], floats: &mut [f32]) {
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    assert_eq!(pixels.len(), floats.len(), "a float a sample");
    #[cfg(target_arch = "x86_64")]
    if let Some(t) = crate::level::level().as_avx2() {
        return words_avx2(t, tables, pixels, floats);
    }
    let [r, g, b] = tables;
    let pixels = pixels.as_chunks::<4>().0;
    for (p, out) in pixels.iter().zip(floats.as_chunks_mut::<4>().0) {
        out[0] = r[p[0] as usize];
        out[1] = g[p[1] as usize];
        out[2] = b[p[2] as usize];
    }
}

#[cfg(target_arch = "x86_64")]
kernel!(
    fn words_avx2(t: Avx2, tables: [&[f32; 1 << 16]; 3], pixels: &[u16], floats: &mut [f32]) {
        let [r, g, b] = tables;
        let pixels = pixels.as_chunks::<4>().0;
        for (p, out) in pixels.iter().zip(floats.as_chunks_mut::<4>().0) {
            // One load of the four codes.
            let codes: u64 = bytemuck::cast(*p);
            let at = |c: u32| (codes >> (16 * c) & 0xffff) as usize;
            let colours = _mm_set_ps(0.0, b[at(2)], g[at(1)], r[at(0)]);
            let alpha = f32x4::from_slice(t, out).into();
            let v: f32x4<Avx2> = _mm_blend_ps::<0x8>(colours, alpha).simd_into(t);
            v.store_slice(out);
        }
    }
);

/// Half floats in place: R, G and B each through its table, then a matrix that keeps alpha. `false` where the level or the
/// matrix has no fast form (nothing is changed then). Values are those of [`colours_of_words`], `matrix` and the conversion
/// one after another; alpha keeps its bits. Pairs of pixels on AVX-512 too: the look-ups take most of the time.
///
/// # Panics
///
/// If the length is no multiple of 4.
pub fn matrix_of_halves(tables: [&[f32; 1 << 16]; 3], m: &Columns, pixels: &mut [f16]) -> bool {
    assert_eq!(pixels.len() % 4, 0, "whole pixels");
    #[cfg(target_arch = "x86_64")]
    if m.keep_alpha
        && let Some(t) = crate::level::level().as_avx2()
    {
        let words: &mut [u16] = bytemuck::cast_slice_mut(pixels);
        let (pairs, last) = words.as_chunks_mut::<8>();
        halves_avx2(t, tables, m, pairs);
        if !last.is_empty() {
            let mut pair = [[0u16; 8]];
            pair[0][..4].copy_from_slice(last);
            halves_avx2(t, tables, m, &mut pair);
            last.copy_from_slice(&pair[0][..4]);
        }
        return true;
    }
    let _ = (tables, m);
    false
}

#[cfg(target_arch = "x86_64")]
kernel!(
    fn halves_avx2(t: Avx2, tables: [&[f32; 1 << 16]; 3], m: &Columns, pixels: &mut [[u16; 8]]) {
        let spread = |c: &[f32; 4]| {
            let v: [f32; 8] = std::array::from_fn(|i| c[i % 4]);
            f32x8::from_slice(t, &v)
        };
        let [red, green, blue, _] = m.columns.each_ref().map(|c| spread(c).into());
        let offset = spread(&m.offset).into();
        let [low, high] = m.clamp.unwrap_or_default();
        let low = f32x8::splat(t, low).into();
        let high = f32x8::splat(t, high).into();
        let [r, g, b] = tables;
        // Lines of eight pixels.
        for line in pixels.chunks_mut(4) {
            prefetch(line.as_ptr().cast::<u16>().wrapping_add(AHEAD));
            for pair in line {
                let codes: [u64; 2] = bytemuck::cast(*pair);
                macro_rules! pixel {
                    ($i:literal) => {{
                        let at = |c: u32| (codes[$i] >> (16 * c) & 0xffff) as usize;
                        _mm_set_ps(0.0, b[at(2)], g[at(1)], r[at(0)])
                    }};
                }
                let v = _mm256_set_m128(pixel!(1), pixel!(0));
                let s = _mm256_fmadd_ps(_mm256_permute_ps::<0x00>(v), red, offset);
                let s = _mm256_fmadd_ps(_mm256_permute_ps::<0x55>(v), green, s);
                let s = _mm256_fmadd_ps(_mm256_permute_ps::<0xaa>(v), blue, s);
                let source = u16x8::from_slice(t, pair).into();
                // NaN takes the second operand.
                let s = if m.clamp.is_some() {
                    _mm256_min_ps(_mm256_max_ps(s, low), high)
                } else {
                    s
                };
                let s = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(s);
                let s: u16x8<Avx2> = _mm_blend_epi16::<0x88>(s, source).simd_into(t);
                s.store_slice(pair);
            }
        }
    }
);
