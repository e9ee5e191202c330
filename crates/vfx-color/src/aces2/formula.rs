//! The pixel formulas of ACES 2.0, generic over `Math`: J, M, h and back, tone scale, chroma and gamut compression.
//!
//! Linear display-referred or AP0 RGB, 1.0 = 100 nits; J, M as in the model; hue as a unit vector (cos h, sin h) and degrees.
//! OpenColorIO's algebra with what cancels taken out: the model's gamma is 1/cz, so powers of J ratios are ratios of A; the
//! sine and cosine of the hue are a/M and b/M; both branches of the line intersection are one quadratic; one logarithm
//! serves the lower hull and the reach boundary. Values in lanes that a select throws away may be anything, NaN included.
//! NaN: `A * 0` is NaN for NaN and infinite input, and is added to the results.

use vfx_kernel::Math;

use super::cam::{CONE_EXPONENT, CONE_LIMIT, CONE_OFFSET, Cam, J_SCALE, Mat3, REFERENCE_LUMINANCE};
use super::hull::{CUSP_MID_BLEND, FOCUS_GAIN_BLEND};
use super::tables::SMOOTH_CUSPS;
use super::tone::Tone;
use super::{Gamut, Rendering};

const COMPRESSION_THRESHOLD: f32 = 0.75;
/// Keeps logarithms and quotients of discarded lanes harmless.
const TINY: f32 = 1e-30;

#[inline(always)]
fn row<M: Math>(m: M, k: &[f32; 3], c: [M::F; 3]) -> M::F {
    let v = m.mul(c[0], m.k(k[0]));
    m.fma(c[2], m.k(k[2]), m.fma(c[1], m.k(k[1]), v))
}

#[inline(always)]
fn matrix<M: Math>(m: M, k: &Mat3, c: [M::F; 3]) -> [M::F; 3] {
    [row(m, &k[0], c), row(m, &k[1], c), row(m, &k[2], c)]
}

/// x^e for x >= 0 through the logarithm: 1e-6 relative at the ends of the range, enough here.
#[inline(always)]
pub(crate) fn power<M: Math>(m: M, x: M::F, e: f32) -> M::F {
    m.exp2(m.mul(m.log2(x), m.k(e)))
}

/// f / (27.13 + f), f = |v|^0.42, with the sign of v.
#[inline(always)]
fn cone_response<M: Math>(m: M, v: M::F) -> M::F {
    let f = power(m, m.abs(v), CONE_EXPONENT);
    m.copysign(m.div(f, m.add(f, m.k(CONE_OFFSET))), v)
}

/// 27.13 r / (1 - r), r at most 0.99.
#[inline(always)]
fn cone_power<M: Math>(m: M, r: M::F) -> M::F {
    // Not `min`, which would lose a NaN.
    let r = m.select(m.gt(r, m.k(CONE_LIMIT)), m.k(CONE_LIMIT), r);
    m.div(m.mul(r, m.k(CONE_OFFSET)), m.sub(m.k(1.0), r))
}

#[inline(always)]
fn cone_signal<M: Math>(m: M, r: M::F) -> M::F {
    let f = cone_power(m, m.abs(r));
    m.copysign(power(m, f, 1.0 / CONE_EXPONENT), r)
}

/// A, a, b of RGB.
#[inline(always)]
pub(crate) fn to_aab<M: Math>(m: M, cam: &Cam, c: [M::F; 3]) -> [M::F; 3] {
    let v = matrix(m, &cam.to_cones, c);
    let r = [
        cone_response(m, v[0]),
        cone_response(m, v[1]),
        cone_response(m, v[2]),
    ];
    matrix(m, &cam.to_aab, r)
}

/// RGB of A, a, b.
#[inline(always)]
pub(crate) fn from_aab<M: Math>(m: M, cam: &Cam, aab: [M::F; 3]) -> [M::F; 3] {
    let r = matrix(m, &cam.from_aab, aab);
    let v = [
        cone_signal(m, r[0]),
        cone_signal(m, r[1]),
        cone_signal(m, r[2]),
    ];
    matrix(m, &cam.from_cones, v)
}

