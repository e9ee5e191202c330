//! Interleaved R, G, B, A half floats to planes of floats and back, in one pass.
//!
//! Values are those of `convert` and `interleave` one after the other, which write and read a block of floats more. Any
//! length. Levels without the instructions, and the last pixels, take those two steps.

use half::f16;

use crate::convert::{Samples, SamplesMut, from_f32, to_f32};
use crate::interleave::{deinterleave, interleave};

/// Pixels that go through a block of floats at once.
const BLOCK: usize = 256;

/// Pixels to planes.
///
/// # Panics
///
/// If the planes are not of one length, or the pixels not as many.
pub fn halves_to_planes(pixels: &[f16], planes: [&mut [f32]; 4]) {
    let n = planes[0].len();
    for plane in &planes {
        assert_eq!(plane.len(), n, "planes of one length");
    }
    assert_eq!(pixels.len(), 4 * n, "a pixel a sample");
    let [r, g, b, a] = planes;
    let words: &[u16] = bytemuck::cast_slice(pixels);
    let mut from = split(words, [&mut *r, &mut *g, &mut *b, &mut *a]);
    let mut flat = [0.0f32; 4 * BLOCK];
    while from < n {
        let to = n.min(from + BLOCK);
        let flat = &mut flat[..4 * (to - from)];
        to_f32(Samples::F16(&pixels[4 * from..4 * to]), 16, flat);
        let part = [
            &mut r[from..to],
            &mut g[from..to],
            &mut b[from..to],
            &mut a[from..to],
        ];
        deinterleave(flat, 4, &mut { part });
        from = to;
    }
}

/// Planes to pixels.
///
/// # Panics
///
/// If the planes are not of one length, or the pixels not as many.
pub fn planes_to_halves(planes: [&[f32]; 4], pixels: &mut [f16]) {
    let n = planes[0].len();
    for plane in &planes {
        assert_eq!(plane.len(), n, "planes of one length");
    }
    assert_eq!(pixels.len(), 4 * n, "a pixel a sample");
    let mut from = join(planes, bytemuck::cast_slice_mut(pixels));
    let mut flat = [0.0f32; 4 * BLOCK];
    while from < n {
        let to = n.min(from + BLOCK);
        let flat = &mut flat[..4 * (to - from)];
        let [r, g, b, a] = planes.map(|p| &p[from..to]);
        interleave(&[r, g, b, a], 4, flat);
        from_f32(flat, SamplesMut::F16(&mut pixels[4 * from..4 * to]), 16);
        from = to;
    }
}

/// Whole vectors of pixels; the number of pixels done.
fn split(words: &[u16], planes: [&mut [f32]; 4]) -> usize {
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        fearless_simd::Level::Avx512(t) => return x86::split_avx512(t, words, planes),
        fearless_simd::Level::Avx2(t) => return x86::split_avx2(t, words, planes),
        _ => {}
    }
    let _ = (words, planes);
    0
}

