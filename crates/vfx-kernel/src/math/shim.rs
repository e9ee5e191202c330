//! Words that need instructions `fearless_simd` has no portable form of: rows of a table, and register tables.
//!
//! Rows: a vector's indices become row loads of 16 bytes and 4 x 4 transposes inside 128-bit blocks, which beats hardware
//! gathers (0.45 against 1.2 ns a lane) and lane-by-lane loads. Register tables: 16 floats stay in one or two registers and
//! are looked up by a permute; levels without one go lane by lane. Indices are bounded before any load.

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, f32x4, f32x8, f32x16, kernel, u32x8, u32x16, x86::Avx2, x86::Avx512};
use fearless_simd::{Simd, prelude::*};

use crate::lane::MAX_LANES;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm256_blendv_ps, _mm256_castpd_ps, _mm256_castps_pd, _mm256_castps128_ps256,
    _mm256_castsi256_ps, _mm256_insertf128_ps, _mm256_permutevar8x32_ps, _mm256_slli_epi32,
    _mm256_unpackhi_pd, _mm256_unpackhi_ps, _mm256_unpacklo_pd, _mm256_unpacklo_ps,
    _mm512_castpd_ps, _mm512_castps_pd, _mm512_castps128_ps512, _mm512_insertf32x4,
    _mm512_permutexvar_ps, _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd,
    _mm512_unpacklo_ps,
};

#[cfg(target_arch = "x86_64")]
kernel!(
    #[inline(always)]
    fn rows_avx512(t: Avx512, rows: &[[f32; 4]], i: &[u32; 16]) -> [f32x16<Avx512>; 4] {
        let last = rows.len() - 1;
        macro_rules! row {
            ($at:expr) => {
                f32x4::from_slice(t, &rows[(i[$at] as usize).min(last)]).into()
            };
        }
        macro_rules! four {
            ($j:literal) => {{
                let a = _mm512_castps128_ps512(row!($j));
                let a = _mm512_insertf32x4::<1>(a, row!($j + 4));
                let a = _mm512_insertf32x4::<2>(a, row!($j + 8));
                _mm512_insertf32x4::<3>(a, row!($j + 12))
            }};
        }
        let (a, b, c, d) = (four!(0), four!(1), four!(2), four!(3));
        let ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
        let cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
        let ef = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
        let gh = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
        [
            _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)).simd_into(t),
            _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)).simd_into(t),
            _mm512_castpd_ps(_mm512_unpacklo_pd(ef, gh)).simd_into(t),
            _mm512_castpd_ps(_mm512_unpackhi_pd(ef, gh)).simd_into(t),
        ]
    }
);

#[cfg(target_arch = "x86_64")]
kernel!(
    #[inline(always)]
    fn rows_avx2(t: Avx2, rows: &[[f32; 4]], i: &[u32; 16]) -> [f32x8<Avx2>; 4] {
        let last = rows.len() - 1;
        macro_rules! row {
            ($at:expr) => {
                f32x4::from_slice(t, &rows[(i[$at] as usize).min(last)]).into()
            };
        }
        macro_rules! two {
            ($j:literal) => {
                _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(row!($j)), row!($j + 4))
            };
        }
        let (a, b, c, d) = (two!(0), two!(1), two!(2), two!(3));
        let ab = _mm256_castps_pd(_mm256_unpacklo_ps(a, b));
        let cd = _mm256_castps_pd(_mm256_unpacklo_ps(c, d));
        let ef = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
        let gh = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
        [
            _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)).simd_into(t),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)).simd_into(t),
            _mm256_castpd_ps(_mm256_unpacklo_pd(ef, gh)).simd_into(t),
            _mm256_castpd_ps(_mm256_unpackhi_pd(ef, gh)).simd_into(t),
        ]
    }
);

#[cfg(target_arch = "x86_64")]
kernel!(
    #[inline(always)]
    fn small_avx512(t: Avx512, table: &[f32; 16], i: u32x16<Avx512>) -> f32x16<Avx512> {
        let table = f32x16::from_slice(t, table);
        _mm512_permutexvar_ps(i.into(), table.into()).simd_into(t)
    }
);

