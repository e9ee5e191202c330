//! Shared-exponent pixels and their runs.
//!
//! Domain: finite non-negative floats. Out: mantissas truncated, not rounded, as Radiance and OpenImageIO do, so that a
//! read picture is written back bit for bit. Negatives and NaN become zero, values past the largest are clamped to it;
//! below 1e-32 everything is black.

/// `2^(e - 136)`: what one step of a mantissa under exponent byte `e` is worth; zero for `e` of zero.
pub(super) fn steps() -> [f32; 256] {
    std::array::from_fn(|e| match e {
        0 => 0.0,
        e => 2f64.powi(e as i32 - 136) as f32,
    })
}

/// One pixel as four bytes.
pub(super) fn encode(rgb: [f32; 3]) -> [u8; 4] {
    // The largest that exponent byte 255 holds. NaN loses every comparison of `max`, so it counts as zero.
    const LARGEST: f32 = 255.0 * 6.646_14e35;
    #[expect(clippy::manual_clamp, reason = "`clamp` keeps NaN, `max` drops it")]
    let rgb = rgb.map(|v| v.max(0.0).min(LARGEST));
    let v = rgb[0].max(rgb[1]).max(rgb[2]);
    if v < 1e-32 {
        return [0; 4];
    }
    // `v` is normal and lies in `2^(e - 1) .. 2^e`.
    let e = (v.to_bits() >> 23) as i32 - 126;
    let scale = f32::from_bits(((127 + 8 - e).max(1) as u32) << 23);
    let [r, g, b] = rgb.map(|v| (v * scale) as u8);
    [r, g, b, (e + 128) as u8]
}

/// Widths that new runs can code.
pub(super) const RUN_WIDTHS: std::ops::RangeInclusive<usize> = 8..=0x7fff;
/// Shorter repeats than this cost as much as literals.
const MIN_RUN: usize = 4;

/// Appends one plane of a row as new runs: `128 + n, value` or `n, bytes`.
pub(super) fn push_runs(plane: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < plane.len() {
        let mut start = at;
        let mut run = 0;
        while start < plane.len() {
            let v = plane[start];
            run = plane[start..]
                .iter()
                .take(127)
                .take_while(|&&x| x == v)
                .count();
            if run >= MIN_RUN {
                break;
            }
            start += run;
        }
        // A short repeat that is all there is before a long one.
        let head = start - at;
        if (2..MIN_RUN).contains(&head) && plane[at..start].iter().all(|&x| x == plane[at]) {
            out.extend_from_slice(&[128 + head as u8, plane[at]]);
        } else {
            for literal in plane[at..start].chunks(128) {
                out.push(literal.len() as u8);
                out.extend_from_slice(literal);
            }
        }
        at = start;
        if run >= MIN_RUN && at < plane.len() {
            out.extend_from_slice(&[128 + run as u8, plane[at]]);
            at += run;
        }
    }
}