/// A hue: cosine, sine, degrees in 0..=360, and M beside it.
#[derive(Clone, Copy)]
pub(crate) struct Hue<F> {
    pub cos: F,
    pub sin: F,
    pub degrees: F,
    pub colourfulness: F,
}

/// Degrees 0..=360 of the direction (a, b).
#[inline(always)]
pub(crate) fn hue_degrees<M: Math>(m: M, a: M::F, b: M::F) -> M::F {
    let h = m.mul(m.atan2(b, a), m.k(180.0 / std::f32::consts::PI));
    m.select(m.lt(h, m.k(0.0)), m.add(h, m.k(360.0)), h)
}

/// The hue of a, b; M = 0 looks towards 0 degrees.
#[inline(always)]
pub(crate) fn hue<M: Math>(m: M, a: M::F, b: M::F) -> Hue<M::F> {
    let colourfulness = m.sqrt(m.fma(a, a, m.mul(b, b)));
    let coloured = m.gt(colourfulness, m.k(0.0));
    let inverse = m.div(m.k(1.0), colourfulness);
    Hue {
        cos: m.select(coloured, m.mul(a, inverse), m.k(1.0)),
        sin: m.select(coloured, m.mul(b, inverse), m.k(0.0)),
        degrees: hue_degrees(m, a, b),
        colourfulness,
    }
}

/// Degrees wrapped into 0..360 (the remainder keeps its sign, then one turn is added below 0).
#[inline(always)]
pub(crate) fn wrap<M: Math>(m: M, degrees: M::F) -> M::F {
    let turns = m.floor(m.mul(m.abs(degrees), m.k(1.0 / 360.0)));
    let rest = m.fma(turns, m.k(-360.0), m.abs(degrees));
    let rest = m.copysign(rest, degrees);
    m.select(m.lt(rest, m.k(0.0)), m.add(rest, m.k(360.0)), rest)
}

/// Cosine and sine of degrees in 0..360.
#[inline(always)]
pub(crate) fn cos_sin<M: Math>(m: M, degrees: M::F) -> [M::F; 2] {
    let radians = m.mul(degrees, m.k(std::f32::consts::PI / 180.0));
    [m.cos(radians), m.sin(radians)]
}

/// What the tables say of a hue.
#[derive(Clone, Copy)]
pub(crate) struct Cusp<F> {
    pub reach: F,
    pub j: F,
    pub m: F,
    pub upper_gamma_inv: F,
}

/// The reach alone.
#[inline(always)]
pub(crate) fn reach_at<M: Math>(m: M, g: &Gamut, degrees: M::F) -> M::F {
    let x = m.mul(degrees, m.k(g.steps));
    let d = m.floor(x);
    let row = m.fetch(&g.hue, d);
    m.fma(m.sub(x, d), row[1], row[0])
}

/// Reach and cusp.
#[inline(always)]
pub(crate) fn cusp_at<M: Math>(m: M, g: &Gamut, degrees: M::F) -> Cusp<M::F> {
    let x = m.mul(degrees, m.k(g.steps));
    let d = m.floor(x);
    let row = m.fetch(&g.hue, d);
    let reach = m.fma(m.sub(x, d), row[1], row[0]);
    let next = m.gt(degrees, row[2]);
    let index = m.add(row[3], m.select(next, m.k(1.0), m.k(0.0)));
    let index = m.add(index, index);
    let at = m.fetch(&g.cusp, index);
    let by = m.fetch(&g.cusp, m.add(index, m.k(1.0)));
    let t = m.sub(degrees, at[0]);
    Cusp {
        reach,
        j: m.fma(t, by[1], at[1]),
        m: m.fma(t, by[2], at[2]),
        upper_gamma_inv: m.fma(t, by[3], at[3]),
    }
}

