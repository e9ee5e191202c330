//! Tidy samples: sorted by depth, none overlapping another.
//!
//! Volumes (ZBack behind Z) that overlap are split where others begin or end, as if their matter were spread evenly: a part of length x of a sample with alpha a
//! has alpha 1 - (1 - a)^x, and colour in proportion. Samples with the same extent are then one: alphas as two layers over each other in either order, colours by
//! the light that each sends out. Ids of the sample that came first in the file stay.
//! Source: OpenEXR, "Interpreting OpenEXR Deep Pixels", "Splitting a volume sample" and "Merging two overlapping samples", also for the limits of alpha 0 and 1.

use super::pixel::Pixel;
use super::roles::{Role, Roles};
use vfx_core::IoError;

/// Samples that one pixel may have after splitting: a file can ask for the square of what it holds.
const MAX_SAMPLES: u64 = 1 << 22;

/// Whether nothing needs to be done.
pub(super) fn is_tidy(pixel: &Pixel, roles: &Roles) -> bool {
    let mut samples = pixel.samples().map(|s| Pixel::extent(roles, s));
    let Some(mut before) = samples.next() else {
        return true;
    };
    for next in samples {
        // Points at the same depth are tidy for compositing in either order only when one hides nothing; they are merged.
        if !(next.0 >= before.1) || next == before {
            return false;
        }
        before = next;
    }
    true
}

/// Sorts, splits and merges.
///
/// # Errors
/// [`IoError::Limit`] when splitting makes more samples than a pixel may have.
pub(super) fn tidy(pixel: &mut Pixel, roles: &Roles) -> Result<(), IoError> {
    if is_tidy(pixel, roles) {
        return Ok(());
    }
    sort(pixel, roles);
    if is_tidy(pixel, roles) {
        return Ok(());
    }
    split_overlaps(pixel, roles)?;
    sort(pixel, roles);
    merge_equal(pixel, roles);
    Ok(())
}

