//! The inverse DCT of the 8-bit integer path: the Loeffler-Ligtenberg-Moschytz network with 13-bit constants, exact to
//! libjpeg's `islow` (J. DCT algorithm of 1989; constants as `jidctint.c` names them).
//!
//! One source for two widths: a block in 128-bit vectors on any level, two blocks side by side in 256 bits on AVX2, where
//! zips stay in their lane. Products are pairs summed (`pmaddwd`), all rounding as in C; out-of-range values saturate as
//! libjpeg-turbo's vector code does. Blocks whose last index is below 10 lie in the 4x4 corner and take the short form,
//! whose constants are sums of the long one's, so it is exact too.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i8x16, i16x8, i32x4, u8x16};

use super::coefficients::Block;

/// Eight (or twice eight) 16-bit lanes, and the few words that the network needs.
pub(crate) trait Wide: Copy {
    /// 32-bit sums of one half.
    type D: Copy;
    /// Bytes.
    type B: Copy;
    fn add(self, o: Self) -> Self;
    fn mul(self, o: Self) -> Self;
    fn zip_low(self, o: Self) -> Self;
    fn zip_high(self, o: Self) -> Self;
    /// Lanes alternate `a` and `b`.
    fn pair(self, a: i16, b: i16) -> Self;
    fn dot(self, o: Self) -> Self::D;
    fn dadd(a: Self::D, b: Self::D) -> Self::D;
    fn dsub(a: Self::D, b: Self::D) -> Self::D;
    /// Rounds, shifts right by 11 and narrows with saturation.
    fn narrow11(a: Self::D, b: Self::D) -> Self;
    /// The same with 18.
    fn narrow18(a: Self::D, b: Self::D) -> Self;
    /// Saturates to bytes and moves the zero to 128.
    fn bytes(self, o: Self) -> Self::B;
    fn bzip_low(a: Self::B, b: Self::B) -> Self::B;
    fn bzip_high(a: Self::B, b: Self::B) -> Self::B;
}

const C0_298: i16 = 2446;
const C0_390: i16 = 3196;
const C0_541: i16 = 4433;
const C0_765: i16 = 6270;
const C0_899: i16 = 7373;
const C1_175: i16 = 9633;
const C1_501: i16 = 12299;
const C1_847: i16 = 15137;
const C1_961: i16 = 16069;
const C2_053: i16 = 16819;
const C2_562: i16 = 20995;
const C3_072: i16 = 25172;

/// Even part, then sums and differences, for one half of the lanes.
#[inline(always)]
fn butterfly<W: Wide>(even: [W::D; 4], odd: [W::D; 4]) -> [W::D; 8] {
    let [e0, e1, e2, e3] = even;
    let [o0, o1, o2, o3] = odd;
    [
        W::dadd(e0, o3),
        W::dadd(e1, o2),
        W::dadd(e2, o1),
        W::dadd(e3, o0),
        W::dsub(e3, o0),
        W::dsub(e2, o1),
        W::dsub(e1, o2),
        W::dsub(e0, o3),
    ]
}

#[inline(always)]
fn half<W: Wide>(v04: W, v26: W, v71: W, v53: W, z34: W) -> [W::D; 8] {
    let k = v04;
    let t0 = v04.dot(k.pair(8192, 8192));
    let t1 = v04.dot(k.pair(8192, -8192));
    let t2 = v26.dot(k.pair(C0_541, C0_541 - C1_847));
    let t3 = v26.dot(k.pair(C0_541 + C0_765, C0_541));
    let even = [
        W::dadd(t0, t3),
        W::dadd(t1, t2),
        W::dsub(t1, t2),
        W::dsub(t0, t3),
    ];
    let z3 = z34.dot(k.pair(C1_175 - C1_961, C1_175));
    let z4 = z34.dot(k.pair(C1_175, C1_175 - C0_390));
    let o0 = W::dadd(v71.dot(k.pair(C0_298 - C0_899, -C0_899)), z3);
    let o1 = W::dadd(v53.dot(k.pair(C2_053 - C2_562, -C2_562)), z4);
    let o2 = W::dadd(v53.dot(k.pair(-C2_562, C3_072 - C2_562)), z3);
    let o3 = W::dadd(v71.dot(k.pair(-C0_899, C1_501 - C0_899)), z4);
    butterfly::<W>(even, [o0, o1, o2, o3])
}

