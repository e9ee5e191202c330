//! Words that need instructions `fearless_simd` has no portable form of: rows of a table, and register tables.
//!
//! Rows: a vector's indices become row loads of 16 bytes and 4 x 4 transposes inside 128-bit blocks, which beats hardware
//! gathers and lane-by-lane loads. Indices are bounded as a vector and go through memory: taken out of a register one by one,
//! each with its own bound, they cost twice the time of all the rest. Register tables: 16 floats stay in one or two registers
//! and are looked up by a permute; levels without one go lane by lane.

#![allow(
    unsafe_code,
    reason = "rows at indices that were bounded as a vector are loaded without a second check"
)]

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, f32x4, f32x8, f32x16, kernel, u32x8, u32x16, x86::Avx2, x86::Avx512};
use fearless_simd::{Simd, prelude::*};

use crate::lane::MAX_LANES;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m128, _mm_loadu_ps, _mm256_blendv_ps, _mm256_castpd_ps, _mm256_castps_pd,
    _mm256_castps128_ps256, _mm256_castsi256_ps, _mm256_insertf128_ps, _mm256_permutevar8x32_ps,
    _mm256_setzero_ps, _mm256_slli_epi32, _mm256_unpackhi_pd, _mm256_unpackhi_ps,
    _mm256_unpacklo_pd, _mm256_unpacklo_ps, _mm512_castpd_ps, _mm512_castps_pd,
    _mm512_castps128_ps512, _mm512_insertf32x4, _mm512_permutexvar_ps, _mm512_setzero_ps,
    _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
};

/// Rows of a table by vectors of `N` bounded indices, kept in memory.
pub(crate) struct Offsets<'a, const N: usize> {
    table: &'a [[f32; 4]],
    /// Of rows in bytes.
    bytes: [u32; N],
}

impl<'a, const N: usize> Offsets<'a, N> {
    /// All at the first row.
    ///
    /// # Panics
    ///
    /// If the table has no row or more than 2^24.
    #[inline(always)]
    pub fn new(table: &'a [[f32; 4]]) -> Self {
        assert!(
            !table.is_empty() && table.len() <= 1 << 24,
            "1 to 2^24 rows"
        );
        let bytes = [0; N];
        Self { table, bytes }
    }

    /// Indices from place `at` on; beyond the table they name its last row.
    #[inline(always)]
    pub fn set<S: Simd>(&mut self, s: S, at: usize, index: S::u32s) {
        let bounded = index.min(S::u32s::splat(s, self.table.len() as u32 - 1));
        (bounded << 4).store_slice(&mut self.bytes[at..at + S::u32s::LEN]);
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn vector<const L: usize>(&self, at: usize) -> Vector<'_, L> {
        let bytes = self.bytes[at..at + L]
            .first_chunk()
            .expect("a whole vector");
        Vector {
            table: self.table,
            bytes,
        }
    }

    /// The rows of the vector from place `at` on, as four columns.
    #[inline(always)]
    pub fn rows<S: Simd>(&self, s: S, at: usize) -> [S::f32s; 4] {
        self.columns::<S, false>(s, at)
    }

    /// As [`Offsets::rows`], but every fourth lane is anything.
    #[inline(always)]
    pub fn colours<S: Simd>(&self, s: S, at: usize) -> [S::f32s; 4] {
        self.columns::<S, true>(s, at)
    }

    #[inline(always)]
    fn columns<S: Simd, const COLOURS: bool>(&self, s: S, at: usize) -> [S::f32s; 4] {
        #[cfg(target_arch = "x86_64")]
        {
            if let Level::Avx512(t) = s.level() {
                let v = self.vector(at);
                let [a, b, c, d] = if COLOURS {
                    colours_avx512(t, &v)
                } else {
                    rows_avx512(t, &v)
                };
                return [
                    S::f32s::from_slice(s, a.as_slice()),
                    S::f32s::from_slice(s, b.as_slice()),
                    S::f32s::from_slice(s, c.as_slice()),
                    S::f32s::from_slice(s, d.as_slice()),
                ];
            }
            if let Level::Avx2(t) = s.level() {
                let v = self.vector(at);
                let [a, b, c, d] = if COLOURS {
                    colours_avx2(t, &v)
                } else {
                    rows_avx2(t, &v)
                };
                return [
                    S::f32s::from_slice(s, a.as_slice()),
                    S::f32s::from_slice(s, b.as_slice()),
                    S::f32s::from_slice(s, c.as_slice()),
                    S::f32s::from_slice(s, d.as_slice()),
                ];
            }
        }
        let n = S::f32s::LEN;
        let mut pixels = [0.0f32; 4 * MAX_LANES];
        let mut j = 0;
        while j < n {
            let row = &self.table[self.bytes[at + j] as usize / 16];
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
}

/// The offsets of one vector.
#[cfg(target_arch = "x86_64")]
struct Vector<'a, const N: usize> {
    table: &'a [[f32; 4]],
    bytes: &'a [u32; N],
}

#[cfg(target_arch = "x86_64")]
impl<const N: usize> Vector<'_, N> {
    /// The row of a lane.
    #[inline(always)]
    fn row(&self, lane: usize) -> __m128 {
        let byte = self.bytes[lane] as usize;
        debug_assert!(byte.is_multiple_of(16) && byte / 16 < self.table.len());
        // SAFETY: made by `Offsets::rows` alone, whose offsets are 0 or made by `set`, which bounds them to 16 times the last
        // row's index; `new` makes sure of a row. Loads of 128 bits are in the x86-64 baseline and need no alignment here.
        unsafe { _mm_loadu_ps(self.table.as_ptr().byte_add(byte).cast()) }
    }
}

