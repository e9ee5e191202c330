//! Tone grading: midtones, highlights, whites, shadows, blacks, each a channel and for all, then an S-shaped contrast.
//!
//! Every zone is a piecewise quadratic or the inverse of one; neutral zones are left out. Linear style runs on log2 of the
//! value over 0.18. Zone geometry, limits and order are OpenColorIO's (GradingTonePreRender); set up in `f32` in its order of
//! operations, since extrapolated whites magnify rounding. NaN stays NaN; results stop at 65504.

use super::curve_chain::{Chain, Stage};
use super::pieces::{Pieces, Segment};
use super::{Direction, GradingStyle, GradingTone, Rgbm, ToneZone};
use crate::ColorError;
use crate::program::Kernel;

/// The bounds of zone values, widths and S-contrast.
const VALUES: [f64; 2] = [0.1, 1.9];
const SHADOWS_HIGHLIGHTS: [f64; 2] = [0.2, 1.8];
const MIN_WIDTH: f64 = 0.01;
const TOLERANCE: f64 = 1e-6;

impl GradingTone {
    /// Neutral values of a style.
    pub fn new(style: GradingStyle) -> Self {
        let zone = |start, width| ToneZone {
            rgbm: Rgbm::splat(1.0),
            start,
            width,
        };
        let (blacks, shadows, midtones, highlights, whites) = match style {
            GradingStyle::Linear => (
                zone(0.0, 4.0),
                zone(2.0, -7.0),
                zone(0.0, 8.0),
                zone(-2.0, 9.0),
                zone(0.0, 8.0),
            ),
            GradingStyle::Log => (
                zone(0.4, 0.4),
                zone(0.5, 0.0),
                zone(0.4, 0.6),
                zone(0.3, 1.0),
                zone(0.4, 0.5),
            ),
            GradingStyle::Video => (
                zone(0.4, 0.4),
                zone(0.6, 0.0),
                zone(0.4, 0.7),
                zone(0.2, 1.0),
                zone(0.5, 0.5),
            ),
        };
        Self {
            style,
            blacks,
            shadows,
            midtones,
            highlights,
            whites,
            s_contrast: 1.0,
            dynamic: false,
            direction: Direction::Forward,
        }
    }

    /// Every value is 1.
    pub fn is_identity(&self) -> bool {
        let one = Rgbm::splat(1.0);
        self.s_contrast == 1.0
            && [
                &self.blacks,
                &self.shadows,
                &self.midtones,
                &self.highlights,
                &self.whites,
            ]
            .iter()
            .all(|z| z.rgbm == one)
    }

    /// Checks the bounds of values and widths.
    ///
    /// # Errors
    ///
    /// If a value is outside 0.1 to 1.9 (shadows and highlights 0.2 to 1.8, S-contrast 0.01 to 1.99), or a width or pivot has the wrong sign.
    pub fn validate(&self) -> Result<(), ColorError> {
        let wrong = |parameter, found: f64, expected| {
            Err(ColorError::Parameter {
                op: "grading tone",
                parameter,
                found: found.to_string(),
                expected,
            })
        };
        for (name, zone) in [
            ("blacks", &self.blacks),
            ("shadows", &self.shadows),
            ("midtones", &self.midtones),
            ("highlights", &self.highlights),
            ("whites", &self.whites),
        ] {
            let (bounds, expected) = match name {
                "shadows" | "highlights" => (SHADOWS_HIGHLIGHTS, "0.2 to 1.8"),
                _ => (VALUES, "0.1 to 1.9"),
            };
            for v in zone.rgbm.values() {
                if !(v >= bounds[0] - TOLERANCE && v <= bounds[1] + TOLERANCE) {
                    return wrong(name, v, expected);
                }
            }
            if !(zone.start.is_finite() && zone.width.is_finite()) {
                return wrong(name, zone.start, "finite numbers");
            }
        }
        for (name, zone) in [
            ("blacks width", &self.blacks),
            ("midtones width", &self.midtones),
            ("whites width", &self.whites),
        ] {
            if zone.width < MIN_WIDTH - TOLERANCE {
                return wrong(name, zone.width, "0.01 or more");
            }
        }
        if self.shadows.start < self.shadows.width + MIN_WIDTH - TOLERANCE {
            return wrong("shadows start", self.shadows.start, "above the pivot");
        }
        if self.highlights.start > self.highlights.width - MIN_WIDTH + TOLERANCE {
            return wrong("highlights start", self.highlights.start, "below the pivot");
        }
        if !(self.s_contrast >= MIN_WIDTH - TOLERANCE && self.s_contrast <= 1.99 + TOLERANCE) {
            return wrong("s_contrast", self.s_contrast, "0.01 to 1.99");
        }
        Ok(())
    }
}

