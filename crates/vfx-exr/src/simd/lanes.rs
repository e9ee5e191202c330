//! Eight floats in one register, and the same in plain code.
//!
//! Kernels are written once, generic over [`Lanes`]; [`with_lanes`] picks the register form where the machine has AVX2 and F16C. Both forms round alike and never
//! fuse, so they give the same bits. Half conversions: to nearest even, or directed for the quantiser; NaN stays NaN.
#![allow(unsafe_code, reason = "std::arch intrinsics behind run-time detection")]

use half::f16;

/// Eight `f32`.
pub(crate) trait Lanes: Copy {
    fn splat(v: f32) -> Self;
    fn load(v: &[f32; 8]) -> Self;
    fn store(self, to: &mut [f32; 8]);
    fn add(self, b: Self) -> Self;
    fn sub(self, b: Self) -> Self;
    fn mul(self, b: Self) -> Self;
    fn from_half(v: &[u16; 8]) -> Self;
    /// To nearest even.
    fn to_half(self) -> [u16; 8];
    /// Towards positive infinity.
    fn to_half_up(self) -> [u16; 8];
    /// Towards zero; the sign bit of -0 may be either.
    fn to_half_cut(self) -> [u16; 8];
    fn abs(self) -> Self;
    fn transpose(rows: [Self; 8]) -> [Self; 8];
    /// Bit `i`: the high byte of word `i` is 0xff.
    fn high_ff(v: &[u16; 16]) -> u32;
}

/// A kernel that runs on either form.
pub(crate) trait Kernel {
    type Output;
    fn run<L: Lanes>(self) -> Self::Output;
}

/// Runs the kernel on the best form; what it calls must be `#[inline(always)]`.
#[inline(always)]
pub(crate) fn with_lanes<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("f16c")
    {
        // SAFETY: the features are present.
        return unsafe { x86::call(kernel) };
    }
    kernel.run::<[f32; 8]>()
}

fn half_up(v: f32) -> u16 {
    let h = f16::from_f32(v);
    match h.to_f32() < v {
        true if h.to_bits() & 0x8000 == 0 => h.to_bits() + 1,
        true if h.to_bits() == 0x8000 => 1,
        true => h.to_bits() - 1,
        false => h.to_bits(),
    }
}

fn half_cut(v: f32) -> u16 {
    let h = f16::from_f32(v);
    h.to_bits() - u16::from(h.to_f32().abs() > v.abs())
}

