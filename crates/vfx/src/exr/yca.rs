//! R, G and B from luminance and chroma at a quarter of the pixels, as OpenEXR's RGBA interface gives them.
//!
//! In: Y, RY = (R - Y) / Y and BY = (B - Y) / Y, the latter two repeated over their 2 x 2 pixels, linear, of any sign. Out: linear R, G, B, values of half.
//! Chroma goes through a half-band filter of 27 taps, across and then down, with a rounding to half after each; then colours, rounded; then `fixSaturation`: a pixel whose
//! saturation is above the mean of its four diagonal neighbours by more than the filter explains is pulled towards grey at equal luminance. Outside of the window the
//! nearest sample counts, below it the row before the last. NaN and Inf spread over the filter's support; comparisons with NaN leave pixels as they are.
//! Source: `ImfRgbaYca.cpp` and `ImfRgbaFile.cpp` of OpenEXR. Cost: a border of 14 pixels.

use super::chroma::WEIGHTS;
use half::f16;
use std::ops::Range;
use vfx_compute::{Block, BlockMut, Op};
use vfx_core::Region;

/// Largest distance of a tap.
const TAPS: i64 = 13;
/// That, and the neighbours whose saturation counts.
const REACH: i64 = TAPS + 1;
/// Share of what is missing to full saturation that a pixel may be above the mean.
const SLACK: f32 = 0.25;

/// The whole conversion.
pub(super) struct FromLuminance {
    /// Luminance of each primary; they sum to 1.
    pub weights: [f32; 3],
    /// The data window, whose first pixel is at even coordinates.
    pub window: Region,
}

fn to_half(v: f32) -> f32 {
    f16::from_f32(v).to_f32()
}

/// The filter at the middle of a support of 27, in OpenEXR's order of summation, rounded.
fn filtered(at: impl Fn(i64) -> f32) -> f32 {
    let taps = (0..7).map(|i| (13 - 2 * i, WEIGHTS[6 - i as usize]));
    let before = taps.map(|(distance, weight)| at(-distance) * weight);
    let after = (0..7).map(|i| at(1 + 2 * i) * WEIGHTS[i as usize]);
    // The first term begins the sum.
    let sum = before.chain(after).reduce(|sum, term| sum + term);
    to_half(sum.unwrap_or(0.0))
}

fn saturation([r, g, b]: [f32; 3]) -> f32 {
    let most = r.max(g.max(b));
    let least = r.min(g.min(b));
    if most > 0.0 { 1.0 - least / most } else { 0.0 }
}

impl FromLuminance {
    fn luminance(&self, rgb: [f32; 3]) -> f32 {
        let [r, g, b] = self.weights;
        rgb[0] * r + rgb[1] * g + rgb[2] * b
    }

    fn rgb(&self, y: f32, ry: f32, by: f32) -> [f32; 3] {
        if ry == 0.0 && by == 0.0 {
            return [y; 3];
        }
        let (r, b) = ((ry + 1.0) * y, (by + 1.0) * y);
        let g = (y - r * self.weights[0] - b * self.weights[2]) / self.weights[1];
        [r, g, b].map(to_half)
    }

    /// A pixel among the saturations of its diagonal neighbours.
    fn tamed(&self, rgb: [f32; 3], neighbours: [f32; 4]) -> [f32; 3] {
        let [a, b, c, d] = neighbours;
        let mean = (0.25 * (a + b + c + d)).min(1.0);
        let own = saturation(rgb);
        let most = (1.0 - (1.0 - mean) * SLACK).min(1.0);
        // Of NaN neither holds.
        let stands_out = own > mean && own > most;
        if !stands_out {
            return rgb;
        }
        let factor = most / own;
        let top = rgb[0].max(rgb[1].max(rgb[2]));
        let grey = rgb.map(|v| to_half((top - (top - v) * factor).max(0.0)));
        let (before, after) = (self.luminance(rgb), self.luminance(grey));
        if after > 0.0 {
            grey.map(|v| to_half(v * (before / after)))
        } else {
            grey
        }
    }

