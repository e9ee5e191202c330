//! Inverse DCTs with 4x4, 2x2 and 1x1 results for scaled decoding, exact to libjpeg's `jidctred.c` (8-bit constants of 13
//! bits; 12-bit files keep one bit less between the passes).

use super::coefficients::Block;

/// Writes `size * size` samples, row after row; `size` is 1, 2 or 4.
pub(crate) fn reduced(b: &Block, q: &[u16; 64], precision: u32, size: usize, out: &mut [i32; 16]) {
    let pass1 = if precision > 8 { 1 } else { 2 };
    let at = |i: usize| i32::from(b[i]).wrapping_mul(i32::from(q[i]));
    let centre = |v: i32| (v + (1 << (precision - 1))).clamp(0, (1 << precision) - 1);
    let round = |v: i32, n: i32| v.wrapping_add(1 << (n - 1)) >> n;
    if size == 1 {
        out[0] = centre(round(at(0), 3));
        return;
    }
    let line = if size == 4 { line4 } else { line2 };
    let extra = if size == 4 { 1 } else { 2 };
    let mut w = [[0i32; 8]; 4];
    #[allow(clippy::needless_range_loop, reason = "a column of each row")]
    for c in 0..8 {
        let v = std::array::from_fn(|r| at(r * 8 + c));
        for (r, x) in line(v).into_iter().enumerate().take(size) {
            w[r][c] = round(x, 13 - pass1 + extra);
        }
    }
    for (r, row) in w.iter().enumerate().take(size) {
        for (c, x) in line(*row).into_iter().enumerate().take(size) {
            out[r * size + c] = centre(round(x, 13 + pass1 + 3 + extra));
        }
    }
}

fn line4(v: [i32; 8]) -> [i32; 4] {
    let m = |a: i32, k: i32| a.wrapping_mul(k);
    let t0 = v[0].wrapping_shl(14);
    let t2 = m(v[2], 15137).wrapping_sub(m(v[6], 6270));
    let (even0, even1) = (t0.wrapping_add(t2), t0.wrapping_sub(t2));
    let odd1 = m(v[7], -1730)
        .wrapping_add(m(v[5], 11893))
        .wrapping_sub(m(v[3], 17799))
        .wrapping_add(m(v[1], 8697));
    let odd0 = m(v[7], -4176)
        .wrapping_sub(m(v[5], 4926))
        .wrapping_add(m(v[3], 7373))
        .wrapping_add(m(v[1], 20995));
    [
        even0.wrapping_add(odd0),
        even1.wrapping_add(odd1),
        even1.wrapping_sub(odd1),
        even0.wrapping_sub(odd0),
    ]
}

fn line2(v: [i32; 8]) -> [i32; 4] {
    let m = |a: i32, k: i32| a.wrapping_mul(k);
    let even = v[0].wrapping_shl(15);
    let odd = m(v[7], -5906)
        .wrapping_add(m(v[5], 6967))
        .wrapping_sub(m(v[3], 10426))
        .wrapping_add(m(v[1], 29692));
    [even.wrapping_add(odd), even.wrapping_sub(odd), 0, 0]
}