impl Lanes for [f32; 8] {
    fn splat(v: f32) -> Self {
        [v; 8]
    }
    fn load(v: &[f32; 8]) -> Self {
        *v
    }
    fn store(self, to: &mut [f32; 8]) {
        *to = self;
    }
    fn add(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] + b[i])
    }
    fn sub(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] - b[i])
    }
    fn mul(self, b: Self) -> Self {
        std::array::from_fn(|i| self[i] * b[i])
    }
    fn from_half(v: &[u16; 8]) -> Self {
        v.map(|h| f16::from_bits(h).to_f32())
    }
    fn to_half(self) -> [u16; 8] {
        self.map(|v| f16::from_f32(v).to_bits())
    }
    fn to_half_up(self) -> [u16; 8] {
        self.map(half_up)
    }
    fn to_half_cut(self) -> [u16; 8] {
        self.map(half_cut)
    }
    fn abs(self) -> Self {
        self.map(f32::abs)
    }
    fn transpose(rows: [Self; 8]) -> [Self; 8] {
        std::array::from_fn(|i| rows.map(|r| r[i]))
    }
    fn high_ff(v: &[u16; 16]) -> u32 {
        (0..16).fold(0, |m, i| m | u32::from(v[i] >= 0xff00) << i)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Kernel, Lanes};
    use std::arch::x86_64::*;

    /// A register; made only inside [`call`].
    #[derive(Clone, Copy)]
    struct Avx(__m256);

    /// A frame with the features, into which the kernel is inlined.
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,f16c")]
    pub(super) fn call<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx>()
    }

    fn words(v: __m128i) -> [u16; 8] {
        // SAFETY: both are 16 plain bytes.
        unsafe { std::mem::transmute(v) }
    }

    // SAFETY of every block: an `Avx` kernel runs only inside `call`, whose features were detected; loads and stores go through references of the full size.
    impl Lanes for Avx {
        #[inline(always)]
        fn splat(v: f32) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_set1_ps(v) })
        }
        #[inline(always)]
        fn load(v: &[f32; 8]) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_loadu_ps(v.as_ptr()) })
        }
        #[inline(always)]
        fn store(self, to: &mut [f32; 8]) {
            // SAFETY: see above.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
        }
        #[inline(always)]
        fn add(self, b: Self) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_add_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn sub(self, b: Self) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_sub_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn mul(self, b: Self) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_mul_ps(self.0, b.0) })
        }
        #[inline(always)]
        fn from_half(v: &[u16; 8]) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_cvtph_ps(_mm_loadu_si128(v.as_ptr().cast())) })
        }
        #[inline(always)]
        fn to_half(self) -> [u16; 8] {
            // SAFETY: see above.
            words(unsafe { _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(self.0) })
        }
        #[inline(always)]
        fn to_half_up(self) -> [u16; 8] {
            // SAFETY: see above.
            words(unsafe { _mm256_cvtps_ph::<_MM_FROUND_TO_POS_INF>(self.0) })
        }
        #[inline(always)]
        fn to_half_cut(self) -> [u16; 8] {
            // SAFETY: see above.
            words(unsafe { _mm256_cvtps_ph::<_MM_FROUND_TO_ZERO>(self.0) })
        }
        #[inline(always)]
        fn abs(self) -> Self {
            // SAFETY: see above.
            Avx(unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
        }
        #[inline(always)]
        fn transpose(r: [Self; 8]) -> [Self; 8] {
            // SAFETY: see above.
            unsafe {
                let lo = |a: usize, b: usize| _mm256_unpacklo_ps(r[a].0, r[b].0);
                let hi = |a: usize, b: usize| _mm256_unpackhi_ps(r[a].0, r[b].0);
                let (t0, t1, t2, t3) = (lo(0, 1), hi(0, 1), lo(2, 3), hi(2, 3));
                let (t4, t5, t6, t7) = (lo(4, 5), hi(4, 5), lo(6, 7), hi(6, 7));
                let s0 = _mm256_shuffle_ps::<0x44>(t0, t2);
                let s1 = _mm256_shuffle_ps::<0xee>(t0, t2);
                let s2 = _mm256_shuffle_ps::<0x44>(t1, t3);
                let s3 = _mm256_shuffle_ps::<0xee>(t1, t3);
                let s4 = _mm256_shuffle_ps::<0x44>(t4, t6);
                let s5 = _mm256_shuffle_ps::<0xee>(t4, t6);
                let s6 = _mm256_shuffle_ps::<0x44>(t5, t7);
                let s7 = _mm256_shuffle_ps::<0xee>(t5, t7);
                [
                    Avx(_mm256_permute2f128_ps::<0x20>(s0, s4)),
                    Avx(_mm256_permute2f128_ps::<0x20>(s1, s5)),
                    Avx(_mm256_permute2f128_ps::<0x20>(s2, s6)),
                    Avx(_mm256_permute2f128_ps::<0x20>(s3, s7)),
                    Avx(_mm256_permute2f128_ps::<0x31>(s0, s4)),
                    Avx(_mm256_permute2f128_ps::<0x31>(s1, s5)),
                    Avx(_mm256_permute2f128_ps::<0x31>(s2, s6)),
                    Avx(_mm256_permute2f128_ps::<0x31>(s3, s7)),
                ]
            }
        }
        #[inline(always)]
        fn high_ff(v: &[u16; 16]) -> u32 {
            // SAFETY: see above.
            unsafe {
                let v = _mm256_loadu_si256(v.as_ptr().cast());
                let high = _mm256_srli_epi16::<8>(v);
                let eq = _mm256_cmpeq_epi16(high, _mm256_set1_epi16(0xff));
                let bytes = _mm256_packs_epi16(eq, _mm256_setzero_si256());
                let bytes = _mm256_permute4x64_epi64::<0b11_01_10_00>(bytes);
                _mm256_movemask_epi8(bytes) as u32
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything a form computes on eight floats and sixteen words.
    struct All([f32; 8], [u16; 16]);

    impl Kernel for All {
        type Output = Vec<u64>;
        #[inline(always)]
        fn run<L: Lanes>(self) -> Vec<u64> {
            let (v, mut out) = (L::load(&self.0), Vec::new());
            let c = L::splat(0.3);
            let rows = L::transpose([v, c, v.mul(c), v.add(c), v.sub(c), v.abs(), c, v]);
            let mut f = [0.0; 8];
            for r in rows {
                r.store(&mut f);
                out.extend(f.map(|f| {
                    if f.is_nan() {
                        1
                    } else {
                        u64::from(f.to_bits())
                    }
                }));
            }
            let positive = v.abs();
            for h in [v.to_half(), v.to_half_up(), positive.to_half_cut()] {
                out.extend(h.map(|h| {
                    if h & 0x7fff > 0x7c00 {
                        0x7e00
                    } else {
                        u64::from(h)
                    }
                }));
            }
            L::from_half(&v.to_half()).store(&mut f);
            out.extend(f.map(|f| {
                if f.is_nan() {
                    1
                } else {
                    u64::from(f.to_bits())
                }
            }));
            out.push(u64::from(L::high_ff(&self.1)));
            out
        }
    }

    #[test]
    fn lanes_match_the_portable_form() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            (seed >> 32) as u32
        };
        let special = [0.0, -0.0, 1e-8, -1e-8, 65504.0, -1.0, f32::NAN, 6.1e-5];
        for round in 0..2000 {
            let v: [f32; 8] = std::array::from_fn(|i| match round {
                0 => special[i],
                // Within the range of half, sign and all.
                _ => f32::from_bits((next() % 0x1000_0000 + 0x3600_0000) | (next() << 31)),
            });
            let w = std::array::from_fn(|i| {
                if next() % 4 == 0 {
                    0xff00 + i as u16
                } else {
                    next() as u16
                }
            });
            assert_eq!(with_lanes(All(v, w)), All(v, w).run::<[f32; 8]>(), "{v:?}");
        }
    }
}