/// Only inputs 0 to 3.
#[inline(always)]
fn half_low<W: Wide>(v02: W, v13: W) -> [W::D; 8] {
    let k = v02;
    let even = [
        v02.dot(k.pair(8192, C0_541 + C0_765)),
        v02.dot(k.pair(8192, C0_541)),
        v02.dot(k.pair(8192, -C0_541)),
        v02.dot(k.pair(8192, -C0_541 - C0_765)),
    ];
    let odd = [
        v13.dot(k.pair(C1_175 - C0_899, C1_175 - C1_961)),
        v13.dot(k.pair(C1_175 - C0_390, C1_175 - C2_562)),
        v13.dot(k.pair(C1_175, C3_072 - C2_562 + C1_175 - C1_961)),
        v13.dot(k.pair(C1_501 - C0_899 + C1_175 - C0_390, C1_175)),
    ];
    butterfly::<W>(even, odd)
}

#[inline(always)]
fn pass<W: Wide, const FIRST: bool>(r: [W; 8]) -> [W; 8] {
    let (z3, z4) = (r[7].add(r[3]), r[5].add(r[1]));
    let low = half(
        r[0].zip_low(r[4]),
        r[2].zip_low(r[6]),
        r[7].zip_low(r[1]),
        r[5].zip_low(r[3]),
        z3.zip_low(z4),
    );
    let high = half(
        r[0].zip_high(r[4]),
        r[2].zip_high(r[6]),
        r[7].zip_high(r[1]),
        r[5].zip_high(r[3]),
        z3.zip_high(z4),
    );
    // Macros instead of closures here and below: closures do not inherit the vector features.
    macro_rules! n {
        ($($i:literal)*) => {
            [$(if FIRST { W::narrow11(low[$i], high[$i]) } else { W::narrow18(low[$i], high[$i]) }),*]
        };
    }
    n!(0 1 2 3 4 5 6 7)
}

/// Three perfect shuffles transpose 8x8.
#[inline(always)]
fn shuffle<W: Wide>(v: [W; 8]) -> [W; 8] {
    [
        v[0].zip_low(v[4]),
        v[0].zip_high(v[4]),
        v[1].zip_low(v[5]),
        v[1].zip_high(v[5]),
        v[2].zip_low(v[6]),
        v[2].zip_high(v[6]),
        v[3].zip_low(v[7]),
        v[3].zip_high(v[7]),
    ]
}

/// Columns of samples to bytes in row order: vector `i` holds rows `2i` and `2i + 1`.
#[inline(always)]
fn finish<W: Wide>(c: [W; 8]) -> [W::B; 4] {
    let b = [
        c[0].bytes(c[1]),
        c[2].bytes(c[3]),
        c[4].bytes(c[5]),
        c[6].bytes(c[7]),
    ];
    byte_shuffle::<W>(byte_shuffle::<W>(byte_shuffle::<W>(b)))
}

#[inline(always)]
fn byte_shuffle<W: Wide>(v: [W::B; 4]) -> [W::B; 4] {
    [
        W::bzip_low(v[0], v[2]),
        W::bzip_high(v[0], v[2]),
        W::bzip_low(v[1], v[3]),
        W::bzip_high(v[1], v[3]),
    ]
}

/// Half a shuffle, of four vectors.
#[inline(always)]
fn shuffle4<W: Wide>(v: [W; 4]) -> [W; 4] {
    [
        v[0].zip_low(v[2]),
        v[0].zip_high(v[2]),
        v[1].zip_low(v[3]),
        v[1].zip_high(v[3]),
    ]
}