pub(crate) fn kernel(o: &GradingTone) -> Result<Box<dyn Kernel>, ColorError> {
    o.validate()?;
    let inverse = o.direction == Direction::Inverse;
    let zones = Zones::new(o);
    let contrast = s_contrast(o, inverse);
    let channel = |i: usize| {
        let mut stages = Vec::new();
        for zone in [0, 1, 2, 3, 4] {
            for value in [i, 3] {
                stages.extend(match zone {
                    0 => midtones(o, value, inverse),
                    1 => zones.highlight_shadow(o, value, false, inverse),
                    2 => zones.white_black(o, value, false, inverse),
                    3 => zones.highlight_shadow(o, value, true, inverse),
                    _ => zones.white_black(o, value, true, inverse),
                });
            }
        }
        stages.extend(contrast.clone());
        if inverse {
            stages.reverse();
        }
        stages
    };
    let identity = o.is_identity();
    Ok(Box::new(Chain {
        name: "grading tone",
        channels: [channel(0), channel(1), channel(2)],
        lin_log: o.style == GradingStyle::Linear && !identity,
        limit: !identity,
    }))
}

/// Top, top of the S-contrast, bottom and pivot of a style.
fn frame(style: GradingStyle) -> (f32, f32, f32, f32) {
    match style {
        GradingStyle::Linear => (7.5, 6.5, -5.5, 0.0),
        _ => (1.0, 1.0, 0.0, 0.4),
    }
}

fn value(rgbm: &Rgbm, i: usize) -> f32 {
    rgbm.values()[i] as f32
}

fn midtones(o: &GradingTone, i: usize, inverse: bool) -> Option<Stage> {
    const HALO: f32 = 0.4;
    const MIN_SLOPE: f32 = 0.1;
    let adjust = value(&o.midtones.rgbm, i).clamp(0.01, 1.99);
    if adjust == 1.0 {
        return None;
    }
    let (x5, _, x0, _) = frame(o.style);
    let width = (o.midtones.width as f32).max(0.01).min((x5 - x0) * 0.95);
    let center = (o.midtones.start as f32)
        .max(x0 + width * 0.51)
        .min(x5 - width * 0.51);
    let x1 = center - width * 0.5;
    let x4 = x1 + width;
    let x2 = x1 + (x4 - x1) * 0.25;
    let x3 = x1 + (x4 - x1) * 0.75;
    let adjust = (adjust - 1.0) * (1.0 - MIN_SLOPE);
    let (m0, m5) = (1.0, 1.0);
    let (m2, m3) = (1.0 + adjust, 1.0 - adjust);
    let mut m1 = 1.0 + adjust * HALO;
    let mut m4 = 1.0 - adjust * HALO;
    // The farther outer slope makes the areas gained and lost equal.
    if center <= (x5 + x0) * 0.5 {
        let area = (x1 - x0) * (m1 - m0) * 0.5
            + (x2 - x1) * ((m1 - m0) + (m2 - m1) * 0.5)
            + (center - x2) * (m2 - m0) * 0.5;
        m4 = (-0.5 * (x5 - x4) * m5
            + (x4 - x3) * (0.5 * m3 - m5)
            + (x3 - center) * (m3 - m5) * 0.5
            + area)
            / (-0.5 * (x5 - x3));
    } else {
        let area = (x5 - x4) * (m4 - m5) * 0.5
            + (x4 - x3) * ((m4 - m5) + (m3 - m4) * 0.5)
            + (x3 - center) * (m3 - m5) * 0.5;
        m1 = (-0.5 * (x1 - x0) * m0
            + (x2 - x1) * (0.5 * m2 - m0)
            + (center - x2) * (m2 - m0) * 0.5
            + area)
            / (-0.5 * (x2 - x0));
    }
    let x = [x0, x1, x2, x3, x4, x5];
    let slope = [m0, m1, m2, m3, m4, m5];
    let mut y = x0;
    let mut quadratics = Vec::with_capacity(5);
    for j in 0..5 {
        quadratics.push(by_slopes(x[j], x[j + 1], y, slope[j], slope[j + 1]));
        y += (slope[j] + slope[j + 1]) * (x[j + 1] - x[j]) * 0.5;
    }
    Some(Stage::Curve(Pieces::new(&x, &quadratics, inverse)))
}

/// The quadratic from (x0, y0) with slope m0 there and m1 at x1.
fn by_slopes(x0: f32, x1: f32, y0: f32, m0: f32, m1: f32) -> Segment {
    Segment {
        k: x0,
        a: 0.5 * (m1 - m0) / (x1 - x0),
        b: m0,
        c: y0,
    }
}

/// Starts and ends of the zones; the masters of highlights and shadows move whites and blacks.
struct Zones {
    highlights: [f32; 2],
    shadows: [f32; 2],
    whites: [f32; 2],
    blacks: [f32; 2],
}

