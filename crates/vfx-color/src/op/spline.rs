//! B-splines of the RGB and hue gradings: from control points to piecewise quadratics.
//!
//! Slopes are estimated where none are given, each interval becomes one or two quadratics that meet with equal slope, and
//! monotonic curves stay so. All in `f32` and in OpenColorIO's order of decisions (GradingBSplineCurve), so that knots fall
//! where its do.

#![expect(clippy::needless_range_loop, reason = "several arrays share the index")]

use super::pieces::{Pieces, Segment};
use super::{SplineCurve, SplineType};
use crate::ColorError;

/// OpenColorIO's limit over the curves of one operation.
const MAX_POINTS: usize = 60;

/// Knots and quadratics.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub knots: Vec<f32>,
    pub quadratics: Vec<Segment>,
}

impl Fit {
    pub fn pieces(&self, inverse: bool) -> Pieces {
        Pieces::new(&self.knots, &self.quadratics, inverse)
    }
}

impl SplineCurve {
    /// A curve of a kind through points, slopes computed.
    pub fn new(spline: SplineType, points: &[[f32; 2]]) -> Self {
        Self {
            spline,
            points: points.to_vec(),
            slopes: Vec::new(),
        }
    }

    fn slopes_given(&self) -> bool {
        self.slopes.len() == self.points.len() && self.slopes.iter().any(|s| *s != 0.0)
    }

    /// Changes nothing.
    pub fn is_identity(&self) -> bool {
        let neutral = |p: &[f32; 2]| match self.spline {
            SplineType::BSpline | SplineType::DiagonalBSpline | SplineType::HueHueBSpline => {
                p[0] == p[1]
            }
            SplineType::Periodic0BSpline => p[1] == 0.0,
            SplineType::Periodic1BSpline | SplineType::Horizontal1BSpline => p[1] == 1.0,
        };
        self.points.iter().all(neutral) && !self.slopes.iter().any(|s| *s != 0.0)
    }

    /// Checks points and slopes.
    ///
    /// # Errors
    ///
    /// If there are fewer than two points or too many, x decreases, y decreases where the kind is monotonic, hue-hue points
    /// leave 0..1, or the slopes are not as many as the points.
    pub fn validate(&self) -> Result<(), ColorError> {
        let wrong = |parameter, found: String, expected| {
            Err(ColorError::Parameter {
                op: "grading curve",
                parameter,
                found,
                expected,
            })
        };
        let n = self.points.len();
        if !(2..=MAX_POINTS).contains(&n) {
            return wrong("control points", n.to_string(), "2 to 60");
        }
        if !self.slopes.is_empty() && self.slopes.len() != n {
            return wrong("slopes", self.slopes.len().to_string(), "one a point");
        }
        for v in self.points.iter().flatten().chain(&self.slopes) {
            if !v.is_finite() {
                return wrong("control point", v.to_string(), "finite numbers");
            }
        }
        for pair in self.points.windows(2) {
            if pair[1][0] < pair[0][0] {
                return wrong("x", pair[1][0].to_string(), "not below the point before");
            }
        }
        let hue = self.spline == SplineType::HueHueBSpline;
        if hue && (self.points[0][0] < 0.0 || self.points[n - 1][0] > 1.0) {
            return wrong("x", "outside".into(), "0 to 1");
        }
        if matches!(
            self.spline,
            SplineType::BSpline | SplineType::DiagonalBSpline | SplineType::HueHueBSpline
        ) {
            let mut last = if hue {
                self.points[n - 1][1] - 1.0
            } else {
                f32::MIN
            };
            for p in &self.points {
                if p[1] < last {
                    return wrong("y", p[1].to_string(), "not below the point before");
                }
                last = p[1];
            }
        }
        let periodic = matches!(
            self.spline,
            SplineType::Periodic0BSpline | SplineType::Periodic1BSpline | SplineType::HueHueBSpline
        );
        if periodic && n == 2 && (1.0 - (self.points[1][0] - self.points[0][0])).abs() < 1e-3 {
            return wrong("x", "0 and 1".into(), "two points of the circle");
        }
        Ok(())
    }

    /// The quadratics, or `None` for a curve that changes nothing.
    pub(crate) fn fit(&self) -> Result<Option<Fit>, ColorError> {
        self.validate()?;
        if self.is_identity() {
            return Ok(None);
        }
        let fit = if self.spline == SplineType::BSpline {
            self.fit_rgb()
        } else {
            self.fit_hue()
        };
        if fit
            .quadratics
            .iter()
            .any(|s| !(s.a.is_finite() && s.b.is_finite() && s.c.is_finite()))
        {
            return Err(ColorError::Parameter {
                op: "grading curve",
                parameter: "x",
                found: "points at one x".into(),
                expected: "increasing",
            });
        }
        Ok(Some(fit))
    }

    fn fit_rgb(&self) -> Fit {
        let p = &self.points;
        let mut slopes = if self.slopes_given() {
            self.slopes.clone()
        } else {
            length_weighted_slopes(p, 0.01)
        };
        let fit = fit(p, &slopes, rgb_knot, 1e-6);
        if keep_monotonic(p, &mut slopes, &fit.knots) {
            return self::fit(p, &slopes, rgb_knot, 1e-6);
        }
        fit
    }

