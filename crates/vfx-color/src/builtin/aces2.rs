//! ACES 2 output transforms: AP0 to XYZ (D65), 1.0 = 100 nits.
//!
//! Clamped to AP1 below the scene limit, rendered by the fixed function, clamped to the peak, scaled where D60 is shown on
//! another white or the display's 1.0 is 48 nits. Source: `aces-output` CTL 2.0; the limits in `f32` as OpenColorIO has them.

use super::Part;
use crate::Direction;
use crate::op::{FixedStyle, Op, Range};
use crate::space::curve::{fixed, scale};
use crate::space::{Adaptation, Primaries, apply, conversion, gamut, rgb_to_xyz, xyz_to_rgb};

/// `peak` in nits before `linear_scale`; `encoding` are the primaries in which white must not exceed 1.
pub(super) fn output(
    peak: f32,
    limiting: &Primaries,
    encoding: Option<&Primaries>,
    linear_scale: f32,
) -> Vec<Part> {
    let to_ap1 = conversion(&gamut::AP0, &gamut::AP1, Adaptation::None);
    let to_ap0 = crate::space::inverse(&to_ap1);
    let upper = 8.0 * (128.0 + 768.0 * ((peak / 100.0).ln() / 100.0f32.ln()));
    let pairs = [limiting.red, limiting.green, limiting.blue, limiting.white];
    let mut params = vec![f64::from(peak)];
    params.extend(pairs.as_flattened());
    let mut parts = vec![
        to_ap1.into(),
        Op::Range(Range::clamp_to(Some(0.0), Some(f64::from(upper)))).into(),
        to_ap0.into(),
        fixed(
            FixedStyle::AcesOutputTransform20,
            &params,
            Direction::Forward,
        )
        .into(),
        Op::Range(Range::clamp_to(Some(0.0), Some(f64::from(peak / 100.0)))).into(),
    ];
    let xyz = rgb_to_xyz(limiting);
    if let Some(encoding) = encoding {
        let white = apply(&xyz_to_rgb(encoding), apply(&xyz, [1.0; 3]));
        parts.push(scale(1.0 / white[0].max(white[1]).max(white[2])).into());
    }
    if linear_scale != 1.0 {
        parts.push(scale(f64::from(linear_scale)).into());
    }
    parts.push(xyz.into());
    parts
}