/// The chroma norm: a trigonometric polynomial of the hue, by multiple angles.
#[inline(always)]
pub(crate) fn chroma_norm<M: Math>(m: M, tone: &Tone, c: M::F, s: M::F) -> M::F {
    let k = |v: f32| m.k(v * tone.norm_scale);
    let (c1, c2, c3) = (11.34072, 16.46899, 7.88380);
    let (s1, s2, s3) = (14.66441, -6.37224, 9.19364);
    let cc = m.mul(c, c);
    let ss = m.mul(s, s);
    let cosines = m.fma(
        m.fma(k(4.0 * c3), cc, k(c1 - 3.0 * c3)),
        c,
        k(77.12896 - c2),
    );
    let cosines = m.fma(k(2.0 * c2), cc, cosines);
    let sines = m.fma(k(-4.0 * s3), ss, k(s1 + 3.0 * s3));
    let sines = m.fma(k(2.0 * s2), c, sines);
    m.fma(sines, s, cosines)
}

/// Achromatic response before the display, A, to the one after the tone scale.
#[inline(always)]
pub(crate) fn tone_forward<M: Math>(m: M, r: &Rendering, a: M::F) -> M::F {
    let (cam, t) = (&r.input, &r.tone);
    // y is luminance times F_L / 100 throughout.
    let x = cone_power(m, m.mul(a, m.k(cam.a_w_j)));
    let y = power(m, x, 1.0 / CONE_EXPONENT);
    let q = m.div(y, m.add(y, m.k(t.s_2 * cam.f_l_n)));
    let f = m.mul(power(m, q, t.g), m.k(t.m_2));
    let scale = REFERENCE_LUMINANCE * cam.f_l_n;
    let y = m.div(m.mul(m.mul(f, f), m.k(scale)), m.add(f, m.k(t.t_1)));
    response_over_white(m, cam, y)
}

/// Display side A to scene side A.
#[inline(always)]
pub(crate) fn tone_inverse<M: Math>(m: M, r: &Rendering, a: M::F) -> M::F {
    let (cam, t) = (&r.input, &r.tone);
    let x = cone_power(m, m.mul(a, m.k(cam.a_w_j)));
    let y = power(m, x, 1.0 / CONE_EXPONENT);
    let z = m.mul(y, m.k(1.0 / (REFERENCE_LUMINANCE * cam.f_l_n)));
    let z = m.max(m.min(z, m.k(t.inverse_limit)), m.k(0.0));
    let f = m.sqrt(m.mul(z, m.add(z, m.k(4.0 * t.t_1))));
    let f = m.mul(m.add(z, f), m.k(0.5));
    let ratio = power(m, m.div(m.k(t.m_2), f), 1.0 / t.g);
    let y = m.div(m.k(t.s_2 * cam.f_l_n), m.sub(ratio, m.k(1.0)));
    response_over_white(m, cam, y)
}

#[inline(always)]
fn response_over_white<M: Math>(m: M, cam: &Cam, y: M::F) -> M::F {
    let f = power(m, y, CONE_EXPONENT);
    m.div(m.mul(f, m.k(cam.inv_a_w_j)), m.add(f, m.k(CONE_OFFSET)))
}

/// J of A >= 0.
#[inline(always)]
pub(crate) fn lightness<M: Math>(m: M, cam: &Cam, a: M::F) -> M::F {
    m.mul(power(m, a, cam.cz), m.k(J_SCALE))
}

/// A of J >= 0; NaN below, as a power is.
#[inline(always)]
pub(crate) fn achromatic<M: Math>(m: M, cam: &Cam, j: M::F) -> M::F {
    power(m, m.mul(j, m.k(1.0 / J_SCALE)), cam.inv_cz)
}