impl Zones {
    fn new(o: &GradingTone) -> Self {
        let h = &o.highlights;
        let start = h.start.min(h.width - 0.01);
        let moved = |t: f64| highlight(t, start, h.width, 2.0 - h.rgbm.master);
        let white = moved(o.whites.start);
        let white_end = moved(o.whites.start + o.whites.width);
        let s = &o.shadows;
        let top = s.start.max(s.width + 0.01);
        let moved = |t: f64| shadow(t, s.width, top, s.rgbm.master);
        let black = moved(o.blacks.start);
        let black_end = moved(o.blacks.start - o.blacks.width);
        Self {
            highlights: [start as f32, h.width as f32],
            shadows: [s.width as f32, top as f32],
            whites: [white as f32, (white_end - white) as f32],
            blacks: [black as f32, (black - black_end) as f32],
        }
    }

    /// Two quadratics between start and pivot.
    fn highlight_shadow(
        &self,
        o: &GradingTone,
        i: usize,
        is_shadow: bool,
        inverse: bool,
    ) -> Option<Stage> {
        let zone = if is_shadow { &o.shadows } else { &o.highlights };
        let v = value(&zone.rgbm, i);
        // Symmetric around 1: above it the inverse curve runs.
        let v = if is_shadow { v } else { 2.0 - v };
        if v == 1.0 {
            return None;
        }
        let [x0, x2] = if is_shadow {
            self.shadows
        } else {
            self.highlights
        };
        let end = (if v < 1.0 { v } else { 2.0 - v }).max(0.01);
        let (m0, m2) = if is_shadow { (end, 1.0) } else { (1.0, end) };
        let x1 = x0 + (x2 - x0) * 0.5;
        let y1 = meeting(x0, x1, x2, m0, m2);
        let (l, r) = (x1 - x0, x2 - x1);
        let quadratics = [
            Segment {
                k: x0,
                a: (y1 - x0 - m0 * l) / (l * l),
                b: m0,
                c: x0,
            },
            Segment {
                k: x1,
                a: (y1 - x2 + m2 * r) / (r * r),
                b: (2.0 * x2 - 2.0 * y1 - m2 * r) / r,
                c: y1,
            },
        ];
        let pieces = Pieces::new(&[x0, x1, x2], &quadratics, (v > 1.0) != inverse);
        Some(Stage::Curve(pieces))
    }

    fn white_black(
        &self,
        o: &GradingTone,
        i: usize,
        is_black: bool,
        inverse: bool,
    ) -> Option<Stage> {
        let zone = if is_black { &o.blacks } else { &o.whites };
        let v = value(&zone.rgbm, i);
        let test = if is_black { 2.0 - v } else { v };
        if test == 1.0 {
            return None;
        }
        let [start, width] = if is_black { self.blacks } else { self.whites };
        let x0 = if is_black { start - width } else { start };
        let x1 = if is_black { start } else { x0 + width };
        let end = (if test < 1.0 { test } else { 2.0 - test }).max(0.01);
        let (m0, m1) = if is_black { (end, 1.0) } else { (1.0, end) };
        let rise = (m0 + m1) * (x1 - x0) * 0.5;
        let y0 = if is_black { x1 - rise } else { x0 };
        if test < 1.0 {
            let q = [by_slopes(x0, x1, y0, m0, m1)];
            return Some(Stage::Curve(Pieces::new(&[x0, x1], &q, inverse)));
        }
        // The inverse of the falling curve, scaled around its fixed end so that the other end keeps its input.
        let gain = (m0 + m1) * 0.5;
        let fixed = if is_black { x1 } else { x0 };
        let scaled = |x: f32| (x - fixed) / gain + fixed;
        let (k0, k1) = (scaled(x0), scaled(x1));
        let q = [by_slopes(k0, k1, scaled(y0), m0, m1)];
        let curve = Pieces::new(&[k0, k1], &q, !inverse);
        if is_black {
            return Some(Stage::Curve(curve));
        }
        // Whites go on as a quadratic for high dynamic range.
        let xd = x0 + (x1 - x0) * 0.99;
        let md = 1.0 / (m0 + (xd - x0) * (m1 - m0) / (x1 - x0));
        let a = 0.5 * (1.0 / m1 - md) / (x1 - xd);
        let y1 = (x1 - x0) / gain + x0;
        let (brk, y) = if inverse { (y1, x1) } else { (x1, y1) };
        Some(Stage::White {
            curve,
            brk,
            y,
            b: 1.0 / m1,
            a,
            inverse,
        })
    }
}

/// The height at which two quadratics meet with equal slope in the middle; the ends lie on the diagonal.
fn meeting(x0: f32, x1: f32, x2: f32, m0: f32, m2: f32) -> f32 {
    let (l, r) = (x1 - x0, x2 - x1);
    (0.5 / (r + l)) * ((2.0 * x0 + m0 * l) * r + (2.0 * x2 - m2 * r) * l)
}