/// All 64 coefficients, times the quantisers, to samples.
#[inline(always)]
fn full<W: Wide>(rows: [W; 8], quant: [W; 8]) -> [W::B; 4] {
    macro_rules! m {
        ($($i:literal)*) => { [$(rows[$i].mul(quant[$i])),*] };
    }
    let v = pass::<W, true>(m!(0 1 2 3 4 5 6 7));
    let v = shuffle(shuffle(shuffle(v)));
    finish(pass::<W, false>(v))
}

/// The 4x4 corner alone; `rows` are the first four.
#[inline(always)]
fn low<W: Wide>(rows: [W; 4], quant: [W; 4]) -> [W::B; 4] {
    macro_rules! m {
        ($($i:literal)*) => { [$(rows[$i].mul(quant[$i])),*] };
    }
    let r = m!(0 1 2 3);
    let d = half_low(r[0].zip_low(r[2]), r[1].zip_low(r[3]));
    // Columns 4 to 7 are zero: four lanes a vector, two rows of the result packed into one vector.
    let p = [
        W::narrow11(d[0], d[1]),
        W::narrow11(d[2], d[3]),
        W::narrow11(d[4], d[5]),
        W::narrow11(d[6], d[7]),
    ];
    // Index bits (row 2,1,0)(column 1,0), rotated until the column leads: vector 0 then holds columns 0, 1.
    let t = shuffle4(shuffle4(shuffle4(p)));
    let l = half_low(t[0].zip_low(t[2]), t[1].zip_low(t[3]));
    let h = half_low(t[0].zip_high(t[2]), t[1].zip_high(t[3]));
    macro_rules! n {
        ($($i:literal)*) => { [$(W::narrow18(l[$i], h[$i])),*] };
    }
    finish(n!(0 1 2 3 4 5 6 7))
}

/// The 128-bit form, on every level.
#[derive(Clone, Copy)]
struct Narrow<S: Simd>(i16x8<S>);

impl<S: Simd> Narrow<S> {
    #[inline(always)]
    fn row(s: S, b: &Block, i: usize) -> Self {
        Narrow(i16x8::from_slice(s, &b[i * 8..i * 8 + 8]))
    }
}

impl<S: Simd> Wide for Narrow<S> {
    type D = i32x4<S>;
    type B = u8x16<S>;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Narrow(self.0 + o.0)
    }
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        Narrow(self.0 * o.0)
    }
    #[inline(always)]
    fn zip_low(self, o: Self) -> Self {
        Narrow(self.0.zip_low(o.0))
    }
    #[inline(always)]
    fn zip_high(self, o: Self) -> Self {
        Narrow(self.0.zip_high(o.0))
    }
    #[inline(always)]
    fn pair(self, a: i16, b: i16) -> Self {
        Narrow(i16x8::simd_from(self.0.token(), [a, b, a, b, a, b, a, b]))
    }
    #[inline(always)]
    fn dot(self, o: Self) -> i32x4<S> {
        self.0.token().pairwise_dot_product_i16x8(self.0, o.0)
    }
    #[inline(always)]
    fn dadd(a: i32x4<S>, b: i32x4<S>) -> i32x4<S> {
        a + b
    }
    #[inline(always)]
    fn dsub(a: i32x4<S>, b: i32x4<S>) -> i32x4<S> {
        a - b
    }
    #[inline(always)]
    fn narrow11(a: i32x4<S>, b: i32x4<S>) -> Self {
        let s = a.token();
        let r = i32x4::splat(s, 1 << 10);
        Narrow(s.saturating_narrow_i32x4((a + r) >> 11, (b + r) >> 11))
    }
    #[inline(always)]
    fn narrow18(a: i32x4<S>, b: i32x4<S>) -> Self {
        let s = a.token();
        let r = i32x4::splat(s, 1 << 17);
        Narrow(s.saturating_narrow_i32x4((a + r) >> 18, (b + r) >> 18))
    }
    #[inline(always)]
    fn bytes(self, o: Self) -> u8x16<S> {
        let s = self.0.token();
        let v: i8x16<S> = s.saturating_narrow_i16x8(self.0, o.0);
        v.bitcast::<u8x16<S>>() ^ u8x16::splat(s, 0x80)
    }
    #[inline(always)]
    fn bzip_low(a: u8x16<S>, b: u8x16<S>) -> u8x16<S> {
        a.zip_low(b)
    }
    #[inline(always)]
    fn bzip_high(a: u8x16<S>, b: u8x16<S>) -> u8x16<S> {
        a.zip_high(b)
    }
}

