//! The gamma of the upper hull: the smallest exponent whose approximate hull encloses the cube's top at five test points.
//!
//! Scalar `f32` in OpenColorIO's order of operations (see the module above); what does not depend on the gamma is computed
//! once a hue. Source: `aces-output` CTL 2.0, Lib.Academy.OutputTransform.

use super::cam::{Cam, direction};
use super::tables::SMOOTH_CUSPS;

pub(crate) const CUSP_MID_BLEND: f32 = 1.3;
pub(crate) const FOCUS_GAIN_BLEND: f32 = 0.3;
const POSITIONS: [f32; 5] = [0.01, 0.1, 0.5, 0.8, 0.99];
const GAMMA_MAXIMUM: f32 = 5.0;
const GAMMA_STEP: f32 = 0.4;
const GAMMA_ACCURACY: f32 = 1e-5;

/// What the search needs of a rendering.
pub(super) struct Hull<'a> {
    pub limit: &'a Cam,
    /// Peak luminance over the reference luminance.
    pub peak: f32,
    pub j_max: f32,
    pub mid_j: f32,
    pub focus_distance: f32,
    pub lower_gamma_inv: f32,
}

/// A test point: the line it is compressed along, and what of its boundary does not depend on the gamma.
struct Test {
    j_source: f32,
    slope: f32,
    m_lower: f32,
    /// Reference of the upper line, and the position of the source on it.
    upper_reference: f32,
    upper_position: f32,
}

fn lerp(a: f32, b: f32, t: f32) -> f32 {
    (b - a) * t + a
}

impl Hull<'_> {
    /// 1 / gamma of the hull above the cusp `[J, M]` at `hue`.
    pub fn upper_gamma_inv(&self, hue: f32, cusp: [f32; 2]) -> f32 {
        let [c, s] = direction(hue);
        let tests = self.tests(cusp);
        let fits = |gamma: f32| {
            tests
                .iter()
                .all(|t| self.outside(t, 1.0 / gamma, cusp, [c, s]))
        };
        let (mut low, mut high) = (0.0, GAMMA_STEP);
        while high < GAMMA_MAXIMUM && !fits(high) {
            low = high;
            high += GAMMA_STEP;
        }
        while high - low > GAMMA_ACCURACY {
            let gamma = (high + low) / 2.0;
            if fits(gamma) {
                high = gamma;
            } else {
                low = gamma;
            }
        }
        1.0 / high
    }

    fn tests(&self, cusp: [f32; 2]) -> [Test; 5] {
        let threshold = lerp(cusp[0], self.j_max, FOCUS_GAIN_BLEND);
        let blend = (CUSP_MID_BLEND - cusp[0] / self.j_max).min(1.0);
        let focus = lerp(cusp[0], self.mid_j, blend);
        POSITIONS.map(|p| {
            let j = lerp(cusp[0], self.j_max, p);
            let gain = self.focus_gain(j, threshold);
            let j_source = self.j_intersection(j, cusp[1], focus, gain);
            let j_cusp = self.j_intersection(cusp[0], cusp[1], focus, gain);
            let towards = if j_source < focus {
                j_source
            } else {
                self.j_max - j_source
            };
            let slope = towards * (j_source - focus) / (focus * gain);
            let shifted = j_cusp * (j_source / j_cusp).powf(self.lower_gamma_inv);
            let upper_reference = self.j_max - j_cusp;
            Test {
                j_source,
                slope,
                m_lower: shifted * cusp[1] / (cusp[0] - slope * cusp[1]),
                upper_reference,
                upper_position: (self.j_max - j_source) / upper_reference,
            }
        })
    }

    fn focus_gain(&self, j: f32, threshold: f32) -> f32 {
        let gain = self.j_max * self.focus_distance;
        if j > threshold {
            let l = ((self.j_max - threshold) / (self.j_max - j).max(0.0001)).log10();
            gain * (l * l + 1.0)
        } else {
            gain
        }
    }

    /// J at which the line of compression through (J, M) meets the achromatic axis.
    fn j_intersection(&self, j: f32, m: f32, focus: f32, gain: f32) -> f32 {
        let scaled = m / gain;
        let a = scaled / focus;
        if j < focus {
            let (b, c) = (1.0 - scaled, -j);
            let root = (b * b - 4.0 * a * c).sqrt();
            -2.0 * c / (b + root)
        } else {
            let b = -(1.0 + scaled + self.j_max * a);
            let c = self.j_max * scaled + j;
            let root = (b * b - 4.0 * a * c).sqrt();
            -2.0 * c / (b - root)
        }
    }

    /// The approximate boundary at the test point lies outside the cube.
    fn outside(&self, t: &Test, gamma_inv: f32, cusp: [f32; 2], direction: [f32; 2]) -> bool {
        let shifted = t.upper_reference * t.upper_position.powf(gamma_inv);
        let upper = shifted * cusp[1] / ((self.j_max - cusp[0]) - -t.slope * cusp[1]);
        let width = SMOOTH_CUSPS * cusp[1];
        let h = (width - (t.m_lower - upper).abs()).max(0.0) / width;
        let m = t.m_lower.min(upper) - h * h * h * width * (1.0 / 6.0);
        let j = t.j_source + t.slope * m;
        let a = self.limit.achromatic(j);
        let rgb = self.limit.rgb([a, m * direction[0], m * direction[1]]);
        rgb.iter().any(|v| *v > self.peak)
    }
}
