//! A matrix on interleaved pixels: bound by memory on AVX2 and above.

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, f32x8, f32x16, kernel, prelude::*, x86::Avx2, x86::Avx512};

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm256_blend_ps, _mm256_fmadd_ps, _mm256_max_ps, _mm256_min_ps, _mm256_permute_ps,
    _mm512_fmadd_ps, _mm512_mask_blend_ps, _mm512_max_ps, _mm512_min_ps, _mm512_permute_ps,
};

/// Four columns and an offset, each R, G, B, A.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// What R, G, B and A of the input are multiplied with.
    pub columns: [[f32; 4]; 4],
    /// What is added.
    pub offset: [f32; 4],
    /// Alpha passes as it is and enters no colour, whatever `columns[3]` says.
    pub keep_alpha: bool,
    /// What the results are clamped to, alpha that is not kept too; NaN becomes the lower end.
    pub clamp: Option<[f32; 2]>,
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
    ($name:ident, $level:ident, $vector:ident, $n:literal, $fma:ident, $permute:ident, $max:ident, $min:ident, $keep:ident) => {
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
                let [low, high] = m.clamp.unwrap_or_default();
                let low = $vector::splat(t, low).into();
                let high = $vector::splat(t, high).into();
                macro_rules! alpha {
                    ($v:ident, $s:ident) => {{
                        let s = if m.keep_alpha {
                            $s
                        } else {
                            $fma($permute::<0xff>($v), a, $s)
                        };
                        // NaN takes the second operand.
                        let s = if m.clamp.is_some() {
                            $min($max(s, low), high)
                        } else {
                            s
                        };
                        let s = if m.keep_alpha { $keep!(s, $v) } else { s };
                        let s: $vector<$level> = s.simd_into(t);
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
    _mm512_max_ps,
    _mm512_min_ps,
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
    _mm256_max_ps,
    _mm256_min_ps,
    keep_avx2
);