    /// Colours of a piece of a line, from sampled chroma lines that were filtered across.
    fn line<'a>(
        &self,
        input: &Block<'_>,
        chroma: &dyn Fn(usize, i64) -> &'a [f32],
        columns: &Range<i64>,
        y: i64,
    ) -> Vec<[f32; 3]> {
        // Below the window the last sampled line counts.
        let y = if y >= self.window.y1 {
            (self.window.y1 - 2).max(self.window.y0)
        } else {
            y
        };
        let [ry, by] = [1, 2].map(|c| {
            if y.rem_euclid(2) == 0 {
                return chroma(c, y).to_vec();
            }
            let near: Vec<&[f32]> = (-7..7).map(|i| chroma(c, y + 2 * i + 1)).collect();
            let at = |x: usize| filtered(|d| near[((d + TAPS) / 2) as usize][x]);
            (0..(columns.end - columns.start) as usize)
                .map(at)
                .collect()
        });
        let luma = input.row(0, columns.start, y);
        let of = luma.iter().zip(ry.iter().zip(&by));
        of.map(|(&y, (&ry, &by))| self.rgb(y, ry, by)).collect()
    }
}

impl Op for FromLuminance {
    fn name(&self) -> String {
        "luminance and chroma to RGB".into()
    }

    fn mixes(&self) -> bool {
        true
    }

    fn rows(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out.start - REACH..out.end + REACH
    }

    fn cols(&self, _: usize, out: Range<i64>) -> Range<i64> {
        out.start - REACH..out.end + REACH
    }

    fn run(&self, _: usize, inputs: &[Block<'_>], out: &mut BlockMut<'_>) {
        let (input, region) = (&inputs[0], out.region);
        // Neighbours beyond the window's sides are the pixels at them.
        let columns = (region.x0 - 1).max(self.window.x0)..(region.x1 + 1).min(self.window.x1);
        let across = |c: usize, y: i64| -> Vec<f32> {
            let row = input.row(c, columns.start - TAPS, y);
            let middle = |x: i64| (x - columns.start + TAPS) as usize;
            let at = |x: i64| match x.rem_euclid(2) {
                0 => row[middle(x)],
                _ => filtered(|d| row[middle(x + d)]),
            };
            columns.clone().map(at).collect()
        };
        // Every sampled line is filtered once.
        let first = region.y0 - REACH + (region.y0 - REACH).rem_euclid(2);
        let lines: [Vec<Vec<f32>>; 2] = [1, 2].map(|c| {
            let sampled = (first..region.y1 + REACH).step_by(2);
            sampled.map(|y| across(c, y)).collect()
        });
        let chroma = |c: usize, y: i64| &lines[c - 1][((y - first) / 2) as usize][..];
        let line = |y: i64| self.line(input, &chroma, &columns, y);
        let saturations = |line: &[[f32; 3]]| line.iter().map(|v| saturation(*v)).collect();
        let mut here = line(region.y0);
        let mut above: Vec<f32> = saturations(&line(region.y0 - 1));
        for y in region.y0..region.y1 {
            let next = line(y + 1);
            let below: Vec<f32> = saturations(&next);
            for x in region.x0..region.x1 {
                let at =
                    |x: i64| (x.clamp(columns.start, columns.end - 1) - columns.start) as usize;
                let (left, right) = (at(x - 1), at(x + 1));
                let around = [above[left], above[right], below[left], below[right]];
                let rgb = self.tamed(here[at(x)], around);
                for (c, v) in rgb.into_iter().enumerate() {
                    out.row(c, y)[(x - region.x0) as usize] = v;
                }
            }
            above = saturations(&here);
            here = next;
        }
    }
}

#[cfg(test)]
mod tests;