    fn fit_hue(&self) -> Fit {
        let periodic = matches!(
            self.spline,
            SplineType::Periodic0BSpline | SplineType::Periodic1BSpline | SplineType::HueHueBSpline
        );
        let diagonal = matches!(
            self.spline,
            SplineType::DiagonalBSpline | SplineType::HueHueBSpline
        );
        let p = unroll(&self.points, periodic, !diagonal);
        let slopes = if self.slopes_given() {
            let mut s = self.slopes.clone();
            if periodic {
                s.insert(0, self.slopes[self.slopes.len() - 1]);
                // The slope that now comes first, as OpenColorIO has it.
                s.push(s[0]);
            }
            s
        } else {
            hue_slopes(&p, periodic, self.spline != SplineType::DiagonalBSpline)
        };
        fit(&p, &slopes, hue_knot, 1e-5)
    }
}

/// Slopes of the secants, and their lengths.
fn secants(p: &[[f32; 2]]) -> (Vec<f32>, Vec<f32>) {
    p.windows(2)
        .map(|w| {
            let (dx, dy) = (w[1][0] - w[0][0], w[1][1] - w[0][1]);
            (dy / dx, (dx * dx + dy * dy).sqrt())
        })
        .unzip()
}

/// At each point the mean of the neighbouring secants, weighted by their lengths; runs of one slope count as one secant.
fn length_weighted_slopes(p: &[[f32; 2]], min: f32) -> Vec<f32> {
    let (slope, mut len) = secants(p);
    let n = p.len();
    if n == 2 {
        return vec![slope[0]; 2];
    }
    let mut i = 0;
    loop {
        let mut j = i;
        let mut run = len[i];
        while j < n - 2 && (slope[j + 1] - slope[j]).abs() < 1e-6 {
            run += len[j + 1];
            j += 1;
        }
        len[i..=j].fill(run);
        if j + 3 >= n {
            break;
        }
        i = j + 1;
    }
    let mut out = vec![0.0; n];
    for k in 1..n - 1 {
        out[k] = (len[k] * slope[k] + len[k - 1] * slope[k - 1]) / (len[k] + len[k - 1]);
    }
    out[n - 1] = min.max(0.5 * (3.0 * slope[n - 2] - out[n - 2]));
    out[0] = min.max(0.5 * (3.0 * slope[0] - out[1]));
    out
}

/// Harmonic means for horizontal curves, weighted means for diagonal ones, limited to the shape of the points.
fn hue_slopes(p: &[[f32; 2]], periodic: bool, horizontal: bool) -> Vec<f32> {
    let (secant, _) = secants(p);
    let n = p.len();
    if n == 2 {
        return vec![secant[0]; 2];
    }
    let mut s = if horizontal {
        let mut s = vec![0.0; n];
        for i in 1..n - 1 {
            let sum = secant[i] + secant[i - 1];
            let product = secant[i] * secant[i - 1];
            let den = if sum.abs() < 1e-3 {
                if sum < 0.0 { -1e-3 } else { 1e-3 }
            } else {
                sum
            };
            s[i] = if product <= 0.0 {
                0.0
            } else {
                2.0 * secant[i] * secant[i - 1] / den
            };
        }
        s[n - 1] = 0.5 * (3.0 * secant[n - 2] - s[n - 2]);
        s[0] = 0.5 * (3.0 * secant[0] - s[1]);
        s
    } else {
        length_weighted_slopes(p, 0.01)
    };
    for i in 0..n - 1 {
        let k = if s[i].abs() > s[i + 1].abs() {
            0.8
        } else {
            0.2
        };
        let near = s[i] + k * (s[i + 1] - s[i]);
        if near != 0.0 {
            let scale = 0.75 * 2.0 * secant[i] / near;
            if scale < 1.0 {
                s[i] *= scale;
                s[i + 1] *= scale;
            }
        }
    }
    if periodic {
        s[0] = s[n - 2];
        s[n - 1] = s[1];
    }
    s
}

/// Points of a circle brought into 0..1, sorted and spread, with one more at each end.
fn unroll(points: &[[f32; 2]], periodic: bool, horizontal: bool) -> Vec<[f32; 2]> {
    let turn = if horizontal { 0.0 } else { 1.0 };
    let mut p: Vec<[f32; 2]> = points
        .iter()
        .map(|&[x, y]| match (periodic, x) {
            (true, x) if x < 0.0 => [x + 1.0, y + turn],
            (true, x) if x >= 1.0 => [x - 1.0, y - turn],
            _ => [x, y],
        })
        .collect();
    p.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let n = p.len();
    for axis in 0..if horizontal { 1 } else { 2 } {
        let gap = (p[n - 1][axis] - p[0][axis]) * 2e-3;
        for i in 1..n {
            if p[i][axis] - p[i - 1][axis] < gap {
                p[i][axis] = p[i - 1][axis] + gap;
            }
        }
    }
    if periodic {
        let last = p[n - 1];
        p.insert(0, [last[0] - 1.0, last[1] - turn]);
        let first = p[1];
        p.push([first[0] + 1.0, first[1] + turn]);
    }
    p
}