/// The toe: below `limit`, x bent towards 0. `k2_squared` saves a product where it is known.
#[inline(always)]
fn toe_forward<M: Math>(m: M, x: M::F, limit: M::F, k1: M::F, k2: M::F, k2_squared: M::F) -> M::F {
    let k1 = m.sqrt(m.fma(k1, k1, k2_squared));
    let k3 = m.div(m.add(limit, k1), m.add(limit, k2));
    let b = m.sub(m.mul(k3, x), k1);
    let ac = m.mul(m.mul(k2, k3), x);
    let root = m.sqrt(m.fma(b, b, m.mul(m.k(4.0), ac)));
    let y = m.mul(m.add(b, root), m.k(0.5));
    m.select(m.gt(x, limit), x, y)
}

#[inline(always)]
fn toe_inverse<M: Math>(m: M, x: M::F, limit: M::F, k1: M::F, k2: M::F, k2_squared: M::F) -> M::F {
    let k1 = m.sqrt(m.fma(k1, k1, k2_squared));
    let k3 = m.div(m.add(limit, k1), m.add(limit, k2));
    let y = m.div(m.mul(x, m.add(x, k1)), m.mul(k3, m.add(x, k2)));
    m.select(m.gt(x, limit), x, y)
}

/// What both directions of the chroma compression share.
struct Chroma<F> {
    limit: F,
    near_limit: F,
    expand: [F; 3],
    compress: [F; 3],
}

#[inline(always)]
fn chroma<M: Math>(m: M, t: &Tone, j: M::F, limit: M::F) -> Chroma<M::F> {
    let n = m.mul(j, m.k(1.0 / t.j_max));
    let rest = m.max(m.sub(m.k(1.0), n), m.k(0.0));
    let expand = m.fma(n, n, m.k(t.sat_thr));
    let compress = m.max(rest, m.k(0.001));
    Chroma {
        limit,
        near_limit: m.sub(limit, m.k(0.001)),
        expand: [m.mul(rest, m.k(t.sat)), m.sqrt(expand), expand],
        compress: [m.mul(n, m.k(t.compr)), compress, m.mul(compress, compress)],
    }
}

/// M over the norm, scaled to the tone-mapped lightness already, compressed; `j` is the tone-mapped lightness.
#[inline(always)]
pub(crate) fn chroma_forward<M: Math>(m: M, t: &Tone, x: M::F, j: M::F, limit: M::F) -> M::F {
    let c = chroma(m, t, j, limit);
    let [k1, k2, kk] = c.expand;
    let y = toe_forward(m, m.sub(c.limit, x), c.near_limit, k1, k2, kk);
    let [k1, k2, kk] = c.compress;
    toe_forward(m, m.sub(c.limit, y), c.limit, k1, k2, kk)
}

/// The inverse of [`chroma_forward`].
#[inline(always)]
pub(crate) fn chroma_inverse<M: Math>(m: M, t: &Tone, x: M::F, j: M::F, limit: M::F) -> M::F {
    let c = chroma(m, t, j, limit);
    let [k1, k2, kk] = c.compress;
    let x = toe_inverse(m, x, c.limit, k1, k2, kk);
    let [k1, k2, kk] = c.expand;
    let y = toe_inverse(m, m.sub(c.limit, x), c.near_limit, k1, k2, kk);
    m.sub(c.limit, y)
}

/// A of the largest lightness, to which the limit of the chroma compression is relative.
pub(crate) fn achromatic_limit(r: &Rendering) -> f32 {
    r.input.achromatic(r.tone.j_max)
}

/// What depends on the hue alone in the gamut compression.
#[derive(Clone, Copy)]
pub(crate) struct Focus<F> {
    j: F,
    j_inverse: F,
    threshold: F,
}

#[inline(always)]
pub(crate) fn focus<M: Math>(m: M, r: &Rendering, cusp: &Cusp<M::F>) -> Focus<M::F> {
    let j_max = m.k(r.tone.j_max);
    let blend = m.fma(cusp.j, m.k(-1.0 / r.tone.j_max), m.k(CUSP_MID_BLEND));
    let blend = m.min(blend, m.k(1.0));
    let j = m.fma(m.sub(m.k(r.gamut.mid_j), cusp.j), blend, cusp.j);
    Focus {
        j,
        j_inverse: m.div(m.k(1.0), j),
        threshold: m.fma(m.sub(j_max, cusp.j), m.k(FOCUS_GAIN_BLEND), cusp.j),
    }
}