/// The function `$name` from indices or offsets to columns, by `$row` from lanes to rows; the rows of every fourth lane are
/// `$last`.
#[cfg(target_arch = "x86_64")]
macro_rules! columns_avx512 {
    ($name:ident($t:ident, $($arg:ident: $type:ty),+), |$lane:ident| $row:expr, |$four:ident| $last:expr) => {
        kernel!(
            #[inline(always)]
            fn $name($t: Avx512, $($arg: $type),+) -> [f32x16<Avx512>; 4] {
                macro_rules! row {
                    ($at:expr) => {{
                        let $lane = $at;
                        $row
                    }};
                }
                macro_rules! $four {
                    ($j:literal) => {{
                        let a = _mm512_castps128_ps512(row!($j));
                        let a = _mm512_insertf32x4::<1>(a, row!($j + 4));
                        let a = _mm512_insertf32x4::<2>(a, row!($j + 8));
                        _mm512_insertf32x4::<3>(a, row!($j + 12))
                    }};
                }
                let (a, b, c, d) = ($four!(0), $four!(1), $four!(2), $last);
                let ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b));
                let cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d));
                let ef = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
                let gh = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
                [
                    _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)).simd_into($t),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)).simd_into($t),
                    _mm512_castpd_ps(_mm512_unpacklo_pd(ef, gh)).simd_into($t),
                    _mm512_castpd_ps(_mm512_unpackhi_pd(ef, gh)).simd_into($t),
                ]
            }
        );
    };
}

/// As for AVX-512.
#[cfg(target_arch = "x86_64")]
macro_rules! columns_avx2 {
    ($name:ident($t:ident, $($arg:ident: $type:ty),+), |$lane:ident| $row:expr, |$two:ident| $last:expr) => {
        kernel!(
            #[inline(always)]
            fn $name($t: Avx2, $($arg: $type),+) -> [f32x8<Avx2>; 4] {
                macro_rules! row {
                    ($at:expr) => {{
                        let $lane = $at;
                        $row
                    }};
                }
                macro_rules! $two {
                    ($j:literal) => {
                        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(row!($j)), row!($j + 4))
                    };
                }
                let (a, b, c, d) = ($two!(0), $two!(1), $two!(2), $last);
                let ab = _mm256_castps_pd(_mm256_unpacklo_ps(a, b));
                let cd = _mm256_castps_pd(_mm256_unpacklo_ps(c, d));
                let ef = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
                let gh = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
                [
                    _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)).simd_into($t),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)).simd_into($t),
                    _mm256_castpd_ps(_mm256_unpacklo_pd(ef, gh)).simd_into($t),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(ef, gh)).simd_into($t),
                ]
            }
        );
    };
}

#[cfg(target_arch = "x86_64")]
columns_avx512!(rows_avx512(t, from: &Vector<'_, 16>), |lane| from.row(lane), |four| four!(3));
#[cfg(target_arch = "x86_64")]
columns_avx512!(colours_avx512(t, from: &Vector<'_, 16>), |lane| from.row(lane), |four| {
    _mm512_setzero_ps()
});
#[cfg(target_arch = "x86_64")]
columns_avx512!(
    fetch_avx512(t, rows: &[[f32; 4]], i: &[u32; 16]),
    |lane| f32x4::from_slice(t, &rows[(i[lane] as usize).min(rows.len() - 1)]).into(),
    |four| four!(3)
);
#[cfg(target_arch = "x86_64")]
columns_avx2!(rows_avx2(t, from: &Vector<'_, 8>), |lane| from.row(lane), |two| two!(3));
#[cfg(target_arch = "x86_64")]
columns_avx2!(colours_avx2(t, from: &Vector<'_, 8>), |lane| from.row(lane), |two| {
    _mm256_setzero_ps()
});
#[cfg(target_arch = "x86_64")]
columns_avx2!(
    fetch_avx2(t, rows: &[[f32; 4]], i: &[u32; 16]),
    |lane| f32x4::from_slice(t, &rows[(i[lane] as usize).min(rows.len() - 1)]).into(),
    |two| two!(3)
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
    #[cfg(target_arch = "x86_64")]
    {
        // By itself the compiler keeps these indices in registers: formulas that fetch often are faster so than by offsets in
        // memory, which it spills once more.
        let mut i = [0u32; MAX_LANES];
        if let Level::Avx512(t) = s.level() {
            index.store_slice(&mut i[..S::u32s::LEN]);
            let [a, b, c, d] = fetch_avx512(t, table, &i);
            return [
                S::f32s::from_slice(s, a.as_slice()),
                S::f32s::from_slice(s, b.as_slice()),
                S::f32s::from_slice(s, c.as_slice()),
                S::f32s::from_slice(s, d.as_slice()),
            ];
        }
        if let Level::Avx2(t) = s.level() {
            index.store_slice(&mut i[..S::u32s::LEN]);
            let [a, b, c, d] = fetch_avx2(t, table, &i);
            return [
                S::f32s::from_slice(s, a.as_slice()),
                S::f32s::from_slice(s, b.as_slice()),
                S::f32s::from_slice(s, c.as_slice()),
                S::f32s::from_slice(s, d.as_slice()),
            ];
        }
    }
    let mut offsets = Offsets::<MAX_LANES>::new(table);
    offsets.set(s, 0, index);
    offsets.rows(s, 0)
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