/// Samples of a block, row after row.
pub(crate) type Samples = [u8; 64];

/// The sample of a block that has only a DC coefficient.
#[inline(always)]
pub(crate) fn dc_only(dc: i16, q: i16) -> u8 {
    // The first pass leaves 16 bits of which the top two are lost, in libjpeg-turbo's vector code and so here.
    let dc = i32::from(dc.wrapping_mul(q).wrapping_shl(2));
    (((dc + 16) >> 5) + 128).clamp(0, 255) as u8
}

/// One block; `last` is the last zig-zag index that may be non-zero.
#[inline(always)]
pub(crate) fn one<S: Simd>(s: S, b: &Block, q: &Block, last: u8, out: &mut Samples) {
    if last == 0 {
        out.fill(dc_only(b[0], q[0]));
        return;
    }
    macro_rules! rows {
        ($from:expr, $($i:literal)*) => { [$(Narrow::row(s, $from, $i)),*] };
    }
    let v = if last < 10 {
        low(rows!(b, 0 1 2 3), rows!(q, 0 1 2 3))
    } else {
        full(rows!(b, 0 1 2 3 4 5 6 7), rows!(q, 0 1 2 3 4 5 6 7))
    };
    for (o, v) in out.chunks_exact_mut(16).zip(v) {
        v.store_slice(o);
    }
}

/// Whether a DC coefficient is so large that only damage can have made it.
#[inline(always)]
fn wraps(dc: i16, q: i16) -> bool {
    let v = dc.wrapping_mul(q);
    v.wrapping_add(8192) as u16 >= 16384
}

/// Two blocks with their quantisers.
#[inline(always)]
pub(crate) fn two<S: Simd>(
    s: S,
    a: (&Block, &Block, u8),
    b: (&Block, &Block, u8),
    out: (&mut Samples, &mut Samples),
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(t) = s.level().as_avx2()
        && (a.2 | b.2) != 0
    {
        if a.2.max(b.2) < 10 {
            pair::low2(t, a.0, a.1, b.0, b.1, out.0, out.1);
        } else {
            pair::full2(t, a.0, a.1, b.0, b.1, out.0, out.1);
        }
        // What a block gives must not depend on the one beside it: where damage makes the short form wrap and the long one
        // saturate, the short form stands.
        if a.2 == 0 && wraps(a.0[0], a.1[0]) {
            out.0.fill(dc_only(a.0[0], a.1[0]));
        }
        if b.2 == 0 && wraps(b.0[0], b.1[0]) {
            out.1.fill(dc_only(b.0[0], b.1[0]));
        }
        return;
    }
    one(s, a.0, a.1, a.2, out.0);
    one(s, b.0, b.1, b.2, out.1);
}

#[cfg(target_arch = "x86_64")]
mod pair {
    //! Two blocks in the two lanes of 256-bit vectors.

    use std::arch::x86_64::*;

    use fearless_simd::{kernel, x86::Avx2};

    use super::{Block, Samples, Wide, full, low};

    #[derive(Clone, Copy)]
    struct Lanes(Avx2, __m256i);