/// J at which the line of compression through (J, M) meets the achromatic axis: both sides of the focus as one quadratic.
#[inline(always)]
fn j_intersection<M: Math>(m: M, j_max: f32, focus: &Focus<M::F>, j: M::F, mm: M::F) -> M::F {
    let one = m.k(1.0);
    let below = m.lt(j, focus.j);
    let q = m.mul(mm, focus.j_inverse);
    let b_above = m.add(one, m.fma(q, m.k(j_max), mm));
    let b = m.select(below, m.sub(one, mm), b_above);
    let c = m.select(below, j, m.fma(mm, m.k(j_max), j));
    let qc = m.mul(m.mul(m.k(4.0), q), c);
    let qc = m.select(below, qc, m.neg(qc));
    let root = m.sqrt(m.fma(b, b, qc));
    m.div(m.add(c, c), m.add(b, root))
}

/// The line of compression through a point: where it meets the axis, its slope, and the boundaries along it.
struct Line<F> {
    j_source: F,
    slope: F,
    gamut: F,
    reach: F,
}

/// The line through (J, M) with the gain of the lightness `at`.
#[inline(always)]
fn line<M: Math>(
    m: M,
    r: &Rendering,
    cusp: &Cusp<M::F>,
    focus: &Focus<M::F>,
    j: M::F,
    mm: M::F,
    at: M::F,
) -> Line<M::F> {
    let j_max = r.tone.j_max;
    let kj = m.k(j_max);
    // Gain: J_max * distance, rising with the square of a logarithm above the threshold.
    let over = m.div(
        m.sub(kj, focus.threshold),
        m.max(m.sub(kj, at), m.k(0.0001)),
    );
    let l = m.mul(m.log2(over), m.k(std::f32::consts::LOG10_2));
    let gain = m.fma(l, l, m.k(1.0));
    let gain = m.select(m.gt(at, focus.threshold), gain, m.k(1.0));
    let gain_inverse = m.div(m.k(1.0 / (j_max * r.gamut.focus_distance)), gain);

    let j_source = j_intersection(m, j_max, focus, j, m.mul(mm, gain_inverse));
    let j_cusp = j_intersection(m, j_max, focus, cusp.j, m.mul(cusp.m, gain_inverse));
    let away = m.sub(j_source, focus.j);
    let towards = m.select(m.lt(j_source, focus.j), j_source, m.sub(kj, j_source));
    let slope = m.mul(m.mul(towards, away), m.mul(focus.j_inverse, gain_inverse));

    // Boundaries M = J_ref (J / J_ref)^e M_c / (J_c - slope M_c), the upper one measured down from J_max.
    let log_source = m.log2(m.max(j_source, m.k(TINY)));
    let log_cusp = m.log2(m.max(j_cusp, m.k(TINY)));
    let e = m.k(r.gamut.lower_gamma_inv);
    let lower = m.exp2(m.fma(m.sub(log_source, log_cusp), e, log_cusp));
    let slope_m = m.mul(slope, cusp.m);
    let lower = m.div(m.mul(lower, cusp.m), m.sub(cusp.j, slope_m));

    let log_down_cusp = m.log2(m.max(m.sub(kj, j_cusp), m.k(TINY)));
    let log_down_source = m.log2(m.max(m.sub(kj, j_source), m.k(TINY)));
    let upper = m.sub(log_down_source, log_down_cusp);
    let upper = m.exp2(m.fma(upper, cusp.upper_gamma_inv, log_down_cusp));
    let upper = m.div(m.mul(upper, cusp.m), m.add(m.sub(kj, cusp.j), slope_m));

    // Smooth minimum, cubic.
    let width = m.mul(cusp.m, m.k(SMOOTH_CUSPS));
    let h = m.max(m.sub(width, m.abs(m.sub(lower, upper))), m.k(0.0));
    let h = m.div(h, width);
    let cube = m.mul(m.mul(m.mul(h, h), h), m.mul(width, m.k(-1.0 / 6.0)));
    let gamut = m.add(m.min(lower, upper), cube);

    // The reach, with the model's gamma.
    let e = r.input.inv_cz;
    let reach = m.exp2(m.fma(log_source, m.k(e), m.k((1.0 - e) * j_max.log2())));
    let reach = m.div(
        m.mul(reach, cusp.reach),
        m.sub(kj, m.mul(slope, cusp.reach)),
    );
    Line {
        j_source,
        slope,
        gamut,
        reach,
    }
}