/// By front, then back; equal ones stay in their order. NaN depths come last.
pub(super) fn sort(pixel: &mut Pixel, roles: &Roles) {
    let extents: Vec<(f64, f64)> = pixel.samples().map(|s| Pixel::extent(roles, s)).collect();
    let mut order: Vec<usize> = (0..extents.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (extents[a], extents[b]);
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let sorted = order.iter().flat_map(|&i| pixel.sample(i).iter().copied());
    pixel.values = sorted.collect();
}

fn split_overlaps(pixel: &mut Pixel, roles: &Roles) -> Result<(), IoError> {
    let mut cuts: Vec<f64> = Vec::new();
    for s in pixel.samples() {
        let (z, back) = Pixel::extent(roles, s);
        cuts.extend([z, back]);
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let mut out = Pixel::new(pixel.channels);
    for s in pixel.samples() {
        let (z, back) = Pixel::extent(roles, s);
        let inner = cuts.partition_point(|&c| c <= z)..cuts.partition_point(|&c| c < back);
        let mut from = z;
        if inner.start < inner.end && (back - z).is_finite() {
            let total = (out.len() + inner.len() + 1) as u64;
            if total > MAX_SAMPLES {
                return Err(IoError::Limit {
                    limit: "deep samples of a pixel",
                    found: total,
                    allowed: MAX_SAMPLES,
                });
            }
            for &cut in &cuts[inner] {
                push_part(&mut out, s, roles, (from, cut), back - z);
                from = cut;
            }
        }
        if from == z {
            out.values.extend_from_slice(s);
        } else {
            push_part(&mut out, s, roles, (from, back), back - z);
        }
    }
    *pixel = out;
    Ok(())
}

/// Appends the piece of a volume sample between two depths.
pub(super) fn push_part(
    out: &mut Pixel,
    s: &[f64],
    roles: &Roles,
    (from, to): (f64, f64),
    length: f64,
) {
    let x = (to - from) / length;
    for (c, &v) in s.iter().enumerate() {
        let value = match roles.role[c] {
            Role::Depth if Some(c) == roles.z => from,
            Role::Depth => to,
            Role::Id => v,
            Role::Alpha => part_of_alpha(roles.alpha_of(c, s), x),
            Role::Colour => {
                let a = roles.alpha_of(c, s);
                if a >= 1.0 {
                    v
                } else if a > f64::from(f32::MIN_POSITIVE) {
                    v * part_of_alpha(a, x) / a
                } else {
                    v * x
                }
            }
        };
        out.values.push(value);
    }
}

fn part_of_alpha(a: f64, x: f64) -> f64 {
    if a >= 1.0 {
        1.0
    } else if a > f64::from(f32::MIN_POSITIVE) {
        -(x * (-a).ln_1p()).exp_m1()
    } else {
        a * x
    }
}

/// One sample for each run of the same extent.
fn merge_equal(pixel: &mut Pixel, roles: &Roles) {
    let mut out = Pixel::new(pixel.channels);
    let mut last: Option<(f64, f64)> = None;
    for s in pixel.samples() {
        let extent = Pixel::extent(roles, s);
        if last == Some(extent) {
            let at = out.values.len() - pixel.channels;
            let merged = merged(&out.values[at..], s, roles);
            out.values.truncate(at);
            out.values.extend(merged);
        } else {
            out.values.extend_from_slice(s);
        }
        last = Some(extent);
    }
    *pixel = out;
}

fn merged(one: &[f64], two: &[f64], roles: &Roles) -> Vec<f64> {
    let value = |c: usize| match roles.role[c] {
        Role::Depth | Role::Id => one[c],
        Role::Alpha => {
            let (a, b) = (roles.alpha_of(c, one), roles.alpha_of(c, two));
            1.0 - (1.0 - a) * (1.0 - b)
        }
        Role::Colour => {
            let (a, b) = (roles.alpha_of(c, one), roles.alpha_of(c, two));
            match (a >= 1.0, b >= 1.0) {
                (true, true) => (one[c] + two[c]) / 2.0,
                (true, false) => one[c],
                (false, true) => two[c],
                (false, false) => {
                    let both = 1.0 - (1.0 - a) * (1.0 - b);
                    let (u, v) = (-(-a).ln_1p(), -(-b).ln_1p());
                    // The limits for alpha towards 0 are 1.
                    let ratio = |u: f64, a: f64| if a > 0.0 { u / a } else { 1.0 };
                    let w = if u + v > 0.0 { both / (u + v) } else { 1.0 };
                    (one[c] * ratio(u, a) + two[c] * ratio(v, b)) * w
                }
            }
        }
    };
    (0..one.len()).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vfx_core::{Channel, SampleFormat};

    fn roles() -> Roles {
        let names = ["R", "A", "Z", "ZBack"];
        let list: Vec<Channel> = names
            .iter()
            .map(|n| Channel::new(*n, SampleFormat::F32))
            .collect();
        Roles::new(&list)
    }

    fn pixel(samples: &[[f64; 4]]) -> Pixel {
        Pixel {
            channels: 4,
            values: samples.concat(),
        }
    }

    fn over(p: &Pixel) -> (f64, f64) {
        p.samples().fold((0.0, 0.0), |(c, a), s| {
            (c + (1.0 - a) * s[0], a + (1.0 - a) * s[1])
        })
    }

    #[test]
    fn tidy_splits_without_changing_what_is_seen() {
        let r = roles();
        let whole = pixel(&[[0.3, 0.6, 1.0, 5.0]]);
        let mut with_cut = pixel(&[[0.3, 0.6, 1.0, 5.0], [0.0, 0.0, 2.0, 3.5]]);
        tidy(&mut with_cut, &r).unwrap();
        assert_eq!(with_cut.len(), 3);
        let (a, b) = (over(&whole), over(&with_cut));
        assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12);
        assert!(is_tidy(&with_cut, &r));
    }

    #[test]
    fn tidy_merges_equal_extents_in_either_order() {
        let r = roles();
        let (s, t) = ([0.3, 0.6, 1.0, 2.0], [0.1, 0.2, 1.0, 2.0]);
        let (mut a, mut b) = (pixel(&[s, t]), pixel(&[t, s]));
        tidy(&mut a, &r).unwrap();
        tidy(&mut b, &r).unwrap();
        assert_eq!(a.len(), 1);
        assert!(
            a.values
                .iter()
                .zip(&b.values)
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
        assert!((a.values[1] - (1.0 - 0.4 * 0.8)).abs() < 1e-12);
    }

    #[test]
    fn tidy_sorts_points() {
        let r = roles();
        let mut p = pixel(&[
            [0.2, 0.5, 3.0, 3.0],
            [0.1, 1.0, 1.0, 1.0],
            [0.0, 0.1, f64::NAN, 0.0],
        ]);
        tidy(&mut p, &r).unwrap();
        assert_eq!((p.sample(0)[2], p.sample(1)[2]), (1.0, 3.0));
        assert!(p.sample(2)[2].is_nan());
    }
}
