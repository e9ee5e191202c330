//! The three tables of the gamut compression: reach (largest M a degree), cusp (J, M a knot) and hull gamma a knot.
//!
//! Source: `aces-output` CTL 2.0, Lib.Academy.OutputTransform; searches and tolerances are OpenColorIO 2.6's, so that the
//! tables agree to the bit (tests compare them through its shader textures). About 2 ms, no allocation but the result.

use vfx_kernel::Table;

use super::Gamut;
use super::cam::{Cam, REFERENCE_LUMINANCE, Vec3, direction};
use super::hue_rows::{self, Knot};
use super::hull::Hull;
use super::knots::{self, Corners, NOMINAL, TOTAL};
use super::tone::Tone;

/// Smoothing of the cusp: width and share that widens the table.
pub(crate) const SMOOTH_CUSPS: f32 = 0.12;
const SMOOTH_M: f32 = 0.27;
const FOCUS_DISTANCE: f32 = 1.35;
const FOCUS_DISTANCE_SCALING: f32 = 1.75;
const CUSP_TOLERANCE: f32 = 1e-7;
const REACH_STEP: f32 = 50.0;
const REACH_MAXIMUM: f32 = 1300.0;
/// f64 as in the comparison of the original.
const REACH_TOLERANCE: f64 = 1e-2;

/// The reach a whole degree, and its neighbours around the circle.
pub(super) fn reach(reach: &Cam, j_max: f32) -> [f32; TOTAL] {
    let mut table = [0.0; TOTAL];
    let a = reach.achromatic(j_max);
    for i in 0..NOMINAL {
        let [c, s] = direction(i as f32);
        let outside = |m: f32| reach.rgb([a, m * c, m * s]).iter().any(|v| *v < 0.0);
        let (mut low, mut high) = (0.0, REACH_STEP);
        while high < REACH_MAXIMUM && !outside(high) {
            low = high;
            high += REACH_STEP;
        }
        while f64::from(high - low) > REACH_TOLERANCE {
            let m = (high + low) / 2.0;
            if outside(m) {
                high = m;
            } else {
                low = m;
            }
        }
        table[i + 1] = high;
    }
    table[0] = table[NOMINAL];
    table[NOMINAL + 1] = table[1];
    table[NOMINAL + 2] = table[2];
    table
}

fn lerp(a: Vec3, b: Vec3, t: f32) -> Vec3 {
    let one = |i: usize| (b[i] - a[i]) * t + a[i];
    [one(0), one(1), one(2)]
}

/// J and M of the cusp at each hue of the knots.
fn cusps(limit: &Cam, hues: &[f32; TOTAL], corners: &Corners) -> [[f32; 2]; TOTAL] {
    let mut table = [[0.0; 2]; TOTAL];
    let mut previous = (0, 0.0);
    for i in 1..=NOMINAL {
        let [j, m] = cusp(limit, hues[i], corners, &mut previous);
        table[i] = [j, m * (1.0 + SMOOTH_M * SMOOTH_CUSPS)];
    }
    table[0] = table[NOMINAL];
    table[NOMINAL + 1] = table[1];
    table[NOMINAL + 2] = table[2];
    table
}

/// J and M of the point at `hue` on the edges of the cube; `previous` is the edge and position of the last hue.
fn cusp(limit: &Cam, hue: f32, corners: &Corners, previous: &mut (usize, f32)) -> [f32; 2] {
    let upper = (1..corners.jmh.len())
        .find(|i| corners.jmh[*i][2] > hue)
        .unwrap_or(1);
    let lower = upper - 1;
    if corners.jmh[lower][2] == hue {
        return [corners.jmh[lower][0], corners.jmh[lower][1]];
    }
    let (from, to) = (corners.rgb[lower], corners.rgb[upper]);
    let (hue_low, hue_high) = (corners.jmh[lower][2], corners.jmh[upper][2]);
    let mut low = if upper == previous.0 { previous.1 } else { 0.0 };
    let mut high = 1.0;
    while high - low > CUSP_TOLERANCE {
        let t = (low + high) / 2.0;
        if t == low || t == high {
            break;
        }
        let h = limit.hue(lerp(from, to, t));
        // Across 0 degrees a hue may fall outside its edge: go towards the edge's range.
        if h < hue_low || (h < hue_high && h > hue) {
            high = t;
        } else {
            low = t;
        }
    }
    let t = (low + high) / 2.0;
    *previous = (upper, t);
    let [j, m, _] = limit.jmh(lerp(from, to, t));
    [j, m]
}

/// Constants and rows for one rendering.
pub(super) fn gamut(input: &Cam, reach_cam: &Cam, limit: &Cam, tone: &Tone) -> Gamut {
    let mid_j = input.lightness(tone.c_t * REFERENCE_LUMINANCE);
    let focus_distance = FOCUS_DISTANCE + FOCUS_DISTANCE * FOCUS_DISTANCE_SCALING * tone.log_peak;
    let lower_gamma_inv = 1.0 / (1.14 + 0.07 * tone.log_peak);

    let reach = reach(reach_cam, tone.j_max);
    let corners = knots::limiting(limit, tone.peak);
    let hues = knots::hues(reach_cam, &corners, tone);
    let cusps = cusps(limit, &hues, &corners);
    let hull = Hull {
        limit,
        peak: tone.peak / REFERENCE_LUMINANCE,
        j_max: tone.j_max,
        mid_j,
        focus_distance,
        lower_gamma_inv,
    };
    let mut knots = [Knot::default(); TOTAL];
    for i in 1..=NOMINAL {
        knots[i] = Knot {
            hue: hues[i],
            values: [
                cusps[i][0],
                cusps[i][1],
                hull.upper_gamma_inv(hues[i], cusps[i]),
            ],
        };
    }
    knots[0] = knots[NOMINAL];
    knots[NOMINAL + 1] = knots[1];
    knots[NOMINAL + 2] = knots[2];
    for i in [0, NOMINAL + 1, NOMINAL + 2] {
        knots[i].hue = hues[i];
    }
    let rows = hue_rows::build(&reach, &knots);
    Gamut {
        mid_j,
        focus_distance,
        lower_gamma_inv,
        hue: Table::new("aces2_hue", rows.hue.len(), rows.hue),
        steps: rows.steps as f32,
        cusp: Table::new("aces2_cusp", rows.cusp.len(), rows.cusp),
    }
}