/// M and J after the compression along the line, forward or backwards.
#[inline(always)]
fn remap<M: Math>(m: M, line: &Line<M::F>, mm: M::F, inverse: bool) -> [M::F; 2] {
    let ratio = m.div(line.gamut, line.reach);
    let proportion = m.max(ratio, m.k(COMPRESSION_THRESHOLD));
    let threshold = m.mul(proportion, line.gamut);
    let over = m.sub(mm, threshold);
    let scale = m.mul(m.sub(line.reach, threshold), m.sub(line.gamut, threshold));
    let scale = m.div(scale, m.sub(line.reach, line.gamut));
    let divisor = if inverse {
        m.sub(scale, over)
    } else {
        m.add(scale, over)
    };
    let y = m.div(m.mul(scale, over), divisor);
    let y = if inverse {
        // At the asymptote and beyond, the scale itself.
        m.select(m.ge(over, scale), scale, y)
    } else {
        y
    };
    let y = m.add(threshold, y);
    let unchanged = m.or(m.le(mm, threshold), m.ge(proportion, m.k(1.0)));
    let y = m.select(unchanged, mm, y);
    [m.fma(y, line.slope, line.j_source), y]
}

/// J and M moved into the limiting gamut. Achromatic, too bright or without a boundary: M = 0; J is not positive: both 0.
#[inline(always)]
pub(crate) fn gamut_forward<M: Math>(
    m: M,
    r: &Rendering,
    cusp: &Cusp<M::F>,
    j: M::F,
    mm: M::F,
) -> [M::F; 2] {
    let focus = focus(m, r, cusp);
    let line = line(m, r, cusp, &focus, j, mm, j);
    let [jj, y] = remap(m, &line, mm, false);
    clip(m, r, &line, j, mm, [jj, y])
}

/// The inverse of [`gamut_forward`]; above the threshold the gain comes from a first estimate of J.
#[inline(always)]
pub(crate) fn gamut_inverse<M: Math>(
    m: M,
    r: &Rendering,
    cusp: &Cusp<M::F>,
    j: M::F,
    mm: M::F,
) -> [M::F; 2] {
    let focus = focus(m, r, cusp);
    let first = line(m, r, cusp, &focus, j, mm, j);
    let [estimate, _] = remap(m, &first, mm, true);
    // No boundary: the estimate is J.
    let estimate = m.select(m.le(first.gamut, m.k(0.0)), j, estimate);
    let at = m.select(m.gt(j, focus.threshold), estimate, j);
    let line = line(m, r, cusp, &focus, j, mm, at);
    let [jj, y] = remap(m, &line, mm, true);
    clip(m, r, &line, j, mm, [jj, y])
}

#[inline(always)]
fn clip<M: Math>(
    m: M,
    r: &Rendering,
    line: &Line<M::F>,
    j: M::F,
    mm: M::F,
    out: [M::F; 2],
) -> [M::F; 2] {
    let zero = m.k(0.0);
    let axis = m.or(m.gt(j, m.k(r.tone.j_max)), m.le(mm, zero));
    let axis = m.or(axis, m.le(line.gamut, zero));
    let black = m.le(j, zero);
    let jj = m.select(axis, j, out[0]);
    let y = m.select(axis, zero, out[1]);
    [m.select(black, zero, jj), m.select(black, zero, y)]
}