    macro_rules! words {
        ($($name:ident = $f:expr;)*) => { $(
            kernel!(
                #[inline(always)]
                fn $name(t: Avx2, a: __m256i, b: __m256i) -> __m256i { $f(a, b) }
            );
        )* };
    }
    words! {
        add = _mm256_add_epi16;
        mul = _mm256_mullo_epi16;
        zip_low = _mm256_unpacklo_epi16;
        zip_high = _mm256_unpackhi_epi16;
        madd = _mm256_madd_epi16;
        dadd = _mm256_add_epi32;
        dsub = _mm256_sub_epi32;
        pack16 = _mm256_packs_epi32;
        pack8 = _mm256_packs_epi16;
        xor = _mm256_xor_si256;
        bzip_low = _mm256_unpacklo_epi8;
        bzip_high = _mm256_unpackhi_epi8;
    }
    kernel!(
        #[inline(always)]
        fn splat32(t: Avx2, v: i32) -> __m256i {
            _mm256_set1_epi32(v)
        }
    );
    kernel!(
        #[inline(always)]
        fn shift11(t: Avx2, v: __m256i) -> __m256i {
            _mm256_srai_epi32::<11>(v)
        }
    );
    kernel!(
        #[inline(always)]
        fn shift18(t: Avx2, v: __m256i) -> __m256i {
            _mm256_srai_epi32::<18>(v)
        }
    );
    kernel!(
        #[inline(always)]
        fn join(t: Avx2, a: __m128i, b: __m128i) -> __m256i {
            _mm256_set_m128i(b, a)
        }
    );
    kernel!(
        #[inline(always)]
        fn split(t: Avx2, v: __m256i) -> (__m128i, __m128i) {
            (_mm256_castsi256_si128(v), _mm256_extracti128_si256::<1>(v))
        }
    );

    impl Wide for Lanes {
        type D = Lanes;
        type B = Lanes;
        #[inline(always)]
        fn add(self, o: Self) -> Self {
            Lanes(self.0, add(self.0, self.1, o.1))
        }
        #[inline(always)]
        fn mul(self, o: Self) -> Self {
            Lanes(self.0, mul(self.0, self.1, o.1))
        }
        #[inline(always)]
        fn zip_low(self, o: Self) -> Self {
            Lanes(self.0, zip_low(self.0, self.1, o.1))
        }
        #[inline(always)]
        fn zip_high(self, o: Self) -> Self {
            Lanes(self.0, zip_high(self.0, self.1, o.1))
        }
        #[inline(always)]
        fn pair(self, a: i16, b: i16) -> Self {
            let both = i32::from(a as u16) | (i32::from(b) << 16);
            Lanes(self.0, splat32(self.0, both))
        }
        #[inline(always)]
        fn dot(self, o: Self) -> Self {
            Lanes(self.0, madd(self.0, self.1, o.1))
        }
        #[inline(always)]
        fn dadd(a: Self, b: Self) -> Self {
            Lanes(a.0, dadd(a.0, a.1, b.1))
        }
        #[inline(always)]
        fn dsub(a: Self, b: Self) -> Self {
            Lanes(a.0, dsub(a.0, a.1, b.1))
        }
        #[inline(always)]
        fn narrow11(a: Self, b: Self) -> Self {
            let t = a.0;
            let r = splat32(t, 1 << 10);
            let (x, y) = (shift11(t, dadd(t, a.1, r)), shift11(t, dadd(t, b.1, r)));
            Lanes(t, pack16(t, x, y))
        }
        #[inline(always)]
        fn narrow18(a: Self, b: Self) -> Self {
            let t = a.0;
            let r = splat32(t, 1 << 17);
            let (x, y) = (shift18(t, dadd(t, a.1, r)), shift18(t, dadd(t, b.1, r)));
            Lanes(t, pack16(t, x, y))
        }
        #[inline(always)]
        fn bytes(self, o: Self) -> Self {
            let t = self.0;
            Lanes(
                t,
                xor(t, pack8(t, self.1, o.1), splat32(t, 0x8080_8080_u32 as i32)),
            )
        }
        #[inline(always)]
        fn bzip_low(a: Self, b: Self) -> Self {
            Lanes(a.0, bzip_low(a.0, a.1, b.1))
        }
        #[inline(always)]
        fn bzip_high(a: Self, b: Self) -> Self {
            Lanes(a.0, bzip_high(a.0, a.1, b.1))
        }
    }

