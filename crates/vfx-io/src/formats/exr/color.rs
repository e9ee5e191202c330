//! Colour space names from chromaticities and back.
//!
//! `colorInteropID` decides where there is one; chromaticities of a known space name it; a file that says neither is
//! `lin_rec709_scene`, the default that the OpenEXR standard states.
//! Source: OpenEXR technical introduction, "RGB colour"; ASWF Color Interop Forum identifiers.

/// Scene-linear spaces by the chromaticities x, y of red, green, blue and white.
const SPACES: [(&str, [f32; 8]); 6] = [
    (
        "lin_rec709_scene",
        [0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290],
    ),
    (
        "lin_ap0_scene",
        [0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767],
    ),
    (
        "lin_ap1_scene",
        [0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767],
    ),
    (
        "lin_rec2020_scene",
        [0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290],
    ),
    (
        "lin_p3d65_scene",
        [0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290],
    ),
    (
        "lin_adobergb_scene",
        [0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290],
    ),
];

/// The space of a file.
pub(super) fn name(
    interop_id: Option<&str>,
    chromaticities: Option<&[f32; 8]>,
    aces: bool,
) -> Option<String> {
    if let Some(id) = interop_id.filter(|id| !id.is_empty()) {
        return Some(id.to_owned());
    }
    match chromaticities {
        Some(c) => {
            let near = |s: &[f32; 8]| s.iter().zip(c).all(|(a, b)| (a - b).abs() < 1e-3);
            SPACES.iter().find(|s| near(&s.1)).map(|s| s.0.to_owned())
        }
        None if aces => Some("lin_ap0_scene".into()),
        None => Some(SPACES[0].0.into()),
    }
}

/// The chromaticities to state for a space; Rec. 709 needs none.
pub(super) fn chromaticities(name: &str) -> Option<[f32; 8]> {
    SPACES[1..].iter().find(|s| s.0 == name).map(|s| s.1)
}

/// Whether a name is one that `colorInteropID` may have.
pub(super) fn is_interop_id(name: &str) -> bool {
    let starts = [
        "lin_", "srgb_", "g18_", "g22_", "g24_", "g26_", "pq_", "hlg_", "srgbe_",
    ];
    starts.iter().any(|p| name.starts_with(p)) || matches!(name, "data" | "unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exr_color_space_of_chromaticities() {
        assert_eq!(name(None, None, false).as_deref(), Some("lin_rec709_scene"));
        assert_eq!(name(None, None, true).as_deref(), Some("lin_ap0_scene"));
        assert_eq!(name(Some("data"), None, true).as_deref(), Some("data"));
        for (space, c) in SPACES {
            assert_eq!(name(None, Some(&c), false).as_deref(), Some(space));
        }
        assert_eq!(name(None, Some(&[0.1; 8]), false), None);
    }
}
