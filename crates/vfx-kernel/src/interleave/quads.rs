//! Four channels of four bytes on AVX2: transposes inside 128-bit blocks.
//!
//! AVX2 has no byte permute of two registers over all their bytes; put together from its parts it costs five times as many
//! instructions as these. Blocks are loaded and stored so that pixels keep their order. Bits are moved, never looked at.

use fearless_simd::{f32x4, f32x8, kernel, prelude::*, x86::Avx2};

use std::arch::x86_64::{
    _mm256_castpd_ps, _mm256_castps_pd, _mm256_castps128_ps256, _mm256_castps256_ps128,
    _mm256_extractf128_ps, _mm256_insertf128_ps, _mm256_unpackhi_pd, _mm256_unpackhi_ps,
    _mm256_unpacklo_pd, _mm256_unpacklo_ps,
};

/// Pixels a step.
const STEP: usize = 8;

macro_rules! pairs {
    ($unpack:ident, $a:expr, $b:expr) => {
        _mm256_castpd_ps($unpack(_mm256_castps_pd($a), _mm256_castps_pd($b)))
    };
}

kernel!(
    /// Pixels to planes; the number of pixels done.
    pub(super) fn split(t: Avx2, src: &[f32], planes: [&mut [f32]; 4]) -> usize {
        let [p0, p1, p2, p3] = planes;
        let steps = p0.len() / STEP;
        for (i, p) in src.as_chunks::<{ 4 * STEP }>().0[..steps]
            .iter()
            .enumerate()
        {
            macro_rules! two {
                ($q:literal) => {{
                    let low = f32x4::from_slice(t, &p[4 * $q..4 * $q + 4]).into();
                    let high = f32x4::from_slice(t, &p[4 * $q + 16..4 * $q + 20]).into();
                    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
                }};
            }
            let (a, b, c, d) = (two!(0), two!(1), two!(2), two!(3));
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            let (ef, gh) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            let at = STEP * i..STEP * (i + 1);
            let store = |v: f32x8<Avx2>, plane: &mut [f32]| v.store_slice(&mut plane[at.clone()]);
            store(pairs!(_mm256_unpacklo_pd, ab, cd).simd_into(t), p0);
            store(pairs!(_mm256_unpackhi_pd, ab, cd).simd_into(t), p1);
            store(pairs!(_mm256_unpacklo_pd, ef, gh).simd_into(t), p2);
            store(pairs!(_mm256_unpackhi_pd, ef, gh).simd_into(t), p3);
        }
        steps * STEP
    }
);

kernel!(
    /// Planes to pixels; the number of pixels done.
    pub(super) fn join(t: Avx2, planes: [&[f32]; 4], dst: &mut [f32]) -> usize {
        let steps = planes[0].len() / STEP;
        for (i, p) in dst.as_chunks_mut::<{ 4 * STEP }>().0[..steps]
            .iter_mut()
            .enumerate()
        {
            let at = STEP * i..STEP * (i + 1);
            let load = |plane: &[f32]| f32x8::from_slice(t, &plane[at.clone()]).into();
            let (r, g) = (load(planes[0]), load(planes[1]));
            let (b, a) = (load(planes[2]), load(planes[3]));
            let (rg, ba) = (_mm256_unpacklo_ps(r, g), _mm256_unpacklo_ps(b, a));
            let (rg1, ba1) = (_mm256_unpackhi_ps(r, g), _mm256_unpackhi_ps(b, a));
            macro_rules! two {
                ($q:literal, $v:expr) => {{
                    let v = $v;
                    let low: f32x4<Avx2> = _mm256_castps256_ps128(v).simd_into(t);
                    let high: f32x4<Avx2> = _mm256_extractf128_ps::<1>(v).simd_into(t);
                    low.store_slice(&mut p[4 * $q..4 * $q + 4]);
                    high.store_slice(&mut p[4 * $q + 16..4 * $q + 20]);
                }};
            }
            two!(0, pairs!(_mm256_unpacklo_pd, rg, ba));
            two!(1, pairs!(_mm256_unpackhi_pd, rg, ba));
            two!(2, pairs!(_mm256_unpacklo_pd, rg1, ba1));
            two!(3, pairs!(_mm256_unpackhi_pd, rg1, ba1));
        }
        steps * STEP
    }
);
