//! The 8 x 8 transforms and the colour matrix of DWA.
//!
//! Blocks are 64 floats, row after row; each pass works on whole rows of eight. The inverse follows the order of operations of OpenEXR's AVX form, sum by sum,
//! because the results are rounded to half and "the same samples" means the same bits. Source: `internal_dwa_simd.h` of OpenEXRCore.

use crate::simd::Lanes;

/// A block, rows of eight.
pub(super) type Block = [[f32; 8]; 8];

// Halves of cosines of multiples of pi/16, to seven digits, as OpenEXR has them.
const A: f32 = 3.535_536e-1;
const B: f32 = 4.903_927e-1;
const C: f32 = 4.619_398e-1;
const D: f32 = 4.157_349e-1;
const E: f32 = 2.777_855e-1;
const F: f32 = 1.913_422e-1;
const G: f32 = 9.754_573e-2;

/// Value of a block that has only a DC coefficient.
#[inline(always)]
pub(super) fn inverse_dc(dc: f32) -> f32 {
    dc * A * A
}

/// Inverse transform of a **transposed** block of coefficients (row `u` holds horizontal frequency `u`) of which vertical frequencies from `N` on are 0;
/// returns the samples row by row.
#[inline(always)]
pub(super) fn inverse<L: Lanes, const N: usize>(coefficients: &Block) -> [L; 8] {
    let x: [L; 8] = std::array::from_fn(|i| L::load(&coefficients[i]));
    let m = |v: L, k: f32| v.mul(L::splat(k));
    // Along the rows, all of them at once: even and odd frequencies apart.
    let sum = |a: L, b: L, c: L, d: L| a.add(b).add(c.add(d));
    let even = [
        sum(m(x[0], A), m(x[2], C), m(x[4], A), m(x[6], F)),
        sum(m(x[0], A), m(x[2], F), m(x[4], -A), m(x[6], -C)),
        sum(m(x[0], A), m(x[2], -F), m(x[4], -A), m(x[6], C)),
        sum(m(x[0], A), m(x[2], -C), m(x[4], A), m(x[6], -F)),
    ];
    let odd = [
        sum(m(x[1], B), m(x[3], D), m(x[5], E), m(x[7], G)),
        sum(m(x[1], D), m(x[3], -G), m(x[5], -B), m(x[7], -E)),
        sum(m(x[1], E), m(x[3], -B), m(x[5], G), m(x[7], D)),
        sum(m(x[1], G), m(x[3], -E), m(x[5], D), m(x[7], -B)),
    ];
    let r = L::transpose([
        even[0].add(odd[0]),
        even[1].add(odd[1]),
        even[2].add(odd[2]),
        even[3].add(odd[3]),
        even[3].sub(odd[3]),
        even[2].sub(odd[2]),
        even[1].sub(odd[1]),
        even[0].sub(odd[0]),
    ]);
    columns::<L, N>(&r)
}

/// Down the columns.
#[inline(always)]
fn columns<L: Lanes, const N: usize>(r: &[L; 8]) -> [L; 8] {
    let m = |i: usize, k: f32| r[i].mul(L::splat(k));
    if N == 1 {
        return [m(0, A); 8];
    }
    let (mut o0, mut o1, mut o2, mut o3) = (m(1, B), m(1, D), m(1, E), m(1, G));
    let (mut s, mut t) = (m(0, A), m(0, A));
    if N > 4 {
        o0 = o0.add(m(3, D)).add(m(5, E).add(m(7, G)));
        o1 = o1.sub(m(3, G).add(m(5, B))).sub(m(7, E));
        o2 = o2.sub(m(3, B)).add(m(5, G)).add(m(7, D));
        o3 = o3.add(m(5, D)).sub(m(3, E).add(m(7, B)));
        let four = m(4, A);
        (s, t) = (s.add(four), t.sub(four));
    } else if N > 2 {
        o0 = o0.add(m(3, D));
        o1 = o1.sub(m(3, G));
        o2 = o2.sub(m(3, B));
        o3 = o3.sub(m(3, E));
    }
    let (mut e0, mut e1, mut e2, mut e3) = (s, t, t, s);
    if N > 2 {
        let (mut u, mut v) = (m(2, C), m(2, F));
        if N > 4 {
            u = u.add(m(6, F));
            v = v.sub(m(6, C));
        }
        (e0, e3) = (s.add(u), s.sub(u));
        (e1, e2) = (t.add(v), t.sub(v));
    }
    [
        e0.add(o0),
        e1.add(o1),
        e2.add(o2),
        e3.add(o3),
        e3.sub(o3),
        e2.sub(o2),
        e1.sub(o1),
        e0.sub(o0),
    ]
}

/// Forward transform of rows of samples; returns the coefficients **transposed**: row `u` holds horizontal frequency `u`.
#[inline(always)]
pub(super) fn forward<L: Lanes>(rows: [L; 8]) -> [L; 8] {
    forward_pass(L::transpose(forward_pass(rows)))
}

/// One dimension: down the columns.
#[inline(always)]
fn forward_pass<L: Lanes>(r: [L; 8]) -> [L; 8] {
    const C4: f32 = 0.707_106_77;
    let m = |v: L, k: f32| v.mul(L::splat(k));
    let (a0, a7) = (r[0].add(r[7]), r[0].sub(r[7]));
    let (a1, a2) = (r[1].add(r[2]), r[1].sub(r[2]));
    let (a3, a4) = (r[3].add(r[4]), r[3].sub(r[4]));
    let (a5, a6) = (r[5].add(r[6]), r[5].sub(r[6]));
    let (k0, k1) = (m(a0.add(a3), C4), m(a1.add(a5), C4));
    let (x, y) = (a2.sub(a6), a0.sub(a3));
    let (p, q) = (m(a1.sub(a5), C4), m(a2.add(a6), -C4));
    let (x3, y3) = (a7.sub(p), a4.add(q));
    let (x1, y1) = (a7.add(p), q.sub(a4));
    const C1: f32 = 0.490_392_64;
    const C2: f32 = 0.461_939_77;
    const C3: f32 = 0.415_734_8;
    const C5: f32 = 0.277_785_12;
    const C6: f32 = 0.191_341_72;
    const C7: f32 = 0.097_545_16;
    [
        m(k0.add(k1), 0.5),
        m(x1, C1).sub(m(y1, C7)),
        m(x, C6).add(m(y, C2)),
        m(x3, C3).sub(m(y3, C5)),
        m(k0.sub(k1), 0.5),
        m(x3, C5).add(m(y3, C3)),
        m(y, C6).sub(m(x, C2)),
        m(x1, C7).add(m(y1, C1)),
    ]
}

/// Y'CbCr to R'G'B', BT.709 primaries.
#[inline(always)]
pub(super) fn to_rgb<L: Lanes>([y, b, r]: [L; 3]) -> [L; 3] {
    let m = |v: L, k: f32| v.mul(L::splat(k));
    [
        y.add(m(r, 1.5747)),
        m(b, -0.1873).add(y).add(m(r, -0.4682)),
        m(b, 1.8556).add(y),
    ]
}

/// R'G'B' to Y'CbCr.
#[inline(always)]
pub(super) fn from_rgb<L: Lanes>([r, g, b]: [L; 3]) -> [L; 3] {
    let m = |v: L, k: f32| v.mul(L::splat(k));
    [
        m(r, 0.2126).add(m(g, 0.7152)).add(m(b, 0.0722)),
        m(r, -0.1146).sub(m(g, 0.3854)).add(m(b, 0.5)),
        m(r, 0.5).sub(m(g, 0.4542)).sub(m(b, 0.0458)),
    ]
}