    /// Row `i` of both blocks.
    #[inline(always)]
    fn load(t: Avx2, a: &Block, b: &Block, i: usize) -> Lanes {
        let (x, _) = a.as_chunks::<8>();
        let (y, _) = b.as_chunks::<8>();
        Lanes(t, join(t, bytemuck::cast(x[i]), bytemuck::cast(y[i])))
    }

    #[inline(always)]
    fn store(v: [Lanes; 4], x: &mut Samples, y: &mut Samples) {
        let (x, _) = x.as_chunks_mut::<16>();
        let (y, _) = y.as_chunks_mut::<16>();
        for (i, v) in v.into_iter().enumerate() {
            let (a, b) = split(v.0, v.1);
            x[i] = bytemuck::cast(a);
            y[i] = bytemuck::cast(b);
        }
    }

    kernel!(
        #[inline]
        pub(super) fn full2(
            t: Avx2,
            a: &Block,
            qa: &Block,
            b: &Block,
            qb: &Block,
            x: &mut Samples,
            y: &mut Samples,
        ) {
            macro_rules! rows {
                ($a:expr, $b:expr) => {
                    [
                        load(t, $a, $b, 0),
                        load(t, $a, $b, 1),
                        load(t, $a, $b, 2),
                        load(t, $a, $b, 3),
                        load(t, $a, $b, 4),
                        load(t, $a, $b, 5),
                        load(t, $a, $b, 6),
                        load(t, $a, $b, 7),
                    ]
                };
            }
            store(full(rows!(a, b), rows!(qa, qb)), x, y);
        }
    );
    kernel!(
        #[inline]
        pub(super) fn low2(
            t: Avx2,
            a: &Block,
            qa: &Block,
            b: &Block,
            qb: &Block,
            x: &mut Samples,
            y: &mut Samples,
        ) {
            macro_rules! rows {
                ($a:expr, $b:expr) => {
                    [
                        load(t, $a, $b, 0),
                        load(t, $a, $b, 1),
                        load(t, $a, $b, 2),
                        load(t, $a, $b, 3),
                    ]
                };
            }
            store(low(rows!(a, b), rows!(qa, qb)), x, y);
        }
    );
}

/// The same transform in plain `i32`, for any precision: 12-bit files, and the reference of the vector forms.
/// `pass1` is 2 bits for 8-bit samples and 1 for 12-bit ones, as in libjpeg.
pub(crate) fn scalar(b: &Block, q: &[u16; 64], precision: u32) -> [i32; 64] {
    let pass1 = if precision > 8 { 1 } else { 2 };
    let mut w = [0i32; 64];
    for c in 0..8 {
        let v: [i32; 8] =
            std::array::from_fn(|r| i32::from(b[r * 8 + c]).wrapping_mul(i32::from(q[r * 8 + c])));
        for (r, x) in line(v).into_iter().enumerate() {
            w[r * 8 + c] = x.wrapping_add(1 << (12 - pass1)) >> (13 - pass1);
        }
    }
    let mut out = [0; 64];
    let shift = 13 + pass1 + 3;
    for r in 0..8 {
        let v: [i32; 8] = std::array::from_fn(|c| w[r * 8 + c]);
        for (c, x) in line(v).into_iter().enumerate() {
            let x = x.wrapping_add(1 << (shift - 1)) >> shift;
            out[r * 8 + c] = (x + (1 << (precision - 1))).clamp(0, (1 << precision) - 1);
        }
    }
    out
}