/// An interval: its ends, slopes and secant.
struct Interval {
    a: [f32; 2],
    b: [f32; 2],
    s0: f32,
    s1: f32,
    secant: f32,
}

/// One or two quadratics an interval; `knot` says where the two meet.
fn fit(p: &[[f32; 2]], slopes: &[f32], knot: fn(&Interval) -> f32, straight: f32) -> Fit {
    let mut knots = vec![p[0][0]];
    let mut quadratics = Vec::new();
    for (i, w) in p.windows(2).enumerate() {
        let (a, b) = (w[0], w[1]);
        let dx = b[0] - a[0];
        let v = Interval {
            a,
            b,
            s0: slopes[i],
            s1: slopes[i + 1],
            secant: (b[1] - a[1]) / dx,
        };
        if ((v.s0 + v.s1) - 2.0 * v.secant).abs() < straight {
            quadratics.push(Segment {
                k: a[0],
                a: 0.5 * (v.s1 - v.s0) / dx,
                b: v.s0,
                c: a[1],
            });
        } else {
            let x = knot(&v);
            let d = x - a[0];
            let mid = (2.0 * v.secant - v.s1) + (v.s1 - v.s0) * d / dx;
            let eta = (mid - v.s0) / d;
            quadratics.push(Segment {
                k: a[0],
                a: 0.5 * eta,
                b: v.s0,
                c: a[1],
            });
            quadratics.push(Segment {
                k: x,
                a: 0.5 * (v.s1 - mid) / (b[0] - x),
                b: mid,
                c: a[1] + v.s0 * d + 0.5 * eta * d * d,
            });
            knots.push(x);
        }
        knots.push(b[0]);
    }
    Fit { knots, quadratics }
}

/// The middle knot of RGB curves.
fn rgb_knot(v: &Interval) -> f32 {
    let (aa, bb) = (v.s0 - v.secant, v.s1 - v.secant);
    let dx = v.b[0] - v.a[0];
    if aa * bb >= 0.0 {
        (v.a[0] + v.b[0]) * 0.5
    } else if aa.abs() > bb.abs() {
        v.b[0] + aa * dx / (v.s1 - v.s0)
    } else {
        v.a[0] + bb * dx / (v.s1 - v.s0)
    }
}

/// The middle knot of hue curves: nearer to the steeper end the more the slopes differ.
fn hue_knot(v: &Interval) -> f32 {
    const K: f32 = 0.2;
    const B: f32 = 1.0 - 0.5 * K;
    let (mut s0, mut s1, mut secant) = (v.s0, v.s1, v.secant);
    if secant < 0.0 {
        (s0, s1, secant) = (-s0, -s1, -secant);
    }
    let dx = v.b[0] - v.a[0];
    let middle = v.a[0] + 0.5 * dx;
    let (left, right) = (v.a[0] + dx * K, v.b[0] - dx * K);
    let (min, max, top, bottom) = if s0 > s1 {
        (s1, s0, right, left)
    } else {
        (s0, s1, left, right)
    };
    let dm = max - min;
    let (high, low) = (min + B * dm, min + (1.0 - B) * dm);
    let (far, near) = (max * 4.0, max * 1.1);
    let alpha = ((dm / max.max(0.01) - 0.05) / (0.75 - 0.05)).clamp(0.0, 1.0);
    let top = middle + alpha * (top - middle);
    let bottom = middle + alpha * (bottom - middle);
    if secant >= far {
        middle
    } else if secant > near {
        top + (secant - near) / (far - near) * (middle - top)
    } else if secant >= high {
        top
    } else if secant > low && high != low {
        bottom + (secant - low) / (high - low) * (top - bottom)
    } else {
        bottom
    }
}

/// Lowers slopes where the slope at the middle knot would be negative; true if any changed.
///
/// An interval without a middle knot is judged at its end, as OpenColorIO does: there rounding alone may make the slope
/// negative where the curve ends flat, and lowers the slope before it by half a percent (ACES 1.1 outputs of 1000 and 108
/// nits).
fn keep_monotonic(p: &[[f32; 2]], slopes: &mut [f32], knots: &[f32]) -> bool {
    let mut changed = false;
    let mut i = 0;
    for &x in knots {
        if i + 1 >= p.len() || p[i][0] == x {
            continue;
        }
        let (a, b) = (p[i], p[i + 1]);
        let dx = b[0] - a[0];
        let (d0, d1) = (x - a[0], b[0] - x);
        let mid = (2.0 * (b[1] - a[1]) - d0 * slopes[i] - d1 * slopes[i + 1]) / dx;
        if mid < 0.0 {
            changed = true;
            let secant = (b[1] - a[1]) / dx;
            let blend = (d0 * slopes[i] + d1 * slopes[i + 1]) / dx;
            let aim = (0.01 * 0.5 * (slopes[i] + slopes[i + 1])).min(secant);
            let adjust = (2.0 * secant - aim) / blend;
            slopes[i] *= adjust;
            slopes[i + 1] *= adjust;
        }
        i += 1;
    }
    changed
}