fn highlight(t: f64, start: f64, pivot: f64, v: f64) -> f64 {
    if v <= 1.0 {
        two_quadratics(t, start, pivot, 1.0, v.max(0.01), false)
    } else {
        two_quadratics(t, start, pivot, 1.0, (2.0 - v).max(0.01), true)
    }
}

fn shadow(t: f64, pivot: f64, start: f64, v: f64) -> f64 {
    if v <= 1.0 {
        two_quadratics(t, pivot, start, v.max(0.01), 1.0, false)
    } else {
        two_quadratics(t, pivot, start, (2.0 - v).max(0.01), 1.0, true)
    }
}

/// The highlight and shadow curve in `f64`, forwards or backwards.
fn two_quadratics(t: f64, x0: f64, x2: f64, m0: f64, m2: f64, inverse: bool) -> f64 {
    let x1 = x0 + (x2 - x0) * 0.5;
    let (l, r) = (x1 - x0, x2 - x1);
    let y1 = (0.5 / (r + l)) * ((2.0 * x0 + m0 * l) * r + (2.0 * x2 - m2 * r) * l);
    let (left_a, left_b) = ((y1 - x0 - m0 * l) / (l * l), m0);
    let right_a = (y1 - x2 + m2 * r) / (r * r);
    let right_b = (2.0 * x2 - 2.0 * y1 - m2 * r) / r;
    if t <= x0 {
        return if inverse {
            x0 + (t - x0) / m0
        } else {
            x0 + (t - x0) * m0
        };
    }
    if t >= x2 {
        return if inverse {
            x2 + (t - x2) / m2
        } else {
            x2 + (t - x2) * m2
        };
    }
    let left = if inverse { t < y1 } else { t < x1 };
    let (k, c, a, b) = if left {
        (x0, x0, left_a, left_b)
    } else {
        (x1, y1, right_a, right_b)
    };
    if inverse {
        let s = t - c;
        k + 2.0 * s / (b + (b * b + 4.0 * a * s).max(0.0).sqrt())
    } else {
        let d = t - k;
        c + d * (b + a * d)
    }
}

/// Straight around the pivot, a quadratic on each side, straight beyond.
fn s_contrast(o: &GradingTone, inverse: bool) -> Option<Stage> {
    let v = o.s_contrast as f32;
    if v == 1.0 {
        return None;
    }
    let slope = if v > 1.0 {
        1.0 / (1.8125 - 0.8125 * v.min(1.99))
    } else {
        0.28125 + 0.71875 * v.max(0.01)
    };
    let (_, top, bottom, pivot) = frame(o.style);
    // Top end: from (x0, y0) on the line to the corner (top, top).
    let (x3, y3) = (top, top);
    let y0 = pivot + (y3 - pivot) * 0.25;
    let x0 = pivot + (y0 - pivot) / slope;
    let min_width = (x3 - x0) * 0.3;
    let mut end = 1.0 / slope;
    let center = (y3 - y0 - end * x3 + slope * x0) / (slope - end);
    let mut x1 = x0;
    let mut x2 = 2.0 * center - x1;
    if x2 > x3 {
        x2 = x3;
        x1 = 2.0 * center - x2;
    } else if x2 - x1 < min_width {
        x2 = x1 + min_width;
        let center = (x2 + x1) * 0.5;
        end = (y3 - y0 + slope * x0 - center * slope) / (x3 - center);
    }
    let upper = by_slopes(x1, x2, y0, slope, end);
    let upper_end = x2;
    // Bottom end, the same from below.
    let (x0, y0) = (bottom, bottom);
    let y3 = pivot - (pivot - y0) * 0.25;
    let x3 = pivot - (pivot - y3) / slope;
    let min_width = (x3 - x0) * 0.3;
    let mut end = 1.0 / slope;
    let center = (y3 - y0 - slope * x3 + end * x0) / (end - slope);
    let mut x2 = x3;
    let mut x1 = 2.0 * center - x2;
    if x1 < x0 {
        x1 = x0;
        x2 = 2.0 * center - x1;
    } else if x2 - x1 < min_width {
        x1 = x2 - min_width;
        let center = (x2 + x1) * 0.5;
        end = (y3 - y0 - slope * x3 + center * slope) / (center - x0);
    }
    let y1 = y3 - (end + slope) * (x2 - x1) * 0.5;
    let lower = by_slopes(x1, x2, y1, end, slope);
    let line = Segment {
        k: x2,
        a: 0.0,
        b: slope,
        c: (x2 - pivot) * slope + pivot,
    };
    let knots = [x1, x2, upper.k, upper_end];
    Some(Stage::Curve(Pieces::new(
        &knots,
        &[lower, line, upper],
        inverse,
    )))
}
