//! The tables in the form the formulas read: no search, no neighbour, one row a step of hue and two an interval of knots.
//!
//! Hue is cut into steps so fine (1, 2, 4 ... a degree) that at most one knot falls inside a step: the row of a step holds
//! reach and its increase, that knot, and the interval before it. Intervals between knots closer than 1/32 degree are left
//! out; their neighbour goes on instead, which changes nothing that can be seen.

use super::knots::{NOMINAL, TOTAL};

/// A hue with what is interpolated there: J and M of the cusp, 1 / gamma of the hull above it.
#[derive(Clone, Copy, Default)]
pub(super) struct Knot {
    pub hue: f32,
    pub values: [f32; 3],
}

/// Rows of both tables.
pub(super) struct Rows {
    pub hue: Vec<[f32; 4]>,
    pub steps: usize,
    pub cusp: Vec<[f32; 4]>,
}

const FINEST: usize = 32;
/// A threshold no hue passes.
const NEVER: f32 = 1e9;

pub(super) fn build(reach: &[f32; TOTAL], knots: &[Knot; TOTAL]) -> Rows {
    // Starts of the intervals that are kept: [0] and [NOMINAL + 1] wrap around.
    let mut kept: Vec<usize> = vec![0];
    for i in 1..=NOMINAL + 1 {
        let last = knots[kept[kept.len() - 1]].hue;
        if knots[i].hue - last > 1.0 / FINEST as f32 {
            kept.push(i);
        }
    }
    let mut cusp = Vec::with_capacity(2 * kept.len());
    for &i in &kept {
        let (a, b) = (knots[i], knots[(i + 1).min(TOTAL - 1)]);
        let width = (b.hue - a.hue).max(1e-6);
        let slope = |k: usize| (b.values[k] - a.values[k]) / width;
        cusp.push([a.hue, a.values[0], a.values[1], a.values[2]]);
        cusp.push([0.0, slope(0), slope(1), slope(2)]);
    }
    let starts: Vec<f32> = kept.iter().map(|&i| knots[i].hue).collect();
    let mut steps = 1;
    while steps < FINEST && most_in_a_step(&starts, steps) > 1 {
        steps *= 2;
    }
    Rows {
        hue: hue_rows(reach, &starts, steps),
        steps,
        cusp,
    }
}

/// Largest number of starts inside one step.
fn most_in_a_step(starts: &[f32], steps: usize) -> usize {
    let mut most = 0;
    let mut count = 0;
    let mut current = f32::NEG_INFINITY;
    for hue in starts {
        let step = (hue * steps as f32).floor();
        count = if step == current { count + 1 } else { 1 };
        current = step;
        most = most.max(count);
    }
    most
}

/// One row a step, and one for 360 degrees, to which a hue just below 0 may round.
fn hue_rows(reach: &[f32; TOTAL], starts: &[f32], steps: usize) -> Vec<[f32; 4]> {
    (0..=NOMINAL * steps)
        .map(|i| {
            let low = i as f32 / steps as f32;
            let high = (i + 1) as f32 / steps as f32;
            let degree = i / steps;
            let increase = (reach[degree + 2] - reach[degree + 1]) / steps as f32;
            let base = reach[degree + 1] + increase * (i % steps) as f32;
            // Interval that holds `low`: hues up to and with a knot belong to the one before it.
            let before = starts.partition_point(|s| *s < low).saturating_sub(1);
            let knot = starts
                .get(before + 1)
                .copied()
                .filter(|s| *s < high)
                .unwrap_or(NEVER);
            [base, increase, knot, before as f32]
        })
        .collect()
}
