//! The hues at which the cusp of the limiting gamut is stored: all corners of the limiting cube and of the reach gamut, and
//! uniform samples between them, 360 in all; one more below and two above wrap around.
//!
//! Source: `aces-output` CTL 2.0, Lib.Academy.OutputTransform (build of the hue table); index 1 is the first hue.

use super::cam::{Cam, REFERENCE_LUMINANCE, Vec3};
use super::tone::Tone;

/// Hues around the circle.
pub(super) const NOMINAL: usize = 360;
/// With one below and two above.
pub(super) const TOTAL: usize = NOMINAL + 3;
const CORNERS: usize = 6;
const REACH_TOLERANCE: f32 = 1e-3;

/// Corners in the order of their hues, the last and first repeated around them with hues beyond 0..360.
pub(super) struct Corners {
    pub rgb: [Vec3; CORNERS + 2],
    pub jmh: [Vec3; CORNERS + 2],
}

/// Red, yellow, green, cyan, blue, magenta.
fn unit_corner(i: usize) -> Vec3 {
    let on = |shift: usize| f32::from(u8::from((i + shift) % CORNERS < 3));
    [on(1), on(5), on(3)]
}

fn around(rgb: [Vec3; CORNERS], jmh: [Vec3; CORNERS]) -> Corners {
    let mut first = 0;
    for i in 1..CORNERS {
        if jmh[i][2] < jmh[first][2] {
            first = i;
        }
    }
    let mut out = Corners {
        rgb: [[0.0; 3]; CORNERS + 2],
        jmh: [[0.0; 3]; CORNERS + 2],
    };
    for i in 0..CORNERS + 2 {
        let from = (i + first + CORNERS - 1) % CORNERS;
        out.rgb[i] = rgb[from];
        out.jmh[i] = jmh[from];
    }
    out.jmh[0][2] -= 360.0;
    out.jmh[CORNERS + 1][2] += 360.0;
    out
}

/// Corners of the limiting cube at peak luminance.
pub(super) fn limiting(limit: &Cam, peak: f32) -> Corners {
    let rgb = std::array::from_fn(|i| unit_corner(i).map(|v| peak / REFERENCE_LUMINANCE * v));
    around(rgb, rgb.map(|c| limit.jmh(c)))
}

/// Corners of the reach gamut at J of the peak.
fn reach(reach: &Cam, tone: &Tone) -> Corners {
    let a_limit = reach.achromatic(tone.j_max);
    let rgb = std::array::from_fn(|i| {
        let unit = unit_corner(i);
        let (mut low, mut high) = (0.0, tone.forward_limit);
        while high - low > REACH_TOLERANCE {
            let test = (low + high) / 2.0;
            let a = reach.aab(unit.map(|v| test * v))[0];
            if a < a_limit {
                low = test;
            } else {
                high = test;
            }
            // Floats of large peaks lie further apart than the tolerance.
            if a == a_limit || (low + high) / 2.0 == low || (low + high) / 2.0 == high {
                break;
            }
        }
        unit.map(|v| high * v)
    });
    around(rgb, rgb.map(|c| reach.jmh(c)))
}

/// The hues, index 1..=360 rising from 0.
pub(super) fn hues(reach_cam: &Cam, limiting: &Corners, tone: &Tone) -> [f32; TOTAL] {
    let sorted = merge(&reach(reach_cam, tone), limiting);
    let counts = samples(&sorted);
    let mut table = [0.0f32; TOTAL];
    let mut done = 0;
    let mut fill = |count: usize, low: f32, high: f32| {
        let step = (high - low) / count as f32;
        for i in 0..count.min(NOMINAL - done) {
            table[1 + done + i] = low + i as f32 * step;
        }
        done = (done + count).min(NOMINAL);
    };
    fill(counts[0], 0.0, sorted[0]);
    for i in 1..sorted.len() {
        fill(
            counts[i].saturating_sub(counts[i - 1]),
            sorted[i - 1],
            sorted[i],
        );
    }
    fill(
        NOMINAL - counts[sorted.len() - 1].min(NOMINAL),
        sorted[sorted.len() - 1],
        360.0,
    );
    table[0] = table[NOMINAL] - 360.0;
    table[NOMINAL + 1] = table[1] + 360.0;
    table[NOMINAL + 2] = table[2] + 360.0;
    table
}

/// Hues of both sets of corners, rising, equal ones once.
fn merge(a: &Corners, b: &Corners) -> Vec<f32> {
    let mut hues: Vec<f32> = Vec::with_capacity(2 * CORNERS);
    hues.extend(a.jmh[1..=CORNERS].iter().map(|c| c[2]));
    hues.extend(b.jmh[1..=CORNERS].iter().map(|c| c[2]));
    hues.sort_by(f32::total_cmp);
    hues.dedup();
    hues
}

/// Index of the sample that falls on each corner.
fn samples(sorted: &[f32]) -> Vec<usize> {
    let mut counts = vec![0usize; sorted.len()];
    let mut last = usize::MAX;
    let mut lowest = usize::from(sorted[0] != 0.0);
    for (i, hue) in sorted.iter().enumerate() {
        let mut at = (hue.round() as usize).max(lowest).min(NOMINAL - 1);
        if at == last {
            // Two corners want one sample: move the earlier one down if there is room.
            if i > 1 && counts[i - 2] + 1 != counts[i - 1] {
                counts[i - 1] -= 1;
            } else {
                at += 1;
            }
        }
        counts[i] = at.min(NOMINAL - 1);
        last = at;
        lowest = at;
    }
    counts
}