/// Whole vectors of pixels; the number of pixels done.
fn join(planes: [&[f32]; 4], words: &mut [u16]) -> usize {
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        fearless_simd::Level::Avx512(t) => return x86::join_avx512(t, planes, words),
        fearless_simd::Level::Avx2(t) => return x86::join_avx2(t, planes, words),
        _ => {}
    }
    let _ = (words, planes);
    0
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! Conversions in registers, transposes inside 128-bit blocks, and a permute that puts pixels in order.

    use std::arch::x86_64::{
        _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm256_castpd_ps, _mm256_castps_pd,
        _mm256_cvtph_ps, _mm256_cvtps_ph, _mm256_permutevar8x32_ps, _mm256_unpackhi_pd,
        _mm256_unpackhi_ps, _mm256_unpacklo_pd, _mm256_unpacklo_ps, _mm512_castpd_ps,
        _mm512_castps_pd, _mm512_cvtph_ps, _mm512_cvtps_ph, _mm512_permutexvar_ps,
        _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
    };

    use fearless_simd::{
        f32x8, f32x16, kernel, prelude::*, u16x8, u16x16, u32x8, u32x16, x86::Avx2, x86::Avx512,
    };

    macro_rules! reorder_avx512 {
        ($v:expr, $i:expr) => {
            _mm512_permutexvar_ps($i, $v)
        };
    }

    macro_rules! reorder_avx2 {
        ($v:expr, $i:expr) => {
            _mm256_permutevar8x32_ps($v, $i)
        };
    }

    macro_rules! level {
        ($split:ident, $join:ident, $level:ident, $n:literal, $half:ident, $float:ident, $index:ident,
         $to_float:ident, $to_half:ident, $mode:expr, $reorder:ident, $as_pd:ident, $as_ps:ident,
         $lo_ps:ident, $hi_ps:ident, $lo_pd:ident, $hi_pd:ident) => {
            kernel!(
                pub(super) fn $split(t: $level, words: &[u16], planes: [&mut [f32]; 4]) -> usize {
                    let [r, g, b, a] = planes;
                    let steps = r.len() / $n;
                    // Block k of a transpose holds every (n / 4)th pixel from k on.
                    let mut order = [0u32; $n];
                    for (i, o) in order.iter_mut().enumerate() {
                        *o = (4 * (i % ($n / 4)) + i / ($n / 4)) as u32;
                    }
                    let order = $index::from_slice(t, &order).into();
                    for (i, p) in words.as_chunks::<{ 4 * $n }>().0[..steps]
                        .iter()
                        .enumerate()
                    {
                        macro_rules! four {
                            ($q:literal) => {
                                $to_float($half::from_slice(t, &p[$n * $q..$n * ($q + 1)]).into())
                            };
                        }
                        let (p0, p1, p2, p3) = (four!(0), four!(1), four!(2), four!(3));
                        let (ab, cd) = ($as_pd($lo_ps(p0, p1)), $as_pd($lo_ps(p2, p3)));
                        let (ef, gh) = ($as_pd($hi_ps(p0, p1)), $as_pd($hi_ps(p2, p3)));
                        macro_rules! plane {
                            ($v:expr, $plane:ident) => {{
                                let v: $float<$level> = $reorder!($as_ps($v), order).simd_into(t);
                                v.store_slice(&mut $plane[$n * i..$n * (i + 1)]);
                            }};
                        }
                        plane!($lo_pd(ab, cd), r);
                        plane!($hi_pd(ab, cd), g);
                        plane!($lo_pd(ef, gh), b);
                        plane!($hi_pd(ef, gh), a);
                    }
                    steps * $n
                }
            );
            kernel!(
                pub(super) fn $join(t: $level, planes: [&[f32]; 4], words: &mut [u16]) -> usize {
                    let steps = planes[0].len() / $n;
                    let mut order = [0u32; $n];
                    for (i, o) in order.iter_mut().enumerate() {
                        *o = (($n / 4) * (i % 4) + i / 4) as u32;
                    }
                    let order = $index::from_slice(t, &order).into();
                    for (i, p) in words.as_chunks_mut::<{ 4 * $n }>().0[..steps]
                        .iter_mut()
                        .enumerate()
                    {
                        let at = $n * i..$n * (i + 1);
                        macro_rules! plane {
                            ($c:literal) => {
                                $reorder!(
                                    $float::from_slice(t, &planes[$c][at.clone()]).into(),
                                    order
                                )
                            };
                        }
                        let (r, g, b, a) = (plane!(0), plane!(1), plane!(2), plane!(3));
                        let (rg, ba) = ($as_pd($lo_ps(r, g)), $as_pd($lo_ps(b, a)));
                        let (rg1, ba1) = ($as_pd($hi_ps(r, g)), $as_pd($hi_ps(b, a)));
                        macro_rules! four {
                            ($q:literal, $v:expr) => {{
                                let h: $half<$level> =
                                    $to_half::<{ $mode }>($as_ps($v)).simd_into(t);
                                h.store_slice(&mut p[$n * $q..$n * ($q + 1)]);
                            }};
                        }
                        four!(0, $lo_pd(rg, ba));
                        four!(1, $hi_pd(rg, ba));
                        four!(2, $lo_pd(rg1, ba1));
                        four!(3, $hi_pd(rg1, ba1));
                    }
                    steps * $n
                }
            );
        };
    }

    level!(
        split_avx512,
        join_avx512,
        Avx512,
        16,
        u16x16,
        f32x16,
        u32x16,
        _mm512_cvtph_ps,
        _mm512_cvtps_ph,
        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC,
        reorder_avx512,
        _mm512_castps_pd,
        _mm512_castpd_ps,
        _mm512_unpacklo_ps,
        _mm512_unpackhi_ps,
        _mm512_unpacklo_pd,
        _mm512_unpackhi_pd
    );
    level!(
        split_avx2,
        join_avx2,
        Avx2,
        8,
        u16x8,
        f32x8,
        u32x8,
        _mm256_cvtph_ps,
        _mm256_cvtps_ph,
        _MM_FROUND_TO_NEAREST_INT,
        reorder_avx2,
        _mm256_castps_pd,
        _mm256_castpd_ps,
        _mm256_unpacklo_ps,
        _mm256_unpackhi_ps,
        _mm256_unpacklo_pd,
        _mm256_unpackhi_pd
    );
}