#[cfg(target_arch = "x86_64")]
kernel!(
    #[inline(always)]
    fn small_avx2(t: Avx2, table: &[f32; 16], i: u32x8<Avx2>) -> f32x8<Avx2> {
        let low = f32x8::from_slice(t, &table[..8]);
        let high = f32x8::from_slice(t, &table[8..]);
        let low = _mm256_permutevar8x32_ps(low.into(), i.into());
        let high = _mm256_permutevar8x32_ps(high.into(), i.into());
        // Bit 3 of the index becomes the sign that the blend looks at.
        let upper = _mm256_castsi256_ps(_mm256_slli_epi32::<28>(i.into()));
        _mm256_blendv_ps(low, high, upper).simd_into(t)
    }
);

/// The rows `index` names, as four columns.
#[inline(always)]
pub(super) fn rows<S: Simd>(s: S, table: &[[f32; 4]], index: S::u32s) -> [S::f32s; 4] {
    let n = S::f32s::LEN;
    let mut i = [0u32; MAX_LANES];
    index.store_slice(&mut i[..n]);
    #[cfg(target_arch = "x86_64")]
    {
        if let Level::Avx512(t) = s.level() {
            let [a, b, c, d] = rows_avx512(t, table, &i);
            return [
                S::f32s::from_slice(s, a.as_slice()),
                S::f32s::from_slice(s, b.as_slice()),
                S::f32s::from_slice(s, c.as_slice()),
                S::f32s::from_slice(s, d.as_slice()),
            ];
        }
        if let Level::Avx2(t) = s.level() {
            let [a, b, c, d] = rows_avx2(t, table, &i);
            return [
                S::f32s::from_slice(s, a.as_slice()),
                S::f32s::from_slice(s, b.as_slice()),
                S::f32s::from_slice(s, c.as_slice()),
                S::f32s::from_slice(s, d.as_slice()),
            ];
        }
    }
    let last = table.len() - 1;
    let mut pixels = [0.0f32; 4 * MAX_LANES];
    let mut j = 0;
    while j < n {
        let row = &table[(i[j] as usize).min(last)];
        pixels[4 * j..4 * j + 4].copy_from_slice(row);
        j += 1;
    }
    let a = S::f32s::from_slice(s, &pixels[..n]);
    let b = S::f32s::from_slice(s, &pixels[n..2 * n]);
    let c = S::f32s::from_slice(s, &pixels[2 * n..3 * n]);
    let d = S::f32s::from_slice(s, &pixels[3 * n..4 * n]);
    let (xz0, yw0) = (a.unzip_low(b), a.unzip_high(b));
    let (xz1, yw1) = (c.unzip_low(d), c.unzip_high(d));
    [
        xz0.unzip_low(xz1),
        yw0.unzip_low(yw1),
        xz0.unzip_high(xz1),
        yw0.unzip_high(yw1),
    ]
}

/// Entry `index` (0 to 15) of 16 floats.
#[inline(always)]
pub(super) fn small<S: Simd>(s: S, table: &[f32; 16], index: S::u32s) -> S::f32s {
    #[cfg(target_arch = "x86_64")]
    {
        if let Level::Avx512(t) = s.level() {
            let i = u32x16::from_slice(t, index.as_slice());
            return S::f32s::from_slice(s, small_avx512(t, table, i).as_slice());
        }
        if let Level::Avx2(t) = s.level() {
            let i = u32x8::from_slice(t, index.as_slice());
            return S::f32s::from_slice(s, small_avx2(t, table, i).as_slice());
        }
    }
    let n = S::f32s::LEN;
    let mut out = [0.0f32; MAX_LANES];
    let mut j = 0;
    while j < n {
        out[j] = table[(index[j] & 15) as usize];
        j += 1;
    }
    S::f32s::from_slice(s, &out[..n])
}
