//! YCbCr rows to interleaved RGB on AVX2: 32 pixels at a time, exact to the scalar form of `colour`.
//!
//! One shuffle a channel puts every byte into its residue place modulo 3, two blends an output vector pick them.

use std::arch::x86_64::*;

use fearless_simd::kernel;

const PIXELS: usize = 32;

/// Where byte `j` of a channel goes: over three vectors of 16 each channel hits every `j` once.
const fn order(channel: usize) -> [i8; 32] {
    let mut o = [0i8; 32];
    let mut p = 0;
    while p < 16 {
        o[(3 * p + channel) % 16] = p as i8;
        o[(3 * p + channel) % 16 + 16] = p as i8;
        p += 1;
    }
    o
}

/// Bytes of output vector `k` that come from `channel`.
const fn mask(k: usize, channel: usize) -> [i8; 32] {
    let mut m = [0i8; 32];
    let mut j = 0;
    while j < 32 {
        m[j] = if (16 * k + j % 16) % 3 == channel {
            -1
        } else {
            0
        };
        j += 1;
    }
    m
}

const ORDER: [[i8; 32]; 3] = [order(0), order(1), order(2)];
const FROM_G: [[i8; 32]; 3] = [mask(0, 1), mask(1, 1), mask(2, 1)];
const FROM_B: [[i8; 32]; 3] = [mask(0, 2), mask(1, 2), mask(2, 2)];

kernel!(
    #[inline]
    pub(super) fn rgb_row(t: Avx2, y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
        let width = out.len() / 3;
        let mut x = 0;
        while x + PIXELS <= width {
            if let (Some(y), Some(cb), Some(cr), Some(out)) = (
                y[x..].first_chunk::<PIXELS>(),
                cb[x..].first_chunk::<PIXELS>(),
                cr[x..].first_chunk::<PIXELS>(),
                out[3 * x..].first_chunk_mut::<96>(),
            ) {
                chunk(t, y, cb, cr, out);
            }
            x += PIXELS;
        }
        if x < width {
            let mut tail = [[0u8; PIXELS]; 3];
            for (to, from) in tail.iter_mut().zip([y, cb, cr]) {
                to[..width - x].copy_from_slice(&from[x..width]);
            }
            let mut pixels = [0u8; 96];
            chunk(t, &tail[0], &tail[1], &tail[2], &mut pixels);
            let rest = &mut out[3 * x..];
            rest.copy_from_slice(&pixels[..rest.len()]);
        }
    }
);

kernel!(
    #[inline(always)]
    fn chunk(t: Avx2, y: &[u8; 32], cb: &[u8; 32], cr: &[u8; 32], out: &mut [u8; 96]) {
        let [y, cb, cr]: [__m256i; 3] =
            [bytemuck::cast(*y), bytemuck::cast(*cb), bytemuck::cast(*cr)];
        let zero = _mm256_setzero_si256();
        let half = _mm256_set1_epi16(128);
        let (yl, yh) = (_mm256_unpacklo_epi8(y, zero), _mm256_unpackhi_epi8(y, zero));
        let centred = |v| {
            (
                _mm256_sub_epi16(_mm256_unpacklo_epi8(v, zero), half),
                _mm256_sub_epi16(_mm256_unpackhi_epi8(v, zero), half),
            )
        };
        let ((bl, bh), (rl, rh)) = (centred(cb), centred(cr));
        let a = rgb16(t, yl, bl, rl);
        let b = rgb16(t, yh, bh, rh);
        let shuffled = |i: usize| {
            _mm256_shuffle_epi8(_mm256_packus_epi16(a[i], b[i]), bytemuck::cast(ORDER[i]))
        };
        let (r, g, b) = (shuffled(0), shuffled(1), shuffled(2));
        let vector = |k: usize| {
            let v = _mm256_blendv_epi8(r, g, bytemuck::cast(FROM_G[k]));
            _mm256_blendv_epi8(v, b, bytemuck::cast(FROM_B[k]))
        };
        let (p, q, s) = (vector(0), vector(1), vector(2));
        let (o, _) = out.as_chunks_mut::<32>();
        o[0] = bytemuck::cast(_mm256_permute2x128_si256::<0x20>(p, q));
        o[1] = bytemuck::cast(_mm256_permute2x128_si256::<0x30>(s, p));
        o[2] = bytemuck::cast(_mm256_permute2x128_si256::<0x31>(q, s));
    }
);

kernel!(
    #[inline(always)]
    fn rgb16(t: Avx2, y: __m256i, cb: __m256i, cr: __m256i) -> [__m256i; 3] {
        let one = _mm256_set1_epi16(1);
        // (2c k >> 16) + 1 >> 1 rounds c k / 65536 to nearest, half up.
        let scaled = |c, k| {
            let twice = _mm256_add_epi16(c, c);
            _mm256_srai_epi16::<1>(_mm256_add_epi16(
                _mm256_mulhi_epi16(twice, _mm256_set1_epi16(k)),
                one,
            ))
        };
        let r = _mm256_add_epi16(y, _mm256_add_epi16(cr, scaled(cr, 26345)));
        let b = _mm256_add_epi16(
            y,
            _mm256_add_epi16(_mm256_add_epi16(cb, cb), scaled(cb, -14942)),
        );
        let factors = _mm256_set1_epi32((-22554i32 & 0xffff) | (18734 << 16));
        let round = _mm256_set1_epi32(1 << 15);
        let sum =
            |v| _mm256_srai_epi32::<16>(_mm256_add_epi32(_mm256_madd_epi16(v, factors), round));
        let g = _mm256_packs_epi32(
            sum(_mm256_unpacklo_epi16(cb, cr)),
            sum(_mm256_unpackhi_epi16(cb, cr)),
        );
        let g = _mm256_add_epi16(y, _mm256_sub_epi16(g, cr));
        [r, g, b]
    }
);