fn line(v: [i32; 8]) -> [i32; 8] {
    let m = |a: i32, k: i16| a.wrapping_mul(i32::from(k));
    let z1 = m(v[2].wrapping_add(v[6]), C0_541);
    let t2 = z1.wrapping_sub(m(v[6], C1_847));
    let t3 = z1.wrapping_add(m(v[2], C0_765));
    let t0 = v[0].wrapping_add(v[4]).wrapping_shl(13);
    let t1 = v[0].wrapping_sub(v[4]).wrapping_shl(13);
    let e = [
        t0.wrapping_add(t3),
        t1.wrapping_add(t2),
        t1.wrapping_sub(t2),
        t0.wrapping_sub(t3),
    ];
    let (a, b, c, d) = (v[7], v[5], v[3], v[1]);
    let z5 = m(a.wrapping_add(c).wrapping_add(b.wrapping_add(d)), C1_175);
    let z3 = z5.wrapping_sub(m(a.wrapping_add(c), C1_961));
    let z4 = z5.wrapping_sub(m(b.wrapping_add(d), C0_390));
    let z1 = m(a.wrapping_add(d), C0_899);
    let z2 = m(b.wrapping_add(c), C2_562);
    let o = [
        m(a, C0_298).wrapping_sub(z1).wrapping_add(z3),
        m(b, C2_053).wrapping_sub(z2).wrapping_add(z4),
        m(c, C3_072).wrapping_sub(z2).wrapping_add(z3),
        m(d, C1_501).wrapping_sub(z1).wrapping_add(z4),
    ];
    std::array::from_fn(|i| {
        if i < 4 {
            e[i].wrapping_add(o[3 - i])
        } else {
            e[7 - i].wrapping_sub(o[i - 4])
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::level::simd;
    use crate::marker::ZIGZAG;

    #[test]
    fn idct_vector_forms_agree_with_scalar() {
        let mut seed = 1u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as i32
        };
        for round in 0..2000 {
            let mut blocks = [[0i16; 64]; 2];
            let mut q = [0u16; 64];
            let mut last = [0u8; 2];
            for v in &mut q {
                *v = 1 + (next() % 30) as u16;
            }
            for (b, l) in blocks.iter_mut().zip(&mut last) {
                *l = [0, 3, 9, 10, 63][(next() % 5) as usize];
                for n in &ZIGZAG[..=usize::from(*l)] {
                    let n = usize::from(*n);
                    b[n] = ((next() % 401 - 200) / i32::from(q[n])) as i16;
                }
                b[0] = ((next() % 2001 - 1000) / i32::from(q[0])) as i16;
            }
            let qi = q.map(|v| v as i16);
            let mut got = [[0u8; 64]; 2];
            let (x, y) = got.split_at_mut(1);
            simd!(s => two(s, (&blocks[0], &qi, last[0]), (&blocks[1], &qi, last[1]), (&mut x[0], &mut y[0])));
            let mut single = [[0u8; 64]; 2];
            for i in 0..2 {
                simd!(s => one(s, &blocks[i], &qi, last[i], &mut single[i]));
                let want = scalar(&blocks[i], &q, 8).map(|v| v as u8);
                assert_eq!(single[i], want, "round {round} block {i} last {}", last[i]);
                assert_eq!(got[i], want, "pair, round {round} block {i} last {last:?}");
            }
        }
    }

    /// Found by fuzzing: a huge DC coefficient beside an ordinary block gave other samples than beside another huge one, so
    /// pixels of damaged files depended on where the input was cut.
    #[test]
    fn idct_block_does_not_depend_on_its_neighbour() {
        let mut seed = 5u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as i32
        };
        for round in 0..20_000 {
            let mut blocks = [[0i16; 64]; 2];
            let mut last = [0u8; 2];
            let q: Block = std::array::from_fn(|_| (next() % 300) as i16);
            for (b, l) in blocks.iter_mut().zip(&mut last) {
                *l = [0, 0, 3, 9, 10, 63][(next() % 6) as usize];
                for n in &ZIGZAG[..=usize::from(*l)] {
                    b[usize::from(*n)] = next() as i16;
                }
            }
            let mut got = [[0u8; 64]; 2];
            let (x, y) = got.split_at_mut(1);
            simd!(s => two(s, (&blocks[0], &q, last[0]), (&blocks[1], &q, last[1]), (&mut x[0], &mut y[0])));
            for i in 0..2 {
                let mut single = [0u8; 64];
                simd!(s => one(s, &blocks[i], &q, last[i], &mut single));
                assert_eq!(got[i], single, "round {round} block {i} last {last:?}");
            }
        }
    }
}
